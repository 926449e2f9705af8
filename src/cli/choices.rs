//! `--sweep FIELD=word,word`: the answer at every choice of one field, a row each.

use anyhow::Result;
use serde_json::{Value, json};

use super::args::{Format, Money};
use super::regions::{Row, Sheet, cost, rows_of, sheet};
use super::source::Wanted;
use crate::domain::catalog::Catalog;
use crate::domain::field::{self, Field, Shape};
use crate::exit::{Exit, Failure};
use crate::report::json;
use crate::report::sections::pick_text;
use crate::report::text::Layout;
use crate::text::{meant, one_of, short};
use crate::world::World;

/// What `-f` takes here.
pub const FORMS: &[(Format, &str)] = &[
    (Format::Text, "A table"),
    (Format::Markdown, "A table"),
    (Format::Csv, "One row per choice"),
    (Format::Json, "cachewright/sweep/v1"),
];

/// A field with the words to try.
pub struct Choices {
    field: &'static Field,
    words: Vec<String>,
}

/// Reads an axis of words; `None` when it is an axis of numbers, or of nothing that is known.
pub fn axis(text: &str) -> Result<Option<Choices>> {
    let (path, words) = text.split_once('=').unwrap_or((text, ""));
    let Some(field) = field::find(path.trim()) else {
        return Ok(None);
    };
    let fail = |message: String| Failure::new(Exit::Usage, "sweep-axis", message);
    let known = match field.shape {
        Shape::Word(known) | Shape::Words(known) => known(),
        Shape::Region | Shape::Regions => {
            let message = format!("`{path}` is not swept");
            let help = "`--regions all`, `near` or codes compare Regions";
            return Err(fail(message).help(help).into());
        }
        _ => return Ok(None),
    };
    let typed: Vec<&str> = words
        .split(',')
        .map(str::trim)
        .filter(|w| !w.is_empty())
        .collect();
    if let Some(wrong) = typed.iter().find(|w| !known.contains(w)) {
        let near = meant(wrong, known.iter().copied());
        let message = format!("`{}` is not a value of `{path}`{near}", short(wrong));
        return Err(fail(message)
            .help(format!("it takes {}", one_of(&known)))
            .into());
    }
    let tried = if typed.is_empty() { known } else { typed };
    Ok(Some(Choices {
        field,
        words: tried.into_iter().map(str::to_owned).collect(),
    }))
}

/// Decides at every choice and lays the rows out; the first row is the profile as it is.
pub fn render(
    choices: &Choices,
    wanted: &Wanted,
    (catalog, money, strict_facts): (Catalog, &Money, bool),
    form: Format,
    layout: Layout,
    world: &mut World<'_>,
) -> Result<String> {
    let home = wanted.load(&catalog, world)?;
    let path = choices.field.path;
    let list = matches!(choices.field.shape, Shape::Words(_));
    let sets = choices.words.iter().map(|word| {
        let value = if list {
            format!("[{word}]")
        } else {
            word.clone()
        };
        (word.clone(), Some(format!("{path}={value}")))
    });
    let sets = std::iter::once(("as it is".to_owned(), None))
        .chain(sets)
        .collect();
    let rows = rows_of(&home, sets, (catalog, money, strict_facts), world)?;
    let name = &home.profile.name;
    Ok(match form {
        Format::Json => json::to_string(&points(name, path, &rows[1..]))?,
        Format::Csv => csv(path, &rows[1..])?,
        _ => sheet(
            &Sheet {
                title: format!("{}: the answer by {path}", crate::text::visible(name)),
                head: path,
                under: None,
            },
            &rows,
            form,
            layout,
        ),
    })
}

fn points(name: &str, path: &str, rows: &[Row]) -> Value {
    let points = rows.iter().map(|row| {
        let decision = row.found.as_ref().ok();
        let pick = decision.and_then(|d| d.winner()).map(|w| &w.pick);
        let outcome = decision.map(|d| d.outcome.word());
        json!({
            "at": [row.label],
            "service": pick.map_or(outcome, |p| Some(p.service.as_str())),
            "variant": pick.and_then(|p| p.variant.as_deref()),
            "monthly_cost": cost(row).map(|c| c.known.plain()),
            "complete": cost(row).map(|c| !c.incomplete),
        })
    });
    let points: Vec<Value> = points.collect();
    json!({"schema": "cachewright/sweep/v1", "profile": name, "axes": [path], "points": points})
}

fn csv(path: &str, rows: &[Row]) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record([path, "answer", "monthly_cost_usd", "complete"])?;
    for row in rows {
        let decision = row.found.as_ref().ok();
        let answer = decision.map_or("", |d| d.outcome.word()).to_owned();
        let pick = decision
            .and_then(|d| d.winner())
            .map(|w| pick_text(&w.pick));
        writer.write_record([
            row.label.clone(),
            pick.unwrap_or(answer),
            cost(row).map_or(String::new(), |c| c.known.0.round_dp(2).to_string()),
            cost(row).map_or(String::new(), |c| (!c.incomplete).to_string()),
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
