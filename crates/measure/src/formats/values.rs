//! What is known of the values of a Redis server from the commands that changed them: sizes add up
//! where the log shows what was added, and are unknown where it does not.
//!
//! Memory is bounded: what is forgotten is unknown again.

use std::collections::{BTreeMap, VecDeque};

use super::fields::{integer, unescape};
use crate::access::hash_key;

/// Values that are remembered, and members of one.
const MAX_VALUES: usize = 1 << 17;
const MAX_MEMBERS: usize = 1 << 12;

/// A number of a sorted set is kept beside its member.
const SCORE: u64 = 8;

/// The values of all keys, by hashes of their names.
#[derive(Default)]
pub(crate) struct Values(BTreeMap<u64, Known>);

/// One value.
struct Known {
    database: u64,
    /// None when it never expires.
    expires: Option<i64>,
    content: Content,
}

/// What a value is made of.
#[derive(Default)]
enum Content {
    /// Its size cannot be told.
    #[default]
    Unknown,
    /// Bytes.
    Bytes(u64),
    /// Bytes of members or fields, by hashes of their names.
    Members(BTreeMap<u64, u64>),
    /// Bytes of the elements of a list.
    List(VecDeque<u64>),
}

fn len(text: &[u8]) -> u64 {
    unescape(text).len() as u64
}

impl Content {
    /// None when nobody knows.
    fn size(&self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Bytes(bytes) => Some(*bytes),
            Self::Members(members) => Some(members.values().sum()),
            Self::List(elements) => Some(elements.iter().sum()),
        }
    }

    fn is_too_long(&self) -> bool {
        match self {
            Self::Members(members) => members.len() > MAX_MEMBERS,
            Self::List(elements) => elements.len() > MAX_MEMBERS,
            _ => false,
        }
    }
}

impl Values {
    /// The value of a key that is there at `now`, as far as the log told.
    fn live(&mut self, key: u64, now: i64) -> Option<&mut Known> {
        let known = self.0.get_mut(&key)?;
        known.expires.is_none_or(|at| at >= now).then_some(known)
    }

    /// The log told that the key is there.
    pub(crate) fn is_there(&mut self, key: u64, now: i64) -> bool {
        self.live(key, now).is_some()
    }

    /// A whole value of so many bytes.
    pub(crate) fn set(&mut self, key: u64, database: u64, size: u64, expires: Option<i64>) {
        if self.0.len() > MAX_VALUES {
            self.0.clear();
        }
        let content = Content::Bytes(size);
        self.0.insert(
            key,
            Known {
                database,
                expires,
                content,
            },
        );
    }

    /// The key is gone; answers the size that it had and when it would have expired.
    pub(crate) fn remove(&mut self, key: u64) -> (Option<u64>, Option<i64>) {
        let known = self.0.remove(&key);
        known.map_or((None, None), |known| (known.content.size(), known.expires))
    }

    /// All keys of a database, or of all of them, are gone; answers which were known.
    pub(crate) fn flush(&mut self, database: Option<u64>) -> Vec<u64> {
        let is_gone = |known: &Known| database.is_none_or(|database| known.database == database);
        let gone = self.0.iter().filter(|(_, known)| is_gone(known));
        let gone = gone.map(|(key, _)| *key).collect();
        self.0.retain(|_, known| !is_gone(known));
        gone
    }

    /// When the key expires from now on.
    pub(crate) fn expire(&mut self, key: u64, expires: Option<i64>) {
        if let Some(known) = self.0.get_mut(&key) {
            known.expires = expires;
        }
    }

    /// A command changes a part of a value; answers its size afterwards, none when that is unknown.
    pub(crate) fn change(
        &mut self,
        key: u64,
        database: u64,
        now: i64,
        (name, args): (&[u8], &[&[u8]]),
    ) -> Option<u64> {
        if self.0.len() > MAX_VALUES {
            self.0.clear();
        }
        if self.live(key, now).is_none() {
            self.0.insert(
                key,
                Known {
                    database,
                    expires: None,
                    content: Content::Unknown,
                },
            );
        }
        let content = &mut self.0.get_mut(&key)?.content;
        *content = changed(std::mem::take(content), name, args);
        if content.is_too_long() {
            *content = Content::Unknown;
        }
        content.size()
    }
}

/// A value after a command.
fn changed(before: Content, name: &[u8], args: &[&[u8]]) -> Content {
    match name {
        b"APPEND" | b"SETRANGE" | b"SETBIT" | b"XADD" => bytes(before, name, args),
        b"HSET" | b"HMSET" | b"HSETNX" | b"HINCRBY" | b"HINCRBYFLOAT" | b"HDEL" | b"SADD"
        | b"SREM" | b"ZADD" | b"ZREM" => members(before, name, args),
        b"LPUSH" | b"RPUSH" | b"LPUSHX" | b"RPUSHX" | b"LPOP" | b"RPOP" | b"LSET" | b"LTRIM" => {
            list(before, name, args)
        }
        // A counter that was set keeps about its size.
        b"INCR" | b"INCRBY" | b"INCRBYFLOAT" | b"DECR" | b"DECRBY" | b"ZINCRBY" => before,
        _ => Content::Unknown,
    }
}

