//! The real linters out of `.tools/` or the path; a loud line when they are missing.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The path of a tool; without it the test says SKIPPED, or fails under `REQUIRE_TOOLS=1`.
pub(crate) fn find(name: &str, places: &[&str]) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let local = places.iter().map(|p| root.join(p)).find(|p| p.is_file());
    let found = local.or_else(|| on_path(name));
    if found.is_none() {
        assert!(
            std::env::var("REQUIRE_TOOLS").as_deref() != Ok("1"),
            "{name} is missing: run scripts/setup.sh"
        );
        eprintln!(
            "SKIPPED {}: {name} is missing; run scripts/setup.sh",
            std::thread::current().name().unwrap_or("a test")
        );
    }
    found
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|p| p.is_file())
}

/// Runs a tool to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// Both outputs, for messages.
pub(crate) fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
