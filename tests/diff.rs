//! `diff` and the CI recipe: what it names, when it gates, and the commands of the recipe as written.
#![allow(
    clippy::unwrap_used,
    reason = "a test stops on any fault and says what it skipped"
)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const PROFILE: &str = "version: 1\nname: shop\nregion: eu-west-1\nlayer: application\nlatency: 5 ms\nprivate_access: required\n\
traffic: { reads: 1200/s, writes: 40/s }\ndata: { item_size: 4 KiB, working_set: 5 GiB }\n";

fn run(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cachewright"));
    command
        .current_dir(dir)
        .env_clear()
        .env("HOME", dir)
        .args(args);
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A directory with `a.json` of the profile and `b.json` of the profile with overrides.
fn two(overrides: &[&str]) -> TempDir {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("cache.yaml"), PROFILE).unwrap();
    let ok = |args: &[&str]| {
        assert!(
            run(dir.path(), args).status.code().is_some_and(|c| c <= 1),
            "{args:?}"
        )
    };
    ok(&["recommend", "cache.yaml", "-f", "json", "-o", "a.json"]);
    let mut args = vec!["recommend", "cache.yaml", "-f", "json", "-o", "b.json"];
    overrides.iter().for_each(|o| args.extend(["--set", o]));
    ok(&args);
    dir
}

