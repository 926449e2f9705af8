//! Requests by second, minute and hour.
//!
//! Seconds are counted per hour; when very many hours are open the oldest are folded into the
//! distribution of counts.

use std::collections::BTreeMap;

pub(super) const HOUR_MS: i64 = 3_600_000;
const HOUR_S: usize = 3600;
/// Hours kept second by second (29 KB each).
pub(super) const OPEN_HOURS: usize = 400;

/// The hours in which anything happened.
pub(super) struct Active {
    pub(super) hours: BTreeMap<i64, u64>,
    pub(super) seconds: u64,
}

impl Active {
    pub(super) fn of(reads: &mut Series, writes: &mut Series, first: i64, last: i64) -> Self {
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
    pub(super) fn pieces(&self) -> Vec<Piece> {
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
pub(super) struct Series {
    second: i64,
    pending: u64,
    pub(super) open: BTreeMap<i64, Vec<u32>>,
    /// Requests of every hour that has some and is closed.
    hours: BTreeMap<i64, u64>,
    seconds: BTreeMap<u32, u64>,
    minutes: BTreeMap<u64, u64>,
}

pub(super) struct Peaks {
    pub(super) p99_second: u64,
    pub(super) p99_minute: u64,
    pub(super) max_second: u64,
}

impl Series {
    #[inline]
    pub(super) fn count(&mut self, time: i64, requests: u64) {
        let offset = time.wrapping_sub(self.second);
        if !(0..1000).contains(&offset) {
            self.flush();
            self.second = time.div_euclid(1000) * 1000;
        }
        self.pending += requests;
    }

    pub(super) fn flush(&mut self) {
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

    pub(super) fn finish(&mut self, active_seconds: u64) -> Peaks {
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
