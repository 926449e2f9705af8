//! What is wrong with the logs, in a form the program gives an exit code and `explain` a text.

use std::fmt;

/// Whose mistake a [`Fault`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The arguments: no such file, or none that can be opened.
    Arguments,
    /// What the files contain.
    Content,
}

/// Logs that cannot be measured: a stable kebab-case code and a next step.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Whose mistake it is.
    pub cause: Cause,
    /// Stable kebab-case code.
    pub code: &'static str,
    /// Lower-case fragment: what was found and what is allowed.
    pub message: String,
    /// What to do next.
    pub help: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
