//! One way from a profile to its report: for every command that decides, and for a page that decides by itself.

use std::collections::BTreeMap;

use crate::analysis::outlook::Outlook;
use crate::analysis::{self, Analysis};
use crate::decide::{Engine, Options};
use crate::diagnostic::Diagnostic;
use crate::domain::catalog::Catalog;
use crate::domain::decision::Decision;
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use crate::report::given::{Given, without_names};
use crate::report::{Report, Warned};
use crate::workload::Resolved;

/// What decisions stand on: facts, prices, and how they are taken.
pub struct Session {
    /// Facts and rules.
    pub catalog: Catalog,
    /// Prices.
    pub book: PriceBook,
    /// What is to be said about the prices.
    pub notes: Vec<String>,
    /// How facts and allowances are taken.
    pub options: Options,
    /// The same and how prices were asked for, for whoever asks again; a decision adds its profile.
    pub asked: Given,
}

/// How far to look around a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Look {
    /// Only decide.
    Decision,
    /// How sure it is: what every report says.
    Outlook,
    /// Where it changes, too.
    Everything,
}

/// A profile with its decision.
pub struct Decided {
    /// File name as given.
    pub file: String,
    /// The profile.
    pub profile: Profile,
    /// The decision.
    pub decision: Decision,
    /// What the profile says that can hardly be so.
    warnings: Vec<Warned>,
    /// Line of each stated path.
    lines: BTreeMap<String, usize>,
    /// Text of each stated path.
    typed: BTreeMap<String, String>,
    /// How sure the decision is, when that was asked for.
    pub outlook: Option<Outlook>,
    /// Stability and break-even, when they were asked for.
    pub analysis: Option<Analysis>,
    /// What was asked for.
    pub given: Given,
}

impl Session {
    /// The engine for a profile.
    pub fn engine(&self, profile: &Profile) -> Engine<'_> {
        Engine::new(&self.catalog, &self.book, self.options, profile)
    }

    /// Decides, and looks around the decision as far as asked.
    pub fn decide(&self, file: String, resolved: Resolved, look: Look) -> Decided {
        let engine = self.engine(&resolved.profile);
        let decision = engine.decide(&resolved.profile);
        let open = analysis::Open {
            catalog: &self.catalog,
            book: &self.book,
            options: self.options,
        };
        let profile = &resolved.profile;
        let outlook = (look >= Look::Outlook)
            .then(|| analysis::outlook::outlook(&engine, &open, profile, &decision));
        let analysis = (look >= Look::Everything)
            .then(|| analysis::analyse(&engine, &open, profile, &decision));
        Decided {
            file,
            given: Given {
                profile: without_names(resolved.stated.clone()),
                brief: look < Look::Everything,
                ..self.asked.clone()
            },
            lines: resolved.lines(),
            typed: resolved.typed(),
            warnings: resolved.warnings.into_iter().map(warned).collect(),
            profile: resolved.profile,
            decision,
            outlook,
            analysis,
        }
    }
}

fn warned(found: Diagnostic) -> Warned {
    Warned {
        code: found.code,
        text: found.message,
    }
}

impl Decided {
    /// The report of the decision; `notes` are about its prices.
    pub fn report<'a>(&'a self, session: &'a Session, notes: &'a [String]) -> Report<'a> {
        Report {
            profile: &self.profile,
            decision: &self.decision,
            catalog: &session.catalog,
            book: &session.book,
            lines: &self.lines,
            typed: &self.typed,
            file: &self.file,
            price_notes: notes,
            outlook: self.outlook.as_ref(),
            warnings: &self.warnings,
            analysis: self.analysis.as_ref(),
            given: Some(&self.given),
        }
    }
}
