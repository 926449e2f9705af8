//! Rates, sizes and the hottest key of all requests, sampled or not, in bounded memory.
//!
//! Seconds are counted per hour; when very many hours are open the oldest are folded into the
//! distribution of counts. The curve is not made here.

use std::collections::BTreeMap;

use pulp::{Arch, NullaryFnOnce};

use super::access::{Access, Logged, Op, Reads, Total, mix};

const HOUR_MS: i64 = 3_600_000;
const HOUR_S: usize = 3600;
/// Hours kept second by second (29 KB each).
const OPEN_HOURS: usize = 400;

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

/// The hours in which anything happened.
struct Active {
    hours: BTreeMap<i64, u64>,
    seconds: u64,
}

impl Active {
    fn of(reads: &mut Series, writes: &mut Series, first: i64, last: i64) -> Self {
        reads.close();
        writes.close();
        let mut hours = reads.hours.clone();
        for (hour, requests) in &writes.hours {
            *hours.entry(*hour).or_default() += requests;
        }
        let span = |hour: &i64| {
            let start = (hour * HOUR_MS).max(first.div_euclid(1000) * 1000);
            let end = ((hour + 1) * HOUR_MS).min(last.div_euclid(1000) * 1000 + 1000);
            ((end - start).max(0) / 1000).unsigned_abs()
        };
        let seconds = hours.keys().map(span).sum();
        Self { hours, seconds }
    }

    /// Pieces of time that the logs cover: a gap of some days is a missing log, a weekend is not.
    fn pieces(&self) -> Vec<Piece> {
        let mut pieces: Vec<Piece> = Vec::new();
        for (hour, requests) in &self.hours {
            match pieces.last_mut() {
                Some(piece) if hour - piece.last <= GAP_HOURS => {
                    piece.last = *hour;
                    piece.requests += requests;
                }
                _ => pieces.push(Piece {
                    first: *hour,
                    last: *hour,
                    requests: *requests,
                }),
            }
        }
        pieces
    }
}

/// Hours without a request that are still taken for idle time.
const GAP_HOURS: i64 = 72;

/// Hours that the logs cover without a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// First hour with a request, since the epoch.
    pub first: i64,
    /// Last hour with a request.
    pub last: i64,
    /// Requests in it.
    pub requests: u64,
}

impl Piece {
    /// Whole hours from the first to the last.
    pub const fn hours(&self) -> u64 {
        (self.last - self.first + 1).unsigned_abs()
    }
}

/// Requests by second.
#[derive(Default)]
struct Series {
    second: i64,
    pending: u64,
    open: BTreeMap<i64, Vec<u32>>,
    /// Requests of every hour that has some and is closed.
    hours: BTreeMap<i64, u64>,
    seconds: BTreeMap<u32, u64>,
    minutes: BTreeMap<u64, u64>,
}

struct Peaks {
    p99_second: u64,
    p99_minute: u64,
    max_second: u64,
}

impl Series {
    #[inline]
    fn count(&mut self, time: i64, requests: u64) {
        let offset = time.wrapping_sub(self.second);
        if !(0..1000).contains(&offset) {
            self.flush();
            self.second = time.div_euclid(1000) * 1000;
        }
        self.pending += requests;
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending == 0 {
            return;
        }
        let hour = self.second.div_euclid(HOUR_MS);
        let at = (self.second.rem_euclid(HOUR_MS) / 1000) as usize;
        let counts = self.open.entry(hour).or_insert_with(|| vec![0; HOUR_S]);
        counts[at] = counts[at].saturating_add(u32::try_from(pending).unwrap_or(u32::MAX));
        if self.open.len() > OPEN_HOURS {
            self.seal();
        }
    }

    /// Folds the earliest hour into the distributions.
    fn seal(&mut self) {
        let Some((hour, counts)) = self.open.pop_first() else {
            return;
        };
        let requests: u64 = counts.iter().map(|c| u64::from(*c)).sum();
        *self.hours.entry(hour).or_default() += requests;
        for minute in counts.chunks(60) {
            let sum: u64 = minute.iter().map(|c| u64::from(*c)).sum();
            if sum > 0 {
                *self.minutes.entry(sum).or_default() += 1;
            }
        }
        for count in counts.into_iter().filter(|c| *c > 0) {
            *self.seconds.entry(count).or_default() += 1;
        }
    }

