//! The decision: profile, catalog and prices in, one [`Decision`] out. Pure, and without a sentence:
//! reasons are data ([`crate::domain::finding`]), `crate::words` says them.
//!
//! [`Engine::rank`] is the fast path without reasons or strings; [`Engine::decide`] runs the same
//! evaluation and records everything. Start reading at `evaluate::evaluate`.

mod axes;
mod baseline;
mod beside;
mod compare;
mod eligibility;
mod engine;
mod evaluate;
mod figures;
mod full;
mod layers;
mod outcome;
pub mod prices;
mod ranking;
mod row;

use std::collections::BTreeSet;

use crate::domain::decision::{Candidate, Cost, Decision, Outcome, Relax, Saving};
use crate::domain::profile::Profile;
use crate::services::{Line, Load, ServiceModel, Tells};
use evaluate::{Quick, evaluate, is_covered};
use full::Extent;

pub(crate) use compare::leads;
pub use engine::{Engine, Eval, Options, Scratch};
pub use outcome::has_latency_need;

/// The fast path's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// How it ended.
    pub outcome: Outcome,
    /// Slot of the best eligible variant.
    pub best: Option<usize>,
}

impl<'a> Engine<'a> {
    /// Memory for profiles that differ from this one in numbers only: its words are judged once, and
    /// the variants they rule out, which no number brings back, are left alone.
    pub fn scratch(&self, profile: &Profile) -> Scratch {
        let fits =
            |slot: &engine::Slot<'_>| !Quick::of_words(&self.case(slot, profile), None).is_out();
        Scratch {
            fits: self.slots.iter().map(fits).collect(),
            ..Scratch::default()
        }
    }

    /// Outcome and best variant, without reasons or strings. Equal to [`Engine::decide`].
    pub fn rank(&self, profile: &Profile, scratch: &mut Scratch) -> Ranking {
        let base = self.base.of(profile);
        self.evaluate_all(profile, &base, scratch);
        let order = ranking::order(self, &scratch.evals, &mut scratch.order);
        let (outcome, _) = outcome::settle(self, profile, &base, &scratch.evals, order);
        Ranking {
            outcome,
            best: order.first().copied(),
        }
    }

    /// Judges and prices every slot, without putting them in order.
    fn evaluate_all(&self, profile: &Profile, base: &baseline::Amounts, scratch: &mut Scratch) {
        scratch.evals.clear();
        scratch.buffers.clear();
        for (i, slot) in self.slots.iter().enumerate() {
            let case = self.case(slot, profile);
            let mut quick = Quick::of_words(&case, scratch.fits.get(i));
            let eval = evaluate(self, slot, &case, base, &mut scratch.buffers, &mut quick);
            scratch.evals.push(quick.finish(eval));
        }
    }

