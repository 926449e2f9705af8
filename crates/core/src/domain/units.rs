//! Quantities with their units: sizes, rates, durations, shares, hours, money per million.
//!
//! Each type refuses nonsense when parsed, says what the corrected form would be, and prints the
//! form a user may paste back. A bare number is never accepted where a unit belongs.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::money::plain;
use crate::text::{cut, visible};

/// Hours in a month, as AWS calculators use them (facts: 730 h).
pub const HOURS_PER_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// Why a quantity was refused, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Lower-case fragment.
    pub message: String,
    /// The corrected form, when there is one.
    pub help: Option<String>,
}

impl Refused {
    fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.help {
            Some(help) => write!(f, "{}; {help}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

/// What all quantities share: a decimal value in a base unit, limits, and text.
pub trait Quantity: Copy + Sized + FromStr<Err = Refused> + fmt::Display {
    /// Value in the base unit of the type.
    fn value(self) -> Decimal;
    /// From a value in the base unit.
    fn from_value(value: Decimal) -> Self;
    /// JSON Schema pattern of the text form.
    const PATTERN: &'static str;
    /// An example of the text form.
    const EXAMPLE: &'static str;
}

fn split(text: &str) -> Option<(Decimal, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(text.len());
    let number = &text[..end];
    if number.is_empty() || number.starts_with('_') || number.ends_with('.') || number.len() > 24 {
        return None;
    }
    let value = Decimal::from_str_exact(&number.replace('_', "")).ok()?;
    Some((value, text[end..].trim()))
}

fn not_a_number(text: &str, example: &str) -> Refused {
    let shown: String = text.chars().take(40).collect();
    Refused::new(
        format!("`{}` is not a quantity", shown.escape_debug()),
        format!("write it as `{example}`"),
    )
}

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $example:literal, $pattern:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(Decimal);

        impl Quantity for $name {
            fn value(self) -> Decimal {
                self.0
            }
            fn from_value(value: Decimal) -> Self {
                Self(value)
            }
            const PATTERN: &'static str = $pattern;
            const EXAMPLE: &'static str = $example;
        }
    };
}

quantity!(
    /// A size in bytes. `KB` is 1000, `KiB` is 1024.
    Bytes, "4 KiB", r"^[0-9._]+ ?(B|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$"
);
quantity!(
    /// Events per second.
    Rate, "1200/s", r"^[0-9._]+ ?[kMB]? ?/ ?(s|min|h|day|week|month)$"
);
quantity!(
    /// A duration in milliseconds.
    Duration, "5 ms", r"^[0-9._]+ ?(us|µs|ms|s|min|h|day|week|minutes?|hours?|days|weeks|seconds?)$"
);
quantity!(
    /// A share from 0 to 1, written in percent.
    Share, "85 %", r"^[0-9._]+ ?%$"
);
quantity!(
    /// Hours per month.
    Hours, "220 h", r"^[0-9._]+ ?(h|hours?)$"
);
quantity!(
    /// US dollars.
    Dollars, "0.40 USD", r"^[0-9._]+ ?USD$"
);
quantity!(
    /// A plain count.
    Count, "3", r"^[0-9._]+ ?[kMB]?$"
);

/// Largest rate accepted, per second: far above any service, and small enough that no product overflows.
pub const MAX_RATE: Decimal = Decimal::from_parts(100_000_000, 0, 0, false, 0);

/// Largest size accepted: 1 EiB-ish, far above any service.
const MAX_BYTES: u64 = 1 << 60;

impl Bytes {
    /// A size from a whole number of bytes.
    pub fn new(bytes: u64) -> Self {
        Self(Decimal::from(bytes))
    }

    /// Whole bytes, rounded up.
    pub fn whole(self) -> u64 {
        self.0.ceil().to_u64().unwrap_or(u64::MAX)
    }

    /// GB as AWS bills them: 2^30 bytes.
    pub fn gb(self) -> Decimal {
        self.0 / Decimal::from(1u64 << 30)
    }
}

const SIZES: [(&str, u64); 9] = [
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

impl FromStr for Bytes {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit.is_empty() {
            return Err(Refused::new(
                format!("`{}` has no unit", text.trim()),
                format!(
                    "write it as `{} KiB` (or B, KB, MB, MiB, GB, GiB, TB, TiB)",
                    plain(number)
                ),
            ));
        }
        let exact = SIZES.iter().find(|(name, _)| *name == unit);
        let Some((_, factor)) = exact else {
            let close = SIZES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit));
            let help = close.map_or_else(
                || "units are B, KB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024)".to_owned(),
                |(name, _)| format!("write it as `{} {name}`", plain(number)),
            );
            return Err(Refused::new(
                format!("`{}` is not a unit of size", shown(unit)),
                help,
            ));
        };
        let value = number
            .checked_mul(Decimal::from(*factor))
            .filter(|v| *v <= Decimal::from(MAX_BYTES));
        let value = value.ok_or_else(|| {
            Refused::new(
                format!("`{}` is larger than 1 EiB", text.trim()),
                "check the unit",
            )
        })?;
        Ok(Self(value.normalize()))
    }
}

