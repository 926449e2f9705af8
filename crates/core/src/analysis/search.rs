//! Where to look: search domains, the bends of every model, grids, bisection.
//!
//! Between two neighbouring points the model is smooth: every step, tier, allowance, limit and bound is a
//! point itself, with a neighbour on either side. A change of sign inside a smooth piece is found by
//! bisection; the grid between the bends is dense enough that two changes cannot hide in one piece
//! (docs/decisions/0401-stability.md).

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use crate::decide::Engine;
use crate::domain::profile::{NumField, Profile};
use crate::services::{Bend, Context};

const HALF: Decimal = Decimal::from_parts(5, 0, 0, false, 1);

/// Grid points per power of ten, beside the bends.
const PER_DECADE: f64 = 10.0;
/// Grid points over a domain that is searched evenly.
const EVENLY: usize = 100;

/// The values of a number that are searched.
pub fn domain(profile: &Profile, field: NumField) -> (Decimal, Decimal) {
    field.domain(profile)
}

/// Changes a number as if the profile stated it.
pub fn put(profile: &mut Profile, field: NumField, value: Decimal) {
    profile.set_number(field, value);
    profile.state(field.path());
}

/// How many times larger the high end of a logarithmic grid is than its low end, or than its floor.
fn span((low, high): (Decimal, Decimal)) -> f64 {
    let high = high.to_f64().unwrap_or(1.0);
    high / low.to_f64().unwrap_or(0.0).max(high / 1e9)
}

/// Logarithmic grid from end to end; a range that begins at zero gets the zero and a decade floor.
pub fn log_grid((low, high): (Decimal, Decimal), count: usize) -> Vec<Decimal> {
    let high_f = high.to_f64().unwrap_or(1.0);
    let span = span((low, high)).ln();
    let mut out = vec![low];
    for i in 0..count {
        let t = i as f64 / (count - 1) as f64;
        let value = high_f * (span * (t - 1.0)).exp();
        out.extend(
            Decimal::from_f64(value)
                .and_then(|v| v.round_sf(9))
                .filter(|v| *v > low && *v < high),
        );
    }
    out.push(high);
    out.dedup();
    out
}

/// The grid, the profile's own value and every bend of some slots with its neighbours, sorted, inside the
/// range.
pub fn points(
    engine: &Engine<'_>,
    slots: &[usize],
    profile: &Profile,
    field: NumField,
    range: (Decimal, Decimal),
) -> Vec<Decimal> {
    let mut out = if field.unit().is_linear() {
        linear_grid(range)
    } else {
        let decades = span(range).log10();
        log_grid(range, (decades * PER_DECADE).ceil() as usize + 2)
    };
    let hair = |bend: Decimal| bend * Decimal::new(1, 9);
    let bends = engine.bends(slots, profile, field);
    for bend in bends.solved {
        out.extend([bend - hair(bend), bend, bend + hair(bend)]);
    }
    // A unit step belongs to what is below it: the step itself and a hair above are its two sides.
    for step in bends.steps {
        out.extend([step, step + hair(step)]);
    }
    out.extend(profile.number(field));
    out.retain(|v| *v >= range.0 && *v <= range.1);
    // Not `sort_unstable`: grid and steps are sorted runs already.
    out.sort();
    out.dedup();
    out
}

fn linear_grid((low, high): (Decimal, Decimal)) -> Vec<Decimal> {
    let steps = Decimal::from(EVENLY);
    (0..=EVENLY)
        .map(|i| low + (high - low) * Decimal::from(i) / steps)
        .collect()
}

/// Narrows `good` (where `same` holds) and `bad` (where it does not) to neighbours: twelve digits apart.
pub fn bisect(
    mut good: Decimal,
    mut bad: Decimal,
    same: &mut dyn FnMut(Decimal) -> bool,
) -> (Decimal, Decimal) {
    for _ in 0..60 {
        // Fourteen digits of anything below a trillionth leave the range of decimals: the search ends there.
        let middle = ((good + bad) * HALF).round_sf(14).unwrap_or(good);
        let size = good.abs().max(bad.abs());
        let tiny = size <= Decimal::new(1, 12);
        if middle == good
            || middle == bad
            || tiny
            || (good - bad).abs() <= size * Decimal::new(1, 12)
        {
            break;
        }
        if same(middle) {
            good = middle
        } else {
            bad = middle
        }
    }
    (good, bad)
}

/// Where a number meets something that is not smooth.
#[derive(Default)]
pub(crate) struct Bends {
    /// Steps of whole units: everything up to and including the step costs the same number of units.
    steps: Vec<Decimal>,
    /// Everything else; solved, so right to the last digits only.
    solved: Vec<Decimal>,
}

