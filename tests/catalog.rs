//! Invariants over the catalog, the models and the codes.

mod support;

use std::collections::BTreeSet;

use cachewright::catalog::{self, File};
use cachewright::domain::catalog::Role;
use cachewright::domain::field::FIELDS;
use cachewright::embedded;
use cachewright::services::{Context, Load, Registry, SERVICES};
use cachewright::words;

#[test]
fn the_embedded_catalog_is_the_one_in_the_folder() {
    let mut names: Vec<String> = Vec::new();
    for file in embedded::catalog_files().unwrap() {
        let on_disk = std::fs::read_to_string(format!("catalog/{}", file.path)).unwrap();
        assert_eq!(on_disk, file.text, "{}", file.path);
        names.push(file.path);
    }
    for path in support::files("catalog", ".yaml") {
        let relative = path
            .strip_prefix("catalog")
            .unwrap()
            .to_string_lossy()
            .into_owned();
        let own = ["failures", "deploy", "telemetry"];
        let own = own.iter().any(|folder| relative.starts_with(folder));
        assert!(
            own || names.contains(&relative),
            "{relative} is not embedded"
        );
    }
    assert_eq!(
        catalog::build(&embedded::catalog_files().unwrap()).unwrap(),
        embedded::catalog().unwrap()
    );
}

#[test]
fn services_models_and_templates_belong_together() {
    let catalog = embedded::catalog().unwrap();
    let of = |role: Role| catalog.services.iter().filter(move |s| s.role == role);
    let candidates: BTreeSet<&str> = of(Role::Candidate).map(|s| s.id.as_str()).collect();
    let models: BTreeSet<&str> = SERVICES.iter().map(|m| m.id()).collect();
    assert_eq!(candidates, models);
    for id in &models {
        assert!(
            std::path::Path::new(&format!("templates/stack/{id}.yaml.tera")).exists(),
            "{id}"
        );
    }
    for comparison in of(Role::Comparison) {
        assert!(comparison.comparison.is_some(), "{}", comparison.id);
    }
}

#[test]
fn every_meter_of_a_model_is_declared() {
    let catalog = embedded::catalog().unwrap();
    for entry in &catalog.services {
        let Some(model) = Registry::default().model(entry) else {
            continue;
        };
        for meter in model.meters(entry).iter() {
            let service = catalog
                .service(meter.service)
                .unwrap_or_else(|| panic!("{}", meter.service));
            let stem = meter.meter.split('.').next().unwrap();
            let declared = service
                .meters
                .iter()
                .find(|m| m.id == meter.meter || (m.per.is_some() && m.id == stem));
            let declared = declared
                .unwrap_or_else(|| panic!("{}/{} is not declared", meter.service, meter.meter));
            assert_eq!(
                declared.by_variant, meter.by_variant,
                "{}/{}",
                meter.service, meter.meter
            );
        }
    }
}

#[test]
fn every_limit_is_compared_with_a_demand_and_every_demand_with_a_limit() {
    let catalog = embedded::catalog().unwrap();
    for service in SERVICES {
        let entry = catalog.service(service.id()).unwrap();
        let limits = entry.variants.iter().flat_map(|v| &v.facts.limits);
        let listed: BTreeSet<&str> = limits.map(|l| l.id.as_str()).collect();
        let known: BTreeSet<&str> = service.limits().iter().copied().collect();
        assert_eq!(listed, known, "{}", service.id());
        let mut made = BTreeSet::new();
        for path in support::all_profiles() {
            let profile = support::profile_file(&path, &catalog);
            let mut demands = Vec::new();
            let cx = Context {
                profile: &profile,
                load: &Load::new(&profile, service.size(&profile)),
                variant: &entry.variants[0],
                weights: &catalog.weights,
            };
            service.demands(&cx, &mut demands);
            made.extend(demands.iter().map(|d| d.limit));
        }
        assert!(made.is_subset(&known), "{}: {made:?}", service.id());
    }
}

#[test]
fn every_price_belongs_to_a_declared_meter_and_a_known_region() {
    let (catalog, book) = support::data();
    for (region, table) in &book.regions {
        assert!(
            region == "global" || catalog.region(region).is_some(),
            "{region}"
        );
        for (key, schedule) in &table.0 {
            let parts: Vec<&str> = key.split('/').collect();
            let service = catalog.service(parts[0]).unwrap_or_else(|| panic!("{key}"));
            let meter = parts.last().unwrap();
            let stem = meter.split('.').next().unwrap();
            assert!(
                service
                    .meters
                    .iter()
                    .any(|m| m.id == *meter || m.id == stem),
                "{region} {key}"
            );
            assert!(
                schedule.tiers[0].from.is_zero() && schedule.tiers.is_sorted_by_key(|t| t.from),
                "{region} {key}"
            );
        }
    }
    assert_eq!(catalog.regions.len(), 36);
}

