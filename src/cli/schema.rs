//! `cachewright schema`: JSON Schemas for editors and other programs.

use anyhow::Result;
use clap::ValueEnum;

use super::bill;
use crate::exit::Exit;
use crate::report::json;
use crate::workload::schema;
use crate::world::World;

/// Arguments of `schema`.
#[derive(clap::Args)]
pub struct Args {
    /// Which schema.
    pub which: Which,
}

/// A schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// The workload profile.
    Profile,
    /// The JSON report.
    Report,
    /// What `bill -f json` writes.
    Bill,
    /// The events of a deployment, one record per line.
    Events,
}

/// Runs the command.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let text = match args.which {
        Which::Profile => json::to_string(&schema::profile())?,
        Which::Report => json::to_string(&schemars::schema_for!(json::Json))?,
        Which::Bill => json::to_string(&schemars::schema_for!(bill::Json))?,
        Which::Events => json::to_string(&crate::deploy::record::schema())?,
    };
    world.out.write_all(text.as_bytes())?;
    Ok(Exit::Done)
}
