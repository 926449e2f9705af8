//! Recommended, none-fits or no-cache.

use rust_decimal::Decimal;

use super::baseline::Amounts;
use super::engine::{Engine, Eval};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{NoCacheReason, Outcome};
use crate::domain::finding::Need;
use crate::domain::money::Usd;
use crate::domain::profile::{Layer, Profile};

/// Settles the outcome from the numbers of every slot and the ranked eligible ones.
pub(super) fn settle(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &Amounts,
    evals: &[Eval],
    order: &[usize],
) -> (Outcome, Option<NoCacheReason>) {
    let w = &engine.catalog.weights;
    if local_cache_does(engine.catalog, profile) {
        return (Outcome::NoCache, Some(NoCacheReason::LocalCache));
    }
    let positive = || {
        let mut savings = order.iter().filter_map(|i| evals[*i].saving);
        savings.any(|s| s.known_positive())
    };
    let hit_ratio = profile.hit_ratio(profile.data.working_set);
    if !profile.is_store()
        && hit_ratio <= w.unique_hit_ratio
        && profile.is_stated("data.hit_ratio")
        && !positive()
    {
        return (Outcome::NoCache, Some(NoCacheReason::UniqueQueries));
    }
    if order.is_empty() {
        return (Outcome::NoneFits, None);
    }
    if costs_more(engine.catalog, profile, base, evals, order) {
        return (Outcome::NoCache, Some(NoCacheReason::CostsMore));
    }
    (Outcome::Recommended, None)
}

/// One process whose own memory holds the working set: whatever the variants cost.
pub(super) fn local_cache_does(catalog: &Catalog, profile: &Profile) -> bool {
    !profile.is_store()
        && profile.instances == Some(Decimal::ONE)
        && profile.data.working_set <= catalog.weights.local_cache_bytes
}

/// No eligible variant can save more than small change, nobody needs the latency, and the origin offers the
/// interface itself. A lower bound of the origin's price proves nothing, and so does an unknown one.
fn costs_more(
    catalog: &Catalog,
    profile: &Profile,
    base: &Amounts,
    evals: &[Eval],
    order: &[usize],
) -> bool {
    let small_change = Usd(catalog.weights.small_change);
    let could_save = |i: &usize| {
        let saving = evals[*i].saving;
        saving.is_none_or(|s| s.at_least || s.expected >= small_change)
    };
    let offered = catalog
        .origin(profile.origin.kind)
        .is_some_and(|o| o.offers.contains(profile.interface));
    offered
        && !order.iter().any(could_save)
        && !latency_need(catalog, profile, base.origin_latency.map(|(ms, _)| ms))
}

/// A stated tolerance that the origin exceeds, or viewers far from the Region.
fn latency_need(catalog: &Catalog, profile: &Profile, origin: Option<Decimal>) -> bool {
    let slow = profile
        .latency
        .zip(origin)
        .is_some_and(|(need, origin)| origin > need.p50);
    let edge = matches!(profile.layer, Layer::Client | Layer::Edge);
    let home = catalog.region(&profile.region).map(|r| r.geo);
    let far = edge && profile.viewers.iter().any(|(geo, _)| Some(*geo) != home);
    slow || far
}

/// What a recommended cache is for, where what it saves is known and no reason for it; `None` too where another
/// candidate's saving is the reason that no cache is not the answer.
pub(super) fn need(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &Amounts,
    winner: &Eval,
) -> Option<Need> {
    let small_change = Usd(engine.catalog.weights.small_change);
    winner
        .saving
        .filter(|s| !s.at_least && s.expected < small_change)?;
    let origin = base.origin_latency.map(|(ms, _)| ms);
    let slow = profile.latency.zip(origin);
    if let Some((need, origin)) = slow.filter(|(need, origin)| *origin > need.p50) {
        let tolerance = need.p50;
        return Some(Need::Latency { origin, tolerance });
    }
    if latency_need(engine.catalog, profile, origin) {
        return Some(Need::FarViewers);
    }
    let facts = engine.catalog.origin(profile.origin.kind);
    let offered = facts.is_some_and(|o| o.offers.contains(profile.interface));
    (!offered).then_some(Need::Interface(profile.interface))
}

/// Does this workload need lower latency than its origin gives?
pub fn has_latency_need(engine: &Engine<'_>, profile: &Profile) -> bool {
    let origin = engine.base.of(profile).origin_latency.map(|(ms, _)| ms);
    latency_need(engine.catalog, profile, origin)
}
