//! What a report must say, and what none may: every profile of the repository, in all its forms.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cachewright_core::analysis::{self, Open};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::report::text::Layout;
use cachewright_core::report::{Report, Warned, csv, html, json, markdown, text};
use cachewright_core::workload;

/// What was said once and is false, or promises what no model knows.
const FALSE: &[&str] = &[
    "the retrieval fee is most of the bill",
    "Memcached and stored bytes are not covered",
    "No source says whether it has every needed operation",
    "no source says whether it has every needed operation",
    "replicated writes that the estimate does not contain",
    "were last read from the AWS feed in June 2025",
    "one of the two keeps serving when a zone is lost",
    "of which 70 % is committed",
    "`network.internet_from_vpc` to price it",
    "the functions move into the VPC",
    "has neither SELECT",
    "the price of the origin's reads is not known",
    ", saving $0.0",
];

/// A figure of a rule that nobody filled in.
fn unfilled(text: &str) -> Option<&str> {
    let names = cachewright_core::domain::figure::FIGURES.iter();
    names
        .map(|f| f.0)
        .find(|name| text.contains(&format!("{{{name}}}")))
}

/// The report of a profile in every form, with the codes of its warnings.
struct Told {
    forms: [(&'static str, String); 5],
    warned: Vec<&'static str>,
    json: serde_json::Value,
}

fn tell(catalog: &Catalog, book: &PriceBook, path: &Path, analysed: bool) -> Told {
    let Ok(resolved) = workload::load(&support::text(path), &[], catalog) else {
        panic!("{}", path.display());
    };
    let profile = &resolved.profile;
    let options = Options::default();
    let engine = Engine::new(catalog, book, options, profile);
    let decision = engine.decide(profile);
    let open = Open {
        catalog,
        book,
        options,
    };
    let warned = resolved.warnings.iter().map(|w| Warned {
        code: w.code,
        text: w.message.clone(),
    });
    let warnings: Vec<Warned> = warned.collect();
    let outlook = analysed.then(|| analysis::outlook::outlook(&engine, &open, profile, &decision));
    let found = analysed.then(|| analysis::analyse(&engine, &open, profile, &decision));
    let report = Report {
        profile,
        decision: &decision,
        catalog,
        book,
        lines: &BTreeMap::new(),
        typed: &BTreeMap::new(),
        file: "x.yaml",
        price_notes: &[],
        outlook: outlook.as_ref(),
        warnings: &warnings,
        analysis: found.as_ref(),
        given: None,
    };
    let layout = Layout {
        width: 100,
        color: false,
    };
    let mirror = json::mirror(&report);
    let whole = json::to_string(&mirror).unwrap();
    Told {
        json: serde_json::from_str(&whole).unwrap(),
        forms: [
            ("text", text::render(&report, layout)),
            ("markdown", markdown::render(&report)),
            ("csv", csv::render(&[Report { ..report }]).unwrap()),
            ("html", html::render(&[html::Entry::new(&report)]).unwrap()),
            ("json", whole),
        ],
        warned: resolved.warnings.iter().map(|w| w.code).collect(),
    }
}

impl Told {
    /// Codes of warnings and notes, and of cautions and reasons: of the recommendation, or of every row.
    fn codes(&self, everywhere: bool) -> BTreeSet<String> {
        let list = |at: &serde_json::Value| at.as_array().cloned().unwrap_or_default();
        let code = |row: &serde_json::Value| row["code"].as_str().unwrap().to_owned();
        let j = &self.json;
        let mut out: BTreeSet<String> = list(&j["notes"]).iter().map(code).collect();
        out.extend(list(&j["warnings"]).iter().map(code));
        let best = &j["recommendation"];
        for row in list(&j["candidates"]) {
            let same = row["service"] == best["service"] && row["variant"] == best["variant"];
            if everywhere || best.is_null() || same {
                out.extend(list(&row["cautions"]).iter().map(code));
                out.extend(list(&row["reasons"]).iter().map(code));
            }
        }
        out
    }
}

#[test]
fn no_form_of_any_report_says_what_is_false() {
    let (catalog, book) = support::data();
    let mut wrong = Vec::new();
    for (i, path) in support::all_profiles().iter().enumerate() {
        // The search around an answer takes long; every seventh one has its sentences as well.
        let told = tell(&catalog, &book, path, i.is_multiple_of(7));
        for (form, text) in &told.forms {
            let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let said = FALSE.iter().copied().find(|f| flat.contains(f));
            if let Some(said) = said.or(unfilled(&flat)) {
                wrong.push(format!("{} as {form}: {said}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_catalog_says_nothing_of_it_either() {
    for path in support::files("catalog", ".yaml") {
        let text = support::text(&path);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said: Vec<_> = FALSE.iter().filter(|f| flat.contains(**f)).collect();
        assert!(said.is_empty(), "{}: {said:?}", path.display());
    }
}

/// Codes behind a mark of a profile's first lines.
fn marked<'t>(text: &'t str, mark: &str) -> Vec<&'t str> {
    let line = text.lines().find_map(|l| l.strip_prefix(mark));
    line.map_or(Vec::new(), |l| l.split(',').map(str::trim).collect())
}

#[test]
fn a_caution_is_said_when_it_is_due_and_not_otherwise() {
    let (catalog, book) = support::data();
    let mut wrong = Vec::new();
    for path in support::files("tests/cautions", ".yaml") {
        let text = support::text(&path);
        let told = tell(&catalog, &book, &path, false);
        let has = |code: &str| {
            let bare = code.trim_start_matches("any:");
            let codes = told.codes(bare != code);
            codes.iter().any(|c| c == bare)
        };
        let says = marked(&text, "# says: ");
        let nots = marked(&text, "# not: ");
        assert!(!says.is_empty() || !nots.is_empty(), "{}", path.display());
        let missing = says.into_iter().filter(|c| !has(c));
        wrong.extend(missing.map(|c| format!("{} does not say {c}", path.display())));
        let extra = nots.into_iter().filter(|c| has(c));
        wrong.extend(extra.map(|c| format!("{} says {c}", path.display())));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_warning_about_the_profile_stands_in_the_report_as_well() {
    let (catalog, book) = support::data();
    let path = Path::new("tests/cautions/no-vpc.yaml");
    let told = tell(&catalog, &book, path, false);
    assert_eq!(told.warned, ["implausible-ttl-hit-ratio"]);
    let rows = told.json["warnings"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert!(
        rows[0]["text"]
            .as_str()
            .unwrap()
            .contains("let at least 98.8 % of the reads hit")
    );
}

/// Another layer, interface, Region or item is another workload, whose bill would not be this one's.
#[test]
fn no_money_stands_beside_what_cannot_be_compared() {
    let (catalog, book) = support::data();
    let other = ["layer", "interface", "region", "item-size"];
    let mut seen = 0;
    for path in support::all_profiles() {
        let profile = support::profile_file(&path, &catalog);
        for c in support::decide(&catalog, &book, &profile).candidates {
            if c.reasons.iter().any(|r| other.contains(&r.code()))
                && c.reasons.iter().all(|r| !r.code().is_empty())
            {
                seen += 1;
                let money = (c.cost, c.idle, c.saving, c.lines.len());
                assert_eq!(
                    money,
                    (None, None, None, 0),
                    "{}: {}",
                    path.display(),
                    c.name
                );
            }
        }
    }
    assert!(seen > 0);
}

/// A lower bound says that it is one, wherever it stands.
#[test]
fn a_bound_carries_its_sign_in_every_form() {
    let (catalog, book) = support::data();
    let path = Path::new("tests/cautions/api-behind.yaml");
    let told = tell(&catalog, &book, path, false);
    let rows = told.json["candidates"].as_array().unwrap();
    let row = rows.iter().find(|r| r["verdict"] == "eligible").unwrap();
    assert_eq!(row["net_monthly_saving"]["at_least"], true);
    for (form, text) in &told.forms {
        let sign = match *form {
            "csv" => "at-least",
            "json" => "\"at_least\": true",
            _ => "≥ ",
        };
        assert!(text.contains(sign), "{form} lacks {sign}");
    }
    let summary = told.json["summary"].as_str().unwrap();
    assert!(
        summary.contains("at least") || summary.contains("pays from"),
        "{summary}"
    );
}
