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

/// A moment in milliseconds: an epoch in seconds, milliseconds, microseconds or nanoseconds, with a
/// fraction or an exponent or none, or a Windows file time, told apart by magnitude; or ISO 8601, or the
/// time of a common log, or that of an HTTP header.
#[inline]
pub(crate) fn moment(text: &[u8]) -> Option<i64> {
    match integer(text) {
        Some(number) => epoch(number),
        None => written(text),
    }
}

/// A moment that is no whole number.
fn written(text: &[u8]) -> Option<i64> {
    // Some put the brackets of a common log into the field.
    let inside = text.strip_prefix(b"[").and_then(|t| t.strip_suffix(b"]"));
    let text = inside.unwrap_or(text);
    if memchr::memchr2(b'-', b':', text).is_some() {
        let common = || clf(text).or_else(|| rfc1123(text)).or_else(|| kibana(text));
        return iso(text).or_else(common).or_else(|| real(text));
    }
    iso(text).or_else(|| real(text))
}

/// An epoch as a real number: `1793872800.5`, `1793872800500.0`, `1.7938728005E9`.
fn real(text: &[u8]) -> Option<i64> {
    if memchr::memchr2(b'e', b'E', text).is_some() {
        let text = std::str::from_utf8(text).ok()?;
        let number: f64 = text.parse().ok().filter(|n| (0.0..1e19).contains(n))?;
        // Seconds keep their milliseconds; a finer unit has no fraction that matters.
        return if number < 1e11 {
            Some((number * 1000.0).round() as i64)
        } else {
            epoch(number as u64)
        };
    }
    let dot = memchr::memchr(b'.', text)?;
    let (whole, fraction) = (integer(&text[..dot])?, fraction_ms(&text[dot + 1..])?);
    if whole < SECONDS {
        i64::try_from(whole * 1000 + fraction).ok()
    } else {
        epoch(whole)
    }
}

/// `Thu, 05 Nov 2026 10:00:00 GMT`.
fn rfc1123(text: &[u8]) -> Option<i64> {
    if text.get(3) != Some(&b',') {
        return None;
    }
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    parser
        .parse_timestamp(text)
        .ok()
        .map(|t| t.as_millisecond())
}

/// `Nov 5, 2026 @ 10:00:00.000`, as exports of Kibana have it.
fn kibana(text: &[u8]) -> Option<i64> {
    let at = memchr::memmem::find(text, b" @ ")?;
    let (day, clock) = (&text[..at], &text[at + 3..]);
    let (month, rest) = day.split_at_checked(4)?;
    let comma = memchr::memchr(b',', rest)?;
    let year = integer(rest[comma + 1..].trim_ascii())?;
    let day = midnight(year, month_of(&month[..3])?, integer(&rest[..comma])?)?;
    let ms = match clock.get(8..)? {
        b"" => 0,
        fraction => fraction_ms(fraction.strip_prefix(b".")?)?,
    };
    Some(day + time_of_day(clock.get(..8)?)? + ms.cast_signed())
}

/// `Nov` to 11.
fn month_of(name: &[u8]) -> Option<u64> {
    const MONTHS: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
    let at = MONTHS.chunks(3).position(|month| month == name)?;
    Some(at as u64 + 1)
}

/// Epochs below this are seconds.
const SECONDS: u64 = 100_000_000_000;