    /// Services with an eligible variant, by id; nothing is priced.
    fn eligible(&self, profile: &Profile, scratch: &mut Scratch) -> BTreeSet<&'a str> {
        let buffers = &mut scratch.buffers;
        buffers.clear();
        let mut services = BTreeSet::new();
        for (i, slot) in self.slots.iter().enumerate() {
            let fits = scratch.fits.get(i);
            if fits == Some(&false) || services.contains(slot.service.id.as_str()) {
                continue;
            }
            let case = self.case(slot, profile);
            let mut quick = Quick::of_words(&case, fits);
            if !quick.is_out() && is_covered(self, slot, &case, buffers, &mut quick) {
                services.insert(slot.service.id.as_str());
            }
        }
        services
    }

    /// The outcome where it does not depend on any variant: no need to rank.
    pub(crate) fn foregone(&self, profile: &Profile) -> Option<Outcome> {
        outcome::local_cache_does(self.catalog, profile).then_some(Outcome::NoCache)
    }

    /// Monthly cost of one slot for a profile; `None` when its plan does not cover the workload.
    pub fn cost_of(&self, slot: usize, profile: &Profile, scratch: &mut Scratch) -> Option<Cost> {
        self.costs_of(&[slot], profile, scratch).next().flatten()
    }

    /// [`Engine::cost_of`] for several slots, in their order.
    pub(crate) fn costs_of<'s>(
        &'s self,
        slots: &'s [usize],
        profile: &'s Profile,
        scratch: &'s mut Scratch,
    ) -> impl Iterator<Item = Option<Cost>> + 's {
        let buffers = &mut scratch.buffers;
        buffers.clear();
        slots.iter().map(move |slot| {
            let slot = &self.slots[*slot];
            let load = buffers.load(profile, slot.model.size(profile));
            let usage = &mut buffers.usage;
            let covered = self.usage(slot, profile, &load, usage);
            covered.ok().map(|()| {
                let common = slot.prices.total(&usage.common);
                slot.prices.total(&usage.lines) + common
            })
        })
    }

    /// The slot of a service and variant.
    pub fn slot_of(&self, service: &str, variant: Option<&str>) -> Option<usize> {
        let is = |s: &engine::Slot<'_>| s.id() == (service, variant.unwrap_or(""));
        self.slots.iter().position(is)
    }

    /// What a bill of a slot tells of a profile.
    pub fn told(&self, slot: usize) -> &'static [(&'static str, Tells)] {
        self.slots[slot].model.told()
    }

    /// The model of a slot.
    pub fn model(&self, slot: usize) -> &'static dyn ServiceModel {
        self.slots[slot].model
    }

    /// The hit ratio at the size that a slot is priced to hold.
    pub fn hit_ratio(&self, slot: usize, profile: &Profile) -> rust_decimal::Decimal {
        profile.hit_ratio(self.slots[slot].model.size(profile))
    }

    /// Meters and quantities of a month of one slot in the home Region; empty when its plan does not cover the workload.
    pub fn quantities(
        &self,
        slot: usize,
        profile: &Profile,
        scratch: &mut Scratch,
    ) -> Vec<(&'a str, rust_decimal::Decimal)> {
        let slot = &self.slots[slot];
        let load = Load::new(profile, slot.model.size(profile));
        let usage = &mut scratch.buffers.usage;
        if self.usage(slot, profile, &load, usage).is_err() {
            return Vec::new();
        }
        // A replica whose Region nobody names is billed at home.
        let named = profile.requirements.replica_regions.len();
        let at_home = |l: &&Line| l.region == 0 || l.region > named;
        let home = usage.lines.iter().chain(&usage.common).filter(at_home);
        home.map(|l| (slot.prices.meter(l).meter, l.quantity))
            .collect()
    }

    /// What one slot saves a month against no cache; `None` when unknown or when its plan does not cover the workload.
    pub fn saving_of(
        &self,
        slot: usize,
        profile: &Profile,
        scratch: &mut Scratch,
    ) -> Option<Saving> {
        let slot = &self.slots[slot];
        let load = Load::new(profile, slot.model.size(profile));
        let usage = &mut scratch.buffers.usage;
        self.usage(slot, profile, &load, usage).ok()?;
        let (own, common) = (
            slot.prices.total(&usage.lines),
            slot.prices.total(&usage.common),
        );
        let (left, _) = self.base.reads(profile, load.misses);
        let base = self.base.of(profile);
        baseline::saving(profile, &base, left, base.on_top(own, common))
    }

    /// One variant judged for itself, as `decide` would list it; `None` when there is no such variant.
    pub fn judge(&self, profile: &Profile, service: &str, variant: &str) -> Option<Candidate> {
        let mut ids = self.slots.iter().map(engine::Slot::id);
        let index = ids.position(|id| id == (service, variant))?;
        Some(full::judge(self, profile, index))
    }

    /// The monthly cost, USD, that would make all of a variant's points: its cost as the other terms judge it.
    pub(crate) fn judged(&self, profile: &Profile, eval: &Eval) -> f64 {
        ranking::judged_score(&self.catalog.weights, profile, eval.score)
    }

    /// How many times as dear something is judged that is so many points behind.
    pub(crate) fn times(&self, profile: &Profile, points: f64) -> f64 {
        (points / ranking::cost_weight(&self.catalog.weights, profile) as f64).exp2()
    }

    /// What the workload costs without a cache.
    pub(crate) fn baseline(&self, profile: &Profile) -> crate::domain::decision::Baseline {
        self.base.of(profile).shown()
    }

    /// The complete answer.
    pub fn decide(&self, profile: &Profile) -> Decision {
        full::decide(self, profile, Extent::Whole)
    }

    /// [`Engine::decide`] without the rows beside the candidates, which never are the answer, and without trying what
    /// to relax.
    pub fn decide_alone(&self, profile: &Profile) -> Decision {
        full::decide(self, profile, Extent::Alone)
    }

    /// What to relax where nothing fits.
    pub fn relax(&self, profile: &Profile) -> Vec<Relax> {
        compare::relax(self, profile)
    }

    /// The rows beside the candidates alone.
    pub fn rows_beside(&self, profile: &Profile) -> Vec<Candidate> {
        beside::rows(self, profile, &self.base.of(profile))
    }
}
