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
        assert!(
            output.status.success(),
            "{}: {}",
            kind.id,
            support::stderr(&output)
        );
        let text = support::stdout(&output);
        if std::env::var("SHOW").is_ok() {
            println!(
                "==== {}\n{text}\n{}",
                kind.id,
                std::fs::read_to_string(&profile).unwrap()
            );
        }
        assert!(text.contains("You run"), "{text}");
        let decided = support::run(&["recommend", &path, "-f", "json"]);
        assert!(
            matches!(decided.status.code(), Some(0 | 1)),
            "{}: {}",
            kind.id,
            support::stderr(&decided)
        );
        let report: Value = serde_json::from_slice(&decided.stdout).unwrap();
        assert_eq!(
            report["profile"]["measured"]["source"],
            json!("cloudwatch"),
            "{}",
            kind.id
        );
        assert!(report["profile"]["measured"]["fields"].is_object());
        // What runs stands beside the answer, wherever something of its cost is known.
        let known = text
            .lines()
            .any(|l| l.starts_with("You run") && l.contains('$'));
        assert_eq!(report["running"].is_object(), known, "{text}");
        if known {
            let said = report["running"]["text"].as_str().unwrap();
            let sum = said.split(" a month").next().unwrap();
            let joined = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(joined(&text).contains(sum), "{said}\n{text}");
            let short = support::stdout(&support::run(&["recommend", &path]));
            assert!(joined(&short).contains(said), "{short}");
            for form in ["md", "html"] {
                let shown = support::stdout(&support::run(&["recommend", &path, "-f", form]));
                assert!(shown.contains("by its own metrics"), "{form}");
            }
        }
        if std::env::var("SHOW").is_ok() {
            println!("{}", support::stdout(&support::run(&["recommend", &path])));
        }
    }
}