fn shown(text: &str) -> String {
    visible(&cut(text, 25))
}

/// A whole number of bytes in the unit that writes it shortest, with three decimals at most. The same
/// as [`shortest_unit`] without divisions of decimals: most sizes are whole.
fn shortest_whole(bytes: u64) -> (String, &'static str) {
    let thousandths = u128::from(bytes) * 1000;
    let mut best = (bytes.to_string(), SIZES[0].0);
    for (name, factor) in SIZES[1..].iter().rev() {
        if bytes < *factor || !thousandths.is_multiple_of(u128::from(*factor)) {
            continue;
        }
        let scaled = thousandths / u128::from(*factor);
        let mut text = (scaled / 1000).to_string();
        if !scaled.is_multiple_of(1000) {
            text.push_str(format!(".{:03}", scaled % 1000).trim_end_matches('0'));
        }
        if text.len() < best.0.len() {
            best = (text, name);
        }
    }
    best
}

/// The unit that writes a size shortest with three decimals at most.
fn shortest_unit(bytes: Decimal) -> (&'static str, u64) {
    let mut best = SIZES[0];
    let mut shortest = plain(bytes).len();
    for (name, factor) in SIZES[1..].iter().rev() {
        let unit = Decimal::from(*factor);
        if bytes < unit {
            continue;
        }
        let scaled = bytes / unit;
        if scaled.scale() > 3 {
            continue;
        }
        let length = plain(scaled).len();
        if length < shortest {
            shortest = length;
            best = (name, *factor);
        }
    }
    best
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = (self.0.scale() == 0).then(|| self.0.to_u64()).flatten();
        let best = match whole {
            Some(whole) => {
                let (text, unit) = shortest_whole(whole);
                if unit != SIZES[0].0 || whole < 10_000 {
                    return write!(f, "{text} {unit}");
                }
                SIZES[0]
            }
            None => shortest_unit(self.0),
        };
        if best.1 == 1 && self.0 >= Decimal::from(10_000) {
            let (name, factor) = if self.0 >= Decimal::from(1u64 << 40) {
                SIZES[8]
            } else if self.0 >= Decimal::from(1 << 30) {
                SIZES[7]
            } else if self.0 >= Decimal::from(1 << 20) {
                SIZES[6]
            } else {
                SIZES[5]
            };
            return write!(
                f,
                "{} {name}",
                plain((self.0 / Decimal::from(factor)).round_dp(2))
            );
        }
        write!(
            f,
            "{} {}",
            plain((self.0 / Decimal::from(best.1)).round_dp(3)),
            best.0
        )
    }
}

const RATE_UNITS: [(&str, u64); 6] = [
    ("s", 1),
    ("min", 60),
    ("h", 3_600),
    ("day", 86_400),
    ("week", 604_800),
    ("month", 2_628_000),
];

fn magnitude(letter: &str) -> Option<Decimal> {
    Some(Decimal::from(match letter {
        "" => 1u64,
        "k" => 1_000,
        "M" => 1_000_000,
        "B" => 1_000_000_000,
        _ => return None,
    }))
}

/// A rate as written: `/s`, `/min`, `/h` are averages while active, the longer ones calendar totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrittenRate {
    /// Events per second averaged over the written unit.
    pub per_second: Decimal,
    /// `/day`, `/week` or `/month`: a total over the calendar, spread over the active hours.
    pub calendar: bool,
}

impl FromStr for WrittenRate {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, rest) = split(text).ok_or_else(|| not_a_number(text, Rate::EXAMPLE))?;
        let Some((letter, unit)) = rest.split_once('/') else {
            return Err(Refused::new(
                format!("`{}` has no time unit", shown(text.trim())),
                format!(
                    "write it as `{}/s` (or /min, /h, /day, /week, /month)",
                    text.trim().trim_end_matches(['k', 'M', 'B'])
                ),
            ));
        };
        let factor = magnitude(letter.trim()).ok_or_else(|| {
            Refused::new(
                format!("`{}` is not a magnitude", shown(letter.trim())),
                "use k (thousand), M (million) or B (billion), as in `40k/min`",
            )
        })?;
        let unit = unit.trim();
        let (_, seconds) = RATE_UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| {
                Refused::new(
                    format!("`/{}` is not a time unit", shown(unit)),
                    "use /s, /min, /h, /day, /week or /month",
                )
            })?;
        let per_second = number
            .checked_mul(factor)
            .map(|n| n / Decimal::from(*seconds))
            .filter(|r| *r <= MAX_RATE);
        let per_second = per_second.ok_or_else(|| {
            Refused::new(
                format!("`{}` is above 100M/s", text.trim()),
                "check the magnitude and the unit",
            )
        })?;
        Ok(Self {
            per_second,
            calendar: *seconds >= 86_400,
        })
    }
}

