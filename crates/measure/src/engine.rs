//! One pass over requests in time order to the hits of an LRU cache of every size.
//!
//! A read hits in a cache of `C` bytes iff the bytes of all objects touched since, plus its own,
//! are at most `C` (and, with a TTL, the copy in that cache is fresh). Objects larger than `C` are
//! never admitted and do not count. For objects of constant size this equals a simulation of each
//! size; deviations come only from objects that change size. This file knows nothing of sampling or
//! of logs.

use std::collections::BTreeMap;

use anyhow::bail;
use pulp::{Arch, NullaryFnOnce};

use super::access::{Access, Op};
use super::curve::{Edges, Histogram};
use super::large::Large;
use super::stairs::Stairs;
use super::table::{ABSENT, Entry, Table};
use super::tree::{Live, Tree};

/// What a write does to the cached copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritePolicy {
    /// The copy is dropped; the next read misses (HTTP, objects, cache-aside invalidation).
    Invalidate,
    /// The copy is replaced (a write to the cache itself, write-through).
    Update,
    /// The copy stays as it is: the cache hands writes on and does not look at them (CDNs, nginx).
    Pass,
}

/// How the engine treats writes and expiry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) writes: WritePolicy,
    /// Follow times to live.
    pub(crate) ttl: bool,
    /// TTL (ms) of objects whose requests state none.
    pub(crate) default_ttl: Option<u64>,
    /// Size of objects whose size no request has told; 0 when nobody knows.
    pub(crate) default_size: u64,
}

/// Reads that show only part of their object, weighted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Partial {
    /// Reads of objects whose size nothing had told yet.
    pub(crate) unknown: f64,
    /// Other reads whose answer is the whole object, and its bytes.
    pub(crate) sent: f64,
    pub(crate) sent_bytes: f64,
}

/// Requests whose memory is fetched together.
const GROUP: usize = 32;
const MIN_SLOTS: usize = 1 << 12;
const REUSE_BUCKETS: usize = 34;

/// Requests being fed with the processor's widest vectors.
struct Feed<'a> {
    engine: &'a mut Engine,
    accesses: &'a [Access],
    edges: &'a Edges,
}

impl NullaryFnOnce for Feed<'_> {
    type Output = anyhow::Result<()>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        self.engine.feed_all(self.accesses, self.edges)
    }
}

/// The state of the pass.
pub(crate) struct Engine {
    table: Table,
    tree: Tree,
    large: Large,
    pub(crate) histogram: Histogram,
    pub(crate) partial: Partial,
    stairs: Option<Stairs>,
    /// Room that deletions left, by slot: see [`Engine::fill_holes`].
    holes: BTreeMap<u32, Hole>,
    rules: Rules,
    start: Option<i64>,
    /// Bytes seen in the sample stand for this many bytes.
    scale: f64,
    distinct_bytes: u64,
    /// Seconds between reads of the same object, by power of two.
    reuse: [u64; REUSE_BUCKETS],
    /// Room for the buckets in which one read hits.
    ranges: Vec<(usize, Option<usize>)>,
    /// Room for what [`Large::newer`] answers.
    newer: Vec<(u64, u64)>,
}

/// Room that a deletion left.
#[derive(Clone, Copy)]
struct Hole {
    room: u64,
    /// Size of what was deleted; 0 when the room has moved.
    size: u64,
}

impl Engine {
    /// `classes` are the classes of reads that are told apart.
    pub(crate) fn new(edges: &Edges, rules: Rules, keys: usize, classes: usize) -> Self {
        Self {
            table: Table::new(keys),
            tree: Tree::new((keys * 4).max(MIN_SLOTS)),
            large: Large::new(edges.all(), edges.smallest_asked()),
            histogram: Histogram::new(edges, classes),
            partial: Partial::default(),
            stairs: rules.ttl.then(|| Stairs::new(rules.default_ttl)),
            holes: BTreeMap::new(),
            rules,
            start: None,
            scale: 1.0,
            distinct_bytes: 0,
            reuse: [0; REUSE_BUCKETS],
            ranges: Vec::new(),
            newer: Vec::new(),
        }
    }

    /// Feeds requests in time order.
    pub(crate) fn feed(&mut self, accesses: &[Access], edges: &Edges) -> anyhow::Result<()> {
        let engine = self;
        Arch::new().dispatch(Feed {
            engine,
            accesses,
            edges,
        })
    }

    #[inline(always)]
    fn feed_all(&mut self, accesses: &[Access], edges: &Edges) -> anyhow::Result<()> {
        let mut hints = [0; GROUP];
        let is_near = self.table.is_near();
        for group in accesses.chunks(GROUP) {
            if !is_near {
                self.prefetch(group, &mut hints);
            }
            for (access, hint) in group.iter().zip(&hints) {
                self.access(access, *hint, edges)?;
            }
        }
        Ok(())
    }

