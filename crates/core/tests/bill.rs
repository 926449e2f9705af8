//! The estimate against a bill: words of usage types, and laws over bills that our own estimates would make.

mod support;

use cachewright_catalog as embedded;
use cachewright_core::bill::meters::{Meters, Place, of_selectors};
use cachewright_core::catalog::{self, File};
use cachewright_core::domain::bill::{Billed, Terms};
use cachewright_core::domain::catalog::{Catalog, Tri};
use cachewright_core::domain::money::Usd;
use rust_decimal::Decimal;

fn row(code: &str, usage_type: &str) -> Billed {
    Billed {
        code: code.to_owned(),
        usage_type: usage_type.to_owned(),
        operation: String::new(),
        unit: String::new(),
        region: None,
        sku: None,
        terms: Terms::OnDemand,
        selected: true,
        dated: true,
        quantity: Decimal::ONE,
        cost: Usd::ZERO,
        span: None,
    }
}

/// `service/variant/meter` and place of a row.
fn found(catalog: &Catalog, row: &Billed) -> Option<String> {
    let selectors = of_selectors(catalog);
    let meters = Meters::new(catalog, &selectors, []);
    let found = meters.find(row)?;
    let place = match found.place {
        Place::Region(code) => code,
        Place::Unknown => "?",
        Place::Global => "global",
    };
    let variant = found.variant.map_or(String::new(), |v| format!("/{v}"));
    Some(format!(
        "{}{variant}/{} {place}",
        found.service.id, found.id
    ))
}

#[test]
fn every_selector_has_a_usage_type_that_is_read_back_to_its_meter() {
    let catalog = embedded::catalog().unwrap();
    let selectors = of_selectors(&catalog);
    let all = || catalog.usage_types.rows.iter().chain(&selectors);
    let mut missing = Vec::new();
    for service in &catalog.services {
        for meter in service.meters.iter().filter(|m| m.selector.is_some()) {
            let key = format!("{}/{}", service.id, meter.id);
            let rows: Vec<_> = all().filter(|r| r.meter == key).collect();
            if rows.is_empty() && !catalog.usage_types.unpublished.contains(&key) {
                missing.push(key);
                continue;
            }
            for one in rows {
                let word = one
                    .usage_type
                    .replace("{type}", "cache.t4g.micro")
                    .replace('*', "x");
                let prefix = match meter.per.as_deref() {
                    Some("geo" | "region") => "EU-",
                    _ => "APN2-",
                };
                let code = one.code.replace('*', "AmazonRDS");
                let mut billed = row(&code, &format!("{prefix}{word}"));
                billed.operation = one.operation.clone().unwrap_or_default();
                let found = found(&catalog, &billed).unwrap_or_default();
                assert!(found.starts_with(&service.id), "{key}: {word} is {found}");
                assert!(found.contains(&meter.id), "{key}: {word} is {found}");
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_service_decides_first_and_the_whole_word_after_it() {
    let catalog = embedded::catalog().unwrap();
    for (code, usage_type, want) in [
        (
            "AmazonCloudFront",
            "EU-DataTransfer-Out-Bytes",
            "cloudfront/data-transfer-out.europe global",
        ),
        (
            "AmazonCloudFront",
            "CA-Requests-HTTPS-Proxy",
            "cloudfront/https-requests.north-america global",
        ),
        (
            "AmazonDynamoDB",
            "EU-DataTransfer-Out-Bytes",
            "network/internet-egress-gb eu-west-1",
        ),
        (
            "AmazonDynamoDB",
            "EU-TimedStorage-ByteHrs",
            "dynamodb/standard/storage-gb-months eu-west-1",
        ),
        (
            "AmazonDynamoDB",
            "IA-ReadRequestUnits",
            "dynamodb/standard-ia/read-request-units ?",
        ),
        (
            "AmazonDynamoDB",
            "APN1-IA-ReadRequestUnits",
            "dynamodb/standard-ia/read-request-units ap-northeast-1",
        ),
        (
            "Amazon Simple Storage Service",
            "EU-TimedStorage-ByteHrs",
            "s3-standard/storage-gb-months eu-west-1",
        ),
        (
            "AmazonElastiCache",
            "APN2-CachedData:Valkey",
            "elasticache-serverless/valkey/stored-gb-hours ap-northeast-2",
        ),
        (
            "AmazonElastiCache",
            "APN2-NodeUsage:cache.t4g.micro",
            "elasticache-nodes/node-hours.cache.t4g.micro ap-northeast-2",
        ),
        (
            "EC2 - Other",
            "APN2-NatGateway-Hours",
            "network/nat-gateway-hours ap-northeast-2",
        ),
        (
            "CloudFront Flat-Rate Plans",
            "whatever",
            "cloudfront/plan-month global",
        ),
    ] {
        let found = found(&catalog, &row(code, usage_type));
        assert_eq!(found.as_deref(), Some(want), "{code} {usage_type}");
    }
    for other in [
        "APN2-SyncDurability-NodeUsage:cache.r7g.large",
        "SyncDurability-NodeUsage:cache.r7g.large",
        "APN2-NodeUsage:",
        "XXX9-CachedData:Valkey",
        "USE1-ExtendedSupportYr1_Yr2-NodeUsage:cache.t3.small",
    ] {
        assert_eq!(
            found(&catalog, &row("AmazonElastiCache", other)),
            None,
            "{other}"
        );
    }
}

#[test]
fn an_overlay_adds_and_replaces_usage_types() {
    let text = "names: [{ name: Our Cache, code: AmazonElastiCache, seen: yes }]\nusage_types:\n  - { code: AmazonFSx, usage_type: FileCache-GBMo, meter: file-cache/capacity-gb-months, sources: [{ url: \"https://example.com/bill\", checked: 2026-11-30 }] }\n";
    let mut files = embedded::catalog_files().unwrap();
    files.push(File {
        path: "usage-types.yaml".to_owned(),
        text: text.to_owned(),
    });
    let catalog = catalog::build(&files).unwrap();
    let file_cache = found(&catalog, &row("AmazonFSx", "EU-FileCache-GBMo"));
    assert_eq!(
        file_cache.as_deref(),
        Some("file-cache/capacity-gb-months eu-west-1")
    );
    assert!(found(&catalog, &row("Our Cache", "EU-CachedData:Redis")).is_some());
    // What is built in stays.
    assert!(found(&catalog, &row("AmazonDynamoDB", "EU-ReadRequestUnits")).is_some());
}

#[test]
fn units_are_the_same_in_the_words_of_every_format() {
    let catalog = embedded::catalog().unwrap();
    let selectors = of_selectors(&catalog);
    let meters = Meters::new(&catalog, &selectors, []);
    for (one, other, want) in [
        ("GB-Mo", "GB-Months", Tri::Yes),
        ("Hrs", "Hours", Tri::Yes),
        ("GB-Hours", "GB-hours", Tri::Yes),
        ("Requests", "Count", Tri::Yes),
        ("GB-Mo", "GB-Hours", Tri::No),
        ("Gibberish", "GB", Tri::Unknown),
    ] {
        assert_eq!(meters.same_unit(one, other), want, "{one} {other}");
    }
    // Every unit of a selector is that of its meter.
    for service in &catalog.services {
        for meter in &service.meters {
            if let Some(selector) = &meter.selector {
                let same = meters.same_unit(&selector.unit, &meter.unit);
                assert_eq!(
                    same,
                    Tri::Yes,
                    "{}/{}: {} {}",
                    service.id,
                    meter.id,
                    selector.unit,
                    meter.unit
                );
            }
        }
    }
}
