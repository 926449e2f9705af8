//! The commands of the program, and which function runs each.

use clap::{CommandFactory, Parser, Subcommand};

use super::args::Global;
use super::{
    ask, bill, catalog, check, deploy, destroy, diff, doctor, drift, explain, first_screen,
    generate, init, mcp, measure, price, prices, recommend, schema, shell, status, verify, watch,
};
use crate::exit::Exit;
use crate::world::World;

/// Which AWS cache to use, what it costs, why the others lose, and the stack that deploys it.
#[derive(Parser)]
#[command(
    name = "cachewright",
    version,
    about,
    max_term_width = 100,
    propagate_version = true
)]
#[command(
    after_help = "Start with `cachewright`, which shows how; with `cachewright ask`; or with `cachewright recommend --example sessions`."
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Answer a few questions, get a profile and the recommendation.
    Ask(ask::Args),
    /// Recommend a service for each profile, with its price and the reasons.
    Recommend(recommend::Args),
    /// A commented profile to start from; without a name, the list of examples.
    Init(init::Args),
    /// What changed between two reports: answer, profile, prices, rules.
    Diff(diff::Args),
    /// Recompute a report from what it names: the same bytes, or the first difference.
    Check(check::Args),
    /// Does the accepted answer still hold with today's prices, rules and usage?
    Watch(watch::Args),
    /// The estimate against what AWS billed: quantities, prices, and the profile that fits the bill.
    Bill(bill::Args),
    /// Generate the CloudFormation stack of the choice.
    Generate(generate::Args),
    /// Measure access logs or traces: a profile with a hit-ratio curve.
    Measure(Box<measure::Args>),
    /// Price raw usage of one service, without a profile.
    Price(price::Args),
    /// Create or update the stack: change set, preview with cost, agreement, execution, outputs.
    Deploy(deploy::Args),
    /// What a stack is right now.
    Status(status::Args),
    /// Compare a stack with its template.
    Drift(drift::Args),
    /// Delete a stack, after naming everything that goes with it.
    Destroy(destroy::Args),
    /// Test the deployed cache from where this runs.
    Verify(verify::Args),
    /// Check credentials, region, permissions and a template before a deployment.
    Doctor(doctor::Args),
    /// Explain a rule, service, meter or error code, with its sources.
    Explain(explain::Args),
    /// Show, refresh, compare and check the prices the tool stands on.
    Prices(prices::Args),
    /// The facts and rules the tool stands on.
    Catalog(catalog::Args),
    /// Serve coding agents: the decision as tools of the Model Context Protocol.
    Mcp(mcp::Args),
    /// JSON Schemas for editors and other programs.
    Schema(schema::Args),
    /// Shell completions.
    Completions(shell::CompletionsArgs),
    /// Man pages.
    Man(shell::ManArgs),
}

/// Runs a command.
pub fn run(cli: Cli, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let global = &cli.global;
    let Some(command) = cli.command else {
        return first_screen::run(world);
    };
    match command {
        Command::Ask(args) => ask::run(&args, global, world),
        Command::Recommend(args) => recommend::run(&args, global, world),
        Command::Init(args) => init::run(&args, global, world),
        Command::Generate(args) => generate::run(&args, global, world),
        Command::Measure(args) => measure::run(&args, global, world),
        Command::Check(args) => check::run(&args, global, world),
        Command::Watch(args) => watch::run(&args, global, world),
        Command::Bill(args) => bill::run(&args, global, world),
        Command::Diff(args) => diff::run(&args, world),
        Command::Price(args) => price::run(&args, global, world),
        Command::Deploy(args) => deploy::run(&args, global, world),
        Command::Status(args) => status::run(&args, world),
        Command::Drift(args) => drift::run(&args, world),
        Command::Destroy(args) => destroy::run(&args, world),
        Command::Verify(args) => verify::run(&args, world),
        Command::Doctor(args) => doctor::run(&args, global, world),
        Command::Explain(args) => explain::run(&args, global, world),
        Command::Catalog(args) => catalog::run(&args, global, world),
        Command::Prices(args) => prices::run(&args, global, world),
        Command::Mcp(args) => mcp::run(&args, global, world),
        Command::Schema(args) => schema::run(&args, world),
        Command::Completions(args) => shell::completions(&args, Cli::command(), world),
        Command::Man(args) => shell::man(&args, &Cli::command(), world),
    }
}
