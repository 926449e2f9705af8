//! One evaluation of a variant, behind the fast path and the full decision alike
//! (docs/decisions/0004-one-evaluation.md).

use super::baseline;
use super::eligibility::{self, Case, Findings};
use super::engine::{Buffers, Engine, Eval, Slot};
use super::ranking;
use crate::domain::catalog::SourceId;
use crate::domain::decision::Cost;
use crate::domain::finding::{Warning, Why};
use crate::domain::money::Usd;
use crate::domain::rule::Rule;

/// What the fast path keeps of the findings.
#[derive(Default)]
pub(super) struct Quick {
    out: bool,
    points: i64,
}

impl Quick {
    /// After the words of the profile, which may be judged already.
    pub(super) fn of_words(case: &Case<'_>, fits: Option<&bool>) -> Self {
        let mut quick = Self::default();
        match fits {
            Some(fits) => quick.out = !fits,
            None => eligibility::judge_words(case, &mut quick),
        }
        quick
    }

    pub(super) const fn is_out(&self) -> bool {
        self.out
    }

    /// The numbers with what was found.
    pub(super) fn finish(&self, eval: Eval) -> Eval {
        eval.finish(self.out, self.points)
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

/// Judges one variant whose words are judged: not ruled out as far as `findings` can tell early, and its
/// plan covers the workload. Its usage is in the buffers then.
pub(super) fn is_covered(
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
    let cx = engine.context(slot, profile, &load);
    let demands = buffers.demands(slot.model, &cx);
    eligibility::judge_demands(case, demands, findings);
    if findings.done() {
        return false;
    }
    let usage = engine.usage(slot, profile, &load, &mut buffers.usage);
    if let Err(why) = usage {
        findings.rule_out(why, &slot.service.sources);
    }
    usage.is_ok()
}

/// Judges and prices one variant whose words are judged; the one place where both paths meet.
pub(super) fn evaluate(
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
            common: Usd::ZERO,
            score: 0.0,
            saving: None,
        };
    }
    let profile = case.profile;
    let load = buffers.load(profile, slot.model.size(profile));
    let cost = slot.prices.total(&buffers.usage.lines);
    let left = buffers.left(&engine.base, profile, &load);
    let common = slot.prices.total(&buffers.usage.common);
    let saving = baseline::saving(profile, base, left, base.on_top(cost, common));
    let latency = ranking::latency(slot.variant, profile, base, &load);
    let score = ranking::score(
        &engine.catalog.weights,
        slot.variant,
        profile,
        cost,
        &latency,
    );
    let cost = cost + common;
    Eval {
        eligible: true,
        covered: true,
        cost,
        common: common.known,
        score,
        saving,
    }
}
