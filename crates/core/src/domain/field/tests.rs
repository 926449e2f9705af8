//! Every field has every column, and every column does what it says.

use std::collections::BTreeSet;

use super::*;
use crate::domain::profile::Layer;

const LAYERS: [Layer; 5] = [
    Layer::Client,
    Layer::Edge,
    Layer::Application,
    Layer::Database,
    Layer::Storage,
];

/// Somebody who states no more than is required.
fn blank() -> Profile {
    let mut profile = Profile::blank();
    profile.traffic.reads = Decimal::TEN;
    profile.data.item_size = Decimal::from(4096);
    profile.data.working_set = Decimal::from(1 << 30);
    profile
}

fn choice(field: &Field) -> Option<&'static dyn Choice> {
    match field.value {
        Value::One(choice) | Value::Many(choice) => Some(choice),
        _ => None,
    }
}

fn numbers() -> impl Iterator<Item = (&'static Field, &'static Number)> {
    NumField::all().map(|f| (f.field(), f.number()))
}

fn is_asked(field: &Field) -> bool {
    !matches!(field.ask.when, When::Never)
}

#[test]
fn every_field_is_named_and_explained() {
    let mut paths = BTreeSet::new();
    for f in FIELDS {
        assert!(paths.insert(f.path), "{} stands twice", f.path);
        assert!(!f.label.is_empty() && !f.meaning.is_empty(), "{f:?}");
        assert_eq!(
            f.required,
            f.default.is_empty() && f.path != "description",
            "{f:?}"
        );
        assert!(!is_asked(f) || !f.typical.is_empty(), "{f:?}");
    }
    let mut seen = BTreeSet::new();
    let mut last = "";
    for f in FIELDS {
        let (section, _) = f.place();
        assert!(
            section.is_empty() || section == last || seen.insert(section),
            "{f:?}"
        );
        last = section;
    }
}

#[test]
fn every_question_is_worded_and_fits_sixty_columns() {
    for f in FIELDS {
        let question = f.ask.question;
        assert_eq!(is_asked(f), !question.is_empty(), "{f:?}");
        assert!(
            !is_asked(f) || question.ends_with('?') && question.len() <= 56,
            "{f:?}"
        );
        if let When::Always(why) = f.ask.when {
            assert!(why.ends_with('.'), "{f:?}");
        }
        let Some(choice) = choice(f) else { continue };
        let pad = choice.words().iter().map(|w| w.len()).max().unwrap();
        for word in choice.words() {
            let says = choice.says(word).unwrap();
            assert!(
                !says.is_empty() && 8 + pad + says.len() <= 60,
                "{f:?}: {word}: {says}"
            );
        }
    }
}

#[test]
fn every_required_field_has_a_stand_in_and_every_question_answers_to_try() {
    for f in FIELDS {
        assert!(!f.required || f.ask.stand_in.is_some(), "{f:?}");
        // A name changes nothing.
        if !is_asked(f) || f.path == "name" {
            continue;
        }
        match choice(f) {
            Some(choice) => {
                assert!(f.ask.tried.is_empty(), "{f:?}");
                let likely = |layer| choice.likely(layer);
                assert!(LAYERS.into_iter().all(|l| !likely(l).is_empty()), "{f:?}");
            }
            None => assert!(!f.ask.tried.is_empty(), "{f:?}"),
        }
    }
}

#[test]
fn every_number_comes_back_as_it_was_set_and_written() {
    for (f, number) in numbers() {
        let mut p = blank();
        (number.set)(&mut p, Decimal::ONE);
        assert_eq!((number.get)(&p), Some(Decimal::ONE), "{f:?}");
        let shown = number.unit.show(Decimal::ONE);
        assert_eq!(number.unit.parse(&shown), Ok(Decimal::ONE), "{f:?}");
        assert!((number.legal)(&shown, Decimal::ONE).is_ok(), "{f:?}");
        for tried in f.ask.tried.iter().filter(|t| **t != "none") {
            let value = number.unit.parse(tried).unwrap();
            assert!((number.legal)(tried, value).is_ok(), "{f:?}: {tried}");
        }
        if let Some(none) = number.none {
            none(&mut p);
            assert_eq!((number.get)(&p), None, "{f:?}");
        }
    }
}

