//! `drift`: what differs between template and reality; exit 5 when something does.

use anyhow::Result;

use crate::cli::operation::{self, Common, Job};
use crate::deploy::drift::drift;
use crate::exit::Exit;
use crate::world::World;

/// Compare a stack with its template
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Name of the stack
    #[arg(value_name = "STACK")]
    pub stack: String,
    /// Options of every command on a stack.
    #[command(flatten)]
    pub common: Common,
}

/// Detects drift.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let job = Job::new("drift", &args.stack);
    operation::run(world, &args.common, &job, async |run, _| {
        drift(run, &args.stack).await
    })
}
