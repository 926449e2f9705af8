//! ElastiCache Serverless: GB-hours with a minimum, ECPUs, zone-crossing bytes.
//!
//! Rules (facts: ElastiCache core components, billing): one ECPU per KB transferred, at least one per
//! command, fractional above; a command that costs more vCPU and bytes is charged the larger of the
//! two; a miss is still a command. KB is taken as 1,024 bytes (AWS does not say).

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{ElastiCache, ID};
use crate::domain::bill::Minimum;
use crate::domain::catalog::Service;
use crate::domain::figure::Figures;
use crate::domain::money::Usd;
use crate::domain::profile::{Need, Profile, Vpc};
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{
    Bend, CROSS_AZ, Context, Demand, EGRESS, GIB, KIB, MeterKey, NAT_HOURS, NotCovered, Quotes,
    ServiceModel, Tells, Usage, nat_hours, peak_lookups, peak_puts, per_variant, place, strong,
};
use crate::services::parts::cap;

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

/// What a bill tells.
const TELLS: &[(&str, Tells)] = &[
    ("stored-gb-hours", Tells::WorkingSet),
    ("ecpus", Tells::Rates),
];

/// Demands that can be made.
const LIMITS: &[&str] = &[
    "max-stored-bytes",
    "ecpus-per-second",
    "new-cache-ecpus-per-second",
    "slot-ecpus-per-second",
    "slot-strong-ecpus-per-second",
    "connections",
];

const MS_PER_HOUR: Decimal = Decimal::from_parts(3_600_000, 0, 0, false, 0);

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

/// Hours a month for which data are held: while there is traffic, and one TTL after each burst of it.
fn held_hours(cx: &Context<'_>) -> Decimal {
    let hours = cx.load.hours;
    match cx.profile.data.ttl {
        None => HOURS_PER_MONTH,
        Some(_) if hours.is_zero() => Decimal::ZERO,
        Some(ms) => (hours + cx.weights.drains * ms / MS_PER_HOUR).min(HOURS_PER_MONTH),
    }
}

/// Hourly averages of stored data: all of it while held, the metered minimum for the rest. Drained at once is
/// the low end, never drained the high one.
fn storage(cx: &Context<'_>, out: &mut Usage) {
    let minimum = minimum_gb(cx.variant.id.as_deref());
    let stored = cx.load.stored(cx.item()).max(minimum);
    let held = held_hours(cx);
    out.add(STORED, stored * held + minimum * (HOURS_PER_MONTH - held));
    let more = stored - minimum;
    out.add_avoidable(STORED, more * (held - cx.load.hours).max(Decimal::ZERO));
    out.add_possible(STORED, more * (HOURS_PER_MONTH - held));
}

const SECONDS_PER_HOUR: Decimal = Decimal::from_parts(3_600, 0, 0, false, 0);

/// Would the stack give the cache a public endpoint? Only to who says that there is no VPC: it cannot be taken back.
pub(super) fn is_public(p: &Profile) -> bool {
    p.is_stated("network.vpc")
        && p.network.vpc == Vpc::None
        && p.private_access == Need::No
        && !p.deployment.create_vpc
}

/// A maximum that leaves a quarter free above the working set.
pub(super) fn storage_gb(working_set: Decimal) -> u64 {
    cap(working_set / GIB * Decimal::new(107, 2), 1).min(5_000)
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
        storage(cx, out);
        let per_lookup = lookup_ecpus(load.read, load.hit_ratio, cx.profile.traffic.keys_per_read);
        out.add(
            ECPUS,
            load.lookups * per_lookup + load.puts() * put_ecpus(load.item),
        );
        let [part, whole] = cx.weights.cross_az_share;
        let crossing = |gb: Decimal| gb * Decimal::from(part) / Decimal::from(whole);
        let written = load.puts() * load.item_gb;
        let read = load.hits * load.read_gb;
        if strong(cx.profile) {
            out.add(CROSSING, crossing(written + read));
        } else {
            out.add(CROSSING, crossing(written));
            // Only the reader port answers in the caller's zone.
            out.add_possible(CROSSING, crossing(read));
        }
        if let Some(hours) = nat_hours(cx.profile) {
            out.add(NAT, hours);
        }
        out.add_egress(OUT, cx);
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let (p, load) = (cx.profile, cx.load);
        let per_lookup = lookup_ecpus(load.read, load.hit_ratio, p.traffic.keys_per_read);
        let (reads, reads_max) = peak_lookups(p);
        let (puts, puts_max) = peak_puts(p, load);
        let put = put_ecpus(load.item);
        let stated = reads * per_lookup + puts * put;
        let value = reads_max * per_lookup + puts_max * put;
        out.push(Demand {
            limit: "max-stored-bytes",
            stated: p.sure_working_set(),
            value: load.items * cx.item(),
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

    fn figures(&self, cx: &Context<'_>, quotes: &dyn Quotes, out: &mut Figures) {
        let p = cx.profile;
        let mut demands = Vec::new();
        self.demands(cx, &mut demands);
        let demand = |limit| demands.iter().find(|d| d.limit == limit).map(|d| d.value);
        if let Some(hot) = demand("slot-ecpus-per-second") {
            out.number("hot-slot", hot);
        }
        if let Some(peak) = demand("new-cache-ecpus-per-second")
            && let Some(cost) = quotes.cost(cx.variant, ECPUS, peak * SECONDS_PER_HOUR)
        {
            out.money("pre-scaling-hour", cost);
        }
        let [part, whole] = cx.weights.cross_az_share.map(Decimal::from);
        let crossing = cx.load.hits * cx.load.read_gb * part / whole;
        if !strong(p)
            && let Some(cost) = quotes.cost(cx.variant, CROSSING, crossing)
        {
            out.money("primary-port-transfer", cost);
        }
        let maximum = storage_gb(p.data.working_set);
        out.words("storage-maximum", format!("{maximum} GB"));
        if is_public(p) {
            out.number("public-endpoint", Decimal::ONE);
        }
    }

    fn told(&self) -> &'static [(&'static str, Tells)] {
        TELLS
    }

    fn minimum(
        &self,
        billed: &dyn Fn(&str) -> Option<(Decimal, Usd)>,
        hours: Option<Decimal>,
    ) -> Option<Minimum> {
        super::minimum::of(billed, hours)
    }

    fn bends(&self, cx: &Context<'_>, out: &mut Vec<Bend>) {
        let minimum = minimum_gb(cx.variant.id.as_deref()) * GIB;
        let (value, beside) = (cx.load.item, cx.overhead());
        out.push(Bend::WorkingSet(minimum * value / cx.item()));
        let spare = minimum - cx.profile.data.working_set;
        if let Some(item) = (beside * cx.profile.data.working_set).checked_div(spare)
            && item > Decimal::ZERO
        {
            out.push(Bend::Item(item));
        }
        if let Some(ms) = cx.profile.data.ttl {
            let drained = HOURS_PER_MONTH - cx.weights.drains * ms / MS_PER_HOUR;
            if drained > Decimal::ZERO {
                out.push(Bend::ActiveHours(drained));
            }
        }
        out.push(Bend::Item(KIB));
        if cx.profile.traffic.keys_per_read > Decimal::ONE && !cx.load.hit_ratio.is_zero() {
            out.push(Bend::Item(KIB / cx.load.hit_ratio));
        }
    }
}
