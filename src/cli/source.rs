//! Where a profile comes from: files, standard input, an embedded example, or flags alone.
//!
//! What a flag says goes through the reader of profiles like an override of `--set`, so that it is checked
//! and explained in the same way. Nothing here decides.

mod fields;
mod missing;

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::input;
use crate::domain::catalog::Catalog;
use crate::examples::{self, Example};
use crate::exit::{Exit, Failure};
use crate::text::{profile_words, shell};
use crate::workload::{Override, Resolved};
use crate::world::World;

pub use fields::Fields;

/// What stands under flags where no file does.
const VERSION: &str = "version: 1\n";

/// What stands in for a profile file, and what is added to one.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Source {
    /// A built-in example instead of a file; `cachewright init` lists them.
    #[arg(long, value_name = "NAME", help_heading = "Without a file")]
    pub example: Option<String>,
    /// Fields by flags.
    #[command(flatten)]
    pub fields: Fields,
}

/// One profile to be read.
#[derive(Clone, Debug)]
pub enum Origin {
    /// A file, or `-` for standard input.
    File(PathBuf),
    /// An embedded example.
    Example(Example),
    /// Flags alone: the text that they complete.
    Flags(String),
}

/// A profile to be read with what overrides it.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where it is.
    pub origin: Origin,
    /// What replaces fields of it, in order.
    pub overrides: Vec<Override>,
    /// The words that name it on a command line, with what replaces fields of it.
    pub words: String,
    /// Its options among these words, without `--set`.
    pub options: String,
    /// Its file among these words.
    pub file: Option<String>,
}

impl Wanted {
    /// A file with the overrides of `--set`.
    pub fn file(path: &Path, sets: &[String]) -> Self {
        Self {
            words: path.display().to_string(),
            options: String::new(),
            file: Some(path.display().to_string()),
            origin: Origin::File(path.to_owned()),
            overrides: sets.iter().map(|s| Override::set(s)).collect(),
        }
    }

    /// Reads it; problems are printed and become a failure.
    pub fn load(&self, catalog: &Catalog, world: &mut World<'_>) -> Result<Resolved> {
        let (name, text) = match &self.origin {
            Origin::File(path) => {
                if path.as_os_str() == "-" && world.terminal.can_prompt {
                    let wait = "waiting for a profile on standard input; end it with Ctrl-D";
                    writeln!(world.err, "{wait}")?;
                }
                input::profile_text(path)?
            }
            Origin::Example(example) => (example.name.to_owned(), example.text.to_owned()),
            Origin::Flags(text) => ("flags".to_owned(), text.clone()),
        };
        let resolved = input::resolve(&name, &text, &self.overrides, catalog, world)?;
        Ok(resolved.or_named(&self.stem()))
    }

    /// What a profile without a name is called: its file without the ending.
    pub fn stem(&self) -> String {
        match &self.origin {
            Origin::File(path) if path.as_os_str() != "-" => {
                let stem = path.file_stem().unwrap_or_default();
                stem.to_string_lossy().into_owned()
            }
            _ => String::new(),
        }
    }
}

impl Source {
    /// The profiles that files, example and flags name; a required field that flags alone leave out is asked for.
    pub fn wanted(
        &self,
        files: &[PathBuf],
        sets: &[String],
        catalog: &Catalog,
        world: &mut World<'_>,
    ) -> Result<Vec<Wanted>> {
        let mut fields = self.fields.clone();
        let mut origins: Vec<Origin> = files.iter().cloned().map(Origin::File).collect();
        if let Some(name) = &self.example {
            origins.push(Origin::Example(examples::find(name)?));
        }
        if origins.is_empty() {
            if fields.is_empty() {
                return Err(nothing().into());
            }
            missing::complete(&mut fields, sets, catalog, world)?;
            origins.push(Origin::Flags(VERSION.to_owned()));
        }
        let mut overrides = fields.overrides();
        overrides.extend(sets.iter().map(|s| Override::set(s)));
        let wanted = origins.into_iter().map(|origin| {
            let (options, file) = named(&origin, &fields);
            Wanted {
                words: profile_words(&options, sets, file.as_deref()),
                overrides: overrides.clone(),
                origin,
                options,
                file,
            }
        });
        Ok(wanted.collect())
    }
}

impl Source {
    /// The one profile of a command that takes one.
    pub fn one(
        &self,
        file: Option<&Path>,
        sets: &[String],
        catalog: &Catalog,
        world: &mut World<'_>,
    ) -> Result<Wanted> {
        let files: Vec<PathBuf> = file.map(Path::to_owned).into_iter().collect();
        let mut wanted = self.wanted(&files, sets, catalog, world)?;
        Ok(wanted.pop().ok_or_else(nothing)?)
    }
}

/// The words of a source beside what `--set` replaces: its options, and its file where it is one. A file stands for
/// itself; what stands in its place needs no file.
fn named(origin: &Origin, fields: &Fields) -> (String, Option<String>) {
    let flags = fields.words();
    match origin {
        Origin::File(path) => (flags, Some(path.display().to_string())),
        Origin::Example(example) if flags.is_empty() => {
            (format!("--example {}", shell(example.name)), None)
        }
        Origin::Example(example) => (format!("--example {} {flags}", shell(example.name)), None),
        Origin::Flags(_) => (flags, None),
    }
}

/// A command that needs a profile got none.
fn nothing() -> Failure {
    let message = "there is no profile: name a file, an example, or what the workload is";
    Failure::new(Exit::Usage, "profile-missing", message).help(
        "one of these\n    \
         cachewright recommend --example sessions\n    \
         cachewright recommend --layer application --reads 1M/day \\\n      \
         --item-size 2KB --working-set 400MB --region eu-central-1\n    \
         cachewright init sessions > cache.yaml\n    \
         cachewright recommend cache.yaml",
    )
}