impl FromStr for Rate {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        text.parse::<WrittenRate>()
            .map(|rate| Self(rate.per_second))
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = if self.0 >= Decimal::TEN || self.0.is_zero() {
            self.0.round_dp(3)
        } else {
            self.0.round_sf(6).unwrap_or(self.0)
        };
        write!(f, "{}/s", plain(value))
    }
}

/// Milliseconds per unit of duration.
const DURATIONS: [(&str, &str); 18] = [
    ("us", "0.001"),
    ("µs", "0.001"),
    ("ms", "1"),
    ("s", "1000"),
    ("sec", "1000"),
    ("second", "1000"),
    ("seconds", "1000"),
    ("min", "60000"),
    ("minute", "60000"),
    ("minutes", "60000"),
    ("h", "3600000"),
    ("hour", "3600000"),
    ("hours", "3600000"),
    ("day", "86400000"),
    ("days", "86400000"),
    ("week", "604800000"),
    ("weeks", "604800000"),
    ("mins", "60000"),
];

impl FromStr for Duration {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit.is_empty() {
            return Err(Refused::new(
                format!("`{}` has no unit", text.trim()),
                format!(
                    "write it as `{} ms` (or us, s, min, h, day, week)",
                    plain(number)
                ),
            ));
        }
        let (_, factor) = DURATIONS
            .iter()
            .find(|(name, _)| *name == unit)
            .ok_or_else(|| {
                Refused::new(
                    format!("`{}` is not a unit of time", shown(unit)),
                    "use us, ms, s, min, h, day or week, as in `5 min`",
                )
            })?;
        let factor: Decimal = factor.parse().unwrap_or(Decimal::ONE);
        let value = number
            .checked_mul(factor)
            .filter(|v| *v <= Decimal::from(86_400_000u64 * 36_500));
        let value = value.ok_or_else(|| {
            Refused::new(
                format!("`{}` is longer than a hundred years", text.trim()),
                "check the unit",
            )
        })?;
        Ok(Self(value.normalize()))
    }
}

impl Duration {
    /// A duration of so many milliseconds.
    pub const fn from_ms(ms: Decimal) -> Self {
        Self(ms)
    }

    /// The same, rounded for people.
    pub fn rounded(ms: Decimal) -> Self {
        // Three digits: no latency here is known better.
        Self(ms.round_sf(3).unwrap_or(ms).normalize())
    }

    /// Milliseconds.
    pub const fn ms(self) -> Decimal {
        self.0
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [
            ("week", 604_800_000u64),
            ("day", 86_400_000),
            ("h", 3_600_000),
            ("min", 60_000),
            ("s", 1_000),
        ];
        let second = Decimal::from(1000);
        let is_short = self.0 < second;
        for (name, ms) in units.into_iter().filter(|_| !is_short) {
            let unit = Decimal::from(ms);
            if self.0 >= unit && (self.0 % unit).is_zero() {
                let number = self.0 / unit;
                let plural = if name.len() > 3 && number != Decimal::ONE {
                    "s"
                } else {
                    ""
                };
                let plural = if name == "day" && number != Decimal::ONE {
                    "s"
                } else {
                    plural
                };
                return write!(f, "{} {name}{plural}", plain(number));
            }
        }
        if !is_short {
            return write!(f, "{} s", plain((self.0 / second).round_dp(3)));
        }
        if self.0 < Decimal::new(1, 1) && !self.0.is_zero() {
            return write!(
                f,
                "{} us",
                plain((self.0 * Decimal::from(1000)).round_dp(3))
            );
        }
        write!(f, "{} ms", plain(self.0.round_dp(3)))
    }
}

