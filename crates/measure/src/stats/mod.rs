//! Rates, sizes and the hottest key of all requests, sampled or not, in bounded memory.
//!
//! Requests by second are in `series`, sizes in `distribution`, the most frequent keys in `hot`. The
//! curve is not made here.

mod distribution;
mod hot;
mod series;

use pulp::{Arch, NullaryFnOnce};

use super::access::{Access, Logged, Op, Reads, Total};
use distribution::{BLOCK, Distribution};
use hot::{HOT_EVERY, HotKeys};
pub use series::Piece;
use series::{Active, HOUR_MS, Series};

/// Requests per second.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Rates {
    /// Mean reads per second in active hours.
    pub reads: f64,
    /// Mean writes and deletes per second in active hours.
    pub writes: f64,
    /// 99th percentile of the reads of a second, over the seconds of active hours.
    pub reads_p99_second: u64,
    /// 99th percentile of the reads of a minute.
    pub reads_p99_minute: u64,
    /// Most reads in one second.
    pub reads_max_second: u64,
    /// 99th percentile of the writes of a second.
    pub writes_p99_second: u64,
    /// Clock hours with at least one request.
    pub active_hours: u64,
    /// Hours from the first to the last request, less gaps that are missing logs.
    pub covered_hours: u64,
    /// What the logs cover, without those gaps.
    pub pieces: Vec<Piece>,
    /// Hours from the first to the last request.
    pub span_hours: f64,
}

/// Sizes of the objects that were read, weighted by reads, in bytes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Sizes {
    /// Mean; none when nothing was read.
    pub mean: Option<f64>,
    /// Median, to within 2 %.
    pub p50: Option<u64>,
    /// 99th percentile, to within 2 %.
    pub p99: Option<u64>,
    /// Largest.
    pub max: Option<u64>,
}

