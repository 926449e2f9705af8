//! Mutations: whatever is changed in the right document, a look-up fails loudly and never takes
//! another price. Every selector of the catalog, in five Regions.

#[path = "support/price_list/mod.rs"]
mod price_list;

use cachewright::domain::price::PriceBook;
use cachewright::embedded;
use cachewright::prices::plan::{Query, Scope, Want, queries};
use cachewright::prices::product::{self, Product};
use cachewright::prices::sanity;
use cachewright::prices::select::{self, Priced};
use price_list::documents;
use serde_json::{Value, json};

const REGIONS: [&str; 5] = [
    "us-east-1",
    "eu-west-1",
    "eu-central-1",
    "ap-northeast-1",
    "us-west-2",
];

fn plan(regions: &[&str]) -> (Vec<Query>, PriceBook) {
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let services: Vec<String> = catalog.services.iter().map(|s| s.id.clone()).collect();
    let regions: Vec<String> = regions.iter().map(|r| (*r).to_owned()).collect();
    let wanted = queries(Scope {
        catalog: &catalog,
        snapshot: &snapshot,
        services: &services,
        regions: &regions,
    });
    (wanted, snapshot)
}

fn product(document: &Value) -> Product {
    product::parse(&document.to_string()).unwrap().product
}

fn look_up(query: &Query, documents: &[Value], snapshot: &PriceBook) -> Result<Priced, String> {
    find(
        query,
        &documents.iter().map(product).collect::<Vec<_>>(),
        snapshot,
    )
}

fn find(query: &Query, products: &[Product], snapshot: &PriceBook) -> Result<Priced, String> {
    let priced = select::price(query, products, "USD").map_err(|m| m.to_string())?;
    sanity::plausible(snapshot, &query.region, &query.key, &priced.tiers)?;
    Ok(priced)
}

/// The on-demand offer of a document.
fn offer(document: &mut Value) -> &mut Value {
    let sku = document["product"]["sku"].as_str().unwrap().to_owned();
    &mut document["terms"]["OnDemand"][format!("{sku}.JRTCKXETXF")]
}

fn each_dimension(document: &mut Value, change: impl Fn(&mut Value)) {
    for dimension in offer(document)["priceDimensions"]
        .as_object_mut()
        .unwrap()
        .values_mut()
    {
        change(dimension);
    }
}

