//! Which format a file has, from its first bytes, and the reader for it.
//!
//! Detection looks at the first lines only and never guesses silently: the answer is part of the
//! result, and what fits nothing is an error that names the formats.

use super::columns::{Layout, separator, split_text};
use super::facts::FACTS;
use super::fields::Tokens;
use super::w3c::{self, Writer};
use super::wrap::Wrapping;
use super::{Format, LineFormat, Reading, binary, json};

/// How to read a file.
pub(crate) enum Plan {
    /// Line by line.
    Lines(Box<dyn LineFormat>),
    /// Fixed-size binary records.
    Records(binary::Layout),
    /// Columns; needs a seekable file.
    Parquet,
}

/// What a format says about a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// It is another format's.
    No,
    /// It can be read, unless a format is sure about it.
    Perhaps,
    /// It is of this format.
    Yes,
}

impl Claim {
    pub(crate) const fn yes_if(is_so: bool) -> Self {
        if is_so { Self::Yes } else { Self::No }
    }

    pub(crate) const fn perhaps_if(is_so: bool) -> Self {
        if is_so { Self::Perhaps } else { Self::No }
    }
}

/// A line and what all formats look at in it.
pub(crate) struct Seen<'a> {
    pub(crate) line: &'a [u8],
    /// The first fourteen fields separated by spaces.
    pub(crate) words: Vec<&'a [u8]>,
    /// Who wrote the W3C text that the line is in.
    pub(crate) writer: Option<&'a Writer>,
    /// Names of the fields of a JSON object.
    names: Vec<String>,
}

impl<'a> Seen<'a> {
    fn new(line: &'a [u8], writer: Option<&'a Writer>) -> Self {
        Self {
            line,
            words: Tokens::new(line).take(14).collect(),
            writer,
            names: Vec::new(),
        }
    }

    fn object(object: &'a [u8]) -> Self {
        let mut names = Vec::new();
        json::fields(object, |key, _| {
            names.push(String::from_utf8_lossy(key).into_owned());
        });
        Self {
            line: object,
            words: Vec::new(),
            writer: None,
            names,
        }
    }

    /// A JSON object.
    pub(crate) const fn is_json(&self) -> bool {
        !self.names.is_empty()
    }

    /// A JSON object with one of these fields.
    pub(crate) fn has_name(&self, wanted: &[&str]) -> bool {
        self.names.iter().any(|name| wanted.contains(&&**name))
    }

    /// The cells of a header line.
    pub(crate) fn header(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(self.line);
        split_text(&text, separator(self.line))
    }

    /// The line shows the columns of the sampling query.
    pub(crate) fn is_sampled(&self) -> bool {
        let header = if self.is_json() {
            Vec::new()
        } else {
            self.header()
        };
        let names = header.iter().chain(&self.names).map(String::as_str);
        Layout::is_sampled(&names.collect::<Vec<_>>())
    }

    /// The format that claims the line.
    fn format(&self) -> Option<Format> {
        let mut perhaps = None;
        for facts in &FACTS {
            match (facts.detect)(self) {
                Claim::Yes => return Some(facts.format),
                Claim::Perhaps => perhaps = perhaps.or(Some(facts.format)),
                Claim::No => {}
            }
        }
        perhaps
    }
}

/// The format of what starts with `head`, unless `forced`, and how to read it.
pub(crate) fn plan(
    head: &[u8],
    forced: Option<Format>,
    reading: &Reading,
) -> Result<(Format, Plan), String> {
    if let Some(what) = not_text(head) {
        return Err(what);
    }
    if let Some(format) = forced {
        return Ok((format, (format.facts().read)(head, reading)?));
    }
    // A line inside another begins with the time of the outer one, which some formats would take for
    // a column of theirs.
    if let Some(found) = exported(head, reading) {
        return Ok(found);
    }
    if let Some(format) = detect(head) {
        // Columns of a trace without names may be named all the same.
        let format = match format {
            Format::Msr | Format::Spc if reading.columns.is_given() => Format::Csv,
            format => format,
        };
        return match (format.facts().read)(head, reading) {
            // Objects that tell no time or key of their own may hold the line of another log.
            Err(why) if format == Format::Jsonl => unwrapped(head, reading).ok_or(why),
            plan => Ok((format, plan?)),
        };
    }
    if let Some(found) = unwrapped(head, reading) {
        return Ok(found);
    }
    match Layout::of_text(head, reading) {
        Ok(_) => Ok((Format::Csv, (Format::Csv.facts().read)(head, reading)?)),
        Err(why) if is_table(head) => Err(why),
        Err(_) => Err(unknown(head)),
    }
}

