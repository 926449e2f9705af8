//! The answers of CloudWatch as series: what the AWS CLI wrote, in one file or many, in one piece or many.
//!
//! A value that cannot be one (not a number, negative, without its time) is dropped and counted. A series is known
//! by its label, not by its file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kind::{Kind, Metric};
use super::query::Target;

/// One series, with the metric it is of.
#[derive(Clone, Debug)]
pub struct Series<'k> {
    /// What it measures.
    pub metric: &'k Metric,
    /// Which statistic of it.
    pub statistic: String,
    /// The member it is of; empty for the resource itself.
    pub member: String,
    /// Values by the beginning of their period, seconds since 1970.
    pub points: BTreeMap<i64, f64>,
}

/// Everything that came back.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Values by label and time.
    points: BTreeMap<String, BTreeMap<i64, f64>>,
    /// Labels by id: later pieces of a page may lack theirs.
    labels: BTreeMap<String, String>,
    /// Values that cannot be one.
    pub dropped: u64,
    /// Metrics that CloudWatch did not answer: label and its word for it.
    pub refused: Vec<(String, String)>,
}

impl Answers {
    /// Takes what `aws cloudwatch get-metric-data` wrote; `None` where it is no such document.
    pub fn read(&mut self, document: &Value) -> Option<()> {
        let results = document.get("MetricDataResults")?.as_array()?;
        for result in results {
            self.result(result);
        }
        Some(())
    }

    fn result(&mut self, result: &Value) {
        let text = |key: &str| result.get(key).and_then(Value::as_str);
        let id = text("Id").unwrap_or_default();
        if let Some(label) = text("Label").filter(|l| !l.is_empty()) {
            self.labels.insert(id.to_owned(), label.to_owned());
        }
        let label = self.labels.get(id).map_or(id, String::as_str).to_owned();
        // What comes with these is no part of the answer.
        if let Some(status @ ("InternalError" | "Forbidden")) = text("StatusCode") {
            self.refused.push((label, status.to_owned()));
            return;
        }
        let list = |key: &str| result.get(key).and_then(Value::as_array);
        let none = Vec::new();
        let times = list("Timestamps").unwrap_or(&none);
        let values = list("Values").unwrap_or(&none);
        if times.len() != values.len() {
            // Nobody knows which value is of which moment.
            self.dropped += times.len().max(values.len()) as u64;
            return;
        }
        let points = self.points.entry(label).or_default();
        for (time, value) in std::iter::zip(times, values) {
            let value = value.as_f64().filter(|v| v.is_finite() && *v >= 0.0);
            match (moment(time), value) {
                (Some(time), Some(value)) => drop(points.insert(time, value)),
                _ => self.dropped += 1,
            }
        }
    }

    /// The series of a resource, and how many others there are.
    pub fn of<'k>(&self, target: &Target<'k>) -> Vec<Series<'k>> {
        let all = self.points.iter();
        all.filter_map(|(label, points)| {
            let parts: Vec<&str> = label.split('|').collect();
            let (metric, statistic, member) = named(target.kind, &target.id, &parts)?;
            Some(Series {
                metric,
                statistic: statistic.to_owned(),
                member: member.to_owned(),
                points: points.clone(),
            })
        })
        .collect()
    }

    /// Series that are of none of these resources.
    pub fn others(&self, targets: &[Target<'_>]) -> usize {
        let known = |label: &&String| {
            let parts: Vec<&str> = label.split('|').collect();
            targets
                .iter()
                .any(|t| named(t.kind, &t.id, &parts).is_some())
        };
        self.points.keys().filter(|l| !known(l)).count()
    }

    /// The ids of a kind that have series here.
    pub fn ids(&self, kind: &Kind) -> Vec<String> {
        let mut out = Vec::new();
        let with_values = self.points.iter().filter(|(_, points)| !points.is_empty());
        for (label, _) in with_values {
            let parts: Vec<&str> = label.split('|').collect();
            if let [of, _, _, id, ..] = parts.as_slice() {
                if *of == kind.id && !out.iter().any(|known| known == id) {
                    out.push((*id).to_owned());
                }
            }
        }
        out
    }
}

