//! Where the engine tells what it does: text for people on stderr, records for programs on stdout.
//!
//! One status line is redrawn in place on a terminal; everything else is an ordinary line.

use std::io::Write;

use super::record::Record;
use crate::world::World;

/// How events are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Mode {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON record per line on stdout.
    Json,
}

/// Emphasis of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// None.
    Plain,
    /// Good.
    Good,
    /// Bad.
    Bad,
    /// Careful.
    Care,
    /// Less important.
    Faint,
    /// Heading.
    Strong,
}

/// The two streams of a run.
pub struct Sink<'w> {
    out: &'w mut dyn Write,
    err: &'w mut dyn Write,
    /// Text or records.
    pub mode: Mode,
    color: bool,
    /// Colour may be written to stdout.
    pub color_out: bool,
    /// The status line may be redrawn in place.
    pub live: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// Long lines are wrapped between words, on a terminal only: a log keeps its lines whole.
    wraps: bool,
    /// The same for stdout.
    wraps_out: bool,
    status_shown: bool,
}

impl<'w> Sink<'w> {
    /// A sink over the world's streams.
    pub fn new(world: &'w mut World<'_>, mode: Mode) -> Self {
        let live = world.terminal.err_is_terminal && world.terminal.color_err && mode == Mode::Text;
        Self {
            color: world.terminal.color_err,
            color_out: world.terminal.color_out,
            live,
            width: world.terminal.width.max(40),
            wraps: world.terminal.err_is_terminal,
            wraps_out: world.terminal.out_is_terminal,
            out: &mut *world.out,
            err: &mut *world.err,
            mode,
            status_shown: false,
        }
    }

    /// Writes a record in JSON mode; nothing in text mode.
    pub fn record(&mut self, record: &Record) -> std::io::Result<()> {
        if self.mode == Mode::Json {
            let line = serde_json::to_string(record)?;
            writeln!(self.out, "{line}")?;
            self.out.flush()?;
        }
        Ok(())
    }

    /// A line for people on stderr; in JSON mode nothing.
    pub fn line(&mut self, text: &str) -> std::io::Result<()> {
        if self.mode == Mode::Json {
            return Ok(());
        }
        self.clear()?;
        if self.wraps {
            writeln!(self.err, "{}", wrapped(text, self.width))?;
        } else {
            writeln!(self.err, "{text}")?;
        }
        self.err.flush()
    }

    /// A remark: a line for people, a record for programs.
    pub fn note(&mut self, text: &str) -> std::io::Result<()> {
        self.record(&Record::Note {
            message: text.to_owned(),
        })?;
        let line = format!("{} {text}", self.paint(Tone::Care, "note:"));
        self.line(&line)
    }

    /// A line of the result on stdout; in JSON mode nothing (the result is a record).
    pub fn result(&mut self, text: &str) -> std::io::Result<()> {
        self.clear()?;
        if self.mode == Mode::Text {
            if self.wraps_out {
                writeln!(self.out, "{}", wrapped(text, self.width))?;
            } else {
                writeln!(self.out, "{text}")?;
            }
            self.out.flush()?;
        }
        Ok(())
    }

    /// A question on stderr, in both modes, without a line end.
    pub fn ask(&mut self, text: &str) -> std::io::Result<()> {
        self.clear()?;
        write!(self.err, "{text}")?;
        self.err.flush()
    }

    /// Redraws the status line, on a terminal only.
    pub fn status(&mut self, text: &str) -> std::io::Result<()> {
        if !self.live {
            return Ok(());
        }
        let fit: String = text.chars().take(self.width.saturating_sub(1)).collect();
        write!(self.err, "\r\x1b[2K{fit}")?;
        self.status_shown = true;
        self.err.flush()
    }

    /// Removes the status line.
    pub fn clear(&mut self) -> std::io::Result<()> {
        if self.status_shown {
            write!(self.err, "\r\x1b[2K")?;
            self.status_shown = false;
        }
        Ok(())
    }

    /// Colours text when colour is allowed.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Care => "33",
            Tone::Faint => "2",
            Tone::Strong => "1",
        };
        if self.color {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Every line wrapped between words; what follows is indented under the text of a `label: text`, else by two
/// more columns, and under itself where it stands far in already.
fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|l| wrapped_line(l, width)).collect();
    lines.join("\n")
}

fn wrapped_line(text: &str, width: usize) -> String {
    if textwrap::core::display_width(text) <= width {
        return text.to_owned();
    }
    let plain = plain(text);
    let begin = plain.len() - plain.trim_start().len();
    let label = plain.find(": ").map(|at| at + 2).filter(|l| *l <= 8);
    let indent = match label {
        Some(label) if begin == 0 => label,
        _ if begin >= 7 => begin,
        _ => begin + 2,
    };
    let rest = " ".repeat(indent);
    let options = textwrap::Options::new(width)
        .subsequent_indent(&rest)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// Text without its colour codes.
fn plain(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut out, part| {
        out.push_str(part.split_once('m').map_or("", |(_, after)| after));
        out
    })
}

/// `2m 05s`, `12s`.
pub fn seconds(total: u64) -> String {
    match (total / 3600, total / 60 % 60, total % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, s) => format!("{m}m {s:02}s"),
        (h, m, _) => format!("{h}h {m:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(seconds(5), "5s");
        assert_eq!(seconds(125), "2m 05s");
        assert_eq!(seconds(3720), "1h 02m");
    }

    #[test]
    fn long_lines_wrap_under_their_text() {
        let cause = "to do: allow kms:DescribeKey and kms:Decrypt in the key policy";
        assert_eq!(
            wrapped(cause, 40),
            "to do: allow kms:DescribeKey and\n       kms:Decrypt in the key policy"
        );
        let row = "  + add       CacheTable               AWS::DynamoDB::Table";
        assert_eq!(wrapped(row, 80), row);
        assert_eq!(
            wrapped("\u{1b}[33mnote:\u{1b}[0m one two three", 16),
            "\u{1b}[33mnote:\u{1b}[0m one two\n      three"
        );
        assert_eq!(
            wrapped("      3s  FAILED\n          User: nobody may do this", 28),
            "      3s  FAILED\n          User: nobody may\n          do this"
        );
        let long = "see arn:aws:kms:us-east-1:111122223333:key/11111111-2222";
        assert_eq!(
            wrapped(long, 40),
            "see\n  arn:aws:kms:us-east-1:111122223333:key/11111111-2222"
        );
    }
}
