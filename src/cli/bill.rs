//! `cachewright bill`: the estimate against what AWS billed.
//!
//! Files only, never a billing API: Cost Explorer takes money for every call. The estimate is made now, or is that of an
//! accepted report; the bill says which of its numbers were right, and what the profile should have said.

mod estimate;
mod files;
mod machine;
mod query;
mod refitted;
mod show;
mod stack;

pub use machine::Json;

use std::path::PathBuf;

use anyhow::Result;
use rust_decimal::Decimal;

use super::args::{Format, Global, Money, Output};
use super::session::{self, Look, Session};
use super::{input, output};
use crate::bill::meters::{Meters, of_selectors};
use crate::bill::refit::{Refit, refit};
use crate::bill::{Refusal, compare};
use crate::domain::bill::Comparison;
use crate::domain::decision::{Cost, Decision};
use crate::domain::money::Usd;
use crate::domain::units::{Quantity as _, Share};
use crate::exit::{Exit, Failure};
use crate::report::json;
use crate::text::visible;
use crate::world::World;
use cachewright_measure::bill::Ledger;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Markdown, "For a document or an issue"),
    (Format::Json, "For programs"),
];

/// What the help ends with.
const EXAMPLES: &str = "\
Examples:
  cachewright bill --emit-query cur                  what to export from AWS
  cachewright bill --emit-query ce --month 2026-10   the same by Cost Explorer

