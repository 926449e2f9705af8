//! The curve from all keys or from a spatial sample of them.
//!
//! A key is in the sample iff its hash is below a threshold, so all its requests are (SHARDS).
//! With a fixed number of keys the threshold falls as keys come; with a fixed rate it is the one
//! that `--emit-sql` pushes down to a query engine. Four slices of an eighth of the sample each are
//! measured on their own as well: their spread is the error bar.

use std::collections::BTreeSet;

use pulp::{Arch, NullaryFnOnce};

use super::access::{Access, GROUP, mix};
use super::curve::{CurvePoint, Edges, Totals};
use super::engine::{Engine, Rules};
use super::reuse::{CLASSES, Classes, PARTS, ReuseTimes, part};

/// Which keys are tracked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sampling {
    /// All.
    Exact,
    /// At most this many, whatever the length of the input.
    Keys(u32),
    /// Those whose hash ends in 24 bits below `rate` × 2^24.
    Rate(f64),
}

/// Bits of the hash that decide about a fixed rate.
pub(crate) const RATE_BITS: u32 = 24;

/// The threshold of a rate, at least 1.
pub fn rate_threshold(rate: f64) -> u64 {
    ((rate * f64::from(1u32 << RATE_BITS)) as u64).clamp(1, 1 << RATE_BITS)
}

/// Slices that are measured, of [`PARTS`]: the others would cost as much as they tell.
const SLICES: usize = 4;
/// Requests whose places are bits of a word.
const WORD: usize = 64;
/// Requests of the sample fed together: enough that each slice has some whose memory is fetched
/// together.
const FED: usize = 512;
/// Two-sided 95 % of Student's t for three degrees of freedom.
const T_95: f64 = 3.182;

/// Feeds engines with the keys of the sample.
pub(crate) struct Tracker {
    edges: Edges,
    sampling: Sampling,
    /// Priorities below this are in the sample.
    threshold: u64,
    salt: u64,
    engine: Engine,
    slices: Vec<Engine>,
    /// What is known about requests of keys that are not tracked.
    reuse: Option<ReuseTimes>,
    picked: Vec<Access>,
    group: Vec<Access>,
    picked_slices: Vec<Vec<Access>>,
}

impl Tracker {
    /// `seed` chooses which keys a fixed number of them are. `is_ordered`: all requests will be fed,
    /// in time order. A sample of a fixed rate uses nothing else, so that one made by a query
    /// engine gives the same curve.
    pub(crate) fn new(
        sampling: Sampling,
        rules: Rules,
        sizes: &[u64],
        seed: u64,
        is_ordered: bool,
    ) -> Self {
        let edges = Edges::new(sizes);
        let keys = match sampling {
            Sampling::Keys(keys) => keys as usize,
            _ => 0,
        };
        let is_watching = is_ordered && matches!(sampling, Sampling::Keys(_));
        let classes = if is_watching { CLASSES } else { 1 };
        let slices = if sampling == Sampling::Exact {
            0
        } else {
            SLICES
        };
        let mut tracker = Self {
            engine: Engine::new(&edges, rules, keys, classes),
            slices: (0..slices)
                .map(|_| Engine::new(&edges, rules, keys / PARTS, classes))
                .collect(),
            edges,
            sampling,
            threshold: u64::MAX,
            salt: mix(seed),
            reuse: is_watching.then(ReuseTimes::default),
            picked: Vec::new(),
            group: Vec::new(),
            picked_slices: vec![Vec::new(); slices],
        };
        if let Sampling::Rate(rate) = sampling {
            tracker.threshold = rate_threshold(rate);
            let scale = tracker.scale();
            tracker.engine.set_scale(scale);
            tracker
                .slices
                .iter_mut()
                .for_each(|s| s.set_scale(scale * PARTS as f64));
        } else if slices > 0 {
            tracker
                .slices
                .iter_mut()
                .for_each(|s| s.set_scale(PARTS as f64));
        }
        tracker
    }

    /// Every tracked key stands for this many.
    fn scale(&self) -> f64 {
        match self.sampling {
            Sampling::Rate(_) => f64::from(1u32 << RATE_BITS) / self.threshold as f64,
            _ if self.threshold == u64::MAX => 1.0,
            _ => 2f64.powi(64) / self.threshold as f64,
        }
    }

