//! Exactness: one query and the products that came back → one checked price, or a [`Mismatch`].
//!
//! Never guesses: exactly one product, exactly one offer, the stated unit and currency, bands
//! contiguous from zero to infinity. Pure; prices are compared with the snapshot in `sanity.rs`.

use rust_decimal::Decimal;

use super::plan::{Query, Want};
use super::product::{Dimension, Offer, Product};
use crate::domain::price::{GLOBAL, Tier};

/// The on-demand offer term of the commercial price list.
pub const ON_DEMAND: &str = "JRTCKXETXF";

/// A price that passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Priced {
    /// Paid tiers from zero, per unit of ours.
    pub tiers: Vec<Tier>,
    /// Units per month in the free band that precedes the paid tiers; zero without one.
    pub free: Decimal,
    /// Stock keeping unit.
    pub sku: String,
}

/// Why a price was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Key in the price book.
    pub key: String,
    /// Region, or `global`.
    pub region: String,
    /// Selector in words.
    pub selector: String,
    /// What came back instead.
    pub found: String,
    /// No product at all came back.
    pub empty: bool,
    /// The price is known to exist.
    pub required: bool,
}

impl Mismatch {
    /// A mismatch of a query.
    pub fn new(query: &Query, found: impl Into<String>) -> Self {
        Self {
            key: query.key.clone(),
            region: query.region.clone(),
            selector: query.selector(),
            found: found.into(),
            empty: false,
            required: query.required,
        }
    }
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} in {}: {} (selector: {})",
            self.key, self.region, self.found, self.selector
        )
    }
}

/// Finds the one price of a query.
pub fn price(query: &Query, products: &[Product], currency: &str) -> Result<Priced, Mismatch> {
    let fail = |found: String| Mismatch::new(query, found);
    let mut matching: Vec<&Product> = Vec::new();
    for product in products.iter().filter(|p| failing(query, p).is_none()) {
        // The same product may be on two pages when a list changes while it is paged.
        if !matching.contains(&product) {
            matching.push(product);
        }
    }
    let product = match matching.as_slice() {
        [one] => *one,
        [] => {
            return Err(Mismatch {
                empty: true,
                ..fail(format!("no product matches{}", nearest(query, products)))
            });
        }
        many => {
            let names: Vec<&str> = many.iter().take(5).map(|p| p.sku.as_str()).collect();
            return Err(fail(format!(
                "{} products match instead of one: {}",
                many.len(),
                names.join(", ")
            )));
        }
    };
    let offer = offer(product).map_err(fail)?;
    let bands = bands(&query.unit, offer, currency)
        .map_err(|what| fail(format!("SKU {}: {what}", product.sku)))?;
    let (free, tiers) = split_free(&bands);
    if tiers.is_empty() {
        return Err(fail(format!("SKU {}: every price is zero", product.sku)));
    }
    if tiers.iter().any(|t| t.price.is_zero()) {
        return Err(fail(format!(
            "SKU {}: a band after a paid one has the price zero",
            product.sku
        )));
    }
    if query.per <= Decimal::ZERO {
        return Err(fail(format!(
            "the unit factor {} is not above zero",
            query.per
        )));
    }
    let tiers = tiers
        .into_iter()
        .map(|t| Tier {
            from: t.from * query.per,
            price: (t.price / query.per).normalize(),
        })
        .collect();
    Ok(Priced {
        tiers,
        free: free * query.per,
        sku: product.sku.clone(),
    })
}

/// The first condition a product does not meet: what it should be, what it is.
pub fn failing(query: &Query, product: &Product) -> Option<(String, String, String)> {
    let value = |name: &str| product.attributes.get(name).map(String::as_str);
    let shown = |v: Option<&str>| v.map_or("nothing".to_owned(), |v| format!("`{v}`"));
    if !query.usagetypes.is_empty() {
        let found = value("usagetype");
        if !found.is_some_and(|u| query.usagetypes.iter().any(|w| w == u)) {
            return Some((
                "usagetype".to_owned(),
                query.usagetypes.join("|"),
                shown(found),
            ));
        }
    }
    if let Some(found) = value("servicecode").filter(|code| *code != query.service_code) {
        return Some((
            "servicecode".to_owned(),
            query.service_code.clone(),
            shown(Some(found)),
        ));
    }
    if query.region != GLOBAL {
        // Data-transfer rows have two ends and name the first one `from…`.
        for (name, other, want) in [
            ("regionCode", "fromRegionCode", query.region.as_str()),
            ("locationType", "fromLocationType", "AWS Region"),
        ] {
            let found = value(name).or_else(|| value(other));
            if found != Some(want) {
                return Some((name.to_owned(), want.to_owned(), shown(found)));
            }
        }
    }
    query.conditions.iter().find_map(|(name, want)| {
        let found = value(name);
        let (good, wanted) = match want {
            Want::Is(text) => (found == Some(text.as_str()), format!("`{text}`")),
            Want::Present => (
                found.is_some_and(|v| !v.is_empty() && v != "NA"),
                "any value".to_owned(),
            ),
            Want::Absent => (found.is_none_or(str::is_empty), "nothing".to_owned()),
        };
        (!good).then(|| (name.clone(), wanted, shown(found)))
    })
}

