//! The winner against the others: runner-up, what decided, what to relax, comparison rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::baseline::{self, Amounts};
use super::engine::{Engine, Scratch, Slot};
use super::row::row as unjudged;
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Baseline, Candidate, CostRange, Outcome, Pick, Relax, Verdict};
use crate::domain::finding::Decider;
use crate::domain::profile::{
    Availability, ClientChanges, Consistency, Durability, Eviction, Interface, LatencyNeed,
    MultiRegion, Need, Pattern, Profile, Protocol, Word as _,
};
use crate::domain::units::Duration;
use crate::services::{Load, Usage};

/// The row of the winner.
fn winner(candidates: &[Candidate], outcome: Outcome) -> Option<&Candidate> {
    (outcome == Outcome::Recommended)
        .then(|| candidates.first())
        .flatten()
}

/// Best variant of another service, or `no-cache`.
pub(super) fn runner_up(candidates: &[Candidate], outcome: Outcome) -> Option<Pick> {
    let winner = winner(candidates, outcome)?;
    let other = candidates
        .iter()
        .find(|c| c.verdict == Verdict::Eligible && c.pick.service != winner.pick.service);
    Some(other.map_or_else(
        || Pick {
            service: "no-cache".to_owned(),
            variant: None,
        },
        |c| c.pick.clone(),
    ))
}

fn row<'c>(candidates: &'c [Candidate], pick: &Pick) -> Option<&'c Candidate> {
    candidates.iter().find(|c| c.pick == *pick)
}

/// Within half a point of the runner-up.
pub(super) fn is_tie(
    catalog: &Catalog,
    candidates: &[Candidate],
    outcome: Outcome,
    runner_up: Option<&Pick>,
) -> bool {
    let pair = winner(candidates, outcome).zip(runner_up.and_then(|p| row(candidates, p)));
    pair.is_some_and(|(a, b)| {
        a.is_complete() == b.is_complete()
            && (a.score - b.score) * 10.0 <= catalog.weights.tie_tenths as f64
    })
}

/// The two or three terms that separate winner and runner-up.
///
/// An incomplete estimate wins only where every other one is incomplete too, and the report says so.
pub(super) fn decided_by(
    candidates: &[Candidate],
    base: &Baseline,
    outcome: Outcome,
    runner_up: Option<&Pick>,
) -> Vec<Decider> {
    let Some(winner) = winner(candidates, outcome) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    if !winner.is_complete() {
        out.push(Decider::NoneComplete);
    }
    let Some(other) = runner_up.and_then(|p| row(candidates, p)) else {
        out.extend([Decider::NoRival, against_no_cache(winner, base)]);
        return out;
    };
    if winner.is_complete() != other.is_complete() {
        out.push(Decider::OnlyWinnerComplete);
    }
    let mut differences: Vec<_> = differences(winner, other).into_iter().collect();
    // By size; the map has put equal ones in the order of their names.
    differences.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
    let large = differences
        .into_iter()
        .filter(|(_, lead)| lead.abs() >= 0.05);
    let term = |c: &Candidate, name: &str| {
        let mut terms = c.terms.iter().map(|t| &t.ground);
        terms.find(|ground| ground.name() == name).cloned()
    };
    out.extend(large.take(3).map(|(name, lead)| Decider::Term {
        ours: term(winner, name),
        theirs: term(other, name),
        lead,
    }));
    out
}

/// Points of `a` beyond those of `b`, by the name of their term.
fn differences<'c>(a: &'c Candidate, b: &'c Candidate) -> BTreeMap<&'c str, f64> {
    let mut terms = BTreeMap::new();
    for (candidate, sign) in [(a, 1.0), (b, -1.0)] {
        for term in &candidate.terms {
            *terms.entry(term.ground.name()).or_default() += sign * term.points;
        }
    }
    terms
}

fn against_no_cache(winner: &Candidate, base: &Baseline) -> Decider {
    match (base.total, winner.saving) {
        (Some(total), Some(saving)) => Decider::AgainstNoCache {
            total,
            saving: saving.expected,
        },
        _ => Decider::UnknownSaving,
    }
}

/// Every single must-have whose relaxing makes a service eligible; pairs when no single one does.
pub(super) fn relax(engine: &Engine<'_>, profile: &Profile) -> Vec<Relax> {
    let steps = relaxations(profile);
    let (mut scratch, mut relaxed) = (Scratch::default(), profile.clone());
    let mut words = engine.scratch(profile);
    let mut out = Vec::new();
    for step in &steps {
        (step.apply)(&mut relaxed);
        let scratch = step.choose(&mut words, &mut scratch);
        out.extend(unlocked(engine, &relaxed, scratch).map(|unlocks| Relax {
            field: step.field.to_owned(),
            from: step.from.text().into_owned(),
            to: step.to.text().into_owned(),
            unlocks,
        }));
        (step.undo)(profile, &mut relaxed);
    }
    if out.is_empty() {
        out = pairs(engine, profile, &steps, &mut scratch);
    }
    out
}

