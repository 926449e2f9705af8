//! The result of a run, out of the counts and the engine.

use super::Pump;
use crate::curve::{CurvePoint, Totals, default_sizes};
use crate::engine::{Engine, Partial};
use crate::formats::Format;
use crate::formats::facts::FormatFacts;
use crate::measure::measurement::{Measurement, ReuseTime, SamplingUsed, SentUsed};
use crate::sampling::{Sampling, Tracker};
use crate::stats::Sizes;

impl Pump<'_> {
    /// Reads of the whole input: counted, or estimated from a sample without totals.
    fn estimate_reads(&mut self, tracker: &Tracker) -> bool {
        let is_unknown = self.formats.contains_key(&Format::Sampled) && !self.has_totals;
        if is_unknown {
            let sum: u64 = tracker
                .engine()
                .popularity()
                .iter()
                .map(|c| u64::from(*c))
                .sum();
            self.stats.reads = (sum as f64 / tracker.rate()).round() as u64;
            self.note(
                "the sample has no totals: the number of requests is an estimate, and rates are unknown"
                    .to_owned(),
            );
        }
        is_unknown
    }

    /// The format of most requests.
    pub(super) fn facts(&self) -> Option<&'static FormatFacts> {
        let most = self
            .formats
            .iter()
            .rev()
            .max_by_key(|(_, requests)| **requests);
        most.map(|(format, _)| format.facts())
    }

    /// The layer and the origin of most reads.
    fn layer(&self) -> (&'static str, Option<&'static str>) {
        let Some(facts) = self.facts() else {
            return ("application", None);
        };
        if facts.format == Format::CloudTrail && self.of_tables * 2 > self.requests() {
            return ("database", Some("dynamodb"));
        }
        // Rows with a status or a method of HTTP are what a log of the same server says as text.
        if self.of_servers * 2 > self.requests() {
            return ("edge", None);
        }
        (facts.layer, facts.origin)
    }

    /// Bytes that reads moved: those of whole objects, those counted apart, and those of objects whose
    /// size an earlier request told.
    fn sent(&self, partial: &Partial) -> SentUsed {
        let (reads, bytes) = self.stats.unsent;
        SentUsed {
            bytes: self.stats.bytes.saturating_sub(bytes) as f64
                + self.sent.bytes as f64
                + partial.sent_bytes,
            reads: self.stats.reads.saturating_sub(reads) as f64
                + self.sent.reads as f64
                + partial.sent,
            ranges: self.sent.ranges,
            unchanged: self.sent.unchanged,
        }
    }

    /// Sizes of objects, weighted by reads.
    fn sizes(&self, engine: &Engine) -> Sizes {
        if self.stats.partial_sizes {
            self.stats.sizes_of(&engine.sizes())
        } else {
            self.stats.sizes()
        }
    }

    /// Share of the reads on the hottest key; `popularity` is in descending order.
    fn hottest(&self, popularity: &[u32]) -> Option<f64> {
        if self.sampling != Sampling::Exact {
            return self.stats.hottest_share();
        }
        let most = popularity.first().filter(|_| self.stats.reads > 0);
        most.map(|count| f64::from(*count) / self.stats.reads as f64)
    }

    pub(super) fn measurement(mut self, tracker: &Tracker) -> Measurement {
        let unknown_totals = self.estimate_reads(tracker);
        let (engine, rate) = (tracker.engine(), tracker.rate());
        let scaled = |n: u64| (n as f64 / rate).round() as u64;
        let tracked_keys = engine.keys() as u64;
        let distinct_bytes = scaled(engine.distinct_bytes());
        let popularity = engine.popularity();
        let totals = (!unknown_totals).then_some(Totals {
            reads: self.stats.reads as f64,
            bytes: (!self.stats.partial_sizes).then_some(self.stats.bytes as f64),
        });
        let sent = self.sent(&engine.partial);
        let (layer, origin) = self.layer();
        let rates = self.stats.rates();
        let reads = self.stats.reads;
        let unknown_sizes = (engine.partial.unknown / (reads as f64).max(1.0)).min(1.0);
        let first_reads = scaled(popularity.partition_point(|c| *c > 0) as u64).min(reads);
        self.cautions(&rates, reads, first_reads, unknown_sizes);
        self.query_note(scaled(tracked_keys));
        let (sizes, hottest) = (self.sizes(tracker.engine()), self.hottest(&popularity));
        // An object that was larger once is not in the bytes of all objects at their last size.
        let everything = distinct_bytes.max(sizes.max.unwrap_or(0));
        let stats = &self.stats;
        Measurement {
            requests: self.requests(),
            reads,
            writes: stats.writes,
            deletes: stats.deletes,
            bytes: stats.bytes,
            from: stats.first,
            to: stats.last,
            formats: self.formats.keys().copied().collect(),
            sampling: SamplingUsed {
                mode: self.sampling,
                rate,
                tracked_keys,
            },
            rates,
            sizes,
            sent,
            unknown_sizes,
            first_reads,
            keys_per_read: reads as f64 / reads.saturating_sub(self.more_keys).max(1) as f64,
            passed: self.passed,
            layer,
            origin,
            distinct_keys: scaled(tracked_keys),
            distinct_bytes,
            one_hit_wonders: one_hit_wonders(&popularity),
            hottest_key_share: hottest,
            popularity_skew: skew(&popularity),
            reuse_time: reuse_time(engine.reuse()),
            logged_hit_ratio: logged(stats.hits, stats.misses),
            hit_ratio_curve: curve(tracker, &self.options.sizes, everything, totals),
            lines: self.all.lines,
            bad_lines: self.all.bad,
            bad_line_samples: self.all.bad_lines,
            skipped: self.all.skipped,
            notes: self.all.notes,
        }
    }
}

