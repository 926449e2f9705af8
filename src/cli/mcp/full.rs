//! `recommend` with the whole report: what an agent's context holds of it.
//!
//! One client writes results of more than 50,000 characters to a file, so sources stay behind (`explain` has them),
//! and where that is not enough what matters least goes, by name.

use serde_json::{Map, Value};

use crate::mcp::results::Answer;

/// Characters of the whole result.
const FULL: usize = 48_000;

/// A part that may go, by its name.
type Step<'f> = (&'static str, &'f dyn Fn(&mut Map<String, Value>));

/// Adds the report, as much of it as fits. The rows of candidates are in it already.
pub(super) fn add(answer: &mut Answer, report: Value) {
    let Value::Object(mut report) = report else {
        return;
    };
    answer.candidates = None;
    answer.left_out.retain(|part| part != "reasons");
    report.values_mut().for_each(without_sources);
    let mut left = vec!["sources"];
    let winner = winner(&report);
    let steps: [Step<'_>; 4] = [
        ("break_even", &|r| {
            r.shift_remove("break_even");
        }),
        ("line_items of others", &|r| lose(r, winner, "line_items")),
        ("alternatives of others", &|r| {
            lose(r, winner, "alternatives")
        }),
        ("score of others", &|r| lose(r, winner, "score")),
    ];
    for (name, drop) in steps {
        if characters(answer, &report, &left) <= FULL {
            break;
        }
        drop(&mut report);
        left.push(name);
    }
    answer.left_out.extend(left.into_iter().map(str::to_owned));
    answer.report = Some(report);
}

/// Characters of the result with this report.
fn characters(answer: &Answer, report: &Map<String, Value>, left: &[&str]) -> usize {
    let count =
        |text: serde_json::Result<String>| text.map_or(usize::MAX / 4, |t| t.chars().count());
    let names: usize = left.iter().map(|name| name.len() + 3).sum();
    count(serde_json::to_string(answer)) + count(serde_json::to_string(report)) + names + 20
}

fn without_sources(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.shift_remove("sources");
            entries.values_mut().for_each(without_sources);
        }
        Value::Array(items) => items.iter_mut().for_each(without_sources),
        _ => {}
    }
}

/// The place of the recommended candidate, or of the best one.
fn winner(report: &Map<String, Value>) -> Option<usize> {
    let choice = report.get("recommendation").filter(|r| r.is_object());
    let choice = choice.or_else(|| report.get("best_candidate"))?;
    let same = |c: &Value| c["service"] == choice["service"] && c["variant"] == choice["variant"];
    report.get("candidates")?.as_array()?.iter().position(same)
}

/// Takes a part from every candidate but one.
fn lose(report: &mut Map<String, Value>, keep: Option<usize>, part: &str) {
    let rows = report.get_mut("candidates").and_then(Value::as_array_mut);
    for (i, row) in rows.into_iter().flatten().enumerate() {
        if Some(i) != keep
            && let Some(row) = row.as_object_mut()
        {
            row.shift_remove(part);
        }
    }
}
