//! `rules/*.yaml` → rules. Conditions are a closed set of operators.

use rust_decimal::Decimal;

use super::{CODES, Sources, inline_sources};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::WordSet;
use crate::domain::field::{NumField, WordField};
use crate::domain::figure::{self, FIGURES, Part};
use crate::domain::rule::{Bounds, Condition, Effect, Rule};
use crate::text::{meant_or, one_of, short};
use crate::yaml::{Kind, Node, Reader, no_choice};

/// The one field of words that is no closed list of this program.
const REGION: &str = "region";

/// Reads all rules of a file, with the place of each id.
pub(crate) fn read(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<(Rule, Span)> {
    let mut reader = Reader::new(node, "", CODES, problems);
    let list = reader.required("rules");
    reader.finish();
    let Some(list) = list else { return Vec::new() };
    let Kind::Seq(items) = &list.kind else {
        problems.push(Diagnostic::error(
            CODES.shape,
            "`rules` is not a list",
            list.span.clone(),
            "expected a list",
        ));
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| rule(item, sources, problems))
        .collect()
}

fn rule(
    node: &Node,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Option<(Rule, Span)> {
    let before = problems.len();
    let mut r = Reader::new(node, "rules[]", CODES, problems);
    let id = r.required("id").and_then(|n| r.scalar(n, "id"));
    let service = r.text("service").map(|(t, _)| t.to_owned());
    let variants = r
        .texts("variants")
        .unwrap_or_default()
        .into_iter()
        .map(|(t, _)| t.to_owned())
        .collect();
    let when = r.required("when").map(|n| condition(n, r.problems()));
    let effect = r.required("effect").and_then(|n| effect(n, r.problems()));
    let field = r.text("field").map(|(t, _)| t.to_owned());
    let because = r.required("because").and_then(|n| r.scalar(n, "because"));
    let source_node = r.required("sources");
    r.finish();
    let sources = inline_sources(source_node, "rules[].sources", sources, problems);
    let (id, span) = id?;
    if sources.is_empty() {
        problems.push(Diagnostic::error(
            "catalog-no-source",
            format!("rule `{}` has no source", short(id)),
            span.clone(),
            "every rule needs one",
        ));
    }
    if !is_kebab(id) {
        problems.push(Diagnostic::error(
            "catalog-id",
            format!("`{}` is not a rule id", short(id)),
            span.clone(),
            "use lower-case words joined by `-`",
        ));
    }
    if let (Some((text, span)), Some(effect)) = (&because, &effect) {
        named(text, span.clone(), effect, problems);
    }
    if problems.len() > before {
        return None;
    }
    let rule = Rule {
        id: id.to_owned(),
        service,
        variants,
        when: when??,
        effect: effect?,
        field,
        because: because?.0.to_owned(),
        sources,
    };
    Some((rule, span))
}

/// Lower-case letters, digits and single hyphens.
pub(crate) fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|part| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

fn effect(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Effect> {
    const HELP: &str =
        "use `rules-out`, `caution`, `{ favours: 5 }`, `{ disfavours: 5 }` or `{ note: code }`";
    match &node.kind {
        Kind::Scalar(word) => match word.as_str() {
            "rules-out" => Some(Effect::RulesOut),
            "caution" => Some(Effect::Caution),
            other => {
                let near = meant_or(other, ["rules-out", "caution"], "not an effect");
                problems.push(
                    Diagnostic::error(
                        CODES.word,
                        format!("`{}` is not an effect", short(other)),
                        node.span.clone(),
                        near,
                    )
                    .help(HELP),
                );
                None
            }
        },
        _ => {
            let mut r = Reader::new(node, "effect", CODES, problems);
            let favours: Option<i64> = r.parsed("favours");
            let disfavours: Option<i64> = r.parsed("disfavours");
            let note = r.text("note").map(|(t, _)| t.to_owned());
            r.finish();
            let found = favours
                .map(Effect::Favours)
                .or(disfavours.map(Effect::Disfavours))
                .or(note.map(Effect::Note));
            if found.is_none() {
                problems.push(
                    Diagnostic::error(
                        CODES.shape,
                        "this is not an effect",
                        node.span.start..node.span.start,
                        "no effect here",
                    )
                    .help(HELP),
                );
            }
            found
        }
    }
}

/// The one value of a condition with one key.
fn only_text(node: &Node) -> Option<String> {
    let Kind::Map(entries) = &node.kind else {
        return None;
    };
    entries.first()?.value.text().map(str::to_owned)
}

pub(super) fn condition(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Condition> {
    const HELP: &str = "use all, any, not, `field` with is / at_least / at_most, `figure` with at_least / at_most / above, `stated`, `eligible`, `recommended`, `ruled_out` with by, or `always`";
    if node.text() == Some("always") {
        return Some(Condition::Always);
    }
    let Kind::Map(entries) = &node.kind else {
        problems.push(
            Diagnostic::error(
                CODES.shape,
                format!("a condition is a map, not {}", node.what()),
                node.span.clone(),
                "not a condition",
            )
            .help(HELP),
        );
        return None;
    };
    let first = entries.first().map_or("", |e| e.key.as_str());
    match first {
        "all" | "any" => group(node, first, problems),
        "not" => condition(&entries[0].value, problems).map(|c| Condition::Not(Box::new(c))),
        "field" | "is" | "at_least" | "at_most" => comparison(node, problems),
        "figure" | "above" => figure(node, problems),
        "stated" => only_text(node).map(Condition::Stated),
        "eligible" => only_text(node).map(Condition::Eligible),
        "recommended" => only_text(node).map(Condition::Recommended),
        "ruled_out" | "by" => {
            let mut r = Reader::new(node, "when", CODES, problems);
            let service = r
                .required("ruled_out")
                .and_then(|n| r.scalar(n, "ruled_out"))
                .map(|(t, _)| t.to_owned());
            let by = r
                .texts("by")
                .unwrap_or_default()
                .into_iter()
                .map(|(t, _)| t.to_owned())
                .collect();
            r.finish();
            Some(Condition::RuledOutBy(service?, by))
        }
        other => {
            problems.push(
                Diagnostic::error(
                    "catalog-operator",
                    format!("`{}` is not an operator", short(other)),
                    node.span.start..node.span.start,
                    "unknown operator",
                )
                .help(HELP),
            );
            None
        }
    }
}

fn group(node: &Node, key: &str, problems: &mut Vec<Diagnostic>) -> Option<Condition> {
    let Some(Node {
        kind: Kind::Seq(items),
        ..
    }) = node.get(key)
    else {
        problems.push(Diagnostic::error(
            CODES.shape,
            format!("`{key}` needs a list of conditions"),
            node.span.start..node.span.start,
            "expected a list",
        ));
        return None;
    };
    let list: Option<Vec<Condition>> = items.iter().map(|item| condition(item, problems)).collect();
    list.map(|list| {
        if key == "all" {
            Condition::All(list)
        } else {
            Condition::Any(list)
        }
    })
}

fn comparison(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Condition> {
    let mut r = Reader::new(node, "when", CODES, problems);
    let (field, span) = r.required("field").and_then(|n| r.scalar(n, "field"))?;
    let is = r.texts("is");
    let at_least = r.text("at_least");
    let at_most = r.text("at_most");
    r.finish();
    if let Some(words) = is {
        return in_words(field, span, &words, problems);
    }
    let Some(number) = NumField::from_path(field) else {
        return unknown_field(
            field,
            span,
            NumField::all().map(NumField::path).collect(),
            problems,
        );
    };
    let (text, span) = at_least.clone().or(at_most.clone()).or_else(|| {
        problems.push(Diagnostic::error(
            CODES.shape,
            "a comparison needs `is`, `at_least` or `at_most`",
            span,
            "compared with nothing",
        ));
        None
    })?;
    match number_text(number, text) {
        Ok(value) if at_least.is_some() => Some(Condition::AtLeast(number, value)),
        Ok(value) => Some(Condition::AtMost(number, value)),
        Err(message) => {
            problems.push(Diagnostic::error(
                CODES.quantity,
                message,
                span,
                "cannot be read",
            ));
            None
        }
    }
}

/// A figure of the candidate, with its bounds.
fn figure(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Condition> {
    let mut r = Reader::new(node, "when", CODES, problems);
    let (name, span) = r.required("figure").and_then(|n| r.scalar(n, "figure"))?;
    let bounds = ["at_least", "at_most", "above"].map(|key| r.text(key));
    r.finish();
    let Some(kind) = figure::kind(name) else {
        return unknown_field(name, span, figures(), problems);
    };
    let mut read = |bound: Option<(&str, Span)>| match figure::bound(kind, bound.as_ref()?.0) {
        Ok(value) => Some(value),
        Err(message) => {
            let span = bound?.1;
            let problem = Diagnostic::error(CODES.quantity, message, span, "cannot be read");
            problems.push(problem);
            None
        }
    };
    let [at_least, at_most, above] = bounds;
    let bounds = Bounds {
        at_least: read(at_least),
        at_most: read(at_most),
        above: read(above),
    };
    Some(Condition::Figure(name.to_owned(), bounds))
}

fn figures() -> Vec<&'static str> {
    FIGURES.iter().map(|f| f.0).collect()
}

/// Braces of a text name figures; only texts that are filled may have them.
fn named(text: &str, span: Span, effect: &Effect, problems: &mut Vec<Diagnostic>) {
    let filled = matches!(effect, Effect::Caution | Effect::Note(_));
    for part in figure::parts(text) {
        let Part::Figure(name) = part else { continue };
        if figure::kind(name).is_none() {
            unknown_field(name, span.clone(), figures(), problems);
        } else if !filled {
            let message = format!(
                "`{{{}}}` is not filled: only cautions and notes have figures",
                short(name)
            );
            problems.push(Diagnostic::error(
                "catalog-field",
                message,
                span.clone(),
                "this text",
            ));
        }
    }
}

/// A field is one of some words.
fn in_words(
    field: &str,
    span: Span,
    words: &[(&str, Span)],
    problems: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    if field == REGION {
        let regions = words.iter().map(|(text, _)| (*text).to_owned());
        return Some(Condition::InRegion(regions.collect()));
    }
    let Some(word_field) = WordField::from_path(field) else {
        let fields = WordField::all().map(WordField::path);
        let choices = [REGION].into_iter().chain(fields).collect();
        return unknown_field(field, span, choices, problems);
    };
    let choices = word_field.choices();
    let mut set = WordSet::default();
    for (text, span) in words {
        match choices.iter().position(|c| c == text) {
            Some(place) => set.insert_at(place),
            None => problems.push(no_choice(CODES.word, text, span, field, &choices)),
        }
    }
    Some(Condition::Is(word_field, set))
}

fn unknown_field(
    field: &str,
    span: Span,
    choices: Vec<&'static str>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Condition> {
    let near = meant_or(field, choices.iter().copied(), "not a field");
    let help = format!("fields for this operator: {}", one_of(&choices));
    problems.push(
        Diagnostic::error(
            "catalog-field",
            format!("`{}` is not a field that can be compared so", short(field)),
            span,
            near,
        )
        .help(help),
    );
    None
}

/// A number in the unit of its field, base unit out.
pub fn number_text(field: NumField, text: &str) -> Result<Decimal, String> {
    field.unit().parse(text).map_err(|e| e.to_string())
}
