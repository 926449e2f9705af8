//! `measure --cloudwatch` asking: the SDK against a stand-in that speaks its protocol, paging, partial data, refusals.
#![cfg(feature = "cloudwatch")]

mod support;

#[path = "support/fake_cfn/mod.rs"]
mod fake_cfn;

use std::process::Output;

use cachewright::account::{kinds, policy};
use serde_json::Value;
use support::account::{Truth, answer, scripts};
use support::fake_cloudwatch::{Fake, State};

const WINDOW: [&str; 4] = ["--from", "2026-11-10", "--to", "2026-11-11"];

fn measure(fake: &Fake, args: &[&str]) -> Output {
    let mut command = support::command(&[
        "measure",
        "--region",
        "eu-west-1",
        "--endpoint-url",
        &fake.url,
    ]);
    command
        .args(args)
        .args(WINDOW)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", support::stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(n, v): &(&str, &str)| ((*n).to_owned(), (*v).to_owned());
    list.iter().map(own).collect()
}

fn state(namespace: &str, listed: &[&[(&str, &str)]]) -> State {
    State {
        listed: listed
            .iter()
            .map(|all| (namespace.to_owned(), pairs(all)))
            .collect(),
        ..State::default()
    }
}

fn serverless() -> State {
    state("AWS/ElastiCache", &[&[("clusterId", "pages")]])
}

/// What is asked and answered by hand, and what the SDK asks, are one profile.
#[test]
fn the_sdk_and_the_files_give_the_same_report() {
    let fake = Fake::start(State {
        pages: true,
        ..serverless()
    });
    let asked = [
        "--cloudwatch",
        "elasticache-serverless:pages",
        "--engine",
        "valkey",
        "--report",
        "json",
    ];
    let live = measure(&fake, &asked);
    assert!(
        support::stderr(&live).contains("asking CloudWatch in eu-west-1 for"),
        "{}",
        support::stderr(&live)
    );
    let dir = tempfile::tempdir().unwrap();
    let script = measure(&fake, &[&asked[..2], &["--emit-query"]].concat());
    let kinds = kinds::load().unwrap();
    let mut handed: Vec<String> = asked.iter().map(|a| (*a).to_owned()).collect();
    for (i, document) in scripts(&support::stdout(&script)).iter().enumerate() {
        let path = dir.path().join(format!("m{i}.json"));
        std::fs::write(
            &path,
            answer(document, &kinds, &Truth::default()).to_string(),
        )
        .unwrap();
        handed.extend(["--metrics".to_owned(), path.display().to_string()]);
    }
    let handed: Vec<&str> = handed.iter().map(String::as_str).collect();
    let files = measure(&fake, &handed);
    assert_eq!(json(&live), json(&files));
    assert_eq!(fake.operations(), ["GetMetricData", "ListMetrics"]);
}

#[test]
fn members_are_found_and_never_guessed() {
    let ours: &[&[(&str, &str)]] = &[
        &[("CacheClusterId", "pages-002")],
        &[("CacheClusterId", "pages-001")],
        &[("CacheClusterId", "pages-other-001")],
    ];
    let fake = Fake::start(state("AWS/ElastiCache", ours));
    let output = measure(
        &fake,
        &[
            "--cloudwatch",
            "elasticache:pages",
            "--engine",
            "valkey",
            "--node-type",
            "cache.r7g.large",
            "--report",
            "json",
        ],
    );
    let json = json(&output);
    // Two nodes, each with all of the reads.
    let fields = json["fields"].as_array().unwrap();
    let reads = fields
        .iter()
        .find(|f| f["field"] == "traffic.reads")
        .unwrap();
    assert_eq!(reads["value"], "2400/s");
    assert_eq!(json["now"]["line_items"][0]["quantity"], "1460");
}

#[test]
fn a_distribution_is_asked_in_its_one_region() {
    let fake = Fake::start(state(
        "AWS/CloudFront",
        &[&[("DistributionId", "E1"), ("Region", "Global")]],
    ));
    measure(&fake, &["--cloudwatch", "cloudfront:E1"]);
    let regions: Vec<String> = fake.state().calls.iter().map(|c| c.1.clone()).collect();
    assert!(
        !regions.is_empty() && regions.iter().all(|r| r == "us-east-1"),
        "{regions:?}"
    );
}

