//! A flag for every question, made from the field table: `--traffic-reads 10/s`.

use clap::{Arg, ArgMatches, Command};

use super::answers::{Answers, typed};
use crate::domain::field::FIELDS;

/// Answers given on the command line.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// By field path.
    pub answers: Answers,
}

fn id(path: &str) -> String {
    path.replace(['.', '_'], "-")
}

/// The flag of a field path.
pub fn flag(path: &str) -> String {
    format!("--{}", id(path))
}

impl clap::FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for field in FIELDS.iter().filter(|f| f.path != "version") {
            if let Some(value) = matches.get_one::<String>(&id(field.path)) {
                self.answers.set(field.path, &typed(field.path, value));
            }
        }
        Ok(())
    }
}

impl clap::Args for Flags {
    fn augment_args(command: Command) -> Command {
        FIELDS
            .iter()
            .filter(|f| f.path != "version")
            .fold(command, |command, field| {
                command.arg(
                    Arg::new(id(field.path))
                        .long(id(field.path))
                        .value_name("VALUE")
                        .help(format!("{} ({})", field.meaning, field.path))
                        .help_heading("Answers"),
                )
            })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
