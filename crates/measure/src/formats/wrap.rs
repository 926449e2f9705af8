//! Lines inside lines: what CloudWatch Logs, containers, syslog, log shippers and exports put around
//! the lines of others.
//!
//! It takes the wrapping off; the line inside goes to its own format, whose time counts. Wrappings
//! nest: which one is around which is found in [`super::detect`].

use std::borrow::Cow;

use super::columns::{Sample, separator, split_text};
use super::delimited::nth_cell;
use super::detect::{first_line, first_lines};
use super::fields::{iso, time_of_day};
use super::json::{self, Scan, Value};
use super::stream::{JsonStream, ObjectFormat};
use super::{Batch, LineFormat, Reading, Reject};

/// What is around a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// `kubectl logs --prefix`: `[pod/name/container] `.
    Pod,
    /// `docker compose logs`: `name  | `.
    Compose,
    /// Containers of Kubernetes: a time, `stdout` or `stderr`, `F` or, for a part of a line, `P`.
    Cri,
    /// Syslog of RFC 5424.
    Versioned,
    /// Syslog with ISO times: a time, a host, and a name that ends with a colon.
    Tagged,
    /// Syslog: priority, time, host and name, up to `: `.
    Syslog,
    /// `aws logs tail`: a time with `+00:00` and the name of a stream.
    Stream,
    /// An export of CloudWatch Logs: a time and a space.
    Time,
    /// A JSON object with the line in a field, as Docker, CloudWatch Logs and log shippers write.
    Object(String),
    /// Results of `aws logs get-query-results`: objects of a field and its value.
    Result,
    /// A column of delimited text.
    Cell {
        /// Between columns.
        separator: u8,
        /// From 0.
        column: usize,
    },
}

/// Fields that hold the line of another log.
const HOLDERS: [&str; 10] = [
    "message",
    "log",
    "@message",
    "MESSAGE",
    "textPayload",
    "original",
    "msg",
    "line",
    "body",
    "_raw",
];

/// Fields that hold the object of another log.
const OBJECTS: [&str; 6] = [
    "@message",
    "message",
    "log",
    "detail",
    "_source",
    "jsonPayload",
];

/// The name, or the last part of a nested one, is that of a field with a line.
fn is_holder(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    HOLDERS
        .iter()
        .any(|holder| holder.eq_ignore_ascii_case(last))
}

impl Wrapping {
    /// Those of text, the ones that show most first.
    pub(crate) const LINES: [Self; 8] = [
        Self::Pod,
        Self::Compose,
        Self::Cri,
        Self::Versioned,
        Self::Tagged,
        Self::Syslog,
        Self::Stream,
        Self::Time,
    ];

