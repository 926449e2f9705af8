//! DynamoDB as a cache: request units or provisioned units, stored bytes, replicas.
//!
//! Rules (facts: AWS toolkit `calculate_costs.py`, checked by AWS against live capacity): a write costs
//! ceil(bytes / 1,024) units, a read ceil(bytes / 4,096), half when eventual, and a read that finds
//! nothing still costs the minimum. Bytes are those of the whole item: value, key, names, expiry. Storage counts 100 bytes more per item, 148 with replicas. Expiry
//! in a replica is a replicated write.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{DynamoDb, ID};
use crate::domain::catalog::Service;
use crate::domain::figure::Figures;
use crate::domain::profile::{Feature, MultiRegion, Profile};
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{
    Bend, Context, Demand, EGRESS, ENDPOINT_GB, ENDPOINT_HOURS, GIB, INTER_REGION, KIB, MeterKey,
    NotCovered, Quotes, ServiceModel, Tells, Usage, own, peak_lookups, peak_puts, per_variant,
    place, strong, units,
};

pub(super) const METERS: &[MeterKey<'_>] = &[
    per_variant(ID, "read-request-units"),
    per_variant(ID, "write-request-units"),
    per_variant(ID, "storage-gb-months"),
    per_variant(ID, "replicated-write-request-units"),
    per_variant(ID, "rcu-hours"),
    per_variant(ID, "wcu-hours"),
    per_variant(ID, "replicated-wcu-hours"),
    own(ID, "vector-index-gb"),
    INTER_REGION,
    EGRESS,
    ENDPOINT_HOURS,
    ENDPOINT_GB,
];

const READS: usize = place(METERS, "read-request-units");
const WRITES: usize = place(METERS, "write-request-units");
const STORED: usize = place(METERS, "storage-gb-months");
const REPLICATED: usize = place(METERS, "replicated-write-request-units");
const READ_HOURS: usize = place(METERS, "rcu-hours");
const WRITE_HOURS: usize = place(METERS, "wcu-hours");
const REPLICATED_HOURS: usize = place(METERS, "replicated-wcu-hours");
const VECTORS: usize = place(METERS, "vector-index-gb");
const BETWEEN_REGIONS: usize = place(METERS, "inter-region-gb");
const OUT: usize = place(METERS, "internet-egress-gb");
const ENDPOINT: usize = place(METERS, "interface-endpoint-hours");
const ENDPOINT_BYTES: usize = place(METERS, "interface-endpoint-gb");

/// What a bill tells.
const TELLS: &[(&str, Tells)] = &[
    ("storage-gb-months", Tells::WorkingSet),
    ("read-request-units", Tells::Reads),
    ("rcu-hours", Tells::Reads),
    ("write-request-units", Tells::Writes),
    ("wcu-hours", Tells::Writes),
];

/// Demands that can be made.
const LIMITS: &[&str] = &[
    "table-read-units-per-second",
    "table-write-units-per-second",
    "new-table-read-units-per-second",
    "new-table-write-units-per-second",
    "partition-read-units-per-second",
    "partition-write-units-per-second",
];

const READ_STEP: Decimal = Decimal::from_parts(4096, 0, 0, false, 0);
const OVERHEAD: u32 = 100;
const REPLICA_OVERHEAD: u32 = 48;

/// Units of a read that finds an item, and of one that does not.
fn read_units(item: Decimal, strong: bool) -> (Decimal, Decimal) {
    let minimum = if strong {
        Decimal::ONE
    } else {
        Decimal::new(5, 1)
    };
    (units(item, READ_STEP) * minimum, minimum)
}

/// On-premises callers need an interface endpoint: at least one zone of it, two to outlive a zone.
/// Bytes of callers inside the VPC may go by the free gateway endpoint, and nobody says how many.
fn endpoint(cx: &Context<'_>, out: &mut Usage) {
    out.add(ENDPOINT, HOURS_PER_MONTH);
    out.add_possible(ENDPOINT, HOURS_PER_MONTH);
    let gb = cx.load.hits * cx.load.read_gb + cx.load.puts() * cx.load.item_gb;
    if cx.profile.compute.len() == 1 {
        out.add(ENDPOINT_BYTES, gb);
    } else {
        out.add_possible(ENDPOINT_BYTES, gb);
    }
}