/// The running counts.
pub(crate) struct Stats {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) deletes: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Requests earlier than the one before.
    pub(crate) backwards: u64,
    /// Some reads show only part of the object.
    pub(crate) partial_sizes: bool,
    /// Reads, and bytes of their objects, that do not tell what was sent.
    pub(crate) unsent: (u64, u64),
    sizes: Distribution,
    max_size: u64,
    read_series: Series,
    write_series: Series,
    hot: HotKeys,
    previous: i64,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            reads: 0,
            writes: 0,
            deletes: 0,
            bytes: 0,
            first: None,
            last: None,
            hits: 0,
            misses: 0,
            backwards: 0,
            partial_sizes: false,
            unsent: (0, 0),
            sizes: Distribution::default(),
            max_size: 0,
            read_series: Series::default(),
            write_series: Series::default(),
            hot: HotKeys::default(),
            previous: i64::MIN,
        }
    }

    /// Counts requests; with `only_sizes` rates come from totals instead.
    pub(crate) fn feed(&mut self, accesses: &[Access], only_sizes: bool) {
        let stats = self;
        Arch::new().dispatch(Feed {
            stats,
            accesses,
            only_sizes,
        });
    }

    #[inline(always)]
    fn feed_all(&mut self, accesses: &[Access], only_sizes: bool) {
        let (Some(first), Some(last)) = (accesses.first(), accesses.last()) else {
            return;
        };
        let (mut low, mut high) = (first.time, last.time);
        let mut previous = self.previous;
        let (mut bytes, mut max, mut plain) = (0u64, 0, 0);
        for group in accesses.chunks(BLOCK) {
            // Most groups are reads of one moment: whole seconds, and thousands of requests in each.
            let differences = group
                .iter()
                .fold(0, |all, a| all | a.difference_to_plain_read(previous));
            if differences == 0 {
                self.sizes.count_group(group.iter().map(|a| a.size));
                for access in group {
                    max = access.size.max(max);
                    bytes = bytes.wrapping_add(access.size);
                }
                plain += group.len() as u64;
                if !only_sizes {
                    self.read_series.count(previous, group.len() as u64);
                }
                continue;
            }
            for access in group {
                if access.time < previous {
                    self.backwards += 1;
                    low = low.min(access.time);
                    high = high.max(previous);
                }
                previous = access.time;
                if !access.is_plain_read() {
                    self.other(access, only_sizes);
                    continue;
                }
                self.sizes.count(access.size);
                max = access.size.max(max);
                bytes = bytes.wrapping_add(access.size);
                plain += 1;
                if !only_sizes {
                    self.read_series.count(access.time, 1);
                }
            }
        }
        self.previous = previous;
        self.sizes.sum += u128::from(bytes);
        if !only_sizes {
            self.reads += plain;
            self.bytes = self.bytes.wrapping_add(bytes);
        }
        self.max_size = self.max_size.max(max);
        self.hot.feed(accesses);
        if !only_sizes {
            self.see(low);
            self.see(high.max(low));
        }
    }

    /// Counts plain reads.
    #[inline(always)]
    pub(crate) fn feed_reads(&mut self, reads: &Reads) {
        let (times, keys) = (&reads.times[..reads.len], &reads.keys[..reads.len]);
        let sizes = &reads.sizes[..reads.len];
        for key in keys
            .iter()
            .skip(self.hot.pass(keys.len()))
            .step_by(HOT_EVERY)
        {
            self.hot.take(*key);
        }
        let (mut bytes, mut max) = (0u64, 0);
        for size in sizes {
            bytes += u64::from(*size);
            max = max.max(*size);
        }
        for block in sizes.chunks(BLOCK) {
            self.sizes
                .count_group(block.iter().map(|size| u64::from(*size)));
        }
        self.max_size = self.max_size.max(u64::from(max));
        self.sizes.sum += u128::from(bytes);
        self.bytes = self.bytes.wrapping_add(bytes);
        self.reads += reads.len as u64;
        let mut rest = times;
        while let Some(&time) = rest.first() {
            self.backwards += u64::from(time < self.previous);
            if time != self.previous {
                self.see(time);
                self.previous = time;
            }
            // Most groups are of one second.
            let differences = rest.iter().fold(0, |all, t| all | (t ^ time));
            let count = match differences {
                0 => rest.len(),
                _ => rest.iter().take_while(|t| **t == time).count(),
            };
            rest = &rest[count..];
            self.read_series.count(time, count as u64);
        }
    }

    fn see(&mut self, time: i64) {
        self.first = Some(self.first.map_or(time, |t| t.min(time)));
        self.last = Some(self.last.map_or(time, |t| t.max(time)));
    }

    fn other(&mut self, access: &Access, only_sizes: bool) {
        let op = access.op();
        match access.logged() {
            // What passes the cache is no miss of it.
            _ if !op.is_read() => {}
            Logged::Hit => self.hits += 1,
            Logged::Miss => self.misses += 1,
            Logged::Unknown => {}
        }
        self.partial_sizes |= op == Op::Part;
        if op == Op::Read || (op == Op::Part && access.size > 0) {
            self.sizes.count(access.size);
            self.sizes.sum += u128::from(access.size);
        }
        if matches!(op, Op::Read | Op::Part | Op::Write) {
            self.max_size = self.max_size.max(access.size);
        }
        if only_sizes {
            return;
        }
        match op {
            Op::Read | Op::Part => {
                self.reads += 1;
                self.bytes = self.bytes.wrapping_add(access.size);
                if op == Op::Part || access.is_sent_apart() {
                    self.unsent.0 += 1;
                    self.unsent.1 = self.unsent.1.wrapping_add(access.size);
                }
                self.read_series.count(access.time, 1);
            }
            Op::Write | Op::Expire => {
                self.writes += 1;
                self.write_series.count(access.time, 1);
            }
            Op::Delete => {
                self.deletes += 1;
                self.write_series.count(access.time, 1);
            }
        }
    }

    /// Counts what a query engine counted.
    pub(crate) fn total(&mut self, total: &Total) {
        self.see(total.time);
        if total.is_read {
            self.reads += total.requests;
            self.bytes = self.bytes.wrapping_add(total.bytes);
            self.read_series.count(total.time, total.requests);
        } else {
            self.writes += total.requests;
            self.write_series.count(total.time, total.requests);
        }
    }

    /// Rates over the active hours.
    pub(crate) fn rates(&mut self) -> Rates {
        let (Some(first), Some(last)) = (self.first, self.last) else {
            return Rates::default();
        };
        let active = Active::of(&mut self.read_series, &mut self.write_series, first, last);
        let seconds = (active.seconds as f64).max(1.0);
        let reads = self.read_series.finish(active.seconds);
        let writes = self.write_series.finish(active.seconds);
        Rates {
            reads: self.reads as f64 / seconds,
            writes: (self.writes + self.deletes) as f64 / seconds,
            reads_p99_second: reads.p99_second,
            reads_p99_minute: reads.p99_minute,
            reads_max_second: reads.max_second,
            writes_p99_second: writes.p99_second,
            active_hours: active.hours.len() as u64,
            covered_hours: active.pieces().iter().map(Piece::hours).sum(),
            pieces: active.pieces(),
            span_hours: (last - first) as f64 / HOUR_MS as f64,
        }
    }

    /// Sizes weighted by reads.
    pub(crate) fn sizes(&self) -> Sizes {
        let count = self.sizes.total();
        if count == 0 {
            return Sizes::default();
        }
        Sizes {
            mean: Some(self.sizes.sum as f64 / count as f64),
            p50: self.sizes.quantile(0.5).map(|s| s.min(self.max_size)),
            p99: self.sizes.quantile(0.99).map(|s| s.min(self.max_size)),
            max: Some(self.max_size),
        }
    }

    /// Sizes weighted by reads where many reads showed only part of their object: what is known of
    /// each object in the end. `objects` are sizes and reads, ascending.
    pub(crate) fn sizes_of(&self, objects: &[(u64, u64)]) -> Sizes {
        let reads: u64 = objects.iter().map(|(_, reads)| reads).sum();
        let Some((largest, _)) = objects.last() else {
            return Sizes::default();
        };
        let sum: f64 = objects
            .iter()
            .map(|(size, n)| *size as f64 * *n as f64)
            .sum();
        let quantile = |share: f64| {
            let rank = (reads as f64 * share).ceil() as u64;
            let mut seen = 0;
            let found = objects.iter().find(|(_, n)| {
                seen += n;
                seen >= rank
            });
            found.map(|(size, _)| *size)
        };
        Sizes {
            mean: Some(sum / reads as f64),
            p50: quantile(0.5),
            p99: quantile(0.99),
            max: Some(self.max_size.max(*largest)),
        }
    }

    /// Share of the reads on the hottest key, estimated from every 64th read.
    pub(crate) fn hottest_share(&self) -> Option<f64> {
        self.hot.share()
    }
}

