//! CloudFront logs: one mapping of fields to accesses for W3C, real-time, JSON and Parquet.
//!
//! Time is when the request began (the log has the end: minus time-taken). The key is host, path
//! and query string as logged. The size is `sc-content-len`, or `sc-bytes` where that is missing;
//! ranges, `HEAD` and 304 show only a lower bound. Errors and redirects made by the edge are
//! skipped. See AWS, "Standard log file fields".

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::fields::{date, integer, moment, thousandths, time_of_day, unescape};
use super::{Batch, LineFormat, Reading, Reject, json};
use crate::access::{Access, Logged, MAX_SIZE, Op, hash_key};

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
    Location,
}

/// Field names of W3C and JSON; Parquet has underscores for the punctuation.
pub(crate) const NAMES: [(Field, &str); 16] = [
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
    (Field::Location, "x-edge-location"),
];

/// Order of the fields of a real-time log that delivers all of them.
const REALTIME: &str = "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol \
    cs-host cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken";

/// The field with this name in any of the spellings.
pub(crate) fn field(name: &str) -> Option<Field> {
    let plain = plain(name);
    let plain = if plain == "cs-host" {
        "cs-host".into()
    } else {
        plain
    };
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
    seed: u64,
    ignore_query: bool,
    key: Vec<u8>,
    edges: BTreeSet<[u8; 3]>,
}

impl Mapper {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            seed: reading.seed,
            ignore_query: reading.ignore_query,
            key: Vec::new(),
            edges: BTreeSet::new(),
        }
    }

    pub(crate) fn access(&mut self, row: &Row<'_>) -> Result<Access, Reject> {
        let get = |field: Field| Some(row[field as usize]).filter(|v| !v.is_empty() && *v != b"-");
        let time = started(&get).ok_or(Reject::Bad("no time that can be read"))?;
        let stem = get(Field::Stem).ok_or(Reject::Bad("no cs-uri-stem"))?;
        let status = get(Field::Status)
            .and_then(integer)
            .ok_or(Reject::Bad("no sc-status"))?;
        let method = get(Field::Method).unwrap_or(b"GET");
        let op = op(method, status, get(Field::Result))?;
        if let Some(edge) = get(Field::Location).and_then(|l| l.first_chunk::<3>()) {
            if self.edges.len() < 2000 {
                self.edges.insert(*edge);
            }
        }
        self.key.clear();
        self.key.extend_from_slice(
            get(Field::HostHeader)
                .or(get(Field::Host))
                .unwrap_or_default(),
        );
        self.key.extend_from_slice(stem);
        if let Some(query) = get(Field::Query).filter(|_| !self.ignore_query) {
            self.key.push(b'?');
            self.key.extend_from_slice(query);
        }
        let (op, size) = size(op, method, status, &get)?;
        let logged = get(Field::Result).map_or(Logged::Unknown, logged);
        Ok(Access::new(time, hash_key(&self.key, self.seed), size, op).with_logged(logged))
    }

    /// The edge locations seen.
    pub(crate) fn take_edges(&mut self) -> BTreeSet<[u8; 3]> {
        std::mem::take(&mut self.edges)
    }
}

fn started<'a>(get: &impl Fn(Field) -> Option<&'a [u8]>) -> Option<i64> {
    let taken = get(Field::TimeTaken).and_then(thousandths).unwrap_or(0);
    let end = match (
        get(Field::TimestampMs).or(get(Field::Timestamp)),
        get(Field::Date),
    ) {
        (Some(stamp), _) => moment(stamp)?,
        (None, Some(day)) => date(day)? + time_of_day(get(Field::Time)?)?,
        (None, None) => return None,
    };
    Some(end.saturating_sub_unsigned(taken))
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

fn op(method: &[u8], status: u64, result: Option<&[u8]>) -> Result<Op, Reject> {
    match result {
        Some(b"Error" | b"LimitExceeded" | b"CapacityExceeded") => {
            Err(Reject::Skip("error responses"))
        }
        Some(b"Redirect") => Err(Reject::Skip("redirects made by the edge")),
        _ => http_op(method, status),
    }
}

fn size<'a>(
    op: Op,
    method: &[u8],
    status: u64,
    get: &impl Fn(Field) -> Option<&'a [u8]>,
) -> Result<(Op, u64), Reject> {
    let bytes = |field| match get(field) {
        None => Ok(None),
        Some(text) => integer(text)
            .filter(|size| *size <= MAX_SIZE)
            .map(Some)
            .ok_or(Reject::Bad("a size that is no number of bytes")),
    };
    let length = bytes(Field::ContentLen)?;
    if op != Op::Read && method != b"HEAD" {
        return Ok((op, length.unwrap_or(0)));
    }
    Ok(match status {
        304 => (Op::Part, 0),
        206 => match bytes(Field::RangeEnd)? {
            Some(end) => (Op::Part, end + 1),
            None => (Op::Part, length.or(bytes(Field::Bytes)?).unwrap_or(0)),
        },
        _ if method == b"HEAD" => (Op::Part, length.unwrap_or(0)),
        _ => (Op::Read, length.or(bytes(Field::Bytes)?).unwrap_or(0)),
    })
}

