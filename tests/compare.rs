//! Gates, names of services, and tables that stand in the place of a report.

mod support;

use support::{run, stderr, stdout};

fn sessions(args: &[&str]) -> std::process::Output {
    run(&[&["recommend", "--example", "sessions"], args].concat())
}

#[test]
fn gates_say_their_verdict_in_the_last_lines_of_the_text() {
    let output = sessions(&["--expect", "ddb", "--budget", "$10", "--strict"]);
    assert_eq!(output.status.code(), Some(5));
    let text = stdout(&output);
    let last: Vec<&str> = text.lines().rev().take(3).collect();
    assert!(last[2].starts_with("PASS  expect   dynamodb"), "{last:#?}");
    assert!(
        last[1].starts_with("FAIL  budget   $")
            && last[1].ends_with(" a month, limit $10.00   exit 5"),
        "{last:#?}"
    );
    assert!(last[0].starts_with("PASS  strict   "), "{last:#?}");
    let quiet = sessions(&["--expect", "ddb", "--budget", "$10", "-q"]);
    assert_eq!(stdout(&quiet).lines().count(), 2);
    assert_eq!(quiet.status.code(), Some(5));
    let json = sessions(&["--expect", "valkey", "-f", "json"]);
    assert_eq!(json.status.code(), Some(5));
    assert!(serde_json::from_slice::<serde_json::Value>(&json.stdout).is_ok());
    assert!(
        stderr(&json).contains("FAIL  expect   valkey, the answer is dynamodb"),
        "{}",
        stderr(&json)
    );
    assert!(stdout(&sessions(&["-q"])).is_empty());
}

