//! The same workload without a cache: origin reads, egress at the edge, and what a cache saves.

use rust_decimal::Decimal;

use super::prices::{self, At, Market};
use crate::domain::catalog::{Basis, Catalog, OriginFacts, Service, Variant};
use crate::domain::decision::{Baseline, Cost, Saving};
use crate::domain::latency::{band, latency_size};
use crate::domain::money::Usd;
use crate::domain::price::Schedule;
use crate::domain::profile::{Consistency, Interface, Layer, OriginKind, Profile};

const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// Prices of the origin, prepared for its kind and Region.
pub(super) struct Prices<'a> {
    facts: Option<&'a OriginFacts>,
    read: Option<&'a Schedule>,
    /// The lowest of other Regions where this one has none: what is saved is at least that.
    egress: Option<&'a Schedule>,
    egress_is_assumed: bool,
    free_egress: Decimal,
}

/// The baseline in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) reads: Decimal,
    pub(super) read_cost: Option<Usd>,
    pub(super) egress_cost: Option<Usd>,
    pub(super) egress_applies: bool,
    /// Callers and origin are both outside AWS: only what a cache sends leaves it.
    pub(super) only_hits_leave: bool,
    pub(super) at_least: bool,
    pub(super) origin_latency: Option<(Decimal, Basis)>,
}

impl Amounts {
    /// Everything that applies, when it is known.
    pub(super) fn total(&self) -> Option<Usd> {
        let egress = if self.egress_applies {
            self.egress_cost?
        } else {
            Usd::ZERO
        };
        Some(self.read_cost? + egress)
    }

    /// What a cache costs on top of what is paid without one: `common` is the transfer of its hits, which leaves
    /// AWS either way unless origin and callers are both outside.
    pub(super) fn on_top(&self, own: Cost, common: Cost) -> Cost {
        if self.only_hits_leave {
            own + common
        } else {
            own
        }
    }

    /// The internet transfer that a cache spares, which only one at the edge does; `None` when it is unknown.
    pub(super) fn spared_egress(&self, profile: &Profile) -> Option<Usd> {
        if self.egress_applies && at_edge(profile) {
            self.egress_cost
        } else {
            Some(Usd::ZERO)
        }
    }

    /// As shown in reports.
    pub(super) fn shown(&self) -> Baseline {
        Baseline {
            reads: self.reads,
            read_cost: self.read_cost,
            egress_cost: self.egress_cost,
            egress_applies: self.egress_applies,
            at_least: self.at_least,
            total: self.total(),
            origin_latency: self.origin_latency,
        }
    }
}

fn at_edge(profile: &Profile) -> bool {
    matches!(profile.layer, Layer::Client | Layer::Edge)
}

impl<'a> Prices<'a> {
    pub(super) fn new(catalog: &'a Catalog, market: &Market<'a, '_>, profile: &Profile) -> Self {
        const EGRESS: &str = "network/internet-egress-gb";
        let (book, free_tier) = (market.book, market.free_tier);
        let facts = catalog.origin(profile.origin.kind);
        let read = facts
            .and_then(|f| f.read_price.as_ref())
            .and_then(|p| book.get(&profile.region, &p.meter));
        let egress = prices::slot_or_band(book, free_tier, &profile.region, EGRESS);
        let free = book
            .allowances
            .iter()
            .find(|a| free_tier && a.covers(EGRESS));
        Self {
            facts,
            read,
            egress: egress.at(At::Low),
            egress_is_assumed: egress.is_assumed(),
            free_egress: free.map_or(Decimal::ZERO, |a| a.quantity),
        }
    }

