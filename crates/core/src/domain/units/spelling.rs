//! How people spell quantities: where the number ends, and which unit the rest is.
//!
//! A spelling is taken where it can mean one thing only. `2kb` is a size of 2,000 bytes; `2 Kb` may be bits and
//! `5m` minutes, months or millions, so that both are refused with a form that would be taken.

use rust_decimal::Decimal;

/// Names of sizes and their bytes; whatever their case, but for those that may be bits.
pub(super) const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Spellings of times, and milliseconds in a million: the smallest unit is a microsecond.
const TIMES: [(&[&str], u64); 7] = [
    (&["us", "µs"], 1),
    (&["ms", "msec", "millis", "milliseconds"], 1_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000),
    (&["min", "mins", "minute", "minutes"], 60_000_000),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600_000_000),
    (&["day", "days", "d"], 86_400_000_000),
    (&["week", "weeks"], 604_800_000_000),
];

/// A month of 730 hours, in seconds.
const MONTH: u64 = 2_628_000;
/// What is counted; whoever writes it means the number before it.
const EVENTS: [&str; 16] = [
    "req", "reqs", "request", "requests", "read", "reads", "write", "writes", "call", "calls",
    "hit", "hits", "op", "ops", "visit", "visits",
];
/// Rates in one word, with the seconds they are per.
const IN_ONE_WORD: [(&str, u64); 5] = [("rps", 1), ("qps", 1), ("tps", 1), ("ops", 1), ("rpm", 60)];

/// The number at the beginning and what follows it. Thousands may be set off by `_` or, in threes, by commas.
pub(super) fn split(text: &str) -> Option<(Decimal, &str)> {
    let text = text.trim();
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | ',');
    let end = text.find(|c| !of_number(c)).unwrap_or(text.len());
    let number = &text[..end];
    if number.is_empty() || number.starts_with('_') || number.ends_with('.') || number.len() > 24 {
        return None;
    }
    if number.contains(',') && !in_threes(number) {
        return None;
    }
    let value = Decimal::from_str_exact(&number.replace(['_', ','], "")).ok()?;
    Some((value, text[end..].trim()))
}

fn in_threes(number: &str) -> bool {
    let whole = number.split('.').next().unwrap_or(number);
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    (1..=3).contains(&first.len())
        && groups.all(|g| g.len() == 3)
        && !number.trim_start_matches(whole).contains(',')
}

/// A unit of size, by its name in the right case; `None` where it is none or may be bits.
pub(super) fn size(unit: &str) -> Option<(&'static str, u64)> {
    let named = named_size(unit)?;
    let bits = unit.ends_with('b') && unit.starts_with(|c: char| c.is_ascii_uppercase());
    (!bits || unit.len() == 1).then_some(named)
}

/// A unit of size, whatever the case.
pub(super) fn named_size(unit: &str) -> Option<(&'static str, u64)> {
    SIZES
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))
}

/// A unit of time in microseconds.
pub(super) fn time(unit: &str) -> Option<u64> {
    let unit = unit.to_lowercase();
    let all = TIMES.iter();
    all.clone()
        .find(|(names, _)| names.contains(&unit.as_str()))
        .map(|(_, us)| *us)
}

/// A power of a thousand: a letter after the number, or its name.
pub(super) fn magnitude(word: &str) -> Option<Decimal> {
    let exact = match word {
        "" => 1u64,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "B" => 1_000_000_000,
        _ => match word.to_lowercase().as_str() {
            "thousand" => 1_000,
            "million" | "mio" | "mn" => 1_000_000,
            "billion" | "bn" => 1_000_000_000,
            _ => return None,
        },
    };
    Some(Decimal::from(exact))
}

