//! The complete decision: the same evaluation as the fast path, with everything written down.

use std::borrow::Cow;

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::eligibility::{self, Findings};
use super::engine::{Buffers, Engine, Eval, Slot};
use super::evaluate::evaluate;
use super::prices::At;
use super::row::{Subject, row};
use super::{axes, baseline, compare, figures, layers, outcome, ranking};
use crate::domain::catalog::{SourceId, Tri};
use crate::domain::decision::{
    Alternative, Candidate, Cost, CostRange, Decision, LatencyEstimate, LineItem, Outcome, Verdict,
};
use crate::domain::field;
use crate::domain::figure::Figures;
use crate::domain::finding::{
    Caution, Ground, Note, Reason, Remark, Ruling, Sources, Term, Warning, Why, WhyNot,
};
use crate::domain::money::Usd;
use crate::domain::profile::{MultiRegion, Profile};
use crate::domain::rule::{Effect, Rule, Verdicts};
use crate::services::{Line, Load, Usage};

/// Records every finding.
#[derive(Default)]
struct Recorder {
    reasons: Vec<Reason>,
    cautions: Vec<Caution>,
    terms: Vec<Term>,
    points: i64,
    figures: Figures,
    /// What is billed, where its plan covers the workload.
    usage: Usage,
}

impl Findings for Recorder {
    fn rule_out(&mut self, why: impl Into<Why>, sources: &[SourceId]) {
        self.reasons.push(Reason {
            why: why.into(),
            sources: sources.into(),
        });
    }
    fn caution(&mut self, what: impl Into<Warning>, sources: &[SourceId]) {
        self.cautions.push(Caution {
            what: what.into(),
            sources: sources.into(),
        });
    }
    fn points(&mut self, rule: &Rule, points: i64) {
        self.points += points;
        self.terms.push(Term {
            ground: Ground::Rule(rule.into()),
            points: points as f64,
            sources: rule.sources.as_slice().into(),
        });
    }
}

/// How much of an answer is asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// The decision itself.
    Alone,
    /// With the rows that are never the answer, and with what to relax where nothing fits.
    Whole,
}

/// The decision.
pub(super) fn decide(engine: &Engine<'_>, profile: &Profile, extent: Extent) -> Decision {
    let base = engine.base.of(profile);
    let mut buffers = Buffers::default();
    let (evals, mut recorders) = judged(engine, profile, &base, &mut buffers);
    let mut order = Vec::new();
    ranking::order(engine, &evals, &mut order);
    let (outcome, no_cache) = outcome::settle(engine, profile, &base, &evals, &order);
    let rows = rows(engine, &evals, &order);
    // What notes may ask: of the recommendation, and of the origin.
    let best = order.first();
    let mut noted = best.map_or_else(Figures::default, |i| recorders[*i].figures.clone());
    figures::of_origin(engine, profile, &mut noted);
    let mut candidates: Vec<Candidate> = Vec::with_capacity(rows.len() + 2);
    for &slot in &rows {
        let recorder = std::mem::take(&mut recorders[slot]);
        candidates.push(candidate(
            engine,
            profile,
            &base,
            slot,
            &evals,
            recorder,
            &mut buffers,
        ));
    }
    let baseline = base.shown();
    let need = order
        .first()
        .and_then(|i| outcome::need(engine, profile, &base, &evals[*i]));
    let best = (!order.is_empty()).then_some(0);
    let mut notes = notes(engine, profile, &candidates, &noted, outcome);
    notes.extend(layers::second(engine, profile, &base, &candidates, outcome));
    if extent == Extent::Whole {
        candidates.extend(super::beside::rows(engine, profile, &base));
    }
    let runner_up = compare::runner_up(&candidates, outcome, profile.is_store());
    let tie = compare::is_tie(engine.catalog, &candidates, outcome, runner_up.as_ref());
    Decision {
        outcome,
        no_cache,
        best,
        beyond: super::beside::beyond(engine.catalog, &candidates, outcome),
        decided_by: compare::decided_by(&candidates, &baseline, outcome, runner_up.as_ref(), need),
        runner_up,
        tie,
        relax: if extent == Extent::Whole && outcome == Outcome::NoneFits {
            compare::relax(engine, profile)
        } else {
            Vec::new()
        },
        bottleneck: axes::bottleneck(profile, &baseline),
        assumptions: field::assumptions(profile),
        baseline,
        candidates,
        notes,
    }
}

