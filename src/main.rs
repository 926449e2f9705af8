//! The thin binary: parse, run, print the error, return the exit code.

use std::io::{BufWriter, stderr, stdout};
use std::process::ExitCode;

use cachewright::cli::Cli;
use cachewright::world::World;
use cachewright::{commands, settings};
use clap::Parser;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let env = settings::environment();
    let terminal = settings::terminal(&cli.global, &env);
    let mut out = BufWriter::new(stdout().lock());
    let mut err = stderr();
    let mut world = World {
        out: &mut out,
        err: &mut err,
        terminal,
        env,
    };
    let result = commands::run(cli, &mut world).and_then(|exit| {
        world.out.flush()?;
        Ok(exit)
    });
    let exit = result.unwrap_or_else(|error| {
        if commands::is_broken_pipe(&error) {
            return cachewright::exit::Exit::Done;
        }
        commands::report_error(&error, &mut world);
        commands::exit_of(&error)
    });
    ExitCode::from(exit.code())
}
