//! `cachewright watch`: does the accepted answer still hold with today's prices, rules and usage?
//!
//! One shot. The accepted report is decided again with today's prices and rules, then the profile as it is now, then
//! the measured one: what changes from step to step says what moved. Nothing is written but the result.

mod movers;
mod show;
mod usage;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;
use rust_decimal::Decimal;
use serde_json::Value;

use super::args::{Format, Global, Lookup, Money, Output};
use super::measure::cloudwatch;
use super::session::{self, Look};
use super::source::Wanted;
use super::{input, names, reports};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::domain::units::{Quantity as _, Share};
use crate::exit::{Exit, Failure};
use crate::report::given::Given;
use crate::report::json;
use crate::report::read::Written;
use crate::text::{meant, shell, short, visible};
use crate::workload::Resolved;
use crate::world::World;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Markdown, "For the summary of a job, or an issue"),
    (Format::Json, "For programs"),
];

/// What the help ends with; every line works in an empty directory.
const EXAMPLES: &str = "\
Examples:
  cachewright init sessions -o cache.yaml
  cachewright recommend cache.yaml -o accepted.json
  cachewright watch cache.yaml --accepted accepted.json --prices snapshot";

/// Arguments of `watch`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Profile file as it is today.
    #[arg(value_name = "PROFILE")]
    pub profile: PathBuf,
    /// The accepted report: written by `recommend -f json`.
    #[arg(long, value_name = "REPORT.json")]
    pub accepted: PathBuf,
    /// Which report, where the file holds several.
    #[arg(long, value_name = "NAME")]
    pub profile_name: Option<String>,
    /// The workload as it was measured, such as by `measure -o`: what it states stands over the profile.
    #[arg(long, value_name = "PROFILE2", conflicts_with = "cloudwatch")]
    pub measured: Option<PathBuf>,
    /// A smaller change of the monthly cost is silence: price lists jitter.
    #[arg(long, value_name = "SHARE", default_value = "5%")]
    pub min_change: String,
    /// What fails (exit 5).
    #[arg(long, value_enum, default_value = "flip", help_heading = "Gates")]
    pub fail_on: FailOn,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Where unit prices come from.
    #[arg(
        long,
        value_name = "public|live|snapshot|file:PATH",
        default_value = "public",
        help_heading = "Prices"
    )]
    pub prices: String,
    /// A bill with a missing price fails (exit 4).
    #[arg(long, help_heading = "Prices")]
    pub strict: bool,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
    /// Measure now instead.
    #[command(flatten)]
    pub account: cloudwatch::Flags,
}

/// What makes the command fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Another answer.
    Flip,
    /// Another answer, or another cost.
    Change,
    /// Nothing.
    Never,
}

/// Does the accepted answer hold?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Yes.
    Same,
    /// Yes, at another cost.
    Changed,
    /// Another service, variant or outcome, or no longer sure.
    Flip,
    /// A price is missing.
    Unknown,
}

impl Verdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Changed => "changed",
            Self::Flip => "flip",
            Self::Unknown => "unknown",
        }
    }
}

/// Everything that was found.
struct Found {
    name: String,
    verdict: Verdict,
    /// The accepted report and today's.
    reports: [Value; 2],
    causes: Vec<movers::Cause>,
    /// What is different between what was accepted and what is asked, to know.
    notes: Vec<String>,
    /// Accepts today's answer.
    command: String,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    args.output.check()?;
    let form = args.output.form(args.format, FORMS)?;
    let limit = share(&args.min_change)?;
    let file = reports::read(&args.accepted)?;
    let accepted = pick(file.reports, args.profile_name.as_deref())?;
    let given = reports::given(&accepted)?;
    let mut catalog = input::catalog(global, world)?;
    names::only(&given.only, &mut catalog)?;
    let steps = steps(args, &given, &catalog, world)?;
    let found = decide(args, accepted, given, (catalog, steps), limit, world)?;
    let shown = match form {
        Format::Json => json::to_string(&show::json(&found))?,
        Format::Markdown => show::markdown(&found),
        _ => show::text(&found, args.output.layout(world)),
    };
    args.output.write(&shown, world)?;
    Ok(exit(found.verdict, args))
}

fn exit(verdict: Verdict, args: &Args) -> Exit {
    match (verdict, args.fail_on) {
        (Verdict::Unknown, _) if args.strict => Exit::Prices,
        (Verdict::Flip, FailOn::Flip | FailOn::Change) | (Verdict::Changed, FailOn::Change) => {
            Exit::Gate
        }
        _ => Exit::Done,
    }
}

/// `5%` or `5 %`.
fn share(text: &str) -> Result<Decimal> {
    let parsed = text.trim().trim_end_matches('%').trim_end();
    let parsed = format!("{parsed} %").parse::<Share>();
    parsed.map(|s| s.value()).map_err(|_| {
        let message = format!("`{}` is not a share", visible(text));
        Failure::new(Exit::Usage, "watch-share", message)
            .help("write it as `5%`")
            .into()
    })
}