fn bytes(before: Content, name: &[u8], args: &[&[u8]]) -> Content {
    let offset = args.first().and_then(|a| integer(a));
    let before = before.size().unwrap_or(0);
    match (name, args, offset) {
        (b"APPEND", [value, ..], _) => Content::Bytes(before + len(value)),
        (b"SETRANGE", [_, value, ..], Some(at)) => {
            Content::Bytes(before.max(at.saturating_add(len(value))))
        }
        (b"SETBIT", [_, _, ..], Some(bit)) => Content::Bytes(before.max(bit / 8 + 1)),
        (b"XADD", ..) => {
            // What is trimmed nobody tells.
            let is_trimmed = args.iter().take(2).any(|a| {
                a.eq_ignore_ascii_case(b"MAXLEN")
                    || a.eq_ignore_ascii_case(b"MINLEN")
                    || a.eq_ignore_ascii_case(b"MINID")
            });
            if is_trimmed {
                return Content::Unknown;
            }
            let skipped = usize::from(
                args.first()
                    .is_some_and(|a| a.eq_ignore_ascii_case(b"NOMKSTREAM")),
            );
            let added: u64 = args.iter().skip(1 + skipped).map(|a| len(a)).sum();
            Content::Bytes(before + added)
        }
        _ => Content::Unknown,
    }
}

fn members(before: Content, name: &[u8], args: &[&[u8]]) -> Content {
    let mut members = match before {
        Content::Members(members) => members,
        // Less than nothing cannot be taken off.
        _ if matches!(name, b"HDEL" | b"SREM" | b"ZREM") => return Content::Unknown,
        _ => BTreeMap::new(),
    };
    let id = |text: &[u8]| hash_key(text, 0);
    match name {
        b"HDEL" | b"SREM" | b"ZREM" => args.iter().for_each(|member| {
            members.remove(&id(member));
        }),
        b"SADD" => args.iter().for_each(|member| {
            members.insert(id(member), len(member));
        }),
        b"ZADD" => {
            let is_option = |text: &[u8]| {
                [&b"NX"[..], b"XX", b"GT", b"LT", b"CH", b"INCR"]
                    .iter()
                    .any(|option| option.eq_ignore_ascii_case(text))
            };
            let options = args.iter().take_while(|a| is_option(a)).count();
            for pair in args[options..].chunks_exact(2) {
                members.insert(id(pair[1]), len(pair[1]) + SCORE);
            }
        }
        b"HSET" | b"HMSET" | b"HSETNX" => {
            for pair in args.chunks_exact(2) {
                members.insert(id(pair[0]), len(pair[0]) + len(pair[1]));
            }
        }
        _ => {
            if let Some(field) = args.first() {
                let size = len(field) + args.get(1).map_or(0, |by| len(by));
                members.entry(id(field)).or_insert(size);
            }
        }
    }
    Content::Members(members)
}

fn list(before: Content, name: &[u8], args: &[&[u8]]) -> Content {
    let mut elements = match before {
        Content::List(elements) => elements,
        _ if matches!(name, b"LPUSH" | b"RPUSH" | b"LPUSHX" | b"RPUSHX") => VecDeque::new(),
        _ => return Content::Unknown,
    };
    let count = || args.first().map_or(Some(1), |a| integer(a));
    match name {
        b"LPUSH" | b"LPUSHX" => args.iter().for_each(|a| elements.push_front(len(a))),
        b"RPUSH" | b"RPUSHX" => args.iter().for_each(|a| elements.push_back(len(a))),
        b"LPOP" | b"RPOP" => {
            for _ in 0..count().unwrap_or(1).min(MAX_MEMBERS as u64) {
                if name == b"LPOP" {
                    elements.pop_front();
                } else {
                    elements.pop_back();
                }
            }
        }
        b"LTRIM" => {
            let place = |at: usize| index(args.get(at)?, elements.len());
            let (Some(from), Some(to)) = (place(0), place(1)) else {
                return Content::Unknown;
            };
            let to = (to + 1).clamp(0, elements.len() as i64) as usize;
            let from = (from.max(0) as usize).min(to);
            elements.truncate(to);
            elements.drain(..from);
        }
        _ => {
            let at = args.first().and_then(|a| index(a, elements.len()));
            let at = at.and_then(|at| usize::try_from(at).ok());
            match (at.and_then(|at| elements.get_mut(at)), args.get(1)) {
                (Some(element), Some(value)) => *element = len(value),
                _ => return Content::Unknown,
            }
        }
    }
    Content::List(elements)
}

/// An index of a list; negative ones count from its end.
fn index(text: &[u8], len: usize) -> Option<i64> {
    let number: i64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(if number < 0 {
        number + len as i64
    } else {
        number
    })
}
