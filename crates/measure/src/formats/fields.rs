//! Numbers, times, operations and quoted text as logs write them.
//!
//! Everything works on bytes and answers `None` for what it does not understand; nothing panics.

use std::borrow::Cow;

use crate::access::Op;

/// A number without sign or fraction.
#[inline]
pub(crate) fn integer(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A decimal number in thousandths, cut after the third digit: seconds to milliseconds.
pub(crate) fn thousandths(text: &[u8]) -> Option<u64> {
    let dot = memchr::memchr(b'.', text);
    let whole = integer(&text[..dot.unwrap_or(text.len())])?;
    let fraction = dot.map_or(Some(0), |dot| fraction_ms(&text[dot + 1..]))?;
    whole.checked_mul(1000)?.checked_add(fraction)
}

/// Digits after the point to milliseconds.
fn fraction_ms(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let three = digits.iter().chain(b"00").take(3);
    Some(three.fold(0, |sum, d| sum * 10 + u64::from(d - b'0')))
}

/// A moment in milliseconds: an epoch in seconds (with fraction), milliseconds, microseconds or
/// nanoseconds, or a Windows file time, told apart by magnitude, or ISO 8601, or the time of a common
/// log.
#[inline]
pub(crate) fn moment(text: &[u8]) -> Option<i64> {
    match integer(text) {
        Some(number) => epoch(number),
        None if memchr::memchr2(b'-', b':', text).is_some() => iso(text).or_else(|| clf(text)),
        None => i64::try_from(thousandths(text)?).ok(),
    }
}

/// A moment from an epoch in a unit told by its magnitude.
#[inline]
pub(crate) fn epoch(number: u64) -> Option<i64> {
    let ms = match number {
        0..100_000_000_000 => number * 1000,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
        // Windows file times of 1949 to 2139, in 100 ns since 1601; as nanoseconds 1973 to 1975.
        110_000_000_000_000_000..170_000_000_000_000_000 => {
            return i64::try_from(number / 10_000)
                .ok()?
                .checked_sub(11_644_473_600_000);
        }
        _ => number / 1_000_000,
    };
    i64::try_from(ms).ok()
}

/// `2026-11-25[T ]10:20:30[.123456][Z|+01:00|+0100]`.
pub(crate) fn iso(text: &[u8]) -> Option<i64> {
    let day = date(text.get(..10)?)?;
    if text.len() == 10 {
        return Some(day);
    }
    let (clock, mut rest) = (text.get(11..19)?, text.get(19..)?);
    if !matches!(text[10], b'T' | b't' | b' ') {
        return None;
    }
    let mut ms = 0;
    if rest.first() == Some(&b'.') {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        ms = fraction_ms(&rest[1..=digits])?;
        rest = &rest[1 + digits..];
    }
    let offset = offset_ms(rest.trim_ascii())?;
    Some(day + time_of_day(clock)? + ms.cast_signed() - offset)
}

/// `2026-11-25` to the millisecond of its midnight, UTC.
pub(crate) fn date(text: &[u8]) -> Option<i64> {
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    midnight(
        integer(&text[..4])?,
        integer(&text[5..7])?,
        integer(&text[8..])?,
    )
}

/// `10:20:30` to milliseconds.
pub(crate) fn time_of_day(text: &[u8]) -> Option<i64> {
    if text.len() != 8 || text[2] != b':' || text[5] != b':' {
        return None;
    }
    let (h, m, s) = (
        integer(&text[..2])?,
        integer(&text[3..5])?,
        integer(&text[6..])?,
    );
    (h < 24 && m < 60 && s < 61).then_some((h * 3_600_000 + m * 60_000 + s * 1000).cast_signed())
}

fn offset_ms(text: &[u8]) -> Option<i64> {
    let sign = match text.first() {
        None | Some(b'Z' | b'z') => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return None,
    };
    let minutes = text.get(text.len().checked_sub(2)?..)?;
    let offset = integer(text.get(1..3)?)? * 60 + integer(minutes)?;
    Some(sign * (offset * 60_000).cast_signed())
}

/// `25/Nov/2026:10:20:30 +0000`, the time of S3, nginx and Apache logs.
pub(crate) fn clf(text: &[u8]) -> Option<i64> {
    if text.len() < 20 || text[2] != b'/' || text[6] != b'/' || text[11] != b':' {
        return None;
    }
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let month = MONTHS.chunks(3).position(|m| m == &text[3..6])? as u64 + 1;
    let day = midnight(integer(&text[7..11])?, month, integer(&text[..2])?)?;
    Some(day + time_of_day(&text[12..20])? - offset_ms(text[20..].trim_ascii())?)
}

/// Days from civil (Howard Hinnant's algorithm), in milliseconds.
fn midnight(year: u64, month: u64, day: u64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let y = year.cast_signed() - i64::from(month <= 2);
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month.cast_signed() + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day.cast_signed() - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    Some((era * 146_097 + doe - 719_468) * 86_400_000)
}

/// What a command or method does to the object it names; none for names that are not known.
pub(crate) fn operation(name: &[u8]) -> Option<Op> {
    let mut buffer = [0u8; 16];
    let lower = buffer.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"get" | b"gets" | b"mget" | b"read" | b"r" | b"hit" | b"miss" | b"28" | b"88" => Op::Read,
        b"head" | b"exists" => Op::Part,
        b"set" | b"add" | b"replace" | b"cas" | b"append" | b"prepend" | b"put" | b"post"
        | b"patch" | b"write" | b"w" | b"incr" | b"decr" | b"2a" | b"8a" | b"update" => Op::Write,
        b"delete" | b"del" | b"d" | b"remove" | b"unlink" | b"invalidate" => Op::Delete,
        b"touch" | b"expire" => Op::Expire,
        _ => return None,
    })
}

