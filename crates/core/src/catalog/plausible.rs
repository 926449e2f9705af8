//! `plausible.yaml`: what somebody who does not say a value may plausibly have.

use rust_decimal::Decimal;

use super::{CODES, number_text};
use crate::diagnostic::Diagnostic;
use crate::domain::catalog::WordSet;
use crate::domain::field::{self, Field, NumField, Relax, Value};
use crate::domain::plausible::{Answers, AssumedRange, Given, Of, Plausible};
use crate::domain::profile::{Layer, Word as _};
use crate::domain::units::{Quantity as _, Share};
use crate::yaml::{Kind, Node, Reader};

/// Reads the whole file.
pub(crate) fn read(node: &Node, problems: &mut Vec<Diagnostic>) -> Plausible {
    let mut r = Reader::new(node, "", CODES, problems);
    let close_points = r.parsed("close_points");
    let tag_share: Option<Share> = r.parsed("tag_share");
    let rows = items(r.required("plausible"));
    let ranges = items(r.required("ranges"));
    r.finish();
    let missing = close_points.is_none() || tag_share.is_none();
    if missing && problems.is_empty() {
        let label = "needs close_points and tag_share";
        problems.push(Diagnostic::error(
            CODES.missing,
            "a convention is missing",
            0..0,
            label,
        ));
    }
    let plausible = Plausible {
        close_points: close_points.unwrap_or_default(),
        tag_share: tag_share.map(Share::value).unwrap_or_default(),
        answers: rows.iter().filter_map(|n| answers(n, problems)).collect(),
        ranges: ranges.iter().filter_map(|n| range(n, problems)).collect(),
    };
    if let (true, Err(lacks)) = (problems.is_empty(), complete(&plausible)) {
        problems.push(Diagnostic::error(
            CODES.missing,
            lacks,
            0..0,
            "needs a range",
        ));
    }
    plausible
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    }
}

/// Field, layers and reason of a row.
fn head(r: &mut Reader<'_, '_>) -> Option<(&'static Field, WordSet)> {
    let path = r.required("field").and_then(|n| r.scalar(n, "field"));
    let mut layers = WordSet::default();
    for (text, span) in r.texts("layers").unwrap_or_default() {
        if let Some(layer) = r.to_word::<Layer>(text, &span, "layers") {
            layers.insert(layer);
        }
    }
    r.required("why");
    let (path, span) = path?;
    let found = field::find(path);
    // Nobody is asked to guess what somebody else requires.
    if found.is_none_or(|f| {
        matches!(
            f.relax,
            Relax::Words(_) | Relax::Needs(_) | Relax::Numbers(_)
        )
    }) {
        let message = format!("`{path}` has no plausible answers");
        r.problem(CODES.word, message, span, "no field, or a must-have", None);
        return None;
    }
    Some((found?, layers))
}

fn answers(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<Answers> {
    let mut r = Reader::new(node, "plausible[]", CODES, problems);
    let head = head(&mut r);
    let of = match r.text("of") {
        None => Of::Itself,
        Some(("reads", _)) => Of::Reads,
        Some(("lower-bound", _)) => Of::LowerBound,
        Some((text, span)) => {
            let message = format!("`{text}` is nothing to multiply");
            r.problem(CODES.word, message, span, "reads or lower-bound", None);
            Of::Itself
        }
    };
    let listed = r.required("values");
    r.finish();
    let (field, layers) = head?;
    let Kind::Map(entries) = &listed?.kind else {
        let label = "expected answers with their weights";
        problems.push(Diagnostic::error(
            CODES.shape,
            "`values` is no map",
            node.span.clone(),
            label,
        ));
        return None;
    };
    let mut values = Vec::new();
    for entry in entries {
        let weight = entry.value.text().and_then(|t| t.parse::<u32>().ok());
        match (given(field, of, &entry.key), weight.filter(|w| *w > 0)) {
            (Some(value), Some(weight)) => values.push((value, weight)),
            _ => problems.push(Diagnostic::error(
                CODES.quantity,
                format!(
                    "`{}` is no answer to `{}` with a weight",
                    entry.key, field.path
                ),
                entry.key_span.clone(),
                "cannot be read",
            )),
        }
    }
    Some(Answers {
        field: field.path.to_owned(),
        layers,
        of,
        values,
    })
}

fn given(field: &'static Field, of: Of, text: &str) -> Option<Given> {
    match (field.value, of) {
        (Value::Number(_), Of::Itself) => {
            let number = NumField::from_path(field.path)?;
            number_text(number, text).ok().map(Given::Number)
        }
        (Value::Number(_), Of::Reads | Of::LowerBound) => {
            text.parse::<Decimal>().ok().map(Given::Number)
        }
        (Value::One(choice) | Value::Many(choice), Of::Itself) => {
            let words = choice.words();
            words.iter().position(|w| *w == text).map(Given::Word)
        }
        _ => None,
    }
}

fn range(node: &Node, problems: &mut Vec<Diagnostic>) -> Option<AssumedRange> {
    let mut r = Reader::new(node, "ranges[]", CODES, problems);
    let head = head(&mut r);
    let text = r.required("assumed").and_then(|n| r.scalar(n, "assumed"));
    r.finish();
    let ((field, layers), (text, span)) = (head?, text?);
    let number = NumField::from_path(field.path)?;
    let read = |part: &str| number_text(number, part.trim()).ok();
    let points: Vec<Option<Decimal>> = text.split("..").map(read).collect();
    match points.as_slice() {
        [Some(low), Some(expected), Some(high)] if low <= expected && expected <= high => {
            Some(AssumedRange {
                field: number,
                layers,
                low: *low,
                expected: *expected,
                high: *high,
            })
        }
        _ => {
            problems.push(Diagnostic::error(
                CODES.quantity,
                format!("`{text}` is not LOW..EXPECTED..HIGH"),
                span,
                "cannot be read",
            ));
            None
        }
    }
}

/// Every layer needs a range for each number that may be left out.
fn complete(plausible: &Plausible) -> Result<(), String> {
    for layer in Layer::ALL {
        for number in NumField::all().filter(|n| n.field().is_assumed_range()) {
            if !plausible.ranges_at(*layer).any(|r| r.field == number) {
                return Err(format!(
                    "no range of `{}` at layer `{}`",
                    number.path(),
                    layer.word()
                ));
            }
        }
    }
    Ok(())
}
