//! How sure an answer is: what it says is confirmed by asking the program again, through the front door.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests stop on any fault"
)]
#![allow(unreachable_pub, reason = "helpers of a test")]

#[path = "support/random.rs"]
mod random;
mod support;

use cachewright_core::analysis::outlook::{Outlook, outlook};
use cachewright_core::analysis::{self, Open, answer, search};
use cachewright_core::decide::{Engine, Options, Scratch};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::{Candidate, Decision, Outcome};
use cachewright_core::domain::field::{Field, NumField};
use cachewright_core::domain::outlook::{Ground, Level, PriceTag};
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::{Profile, Word as _};
use cachewright_core::{catalog, workload};
use rust_decimal::Decimal;

struct World {
    catalog: Catalog,
    book: PriceBook,
}

/// A profile with its decision and outlook.
struct Seen {
    profile: Profile,
    decision: Decision,
    outlook: Outlook,
}

impl World {
    fn new() -> Self {
        let (catalog, book) = support::data();
        Self { catalog, book }
    }

    fn open(&self) -> Open<'_> {
        Open {
            catalog: &self.catalog,
            book: &self.book,
            options: Options::default(),
        }
    }

    fn engine(&self, profile: &Profile) -> Engine<'_> {
        Engine::new(&self.catalog, &self.book, Options::default(), profile)
    }

    fn see(&self, text: &str) -> Seen {
        let profile = support::profile(text, &self.catalog);
        let engine = self.engine(&profile);
        let decision = engine.decide(&profile);
        let outlook = outlook(&engine, &self.open(), &profile, &decision);
        Seen {
            profile,
            decision,
            outlook,
        }
    }

    /// The decision with some fields stated otherwise; `None` where that is no profile.
    fn with(&self, text: &str, sets: &[String]) -> Option<Decision> {
        let profile = workload::load(text, sets, &self.catalog).ok()?.profile;
        Some(self.engine(&profile).decide(&profile))
    }

    /// Examples and random profiles, with their texts.
    fn texts(&self, random: usize) -> Vec<String> {
        let files = support::files("examples", ".yaml");
        let examples = files.iter().map(support::text);
        let random = random::profiles(random, &self.catalog);
        examples
            .chain(random.into_iter().map(|(text, _)| text))
            .collect()
    }
}

fn bill(candidate: &Candidate) -> Decimal {
    candidate.cost.unwrap().expected.known.0
}

/// The profile with less asked for, as somebody would write it.
fn relaxed(tag: &PriceTag, profile: &Profile) -> Vec<String> {
    let Some(to) = &tag.relaxed_to else {
        let left = profile.requirements.features.iter().map(|f| f.word());
        let left: Vec<&str> = left.filter(|word| *word != tag.stated).collect();
        return vec![format!("{}=[{}]", tag.field, left.join(", "))];
    };
    let mut sets = vec![format!("{}={to}", tag.field)];
    if tag.field == "requirements.multi_region" && !profile.requirements.replica_regions.is_empty()
    {
        sets.push("requirements.replica_regions=[]".to_owned());
    }
    sets
}

#[test]
fn every_price_tag_is_what_the_relaxed_profile_saves() {
    let world = World::new();
    let mut found = 0;
    for text in world.texts(600) {
        let seen = world.see(&text);
        for tag in &seen.outlook.tags {
            let sets = relaxed(tag, &seen.profile);
            let then = world
                .with(&text, &sets)
                .unwrap_or_else(|| panic!("{sets:?} of\n{text}"));
            let winner = then
                .winner()
                .map_or(then.outcome.word(), |c| &c.pick.service);
            assert_eq!(winner, tag.winner.service, "{tag:?}\n{text}");
            if let (Some(now), Some(then)) = (seen.decision.winner(), then.winner()) {
                assert_eq!(bill(now) - bill(then), tag.saves.0, "{tag:?}\n{text}");
                assert!(tag.saves.0 * Decimal::TEN >= bill(now), "{tag:?}\n{text}");
                assert_ne!(now.pick, then.pick, "{tag:?}\n{text}");
            }
            assert!(tag.saves.0 >= Decimal::from(20), "{tag:?}\n{text}");
            found += 1;
        }
    }
    assert!(
        found >= 20,
        "only {found} price tags: the test shows little"
    );
}

