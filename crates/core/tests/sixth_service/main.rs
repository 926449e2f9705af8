//! The wall around a service: a complete sixth one, from its catalog file to its verify target, is
//! recommended, priced, generated and found without a line outside its folder but the registry's.

mod shelf;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use cachewright_core::catalog::{self, File};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::{Decision, Verdict};
use cachewright_core::domain::price::{BookOrigin, PriceBook};
use cachewright_core::domain::profile::Profile;
use cachewright_core::exit::Exit;
use cachewright_core::report::{Report, json, markdown};
use cachewright_core::services::check::{Given, check_with};
use cachewright_core::services::found::{self, Deployed, Endpoint, Overrides, Resource, Target};
use cachewright_core::services::{Registry, SERVICES, Service, ServiceModel};
use cachewright_core::{analysis, book, stack};
use shelf::Shelf;

const PROFILE: &str = "version: 1\nname: basement\nregion: us-east-1\nlayer: application\n\
    traffic: { reads: 1200/s, writes: 40/s }\ndata: { item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }\n\
    origin: { kind: rds, latency: 20 ms, price_per_million_reads: 2 USD }\n";

fn registry() -> Registry {
    let mut all: Vec<&'static dyn Service> = SERVICES.to_vec();
    all.push(&Shelf);
    let models: Vec<_> = all.iter().map(|s| *s as &dyn ServiceModel).collect();
    Registry {
        services: all.leak(),
        models: models.leak(),
    }
}

fn own_files() -> Vec<File> {
    [
        ("services/shelf.yaml", include_str!("shelf/service.yaml")),
        ("rules/shelf.yaml", include_str!("shelf/rules.yaml")),
    ]
    .into_iter()
    .map(|(path, text)| File {
        path: path.to_owned(),
        text: text.to_owned(),
    })
    .collect()
}

fn with_shelf() -> Catalog {
    let mut files = cachewright_catalog::catalog_files().unwrap();
    files.extend(own_files());
    catalog::build_with(&registry(), &files).unwrap()
}

/// The snapshot with the prices of the shelf.
fn prices() -> String {
    let newest = support::files("catalog/prices", ".json").pop().unwrap();
    let mut all: serde_json::Value = serde_json::from_str(&support::text(newest)).unwrap();
    let source = all["sources"][0]["id"].clone();
    for (meter, price) in [("shelf/box-months", "0.5"), ("shelf/lifts", "0.00000001")] {
        all["regions"]["us-east-1"][meter] =
            serde_json::json!({ "tiers": [["0", price]], "source": source });
    }
    all.to_string()
}

fn with_prices() -> PriceBook {
    book::parse(&prices(), BookOrigin::File).unwrap()
}

fn decide(catalog: &Catalog, book: &PriceBook, profile: &Profile) -> Decision {
    Engine::with(
        registry().models,
        catalog,
        book,
        Options::default(),
        profile,
    )
    .decide(profile)
}

#[test]
fn it_wins_where_it_is_cheap_and_every_report_shows_it() {
    let (catalog, book) = (with_shelf(), with_prices());
    let profile = support::profile(PROFILE, &catalog);
    let options = Options::default();
    let engine = Engine::with(registry().models, &catalog, &book, options, &profile);
    let decision = engine.decide(&profile);
    let open = analysis::Open {
        catalog: &catalog,
        book: &book,
        options,
    };
    let analysis = analysis::analyse(&engine, &open, &profile, &decision);
    let outlook = analysis::outlook::outlook(&engine, &open, &profile, &decision);
    assert_eq!(decision.answer(), shelf::ID);
    let winner = decision.winner().unwrap();
    // 20 boxes for half a dollar, and a cent per million lifts.
    let lifts: Vec<_> = winner.lines.iter().filter(|l| l.meter == "lifts").collect();
    assert_eq!(lifts[0].unit, "lifts");
    assert_eq!(
        winner.cost.unwrap().expected.known,
        winner.lines.iter().filter_map(|l| l.cost).sum()
    );
    assert!(winner.cautions.iter().any(|c| c.code() == "shelf-writes"));
    let lines = BTreeMap::new();
    let report = Report {
        profile: &profile,
        decision: &decision,
        catalog: &catalog,
        book: &book,
        lines: &lines,
        typed: &BTreeMap::new(),
        file: "basement.yaml",
        price_notes: &[],
        outlook: Some(&outlook),
        warnings: &[],
        analysis: Some(&analysis),
        given: None,
    };
    assert!(markdown::render(&report).contains("Acme Shelf"));
    let json = json::to_string(&json::mirror(&report)).unwrap();
    assert!(json.contains("\"shelf\"") && json.contains("box-months"));
}

