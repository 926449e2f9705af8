//! The exit codes of the program and the one error type that carries one.
//!
//! Every command returns `anyhow::Result<Exit>`. An error that has a code of its own is a
//! [`Failure`]; what no code names ends like a wrong command line (2, the number clap has for one).

use std::fmt;

/// How a run ended. The numbers are a contract (README, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The command did what it was asked.
    Done = 0,
    /// No service fits the profile.
    NoneFits = 1,
    /// The command line was wrong, or a file that it names cannot be written.
    Usage = 2,
    /// A profile or the catalog has errors.
    BadInput = 3,
    /// Prices are unavailable, or incomplete under `--strict`.
    Prices = 4,
    /// A gate failed: `--budget`, `--expect`, findings of `verify`, `doctor` or `drift`, a flip.
    Gate = 5,
    /// AWS credentials or permissions.
    Credentials = 6,
    /// The deployment failed or was rolled back.
    Deployment = 7,
    /// A bug of this program: a panic ends it with the same number.
    Bug = 101,
    /// Declined or interrupted.
    Interrupted = 130,
}

impl Exit {
    /// The number given to the operating system.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// A failure with an exit code, a stable kebab-case code that `explain` knows, and a next step.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// Stable kebab-case code.
    pub code: &'static str,
    /// Lower-case fragment: what was found and what is allowed.
    pub message: String,
    /// What to do next, in a form that can be pasted where possible.
    pub help: Option<String>,
    /// What only somebody who looks for the cause reads: shown with `--verbose`.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure without help.
    pub fn new(exit: Exit, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            exit,
            code,
            message: message.into(),
            help: None,
            detail: None,
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what `--verbose` shows.
    #[must_use]
    pub fn detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail;
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
