//! Bills that something happened to on the way: whatever the bytes are, a bill is read or refused, and nothing panics.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use cachewright_measure::bill::{Ledger, Options, read};
use cachewright_measure::expand;
use proptest::prelude::*;

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/bill/october");
    std::fs::read(folder.join(name)).unwrap()
}

fn sums(bytes: &[u8]) -> anyhow::Result<Ledger> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("bill");
    std::fs::write(&path, bytes)?;
    let inputs = expand(&[path.to_string_lossy().into_owned()])?;
    let options = Options {
        month: Some("2026-10".to_owned()),
        resources: Vec::new(),
        tags: vec![("app".to_owned(), "shop".to_owned())],
        max_bad_lines: u64::MAX,
        keep: &|_, _| true,
    };
    read(&inputs, &options)
}

/// Changes bytes, cuts and doubles a stretch.
fn damaged(mut bytes: Vec<u8>, changes: &[(usize, u8)], cut: usize, twice: usize) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    let twice = twice % bytes.len();
    let stretch: Vec<u8> = bytes[twice..].iter().take(200).copied().collect();
    bytes.splice(twice..twice, stretch);
    bytes.truncate(bytes.len() - cut % bytes.len());
    bytes
}

fn changes() -> impl Strategy<Value = (Vec<(usize, u8)>, usize, usize)> {
    let each = (any::<usize>(), any::<u8>());
    (
        prop::collection::vec(each, 0..8),
        prop_oneof![Just(0), 0usize..4000],
        any::<usize>(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn damaged_csv_is_read_or_refused((changes, cut, twice) in changes()) {
        for name in ["cur.csv", "focus-1.2.csv", "cur.csv.gz"] {
            let _ = sums(&damaged(fixture(name), &changes, cut, twice));
        }
    }

    #[test]
    fn damaged_parquet_is_read_or_refused((changes, cut, _) in changes()) {
        for name in ["cur.parquet", "focus-1.2.parquet"] {
            let mut bytes = damaged(fixture(name), &changes, cut, 0);
            // The first bytes say that it is Parquet.
            bytes.splice(..4.min(bytes.len()), *b"PAR1");
            let _ = sums(&bytes);
        }
    }

    #[test]
    fn damaged_answers_are_read_or_refused((changes, cut, twice) in changes()) {
        let answer = damaged(fixture("ce.json"), &changes, cut, twice);
        let _ = sums(&answer);
    }

    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = sums(&bytes);
    }
}

#[test]
fn the_fixtures_are_read_with_their_tags() {
    for name in [
        "cur.csv",
        "cur.csv.gz",
        "cur.parquet",
        "focus-1.2.csv",
        "focus-1.2.parquet",
    ] {
        let found = sums(&fixture(name)).unwrap();
        assert_eq!(
            (found.lines, found.bad_lines, found.accounts),
            (434, 0, 1),
            "{name}"
        );
        assert!(found.rows.iter().any(|r| r.selected) && found.rows.iter().any(|r| !r.selected));
    }
}
