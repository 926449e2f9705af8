//! `verify`: smoke test of the deployed cache from where this runs; exit 5 when a check fails.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::aws::Connection;
use crate::cli::operation::{self, Common, Job};
use crate::deploy::Plan;
use crate::deploy::engine::{Run, fill};
use crate::deploy::input::metadata;
use crate::deploy::model::Cloud;
use crate::deploy::record::{Check, CheckStatus, Outcome, Record, RunResult};
use crate::deploy::sink::{Sink, Tone};
use crate::deploy::status::missing;
use crate::exit::{Exit, Failure};
use crate::services::Registry;
use crate::services::found::{self, Deployed, Overrides};
use crate::verify::{self, Options, Promise, verify};
use crate::world::World;

/// Environment variable the cache's password is read from; no secret is ever a flag.
pub const PASSWORD: &str = "CACHEWRIGHT_CACHE_PASSWORD";

/// Test the deployed cache from where this runs
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Name of the stack
    #[arg(value_name = "STACK")]
    pub stack: String,
    /// Address to test instead of the stack's output, for example of a tunnel
    #[arg(long, value_name = "HOST:PORT|URL")]
    pub endpoint: Option<String>,
    /// Engine of the cache: valkey, redis or memcached
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// User of the cache; its password is read from CACHEWRIGHT_CACHE_PASSWORD, without one IAM is used
    #[arg(long, value_name = "USER")]
    pub user: Option<String>,
    /// Path of a cacheable object behind the distribution
    #[arg(long, value_name = "PATH")]
    pub path: Option<String>,
    /// Where the file cache is mounted on this machine
    #[arg(long, value_name = "DIR")]
    pub mount: Option<PathBuf>,
    /// Timed reads
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub operations: usize,
    /// Promised 50th percentile in milliseconds (default: from the template's metadata)
    #[arg(long, value_name = "MS")]
    pub promise_p50_ms: Option<f64>,
    /// Promised 99th percentile in milliseconds (default: from the template's metadata)
    #[arg(long, value_name = "MS")]
    pub promise_p99_ms: Option<f64>,
    /// Options of every command on a stack.
    #[command(flatten)]
    pub common: Common,
}

/// Tests the cache of a stack.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let job = Job::new("verify", &args.stack);
    let password = world.env.get(PASSWORD).filter(|p| !p.is_empty()).cloned();
    operation::run(world, &args.common, &job, async |run, connection| {
        test(run, connection, args, password).await
    })
}

async fn test<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    connection: &Connection,
    args: &Args,
    password: Option<String>,
) -> Result<RunResult> {
    let cloud = run.cloud;
    let found = run
        .persist(async || cloud.stack(&args.stack).await)
        .await
        .map_err(|e| e.failure())?;
    let Some(stack) = found else {
        return Err(missing(&args.stack).into());
    };
    let resources = run
        .persist(async || cloud.resources(&stack.id).await)
        .await
        .map_err(|e| e.failure())?;
    let template = run
        .persist(async || cloud.template(&stack.id).await)
        .await
        .unwrap_or_default();
    let outputs: BTreeMap<String, String> = stack
        .outputs
        .iter()
        .map(|o| (o.key.clone(), o.value.clone()))
        .collect();
    let overrides = Overrides {
        endpoint: args.endpoint.clone(),
        engine: args.engine.clone(),
        user: args.user.clone(),
        password,
        path: args.path.clone(),
        mount: args.mount.clone(),
    };
    let deployed = Deployed {
        resources: &resources,
        outputs: &outputs,
        template: &template,
        overrides: &overrides,
    };
    let Some(target) = found::find(&Registry::default(), &deployed) else {
        return Err(nothing(&args.stack).into());
    };
    let options = Options {
        operations: args.operations.max(1),
        promise: promise(args, &template),
        timeout: Duration::from_secs_f64(args.common.aws.api_timeout.clamp(0.1, 60.0)),
    };
    let outcome = verify(&target, connection, &options).await;
    let mut end = conclude(run, args, &outcome)?;
    fill(&mut end, Some(&stack));
    Ok(end)
}

/// Tells every check, and whether all passed.
fn conclude<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    args: &Args,
    outcome: &verify::Outcome,
) -> Result<RunResult> {
    for check in &outcome.checks {
        run.sink.record(&Record::Check(check.clone()))?;
        show(run.sink, check)?;
    }
    let plan = Plan {
        stack_name: args.stack.clone(),
        ..Plan::default()
    };
    Ok(if outcome.has_failed() {
        run.end(Outcome::Failed, Exit::Gate, &plan)
    } else {
        run.end(Outcome::Verified, Exit::Done, &plan)
    })
}

fn nothing(stack: &str) -> Failure {
    let text = format!("stack {stack} has no cache, or its outputs do not name the endpoint");
    Failure::new(Exit::Gate, "nothing-to-verify", text)
        .help("name it: --endpoint HOST:PORT --engine valkey|redis|memcached")
}

/// The promise of the report: a flag, or what `generate` wrote into the template's metadata.
fn promise(args: &Args, template: &str) -> Promise {
    let of = |flag: Option<f64>, key: &str| {
        flag.or_else(|| metadata(template, &["Cachewright", key])?.parse().ok())
    };
    Promise {
        p50_ms: of(args.promise_p50_ms, "HitP50Ms"),
        p99_ms: of(args.promise_p99_ms, "HitP99Ms"),
    }
}

/// One check as a line of the result, its help beneath.
pub fn show(sink: &mut Sink<'_>, check: &Check) -> std::io::Result<()> {
    let (word, tone) = match check.status {
        CheckStatus::Ok => ("ok     ", Tone::Good),
        CheckStatus::Failed => ("FAILED ", Tone::Bad),
        CheckStatus::Warning => ("warning", Tone::Care),
        CheckStatus::Unknown => ("unknown", Tone::Care),
    };
    let word = if sink.color_out {
        sink.paint(tone, word)
    } else {
        word.to_owned()
    };
    sink.result(&format!("{word} {:<26} {}", check.name, check.detail))?;
    if let Some(help) = check
        .help
        .as_ref()
        .filter(|_| check.status != CheckStatus::Ok)
    {
        sink.result(&format!("        {help}"))?;
    }
    Ok(())
}
