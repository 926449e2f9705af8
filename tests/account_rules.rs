//! The rules that make fields of metrics, one by one: gaps, coverage, replicas, shared nodes, evictions, ranges.

mod support;

use cachewright::account::kinds;
use cachewright_measure::telemetry::{
    Answers, As, Derived, Kind, Known, Mark, Reading, derive, members,
};
use cachewright_measure::telemetry::{Beside, Data};
use serde_json::json;

const HOUR: i64 = 3600;
const START: i64 = 1_790_640_000;

/// A series by the hour: label without the kind, and a value for each hour; below zero is a gap.
type Row<'r> = (&'r str, Vec<f64>);

fn answers(kind: &Kind, rows: &[Row<'_>]) -> Answers {
    let results = rows.iter().enumerate().map(|(i, (label, values))| {
        let points = values.iter().enumerate().filter(|(_, v)| **v >= 0.0);
        let (times, values): (Vec<i64>, Vec<f64>) =
            points.map(|(hour, v)| (START + hour as i64 * HOUR, *v)).unzip();
        json!({ "Id": format!("m{i}"), "Label": format!("{}|{label}", kind.id), "Timestamps": times, "Values": values })
    });
    let mut answers = Answers::default();
    let document = json!({ "MetricDataResults": results.collect::<Vec<_>>() });
    answers.read(&document).unwrap();
    answers
}

fn of(word: &str, rows: &[Row<'_>], known: &Known) -> Derived {
    let kinds = kinds::load().unwrap();
    let kind = kinds::named(&kinds, word).unwrap();
    let answers = answers(kind, rows);
    let members = known.members.clone();
    let target = cachewright_measure::telemetry::Target {
        kind,
        id: "x".to_owned(),
        members,
        filter: None,
    };
    let series = answers.of(&target);
    let data = Data::new(kind, &series, known).unwrap();
    derive(&data, As::Cache, known, Beside { item: 100.0 })
}

/// Two days of one value.
fn flat(value: f64) -> Vec<f64> {
    vec![value; 48]
}

/// Two days of which the first so many hours have a value.
fn first(hours: usize, value: f64) -> Vec<f64> {
    (0..48)
        .map(|h| if h < hours { value } else { -1.0 })
        .collect()
}

const HITS: &str = "CacheHits|Sum|x||";
const MISSES: &str = "CacheMisses|Sum|x||";
const GETS: &str = "GetTypeCmds|Sum|x||";
const SETS: &str = "SetTypeCmds|Sum|x||";

#[test]
fn what_covers_less_than_half_of_the_window_is_left_out() {
    let whole = ("CurrConnections|Maximum|x||", flat(9.0));
    for (hours, known) in [(23, false), (24, true), (48, true)] {
        let rows = [(GETS, first(hours, 3600.0)), whole.clone()];
        let found = of("elasticache-serverless", &rows, &Known::default());
        assert_eq!(found.number("traffic.reads").is_some(), known, "{hours} h");
        if known {
            // The gap is not zero: the mean is that of the hours that are known.
            assert_eq!(found.number("traffic.reads"), Some(1.0));
            assert!((found.coverage - hours as f64 / 48.0).abs() < 1e-9);
        }
    }
}

#[test]
fn what_is_sent_only_above_zero_is_zero_where_others_were_sent() {
    let rows = [
        ("GetItemRequestCount|Sum|x||", first(12, 3600.0)),
        ("TotalRequestCount|Sum|x||", flat(10.0)),
        ("ItemCacheHits|Sum|x||", first(12, 2700.0)),
        ("ItemCacheMisses|Sum|x||", first(12, 900.0)),
    ];
    let found = of("dax", &rows, &Known::default());
    assert_eq!(found.number("traffic.reads"), Some(1.0));
    assert_eq!(found.number("traffic.active_hours"), Some(730.0 / 4.0));
    assert_eq!(found.number("data.hit_ratio"), Some(0.75));
}

#[test]
fn an_idle_hour_has_less_than_a_hundredth_of_the_busiest() {
    let hours = (0..48)
        .map(|h| if h < 12 { 3600.0 } else { 35.0 })
        .collect();
    let found = of(
        "elasticache-serverless",
        &[(GETS, hours)],
        &Known::default(),
    );
    assert_eq!(found.number("traffic.active_hours"), Some(730.0 / 4.0));
    // What was counted in idle hours is not lost.
    let reads = found.number("traffic.reads").unwrap();
    assert!(
        (reads - (12.0 * 3600.0 + 36.0 * 35.0) / (12.0 * 3600.0)).abs() < 1e-9,
        "{reads}"
    );
}

#[test]
fn replicas_read_and_only_primaries_write_and_hold() {
    let known = Known {
        members: vec!["x-001".to_owned(), "x-002".to_owned()],
        ..Known::default()
    };
    let mut rows = Vec::new();
    for (member, primary) in [("x-001", 1.0), ("x-002", 0.0)] {
        for (metric, value) in [
            ("GetTypeCmds|Sum", 3600.0),
            ("SetTypeCmds|Sum", 7200.0),
            ("IsMaster|Maximum", primary),
            ("BytesUsedForCache|Average", 2_000_000.0),
            ("BytesUsedForCache|Maximum", 2_000_000.0),
            ("CurrItems|Average", 1000.0),
            ("DB0AverageTTL|Average", 60_000.0 * primary),
        ] {
            rows.push((format!("{metric}|x|{member}|"), flat(value)));
        }
    }
    let rows: Vec<Row<'_>> = rows.iter().map(|(l, v)| (l.as_str(), v.clone())).collect();
    let found = of("elasticache", &rows, &known);
    assert_eq!(found.number("traffic.reads"), Some(2.0));
    assert_eq!(found.number("traffic.peak_writes"), Some(2.0));
    // 2,000 bytes an item, less 100 beside it.
    assert_eq!(found.number("data.item_size"), Some(1900.0));
    assert_eq!(found.number("data.working_set"), Some(1_900_000.0));
    let ttl = found.fields.iter().find(|f| f.path == "data.ttl").unwrap();
    let Reading::Number(ttl, _) = ttl.value else {
        panic!("{ttl:?}")
    };
    assert_eq!(ttl, [60_000.0, 120_000.0, 180_000.0]);
}

#[test]
fn nodes_that_share_the_data_are_added_up() {
    let known = Known {
        nodes: Some(3),
        ..Known::default()
    };
    let rows = [
        ("CmdGet|Sum|x||", flat(3600.0)),
        ("BytesUsedForCacheItems|Average|x||", flat(1_100_000.0)),
        ("CurrItems|Average|x||", flat(1000.0)),
    ];
    let found = of("elasticache", &rows, &known);
    assert_eq!(found.number("data.item_size"), Some(1000.0));
    assert_eq!(found.number("data.working_set"), Some(3_000_000.0));
    assert!(
        found
            .fields
            .iter()
            .any(|f| f.value == Reading::Word("memcached".to_owned()))
    );
}

#[test]
fn an_eviction_makes_the_working_set_a_lower_bound() {
    let rows = [
        (GETS, flat(3600.0)),
        ("BytesUsedForCache|Average|x||", flat(1_100_000.0)),
        ("CurrItems|Average|x||", flat(1000.0)),
        ("Evictions|Sum|x||", flat(1.0)),
    ];
    let found = of("elasticache-serverless", &rows, &Known::default());
    assert_eq!(found.cautions[0].0, "working-set-lower-bound");
}

#[test]
fn estimates_that_differ_are_a_range_of_both() {
    let rows = |out: f64| {
        [
            (GETS, flat(3600.0)),
            (HITS, flat(3600.0)),
            (MISSES, flat(0.0)),
            ("BytesUsedForCache|Average|x||", flat(1_100_000.0)),
            ("CurrItems|Average|x||", flat(1000.0)),
            ("NetworkBytesOut|Sum|x||", flat(3600.0 * out)),
        ]
    };
    let size = |out: f64| {
        let found = of("elasticache-serverless", &rows(out), &Known::default());
        let field = found
            .fields
            .into_iter()
            .find(|f| f.path == "data.item_size")
            .unwrap();
        let Reading::Number(value, _) = field.value else {
            panic!()
        };
        value
    };
    assert_eq!(size(1200.0), [1000.0; 3]);
    assert_eq!(size(2000.0), [1000.0, 1000.0, 2000.0]);
    assert_eq!(size(400.0), [400.0, 1000.0, 1000.0]);
}

#[test]
fn writes_are_puts_less_misses_and_at_most_all_puts() {
    for (puts, want) in [(7200.0, [1.0, 1.0, 2.0]), (1800.0, [0.0, 0.0, 0.5])] {
        let rows = [
            (HITS, flat(3600.0)),
            (MISSES, flat(3600.0)),
            (GETS, flat(7200.0)),
            (SETS, flat(puts)),
        ];
        let found = of("elasticache-serverless", &rows, &Known::default());
        let field = found
            .fields
            .iter()
            .find(|f| f.path == "traffic.writes")
            .unwrap();
        assert_eq!(
            (&field.value, field.mark),
            (
                &Reading::Number(want, cachewright_measure::telemetry::Unit::PerSecond),
                Mark::Derived
            )
        );
    }
}

#[test]
fn hits_without_misses_are_no_ratio() {
    let found = of(
        "elasticache-serverless",
        &[(HITS, flat(1.0))],
        &Known::default(),
    );
    assert_eq!(found.number("data.hit_ratio"), None);
}

#[test]
fn families_of_commands_are_features() {
    let rows = [
        (GETS, flat(1.0)),
        ("SortedSetBasedCmds|Sum|x||", flat(1.0)),
        ("StreamBasedCmds|Sum|x||", flat(0.0)),
    ];
    let found = of("elasticache-serverless", &rows, &Known::default());
    let features = found
        .fields
        .iter()
        .find(|f| f.path == "requirements.features")
        .unwrap();
    assert_eq!(
        features.value,
        Reading::Words(vec!["sorted-sets".to_owned()])
    );
}

#[test]
fn members_are_names_that_exist() {
    let kinds = kinds::load().unwrap();
    let listed = |names: &[&str]| -> Vec<Vec<(String, String)>> {
        let one = |n: &&str| vec![("CacheClusterId".to_owned(), (*n).to_owned())];
        names.iter().map(one).collect()
    };
    let kind = kinds::named(&kinds, "elasticache").unwrap();
    let names = [
        "x-0002-001",
        "x",
        "x-001",
        "x-1",
        "xy-001",
        "x-001-b",
        "x-001",
    ];
    assert_eq!(
        members(kind, "x", &listed(&names)).0,
        ["x", "x-0002-001", "x-001"]
    );
    let s3 = kinds::named(&kinds, "s3").unwrap();
    let filter = |value: &str| vec![("FilterId".to_owned(), value.to_owned())];
    assert_eq!(
        members(s3, "x", &[filter("a"), filter("EntireBucket")])
            .1
            .as_deref(),
        Some("EntireBucket")
    );
    assert_eq!(
        members(s3, "x", &[filter("b"), filter("a")]).1.as_deref(),
        Some("a")
    );
}
