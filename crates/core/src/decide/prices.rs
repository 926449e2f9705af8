//! Prices of one Region laid out by the meters of each model, so that pricing is indexing.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::domain::catalog::{self, Catalog, Meter};
use crate::domain::decision::{Cost, LineItem};
use crate::domain::money::Usd;
use crate::domain::price::{PriceBook, Schedule, free_part};
use crate::domain::profile::Profile;
use crate::services::{Line, MeterKey};

/// Price and allowance of one meter in one Region.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot<'a> {
    /// That of the Region, or the median of the other Regions.
    pub(super) schedule: Option<&'a Schedule>,
    /// Lowest and highest price of the other Regions, where theirs stand in.
    band: Option<[&'a Schedule; 2]>,
    allowance: Option<Allowed>,
}

/// Which price of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Low,
    Expected,
    High,
}

impl<'a> Slot<'a> {
    /// Do prices of other Regions stand in?
    pub(super) const fn is_assumed(&self) -> bool {
        self.band.is_some()
    }

    pub(super) fn at(&self, end: At) -> Option<&'a Schedule> {
        match (end, self.band) {
            (At::Low, Some([low, _])) => Some(low),
            (At::High, Some([_, high])) => Some(high),
            _ => self.schedule,
        }
    }
}

/// Index of an allowance and its free quantity.
type Allowed = (usize, Decimal);

/// Quantities that share an allowance, by Region and index of the allowance.
type Shared = SmallVec<[((usize, usize), Decimal); 4]>;

/// The meters of a service, with their units.
#[derive(Debug)]
struct Meters<'a> {
    keys: Cow<'a, [MeterKey<'a>]>,
    units: Vec<&'a str>,
}

/// Prices of the meters of a variant.
#[derive(Clone, Debug)]
pub(super) struct VariantPrices<'a> {
    meters: Arc<Meters<'a>>,
    /// By Region (0 is home), then by meter.
    slots: Vec<Vec<Slot<'a>>>,
}

/// What prices are looked up in: one book, for the Regions of a profile.
pub(super) struct Market<'a, 'p> {
    pub(super) book: &'a PriceBook,
    pub(super) free_tier: bool,
    /// Home first, then the replicas.
    regions: Vec<&'p str>,
}

impl<'a, 'p> Market<'a, 'p> {
    pub(super) fn of(book: &'a PriceBook, free_tier: bool, profile: &'p Profile) -> Self {
        let replicas = profile.requirements.replica_regions.iter();
        let home = std::iter::once(profile.region.as_str());
        Self {
            book,
            free_tier,
            regions: home.chain(replicas.map(String::as_str)).collect(),
        }
    }
}

/// Adds up the quantities that share an allowance: where and which it is, and how much each uses.
fn share(quantities: impl Iterator<Item = (Option<Allowed>, usize, Decimal)>) -> Shared {
    let mut shared = Shared::new();
    for (allowance, region, quantity) in quantities {
        let Some((id, _)) = allowance else {
            continue;
        };
        let group = (region, id);
        match shared.iter_mut().find(|(same, _)| *same == group) {
            Some((_, total)) => *total += quantity,
            None => shared.push((group, quantity)),
        }
    }
    shared
}

/// The part of a quantity that its allowance covers.
fn free_of(
    allowance: Option<Allowed>,
    region: usize,
    quantity: Decimal,
    shared: &Shared,
) -> Decimal {
    let Some((id, free)) = allowance else {
        return Decimal::ZERO;
    };
    let group = (region, id);
    let total = shared.iter().find(|(same, _)| *same == group);
    free_part(quantity, total.map_or(quantity, |t| t.1), free)
}

/// One quantity of a bill that no model computed.
pub struct Entry<'a> {
    /// Service that owns the meter.
    pub service: &'a str,
    /// Meter id with its suffix.
    pub meter: &'a str,
    /// Unit of the quantity.
    pub unit: &'a str,
    /// Key in the price book; `None` where the meter has no price in this bill.
    pub key: Option<String>,
    /// Units per month.
    pub quantity: Decimal,
    /// A flat-rate plan covers all of it.
    pub included: bool,
}

