//! One input to batches of accesses: opens, detects, parses, counts and locates what is corrupt.
//!
//! Damage in the middle of a file (a truncated gzip) ends that file with a note; it is not an
//! error. Which lines mean what is up to the formats.

use std::fs::File;
use std::io::{self, Read};

use super::formats::detect::{Plan, plan};
use super::formats::{
    Batch, Counter, Extremes, Format, LineFormat, Reading, Reject, Traits, binary,
};
use super::input::{Input, Meter, open};
use super::lines::{Block, Lines};
use crate::fault::{Cause, Fault};

/// First bytes that the format is told from.
const HEAD: usize = 1 << 16;

/// An input being read.
pub(crate) struct Reader {
    file: String,
    line: u64,
    extremes: Option<Extremes>,
    /// The format, once it is known; none for an empty file.
    pub(crate) format: Option<Format>,
    /// What the requests are like.
    pub(crate) traits: Traits,
    body: Body,
}

enum Body {
    Empty,
    Lines(Lines<Box<dyn Read + Send>>, Box<dyn LineFormat>),
    Records(Lines<Box<dyn Read + Send>>, binary::Layout),
    #[cfg(feature = "parquet")]
    Parquet {
        table: Box<super::formats::parquet::Table>,
        size: u64,
        rows: u64,
        meter: Meter,
    },
}

impl Reader {
    /// Opens an input and finds its format.
    pub(crate) fn open(
        input: &Input,
        forced: Option<Format>,
        reading: &Reading,
        meter: &Meter,
    ) -> anyhow::Result<Self> {
        let mut lines = Lines::new(open(input, meter)?);
        let file = input.name();
        if lines.peek(HEAD).is_empty() {
            return match lines.error() {
                Some(error) => Err(damaged(&file, &error).into()),
                None => Ok(Self {
                    file,
                    line: 0,
                    extremes: None,
                    format: None,
                    traits: Traits::default(),
                    body: Body::Empty,
                }),
            };
        }
        let head = lines.peek(HEAD);
        if head.first() == Some(&0) && binary::detect(head).is_none() {
            lines.skip_zeros();
            if lines.peek(HEAD).is_empty() {
                return Err(unknown(&file, "the file holds nothing but zeros").into());
            }
        }
        let found = plan(lines.peek(HEAD), forced, reading);
        let (format, found) = found.map_err(|why| unknown(&file, &why))?;
        let (format, body) = match found {
            Plan::Lines(parser) => {
                if parser.is_stream() {
                    lines.hand_out_parts();
                }
                (format, Body::Lines(lines, parser))
            }
            Plan::Records(layout) => (format, Body::Records(lines, layout)),
            Plan::Parquet => table(input, forced, reading, meter)?,
        };
        let traits = match &body {
            Body::Lines(_, parser) => parser.traits(),
            #[cfg(feature = "parquet")]
            Body::Parquet { table, .. } => table.traits(),
            _ => Traits::default(),
        };
        Ok(Self {
            file,
            line: 0,
            extremes: None,
            format: Some(format),
            traits,
            body,
        })
    }

    /// The input is a binary trace, whose requests a [`Counter`] can take.
    pub(crate) const fn is_countable(&self) -> bool {
        matches!(self.body, Body::Records(_, binary::Layout::OracleGeneral))
    }

    /// Reads some more; false at the end. Only inputs that are countable know a counter.
    pub(crate) fn next(
        &mut self,
        batch: &mut Batch,
        counter: Option<&mut Counter<'_>>,
    ) -> anyhow::Result<bool> {
        let file = &self.file;
        match &mut self.body {
            Body::Empty => Ok(false),
            Body::Lines(lines, parser) => {
                let more = match lines.next() {
                    Ok(Some(block)) => {
                        let place = (file.as_str(), &mut self.line, &mut self.extremes);
                        parse_block(&block, parser.as_mut(), batch, place);
                        true
                    }
                    Ok(None) => false,
                    Err(error) => {
                        if let Some(rest) = lines.rest() {
                            self.line += 1;
                            batch.lines += 1;
                            batch.reject(Reject::Bad("cut off"), file, self.line, rest);
                        }
                        batch.notes.push(cut_off(file, self.line, &error));
                        false
                    }
                };
                if !more {
                    parser.finish(batch);
                    locate(batch, file, self.line);
                    batch.extremes = self.extremes;
                }
                Ok(more)
            }
            Body::Records(lines, layout) => Ok(records(
                lines,
                *layout,
                batch,
                counter,
                file,
                &mut self.line,
            )),
            #[cfg(feature = "parquet")]
            Body::Parquet {
                table,
                size,
                rows,
                meter,
            } => {
                let before = batch.lines;
                let more = table.next(batch, file, &mut self.line)?;
                meter.add(*size * (batch.lines - before) / (*rows).max(1));
                if !more {
                    table.finish(batch);
                }
                Ok(more)
            }
        }
    }
}

/// File, lines so far, and their earliest and latest requests.
type Place<'a> = (&'a str, &'a mut u64, &'a mut Option<Extremes>);

