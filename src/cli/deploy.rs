//! `deploy`: change set, preview with cost, agreement, execution, live events, outputs.
//!
//! Takes a profile, a directory written by `generate`, or a plan made elsewhere ([`run_plan`]).

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::aws::Connection;
use crate::cli::args::{Global, Money};
use crate::cli::operation::{self, Common, Job};
use crate::cli::source::Source;
use crate::cli::{generate, input as files, output};
use crate::deploy::consent::Consent;
use crate::deploy::engine::Run;
use crate::deploy::model::Cloud;
use crate::deploy::record::{Check, CheckStatus, Record};
use crate::deploy::sink::{Sink, Tone};
use crate::deploy::{Amount, CostLines, OnFailure, Plan, input, places, preflight};
use crate::domain::catalog::Catalog;
use crate::exit::{Exit, Failure};
use crate::text::plural;
use crate::world::World;

/// Tag every stack of this program carries.
pub const TAG: (&str, &str) = ("cachewright:managed", "true");

/// Create or update the stack
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Profile, or directory written by `generate`
    #[arg(value_name = "PROFILE|DIR", required_unless_present = "example")]
    pub input: Option<PathBuf>,
    /// A built-in example instead of a profile; `cachewright init` lists them
    #[arg(long, value_name = "NAME", conflicts_with = "input")]
    pub example: Option<String>,
    /// Name of the stack
    #[arg(long, value_name = "NAME")]
    pub stack_name: String,
    /// Accept the changes without being asked
    #[arg(long, short)]
    pub yes: bool,
    /// Stop after the change set and its preview
    #[arg(long, conflicts_with = "execute")]
    pub no_execute: bool,
    /// Continue a change set made with --no-execute
    #[arg(long, value_name = "CHANGESET")]
    pub execute: Option<String>,
    /// What CloudFormation does when the deployment fails
    #[arg(long, value_enum, default_value_t, value_name = "ACTION")]
    pub on_failure: OnFailure,
    /// Allow replacements and removals, which destroy the data they name in the preview
    #[arg(long)]
    pub allow_replacement: bool,
    /// Overrides a parameter of the template (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub parameter: Vec<String>,
    /// Adds a tag to the stack and its resources (repeatable)
    #[arg(long, value_name = "KEY=VALUE")]
    pub tag: Vec<String>,
    /// Protect the stack against deletion
    #[arg(long)]
    pub termination_protection: bool,
    /// Finish when the configuration is applied, without waiting until everything is ready
    #[arg(long)]
    pub express: bool,
    /// Also write the outputs to this file, as JSON
    #[arg(long, value_name = "FILE")]
    pub outputs_file: Option<PathBuf>,
    /// Overwrite the outputs file
    #[arg(long)]
    pub force: bool,
    /// Deploy this eligible service instead of the recommended one (with a profile)
    #[arg(long, value_name = "ID")]
    pub service: Option<String>,
    /// Variant of that service (with a profile)
    #[arg(long, value_name = "ID")]
    pub variant: Option<String>,
    /// Override a field of the profile: what-if without editing (repeatable)
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
    /// Options of every command on a stack.
    #[command(flatten)]
    pub common: Common,
}

/// Deploys a profile, or a directory written by `generate`.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let catalog = files::catalog(global, world)?;
    let is_template =
        |p: &&PathBuf| p.is_dir() || p.file_name().is_some_and(|n| n == "template.yaml");
    if let Some(written) = args.input.as_ref().filter(is_template) {
        let (template_body, parameters) = input::read(written)?;
        let plan = with_template(args, template_body, parameters)?;
        return run_plan(args, plan, &catalog, world);
    }
    let source = Source {
        example: args.example.clone(),
        ..Source::default()
    };
    let profile = source.one(args.input.as_deref(), &args.sets, &catalog, world)?;
    let stack = generate::stack(
        &profile,
        args.service.as_deref(),
        args.variant.as_deref(),
        &args.money,
        catalog.clone(),
        world,
    )?;
    let mut args = args.clone();
    args.common.aws.region = Some(region(&args, &stack.region, world)?);
    let parameters = input::parse_parameters(&stack.parameters, Path::new("parameters.json"))?;
    let plan = with_template(&args, stack.template, parameters)?;
    run_plan(
        &args,
        Plan {
            capabilities: stack.capabilities,
            ..plan
        },
        &catalog,
        world,
    )
}