fn logged(result: &[u8]) -> Logged {
    match result {
        b"Hit" | b"RefreshHit" | b"OriginShieldHit" => Logged::Hit,
        b"Miss" => Logged::Miss,
        _ => Logged::Unknown,
    }
}

/// Tab-separated CloudFront logs: standard (with `#Fields:`) and real-time.
pub(crate) struct W3c {
    mapper: Mapper,
    /// For every column the index of its field.
    columns: Vec<Option<usize>>,
}

impl W3c {
    /// Columns come from the `#Fields:` line.
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            mapper: Mapper::new(reading),
            columns: Vec::new(),
        }
    }

    /// A line in front of W3C text.
    pub(crate) fn starts(line: &[u8]) -> bool {
        line.starts_with(b"#Version:") || line.starts_with(b"#Fields:")
    }

    /// Many columns, the first of which is a time.
    pub(crate) fn is_realtime(line: &[u8]) -> bool {
        let mut cells = line.split(|b| *b == b'\t');
        let first = cells.next().unwrap_or_default();
        thousandths(first).is_some() && cells.count() >= 9
    }

    /// Columns in the documented order of real-time logs, or as `--columns` says.
    pub(crate) fn realtime(reading: &Reading) -> Self {
        let mut w3c = Self::new(reading);
        w3c.set_columns(REALTIME.split_whitespace());
        let given = &reading.columns;
        let chosen = [
            (Field::Timestamp, &given.time),
            (Field::Stem, &given.key),
            (Field::Bytes, &given.size),
            (Field::Method, &given.op),
        ];
        if given.is_given() {
            w3c.columns.clear();
        }
        for (field, column) in chosen {
            let Some(at) = column.as_ref().and_then(|c| c.parse::<usize>().ok()) else {
                continue;
            };
            let at = at.clamp(1, 200) - 1;
            w3c.columns.resize(w3c.columns.len().max(at + 1), None);
            w3c.columns[at] = Some(field as usize);
        }
        w3c
    }

    fn set_columns<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.columns = names
            .take(200)
            .map(|name| field(name).map(|f| f as usize))
            .collect();
    }
}

impl LineFormat for W3c {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        if line.first() == Some(&b'#') {
            if let Some(names) = line.strip_prefix(b"#Fields:") {
                let names = String::from_utf8_lossy(names).into_owned();
                self.set_columns(names.split_whitespace());
            }
            return Err(Reject::Skip("comments"));
        }
        if self.columns.is_empty() {
            return Err(Reject::Bad("a line before `#Fields:`"));
        }
        let mut row: Row<'_> = [b""; NAMES.len()];
        let mut start = 0;
        let mut columns = self.columns.iter();
        let ends = memchr::memchr_iter(b'\t', line).chain([line.len()]);
        for (end, column) in ends.zip(columns.by_ref()) {
            if let Some(field) = column {
                row[*field] = &line[start..end];
            }
            start = end + 1;
        }
        if row[Field::Status as usize].is_empty() && self.columns.contains(&None) {
            return Err(Reject::Bad("too few fields"));
        }
        if row[Field::Status as usize].is_empty() {
            row[Field::Status as usize] = b"200";
        }
        batch.accesses.push(self.mapper.access(&row)?);
        Ok(())
    }

    fn edges(&mut self) -> BTreeSet<[u8; 3]> {
        self.mapper.take_edges()
    }
}

/// CloudFront v2 logs as JSON lines; all values are strings.
pub(crate) struct WebJson {
    mapper: Mapper,
}

impl WebJson {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            mapper: Mapper::new(reading),
        }
    }
}

impl LineFormat for WebJson {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut values: [Option<json::Value<'_>>; NAMES.len()] = [None; NAMES.len()];
        let complete = json::fields(line, |key, value| {
            if let Some(at) = NAMES
                .iter()
                .position(|(_, n)| n.as_bytes().eq_ignore_ascii_case(key))
            {
                values[at] = Some(value);
            }
        });
        if !complete {
            return Err(Reject::Bad("not a JSON object"));
        }
        let texts = values.map(|v| match v {
            Some(v) if v.is_string => unescape(v.text),
            Some(v) if v.text != b"null" => Cow::Borrowed(v.text),
            _ => Cow::Borrowed(&b""[..]),
        });
        let mut row: Row<'_> = [b""; NAMES.len()];
        for (cell, text) in row.iter_mut().zip(&texts) {
            *cell = text;
        }
        batch.accesses.push(self.mapper.access(&row)?);
        Ok(())
    }

    fn edges(&mut self) -> BTreeSet<[u8; 3]> {
        self.mapper.take_edges()
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

    fn access(more: &[(Field, &str)]) -> Result<Access, Reject> {
        let mut mapper = Mapper::new(&Reading::default());
        mapper.access(&row(&[&BASE[..], more].concat()))
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