fn parse_block(
    block: &Block<'_>,
    parser: &mut dyn LineFormat,
    batch: &mut Batch,
    (file, line, extremes): Place<'_>,
) {
    let text = match block {
        Block::Lines(text) => *text,
        Block::TooLong(start) => {
            *line += 1;
            batch.lines += 1;
            batch.reject(Reject::Bad("a line longer than 1 MiB"), file, *line, start);
            return;
        }
    };
    let is_plain = parser.is_plain(text);
    let mut start = 0;
    while start < text.len() {
        if is_plain {
            let (count, bytes) = parser.plain(&text[start..], batch);
            *line += count;
            batch.lines += count;
            start += bytes;
            if start == text.len() {
                break;
            }
        }
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |at| start + at);
        let one = &text[start..end];
        start = end + 1;
        if end == text.len() && parser.is_stream() {
            parser.part_of_line(one, batch);
            locate(batch, file, *line + 1);
            break;
        }
        *line += 1;
        batch.lines += 1;
        let before = batch.accesses.len();
        parse_line(one, parser, batch, file, *line);
        let window = batch.window;
        let seen = batch.accesses[before..].iter();
        for access in seen.filter(|access| window.contains(access.time)) {
            Extremes::see(extremes, access.time, *line);
        }
    }
}

fn parse_line(
    mut line: &[u8],
    parser: &mut dyn LineFormat,
    batch: &mut Batch,
    file: &str,
    number: u64,
) {
    if let [before @ .., b'\r'] = line {
        line = before;
    }
    if number == 1 {
        line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    }
    if line.first() == Some(&0) {
        let zeros = line.iter().take_while(|b| **b == 0).count();
        line = &line[zeros..];
    }
    if line.is_empty() {
        return;
    }
    if let Err(reject) = parser.line(line, batch) {
        batch.reject(reject, file, number, line);
    }
    locate(batch, file, number);
}

/// Corrupt pieces of the line at hand get their place.
fn locate(batch: &mut Batch, file: &str, line: u64) {
    for (reason, text) in std::mem::take(&mut batch.fresh_bad) {
        batch.reject(Reject::Bad(reason), file, line, &text);
    }
}

fn records(
    lines: &mut Lines<Box<dyn Read + Send>>,
    layout: binary::Layout,
    batch: &mut Batch,
    counter: Option<&mut Counter<'_>>,
    file: &str,
    line: &mut u64,
) -> bool {
    match lines.records(layout.len()) {
        Ok(None) => false,
        Err(error) => {
            batch.notes.push(cut_off(file, *line, &error));
            false
        }
        Ok(Some(bytes)) => {
            let count = (bytes.len() / layout.len()) as u64;
            let before = batch.bad;
            let first_bad = layout.push(bytes, batch, counter);
            if let Some((at, reject)) = first_bad {
                // `push` has counted them; keep one with its place.
                let bad = batch.bad;
                batch.reject(
                    reject,
                    file,
                    *line + at as u64 + 1,
                    &bytes[at * layout.len()..][..layout.len()],
                );
                batch.bad = bad.max(before);
            }
            *line += count;
            batch.lines += count;
            let rest = &bytes[count as usize * layout.len()..];
            if !rest.is_empty() {
                batch.lines += 1;
                batch.reject(
                    Reject::Bad("a record that is cut off"),
                    file,
                    *line + 1,
                    rest,
                );
            }
            true
        }
    }
}

#[cfg(feature = "parquet")]
fn table(
    input: &Input,
    forced: Option<Format>,
    reading: &Reading,
    meter: &Meter,
) -> anyhow::Result<(Format, Body)> {
    use anyhow::Context;

    use super::formats::parquet::Table;
    let Some(path) = input.path() else {
        return Err(unknown("-", "Parquet cannot be read from standard input").into());
    };
    let mut file = File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    let mut magic = [0; 4];
    if file.read_exact(&mut magic).is_ok() && is_packed(magic) {
        let why =
            "Parquet inside a compressed file, which cannot be read from its end: unpack it first";
        return Err(unknown(&input.name(), why).into());
    }
    let size = file.metadata().map(|m| m.len()).unwrap_or_default();
    let (format, table) = Table::open(file, forced, reading)
        .map_err(|why| unknown(&input.name(), &format!("{why:#}")))?;
    let rows = table.rows();
    Ok((
        format,
        Body::Parquet {
            table: Box::new(table),
            size,
            rows,
            meter: meter.clone(),
        },
    ))
}

/// gzip, zstd, bzip2 or xz.
#[cfg(feature = "parquet")]
const fn is_packed(magic: [u8; 4]) -> bool {
    matches!(
        magic,
        [0x1f, 0x8b, ..]
            | [0x28, 0xb5, 0x2f, 0xfd]
            | [b'B', b'Z', b'h', _]
            | [0xfd, b'7', b'z', b'X']
    )
}

#[cfg(not(feature = "parquet"))]
fn table(
    input: &Input,
    _: Option<Format>,
    _: &Reading,
    _: &Meter,
) -> anyhow::Result<(Format, Body)> {
    let why = "this build has no Parquet reader; build with the feature `parquet`";
    Err(unknown(&input.name(), why).into())
}

fn unknown(file: &str, why: &str) -> Fault {
    Fault {
        cause: Cause::Content,
        code: "log-format",
        message: format!("`{file}`: {why}"),
        help: "see `cachewright measure --help` for formats and `--columns`",
    }
}

fn damaged(file: &str, error: &io::Error) -> Fault {
    let text = error.to_string();
    if text.contains("too much memory") || text.contains("memory limit") {
        return Fault {
            cause: Cause::Content,
            code: "log-damaged",
            message: format!(
                "`{file}` was compressed with a window of more than 128 MiB, which is not read"
            ),
            help: "decompress it first, as with `zstd -d --long=31` or `xz -d`",
        };
    }
    Fault {
        cause: Cause::Content,
        code: "log-damaged",
        message: format!("`{file}` cannot be read: {error}"),
        help: "check the file with `gzip -t` or `zstd -t`, or leave it out",
    }
}

fn cut_off(file: &str, line: u64, error: &io::Error) -> String {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends early (truncated)".to_owned(),
        _ => format!("is damaged ({error})"),
    };
    format!("`{file}` {what} after line {line}: what came before is kept")
}
