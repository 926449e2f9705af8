//! CloudFront logs: one mapping of fields to accesses for W3C, real-time, JSON and Parquet.
//!
//! Time is when the request began (the log has the end: minus time-taken). The key is the host that
//! the viewer asked for, path and query string. What was sent is `sc-bytes`; the object is
//! `sc-content-len` of a whole answer, and at least the end of a range. Errors and redirects made by
//! the edge are skipped; what the viewer broke off is none. See AWS, "Standard log file fields" and
//! "Use real-time access logs".

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::fields::{date, integer, moment, thousandths, time_of_day};
use super::http::{HttpRead, http_op};
use super::json::{self, Scan};
use super::key::Keys;
use super::stream::ObjectFormat;
use super::{Batch, Names, Reading, Reject, excerpt};
use crate::access::{Access, Logged, MAX_SIZE, Op, hash_key};
use crate::sketch::Sketch;

/// The fields that matter, in the order of [`NAMES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Date,
    Time,
    Timestamp,
    TimestampMs,
    Host,
    HostHeader,
    Stem,
    Query,
    Method,
    Status,
    Bytes,
    ContentLen,
    RangeEnd,
    TimeTaken,
    Result,
    ResponseResult,
    Location,
    RequestId,
}

/// Field names of W3C and JSON; Parquet has underscores for the punctuation.
pub(crate) const NAMES: [(Field, &str); 18] = [
    (Field::Date, "date"),
    (Field::Time, "time"),
    (Field::Timestamp, "timestamp"),
    (Field::TimestampMs, "timestamp(ms)"),
    (Field::Host, "cs(Host)"),
    (Field::HostHeader, "x-host-header"),
    (Field::Stem, "cs-uri-stem"),
    (Field::Query, "cs-uri-query"),
    (Field::Method, "cs-method"),
    (Field::Status, "sc-status"),
    (Field::Bytes, "sc-bytes"),
    (Field::ContentLen, "sc-content-len"),
    (Field::RangeEnd, "sc-range-end"),
    (Field::TimeTaken, "time-taken"),
    (Field::Result, "x-edge-result-type"),
    (Field::ResponseResult, "x-edge-response-result-type"),
    (Field::Location, "x-edge-location"),
    (Field::RequestId, "x-edge-request-id"),
];

/// The field with this name in any of the spellings.
pub(crate) fn field(name: &str) -> Option<Field> {
    let plain = plain(name);
    NAMES
        .iter()
        .find(|(_, n)| self::plain(n) == plain)
        .map(|(f, _)| *f)
}

/// Lower case with `-` for every run of punctuation.
fn plain(name: &str) -> String {
    let words = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

/// One row's fields; empty means absent.
pub(crate) type Row<'a> = [&'a [u8]; NAMES.len()];

/// Rows to accesses.
pub(crate) struct Mapper {
    keys: Keys,
    /// The log is a real-time one: its two fields of hosts have changed places, and paths have their
    /// query string.
    is_realtime: bool,
    edges: BTreeSet<[u8; 3]>,
    ids: Sketch,
    names: Names,
    /// The pair of names that came last.
    last_names: (Vec<u8>, Vec<u8>),
    /// Fields that the log does not have although the numbers need them, once they are chosen.
    missing: Vec<&'static str>,
}

