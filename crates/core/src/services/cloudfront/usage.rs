//! CloudFront: transfer and requests by geography, or a flat-rate plan that covers both.
//!
//! Every read is delivered to a viewer, hit or miss; writes are requests and bytes to the origin; there
//! is no charge for filling. Tiers count per geography. A plan prices to its fee and has no overage
//! price, so beyond its allowance it is not applicable.

use rust_decimal::Decimal;

use super::{CloudFront, ID};
use crate::domain::profile::{Geo, Profile, Word};
use crate::services::model::{
    Allowance, Bend, Context, Demand, Load, MeterKey, ServiceModel, Usage, own, peak_lookups,
    per_variant,
};

const GEOS: usize = 9;
/// Transfer out, transfer to origin and HTTPS requests by geography in the order of [`Geo`], then plan fees.
const METERS: &[MeterKey] = &[
    own(ID, "data-transfer-out.north-america"),
    own(ID, "data-transfer-out.europe"),
    own(ID, "data-transfer-out.japan"),
    own(ID, "data-transfer-out.asia-pacific"),
    own(ID, "data-transfer-out.australia"),
    own(ID, "data-transfer-out.india"),
    own(ID, "data-transfer-out.south-america"),
    own(ID, "data-transfer-out.middle-east"),
    own(ID, "data-transfer-out.south-africa"),
    own(ID, "data-transfer-to-origin.north-america"),
    own(ID, "data-transfer-to-origin.europe"),
    own(ID, "data-transfer-to-origin.japan"),
    own(ID, "data-transfer-to-origin.asia-pacific"),
    own(ID, "data-transfer-to-origin.australia"),
    own(ID, "data-transfer-to-origin.india"),
    own(ID, "data-transfer-to-origin.south-america"),
    own(ID, "data-transfer-to-origin.middle-east"),
    own(ID, "data-transfer-to-origin.south-africa"),
    own(ID, "https-requests.north-america"),
    own(ID, "https-requests.europe"),
    own(ID, "https-requests.japan"),
    own(ID, "https-requests.asia-pacific"),
    own(ID, "https-requests.australia"),
    own(ID, "https-requests.india"),
    own(ID, "https-requests.south-america"),
    own(ID, "https-requests.middle-east"),
    own(ID, "https-requests.south-africa"),
    per_variant(ID, "plan-month"),
    per_variant(ID, "plan-month-l1"),
    per_variant(ID, "plan-month-l2"),
    per_variant(ID, "plan-month-l3"),
    per_variant(ID, "plan-month-l4"),
    per_variant(ID, "plan-month-l5"),
    per_variant(ID, "plan-month-l6"),
];
const PLAN_METERS: usize = 3 * GEOS;

impl ServiceModel for CloudFront {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters(&self) -> &'static [MeterKey] {
        METERS
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> bool {
        let load = cx.load;
        let requests = load.lookups + load.writes;
        let transfer = load.lookups * load.item_gb;
        if !cx.variant.levels.is_empty() {
            return plan(cx, requests, transfer, out);
        }
        let upload = load.writes * load.item_gb;
        for (geo, share) in &cx.profile.viewers {
            let index = Geo::ALL.iter().position(|g| g == geo).unwrap_or(0);
            out.add(index, transfer * share);
            if !upload.is_zero() {
                out.add(GEOS + index, upload * share);
            }
            out.add(2 * GEOS + index, requests * share);
        }
        true
    }

    fn demands(&self, p: &Profile, _: &Load, out: &mut Vec<Demand>) {
        let (reads, reads_max) = peak_lookups(p);
        let writes = p.traffic.peak_writes.unwrap_or(p.traffic.writes);
        let bits = p.data.item_size * Decimal::from(8);
        out.push(Demand {
            limit: "requests-per-second",
            stated: reads + writes,
            value: reads_max + p.peak_writes(),
        });
        out.push(Demand {
            limit: "transfer-bits-per-second",
            stated: reads * bits,
            value: reads_max * bits,
        });
    }

    fn client_fills(&self) -> bool {
        false
    }

    fn counts_against(&self, meter: &str) -> Option<Allowance> {
        match meter {
            "https-requests" | "http-requests" => Some(Allowance::Requests),
            "data-transfer-out" => Some(Allowance::Transfer),
            _ => None,
        }
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}

/// The first level that covers the month, or none.
fn plan(cx: &Context<'_>, requests: Decimal, transfer: Decimal, out: &mut Usage) -> bool {
    let Some(level) = cx.variant.level(requests, transfer) else {
        return false;
    };
    let meter = METERS[PLAN_METERS..]
        .iter()
        .position(|m| m.meter == level.meter);
    if let Some(meter) = meter {
        out.add(PLAN_METERS + meter, Decimal::ONE);
    }
    meter.is_some()
}