    /// The line inside one that is not in an object.
    fn inside<'a>(&self, line: &'a [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Pod => {
                let rest = line.strip_prefix(b"[pod/")?;
                let at = memchr::memmem::find(rest, b"] ")?;
                Some(&rest[at + 2..])
            }
            Self::Compose => compose(line),
            Self::Cri => {
                let rest = after_time(line)?.1;
                let rest = rest.strip_prefix(b"stdout ");
                let rest = rest.or_else(|| after_time(line)?.1.strip_prefix(b"stderr "))?;
                matches!(rest, [b'F' | b'P', b' ', ..]).then(|| &rest[2..])
            }
            Self::Versioned => versioned(line),
            Self::Tagged => tagged(line),
            Self::Syslog => {
                let is_old = priority(line).is_some() && versioned(line).is_none();
                let at = memchr::memmem::find(line, b": ")?;
                (is_old || is_old_time(line)).then(|| &line[at + 2..])
            }
            Self::Stream => {
                let (time, rest) = after_time(line)?;
                let at = memchr::memchr(b' ', rest)?;
                time.ends_with(b"+00:00").then(|| &rest[at + 1..])
            }
            Self::Time => Some(after_time(line)?.1),
            Self::Cell { .. } | Self::Object(_) | Self::Result => None,
        }
    }

    /// The lines inside a head, if most of its lines are wrapped so.
    pub(crate) fn lines_of(&self, head: &[u8]) -> Option<Vec<u8>> {
        let (mut wrapped, mut all) = (0, 0);
        for line in first_lines(head) {
            all += 1;
            wrapped += usize::from(self.inside(line).is_some());
        }
        if wrapped * 2 <= all {
            return None;
        }
        let lines = head.split(|b| *b == b'\n');
        let lines = lines
            .filter_map(|line| self.inside(line))
            .map(Cow::Borrowed);
        Some(joined(lines))
    }

    /// Fields of the objects of a head that may hold lines, with these lines.
    pub(crate) fn objects_of(head: &[u8]) -> Vec<(Self, Vec<u8>)> {
        let sample = Sample::of_json(head);
        let names = sample.names.iter().filter(|name| is_holder(name));
        let names = names.map(String::as_str).chain(OBJECTS);
        let mut found: Vec<(Self, Vec<u8>)> = Vec::new();
        for name in names {
            let wrapping = Self::Object(name.to_owned());
            if found.iter().any(|(known, _)| *known == wrapping) {
                continue;
            }
            let (mut lines, mut all) = (Vec::new(), 0);
            json::records(head, |object| {
                all += 1;
                lines.extend(json::field(object, name).and_then(holds));
            });
            if lines.len() * 2 > all {
                found.push((wrapping, joined(lines.into_iter())));
            }
        }
        let mut lines = Vec::new();
        json::records(head, |object| {
            let is_line = json::field(object, "field").is_some_and(|name| is_message(&name));
            let value = json::field(object, "value").filter(|_| is_line);
            lines.extend(value.and_then(holds));
        });
        if !lines.is_empty() {
            found.push((Self::Result, joined(lines.into_iter())));
        }
        found
    }

    /// Columns of a table that may hold lines, with these lines.
    pub(crate) fn cells_of(head: &[u8]) -> Vec<(Self, Vec<u8>)> {
        let first = first_line(head);
        let separator = separator(first);
        let names = split_text(&String::from_utf8_lossy(first), separator);
        let columns = names.iter().enumerate().filter(|(_, n)| is_holder(n));
        let found = columns.map(|(column, _)| {
            let lines = head.split(|b| *b == b'\n').skip(1);
            let cells = lines.filter_map(|line| nth_cell(line, separator, column));
            (Self::Cell { separator, column }, joined(cells))
        });
        found.collect()
    }

    /// A format whose lines are wrapped so.
    pub(crate) fn around(
        self,
        inner: Box<dyn LineFormat>,
        reading: &Reading,
    ) -> Box<dyn LineFormat> {
        match self {
            Self::Object(name) => {
                let objects = Objects {
                    inner,
                    name,
                    has_breaks: false,
                    part: Vec::new(),
                };
                Box::new(JsonStream::new(objects, reading))
            }
            Self::Result => Box::new(JsonStream::new(Results { inner }, reading)),
            wrapping => Box::new(Lines {
                inner,
                wrapping,
                part: Vec::new(),
                is_first: true,
            }),
        }
    }
}

fn joined<'a>(lines: impl Iterator<Item = Cow<'a, [u8]>>) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        text.extend_from_slice(line.trim_ascii_end());
        text.push(b'\n');
    }
    text
}

/// The line or the object that a value is.
fn holds(value: Value<'_>) -> Option<Cow<'_, [u8]>> {
    let is_object = value.text.starts_with(b"{");
    (value.is_string || is_object).then(|| value.plain())
}

fn is_message(name: &Value<'_>) -> bool {
    matches!(name.text, b"@message" | b"message" | b"log")
}

/// A time of ISO 8601 with a `T`, and what follows it.
fn after_time(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b' ', line)?;
    let is_time = at > 10 && line[10] == b'T' && iso(&line[..at]).is_some();
    is_time.then(|| (&line[..at], &line[at + 1..]))
}

/// `<13>` in front of a line, and what follows.
fn priority(line: &[u8]) -> Option<&[u8]> {
    let body = line.strip_prefix(b"<")?;
    let at = memchr::memchr(b'>', &body[..body.len().min(4)])?;
    let is_number = at > 0 && body[..at].iter().all(u8::is_ascii_digit);
    is_number.then(|| &body[at + 1..])
}

/// `time host name[7]: `, with a priority or not.
fn tagged(line: &[u8]) -> Option<&[u8]> {
    let rest = after_time(priority(line).unwrap_or(line))?.1;
    let mut words = rest.splitn(3, |b| *b == b' ');
    let (host, name) = (words.next()?, words.next()?);
    let is_tag = !host.is_empty() && name.len() > 1 && name.ends_with(b":");
    words.next().filter(|_| is_tag)
}

/// The message of a line of RFC 5424: `<13>1 time host app process id - message`.
fn versioned(line: &[u8]) -> Option<&[u8]> {
    let rest = priority(line)?.strip_prefix(b"1 ")?;
    let mut fields = rest.splitn(6, |b| *b == b' ');
    iso(fields.next()?)?;
    let rest = fields.nth(4)?;
    match rest.first()? {
        b'[' => {
            let end = memchr::memmem::find(rest, b"] ")?;
            Some(&rest[end + 2..])
        }
        _ => rest.strip_prefix(b"- "),
    }
}

