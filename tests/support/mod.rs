//! Shared by the integration tests: the embedded data, profiles from files, the binary.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cachewright::decide::{Engine, Options};
use cachewright::domain::catalog::Catalog;
use cachewright::domain::decision::Decision;
use cachewright::domain::price::PriceBook;
use cachewright::domain::profile::Profile;
use cachewright::{embedded, workload};

/// Catalog and snapshot.
pub(crate) fn data() -> (Catalog, PriceBook) {
    (embedded::catalog().unwrap(), embedded::prices().unwrap())
}

/// A profile from YAML text.
pub(crate) fn profile(text: &str, catalog: &Catalog) -> Profile {
    match workload::load(text, &[], &catalog.regions) {
        Ok(resolved) => resolved.profile,
        Err(invalid) => panic!("{}\n{:#?}", invalid.source, invalid.problems),
    }
}

/// A profile from a file.
pub(crate) fn profile_file(path: &Path, catalog: &Catalog) -> Profile {
    profile(&std::fs::read_to_string(path).unwrap(), catalog)
}

/// The decision with default options.
pub(crate) fn decide(catalog: &Catalog, book: &PriceBook, profile: &Profile) -> Decision {
    Engine::new(catalog, book, Options::default(), profile).decide(profile)
}

/// Files with an ending below a folder, sorted.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// The Rust sources of every crate.
pub(crate) fn sources() -> Vec<PathBuf> {
    let mut out = files("src", ".rs");
    out.extend(files("crates", ".rs"));
    out
}

/// Every published profile of the repository: examples and oracle cases.
pub(crate) fn all_profiles() -> Vec<PathBuf> {
    let mut out = files("examples", ".yaml");
    out.extend(files("tests/oracles/recommend", ".yaml"));
    out
}

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
