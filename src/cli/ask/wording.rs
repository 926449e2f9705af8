//! A field as a question: its rows or its typical values, what "not sure" stands for, and what `?` says about it.

use anstyle::Style;
use anyhow::Result;

use crate::ask::answers::Answers;
use crate::ask::opening::{STARTS, is_only_likely, typical};
use crate::ask::prompt::{NOT_SURE, Question, Row};
use crate::domain::catalog::Catalog;
use crate::domain::field::{Field, Shape, Value, find};
use crate::domain::profile::{Layer, Word as _};
use crate::world::World;

/// What stands beside the questions.
const DIM: Style = Style::new().dimmed();

/// The question of a field after these answers.
pub(in crate::cli) fn question(
    field: &'static Field,
    answers: &Answers,
    catalog: &Catalog,
    before: Option<String>,
) -> Question<'static> {
    let unsure = match field.ask.guess() {
        Some(guess) => Some(format!("{guess} is assumed")),
        None if field.required => None,
        None => Some(assumed(field, answers, catalog)),
    };
    let rows = if field.path == "layer" {
        starts()
    } else {
        choices(field, answers)
    };
    Question {
        title: field.ask.question,
        rows,
        many: matches!(field.shape, Shape::Words(_)),
        typical: typical(&|path| answers.get(path), field),
        skip: NOT_SURE,
        unsure,
        before,
    }
}

/// The answers to the first question.
fn starts() -> Vec<Row> {
    let rows = STARTS.iter().map(|start| Row {
        word: start.word.to_owned(),
        called: start.word.to_owned(),
        text: start.says.to_owned(),
    });
    rows.collect()
}

/// The words of a closed list with what they mean; what is likely at the layer comes first.
fn choices(field: &Field, answers: &Answers) -> Vec<Row> {
    let (Value::One(choice) | Value::Many(choice)) = field.value else {
        return Vec::new();
    };
    let layer = answers.get("layer").and_then(Layer::from_word);
    let likely = choice.likely(layer.unwrap_or(Layer::Application));
    let mut words = choice.words();
    // Few words have an order of their own: never, rather not, yes.
    if words.len() > 5 {
        words.sort_by_key(|word| !likely.contains(word));
    }
    if is_only_likely(&|path| answers.get(path), field.path) {
        words.retain(|word| likely.contains(word));
    }
    let rows = words.into_iter().map(|word| Row {
        word: word.to_owned(),
        called: choice.called(word).unwrap_or(word).to_owned(),
        text: choice.says(word).unwrap_or_default().to_owned(),
    });
    rows.collect()
}

/// What stands for a field that nobody states: the range of the catalog at this layer, or what holds by default.
fn assumed(field: &Field, answers: &Answers, catalog: &Catalog) -> String {
    let layer = answers.get("layer").and_then(Layer::from_word);
    let layer = layer.unwrap_or(Layer::Application);
    let mut ranges = catalog.plausible.ranges_at(layer);
    if let Some(r) = ranges.find(|r| r.field.path() == field.path) {
        let [low, high] = [r.low, r.high].map(|v| r.field.show(v));
        return format!("{low} to {high} is assumed");
    }
    // Of a default that depends on the rest, what holds otherwise.
    let default = field.default.split(';').next().unwrap_or_default();
    let otherwise = default.rsplit("else ").next().unwrap_or_default();
    let called = match field.value {
        Value::One(choice) | Value::Many(choice) => choice.called(otherwise),
        _ => None,
    };
    match (called, otherwise) {
        (Some(called), _) => format!("{called} is assumed"),
        (None, "" | "none") => "it does not matter".to_owned(),
        (None, "unknown") => "nothing is assumed".to_owned(),
        (None, said) if said.starts_with("unknown: ") => said.replacen("unknown: ", "", 1),
        (None, otherwise) => format!("{otherwise} is assumed"),
    }
}

fn is_listed(field: &Field) -> bool {
    matches!(field.value, Value::One(_) | Value::Many(_))
}

/// A value of a field as its question calls it.
pub(super) fn called(path: &str, value: &str) -> String {
    let word = value.trim_matches(['[', ']', '{', '}', ' ']);
    let choice = find(path).and_then(|f| match f.value {
        Value::One(choice) | Value::Many(choice) => choice.called(word),
        _ => None,
    });
    choice.unwrap_or(word).to_owned()
}

/// What a question means, what people answer, and how that is written.
pub(in crate::cli) fn help(
    field: &Field,
    unsure: Option<&str>,
    world: &mut World<'_>,
) -> Result<()> {
    let example = match field.shape {
        _ if !field.ask.written.is_empty() => field.ask.written,
        Shape::Quantity { example, .. } | Shape::QuantityOrNone { example, .. } => example,
        _ => "",
    };
    say(
        world,
        "Means: ",
        &format!("{} (`{}`).", field.meaning, field.path),
    )?;
    // The words of a list stand below.
    if !field.typical.is_empty() && !is_listed(field) {
        say(world, "Typical: ", &format!("{}.", field.typical))?;
    }
    if !example.is_empty() {
        say(world, "Written: ", &format!("{example}."))?;
    }
    if let Some(unsure) = unsure {
        say(world, "Not sure: ", &format!("{unsure}."))?;
    }
    Ok(())
}

/// A line beside the questions: indented, wrapped, dim.
pub(super) fn say(world: &mut World<'_>, label: &str, text: &str) -> Result<()> {
    let shown = wrap(world, label, text);
    if world.terminal.color_err {
        writeln!(world.err, "{DIM}{shown}{DIM:#}")?;
    } else {
        writeln!(world.err, "{shown}")?;
    }
    Ok(())
}

pub(super) fn wrap(world: &World<'_>, label: &str, text: &str) -> String {
    let first = format!("  {label}");
    let rest = " ".repeat(first.chars().count());
    let options = textwrap::Options::new(world.terminal.width)
        .initial_indent(&first)
        .subsequent_indent(&rest);
    textwrap::fill(text, options)
}