/// The lines of a bill of one Region, one per price band.
pub fn bill(
    entries: &[Entry<'_>],
    book: &PriceBook,
    region: &str,
    free_tier: bool,
) -> Vec<LineItem> {
    let price = |entry: &Entry<'_>| {
        let free_tier = free_tier && !entry.included;
        entry
            .key
            .as_ref()
            .map(|key| slot(book, free_tier, region, key))
            .unwrap_or_default()
    };
    let slots: Vec<Slot<'_>> = entries.iter().map(price).collect();
    let pairs = || std::iter::zip(entries, &slots);
    let shared = share(pairs().map(|(e, s)| (s.allowance, 0, e.quantity)));
    let mut out = Vec::with_capacity(entries.len());
    for (entry, slot) in pairs() {
        let free = if entry.included {
            entry.quantity
        } else {
            free_of(slot.allowance, 0, entry.quantity, &shared)
        };
        push_items(
            &mut out,
            entry.service,
            entry.meter,
            entry.unit,
            None,
            slot.schedule,
            entry.quantity,
            free,
        );
    }
    out
}

/// What each quantity costs in one Region; `None` where the price is unknown. Allowances are shared as in a bill.
pub fn costs(
    entries: &[Entry<'_>],
    book: &PriceBook,
    region: &str,
    free_tier: bool,
) -> Vec<Option<Usd>> {
    let price = |entry: &Entry<'_>| {
        let key = entry.key.as_ref();
        key.map(|key| slot(book, free_tier, region, key))
            .unwrap_or_default()
    };
    let slots: Vec<Slot<'_>> = entries.iter().map(price).collect();
    let pairs = || std::iter::zip(entries, &slots);
    let shared = share(pairs().map(|(e, s)| (s.allowance, 0, e.quantity)));
    let cost = |(entry, slot): (&Entry<'_>, &Slot<'_>)| {
        let free = free_of(slot.allowance, 0, entry.quantity, &shared);
        Some(slot.schedule?.cost(entry.quantity - free))
    };
    pairs().map(cost).collect()
}

/// The key in the book of a meter that a line of a variant names.
pub fn key_of(
    owner: &catalog::Service,
    variant: &catalog::Variant,
    service: &str,
    meter: &str,
) -> String {
    let stem = meter.split('.').next().unwrap_or(meter);
    let is = |m: &&Meter| m.id == meter || (m.per.is_some() && m.id == stem);
    let own = owner.meters.iter().find(is).filter(|_| owner.id == service);
    let named = MeterKey {
        service,
        meter,
        by_variant: own.is_some_and(|m| m.by_variant),
    };
    key(&named, variant.price_id())
}

/// The key of a meter in the book.
pub(crate) fn key(meter: &MeterKey<'_>, variant: Option<&str>) -> String {
    match variant.filter(|_| meter.by_variant) {
        Some(variant) => format!("{}/{variant}/{}", meter.service, meter.meter),
        None => format!("{}/{}", meter.service, meter.meter),
    }
}

/// Price, with the allowance that covers it.
pub(super) fn slot<'a>(book: &'a PriceBook, free_tier: bool, region: &str, key: &str) -> Slot<'a> {
    let covered = || {
        book.allowances
            .iter()
            .position(|a| a.covers(key))
            .map(|i| (i, book.allowances[i].quantity))
    };
    Slot {
        schedule: book.get(region, key),
        band: None,
        allowance: if free_tier { covered() } else { None },
    }
}

