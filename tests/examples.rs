//! Every example says its answer, repeats byte for byte, and fits the JSON Schema; together they cover
//! every service, every rule and every outcome.

#[path = "../crates/core/tests/support/schema.rs"]
mod schema_file;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use cachewright::domain::decision::{Decision, Outcome, Verdict};
use cachewright::domain::profile::Profile;
use cachewright::domain::rule::{Effect, NoVerdicts};
use cachewright::services::SERVICES;
use cachewright::words;
use cachewright::workload::schema;

fn stated_answer(text: &str) -> &str {
    text.lines()
        .find_map(|l| l.strip_prefix("# answer: "))
        .unwrap_or_else(|| panic!("no answer line in\n{text}"))
}

#[test]
fn every_example_gets_the_answer_it_states() {
    let (catalog, book) = support::data();
    let mut answers: BTreeMap<String, usize> = BTreeMap::new();
    for path in support::files("examples", ".yaml") {
        let text = std::fs::read_to_string(&path).unwrap();
        let profile = support::profile(&text, &catalog);
        let decision = support::decide(&catalog, &book, &profile);
        assert_eq!(
            decision.answer(),
            stated_answer(&text),
            "{}: {}",
            path.display(),
            words::summary(&profile, &decision)
        );
        *answers.entry(decision.answer().to_owned()).or_default() += 1;
    }
    let services = SERVICES.iter().map(|s| s.id());
    for answer in services.chain(["none-fits", "no-cache"]) {
        assert!(
            answers.contains_key(answer),
            "no example for {answer}: {answers:?}"
        );
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for path in support::files("examples", ".yaml") {
        let path = path.to_string_lossy().into_owned();
        for format in ["json", "text", "markdown", "csv"] {
            let run = || support::run(&["recommend", &path, "-f", format]).stdout;
            assert_eq!(run(), run(), "{path} {format}");
        }
    }
}

#[test]
fn a_borderline_pair_differs_in_one_value_and_flips() {
    let (catalog, book) = support::data();
    let files = support::files("examples/borderline", ".yaml");
    assert_eq!(files.len(), 12);
    for pair in files.chunks(2) {
        let texts: Vec<String> = pair
            .iter()
            .map(|p| std::fs::read_to_string(p).unwrap())
            .collect();
        let lines = |t: &str| {
            t.lines()
                .filter(|l| !l.starts_with('#'))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        let (a, b) = (lines(&texts[0]), lines(&texts[1]));
        let different: Vec<_> = a.iter().zip(&b).filter(|(x, y)| x != y).collect();
        assert_eq!(different.len(), 1, "{}: {different:?}", pair[0].display());
        let answers: Vec<String> = texts
            .iter()
            .map(|t| {
                support::decide(&catalog, &book, &support::profile(t, &catalog))
                    .answer()
                    .to_owned()
            })
            .collect();
        assert_ne!(answers[0], answers[1], "{}", pair[0].display());
    }
}

#[test]
fn every_service_variant_that_can_win_is_priced_and_every_verdict_has_its_sources() {
    let (catalog, book) = support::data();
    for path in support::all_profiles() {
        let profile = support::profile_file(&path, &catalog);
        let decision = support::decide(&catalog, &book, &profile);
        for c in &decision.candidates {
            match c.verdict {
                Verdict::RuledOut => {
                    assert!(!c.reasons.is_empty(), "{}: {}", path.display(), c.name);
                    for r in &c.reasons {
                        assert!(
                            !r.sources.is_empty() && !words::reason(r).is_empty(),
                            "{}: {} {}",
                            path.display(),
                            c.name,
                            r.code()
                        );
                    }
                }
                Verdict::Eligible => assert!(
                    c.cost.is_some() && !c.lines.is_empty(),
                    "{}: {}",
                    path.display(),
                    c.name
                ),
                Verdict::Comparison => {}
            }
        }
        assert!(
            decision.outcome != Outcome::NoneFits
                || !decision.relax.is_empty()
                || decision.best.is_none()
        );
    }
}

#[test]
fn every_rule_fires_in_one_profile_and_stays_silent_in_another() {
    let (catalog, book) = support::data();
    let profiles: Vec<_> = support::all_profiles()
        .iter()
        .map(|p| support::profile_file(p, &catalog))
        .collect();
    let decide = |p: Profile| {
        let decision = support::decide(&catalog, &book, &p);
        (p, decision)
    };
    let decided: Vec<_> = profiles.into_iter().map(decide).collect();
    let mut never = Vec::new();
    let mut always = Vec::new();
    for rule in &catalog.rules {
        let fires = |(p, decision): &(Profile, Decision)| match &rule.effect {
            Effect::Note(code) => {
                let mut notes = decision.notes.iter();
                notes.any(|n| n.code() == *code && n.sources == rule.sources)
            }
            Effect::Caution => {
                let mut cautions = decision.candidates.iter().flat_map(|c| &c.cautions);
                cautions.any(|c| c.code() == rule.id)
            }
            _ => rule.when.holds(p, &NoVerdicts),
        };
        let count = decided.iter().filter(|d| fires(d)).count();
        if count == 0 {
            never.push(&rule.id);
        }
        if count == decided.len() {
            always.push(&rule.id);
        }
    }
    assert!(
        never.is_empty() && always.is_empty(),
        "never: {never:?}, always: {always:?}"
    );
}

#[test]
fn every_example_fits_the_schema_that_is_kept_for_editors() {
    let schema = schema::profile();
    let kept: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string("schema/profile.json").unwrap()).unwrap();
    assert_eq!(
        schema, kept,
        "run `cachewright schema profile > schema/profile.json`"
    );
    let validator = schema_file::Schema::new(schema);
    for path in support::all_profiles() {
        let text = std::fs::read_to_string(&path).unwrap();
        let value = json(&cachewright::yaml::parse(&text).unwrap());
        let problems: Vec<String> = validator.problems(&value);
        assert!(problems.is_empty(), "{}: {problems:#?}", path.display());
        if path.starts_with("examples") {
            assert!(
                text.starts_with("# yaml-language-server: $schema="),
                "{}",
                path.display()
            );
        }
    }
}

/// A tree as an editor sees it: YAML 1.2, where `yes` is a word.
fn json(node: &cachewright::yaml::Node) -> serde_json::Value {
    use cachewright::yaml::Kind;
    use serde_json::Value;
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Scalar(text) => match text.as_str() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => other
                .parse::<serde_json::Number>()
                .map_or_else(|_| Value::String(other.to_owned()), Value::Number),
        },
        Kind::Seq(items) => Value::Array(items.iter().map(json).collect()),
        Kind::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|e| (e.key.clone(), json(&e.value)))
                .collect(),
        ),
    }
}

