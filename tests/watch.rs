//! `watch`: the accepted answer against today's prices, profile and usage.

mod support;

use std::path::Path;
use std::process::Output;

use serde_json::Value;
use support::{stderr, stdout};

fn at(dir: &Path, args: &[&str]) -> Output {
    support::command(args).current_dir(dir).output().unwrap()
}

/// A folder with a profile, its accepted report, and a book of prices to watch with.
fn folder(example: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    at(dir.path(), &["init", example, "-o", "cache.yaml"]);
    at(
        dir.path(),
        &["recommend", "cache.yaml", "-o", "accepted.json"],
    );
    dir
}

fn watch(dir: &Path, args: &[&str]) -> Output {
    let mut all = vec!["watch", "cache.yaml", "--accepted", "accepted.json"];
    if !args.contains(&"--prices") {
        all.extend(["--prices", "snapshot"]);
    }
    all.extend(args);
    at(dir, &all)
}

fn json(dir: &Path, args: &[&str]) -> Value {
    let output = watch(dir, &[args, &["-f", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(&output)))
}

/// The snapshot with some unit prices times a factor.
fn book(dir: &Path, meter: &str, factor: f64) {
    let shown = at(dir, &["prices", "show", "-f", "json"]);
    let mut book: Value = serde_json::from_slice(&shown.stdout).unwrap();
    let mut changed = 0;
    dearer(&mut book, meter, factor, &mut changed);
    assert!(changed > 0, "no price of {meter}");
    book["as_of"] = "2026-12-01".into();
    std::fs::write(dir.join("book.json"), book.to_string()).unwrap();
}

fn dearer(value: &mut Value, meter: &str, factor: f64, changed: &mut usize) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key.contains(meter) {
                    times(inner, factor, changed);
                } else {
                    dearer(inner, meter, factor, changed);
                }
            }
        }
        Value::Array(all) => all
            .iter_mut()
            .for_each(|v| dearer(v, meter, factor, changed)),
        _ => {}
    }
}

/// The price of every tier, times the factor.
fn times(value: &mut Value, factor: f64, changed: &mut usize) {
    for tier in value["tiers"].as_array_mut().unwrap() {
        let price: f64 = tier[1].as_str().unwrap().parse().unwrap();
        tier[1] = format!("{:.12}", price * factor).into();
        *changed += 1;
    }
}

#[test]
fn the_same_prices_and_profile_are_the_same_answer_in_the_same_bytes() {
    let dir = folder("sessions");
    let output = watch(dir.path(), &[]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        text.starts_with("SAME  sessions-200-days: dynamodb"),
        "{text}"
    );
    assert!(text.lines().count() <= 24, "{text}");
    assert_eq!(text, stdout(&watch(dir.path(), &[])));
    let found = json(dir.path(), &[]);
    assert_eq!(found["schema"], "cachewright/watch/v1");
    assert_eq!(found["verdict"], "same");
    assert_eq!(found["causes"], serde_json::json!([]));
    // What it says accepts the answer, does.
    let command = found["command"]
        .as_str()
        .unwrap()
        .replace("cachewright ", "");
    let words: Vec<&str> = command.split(' ').collect();
    assert_eq!(
        at(
            dir.path(),
            &[&words[..], &["--prices", "snapshot"]].concat()
        )
        .status
        .code(),
        Some(0)
    );
}

#[test]
fn prices_that_moved_are_named_with_what_they_do() {
    let dir = folder("sessions");
    book(dir.path(), "rcu-hours", 1.5);
    let prices = ["--prices", "file:book.json"];
    let found = json(dir.path(), &prices);
    assert_eq!(found["verdict"], "changed", "{found:#}");
    let cause = &found["causes"][0];
    assert_eq!(cause["cause"], "prices");
    assert_eq!(cause["meter"], "dynamodb/rcu-hours");
    assert!(!cause["cost_effect"].as_str().unwrap().starts_with('-'));
    assert_eq!(found["now"]["prices_as_of"], "2026-12-01");
    assert_eq!(watch(dir.path(), &prices).status.code(), Some(0));
    let strict = [&prices[..], &["--fail-on", "change"]].concat();
    assert_eq!(watch(dir.path(), &strict).status.code(), Some(5));
    let deaf = [&prices[..], &["--fail-on", "change", "--min-change", "90%"]].concat();
    assert_eq!(watch(dir.path(), &deaf).status.code(), Some(0));
    assert_eq!(
        json(
            dir.path(),
            &[&prices[..], &["--min-change", "90%"]].concat()
        )["verdict"],
        "same"
    );
}

