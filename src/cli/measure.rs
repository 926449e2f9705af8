//! `cachewright measure`: access logs or traces to a measured profile and a hit-ratio curve.
//!
//! Joins `cachewright_measure` and `measured` with the command line: arguments to options, progress to standard error, the
//! report to standard output, the profile to a file. It computes nothing.

mod bar;
pub mod cloudwatch;
mod kept;
#[cfg(feature = "cloudwatch")]
mod live;
#[cfg(not(feature = "cloudwatch"))]
#[path = "measure/unasked.rs"]
mod live;
mod result;
mod wanted;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use bar::Bar;
use kept::{Kept, check_file, file, keep};

use super::args::Global;
use crate::domain::units;
use crate::exit::{Exit, Failure};
use crate::measured::profile::{self, Identity};
use crate::measured::{html, text as report};
use crate::text::shell;
use crate::world::World;
use cachewright_measure::access::KeyHash;
use cachewright_measure::engine::WritePolicy;
use cachewright_measure::fault::{Cause, Fault};
use cachewright_measure::formats::facts::{FACTS, FormatFacts};
use cachewright_measure::measure::DEFAULT_KEYS;
use cachewright_measure::{
    Columns, Format, KeyRule, Measurement, Options, Sampling, Window, expand, measure, sql,
};

/// Arguments of `measure`.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Args {
    /// Logs or traces: files, directories, patterns, or `-` for standard input; plain, gzip or
    /// zstd.
    #[arg(value_name = "LOG", required_unless_present_any = ["emit_sql", "formats", "cloudwatch", "inventory", "stack"], conflicts_with = "cloudwatch")]
    pub logs: Vec<String>,
    /// Write the measured profile here; `-` prints it instead of the report.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite the profile if it exists.
    #[arg(long)]
    pub force: bool,
    /// What to print.
    #[arg(long, value_enum, default_value = "text")]
    pub report: ReportFormat,
    /// Format of the logs instead of detecting it.
    #[arg(
        long,
        value_name = "FORMAT",
        help_heading = "Reading",
        conflicts_with = "cloudwatch"
    )]
    pub format: Option<Format>,
    /// Columns of CSV, JSON and Parquet by name or 1-based position: `time=ts,key=k,size=bytes,op=cmd`;
    /// also `status`, `host`, `query`, `result`, nested names (`key=request.uri`) and a clock beside its day
    /// (`time=day+clock`).
    #[arg(long, value_name = "MAP", help_heading = "Reading")]
    pub columns: Option<Columns>,
    /// Fields of CloudFront real-time or headerless logs, in their order, as in the configuration.
    #[arg(long, value_name = "LIST", help_heading = "Reading")]
    pub fields: Option<String>,
    /// List the formats with what each needs.
    #[arg(long, help_heading = "Reading", conflicts_with = "cloudwatch")]
    pub formats: bool,
    /// Column with the time to live in seconds.
    #[arg(long, value_name = "COLUMN", help_heading = "Reading")]
    pub ttl_column: Option<String>,
    /// Size of objects whose size the log does not tell, as in `2 KiB`.
    #[arg(long, value_name = "SIZE", help_heading = "Reading")]
    pub default_size: Option<String>,
    /// Leave query strings out of the keys of HTTP logs.
    #[arg(long, help_heading = "Reading")]
    pub ignore_query: bool,
    /// What of a request is its key: `path`, `path+query`, `host+path`, or the groups of a regular expression
    /// as in `^[^/]*(/[^?]*)` [default: host+path+query].
    #[arg(long, value_name = "KEY", help_heading = "Reading")]
    pub key: Option<KeyRule>,
    /// Only requests from this day or moment on, as in `2026-11-01` or `2026-11-01T14:00:00Z`.
    #[arg(long, value_name = "TIME", help_heading = "Reading")]
    pub from: Option<String>,
    /// Only requests to the end of this day, or before this moment.
    #[arg(long, value_name = "TIME", help_heading = "Reading")]
    pub to: Option<String>,
    /// Corrupt lines to tolerate [default: 1 %, at least 100].
    #[arg(long, value_name = "N", help_heading = "Reading")]
    pub max_bad_lines: Option<u64>,
    /// Cache sizes to report, as in `1MiB,96MiB` [default: powers of two].
    #[arg(
        long,
        value_name = "SIZES",
        help_heading = "Curve",
        conflicts_with = "cloudwatch"
    )]
    pub sizes: Option<String>,
    /// One time to live for everything, as in `5min`.
    #[arg(long, value_name = "DURATION", help_heading = "Curve")]
    pub ttl: Option<String>,
    /// What a write does to the cached copy [default: by format].
    #[arg(long, value_enum, help_heading = "Curve")]
    pub writes: Option<Writes>,
    /// Measure a second layer: what a cache of this size in front does not answer, as in `1GiB`.
    #[arg(long, value_name = "SIZE", help_heading = "Curve")]
    pub behind: Option<String>,
    /// `exact`, `keys=65536`, or `rate=0.01` with `,hash=spark` or `,seed=N` [default: exact up
    /// to 4 GiB of logs].
    #[arg(
        long,
        value_name = "HOW",
        help_heading = "Curve",
        conflicts_with = "cloudwatch"
    )]
    pub sampled: Option<String>,
    /// Print the query that samples a table instead of reading logs.
    #[arg(
        long,
        value_enum,
        value_name = "ENGINE",
        help_heading = "Scale-out",
        conflicts_with = "cloudwatch"
    )]
    pub emit_sql: Option<SqlEngine>,
    /// Table with the logs: AWS's documented one of `--format` (cloudfront-w3c, cloudfront-parquet, alb, s3,
    /// cloudtrail), or any with `--columns` [default: the name in AWS's documentation].
    #[arg(long, value_name = "NAME", help_heading = "Scale-out")]
    pub table: Option<String>,
    /// Where the engine writes the sample.
    #[arg(
        long,
        value_name = "URI",
        default_value = "s3://amzn-s3-demo-bucket/cachewright/",
        help_heading = "Scale-out"
    )]
    pub sql_output: String,
    /// Name of the profile [default: the name of its file].
    #[arg(long, help_heading = "Profile")]
    pub name: Option<String>,
    /// Region of the profile [default: AWS_REGION].
    #[arg(long, help_heading = "Profile")]
    pub region: Option<String>,
    /// What the cache stands in front of [default: by format].
    #[arg(long, value_enum, help_heading = "Profile")]
    pub layer: Option<Layer>,
    /// A running account instead of logs.
    #[command(flatten)]
    pub account: cloudwatch::Flags,
    /// Print the questions, the commands that ask them and the policy they need; asks nobody.
    #[arg(long, requires = "cloudwatch", help_heading = "Running account")]
    pub emit_query: bool,
}

