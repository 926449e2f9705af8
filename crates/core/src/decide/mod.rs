//! The decision: profile, catalog and prices in, one [`Decision`] out. Pure.
//!
//! [`Engine::rank`] is the fast path without reasons or strings; [`Engine::decide`] runs the same
//! evaluation and records everything. Start reading at `Engine::evaluate`.

mod axes;
mod baseline;
mod compare;
mod eligibility;
mod full;
mod layers;
mod outcome;
pub mod prices;
mod ranking;

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::catalog::{Catalog, Role, Service, SourceId, Tri, Variant};
use crate::domain::decision::{Cost, Decision, Outcome, Pick, Saving};
use crate::domain::finding::{Refill, Warning, Why};
use crate::domain::money::Usd;
use crate::domain::price::PriceBook;
use crate::domain::profile::{NumField, OriginKind, Profile};
use crate::domain::rule::{Condition, Rule};
use crate::services::{Context, Demand, Load, Registry, ServiceModel, Usage};
use eligibility::{Case, Findings, Rules};
use prices::VariantPrices;

pub use outcome::has_latency_need;

/// Switches of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Apply the always-free allowances.
    pub free_tier: bool,
    /// Unknown facts rule out.
    pub strict_facts: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            free_tier: true,
            strict_facts: false,
        }
    }
}

/// One variant with everything needed to evaluate it, prepared for a Region and an origin kind.
pub(crate) struct Slot<'a> {
    pub(crate) service: &'a Service,
    pub(crate) variant: &'a Variant,
    pub(crate) model: &'static dyn ServiceModel,
    rules: Rules<'a>,
    /// Is it sold in the Region, and in those of the replicas?
    at_home: Tri,
    abroad: Vec<Tri>,
    prices: VariantPrices<'a>,
}

impl Slot<'_> {
    fn id(&self) -> (&str, &str) {
        (&self.service.id, self.variant.id.as_deref().unwrap_or(""))
    }

    /// For people: the variant's, or the service's where it has none.
    pub(crate) fn name(&self) -> &str {
        if self.variant.name.is_empty() {
            &self.service.name
        } else {
            &self.variant.name
        }
    }

    pub(crate) fn pick(&self) -> Pick {
        Pick {
            service: self.service.id.clone(),
            variant: self.variant.id.clone(),
        }
    }
}

/// Catalog and prices prepared for profiles of one Region, replica set and origin kind.
pub struct Engine<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) options: Options,
    pub(crate) slots: Vec<Slot<'a>>,
    comparisons: Vec<Slot<'a>>,
    base: baseline::Prices<'a>,
    /// Region, replicas and origin kind it was prepared for.
    prepared: (String, Vec<String>, OriginKind),
}

/// Memory that evaluations share.
#[derive(Default)]
pub struct Scratch {
    buffers: Buffers,
    evals: Vec<Eval>,
    order: Vec<usize>,
    /// By slot, do the words of the profile fit? Empty: they are judged each time.
    fits: Vec<bool>,
}

impl Scratch {
    /// Slots that the words of the profile leave, once they are judged.
    pub fn fitting(&self) -> Vec<usize> {
        let slots = self.fits.iter().enumerate();
        slots.filter(|(_, fits)| **fits).map(|(i, _)| i).collect()
    }
}

/// What the variants of one profile share while they are evaluated.
#[derive(Default)]
struct Buffers {
    usage: Usage,
    demands: Vec<Demand>,
    /// Whose demands they are: variants of one service demand the same.
    demanding: Option<&'static str>,
    /// The last cache size and its load: most variants hold the same.
    load: Option<(Decimal, Load)>,
    /// What the origin reads that remain under that load cost, and whether that is a lower bound.
    left: Option<(Option<Usd>, bool)>,
    /// What filling a lost cache of that load again takes.
    refill: Option<Refill>,
}

impl Buffers {
    /// Forgets the last profile, keeps the memory.
    fn clear(&mut self) {
        self.demanding = None;
        self.load = None;
        self.left = None;
        self.refill = None;
    }

