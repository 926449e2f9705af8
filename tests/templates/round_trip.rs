//! Every template parses again, and nothing in it is unused, undescribed or unresolved.

use std::collections::BTreeSet;

use cachewright::yaml::Kind;

use crate::matrix::matrix;
use crate::parsed::{keys, parse, references};

/// Resources that act by existing; nothing needs to refer to them.
const LEAVES: &[&str] = &[
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::MonitoringSubscription",
    "AWS::CloudWatch::Dashboard",
    "AWS::CloudWatch::Alarm",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::VPCEndpoint",
    "AWS::IAM::RolePolicy",
    "AWS::Logs::Delivery",
    "AWS::PricingPlanManager::Subscription",
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::S3Express::BucketPolicy",
];

#[test]
fn nothing_is_unused_and_nothing_is_unresolved() {
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        let (parameters, resources) = (keys(&root, "Parameters"), keys(&root, "Resources"));
        let mut used = BTreeSet::new();
        for section in ["Resources", "Outputs"] {
            references(root.get(section).unwrap(), &mut used);
        }
        for parameter in &parameters {
            assert!(
                used.contains(parameter),
                "{}: parameter {parameter} is not used",
                rendered.name
            );
        }
        for resource in &resources {
            let kind = root
                .get("Resources")
                .and_then(|r| r.get(resource))
                .and_then(|r| r.get("Type"))
                .and_then(|t| t.text())
                .unwrap();
            assert!(
                LEAVES.contains(&kind) || used.contains(resource),
                "{}: resource {resource} ({kind}) is not used",
                rendered.name
            );
        }
        for name in used.iter().filter(|n| !n.starts_with("AWS::")) {
            // The local names of a `!Sub` with a map.
            assert!(
                parameters.contains(name)
                    || resources.contains(name)
                    || ["Bucket", "Id", "Key"].contains(&name.as_str()),
                "{}: {name} is not declared",
                rendered.name
            );
        }
    }
}

#[test]
fn parameters_and_outputs_are_typed_and_described() {
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        for (section, needed) in [("Parameters", "Type"), ("Outputs", "Value")] {
            for name in keys(&root, section) {
                let entry = root.get(section).and_then(|s| s.get(&name)).unwrap();
                for key in ["Description", needed] {
                    assert!(
                        entry.get(key).is_some(),
                        "{}: {section}.{name} has no {key}",
                        rendered.name
                    );
                }
                let free = entry.get("Type").and_then(|t| t.text()) == Some("String");
                let bounded =
                    entry.get("AllowedPattern").is_some() || entry.get("AllowedValues").is_some();
                assert!(
                    section == "Outputs" || !free || bounded,
                    "{}: {name} accepts any text",
                    rendered.name
                );
            }
        }
    }
}

#[test]
fn values_and_missing_parameters_are_the_parameters_without_a_default() {
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        let given: serde_json::Value = serde_json::from_str(&rendered.stack.parameters).unwrap();
        let given: Vec<&str> = given
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["ParameterKey"].as_str().unwrap())
            .collect();
        let declared = keys(&root, "Parameters");
        for name in given
            .iter()
            .copied()
            .chain(rendered.stack.missing.iter().map(String::as_str))
        {
            assert!(
                declared.iter().any(|d| d == name),
                "{}: {name} has a value but no declaration",
                rendered.name
            );
        }
        for name in &declared {
            let entry = root.get("Parameters").and_then(|p| p.get(name)).unwrap();
            let known = entry.get("Default").is_some()
                || given.contains(&name.as_str())
                || rendered.stack.missing.contains(name);
            assert!(
                known,
                "{}: {name} gets no value and is not reported missing",
                rendered.name
            );
        }
    }
}

#[test]
fn provenance_is_complete_and_templates_have_no_conditions() {
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        let provenance = root
            .get("Metadata")
            .and_then(|m| m.get("Cachewright"))
            .unwrap();
        for key in [
            "ToolVersion",
            "ProfileSha256",
            "CatalogSha256",
            "Region",
            "PricesAsOf",
            "MonthlyCost",
            "HitP50Ms",
            "HitP99Ms",
            "Decision",
        ] {
            let value = provenance
                .get(key)
                .and_then(|v| v.text())
                .unwrap_or_default();
            assert!(!value.is_empty(), "{}: {key} is empty", rendered.name);
        }
        assert!(root.get("Conditions").is_none(), "{}", rendered.name);
        let description = root.get("Description").and_then(|d| d.text()).unwrap();
        assert!(description.len() <= 1024);
        assert!(
            rendered.stack.template.len() < 51_200,
            "{} is too large for a request",
            rendered.name
        );
        assert!(matches!(
            root.get("Resources").map(|r| &r.kind),
            Some(Kind::Map(_))
        ));
    }
}