/// The product of the right usage type that fails by one attribute, in words.
fn nearest(query: &Query, products: &[Product]) -> String {
    let near = products.iter().find_map(|p| {
        let (name, want, found) = failing(query, p)?;
        let same_usage = p
            .attributes
            .get("usagetype")
            .is_some_and(|u| query.usagetypes.iter().any(|w| w == u));
        (same_usage || query.usagetypes.is_empty()).then(|| {
            format!(
                "; the nearest, SKU {}, has {name} {found} instead of {want}",
                p.sku
            )
        })
    });
    near.unwrap_or_else(|| format!(" among {} products that came back", products.len()))
}

/// The one offer of a product.
fn offer(product: &Product) -> Result<&Offer, String> {
    let sku = &product.sku;
    match product.offers.as_slice() {
        [only] => Ok(only),
        [] => Err(format!("SKU {sku} has no on-demand offer")),
        many => {
            let standard: Vec<&Offer> = many.iter().filter(|o| o.code == ON_DEMAND).collect();
            if let [one] = standard.as_slice() {
                return Ok(one);
            }
            let codes: Vec<&str> = many.iter().map(|o| o.code.as_str()).collect();
            Err(format!(
                "SKU {sku} has {} on-demand offers ({}), {} of them {ON_DEMAND}",
                many.len(),
                codes.join(", "),
                standard.len()
            ))
        }
    }
}

/// A band with its end still known.
struct Step {
    tier: Tier,
    end: Option<Decimal>,
}

fn bands(unit: &str, offer: &Offer, currency: &str) -> Result<Vec<Step>, String> {
    let mut steps = offer
        .dimensions
        .iter()
        .map(|d| step(unit, d, currency))
        .collect::<Result<Vec<_>, _>>()?;
    steps.sort_by_key(|s| s.tier.from);
    let first = steps.first().ok_or("the offer has no price dimension")?;
    if !first.tier.from.is_zero() {
        return Err(format!(
            "the first band begins at {}, not at 0",
            first.tier.from
        ));
    }
    for pair in steps.windows(2) {
        if pair[0].end != Some(pair[1].tier.from) {
            let end = pair[0].end.map_or("infinity".to_owned(), |e| e.to_string());
            return Err(format!(
                "bands are not contiguous: one ends at {end}, the next begins at {}",
                pair[1].tier.from
            ));
        }
        if pair[0].tier.from == pair[1].tier.from {
            return Err(format!("two bands begin at {}", pair[1].tier.from));
        }
    }
    match steps.last().and_then(|s| s.end) {
        None => Ok(steps),
        Some(end) => Err(format!("the last band ends at {end}, not at infinity")),
    }
}

fn step(unit: &str, dimension: &Dimension, currency: &str) -> Result<Step, String> {
    if dimension.unit != unit {
        return Err(format!("the unit is `{}`, not `{unit}`", dimension.unit));
    }
    let price = dimension.prices.get(currency).copied().ok_or_else(|| {
        let known: Vec<&str> = dimension.prices.keys().map(String::as_str).collect();
        format!(
            "the price is in {}, not in {currency}",
            if known.is_empty() {
                "no currency".to_owned()
            } else {
                known.join(", ")
            }
        )
    })?;
    Ok(Step {
        tier: Tier {
            from: dimension.begin,
            price,
        },
        end: dimension.end,
    })
}

/// Takes leading bands at zero off: they are an allowance, and the paid tiers then start at zero.
fn split_free(steps: &[Step]) -> (Decimal, Vec<Tier>) {
    let free = steps.iter().take_while(|s| s.tier.price.is_zero()).count();
    let Some(first) = steps.get(free) else {
        return (Decimal::ZERO, Vec::new());
    };
    let shift = first.tier.from;
    let tiers = steps[free..].iter().map(|s| Tier {
        from: s.tier.from - shift,
        price: s.tier.price,
    });
    (shift, tiers.collect())
}
