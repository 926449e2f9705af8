//! The resolved profile as a file that can be saved and asked again: defaults stand as comments.

use serde_json::Value;

use crate::domain::field::{FIELDS, Field};
use crate::domain::profile::Profile;
use crate::text::yaml_scalar;

/// A profile in YAML, in the order of the table of fields.
pub(super) fn yaml(profile: &Profile) -> String {
    let same = |a: &Field, b: &Field| !a.place().0.is_empty() && a.place().0 == b.place().0;
    let mut out = String::new();
    for fields in FIELDS.chunk_by(same) {
        let (section, _) = fields[0].place();
        let depth = usize::from(!section.is_empty());
        let inner: String = fields.iter().map(|f| line(f, profile, depth)).collect();
        out += &if section.is_empty() {
            inner
        } else {
            headed(section, &inner, 0)
        };
    }
    out
}

/// A field with its key; a default is a comment, and what is not known is left out.
fn line(field: &Field, profile: &Profile, depth: usize) -> String {
    let (_, key) = field.place();
    let Some(value) = field.json(profile).filter(|v| !is_empty(v)) else {
        return String::new();
    };
    let indent = "  ".repeat(depth);
    if !field.required && !profile.is_stated(field.path) {
        return format!("{indent}# {key}: {}\n", flow(&value));
    }
    let range = profile.ranges.iter().find(|r| r.field.path() == field.path);
    match (range, &value) {
        (Some(r), Value::String(expected)) => {
            let [low, high] = [r.low, r.high].map(|v| r.field.show(v));
            let text = yaml_scalar(&format!("{low}..{expected}..{high}"));
            format!("{indent}{key}: {text}\n")
        }
        _ => entry(key, &value, depth),
    }
}

/// A value with its key.
fn entry(key: &str, value: &Value, depth: usize) -> String {
    match value {
        empty if is_empty(empty) => String::new(),
        Value::Object(map) => {
            let inner: String = map.iter().map(|(k, v)| entry(k, v, depth + 1)).collect();
            headed(key, &inner, depth)
        }
        value => format!("{}{key}: {}\n", "  ".repeat(depth), flow(value)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// Lines below a key; one with nothing but comments is a comment itself.
fn headed(key: &str, inner: &str, depth: usize) -> String {
    if inner.is_empty() {
        return String::new();
    }
    let stated = inner.lines().any(|l| !l.trim_start().starts_with('#'));
    let mark = if stated { "" } else { "# " };
    let indent = "  ".repeat(depth);
    format!("{indent}{mark}{key}:\n{}\n", inner.trim_end())
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