#[test]
fn codes_are_explained() {
    let (catalog, book) = support::data();
    let mut codes: BTreeSet<String> = BTreeSet::new();
    for path in support::all_profiles() {
        let decision = support::decide(&catalog, &book, &support::profile_file(&path, &catalog));
        codes.extend(decision.notes.iter().map(|n| n.code().to_owned()));
        for c in &decision.candidates {
            codes.extend(c.reasons.iter().map(|r| r.code().to_string()));
            codes.extend(c.cautions.iter().map(|r| r.code().to_string()));
        }
    }
    let unknown: Vec<&String> = codes
        .iter()
        .filter(|c| cachewright::cli::explain::explain(&catalog, c).is_empty())
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

/// Stacks carry it: `deploy` tells by it whether a stack is of this workload.
#[test]
fn the_profile_of_every_example_has_the_hash_it_had_in_the_first_release() {
    let (catalog, _) = support::data();
    let hash = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        let profile = support::profile(&text, &catalog);
        let name = path.file_stem().unwrap().to_string_lossy();
        format!("{}  {name}", cachewright::stack::profile_hash(&profile))
    };
    let mut paths = support::files("examples", ".yaml");
    paths.sort_by_key(|p| p.file_stem().map(ToOwned::to_owned));
    let hashes: Vec<String> = paths.iter().map(hash).collect();
    assert_eq!(
        hashes,
        include_str!("profile_hashes.txt")
            .lines()
            .collect::<Vec<_>>()
    );
}