#[test]
fn sources_are_public_and_dated() {
    for source in embedded::catalog().unwrap().sources {
        assert!(
            source.url.starts_with("https://")
                || source.url.starts_with("github ")
                || source.url.starts_with("the cfn-lint package")
                || source.url.starts_with("the botocore package"),
            "{}",
            source.url
        );
        assert!(source.checked.as_str() >= "2026-01-01", "{}", source.url);
    }
}

/// Every kind of running resource: its fields, sources, meters and inventories are there.
#[test]
fn every_kind_of_running_resource_is_complete() {
    let catalog = embedded::catalog().unwrap();
    let kinds = cachewright::account::kinds::load().unwrap();
    assert_eq!(
        kinds.len(),
        support::files("catalog/telemetry", ".yaml").len()
    );
    let mut spoken: BTreeSet<String> = BTreeSet::new();
    for kind in &kinds {
        let id = &kind.id;
        assert!(
            std::path::Path::new(&format!("catalog/telemetry/{id}.yaml")).exists(),
            "{id}"
        );
        for (key, source) in &kind.sources {
            assert!(source.url.starts_with("https://"), "{id}: {key}");
            assert!(
                source.checked.as_deref() >= Some("2026-01-01"),
                "{id}: {key}"
            );
            let used = kind.metrics.iter().any(|m| m.sources.contains(key));
            assert!(
                used || source.url.contains("github.com"),
                "{id}: {key} is cited by nothing"
            );
        }
        for metric in &kind.metrics {
            let name = format!("{id}: {}", metric.metric);
            assert!(!metric.sources.is_empty(), "{name}");
            assert!(
                metric.sources.iter().all(|s| kind.sources.contains_key(s)),
                "{name}"
            );
            let known = FIELDS.iter().any(|f| f.path == metric.field);
            assert!(
                known || ["report", "now"].contains(&metric.field.as_str()),
                "{name}"
            );
            let is_one = |s: &String| {
                let plain = ["Sum", "Average", "Maximum", "SampleCount"];
                plain.contains(&s.as_str()) || s.starts_with('p')
            };
            assert!(metric.statistics.iter().all(is_one), "{name}");
            spoken.extend(metric.feature.iter().cloned());
        }
        let service = catalog
            .service(&kind.now.service)
            .unwrap_or_else(|| panic!("{id}"));
        for line in &kind.now.lines {
            assert!(
                service.meters.iter().any(|m| m.id == line.meter),
                "{id}: {}",
                line.meter
            );
        }
        let behind = kind.behind.iter();
        assert!(
            behind.into_iter().all(|b| kinds.iter().any(|k| k.id == *b)),
            "{id}"
        );
        // A profile of the kind is read without a problem.
        for place in [Some(&kind.cache), kind.origin.as_ref()]
            .into_iter()
            .flatten()
        {
            let interface = place.interface.as_ref();
            let interface = interface.map_or(String::new(), |i| format!("interface: {i}\n"));
            let text = format!(
                "version: 1\nname: x\nregion: eu-west-1\nlayer: {}\n{interface}",
                place.layer
            );
            cachewright::workload::load(&text, &[], &catalog).unwrap();
        }
    }
    for feature in spoken {
        let text = format!(
            "version: 1\nname: x\nregion: eu-west-1\nlayer: application\nrequirements: {{ features: [{feature}] }}\n"
        );
        cachewright::workload::load(&text, &[], &catalog).unwrap();
    }
}

