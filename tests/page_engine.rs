//! The engine inside interactive pages, under Node.js: `scripts/page_check.mjs` takes it out of pages that the program
//! wrote and compares every answer with the program.
//!
//! Needs Node.js and a program built with the engine (`scripts/page.sh`); without them it says SKIPPED.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops on any fault and says what it skipped"
)]

mod support;
#[path = "support/tools.rs"]
mod tools;

use std::process::Command;

use serde_json::Value;
use tools::skipped;

const EXAMPLE: &str = "examples/product-pages.yaml";

/// Why there is nothing to test, when there is not.
fn missing() -> Option<String> {
    match cachewright::engine::block() {
        Err(failure) => Some(format!("{}, run scripts/page.sh", failure.code)),
        Ok(_) if Command::new("node").arg("--version").output().is_err() => {
            Some("no node".to_owned())
        }
        Ok(_) => None,
    }
}

#[test]
fn the_engine_of_a_page_says_what_the_program_says() {
    if skipped("the_engine_of_a_page_says_what_the_program_says", missing()) {
        return;
    }
    let mut files = vec![EXAMPLE.into()];
    // Every published and every panel case where all is required; the examples always.
    let all = ["examples", "tests/oracles/recommend", "tests/oracles/panel"];
    let full = std::env::var_os("REQUIRE_TOOLS").is_some_and(|v| v == "1");
    for folder in all.iter().take(if full { all.len() } else { 1 }) {
        files.extend(support::files(folder, ".yaml"));
    }
    let overlay = tempfile::tempdir().unwrap();
    let services = overlay.path().join("rules");
    std::fs::create_dir(&services).unwrap();
    let out = Command::new("node")
        .arg("scripts/page_check.mjs")
        .arg(env!("CARGO_BIN_EXE_cachewright"))
        .args(&files)
        .env("OVERLAY", overlay.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    println!("{said}");
    let errors = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{said}{errors}");
    let result: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(result["profiles"], files.len());
    assert!(result["compared"].as_u64().unwrap() > 2 * files.len() as u64);
}

/// `scripts/page.sh` builds where the build script left the engine out, and only there.
#[test]
fn the_script_and_the_build_agree_on_what_is_fresh() {
    let fresh = ["scripts/page_pack.mjs", "--is-fresh"];
    let asked = |folder: &str| Command::new("node").args(fresh).arg(folder).status();
    let Ok(status) = asked("page") else {
        println!("SKIPPED the_script_and_the_build_agree_on_what_is_fresh: no node");
        return;
    };
    assert_eq!(status.success(), cachewright::engine::block().is_ok());
    let other = tempfile::tempdir().unwrap();
    let about = r#"{"version": "0.1.0", "source_sha256": "of other sources"}"#;
    std::fs::write(other.path().join("engine.json"), about).unwrap();
    std::fs::write(other.path().join("engine.wasm.gz"), "").unwrap();
    assert!(!asked(other.path().to_str().unwrap()).unwrap().success());
}

/// Without the engine there is no page whose controls do nothing.
#[test]
fn a_build_without_the_engine_writes_no_page() {
    let page = ["recommend", EXAMPLE, "-f", "html", "--interactive"];
    let out = support::run(&page);
    match cachewright::engine::block() {
        Ok(engine) => assert!(support::stdout(&out).contains(&engine.text)),
        Err(failure) => {
            assert_eq!(out.status.code(), Some(2));
            assert!(out.stdout.is_empty());
            let said = support::stderr(&out);
            assert!(
                said.contains(failure.code) && said.contains("scripts/page.sh"),
                "{said}"
            );
        }
    }
}

#[test]
fn an_interactive_report_is_one_page_of_one_profile() {
    let form = support::run(&["recommend", EXAMPLE, "--interactive"]);
    assert_eq!(form.status.code(), Some(2));
    assert!(support::stderr(&form).contains("form-unknown"));
    for with in [
        "--brief",
        "--full",
        "--sweep=traffic.reads=1/s..9/s",
        "--growth=5 %",
    ] {
        let out = support::run(&["recommend", EXAMPLE, "-f", "html", "--interactive", with]);
        assert_eq!(out.status.code(), Some(2), "{with}");
    }
}

/// The gallery is what its script writes, and its pictures are there and small.
#[test]
fn the_gallery_is_generated() {
    let Ok(out) = Command::new("node")
        .args(["scripts/gallery.mjs", "-", "--text"])
        .output()
    else {
        println!("SKIPPED the_gallery_is_generated: no node");
        return;
    };
    let text = std::fs::read_to_string("docs/gallery.md").unwrap();
    assert_eq!(support::stdout(&out), text, "{}", support::stderr(&out));
    let pictures = support::files("docs/gallery", ".png");
    assert_eq!(pictures.len(), 5);
    for picture in pictures {
        let name = picture.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.contains(&format!("(gallery/{name})")), "{name}");
        assert!(
            std::fs::metadata(&picture).unwrap().len() < 160_000,
            "{name}"
        );
    }
}
