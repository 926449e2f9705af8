//! `MONITOR` output of Redis and Valkey.
//!
//! Commands on several keys become one access per key. The reply is not logged: a read shows no
//! size, so what a write told is used, or the default size. Scripts appear twice, as `EVAL` and as
//! the `lua` lines of their effects; only the latter count.

use super::fields::{integer, thousandths, unescape};
use super::key::Keys as KeyHashes;
use super::values::Values;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, MAX_SIZE, Op};

/// More arguments than any sane command.
const MAX_ARGUMENTS: usize = 100_000;

/// `1339518083.107412 [0 127.0.0.1:60866] "get" "key"`.
pub(crate) struct Monitor {
    keys: KeyHashes,
    values: Values,
    /// Databases were emptied.
    flushes: u64,
}

impl Monitor {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: KeyHashes::new(reading),
            values: Values::default(),
            flushes: 0,
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
        if matches!(&*name, b"FLUSHALL" | b"FLUSHDB") {
            return self.flush(time, database, &name, batch);
        }
        let (op, keys) = operation_of(&name).ok_or(Reject::Skip("not about a key"))?;
        let first = *args
            .first()
            .ok_or(Reject::Bad("a command without its key"))?;
        let ttl = ttl(&name, args, time);
        // A time to live that is over deletes.
        let op = match (op, ttl) {
            (Op::Expire, Some(0)) => Op::Delete,
            (op, _) => op,
        };
        let command = Command {
            time,
            database,
            name: &name,
            op,
            ttl,
        };
        if batch.leaves_out(time) {
            return Ok(());
        }
        match keys {
            Keys::All => {
                if op.is_read() {
                    batch.more_keys += args.len() as u64 - 1;
                }
                for key in args {
                    self.one(&command, key, &[], batch);
                }
                Ok(())
            }
            Keys::Pairs => {
                for pair in args.chunks_exact(2) {
                    self.set(&command, pair[0], Some(pair[1]), batch);
                }
                Ok(())
            }
            Keys::First if is_whole(&name) => self.set_one(&command, first, args, batch),
            Keys::First if name == b"RENAME" || name == b"RENAMENX" => {
                let to = args
                    .get(1)
                    .ok_or(Reject::Bad("a command without its key"))?;
                self.rename(&command, first, to, batch);
                Ok(())
            }
            Keys::First => {
                self.one(&command, first, &args[1..], batch);
                Ok(())
            }
        }
    }

    /// The whole value of one key, and what was read of the old one.
    fn set_one(
        &mut self,
        command: &Command<'_>,
        key: &[u8],
        args: &[&[u8]],
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let name = command.name;
        let at = if matches!(name, b"SETEX" | b"PSETEX" | b"JSON.SET") {
            2
        } else {
            1
        };
        let options = args.get(2..).filter(|_| name == b"SET").unwrap_or_default();
        let has = |option: &[u8]| options.iter().any(|a| option.eq_ignore_ascii_case(a));
        if name == b"GETSET" || has(b"GET") {
            self.read(command, key, batch);
        }
        let hash = self.hash(command, key);
        let is_conditional = name == b"SETNX" || has(b"NX");
        if is_conditional && self.values.is_there(hash, command.time) {
            return Err(Reject::Skip("writes of keys that exist already"));
        }
        self.set(command, key, args.get(at).copied(), batch);
        Ok(())
    }

    fn set(&mut self, command: &Command<'_>, key: &[u8], value: Option<&[u8]>, batch: &mut Batch) {
        let size = value.map_or(0, |value| unescape(value).len() as u64);
        let hash = self.hash(command, key);
        let expires = match command.ttl {
            Some(Access::KEEP | Access::FOREVER) | None => None,
            Some(ms) => Some(command.time.saturating_add_unsigned(ms)),
        };
        self.values
            .set(hash, command.database_number(), size, expires);
        command.push(hash, size, command.op, command.ttl, batch);
    }

    /// A command on one key that does not replace its value.
    fn one(&mut self, command: &Command<'_>, key: &[u8], args: &[&[u8]], batch: &mut Batch) {
        let hash = self.hash(command, key);
        let (mut size, mut ttl) = (None, command.ttl);
        match command.op {
            Op::Delete => {
                if command.name == b"GETDEL" {
                    self.read(command, key, batch);
                }
                self.values.remove(hash);
                ttl = None;
            }
            Op::Expire => {
                let ms = ttl.filter(|ms| *ms != Access::FOREVER);
                let expires = ms.map(|ms| command.time.saturating_add_unsigned(ms));
                self.values.expire(hash, expires);
            }
            Op::Write => {
                let change = (command.name, args);
                let database = command.database_number();
                size = self.values.change(hash, database, command.time, change);
                ttl = Some(Access::KEEP);
            }
            Op::Read | Op::Part => {}
        }
        command.push(hash, size.unwrap_or(0), command.op, ttl, batch);
    }

    fn read(&mut self, command: &Command<'_>, key: &[u8], batch: &mut Batch) {
        let hash = self.hash(command, key);
        command.push(hash, 0, Op::Part, None, batch);
    }

    /// The value and its time to live move to another key.
    fn rename(&mut self, command: &Command<'_>, from: &[u8], to: &[u8], batch: &mut Batch) {
        let (from, to) = (self.hash(command, from), self.hash(command, to));
        let (size, expires) = self.values.remove(from);
        command.push(from, 0, Op::Delete, None, batch);
        let size = size.unwrap_or(0);
        self.values
            .set(to, command.database_number(), size, expires);
        let left = expires.map(|at| at.saturating_sub(command.time).max(0).unsigned_abs());
        command.push(to, size, Op::Write, left.or(Some(Access::FOREVER)), batch);
    }

    /// A database, or all of them, are emptied.
    fn flush(
        &mut self,
        time: i64,
        database: &[u8],
        name: &[u8],
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        if batch.leaves_out(time) {
            return Ok(());
        }
        self.flushes += 1;
        let database = (name == b"FLUSHDB").then(|| integer(database).unwrap_or(0));
        for key in self.values.flush(database) {
            batch.accesses.push(Access::new(time, key, 0, Op::Delete));
        }
        Ok(())
    }

    fn hash(&mut self, command: &Command<'_>, key: &[u8]) -> u64 {
        self.keys
            .named(&[command.database, b"/", &unescape(key)].concat())
    }
}

