//! One pass over requests in time order to the hits of an LRU cache of every size.
//!
//! A read hits in a cache of `C` bytes iff the bytes of all objects touched since, plus its own,
//! are at most `C` (and, with a TTL, the copy in that cache is fresh). For objects of constant
//! size this equals a simulation of each size; deviations come only from objects that change size
//! or are larger than the cache. This file knows nothing of sampling or of logs.

use std::collections::BTreeMap;

use anyhow::bail;
use pulp::{Arch, NullaryFnOnce};

use super::access::{Access, Op};
use super::curve::{Edges, Histogram};
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
}

/// How the engine treats writes and expiry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    pub(crate) writes: WritePolicy,
    /// Follow times to live.
    pub(crate) ttl: bool,
    /// TTL (ms) of objects whose requests state none.
    pub(crate) default_ttl: Option<u64>,
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
    pub(crate) histogram: Histogram,
    stairs: Option<Stairs>,
    /// Room that deletions left, by slot: see [`Engine::fill_holes`].
    holes: BTreeMap<u32, u64>,
    rules: Rules,
    start: Option<i64>,
    /// Bytes seen in the sample stand for this many bytes.
    scale: f64,
    distinct_bytes: u64,
    /// Seconds between reads of the same object, by power of two.
    reuse: [u64; REUSE_BUCKETS],
}

impl Engine {
    /// `classes` are the classes of reads that are told apart.
    pub(crate) fn new(edges: &Edges, rules: Rules, keys: usize, classes: usize) -> Self {
        Self {
            table: Table::new(keys),
            tree: Tree::new((keys * 4).max(MIN_SLOTS)),
            histogram: Histogram::new(edges, classes),
            stairs: rules.ttl.then(|| Stairs::new(rules.default_ttl)),
            holes: BTreeMap::new(),
            rules,
            start: None,
            scale: 1.0,
            distinct_bytes: 0,
            reuse: [0; REUSE_BUCKETS],
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
        if !entry.is_used() {
            self.histogram.read(class, access.size);
            self.add_new(at, access, 2, second);
            return;
        }
        let size = if access.op() == Op::Part {
            entry.size.max(access.size)
        } else {
            access.size
        };
        self.histogram.read(class, size);
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
        } else {
            let (slot, newer) = self.touch(&entry, size);
            let distance = self.scaled(newer).saturating_add(size);
            self.hit(entry.stair, edges.index(distance), size, access);
            slot
        };
        let entry = self.table.get_mut(at);
        entry.size = size;
        entry.slot = slot;
        entry.count = entry.count.saturating_add(1);
        entry.last = second;
    }

    #[inline(always)]
    fn scaled(&self, newer: u64) -> u64 {
        if self.scale > 1.0 {
            (newer as f64 * self.scale) as u64
        } else {
            newer
        }
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
    fn add_new(&mut self, at: usize, access: &Access, count: u32, second: u32) {
        let stair = self.stairs.as_mut().map_or(0, Stairs::allocate);
        self.fetch(stair, access);
        self.distinct_bytes = self.distinct_bytes.wrapping_add(access.size);
        let slot = self.push(access.size);
        let (hash, size) = (access.key, access.size);
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
            self.add_new(at, access, 1, second);
            return;
        }
        self.fetch(entry.stair, access);
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
            self.holes.insert(entry.slot, entry.size);
            entry.slot = ABSENT;
        }
    }

    #[inline]
    fn push(&mut self, size: u64) -> u32 {
        let slot = self.tree.push(size);
        if !self.holes.is_empty() {
            self.fill_holes(0, size);
        }
        slot
    }

    #[inline(always)]
    fn touch(&mut self, entry: &Entry, size: u64) -> (u32, u64) {
        let (slot, newer) = self.tree.touch(entry.slot, entry.size, size);
        if !self.holes.is_empty() {
            let room = self.fill_holes(entry.slot + 1, size);
            if room > 0 {
                self.tree.add(entry.slot, room);
                self.holes.insert(entry.slot, room);
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
            let Some((&slot, room)) = self.holes.range_mut(from..).next_back() else {
                break;
            };
            let taken = wanted.min(*room);
            *room -= taken;
            if *room == 0 {
                self.holes.remove(&slot);
            }
            self.tree.remove(slot, taken);
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
        let holes = std::mem::take(&mut self.holes);
        self.holes = holes
            .into_iter()
            .map(|(slot, room)| (live.rank(slot), room))
            .collect();
        Ok(())
    }

    /// Forgets the objects for which `keep` is false; from now on the tracked ones stand for
    /// `scale` times as many.
    pub(crate) fn thin(&mut self, scale: f64, keep: impl Fn(u64) -> bool) {
        let (tree, stairs) = (&mut self.tree, &mut self.stairs);
        let mut gone = 0u64;
        self.table.retain(|entry| {
            if keep(entry.hash) {
                return true;
            }
            gone = gone.wrapping_add(entry.size);
            if entry.slot != ABSENT {
                tree.remove(entry.slot, entry.size);
            }
            if let Some(stairs) = stairs {
                stairs.release(entry.stair);
            }
            false
        });
        self.distinct_bytes = self.distinct_bytes.wrapping_sub(gone);
        let kept = self.scale / scale;
        for (slot, room) in &mut self.holes {
            let gone = *room - (*room as f64 * kept) as u64;
            self.tree.remove(*slot, gone);
            *room -= gone;
        }
        self.set_scale(scale);
    }

    /// Distances and counts are multiplied by `scale` (1 / sampling rate) from now on.
    pub(crate) fn set_scale(&mut self, scale: f64) {
        self.scale = scale;
        self.histogram.set_weight(scale);
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

    /// Reads by seconds since the previous read of the object: bucket 0 is below one second,
    /// bucket `i` is from `2^(i-1)` to below `2^i`.
    pub(crate) fn reuse(&self) -> &[u64] {
        &self.reuse
    }
}
