//! Which format a file has, from its first bytes, and the reader for it.
//!
//! Detection looks at the first lines only and never guesses silently: the answer is part of the
//! result, and what fits nothing is an error that names the formats.

use super::columns::{Layout, separator, split_text};
use super::facts::FACTS;
use super::fields::Tokens;
use super::json::Scan;
use super::w3c::{self, Writer};
use super::wrap::Wrapping;
use super::{Format, LineFormat, Reading, binary, foreign, json, records};

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
    if let Some(what) = foreign::refused(head, first_line(head)) {
        return Err(what);
    }
    if let Some(format) = forced {
        // The lines may be inside others all the same.
        if detect(head) != Some(format) {
            let found = wrapped(head, reading, 0);
            if let Some(found) = found.filter(|(found, _)| *found == format) {
                return Ok(found);
            }
        }
        return Ok((format, (format.facts().read)(head, reading)?));
    }
    if let Some(format) = w3c::of_fields(head, reading) {
        return Ok((format, (format.facts().read)(head, reading)?));
    }
    // A line inside another begins with the time or the name of the outer one, which some formats
    // would take for a column of theirs.
    if let Some(found) = wrapped(head, reading, 0) {
        return Ok(found);
    }
    // An object that goes on behind the head is around a list of records.
    if let Some(found) = is_cut_off(head).then(|| listed(head, reading, 0)).flatten() {
        return Ok(found);
    }
    // A line in a cell is one with cells around it: a format may claim both.
    if let Some(found) = cell_plan(head, reading) {
        return Ok(found);
    }
    match detect(head) {
        Some(Format::Jsonl) => json_plan(head, reading, 0),
        Some(format) => {
            // Columns of a trace without names may be named all the same.
            let format = match format {
                Format::Msr | Format::Spc if reading.columns.is_given() => Format::Csv,
                format => format,
            };
            Ok((format, (format.facts().read)(head, reading)?))
        }
        None => table_plan(head, reading),
    }
}

/// Delimited text with the lines of another log in a column.
fn cell_plan(head: &[u8], reading: &Reading) -> Option<(Format, Plan)> {
    if reading.columns.is_given() || first_line(head).starts_with(b"{") {
        return None;
    }
    let mut all = Wrapping::cells_of(head).into_iter();
    all.find_map(|(wrapping, inside)| {
        let (format, inner) = inside_plan(&inside, reading, 1)?;
        Some((format, Plan::Lines(wrapping.around(inner, reading))))
    })
}

/// Delimited text of known records or with columns of its own.
fn table_plan(head: &[u8], reading: &Reading) -> Result<(Format, Plan), String> {
    if !reading.columns.is_given() {
        if let Some(found) = records::of_text(head, reading) {
            return Ok(found);
        }
    }
    match Layout::of_text(head, reading) {
        Ok(_) => Ok((Format::Csv, (Format::Csv.facts().read)(head, reading)?)),
        Err(_) if head.trim_ascii().is_empty() => Err("the file is empty".to_owned()),
        Err(why) => match w3c::without_header(first_line(head)) {
            Some(columns) => Err(foreign::headerless(columns)),
            None if is_table(head) => Err(why),
            None => Err(unknown()),
        },
    }
}

/// Wrappings around a line, at most.
const DEPTH: u32 = 4;

/// The format of the lines inside the lines, if most of them are wrapped and those inside are known.
fn wrapped(head: &[u8], reading: &Reading, depth: u32) -> Option<(Format, Plan)> {
    for wrapping in Wrapping::LINES {
        let Some(inside) = wrapping.lines_of(head) else {
            continue;
        };
        if let Some((format, inner)) = inside_plan(&inside, reading, depth + 1) {
            return Some((format, Plan::Lines(wrapping.around(inner, reading))));
        }
    }
    None
}

