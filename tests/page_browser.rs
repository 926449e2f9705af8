//! Interactive pages in headless Chromium and Firefox: `scripts/whatif_check.mjs` and `scripts/firefox_check.mjs` use
//! pages that the program wrote.
//!
//! Needs the browsers, Node.js, `.tools/browser` and `.tools/firefox` (scripts/setup.d/) and a program built with the
//! page engine (`scripts/page.sh`); a test without what it needs says SKIPPED.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops on any fault and says what it skipped"
)]

#[path = "support/tools.rs"]
mod tools;

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tools::skipped;

/// Every outcome, every layer, and what has a plan in the place of a price.
const EXAMPLES: [&str; 6] = [
    "product-pages",
    "static-site",
    "global-memory",
    "one-process",
    "genomics-files",
    "borderline/05-posix-a",
];

/// Why pages cannot be opened in this browser, when they cannot.
fn missing(browser: &str, tools: &str) -> Option<String> {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if let Err(failure) = cachewright::engine::block() {
        return Some(format!("{}, run scripts/page.sh", failure.code));
    }
    if !Path::new(tools).is_dir() {
        return Some(format!("no {tools}, run ./scripts/setup.sh"));
    }
    if !runs("node") {
        return Some("no node".to_owned());
    }
    (!runs(browser)).then(|| format!("no {browser}"))
}

/// What a script says of its pages, which must be good.
fn checked(script: &str, profiles: &[&str]) -> Value {
    let shots = std::env::var_os("CACHEWRIGHT_SHOTS");
    let out = Command::new("node")
        .arg(script)
        .args(shots.into_iter().flat_map(|dir| ["--shots".into(), dir]))
        .arg(env!("CARGO_BIN_EXE_cachewright"))
        .args(profiles.iter().map(|name| format!("examples/{name}.yaml")))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    println!("{said}");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}{errors}");
    serde_json::from_str(&said).unwrap()
}

#[test]
fn a_page_that_decides_is_used_in_a_browser() {
    let needs = missing("chromium", ".tools/browser/node_modules/axe-core");
    if skipped("a_page_that_decides_is_used_in_a_browser", needs) {
        return;
    }
    let result = checked("scripts/whatif_check.mjs", &EXAMPLES);
    assert_eq!(result["pages"], EXAMPLES.len());
    assert_eq!(result["axe_runs"], 8);
    assert_eq!(result["compared"], 4 + EXAMPLES.len() - 1);
    assert!(result["keyboard_stops"].as_u64().unwrap() > 40);
    assert!(result["named"].as_u64().unwrap() > 40);
}

#[test]
fn a_page_that_decides_is_used_in_firefox() {
    let needs = missing("firefox-esr", ".tools/firefox/node_modules/puppeteer-core");
    if skipped("a_page_that_decides_is_used_in_firefox", needs) {
        return;
    }
    let result = checked("scripts/firefox_check.mjs", &EXAMPLES[..1]);
    assert_eq!(result["compared"], 3);
    assert!(result["keyboard_stops"].as_u64().unwrap() > 40);
}