#[test]
fn its_limit_rules_it_out_and_so_does_its_model_each_with_a_reason() {
    let (catalog, book) = (with_shelf(), with_prices());
    for (from, to, code) in [
        ("working_set: 20 GiB", "working_set: 2000 TiB", "boxes"),
        ("item_size: 4 KiB", "item_size: 200 MB", "shelf-box"),
    ] {
        let text = PROFILE.replace(from, to);
        let decision = decide(&catalog, &book, &support::profile(&text, &catalog));
        let row = decision
            .candidates
            .iter()
            .find(|c| c.pick.service == shelf::ID);
        let row = row.unwrap();
        assert_eq!(row.verdict, Verdict::RuledOut, "{to}");
        let reason = row.reasons.iter().find(|r| r.code() == code);
        let reason = reason.unwrap_or_else(|| panic!("{code}: {:?}", row.reasons));
        assert!(!reason.sources.is_empty());
    }
}

#[test]
fn it_is_generated_checked_and_found_again() {
    let (catalog, book) = (with_shelf(), with_prices());
    let profile = support::profile(PROFILE, &catalog);
    let decision = decide(&catalog, &book, &profile);
    let input = stack::Input {
        profile: &profile,
        decision: &decision,
        candidate: decision.winner().unwrap(),
        catalog: &catalog,
        prices_as_of: &book.as_of,
        price_terms: book.terms(),
    };
    let registry = registry();
    let made = stack::generate_with(&registry, &input).unwrap();
    assert!(made.template.contains("Type: Acme::Basement::Shelf"));
    assert!(made.readme.contains("Mind the stairs."));
    let given = Given {
        catalog: &catalog,
        region: &made.region,
        parameters: &[],
    };
    let broken = made.template.replace("Default: 20", "Default: 0");
    let found = check_with(&registry, &broken, &given);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].code, "shelf-empty");
    let resources = [Resource {
        logical_id: "CacheShelf".to_owned(),
        resource_type: "Acme::Basement::Shelf".to_owned(),
        ..Resource::default()
    }];
    let deployed = Deployed {
        resources: &resources,
        outputs: &BTreeMap::from([("DoorAddress".to_owned(), "cellar".to_owned())]),
        template: &made.template,
        overrides: &Overrides::default(),
    };
    assert_eq!(
        found::find(&registry, &deployed),
        Some(Target::Memcached(Endpoint {
            host: "cellar".to_owned(),
            port: 11211
        }))
    );
    // Without its line in the registry nobody knows its stack, and that is a bug of the program.
    let failure = stack::generate(&input).unwrap_err();
    assert_eq!((failure.exit, failure.exit.code()), (Exit::Bug, 101));
}

#[test]
fn a_service_takes_two_lines_of_the_registry() {
    let text = support::text("crates/core/src/services/mod.rs");
    for service in SERVICES {
        let module = service.id().replace('-', "_");
        let lines: Vec<&str> = text
            .lines()
            .filter(|l| l.contains(&module))
            .map(str::trim)
            .collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines.contains(&format!("mod {module};").as_str()));
        assert!(lines.iter().any(|l| l.starts_with(&format!("{module}::"))));
    }
}