impl Mapper {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            is_realtime: false,
            edges: BTreeSet::new(),
            ids: Sketch::default(),
            names: Names::new(),
            last_names: (Vec::new(), Vec::new()),
            missing: Vec::new(),
        }
    }

    pub(crate) const fn realtime(mut self) -> Self {
        self.is_realtime = true;
        self
    }

    /// The log has these fields: those without which the numbers mean less are told.
    pub(crate) fn choose<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        let fields: Vec<Field> = names.filter_map(field).collect();
        let needed = [
            (Field::Status, "sc-status (errors count as reads)"),
            (Field::Method, "cs-method (all requests count as GET)"),
        ];
        let missing = needed
            .into_iter()
            .filter(|(field, _)| !fields.contains(field));
        self.missing = missing.map(|(_, what)| what).collect();
        // Paths of real-time logs have their query string.
        if !self.is_realtime && !fields.contains(&Field::Query) {
            self.missing
                .push("cs-uri-query (requests that differ in it are one key)");
        }
        if !fields.contains(&Field::Host) && !fields.contains(&Field::HostHeader) {
            self.missing.push("x-host-header (hosts are one)");
        }
    }

    /// A row of chosen fields: where the log has no status, there is none to be wrong.
    pub(crate) fn push_chosen(
        &mut self,
        row: &mut Row<'_>,
        batch: &mut Batch,
    ) -> Result<(), Reject> {
        let status = &mut row[Field::Status as usize];
        if status.is_empty()
            && self
                .missing
                .iter()
                .any(|what| what.starts_with("sc-status"))
        {
            *status = b"200";
        }
        self.push(row, batch)
    }

    pub(crate) fn push(&mut self, row: &Row<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let get = |field: Field| Some(row[field as usize]).filter(|v| !v.is_empty() && *v != b"-");
        let time = started(&get).ok_or(Reject::Bad("no time that can be read"))?;
        let stem = get(Field::Stem).ok_or(Reject::Bad("no cs-uri-stem"))?;
        let status = get(Field::Status)
            .and_then(integer)
            .ok_or(Reject::Bad("no sc-status"))?;
        let method = get(Field::Method).unwrap_or(b"GET");
        let result = result(status, get(Field::Result), get(Field::ResponseResult))?;
        let op = http_op(method, status)?;
        if let Some(edge) = get(Field::Location).and_then(|l| l.first_chunk::<3>()) {
            if self.edges.len() < 2000 {
                self.edges.insert(*edge);
            }
        }
        let hosts = (get(Field::Host), get(Field::HostHeader));
        let hash = self.key(hosts, stem, get(Field::Query), op.is_read());
        if let Some(id) = get(Field::RequestId) {
            self.ids.add(hash_key(id, 0), 1);
        }
        let read = read(op, status, &get)?;
        let logged = result.map_or(Logged::Unknown, logged);
        let access = Access::new(time, hash, read.object, read.op);
        read.push(access.with_logged(logged), batch);
        Ok(())
    }

    /// The key out of host, path and query string.
    fn key(
        &mut self,
        (host, header): (Option<&[u8]>, Option<&[u8]>),
        stem: &[u8],
        query: Option<&[u8]>,
        is_read: bool,
    ) -> u64 {
        let (asked, own) = if self.is_realtime {
            (host, header)
        } else {
            (header, host)
        };
        if let (Some(asked), Some(own)) = (asked, own) {
            self.see_names(own, asked);
        }
        let asked = asked.or(own).unwrap_or_default();
        let inside = memchr::memchr(b'?', stem);
        let (path, inside) = stem.split_at(inside.unwrap_or(stem.len()));
        match query {
            Some(query) if inside.len() < 2 => {
                let query = [b"?", query].concat();
                self.keys.parts(asked, path, &query, is_read)
            }
            _ if inside.len() < 2 => self.keys.parts(asked, path, b"", is_read),
            _ => self.keys.parts(asked, path, inside, is_read),
        }
    }

    /// Most requests have the names of the one before.
    fn see_names(&mut self, own: &[u8], asked: &[u8]) {
        const DISTRIBUTIONS: usize = 100;
        const NAMES: usize = 100;
        if self.last_names.0 == own && self.last_names.1 == asked {
            return;
        }
        self.last_names = (own.to_vec(), asked.to_vec());
        let own = excerpt(own);
        if self.names.len() == DISTRIBUTIONS && !self.names.contains_key(&own) {
            return;
        }
        let names = self.names.entry(own).or_default();
        if names.len() < NAMES {
            names.insert(excerpt(asked));
        }
    }

    /// Hands over what was seen besides requests.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        if !self.missing.is_empty() {
            let missing = std::mem::take(&mut self.missing).join(", ");
            batch.notes.push(format!("the log has no field {missing}"));
        }
        batch.edges = std::mem::take(&mut self.edges);
        batch.ids = std::mem::take(&mut self.ids);
        batch.names = std::mem::take(&mut self.names);
        batch.bare = self.keys.take_bare();
    }
}

fn started<'a>(get: &impl Fn(Field) -> Option<&'a [u8]>) -> Option<i64> {
    let taken = get(Field::TimeTaken).and_then(thousandths).unwrap_or(0);
    let end = match (
        get(Field::TimestampMs).or(get(Field::Timestamp)),
        get(Field::Date),
    ) {
        (Some(stamp), _) => moment(stamp)?,
        (None, Some(day)) => {
            let clock = get(Field::Time)?;
            match clock {
                // What Parquet and Athena make of it may have a fraction.
                [_, _, b':', _, _, b':', _, _, b'.', ..] => moment(&[day, b" ", clock].concat())?,
                clock => date(day)? + time_of_day(clock)?,
            }
        }
        (None, None) => return None,
    };
    Some(end.saturating_sub_unsigned(taken))
}