/// The one report of the file, or the one of a name.
fn pick(all: Vec<Value>, name: Option<&str>) -> Result<Value> {
    let known: Vec<String> = all.iter().map(|r| Written(r).name().to_owned()).collect();
    let wanted = |report: &Value| name.is_none_or(|n| Written(report).name() == n);
    let mut found: Vec<Value> = all.into_iter().filter(wanted).collect();
    if found.len() == 1
        && let Some(one) = found.pop()
    {
        return Ok(one);
    }
    let near = name.map_or(String::new(), |n| {
        meant(n, known.iter().map(String::as_str))
    });
    let message = match name {
        Some(name) => format!("the file holds no one report of `{}`{near}", short(name)),
        None => format!("the file holds {} reports", known.len()),
    };
    let shown: Vec<String> = known.iter().map(|n| short(n)).collect();
    Err(reports::invalid(message)
        .help(format!(
            "name one with --profile-name: {}",
            shown.join(", ")
        ))
        .into())
}

/// The profiles in the order in which they are decided: accepted, as it is now, as it is used.
struct Steps {
    profiles: Vec<Resolved>,
    /// What is to be said of the measurement.
    said: Vec<String>,
}

fn steps(args: &Args, given: &Given, catalog: &Catalog, world: &mut World<'_>) -> Result<Steps> {
    let accepted = reports::profile(given, catalog)?;
    let now = Wanted::file(&args.profile, &[]).load(catalog, world)?;
    let used = usage::read(args, &now, catalog, world)?;
    let (used, said) = used.map_or((None, Vec::new()), |(used, said)| (Some(used), said));
    let profiles = [Some(accepted), Some(now), used];
    Ok(Steps {
        profiles: profiles.into_iter().flatten().collect(),
        said,
    })
}

fn decide(
    args: &Args,
    accepted: Value,
    given: Given,
    (catalog, steps): (Catalog, Steps),
    limit: Decimal,
    world: &mut World<'_>,
) -> Result<Found> {
    let Steps {
        profiles: steps,
        said,
    } = steps;
    let profiles: Vec<Profile> = steps.iter().map(|r| r.profile.clone()).collect();
    let money = Money {
        // A list that cannot be reached must not end as "same" with the prices of the program.
        strict: args.prices == "public" || args.prices == "live",
        ..reports::money(&given, Some(&args.prices), &args.lookup)
    };
    let session = session::open(catalog, &money, given.strict_facts, &profiles, world)?;
    let mut notes = differences(&profiles);
    notes.extend(session.notes.iter().cloned());
    notes.extend(said);
    let mut causes = Vec::new();
    let mut before = accepted.clone();
    let names = ["rules", "profile", "usage"];
    for (i, step) in steps.iter().enumerate() {
        let decided = session.decide(String::new(), step.clone(), Look::Outlook);
        let after = serde_json::to_value(json::mirror(&decided.report(&session, &[])))?;
        if i == 0 {
            causes.extend(movers::prices(&before, &after, &accepted));
            causes.extend(movers::rules(&before, &after));
        } else {
            let stated = [&steps[i - 1].stated, &step.stated];
            causes.extend(movers::fields(names[i], stated, &accepted, &session));
        }
        before = after;
    }
    causes.sort_by_key(|cause| std::cmp::Reverse(cause.weight()));
    let file = args.profile.display().to_string();
    Ok(Found {
        name: profiles[1].name.clone(),
        verdict: verdict(&accepted, &before, limit),
        reports: [accepted, before],
        causes,
        notes,
        command: accepts(args, &given, &file),
    })
}

/// The command that accepts today's answer, with the options of the accepted report.
fn accepts(args: &Args, given: &Given, file: &str) -> String {
    let mut words = vec!["cachewright recommend".to_owned(), shell(file)];
    if args.prices != "snapshot" {
        words.extend(["--prices".to_owned(), shell(&args.prices)]);
    }
    for (on, flag) in [
        (given.no_free_tier, "--no-free-tier"),
        (given.strict_facts, "--strict-facts"),
        (given.partial_prices, "--partial-prices"),
    ] {
        words.extend(on.then(|| flag.to_owned()));
    }
    for (flag, values) in [("--discount", &given.discounts), ("--only", &given.only)] {
        words.extend(values.iter().map(|v| format!("{flag} {}", shell(v))));
    }
    let accepted = shell(&args.accepted.display().to_string());
    words.push(format!("-f json -o {accepted} --force"));
    words.join(" ")
}

/// Another name or Region than was accepted is said; the comparison is made all the same.
fn differences(profiles: &[Profile]) -> Vec<String> {
    let (accepted, now) = (&profiles[0], &profiles[1]);
    let pairs = [
        ("profile", &accepted.name, &now.name),
        ("Region", &accepted.region, &now.region),
    ];
    let differ = pairs.into_iter().filter(|(_, a, b)| a != b);
    differ
        .map(|(what, a, b)| {
            format!(
                "the accepted {what} is {}, this one {}",
                visible(a),
                visible(b)
            )
        })
        .collect()
}

/// Another service, variant or outcome, or an answer that is no longer sure, is a flip; the cost comes after it.
fn verdict(accepted: &Value, now: &Value, limit: Decimal) -> Verdict {
    let answers = [accepted, now].map(show::Answer::of);
    let [old, new] = &answers;
    let same =
        old.outcome == new.outcome && old.service == new.service && old.variant == new.variant;
    if !new.complete {
        return Verdict::Unknown;
    }
    if !same || (new.level == "open" && old.level != "open") {
        return Verdict::Flip;
    }
    match (old.cost, new.cost) {
        (Some(old), Some(new)) if (new - old).abs() > limit * old.abs() => Verdict::Changed,
        _ => Verdict::Same,
    }
}
