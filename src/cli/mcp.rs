//! `cachewright mcp`: the decision for coding agents, on standard input and output.
//!
//! The protocol is `crate::mcp`; the folder beside this file computes what its tools give.

mod answer;
mod compare;
mod desk;
mod explain;
mod full;
mod generate;
mod price;
mod questions;

use std::io::{IsTerminal as _, stdin};
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::input;
use crate::cli::args::{Global, Money};
use crate::exit::Exit;
use crate::mcp::{self, Call, Chosen, Refused, Tools, clean_all};
use crate::report::json;
use crate::world::World;
use desk::{Desk, failed};

/// How clients are told of the server.
const REGISTER: &str =
    "This speaks the Model Context Protocol on standard input and output; a client starts it:
  {\"mcpServers\": {\"cachewright\": {\"command\": \"cachewright\", \"args\": [\"mcp\"]}}}
Ctrl-D ends it.
";

/// Arguments of `mcp`.
#[derive(clap::Args)]
pub struct Args {
    /// Print the tools with their schemas as JSON, and end.
    #[arg(long)]
    pub list_tools: bool,
    /// Facts that no source states rule a service out.
    #[arg(long)]
    pub strict_facts: bool,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let live =
        matches!(args.money.prices.as_str(), "live" | "public") && !args.money.lookup.offline;
    let chosen = Chosen {
        live,
        own: global.catalog.is_some()
            || args.money.prices != "snapshot"
            || !args.money.lookup.discount.is_empty(),
    };
    if args.list_tools {
        let text = json::to_string(&mcp::listed(chosen)?)?;
        world.out.write_all(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let catalog = input::catalog(global, world)?;
    let desk = Desk::new(
        catalog,
        args.money.clone(),
        args.strict_facts,
        world.env.clone(),
    );
    // What the person who registered the server got wrong is said at once, not to an agent later.
    if chosen.own {
        desk.whole()?;
    }
    if stdin().is_terminal() {
        write!(world.err, "{REGISTER}")?;
    }
    mcp::serve(Arc::new(desk), chosen, world.out)
}

/// A result as data, with nothing in it that drives a terminal.
fn shown(result: &impl Serialize) -> Result<Value, Refused> {
    let mut value = serde_json::to_value(result).map_err(|e| failed(&e.into()))?;
    clean_all(&mut value);
    Ok(value)
}

impl Tools for Desk {
    fn call(&self, call: Call) -> Result<Value, Refused> {
        match call {
            Call::Recommend(args) => shown(&answer::recommend(self, &args)?),
            Call::Questions(args) => shown(&questions::questions(self, &args)?),
            Call::Compare(args) => shown(&compare::compare(self, &args)?),
            Call::Price(args) => shown(&price::price(self, &args)?),
            Call::Explain(args) => shown(&explain::explained(self, &args)?),
            // Files are quoted where they are made, and their hashes are of what they hold.
            Call::Generate(args) => serde_json::to_value(generate::generate(self, &args)?)
                .map_err(|e| failed(&e.into())),
        }
    }
}