struct Command<'a> {
    time: i64,
    database: &'a [u8],
    name: &'a [u8],
    op: Op,
    ttl: Option<u64>,
}

impl Command<'_> {
    fn database_number(&self) -> u64 {
        integer(self.database).unwrap_or(0)
    }

    fn push(&self, key: u64, size: u64, op: Op, ttl: Option<u64>, batch: &mut Batch) {
        let access = Access::new(self.time, key, size.min(MAX_SIZE), op);
        batch.accesses.push(access.with_ttl(ttl));
    }
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
        b"RENAME" | b"RENAMENX" => (Write, First),
        b"EXPIRE" | b"PEXPIRE" | b"EXPIREAT" | b"PEXPIREAT" | b"PERSIST" => (Expire, First),
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
        if self.flushes > 0 {
            batch.notes.push(format!(
                "{} FLUSHALL or FLUSHDB: the keys that the log shows to be written before count as deleted, those \
                 only read do not",
                self.flushes
            ));
        }
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

/// Time to live in milliseconds that a command sets; of a whole value without one that it has none.
fn ttl(name: &[u8], args: &[&[u8]], now: i64) -> Option<u64> {
    // What is negative is over.
    let number = |at: usize| {
        let text = args.get(at)?;
        if text.first() == Some(&b'-') {
            return Some(0);
        }
        integer(text)
    };
    let seconds = |n: u64| n.checked_mul(1000);
    let until = |ms: u64| Some(ms.saturating_sub(now.unsigned_abs()));
    match name {
        b"SETEX" | b"EXPIRE" => number(1).and_then(seconds),
        b"PSETEX" | b"PEXPIRE" => number(1),
        b"EXPIREAT" => number(1).and_then(seconds).and_then(until),
        b"PEXPIREAT" => number(1).and_then(until),
        b"PERSIST" | b"MSET" | b"MSETNX" | b"SETNX" | b"GETSET" => Some(Access::FOREVER),
        b"JSON.SET" => Some(Access::KEEP),
        b"SET" | b"GETEX" => {
            let options = args.get(1..)?;
            let at = options.iter().position(|a| {
                matches!(&*a.to_ascii_uppercase(), b"EX" | b"PX" | b"EXAT" | b"PXAT")
            });
            let Some(at) = at.filter(|at| name == b"GETEX" || *at > 0) else {
                let keeps = options
                    .iter()
                    .skip(1)
                    .any(|a| a.eq_ignore_ascii_case(b"KEEPTTL"));
                let none = if keeps { Access::KEEP } else { Access::FOREVER };
                return (name == b"SET").then_some(none);
            };
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
    use crate::access::hash_key;

    /// Sizes of the writes of these commands, one a second.
    fn sizes(commands: &[&str]) -> Vec<u64> {
        let line = |(at, command): (usize, &&str)| {
            let words: Vec<String> = command.split(' ').map(|w| format!("\"{w}\"")).collect();
            format!("{at}.0 [0 a:1] {}\n", words.join(" "))
        };
        let text: String = commands.iter().enumerate().map(line).collect();
        lines(&text).iter().map(|access| access.size).collect()
    }

    #[test]
    fn what_is_added_adds_up_and_other_arguments_are_no_value() {
        assert_eq!(
            sizes(&["SET k 12345", "APPEND k 678", "SETRANGE k 10 ab"]),
            [5, 8, 12]
        );
        assert_eq!(
            sizes(&["SETBIT b 8000000 1", "SETBIT b 7 1"]),
            [1_000_001; 2]
        );
        assert_eq!(
            sizes(&["RPUSH l abc de", "LPUSH l f", "LTRIM l 0 1", "RPOP l"]),
            [5, 6, 4, 1]
        );
        assert_eq!(
            sizes(&["SADD s abc", "SADD s abc de", "SREM s abc"]),
            [3, 5, 2]
        );
        assert_eq!(sizes(&["ZADD z NX 1 abc", "ZREM z abc"]), [11, 0]);
        assert_eq!(
            sizes(&["XADD x * f 12", "XADD x * f 12", "XADD x MAXLEN 5 * f 12"]),
            [3, 6, 0]
        );
        assert_eq!(sizes(&["INCR c", "SET c 100", "INCR c"]), [0, 3, 3]);
        assert_eq!(sizes(&["LTRIM l 0 99", "SREM s a", "SPOP s"]), [0, 0, 0]);
        assert_eq!(sizes(&["SET k 12345", "SET k 1 NX", "SETNX k 1"]), [5]);
    }

    #[test]
    fn times_to_live_end_as_the_commands_say() {
        let got = lines(
            "1.0 [0 a:1] \"SET\" \"k\" \"v\"\n\
             1.0 [0 a:1] \"SET\" \"k\" \"v\" \"KEEPTTL\"\n\
             1.0 [0 a:1] \"PERSIST\" \"k\"\n\
             1.0 [0 a:1] \"APPEND\" \"k\" \"v\"\n\
             1.0 [0 a:1] \"EXPIRE\" \"k\" \"-1\"\n\
             1.0 [0 a:1] \"EXPIRE\" \"k\" \"0\"",
        );
        let ttls: Vec<Option<u64>> = got.iter().map(Access::ttl).collect();
        let (forever, keep) = (Some(Access::FOREVER), Some(Access::KEEP));
        assert_eq!(ttls, [forever, keep, forever, keep, None, None]);
        let ops: Vec<Op> = got.iter().map(Access::op).collect();
        assert_eq!(ops[4..], [Op::Delete, Op::Delete]);
    }

    #[test]
    fn commands_that_do_two_things_are_two_requests() {
        let ops = |text: &str| lines(text).iter().map(Access::op).collect::<Vec<_>>();
        let two = ops("1.0 [0 a:1] \"GETDEL\" \"k\"\n2.0 [0 a:1] \"GETSET\" \"k\" \"v\"");
        assert_eq!(two, [Op::Part, Op::Delete, Op::Part, Op::Write]);
        let flushed = ops(
            "1.0 [0 a:1] \"SET\" \"k\" \"v\"\n1.0 [1 a:1] \"SET\" \"k\" \"v\"\n2.0 [1 a:1] \"FLUSHDB\"\n3.0 [1 a:1] \"FLUSHALL\"",
        );
        assert_eq!(flushed, [Op::Write, Op::Write, Op::Delete, Op::Delete]);
        let moved = lines("1.0 [0 a:1] \"SET\" \"k\" \"abc\"\n2.0 [0 a:1] \"RENAME\" \"k\" \"j\"");
        assert_eq!(
            (moved[1].op(), moved[2].key),
            (Op::Delete, hash_key(b"0/j", 0))
        );
        assert_eq!(moved[2].size, 3);
    }

    fn lines(text: &str) -> Vec<Access> {
        let mut batch = Batch::default();
        let mut monitor = Monitor::new(&Reading::default());
        for line in text.lines() {
            let said = monitor.line(line.as_bytes(), &mut batch);
            assert!(!matches!(said, Err(Reject::Bad(_))), "{line}");
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
