//! `cachewright init`: a commented profile to start from, of an embedded example or of flags.

use std::fmt::Write as _;

use anyhow::Result;

use super::args::{Global, Output};
use super::input;
use super::source::{Origin, Source};
use crate::ask::answers::{Answers, modeline};
use crate::domain::field::{FIELDS, find};
use crate::examples::{self, Example};
use crate::exit::{Exit, Failure};
use crate::world::World;
use crate::yaml;

/// What the help ends with; every line works in an empty directory.
const EXAMPLES: &str = "\
Examples:
  cachewright init
  cachewright init sessions > cache.yaml
  cachewright init website --reads 3M/day -o site.yaml
  cachewright init --layer edge --reads 3M/day --region eu-west-1";

/// Arguments of `init`.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Which example; without one and without flags all are listed.
    #[arg(value_name = "EXAMPLE", conflicts_with = "example")]
    pub name: Option<String>,
    /// Where it goes.
    #[command(flatten)]
    pub output: Output,
    /// Other numbers than the example's, or a profile of flags alone.
    #[command(flatten)]
    pub source: Source,
}

/// The widest line whose comment stands behind its value.
const WIDE: usize = 110;

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    args.output.check()?;
    let mut source = args.source.clone();
    source.example = source.example.or_else(|| args.name.clone());
    if source.example.is_none() && source.fields.is_empty() {
        args.output
            .write(&list(args.output.layout(world).width), world)?;
        return Ok(Exit::Done);
    }
    let catalog = input::catalog(global, world)?;
    for wanted in source.wanted(&[], &[], &catalog, world)? {
        // Read with everything in place, so that no profile is written which `recommend` would refuse.
        wanted.load(&catalog, world)?;
        let (base, about) = match &wanted.origin {
            Origin::Example(example) => (example.text, example.about()),
            Origin::Flags(text) => (text.as_str(), String::new()),
            Origin::File(_) => continue,
        };
        let tree = yaml::parse(base).map_err(|p| damaged(&p.message))?;
        let mut answers = Answers::from_tree(&tree);
        for set in &wanted.overrides {
            if let Some((path, value)) = set.answer() {
                answers.set(path, value);
            }
        }
        args.output.write(&profile(&answers, &about), world)?;
    }
    Ok(Exit::Done)
}

fn damaged(why: &str) -> Failure {
    let message = format!("the built-in example cannot be read: {why}");
    Failure::new(Exit::Bug, "example-unknown", message)
}

/// The examples, a paragraph each; pairs in one.
fn list(width: usize) -> String {
    let mut out = String::from(
        "Examples, built in. NAME stands for one of them:\n\n  \
         cachewright init NAME > cache.yaml        a commented profile to change\n  \
         cachewright recommend --example NAME      what it comes to\n\n",
    );
    let single: Vec<Example> = examples::all().filter(|e| !e.name.contains('/')).collect();
    let room = single.iter().map(|e| e.name.len()).max().unwrap_or(0) + 4;
    let indent = " ".repeat(room);
    for example in &single {
        let first = format!("  {:<1$}", example.name, room - 2);
        let options = textwrap::Options::new(width)
            .initial_indent(&first)
            .subsequent_indent(&indent)
            .break_words(false);
        let _ = writeln!(out, "{}", textwrap::fill(&example.about(), options));
    }
    let pairs = examples::all().filter(|e| e.name.contains('/'));
    let pairs: Vec<&str> = pairs.map(|e| e.name).collect();
    let options = textwrap::Options::new(width)
        .initial_indent("  ")
        .subsequent_indent("  ")
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let _ = writeln!(
        out,
        "\nPairs that differ in one value, which changes the answer:\n{}",
        textwrap::fill(&pairs.join(" "), options)
    );
    out
}

/// A profile with a comment on every line, and the line by which editors find its schema.
fn profile(answers: &Answers, about: &str) -> String {
    let mut out = modeline();
    for line in textwrap::wrap(about, WIDE - 2) {
        let _ = writeln!(out, "# {line}");
    }
    let yaml = answers.to_yaml();
    let lines: Vec<(&str, Option<&str>)> = commented(&yaml);
    let fit = |line: &str| line.chars().count();
    let pad = lines.iter().map(|(l, _)| fit(l)).filter(|n| *n <= 40).max();
    let pad = pad.unwrap_or(0);
    for (line, comment) in lines {
        let Some(comment) = comment else {
            let _ = writeln!(out, "{line}");
            continue;
        };
        if fit(line).max(pad) + comment.len() + 4 <= WIDE {
            let _ = writeln!(out, "{line:<pad$}  # {comment}");
            continue;
        }
        let indent = if line.starts_with(' ') { "  " } else { "" };
        for part in textwrap::wrap(comment, WIDE - 4) {
            let _ = writeln!(out, "{indent}# {part}");
        }
        let _ = writeln!(out, "{line}");
    }
    let open = FIELDS
        .iter()
        .filter(|f| !answers.has(f.path) && !f.typical.is_empty());
    let open: Vec<&str> = open.map(|f| f.path).collect();
    let rest = format!("More can be said: {}.", open.join(", "));
    for line in textwrap::wrap(&rest, WIDE - 2) {
        let _ = writeln!(out, "# {line}");
    }
    out
}

/// Lines of a profile with what the field of each means; the line of a section has no comment.
fn commented(yaml: &str) -> Vec<(&str, Option<&'static str>)> {
    let mut section = "";
    let each = yaml.lines().map(|line| {
        let key = line.trim_start().split(':').next().unwrap_or_default();
        let inside = line.starts_with(' ');
        if !inside {
            section = key;
        }
        let path = if inside {
            format!("{section}.{key}")
        } else {
            key.to_owned()
        };
        (line, find(&path).map(|f| f.meaning))
    });
    each.collect()
}
