//! The questionnaire without a terminal: answers, what to ask next and why, how sure the leader is.
//!
//! Pure but for nothing: the prompts live in `prompt`. Which question comes next is computed with the
//! real model: a question is asked only while one of its legal answers can still change the answer.

pub mod answers;
pub mod flags;
pub mod prompt;
pub mod values;

use crate::decide::{Engine, Options, Scratch};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Outcome, Pick};
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use crate::workload::fields::{FIELDS, Field};
use answers::Answers;

/// The four that decide most, then what a profile cannot do without.
pub const FIRST: &[&str] = &[
    "layer",
    "latency",
    "scale_to_zero",
    "private_access",
    "region",
    "traffic.reads",
    "data.item_size",
    "data.working_set",
];

/// Fields that are asked for in no conversation: texts, measured data, stack settings.
const NEVER: &[&str] = &[
    "version",
    "name",
    "description",
    "data.hit_ratio_curve",
    "data.item_size_distribution",
    "measured",
    "deployment",
    "budget",
    "requirements.replica_regions",
    "optimize_for",
    "viewers",
];

/// Stand-ins for required answers that are not given yet.
const TYPICAL: &[(&str, &str)] = &[
    ("version", "1"),
    ("name", "my-workload"),
    ("region", "us-east-1"),
    ("layer", "application"),
    ("traffic.reads", "200/s"),
    ("data.item_size", "4 KiB"),
    ("data.working_set", "2 GiB"),
];

/// How many random completions of the unanswered questions the confidence is computed from.
const COMPLETIONS: usize = 64;

/// What the model says with the answers so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Current leader: a service and variant, or an outcome word.
    pub leader: Pick,
    /// Share of completions of the open questions that keep the leader's service, in percent.
    pub sure_percent: u32,
}

/// A question worth asking.
#[derive(Clone, Debug, PartialEq)]
pub struct Open {
    /// Its field.
    pub path: &'static str,
    /// A value that changes the answer, and to what.
    pub flip: (String, String),
    /// How many of its typical answers change it.
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

    /// The Regions an answer may name.
    pub fn regions(&self) -> &'a [crate::domain::catalog::Region] {
        &self.catalog.regions
    }

    /// The catalog behind it.
    pub fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// The answers completed with typical values, as a profile; `None` when they contradict.
    pub fn profile(&self, answers: &Answers) -> Option<Profile> {
        let mut full = answers.clone();
        for (path, value) in TYPICAL {
            full.set_default(path, value);
        }
        let loaded = crate::workload::load(&full.to_yaml(), &[], self.regions());
        loaded.ok().map(|r| r.profile)
    }

    fn answer(&self, profile: &Profile) -> Pick {
        let engine = Engine::new(self.catalog, self.book, self.options, profile);
        let ranking = engine.rank(profile, &mut Scratch::default());
        match (ranking.outcome, ranking.best) {
            (Outcome::Recommended, Some(slot)) => engine.pick(slot),
            (outcome, _) => Pick {
                service: outcome.word().to_owned(),
                variant: None,
            },
        }
    }

    /// Leader and confidence; `None` when the answers contradict each other.
    pub fn standing(&self, answers: &Answers) -> Option<Standing> {
        let leader = self.answer(&self.profile(answers)?);
        let sure_percent = self.confidence(answers, &unanswered(answers), &leader);
        Some(Standing {
            leader,
            sure_percent,
        })
    }

    /// The open questions that can still change the answer, most likely first.
    pub fn open(&self, answers: &Answers) -> Vec<Open> {
        let Some(profile) = self.profile(answers) else {
            return Vec::new();
        };
        let leader = self.answer(&profile);
        let mut open: Vec<Open> = unanswered(answers)
            .into_iter()
            .filter_map(|f| self.probe(answers, f, &leader))
            .collect();
        open.sort_by(|a, b| {
            (b.flips * a.of)
                .cmp(&(a.flips * b.of))
                .then_with(|| a.path.cmp(b.path))
        });
        open
    }

    /// Does any typical answer to this question change the leader's service?
    fn probe(&self, answers: &Answers, field: &Field, leader: &Pick) -> Option<Open> {
        let mut flips = 0;
        let mut of = 0;
        let mut flip = None;
        for value in values::plausible(field, answers.get("layer")) {
            let mut tried = answers.clone();
            tried.set(field.path, &value);
            let Some(profile) = self.profile(&tried) else {
                continue;
            };
            of += 1;
            let pick = self.answer(&profile);
            if pick.service != leader.service {
                flips += 1;
                flip.get_or_insert((value, pick.service));
            }
        }
        flip.map(|flip| Open {
            path: field.path,
            flip,
            flips,
            of,
        })
    }

    /// Share of deterministic pseudo-random completions that keep the leader's service.
    fn confidence(&self, answers: &Answers, unanswered: &[&'static Field], leader: &Pick) -> u32 {
        let mut random = values::Sequence::new(0x5eed);
        let mut kept = 0;
        let mut tried = 0;
        for _ in 0..COMPLETIONS {
            let mut full = answers.clone();
            for field in unanswered {
                // The documented default stands nine times of ten.
                let choices = values::plausible(field, answers.get("layer"));
                if random.below(10) == 0 && !choices.is_empty() {
                    full.set(field.path, &choices[random.below(choices.len())]);
                }
            }
            for path in FIRST.iter().filter(|p| !answers.has(p)) {
                if let Some(field) = crate::workload::fields::find(path) {
                    let choices = values::typical(field);
                    if !choices.is_empty() {
                        full.set(path, &choices[random.below(choices.len())]);
                    }
                }
            }
            let Some(profile) = self.profile(&full) else {
                continue;
            };
            tried += 1;
            kept += u32::from(self.answer(&profile).service == leader.service);
        }
        (kept * 100).checked_div(tried).unwrap_or(100)
    }
}

fn unanswered(answers: &Answers) -> Vec<&'static Field> {
    let open = |f: &&Field| {
        !NEVER.contains(&f.path)
            && !FIRST.contains(&f.path)
            && !answers.has(f.path)
            && relevant(f.path, answers)
    };
    FIELDS.iter().filter(open).collect()
}

/// Questions that only make sense after certain answers.
fn relevant(path: &str, answers: &Answers) -> bool {
    let layer = answers.get("layer").unwrap_or("application");
    match path {
        "network.internet_from_vpc" => answers.get("compute").is_some_and(|c| c.contains("lambda")),
        // It follows from the layer, but for files against objects.
        "interface" => layer == "storage",
        "traffic.keys_per_read" | "traffic.connections" | "instances" => {
            matches!(layer, "application" | "database")
        }
        _ => true,
    }
}
