//! The JSON form of a price book (`cachewright/prices/v1`): text in and out, checked.
//!
//! Used by `build.rs` for the snapshot, for `--prices file:PATH`, and by `prices refresh`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::price::{Allowance, BookOrigin, PriceBook, PriceSource, Schedule, Table, Tier};

/// Schema name of the files.
pub const SCHEMA: &str = "cachewright/prices/v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    schema: String,
    currency: String,
    as_of: String,
    sources: Vec<SourceEntry>,
    #[serde(default)]
    allowances: Vec<AllowanceEntry>,
    regions: BTreeMap<String, BTreeMap<String, Entry>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceEntry {
    id: String,
    as_of: String,
    source: String,
    #[serde(default)]
    rechecked: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowanceEntry {
    id: String,
    keys: Vec<String>,
    quantity: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listed: Option<String>,
    source: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    tiers: Vec<[String; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sku: Option<String>,
    source: String,
    /// Share off the list price that is already in the tiers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<String>,
}

/// Reads and checks a book.
pub fn parse(text: &str, origin: BookOrigin) -> Result<PriceBook> {
    let file: File = serde_json::from_str(text).context("this is not a price book")?;
    ensure!(
        file.schema == SCHEMA,
        "the schema is `{}`, this program reads `{SCHEMA}`",
        file.schema
    );
    let ids: Vec<&str> = file.sources.iter().map(|s| s.id.as_str()).collect();
    let source = |id: &str, place: &str| -> Result<u16> {
        let index = ids
            .iter()
            .position(|known| *known == id)
            .with_context(|| format!("{place}: source `{id}` is not listed"))?;
        u16::try_from(index).context("too many sources")
    };
    let mut regions = BTreeMap::new();
    for (region, entries) in &file.regions {
        let mut table = Vec::with_capacity(entries.len());
        for (key, entry) in entries {
            let place = format!("{region}: {key}");
            let tiers = tiers(entry, &place)?;
            let schedule = Schedule {
                tiers,
                sku: entry.sku.clone(),
                source: source(&entry.source, &place)?,
                discount: discount(entry, &place)?,
            };
            table.push((key.clone(), schedule));
        }
        regions.insert(region.clone(), Table(table));
    }
    let mut allowances = Vec::new();
    for a in &file.allowances {
        let quantity = decimal(&a.quantity, &a.id)?;
        let listed = a.listed.as_ref().map(|text| decimal(text, &a.id));
        allowances.push(Allowance {
            id: a.id.clone(),
            keys: a.keys.clone(),
            quantity,
            listed: listed.transpose()?,
            source: source(&a.source, &a.id)?,
        });
    }
    let sources = file.sources.into_iter().map(|s| PriceSource {
        origin,
        id: s.id,
        as_of: s.as_of,
        source: s.source,
        rechecked: s.rechecked,
    });
    Ok(PriceBook {
        origin,
        as_of: file.as_of,
        currency: file.currency,
        sources: sources.collect(),
        allowances,
        regions,
    })
}

fn decimal(text: &str, place: &str) -> Result<Decimal> {
    let value = Decimal::from_str_exact(text)
        .ok()
        .with_context(|| format!("{place}: `{text}` is not a decimal"))?;
    ensure!(
        !value.is_sign_negative() || value.is_zero(),
        "{place}: `{text}` is negative"
    );
    Ok(value)
}

fn discount(entry: &Entry, place: &str) -> Result<Option<Decimal>> {
    let Some(text) = &entry.discount else {
        return Ok(None);
    };
    let share = decimal(text, place)?;
    ensure!(
        share < Decimal::ONE,
        "{place}: the discount `{text}` is not a share below 1"
    );
    Ok(Some(share))
}

fn tiers(entry: &Entry, place: &str) -> Result<Vec<Tier>> {
    let mut tiers: Vec<Tier> = Vec::with_capacity(entry.tiers.len());
    for [from, price] in &entry.tiers {
        let tier = Tier {
            from: decimal(from, place)?,
            price: decimal(price, place)?,
        };
        match tiers.last() {
            None if !tier.from.is_zero() => {
                bail!("{place}: the first tier begins at {from}, not at 0")
            }
            Some(last) if tier.from <= last.from => bail!("{place}: tiers are not in order"),
            _ => tiers.push(tier),
        }
    }
    ensure!(!tiers.is_empty(), "{place}: no tier");
    Ok(tiers)
}

/// Writes a book: sorted, one key per line, the same bytes for the same book.
pub fn write(book: &PriceBook) -> Result<String> {
    let id = |index: u16| {
        book.sources
            .get(usize::from(index))
            .map(|s| s.id.clone())
            .unwrap_or_default()
    };
    let plain = |v: Decimal| v.normalize().to_string();
    let entry = |s: &Schedule| Entry {
        tiers: s
            .tiers
            .iter()
            .map(|t| [plain(t.from), plain(t.price)])
            .collect(),
        sku: s.sku.clone(),
        source: id(s.source),
        discount: s.discount.map(plain),
    };
    let file = File {
        schema: SCHEMA.to_owned(),
        currency: book.currency.clone(),
        as_of: book.as_of.clone(),
        sources: book
            .sources
            .iter()
            .map(|s| SourceEntry {
                id: s.id.clone(),
                as_of: s.as_of.clone(),
                source: s.source.clone(),
                rechecked: s.rechecked.clone(),
            })
            .collect(),
        allowances: book
            .allowances
            .iter()
            .map(|a| AllowanceEntry {
                id: a.id.clone(),
                keys: a.keys.clone(),
                quantity: plain(a.quantity),
                listed: a.listed.map(plain),
                source: id(a.source),
            })
            .collect(),
        regions: book
            .regions
            .iter()
            .map(|(region, table)| {
                (
                    region.clone(),
                    table.0.iter().map(|(k, s)| (k.clone(), entry(s))).collect(),
                )
            })
            .collect(),
    };
    let mut text = serde_json::to_string_pretty(&file)?;
    text.push('\n');
    Ok(text)
}