Then, with what came back:
  bill export/ --profile cache.yaml --month 2026-10
  bill october.json --profile cache.yaml --refit billed.yaml
  bill export/*.csv.gz --report accepted.json --tag app=shop --tolerance 15%";

/// Arguments of `bill`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Exported bills: CUR 2.0 or FOCUS as CSV, CSV.gz or Parquet, Cost Explorer as JSON; files, directories, patterns.
    #[arg(value_name = "FILE", required_unless_present = "emit_query")]
    pub files: Vec<String>,
    /// The profile whose estimate is compared; the estimate is made now.
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<PathBuf>,
    /// A report of `recommend -f json`: the estimate as it was accepted.
    #[arg(long, value_name = "REPORT.json", conflicts_with = "profile")]
    pub report: Option<PathBuf>,
    /// A deployed stack: rows of its resources alone. It is said where it was made of another profile.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// The service that runs, where it is not the recommended one, such as `dynamodb` or `dynamodb/standard-provisioned`.
    #[arg(long, value_name = "SERVICE[/VARIANT]")]
    pub service: Option<String>,
    /// Rows of this resource alone: an id, or the end of an ARN.
    #[arg(long, value_name = "ID")]
    pub resource: Vec<String>,
    /// Rows with this tag alone.
    #[arg(long, value_name = "KEY=VALUE")]
    pub tag: Vec<String>,
    /// Which month, where the files hold several.
    #[arg(long, value_name = "YYYY-MM")]
    pub month: Option<String>,
    /// Rows that may be corrupt.
    #[arg(long, value_name = "N", default_value = "0")]
    pub max_bad_lines: u64,
    /// Share by which a quantity may differ, and the cost as a whole before it fails (exit 5).
    #[arg(
        long,
        value_name = "SHARE",
        default_value = "10%",
        help_heading = "Gates"
    )]
    pub tolerance: String,
    /// Write the profile that fits the bill, the changed fields commented.
    #[arg(long, value_name = "OUT.yaml")]
    pub refit: Option<PathBuf>,
    /// Print what to run for an export, and read nothing.
    #[arg(long, value_name = "FORMAT")]
    pub emit_query: Option<query::Query>,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Connection of `--stack`.
    #[command(flatten)]
    pub stack_at: stack::StackAt,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
}

/// An answer with its cost.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answer {
    outcome: &'static str,
    service: Option<String>,
    variant: Option<String>,
    cost: Option<Cost>,
}

impl Answer {
    fn of(decision: &Decision) -> Self {
        let winner = decision.winner();
        Self {
            outcome: decision.outcome.word(),
            service: winner.map(|c| c.pick.service.clone()),
            variant: winner.and_then(|c| c.pick.variant.clone()),
            cost: winner.and_then(|c| Some(c.cost?.expected)),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (self.outcome, &self.service, &self.variant)
            == (other.outcome, &other.service, &other.variant)
    }
}

/// Everything that was found.
struct Found {
    name: String,
    /// The service that was estimated, for people.
    service: String,
    region: String,
    ledger: Ledger,
    filtered: bool,
    comparison: Comparison,
    totals: Totals,
    tolerance: Decimal,
    refit: Refit,
    before: Answer,
    /// With the refitted profile; none where the bill changes nothing.
    after: Option<Answer>,
    prices: String,
    notes: Vec<String>,
}

/// Sums over comparable meters.
struct Totals {
    estimated: Usd,
    /// As billed.
    billed: Usd,
    /// The same for the estimate's month.
    monthly: Usd,
    /// Estimated and not billed.
    not_billed: Usd,
    /// Share by which the gate's cost is above the estimate; none where nothing is comparable.
    gap: Option<Decimal>,
}

impl Totals {
    fn of(found: &Comparison) -> Self {
        let comparable = || found.meters.iter().filter(|m| m.verdict.is_comparable());
        let priced = || comparable().filter_map(|m| Some((m.estimated.cost?, m.gated?)));
        let estimated: Usd = priced().map(|(e, _)| e).sum();
        let gated: Usd = priced().map(|(_, g)| g).sum();
        let cost =
            |a: Option<crate::domain::bill::Amount>| a.and_then(|a| a.cost).unwrap_or_default();
        let missing = found.meters.iter().filter(|m| m.billed.is_none());
        let gap = match comparable().count() {
            0 => None,
            _ if (gated - estimated).cents().is_zero() => Some(Decimal::ZERO),
            _ => Some(
                (gated - estimated)
                    .0
                    .checked_div(estimated.0)
                    .unwrap_or(Decimal::ONE),
            ),
        };
        Self {
            estimated,
            billed: comparable().map(|m| cost(m.billed)).sum(),
            monthly: comparable().map(|m| cost(m.monthly)).sum(),
            not_billed: missing.filter_map(|m| m.estimated.cost).sum(),
            gap,
        }
    }
}

impl Found {
    fn flips(&self) -> bool {
        self.after
            .as_ref()
            .is_some_and(|after| !after.is_same(&self.before))
    }

    fn exit(&self) -> Exit {
        match self.totals.gap {
            None => Exit::Prices,
            Some(gap) if gap.abs() > self.tolerance || self.flips() => Exit::Gate,
            Some(_) => Exit::Done,
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    if let Some(query) = args.emit_query {
        let month = args.month.as_deref();
        args.output.write(&query.text(month)?, world)?;
        return Ok(Exit::Done);
    }
    args.output.check()?;
    if let Some(path) = &args.refit {
        output::refuse_overwrite(path, args.output.force)?;
    }
    let form = args.output.form(args.format, FORMS)?;
    let tolerance = share(&args.tolerance)?;
    let catalog = input::catalog(global, world)?;
    let mut asked = estimate::asked(args, &catalog, world)?;
    if let Some(name) = &args.stack {
        let stack = stack::read(args, name, &asked.resolved, world)?;
        asked.resources = stack.resources;
        asked.notes = stack.notes;
    }
    let profiles = [asked.resolved.profile.clone()];
    let session = session::open(catalog, &asked.money, asked.strict_facts, &profiles, world)?;
    let (found, text) = find(args, asked, &session, tolerance)?;
    let shown = match form {
        Format::Json => json::to_string(&machine::json(&found))?,
        Format::Markdown => show::markdown(&found),
        _ => show::text(&found, args.output.layout(world)),
    };
    args.output.write(&shown, world)?;
    if let (Some(path), Some(text)) = (&args.refit, text) {
        output::to_file(text.as_bytes(), path, args.output.force)?;
        writeln!(world.err, "wrote {}", path.display())?;
    }
    Ok(found.exit())
}

/// Reads the bill and compares; the text of the refitted profile where one was asked for.
fn find(
    args: &Args,
    asked: estimate::Asked,
    session: &Session,
    tolerance: Decimal,
) -> Result<(Found, Option<String>)> {
    let resolved = asked.resolved.clone();
    let decided = session.decide(String::new(), asked.resolved.clone(), Look::Decision);
    let engine = session.engine(&resolved.profile);
    let chosen = estimate::choose(args, &asked, session, &engine, &decided)?;
    let selectors = of_selectors(&session.catalog);
    let meters = Meters::new(&session.catalog, &selectors, files::skus(session));
    let filter = estimate::filter(args, &asked)?;
    let mut ledger = files::read(args, filter.as_ref(), &meters, &chosen.service.id)?;
    let bill = files::bill(&mut ledger, filter.is_some());
    let comparison = compare(&chosen.estimate(session, tolerance), &bill, &meters)
        .map_err(|why| refused(why, chosen.service.name.as_str(), &resolved.profile.region))?;
    let refit = refit(
        &engine,
        chosen.slot,
        &resolved.profile,
        &comparison,
        tolerance,
    );
    let mut notes = session.notes.clone();
    let rewritten = match refitted::rewritten(&refit, &resolved, &session.catalog) {
        // The comparison stands without the profile that nobody asked for.
        Err(why) if args.refit.is_none() => {
            notes.push(why.to_string());
            None
        }
        other => other?,
    };
    let after = rewritten.as_ref().map(|r| {
        let decided = session.decide(String::new(), r.clone(), Look::Decision);
        Answer::of(&decided.decision)
    });
    let text = args.refit.as_ref().map(|_| {
        let after = rewritten.as_ref().unwrap_or(&resolved);
        refitted::yaml(&after.stated, &refit, &ledger.month)
    });
    notes.extend(asked.notes.iter().cloned());
    notes.extend(ledger.notes.iter().cloned());
    let found = Found {
        name: resolved.profile.name.clone(),
        service: chosen.name(),
        region: resolved.profile.region.clone(),
        filtered: filter.is_some(),
        totals: Totals::of(&comparison),
        comparison,
        tolerance,
        refit,
        before: Answer::of(&decided.decision),
        after,
        prices: session.book.dated(),
        notes,
        ledger,
    };
    Ok((found, text))
}

/// `10%` or `10 %`.
fn share(text: &str) -> Result<Decimal> {
    let parsed = text.trim().trim_end_matches('%').trim_end();
    let parsed = format!("{parsed} %").parse::<Share>();
    parsed.map(|s| s.value()).map_err(|_| {
        let message = format!("`{}` is not a share", visible(text));
        Failure::new(Exit::Usage, "bill-share", message)
            .help("write it as `10%`")
            .into()
    })
}

/// There is nothing to compare.
fn refused(why: Refusal, service: &str, region: &str) -> Failure {
    match why {
        Refusal::TooShort(hours) => {
            let hours = hours.round_dp(1).normalize();
            let text = format!(
                "the bill has {hours} hours of usage; a month is not told from fewer than 24"
            );
            Failure::new(Exit::Prices, "bill-too-short", text)
                .help("export the bill again when a day is over")
        }
        Refusal::Idle => {
            let text = format!("the rows of {service} in {region} are without usage");
            Failure::new(Exit::Prices, "bill-nothing", text)
                .help("name a month in which it was used with `--month`")
        }
        Refusal::Nothing(has) => {
            let has: Vec<String> = has.iter().map(|h| visible(h)).collect();
            let has = if has.is_empty() {
                "no usage at all".to_owned()
            } else {
                has.join(", ")
            };
            let text = format!(
                "the bill has no rows of what is estimated of {service} in {region}; it has {has}"
            );
            Failure::new(Exit::Prices, "bill-nothing", text).help(
                "name what runs with `--service SERVICE/VARIANT`, or the month with `--month`",
            )
        }
    }
}
