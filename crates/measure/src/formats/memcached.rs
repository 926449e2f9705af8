//! Output of memcached's `watch fetchers mutations`: key, size, hit or miss and time to live.
//!
//! A store looks its key up first and logs that as well: such a lookup is no read, so every read
//! waits for the next line of its connection.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fields::integer;
use super::key::Keys;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, Logged, MAX_SIZE, Op};

/// Connections that are remembered.
const CONNECTIONS: usize = 1 << 16;

/// `ts=1793872800.808832 gid=2 type=item_get key=user_6 status=found clsid=5 cfd=25 size=402`.
pub(crate) struct Watch {
    keys: Keys,
    /// The last read of each connection.
    waiting: BTreeMap<u64, Access>,
    lost: bool,
}

/// The fields of a line.
#[derive(Default)]
struct Line<'a> {
    time: &'a [u8],
    kind: &'a [u8],
    key: &'a [u8],
    status: &'a [u8],
    connection: &'a [u8],
    size: &'a [u8],
    ttl: &'a [u8],
    is_skipped: bool,
}

impl<'a> Line<'a> {
    fn of(line: &'a [u8]) -> Self {
        let mut fields = Self::default();
        for word in line.split(|b| *b == b' ') {
            let at = memchr::memchr(b'=', word).unwrap_or(word.len());
            let value = word.get(at + 1..).unwrap_or_default();
            match &word[..at] {
                b"ts" => fields.time = value,
                b"type" => fields.kind = value,
                b"key" => fields.key = value,
                b"status" => fields.status = value,
                b"cfd" => fields.connection = value,
                b"size" => fields.size = value,
                b"ttl" => fields.ttl = value,
                b"skipped" => fields.is_skipped = true,
                _ => {}
            }
        }
        fields
    }
}

/// Seconds and microseconds, which are not padded: `5.99667` is 5.099667.
fn time(text: &[u8]) -> Option<i64> {
    let dot = memchr::memchr(b'.', text)?;
    let (seconds, micros) = (integer(&text[..dot])?, integer(&text[dot + 1..])?);
    let ms = seconds.checked_mul(1000)?.checked_add(micros / 1000)?;
    i64::try_from(ms).ok()
}

/// A key with its percent escapes undone.
fn key(text: &[u8]) -> Cow<'_, [u8]> {
    percent_encoding::percent_decode(text).into()
}

impl Watch {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            waiting: BTreeMap::new(),
            lost: false,
        }
    }

    /// A line starts with its time and has a type.
    pub(crate) fn is_like(line: &[u8]) -> bool {
        line.starts_with(b"ts=") && memchr::memmem::find(line, b" type=").is_some()
    }

    /// What waits for a connection is a read after all.
    fn flush(&mut self, connection: u64, batch: &mut Batch) {
        if let Some(read) = self.waiting.remove(&connection) {
            batch.accesses.push(read);
        }
    }
}

impl LineFormat for Watch {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        if line == b"OK" {
            return Err(Reject::Skip("not about a key"));
        }
        let line = Line::of(line);
        if line.is_skipped {
            self.lost = true;
            return Err(Reject::Skip("lines that the watcher missed"));
        }
        let time = time(line.time).ok_or(Reject::Bad("no time that can be read"))?;
        if line.kind.is_empty() {
            return Err(Reject::Bad("no type"));
        }
        let connection = integer(line.connection).unwrap_or(u64::MAX);
        let hash = self.keys.named(&key(line.key));
        let size = match line.size {
            b"" => 0,
            text => integer(text)
                .filter(|size| *size <= MAX_SIZE)
                .ok_or(Reject::Bad("a size that is no number of bytes"))?,
        };
        match line.kind {
            b"item_get" => {
                self.flush(connection, batch);
                let read = if line.status == b"found" {
                    Access::read(time, hash, size).with_logged(Logged::Hit)
                } else {
                    Access::new(time, hash, 0, Op::Part).with_logged(Logged::Miss)
                };
                if self.waiting.len() == CONNECTIONS {
                    let all = std::mem::take(&mut self.waiting);
                    batch.accesses.extend(all.into_values());
                }
                self.waiting.insert(connection, read);
                Ok(())
            }
            b"item_store" => {
                let lookup = self.waiting.get(&connection);
                if lookup.is_some_and(|read| read.key == hash) {
                    self.waiting.remove(&connection);
                } else {
                    self.flush(connection, batch);
                }
                if line.status != b"stored" {
                    return Err(Reject::Skip("writes that were not stored"));
                }
                // A value that is stored without one never expires, whatever was there before.
                let ttl = match integer(line.ttl) {
                    Some(0) => Some(Access::FOREVER),
                    seconds => seconds.and_then(|seconds| seconds.checked_mul(1000)),
                };
                let write = Access::new(time, hash, size, Op::Write);
                batch.accesses.push(write.with_ttl(ttl));
                Ok(())
            }
            b"deleted" => {
                self.flush(connection, batch);
                batch.accesses.push(Access::new(time, hash, 0, Op::Delete));
                Ok(())
            }
            _ => Err(Reject::Skip("not a read or write")),
        }
    }

    fn finish(&mut self, batch: &mut Batch) {
        let all = std::mem::take(&mut self.waiting);
        batch.accesses.extend(all.into_values());
        batch.notes.push(
            "memcached logs the lookup of `incr`, `decr`, `touch` and `delete` as a read, and nothing \
             tells them apart"
                .to_owned(),
        );
        if self.lost {
            batch.notes.push(
                "the watcher lagged and lines are missing (`skipped=`): the log is incomplete, and \
                 hits look like misses"
                    .to_owned(),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::hash_key;

    #[test]
    fn the_lookup_of_a_store_is_no_read_and_microseconds_are_not_padded() {
        let mut watch = Watch::new(&Reading::default());
        let mut batch = Batch::default();
        for line in [
            "ts=10.99667 gid=1 type=item_get key=a%3A1 status=not_found clsid=0 cfd=25 size=0",
            "ts=10.100667 gid=2 type=item_get key=a%3A1 status=not_found clsid=0 cfd=25 size=0",
            "ts=10.100700 gid=3 type=item_get key=b status=found clsid=0 cfd=26 size=7",
            "ts=10.100800 gid=4 type=item_store key=a%3A1 status=stored cmd=set ttl=5 clsid=5 cfd=25 size=402",
        ] {
            watch.line(line.as_bytes(), &mut batch).unwrap();
        }
        watch.finish(&mut batch);
        let all: Vec<_> = batch
            .accesses
            .iter()
            .map(|a| (a.op(), a.time, a.size))
            .collect();
        let want = [
            (Op::Part, 10_099, 0),
            (Op::Write, 10_100, 402),
            (Op::Read, 10_100, 7),
        ];
        assert_eq!(all, want);
        assert_eq!(batch.accesses[1].ttl(), Some(5000));
        assert_eq!(batch.accesses[1].key, hash_key(b"a:1", 0));
    }
}
