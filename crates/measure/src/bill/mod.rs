//! Exported bills to sums: CUR 2.0 and FOCUS as CSV or Parquet, and the answer of Cost Explorer as JSON.
//!
//! The format is told by the header, never by the name. Rows are added up as they are read, by the words that say what was
//! used, so that memory does not grow with the file. What names an account, a resource or a tag is compared with what was
//! asked for and forgotten. What a usage type means, and what it should cost, is not known here.

mod amount;
mod columns;
mod cost_explorer;
mod csv;
mod guard;
mod month;
#[cfg(feature = "parquet")]
mod parquet;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;

use rust_decimal::Decimal;

use self::columns::Layout;
use self::sums::Sums;
use crate::fault::{Cause, Fault};
use crate::input::{Input, Meter, distinct, open};

pub use self::columns::{Format, query_columns};

/// First bytes that the format is told from.
const HEAD: u64 = 1 << 16;
/// Places of bad rows that a message shows.
const SHOWN: usize = 3;

/// What of the files is wanted.
pub struct Options<'a> {
    /// `2026-04`; the only one of the files where it is left out.
    pub month: Option<String>,
    /// Resource ids: a row is of one of them.
    pub resources: Vec<String>,
    /// Keys and values of tags: a row has all of them.
    pub tags: Vec<(String, String)>,
    /// Rows that may be corrupt.
    pub max_bad_lines: u64,
    /// Is anything known of a service and usage type? Other rows are added up by service alone.
    pub keep: &'a dyn Fn(&str, &str) -> bool,
}

/// The sum of all rows of usage of the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Service code, or the display name of Cost Explorer.
    pub service: String,
    /// Usage type; empty where nothing is known of the service.
    pub usage_type: String,
    /// Operation.
    pub operation: String,
    /// Unit.
    pub unit: String,
    /// Region code.
    pub region: String,
    /// SKU.
    pub sku: String,
    /// Covered by a reservation or savings plan.
    pub committed: bool,
    /// Of the resources or tags that were asked for.
    pub selected: bool,
    /// The rows say when they began, not only the period that they are of.
    pub dated: bool,
    /// Units.
    pub quantity: Decimal,
    /// In the currency of the bill.
    pub cost: Decimal,
    /// Seconds since 1970: start of the first row, end of the last.
    pub span: Option<(i64, i64)>,
}

/// A month of bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Formats of the files.
    pub formats: Vec<Format>,
    /// `2026-04`.
    pub month: String,
    /// Hours of that month.
    pub month_hours: u32,
    /// Rows of usage, in the order of their words.
    pub rows: Vec<Row>,
    /// Credits, taxes, fees and all else that is no usage, by kind; the sums as billed.
    pub apart: BTreeMap<&'static str, Decimal>,
    /// Accounts whose rows are in the sums; 0 where no column says.
    pub accounts: usize,
    /// Rows read.
    pub lines: u64,
    /// Rows that could not be read.
    pub bad_lines: u64,
    /// What is to be said about the files.
    pub notes: Vec<String>,
}

/// Reads files and adds them up.
pub fn read(inputs: &[Input], options: &Options<'_>) -> anyhow::Result<Ledger> {
    let (inputs, mut notes) = distinct(inputs);
    let mut sums = Sums::default();
    let mut formats = BTreeSet::new();
    for input in &inputs {
        formats.extend(one(input, options, &mut sums)?);
        if sums.bad > options.max_bad_lines {
            return Err(bad_lines(&sums, options.max_bad_lines).into());
        }
    }
    notes.extend(sums.notes.iter().cloned());
    if sums.lines == 0 {
        return Err(fault("bill-empty", "the files have no rows".to_owned(), EMPTY).into());
    }
    month::of(sums, options, formats.into_iter().collect(), notes).map_err(Into::into)
}

const EMPTY: &str = "export the month of the bill; `cachewright bill --emit-query cur` prints how";

/// Reads one file; none for a file that is not a bill and that nobody named.
fn one(input: &Input, options: &Options<'_>, sums: &mut Sums) -> anyhow::Result<Option<Format>> {
    let meter = Meter::default();
    let mut source = open(input, &meter)?;
    let mut head = Vec::new();
    let peeked = source.by_ref().take(HEAD).read_to_end(&mut head);
    let file = input.name();
    peeked.map_err(|e| damaged(&file, &e))?;
    if head.is_empty() {
        sums.notes.insert(format!("`{file}` is empty"));
        return Ok(None);
    }
    if head.starts_with(b"PAR1") {
        return table(input, options, sums).map(Some);
    }
    let first = head.iter().find(|b| !b.is_ascii_whitespace());
    let is_json = matches!(first, Some(b'{' | b'['));
    let rest = std::io::Cursor::new(head).chain(source);
    if is_json {
        if !options.resources.is_empty() || !options.tags.is_empty() {
            let text = format!("`{file}`: Cost Explorer names no resources and no tags");
            return Err(fault("bill-filter", text, "filter an export of CUR 2.0 or FOCUS").into());
        }
        cost_explorer::read(input, rest, sums)?;
        return Ok(Some(Format::CostExplorer));
    }
    csv::read(&file, guard::ratio(rest, &meter), options, sums).map(Some)
}

#[cfg(feature = "parquet")]
fn table(input: &Input, options: &Options<'_>, sums: &mut Sums) -> anyhow::Result<Format> {
    parquet::read(input, options, sums)
}

#[cfg(not(feature = "parquet"))]
fn table(input: &Input, _: &Options<'_>, _: &mut Sums) -> anyhow::Result<Format> {
    let text = format!("`{}`: this build has no Parquet reader", input.name());
    Err(fault(
        "bill-format",
        text,
        "build with the feature `parquet`, or export CSV",
    )
    .into())
}

/// The layout of a header, with what a filter needs.
fn layout(file: &str, names: &[&str], options: &Options<'_>) -> Result<Layout, Fault> {
    let layout = Layout::of(names).map_err(|why| header(file, &why))?;
    let [resource, tags] = [!options.resources.is_empty(), !options.tags.is_empty()];
    layout
        .require(resource, tags)
        .map_err(|why| header(file, &why))?;
    Ok(layout)
}

fn header(file: &str, why: &columns::Unknown) -> Fault {
    fault(why.code, format!("`{file}`: {}", why.message), why.help)
}

fn bad_lines(sums: &Sums, most: u64) -> Fault {
    let places = sums.bad_places.iter().take(SHOWN);
    let places: Vec<String> = places.cloned().collect();
    let message = format!(
        "{} of {} rows cannot be read, {most} may: {}",
        sums.bad,
        sums.lines,
        places.join("; ")
    );
    fault(
        "bill-bad-lines",
        message,
        "export the bill again, or allow more with `--max-bad-lines N`",
    )
}

fn damaged(file: &str, error: &std::io::Error) -> Fault {
    fault(
        "bill-damaged",
        format!("`{file}` cannot be read: {error}"),
        "export the bill again, or check the file with `gzip -t`",
    )
}

fn fault(code: &'static str, message: String, help: &'static str) -> Fault {
    Fault {
        cause: Cause::Content,
        code,
        message,
        help,
    }
}
