//! Classes of reads by how many requests ago their key was last seen, known for far more keys than
//! those of a sample.
//!
//! Whether a cache holds an object depends above all on that number. A sample holds some classes
//! too often and others too seldom, mostly because of a few popular keys; the true sizes of the
//! classes put this right (post-stratification, see [`super::curve::Histogram::ratios`]). What the
//! table forgets or mixes up does no harm: a class is a function of the requests alone, the same
//! for keys in the sample and others.

/// Classes of reads: one per power of two from 8 to 2^17 requests, one below and one beyond.
pub(crate) const CLASSES: usize = 16;

const SLOTS: usize = 1 << 14;
/// Bits of the request number in a slot; the rest is a part of the key's hash.
const NUMBER_BITS: u32 = 20;
const NUMBERS: u32 = 1 << NUMBER_BITS;

/// Parts of the keys that are counted on their own, for the error bars.
pub(crate) const PARTS: usize = 8;

/// The part that a key is in. These bits of the hash decide neither about samples nor about slots.
#[inline]
pub(crate) const fn part(key: u64) -> usize {
    (key >> 40) as usize % PARTS
}

/// Reads by class.
pub(crate) type Classes = [f64; CLASSES];

/// When keys were last seen, as far as a table of 64 KiB remembers.
pub(crate) struct ReuseTimes {
    /// By a part of the key's hash: another part, and the number of the last request.
    slots: Vec<u32>,
    number: u32,
    /// Reads by part and class at the current weight.
    now: [[u64; CLASSES]; PARTS],
    weight: f64,
    /// Those of earlier weights.
    sums: [Classes; PARTS],
}

impl Default for ReuseTimes {
    fn default() -> Self {
        Self {
            slots: vec![0; SLOTS],
            number: 0,
            now: [[0; CLASSES]; PARTS],
            weight: 1.0,
            sums: [[0.0; CLASSES]; PARTS],
        }
    }
}

impl ReuseTimes {
    /// Every watched key stands for this many from now on.
    pub(crate) fn set_weight(&mut self, weight: f64) {
        if weight.to_bits() != self.weight.to_bits() {
            for (now, sum) in self.now.iter_mut().zip(&mut self.sums) {
                for (now, sum) in now.iter_mut().zip(sum) {
                    *sum += std::mem::take(now) as f64 * self.weight;
                }
            }
            self.weight = weight;
        }
    }

    /// Sees a request for a key that is watched, counts it if it is a read, and answers its class.
    #[inline(always)]
    pub(crate) fn see(&mut self, key: u64, is_read: bool) -> u8 {
        self.number = (self.number + 1) % NUMBERS;
        let now = ((key >> 20) as u32 & !(NUMBERS - 1)) | self.number;
        let slot = &mut self.slots[(key >> 24) as usize % SLOTS];
        // Where the parts of the hashes differ, so do the highest bits: it is long ago.
        let class = class(now.wrapping_sub(std::mem::replace(slot, now)));
        self.now[part(key)][usize::from(class)] += u64::from(is_read);
        class
    }

    /// Reads of all keys by class, as the watched ones tell.
    pub(crate) fn totals(&self) -> Classes {
        std::array::from_fn(|class| (0..PARTS).map(|part| self.counted(part, class)).sum())
    }

    /// The same as one part of them tells.
    pub(crate) fn part(&self, part: usize) -> Classes {
        std::array::from_fn(|class| self.counted(part, class) * PARTS as f64)
    }

    fn counted(&self, part: usize, class: usize) -> f64 {
        self.now[part][class] as f64 * self.weight + self.sums[part][class]
    }
}

/// The class of a number of requests: its power of two.
#[inline(always)]
fn class(requests: u32) -> u8 {
    const FIRST: u32 = 8;
    let power = (requests | (FIRST / 2)).ilog2() - (FIRST / 2).ilog2();
    power.min(CLASSES as u32 - 1) as u8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::access::mix;

    #[test]
    fn classes_are_powers_of_two() {
        let requests = [0, 7, 8, 15, 16, 4096, (1 << 17) - 1, 1 << 17, u32::MAX];
        assert_eq!(requests.map(class), [0, 0, 1, 1, 2, 10, 14, 15, 15]);
    }

    #[test]
    fn reads_are_in_the_class_of_their_reuse_time() {
        let mut times = ReuseTimes::default();
        // One key every 100 requests among new ones, and as many writes.
        let key = |at: u64| {
            if at.is_multiple_of(100) {
                mix(1)
            } else {
                mix(at << 32)
            }
        };
        let classes: Vec<u8> = (0..100_000)
            .map(|at| times.see(key(at / 2), at % 2 == 0))
            .collect();
        let (again, new) = (class(199), CLASSES - 1);
        assert_eq!((classes[500 * 2], classes[501 * 2]), (again, new as u8));
        let totals = times.totals();
        assert!((totals.iter().sum::<f64>() - 50_000.0).abs() < 1e-6);
        assert!(
            (totals[usize::from(again)] - 500.0).abs() < 50.0,
            "{totals:?}"
        );
        assert!(totals[new] > 49_000.0, "{totals:?}");
    }
}
