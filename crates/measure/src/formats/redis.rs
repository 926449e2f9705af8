//! `MONITOR` output of Redis and Valkey.
//!
//! Commands on several keys become one access per key. The reply is not logged: a read shows no
//! size, so what a write told is used, or the default size. Scripts appear twice, as `EVAL` and as
//! the `lua` lines of their effects; only the latter count.

use std::collections::BTreeMap;

use super::fields::{integer, thousandths, unescape};
use super::key::Keys as KeyHashes;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, MAX_SIZE, Op, hash_key};

/// Hashes whose fields are remembered, and fields of one.
const MAX_HASHES: usize = 1 << 17;
const MAX_FIELDS: usize = 1 << 12;
/// More arguments than any sane command.
const MAX_ARGUMENTS: usize = 100_000;

/// `1339518083.107412 [0 127.0.0.1:60866] "get" "key"`.
pub(crate) struct Monitor {
    keys: KeyHashes,
    /// Bytes of the fields of hashes, by hashes of their names.
    fields: BTreeMap<u64, BTreeMap<u64, u64>>,
}

impl Monitor {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: KeyHashes::new(reading),
            fields: BTreeMap::new(),
        }
    }

    /// A line starts with a time that has a fraction, and a peer in brackets.
    pub(crate) fn is_like(line: &[u8]) -> bool {
        let line = line.strip_prefix(b"+").unwrap_or(line);
        let mut words = line.splitn(3, |b| *b == b' ');
        let mut next = || words.next().unwrap_or_default();
        let (time, peer) = (next(), next());
        thousandths(time).is_some() && time.contains(&b'.') && peer.starts_with(b"[")
    }

    /// One command with its name and arguments, still escaped.
    pub(crate) fn command(
        &mut self,
        time: i64,
        database: &[u8],
        args: &[&[u8]],
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let Some((name, args)) = args.split_first() else {
            return Err(Reject::Bad("no command"));
        };
        let name = name.to_ascii_uppercase();
        let (op, keys) = operation_of(&name).ok_or(Reject::Skip("not about a key"))?;
        let ttl = ttl(&name, args, time);
        let command = Command {
            time,
            database,
            op,
            ttl,
        };
        let first = *args
            .first()
            .ok_or(Reject::Bad("a command without its key"))?;
        if batch.leaves_out(time) {
            return Ok(());
        }
        let value = |text: &[u8]| Some(unescape(text).len() as u64);
        match keys {
            Keys::All => {
                if op.is_read() {
                    batch.more_keys += args.len() as u64 - 1;
                }
                for key in args {
                    if op == Op::Delete {
                        self.forget(database, key);
                    }
                    self.push(&command, key, None, batch);
                }
            }
            Keys::Pairs => {
                for pair in args.chunks_exact(2) {
                    self.push(&command, pair[0], value(pair[1]), batch);
                }
            }
            Keys::First if is_whole(&name) => {
                let at = if matches!(&*name, b"SETEX" | b"PSETEX" | b"JSON.SET") {
                    2
                } else {
                    1
                };
                let size = args.get(at).and_then(|v| value(v));
                self.forget(database, first);
                self.push(&command, first, size, batch);
            }
            Keys::First if name.starts_with(b"H") && op == Op::Write => {
                let size = self.hash_size(&name, database, first, &args[1..]);
                self.push(&command, first, Some(size), batch);
            }
            Keys::First if op == Op::Write => {
                // Adds to a value whose size is not known: at least what was sent.
                let sent = args[1..].iter().map(|a| unescape(a).len() as u64).sum();
                self.push(&command, first, Some(sent), batch);
            }
            Keys::First => self.push(&command, first, None, batch),
        }
        Ok(())
    }

    /// Bytes of a hash after a command that changes some of its fields: those that were sent last.
    fn hash_size(&mut self, name: &[u8], database: &[u8], key: &[u8], args: &[&[u8]]) -> u64 {
        let id = hash_key(&[database, b"/", &unescape(key)].concat(), 0);
        let len = |text: &[u8]| unescape(text).len() as u64;
        if self.fields.len() > MAX_HASHES {
            self.fields.clear();
        }
        let fields = self.fields.entry(id).or_default();
        match name {
            b"HDEL" => args.iter().for_each(|field| {
                fields.remove(&hash_key(field, 0));
            }),
            b"HSET" | b"HMSET" | b"HSETNX" => {
                for pair in args.chunks_exact(2) {
                    fields.insert(hash_key(pair[0], 0), len(pair[0]) + len(pair[1]));
                }
            }
            _ => {
                if let Some(field) = args.first() {
                    let size = len(field) + args.get(1).map_or(0, |by| len(by));
                    fields.entry(hash_key(field, 0)).or_insert(size);
                }
            }
        }
        if fields.len() > MAX_FIELDS {
            fields.clear();
        }
        fields.values().sum()
    }

    /// The fields of a key are gone.
    fn forget(&mut self, database: &[u8], key: &[u8]) {
        if !self.fields.is_empty() {
            let id = hash_key(&[database, b"/", &unescape(key)].concat(), 0);
            self.fields.remove(&id);
        }
    }

    fn push(&mut self, command: &Command<'_>, key: &[u8], size: Option<u64>, batch: &mut Batch) {
        let op = command.op;
        let size = size.unwrap_or(0);
        let hash = self
            .keys
            .named(&[command.database, b"/", &unescape(key)].concat());
        let access = Access::new(command.time, hash, size.min(MAX_SIZE), op);
        batch.accesses.push(access.with_ttl(command.ttl));
    }
}

