//! `cachewright generate`: template, parameters and README for the choice.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use super::session::{self, Decided, Look, Session};
use super::source::{Source, Wanted};
use super::{input, output};
use crate::cli::args::{Global, Money};
use crate::deploy::permissions;
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Candidate, Decision, Outcome, Verdict};
use crate::domain::finding::Why;
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::policy;
use crate::services::settings;
use crate::stack::{self, Stack, wrappers};
use crate::text::{meant, one_of, short};
use crate::words;
use crate::world::World;

/// Arguments of `generate`.
#[derive(clap::Args)]
pub struct Args {
    /// Profile file; `-` reads standard input.
    #[arg(value_name = "PROFILE", conflicts_with = "example")]
    pub profile: Option<PathBuf>,
    /// What stands in for a file.
    #[command(flatten)]
    pub source: Source,
    /// Directory for template.yaml, parameters.json and README.md.
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Overwrite existing files.
    #[arg(long)]
    pub force: bool,
    /// Generate for this eligible service instead of the recommended one.
    #[arg(long, value_name = "ID")]
    pub service: Option<String>,
    /// Variant of that service.
    #[arg(long, value_name = "ID")]
    pub variant: Option<String>,
    /// Write wrappers of the same template too, for other tools.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "TOOL")]
    pub with: Vec<Tool>,
    /// Refuse a template that breaks these cfn-guard rules (a file or a directory; needs cfn-guard).
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Override a field: what-if without editing.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
}

/// A tool that takes the stack in a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Tool {
    /// cache-stack.ts, a stack of the AWS CDK
    Cdk,
    /// main.tf, for Terraform and OpenTofu
    Terraform,
}

impl From<Tool> for wrappers::Tool {
    fn from(tool: Tool) -> Self {
        match tool {
            Tool::Cdk => Self::Cdk,
            Tool::Terraform => Self::Terraform,
        }
    }
}

/// What is written besides wrappers.
const FILES: [&str; 4] = [
    "template.yaml",
    "parameters.json",
    "README.md",
    "deployer-policy.json",
];

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let tools: BTreeSet<wrappers::Tool> = args.with.iter().map(|t| (*t).into()).collect();
    for file in FILES.into_iter().chain(tools.iter().map(|t| t.file())) {
        output::refuse_overwrite(&args.output.join(file), args.force)?;
    }
    let catalog = input::catalog(global, world)?;
    let profile = args.profile.as_deref();
    let wanted = args.source.one(profile, &args.sets, &catalog, world)?;
    let stack = stack(
        &wanted,
        args.service.as_deref(),
        args.variant.as_deref(),
        &args.money,
        catalog,
        world,
    )?;
    if let Some(rules) = &args.policy {
        policy::gate(Path::new("cfn-guard"), &stack.template, rules)?;
    }
    let files = texts(&stack, &tools)?;
    output::folder(&args.output)?;
    for (file, text) in &files {
        output::to_file(text.as_bytes(), &args.output.join(file), args.force)?;
    }
    tell(&args.output, &files, &stack, world)?;
    Ok(Exit::Done)
}

/// Every file of the folder with its text; each wrapper has its section in the README.
pub(super) fn texts(
    stack: &Stack,
    tools: &BTreeSet<wrappers::Tool>,
) -> Result<Vec<(&'static str, String)>> {
    let deployer = permissions::policy(&stack.template)?;
    let mut readme = stack.readme.clone();
    let mut beside = Vec::new();
    for tool in tools {
        let wrapper = tool.wrap(stack)?;
        readme.push('\n');
        readme.push_str(&wrapper.readme);
        beside.push((wrapper.file, wrapper.text));
    }
    let own = [
        stack.template.clone(),
        stack.parameters.clone(),
        readme,
        deployer,
    ];
    Ok(FILES.into_iter().zip(own).chain(beside).collect())
}

fn tell(dir: &Path, files: &[(&str, String)], stack: &Stack, world: &mut World<'_>) -> Result<()> {
    let shown = dir.display();
    for (file, _) in files {
        writeln!(world.out, "{shown}/{file}")?;
    }
    if !stack.missing.is_empty() {
        writeln!(
            world.err,
            "Fill in before you deploy: {} (in {shown}/parameters.json{}).",
            stack.missing.join(", "),
            stack.missing_keys
        )?;
    }
    if !stack.unused.is_empty() {
        let settings: Vec<String> = stack
            .unused
            .iter()
            .map(|key| format!("`deployment.{key}`"))
            .collect();
        writeln!(
            world.err,
            "Without effect on this stack: {}.",
            settings.join(", ")
        )?;
    }
    writeln!(
        world.err,
        "Next: cachewright deploy {shown} --stack-name {} --region {}",
        stack.name, stack.region
    )?;
    Ok(())
}

/// Decides and generates.
pub fn stack(
    wanted: &Wanted,
    service: Option<&str>,
    variant: Option<&str>,
    money: &Money,
    catalog: Catalog,
    world: &mut World<'_>,
) -> Result<Stack> {
    let resolved = wanted.load(&catalog, world)?;
    settings::check(&resolved.profile)?;
    let profiles = std::slice::from_ref(&resolved.profile);
    let session = session::open(catalog, money, false, profiles, world)?;
    let decided = session.decide(wanted.words.clone(), resolved, Look::Decision);
    of(&session, &decided, service, variant)
}

