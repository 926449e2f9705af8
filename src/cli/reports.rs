//! Reading reports of `recommend -f json` again.

use std::path::Path;

use anyhow::Result;
use serde_json::Value;

use super::args::{Lookup, Money};
use crate::domain::catalog::Catalog;
use crate::exit::{Exit, Failure};
use crate::report::given::Given;
use crate::report::read::Written;
use crate::text::{short, yaml_quoted};
use crate::workload::{self, Resolved};

/// Largest report that is read: several thousand profiles.
const MAX_BYTES: u64 = 256 * 1024 * 1024;

/// A file of one report, or of a list of them.
pub struct Reports {
    /// Its bytes, as text.
    pub text: String,
    /// A list, even if of one.
    pub many: bool,
    /// Each report.
    pub reports: Vec<Value>,
}

/// A file that is no report.
pub fn invalid(message: String) -> Failure {
    Failure::new(Exit::BadInput, "report-invalid", message)
        .help("write one with `cachewright recommend PROFILE -f json -o report.json`")
}

/// The reports of a file: one, or a list.
pub fn read(path: &Path) -> Result<Reports> {
    let shown = path.display();
    let size = std::fs::metadata(path)
        .map_err(|e| invalid(format!("cannot read `{shown}`: {e}")))?
        .len();
    if size > MAX_BYTES {
        return Err(invalid(format!("`{shown}` is larger than 256 MiB")).into());
    }
    let bytes = std::fs::read(path).map_err(|e| invalid(format!("cannot read `{shown}`: {e}")))?;
    let text =
        String::from_utf8(bytes).map_err(|_| invalid(format!("`{shown}` is not UTF-8 text")))?;
    let value: Value =
        serde_json::from_str(&text).map_err(|e| invalid(format!("`{shown}` is not JSON: {e}")))?;
    let (many, reports) = match value.get("schema").and_then(Value::as_str) {
        Some("cachewright/report/v1") => (false, vec![value]),
        Some("cachewright/reports/v1") => {
            let list = value.get("reports").and_then(Value::as_array);
            (true, list.cloned().unwrap_or_default())
        }
        Some(other) => {
            let known = "cachewright/report/v1 or cachewright/reports/v1";
            let message = format!("`{shown}` has the schema `{}`, not {known}", short(other));
            return Err(invalid(message).into());
        }
        None => {
            return Err(invalid(format!("`{shown}` is not a report: it has no `schema`")).into());
        }
    };
    Ok(Reports {
        text,
        many,
        reports,
    })
}

/// What a report was asked for.
pub fn given(report: &Value) -> Result<Given, Failure> {
    let of = short(Written(report).name());
    let options = report.get("options").ok_or_else(|| {
        invalid(format!(
            "the report of `{of}` has no `options`: it was written before reports carried them"
        ))
    })?;
    serde_json::from_value(options.clone()).map_err(|e| {
        invalid(format!(
            "the `options` of the report of `{of}` cannot be read: {e}"
        ))
    })
}

/// The profile that a report was asked about.
pub fn profile(given: &Given, catalog: &Catalog) -> Result<Resolved, Failure> {
    workload::load(&flow(&given.profile), &[], catalog).map_err(|found| {
        let first = found.problems.iter().find(|p| !p.warning);
        let why = first.map_or_else(String::new, |p| format!(": {}", p.message));
        invalid(format!("the profile in the report cannot be read{why}"))
    })
}

/// JSON as the YAML that the reader of profiles reads: the two quote unseen characters differently.
pub fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_quoted(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries = entries.iter();
            let entries: Vec<String> = entries
                .map(|(key, value)| format!("{}: {}", yaml_quoted(key), flow(value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

/// Prices as a report asked for them, or from elsewhere.
pub fn money(given: &Given, prices: Option<&str>, lookup: &Lookup) -> Money {
    Money {
        prices: prices.unwrap_or(&given.prices).to_owned(),
        no_free_tier: given.no_free_tier,
        strict: false,
        lookup: Lookup {
            discount: given.discounts.clone(),
            partial_prices: given.partial_prices || lookup.partial_prices,
            ..lookup.clone()
        },
    }
}
