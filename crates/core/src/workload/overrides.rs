//! `--set path=value`: what-if without editing the file.

use serde::{Deserialize, Serialize};

use crate::diagnostic::{Diagnostic, Span};
use crate::domain::field;
use crate::text::short;
use crate::yaml::{self, Entry, Kind, Node};

/// One override: the words it was given in, and what it sets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Override {
    /// As on the command line, on one line: `--set traffic.reads=5/s`, `--reads 5/s`.
    shown: String,
    /// Where in it the path or the flag stands.
    path_at: Span,
    /// Where in it the value stands.
    value_at: Span,
    /// Dotted path; nothing when the text has no `=`.
    path: Option<String>,
    /// YAML.
    value: String,
}

impl Override {
    /// From the text of `--set`: `path=value`.
    pub fn set(text: &str) -> Self {
        const FLAG: &str = "--set ";
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        let shown = format!("{FLAG}{}", line(text));
        let end = shown.len();
        match text.split_once('=') {
            Some((path, value)) => Self {
                path_at: FLAG.len()..FLAG.len() + path.len(),
                value_at: FLAG.len() + path.len() + 1..end,
                path: Some(path.trim().to_owned()),
                value: value.to_owned(),
                shown,
            },
            None => Self {
                path_at: FLAG.len()..end,
                value_at: FLAG.len()..end,
                path: None,
                value: String::new(),
                shown,
            },
        }
    }

    /// From a flag of its own: the flag, the path it sets, the value.
    pub fn flag(flag: &str, path: &str, value: &str) -> Self {
        let shown = format!("{flag} {}", value.replace(['\n', '\r'], " "));
        Self {
            path_at: 0..flag.len(),
            value_at: flag.len() + 1..shown.len(),
            path: Some(path.to_owned()),
            value: value.to_owned(),
            shown,
        }
    }

    /// The path and what it is set to, as YAML.
    pub fn answer(&self) -> Option<(&str, &str)> {
        Some((self.path.as_deref()?, &self.value))
    }
}

/// Applies the overrides to the tree; each becomes a virtual line at the end of the source.
pub(super) fn apply(
    mut root: Node,
    sets: &[Override],
    source: &mut String,
    problems: &mut Vec<Diagnostic>,
) -> Node {
    for set in sets {
        if !source.ends_with('\n') {
            source.push('\n');
        }
        let moved = |at: &Span| source.len() + at.start..source.len() + at.end;
        let (path_at, value_at) = (moved(&set.path_at), moved(&set.value_at));
        source.push_str(&set.shown);
        let Some(path) = &set.path else {
            let message = "an override needs `path=value`";
            let problem = Diagnostic::error("set-syntax", message, path_at, "no `=` here");
            problems.push(problem.help("for example `--set traffic.reads=500/s`"));
            continue;
        };
        if let Some(problem) = unknown(path, &path_at) {
            problems.push(problem);
            continue;
        }
        match yaml::parse(&set.value) {
            Ok(mut node) => {
                respan(&mut node, &value_at);
                insert(&mut root, path, node, &path_at, problems);
            }
            Err(mut problem) => {
                problem
                    .labels
                    .iter_mut()
                    .for_each(|l| l.span = value_at.clone());
                problems.push(problem);
            }
        }
    }
    root
}

/// A path whose first word no profile has: most often the last word of one alone, such as `reads`. What stands
/// under a section or a field is checked with the rest of the profile.
fn unknown(path: &str, at: &Span) -> Option<Diagnostic> {
    let top = path.split('.').next().unwrap_or_default();
    let is_top = |f: &field::Field| f.path.split('.').next() == Some(top);
    if top.is_empty() || field::FIELDS.iter().any(is_top) {
        return None;
    }
    let near = field::nearest(path);
    let label = near.map_or("not a field".to_owned(), |w| format!("did you mean `{w}`?"));
    let message = format!("`{}` is not a field of a profile", short(path));
    let problem = Diagnostic::error(super::CODES.unknown_key, message, at.clone(), label);
    Some(problem.help(near.map_or_else(
        || "`cachewright schema profile` lists the fields".to_owned(),
        |near| format!("write `--set {near}=…`"),
    )))
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