fn replicas(profile: &Profile) -> usize {
    match profile.requirements.multi_region {
        MultiRegion::No => 0,
        _ => profile.requirements.replica_regions.len().max(1),
    }
}

/// Units of reads and writes, by request or by the hour.
fn throughput(cx: &Context<'_>, out: &mut Usage) {
    let load = cx.load;
    let item = cx.item();
    let (hit, miss) = read_units(item, strong(cx.profile));
    let per_put = units(item, KIB);
    let reads = load.hits * hit + load.misses * miss;
    let writes = load.puts() * per_put;
    let replicas = replicas(cx.profile);
    // A request in a transaction takes twice the units; nobody said which share of them is.
    let twice = cx
        .profile
        .requirements
        .features
        .contains(&Feature::Transactions);
    if cx.variant.prices_of.is_none() {
        out.add(READS, reads);
        out.add(WRITES, writes);
        if twice {
            out.add_possible(READS, reads);
            out.add_possible(WRITES, writes);
        }
        for region in 1..=replicas {
            out.add_in(REPLICATED, region, writes);
            // Expiry is free at home and a replicated write elsewhere; how many items expire
            // before they are overwritten is not known.
            if cx.profile.data.ttl.is_some() {
                out.add_possible_in(REPLICATED, region, writes);
            }
        }
        return;
    }
    let [read, write] = capacities(cx);
    out.add(READ_HOURS, read.hours);
    out.add_possible(READ_HOURS, read.more);
    out.add(WRITE_HOURS, write.hours);
    out.add_possible(WRITE_HOURS, write.more);
    if twice {
        out.add_possible(READ_HOURS, read.hours);
        out.add_possible(WRITE_HOURS, write.hours);
    }
    for region in 1..=replicas {
        out.add_in(REPLICATED_HOURS, region, write.hours);
        out.add_possible_in(REPLICATED_HOURS, region, write.more);
    }
}

/// Provisioned capacity for reads and for writes.
fn capacities(cx: &Context<'_>) -> [Capacity; 2] {
    let load = cx.load;
    let (hit, miss) = read_units(cx.item(), strong(cx.profile));
    let per_put = units(cx.item(), KIB);
    let (peak_reads, _) = peak_lookups(cx.profile);
    let (peak_puts, _) = peak_puts(cx.profile, load);
    let per_lookup = load.hit_ratio * hit + (Decimal::ONE - load.hit_ratio) * miss;
    let reads = load.hits * hit + load.misses * miss;
    [
        Capacity::of(cx, reads, peak_reads * per_lookup),
        Capacity::of(cx, load.puts() * per_put, peak_puts * per_put),
    ]
}

/// Unit-hours of a month of provisioned capacity.
struct Capacity {
    /// With auto scaling.
    hours: Decimal,
    /// More of them when the peak has to stand ready all active hours.
    more: Decimal,
    /// Seconds for which unused capacity carries the peak; `None` where what is bought does.
    carried: Option<Decimal>,
}

/// Seconds of unused capacity that DynamoDB keeps, without a guarantee
/// (https://repost.aws/knowledge-center/dynamodb-spiky-workloads-short-intervals).
const KEPT: Decimal = Decimal::from_parts(300, 0, 0, false, 0);