    fn load(&mut self, profile: &Profile, size: Decimal) -> Load {
        if let Some((same, load)) = self.load
            && same == size
        {
            return load;
        }
        let load = Load::new(profile, size);
        self.load = Some((size, load));
        self.left = None;
        self.refill = None;
        load
    }

    /// Cost of the origin reads that the last load leaves, where it is known.
    fn left(&mut self, base: &baseline::Prices<'_>, profile: &Profile, load: &Load) -> Option<Usd> {
        let (cost, _) = *self
            .left
            .get_or_insert_with(|| base.reads(profile, remaining(load)));
        cost
    }

    fn demands(&mut self, model: &dyn ServiceModel, profile: &Profile, load: &Load) -> &[Demand] {
        if self.demanding != Some(model.id()) {
            self.demanding = Some(model.id());
            self.demands.clear();
            model.demands(profile, load, &mut self.demands);
        }
        &self.demands
    }
}

/// The numbers of one variant.
#[derive(Clone, Copy, Debug)]
pub struct Eval {
    /// Not ruled out, and its plan covers the workload.
    pub eligible: bool,
    /// The variant's plan covers the workload.
    pub covered: bool,
    /// Monthly cost.
    pub cost: Cost,
    /// Sum of the terms.
    pub score: f64,
    /// Against no cache.
    pub saving: Option<Saving>,
}

/// The fast path's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// How it ended.
    pub outcome: Outcome,
    /// Slot of the best eligible variant.
    pub best: Option<usize>,
}

#[derive(Default)]
struct Quick {
    out: bool,
    points: i64,
}

impl Quick {
    /// After the words of the profile, which may be judged already.
    fn of_words(case: &Case<'_>, fits: Option<&bool>) -> Self {
        let mut quick = Self::default();
        match fits {
            Some(fits) => quick.out = !fits,
            None => eligibility::judge_words(case, &mut quick),
        }
        quick
    }
}

impl Findings for Quick {
    fn rule_out(&mut self, _: impl Into<Why>, _: &[SourceId]) {
        self.out = true;
    }
    fn caution(&mut self, _: impl Into<Warning>, _: &[SourceId]) {}
    fn points(&mut self, _: &Rule, points: i64) {
        self.points += points;
    }
    fn done(&self) -> bool {
        self.out
    }
}

impl<'a> Engine<'a> {
    /// Prepares prices and rules for the Region, replicas and origin kind of this profile.
    pub fn new(
        catalog: &'a Catalog,
        book: &'a PriceBook,
        options: Options,
        profile: &Profile,
    ) -> Self {
        Self::with(&Registry::default(), catalog, book, options, profile)
    }

    /// [`Engine::new`] over other services than those of this program.
    pub fn with(
        registry: &Registry,
        catalog: &'a Catalog,
        book: &'a PriceBook,
        options: Options,
        profile: &Profile,
    ) -> Self {
        let slots = |role: Role| {
            let services = catalog.services.iter().filter(move |s| s.role == role);
            services
                .filter_map(|s| Some((s, registry.model(&s.id)?)))
                .flat_map(|(service, model)| {
                    service
                        .variants
                        .iter()
                        .map(move |variant| (service, model, variant))
                })
                .map(|(service, model, variant)| {
                    let id = variant.id.as_deref();
                    let rules = Rules::of(catalog, &service.id, id);
                    let prices = VariantPrices::new(model, id, profile, book, options.free_tier);
                    let sold = |region: &String| eligibility::sold(&variant.facts, region);
                    Slot {
                        service,
                        variant,
                        model,
                        rules,
                        at_home: sold(&profile.region),
                        abroad: profile
                            .requirements
                            .replica_regions
                            .iter()
                            .map(sold)
                            .collect(),
                        prices,
                    }
                })
                .collect::<Vec<_>>()
        };
        let base = baseline::Prices::new(catalog, book, options, profile);
        Self {
            catalog,
            options,
            slots: slots(Role::Candidate),
            comparisons: slots(Role::Comparison),
            base,
            prepared: prepared(profile),
        }
    }

    /// Memory for profiles that differ from this one in numbers only: its words are judged once, and
    /// the variants they rule out, which no number brings back, are left alone.
    pub fn scratch(&self, profile: &Profile) -> Scratch {
        let fits = |slot: &Slot<'_>| !Quick::of_words(&self.case(slot, profile), None).out;
        Scratch {
            fits: self.slots.iter().map(fits).collect(),
            ..Scratch::default()
        }
    }

