//! The cache in front of the one that is measured: an LRU list of a given size that answers what it
//! can. Its misses, as fetches of whole objects, are what the second layer sees.

use std::collections::{BTreeMap, HashMap};

use crate::access::{Access, Op};
use crate::engine::{Rules, WritePolicy};

/// What is known of an object.
#[derive(Clone, Copy, Default)]
struct Object {
    size: u64,
    ttl: Option<u64>,
    copy: Option<Held>,
}

/// A copy in the cache.
#[derive(Clone, Copy)]
struct Held {
    size: u64,
    /// Its place in the order of use.
    turn: u64,
    expires: i64,
}

/// The cache in front; memory grows with the number of keys.
pub(crate) struct Edge {
    capacity: u64,
    rules: Rules,
    used: u64,
    turn: u64,
    objects: HashMap<u64, Object>,
    order: BTreeMap<u64, u64>,
    /// Reads it saw.
    pub(crate) reads: u64,
    /// Reads it could not answer.
    pub(crate) misses: u64,
}

impl Edge {
    pub(crate) fn new(capacity: u64, rules: Rules) -> Self {
        Self {
            capacity,
            rules,
            used: 0,
            turn: 0,
            objects: HashMap::new(),
            order: BTreeMap::new(),
            reads: 0,
            misses: 0,
        }
    }

    /// What of these requests, in time order, reaches the second layer.
    pub(crate) fn pass(&mut self, accesses: &[Access], out: &mut Vec<Access>) {
        for access in accesses {
            match access.op() {
                Op::Read | Op::Part => self.read(access, out),
                Op::Write | Op::Delete if self.rules.writes == WritePolicy::Pass => {
                    out.push(*access);
                }
                Op::Write if self.rules.writes == WritePolicy::Update => {
                    let mut object = self.take(access.key);
                    object.size = access.size;
                    object.ttl = access.ttl().or(object.ttl);
                    let expires = self.expiry(&object, access.time);
                    self.put(access.key, object, expires);
                    out.push(*access);
                }
                Op::Write | Op::Delete => {
                    let object = self.take(access.key);
                    self.objects.insert(access.key, object);
                    out.push(*access);
                }
                Op::Expire => {
                    self.expire(access);
                    out.push(*access);
                }
            }
        }
    }

    fn read(&mut self, access: &Access, out: &mut Vec<Access>) {
        self.reads += 1;
        let held = self.objects.get(&access.key).and_then(|o| o.copy);
        let mut object = self.take(access.key);
        object.size = match access.op() {
            Op::Part => object.size.max(access.size),
            _ => access.size,
        };
        if object.size == 0 {
            object.size = self.rules.default_size;
        }
        object.ttl = access.ttl().or(object.ttl);
        let fresh = held.filter(|held| !self.rules.ttl || held.expires >= access.time);
        let expires = match fresh {
            Some(held) => held.expires,
            None => {
                self.misses += 1;
                let op = if object.size == 0 { Op::Part } else { Op::Read };
                let fetch = Access::new(access.time, access.key, object.size, op);
                out.push(fetch.with_ttl(access.ttl()));
                self.expiry(&object, access.time)
            }
        };
        self.put(access.key, object, expires);
    }

    fn expiry(&self, object: &Object, now: i64) -> i64 {
        let ttl = object.ttl.or(self.rules.default_ttl);
        ttl.map_or(i64::MAX, |ttl| now.saturating_add_unsigned(ttl))
    }

    fn expire(&mut self, access: &Access) {
        if let Some(object) = self.objects.get_mut(&access.key) {
            object.ttl = access.ttl();
            if let Some(held) = &mut object.copy {
                held.expires = access
                    .ttl()
                    .map_or(i64::MAX, |ttl| access.time.saturating_add_unsigned(ttl));
            }
        }
    }

    /// What is known of an object, out of the cache.
    fn take(&mut self, key: u64) -> Object {
        let mut object = self.objects.get(&key).copied().unwrap_or_default();
        if let Some(held) = object.copy.take() {
            self.order.remove(&held.turn);
            self.used -= held.size;
        }
        object
    }

    fn put(&mut self, key: u64, mut object: Object, expires: i64) {
        let size = object.size;
        if size <= self.capacity {
            self.turn += 1;
            self.used += size;
            self.order.insert(self.turn, key);
            object.copy = Some(Held {
                size,
                turn: self.turn,
                expires,
            });
        }
        self.objects.insert(key, object);
        while self.used > self.capacity {
            let Some((_, oldest)) = self.order.pop_first() else {
                break;
            };
            if let Some(object) = self.objects.get_mut(&oldest) {
                self.used -= object.copy.take().map_or(0, |held| held.size);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        writes: WritePolicy::Invalidate,
        ttl: true,
        default_ttl: Some(1000),
        default_size: 0,
    };

    #[test]
    fn only_misses_reach_the_second_layer() {
        let mut edge = Edge::new(10, RULES);
        let mut out = Vec::new();
        let reads = [
            (0, 1, 4),
            (1, 2, 4),
            (2, 1, 4),
            (3, 3, 4),
            (4, 1, 4),
            (5, 2, 4),
            (6, 9, 11),
            (7, 9, 11),
            (1200, 2, 4),
        ];
        let mut all: Vec<Access> = reads
            .map(|(at, key, size)| Access::read(at, key, size))
            .into();
        all.push(Access::new(1201, 2, 0, Op::Delete));
        all.push(Access::read(1202, 2, 4));
        edge.pass(&all, &mut out);
        let seen: Vec<(i64, u64)> = out.iter().map(|a| (a.time, a.key)).collect();
        // The third object puts the second out, what is too large is never held, and copies expire.
        let want = [
            (0, 1),
            (1, 2),
            (3, 3),
            (5, 2),
            (6, 9),
            (7, 9),
            (1200, 2),
            (1201, 2),
            (1202, 2),
        ];
        assert_eq!(seen, want);
        assert_eq!((edge.reads, edge.misses), (10, 8));
    }

    #[test]
    fn a_part_is_fetched_whole_once_its_size_is_known() {
        let mut edge = Edge::new(0, RULES);
        let mut out = Vec::new();
        let all = [
            Access::new(0, 1, 100, Op::Part).sent_apart(),
            Access::read(1, 1, 400),
            Access::new(2, 1, 100, Op::Part).sent_apart(),
            Access::new(3, 2, 0, Op::Part),
        ];
        edge.pass(&all, &mut out);
        let sizes: Vec<(u64, Op)> = out.iter().map(|a| (a.size, a.op())).collect();
        let want = [
            (100, Op::Read),
            (400, Op::Read),
            (400, Op::Read),
            (0, Op::Part),
        ];
        assert_eq!(sizes, want);
        assert!(out.iter().all(|a| !a.is_sent_apart()));
    }
}
