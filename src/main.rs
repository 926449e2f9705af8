//! The thin binary: parse, run, print the error, return the exit code.

use std::io::{BufWriter, stderr, stdout};
use std::process::ExitCode;

use cachewright::cli::run::{Cli, run};
use cachewright::cli::{errors, settings};
use cachewright::world::World;
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
    let verbose = cli.global.verbose;
    let result = run(cli, &mut world).and_then(|exit| {
        world.out.flush()?;
        Ok(exit)
    });
    let exit = result.unwrap_or_else(|error| {
        if errors::is_broken_pipe(&error) {
            return cachewright::exit::Exit::Done;
        }
        errors::report_error(&error, verbose, &mut world);
        errors::exit_of(&error)
    });
    ExitCode::from(exit.code())
}
