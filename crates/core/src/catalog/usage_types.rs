//! `usage-types.yaml`: how bills name what meters count. An overlay's file adds rows; a row of the same code and
//! usage type replaces the earlier one.

use super::services::{flag, text};
use super::{CODES, Sources, inline_sources, rows};
use crate::diagnostic::Diagnostic;
use crate::domain::bill::{UsageRow, UsageTypes};
use crate::yaml::{Kind, Node, Reader};

/// Adds the rows of a file.
pub(super) fn read(
    into: &mut UsageTypes,
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) {
    let mut r = Reader::new(node, "", CODES, problems);
    let bare = r.text("bare").map(|(t, _)| t.to_owned());
    let [geographies, names, units, types] =
        ["geographies", "names", "units", "usage_types"].map(|key| r.node(key));
    let unpublished = r.texts("unpublished").unwrap_or_default();
    let unpublished = unpublished.into_iter().map(|(t, _)| t.to_owned());
    into.unpublished.extend(unpublished);
    r.finish();
    into.bare = bare.unwrap_or_else(|| std::mem::take(&mut into.bare));
    if let Some(node) = geographies {
        into.geographies
            .extend(rows(node, "geographies[]", problems, |r| {
                Some((text(r, "prefix")?, r.word("geo")?.0))
            }));
    }
    if let Some(node) = names {
        into.names.extend(rows(node, "names[]", problems, |r| {
            flag(r, "seen");
            Some((text(r, "name")?, text(r, "code")?))
        }));
    }
    if let Some(node) = units {
        into.units.extend(words(node, problems));
    }
    if let Some(node) = types {
        for row in usage_rows(node, sources, problems) {
            let is = |known: &UsageRow| {
                (&known.code, &known.usage_type, &known.operation)
                    == (&row.code, &row.usage_type, &row.operation)
            };
            into.rows.retain(|known| !is(known));
            into.rows.push(row);
        }
    }
}

/// Lists of words, in small letters.
fn words(node: &Node, problems: &mut Vec<Diagnostic>) -> Vec<Vec<String>> {
    let Kind::Seq(groups) = &node.kind else {
        problems.push(Diagnostic::error(
            CODES.shape,
            format!("`units` is {}, not a list", node.what()),
            node.span.clone(),
            "expected a list of lists",
        ));
        return Vec::new();
    };
    let group = |node: &Node| match &node.kind {
        Kind::Seq(words) => words
            .iter()
            .filter_map(|w| Some(w.text()?.to_lowercase()))
            .collect(),
        _ => Vec::new(),
    };
    groups.iter().map(group).collect()
}

fn usage_rows(node: &Node, sources: &mut Sources, problems: &mut Vec<Diagnostic>) -> Vec<UsageRow> {
    rows(node, "usage_types[]", problems, |r| {
        let cited = r.required("sources");
        let sources = inline_sources(cited, "usage_types[].sources", sources, r.problems());
        Some(UsageRow {
            code: text(r, "code")?,
            usage_type: text(r, "usage_type")?,
            operation: r.text("operation").map(|(t, _)| t.to_owned()),
            meter: text(r, "meter")?,
            variant: r.text("variant").map(|(t, _)| t.to_owned()),
            cost_only: flag(r, "cost_only").unwrap_or_default(),
            assumed: flag(r, "assumed").unwrap_or_default(),
            sources,
        })
    })
}
