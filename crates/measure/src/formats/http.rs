//! What an HTTP request does at a shared cache, and what its response tells of the object.
//!
//! One rule for all servers: status first, then method. It knows no log format.

use super::fields::integer;
use super::{Batch, Reject};
use crate::access::{Access, Logged, Op};

/// `GET /path HTTP/1.1` to method and target; nobody escapes the spaces in a target.
pub(crate) fn request(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii();
    let at = memchr::memchr(b' ', line)?;
    let (method, rest) = (&line[..at], line[at..].trim_ascii());
    let end = memchr::memmem::rfind(rest, b" HTTP/").unwrap_or(rest.len());
    let target = rest[..end].trim_ascii();
    (!method.is_empty() && !target.is_empty()).then_some((method, target))
}

/// Host and path with query of a URL, without scheme and port; of a path all is path.
pub(crate) fn url_parts(url: &[u8]) -> (&[u8], &[u8]) {
    let scheme = url.iter().take(12).position(|b| *b == b':');
    let Some(rest) = scheme.and_then(|at| url[at..].strip_prefix(b"://")) else {
        return (b"", url);
    };
    let path = rest.iter().position(|b| matches!(b, b'/' | b'?'));
    let (host, path) = rest.split_at(path.unwrap_or(rest.len()));
    let port =
        memchr::memrchr(b':', host).filter(|at| host[at + 1..].iter().all(u8::is_ascii_digit));
    (&host[..port.unwrap_or(host.len())], path)
}

/// What `$upstream_cache_status` and its relatives say: `HIT`, `TCP_MEM_HIT`, `HIT-CLUSTER`.
pub(crate) fn cache_result(text: &[u8]) -> Logged {
    const HITS: [&[u8]; 7] = [
        b"hit",
        b"stale",
        b"updating",
        b"revalidated",
        b"refreshhit",
        b"originshieldhit",
        b"memhit",
    ];
    const MISSES: [&[u8]; 5] = [b"miss", b"expired", b"bypass", b"pass", b"pipe"];
    let words = text.split(|b| !b.is_ascii_alphanumeric());
    let (mut hit, mut miss) = (false, false);
    for word in words.take(8) {
        let is = |names: &[&[u8]]| names.iter().any(|name| name.eq_ignore_ascii_case(word));
        hit |= is(&HITS);
        miss |= is(&MISSES);
    }
    match (hit, miss) {
        (true, false) => Logged::Hit,
        (false, true) => Logged::Miss,
        // Two caches that disagree, or none.
        _ => Logged::Unknown,
    }
}

/// The status of a line of a server; one without is that of a request that got no answer.
pub(crate) fn status_of(text: &[u8]) -> Result<u64, Reject> {
    match (text, integer(text)) {
        (b"-" | b"-1" | b"0", _) => Err(Reject::Skip("error responses")),
        (_, Some(status)) if text.len() == 3 => Ok(status),
        // Durations and sizes are numbers as well: a format with other fields is not this one.
        _ => Err(Reject::Bad("a status that is no number of three digits")),
    }
}

/// The operation of an HTTP request at a shared cache, or why it is none.
pub(crate) fn http_op(method: &[u8], status: u64) -> Result<Op, Reject> {
    if !(200..400).contains(&status) {
        return Err(Reject::Skip("error responses"));
    }
    match method {
        b"GET" => Ok(Op::Read),
        b"HEAD" => Ok(Op::Part),
        b"PUT" | b"POST" | b"PATCH" => Ok(Op::Write),
        b"DELETE" => Ok(Op::Delete),
        _ => Err(Reject::Skip("other methods")),
    }
}

/// One response as a read: what it shows of the object, and what it sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HttpRead {
    pub(crate) op: Op,
    /// Size of the object, or a lower bound of it.
    pub(crate) object: u64,
    sent: Option<u64>,
    is_range: bool,
    is_unchanged: bool,
}

impl HttpRead {
    /// A response whose only size is what was sent: a whole answer is the object, a part of it a
    /// lower bound, and headers tell nothing.
    pub(crate) fn of(op: Op, status: Option<u64>, sent: Option<u64>) -> Self {
        let is_head = op == Op::Part;
        let (op, object) = match (op, status, sent) {
            (Op::Read, Some(304), _) | (Op::Part, ..) => (Op::Part, 0),
            (Op::Read, Some(206), sent) => (Op::Part, sent.unwrap_or(0)),
            (Op::Read, _, None) => (Op::Part, 0),
            (op, _, sent) => (op, sent.unwrap_or(0)),
        };
        Self {
            op,
            object,
            sent,
            is_range: status == Some(206) && !is_head,
            is_unchanged: status == Some(304),
        }
    }

    /// The log tells more about the object than what was sent.
    pub(crate) const fn with_object(mut self, object: u64, is_whole: bool) -> Self {
        self.object = object;
        if is_whole && matches!(self.op, Op::Part) {
            self.op = Op::Read;
        } else if !is_whole && matches!(self.op, Op::Read) {
            self.op = Op::Part;
        }
        self
    }

    /// Adds the access, made of [`Self::op`] and [`Self::object`].
    pub(crate) fn push(self, access: Access, batch: &mut Batch) {
        if batch.leaves_out(access.time) {
            return;
        }
        if !self.op.is_read() {
            batch.accesses.push(access);
            return;
        }
        batch.sent.ranges += u64::from(self.is_range);
        batch.sent.unchanged += u64::from(self.is_unchanged);
        match self.sent {
            Some(sent) if self.op == Op::Read && sent == self.object => batch.accesses.push(access),
            Some(sent) => batch.sent(access, sent),
            None => batch.accesses.push(access),
        }
    }
}