/// The format of lines that all stand behind a time and are those of another log.
fn exported(head: &[u8], reading: &Reading) -> Option<(Format, Plan)> {
    let mut lines = first_lines(head).peekable();
    lines.peek()?;
    if !lines.all(|line| Wrapping::Time.is_around(line)) {
        return None;
    }
    unwrapped(head, reading)
}

/// The format of the lines inside the lines, if there are any.
fn unwrapped(head: &[u8], reading: &Reading) -> Option<(Format, Plan)> {
    let (wrapping, inside) = Wrapping::unwrap(head)?;
    let format = detect(&inside)?;
    match (format.facts().read)(&inside, reading).ok()? {
        Plan::Lines(inner) => Some((format, Plan::Lines(wrapping.around(inner)))),
        _ => None,
    }
}

/// Most lines have as many cells as the first, and more than one.
fn is_table(head: &[u8]) -> bool {
    let separator = separator(first_line(head));
    let width = |line: &[u8]| split_text(&String::from_utf8_lossy(line), separator).len();
    let widths: Vec<usize> = first_lines(head).map(width).collect();
    let same = widths.iter().filter(|w| **w == widths[0]).count();
    widths.len() > 2 && widths[0] > 1 && same * 5 >= widths.len() * 4
}

fn unknown(head: &[u8]) -> String {
    if head.is_empty() {
        return "the file is empty".to_owned();
    }
    let names = Format::names();
    format!("the format is not recognised; name it with `--format`, one of {names}")
}

/// What a file is that no log is, by its first bytes.
fn not_text(head: &[u8]) -> Option<String> {
    let is_tar = head.get(257..262) == Some(b"ustar");
    let what = match head {
        [b'P', b'K', 3, 4, ..] => "this is a zip archive: unpack it first",
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            "this is UTF-16 text: convert it to UTF-8 first, as with `iconv -f UTF-16 -t UTF-8`"
        }
        [b'7', b'z', 0xbc, 0xaf, ..] => "this is a 7z archive: unpack it first",
        _ if is_tar => "this is a tar archive: unpack it first",
        _ if is_network_balancer(first_line(head)) => {
            "a log of a Network Load Balancer: it has connections and no keys, so nothing in it can be cached"
        }
        _ => return other_server(head),
    };
    Some(what.to_owned())
}

/// `tls 2.0 2020-04-01T08:51:42 net/name/id …`: one line a TLS connection.
fn is_network_balancer(line: &[u8]) -> bool {
    let words: Vec<&[u8]> = line.split(|b| *b == b' ').take(4).collect();
    matches!(words[..], [b"tls", version, time, balancer]
        if version.contains(&b'.') && time.contains(&b'T') && balancer.starts_with(b"net/"))
}

/// A log that is W3C text and cannot be read.
fn other_server(head: &[u8]) -> Option<String> {
    let Writer::Other(name) = w3c::writer(head)? else {
        return None;
    };
    let name = if name.is_empty() {
        String::new()
    } else {
        format!(" (`{name}`)")
    };
    Some(format!(
        "a W3C log of another server{name}, not of CloudFront, without the columns date, time, \
         cs-uri-stem and sc-status; cut its comments off and name the columns with `--columns`"
    ))
}

/// The first line with content, without byte order mark and the `OK` of `MONITOR`.
pub(crate) fn first_line(head: &[u8]) -> &[u8] {
    first_lines(head).next().unwrap_or_default()
}