    /// Share of the keys that are tracked.
    pub(crate) fn rate(&self) -> f64 {
        1.0 / self.scale()
    }

    /// What leaves out those that are not in the sample now; none when all are.
    fn sieve(&self) -> Option<Sieve> {
        let (mask, salt) = match self.sampling {
            Sampling::Exact => return None,
            Sampling::Keys(_) => (u64::MAX, self.salt),
            Sampling::Rate(_) => ((1 << RATE_BITS) - 1, 0),
        };
        Some(Sieve::new(mask, salt, self.threshold))
    }

    /// What takes the sample out of requests as they are decoded, for [`Self::feed_sample`].
    pub(crate) fn sampler(&mut self) -> Option<Sampler<'_>> {
        let sieve = self.sieve()?;
        let reuse = self.reuse.as_mut();
        Some(Sampler { sieve, reuse })
    }

    /// Below the threshold: in the sample.
    #[inline]
    fn priority(&self, key: u64) -> u64 {
        match self.sampling {
            Sampling::Rate(_) => key & ((1 << RATE_BITS) - 1),
            _ => priority(key, self.salt),
        }
    }

    /// The key is (still) in the sample.
    #[inline]
    pub(crate) fn tracks(&self, key: u64) -> bool {
        self.sampling == Sampling::Exact || self.priority(key) < self.threshold
    }

    /// Feeds requests in time order; [`Self::finish`] ends them.
    pub(crate) fn feed(&mut self, accesses: &[Access]) -> anyhow::Result<()> {
        if self.sampling == Sampling::Exact {
            return self.engine.feed(accesses, &self.edges);
        }
        for group in accesses.chunks(GROUP) {
            let mut picked = std::mem::take(&mut self.picked);
            if let Some(sampler) = self.sampler() {
                Arch::new().dispatch(Take {
                    sampler,
                    group,
                    sample: &mut picked,
                });
            }
            self.picked = picked;
            self.feed_sample(&[])?;
        }
        Ok(())
    }

    /// Feeds what a [`Sampler`] took.
    pub(crate) fn feed_sample(&mut self, sample: &[Access]) -> anyhow::Result<()> {
        self.picked.extend_from_slice(sample);
        if self.picked.len() >= FED {
            self.finish()
        } else {
            Ok(())
        }
    }

    /// Feeds what waits for company.
    pub(crate) fn finish(&mut self) -> anyhow::Result<()> {
        let mut picked = std::mem::take(&mut self.picked);
        self.feed_picked(&picked)?;
        picked.clear();
        self.picked = picked;
        Ok(())
    }

    fn feed_picked(&mut self, mut picked: &[Access]) -> anyhow::Result<()> {
        while !picked.is_empty() {
            let (group, rest) = picked.split_at(self.room().min(picked.len()));
            picked = rest;
            self.group.clear();
            self.picked_slices.iter_mut().for_each(Vec::clear);
            // The threshold may have fallen since the group was picked.
            for access in group {
                if !self.tracks(access.key) {
                    continue;
                }
                self.group.push(*access);
                if let Some(slice) = self.picked_slices.get_mut(part(access.key)) {
                    slice.push(*access);
                }
            }
            self.engine.feed(&self.group, &self.edges)?;
            for (slice, accesses) in self.slices.iter_mut().zip(&self.picked_slices) {
                slice.feed(accesses, &self.edges)?;
            }
            if let Sampling::Keys(keys) = self.sampling {
                if self.engine.keys() > keys as usize {
                    self.lower_threshold(keys as usize);
                }
            }
        }
        Ok(())
    }

    /// Requests that can be fed before there may be a key too many: where the threshold falls does
    /// not depend on how the requests come in.
    fn room(&self) -> usize {
        match self.sampling {
            Sampling::Keys(keys) => (keys as usize).saturating_sub(self.engine.keys()) + 1,
            _ => FED,
        }
    }

    /// Keeps the 3/4 of the keys with the smallest priorities.
    fn lower_threshold(&mut self, keys: usize) {
        let mut priorities: Vec<u64> = self.engine.hashes().map(|h| self.priority(h)).collect();
        let keep = (keys - keys / 4).clamp(1, priorities.len() - 1);
        let (_, threshold, _) = priorities.select_nth_unstable(keep);
        self.threshold = *threshold;
        let (salt, threshold, scale) = (self.salt, self.threshold, self.scale());
        let stays = |key: u64| priority(key, salt) < threshold;
        self.engine.thin(scale, stays);
        for slice in &mut self.slices {
            slice.thin(scale * PARTS as f64, stays);
        }
    }

    /// The curve at `sizes`. `totals` are reads and bytes of the whole input, where known.
    pub(crate) fn curve(&self, sizes: &[u64], totals: Option<Totals>) -> Vec<CurvePoint> {
        let is_sampled = self.rate() < 1.0;
        let reuse = self.reuse.as_ref();
        let (totals, reuse) = if is_sampled {
            (totals, reuse)
        } else {
            (None, None)
        };
        let curve = |engine: &Engine, classes: Option<Classes>| {
            let histogram = &engine.histogram;
            histogram.ratios(&self.edges, sizes, totals, classes.as_ref())
        };
        let whole = curve(&self.engine, reuse.map(ReuseTimes::totals));
        let slice = |(at, slice)| curve(slice, reuse.map(|r| r.part(at)));
        let slices = self.slices.iter().enumerate().map(slice);
        let slices: Vec<_> = slices.filter(|_| is_sampled).collect();
        let point = |(at, size): (usize, &u64)| CurvePoint {
            size_bytes: *size,
            objects: whole[at].0,
            bytes: whole[at].1,
            error: is_sampled.then(|| error(whole[at].0, slices.iter().map(|s| s[at].0))),
        };
        sizes.iter().enumerate().map(point).collect()
    }

    /// Uses a threshold that is known from the start, see [`Picker`].
    pub(crate) fn fix_threshold(&mut self, threshold: u64) {
        self.threshold = threshold;
        let scale = self.scale();
        self.engine.set_scale(scale);
        self.slices
            .iter_mut()
            .for_each(|s| s.set_scale(scale * PARTS as f64));
    }

    /// What is tracked.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
}

