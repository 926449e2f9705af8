//! What was measured, as plain data: the contract of the reports and of the profile.

use std::collections::BTreeMap;

use crate::curve::CurvePoint;
use crate::formats::{BadLine, Format};
use crate::sampling::Sampling;
use crate::stats::{Rates, Sizes};

/// Seconds between reads of the same object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReuseTime {
    /// Median: half of the rereads come within this time.
    pub p50_seconds: u64,
    /// Nine of ten rereads come within this time.
    pub p90_seconds: u64,
    /// 99 of 100 rereads come within this time.
    pub p99_seconds: u64,
}

/// How the curve was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SamplingUsed {
    /// What was asked for or decided.
    pub mode: Sampling,
    /// Share of the keys tracked, 0 to 1.
    pub rate: f64,
    /// Keys tracked.
    pub tracked_keys: u64,
}

/// Bytes that reads moved; not the size of what they read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SentUsed {
    /// All of them, over the reads that tell.
    pub bytes: f64,
    /// Reads that tell.
    pub reads: f64,
    /// Reads of a range.
    pub ranges: u64,
    /// Reads of what the reader had already.
    pub unchanged: u64,
}

impl SentUsed {
    /// Mean over the reads that tell; none when none does.
    pub fn mean(&self) -> Option<f64> {
        (self.reads > 0.0).then(|| self.bytes / self.reads)
    }
}

/// What was measured: plain data.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// Reads, writes and deletes.
    pub requests: u64,
    /// Reads.
    pub reads: u64,
    /// Writes.
    pub writes: u64,
    /// Deletes.
    pub deletes: u64,
    /// Bytes read, as far as the log tells.
    pub bytes: u64,
    /// First request, ms since the epoch.
    pub from: Option<i64>,
    /// Last request, ms since the epoch.
    pub to: Option<i64>,
    /// Formats found.
    pub formats: Vec<Format>,
    /// How the curve was made.
    pub sampling: SamplingUsed,
    /// Requests per second.
    pub rates: Rates,
    /// Sizes of the objects that were read, weighted by reads.
    pub sizes: Sizes,
    /// Bytes that reads moved.
    pub sent: SentUsed,
    /// Share of the reads of objects whose size nothing has told.
    pub unknown_sizes: f64,
    /// Reads that are the first of their key.
    pub first_reads: u64,
    /// Keys of a read: one call may name several.
    pub keys_per_read: f64,
    /// Writes and deletes that a cache hands on without looking at them.
    pub passed: (u64, u64),
    /// The layer of the profile that most reads come from.
    pub layer: &'static str,
    /// What a miss goes to, where the format of most reads tells.
    pub origin: Option<&'static str>,
    /// Objects; an estimate when sampled.
    pub distinct_keys: u64,
    /// Bytes of all objects at their last size; an estimate when sampled.
    pub distinct_bytes: u64,
    /// Share of the objects that were read exactly once; none without objects.
    pub one_hit_wonders: Option<f64>,
    /// Share of the reads on the hottest key; none with too few reads.
    pub hottest_key_share: Option<f64>,
    /// Exponent of the Zipf distribution that fits the popularity best; none with too few keys.
    pub popularity_skew: Option<f64>,
    /// Time between reads of the same object; none without rereads.
    pub reuse_time: Option<ReuseTime>,
    /// Share of the reads that a cache answered according to the log itself.
    pub logged_hit_ratio: Option<f64>,
    /// Hit ratio by cache size, ascending.
    pub hit_ratio_curve: Vec<CurvePoint>,
    /// Lines or records read.
    pub lines: u64,
    /// Corrupt lines.
    pub bad_lines: u64,
    /// The first of them.
    pub bad_line_samples: Vec<BadLine>,
    /// Lines that are no request for a cacheable object, by reason.
    pub skipped: BTreeMap<&'static str, u64>,
    /// What a reader of the result should know.
    pub notes: Vec<String>,
}

impl Measurement {
    /// Smallest size on the curve with at least 99 % of the hits of the largest; none when nothing
    /// hits, or when the sizes of most reads are unknown.
    pub fn working_set(&self) -> Option<&CurvePoint> {
        let best = self.hit_ratio_curve.last()?.objects;
        let is_known = best > 0.0 && self.knows_sizes();
        self.hit_ratio_curve
            .iter()
            .find(|p| is_known && p.objects >= best * 0.99)
    }

    /// Sizes of at least half of the reads are known.
    pub fn knows_sizes(&self) -> bool {
        self.unknown_sizes <= 0.5
    }

    /// Times are those since the start of a trace without dates.
    pub fn is_relative(&self) -> bool {
        is_relative(self.to)
    }

    /// Half width of the widest 95 % interval on the curve, as a share of the reads; 0 when exact.
    pub fn largest_error(&self) -> f64 {
        let errors = self.hit_ratio_curve.iter().filter_map(|p| p.error);
        errors.fold(0.0, f64::max)
    }

    /// Names of the formats found.
    pub fn format_names(&self) -> String {
        self.formats
            .iter()
            .map(|f| f.name())
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Earlier than 1990: seconds since the start of a trace.
pub(super) fn is_relative(last: Option<i64>) -> bool {
    last.is_some_and(|ms| ms < 631_152_000_000)
}
