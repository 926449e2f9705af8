//! Generic rows: delimited text and JSON lines whose columns have names or positions, the
//! CloudPhysics CSV, and the sampled references that `--emit-sql` produces.
//!
//! Which column is what is found in [`super::columns`], what it means in [`super::rows`]. Line breaks
//! inside quoted fields are not supported.

use std::borrow::Cow;

use super::columns::{Cells, Layout, ROLES, Role, is_hint};
use super::json::{self, Scan};
use super::key::KeyRule;
use super::plain::PlainLines;
use super::rows::Rows;
use super::stream::ObjectFormat;
use super::{Batch, LineFormat, Reading, Reject, Traits};

/// Delimited text.
pub(crate) struct Delimited {
    rows: Rows,
    layout: Layout,
    /// Role of every column, or none, up to the last one needed.
    slots: Vec<u8>,
    /// Reads most lines, when only time, key and size are needed and one byte separates columns.
    plain: Option<PlainLines>,
    is_first: bool,
    /// Quotes hold cells together; between tabs they are text when they do not end.
    has_quotes: bool,
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
        let plain = PlainLines::new(reading, &layout, &layout.roles[..last]);
        Self {
            rows: Rows::new(reading, &layout, is_sampled),
            layout,
            slots,
            plain: plain.filter(|_| is_simple),
            is_first: true,
            has_quotes: true,
        }
    }

    /// A line has no more cells than the header names; empty ones at its end do not count.
    fn is_as_wide(&self, rest: &[u8], cells: usize) -> bool {
        let Some(width) = self.layout.width else {
            return true;
        };
        if cells + memchr::memchr_iter(self.layout.separator, rest).count() < width {
            return true;
        }
        let more = rest.split(|b| *b == self.layout.separator);
        let more = more
            .enumerate()
            .filter(|(_, cell)| !cell.trim_ascii().is_empty());
        more.last().is_none_or(|(at, _)| cells + at < width)
    }

    /// Splits at single separators, and says whether the line is as wide as the header; none when there is
    /// a quote.
    #[inline]
    fn split<'a>(&self, line: &'a [u8], cells: &mut Cells<'a>) -> Option<bool> {
        if self.has_quotes && memchr::memchr(b'"', line).is_some() {
            return None;
        }
        let mut rest = line;
        for slot in &self.slots {
            let len = find(self.layout.separator, rest);
            if *slot != NO_SLOT {
                cells[*slot as usize] = rest[..len].trim_ascii();
            }
            match rest.get(len + 1..) {
                Some(after) => rest = after,
                None => return Some(true),
            }
        }
        Some(self.is_as_wide(rest, self.slots.len()))
    }

    /// Splits at runs of spaces; none when there is a quote.
    fn split_spaces<'a>(&self, line: &'a [u8], cells: &mut Cells<'a>) -> Option<bool> {
        if memchr::memchr(b'"', line).is_some() {
            return None;
        }
        let words = line
            .split(u8::is_ascii_whitespace)
            .filter(|w| !w.is_empty());
        for (word, slot) in words.zip(&self.slots) {
            if *slot != NO_SLOT {
                cells[*slot as usize] = word;
            }
        }
        Some(true)
    }

    /// Splits a line with quoted fields, in which quotes are doubled.
    fn quoted<'a>(&self, line: &'a [u8]) -> Result<[Cow<'a, [u8]>; ROLES], Reject> {
        let mut cells: [Cow<'a, [u8]>; ROLES] = Default::default();
        let mut rest = line;
        let mut is_over = false;
        for slot in &self.slots {
            if is_over {
                break;
            }
            let trimmed = rest.trim_ascii_start();
            let (cell, after) = if trimmed.first() == Some(&b'"') {
                quoted_cell(&trimmed[1..]).ok_or(Reject::Bad("a quote that does not end"))?
            } else {
                let end = memchr::memchr(self.layout.separator, rest).unwrap_or(rest.len());
                (Cow::Borrowed(rest[..end].trim_ascii()), &rest[end..])
            };
            if *slot != NO_SLOT {
                cells[*slot as usize] = cell;
            }
            let next = memchr::memchr(self.layout.separator, after);
            is_over = next.is_none();
            rest = next.map_or(&b""[..], |at| &after[at + 1..]);
            if self.layout.separator == b' ' {
                rest = rest.trim_ascii_start();
            }
        }
        let Some(width) = self.layout.width.filter(|_| !is_over) else {
            return Ok(cells);
        };
        let more = cells_of_rest(rest, self.layout.separator);
        if self.slots.len() + more > width {
            return Err(TOO_WIDE);
        }
        Ok(cells)
    }
}

/// Unquoted separators in a value shift all columns behind it.
const TOO_WIDE: Reject = Reject::Bad("more cells than the header has columns");

/// Cells up to the last one that is not empty.
fn cells_of_rest(rest: &[u8], separator: u8) -> usize {
    let all = cells(rest, separator).enumerate();
    let last = all.filter(|(_, cell)| !cell.is_empty()).last();
    last.map_or(0, |(at, _)| at + 1)
}

impl Delimited {
    fn row(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut cells: Cells<'_> = [b""; ROLES];
        let split = if self.layout.separator == b' ' {
            self.split_spaces(line, &mut cells)
        } else {
            self.split(line, &mut cells)
        };
        match split {
            Some(true) => return self.rows.push(&cells, batch),
            Some(false) => return Err(TOO_WIDE),
            None => {}
        }
        let owned = match self.quoted(line) {
            Err(TOO_WIDE) => return Err(TOO_WIDE),
            Err(_) if self.layout.separator == b'\t' && self.has_quotes => {
                self.has_quotes = false;
                let said = self.row(line, batch);
                self.has_quotes = true;
                return said;
            }
            owned => owned?,
        };
        let mut cells: Cells<'_> = [b""; ROLES];
        for (cell, text) in cells.iter_mut().zip(&owned) {
            *cell = text;
        }
        self.rows.push(&cells, batch)
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

/// The cells of a line; quotes hold one together. A quote that does not end is text.
pub(crate) fn cells(line: &[u8], separator: u8) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let text = rest?;
        let trimmed = text.trim_ascii_start();
        let quoted = trimmed.strip_prefix(b"\"").and_then(quoted_cell);
        let (cell, after) = quoted.unwrap_or_else(|| {
            let end = memchr::memchr(separator, text).unwrap_or(text.len());
            (Cow::Borrowed(text[..end].trim_ascii()), &text[end..])
        });
        let next = memchr::memchr(separator, after);
        rest = next.map(|at| &after[at + 1..]);
        Some(cell)
    })
}

/// One of the cells of a line.
pub(crate) fn nth_cell(line: &[u8], separator: u8, column: usize) -> Option<Cow<'_, [u8]>> {
    cells(line, separator).nth(column)
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
        if self.is_first {
            if is_hint(line) {
                return Err(Reject::Skip("header lines"));
            }
            self.is_first = false;
            if self.layout.header.is_some() {
                return Err(Reject::Skip("header lines"));
            }
        }
        if line.first() == Some(&b'#') {
            return Err(Reject::Skip("comments"));
        }
        let said = self.row(line, batch);
        // Files that were put together have their headers in between.
        if said.is_err() && self.layout.header.as_deref() == Some(line.trim_ascii()) {
            return Err(Reject::Skip("header lines"));
        }
        said
    }

    fn traits(&self) -> Traits {
        self.rows.traits
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

    fn traits(&self) -> Traits {
        self.rows.traits
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
    use crate::access::{Access, Op, hash_key};

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
