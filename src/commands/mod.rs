//! One file per command: arguments and `run`. The only place that joins the parts.

pub mod ask;
pub mod catalog;
pub mod deploy;
pub mod destroy;
pub mod diff;
pub mod doctor;
pub mod drift;
pub mod explain;
pub mod generate;
pub mod input;
pub mod measure;
pub mod output;
pub mod price;
pub mod prices;
pub mod recommend;
pub mod schema;
pub mod session;
pub mod shell;
pub mod status;
mod sweep;
pub mod verify;

use crate::cli::{Cli, Command};
use crate::exit::{Exit, Failure};
use crate::world::World;

/// Runs a command.
pub fn run(cli: Cli, world: &mut World<'_>) -> anyhow::Result<Exit> {
    let global = &cli.global;
    match cli.command {
        Command::Ask(args) => ask::run(&args, global, world),
        Command::Recommend(args) => recommend::run(&args, global, world),
        Command::Generate(args) => generate::run(&args, global, world),
        Command::Measure(args) => measure::run(&args, world),
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
        Command::Schema(args) => schema::run(&args, world),
        Command::Completions(args) => shell::completions(&args, world),
        Command::Man(args) => shell::man(&args, world),
    }
}

/// Prints an error the way people read it: what, then the causes, then what to do.
pub fn report_error(error: &anyhow::Error, world: &mut World<'_>) {
    let failure = error.downcast_ref::<Failure>();
    let (bold, reset) = if world.terminal.color_err {
        ("\u{1b}[1;31m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let code = failure.map_or(String::new(), |f| format!("[{}]", f.code));
    let mut text = format!("{bold}error{code}{reset}: {error}");
    for cause in error.chain().skip(1) {
        text.push_str(&format!(": {cause}"));
    }
    let _ = writeln!(world.err, "{text}");
    if let Some(help) = failure.and_then(|f| f.help.as_ref()) {
        let _ = writeln!(world.err, "  = help: {help}");
    }
}

/// The exit code of an error.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error
        .downcast_ref::<Failure>()
        .map_or(Exit::Usage, |f| f.exit)
}

/// Did the reader of our output go away?
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |e: &std::io::Error| e.kind() == std::io::ErrorKind::BrokenPipe;
    error
        .chain()
        .any(|cause| cause.downcast_ref::<std::io::Error>().is_some_and(broken))
}
