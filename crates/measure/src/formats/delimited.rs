//! Generic rows: delimited text and JSON lines whose columns have names or positions, the
//! CloudPhysics CSV, and the sampled references that `--emit-sql` produces.
//!
//! Which column is what is found in [`super::columns`]. Line breaks inside quoted fields are not
//! supported.

use std::borrow::Cow;

use super::columns::{Cells, Layout, ROLES, Role};
use super::fields::{integer, is_method, moment, operation, thousandths};
use super::http::HttpRead;
use super::json::{self, Scan};
use super::key::{KeyRule, Keys};
use super::plain::PlainLines;
use super::stream::ObjectFormat;
use super::{Batch, LineFormat, Reading, Reject};
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
    /// Rows whose time is a date alone.
    dates: u64,
    /// Which columns were taken without anybody having named them.
    assumed: Option<String>,
}

impl Rows {
    pub(crate) fn new(reading: &Reading, layout: &Layout, is_sampled: bool) -> Self {
        let has = |role| layout.roles.contains(&Some(role));
        Self {
            keys: Keys::new(reading),
            is_sampled,
            has_size: has(Role::Size),
            is_http: reading.ignore_query
                || matches!(reading.key, KeyRule::Parts { .. })
                || has(Role::Status)
                || has(Role::Host)
                || has(Role::Result),
            has_clock: has(Role::Clock),
            dates: 0,
            assumed: layout.is_assumed.then(|| layout.columns()),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, cells: &Cells<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let time = self.time(cells)?;
        let size = match (self.has_size, cells[Role::Size as usize]) {
            (true, text) if !text.is_empty() && text != b"-" => Some(bytes(text)?),
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
        batch
            .accesses
            .push(with_ttl(access.unknown_if(size.is_none()), cells)?);
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
        let mut op = operation_of(cells)?;
        let mut key = cells[Role::Key as usize];
        if let Some((method, target)) = request_line(key) {
            // Where the method has a column of its own, that one counts.
            if cells[Role::Op as usize].is_empty() {
                op = operation_of_name(method)?;
            }
            key = target;
        }
        if key.is_empty() {
            return Err(Reject::Bad("no key"));
        }
        let hash = self
            .keys
            .http(cells[Role::Host as usize], key, op.is_read());
        let logged = cache_result(cells[Role::Result as usize]);
        let http = HttpRead::of(op, status, size);
        let access = Access::new(time, hash, http.object, http.op).with_logged(logged);
        let access = with_ttl(access, cells)?;
        http.push(access, batch);
        Ok(())
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
        if let Some(columns) = self.assumed.take() {
            batch
                .notes
                .push(format!("columns {columns} (assumed: no header)"));
        }
        if std::mem::take(&mut self.dates) > 0 {
            batch.notes.push(
                "the time is only a date, without time of day: rates and the order within a day are \
                 unknown; join the clock to it, as in `--columns time=day+clock`"
                    .to_owned(),
            );
        }
    }
}

/// What a cell says was done.
#[inline]
fn operation_of(cells: &Cells<'_>) -> Result<Op, Reject> {
    match cells[Role::Op as usize] {
        b"" => Ok(Op::Read),
        name => operation_of_name(name),
    }
}

fn operation_of_name(name: &[u8]) -> Result<Op, Reject> {
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

/// Method and target of `GET /a HTTP/1.1`, as nginx and others log the whole line.
fn request_line(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memmem::rfind(key, b" HTTP/")?;
    let at = memchr::memchr(b' ', &key[..end])?;
    let (method, target) = (&key[..at], key[at + 1..end].trim_ascii());
    is_method(method).then_some((method, target))
}

fn with_ttl(access: Access, cells: &Cells<'_>) -> Result<Access, Reject> {
    let ttl = cells[Role::Ttl as usize];
    if ttl.is_empty() {
        return Ok(access);
    }
    let ttl = thousandths(ttl).ok_or(Reject::Bad("a TTL that is no number of seconds"))?;
    Ok(access.with_ttl(Some(ttl).filter(|ms| *ms > 0)))
}

/// The status of an HTTP response; none where the log has none.
fn status(text: &[u8]) -> Result<Option<u64>, Reject> {
    match text {
        b"" => Ok(None),
        b"-" => Err(Reject::Skip("error responses")),
        text => match integer(text) {
            Some(status @ 200..400) => Ok(Some(status)),
            Some(_) => Err(Reject::Skip("error responses")),
            None => Err(Reject::Bad("a status that is no number")),
        },
    }
}

/// What `$upstream_cache_status` and its relatives say.
pub(crate) fn cache_result(text: &[u8]) -> Logged {
    let is = |words: &[&str]| {
        let mut words = words.iter().map(|word| word.as_bytes());
        words.any(|word| word.eq_ignore_ascii_case(text))
    };
    if is(&["hit", "stale", "updating", "revalidated"]) {
        Logged::Hit
    } else if is(&["miss", "expired", "bypass"]) {
        Logged::Miss
    } else {
        Logged::Unknown
    }
}

/// Bytes as an integer; engines may write `123.0`.
fn bytes(text: &[u8]) -> Result<u64, Reject> {
    integer(text)
        .or_else(|| thousandths(text).map(|t| t / 1000))
        .filter(|size| *size <= MAX_SIZE)
        .ok_or(Reject::Bad("a size that is no number of bytes"))
}

/// Delimited text.
pub(crate) struct Delimited {
    rows: Rows,
    layout: Layout,
    /// Role of every column, or none, up to the last one needed.
    slots: Vec<u8>,
    /// Reads most lines, when only time, key and size are needed and one byte separates columns.
    plain: Option<PlainLines>,
    is_first: bool,
}

const NO_SLOT: u8 = u8::MAX;

impl Delimited {
    pub(crate) fn new(reading: &Reading, layout: Layout, is_sampled: bool) -> Self {
        let last = layout
            .roles
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |at| at + 1);
        let slots = layout.roles[..last]
            .iter()
            .map(|r| r.map_or(NO_SLOT, |r| r as u8))
            .collect();
        let is_whole = !matches!(reading.key, KeyRule::Groups(_));
        let is_simple = is_whole && !is_sampled && layout.separator != b' ';
        let plain = PlainLines::new(reading, layout.separator, &layout.roles[..last]);
        Self {
            rows: Rows::new(reading, &layout, is_sampled),
            layout,
            slots,
            plain: plain.filter(|_| is_simple),
            is_first: true,
        }
    }

    /// Splits at single separators; false when there is a quote.
    #[inline]
    fn split<'a>(&self, line: &'a [u8], cells: &mut Cells<'a>) -> bool {
        if memchr::memchr(b'"', line).is_some() {
            return false;
        }
        let mut rest = line;
        for slot in &self.slots {
            let len = find(self.layout.separator, rest);
            if *slot != NO_SLOT {
                cells[*slot as usize] = rest[..len].trim_ascii();
            }
            match rest.get(len + 1..) {
                Some(after) => rest = after,
                None => break,
            }
        }
        true
    }

    /// Splits at runs of spaces; false when there is a quote.
    fn split_spaces<'a>(&self, line: &'a [u8], cells: &mut Cells<'a>) -> bool {
        if memchr::memchr(b'"', line).is_some() {
            return false;
        }
        let words = line
            .split(u8::is_ascii_whitespace)
            .filter(|w| !w.is_empty());
        for (word, slot) in words.zip(&self.slots) {
            if *slot != NO_SLOT {
                cells[*slot as usize] = word;
            }
        }
        true
    }