/// [`bisect`] for two costs, given with their difference at both ends: between two bends both are straight
/// lines most of the time, so that the place where these would cross is tried first.
pub fn crossing(
    (from, was): (Decimal, Decimal),
    (to, now): (Decimal, Decimal),
    difference: &mut dyn FnMut(Decimal) -> Option<Decimal>,
) -> (Decimal, Decimal) {
    let changes_at = now.is_sign_negative();
    let mut same = |value: Decimal| {
        difference(value).is_some_and(|d| d.is_zero() || d.is_sign_negative() != changes_at)
    };
    let (mut good, mut bad) = (from, to);
    if let Some(share) = was.checked_div(was - now) {
        let at = from + (to - from) * share;
        // The values on both sides are closer than bisection would narrow.
        let hair = at * Decimal::new(4, 13);
        for value in [at - hair, at + hair] {
            let value = value.round_sf(14).unwrap_or(value);
            if value <= good || value >= bad {
                continue;
            }
            if same(value) {
                good = value
            } else {
                bad = value
            }
        }
    }
    bisect(good, bad, &mut same)
}

impl Engine<'_> {
    /// Places where a model, price, limit or rule of some slots is not smooth in a number.
    pub(crate) fn bends(&self, slots: &[usize], profile: &Profile, field: NumField) -> Bends {
        let mut bends = Bends::default();
        for &slot in slots {
            self.rule_bounds(slot, field, &mut bends.solved);
            self.model_bends(slot, profile, field, &mut bends);
            self.linear_bends(slot, profile, field, &mut bends.solved);
        }
        bends.steps.sort_unstable();
        bends.steps.dedup();
        bends
    }

    fn model_bends(&self, slot: usize, profile: &Profile, field: NumField, found: &mut Bends) {
        let mut bends = Vec::new();
        self.with_context(slot, profile, |model, cx: &Context<'_>| {
            model.bends(cx, &mut bends)
        });
        let multiples = |step: Decimal, most: i64| (1..=most).map(move |i| step * Decimal::from(i));
        for bend in bends {
            match (bend, field) {
                (Bend::ItemStep { step, beside }, NumField::ItemSize) => {
                    let values = multiples(step, 400).map(|item| item - beside);
                    found.steps.extend(values.filter(|v| *v > Decimal::ZERO));
                }
                (Bend::ActiveHours(at), NumField::ActiveHours) => found.solved.push(at),
                (Bend::WorkingSetStep(step), NumField::WorkingSet) => {
                    found.steps.extend(multiples(step, 64))
                }
                (Bend::Item(at), NumField::ItemSize)
                | (Bend::WorkingSet(at), NumField::WorkingSet) => found.solved.push(at),
                (Bend::PeakBytesStep(step), NumField::Reads) => {
                    let item = profile.data.item_size * profile.traffic.keys_per_read;
                    found.solved.extend(multiples(step / item, 64));
                }
                (Bend::PeakBytesStep(step), NumField::ItemSize) => {
                    let rate = profile.traffic.peak_reads.unwrap_or(profile.traffic.reads)
                        * profile.traffic.keys_per_read;
                    if !rate.is_zero() {
                        found.solved.extend(multiples(step / rate, 64));
                    }
                }
                _ => {}
            }
        }
    }

    /// Tier bounds, allowances and limits, for numbers in which usage is linear around the profile.
    fn linear_bends(
        &self,
        slot: usize,
        profile: &Profile,
        field: NumField,
        out: &mut Vec<Decimal>,
    ) {
        if !field.number().is_straight {
            return;
        }
        let Some(at) = profile.number(field) else {
            return;
        };
        let step = if at.is_zero() {
            Decimal::new(1, 3)
        } else {
            at / Decimal::from(1_000)
        };
        let mut moved = profile.clone();
        moved.set_number(field, at + step);
        let here = self.amounts(slot, profile);
        let there = self.amounts(slot, &moved);
        for ((value, bounds), (next, _)) in here.iter().zip(&there) {
            let slope = (*next - *value) / step;
            if slope.is_zero() {
                continue;
            }
            out.extend(
                bounds
                    .iter()
                    .filter_map(|b| (*b - *value).checked_div(slope))
                    .map(|d| at + d),
            );
        }
    }
}

/// Round numbers over the domain of a field: 1, 2 and 5 times every power of ten, or every hundredth.
pub(super) fn round_numbers((low, high): (Decimal, Decimal), linear: bool) -> Vec<Decimal> {
    let mut out = Vec::new();
    if linear {
        out.extend((0..=100).map(|i| low + (high - low) * Decimal::new(i, 2)));
    } else {
        let mut power = Decimal::new(1, 3);
        while power <= high {
            out.extend([1, 2, 5].map(|m| power * Decimal::from(m)));
            power *= Decimal::TEN;
        }
    }
    out.retain(|v| *v >= low && *v <= high);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_at_zero_is_narrowed_without_leaving_the_range_of_decimals() {
        let one = Decimal::ONE;
        let (good, bad) = bisect(one, Decimal::ZERO, &mut |v| !v.is_zero());
        assert!(good > Decimal::ZERO && good <= Decimal::new(1, 12));
        assert!(bad.is_zero());
        let (good, bad) = bisect(Decimal::ZERO, one, &mut |v| v.is_zero());
        assert!(good.is_zero() && bad <= Decimal::new(1, 12));
    }

    #[test]
    fn a_change_is_narrowed_to_twelve_digits() {
        let edge = Decimal::from(12_345);
        let (good, bad) = bisect(Decimal::ONE, Decimal::from(1_000_000), &mut |v| v <= edge);
        assert!(good <= edge && bad > edge && bad - good <= edge * Decimal::new(1, 11));
    }
}
