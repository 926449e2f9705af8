//! Rows of known columns to accesses: what a cell must be, and what it means.
//!
//! Rows of an HTTP server follow the rules of [`super::http`]; those of caches and traces say what was
//! done by themselves.

use std::borrow::Cow;

use super::columns::{Cells, Layout, Role};
use super::fields::{integer, moment, operation, thousandths};
use super::http::{HttpRead, cache_result, request, url_parts};
use super::key::{KeyRule, Keys};
use super::servers::S3;
use super::{Batch, Reading, Reject, Traits};
use crate::access::{Access, Logged, MAX_SIZE, Op, Total};

/// Rows to accesses.
pub(crate) struct Rows {
    keys: Keys,
    /// Keys are hashes already and rows without key are totals.
    is_sampled: bool,
    has_size: bool,
    /// Other columns than time, key, size, operation and time to live are there.
    is_http: bool,
    has_clock: bool,
    /// A row may stand for several requests.
    has_count: bool,
    /// Keys are request lines, with their version or not.
    has_request_lines: bool,
    /// Rows whose time is a date alone.
    dates: u64,
    /// What was taken for what, and what the user should know of it.
    notes: Vec<String>,
    /// What the rows are like.
    pub(crate) traits: Traits,
    /// Room for a key of several parts.
    target: Vec<u8>,
}

/// Requests that one row may stand for.
const MOST_REPEATED: u64 = 1 << 20;

