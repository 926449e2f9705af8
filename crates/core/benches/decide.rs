//! Time of one decision on one core: the full one (all variants, line items, reasons) and the fast path.
//!
//! Targets: 60 µs and 10 µs. The rows beside the candidates, the price tags, and what is tried where nothing fits are
//! lines of their own; `answer` is the decision with its rows and those trials, as a report shows it. Profiles are examples that end differently, so that no shortcut of
//! one outcome hides the rest. Loading files, catalog and prices is not measured here: scripts/timing.sh.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops on any fault and prints its figures"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use cachewright_core::analysis::outlook::price_tags;
use cachewright_core::analysis::{self, Open};
use cachewright_core::decide::{Engine, Options, Scratch};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::Outcome;
use cachewright_core::domain::profile::Profile;
use cachewright_core::report::Report;
use cachewright_core::report::html::{self, Entry};
use cachewright_core::workload;

/// Key-value, edge, objects, files, and the two outcomes without a service.
const PROFILES: &[&str] = &[
    "product-pages",
    "static-site",
    "page-store",
    "genomics-files",
    "global-memory",
    "person-lookups",
];

fn profile(name: &str, catalog: &Catalog) -> Profile {
    let text = std::fs::read_to_string(format!("../../examples/{name}.yaml")).unwrap();
    let resolved = workload::load(&text, &[], catalog);
    resolved.unwrap().profile
}

/// Is a line asked for? `cargo bench -p cachewright-core --bench decide -- full/` runs those with `full/` in their names.
fn wanted(name: &str) -> bool {
    let mut parts = std::env::args()
        .skip(1)
        .filter(|a| !a.starts_with('-'))
        .peekable();
    parts.peek().is_none() || parts.any(|part| name.contains(&part))
}

/// Fastest and median time of one call, over rounds of about ten milliseconds: what else the machine does only adds.
fn time<R>(name: &str, mut call: impl FnMut() -> R) {
    if !wanted(name) {
        return;
    }
    let mut calls = 1;
    let mut round = |calls: u32| {
        let start = Instant::now();
        (0..calls).for_each(|_| {
            black_box(call());
        });
        start.elapsed()
    };
    while round(calls).as_millis() < 10 {
        calls *= 2;
    }
    let mut rounds: Vec<f64> = (0..60)
        .map(|_| round(calls).as_secs_f64() * 1e6 / f64::from(calls))
        .collect();
    rounds.sort_by(f64::total_cmp);
    println!(
        "{name:24} {:10.2} µs, median {:10.2} µs",
        rounds[0],
        rounds[rounds.len() / 2]
    );
}

fn decisions() {
    let catalog = cachewright_catalog::catalog().unwrap();
    let book = cachewright_catalog::prices().unwrap();
    for name in PROFILES {
        let profile = profile(name, &catalog);
        let engine = Engine::new(&catalog, &book, Options::default(), &profile);
        let mut scratch = Scratch::default();
        time(&format!("fast/{name}"), || {
            engine.rank(black_box(&profile), &mut scratch)
        });
        time(&format!("full/{name}"), || {
            drop(black_box(engine.decide_alone(black_box(&profile))))
        });
        time(&format!("rows/{name}"), || {
            drop(black_box(engine.rows_beside(black_box(&profile))))
        });
        time(&format!("answer/{name}"), || {
            drop(black_box(engine.decide(black_box(&profile))))
        });
        // What is tried where nothing fits; elsewhere nobody asks.
        if engine.decide_alone(&profile).outcome == Outcome::NoneFits {
            time(&format!("relax/{name}"), || {
                drop(black_box(engine.relax(black_box(&profile))))
            });
        }
        time(&format!("tags/{name}"), || {
            drop(black_box(price_tags(&engine, black_box(&profile))))
        });
        time(&format!("prepare/{name}"), || {
            drop(black_box(Engine::new(
                &catalog,
                &book,
                Options::default(),
                black_box(&profile),
            )))
        });
    }
}

/// One HTML page from a decision that is made: at most 300 ms.
fn pages() {
    let catalog = cachewright_catalog::catalog().unwrap();
    let book = cachewright_catalog::prices().unwrap();
    for name in PROFILES {
        let profile = profile(name, &catalog);
        let options = Options::default();
        let engine = Engine::new(&catalog, &book, options, &profile);
        let decision = engine.decide(&profile);
        let open = Open {
            catalog: &catalog,
            book: &book,
            options,
        };
        let analysis = analysis::analyse(&engine, &open, &profile, &decision);
        let outlook = analysis::outlook::outlook(&engine, &open, &profile, &decision);
        let lines = BTreeMap::new();
        let report = Report {
            profile: &profile,
            decision: &decision,
            catalog: &catalog,
            book: &book,
            lines: &lines,
            typed: &BTreeMap::new(),
            file: name,
            price_notes: &[],
            outlook: Some(&outlook),
            warnings: &[],
            analysis: Some(&analysis),
            given: None,
        };
        time(&format!("page/{name}"), || {
            drop(black_box(
                html::render(&[Entry::new(black_box(&report))]).unwrap(),
            ))
        });
    }
}

fn main() {
    decisions();
    pages();
}