/// The format of lines that were inside others; tables are not looked for, for a table without its
/// first column is often one as well.
fn inside_plan(
    inside: &[u8],
    reading: &Reading,
    depth: u32,
) -> Option<(Format, Box<dyn LineFormat>)> {
    if depth > DEPTH {
        return None;
    }
    let found = wrapped(inside, reading, depth).or_else(|| match detect(inside)? {
        Format::Jsonl => json_plan(inside, reading, depth).ok(),
        Format::Sampled | Format::CloudphysicsCsv => None,
        format => Some((format, (format.facts().read)(inside, reading).ok()?)),
    })?;
    match found {
        (format, Plan::Lines(inner)) => Some((format, inner)),
        _ => None,
    }
}

/// JSON objects of no known log: they may hold the lines of one, be rows of their own, or be around a
/// list of either.
fn json_plan(head: &[u8], reading: &Reading, depth: u32) -> Result<(Format, Plan), String> {
    let own = || (Format::Jsonl.facts().read)(head, reading);
    // The list around the objects is not inside them.
    let inside_reading = Reading {
        is_deep: false,
        ..reading.clone()
    };
    let held = || {
        let mut all = Wrapping::objects_of(head).into_iter();
        all.find_map(|(wrapping, inside)| {
            let (format, inner) = inside_plan(&inside, &inside_reading, depth + 1)?;
            Some((format, Plan::Lines(wrapping.around(inner, reading))))
        })
    };
    // Columns that were named are those of the objects.
    let known = (!reading.columns.is_given()).then(held).flatten();
    match known {
        Some(known) if known.0 != Format::Jsonl => Ok(known),
        known => match own() {
            Ok(plan) => Ok((Format::Jsonl, plan)),
            Err(why) => known
                .or_else(|| listed(head, reading, depth))
                .or_else(|| reading.columns.is_given().then(held).flatten())
                .ok_or(why),
        },
    }
}

/// The first object does not end in the head.
fn is_cut_off(head: &[u8]) -> bool {
    let first = first_line(head);
    if !first.starts_with(b"{") {
        return false;
    }
    let from = first.as_ptr() as usize - head.as_ptr() as usize;
    matches!(json::fields(&head[from..], |_, _| {}), Scan::CutOff { .. })
}

/// The format of the records in a list that the first object is around.
fn listed(head: &[u8], reading: &Reading, depth: u32) -> Option<(Format, Plan)> {
    if reading.is_deep {
        return None;
    }
    let first = memchr::memchr(b'{', head)?;
    let (start, _) = json::list_start(&head[first..]).ok()??;
    let reading = Reading {
        is_deep: true,
        ..reading.clone()
    };
    let (format, inner) = inside_plan(&head[first + start..], &reading, depth + 1)?;
    Some((format, Plan::Lines(inner)))
}

/// Most lines have as many cells as the first, and more than one.
fn is_table(head: &[u8]) -> bool {
    let separator = separator(first_line(head));
    let width = |line: &[u8]| split_text(&String::from_utf8_lossy(line), separator).len();
    let widths: Vec<usize> = first_lines(head).map(width).collect();
    let same = widths.iter().filter(|w| **w == widths[0]).count();
    widths.len() > 2 && widths[0] > 1 && same * 5 >= widths.len() * 4
}

fn unknown() -> String {
    let names = Format::names();
    format!("the format is not recognised; name it with `--format`, one of {names}")
}

/// The first line with content, without byte order mark and the `OK` of `MONITOR`.
pub(crate) fn first_line(head: &[u8]) -> &[u8] {
    first_lines(head).next().unwrap_or_default()
}

/// The first lines with content.
pub(crate) fn first_lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let lines = head.split(|b| *b == b'\n').map(trim);
    lines
        .filter(|l| !l.is_empty() && *l != b"OK" && *l != b"+OK")
        .take(20)
}

/// A line without spaces around it, without the zeros that a log cut short in place starts with, and
/// without the mark of a record in a sequence of JSON.
fn trim(line: &[u8]) -> &[u8] {
    let marks = line.iter().take_while(|b| matches!(**b, 0 | 0x1e)).count();
    line[marks..].trim_ascii()
}

fn detect(head: &[u8]) -> Option<Format> {
    if head.starts_with(b"PAR1") {
        return Some(Format::Parquet);
    }
    if let Some(layout) = binary::detect(head).filter(|_| is_binary(head)) {
        return Some(match layout {
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
