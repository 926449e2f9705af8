//! No input makes the readers panic. `CACHEWRIGHT_FUZZ_SECONDS` sets how long to try (3 by default).

mod support;

use std::time::{Duration, Instant};

use cachewright::catalog::{self, File};
use cachewright::domain::catalog::Catalog;
use cachewright::{embedded, workload};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

fn seconds() -> u64 {
    std::env::var("CACHEWRIGHT_FUZZ_SECONDS")
        .ok()
        .and_then(|s| s.parse().ok())
        .unwrap_or(3)
}

/// A seed text with a few edits: cut, repeat, insert, replace.
fn mutated(seeds: Vec<String>) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("NaN".to_owned()),
        Just("-1".to_owned()),
        Just("1e999".to_owned()),
        Just("*a".to_owned()),
        Just("&a".to_owned()),
        Just("!Ref x".to_owned()),
        Just("{".to_owned()),
        Just("[".to_owned()),
        Just(": ".to_owned()),
        Just("\t".to_owned()),
        Just("\u{0}".to_owned()),
        Just("..".to_owned()),
        Just("99999999999999999999 TiB".to_owned()),
        Just("---\n".to_owned()),
        Just("\u{feff}".to_owned()),
        Just("unknown".to_owned()),
        Just("none".to_owned()),
        Just("79228162514264337593543950335/s".to_owned()),
        Just("0.0000000000000000000000000001 B".to_owned()),
        ".{0,12}",
    ];
    let edit = (
        any::<prop::sample::Index>(),
        any::<prop::sample::Index>(),
        piece,
        0..3u8,
    );
    (
        prop::sample::select(seeds),
        prop::collection::vec(edit, 1..5),
    )
        .prop_map(|(mut text, edits)| {
            for (a, b, piece, kind) in edits {
                let cut = |i: &prop::sample::Index, t: &str| {
                    let mut at = i.index(t.len() + 1);
                    while !t.is_char_boundary(at) {
                        at -= 1;
                    }
                    at
                };
                let (from, to) = (cut(&a, &text), cut(&b, &text));
                let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 40));
                let to = (to..=text.len())
                    .find(|i| text.is_char_boundary(*i))
                    .unwrap_or(text.len());
                match kind {
                    0 => text.replace_range(from..to, &piece),
                    1 => text.insert_str(from, &piece),
                    _ => {
                        let copy = text[from..to].to_owned();
                        text.insert_str(from, &copy);
                    }
                }
            }
            text
        })
}

fn hammer(seeds: Vec<String>, check: impl Fn(&str)) {
    let until = Instant::now() + Duration::from_secs(seconds());
    let strategy = mutated(seeds);
    let mut runs = 0;
    while Instant::now() < until {
        let mut runner = TestRunner::new(Config {
            cases: 64,
            failure_persistence: None,
            ..Config::default()
        });
        runner
            .run(&strategy, |text| {
                check(&text);
                Ok(())
            })
            .unwrap();
        runs += 64;
    }
    println!("{runs} inputs");
}

fn decided(text: &str, catalog: &Catalog, book: &cachewright::domain::price::PriceBook) {
    match workload::load(text, &[], catalog) {
        Ok(resolved) => drop(support::decide(catalog, book, &resolved.profile)),
        Err(invalid) => {
            let shown = cachewright::snippet::render(
                &invalid.problems,
                "fuzz.yaml",
                &invalid.source,
                false,
                80,
            );
            assert!(!shown.is_empty());
        }
    }
}

#[test]
fn no_profile_panics() {
    let (catalog, book) = support::data();
    let seeds = support::all_profiles()
        .iter()
        .map(|p| std::fs::read_to_string(p).unwrap())
        .collect();
    hammer(seeds, |text| decided(text, &catalog, &book));
}

#[test]
fn no_catalog_file_panics() {
    let base = embedded::catalog_files().unwrap();
    let seeds: Vec<String> = base
        .iter()
        .filter(|f| f.path.starts_with("rules/"))
        .map(|f| f.text.clone())
        .collect();
    let small: Vec<File> = base
        .into_iter()
        .filter(|f| !f.path.starts_with("rules/"))
        .collect();
    hammer(seeds, |text| {
        let mut files = small.clone();
        files.push(File {
            path: "rules/fuzz.yaml".to_owned(),
            text: text.to_owned(),
        });
        let _ = catalog::build(&files);
    });
}

#[test]
fn no_service_file_panics() {
    let base = embedded::catalog_files().unwrap();
    let kind = |f: &&File| f.path.starts_with("services/") || f.path.starts_with("comparisons/");
    let seeds: Vec<String> = base.iter().filter(kind).map(|f| f.text.clone()).collect();
    let (catalog, book) = support::data();
    let text = std::fs::read_to_string("examples/product-pages.yaml").unwrap();
    let profile = support::profile(&text, &catalog);
    hammer(seeds, |text| {
        let mut files = base.clone();
        files.push(File {
            path: "services/fuzz.yaml".to_owned(),
            text: text.to_owned(),
        });
        // A changed service that is still consistent must be decidable too.
        if let Ok(changed) = catalog::build(&files) {
            drop(support::decide(&changed, &book, &profile));
        }
    });
}

#[test]
fn no_override_panics() {
    let (catalog, book) = support::data();
    let base = std::fs::read_to_string("examples/product-pages.yaml").unwrap();
    let fields = cachewright::domain::field::FIELDS;
    let seeds = fields
        .iter()
        .map(|f| format!("{}={}", f.path, f.typical))
        .collect();
    hammer(seeds, |set| {
        if let Ok(resolved) = workload::load(&base, &[set.to_owned()], &catalog) {
            drop(support::decide(&catalog, &book, &resolved.profile));
        }
    });
}
