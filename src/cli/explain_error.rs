//! `cachewright explain --error TEXT`: what a message of AWS means and what to do, from the failure catalog.
//!
//! Offline; the same matcher as in `deploy`. Nothing known is an answer too.

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

use super::{explain::wrap, input};
use crate::deploy::failures::{self, Explanation};
use crate::exit::Exit;
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
    let found = known.explain(kind, &text);
    let answer = Answer {
        matches: found.iter().map(Match::of).collect(),
    };
    if format == Format::Json {
        writeln!(world.out, "{}", serde_json::to_string_pretty(&answer)?)?;
        return Ok(Exit::Done);
    }
    let width = world.terminal.width;
    for line in lines(&answer, kind) {
        writeln!(world.out, "{}", wrap(&line, width))?;
    }
    Ok(Exit::Done)
}

/// The text form: the closest explanation whole, further ones after it.
fn lines(answer: &Answer<'_>, kind: Option<&str>) -> Vec<String> {
    if answer.matches.is_empty() {
        let hint = if kind.is_some() {
            "look for the call that failed in CloudTrail, and at the resource's own console"
        } else {
            "name the resource's type with `--type AWS::…`, or look for the call in CloudTrail"
        };
        return vec![
            "Nothing is known about this message.".to_owned(),
            format!("  to do: {hint}"),
        ];
    }
    let mut out = Vec::new();
    for (place, found) in answer.matches.iter().enumerate() {
        if place == 1 {
            out.push("Less likely:".to_owned());
        }
        out.push(found.id.to_owned());
        out.push(format!("  means: {}", found.means));
        out.push(format!("  to do: {}", found.to_do));
        out.extend(found.sources.iter().map(|url| format!("  source: {url}")));
    }
    out
}
