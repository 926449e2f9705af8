//! Text to lines in bounded memory: a line longer than a mebibyte is dropped and reported, not
//! kept.

use std::io::{self, Read};

const START: usize = 1 << 16;
/// Bytes handed out at once: what is made of them stays in the nearest cache.
const STEP: usize = 1 << 14;
/// Longest line that is read.
pub(crate) const MAX_LINE: usize = 1 << 20;

/// Whole lines, or the news that one was too long.
#[derive(Debug, PartialEq)]
pub(crate) enum Block<'a> {
    /// One or more whole lines; only the last of the input, and parts of a line, lack a line break.
    Lines(&'a [u8]),
    /// A line longer than [`MAX_LINE`] was skipped; its start is kept.
    TooLong(&'a [u8]),
}

/// Splits a reader at line breaks.
pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Bytes handed out already.
    start: usize,
    /// Bytes read.
    end: usize,
    is_done: bool,
    /// An error that waits until what was read before it is handed out.
    failed: Option<io::Error>,
    /// A line may be handed out in parts.
    in_parts: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; START],
            start: 0,
            end: 0,
            is_done: false,
            failed: None,
            in_parts: false,
        }
    }

    /// From now on a line longer than the buffer is handed out in parts.
    pub(crate) const fn hand_out_parts(&mut self) {
        self.in_parts = true;
    }

    /// The first bytes without taking them: up to `want`, less only at the end of the input. What
    /// was read before an error is still handed out.
    pub(crate) fn peek(&mut self, want: usize) -> &[u8] {
        while self.end < want.min(self.buffer.len()) && !self.is_done && self.failed.is_none() {
            self.failed = self.fill().err();
        }
        &self.buffer[self.start..self.end]
    }

    /// Takes the zeros that the input starts with, as a log has them that was cut short while its
    /// writer kept its place.
    pub(crate) fn skip_zeros(&mut self) {
        loop {
            let rest = self.buffer[self.start..self.end].iter();
            self.start += rest.take_while(|b| **b == 0).count();
            if self.start < self.end || self.is_done || self.failed.is_some() {
                break;
            }
            (self.start, self.end) = (0, 0);
            self.failed = self.fill().err();
        }
        self.make_room();
    }

    /// The error that ends the input after what was read.
    pub(crate) const fn error(&mut self) -> Option<io::Error> {
        self.failed.take()
    }

    fn fill(&mut self) -> io::Result<()> {
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
                Ok(0) => {
                    self.is_done = true;
                    return Ok(());
                }
                Ok(n) => {
                    self.end += n;
                    return Ok(());
                }
            }
        }
    }

    /// The next block. After an error, [`Self::rest`] has what was read before it.
    pub(crate) fn next(&mut self) -> io::Result<Option<Block<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(end) = self.whole_lines(searched) {
                let block = self.start..end;
                self.start = end;
                return Ok(Some(Block::Lines(&self.buffer[block])));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
            if self.is_done {
                return Ok(self.rest().map(Block::Lines));
            }
            if self.in_parts && self.end - self.start >= START {
                return Ok(self.rest().map(Block::Lines));
            }
            self.make_room();
            searched = self.end;
            if self.end == self.buffer.len() {
                return self.skip();
            }
            self.fill()?;
        }
    }

    /// The end of some whole lines, the first of which has no break before `searched`.
    fn whole_lines(&self, searched: usize) -> Option<usize> {
        let step = self.end.min(searched + STEP);
        let near = memchr::memrchr(b'\n', &self.buffer[searched..step]);
        let break_at = near.map(|at| searched + at);
        let far = || memchr::memchr(b'\n', &self.buffer[step..self.end]).map(|at| step + at);
        break_at.or_else(far).map(|at| at + 1)
    }

    /// Lines cut off by the end of the input or by an error.
    pub(crate) fn rest(&mut self) -> Option<&[u8]> {
        let rest = self.start..self.end;
        self.start = self.end;
        (!rest.is_empty()).then(|| &self.buffer[rest])
    }

    /// Moves what is left to the front and grows the buffer up to the longest line.
    fn make_room(&mut self) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.end == self.buffer.len() && self.end < MAX_LINE {
            self.buffer.resize(MAX_LINE, 0);
        }
    }

    /// Drops the line that fills the buffer.
    fn skip(&mut self) -> io::Result<Option<Block<'_>>> {
        const KEPT: usize = 128;
        loop {
            self.end = KEPT;
            self.fill()?;
            let found = memchr::memchr(b'\n', &self.buffer[KEPT..self.end]);
            self.start = found.map_or(self.end, |at| KEPT + at + 1);
            if found.is_some() || self.is_done {
                return Ok(Some(Block::TooLong(&self.buffer[..KEPT])));
            }
        }
    }

    /// Fixed-size records instead of lines: whole records, the last one possibly cut off.
    pub(crate) fn records(&mut self, len: usize) -> io::Result<Option<&[u8]>> {
        if self.end - self.start < len {
            self.make_room();
            while self.end < self.buffer.len() && !self.is_done && self.failed.is_none() {
                self.failed = self.fill().err();
            }
        }
        let whole = (self.end - self.start).min(STEP) / len * len;
        if whole == 0 {
            return self.failed.take().map_or_else(|| Ok(self.rest()), Err);
        }
        let records = self.start..self.start + whole;
        self.start = records.end;
        Ok(Some(&self.buffer[records]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte, then two, and so on.
    struct Trickle<'a>(&'a [u8], usize);

    impl Read for Trickle<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            let n = self.1.min(out.len()).min(self.0.len());
            out[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn all(text: &[u8]) -> (Vec<u8>, usize) {
        let mut lines = Lines::new(Trickle(text, 0));
        let (mut out, mut long) = (Vec::new(), 0);
        while let Some(block) = lines.next().unwrap() {
            match block {
                Block::Lines(text) => out.extend_from_slice(text),
                Block::TooLong(_) => long += 1,
            }
        }
        (out, long)
    }

    #[test]
    fn every_byte_of_every_line_comes_out_once() {
        let text = "line\n\nlonger line\nlast without break".repeat(999);
        assert_eq!(all(text.as_bytes()), (text.into_bytes(), 0));
    }

    #[test]
    fn a_line_that_is_too_long_is_dropped_and_the_next_one_is_read() {
        let long = "x".repeat(MAX_LINE * 3 + 5);
        assert_eq!(
            all(format!("a\n{long}\nb\n").as_bytes()),
            (b"a\nb\n".to_vec(), 1)
        );
        assert_eq!(all(long.as_bytes()), (vec![], 1));
    }

    #[test]
    fn zeros_at_the_start_are_skipped_however_many_there_are() {
        let text = [&[0; 3 * START + 7][..], b"a\nb\n"].concat();
        let mut lines = Lines::new(Trickle(&text, 999));
        assert_eq!(lines.peek(10)[0], 0);
        lines.skip_zeros();
        assert_eq!(lines.peek(100), b"a\nb\n");
        assert_eq!(lines.next().unwrap(), Some(Block::Lines(b"a\nb\n")));
    }

    #[test]
    fn records_come_whole() {
        let bytes: Vec<u8> = (0..=255).cycle().take(24 * 50_000 + 7).collect();
        let mut lines = Lines::new(&bytes[..]);
        assert_eq!(lines.peek(100).len(), START);
        let mut out = Vec::new();
        while let Some(records) = lines.records(24).unwrap() {
            assert!(records.len() % 24 == 0 || records.len() == 7);
            out.extend_from_slice(records);
        }
        assert_eq!(out, bytes);
    }
}
