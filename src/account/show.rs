//! What was measured of a running account, for people and programs: text, Markdown and `cachewright/measure/v1`.
//!
//! Lays out and computes nothing.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::bill::Bill;
use super::profile::value;
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::price::PriceBook;
use crate::measured::text::round;
use crate::report::json::line;
use crate::text::{markdown as markdown_text, visible};
use cachewright_measure::telemetry::query::moment;
use cachewright_measure::telemetry::{Derived, Field, Kind, Mark};

/// Everything a report shows.
pub struct Page<'p> {
    /// What was measured.
    pub kind: &'p Kind,
    /// Which one.
    pub id: &'p str,
    /// What its metrics say.
    pub found: &'p Derived,
    /// What it costs.
    pub bill: &'p Bill,
    /// Prices.
    pub book: &'p PriceBook,
    /// The decision on the profile, in one sentence.
    pub answer: Option<String>,
    /// What to know.
    pub notes: Vec<String>,
    /// The profile that was written.
    pub file: Option<String>,
}

/// What metrics can never say, and what can.
pub const NEVER: &str = "Metrics count; they know no key. So there is no hit-ratio curve, and no answer to how much smaller the cache could be: `cachewright measure LOG` reads both from access logs or from MONITOR.";

/// Rows of the report: label and text.
fn rows(page: &Page<'_>) -> Vec<(String, String)> {
    let found = page.found;
    let mut rows = vec![
        (page.kind.name.clone(), page.id.to_owned()),
        ("Window".to_owned(), window(found)),
    ];
    for field in &found.fields {
        if let Some(text) = value(&field.value) {
            rows.push((field.path.to_owned(), text));
        }
    }
    rows.extend(
        found
            .beside
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone())),
    );
    rows
}

fn window(found: &Derived) -> String {
    let hours = (found.to - found.from) as f64 / 3600.0;
    let span = if hours >= 48.0 {
        format!("{:.1} days", hours / 24.0)
    } else {
        format!("{hours:.1} h")
    };
    let mut text = format!("{} to {}, {span}", moment(found.from), moment(found.to));
    if found.period > 0 {
        let _ = write!(text, ", by {} s", found.period);
    }
    if found.coverage < 0.9 {
        let _ = write!(text, "; values for {:.0} % of it", found.coverage * 100.0);
    }
    text
}

/// Dollars and cents.
pub fn dollars(sum: Usd) -> String {
    format!("${}", grouped(&plain(sum.cents())))
}

/// What it costs, in one sentence.
pub fn cost(bill: &Bill) -> String {
    let [low, high] = bill.ends;
    let missing: Vec<String> = (bill.missing.iter())
        .map(|(meter, why)| format!("{meter} ({why})"))
        .collect();
    let missing = missing.join(", ");
    if bill.items.iter().all(|i| i.cost.is_none()) {
        return format!(
            "You run {}: what it costs is unknown without {missing}.",
            bill.name
        );
    }
    let sum = if low == high {
        dollars(low)
    } else {
        format!("{} to {}", dollars(low), dollars(high))
    };
    if bill.is_complete() {
        format!("You run {}: {sum} a month by its own metrics.", bill.name)
    } else {
        format!(
            "You run {}: at least {sum} a month by its own metrics; unknown without {missing}.",
            bill.name
        )
    }
}

/// The report for a terminal.
pub fn text(page: &Page<'_>) -> String {
    let mut out = String::new();
    let rows = rows(page);
    let width = rows.iter().map(|(label, _)| label.len()).max().unwrap_or(0);
    for (label, text) in &rows {
        let _ = writeln!(out, "{label:<width$}  {text}");
    }
    let mut paragraphs = vec![cost(page.bill)];
    paragraphs.extend(page.answer.clone());
    paragraphs.extend(remarks(page));
    if let Some(file) = &page.file {
        paragraphs.push(format!("Next: cachewright recommend {file}"));
    }
    for paragraph in paragraphs {
        let _ = writeln!(out, "\n{}", textwrap::fill(&paragraph, 80));
    }
    out
}