/// Every slot judged and priced, with what was found about it.
fn judged(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &baseline::Amounts,
    buffers: &mut Buffers,
) -> (Vec<Eval>, Vec<Recorder>) {
    let judge = |slot: &Slot<'_>| {
        let mut recorder = Recorder::default();
        let case = engine.case(slot, profile);
        eligibility::judge_words(&case, &mut recorder);
        let eval = evaluate(engine, slot, &case, base, buffers, &mut recorder);
        let load = buffers.load(profile, slot.model.size(profile));
        let figures = match recorder.reasons.as_slice() {
            [] => {
                let lines = &buffers.usage.lines;
                figures::of(engine, slot, profile, (base, &load), &eval, lines)
            }
            _ => Figures::default(),
        };
        let cx = engine.context(slot, profile, &load);
        let demands = buffers.demands(slot.model, &cx);
        eligibility::cautions(&case, demands, &figures, &mut recorder);
        recorder.figures = figures;
        if eval.covered {
            recorder.usage = std::mem::take(&mut buffers.usage);
        }
        let eval = eval.finish(!recorder.reasons.is_empty(), recorder.points);
        (eval, recorder)
    };
    engine.slots.iter().map(judge).unzip()
}

/// One slot as it would be listed.
pub(super) fn judge(engine: &Engine<'_>, profile: &Profile, index: usize) -> Candidate {
    let base = engine.base.of(profile);
    let mut buffers = Buffers::default();
    let (evals, mut recorders) = judged(engine, profile, &base, &mut buffers);
    let recorder = std::mem::take(&mut recorders[index]);
    candidate(
        engine,
        profile,
        &base,
        index,
        &evals,
        recorder,
        &mut buffers,
    )
}

/// Slots shown: the ranked ones, then one row per other variant, one per service with plans.
fn rows(engine: &Engine<'_>, evals: &[Eval], order: &[usize]) -> Vec<usize> {
    let mut rows = order.to_vec();
    for slot in 0..engine.slots.len() {
        let service = engine.slots[slot].service;
        let shown = |row: &usize| engine.slots[*row].service.id == service.id;
        let ruled_out = !evals[slot].eligible;
        if ruled_out && !(service.plans && rows.iter().any(shown)) {
            rows.push(slot);
        }
    }
    rows
}

fn candidate(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &baseline::Amounts,
    index: usize,
    evals: &[Eval],
    recorder: Recorder,
    buffers: &mut Buffers,
) -> Candidate {
    let slot = &engine.slots[index];
    let eval = &evals[index];
    let load = buffers.load(profile, slot.model.size(profile));
    let left = buffers.left(&engine.base, profile, &load);
    let mut row = row(Subject::of(slot), profile, base, &load, left);
    let mut terms = Vec::new();
    let mut cautions = recorder.cautions;
    let compared = Cost {
        known: eval.cost.known - eval.common,
        ..eval.cost
    };
    let mut judged = None;
    if eval.eligible {
        terms = score_terms(engine, slot, profile, compared, &row.latency);
        terms.extend(recorder.terms);
        let beside_cost = eval.score - terms[0].points;
        let weights = &engine.catalog.weights;
        judged = (!compared.incomplete)
            .then(|| ranking::judged(weights, profile, compared, beside_cost))
            .flatten();
        general_cautions(engine, profile, &load, &mut cautions);
    }
    if axes::survives(slot.variant) {
        row.on_loss.for_good = false;
    } else if !profile.is_store() {
        let refill = || axes::refill(profile, base, &load);
        row.on_loss.refill = Some(*buffers.refill.get_or_insert_with(refill));
    }
    let billed = eval.covered && !recorder.reasons.iter().any(Reason::is_another_workload);
    let (cost, lines, assumed) = if billed {
        priced(engine, slot, profile, eval, &recorder.usage)
    } else {
        (None, Vec::new(), Vec::new())
    };
    cautions.extend(cost.and_then(|range| stand_in(assumed, range)));
    Candidate {
        verdict: if eval.eligible {
            Verdict::Eligible
        } else {
            Verdict::RuledOut
        },
        reasons: recorder.reasons,
        cautions,
        terms,
        score: eval.score,
        judged,
        common: eval.common,
        cost,
        idle: billed
            .then(|| idle(engine, slot, profile, &load, &mut buffers.usage))
            .flatten(),
        saving: eval.saving.filter(|_| billed),
        pays_from_price: recorder.figures.get("origin-break-even").map(Usd),
        lines,
        alternatives: alternatives(engine, index, evals),
        ..row
    }
}

/// Prices of other Regions that stand in, if there are any.
fn stand_in(meters: Vec<SmolStr>, range: CostRange) -> Option<Caution> {
    let (low, high) = (range.low.known, range.high.known);
    (!meters.is_empty()).then(|| Caution {
        what: Warning::AssumedPrices { meters, low, high },
        sources: Sources::new(),
    })
}