/// `name  | `.
fn compose(line: &[u8]) -> Option<&[u8]> {
    let at = memchr::memmem::find(&line[..line.len().min(100)], b" | ")?;
    let name = line[..at].trim_ascii_end();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_so = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_name);
    is_so.then(|| &line[at + 3..])
}

/// `Nov 30 10:00:00 `, with a fraction or not, with a year or not.
fn is_old_time(line: &[u8]) -> bool {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let is_clock = |at: usize| {
        let clock = line.get(at..at + 8).and_then(time_of_day);
        clock.is_some() && matches!(line.get(at + 8), Some(b' ' | b'.'))
    };
    line.len() > 16
        && line[3] == b' '
        && MONTHS.chunks(3).any(|m| line.starts_with(m))
        && (is_clock(7) || (line[7..11].iter().all(u8::is_ascii_digit) && is_clock(12)))
}

/// A line that is not wrapped as the others are.
const BARE: Reject = Reject::Bad("a line without what is around others");

struct Lines {
    inner: Box<dyn LineFormat>,
    wrapping: Wrapping,
    /// The start of a line that comes in parts.
    part: Vec<u8>,
    is_first: bool,
}

impl LineFormat for Lines {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let is_first = std::mem::take(&mut self.is_first);
        if let Wrapping::Cell { separator, column } = self.wrapping {
            if is_first {
                return Err(Reject::Skip("header lines"));
            }
            let cell = nth_cell(line, separator, column).ok_or(BARE)?;
            return self.inner.line(&cell, batch);
        }
        let inside = self.wrapping.inside(line).ok_or(BARE)?;
        if self.wrapping != Wrapping::Cri {
            return self.inner.line(inside, batch);
        }
        let before = &line[..line.len() - inside.len()];
        if before.ends_with(b" P ") {
            self.part.extend_from_slice(inside);
            return Err(Reject::Skip("parts of longer lines"));
        }
        if self.part.is_empty() {
            return self.inner.line(inside, batch);
        }
        let mut whole = std::mem::take(&mut self.part);
        whole.extend_from_slice(inside);
        self.inner.line(&whole, batch)
    }

    fn traits(&self) -> super::Traits {
        self.inner.traits()
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.inner.finish(batch);
    }
}

struct Objects {
    inner: Box<dyn LineFormat>,
    name: String,
    /// The text of a line that is whole ends with its line break.
    has_breaks: bool,
    /// The start of a line that comes in parts.
    part: Vec<u8>,
}

/// Parts are put together up to this length.
const LONGEST_LINE: usize = 1 << 20;