    fn close(&mut self) {
        self.flush();
        while !self.open.is_empty() {
            self.seal();
        }
    }

    fn finish(&mut self, active_seconds: u64) -> Peaks {
        let minutes = active_seconds.div_ceil(60);
        let seconds = self.seconds.iter().map(|(c, n)| (u64::from(*c), *n));
        Peaks {
            p99_second: p99(seconds, active_seconds),
            p99_minute: p99(self.minutes.iter().map(|(c, n)| (*c, *n)), minutes),
            max_second: self
                .seconds
                .last_key_value()
                .map_or(0, |(c, _)| u64::from(*c)),
        }
    }
}

/// 99th percentile of `of` values, of which those not listed are zero.
fn p99(counts: impl DoubleEndedIterator<Item = (u64, u64)>, of: u64) -> u64 {
    let mut above = of / 100;
    for (count, times) in counts.rev() {
        if above < times {
            return count;
        }
        above -= times;
    }
    0
}

/// A single-precision number without the lower bits of its fraction: 64 buckets per power of two.
const SHIFT: u32 = f32::MANTISSA_DIGITS - 1 - 6;

/// Buckets of all 64-bit values, a power of two of them.
const BUCKETS: usize = (Distribution::bucket(u64::MAX) + 1).next_power_of_two();

/// Counters of a bucket: the next increment need not wait for the one before.
const LANES: usize = 4;
/// Requests looked at together.
const BLOCK: usize = 64;

/// Counts in logarithmic buckets, exact below 128.
struct Distribution {
    buckets: [Box<[u64; BUCKETS]>; LANES],
    sum: u128,
}

/// Made on the heap: an array this long is too much for a stack.
fn zeroes() -> Box<[u64; BUCKETS]> {
    match Box::try_from(vec![0; BUCKETS]) {
        Ok(buckets) => buckets,
        Err(_) => unreachable!("a vector has as many elements as it was made with"),
    }
}

impl Default for Distribution {
    fn default() -> Self {
        Self {
            buckets: std::array::from_fn(|_| zeroes()),
            sum: 0,
        }
    }
}

impl Distribution {
    #[inline]
    fn count(&mut self, value: u64) {
        self.buckets[0][Self::bucket(value)] += 1;
    }

    /// Counts at most [`BLOCK`] values, several at once.
    #[inline(always)]
    fn count_group(&mut self, values: impl Iterator<Item = u64> + Clone) {
        let (mut buckets, mut len, mut high) = ([0; BLOCK], 0, 0);
        // Single precision is made of 32-bit numbers sooner than of longer ones.
        for (bucket, value) in buckets.iter_mut().zip(values.clone()) {
            *bucket = (value as u32 as f32).to_bits() >> SHIFT;
            high |= value >> 32;
            len += 1;
        }
        if high > 0 {
            values.for_each(|value| self.count(value));
            return;
        }
        let [a, b, c, d] = &mut self.buckets;
        let (fours, last) = buckets[..len].as_chunks::<LANES>();
        for [i, j, k, l] in fours {
            a[*i as usize % BUCKETS] += 1;
            b[*j as usize % BUCKETS] += 1;
            c[*k as usize % BUCKETS] += 1;
            d[*l as usize % BUCKETS] += 1;
        }
        for i in last {
            a[*i as usize % BUCKETS] += 1;
        }
    }

    #[inline]
    const fn bucket(value: u64) -> usize {
        ((value as f32).to_bits() >> SHIFT) as usize
    }

    fn total(&self) -> u64 {
        self.buckets.iter().flat_map(|lane| lane.iter()).sum()
    }

    /// Middle of the bucket that holds the quantile.
    fn quantile(&self, share: f64) -> Option<u64> {
        let rank = (self.total() as f64 * share).ceil() as u64;
        let mut sum = 0;
        let bucket = (0..BUCKETS).position(|bucket| {
            let n: u64 = self.buckets.iter().map(|lane| lane[bucket]).sum();
            sum += n;
            n > 0 && sum >= rank
        })?;
        let start = |bucket: usize| f64::from(f32::from_bits((bucket as u32) << SHIFT));
        Some(f64::midpoint(start(bucket), start(bucket + 1)) as u64)
    }
}

