//! The questionnaire without a terminal: answers, what to ask next and why, how sure the leader is.
//!
//! Pure but for `prompt`. Everybody is asked the opening of the layer (`opening`); the rest is ordered by what an answer
//! is worth and ends when nothing open changes the answer or is worth its while, both reckoned with the real model in
//! `analysis::questions`, as for a report. A number is tried at every bend of the cost model inside its plausible
//! range, so that no flip in it is missed (docs/decisions/0410-what-ask-asks.md).

pub mod answers;
pub mod course;
pub mod draft;
pub mod flags;
pub mod opening;
pub mod prompt;

use std::fmt;

use rust_decimal::Decimal;

use crate::analysis::questions::{self, Answer, Asked};
use crate::analysis::{self, answer, search};
use crate::decide::{Engine, Options, Scratch};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Outcome, Pick};
use crate::domain::field::{FIELDS, Field, NumField, StandIn, When};
use crate::domain::money::Usd;
use crate::domain::outlook::Question;
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use answers::Answers;

/// What everybody is asked first, whatever the layer; the rest of an opening is the layer's.
pub const FIRST: &[&str] = &["layer", "region"];

/// How many ways to answer the rest are tried to say how sure the leader is.
pub const WAYS: u32 = 100;

/// Questions that can change the answer together though neither does alone: what is private is no matter to callers in
/// AWS, and what callers outside AWS reach is no matter where a public endpoint will do.
const TOGETHER: &[[&str; 2]] = &[["private_access", "compute"]];

/// What the model says with the answers so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Current leader: a service and variant, or an outcome word.
    pub leader: Pick,
    /// In how many of a hundred plausible ways to answer the rest its service stays.
    pub ways: u32,
}

/// Where an answer begins to change the recommendation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flip {
    /// At this word or value.
    At(String),
    /// Above this number.
    Above(String),
    /// Below this number.
    Below(String),
}

/// A question worth asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Its field.
    pub path: &'static str,
    /// An answer that changes the recommendation: another service or outcome, else another way to buy it.
    pub flip: Flip,
    /// To what.
    pub becomes: Pick,
    /// Share of the plausible answers that change it.
    pub share: f64,
    /// What knowing the answer is worth a month.
    pub worth: Usd,
}

/// The model behind the conversation.
pub struct Interview<'a> {
    catalog: &'a Catalog,
    book: &'a PriceBook,
    options: Options,
}

impl<'a> Interview<'a> {
    /// A new one.
    pub fn new(catalog: &'a Catalog, book: &'a PriceBook, options: Options) -> Self {
        Self {
            catalog,
            book,
            options,
        }
    }

    /// The facts it asks with.
    pub fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// What people call a pick: the variant's name, or the outcome in words.
    pub fn name(&self, pick: &Pick) -> String {
        let service = self.catalog.services.iter().find(|s| s.id == pick.service);
        service.map_or_else(
            || match pick.service.as_str() {
                word if word == Outcome::NoCache.word() => "no cache at all".to_owned(),
                _ => "none of the services".to_owned(),
            },
            |service| {
                let variant = service.variants.iter().find(|v| v.id == pick.variant);
                let name = variant.map(|v| &v.name).filter(|name| !name.is_empty());
                name.unwrap_or(&service.name).clone()
            },
        )
    }

    /// The answers with what a profile cannot do without, as a profile; `None` when they contradict. What it can do
    /// without stays unstated, so that the answer is the one of the report.
    pub fn profile(&self, answers: &Answers) -> Option<Profile> {
        let mut full = answers.clone();
        for (path, stand_in) in stand_ins() {
            full.set_default(path, stand_in.typical);
        }
        let loaded = crate::workload::load(&full.to_yaml(), &[], self.catalog);
        loaded.ok().map(|r| r.profile)
    }

