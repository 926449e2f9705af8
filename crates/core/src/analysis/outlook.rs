//! How sure an answer is: what plausible values of the unstated would change, what each must-have costs.
//!
//! A question is worth what acting on the assumption costs more, in the mean over its plausible values, than acting
//! on the truth (docs/decisions/0422-what-a-question-is-worth.md). Everything is asked of the fast path.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;

use super::ranges::{self, Ranges};
use super::{Open, named, parallel, search};
use crate::decide::{Engine, Eval, Ranking, Scratch, leads};
use crate::domain::decision::{Candidate, Cost, Decision, Outcome, Pick, Verdict};
use crate::domain::field::{self, Field, NumField, Said, Step, Value};
use crate::domain::money::Usd;
use crate::domain::outlook::{Certainty, Ground, Level, PriceTag, Question, Third};
use crate::domain::plausible::{Answers, Given, Of};
use crate::domain::profile::{OriginKind, Profile};

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

/// The answer as things are assumed.
struct Today<'e, 'a> {
    engine: &'e Engine<'a>,
    profile: &'e Profile,
    ranking: Ranking,
    evals: Vec<Eval>,
}

impl<'e, 'a> Today<'e, 'a> {
    fn of(engine: &'e Engine<'a>, profile: &'e Profile) -> Self {
        let mut scratch = Scratch::default();
        let ranking = engine.rank(profile, &mut scratch);
        Self {
            engine,
            profile,
            ranking,
            evals: Engine::evals(&scratch).to_vec(),
        }
    }

    /// The slot that is recommended.
    fn winner(&self) -> Option<usize> {
        recommended(&self.ranking)
    }

    /// What it costs, when every price is known.
    fn cost(&self) -> Option<Usd> {
        complete(self.evals[self.winner()?].cost)
    }

    /// Another service or outcome than today?
    fn differs(&self, then: &Ranking) -> bool {
        let service = |r: &Ranking| recommended(r).map(|slot| self.engine.service_index(slot));
        self.ranking.outcome != then.outcome || service(&self.ranking) != service(then)
    }

    /// The slot of today's service that would be used in another case: the same one where it can be.
    fn own(&self, engine: &Engine<'_>, evals: &[Eval]) -> Option<usize> {
        let winner = self.winner()?;
        let service = engine.service_index(winner);
        let all = (0..evals.len()).filter(|s| engine.service_index(*s) == service);
        let mut eligible = all.filter(|s| evals[*s].eligible);
        if evals[winner].eligible && !engine.has_plans(winner) {
            return Some(winner);
        }
        let first = eligible.next()?;
        Some(eligible.fold(first, |a, b| {
            if evals[b].score > evals[a].score {
                b
            } else {
                a
            }
        }))
    }

    /// The answer in a case, and what keeping today's costs more.
    fn case(&self, engine: &Engine<'_>, case: &Profile, scratch: &mut Scratch) -> (Ranking, f64) {
        let then = engine.rank(case, scratch);
        let regret = self.regret(engine, case, &then, Engine::evals(scratch));
        (then, regret)
    }

    /// What keeping today's answer costs more than the best one would, USD a month, in a case that was ranked.
    fn regret(&self, engine: &Engine<'_>, case: &Profile, then: &Ranking, evals: &[Eval]) -> f64 {
        let judged = |slot: usize| engine.judged(case, &evals[slot]);
        let saving = |slot: usize| {
            evals[slot]
                .saving
                .map_or(0.0, |s| super::float(s.expected.0))
        };
        let own = self.own(engine, evals);
        let regret = match (self.ranking.outcome, then.outcome, recommended(then)) {
            // Where it cannot serve at all, the best one has to be paid for beside it.
            (Outcome::Recommended, _, Some(best)) => {
                own.map_or(0.0, judged).max(judged(best)) - own.map_or(0.0, |_| judged(best))
            }
            (Outcome::Recommended, Outcome::NoCache, _) => own.map_or(0.0, |slot| -saving(slot)),
            (Outcome::NoCache, _, Some(best)) => saving(best),
            _ => 0.0,
        };
        regret.max(0.0)
    }
}

fn recommended(ranking: &Ranking) -> Option<usize> {
    let is_one = ranking.outcome == Outcome::Recommended;
    ranking.best.filter(|_| is_one)
}

fn complete(cost: Cost) -> Option<Usd> {
    (!cost.incomplete).then_some(cost.known)
}

/// A plausible answer to a question, with its weight.
type Weighed = (Given, u32);

