//! The resolved profile as a file that can be saved and asked again: defaults stand as comments.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};

use crate::text::yaml_scalar;

/// Keys of the JSON that follow from others or only describe them.
const DERIVED: [&str; 5] = [
    "defaults",
    "ranges",
    "traffic.idle_hours",
    "traffic.reads_per_month",
    "traffic.writes_per_month",
];
/// What a person writes first.
const FIRST: [&str; 10] = [
    "version",
    "name",
    "description",
    "region",
    "layer",
    "interface",
    "latency",
    "private_access",
    "scale_to_zero",
    "traffic",
];

/// A profile in YAML from its JSON.
pub(super) fn yaml(profile: &BTreeMap<String, Value>) -> String {
    let list = |key: &str| {
        profile
            .get(key)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    let file = File {
        defaults: list("defaults").filter_map(Value::as_str).collect(),
        ranges: list("ranges").filter_map(range).collect(),
    };
    let mut out = String::new();
    let first = FIRST.iter().filter_map(|k| profile.get_key_value(*k));
    let rest = profile.iter().filter(|(k, _)| !FIRST.contains(&k.as_str()));
    for (key, value) in first.chain(rest) {
        file.entry(&mut out, key, key, value, 0);
    }
    out
}

/// Field, low end and high end.
fn range(of: &Value) -> Option<(&str, (&str, &str))> {
    let at = |key| of.get(key).and_then(Value::as_str);
    Some((at("field")?, (at("low")?, at("high")?)))
}

struct File<'p> {
    defaults: BTreeSet<&'p str>,
    ranges: BTreeMap<&'p str, (&'p str, &'p str)>,
}

impl File<'_> {
    fn entry(&self, out: &mut String, key: &str, path: &str, value: &Value, depth: usize) {
        let empty = match value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        if empty || DERIVED.contains(&path) {
            return;
        }
        let indent = "  ".repeat(depth);
        match value {
            Value::Object(map) if !self.defaults.contains(path) => {
                self.section(out, key, path, map, depth);
            }
            value if self.defaults.contains(path) => {
                let _ = writeln!(out, "{indent}# {key}: {}", flow(value));
            }
            value => {
                let text = self.ranges.get(path).map_or_else(
                    || flow(value),
                    |(low, high)| {
                        yaml_scalar(&format!(
                            "{low}..{}..{high}",
                            value.as_str().unwrap_or_default()
                        ))
                    },
                );
                let _ = writeln!(out, "{indent}{key}: {text}");
            }
        }
    }

    /// A section; one with nothing but defaults is a comment as a whole.
    fn section(
        &self,
        out: &mut String,
        key: &str,
        path: &str,
        map: &Map<String, Value>,
        depth: usize,
    ) {
        let mut inner = String::new();
        for (k, v) in map {
            self.entry(&mut inner, k, &format!("{path}.{k}"), v, depth + 1);
        }
        let stated = inner.lines().any(|l| !l.trim_start().starts_with('#'));
        let mark = if stated || inner.is_empty() { "" } else { "# " };
        if !inner.is_empty() {
            let _ = writeln!(
                out,
                "{}{mark}{key}:\n{}",
                "  ".repeat(depth),
                inner.trim_end()
            );
        }
    }
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => yaml_scalar(text),
        Value::Array(list) => {
            format!("[{}]", list.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let pairs = map.iter().filter(|(_, v)| !v.is_null());
            let pairs: Vec<String> = pairs.map(|(k, v)| format!("{k}: {}", flow(v))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        other => other.to_string(),
    }
}
