//! `measure --cloudwatch` as a person uses it: emitted questions, the answers as files, profile, report and decision.

mod support;

use std::path::{Path, PathBuf};

use cachewright::account::kinds;
use cachewright_measure::telemetry::Kind;
use serde_json::{Value, json};
use support::account::{Truth, answer, scripts};

/// Runs `measure` in a Region of its own.
fn measure(args: &[&str]) -> std::process::Output {
    let mut command = support::command(&["measure", "--region", "eu-west-1"]);
    command.args(args).output().unwrap()
}

/// The window of these tests.
const WINDOW: [&str; 4] = ["--from", "2026-11-10", "--to", "2026-11-11"];

/// The answers of a workload to what is asked of a resource, as the files that the AWS CLI writes.
fn files(dir: &Path, asked: &[&str], truth: &Truth) -> Vec<PathBuf> {
    let output = measure(&[asked, &WINDOW, &["--emit-query"]].concat());
    assert!(output.status.success(), "{}", support::stderr(&output));
    let kinds = kinds::load().unwrap();
    let scripts = scripts(&support::stdout(&output));
    let written = scripts.iter().enumerate().map(|(i, query)| {
        let path = dir.join(format!("metrics{i}.json"));
        std::fs::write(&path, answer(query, &kinds, truth).to_string()).unwrap();
        path
    });
    written.collect()
}

/// The arguments that hand files over.
fn handed(files: &[PathBuf]) -> Vec<String> {
    let pair = |f: &PathBuf| ["--metrics".to_owned(), f.display().to_string()];
    files.iter().flat_map(pair).collect()
}

fn read(asked: &[&str], files: &[PathBuf], more: &[&str]) -> std::process::Output {
    let handed = handed(files);
    let handed: Vec<&str> = handed.iter().map(String::as_str).collect();
    measure(&[asked, &handed, more].concat())
}

/// An id of this kind.
fn id(kind: &Kind) -> String {
    format!("{}:pages", kind.id)
}

#[test]
fn every_kind_goes_the_whole_way_from_the_questions_to_a_recommendation() {
    for kind in kinds::load().unwrap() {
        let dir = tempfile::tempdir().unwrap();
        let asked = ["--cloudwatch", &id(&kind)];
        let files = files(dir.path(), &asked, &Truth::default());
        let profile = dir.path().join("pages.yaml");
        let path = profile.to_string_lossy().into_owned();
        let output = read(&asked, &files, &["-o", &path]);
        assert!(output.status.success(), "{}: {}", kind.id, support::stderr(&output));
        let text = support::stdout(&output);
        if std::env::var("SHOW").is_ok() {
            println!("==== {}\n{text}\n{}", kind.id, std::fs::read_to_string(&profile).unwrap());
        }
        assert!(text.contains("You run"), "{text}");
        let decided = support::run(&["recommend", &path, "-f", "json"]);
        assert!(matches!(decided.status.code(), Some(0 | 1)), "{}: {}", kind.id, support::stderr(&decided));
        let report: Value = serde_json::from_slice(&decided.stdout).unwrap();
        assert_eq!(report["profile"]["measured"]["source"], json!("cloudwatch"), "{}", kind.id);
        assert!(report["profile"]["measured"]["fields"].is_object());
        if std::env::var("SHOW").is_ok() {
            println!("{}", support::stdout(&support::run(&["recommend", &path])));
        }
    }
}
