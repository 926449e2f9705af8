//! The decision as a server for coding agents: the Model Context Protocol on standard input and output.
//!
//! The one folder that names `rmcp`. It knows what a tool is called, what it takes and gives, which texts lie beside
//! the tools, and how many messages may wait; what a tool computes comes through [`Tools`] from whoever starts the
//! server (`src/cli/mcp.rs`). Arguments are text and ids: nothing here opens a file, starts a process or asks a
//! network. Begin with `server.rs`.

pub mod args;
pub mod refused;
mod resources;
pub mod results;
mod serve;
mod server;
mod table;
mod transport;

use serde_json::Value;

pub use refused::{Problem, Refused};
pub use serve::serve;
pub use table::listed;

use crate::text::drives;

/// Bytes of the texts that one call may bring.
pub const MAX_TEXT: usize = 64 << 10;

/// Characters of an error's text.
pub const MAX_ERROR: usize = 4_000;

/// Problems that an error names; the rest is counted.
pub const MAX_PROBLEMS: usize = 10;

/// A tool with its arguments.
#[derive(Debug)]
pub enum Call {
    /// Decide.
    Recommend(args::Recommend),
    /// What is open in a profile.
    Questions(args::Questions),
    /// Decide under overrides.
    Compare(args::Compare),
    /// Price raw usage.
    Price(args::Price),
    /// What an id means.
    Explain(args::Explain),
    /// The stack, as texts.
    Generate(args::Generate),
}

/// What the tools compute.
pub trait Tools: Send + Sync + 'static {
    /// The structured result of a call; it has the shape of the tool's struct in [`results`].
    fn call(&self, call: Call) -> Result<Value, Refused>;
}

/// What the person who registered the server chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Prices are asked for over the network.
    pub live: bool,
    /// Facts or prices are not the program's own, so answers are nobody else's.
    pub own: bool,
}

/// A text without what drives a terminal; its line breaks and tabs stay.
pub fn clean(text: &str) -> String {
    let kept = |c: &char| matches!(c, '\n' | '\t') || !drives(*c);
    text.chars().filter(kept).collect()
}

/// The same for every text of a value, keys too.
pub fn clean_all(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(drives) => *text = clean(text),
        Value::Array(items) => items.iter_mut().for_each(clean_all),
        Value::Object(entries) => {
            entries.values_mut().for_each(clean_all);
            if entries.keys().any(|key| key.contains(drives)) {
                let cleaned = std::mem::take(entries).into_iter();
                *entries = cleaned.map(|(key, v)| (clean(&key), v)).collect();
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::clean_all;

    #[test]
    fn what_drives_a_terminal_leaves_every_text_of_a_result() {
        let mut value = json!({"a": ["x\u{1b}[2Jy\u{202e}", {"b\u{7}": "two\nlines"}], "c": 1});
        clean_all(&mut value);
        assert_eq!(value, json!({"a": ["x[2Jy", {"b": "two\nlines"}], "c": 1}));
    }
}
