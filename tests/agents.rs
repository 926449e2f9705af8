//! A program that an agent starts in a terminal does not wait for a person.
#![cfg(unix)]

#[path = "support/pty.rs"]
mod pty;
mod support;

use pty::Pty;

#[test]
fn nothing_prompts_where_an_agents_variable_is_set() {
    for agent in ["AGENT", "CLAUDECODE", "CURSOR_AGENT"] {
        let folder = tempfile::tempdir().unwrap();
        let (code, screen) = Pty::start(80, folder.path(), &[(agent, "1")], &["ask"]).end();
        assert_eq!(code, 2, "{agent}");
        let said = screen.join("\n");
        assert!(
            said.contains("ask-missing") && said.contains("--layer"),
            "{said}"
        );
    }
}
