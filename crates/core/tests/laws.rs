//! The laws of the decision, each over every example and many random profiles.
#![allow(clippy::unwrap_used, reason = "tests stop on any fault")]
#![allow(
    unreachable_pub,
    clippy::many_single_char_names,
    reason = "helpers of a test; two of everything that crosses"
)]

#[path = "support/random.rs"]
mod random;
mod support;

use std::collections::{BTreeMap, BTreeSet};

use cachewright_core::decide::{Engine, Options, Scratch};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::{Decision, NoCacheReason, Outcome, Verdict};
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::{
    Availability, ClientChanges, Consistency, Durability, Eviction, MultiRegion, Need, NumField,
    OriginKind, Pattern, Profile, Protocol,
};
use cachewright_core::domain::rule::{Condition, Effect, Rule};
use cachewright_core::{words, workload};
use rust_decimal::Decimal;

use random::Dice;

/// Examples and random profiles.
fn profiles(random: usize, catalog: &Catalog) -> Vec<Profile> {
    let files = support::files("examples", ".yaml");
    let examples = files.iter().map(|f| support::profile_file(f, catalog));
    examples
        .chain(
            random::profiles(random, catalog)
                .into_iter()
                .map(|(_, p)| p),
        )
        .collect()
}

fn engine<'a>(catalog: &'a Catalog, book: &'a PriceBook, profile: &Profile) -> Engine<'a> {
    Engine::new(catalog, book, Options::default(), profile)
}

type Id = (String, Option<String>);

/// What each variant pays a month; of price plans the cheapest that covers the workload, under the service alone.
fn costs(catalog: &Catalog, book: &PriceBook, profile: &Profile) -> BTreeMap<Id, Decimal> {
    let engine = engine(catalog, book, profile);
    let mut scratch = Scratch::default();
    engine.rank(profile, &mut scratch);
    let slots = Engine::evals(&scratch).len();
    let mut out: BTreeMap<Id, Decimal> = BTreeMap::new();
    for slot in 0..slots {
        let pick = engine.pick(slot);
        let plans = catalog.service(&pick.service).unwrap().plans;
        let Some(cost) = engine.cost_of(slot, profile, &mut scratch) else {
            continue;
        };
        let id = (pick.service, pick.variant.filter(|_| !plans));
        let entry = out.entry(id).or_insert(cost.known.0);
        *entry = cost.known.0.min(*entry);
    }
    out
}

/// Service and variant of everything that is eligible.
fn eligible(decision: &Decision) -> BTreeSet<Id> {
    let all = decision
        .candidates
        .iter()
        .filter(|c| c.verdict == Verdict::Eligible);
    all.map(|c| (c.pick.service.clone(), c.pick.variant.clone()))
        .collect()
}

#[test]
fn cost_never_falls_when_the_workload_grows() {
    let (catalog, book) = support::data();
    let mut dice = Dice::new(7);
    for mut profile in profiles(300, &catalog) {
        // The law is about size and traffic at one hit ratio; with a curve a larger set has more hits.
        profile.data.curve.clear();
        profile.data.hit_ratio = Some(profile.hit_ratio(profile.data.working_set));
        let before = costs(&catalog, &book, &profile);
        let most = if dice.once_in(2) { 300 } else { 20_000 };
        let factor = Decimal::new(1_001 + dice.below(most) as i64, 3);
        for field in [
            NumField::Reads,
            NumField::Writes,
            NumField::WorkingSet,
            NumField::ItemSize,
        ] {
            let mut grown = profile.clone();
            grown.set_number(field, profile.number(field).unwrap() * factor);
            if field == NumField::ItemSize {
                grown.data.working_set *= factor;
            }
            let after = costs(&catalog, &book, &grown);
            for (id, cost) in &after {
                let was = before.get(id).unwrap_or(&Decimal::ZERO);
                assert!(
                    cost >= was,
                    "{}: {id:?} falls from {was} to {cost} when {} grows {factor} times",
                    profile.name,
                    field.path()
                );
            }
        }
    }
}

