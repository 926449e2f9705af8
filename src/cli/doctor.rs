//! `doctor`: can this machine and these credentials deploy here? Exit 5 when something is wrong, 6 when nobody is signed in.

use std::path::PathBuf;

use anyhow::Result;

use crate::account::{kinds, policy};
use crate::aws::Options;
use crate::cli::args::Global;
use crate::cli::input;
use crate::cli::verify::show;
use crate::deploy::record::{Check, CheckStatus, Outcome, Record, RunResult};
use crate::deploy::sink::{Mode, Sink};
use crate::doctor;
use crate::exit::Exit;
use crate::world::World;

/// Check credentials, region, permissions and a template before a deployment
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Directory written by `generate`, to check its template too
    #[arg(value_name = "DIR")]
    pub input: Option<PathBuf>,
    /// Name the stack will have
    #[arg(long, value_name = "NAME", default_value = "cachewright-doctor")]
    pub stack_name: String,
    /// What the credentials are to be used for, instead of a deployment; prints the policy that it takes, too
    #[arg(long = "for", value_enum, value_name = "USE", conflicts_with = "input")]
    pub purpose: Option<Purpose>,
    /// How to tell what is found: lines for people, or one JSON record per line
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub events: Mode,
    /// Connection.
    #[command(flatten)]
    pub aws: Options,
}

/// What else than a deployment credentials are used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Purpose {
    /// `measure --cloudwatch`
    Cloudwatch,
}

/// The policy of everything that reading an account can take; names stand where it depends on one.
fn policy() -> Result<String> {
    let kinds = kinds::load()?;
    let all: Vec<_> = kinds.iter().map(|kind| (kind, "NAME")).collect();
    Ok(policy::policy(&all, Some("NAME")))
}

/// Runs the checks.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let catalog = input::catalog(global, world)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let env = world.env.clone();
    if args.purpose.is_some() && args.events == Mode::Text {
        world.out.write_all(policy()?.as_bytes())?;
    }
    let checks = runtime.block_on(async {
        match args.purpose {
            Some(Purpose::Cloudwatch) => doctor::examine_metrics(&args.aws, &env).await,
            None => {
                let (dir, name) = (args.input.as_deref(), &args.stack_name);
                doctor::examine(&args.aws, &env, dir, name, &catalog).await
            }
        }
    });
    let mut sink = Sink::new(world, args.events);
    for check in &checks {
        sink.record(&Record::Check(check.clone()))?;
        show(&mut sink, check)?;
    }
    let bad = checks.iter().any(|c| c.status == CheckStatus::Failed);
    let signed_out = |c: &Check| c.status == CheckStatus::Failed && c.name == "credentials";
    let exit = match bad {
        // The same number as of every other command without credentials.
        true if checks.iter().any(signed_out) => Exit::Credentials,
        true => Exit::Gate,
        false => Exit::Done,
    };
    sink.record(&Record::Result(Box::new(RunResult {
        outcome: if bad {
            Outcome::Failed
        } else {
            Outcome::Verified
        },
        exit_code: exit.code(),
        stack: args.stack_name.clone(),
        ..RunResult::default()
    })))?;
    Ok(exit)
}