impl FromStr for Share {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit.is_empty() {
            let percent = if number <= Decimal::ONE {
                number * Decimal::ONE_HUNDRED
            } else {
                number
            };
            return Err(Refused::new(
                format!("`{}` has no unit", text.trim()),
                format!("write it as `{} %`", plain(percent)),
            ));
        }
        if unit != "%" {
            return Err(Refused::new(
                format!("`{}` is not a share", shown(text.trim())),
                "write it in percent, as in `85 %`",
            ));
        }
        if number > Decimal::ONE_HUNDRED {
            return Err(Refused::new(
                format!("`{}` is over 100 %", text.trim()),
                "a share is between 0 % and 100 %",
            ));
        }
        Ok(Self((number / Decimal::ONE_HUNDRED).normalize()))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} %",
            plain((self.0 * Decimal::ONE_HUNDRED).round_dp(4))
        )
    }
}

impl FromStr for Hours {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if !matches!(unit, "h" | "hour" | "hours") {
            return Err(Refused::new(
                format!("`{}` is not a number of hours", shown(text.trim())),
                format!("write it as `{} h`", plain(number)),
            ));
        }
        if number > HOURS_PER_MONTH || number.is_zero() {
            return Err(Refused::new(
                format!("`{}` is not between 0 and 730 h", text.trim()),
                "a month has 730 hours; at least a part of one must be active",
            ));
        }
        Ok(Self(number.normalize()))
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} h", plain(self.0.round_dp(3)))
    }
}

impl FromStr for Dollars {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text.trim().trim_start_matches('$'))
            .ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit != "USD" {
            return Err(Refused::new(
                format!("`{}` is not an amount of money", shown(text.trim())),
                format!("write it as `{} USD`", plain(number)),
            ));
        }
        if number > Decimal::from(1_000_000_000u64) {
            return Err(Refused::new(
                format!("`{}` is above a billion dollars", text.trim()),
                "check the amount",
            ));
        }
        Ok(Self(number.normalize()))
    }
}

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} USD", plain(self.0))
    }
}

impl FromStr for Count {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        let factor = magnitude(unit).ok_or_else(|| {
            Refused::new(
                format!("`{}` is not a plain number", shown(text.trim())),
                format!("write it as `{}`", plain(number)),
            )
        })?;
        let value = number
            .checked_mul(factor)
            .filter(|v| *v <= Decimal::from(1_000_000_000_000u64));
        let value = value.ok_or_else(|| {
            Refused::new(format!("`{}` is too large", text.trim()), "at most 1,000B")
        })?;
        Ok(Self(value.normalize()))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.0))
    }
}

/// A quantity that may be a range: low, expected and high in the base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread<T> {
    /// Low end.
    pub low: T,
    /// What is computed with.
    pub expected: T,
    /// High end.
    pub high: T,
}

impl<T: Copy> Spread<T> {
    /// A single value.
    pub const fn point(value: T) -> Self {
        Self {
            low: value,
            expected: value,
            high: value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_know_both_systems() {
        assert_eq!("4 KiB".parse::<Bytes>().unwrap().whole(), 4096);
        assert_eq!("4KB".parse::<Bytes>().unwrap().whole(), 4000);
        assert_eq!("1024 B".parse::<Bytes>().unwrap(), "1 KiB".parse().unwrap());
        assert!(
            "4".parse::<Bytes>()
                .unwrap_err()
                .help
                .unwrap()
                .contains("4 KiB")
        );
        assert!(
            "4 kib"
                .parse::<Bytes>()
                .unwrap_err()
                .help
                .unwrap()
                .contains("4 KiB")
        );
    }

    #[test]
    fn rates_know_calendar_totals() {
        let month: WrittenRate = "2.628M/month".parse().unwrap();
        assert_eq!((month.per_second, month.calendar), (Decimal::ONE, true));
        assert!(
            "1200"
                .parse::<Rate>()
                .unwrap_err()
                .help
                .unwrap()
                .contains("1200/s")
        );
    }

    #[test]
    fn printed_quantities_parse_back() {
        for text in ["4 KiB", "300 B", "2 MiB", "200 GB", "10 TiB"] {
            let size: Bytes = text.parse().unwrap();
            assert_eq!(size.to_string().parse::<Bytes>().unwrap(), size, "{text}");
        }
        for text in ["5 ms", "0.05 ms", "1 day", "200 days", "90 s", "2 weeks"] {
            let time: Duration = text.parse().unwrap();
            assert_eq!(
                time.to_string().parse::<Duration>().unwrap(),
                time,
                "{text}"
            );
        }
    }

    #[test]
    fn nonsense_is_refused_not_panicked_on() {
        for text in [
            "",
            "NaN",
            "-5 KiB",
            "1e9/s",
            "....",
            "99999999999999999999999999999 B",
            "5 ms ms",
            "∞ ms",
        ] {
            assert!(
                text.parse::<Bytes>().is_err()
                    && text.parse::<Duration>().is_err()
                    && text.parse::<Rate>().is_err(),
                "{text}"
            );
        }
    }
}