#[test]
fn doubled_prices_double_what_is_paid() {
    let (catalog, book) = support::data();
    let mut dear = book.clone();
    for table in dear.regions.values_mut() {
        for (_, schedule) in &mut table.0 {
            schedule
                .tiers
                .iter_mut()
                .for_each(|t| t.price *= Decimal::TWO);
        }
    }
    for profile in profiles(200, &catalog) {
        let (once, twice) = (
            costs(&catalog, &book, &profile),
            costs(&catalog, &dear, &profile),
        );
        assert_eq!(once.len(), twice.len());
        for (id, cost) in &once {
            let difference = (*cost * Decimal::TWO - twice[id]).abs();
            assert!(
                difference <= cost.abs() * Decimal::new(1, 18),
                "{}: {id:?} {cost} → {}",
                profile.name,
                twice[id]
            );
        }
    }
}

#[test]
fn a_rule_that_rules_out_adds_nothing() {
    let (catalog, book) = support::data();
    for (i, profile) in profiles(60, &catalog).into_iter().enumerate() {
        let before = eligible(&engine(&catalog, &book, &profile).decide(&profile));
        let candidates: Vec<String> = before.iter().map(|(s, _)| s.clone()).collect();
        let Some(victim) = candidates.get(i % candidates.len().max(1)) else {
            continue;
        };
        let mut stricter = catalog.clone();
        stricter.rules.push(Rule {
            id: "a-law-of-the-test".to_owned(),
            service: Some(victim.clone()),
            variants: Vec::new(),
            when: Condition::Always,
            effect: Effect::RulesOut,
            field: None,
            because: "The test forbids it.".to_owned(),
            sources: vec![0],
        });
        let after = eligible(&engine(&stricter, &book, &profile).decide(&profile));
        let expected: BTreeSet<_> = before
            .iter()
            .filter(|(s, _)| s != victim)
            .cloned()
            .collect();
        assert_eq!(after, expected, "{}: without {victim}", profile.name);
    }
}

