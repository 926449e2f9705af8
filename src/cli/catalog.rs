//! `cachewright catalog check|list`: the facts and rules the tool stands on.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};

use super::input;
use crate::cli::args::Global;
use crate::domain::catalog::Catalog;
use crate::domain::rule::Effect;
use crate::exit::Exit;
use crate::report::sections::Table;
use crate::report::text::grid;
use crate::services::SERVICES;
use crate::world::World;
use crate::{catalog, embedded};

/// Arguments of `catalog`.
#[derive(clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub action: Action,
}

/// What to do with the catalog.
#[derive(Subcommand)]
pub enum Action {
    /// Check the built-in catalog, or an overlay directory together with it.
    Check {
        /// Overlay directory.
        dir: Option<PathBuf>,
    },
    /// List services, rules, Regions, meters or codes.
    List {
        /// What to list; everything by default.
        what: Option<What>,
    },
}

/// A part of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Services and variants.
    Services,
    /// Rules and notes.
    Rules,
    /// Regions.
    Regions,
    /// Sources.
    Sources,
    /// Error, caution and note codes.
    Codes,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    match &args.action {
        Action::Check { dir } => check(dir.as_ref().or(global.catalog.as_ref()), world),
        Action::List { what } => list(&input::catalog(global, world)?, *what, world),
    }
}

fn check(dir: Option<&PathBuf>, world: &mut World<'_>) -> Result<Exit> {
    let mut files = embedded::catalog_files()?;
    if let Some(dir) = dir {
        files.extend(input::overlay(dir)?);
    }
    let shown = dir.cloned().unwrap_or_else(|| PathBuf::from("catalog"));
    let built =
        catalog::build(&files).map_err(|all| input::catalog_failure(&all, &shown, world))?;
    for model in SERVICES {
        anyhow::ensure!(
            built.service(model.id()).is_some(),
            "service `{}` has a model and no catalog file",
            model.id()
        );
    }
    let facts: usize = built.services.iter().map(|s| s.variants.len() * 18).sum();
    writeln!(
        world.out,
        "the catalog is consistent: {} files, {} services, {facts} facts, {} rules, {} Regions, {} sources\n{}",
        files.len(),
        built.services.len(),
        built.rules.len(),
        built.regions.len(),
        built.sources.len(),
        built.hash
    )?;
    Ok(Exit::Done)
}

fn list(catalog: &Catalog, what: Option<What>, world: &mut World<'_>) -> Result<Exit> {
    let all = [
        What::Services,
        What::Rules,
        What::Regions,
        What::Codes,
        What::Sources,
    ];
    let parts: Vec<What> = what.map_or_else(|| all.to_vec(), |w| vec![w]);
    for part in parts {
        writeln!(
            world.out,
            "{}\n",
            grid(&table(catalog, part), world.terminal.width)
        )?;
    }
    Ok(Exit::Done)
}

fn table(catalog: &Catalog, what: What) -> Table {
    match what {
        What::Services => {
            let rows = catalog.services.iter().map(|s| {
                let variants: Vec<&str> =
                    s.variants.iter().filter_map(|v| v.id.as_deref()).collect();
                vec![
                    s.id.clone(),
                    s.role.to_string(),
                    variants.join(", "),
                    s.summary.clone(),
                ]
            });
            Table {
                head: vec![
                    ("Service", false),
                    ("Role", false),
                    ("Variants", false),
                    ("What it is", false),
                ],
                rows: rows.collect(),
            }
        }
        What::Rules => {
            let rows = catalog.rules.iter().map(|r| {
                let effect = match &r.effect {
                    Effect::RulesOut => "rules out".to_owned(),
                    Effect::Caution => "caution".to_owned(),
                    Effect::Favours(p) => format!("+{p}"),
                    Effect::Disfavours(p) => format!("−{p}"),
                    Effect::Note(code) => format!("note {code}"),
                };
                vec![r.id.clone(), r.service.clone().unwrap_or_default(), effect]
            });
            Table {
                head: vec![("Rule", false), ("Service", false), ("Effect", false)],
                rows: rows.collect(),
            }
        }
        What::Regions => {
            let rows = catalog
                .regions
                .iter()
                .map(|r| vec![r.code.clone(), r.name.clone(), r.geo.to_string()]);
            Table {
                head: vec![("Region", false), ("Name", false), ("Viewers", false)],
                rows: rows.collect(),
            }
        }
        What::Codes => {
            let rows = catalog
                .codes
                .iter()
                .map(|c| vec![c.code.clone(), c.text.clone()]);
            Table {
                head: vec![("Code", false), ("Meaning", false)],
                rows: rows.collect(),
            }
        }
        What::Sources => {
            let rows = catalog.sources.iter().map(|s| {
                vec![
                    s.url.clone(),
                    s.date.clone().unwrap_or_default(),
                    s.checked.clone(),
                ]
            });
            Table {
                head: vec![("Source", false), ("Of", false), ("Checked", false)],
                rows: rows.collect(),
            }
        }
    }
}
