//! `cachewright catalog check|list`: the facts and rules the tool stands on.

use std::path::PathBuf;

use anyhow::Result;
use clap::{Subcommand, ValueEnum};

use super::input;
use crate::cli::args::Global;
use crate::domain::catalog::{Catalog, Service, Source};
use crate::domain::rule::{Effect, Rule};
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
    let text = format!(
        "the catalog is consistent: {} files, {} services, {facts} facts, {} rules, {} Regions, {} sources",
        files.len(),
        built.services.len(),
        built.rules.len(),
        built.regions.len(),
        built.sources.len(),
    );
    let text = textwrap::fill(&text, world.terminal.width);
    writeln!(world.out, "{text}\n{}", built.hash)?;
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
    let (heads, rows): (&[&'static str], Vec<Vec<String>>) = match what {
        What::Services => (
            &["Service", "Role", "Variants", "What it is"],
            catalog.services.iter().map(service).collect(),
        ),
        What::Rules => (
            &["Rule", "Service", "Effect"],
            catalog.rules.iter().map(rule).collect(),
        ),
        What::Regions => (
            &["Region", "Name", "Viewers"],
            (catalog.regions.iter())
                .map(|r| vec![r.code.clone(), r.name.clone(), r.geo.to_string()])
                .collect(),
        ),
        What::Codes => (
            &["Code", "Meaning"],
            (catalog.codes.iter())
                .map(|c| vec![c.code.clone(), c.text.clone()])
                .collect(),
        ),
        What::Sources => (
            &["Source", "Of", "Checked"],
            catalog.sources.iter().map(source).collect(),
        ),
    };
    Table {
        head: heads.iter().map(|head| (*head, false)).collect(),
        rows,
    }
}

fn service(s: &Service) -> Vec<String> {
    let variants: Vec<&str> = s.variants.iter().filter_map(|v| v.id.as_deref()).collect();
    vec![
        s.id.clone(),
        s.role.to_string(),
        variants.join(", "),
        s.summary.clone(),
    ]
}

fn rule(r: &Rule) -> Vec<String> {
    let effect = match &r.effect {
        Effect::RulesOut => "rules out".to_owned(),
        Effect::Caution => "caution".to_owned(),
        Effect::Favours(p) => format!("+{p}"),
        Effect::Disfavours(p) => format!("−{p}"),
        Effect::Note(code) => format!("note {code}"),
    };
    vec![r.id.clone(), r.service.clone().unwrap_or_default(), effect]
}

fn source(s: &Source) -> Vec<String> {
    vec![
        s.url.clone(),
        s.date.clone().unwrap_or_default(),
        s.checked.clone(),
    ]
}
