//! Laws of `measure --cloudwatch`: metrics of a known workload give that workload back, and what must not matter does not.

mod support;

use cachewright::account::profile::{self, Identity};
use cachewright::account::{bill, kinds};
use cachewright::domain::catalog::Catalog;
use cachewright::domain::price::PriceBook;
use cachewright::domain::profile::NumField;
use cachewright_measure::telemetry::kind::Role;
use cachewright_measure::telemetry::{
    Answers, As, Derived, Kind, Known, Target, Window, calls, derive, queries,
};
use cachewright_measure::telemetry::{Beside, Data};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::prelude::ToPrimitive as _;
use support::account::{Truth, answer};

/// A day, seventy days ago: counts by the hour.
const DAY: Window = Window {
    from: 1_790_640_000,
    to: 1_790_726_400,
    now: 1_790_726_400 + 70 * 86_400,
};

/// The same day as if it were yesterday: counts by the minute.
const YESTERDAY: Window = Window { now: DAY.to, ..DAY };

fn target<'k>(kind: &'k Kind) -> Target<'k> {
    Target {
        kind,
        id: "pages".to_owned(),
        members: Vec::new(),
        filter: None,
    }
}

/// The answers of a workload.
fn answers(kinds: &[Kind], kind: &Kind, truth: &Truth) -> Answers {
    let mut answers = Answers::default();
    for call in calls(queries(&[target(kind)], DAY)) {
        answers.read(&answer(&call.json(), kinds, truth)).unwrap();
    }
    answers
}

fn measured(kind: &Kind, answers: &Answers, truth: &Truth, read: As) -> Derived {
    let series = answers.of(&target(kind));
    let known = Known::default();
    let data = Data::new(kind, &series, &known).unwrap();
    derive(&data, read, &known, Beside { item: truth.beside })
}

fn truth() -> impl Strategy<Value = Truth> {
    let rates = (
        1.0..50_000.0,
        prop_oneof![Just(1.0), 1.1..20.0],
        0.01..1.0,
        0.0..5_000.0,
    );
    let sizes = (64.0..1e6, 0.0..200.0, 1e3..1e8, 1e3..1e9);
    (rates, sizes, 1..=24i64, any::<bool>()).prop_map(
        |((reads, keys, hit, writes), (item, beside, items, ttl), hours, redis)| Truth {
            reads,
            keys,
            hit,
            writes,
            item,
            beside,
            items,
            ttl,
            hours,
            factor: 1.0,
            protocol: if redis { "redis" } else { "memcached" },
            later: 0,
            ecpus: 1.0,
        },
    )
}

/// Equal but for what adding up loses.
fn close(what: &str, got: f64, want: f64) {
    let apart = (got - want).abs() / want.abs().max(1e-3);
    assert!(apart < 1e-6, "{what}: {got} for {want}");
}

/// Runs a law over so many workloads of every kind.
fn law(cases: u32, check: impl Fn(&[Kind], &Kind, Truth)) {
    let kinds = kinds::load().unwrap();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(cases)
    });
    runner
        .run(&truth(), |truth| {
            for kind in &kinds {
                // The workload has what the kind can have.
                let mut truth = truth.clone();
                if !kind.engines.values().any(|p| p == truth.protocol) {
                    truth.protocol = "redis";
                }
                if kind.bodies.is_some() {
                    truth.beside = 0.0;
                }
                check(&kinds, kind, truth);
            }
            Ok(())
        })
        .unwrap();
}

#[test]
fn metrics_of_a_known_workload_give_it_back() {
    law(200, |kinds, kind, truth| {
        let found = measured(kind, &answers(kinds, kind, &truth), &truth, As::Cache);
        let is = |path: &str, want: f64| {
            if let Some(got) = found.number(path) {
                close(&format!("{}: {path} of {truth:?}", kind.id), got, want);
            }
        };
        // The calls, where they are counted; keys, where only those are.
        assert!(found.number("traffic.reads").is_some(), "{}", kind.id);
        is("traffic.reads", truth.reads);
        is("traffic.keys_per_read", truth.keys);
        is("traffic.peak_reads", truth.reads);
        is("traffic.active_hours", truth.hours as f64 / 24.0 * 730.0);
        is("data.hit_ratio", truth.hit);
        is("data.item_size", truth.item);
        is("data.bytes_per_read", truth.item);
        is("data.working_set", truth.item * truth.items);
        is("data.ttl", truth.ttl);
        let knows_misses = found.number("data.hit_ratio").is_some() && kind.bodies.is_none();
        if knows_misses || kind.cache.interface.is_some() {
            is("traffic.writes", truth.writes);
        }
        for path in told(kind, &truth) {
            assert!(found.number(path).is_some(), "{}: no {path}", kind.id);
        }
    });
}

/// Fields that a kind with these metrics tells of every workload.
fn told(kind: &Kind, truth: &Truth) -> Vec<&'static str> {
    let has = |role: Role| {
        let of = |m: &&cachewright_measure::telemetry::kind::Metric| m.is == role;
        let spoken = |p: &String| p == truth.protocol;
        let mut metrics = kind.metrics.iter().filter(of);
        metrics.any(|m| m.protocol.as_ref().is_none_or(spoken))
    };
    let files = kind.cache.interface.is_some();
    let stored = has(Role::Bytes) && has(Role::Items);
    let told = [
        ("traffic.active_hours", true),
        ("traffic.peak_reads", true),
        ("data.hit_ratio", has(Role::Hits) || has(Role::HitRate)),
        ("data.item_size", !files && (stored || has(Role::BytesOut))),
        ("data.bytes_per_read", files && has(Role::BytesOut)),
        ("data.working_set", !files && stored),
        ("data.ttl", has(Role::Ttl)),
    ];
    told.into_iter().filter(|t| t.1).map(|t| t.0).collect()
}

