//! A profile file → a resolved [`Profile`], or every problem of the file at once.
//!
//! This module reads no files: it gets text. Positions refer to that text; `--set` overrides are
//! appended to it as virtual lines so that their problems have a place too.

mod contradictions;
mod overrides;
mod rates;
mod resolve;
pub mod schema;
mod sections;

use std::collections::BTreeMap;

pub use overrides::Override;

use crate::diagnostic::{Diagnostic, Span, line_column};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::yaml::{self, Codes};

/// Diagnostic codes of profiles.
pub const CODES: Codes = Codes {
    unknown_key: "profile-unknown-key",
    missing: "profile-missing-field",
    shape: "profile-shape",
    word: "profile-unknown-value",
    quantity: "profile-quantity",
};

/// A profile with what the file said about it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The profile.
    pub profile: Profile,
    /// Warnings, in file order.
    pub warnings: Vec<Diagnostic>,
    /// Where each stated path stands in [`Resolved::source`].
    pub places: BTreeMap<String, Span>,
    /// The text that positions refer to: the file plus its overrides.
    pub source: String,
    /// Bytes of it that are the file.
    pub file: usize,
    /// What is stated, overrides applied: read as a profile it gives the same one.
    pub stated: serde_json::Value,
}

impl Resolved {
    /// Names a profile that has no name of its own, after its file.
    #[must_use]
    pub fn or_named(mut self, name: &str) -> Self {
        if !name.is_empty() && !self.places.contains_key("name") {
            name.clone_into(&mut self.profile.name);
            if let Some(stated) = self.stated.as_object_mut() {
                stated.insert("name".to_owned(), name.into());
            }
        }
        self
    }

    /// Line of each path that the file states, for text reports.
    pub fn lines(&self) -> BTreeMap<String, usize> {
        let stated = self.places.iter().filter(|(_, s)| s.start < self.file);
        stated
            .map(|(path, span)| (path.clone(), line_column(&self.source, span.start).0))
            .collect()
    }

    /// The text of each stated path, as it was typed.
    pub fn typed(&self) -> BTreeMap<String, String> {
        let text = |span: &Span| self.source.get(span.clone()).unwrap_or_default();
        let places = self.places.iter();
        places
            .map(|(path, span)| (path.clone(), text(span).to_owned()))
            .collect()
    }
}

/// Everything that is wrong with a profile.
#[derive(Clone, Debug)]
pub struct Invalid {
    /// Errors and warnings.
    pub problems: Vec<Diagnostic>,
    /// The text that positions refer to.
    pub source: String,
    /// Bytes of it that are the file; what follows are overrides.
    pub file: usize,
}

/// Parses and resolves a profile. `sets` are `path=value` overrides; the catalog knows the Regions, and the ranges
/// that stand for what few people know.
pub fn load(text: &str, sets: &[String], catalog: &Catalog) -> Result<Resolved, Invalid> {
    let sets: Vec<Override> = sets.iter().map(|s| Override::set(s)).collect();
    load_with(text, &sets, catalog)
}

/// [`load`] with overrides that were given in any words.
pub fn load_with(text: &str, sets: &[Override], catalog: &Catalog) -> Result<Resolved, Invalid> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let file = text.len();
    let mut source = text.to_owned();
    let mut problems = Vec::new();
    let root = match yaml::parse(text) {
        Ok(root) => root,
        Err(problem) => {
            return Err(Invalid {
                problems: vec![problem],
                source,
                file,
            });
        }
    };
    let root = overrides::apply(root, sets, &mut source, &mut problems);
    let outcome = resolve::resolve(&root, catalog, &mut problems);
    if problems.iter().any(|p| !p.warning) {
        return Err(Invalid {
            problems,
            source,
            file,
        });
    }
    match outcome {
        Some((profile, places)) => Ok(Resolved {
            stated: root.to_json(),
            profile,
            warnings: problems,
            places,
            source,
            file,
        }),
        None => Err(Invalid {
            problems,
            source,
            file,
        }),
    }
}
