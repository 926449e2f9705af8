//! The cache size worth paying for: against whole decisions at every size of the curve, and in
//! every report.
#![allow(clippy::unwrap_used, reason = "tests stop on any fault")]

mod support;

use cachewright::analysis::worth::worthwhile_size;
use cachewright::analysis::{self, Open};
use cachewright::decide::{Engine, Options, Scratch};
use cachewright::domain::decision::{Candidate, Verdict};
use cachewright::domain::units::{Bytes, Quantity};

/// A measured workload on an origin with a known price of a read.
fn text(working_set: &str, origin: &str) -> String {
    let sizes = [4u64, 16, 64, 256, 1024].map(|gib| gib << 30);
    let ratios = ["0.30", "0.62", "0.80", "0.86", "0.865"];
    let points: String = std::iter::zip(sizes, ratios)
        .map(|(size, hits)| {
            format!("    - {{ size: {size}, objects: {hits}, bytes: {hits}, error: 0.01 }}\n")
        })
        .collect();
    format!(
        "version: 1\nname: measured\nregion: eu-west-1\nlayer: application\n\
         traffic:\n  reads: 4000/s\n  writes: 1/s\n\
         data:\n  item_size: 4 KiB\n  working_set: {working_set}\n  hit_ratio_curve:\n{points}\
         {origin}\
         measured:\n  requests: 40000\n  from: \"2026-09-21T14:13:20Z\"\n  to: \"2026-09-23T00:00:00Z\"\n  \
         format: csv\n  sampling_rate: 0.05\n  error: 0.012\n"
    )
}

const DYNAMODB: &str = "origin:\n  kind: dynamodb\n";

/// Eligible candidates of the whole decision.
fn candidates(profile: &str) -> Vec<Candidate> {
    let (catalog, book) = support::data();
    let profile = support::profile(profile, &catalog);
    let decision = support::decide(&catalog, &book, &profile);
    let all = decision.candidates.into_iter();
    all.filter(|c| c.verdict == Verdict::Eligible).collect()
}

#[test]
fn it_saves_more_than_every_other_measured_size() {
    let (catalog, book) = support::data();
    let profile = support::profile(&text("64 GiB", DYNAMODB), &catalog);
    let engine = Engine::new(&catalog, &book, Options::default(), &profile);
    let decision = engine.decide(&profile);
    let mut checked = 0;
    for (at, c) in decision.candidates.iter().enumerate() {
        if c.verdict != Verdict::Eligible {
            continue;
        }
        let slot = (0..100).find(|s| engine.pick(*s) == c.pick).unwrap();
        let worth = worthwhile_size(&engine, &profile, slot, &mut Scratch::default())
            .unwrap_or_else(|| {
                panic!("candidate {at}, {}, has no size", c.name);
            });
        for gib in ["4 GiB", "16 GiB", "64 GiB", "256 GiB", "1024 GiB"] {
            let others = candidates(&text(gib, DYNAMODB));
            let Some(same) = others.iter().find(|o| o.pick == c.pick) else {
                continue;
            };
            let (here, best) = (same.saving.unwrap().expected, worth.saving.expected);
            assert!(best >= here, "{}: {best} below {here} at {gib}", c.name);
            if Bytes::from_value(worth.size) == gib.parse().unwrap() {
                assert_eq!(best, here, "{} at {gib}", c.name);
                assert_eq!(worth.cost, same.cost.unwrap().expected.known);
                checked += 1;
            }
        }
        if let Some(larger) = worth.larger {
            assert!(
                larger.costs >= larger.avoids,
                "{}: the next size would save more",
                c.name
            );
        }
    }
    assert!(checked >= 2, "{checked}");
}

#[test]
fn it_is_in_every_report_with_what_it_was_measured_from() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("measured.yaml");
    std::fs::write(&path, text("64 GiB", DYNAMODB)).unwrap();
    for (format, heading) in [
        ("text", "The cache size worth paying for"),
        ("markdown", "The cache size worth paying for"),
        ("html", "The cache size worth paying for"),
        ("json", "\"worthwhile_size\": {"),
    ] {
        let path = path.to_str().unwrap();
        let out = support::run(&["recommend", path, "-f", format, "--full"]);
        let out = String::from_utf8(out.stdout).unwrap();
        // Lines wrap, in hyphens as well.
        let words = |text: &str| {
            text.replace('\\', "")
                .split_whitespace()
                .collect::<String>()
        };
        let plain = words(&out);
        assert!(plain.contains(&words(heading)), "{format}:\n{out}");
        if format != "json" {
            let basis = "Hit ratios measured from 40000 requests, 2026-09-21T14:13:20Z to 2026-09-23T00:00:00Z, format csv, sampling rate 0.05, error of the hit ratio at most 0.012.";
            assert!(plain.contains(&words(basis)), "{format}:\n{out}");
        }
    }
}

#[test]
fn it_is_unknown_when_nobody_knows_what_a_read_at_the_origin_costs() {
    let (catalog, book) = support::data();
    let profile = support::profile(&text("64 GiB", "origin:\n  kind: other\n"), &catalog);
    let engine = Engine::new(&catalog, &book, Options::default(), &profile);
    for slot in 0..3 {
        assert_eq!(
            worthwhile_size(&engine, &profile, slot, &mut Scratch::default()),
            None
        );
    }
    let decision = engine.decide(&profile);
    let open = Open {
        catalog: &catalog,
        book: &book,
        options: Options::default(),
    };
    let found = analysis::analyse(&engine, &open, &profile, &decision);
    assert!(found.worth.iter().all(|w| w.worthwhile_size.is_none()));
}