/// The profile's region, unless the command line or the environment names another one: then a refusal.
fn region(args: &Args, profile: &str, world: &World<'_>) -> Result<String> {
    let env = |name: &str| world.env.get(name).filter(|v| !v.is_empty()).cloned();
    let named = args.common.aws.region.clone();
    let named = named
        .or_else(|| env("AWS_REGION"))
        .or_else(|| env("AWS_DEFAULT_REGION"));
    match named {
        Some(other) if other != profile => Err(Failure::new(
            Exit::Usage,
            "region-mismatch",
            format!("the profile is for {profile}, but the deployment would go to {other}"),
        )
        .help(format!("add --region {profile}, or --set region={other}"))
        .into()),
        _ => Ok(profile.to_owned()),
    }
}

fn with_template(
    args: &Args,
    template_body: String,
    mut parameters: Vec<(String, String)>,
) -> Result<Plan> {
    for (key, value) in pairs("--parameter", &args.parameter)? {
        parameters.retain(|(k, _)| *k != key);
        parameters.push((key, value));
    }
    let cost = input::monthly_cost(&template_body).map(|(monthly, day)| CostLines {
        monthly: Some(monthly),
        previous: None,
        basis: day.map(|day| format!("prices of {day}")),
    });
    Ok(Plan {
        template_body,
        parameters,
        cost,
        ..from_flags(args)?
    })
}

/// What the running stack costs, as its own template says.
async fn previous<C: Cloud>(run: &mut Run<'_, '_, C>, name: &str) -> Option<Amount> {
    let cloud = run.cloud;
    let template = run
        .persist(async || cloud.template(name).await)
        .await
        .ok()?;
    input::monthly_cost(&template).map(|(monthly, _)| monthly)
}

/// The parts of a plan that come from the command line alone.
pub fn from_flags(args: &Args) -> Result<Plan> {
    let mut tags = vec![(TAG.0.to_owned(), TAG.1.to_owned())];
    tags.extend(pairs("--tag", &args.tag)?);
    Ok(Plan {
        stack_name: args.stack_name.clone(),
        tags,
        termination_protection: args.termination_protection,
        on_failure: args.on_failure,
        express: args.express,
        ..Plan::default()
    })
}

fn pairs(flag: &str, list: &[String]) -> Result<Vec<(String, String)>> {
    list.iter()
        .map(|text| {
            text.split_once('=')
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .ok_or_else(|| {
                    Failure::new(
                        Exit::Usage,
                        "bad-pair",
                        format!("{flag} `{text}` has no `=`"),
                    )
                    .help(format!("write {flag} KEY=VALUE"))
                    .into()
                })
        })
        .collect()
}

