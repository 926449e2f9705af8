//! What the documents name is there.

mod support;

use std::path::Path;

/// Where a path that a document names may begin.
const TOPS: &[&str] = &[
    ".ci",
    ".config",
    "benches",
    "catalog",
    "crates",
    "docs",
    "examples",
    "schema",
    "scripts",
    "src",
    "templates",
    "tests",
];

/// Paths between backticks or in links; with a placeholder (`<id>`, `DATE`, `*`) as far as they are plain.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    quoted
        .chain(linked)
        .filter_map(|word| word.split_whitespace().next())
        .map(|word| word.split([':', '#']).next().unwrap_or(word))
        .filter(|word| word.contains('/') && TOPS.contains(&word.split('/').next().unwrap_or("")))
        .filter_map(plain)
        .collect()
}

/// A path up to its first part with a placeholder.
fn plain(path: &str) -> Option<String> {
    let is_open = |part: &str| {
        part.contains(['<', '*', '{', '…', '$']) || part.chars().all(|c| c.is_ascii_uppercase())
    };
    let parts: Vec<&str> = path
        .trim_end_matches('/')
        .split('/')
        .take_while(|part| !is_open(part) && !part.starts_with("DATE"))
        .collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

#[test]
fn every_path_named_in_the_documents_exists() {
    let mut documents: Vec<_> = [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "catalog/README.md",
    ]
    .map(Into::into)
    .to_vec();
    documents.extend(support::files("docs", ".md"));
    let mut missing = Vec::new();
    let mut named = 0;
    for document in documents {
        for path in paths(&support::text(&document)) {
            named += 1;
            if !Path::new(&path).exists() {
                missing.push(format!("{}: {path}", document.display()));
            }
        }
    }
    missing.sort();
    missing.dedup();
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(named > 80, "only {named} paths were found");
}

#[test]
fn a_path_is_found_in_code_and_links_and_ends_before_a_placeholder() {
    let text = "`src/cli/run.rs:10`, [x](docs/a.md#top), `catalog/rules/*.yaml`, `templates/stack/<id>.yaml.tera`, `a/b`";
    assert_eq!(
        paths(text),
        [
            "src/cli/run.rs",
            "catalog/rules",
            "templates/stack",
            "docs/a.md"
        ]
    );
}
