//! What the tools have in common: facts, prices as they were chosen, and reading a profile that an agent sends.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

use crate::cli::args::Money;
use crate::cli::errors;
use crate::cli::session::{self, Session};
use crate::diagnostic::{Diagnostic, line_column};
use crate::domain::catalog::Catalog;
use crate::domain::field::find;
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::mcp::args::Sets;
use crate::mcp::{MAX_TEXT, Problem, Refused};
use crate::prices::plan;
use crate::snippet;
use crate::text::one_line;
use crate::workload::{self, Invalid, Override, Resolved};
use crate::world::{Terminal, World};

/// How a profile is called that has no file.
pub(super) const PROFILE: &str = "<profile>";

/// Sessions that are kept; one is a Region's prices beside the facts.
const KEPT: usize = 16;

/// Columns of the messages.
const WIDTH: usize = 100;

type Kept = Vec<(Vec<String>, Arc<Session>)>;

/// Everything the tools compute with.
pub(super) struct Desk {
    pub(super) catalog: Catalog,
    pub(super) money: Money,
    strict_facts: bool,
    env: BTreeMap<String, String>,
    kept: Mutex<Kept>,
}

impl Desk {
    pub(super) fn new(
        catalog: Catalog,
        money: Money,
        strict_facts: bool,
        env: BTreeMap<String, String>,
    ) -> Self {
        Self {
            catalog,
            money,
            strict_facts,
            env,
            kept: Mutex::default(),
        }
    }

    /// Runs something that writes notes; an agent gets results alone.
    pub(super) fn quietly<T>(&self, run: impl FnOnce(&mut World<'_>) -> Result<T>) -> Result<T> {
        let (mut out, mut err) = (io::sink(), io::sink());
        run(&mut World {
            out: &mut out,
            err: &mut err,
            terminal: Terminal {
                can_prompt: false,
                color_out: false,
                color_err: false,
                out_is_terminal: false,
                err_is_terminal: false,
                width: WIDTH,
                height: None,
            },
            env: self.env.clone(),
        })
    }

    /// Facts and prices for these profiles. Those of a list are looked up again as their cache says; a snapshot and a
    /// file stay what they are.
    pub(super) fn session(&self, profiles: &[Profile]) -> Result<Arc<Session>> {
        let mut key = plan::regions_in_play(profiles);
        key.extend(plan::in_play(&self.catalog, profiles));
        let fixed = self.money.prices == "snapshot" || self.money.prices.starts_with("file:");
        let found = || {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            let hit = kept.iter().find(|(of, _)| *of == key);
            hit.map(|(_, session)| Arc::clone(session))
        };
        if let Some(session) = found() {
            return Ok(session);
        }
        let session = self.quietly(|world| {
            let catalog = self.catalog.clone();
            session::open(catalog, &self.money, self.strict_facts, profiles, world)
        })?;
        let session = Arc::new(session);
        if fixed {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() == KEPT {
                kept.remove(0);
            }
            kept.push((key, Arc::clone(&session)));
        }
        Ok(session)
    }

    /// The prices of every Region, where they are at hand; those of the snapshot where they would be looked up.
    pub(super) fn whole(&self) -> Result<Arc<Session>> {
        if matches!(self.money.prices.as_str(), "live" | "public") {
            let money = Money {
                prices: "snapshot".to_owned(),
                ..self.money.clone()
            };
            let session = self.quietly(|world| {
                let catalog = self.catalog.clone();
                session::open(catalog, &money, self.strict_facts, &[], world)
            })?;
            return Ok(Arc::new(session));
        }
        self.session(&[])
    }

    /// A profile that was sent.
    pub(super) fn read(&self, text: &str, sets: &Sets) -> Result<Resolved, Refused> {
        checked(text)?;
        workload::load_with(text, &overrides(sets), &self.catalog).map_err(|all| refused(&all))
    }
}

/// Refuses what cannot be a profile's text before it is read as one.
pub(super) fn checked(text: &str) -> Result<(), Refused> {
    if text.len() > MAX_TEXT {
        let failure = Failure::new(
            Exit::BadInput,
            "file-too-large",
            "the profile is larger than 64 KiB",
        );
        return Err(failure
            .help("send the text of a profile; logs and data are for `cachewright measure`")
            .into());
    }
    if is_path(text.trim()) {
        let failure = Failure::new(
            Exit::BadInput,
            workload::CODES.shape,
            "the profile is a path, and no file is opened here",
        );
        return Err(failure.help("send the text of the file").into());
    }
    Ok(())
}

fn is_path(text: &str) -> bool {
    let one_word = !text.contains(['\n', '{', '}', '"']) && !text.contains(": ");
    let ends = [".yaml", ".yml", ".json"];
    one_word && (text.contains(['/', '\\']) || ends.iter().any(|end| text.ends_with(end)))
}

/// Overrides in the words of the tools.
fn overrides(sets: &Sets) -> Vec<Override> {
    let pairs = sets.iter().map(|(path, value)| {
        let flag = format!("set {}:", one_line(path));
        Override::flag(&flag, path.trim(), &value.0)
    });
    pairs.collect()
}

/// What is wrong with a profile, as the command line shows it and as data.
pub(super) fn refused(invalid: &Invalid) -> Refused {
    let errors = in_order(invalid);
    let texts: Vec<String> = errors
        .iter()
        .map(|problem| {
            let one = std::slice::from_ref(*problem);
            snippet::render_with(one, PROFILE, &invalid.source, invalid.file, false, WIDTH)
        })
        .collect();
    let problems = errors.iter().map(|p| problem(p, invalid));
    Refused::of(problems.collect(), &texts)
}

/// The errors of a profile in the order of its text.
pub(super) fn in_order(invalid: &Invalid) -> Vec<&Diagnostic> {
    let mut errors: Vec<&Diagnostic> = invalid.problems.iter().filter(|p| !p.warning).collect();
    errors.sort_by_key(|p| p.labels.first().map_or(0, |l| l.span.start));
    errors
}

/// A diagnostic as data; an override has no line.
pub(super) fn problem(found: &Diagnostic, invalid: &Invalid) -> Problem {
    let place = found.labels.first().map(|label| label.span.start);
    let place = place.filter(|at| *at <= invalid.file);
    let place = place.map(|at| line_column(&invalid.source, at));
    let named = found.message.split('`').skip(1).step_by(2);
    let beside = found.labels.iter().map(|l| l.text.as_str());
    let help: Vec<&str> = beside
        .chain(found.help.as_deref())
        .filter(|t| !t.is_empty())
        .collect();
    Problem {
        code: found.code.to_owned(),
        field: named.filter_map(find).map(|f| f.path.to_owned()).next(),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        message: found.message.clone(),
        help: (!help.is_empty()).then(|| help.join("; ")),
    }
}

/// What the command line says of an error.
pub(super) fn failed(error: &anyhow::Error) -> Refused {
    match errors::failure(error) {
        Some(failure) => Refused::from(&failure),
        None => Failure::new(Exit::Bug, "bug", format!("{error:#}")).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::is_path;

    #[test]
    fn a_path_is_told_from_a_text() {
        for path in [
            "./cache.yaml",
            "cache.yml",
            "/etc/passwd",
            r"C:\x\cache.json",
        ] {
            assert!(is_path(path), "{path}");
        }
        for text in [
            "",
            "version: 1",
            "{\"layer\": \"edge\"}",
            "layer: edge\nname: a/b",
        ] {
            assert!(!is_path(text), "{text}");
        }
    }
}
