//! A short flag for every field of a profile that a person types: `--reads 1M/day` for `traffic.reads`.
//!
//! Made from the table of fields; a flag is the last word of a path, with its section in front where two fields
//! share that word. Those that `ask` takes, `--traffic-reads`, are understood too.

use clap::{Arg, ArgMatches, Command};

use crate::ask::answers::typed;
use crate::domain::field::{FIELDS, Field};
use crate::text::shell;
use crate::workload::Override;

/// Fields given as flags, by path, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(Vec<(&'static str, String)>);

/// Shown in `--help` beside what a profile cannot do without and what a range stands in for: what changes most
/// answers. The others work all the same, and `--set` takes every field.
const SHOWN: &[&str] = &[
    "name",
    "latency",
    "traffic.writes",
    "data.ttl",
    "compute",
    "origin.kind",
];

/// A profile's version, and the field whose flag is a gate of the command.
const WITHOUT_FLAG: &[&str] = &["version", "budget"];

impl Fields {
    /// Was any given?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Is this field given?
    pub fn has(&self, path: &str) -> bool {
        self.0.iter().any(|(p, _)| *p == path)
    }

    /// What was given for a field.
    pub fn get(&self, path: &str) -> Option<&str> {
        let found = self.0.iter().find(|(p, _)| *p == path);
        found.map(|(_, value)| value.as_str())
    }

    /// Gives a field.
    pub fn add(&mut self, field: &'static Field, value: String) {
        self.0.push((field.path, value));
        let place = |path: &str| FIELDS.iter().position(|f| f.path == path);
        self.0.sort_by_key(|(path, _)| place(path));
    }

    /// Path and text of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, text)| (*path, text.as_str()))
    }

    /// As overrides of a profile.
    pub fn overrides(&self) -> Vec<Override> {
        let each = self.0.iter().map(|(path, value)| {
            let flag = FIELDS.iter().find(|f| f.path == *path).and_then(flag);
            Override::flag(&flag.unwrap_or_default(), path, &typed(path, value))
        });
        each.collect()
    }

    /// As words of a command line.
    pub fn words(&self) -> String {
        let each = self.0.iter().map(|(path, value)| {
            let flag = FIELDS.iter().find(|f| f.path == *path).and_then(flag);
            format!("{} {}", flag.unwrap_or_default(), shell(value))
        });
        each.collect::<Vec<_>>().join(" ")
    }
}

/// The flag of a field; none where only a file can say it.
pub(super) fn flag(field: &Field) -> Option<String> {
    let structured = field.typical.is_empty() && field.path != "description";
    if WITHOUT_FLAG.contains(&field.path) || structured {
        return None;
    }
    let (section, key) = field.place();
    let twice = FIELDS.iter().filter(|f| f.place().1 == key).count() > 1;
    let word = match key {
        // `origin.kind` is what people call the origin.
        "kind" => section.to_owned(),
        _ if twice && !section.is_empty() => format!("{section}-{key}"),
        _ => key.to_owned(),
    };
    Some(format!("--{}", word.replace('_', "-")))
}

impl clap::FromArgMatches for Fields {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut fields = Self::default();
        fields.update_from_arg_matches(matches)?;
        Ok(fields)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for field in FIELDS.iter().filter(|f| flag(f).is_some()) {
            if let Some(value) = matches.get_one::<String>(&id(field)) {
                self.0.push((field.path, value.clone()));
            }
        }
        Ok(())
    }
}

impl clap::Args for Fields {
    fn augment_args(command: Command) -> Command {
        FIELDS.iter().fold(command, |command, field| {
            let Some(flag) = flag(field) else {
                return command;
            };
            let long = flag.trim_start_matches('-').to_owned();
            let full = field.path.replace(['.', '_'], "-");
            let mut arg = Arg::new(id(field))
                .value_name(value_name(field))
                .help(format!("{} ({})", sentence(field.meaning), field.path))
                .help_heading("Without a file")
                .hide(!is_shown(field));
            if full != long {
                arg = arg.alias(full);
            }
            command.arg(arg.long(long))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn is_shown(field: &Field) -> bool {
    field.required || field.is_assumed_range() || SHOWN.contains(&field.path)
}

/// What the argument is called inside the command, where arguments of its own have short names.
fn id(field: &Field) -> String {
    format!("field {}", field.path)
}

/// What stands for the value: the last word of the path.
fn value_name(field: &Field) -> String {
    field.place().1.to_uppercase()
}

/// A meaning as the first line of a help text.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + chars.as_str()
    })
}
