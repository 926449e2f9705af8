//! Stability, break-even and open questions against brute force: on every example and on 200 random profiles.
//!
//! Brute force is the fast path (and, for questions, the front door: a changed profile text) at values that are
//! neither on the search's grid nor at its bends.
#![allow(clippy::unwrap_used, reason = "tests stop on any fault")]
#![allow(
    unreachable_pub,
    clippy::many_single_char_names,
    reason = "helpers of a test; two of everything that crosses"
)]

#[path = "support/random.rs"]
mod random;
mod support;

use cachewright_core::analysis::{self, Curves, Open, Stability, answer, search};
use cachewright_core::decide::{Engine, Options, Scratch};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::{NumField, Profile};
use cachewright_core::workload;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};

use random::Dice;

/// Random profiles, in parts that run beside each other.
const RANDOM: usize = 200;

fn linear(field: NumField) -> bool {
    matches!(
        field,
        NumField::HitRatio | NumField::HottestKeyShare | NumField::ActiveHours
    )
}

/// `count` values strictly inside an interval, none of them where the search looked, shaken by the dice.
fn dense(
    field: NumField,
    low: Decimal,
    high: Decimal,
    count: usize,
    dice: &mut Dice,
) -> Vec<Decimal> {
    let (a, b) = (low.to_f64().unwrap(), high.to_f64().unwrap());
    let floor = if a > 0.0 { a } else { b / 1e9 };
    (0..count)
        .filter_map(|i| {
            let t = (i as f64 + dice.share()) / count as f64;
            let value = if linear(field) {
                a + (b - a) * t
            } else {
                (floor.ln() + (b.ln() - floor.ln()) * t).exp()
            };
            Decimal::from_f64(value)
        })
        .filter(|v| *v > low && *v < high)
        .collect()
}

/// The word of the answer with one number changed: a service or an outcome.
struct Probe<'e, 'a> {
    engine: &'e Engine<'a>,
    profile: Profile,
    scratch: Scratch,
}

impl Probe<'_, '_> {
    fn at(&mut self, field: NumField, value: Decimal) -> String {
        search::put(&mut self.profile, field, value);
        answer(self.engine, &self.profile, &mut self.scratch).service
    }
}

/// What is wrong with one row of the stability table; nothing when it is right.
fn faults(
    engine: &Engine<'_>,
    profile: &Profile,
    row: &Stability,
    samples: usize,
    dice: &mut Dice,
) -> Vec<String> {
    let mut out = Vec::new();
    let here = answer(engine, profile, &mut Scratch::default()).service;
    let mut probe = Probe {
        engine,
        profile: profile.clone(),
        scratch: Scratch::default(),
    };
    let hair = Decimal::new(2, 12);
    let ends = [
        (
            row.holds_from,
            &row.flips_below,
            Decimal::ONE - hair,
            "below",
        ),
        (row.holds_to, &row.flips_above, Decimal::ONE + hair, "above"),
    ];
    for (bound, flip, beyond, side) in ends {
        let Some(bound) = bound else {
            if flip.is_some() {
                out.push(format!("{side}: a flip without a bound"));
            }
            continue;
        };
        let inside = probe.at(row.field, bound);
        if inside != here && bound != row.at {
            out.push(format!(
                "at its own bound {bound} {side} it is {inside}, not {here}"
            ));
        }
        let outside = probe.at(row.field, bound * beyond);
        let step = if side == "below" {
            bound - Decimal::new(1, 12)
        } else {
            bound + Decimal::new(1, 12)
        };
        let outside = if outside == here {
            probe.at(row.field, step)
        } else {
            outside
        };
        let named = flip.as_ref().map(|f| f.service.clone());
        if outside == here || Some(&outside) != named.as_ref() {
            out.push(format!(
                "just {side} {bound} it is {outside}, the table says {named:?}, inside {here}"
            ));
        }
    }
    let (low, high) = (
        row.holds_from.unwrap_or(row.domain.0),
        row.holds_to.unwrap_or(row.domain.1),
    );
    for value in dense(row.field, low, high, samples, dice) {
        let found = probe.at(row.field, value);
        if found != here {
            out.push(format!(
                "inside {low}..{high} at {value} it is {found}, not {here}"
            ));
            break;
        }
    }
    for end in [low, high] {
        let found = probe.at(row.field, end);
        if found != here && end != row.at {
            out.push(format!(
                "at the end {end} of {low}..{high} it is {found}, not {here}"
            ));
        }
    }
    out
}

