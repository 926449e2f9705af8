//! How sure an answer is: what plausible values of the unstated would change, what each must-have costs.
//!
//! What a question is worth is reckoned in `questions`. Everything is asked of the fast path.

use rust_decimal::Decimal;

use super::questions::{self, Today, complete, recommended};
use super::ranges::{self, Ranges};
use super::{Open, named, parallel};
use crate::decide::{Engine, Scratch, leads};
use crate::domain::decision::{Candidate, Decision, Outcome, Verdict};
use crate::domain::field::{self, Said, Step, Value};
use crate::domain::money::Usd;
use crate::domain::outlook::{Certainty, Ground, Level, PriceTag, Question, Third};
use crate::domain::profile::Profile;

/// Everything that is known about how sure an answer is.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// How sure.
    pub certainty: Certainty,
    /// Questions worth an answer, the most valuable first.
    pub questions: Vec<Question>,
    /// What must-haves and preferences cost, the dearest first.
    pub tags: Vec<PriceTag>,
    /// The third service, where it is cheaper than the answer.
    pub third: Option<Third>,
    /// What ranges do, stated ones and those that stand for what was left out.
    pub ranges: Option<Ranges>,
}

/// Looks at what is not stated and at what is wished for.
pub fn outlook(
    engine: &Engine<'_>,
    open: &Open<'_>,
    profile: &Profile,
    decision: &Decision,
) -> Outlook {
    let today = &Today::of(engine, profile);
    let ranges = ranges::ranges(engine, profile);
    let questions = questions(today, open, decision);
    Outlook {
        certainty: certainty(today, decision, &questions, ranges.as_ref()),
        tags: tags(today),
        third: third(decision),
        questions,
        ranges,
    }
}

/// The questions that are worth an answer.
fn questions(today: &Today<'_, '_>, open: &Open<'_>, decision: &Decision) -> Vec<Question> {
    let all = questions::plausible(today.engine, open, today.profile);
    let found = parallel::map(&all, |(field, answers)| {
        today.question(open, field, answers)
    });
    let assumed = |path: &str| {
        let mut all = decision.assumptions.iter();
        let field = all.find(|f| f.path == path)?;
        Some(field.assumption(today.profile, &decision.baseline))
    };
    let found = found.into_iter().map(|mut q| {
        q.assumed = assumed(q.field).unwrap_or_else(|| "unknown".to_owned());
        q
    });
    let mut found: Vec<Question> = found.collect();
    // What makes nothing fit is a question of its own only where no other changes the answer.
    let nothing = Outcome::NoneFits.word();
    let real = |q: &Question| q.flip.as_ref().is_some_and(|(_, to)| to.service != nothing);
    if found.iter().any(real) {
        for q in &mut found {
            q.flip = q.flip.take().filter(|(_, to)| to.service != nothing);
        }
    }
    let small = Usd(open.catalog.weights.small_change);
    found.retain(|q| q.flip.is_some() || q.worth >= small);
    found.sort_by(|a, b| {
        let changes = |q: &Question| q.flip.is_some();
        (b.worth.cmp(&a.worth))
            .then_with(|| changes(b).cmp(&changes(a)))
            .then_with(|| a.field.cmp(b.field))
    });
    found
}

/// What every must-have and every preference costs, the dearest first.
pub fn price_tags(engine: &Engine<'_>, profile: &Profile) -> Vec<PriceTag> {
    tags(&Today::of(engine, profile))
}

fn tags(today: &Today<'_, '_>) -> Vec<PriceTag> {
    let wishes = field::lighter(today.profile);
    // The nearest form that changes something has the tag.
    let tags = parallel::map(&wishes, |steps| {
        steps.iter().find_map(|step| tag(today, step))
    });
    let mut tags: Vec<PriceTag> = tags.into_iter().flatten().collect();
    tags.sort_by(|a, b| b.saves.cmp(&a.saves).then_with(|| a.field.cmp(b.field)));
    tags
}

