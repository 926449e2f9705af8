//! Answers by field path, and the commented profile they make.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::workload::fields::{FIELDS, Shape, find};
use crate::yaml::{Kind, Node};

/// Answers as YAML flow text by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Sets an answer.
    pub fn set(&mut self, path: &str, value: &str) {
        self.0.insert(path.to_owned(), value.trim().to_owned());
    }

    /// Sets an answer that is not there yet.
    pub fn set_default(&mut self, path: &str, value: &str) {
        self.0
            .entry(path.to_owned())
            .or_insert_with(|| value.to_owned());
    }

    /// Takes an answer back.
    pub fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The answer of a path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Is there an answer, or a map of answers below the path?
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many answers there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The answers that a profile file states.
    pub fn from_tree(root: &Node) -> Self {
        let mut answers = Self::default();
        let Kind::Map(entries) = &root.kind else {
            return answers;
        };
        for entry in entries {
            let section = FIELDS.iter().any(|f| {
                f.path
                    .strip_prefix(entry.key.as_str())
                    .is_some_and(|rest| rest.starts_with('.'))
            });
            match &entry.value.kind {
                Kind::Map(inner) if section => {
                    for e in inner {
                        answers
                            .0
                            .insert(format!("{}.{}", entry.key, e.key), flow(&e.value, false));
                    }
                }
                _ => {
                    answers
                        .0
                        .insert(entry.key.clone(), flow(&entry.value, false));
                }
            }
        }
        answers
    }

    /// The profile, one field per line in the order of the contract, with what each means.
    pub fn to_yaml(&self) -> String {
        let mut out = String::from("# A workload profile for cachewright.\n");
        let mut section = "";
        for field in FIELDS {
            let Some(value) = self.0.get(field.path) else {
                continue;
            };
            let (head, key) = field
                .path
                .split_once('.')
                .map_or(("", field.path), |(s, k)| (s, k));
            if head != section {
                section = head;
                if !head.is_empty() {
                    let _ = writeln!(out, "{head}:");
                }
            }
            let indent = if head.is_empty() { "" } else { "  " };
            let shown = if matches!(field.shape, Shape::Text) {
                quoted(value)
            } else {
                value.clone()
            };
            let _ = writeln!(out, "{indent}{key}: {shown}  # {}", field.meaning);
        }
        out
    }
}

/// Free text as a JSON string, unless it is a plain word.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let reserved = matches!(
        text,
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "none"
    );
    if plain && !reserved {
        text.to_owned()
    } else {
        serde_json::Value::String(text.to_owned()).to_string()
    }
}

/// A tree as one line of YAML flow text.
fn flow(node: &Node, nested: bool) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Scalar(text) if !nested => text.clone(),
        Kind::Scalar(text) => serde_json::Value::String(text.clone()).to_string(),
        Kind::Seq(items) => format!(
            "[{}]",
            items
                .iter()
                .map(|i| flow(i, true))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Kind::Map(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|e| format!("{}: {}", quoted(&e.key), flow(&e.value, true)))
                .collect();
            format!("{{ {} }}", inner.join(", "))
        }
    }
}

/// Makes an answer typed by a person into flow text: lists of words get brackets.
pub fn typed(path: &str, text: &str) -> String {
    let text = text.trim();
    match find(path).map(|f| f.shape) {
        Some(Shape::Words(_) | Shape::Texts) if !text.starts_with('[') => format!("[{text}]"),
        Some(Shape::Viewers) if !text.starts_with('{') => format!("{{ {text} }}"),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_make_a_profile_and_come_back() {
        let mut answers = Answers::default();
        for (path, value) in [
            ("version", "1"),
            ("name", "a: b # c"),
            ("traffic.reads", "5/s"),
            ("compute", "[lambda, ec2]"),
        ] {
            answers.set(path, value);
        }
        let tree = crate::yaml::parse(&answers.to_yaml()).unwrap();
        let back = Answers::from_tree(&tree);
        assert_eq!(back.get("name"), Some("a: b # c"));
        assert_eq!(back.get("traffic.reads"), Some("5/s"));
        assert_eq!(back.get("compute"), Some("[\"lambda\", \"ec2\"]"));
        assert_eq!(
            back.to_yaml().matches('\n').count(),
            answers.to_yaml().matches('\n').count()
        );
    }
}
