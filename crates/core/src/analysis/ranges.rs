//! Ranges in the profile: the answer at their ends, and the share of the input box each answer wins.

use rust_decimal::Decimal;

use super::answer;
use crate::decide::{Engine, Scratch};
use crate::domain::decision::Pick;
use crate::domain::profile::Profile;

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
}

/// The answer over the box of the stated ranges; `None` without ranges.
pub fn ranges(engine: &Engine<'_>, profile: &Profile) -> Option<Ranges> {
    if profile.ranges.is_empty() {
        return None;
    }
    let mut scratch = engine.scratch(profile);
    let mut at = |position: &dyn Fn(usize) -> Decimal| {
        let mut point = profile.clone();
        for (i, r) in profile.ranges.iter().enumerate() {
            point.set_number(r.field, r.low + (r.high - r.low) * position(i));
        }
        answer(engine, &point, &mut scratch)
    };
    let low = at(&|_| Decimal::ZERO);
    let high = at(&|_| Decimal::ONE);
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
    Some(Ranges {
        low,
        expected,
        high,
        won,
        samples: SAMPLES,
    })
}

/// Halton's low-discrepancy sequence: the radical inverse of the index in the axis' prime.
fn halton(mut index: u32, axis: usize) -> Decimal {
    const PRIMES: [u32; 16] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
    let base = PRIMES[axis % PRIMES.len()];
    let mut inverse = Decimal::ZERO;
    let mut unit = Decimal::ONE;
    while index > 0 {
        unit /= Decimal::from(base);
        inverse += unit * Decimal::from(index % base);
        index /= base;
    }
    inverse
}
