//! What is priced: a workload in, quantities of billed meters and demands out.
//!
//! Only arithmetic; limits, features, latencies and prices are data in `catalog/`.
//! How the rules of quantities are read: docs/decisions/0423-quantities-before-sums.md.

use rust_decimal::Decimal;

use std::borrow::Cow;

use crate::domain::bill::Minimum;
use crate::domain::catalog::{Service, Variant, Weights};
use crate::domain::figure::Figures;
pub use crate::domain::finding::NotCovered;
use crate::domain::money::Usd;
use crate::domain::profile::{Compute, Consistency, InternetFromVpc, Profile};

/// A billed meter of a model: where its price stands in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterKey<'c> {
    /// Service that owns the meter.
    pub service: &'c str,
    /// Meter id.
    pub meter: &'c str,
    /// One price per variant.
    pub by_variant: bool,
}

pub(super) const fn own<'c>(service: &'c str, meter: &'c str) -> MeterKey<'c> {
    MeterKey {
        service,
        meter,
        by_variant: false,
    }
}

pub(super) const fn per_variant<'c>(service: &'c str, meter: &'c str) -> MeterKey<'c> {
    MeterKey {
        service,
        meter,
        by_variant: true,
    }
}

/// Where a meter stands in a list; in a constant, a name that is not there is an error of the build.
///
/// # Panics
/// When no meter has this name.
pub const fn place(meters: &[MeterKey<'_>], name: &str) -> usize {
    let mut i = 0;
    while i < meters.len() {
        if starts_with(meters[i].meter, name) && meters[i].meter.len() == name.len() {
            return i;
        }
        i += 1;
    }
    panic!("no meter has this name")
}

/// Where the `N` meters `STEM.…` stand, in their order.
pub(super) const fn places<const N: usize>(meters: &[MeterKey<'_>], stem: &str) -> [usize; N] {
    let (mut out, mut found, mut i) = ([0; N], 0, 0);
    while i < meters.len() {
        let name = meters[i].meter;
        if starts_with(name, stem) && name.as_bytes()[stem.len()] == b'.' {
            out[found] = i;
            found += 1;
        }
        i += 1;
    }
    assert!(found == N, "another number of meters has this stem");
    out
}

/// What `str::starts_with` cannot say in a constant.
const fn starts_with(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    let mut i = 0;
    while i < start.len() {
        if i >= text.len() || text[i] != start[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Interface endpoint, NAT, egress and zone-crossing meters shared by the models.
pub(super) const CROSS_AZ: MeterKey<'static> = own("network", "cross-az-gb");
pub(super) const NAT_HOURS: MeterKey<'static> = own("network", "nat-gateway-hours");
pub(super) const EGRESS: MeterKey<'static> = own("network", "internet-egress-gb");
pub(super) const ENDPOINT_HOURS: MeterKey<'static> = own("network", "interface-endpoint-hours");
pub(super) const ENDPOINT_GB: MeterKey<'static> = own("network", "interface-endpoint-gb");
/// Known from one Region only.
pub(super) const INTER_REGION: MeterKey<'static> = own("network", "inter-region-gb");

/// A quantity of one meter per month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// Index into [`ServiceModel::meters`].
    pub meter: usize,
    /// 0 is the home Region, n the n-th replica Region.
    pub region: usize,
    /// Units per month.
    pub quantity: Decimal,
}

impl Line {
    /// Is this the same meter in the same Region?
    pub fn is_like(&self, other: &Self) -> bool {
        self.meter == other.meter && self.region == other.region
    }
}

/// What a month of the workload uses.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    /// Quantities.
    pub lines: Vec<Line>,
    /// Quantities that may be billed on top: nobody says. They make the high end of the estimate.
    pub possible: Vec<Line>,
    /// Quantities among the lines that may not be billed. Without them is the low end.
    pub avoidable: Vec<Line>,
    /// Bytes that leave AWS whichever way is taken: billed, and not compared.
    pub common: Vec<Line>,
}

impl Usage {
    /// A quantity in the home Region.
    pub fn add(&mut self, meter: usize, quantity: Decimal) {
        self.add_in(meter, 0, quantity);
    }

    /// A quantity in the home Region that may be billed, and nobody says whether.
    pub fn add_possible(&mut self, meter: usize, quantity: Decimal) {
        self.add_possible_in(meter, 0, quantity);
    }

    /// A quantity among the lines that may not be billed.
    pub fn add_avoidable(&mut self, meter: usize, quantity: Decimal) {
        self.avoidable.push(Line {
            meter,
            region: 0,
            quantity,
        });
    }

    /// Internet egress of callers outside AWS, who pay it for a read of the origin as well.
    pub(super) fn add_egress(&mut self, meter: usize, cx: &Context<'_>) {
        if cx.profile.calls_from_outside() {
            self.common.push(Line {
                meter,
                region: 0,
                quantity: cx.load.hits * cx.load.read_gb,
            });
        }
    }

    pub(super) fn add_possible_in(&mut self, meter: usize, region: usize, quantity: Decimal) {
        self.possible.push(Line {
            meter,
            region,
            quantity,
        });
    }

    pub(super) fn add_in(&mut self, meter: usize, region: usize, quantity: Decimal) {
        self.lines.push(Line {
            meter,
            region,
            quantity,
        });
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.possible.clear();
        self.avoidable.clear();
        self.common.clear();
    }
}

/// A demand to compare with the limit of the same id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Limit id.
    pub limit: &'static str,
    /// What stated fields alone imply: only this may rule out.
    pub stated: Decimal,
    /// With defaults: this may caution.
    pub value: Decimal,
}

/// A workload as monthly quantities, computed once per candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Keys looked up.
    pub lookups: Decimal,
    /// Lookups served by the cache.
    pub hits: Decimal,
    /// Lookups that go on to the origin.
    pub misses: Decimal,
    /// Explicit puts.
    pub writes: Decimal,
    /// Mean item in bytes.
    pub item: Decimal,
    /// Mean item in GB of 2^30 bytes.
    pub item_gb: Decimal,
    /// Bytes that a read sends.
    pub read: Decimal,
    /// The same in GiB.
    pub read_gb: Decimal,
    /// Bytes the cache holds, in GB.
    pub stored_gb: Decimal,
    /// Items the cache holds.
    pub items: Decimal,
    /// Hit ratio at that size.
    pub hit_ratio: Decimal,
    /// Hours of the month with traffic.
    pub hours: Decimal,
}

/// 2^30, the GB of AWS prices.
pub const GIB: Decimal = Decimal::from_parts(1 << 30, 0, 0, false, 0);
/// 1024, the KB of AWS prices.
pub const KIB: Decimal = Decimal::from_parts(1024, 0, 0, false, 0);

impl Load {
    /// The monthly load of a cache that holds `size` bytes.
    pub fn new(profile: &Profile, size: Decimal) -> Self {
        let seconds = profile.active_seconds();
        let hit_ratio = profile.hit_ratio(size);
        let lookups = profile.lookups() * seconds;
        let hits = lookups * hit_ratio;
        let item = profile.data.item_size;
        let read = profile.bytes_per_read();
        Self {
            lookups,
            hits,
            misses: lookups - hits,
            writes: profile.traffic.writes * seconds,
            item,
            item_gb: item / GIB,
            read,
            read_gb: read / GIB,
            stored_gb: profile.data.working_set / GIB,
            items: profile.data.working_set / item,
            hit_ratio,
            hours: profile.traffic.active_hours,
        }
    }

    /// GB that items of these bytes take.
    pub fn stored(&self, item: Decimal) -> Decimal {
        self.items * item / GIB
    }

    /// The same data in a month without a request.
    #[must_use]
    pub fn quiet(self) -> Self {
        let zero = Decimal::ZERO;
        Self {
            lookups: zero,
            hits: zero,
            misses: zero,
            writes: zero,
            hours: zero,
            ..self
        }
    }

    /// Puts of a cache that the client fills: explicit ones and one per miss.
    pub fn puts(&self) -> Decimal {
        self.writes + self.misses
    }
}

/// What a model may look at.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The workload.
    pub profile: &'a Profile,
    /// Its monthly load.
    pub load: &'a Load,
    /// The variant in question.
    pub variant: &'a Variant,
    /// Conventions.
    pub weights: &'a Weights,
}

