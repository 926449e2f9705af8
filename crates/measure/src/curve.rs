//! Hits as a function of cache size: the size buckets, the histogram over them, the points.
//!
//! Exact at every bucket edge: the powers of two and every size asked for. It does not know where
//! distances come from.

use std::ops::AddAssign;

use super::reuse::Classes;

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
    /// The smallest size that was asked for.
    asked: Option<u64>,
    edges: Vec<u64>,
    /// First edge that can hold a distance of the log bucket.
    first: Vec<u16>,
}

impl Edges {
    /// The powers of two and `sizes`.
    pub(crate) fn new(sizes: &[u64]) -> Self {
        let mut edges: Vec<u64> = (0..OCTAVES)
            .map(|power| 1 << power)
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
        let asked = sizes.iter().copied().min();
        Self {
            asked,
            edges,
            first,
        }
    }

    /// All of them, ascending.
    pub(crate) fn all(&self) -> &[u64] {
        &self.edges
    }

    /// The smallest size that was asked for.
    pub(crate) const fn smallest_asked(&self) -> Option<u64> {
        self.asked
    }

    /// Number of buckets, the last one for distances beyond every edge.
    pub(crate) fn len(&self) -> usize {
        self.edges.len() + 1
    }

    /// The bucket of a distance: the index of the smallest edge that is not below it.
    #[inline(always)]
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
#[inline(always)]
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

/// Requests and bytes, weighted.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    reads: f64,
    bytes: f64,
}

impl Sum {
    fn add(&mut self, [reads, bytes]: [f64; 2], [of_reads, of_bytes]: [f64; 2]) {
        self.reads += reads * of_reads;
        self.bytes += bytes * of_bytes;
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.reads += other.reads;
        self.bytes += other.bytes;
    }
}

/// Weighted hits by class of the read and bucket of the distance.
pub(crate) struct Histogram {
    /// Requests and bytes that hit from a bucket on, less those that do not any more.
    cells: Vec<[f64; 2]>,
    /// Buckets of a class.
    buckets: usize,
    weight: f64,
    /// All reads of a class.
    reads: Vec<Sum>,
}

/// Requests of a sample that tell enough about their class.
const ENOUGH: f64 = 30.0;

impl Histogram {
    /// `classes` are one when reads are not classified.
    pub(crate) fn new(edges: &Edges, classes: usize) -> Self {
        Self {
            cells: vec![[0.0; 2]; edges.len() * classes],
            buckets: edges.len(),
            weight: 1.0,
            reads: vec![Sum::default(); classes],
        }
    }

    /// Counts one read, hit or not.
    #[inline(always)]
    pub(crate) fn read(&mut self, class: usize, bytes: u64) {
        self.reads[class].add([1.0, bytes as f64], [self.weight; 2]);
    }

    /// A hit for every cache from this bucket on.
    #[inline(always)]
    pub(crate) fn hit_from(&mut self, class: usize, bucket: usize, bytes: u64) {
        self.add(class, bucket, self.weight, bytes);
    }

    /// No hit any more from this bucket on.
    #[inline]
    pub(crate) fn no_hit_from(&mut self, class: usize, bucket: usize, bytes: u64) {
        self.add(class, bucket, -self.weight, bytes);
    }

    #[inline(always)]
    fn add(&mut self, class: usize, bucket: usize, weight: f64, bytes: u64) {
        let cell = &mut self.cells[class * self.buckets + bucket];
        cell[0] += weight;
        cell[1] += weight * bytes as f64;
    }

    /// From now on every request stands for `weight` requests.
    pub(crate) const fn set_weight(&mut self, weight: f64) {
        self.weight = weight;
    }