#[test]
fn another_answer_is_a_flip_and_fails() {
    let dir = folder("sessions");
    book(dir.path(), "cu-hours", 400.0);
    let prices = ["--prices", "file:book.json"];
    let output = watch(dir.path(), &prices);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    assert!(
        text.starts_with("FLIP  sessions-200-days: dynamodb (standard-provisioned) is now "),
        "{text}"
    );
    assert!(text.lines().count() <= 24, "{text}");
    let never = [&prices[..], &["--fail-on", "never"]].concat();
    assert_eq!(watch(dir.path(), &never).status.code(), Some(0));
    let markdown = stdout(&watch(dir.path(), &[&prices[..], &["-f", "md"]].concat()));
    assert!(
        markdown.starts_with("## flip: `sessions-200-days`"),
        "{markdown}"
    );
}

#[test]
fn profile_and_usage_are_told_apart() {
    let dir = folder("sessions");
    let edited = std::fs::read_to_string(dir.path().join("cache.yaml")).unwrap();
    let edited = edited.replace("reads: 1200/s", "reads: 1900/s");
    std::fs::write(dir.path().join("cache.yaml"), &edited).unwrap();
    std::fs::write(
        dir.path().join("measured.yaml"),
        edited.replace("writes: 120/s", "writes: 90/s"),
    )
    .unwrap();
    let found = json(dir.path(), &["--measured", "measured.yaml"]);
    let causes: Vec<(&str, &str, &str, &str)> = found["causes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| {
            let word = |key: &str| c[key].as_str().unwrap_or_default();
            (word("cause"), word("field"), word("before"), word("after"))
        })
        .collect();
    assert!(
        causes.contains(&("profile", "traffic.reads", "1200/s", "1900/s")),
        "{causes:?}"
    );
    assert!(
        causes.contains(&("usage", "traffic.writes", "120/s", "90/s")),
        "{causes:?}"
    );
    assert_eq!(causes.len(), 2);
    assert!(stdout(&watch(dir.path(), &["--measured", "measured.yaml"])).contains("traffic.reads"));
}

#[test]
fn a_price_list_that_cannot_be_reached_is_never_the_same() {
    let dir = folder("sessions");
    let output = watch(
        dir.path(),
        &[
            "--prices",
            "public",
            "--price-list-url",
            "http://127.0.0.1:9",
            "--price-timeout",
            "2",
        ],
    );
    assert_eq!(
        output.status.code(),
        Some(4),
        "{}{}",
        stdout(&output),
        stderr(&output)
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn a_name_in_the_finding_is_neither_mention_nor_markup() {
    let dir = folder("sessions");
    let text = std::fs::read_to_string(dir.path().join("cache.yaml")).unwrap();
    let name = r#"name: "@everyone [x](http://evil) <b> | `a`""#;
    std::fs::write(
        dir.path().join("cache.yaml"),
        text.replace("name: sessions-200-days", name),
    )
    .unwrap();
    let markdown = stdout(&watch(dir.path(), &["-f", "markdown"]));
    let mut code = false;
    for part in markdown.split('`') {
        assert!(
            code || !(part.contains("@everyone") || part.contains("http://evil")),
            "{markdown}"
        );
        code = !code;
    }
    assert!(
        markdown.contains("the accepted profile is sessions-200-days"),
        "{markdown}"
    );
}

#[test]
fn bad_input_is_named() {
    let dir = folder("sessions");
    at(dir.path(), &["init", "website", "-o", "site.yaml"]);
    at(
        dir.path(),
        &["recommend", "cache.yaml", "site.yaml", "-o", "both.json"],
    );
    let with = |args: &[&str]| {
        let all = [&["watch", "cache.yaml", "--prices", "snapshot"], args].concat();
        at(dir.path(), &all)
    };
    let several = with(&["--accepted", "both.json"]);
    assert_eq!(several.status.code(), Some(3));
    assert!(
        stderr(&several).contains("--profile-name: sessions-200-days, static-site"),
        "{}",
        stderr(&several)
    );
    let one = with(&[
        "--accepted",
        "both.json",
        "--profile-name",
        "sessions-200-days",
    ]);
    assert_eq!(one.status.code(), Some(0), "{}", stderr(&one));
    std::fs::write(dir.path().join("other.json"), "{\"schema\": \"x/v1\"}").unwrap();
    for file in ["other.json", "missing.json", "cache.yaml"] {
        let output = with(&["--accepted", file]);
        assert_eq!(output.status.code(), Some(3), "{file}");
        assert!(
            stderr(&output).contains("error[report-invalid]"),
            "{}",
            stderr(&output)
        );
    }
    assert_eq!(
        with(&["--accepted", "accepted.json", "--min-change", "lots"])
            .status
            .code(),
        Some(2)
    );
}