impl Rows {
    pub(crate) fn new(reading: &Reading, layout: &Layout, is_sampled: bool) -> Self {
        let has = |role| layout.has(role);
        let count = layout.names[Role::Count as usize].as_deref();
        let assumed = if layout.is_assumed {
            " (assumed: no header)"
        } else {
            ""
        };
        let mut notes = vec![format!("columns {}{assumed}", layout.columns())];
        notes.extend(layout.notes.iter().cloned());
        if is_sampled {
            notes.clear();
        }
        Self {
            keys: Keys::new(reading),
            is_sampled,
            has_size: has(Role::Size),
            is_http: reading.ignore_query
                || matches!(reading.key, KeyRule::Parts { .. })
                || layout.traits.is_http
                || has(Role::Host)
                || has(Role::Query)
                || has(Role::Result),
            has_clock: has(Role::Clock),
            has_count: !is_sampled && count == Some("op_count"),
            has_request_lines: layout.has_request_lines,
            dates: 0,
            notes,
            traits: layout.traits,
            target: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, cells: &Cells<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let time = self.time(cells)?;
        let size = match (self.has_size, cells[Role::Size as usize]) {
            (true, text) if !text.is_empty() && text != b"-" => bytes(text)?,
            _ => None,
        };
        if self.is_sampled {
            return Self::push_sampled(time, size.unwrap_or(0), cells, batch);
        }
        if self.is_http {
            return self.push_http(time, size, cells, batch);
        }
        let op = operation_of(cells)?;
        let key = cells[Role::Key as usize];
        if key.is_empty() {
            return Err(Reject::Bad("no key"));
        }
        let access = Access::new(time, self.keys.named(key), size.unwrap_or(0), op);
        let access = with_ttl(access.unknown_if(size.is_none()), cells)?;
        if self.has_count {
            let count = integer(cells[Role::Count as usize]);
            let count = count.filter(|count| *count <= MOST_REPEATED);
            let count = count.ok_or(Reject::Bad("a count that is no number"))?;
            batch.accesses.extend((0..count).map(|_| access));
        } else {
            batch.accesses.push(access);
        }
        Ok(())
    }

    #[inline]
    fn time(&mut self, cells: &Cells<'_>) -> Result<i64, Reject> {
        const NONE: Reject = Reject::Bad("no time that can be read");
        let time = cells[Role::Time as usize];
        if self.has_clock {
            let both = [time, b" ", cells[Role::Clock as usize]].concat();
            return moment(&both).ok_or(NONE);
        }
        self.dates += u64::from(time.len() == 10 && time[4] == b'-');
        moment(time).ok_or(NONE)
    }

    /// A row of an HTTP log: what was sent need not be the object.
    fn push_http(
        &mut self,
        time: i64,
        size: Option<u64>,
        cells: &Cells<'_>,
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let status = status(cells[Role::Status as usize])?;
        let mut key = cells[Role::Key as usize];
        let line = request(key).filter(|_| self.has_request_lines || is_whole_line(key));
        let op = match line {
            Some((method, target)) => {
                key = target;
                // Where the method has a column of its own, that one counts.
                if cells[Role::Op as usize].is_empty() {
                    operation_of_name(method)?
                } else {
                    operation_of(cells)?
                }
            }
            None => operation_of(cells)?,
        };
        if key.is_empty() {
            return Err(Reject::Bad("no key"));
        }
        let hash = self.key(key, cells, op);
        let logged = result(cells[Role::Result as usize]);
        let http = HttpRead::of(op, status, size);
        // Without a status, an answer without a body may be that of what the reader had already.
        let is_empty = status.is_none() && size == Some(0) && op == Op::Read;
        let http = if is_empty {
            http.with_object(0, false)
        } else {
            http
        };
        let access = Access::new(time, hash, http.object, http.op).with_logged(logged);
        let access = with_ttl(access, cells)?;
        http.push(access, batch);
        Ok(())
    }

    /// The key out of host, path and query string, wherever they are.
    fn key(&mut self, key: &[u8], cells: &Cells<'_>, op: Op) -> u64 {
        let (named, target) = url_parts(key);
        let host = match cells[Role::Host as usize] {
            b"" | b"-" => Cow::Borrowed(named),
            host => host_name(host),
        };
        let query = match cells[Role::Query as usize] {
            b"" | b"-" => b"",
            query => query.strip_prefix(b"?").unwrap_or(query),
        };
        if query.is_empty() || target.contains(&b'?') {
            return self.keys.http(&host, target, op.is_read());
        }
        self.target.clear();
        self.target.push(b'?');
        self.target.extend_from_slice(query);
        self.keys.parts(&host, target, &self.target, op.is_read())
    }

    fn push_sampled(
        time: i64,
        size: u64,
        cells: &Cells<'_>,
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let op = operation_of(cells)?;
        let key = cells[Role::Key as usize];
        if key.is_empty() || key == b"null" {
            let requests =
                integer(cells[Role::Count as usize]).ok_or(Reject::Bad("a total without count"))?;
            batch.totals.push(Total {
                time,
                requests,
                bytes: size,
                is_read: op.is_read(),
            });
            return Ok(());
        }
        let hash = std::str::from_utf8(key)
            .ok()
            .and_then(|k| k.parse::<i64>().ok());
        let hash = hash.ok_or(Reject::Bad("a hash that is no 64-bit number"))?;
        batch
            .accesses
            .push(Access::new(time, hash.cast_unsigned(), size, op));
        Ok(())
    }

    /// What the user should know of the columns.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        batch.bare = self.keys.take_bare();
        batch.notes.append(&mut self.notes);
        if std::mem::take(&mut self.dates) > 0 {
            batch.notes.push(
                "the time is only a date, without time of day: rates and the order within a day are \
                 unknown; join the clock to it, as in `--columns time=day+clock`"
                    .to_owned(),
            );
        }
    }
}

/// What a cell says was done; a whole request line begins with it.
#[inline]
fn operation_of(cells: &Cells<'_>) -> Result<Op, Reject> {
    match cells[Role::Op as usize] {
        b"" => Ok(Op::Read),
        line if line.contains(&b' ') => {
            let (method, _) = request(line).ok_or(Reject::Bad("an operation that is not known"))?;
            operation_of_name(method)
        }
        name => operation_of_name(name),
    }
}