    /// Is a service its own origin, at the same price and as fast? One key a read: a read of many keys may be
    /// one expensive query there.
    pub(super) fn is_same(&self, service: &Service, variant: &Variant, profile: &Profile) -> bool {
        let same = self
            .facts
            .is_some_and(|f| f.service.as_deref() == Some(&service.id));
        if !same
            || profile.interface != Interface::KeyValue
            || profile.traffic.keys_per_read > Decimal::ONE
        {
            return false;
        }
        let own = band(
            &variant.facts.latency,
            &profile.compute,
            latency_size(profile),
        );
        let slower = profile
            .origin
            .latency
            .zip(own)
            .is_some_and(|(origin, own)| origin > own.typical);
        let list = self.list_price(profile, MILLION);
        let dearer = profile
            .origin
            .price_per_million_reads
            .zip(list)
            .is_some_and(|(stated, list)| stated > list.0);
        !slower && !dearer
    }

    /// Cost of so many origin reads by the price list.
    fn list_price(&self, profile: &Profile, reads: Decimal) -> Option<Usd> {
        let (schedule, price) = self
            .read
            .zip(self.facts.and_then(|f| f.read_price.as_ref()))?;
        let units = price.step.map_or(Decimal::ONE, |step| {
            (profile.data.item_size / step).ceil().max(Decimal::ONE)
        });
        let eventual =
            price.eventual_half && profile.requirements.consistency == Consistency::Eventual;
        let units = if eventual {
            units / Decimal::TWO
        } else {
            units
        };
        Some(schedule.cost(reads * units))
    }

    /// Cost of so many origin reads, and whether it is only a lower bound.
    pub(super) fn reads(&self, profile: &Profile, reads: Decimal) -> (Option<Usd>, bool) {
        if let Some(price) = profile.origin.price_per_million_reads {
            return (Some(Usd(reads * price / MILLION)), false);
        }
        let listed = self.facts.and_then(|f| f.read_price.as_ref());
        let at_least = listed.is_some_and(|price| price.at_least);
        (self.list_price(profile, reads), at_least)
    }

    pub(super) fn of(&self, profile: &Profile) -> Amounts {
        let reads = profile.lookups() * profile.active_seconds();
        let (read_cost, at_least) = self.reads(profile, reads);
        let outside = profile.calls_from_outside();
        let only_hits_leave = outside && profile.origin.kind == OriginKind::OnPremises;
        let egress_applies = !profile.is_store()
            && !only_hits_leave
            && (at_edge(profile) && !profile.calls_from_inside() || outside);
        let aws = self.facts.is_some_and(|f| f.aws);
        let egress_cost = self
            .egress
            .filter(|_| egress_applies && aws)
            .map(|schedule| {
                let gb = reads * (profile.bytes_per_read() / crate::services::GIB);
                schedule.cost((gb - self.free_egress).max(Decimal::ZERO))
            });
        let catalog_row = || {
            self.facts
                .and_then(|f| band(&f.latency, &[], latency_size(profile)))
        };
        let origin_latency = match profile.origin.latency {
            Some(stated) => Some((stated, Basis::Documented)),
            None => catalog_row().map(|row| (row.typical, row.basis)),
        };
        Amounts {
            reads,
            read_cost,
            egress_cost,
            egress_applies,
            only_hits_leave,
            at_least: at_least || (egress_cost.is_some() && self.egress_is_assumed),
            origin_latency,
        }
    }
}

/// Baseline − (variant + origin reads that remain). Where a part of it is unknown the known part stands for the
/// whole, as a lower bound, if that alone pays for the variant; `None` when it does not. `cost` is without what
/// every way pays alike; callers outside AWS pay the transfer of the baseline as well, so that it cancels out
/// there, and only viewers at the edge are spared it.
pub(super) fn saving(
    profile: &Profile,
    base: &Amounts,
    remaining: Option<Usd>,
    cost: Cost,
) -> Option<Saving> {
    if profile.is_store() {
        return None;
    }
    let reads = base.read_cost.zip(remaining).map(|(all, left)| all - left);
    let egress = base.spared_egress(profile);
    let known = reads.is_some() && egress.is_some();
    let expected = reads.unwrap_or(Usd::ZERO) + egress.unwrap_or(Usd::ZERO) - cost.known;
    (known || expected > Usd::ZERO).then_some(Saving {
        expected,
        at_least: base.at_least || !known,
        at_most: cost.incomplete,
    })
}
