//! Money as exact decimals; rounding happens only when it is shown.

use std::fmt;

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

/// An amount of US dollars, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Usd(pub Decimal);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Rounded to whole cents, half away from zero, as AWS prints bills.
    pub fn cents(self) -> Decimal {
        let mut cents = self
            .0
            .round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
        cents.rescale(2);
        cents
    }

    /// A plain decimal without trailing zeros, for machines.
    pub fn plain(self) -> String {
        plain(self.0)
    }
}

/// A decimal without exponent and without trailing zeros.
pub fn plain(value: Decimal) -> String {
    let value = value.normalize();
    // Most numbers are whole, and integers are written faster.
    match value.to_i64() {
        Some(whole) if value.scale() == 0 => whole.to_string(),
        _ => value.to_string(),
    }
}

/// A whole number for people: `1,234,568`.
pub fn whole(value: Decimal) -> String {
    grouped(&plain(value.round()))
}

impl fmt::Display for Usd {
    /// `$1,234.56`; amounts below a cent keep two significant digits; negative as `−$3.10`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0.is_sign_negative() && !self.0.is_zero() {
            "-"
        } else {
            ""
        };
        let amount = self.0.abs();
        let cents = Usd(amount).cents();
        if cents.is_zero() && !amount.is_zero() {
            let small = amount.round_sf(2).unwrap_or(amount);
            return write!(f, "{sign}${}", plain(small));
        }
        write!(f, "{sign}${}", grouped(&cents.to_string()))
    }
}

/// Thousands separators for the digits before the point.
pub fn grouped(number: &str) -> String {
    let (whole, fraction) = number
        .split_once('.')
        .map_or((number, None), |(w, f)| (w, Some(f)));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |d| ("-", d));
    let mut out = String::with_capacity(number.len() + digits.len() / 3 + 1);
    out.push_str(sign);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

impl std::ops::Add for Usd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Usd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::ops::AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl std::iter::Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, |a, b| a + b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_prints_as_people_write_it() {
        let show = |text: &str| Usd(text.parse().unwrap()).to_string();
        assert_eq!(show("1234567.891"), "$1,234,567.89");
        assert_eq!(show("-3.1"), "-$3.10");
        assert_eq!(show("0.00339"), "$0.0034");
        assert_eq!(show("0"), "$0.00");
        assert_eq!(show("999.995"), "$1,000.00");
    }
}
