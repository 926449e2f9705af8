//! `status`: what a stack is right now, and with `--watch` until a running operation is over.

use anyhow::Result;

use crate::cli::operation::{self, Common, Job};
use crate::deploy::status::status;
use crate::exit::Exit;
use crate::world::World;

/// Show the state of a stack
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Name of the stack
    #[arg(value_name = "STACK")]
    pub stack: String,
    /// Stay until a running operation is over
    #[arg(long, short)]
    pub watch: bool,
    /// Options of every command on a stack.
    #[command(flatten)]
    pub common: Common,
}

/// Shows the state of a stack.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let job = Job::new("status", &args.stack);
    operation::run(world, &args.common, &job, async |run, _| {
        status(run, &args.stack, args.watch).await
    })
}
