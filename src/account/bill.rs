//! What a running resource costs now: its quantities by the price book that prices every candidate.
//!
//! A price or a quantity that is not known is named and never zero.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;

use crate::decide::prices::{self, Entry};
use crate::domain::catalog::{Catalog, Meter};
use crate::domain::decision::LineItem;
use crate::domain::money::Usd;
use crate::domain::price::PriceBook;
use crate::domain::profile::{Geo, Word as _};
use cachewright_measure::telemetry::now::Used;
use cachewright_measure::telemetry::{Kind, Known};

/// What is missing where the catalog has no price.
const NO_PRICE: &str = "a price in this catalog";

/// A bill of a month.
#[derive(Clone, Debug)]
pub struct Bill {
    /// Service of the catalog.
    pub service: String,
    /// Its variant.
    pub variant: Option<String>,
    /// As people call it.
    pub name: String,
    /// The lines, at the cheaper end.
    pub items: Vec<LineItem>,
    /// The known sum at both ends.
    pub ends: [Usd; 2],
    /// Meters whose quantity or price is not known, and what would tell it.
    pub missing: Vec<(String, String)>,
}

/// The bill of these quantities.
pub fn bill(
    kind: &Kind,
    used: &[Used],
    known: &Known,
    (catalog, book): (&Catalog, &PriceBook),
    region: &str,
) -> Bill {
    let now = &kind.now;
    let service = catalog.service(&now.service);
    let wanted = known
        .variant
        .clone()
        .or(now.variant.clone())
        .or(known.engine.clone());
    let variants = service.map(|s| s.variants.as_slice()).unwrap_or_default();
    let variant = variants.iter().find(|v| v.id.is_some() && v.id == wanted);
    let name = variant.map_or(&kind.name, |v| &v.name).clone();
    let meters = service.map(|s| s.meters.as_slice()).unwrap_or_default();
    let mut out = Bill {
        service: now.service.clone(),
        variant: wanted,
        name,
        items: Vec::new(),
        ends: [Usd::ZERO; 2],
        missing: Vec::new(),
    };
    let mut fixed: Vec<(String, Decimal, &Meter)> = Vec::new();
    let mut spread: Vec<(String, Decimal, &Meter)> = Vec::new();
    for one in used {
        let stem = one.meter.split('.').next().unwrap_or(&one.meter);
        let Some(meter) = meters.iter().find(|m| m.id == stem) else {
            let why = NO_PRICE.to_owned();
            out.missing.push((one.meter.clone(), why));
            continue;
        };
        let quantity = one
            .quantity
            .and_then(|q| Decimal::from_f64(q).ok_or("a number"));
        match quantity {
            Err(why) => {
                // The command is what an inventory is made with.
                let why = match why {
                    "an inventory" => format!("--inventory with what `{}` writes", kind.find),
                    other => other.to_owned(),
                };
                out.missing.push((one.meter.clone(), why));
            }
            Ok(quantity) if one.spread.is_some() => {
                spread.push((one.meter.clone(), quantity, meter))
            }
            Ok(quantity) => fixed.push((one.meter.clone(), quantity, meter)),
        }
    }
    out.price(&fixed, &spread, (book, region));
    out
}

impl Bill {
    /// Prices the quantities; those without a place cost what they do at the cheapest and at the dearest one.
    fn price(
        &mut self,
        fixed: &[(String, Decimal, &Meter)],
        spread: &[(String, Decimal, &Meter)],
        at: (&PriceBook, &str),
    ) {
        let mut places: Vec<Option<&str>> = Geo::ALL.iter().map(|g| Some(g.word())).collect();
        if spread.is_empty() {
            places = vec![None];
        }
        let mut bills: Vec<(Usd, Vec<LineItem>)> = Vec::new();
        for place in places {
            let suffixed = spread.iter().map(|(meter, q, m)| {
                let suffix = place.map_or(String::new(), |p| format!(".{p}"));
                (format!("{meter}{suffix}"), *q, *m)
            });
            let all: Vec<_> = fixed.iter().cloned().chain(suffixed).collect();
            let items = self.items(&all, at);
            bills.push((items.iter().filter_map(|i| i.cost).sum(), items));
        }
        bills.sort_by_key(|(sum, _)| *sum);
        let dearest = bills.last().map_or(Usd::ZERO, |(sum, _)| *sum);
        if let Some((cheapest, items)) = bills.into_iter().next() {
            let unpriced = items
                .iter()
                .filter(|i| i.cost.is_none() && !i.quantity.is_zero());
            let why = match &self.variant {
                None => "--engine",
                Some(_) => NO_PRICE,
            };
            let unpriced = unpriced.map(|i| (i.meter.to_string(), why.to_owned()));
            self.missing.extend(unpriced.collect::<Vec<_>>());
            self.items = items;
            self.ends = [cheapest, dearest];
        }
    }

    fn items(
        &self,
        quantities: &[(String, Decimal, &Meter)],
        (book, region): (&PriceBook, &str),
    ) -> Vec<LineItem> {
        let entries: Vec<Entry<'_>> = (quantities.iter())
            .map(|(id, quantity, meter)| Entry {
                service: &self.service,
                meter: id,
                unit: &meter.unit,
                key: match (&self.variant, meter.by_variant) {
                    (Some(variant), true) => Some(format!("{}/{variant}/{id}", self.service)),
                    // Nobody says which variant is meant, and each has a price of its own.
                    (None, true) => None,
                    (_, false) => Some(format!("{}/{id}", self.service)),
                },
                quantity: *quantity,
                included: false,
            })
            .collect();
        prices::bill(&entries, book, region, true)
    }

    /// Every part of it is known.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
    }
}
