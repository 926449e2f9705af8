//! Pages for the HTML tests: profiles of `tests/oracles`, read and decided through the library.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "each test binary uses its own part, and stops on any fault"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cachewright_catalog as embedded;
use cachewright_core::analysis::outlook::Outlook;
use cachewright_core::analysis::{self, Analysis, Open};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::Decision;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::Profile;
use cachewright_core::report::charts::{
    BreakEven, Crossing, Curve, Extra, Flip, Growth, StabilityBar, Unit,
};
use cachewright_core::report::html::{self, Entry};
use cachewright_core::report::{Report, json};
use cachewright_core::workload;
use serde_json::Value;

/// One decided profile.
pub(crate) struct Case {
    pub(crate) catalog: Catalog,
    pub(crate) book: PriceBook,
    pub(crate) profile: Profile,
    pub(crate) decision: Decision,
    pub(crate) outlook: Outlook,
    pub(crate) analysis: Analysis,
    pub(crate) file: String,
}

/// The top of the repository, whichever crate is tested.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here.ancestors().find(|p| p.join("Cargo.lock").is_file());
    top.unwrap().to_owned()
}

/// A profile of the oracle set by its id.
pub(crate) fn oracle(id: &str) -> Case {
    let path = root().join(format!("tests/oracles/recommend/{id}.profile.yaml"));
    decide(
        &std::fs::read_to_string(path).unwrap(),
        &format!("{id}.profile.yaml"),
    )
}

/// A profile from its text.
pub(crate) fn decide(text: &str, file: &str) -> Case {
    let catalog = embedded::catalog().unwrap();
    let book = embedded::prices().unwrap();
    let Ok(resolved) = workload::load(text, &[], &catalog) else {
        panic!("{file} is not a profile")
    };
    let profile = resolved.profile;
    let options = Options {
        free_tier: true,
        strict_facts: false,
    };
    let engine = Engine::new(&catalog, &book, options, &profile);
    let decision = engine.decide(&profile);
    let open = Open {
        catalog: &catalog,
        book: &book,
        options,
    };
    let analysis = analysis::analyse(&engine, &open, &profile, &decision);
    let outlook = analysis::outlook::outlook(&engine, &open, &profile, &decision);
    drop(engine);
    Case {
        profile,
        decision,
        outlook,
        analysis,
        catalog,
        book,
        file: file.to_owned(),
    }
}

impl Case {
    pub(crate) fn with<T>(&self, look: impl FnOnce(&Report<'_>) -> T) -> T {
        let lines = BTreeMap::new();
        look(&Report {
            profile: &self.profile,
            decision: &self.decision,
            catalog: &self.catalog,
            book: &self.book,
            lines: &lines,
            typed: &BTreeMap::new(),
            file: &self.file,
            price_notes: &[],
            outlook: Some(&self.outlook),
            warnings: &[],
            analysis: Some(&self.analysis),
            given: None,
        })
    }

    pub(crate) fn page(&self) -> String {
        self.with(|r| html::render(&[Entry::new(r)]).unwrap())
    }

    /// The page with made-up charts of the analysis, for looks and accessibility only.
    pub(crate) fn page_with_charts(&self) -> String {
        self.with(|r| {
            html::render(&[Entry {
                extra: made_up(),
                ..Entry::new(r)
            }])
            .unwrap()
        })
    }

    /// The first screen, whose sentences reckon with numbers of the JSON.
    pub(crate) fn short(&self) -> String {
        self.with(|r| {
            let view = cachewright_core::report::view::View::new(r);
            let short = cachewright_core::report::short::short(r, &view);
            serde_json::to_string(&short).unwrap()
        })
    }

    pub(crate) fn json(&self) -> Value {
        self.with(|r| serde_json::to_value(json::mirror(r)).unwrap())
    }
}

/// Ids of all oracle profiles.
pub(crate) fn ids() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("tests/oracles/recommend")).unwrap();
    let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut ids: Vec<String> = names
        .filter_map(|n| n.strip_suffix(".profile.yaml").map(str::to_owned))
        .collect();
    ids.sort();
    ids
}