/// The price of a serverless cache of a known engine stands beside the answer; the model reckons ECPUs as they were counted.
#[test]
fn what_runs_is_priced_by_its_own_metrics() {
    let dir = tempfile::tempdir().unwrap();
    let asked = ["--cloudwatch", "elasticache-serverless:pages"];
    let files = files(dir.path(), &asked, &Truth::default());
    let output = read(&asked, &files, &["--engine", "valkey", "--report", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["schema"], "cachewright/measure/v1");
    assert_eq!(json["source"]["kind"], "elasticache-serverless");
    assert_eq!(json["now"]["variant"], "valkey");
    assert_eq!(json["now"]["monthly_cost"]["complete"], true);
    let total: f64 = json["now"]["monthly_cost"]["low"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    // 5,000,000 items of 4,218 bytes for 730 hours at $0.094 a GB-hour, and 12.6 billion ECPUs at $0.0025 a million.
    let gb = 5e6 * 4218.0 / f64::from(1 << 30);
    let ecpus = 1200.0 * 4.0 * 730.0 * 3600.0;
    assert!(
        (total - (gb * 730.0 * 0.094 + ecpus * 2.5e-9)).abs() < 0.01,
        "{total}"
    );
    let fields = json["fields"].as_array().unwrap();
    let of = |path: &str| fields.iter().find(|f| f["field"] == path).unwrap()["mark"].clone();
    assert_eq!(
        (of("traffic.reads"), of("data.item_size")),
        (json!("measured"), json!("derived"))
    );
    // The model reckons them within a fifth of what was counted, and says so where it does not.
    let notes = |json: &Value| json["notes"].to_string();
    assert!(!notes(&json).contains("model-differs"), "{}", notes(&json));
    let twice = Truth {
        ecpus: 2.0,
        ..Truth::default()
    };
    let files = self::files(dir.path(), &asked, &twice);
    let output = read(&asked, &files, &["--engine", "valkey", "--report", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(notes(&json).contains("model-differs"), "{}", notes(&json));
}

#[test]
fn a_script_of_questions_says_what_it_costs_takes_and_runs() {
    let output = measure(&[
        "--cloudwatch",
        "dynamodb:orders table",
        "--emit-query",
        "--to",
        "2026-11-10",
    ]);
    let text = support::stdout(&output);
    for part in [
        "cloudwatch:GetMetricData",
        "arn:aws:dynamodb:*:*:table/orders table",
        "aws cloudwatch get-metric-data --region eu-west-1 --output json --cli-input-json file://q1.json > metrics1.json",
        "# Then: cachewright measure --cloudwatch 'dynamodb:orders table' --region eu-west-1 --metrics metrics1.json",
        "\"ScanBy\": \"TimestampAscending\"",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    // CloudFront is asked where its metrics are.
    let output = measure(&["--cloudwatch", "cloudfront:E1", "--emit-query"]);
    assert!(support::stdout(&output).contains("--region us-east-1"));
    for document in scripts(&text) {
        let points: i64 = document["MetricDataQueries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|q| 14 * 86_400 / q["MetricStat"]["Period"].as_i64().unwrap())
            .sum();
        assert!(points <= 100_800, "{points}");
    }
}

/// Section 7 of the sheet: each is named, nothing is guessed.
#[test]
fn bad_input_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let empty = file("empty.json", r#"{"MetricDataResults": []}"#);
    let other = file(
        "other.json",
        r#"{"MetricDataResults": [{"Id": "m0", "Label": "dax|ItemCacheHits|Sum|shop||", "Timestamps": [60], "Values": [1]}]}"#,
    );
    let shape = file("shape.json", r#"{"Datapoints": []}"#);
    let text = file("text.json", "hello");
    let plan = file(
        "plan.json",
        r#"{"format_version": "1.2", "planned_values": {}}"#,
    );
    let several = file(
        "several.json",
        r#"{"ServerlessCaches": [{"ServerlessCacheName": "a"}, {"ServerlessCacheName": "b"}]}"#,
    );
    let serverless = "elasticache-serverless";
    for (args, code, said) in [
        (
            vec!["--cloudwatch", "redis:x"],
            2,
            "is not a kind of resource",
        ),
        (vec!["--cloudwatch", serverless], 2, "needs an id"),
        (
            vec!["--cloudwatch", "dax:a", "--cloudwatch", "dax:b"],
            2,
            "one profile is of one cache",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--days", "456"],
            2,
            "keeps 455 days",
        ),
        (
            vec![
                "--cloudwatch",
                "dax:a",
                "--emit-query",
                "--max-metrics",
                "3",
            ],
            2,
            "--max-metrics 11",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--metrics", &empty],
            3,
            "no data in 14 days",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--metrics", &other],
            3,
            "there are values of `shop`",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--metrics", &shape],
            3,
            "MetricDataResults",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--metrics", &text],
            3,
            "is not JSON",
        ),
        (
            vec!["--cloudwatch", "dax:a", "--metrics", "nowhere.json"],
            3,
            "cannot read",
        ),
        (vec!["--inventory", &plan], 3, "is a plan"),
        (
            vec!["--inventory", &shape],
            3,
            "known top keys are `Resources`",
        ),
        (
            vec!["--cloudwatch", serverless, "--inventory", &several],
            2,
            "name one of `a` or `b`",
        ),
        (
            vec!["--cloudwatch", "elasticache:a", "--engine", "mysql"],
            2,
            "is not an engine",
        ),
        (
            vec![
                "--cloudwatch",
                "dax:a",
                "--as",
                "origin",
                "--metrics",
                &other,
            ],
            2,
            "is a cache and no origin",
        ),
        (
            vec!["--cloudwatch", "dax:a\u{7}"],
            2,
            "no control characters",
        ),
        (
            vec!["--cloudwatch", "dax:a", "access.log"],
            2,
            "cannot be used with",
        ),
    ] {
        let output = measure(&args);
        let told = support::stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(said), "{args:?}: {told}");
    }
}

/// A team's overlay counts here as everywhere, and one that is wrong is said before AWS is asked.
#[test]
fn the_catalog_of_a_team_is_the_one_that_counts() {
    let dir = tempfile::tempdir().unwrap();
    let asked = ["--cloudwatch", "elasticache-serverless:pages"];
    let files = files(dir.path(), &asked, &Truth::default());
    let overlay = dir.path().join("team");
    std::fs::create_dir_all(overlay.join("services")).unwrap();
    let text = support::text("catalog/services/elasticache-serverless.yaml");
    let ours = text.replace("ElastiCache Serverless for Valkey", "Valkey as we call it");
    assert_ne!(ours, text);
    let put = |text: &str| {
        std::fs::write(overlay.join("services/elasticache-serverless.yaml"), text).unwrap();
    };
    put(&ours);
    let team = overlay.to_string_lossy();
    let more = ["--engine", "valkey", "--catalog", &team];
    let text = support::stdout(&read(&asked, &files, &more));
    assert!(text.contains("You run Valkey as we call it: $"), "{text}");
    put("id: elasticache-serverless\nfoo: 1\n");
    let output = measure(&[&asked[..], &more].concat());
    assert_eq!(output.status.code(), Some(3));
    assert!(support::stderr(&output).contains("foo"));
}

/// An ARN has the number of the account; what is measured is named after its id.
#[test]
fn an_arn_is_no_id() {
    let arn = "dynamodb:arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let output = measure(&["--cloudwatch", arn, "--emit-query"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!support::stderr(&output).contains("111122223333"));
}

/// What no source tells of nodes is asked for by name, with the command that tells it.
#[test]
fn unknown_nodes_are_said_with_the_command_that_tells_them() {
    let dir = tempfile::tempdir().unwrap();
    let asked = ["--cloudwatch", "dax:front"];
    let files = files(dir.path(), &asked, &Truth::default());
    let words = |more: &[&str]| {
        let text = support::stdout(&read(&asked, &files, more));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let said = "say them with --node-type and --nodes, or add --inventory with what `aws dax describe-clusters` writes";
    assert!(words(&[]).contains(said));
    assert!(words(&["--node-type", "dax.r5.large"]).contains(said));
    assert!(!words(&["--node-type", "dax.r5.large", "--nodes", "3"]).contains(said));
}

/// A file of a quarter of a gibibyte is refused by its size, whatever is in it.
#[test]
fn a_file_that_is_too_large_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("large.json");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len((256 << 20) + 1).unwrap();
    let path = path.to_string_lossy();
    let output = measure(&["--cloudwatch", "dax:a", "--metrics", &path]);
    assert_eq!(output.status.code(), Some(3));
    assert!(support::stderr(&output).contains("error[account-too-large]"));
}

/// Names with quotes, colons and what YAML would read as something else.
#[test]
fn a_hostile_name_stays_a_name() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "a: b # c",
        "\"x\"",
        "no",
        "'; touch /tmp/x; '",
        "<b>&",
        "- [",
        "{{x}}",
    ] {
        let asked = ["--cloudwatch", &format!("dax:{name}")];
        let files = files(dir.path(), &asked, &Truth::default());
        let profile = dir.path().join("p.yaml");
        let path = profile.to_string_lossy().into_owned();
        let named = format!("--name={name}");
        let output = read(&asked, &files, &["-o", &path, "--force", &named]);
        assert!(output.status.success(), "{}", support::stderr(&output));
        let decided = support::run(&["recommend", &path, "-f", "json"]);
        let report: Value = serde_json::from_slice(&decided.stdout).unwrap();
        assert_eq!(report["profile"]["name"], json!(name));
    }
}

/// A table behind DAX tells how long a miss takes.
#[test]
fn a_table_behind_its_accelerator_gives_the_latency_of_a_miss() {
    let dir = tempfile::tempdir().unwrap();
    let asked = ["--cloudwatch", "dax:front", "--cloudwatch", "dynamodb:back"];
    let files = files(dir.path(), &asked, &Truth::default());
    let output = read(&asked, &files, &["--report", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let latency = json["fields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|f| f["field"] == "origin.latency");
    assert_eq!(latency.unwrap()["value"], json!("3 ms"));
}

/// What is paid now stands beside the answer, and the next command repeats what was said.
#[test]
fn nodes_of_an_inventory_are_priced_beside_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let groups = dir.path().join("groups.json");
    let text = r#"{"ReplicationGroups": [{"ReplicationGroupId": "shop", "MemberClusters": ["shop-001", "shop-002"], "CacheNodeType": "cache.r7g.large", "Engine": "valkey"}]}"#;
    std::fs::write(&groups, text).unwrap();
    let groups = groups.to_string_lossy().into_owned();
    let asked = ["--cloudwatch", "elasticache", "--inventory", &groups];
    let script = measure(&[&asked[..], &["--emit-query"]].concat());
    assert!(support::stdout(&script).contains(&format!("--inventory {groups}")));
    let files = files(dir.path(), &asked, &Truth::default());
    let output = read(&asked, &files, &[]);
    let text = support::stdout(&output).replace('\n', " ");
    for part in [
        "You run ElastiCache nodes for Valkey: $",
        "What runs now costs $",
        "a month less.",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let output = read(&asked, &files, &["--report", "markdown"]);
    assert!(support::stdout(&output).starts_with("# Measured account"));
    let output = read(&asked, &files, &["--report", "html"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn watch_measures_and_what_was_not_measured_stays_as_the_profile_says() {
    let dir = tempfile::tempdir().unwrap();
    let at = |args: &[&str]| {
        let mut command = support::command(args);
        command.current_dir(dir.path()).output().unwrap()
    };
    at(&["init", "sessions", "-o", "cache.yaml"]);
    at(&["recommend", "cache.yaml", "-o", "accepted.json"]);
    let asked = ["--cloudwatch", "elasticache-serverless:pages"];
    let files = files(dir.path(), &asked, &Truth::default());
    let handed = handed(&files);
    let handed: Vec<&str> = handed.iter().map(String::as_str).collect();
    let measured = dir.path().join("measured.yaml").display().to_string();
    read(&asked, &files, &["-o", &measured]);

    let watch = |more: &[&str]| {
        let words = ["watch", "cache.yaml", "--accepted", "accepted.json"];
        at(&[&words, more, &["--prices", "snapshot", "-f", "json"]].concat())
    };
    let by_metrics = watch(&[&asked[..], &handed].concat());
    let found: Value = serde_json::from_slice(&by_metrics.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", support::stderr(&by_metrics)));
    let causes = found["causes"].as_array().unwrap();
    let fields: Vec<&str> = causes.iter().filter_map(|c| c["field"].as_str()).collect();
    assert!(causes.iter().all(|c| c["cause"] == "usage"), "{causes:?}");
    assert!(fields.contains(&"traffic.writes"), "{fields:?}");
    // The profile states these, and no metric tells them.
    for stated in [
        "requirements.latency",
        "requirements.private_access",
        "layer",
    ] {
        assert!(!fields.contains(&stated), "{fields:?}");
    }
    let by_profile = watch(&["--measured", &measured]);
    let again: Value = serde_json::from_slice(&by_profile.stdout).unwrap();
    assert_eq!(found["causes"], again["causes"]);
    assert_eq!(found["now"], again["now"]);

    let alone = watch(&["--stack", "pages"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(support::stderr(&alone).contains("--cloudwatch KIND:ID"));
}

#[test]
fn what_runs_is_told_beside_the_answer() {
    let decided = |now: &str, more: &[&str]| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.yaml");
        let example = support::stdout(&support::run(&["init", "sessions"]));
        std::fs::write(&path, format!("{example}\nmeasured:\n  now: {now}\n")).unwrap();
        let path = path.display().to_string();
        support::run(&[&["recommend", &path], more].concat())
    };
    let text = |now: &str| {
        let shown = support::stdout(&decided(now, &[]));
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    // The answer is DynamoDB, provisioned, at $157.18.
    for (now, said) in [
        (
            "{ name: Nodes, service: elasticache-nodes, monthly: 500 USD }",
            "You run Nodes: $500.00 a month by its own metrics; the answer costs $342.83 less.",
        ),
        (
            "{ service: elasticache-nodes, monthly: 100.2 USD }",
            "You run elasticache-nodes: $100.20 a month by its own metrics; the answer costs $56.98 more.",
        ),
        (
            "{ service: elasticache-nodes, monthly: 157.175 USD }",
            "a month by its own metrics; the answer costs the same.",
        ),
        (
            "{ service: dynamodb, variant: standard-provisioned, monthly: 150 USD }",
            "$150.00 a month by its own metrics; it is the answer.",
        ),
        (
            "{ service: cloudfront, monthly: 5 USD, monthly_high: 9 USD }",
            "$5.00 to $9.00 a month by its own metrics.",
        ),
        (
            "{ service: cloudfront, monthly: 5 USD, at_least: true }",
            "at least $5.00 a month by its own metrics.",
        ),
    ] {
        assert!(text(now).contains(said), "{said}\n{}", text(now));
    }
    let hostile = "{ name: \"<b>x\\u202e\\n## y\", service: a, monthly: 1 USD }";
    for form in ["text", "md", "html", "json"] {
        let shown = support::stdout(&decided(hostile, &["-f", form]));
        assert!(!shown.contains('\u{202e}') || form == "json", "{form}");
        assert!(
            !(shown.contains("\n## y") || form == "html" && shown.contains("<b>x")),
            "{form}"
        );
    }
    for (wrong, why) in [
        ("{ service: a }", "monthly"),
        ("{ monthly: 5 USD }", "service"),
        ("{ service: a, monthly: much }", "measured.now.monthly"),
        ("{ service: a, monthly: 5 USD, yearly: 3 USD }", "yearly"),
    ] {
        let output = decided(wrong, &[]);
        assert_eq!(output.status.code(), Some(3), "{wrong}");
        assert!(
            support::stderr(&output).contains(why),
            "{}",
            support::stderr(&output)
        );
    }
}
