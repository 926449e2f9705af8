//! Quantities with their units: sizes, rates, durations, shares, hours, money per million.
//!
//! Each type refuses nonsense when parsed, says what the corrected form would be, and prints the
//! form a user may paste back. A bare number is never accepted where a unit belongs.

mod spelling;

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};

use super::money::plain;
use crate::text::{cut, visible};
use spelling::{NoRate, SIZES, split};

/// Hours in a month, as AWS calculators use them (facts: 730 h).
pub const HOURS_PER_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);

/// Why a quantity was refused, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Lower-case fragment.
    pub message: String,
    /// How to write it.
    pub help: Option<String>,
    /// What was meant, where that is plain; it can be read.
    pub fix: Option<String>,
}

impl Refused {
    /// Without a correction.
    pub fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Some(help.into()),
            fix: None,
        }
    }

    /// With a correction, which is shown only where it can be read; `more` comes after it.
    fn fixed<Q: Quantity>(message: impl Into<String>, fix: String, more: &str) -> Self {
        if fix.parse::<Q>().is_err() {
            return Self::new(message, format!("write it as `{}`", Q::EXAMPLE));
        }
        Self {
            message: message.into(),
            help: Some(format!("write it as `{fix}`{more}")),
            fix: Some(fix),
        }
    }

    /// A quantity of another kind.
    fn other<Q: Quantity>(text: &str, unit: &str, this: &str) -> Option<Self> {
        let kind = spelling::kind(unit)?;
        let message = format!("`{}` is {kind}, not {this}", shown(text.trim()));
        Some(Self::new(message, format!("write it as `{}`", Q::EXAMPLE)))
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

impl FromStr for Bytes {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit.is_empty() {
            return Err(Refused::fixed::<Self>(
                format!("`{}` has no unit", text.trim()),
                format!("{} KiB", plain(number)),
                " (or B, KB, MB, MiB, GB, GiB, TB, TiB)",
            ));
        }
        let Some((_, factor)) = spelling::size(unit) else {
            if let Some(refused) = Refused::other::<Self>(text, unit, "a size") {
                return Err(refused);
            }
            let message = format!("`{}` is not a unit of size", shown(unit));
            return Err(match spelling::named_size(unit) {
                Some((name, _)) => {
                    Refused::fixed::<Self>(message, format!("{} {name}", plain(number)), "")
                }
                None => Refused::new(
                    message,
                    "units are B, KB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (powers of 1024)",
                ),
            });
        };
        let value = number
            .checked_mul(Decimal::from(factor))
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

/// More of a unit than this is a number nobody reads; the largest units have no larger one.
const READABLE: u64 = 1_000_000;
/// Bytes of the smaller of the two largest units.
const LARGEST: u64 = 1_000_000_000_000;

fn is_readable(bytes: Decimal, factor: u64) -> bool {
    factor >= LARGEST || bytes < Decimal::from(factor) * Decimal::from(READABLE)
}

/// A whole number of bytes in the unit that writes it shortest, with three decimals at most. The same
/// as [`shortest_unit`] without divisions of decimals: most sizes are whole.
fn shortest_whole(bytes: u64) -> (String, &'static str) {
    let thousandths = u128::from(bytes) * 1000;
    let mut best = (bytes.to_string(), SIZES[0].0);
    for (name, factor) in SIZES[1..].iter().rev() {
        let readable = *factor >= LARGEST || bytes / factor < READABLE;
        if bytes < *factor || !readable || !thousandths.is_multiple_of(u128::from(*factor)) {
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
        if bytes < unit || !is_readable(bytes, *factor) {
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
        // Nothing a second is nothing a month.
        let (factor, seconds) = match spelling::rate(rest) {
            Err(NoRate::PerNothing("")) if number.is_zero() => (Decimal::ONE, 1),
            read => read.map_err(|no| no_rate(text, number, rest, &no))?,
        };
        let per_second = number
            .checked_mul(factor)
            .map(|n| n / Decimal::from(seconds))
            .filter(|r| *r <= MAX_RATE);
        let per_second = per_second.ok_or_else(|| {
            Refused::new(
                format!("`{}` is above 100M/s", text.trim()),
                "check the magnitude and the unit",
            )
        })?;
        Ok(Self {
            per_second,
            calendar: seconds >= 86_400,
        })
    }
}

/// Why something is no rate, and what was meant.
fn no_rate(text: &str, number: Decimal, rest: &str, no: &NoRate<'_>) -> Refused {
    if let Some(kind) = spelling::kind(rest) {
        let message = format!("`{}` is {kind}, not a rate", shown(text.trim()));
        return Refused::new(message, "write it as `1200/s` or `200k/day`");
    }
    match no {
        NoRate::PerNothing(letter) => Refused::fixed::<Rate>(
            format!("`{}` has no time unit", shown(text.trim())),
            format!("{}{}/s", plain(number), letter.trim()),
            " (or /min, /h, /day, /week, /month)",
        ),
        NoRate::Magnitude(letter) => Refused::new(
            format!("`{}` is not a magnitude", shown(letter)),
            "use k (thousand), M (million) or B (billion), as in `40k/min`",
        ),
        NoRate::Time(unit) => Refused::new(
            format!("`/{}` is not a time unit", shown(unit)),
            "use /s, /min, /h, /day, /week or /month",
        ),
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

impl FromStr for Duration {
    type Err = Refused;
    fn from_str(text: &str) -> Result<Self, Refused> {
        let (number, unit) = split(text).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        if unit.is_empty() {
            return Err(Refused::fixed::<Self>(
                format!("`{}` has no unit", text.trim()),
                format!("{} ms", plain(number)),
                " (or us, s, min, h, day, week)",
            ));
        }
        let Some(us) = spelling::time(unit) else {
            let other = Refused::other::<Self>(text, unit, "a time");
            return Err(other.unwrap_or_else(|| {
                Refused::new(
                    format!("`{}` is not a unit of time", shown(unit)),
                    "use us, ms, s, min, h, day or week, as in `5 min`",
                )
            }));
        };
        let factor = Decimal::new(i64::try_from(us).unwrap_or(i64::MAX), 3);
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
        // 0.85 can only be a share of one; 1 and 85 may be percent.
        if unit.is_empty() && number < Decimal::ONE && (number.is_zero() || text.contains('.')) {
            return Ok(Self(number.normalize()));
        }
        if unit.is_empty() {
            return Err(Refused::fixed::<Self>(
                format!("`{}` has no unit", text.trim()),
                format!("{} %", plain(number)),
                "",
            ));
        }
        if unit != "%" {
            let other = Refused::other::<Self>(text, unit, "a share");
            return Err(other.unwrap_or_else(|| {
                Refused::new(
                    format!("`{}` is not a share", shown(text.trim())),
                    "write it in percent, as in `85 %`",
                )
            }));
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
        if spelling::time(unit) != Some(3_600_000_000) {
            return Err(Refused::fixed::<Self>(
                format!("`{}` is not a number of hours", shown(text.trim())),
                format!("{} h", plain(number)),
                "",
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
        let bare = text.trim();
        let amount = bare.strip_prefix('$').unwrap_or(bare);
        let (number, unit) = split(amount).ok_or_else(|| not_a_number(text, Self::EXAMPLE))?;
        let is_money =
            unit.eq_ignore_ascii_case("USD") || unit == "$" || (unit.is_empty() && amount != bare);
        if !is_money {
            return Err(Refused::fixed::<Self>(
                format!("`{}` is not an amount of money", shown(bare)),
                format!("{} USD", plain(number)),
                "",
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
        let factor = spelling::magnitude(unit).ok_or_else(|| {
            Refused::fixed::<Self>(
                format!("`{}` is not a plain number", shown(text.trim())),
                plain(number),
                "",
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
mod tests;
