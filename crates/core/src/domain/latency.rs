//! Latency of a read as a band by size: what is seldom beaten, the median, what is seldom exceeded.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::profile::{Compute, Interface, Profile};
use super::source::SourceId;
use super::word::{Word, WordSet, words};

words!(
    /// What a latency figure rests on.
    Basis { Documented = "documented", Measured = "measured", Assumed = "assumed" }
);

/// Latency at one size.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyRow {
    /// Bytes read.
    pub item_size: Decimal,
    /// Nobody should ask for less, milliseconds; the median where nothing is known.
    pub low: Option<Decimal>,
    /// Median, milliseconds.
    pub p50: Decimal,
    /// A median above it would surprise, milliseconds; the median where nothing is known.
    pub high: Option<Decimal>,
    /// 99th percentile, milliseconds, when known.
    pub p99: Option<Decimal>,
    /// What the figures rest on.
    pub basis: Basis,
    /// Callers for which the row holds when there are no others; empty: the rest.
    pub callers: WordSet,
    /// Where it is from.
    pub sources: Vec<SourceId>,
}

/// Latency of a median read of one size, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// A tolerance at or below it cannot be met.
    pub low: Decimal,
    /// A tolerance from here on is met.
    pub typical: Decimal,
    /// A tolerance up to here has to be measured.
    pub high: Decimal,
    /// 99th percentile, when known.
    pub p99: Option<Decimal>,
    /// What the figures rest on.
    pub basis: Basis,
}

/// Milliseconds that a byte takes in one flow of 5 Gbps, the most outside a placement group
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html>).
const MS_PER_BYTE: Decimal = Decimal::from_parts(16, 0, 0, false, 7);

/// Bytes of the file operation whose latency is meant: a whole file is a question of throughput.
const OPERATION: Decimal = Decimal::from_parts(64 << 10, 0, 0, false, 0);

/// Bytes whose latency counts for a workload.
pub fn latency_size(profile: &Profile) -> Decimal {
    let size = profile.bytes_per_read();
    match profile.interface {
        Interface::Posix => size.min(OPERATION),
        Interface::Http | Interface::KeyValue | Interface::Object => size,
    }
}

/// The band of a read of `size` bytes by these callers; `None` is unknown.
///
/// Rows are ordered by size. Above the first row the measured slope between rows goes on, beyond the last as
/// well; where there is one row only, and at the low end always, the bytes of one flow are added.
pub fn band(rows: &[LatencyRow], callers: &[Compute], size: Decimal) -> Option<Band> {
    let all = |row: &LatencyRow| {
        !callers.is_empty() && callers.iter().all(|caller| row.callers.contains(*caller))
    };
    let own = rows.iter().any(all);
    let of_group = |row: &&LatencyRow| {
        if own {
            all(row)
        } else {
            row.callers == WordSet::default()
        }
    };
    let mut group = rows.iter().filter(of_group);
    let first = group.next()?;
    let more = (size - first.item_size).max(Decimal::ZERO);
    let moved = more * MS_PER_BYTE;
    let (mut from, mut to): (_, Option<&LatencyRow>) = (first, None);
    for row in group {
        if let Some(last) = to
            && size > last.item_size
        {
            from = last;
        }
        to = Some(row);
        if size <= row.item_size {
            break;
        }
    }
    let (grown, p99, basis) = match to {
        _ if more.is_zero() => (Decimal::ZERO, first.p99, first.basis),
        None => (moved, first.p99.map(|p99| p99 + moved), Basis::Assumed),
        Some(to) => {
            let share = (size - from.item_size) / (to.item_size - from.item_size);
            let line = |a: Decimal, b: Decimal| a + (b - a) * share;
            let p99 = from.p99.zip(to.p99).map(|(a, b)| line(a, b));
            let beyond = size > to.item_size;
            let basis = if beyond { Basis::Assumed } else { to.basis };
            (line(from.p50, to.p50) - first.p50, p99, basis)
        }
    };
    let typical = first.p50 + grown;
    Some(Band {
        low: (first.low.unwrap_or(first.p50) + moved).min(typical),
        typical,
        high: first.high.unwrap_or(first.p50) + grown,
        p99,
        basis,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(size: i64, low: Option<&str>, p50: &str, high: Option<&str>) -> LatencyRow {
        let ms = |text: &str| text.parse().unwrap();
        LatencyRow {
            item_size: size.into(),
            low: low.map(ms),
            p50: ms(p50),
            high: high.map(ms),
            p99: None,
            basis: Basis::Measured,
            callers: WordSet::default(),
            sources: Vec::new(),
        }
    }

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn one_row_grows_by_the_bytes_of_one_flow() {
        let rows = [row(4096, Some("0.5"), "2", Some("3"))];
        let at = band(&rows, &[], Decimal::from(4096)).unwrap();
        assert_eq!((at.low, at.typical, at.high), (d("0.5"), d("2"), d("3")));
        // 5 MiB by 5 Gbps: 8.4 ms.
        let at = band(&rows, &[], Decimal::from(4096 + 5_242_880)).unwrap();
        assert_eq!(at.typical, d("2") + d("8.388608"));
        assert_eq!(at.basis, Basis::Assumed);
    }

    #[test]
    fn a_measured_slope_goes_on_and_the_low_end_never_passes_the_median() {
        let rows = [
            row(4096, Some("2.4"), "4.2", Some("9")),
            row(2 << 20, None, "16.9", None),
        ];
        let at = band(&rows, &[], Decimal::from(5 << 20)).unwrap();
        assert_eq!(at.typical.round_dp(2), d("35.99"));
        assert_eq!(at.low.round_dp(2), d("10.78"));
        assert_eq!(at.high, at.typical - d("4.2") + d("9"));
        let middle = band(&rows, &[], Decimal::from(1 << 20)).unwrap();
        assert!(middle.typical > d("4.2") && middle.typical < d("16.9"));
        assert_eq!(middle.basis, Basis::Measured);
    }

    #[test]
    fn rows_for_some_callers_hold_when_there_are_no_others() {
        let mut near = row(4096, None, "4.2", None);
        near.callers.insert(Compute::Ec2);
        let rows = [row(4096, None, "5", None), near];
        let at = |callers: &[Compute]| band(&rows, callers, Decimal::ONE).unwrap().typical;
        assert_eq!(at(&[Compute::Ec2]), d("4.2"));
        assert_eq!(at(&[Compute::Ec2, Compute::Lambda]), d("5"));
        assert_eq!(at(&[]), d("5"));
    }
}
