//! Log and trace formats: one file per family, all turning bytes into accesses.
//!
//! A line format sees one line at a time and answers with accesses, a reason to skip it, or a
//! reason why it is corrupt; it never reads files and never fails a run.

pub(crate) mod binary;
pub(crate) mod delimited;
pub(crate) mod detect;
pub(crate) mod fields;
pub(crate) mod json;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod plain;
pub(crate) mod redis;
pub(crate) mod servers;
pub(crate) mod web;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use super::access::{Access, Reads};
use super::sampling::Sampler;
use super::stats::Stats;

/// Every format that can be read.
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

impl Format {
    /// All formats with their names on the command line and in reports.
    pub const ALL: [(Self, &'static str); 16] = [
        (Self::CloudfrontW3c, "cloudfront-w3c"),
        (Self::CloudfrontJson, "cloudfront-json"),
        (Self::CloudfrontParquet, "cloudfront-parquet"),
        (Self::CloudfrontRealtime, "cloudfront-realtime"),
        (Self::S3, "s3"),
        (Self::Alb, "alb"),
        (Self::Combined, "combined"),
        (Self::RedisMonitor, "redis-monitor"),
        (Self::Csv, "csv"),
        (Self::Jsonl, "jsonl"),
        (Self::Parquet, "parquet"),
        (Self::OracleGeneral, "oracle-general"),
        (Self::Twitter, "twitter"),
        (Self::CloudphysicsCsv, "cloudphysics-csv"),
        (Self::Vscsi, "vscsi"),
        (Self::Sampled, "sampled"),
    ];

    /// Name on the command line and in reports.
    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(f, _)| *f == self)
            .map_or("", |(_, name)| name)
    }

    /// Records may be out of time order even within one file.
    pub(crate) const fn is_unordered(self) -> bool {
        matches!(
            self,
            Self::CloudfrontW3c
                | Self::CloudfrontJson
                | Self::CloudfrontParquet
                | Self::CloudfrontRealtime
                | Self::S3
                | Self::Alb
                | Self::Combined
                | Self::Sampled
                | Self::Parquet
        )
    }

    /// The log was written by the cache itself, so a write is a fill.
    pub(crate) const fn writes_fill(self) -> bool {
        matches!(
            self,
            Self::RedisMonitor | Self::Twitter | Self::CloudphysicsCsv | Self::Vscsi
        )
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
        let found = Self::ALL.iter().find(|(_, n)| *n == name);
        let names = || Self::ALL.map(|(_, n)| n).join(", ");
        found
            .map(|(f, _)| *f)
            .ok_or_else(|| format!("`{name}` is not a format; use one of {}", names()))
    }
}

/// Why a line gives no access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reject {
    /// The line is not what the format promises.
    Bad(&'static str),
    /// The line is fine and no request for a cacheable object.
    Skip(&'static str),
}

/// Requests that a query engine counted: one row per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Total {
    pub(crate) time: i64,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) is_read: bool,
}

/// A corrupt line or record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// File as given, `-` for standard input.
    pub file: String,
    /// Line, or record in binary files, from 1.
    pub line: u64,
    /// What is wrong.
    pub reason: &'static str,
    /// The start of the line, with control characters escaped.
    pub excerpt: String,
}

/// What one step of reading produced.
#[derive(Default)]
pub(crate) struct Batch {
    pub(crate) accesses: Vec<Access>,
    pub(crate) totals: Vec<Total>,
    /// Lines or records seen, bad ones included.
    pub(crate) lines: u64,
    pub(crate) bad: u64,
    /// The first few bad lines.
    pub(crate) bad_lines: Vec<BadLine>,
    pub(crate) skipped: BTreeMap<&'static str, u64>,
    /// Things to tell the user about this file.
    pub(crate) notes: Vec<String>,
    /// Edge locations seen in this file.
    pub(crate) edges: BTreeSet<[u8; 3]>,
}

/// Takes requests as they are decoded: all of them are counted, and only those of the sample go
/// any further.
pub(crate) struct Counter<'a> {
    pub(crate) stats: &'a mut Stats,
    pub(crate) sampler: Sampler<'a>,
    /// Room for some of them.
    pub(crate) reads: &'a mut Reads,
}

/// Bad lines that are kept with their text.
pub(crate) const KEPT_BAD_LINES: usize = 5;

impl Batch {
    /// Empties the batch and keeps its room.
    pub(crate) fn clear(&mut self) {
        let mut accesses = std::mem::take(&mut self.accesses);
        accesses.clear();
        *self = Self {
            accesses,
            ..Self::default()
        };
    }

    /// Counts a rejected line.
    pub(crate) fn reject(&mut self, reject: Reject, file: &str, line: u64, text: &[u8]) {
        match reject {
            Reject::Skip(reason) => *self.skipped.entry(reason).or_default() += 1,
            Reject::Bad(reason) => {
                self.bad += 1;
                if self.bad_lines.len() < KEPT_BAD_LINES {
                    let excerpt = excerpt(text);
                    self.bad_lines.push(BadLine {
                        file: file.into(),
                        line,
                        reason,
                        excerpt,
                    });
                }
            }
        }
    }
}

fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(80)]);
    text.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect()
}

/// How to read what the format leaves open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// Seed of the key hash.
    pub(crate) seed: u64,
    /// Column names or positions given by the user.
    pub(crate) columns: Columns,
    /// Query strings are not part of the key.
    pub(crate) ignore_query: bool,
    /// Size of objects whose size the log does not tell.
    pub(crate) default_size: u64,
}

/// `--columns time=ts,key=k,size=bytes,op=cmd` and `--ttl-column`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// When.
    pub time: Option<String>,
    /// Which object.
    pub key: Option<String>,
    /// How many bytes.
    pub size: Option<String>,
    /// What was done.
    pub op: Option<String>,
    /// Seconds to live.
    pub ttl: Option<String>,
}

impl Columns {
    /// Any column was named.
    pub fn is_given(&self) -> bool {
        *self != Self::default()
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut columns = Self::default();
        for part in text.split(',').filter(|p| !p.trim().is_empty()) {
            let Some((name, column)) = part.split_once('=') else {
                return Err(format!(
                    "`{part}` has no `=`; write `time=ts,key=k,size=bytes`"
                ));
            };
            let slot = match name.trim() {
                "time" => &mut columns.time,
                "key" => &mut columns.key,
                "size" => &mut columns.size,
                "op" => &mut columns.op,
                "ttl" => &mut columns.ttl,
                other => return Err(format!("`{other}` is not one of time, key, size, op, ttl")),
            };
            *slot = Some(column.trim().to_owned());
        }
        Ok(columns)
    }
}

/// A format made of lines.
pub(crate) trait LineFormat: Send {
    /// Parses one line without its line break.
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject>;

    /// Whether [`Self::plain`] is worth asking for lines of this block.
    fn is_plain(&self, _block: &[u8]) -> bool {
        false
    }

    /// Parses whole lines from the start of `text` for as long as they are of the most common kind;
    /// answers how many lines and bytes that were. The next one goes through [`Self::line`], which
    /// would have answered the same for all of them.
    fn plain(&mut self, _text: &[u8], _batch: &mut Batch) -> (u64, usize) {
        (0, 0)
    }

    /// Things to tell the user once the file is read.
    fn notes(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// CloudFront edge locations (their first three letters) seen in the file.
    fn edges(&mut self) -> BTreeSet<[u8; 3]> {
        BTreeSet::new()
    }
}
