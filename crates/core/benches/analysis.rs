//! Time of the analysis on one core: stability and break-even of one profile, a sweep of a million points,
//! and how the sweep grows with points and candidates.
//!
//! Targets: 100 ms and 12 s. Prints its own figures: the long sweep runs once.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops on any fault and prints its figures"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use cachewright_core::analysis::sweep::{Axis, sweep};
use cachewright_core::analysis::{self, Open};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::Profile;
use cachewright_core::workload;

const PROFILES: &[&str] = &[
    "product-pages",
    "static-site",
    "page-store",
    "genomics-files",
];

/// Fastest of some runs: what else the machine does only adds.
fn fastest(runs: usize, mut run: impl FnMut()) -> Duration {
    let one = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..runs).map(one).min().unwrap()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn profile(name: &str, catalog: &Catalog) -> Profile {
    let text = std::fs::read_to_string(format!("../../examples/{name}.yaml")).unwrap();
    let resolved = workload::load(&text, &[], catalog).unwrap();
    resolved.profile
}

fn one_profile(name: &str, catalog: &Catalog, book: &PriceBook) {
    let profile = profile(name, catalog);
    let options = Options::default();
    let engine = Engine::new(catalog, book, options, &profile);
    let stability = fastest(5, || {
        drop(black_box(analysis::stability(&engine, &profile)))
    });
    let break_even = fastest(5, || {
        drop(black_box(analysis::break_even(&engine, &profile)));
    });
    let open = Open {
        catalog,
        book,
        options,
    };
    let all = fastest(5, || {
        let decision = engine.decide(&profile);
        black_box(analysis::analyse(&engine, &open, &profile, &decision));
    });
    println!(
        "{name}: stability {:.1} ms, break-even {:.1} ms, everything a report shows {:.1} ms",
        ms(stability),
        ms(break_even),
        ms(all)
    );
}

fn map(engine: &Engine<'_>, profile: &Profile, side: usize) -> Duration {
    let axes: Vec<Axis> = [
        format!("traffic.reads=1/s..100k/s@{side}"),
        format!("data.working_set=1GiB..1TiB@{side}"),
    ]
    .iter()
    .map(|a| a.parse().unwrap())
    .collect();
    let mut points = 0;
    let start = Instant::now();
    sweep(engine, profile, &axes, &mut |_, point| {
        black_box(point);
        points += 1;
    });
    assert_eq!(points, side * side);
    start.elapsed()
}

fn main() {
    let catalog = cachewright_catalog::catalog().unwrap();
    let book = cachewright_catalog::prices().unwrap();
    for name in PROFILES {
        one_profile(name, &catalog, &book);
    }
    let profile = profile("product-pages", &catalog);
    let engine = Engine::new(&catalog, &book, Options::default(), &profile);
    for side in [100, 320, 1000] {
        let time = map(&engine, &profile, side);
        let each = time.as_secs_f64() * 1e6 / (side * side) as f64;
        println!(
            "sweep of {} points: {:.2} s, {each:.2} µs a point",
            side * side,
            time.as_secs_f64()
        );
    }
    for services in 1..=catalog.services.len() {
        let mut fewer = catalog.clone();
        fewer.services.truncate(services);
        let engine = Engine::new(&fewer, &book, Options::default(), &profile);
        let variants: usize = fewer.services.iter().map(|s| s.variants.len()).sum();
        let time = map(&engine, &profile, 100);
        println!(
            "{services} services, {variants} variants: {:.2} µs a point",
            time.as_secs_f64() * 1e6 / 10_000.0
        );
    }
}
