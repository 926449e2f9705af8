//! Price-list documents for every selector of the catalog, with near misses of each.
//!
//! The right document of a key carries the snapshot's price times [`FACTOR`], so that a test sees
//! whether the price it got was looked up; near misses carry seven times as much.

use cachewright::domain::price::{PriceBook, Tier};
use cachewright::prices::plan::{Query, Want};
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

/// Looked-up price ÷ snapshot price.
pub fn factor() -> Decimal {
    "1.01".parse().unwrap()
}

/// The right document of a query.
pub fn right(query: &Query, snapshot: &PriceBook, index: usize) -> Value {
    let tiers = expected(query, snapshot)
        .into_iter()
        .map(|t| (t.from, t.price))
        .collect::<Vec<_>>();
    let free = free_band(query, snapshot);
    document(query, &format!("RIGHT{index:05}"), &tiers, free, "USD")
}

/// The tiers a look-up must return.
pub fn expected(query: &Query, snapshot: &PriceBook) -> Vec<Tier> {
    let known = snapshot
        .regions
        .get(&query.region)
        .and_then(|t| t.get(&query.key));
    let tiers = known.map_or_else(
        || {
            vec![Tier {
                from: Decimal::ZERO,
                price: other_region(query, snapshot),
            }]
        },
        |s| s.tiers.clone(),
    );
    tiers
        .into_iter()
        .map(|t| Tier {
            from: t.from,
            price: ((t.price * factor()).round_dp(10)).normalize(),
        })
        .collect()
}

/// Some Region's price of the key, or a price nobody can compare with.
fn other_region(query: &Query, snapshot: &PriceBook) -> Decimal {
    let found = snapshot.regions.values().find_map(|t| t.get(&query.key));
    found.map_or_else(|| "0.0123".parse().unwrap(), |s| s.tiers[0].price)
}

fn free_band(query: &Query, snapshot: &PriceBook) -> Decimal {
    // AWS puts these always-free quantities into the same product as a band at zero.
    let in_band = [
        "dynamodb/standard/storage-gb-months",
        "cloudfront/invalidation-paths",
        "cloudfront/function-invocations",
    ];
    let known = snapshot.allowances.iter().find(|a| a.covers(&query.key));
    match known {
        Some(a) if in_band.contains(&query.key.as_str()) => a.quantity,
        _ if query.key == "dynamodb/standard/wcu-hours" => 18_600.into(),
        _ => Decimal::ZERO,
    }
}

fn document(
    query: &Query,
    sku: &str,
    tiers: &[(Decimal, Decimal)],
    free: Decimal,
    currency: &str,
) -> Value {
    let mut bands: Vec<(Decimal, Decimal)> = Vec::new();
    if !free.is_zero() {
        bands.push((Decimal::ZERO, Decimal::ZERO));
    }
    bands.extend(tiers.iter().map(|(from, price)| (*from + free, *price)));
    let mut dimensions = Map::new();
    // Backwards: AWS promises no order.
    for (i, (from, price)) in bands.iter().enumerate().rev() {
        let end = bands
            .get(i + 1)
            .map_or("Inf".to_owned(), |next| next.0.normalize().to_string());
        let rate = format!("{sku}.JRTCKXETXF.RATE{i}");
        dimensions.insert(
            rate.clone(),
            json!({ "rateCode": rate, "unit": query.unit, "beginRange": from.normalize().to_string(), "endRange": end,
                    "description": "a price", "appliesTo": [], "pricePerUnit": { currency: format!("{price:.10}") } }),
        );
    }
    let offer = |code: &str, dimensions: Value| json!({ "offerTermCode": code, "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z", "termAttributes": {}, "priceDimensions": dimensions });
    let mut on_demand = Map::new();
    // A second on-demand offer, as free bands have one.
    let free_offer = json!({ format!("{sku}.A429C66SYZ.6YNURZBX9Y"): { "unit": query.unit, "beginRange": "0", "endRange": "Inf", "pricePerUnit": { currency: "0.0000000000" } } });
    on_demand.insert(format!("{sku}.A429C66SYZ"), offer("A429C66SYZ", free_offer));
    on_demand.insert(
        format!("{sku}.JRTCKXETXF"),
        offer("JRTCKXETXF", Value::Object(dimensions)),
    );
    let reserved = json!({ format!("{sku}.YTVHEVGPBZ"): offer("YTVHEVGPBZ", json!({ "x": { "unit": "Quantity", "pricePerUnit": { currency: "1" } } })) });
    let mut product = json!({ "sku": sku, "attributes": attributes(query) });
    if let Some((_, Want::Is(family))) = query.conditions.iter().find(|(n, _)| n == "productFamily")
    {
        product["productFamily"] = json!(family);
    }
    json!({ "product": product, "serviceCode": query.service_code,
            "terms": { "Reserved": reserved, "OnDemand": on_demand },
            "version": "20261120101010", "publicationDate": "2026-11-20T10:10:10Z" })
}

