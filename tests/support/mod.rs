//! Shared by the tests of the program: what core's tests share, and the binary.
#![allow(dead_code, reason = "each test file uses a part")]

use std::process::{Command, Output};

pub(crate) mod account;
pub(crate) mod fake_cloudwatch;

#[path = "../../crates/core/tests/support/mod.rs"]
mod shared;

#[allow(unused_imports, reason = "each test file uses a part")]
pub(crate) use shared::*;

/// Runs the binary with a scrubbed environment.
pub(crate) fn run(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// The binary with a scrubbed environment.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachewright"));
    command
        .args(args)
        .env_clear()
        .env("PATH", std::env::var("PATH").unwrap_or_default())
        .env("HOME", std::env::temp_dir())
        .env("COLUMNS", "80");
    command
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