/// Every change that must be noticed: name and changed document.
fn mutations(query: &Query, right: &Value) -> Vec<(String, Value)> {
    let mut out: Vec<(String, Value)> = Vec::new();
    let mut add = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut document = right.clone();
        change(&mut document);
        out.push((name.to_owned(), document));
    };
    for (name, want) in &query.conditions {
        let change = |document: &mut Value, value: Option<Value>| {
            let map = if name == "productFamily" {
                &mut document["product"]
            } else {
                &mut document["product"]["attributes"]
            };
            match value {
                Some(value) => map[name] = value,
                None => drop(map.as_object_mut().unwrap().remove(name)),
            }
        };
        match want {
            Want::Is(text) => {
                add(&format!("{name} altered"), &|d| {
                    change(d, Some(json!(format!("{text} 2"))))
                });
                add(&format!("{name} lower case"), &|d| {
                    change(d, Some(json!(format!("{} ", text.to_lowercase()))))
                });
                add(&format!("{name} removed"), &|d| change(d, None));
            }
            Want::Present => add(&format!("{name} removed"), &|d| change(d, None)),
            Want::Absent => add(&format!("{name} added"), &|d| change(d, Some(json!("x")))),
        }
    }
    if let Some(usagetype) = query.usagetypes.first() {
        for other in [
            format!("IA-{usagetype}"),
            format!("Q-{usagetype}"),
            format!("{usagetype}s"),
            usagetype.to_lowercase(),
            String::new(),
        ] {
            add(&format!("usagetype {other}"), &|d| {
                d["product"]["attributes"]["usagetype"] = json!(other)
            });
        }
        add("usagetype removed", &|d| {
            drop(
                d["product"]["attributes"]
                    .as_object_mut()
                    .unwrap()
                    .remove("usagetype"),
            )
        });
    }
    add("servicecode altered", &|d| {
        d["product"]["attributes"]["servicecode"] = json!("AmazonOther")
    });
    if query.region != "global" {
        let from = query.service_code == "AWSDataTransfer";
        let (code, kind) = if from {
            ("fromRegionCode", "fromLocationType")
        } else {
            ("regionCode", "locationType")
        };
        add("another Region", &|d| {
            d["product"]["attributes"][code] = json!("eu-south-2")
        });
        add("no Region", &|d| {
            drop(
                d["product"]["attributes"]
                    .as_object_mut()
                    .unwrap()
                    .remove(code),
            )
        });
        add("a Local Zone", &|d| {
            d["product"]["attributes"][kind] = json!("AWS Local Zone")
        });
        add("no location type", &|d| {
            drop(
                d["product"]["attributes"]
                    .as_object_mut()
                    .unwrap()
                    .remove(kind),
            )
        });
    }
    add("another unit", &|d| {
        each_dimension(d, |x| x["unit"] = json!("GB-Fortnight"))
    });
    add("another currency", &|d| {
        each_dimension(d, |x| x["pricePerUnit"] = json!({ "EUR": "1.0000000000" }))
    });
    add("a begin above zero", &|d| {
        each_dimension(d, |x| x["beginRange"] = json!("7"))
    });
    add("a finite end", &|d| {
        each_dimension(d, |x| {
            if x["endRange"] == "Inf" {
                x["endRange"] = json!("999999999")
            }
        })
    });
    add("all prices zero", &|d| {
        each_dimension(d, |x| x["pricePerUnit"] = json!({ "USD": "0.0000000000" }))
    });
    add("a price six times higher", &|d| {
        each_dimension(d, |x| scale(x, 600))
    });
    add("a price twenty times lower", &|d| {
        each_dimension(d, |x| scale(x, 5))
    });
    add("no dimension", &|d| offer(d)["priceDimensions"] = json!({}));
    add("no on-demand offer", &|d| {
        drop(d["terms"].as_object_mut().unwrap().remove("OnDemand"))
    });
    add("another offer term code", &|d| {
        offer(d)["offerTermCode"] = json!("ZZZZZZZZZZ")
    });
    out
}

fn scale(dimension: &mut Value, percent: i64) {
    let price: rust_decimal::Decimal = dimension["pricePerUnit"]["USD"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let scaled = price * rust_decimal::Decimal::new(percent, 2);
    dimension["pricePerUnit"]["USD"] = json!(scaled.to_string());
}

#[test]
fn every_mutation_of_every_selector_fails_loudly() {
    let (wanted, snapshot) = plan(&REGIONS);
    let mut count = 0;
    for (i, query) in wanted.iter().enumerate() {
        let right = documents::right(query, &snapshot, i);
        let near: Vec<Product> = documents::near_misses(query, &snapshot, i)
            .iter()
            .map(product)
            .collect();
        let with = |document: &Value| {
            near.iter()
                .cloned()
                .chain([product(document)])
                .collect::<Vec<_>>()
        };
        let good = find(query, &with(&right), &snapshot).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            good.tiers,
            documents::expected(query, &snapshot),
            "{}",
            query.key
        );
        // A price nobody has seen anywhere cannot be compared.
        let known = snapshot
            .regions
            .values()
            .any(|t| t.get(&query.key).is_some());
        for (name, document) in mutations(query, &right) {
            if !known
                && (name.contains("higher") || name.contains("lower") && name.contains("price"))
            {
                continue;
            }
            count += 1;
            let got = find(query, &with(&document), &snapshot);
            assert!(
                got.is_err(),
                "{} in {}: {name} went through: {got:?}",
                query.key,
                query.region
            );
            let alone = look_up(query, &[document], &snapshot);
            assert!(
                alone.is_err(),
                "{} in {}: {name} alone went through",
                query.key,
                query.region
            );
        }
        let twin = documents::right(query, &snapshot, 99_000 + i);
        let error = find(
            query,
            &with(&right)
                .into_iter()
                .chain([product(&twin)])
                .collect::<Vec<_>>(),
            &snapshot,
        )
        .unwrap_err();
        assert!(
            error.contains(&query.key) && error.contains("2 products"),
            "{error}"
        );
    }
    assert!(count > 3_000, "{count} mutations");
}

