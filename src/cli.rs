//! The command line: structs and help texts only. Nothing here reads the world.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;

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
    after_help = "Start with `cachewright ask`, or `cachewright recommend examples/product-pages.yaml`."
)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Args, Clone)]
pub struct Global {
    /// When to colour the output.
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        global = true,
        help_heading = "Global options"
    )]
    pub color: When,
    /// Never prompt; a missing answer names the flag that gives it.
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
    /// A team's own facts and rules: a directory laid out like catalog/, added to the built-in one.
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub catalog: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Answer a few questions, get a profile and the recommendation.
    Ask(commands::ask::Args),
    /// Recommend a service for each profile, with its price and the reasons.
    Recommend(commands::recommend::Args),
    /// What changed between two reports: answer, profile, prices, rules.
    Diff(commands::diff::Args),
    /// Generate the CloudFormation stack of the choice.
    Generate(commands::generate::Args),
    /// Measure access logs or traces: a profile with a hit-ratio curve.
    Measure(commands::measure::Args),
    /// Price raw usage of one service, without a profile.
    Price(commands::price::Args),
    /// Create or update the stack: change set, preview with cost, agreement, execution, outputs.
    Deploy(commands::deploy::Args),
    /// What a stack is right now.
    Status(commands::status::Args),
    /// Compare a stack with its template.
    Drift(commands::drift::Args),
    /// Delete a stack, after naming everything that goes with it.
    Destroy(commands::destroy::Args),
    /// Test the deployed cache from where this runs.
    Verify(commands::verify::Args),
    /// Check credentials, region, permissions and a template before a deployment.
    Doctor(commands::doctor::Args),
    /// Explain a rule, service, meter or error code, with its sources.
    Explain(commands::explain::Args),
    /// Show, refresh, compare and check the prices the tool stands on.
    Prices(commands::prices::Args),
    /// The facts and rules the tool stands on.
    Catalog(commands::catalog::Args),
    /// JSON Schemas for editors and other programs.
    Schema(commands::schema::Args),
    /// Shell completions.
    Completions(commands::shell::CompletionsArgs),
    /// Man pages.
    Man(commands::shell::ManArgs),
}

/// Where money comes from.
#[derive(Args, Clone, Debug)]
pub struct Money {
    /// Where unit prices come from.
    #[arg(
        long,
        value_name = "snapshot|live|public|file:PATH",
        default_value = "snapshot",
        help_heading = "Prices"
    )]
    pub prices: String,
    /// Do not apply the always-free allowances.
    #[arg(long, help_heading = "Prices")]
    pub no_free_tier: bool,
    /// Refuse stale or incomplete prices (exit 4).
    #[arg(long, help_heading = "Prices")]
    pub strict: bool,
    /// Look-up.
    #[command(flatten)]
    pub lookup: commands::prices::Lookup,
}