impl ObjectFormat for Objects {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let (mut line, mut list, mut is_control) = (None, None, false);
        let first = self.name.split('.').next().unwrap_or_default();
        let scan = json::fields(text, |key, value| {
            is_control |= key == b"messageType" && value.text == b"CONTROL_MESSAGE";
            if key == self.name.as_bytes() {
                line = Some(value);
            } else if key == first.as_bytes() {
                line = line.or_else(|| json::dig(value, self.name.get(first.len() + 1..)?));
            } else if key == b"logEvents" {
                list = Some(value);
            }
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        if is_control {
            // CloudWatch Logs asks whether anybody listens.
            return Ok((len, Err(Reject::Skip("control messages"))));
        }
        if let Some(list) = list {
            let (inner, name) = (&mut self.inner, &self.name);
            json::objects(list.text, |event| {
                let Some(line) = json::field(event, name).and_then(holds) else {
                    return;
                };
                if let Err(reject) = inner.line(line.trim_ascii_end(), batch) {
                    batch.reject_here(reject, event);
                }
            });
            return Ok((len, Ok(())));
        }
        let said = match line.and_then(holds) {
            Some(line) => self.part(&line, batch),
            None => Err(Reject::Bad("an object without the line of another log")),
        };
        Ok((len, said))
    }

    fn traits(&self) -> super::Traits {
        self.inner.traits()
    }

    fn finish(&mut self, batch: &mut Batch) {
        let rest = std::mem::take(&mut self.part);
        if let (false, Err(reject)) = (rest.is_empty(), self.inner.line(&rest, batch)) {
            batch.reject_here(reject, &rest);
        }
        self.inner.finish(batch);
    }
}

impl Objects {
    /// A line, or a part of one: Docker cuts lines at 16 KiB, and only the last part has the line break.
    fn part(&mut self, text: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let is_whole = text.ends_with(b"\n");
        self.has_breaks |= is_whole && self.part.is_empty();
        let is_part = self.has_breaks && !is_whole && self.part.len() < LONGEST_LINE;
        if is_part {
            self.part.extend_from_slice(text);
            return Err(Reject::Skip("parts of longer lines"));
        }
        if self.part.is_empty() {
            return self.inner.line(text.trim_ascii_end(), batch);
        }
        let mut whole = std::mem::take(&mut self.part);
        whole.extend_from_slice(text);
        self.inner.line(whole.trim_ascii_end(), batch)
    }
}

struct Results {
    inner: Box<dyn LineFormat>,
}

impl ObjectFormat for Results {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let (mut is_line, mut line) = (false, None);
        let scan = json::fields(text, |key, value| match key {
            b"field" => is_line = is_message(&value),
            b"value" => line = Some(value),
            _ => {}
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        let said = match line.filter(|_| is_line).and_then(holds) {
            Some(line) => self.inner.line(line.trim_ascii_end(), batch),
            None => Err(Reject::Skip("fields beside the line of another log")),
        };
        Ok((len, said))
    }

    fn traits(&self) -> super::Traits {
        self.inner.traits()
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.inner.finish(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"192.0.2.1 - - [10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.0" 200 5"#;

    #[test]
    fn the_line_inside_is_found() {
        for (wrapping, before) in [
            (Wrapping::Time, "2026-11-04T12:01:00.000Z "),
            (
                Wrapping::Stream,
                "2026-11-04T12:01:00.000000+00:00 web/nginx/7 ",
            ),
            (Wrapping::Cri, "2026-11-04T12:01:00.123456789Z stdout F "),
            (Wrapping::Pod, "[pod/web-0/nginx] "),
            (Wrapping::Compose, "nginx-1  | "),
            (Wrapping::Syslog, "<190>Nov 30 10:00:00 web nginx: "),
            (Wrapping::Syslog, "Nov 30 10:00:00 web nginx[7]: "),
            (Wrapping::Syslog, "Nov 30 10:00:00.123456 web nginx[7]: "),
            (Wrapping::Syslog, "Nov  5 2026 10:00:00 web nginx: "),
            (
                Wrapping::Tagged,
                "2026-11-05T10:00:00.123456+00:00 web apache[1]: ",
            ),
            (
                Wrapping::Tagged,
                "<134>2026-11-05T10:00:00Z cache-fra1 s3log[123]: ",
            ),
            (
                Wrapping::Versioned,
                "<13>1 2026-11-04T12:01:00.000Z web nginx 7 - - ",
            ),
            (
                Wrapping::Versioned,
                "<13>1 2026-11-04T12:01:00.000Z web nginx 7 - [a b=\"c\"] ",
            ),
        ] {
            let line = format!("{before}{LINE}\n");
            let inside = wrapping.lines_of(line.as_bytes());
            assert_eq!(inside, Some(format!("{LINE}\n").into_bytes()), "{before}");
        }
        for wrapping in Wrapping::LINES {
            assert_eq!(wrapping.lines_of(LINE.as_bytes()), None, "{wrapping:?}");
        }
    }

    #[test]
    fn the_field_or_the_column_with_the_line_is_found() {
        let escaped = LINE.replace('"', "\\\"");
        for head in [
            format!("{{\"log\":\"{escaped}\\n\",\"stream\":\"stdout\"}}\n"),
            format!("{{\"events\":[{{\"timestamp\":1,\"message\":\"{escaped}\"}}]}}"),
            format!("{{\"id\":\"1\",\"timestamp\":1,\"message\":\"{escaped}\"}}"),
            format!("{{\"event\":{{\"original\":\"{escaped}\"}}}}"),
            format!(
                "[[{{\"field\":\"@message\",\"value\":\"{escaped}\"}},{{\"field\":\"@ptr\",\"value\":\"x\"}}]]"
            ),
            format!(
                "{{\"owner\":\"1\",\"logEvents\":[{{\"id\":\"1\",\"message\":\"{escaped}\"}}]}}"
            ),
        ] {
            let found = Wrapping::objects_of(head.as_bytes());
            let want = format!("{LINE}\n").into_bytes();
            assert!(found.iter().any(|(_, inside)| *inside == want), "{head}");
        }
        let doubled = LINE.replace('"', "\"\"");
        let head = format!("@timestamp,@message\n2026-11-05 10:00:00.000,\"{doubled}\"\n");
        let found = Wrapping::cells_of(head.as_bytes());
        assert_eq!(found[0].1, format!("{LINE}\n").into_bytes());
        assert!(Wrapping::objects_of(b"once upon a time\n").is_empty());
    }
}
