//! The arrows of the module map, and one file per outside thing.

mod support;

/// A folder of `src` and what it may use (`crate::X`).
const ARROWS: &[(&str, &[&str])] = &[
    ("crates/core/src/domain", &["domain"]),
    (
        "crates/core/src/services",
        &["domain", "services", "exit", "report", "yaml"],
    ),
    (
        "crates/core/src/decide",
        &["domain", "services", "decide", "workload"],
    ),
    (
        "crates/core/src/workload",
        &["domain", "workload", "diagnostic", "yaml"],
    ),
    (
        "crates/core/src/catalog",
        &["domain", "catalog", "diagnostic", "yaml"],
    ),
    (
        "crates/core/src/report",
        &[
            "domain", "report", "workload", "template", "yaml", "analysis", "decide", "exit",
        ],
    ),
];

#[test]
fn imports_follow_the_arrows() {
    let mut wrong = Vec::new();
    for (folder, allowed) in ARROWS {
        for path in support::files(folder, ".rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = code(&text);
            for (at, _) in code.match_indices("crate::") {
                let name: String = code[at + 7..]
                    .chars()
                    .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                    .collect();
                if !name.is_empty() && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}: crate::{name}", path.display()));
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A file without comments and without its tests.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A crate and the files that may name it.
const ONE_PLACE: &[(&str, &[&str])] = &[
    ("granit_parser", &["crates/core/src/yaml.rs"]),
    ("annotate_snippets", &["crates/core/src/snippet.rs"]),
    (" tera::", &["crates/core/src/template.rs"]),
    (
        "inquire",
        &["src/ask/prompt.rs", "src/deploy/", "src/commands/"],
    ),
    ("aws_sdk_cloudformation", &["src/deploy/aws.rs"]),
    ("aws_sdk_pricing", &["src/pricing/live.rs"]),
];

#[test]
fn an_outside_thing_is_named_in_one_place() {
    let mut wrong = Vec::new();
    for path in support::sources() {
        let shown = path.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let code = code(&text);
        for (name, places) in ONE_PLACE {
            if code.contains(name) && !places.iter().any(|p| shown.starts_with(p)) {
                wrong.push(format!("{shown}: {name}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Where a service id may stand outside `src/services`, and why.
const NAMED: &[(&str, &str)] = &[
    (
        "src/verify",
        "a deployed cache is spoken to in its own protocol",
    ),
    ("src/pricing", "examples in messages"),
    ("src/commands", "examples in help texts"),
    ("src/cli.rs", "examples in help texts"),
    (
        "crates/core/src/domain/profile.rs",
        "origin kinds and protocols are words of the profile",
    ),
    (
        "src/ask/wording.rs",
        "origin kinds and protocols are words of the profile",
    ),
    (
        "src/ask/values.rs",
        "origin kinds and protocols are words of the profile",
    ),
    ("src/deploy", "failure patterns name services in messages"),
    (
        "src/doctor.rs",
        "looks at what an account offers per service",
    ),
];

#[test]
fn no_service_is_special_outside_its_module() {
    let ids = [
        "\"cloudfront\"",
        "\"dynamodb\"",
        "\"elasticache-serverless\"",
        "\"file-cache\"",
        "\"s3-express\"",
    ];
    let mut wrong = Vec::new();
    for path in support::sources() {
        let shown = path.to_string_lossy().into_owned();
        if shown.starts_with("crates/core/src/services")
            || NAMED.iter().any(|(p, _)| shown.starts_with(p))
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_owned();
        for id in ids {
            if code
                .lines()
                .filter(|l| !l.trim_start().starts_with("//"))
                .any(|l| l.contains(id))
            {
                wrong.push(format!("{shown}: {id}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_source_file_says_what_it_is_for() {
    for path in support::sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no header", path.display());
    }
}