/// The report for a document.
pub fn markdown(page: &Page<'_>) -> String {
    let mut out = String::from("# Measured account\n\n| | |\n|---|---|\n");
    for (label, text) in rows(page) {
        let _ = writeln!(
            out,
            "| {} | {} |",
            markdown_text(&label),
            markdown_text(&text)
        );
    }
    let _ = writeln!(out, "\n{}", markdown_text(&cost(page.bill)));
    if let Some(answer) = &page.answer {
        let _ = writeln!(out, "\n{}", markdown_text(answer));
    }
    out.push_str("\n## Remarks\n\n");
    for line in remarks(page) {
        let _ = writeln!(out, "- {}", markdown_text(&line));
    }
    out
}

/// What was left out and what to know.
pub fn remarks(page: &Page<'_>) -> Vec<String> {
    let left = page.found.fields.iter().filter(|f| f.mark == Mark::LeftOut);
    let left: Vec<String> = left.map(|f| format!("{} ({})", f.path, f.rule)).collect();
    let mut out = Vec::new();
    out.extend(
        page.found
            .cautions
            .iter()
            .map(|(code, text)| format!("{code}: {text}")),
    );
    if !left.is_empty() {
        out.push(format!("Left out: {}.", left.join("; ")));
    }
    let of_model = ["traffic.reads", "data.item_size", "data.working_set"];
    let unknown = |f: &&Field| f.mark == Mark::LeftOut && of_model.contains(&f.path);
    if page.found.fields.iter().any(|f| unknown(&f)) {
        out.push("What a decision needs and nobody measured stands for a range of plausible values: `recommend` says for which part of it the answer holds.".to_owned());
    }
    out.extend(page.notes.iter().cloned());
    out.push(NEVER.to_owned());
    out.iter().map(|line| visible(line)).collect()
}

/// The JSON report: the keys of every measurement, unknown where metrics cannot say them, and what is new.
pub fn json(page: &Page<'_>) -> Value {
    let found = page.found;
    let number = |path: &str| found.number(path).map(round);
    let mut top = Map::new();
    let mut put = |key: &str, value: Value| drop(top.insert(key.to_owned(), value));
    put("schema", json!("cachewright/measure/v1"));
    put("requests", json!(found.requests.round() as u64));
    put("from", json!(moment(found.from)));
    put("to", json!(moment(found.to)));
    put("format", json!("cloudwatch"));
    put("sampling", Value::Null);
    put(
        "rates",
        json!({ "reads_per_second": number("traffic.reads"), "writes_per_second": number("traffic.writes"),
            "reads_max_per_period": number("traffic.peak_reads"), "active_hours": number("traffic.active_hours") }),
    );
    put(
        "sizes",
        json!({ "mean": number("data.item_size"), "p50": null, "p99": null, "max": null }),
    );
    for key in [
        "distinct_keys",
        "distinct_bytes",
        "one_hit_wonders",
        "hottest_key_share",
    ] {
        put(key, Value::Null);
    }
    put("logged_hit_ratio", json!(number("data.hit_ratio")));
    for key in [
        "first_reads",
        "unknown_sizes",
        "sent",
        "lines",
        "bad_lines",
        "skipped",
    ] {
        put(key, Value::Null);
    }
    put("notes", json!(remarks(page)));
    put("hit_ratio_curve", json!([]));
    put(
        "source",
        json!({ "name": "cloudwatch", "kind": page.kind.id, "id": page.id, "period": found.period, "coverage": round(found.coverage) }),
    );
    put("fields", found.fields.iter().map(field).collect());
    put("now", now(page));
    Value::Object(top)
}

fn field(field: &Field) -> Value {
    json!({ "field": field.path, "value": value(&field.value), "mark": field.mark.word(), "rule": field.rule })
}

fn now(page: &Page<'_>) -> Value {
    let bill = page.bill;
    let known = bill.items.iter().any(|i| i.cost.is_some());
    let sum = |end: usize| known.then(|| bill.ends[end].plain());
    let items: Vec<Value> = (bill.items.iter())
        .map(|i| json!(line(page.book, i)))
        .collect();
    let missing: Vec<Value> = (bill.missing.iter())
        .map(|(meter, why)| json!({ "meter": meter, "needs": why }))
        .collect();
    json!({
        "service": bill.service,
        "variant": bill.variant,
        "monthly_cost": { "low": sum(0), "high": sum(1), "complete": bill.is_complete() },
        "missing": missing,
        "line_items": items,
        "answer": page.answer,
    })
}