/// A method of HTTP, whether about an object or not.
pub(crate) fn is_method(name: &[u8]) -> bool {
    const METHODS: [&[u8]; 15] = [
        b"GET",
        b"HEAD",
        b"PUT",
        b"POST",
        b"PATCH",
        b"DELETE",
        b"OPTIONS",
        b"CONNECT",
        b"TRACE",
        b"PURGE",
        b"BAN",
        b"PROPFIND",
        b"MKCOL",
        b"COPY",
        b"REPORT",
    ];
    METHODS
        .iter()
        .any(|method| method.eq_ignore_ascii_case(name))
}

/// Splits at spaces, with `"…"` and `[…]` as one field without its delimiters; a backslash keeps
/// the next byte from ending a quoted field.
pub(crate) struct Tokens<'a> {
    rest: &'a [u8],
}

impl<'a> Tokens<'a> {
    pub(crate) const fn new(line: &'a [u8]) -> Self {
        Self { rest: line }
    }

    /// What was not read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn delimited(&mut self, end: u8) -> Option<&'a [u8]> {
        let body = &self.rest[1..];
        let mut at = 0;
        loop {
            let found = at + memchr::memchr2(end, b'\\', body.get(at..)?)?;
            if body[found] == end {
                self.rest = &body[found + 1..];
                return Some(&body[..found]);
            }
            at = found + 2;
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        self.rest = self.rest.trim_ascii_start();
        match self.rest.first()? {
            b'"' => self.delimited(b'"'),
            b'[' => self.delimited(b']'),
            _ => {
                let end = memchr::memchr(b' ', self.rest).unwrap_or(self.rest.len());
                let (token, rest) = self.rest.split_at(end);
                self.rest = rest;
                Some(token)
            }
        }
    }
}

/// Undoes backslash escapes of C and JSON strings (`\n`, `\"`, `\xHH`, `\uXXXX`).
pub(crate) fn unescape(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let escape = if byte == b'\\' {
            text.get(at + 1)
        } else {
            None
        };
        at += if escape.is_some() { 2 } else { 1 };
        match escape {
            None => out.push(byte),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'x') => {
                at += hex(text, at, 2).map_or(0, |code| {
                    out.push(code as u8);
                    2
                })
            }
            Some(b'u') => at += unicode(text, at, &mut out),
            Some(other) => out.push(*other),
        }
    }
    Cow::Owned(out)
}

fn hex(text: &[u8], at: usize, digits: usize) -> Option<u32> {
    let digits = std::str::from_utf8(text.get(at..at + digits)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// Appends `\uXXXX` (with its low surrogate); answers the bytes used after the `u`.
fn unicode(text: &[u8], at: usize, out: &mut Vec<u8>) -> usize {
    let Some(high) = hex(text, at, 4) else {
        return 0;
    };
    let mut push = |code: u32| {
        let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    };
    if (0xd800..0xdc00).contains(&high) && text.get(at + 4..at + 6) == Some(b"\\u") {
        if let Some(low @ 0xdc00..0xe000) = hex(text, at + 6, 4) {
            push(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
            return 10;
        }
    }
    push(high);
    4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_every_log_agree() {
        let at = Some(1_764_066_030_000);
        assert_eq!(moment(b"1764066030"), at);
        assert_eq!(moment(b"1764066030000"), at);
        assert_eq!(moment(b"1764066030000000"), at);
        assert_eq!(moment(b"1764066030000000000"), at);
        assert_eq!(moment(b"1764066030.000"), at);
        assert_eq!(moment(b"1764066030.5"), at.map(|ms| ms + 500));
        assert_eq!(moment(b"2025-11-25T10:20:30Z"), at);
        assert_eq!(moment(b"2025-11-25 10:20:30.000001"), at);
        assert_eq!(moment(b"2025-11-25T11:20:30+01:00"), at);
        assert_eq!(clf(b"25/Nov/2025:10:20:30 +0000"), at);
        assert_eq!(clf(b"25/Nov/2025:05:20:30 -0500"), at);
        assert_eq!(moment(b"2025-13-25T10:20:30Z"), None);
        assert_eq!(moment(b"25/Nov/2025:10:20:30 +0000"), at);
        assert_eq!(moment(b"134085396300000000"), at);
        assert_eq!(moment(b"yesterday"), None);
        assert_eq!(moment(b""), None);
        assert_eq!(date(b"1970-01-01"), Some(0));
        assert_eq!(date(b"2000-02-29"), Some(951_782_400_000));
    }

    #[test]
    fn tokens_keep_quotes_and_brackets_together() {
        let fields: Vec<_> = Tokens::new(br#"a [b c]  "d \"e" - f"#).collect();
        assert_eq!(fields, [&b"a"[..], b"b c", br#"d \"e"#, b"-", b"f"]);
        assert_eq!(Tokens::new(b"a \"open").count(), 1);
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(
            &*unescape(br#"a\x41\n\"\u00e9\ud83d\ude00\"#),
            "aA\n\"é😀\\".as_bytes()
        );
        assert_eq!(&*unescape(b"\\x4"), b"4");
    }
}