impl Context<'_> {
    /// Bytes of a mean item as the service stores and bills it: the value with its key and overhead.
    pub fn item(&self) -> Decimal {
        self.whole(self.load.item)
    }

    /// Bytes of an item with a value of this size.
    pub fn whole(&self, value: Decimal) -> Decimal {
        let key = self.profile.data.key_size;
        self.variant.facts.item(value, key)
    }

    /// Bytes that come on top of a value.
    pub fn overhead(&self) -> Decimal {
        self.whole(Decimal::ZERO)
    }
}

/// List prices for the figures of a model.
pub trait Quotes {
    /// The service, with every way to buy it.
    fn service(&self) -> &Service;
    /// What so many units of a meter cost a variant in a month, free units left out of account; `None` where
    /// the price is unknown.
    fn cost(&self, variant: &Variant, meter: usize, quantity: Decimal) -> Option<Usd>;
}

/// What a model computes.
pub trait ServiceModel: Sync {
    /// Id in the contract.
    fn id(&self) -> &'static str;

    /// The meters its lines index, for an entry of the catalog.
    fn meters<'c>(&self, entry: &'c Service) -> Cow<'c, [MeterKey<'c>]>;

    /// Usage of a month, or why the variant does not cover the workload.
    fn usage(&self, cx: &Context<'_>, out: &mut Usage) -> Result<(), NotCovered>;

    /// Ids of all demands it can make: the limits of the catalog that are compared with something.
    fn limits(&self) -> &'static [&'static str];

    /// Demands to compare with the limits of the catalog; variants whose items take the same bytes have the same.
    fn demands(&self, cx: &Context<'_>, out: &mut Vec<Demand>);

    /// Figures of [`crate::domain::figure`] that rules may ask for, beyond those of every candidate: whatever
    /// applies to this workload and is known.
    fn figures(&self, _: &Context<'_>, _: &dyn Quotes, _: &mut Figures) {}

    /// Meters whose billed quantity tells a field of the profile, in the order in which they are asked: what a field
    /// depends on before it. A meter stands for all its suffixes.
    fn told(&self) -> &'static [(&'static str, Tells)] {
        &[]
    }

    /// Minimum limits that somebody set, where a bill shows them: `billed` gives the quantity and cost of a meter, `hours`
    /// those of the bill where its rows say.
    fn minimum(
        &self,
        _billed: &dyn Fn(&str) -> Option<(Decimal, Usd)>,
        _hours: Option<Decimal>,
    ) -> Option<Minimum> {
        None
    }

    /// What of a flat-rate plan's allowance a meter counts against.
    fn counts_against(&self, _meter: &str) -> Option<Allowance> {
        None
    }

    /// Bytes the service is priced to hold; decides the hit ratio when a curve is measured.
    fn size(&self, profile: &Profile) -> Decimal {
        profile.data.working_set
    }

    /// Item sizes, working sets and rates where the model has a step or a bend, as
    /// `(quantity, value)` pairs for the exact search of flips.
    fn bends(&self, cx: &Context<'_>, out: &mut Vec<Bend>);
}