/// Deploys a plan.
pub fn run_plan(args: &Args, plan: Plan, catalog: &Catalog, world: &mut World<'_>) -> Result<Exit> {
    if let Some(path) = &args.outputs_file {
        output::refuse_overwrite(path, args.force)?;
    }
    let job = job(args, world.terminal.can_prompt);
    let local = |sink: &mut Sink<'_>, connection: &Connection| {
        let checks = preflight::local(&plan, &connection.region, catalog);
        let usage = ["stack-name", "region-known"];
        let wrong = |c: &Check| c.status == CheckStatus::Failed && usage.contains(&c.name.as_str());
        let exit = if checks.iter().any(wrong) {
            Exit::Usage
        } else {
            Exit::BadInput
        };
        // What holds is told later, after who acts where.
        if checks.iter().any(|c| c.status == CheckStatus::Failed) {
            report(sink, &checks, exit)?;
        }
        Ok(())
    };
    let mut asked = plan.clone();
    operation::run_after(world, &args.common, &job, local, async |run, connection| {
        let plan = &mut asked;
        if plan.express {
            run.sink.note(
                "express mode: CloudFormation reports success before resources are ready to serve",
            )?;
        }
        let known = preflight::local(plan, &connection.region, catalog);
        report(run.sink, &known, Exit::BadInput)?;
        let found = preflight::remote(run.cloud, plan).await;
        if let Some(error) = found.blocked {
            // The engine repeats what can be repeated; credentials cannot.
            if !error.is_transient() {
                return Err(error.failure().into());
            }
        }
        let mut checks = found.checks;
        let own = run.cloud.resources(&plan.stack_name).await;
        let own = own.unwrap_or_default();
        checks.extend(places::look(connection, plan, &own).await);
        report(run.sink, &checks, Exit::Deployment)?;
        for capability in found.capabilities {
            if !plan.capabilities.contains(&capability) {
                run.sink.note(&format!(
                    "the template needs {capability}; agreeing to the changes grants it"
                ))?;
                plan.capabilities.push(capability);
            }
        }
        if let Some(cost) = plan.cost.as_mut() {
            cost.previous = previous(run, &plan.stack_name).await;
        }
        run.deploy(plan).await
    })
}

/// Tells what the checks found, all at once; a failed one ends the deployment before it begins.
fn report(sink: &mut Sink<'_>, checks: &[Check], exit: Exit) -> Result<()> {
    for check in checks {
        sink.record(&Record::Check(check.clone()))?;
        if matches!(check.status, CheckStatus::Failed | CheckStatus::Warning) {
            let text = format!("{}: {}", check.name, check.detail);
            let text = sink.paint(Tone::Care, &text);
            sink.line(&text)?;
            if let Some(help) = &check.help {
                sink.line(&format!("  {help}"))?;
            }
        }
    }
    let failed = checks.iter().filter(|c| c.status == CheckStatus::Failed);
    let failed = failed.count();
    if failed == 0 {
        return Ok(());
    }
    Err(Failure::new(
        exit,
        "preflight",
        format!("{} failed; nothing was changed", plural(failed, "check")),
    )
    .help("correct what the checks name, then run again")
    .into())
}

fn job(args: &Args, can_prompt: bool) -> Job {
    let mut job = Job::new("deploy", &args.stack_name);
    job.resume = vec![
        "deploy".to_owned(),
        "--stack-name".to_owned(),
        args.stack_name.clone(),
    ];
    let input = args.input.iter().map(|path| path.display().to_string());
    job.resume.splice(1..1, input);
    for (flag, value) in [
        ("--example", &args.example),
        ("--service", &args.service),
        ("--variant", &args.variant),
    ] {
        job.resume
            .extend(value.iter().flat_map(|v| [flag.to_owned(), v.clone()]));
    }
    let lists = [
        ("--parameter", &args.parameter),
        ("--tag", &args.tag),
        ("--set", &args.sets),
    ];
    for (flag, list) in lists {
        job.resume
            .extend(list.iter().flat_map(|p| [flag.to_owned(), p.clone()]));
    }
    let on_failure = match args.on_failure {
        OnFailure::Rollback => None,
        OnFailure::Keep => Some("keep"),
        OnFailure::Delete => Some("delete"),
    };
    if let Some(word) = on_failure {
        job.resume
            .extend(["--on-failure".to_owned(), word.to_owned()]);
    }
    for (set, flag) in [
        (args.express, "--express"),
        (args.termination_protection, "--termination-protection"),
        (args.allow_replacement, "--allow-replacement"),
        (args.money.no_free_tier, "--no-free-tier"),
    ] {
        if set {
            job.resume.push(flag.to_owned());
        }
    }
    job.consent = Consent::from(args.yes, can_prompt);
    job.allow_replacement = args.allow_replacement;
    job.no_execute = args.no_execute;
    job.execute.clone_from(&args.execute);
    job.outputs_file.clone_from(&args.outputs_file);
    job
}