/// What to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For a document.
    Markdown,
    /// One self-contained page.
    Html,
    /// `cachewright/measure/v1`.
    Json,
}

/// What a write does to the cached copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Writes {
    /// Drops it.
    Invalidate,
    /// Replaces it.
    Update,
    /// Passes the cache: the copy stays as it is.
    Pass,
}

/// The engine that runs the sampling query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SqlEngine {
    /// Athena engine version 3.
    Athena,
    /// Spark, EMR or Glue.
    Spark,
}

/// What the cache stands in front of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Layer {
    /// Browsers and apps.
    Client,
    /// Public HTTP.
    Edge,
    /// Application code.
    Application,
    /// A database.
    Database,
    /// Files or objects.
    Storage,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    if args.account.is_asked() {
        return cloudwatch::run(args, global, world);
    }
    let sampled = args.sampled.as_deref().map(parse_sampled).transpose()?;
    if let Some(engine) = args.emit_sql {
        world
            .out
            .write_all(emit_sql(args, engine, sampled)?.as_bytes())?;
        return Ok(Exit::Done);
    }
    if args.formats {
        world.out.write_all(formats().as_bytes())?;
        return Ok(Exit::Done);
    }
    let options = options(args, sampled)?;
    if args.output.is_some() {
        check_file(args)?;
        region(args, world)?;
    }
    let inputs = expand(&args.logs).map_err(with_exit)?;
    let measurement = {
        let mut bar = Bar::new(world);
        let result = measure(&inputs, &options, &mut bar);
        bar.clear();
        result.map_err(with_exit)?
    };
    if args.output.is_some() {
        let identity = identity(args, &measurement, world)?;
        if keep(args, &profile::yaml(&measurement, &identity), world)? == Kept::Printed {
            return Ok(Exit::Done);
        }
    }
    print(args.report, &measurement, world)?;
    next(args, world)?;
    Ok(Exit::Done)
}

/// What to do with a measurement: the profile is what other commands read.
fn next(args: &Args, world: &mut World<'_>) -> Result<()> {
    let said = match (file(args), args.report) {
        (Some(path), _) => format!("Next: cachewright recommend {}", shell(&path.display().to_string())),
        (None, ReportFormat::Text) => {
            "Next: add `-o profile.yaml --region REGION` for the profile that `cachewright recommend` reads".to_owned()
        }
        _ => return Ok(()),
    };
    Ok(writeln!(world.err, "{said}")?)
}