struct Command<'a> {
    time: i64,
    database: &'a [u8],
    op: Op,
    ttl: Option<u64>,
}

/// Which arguments are keys.
#[derive(Clone, Copy)]
enum Keys {
    First,
    All,
    /// Key, value, key, value.
    Pairs,
}

fn operation_of(name: &[u8]) -> Option<(Op, Keys)> {
    use {Keys::*, Op::*};
    Some(match name {
        b"GET" | b"GETEX" | b"STRLEN" | b"GETRANGE" | b"SUBSTR" | b"GETBIT" | b"BITCOUNT"
        | b"HGET" | b"HMGET" | b"HGETALL" | b"HKEYS" | b"HVALS" | b"HLEN" | b"HEXISTS"
        | b"HSCAN" | b"LRANGE" | b"LINDEX" | b"LLEN" | b"SMEMBERS" | b"SISMEMBER"
        | b"SMISMEMBER" | b"SCARD" | b"SRANDMEMBER" | b"SSCAN" | b"ZRANGE" | b"ZRANGEBYSCORE"
        | b"ZREVRANGE" | b"ZREVRANGEBYSCORE" | b"ZRANGEBYLEX" | b"ZSCORE" | b"ZMSCORE"
        | b"ZRANK" | b"ZREVRANK" | b"ZCARD" | b"ZCOUNT" | b"ZSCAN" | b"XRANGE" | b"XLEN"
        | b"GEOSEARCH" | b"GEOPOS" | b"PFCOUNT" | b"JSON.GET" => (Part, First),
        b"MGET" | b"EXISTS" | b"SINTER" | b"SUNION" | b"SDIFF" => (Part, All),
        b"SET" | b"SETEX" | b"PSETEX" | b"SETNX" | b"GETSET" | b"JSON.SET" => (Write, First),
        b"MSET" | b"MSETNX" => (Write, Pairs),
        b"APPEND" | b"SETRANGE" | b"INCR" | b"INCRBY" | b"INCRBYFLOAT" | b"DECR" | b"DECRBY"
        | b"SETBIT" | b"HSET" | b"HSETNX" | b"HMSET" | b"HINCRBY" | b"HINCRBYFLOAT" | b"HDEL"
        | b"LPUSH" | b"RPUSH" | b"LPUSHX" | b"RPUSHX" | b"LPOP" | b"RPOP" | b"LSET" | b"LTRIM"
        | b"LREM" | b"SADD" | b"SREM" | b"SPOP" | b"ZADD" | b"ZREM" | b"ZINCRBY" | b"ZPOPMIN"
        | b"ZPOPMAX" | b"XADD" | b"GEOADD" | b"PFADD" => (Write, First),
        b"DEL" | b"UNLINK" => (Delete, All),
        b"GETDEL" => (Delete, First),
        b"EXPIRE" | b"PEXPIRE" | b"EXPIREAT" | b"PEXPIREAT" => (Expire, First),
        _ => return None,
    })
}

/// Commands that replace the whole value, so that their argument is its size.
fn is_whole(name: &[u8]) -> bool {
    matches!(
        name,
        b"SET" | b"SETEX" | b"PSETEX" | b"SETNX" | b"GETSET" | b"MSET" | b"MSETNX" | b"JSON.SET"
    )
}

impl LineFormat for Monitor {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let line = line.strip_prefix(b"+").unwrap_or(line);
        if line == b"OK" {
            return Err(Reject::Skip("not about a key"));
        }
        let (time, database, rest) = head(line).ok_or(Reject::Bad("not a MONITOR line"))?;
        let args = arguments(rest).ok_or(Reject::Bad("a quote that does not end"))?;
        self.command(time, database, &args, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.notes.push(
            "MONITOR shows no replies: the size of a value is what the last write sent, and unknown \
             before the first write; running MONITOR costs the server more than half its throughput"
                .to_owned(),
        );
    }
}