fn operation_of_name(name: &[u8]) -> Result<Op, Reject> {
    if name.contains(&b'.') {
        return S3::op(name).ok_or(Reject::Skip("not about one object"));
    }
    operation(name).ok_or_else(|| {
        let is_word = name
            .iter()
            .all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'));
        if is_word {
            Reject::Skip("other methods")
        } else {
            Reject::Bad("an operation that is not known")
        }
    })
}

/// A request line with its version, which nothing else looks like.
fn is_whole_line(key: &[u8]) -> bool {
    memchr::memmem::rfind(key, b" HTTP/").is_some()
}

fn with_ttl(access: Access, cells: &Cells<'_>) -> Result<Access, Reject> {
    let ttl = cells[Role::Ttl as usize];
    if ttl.is_empty() {
        return Ok(access);
    }
    let ttl = thousandths(ttl).ok_or(Reject::Bad("a TTL that is no number of seconds"))?;
    Ok(access.with_ttl(match ttl {
        // A write without one has a value that never expires.
        0 if access.op() == Op::Write => Some(Access::FOREVER),
        0 => None,
        ttl => Some(ttl),
    }))
}

/// A host as it names a site: without the port that some clients send along, and names have no case.
fn host_name(host: &[u8]) -> Cow<'_, [u8]> {
    let is_port = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let port = memchr::memrchr(b':', host).filter(|at| is_port(&host[at + 1..]));
    let name = &host[..port.unwrap_or(host.len())];
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// What a cache said, in a word or as Akamai does: 1 for a hit, 0 for a miss.
fn result(text: &[u8]) -> Logged {
    match text {
        b"1" => Logged::Hit,
        b"0" => Logged::Miss,
        word => cache_result(word),
    }
}

/// The status of an HTTP response; none where the log has none.
fn status(text: &[u8]) -> Result<Option<u64>, Reject> {
    match text {
        b"" => Ok(None),
        b"-" => Err(Reject::Skip("error responses")),
        text => match status_code(text) {
            Some(status @ 200..400) => Ok(Some(status)),
            Some(_) => Err(Reject::Skip("error responses")),
            None => Err(Reject::Bad("a status that is no number")),
        },
    }
}

/// The number of a status: `200`, `200.0` as data frames write it, `200 OK`.
pub(crate) fn status_code(text: &[u8]) -> Option<u64> {
    let word = match memchr::memchr(b' ', text) {
        Some(3) => &text[..3],
        Some(_) => return None,
        None => text,
    };
    integer(word).or_else(|| {
        let code = thousandths(word)?;
        (code % 1000 == 0).then_some(code / 1000)
    })
}

/// Bytes as an integer; engines may write `123.0`, and what nobody knows in many ways.
fn bytes(text: &[u8]) -> Result<Option<u64>, Reject> {
    let whole = |text| {
        thousandths(text)
            .filter(|t| t % 1000 == 0)
            .map(|t| t / 1000)
    };
    let number = integer(text).or_else(|| whole(text));
    match number.or_else(|| grouped(text)) {
        Some(size) if size <= MAX_SIZE => Ok(Some(size)),
        None if is_unknown(text) => Ok(None),
        _ => Err(Reject::Bad("a size that is no number of bytes")),
    }
}

/// `1,234,567`: a byte has no fraction, so commas group digits.
fn grouped(text: &[u8]) -> Option<u64> {
    let mut groups = text.split(|b| *b == b',');
    let mut number = integer(groups.next().filter(|first| first.len() < 4)?)?;
    for group in groups {
        number = number.checked_mul(1000)? + integer(group).filter(|_| group.len() == 3)?;
    }
    Some(number)
}

/// What programs write where there is no number.
fn is_unknown(text: &[u8]) -> bool {
    const NONE: [&[u8]; 7] = [b"-1", b"null", b"nan", b"none", b"\\N", b"n/a", b"-1.0"];
    NONE.iter().any(|none| none.eq_ignore_ascii_case(text))
}
