//! The profile that a bill would come from: only what meters tell, and only where the usage differs.
//!
//! The models are not written a second time backwards. A meter names the field that it tells
//! ([`ServiceModel::told`](crate::services::ServiceModel::told)), and the field's value is searched at which the model bills
//! what AWS billed: quantities grow with it, mostly in a straight line, so that the search ends after one step.

use rust_decimal::Decimal;

use super::compare::is_near;
use crate::decide::{Engine, Scratch};
use crate::domain::bill::{BillVerdict, Comparison, Told};
use crate::domain::profile::{NumField, Profile};
use crate::services::Tells;

/// What a bill says of the workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Refit {
    /// Fields that it tells, in the order in which they were found.
    pub told: Vec<Told>,
    /// The profile with them.
    pub profile: Profile,
    /// Usage differs, and no field says by how much: a minimum of capacity, or a peak.
    pub untold: Vec<String>,
}

/// Steps of the search: more than any model needs.
const STEPS: usize = 200;

/// Searches the fields; `slot` is the way of the estimate.
pub fn refit(
    engine: &Engine<'_>,
    slot: usize,
    profile: &Profile,
    found: &Comparison,
    tolerance: Decimal,
) -> Refit {
    let mut search = Search {
        engine,
        slot,
        scratch: Scratch::default(),
        // What stays as it was must not move with what changes: the default follows items and lookups.
        profile: held(profile, engine, slot),
        missed: false,
    };
    let mut out = Refit {
        told: Vec::new(),
        profile: profile.clone(),
        untold: Vec::new(),
    };
    for (meter, tells) in engine.told(slot) {
        let Some(target) = target(found, meter) else {
            continue;
        };
        let floor = found
            .minimum
            .as_ref()
            .is_some_and(|m| m.floors.iter().any(|(id, _)| id == meter));
        let now = search.quantity(meter);
        let as_estimated = is_near(target.quantity, now, tolerance);
        if !floor
            && (!target.differs || is_near(target.quantity, now, Decimal::ZERO))
            && as_estimated
        {
            continue;
        }
        for told in search.solve(meter, *tells, target.quantity, floor) {
            out.told.push(told);
        }
        if search.missed {
            out.untold.push((*meter).to_owned());
            search.missed = false;
        }
    }
    for told in &mut out.told {
        // A bound within the tolerance is the value itself.
        let kept = told.at_most && told.after >= told.before * (Decimal::ONE - tolerance);
        told.changes = !kept && told.after != told.before;
        if told.changes {
            out.profile.set_number(told.field, told.after);
            out.profile.state(told.field.path());
        }
    }
    raise_peaks(&mut out.profile);
    out
}

/// What was billed of a meter, all its suffixes together.
struct Target {
    quantity: Decimal,
    differs: bool,
}

fn target(found: &Comparison, meter: &str) -> Option<Target> {
    let of = found
        .meters
        .iter()
        .filter(|m| m.region.is_none() && is_of(&m.meter, meter));
    let mut out: Option<Target> = None;
    for line in of {
        let billed = match (line.verdict, line.monthly) {
            (v, Some(monthly)) if v.is_comparable() => monthly.quantity,
            // Another unit says nothing of the quantity.
            (BillVerdict::NotComparable, _) => return None,
            _ => Decimal::ZERO,
        };
        let sum = out.get_or_insert(Target {
            quantity: Decimal::ZERO,
            differs: false,
        });
        sum.quantity += billed;
        sum.differs |=
            line.verdict != BillVerdict::Same && line.verdict != BillVerdict::PriceDiffers;
    }
    out.filter(|t| !t.quantity.is_zero())
}

fn is_of(meter: &str, stem: &str) -> bool {
    meter == stem
        || meter
            .strip_prefix(stem)
            .is_some_and(|rest| rest.starts_with('.'))
}

/// A hit ratio that nobody stated as the number that it is now.
fn held(profile: &Profile, engine: &Engine<'_>, slot: usize) -> Profile {
    let mut out = profile.clone();
    if !out.is_store() {
        out.data.hit_ratio = Some(engine.hit_ratio(slot, profile));
        out.data.curve = Vec::new();
    }
    out
}

struct Search<'e, 'a> {
    engine: &'e Engine<'a>,
    slot: usize,
    scratch: Scratch,
    profile: Profile,
    missed: bool,
}

impl Search<'_, '_> {
    fn quantity(&mut self, meter: &str) -> Decimal {
        quantity(
            self.engine,
            self.slot,
            &self.profile,
            &mut self.scratch,
            meter,
        )
    }

    /// The quantity at a factor of the fields.
    fn at(&mut self, fields: &[(NumField, Decimal)], meter: &str, factor: Decimal) -> Decimal {
        let mut trial = self.profile.clone();
        for (field, value) in fields {
            trial.set_number(*field, least(*field, value * factor));
        }
        quantity(self.engine, self.slot, &trial, &mut self.scratch, meter)
    }

    /// The fields of a meter, at values that bill the target.
    fn solve(&mut self, meter: &str, tells: Tells, target: Decimal, floor: bool) -> Vec<Told> {
        let before = fields(&self.profile, tells);
        // Something to multiply where nothing was: one a second, one byte.
        let base: Vec<(NumField, Decimal)> = before
            .iter()
            .map(|(f, v)| (*f, if v.is_zero() { Decimal::ONE } else { *v }))
            .collect();
        let Some((factor, at_most)) = self.factor(&base, meter, target) else {
            self.missed = true;
            return Vec::new();
        };
        let at_most = at_most || floor;
        let mut out = Vec::new();
        for ((field, was), (_, from)) in before.into_iter().zip(base) {
            let after = least(field, from * factor);
            self.profile.set_number(field, after);
            out.push(Told {
                field,
                before: was,
                after,
                at_most,
                changes: false,
                range: None,
                meter: meter.to_owned(),
            });
        }
        if tells == Tells::Writes {
            self.range(&mut out, meter, target);
        }
        out
    }

