//! The most frequent keys of a sample of the reads (Misra and Gries).

use crate::access::{Access, mix};

pub(super) const HOT_EVERY: usize = 64;
const HOT_KEYS: usize = 1024;
/// Places for them, half of which stay free.
const HOT_PLACES: usize = 2 * HOT_KEYS;

/// The most frequent keys of every 64th read (Misra and Gries).
pub(super) struct HotKeys {
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
    pub(super) fn feed(&mut self, accesses: &[Access]) {
        let next = self.pass(accesses.len());
        let every = accesses.iter().skip(next).step_by(HOT_EVERY);
        every
            .filter(|a| a.op().is_read())
            .for_each(|a| self.take(a.key));
    }

    /// Passes over requests and answers which is the first to be taken.
    pub(super) fn pass(&mut self, requests: usize) -> usize {
        let next = (HOT_EVERY - self.seen % HOT_EVERY) % HOT_EVERY;
        self.seen = (self.seen + requests) % HOT_EVERY;
        next
    }

    pub(super) fn take(&mut self, key: u64) {
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

    pub(super) fn share(&self) -> Option<f64> {
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

    #[test]
    fn the_hottest_key_is_found_among_many() {
        let mut hot = HotKeys::default();
        for i in 0..2_000_000u64 {
            let random = mix(i);
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