/// The terms of a score.
fn score_terms(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    profile: &Profile,
    monthly: Cost,
    latency: &LatencyEstimate,
) -> Vec<Term> {
    let w = &engine.catalog.weights;
    let f = &slot.variant.facts;
    let term = |ground: Ground, points: f64, sources: &[SourceId]| Term {
        ground,
        points,
        sources: sources.into(),
    };
    let cost = Ground::Cost {
        monthly,
        per_halving: ranking::cost_weight(w, profile),
        zero_at: Usd(ranking::REFERENCE_USD.into()),
    };
    let points = ranking::cost_points(w, profile, monthly);
    let mut terms = vec![term(cost, points, &w.sources)];
    let points = ranking::latency_points(w, profile, latency.effective);
    terms.push(term(Ground::Latency(latency.effective), points, &w.sources));
    let points = ranking::band_points(w, profile, latency);
    if points != 0.0 {
        terms.push(term(Ground::LatencyBand, points, &w.sources));
    }
    let zone = ranking::zone_points(w, slot.variant);
    if zone != 0 {
        terms.push(term(Ground::MultiAz, zone as f64, &f.availability.sources));
    }
    let points = ranking::idle_points(w, profile, &f.scale_to_zero);
    if points != 0.0 {
        let ground = Ground::ScaleToZero { met: points > 0.0 };
        terms.push(term(ground, points, &f.scale_to_zero.sources));
    }
    let points = ranking::preference_points(w, profile.private_access, &f.private_access);
    if points != 0.0 {
        let ground = Ground::PrivateAccess { met: points > 0.0 };
        terms.push(term(ground, points, &f.private_access.sources));
    }
    terms
}

/// Cautions that follow from the profile alone.
fn general_cautions(engine: &Engine<'_>, profile: &Profile, load: &Load, out: &mut Vec<Caution>) {
    let w = &engine.catalog.weights;
    let (hit_ratio, goal) = (load.hit_ratio, w.goal_hit_ratio);
    if profile.is_stated("data.hit_ratio") && hit_ratio < goal {
        out.push(Caution {
            what: Warning::LowHitRatio { hit_ratio, goal },
            sources: w.sources.as_slice().into(),
        });
    }
    let r = &profile.requirements;
    if r.multi_region != MultiRegion::No && r.replica_regions.is_empty() {
        let region = SmolStr::new(&profile.region);
        out.push(Caution {
            what: Warning::AssumedReplica { region },
            sources: Sources::new(),
        });
    }
}

/// Cost range around what is expected, lines, and meters for which prices of other Regions stand in.
fn priced(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    profile: &Profile,
    eval: &Eval,
    usage: &Usage,
) -> (Option<CostRange>, Vec<LineItem>, Vec<SmolStr>) {
    let lines = billed(usage);
    let replicas = &profile.requirements.replica_regions;
    let items = slot.prices.items(&lines, replicas);
    let assumed = slot.prices.assumed(&lines);
    let mut range = CostRange {
        low: at_least(slot, usage, &lines),
        expected: eval.cost,
        high: at_most(slot, usage, &lines),
    };
    for profile in ends(profile) {
        let load = Load::new(&profile, slot.model.size(&profile));
        let mut usage = Usage::default();
        if engine.usage(slot, &profile, &load, &mut usage).is_err() {
            range.high.incomplete = true;
            continue;
        }
        let lines = billed(&usage);
        range.low = smaller(range.low, at_least(slot, &usage, &lines));
        range.high = larger(range.high, at_most(slot, &usage, &lines));
    }
    (Some(range), items, assumed)
}

/// Everything on the bill, with what every way pays alike.
fn billed(usage: &Usage) -> Vec<Line> {
    usage.lines.iter().chain(&usage.common).copied().collect()
}

/// The bill without anything that may not be billed, at the lowest of the prices that stand in.
fn at_least(slot: &Slot<'_>, usage: &Usage, billed: &[Line]) -> Cost {
    let mut lines = Cow::Borrowed(billed);
    for less in &usage.avoidable {
        if let Some(place) = lines.iter().position(|l| l.is_like(less)) {
            lines.to_mut()[place].quantity -= less.quantity;
        }
    }
    slot.prices.total_at(&lines, At::Low)
}

