//! The official Python clients of both eras drive `cachewright mcp`; they check results against the declared schemas.
//!
//! Needs `.tools/mcp-VERSION` (scripts/setup.d/mcp.sh); without it a test says SKIPPED.
#![allow(clippy::print_stdout, reason = "a test says what it skipped")]

mod support;
#[path = "support/tools.rs"]
mod tools;

use std::process::Command;

use tools::skipped;

fn drive(test: &str, version: &str, protocol: &str) {
    let python = support::root().join(format!(".tools/mcp-{version}/bin/python"));
    let missing = || format!("no .tools/mcp-{version}, run ./scripts/setup.sh");
    if skipped(test, (!python.exists()).then(missing)) {
        return;
    }
    let output = Command::new(python)
        .arg(support::root().join("tests/mcp/clients.py"))
        .args([env!("CARGO_BIN_EXE_cachewright"), "examples", protocol])
        .current_dir(support::root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(
        said.contains("every tool, resource and prompt: good"),
        "{said}"
    );
}

#[test]
fn the_python_client_of_the_stateless_era() {
    drive(
        "the_python_client_of_the_stateless_era",
        "2.3.0",
        "2026-07-28",
    );
}

#[test]
fn the_python_client_of_the_era_with_a_handshake() {
    drive(
        "the_python_client_of_the_era_with_a_handshake",
        "1.30.0",
        "2025-11-25",
    );
}
