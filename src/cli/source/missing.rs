//! What flags alone leave out of a profile: the Region is taken from the environment and told, the rest is asked
//! for on a terminal; without one the missing flags are named. A number that a range stands in for may stay out.

use std::rc::Rc;

use anyhow::Result;

use super::fields::{Fields, flag};
use crate::ask::answers::Answers;
use crate::ask::opening::start;
use crate::ask::problem;
use crate::ask::prompt::{Check, Reply, Terminal};
use crate::cli::ask::wording::{help, question};
use crate::domain::catalog::Catalog;
use crate::domain::field::{FIELDS, Field, Shape};
use crate::exit::{Exit, Failure};
use crate::text::{plural, visible};
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
            // The answer to the first question may say more than the layer.
            if !fields.has(field.path) {
                ask(field, fields, catalog, world)?;
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

/// Asks for one field as `ask` does, until its answer can be read; whoever is not sure leaves it out.
fn ask(
    field: &'static Field,
    fields: &mut Fields,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<()> {
    let terminal = Terminal {
        color: world.terminal.color_err,
    };
    let answers = Answers::of(fields.iter());
    let check: Check = {
        let (catalog, answers) = (catalog.clone(), answers.clone());
        Rc::new(move |typed| problem(&catalog, &answers, field.path, typed))
    };
    let mut asked = question(field, &answers, catalog, None);
    // Flags alone are not corrected by a guess: what is required has to be said.
    asked.unsure = asked.unsure.filter(|_| !field.required);
    loop {
        match terminal.ask(&asked, &check, world.err)? {
            Reply::Value(value) => {
                let said = start(&value).filter(|_| matches!(field.shape, Shape::Word(_)));
                match said {
                    Some(start) => add_start(fields, start.sets),
                    None => fields.add(field, value),
                }
                return Ok(());
            }
            Reply::Skip => return Ok(()),
            Reply::Help => help(field, asked.unsure.as_deref(), world)?,
            Reply::Back => {}
            Reply::Interrupted => {
                let message = "interrupted before the profile was complete";
                return Err(Failure::new(Exit::Interrupted, "ask-interrupted", message).into());
            }
        }
    }
}

/// Adds what an answer to the first question says.
fn add_start(fields: &mut Fields, sets: &[(&str, &str)]) {
    for (path, word) in sets {
        if let Some(field) = FIELDS
            .iter()
            .find(|f| f.path == *path && !fields.has(f.path))
        {
            fields.add(field, (*word).to_owned());
        }
    }
}
