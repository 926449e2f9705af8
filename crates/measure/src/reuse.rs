//! Classes of reads by how many requests ago their key was last seen, known for far more keys than
//! those of a sample.
//!
//! Whether a cache holds an object depends above all on that number. A sample holds some classes
//! too often and others too seldom, mostly because of a few popular keys; the true sizes of the
//! classes put this right (post-stratification, see [`super::curve::Histogram::ratios`]). What the
//! table forgets or mixes up does no harm: a class is a function of the requests alone, the same
//! for keys in the sample and others.

use super::access::Access;

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

/// Reads and bytes read by class.
pub(crate) type Classes = [[f64; 2]; CLASSES];

/// When keys were last seen, as far as a table of 64 KiB remembers.
pub(crate) struct ReuseTimes {
    /// By a part of the key's hash: another part, and the number of the last request.
    slots: Vec<u32>,
    number: u32,
    /// Reads and bytes by part and class at the current weight.
    now: [[[u64; 2]; CLASSES]; PARTS],
    weight: f64,
    /// Those of earlier weights.
    sums: [Classes; PARTS],
}

impl Default for ReuseTimes {
    fn default() -> Self {
        Self {
            slots: vec![0; SLOTS],
            number: 0,
            now: [[[0; 2]; CLASSES]; PARTS],
            weight: 1.0,
            sums: [[[0.0; 2]; CLASSES]; PARTS],
        }
    }
}

impl ReuseTimes {
    /// Every watched key stands for this many from now on.
    pub(crate) fn set_weight(&mut self, weight: f64) {
        if weight.to_bits() != self.weight.to_bits() {
            let sums = self.sums.as_flattened_mut().as_flattened_mut();
            let now = self.now.as_flattened_mut().as_flattened_mut();
            for (now, sum) in now.iter_mut().zip(sums) {
                *sum += std::mem::take(now) as f64 * self.weight;
            }
            self.weight = weight;
        }
    }

    /// Sees a request for a key that is watched, counts it and the bytes if it is a read, and answers
    /// its class.
    #[inline(always)]
    pub(crate) fn see(&mut self, request: &Access) -> u8 {
        let key = request.key;
        self.number = (self.number + 1) % NUMBERS;
        let now = ((key >> 20) as u32 & !(NUMBERS - 1)) | self.number;
        let slot = &mut self.slots[(key >> 24) as usize % SLOTS];
        // Where the parts of the hashes differ, so do the highest bits: it is long ago.
        let class = class(now.wrapping_sub(std::mem::replace(slot, now)));
        let [reads, bytes] = &mut self.now[part(key)][usize::from(class)];
        if request.op().is_read() {
            *reads += 1;
            *bytes = bytes.wrapping_add(request.size);
        }
        class
    }

    /// Reads of all keys by class, as the watched ones tell.
    pub(crate) fn totals(&self) -> Classes {
        (0..PARTS).fold([[0.0; 2]; CLASSES], |mut all, part| {
            let counted = self.counted(part);
            let sums = all.as_flattened_mut().iter_mut();
            sums.zip(counted.as_flattened())
                .for_each(|(sum, n)| *sum += n);
            all
        })
    }

    /// The same as one part of them tells.
    pub(crate) fn part(&self, part: usize) -> Classes {
        self.counted(part)
            .map(|class| class.map(|n| n * PARTS as f64))
    }

    fn counted(&self, part: usize) -> Classes {
        let (now, sums) = (&self.now[part], &self.sums[part]);
        let one = |class: usize, at: usize| now[class][at] as f64 * self.weight + sums[class][at];
        std::array::from_fn(|class| [one(class, 0), one(class, 1)])
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
    use crate::access::{Op, mix};

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
            .map(|at| {
                let op = if at % 2 == 0 { Op::Read } else { Op::Write };
                times.see(&Access::new(0, key(at / 2), 3, op))
            })
            .collect();
        let (again, new) = (class(199), CLASSES - 1);
        assert_eq!((classes[500 * 2], classes[501 * 2]), (again, new as u8));
        let totals = times.totals();
        let sum = |at: usize| totals.iter().map(|class| class[at]).sum::<f64>();
        assert!((sum(0) - 50_000.0).abs() < 1e-6 && (sum(1) - 150_000.0).abs() < 1e-6);
        assert!((totals[usize::from(again)][0] - 500.0).abs() < 50.0);
        assert!(totals[new][0] > 49_000.0, "{totals:?}");
    }
}
