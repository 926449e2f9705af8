//! `--set path=value`: what-if without editing the file.

use crate::diagnostic::{Diagnostic, Span};
use crate::yaml::{self, Entry, Kind, Node};

/// Applies the overrides to the tree; each becomes a virtual line at the end of the source.
pub(super) fn apply(
    mut root: Node,
    sets: &[String],
    source: &mut String,
    problems: &mut Vec<Diagnostic>,
) -> Node {
    for set in sets {
        if !source.ends_with('\n') {
            source.push('\n');
        }
        let start = source.len() + "--set ".len();
        source.push_str("--set ");
        source.push_str(&set.replace(['\n', '\r'], " "));
        let span = start..source.len();
        let Some((path, value)) = set.split_once('=') else {
            problems.push(
                Diagnostic::error(
                    "set-syntax",
                    "an override needs `path=value`",
                    span,
                    "no `=` here",
                )
                .help("for example `--set traffic.reads=500/s`"),
            );
            continue;
        };
        let value_span = start + path.len() + 1..span.end;
        match yaml::parse(value) {
            Ok(mut node) => {
                respan(&mut node, &value_span);
                insert(
                    &mut root,
                    path.trim(),
                    node,
                    &(start..start + path.len()),
                    problems,
                );
            }
            Err(mut problem) => {
                problem
                    .labels
                    .iter_mut()
                    .for_each(|l| l.span = value_span.clone());
                problems.push(problem);
            }
        }
    }
    root
}

/// Every value of an override points at the whole override.
fn respan(node: &mut Node, span: &Span) {
    node.span = span.clone();
    match &mut node.kind {
        Kind::Map(entries) => entries.iter_mut().for_each(|e| {
            e.key_span = span.clone();
            respan(&mut e.value, span);
        }),
        Kind::Seq(items) => items.iter_mut().for_each(|i| respan(i, span)),
        _ => {}
    }
}

fn insert(
    node: &mut Node,
    path: &str,
    value: Node,
    key_span: &Span,
    problems: &mut Vec<Diagnostic>,
) {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(k, r)| (k, Some(r)));
    if key.is_empty() {
        problems.push(Diagnostic::error(
            "set-syntax",
            "the path of an override has an empty part",
            key_span.clone(),
            "here",
        ));
        return;
    }
    if !matches!(node.kind, Kind::Map(_)) {
        node.kind = Kind::Map(Vec::new());
    }
    let Kind::Map(entries) = &mut node.kind else {
        return;
    };
    let at = entries
        .iter()
        .position(|e| e.key == key)
        .unwrap_or_else(|| {
            let empty = Node {
                span: key_span.clone(),
                kind: Kind::Map(Vec::new()),
            };
            entries.push(Entry {
                key: key.to_owned(),
                key_span: key_span.clone(),
                value: empty,
            });
            entries.len() - 1
        });
    match rest {
        Some(rest) => insert(&mut entries[at].value, rest, value, key_span, problems),
        None => entries[at].value = value,
    }
}
