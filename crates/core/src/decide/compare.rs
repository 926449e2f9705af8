//! The winner against the others: runner-up, what decided, what to relax, comparison rows.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::baseline::{self, Amounts};
use super::{Engine, Scratch, ranking};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{
    Baseline, Candidate, Cost, CostRange, Decision, NoCacheReason, Outcome, Pick, Relax, Verdict,
};
use crate::domain::money::Usd;
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
        complete(a) == complete(b)
            && (a.score - b.score) * 10.0 <= catalog.weights.tie_tenths as f64
    })
}

fn complete(c: &Candidate) -> bool {
    c.cost.is_none_or(|range| !range.expected.incomplete)
}

/// An incomplete estimate wins only where every other one is incomplete too, and the report says so.
const NONE_COMPLETE: &str = "No eligible service has a complete price: each cost is a lower bound, and the order rests on the parts that are known.";

/// The two or three terms that separate winner and runner-up, as sentences.
pub(super) fn decided_by(
    candidates: &[Candidate],
    base: &Baseline,
    outcome: Outcome,
    runner_up: Option<&Pick>,
) -> Vec<String> {
    let Some(winner) = winner(candidates, outcome) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    if !complete(winner) {
        out.push(NONE_COMPLETE.to_owned());
    }
    let Some(other) = runner_up.and_then(|p| row(candidates, p)) else {
        out.extend(against_no_cache(winner, base));
        return out;
    };
    if complete(winner) != complete(other) {
        out.push(format!(
            "{} has a complete price, {} lacks the price of a meter.",
            winner.name, other.name
        ));
    }
    let mut differences = differences(winner, other);
    differences.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()).then_with(|| a.0.cmp(&b.0)));
    let sentences = differences
        .into_iter()
        .filter(|d| d.1.abs() >= 0.05)
        .take(3);
    out.extend(sentences.map(|(term, points)| sentence(&term, points, winner, other)));
    out
}

fn differences(a: &Candidate, b: &Candidate) -> Vec<(String, f64)> {
    let points = |c: &Candidate, term: &str| {
        c.terms
            .iter()
            .filter(|t| t.term == term)
            .map(|t| t.points)
            .sum::<f64>()
    };
    let mut terms: Vec<&str> = a
        .terms
        .iter()
        .chain(&b.terms)
        .map(|t| t.term.as_str())
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms
        .into_iter()
        .map(|t| (t.to_owned(), points(a, t) - points(b, t)))
        .collect()
}

fn sentence(term: &str, points: f64, winner: &Candidate, other: &Candidate) -> String {
    let sign = if points >= 0.0 { "+" } else { "−" };
    let amount = format!("{sign}{:.1} points", points.abs());
    match term {
        "cost" => format!(
            "Cost: {} a month against {} for {} ({amount}).",
            money(winner),
            money(other),
            other.name
        ),
        "latency" => format!(
            "Latency: {} effective against {} ({amount}).",
            effective(winner),
            effective(other)
        ),
        "multi-az" => {
            format!("Resilience: one of the two keeps serving when a zone is lost ({amount}).")
        }
        "scale-to-zero" => format!("Preference for scaling to zero ({amount})."),
        "private-access" => format!("Preference for private access ({amount})."),
        rule => {
            let why = winner
                .terms
                .iter()
                .chain(&other.terms)
                .find(|t| t.term == rule)
                .map_or("", |t| t.why.as_str());
            let why = why.trim_end_matches('.');
            format!("{why} ({amount}).")
        }
    }
}

fn money(c: &Candidate) -> String {
    c.cost.map_or("an unknown amount".to_owned(), |range| {
        shown(range.expected)
    })
}

fn shown(cost: Cost) -> String {
    if cost.incomplete {
        format!("≥ {}", cost.known)
    } else {
        cost.known.to_string()
    }
}

fn effective(c: &Candidate) -> String {
    c.latency
        .effective
        .map_or("unknown".to_owned(), |ms| Duration::rounded(ms).to_string())
}