    fn engine(&self, profile: &Profile) -> Engine<'a> {
        Engine::new(self.catalog, self.book, self.options, profile)
    }

    fn facts(&self) -> analysis::Open<'a> {
        analysis::Open {
            catalog: self.catalog,
            book: self.book,
            options: self.options,
        }
    }

    /// What the model recommends with the answers so far; `None` when they contradict each other.
    pub fn leader(&self, answers: &Answers) -> Option<Pick> {
        let profile = self.profile(answers)?;
        Some(answer(
            &self.engine(&profile),
            &profile,
            &mut Scratch::default(),
        ))
    }

    /// From where on another number would change the recommended service, and to what.
    pub fn flip(&self, answers: &Answers, field: &Field) -> Option<(Flip, Pick)> {
        let number = NumField::from_path(field.path)?;
        let profile = self.profile(answers)?;
        let engine = self.engine(&profile);
        let leader = answer(&engine, &profile, &mut Scratch::default());
        probe_number(&engine, &profile, number, &leader)
    }

    /// Leader, and in how many ways to answer the rest it stays; `None` when the answers contradict each other.
    pub fn standing(&self, answers: &Answers) -> Option<Standing> {
        let profile = self.profile(answers)?;
        let engine = self.engine(&profile);
        Some(Standing {
            leader: answer(&engine, &profile, &mut Scratch::default()),
            ways: questions::ways(&engine, &self.facts(), &profile, WAYS),
        })
    }

    /// The leader's bill a month with the answers so far; `None` where it is not wholly known, or nothing is bought.
    pub fn bill(&self, answers: &Answers) -> Option<(Pick, Usd)> {
        let profile = self.profile(answers)?;
        let engine = self.engine(&profile);
        let mut scratch = Scratch::default();
        let leader = answer(&engine, &profile, &mut scratch);
        let slot = engine.slot_of(&leader.service, leader.variant.as_deref())?;
        let cost = engine.cost_of(slot, &profile, &mut scratch)?;
        (!cost.incomplete).then_some((leader, cost.known))
    }

    /// Bytes that a read moves with the answers so far, as a report assumes them.
    pub fn read_size(&self, answers: &Answers) -> Option<Decimal> {
        let profile = self.profile(answers)?;
        let number = |field: NumField| profile.number(field);
        let size = number(NumField::BytesPerRead).or_else(|| number(NumField::ItemSize));
        size.filter(|size| !size.is_zero())
    }

    /// The open questions that can still change the answer or are worth an answer, the most valuable first.
    pub fn open(&self, answers: &Answers, skipped: &[&str]) -> Vec<Open> {
        let Some(profile) = self.profile(answers) else {
            return Vec::new();
        };
        let engine = self.engine(&profile);
        let leader = answer(&engine, &profile, &mut Scratch::default());
        let given = |path: &str| answers.get(path);
        let asked = unanswered(answers)
            .filter(|f| !skipped.contains(&f.path) && !opening::is_never_asked(&given, f.path));
        let known = questions::plausible(&engine, &self.facts(), &profile);
        let asked: Vec<Asked> = asked
            .map(|field| {
                let listed = known.iter().find(|(f, _)| f.path == field.path);
                let listed = listed.map(|(_, all)| all.clone());
                let likely = listed.or_else(|| questions::likely(&profile, field));
                (field, likely.unwrap_or_else(|| self.tried(answers, field)))
            })
            .collect();
        let found = questions::worth(&engine, &self.facts(), &profile, &asked);
        let looked = asked.iter().zip(found);
        let mut open: Vec<Open> = looked
            .filter_map(|((field, all), found)| {
                self.judged(&engine, &profile, &leader, field, all, &found)
            })
            .collect();
        for pair in TOGETHER {
            open.extend(self.together(&engine, &leader, &asked, &open, *pair));
        }
        open.sort_by(|a, b| {
            (b.worth.cmp(&a.worth))
                .then_with(|| b.share.total_cmp(&a.share))
                .then_with(|| a.path.cmp(b.path))
        });
        open
    }

    /// Two questions that change the answer only together, where neither does by itself.
    fn together(
        &self,
        engine: &Engine<'_>,
        leader: &Pick,
        asked: &[Asked],
        open: &[Open],
        pair: [&str; 2],
    ) -> Vec<Open> {
        let closed = |path: &&str| !open.iter().any(|o| o.path == *path);
        let find = |path: &str| asked.iter().find(|(f, _)| f.path == path);
        let both = pair
            .iter()
            .all(closed)
            .then(|| (find(pair[0]), find(pair[1])));
        let Some((Some((first, words)), Some((second, _)))) = both else {
            return Vec::new();
        };
        for answer in words {
            let others = questions::likely(&answer.profile, second).unwrap_or_default();
            for other in others {
                let becomes = self.pick_of(engine, &other.profile);
                if becomes.service == leader.service {
                    continue;
                }
                let open = |field: &Field, said: &str| Open {
                    path: field.path,
                    flip: Flip::At(said.to_owned()),
                    becomes: becomes.clone(),
                    share: 0.0,
                    worth: Usd::ZERO,
                };
                return vec![open(first, &answer.said), open(second, &other.said)];
            }
        }
        Vec::new()
    }

    /// The answers that the table of fields tries where neither the catalog nor a closed list knows any.
    fn tried(&self, answers: &Answers, field: &Field) -> Vec<Answer> {
        let tried = field.ask.tried.iter().filter_map(|said| {
            let mut with = answers.clone();
            with.set(field.path, said);
            Some(Answer {
                said: (*said).to_owned(),
                profile: self.profile(&with)?,
                weight: 1,
            })
        });
        tried.collect()
    }

    /// A question that changes the answer, or is worth its while by another way to buy the same; else `None`.
    fn judged(
        &self,
        engine: &Engine<'_>,
        profile: &Profile,
        leader: &Pick,
        field: &'static Field,
        all: &[Answer],
        found: &Question,
    ) -> Option<Open> {
        let open = |flip, becomes| Open {
            path: field.path,
            flip,
            becomes,
            share: found.share,
            worth: found.worth,
        };
        let number = NumField::from_path(field.path);
        if let Some((flip, becomes)) = number.and_then(|n| probe_number(engine, profile, n, leader))
        {
            return Some(open(flip, becomes));
        }
        if let Some((at, to)) = &found.flip {
            return Some(open(Flip::At(at.clone()), to.clone()));
        }
        if found.worth < Usd(self.catalog.weights.small_change) {
            return None;
        }
        let other = all.iter().find_map(|a| {
            let pick = self.pick_of(engine, &a.profile);
            (pick != *leader).then_some((a, pick))
        });
        other.map(|(answer, pick)| open(Flip::At(answer.said.clone()), pick))
    }

    /// The answer for a profile near the one an engine was made for; another Region or origin needs its own.
    fn pick_of(&self, engine: &Engine<'_>, profile: &Profile) -> Pick {
        if engine.serves(profile) {
            answer(engine, profile, &mut Scratch::default())
        } else {
            answer(&self.engine(profile), profile, &mut Scratch::default())
        }
    }
}

