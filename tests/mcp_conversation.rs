//! A conversation without a model: from a repository that uses ioredis on Lambda to the stack, as the guide and the
//! prompt tell an agent to lead it. The transcript shows which questions are asked, in which order and why.

mod support;
#[path = "support/mcp.rs"]
mod wire;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use wire::Wire;

const REPOSITORY: &str = "tests/mcp/repository";

/// What the agent reads: file, evidence, what the checklist calls it, field, value.
const READ: &[(&str, &str, &str, &str, &str)] = &[
    ("package.json", "\"basket-api\"", "", "name", "basket-api"),
    (
        "package.json",
        "\"ioredis\"",
        "`ioredis`",
        "requirements.protocol",
        "redis",
    ),
    (
        "src/basket.js",
        "redis.incr(",
        "`INCR`",
        "requirements.features",
        "[atomic-counters]",
    ),
    ("src/basket.js", "\"EX\", 900", "`EX`", "data.ttl", "15 min"),
    (
        "src/basket.js",
        "some hundred milliseconds",
        "results, sessions",
        "layer",
        "application",
    ),
    (
        "template.yaml",
        "AWS::Serverless::Function",
        "`template.yaml`",
        "compute",
        "[lambda]",
    ),
    (
        "template.yaml",
        "VpcConfig",
        "VPC configuration",
        "network.vpc",
        "existing",
    ),
    (
        "samconfig.toml",
        "region = \"eu-central-1\"",
        "a Region in manifests",
        "region",
        "eu-central-1",
    ),
];

/// What the developer answers; everything else is "I do not know".
const DEVELOPER: &[(&str, &str)] = &[
    ("latency", "5 ms"),
    ("scale_to_zero", "no"),
    ("private_access", "required"),
    ("traffic.reads", "400/s"),
    ("data.working_set", "3 GiB"),
    ("instances", "40"),
];

/// A profile as an agent writes it: JSON, which is YAML.
fn text(fields: &BTreeMap<String, String>) -> String {
    let mut profile = json!({"version": 1});
    for (path, value) in fields {
        let value = match value.strip_prefix('[').and_then(|v| v.strip_suffix(']')) {
            Some(words) => words.split(", ").collect(),
            None => json!(value),
        };
        match path.split_once('.') {
            Some((section, key)) => profile[section][key] = value,
            None => profile[path] = value,
        }
    }
    profile.to_string()
}

#[test]
fn from_a_repository_to_a_stack() {
    let mut wire = Wire::start(&[]);
    let mut out = String::new();
    let mut fields = BTreeMap::new();

    let guide = wire.ask(
        "resources/read",
        json!({"uri": "cachewright://guide/profile"}),
    );
    let guide = guide["result"]["contents"][0]["text"]
        .as_str()
        .unwrap()
        .to_owned();
    out.push_str("The agent reads the code by the guide:\n");
    for (file, evidence, called, field, value) in READ {
        let source = support::text(format!("{REPOSITORY}/{file}"));
        assert!(source.contains(evidence), "{file}: {evidence}");
        let told = |line: &str| line.contains(called) && line.contains(&format!("`{field}"));
        assert!(
            guide.lines().any(told),
            "the guide does not tell {field} from {called}"
        );
        fields.insert((*field).to_owned(), (*value).to_owned());
        let _ = writeln!(out, "  {file} has {evidence}: {field}: {value}");
    }

    let mut asked: Vec<String> = Vec::new();
    loop {
        let result = wire.good("questions", json!({"profile": text(&fields)}));
        assert_eq!(
            (&result["missing"], &result["problems"]),
            (&json!([]), &json!([]))
        );
        let open = result["worth_answering"].as_array().unwrap();
        let new = |q: &&Value| !asked.iter().any(|a| q["field"] == a.as_str());
        let Some(question) = open.iter().find(new).cloned() else {
            let so_far = &result["answer_so_far"];
            let _ = writeln!(out, "\nquestions: nothing else can change {}", pick(so_far));
            break;
        };
        let field = question["field"].as_str().unwrap().to_owned();
        let _ = write!(
            out,
            "\nquestions: {} open, so far {}\n  asks     {} ({field})\n  because  {}\n",
            open.len(),
            pick(&result["answer_so_far"]),
            question["question"].as_str().unwrap(),
            question["why"].as_str().unwrap(),
        );
        let answer = DEVELOPER.iter().find(|(path, _)| *path == field);
        match answer {
            Some((_, value)) => {
                fields.insert(field.clone(), (*value).to_owned());
                let _ = writeln!(out, "  answer   {value}");
            }
            None => {
                let assumed = question["assumed"].as_str().unwrap();
                let _ = writeln!(out, "  answer   I do not know (assumed: {assumed})");
            }
        }
        asked.push(field);
        assert!(asked.len() < 30, "{out}");
    }

    let answer = wire.good("recommend", json!({"profile": text(&fields)}));
    let _ = writeln!(out, "\nrecommend: {}", answer["summary"].as_str().unwrap());
    for key in ["verdict", "verdict_why"] {
        let _ = writeln!(out, "  {key}: {}", answer[key].as_str().unwrap());
    }
    for caution in answer["cautions"].as_array().unwrap() {
        let _ = writeln!(out, "  caution {}", caution["code"].as_str().unwrap());
    }
    for open in answer["worth_answering"].as_array().unwrap() {
        let _ = writeln!(
            out,
            "  still worth knowing: {}",
            open["field"].as_str().unwrap()
        );
    }

    let generated = wire.good("generate", json!({"profile": text(&fields)}));
    out.push_str("\ngenerate:\n");
    for file in generated["files"].as_array().unwrap() {
        let _ = writeln!(out, "  {}", file["name"].as_str().unwrap());
    }
    let _ = writeln!(out, "  fill in: {}", generated["fill_in"]);
    let _ = writeln!(
        out,
        "  a person runs: {}",
        generated["deploy"].as_str().unwrap()
    );
    insta::assert_snapshot!("mcp-conversation", out);
}

fn pick(choice: &Value) -> String {
    let service = choice["service"].as_str().unwrap_or("nothing");
    match choice["variant"].as_str() {
        Some(variant) => format!("{service} ({variant})"),
        None => service.to_owned(),
    }
}
