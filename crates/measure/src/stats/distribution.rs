//! The distribution of sizes, in logarithmic buckets.

/// A single-precision number without the lower bits of its fraction: 64 buckets per power of two.
const SHIFT: u32 = f32::MANTISSA_DIGITS - 1 - 6;

/// Buckets of all 64-bit values, a power of two of them.
const BUCKETS: usize = (Distribution::bucket(u64::MAX) + 1).next_power_of_two();

/// Counters of a bucket: the next increment need not wait for the one before.
const LANES: usize = 4;
/// Requests looked at together.
pub(super) const BLOCK: usize = 64;

/// Counts in logarithmic buckets, exact below 128.
pub(super) struct Distribution {
    buckets: [Box<[u64; BUCKETS]>; LANES],
    pub(super) sum: u128,
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
    pub(super) fn count(&mut self, value: u64) {
        self.buckets[0][Self::bucket(value)] += 1;
    }

    /// Counts at most [`BLOCK`] values, several at once.
    #[inline(always)]
    pub(super) fn count_group(&mut self, values: impl Iterator<Item = u64> + Clone) {
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

    pub(super) fn total(&self) -> u64 {
        self.buckets.iter().flat_map(|lane| lane.iter()).sum()
    }

    /// Middle of the bucket that holds the quantile.
    pub(super) fn quantile(&self, share: f64) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