#[test]
fn a_refused_metric_is_missing_and_never_zero() {
    for status in ["Forbidden", "InternalError"] {
        let fake = Fake::start(State {
            refused: Some(("|CacheHits|", status)),
            ..serverless()
        });
        let output = measure(
            &fake,
            &[
                "--cloudwatch",
                "elasticache-serverless:pages",
                "--report",
                "json",
            ],
        );
        let json = json(&output);
        let ratio = json["fields"]
            .as_array()
            .unwrap()
            .iter()
            .find(|f| f["field"] == "data.hit_ratio")
            .unwrap();
        assert_eq!(ratio["mark"], "left out");
        assert!(
            json["notes"].to_string().contains(&format!("{status} to ")),
            "{}",
            json["notes"]
        );
    }
}

#[test]
fn throttling_is_waited_for() {
    let faults = [(
        "GetMetricData".to_owned(),
        vec![(400, "Throttling"), (400, "Throttling"), (200, "")],
    )];
    let fake = Fake::start(State {
        faults: faults.into(),
        ..serverless()
    });
    json(&measure(
        &fake,
        &[
            "--cloudwatch",
            "elasticache-serverless:pages",
            "--report",
            "json",
        ],
    ));
}

#[test]
fn a_denied_call_names_its_action_and_ends_only_when_nothing_is_left() {
    let denied = |operation: &str| {
        let faults = [(operation.to_owned(), vec![(403, "AccessDenied")])];
        State {
            faults: faults.into(),
            ..serverless()
        }
    };
    let asked = ["--cloudwatch", "elasticache-serverless:pages"];
    let fake = Fake::start(denied("ListMetrics"));
    let output = measure(&fake, &asked);
    assert!(output.status.success(), "{}", support::stderr(&output));
    assert!(
        support::stdout(&output).contains("cloudwatch:ListMetrics"),
        "{}",
        support::stdout(&output)
    );
    let fake = Fake::start(denied("GetMetricData"));
    let output = measure(&fake, &asked);
    assert_eq!(
        output.status.code(),
        Some(6),
        "{}",
        support::stderr(&output)
    );
    assert!(
        support::stderr(&output).contains("cloudwatch:GetMetricData"),
        "{}",
        support::stderr(&output)
    );
    // The size of a table is a part: without it the rest stands.
    let faults = [(
        "DescribeTable".to_owned(),
        vec![(400, "AccessDeniedException")],
    )];
    let table = state("AWS/DynamoDB", &[&[("TableName", "orders")]]);
    let fake = Fake::start(State {
        faults: faults.into(),
        ..table
    });
    let output = measure(&fake, &["--cloudwatch", "dynamodb:orders"]);
    assert!(output.status.success(), "{}", support::stderr(&output));
    assert!(
        support::stdout(&output).contains("dynamodb:DescribeTable"),
        "{}",
        support::stdout(&output)
    );
}

#[test]
fn an_unknown_id_is_answered_with_those_that_exist() {
    let fake = Fake::start(serverless());
    let output = measure(&fake, &["--cloudwatch", "elasticache-serverless:sessions"]);
    assert_eq!(output.status.code(), Some(3));
    let told = support::stderr(&output);
    for said in ["no data in 14 days", "there are values of `pages`"] {
        assert!(told.contains(said), "{told}");
    }
}

/// The policy that is printed has what is called, and nothing else.
#[test]
fn the_policy_is_the_calls_that_are_made() {
    let fake = Fake::start(state("AWS/DynamoDB", &[&[("TableName", "orders")]]));
    let asked = ["--cloudwatch", "dynamodb:orders"];
    json(&measure(
        &fake,
        &[&asked[..], &["--report", "json"]].concat(),
    ));
    let kinds = kinds::load().unwrap();
    let kind = kinds::named(&kinds, "dynamodb").unwrap();
    let text = policy::policy(&[(kind, "orders")], None);
    let policy: Value = serde_json::from_str(&text).unwrap();
    let mut actions: Vec<String> = Vec::new();
    for statement in policy["Statement"].as_array().unwrap() {
        let action = &statement["Action"];
        let list = action
            .as_array()
            .cloned()
            .unwrap_or_else(|| vec![action.clone()]);
        actions.extend(
            list.iter()
                .map(|a| a.as_str().unwrap().split(':').nth(1).unwrap().to_owned()),
        );
    }
    actions.sort();
    assert_eq!(actions, fake.operations());
    // The script has the same text.
    let script = support::stdout(&measure(&fake, &[&asked[..], &["--emit-query"]].concat()));
    let comments: String = script
        .lines()
        .filter_map(|l| l.strip_prefix("# "))
        .map(|l| l.to_owned() + "\n")
        .collect();
    assert!(comments.contains(&text), "{comments}");
}

