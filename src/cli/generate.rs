//! `cachewright generate`: template, parameters and README for the choice.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::session::Session;
use super::{input, output};
use crate::cli::args::{Global, Money};
use crate::domain::decision::{Candidate, Decision, Outcome, Verdict};
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::policy;
use crate::stack::{self, Stack};
use crate::text::one_of;
use crate::words;
use crate::world::World;

/// Arguments of `generate`.
#[derive(clap::Args)]
pub struct Args {
    /// Profile file; `-` reads standard input.
    #[arg(value_name = "PROFILE")]
    pub profile: PathBuf,
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

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let files = ["template.yaml", "parameters.json", "README.md"];
    for file in files {
        output::refuse_overwrite(&args.output.join(file), args.force)?;
    }
    let stack = stack(
        &args.profile,
        &args.sets,
        args.service.as_deref(),
        args.variant.as_deref(),
        &args.money,
        global,
        world,
    )?;
    if let Some(rules) = &args.policy {
        policy::gate(Path::new("cfn-guard"), &stack.template, rules)?;
    }
    output::folder(&args.output)?;
    for (file, text) in files
        .into_iter()
        .zip([&stack.template, &stack.parameters, &stack.readme])
    {
        output::to_file(text.as_bytes(), &args.output.join(file), args.force)?;
    }
    tell(&args.output, &stack, world)?;
    Ok(Exit::Done)
}

fn tell(dir: &Path, stack: &Stack, world: &mut World<'_>) -> Result<()> {
    let shown = dir.display();
    writeln!(
        world.out,
        "{shown}/template.yaml\n{shown}/parameters.json\n{shown}/README.md"
    )?;
    if !stack.missing.is_empty() {
        writeln!(
            world.err,
            "Fill in before you deploy: {} (in {shown}/parameters.json, or under `deployment` in the profile).",
            stack.missing.join(", ")
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
    path: &Path,
    sets: &[String],
    service: Option<&str>,
    variant: Option<&str>,
    money: &Money,
    global: &Global,
    world: &mut World<'_>,
) -> Result<Stack> {
    let catalog = input::catalog(global, world)?;
    let (file, resolved) = input::profile(path, sets, &catalog.regions, world)?;
    let profiles = std::slice::from_ref(&resolved.profile);
    let session = Session::open(catalog, money, false, profiles, world)?;
    let decided = session.decide(file, resolved, false);
    let candidate = choose(&decided.profile, &decided.decision, service, variant)?;
    let input = stack::Input {
        profile: &decided.profile,
        decision: &decided.decision,
        candidate,
        catalog: &session.catalog,
        prices_as_of: &session.book.as_of,
        price_terms: session.book.terms(),
    };
    Ok(stack::generate(&input)?)
}

/// The winner, or the eligible candidate that was asked for.
fn choose<'d>(
    profile: &Profile,
    decision: &'d Decision,
    service: Option<&str>,
    variant: Option<&str>,
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
    let wanted = |c: &&Candidate| {
        c.pick.service == service && variant.is_none_or(|v| c.pick.variant.as_deref() == Some(v))
    };
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
