//! Hits as a function of cache size: the size buckets, the histogram over them, the points.
//!
//! Exact at every bucket edge: sixteen edges per octave plus every size asked for. It does not
//! know where distances come from.

const SUB_BITS: u32 = 4;
const SUB: usize = 1 << SUB_BITS;
const OCTAVES: usize = 56;

/// One point of the hit-ratio curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CurvePoint {
    /// Cache size in bytes.
    pub size_bytes: u64,
    /// Share of reads that hit, 0 to 1.
    pub objects: f64,
    /// Share of bytes read that hit, 0 to 1.
    pub bytes: f64,
    /// Half width of the 95 % confidence interval of `objects`; none when exact.
    pub error: Option<f64>,
}

/// The sizes at which hits are counted.
pub(crate) struct Edges {
    edges: Vec<u64>,
    /// First edge that can hold a distance of the log bucket.
    first: Vec<u16>,
}

impl Edges {
    /// The default edges and `sizes`.
    pub(crate) fn new(sizes: &[u64]) -> Self {
        let mut edges: Vec<u64> = (0..OCTAVES * SUB)
            .map(upper)
            .chain(sizes.iter().copied())
            .collect();
        edges.sort_unstable();
        edges.dedup();
        let first = (0..OCTAVES * SUB)
            .map(|log| {
                let below = if log == 0 { 0 } else { upper(log - 1) + 1 };
                edges.partition_point(|e| *e < below) as u16
            })
            .collect();
        Self { edges, first }
    }

    /// Number of buckets, the last one for distances beyond every edge.
    pub(crate) fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bucket of a distance: the index of the smallest edge that is not below it.
    #[inline]
    pub(crate) fn index(&self, distance: u64) -> usize {
        let Some(first) = self.first.get(log_bucket(distance)) else {
            return self.edges.len();
        };
        let mut at = *first as usize;
        while self.edges.get(at).is_some_and(|e| *e < distance) {
            at += 1;
        }
        at
    }

    /// The number of buckets that a cache of this size covers.
    pub(crate) fn covered(&self, size: u64) -> usize {
        self.edges.partition_point(|e| *e <= size)
    }
}

/// Logarithmic bucket: exact below 16, then sixteen per power of two.
#[inline]
fn log_bucket(value: u64) -> usize {
    if value < SUB as u64 {
        return value as usize;
    }
    // The bucket of `v` is that of `v - 1` shifted, so that powers of two are upper edges.
    let v = value - 1;
    if v < SUB as u64 {
        return SUB;
    }
    let shift = v.ilog2() - SUB_BITS;
    ((shift as usize + 1) << SUB_BITS) + ((v >> shift) as usize & (SUB - 1)) + 1
}

/// Largest value of a bucket.
fn upper(bucket: usize) -> u64 {
    if bucket <= SUB {
        return bucket as u64;
    }
    let bucket = bucket - 1;
    let shift = (bucket >> SUB_BITS) as u32 - 1;
    ((SUB + (bucket & (SUB - 1)) + 1) as u64) << shift
}

/// What the whole input holds, sampled or not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Totals {
    /// Reads.
    pub(crate) reads: f64,
    /// Bytes read; none when the log does not tell all sizes.
    pub(crate) bytes: Option<f64>,
}

/// Weighted hits by bucket.
pub(crate) struct Histogram {
    /// Differences at the current weight: requests and bytes that hit from this bucket on.
    now: Vec<(i64, i64)>,
    /// Requests and bytes of earlier weights.
    sums: Vec<(f64, f64)>,
    weight: f64,
    reads: u64,
    bytes: u64,
    weighted_reads: f64,
    weighted_bytes: f64,
}

impl Histogram {
    pub(crate) fn new(edges: &Edges) -> Self {
        Self {
            now: vec![(0, 0); edges.len()],
            sums: Vec::new(),
            weight: 1.0,
            reads: 0,
            bytes: 0,
            weighted_reads: 0.0,
            weighted_bytes: 0.0,
        }
    }

    /// Counts one read, hit or not.
    #[inline]
    pub(crate) fn read(&mut self, bytes: u64) {
        self.reads += 1;
        self.bytes = self.bytes.wrapping_add(bytes);
    }