#[test]
fn every_number_is_searched_where_it_is_legal_and_asked_where_it_is_searched() {
    let p = blank();
    for number in NumField::all() {
        let (low, high) = number.domain(&p);
        let (from, to) = number.plausible(&p);
        assert!(
            low <= from && from <= to && to <= high && low < high,
            "{number:?}"
        );
        assert!((number.number().legal)("", high).is_ok(), "{number:?}");
        assert!((number.number().legal)("", low).is_ok(), "{number:?}");
    }
}

/// Two with the same place would stand in an order that nobody chose.
#[test]
fn places_in_the_order_of_stability_and_of_relaxing_are_taken_once() {
    let mut stability: Vec<u8> = numbers().filter_map(|(_, n)| n.stability).collect();
    stability.sort_unstable();
    assert!(
        (0..).zip(&stability).all(|(i, place)| i == *place),
        "{stability:?}"
    );
    let places = FIELDS.iter().filter_map(|f| match f.relax {
        Relax::Words(place) | Relax::Needs(place) | Relax::Facts(place) => Some(place),
        Relax::Never | Relax::Numbers(_) => None,
    });
    let mut places: Vec<u8> = places.collect();
    places.sort_unstable();
    assert!(
        (0..).zip(&places).all(|(i, place)| i == *place),
        "{places:?}"
    );
}

#[test]
fn every_word_is_set_and_held_and_shown() {
    for f in FIELDS {
        let Some(choice) = choice(f) else { continue };
        let (Shape::Word(words) | Shape::Words(words)) = f.shape else {
            panic!("{f:?} accepts no words");
        };
        assert_eq!(words(), choice.words(), "{f:?}");
        for (place, word) in choice.words().into_iter().enumerate() {
            let mut p = blank();
            choice.put(&mut p, &[place]);
            assert!(choice.held(&p).contains_at(place), "{f:?}: {word}");
            assert!(
                f.json(&p).unwrap().to_string().contains(word),
                "{f:?}: {word}"
            );
            let mut other = blank();
            choice.copy(&p, &mut other);
            assert_eq!(other, p, "{f:?}: {word}");
        }
    }
}

/// A word that has a weaker one can be relaxed, and relaxing ends at what everybody meets.
#[test]
fn what_is_weaker_is_relaxed_and_taken_back() {
    for f in FIELDS {
        let Some(choice) = choice(f) else { continue };
        let mut weaker = 0;
        let all: Vec<usize> = (0..choice.words().len()).collect();
        let mut asked: Vec<Vec<usize>> = all.iter().map(|p| vec![*p]).collect();
        asked.extend(matches!(f.value, Value::Many(_)).then_some(all));
        for places in asked {
            let mut p = blank();
            choice.put(&mut p, &places);
            weaker += choice.weaker(&p).len();
            for step in relaxations(&p).iter().filter(|s| s.field.path == f.path) {
                let mut relaxed = p.clone();
                step.apply(&mut relaxed);
                assert!(relaxed != p && step.from.text() != step.to.text(), "{f:?}");
                let left = relaxations(&relaxed);
                let left = left.iter().filter(|s| s.field.path == f.path).count();
                assert!(left < choice.weaker(&p).len(), "{f:?}");
                step.undo(&p, &mut relaxed);
                assert_eq!(relaxed, p, "{f:?}");
            }
        }
        let relaxed = !matches!(f.relax, Relax::Never | Relax::Numbers(_));
        assert_eq!(relaxed, weaker > 0, "{f:?}");
    }
}

#[test]
fn two_words_of_a_list_can_both_be_given_up() {
    let mut p = blank();
    let features = find("requirements.features").and_then(choice).unwrap();
    features.put(&mut p, &[0, 1, 2]);
    let steps = relaxations(&p);
    let mut relaxed = p.clone();
    steps[0].apply(&mut relaxed);
    steps[1].apply(&mut relaxed);
    assert!(steps[0].adds_up() && relaxed.requirements.features == p.requirements.features[2..]);
}

