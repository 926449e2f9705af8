//! `destroy`: names everything that goes and everything that stays, then deletes the stack.

use anyhow::Result;

use crate::cli::operation::{self, Common, Job};
use crate::deploy::consent::Consent;
use crate::deploy::destroy::{Wish, destroy, inventory};
use crate::deploy::record::{Outcome, RunResult};
use crate::exit::{Exit, Failure};
use crate::verify::contents;
use crate::world::World;

/// Delete a stack
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Name of the stack
    #[arg(value_name = "STACK")]
    pub stack: String,
    /// The stack's name again, instead of typing it when asked
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// Turn termination protection off first
    #[arg(long)]
    pub disable_termination_protection: bool,
    /// Logical id to keep after a deletion that failed (repeatable)
    #[arg(long, value_name = "LOGICAL-ID")]
    pub retain: Vec<String>,
    /// Options of every command on a stack.
    #[command(flatten)]
    pub common: Common,
}

/// Deletes a stack.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let mut job = Job::new("destroy", &args.stack);
    job.consent = Consent::from(false, world.terminal.can_prompt);
    if args.confirm.is_some() {
        job.resume
            .extend(["--confirm".to_owned(), args.stack.clone()]);
    }
    operation::run(world, &args.common, &job, async |run, connection| {
        let Some(found) = inventory(run, &args.stack).await? else {
            run.sink.line(&format!(
                "there is no stack {}: nothing to delete",
                args.stack
            ))?;
            return Ok(RunResult {
                outcome: Outcome::NotFound,
                stack: args.stack.clone(),
                ..RunResult::default()
            });
        };
        let kept = |id: &str| found.retained.iter().chain(&args.retain).any(|r| r == id);
        let looked = contents::look(connection, &found.resources, kept).await;
        if let Some(block) = looked.blocks.first() {
            return Err(Failure::new(
                Exit::Gate,
                "deletion-blocked",
                looked
                    .blocks
                    .iter()
                    .map(|b| b.what.as_str())
                    .collect::<Vec<_>>()
                    .join("; "),
            )
            .help(block.help.clone())
            .into());
        }
        let wish = Wish {
            stack_name: args.stack.clone(),
            confirm: args.confirm.clone(),
            unprotect: args.disable_termination_protection,
            retain: args.retain.clone(),
            contents: looked.notes,
        };
        destroy(run, &wish, &found).await
    })
}
