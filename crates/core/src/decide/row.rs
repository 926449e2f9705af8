//! A row of the report before it is judged or priced: the one constructor of a candidate.

use super::baseline::Amounts;
use super::engine::Slot;
use super::ranking;
use crate::domain::catalog::{Service, Variant};
use crate::domain::decision::{Candidate, Pick, Verdict};
use crate::domain::finding::Loss;
use crate::domain::money::Usd;
use crate::domain::profile::Profile;
use crate::services::Load;

/// What a row is about.
pub(super) struct Subject<'a> {
    pub(super) pick: Pick,
    pub(super) name: &'a str,
    pub(super) service: &'a Service,
    pub(super) variant: &'a Variant,
}

impl<'a> Subject<'a> {
    pub(super) fn of(slot: &'a Slot<'_>) -> Self {
        Self {
            pick: slot.pick(),
            name: slot.name(),
            service: slot.service,
            variant: slot.variant,
        }
    }
}

/// What it is, and what it leaves to the origin.
pub(super) fn row(
    slot: Subject<'_>,
    profile: &Profile,
    base: &Amounts,
    load: &Load,
    left: Option<Usd>,
) -> Candidate {
    Candidate {
        pick: slot.pick,
        name: slot.name.to_owned(),
        verdict: Verdict::Comparison,
        reasons: Vec::new(),
        cautions: Vec::new(),
        terms: Vec::new(),
        score: 0.0,
        judged: None,
        common: Usd::ZERO,
        latency: ranking::latency(slot.variant, profile, base, load),
        fill: slot.service.fill,
        who: slot.service.who,
        storage: slot.service.storage,
        on_loss: Loss {
            what: slot.service.on_loss.clone(),
            refill: None,
            for_good: profile.is_store(),
        },
        leaving: slot.service.leaving.clone(),
        cost: None,
        idle: None,
        saving: None,
        pays_from_price: None,
        origin_reads_remaining: load.misses,
        origin_cost_remaining: left,
        lines: Vec::new(),
        alternatives: Vec::new(),
        spec: None,
        asks: String::new(),
        headline: false,
    }
}
