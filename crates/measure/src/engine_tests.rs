//! The engine against the plainest possible simulation of one LRU cache per size.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::access::{Access, Op};
use super::curve::Edges;
use super::engine::{Engine, Rules, WritePolicy};

/// One LRU cache of a fixed size with lazy expiry, as a list.
struct Simulation {
    capacity: u64,
    rules: Rules,
    /// Newest last: key, size, expiry.
    objects: Vec<(u64, u64, i64)>,
    ttls: BTreeMap<u64, u64>,
    /// A TTL for a key that was never seen changes nothing.
    seen: BTreeSet<u64>,
    hits: u64,
    hit_bytes: u64,
}

impl Simulation {
    fn expiry(&mut self, a: &Access) -> i64 {
        self.seen.insert(a.key);
        if let Some(ttl) = a.ttl() {
            self.ttls.insert(a.key, ttl);
        }
        let ttl = self.ttls.get(&a.key).copied().or(self.rules.default_ttl);
        ttl.map_or(i64::MAX, |ttl| a.time + ttl as i64)
    }

    fn take(&mut self, key: u64) -> Option<(u64, u64, i64)> {
        let at = self.objects.iter().position(|o| o.0 == key)?;
        Some(self.objects.remove(at))
    }

    fn put(&mut self, object: (u64, u64, i64)) {
        if object.1 > self.capacity {
            return;
        }
        self.objects.push(object);
        while self.objects.iter().map(|o| o.1).sum::<u64>() > self.capacity {
            self.objects.remove(0);
        }
    }

    fn feed(&mut self, a: &Access) {
        match a.op() {
            Op::Read | Op::Part => {
                let fetched = self.expiry(a);
                let old = self.take(a.key);
                let fresh = old.filter(|o| !self.rules.ttl || o.2 >= a.time);
                if fresh.is_some() {
                    self.hits += 1;
                    self.hit_bytes += a.size;
                }
                self.put((a.key, a.size, fresh.map_or(fetched, |o| o.2)));
            }
            Op::Write if self.rules.writes == WritePolicy::Update => {
                let fetched = self.expiry(a);
                self.take(a.key);
                self.put((a.key, a.size, fetched));
            }
            Op::Write | Op::Delete => {
                self.take(a.key);
            }
            Op::Expire if !self.seen.contains(&a.key) => {}
            Op::Expire => {
                let expires = self.expiry(a);
                for object in self.objects.iter_mut().filter(|o| o.0 == a.key) {
                    object.2 = expires;
                }
            }
        }
    }
}

