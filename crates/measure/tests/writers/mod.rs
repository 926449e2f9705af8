//! Random requests, what has to be measured of them, and writers of every format, none of which
//! knows how logs are read. Shared by the laws of this package and of the program.

pub(crate) mod http;
pub(crate) mod others;
pub(crate) mod tables;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Get,
    Head,
    /// A read of the first bytes.
    Range,
    /// The reader had it already (304).
    Unchanged,
    Put,
    Delete,
    Error,
    /// A request about no object, as `OPTIONS`.
    Other,
}

use Kind::{Delete, Error, Get, Head, Other, Put, Range, Unchanged};

/// One request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    /// Seconds since the epoch, or since the start of a trace.
    pub(crate) at: u64,
    /// Which object.
    pub(crate) key: usize,
    pub(crate) kind: Kind,
    /// Bytes of the object.
    pub(crate) size: u64,
}

impl Request {
    /// Bytes that a range or a whole answer holds, without headers.
    pub(crate) fn body(&self) -> u64 {
        match self.kind {
            Get => self.size,
            Range => self.size / 2,
            _ => 0,
        }
    }

    pub(crate) fn is_read(&self) -> bool {
        matches!(self.kind, Get | Head | Range | Unchanged)
    }

    pub(crate) fn path(&self) -> String {
        const ENDS: [&str; 8] = [
            "", "?v=1", ";s=2", ",b", "%20c", "(1)", "%C3%A9", "?q=a%22b",
        ];
        format!("/o/{}{}", self.key, ENDS[self.key % ENDS.len()])
    }
}

/// What writes do to copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    Pass,
    Invalidate,
    Update,
}

/// A format, how it is written, and what it can express.
pub(crate) struct Layout {
    /// What it is called here.
    pub(crate) name: &'static str,
    /// The name that `measure` has for it.
    pub(crate) format: &'static str,
    pub(crate) write: fn(&[Request]) -> Vec<u8>,
    pub(crate) can: &'static [Kind],
    pub(crate) writes: Writes,
    /// Bytes of headers that the log counts as sent.
    pub(crate) headers: u64,
    /// The log tells no sizes.
    pub(crate) default_size: Option<u64>,
    /// Reads tell no size: every object is written before it is read.
    pub(crate) cache_aside: bool,
    /// The share of the keys, where the log is a sample.
    pub(crate) is_sample: bool,
}

pub(crate) const HTTP: &[Kind] = &[Get, Head, Range, Unchanged, Put, Delete, Error, Other];

/// All layouts.
pub(crate) fn layouts() -> Vec<Layout> {
    http::layouts()
        .into_iter()
        .chain(others::layouts())
        .chain(tables::layouts())
        .collect()
}

impl Layout {
    /// The requests as far as the format can express them.
    pub(crate) fn of(&self, requests: &[Request]) -> Vec<Request> {
        let mut known = BTreeSet::new();
        let requests = requests.iter().map(|request| {
            let mut one = *request;
            if !self.can.contains(&one.kind) {
                one.kind = Get;
            }
            if let Some(size) = self.default_size {
                one.size = size;
            }
            // What tells no size follows what does.
            let is_new = !known.contains(&one.key);
            if is_new && one.is_read() {
                one.kind = if self.cache_aside { Put } else { Get };
            }
            match one.kind {
                Get => known.insert(one.key),
                Put if self.cache_aside => known.insert(one.key),
                Delete => known.remove(&one.key),
                _ => false,
            };
            one
        });
        requests.collect()
    }

    /// Bytes that a read moves as the log tells it.
    pub(crate) fn sent(&self, request: &Request) -> u64 {
        match self.default_size {
            Some(size) => size,
            None if self.cache_aside => request.size,
            None => request.body() + self.headers,
        }
    }

