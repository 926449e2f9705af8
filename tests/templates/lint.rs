//! cfn-lint and checkov over the whole matrix: no error, no warning, every suppression with its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use cachewright::yaml::{Kind, Node};

use crate::matrix::{Rendered, matrix};
use crate::parsed::{self, keys, parse};
use crate::tools;

/// Writes templates as files named after them.
fn written<'a>(rendered: impl Iterator<Item = &'a Rendered>) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for one in rendered {
        fs::write(
            dir.path().join(format!("{}.yaml", one.name)),
            &one.stack.template,
        )
        .unwrap();
    }
    dir
}

/// Templates that together hold every entry (a resource, a parameter, an output …) that all of them hold.
///
/// cfn-lint judges entries, and the same entry in a hundred templates gives the same findings a hundred times. What it sees
/// between entries, references, is checked over the whole matrix by our own tests.
fn cover<'a>(all: &[&'a Rendered]) -> Vec<&'a Rendered> {
    let mut entries: Vec<(&Rendered, BTreeSet<String>)> = all
        .iter()
        .map(|r| (*r, parsed::entries(&parse(&r.stack.template))))
        .collect();
    // The largest first: a small one is then mostly covered already.
    entries.sort_by_key(|(_, own)| std::cmp::Reverse(own.len()));
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::new();
    for (rendered, own) in entries {
        if !own.is_subset(&seen) {
            seen.extend(own);
            chosen.push(rendered);
        }
    }
    chosen
}

#[test]
fn cfn_lint_finds_nothing() {
    let Some(cfn_lint) = tools::find("cfn-lint", &[".tools/cfn-lint/bin/cfn-lint"]) else {
        return;
    };
    let mut groups: BTreeMap<&BTreeSet<String>, Vec<&Rendered>> = BTreeMap::new();
    for rendered in &matrix().rendered {
        groups.entry(&rendered.regions).or_default().push(rendered);
    }
    let mut findings = String::new();
    let mut linted = 0;
    let count = groups.len();
    for (regions, rendered) in groups {
        let chosen = cover(&rendered);
        linted += chosen.len();
        let dir = written(chosen.into_iter());
        let mut command = Command::new(&cfn_lint);
        command
            .arg("-r")
            .args(regions)
            .args(["-x", "E3012:strict=true", "--format", "parseable", "-t"])
            .arg(dir.path().join("*.yaml"));
        let output = tools::run(&mut command);
        if !output.status.success() {
            findings.push_str(&tools::text(&output));
        }
    }
    eprintln!(
        "cfn-lint: {linted} of {} templates in {count} sets of Regions, every entry of every section",
        matrix().rendered.len()
    );
    assert!(findings.is_empty(), "{findings}");
}

#[test]
fn checkov_finds_nothing() {
    let Some(checkov) = tools::find("checkov", &[".tools/checkov/bin/checkov"]) else {
        return;
    };
    // One file per distinct structure: the checks see neither names nor Regions.
    let mut seen = BTreeSet::new();
    let one_each = matrix()
        .rendered
        .iter()
        .filter(|r| seen.insert(crate::parsed::shape(&parse(&r.stack.template))));
    let dir = written(one_each);
    let mut command = Command::new(checkov);
    command
        .args([
            "--framework",
            "cloudformation",
            "--skip-download",
            "--compact",
            "--quiet",
            "-o",
            "json",
            "-d",
        ])
        .arg(dir.path());
    let output = tools::run(&mut command);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}", tools::text(&output)));
    let (failed, passed) = (&report["summary"]["failed"], &report["summary"]["passed"]);
    eprintln!(
        "checkov: {} templates, {passed} passed, {failed} failed, {} suppressed",
        fs::read_dir(dir.path()).unwrap().count(),
        report["summary"]["skipped"]
    );
    let names: Vec<String> = report["results"]["failed_checks"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|c| format!("{} {} {}", c["check_id"], c["file_path"], c["resource"]))
        .collect();
    assert!(names.is_empty(), "{}", names.join("\n"));
    assert_eq!(failed.as_u64(), Some(0));
    assert!(passed.as_u64() > Some(100), "checkov looked at nothing");
}

#[test]
fn every_suppression_has_a_reason() {
    let mut count = 0;
    for rendered in &matrix().rendered {
        let root = parse(&rendered.stack.template);
        for id in keys(&root, "Resources") {
            let resource = root.get("Resources").and_then(|r| r.get(&id)).unwrap();
            let skip = ["Metadata", "checkov", "skip"]
                .iter()
                .try_fold(resource, |n, k| n.get(k));
            let Some(Kind::Seq(items)) = skip.map(|n| &n.kind) else {
                continue;
            };
            for item in items {
                let text = |key| item.get(key).and_then(Node::text).unwrap_or_default();
                assert!(
                    text("id").starts_with("CKV") && text("comment").len() > 15,
                    "{}: {id}",
                    rendered.name
                );
                count += 1;
            }
        }
    }
    assert!(count > 0);
}
