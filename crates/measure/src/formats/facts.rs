//! The one table of formats: name, what its logs are like, how it is told and how it is read.
//!
//! A new format is a row here and a parser beside it; nothing else knows all formats.

use std::fmt;
use std::str::FromStr;

use super::binary::Layout as Records;
use super::columns::Layout;
use super::delimited::{Delimited, JsonRows};
use super::detect::{Claim, Plan, Seen};
use super::redis::Monitor;
use super::servers::{Alb, Combined, S3, Twitter};
use super::web::{W3c, WebJson};
use super::{LineFormat, Reading, binary, detect};

/// Every format that can be read, in the order of [`FACTS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// CloudFront standard logs, legacy or v2, as W3C text.
    CloudfrontW3c,
    /// CloudFront standard logs v2 as JSON lines.
    CloudfrontJson,
    /// CloudFront standard logs v2 as Parquet.
    CloudfrontParquet,
    /// CloudFront real-time logs (tab-separated, fields in the documented order or `--columns`).
    CloudfrontRealtime,
    /// S3 server access logs.
    S3,
    /// Application Load Balancer access logs.
    Alb,
    /// nginx and Apache combined (or common) logs.
    Combined,
    /// Output of the Redis and Valkey `MONITOR` command.
    RedisMonitor,
    /// Delimited text with named or numbered columns.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// Parquet with named columns.
    Parquet,
    /// libCacheSim's 24-byte binary records.
    OracleGeneral,
    /// Twitter's production cache traces.
    Twitter,
    /// CloudPhysics block traces as CSV.
    CloudphysicsCsv,
    /// CloudPhysics block traces in VMware's binary vscsi format.
    Vscsi,
    /// References sampled by the query of `--emit-sql`, as CSV, JSON lines or Parquet.
    Sampled,
}

