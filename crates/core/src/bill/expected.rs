//! What the billed quantities should have cost by the prices of the estimate: with what is free every month, without it,
//! and by the tiers that the account's total reaches.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::estimate::{CENT, Estimate, Line};
use crate::decide::prices::{self, Entry};
use crate::domain::bill::Remark;
use crate::domain::money::Usd;

/// What the quantity of a line should cost; `None` where no price is known.
pub(super) struct Expected {
    /// With the allowances.
    free: Option<Usd>,
    /// Without.
    list: Option<Usd>,
    /// At the cheapest and the dearest tier that the account's total reaches.
    tiers: Option<(Usd, Usd)>,
    /// An allowance covers the meter.
    allowed: bool,
}

/// For each line, in their order.
pub(super) fn expected(estimate: &Estimate<'_>, lines: &[Line], filtered: bool) -> Vec<Expected> {
    let with = priced(estimate, lines, estimate.free_tier);
    let without = priced(estimate, lines, false);
    let rows = lines.iter().zip(with).zip(without);
    rows.map(|((line, free), list)| Expected {
        free,
        list,
        tiers: filtered.then(|| tiers(estimate, line)).flatten(),
        allowed: estimate.book.allowances.iter().any(|a| a.covers(&line.key)),
    })
    .collect()
}

fn region<'a>(estimate: &Estimate<'a>, line: &'a Line) -> &'a str {
    line.region.as_deref().unwrap_or(estimate.region)
}

/// The cost of each line; meters of a Region share their allowances.
fn priced(estimate: &Estimate<'_>, lines: &[Line], free_tier: bool) -> Vec<Option<Usd>> {
    let mut out = vec![None; lines.len()];
    let regions: BTreeSet<&str> = lines.iter().map(|l| region(estimate, l)).collect();
    for here in regions {
        let of = |l: &&Line| region(estimate, l) == here;
        let entry = |l: &Line| Entry {
            service: "",
            meter: "",
            unit: "",
            key: Some(l.key.clone()),
            quantity: l.rows.quantity,
            included: false,
        };
        let entries: Vec<Entry<'_>> = lines.iter().filter(of).map(entry).collect();
        let costs = prices::costs(&entries, estimate.book, here, free_tier);
        let places = (0..lines.len()).filter(|i| of(&&lines[*i]));
        for (place, cost) in places.zip(costs) {
            out[place] = cost;
        }
    }
    out
}

fn tiers(estimate: &Estimate<'_>, line: &Line) -> Option<(Usd, Usd)> {
    let schedule = estimate.book.get(region(estimate, line), &line.key)?;
    let prices: Vec<Decimal> = schedule
        .bands(line.rows.account)
        .map(|band| band.price)
        .collect();
    let at = |price: Option<&Decimal>| price.map(|p| Usd(line.rows.quantity * p));
    Some((at(prices.iter().min())?, at(prices.iter().max())?))
}

impl Expected {
    /// Is the cost of a line that of another price? Says what explains a difference.
    pub(super) fn judge(&self, line: &Line, remarks: &mut BTreeSet<Remark>) -> bool {
        let cost = line.rows.cost;
        let (Some(free), Some(list), false) = (self.free, self.list, line.assumed) else {
            remarks.insert(Remark::Unpriced);
            return false;
        };
        let near = |price: Usd| (price.cents() - cost.cents()).abs() <= CENT;
        if remarks.contains(&Remark::Committed) || near(free) || near(list) {
            return false;
        }
        if self.allowed && cost < list && cost >= Usd::ZERO {
            remarks.insert(Remark::Allowance);
            return false;
        }
        if let Some((low, high)) = self.tiers
            && cost.0 >= low.0 - CENT
            && cost.0 <= high.0 + CENT
        {
            remarks.insert(Remark::Tier);
            return false;
        }
        true
    }
}