#[test]
fn no_must_have_that_costs_a_tenth_lacks_its_price_tag() {
    let world = World::new();
    for text in world.texts(150) {
        let seen = world.see(&text);
        let Some(now) = seen.decision.winner().filter(|c| c.is_complete()) else {
            continue;
        };
        for field in ["scale_to_zero", "private_access"] {
            let needs = seen.profile.is_stated(field) && !text.contains(&format!("{field}: no"));
            let tagged = seen.outlook.tags.iter().any(|t| t.field == field);
            if !needs || tagged {
                continue;
            }
            let then = world.with(&text, &[format!("{field}=no")]).unwrap();
            let saves = then.winner().map_or(Decimal::ZERO, |c| bill(now) - bill(c));
            let enough = (bill(now) / Decimal::TEN).max(Decimal::from(20));
            assert!(saves < enough, "{field} costs {saves}, unsaid\n{text}");
        }
    }
}

#[test]
fn the_value_of_every_question_gives_the_answer_it_names() {
    let world = World::new();
    let (mut found, mut open) = (0, 0);
    for text in world.texts(150) {
        let seen = world.see(&text);
        for q in &seen.outlook.questions {
            assert!(!seen.profile.is_stated(q.field), "{q:?}\n{text}");
            assert!(
                q.flip.is_some() || q.worth.0 >= Decimal::from(20),
                "{q:?}\n{text}"
            );
            let Some((at, to)) = &q.flip else { continue };
            let list = ["compute"].contains(&q.field);
            let value = if list { format!("[{at}]") } else { at.clone() };
            let sets = vec![format!("{}={value}", q.field)];
            let then = world
                .with(&text, &sets)
                .unwrap_or_else(|| panic!("{sets:?} of\n{text}"));
            assert_eq!(then.answer(), to.service, "{q:?}\n{text}");
            assert_ne!(then.answer(), seen.decision.answer(), "{q:?}\n{text}");
            found += 1;
        }
        let certainty = &seen.outlook.certainty;
        let asks = seen.outlook.questions.iter().any(|q| q.flip.is_some());
        assert!(
            !asks || certainty.level == Level::Open,
            "{certainty:?}\n{text}"
        );
        open += usize::from(certainty.level == Level::Open);
        if certainty.level == Level::Close {
            assert!(certainty.margin.unwrap() <= 2.0, "{certainty:?}\n{text}");
        }
        let order = seen.outlook.questions.windows(2);
        assert!(order.into_iter().all(|w| w[0].worth >= w[1].worth));
    }
    assert!(found >= 30 && open >= 20, "{found} questions, {open} open");
}

const STATED: &str = "version: 1\nname: files\nregion: us-east-1\nlayer: edge\n\
    traffic: { reads: 9M/month }\n\
    data: { item_size: 5 MB, working_set: 500 GB, ttl: 1 day, hit_ratio: 90 % }\norigin: { kind: s3 }\n";

#[test]
fn nothing_to_ask_and_nobody_near_is_clear() {
    let seen = World::new().see(STATED);
    assert_eq!(seen.outlook.certainty.level, Level::Clear);
    assert_eq!(seen.outlook.questions, []);
}

#[test]
fn at_the_edge_a_lower_bound_of_the_origins_price_leaves_the_answer_open() {
    let world = World::new();
    // From the request fee alone to ten times as much: somewhere between, the cache pays.
    let text = STATED
        .replace("9M/month", "300/s")
        .replace("5 MB, working_set: 500 GB", "2 KiB, working_set: 1 GiB")
        .replace("kind: s3", "kind: lambda");
    let seen = world.see(&text);
    let certainty = &seen.outlook.certainty;
    let asked = "origin.price_per_million_reads";
    assert!(
        matches!(&certainty.why, Ground::Question { field, .. } if *field == asked),
        "{certainty:?}"
    );
    let stated = text.replace(
        "kind: lambda",
        "kind: lambda, price_per_million_reads: 3 USD",
    );
    assert_ne!(world.see(&stated).outlook.certainty.level, Level::Open);
}

