//! Published traces against published answers. The long ones are not in the repository:
//! `CACHEWRIGHT_TRACES` names the folder that `benches/measure.py fetch` fills.

use std::path::PathBuf;

use cachewright::evidence::{Input, Measurement, Options, Sampling, measure};

const MIB: u64 = 1 << 20;
const SIZES: [u64; 9] = [1, 2, 4, 8, 16, 32, 64, 128, 192];

/// The trace, or a loud skip; with `REQUIRE_TOOLS=1` a missing one is a failure.
fn trace(name: &str) -> Option<PathBuf> {
    let folder = std::env::var("CACHEWRIGHT_TRACES").unwrap_or_else(|_| ".tools/traces".into());
    let path = PathBuf::from(folder).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var("REQUIRE_TOOLS").is_err(), "{} is missing", path.display());
    eprintln!("SKIPPED: {} is missing; run `python3 benches/measure.py fetch`", path.display());
    None
}

fn options() -> Options {
    Options {
        sizes: SIZES.map(|mib| mib * MIB).to_vec(),
        sampling: Some(Sampling::Exact),
        ..Options::default()
    }
}

fn run(path: PathBuf, options: &Options) -> Measurement {
    measure(&[Input::File(path)], options, &mut ()).unwrap()
}

fn misses(m: &Measurement) -> (Vec<String>, Vec<String>) {
    let row = |f: fn(&cachewright::evidence::CurvePoint) -> f64| {
        m.hit_ratio_curve.iter().map(|p| format!("{:.4}", 1.0 - f(p))).collect()
    };
    (row(|p| p.objects), row(|p| p.bytes))
}

#[test]
fn cluster52_equals_the_reference_row_to_four_decimals() {
    let Some(path) = trace("twitter_cluster52_10m.csv.zst") else { return };
    let m = run(path, &options());
    assert_eq!((m.requests, m.distinct_keys, m.distinct_bytes), (10_000_000, 897_664, 174_722_570));
    assert_eq!((m.rates.reads_max_second, m.sizes.max), (5002, Some(4985)));
    let (objects, bytes) = misses(&m);
    let want = ["0.2770", "0.2318", "0.1945", "0.1632", "0.1384", "0.1136", "0.0990", "0.0905", "0.0898"];
    assert_eq!(objects, want);
    let want = ["0.2928", "0.2404", "0.1993", "0.1645", "0.1374", "0.1125", "0.0966", "0.0874", "0.0865"];
    assert_eq!(bytes, want);
}