/// A moment from an epoch in a unit told by its magnitude.
#[inline]
pub(crate) fn epoch(number: u64) -> Option<i64> {
    let ms = match number {
        0..SECONDS => number * 1000,
        SECONDS..100_000_000_000_000 => number,
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

/// `2026-11-25[T ]10:20[:30[.123456]][Z|UTC|+01|+01:00|+0100]`, with `/` in the date or `,` before the
/// fraction, or `20261125T102030Z`.
pub(crate) fn iso(text: &[u8]) -> Option<i64> {
    let Some(day) = text.get(..10).and_then(date) else {
        return basic(text);
    };
    if text.len() == 10 {
        return Some(day);
    }
    if !matches!(text[10], b'T' | b't' | b' ') {
        return None;
    }
    let (clock, mut rest) = match text.get(11..19).and_then(time_of_day) {
        Some(clock) => (clock, &text[19..]),
        None => (minute_of_day(text.get(11..16)?)?, &text[16..]),
    };
    let mut ms = 0;
    if matches!(rest.first(), Some(b'.' | b',')) {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        ms = fraction_ms(&rest[1..=digits])?;
        rest = &rest[1 + digits..];
    }
    let offset = offset_ms(rest.trim_ascii())?;
    Some(day + clock + ms.cast_signed() - offset)
}

/// `20261125T102030Z`.
fn basic(text: &[u8]) -> Option<i64> {
    if text.len() < 15 || text[8] != b'T' {
        return None;
    }
    let number = |from: usize, to: usize| integer(&text[from..to]);
    let day = midnight(number(0, 4)?, number(4, 6)?, number(6, 8)?)?;
    let clock = clock_ms(number(9, 11)?, number(11, 13)?, number(13, 15)?)?;
    Some(day + clock - offset_ms(&text[15..])?)
}

/// `2026-11-25` to the millisecond of its midnight, UTC.
pub(crate) fn date(text: &[u8]) -> Option<i64> {
    if text.len() != 10 || text[4] != text[7] || !matches!(text[4], b'-' | b'/') {
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
    clock_ms(
        integer(&text[..2])?,
        integer(&text[3..5])?,
        integer(&text[6..])?,
    )
}

/// `10:20` to milliseconds.
fn minute_of_day(text: &[u8]) -> Option<i64> {
    if text[2] != b':' {
        return None;
    }
    clock_ms(integer(&text[..2])?, integer(&text[3..])?, 0)
}

fn clock_ms(h: u64, m: u64, s: u64) -> Option<i64> {
    (h < 24 && m < 60 && s < 61).then_some((h * 3_600_000 + m * 60_000 + s * 1000).cast_signed())
}

/// A zone; what is not one of these is refused, for a wrong hour is worse than none.
fn offset_ms(text: &[u8]) -> Option<i64> {
    let sign = match text.first() {
        None => return Some(0),
        Some(b'+') => 1,
        Some(b'-') => -1,
        Some(_) => return matches!(text, b"Z" | b"z" | b"UTC" | b"GMT").then_some(0),
    };
    let (hours, minutes) = match &text[1..] {
        hours @ [_, _] => (hours, &b"00"[..]),
        both if both.len() == 5 && both[2] == b':' => (&both[..2], &both[3..]),
        both if both.len() == 4 => both.split_at(2),
        _ => return None,
    };
    let offset = integer(hours)? * 60 + integer(minutes)?;
    Some(sign * (offset * 60_000).cast_signed())
}

/// `25/Nov/2026:10:20:30[.123] +0000`, the time of S3, nginx and Apache logs.
pub(crate) fn clf(text: &[u8]) -> Option<i64> {
    if text.len() < 20 || text[2] != b'/' || text[6] != b'/' || text[11] != b':' {
        return None;
    }
    let day = midnight(
        integer(&text[7..11])?,
        month_of(&text[3..6])?,
        integer(&text[..2])?,
    )?;
    let (mut rest, mut ms) = (&text[20..], 0);
    if rest.first() == Some(&b'.') {
        let digits = rest[1..].iter().take_while(|b| b.is_ascii_digit()).count();
        ms = fraction_ms(&rest[1..=digits])?;
        rest = &rest[1 + digits..];
    }
    let offset = offset_ms(rest.trim_ascii())?;
    Some(day + time_of_day(&text[12..20])? + ms.cast_signed() - offset)
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
        b"get" | b"gets" | b"mget" | b"get_lease" | b"read" | b"r" | b"hit" | b"miss" | b"28"
        | b"88" => Op::Read,
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
            b'[' if !is_address(self.rest) => self.delimited(b']'),
            _ => {
                let end = memchr::memchr(b' ', self.rest).unwrap_or(self.rest.len());
                let (token, rest) = self.rest.split_at(end);
                self.rest = rest;
                Some(token)
            }
        }
    }
}

/// `[2001:db8::1]:443`: the brackets are a part of the word.
fn is_address(text: &[u8]) -> bool {
    let close = memchr::memchr(b']', text);
    close.is_some_and(|at| text.get(at + 1) == Some(&b':'))
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
        for same in [
            "1764066030000.0",
            "1764066030000000.0",
            "1.76406603E9",
            "1.764066030000E+12",
            "2025-11-25 12:20:30+02",
            "2025-11-25 05:20:30-05",
            "2025-11-25 10:20:30.000 UTC",
            "2025-11-25T10:20:30,000Z",
            "2025/11/25 10:20:30",
            "20251125T102030Z",
            "Tue, 25 Nov 2025 10:20:30 GMT",
            "Nov 25, 2025 @ 10:20:30.000",
            "25/Nov/2025:10:20:30.000 +0000",
        ] {
            assert_eq!(moment(same.as_bytes()), at, "{same}");
        }
        let minute = at.map(|ms| ms - 30_000);
        assert_eq!(moment(b"2025-11-25 10:20"), minute);
        for none in ["2025-11-25 10:20:30 CET", "11/25/2025 10:20:30", "-5.5"] {
            assert_eq!(moment(none.as_bytes()), None, "{none}");
        }
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
        let addresses: Vec<_> = Tokens::new(b"[2001:db8::1]:443 [a b] c").collect();
        assert_eq!(addresses, [&b"[2001:db8::1]:443"[..], b"a b", b"c"]);
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