const UNKNOWN: &str =
    "version: 1\nname: keys\nregion: eu-west-2\nlayer: application\ncompute: [lambda]\n";

#[test]
fn what_nobody_knows_has_a_range_and_its_parts_and_is_open() {
    let world = World::new();
    let text = format!("{UNKNOWN}data: {{ item_size: 2 KiB, working_set: 1 MB, ttl: 1 h }}\n");
    let seen = world.see(&text);
    let written = format!("{text}traffic: {{ reads: unknown }}\n");
    assert_eq!(world.see(&written).outlook, seen.outlook);
    let range = seen.profile.ranges[0];
    assert_eq!(range.field, NumField::Reads);
    assert!(!seen.profile.is_stated("traffic.reads"));
    let assumed = |field: &&Field| field.assumption(&seen.profile, &seen.decision.baseline);
    let mut listed = seen.decision.assumptions.iter();
    let reads = listed.find(|f| f.path == "traffic.reads");
    assert_eq!(reads.map(assumed).unwrap(), "30/s (1/s to 1000/s)");
    assert_eq!(seen.outlook.certainty.level, Level::Open);
    let ranges = seen.outlook.ranges.unwrap();
    let parts = &ranges.parts;
    assert!(parts.len() > 1, "{parts:?}");
    assert_eq!(
        (parts[0].from, parts[parts.len() - 1].to),
        (range.low, range.high)
    );
    let engine = world.engine(&seen.profile);
    for part in parts {
        for value in [part.from, part.to] {
            let mut probe = seen.profile.clone();
            search::put(&mut probe, part.field, value);
            let then = answer(&engine, &probe, &mut Scratch::default());
            assert_eq!(then.service, part.winner.service, "at {value}");
        }
        let middle = part.field.show((part.from + part.to) / Decimal::TWO);
        let then = world
            .with(&text, &[format!("traffic.reads={middle}")])
            .unwrap();
        assert_eq!(then.answer(), part.winner.service, "at {middle}");
    }
}

#[test]
fn a_range_over_decades_is_sampled_by_logarithm() {
    let world = World::new();
    let data = "data: { item_size: 2 KiB, working_set: 1 MB, ttl: 1 h }\n";
    let text = format!("{UNKNOWN}{data}traffic: {{ reads: 0.1/s..10/s..1000/s }}\n");
    let seen = world.see(&text);
    let ranges = seen.outlook.ranges.unwrap();
    // Of four decades each has a quarter of the samples: the part of the first service is its share of them.
    let decades = |from: Decimal, to: Decimal| {
        use rust_decimal::prelude::ToPrimitive as _;
        (to / from).to_f64().unwrap().log10()
    };
    let first = &ranges.parts[0];
    let expected = decades(first.from, first.to) / 4.0;
    let wins = ranges
        .won
        .iter()
        .filter(|(p, _)| p.service == first.winner.service);
    let share = f64::from(wins.map(|(_, n)| n).sum::<u32>()) / f64::from(ranges.samples);
    assert!(
        (share - expected).abs() < 0.02,
        "{share} against {expected}"
    );
    assert!(share > 0.2 && share < 0.95, "{share}");
    assert_eq!(seen.outlook.certainty.level, Level::Open);
}

#[test]
fn what_is_assumed_never_rules_out() {
    let world = World::new();
    for layer in ["client", "edge", "application", "database", "storage"] {
        let text = format!("version: 1\nname: all\nregion: us-east-1\nlayer: {layer}\n");
        let seen = world.see(&text);
        assert_eq!(seen.profile.ranges.len(), 3, "{layer}");
        let numbers = [
            "traffic.reads",
            "data.item_size",
            "data.max_item_size",
            "data.working_set",
        ];
        for c in &seen.decision.candidates {
            let blamed = c.reasons.iter().find(|r| numbers.contains(&r.field()));
            assert!(blamed.is_none(), "{layer}: {:?} {blamed:?}", c.pick);
        }
        // Sizes that hold each other stay in order.
        let data = &seen.profile.data;
        assert!(data.item_size <= data.working_set);
        let small = format!("{text}data: {{ working_set: 1 KiB }}\n");
        let data = support::profile(&small, &world.catalog).data;
        assert!(data.item_size <= data.working_set, "{layer}");
    }
}

