//! Is a price plausible? Compares it with the snapshot, and finds holes in a whole book.
//!
//! Pure; knows no AWS. A price that fails here was found exactly, and is still not believed.

use rust_decimal::Decimal;

use crate::domain::price::{GLOBAL, PriceBook, Schedule, Tier};

/// Largest believable ratio between a price and the snapshot's, in either direction.
pub const MAX_RATIO: i64 = 5;

/// Checks the first and the last paid price of a key; `Err` says what is wrong.
pub fn plausible(
    snapshot: &PriceBook,
    region: &str,
    key: &str,
    tiers: &[Tier],
) -> Result<(), String> {
    let Some((low, high, place)) = reference(snapshot, region, key) else {
        return Ok(());
    };
    let ratio = Decimal::from(MAX_RATIO);
    for tier in tiers {
        if tier.price > high * ratio || tier.price * ratio < low {
            let range = if low == high {
                format!("{low}")
            } else {
                format!("{low} to {high}")
            };
            return Err(format!(
                "the price {} is more than {MAX_RATIO} times away from the snapshot's {range} ({place})",
                tier.price
            ));
        }
    }
    Ok(())
}

/// Lowest and highest price of a key in the Region, or in all Regions when it is new there.
fn reference(snapshot: &PriceBook, region: &str, key: &str) -> Option<(Decimal, Decimal, String)> {
    let range = |prices: &mut dyn Iterator<Item = Decimal>| {
        prices.fold(None, |all: Option<(Decimal, Decimal)>, p| {
            Some(all.map_or((p, p), |(low, high)| (low.min(p), high.max(p))))
        })
    };
    if let Some(known) = snapshot.regions.get(region).and_then(|t| t.get(key)) {
        return range(&mut known.tiers.iter().map(|t| t.price))
            .map(|(low, high)| (low, high, region.to_owned()));
    }
    let everywhere = snapshot.regions.values().filter_map(|t| t.get(key));
    range(&mut everywhere.flat_map(|s| s.tiers.iter().map(|t| t.price)))
        .map(|(low, high)| (low, high, "all Regions".to_owned()))
}

/// What is wrong with a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Table of the book.
    pub region: String,
    /// Key.
    pub key: String,
    /// What is wrong.
    pub text: String,
}

/// Findings of a book against the snapshot: holes, implausible prices, tiers that do not fall.
pub fn check(book: &PriceBook, snapshot: &PriceBook) -> Vec<Finding> {
    let mut out = holes(book, snapshot);
    let comparable = book.currency == snapshot.currency;
    for (region, table) in &book.regions {
        for (key, schedule) in &table.0 {
            let implausible = comparable
                .then(|| plausible(snapshot, region, key, &schedule.tiers).err())
                .flatten();
            let wrong = wrong(key, schedule, book.sources.len()).map(str::to_owned);
            out.extend(
                implausible
                    .into_iter()
                    .chain(wrong)
                    .map(|text| finding(region, key, text)),
            );
        }
        if region != GLOBAL && !snapshot.regions.contains_key(region) && comparable {
            out.push(finding(
                region,
                "*",
                "the Region is not in the snapshot; its prices are compared with all Regions",
            ));
        }
    }
    out
}

fn finding(region: &str, key: &str, text: impl Into<String>) -> Finding {
    Finding {
        region: region.to_owned(),
        key: key.to_owned(),
        text: text.into(),
    }
}

/// What the snapshot has and the book lacks.
fn holes(book: &PriceBook, snapshot: &PriceBook) -> Vec<Finding> {
    let mut out = Vec::new();
    for (region, table) in &snapshot.regions {
        let Some(own) = book.regions.get(region) else {
            let text = "no price of this Region is in the book";
            out.push(finding(region, "*", text));
            continue;
        };
        let missing = table.0.iter().filter(|(key, _)| own.get(key).is_none());
        let text = "the snapshot has a price, the book has none";
        out.extend(missing.map(|(key, _)| finding(region, key, text)));
    }
    out
}

/// What is wrong with a price by itself.
fn wrong(key: &str, schedule: &Schedule, sources: usize) -> impl Iterator<Item = &'static str> {
    let tiers = &schedule.tiers;
    let free = tiers.iter().all(|t| t.price.is_zero()) && !key.ends_with("/plan-month");
    let rises = tiers.windows(2).any(|w| w[1].price > w[0].price);
    let unsourced = usize::from(schedule.source) >= sources;
    [
        (free, "the price is zero"),
        (rises, "a later tier costs more than an earlier one"),
        (unsourced, "the price has no source"),
    ]
    .into_iter()
    .filter_map(|(is, text)| is.then_some(text))
}
