//! Which format a file has, from its first bytes, and the reader for it.
//!
//! Detection looks at the first lines only and never guesses silently: the answer is part of the
//! result, and what fits nothing is an error that names the formats.

use super::delimited::{Delimited, JsonRows, Layout, separator, split_text};
use super::fields::{Tokens, clf, integer, iso, operation, thousandths};
use super::redis::Monitor;
use super::servers::{Alb, Combined, S3, Twitter};
use super::web::{W3c, WebJson};
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
    Ok((format, reader(format, head, reading)?))
}

fn unknown(head: &[u8]) -> String {
    if head.is_empty() {
        return "the file is empty".to_owned();
    }
    let names = Format::ALL.map(|(_, name)| name).join(", ");
    format!("the format is not recognised; name it with `--format`, one of {names}")
}

fn reader(format: Format, head: &[u8], reading: &Reading) -> Result<Plan, String> {
    let lines = |format: Box<dyn LineFormat>| Ok(Plan::Lines(format));
    match format {
        Format::CloudfrontW3c => lines(Box::new(W3c::new(reading))),
        Format::CloudfrontRealtime => lines(Box::new(W3c::realtime(reading))),
        Format::CloudfrontJson => lines(Box::new(WebJson::new(reading))),
        Format::S3 => lines(Box::new(S3::new(reading))),
        Format::Alb => lines(Box::new(Alb::new(reading))),
        Format::Combined => lines(Box::new(Combined::new(reading))),
        Format::RedisMonitor => lines(Box::new(Monitor::new(reading))),
        Format::Twitter => lines(Box::new(Twitter::new(reading))),
        Format::Csv | Format::CloudphysicsCsv => lines(Box::new(csv(head, reading, false)?)),
        Format::Jsonl => lines(Box::new(jsonl(head, reading, false)?)),
        Format::Sampled if head.starts_with(b"PAR1") => Ok(Plan::Parquet),
        Format::Sampled if first_line(head).starts_with(b"{") => {
            lines(Box::new(jsonl(head, reading, true)?))
        }
        Format::Sampled => lines(Box::new(csv(head, reading, true)?)),
        Format::OracleGeneral => Ok(Plan::Records(binary::Layout::OracleGeneral)),
        Format::Vscsi => match binary::detect(head) {
            Some(layout @ (binary::Layout::Vscsi1 | binary::Layout::Vscsi2)) => {
                Ok(Plan::Records(layout))
            }
            _ => Err("the records are neither vscsi version 1 nor 2".to_owned()),
        },
        Format::Parquet | Format::CloudfrontParquet => Ok(Plan::Parquet),
    }
}

fn csv(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<Delimited, String> {
    let layout = Layout::of_text(first_line(head), &reading.columns)?;
    Ok(Delimited::new(reading, layout, is_sampled))
}

fn jsonl(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<JsonRows, String> {
    let names = json_names(first_line(head)).ok_or("the first line is not a JSON object")?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let layout = Layout::of_names(&names, 0, &reading.columns)?;
    Ok(JsonRows::new(reading, layout, is_sampled))
}

fn json_names(line: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let complete = json::fields(line, |key, _| {
        names.push(String::from_utf8_lossy(key).into_owned())
    });
    complete.then_some(names)
}

/// The first line with content, without byte order mark and the `OK` of `MONITOR`.
fn first_line(head: &[u8]) -> &[u8] {
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
    if let Some(layout) = is_binary(head).then(|| binary::detect(head)).flatten() {
        return Some(match layout {
            binary::Layout::OracleGeneral => Format::OracleGeneral,
            _ => Format::Vscsi,
        });
    }
    if is_binary(head) {
        return None;
    }
    let lines = head
        .split(|b| *b == b'\n')
        .map(<[u8]>::trim_ascii)
        .filter(|l| !l.is_empty());
    // The first lines may be corrupt: the first that some format claims decides.
    lines
        .take(20)
        .find_map(|line| text(line, reading))
        .or_else(|| {
            Layout::of_text(first_line(head), &reading.columns)
                .ok()
                .map(|_| Format::Csv)
        })
}

fn is_binary(head: &[u8]) -> bool {
    let start = &head[..head.len().min(4096)];
    memchr::memchr(0, start).is_some()
}

fn text(line: &[u8], reading: &Reading) -> Option<Format> {
    if line.starts_with(b"#Version:") || line.starts_with(b"#Fields:") {
        return Some(Format::CloudfrontW3c);
    }
    if line.starts_with(b"{") {
        return json(line);
    }
    let tabs = line.split(|b| *b == b'\t').collect::<Vec<_>>();
    if tabs.len() >= 10 && thousandths(tabs[0]).is_some() {
        return Some(Format::CloudfrontRealtime);
    }
    if is_monitor(line) {
        return Some(Format::RedisMonitor);
    }
    let words: Vec<&[u8]> = Tokens::new(line).take(14).collect();
    if words.len() > 12 && iso(words[1]).is_some() && words[1].contains(&b'T') {
        return Some(Format::Alb);
    }
    if words.len() > 9 && clf(words[2]).is_some() {
        return Some(Format::S3);
    }
    if words.len() > 5 && words[3..].iter().take(4).any(|w| clf(w).is_some()) {
        return Some(Format::Combined);
    }
    delimited(line, reading)
}

fn json(line: &[u8]) -> Option<Format> {
    let names = json_names(line)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if Layout::is_sampled(&names) {
        return Some(Format::Sampled);
    }
    let is_cloudfront = names.contains(&"cs-uri-stem") || names.contains(&"x-edge-location");
    Some(if is_cloudfront {
        Format::CloudfrontJson
    } else {
        Format::Jsonl
    })
}

fn is_monitor(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"+").unwrap_or(line);
    let mut words = line.splitn(3, |b| *b == b' ');
    let (time, peer) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    thousandths(time).is_some() && time.contains(&b'.') && peer.starts_with(b"[")
}

fn delimited(line: &[u8], reading: &Reading) -> Option<Format> {
    let fields: Vec<&[u8]> = line.split(|b| *b == b',').collect();
    if let [time, _, key_size, value_size, client, op, ttl] = fields[..] {
        let numbers = [time, key_size, value_size, client, ttl];
        if numbers.iter().all(|n| integer(n).is_some()) && operation(op).is_some() {
            return Some(Format::Twitter);
        }
    }
    let header = String::from_utf8_lossy(line.strip_prefix(b"#").unwrap_or(line)).into_owned();
    let names = split_text(header.trim(), separator(line));
    if Layout::is_sampled(&names) {
        return Some(Format::Sampled);
    }
    if names == ["version", "time", "op", "size", "lbn"] {
        return Some(Format::CloudphysicsCsv);
    }
    Layout::of_text(line, &reading.columns)
        .ok()
        .map(|_| Format::Csv)
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