/// A must-have made weaker.
struct Step {
    field: &'static str,
    from: Value,
    to: Value,
    apply: Box<dyn Fn(&mut Profile)>,
    /// Takes the field over from another profile.
    undo: Undo,
}

type Undo = fn(&Profile, &mut Profile);

impl Step {
    /// The memory to judge with: a latency leaves the words of the profile as they were judged before it.
    fn choose<'s>(&self, words: &'s mut Scratch, scratch: &'s mut Scratch) -> &'s mut Scratch {
        match self.to {
            Value::Word(_) => scratch,
            Value::Latency(_) => words,
        }
    }
}

/// What a must-have asks for; most steps unlock nothing, and their values are never put in words.
enum Value {
    Word(&'static str),
    Latency(Decimal),
}

impl Value {
    fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Word(word) => (*word).into(),
            Self::Latency(ms) => Duration::from_ms(*ms).to_string().into(),
        }
    }
}

fn pairs(
    engine: &Engine<'_>,
    profile: &Profile,
    steps: &[Step],
    scratch: &mut Scratch,
) -> Vec<Relax> {
    let mut out = Vec::new();
    let mut relaxed = profile.clone();
    // Latencies come last, and two of them are one.
    let words = |(_, step): &(usize, &Step)| matches!(step.to, Value::Word(_));
    for (i, a) in steps.iter().enumerate().take_while(words) {
        // Two values of one word are the second alone, which unlocked nothing; a list loses both.
        let list = ["requirements.features", "compute"].contains(&a.field);
        (a.apply)(&mut relaxed);
        let mut words = engine.scratch(&relaxed);
        (a.undo)(profile, &mut relaxed);
        for b in steps[i + 1..].iter().filter(|b| list || b.field != a.field) {
            (a.apply)(&mut relaxed);
            (b.apply)(&mut relaxed);
            let found = unlocked(engine, &relaxed, b.choose(&mut words, scratch));
            out.extend(found.map(|unlocks| Relax {
                field: [a.field, b.field].join(", "),
                from: [a.from.text(), b.from.text()].join(", "),
                to: [a.to.text(), b.to.text()].join(", "),
                unlocks,
            }));
            (a.undo)(profile, &mut relaxed);
            (b.undo)(profile, &mut relaxed);
        }
    }
    out
}

/// Services that are eligible, if any.
fn unlocked(engine: &Engine<'_>, profile: &Profile, scratch: &mut Scratch) -> Option<Vec<String>> {
    let services = engine.eligible(profile, scratch);
    let names = services.iter().map(|id| (*id).to_owned());
    (!services.is_empty()).then(|| names.collect())
}

