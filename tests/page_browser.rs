//! Interactive pages in headless Chromium: `scripts/whatif_check.mjs` uses pages that the program wrote.
//!
//! Needs Chromium, Node.js, `.tools/browser` (scripts/setup.d/browser.sh) and a program built with the page engine
//! (`scripts/page.sh`); without them it says SKIPPED.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops on any fault and says what it skipped"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Every outcome, every layer, and what has a plan in the place of a price.
const EXAMPLES: [&str; 6] = [
    "product-pages",
    "static-site",
    "global-memory",
    "one-process",
    "genomics-files",
    "borderline/05-posix-a",
];

/// Why the pages cannot be opened here, when they cannot.
fn missing() -> Option<String> {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if let Err(failure) = cachewright::engine::block() {
        return Some(format!("{}, run scripts/page.sh", failure.code));
    }
    if !Path::new(".tools/browser/node_modules/axe-core").is_dir() {
        return Some("no .tools/browser, run ./scripts/setup.sh".to_owned());
    }
    if !runs("node") {
        return Some("no node".to_owned());
    }
    (!runs("chromium")).then(|| "no chromium".to_owned())
}

#[test]
fn a_page_that_decides_is_used_in_a_browser() {
    const TEST: &str = "a_page_that_decides_is_used_in_a_browser";
    if let Some(reason) = missing() {
        assert!(
            std::env::var_os("REQUIRE_TOOLS").is_none_or(|v| v != "1"),
            "{TEST}: {reason}"
        );
        println!("SKIPPED {TEST}: {reason}");
        return;
    }
    let shots = std::env::var_os("CACHEWRIGHT_SHOTS");
    let out = Command::new("node")
        .arg("scripts/whatif_check.mjs")
        .args(shots.into_iter().flat_map(|dir| ["--shots".into(), dir]))
        .arg(env!("CARGO_BIN_EXE_cachewright"))
        .args(EXAMPLES.map(|name| format!("examples/{name}.yaml")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    println!("{said}");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}{errors}");
    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(result["pages"], EXAMPLES.len());
    assert_eq!(result["axe_runs"], 6);
    assert_eq!(result["compared"], 4 + EXAMPLES.len() - 1);
    assert!(result["keyboard_stops"].as_u64().unwrap() > 40);
}
