//! Catalog and prices prepared for deciding, and the memory that evaluations share.

use rust_decimal::Decimal;

use super::baseline;
use super::eligibility::{self, Case, Rules};
use super::prices::{Market, VariantPrices};
use crate::domain::catalog::{Catalog, Role, Service, Tri, Variant};
use crate::domain::decision::{Cost, Pick, Saving};
use crate::domain::finding::Refill;
use crate::domain::money::Usd;
use crate::domain::price::PriceBook;
use crate::domain::profile::{NumField, OriginKind, Profile};
use crate::domain::rule::Condition;
use crate::services::{
    self, Context, Demand, Load, MODELS, Models, NotCovered, ServiceModel, Usage,
};

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
    pub(super) rules: Rules<'a>,
    /// Is it sold in the Region, and in those of the replicas?
    pub(super) at_home: Tri,
    pub(super) abroad: Vec<Tri>,
    pub(super) prices: VariantPrices<'a>,
}

impl Slot<'_> {
    pub(super) fn id(&self) -> (&str, &str) {
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
    pub(crate) models: Models,
    pub(crate) catalog: &'a Catalog,
    pub(crate) options: Options,
    pub(crate) slots: Vec<Slot<'a>>,
    /// For the rows beside the candidates, which only a full decision prices.
    pub(super) book: &'a PriceBook,
    pub(super) base: baseline::Prices<'a>,
    /// Region, replicas and origin kind it was prepared for.
    prepared: (String, Vec<String>, OriginKind),
}

/// Memory that evaluations share.
#[derive(Default)]
pub struct Scratch {
    pub(super) buffers: Buffers,
    pub(super) evals: Vec<Eval>,
    pub(super) order: Vec<usize>,
    /// By slot, do the words of the profile fit? Empty: they are judged each time.
    pub(super) fits: Vec<bool>,
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
pub(super) struct Buffers {
    pub(super) usage: Usage,
    demands: Vec<Demand>,
    /// Whose demands they are: variants of one service whose items take the same bytes demand the same.
    demanding: Option<(&'static str, Option<Decimal>)>,
    /// The last cache size and its load: most variants hold the same.
    load: Option<(Decimal, Load)>,
    /// What the origin reads that remain under that load cost, and whether that is a lower bound.
    left: Option<(Option<Usd>, bool)>,
    /// What filling a lost cache of that load again takes.
    pub(super) refill: Option<Refill>,
}

impl Buffers {
    /// Forgets the last profile, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.demanding = None;
        self.load = None;
        self.left = None;
        self.refill = None;
    }

    pub(super) fn load(&mut self, profile: &Profile, size: Decimal) -> Load {
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
    pub(super) fn left(
        &mut self,
        base: &baseline::Prices<'_>,
        profile: &Profile,
        load: &Load,
    ) -> Option<Usd> {
        let (cost, _) = *self
            .left
            .get_or_insert_with(|| base.reads(profile, load.misses));
        cost
    }

    pub(super) fn demands(&mut self, model: &dyn ServiceModel, cx: &Context<'_>) -> &[Demand] {
        let whose = (model.id(), cx.variant.facts.item_overhead.value);
        if self.demanding != Some(whose) {
            self.demanding = Some(whose);
            self.demands.clear();
            model.demands(cx, &mut self.demands);
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
    /// Monthly bill.
    pub cost: Cost,
    /// Part of it that every way pays alike: bytes that leave AWS. Neither scored nor compared.
    pub common: Usd,
    /// Sum of the terms.
    pub score: f64,
    /// Against no cache.
    pub saving: Option<Saving>,
}

impl Eval {
    /// The numbers with what was found: is it ruled out, and what do the rules give or take?
    #[must_use]
    pub(super) fn finish(self, out: bool, points: i64) -> Self {
        Self {
            eligible: self.covered && !out,
            score: self.score + points as f64,
            ..self
        }
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
        Self::with(MODELS, catalog, book, options, profile)
    }

    /// [`Engine::new`] over other services than those of this program.
    pub fn with(
        models: Models,
        catalog: &'a Catalog,
        book: &'a PriceBook,
        options: Options,
        profile: &Profile,
    ) -> Self {
        let market = Market::of(book, options.free_tier, profile);
        let candidates = catalog.services.iter();
        let candidates = candidates.filter(|s| s.role == Role::Candidate);
        let mut slots = Vec::new();
        for service in candidates {
            if let Some(model) = services::model(models, service) {
                slots.extend(prepare(catalog, &market, profile, service, model));
            }
        }
        Self {
            models,
            catalog,
            options,
            slots,
            book,
            base: baseline::Prices::new(catalog, &market, profile),
            prepared: prepared(profile),
        }
    }

    pub(super) fn case<'c>(&self, slot: &'c Slot<'_>, profile: &'c Profile) -> Case<'c> {
        Case {
            profile,
            variant: slot.variant,
            rules: &slot.rules,
            strict: self.options.strict_facts,
            at_home: slot.at_home,
            abroad: &slot.abroad,
            same_as_origin: self.base.is_same(slot.service, slot.variant, profile),
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

    /// Are the variants of a slot's service price plans of one candidate?
    pub(crate) fn has_plans(&self, slot: usize) -> bool {
        self.slots[slot].service.plans
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

    pub(super) fn context<'c>(
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

    /// Usage of a slot in a month, or why its plan does not cover the workload.
    pub(super) fn usage(
        &self,
        slot: &Slot<'_>,
        profile: &Profile,
        load: &Load,
        out: &mut Usage,
    ) -> Result<(), NotCovered> {
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
            // What a plan does not cover has no quantities; its levels bound it below.
            let _ = model.usage(cx, &mut usage);
            model.demands(cx, &mut demands);
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
                load.lookups * load.read_gb,
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
}

/// The variants of a service; what they share is looked up once.
fn prepare<'a>(
    catalog: &'a Catalog,
    market: &Market<'a, '_>,
    profile: &Profile,
    service: &'a Service,
    model: &'static dyn ServiceModel,
) -> impl Iterator<Item = Slot<'a>> {
    let shared = VariantPrices::shared(market, catalog, model.meters(service));
    let rules = Rules::of_service(catalog, &service.id);
    service.variants.iter().map(move |variant| {
        let sold = |region: &String| eligibility::sold(&variant.facts, region);
        let replicas = profile.requirements.replica_regions.iter();
        Slot {
            service,
            variant,
            model,
            rules: rules.of_variant(variant.id.as_deref()),
            at_home: sold(&profile.region),
            abroad: replicas.map(sold).collect(),
            prices: shared.of_variant(market, variant.price_id()),
        }
    })
}

fn prepared(profile: &Profile) -> (String, Vec<String>, OriginKind) {
    (
        profile.region.clone(),
        profile.requirements.replica_regions.clone(),
        profile.origin.kind,
    )
}
