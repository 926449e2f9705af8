//! One bulk price-list file, read as a stream: only products that may match are kept.
//!
//! Memory does not grow with the file. No network here; `public.rs` brings the bytes.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;

use anyhow::{Context, Result, bail, ensure};
use struson::reader::{JsonReader, JsonStreamReader, ReaderSettings, ValueType};

use super::plan::Query;
use super::product::{self, FAMILY, Product, RawOffer};
use super::select::failing;

/// More candidates than this mean that a selector is far too wide, or the file is hostile.
const MAX_KEPT: usize = 4096;

/// What is looked for in a file.
pub struct Wanted<'q> {
    service_code: &'q str,
    queries: &'q [Query],
    usagetypes: HashSet<&'q str>,
    attributes: HashSet<&'q str>,
    open: bool,
}

impl<'q> Wanted<'q> {
    /// The queries of one service code and Region.
    pub fn new(service_code: &'q str, queries: &'q [Query]) -> Self {
        let named = queries
            .iter()
            .flat_map(|q| q.conditions.iter().map(|(name, _)| name.as_str()));
        let always = [
            "usagetype",
            "servicecode",
            "regionCode",
            "fromRegionCode",
            "locationType",
            "fromLocationType",
        ];
        Self {
            service_code,
            queries,
            usagetypes: queries
                .iter()
                .flat_map(|q| q.usagetypes.iter().map(String::as_str))
                .collect(),
            attributes: named.chain(always).collect(),
            open: queries.iter().any(|q| q.usagetypes.is_empty()),
        }
    }

    fn keeps(&self, product: &Product) -> bool {
        let usagetype = product.attributes.get("usagetype");
        if usagetype.is_some_and(|u| self.usagetypes.contains(u.as_str())) {
            return true;
        }
        self.open
            && self
                .queries
                .iter()
                .filter(|q| q.usagetypes.is_empty())
                .any(|q| failing(q, product).is_none())
    }
}

/// What was found in a file.
#[derive(Debug, Default)]
pub struct Found {
    products: BTreeMap<String, Product>,
    /// Publication date and time.
    pub published: Option<String>,
    /// Version of the list.
    pub version: Option<String>,
    /// The prices came before the products: the file must be read once more with what is kept.
    pub again: bool,
    /// SKUs that have had their prices.
    priced: BTreeSet<String>,
}

impl Found {
    /// The products that were kept.
    pub fn products(self) -> Vec<Product> {
        self.products.into_values().collect()
    }
}

/// Reads a whole file; call it again with the same `found` when [`Found::again`] says so.
pub fn scan(input: impl Read, wanted: &Wanted<'_>, found: &mut Found) -> Result<()> {
    let settings = ReaderSettings {
        track_path: false,
        ..ReaderSettings::default()
    };
    let mut json = JsonStreamReader::new_custom(input, settings);
    let second = std::mem::take(&mut found.again);
    let mut products_read = second;
    json.begin_object()?;
    let mut offer_code = None;
    while json.has_next()? {
        match json.next_name()? {
            "offerCode" => offer_code = Some(json.next_string()?),
            "version" => found.version = Some(json.next_string()?),
            "publicationDate" => found.published = Some(json.next_string()?),
            "products" if !second => {
                products(&mut json, wanted, found)?;
                products_read = true;
            }
            "terms" if products_read => terms(&mut json, found)?,
            "terms" => {
                found.again = true;
                json.skip_value()?;
            }
            _ => json.skip_value()?,
        }
    }
    json.end_object()?;
    json.consume_trailing_whitespace()?;
    let code = offer_code.context("the file has no offerCode: this is not a price list")?;
    ensure!(
        code == wanted.service_code,
        "the file is about {code}, not about {}",
        wanted.service_code
    );
    ensure!(products_read, "the file has no products");
    Ok(())
}

fn products<R: Read>(
    json: &mut JsonStreamReader<R>,
    wanted: &Wanted<'_>,
    found: &mut Found,
) -> Result<()> {
    json.begin_object()?;
    while json.has_next()? {
        json.skip_name()?;
        let product = product_of(json, wanted)?;
        if wanted.keeps(&product) {
            ensure!(
                found.products.len() < MAX_KEPT,
                "more than {MAX_KEPT} products may match: the selectors are too wide"
            );
            let sku = product.sku.clone();
            ensure!(
                found.products.insert(sku.clone(), product).is_none(),
                "SKU {sku} is listed twice"
            );
        }
    }
    json.end_object()?;
    Ok(())
}

fn product_of<R: Read>(json: &mut JsonStreamReader<R>, wanted: &Wanted<'_>) -> Result<Product> {
    let mut product = Product::default();
    json.begin_object()?;
    while json.has_next()? {
        match json.next_name()? {
            "sku" => product.sku = json.next_string()?,
            "productFamily" => {
                let family = json.next_string()?;
                product.attributes.insert(FAMILY.to_owned(), family);
            }
            "attributes" => attributes(json, wanted, &mut product)?,
            _ => json.skip_value()?,
        }
    }
    json.end_object()?;
    ensure!(!product.sku.is_empty(), "a product has no SKU");
    Ok(product)
}

fn attributes<R: Read>(
    json: &mut JsonStreamReader<R>,
    wanted: &Wanted<'_>,
    product: &mut Product,
) -> Result<()> {
    json.begin_object()?;
    while json.has_next()? {
        let name = json.next_name()?;
        let Some(name) = wanted.attributes.get(name).copied() else {
            json.skip_value()?;
            continue;
        };
        if json.peek()? == ValueType::String {
            let value = json.next_string()?;
            product.attributes.insert(name.to_owned(), value);
        } else {
            json.skip_value()?;
        }
    }
    json.end_object()?;
    Ok(())
}

fn terms<R: Read>(json: &mut JsonStreamReader<R>, found: &mut Found) -> Result<()> {
    json.begin_object()?;
    while json.has_next()? {
        if json.next_name()? != "OnDemand" {
            json.skip_value()?;
            continue;
        }
        json.begin_object()?;
        while json.has_next()? {
            let sku = json.next_name()?;
            let Some(product) = found.products.get_mut(sku) else {
                json.skip_value()?;
                continue;
            };
            if !found.priced.insert(product.sku.clone()) {
                bail!("SKU {} has its prices twice", product.sku);
            }
            let raw: BTreeMap<String, RawOffer> = json
                .deserialize_next()
                .with_context(|| format!("prices of SKU {}", product.sku))?;
            product.offers = product::offers(&product.sku, raw)?;
        }
        json.end_object()?;
    }
    json.end_object()?;
    Ok(())
}