fn relaxations(p: &Profile) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let r = &p.requirements;
    let mut word = |needed: bool,
                    field: &'static str,
                    from: &'static str,
                    to: &'static str,
                    apply: Box<dyn Fn(&mut Profile)>,
                    undo: Undo| {
        if needed {
            steps.push(Step {
                field,
                from: Value::Word(from),
                to: Value::Word(to),
                apply,
                undo,
            });
        }
    };
    word(
        p.private_access == Need::Required,
        "private_access",
        "required",
        "preferred",
        Box::new(|p| p.private_access = Need::Preferred),
        |from, p| p.private_access = from.private_access,
    );
    word(
        p.scale_to_zero == Need::Required,
        "scale_to_zero",
        "required",
        "preferred",
        Box::new(|p| p.scale_to_zero = Need::Preferred),
        |from, p| p.scale_to_zero = from.scale_to_zero,
    );
    word(
        r.protocol != Protocol::Any,
        "requirements.protocol",
        r.protocol.word(),
        "any",
        Box::new(|p| p.requirements.protocol = Protocol::Any),
        |from, p| p.requirements.protocol = from.requirements.protocol,
    );
    word(
        r.pattern != Pattern::Any,
        "requirements.pattern",
        r.pattern.word(),
        "any",
        Box::new(|p| p.requirements.pattern = Pattern::Any),
        |from, p| p.requirements.pattern = from.requirements.pattern,
    );
    word(
        r.consistency == Consistency::Strong,
        "requirements.consistency",
        "strong",
        "eventual",
        Box::new(|p| p.requirements.consistency = Consistency::Eventual),
        |from, p| p.requirements.consistency = from.requirements.consistency,
    );
    for weaker in [Durability::SurvivesRestart, Durability::Rebuildable] {
        word(
            r.durability > weaker,
            "requirements.durability",
            r.durability.word(),
            weaker.word(),
            Box::new(move |p| p.requirements.durability = weaker),
            |from, p| p.requirements.durability = from.requirements.durability,
        );
    }
    word(
        r.availability == Availability::MultiAz,
        "requirements.availability",
        "multi-az",
        "single-az",
        Box::new(|p| p.requirements.availability = Availability::SingleAz),
        |from, p| p.requirements.availability = from.requirements.availability,
    );
    word(
        r.eviction == Eviction::Required,
        "requirements.eviction",
        "required",
        "no",
        Box::new(|p| p.requirements.eviction = Eviction::No),
        |from, p| p.requirements.eviction = from.requirements.eviction,
    );
    word(
        r.client_changes == ClientChanges::Minimal,
        "requirements.client_changes",
        "minimal",
        "allowed",
        Box::new(|p| p.requirements.client_changes = ClientChanges::Allowed),
        |from, p| p.requirements.client_changes = from.requirements.client_changes,
    );
    word(
        r.multi_region != MultiRegion::No,
        "requirements.multi_region",
        r.multi_region.word(),
        "no",
        Box::new(|p| {
            p.requirements.multi_region = MultiRegion::No;
        }),
        |from, p| p.requirements.multi_region = from.requirements.multi_region,
    );
    for feature in &r.features {
        let feature = *feature;
        word(
            true,
            "requirements.features",
            feature.word(),
            "not needed",
            Box::new(move |p| p.requirements.features.retain(|f| *f != feature)),
            |from, p| {
                p.requirements
                    .features
                    .clone_from(&from.requirements.features)
            },
        );
    }
    for compute in &p.compute {
        let compute = *compute;
        word(
            p.compute.len() > 1,
            "compute",
            compute.word(),
            "not a caller",
            Box::new(move |p| p.compute.retain(|c| *c != compute)),
            |from, p| p.compute.clone_from(&from.compute),
        );
    }
    for interface in [Interface::KeyValue, Interface::Object] {
        word(
            p.interface == Interface::Posix && interface == Interface::Object,
            "interface",
            "posix",
            "object",
            Box::new(move |p| p.interface = interface),
            |from, p| p.interface = from.interface,
        );
    }
    if let Some(need) = p.latency {
        latency_steps(&mut steps, need);
    }
    steps
}

/// The tolerances at which the catalog's services begin to fit.
fn latency_steps(steps: &mut Vec<Step>, need: LatencyNeed) {
    for ms in [1u32, 2, 5, 10, 20, 50, 100] {
        let p50 = Decimal::from(ms);
        if p50 > need.p50 {
            steps.push(Step {
                field: "latency",
                from: Value::Latency(need.p50),
                to: Value::Latency(p50),
                apply: Box::new(move |p| p.latency = Some(LatencyNeed { p50, p99: None })),
                undo: |from, p| p.latency = from.latency,
            });
        }
    }
}

/// Rows that are never the answer, priced where a price is known.
pub(super) fn comparisons(
    engine: &Engine<'_>,
    profile: &Profile,
    base: &Amounts,
) -> Vec<Candidate> {
    let key_value = profile.interface == Interface::KeyValue;
    if !key_value {
        return Vec::new();
    }
    engine
        .comparisons
        .iter()
        .filter_map(|slot| comparison(engine, slot, profile, base))
        .collect()
}

fn comparison(
    engine: &Engine<'_>,
    slot: &Slot<'_>,
    profile: &Profile,
    base: &Amounts,
) -> Option<Candidate> {
    let load = Load::new(profile, slot.model.size(profile));
    let mut usage = Usage::default();
    if !engine.usage(slot, profile, &load, &mut usage) {
        return None;
    }
    let cost = slot.prices.total(&usage.lines);
    let lines = slot.prices.items(
        slot.model,
        &usage.lines,
        engine.catalog,
        &profile.requirements.replica_regions,
    );
    let (left, _) = engine.base.reads(profile, load.misses);
    Some(Candidate {
        cost: Some(CostRange {
            low: cost,
            expected: cost,
            high: cost,
        }),
        idle: Some(cost),
        saving: baseline::saving(base, left, cost),
        lines,
        ..unjudged(slot, profile, base, &load, left)
    })
}