fn stability_faults(
    name: &str,
    profile: &Profile,
    catalog: &Catalog,
    book: &PriceBook,
    samples: usize,
    dice: &mut Dice,
) -> Vec<String> {
    let engine = Engine::new(catalog, book, Options::default(), profile);
    let rows = analysis::stability(&engine, profile);
    assert!(
        rows.len() >= 7,
        "{name}: every number of the profile is looked at"
    );
    rows.iter()
        .flat_map(|row| {
            let faults = faults(&engine, profile, row, samples, dice);
            faults
                .into_iter()
                .map(|f| format!("{name}, {}: {f}", row.field.path()))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What is wrong with the crossings of one set of curves.
fn crossing_faults(
    engine: &Engine<'_>,
    profile: &Profile,
    curves: &Curves,
    samples: usize,
    dice: &mut Dice,
) -> Vec<String> {
    let mut out = Vec::new();
    let mut scratch = Scratch::default();
    engine.rank(profile, &mut scratch);
    let slot = |pick: &cachewright_core::domain::decision::Pick| {
        (0..Engine::evals(&scratch).len())
            .find(|s| engine.pick(*s) == *pick)
            .unwrap()
    };
    let (field, mut probe) = (curves.field, profile.clone());
    let mut memory = Scratch::default();
    let mut cost = |slot: usize, value: Decimal| {
        search::put(&mut probe, field, value);
        engine
            .cost_of(slot, &probe, &mut memory)
            .filter(|c| !c.incomplete)
            .map(|c| c.known.0)
    };
    let hair = Decimal::new(2, 12);
    for c in &curves.crossings {
        let (a, b) = (slot(&c.between[0]), slot(&c.between[1]));
        let below = (
            cost(a, c.at * (Decimal::ONE - hair)),
            cost(b, c.at * (Decimal::ONE - hair)),
        );
        let above = (
            cost(a, c.at * (Decimal::ONE + hair)),
            cost(b, c.at * (Decimal::ONE + hair)),
        );
        let ordered = |p: (Option<Decimal>, Option<Decimal>)| p.0.zip(p.1).map(|(x, y)| x.cmp(&y));
        if !ordered(below).is_some_and(|o| o.is_le()) || !ordered(above).is_some_and(|o| o.is_ge())
        {
            out.push(format!(
                "{} at {}: {below:?} below, {above:?} above",
                field.path(),
                c.at
            ));
        }
    }
    let (low, high) = (curves.values[0], *curves.values.last().unwrap());
    let values = dense(field, low, high, samples, dice);
    for (i, (p, _)) in curves.costs.iter().enumerate() {
        for (q, _) in curves.costs[i + 1..]
            .iter()
            .filter(|(q, _)| q.service != p.service)
        {
            let (a, b) = (slot(p), slot(q));
            let mut before: Option<(Decimal, std::cmp::Ordering)> = None;
            for value in &values {
                let Some((x, y)) = cost(a, *value).zip(cost(b, *value)) else {
                    before = None;
                    continue;
                };
                let sign = x.cmp(&y);
                if sign.is_eq() {
                    continue;
                }
                if let Some((last, was)) = before.filter(|(_, was)| *was != sign) {
                    let (cheap, dear) = if was.is_lt() { (p, q) } else { (q, p) };
                    let listed = curves.crossings.iter().any(|c| {
                        c.at >= last && c.at <= *value && c.between == [cheap.clone(), dear.clone()]
                    });
                    if !listed {
                        out.push(format!(
                            "{}: {p:?} and {q:?} cross between {last} and {value}, not listed",
                            field.path()
                        ));
                    }
                }
                before = Some((*value, sign));
            }
        }
    }
    out
}

fn break_even_faults(
    name: &str,
    profile: &Profile,
    catalog: &Catalog,
    book: &PriceBook,
    samples: usize,
    dice: &mut Dice,
) -> Vec<String> {
    let engine = Engine::new(catalog, book, Options::default(), profile);
    analysis::break_even(&engine, profile)
        .iter()
        .flat_map(|curves| crossing_faults(&engine, profile, curves, samples, dice))
        .map(|f| format!("{name}: {f}"))
        .collect()
}

fn examples(catalog: &Catalog) -> Vec<(String, Profile)> {
    let files = support::files("examples", ".yaml");
    files
        .iter()
        .map(|f| (f.display().to_string(), support::profile_file(f, catalog)))
        .collect()
}

fn assert_none(faults: Vec<String>) {
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn bounds_of_every_example_hold_against_dense_sampling() {
    let (catalog, book) = support::data();
    let mut dice = Dice::new(1);
    let all = examples(&catalog);
    assert_none(
        all.iter()
            .flat_map(|(n, p)| stability_faults(n, p, &catalog, &book, 300, &mut dice))
            .collect(),
    );
}

#[test]
fn crossings_of_every_example_hold_against_dense_sampling() {
    let (catalog, book) = support::data();
    let mut dice = Dice::new(2);
    let all = examples(&catalog);
    assert_none(
        all.iter()
            .flat_map(|(n, p)| break_even_faults(n, p, &catalog, &book, 300, &mut dice))
            .collect(),
    );
}

fn random_part(part: usize) -> Vec<String> {
    let (catalog, book) = support::data();
    let mut dice = Dice::new(100 + part as u64);
    let all = random::profiles(RANDOM, &catalog);
    assert_eq!(all.len(), RANDOM);
    all.iter()
        .skip(part)
        .step_by(4)
        .flat_map(|(text, p)| {
            let mut out = stability_faults(&p.name, p, &catalog, &book, 80, &mut dice);
            out.extend(break_even_faults(
                &p.name, p, &catalog, &book, 120, &mut dice,
            ));
            if !out.is_empty() {
                out.push(text.clone());
            }
            out
        })
        .collect()
}

#[test]
fn bounds_and_crossings_of_random_profiles_hold_part_1() {
    assert_none(random_part(0));
}

#[test]
fn bounds_and_crossings_of_random_profiles_hold_part_2() {
    assert_none(random_part(1));
}

#[test]
fn bounds_and_crossings_of_random_profiles_hold_part_3() {
    assert_none(random_part(2));
}

#[test]
fn bounds_and_crossings_of_random_profiles_hold_part_4() {
    assert_none(random_part(3));
}

/// Values a user could write for an unanswered question: every word, and numbers over its whole range.
fn legal(field: &cachewright_core::domain::field::Field) -> Vec<String> {
    use cachewright_core::domain::field::Shape;
    let words = |list: Vec<&'static str>| list.into_iter().map(str::to_owned).collect::<Vec<_>>();
    match field.shape {
        Shape::Word(list) => words(list()),
        Shape::Words(list) => list().into_iter().map(|w| format!("[{w}]")).collect(),
        Shape::Integer => vec!["1".to_owned(), "7".to_owned()],
        Shape::Viewers => Vec::new(),
        _ => NumField::from_path(field.path).map_or(Vec::new(), |number| {
            let exponents = if matches!(number, NumField::HitRatio | NumField::HottestKeyShare) {
                -3..=0
            } else {
                -1..=13
            };
            let mut out = Vec::new();
            for e in exponents {
                for m in ["1", "1.7", "3.1", "5.9"] {
                    let scale = if e < 0 {
                        Decimal::new(1, (-e) as u32)
                    } else {
                        Decimal::from(10_i64.pow(e as u32))
                    };
                    out.push(number.show(m.parse::<Decimal>().unwrap() * scale));
                }
            }
            out
        }),
    }
}

fn question_faults(text: &str, name: &str, catalog: &Catalog, book: &PriceBook) -> Vec<String> {
    let profile = support::profile(text, catalog);
    let options = Options::default();
    let engine = Engine::new(catalog, book, options, &profile);
    let decision = engine.decide(&profile);
    let here = decision.answer().to_owned();
    let found = analysis::analyse(
        &engine,
        &Open {
            catalog,
            book,
            options,
        },
        &profile,
        &decision,
    );
    let searched = |path: &str, value: &str| {
        NumField::from_path(path).is_none_or(|field| {
            let (low, high) = search::domain(&profile, field);
            cachewright_core::catalog::number_text(field, value)
                .is_ok_and(|v| v >= low && v <= high)
        })
    };
    let stated = |path: &str, value: &str| {
        let set = format!("{path}={value}");
        let changed = workload::load(text, &[set], catalog).ok()?.profile;
        let engine = Engine::new(catalog, book, options, &changed);
        Some(answer(&engine, &changed, &mut Scratch::default()).service)
    };
    let mut out = Vec::new();
    for field in &decision.assumptions {
        let values = legal(field);
        let flip = values
            .iter()
            .filter(|v| searched(field.path, v))
            .find(|v| stated(field.path, v).is_some_and(|a| a != here));
        let looked_at = found.defaults.iter().find(|d| d.field == field.path);
        match (looked_at.map(|d| d.to.is_some()), flip) {
            (None, _) => out.push(format!("{name}: {} was not looked at", field.path)),
            (Some(false), Some(value)) => {
                out.push(format!(
                    "{name}: {}={value} makes it {:?}, not {here}",
                    field.path,
                    stated(field.path, value)
                ));
            }
            _ => {}
        }
        if let Some((value, pick)) = found.flip(field.path) {
            let value = if matches!(
                field.shape,
                cachewright_core::domain::field::Shape::Words(_)
            ) {
                format!("[{value}]")
            } else {
                value.clone()
            };
            let found = stated(field.path, &value);
            if found.as_ref() != Some(&pick.service) {
                out.push(format!(
                    "{name}: {}={value} makes it {found:?}, the report says {}",
                    field.path, pick.service
                ));
            }
        }
    }
    out
}

/// What is wrong in the open questions of these profiles, by name and text. In parts, so that they are asked side by side.
fn no_question_is_wrong(profiles: impl Iterator<Item = (String, String)>) {
    let (catalog, book) = support::data();
    let faults = profiles.flat_map(|(name, text)| question_faults(&text, &name, &catalog, &book));
    assert_none(faults.collect());
}

/// The examples, or the pairs in `borderline/`.
fn texts_of_examples(borderline: bool) -> impl Iterator<Item = (String, String)> {
    let files = support::files("examples", ".yaml").into_iter();
    files
        .map(|file| (file.display().to_string(), support::text(&file)))
        .filter(move |(name, _)| name.contains("/borderline/") == borderline)
}

#[test]
fn open_questions_of_the_examples_flip_when_a_stated_value_does() {
    no_question_is_wrong(texts_of_examples(false));
}

#[test]
fn open_questions_of_borderline_pairs_flip_when_a_stated_value_does() {
    no_question_is_wrong(texts_of_examples(true));
}

#[test]
fn open_questions_of_random_profiles_flip_when_a_stated_value_does() {
    let catalog = support::data().0;
    let profiles = random::profiles(30, &catalog).into_iter();
    no_question_is_wrong(profiles.map(|(text, profile)| (profile.name, text)));
}
