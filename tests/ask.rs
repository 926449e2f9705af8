//! The questionnaire without a terminal: how many questions it needs for the same recommendation.

mod support;

use std::path::{Path, PathBuf};

use cachewright::ask::answers::Answers;
use cachewright::ask::{FIRST, Interview, unanswered};
use cachewright::decide::Options;
use cachewright::domain::catalog::Catalog;
use cachewright::domain::price::PriceBook;
use cachewright::yaml;

/// One conversation, answered from a profile.
struct Count {
    file: String,
    asked: usize,
    everything: usize,
    same_service: bool,
    same_variant: bool,
    sure: u32,
}

/// The person knows the whole profile, and is not sure where it says nothing.
fn converse(catalog: &Catalog, book: &PriceBook, path: &Path) -> Count {
    let interview = Interview::new(catalog, book, Options::default());
    let text = std::fs::read_to_string(path).unwrap();
    let known = Answers::from_tree(&yaml::parse(&text).unwrap());
    let mut answers = Answers::default();
    for path in ["version", "name"].iter().chain(FIRST) {
        if let Some(value) = known.get(path) {
            answers.set(path, value);
        }
    }
    // The fixed questions and the name are asked of everybody.
    let always = FIRST.len() + 1;
    let everything = always + unanswered(&answers).count();
    let mut skipped: Vec<&str> = FIRST
        .iter()
        .copied()
        .filter(|p| known.get(p).is_none())
        .collect();
    let mut asked = always;
    while let Some(open) = interview.open(&answers, &skipped).first() {
        asked += 1;
        match known.get(open.path) {
            Some(value) => answers.set(open.path, value),
            None => skipped.push(open.path),
        }
    }
    let standing = interview.standing(&answers).unwrap();
    let full = support::decide(catalog, book, &support::profile(&text, catalog));
    let variant = full.winner().map(|c| c.pick.clone());
    Count {
        file: path.display().to_string(),
        asked,
        everything,
        same_service: standing.leader.service == full.answer(),
        same_variant: variant
            .is_none_or(|pick| pick == standing.leader || standing.leader.service != pick.service),
        sure: standing.sure_percent,
    }
}

#[test]
fn half_of_the_questions_give_the_same_recommendation() {
    let (catalog, book) = support::data();
    let paths = support::all_profiles();
    let (left, right) = paths.split_at(paths.len() / 2);
    let all = |paths: &[PathBuf]| -> Vec<Count> {
        paths.iter().map(|p| converse(&catalog, &book, p)).collect()
    };
    let mut counts = std::thread::scope(|scope| {
        let other = scope.spawn(|| all(right));
        let mut counts = all(left);
        counts.extend(other.join().unwrap());
        counts
    });
    let same = counts.iter().filter(|c| c.same_service).count();
    for c in &counts {
        println!(
            "{:>2} of {} · {:>3} % sure · {}",
            c.asked, c.everything, c.sure, c.file
        );
        if !c.same_service {
            println!("another recommendation: {}", c.file);
        }
    }
    counts.sort_by_key(|c| c.asked * 1000 / c.everything);
    let middle = &counts[counts.len() / 2];
    let same_variant = counts.iter().filter(|c| c.same_variant).count();
    println!(
        "{} profiles: median {} of {} questions, at least {}, at most {}; same variant in {}",
        counts.len(),
        middle.asked,
        middle.everything,
        counts.iter().map(|c| c.asked).min().unwrap(),
        counts.iter().map(|c| c.asked).max().unwrap(),
        same_variant,
    );
    assert_eq!(same, counts.len());
    assert!(middle.asked * 2 <= middle.everything);
}
