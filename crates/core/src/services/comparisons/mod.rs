//! What stands beside the candidates: rows with a price that are never the answer.
//!
//! One file a method ([`Method`]), all figures from the catalog and the price book of the Region. Nothing here
//! runs on the fast path: a row may look through every type of node a Region sells.

mod capacity;
mod copies;
mod direct;
mod file_layer;
mod memory;
mod shards;

use rust_decimal::Decimal;

use super::model::Load;
use crate::domain::catalog::{Service, Variant};
use crate::domain::comparison::{Method, Spec};
use crate::domain::finding::Must;
use crate::domain::money::Usd;
use crate::domain::price::{PriceBook, Schedule};
use crate::domain::profile::Profile;
use crate::domain::rule::NoVerdicts;

/// What a method may look at.
#[derive(Clone, Copy)]
pub struct Beside<'a> {
    /// The workload.
    pub profile: &'a Profile,
    /// Its monthly load.
    pub load: &'a Load,
    /// The entry of the catalog.
    pub service: &'a Service,
    /// Prices.
    pub book: &'a PriceBook,
}

/// A quantity of a meter for a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// Meter id of the entry.
    pub meter: String,
    /// Where its price stands in the book.
    pub key: String,
    /// Units a month.
    pub quantity: Decimal,
    /// The Region whose price holds, where it is not the workload's own.
    pub region: Option<String>,
}

/// A row as a method reckons it.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// The variant of the catalog whose facts hold for it.
    pub variant: &'a Variant,
    /// Its own variant in the contract.
    pub id: Option<String>,
    /// What is bought.
    pub spec: Spec,
    /// The bill.
    pub lines: Vec<Billed>,
    /// What comes on top at the high end.
    pub possible: Vec<Billed>,
    /// Codes of what to know, with their texts in the catalog.
    pub cautions: Vec<&'static str>,
    /// Nodes, and how many a cluster may have before a quota is raised, where that is exceeded.
    pub above_quota: Option<[Decimal; 2]>,
    /// A must-have that a layout cannot meet, with the reason.
    pub misses: Option<(Must, &'static str)>,
    /// May stand in a headline as far as the method goes.
    pub comparable: bool,
    /// Reads of the origin are in the bill: none remain beside it.
    pub reads_origin: bool,
}

/// The rows of a comparison for a workload; none where it is not shown, not sold, or has no price.
pub fn offers<'a>(cx: &Beside<'a>) -> Vec<Offer<'a>> {
    let Some(comparison) = &cx.service.comparison else {
        return Vec::new();
    };
    if !comparison.when.holds(cx.profile, &NoVerdicts) {
        return Vec::new();
    }
    let mut offers = match &comparison.method {
        Method::Shards(shards) => shards::offers(cx, shards),
        Method::Copies(copies) => copies::offer(cx, copies).into_iter().collect(),
        Method::Capacity(capacity) => capacity::offer(cx, capacity).into_iter().collect(),
        Method::FileLayer(layer) => file_layer::offer(cx, layer).into_iter().collect(),
        Method::Direct => direct::offer(cx).into_iter().collect(),
        Method::Memory(memory) => memory::offer(cx, memory).into_iter().collect(),
    };
    for offer in &mut offers {
        offer.comparable &= !comparison.preview;
    }
    offers
}

impl<'a> Beside<'a> {
    /// The variant with this id, or the only one.
    fn variant(&self, id: Option<&str>) -> Option<&'a Variant> {
        let mut variants = self.service.variants.iter();
        variants.find(|v| v.id.as_deref() == id)
    }

    /// Prices of a meter spread by type, by suffix; `path` begins below the service.
    fn spread(&self, path: &str) -> Vec<(&'a str, Decimal)> {
        let prefix = [&self.service.id, "/", path, "."].concat();
        let Some(table) = self.book.regions.get(&self.profile.region) else {
            return Vec::new();
        };
        let first = table.0.partition_point(|(key, _)| *key < prefix);
        let rows = table.0[first..].iter();
        let rows = rows.map_while(|(key, s)| Some((key.strip_prefix(&prefix)?, s)));
        rows.map(|(suffix, s)| (suffix, unit(s))).collect()
    }

    /// Is there a price for a meter of the entry?
    fn has(&self, meter: &str) -> bool {
        let key = [&self.service.id, "/", meter].concat();
        self.book.get(&self.profile.region, &key).is_some()
    }

    /// A quantity of a meter of the entry.
    fn billed(&self, meter: &str, quantity: Decimal) -> Billed {
        Billed {
            meter: meter.to_owned(),
            key: [&self.service.id, "/", meter].concat(),
            quantity,
            region: None,
        }
    }

    /// Bytes of everything that is kept, with its key and what the service keeps beside each item.
    fn stored(&self, variant: &Variant) -> Decimal {
        let data = &self.profile.data;
        let item = variant.facts.item(data.item_size, data.key_size);
        data.working_set * item / data.item_size
    }

    /// Keys looked up and put a second: in the mean of the active hours, and at the stated peak.
    fn rates(&self) -> [[Decimal; 2]; 2] {
        let t = &self.profile.traffic;
        let peak = [
            t.peak_reads.unwrap_or(t.reads),
            t.peak_writes.unwrap_or(t.writes),
        ];
        [[t.reads, t.writes], peak].map(|[reads, writes]| [reads * t.keys_per_read, writes])
    }

    /// Bytes a second of so many lookups and puts.
    fn bytes(&self, [lookups, puts]: [Decimal; 2]) -> Decimal {
        lookups * self.profile.bytes_per_read() + puts * self.profile.data.item_size
    }
}

/// The price of the first unit.
fn unit(schedule: &Schedule) -> Decimal {
    schedule.tiers[0].price
}

/// So much of a unit price.
fn money(quantity: Decimal, price: Decimal) -> Usd {
    Usd(quantity * price)
}
