//! ElastiCache Serverless: GB-hours with a minimum, ECPUs, zone-crossing bytes.
//!
//! Rules (facts: ElastiCache core components, billing): one ECPU per KB transferred, at least one per
//! command, fractional above; a command that costs more vCPU and bytes is charged the larger of the
//! two; a miss is still a command. KB is taken as 1,024 bytes (AWS does not say).

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{ElastiCache, ID};
use crate::domain::catalog::Service;
use crate::domain::profile::Profile;
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{
    Bend, CROSS_AZ, Context, Demand, EGRESS, GIB, KIB, Load, MeterKey, NAT_HOURS, NotCovered,
    ServiceModel, Usage, egress_gb, nat_hours, peak_lookups, peak_puts, per_variant, place, strong,
};

const METERS: &[MeterKey<'_>] = &[
    per_variant(ID, "stored-gb-hours"),
    per_variant(ID, "ecpus"),
    CROSS_AZ,
    NAT_HOURS,
    EGRESS,
];

const STORED: usize = place(METERS, "stored-gb-hours");
const ECPUS: usize = place(METERS, "ecpus");
const CROSSING: usize = place(METERS, "cross-az-gb");
const NAT: usize = place(METERS, "nat-gateway-hours");
const OUT: usize = place(METERS, "internet-egress-gb");

/// Demands that can be made.
const LIMITS: &[&str] = &[
    "max-stored-bytes",
    "ecpus-per-second",
    "new-cache-ecpus-per-second",
    "slot-ecpus-per-second",
    "slot-strong-ecpus-per-second",
    "connections",
];

/// Minimum metered storage in GB. The pricing page and AWS's own estimator agree on these; the core
/// components page still says 1 GB for every engine (recorded as a conflict in the catalog).
fn minimum_gb(variant: Option<&str>) -> Decimal {
    if variant == Some("valkey") {
        Decimal::new(1, 1)
    } else {
        Decimal::ONE
    }
}

/// ECPUs of one put.
fn put_ecpus(item: Decimal) -> Decimal {
    (item / KIB).max(Decimal::ONE)
}

/// ECPUs per looked-up key: a call that fetches k keys costs max(k, KB of the hits).
fn lookup_ecpus(item: Decimal, hit_ratio: Decimal, keys: Decimal) -> Decimal {
    let kb = item / KIB;
    if keys > Decimal::ONE {
        return Decimal::ONE.max(hit_ratio * kb);
    }
    hit_ratio * kb.max(Decimal::ONE) + (Decimal::ONE - hit_ratio)
}

impl ServiceModel for ElastiCache {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        let load = cx.load;
        let stored = load.stored_gb.max(minimum_gb(cx.variant.id.as_deref()));
        out.add(STORED, stored * HOURS_PER_MONTH);
        let per_lookup = lookup_ecpus(load.read, load.hit_ratio, cx.profile.traffic.keys_per_read);
        out.add(
            ECPUS,
            load.lookups * per_lookup + load.puts() * put_ecpus(load.item),
        );
        let read = if strong(cx.profile) {
            load.hits
        } else {
            Decimal::ZERO
        };
        let crossing = load.puts() * load.item_gb + read * load.read_gb;
        let [part, whole] = cx.weights.cross_az_share;
        if !crossing.is_zero() {
            out.add(
                CROSSING,
                crossing * Decimal::from(part) / Decimal::from(whole),
            );
        }
        if let Some(hours) = nat_hours(cx.profile) {
            out.add(NAT, hours);
        }
        if let Some(gb) = egress_gb(cx.profile, load) {
            out.add(OUT, gb);
        }
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, p: &Profile, load: &Load, out: &mut Vec<Demand>) {
        let per_lookup = lookup_ecpus(load.read, load.hit_ratio, p.traffic.keys_per_read);
        let (reads, reads_max) = peak_lookups(p);
        let (puts, puts_max) = peak_puts(p, load);
        let put = put_ecpus(load.item);
        let stated = reads * per_lookup + puts * put;
        let value = reads_max * per_lookup + puts_max * put;
        out.push(Demand {
            limit: "max-stored-bytes",
            stated: p.data.working_set,
            value: p.data.working_set,
        });
        out.push(Demand {
            limit: "ecpus-per-second",
            stated,
            value,
        });
        out.push(Demand {
            limit: "new-cache-ecpus-per-second",
            stated,
            value,
        });
        if let Some(share) = p.traffic.hottest_key_share {
            let limit = if strong(p) {
                "slot-strong-ecpus-per-second"
            } else {
                "slot-ecpus-per-second"
            };
            out.push(Demand {
                limit,
                stated: reads * per_lookup * share,
                value: reads_max * per_lookup * share,
            });
        }
        if let Some(connections) = p.traffic.connections {
            out.push(Demand {
                limit: "connections",
                stated: connections,
                value: connections,
            });
        }
    }

    fn bends(&self, cx: &Context<'_>, out: &mut Vec<Bend>) {
        out.push(Bend::WorkingSet(minimum_gb(cx.variant.id.as_deref()) * GIB));
        out.push(Bend::Item(KIB));
        if cx.profile.traffic.keys_per_read > Decimal::ONE && !cx.load.hit_ratio.is_zero() {
            out.push(Bend::Item(KIB / cx.load.hit_ratio));
        }
    }
}
