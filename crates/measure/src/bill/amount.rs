//! Amounts of a bill as fixed-point numbers of 16 decimals: adding them is exact, so that no order of rows changes a digit.
//!
//! A double becomes a decimal by the shortest form that reads back, before it comes here.

use rust_decimal::Decimal;

/// Decimals of an [`Amount`]: a single ECPU costs 2.7e-9 USD, and a thousandth of that still has seven digits.
const PLACES: i32 = 16;
/// No row has more, and sums of as many rows as fit a disk stay in range.
const MOST: i128 = 10i128.pow(15 + PLACES as u32);

/// Units of 1e-16.
pub(super) type Amount = i128;

/// A number as text, with or without exponent; `scale` shifts it to the right as decimals of Parquet do. `None` for what is
/// no number, or larger than any row can have.
pub(super) fn parse(text: &[u8], scale: i32) -> Option<Amount> {
    let text = text.trim_ascii();
    let (negative, rest) = match text.first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let mark = rest.iter().position(|b| matches!(b, b'e' | b'E'));
    let (digits, exponent) = match mark {
        Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
        None => (rest, 0),
    };
    let (mut mantissa, mut seen, mut after) = (0i128, 0usize, None::<i32>);
    for byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen += 1;
                // Digits beyond what fits are below every place that counts, unless the number is too large.
                if mantissa < 10i128.pow(36) {
                    mantissa = mantissa * 10 + i128::from(byte - b'0');
                    after = after.map(|n| n + 1);
                } else if after.is_none() {
                    return None;
                }
            }
            b'.' if after.is_none() => after = Some(0),
            _ => return None,
        }
    }
    if seen == 0 {
        return None;
    }
    let value = shift(
        mantissa,
        PLACES + exponent - scale - after.unwrap_or_default(),
    )?;
    (value <= MOST).then_some(if negative { -value } else { value })
}

fn exponent(text: &[u8]) -> Option<i32> {
    let number: i32 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (-400..=400).contains(&number).then_some(number)
}

/// Times a power of ten; half goes away from zero.
fn shift(mantissa: i128, by: i32) -> Option<i128> {
    if mantissa == 0 || by == 0 {
        return Some(mantissa);
    }
    let power = 10i128.checked_pow(by.unsigned_abs());
    match (by > 0, power) {
        (true, power) => mantissa.checked_mul(power?),
        (false, None) => Some(0),
        (false, Some(power)) => Some((mantissa + power / 2) / power),
    }
}

/// As a decimal; digits that it has no room for are the last ones.
pub(super) fn decimal(amount: Amount) -> Decimal {
    let (mut value, mut scale) = (amount, PLACES.unsigned_abs());
    loop {
        if let Ok(found) = Decimal::try_from_i128_with_scale(value, scale) {
            return found.normalize();
        }
        value /= 10;
        scale = scale.saturating_sub(1);
    }
}