    /// Splits a line with quoted fields, in which quotes are doubled.
    fn quoted<'a>(&self, line: &'a [u8]) -> Option<[Cow<'a, [u8]>; ROLES]> {
        let mut cells: [Cow<'a, [u8]>; ROLES] = Default::default();
        let mut rest = line;
        for slot in &self.slots {
            let trimmed = rest.trim_ascii_start();
            let (cell, after) = if trimmed.first() == Some(&b'"') {
                quoted_cell(&trimmed[1..])?
            } else {
                let end = memchr::memchr(self.layout.separator, rest).unwrap_or(rest.len());
                (Cow::Borrowed(rest[..end].trim_ascii()), &rest[end..])
            };
            if *slot != NO_SLOT {
                cells[*slot as usize] = cell;
            }
            let next = memchr::memchr(self.layout.separator, after);
            rest = next.map_or(&b""[..], |at| &after[at + 1..]);
            if self.layout.separator == b' ' {
                rest = rest.trim_ascii_start();
            }
        }
        Some(cells)
    }
}

/// Position of the first `byte`, or the length; eight bytes at a time, which for the short fields
/// of a log beats a call of `memchr`.
#[inline]
fn find(byte: u8, text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let pattern = ONES * u64::from(byte);
    let mut at = 0;
    while let Some(eight) = text[at..].first_chunk::<8>() {
        let x = u64::from_le_bytes(*eight) ^ pattern;
        let zeros = x.wrapping_sub(ONES) & !x & (ONES << 7);
        if zeros != 0 {
            return at + zeros.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    text[at..]
        .iter()
        .position(|b| *b == byte)
        .map_or(text.len(), |len| at + len)
}

/// The text up to the closing quote and what follows it.
fn quoted_cell(body: &[u8]) -> Option<(Cow<'_, [u8]>, &[u8])> {
    let mut at = 0;
    let mut doubled = false;
    loop {
        let found = at + memchr::memchr(b'"', body.get(at..)?)?;
        if body.get(found + 1) != Some(&b'"') {
            let text = &body[..found];
            let text = if doubled {
                Cow::Owned(undouble(text))
            } else {
                Cow::Borrowed(text)
            };
            return Some((text, &body[found + 1..]));
        }
        doubled = true;
        at = found + 2;
    }
}

fn undouble(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        out.push(*byte);
        if *byte == b'"' {
            bytes.next();
        }
    }
    out
}

impl LineFormat for Delimited {
    fn is_plain(&self, block: &[u8]) -> bool {
        self.plain.is_some() && memchr::memchr(b'"', block).is_none()
    }

    fn plain(&mut self, text: &[u8], batch: &mut Batch) -> (u64, usize) {
        match &self.plain {
            Some(plain) if !self.is_first => plain.read(text, batch),
            _ => (0, 0),
        }
    }

    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        if std::mem::take(&mut self.is_first) && self.layout.has_header {
            return Err(Reject::Skip("header lines"));
        }
        if line.first() == Some(&b'#') {
            return Err(Reject::Skip("comments"));
        }
        let mut cells: Cells<'_> = [b""; ROLES];
        let is_split = if self.layout.separator == b' ' {
            self.split_spaces(line, &mut cells)
        } else {
            self.split(line, &mut cells)
        };
        if !is_split {
            let owned = self
                .quoted(line)
                .ok_or(Reject::Bad("a quote that does not end"))?;
            let mut cells: Cells<'_> = [b""; ROLES];
            for (cell, text) in cells.iter_mut().zip(&owned) {
                *cell = text;
            }
            return self.rows.push(&cells, batch);
        }
        self.rows.push(&cells, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.rows.finish(batch);
    }
}

/// Generic JSON objects.
pub(crate) struct JsonRows {
    rows: Rows,
    /// Names of the fields by role, and whether they are inside others.
    names: Vec<(Role, String, bool)>,
}

impl JsonRows {
    pub(crate) fn new(reading: &Reading, layout: &Layout, is_sampled: bool) -> Self {
        let roles = layout.roles.iter().flatten();
        let name = |role: &Role| {
            let name = layout.names[*role as usize].clone()?;
            let is_nested = name.contains('.');
            Some((*role, name, is_nested))
        };
        Self {
            rows: Rows::new(reading, layout, is_sampled),
            names: roles.filter_map(name).collect(),
        }
    }
}

impl ObjectFormat for JsonRows {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let mut cells: [Cow<'_, [u8]>; ROLES] = Default::default();
        let scan = json::fields(text, |key, value| {
            for (role, name, is_nested) in &self.names {
                if name.as_bytes() == key {
                    cells[*role as usize] = value.plain();
                } else if let Some(inner) = is_nested.then(|| inside(name, key)).flatten() {
                    if let Some(value) = json::dig(value, inner) {
                        cells[*role as usize] = value.plain();
                    }
                }
            }
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        let mut borrowed: Cells<'_> = [b""; ROLES];
        for (cell, text) in borrowed.iter_mut().zip(&cells) {
            *cell = text;
        }
        Ok((len, self.rows.push(&borrowed, batch)))
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.rows.finish(batch);
    }
}

/// The rest of a path inside the field `key`.
fn inside<'a>(path: &'a str, key: &[u8]) -> Option<&'a str> {
    let key = std::str::from_utf8(key).ok()?;
    path.strip_prefix(key)?.strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::hash_key;

    fn read(text: &str, columns: &str) -> Result<Vec<Access>, Reject> {
        let reading = Reading {
            columns: columns.parse().unwrap(),
            ..Reading::default()
        };
        let layout = Layout::of_text(text.as_bytes(), &reading).unwrap();
        let mut format = Delimited::new(&reading, layout, false);
        let mut batch = Batch::default();
        for line in text.lines() {
            match format.line(line.as_bytes(), &mut batch) {
                Ok(()) | Err(Reject::Skip(_)) => {}
                Err(bad) => return Err(bad),
            }
        }
        Ok(batch.accesses)
    }

    #[test]
    fn the_fast_path_answers_what_the_careful_one_answers() {
        let lines = [
            "# time, object, size, next",
            "0, 130, 737, 13",
            "12345678,k,12345678,",
            "123456789, a b ,1,\r",
            "1790000000, key,99999999,x",
            "1790000000123,key,0,x",
            "2026-11-25T10:20:30Z,key,5,x",
            "7,\u{e9}-key,5",
            "7,key,5\r",
            "7, key , 5 ,",
            "7,key,,",
            "7,,5,",
            ",key,5,",
            "7,key,99999999999,",
            "7,key,999999999999999999,",
            "7,key,1x,",
            "7;key;5;",
            "7",
            "",
            "#7,key,5,",
            "7.5,key,5,",
            "-7,key,5,",
            "8,key,5,the last line is longer than a word",
            "8,key,5,a line that is longer than the sixty-four bytes that are looked at at once",
            "8,a key of nineteen by,5",
            "8,a key of twenty bytes,5",
            "8,a key of more than thirty-one bytes of text,5",
        ];
        let fresh = || {
            let layout = Layout::of_text(lines[0].as_bytes(), &Reading::default()).unwrap();
            let mut format = Delimited::new(&Reading::default(), layout, false);
            assert!(
                format
                    .line(lines[0].as_bytes(), &mut Batch::default())
                    .is_err()
            );
            format
        };
        let mut fast = 0;
        for line in &lines[1..] {
            let (mut careful, mut plain) = (Batch::default(), Batch::default());
            let whole = line.strip_suffix('\r').unwrap_or(line).as_bytes();
            let answer = fresh().line(whole, &mut careful);
            let text = format!("{line}\n{}", "9,next,1,\n".repeat(8));
            let mut format = fresh();
            assert!(format.is_plain(text.as_bytes()));
            let (count, bytes) = format.plain(text.as_bytes(), &mut plain);
            if count > 0 {
                fast += 1;
                assert!(answer.is_ok() && bytes > line.len(), "{line}");
                assert_eq!(plain.accesses[0], careful.accesses[0], "{line}");
            }
        }
        assert!(fast >= 6, "{fast}");
        assert!(!fresh().is_plain(b"7,\"key\",5\n"));
    }

    #[test]
    fn spaces_around_separators_and_a_commented_header_are_tolerated() {
        let got = read(
            "# time, object, size, next_access_vtime\n0, 130, 737, 13\n",
            "",
        )
        .unwrap();
        assert_eq!(got, [Access::read(0, hash_key(b"130", 0), 737)]);
        let got = read("1 0 68\n2 1 7454\n", "").unwrap();
        assert_eq!(got[1], Access::read(2000, hash_key(b"1", 0), 7454));
    }

    #[test]
    fn columns_are_named_or_numbered() {
        let text = "a;b;when;c\nx;k1;5;7\n";
        let got = read(text, "time=when,key=2,size=c").unwrap();
        assert_eq!(got, [Access::read(5000, hash_key(b"k1", 0), 7)]);
        let reading = Reading {
            columns: "time=1,key=9".parse().unwrap(),
            ..Reading::default()
        };
        let why = Layout::of_text(b"1,2,3", &reading).unwrap_err();
        assert!(why.contains("3 columns"), "{why}");
        let why = Layout::of_text(b"a,b,c", &Reading::default()).unwrap_err();
        assert!(why.contains("a, b, c"), "{why}");
    }

    #[test]
    fn quoted_cells_may_hold_separators() {
        let got = read("time,key,size,op\n1,\"a,\"\"b\"\"\",7,set\n", "").unwrap();
        assert_eq!(
            got,
            [Access::new(1000, hash_key(b"a,\"b\"", 0), 7, Op::Write)]
        );
        assert!(read("time,key,size\n1,\"a,7\n", "").is_err());
    }

    #[test]
    fn a_huge_size_is_a_bad_line() {
        assert!(read("time,key,size\n1,k,99999999999999999999\n", "").is_err());
        assert!(read("time,key,size\n1,k,-5\n", "").is_err());
        assert_eq!(read("time,key,size\n1,k,0\n", "").unwrap()[0].size, 0);
    }
}
