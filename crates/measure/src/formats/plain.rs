//! The common lines of delimited text, quickly: no quotes, time and size are short integers, and the
//! line ends within 64 bytes.
//!
//! Whatever is not such a line is left to the careful reader of [`super::delimited`], which answers the
//! same for those that are.

use std::ops::Range;

use pulp::{Arch, NullaryFnOnce};
use wide::u8x16;

use super::columns::{Layout, Role};
use super::fields::{epoch, integer};
use super::{Batch, Reading};
use crate::access::{Access, Op, hash_key, hash_short_key};

/// Reads plain lines.
pub(crate) struct PlainLines {
    places: Places,
    /// Most cells of a line.
    width: u32,
    separator: u8,
    seed: u64,
}

impl PlainLines {
    /// `roles` are those of the columns up to the last one needed. None when others than time, key
    /// and size matter, or too many are in front.
    pub(crate) fn new(reading: &Reading, layout: &Layout, roles: &[Option<Role>]) -> Option<Self> {
        Some(Self {
            places: Places::of(roles)?,
            width: layout.width.map_or(u32::MAX, |width| width as u32),
            separator: layout.separator,
            seed: reading.seed,
        })
    }

    /// Reads lines for as long as they are plain; answers how many lines and bytes that were.
    pub(crate) fn read(&self, text: &[u8], batch: &mut Batch) -> (u64, usize) {
        let lines = self;
        Arch::new().dispatch(Read { lines, text, batch })
    }

    #[inline(always)]
    fn lines(&self, places: Places, text: &[u8], batch: &mut Batch) -> (u64, usize) {
        let (mut at, before) = (0, batch.accesses.len());
        let mut clock = Clock::default();
        let separator = u8x16::splat(self.separator);
        while let Some(line) = Self::line(&places, self.width, separator, &text[at..], &mut clock) {
            let key = KeyPlace::pack(at + line.key.start, line.key.len());
            // Where no column tells a size, nothing is known of it.
            let op = if places.size.is_some() {
                Op::Read
            } else {
                Op::Part
            };
            batch
                .accesses
                .push(Access::new(line.time, key, line.size, op));
            at += line.bytes;
        }
        // Hashing is a long chain of steps: on their own, those of several keys overlap.
        for access in &mut batch.accesses[before..] {
            access.key = KeyPlace::hash(access.key, text, self.seed);
        }
        ((batch.accesses.len() - before) as u64, at)
    }

    /// One line of columns without quotes whose time and size are short integers and that ends
    /// within 64 bytes. None: the line needs care.
    #[inline(always)]
    fn line(
        places: &Places,
        width: u32,
        separator: u8x16,
        text: &[u8],
        clock: &mut Clock,
    ) -> Option<Line> {
        let window: &[u8; 64] = text.first_chunk()?;
        let marks = Marks::of(window, separator);
        if marks.breaks == 0 || window[0] == b'#' {
            return None;
        }
        let line_end = marks.breaks.trailing_zeros();
        let mut rest = (marks.separators | marks.breaks) & (u64::MAX >> (63 - line_end));
        // More cells than the header names may be empty ones, and need care.
        if rest.count_ones() > width {
            return None;
        }
        let mut ends = [0; COLUMNS];
        for end in &mut ends[..places.columns] {
            *end = rest.trailing_zeros() as u8;
            rest &= rest.wrapping_sub(1);
        }
        let cell = |column: usize| {
            let at = column.checked_sub(1).map_or(0, |before| ends[before] + 1);
            usize::from(at)..usize::from(ends[column])
        };
        let (time, key) = (cell(places.time), cell(places.key));
        // Too few columns: the end of one that is missing is 64.
        if ends[places.columns - 1] > 63 {
            return None;
        }
        let size = match places.size {
            Some(column) => short(text, cell(column))?,
            None => 0,
        };
        Some(Line {
            time: clock.time(text, time)?,
            key: trimmed(text, key)?,
            size,
            bytes: line_end as usize + 1,
        })
    }
}

/// Lines being read with the processor's widest vectors.
struct Read<'a> {
    lines: &'a PlainLines,
    text: &'a [u8],
    batch: &'a mut Batch,
}

impl NullaryFnOnce for Read<'_> {
    type Output = (u64, usize);

    #[inline(always)]
    fn call(self) -> Self::Output {
        let (lines, places) = (self.lines, self.lines.places);
        if places == Places::COMMON {
            // Columns known to the compiler make code without loops.
            lines.lines(Places::COMMON, self.text, self.batch)
        } else {
            lines.lines(places, self.text, self.batch)
        }
    }
}

/// Where separators and line breaks are in 64 bytes, one bit for each byte.
struct Marks {
    separators: u64,
    breaks: u64,
}