/// Tells which keys are in the sample, and which of the others are watched: enough to know the
/// classes of all reads several times better than the sample does.
#[derive(Clone, Copy, Debug)]
struct Sieve {
    mask: u64,
    salt: u64,
    threshold: u64,
    watched: u64,
    /// Every watched key stands for this many.
    weight: f64,
}

/// Watched keys are this many times those of the sample,
const WATCHED: u64 = 8;
/// and at least one in this many,
const WATCHED_AT_LEAST: u64 = 16;
/// and at most one in this many: where the sample is large, it is good enough itself.
const WATCHED_AT_MOST: u64 = 4;

impl Sieve {
    fn new(mask: u64, salt: u64, threshold: u64) -> Self {
        let least = mask / WATCHED_AT_LEAST + 1;
        let most = threshold.max(mask / WATCHED_AT_MOST + 1);
        let watched = threshold.saturating_mul(WATCHED).clamp(least, most);
        Self {
            mask,
            salt,
            threshold,
            watched,
            weight: (mask as f64 + 1.0) / watched as f64,
        }
    }

    #[inline]
    const fn priority(&self, key: u64) -> u64 {
        (key ^ self.salt) & self.mask
    }

    #[inline]
    const fn picks(&self, key: u64) -> bool {
        self.priority(key) < self.threshold
    }

    /// Which of at most [`WORD`] keys are below a bound, a bit for each.
    #[inline(always)]
    fn below(&self, bound: u64, keys: &[u64]) -> u64 {
        let below = keys.iter().map(|key| self.priority(*key) < bound);
        let bits = below
            .enumerate()
            .map(|(at, is)| u64::from(is) << (at % WORD));
        bits.fold(0, |all, bit| all | bit)
    }
}

/// Takes the sample out of requests in their order.
pub(crate) struct Sampler<'a> {
    sieve: Sieve,
    reuse: Option<&'a mut ReuseTimes>,
}