/// Gives a fault of the logs the exit code of whose mistake it is.
pub(super) fn with_exit(error: anyhow::Error) -> anyhow::Error {
    let Some(fault) = error.downcast_ref::<Fault>() else {
        return error;
    };
    let exit = match fault.cause {
        Cause::Arguments => Exit::Usage,
        Cause::Content => Exit::BadInput,
    };
    Failure::new(exit, fault.code, format!("{error:#}"))
        .help(fault.help)
        .into()
}

fn print(format: ReportFormat, m: &Measurement, world: &mut World<'_>) -> Result<()> {
    let text = match format {
        ReportFormat::Text => report::text(m, world.terminal.width),
        ReportFormat::Markdown => report::markdown(m),
        ReportFormat::Html => html(m)?,
        ReportFormat::Json => {
            for line in report::remarks(m) {
                writeln!(world.err, "note: {line}")?;
            }
            format!("{}\n", serde_json::to_string_pretty(&report::json(m))?)
        }
    };
    world.out.write_all(text.as_bytes())?;
    world.out.flush()?;
    Ok(())
}

fn options(args: &Args, sampled: Option<Sampled>) -> Result<Options> {
    let mut columns = args.columns.clone().unwrap_or_default();
    if args.ttl_column.is_some() {
        columns.ttl.clone_from(&args.ttl_column);
    }
    let sizes = args.sizes.as_deref().unwrap_or_default();
    let sizes = sizes
        .split(',')
        .filter(|s| !s.trim().is_empty())
        .map(|s| size("--sizes", s));
    Ok(Options {
        format: args.format,
        columns,
        sizes: sizes.collect::<Result<_>>()?,
        ttl: args.ttl.as_deref().map(ttl_ms).transpose()?.flatten(),
        sampling: sampled.map(|s| s.sampling),
        hash: sampled.map(|s| s.hash).unwrap_or_default(),
        seed: sampled.map_or(0, |s| s.seed),
        writes: args.writes.map(|w| match w {
            Writes::Invalidate => WritePolicy::Invalidate,
            Writes::Update => WritePolicy::Update,
            Writes::Pass => WritePolicy::Pass,
        }),
        fields: fields(args.fields.as_deref().unwrap_or_default()),
        ignore_query: args.ignore_query,
        key: args.key.clone().unwrap_or_default(),
        window: window(args)?,
        behind: args
            .behind
            .as_deref()
            .map(|s| size("--behind", s))
            .transpose()?,
        default_size: args
            .default_size
            .as_deref()
            .map_or(Ok(0), |s| size("--default-size", s))?,
        max_bad_lines: args.max_bad_lines,
        threads: 0,
    })
}

/// `--from` and `--to`.
fn window(args: &Args) -> Result<Window> {
    let moment = |flag: &str, text: &Option<String>, is_end| {
        let text = text.as_deref();
        let moment = text.map(|text| Window::moment(text, is_end)).transpose();
        moment.map_err(|why| usage(format!("{flag}: {why}"), "write it as `2026-11-30`"))
    };
    let window = Window {
        from: moment("--from", &args.from, false)?,
        to: moment("--to", &args.to, true)?,
    };
    if let (Some(from), Some(to)) = (window.from, window.to) {
        if from >= to {
            let help = "give a `--to` that is later than `--from`";
            return Err(usage("--from is not before --to".to_owned(), help).into());
        }
    }
    Ok(window)
}

/// Names of fields, separated by commas or spaces.
fn fields(list: &str) -> Vec<String> {
    let names = list
        .split([',', ' ', '\n', '\t'])
        .filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// The formats with what each needs.
fn formats() -> String {
    let line = |facts: &FormatFacts| {
        format!(
            "{:<20} {}\n{:<20} {}\n",
            facts.name, facts.needs, "", facts.source
        )
    };
    FACTS.iter().map(line).collect()
}

fn usage(message: String, help: &str) -> Failure {
    Failure::new(Exit::Usage, "measure-arguments", message).help(help)
}

fn refused(flag: &str, refused: &units::Refused) -> Failure {
    usage(
        format!("{flag}: {}", refused.message),
        refused
            .help
            .as_deref()
            .unwrap_or("see `cachewright measure --help`"),
    )
}

fn size(flag: &str, text: &str) -> Result<u64> {
    let bytes: units::Bytes = text.parse().map_err(|e| refused(flag, &e))?;
    Ok(bytes.whole())
}

/// `none` is a time to live as well.
fn ttl_ms(text: &str) -> Result<Option<u64>> {
    if text == "none" {
        return Ok(None);
    }
    let ttl: units::Duration = text.parse().map_err(|e| refused("--ttl", &e))?;
    let ms: u64 = ttl.ms().trunc().try_into()?;
    Ok(Some(ms))
}

/// The parts of `--sampled`.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sampled {
    sampling: Sampling,
    hash: KeyHash,
    seed: u64,
}

