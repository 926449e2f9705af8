//! What flags alone leave out of a profile: the Region is taken from the environment and told, the rest is asked
//! for on a terminal; without one the missing flags are named. A number that a range stands in for may stay out.

use anyhow::Result;
use inquire::validator::Validation;
use inquire::{InquireError, Select, Text};

use super::fields::{Fields, flag};
use crate::domain::catalog::Catalog;
use crate::domain::field::{FIELDS, Field, Shape};
use crate::exit::{Exit, Failure};
use crate::text::{plural, visible};
use crate::workload::{self, Override};
use crate::world::World;

/// Adds what is missing: all of it on a terminal, what is required without one.
pub(super) fn complete(
    fields: &mut Fields,
    sets: &[String],
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<()> {
    region(fields, sets, world)?;
    let missing: Vec<&'static Field> = FIELDS
        .iter()
        .filter(|f| (f.required || f.is_assumed_range()) && flag(f).is_some() && f.path != "name")
        .filter(|f| !fields.has(f.path) && !is_set(sets, f.path))
        .collect();
    if world.terminal.can_prompt {
        for field in missing {
            if let Some(value) = ask(field, catalog)? {
                fields.add(field, value);
            }
        }
        return Ok(());
    }
    let required: Vec<&'static Field> = missing.into_iter().filter(|f| f.required).collect();
    if required.is_empty() {
        Ok(())
    } else {
        Err(named(&required).into())
    }
}

fn is_set(sets: &[String], path: &str) -> bool {
    let given = |s: &String| s.split_once('=').is_some_and(|(p, _)| p.trim() == path);
    sets.iter().any(given)
}

/// The Region of the environment, where none is given.
fn region(fields: &mut Fields, sets: &[String], world: &mut World<'_>) -> Result<()> {
    let Some(field) = FIELDS.iter().find(|f| matches!(f.shape, Shape::Region)) else {
        return Ok(());
    };
    if fields.has(field.path) || is_set(sets, field.path) {
        return Ok(());
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(found) = world.env.get(name).filter(|v| !v.is_empty()).cloned() {
            let shown = visible(&found);
            writeln!(
                world.err,
                "note: Region {shown}, from {name}; --region names another"
            )?;
            fields.add(field, found);
            break;
        }
    }
    Ok(())
}

fn named(missing: &[&'static Field]) -> Failure {
    let flags: Vec<String> = missing.iter().filter_map(|f| flag(f)).collect();
    let typical = missing.iter().filter_map(|f| {
        let example = f.typical.split(',').next().unwrap_or_default();
        Some(format!("{} is {}, such as {example}", flag(f)?, f.meaning))
    });
    let typical: Vec<String> = typical.collect();
    let message = format!(
        "without a file {} missing: {}",
        if flags.len() == 1 {
            "a flag is".to_owned()
        } else {
            format!("{} are", plural(flags.len(), "flag"))
        },
        flags.join(", ")
    );
    Failure::new(Exit::Usage, "flags-missing", message).help(typical.join("\n          "))
}

/// Asks for one field until its answer can be read; `None` is "not sure".
fn ask(field: &'static Field, catalog: &Catalog) -> Result<Option<String>> {
    let asked = match field.shape {
        Shape::Word(words) => {
            let title = format!("{} ({})", field.label, field.meaning);
            Select::new(&title, words()).prompt().map(str::to_owned)
        }
        _ => {
            let catalog = catalog.clone();
            let title = format!("{}:", field.label);
            let unsure = if field.required {
                ""
            } else {
                "; Enter: not sure"
            };
            let help = format!("{}; typical: {}{unsure}", field.meaning, field.typical);
            Text::new(&title)
                .with_help_message(&help)
                .with_validator(move |typed: &str| {
                    Ok(refused(field, typed, &catalog)
                        .map_or(Validation::Valid, |why| Validation::Invalid(why.into())))
                })
                .prompt()
        }
    };
    let answer = asked.map(|typed| Some(typed.trim().to_owned()).filter(|t| !t.is_empty()));
    answer.map_err(|error| match error {
        InquireError::OperationCanceled | InquireError::OperationInterrupted => {
            let message = "interrupted before the profile was complete";
            Failure::new(Exit::Interrupted, "ask-interrupted", message).into()
        }
        other => other.into(),
    })
}

/// Why a profile cannot hold this value, in the words of its reader.
fn refused(field: &Field, typed: &str, catalog: &Catalog) -> Option<String> {
    if typed.trim().is_empty() {
        return field
            .required
            .then(|| "an answer is needed here".to_owned());
    }
    let alone = [Override::flag("", field.path, typed)];
    let problems = workload::load_with("version: 1\n", &alone, catalog)
        .err()?
        .problems;
    let own = problems
        .into_iter()
        .find(|p| !p.warning && p.code != workload::CODES.missing)?;
    Some(match own.help {
        Some(help) => format!("{}: {help}", own.message),
        None => own.message,
    })
}