/// The bill with everything that may be billed, at the highest of the prices that stand in.
fn at_most(slot: &Slot<'_>, usage: &Usage, billed: &[Line]) -> Cost {
    let mut lines = Cow::Borrowed(billed);
    for extra in &usage.possible {
        match lines.iter().position(|l| l.is_like(extra)) {
            Some(place) => lines.to_mut()[place].quantity += extra.quantity,
            None => lines.to_mut().push(*extra),
        }
    }
    slot.prices.total_at(&lines, At::High)
}

fn smaller(a: Cost, b: Cost) -> Cost {
    if b.known < a.known { b } else { a }
}

fn larger(a: Cost, b: Cost) -> Cost {
    if b.known > a.known { b } else { a }
}

/// The profile with every range at its low and at its high end.
pub(super) fn ends(profile: &Profile) -> Vec<Profile> {
    if profile.ranges.is_empty() {
        return Vec::new();
    }
    let at = |pick: fn(&crate::domain::profile::Range) -> Decimal| {
        let mut end = profile.clone();
        profile
            .ranges
            .iter()
            .for_each(|r| end.set_number(r.field, pick(r)));
        end
    };
    vec![at(|r| r.low), at(|r| r.high)]
}

/// A month without a single request.
fn idle(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    profile: &Profile,
    load: &Load,
    usage: &mut Usage,
) -> Option<Cost> {
    engine.usage(slot, profile, &load.quiet(), usage).ok()?;
    Some(slot.prices.total(&usage.lines))
}

fn alternatives(engine: &Engine<'_>, chosen: usize, evals: &[Eval]) -> Vec<Alternative> {
    let service = engine.slots[chosen].service;
    if !service.plans {
        return Vec::new();
    }
    let others = (0..engine.slots.len())
        .filter(|i| *i != chosen && engine.slots[*i].service.id == service.id);
    others
        .map(|i| Alternative {
            variant: engine.slots[i].variant.id.clone().unwrap_or_default(),
            cost: evals[i].covered.then_some(evals[i].cost),
            why_not: match (evals[i].covered, evals[i].eligible) {
                (false, _) => Some(WhyNot::Allowance),
                (true, false) => Some(WhyNot::Requirement),
                (true, true) => None,
            },
        })
        .collect()
}

/// What notes may ask of the rows.
struct Rows<'c>(&'c [Candidate], &'c Figures, Outcome);

impl Verdicts for Rows<'_> {
    fn eligible(&self, service: &str) -> bool {
        self.0
            .iter()
            .any(|c| c.pick.service == service && c.verdict == Verdict::Eligible)
    }
    fn recommended(&self, service: &str) -> bool {
        let best = self.0.first();
        self.2 == Outcome::Recommended && best.is_some_and(|c| c.pick.service == service)
    }
    fn ruled_out_by(&self, service: &str, codes: &[String]) -> bool {
        let mut rows = self
            .0
            .iter()
            .filter(|c| c.pick.service == service)
            .peekable();
        let any = rows.peek().is_some();
        any && !self.eligible(service)
            && self
                .0
                .iter()
                .filter(|c| c.pick.service == service)
                .any(|c| {
                    c.reasons
                        .iter()
                        .any(|r| codes.iter().any(|code| r.code().starts_with(code.as_str())))
                })
    }
    fn figure(&self, name: &str) -> Option<Decimal> {
        self.1.get(name)
    }
}

/// Nobody considers what is known not to be sold in the Region.
fn is_sold(engine: &Engine<'_>, profile: &Profile, code: &str) -> bool {
    let named = code.strip_prefix("consider-");
    let Some(service) = named.and_then(|id| engine.catalog.service(id)) else {
        return true;
    };
    let mut sold = (service.variants.iter()).map(|v| eligibility::sold(&v.facts, &profile.region));
    sold.any(|sold| sold != Tri::No)
}

fn notes(
    engine: &Engine<'_>,
    profile: &Profile,
    candidates: &[Candidate],
    figures: &Figures,
    outcome: Outcome,
) -> Vec<Note> {
    let rows = Rows(candidates, figures, outcome);
    let mut notes: Vec<Note> = Vec::new();
    for rule in &engine.catalog.rules {
        let Effect::Note(code) = &rule.effect else {
            continue;
        };
        if rule.when.holds(profile, &rows) && is_sold(engine, profile, code) {
            let Some(ruling) = Ruling::filled(rule, figures) else {
                continue;
            };
            let ruling = Ruling {
                id: code.as_str().into(),
                ..ruling
            };
            notes.push(Note {
                remark: Remark::Rule(ruling),
                sources: rule.sources.clone(),
            });
        }
    }
    notes.sort_by(|a, b| a.code().cmp(b.code()));
    notes
}