/// Sizes are a function of the key: then LRU has the inclusion property and both must agree.
fn accesses() -> impl Strategy<Value = Vec<Access>> {
    let one = (0u64..40, 0u8..20, 0i64..200, prop::option::of(50u64..2000));
    prop::collection::vec(one, 1..600).prop_map(|list| {
        let mut now = 0;
        list.into_iter()
            .map(|(key, op, step, ttl)| {
                now += step;
                let op = match op {
                    0 | 1 => Op::Write,
                    2 => Op::Delete,
                    3 => Op::Expire,
                    _ => Op::Read,
                };
                let ttl = ttl.filter(|_| op != Op::Read || key % 3 == 0);
                let key = key * key % 37;
                Access::new(now, key, (key * 7919) % 100, op).with_ttl(ttl)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn the_curve_equals_a_simulation_of_every_size(
        accesses in accesses(),
        update: bool,
        ttl in prop::option::of(prop::option::of(100u64..3000)),
    ) {
        let writes = if update { WritePolicy::Update } else { WritePolicy::Invalidate };
        let rules = Rules { writes, ttl: ttl.is_some(), default_ttl: ttl.flatten(), default_size: 0 };
        // Every object fits the smallest cache.
        let sizes = [100, 137, 250, 777, 1600, 5000];
        let edges = Edges::new(&sizes);
        let mut engine = Engine::new(&edges, rules, 0, 1);
        engine.feed(&accesses, &edges).unwrap();
        let reads = accesses.iter().filter(|a| a.op().is_read()).count() as f64;
        let bytes: u64 = accesses.iter().filter(|a| a.op().is_read()).map(|a| a.size).sum();
        let got = engine.histogram.ratios(&edges, &sizes, None, None);
        for (size, got) in sizes.iter().zip(got) {
            let mut sim = Simulation {
                capacity: *size, rules, objects: vec![], ttls: BTreeMap::new(),
                seen: BTreeSet::new(), hits: 0, hit_bytes: 0,
            };
            accesses.iter().for_each(|a| sim.feed(a));
            let want = if reads > 0.0 { sim.hits as f64 / reads } else { 0.0 };
            let want_bytes = if bytes > 0 { sim.hit_bytes as f64 / bytes as f64 } else { 0.0 };
            prop_assert!((got.0 - want).abs() < 1e-12, "{size}: {} but {want}", got.0);
            prop_assert!((got.1 - want_bytes).abs() < 1e-12, "{size}: {} but {want_bytes}", got.1);
        }
    }
}

proptest! {
    #[test]
    fn objects_larger_than_a_cache_are_never_in_it(list in prop::collection::vec((0u64..60, 0u8..8), 1..700)) {
        let rules = Rules {
            writes: WritePolicy::Update, ttl: false, default_ttl: None, default_size: 0,
        };
        // Sizes are a function of the key, from 1 to 40,000.
        let access = |(at, (key, op)): (usize, &(u64, u8))| {
            let size = if key % 9 == 0 { 9000 + key * 500 } else { 1 + key * 7919 % 900 };
            let op = if *op == 0 { Op::Write } else { Op::Read };
            Access::new(at as i64, *key, size, op)
        };
        let accesses: Vec<Access> = list.iter().enumerate().map(access).collect();
        for asked in [&[][..], &[300, 1500, 10_000, 25_000]] {
            let edges = Edges::new(asked);
            let mut engine = Engine::new(&edges, rules, 0, 1);
            engine.feed(&accesses, &edges).unwrap();
            let sizes: Vec<u64> = match asked {
                [] => (10..17).map(|power| 1 << power).collect(),
                sizes => sizes.to_vec(),
            };
            let reads = accesses.iter().filter(|a| a.op().is_read()).count() as f64;
            let got = engine.histogram.ratios(&edges, &sizes, None, None);
            for (size, got) in sizes.iter().zip(got) {
                let mut sim = Simulation {
                    capacity: *size, rules, objects: vec![], ttls: BTreeMap::new(),
                    seen: BTreeSet::new(), hits: 0, hit_bytes: 0,
                };
                accesses.iter().for_each(|a| sim.feed(a));
                let want = sim.hits as f64 / reads.max(1.0);
                prop_assert!((got.0 - want).abs() < 1e-12, "{size}: {} but {want}", got.0);
            }
        }
    }
}

#[test]
fn many_keys_force_compaction_and_growth_and_the_distances_stay_exact() {
    let edges = Edges::new(&[]);
    let rules = Rules {
        writes: WritePolicy::Invalidate,
        ttl: false,
        default_ttl: None,
        default_size: 0,
    };
    let mut engine = Engine::new(&edges, rules, 0, 1);
    let keys = 20_000u64;
    let rounds = 5;
    for round in 0..rounds {
        for key in 0..keys {
            let time = (round * keys + key) as i64;
            engine
                .access(&Access::read(time, super::access::mix(key), 16), 0, &edges)
                .unwrap();
        }
    }
    let all = keys * 16;
    let hits = engine
        .histogram
        .ratios(&edges, &[1 << 18, 1 << 19], None, None);
    assert!(all > 1 << 18 && all <= 1 << 19);
    assert!(hits[0].0 < 1e-12, "a loop larger than the cache never hits");
    assert!(
        (hits[1].0 - 0.8).abs() < 1e-12,
        "and always hits once it fits"
    );
    assert_eq!(engine.keys(), keys as usize);
    assert_eq!(engine.distinct_bytes(), all);
}