/// Does any plausible number change the leader's service, and from where on?
fn probe_number(
    engine: &Engine<'_>,
    profile: &Profile,
    number: NumField,
    leader: &Pick,
) -> Option<(Flip, Pick)> {
    let mut scratch = engine.scratch(profile);
    let fitting = scratch.fitting();
    let mut probe = profile.clone();
    // A default can caution but not rule out; an answer can.
    probe.state(number.path());
    let mut pick = |value: Decimal| {
        probe.set_number(number, value);
        answer(engine, &probe, &mut scratch)
    };
    let at = profile.number(number);
    let tried: Vec<(Decimal, bool)> =
        search::points(engine, &fitting, profile, number, number.plausible(profile))
            .into_iter()
            .map(|value| (value, pick(value).service == leader.service))
            .collect();
    let (lowest, _) = *tried.iter().find(|(_, same)| !same)?;
    let pairs = || tried.windows(2).map(|w| (w[0], w[1]));
    let upward = pairs().find(|(l, r)| l.1 && !r.1 && at.is_none_or(|at| r.0 > at));
    let downward = pairs().rfind(|(l, r)| !l.1 && r.1 && at.is_none_or(|at| l.0 < at));
    let mut edge = |good: Decimal, bad: Decimal| {
        let mut same = |value| pick(value).service == leader.service;
        let (last, flipped) = search::bisect(good, bad, &mut same);
        (number.show_rounded(last), pick(flipped))
    };
    let found = match (upward, downward) {
        (Some((good, bad)), _) => {
            let (shown, becomes) = edge(good.0, bad.0);
            (Flip::Above(shown), becomes)
        }
        (None, Some((bad, good))) => {
            let (shown, becomes) = edge(good.0, bad.0);
            (Flip::Below(shown), becomes)
        }
        (None, None) => (Flip::At(number.show_rounded(lowest)), pick(lowest)),
    };
    Some(found)
}

/// The questions that apply to these answers and are neither fixed nor answered.
pub fn unanswered(answers: &Answers) -> impl Iterator<Item = &'static Field> + use<'_> {
    FIELDS.iter().filter(move |f| match f.ask.when {
        When::If(sense) => !answers.has(f.path) && sense(&|path| answers.get(path)),
        When::Always(_) | When::Never => false,
    })
}

/// What stands in for required answers that are not given yet.
fn stand_ins() -> impl Iterator<Item = (&'static str, StandIn)> {
    FIELDS
        .iter()
        .filter_map(|f| Some((f.path, f.ask.stand_in?)))
}

/// Why a value is refused as an answer, and what is meant instead where that is plain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub what: String,
    /// What to do; may be empty.
    pub help: String,
    /// What is meant; it is accepted.
    pub fix: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.help.as_str() {
            "" => f.write_str(&self.what),
            help => write!(f, "{} ({help})", self.what),
        }
    }
}

/// What is wrong with an answer, given the others; `None` when it is fine.
pub fn problem(catalog: &Catalog, answers: &Answers, path: &str, value: &str) -> Option<Problem> {
    let (what, help, label) = refusal(catalog, answers, path, value)?;
    let meant = label.split('`').nth(1).map(str::to_owned);
    let corrected = || NumField::from_path(path)?.unit().parse(value).err()?.fix;
    let fix = meant.or_else(corrected);
    let fix = fix.filter(|fix| refusal(catalog, answers, path, fix).is_none());
    let unsaid = label.is_empty() || fix.is_some();
    let what = if unsaid {
        what
    } else {
        format!("{what}; {label}")
    };
    Some(Problem { what, help, fix })
}

/// Message, help and "did you mean" of the first problem.
fn refusal(
    catalog: &Catalog,
    answers: &Answers,
    path: &str,
    value: &str,
) -> Option<(String, String, String)> {
    let mut tried = answers.clone();
    for (missing, stand_in) in stand_ins() {
        tried.set_default(missing, stand_in.roomy);
    }
    tried.set(path, &answers::typed(path, value));
    let invalid = crate::workload::load(&tried.to_yaml(), &[], catalog).err()?;
    let first = invalid.problems.iter().find(|p| !p.warning)?;
    let label = first.labels.first().map(|l| l.text.clone());
    let label = label.filter(|l| l.starts_with("did you mean"));
    let message = first.message.trim_start_matches(&format!("`{path}`: "));
    let help = first.help.clone().unwrap_or_default();
    Some((message.to_owned(), help, label.unwrap_or_default()))
}
