//! No character that acts instead of being seen passes raw into a form for people.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

use std::collections::BTreeMap;

use cachewright_core::analysis::{self, Open};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::report::sections::Section;
use cachewright_core::report::text::Layout;
use cachewright_core::report::{Report, csv, diff, html, json, markdown, summary, text};
use cachewright_core::text::drives;
use cachewright_core::workload;

const PROFILE: &str = "
version: 1
name: x
region: eu-west-1
layer: application
traffic: { reads: 100/s }
data: { item_size: 4 KiB, working_set: 5 GiB }
budget: 1 USD/month
";
const LAYOUT: Layout = Layout {
    width: 80,
    color: false,
};

/// All of them, each between two letters; of the four thousand invisible tags some.
fn all() -> String {
    let tags = '\u{e0000}'..='\u{e0fff}';
    ('\0'..=char::MAX)
        .filter(|c| drives(*c) && (!tags.contains(c) || u32::from(*c) % 256 < 2))
        .flat_map(|c| ['a', c, 'b'])
        .collect()
}

/// Every form of a report for people, with every character in every text that comes from outside.
fn forms(look: impl FnOnce(&Report<'_>)) {
    let catalog = cachewright_catalog::catalog().unwrap();
    let book = cachewright_catalog::prices().unwrap();
    let Ok(resolved) = workload::load(PROFILE, &[], &catalog) else {
        panic!("the profile of the test is not one");
    };
    let mut profile = resolved.profile;
    profile.name = all();
    profile.description = Some(all());
    profile.measured = ["requests", "from", "to", "format", "error"]
        .map(|key| (key.to_owned(), all()))
        .into();
    let options = Options {
        free_tier: true,
        strict_facts: false,
    };
    let engine = Engine::new(&catalog, &book, options, &profile);
    let mut decision = engine.decide(&profile);
    let open = Open {
        catalog: &catalog,
        book: &book,
        options,
    };
    let analysis = analysis::analyse(&engine, &open, &profile, &decision);
    let outlook = analysis::outlook::outlook(&engine, &open, &profile, &decision);
    for c in &mut decision.candidates {
        c.name.push_str(&all());
        c.leaving.push_str(&all());
    }
    look(&Report {
        profile: &profile,
        decision: &decision,
        catalog: &catalog,
        book: &book,
        lines: &BTreeMap::new(),
        typed: &BTreeMap::new(),
        file: &all(),
        price_notes: &[all()],
        outlook: Some(&outlook),
        warnings: &[],
        analysis: Some(&analysis),
        given: None,
    });
}

fn assert_visible(form: &str, text: &str) {
    assert!(text.contains('a'), "{form} is empty");
    let raw = text.chars().find(|c| drives(*c) && *c != '\n');
    assert!(raw.is_none(), "{form} has {raw:?} raw");
}

#[test]
fn every_form_of_a_report_shows_what_acts_instead_of_being_seen() {
    forms(|report| {
        let page = html::render(&[html::Entry::new(report)]).unwrap();
        let two = [Report { ..*report }, Report { ..*report }];
        assert_visible("text", &text::render(report, LAYOUT));
        assert_visible("markdown", &markdown::render(report));
        assert_visible("csv", &csv::render(&two).unwrap());
        assert_visible("html", &page);
        assert_visible("summary", &text::grid(&summary::table(&two), 80));
        assert_visible("summary in Markdown", &markdown::summary(&two));
    });
}

#[test]
fn a_comparison_of_reports_shows_them_too() {
    forms(|report| {
        let before = serde_json::to_value(json::mirror(report)).unwrap();
        let mut after = before.clone();
        let texts = [
            "/tool/version",
            "/tool/prices/origin",
            "/candidates/0/service",
        ];
        for pointer in texts
            .into_iter()
            .chain(["/recommendation/service", "/outcome"])
        {
            if let Some(value) = after.pointer_mut(pointer) {
                *value = format!("other{}", all()).into();
            }
        }
        let diff = diff::compare(&before, &after);
        let (mut shown, mut document) = (diff.summary, String::new());
        shown.push_str(&diff.name);
        let print = |section: &Section| {
            text::render_section(&mut shown, section, LAYOUT);
            markdown::render_folded(&mut document, section, false);
            markdown::render_folded(&mut document, section, true);
        };
        diff.sections.iter().for_each(print);
        assert_visible("text of a comparison", &shown);
        assert_visible("Markdown of a comparison", &document);
    });
}
