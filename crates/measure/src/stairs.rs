//! When the copy of an object expires, as a step function of the cache size.
//!
//! With lazy expiry (an expired object keeps its place until it is touched or evicted) the order
//! of an LRU cache does not depend on the time to live, so one pass over the trace knows for every
//! cache size when that cache fetched its copy: a small cache that missed has a younger copy than
//! a large one that did not. That makes the hit ratio under a TTL exact at every size at once.

use super::access::Access;

/// Expiry of copies that never expire.
pub(crate) const NEVER: i64 = i64::MAX;

/// From this bucket on (up to the next step) copies expire at this time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    from: u16,
    expires: i64,
}

/// One object's steps and the TTL it was last given.
#[derive(Default)]
struct Stair {
    steps: Vec<Step>,
    ttl: Option<u64>,
}

/// The staircases of all objects; handles stay valid until released.
pub(crate) struct Stairs {
    stairs: Vec<Stair>,
    free: Vec<u32>,
    scratch: Vec<Step>,
    default_ttl: Option<u64>,
}

impl Stairs {
    /// `default_ttl` (ms) holds for objects whose requests state none.
    pub(crate) fn new(default_ttl: Option<u64>) -> Self {
        Self {
            stairs: Vec::new(),
            free: Vec::new(),
            scratch: Vec::new(),
            default_ttl,
        }
    }

    /// A handle for a new object, without any copy.
    pub(crate) fn allocate(&mut self) -> u32 {
        if let Some(handle) = self.free.pop() {
            return handle;
        }
        self.stairs.push(Stair::default());
        (self.stairs.len() - 1) as u32
    }

    /// Gives a handle back.
    pub(crate) fn release(&mut self, handle: u32) {
        let stair = &mut self.stairs[handle as usize];
        stair.steps.clear();
        stair.ttl = None;
        self.free.push(handle);
    }

    fn expiry(&mut self, handle: u32, now: i64, ttl: Option<u64>) -> i64 {
        let stair = &mut self.stairs[handle as usize];
        match ttl {
            None => {}
            // Nothing was there whose expiry could be kept.
            Some(Access::KEEP) => stair.ttl = None,
            ttl => stair.ttl = ttl,
        }
        match stair.ttl.or(self.default_ttl) {
            Some(Access::FOREVER) | None => NEVER,
            Some(ms) => now.saturating_add_unsigned(ms),
        }
    }

    /// All caches fetch the object now.
    pub(crate) fn fetch(&mut self, handle: u32, now: i64, ttl: Option<u64>) {
        let expires = self.expiry(handle, now, ttl);
        let steps = &mut self.stairs[handle as usize].steps;
        steps.clear();
        steps.push(Step { from: 0, expires });
    }

    /// A write at `now` that keeps the expiry of copies which are there (Redis `APPEND`); where it has
    /// passed, the write made a new object.
    pub(crate) fn keep(&mut self, handle: u32, now: i64) {
        let is_fresh = |step: &Step| step.expires >= now;
        let stair = &mut self.stairs[handle as usize];
        if !stair.steps.iter().any(is_fresh) {
            self.fetch(handle, now, Some(Access::FOREVER));
            return;
        }
        for step in &mut stair.steps {
            if !is_fresh(step) {
                step.expires = NEVER;
            }
        }
    }

    /// All copies expire at `now + ttl` (Redis `EXPIRE`).
    pub(crate) fn expire(&mut self, handle: u32, now: i64, ttl: Option<u64>) {
        let expires = self.expiry(handle, now, ttl);
        for step in &mut self.stairs[handle as usize].steps {
            step.expires = expires;
        }
    }

    /// A read at `now` of an object that caches from bucket `lo` on still hold. Calls `hit(from,
    /// to)` for every range of buckets whose copy is fresh (`to` none: no upper end).
    pub(crate) fn read(
        &mut self,
        handle: u32,
        lo: usize,
        now: i64,
        ttl: Option<u64>,
        mut hit: impl FnMut(usize, Option<usize>),
    ) {
        let fetched = self.expiry(handle, now, ttl);
        let mut next = std::mem::take(&mut self.scratch);
        next.clear();
        if lo > 0 {
            next.push(Step {
                from: 0,
                expires: fetched,
            });
        }
        let steps = &self.stairs[handle as usize].steps;
        for (i, step) in steps.iter().enumerate() {
            let to = steps.get(i + 1).map(|s| s.from as usize);
            if to.is_some_and(|to| to <= lo) {
                continue;
            }
            let from = (step.from as usize).max(lo);
            let fresh = step.expires >= now;
            if fresh {
                hit(from, to);
            }
            let expires = if fresh { step.expires } else { fetched };
            if next.last().is_none_or(|last| last.expires != expires) {
                next.push(Step {
                    from: from as u16,
                    expires,
                });
            }
        }
        let steps = &mut self.stairs[handle as usize].steps;
        steps.clear();
        steps.extend_from_slice(&next);
        self.scratch = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_live_can_be_taken_away_or_kept() {
        let fresh_at = |stairs: &mut Stairs, h, now| {
            let mut hits = 0;
            stairs.read(h, 0, now, None, |_, _| hits += 1);
            hits > 0
        };
        let mut stairs = Stairs::new(None);
        let h = stairs.allocate();
        stairs.fetch(h, 0, Some(10));
        stairs.keep(h, 5);
        assert!(fresh_at(&mut stairs, h, 10) && !fresh_at(&mut stairs, h, 11));
        stairs.fetch(h, 20, Some(10));
        stairs.expire(h, 21, Some(Access::FOREVER));
        assert!(fresh_at(&mut stairs, h, 1000));
        stairs.fetch(h, 2000, Some(10));
        stairs.keep(h, 3000);
        assert!(fresh_at(&mut stairs, h, 4000));
    }

    #[test]
    fn a_small_cache_has_the_younger_copy() {
        let mut stairs = Stairs::new(Some(10));
        let h = stairs.allocate();
        stairs.fetch(h, 0, None);
        let mut hits = Vec::new();
        stairs.read(h, 3, 8, None, |a, b| hits.push((a, b)));
        assert_eq!(
            hits,
            [(3, None)],
            "caches below bucket 3 lost it, the others have it fresh"
        );
        hits.clear();
        stairs.read(h, 1, 15, None, |a, b| hits.push((a, b)));
        assert_eq!(
            hits,
            [(1, Some(3))],
            "fetched again at 8 below bucket 3, expired at 10 above"
        );
        hits.clear();
        stairs.read(h, 0, 18, None, |a, b| hits.push((a, b)));
        assert_eq!(hits, [(0, Some(1)), (1, Some(3)), (3, None)]);
    }
}