    /// How many of the puts are fills is not in a bill: none are writes, or all.
    fn range(&mut self, told: &mut [Told], meter: &str, target: Decimal) {
        let Some(one) = told.first_mut() else { return };
        let mut idle = self.profile.clone();
        idle.set_number(NumField::Reads, Decimal::ZERO);
        idle.set_number(one.field, Decimal::ONE);
        let each = quantity(self.engine, self.slot, &idle, &mut self.scratch, meter);
        if let Some(all) = target.checked_div(each) {
            one.range = Some((Decimal::ZERO, all.max(one.after)));
        }
    }

    /// The factor at which the model bills the target, and whether it bills that below it too; `None` where no factor does.
    fn factor(
        &mut self,
        base: &[(NumField, Decimal)],
        meter: &str,
        target: Decimal,
    ) -> Option<(Decimal, bool)> {
        let near = Decimal::new(1, 12) * target;
        let (mut low, mut at_low) = (Decimal::ZERO, self.at(base, meter, Decimal::ZERO));
        if at_low > target + near {
            return self.fills_only(base, meter, target, at_low);
        }
        let (mut high, mut at_high) = (Decimal::ONE, self.at(base, meter, Decimal::ONE));
        let mut doubled = 0;
        while at_high < target {
            (low, at_low) = (high, at_high);
            high *= Decimal::TWO;
            at_high = self.at(base, meter, high);
            doubled += 1;
            if doubled > 60 {
                return None;
            }
        }
        let flat = (at_low - target).abs() <= near;
        for step in 0..STEPS {
            if flat || at_high - at_low <= near {
                break;
            }
            // A straight line ends here at once; every third step halves, so that a bend cannot hold it.
            let guess = if step % 3 == 2 {
                (low + high) / Decimal::TWO
            } else {
                low + (high - low) * (target - at_low) / (at_high - at_low)
            };
            let at = self.at(base, meter, guess);
            if (at - target).abs() <= near {
                return Some((guess, false));
            }
            if at < target {
                (low, at_low) = (guess, at);
            } else {
                (high, at_high) = (guess, at);
            }
        }
        if flat {
            return Some((self.last_flat(base, meter, target + near), true));
        }
        Some((high, false))
    }

    /// Even none of it bills more: of writes, because fills alone do; of a working set, because a minimum does.
    fn fills_only(
        &mut self,
        base: &[(NumField, Decimal)],
        meter: &str,
        target: Decimal,
        at_none: Decimal,
    ) -> Option<(Decimal, bool)> {
        let is_writes = base.first().is_some_and(|(f, _)| *f == NumField::Writes);
        if is_writes {
            return Some((Decimal::ZERO, false));
        }
        let slack = Decimal::new(2, 2) * target;
        (at_none <= target + slack).then(|| (self.last_flat(base, meter, at_none), true))
    }

    /// The largest factor that still bills no more than a minimum.
    fn last_flat(&mut self, base: &[(NumField, Decimal)], meter: &str, least: Decimal) -> Decimal {
        let (mut low, mut high) = (Decimal::ZERO, Decimal::ONE);
        while self.at(base, meter, high) <= least && high < Decimal::from(1u64 << 40) {
            low = high;
            high *= Decimal::TWO;
        }
        for _ in 0..60 {
            let middle = (low + high) / Decimal::TWO;
            if self.at(base, meter, middle) <= least {
                low = middle;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn quantity(
    engine: &Engine<'_>,
    slot: usize,
    profile: &Profile,
    scratch: &mut Scratch,
    meter: &str,
) -> Decimal {
    let all = engine.quantities(slot, profile, scratch);
    let of = all.iter().filter(|(id, _)| is_of(id, meter));
    of.map(|(_, quantity)| *quantity).sum()
}

/// The fields that a meter tells, with their values.
fn fields(profile: &Profile, tells: Tells) -> Vec<(NumField, Decimal)> {
    let list: &[NumField] = match tells {
        Tells::WorkingSet => &[NumField::WorkingSet],
        Tells::Reads => &[NumField::Reads],
        Tells::Writes => &[NumField::Writes],
        // In the proportion that was stated: the meter counts both.
        Tells::Rates if profile.traffic.writes.is_zero() => &[NumField::Reads],
        Tells::Rates => &[NumField::Reads, NumField::Writes],
        Tells::ReadSize if profile.data.bytes_per_read.is_some() => &[NumField::BytesPerRead],
        Tells::ReadSize => &[NumField::ItemSize],
    };
    let value = |f: NumField| profile.number(f).unwrap_or_default();
    list.iter().map(|f| (*f, value(*f))).collect()
}

/// An item has a byte: without one there is no number of items.
fn least(field: NumField, value: Decimal) -> Decimal {
    if field == NumField::ItemSize {
        value.max(Decimal::ONE)
    } else {
        value
    }
}

/// A peak is never below the mean: what the profile says of one follows a mean that was billed above it.
fn raise_peaks(profile: &mut Profile) {
    let t = &mut profile.traffic;
    t.peak_reads = t.peak_reads.map(|peak| peak.max(t.reads));
    t.peak_writes = t.peak_writes.map(|peak| peak.max(t.writes));
}
