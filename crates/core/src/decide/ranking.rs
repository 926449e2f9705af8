//! Scores: sums of points, nothing normalised over the other candidates.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::baseline::Amounts;
use super::engine::{Engine, Eval};
use crate::domain::catalog::{Fact, Variant, Weights, latency_at};
use crate::domain::decision::{Cost, LatencyEstimate};
use crate::domain::profile::{Availability, Need, OptimizeFor, Profile};
use crate::services::Load;

/// The cost that scores zero points; only differences matter.
pub(super) const REFERENCE_USD: u32 = 1024;

fn mode(profile: &Profile) -> usize {
    match profile.optimize_for {
        OptimizeFor::Balanced => 0,
        OptimizeFor::Cost => 1,
        OptimizeFor::Latency => 2,
    }
}

/// Points each time the cost halves.
pub(super) fn cost_weight(weights: &Weights, profile: &Profile) -> i64 {
    weights.cost[mode(profile)]
}

/// Points for cost: so many per halving, the monthly cost counted from one dollar up.
pub(super) fn cost_points(weights: &Weights, profile: &Profile, cost: Cost) -> f64 {
    let dollars = cost.known.0.max(Decimal::ONE).to_f64().unwrap_or(f64::MAX);
    cost_weight(weights, profile) as f64 * (f64::from(REFERENCE_USD) / dollars).log2()
}

/// Points for effective latency: so many per halving, down to the larger of the tolerance and 1 ms.
pub(super) fn latency_points(
    weights: &Weights,
    profile: &Profile,
    effective: Option<Decimal>,
) -> f64 {
    let Some(effective) = effective.and_then(|ms| ms.to_f64()) else {
        return 0.0;
    };
    let cost_weight = cost_weight(weights, profile) as f64;
    let tolerance = profile.latency.and_then(|l| l.p50.to_f64());
    let weight = tolerance.map_or(cost_weight / 10.0, |_| {
        weights.latency[mode(profile)] as f64
    });
    let floor = tolerance.unwrap_or(1.0).max(1.0);
    let points = -weight * (effective.max(floor) / floor).log2();
    // Adding zero turns the -0.0 of a perfect latency into 0.0.
    let points = points + 0.0;
    if mode(profile) == 0 {
        points.max(-cost_weight)
    } else {
        points
    }
}

/// Points for a preference: met, missed, or nothing when nobody says.
pub(super) fn preference_points(weights: &Weights, need: Need, fact: &Fact<bool>) -> i64 {
    match (need, fact.value) {
        (Need::Preferred, Some(true)) => weights.preference_met,
        (Need::Preferred, Some(false)) => weights.preference_missed,
        _ => 0,
    }
}

/// Points for serving through the loss of a zone.
pub(super) fn zone_points(weights: &Weights, variant: &Variant) -> i64 {
    if variant.facts.availability.value == Some(Availability::MultiAz) {
        weights.multi_az
    } else {
        0
    }
}

/// Sum of all terms but the rules' points.
pub(super) fn score(
    weights: &Weights,
    variant: &Variant,
    profile: &Profile,
    cost: Cost,
    effective: Option<Decimal>,
) -> f64 {
    let f = &variant.facts;
    let whole = zone_points(weights, variant)
        + preference_points(weights, profile.scale_to_zero, &f.scale_to_zero)
        + preference_points(weights, profile.private_access, &f.private_access);
    cost_points(weights, profile, cost) + latency_points(weights, profile, effective) + whole as f64
}

/// Hit and effective latency: hit ratio × hit + miss × (lookup + origin).
pub(super) fn latency(
    variant: &Variant,
    profile: &Profile,
    base: &Amounts,
    load: &Load,
) -> LatencyEstimate {
    let Some((p50, p99, basis)) = latency_at(&variant.facts.latency, profile.data.item_size) else {
        return LatencyEstimate {
            hit_p50: None,
            hit_p99: None,
            effective: None,
            with_origin: false,
            basis: None,
        };
    };
    let origin = base.origin_latency.map(|(ms, _)| ms);
    let miss = Decimal::ONE - load.hit_ratio;
    let effective = origin.map_or(p50, |origin| p50 + miss * origin);
    LatencyEstimate {
        hit_p50: Some(p50),
        hit_p99: p99,
        effective: Some(effective),
        with_origin: origin.is_some(),
        basis: Some(basis),
    }
}

/// Best first: complete estimates, then score, then exact cost, then id.
pub(super) fn compare(engine: &Engine<'_>, evals: &[Eval], a: usize, b: usize) -> Ordering {
    let (x, y) = (&evals[a], &evals[b]);
    x.cost
        .incomplete
        .cmp(&y.cost.incomplete)
        .then_with(|| y.score.total_cmp(&x.score))
        .then_with(|| x.cost.known.cmp(&y.cost.known))
        .then_with(|| engine.slots[a].id().cmp(&engine.slots[b].id()))
}

/// Eligible slots, best first; of price plans only the cheapest that applies.
pub(super) fn order<'s>(
    engine: &Engine<'_>,
    evals: &[Eval],
    order: &'s mut Vec<usize>,
) -> &'s [usize] {
    order.clear();
    for slot in 0..evals.len() {
        if evals[slot].eligible && chosen_plan(engine, evals, slot) {
            order.push(slot);
        }
    }
    order.sort_by(|a, b| compare(engine, evals, *a, *b));
    order
}

/// Is this slot the cheapest eligible plan of its service? Ties go to the one without an allowance, then to the id.
pub(super) fn chosen_plan(engine: &Engine<'_>, evals: &[Eval], slot: usize) -> bool {
    let service = engine.slots[slot].service;
    if !service.plans {
        return true;
    }
    let price = |i: usize| {
        let limited = !engine.slots[i].variant.levels.is_empty();
        let cost = evals[i].cost;
        (cost.incomplete, cost.known, limited, engine.slots[i].id())
    };
    let rivals = (0..evals.len()).filter(|i| {
        *i != slot && evals[*i].eligible && std::ptr::eq(engine.slots[*i].service, service)
    });
    rivals.into_iter().all(|i| price(slot) < price(i))
}
