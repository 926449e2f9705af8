//! `cachewright diff A.json B.json`: what changed between two reports, and the flip gate.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

use super::reports;
use crate::cli::args::{Format, Output};
use crate::exit::Exit;
use crate::report::diff::{Diff, compare};
use crate::report::read::Written;
use crate::report::text::{self, Layout};
use crate::report::{markdown, sections::Section};
use crate::text::{markdown, visible};
use crate::world::World;

/// What `-f` takes.
const FORMS: &[(Format, &str)] = &[
    (Format::Text, "For a terminal"),
    (Format::Markdown, "For a pull request"),
];

/// Arguments of `diff`.
#[derive(clap::Args)]
pub struct Args {
    /// The report before: written by `recommend -f json`.
    #[arg(value_name = "A.json")]
    pub before: PathBuf,
    /// The report after.
    #[arg(value_name = "B.json")]
    pub after: PathBuf,
    /// Form of the result.
    #[arg(short, long, value_parser = Format::of(FORMS))]
    pub format: Option<Format>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Fail (exit 5) when the recommended service or the outcome of any profile changed.
    #[arg(long, help_heading = "Gates")]
    pub fail_on_flip: bool,
}

/// Runs the command.
pub fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    args.output.check()?;
    let form = args.output.form(args.format, FORMS)?;
    let before = reports::read(&args.before)?.reports;
    let after = reports::read(&args.after)?.reports;
    let paired = pair(&before, &after);
    let mut parts: Vec<String> = Vec::new();
    let mut flips: Vec<String> = Vec::new();
    let layout = args.output.layout(world);
    for (name, old, new) in paired {
        let part = match (old, new) {
            (Some(old), Some(new)) => {
                let diff = compare(old, new);
                flips.extend(
                    diff.flip
                        .as_ref()
                        .map(|[from, to]| format!("{}: {from} → {to}", visible(&name))),
                );
                render(&diff, form, layout)
            }
            (old, _) => {
                let which = if old.is_some() {
                    "only in the first report"
                } else {
                    "only in the second report"
                };
                lone(&name, which, form)
            }
        };
        parts.push(part);
    }
    args.output.write(&parts.join("\n"), world)?;
    if !args.fail_on_flip || flips.is_empty() {
        return Ok(Exit::Done);
    }
    for flip in flips {
        writeln!(world.err, "flip: {flip}")?;
    }
    Ok(Exit::Gate)
}

fn render(diff: &Diff, format: Format, layout: Layout) -> String {
    let mut out = String::new();
    match format {
        Format::Markdown => {
            let _ = writeln!(
                out,
                "## {}\n\n**{}**",
                markdown(&diff.name),
                markdown(&diff.summary)
            );
            for section in &diff.sections {
                markdown::render_folded(&mut out, section, !opens(section));
            }
        }
        _ => {
            let _ = writeln!(
                out,
                "{}\n\n{}",
                visible(&diff.name),
                layout.wrap(&diff.summary, "  ", "  ")
            );
            for section in &diff.sections {
                out.push('\n');
                text::render_section(&mut out, section, layout);
            }
        }
    }
    out
}

/// What a reviewer reads first stays open.
fn opens(section: &Section) -> bool {
    matches!(section.id, "answer" | "causes" | "profile")
}

fn lone(name: &str, which: &str, format: Format) -> String {
    match format {
        Format::Markdown => format!("## {}\n\n{which}\n", markdown(name)),
        _ => format!("{}\n\n  {which}\n", visible(name)),
    }
}

/// Reports by profile name, in the order of the second file; equal names pair in order. Two single
/// reports are a pair whatever their names.
fn pair<'v>(
    before: &'v [Value],
    after: &'v [Value],
) -> Vec<(String, Option<&'v Value>, Option<&'v Value>)> {
    let name = |report: &Value| Written(report).name().to_owned();
    if let ([old], [new]) = (before, after) {
        return vec![(name(new), Some(old), Some(new))];
    }
    let mut left: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for report in before.iter().rev() {
        left.entry(name(report)).or_default().push(report);
    }
    let mut out: Vec<_> = after
        .iter()
        .map(|new| {
            (
                name(new),
                left.get_mut(&name(new)).and_then(Vec::pop),
                Some(new),
            )
        })
        .collect();
    for (name, rest) in left {
        out.extend(
            rest.into_iter()
                .rev()
                .map(|old| (name.clone(), Some(old), None)),
        );
    }
    out
}
