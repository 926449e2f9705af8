//! A page that decides by itself: one profile with catalog and prices, asked again with other values.
//!
//! [`Page`] is the whole of it. The program writes the page with it; the same code, built for WebAssembly by
//! `crates/page`, answers in the reader's browser. What comes out for a case is what `recommend` gives for the same
//! profile with the same `--set`, byte for byte.

mod answers;
pub mod controls;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decide::Options;
use crate::decided::{Decided, Look, Session};
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Decision, Verdict};
use crate::domain::price::PriceBook;
use crate::report::given::Given;
use crate::text::profile_words;
use crate::words::whatif as say;
use crate::workload::{self, Invalid, Override, Resolved};
use controls::{Control, State};

/// What the page carries beside catalog and prices: the question as it was put on the command line.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Carried {
    /// Text of the profile.
    pub profile: String,
    /// What replaces fields of it from the start.
    pub overrides: Vec<Override>,
    /// What the profile is called when it has no name.
    pub name: String,
    /// Options that name it on a command line.
    pub words: String,
    /// Texts of `--set` among the overrides.
    pub sets: Vec<String>,
    /// Its file, where it is one.
    pub file: Option<String>,
    /// The other options of that command.
    pub options: Vec<String>,
    /// How facts and prices were asked for.
    pub asked: Given,
    /// What is to be said about the prices.
    pub notes: Vec<String>,
}

/// One question: values by path, as `--set` takes them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// `path=value`.
    #[serde(default)]
    pub set: Vec<String>,
    /// The fields of the map: across, up.
    #[serde(default)]
    pub map: Option<[String; 2]>,
}

/// What is wanted for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The report as JSON.
    Json,
    /// The same without what takes long.
    Brief,
    /// The report as a page.
    Page,
    /// The short report with the state of every control.
    Step,
    /// The answer over two numbers, as a figure.
    Map,
    /// The report of a page with where the answer changes.
    Redraw,
    /// The profile as a file.
    Profile,
}

impl What {
    /// All of them, at the numbers by which a page names them.
    pub const ALL: [Self; 7] = [
        Self::Json,
        Self::Brief,
        Self::Page,
        Self::Step,
        Self::Map,
        Self::Redraw,
        Self::Profile,
    ];

    const fn look(self) -> Look {
        match self {
            Self::Json | Self::Page | Self::Redraw => Look::Everything,
            Self::Brief | Self::Step => Look::Outlook,
            Self::Map | Self::Profile => Look::Decision,
        }
    }
}

/// A profile with everything that decides about it.
pub struct Page {
    session: Session,
    carried: Carried,
    controls: Vec<Control>,
    /// Services in the order of the report as it is written: their letters and colours in every map.
    order: Vec<String>,
}

impl Page {
    /// Reads the profile; the error is what is wrong with it.
    pub fn new(catalog: Catalog, book: PriceBook, carried: Carried) -> Result<Self, String> {
        let options = Options {
            free_tier: !carried.asked.no_free_tier,
            strict_facts: carried.asked.strict_facts,
        };
        let mut page = Self {
            session: Session {
                catalog,
                book,
                notes: carried.notes.clone(),
                options,
                asked: carried.asked.clone(),
            },
            carried,
            controls: Vec::new(),
            order: Vec::new(),
        };
        let base = page.resolve(&[])?;
        page.controls = controls::of(&base, &page.session.catalog, &page.session.book);
        page.order = order(&page.session.engine(&base.profile).decide(&base.profile));
        Ok(page)
    }

    /// The controls, as the profile is written.
    pub fn controls(&self) -> &[Control] {
        &self.controls
    }

    /// What the page carries.
    pub fn carried(&self) -> &Carried {
        &self.carried
    }

    /// What every control says with these values.
    pub fn state(&self, sets: &[String]) -> Result<BTreeMap<&'static str, State>, String> {
        Ok(controls::state(&self.controls, &self.resolve(sets)?))
    }

    /// Answers one question; the error is a sentence for the person who asked.
    pub fn ask(&self, asked: &Asked, what: What) -> Result<String, String> {
        let resolved = self.resolve(&asked.set)?;
        if what == What::Map {
            return self.map(&resolved.profile, asked);
        }
        let state = controls::state(&self.controls, &resolved);
        let decided = self.decide(resolved, &asked.set, what.look());
        let report = decided.report(&self.session, &self.session.notes);
        self.told(&report, state, what)
            .map_err(|e| format!("{e:#}"))
    }

    /// The case as `recommend` decides it.
    pub fn decide(&self, resolved: Resolved, sets: &[String], look: Look) -> Decided {
        let all = [&self.carried.sets, sets].concat();
        let named = profile_words(&self.carried.words, &all, self.carried.file.as_deref());
        let mut decided = self.session.decide(named, resolved, look);
        decided.given.only.clone_from(&self.carried.asked.only);
        decided
    }

    /// The session, for whoever lays out the report.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The profile with these values.
    pub fn resolve(&self, sets: &[String]) -> Result<Resolved, String> {
        let mut overrides = self.carried.overrides.clone();
        overrides.extend(sets.iter().map(|s| Override::set(s)));
        workload::load_with(&self.carried.profile, &overrides, &self.session.catalog)
            .map(|r| r.or_named(&self.carried.name))
            .map_err(|invalid| problem(&invalid))
    }
}

/// Ids of the services of a decision, in its order.
fn order(decision: &Decision) -> Vec<String> {
    let candidates = decision.candidates.iter();
    let own = candidates.filter(|c| c.verdict != Verdict::Comparison);
    let mut out: Vec<String> = Vec::new();
    for candidate in own {
        if !out.contains(&candidate.pick.service) {
            out.push(candidate.pick.service.clone());
        }
    }
    out
}

/// The first problem, in words.
fn problem(invalid: &Invalid) -> String {
    let first = invalid.problems.iter().find(|p| !p.warning);
    first.map_or_else(String::new, |p| {
        say::no_case(&p.message, p.labels.first().map(|l| l.text.as_str()))
    })
}