/// The stack of a decision: of its winner, or of the eligible service that is asked for.
pub(super) fn of(
    session: &Session,
    decided: &Decided,
    service: Option<&str>,
    variant: Option<&str>,
) -> Result<Stack> {
    let named = service.and_then(|name| session.catalog.named(name));
    let variant = variant.or(named.and_then(|(_, variant)| variant));
    let service = named.map_or(service, |(found, _)| Some(found.id.as_str()));
    let alone = match (service, variant) {
        (Some(service), Some(variant)) => {
            let engine = session.engine(&decided.profile);
            let found = engine.judge(&decided.profile, service, variant);
            Some(found.ok_or_else(|| unknown_variant(&session.catalog, service, variant))?)
        }
        _ => None,
    };
    let candidate = match &alone {
        Some(alone) => fit(alone)?,
        None => choose(
            &decided.profile,
            &decided.decision,
            &session.catalog,
            service,
        )?,
    };
    let input = stack::Input {
        profile: &decided.profile,
        decision: &decided.decision,
        candidate,
        catalog: &session.catalog,
        prices_as_of: &session.book.as_of,
        price_terms: session.book.terms(),
    };
    let mut stack = stack::generate(&input)?;
    stack.unused = stack::unused(&input, &stack);
    Ok(stack)
}

/// The variant that was asked for, when the workload keeps its limits; it may be a dearer one, or a plan whose
/// allowance the workload exceeds (a plan has no overage, and the README says so).
fn fit(candidate: &Candidate) -> Result<&Candidate> {
    let mut reasons = candidate.reasons.iter();
    let Some(first) = reasons.find(|r| !matches!(r.why, Why::NotCovered(_))) else {
        return Ok(candidate);
    };
    let pick = &candidate.pick;
    let why = words::reason(first);
    let name = pick.variant.as_deref().unwrap_or(&pick.service);
    Err(Failure::new(
        Exit::NoneFits,
        "service-not-eligible",
        format!("`{name}` of `{}` cannot be generated: {why}", pick.service),
    )
    .help("leave --variant out to take the cheapest that fits")
    .into())
}

fn unknown_variant(catalog: &Catalog, service: &str, variant: &str) -> Failure {
    let Some(known) = catalog.service(service) else {
        return unknown_service(catalog, service);
    };
    let ids: Vec<&str> = known
        .variants
        .iter()
        .filter_map(|v| v.id.as_deref())
        .collect();
    let failure = Failure::new(
        Exit::Usage,
        "variant-unknown",
        format!(
            "`{service}` has no variant `{}`{}",
            short(variant),
            meant(variant, ids.iter().copied())
        ),
    );
    failure.help(if ids.is_empty() {
        "leave --variant out".to_owned()
    } else {
        format!("its variants are {}", one_of(&ids))
    })
}

fn unknown_service(catalog: &Catalog, service: &str) -> Failure {
    let ids: Vec<&str> = catalog.services.iter().map(|s| s.id.as_str()).collect();
    Failure::new(
        Exit::Usage,
        "service-unknown",
        format!(
            "no service has the id `{}`{}",
            short(service),
            meant(service, ids.iter().copied())
        ),
    )
    .help("list ids with `cachewright catalog list`")
}

/// The winner, or the eligible candidate that was asked for.
fn choose<'d>(
    profile: &Profile,
    decision: &'d Decision,
    catalog: &Catalog,
    service: Option<&str>,
) -> Result<&'d Candidate> {
    let Some(service) = service else {
        return decision.winner().ok_or_else(|| {
            let exit = Exit::NoneFits;
            let help = if decision.outcome == Outcome::NoCache {
                "add `--service ID` if you want one all the same"
            } else {
                "see `cachewright recommend` for what to relax"
            };
            Failure::new(
                exit,
                "nothing-to-generate",
                format!(
                    "the answer is `{}`: {}",
                    decision.outcome.word(),
                    words::summary(profile, decision)
                ),
            )
            .help(help)
            .into()
        });
    };
    if catalog.service(service).is_none() {
        return Err(unknown_service(catalog, service).into());
    }
    let wanted = |c: &&Candidate| c.pick.service == service;
    let rows: Vec<&Candidate> = decision.candidates.iter().filter(wanted).collect();
    if let Some(found) = rows.iter().find(|c| c.verdict == Verdict::Eligible) {
        return Ok(found);
    }
    let eligible: Vec<&str> = decision
        .candidates
        .iter()
        .filter(|c| c.verdict == Verdict::Eligible)
        .map(|c| c.pick.service.as_str())
        .collect();
    let why = rows
        .first()
        .and_then(|c| c.reasons.first())
        .map_or("it is not a candidate".to_owned(), words::reason);
    let failure = Failure::new(
        Exit::NoneFits,
        "service-not-eligible",
        format!("`{service}` cannot be generated: {why}"),
    );
    let mut eligible = eligible;
    eligible.dedup();
    Err(failure
        .help(if eligible.is_empty() {
            "no service is eligible".to_owned()
        } else {
            format!("eligible are {}", one_of(&eligible))
        })
        .into())
}
