//! A template as a tree, and every reference in it.

use std::collections::BTreeSet;

use cachewright::yaml::{Kind, Node, parse_template};

/// Parses, or fails the test with the text.
pub fn parse(template: &str) -> Node {
    parse_template(template).unwrap_or_else(|problem| panic!("{}\n{template}", problem.message))
}

/// The keys of a section; none when it is absent.
pub fn keys(root: &Node, section: &str) -> Vec<String> {
    match root.get(section).map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries.iter().map(|e| e.key.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Logical ids and parameters that are referred to from below a node.
pub fn references(node: &Node, out: &mut BTreeSet<String>) {
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

/// The tree without its values: keys and shapes only.
pub fn shape(node: &Node) -> String {
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