/// The first lines with content.
pub(crate) fn first_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines
        .filter(|l| !l.is_empty() && *l != b"OK" && *l != b"+OK")
        .take(20)
}

fn detect(head: &[u8]) -> Option<Format> {
    if head.starts_with(b"PAR1") {
        return Some(Format::Parquet);
    }
    if is_binary(head) {
        return binary::detect(head).map(|layout| match layout {
            binary::Layout::OracleGeneral => Format::OracleGeneral,
            _ => Format::Vscsi,
        });
    }
    let writer = w3c::writer(head);
    // The first lines may be corrupt: the first that some format claims decides.
    first_lines(head).find_map(|line| {
        let inside = line.strip_prefix(b"[").unwrap_or(line).trim_ascii_start();
        let is_json = matches!(inside.first(), None | Some(b'{'));
        if is_json {
            return object_format(line, head);
        }
        Seen::new(line, writer.as_ref()).format()
    })
}

/// The format of the first object from a line on.
fn object_format(line: &[u8], head: &[u8]) -> Option<Format> {
    let from = line.as_ptr() as usize - head.as_ptr() as usize;
    let mut found = None;
    json::records(&head[from..], |object| {
        if found.is_none() {
            found = Seen::object(object).format();
        }
    });
    found
}

fn is_binary(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4096)];
    memchr::memchr(0, start).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Option<&'static str> {
        let found = plan(head.as_bytes(), None, &Reading::default());
        found.ok().map(|(format, _)| format.name())
    }

    #[test]
    fn formats_are_told_apart() {
        assert_eq!(
            of("#Version: 1.0\n#Fields: date time x-edge-location\n"),
            Some("cloudfront-w3c")
        );
        assert_eq!(
            of(r#"{"date":"2026-01-01","cs-uri-stem":"/a"}"#),
            Some("cloudfront-json")
        );
        assert_eq!(of(r#"{"ts":1,"key":"a","bytes":3}"#), Some("jsonl"));
        assert_eq!(of("ts,h,bytes,op,n\n1.5,7,1,GET,1\n"), Some("sampled"));
        assert_eq!(
            of("OK\n1339518083.1 [0 127.0.0.1:6] \"get\" \"k\"\n"),
            Some("redis-monitor")
        );
        assert_eq!(of("0,yDqF,17,0,1,get,0\n"), Some("twitter"));
        assert_eq!(
            of("version,time,op,size,lbn\n1,5,2a,512,42\n"),
            Some("cloudphysics-csv")
        );
        assert_eq!(of("# time, object, size, next_access_vtime\n"), Some("csv"));
        assert_eq!(of("1 0 68\n2 1 7454\n"), Some("csv"));
        assert_eq!(of("a b\nc d\n"), None);
        let msr = "128166372003061629,hm,1,Read,383496192,32768,1331\n";
        assert_eq!(of(msr), Some("msr"));
        let network = "tls 2.0 2020-04-01T08:51:42 net/my-lb/c6e7 g3d4 192.0.2.1:51341 192.0.2.2:443 5 2 98 246 -\n";
        let why = plan(network.as_bytes(), None, &Reading::default()).err();
        assert!(why.unwrap().contains("Network Load Balancer"));
        let combined = "1.1.1.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 5\n";
        assert_eq!(of(combined), Some("combined"));
        let s3 = "79a5 bucket [06/Feb/2019:00:00:38 +0000] 1.2.3.4 r id REST.GET.OBJECT k \"GET /k\" 200 - 1 1 7\n";
        assert_eq!(of(s3), Some("s3"));
        let alb = "http 2018-07-02T22:23:00.186641Z app/x/1 1.1.1.1:1 10.0.0.1:80 0.0 0.0 0.0 200 200 0 57 \"GET http://a:80/ HTTP/1.1\" \"c\"\n";
        assert_eq!(of(alb), Some("alb"));
        let realtime =
            "1573069143.517\t1.1.1.1\t0.1\t200\t5\tGET\thttps\thost\t/a\t5\tIAD\tid\thost\t0.1";
        assert_eq!(of(realtime), Some("cloudfront-realtime"));
    }
}
