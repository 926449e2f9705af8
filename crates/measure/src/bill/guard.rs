//! What no bill does: decompress to a thousand times its size, or have a row of many megabytes.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::input::Meter;

/// Most bytes that one byte of a file may become.
const RATIO: u64 = 1000;
/// Before that no ratio is judged: a small file is mostly header.
const FREE: u64 = 1 << 20;
/// Longest row, bytes.
const MAX_ROW: u64 = 8 << 20;

/// Says where a row ends, so that the next one has its bytes.
#[derive(Clone)]
pub(super) struct Rows(Arc<AtomicU64>);

impl Rows {
    pub(super) fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// A reader that refuses both.
pub(super) struct Guard<R> {
    inner: R,
    meter: Meter,
    out: u64,
    row: Rows,
    /// What a row is called, and its most bytes.
    longest: (&'static str, u64),
}

/// A reader of what `meter` counts before decompression.
pub(super) fn ratio<R: Read>(inner: R, meter: &Meter) -> Guard<R> {
    Guard {
        inner,
        meter: meter.clone(),
        out: 0,
        row: Rows(Arc::default()),
        longest: ("row", MAX_ROW),
    }
}

impl<R> Guard<R> {
    pub(super) fn rows(&self) -> Rows {
        self.row.clone()
    }

    /// The same of what has other parts than rows.
    pub(super) fn of(mut self, part: &'static str, most: u64) -> Self {
        self.longest = (part, most);
        self
    }
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.out += read as u64;
        if self.out > FREE && self.out > self.meter.get().saturating_mul(RATIO) {
            return Err(io::Error::other(
                "it decompresses to more than 1,000 times its size",
            ));
        }
        let (part, most) = self.longest;
        if self.row.0.fetch_add(read as u64, Ordering::Relaxed) > most {
            let text = format!("it has a {part} of more than {} MiB", most >> 20);
            return Err(io::Error::other(text));
        }
        Ok(read)
    }
}
