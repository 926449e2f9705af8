//! `cachewright recommend`: profiles in, decisions and reports out.

mod interactive;
mod tables;

use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::Result;
use rust_decimal::Decimal;

use super::gates::{Gates, worst};
use super::how_much::HowMuch;
use super::session::{self, Decided, Look, Session};
use super::source::{Source, Wanted};
use super::{errors, input, names, sweep};
use crate::analysis::sweep::Axis;
use crate::analysis::{self, Growth};
use crate::cli::args::{Format, Global, Money, Output};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::domain::units::{Quantity, Share};
use crate::exit::{Exit, Failure};
use crate::report::given::GivenGrowth;
use crate::report::{Report, csv, html, json, markdown, summary, text};
use crate::text::visible;
use crate::workload::Resolved;
use crate::world::World;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Markdown, "For a document or a pull request"),
    (Format::Json, "For programs"),
    (Format::Html, "One self-contained page, for a design review"),
    (Format::Csv, "One row per candidate"),
];

/// What the help ends with; every line works in an empty directory.
const EXAMPLES: &str = "\
Examples:
  cachewright recommend --example sessions
  cachewright recommend --example website --set traffic.reads=10M/day
  cachewright recommend --layer edge --reads 3M/day --region eu-west-1
  cachewright recommend --example sessions --expect dynamodb --budget 500
  cachewright recommend --example sessions --sweep traffic.reads=1/s..10k/s
  cachewright recommend --example sessions -o report.html";

/// Arguments of `recommend`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Profile files; `-` reads standard input.
    #[arg(value_name = "PROFILE", conflicts_with = "example")]
    pub profiles: Vec<PathBuf>,
    /// What stands in for a file.
    #[command(flatten)]
    pub source: Source,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Override any field: what-if without editing.
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub sets: Vec<String>,
    /// Look at these services alone, by id or common name.
    #[arg(
        long,
        value_name = "SERVICE",
        value_delimiter = ',',
        help_heading = "Compare"
    )]
    pub only: Vec<String>,
    /// Two or more profiles side by side; one with `--set` beside itself without.
    #[arg(long, help_heading = "Compare", conflicts_with_all = ["expect", "budget", "sweep", "growth"])]
    pub compare: bool,
    /// A side of `--compare`: the profile with these fields, as `traffic.reads=5k/s; data.ttl=1 h` (repeatable; one
    /// side stands beside the profile as it is).
    #[arg(
        long = "side",
        value_name = "PATH=VALUE;…",
        requires = "compare",
        help_heading = "Compare"
    )]
    pub sides: Vec<String>,
    /// The answer in other Regions, a row each: codes, `near` for those of the same price geography, `all`.
    #[arg(
        long,
        value_name = "REGION",
        value_delimiter = ',',
        help_heading = "Compare",
        conflicts_with_all = ["expect", "budget"]
    )]
    pub regions: Vec<String>,
    /// Fail (exit 5) unless the answer is one of these services or outcomes.
    #[arg(
        long,
        value_name = "SERVICE",
        value_delimiter = ',',
        help_heading = "Gates"
    )]
    pub expect: Vec<String>,
    /// Fail (exit 5) when the recommended service costs more a month, such as `500 USD/month`.
    #[arg(long, value_name = "AMOUNT", help_heading = "Gates")]
    pub budget: Option<String>,
    /// The answer over one or two numbers instead of a report, such as `traffic.reads=10/s..100k/s` or `…@200` for 200
    /// points: stretches of one answer, two numbers as a map of letters, as CSV and JSON every point, as HTML a chart.
    /// Or over words: `compute=lambda,ec2`, or `private_access` alone for all of its words.
    #[arg(long, value_name = "FIELD=LOW..HIGH", help_heading = "What if")]
    pub sweep: Vec<String>,
    /// Reads, writes and working set grow by this share: cost over time, and the month another service takes over.
    #[arg(
        long,
        value_name = "SHARE/month",
        allow_hyphen_values = true,
        conflicts_with_all = ["brief", "sweep"],
        help_heading = "What if"
    )]
    pub growth: Option<String>,
    /// Months that `--growth` looks ahead.
    #[arg(
        long,
        value_name = "N",
        default_value = "24",
        requires = "growth",
        value_parser = clap::value_parser!(u32).range(1..=600),
        help_heading = "What if"
    )]
    pub months: u32,
    /// A page that decides by itself: the report with controls, the decision engine inside, one file that works offline.
    #[arg(
        long,
        conflicts_with_all = ["brief", "full", "why", "lines", "sources", "quiet", "sweep", "growth", "compare", "regions"],
        help_heading = "What if"
    )]
    pub interactive: bool,
    /// How much of a report.
    #[command(flatten)]
    pub much: HowMuch,
    /// Print only the verdicts of the gates; without a gate nothing but the exit code.
    #[arg(short, long, help_heading = "Gates")]
    pub quiet: bool,
    /// Facts that no source states rule a service out.
    #[arg(long)]
    pub strict_facts: bool,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    args.output.check()?;
    let form = args.output.form(args.format, FORMS)?;
    let mut catalog = input::catalog(global, world)?;
    names::only(&args.only, &mut catalog)?;
    let gates = Gates::parse(
        &args.expect,
        args.budget.as_deref(),
        args.money.strict,
        &catalog,
    )?;
    if let Some(table) = tables::asked(args)? {
        return table.print(args, catalog, world);
    }
    if args.interactive {
        return interactive::run(args, form, &gates, global, catalog, world);
    }
    let what_if = WhatIf::parse(args, form)?;
    let (loaded, failed) = load(args, &catalog, world)?;
    let profiles: Vec<Profile> = loaded.iter().map(|(_, r)| r.profile.clone()).collect();
    let session = session::open(catalog, &args.money, args.strict_facts, &profiles, world)?;
    if let ([(wanted, resolved)], false) = (loaded.as_slice(), what_if.axes.is_empty()) {
        let map = sweep::render(
            &session.engine(&resolved.profile),
            &resolved.profile,
            &what_if.axes,
            form,
            args.output.layout(world),
            &html::reproduce(&wanted.words, &options(args, global)),
        )?;
        args.output.write(&map, world)?;
        return Ok(Exit::Done);
    }
    let decided: Vec<Decided> = loaded
        .into_iter()
        .map(|(one, resolved)| answer(args, form, &what_if, &session, one.words, resolved))
        .collect();
    let reports: Vec<Report<'_>> = decided
        .iter()
        .map(|one| one.report(&session, &session.notes))
        .collect();
    if !args.quiet {
        let rendered = match tables::grown(&reports, form, args.output.layout(world)) {
            Some(alone) => alone,
            None => render(args, form, global, &reports, world)?,
        };
        match form {
            Format::Text => args.output.show(&rendered, world)?,
            _ => args.output.write(&rendered, world)?,
        }
    }
    let (verdicts, exits) = gates.judge(&decided);
    tell(&verdicts, form == Format::Text, world)?;
    Ok(worst(exits.into_iter().chain(failed)))
}

