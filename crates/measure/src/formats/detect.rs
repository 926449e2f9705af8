//! Which format a file has, from its first bytes, and the reader for it.
//!
//! Detection looks at the first lines only and never guesses silently: the answer is part of the
//! result, and what fits nothing is an error that names the formats.

use super::columns::{Layout, separator, split_text};
use super::facts::FACTS;
use super::fields::Tokens;
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
    pub(crate) reading: &'a Reading,
    /// Names of the fields of a JSON object.
    names: Option<Vec<String>>,
}

impl<'a> Seen<'a> {
    fn new(line: &'a [u8], reading: &'a Reading) -> Self {
        let is_object = line.starts_with(b"{");
        Self {
            line,
            words: Tokens::new(line).take(14).collect(),
            reading,
            names: is_object.then(|| json_names(line)).flatten(),
        }
    }

    /// The line is a JSON object.
    pub(crate) fn is_json(&self) -> bool {
        self.names.is_some()
    }

    /// The line is a JSON object with one of these fields.
    pub(crate) fn has_name(&self, wanted: &[&str]) -> bool {
        let names = self.names.iter().flatten();
        names.into_iter().any(|name| wanted.contains(&&**name))
    }

    /// The cells of a header line.
    pub(crate) fn header(&self) -> Vec<String> {
        let line = self.line.strip_prefix(b"#").unwrap_or(self.line);
        let text = String::from_utf8_lossy(line);
        let names = split_text(text.trim(), separator(self.line));
        names.into_iter().map(str::to_owned).collect()
    }

    /// The line shows the columns of the sampling query.
    pub(crate) fn is_sampled(&self) -> bool {
        let names = self.names.clone().unwrap_or_else(|| self.header());
        Layout::is_sampled(&names.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The format that claims the line.
    fn format(&self) -> Option<Format> {
        let claims = FACTS
            .iter()
            .map(|facts| (facts.format, (facts.detect)(self)));
        let mut perhaps = None;
        for (format, claim) in claims {
            match claim {
                Claim::Yes => return Some(format),
                Claim::Perhaps => perhaps = perhaps.or(Some(format)),
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
    let format = match forced {
        Some(format) => format,
        None => detect(head, reading).ok_or_else(|| unknown(head))?,
    };
    Ok((format, (format.facts().read)(head, reading)?))
}

fn unknown(head: &[u8]) -> String {
    if head.is_empty() {
        return "the file is empty".to_owned();
    }
    let names = Format::names();
    format!("the format is not recognised; name it with `--format`, one of {names}")
}

/// Names of the fields of a JSON object.
pub(crate) fn json_names(line: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let complete = json::fields(line, |key, _| {
        names.push(String::from_utf8_lossy(key).into_owned())
    });
    complete.then_some(names)
}

/// The first line with content, without byte order mark and the `OK` of `MONITOR`.
pub(crate) fn first_line(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines
        .find(|l| !l.is_empty() && *l != b"OK" && *l != b"+OK")
        .unwrap_or_default()
}

fn detect(head: &[u8], reading: &Reading) -> Option<Format> {
    if head.starts_with(b"PAR1") {
        return Some(Format::Parquet);
    }
    if is_binary(head) {
        return binary::detect(head).map(|layout| match layout {
            binary::Layout::OracleGeneral => Format::OracleGeneral,
            _ => Format::Vscsi,
        });
    }
    let lines = head
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|l| !l.is_empty());
    // The first lines may be corrupt: the first that some format claims decides.
    lines
        .take(20)
        .find_map(|line| Seen::new(line, reading).format())
        .or_else(|| Seen::new(first_line(head), reading).format())
}

fn is_binary(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4096)];
    memchr::memchr(0, start).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Option<&'static str> {
        detect(head.as_bytes(), &Reading::default()).map(Format::name)
    }

    #[test]
    fn formats_are_told_apart() {
        assert_eq!(
            of("#Version: 1.0\n#Fields: date time\n"),
            Some("cloudfront-w3c")
        );
        assert_eq!(
            of(r#"{"date":"2026-01-01","cs-uri-stem":"/a"}"#),
            Some("cloudfront-json")
        );
        assert_eq!(of(r#"{"ts":1,"key":"a","bytes":3}"#), Some("jsonl"));
        assert_eq!(of("ts,h,bytes,op,n\n"), Some("sampled"));
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