/// The same as a file: what is written has four digits, a duration three, and is read as what was written.
#[test]
fn the_written_profile_is_the_workload_to_four_digits() {
    let catalog = cachewright::embedded::catalog().unwrap();
    let book = cachewright::embedded::prices_in(&["eu-west-1".to_owned()]).unwrap();
    law(200, |kinds, kind, truth| {
        let found = measured(kind, &answers(kinds, kind, &truth), &truth, As::Cache);
        let text = written(kind, &found, (&catalog, &book));
        let read = cachewright::workload::load(&text, &[], &catalog)
            .unwrap_or_else(|e| panic!("{text}\n{:#?}", e.problems));
        for field in &found.fields {
            let (Some(want), Some(path)) =
                (found.number(field.path), NumField::from_path(field.path))
            else {
                continue;
            };
            let got = read.profile.number(path).and_then(|n| n.to_f64()).unwrap();
            // Bytes, hours and connections are whole.
            let whole = ![
                "reads",
                "writes",
                "keys_per_read",
                "ratio",
                "ttl",
                "latency",
            ]
            .iter()
            .any(|end| field.path.ends_with(end));
            let duration = ["ttl", "latency"]
                .iter()
                .any(|end| field.path.ends_with(end));
            let digits = if duration { 6e-3 } else { 6e-4 };
            let apart = (got - want).abs();
            assert!(
                apart <= digits * want.abs() || (whole && apart <= 0.5),
                "{}: {} is {got}, not {want}\n{text}",
                kind.id,
                field.path
            );
        }
    });
}

fn written(kind: &Kind, found: &Derived, (catalog, book): (&Catalog, &PriceBook)) -> String {
    let region = "eu-west-1".to_owned();
    let bill = bill::bill(kind, &[], &Known::default(), (catalog, book), &region);
    let identity = Identity {
        name: "pages".to_owned(),
        region,
        layer: None,
    };
    profile::yaml(found, kind, As::Cache, &identity, &bill)
}

#[test]
fn counts_doubled_are_rates_doubled_and_ratios_as_they_were() {
    law(10, |kinds, kind, truth| {
        let once = measured(kind, &answers(kinds, kind, &truth), &truth, As::Cache);
        let double = Truth {
            factor: 2.0,
            ..truth.clone()
        };
        let twice = measured(kind, &answers(kinds, kind, &double), &truth, As::Cache);
        for field in &once.fields {
            let Some(before) = once.number(field.path) else {
                continue;
            };
            let is_rate = ["reads", "writes"]
                .iter()
                .any(|end| field.path.ends_with(end));
            let want = if is_rate { 2.0 * before } else { before };
            close(field.path, twice.number(field.path).unwrap(), want);
        }
    });
}

#[test]
fn a_window_that_is_later_gives_the_same_profile() {
    law(5, |kinds, kind, truth| {
        let now = measured(kind, &answers(kinds, kind, &truth), &truth, As::Cache);
        let later = Truth {
            later: 1234 * 60,
            ..truth.clone()
        };
        let then = measured(kind, &answers(kinds, kind, &later), &truth, As::Cache);
        assert_eq!(now.fields, then.fields, "{}", kind.id);
        assert_eq!(then.from - now.from, 1234 * 60);
    });
}

/// Minutes and hours count the same.
#[test]
fn the_period_of_the_counts_changes_no_mean() {
    law(1, |kinds, kind, truth| {
        let mut answers = Answers::default();
        for call in calls(queries(&[target(kind)], YESTERDAY)) {
            answers.read(&answer(&call.json(), kinds, &truth)).unwrap();
        }
        let found = measured(kind, &answers, &truth, As::Cache);
        assert_eq!(found.period, 60, "{}", kind.id);
        let hourly = measured(kind, &self::answers(kinds, kind, &truth), &truth, As::Cache);
        for path in ["traffic.reads", "traffic.active_hours", "data.hit_ratio"] {
            if let Some(want) = hourly.number(path) {
                close(path, found.number(path).unwrap(), want);
            }
        }
    });
}

/// Takes values out of every series: those whose hour has this remainder.
fn with_gaps(mut answer: serde_json::Value, left: i64) -> serde_json::Value {
    for result in answer["MetricDataResults"].as_array_mut().unwrap() {
        let times = result["Timestamps"].as_array().unwrap().clone();
        let values = result["Values"].as_array().unwrap().clone();
        let keep = |t: &serde_json::Value| t.as_i64().unwrap() / 3600 % 4 != left;
        let pairs: Vec<_> = times
            .into_iter()
            .zip(values)
            .filter(|(t, _)| keep(t))
            .collect();
        let (times, values): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        result["Timestamps"] = times.into();
        result["Values"] = values.into();
    }
    answer
}

#[test]
fn gaps_never_raise_a_rate() {
    law(5, |kinds, kind, truth| {
        let whole = measured(kind, &answers(kinds, kind, &truth), &truth, As::Cache);
        for left in 0..4 {
            let mut gaps = Answers::default();
            for call in calls(queries(&[target(kind)], DAY)) {
                let answer = with_gaps(answer(&call.json(), kinds, &truth), left);
                gaps.read(&answer).unwrap();
            }
            let found = measured(kind, &gaps, &truth, As::Cache);
            for path in ["traffic.reads", "traffic.peak_reads", "traffic.peak_writes"] {
                let (Some(with), Some(without)) = (found.number(path), whole.number(path)) else {
                    continue;
                };
                assert!(
                    with <= without * 1.000_001,
                    "{}: {path} {with} > {without}",
                    kind.id
                );
            }
        }
    });
}
