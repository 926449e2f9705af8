//! Log and trace formats: one file per family, all turning bytes into accesses.
//!
//! A line format sees one line at a time and answers with accesses, a reason to skip it, or a
//! reason why it is corrupt; it never reads files and never fails a run.

pub(crate) mod binary;
pub(crate) mod columns;
pub(crate) mod combined;
pub(crate) mod delimited;
pub(crate) mod detect;
pub(crate) mod events;
pub mod facts;
pub(crate) mod fields;
pub(crate) mod foreign;
pub(crate) mod http;
pub(crate) mod json;
pub(crate) mod key;
pub(crate) mod labelled;
pub(crate) mod memcached;
pub(crate) mod names;
#[cfg(feature = "parquet")]
pub(crate) mod parquet;
pub(crate) mod plain;
pub(crate) mod proxies;
pub(crate) mod records;
pub(crate) mod redis;
pub(crate) mod rows;
pub(crate) mod sample;
pub(crate) mod servers;
pub(crate) mod slowlog;
pub(crate) mod stream;
pub(crate) mod traces;
pub(crate) mod values;
pub(crate) mod w3c;
pub(crate) mod web;
pub(crate) mod wrap;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;
use std::str::FromStr;

use super::access::{Access, Reads, Total};
use super::sampling::Sampler;
use super::sketch::Sketch;
use super::stats::Stats;
use super::window::Window;

pub use facts::Format;
pub use key::KeyRule;

/// Why a line gives no access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reject {
    /// The line is not what the format promises.
    Bad(&'static str),
    /// The line is fine and no request for a cacheable object.
    Skip(&'static str),
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

/// Bytes sent that are not the size of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sent {
    /// Reads that tell how much.
    pub(crate) reads: u64,
    /// How much.
    pub(crate) bytes: u64,
    /// Reads of a range.
    pub(crate) ranges: u64,
    /// Reads of what the reader had already.
    pub(crate) unchanged: u64,
}

impl AddAssign for Sent {
    fn add_assign(&mut self, other: Self) {
        self.reads += other.reads;
        self.bytes = self.bytes.wrapping_add(other.bytes);
        self.ranges += other.ranges;
        self.unchanged += other.unchanged;
    }
}

/// Where a file's earliest and latest requests are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    /// Time and line.
    pub(crate) first: (i64, u64),
    /// Time and line.
    pub(crate) last: (i64, u64),
}

impl Extremes {
    pub(crate) fn see(seen: &mut Option<Self>, time: i64, line: u64) {
        let at = (time, line);
        let extremes = seen.get_or_insert(Self {
            first: at,
            last: at,
        });
        if time < extremes.first.0 {
            extremes.first = at;
        } else if time > extremes.last.0 {
            extremes.last = at;
        }
    }
}

/// Names of hosts by distribution.
pub(crate) type Names = BTreeMap<String, BTreeSet<String>>;

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
    /// Corrupt pieces of the line at hand, which the reader locates.
    pub(crate) fresh_bad: Vec<(&'static str, Vec<u8>)>,
    /// Reads whose answer is not the object, and the bytes they sent.
    pub(crate) sent: Sent,
    /// Keys of reads beyond the first: one call may name several.
    pub(crate) more_keys: u64,
    /// Requests to tables, in logs that hold those of a database and of objects.
    pub(crate) of_tables: u64,
    /// Earliest and latest request seen so far in the file, and their lines.
    pub(crate) extremes: Option<Extremes>,
    /// Things to tell the user about this file.
    pub(crate) notes: Vec<String>,
    /// Edge locations seen in this file.
    pub(crate) edges: BTreeSet<[u8; 3]>,
    /// Keys of reads in this file without query strings.
    pub(crate) bare: Sketch,
    /// Ids of requests in this file.
    pub(crate) ids: Sketch,
    /// Names that each distribution of CloudFront was asked for by.
    pub(crate) names: Names,
    /// Requests of other times do not count.
    pub(crate) window: Window,
}

/// Takes requests as they are decoded: all of them are counted, and only those of the sample go
/// any further.
pub(crate) struct Counter<'a> {
    pub(crate) stats: &'a mut Stats,
    pub(crate) sampler: Sampler<'a>,
    /// Room for some of them.
    pub(crate) reads: &'a mut Reads,
}

/// Bytes of a corrupt line that are shown.
const EXCERPT: usize = 80;

