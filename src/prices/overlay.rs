//! Looked-up prices laid over the snapshot: one book in which every price knows its source.
//!
//! Pure. What the price list does not have stays as the snapshot has it, with the snapshot's date.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::cache::Entry;
use crate::domain::price::{Allowance, BookOrigin, PriceBook, PriceSource, Schedule, Table, Tier};

/// A free band of the price list must be the allowance the decision applies.
pub(super) fn free_band(snapshot: &PriceBook, key: &str, free: Decimal) -> Result<(), String> {
    let known = snapshot.allowances.iter().find(|a| a.covers(key));
    match known {
        Some(a) if !free.is_zero() && a.listed.unwrap_or(a.quantity) != free => Err(format!(
            "the first {} units are free, the allowance `{}` is {}",
            free.normalize(),
            a.id,
            a.listed.unwrap_or(a.quantity).normalize()
        )),
        _ => Ok(()),
    }
}

/// A book in the making.
pub(super) struct Overlay {
    book: PriceBook,
    tables: BTreeMap<String, BTreeMap<String, Schedule>>,
    free: BTreeMap<String, (Decimal, u16)>,
}

impl Overlay {
    /// Begins with the snapshot, or with nothing when the currency is another one.
    pub(super) fn new(snapshot: &PriceBook, currency: &str) -> Self {
        let book = if snapshot.currency == currency {
            snapshot.clone()
        } else {
            let as_of = String::new();
            PriceBook {
                origin: BookOrigin::Live,
                as_of,
                currency: currency.to_owned(),
                sources: Vec::new(),
                allowances: Vec::new(),
                regions: BTreeMap::new(),
            }
        };
        Self {
            book,
            tables: BTreeMap::new(),
            free: BTreeMap::new(),
        }
    }

    /// Lays an entry over the book.
    pub(super) fn add(&mut self, entry: &Entry, now: Timestamp) {
        let priced = entry
            .prices
            .iter()
            .filter(|(_, saved)| !saved.tiers.is_empty());
        let mut priced = priced.peekable();
        if priced.peek().is_none() {
            return;
        }
        let source = self.source(entry, now);
        let table = self.tables.entry(entry.id.region.clone()).or_default();
        for (key, saved) in priced {
            let tiers = saved
                .tiers
                .iter()
                .map(|(from, price)| Tier {
                    from: *from,
                    price: *price,
                })
                .collect();
            table.insert(
                key.clone(),
                Schedule {
                    tiers,
                    sku: Some(saved.sku.clone()),
                    source,
                    discount: None,
                },
            );
            if !saved.free.is_zero() {
                let free = self.free.entry(key.clone()).or_insert((saved.free, source));
                free.0 = free.0.min(saved.free);
            }
        }
    }

    fn source(&mut self, entry: &Entry, now: Timestamp) -> u16 {
        let day = |text: &str| text.get(..10).unwrap_or(text).to_owned();
        let fetched = day(&entry.fetched.to_string());
        let as_of = entry
            .published
            .as_deref()
            .map_or_else(|| fetched.clone(), day);
        let kept = if entry.fetched == now {
            ""
        } else {
            ", kept since"
        };
        let list = if entry.id.list.starts_with("live") {
            "live"
        } else {
            "public"
        };
        // The date of a live book is that of what was looked up, even where the snapshot's is newer.
        if self.book.origin != BookOrigin::Live || as_of > self.book.as_of {
            self.book.as_of.clone_from(&as_of);
        }
        self.book.origin = BookOrigin::Live;
        let mut id = format!(
            "{list}-{}-{}-{}",
            entry.id.service_code, entry.id.region, entry.id.service
        );
        // A snapshot that was refreshed before has sources of these names, for prices that may stay.
        while self.book.sources.iter().any(|s| s.id == id) {
            id.push('+');
        }
        self.book.sources.push(PriceSource {
            origin: BookOrigin::Live,
            id,
            as_of,
            source: format!(
                "{}, read {}{kept}",
                entry.source,
                entry.fetched.strftime("%Y-%m-%d %H:%M UTC")
            ),
            rechecked: None,
        });
        u16::try_from(self.book.sources.len() - 1).unwrap_or(u16::MAX)
    }

    /// The book, and what was found beside prices.
    pub(super) fn finish(mut self) -> (PriceBook, Vec<String>) {
        for (region, prices) in self.tables {
            let table = self.book.regions.entry(region).or_default();
            let old = std::mem::take(&mut table.0);
            let mut merged: BTreeMap<String, Schedule> = old.into_iter().collect();
            merged.extend(prices);
            *table = Table(merged.into_iter().collect());
        }
        let mut notes = Vec::new();
        for (key, (quantity, source)) in self.free {
            if self.book.allowances.iter().any(|a| a.covers(&key)) {
                continue;
            }
            notes.push(format!(
                "the price list gives the first {} units of {key} free every month",
                quantity.normalize()
            ));
            self.book.allowances.push(Allowance {
                id: format!("price-list-{}", key.replace('/', "-")),
                keys: vec![key],
                quantity,
                listed: None,
                source,
            });
        }
        (self.book, notes)
    }
}

/// Leaves out the sources that nothing refers to, as a book that is written to a file should.
pub fn prune(mut book: PriceBook) -> PriceBook {
    let mut used = vec![false; book.sources.len()];
    let mut mark = |index: u16| {
        used.get_mut(usize::from(index))
            .map(|u| *u = true)
            .unwrap_or_default()
    };
    book.regions
        .values()
        .flat_map(|t| &t.0)
        .for_each(|(_, s)| mark(s.source));
    book.allowances.iter().for_each(|a| mark(a.source));
    let mut next = 0u16;
    let mut places = Vec::with_capacity(used.len());
    for kept in &used {
        places.push(next);
        next += u16::from(*kept);
    }
    let place = |old: u16| places.get(usize::from(old)).copied().unwrap_or(old);
    book.regions
        .values_mut()
        .flat_map(|t| &mut t.0)
        .for_each(|(_, s)| s.source = place(s.source));
    book.allowances
        .iter_mut()
        .for_each(|a| a.source = place(a.source));
    let mut index = 0;
    book.sources.retain(|_| {
        index += 1;
        used[index - 1]
    });
    book
}