const HOT_EVERY: usize = 64;
const HOT_KEYS: usize = 1024;
/// Places for them, half of which stay free.
const HOT_PLACES: usize = 2 * HOT_KEYS;

/// The most frequent keys of every 64th read (Misra and Gries).
struct HotKeys {
    seen: usize,
    taken: u64,
    /// Taken off every counter so far.
    removed: u64,
    /// Keys and their counters by hash, with linear probing; a counter of 0 is a free place.
    counters: Vec<(u64, u64)>,
    len: usize,
}

impl Default for HotKeys {
    fn default() -> Self {
        Self {
            seen: 0,
            taken: 0,
            removed: 0,
            counters: vec![(0, 0); HOT_PLACES],
            len: 0,
        }
    }
}

impl HotKeys {
    /// Takes every 64th request if it is a read.
    fn feed(&mut self, accesses: &[Access]) {
        let next = self.pass(accesses.len());
        let every = accesses.iter().skip(next).step_by(HOT_EVERY);
        every
            .filter(|a| a.op().is_read())
            .for_each(|a| self.take(a.key));
    }

    /// Passes over requests and answers which is the first to be taken.
    fn pass(&mut self, requests: usize) -> usize {
        let next = (HOT_EVERY - self.seen % HOT_EVERY) % HOT_EVERY;
        self.seen = (self.seen + requests) % HOT_EVERY;
        next
    }

    fn take(&mut self, key: u64) {
        self.taken += 1;
        let at = self.find(key);
        if self.counters[at].1 > 0 {
            self.counters[at].1 += 1;
        } else if self.len < HOT_KEYS {
            self.counters[at] = (key, 1);
            self.len += 1;
        } else {
            self.removed += 1;
            self.count_down();
        }
    }

    /// The place of a key, or the free one where it belongs.
    fn find(&self, key: u64) -> usize {
        let mut at = mix(key) as usize % HOT_PLACES;
        while self.counters[at].1 > 0 && self.counters[at].0 != key {
            at = (at + 1) % HOT_PLACES;
        }
        at
    }

    fn count_down(&mut self) {
        let old = std::mem::replace(&mut self.counters, vec![(0, 0); HOT_PLACES]);
        self.len = 0;
        for (key, count) in old.into_iter().filter(|(_, count)| *count > 1) {
            let at = self.find(key);
            self.counters[at] = (key, count - 1);
            self.len += 1;
        }
    }

    fn share(&self) -> Option<f64> {
        let counts = self.counters.iter().map(|(_, count)| *count);
        let most = counts.max().filter(|count| *count > 0)?;
        // The true count is between `most` and `most + removed`.
        let estimate = most as f64 + self.removed as f64 / 2.0;
        (self.taken >= 100).then(|| (estimate / self.taken as f64).min(1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::GROUP;

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

    #[test]
    fn values_of_more_than_32_bits_are_counted_like_others() {
        for shift in [0, 20, 40] {
            let values = (0..BLOCK as u64).map(|i| (i + 1) << shift);
            let (mut together, mut single) = (Distribution::default(), Distribution::default());
            together.count_group(values.clone());
            values.for_each(|value| single.count(value));
            for share in [0.01, 0.5, 0.99] {
                assert_eq!(together.quantile(share), single.quantile(share));
            }
            assert_eq!(together.total(), BLOCK as u64);
        }
    }

    #[test]
    fn size_quantiles_are_within_two_percent() {
        let mut sizes = Distribution::default();
        (1..=100_000u64).for_each(|v| sizes.count(v));
        for (share, want) in [(0.5, 50_000.0), (0.99, 99_000.0)] {
            let got = sizes.quantile(share).unwrap() as f64;
            assert!((got / want - 1.0).abs() < 0.02, "{got} {want}");
        }
    }

    #[test]
    fn the_hottest_key_is_found_among_many() {
        let mut hot = HotKeys::default();
        for i in 0..2_000_000u64 {
            let random = super::super::access::mix(i);
            hot.feed(&[Access::read(
                0,
                if random.is_multiple_of(10) {
                    42
                } else {
                    random
                },
                1,
            )]);
        }
        assert!(
            (hot.share().unwrap() - 0.1).abs() < 0.02,
            "{:?}",
            hot.share()
        );
    }
}