    /// Independent loads that the processor overlaps, instead of one miss after another; answers
    /// where the entries are if nothing moves.
    #[inline(always)]
    fn prefetch(&self, group: &[Access], hints: &mut [u32; GROUP]) {
        let mut touched = 0;
        for access in group {
            touched ^= u64::from(self.table.touch(access.key));
        }
        for (hint, access) in hints.iter_mut().zip(group) {
            let (at, slot) = self.table.locate(access.key);
            *hint = at as u32;
            touched ^= self.tree.prefetch(slot);
        }
        std::hint::black_box(touched);
    }

    /// Feeds one request.
    #[inline(always)]
    pub(crate) fn access(
        &mut self,
        access: &Access,
        hint: u32,
        edges: &Edges,
    ) -> anyhow::Result<()> {
        if self.tree.is_full() {
            self.compact()?;
        }
        match access.op() {
            Op::Read | Op::Part => self.read(access, hint, edges),
            Op::Write | Op::Delete if self.rules.writes == WritePolicy::Pass => {}
            Op::Write if self.rules.writes == WritePolicy::Update => self.write(access),
            Op::Write | Op::Delete => self.remove(access.key),
            Op::Expire => self.expire(access),
        }
        Ok(())
    }

    #[inline(always)]
    fn read(&mut self, access: &Access, hint: u32, edges: &Edges) {
        let second = self.second(access.time);
        let class = usize::from(access.class());
        let at = self.table.find_at(hint as usize, access.key);
        let entry = *self.table.get_mut(at);
        let size = if access.op() == Op::Part {
            self.part(access, entry.size)
        } else {
            access.size
        };
        self.histogram.read(class, size);
        if !entry.is_used() {
            self.add_new(at, access, size, 2, second);
            return;
        }
        self.distinct_bytes = self
            .distinct_bytes
            .wrapping_add(size)
            .wrapping_sub(entry.size);
        if entry.count > 1 {
            let gap = second.saturating_sub(entry.last);
            self.reuse[(u32::BITS - gap.leading_zeros()) as usize] += 1;
        }
        let slot = if entry.slot == ABSENT {
            self.fetch(entry.stair, access);
            self.push(size)
        } else if self.large.is_empty() {
            let (slot, newer) = self.touch(&entry, size);
            let distance = self.scaled(newer).saturating_add(size);
            self.hit(entry.stair, edges.index(distance), size, access);
            slot
        } else {
            self.read_among_large(&entry, size, access, edges)
        };
        let entry = self.table.get_mut(at);
        entry.size = size;
        entry.slot = slot;
        entry.count = entry.count.saturating_add(1);
        entry.last = second;
    }

    /// The size of an object of which a read shows only part.
    #[inline(never)]
    fn part(&mut self, access: &Access, known: u64) -> u64 {
        let told = known.max(access.size);
        let size = if told == 0 {
            self.rules.default_size
        } else {
            told
        };
        if size == 0 {
            self.partial.unknown += self.scale;
        } else if !access.is_sent_apart() {
            self.partial.sent += self.scale;
            self.partial.sent_bytes += size as f64 * self.scale;
        }
        size
    }

    #[inline(always)]
    fn scaled(&self, newer: u64) -> u64 {
        if self.scale > 1.0 {
            (newer as f64 * self.scale) as u64
        } else {
            newer
        }
    }

    /// A read where some objects are too large for some caches: those neither admit them nor lose
    /// anything to them. Answers the new slot.
    #[inline(never)]
    fn read_among_large(
        &mut self,
        entry: &Entry,
        size: u64,
        access: &Access,
        edges: &Edges,
    ) -> u32 {
        let mut newer_by_cache = std::mem::take(&mut self.newer);
        let mut ranges = std::mem::take(&mut self.ranges);
        self.large.newer(entry.slot, &mut newer_by_cache);
        let (slot, newer) = self.touch(entry, size);
        let distance = self.scaled(newer).saturating_add(size);
        ranges.clear();
        ranges.push((edges.index(distance), None));
        let mut admitted = newer;
        for (cache, bytes) in &newer_by_cache {
            admitted = admitted.wrapping_sub(*bytes);
            if *cache < size {
                break;
            }
            if *cache < distance && self.scaled(admitted).saturating_add(size) <= *cache {
                let at = edges.index(*cache);
                ranges.push((at, Some(at + 1)));
            }
        }
        self.newer = newer_by_cache;
        self.hit_ranges(entry.stair, &ranges, size, access);
        self.ranges = ranges;
        slot
    }

