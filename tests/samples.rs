//! The samples in the README of every stack against real servers: TLS, the rendered access string, signed tokens, values of
//! every kind, expiry, a token's life, a restart. What a real account adds stands in docs/stacks.md.

#[path = "support/stacks.rs"]
mod stacks;
mod support;

use std::path::Path;
use std::process::Command;

use cachewright::yaml::{Kind, Node, parse_template};
use serde_json::{Value, json};

const TOOLS: &str = ".tools/samples-1";
const CACHE: &str = "layer: application
traffic: { reads: 2000/s, writes: 200/s }
data: { item_size: 1 KiB, working_set: 5 GiB, ttl: 1 h }
";
const IN_A_VPC: &str = "network: { vpc: existing }
private_access: required
deployment: { vpc_id: vpc-0123456789abcdef0, subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1] }
";

/// Runs the samples of one stack; `more` reads from the template what the servers need.
fn samples(
    servers: &str,
    choice: &[&str],
    profile: &str,
    programs: &[&str],
    more: fn(&Node) -> Value,
) {
    let missing = |path: &&&str| !stacks::tool(Path::new(path));
    let needed = ["/usr/bin/unshare", "/usr/bin/node", "/usr/bin/openssl"];
    let installed = stacks::tool(&Path::new(TOOLS).join("installed"));
    let absent = needed.iter().chain(programs).find(missing).is_some();
    if absent || !installed || !own_network() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    let text = format!("version: 1\nname: samples\nregion: us-east-1\n{profile}");
    std::fs::write(root.join("profile.yaml"), text).unwrap();
    let output = support::command(&["generate", "--output"])
        .arg(root.join("stack"))
        .arg(root.join("profile.yaml"))
        .args(choice)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", support::stderr(&output));
    let template = std::fs::read_to_string(root.join("stack/template.yaml")).unwrap();
    let mut case = more(&parse_template(&template).unwrap());
    case["service"] = json!(servers);
    let readme = std::fs::read_to_string(root.join("stack/README.md")).unwrap();
    for (language, ending) in [("python", "py"), ("javascript", "mjs")] {
        let path = root.join(format!("from-readme.{ending}"));
        std::fs::write(&path, block(&readme, language)).unwrap();
        case["samples"][language] = json!(path);
    }
    std::fs::write(root.join("case.json"), case.to_string()).unwrap();
    let output = apart("ip link set lo up && exec \"$0\" tests/samples/run.py \"$1\"")
        .arg(Path::new(TOOLS).join("venv/bin/python"))
        .arg(root)
        .output()
        .unwrap();
    let said = support::stdout(&output);
    eprint!("{said}");
    assert!(
        output.status.success(),
        "{said}\n{}",
        support::stderr(&output)
    );
}

/// A shell with a network of its own: the ports of the samples are fixed.
fn apart(script: &str) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--net", "sh", "-c", script]);
    command
}

/// Whether this system lets one have that; not every container does.
fn own_network() -> bool {
    let may = apart("ip link set lo up").output();
    if may.is_ok_and(|output| output.status.success()) {
        return true;
    }
    let required = std::env::var("REQUIRE_TOOLS").as_deref() == Ok("1");
    assert!(!required, "no network of one's own may be made here");
    eprintln!("SKIPPED the samples: no network of one's own may be made here (unshare --net)");
    false
}

/// The code block of a language.
fn block<'r>(readme: &'r str, language: &str) -> &'r str {
    let fence = format!("```{language}\n");
    let begin = readme.find(&fence).unwrap() + fence.len();
    let rest = &readme[begin..];
    &rest[..rest.find("\n```").unwrap() + 1]
}

/// The properties of the resources of a type.
fn properties<'n>(root: &'n Node, types: &[&str]) -> Vec<&'n Node> {
    let Kind::Map(entries) = &root.get("Resources").unwrap().kind else {
        return Vec::new();
    };
    let of_type = |node: &&Node| {
        let kind = node.get("Type").and_then(Node::text);
        kind.is_some_and(|kind| types.contains(&kind))
    };
    let found = entries.iter().map(|e| &e.value).filter(of_type);
    found.filter_map(|node| node.get("Properties")).collect()
}

fn nothing(_: &Node) -> Value {
    json!({})
}

/// The access string of the user that may do something.
fn access(root: &Node) -> Value {
    let users = properties(root, &["AWS::ElastiCache::User"]);
    let mut strings = users.iter().filter_map(|p| p.get("AccessString")?.text());
    let access = strings.find(|text| text.starts_with("on ") && text.contains("+@read"));
    json!({ "access": access.unwrap() })
}

fn table(root: &Node) -> Value {
    let types = ["AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable"];
    let table = properties(root, &types)[0];
    let key = |name: &str| table.get(name).unwrap().to_json();
    json!({ "table": { "AttributeDefinitions": key("AttributeDefinitions"), "KeySchema": key("KeySchema") } })
}

#[test]
fn the_samples_of_valkey_hold_against_a_cluster_that_checks_tokens() {
    let profile =
        format!("{CACHE}requirements: {{ protocol: redis, features: [pub-sub] }}\n{IN_A_VPC}");
    let choice = ["--service", "elasticache-serverless", "--variant", "valkey"];
    samples(
        "valkey",
        &choice,
        &profile,
        &["/usr/bin/redis-server"],
        access,
    );
}

#[test]
fn the_samples_of_memcached_hold_against_a_server_with_tls() {
    let profile = format!("{CACHE}requirements: {{ protocol: memcached }}\n{IN_A_VPC}");
    let choice = [
        "--service",
        "elasticache-serverless",
        "--variant",
        "memcached",
    ];
    samples(
        "memcached",
        &choice,
        &profile,
        &["/usr/bin/memcached"],
        nothing,
    );
}

#[test]
fn the_samples_of_dynamodb_hold_against_an_emulator() {
    let choice = ["--service", "dynamodb", "--variant", "standard"];
    samples("dynamodb", &choice, CACHE, &[], table);
}

#[test]
fn the_samples_of_s3_express_hold_against_an_emulator() {
    let profile = "layer: storage\ninterface: object\ntraffic: { reads: 2000/s, writes: 200/s }\ndata: { item_size: 64 KiB, working_set: 50 GiB, ttl: 1 h }\n";
    samples(
        "s3_express",
        &["--service", "s3-express"],
        profile,
        &[],
        nothing,
    );
}