    fn case<'c>(&self, slot: &'c Slot<'_>, profile: &'c Profile) -> Case<'c> {
        Case {
            profile,
            variant: slot.variant,
            rules: &slot.rules,
            strict: self.options.strict_facts,
            at_home: slot.at_home,
            abroad: &slot.abroad,
        }
    }

    /// Is this engine prepared for the Region, replicas and origin kind of this profile?
    pub fn serves(&self, profile: &Profile) -> bool {
        let (region, replicas, kind) = &self.prepared;
        *region == profile.region
            && *replicas == profile.requirements.replica_regions
            && *kind == profile.origin.kind
    }

    /// The catalog it decides with.
    pub fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// Service and variant of a slot.
    pub fn pick(&self, slot: usize) -> Pick {
        self.slots[slot].pick()
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
            scratch.evals.push(finish(eval, &quick));
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
            if !quick.out && is_covered(self, slot, &case, buffers, &mut quick) {
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
            covered.then(|| slot.prices.total(&usage.lines))
        })
    }

    /// What one slot saves a month against no cache; `None` when unknown or when its plan does not cover the workload.
    pub fn saving_of(
        &self,
        slot: usize,
        profile: &Profile,
        scratch: &mut Scratch,
    ) -> Option<Saving> {
        let mut cost = self.cost_of(slot, profile, scratch)?;
        cost.incomplete |= unpriced_riders(profile).next().is_some();
        let load = Load::new(profile, self.slots[slot].model.size(profile));
        let (left, _) = self.base.reads(profile, remaining(&load));
        baseline::saving(&self.base.of(profile), left, cost)
    }

    /// Bytes that one slot is priced to hold.
    pub(crate) fn size_of(&self, slot: usize, profile: &Profile) -> Decimal {
        self.slots[slot].model.size(profile)
    }

    /// How many variants are ranked.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// A number that is equal for variants of the same service.
    pub(crate) fn service_index(&self, slot: usize) -> usize {
        let service = self.slots[slot].service;
        let same = |s: &Slot<'_>| std::ptr::eq(s.service, service);
        self.slots.iter().position(same).unwrap_or(slot)
    }

    /// Runs something with a slot's model and its context.
    pub(crate) fn with_context<R>(
        &self,
        slot: usize,
        profile: &Profile,
        run: impl FnOnce(&dyn ServiceModel, &Context<'_>) -> R,
    ) -> R {
        let slot = &self.slots[slot];
        let load = Load::new(profile, slot.model.size(profile));
        run(slot.model, &self.context(slot, profile, &load))
    }

    fn context<'c>(
        &'c self,
        slot: &'c Slot<'_>,
        profile: &'c Profile,
        load: &'c Load,
    ) -> Context<'c> {
        Context {
            profile,
            load,
            variant: slot.variant,
            weights: &self.catalog.weights,
        }
    }

    /// Usage of a slot in a month; `false` when its plan does not cover the workload.
    fn usage(&self, slot: &Slot<'_>, profile: &Profile, load: &Load, out: &mut Usage) -> bool {
        out.clear();
        slot.model.usage(&self.context(slot, profile, load), out)
    }

    /// Bounds that the rules of a slot compare a number with: kinks for the exact search of flips.
    pub(crate) fn rule_bounds(&self, slot: usize, field: NumField, out: &mut Vec<Decimal>) {
        let mut see = |condition: &Condition| match condition {
            Condition::AtLeast(of, bound) | Condition::AtMost(of, bound) if *of == field => {
                out.push(*bound);
            }
            _ => {}
        };
        let rules = self.slots[slot].rules.all();
        rules.for_each(|rule| rule.when.each(&mut see));
    }

    /// Quantities and demands of a slot with the tier bounds, allowances, plan levels and limits that matter to them.
    pub(crate) fn amounts(&self, slot: usize, profile: &Profile) -> Vec<(Decimal, Vec<Decimal>)> {
        let entry = &self.slots[slot];
        let mut usage = Usage::default();
        let mut demands = Vec::new();
        let load = self.with_context(slot, profile, |model, cx| {
            model.usage(cx, &mut usage);
            model.demands(cx.profile, cx.load, &mut demands);
            *cx.load
        });
        let mut out: Vec<(Decimal, Vec<Decimal>)> = Vec::new();
        if entry.variant.levels.is_empty() {
            out.extend(
                usage
                    .lines
                    .iter()
                    .map(|l| (l.quantity, entry.prices.bounds(l))),
            );
        } else {
            out.push((
                load.lookups + load.writes,
                entry.variant.levels.iter().map(|l| l.requests).collect(),
            ));
            out.push((
                load.lookups * load.item_gb,
                entry.variant.levels.iter().map(|l| l.transfer_gb).collect(),
            ));
        }
        for demand in demands {
            let limits = entry
                .variant
                .facts
                .limits
                .iter()
                .filter(|l| l.id == demand.limit)
                .map(|l| l.value);
            let bounds: Vec<Decimal> = limits.collect();
            out.push((demand.stated, bounds.clone()));
            out.push((demand.value, bounds));
        }
        out
    }

    /// The numbers of the last [`Engine::rank`], by slot.
    pub fn evals(scratch: &Scratch) -> &[Eval] {
        &scratch.evals
    }

    /// The complete answer.
    pub fn decide(&self, profile: &Profile) -> Decision {
        full::decide(self, profile)
    }
}