fn parse_sampled(text: &str) -> Result<Sampled> {
    const HELP: &str =
        "use `exact`, `keys=65536` or `rate=0.01`, with `,hash=spark` or `,seed=7` where needed";
    let mut sampled = Sampled {
        sampling: Sampling::Keys(DEFAULT_KEYS),
        hash: KeyHash::default(),
        seed: 0,
    };
    for part in text.split(',') {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let bad = || usage(format!("--sampled: `{part}` is not understood"), HELP);
        match (name.trim(), value.trim()) {
            ("exact", "") => sampled.sampling = Sampling::Exact,
            ("keys", keys) => {
                let keys = keys.parse().ok().filter(|k| (64..=1 << 28).contains(k));
                sampled.sampling = Sampling::Keys(keys.ok_or_else(bad)?);
            }
            ("rate", rate) => {
                let rate: Option<f64> = rate.parse().ok().filter(|r| *r > 0.0 && *r <= 1.0);
                sampled.sampling = Sampling::Rate(rate.ok_or_else(bad)?);
            }
            ("seed", seed) => sampled.seed = seed.parse().map_err(|_| bad())?,
            ("hash", "spark") => sampled.hash = KeyHash::Spark,
            ("hash", "athena") => sampled.hash = KeyHash::Athena,
            _ => return Err(bad().into()),
        }
    }
    Ok(sampled)
}

fn emit_sql(args: &Args, engine: SqlEngine, sampled: Option<Sampled>) -> Result<String> {
    let rate = match sampled.map(|s| s.sampling) {
        Some(Sampling::Rate(rate)) => rate,
        _ => 0.01,
    };
    let columns = args.columns.clone().filter(Columns::is_given);
    let left = columns.as_ref().and_then(|c| {
        let result = c.result.as_ref().map(|_| "result");
        result.or(args.ttl_column.as_ref().or(c.ttl.as_ref()).map(|_| "ttl"))
    });
    if let Some(name) = left {
        let message = format!("--emit-sql: a sample has no column for `{name}`");
        return Err(usage(
            message,
            "leave it out: a sample is of keys, times and sizes",
        )
        .into());
    }
    let columns = columns.map(|c| sql::TableColumns {
        time: c.time.unwrap_or_else(|| "time".to_owned()),
        key: c.key.unwrap_or_else(|| "key".to_owned()),
        size: c.size,
        op: c.op,
        status: c.status,
        host: c.host,
        query: c.query,
    });
    let format = args.format.unwrap_or(Format::CloudfrontW3c);
    let logs = match columns {
        Some(columns) => sql::Logs::Generic(columns),
        None => sql::Logs::of(format).ok_or_else(|| {
            usage(
                format!("--emit-sql: no table is documented for {format}"),
                "use `--format` cloudfront-w3c, cloudfront-parquet, alb, s3 or cloudtrail, or name the columns with `--columns`",
            )
        })?,
    };
    let table = sql::Table {
        name: args.table.clone(),
        logs,
        output: args.sql_output.clone(),
    };
    let engine = match engine {
        SqlEngine::Athena => sql::Engine::Athena,
        SqlEngine::Spark => sql::Engine::Spark,
    };
    Ok(sql::query(engine, &table, rate))
}

fn region(args: &Args, world: &World<'_>) -> Result<String> {
    let env = |name: &str| world.env.get(name).filter(|v| !v.is_empty()).cloned();
    let found = args
        .region
        .clone()
        .or_else(|| env("AWS_REGION"))
        .or_else(|| env("AWS_DEFAULT_REGION"));
    found.ok_or_else(|| {
        usage(
            "a profile needs a region, and no log tells it".to_owned(),
            "add `--region eu-west-1`",
        )
        .into()
    })
}

fn identity(args: &Args, m: &Measurement, world: &World<'_>) -> Result<Identity> {
    Ok(Identity {
        name: name(args).unwrap_or_else(|| "measured".to_owned()),
        region: region(args, world)?,
        layer: layer(args).unwrap_or_else(|| m.layer.to_owned()),
        ttl: args.ttl.clone(),
    })
}

/// The name that was given, else the one of the file.
fn name(args: &Args) -> Option<String> {
    let stem = || Some(file(args)?.file_stem()?.to_string_lossy().into_owned());
    args.name.clone().or_else(stem)
}

/// The layer that was asked for.
fn layer(args: &Args) -> Option<String> {
    let word = args.layer.and_then(|l| l.to_possible_value());
    word.map(|v| v.get_name().to_owned())
}
