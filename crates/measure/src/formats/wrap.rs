//! Lines inside lines: what CloudWatch Logs, Docker and syslog put around the lines of others.
//!
//! It takes the wrapping off; the line inside goes to its own format, whose time counts.

use super::fields::iso;
use super::json::{self, Scan};
use super::stream::ObjectFormat;
use super::{Batch, LineFormat, Reject};

/// What is around a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// An export of CloudWatch Logs: a time and a space.
    Time,
    /// Syslog: priority, time, host and name, up to `: `.
    Syslog,
    /// A JSON object with the line in a field, as Docker and CloudWatch Logs write.
    Object(&'static str),
}

impl Wrapping {
    const ALL: [Self; 4] = [
        Self::Time,
        Self::Syslog,
        Self::Object("message"),
        Self::Object("log"),
    ];

    /// The line inside one that is not in an object.
    fn inside(self, line: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Time => {
                let at = memchr::memchr(b' ', line)?;
                let is_time = at > 10 && line[10] == b'T' && iso(&line[..at]).is_some();
                is_time.then(|| &line[at + 1..])
            }
            Self::Syslog if line.first() == Some(&b'<') && versioned(line).is_some() => {
                versioned(line)
            }
            Self::Syslog => {
                let is_syslog = line.first() == Some(&b'<') || is_old_time(line);
                let at = memchr::memmem::find(line, b": ")?;
                is_syslog.then(|| &line[at + 2..])
            }
            Self::Object(_) => None,
        }
    }

    /// A line is wrapped so.
    pub(crate) fn is_around(self, line: &[u8]) -> bool {
        self.inside(line).is_some()
    }

    /// The lines inside a head, if they are wrapped so.
    pub(crate) fn unwrap(head: &[u8]) -> Option<(Self, Vec<u8>)> {
        Self::ALL.into_iter().find_map(|wrapping| {
            let mut inside = Vec::new();
            let mut add = |line: &[u8]| {
                inside.extend_from_slice(line.trim_ascii_end());
                inside.push(b'\n');
            };
            match wrapping {
                Self::Object(name) => json::records(head, |object| {
                    if let Some(line) = json::field(object, name).filter(|v| v.is_string) {
                        add(&line.plain());
                    }
                }),
                _ => {
                    let lines = head.split(|b| *b == b'\n');
                    lines.filter_map(|line| wrapping.inside(line)).for_each(add);
                }
            }
            (!inside.is_empty()).then_some((wrapping, inside))
        })
    }

    /// A format whose lines are wrapped so.
    pub(crate) fn around(self, inner: Box<dyn LineFormat>) -> Box<dyn LineFormat> {
        match self {
            Self::Object(name) => Box::new(super::stream::JsonStream::new(Objects { inner, name })),
            _ => Box::new(Lines {
                inner,
                wrapping: self,
            }),
        }
    }
}

/// The message of a line of RFC 5424: `<13>1 time host app process id - message`.
fn versioned(line: &[u8]) -> Option<&[u8]> {
    let at = memchr::memchr(b'>', line)?;
    let rest = line[at + 1..].strip_prefix(b"1 ")?;
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

/// `Nov 30 10:00:00 `.
fn is_old_time(line: &[u8]) -> bool {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    line.len() > 16
        && line[3] == b' '
        && line[15] == b' '
        && MONTHS.chunks(3).any(|m| line.starts_with(m))
        && super::fields::time_of_day(&line[7..15]).is_some()
}

struct Lines {
    inner: Box<dyn LineFormat>,
    wrapping: Wrapping,
}

impl LineFormat for Lines {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let inside = self.wrapping.inside(line);
        self.inner.line(
            inside.ok_or(Reject::Bad("a line without what is around others"))?,
            batch,
        )
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.inner.finish(batch);
    }
}

struct Objects {
    inner: Box<dyn LineFormat>,
    name: &'static str,
}

impl ObjectFormat for Objects {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let (mut line, mut list) = (None, None);
        let scan = json::fields(text, |key, value| {
            if key == self.name.as_bytes() {
                line = Some(value);
            } else if key == b"logEvents" {
                list = Some(value);
            }
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        if let Some(list) = list {
            let (inner, name) = (&mut self.inner, self.name);
            json::objects(list.text, |event| {
                let Some(line) = json::field(event, name) else {
                    return;
                };
                if let Err(reject) = inner.line(line.plain().trim_ascii_end(), batch) {
                    batch.reject_here(reject, event);
                }
            });
            return Ok((len, Ok(())));
        }
        let said = match line {
            Some(line) => self.inner.line(line.plain().trim_ascii_end(), batch),
            None => Err(Reject::Bad("an object without the line of another log")),
        };
        Ok((len, said))
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
        let escaped = LINE.replace('"', "\\\"");
        for head in [
            format!("2026-11-04T12:01:00.000Z {LINE}\n"),
            format!("<190>Nov 30 10:00:00 web nginx: {LINE}\n"),
            format!("Nov 30 10:00:00 web nginx[7]: {LINE}\n"),
            format!("<13>1 2026-11-04T12:01:00.000Z web nginx 7 - - {LINE}\n"),
            format!("<13>1 2026-11-04T12:01:00.000Z web nginx 7 - [a b=\"c\"] {LINE}\n"),
            format!("{{\"log\":\"{escaped}\\n\",\"stream\":\"stdout\"}}\n"),
            format!("{{\"events\":[{{\"timestamp\":1,\"message\":\"{escaped}\"}}]}}"),
            format!(
                "{{\"owner\":\"1\",\"logEvents\":[{{\"id\":\"1\",\"message\":\"{escaped}\"}}]}}"
            ),
        ] {
            let (_, inside) = Wrapping::unwrap(head.as_bytes()).unwrap_or_else(|| panic!("{head}"));
            assert_eq!(
                String::from_utf8(inside).unwrap().trim_end(),
                LINE,
                "{head}"
            );
        }
        assert!(Wrapping::unwrap(b"once upon a time\n").is_none());
    }
}
