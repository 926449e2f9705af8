//! The winner against the others: runner-up, what decided, what to relax.

use super::engine::{Engine, Scratch};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Baseline, Candidate, Cost, Outcome, Pick, Relax, Verdict};
use crate::domain::field::{Said, Step, relaxations};
use crate::domain::finding::{Decider, Need};
use crate::domain::profile::Profile;

/// The row of the winner.
fn winner(candidates: &[Candidate], outcome: Outcome) -> Option<&Candidate> {
    (outcome == Outcome::Recommended)
        .then(|| candidates.first())
        .flatten()
}

/// Best variant of another service, or `no-cache`, which is nothing in place of a store.
pub(super) fn runner_up(
    candidates: &[Candidate],
    outcome: Outcome,
    is_store: bool,
) -> Option<Pick> {
    let winner = winner(candidates, outcome)?;
    let other = candidates
        .iter()
        .find(|c| c.verdict == Verdict::Eligible && c.pick.service != winner.pick.service);
    let no_cache = || Pick {
        service: Outcome::NoCache.word().to_owned(),
        variant: None,
    };
    match other {
        Some(c) => Some(c.pick.clone()),
        None => (!is_store).then(no_cache),
    }
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
    need: Option<Need>,
) -> Vec<Decider> {
    let Some(winner) = winner(candidates, outcome) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    if !winner.is_complete() {
        out.push(Decider::NoneComplete);
    }
    match runner_up.map(|p| row(candidates, p)) {
        Some(Some(other)) => out.extend(leads(winner, other)),
        Some(None) => out.extend([Decider::NoRival, against_no_cache(winner, base)]),
        // Nothing is saved by a store, and nothing else could stand in its place.
        None => out.push(Decider::NoRival),
    }
    out.extend(need.map(Decider::Need));
    out
}

/// The two or three terms that separate two candidates.
pub(crate) fn leads(winner: &Candidate, other: &Candidate) -> Vec<Decider> {
    let mut out = Vec::new();
    if winner.is_complete() != other.is_complete() {
        out.push(Decider::OnlyWinnerComplete);
    }
    let mut differences: Vec<_> = winner.over(other).into_iter().collect();
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

fn against_no_cache(winner: &Candidate, base: &Baseline) -> Decider {
    let from = winner.pays_from_price.map(Decider::PaysFrom);
    match (base.total, winner.saving) {
        (Some(known), Some(saving)) => Decider::AgainstNoCache {
            total: Cost {
                known,
                incomplete: base.at_least,
            },
            saving,
        },
        (None, Some(saving)) => Decider::KnownSaving(saving),
        (_, None) => from.unwrap_or(Decider::UnknownSaving),
    }
}

/// Every single must-have whose relaxing makes a service eligible; pairs when no single one does.
pub(super) fn relax(engine: &Engine<'_>, profile: &Profile) -> Vec<Relax> {
    let steps = relaxations(profile);
    let (mut scratch, mut relaxed) = (Scratch::default(), profile.clone());
    let mut words = engine.scratch(profile);
    let mut out = Vec::new();
    for step in &steps {
        step.apply(&mut relaxed);
        let scratch = choose(step, &mut words, &mut scratch);
        out.extend(unlocked(engine, &relaxed, scratch).map(|unlocks| Relax {
            field: step.field.path.to_owned(),
            from: step.from.text().into_owned(),
            to: step.to.text().into_owned(),
            unlocks,
        }));
        step.undo(profile, &mut relaxed);
    }
    if out.is_empty() {
        out = pairs(engine, profile, &steps, &mut scratch);
    }
    folded(out)
}

/// Without the further steps of a field that bring nothing which a smaller one does not.
fn folded(all: Vec<Relax>) -> Vec<Relax> {
    let mut out: Vec<Relax> = Vec::with_capacity(all.len());
    for step in all {
        let brings = |known: &Relax| step.unlocks.iter().all(|s| known.unlocks.contains(s));
        let same = |known: &&Relax| known.field == step.field && known.from == step.from;
        if !out.iter().filter(same).any(brings) {
            out.push(step);
        }
    }
    out
}

/// The memory to judge with: a latency leaves the words of the profile as they were judged before it.
fn choose<'s>(step: &Step, words: &'s mut Scratch, scratch: &'s mut Scratch) -> &'s mut Scratch {
    match step.to {
        Said::Word(_) => scratch,
        Said::Latency(_) => words,
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
    let words = |(_, step): &(usize, &Step)| matches!(step.to, Said::Word(_));
    for (i, a) in steps.iter().enumerate().take_while(words) {
        // Two values of one word are the second alone, which unlocked nothing; a list loses both.
        let more = |b: &&Step| a.adds_up() || b.field.path != a.field.path;
        a.apply(&mut relaxed);
        let mut words = engine.scratch(&relaxed);
        a.undo(profile, &mut relaxed);
        for b in steps[i + 1..].iter().filter(more) {
            a.apply(&mut relaxed);
            b.apply(&mut relaxed);
            let found = unlocked(engine, &relaxed, choose(b, &mut words, scratch));
            out.extend(found.map(|unlocks| Relax {
                field: [a.field.path, b.field.path].join(", "),
                from: [a.from.text(), b.from.text()].join(", "),
                to: [a.to.text(), b.to.text()].join(", "),
                unlocks,
            }));
            a.undo(profile, &mut relaxed);
            b.undo(profile, &mut relaxed);
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