impl Sampler<'_> {
    /// Adds those of the requests with these keys that are in the sample, and their classes.
    #[inline(always)]
    pub(crate) fn take(
        &mut self,
        keys: &[u64],
        request: impl Fn(usize) -> Access,
        sample: &mut Vec<Access>,
    ) {
        let (sieve, reuse) = (self.sieve, &mut self.reuse);
        let mut bound = sieve.threshold;
        if let Some(reuse) = reuse {
            reuse.set_weight(sieve.weight);
            bound = sieve.watched;
        }
        for (word, keys) in keys.chunks(WORD).enumerate() {
            // Which keys are watched is what a processor cannot predict: bits, no branch.
            let mut below = sieve.below(bound, keys);
            while below != 0 {
                let at = below.trailing_zeros() as usize;
                below &= below - 1;
                let (key, at) = (keys[at], word * WORD + at);
                let class = match reuse {
                    Some(reuse) => reuse.see(&request(at)),
                    None => 0,
                };
                if sieve.picks(key) {
                    let mut access = request(at);
                    access.set_class(class);
                    sample.push(access);
                }
            }
        }
    }
}

/// A group being sampled with the processor's widest vectors.
struct Take<'a> {
    sampler: Sampler<'a>,
    group: &'a [Access],
    sample: &'a mut Vec<Access>,
}

impl NullaryFnOnce for Take<'_> {
    type Output = ();

    #[inline(always)]
    fn call(mut self) {
        let (group, mut keys) = (self.group, [0; GROUP]);
        for (key, access) in keys.iter_mut().zip(group) {
            *key = access.key;
        }
        let keys = &keys[..group.len()];
        self.sampler.take(keys, |at| group[at], self.sample);
    }
}

/// Finds the threshold before the requests are in time order: which keys have the smallest
/// priorities does not depend on the order.
pub(crate) struct Picker {
    sampling: Sampling,
    salt: u64,
    smallest: BTreeSet<u64>,
    threshold: u64,
}

impl Picker {
    pub(crate) fn new(sampling: Sampling, seed: u64) -> Self {
        let threshold = match sampling {
            Sampling::Rate(rate) => rate_threshold(rate),
            _ => u64::MAX,
        };
        Self {
            sampling,
            salt: mix(seed),
            smallest: BTreeSet::new(),
            threshold,
        }
    }

    /// The key may be in the final sample.
    pub(crate) fn picks(&mut self, key: u64) -> bool {
        let keys = match self.sampling {
            Sampling::Exact => return true,
            Sampling::Rate(_) => return key & ((1 << RATE_BITS) - 1) < self.threshold,
            Sampling::Keys(keys) => keys as usize,
        };
        let priority = priority(key, self.salt);
        if priority >= self.threshold {
            return false;
        }
        if self.smallest.insert(priority) && self.smallest.len() > keys.max(1) {
            self.threshold = self.smallest.pop_last().unwrap_or(priority);
        }
        priority < self.threshold
    }

    /// The threshold of the final sample, unless it is all keys.
    pub(crate) fn threshold(&self) -> Option<u64> {
        (self.sampling != Sampling::Exact && self.threshold != u64::MAX).then_some(self.threshold)
    }
}

/// Order in which keys leave a sample of a fixed number of keys.
#[inline]
const fn priority(key: u64, salt: u64) -> u64 {
    // Keys are hashes already: another salt prefers another part of their range.
    key ^ salt
}

/// Half width of the 95 % interval of the estimate of the whole sample: its variance is that of a
/// slice by the number of slices in it, and so is its bias, which shows as the distance of the
/// slices' mean.
fn error(whole: f64, slices: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = slices.clone().count() as f64;
    if n < 2.0 {
        return 1.0;
    }
    let mean = slices.clone().sum::<f64>() / n;
    let variance = slices.map(|e| (e - mean) * (e - mean)).sum::<f64>() / (n - 1.0);
    let bias = (mean - whole) / (PARTS - 1) as f64;
    (T_95 * (variance / PARTS as f64).sqrt() + bias.abs()).min(1.0)
}
