//! Ranges in the profile, stated or assumed: the answer at their ends, the share of the input box each answer wins,
//! and over which part of each range.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::{answer, search};
use crate::decide::{Engine, Scratch};
use crate::domain::decision::Pick;
use crate::domain::field::NumField;
use crate::domain::profile::{Profile, Range};

/// Points of the box that are tried.
pub const SAMPLES: u32 = 1024;

/// What the ranges do to the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranges {
    /// Answer with every range at its low end.
    pub low: Pick,
    /// Answer at the expected values.
    pub expected: Pick,
    /// Answer with every range at its high end.
    pub high: Pick,
    /// Samples won by each answer, most first.
    pub won: Vec<(Pick, u32)>,
    /// Samples tried.
    pub samples: u32,
    /// Which service wins over which part of each range, with everything else as expected.
    pub parts: Vec<Part>,
}

/// A part of a range in which one service wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose range.
    pub field: NumField,
    /// From here.
    pub from: Decimal,
    /// To here.
    pub to: Decimal,
    /// What wins at the low end of the part.
    pub winner: Pick,
}

/// The answer over the box of the ranges; `None` without ranges.
pub fn ranges(engine: &Engine<'_>, profile: &Profile) -> Option<Ranges> {
    if profile.ranges.is_empty() {
        return None;
    }
    let mut scratch = engine.scratch(profile);
    let mut point = profile.clone();
    let mut at = |position: &dyn Fn(usize) -> f64| {
        for (i, r) in profile.ranges.iter().enumerate() {
            search::put(&mut point, r.field, between(r, position(i)));
        }
        answer(engine, &point, &mut scratch)
    };
    let low = at(&|_| 0.0);
    let high = at(&|_| 1.0);
    let mut won: Vec<(Pick, u32)> = Vec::new();
    for sample in 1..=SAMPLES {
        let pick = at(&|axis| halton(sample, axis));
        match won.iter_mut().find(|(p, _)| *p == pick) {
            Some((_, count)) => *count += 1,
            None => won.push((pick, 1)),
        }
    }
    won.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let expected = answer(engine, profile, &mut Scratch::default());
    let parts = profile
        .ranges
        .iter()
        .flat_map(|r| parts(engine, profile, r));
    Some(Ranges {
        low,
        expected,
        high,
        won,
        samples: SAMPLES,
        parts: parts.collect(),
    })
}

/// The parts of one range, from bend to bend of the models.
fn parts(engine: &Engine<'_>, profile: &Profile, range: &Range) -> Vec<Part> {
    let field = range.field;
    let mut scratch = engine.scratch(profile);
    let fitting = scratch.fitting();
    let mut probe = profile.clone();
    let mut wins = |value: Decimal| {
        search::put(&mut probe, field, value);
        answer(engine, &probe, &mut scratch)
    };
    let values = search::points(engine, &fitting, profile, field, (range.low, range.high));
    let mut out: Vec<Part> = Vec::new();
    for value in values {
        let winner = wins(value);
        let Some(last) = out.last_mut() else {
            let (from, to) = (value, value);
            out.push(Part {
                field,
                from,
                to,
                winner,
            });
            continue;
        };
        if last.winner.service == winner.service {
            last.to = value;
            continue;
        }
        let service = last.winner.service.clone();
        let mut same = |v: Decimal| wins(v).service == service;
        let (end, from) = search::bisect(last.to, value, &mut same);
        last.to = end;
        let winner = wins(from);
        out.push(Part {
            field,
            from,
            to: value,
            winner,
        });
    }
    out
}

/// The value at a share of the way from the low to the high end: rates and sizes go by logarithm, because a range
/// over decades is as likely in each of them.
pub(super) fn between(range: &Range, share: f64) -> Decimal {
    let (low, high) = (range.low, range.high);
    if share <= 0.0 || share >= 1.0 || low == high {
        return if share >= 1.0 { high } else { low };
    }
    let ends = low.to_f64().zip(high.to_f64());
    let value = ends.map(|(a, b)| {
        if range.field.unit().is_linear() {
            a + (b - a) * share
        } else {
            // From zero the last six decades count.
            let a = a.max(b / 1e6);
            a * (b / a).powf(share)
        }
    });
    let value = value
        .and_then(Decimal::from_f64)
        .and_then(|v| v.round_sf(9));
    value.unwrap_or(low).clamp(low, high)
}

/// Halton's low-discrepancy sequence: the radical inverse of the index in the axis' prime.
pub(super) fn halton(mut index: u32, axis: usize) -> f64 {
    const PRIMES: [u32; 16] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
    let base = PRIMES[axis % PRIMES.len()];
    let (mut inverse, mut unit) = (0.0, 1.0);
    while index > 0 {
        unit /= f64::from(base);
        inverse += unit * f64::from(index % base);
        index /= base;
    }
    inverse
}
