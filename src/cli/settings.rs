//! Command line, environment and terminal → `World`: the only reader of either.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr, stdin, stdout};

use super::args::{Global, When};
use crate::ask::prompt;
use crate::world::Terminal;

/// The environment, read once. Values that are not text are left out.
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)))
        .collect()
}

/// What coding agents set for the programs they start; nobody is there to answer a prompt.
const AGENTS: &[&str] = &[
    "AGENT",
    "AI_AGENT",
    "AUGMENT_AGENT",
    "CLAUDECODE",
    "CLINE_ACTIVE",
    "CODEX_SANDBOX",
    "CURSOR_AGENT",
    "GEMINI_CLI",
    "OPENCODE_CLIENT",
    "VSCODE_AGENT",
];

/// What the terminal can do, reconciled with the flags and `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`.
pub fn terminal(global: &Global, env: &BTreeMap<String, String>) -> Terminal {
    let set = |key: &str| env.get(key).is_some_and(|v| !v.is_empty());
    let dumb = env.get("TERM").is_some_and(|t| t == "dumb");
    let color = |is_terminal: bool| match global.color {
        When::Always => true,
        When::Never => false,
        When::Auto => is_terminal && !set("NO_COLOR") && !dumb,
    };
    let (out, err) = (stdout().is_terminal(), stderr().is_terminal());
    let agent = AGENTS.iter().any(|key| set(key));
    Terminal {
        can_prompt: stdin().is_terminal() && err && !global.no_input && !agent,
        color_out: color(out),
        color_err: color(err),
        out_is_terminal: out,
        err_is_terminal: err && !dumb,
        width: width(env),
        height: (out && !dumb && !agent && !global.no_input).then(prompt::rows),
    }
}

/// Columns of the terminal, of `COLUMNS`, or 80; between 40 and 120 so that tables stay readable.
fn width(env: &BTreeMap<String, String>) -> usize {
    let from_env = env.get("COLUMNS").and_then(|c| c.parse().ok());
    let from_terminal = || {
        if stdout().is_terminal() {
            comfy_table_width()
        } else {
            None
        }
    };
    from_env.or_else(from_terminal).unwrap_or(80).clamp(40, 120)
}

fn comfy_table_width() -> Option<usize> {
    comfy_table::Table::new().width().map(usize::from)
}
