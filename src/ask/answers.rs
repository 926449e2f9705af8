//! Answers by field path, and the commented profile they make.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::field::{FIELDS, Field, Shape, find};
use crate::text::{is_yaml_word, yaml_quoted};
use crate::yaml::{self, Kind, Node};

/// Where editors find the schema: beside the profile, written by the command the comment names. No address of it is
/// published.
const SCHEMA: &str = "cachewright.schema.json";

/// The lines by which editors find the schema of a profile.
pub fn modeline() -> String {
    format!(
        "# yaml-language-server: $schema=./{SCHEMA}\n\
         # ^ for completion in editors: cachewright schema profile > {SCHEMA}\n"
    )
}

/// Answers as YAML flow text by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, String>);

impl Answers {
    /// Answers by path, as they are typed.
    pub fn of<'t>(typed: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let typed = typed.map(|(path, text)| (path.to_owned(), self::typed(path, text)));
        Self(typed.collect())
    }

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
    pub fn remove(&mut self, path: &str) -> Option<String> {
        self.0.remove(path)
    }

    /// The answer of a path.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Is there an answer?
    pub fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// Nothing was answered.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Path and answer of each, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v.as_str()))
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

    /// The profile, one field per line in the order of the contract.
    pub fn to_yaml(&self) -> String {
        self.lines(&mut |_, _, _| {})
    }

    /// The profile with what each field means and which defaults hold for the rest.
    pub fn to_profile(&self) -> String {
        let mut out = format!(
            "{}# A workload profile for cachewright. Change it freely, then run `cachewright recommend` on it.\n",
            modeline()
        );
        out.push_str(&self.lines(&mut |out, field, indent| {
            for line in textwrap::wrap(field.meaning, 96 - indent.len()) {
                let _ = writeln!(out, "{indent}# {line}");
            }
            if self.get(field.path) == field.ask.guess() {
                let _ = writeln!(out, "{indent}# not sure: a typical value stands in");
            }
        }));
        let open = |f: &&Field| !self.has(f.path) && !f.default.is_empty() && !f.typical.is_empty();
        let rest: Vec<&Field> = FIELDS.iter().filter(open).collect();
        if !rest.is_empty() {
            out.push_str("\n# Not stated, so the default holds:\n");
        }
        for field in rest {
            let _ = writeln!(out, "#   {:<32} {}", field.path, field.default);
        }
        out
    }

    fn lines(&self, comment: &mut dyn FnMut(&mut String, &Field, &str)) -> String {
        let mut out = String::new();
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
            comment(&mut out, field, indent);
            let _ = writeln!(out, "{indent}{key}: {}", shown(field, value));
        }
        out
    }
}

/// An answer as YAML: lists and maps are flow text already, everything else is one scalar.
fn shown(field: &Field, value: &str) -> String {
    match field.shape {
        Shape::Text | Shape::Region => quoted(value),
        _ if structured(field) && value.starts_with(['[', '{']) => value.to_owned(),
        _ if plain(value) => value.to_owned(),
        _ => yaml_quoted(value),
    }
}

/// May the answer be a list or a map?
fn structured(field: &Field) -> bool {
    !matches!(
        field.shape,
        Shape::Version
            | Shape::Text
            | Shape::Region
            | Shape::Word(_)
            | Shape::Quantity { .. }
            | Shape::QuantityOrNone { .. }
            | Shape::Integer
            | Shape::Budget
    )
}

/// Words and quantities that YAML reads as they stand.
fn plain(value: &str) -> bool {
    value.starts_with(|c: char| c.is_ascii_alphanumeric())
        && value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " ._/%+-µ".contains(c))
}

/// Free text as a JSON string, unless it is a plain word.
fn quoted(text: &str) -> String {
    let plain = !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    let reserved = text == "none" || is_yaml_word(text);
    if plain && !reserved {
        text.to_owned()
    } else {
        yaml_quoted(text)
    }
}

/// A tree as one line of YAML flow text.
fn flow(node: &Node, nested: bool) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Scalar(text) if !nested => text.clone(),
        Kind::Scalar(text) => quoted(text),
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

/// Makes an answer typed by a person into flow text: lists of words get brackets, shares by name get braces.
pub fn typed(path: &str, text: &str) -> String {
    let text = text.trim();
    let Some(field) = find(path).filter(|f| structured(f)) else {
        return text.to_owned();
    };
    let bare = !text.starts_with(['[', '{']);
    let text = match field.shape {
        Shape::Words(_) | Shape::Regions if bare => format!("[{text}]"),
        Shape::Viewers if bare => map_of(text),
        Shape::Latency if bare && text.starts_with('p') => map_of(text),
        _ => text.to_owned(),
    };
    // Read and written again, so that nothing but one value can stand in the profile.
    yaml::parse(&text).map_or_else(
        |_| text.trim_start_matches(['[', '{', ' ']).to_owned(),
        |tree| flow(&tree, false),
    )
}

/// `europe 40 %, japan 60 %` as a map.
fn map_of(text: &str) -> String {
    let pairs = text.split(',').map(|pair| {
        let pair = pair.trim();
        let (key, value) = pair.split_once([':', '=', ' ']).unwrap_or((pair, ""));
        format!("{}: {}", key.trim(), yaml_quoted(value.trim()))
    });
    format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
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
            ("description", "\u{1b}[2J\u{202e}\nlayer: edge"),
            ("traffic.reads", "5/s"),
            ("data.hit_ratio", "85 %"),
            ("compute", "[lambda, ec2]"),
        ] {
            answers.set(path, value);
        }
        for text in [answers.to_yaml(), answers.to_profile()] {
            let back = Answers::from_tree(&yaml::parse(&text).unwrap());
            assert_eq!(back, answers, "{text}");
        }
    }

    #[test]
    fn nothing_typed_becomes_a_second_field() {
        for (path, text) in [
            ("traffic.reads", "5/s\nlayer: edge"),
            ("latency", "5 ms # {"),
            ("latency", "p50 1 ms\nlayer: edge"),
            ("compute", "lambda]\nlayer: edge\nx: [a"),
            ("compute", "[lambda]\nlayer: edge"),
            ("viewers", "europe 40 %}\nlayer: edge"),
            ("name", "x\nlayer: edge"),
        ] {
            let mut answers = Answers::default();
            answers.set(path, &typed(path, text));
            let back = yaml::parse(&answers.to_yaml()).map(|tree| Answers::from_tree(&tree));
            assert!(
                !back.is_ok_and(|a| a.has("layer")),
                "{path}: {text:?}: {}",
                answers.to_yaml()
            );
        }
    }

    #[test]
    fn people_need_no_brackets() {
        for (path, text, made) in [
            ("compute", "lambda, ec2", "[lambda, ec2]"),
            ("compute", "[ lambda ]", "[lambda]"),
            (
                "viewers",
                "europe 40 %, japan: 60 %",
                "{ europe: \"40 %\", japan: \"60 %\" }",
            ),
            ("latency", " 5 ms", "5 ms"),
            (
                "latency",
                "p50 2 ms, p99=10 ms",
                "{ p50: \"2 ms\", p99: \"10 ms\" }",
            ),
        ] {
            assert_eq!(typed(path, text), made);
        }
    }
}
