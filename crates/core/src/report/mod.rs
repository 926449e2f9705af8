//! One decision, several renderings: JSON, text, Markdown, CSV, HTML.
//!
//! `json` mirrors the contract; `sections` turns a decision into an ordered list of headings, tables
//! and paragraphs that `text` and `markdown` lay out. Nothing here decides anything.

pub mod charts;
pub mod csv;
pub mod diff;
pub mod given;
pub mod html;
pub mod json;
mod link;
pub mod markdown;
pub mod parts;
pub mod read;
pub mod scale;
pub mod sections;
pub mod short;
pub mod summary;
pub mod text;
pub mod view;

use std::collections::BTreeMap;

use crate::analysis::Analysis;
use crate::analysis::outlook::Outlook;
use crate::domain::catalog::{Catalog, Source, SourceId};
use crate::domain::decision::{Decision, Pick};
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use crate::text::shell;

/// Everything a rendering may show.
pub struct Report<'a> {
    /// The question.
    pub profile: &'a Profile,
    /// The answer.
    pub decision: &'a Decision,
    /// Facts, for sources.
    pub catalog: &'a Catalog,
    /// Prices, for origins.
    pub book: &'a PriceBook,
    /// Line of the profile file by path, for text.
    pub lines: &'a BTreeMap<String, usize>,
    /// The text of each stated path, as it was typed.
    pub typed: &'a BTreeMap<String, String>,
    /// Name of the profile file, or the options that stand for one, see [`named`].
    pub file: &'a str,
    /// Where prices came from, when that needs saying.
    pub price_notes: &'a [String],
    /// What the profile says that can hardly be so.
    pub warnings: &'a [Warned],
    /// How sure the answer is, when that was looked at.
    pub outlook: Option<&'a Outlook>,
    /// Stability and break-even, when they were computed.
    pub analysis: Option<&'a Analysis>,
    /// What was asked for, when another program may want to ask again.
    pub given: Option<&'a given::Given>,
}

/// Something about the profile that can hardly be so.
pub struct Warned {
    /// Kebab-case code.
    pub code: &'static str,
    /// What it is, in words.
    pub text: String,
}

/// The words that name a profile on a command line. Options in its place are quoted already; no file can be given
/// by a name that begins like one.
pub fn named(file: &str) -> String {
    if is_options(file) {
        file.to_owned()
    } else {
        shell(file)
    }
}

/// Do options stand in the place of a file?
pub fn is_options(file: &str) -> bool {
    file.starts_with("--")
}

/// Version of the program in reports.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Report<'_> {
    /// What people call an answer.
    pub fn name(&self, pick: &Pick) -> String {
        view::Choice::new(self.decision, pick).name
    }

    /// What people call the recommended candidate; empty without one.
    pub fn winner(&self) -> String {
        let winner = self.decision.winner();
        winner.map_or_else(String::new, |c| c.name.clone())
    }

    /// The sources of a fact.
    pub fn sources(&self, ids: &[SourceId]) -> Vec<&Source> {
        ids.iter()
            .filter_map(|id| self.catalog.sources.get(usize::from(*id)))
            .collect()
    }
}
