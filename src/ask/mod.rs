//! The questionnaire without a terminal: answers, what to ask next and why, how sure the leader is.
//!
//! Pure but for `prompt`. Which question comes next is computed with the real model: a question is asked
//! only while one of its plausible answers can still change the recommended service. A closed list is tried
//! word by word; a number is tried at every bend of the cost model inside its plausible range, so that no
//! flip in it is missed (docs/decisions/0410-what-ask-asks.md).

pub mod answers;
pub mod draft;
pub mod flags;
pub mod prompt;
pub mod values;

use rust_decimal::Decimal;

use crate::analysis::{answer, search};
use crate::decide::{Engine, Options, Scratch};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Outcome, Pick};
use crate::domain::field::{FIELDS, Field, NumField, StandIn, When, find};
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use answers::Answers;

/// The four that decide most, then what a profile cannot do without.
pub const FIRST: &[&str] = &[
    "layer",
    "latency",
    "scale_to_zero",
    "private_access",
    "traffic.reads",
    "data.item_size",
    "data.working_set",
    "region",
];

/// How many random completions of the unanswered questions the confidence is computed from.
pub const COMPLETIONS: usize = 64;

/// What the model says with the answers so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Current leader: a service and variant, or an outcome word.
    pub leader: Pick,
    /// Share of completions of the open questions that keep the leader's service, in percent.
    pub sure_percent: u32,
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
    /// An answer that changes the recommendation.
    pub flip: Flip,
    /// To what.
    pub becomes: Pick,
    /// How many of the answers tried change it.
    pub flips: usize,
    /// Of how many.
    pub of: usize,
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

    /// The answer for a profile near the one an engine was made for; another Region or origin needs its own.
    fn answer(&self, engine: &Engine<'_>, profile: &Profile) -> Pick {
        if engine.serves(profile) {
            answer(engine, profile, &mut Scratch::default())
        } else {
            answer(&self.engine(profile), profile, &mut Scratch::default())
        }
    }

    /// Leader and confidence; `None` when the answers contradict each other.
    pub fn standing(&self, answers: &Answers) -> Option<Standing> {
        let profile = self.profile(answers)?;
        let engine = self.engine(&profile);
        let leader = self.answer(&engine, &profile);
        let sure_percent = self.confidence(answers, &engine, &leader);
        Some(Standing {
            leader,
            sure_percent,
        })
    }

    /// The open questions that can still change the answer, most likely first.
    pub fn open(&self, answers: &Answers, skipped: &[&str]) -> Vec<Open> {
        let Some(profile) = self.profile(answers) else {
            return Vec::new();
        };
        let engine = self.engine(&profile);
        let leader = self.answer(&engine, &profile);
        let mut open: Vec<Open> = unanswered(answers)
            .filter(|f| !skipped.contains(&f.path))
            .filter_map(|f| match NumField::from_path(f.path) {
                Some(number) => probe_number(&engine, &profile, number, f, &leader),
                None => self.probe_words(answers, &engine, f, &leader),
            })
            .collect();
        open.sort_by(|a, b| {
            (b.flips * a.of)
                .cmp(&(a.flips * b.of))
                .then_with(|| a.path.cmp(b.path))
        });
        open
    }

    /// Does any plausible word change the leader's service?
    fn probe_words(
        &self,
        answers: &Answers,
        engine: &Engine<'_>,
        field: &'static Field,
        leader: &Pick,
    ) -> Option<Open> {
        let (mut flips, mut of) = (0, 0);
        let mut first = None;
        for value in values::plausible(field, answers.get("layer")) {
            let mut tried = answers.clone();
            tried.set(field.path, &value);
            let Some(profile) = self.profile(&tried) else {
                continue;
            };
            of += 1;
            let pick = self.answer(engine, &profile);
            if pick.service != leader.service {
                flips += 1;
                first.get_or_insert((value, pick));
            }
        }
        first.map(|(value, becomes)| Open {
            path: field.path,
            flip: Flip::At(value),
            becomes,
            flips,
            of,
        })
    }

    /// Share of deterministic pseudo-random completions that keep the leader's service.
    fn confidence(&self, answers: &Answers, engine: &Engine<'_>, leader: &Pick) -> u32 {
        let mut random = values::Sequence::new(0x5eed);
        let (mut kept, mut tried) = (0, 0);
        for _ in 0..COMPLETIONS {
            let mut full = answers.clone();
            // The documented default stands nine times of ten.
            let changed: Vec<&Field> = unanswered(answers)
                .filter(|_| random.below(10) == 0)
                .collect();
            let mut answer_some = |field: &Field| {
                let choices = values::plausible(field, answers.get("layer"));
                if !choices.is_empty() {
                    full.set(field.path, &choices[random.below(choices.len())]);
                }
            };
            FIRST
                .iter()
                .filter(|p| !answers.has(p))
                .filter_map(|p| find(p))
                .for_each(&mut answer_some);
            changed.into_iter().for_each(&mut answer_some);
            let Some(profile) = self.profile(&full) else {
                continue;
            };
            tried += 1;
            kept += u64::from(self.answer(engine, &profile).service == leader.service);
        }
        u32::try_from((kept * 100).checked_div(tried).unwrap_or(100)).unwrap_or(100)
    }
}

/// Does any plausible number change the leader's service, and from where on?
fn probe_number(
    engine: &Engine<'_>,
    profile: &Profile,
    number: NumField,
    field: &'static Field,
    leader: &Pick,
) -> Option<Open> {
    let mut scratch = engine.scratch(profile);
    let fitting = scratch.fitting();
    let mut probe = profile.clone();
    // A default can caution but not rule out; an answer can.
    probe.state(field.path);
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
    let flips = tried.iter().filter(|(_, same)| !same).count();
    let (lowest, _) = *tried.iter().find(|(_, same)| !same)?;
    let pairs = || tried.windows(2).map(|w| (w[0], w[1]));
    let upward = pairs().find(|(l, r)| l.1 && !r.1 && at.is_none_or(|at| r.0 > at));
    let downward = pairs().rfind(|(l, r)| !l.1 && r.1 && at.is_none_or(|at| l.0 < at));
    let mut edge = |good: Decimal, bad: Decimal| {
        let mut same = |value| pick(value).service == leader.service;
        let (last, flipped) = search::bisect(good, bad, &mut same);
        (number.show_rounded(last), pick(flipped))
    };
    let (flip, becomes) = match (upward, downward) {
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
    Some(Open {
        path: field.path,
        flip,
        becomes,
        flips,
        of: tried.len(),
    })
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

/// Why a value is refused as an answer, given the others; `None` when it is fine.
pub fn problem(catalog: &Catalog, answers: &Answers, path: &str, value: &str) -> Option<String> {
    let mut tried = answers.clone();
    for (missing, stand_in) in stand_ins() {
        tried.set_default(missing, stand_in.roomy);
    }
    tried.set(path, &answers::typed(path, value));
    let invalid = crate::workload::load(&tried.to_yaml(), &[], catalog).err()?;
    let first = invalid.problems.iter().find(|p| !p.warning)?;
    let label = first
        .labels
        .first()
        .filter(|l| l.text.starts_with("did you mean"))
        .map_or(String::new(), |l| format!("; {}", l.text));
    let help = first
        .help
        .as_ref()
        .map_or(String::new(), |h| format!(" ({h})"));
    let message = first.message.trim_start_matches(&format!("`{path}`: "));
    Some(format!("{message}{label}{help}"))
}