#[test]
fn another_variant_takes_over_where_a_variant_flip_says() {
    let world = World::new();
    let mut found = 0;
    for text in world.texts(0) {
        let profile = support::profile(&text, &world.catalog);
        let engine = world.engine(&profile);
        let decision = engine.decide(&profile);
        let analysis = analysis::analyse(&engine, &world.open(), &profile, &decision);
        for flip in &analysis.variant_flips {
            assert_eq!(flip.from.service, flip.to.service, "{flip:?}");
            assert_ne!(flip.from.variant, flip.to.variant, "{flip:?}");
            let at = |value: Decimal| {
                let mut probe = profile.clone();
                search::put(&mut probe, flip.field, value);
                answer(&engine, &probe, &mut Scratch::default())
            };
            let hair = (flip.at * Decimal::new(2, 11)).max(Decimal::new(2, 12));
            let below = (flip.at - hair).max(Decimal::ZERO);
            let sides = [at(below), at(flip.at + hair)];
            assert_eq!(
                sides,
                [flip.from.clone(), flip.to.clone()],
                "{flip:?}\n{text}"
            );
            found += 1;
        }
    }
    assert!(found >= 3, "only {found} variant flips");
}

#[test]
fn the_third_is_explained_where_it_is_cheaper() {
    let world = World::new();
    let mut found = 0;
    for text in world.texts(800) {
        let seen = world.see(&text);
        let Some(third) = &seen.outlook.third else {
            continue;
        };
        let row = seen
            .decision
            .candidates
            .iter()
            .find(|c| c.pick == third.pick)
            .unwrap();
        let winner = seen.decision.winner().unwrap();
        assert_eq!(bill(winner) - bill(row), third.cheaper.0);
        assert!(third.cheaper.0 > Decimal::ZERO && !third.leads.is_empty());
        assert_ne!(third.pick.service, seen.decision.runner_up.unwrap().service);
        found += 1;
    }
    assert!(found >= 3, "only {found} cheaper thirds");
}

#[test]
fn nobody_is_asked_to_guess_a_must_have() {
    let refused = |row: &str| {
        let text = format!("close_points: 2\ntag_share: 10 %\nplausible:\n  - {row}\nranges: []\n");
        let file = catalog::File {
            path: "plausible.yaml".to_owned(),
            text,
        };
        let problems = catalog::build(&[file]).unwrap_err();
        problems
            .iter()
            .flat_map(|p| &p.problems)
            .map(|p| p.message.clone())
            .collect::<String>()
    };
    let row = |field: &str, values: &str| {
        refused(&format!(
            "{{ field: {field}, layers: [edge], values: {values}, why: x }}"
        ))
    };
    assert!(row("scale_to_zero", "{ no: 1 }").contains("has no plausible answers"));
    assert!(row("requirements.features", "{ json: 1 }").contains("has no plausible answers"));
    assert!(row("data.hit_ratio", "{ 80 %: 0 }").contains("no answer to `data.hit_ratio`"));
    assert!(row("origin.kind", "{ mainframe: 1 }").contains("no answer to `origin.kind`"));
    assert!(row("data.hit_ratio", "{ 80 %: 1 }").contains("no range of"));
}

#[test]
fn a_report_without_an_answer_says_how_sure_it_is() {
    let world = World::new();
    let text = "version: 1\nname: none\nregion: us-east-1\nlayer: application\nlatency: 0.01 ms\n\
        traffic: { reads: 10/s }\ndata: { item_size: 1 KiB, working_set: 1 GiB }\n";
    let seen = world.see(text);
    assert_eq!(seen.decision.outcome, Outcome::NoneFits);
    assert_eq!(seen.outlook.certainty.level, Level::Clear);
    assert_eq!(seen.outlook.certainty.margin, None);
    assert_eq!(seen.outlook.tags, []);
}