impl Capacity {
    /// The mean of the active hours at the share that auto scaling aims at, one unit at least; more in
    /// proportion where the stated peak swings too far for auto scaling to follow.
    fn of(cx: &Context<'_>, units: Decimal, peak: Decimal) -> Self {
        let w = cx.weights;
        let hours = cx.load.hours;
        let mean = units
            .checked_div(hours * Decimal::from(3600))
            .unwrap_or_default();
        let swing = (w.provisioned_spike * mean).max(peak) / w.provisioned_spike;
        let ready = |rate: Decimal| (rate / w.provisioned_use).max(Decimal::ONE);
        let expected = ready(mean.max(swing));
        let unused = (expected - mean).max(Decimal::ZERO) * KEPT;
        let short = Some(peak - expected).filter(|s| *s > Decimal::ZERO);
        Self {
            carried: short.map(|short| unused / short),
            hours: expected * hours + (HOURS_PER_MONTH - hours),
            more: (ready(peak) - expected).max(Decimal::ZERO) * hours,
        }
    }
}

impl ServiceModel for DynamoDb {
    fn id(&self) -> &'static str {
        ID
    }

    fn meters<'c>(&self, _: &'c Service) -> Cow<'c, [MeterKey<'c>]> {
        Cow::Borrowed(METERS)
    }

    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered> {
        let load = cx.load;
        throughput(cx, out);
        let replicated = cx.profile.requirements.multi_region != MultiRegion::No;
        let overhead = if replicated {
            OVERHEAD + REPLICA_OVERHEAD
        } else {
            OVERHEAD
        };
        let stored = load.stored(cx.item() + Decimal::from(overhead));
        out.add(STORED, stored);
        if replicated {
            let replicas = replicas(cx.profile);
            for region in 1..=replicas {
                out.add_in(STORED, region, stored);
            }
            let replicas = Decimal::from(replicas);
            out.add(BETWEEN_REGIONS, load.puts() * cx.item() / GIB * replicas);
        }
        if cx
            .profile
            .requirements
            .features
            .contains(&Feature::VectorSearch)
        {
            out.add(VECTORS, load.puts() * load.item_gb);
        }
        out.add_egress(OUT, cx);
        if cx.profile.private_from_outside() {
            endpoint(cx, out);
        }
        Ok(())
    }

    fn limits(&self) -> &'static [&'static str] {
        LIMITS
    }

    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>) {
        let (p, load) = (cx.profile, cx.load);
        let item = cx.item();
        let (hit, miss) = read_units(item, strong(p));
        let per_lookup = load.hit_ratio * hit + (Decimal::ONE - load.hit_ratio) * miss;
        let (reads, reads_max) = peak_lookups(p);
        let (puts, puts_max) = peak_puts(p, load);
        let per_put = units(item, KIB);
        let read = |limit| Demand {
            limit,
            stated: reads * per_lookup,
            value: reads_max * per_lookup,
        };
        let write = |limit| Demand {
            limit,
            stated: puts * per_put,
            value: puts_max * per_put,
        };
        out.push(read("table-read-units-per-second"));
        out.push(write("table-write-units-per-second"));
        out.push(read("new-table-read-units-per-second"));
        out.push(write("new-table-write-units-per-second"));
        if let Some(share) = p.traffic.hottest_key_share {
            let limit = "partition-read-units-per-second";
            out.push(Demand {
                limit,
                stated: reads * hit * share,
                value: reads_max * hit * share,
            });
            out.push(Demand {
                limit: "partition-write-units-per-second",
                stated: puts * per_put * share,
                value: puts_max * per_put * share,
            });
        }
    }

    fn figures(&self, cx: &Context<'_>, _: &dyn Quotes, out: &mut Figures) {
        if cx.variant.prices_of.is_some() {
            let carried = capacities(cx).into_iter().filter_map(|c| c.carried);
            let carried = carried.min().map_or_else(
                || "all along".to_owned(),
                |seconds| format!("for {} seconds", seconds.round()),
            );
            out.words("peak-carried", carried);
        }
    }

    fn told(&self) -> &'static [(&'static str, Tells)] {
        TELLS
    }

    fn bends(&self, cx: &Context<'_>, out: &mut Vec<Bend>) {
        // The 4 KB steps of reads are among the 1 KB steps of writes.
        out.push(Bend::ItemStep {
            step: KIB,
            beside: cx.overhead(),
        });
    }
}