/// `doctor` prints what the policy of every use takes, and tries what costs nothing.
#[test]
fn doctor_prints_the_same_policy_and_tries_it() {
    let fake = Fake::start(serverless());
    let doctor = |fake: &Fake| {
        let args = [
            "doctor",
            "--for",
            "cloudwatch",
            "--region",
            "eu-west-1",
            "--endpoint-url",
            &fake.url,
        ];
        support::command(&args)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .output()
            .unwrap()
    };
    let output = doctor(&fake);
    let (text, told) = (support::stdout(&output), support::stderr(&output));
    assert!(output.status.success(), "{text}{told}");
    let kinds = kinds::load().unwrap();
    let all: Vec<_> = kinds.iter().map(|k| (k, "NAME")).collect();
    assert!(
        text.starts_with(&policy::policy(&all, Some("NAME"))),
        "{text}"
    );
    assert!((text + &told).contains("ListMetrics is allowed"));
    let faults = [("ListMetrics".to_owned(), vec![(403, "AccessDenied")])];
    fake.state().faults = faults.into();
    let output = doctor(&fake);
    assert_eq!(output.status.code(), Some(5));
    let all = support::stdout(&output) + &support::stderr(&output);
    assert!(
        all.contains("cloudwatch:ListMetrics is not allowed"),
        "{all}"
    );
}

/// A stack tells which cache it has and of what engine; nothing else needs to be said.
#[test]
fn a_stack_names_its_cache() {
    let template = "Resources:\n  Cache:\n    Type: AWS::ElastiCache::ServerlessCache\n    Properties: { ServerlessCacheName: wish, Engine: valkey }\n";
    let cfn = fake_cfn::Fake::start();
    cfn.state().stacks.push(fake_cfn::Stack {
        name: "shop".to_owned(),
        id: "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/1".to_owned(),
        template: template.to_owned(),
        ..fake_cfn::Stack::default()
    });
    let fake = Fake::start(state("AWS/ElastiCache", &[&[("clusterId", "phys-Cache")]]));
    let output = support::command(&[
        "measure",
        "--cloudwatch",
        "elasticache-serverless",
        "--stack",
        "shop",
        "--region",
        "eu-west-1",
    ])
    .args(WINDOW)
    .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    .env("AWS_SECRET_ACCESS_KEY", "secret")
    .env("AWS_ENDPOINT_URL", &fake.url)
    .env("AWS_ENDPOINT_URL_CLOUDFORMATION", cfn.url())
    .output()
    .unwrap();
    let (text, told) = (support::stdout(&output), support::stderr(&output));
    assert!(output.status.success(), "{told}");
    assert!(
        text.contains("phys-Cache")
            && text.contains("You run ElastiCache Serverless for Valkey: $"),
        "{text}"
    );
    assert!(!text.contains("111122223333"), "{text}");
    let called: Vec<String> = cfn
        .state()
        .calls
        .iter()
        .map(|c| format!("cloudformation:{}", c.0))
        .collect();
    assert_eq!(called.len(), policy::STACK.len());
    assert!(
        policy::STACK
            .iter()
            .all(|action| called.iter().any(|c| c == action)),
        "{called:?}"
    );
}

#[test]
fn watch_asks_and_says_what_is_missing() {
    let fake = Fake::start(State {
        refused: Some(("|CacheHits|", "Forbidden")),
        ..serverless()
    });
    let dir = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| {
        let mut command = support::command(args);
        command
            .current_dir(dir.path())
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap()
    };
    run(&["init", "sessions", "-o", "cache.yaml"]);
    run(&["recommend", "cache.yaml", "-o", "accepted.json"]);
    let watch = run(&[
        "watch",
        "cache.yaml",
        "--accepted",
        "accepted.json",
        "--prices",
        "snapshot",
        "--cloudwatch",
        "elasticache-serverless:pages",
        "--endpoint-url",
        &fake.url,
        "-f",
        "json",
        "--fail-on",
        "never",
    ]);
    let found = json(&watch);
    assert!(
        found["causes"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["cause"] == "usage"),
        "{found}"
    );
    assert!(!fake.state().calls.is_empty());
    assert!(support::stderr(&watch).contains("asking CloudWatch in"));
    assert!(found["notes"].to_string().contains("Forbidden"), "{found}");
}
