//! AWS's own guard registry over every resource of every stack: nothing objects, every suppression says why, and none is
//! needless.
//!
//! The rules are copied below `registry/` (of the services in our stacks); their origin and version stand in each file. They
//! look at one resource at a time, so each distinct one is judged alone and once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::matrix::matrix;
use crate::tools;

const RULES: &str = "tests/templates/registry";

/// What a rule sees only as a text of its own, so that a reference in its place does not fire it.
const UNSEEN: &[&str] = &["CLOUDFRONT_ORIGIN_ACCESS_IDENTITY_ENABLED"];

/// Every distinct resource of all templates, named after its logical id.
fn resources() -> BTreeMap<String, String> {
    let mut seen = BTreeSet::new();
    let mut out = BTreeMap::new();
    for one in &matrix().rendered {
        let text = one.stack.template.split("\nResources:\n").nth(1).unwrap();
        let text = text.split("\nOutputs:\n").next().unwrap();
        for (id, body) in entries(text) {
            if seen.insert(body.clone()) {
                out.insert(format!("{id}-{}", seen.len()), body);
            }
        }
    }
    out
}

/// The entries of a section as texts.
fn entries(section: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in section.lines() {
        let begins = line.starts_with("  ") && !line[2..].starts_with([' ', '#']);
        if begins {
            let id = line.trim().trim_end_matches(':').to_owned();
            out.push((id, "Resources:\n".to_owned()));
        }
        if let Some((_, body)) = out.last_mut()
            && !line.starts_with("  #")
        {
            body.push_str(line);
            body.push('\n');
        }
    }
    out
}

/// The rules that object, per resource.
fn objections(resources: &BTreeMap<String, String>) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let cfn_guard = tools::find("cfn-guard", &[".tools/bin/cfn-guard"])?;
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in resources {
        fs::write(dir.path().join(format!("{name}.yaml")), text).unwrap();
    }
    let mut command = Command::new(cfn_guard);
    command.args(["validate", "--structured", "--output-format", "json"]);
    command.args(["--show-summary", "none", "--rules", RULES, "--data"]);
    let output = tools::run(command.arg(dir.path()));
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}\n{}", tools::text(&output)));
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in report.as_array().unwrap() {
        let path = Path::new(file["name"].as_str().unwrap());
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let broken = file["not_compliant"].as_array().unwrap();
        let broken = broken
            .iter()
            .filter_map(|rule| rule["Rule"]["name"].as_str());
        let entry = found.entry(name).or_default();
        entry.extend(broken.map(ToOwned::to_owned));
    }
    assert_eq!(found.len(), resources.len());
    Some(found)
}

/// The suppressed rules of a resource, each with the comment behind it.
fn suppressed(resource: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut inside = false;
    for line in resource.lines() {
        let text = line.trim();
        if text == "SuppressedRules:" {
            inside = true;
        } else if let (true, Some(item)) = (inside, text.strip_prefix("- ")) {
            let (rule, reason) = item.split_once('#').unwrap_or((item, ""));
            out.push((rule.trim().to_owned(), reason.trim().to_owned()));
        } else {
            inside = false;
        }
    }
    out
}

#[test]
fn the_registry_of_aws_objects_to_nothing() {
    let all = resources();
    let Some(found) = objections(&all) else {
        return;
    };
    let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, rules) in found {
        for rule in rules {
            wrong.entry(rule).or_default().push(name.clone());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    eprintln!(
        "guard registry: {} distinct resources, nothing objected to",
        all.len()
    );
}

#[test]
fn every_suppression_has_a_reason_and_is_needed() {
    let all = resources();
    let mut count = 0;
    for (name, text) in &all {
        for (rule, reason) in suppressed(text) {
            assert!(reason.len() > 15, "{name}: {rule}: `{reason}`");
            count += 1;
        }
    }
    let mut bare = all.clone();
    bare.retain(|_, text| text.contains("SuppressedRules:"));
    for text in bare.values_mut() {
        *text = text.replace("SuppressedRules:", "Ignored:");
    }
    let Some(found) = objections(&bare) else {
        return;
    };
    let mut needless: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for name in bare.keys() {
        for (rule, _) in suppressed(&all[name]) {
            if !found[name].contains(&rule) && !UNSEEN.contains(&rule.as_str()) {
                needless.entry(rule).or_default().push(name);
            }
        }
    }
    assert!(needless.is_empty(), "{needless:#?}");
    eprintln!("guard registry: {count} suppressions, each with its reason, none needless");
}