/// The questions that are worth an answer.
fn questions(today: &Today<'_, '_>, open: &Open<'_>, decision: &Decision) -> Vec<Question> {
    let all = plausible(today.profile, open, decision);
    let found = parallel::map(&all, |(field, values)| question(today, open, field, values));
    let assumed = |path: &str| {
        let mut all = decision.assumptions.iter();
        all.find(|a| a.field == path).map(|a| a.value.clone())
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

/// The open questions of a layer with their plausible answers.
fn plausible(
    profile: &Profile,
    open: &Open<'_>,
    decision: &Decision,
) -> Vec<(&'static Field, Vec<Weighed>)> {
    /// The ends of a range, its middle, and what lies between.
    const POINTS: [(f64, u32); 5] = [(0.0, 1), (0.25, 2), (0.5, 4), (0.75, 2), (1.0, 1)];
    let mut out: Vec<(&'static Field, Vec<Weighed>)> = Vec::new();
    let unstated = |path: &str| !profile.is_stated(path);
    for range in profile.ranges.iter().filter(|r| unstated(r.field.path())) {
        let values = POINTS.map(|(share, w)| (Given::Number(ranges::between(range, share)), w));
        out.push((range.field.field(), values.to_vec()));
    }
    for answers in open.catalog.plausible.answers_at(profile.layer) {
        let known = out.iter().any(|(f, _)| f.path == answers.field);
        if known || !unstated(&answers.field) {
            continue;
        }
        let values = given(profile, decision, answers);
        out.extend(field::find(&answers.field).zip(values));
    }
    out
}

/// The answers that this profile leaves open, in base units; `None` where there is nothing to ask.
fn given(profile: &Profile, decision: &Decision, answers: &Answers) -> Option<Vec<Weighed>> {
    let base = &decision.baseline;
    let is_store = profile.origin.kind == OriginKind::None;
    let number = NumField::from_path(&answers.field);
    let is_price = number == Some(NumField::OriginPrice);
    // A store reads nothing from elsewhere, and has every item.
    if is_store && (is_price || number == Some(NumField::HitRatio)) {
        return None;
    }
    let read = base
        .read_cost
        .and_then(|cost| cost.0.checked_div(base.reads));
    let factor = match answers.of {
        Of::Itself if is_price && read.is_some() => return None,
        Of::Itself => Decimal::ONE,
        Of::Reads => profile.traffic.reads,
        Of::LowerBound => read.filter(|_| base.at_least)? * Decimal::from(1_000_000),
    };
    let (mut low, high) = number.map_or((Decimal::ZERO, Decimal::MAX), |n| n.domain(profile));
    // Items cannot be missed more often than they expire: what is assumed beyond the usual is the least.
    if number == Some(NumField::HitRatio) {
        let usual = crate::domain::profile::DEFAULT_HIT_RATIO;
        low = profile
            .number(NumField::HitRatio)
            .filter(|h| *h > usual)
            .unwrap_or(low);
    }
    let values = answers
        .values
        .iter()
        .filter_map(|(given, weight)| match given {
            Given::Word(_) => Some((*given, *weight)),
            Given::Number(n) => {
                let value = n.checked_mul(factor)?;
                (value >= low && value <= high).then_some((Given::Number(value), *weight))
            }
        });
    let values: Vec<Weighed> = values.collect();
    (!values.is_empty()).then_some(values)
}

/// What the plausible answers to a question would change.
fn question(
    today: &Today<'_, '_>,
    open: &Open<'_>,
    field: &'static Field,
    values: &[Weighed],
) -> Question {
    let mut scratch = today.engine.scratch(today.profile);
    let mut words = Scratch::default();
    let (mut total, mut flipped, mut regret) = (0.0, 0.0, 0.0);
    let mut flip: Option<(u32, bool, String, Pick)> = None;
    for (given, weight) in values {
        let Some((text, case)) = answered(today.profile, field, *given) else {
            continue;
        };
        let scratch = match given {
            Given::Number(_) => &mut scratch,
            Given::Word(_) => &mut words,
        };
        let (then, more) = if today.engine.serves(&case) {
            today.case(today.engine, &case, scratch)
        } else {
            today.case(&open.engine(today.engine, &case), &case, scratch)
        };
        let share = f64::from(*weight);
        total += share;
        regret += share * more;
        if !today.differs(&then) {
            continue;
        }
        flipped += share;
        let fits = then.outcome != Outcome::NoneFits;
        let better = flip
            .as_ref()
            .is_none_or(|(w, f, ..)| (fits, *weight) > (*f, *w));
        if better {
            flip = Some((
                *weight,
                fits,
                text,
                named(today.engine, then.outcome, then.best),
            ));
        }
    }
    let worth = Decimal::from_f64(regret / total).unwrap_or_default();
    Question {
        field: field.path,
        assumed: String::new(),
        flip: flip.map(|(.., text, pick)| (text, pick)),
        share: flipped / total,
        worth: Usd(worth.round_dp(2)),
    }
}

/// The profile with one answer, and the answer as a profile writes it.
fn answered(profile: &Profile, field: &'static Field, given: Given) -> Option<(String, Profile)> {
    match (given, field.value) {
        (Given::Number(value), _) => {
            let number = NumField::from_path(field.path)?;
            let mut case = profile.clone();
            search::put(&mut case, number, value);
            Some((number.show_rounded(value), case))
        }
        (Given::Word(place), Value::One(choice) | Value::Many(choice)) => {
            let word = choice.words().get(place).copied()?;
            let case = field::with_word(profile, choice, field.path, place);
            Some((word.to_owned(), case))
        }
        _ => None,
    }
}

/// What every must-have and every preference costs, the dearest first.
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
