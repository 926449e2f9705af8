//! The questionnaire without a terminal: how many questions it needs for the same recommendation.

use cachewright::ask::answers::Answers;
use cachewright::ask::{FIRST, Interview};
use cachewright::decide::{Engine, Options};
use cachewright::workload::fields::FIELDS;
use cachewright::{embedded, workload, yaml};

/// Questions of a conversation that asks everything: all fields but texts, measurements and settings.
fn everything() -> usize {
    let never = [
        "version",
        "name",
        "description",
        "data.hit_ratio_curve",
        "data.item_size_distribution",
        "measured",
        "deployment",
        "budget",
        "requirements.replica_regions",
    ];
    FIELDS.iter().filter(|f| !never.contains(&f.path)).count()
}

#[test]
fn half_of_the_questions_give_the_same_recommendation() {
    let catalog = embedded::catalog().unwrap();
    let book = embedded::prices().unwrap();
    let interview = Interview::new(&catalog, &book, Options::default());
    let mut paths: Vec<_> = std::fs::read_dir("tests/oracles/recommend")
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    paths.retain(|p| p.extension().is_some_and(|e| e == "yaml"));
    paths.sort();
    let mut counts = Vec::new();
    // Every second published workload: the whole set takes a minute without optimisation.
    for path in paths.into_iter().step_by(2) {
        let text = std::fs::read_to_string(&path).unwrap();
        let known = Answers::from_tree(&yaml::parse(&text).unwrap());
        let full = workload::load(&text, &[], &catalog.regions)
            .unwrap()
            .profile;
        // The person knows the whole profile, and is not sure where it says nothing.
        let mut answers = Answers::default();
        for path in ["version", "name"] {
            answers.set(path, known.get(path).unwrap());
        }
        for path in FIRST {
            if let Some(value) = known.get(path) {
                answers.set(path, value);
            }
        }
        let mut asked = FIRST.len();
        let mut skipped: Vec<&str> = Vec::new();
        while let Some(open) = interview
            .open(&answers)
            .into_iter()
            .find(|o| !skipped.contains(&o.path))
        {
            asked += 1;
            match known.get(open.path) {
                Some(value) => answers.set(open.path, value),
                None => skipped.push(open.path),
            }
        }
        let service = |profile: &cachewright::domain::profile::Profile| {
            let decision =
                Engine::new(&catalog, &book, Options::default(), profile).decide(profile);
            decision.answer().to_owned()
        };
        let got = workload::load(&answers.to_yaml(), &[], &catalog.regions)
            .unwrap()
            .profile;
        assert_eq!(
            service(&got),
            service(&full),
            "{}: {}",
            path.display(),
            answers.to_yaml()
        );
        counts.push((asked, path));
    }
    counts.sort();
    let median = counts[counts.len() / 2].0;
    for (asked, path) in &counts {
        println!("{asked} {}", path.display());
    }
    println!("median {median} of {}", everything());
    assert!(
        median * 2 <= everything(),
        "median {median} of {}",
        everything()
    );
}
