//! Amazon File Cache: provisioned capacity in steps, billed while it exists.
//!
//! Capacity is 1,200 GiB, 2,400 GiB or a multiple of 2,400 GiB, and serves 1,000 MB/s per TiB, so the
//! larger of the working set and the peak throughput decides the step. Whether the mandatory 2,400 GiB
//! of metadata storage is billed at the same rate is not known: it is the high end of the estimate.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{FileCache, ID};
use crate::domain::catalog::Service;
use crate::domain::figure::Figures;
use crate::domain::profile::Profile;
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{
    Bend, Context, Demand, GIB, MeterKey, NAT_HOURS, NotCovered, Quotes, ServiceModel, Usage,
    nat_hours, own, peak_lookups, place,
};

const METERS: &[MeterKey<'_>] = &[own(ID, "capacity-gb-months"), NAT_HOURS];

const CAPACITY: usize = place(METERS, "capacity-gb-months");
const NAT: usize = place(METERS, "nat-gateway-hours");

/// Demands that can be made.
const LIMITS: &[&str] = &["capacity-gib"];

const SMALLEST_GIB: Decimal = Decimal::from_parts(1_200, 0, 0, false, 0);
const STEP_GIB: Decimal = Decimal::from_parts(2_400, 0, 0, false, 0);
const METADATA_GIB: Decimal = STEP_GIB;
/// 1,000 MB/s per TiB, in bytes per second and GiB; MB as 10^6 bytes.
const BYTES_PER_SECOND_PER_GIB: Decimal = Decimal::from_parts(9_765_625, 0, 0, false, 1);

/// The smallest capacity that holds these many GiB.
fn step_up(gib: Decimal) -> Decimal {
    if gib <= SMALLEST_GIB {
        SMALLEST_GIB
    } else {
        (gib / STEP_GIB).ceil() * STEP_GIB
    }
}

/// Capacity for the working set, and for the throughput that stated fields imply.
fn capacity_gib(profile: &Profile) -> Decimal {
    let (peak, _) = peak_lookups(profile);
    let throughput = peak * profile.bytes_per_read() / BYTES_PER_SECOND_PER_GIB;
    step_up((profile.data.working_set / GIB).max(throughput))
}

impl ServiceModel for FileCache {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        out.add(CAPACITY, capacity_gib(cx.profile));
        out.add_possible(CAPACITY, METADATA_GIB);
        if let Some(hours) = nat_hours(cx.profile) {
            out.add(NAT, hours);
        }
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let capacity = capacity_gib(cx.profile);
        out.push(Demand {
            limit: "capacity-gib",
            stated: capacity,
            value: capacity,
        });
    }

    fn size(&self, profile: &Profile) -> Decimal {
        capacity_gib(profile) * GIB
    }

    fn figures(&self, cx: &Context<'_>, quotes: &dyn Quotes, out: &mut Figures) {
        let p = cx.profile;
        let (capacity, for_data) = (capacity_gib(p), step_up(p.data.working_set / GIB));
        out.bytes("capacity", capacity * GIB);
        if capacity > for_data {
            out.bytes("capacity-for-data", for_data * GIB);
        }
        let share = p.traffic.active_hours / HOURS_PER_MONTH;
        if let Some(cost) = quotes.cost(cx.variant, CAPACITY, capacity * share) {
            out.money("active-cost", cost);
        }
    }

    fn bends(&self, _: &Context<'_>, out: &mut Vec<Bend>) {
        out.push(Bend::WorkingSet(SMALLEST_GIB * GIB));
        out.push(Bend::WorkingSetStep(STEP_GIB * GIB));
        out.push(Bend::PeakBytesStep(SMALLEST_GIB * BYTES_PER_SECOND_PER_GIB));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacity_comes_in_steps() {
        let d = Decimal::from;
        assert_eq!(step_up(d(1)), d(1_200));
        assert_eq!(step_up(d(1_201)), d(2_400));
        assert_eq!(step_up(d(2_401)), d(4_800));
        assert_eq!(step_up(d(9_313)), d(9_600));
        assert_eq!(BYTES_PER_SECOND_PER_GIB * d(1_024), d(1_000_000_000));
    }
}
