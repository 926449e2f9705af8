//! Minimum limits of a cache: what `CacheUsageLimits` sets as a floor is billed while it is set, used or not.
//!
//! A floor shows as an hourly amount that is whole: 1 GB, 1,000 ECPU a second, to the cent of the bill. The public bill of
//! April 2026 (catalog/usage-types.yaml) has both, of a cache that stood for a part of the month.

use rust_decimal::Decimal;

use crate::domain::bill::Minimum;
use crate::domain::money::{Usd, grouped, plain};

/// The smallest minimum that can be set, in GB and in ECPU a second.
const LEAST_GB: Decimal = Decimal::ONE;
const LEAST_ECPUS: Decimal = Decimal::from_parts(1000, 0, 0, false, 0);
const SECONDS_PER_HOUR: Decimal = Decimal::from_parts(3600, 0, 0, false, 0);
/// A difference that the rounding of a bill makes, USD.
const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// Both floors, where both lines are whole multiples of an hour's. Without the hours of the bill they are taken to be those
/// of the smallest floor of storage, and the ECPUs have to fit them.
pub(super) fn of(
    billed: &dyn Fn(&str) -> Option<(Decimal, Usd)>,
    hours: Option<Decimal>,
) -> Option<Minimum> {
    let stored = billed("stored-gb-hours")?;
    let ecpus = billed("ecpus")?;
    let hours = hours.unwrap_or(stored.0 / LEAST_GB);
    let gb = whole(stored, hours, LEAST_GB)?;
    let rate = whole(ecpus, hours * SECONDS_PER_HOUR, LEAST_ECPUS)?;
    Some(Minimum {
        hours,
        floors: vec![("stored-gb-hours", gb), ("ecpus", rate * SECONDS_PER_HOUR)],
        words: format!(
            "{} GB and {} ECPU a second",
            plain(gb),
            grouped(&plain(rate))
        ),
        cost: stored.1 + ecpus.1,
    })
}

/// The multiple of a floor that costs what was billed, to the cent.
fn whole((quantity, cost): (Decimal, Usd), units: Decimal, least: Decimal) -> Option<Decimal> {
    let each = cost.0.checked_div(quantity)?;
    let floors = quantity.checked_div(units * least)?.round() * least;
    let at_floor = floors.checked_mul(units)?.checked_mul(each)?;
    (floors >= least && (at_floor - cost.0).abs() <= CENT).then_some(floors)
}