impl Marks {
    #[inline(always)]
    fn of(window: &[u8; 64], separator: u8x16) -> Self {
        let line_break = u8x16::splat(b'\n');
        let mut marks = Self {
            separators: 0,
            breaks: 0,
        };
        for (at, sixteen) in window.as_chunks().0.iter().enumerate() {
            let bytes = u8x16::new(*sixteen);
            let mask = |wanted: u8x16| u64::from(bytes.simd_eq(wanted).to_bitmask()) << (at * 16);
            marks.separators |= mask(separator);
            marks.breaks |= mask(line_break);
        }
        marks
    }
}

/// Columns of a plain line that are looked at.
const COLUMNS: usize = 8;

/// The columns of time, key and size, from 0.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Places {
    time: usize,
    key: usize,
    size: Option<usize>,
    /// Columns up to the last of them.
    columns: usize,
}

impl Places {
    /// Time, key and size first.
    const COMMON: Self = Self {
        time: 0,
        key: 1,
        size: Some(2),
        columns: 3,
    };

    /// None when other columns matter as well, or too many are in front.
    fn of(roles: &[Option<Role>]) -> Option<Self> {
        let place = |role| roles.iter().position(|r| *r == Some(role));
        let places = Self {
            time: place(Role::Time)?,
            key: place(Role::Key)?,
            size: place(Role::Size),
            columns: roles.len(),
        };
        let known = 2 + usize::from(places.size.is_some());
        let is_all = roles.iter().flatten().count() == known;
        (is_all && roles.len() <= COLUMNS).then_some(places)
    }
}

/// The last time read: most lines repeat it.
#[derive(Default)]
struct Clock {
    /// The text of one to eight bytes, in front of it zeroes.
    text: u64,
    ms: i64,
}

impl Clock {
    #[inline(always)]
    fn time(&mut self, text: &[u8], cell: Range<usize>) -> Option<i64> {
        let len = cell.len();
        if !(1..=8).contains(&len) {
            return epoch(integer(text[cell].trim_ascii())?);
        }
        let word = u64::from_le_bytes(*text[cell.start..].first_chunk()?) << (64 - 8 * len);
        if word != self.text {
            (self.ms, self.text) = (epoch(short(text, cell)?)?, word);
        }
        Some(self.ms)
    }
}

/// What a plain line says.
struct Line {
    time: i64,
    key: Range<usize>,
    size: u64,
    /// Bytes up to and with the line break.
    bytes: usize,
}

/// A cell without the spaces around it; none for an empty one.
#[inline(always)]
fn trimmed(text: &[u8], mut cell: Range<usize>) -> Option<Range<usize>> {
    if text[cell.clone()].first() == Some(&b' ') {
        cell.start += 1;
    }
    let key = &text[cell.clone()];
    if *key.first()? <= b' ' || *key.last()? <= b' ' {
        let start = key.len() - key.trim_ascii_start().len();
        let len = key.trim_ascii().len();
        cell = cell.start + start..cell.start + start + len;
    }
    (!cell.is_empty()).then_some(cell)
}

/// Where a key is in a block of lines, in place of its hash until that is computed.
struct KeyPlace;

impl KeyPlace {
    /// Keys of plain lines are shorter than 64 bytes.
    #[inline(always)]
    const fn pack(at: usize, len: usize) -> u64 {
        (at as u64) << 6 | len as u64
    }

    #[inline(always)]
    fn hash(place: u64, text: &[u8], seed: u64) -> u64 {
        let (at, len) = ((place >> 6) as usize, (place & 63) as usize);
        let key = &text[at..];
        let short = (len < 32).then(|| hash_short_key(key, len, seed)).flatten();
        short.unwrap_or_else(|| hash_key(&key[..len], seed))
    }
}

/// The number in a cell, a space in front allowed, of one to eight digits; all eight bytes at once.
#[inline(always)]
fn short(text: &[u8], cell: Range<usize>) -> Option<u64> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let (mut at, end) = (cell.start, cell.end);
    at += usize::from(text.get(at) == Some(&b' '));
    let len = end.wrapping_sub(at);
    if !(1..=8).contains(&len) {
        return None;
    }
    let word = u64::from_le_bytes(*text[at..].first_chunk::<8>()?);
    let shift = 64 - 8 * len as u32;
    let word = (word << shift) | (ZEROS & !(u64::MAX << shift));
    let digits = word ^ ZEROS;
    if (digits | digits.wrapping_add(0x7676_7676_7676_7676)) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    // Neighbours join three times: digits to pairs, to fours, to eight.
    let pairs = digits.wrapping_mul(2561) >> 8 & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(6_553_601) >> 16 & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(42_949_672_960_001) >> 32)
}
