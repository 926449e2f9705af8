//! Reads what `generate` wrote: a directory with `template.yaml` and `parameters.json`.
//!
//! Also the few facts the engine needs from a template's text. Does not judge the template.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::Amount;
use crate::exit::{Exit, Failure};
use crate::yaml;

/// CloudFormation's limit of a template sent in the request, in bytes.
pub const MAX_TEMPLATE_BYTES: usize = 51_200;

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "ParameterKey")]
    key: String,
    #[serde(rename = "ParameterValue")]
    value: String,
}

/// Template text and parameters of a directory, or of a single template file.
pub fn read(path: &Path) -> Result<(String, Vec<(String, String)>), Failure> {
    let (template_path, parameters_path) = if path.is_dir() {
        (path.join("template.yaml"), path.join("parameters.json"))
    } else {
        (path.to_path_buf(), path.with_file_name("parameters.json"))
    };
    let template = text(&template_path)?;
    let parameters = if parameters_path.exists() {
        parameters(&parameters_path)?
    } else {
        Vec::new()
    };
    Ok((template, parameters))
}

fn text(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::new(
            Exit::BadInput,
            "input-unreadable",
            format!("cannot read {}: {error}", path.display()),
        )
        .help("name a directory written by `cachewright generate`")
    })
}

fn parameters(path: &Path) -> Result<Vec<(String, String)>, Failure> {
    parse_parameters(&text(path)?, path)
}

/// Parameters in the format of the AWS CLI; `path` is for messages.
pub fn parse_parameters(text: &str, path: &Path) -> Result<Vec<(String, String)>, Failure> {
    let list: Vec<Parameter> = serde_json::from_str(text).map_err(|error| {
        Failure::new(
            Exit::BadInput,
            "parameters-format",
            format!(
                "{}:{}:{}: {error}",
                path.display(),
                error.line(),
                error.column()
            ),
        )
        .help(r#"write a list of {"ParameterKey": "…", "ParameterValue": "…"}"#)
    })?;
    Ok(list.into_iter().map(|p| (p.key, p.value)).collect())
}

/// Logical ids with their deletion policies, where the template states one.
pub fn deletion_policies(template: &str) -> Vec<(String, String)> {
    resources(template)
        .into_iter()
        .filter_map(|(id, body)| Some((id, body.get("DeletionPolicy")?.as_str()?.to_owned())))
        .collect()
}

/// Logical ids with their types.
pub fn resource_types(template: &str) -> Vec<(String, String)> {
    resources(template)
        .into_iter()
        .filter_map(|(id, body)| Some((id, body.get("Type")?.as_str()?.to_owned())))
        .collect()
}

/// Parameters the template declares, and whether each has a default.
pub fn declared_parameters(template: &str) -> Vec<(String, bool)> {
    let tree = tree(template);
    let declared = tree.get("Parameters").and_then(Value::as_object);
    declared
        .into_iter()
        .flatten()
        .map(|(name, body)| (name.clone(), body.get("Default").is_some()))
        .collect()
}

/// A template that cannot be read holds nothing here; CloudFormation says what is wrong with it.
fn tree(template: &str) -> Value {
    yaml::value(template).unwrap_or_default()
}

fn resources(template: &str) -> Vec<(String, Value)> {
    let tree = tree(template);
    tree.get("Resources")
        .and_then(Value::as_object)
        .map(|map| map.iter().map(|(k, v)| (k.clone(), v.clone())).collect())
        .unwrap_or_default()
}

/// Monthly cost and price date that `generate` wrote into the template; `None` when unknown.
pub fn monthly_cost(template: &str) -> Option<(Amount, Option<String>)> {
    let tree = tree(template);
    let facts = tree.pointer("/Metadata/Cachewright")?;
    let text = |key: &str| facts.get(key).and_then(Value::as_str);
    let amount = match text("MonthlyCostUsd") {
        Some(usd) => Amount {
            usd: usd.parse().ok()?,
            at_least: facts.get("MonthlyCostAtLeast")?.as_bool()?,
        },
        None => worded(text("MonthlyCost")?)?,
    };
    Some((amount, text("PricesAsOf").map(str::to_owned)))
}

/// `≥ $1,267.80 a month`, all that stacks of version 0.1.0 say.
fn worded(text: &str) -> Option<Amount> {
    let (at_least, text) = match text.strip_prefix("≥ ") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let amount = text.strip_prefix('$')?.split_whitespace().next()?;
    Some(Amount {
        usd: amount.replace(',', "").parse().ok()?,
        at_least,
    })
}

/// Values at a path of the template's metadata, as text.
pub fn metadata(template: &str, path: &[&str]) -> Option<String> {
    let tree = tree(template);
    let mut at = tree.get("Metadata")?;
    for key in path {
        at = at.get(key)?;
    }
    at.as_str()
        .map(str::to_owned)
        .or_else(|| at.as_f64().map(|n| n.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n    Properties:\n      TableName: !Ref Name\n  U:\n    Type: AWS::S3::Bucket\n";

    #[test]
    fn policies_and_types_are_read_through_short_form_tags() {
        assert_eq!(
            deletion_policies(TEMPLATE),
            [("T".to_owned(), "Retain".to_owned())]
        );
        assert_eq!(resource_types(TEMPLATE).len(), 2);
        assert!(resource_types("{{{").is_empty());
        let two = "Parameters: {A: {Type: String}, B: {Type: String, Default: x}}";
        assert_eq!(
            declared_parameters(two),
            [("A".to_owned(), false), ("B".to_owned(), true)]
        );
    }

    #[test]
    fn a_cost_with_unpriced_parts_is_a_lower_bound() {
        let with = |cost: &str| {
            format!(
                "Metadata:\n  Cachewright: {{MonthlyCost: \"{cost}\", PricesAsOf: \"2026-01-01\"}}\n"
            )
        };
        let (amount, day) = monthly_cost(&with("$1,234.50 a month")).unwrap();
        assert_eq!(
            (amount.usd.to_string().as_str(), day.as_deref()),
            ("1234.50", Some("2026-01-01"))
        );
        assert!(!amount.at_least);
        let (amount, _) = monthly_cost(&with("≥ $12.00 a month")).unwrap();
        assert_eq!(
            (amount.usd.to_string().as_str(), amount.at_least),
            ("12.00", true)
        );
        assert_eq!(monthly_cost(&with("unknown")), None);
        assert_eq!(monthly_cost("Resources: {}"), None);
    }

    #[test]
    fn a_cost_for_programs_goes_before_the_sentence_for_people() {
        let text = |at_least: bool| {
            format!(
                "Metadata:\n  Cachewright: {{MonthlyCost: \"about a thousand\", MonthlyCostUsd: \"1267.8\", MonthlyCostAtLeast: {at_least}}}\n"
            )
        };
        for at_least in [true, false] {
            let (amount, day) = monthly_cost(&text(at_least)).unwrap();
            assert_eq!(
                (amount.usd.to_string().as_str(), amount.at_least, day),
                ("1267.8", at_least, None)
            );
        }
    }

    #[test]
    fn a_directory_without_a_template_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let error = read(dir.path()).unwrap_err();
        assert_eq!(error.code, "input-unreadable");
    }

    #[test]
    fn broken_parameters_name_the_place() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("template.yaml"), TEMPLATE).unwrap();
        std::fs::write(
            dir.path().join("parameters.json"),
            "[{\"ParameterKey\": 1}]",
        )
        .unwrap();
        let error = read(dir.path()).unwrap_err();
        assert!(
            error.message.contains("parameters.json:1:"),
            "{}",
            error.message
        );
    }
}
