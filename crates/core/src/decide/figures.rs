//! The figures of a candidate: those every one has, and those of its model.

use rust_decimal::Decimal;

use super::baseline::Amounts;
use super::engine::{Engine, Eval, Slot};
use super::prices::VariantPrices;
use crate::domain::catalog::{Service, Variant};
use crate::domain::figure::Figures;
use crate::domain::money::Usd;
use crate::domain::profile::Profile;
use crate::services::{Line, Load, Quotes};

const MILLION: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// List prices of the variants of a service.
struct List<'e, 'a> {
    slots: &'e [Slot<'a>],
    service: &'e Service,
}

impl Quotes for List<'_, '_> {
    fn service(&self) -> &Service {
        self.service
    }

    fn cost(&self, variant: &Variant, meter: usize, quantity: Decimal) -> Option<Usd> {
        let own = |s: &&Slot<'_>| std::ptr::eq(s.variant, variant);
        let prices: &VariantPrices<'_> = &self.slots.iter().find(own)?.prices;
        let line = Line {
            meter,
            region: 0,
            quantity,
        };
        let schedule = prices.slot(&line).schedule?;
        Some(schedule.cost(quantity))
    }
}

/// Figures of one variant that is priced; its bill is `lines`.
pub(super) fn of(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    profile: &Profile,
    (base, load): (&Amounts, &Load),
    eval: &Eval,
    lines: &[Line],
) -> Figures {
    let mut out = Figures::default();
    if !eval.cost.incomplete {
        out.money("monthly-cost", eval.cost.known);
    }
    let spared = slot.prices.spared(lines);
    if spared > Usd::ZERO {
        out.money("free-allowance", spared);
    }
    if let Some(ratio) = peak_to_mean(profile) {
        out.number("peak-to-mean", ratio);
    }
    commitment(engine, slot, lines, &mut out);
    if let Some(price) = break_even(profile, base, load, eval) {
        out.money("origin-break-even", price);
    }
    let context = engine.context(slot, profile, load);
    let list = List {
        slots: &engine.slots,
        service: slot.service,
    };
    slot.model.figures(&context, &list, &mut out);
    out
}

/// The known part of what a million reads of the origin cost, for the notes of a report.
pub(super) fn of_origin(engine: &Engine<'_>, profile: &Profile, out: &mut Figures) {
    if let (Some(price), _) = engine.base.reads(profile, MILLION) {
        out.money("origin-read-price", price);
    }
}

/// Stated peaks against means; the larger of reads and writes.
fn peak_to_mean(profile: &Profile) -> Option<Decimal> {
    let t = &profile.traffic;
    let ratio = |peak: Option<Decimal>, mean: Decimal| peak?.checked_div(mean);
    let reads = ratio(t.peak_reads, t.reads);
    reads
        .into_iter()
        .chain(ratio(t.peak_writes, t.writes))
        .max()
}

/// The price of a million avoided reads from which the cache pays, where that price is unknown, whole or in part,
/// and what is known of the saving does not pay for it.
fn break_even(profile: &Profile, base: &Amounts, load: &Load, eval: &Eval) -> Option<Usd> {
    let avoided = base.reads - load.misses;
    let in_part = base.at_least && profile.origin.price_per_million_reads.is_none();
    let does_not_pay = eval.saving.is_some_and(|s| s.expected < Usd::ZERO);
    let known = base.read_cost.is_some() && !(in_part && does_not_pay);
    if profile.is_store() || known || eval.cost.incomplete || avoided <= Decimal::ZERO {
        return None;
    }
    let spared = base.spared_egress(profile).unwrap_or(Usd::ZERO);
    let own = eval.cost.known - eval.common;
    let missing = base.on_top(own.into(), eval.common.into()).known - spared;
    (missing > Usd::ZERO).then(|| Usd(missing.0 * MILLION / avoided))
}

/// What the public terms of the catalog would take off this bill, and the use from which they pay: all terms
/// that cover a part of it together, for none of them covers what another does.
fn commitment(engine: &Engine<'_>, slot: &Slot<'_>, lines: &[Line], out: &mut Figures) {
    let (mut saved, mut list) = (Decimal::ZERO, Decimal::ZERO);
    let rates = engine.catalog.discounts.iter().flat_map(|d| &d.rates);
    for rate in rates.filter(|r| r.service == slot.service.id) {
        let covered = lines.iter().filter(|l| {
            let meter = slot.prices.meter(l);
            let variant = slot.variant.id.as_deref().filter(|_| meter.by_variant);
            let path = variant.into_iter().chain(meter.meter.split('/'));
            meter.service == rate.service && path.eq(rate.of.iter())
        });
        let cost: Usd = covered.map(|l| slot.prices.total(&[*l]).known).sum();
        list += cost.0;
        saved += cost.0 * rate.off;
    }
    if saved > Decimal::ZERO {
        out.money("commitment-saves", Usd(saved));
        out.share("commitment-pays-from", Decimal::ONE - saved / list);
    }
}