/// Bad lines that are kept with their text.
pub(crate) const KEPT_BAD_LINES: usize = 5;

impl Batch {
    /// Empties the batch and keeps its room.
    pub(crate) fn clear(&mut self) {
        let mut accesses = std::mem::take(&mut self.accesses);
        accesses.clear();
        *self = Self {
            accesses,
            window: self.window,
            ..Self::default()
        };
    }

    /// Whether a request is of another time than those asked for; it is counted as left out.
    pub(crate) fn leaves_out(&mut self, time: i64) -> bool {
        let is_outside = !self.window.contains(time);
        if is_outside {
            *self.skipped.entry(Window::OUTSIDE).or_default() += 1;
        }
        is_outside
    }

    /// Takes out what is of another time and was not asked before.
    pub(crate) fn keep_window(&mut self) {
        if self.window.is_open() {
            return;
        }
        let (window, before) = (self.window, self.accesses.len() + self.totals.len());
        self.accesses.retain(|access| window.contains(access.time));
        self.totals.retain(|total| window.contains(total.time));
        let gone = before - self.accesses.len() - self.totals.len();
        if gone > 0 {
            *self.skipped.entry(Window::OUTSIDE).or_default() += gone as u64;
        }
    }

    /// Adds a read that sent something else than its object.
    pub(crate) fn sent(&mut self, access: Access, bytes: u64) {
        self.sent.reads += 1;
        self.sent.bytes = self.sent.bytes.wrapping_add(bytes);
        self.accesses.push(access.sent_apart());
    }

    /// Counts what a part of the line at hand is not.
    pub(crate) fn reject_here(&mut self, reject: Reject, text: &[u8]) {
        match reject {
            Reject::Skip(reason) => *self.skipped.entry(reason).or_default() += 1,
            Reject::Bad(reason) => {
                let text = text[..text.len().min(EXCERPT)].to_vec();
                self.fresh_bad.push((reason, text));
            }
        }
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

/// The start of a line as it may be shown: characters that control a terminal, change the direction
/// of text or cannot be seen are escaped.
pub(crate) fn excerpt(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(EXCERPT)]);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if drives(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Characters that control a terminal, turn the direction of text or cannot be seen; the same set
/// as that of the program's reports.
fn drives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
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
    /// What is part of the key.
    pub(crate) key: KeyRule,
    /// Fields of a log without header, in their order.
    pub(crate) fields: Vec<String>,
    /// JSON records are in a list somewhere inside an object.
    pub(crate) is_deep: bool,
}

/// What the requests of a file are like, where the format alone does not tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits {
    /// Rows of an HTTP server, with a status or a method: caches in front hand writes on.
    pub(crate) is_http: bool,
    /// Requests are not in the order of time.
    pub(crate) is_unordered: bool,
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
    /// HTTP status.
    pub status: Option<String>,
    /// The host that was asked for.
    pub host: Option<String>,
    /// Whether a cache answered.
    pub result: Option<String>,
    /// The query string, where the key has none.
    pub query: Option<String>,
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
                "status" => &mut columns.status,
                "host" => &mut columns.host,
                "result" => &mut columns.result,
                "query" => &mut columns.query,
                other => {
                    return Err(format!(
                        "`{other}` is not one of time, key, size, op, ttl, status, host, result, query"
                    ));
                }
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

    /// A line may come in parts, for it need not fit into memory.
    fn is_stream(&self) -> bool {
        false
    }

    /// Parses a part of a line that goes on; only asked of a stream.
    fn part_of_line(&mut self, _part: &[u8], _batch: &mut Batch) {}

    /// What the requests are like.
    fn traits(&self) -> Traits {
        Traits::default()
    }

    /// The file ends: adds what waited, and what the user should know.
    fn finish(&mut self, _batch: &mut Batch) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_an_excerpt_drives_a_terminal_or_hides() {
        let hidden = "\u{1b}\u{7f}\u{85}\u{ad}\u{61c}\u{200b}\u{200f}\u{202e}\u{2066}\u{feff}\u{fffa}\u{e0041}";
        let shown = excerpt(hidden.as_bytes());
        assert!(
            shown.starts_with("\\u{1b}\\u{7f}") && shown.is_ascii(),
            "{shown}"
        );
        assert_eq!(excerpt("a\u{e9}\u{4e2d}".as_bytes()), "a\u{e9}\u{4e2d}");
    }
}