fn tag(today: &Today<'_, '_>, step: &Step) -> Option<PriceTag> {
    let engine = today.engine;
    let relaxed = step.relaxed(today.profile);
    let mut scratch = Scratch::default();
    let then = engine.rank(&relaxed, &mut scratch);
    let evals = Engine::evals(&scratch);
    let own = today.cost();
    let saves = match (today.ranking.outcome, recommended(&then)) {
        (Outcome::Recommended, Some(best)) => own?.0 - complete(evals[best].cost)?.0,
        (Outcome::Recommended, None) if then.outcome == Outcome::NoCache => {
            -evals[today.winner()?].saving?.expected.0
        }
        (Outcome::NoCache, Some(best)) => evals[best].saving?.expected.0,
        _ => return None,
    };
    let catalog = engine.catalog();
    let share = own.map_or(Decimal::ZERO, |own| own.0 * catalog.plausible.tag_share);
    let same = today.winner().is_some() && today.winner() == recommended(&then);
    if same || saves < share.max(catalog.weights.small_change) {
        return None;
    }
    let stated = step.from.text().into_owned();
    let relaxed_to = match (step.field.value, step.to) {
        (Value::Many(_), Said::Word(_)) => None,
        (_, to) => Some(to.text().into_owned()),
    };
    Some(PriceTag {
        field: step.field.path,
        stated,
        relaxed_to,
        saves: Usd(saves),
        winner: named(engine, then.outcome, then.best),
    })
}

/// The best of a third service, where it is cheaper than the answer: why it is not the answer.
fn third(decision: &Decision) -> Option<Third> {
    let winner = decision.winner()?;
    let second = decision.runner_up.as_ref()?;
    let is_third = |c: &&Candidate| {
        c.verdict == Verdict::Eligible
            && c.pick.service != winner.pick.service
            && c.pick.service != second.service
    };
    let third = decision.candidates.iter().find(is_third)?;
    let cost = |c: &Candidate| c.cost.and_then(|range| complete(range.expected));
    let cheaper = Usd(cost(winner)?.0 - cost(third)?.0);
    (cheaper > Usd::ZERO).then(|| Third {
        pick: third.pick.clone(),
        cheaper,
        leads: leads(winner, third),
    })
}

/// Clear, close or open, and why.
fn certainty(
    today: &Today<'_, '_>,
    decision: &Decision,
    questions: &[Question],
    ranges: Option<&Ranges>,
) -> Certainty {
    let pair = decision.winner().zip(decision.second());
    let margin = pair
        .filter(|(a, b)| a.is_complete() == b.is_complete())
        .map(|(a, b)| a.score - b.score);
    let of = |level, why| Certainty { level, margin, why };
    let open = questions.iter().find_map(|q| Some((q, q.flip.as_ref()?)));
    if let Some((question, (at, to))) = open {
        let why = Ground::Question {
            field: question.field,
            assumed: question.assumed.clone(),
            at: at.clone(),
            to: to.clone(),
        };
        return of(Level::Open, why);
    }
    if let Some(split) = ranges.and_then(split) {
        return of(Level::Open, split);
    }
    let (Some((winner, second)), Some(margin)) = (pair, margin) else {
        let alone = decision.winner().is_some() && pair.is_none();
        let why = if alone {
            Ground::Alone
        } else {
            Ground::Settled
        };
        return of(Level::Clear, why);
    };
    let times = today.engine.times(today.profile, margin);
    let pick = second.pick.clone();
    if margin <= f64::from(today.engine.catalog().plausible.close_points) {
        let leads = leads(winner, second);
        let second = pick;
        return of(
            Level::Close,
            Ground::Near {
                second,
                times,
                leads,
            },
        );
    }
    of(
        Level::Clear,
        Ground::Ahead {
            second: pick,
            times,
        },
    )
}

/// More than one service or outcome over the ranges.
fn split(ranges: &Ranges) -> Option<Ground> {
    let (most, count) = ranges.won.first()?;
    let other = ranges.won.iter().find(|(p, _)| p.service != most.service);
    let ends = [&ranges.low, &ranges.high, &ranges.expected];
    let other = other.map(|(pick, _)| pick);
    let rest = other.or_else(|| ends.into_iter().find(|p| p.service != most.service))?;
    let same = ranges.won.iter().filter(|(p, _)| p.service == most.service);
    let wins: u32 = same.map(|(_, n)| n).sum::<u32>().max(*count);
    Some(Ground::Split {
        most: most.clone(),
        percent: wins * 100 / ranges.samples,
        rest: rest.clone(),
    })
}
