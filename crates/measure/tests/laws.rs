//! Laws over random logs of every format: what is measured is what an independent count says.

#[allow(dead_code, reason = "shared by tests, each of which needs a part")]
mod writers;

use std::fs;

use cachewright_measure::formats::facts::FACTS;
use cachewright_measure::{Input, Measurement, Options, Sampling, Window, measure};
use proptest::prelude::*;
use writers::{Kind, Layout, Request, Writes, in_every_layout, layouts, requests};

fn run(layout: &Layout, requests: &[Request]) -> Measurement {
    run_with(layout, requests, Options::default())
}

fn run_with(layout: &Layout, requests: &[Request], options: Options) -> Measurement {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    fs::write(&path, (layout.write)(requests)).unwrap();
    let options = Options {
        default_size: layout.default_size.unwrap_or(0),
        sampling: Some(if layout.is_sample {
            Sampling::Rate(1.0)
        } else {
            Sampling::Exact
        }),
        ..options
    };
    measure(&[Input::File(path)], &options, &mut ()).unwrap()
}

/// What differs from the independent count.
fn misses(layout: &Layout, requests: &[Request]) -> Vec<String> {
    let m = run(layout, requests);
    let mut wrong = Vec::new();
    let mut same = |what: &str, got: f64, want: f64, slack: f64| {
        if (got - want).abs() > slack {
            wrong.push(format!("{what} is {got} and not {want}"));
        }
    };
    let count = |is: fn(Kind) -> bool| requests.iter().filter(|r| is(r.kind)).count() as f64;
    let reads: Vec<&Request> = requests.iter().filter(|r| r.is_read()).collect();
    let sum = |of: &dyn Fn(&Request) -> u64| reads.iter().map(|r| of(r) as f64).sum::<f64>();
    same("reads", m.reads as f64, reads.len() as f64, 0.0);
    same("writes", m.writes as f64, count(|k| k == Kind::Put), 0.0);
    same(
        "deletes",
        m.deletes as f64,
        count(|k| k == Kind::Delete),
        0.0,
    );
    let left_out = m
        .skipped
        .iter()
        .filter(|(why, _)| !["comments", "header lines"].contains(why));
    let left_out = left_out.map(|(_, n)| *n as f64).sum();
    let not_read = count(|k| matches!(k, Kind::Error | Kind::Other));
    let greeting = if layout.format == "redis-monitor" {
        1.0
    } else {
        0.0
    };
    same("left out", left_out, not_read + greeting, 0.0);
    same("corrupt lines", m.bad_lines as f64, 0.0, 0.0);
    same("bytes sent", m.sent.bytes, sum(&|r| layout.sent(r)), 0.5);
    same("unknown sizes", m.unknown_sizes, 0.0, 0.0);
    let mean = sum(&|r| r.size) / (reads.len() as f64).max(1.0);
    same("mean object", m.sizes.mean.unwrap_or(0.0), mean, 1e-6);
    let active = writers::active_seconds(requests) as f64;
    same("rate", m.rates.reads * active, reads.len() as f64, 1.0);
    let largest = requests.iter().map(|r| r.size).max().unwrap_or(0);
    let leaves_room =
        |k| k == Kind::Delete || k == Kind::Put && layout.writes == Writes::Invalidate;
    let has_room = layout.writes != Writes::Pass && requests.iter().any(|r| leaves_room(r.kind));
    for point in &m.hit_ratio_curve {
        let want = layout.hits(requests, point.size_bytes);
        let what = format!("hit ratio at {} B", point.size_bytes);
        // Room of deleted objects moves differently in caches that never admitted some of the others.
        let is_exact = point.size_bytes >= largest || !has_room;
        let few = f64::max(0.05, 4.0 / reads.len() as f64);
        same(
            &what,
            point.objects,
            want,
            if is_exact { 1e-9 } else { few },
        );
    }
    if m.format_names() != layout.format {
        wrong.push(format!("format is {}", m.format_names()));
    }
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn every_format_is_counted_as_it_was_written(requests in requests()) {
        let wrong = in_every_layout(&requests, misses);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[test]
fn every_format_is_written_by_somebody() {
    let written: Vec<&str> = layouts().iter().map(|layout| layout.format).collect();
    for facts in &FACTS {
        assert!(
            written.contains(&facts.name),
            "{} has no writer",
            facts.name
        );
    }
}

/// A change of some bytes: where, how many go, and what comes.
fn damage() -> impl Strategy<Value = Vec<(u16, u8, Vec<u8>)>> {
    let what = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        prop::sample::select(vec![
            "\"",
            "{",
            "}",
            "[",
            "]",
            "\n",
            "\\",
            "\0",
            ",",
            " ",
            "-",
            "\u{202e}",
            "9999999999999999999999"
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    prop::collection::vec((any::<u16>(), 0u8..20, what), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn damaged_logs_of_every_format_are_counted_or_refused(
        requests in requests(),
        damage in damage(),
        other in 0usize..FACTS.len(),
        ignore_query: bool,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        for layout in layouts() {
            let mut log = (layout.write)(&layout.of(&requests[..20]));
            for (at, gone, new) in &damage {
                let at = usize::from(*at) % (log.len() + 1);
                let end = (at + usize::from(*gone)).min(log.len());
                log.splice(at..end, new.iter().copied());
            }
            fs::write(&path, &log).unwrap();
            let other = FACTS[other].format;
            for format in [None, layout.format.parse().ok(), Some(other)] {
                let options = Options { format, ignore_query, max_bad_lines: Some(u64::MAX), ..Options::default() };
                let Ok(m) = measure(&[Input::File(path.clone())], &options, &mut ()) else {
                    continue;
                };
                prop_assert!(m.hit_ratio_curve.iter().all(|p| (0.0..=1.0).contains(&p.objects)), "{}", layout.name);
                prop_assert!((0.0..=1.0).contains(&m.unknown_sizes), "{}", layout.name);
                prop_assert!(m.first_reads <= m.reads, "{}", layout.name);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_window_leaves_what_is_in_it(requests in requests(), from in 0usize..120, len in 1usize..120) {
        for layout in layouts() {
            let requests = layout.of(&requests);
            let from = from.min(requests.len() - 1);
            let inside = &requests[from..(from + len).min(requests.len())];
            if !inside.iter().any(Request::is_read) {
                continue;
            }
            let window = Window {
                from: Some(inside[0].at.cast_signed() * 1000),
                to: inside.last().map(|last| last.at.cast_signed() * 1000 + 999),
            };
            let m = run_with(&layout, &requests, Options { window, ..Options::default() });
            let count = |kind| inside.iter().filter(|r| r.kind == kind).count() as u64;
            let reads: Vec<&Request> = inside.iter().filter(|r| r.is_read()).collect();
            prop_assert_eq!(m.reads, reads.len() as u64, "{}", layout.name);
            prop_assert_eq!((m.writes, m.deletes), (count(Kind::Put), count(Kind::Delete)), "{}", layout.name);
            // Where sizes come from writes, those before the window are not seen.
            if !layout.cache_aside {
                let sent: u64 = reads.iter().map(|r| layout.sent(r)).sum();
                prop_assert!((m.sent.bytes - sent as f64).abs() < 0.5, "{}: {} and not {sent}", layout.name, m.sent.bytes);
            }
            let counted = |all: &[Request]| {
                all.iter().filter(|r| !matches!(r.kind, Kind::Error | Kind::Other)).count() as u64
            };
            let rows = if layout.is_sample { 2 } else { 1 };
            let left_out = (counted(&requests) - counted(inside)) * rows;
            let said = m.skipped.get("outside --from and --to").copied().unwrap_or(0);
            prop_assert_eq!(said, left_out, "{}", layout.name);
        }
    }

    #[test]
    fn a_second_layer_sees_the_misses_of_the_first(requests in requests(), power in 10u32..18) {
        let behind = 1 << power;
        for layout in layouts().iter().filter(|layout| !layout.is_sample) {
            let requests = layout.of(&requests);
            let missed = layout.missed(&requests, behind);
            if !missed.iter().any(Request::is_read) {
                continue;
            }
            let m = run_with(layout, &requests, Options { behind: Some(behind), ..Options::default() });
            let reads: Vec<&Request> = missed.iter().filter(|r| r.is_read()).collect();
            prop_assert_eq!(m.reads, reads.len() as u64, "{}", layout.name);
            let fetched: u64 = reads.iter().map(|r| r.size).sum();
            prop_assert!((m.sent.bytes - fetched as f64).abs() < 0.5, "{}: {} and not {fetched}", layout.name, m.sent.bytes);
            let largest = requests.iter().map(|r| r.size).max().unwrap_or(0);
            for point in m.hit_ratio_curve.iter().filter(|p| p.size_bytes >= largest) {
                let want = layout.hits(&missed, point.size_bytes);
                prop_assert!((point.objects - want).abs() < 1e-9, "{}: {} and not {want}", layout.name, point.objects);
            }
        }
    }
}
