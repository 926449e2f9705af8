//! CloudFront: transfer and requests by geography, or a flat-rate plan that covers both.
//!
//! Every read is delivered to a viewer, hit or miss; writes are requests and bytes to the origin; there
//! is no charge for filling. Tiers count per geography. A plan prices to its fee and has no overage
//! price, so beyond its allowance it is not applicable.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{CloudFront, ID};
use crate::domain::catalog::{PlanLevel, Service, Variant};
use crate::domain::figure::Figures;
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::profile::{Geo, Word};
use crate::services::model::{
    Allowance, Bend, Context, Demand, MeterKey, NotCovered, Quotes, ServiceModel, Tells, Usage,
    own, peak_lookups, per_variant, place, places,
};

const GEOS: usize = Geo::ALL.len();
/// Transfer out, transfer to origin and HTTPS requests by geography in the order of [`Geo`], then plan fees.
pub(super) const METERS: &[MeterKey<'_>] = &[
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
    own(ID, "invalidation-paths"),
    per_variant(ID, "plan-month"),
    per_variant(ID, "plan-month-l1"),
    per_variant(ID, "plan-month-l2"),
    per_variant(ID, "plan-month-l3"),
    per_variant(ID, "plan-month-l4"),
    per_variant(ID, "plan-month-l5"),
    per_variant(ID, "plan-month-l6"),
];

/// By place of the geography.
const OUT: [usize; GEOS] = places(METERS, "data-transfer-out");
const TO_ORIGIN: [usize; GEOS] = places(METERS, "data-transfer-to-origin");
const INVALIDATED: usize = place(METERS, "invalidation-paths");
const REQUESTS: [usize; GEOS] = places(METERS, "https-requests");

/// What a bill tells.
const TELLS: &[(&str, Tells)] = &[
    ("https-requests", Tells::Rates),
    ("data-transfer-out", Tells::ReadSize),
];

/// Demands that can be made.
const LIMITS: &[&str] = &["requests-per-second", "transfer-bits-per-second"];

const BEYOND: NotCovered = NotCovered {
    code: "plan-allowance",
    field: "traffic.reads",
    because: "its allowance does not cover the workload",
};

impl ServiceModel for CloudFront {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        let load = cx.load;
        let requests = load.lookups + load.writes;
        let transfer = load.lookups * load.read_gb;
        if !cx.variant.levels.is_empty() {
            return plan(cx, requests, transfer, out);
        }
        let upload = load.writes * load.item_gb;
        for (geo, share) in &cx.profile.viewers {
            let geo = geo.place();
            out.add(OUT[geo], transfer * share);
            if !upload.is_zero() {
                out.add(TO_ORIGIN[geo], upload * share);
            }
            out.add(REQUESTS[geo], requests * share);
        }
        let p = cx.profile;
        let invalidated = p.traffic.invalidations * p.active_seconds();
        if !invalidated.is_zero() {
            out.add(INVALIDATED, invalidated);
        }
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let p = cx.profile;
        let (reads, reads_max) = peak_lookups(p);
        let writes = p.traffic.peak_writes.unwrap_or(p.traffic.writes);
        let bits = p.bytes_per_read() * Decimal::from(8);
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

    fn figures(&self, cx: &Context<'_>, quotes: &dyn Quotes, out: &mut Figures) {
        let load = cx.load;
        let used = Used {
            requests: load.lookups + load.writes,
            transfer: load.lookups * load.read_gb,
        };
        let Some(level) = cx.variant.level(used.requests, used.transfer) else {
            return;
        };
        if let Some(fee) = fee(quotes, cx.variant, level) {
            out.money("plan-fee", fee);
        }
        let shares = [
            used.requests / level.requests,
            used.transfer / level.transfer_gb,
        ];
        let [requests, transfer] = shares;
        out.share("plan-used", requests.max(transfer));
        if requests >= transfer {
            let allows = grouped(&plain(level.requests));
            out.words("plan-used-of", "requests");
            out.words("plan-allows", format!("{allows} requests"));
        } else {
            let allows = grouped(&plain(level.transfer_gb));
            out.words("plan-used-of", "transfer");
            out.words("plan-allows", format!("{allows} GB"));
        }
        if let Some((name, fee)) = next(quotes, cx.variant, level) {
            out.words("next-plan", name);
            out.money("next-plan-fee", fee);
        }
    }

    fn counts_against(&self, meter: &str) -> Option<Allowance> {
        match meter {
            "https-requests" | "http-requests" => Some(Allowance::Requests),
            "data-transfer-out" => Some(Allowance::Transfer),
            _ => None,
        }
    }

    fn told(&self) -> &'static [(&'static str, Tells)] {
        TELLS
    }

    fn bends(&self, _: &Context<'_>, _: &mut Vec<Bend>) {}
}

/// The first level that covers the month, or none.
fn plan(
    cx: &Context<'_>,
    requests: Decimal,
    transfer: Decimal,
    out: &mut Usage,
) -> Result<(), NotCovered> {
    let level = cx.variant.level(requests, transfer).ok_or(BEYOND)?;
    let fee = |m: &MeterKey<'_>| m.by_variant && m.meter == level.meter;
    out.add(METERS.iter().position(fee).ok_or(BEYOND)?, Decimal::ONE);
    Ok(())
}

/// What counts against the allowances of a plan in a month.
struct Used {
    requests: Decimal,
    transfer: Decimal,
}

/// The fee of a level.
fn fee(quotes: &dyn Quotes, variant: &Variant, level: &PlanLevel) -> Option<Usd> {
    let meter = METERS
        .iter()
        .position(|m| m.by_variant && m.meter == level.meter)?;
    quotes.cost(variant, meter, Decimal::ONE)
}

/// The next level that allows more, with its fee: of the same plan, else the first of the next plan.
fn next(quotes: &dyn Quotes, variant: &Variant, level: &PlanLevel) -> Option<(String, Usd)> {
    let service = quotes.service();
    let here = service.variants.iter().position(|v| v.id == variant.id)?;
    let levels = service.variants[here..].iter();
    let mut levels = levels.flat_map(|v| v.levels.iter().map(move |l| (v, l)));
    let (owner, next) = levels.find(|(_, l)| l.requests > level.requests)?;
    let fee = fee(quotes, owner, next)?;
    let more = if owner.id == variant.id {
        "the next level of "
    } else {
        ""
    };
    Some((format!("{more}{}", owner.name), fee))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_geography_is_billed_to_its_own_meters() {
        for geo in Geo::ALL {
            let name = |places: [usize; GEOS]| METERS[places[geo.place()]].meter;
            assert_eq!(name(OUT), format!("data-transfer-out.{geo}"));
            assert_eq!(name(TO_ORIGIN), format!("data-transfer-to-origin.{geo}"));
            assert_eq!(name(REQUESTS), format!("https-requests.{geo}"));
        }
    }
}