/// What is known about a format.
pub struct FormatFacts {
    /// Which one.
    pub format: Format,
    /// Name on the command line and in reports.
    pub name: &'static str,
    /// The layer of the profile that such logs come from.
    pub layer: &'static str,
    /// Records of one file are in time order.
    pub(crate) ordered: bool,
    /// A trace: several files are parts of it, in the order given.
    pub(crate) trace: bool,
    /// Requests state times to live.
    pub(crate) ttl: bool,
    /// The log was written by the cache itself, so a write is a fill.
    pub(crate) writes_fill: bool,
    /// Whether a line is of this format.
    pub(crate) detect: fn(&Seen<'_>) -> Claim,
    /// How to read a file that starts with these bytes.
    pub(crate) read: fn(&[u8], &Reading) -> Result<Plan, String>,
}

/// Logs of servers that the public reaches: written when a response ends, so not in order.
const EDGE: FormatFacts = FormatFacts {
    format: Format::Combined,
    name: "combined",
    layer: "edge",
    ordered: false,
    trace: false,
    ttl: false,
    writes_fill: false,
    detect: |_| Claim::No,
    read: |_, reading| lines(Combined::new(reading)),
};

/// Rows with columns.
const ROWS: FormatFacts = FormatFacts {
    format: Format::Csv,
    name: "csv",
    layer: "application",
    ordered: true,
    read: csv,
    ..EDGE
};

/// Traces of caches and disks.
const TRACE: FormatFacts = FormatFacts {
    format: Format::Vscsi,
    name: "vscsi",
    layer: "storage",
    trace: true,
    writes_fill: true,
    read: vscsi,
    ..ROWS
};

/// All formats, in the order of their names in messages; a line goes to the first that claims it.
pub static FACTS: [FormatFacts; 16] = [
    FormatFacts {
        format: Format::CloudfrontW3c,
        name: "cloudfront-w3c",
        detect: |seen| Claim::yes_if(W3c::starts(seen.line)),
        read: |_, reading| lines(W3c::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontJson,
        name: "cloudfront-json",
        detect: |seen| Claim::yes_if(seen.has_name(&["cs-uri-stem", "x-edge-location"])),
        read: |_, reading| lines(WebJson::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontParquet,
        name: "cloudfront-parquet",
        read: |_, _| Ok(Plan::Parquet),
        ..EDGE
    },
    FormatFacts {
        format: Format::CloudfrontRealtime,
        name: "cloudfront-realtime",
        detect: |seen| Claim::yes_if(W3c::is_realtime(seen.line)),
        read: |_, reading| lines(W3c::realtime(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::S3,
        name: "s3",
        layer: "storage",
        detect: |seen| Claim::yes_if(S3::is_like(&seen.words)),
        read: |_, reading| lines(S3::new(reading)),
        ..EDGE
    },
    FormatFacts {
        format: Format::Alb,
        name: "alb",
        detect: |seen| Claim::yes_if(Alb::is_like(&seen.words)),
        read: |_, reading| lines(Alb::new(reading)),
        ..EDGE
    },
    FormatFacts {
        detect: |seen| Claim::yes_if(Combined::is_like(&seen.words)),
        ..EDGE
    },
    FormatFacts {
        format: Format::RedisMonitor,
        name: "redis-monitor",
        ttl: true,
        writes_fill: true,
        detect: |seen| Claim::yes_if(Monitor::is_like(seen.line)),
        read: |_, reading| lines(Monitor::new(reading)),
        ..ROWS
    },
    FormatFacts {
        detect: |seen| {
            let layout = Layout::of_text(seen.line, &seen.reading.columns);
            Claim::perhaps_if(!seen.is_json() && layout.is_ok())
        },
        ..ROWS
    },
    FormatFacts {
        format: Format::Jsonl,
        name: "jsonl",
        detect: |seen| Claim::perhaps_if(seen.is_json()),
        read: |head, reading| lines(jsonl(head, reading, false)?),
        ..ROWS
    },
    FormatFacts {
        format: Format::Parquet,
        name: "parquet",
        ordered: false,
        read: |_, _| Ok(Plan::Parquet),
        ..ROWS
    },
    FormatFacts {
        format: Format::OracleGeneral,
        name: "oracle-general",
        layer: "application",
        writes_fill: false,
        read: |_, _| Ok(Plan::Records(Records::OracleGeneral)),
        ..TRACE
    },
    FormatFacts {
        format: Format::Twitter,
        name: "twitter",
        layer: "application",
        ttl: true,
        detect: |seen| Claim::yes_if(Twitter::is_like(seen.line)),
        read: |_, reading| lines(Twitter::new(reading)),
        ..TRACE
    },
    FormatFacts {
        format: Format::CloudphysicsCsv,
        name: "cloudphysics-csv",
        detect: |seen| Claim::yes_if(seen.header() == ["version", "time", "op", "size", "lbn"]),
        read: csv,
        ..TRACE
    },
    FormatFacts { ..TRACE },
    FormatFacts {
        format: Format::Sampled,
        name: "sampled",
        ordered: false,
        detect: |seen| Claim::yes_if(seen.is_sampled()),
        read: sampled,
        ..ROWS
    },
];

fn lines(format: impl LineFormat + 'static) -> Result<Plan, String> {
    Ok(Plan::Lines(Box::new(format)))
}

fn csv(head: &[u8], reading: &Reading) -> Result<Plan, String> {
    lines(rows(head, reading, false)?)
}

fn rows(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<Delimited, String> {
    let layout = Layout::of_text(detect::first_line(head), &reading.columns)?;
    Ok(Delimited::new(reading, layout, is_sampled))
}

fn jsonl(head: &[u8], reading: &Reading, is_sampled: bool) -> Result<JsonRows, String> {
    let names = detect::json_names(detect::first_line(head));
    let names = names.ok_or("the first line is not a JSON object")?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let layout = Layout::of_names(&names, 0, &reading.columns)?;
    Ok(JsonRows::new(reading, layout, is_sampled))
}

fn vscsi(head: &[u8], _: &Reading) -> Result<Plan, String> {
    match binary::detect(head) {
        Some(layout @ (Records::Vscsi1 | Records::Vscsi2)) => Ok(Plan::Records(layout)),
        _ => Err("the records are neither vscsi version 1 nor 2".to_owned()),
    }
}

fn sampled(head: &[u8], reading: &Reading) -> Result<Plan, String> {
    if head.starts_with(b"PAR1") {
        return Ok(Plan::Parquet);
    }
    if detect::first_line(head).starts_with(b"{") {
        return lines(jsonl(head, reading, true)?);
    }
    lines(rows(head, reading, true)?)
}

impl Format {
    /// What is known about it.
    pub fn facts(self) -> &'static FormatFacts {
        &FACTS[self as usize]
    }

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The names of all formats, as messages list them.
    pub(crate) fn names() -> String {
        FACTS.each_ref().map(|facts| facts.name).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = FACTS.iter().find(|facts| facts.name == name);
        let names = Self::names;
        found
            .map(|facts| facts.format)
            .ok_or_else(|| format!("`{name}` is not a format; use one of {}", names()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_own_row() {
        for (at, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.format as usize, at, "{}", facts.name);
            assert_eq!(facts.name.parse(), Ok(facts.format));
        }
    }
}
