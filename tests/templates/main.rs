//! The generated stacks, over every service, variant, option set and Region.
//!
//! What a linter can see is left to the real linters; what none of them sees is tested here.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "tests"
)]

mod account;
mod checks;
mod guard;
mod hostile;
mod lint;
mod matrix;
mod options;
mod parsed;
mod permissions;
mod registry;
mod round_trip;
mod samples;
mod tools;
