//! The JSON Schema that editors use agrees with the program: what the schema refuses the program
//! refuses, and the mistakes a schema can see are refused while typing.

#[path = "support/schema.rs"]
mod schema_file;
mod support;

use cachewright_core::yaml::{self, Kind, Node};
use serde_json::Value;

/// Codes of mistakes inside one value, which a schema can see.
const VISIBLE: &[&str] = &[
    "profile-unknown-key",
    "profile-missing-field",
    "profile-shape",
    "profile-unknown-value",
];

/// A tree as an editor sees it: YAML 1.2, where `yes` is a word.
fn json(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Scalar(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other
                .parse::<serde_json::Number>()
                .map_or_else(|_| Value::String(other.to_owned()), Value::Number),
        },
        Kind::Seq(items) => Value::Array(items.iter().map(json).collect()),
        Kind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|e| (e.key.clone(), json(&e.value)))
                .collect(),
        ),
    }
}

#[test]
fn mistakes_inside_one_value_show_while_typing() {
    let validator = schema_file::Schema::new(cachewright_core::workload::schema::profile());
    let mut blind = Vec::new();
    let mut seen = 0;
    for path in support::files("tests/bad/profiles", ".yaml") {
        let text = support::text(&path);
        let Ok(node) = yaml::parse(&text) else {
            continue;
        };
        let message = support::text(path.with_extension("stderr"));
        let refused = !validator.problems(&json(&node)).is_empty();
        seen += usize::from(refused);
        if !refused && VISIBLE.iter().any(|code| message.contains(code)) {
            blind.push(path.display().to_string());
        }
    }
    assert!(blind.is_empty(), "the schema accepts {blind:#?}");
    assert!(seen >= 25, "{seen}");
}

/// Every word and every quantity in its documented forms passes both.
#[test]
fn what_the_program_reads_the_schema_accepts() {
    let catalog = support::data().0;
    let validator = schema_file::Schema::new(cachewright_core::workload::schema::profile());
    let base = support::text("examples/product-pages.yaml");
    let sets = [
        "traffic.reads=3M/day",
        "traffic.reads=40k/min",
        "traffic.reads=2B/month",
        "traffic.reads=1300/s..1500/s",
        "traffic.reads=800/s..1100/s..1500/s",
        "traffic.writes=unknown",
        "traffic.active_hours=220 h",
        "traffic.hottest_key_share=1 %",
        "traffic.keys_per_read=1..20",
        "data.ttl=none",
        "data.ttl=200 days",
        "data.ttl=0.5 s",
        "data.item_size=300 KB",
        "data.max_item_size=2 MB",
        "data.hit_ratio=unknown",
        "latency=0.5 ms",
        "latency={p50: 2 ms, p99: 10 ms}",
        "latency=none",
        "compute=[lambda, fargate]",
        "compute=lambda",
        "origin.price_per_million_reads=0.40 USD",
        "origin.latency=5 ms..20 ms",
        "viewers={europe: 60 %, japan: 40 %}",
        "network.internet_from_vpc=unknown",
        "budget=500 USD/month",
        "instances=3",
        "requirements.features=[sorted-sets, pub-sub]",
        "deployment.create_vpc=true",
        "deployment.dashboard=true",
        "deployment.tags=[team=shop]",
        "deployment.subnet_ids=[subnet-1, subnet-2]",
    ];
    let mut differ = Vec::new();
    for set in sets {
        let loaded = cachewright_core::workload::load(&base, &[set.to_owned()], &catalog);
        if let Err(invalid) = &loaded {
            differ.push(format!(
                "{set}: the program refuses: {:?}",
                invalid.problems[0].message
            ));
            continue;
        }
        let (path, value) = set.split_once('=').unwrap();
        let mut document = json(&yaml::parse(&base).unwrap());
        put(&mut document, path, json(&yaml::parse(value).unwrap()));
        for problem in validator.problems(&document) {
            differ.push(format!("{set}: the schema refuses: {problem}"));
        }
    }
    assert!(differ.is_empty(), "{differ:#?}");
}

fn put(document: &mut Value, path: &str, value: Value) {
    match path.split_once('.') {
        None => document[path] = value,
        Some((key, rest)) => {
            if document[key].is_null() {
                document[key] = serde_json::json!({});
            }
            put(&mut document[key], rest, value);
        }
    }
}