fn prepared(profile: &Profile) -> (String, Vec<String>, OriginKind) {
    (
        profile.region.clone(),
        profile.requirements.replica_regions.clone(),
        profile.origin.kind,
    )
}

fn finish(mut eval: Eval, quick: &Quick) -> Eval {
    eval.eligible = eval.covered && !quick.out;
    eval.score += quick.points as f64;
    eval
}

/// Judges one variant whose words are judged: not ruled out as far as `findings` can tell early, and its
/// plan covers the workload. Its usage is in the buffers then.
fn is_covered(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    case: &Case<'_>,
    buffers: &mut Buffers,
    findings: &mut impl Findings,
) -> bool {
    if !findings.done() {
        eligibility::judge_numbers(case, findings);
    }
    if findings.done() {
        return false;
    }
    let profile = case.profile;
    let load = buffers.load(profile, slot.model.size(profile));
    let demands = buffers.demands(slot.model, profile, &load);
    eligibility::judge_demands(case, demands, findings);
    !findings.done() && engine.usage(slot, profile, &load, &mut buffers.usage)
}

/// Judges and prices one variant whose words are judged; the one place where both paths meet.
fn evaluate(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    case: &Case<'_>,
    base: &baseline::Amounts,
    buffers: &mut Buffers,
    findings: &mut impl Findings,
) -> Eval {
    if !is_covered(engine, slot, case, buffers, findings) {
        return Eval {
            eligible: false,
            covered: false,
            cost: Cost::default(),
            score: 0.0,
            saving: None,
        };
    }
    let profile = case.profile;
    let load = buffers.load(profile, slot.model.size(profile));
    let mut cost = slot.prices.total(&buffers.usage.lines);
    cost.incomplete |= unpriced_riders(profile).next().is_some();
    let left = buffers.left(&engine.base, profile, &load);
    let saving = baseline::saving(base, left, cost);
    let latency = ranking::latency(slot.variant, profile, base, &load);
    let score = ranking::score(
        &engine.catalog.weights,
        slot.variant,
        profile,
        cost,
        latency.effective,
    );
    Eval {
        eligible: true,
        covered: true,
        cost,
        score,
        saving,
    }
}

/// Riders of the stack that have no price in the book: a customer key and alarms, once asked for.
pub(crate) fn unpriced_riders(profile: &Profile) -> impl Iterator<Item = &'static str> + '_ {
    [
        ("kms_key_arn", "customer-key-months"),
        ("alarm_email", "alarm-months"),
    ]
    .into_iter()
    .filter(|(setting, _)| profile.deployment.values.contains_key(*setting))
    .map(|(_, meter)| meter)
}

/// Number of origin reads a cache of this load leaves.
fn remaining(load: &Load) -> Decimal {
    load.misses
}
