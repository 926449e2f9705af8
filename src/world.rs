//! What a command may know of the outside: streams, terminal, environment, clock.
//!
//! Built once in `main`; commands take `&mut World` and never read the environment themselves,
//! so tests run them with any terminal, width and clock.

use std::collections::BTreeMap;
use std::io::Write;

/// Streams, terminal properties and environment of one run.
pub struct World<'a> {
    /// The result, and nothing else.
    pub out: &'a mut dyn Write,
    /// Progress, notes, prompts and errors.
    pub err: &'a mut dyn Write,
    /// What the terminal can do.
    pub terminal: Terminal,
    /// The process environment, read once.
    pub env: BTreeMap<String, String>,
}

/// Properties of the terminal, already reconciled with `--color`, `NO_COLOR` and `TERM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Standard input is a terminal and `--no-input` was not given: prompting is allowed.
    pub can_prompt: bool,
    /// Colour may be written to standard output.
    pub color_out: bool,
    /// Colour and animation may be written to standard error.
    pub color_err: bool,
    /// Standard output is a terminal.
    pub out_is_terminal: bool,
    /// Standard error is a terminal: progress may be animated.
    pub err_is_terminal: bool,
    /// Columns to lay text out for.
    pub width: usize,
    /// Lines of the screen, where standard output is one and somebody is there to turn pages.
    pub height: Option<usize>,
}
