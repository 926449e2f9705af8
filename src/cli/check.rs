//! `cachewright check REPORT.json`: decides again from the profile, options, catalog and prices that a report
//! names; the same bytes, or the first difference and why.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use super::args::{Global, Lookup};
use super::recommend::growth_rate;
use super::reports::{self, Reports};
use super::session::{self, Decided, Look, Session};
use super::{input, names};
use crate::analysis::{self, Growth};
use crate::domain::catalog::Catalog;
use crate::domain::profile::Profile;
use crate::exit::Exit;
use crate::report::given::Given;
use crate::report::json;
use crate::report::read::Written;
use crate::report::text::whole_words;
use crate::text::{cut, visible};
use crate::workload::Resolved;
use crate::world::World;

/// What the help ends with; every line works in an empty directory.
const EXAMPLES: &str = "\
Examples:
  cachewright recommend --example sessions -o report.json
  cachewright check report.json";

/// Arguments of `check`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// A report, or several in one file: written by `recommend -f json`.
    #[arg(value_name = "REPORT.json")]
    pub report: PathBuf,
    /// Where unit prices come from; by default from where the report has them.
    #[arg(
        long,
        value_name = "snapshot|live|public|file:PATH",
        help_heading = "Prices"
    )]
    pub prices: Option<String>,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let file = reports::read(&args.report)?;
    let catalog = input::catalog(global, world)?;
    let again = recompute(&file, args, catalog, world)?;
    let shown = visible(&args.report.display().to_string());
    if again == file.text {
        let same =
            format!("SAME  {shown}: profile, options, catalog and prices give the same bytes");
        let options = whole_words(world.terminal.width).subsequent_indent("      ");
        writeln!(world.out, "{}", textwrap::fill(&same, options))?;
        return Ok(Exit::Done);
    }
    let now: Value = serde_json::from_str(&again)?;
    let was: Value = serde_json::from_str(&file.text)?;
    writeln!(world.out, "DIFFERENT  {shown}")?;
    match first_difference(&was, &now, String::new()) {
        Some(found) => {
            writeln!(world.out, "  first at  {}", visible(&found.at))?;
            writeln!(world.out, "  report    {}", shown_value(found.was))?;
            writeln!(world.out, "  now       {}", shown_value(found.now))?;
        }
        None => writeln!(world.out, "  the values are the same, the layout is not")?,
    }
    for cause in causes(&was, &now) {
        writeln!(world.out, "  why       {cause}")?;
    }
    Ok(Exit::Gate)
}

/// The file as it would be written now.
fn recompute(
    file: &Reports,
    args: &Args,
    mut catalog: Catalog,
    world: &mut World<'_>,
) -> Result<String> {
    let mut wanted: Vec<(Given, Resolved)> = Vec::new();
    for report in &file.reports {
        let given = reports::given(report)?;
        let resolved = reports::profile(&given, &catalog)?;
        wanted.push((given, resolved));
    }
    let Some((first, _)) = wanted.first() else {
        return json::to_string(&json::Reports {
            schema: "cachewright/reports/v1",
            reports: Vec::new(),
        });
    };
    let profiles: Vec<Profile> = wanted.iter().map(|(_, r)| r.profile.clone()).collect();
    // The reports of one file were written by one command, so they share its prices and options.
    let money = reports::money(first, args.prices.as_deref(), &args.lookup);
    names::only(&first.only, &mut catalog)?;
    let session = session::open(catalog, &money, first.strict_facts, &profiles, world)?;
    let decided = wanted
        .into_iter()
        .map(|(given, resolved)| decide(&session, given, resolved))
        .collect::<Result<Vec<Decided>>>()?;
    let made = decided.iter().map(|d| d.report(&session, &session.notes));
    let mut made: Vec<json::Json> = made.map(|report| json::mirror(&report)).collect();
    if file.many {
        return json::to_string(&json::Reports {
            schema: "cachewright/reports/v1",
            reports: made,
        });
    }
    made.pop()
        .map_or_else(|| Ok(String::new()), |one| json::to_string(&one))
}

/// Decides as the report says it was decided.
fn decide(session: &Session, given: Given, resolved: Resolved) -> Result<Decided> {
    let look = if given.brief {
        Look::Outlook
    } else {
        Look::Everything
    };
    let mut decided = session.decide(String::new(), resolved, look);
    if let (Some(growth), Some(analysis)) = (&given.growth, &mut decided.analysis) {
        let rate = growth_rate(&growth.rate)?;
        let engine = session.engine(&decided.profile);
        let months = analysis::growth(&engine, &decided.profile, rate, growth.months);
        analysis.growth = Some(Growth { rate, months });
    }
    // What was asked is the report's own word; that it gives the same answer is what is checked.
    decided.given = given;
    Ok(decided)
}

/// Where two documents begin to differ.
struct Difference<'v> {
    /// JSON pointer.
    at: String,
    was: Option<&'v Value>,
    now: Option<&'v Value>,
}

/// The first place, in the order of the report, at which the two are not the same. What the report says of its own
/// provenance comes last: it is the cause, not the finding.
fn first_difference<'v>(was: &'v Value, now: &'v Value, at: String) -> Option<Difference<'v>> {
    if was == now {
        return None;
    }
    match (was, now) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<&String> = a.keys().collect();
            keys.extend(b.keys().filter(|k| !a.contains_key(*k)));
            keys.sort_by_key(|k| at.is_empty() && *k == "tool");
            keys.into_iter().find_map(|key| {
                let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                inside(a.get(key), b.get(key), place)
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            (0..a.len().max(b.len())).find_map(|i| inside(a.get(i), b.get(i), format!("{at}/{i}")))
        }
        _ => Some(Difference {
            at,
            was: Some(was),
            now: Some(now),
        }),
    }
}

fn inside<'v>(
    was: Option<&'v Value>,
    now: Option<&'v Value>,
    at: String,
) -> Option<Difference<'v>> {
    match (was, now) {
        (Some(was), Some(now)) => first_difference(was, now, at),
        (None, None) => None,
        (was, now) => Some(Difference { at, was, now }),
    }
}

fn shown_value(value: Option<&Value>) -> String {
    value.map_or("not there".to_owned(), |v| {
        visible(&cut(&v.to_string(), 100))
    })
}

/// Why the two differ, as far as the report says what it stands on.
fn causes(was: &Value, now: &Value) -> Vec<String> {
    // Of a list, its first: all were written by one command.
    let first = |value| Written(Value::pointer(value, "/reports/0").unwrap_or(value));
    let [was, now] = [was, now].map(first);
    let mut out = Vec::new();
    let mut compare = |what: &str, a: &str, b: &str, help: &str| {
        let [a, b] = [a, b].map(|text| cut(text, 80));
        if a != b {
            out.push(visible(&format!(
                "{what}: the report names {a}, here is {b}{help}"
            )));
        }
    };
    let help = "; with `--catalog DIR` give the same";
    compare("other catalog", was.catalog(), now.catalog(), help);
    let [a, b] = [was, now].map(|report| report.prices().join(" of "));
    let help = "; `--prices file:PATH` reads a book that was kept";
    compare("other prices", &a, &b, help);
    compare("other program", was.version(), now.version(), "");
    if out.is_empty() {
        out.push("edited: catalog, prices and program are those that it names".to_owned());
    }
    out
}
