//! Lines whose fields have labels: LTSV (`label:value` between tabs, see ltsv.org) and logfmt
//! (`label=value` between spaces).
//!
//! What the labels mean is found in [`super::columns`], as for other tables.

use std::borrow::Cow;

use super::columns::{Cells, Layout, ROLES, Role, Sample};
use super::detect::first_lines;
use super::fields::unescape;
use super::rows::Rows;
use super::{Batch, LineFormat, Reading, Reject, Traits};

/// How labels and values are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ltsv,
    Logfmt,
}

/// Fields of a line that is looked at.
const FEWEST: usize = 3;

impl Kind {
    /// All fields of a line have labels.
    pub(crate) fn is_like(self, line: &[u8]) -> bool {
        let mut count = 0;
        let is_whole = self.each(line, |label, _| count += usize::from(!label.is_empty()));
        is_whole && count >= FEWEST
    }

    /// Calls `field` with labels and values; false when something has no label.
    fn each<'a>(self, line: &'a [u8], field: impl FnMut(&'a [u8], Cow<'a, [u8]>)) -> bool {
        match self {
            Self::Ltsv => ltsv(line, field),
            Self::Logfmt => logfmt(line, field),
        }
    }

    /// LTSV calls the client `host`, and the virtual host `vhost`.
    fn is_client(self, label: &[u8]) -> bool {
        self == Self::Ltsv && label == b"host"
    }
}

fn is_label(text: &[u8]) -> bool {
    let is_first = text
        .first()
        .is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'@'));
    let is_more = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@');
    is_first && text.iter().all(is_more)
}

fn ltsv<'a>(line: &'a [u8], mut field: impl FnMut(&'a [u8], Cow<'a, [u8]>)) -> bool {
    // nginx formats are often written with a tab behind every field.
    let mut cells = line.split(|b| *b == b'\t').filter(|cell| !cell.is_empty());
    cells.all(|cell| {
        let at = memchr::memchr(b':', cell).filter(|at| is_label(&cell[..*at]));
        at.is_some_and(|at| {
            field(&cell[..at], Cow::Borrowed(&cell[at + 1..]));
            true
        })
    })
}

fn logfmt<'a>(line: &'a [u8], mut field: impl FnMut(&'a [u8], Cow<'a, [u8]>)) -> bool {
    let mut rest = line.trim_ascii();
    while !rest.is_empty() {
        let at = memchr::memchr2(b'=', b' ', rest).unwrap_or(rest.len());
        let label = &rest[..at];
        if !is_label(label) || rest.get(at) != Some(&b'=') {
            return false;
        }
        rest = &rest[at + 1..];
        let value = if rest.first() == Some(&b'"') {
            let Some(end) = end_of_quote(&rest[1..]) else {
                return false;
            };
            let value = &rest[1..=end];
            rest = &rest[end + 2..];
            unescape(value)
        } else {
            let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
            let (value, after) = rest.split_at(end);
            rest = after;
            Cow::Borrowed(value)
        };
        field(label, value);
        rest = rest.trim_ascii_start();
    }
    true
}

/// Where the quote that closes a value is.
fn end_of_quote(text: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let found = at + memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[found] == b'"' {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Lines of labelled fields.
pub(crate) struct Labelled {
    rows: Rows,
    kind: Kind,
    names: Vec<(Role, String)>,
}

impl Labelled {
    /// A log that starts with `head`; an error says what is missing.
    pub(crate) fn new(kind: Kind, head: &[u8], reading: &Reading) -> Result<Self, String> {
        let mut sample = Sample::default();
        for line in first_lines(head) {
            let mut row = vec![String::new(); sample.names.len()];
            kind.each(line, |label, value| {
                let label = String::from_utf8_lossy(label).into_owned();
                if kind.is_client(label.as_bytes()) {
                    return;
                }
                let at = sample.find(&label).unwrap_or_else(|| {
                    sample.names.push(label);
                    sample.names.len() - 1
                });
                row.resize(sample.names.len(), String::new());
                row[at] = String::from_utf8_lossy(&value).into_owned();
            });
            sample.rows.push(row);
        }
        sample.width = sample.names.len();
        let layout = Layout::of(&sample, &reading.columns)?;
        let roles = layout.roles.iter().flatten();
        let name = |role: &Role| Some((*role, layout.names[*role as usize].clone()?));
        Ok(Self {
            rows: Rows::new(reading, &layout, false),
            kind,
            names: roles.filter_map(name).collect(),
        })
    }
}

impl LineFormat for Labelled {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let mut owned: [Cow<'_, [u8]>; ROLES] = Default::default();
        let is_whole = self.kind.each(line, |label, value| {
            let known = self.names.iter().find(|(_, name)| name.as_bytes() == label);
            if let Some((role, _)) = known {
                owned[*role as usize] = value;
            }
        });
        if !is_whole {
            return Err(Reject::Bad("a field without label"));
        }
        let mut cells: Cells<'_> = [b""; ROLES];
        for (cell, text) in cells.iter_mut().zip(&owned) {
            *cell = text;
        }
        self.rows.push(&cells, batch)
    }

    fn traits(&self) -> Traits {
        self.rows.traits
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.rows.finish(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Access, hash_key};

    fn one(kind: Kind, line: &str) -> Access {
        assert!(kind.is_like(line.as_bytes()), "{line}");
        let mut format = Labelled::new(kind, line.as_bytes(), &Reading::default()).unwrap();
        let mut batch = Batch::default();
        format.line(line.as_bytes(), &mut batch).unwrap();
        batch.accesses[0]
    }

    #[test]
    fn labels_say_what_fields_are() {
        let ltsv = "time:[05/Nov/2026:10:00:00 +0000]\thost:192.0.2.18\tvhost:a.example\treq:GET /p/4?x=1 HTTP/1.1\tstatus:200\tsize:8563\tua:x";
        let logfmt = "time=2026-11-05T10:00:00Z level=info msg=\"a \\\"b\\\"\" vhost=a.example method=GET path=\"/p/4?x=1\" status=200 bytes=8563";
        for (kind, line) in [(Kind::Ltsv, ltsv), (Kind::Logfmt, logfmt)] {
            let read = one(kind, line);
            assert_eq!((read.time, read.size), (1_793_872_800_000, 8563));
            assert_eq!(read.key, hash_key(b"a.example/p/4?x=1", 0), "{line}");
        }
        let ended = [ltsv, "\t"].concat();
        assert_eq!(one(Kind::Ltsv, &ended), one(Kind::Ltsv, ltsv));
        for other in ["a b c d", "time,key,size", "a:1", "GET /?a=b HTTP/1.1"] {
            assert!(!Kind::Ltsv.is_like(other.as_bytes()), "{other}");
            assert!(!Kind::Logfmt.is_like(other.as_bytes()), "{other}");
        }
    }
}