/// A profile whose texts try everything.
pub(crate) fn hostile() -> Case {
    let long = "A very long name ".repeat(600);
    let name = format!(
        "<script>alert(1)</script> \" onload=\"x' {{{{ 7*7 }}}} {{% raw %}} </title></style><img src=x onerror=alert(2)> \u{202e}gnp.exe\u{202c} \u{7}\u{1b}[31m \u{5e9}\u{5dc}\u{5d5}\u{5dd} `tick {long}"
    );
    let profile = serde_json::json!({
        "version": 1, "name": name, "description": format!("<b>bold</b> & javascript:alert(1) ]]> <!-- {name}"), "region": "eu-west-1", "layer": "application",
        "traffic": {"reads": "100/s"}, "data": {"item_size": "4 KiB", "working_set": "5 GiB"},
    });
    decide(&profile.to_string(), "$(touch x) <b>'profile\u{202e}.yaml")
}

/// A profile with a measured hit-ratio curve.
pub(crate) fn measured() -> Case {
    let profile = serde_json::json!({
        "version": 1, "name": "product-pages", "description": "Rendered fragments of product pages, measured over one week.", "region": "eu-west-1", "layer": "application", "latency": "10 ms",
        "traffic": {"reads": "1200/s", "writes": "40/s"},
        "data": {"item_size": "4 KiB", "working_set": "20 GiB", "hit_ratio_curve": [
            {"size": "1 GiB", "objects": "41 %", "bytes": "35 %"}, {"size": "4 GiB", "objects": "63 %", "bytes": "55 %"},
            {"size": "16 GiB", "objects": "82 %", "bytes": "74 %"}, {"size": "64 GiB", "objects": "91 %", "bytes": "88 %"}]},
        "origin": {"kind": "dynamodb"},
    });
    decide(&profile.to_string(), "product-pages.yaml")
}

fn made_up() -> Extra {
    let curve = |name: &str, base: f64, slope: f64| Curve {
        name: name.to_owned(),
        points: (0..60)
            .map(|i| 10f64.powf(f64::from(i) / 12.0))
            .map(|x| (x, base + slope * x))
            .collect(),
    };
    let curves = vec![
        curve("DynamoDB Standard", 0.4, 0.33),
        curve("ElastiCache Serverless for Valkey", 14.0, 0.05),
        curve("S3 Express One Zone", 3.0, 0.17),
    ];
    let cross = |x: f64, y: f64, text: &str, a: &str, b: &str| Crossing {
        x,
        y,
        text: text.to_owned(),
        between: (a.to_owned(), b.to_owned()),
        pointer: String::new(),
    };
    let flip = |at: f64, text: &str, to: &str| {
        Some(Flip {
            at,
            text: text.to_owned(),
            to: to.to_owned(),
            pointer: String::new(),
        })
    };
    let bar = |field: &str, now: f64, text: &str, below, above| StabilityBar {
        field: field.to_owned(),
        label: field.to_owned(),
        domain: (1.0, 1e6),
        domain_text: ("1/s".to_owned(), "1000000/s".to_owned()),
        current: (now, text.to_owned()),
        pointer: String::new(),
        below,
        above,
    };
    Extra {
        stability: vec![
            bar(
                "traffic.reads",
                1200.0,
                "1200/s",
                flip(90.0, "90/s", "DynamoDB"),
                flip(140_000.0, "140000/s", "Amazon File Cache"),
            ),
            bar(
                "traffic.writes",
                40.0,
                "40/s",
                None,
                flip(9000.0, "9000/s", "S3 Express One Zone"),
            ),
            bar("data.item_size", 4096.0, "4 KiB", None, None),
        ],
        break_even: vec![BreakEven {
            field: "traffic.reads".to_owned(),
            unit: Unit::PerSecond,
            curves: curves.clone(),
            crossings: vec![
                cross(
                    16.25,
                    5.76,
                    "16.25/s",
                    "DynamoDB Standard",
                    "S3 Express One Zone",
                ),
                cross(
                    91.67,
                    18.58,
                    "91.67/s",
                    "S3 Express One Zone",
                    "ElastiCache Serverless for Valkey",
                ),
            ],
            left_out: true,
            current: Some((1200.0, "1200/s".to_owned())),
        }],
        growth: Some(Growth {
            rate: "10 % a month".to_owned(),
            curves: curves[..2]
                .iter()
                .enumerate()
                .map(|(i, c)| Curve {
                    name: c.name.clone(),
                    points: (0..=24)
                        .map(|m| {
                            (
                                f64::from(m),
                                (10.0 + 30.0 * i as f64) * (1.0 + 0.1 / (1.0 + i as f64)).powi(m),
                            )
                        })
                        .collect(),
                })
                .collect(),
            takeovers: Vec::new(),
        }),
    }
}