/// What the edge did, or why the line is no request for an object. An error with a good status whose
/// first result was none is a download that the viewer broke off.
fn result<'a>(
    status: u64,
    result: Option<&'a [u8]>,
    response: Option<&'a [u8]>,
) -> Result<Option<&'a [u8]>, Reject> {
    match result {
        Some(b"Error") if (200..400).contains(&status) => match response {
            Some(b"Error") | None => Err(Reject::Skip("error responses")),
            first => Ok(first),
        },
        Some(b"Error" | b"LimitExceeded" | b"CapacityExceeded") => {
            Err(Reject::Skip("error responses"))
        }
        Some(b"Redirect") => Err(Reject::Skip("redirects made by the edge")),
        other => Ok(other),
    }
}

/// What the response shows of the object, and what it sent.
fn read<'a>(
    op: Op,
    status: u64,
    get: &impl Fn(Field) -> Option<&'a [u8]>,
) -> Result<HttpRead, Reject> {
    let bytes = |field| match get(field) {
        None => Ok(None),
        Some(text) => integer(text)
            .filter(|size| *size <= MAX_SIZE)
            .map(Some)
            .ok_or(Reject::Bad("a size that is no number of bytes")),
    };
    let (sent, length) = (bytes(Field::Bytes)?, bytes(Field::ContentLen)?);
    let read = HttpRead::of(op, Some(status), sent);
    let is_broken_off = get(Field::Result) == Some(b"Error");
    Ok(match (op, status) {
        // A range of which the log tells no end has 0 there.
        (Op::Read, 206) => {
            let end = bytes(Field::RangeEnd)?.filter(|end| *end > 0);
            let end = end.map(|end| end + 1);
            read.with_object(end.max(length).or(sent).unwrap_or(0), false)
        }
        (Op::Read, 304) => read,
        (Op::Read, _) => match length {
            Some(length) => read.with_object(length, true),
            None if is_broken_off => read.with_object(sent.unwrap_or(0), false),
            None => read,
        },
        (Op::Part, 304) => read,
        (Op::Part, _) => read.with_object(length.unwrap_or(0), false),
        _ => read.with_object(length.unwrap_or(0), true),
    })
}

fn logged(result: &[u8]) -> Logged {
    match result {
        b"Hit" | b"RefreshHit" | b"OriginShieldHit" => Logged::Hit,
        b"Miss" => Logged::Miss,
        _ => Logged::Unknown,
    }
}

/// CloudFront v2 and real-time logs as JSON; values are strings.
pub(crate) struct WebJson {
    mapper: Mapper,
    /// Names as they are spelled in this log.
    names: [String; NAMES.len()],
}

impl WebJson {
    /// The log starts with `head`.
    pub(crate) fn new(head: &[u8], reading: &Reading) -> Self {
        let is_table = memchr::memmem::find(head, b"cs_uri_stem").is_some();
        let mut mapper = Mapper::new(reading);
        let mut seen = Vec::new();
        json::records(head, |object| {
            json::fields(object, |key, _| {
                seen.push(String::from_utf8_lossy(key).into_owned())
            });
        });
        mapper.choose(seen.iter().map(String::as_str));
        Self {
            mapper,
            names: NAMES.map(|(_, name)| {
                if is_table {
                    plain(name).replace('-', "_")
                } else {
                    name.to_owned()
                }
            }),
        }
    }
}

