//! `cachewright explain --error TEXT`: what a message of AWS means and what to do, from the failure catalog.
//!
//! Offline; the same matcher as in `deploy`. Nothing known is an answer too.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use super::input;
use crate::deploy::failures::{self, Explanation, Failures};
use crate::deploy::types::Types;
use crate::exit::{Exit, Failure};
use crate::report::text::wrap_line;
use crate::text::{did_you_mean, short};
use crate::world::World;

/// Form of the explanation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// The JSON form.
#[derive(Serialize)]
struct Answer<'e> {
    matches: Vec<Match<'e>>,
    /// Where no cause is known: what kind of failure it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<Match<'e>>,
}

/// One known cause, the best first.
#[derive(Serialize)]
struct Match<'e> {
    id: &'e str,
    means: &'e str,
    to_do: &'e str,
    sources: Vec<&'e str>,
}

impl<'e> Match<'e> {
    fn of(found: &'e Explanation<'_>) -> Self {
        Self {
            id: &found.pattern.id,
            means: &found.means,
            to_do: &found.to_do,
            sources: found
                .pattern
                .sources
                .iter()
                .map(|s| s.url.as_str())
                .collect(),
        }
    }
}

/// Explains a message.
pub fn run(error: &str, kind: Option<&str>, format: Format, world: &mut World<'_>) -> Result<Exit> {
    let text = match error {
        "-" => input::profile_text(Path::new("-"))?.1,
        given => given.to_owned(),
    };
    let known = failures::load()?;
    let near = kind.map(|k| meant(k, &known)).transpose()?.flatten();
    if let (Some(kind), Some(near)) = (kind, &near) {
        let typed = short(kind);
        writeln!(
            world.err,
            "note: the type `{typed}` is not known here; did you mean `{near}`?"
        )?;
    }
    let mut found = known.explain(kind, &text);
    if found.is_empty() && near.is_some() {
        found = known.explain(near.as_deref(), &text);
    }
    let sort = known.sort_of(kind, &text).filter(|_| found.is_empty());
    let answer = Answer {
        matches: found.iter().map(Match::of).collect(),
        kind: sort.as_ref().map(Match::of),
    };
    if format == Format::Json {
        writeln!(world.out, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(Exit::Done);
    }
    let width = world.terminal.width;
    for line in lines(&answer, kind) {
        writeln!(world.out, "{}", wrap_line(&line, width))?;
    }
    Ok(Exit::Done)
}

/// The type that is meant by one nobody knows, if it is near; an error where the word is no type at all.
fn meant(typed: &str, known: &Failures) -> Result<Option<String>> {
    let all = Types::load()?;
    let all: Vec<&str> = (all.all().iter().map(|t| t.name.as_str()))
        .chain(known.types())
        .collect();
    let parts: Vec<&str> = typed.split("::").collect();
    if parts.len() < 2 || parts.iter().any(|part| part.is_empty()) {
        let last = |t: &&str| t.rsplit("::").next().is_some_and(|l| same(l, typed));
        let near = all.iter().find(|t| last(t));
        let near = near.map_or_else(String::new, |t| format!("; did you mean `{t}`?"));
        let text = format!("`{}` is no type of a resource{near}", short(typed));
        let failure = Failure::new(Exit::Usage, "explain-type", text);
        let help = "a type reads AWS::SNS::Topic; without --type the message itself tells what it is about";
        return Err(failure.help(help).into());
    }
    if all.iter().any(|t| same(t, typed)) {
        return Ok(None);
    }
    // One part may be misspelt; two would make it another type.
    let near = (0..parts.len()).find_map(|at| {
        let others = all.iter().map(|t| t.split("::").collect::<Vec<_>>());
        let choices = others.filter(|other| {
            other.len() == parts.len()
                && (0..parts.len()).all(|n| n == at || same(other[n], parts[n]))
        });
        let choices: Vec<&str> = choices.map(|other| other[at]).collect();
        let found = did_you_mean(parts[at], choices.iter().copied())?;
        let mut whole = parts.clone();
        whole[at] = found;
        let whole = whole.join("::");
        all.iter()
            .find(|t| same(t, &whole))
            .map(|t| (*t).to_owned())
    });
    Ok(near)
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// The text form: the closest explanation whole, further ones after it.
fn lines(answer: &Answer<'_>, kind: Option<&str>) -> Vec<String> {
    if answer.matches.is_empty() {
        let hint = if kind.is_some() {
            "look for the call that failed in CloudTrail, and at the resource's own console"
        } else {
            "name the resource's type with `--type AWS::…`, or look for the call in CloudTrail"
        };
        let Some(kind) = &answer.kind else {
            return vec![
                "Nothing is known about this message.".to_owned(),
                format!("  to do: {hint}"),
            ];
        };
        let mut out =
            vec!["No cause of this message is known, only what kind of failure it is:".to_owned()];
        out.extend(paragraph(kind));
        return out;
    }
    let mut out = Vec::new();
    for (place, found) in answer.matches.iter().enumerate() {
        if place == 1 {
            out.push("Less likely:".to_owned());
        }
        out.extend(paragraph(found));
    }
    out
}

fn paragraph(found: &Match<'_>) -> Vec<String> {
    let mut out = vec![
        found.id.to_owned(),
        format!("  means: {}", found.means),
        format!("  to do: {}", found.to_do),
    ];
    out.extend(found.sources.iter().map(|url| format!("  source: {url}")));
    out
}