/// What a label names, when it is of this resource.
fn named<'k, 'l>(
    kind: &'k Kind,
    id: &str,
    parts: &[&'l str],
) -> Option<(&'k Metric, &'l str, &'l str)> {
    let [of, metric, statistic, resource, rest @ ..] = parts else {
        return None;
    };
    if *of != kind.id || *resource != id {
        return None;
    }
    let member = rest.first().copied().unwrap_or_default();
    let with = rest.get(1).copied().unwrap_or_default();
    let is = |m: &&Metric| {
        let own: Vec<String> = m.with.iter().map(|(n, v)| format!("{n}={v}")).collect();
        m.metric == *metric && own.join(",") == with && m.statistics.iter().any(|s| s == *statistic)
    };
    Some((kind.metrics.iter().find(is)?, statistic, member))
}

/// Seconds since 1970 from an epoch number or ISO 8601.
fn moment(value: &Value) -> Option<i64> {
    if let Some(number) = value.as_f64() {
        // Milliseconds are what some programs write.
        let seconds = if number > 1e11 {
            number / 1000.0
        } else {
            number
        };
        return Some(seconds.floor() as i64);
    }
    let text = value.as_str()?;
    let stamp: Result<jiff::Timestamp, _> = text.parse();
    stamp.ok().map(|t| t.as_second())
}

/// JSON, also where a program wrote `NaN` or `Infinity` as Python's does; those become `null`.
pub fn lenient(text: &str) -> serde_json::Result<Value> {
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(error) if text.contains("NaN") || text.contains("Infinity") => {
            serde_json::from_str(&without_nan(text)).map_err(|_| error)
        }
        Err(error) => Err(error),
    }
}

fn without_nan(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut quoted, mut escaped, mut rest) = (false, false, text);
    while let Some(c) = rest.chars().next() {
        if !quoted {
            let word = ["-Infinity", "Infinity", "NaN"];
            if let Some(word) = word.iter().find(|w| rest.starts_with(**w)) {
                out.push_str("null");
                rest = &rest[word.len()..];
                continue;
            }
        }
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_epochs_or_iso() {
        let want = Some(1_790_000_000);
        for text in [
            "1790000000",
            "1790000000.0",
            "1790000000000",
            "\"2026-09-21T14:13:20+00:00\"",
            "\"2026-09-21T14:13:20Z\"",
        ] {
            assert_eq!(moment(&serde_json::from_str(text).unwrap()), want, "{text}");
        }
        assert_eq!(moment(&Value::from("yesterday")), None);
    }

    #[test]
    fn what_is_no_number_is_read_and_dropped() {
        let text = r#"{"MetricDataResults":[{"Id":"m0","Label":"a \"NaN\"","Timestamps":[60,120,180,240],"Values":[NaN,-1.0,5,Infinity]},
            {"Id":"m1","Label":"b","Timestamps":[60],"Values":[1,2]},
            {"Id":"m2","Label":"c","StatusCode":"Forbidden","Timestamps":[60],"Values":[1]}]}"#;
        let mut answers = Answers::default();
        answers.read(&lenient(text).unwrap()).unwrap();
        assert_eq!(answers.dropped, 5);
        assert_eq!(answers.points["a \"NaN\""].len(), 1);
        assert_eq!(answers.refused, [("c".to_owned(), "Forbidden".to_owned())]);
        assert!(answers.read(&serde_json::json!({"Metrics": []})).is_none());
    }

    #[test]
    fn pieces_of_one_id_are_one_series() {
        let mut answers = Answers::default();
        for (label, time) in [("\"Label\":\"x\",", 60), ("", 120)] {
            let text = format!(
                r#"{{"MetricDataResults":[{{"Id":"m0",{label}"Timestamps":[{time}],"Values":[1]}}]}}"#
            );
            answers.read(&lenient(&text).unwrap()).unwrap();
        }
        assert_eq!(answers.points["x"].len(), 2);
    }
}