/// [`slot`], with the prices of the other Regions where this one has none.
pub(super) fn slot_or_band<'a>(
    book: &'a PriceBook,
    free_tier: bool,
    region: &str,
    key: &str,
) -> Slot<'a> {
    let here = slot(book, free_tier, region, key);
    if here.schedule.is_some() {
        return here;
    }
    let mut others: Vec<&Schedule> = book.regions.values().filter_map(|t| t.get(key)).collect();
    others.sort_by_key(|s| s.tiers[0].price);
    let (Some(low), Some(high)) = (others.first().copied(), others.last().copied()) else {
        return here;
    };
    Slot {
        schedule: Some(others[(others.len() - 1) / 2]),
        band: Some([low, high]),
        ..here
    }
}

impl<'a> VariantPrices<'a> {
    /// The prices that all variants of a service share.
    pub(super) fn shared(
        market: &Market<'a, '_>,
        catalog: &'a Catalog,
        keys: Cow<'a, [MeterKey<'a>]>,
    ) -> Self {
        let units = keys.iter().map(|m| unit_of(catalog, m.service, m.meter));
        let units = units.collect();
        let slots = vec![vec![Slot::default(); keys.len()]; market.regions.len()];
        let mut shared = Self {
            meters: Arc::new(Meters { keys, units }),
            slots,
        };
        shared.look_up(market, false, None);
        shared
    }

    /// Those of one variant.
    pub(super) fn of_variant(&self, market: &Market<'a, '_>, variant: Option<&str>) -> Self {
        let mut own = self.clone();
        own.look_up(market, true, variant);
        own
    }

    /// Looks up the meters that have one price per variant, or those that have not.
    fn look_up(&mut self, market: &Market<'a, '_>, by_variant: bool, variant: Option<&str>) {
        let keys = self.meters.keys.iter().enumerate();
        for (place, meter) in keys.filter(|(_, m)| m.by_variant == by_variant) {
            let key = key(meter, variant);
            for (row, region) in self.slots.iter_mut().zip(&market.regions) {
                row[place] = slot_or_band(market.book, market.free_tier, region, &key);
            }
        }
    }

    /// The price of a line; a replica whose Region nobody names has the last one's.
    pub(super) fn slot(&self, line: &Line) -> Slot<'a> {
        self.slots[line.region.min(self.slots.len() - 1)][line.meter]
    }

    /// Quantities at which the price of a line bends: its allowance, and its tiers after it.
    pub(super) fn bounds(&self, line: &Line) -> Vec<Decimal> {
        let slot = self.slot(line);
        let free = slot
            .allowance
            .map_or(Decimal::ZERO, |(_, quantity)| quantity);
        let tiers = slot
            .schedule
            .map(|s| s.tiers.as_slice())
            .unwrap_or_default();
        tiers
            .iter()
            .map(|t| t.from + free)
            .filter(|b| !b.is_zero())
            .collect()
    }

    /// Quantities of a bill by Region and allowance.
    fn by_allowance(&self, lines: &[Line]) -> Shared {
        share(
            lines
                .iter()
                .map(|l| (self.slot(l).allowance, l.region, l.quantity)),
        )
    }

    /// Units of a line that an allowance covers, given the quantities that share it.
    fn free(&self, line: &Line, shared: &Shared) -> Decimal {
        free_of(
            self.slot(line).allowance,
            line.region,
            line.quantity,
            shared,
        )
    }

    /// The sum of a bill, without any text.
    pub(super) fn total(&self, lines: &[Line]) -> Cost {
        self.total_at(lines, At::Expected)
    }

    /// [`VariantPrices::total`] at one end of the prices that stand in.
    pub(super) fn total_at(&self, lines: &[Line], end: At) -> Cost {
        let shared = self.by_allowance(lines);
        let mut cost = Cost::default();
        for line in lines {
            match self.slot(line).at(end) {
                Some(schedule) => {
                    cost.known += schedule.cost(line.quantity - self.free(line, &shared))
                }
                None => cost.incomplete |= !line.quantity.is_zero(),
            }
        }
        cost
    }

    /// Meters of a bill for which prices of other Regions stand in.
    pub(super) fn assumed(&self, lines: &[Line]) -> Vec<SmolStr> {
        let stands_in = |line: &&Line| self.slot(line).band.is_some() && !line.quantity.is_zero();
        let mut meters: Vec<SmolStr> = Vec::new();
        for line in lines.iter().filter(stands_in) {
            let meter = self.meter(line).meter;
            if !meters.iter().any(|m| m == meter) {
                meters.push(meter.into());
            }
        }
        meters
    }

    /// What the always-free amounts take off a bill.
    pub(super) fn spared(&self, lines: &[Line]) -> Usd {
        let shared = self.by_allowance(lines);
        let spared = lines.iter().filter_map(|line| {
            let free = self.free(line, &shared);
            let schedule = self.slot(line).schedule.filter(|_| !free.is_zero())?;
            Some(schedule.cost(line.quantity) - schedule.cost(line.quantity - free))
        });
        spared.sum()
    }

    /// The meter of a line.
    pub(super) fn meter(&self, line: &Line) -> &MeterKey<'a> {
        &self.meters.keys[line.meter]
    }

    /// The lines of a bill, one per price band.
    pub(super) fn items(&self, lines: &[Line], regions: &[String]) -> Vec<LineItem> {
        let shared = self.by_allowance(lines);
        let mut out = Vec::with_capacity(lines.len() + 2);
        for line in lines {
            let key = self.meter(line);
            let free = self.free(line, &shared);
            let region = line
                .region
                .checked_sub(1)
                .and_then(|i| regions.get(i))
                .cloned();
            let slot = self.slot(line);
            let before = out.len();
            push_items(
                &mut out,
                key.service,
                key.meter,
                self.meters.units[line.meter],
                region,
                slot.schedule,
                line.quantity,
                free,
            );
            if slot.band.is_some() {
                out[before..]
                    .iter_mut()
                    .for_each(|item| item.assumed = true);
            }
        }
        out
    }
}