/// Time, database and the rest of the line.
fn head(line: &[u8]) -> Option<(i64, &[u8], &[u8])> {
    let space = memchr::memchr(b' ', line)?;
    let time = i64::try_from(thousandths(&line[..space])?).ok()?;
    let rest = line[space + 1..].strip_prefix(b"[")?;
    let close = memchr::memmem::find(rest, b"] ")?;
    let peer = &rest[..close];
    let database = &peer[..memchr::memchr(b' ', peer)?];
    Some((time, database, &rest[close + 2..]))
}

fn arguments(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut args = Vec::new();
    while let Some(start) = memchr::memchr(b'"', rest) {
        let body = &rest[start + 1..];
        let mut at = 0;
        let end = loop {
            let found = at + memchr::memchr2(b'"', b'\\', body.get(at..)?)?;
            if body[found] == b'"' {
                break found;
            }
            at = found + 2;
        };
        args.push(&body[..end]);
        rest = &body[end + 1..];
        if args.len() == MAX_ARGUMENTS {
            break;
        }
    }
    Some(args)
}

/// Time to live in milliseconds that a command sets.
fn ttl(name: &[u8], args: &[&[u8]], now: i64) -> Option<u64> {
    let number = |at: usize| args.get(at).and_then(|a| integer(a));
    let seconds = |n: u64| n.checked_mul(1000);
    let until = |ms: u64| Some(ms.saturating_sub(now.unsigned_abs()));
    match name {
        b"SETEX" | b"EXPIRE" => number(1).and_then(seconds),
        b"PSETEX" | b"PEXPIRE" => number(1),
        b"EXPIREAT" => number(1).and_then(seconds).and_then(until),
        b"PEXPIREAT" => number(1).and_then(until),
        b"SET" | b"GETEX" => {
            let options = args.get(1..)?;
            let at = options.iter().position(|a| {
                matches!(&*a.to_ascii_uppercase(), b"EX" | b"PX" | b"EXAT" | b"PXAT")
            })?;
            let value = options.get(at + 1).and_then(|a| integer(a))?;
            match &*options[at].to_ascii_uppercase() {
                b"EX" => seconds(value),
                b"PX" => Some(value),
                b"EXAT" => seconds(value).and_then(until),
                _ => until(value),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Access> {
        let mut batch = Batch::default();
        let mut monitor = Monitor::new(&Reading::default());
        for line in text.lines() {
            monitor.line(line.as_bytes(), &mut batch).unwrap();
        }
        batch.accesses
    }

    #[test]
    fn commands_on_many_keys_are_expanded() {
        let got = lines(
            "1339518083.107412 [0 127.0.0.1:60866] \"mget\" \"a\" \"b\\x01\" \"c\"\n\
             +1339518084.5 [0 unix:/tmp/s] \"MSET\" \"a\" \"12\\x00\" \"b\" \"\"\n\
             1339518085.107412 [3 lua] \"del\" \"a\" \"b\"",
        );
        assert_eq!(got.len(), 7);
        assert_eq!(got[1].key, hash_key(b"0/b\x01", 0));
        assert_eq!((got[3].op(), got[3].size), (Op::Write, 3));
        assert_eq!(got[3].time, 1_339_518_084_500);
        assert_eq!((got[5].op(), got[5].key), (Op::Delete, hash_key(b"3/a", 0)));
    }

    #[test]
    fn a_hash_is_the_sum_of_the_fields_sent_last() {
        let got = lines(
            "1.0 [0 a:1] \"hset\" \"h\" \"ab\" \"123\" \"cd\" \"4567\"\n\
             2.0 [0 a:1] \"hset\" \"h\" \"ab\" \"1\"\n\
             3.0 [0 a:1] \"hdel\" \"h\" \"cd\"\n\
             4.0 [0 a:1] \"del\" \"h\"\n\
             5.0 [0 a:1] \"hset\" \"h\" \"x\" \"\\x00\"",
        );
        let sizes: Vec<u64> = got.iter().map(|a| a.size).collect();
        assert_eq!(sizes, [11, 9, 3, 0, 2]);
    }

    #[test]
    fn times_to_live_are_understood() {
        let got = lines(
            "1.0 [0 a:1] \"set\" \"k\" \"vvvv\" \"NX\" \"ex\" \"60\"\n\
             1.0 [0 a:1] \"setex\" \"k\" \"30\" \"vv\"\n\
             1.0 [0 a:1] \"pexpireat\" \"k\" \"1500\"\n\
             1.0 [0 a:1] \"get\" \"k\"",
        );
        assert_eq!((got[0].size, got[0].ttl()), (4, Some(60_000)));
        assert_eq!((got[1].size, got[1].ttl()), (2, Some(30_000)));
        assert_eq!((got[2].op(), got[2].ttl()), (Op::Expire, Some(500)));
        assert_eq!((got[3].op(), got[3].ttl()), (Op::Part, None));
    }
}