    /// A hit for every cache from this bucket on.
    #[inline]
    pub(crate) fn hit_from(&mut self, bucket: usize, bytes: u64) {
        let cell = &mut self.now[bucket];
        cell.0 += 1;
        cell.1 = cell.1.wrapping_add(bytes.cast_signed());
    }

    /// No hit any more from this bucket on.
    #[inline]
    pub(crate) fn no_hit_from(&mut self, bucket: usize, bytes: u64) {
        let cell = &mut self.now[bucket];
        cell.0 -= 1;
        cell.1 = cell.1.wrapping_sub(bytes.cast_signed());
    }

    /// From now on every request stands for `weight` requests.
    pub(crate) fn set_weight(&mut self, weight: f64) {
        self.fold();
        self.weight = weight;
    }

    fn fold(&mut self) {
        if self.sums.is_empty() {
            self.sums = vec![(0.0, 0.0); self.now.len()];
        }
        for (sum, now) in self.sums.iter_mut().zip(&mut self.now) {
            sum.0 += now.0 as f64 * self.weight;
            sum.1 += now.1 as f64 * self.weight;
            *now = (0, 0);
        }
        self.weighted_reads += std::mem::take(&mut self.reads) as f64 * self.weight;
        self.weighted_bytes += std::mem::take(&mut self.bytes) as f64 * self.weight;
    }

    /// Hit ratios (objects, bytes) at each size. `totals` are the true number of reads and bytes
    /// of the whole input: the difference between them and the weighted sample is counted as hits
    /// of the smallest cache (the adjustment of SHARDS-adj: what is over- or under-represented is
    /// almost always the hottest keys).
    pub(crate) fn ratios(
        &mut self,
        edges: &Edges,
        sizes: &[u64],
        totals: Option<Totals>,
    ) -> Vec<(f64, f64)> {
        self.fold();
        let reads = totals.map_or(self.weighted_reads, |t| t.reads);
        let known = totals.map_or(Some(self.weighted_bytes), |t| t.bytes);
        let bytes = known.unwrap_or(self.weighted_bytes * reads / self.weighted_reads.max(1.0));
        let adjust = (reads - self.weighted_reads, bytes - self.weighted_bytes);
        let mut cumulative = Vec::with_capacity(self.sums.len() + 1);
        let mut sum = adjust;
        cumulative.push(sum);
        for cell in &self.sums {
            sum = (sum.0 + cell.0, sum.1 + cell.1);
            cumulative.push(sum);
        }
        sizes
            .iter()
            .map(|size| {
                let (hits, hit_bytes) = cumulative[edges.covered(*size)];
                (share(hits, reads), share(hit_bytes, bytes))
            })
            .collect()
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// The default sizes: powers of two from 64 KiB up to the first that holds everything.
pub fn default_sizes(distinct_bytes: u64) -> Vec<u64> {
    let mut sizes = vec![1 << 16];
    while sizes[sizes.len() - 1] < distinct_bytes && sizes.len() < 40 {
        sizes.push(sizes[sizes.len() - 1] * 2);
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_edge_is_the_upper_end_of_its_own_bucket() {
        for bucket in 0..OCTAVES * SUB {
            assert_eq!(log_bucket(upper(bucket)), bucket, "upper {}", upper(bucket));
            assert_eq!(log_bucket(upper(bucket) + 1), bucket + 1);
        }
        for power in 4..54 {
            assert!(
                (0..OCTAVES * SUB).any(|b| upper(b) == 1 << power),
                "2^{power}"
            );
        }
    }

    #[test]
    fn a_size_asked_for_is_an_edge() {
        let edges = Edges::new(&[1_000_003, 1_000_004]);
        assert_eq!(edges.index(1_000_003) + 1, edges.index(1_000_004));
        assert_eq!(edges.covered(1_000_003), edges.index(1_000_003) + 1);
        assert_eq!(edges.index(0), 0);
        assert_eq!(edges.index(u64::MAX), edges.len() - 1);
        for distance in (0..5_000_000).step_by(977) {
            assert!(edges.covered(distance) >= edges.index(distance));
            assert!(edges.covered(distance + 400_000) > edges.index(distance));
        }
    }

    #[test]
    fn default_sizes_end_with_the_first_that_holds_everything() {
        assert_eq!(default_sizes(0), [1 << 16]);
        assert_eq!(default_sizes(100_000), [1 << 16, 1 << 17]);
        assert_eq!(default_sizes(1 << 17), [1 << 16, 1 << 17]);
    }
}
