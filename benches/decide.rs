//! Time of one decision on one core: the full one (all variants, line items, reasons) and the fast path.
//!
//! Targets: 50 µs and 10 µs. Profiles are examples that end differently, so that no shortcut of one
//! outcome hides the rest. Loading files, catalog and prices is not measured here: scripts/timing.sh.

#![allow(clippy::unwrap_used, reason = "a benchmark stops on any fault")]

use std::collections::BTreeMap;
use std::hint::black_box;

use cachewright::analysis::{self, Open};
use cachewright::decide::{Engine, Options, Scratch};
use cachewright::domain::catalog::Catalog;
use cachewright::domain::profile::Profile;
use cachewright::report::Report;
use cachewright::report::html::{self, Entry};
use cachewright::{embedded, workload};
use criterion::{Criterion, criterion_group, criterion_main};

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
    let text = std::fs::read_to_string(format!("examples/{name}.yaml")).unwrap();
    let resolved = workload::load(&text, &[], &catalog.regions);
    resolved.unwrap().profile
}

fn decisions(c: &mut Criterion) {
    let catalog = embedded::catalog().unwrap();
    let book = embedded::prices().unwrap();
    for name in PROFILES {
        let profile = profile(name, &catalog);
        let engine = Engine::new(&catalog, &book, Options::default(), &profile);
        let mut scratch = Scratch::default();
        c.bench_function(&format!("fast/{name}"), |b| {
            b.iter(|| engine.rank(black_box(&profile), &mut scratch));
        });
        c.bench_function(&format!("full/{name}"), |b| {
            b.iter(|| engine.decide(black_box(&profile)));
        });
        c.bench_function(&format!("prepare/{name}"), |b| {
            b.iter(|| Engine::new(&catalog, &book, Options::default(), black_box(&profile)));
        });
    }
}

/// One HTML page from a decision that is made: at most 300 ms.
fn pages(c: &mut Criterion) {
    let catalog = embedded::catalog().unwrap();
    let book = embedded::prices().unwrap();
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
        let lines = BTreeMap::new();
        let report = Report {
            profile: &profile,
            decision: &decision,
            catalog: &catalog,
            book: &book,
            lines: &lines,
            file: name,
            price_notes: &[],
            analysis: Some(&analysis),
        };
        c.bench_function(&format!("page/{name}"), |b| {
            b.iter(|| html::render(&[Entry::new(black_box(&report))]).unwrap());
        });
    }
}

criterion_group!(benches, decisions, pages);
criterion_main!(benches);
