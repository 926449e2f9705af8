//! Reports in headless Chromium: `scripts/browser_check.mjs` opens what the program wrote.
//!
//! Needs Chromium, Node.js and `.tools/browser` (scripts/setup.d/browser.sh); without them it says SKIPPED.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops on any fault and says what it skipped"
)]

#[path = "../crates/core/tests/html_support/mod.rs"]
mod html_support;
#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use html_support::{hostile, measured, root};
use serde_json::Value;
use tools::skipped;

/// Why the browser cannot be started here, when it cannot.
fn missing() -> Option<String> {
    let runs = |name: &str| Command::new(name).arg("--version").output().is_ok();
    if !root().join(".tools/browser/node_modules/axe-core").is_dir() {
        return Some("no .tools/browser, run ./scripts/setup.sh".to_owned());
    }
    if !runs("node") {
        return Some("no node".to_owned());
    }
    (!runs("chromium")).then(|| "no chromium".to_owned())
}

fn node(pages: &[PathBuf]) -> Output {
    let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser"]
        .into_iter()
        .find(|p| Path::new(p).exists());
    Command::new("node")
        .arg(root().join("scripts/browser_check.mjs"))
        .args(
            std::env::var_os("CACHEWRIGHT_SHOTS")
                .into_iter()
                .flat_map(|dir| ["--shots".into(), root().join(dir).into_os_string()]),
        )
        .args(pages)
        .env("CHROMIUM", chromium.unwrap_or("chromium"))
        .output()
        .unwrap()
}

const READS: &str = "--sweep=traffic.reads=0.1/s..100k/s@60";

/// A page written by the program from examples.
fn written(dir: &Path, name: &str, examples: &[&str]) -> PathBuf {
    written_with(dir, name, examples, &[])
}

fn written_with(dir: &Path, name: &str, examples: &[&str], options: &[&str]) -> PathBuf {
    let page = dir.join(format!("{name}.html"));
    let files = examples.iter().map(|e| format!("examples/{e}.yaml"));
    let out = Command::new(env!("CARGO_BIN_EXE_cachewright"))
        .current_dir(root())
        .env_clear()
        .env("HOME", dir)
        .arg("recommend")
        .args(files)
        .args(options)
        .args(["-f", "html", "-o"])
        .arg(&page)
        .output()
        .unwrap();
    assert!(
        matches!(out.status.code(), Some(0 | 1)),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    page
}

/// A flip with charts, every outcome as several profiles on one page, a measured curve with growth, hostile texts.
#[test]
fn reports_are_clean_in_a_browser() {
    if skipped("reports_are_clean_in_a_browser", missing()) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let library = |name: &str, page: String| {
        let path = dir.path().join(format!("{name}.html"));
        std::fs::write(&path, page).unwrap();
        path
    };
    let pages = [
        written(dir.path(), "recommended", &["product-pages"]),
        written(
            dir.path(),
            "many",
            &["static-site", "global-memory", "one-process"],
        ),
        library("measured", measured().page_with_charts()),
        library("hostile", hostile().page()),
        written_with(
            dir.path(),
            "map",
            &["product-pages"],
            &["--sweep=data.item_size=100B..1MiB@40", READS],
        ),
        written_with(dir.path(), "strip", &["small-blog"], &[READS]),
    ];
    let out = node(&pages);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    println!("{said}");
    assert!(
        out.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&out.stderr)
    );
    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(result["views"], pages.len() * 6);
    assert_eq!(result["axe_runs"], pages.len() * 4);
}

/// What is sent by mail and opened on a phone stays small, whatever was asked.
#[test]
fn every_page_of_an_example_is_at_most_100_kib() {
    let dir = tempfile::tempdir().unwrap();
    let mut large = Vec::new();
    let all: Vec<_> = cachewright::examples::all().collect();
    for example in &all {
        let args = ["recommend", "--example", example.name, "-f", "html"];
        let page = Command::new(env!("CARGO_BIN_EXE_cachewright"))
            .args(args)
            .env_clear()
            .env("HOME", dir.path())
            .output()
            .unwrap();
        let size = page.stdout.len();
        assert!(size > 10_000, "{}: {size} bytes", example.name);
        if size > 100 * 1024 {
            large.push((example.name, size));
        }
    }
    assert!(large.is_empty(), "{large:?}");
    assert!(all.len() > 20);
}

/// The checks above can fail: a page with one fault of each kind is refused for each of them.
#[test]
fn faults_are_found_in_a_browser() {
    if skipped("faults_are_found_in_a_browser", missing()) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("faulty.html");
    let faults =
        "<img src=\"https://example.invalid/x.png\"><div style=\"width:3000px\">wide</div>";
    let text = measured()
        .page()
        .replace("http-equiv=\"Content-Security-Policy\"", "name=\"none\"")
        .replace("<h1", &format!("{faults}<h1"))
        .replace("default-src", "nothing");
    std::fs::write(&page, text).unwrap();
    let out = node(&[page]);
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    for part in [
        "request: https://example.invalid",
        "wider than the window",
        "axe image-alt",
        "console:",
    ] {
        assert!(said.contains(part), "{part} was not found: {said}");
    }
}