/// A name and the must-have it takes away.
type Step = (&'static str, fn(&mut Profile));

/// One must-have less, every way there is.
fn relaxed(profile: &Profile) -> Vec<(&'static str, Profile)> {
    let steps: [Step; 13] = [
        ("scale_to_zero", |p| p.scale_to_zero = Need::No),
        ("private_access", |p| p.private_access = Need::No),
        ("latency", |p| p.latency = None),
        ("consistency", |p| {
            p.requirements.consistency = Consistency::Eventual
        }),
        ("durability", |p| {
            p.requirements.durability = Durability::Rebuildable
        }),
        ("pattern", |p| p.requirements.pattern = Pattern::Any),
        ("protocol", |p| p.requirements.protocol = Protocol::Any),
        ("features", |p| p.requirements.features.clear()),
        ("availability", |p| {
            p.requirements.availability = Availability::SingleAz
        }),
        ("client_changes", |p| {
            p.requirements.client_changes = ClientChanges::Allowed
        }),
        ("eviction", |p| p.requirements.eviction = Eviction::No),
        ("multi_region", |p| {
            p.requirements.multi_region = MultiRegion::No;
            p.requirements.replica_regions.clear();
        }),
        ("hottest_key_share", |p| p.traffic.hottest_key_share = None),
    ];
    let changed = steps.into_iter().map(|(name, relax)| {
        let mut easier = profile.clone();
        relax(&mut easier);
        (name, easier)
    });
    changed.filter(|(_, easier)| easier != profile).collect()
}

#[test]
fn relaxing_a_must_have_removes_nothing() {
    let (catalog, book) = support::data();
    let mut relaxations = 0;
    for profile in profiles(200, &catalog) {
        let before = eligible(&engine(&catalog, &book, &profile).decide(&profile));
        for (what, easier) in relaxed(&profile) {
            relaxations += 1;
            let after = eligible(&engine(&catalog, &book, &easier).decide(&easier));
            let services: BTreeSet<&String> = after.iter().map(|(s, _)| s).collect();
            for (service, variant) in &before {
                // Of price plans one stands for all: which one may change.
                let plans = catalog.service(service).unwrap().plans;
                let kept = if plans {
                    services.contains(service)
                } else {
                    after.contains(&(service.clone(), variant.clone()))
                };
                assert!(
                    kept,
                    "{}: relaxing {what} removes {service} {variant:?}",
                    profile.name
                );
            }
        }
    }
    assert!(relaxations > 200, "{relaxations}");
}

#[test]
fn order_in_the_catalog_does_not_matter() {
    let (catalog, book) = support::data();
    let mut other = catalog.clone();
    other.services.reverse();
    other.services.iter_mut().for_each(|s| s.variants.reverse());
    other.rules.reverse();
    for profile in profiles(200, &catalog) {
        let ranked = |catalog: &Catalog| {
            let d = engine(catalog, &book, &profile).decide(&profile);
            let order: Vec<Id> = d
                .candidates
                .iter()
                .filter(|c| c.verdict == Verdict::Eligible)
                .map(|c| (c.pick.service.clone(), c.pick.variant.clone()))
                .collect();
            (
                d.answer().to_owned(),
                d.runner_up.clone(),
                words::summary(&profile, &d),
                order,
            )
        };
        assert_eq!(ranked(&catalog), ranked(&other), "{}", profile.name);
    }
}

#[test]
fn every_verdict_has_reasons_and_every_reason_sources() {
    let (catalog, book) = support::data();
    let mut seen = 0;
    for profile in profiles(300, &catalog) {
        let decision = engine(&catalog, &book, &profile).decide(&profile);
        for c in &decision.candidates {
            if c.verdict == Verdict::RuledOut {
                assert!(!c.reasons.is_empty(), "{}: {:?}", profile.name, c.pick);
            }
            for reason in &c.reasons {
                seen += 1;
                assert!(!words::reason(reason).is_empty() && !reason.code().is_empty());
                assert!(
                    !reason.sources.is_empty(),
                    "{}: {:?} {}",
                    profile.name,
                    c.pick,
                    reason.code()
                );
                assert!(
                    reason
                        .sources
                        .iter()
                        .all(|s| catalog.sources.get(usize::from(*s)).is_some())
                );
            }
        }
    }
    assert!(seen > 1_000, "{seen}");
}

#[test]
fn another_region_changes_prices_and_availability_only() {
    let (catalog, book) = support::data();
    let mut dice = Dice::new(11);
    for profile in profiles(150, &catalog) {
        let mut moved = profile.clone();
        moved
            .region
            .clone_from(&catalog.regions[dice.below(catalog.regions.len() as u64) as usize].code);
        moved
            .requirements
            .replica_regions
            .retain(|r| *r != moved.region);
        let mut home = profile.clone();
        home.requirements
            .replica_regions
            .clone_from(&moved.requirements.replica_regions);
        let reasons = |p: &Profile| -> BTreeMap<Id, BTreeSet<String>> {
            let all = engine(&catalog, &book, p).decide(p).candidates;
            let codes = |c: &cachewright_core::domain::decision::Candidate| {
                c.reasons
                    .iter()
                    .map(|r| r.code().to_owned())
                    .filter(|code| code != "region")
                    .collect()
            };
            // Plans are one row, and a comparison without a price in a Region has none.
            all.iter()
                .filter(|c| !catalog.service(&c.pick.service).unwrap().plans)
                .filter(|c| c.verdict != Verdict::Comparison)
                .map(|c| ((c.pick.service.clone(), c.pick.variant.clone()), codes(c)))
                .collect()
        };
        assert_eq!(
            reasons(&home),
            reasons(&moved),
            "{} in {}",
            profile.name,
            moved.region
        );
    }
}

/// The same profile, written differently.
fn rewritten(text: &str) -> Vec<String> {
    let renamed = text.replacen("\nname: ", "\nname: other-", 1);
    let described = format!("{text}\ndescription: \"words that change nothing\"\n");
    // Sections in the opposite order.
    let mut sections: Vec<String> = Vec::new();
    for line in text.lines() {
        match sections.last_mut() {
            Some(section) if line.starts_with(' ') => *section += &format!("\n{line}"),
            _ => sections.push(line.to_owned()),
        }
    }
    sections.reverse();
    let units = text
        .lines()
        .map(
            |line| match line.strip_suffix(" B").and_then(|l| l.rsplit_once(' ')) {
                Some((key, bytes)) if line.contains("working_set") => {
                    format!(
                        "{key} {} KiB",
                        (bytes.parse::<Decimal>().unwrap() / Decimal::from(1024)).normalize()
                    )
                }
                _ => line.to_owned(),
            },
        )
        .collect::<Vec<_>>()
        .join("\n");
    vec![renamed, described, sections.join("\n"), units]
}

#[test]
fn edits_that_say_the_same_give_the_same_bytes() {
    let (catalog, book) = support::data();
    let decided = |text: &str| {
        let resolved = workload::load(text, &[], &catalog)
            .unwrap_or_else(|e| panic!("{text}\n{:?}", e.problems));
        let profile = resolved.profile;
        format!("{:#?}", engine(&catalog, &book, &profile).decide(&profile))
            .replace("other-random", "random")
    };
    for (text, _) in random::profiles(60, &catalog) {
        let here = decided(&text);
        for other in rewritten(&text) {
            assert!(decided(&other) == here, "{other}");
        }
    }
    let kib = "version: 1\nname: a\nregion: eu-west-1\nlayer: application\ntraffic: { reads: 60/min }\ndata: { item_size: 1 KiB, working_set: 1 GiB }\n";
    let bytes = kib
        .replace("1 KiB", "1024 B")
        .replace("1 GiB", "1048576 KiB")
        .replace("60/min", "1/s");
    assert_eq!(decided(kib), decided(&bytes));
}

#[test]
fn the_fast_path_equals_the_full_decision() {
    let (catalog, book) = support::data();
    let mut outcomes: BTreeMap<&str, u32> = BTreeMap::new();
    for options in [
        Options::default(),
        Options {
            free_tier: false,
            strict_facts: true,
        },
    ] {
        for profile in profiles(300, &catalog) {
            let engine = Engine::new(&catalog, &book, options, &profile);
            let mut scratch = Scratch::default();
            let ranking = engine.rank(&profile, &mut scratch);
            let decision = engine.decide(&profile);
            *outcomes.entry(decision.outcome.word()).or_default() += 1;
            assert_eq!(ranking.outcome, decision.outcome, "{}", profile.name);
            let best = decision.best.map(|i| decision.candidates[i].pick.clone());
            if ranking.outcome != Outcome::NoneFits {
                assert_eq!(
                    ranking.best.map(|s| engine.pick(s)),
                    best,
                    "{}",
                    profile.name
                );
            }
            for (slot, eval) in Engine::evals(&scratch).iter().enumerate() {
                let pick = engine.pick(slot);
                let Some(shown) = decision.candidates.iter().find(|c| c.pick == pick) else {
                    continue;
                };
                assert_eq!(
                    eval.eligible,
                    shown.verdict == Verdict::Eligible,
                    "{}: {pick:?}",
                    profile.name
                );
                if eval.eligible {
                    assert_eq!(
                        Some(eval.cost),
                        shown.cost.map(|r| r.expected),
                        "{}: {pick:?}",
                        profile.name
                    );
                    assert!(
                        (eval.score - shown.score).abs() < 1e-9,
                        "{}: {pick:?} {} {}",
                        profile.name,
                        eval.score,
                        shown.score
                    );
                    assert_eq!(eval.saving, shown.saving, "{}: {pick:?}", profile.name);
                }
            }
        }
    }
    assert_eq!(outcomes.len(), 3, "every outcome comes up: {outcomes:?}");
}

#[test]
fn a_longer_ttl_never_lowers_the_stored_gb_hours() {
    let (catalog, book) = support::data();
    let mut compared = 0;
    for mut profile in profiles(150, &catalog) {
        // At one hit ratio: the default one follows from the TTL.
        profile.data.curve.clear();
        profile.data.hit_ratio = Some(profile.hit_ratio(profile.data.working_set));
        let stored = |ttl: Option<Decimal>| -> BTreeMap<Id, Decimal> {
            let mut profile = profile.clone();
            profile.data.ttl = ttl;
            let rows = engine(&catalog, &book, &profile)
                .decide(&profile)
                .candidates;
            let hours = rows.into_iter().filter_map(|c| {
                let line = c.lines.iter().find(|l| l.meter == "stored-gb-hours")?;
                Some(((c.pick.service, c.pick.variant), line.quantity))
            });
            hours.collect()
        };
        let minute = Decimal::from(60_000);
        let ttls = [1, 30, 600, 20_000].map(|n| Some(minute * Decimal::from(n)));
        let mut before = stored(Some(Decimal::ONE));
        for ttl in ttls.into_iter().chain([None]) {
            let after = stored(ttl);
            for (id, hours) in &after {
                let was = before.get(id).copied().unwrap_or_default();
                assert!(
                    *hours >= was,
                    "{}: {id:?} {was} → {hours} at {ttl:?}",
                    profile.name
                );
                compared += 1;
            }
            before = after;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn stating_a_default_changes_no_number_and_no_caution() {
    let (catalog, book) = support::data();
    let seen = |profile: &Profile| -> Vec<_> {
        let decision = engine(&catalog, &book, profile).decide(profile);
        let rows = decision.candidates.into_iter();
        rows.map(|c| {
            let cautions: Vec<String> = c.cautions.iter().map(|w| w.code().to_string()).collect();
            (c.pick, c.cost, c.score.to_bits(), cautions)
        })
        .collect()
    };
    for profile in profiles(100, &catalog) {
        let mut stated = profile.clone();
        for path in [
            "traffic.writes",
            "traffic.keys_per_read",
            "data.key_size",
            "optimize_for",
        ] {
            stated.state(path);
        }
        assert_eq!(seen(&profile), seen(&stated), "{}", profile.name);
    }
}

#[test]
fn no_cache_by_cost_never_stands_beside_a_possible_saving() {
    let (catalog, book) = support::data();
    let mut met = 0;
    for profile in profiles(400, &catalog) {
        let decision = engine(&catalog, &book, &profile).decide(&profile);
        if decision.no_cache != Some(NoCacheReason::CostsMore) {
            continue;
        }
        met += 1;
        for c in decision
            .candidates
            .iter()
            .filter(|c| c.verdict == Verdict::Eligible)
        {
            let saving = c.saving.expect("an unknown saving leaves a cache possible");
            let small = saving.expected.0 < catalog.weights.small_change;
            assert!(
                small && !saving.at_least,
                "{}: {:?} {saving:?}",
                profile.name,
                c.pick
            );
        }
    }
    assert!(met > 0);
}

#[test]
fn a_store_has_no_misses_no_saving_and_is_never_told_to_go_without() {
    let (catalog, book) = support::data();
    for mut profile in profiles(150, &catalog) {
        profile.origin.kind = OriginKind::None;
        profile.instances = Some(Decimal::ONE);
        let decision = engine(&catalog, &book, &profile).decide(&profile);
        assert_ne!(decision.outcome, Outcome::NoCache, "{}", profile.name);
        for c in &decision.candidates {
            let nothing = c.saving.is_none() && c.origin_reads_remaining.is_zero();
            assert!(nothing, "{}: {:?}", profile.name, c.pick);
        }
    }
}
