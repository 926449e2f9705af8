//! Scores: sums of points, nothing normalised over the other candidates.

use std::cmp::Ordering;

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::baseline::Amounts;
use super::engine::{Engine, Eval};
use crate::domain::catalog::{Fact, Variant, Weights};
use crate::domain::decision::{Cost, LatencyEstimate};
use crate::domain::latency::{band, latency_size};
use crate::domain::money::Usd;
use crate::domain::profile::{Availability, Need, OptimizeFor, Profile};
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::Load;

/// The cost that scores zero points, small change included; only differences matter.
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

/// Points for cost: so many per halving of the monthly cost and small change together.
pub(super) fn cost_points(weights: &Weights, profile: &Profile, cost: Cost) -> f64 {
    let dollars = (cost.known.0 + weights.small_change)
        .to_f64()
        .unwrap_or(f64::MAX);
    cost_weight(weights, profile) as f64 * (f64::from(REFERENCE_USD) / dollars).log2()
}

/// What the other terms make of a cost: `(cost + small change) × 2^(−points / weight) − small change`, in cents,
/// not below zero.
pub(super) fn judged(weights: &Weights, profile: &Profile, cost: Cost, points: f64) -> Option<Usd> {
    let with_change = (cost.known.0 + weights.small_change).to_f64()?;
    let factor = (-points / cost_weight(weights, profile) as f64).exp2();
    let judged = Decimal::from_f64(with_change * factor)? - weights.small_change;
    Some(Usd(judged.max(Decimal::ZERO).round_dp(2)))
}

/// The cost, USD, whose points alone are this score; not below zero.
pub(super) fn judged_score(weights: &Weights, profile: &Profile, score: f64) -> f64 {
    let halvings = score / cost_weight(weights, profile) as f64;
    let with_change = f64::from(REFERENCE_USD) * (-halvings).exp2();
    (with_change - weights.small_change.to_f64().unwrap_or(0.0)).max(0.0)
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
    let stated = weights.latency[mode(profile)] as f64;
    let weight = match (tolerance, profile.optimize_for) {
        (Some(_), _) | (None, OptimizeFor::Latency) => stated,
        (None, _) => cost_weight / 5.0,
    };
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

/// Points lost where the tolerance lies below the median: none at the median, all of them at the low end.
pub(super) fn band_points(weights: &Weights, profile: &Profile, hit: &LatencyEstimate) -> f64 {
    let tolerance = profile.latency.map(|l| l.p50);
    let Some(((tolerance, low), typical)) = tolerance.zip(hit.hit_low).zip(hit.hit_p50) else {
        return 0.0;
    };
    let missing = (typical - tolerance).max(Decimal::ZERO);
    let share = missing.checked_div(typical - low).and_then(|s| s.to_f64());
    0.0 - weights.band as f64 * share.unwrap_or(0.0).min(1.0)
}

/// Points for a preference: met, missed, or nothing when nobody says.
pub(super) fn preference_points(weights: &Weights, need: Need, fact: &Fact<bool>) -> f64 {
    match (need, fact.value) {
        (Need::Preferred, Some(true)) => weights.preference_met as f64,
        (Need::Preferred, Some(false)) => weights.preference_missed as f64,
        _ => 0.0,
    }
}

/// Points for scaling to zero where it is preferred: by the share of the month that is idle, half of them
/// where nobody says how much that is.
pub(super) fn idle_points(weights: &Weights, profile: &Profile, fact: &Fact<bool>) -> f64 {
    let points = preference_points(weights, profile.scale_to_zero, fact);
    if points == 0.0 {
        return 0.0;
    }
    let share = if profile.is_stated("traffic.active_hours") {
        profile.idle_hours() / HOURS_PER_MONTH
    } else {
        Decimal::new(5, 1)
    };
    points * share.to_f64().unwrap_or(0.5)
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
    latency: &LatencyEstimate,
) -> f64 {
    let f = &variant.facts;
    cost_points(weights, profile, cost)
        + latency_points(weights, profile, latency.effective)
        + band_points(weights, profile, latency)
        + zone_points(weights, variant) as f64
        + idle_points(weights, profile, &f.scale_to_zero)
        + preference_points(weights, profile.private_access, &f.private_access)
}

/// Hit and effective latency: hit ratio × hit + miss × (lookup + origin).
pub(super) fn latency(
    variant: &Variant,
    profile: &Profile,
    base: &Amounts,
    load: &Load,
) -> LatencyEstimate {
    let rows = &variant.facts.latency;
    let Some(hit) = band(rows, &profile.compute, latency_size(profile)) else {
        return LatencyEstimate {
            hit_low: None,
            hit_high: None,
            hit_p50: None,
            hit_p99: None,
            effective: None,
            with_origin: false,
            basis: None,
        };
    };
    let origin = base.origin_latency.map(|(ms, _)| ms);
    let miss = Decimal::ONE - load.hit_ratio;
    let effective = origin.map_or(hit.typical, |origin| hit.typical + miss * origin);
    LatencyEstimate {
        hit_low: Some(hit.low),
        hit_high: Some(hit.high),
        hit_p50: Some(hit.typical),
        hit_p99: hit.p99,
        effective: Some(effective),
        with_origin: origin.is_some(),
        basis: Some(hit.basis),
    }
}

/// Best first: complete estimates, then score, then exact cost.
fn better(x: &Eval, y: &Eval) -> Ordering {
    x.cost
        .incomplete
        .cmp(&y.cost.incomplete)
        .then_with(|| y.score.total_cmp(&x.score))
        .then_with(|| x.cost.known.cmp(&y.cost.known))
}

/// Best first; ties go to the id.
pub(super) fn compare(engine: &Engine<'_>, evals: &[Eval], a: usize, b: usize) -> Ordering {
    better(&evals[a], &evals[b]).then_with(|| engine.slots[a].id().cmp(&engine.slots[b].id()))
}

/// Eligible slots, best first; of price plans only the best that applies.
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

/// Is this slot the best eligible plan of its service, its price and the preferences it meets together? At one
/// price the capped plan wins: it cannot cost more.
pub(super) fn chosen_plan(engine: &Engine<'_>, evals: &[Eval], slot: usize) -> bool {
    let service = engine.slots[slot].service;
    if !service.plans {
        return true;
    }
    let capped = |i: usize| !engine.slots[i].variant.levels.is_empty();
    let before = |a: usize, b: usize| {
        better(&evals[a], &evals[b])
            .then_with(|| capped(b).cmp(&capped(a)))
            .then_with(|| engine.slots[a].id().cmp(&engine.slots[b].id()))
    };
    let rivals = (0..evals.len()).filter(|i| {
        *i != slot && evals[*i].eligible && std::ptr::eq(engine.slots[*i].service, service)
    });
    rivals.into_iter().all(|i| before(slot, i).is_lt())
}