#[test]
fn the_last_caller_is_not_given_up() {
    let mut p = blank();
    let callers = find("compute").and_then(choice).unwrap();
    for (places, steps) in [(&[][..], 0), (&[1], 0), (&[1, 2], 2)] {
        callers.put(&mut p, places);
        assert_eq!(relaxations(&p).len(), steps);
    }
}

#[test]
fn a_tolerance_is_relaxed_to_more_and_taken_back() {
    let mut p = blank();
    p.set_number(NumField::Latency, Decimal::TEN);
    let steps = relaxations(&p);
    let texts: Vec<_> = steps.iter().map(|s| s.to.text().into_owned()).collect();
    assert_eq!(
        texts,
        ["20 ms", "50 ms", "100 ms", "200 ms", "500 ms", "1 s"]
    );
    let mut relaxed = p.clone();
    steps[0].apply(&mut relaxed);
    assert_eq!(relaxed.number(NumField::Latency), Some(Decimal::from(20)));
    steps[0].undo(&p, &mut relaxed);
    assert_eq!(relaxed, p);
}

/// What is listed as assumed is either searched or has other values; only a structure has none.
#[test]
fn every_assumption_can_be_looked_at() {
    let p = blank();
    for f in FIELDS
        .iter()
        .filter(|f| !matches!(f.assumed, Assumed::Never))
    {
        let others = other_values(&p, f);
        let searched = matches!(f.value, Value::Number(_));
        assert!(
            searched || !others.is_empty() || f.path == "viewers",
            "{f:?}"
        );
        for (word, changed) in others {
            assert!(changed.is_stated(f.path) && !word.is_empty(), "{f:?}");
        }
    }
    let silent = |f: &&Field| !f.required && matches!(f.assumed, Assumed::Never);
    let silent: Vec<&str> = FIELDS.iter().filter(silent).map(|f| f.path).collect();
    let nothing_assumed = [
        "name",
        "description",
        "traffic.invalidations",
        "data.hit_ratio_curve",
        "data.item_size_distribution",
        "measured",
        "requirements.replica_regions",
        "budget",
        "deployment",
    ];
    assert_eq!(silent, nothing_assumed);
}

#[test]
fn every_field_but_the_settings_of_a_stack_is_shown() {
    for f in FIELDS {
        let p = blank();
        assert_eq!(f.json(&p).is_none(), f.path == "deployment", "{f:?}");
        let structure = matches!(f.value, Value::Own);
        assert!(!structure || !matches!(f.shown, Shown::Plain), "{f:?}");
    }
}

#[test]
fn a_field_that_may_be_unknown_is_so_in_a_blank_profile() {
    let p = blank();
    for f in FIELDS.iter().filter(|f| f.can_be_unknown()) {
        let held = f.json(&p).unwrap();
        assert!(held.is_null() || held == "unknown", "{f:?}: {held}");
    }
}

#[test]
fn numbers_and_words_are_named_by_their_paths() {
    for number in NumField::all() {
        let text = serde_json::to_string(&number).unwrap();
        assert_eq!(text, format!("{:?}", number.path()));
        assert_eq!(serde_json::from_str::<NumField>(&text).unwrap(), number);
        assert!(serde_json::from_str::<WordField>(&text).is_err());
    }
    for words in WordField::all() {
        let text = serde_json::to_string(&words).unwrap();
        assert_eq!(serde_json::from_str::<WordField>(&text).unwrap(), words);
        assert!(serde_json::from_str::<NumField>(&text).is_err());
    }
}

#[test]
fn calendar_totals_stay_when_the_active_hours_change() {
    let mut p = blank();
    p.traffic.totals = vec![NumField::Reads];
    let month = p.traffic.reads * p.active_seconds();
    p.set_number(NumField::ActiveHours, Decimal::from(73));
    assert_eq!(p.traffic.reads * p.active_seconds(), month);
}
