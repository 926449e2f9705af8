//! What `explain` knows: every field, every word of a report, every service by what people call it.

mod support;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use cachewright::cli::explain::explain;
use cachewright::domain::field::FIELDS;

/// A field tells what it means, how it is written, and where the number is found.
#[test]
fn every_field_is_explained() {
    let (catalog, _) = support::data();
    for field in FIELDS {
        let text = explain(&catalog, field.path);
        assert!(text.contains(field.meaning), "{}", field.path);
        assert!(text.contains("how to write it"), "{}", field.path);
    }
    let text = explain(&catalog, "working_set");
    assert!(text.contains("data.working_set") && text.contains("where to find it"));
}

/// What a reader may stumble over.
#[test]
fn every_word_of_a_report_is_explained() {
    let (catalog, _) = support::data();
    for word in [
        "eligible",
        "points",
        "judged cost",
        "effective",
        "hit",
        "eviction",
        "meter",
        "RRU",
        "WRU",
        "ECPU",
        "score",
        "none-fits",
        "no-cache",
        "clear",
        "close",
        "open",
        "p50",
        "hit ratio",
        "working set",
        "snapshot",
        "origin",
        "ruled out",
        "comparison",
        "price tag",
        "idle month",
        "cross-AZ",
        "fill",
        "ECPUs",
        "RCU",
        "WCU",
        "GB-month",
        "Not said, and it matters",
        "Your words cost",
        "outside the five",
        "oldest price used",
        "pays from",
        "saves",
    ] {
        let bare = word.replace(',', "");
        assert!(!explain(&catalog, &bare).is_empty(), "{word}");
    }
    for name in [
        "valkey",
        "elasticache",
        "dax",
        "dynamodb",
        "cloudfront",
        "lustre",
        "s3 express",
    ] {
        let output = support::run(&["explain", name]);
        let known = output.status.success() || name == "s3 express";
        assert!(known, "{name}: {}", support::stderr(&output));
    }
}

#[test]
fn no_word_is_explained_twice() {
    let (catalog, _) = support::data();
    let mut seen = BTreeSet::new();
    for term in &catalog.words {
        for word in [&term.word].into_iter().chain(&term.also) {
            let plain = word.to_lowercase().replace(['-', '_'], " ");
            assert!(seen.insert(plain), "{word}");
        }
        assert!(term.says.ends_with('.'), "{}", term.word);
    }
}

/// `docs/glossary.md` is made from the same data; `UPDATE_GOLDEN=1` writes it.
#[test]
fn the_glossary_is_the_words() {
    let (catalog, _) = support::data();
    let mut page = "# Words\n\nMade from `catalog/words.yaml`; `cachewright explain WORD` prints each of them.\n\n".to_owned();
    let mut terms: Vec<_> = catalog.words.iter().collect();
    terms.sort_by_key(|t| t.word.to_lowercase());
    for term in terms {
        let also = if term.also.is_empty() {
            String::new()
        } else {
            format!(" ({})", term.also.join(", "))
        };
        let example = if term.example.is_empty() {
            String::new()
        } else {
            format!(" *{}*", term.example)
        };
        let _ = writeln!(page, "- **{}**{also}: {}{example}", term.word, term.says);
    }
    let path = support::root().join("docs/glossary.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
}
