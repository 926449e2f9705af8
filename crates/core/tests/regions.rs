//! All 36 Regions give a decision or say what is missing.

mod support;

use cachewright_core::domain::decision::{Candidate, Outcome, Verdict};
use cachewright_core::domain::finding::Decider;
use cachewright_core::words;

#[test]
fn every_region_gives_a_decision_or_names_what_is_missing() {
    let (catalog, book) = support::data();
    let texts: Vec<String> = [
        "product-pages",
        "static-site",
        "page-store",
        "genomics-files",
        "message-log",
        "person-lookups",
    ]
    .iter()
    .map(|n| support::text(format!("examples/{n}.yaml")))
    .collect();
    let mut stood_in = 0;
    for region in &catalog.regions {
        for text in &texts {
            let moved = text.lines().map(|l| {
                if l.starts_with("region:") {
                    format!("region: {}", region.code)
                } else {
                    l.to_owned()
                }
            });
            let profile = support::profile(&moved.collect::<Vec<_>>().join("\n"), &catalog);
            let decision = support::decide(&catalog, &book, &profile);
            assert!(!words::summary(&profile, &decision).is_empty());
            if decision.outcome == Outcome::NoneFits {
                assert!(
                    decision
                        .candidates
                        .iter()
                        .all(|c| c.verdict != Verdict::Eligible),
                    "{}",
                    region.code
                );
            }
            let eligible = |c: &&Candidate| c.verdict == Verdict::Eligible;
            for c in decision.candidates.iter().filter(eligible) {
                let assumed = c.lines.iter().any(|l| l.assumed);
                let said = c.cautions.iter().any(|w| w.code() == "assumed-price-band");
                assert_eq!(assumed, said, "{} {}", region.code, c.name);
                stood_in += usize::from(assumed);
                let range = c.cost.unwrap();
                let between = range.low.known <= range.expected.known
                    && range.expected.known <= range.high.known;
                assert!(between, "{} {}: {range:?}", region.code, c.name);
            }
            for c in decision
                .candidates
                .iter()
                .filter(|c| c.cost.is_some_and(|r| r.expected.incomplete))
            {
                let named = c.lines.iter().filter(|l| l.cost.is_none());
                assert!(
                    named.count() > 0,
                    "{} {}: incomplete without a missing meter",
                    region.code,
                    c.name
                );
            }
        }
    }
    assert!(
        stood_in > 0,
        "some Region lacks a price, and that must show"
    );
}

#[test]
fn where_no_price_is_complete_the_report_says_so() {
    let (catalog, mut book) = support::data();
    let text = support::text("examples/borderline/01-volume-b.yaml");
    let profile = support::profile(&text, &catalog);
    let whole = support::decide(&catalog, &book, &profile);
    let said = |d: &cachewright_core::domain::decision::Decision| {
        (
            words::summary(&profile, d).contains("No eligible service has a complete price"),
            d.decided_by.contains(&Decider::NoneComplete),
        )
    };
    assert_eq!(said(&whole), (false, false));
    book.regions.clear();
    let bare = support::decide(&catalog, &book, &profile);
    let summary = words::summary(&profile, &bare);
    assert!(bare.winner().is_some(), "{summary}");
    assert_eq!(said(&bare), (true, true), "{summary}");
    assert!(summary.contains('≥'), "{summary}");
}

#[test]
fn a_missing_price_never_wins_against_a_complete_one() {
    let (catalog, mut book) = support::data();
    let text = support::text("examples/borderline/01-volume-b.yaml");
    let profile = support::profile(&text, &catalog);
    assert_eq!(
        support::decide(&catalog, &book, &profile).answer(),
        "elasticache-serverless"
    );
    // In no Region: else the prices of the others stand in.
    for table in book.regions.values_mut() {
        table
            .0
            .retain(|(key, _)| !key.starts_with("elasticache-serverless/"));
    }
    let decision = support::decide(&catalog, &book, &profile);
    assert_ne!(decision.answer(), "elasticache-serverless");
    let gone = decision
        .candidates
        .iter()
        .find(|c| c.pick.service == "elasticache-serverless")
        .unwrap();
    assert!(gone.cost.unwrap().expected.incomplete && gone.lines.iter().any(|l| l.cost.is_none()));
}
