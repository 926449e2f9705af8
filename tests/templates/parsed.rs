//! A template as a tree, and every reference in it.

use std::collections::BTreeSet;

use cachewright::yaml::{Kind, Node, parse_template};

/// Parses, or fails the test with the text.
pub(crate) fn parse(template: &str) -> Node {
    parse_template(template).unwrap_or_else(|problem| panic!("{}\n{template}", problem.message))
}

/// The keys of a section; none when it is absent.
pub(crate) fn keys(root: &Node, section: &str) -> Vec<String> {
    match root.get(section).map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries.iter().map(|e| e.key.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Logical ids and parameters that are referred to from below a node.
pub(crate) fn references(node: &Node, out: &mut BTreeSet<String>) {
    match &node.kind {
        Kind::Map(entries) => {
            for entry in entries {
                match (entry.key.as_str(), entry.value.text()) {
                    ("!Ref" | "Ref" | "DependsOn", Some(name)) => {
                        out.insert(name.to_owned());
                    }
                    ("!GetAtt" | "Fn::GetAtt", Some(path)) => {
                        out.insert(path.split('.').next().unwrap_or_default().to_owned());
                    }
                    ("!Sub" | "Fn::Sub", Some(text)) => substitutions(text, out),
                    _ => {}
                }
                references(&entry.value, out);
            }
        }
        Kind::Seq(items) => {
            for item in items {
                if let Some(text) = item.text() {
                    substitutions(text, out);
                }
                references(item, out);
            }
        }
        Kind::Null | Kind::Scalar(_) => {}
    }
}

fn substitutions(text: &str, out: &mut BTreeSet<String>) {
    for part in text.split("${").skip(1) {
        if let Some(name) = part.split(['}', '.']).next() {
            out.insert(name.to_owned());
        }
    }
}

/// Every entry of every section, with its values: `Resources`, its id and its whole body. Not the title and the record
/// of how a template was made, which no service reads and which are never alike.
pub(crate) fn entries(root: &Node) -> BTreeSet<String> {
    let Kind::Map(sections) = &root.kind else {
        return BTreeSet::new();
    };
    let mut out = BTreeSet::new();
    let read = |key: &str| !matches!(key, "Description" | "Metadata");
    for section in sections.iter().filter(|s| read(&s.key)) {
        match &section.value.kind {
            Kind::Map(inner) => out.extend(
                inner
                    .iter()
                    .map(|e| format!("{}/{}: {}", section.key, e.key, values(&e.value))),
            ),
            _ => {
                out.insert(format!("{}: {}", section.key, values(&section.value)));
            }
        }
    }
    out
}

/// A tree on one line, keys and values.
fn values(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "~".to_owned(),
        Kind::Scalar(_) => format!("{:?}", node.text()),
        Kind::Map(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|e| format!("{}:{}", e.key, values(&e.value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Kind::Seq(items) => format!(
            "[{}]",
            items.iter().map(values).collect::<Vec<_>>().join(",")
        ),
    }
}

/// The tree without its values: keys and shapes only.
pub(crate) fn shape(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "~".to_owned(),
        Kind::Scalar(_) => "s".to_owned(),
        Kind::Map(entries) => {
            let inner: Vec<String> = entries
                .iter()
                .map(|e| format!("{}:{}", e.key, shape(&e.value)))
                .collect();
            format!("{{{}}}", inner.join(","))
        }
        Kind::Seq(items) => format!(
            "[{}]",
            items.iter().map(shape).collect::<Vec<_>>().join(",")
        ),
    }
}