/// The verdicts of the gates: the last lines of a text; beside any other form, which a program reads, they go to the
/// error stream.
fn tell(verdicts: &[String], is_text: bool, world: &mut World<'_>) -> Result<()> {
    let to: &mut dyn Write = if is_text { world.out } else { world.err };
    for line in verdicts {
        writeln!(to, "{line}")?;
    }
    Ok(())
}

/// Profiles with where each comes from.
type Loaded = Vec<(Wanted, Resolved)>;

/// Every profile that can be read; among several a bad one is told and does not stop the others.
fn load(args: &Args, catalog: &Catalog, world: &mut World<'_>) -> Result<(Loaded, Option<Exit>)> {
    let mut loaded = Vec::new();
    let mut failed = None;
    let wanted = args
        .source
        .wanted(&args.profiles, &args.sets, catalog, world)?;
    for one in wanted {
        match one.load(catalog, world) {
            Ok(resolved) => loaded.push((one, resolved)),
            Err(error) if args.profiles.len() > 1 => {
                errors::report_error(&error, false, world);
                failed = Some(Exit::BadInput);
            }
            Err(error) => return Err(error),
        }
    }
    Ok((loaded, failed))
}

/// `--sweep` and `--growth`, read.
struct WhatIf {
    axes: Vec<Axis>,
    growth: Option<Decimal>,
}

impl WhatIf {
    fn parse(args: &Args, form: Format) -> Result<Self> {
        let one = args.profiles.len() <= 1;
        if !one && (args.growth.is_some() || !args.sweep.is_empty()) {
            return Err(tables::one_profile().into());
        }
        Ok(Self {
            axes: sweep::axes(&args.sweep, form)?,
            growth: args.growth.as_deref().map(growth_rate).transpose()?,
        })
    }
}

