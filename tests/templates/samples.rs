//! The code in the README of a stack is valid in its language, and the provisioner does its job.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::matrix::matrix;
use crate::tools;

fn samples(ending: &str) -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = fs::read_dir("templates/samples")
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == ending))
        .collect();
    out.sort();
    assert!(!out.is_empty(), "no sample ends in {ending}");
    out
}

/// Runs a syntax check over every sample of a language.
fn check(tool: &str, before: &[&str], ending: &str) {
    let Some(program) = tools::find(tool, &[]) else {
        return;
    };
    for path in samples(ending) {
        let output = tools::run(Command::new(&program).args(before).arg(&path));
        assert!(
            output.status.success(),
            "{}: {}",
            path.display(),
            tools::text(&output)
        );
    }
}

#[test]
fn python_samples_compile() {
    check(
        "python3",
        &[
            "-c",
            "import ast, sys; ast.parse(open(sys.argv[1], encoding='utf-8').read())",
        ],
        "py",
    );
}

#[test]
fn javascript_samples_compile() {
    check("node", &["--check"], "mjs");
}

#[test]
fn shell_samples_compile() {
    check("bash", &["-n"], "sh");
}

#[test]
fn every_readme_has_two_languages_and_says_how_to_deploy_and_remove() {
    for rendered in &matrix().rendered {
        let readme = &rendered.stack.readme;
        let fences = readme
            .lines()
            .filter(|l| l.starts_with("```") && l.len() > 3 && *l != "```sh")
            .count();
        let mount = readme.contains("mount -t lustre") || readme.contains("curl -sS");
        assert!(
            fences >= 2 || (fences == 1 && mount),
            "{}: {fences} samples",
            rendered.name
        );
        for needed in [
            "cachewright deploy",
            "aws cloudformation deploy",
            "cachewright destroy",
            "It costs",
            "## Connect",
        ] {
            assert!(readme.contains(needed), "{}: no {needed}", rendered.name);
        }
        assert!(
            !readme.contains("{{") && !readme.contains("{%"),
            "{}",
            rendered.name
        );
    }
}

/// The function that stands in for the type: its Python in the template is the file, word for word, and
/// that file creates, waits, hands over and deletes.
#[test]
fn the_provisioner_creates_waits_and_deletes() {
    let source = fs::read_to_string("templates/stack/file_cache_provisioner.py").unwrap();
    for rendered in matrix()
        .rendered
        .iter()
        .filter(|r| r.stack.template.contains("ZipFile: |"))
    {
        let block = rendered
            .stack
            .template
            .split("ZipFile: |\n")
            .nth(1)
            .unwrap();
        let code: Vec<&str> = block
            .lines()
            .take_while(|l| l.is_empty() || l.starts_with("          "))
            .map(|l| l.get(10..).unwrap_or(""))
            .collect();
        assert_eq!(
            code.join("\n").trim_end(),
            squeezed(&source).trim_end(),
            "{}",
            rendered.name
        );
        assert!(code.join("\n").len() < 4 * 1024 * 1024);
    }
    let Some(python) = tools::find("python3", &[]) else {
        return;
    };
    let output = tools::run(Command::new(python).args([
        "-B",
        "tests/templates/python/provisioner_test.py",
        "templates/stack",
    ]));
    assert!(output.status.success(), "{}", tools::text(&output));
    eprintln!("{}", tools::text(&output).trim_end());
}

/// As the template writes it: at most one blank line in a row.
fn squeezed(source: &str) -> String {
    let mut out = source.to_owned();
    while out.contains("\n\n\n") {
        out = out.replace("\n\n\n", "\n\n");
    }
    out
}