fn edit(dir: &Path, file: &str, change: impl FnOnce(&mut Value)) {
    let path = dir.join(file);
    let mut value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

#[test]
fn nothing_changed_is_said() {
    let dir = two(&[]);
    let out = run(dir.path(), &["diff", "a.json", "b.json", "--fail-on-flip"]);
    assert_eq!(out.status.code(), Some(0));
    let said = text(&out.stdout);
    assert!(
        said.contains("The answer is still elasticache-serverless (valkey)."),
        "{said}"
    );
    assert!(
        said.contains("Nothing: same profile, prices, catalog and program."),
        "{said}"
    );
    assert!(out.stderr.is_empty());
}

#[test]
fn a_changed_field_is_named_and_a_flip_fails_the_gate() {
    let dir = two(&[
        "layer=storage",
        "latency=100 ms",
        "data.item_size=4 MiB",
        "data.working_set=20 TiB",
        "traffic.reads=1/day",
        "traffic.writes=0/s",
    ]);
    let out = run(dir.path(), &["diff", "a.json", "b.json"]);
    let said = text(&out.stdout);
    assert_eq!(out.status.code(), Some(0), "no gate was asked for");
    assert!(
        said.contains("The answer changed from elasticache-serverless (valkey) to "),
        "{said}"
    );
    for part in [
        "traffic.reads",
        "1200/s",
        "data.working_set",
        "20 TiB",
        "Candidates",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let gated = run(
        dir.path(),
        &[
            "diff",
            "a.json",
            "b.json",
            "--fail-on-flip",
            "-f",
            "markdown",
            "-o",
            "diff.md",
        ],
    );
    assert_eq!(gated.status.code(), Some(5));
    assert!(
        text(&gated.stderr).starts_with("flip: shop: "),
        "{}",
        text(&gated.stderr)
    );
    let markdown = std::fs::read_to_string(dir.path().join("diff.md")).unwrap();
    assert!(
        markdown.starts_with("## shop\n\n**The answer changed from"),
        "{markdown}"
    );
    assert!(
        markdown.contains("| `traffic.reads` | 1200/s |") && markdown.contains("<details>"),
        "{markdown}"
    );
}

#[test]
fn more_traffic_is_not_a_price_change_and_a_variant_is_not_a_flip() {
    let dir = two(&["traffic.reads=2400/s"]);
    let said = text(&run(dir.path(), &["diff", "a.json", "b.json"]).stdout);
    assert!(!said.contains("Unit prices"), "{said}");
    edit(dir.path(), "b.json", |v| {
        v["recommendation"]["variant"] = "redis".into()
    });
    let out = run(dir.path(), &["diff", "a.json", "b.json", "--fail-on-flip"]);
    assert_eq!(out.status.code(), Some(0));
    assert!(
        text(&out.stdout)
            .contains("elasticache-serverless (valkey) → elasticache-serverless (redis)"),
        "{}",
        text(&out.stdout)
    );
}

#[test]
fn a_price_a_rule_and_the_catalog_are_told_apart() {
    let dir = two(&[]);
    edit(dir.path(), "b.json", |v| {
        let line = v["candidates"][0]["line_items"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .find(|l| l["free_tier"] == false)
            .unwrap();
        line["unit_price"] = "1.5".into();
        v["tool"]["prices"]["as_of"] = "2027-01-01".into();
        v["tool"]["catalog"] = "sha256:0".into();
        let reason = serde_json::json!({"code": "made-up", "field": "", "text": "a *new* <reason>", "sources": []});
        v["candidates"][1]["reasons"] = Value::Array(vec![reason]);
    });
    let said = text(&run(dir.path(), &["diff", "a.json", "b.json", "-f", "markdown"]).stdout);
    for part in [
        "1 unit price changed",
        "2027-01-01",
        "facts or rules were edited",
        "$1.5",
        "+ ruled out by",
        "a \\*new\\* &lt;reason&gt; (`made-up`)",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn lists_pair_by_name() {
    let dir = two(&["traffic.reads=2400/s"]);
    let read = |f: &str| {
        serde_json::from_slice::<Value>(&std::fs::read(dir.path().join(f)).unwrap()).unwrap()
    };
    let (a, b) = (read("a.json"), read("b.json"));
    let mut other = a.clone();
    other["profile"]["name"] = "gone".into();
    let list = |reports: Vec<Value>| {
        serde_json::json!({"schema": "cachewright/reports/v1", "reports": reports}).to_string()
    };
    std::fs::write(dir.path().join("la.json"), list(vec![other, a])).unwrap();
    std::fs::write(dir.path().join("lb.json"), list(vec![b])).unwrap();
    let said = text(&run(dir.path(), &["diff", "la.json", "lb.json"]).stdout);
    assert!(said.contains("2400/s"), "{said}");
    assert!(
        said.contains("gone\n\n  only in the first report"),
        "{said}"
    );
}

#[test]
fn what_is_no_report_is_refused() {
    let dir = two(&[]);
    std::fs::write(dir.path().join("x.json"), "{\"schema\": \"other/v1\"}").unwrap();
    for file in ["cache.yaml", "x.json", "missing.json"] {
        let out = run(dir.path(), &["diff", "a.json", file]);
        assert_eq!(out.status.code(), Some(3), "{file}");
        assert!(
            text(&out.stderr).contains("error[report-invalid]") && out.stdout.is_empty(),
            "{}",
            text(&out.stderr)
        );
    }
}

/// The commands of the recipe, run in order as they are written.
#[test]
fn the_ci_recipe_works_as_written() {
    let recipe =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes/ci.md"))
            .unwrap();
    let commands: Vec<&str> = recipe
        .lines()
        .filter_map(|l| l.strip_prefix("$ cachewright "))
        // The profile of this test stands in for an example.
        .filter(|l| !l.starts_with("init "))
        .collect();
    assert!(commands.len() >= 6, "{commands:?}");
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("cache.yaml"), PROFILE).unwrap();
    for command in &commands {
        let out = shell(dir.path(), command);
        assert_eq!(
            out.status.code(),
            Some(0),
            "{command}: {}",
            text(&out.stderr)
        );
    }
    for file in [
        "cache.report.json",
        "now.report.json",
        "diff.md",
        "report.md",
        "report.html",
    ] {
        assert!(
            dir.path().join(file).metadata().unwrap().len() > 200,
            "{file}"
        );
    }
    // The gates fail when they should: a budget below the cost, and a profile that flips the answer.
    let budget = commands.iter().find(|c| c.contains("--budget")).unwrap();
    let strict = budget
        .replace("2000 USD", "1 USD")
        .replace("now.report.json", "tight.json");
    assert_eq!(shell(dir.path(), &strict).status.code(), Some(5));
    std::fs::write(
        dir.path().join("cache.yaml"),
        PROFILE.replace("5 ms", "0.01 ms"),
    )
    .unwrap();
    assert_eq!(
        shell(dir.path(), &format!("{budget} --force"))
            .status
            .code(),
        Some(1),
        "nothing is that fast"
    );
    let flip = commands
        .iter()
        .find(|c| c.contains("--fail-on-flip"))
        .unwrap();
    let out = shell(dir.path(), &format!("{flip} --force"));
    assert_eq!(out.status.code(), Some(5), "{}", text(&out.stderr));
}

/// Splits a command line the way a shell does, as far as the recipe needs it: double quotes only.
fn shell(dir: &Path, line: &str) -> Output {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            c => words.last_mut().unwrap().push(c),
        }
    }
    run(dir, &words.iter().map(String::as_str).collect::<Vec<_>>())
}
