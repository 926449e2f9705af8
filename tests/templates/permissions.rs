//! The policy for whoever deploys: complete by the registry's schemas, of actions that exist, small enough to attach.

use std::collections::BTreeSet;
use std::process::Command;

use cachewright::deploy::permissions;

use crate::matrix::matrix;
use crate::parsed::{keys, parse};
use crate::tools;

/// Types of the templates, without custom resources.
fn types() -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        let resources = root.get("Resources").unwrap();
        for id in keys(&root, "Resources") {
            let resource = resources.get(&id).unwrap();
            out.insert(resource.get("Type").unwrap().text().unwrap().to_owned());
        }
    }
    out.retain(|t| t.starts_with("AWS::") && t != "AWS::CloudFormation::CustomResource");
    out
}

#[test]
fn deployers_may_what_the_handlers_of_the_types_do() {
    let python = ".tools/cfn-lint/bin/python";
    let Some(python) = tools::find("cfn-lint's Python", &[python]) else {
        return;
    };
    let output = tools::run(
        Command::new(python)
            .arg("tests/templates/python/permissions.py")
            .arg("catalog/deploy/permissions.yaml")
            .args(types()),
    );
    eprint!("deployer policy: {}", tools::text(&output));
    assert!(output.status.success());
}

#[test]
fn a_policy_fits_into_a_managed_policy() {
    // IAM counts a managed policy without white space, 6,144 characters at most.
    for rendered in &matrix().rendered {
        let policy = permissions::policy(&rendered.stack.template).unwrap();
        let size = policy.chars().filter(|c| !c.is_whitespace()).count();
        assert!(size <= 6_144, "{}: {size}", rendered.name);
    }
}