/// Requests being counted with the processor's widest vectors.
struct Feed<'a> {
    stats: &'a mut Stats,
    accesses: &'a [Access],
    only_sizes: bool,
}

impl NullaryFnOnce for Feed<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        self.stats.feed_all(self.accesses, self.only_sizes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{GROUP, mix};
    use series::OPEN_HOURS;

    #[test]
    fn rates_are_means_and_percentiles_over_active_hours() {
        let mut stats = Stats::new();
        let mut accesses = Vec::new();
        for second in 0..1000 {
            let burst = if second % 20 == 7 { 9 } else { 2 };
            accesses.extend((0..burst).map(|i| Access::read(second * 1000 + i, 1, 100)));
        }
        // A day of silence, then one request.
        accesses.push(Access::new(86_400_000, 2, 50, Op::Write));
        stats.feed(&accesses, false);
        let rates = stats.rates();
        assert_eq!(
            (
                rates.active_hours,
                rates.reads_p99_second,
                rates.reads_max_second
            ),
            (2, 9, 9)
        );
        // 1000 seconds... of an hour that is active to its end, and one more second.
        assert!((rates.reads - 2350.0 / 3601.0).abs() < 1e-9);
        assert!((rates.span_hours - 24.0).abs() < 1e-9);
    }

    #[test]
    fn times_far_apart_stay_bounded() {
        let mut stats = Stats::new();
        for i in 0..3000i64 {
            stats.feed(&[Access::read(i * 10 * HOUR_MS, 1, 1)], false);
        }
        assert!(stats.read_series.open.len() <= OPEN_HOURS);
        assert_eq!(stats.rates().active_hours, 3000);
        stats.feed(
            &[Access::read(i64::MAX, 1, 1), Access::read(i64::MIN, 1, 1)],
            false,
        );
        assert_eq!(stats.backwards, 1);
    }

    #[test]
    fn reads_side_by_side_count_like_one_after_another() {
        let mut together = Stats::new();
        let mut single = Stats::new();
        let mut reads = Reads::new();
        for group in 0..50 {
            reads.len = GROUP - group % 40;
            for at in 0..reads.len {
                // A second goes by in every third group, and the clock goes back once.
                let second = (group + usize::from(at > 100)) / 3;
                reads.times[at] = if (group, at) == (20, 7) {
                    0
                } else {
                    second as i64 * 1000
                };
                reads.keys[at] = mix((at % 30) as u64);
                reads.sizes[at] = (mix((group * GROUP + at) as u64) >> (group % 60)) as u32;
            }
            together.feed_reads(&reads);
            let accesses: Vec<Access> = (0..reads.len).map(|at| reads.get(at)).collect();
            single.feed(&accesses, false);
        }
        let all = |stats: &mut Stats| {
            let seen = (
                stats.reads,
                stats.bytes,
                stats.backwards,
                stats.first,
                stats.last,
            );
            (seen, stats.rates(), stats.sizes(), stats.hottest_share())
        };
        assert_eq!(together.backwards, 1);
        assert_eq!(all(&mut together), all(&mut single));
    }
}
