//! The price book: unit prices by Region and meter, with their origin, and how a quantity is priced.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::Usd;

/// Table of prices that do not depend on a Region (CloudFront).
pub const GLOBAL: &str = "global";

/// One step of a price: from this quantity on, this much per unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tier {
    /// Quantity where the tier begins.
    pub from: Decimal,
    /// USD per unit.
    pub price: Decimal,
}

/// The price of one meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// Tiers from zero upwards, contiguous, at least one.
    pub tiers: Vec<Tier>,
    /// Stock keeping unit of the AWS price list, when known.
    pub sku: Option<String>,
    /// Index into [`PriceBook::sources`].
    pub source: u16,
    /// Private rate applied, as a share off the list price, when one is.
    pub discount: Option<Decimal>,
}

/// A band of a quantity at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Band {
    /// Units in the band.
    pub quantity: Decimal,
    /// USD per unit.
    pub price: Decimal,
}

impl Schedule {
    /// Cost of a quantity, tier by tier.
    pub fn cost(&self, quantity: Decimal) -> Usd {
        match self.tiers.as_slice() {
            [only] => return Usd(quantity * only.price),
            [first, next, ..] if quantity <= next.from => return Usd(quantity * first.price),
            _ => {}
        }
        Usd(self.bands(quantity).map(|b| b.quantity * b.price).sum())
    }

    /// The bands a quantity falls into; one band of zero for a quantity of zero.
    pub fn bands(&self, quantity: Decimal) -> impl Iterator<Item = Band> + '_ {
        self.tiers.iter().enumerate().filter_map(move |(i, tier)| {
            let end = self
                .tiers
                .get(i + 1)
                .map_or(quantity, |next| next.from.min(quantity));
            let inside = end - tier.from;
            let show = inside > Decimal::ZERO || (i == 0 && quantity.is_zero());
            show.then_some(Band {
                quantity: inside.max(Decimal::ZERO),
                price: tier.price,
            })
        })
    }
}

/// Where a group of prices comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceSource {
    /// How its prices came into the book: a live book keeps the snapshot's for what no list answered.
    pub origin: BookOrigin,
    /// Group name.
    pub id: String,
    /// Date of the price-list publication, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where it was read.
    pub source: String,
    /// What was read again later.
    pub rechecked: Option<String>,
}

/// Prices of one Region (or of [`GLOBAL`]), sorted by key `service/meter` or `service/variant/meter`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table(pub Vec<(String, Schedule)>);

impl Table {
    /// The price of a key.
    pub fn get(&self, key: &str) -> Option<&Schedule> {
        self.0
            .binary_search_by(|(k, _)| k.as_str().cmp(key))
            .ok()
            .map(|i| &self.0[i].1)
    }

    /// All prices whose key begins like this, in the order of their keys.
    pub fn with_prefix<'t>(
        &'t self,
        prefix: &'t str,
    ) -> impl Iterator<Item = (&'t str, &'t Schedule)> + 't {
        let first = self.0.partition_point(|(key, _)| key.as_str() < prefix);
        self.0[first..]
            .iter()
            .map_while(move |(key, schedule)| Some((key.strip_prefix(prefix)?, schedule)))
    }

    /// Takes the prices of another table over; for a key of both, the other one's wins.
    pub fn merge(&mut self, other: Self) {
        let mut own = std::mem::take(&mut self.0).into_iter().peekable();
        let mut out = Vec::with_capacity(own.len() + other.0.len());
        for (key, schedule) in other.0 {
            while let Some(before) = own.next_if(|(k, _)| *k < key) {
                out.push(before);
            }
            own.next_if(|(k, _)| *k == key);
            out.push((key, schedule));
        }
        out.extend(own);
        self.0 = out;
    }
}

/// An allowance that is free every month and does not expire, shared by its meters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// Kebab-case id.
    pub id: String,
    /// Keys it covers; a trailing `*` covers every key with the prefix.
    pub keys: Vec<String>,
    /// Units free per month.
    pub quantity: Decimal,
    /// What the price list says where it counts another month: 744 hours instead of 730.
    pub listed: Option<Decimal>,
    /// Index into [`PriceBook::sources`].
    pub source: u16,
}

impl Allowance {
    /// Does it cover a key?
    pub fn covers(&self, key: &str) -> bool {
        self.keys.iter().any(|k| {
            k.strip_suffix('*')
                .map_or(k == key, |prefix| key.starts_with(prefix))
        })
    }
}

/// How a book came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BookOrigin {
    /// Shipped with the program.
    Snapshot,
    /// Read from the price list, now or from the cache.
    Live,
    /// A file the user named.
    File,
}

impl BookOrigin {
    /// Word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Live => "live",
            Self::File => "file",
        }
    }
}

