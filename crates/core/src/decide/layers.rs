//! Two layers: what a second cache, between the application and its database, adds behind an edge cache.

use rust_decimal::Decimal;

use super::baseline::Amounts;
use super::engine::{Engine, Scratch};
use crate::domain::decision::{Candidate, Outcome};
use crate::domain::finding::{Note, Remark, TwoLayers};
use crate::domain::money::Usd;
use crate::domain::profile::{Compute, Interface, Layer, Profile};
use crate::services::Load;

/// The note that two layers beat the recommended one, with both costs.
///
/// Only where the origin does not speak HTTP itself, so that an application stands in between, and
/// where the price of its reads is known. The second layer is taken to answer the goal share of what
/// the first one leaves, and the note says so.
pub(super) fn second(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &Amounts,
    candidates: &[Candidate],
    outcome: Outcome,
) -> Option<Note> {
    let origin = engine.catalog.origin(profile.origin.kind)?;
    let edge = profile.interface == Interface::Http && outcome == Outcome::Recommended;
    if !edge || origin.offers.contains(Interface::Http) {
        return None;
    }
    base.read_cost?;
    let first = candidates.first()?;
    let load = Load::new(profile, profile.data.working_set);
    let behind = behind(profile, &load, engine.catalog.weights.goal_hit_ratio);
    let mut scratch = Scratch::default();
    let slot = engine.rank(&behind, &mut scratch).best?;
    let eval = Engine::evals(&scratch)[slot];
    let saving = eval.saving.filter(|s| s.known_positive())?;
    let (left, _) = engine.base.reads(profile, load.misses);
    let one = first.cost?.expected.known + left?;
    let two = Usd(one.0 - saving.expected.0);
    let layers = TwoLayers {
        first: first.name.clone(),
        reads: load.misses,
        one,
        second: engine.slots[slot].name().to_owned(),
        cost: eval.cost.known,
        hit_ratio: engine.catalog.weights.goal_hit_ratio,
        two,
        rate: behind.traffic.reads,
    };
    Some(Note {
        remark: Remark::TwoLayers(layers),
        sources: Vec::new(),
    })
}

/// The workload that the edge leaves to the application.
fn behind(profile: &Profile, load: &Load, goal: Decimal) -> Profile {
    let mut inner = profile.clone();
    let missed = Decimal::ONE - load.hit_ratio;
    inner.layer = Layer::Application;
    inner.interface = Interface::KeyValue;
    inner.requirements.features.clear();
    inner.compute.retain(|c| *c != Compute::Browser);
    inner.latency = None;
    inner.viewers.clear();
    inner.traffic.reads *= missed;
    inner.traffic.peak_reads = inner.traffic.peak_reads.map(|peak| peak * missed);
    inner.data.curve.clear();
    inner.data.hit_ratio = Some(goal);
    inner
}