    /// Share of the reads that a cache of that many bytes answers: one LRU list, simulated.
    pub(crate) fn hits(&self, requests: &[Request], capacity: u64) -> f64 {
        let reads = requests.iter().filter(|r| r.is_read()).count();
        let missed = self.missed(requests, capacity);
        let missed = missed.iter().filter(|r| r.is_read()).count();
        (reads - missed) as f64 / reads.max(1) as f64
    }

    /// What such a cache does not answer: reads that miss, and writes that it hands on.
    pub(crate) fn missed(&self, requests: &[Request], capacity: u64) -> Vec<Request> {
        let (mut clock, mut used) = (0u64, 0u64);
        let mut cached = BTreeMap::<usize, (u64, u64)>::new();
        let mut order = BTreeMap::<u64, usize>::new();
        let mut missed = Vec::new();
        for request in requests {
            clock += 1;
            let is_write = matches!(request.kind, Put | Delete);
            if matches!(request.kind, Error | Other) || is_write && self.writes == Writes::Pass {
                continue;
            }
            let old = cached.remove(&request.key);
            if let Some((when, size)) = old {
                order.remove(&when);
                used -= size;
            }
            if is_write || old.is_none() {
                missed.push(*request);
            }
            let stays = request.is_read() || (request.kind == Put && self.writes == Writes::Update);
            if !stays || request.size > capacity {
                continue;
            }
            used += request.size;
            cached.insert(request.key, (clock, request.size));
            order.insert(clock, request.key);
            while used > capacity {
                let (_, key) = order.pop_first().unwrap();
                used -= cached.remove(&key).unwrap().1;
            }
        }
        missed
    }
}

/// What is wrong in any layout, with its name; a log without a read tells nothing.
pub(crate) fn in_every_layout(
    requests: &[Request],
    misses: impl Fn(&Layout, &[Request]) -> Vec<String>,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for layout in layouts() {
        let requests = layout.of(requests);
        if requests.iter().any(Request::is_read) {
            let found = misses(&layout, &requests);
            wrong.extend(found.iter().map(|miss| format!("{}: {miss}", layout.name)));
        }
    }
    wrong
}

/// Seconds of the clock hours in which something was requested, from the first request to the last.
pub(crate) fn active_seconds(requests: &[Request]) -> u64 {
    let counted = requests.iter().filter(|r| !matches!(r.kind, Error | Other));
    let times: Vec<u64> = counted.map(|r| r.at).collect();
    let (first, last) = (*times.iter().min().unwrap(), *times.iter().max().unwrap());
    let hours: BTreeSet<u64> = times.iter().map(|at| at / 3600).collect();
    let seconds = |hour: &u64| {
        let (from, to) = ((hour * 3600).max(first), (hour * 3600 + 3600).min(last + 1));
        to - from
    };
    hours.iter().map(seconds).sum()
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        12 => Just(Get),
        1 => Just(Head),
        2 => Just(Range),
        1 => Just(Unchanged),
        2 => Just(Put),
        1 => Just(Delete),
        1 => Just(Error),
        1 => Just(Other),
    ]
}

/// Requests a second or more apart, some hours apart, to objects of which few are popular.
pub(crate) fn requests() -> impl Strategy<Value = Vec<Request>> {
    let step = prop_oneof![20 => 1u64..30, 2 => 30u64..4000, 1 => 4000u64..40_000];
    let key = (1usize..60, 1usize..60).prop_map(|(a, b)| a * b / 60);
    let one = (step, key, kind());
    let sizes = prop::collection::vec(prop_oneof![6 => 100u64..3000, 1 => 3000u64..60_000], 60);
    (sizes, prop::collection::vec(one, 20..250)).prop_map(|(sizes, steps)| {
        let mut at = 1_790_000_000;
        let requests = steps.into_iter().map(|(step, key, kind)| {
            at += step;
            Request {
                at,
                key,
                kind,
                size: sizes[key],
            }
        });
        let mut requests: Vec<Request> = requests.collect();
        requests[0].kind = Get;
        requests
    })
}
