//! The questionnaire without a terminal: how many questions it needs for the same recommendation.

mod support;

use std::path::{Path, PathBuf};

use cachewright::ask::answers::Answers;
use cachewright::ask::course::Next;
use cachewright::ask::draft::{Draft, WHICH};
use cachewright::ask::opening::STARTS;
use cachewright::ask::{Interview, Open, unanswered};
use cachewright::decide::Options;
use cachewright::domain::catalog::Catalog;
use cachewright::domain::field::find;
use cachewright::domain::price::PriceBook;
use cachewright::yaml;

/// One conversation, answered from a profile.
struct Count {
    file: String,
    asked: Vec<&'static str>,
    everything: usize,
    /// After how many questions the service was the last one, and stayed.
    decided: usize,
    same_service: bool,
    same_variant: bool,
    ways: u32,
}

/// What somebody has who knows the whole profile, and is not sure where it says nothing.
struct Person {
    known: Answers,
}

impl Person {
    fn answer(&self, draft: &mut Draft, path: &'static str) {
        if path == "layer" {
            let says = |(path, word): &(&str, &str)| self.known.get(path) == Some(*word);
            // The layer alone is said where nothing else of a start is.
            let fitting = STARTS.iter().filter(|s| s.sets.iter().all(says));
            match fitting.max_by_key(|s| s.sets.len()) {
                Some(start) => draft.set_out(start),
                None => draft.set("layer", self.known.get("layer").unwrap()),
            }
            return;
        }
        match self.known.get(path) {
            Some(value) => draft.set(path, value),
            None => draft.skip(find(path).unwrap()),
        }
    }

    /// Somebody ticks what they need or know; that an ordinary thing is so is no reason to.
    fn ticks(&self, shown: &[Open]) -> Vec<&'static str> {
        let says = |path: &str| {
            let said = self.known.get(path);
            said.is_some_and(|v| v.trim_matches(['[', ']']) != find(path).unwrap().default)
        };
        shown.iter().map(|o| o.path).filter(|p| says(p)).collect()
    }
}

fn converse(catalog: &Catalog, book: &PriceBook, path: &Path) -> Count {
    let interview = Interview::new(catalog, book, Options::default());
    let text = std::fs::read_to_string(path).unwrap();
    let person = Person {
        known: Answers::from_tree(&yaml::parse(&text).unwrap()),
    };
    let mut draft = Draft::default();
    draft.answers.set("version", "1");
    let mut leaders = Vec::new();
    loop {
        match draft.next(&interview, false) {
            Next::Ask(field) => person.answer(&mut draft, field.path),
            Next::Which(shown) => draft.tick(&shown, &person.ticks(&shown)),
            Next::Done => break,
        }
        leaders.push(interview.leader(&draft.answers).unwrap().service);
        assert!(leaders.len() < 60, "{}: {:?}", path.display(), draft.asked);
    }
    let rest = unanswered(&draft.answers);
    let rest = rest.filter(|f| !draft.asked.contains(&f.path)).count();
    let standing = interview.standing(&draft.answers).unwrap();
    let last = &standing.leader.service;
    let full = support::decide(catalog, book, &support::profile(&text, catalog));
    let variant = full.winner().map(|c| c.pick.clone());
    let once = draft.asked.iter().filter(|p| **p != WHICH).count();
    Count {
        file: path.display().to_string(),
        everything: once + rest,
        decided: leaders.iter().rposition(|l| l != last).map_or(1, |i| i + 2),
        same_service: last == full.answer(),
        same_variant: variant
            .is_none_or(|pick| pick == standing.leader || standing.leader.service != pick.service),
        ways: standing.ways,
        asked: draft.asked,
    }
}

fn median(counts: &[Count], of: impl Fn(&Count) -> usize) -> usize {
    let mut all: Vec<usize> = counts.iter().map(of).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

#[test]
fn half_of_the_questions_give_the_same_recommendation() {
    let (catalog, book) = support::data();
    let paths = support::all_profiles();
    let (left, right) = paths.split_at(paths.len() / 2);
    let all = |paths: &[PathBuf]| -> Vec<Count> {
        paths.iter().map(|p| converse(&catalog, &book, p)).collect()
    };
    let counts = std::thread::scope(|scope| {
        let other = scope.spawn(|| all(right));
        let mut counts = all(left);
        counts.extend(other.join().unwrap());
        counts
    });
    for c in &counts {
        println!(
            "{:>2} of {}, decided by {:>2}, {:>3} of 100 ways: {}",
            c.asked.len(),
            c.everything,
            c.decided,
            c.ways,
            c.file
        );
        if !c.same_service {
            println!("another recommendation: {}: {:?}", c.file, c.asked);
        }
    }
    let of = |what: &dyn Fn(&Count) -> bool| counts.iter().filter(|c| what(c)).count();
    let asked = median(&counts, |c| c.asked.len());
    println!(
        "{} profiles: median {asked} questions of {}, at least {}, at most {}; decided by the fifth in {}; same variant in {}",
        counts.len(),
        median(&counts, |c| c.everything),
        counts.iter().map(|c| c.asked.len()).min().unwrap(),
        counts.iter().map(|c| c.asked.len()).max().unwrap(),
        of(&|c| c.decided <= 5),
        of(&|c| c.same_variant),
    );
    assert_eq!(of(&|c| c.same_service), counts.len());
    assert!(asked <= 12, "{asked}");
    assert!(median(&counts, |c| c.asked.len() * 1000 / c.everything) <= 500);
}