/// The curve at the sizes asked for; by default at powers of two, and at last at the size that holds
/// everything.
fn curve(
    tracker: &Tracker,
    asked: &[u64],
    everything: u64,
    totals: Option<Totals>,
) -> Vec<CurvePoint> {
    if !asked.is_empty() {
        return tracker.curve(&sorted(asked), totals);
    }
    let mut curve = tracker.curve(&default_sizes(everything), totals);
    if let Some(last) = curve.last_mut().filter(|_| everything > 0) {
        last.size_bytes = last.size_bytes.min(everything);
    }
    curve
}

fn sorted(sizes: &[u64]) -> Vec<u64> {
    let mut sizes = sizes.to_vec();
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

fn logged(hits: u64, misses: u64) -> Option<f64> {
    (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64)
}

/// `popularity` is in descending order.
fn one_hit_wonders(popularity: &[u32]) -> Option<f64> {
    let read = popularity.partition_point(|c| *c > 0);
    let more = popularity.partition_point(|c| *c > 1);
    (read > 0).then(|| (read - more) as f64 / read as f64)
}

/// Slope of log count over log rank, at ranks that double, as far as counts mean something.
fn skew(popularity: &[u32]) -> Option<f64> {
    let points: Vec<(f64, f64)> = std::iter::successors(Some(1usize), |rank| Some(rank * 2))
        .map_while(|rank| Some((rank, *popularity.get(rank - 1)?)))
        .take_while(|(_, count)| *count >= 3)
        .map(|(rank, count)| ((rank as f64).ln(), f64::from(count).ln()))
        .collect();
    if points.len() < 6 {
        return None;
    }
    let n = points.len() as f64;
    let (mx, my) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(xy, xx), (x, y)| {
        (xy + (x - mx) * (y - my), xx + (x - mx) * (x - mx))
    });
    Some(-xy / xx)
}

fn reuse_time(buckets: &[u64]) -> Option<ReuseTime> {
    let total: u64 = buckets.iter().sum();
    let within = |share: f64| {
        let rank = (total as f64 * share).ceil() as u64;
        let mut sum = 0;
        let bucket = buckets.iter().position(|n| {
            sum += n;
            sum >= rank
        });
        bucket.map_or(0, |b| 1u64 << b)
    };
    (total > 0).then(|| ReuseTime {
        p50_seconds: within(0.5),
        p90_seconds: within(0.9),
        p99_seconds: within(0.99),
    })
}