/// All prices of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceBook {
    /// How it came to be.
    pub origin: BookOrigin,
    /// Date of the newest group, `YYYY-MM-DD`; of a live book, of the newest one that was looked up.
    pub as_of: String,
    /// Currency; `USD` outside China.
    pub currency: String,
    /// Groups.
    pub sources: Vec<PriceSource>,
    /// Always-free allowances.
    pub allowances: Vec<Allowance>,
    /// Tables by Region.
    pub regions: BTreeMap<String, Table>,
}

/// What everybody pays.
pub const LIST_PRICES: &str = "list prices";

impl PriceBook {
    /// The dates of what was looked up, oldest and newest; the book's own date of any other book.
    pub fn dates(&self) -> (&str, &str) {
        let live = self.sources.iter().filter(|s| s.origin == BookOrigin::Live);
        let dates = live.map(|s| s.as_of.as_str());
        match (self.origin, dates.clone().min(), dates.max()) {
            (BookOrigin::Live, Some(oldest), Some(newest)) => (oldest, newest),
            _ => (&self.as_of, &self.as_of),
        }
    }

    /// `snapshot of 2026-10-01`, `live of 2026-11-18 to 2026-11-20`: the head of every report.
    pub fn dated(&self) -> String {
        let (oldest, newest) = self.dates();
        if oldest == newest {
            format!("{} of {newest}", self.origin.word())
        } else {
            format!("{} of {oldest} to {newest}", self.origin.word())
        }
    }

    /// What the prices are: AWS's list, or that less what was negotiated.
    pub fn terms(&self) -> &'static str {
        let mut prices = self.regions.values().flat_map(|t| &t.0);
        if prices.any(|(_, s)| s.discount.is_some()) {
            "list prices less private rates"
        } else {
            LIST_PRICES
        }
    }

    /// Date of the source of a price; with its origin where it is not the book's.
    pub fn dated_source(&self, source: &PriceSource) -> String {
        if source.origin == self.origin {
            source.as_of.clone()
        } else {
            format!("{} of {}", source.origin.word(), source.as_of)
        }
    }

    /// The price of a key in a Region, or the global one.
    pub fn get(&self, region: &str, key: &str) -> Option<&Schedule> {
        let local = self.regions.get(region).and_then(|t| t.get(key));
        local.or_else(|| self.regions.get(GLOBAL).and_then(|t| t.get(key)))
    }
}

/// A quantity after the always-free allowances: what is free and what is paid.
///
/// An allowance shared by several meters is spread over them in proportion to their quantities
/// (AWS names no order); it comes off first and the paid tiers then start at zero.
pub fn free_part(quantity: Decimal, group_total: Decimal, allowance: Decimal) -> Decimal {
    if group_total <= allowance {
        return quantity;
    }
    if group_total == quantity {
        return allowance.min(quantity);
    }
    (allowance * quantity / group_total).min(quantity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(tiers: &[(&str, &str)]) -> Schedule {
        let tiers = tiers
            .iter()
            .map(|(f, p)| Tier {
                from: f.parse().unwrap(),
                price: p.parse().unwrap(),
            })
            .collect();
        Schedule {
            tiers,
            sku: None,
            source: 0,
            discount: None,
        }
    }

    #[test]
    fn tiers_add_up() {
        let us = schedule(&[("0", "0.085"), ("10240", "0.08"), ("51200", "0.06")]);
        assert_eq!(
            us.cost(51_200.into()).0,
            "4147.2".parse::<Decimal>().unwrap()
        );
        assert_eq!(us.cost(Decimal::ZERO).0, Decimal::ZERO);
        assert_eq!(us.bands(Decimal::ZERO).count(), 1);
        assert_eq!(us.bands(10_241.into()).count(), 2);
    }

    #[test]
    fn a_table_takes_another_over_and_keeps_its_order() {
        let table = |prices: &[(&str, &str)]| {
            let rows = prices.iter();
            Table(
                rows.map(|(key, price)| ((*key).to_owned(), schedule(&[("0", price)])))
                    .collect(),
            )
        };
        let mut own = table(&[("a/x", "1"), ("b/x.1", "2"), ("c", "3")]);
        own.merge(table(&[
            ("a/y", "4"),
            ("b/x.1", "5"),
            ("b/x.2", "6"),
            ("d", "7"),
        ]));
        let keys: Vec<&str> = own.0.iter().map(|(k, _)| k.as_str()).collect();
        assert_eq!(keys, ["a/x", "a/y", "b/x.1", "b/x.2", "c", "d"]);
        let found: Vec<_> = own
            .with_prefix("b/x.")
            .map(|(suffix, s)| (suffix, s.tiers[0].price.to_string()))
            .collect();
        assert_eq!(found, [("1", "5".to_owned()), ("2", "6".to_owned())]);
    }

    #[test]
    fn an_allowance_comes_off_first() {
        let d = |n: i64| Decimal::from(n);
        assert_eq!(free_part(d(80), d(80), d(100)), d(80));
        assert_eq!(free_part(d(150), d(150), d(100)), d(100));
        assert_eq!(free_part(d(100), d(400), d(100)), d(25));
    }
}
