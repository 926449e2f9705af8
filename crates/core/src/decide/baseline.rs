//! The same workload without a cache: origin reads, egress at the edge, and what a cache saves.

use rust_decimal::Decimal;

use crate::domain::catalog::{Basis, Catalog, OriginFacts, latency_at};
use crate::domain::decision::{Baseline, Cost, Saving};
use crate::domain::money::Usd;
use crate::domain::price::{PriceBook, Schedule};
use crate::domain::profile::{Consistency, Layer, Profile};

const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// Prices of the origin, prepared for its kind and Region.
pub(super) struct Prices<'a> {
    facts: Option<&'a OriginFacts>,
    read: Option<&'a Schedule>,
    egress: Option<&'a Schedule>,
    free_egress: Decimal,
}

/// The baseline in numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amounts {
    pub(super) reads: Decimal,
    pub(super) read_cost: Option<Usd>,
    pub(super) egress_cost: Option<Usd>,
    pub(super) egress_applies: bool,
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
    pub(super) fn new(
        catalog: &'a Catalog,
        book: &'a PriceBook,
        free_tier: bool,
        profile: &Profile,
    ) -> Self {
        const EGRESS: &str = "network/internet-egress-gb";
        let facts = catalog.origin(profile.origin.kind);
        let read = facts
            .and_then(|f| f.read_price.as_ref())
            .and_then(|p| book.get(&profile.region, &p.meter));
        let free = book
            .allowances
            .iter()
            .find(|a| free_tier && a.covers(EGRESS));
        Self {
            facts,
            read,
            egress: book.get(&profile.region, EGRESS),
            free_egress: free.map_or(Decimal::ZERO, |a| a.quantity),
        }
    }

    /// Cost of so many origin reads, and whether it is only a lower bound.
    pub(super) fn reads(&self, profile: &Profile, reads: Decimal) -> (Option<Usd>, bool) {
        if let Some(price) = profile.origin.price_per_million_reads {
            return (Some(Usd(reads * price / MILLION)), false);
        }
        let (Some(schedule), Some(price)) =
            (self.read, self.facts.and_then(|f| f.read_price.as_ref()))
        else {
            return (None, false);
        };
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
        (Some(schedule.cost(reads * units)), price.at_least)
    }

    pub(super) fn of(&self, profile: &Profile) -> Amounts {
        let reads = profile.lookups() * profile.active_seconds();
        let (read_cost, at_least) = self.reads(profile, reads);
        let egress_applies = at_edge(profile);
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
                .and_then(|f| latency_at(&f.latency, profile.data.item_size))
        };
        let origin_latency = match profile.origin.latency {
            Some(stated) => Some((stated, Basis::Documented)),
            None => catalog_row().map(|(p50, _, basis)| (p50, basis)),
        };
        Amounts {
            reads,
            read_cost,
            egress_cost,
            egress_applies,
            at_least,
            origin_latency,
        }
    }
}

/// Baseline − (variant + origin reads that remain); `None` when one of them is unknown.
pub(super) fn saving(base: &Amounts, remaining: Option<Usd>, cost: Cost) -> Option<Saving> {
    let expected = base.total()? - cost.known - remaining?;
    Some(Saving {
        expected,
        at_least: base.at_least,
        at_most: cost.incomplete,
    })
}