#[test]
fn every_code_in_the_source_is_explained() {
    let catalog = embedded::catalog().unwrap();
    let mut missing = BTreeSet::new();
    for path in support::sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        for code in codes(&text, path.starts_with("crates/measure")) {
            if cachewright::cli::explain::explain(&catalog, &code).is_empty() {
                missing.insert(format!("{code} ({})", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Literals that stand where a code stands: `Failure::new(Exit::X, "code"`, `Diagnostic::error("code"` and,
/// where a fault of a log is made, `code: "code"`.
fn codes(text: &str, of_logs: bool) -> Vec<String> {
    let mut out = Vec::new();
    let faults = if of_logs { "code: " } else { "Failure::new(" };
    for marker in ["Diagnostic::error(", faults] {
        for (at, _) in text.match_indices(marker) {
            let rest = &text[at + marker.len()..];
            let end = rest.find([';', '{']).unwrap_or(rest.len()).min(160);
            let Some(start) = rest[..end].find('"') else {
                continue;
            };
            let word: String = rest[start + 1..]
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '-')
                .collect();
            if word.contains('-') && rest[start + 1 + word.len()..].starts_with('"') {
                out.push(word);
            }
        }
    }
    out
}

#[test]
fn an_overlay_adds_changes_and_forbids() {
    let rule = "rules:\n  - id: s3-express-one-zone\n    service: s3-express\n    when: always\n    effect: rules-out\n    because: our policy asks for two zones\n    sources: [{ url: \"https://example.com/policy\", checked: 2026-11-01 }]\n";
    let mut files = embedded::catalog_files().unwrap();
    files.push(File {
        path: "rules/team.yaml".to_owned(),
        text: rule.to_owned(),
    });
    files.push(File {
        path: "forbid.yaml".to_owned(),
        text: "forbid: { file-cache: \"not approved here\" }\n".to_owned(),
    });
    let catalog = catalog::build(&files).unwrap();
    let book = embedded::prices().unwrap();
    let text = std::fs::read_to_string("examples/page-store.yaml").unwrap();
    let decision = support::decide(&catalog, &book, &support::profile(&text, &catalog));
    assert_ne!(decision.answer(), "s3-express");
    let reasons: Vec<String> = decision
        .candidates
        .iter()
        .flat_map(|c| &c.reasons)
        .map(words::reason)
        .collect();
    assert!(
        ["our policy asks for two zones", "not approved here"]
            .iter()
            .all(|text| reasons.iter().any(|r| r == text)),
        "{reasons:?}"
    );
    assert_eq!(
        catalog
            .rules
            .iter()
            .filter(|r| r.id == "s3-express-one-zone")
            .count(),
        1
    );
}

/// The sixth service of core's tests: data alone is enough for `price`.
#[test]
fn meters_of_a_service_that_an_overlay_adds_are_priced() {
    let dir = tempfile::tempdir().unwrap();
    for (own, name) in [
        ("service", "services/shelf.yaml"),
        ("rules", "rules/shelf.yaml"),
    ] {
        let own = format!("crates/core/tests/sixth_service/shelf/{own}.yaml");
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::copy(own, path).unwrap();
    }
    let newest = support::files("catalog/prices", ".json").pop().unwrap();
    let mut all: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(newest).unwrap()).unwrap();
    let source = all["sources"][0]["id"].clone();
    all["regions"]["us-east-1"]["shelf/box-months"] =
        serde_json::json!({ "tiers": [["0", "0.5"]], "source": source });
    let prices = dir.path().join("prices.json");
    std::fs::write(&prices, all.to_string()).unwrap();
    let output = support::run(&[
        "price",
        "shelf",
        "--region",
        "us-east-1",
        "box-months=20",
        "--catalog",
        &dir.path().to_string_lossy(),
        "--prices",
        &format!("file:{}", prices.display()),
        "-f",
        "json",
    ]);
    let out = support::stdout(&output);
    let bill: serde_json::Value = serde_json::from_str(&out)
        .unwrap_or_else(|e| panic!("{e}: {out}{}", support::stderr(&output)));
    let total: rust_decimal::Decimal = bill["total"].as_str().unwrap().parse().unwrap();
    assert_eq!(total, rust_decimal::Decimal::TEN, "{out}");
}

#[test]
fn a_region_is_called_by_its_place_and_no_two_alike() {
    let (catalog, _) = support::data();
    let code = |text: &str| {
        let found = cachewright::domain::catalog::region_called(text, &catalog.regions);
        found.map(|r| r.code.as_str())
    };
    for (text, wanted) in [
        ("frankfurt", "eu-central-1"),
        ("EU (Frankfurt)", "eu-central-1"),
        ("Virginia", "us-east-1"),
        ("n. virginia", "us-east-1"),
        ("Tel Aviv", "il-central-1"),
        ("calgary", "ca-west-1"),
    ] {
        assert_eq!(code(text), Some(wanted), "{text}");
    }
    // Parts of a code are no places, and nothing is guessed.
    for text in ["", "central", "us-east", "US-West", "europe", "mars", "f"] {
        assert_eq!(code(text), None, "{text}");
    }
    for region in &catalog.regions {
        assert_eq!(code(&region.name), Some(region.code.as_str()));
    }
}