    /// A hit for caches in these ranges of buckets, the largest first.
    fn hit_ranges(
        &mut self,
        stair: u32,
        ranges: &[(usize, Option<usize>)],
        size: u64,
        access: &Access,
    ) {
        let class = usize::from(access.class());
        let histogram = &mut self.histogram;
        let mut add = |from: usize, to: Option<usize>| {
            histogram.hit_from(class, from, size);
            if let Some(to) = to {
                histogram.no_hit_from(class, to, size);
            }
        };
        let Some(stairs) = &mut self.stairs else {
            ranges.iter().for_each(|(from, to)| add(*from, *to));
            return;
        };
        let lowest = ranges.last().map_or(0, |(from, _)| *from);
        stairs.read(stair, lowest, access.time, access.ttl(), |from, to| {
            for (start, stop) in ranges {
                let from = from.max(*start);
                let to = match (to, *stop) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                if to.is_none_or(|to| from < to) {
                    add(from, to);
                }
            }
        });
    }

    #[inline(always)]
    fn hit(&mut self, stair: u32, bucket: usize, size: u64, access: &Access) {
        let class = usize::from(access.class());
        let Some(stairs) = &mut self.stairs else {
            self.histogram.hit_from(class, bucket, size);
            return;
        };
        let histogram = &mut self.histogram;
        stairs.read(stair, bucket, access.time, access.ttl(), |from, to| {
            histogram.hit_from(class, from, size);
            if let Some(to) = to {
                histogram.no_hit_from(class, to, size);
            }
        });
    }

    fn fetch(&mut self, stair: u32, access: &Access) {
        if let Some(stairs) = &mut self.stairs {
            stairs.fetch(stair, access.time, access.ttl());
        }
    }

    /// `count` is 2 for a read, 1 for a write: see [`Entry::count`].
    fn add_new(&mut self, at: usize, access: &Access, size: u64, count: u32, second: u32) {
        let stair = self.stairs.as_mut().map_or(0, Stairs::allocate);
        self.fetch(stair, access);
        self.distinct_bytes = self.distinct_bytes.wrapping_add(size);
        let slot = self.push(size);
        let hash = access.key;
        self.table.insert(
            at,
            Entry {
                hash,
                size,
                slot,
                count,
                last: second,
                stair,
            },
        );
    }

    fn write(&mut self, access: &Access) {
        let second = self.second(access.time);
        let at = self.table.find(access.key);
        let entry = *self.table.get_mut(at);
        if !entry.is_used() {
            self.add_new(at, access, access.size, 1, second);
            return;
        }
        if access.ttl() == Some(Access::KEEP) {
            if let Some(stairs) = &mut self.stairs {
                stairs.keep(entry.stair, access.time);
            }
        } else {
            self.fetch(entry.stair, access);
        }
        self.distinct_bytes = self
            .distinct_bytes
            .wrapping_add(access.size)
            .wrapping_sub(entry.size);
        let slot = if entry.slot == ABSENT {
            self.push(access.size)
        } else {
            self.touch(&entry, access.size).0
        };
        let entry = self.table.get_mut(at);
        entry.size = access.size;
        entry.slot = slot;
    }

    fn remove(&mut self, key: u64) {
        let at = self.table.find(key);
        let entry = self.table.get_mut(at);
        if entry.is_used() && entry.slot != ABSENT {
            // The bytes stay in the tree as room for what comes next.
            let hole = Hole {
                room: entry.size,
                size: entry.size,
            };
            self.holes.insert(entry.slot, hole);
            entry.slot = ABSENT;
        }
    }

    #[inline]
    fn push(&mut self, size: u64) -> u32 {
        let slot = self.tree.push(size);
        if size > self.large.from() {
            self.large.push(slot, size);
        }
        if !self.holes.is_empty() {
            self.fill_holes(0, size);
        }
        slot
    }

    #[inline(always)]
    fn touch(&mut self, entry: &Entry, size: u64) -> (u32, u64) {
        let (slot, newer) = self.tree.touch(entry.slot, entry.size, size);
        if size.max(entry.size) > self.large.from() {
            self.large.remove(entry.slot, entry.size, entry.size);
            self.large.push(slot, size);
        }
        if !self.holes.is_empty() {
            let room = self.fill_holes(entry.slot + 1, size);
            if room > 0 {
                self.tree.add(entry.slot, room);
                self.holes.insert(entry.slot, Hole { room, size: 0 });
            }
        }
        (slot, newer)
    }

    /// A deletion leaves room in every cache that held the object, and nothing that was evicted
    /// earlier comes back for it. The next objects fetched fill that room, the most recent holes
    /// first, in all caches too small to hold what is fetched; the others keep theirs, so the room
    /// moves to where the object was. Answers the bytes filled in slots from `from` on.
    fn fill_holes(&mut self, from: u32, size: u64) -> u64 {
        let mut wanted = size;
        while wanted > 0 {
            let Some((&slot, hole)) = self.holes.range_mut(from..).next_back() else {
                break;
            };
            let (taken, size) = (wanted.min(hole.room), hole.size);
            hole.room -= taken;
            if hole.room == 0 {
                self.holes.remove(&slot);
            }
            self.tree.remove(slot, taken);
            self.large.remove(slot, size, taken);
            wanted -= taken;
        }
        size - wanted
    }

