//! `check`: a report is recomputed from what it names.

mod support;

use std::path::Path;

use support::{stderr, stdout};

fn at(dir: &Path, args: &[&str]) -> std::process::Output {
    support::command(args).current_dir(dir).output().unwrap()
}

fn example(name: &str) -> Vec<&str> {
    vec!["recommend", "--example", name]
}

#[test]
fn every_example_is_recomputed_to_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    for example in cachewright::examples::all() {
        let file = format!("{}.json", example.name.replace('/', "-"));
        at(
            dir.path(),
            &["recommend", "--example", example.name, "-o", &file],
        );
        let output = at(dir.path(), &["check", &file]);
        assert_eq!(output.status.code(), Some(0), "{file}: {}", stdout(&output));
        assert!(stdout(&output).starts_with("SAME"), "{}", stdout(&output));
    }
}

#[test]
fn options_and_overrides_travel_with_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let name = r#"name="a: b # \u001b[31m 'c' \u202e \u2028 \u0085 \U0001f600""#;
    let cases: [&[&str]; 8] = [
        &[
            "--set",
            "traffic.reads=1M/day",
            "--set",
            "latency={p50: 3 ms, p99: 9 ms}",
        ],
        &[
            "--set",
            "traffic.writes=1/s..20/s",
            "--set",
            "description=null",
        ],
        &["--set", name, "--set", "budget=3000 USD/month"],
        &["--no-free-tier", "--strict-facts"],
        &[
            "--discount",
            "dynamodb=12%",
            "--discount",
            "elasticache-serverless=5%",
        ],
        &["--growth", "10 %/month", "--months", "7"],
        &["--brief"],
        &[
            "--compute",
            "lambda",
            "--instances",
            "3",
            "--set",
            "deployment.vpc_id=vpc-0123456789abcdef0",
        ],
    ];
    for (i, extra) in cases.iter().enumerate() {
        let file = format!("{i}.json");
        let args = [&example("sessions")[..], extra, &["-o", &file]].concat();
        let made = at(dir.path(), &args);
        assert!(made.status.code() < Some(2), "{extra:?}: {}", stderr(&made));
        let output = at(dir.path(), &["check", &file]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{extra:?}: {}",
            stdout(&output)
        );
    }
    let last = std::fs::read_to_string(dir.path().join("7.json")).unwrap();
    assert!(
        !last.contains("vpc-0123456789abcdef0"),
        "names of an account stay out of a report"
    );
}

#[test]
fn several_reports_in_one_file_are_recomputed_together() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["sessions", "job-queue", "website"] {
        let file = format!("{name}.yaml");
        at(dir.path(), &["init", name, "-o", &file]);
    }
    let files = ["sessions.yaml", "job-queue.yaml", "website.yaml"];
    at(
        dir.path(),
        &[&["recommend", "-o", "all.json"], &files[..]].concat(),
    );
    let output = at(dir.path(), &["check", "all.json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}

#[test]
fn the_first_difference_is_named_with_its_cause() {
    let dir = tempfile::tempdir().unwrap();
    at(
        dir.path(),
        &[&example("sessions")[..], &["-o", "a.json"]].concat(),
    );
    let good = std::fs::read_to_string(dir.path().join("a.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&good).unwrap();
    let cost = value["recommendation"]["monthly_cost"]["expected"]
        .as_str()
        .unwrap()
        .to_owned();
    let digest = value["tool"]["catalog"].as_str().unwrap().to_owned();
    let said = |text: &str, args: &[&str]| {
        std::fs::write(dir.path().join("b.json"), text).unwrap();
        let output = at(dir.path(), &[&["check", "b.json"], args].concat());
        assert_eq!(output.status.code(), Some(5), "{}", stdout(&output));
        stdout(&output)
    };
    let edited = said(
        &good.replacen(
            &format!("\"expected\": \"{cost}\""),
            "\"expected\": \"1.00\"",
            1,
        ),
        &[],
    );
    assert!(
        edited.contains("/recommendation/monthly_cost/expected"),
        "{edited}"
    );
    assert!(
        edited.contains("report    \"1.00\"") && edited.contains("why       edited"),
        "{edited}"
    );
    let other = said(&good.replace(&digest, "sha256:0000"), &[]);
    assert!(
        other.contains("other catalog: the report names sha256:0000"),
        "{other}"
    );
    let profile = said(&good.replace("\"1200/s\"", "\"1100/s\""), &[]);
    assert!(profile.contains("DIFFERENT"), "{profile}");
    let layout = said(&serde_json::to_string(&value).unwrap(), &[]);
    assert!(layout.contains("the layout is not"), "{layout}");
    // A book that was kept, a cent dearer.
    let book = at(dir.path(), &["prices", "show", "-f", "json"]);
    let text = stdout(&book).replace("2026-10-01", "2026-11-11");
    std::fs::write(dir.path().join("book.json"), text).unwrap();
    let prices = said(&good, &["--prices", "file:book.json"]);
    assert!(
        prices.contains("other prices: the report names snapshot of 2026-10-01"),
        "{prices}"
    );
    value.as_object_mut().unwrap().remove("options");
    std::fs::write(dir.path().join("old.json"), value.to_string()).unwrap();
    std::fs::write(
        dir.path().join("other.json"),
        "{\"schema\": \"cachewright/diff/v1\"}",
    )
    .unwrap();
    std::fs::write(dir.path().join("broken.json"), "{").unwrap();
    for file in ["old.json", "other.json", "broken.json", "missing.json"] {
        let output = at(dir.path(), &["check", file]);
        assert_eq!(output.status.code(), Some(3), "{file}");
        assert!(
            stderr(&output).contains("error[report-invalid]"),
            "{file}: {}",
            stderr(&output)
        );
    }
}