fn attributes(query: &Query) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("servicecode".into(), json!(query.service_code));
    out.insert("servicename".into(), json!("A service"));
    for (name, want) in query
        .conditions
        .iter()
        .filter(|(n, _)| n != "productFamily")
    {
        let value = match want {
            Want::Is(value) => value.as_str(),
            Want::Present => "LUSTRE",
            Want::Absent => continue,
        };
        out.insert(name.clone(), json!(value));
    }
    if query.region != "global" {
        let transfer = query.service_code == "AWSDataTransfer";
        let (code, kind) = if transfer {
            ("fromRegionCode", "fromLocationType")
        } else {
            ("regionCode", "locationType")
        };
        out.insert(code.into(), json!(query.region));
        out.insert(kind.into(), json!("AWS Region"));
    }
    // us-east-1 has both spellings on the list; which one depends on the service.
    let pick = if query.service_code == "AmazonElastiCache" {
        query.usagetypes.last()
    } else {
        query.usagetypes.first()
    };
    if let Some(usagetype) = pick {
        out.insert("usagetype".into(), json!(usagetype));
    }
    out
}

/// Documents that must never be taken for the right one.
pub fn near_misses(query: &Query, snapshot: &PriceBook, index: usize) -> Vec<Value> {
    let price = expected(query, snapshot)[0].price * Decimal::from(7);
    let make = |n: usize| {
        document(
            query,
            &format!("MISS{index:05}X{n}"),
            &[(Decimal::ZERO, price)],
            Decimal::ZERO,
            "USD",
        )
    };
    let mut out = Vec::new();
    for (n, (name, want)) in query.conditions.iter().enumerate() {
        let mut document = make(n);
        match (name.as_str(), want) {
            ("productFamily", _) => document["product"]["productFamily"] = json!("Something Else"),
            (_, Want::Is(value)) => {
                document["product"]["attributes"][name] = json!(format!("{value}-Other"))
            }
            (_, Want::Present) => drop(
                document["product"]["attributes"]
                    .as_object_mut()
                    .unwrap()
                    .remove(name),
            ),
            (_, Want::Absent) => document["product"]["attributes"][name] = json!("present"),
        }
        out.push(document);
    }
    if let Some(usagetype) = query.usagetypes.first() {
        for (n, other) in [
            format!("IA-{usagetype}"),
            format!("Repl{usagetype}"),
            format!("{usagetype}-Extra"),
            format!("XYZ9-{usagetype}"),
        ]
        .into_iter()
        .enumerate()
        {
            let mut document = make(20 + n);
            document["product"]["attributes"]["usagetype"] = json!(other);
            out.push(document);
        }
    }
    if query.region != "global" {
        let kind = if query.service_code == "AWSDataTransfer" {
            "fromLocationType"
        } else {
            "locationType"
        };
        for (n, place) in ["AWS Local Zone", "AWS Wavelength Zone", "AWS Outposts"]
            .into_iter()
            .enumerate()
        {
            let mut document = make(30 + n);
            document["product"]["attributes"][kind] = json!(place);
            out.push(document);
        }
    }
    let mut unrelated = make(40);
    unrelated["product"]["attributes"]["usagetype"] = json!(format!("Unrelated-{index}"));
    unrelated["product"]["attributes"]
        .as_object_mut()
        .unwrap()
        .retain(|name, _| ["servicecode", "usagetype", "regionCode"].contains(&name.as_str()));
    unrelated["product"]
        .as_object_mut()
        .unwrap()
        .remove("productFamily");
    out.push(unrelated);
    out
}

/// Everything for these queries: near misses around every right document.
pub fn all(queries: &[Query], snapshot: &PriceBook) -> Vec<Value> {
    let mut out = Vec::new();
    for (i, query) in queries.iter().enumerate() {
        // A miss that is the right usage type of another key would be a second right product there.
        let others: Vec<&str> = queries
            .iter()
            .filter(|q| q.key != query.key && q.region == query.region)
            .flat_map(|q| q.usagetypes.iter().map(String::as_str))
            .collect();
        let clashes = |d: &Value| {
            let usagetype = d["product"]["attributes"]["usagetype"]
                .as_str()
                .unwrap_or_default();
            others.contains(&usagetype) && !query.usagetypes.iter().any(|u| u == usagetype)
        };
        let mut misses = near_misses(query, snapshot, i)
            .into_iter()
            .filter(|d| !clashes(d));
        out.extend(misses.by_ref().take(2));
        out.push(right(query, snapshot, i));
        out.extend(misses);
    }
    out
}
