//! What to run for an export that `bill` reads: printed, never run.

use std::fmt::Write as _;

use anyhow::Result;
use cachewright_measure::bill::{Format, query_columns};
use clap::ValueEnum;
use jiff::civil::Date;

use crate::exit::{Exit, Failure};
use crate::text::visible;

/// Which export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Query {
    /// Cost and Usage Report 2.0, of Data Exports.
    Cur,
    /// FOCUS 1.2 with AWS columns, of Data Exports.
    Focus,
    /// Cost Explorer, by the command line of AWS; a call costs $0.01.
    Ce,
}

impl Query {
    /// The text, for a month of Cost Explorer.
    pub(super) fn text(self, month: Option<&str>) -> Result<String> {
        Ok(match self {
            Self::Cur => export(
                Format::Cur,
                "COST_AND_USAGE_REPORT",
                "TIME_GRANULARITY=DAILY, INCLUDE_RESOURCES=TRUE",
            ),
            Self::Focus => export(Format::Focus12, "FOCUS_1_2_AWS", "none"),
            Self::Ce => match month {
                Some(month) => cost_explorer(month)?,
                // Nothing here reads the clock, so that the same command prints the same.
                None => format!(
                    "# Of October 2026, as an example: name the month with --month YYYY-MM.\n{}",
                    cost_explorer("2026-10")?
                ),
            },
        })
    }
}

/// The query of an export; `SELECT *` is refused for these tables.
fn export(format: Format, table: &str, configuration: &str) -> String {
    let mut out = format!(
        "-- {} by AWS Data Exports (aws bcm-data-exports create-export), table configuration: {configuration}.\n\
         -- CSV with gzip, or Parquet; then `cachewright bill FOLDER --profile PROFILE --month YYYY-MM`.\nSELECT\n",
        format.name()
    );
    let columns = query_columns(format);
    for (i, column) in columns.iter().enumerate() {
        let comma = if i + 1 == columns.len() { "" } else { "," };
        let _ = writeln!(out, "  {column}{comma}");
    }
    let _ = writeln!(out, "FROM {table}");
    out
}

fn cost_explorer(month: &str) -> Result<String> {
    let wrong = || {
        let text = format!("`{}` is no month", visible(month));
        Failure::new(Exit::Usage, "bill-month", text).help("write it as `--month 2026-10`")
    };
    let first: Date = format!("{month}-01").parse().map_err(|_| wrong())?;
    let next = first
        .checked_add(jiff::Span::new().months(1))
        .map_err(|_| wrong())?;
    Ok(format!(
        "# AWS takes $0.01 for each page of this call.\n\
         aws ce get-cost-and-usage --time-period Start={first},End={next} --granularity MONTHLY \\\n  \
         --metrics UnblendedCost UsageQuantity \\\n  \
         --group-by Type=DIMENSION,Key=SERVICE Type=DIMENSION,Key=USAGE_TYPE \\\n  \
         --filter '{{\"Dimensions\":{{\"Key\":\"RECORD_TYPE\",\"Values\":[\"Usage\"]}}}}' > usage.json\n\
         # Credits, taxes and refunds, shown apart (optional, another $0.01):\n\
         aws ce get-cost-and-usage --time-period Start={first},End={next} --granularity MONTHLY \\\n  \
         --metrics UnblendedCost --group-by Type=DIMENSION,Key=RECORD_TYPE > apart.json\n"
    ))
}
