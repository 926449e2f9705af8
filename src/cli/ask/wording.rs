//! The answers of a question as rows of a list, and what `?` says about it.

use anyhow::Result;

use super::talk::say;
use crate::ask::opening::STARTS;
use crate::ask::prompt::Row;
use crate::domain::field::{Field, Shape, Value};
use crate::world::World;

/// The answers to the first question.
pub(super) fn starts() -> Vec<Row> {
    let rows = STARTS.iter().map(|start| Row {
        word: start.word.to_owned(),
        called: start.word.to_owned(),
        text: start.says.to_owned(),
    });
    rows.collect()
}

/// The words of a closed list with what they mean.
pub(super) fn choices(field: &Field) -> Vec<Row> {
    let (Value::One(choice) | Value::Many(choice)) = field.value else {
        return Vec::new();
    };
    let rows = choice.words().into_iter().map(|word| Row {
        word: word.to_owned(),
        called: choice.called(word).unwrap_or(word).to_owned(),
        text: choice.says(word).unwrap_or_default().to_owned(),
    });
    rows.collect()
}

/// What a question means, what people answer, and how that is written.
pub(super) fn help(field: &Field, unsure: Option<&str>, world: &mut World<'_>) -> Result<()> {
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
    if !field.typical.is_empty() {
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
