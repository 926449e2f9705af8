//! What metrics say as a workload profile: plain values, each under its rule, and where they come from.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use super::bill::Bill;
use crate::domain::money::plain;
use crate::domain::units::Duration;
use crate::measured::profile::{exact, quoted, rate};
use crate::measured::text::round;
use cachewright_measure::telemetry::query::moment;
use cachewright_measure::telemetry::{As, Derived, Field, Kind, Reading, Unit};

/// What metrics do not know.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Name of the profile.
    pub name: String,
    /// AWS region code.
    pub region: String,
    /// Layer, where it is not the kind's.
    pub layer: Option<String>,
}

/// The sections of a profile that metrics fill, in their order.
const SECTIONS: [&str; 4] = ["traffic", "data", "requirements", "origin"];

/// The profile as YAML.
pub fn yaml(found: &Derived, kind: &Kind, read: As, identity: &Identity, bill: &Bill) -> String {
    let place = kind.place(read);
    let mut out = String::from(
        "# Measured by `cachewright measure --cloudwatch`; the rule of each value stands above it, see `measured` at the end.\n",
    );
    let _ = writeln!(out, "version: 1");
    let _ = writeln!(out, "name: {}", quoted(&identity.name));
    let _ = writeln!(out, "region: {}", quoted(&identity.region));
    let layer = identity.layer.as_ref().unwrap_or(&place.layer);
    let _ = writeln!(out, "layer: {layer}");
    if let Some(interface) = &place.interface {
        let _ = writeln!(out, "interface: {interface}");
    }
    for section in SECTIONS {
        out.push_str(&section_of(found, section));
    }
    out.push_str(&provenance(found, kind));
    out.push_str(&now(bill));
    out
}

/// What it costs now, as far as that is known.
fn now(bill: &Bill) -> String {
    if bill.items.iter().all(|item| item.cost.is_none()) {
        return String::new();
    }
    let [low, high] = bill.ends.map(|end| plain(end.cents()));
    let (name, service) = (quoted(&bill.name), &bill.service);
    let mut out = format!("  now:\n    name: {name}\n    service: {service}\n");
    if let Some(variant) = &bill.variant {
        let _ = writeln!(out, "    variant: {}", quoted(variant));
    }
    let _ = writeln!(out, "    monthly: {low} USD");
    if low != high {
        let _ = writeln!(out, "    monthly_high: {high} USD");
    }
    if !bill.is_complete() {
        let _ = writeln!(out, "    at_least: true");
    }
    out
}

fn section_of(found: &Derived, section: &str) -> String {
    let inside = |f: &&Field| f.path.split('.').next() == Some(section);
    let fields: Vec<&Field> = found.fields.iter().filter(inside).collect();
    let mut out = String::new();
    if fields.is_empty() {
        return out;
    }
    // A section of comments alone is no map.
    let is_known = fields.iter().any(|f| f.value != Reading::Unknown);
    let head = if is_known {
        section.to_owned() + ":"
    } else {
        format!("# {section}:")
    };
    let _ = writeln!(out, "{head}");
    for field in fields {
        let key = field.path.rsplit('.').next().unwrap_or(field.path);
        match value(&field.value) {
            None => {
                let _ = writeln!(out, "  # {key} is left out: {}", field.rule);
            }
            Some(value) => {
                let _ = writeln!(
                    out,
                    "  # {}: {}\n  {key}: {value}",
                    field.mark.word(),
                    field.rule
                );
            }
        }
    }
    out
}

/// A value as a profile writes it; `None` where nobody knows it.
pub fn value(reading: &Reading) -> Option<String> {
    match reading {
        Reading::Unknown => None,
        Reading::Word(word) => Some(word.clone()),
        Reading::Words(words) => Some(format!("[{}]", words.join(", "))),
        Reading::Number([low, expected, high], unit) => {
            let [low, expected, high] = [low, expected, high].map(|n| number(*n, *unit));
            Some(if low == high {
                expected
            } else {
                format!("{low}..{expected}..{high}")
            })
        }
    }
}

/// Four digits: the rest would be noise.
fn number(value: f64, unit: Unit) -> String {
    let value = to_digits(value);
    match unit {
        Unit::PerSecond => rate(value),
        Unit::Bytes => exact((value.round() as u64).max(1)),
        Unit::Share => format!("{} %", round(value * 100.0)),
        Unit::Hours => format!("{} h", value.round()),
        Unit::Milliseconds => {
            Duration::rounded(Decimal::from_f64(value).unwrap_or_default()).to_string()
        }
        Unit::Number => round(value).to_string(),
    }
}

/// The nearest number of four digits.
pub fn to_digits(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 0.0;
    }
    let place = 3 - value.log10().floor() as i32;
    // Whole powers of ten are exact, their inverses are not.
    let power = 10f64.powi(place.abs());
    if place >= 0 {
        (value * power).round() / power
    } else {
        (value / power).round() * power
    }
}

fn provenance(found: &Derived, kind: &Kind) -> String {
    let mut out = String::from("measured:\n  source: cloudwatch\n");
    let _ = writeln!(out, "  kind: {}", kind.id);
    let _ = writeln!(out, "  from: {}", quoted(&moment(found.from)));
    let _ = writeln!(out, "  to: {}", quoted(&moment(found.to)));
    if found.period > 0 {
        let _ = writeln!(out, "  period: {} s", found.period);
    }
    let _ = writeln!(out, "  coverage: {} %", (found.coverage * 100.0).round());
    let _ = writeln!(out, "  tool: \"cachewright {}\"", env!("CARGO_PKG_VERSION"));
    let marks: Vec<String> = (found.fields.iter())
        .map(|f| format!("    {}: {}\n", f.path, f.mark.word()))
        .collect();
    if !marks.is_empty() {
        let _ = write!(out, "  fields:\n{}", marks.concat());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_kept() {
        for (value, want) in [
            (6_905_850_895.0, 6_906_000_000.0),
            (0.929_994_48, 0.93),
            (439.897, 439.9),
            (2199.4, 2199.0),
            (0.000_123_456, 0.000_123_5),
            (0.0, 0.0),
            (f64::NAN, 0.0),
        ] {
            assert_eq!(to_digits(value).to_string(), want.to_string());
        }
    }

    #[test]
    fn a_range_is_three_points_and_one_value_is_one() {
        let range = Reading::Number([0.0, 1.0, 2.5], Unit::PerSecond);
        assert_eq!(value(&range).as_deref(), Some("0/s..1/s..2.5/s"));
        let one = Reading::Number([0.93; 3], Unit::Share);
        assert_eq!(value(&one).as_deref(), Some("93 %"));
        assert_eq!(value(&Reading::Unknown), None);
    }
}