/// What a billed quantity tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tells {
    /// Bytes held.
    WorkingSet,
    /// Reads and writes in their stated proportion: the meter counts both.
    Rates,
    /// Reads.
    Reads,
    /// Writes, once the fills are taken off.
    Writes,
    /// Bytes of a read.
    ReadSize,
}

/// A part of what a flat-rate plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// Requests a month.
    Requests,
    /// Transfer a month.
    Transfer,
}

/// A place where a model is not smooth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bend {
    /// Item sizes at which the billed item, so many bytes longer, is a multiple of a step.
    ItemStep {
        /// Bytes of a step.
        step: Decimal,
        /// Bytes of a billed item beside its value.
        beside: Decimal,
    },
    /// One number of active hours.
    ActiveHours(Decimal),
    /// One item size, in bytes.
    Item(Decimal),
    /// One working set, in bytes.
    WorkingSet(Decimal),
    /// Every multiple of this working set, in bytes.
    WorkingSetStep(Decimal),
    /// Reads per second × item size, in bytes per second, every multiple.
    PeakBytesStep(Decimal),
}

/// Whole billing units of an item: `ceil(item / step)`, at least one.
pub(super) fn units(item: Decimal, step: Decimal) -> Decimal {
    (item / step).ceil().max(Decimal::ONE)
}

/// Lookups per second at the peak: what stated fields imply, and with defaults.
pub(super) fn peak_lookups(profile: &Profile) -> (Decimal, Decimal) {
    let keys = profile.traffic.keys_per_read;
    let stated = profile.sure_peak_reads();
    (stated * keys, profile.peak_reads() * keys)
}

/// Puts per second at the peak for a cache the client fills: explicit puts and fills.
pub(super) fn peak_puts(profile: &Profile, load: &Load) -> (Decimal, Decimal) {
    let (stated, value) = peak_lookups(profile);
    let miss = Decimal::ONE - load.hit_ratio;
    let writes = profile
        .traffic
        .peak_writes
        .unwrap_or(profile.traffic.writes);
    (writes + stated * miss, profile.peak_writes() + value * miss)
}

pub(super) fn strong(profile: &Profile) -> bool {
    profile.requirements.consistency == Consistency::Strong
}

/// Hours of a NAT gateway that functions pulled into the VPC need, when the user says they do.
pub(super) fn nat_hours(profile: &Profile) -> Option<Decimal> {
    let needed = profile.compute.contains(&Compute::Lambda)
        && profile.network.internet_from_vpc == Some(InternetFromVpc::Yes);
    needed.then_some(crate::domain::units::HOURS_PER_MONTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_moves_what_is_said_of_it_and_otherwise_the_item() {
        let mut profile = Profile::blank();
        profile.data.item_size = Decimal::from(1 << 20);
        profile.data.working_set = Decimal::from(1 << 30);
        let load = Load::new(&profile, profile.data.working_set);
        assert_eq!((load.read, load.read_gb), (load.item, load.item_gb));
        profile.data.bytes_per_read = Some(Decimal::from(1 << 16));
        let ranges = Load::new(&profile, profile.data.working_set);
        assert_eq!(ranges.read * Decimal::from(16), ranges.item);
        assert_eq!(
            (ranges.items, ranges.stored_gb),
            (load.items, load.stored_gb)
        );
    }
}
