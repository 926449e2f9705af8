//! `--policy FILE`: a team's own cfn-guard rules, run by the cfn-guard that is installed.
//!
//! The tool is never linked and never needed otherwise; the rules that ship in `templates/policy/`
//! are run the same way.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::exit::{Exit, Failure};
use crate::text::plural;

/// A rule that a template breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Name of the rule.
    pub rule: String,
    /// What the rule's author says about it, or what was compared; distinct, in order.
    pub messages: Vec<String>,
}

/// Runs the rules of a file or directory over a template; `program` is `cfn-guard` or a path to it.
pub fn check(program: &Path, template: &str, rules: &Path) -> Result<Vec<Violation>> {
    if !rules.exists() {
        let message = format!("the policy `{}` does not exist", rules.display());
        return Err(Failure::new(Exit::Usage, "policy-unreadable", message)
            .help("name a file with cfn-guard rules, or a directory of them")
            .into());
    }
    let mut file = tempfile::Builder::new()
        .prefix("template-")
        .suffix(".yaml")
        .tempfile()
        .context("cannot write a temporary file")?;
    file.write_all(template.as_bytes())?;
    let output = run(program, file.path(), rules)?;
    // 0: all rules hold; 19: some do not; anything else: the rules could not be run.
    match output.status.code() {
        Some(0 | 19) => violations(&output.stdout),
        _ => Err(unusable(rules, &output).into()),
    }
}

/// Fails with every violation in its text when a template breaks a rule.
pub fn gate(program: &Path, template: &str, rules: &Path) -> Result<()> {
    let found = check(program, template, rules)?;
    if found.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = found
        .iter()
        .map(|v| format!("  {}: {}", v.rule, v.messages.join("; ")))
        .collect();
    let message = format!(
        "the template breaks {} of `{}`\n{}",
        plural(found.len(), "rule"),
        rules.display(),
        lines.join("\n")
    );
    Err(Failure::new(Exit::Gate, "policy-violated", message)
        .help("change the profile, or the policy")
        .into())
}

fn run(program: &Path, template: &Path, rules: &Path) -> Result<Output> {
    let mut command = Command::new(program);
    command
        .arg("validate")
        .arg("--rules")
        .arg(rules)
        .arg("--data")
        .arg(template);
    command
        .args([
            "--structured",
            "--output-format",
            "json",
            "--show-summary",
            "none",
        ])
        .stdin(Stdio::null());
    match command.output() {
        Ok(output) => Ok(output),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(missing(program).into()),
        Err(error) => Err(error).with_context(|| format!("cannot run `{}`", program.display())),
    }
}

fn missing(program: &Path) -> Failure {
    let message = format!(
        "`--policy` needs cfn-guard, and `{}` was not found",
        program.display()
    );
    Failure::new(Exit::Usage, "policy-tool-missing", message).help("install it with `cargo install --locked cfn-guard`, or leave `--policy` out: the built-in checks run all the same")
}

fn unusable(rules: &Path, output: &Output) -> Failure {
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said
        .lines()
        .find(|l| !l.trim().is_empty())
        .unwrap_or("it said nothing")
        .trim();
    Failure::new(
        Exit::Usage,
        "policy-unreadable",
        format!("cfn-guard could not run `{}`: {first}", rules.display()),
    )
    .help("check the rules with `cfn-guard parse-tree --rules FILE`")
}

fn violations(report: &[u8]) -> Result<Vec<Violation>> {
    let report: Value = serde_json::from_slice(report).context("cfn-guard's report is not JSON")?;
    let files = report.as_array().map(Vec::as_slice).unwrap_or_default();
    let broken = files
        .iter()
        .filter_map(|f| f["not_compliant"].as_array())
        .flatten();
    Ok(broken.map(violation).collect())
}

fn violation(rule: &Value) -> Violation {
    let mut own = BTreeSet::new();
    collect(rule, "custom_message", &mut own);
    if own.is_empty() {
        collect(rule, "error_message", &mut own);
    }
    Violation {
        rule: rule["Rule"]["name"]
            .as_str()
            .unwrap_or("unnamed")
            .to_owned(),
        messages: own.into_iter().collect(),
    }
}

/// Every non-empty text under a key, at any depth.
fn collect(node: &Value, key: &str, out: &mut BTreeSet<String>) {
    match node {
        Value::Object(map) => {
            if let Some(text) = map
                .get(key)
                .and_then(Value::as_str)
                .map(str::trim)
                .filter(|t| !t.is_empty())
            {
                out.insert(text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
            map.values().for_each(|v| collect(v, key, out));
        }
        Value::Array(items) => items.iter().for_each(|v| collect(v, key, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_tool_is_named_with_the_way_to_get_it() {
        let error = check(
            Path::new("no-such-cfn-guard"),
            "Resources: {}",
            Path::new("templates/policy"),
        )
        .unwrap_err();
        let failure: &Failure = error.downcast_ref().unwrap();
        assert_eq!(
            (failure.exit, failure.code),
            (Exit::Usage, "policy-tool-missing")
        );
        assert!(failure.help.as_deref().unwrap().contains("cargo install"));
    }

    #[test]
    fn a_missing_policy_is_named() {
        let error = check(
            Path::new("cfn-guard"),
            "Resources: {}",
            Path::new("no-such.guard"),
        )
        .unwrap_err();
        assert!(error.to_string().contains("no-such.guard"), "{error}");
    }

    #[test]
    fn a_report_becomes_rules_with_their_messages() {
        let report = br#"[{"name":"t","status":"FAIL","compliant":["a"],"not_compliant":[{"Rule":{"name":"b","checks":[{"Clause":{"Unary":{"messages":{"custom_message":"write\n it","error_message":"long"}}}}]}}]}]"#;
        assert_eq!(
            violations(report).unwrap(),
            [Violation {
                rule: "b".to_owned(),
                messages: vec!["write it".to_owned()]
            }]
        );
        assert!(violations(b"not json").is_err());
    }
}
