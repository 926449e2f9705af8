//! What whoever deploys a template must be allowed: an IAM policy from the types in the template.
//!
//! Reads `catalog/deploy/permissions.yaml`, embedded in the binary. Resources are `*`: the names that
//! the stack's resources will have are not known before it exists.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Permissions {
    #[serde(rename = "checked")]
    _checked: String,
    #[serde(rename = "source")]
    _source: String,
    always: Vec<String>,
    types: Vec<OfType>,
    traits: Vec<OfTrait>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfType {
    #[serde(rename = "type")]
    name: String,
    actions: Vec<String>,
    #[serde(rename = "unused", default)]
    _unused: Vec<String>,
    #[serde(default)]
    besides: Vec<String>,
    #[serde(rename = "source", default)]
    _source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OfTrait {
    when: String,
    actions: Vec<String>,
    #[serde(rename = "source")]
    _source: String,
}

/// The policy for this template, as JSON.
pub fn policy(template: &str) -> Result<String> {
    let known = load()?;
    let words: BTreeSet<&str> = template
        .lines()
        .map(|line| line.trim().trim_start_matches("- "))
        .collect();
    let has_type = |name: &str| words.contains(format!("Type: {name}").as_str());
    let has = |key: &str| words.iter().any(|w| w.split(':').next() == Some(key));
    let types = known.types.iter().filter(|t| has_type(&t.name));
    let traits = known.traits.iter().filter(|t| has(&t.when));
    let actions = known
        .always
        .iter()
        .chain(types.flat_map(|t| t.actions.iter().chain(&t.besides)))
        .chain(traits.flat_map(|t| &t.actions));
    let named: BTreeSet<&str> = actions.map(String::as_str).collect();
    let wide: Vec<&str> = named.iter().filter_map(|a| a.strip_suffix('*')).collect();
    // One statement: all of it is allowed on the same resources, and a policy has little room.
    let actions: Vec<&&str> = named
        .iter()
        .filter(|a| a.ends_with('*') || !wide.iter().any(|start| a.starts_with(start)))
        .collect();
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": "*" });
    let document = json!({ "Version": "2012-10-17", "Statement": [statement] });
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn load() -> Result<Permissions> {
    let texts = cachewright_catalog::texts("deploy")?;
    let found = texts
        .iter()
        .find(|(path, _)| path.ends_with("permissions.yaml"));
    let (path, text) = found.context("no permissions in catalog/deploy; a bug of the build")?;
    crate::yaml::value(text).with_context(|| format!("catalog/{path}; a bug of the build"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_has_the_actions_of_the_types_and_of_the_key() {
        let template =
            "Parameters:\n  KmsKeyArn:\nResources:\n  T:\n    Type: AWS::DynamoDB::Table\n";
        let text = policy(template).unwrap();
        for action in [
            "cloudformation:CreateChangeSet",
            "dynamodb:UpdateTimeToLive",
            "kms:CreateGrant",
        ] {
            assert!(text.contains(action), "{action}");
        }
        assert!(!text.contains("elasticache:"));
    }

    #[test]
    fn the_policy_says_nothing_twice() {
        let text = policy("Resources:\n  B:\n    Type: AWS::S3::Bucket\n").unwrap();
        assert_eq!(text.matches("\"Effect\"").count(), 1, "{text}");
        let said: Vec<&str> = text
            .split('"')
            .filter(|w| w.contains(':') && w.len() > 3)
            .collect();
        for wide in said.iter().filter_map(|a| a.strip_suffix('*')) {
            let under = said.iter().filter(|a| a.starts_with(wide)).count();
            assert_eq!(under, 1, "{wide}* covers others of {text}");
        }
    }
}