#[test]
fn gaps_and_overlaps_of_tiers_are_errors() {
    let (wanted, snapshot) = plan(&["us-east-1"]);
    let tiered: Vec<&Query> = wanted
        .iter()
        .filter(|q| documents::expected(q, &snapshot).len() > 1)
        .collect();
    assert!(tiered.len() > 8);
    for query in tiered {
        for change in ["10239", "10241", "1", "0"] {
            let mut document = documents::right(query, &snapshot, 1);
            let sku = document["product"]["sku"].as_str().unwrap().to_owned();
            let rate = format!("{sku}.JRTCKXETXF.RATE1");
            offer(&mut document)["priceDimensions"][&rate]["beginRange"] = json!(change);
            let error = look_up(query, &[document], &snapshot).unwrap_err();
            assert!(error.contains("contiguous"), "{error}");
        }
        let mut document = documents::right(query, &snapshot, 1);
        let dimensions = offer(&mut document)["priceDimensions"]
            .as_object_mut()
            .unwrap();
        let last = dimensions.keys().next().unwrap().clone();
        dimensions.remove(&last);
        assert!(
            look_up(query, &[document], &snapshot).is_err(),
            "{}: a missing last tier",
            query.key
        );
    }
}

#[test]
fn the_same_product_on_two_pages_is_one_product() {
    let (wanted, snapshot) = plan(&["eu-west-1"]);
    let right = documents::right(&wanted[0], &snapshot, 0);
    assert!(look_up(&wanted[0], &[right.clone(), right], &snapshot).is_ok());
}

/// Rows whose SKU, rate codes, usage type, unit, bands and prices are AWS's own
/// (ElastiCache in ap-south-2; DynamoDB storage and interface endpoints in us-east-1).
#[test]
fn rows_of_the_real_list_are_priced() {
    let text = include_str!("support/price_list/real.json");
    let documents: Vec<Value> = serde_json::from_str(text).unwrap();
    let (wanted, snapshot) = plan(&["us-east-1", "ap-south-2"]);
    let of = |region: &str, key: &str| {
        wanted
            .iter()
            .find(|q| q.region == region && q.key == key)
            .unwrap()
    };
    let show = |p: &Priced| {
        p.tiers
            .iter()
            .map(|t| format!("{}:{}", t.from, t.price))
            .collect::<Vec<_>>()
            .join(" ")
    };
    for (region, key, sku, tiers, free) in [
        (
            "ap-south-2",
            "elasticache-serverless/valkey/stored-gb-hours",
            "9QQRHJE9WDJYDPBA",
            "0:0.054",
            "0",
        ),
        (
            "ap-south-2",
            "elasticache-serverless/valkey/ecpus",
            "E3UBUNWNXUTA8H44",
            "0:0.0000000014",
            "0",
        ),
        (
            "us-east-1",
            "dynamodb/standard/storage-gb-months",
            "F3E2EDSYC6ZNW7XP",
            "0:0.25",
            "25",
        ),
        (
            "us-east-1",
            "network/interface-endpoint-gb",
            "DQYYEZBCWSW5XS2R",
            "0:0.01 1048576:0.006 5242880:0.004",
            "0",
        ),
    ] {
        let priced =
            look_up(of(region, key), &documents, &snapshot).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(
            (
                priced.sku.as_str(),
                show(&priced).as_str(),
                priced.free.to_string().as_str()
            ),
            (sku, tiers, free),
            "{key}"
        );
    }
}
