//! What a question is worth, and in how many ways the rest could be answered with the same service.
//!
//! A question is worth what acting on the assumption costs more, in the mean over its plausible values, than acting
//! on the truth (docs/decisions/0422-what-a-question-is-worth.md). The report and the questionnaire reckon here.

use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use super::ranges::{self, halton};
use super::{Open, named, parallel, search};
use crate::decide::{Engine, Eval, Ranking, Scratch};
use crate::domain::decision::{Cost, Outcome, Pick};
use crate::domain::field::{self, Field, NumField, Value};
use crate::domain::money::Usd;
use crate::domain::outlook::Question;
use crate::domain::plausible::{Answers, Given, Of};
use crate::domain::profile::{OriginKind, Profile, Range};

/// The answer as things are assumed.
pub(super) struct Today<'e, 'a> {
    pub(super) engine: &'e Engine<'a>,
    pub(super) profile: &'e Profile,
    pub(super) ranking: Ranking,
    pub(super) evals: Vec<Eval>,
}

impl<'e, 'a> Today<'e, 'a> {
    pub(super) fn of(engine: &'e Engine<'a>, profile: &'e Profile) -> Self {
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
    pub(super) fn winner(&self) -> Option<usize> {
        recommended(&self.ranking)
    }

    /// What it costs, when every price is known.
    pub(super) fn cost(&self) -> Option<Usd> {
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

    /// What the plausible answers to a question would change.
    pub(super) fn question(
        &self,
        open: &Open<'_>,
        field: &'static Field,
        answers: &[Answer],
    ) -> Question {
        let mut scratch = self.engine.scratch(self.profile);
        let mut words = Scratch::default();
        let (mut total, mut flipped, mut regret) = (0.0, 0.0, 0.0);
        let mut flip: Option<(u32, bool, String, Pick)> = None;
        for answer in answers {
            let (case, weight) = (&answer.profile, answer.weight);
            // A number leaves the words as they are judged.
            let scratch = match field.value {
                Value::Number(_) => &mut scratch,
                _ => &mut words,
            };
            let (then, more) = if self.engine.serves(case) {
                self.case(self.engine, case, scratch)
            } else {
                self.case(&open.engine(self.engine, case), case, scratch)
            };
            let share = f64::from(weight);
            total += share;
            regret += share * more;
            if !self.differs(&then) {
                continue;
            }
            flipped += share;
            let fits = then.outcome != Outcome::NoneFits;
            let better = flip
                .as_ref()
                .is_none_or(|(w, f, ..)| (fits, weight) > (*f, *w));
            if better {
                flip = Some((
                    weight,
                    fits,
                    answer.said.clone(),
                    named(self.engine, then.outcome, then.best),
                ));
            }
        }
        let total = f64::max(total, 1.0);
        let worth = Decimal::from_f64(regret / total).unwrap_or_default();
        Question {
            field: field.path,
            assumed: String::new(),
            flip: flip.map(|(.., text, pick)| (text, pick)),
            share: flipped / total,
            worth: Usd(worth.round_dp(2)),
        }
    }
}

pub(super) fn recommended(ranking: &Ranking) -> Option<usize> {
    let is_one = ranking.outcome == Outcome::Recommended;
    ranking.best.filter(|_| is_one)
}

pub(super) fn complete(cost: Cost) -> Option<Usd> {
    (!cost.incomplete).then_some(cost.known)
}

/// A plausible answer to a question, with its weight.
type Weighed = (Given, u32);

/// The ends of a range, its middle, and what lies between.
const POINTS: [(f64, u32); 5] = [(0.0, 1), (0.25, 2), (0.5, 4), (0.75, 2), (1.0, 1)];

/// The open questions of a layer with their plausible answers.
fn weighed(
    engine: &Engine<'_>,
    open: &Open<'_>,
    profile: &Profile,
) -> Vec<(&'static Field, Vec<Weighed>)> {
    let mut out: Vec<(&'static Field, Vec<Weighed>)> = Vec::new();
    let unstated = |path: &str| !profile.is_stated(path);
    for range in profile.ranges.iter().filter(|r| unstated(r.field.path())) {
        out.push((range.field.field(), over(range)));
    }
    for answers in open.catalog.plausible.answers_at(profile.layer) {
        let known = out.iter().any(|(f, _)| f.path == answers.field);
        if known || !unstated(&answers.field) {
            continue;
        }
        let values = given(engine, profile, answers);
        out.extend(field::find(&answers.field).zip(values));
    }
    out
}

/// The answers that this profile leaves open, in base units; `None` where there is nothing to ask.
fn given(engine: &Engine<'_>, profile: &Profile, answers: &Answers) -> Option<Vec<Weighed>> {
    let base = engine.baseline(profile);
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

/// Values of a range with their weights.
fn over(range: &Range) -> Vec<Weighed> {
    let values = POINTS.map(|(share, w)| (Given::Number(ranges::between(range, share)), w));
    values.to_vec()
}

/// One answer to a question.
#[derive(Clone, Debug)]
pub struct Answer {
    /// As a profile writes it.
    pub said: String,
    /// The profile that says it.
    pub profile: Profile,
    /// How many of those asked say so.
    pub weight: u32,
}

/// A question with its answers.
pub type Asked = (&'static Field, Vec<Answer>);

/// What the catalog holds plausible of what a profile leaves open.
pub fn plausible(engine: &Engine<'_>, open: &Open<'_>, profile: &Profile) -> Vec<Asked> {
    let all = weighed(engine, open, profile).into_iter();
    all.map(|(field, values)| (field, answers(profile, field, &values)))
        .collect()
}

/// How many have the ordinary word of a must-have for one who has another.
const ORDINARY: u32 = 9;

/// Answers to a question on which the catalog is silent: a spread of what people may have of a number; of a closed list
/// mostly the ordinary word, each other likely one alike. `None` for anything else.
pub fn likely(profile: &Profile, field: &'static Field) -> Option<Vec<Answer>> {
    let values = match field.value {
        Value::Number(_) => {
            let number = NumField::from_path(field.path)?;
            let (low, high) = number.plausible(profile);
            over(&Range {
                field: number,
                low,
                high,
            })
        }
        Value::One(choice) | Value::Many(choice) => {
            let words = choice.words();
            let place = |word: &&str| words.iter().position(|w| w == word);
            let likely = choice.likely(profile.layer);
            let held = choice.held(profile);
            let places = likely.iter().filter_map(place);
            let weight = |p| if held.contains_at(p) { ORDINARY } else { 1 };
            places.map(|p| (Given::Word(p), weight(p))).collect()
        }
        Value::Text(_) | Value::Whole(_) | Value::Own => return None,
    };
    let mut answers = answers(profile, field, &values);
    // Who needs nothing of a list has what the profile has.
    if matches!(field.value, Value::Many(_)) {
        answers.push(Answer {
            said: "none".to_owned(),
            profile: profile.clone(),
            weight: ORDINARY,
        });
    }
    Some(answers)
}

fn answers(profile: &Profile, field: &'static Field, values: &[Weighed]) -> Vec<Answer> {
    let all = values.iter().filter_map(|(given, weight)| {
        let (said, profile) = answered(profile, field, *given)?;
        let answer = Answer {
            said,
            profile,
            weight: *weight,
        };
        (!answer.profile.lacks_vpc()).then_some(answer)
    });
    all.collect()
}

/// What each question is worth, in their order.
pub fn worth(
    engine: &Engine<'_>,
    open: &Open<'_>,
    profile: &Profile,
    asked: &[Asked],
) -> Vec<Question> {
    let today = Today::of(engine, profile);
    parallel::map(asked, |(field, answers)| {
        today.question(open, field, answers)
    })
}

/// In how many of so many plausible ways to say what is open the service of today stays. What the catalog holds
/// plausible is drawn by its weights; must-haves are as they are, for whoever has one says so.
pub fn ways(engine: &Engine<'_>, open: &Open<'_>, profile: &Profile, of: u32) -> u32 {
    let all = weighed(engine, open, profile);
    let today = Today::of(engine, profile);
    let mut scratch = Scratch::default();
    let mut others: Vec<Engine<'_>> = Vec::new();
    let stays = (1..=of).filter(|sample| {
        let mut case = profile.clone();
        for (axis, (field, values)) in all.iter().enumerate() {
            let drawn = draw(values, halton(*sample, axis));
            case = drawn
                .and_then(|given| answered(&case, field, given))
                .map_or(case, |(_, c)| c);
        }
        let then = if engine.serves(&case) {
            engine.rank(&case, &mut scratch)
        } else {
            let known = others.iter().position(|e| e.serves(&case));
            let place = known.unwrap_or_else(|| {
                others.push(open.engine(engine, &case));
                others.len() - 1
            });
            others[place].rank(&case, &mut scratch)
        };
        !today.differs(&then)
    });
    u32::try_from(stays.count()).unwrap_or(of)
}

/// The answer at a share of the weights.
fn draw(values: &[Weighed], share: f64) -> Option<Given> {
    let total: u32 = values.iter().map(|(_, w)| w).sum();
    let mut left = (share * f64::from(total)).to_u32().unwrap_or(0);
    for (given, weight) in values {
        if left < *weight {
            return Some(*given);
        }
        left -= weight;
    }
    None
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
