//! The answer of `aws ce get-cost-and-usage`: groups by service and usage type, or by kind of row.
//!
//! An answer does not say which filter it had. What only an answer without one has, a tax or a negative amount among usage, is
//! refused; kinds of rows come from an answer that is grouped by `RECORD_TYPE`.

use std::io::Read;

use serde::Deserialize;

use super::amount::parse;
use super::fault;
use super::sums::{Kind, Sums, Words, apart};
use crate::fault::Fault;
use crate::formats::fields::moment;

/// Largest answer that is read: a year by the day of a large organisation.
const MAX_BYTES: u64 = 32 << 20;
const HELP: &str = "`cachewright bill --emit-query ce` prints the command";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    #[serde(default)]
    group_definitions: Vec<Definition>,
    results_by_time: Vec<Period>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Period {
    time_period: Interval,
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    estimated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    start: String,
    end: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    keys: Vec<String>,
    metrics: Metrics,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics {
    unblended_cost: Option<Metric>,
    usage_quantity: Option<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    amount: String,
    #[serde(default)]
    unit: String,
}

/// Where the keys of a group stand.
struct Keys {
    service: Option<usize>,
    usage_type: Option<usize>,
    record: Option<usize>,
}

/// Reads an answer.
pub(super) fn read(file: &str, source: impl Read, sums: &mut Sums) -> Result<(), Fault> {
    let mut bytes = Vec::new();
    let read = source.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|e| super::damaged(file, &e))?;
    if bytes.len() as u64 > MAX_BYTES {
        let text = format!("`{file}` is larger than 32 MiB");
        return Err(fault("bill-format", text, "ask Cost Explorer by the month"));
    }
    // The error of the parser quotes the text: its place is enough.
    let answer: Answer = serde_json::from_slice(&bytes).map_err(|e| {
        let text = format!(
            "`{file}` is no answer of Cost Explorer: line {}, column {}",
            e.line(),
            e.column()
        );
        fault("bill-format", text, HELP)
    })?;
    if answer.next_page_token.is_some() {
        let text = format!("`{file}` is one page of several");
        return Err(fault(
            "bill-pages",
            text,
            "let `aws ce` follow the pages, or join them",
        ));
    }
    let keys = keys(file, &answer)?;
    for period in &answer.results_by_time {
        add_period(file, period, &keys, sums)?;
    }
    Ok(())
}

fn keys(file: &str, answer: &Answer) -> Result<Keys, Fault> {
    let place = |key: &str| answer.group_definitions.iter().position(|d| d.key == key);
    let keys = Keys {
        service: place("SERVICE"),
        usage_type: place("USAGE_TYPE"),
        record: place("RECORD_TYPE"),
    };
    let usage = keys.service.is_some() && keys.usage_type.is_some();
    if usage || keys.record.is_some() {
        return Ok(keys);
    }
    let text = format!("`{file}` is not grouped by SERVICE and USAGE_TYPE, nor by RECORD_TYPE");
    Err(fault("bill-groups", text, HELP))
}

fn unread(file: &str, what: &str) -> Fault {
    let text = format!("`{file}`: {what} cannot be read");
    fault("bill-format", text, HELP)
}

fn add_period(file: &str, period: &Period, keys: &Keys, sums: &mut Sums) -> Result<(), Fault> {
    let [start, end] = [&period.time_period.start, &period.time_period.end]
        .map(|t| moment(t.as_bytes()).ok_or_else(|| unread(file, "a time period")));
    let span = (start?, end?);
    if period.estimated {
        let month = super::month::name(span.0);
        let note = format!("{month} is estimated: the month is not closed");
        sums.notes.insert(note);
    }
    for group in &period.groups {
        sums.lines += 1;
        add_group(file, group, keys, span, sums)?;
    }
    Ok(())
}

fn add_group(
    file: &str,
    group: &Group,
    keys: &Keys,
    (start, end): (i64, i64),
    sums: &mut Sums,
) -> Result<(), Fault> {
    let key = |at: Option<usize>| at.and_then(|i| group.keys.get(i)).cloned();
    let cost = group.metrics.unblended_cost.as_ref();
    let cost = cost.ok_or_else(|| unread(file, "UnblendedCost of a group"))?;
    let amount = parse(cost.amount.as_bytes(), 0).ok_or_else(|| unread(file, "a cost"))?;
    let kind = match key(keys.record).as_deref() {
        Some("Usage") | None => Kind::OnDemand,
        Some(word) => Kind::Apart(apart(word)),
    };
    let mut words = Words {
        month: super::month::name(start),
        currency: cost.unit.clone(),
        kind,
        service: String::new(),
        usage_type: String::new(),
        operation: String::new(),
        unit: String::new(),
        region: String::new(),
        sku: String::new(),
        selected: true,
    };
    let mut quantity = 0;
    if kind == Kind::OnDemand {
        let (Some(service), Some(usage_type)) = (key(keys.service), key(keys.usage_type)) else {
            // The same usage again, without its types: it stands in the other answer.
            return Ok(());
        };
        if amount < 0 || service == "Tax" {
            return Err(unfiltered(file));
        }
        let used = group.metrics.usage_quantity.as_ref();
        let used = used.ok_or_else(|| unread(file, "UsageQuantity of a group"))?;
        quantity = parse(used.amount.as_bytes(), 0).ok_or_else(|| unread(file, "a quantity"))?;
        (words.service, words.usage_type) = (service, usage_type);
        // `N/A` is what Cost Explorer says where it cannot add units up.
        words.unit = Some(used.unit.clone())
            .filter(|u| u != "N/A")
            .unwrap_or_default();
    }
    let at = sums.sum(words).map_err(|why| unread(file, why))?;
    let sum = &mut sums.all[at];
    sum.add(quantity, amount).map_err(|why| unread(file, why))?;
    if quantity != 0 {
        sum.see(start, Some(end));
    }
    Ok(())
}

fn unfiltered(file: &str) -> Fault {
    let text = format!(
        "`{file}` mixes taxes, credits or refunds into usage: it was asked without a filter"
    );
    fault(
        "bill-unfiltered",
        text,
        "add the filter on RECORD_TYPE: `cachewright bill --emit-query ce` prints it",
    )
}