/// `10 %/month`, `10 % a month` or `10 %`.
pub(super) fn growth_rate(text: &str) -> Result<Decimal> {
    let bare = text.trim().trim_end_matches("month").trim_end();
    let bare = bare.trim_end_matches(['/', 'a']).trim_end();
    Share::from_str(bare).map(Quantity::value).map_err(|_| {
        Failure::new(
            Exit::Usage,
            "growth-rate",
            format!("`{}` is not a growth of 0 to 100 % a month", visible(text)),
        )
        .help("write it as `10 %/month`")
        .into()
    })
}

fn answer(
    args: &Args,
    form: Format,
    what_if: &WhatIf,
    session: &Session,
    file: String,
    resolved: Resolved,
) -> Decided {
    let look = match form {
        Format::Csv => Look::Decision,
        // A short report says how sure the answer is, not where it changes.
        Format::Text if args.growth.is_none() => args.much.look(),
        _ if args.much.brief || args.profiles.len() > 1 => Look::Outlook,
        _ => Look::Everything,
    };
    let mut decided = session.decide(file, resolved, look);
    decided.given.only.clone_from(&args.only);
    if let (Some(analysis), Some(rate)) = (&mut decided.analysis, what_if.growth) {
        let engine = session.engine(&decided.profile);
        let months = analysis::growth(&engine, &decided.profile, rate, args.months);
        analysis.growth = Some(Growth { rate, months });
        decided.given.growth = args.growth.clone().map(|rate| GivenGrowth {
            rate,
            months: args.months,
        });
    }
    decided
}

fn render(
    args: &Args,
    form: Format,
    global: &Global,
    reports: &[Report<'_>],
    world: &World<'_>,
) -> Result<String> {
    let many = args.profiles.len() > 1;
    match form {
        Format::Json if many => json::to_string(&json::Reports {
            schema: "cachewright/reports/v1",
            reports: reports.iter().map(json::mirror).collect(),
        }),
        Format::Json => reports
            .first()
            .map_or_else(|| Ok(String::new()), |r| json::to_string(&json::mirror(r))),
        Format::Csv => csv::render(reports),
        Format::Html => {
            let options = options(args, global);
            let entries = reports.iter().map(|report| html::Entry {
                command: html::reproduce(report.file, &options),
                ..html::Entry::new(report)
            });
            html::render(&entries.collect::<Vec<_>>())
        }
        Format::Markdown => Ok(many
            .then(|| markdown::summary(reports))
            .into_iter()
            .chain(reports.iter().map(markdown::render))
            .collect::<Vec<_>>()
            .join("\n")),
        Format::Text => {
            let layout = args.output.layout(world);
            let mut out = String::new();
            if many {
                out.push_str(&text::grid(&summary::table(reports), layout.width));
                out.push_str("\n\n");
            }
            let texts: Result<Vec<String>> = reports
                .iter()
                .map(|r| match args.growth {
                    Some(_) => Ok(text::render(r, layout)),
                    None => args.much.text(r, layout),
                })
                .collect();
            out.push_str(&texts?.join("\n\n"));
            Ok(out)
        }
    }
}

fn flags(flag: &'static str, values: &[String]) -> Vec<String> {
    let pairs = values.iter().flat_map(|v| [flag.to_owned(), v.clone()]);
    pairs.collect()
}

/// The options that a page needs to be made again.
fn options(args: &Args, global: &Global) -> Vec<String> {
    // `--set` stands with the profile already.
    let mut out = flags("--only", &args.only);
    out.extend(flags("--sweep", &args.sweep));
    out.extend(flags("--discount", &args.money.lookup.discount));
    if let Some(growth) = &args.growth {
        let months = args.months.to_string();
        out.extend(["--growth", growth, "--months", &months].map(str::to_owned));
    }
    if args.money.prices != "snapshot" {
        out.extend(["--prices".to_owned(), args.money.prices.clone()]);
    }
    for (given, flag) in [
        (args.money.no_free_tier, "--no-free-tier"),
        (args.strict_facts, "--strict-facts"),
    ] {
        out.extend(given.then(|| flag.to_owned()));
    }
    if let Some(dir) = &global.catalog {
        out.extend(["--catalog".to_owned(), dir.display().to_string()]);
    }
    out
}