/// The unit of a meter, spread suffix removed.
pub fn unit_of<'c>(catalog: &'c Catalog, service: &str, meter: &str) -> &'c str {
    find_meter(catalog, service, meter).map_or("units", |m| m.unit.as_str())
}

/// A meter of the catalog by its id or by the id before the spread suffix.
pub(crate) fn find_meter<'c>(
    catalog: &'c Catalog,
    service: &str,
    meter: &str,
) -> Option<&'c Meter> {
    let stem = meter.split('.').next().unwrap_or(meter);
    catalog
        .service(service)?
        .meters
        .iter()
        .find(|m| m.id == meter || (m.per.is_some() && m.id == stem))
}

/// Appends the bands of one quantity: first what is free, then tier by tier.
#[expect(
    clippy::too_many_arguments,
    reason = "one line of a bill has that many parts"
)]
pub(super) fn push_items(
    out: &mut Vec<LineItem>,
    service: &str,
    meter: &str,
    unit: &str,
    region: Option<String>,
    schedule: Option<&Schedule>,
    quantity: Decimal,
    free: Decimal,
) {
    let base = LineItem {
        service: service.into(),
        meter: meter.into(),
        region: region.map(SmolStr::from),
        quantity,
        unit: unit.into(),
        unit_price: None,
        cost: None,
        free: false,
        sku: None,
        source: None,
        discount: None,
        assumed: false,
    };
    let Some(schedule) = schedule else {
        out.push(base);
        return;
    };
    let priced = LineItem {
        sku: schedule.sku.as_deref().map(SmolStr::from),
        source: Some(schedule.source),
        discount: schedule.discount,
        ..base
    };
    if !free.is_zero() {
        out.push(LineItem {
            quantity: free,
            unit_price: Some(Decimal::ZERO),
            cost: Some(Usd::ZERO),
            free: true,
            ..priced.clone()
        });
    }
    let paid = quantity - free;
    if !free.is_zero() && paid.is_zero() {
        return;
    }
    for band in schedule.bands(paid) {
        let cost = Usd(band.quantity * band.price);
        out.push(LineItem {
            quantity: band.quantity,
            unit_price: Some(band.price),
            cost: Some(cost),
            ..priced.clone()
        });
    }
}