fn against_no_cache(winner: &Candidate, base: &Baseline) -> Vec<String> {
    let mut out = vec!["No other service meets every must-have.".to_owned()];
    match (base.total, winner.saving) {
        (Some(total), Some(saving)) if saving.expected >= Usd::ZERO => {
            out.push(format!(
                "Without a cache the same reads cost {total} a month; it saves {} net.",
                saving.expected
            ));
        }
        (Some(total), Some(saving)) => {
            let extra = Usd(-saving.expected.0);
            out.push(format!("Without a cache the same reads cost {total} a month; the cache costs {extra} more and buys latency or offload."));
        }
        _ => out.push("What the origin's reads cost is unknown, so the saving is too.".to_owned()),
    }
    out
}

/// One sentence.
pub(super) fn summary(profile: &Profile, decision: &Decision) -> String {
    let region = &profile.region;
    match decision.outcome {
        Outcome::NoneFits => {
            let unlock = decision.relax.first().map_or(String::new(), |r| {
                format!(
                    "; relaxing `{}` from `{}` to `{}` would unlock {}",
                    r.field,
                    r.from,
                    r.to,
                    r.unlocks.join(", ")
                )
            });
            format!(
                "None of the five services meets every must-have of this workload in {region}{unlock}."
            )
        }
        Outcome::NoCache => no_cache(decision),
        Outcome::Recommended => recommended(region, decision),
    }
}

fn no_cache(decision: &Decision) -> String {
    match decision.no_cache {
        Some(NoCacheReason::LocalCache) => "No shared cache is needed: one process reads a working set that fits its own memory, so a local cache does.".to_owned(),
        Some(NoCacheReason::UniqueQueries) => "No cache: almost every query is unique, so a cache would store what nobody asks for again; tune the origin instead.".to_owned(),
        _ => {
            let best = decision.best.map(|i| &decision.candidates[i]);
            let cost = best.and_then(|b| b.saving.map(|s| (b, Usd(-s.expected.0))));
            let least = cost.map_or(String::new(), |(b, extra)| format!(" (the best one, {}, by {extra} a month)", b.name));
            format!("No cache: every eligible service costs more than it saves{least}, and nothing asks for lower latency than the origin gives.")
        }
    }
}

fn recommended(region: &str, decision: &Decision) -> String {
    let Some(winner) = decision.winner() else {
        return String::new();
    };
    let saving = match winner.saving {
        Some(s) if s.known_positive() => format!(
            ", saving {} net of what the origin's reads cost today",
            s.expected
        ),
        Some(s) if s.known_negative() => {
            format!(", {} more than the reads it saves", Usd(-s.expected.0))
        }
        _ => String::new(),
    };
    let tie = if decision.tie {
        " It is a tie with the runner-up."
    } else {
        ""
    };
    let unknown = if complete(winner) {
        ""
    } else {
        " No eligible service has a complete price."
    };
    format!(
        "Use {} in {region}: {} a month{saving}.{tie}{unknown}",
        winner.name,
        money(winner)
    )
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
    slot: &super::Slot<'_>,
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
    let (remaining, _) = engine.base.reads(profile, load.misses);
    Some(Candidate {
        pick: Pick {
            service: slot.service.id.clone(),
            variant: slot.variant.id.clone(),
        },
        name: super::full::name(slot),
        verdict: Verdict::Comparison,
        reasons: Vec::new(),
        cautions: Vec::new(),
        terms: Vec::new(),
        score: 0.0,
        latency: ranking::latency(slot.variant, profile, base, &load),
        fill: slot.service.fill,
        who: slot.service.who,
        storage: slot.service.storage,
        on_loss: slot.service.on_loss.clone(),
        leaving: slot.service.leaving.clone(),
        cost: Some(CostRange {
            low: cost,
            expected: cost,
            high: cost,
        }),
        idle: Some(cost),
        saving: baseline::saving(base, remaining, cost),
        origin_reads_remaining: load.misses,
        origin_cost_remaining: remaining,
        pays_from_hit_ratio: None,
        worthwhile_size: None,
        lines,
        alternatives: Vec::new(),
    })
}