    fn expire(&mut self, access: &Access) {
        let at = self.table.find(access.key);
        let entry = *self.table.get_mut(at);
        if let (true, Some(stairs)) = (entry.is_used(), &mut self.stairs) {
            stairs.expire(entry.stair, access.time, access.ttl());
        }
    }

    /// Seconds since the first request, clamped.
    #[inline(always)]
    fn second(&mut self, time: i64) -> u32 {
        let start = *self.start.get_or_insert(time);
        u32::try_from(time.saturating_sub(start) / 1000).unwrap_or_default()
    }

    #[cold]
    #[inline(never)]
    fn compact(&mut self) -> anyhow::Result<()> {
        let cached = |e: &&Entry| e.slot != ABSENT;
        let slots = self.table.iter().filter(cached).map(|e| e.slot);
        let slots = slots.chain(self.holes.keys().copied());
        let live = Live::new(self.tree.capacity(), slots);
        let wanted = (live.len() * 3).max(MIN_SLOTS);
        // Never shrink: memory that was needed once is cheap to keep.
        let capacity = wanted.max(self.tree.capacity());
        if !self.tree.compact(&live, capacity) {
            bail!("more than four billion distinct keys: measure with `--sampled keys=1048576`");
        }
        for entry in self.table.iter_mut().filter(|e| e.slot != ABSENT) {
            entry.slot = live.rank(entry.slot);
        }
        self.large.renumber(|slot| live.rank(slot));
        self.large.settle(self.all_keys());
        let holes = std::mem::take(&mut self.holes);
        self.holes = holes
            .into_iter()
            .map(|(slot, hole)| (live.rank(slot), hole))
            .collect();
        Ok(())
    }

    /// Forgets the objects for which `keep` is false; from now on the tracked ones stand for
    /// `scale` times as many.
    pub(crate) fn thin(&mut self, scale: f64, keep: impl Fn(u64) -> bool) {
        let (tree, stairs) = (&mut self.tree, &mut self.stairs);
        let large = &mut self.large;
        let mut gone = 0u64;
        self.table.retain(|entry| {
            if keep(entry.hash) {
                return true;
            }
            gone = gone.wrapping_add(entry.size);
            if entry.slot != ABSENT {
                tree.remove(entry.slot, entry.size);
                large.remove(entry.slot, entry.size, entry.size);
            }
            if let Some(stairs) = stairs {
                stairs.release(entry.stair);
            }
            false
        });
        self.distinct_bytes = self.distinct_bytes.wrapping_sub(gone);
        let kept = self.scale / scale;
        for (slot, hole) in &mut self.holes {
            let gone = hole.room - (hole.room as f64 * kept) as u64;
            self.tree.remove(*slot, gone);
            self.large.remove(*slot, hole.size, gone);
            hole.room -= gone;
        }
        self.set_scale(scale);
    }

    /// Distances and counts are multiplied by `scale` (1 / sampling rate) from now on.
    pub(crate) fn set_scale(&mut self, scale: f64) {
        self.scale = scale;
        self.large.settle(self.all_keys());
        self.histogram.set_weight(scale);
    }

    /// Objects that the tracked ones stand for.
    fn all_keys(&self) -> usize {
        (self.table.len() as f64 * self.scale) as usize
    }

    /// Objects tracked.
    pub(crate) fn keys(&self) -> usize {
        self.table.len()
    }

    /// Hashes of the objects tracked.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = u64> {
        self.table.iter().map(|e| e.hash)
    }

    /// Bytes of all objects tracked at their last known size.
    pub(crate) fn distinct_bytes(&self) -> u64 {
        self.distinct_bytes
    }

    /// Reads of every object tracked, in descending order.
    pub(crate) fn popularity(&self) -> Vec<u32> {
        let mut counts: Vec<u32> = self.table.iter().map(|e| e.count - 1).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }

    /// Sizes of the objects tracked as far as they are known, each with its reads, ascending.
    pub(crate) fn sizes(&self) -> Vec<(u64, u64)> {
        let known = self.table.iter().filter(|e| e.size > 0 && e.count > 1);
        let mut sizes: Vec<(u64, u64)> = known.map(|e| (e.size, u64::from(e.count - 1))).collect();
        sizes.sort_unstable();
        sizes
    }

    /// Reads by seconds since the previous read of the object: bucket 0 is below one second,
    /// bucket `i` is from `2^(i-1)` to below `2^i`.
    pub(crate) fn reuse(&self) -> &[u64] {
        &self.reuse
    }
}
