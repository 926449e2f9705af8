//! A simulated account: every value of every stack against the model of the API that CloudFormation will call.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::matrix::{Rendered, matrix, rendered};
use crate::parsed::{parse, shape};
use crate::tools;

fn write(dir: &Path, one: &Rendered, template: &str) {
    fs::write(dir.join(format!("{}.yaml", one.name)), template).unwrap();
    let values = dir.join(format!("{}.json", one.name));
    fs::write(values, &one.stack.parameters).unwrap();
}

/// The emulator's environment has botocore, with the models of all services.
fn examine(dir: &Path) -> Option<Output> {
    let python = tools::find("botocore", &[".tools/ministack/bin/python"])?;
    let mut command = Command::new(python);
    command.arg("tests/templates/python/account.py").arg(dir);
    Some(tools::run(&mut command))
}

#[test]
fn every_value_is_one_that_its_api_takes() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for one in &matrix().rendered {
        if seen.insert(shape(&parse(&one.stack.template))) {
            write(dir.path(), one, &one.stack.template);
        }
    }
    let Some(output) = examine(dir.path()) else {
        return;
    };
    eprint!("{}", tools::text(&output));
    assert!(output.status.success());
}

#[test]
fn the_simulated_account_refuses_what_aws_refuses() {
    for (name, from, to, said) in [
        // A name of the stack's name, which may have 128 characters.
        (
            "cloudfront.pay-as-you-go.web.",
            "Name: !Select [2, !Split [\"/\", !Ref AWS::StackId]]\n",
            "Name: !Sub \"${AWS::StackName}-access\"\n",
            "length of 135",
        ),
        (
            "dynamodb.standard.open.",
            "KeyType: HASH",
            "KeyType: HASHED",
            "allowed are HASH",
        ),
        (
            "dynamodb.standard.open.",
            "      BillingMode:",
            "      BillingWay: none\n      BillingMode:",
            "not in the model: AWS::DynamoDB::Table.BillingWay",
        ),
        (
            "elasticache-serverless.valkey.vpc.",
            "      Engine: valkey\n      Major",
            "      Major",
            "lacks Engine",
        ),
    ] {
        let one = rendered(name);
        let broken = one.stack.template.replace(from, to);
        assert_ne!(broken, one.stack.template, "{name}: {from}");
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), one, &broken);
        let Some(output) = examine(dir.path()) else {
            return;
        };
        let text = tools::text(&output);
        assert!(!output.status.success() && text.contains(said), "{text}");
    }
}