    /// Hit ratios (objects, bytes) at each size. `totals` and `classes` are those of the whole
    /// input. The classes of the sample are brought to their true sizes (post-stratification), in
    /// requests and, where all sizes are known, in bytes. What then is still between the reads and
    /// their weighted sum is counted as hits of the smallest cache (the adjustment of SHARDS-adj: it
    /// is almost always the hottest keys).
    pub(crate) fn ratios(
        &self,
        edges: &Edges,
        sizes: &[u64],
        totals: Option<Totals>,
        classes: Option<&Classes>,
    ) -> Vec<(f64, f64)> {
        let has_bytes = totals.is_some_and(|t| t.bytes.is_some());
        let known = classes.map(|classes| self.factors(classes, has_bytes));
        let factors = known.unwrap_or_else(|| vec![[1.0; 2]; self.reads.len()]);
        let mut sample = Sum::default();
        for (reads, factor) in self.reads.iter().zip(&factors) {
            sample.add([reads.reads, reads.bytes], *factor);
        }
        let reads = totals.map_or(sample.reads, |t| t.reads);
        let known = totals.map_or(Some(sample.bytes), |t| t.bytes);
        let bytes = known.unwrap_or(sample.bytes * reads / sample.reads.max(1.0));
        let mut sum = Sum {
            reads: reads - sample.reads,
            bytes: bytes - sample.bytes,
        };
        let mut cumulative = vec![sum];
        for bucket in 0..self.buckets {
            let classes = self.cells[bucket..].iter().step_by(self.buckets);
            for (cell, factor) in classes.zip(&factors) {
                sum.add(*cell, *factor);
            }
            cumulative.push(sum);
        }
        sizes
            .iter()
            .map(|size| {
                let hits = cumulative[edges.covered(*size)];
                (share(hits.reads, reads), share(hits.bytes, bytes))
            })
            .collect()
    }

    /// How much more often the reads of each class, and bytes, are in the input than in the weighted
    /// sample. Neighbours share a factor until there are enough of them.
    fn factors(&self, totals: &Classes, has_bytes: bool) -> Vec<[f64; 2]> {
        struct Group {
            classes: usize,
            total: Sum,
            sampled: Sum,
        }
        impl Group {
            fn join(&mut self, other: &Self) {
                self.classes += other.classes;
                self.total += other.total;
                self.sampled += other.sampled;
            }
        }
        let enough = ENOUGH * self.weight;
        let mut groups: Vec<Group> = Vec::new();
        for (sampled, [reads, bytes]) in self.reads.iter().zip(totals) {
            let class = Group {
                classes: 1,
                total: Sum {
                    reads: *reads,
                    bytes: *bytes,
                },
                sampled: *sampled,
            };
            match groups.last_mut() {
                Some(group) if group.sampled.reads < enough => group.join(&class),
                _ => groups.push(class),
            }
        }
        if let Some(last) = groups.pop_if(|last| last.sampled.reads < enough) {
            match groups.last_mut() {
                Some(before) => before.join(&last),
                None => groups.push(last),
            }
        }
        let ratio = |total: f64, sampled: f64| if sampled > 0.0 { total / sampled } else { 1.0 };
        let factor = |group: Group| {
            let (total, sampled) = (group.total, group.sampled);
            let reads = ratio(total.reads, sampled.reads);
            let bytes = if has_bytes {
                ratio(total.bytes, sampled.bytes)
            } else {
                reads
            };
            std::iter::repeat_n([reads, bytes], group.classes)
        };
        groups.into_iter().flat_map(factor).collect()
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        0.0
    }
}

/// Where a curve starts unless sizes are asked for.
const SMALLEST: u64 = 1 << 10;

/// The default sizes: powers of two from 1 KiB up to the first that holds everything.
pub(crate) fn default_sizes(distinct_bytes: u64) -> Vec<u64> {
    let powers = std::iter::successors(Some(SMALLEST), |size| size.checked_mul(2));
    let below = powers.clone().take_while(|size| *size < distinct_bytes);
    let mut sizes: Vec<u64> = below.take(40).collect();
    sizes.extend(powers.skip(sizes.len()).take(1));
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
            assert!(edges.covered(distance * 2 + 1) > edges.index(distance));
        }
    }

    #[test]
    fn default_sizes_end_with_the_first_that_holds_everything() {
        assert_eq!(default_sizes(0), [1 << 10]);
        assert_eq!(default_sizes(4000), [1 << 10, 1 << 11, 1 << 12]);
        assert_eq!(default_sizes(1 << 12), [1 << 10, 1 << 11, 1 << 12]);
    }
}
