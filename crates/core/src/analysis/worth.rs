//! The cache size that is worth paying for, when the hit ratio of every size was measured.
//!
//! A larger cache costs more and leaves fewer reads to the origin; the size with the greatest net
//! saving is where the next step costs more than the hits it buys. Sizes between the measured
//! points are not looked at.

use rust_decimal::Decimal;

use super::search;
use crate::decide::{Engine, Scratch};
use crate::domain::decision::Saving;
use crate::domain::money::Usd;
use crate::domain::profile::{NumField, Profile};
use crate::domain::units::Quantity;

/// The cache size that is worth paying for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorthwhileSize {
    /// Bytes.
    pub size: Decimal,
    /// Share of reads that hit at this size, 0 to 1.
    pub hit_ratio: Decimal,
    /// Cost a month at this size.
    pub cost: Usd,
    /// Saving a month at this size.
    pub saving: Saving,
    /// The next larger size, when there is one.
    pub larger: Option<LargerSize>,
}

/// What the step to the next larger size would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LargerSize {
    /// Bytes.
    pub size: Decimal,
    /// More cost a month.
    pub costs: Usd,
    /// Less cost of the origin a month.
    pub avoids: Usd,
}

/// One size of the curve, priced.
struct Priced {
    /// Bytes.
    size: Decimal,
    hit_ratio: Decimal,
    /// USD a month.
    cost: Usd,
    saving: Saving,
}

/// The size at which a slot saves the most; `None` without a curve, or when nobody knows what a
/// read at the origin costs.
pub fn worthwhile_size(
    engine: &Engine<'_>,
    profile: &Profile,
    slot: usize,
    scratch: &mut Scratch,
) -> Option<WorthwhileSize> {
    let smallest = profile.max_item_size();
    let sizes = profile.data.curve.iter().map(|p| p.size.value());
    let mut probe = profile.clone();
    let mut priced: Vec<Priced> = sizes
        .filter(|size| *size >= smallest)
        .filter_map(|size| {
            search::put(&mut probe, NumField::WorkingSet, size);
            price(engine, &probe, slot, scratch)
        })
        .collect();
    // What cannot be bought any smaller is one size.
    priced.dedup_by_key(|p| p.size);
    let best = (0..priced.len()).max_by(|a, b| {
        let saving = |at: usize| priced[at].saving.expected;
        saving(*a).cmp(&saving(*b)).then(b.cmp(a))
    })?;
    let here = &priced[best];
    let larger = priced.get(best + 1).map(|next| {
        let more = next.cost.0 - here.cost.0;
        let saved = next.saving.expected.0 - here.saving.expected.0;
        LargerSize {
            size: next.size,
            costs: Usd(more),
            avoids: Usd(saved + more),
        }
    });
    Some(WorthwhileSize {
        size: here.size,
        hit_ratio: here.hit_ratio,
        cost: here.cost,
        saving: here.saving,
        larger,
    })
}

fn price(
    engine: &Engine<'_>,
    profile: &Profile,
    slot: usize,
    scratch: &mut Scratch,
) -> Option<Priced> {
    let saving = engine.saving_of(slot, profile, scratch)?;
    let size = engine.size_of(slot, profile);
    Some(Priced {
        size,
        hit_ratio: profile.hit_ratio(size),
        cost: engine.cost_of(slot, profile, scratch)?.known,
        saving,
    })
}