/// Why what follows the number is no rate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NoRate<'t> {
    /// Nothing says per what.
    PerNothing(&'t str),
    /// This is no time.
    Time(&'t str),
    /// This is no power of a thousand.
    Magnitude(&'t str),
}

/// What follows the number of a rate: a factor, and the seconds it is per. `k/min`, ` million a day`, ` rps`.
pub(super) fn rate(rest: &str) -> Result<(Decimal, u64), NoRate<'_>> {
    let (what, seconds) = per(rest)?;
    let what = EVENTS
        .iter()
        .find_map(|event| what.strip_suffix(event))
        .filter(|left| left.is_empty() || left.ends_with(' '))
        .unwrap_or(what);
    let factor = magnitude(what.trim()).ok_or(NoRate::Magnitude(what.trim()))?;
    Ok((factor, seconds))
}

/// What stands before the time, and the time in seconds.
fn per(rest: &str) -> Result<(&str, u64), NoRate<'_>> {
    let seconds = |unit| seconds(unit).ok_or(NoRate::Time(unit));
    if let Some((what, unit)) = rest.split_once('/') {
        return Ok((what.trim(), seconds(unit.trim())?));
    }
    let (before, last) = rest.rsplit_once(' ').unwrap_or(("", rest));
    if let Some((_, per)) = IN_ONE_WORD
        .iter()
        .find(|(word, _)| last.eq_ignore_ascii_case(word))
    {
        return Ok((before.trim(), *per));
    }
    let before = before.trim_end();
    for word in ["per", "a", "an", "each", "every"] {
        let what = before.strip_suffix(word);
        if let Some(what) = what.filter(|w| w.is_empty() || w.ends_with(' ')) {
            return Ok((what.trim(), seconds(last)?));
        }
    }
    Err(NoRate::PerNothing(rest))
}

/// Seconds of a time that a rate is per.
fn seconds(unit: &str) -> Option<u64> {
    match unit.to_lowercase().as_str() {
        "month" | "months" | "mo" => Some(MONTH),
        "us" | "µs" | "ms" => None,
        _ => time(unit).map(|us| us / 1_000_000).filter(|s| *s > 0),
    }
}

/// What a number with this unit is, where it is no quantity of the kind that is asked for.
pub(super) fn kind(unit: &str) -> Option<&'static str> {
    if unit.is_empty() {
        return None;
    }
    if size(unit).is_some() && unit.len() > 1 {
        return Some("a size");
    }
    if rate(unit).is_ok() {
        return Some("a rate");
    }
    match unit {
        "%" => Some("a share"),
        "USD" => Some("an amount of money"),
        // A letter may be a power of a thousand as well.
        _ if unit.len() > 1 && time(unit).is_some() => Some("a time"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_mean_two_things_is_no_unit() {
        for bits in ["Kb", "Mb", "Gb"] {
            assert_eq!(size(bits), None, "{bits}");
        }
        assert_eq!(size("kb"), Some(("KB", 1_000)));
        assert_eq!(size("gib"), Some(("GiB", 1 << 30)));
        assert_eq!(time("m"), None);
        assert_eq!(rate("/m"), Err(NoRate::Time("m")));
        assert_eq!(rate("m/s"), Err(NoRate::Magnitude("m")));
    }

    #[test]
    fn commas_set_off_thousands_only() {
        let number = |text| split(text).map(|(n, _)| n);
        assert_eq!(number("1,000,000/day"), Some(Decimal::from(1_000_000)));
        assert_eq!(number("1,234.5 B"), Some(Decimal::new(12_345, 1)));
        for text in ["1,5 KB", "10,00/s", ",100/s", "1,0000 B", "1.000,5 B"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn rates_in_words() {
        let million = Decimal::from(1_000_000);
        for (text, factor, seconds) in [
            ("rps", Decimal::ONE, 1),
            ("million a day", million, 86_400),
            ("million/day", million, 86_400),
            ("M per month", million, MONTH),
            ("/sec", Decimal::ONE, 1),
            ("requests/s", Decimal::ONE, 1),
            ("thousand reads per minute", Decimal::from(1_000), 60),
            ("an hour", Decimal::ONE, 3_600),
            ("k rps", Decimal::from(1_000), 1),
        ] {
            assert_eq!(rate(text), Ok((factor, seconds)), "{text}");
        }
    }
}