#[test]
fn common_names_are_taken_wherever_a_service_is_named() {
    let (catalog, _) = support::data();
    let mut seen: Vec<&str> = catalog.services.iter().map(|s| s.id.as_str()).collect();
    for service in &catalog.services {
        let variants = service.variants.iter().flat_map(|v| &v.also);
        for name in service.also.iter().chain(variants) {
            assert!(!seen.contains(&name.as_str()), "{name} names two");
            seen.push(name);
            let (found, _) = catalog.named(name).unwrap();
            assert_eq!(found.id, service.id, "{name}");
        }
    }
    let line = |args: &[&str]| {
        let output = run(args);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{args:?}: {}",
            stderr(&output)
        );
        stdout(&output)
    };
    let region = ["--region", "us-east-1", "ecpus=5M"];
    let by_name = line(&[&["price", "redis"], &region[..]].concat());
    let by_id = line(
        &[
            &["price", "elasticache-serverless", "--variant", "redis"],
            &region[..],
        ]
        .concat(),
    );
    assert_eq!(by_name, by_id);
    assert!(line(&["explain", "Valkey"]).starts_with("elasticache-serverless:"));
    assert!(line(&["explain", "lustre"]).starts_with("fsx-lustre:"));
    let json = stdout(&sessions(&["--only", "valkey,s3-express", "-f", "json"]));
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["recommendation"]["variant"], "valkey");
    let all = report["candidates"].as_array().unwrap();
    let judged = all.iter().filter(|c| c["verdict"] != "comparison");
    assert_eq!(judged.count(), 2, "{json}");
    let wrong = sessions(&["--only", "valky"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(
        stderr(&wrong).contains("did you mean `valkey`?"),
        "{}",
        stderr(&wrong)
    );
    assert_eq!(
        sessions(&["--expect", "dax"]).status.code(),
        Some(2),
        "it is never the answer"
    );
}

#[test]
fn regions_are_rows_that_agree_with_the_profile_set_there() {
    let json = stdout(&sessions(&["--regions", "near,eu-west-1", "-f", "json"]));
    let table: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(table["schema"], "cachewright/regions/v1");
    let rows = table["regions"].as_array().unwrap();
    assert_eq!(rows[0]["region"], table["home"]);
    assert!(rows.len() > 5 && rows.len() < 36);
    for row in rows {
        let code = row["region"].as_str().unwrap();
        let there = stdout(&sessions(&[
            "--set",
            &format!("region={code}"),
            "--brief",
            "-f",
            "json",
        ]));
        let there: serde_json::Value = serde_json::from_str(&there).unwrap();
        assert_eq!(
            there["recommendation"]["service"], row["answer"]["service"],
            "{code}"
        );
        assert_eq!(
            there["recommendation"]["monthly_cost"]["expected"], row["monthly_cost"],
            "{code}"
        );
    }
    let csv = stdout(&sessions(&["--regions", "all", "-f", "csv"]));
    assert_eq!(csv.lines().count(), 37);
    let text = stdout(&sessions(&["--regions", "near"]));
    assert!(
        text.contains("not where your callers are")
            && text.lines().all(|l| l.chars().count() <= 80),
        "{text}"
    );
    let wrong = sessions(&["--regions", "eu-wst-1"]);
    assert!(
        stderr(&wrong).contains("did you mean `eu-west-1`?"),
        "{}",
        stderr(&wrong)
    );
    for args in [
        ["--sweep", "traffic.reads=1/s..9/s"],
        ["--growth", "3 %"],
        ["-f", "html"],
    ] {
        let args = [&["--regions", "near"], &args[..]].concat();
        assert_eq!(sessions(&args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn two_sides_are_compared_row_by_row() {
    let text = stdout(&sessions(&["--compare", "--set", "traffic.reads=50/s"]));
    let row = |name: &str| {
        text.lines()
            .find(|l| l.trim_start().starts_with(name))
            .unwrap()
            .to_owned()
    };
    assert!(
        row("traffic.reads ").contains("1200/s") && row("traffic.reads ").contains("50/s"),
        "{text}"
    );
    assert_eq!(row("a month").matches('$').count(), 2, "{text}");
    assert!(
        !text.contains("data.item_size"),
        "what is the same is not told: {text}"
    );
    let files = ["examples/static-site.yaml", "examples/product-pages.yaml"];
    let json = stdout(&run(&[
        &["recommend", "--compare", "-f", "json"],
        &files[..],
    ]
    .concat()));
    let table: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(table["schema"], "cachewright/compare/v1");
    for row in table["rows"].as_array().unwrap() {
        assert_eq!(row["values"].as_array().unwrap().len(), 2, "{row}");
    }
    // Different fields on each side, on top of what holds for all.
    let sides = [
        "--side",
        "traffic.reads=50/s; data.item_size=4 KB",
        "--side",
        "traffic.reads=9k/s",
    ];
    let more = [
        &["--compare", "--set", "traffic.writes=7/s", "-f", "json"],
        &sides[..],
    ]
    .concat();
    let table: serde_json::Value = serde_json::from_str(&stdout(&sessions(&more))).unwrap();
    let value = |what: &str| {
        let rows = table["rows"].as_array().unwrap();
        rows.iter()
            .find(|r| r["what"] == what)
            .map(|r| r["values"].clone())
    };
    assert_eq!(
        value("traffic.reads").unwrap(),
        serde_json::json!(["50/s", "9000/s"])
    );
    assert_eq!(value("data.item_size").unwrap()[0], "4 KB");
    assert_eq!(value("traffic.writes"), None, "both sides have it");
    let one = stdout(&sessions(&[
        "--compare",
        "--side",
        "traffic.reads=50/s",
        "-f",
        "json",
    ]));
    let one: serde_json::Value = serde_json::from_str(&one).unwrap();
    assert_eq!(
        one["profiles"].as_array().unwrap().len(),
        2,
        "beside the profile as it is"
    );
    let two = run(&[
        &["recommend", "--compare", "--side", "region=eu-west-1"],
        &files[..],
    ]
    .concat());
    assert_eq!(two.status.code(), Some(2));
    assert!(stderr(&two).contains("error[compare-profiles]"));
    assert_eq!(
        sessions(&["--side", "traffic.reads=50/s"]).status.code(),
        Some(2)
    );
    let wrong = sessions(&["--compare", "--side", "traffic.reeds=50/s"]);
    assert_eq!(wrong.status.code(), Some(3), "{}", stderr(&wrong));
    let alone = sessions(&["--compare"]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(stderr(&alone).contains("error[compare-profiles]"));
}

#[test]
fn two_numbers_are_drawn_as_letters_that_agree_with_the_points() {
    let axes = [
        "--sweep",
        "traffic.reads=1/s..10k/s@7",
        "--sweep",
        "data.item_size=1 KB..100 KB@3",
    ];
    let example = ["recommend", "--example", "borderline/01-volume-a"];
    let map = stdout(&run(&[&example[..], &axes].concat()));
    let points = stdout(&run(&[&example[..], &axes, &["-f", "csv"]].concat()));
    let rows: Vec<&str> = map
        .lines()
        .skip(3)
        .take(3)
        .map(|l| {
            l.trim_start()
                .split("  ")
                .find(|part| part.len() == 7)
                .unwrap()
        })
        .collect();
    for (i, line) in points.lines().skip(1).enumerate() {
        let (x, y) = (i / 3, i % 3);
        let letter = rows[2 - y].chars().nth(x).unwrap();
        let valkey = line.contains(",valkey,");
        assert!(letter == '*' || (letter == 'V') == valkey, "{line}\n{map}");
    }
    assert!(
        map.contains("* you") && map.contains("V ElastiCache Serverless for Valkey, $"),
        "{map}"
    );
    let wide = stdout(&run(&[
        &example[..],
        &[
            "--sweep",
            "traffic.reads=1/s..10k/s",
            "--sweep",
            "data.item_size=1 KB..100 KB",
        ],
    ]
    .concat()));
    assert!(
        wide.lines().count() <= 24 && wide.lines().all(|l| l.chars().count() <= 80),
        "{wide}"
    );
}

#[test]
fn words_are_swept_too() {
    let csv = stdout(&sessions(&["--sweep", "private_access", "-f", "csv"]));
    assert_eq!(csv.lines().count(), 4, "{csv}");
    let text = stdout(&sessions(&["--sweep", "compute=lambda,ec2"]));
    assert!(
        text.contains("as it is") && text.contains("lambda"),
        "{text}"
    );
    for (axis, said) in [
        ("compute=lambda,ec3", "did you mean `ec2`?"),
        ("region=eu-west-1", "--regions"),
        ("reads=1..5", "did you mean `traffic.reads`?"),
    ] {
        let output = sessions(&["--sweep", axis]);
        assert_eq!(output.status.code(), Some(2), "{axis}");
        assert!(
            stderr(&output).contains(said),
            "{axis}: {}",
            stderr(&output)
        );
    }
}

#[test]
fn growth_prints_its_own_table_alone() {
    let text = stdout(&sessions(&["--growth", "10 %/month"]));
    assert!(
        text.starts_with("sessions-200-days: growing 10 % a month"),
        "{text}"
    );
    assert!(text.lines().count() <= 24, "{text}");
    let json = stdout(&sessions(&["--growth", "10 %/month", "-f", "json"]));
    assert!(json.contains("\"growth\""));
}
