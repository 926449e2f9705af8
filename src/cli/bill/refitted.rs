//! The profile that fits a bill, as a file: what it stated, with the told fields changed and commented.

use std::fmt::Write as _;

use anyhow::Result;
use rust_decimal::Decimal;
use serde_json::Value;

use crate::bill::refit::Refit;
use crate::cli::reports::flow;
use crate::domain::bill::Told;
use crate::domain::catalog::Catalog;
use crate::domain::profile::NumField;
use crate::exit::{Exit, Failure};
use crate::text::yaml_scalar;
use crate::workload::{self, Override, Resolved};

/// Digits of a refitted value: a bill is no better than that.
const DIGITS: u32 = 6;

/// A value as the file states it.
pub(super) fn shown(field: NumField, value: Decimal) -> String {
    field.show(value.round_sf(DIGITS).unwrap_or(value))
}

/// Does the refit change this field?
pub(super) fn changes(told: &Told) -> bool {
    told.changes && shown(told.field, told.after) != shown(told.field, told.before)
}

/// The profile read again with the told values; none where nothing changes.
pub(super) fn rewritten(
    refit: &Refit,
    resolved: &Resolved,
    catalog: &Catalog,
) -> Result<Option<Resolved>> {
    let mut sets: Vec<String> = (refit.told.iter().filter(|t| changes(t)))
        .map(|t| format!("{}={}", t.field.path(), shown(t.field, t.after)))
        .collect();
    if sets.is_empty() {
        return Ok(None);
    }
    // A stated peak follows a mean that was billed above it.
    for path in ["traffic.peak_reads", "traffic.peak_writes"] {
        let Some(field) = NumField::from_path(path) else {
            continue;
        };
        let [before, after] = [&resolved.profile, &refit.profile].map(|p| p.number(field));
        if let (Some(before), Some(after)) = (before, after)
            && resolved.profile.is_stated(path)
            && before != after
        {
            sets.push(format!("{path}={}", shown(field, after)));
        }
    }
    let sets: Vec<Override> = sets.iter().map(|s| Override::set(s)).collect();
    let read = workload::load_with(&flow(&resolved.stated), &sets, catalog);
    read.map(Some).map_err(|invalid| {
        let first = invalid.problems.iter().find(|p| !p.warning);
        let why = first.map_or_else(String::new, |p| format!(": {}", p.message));
        Failure::new(
            Exit::BadInput,
            "bill-refit",
            format!("the profile that fits the bill contradicts itself{why}"),
        )
        .help("leave out `--refit`; the fields stand in `-f json`")
        .into()
    })
}

/// The profile as YAML; told fields carry what they were.
pub(super) fn yaml(stated: &Value, refit: &Refit, month: &str) -> String {
    let mut out = format!("# Refitted by `cachewright bill` to what AWS billed in {month}.\n");
    let Value::Object(sections) = stated else {
        return out;
    };
    for (key, value) in sections {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                let _ = writeln!(out, "{key}:");
                for (name, value) in fields {
                    let path = format!("{key}.{name}");
                    let note = comment(&path, refit);
                    let _ = writeln!(out, "  {name}: {}{note}", scalar(value));
                }
            }
            other => {
                let _ = writeln!(out, "{key}: {}{}", scalar(other), comment(key, refit));
            }
        }
    }
    out
}

/// A value on one line, as people write it.
fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_scalar(text),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(scalar).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = (entries.iter())
                .map(|(key, value)| format!("{}: {}", yaml_scalar(key), scalar(value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        other => flow(other),
    }
}

fn comment(path: &str, refit: &Refit) -> String {
    let told = refit.told.iter().filter(|t| t.field.path() == path);
    let mut out = String::new();
    for one in told {
        let was = shown(one.field, one.before);
        let _ = match (changes(one), one.at_most) {
            (true, at_most) => {
                let bound = if at_most { "at most that; " } else { "" };
                write!(out, "  # billed: {bound}was {was}")
            }
            (false, true) => write!(out, "  # billed: at most {}", shown(one.field, one.after)),
            (false, false) => Ok(()),
        };
        if let (Some((low, high)), true) = (one.range, changes(one)) {
            let [low, high] = [low, high].map(|v| shown(one.field, v));
            let _ = write!(out, "; {low} to {high} by how many puts are fills");
        }
    }
    out
}