impl ObjectFormat for WebJson {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let mut values: [Option<json::Value<'_>>; NAMES.len()] = [None; NAMES.len()];
        let mut is_realtime = false;
        let scan = json::fields(text, |key, value| {
            if let Some(at) = self
                .names
                .iter()
                .position(|n| n.as_bytes().eq_ignore_ascii_case(key))
            {
                values[at] = Some(value);
            } else if key == b"cs-host" {
                values[Field::Host as usize] = Some(value);
                is_realtime = true;
            }
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        self.mapper.is_realtime = is_realtime;
        let texts = values.map(|value| value.map_or(Cow::Borrowed(&b""[..]), |v| v.plain()));
        let mut row: Row<'_> = [b""; NAMES.len()];
        for (cell, text) in row.iter_mut().zip(&texts) {
            *cell = text;
        }
        Ok((len, self.mapper.push_chosen(&mut row, batch)))
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.mapper.finish(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(fields: &[(Field, &'a str)]) -> Row<'a> {
        let mut row: Row<'_> = [b""; NAMES.len()];
        for (field, value) in fields {
            row[*field as usize] = value.as_bytes();
        }
        row
    }

    const BASE: [(Field, &str); 7] = [
        (Field::Date, "2026-11-25"),
        (Field::Time, "10:20:30"),
        (Field::TimeTaken, "1.500"),
        (Field::Host, "d1.cloudfront.net"),
        (Field::Stem, "/a.png"),
        (Field::Query, "-"),
        (Field::Bytes, "900"),
    ];

    fn batch(more: &[(Field, &str)]) -> Result<Batch, Reject> {
        let mut batch = Batch::default();
        let mut mapper = Mapper::new(&Reading::default());
        mapper.push(&row(&[&BASE[..], more].concat()), &mut batch)?;
        Ok(batch)
    }

    fn access(more: &[(Field, &str)]) -> Result<Access, Reject> {
        Ok(batch(more)?.accesses[0])
    }

    #[test]
    fn what_was_sent_is_not_the_object() {
        let range = batch(&[(Field::Status, "206"), (Field::RangeEnd, "4095")]).unwrap();
        assert_eq!((range.sent.bytes, range.sent.ranges), (900, 1));
        let fresh = batch(&[(Field::Status, "304")]).unwrap();
        assert_eq!((fresh.sent.bytes, fresh.accesses[0].size), (900, 0));
        let whole = batch(&[(Field::Status, "200"), (Field::ContentLen, "500")]).unwrap();
        assert_eq!((whole.sent.bytes, whole.accesses[0].size), (900, 500));
        let zero = batch(&[(Field::Status, "206"), (Field::RangeEnd, "0")]).unwrap();
        assert_eq!(zero.accesses[0].size, 900);
    }

    #[test]
    fn a_download_that_the_viewer_broke_off_is_a_read() {
        let with = |response| {
            access(&[
                (Field::Status, "200"),
                (Field::Result, "Error"),
                (Field::ResponseResult, response),
            ])
        };
        assert_eq!(with("Hit").unwrap().logged(), Logged::Hit);
        assert_eq!(with("Error"), Err(Reject::Skip("error responses")));
    }

    #[test]
    fn the_key_has_the_host_that_the_viewer_asked_for() {
        let fields = [
            (Field::HostHeader, "www.shop.example"),
            (Field::Stem, "/a?b=1"),
            (Field::Query, "b=1"),
            (Field::Status, "200"),
        ];
        let standard = access(&fields).unwrap();
        assert_eq!(standard.key, hash_key(b"www.shop.example/a?b=1", 0));
        let mut batch = Batch::default();
        let mut mapper = Mapper::new(&Reading::default()).realtime();
        mapper
            .push(&row(&[&BASE[..], &fields].concat()), &mut batch)
            .unwrap();
        assert_eq!(
            batch.accesses[0].key,
            hash_key(b"d1.cloudfront.net/a?b=1", 0)
        );
    }

    #[test]
    fn names_are_in_the_order_of_the_fields() {
        for (at, (field, name)) in NAMES.iter().enumerate() {
            assert_eq!(*field as usize, at);
            assert_eq!(super::field(name), Some(*field));
        }
        assert_eq!(field("cs_host"), Some(Field::Host));
        assert_eq!(field("timestamp_ms"), Some(Field::TimestampMs));
        assert_eq!(field("sc_content_len"), Some(Field::ContentLen));
    }

    #[test]
    fn the_time_is_when_the_request_began() {
        let a = access(&[(Field::Status, "200")]).unwrap();
        assert_eq!(a.time, moment(b"2026-11-25T10:20:28.500Z").unwrap());
        assert_eq!((a.op(), a.size), (Op::Read, 900));
        assert_eq!(a.key, hash_key(b"d1.cloudfront.net/a.png", 0));
    }

    #[test]
    fn partial_responses_are_lower_bounds_and_errors_are_skipped() {
        let range = access(&[(Field::Status, "206"), (Field::RangeEnd, "4095")]).unwrap();
        assert_eq!((range.op(), range.size), (Op::Part, 4096));
        let head = [
            (Field::Status, "200"),
            (Field::Method, "HEAD"),
            (Field::ContentLen, "5"),
        ];
        let head = access(&head).unwrap();
        assert_eq!((head.op(), head.size), (Op::Part, 5));
        let fresh = access(&[(Field::Status, "304"), (Field::Result, "RefreshHit")]).unwrap();
        assert_eq!(
            (fresh.op(), fresh.size, fresh.logged()),
            (Op::Part, 0, Logged::Hit)
        );
        for status in ["000", "404", "503"] {
            assert_eq!(
                access(&[(Field::Status, status)]),
                Err(Reject::Skip("error responses"))
            );
        }
        let put = access(&[(Field::Status, "200"), (Field::Method, "POST")]).unwrap();
        assert_eq!(put.op(), Op::Write);
    }
}
