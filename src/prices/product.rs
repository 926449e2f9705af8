//! One product of the AWS price list: a JSON document → SKU, attributes and offers, checked.
//!
//! Pure. Which product is the right one is decided in `select.rs`; where the text comes from does
//! not matter here (`live.rs`: one document per string, `public.rs`: pieces of a large file).

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use rust_decimal::Decimal;
use serde::Deserialize;

/// Attribute under which the product family is kept beside the attributes proper.
pub const FAMILY: &str = "productFamily";

/// A product with its on-demand offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Stock keeping unit.
    pub sku: String,
    /// Attributes, the product family among them.
    pub attributes: BTreeMap<String, String>,
    /// On-demand offers; other term types (Reserved, FlatRate) are not read.
    pub offers: Vec<Offer>,
}

/// One offer term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Offer term code.
    pub code: String,
    /// When it begins to hold, as AWS writes it.
    pub effective: Option<String>,
    /// Price dimensions in no particular order.
    pub dimensions: Vec<Dimension>,
}

/// One price of an offer: from a quantity to a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// Unit the price is for.
    pub unit: String,
    /// First unit of the band.
    pub begin: Decimal,
    /// End of the band; `None` is infinity.
    pub end: Option<Decimal>,
    /// Price per unit by currency code.
    pub prices: BTreeMap<String, Decimal>,
}

/// A product and the list it was published in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The product.
    pub product: Product,
    /// Service code, when the document names one.
    pub service_code: Option<String>,
    /// Version of the list.
    pub version: Option<String>,
    /// Publication date and time of the list.
    pub published: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDocument {
    product: RawProduct,
    service_code: Option<String>,
    #[serde(default)]
    terms: RawTerms,
    version: Option<String>,
    publication_date: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawProduct {
    sku: String,
    product_family: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
struct RawTerms {
    #[serde(default, rename = "OnDemand")]
    on_demand: BTreeMap<String, RawOffer>,
}

/// One offer term as AWS writes it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RawOffer {
    offer_term_code: String,
    sku: Option<String>,
    effective_date: Option<String>,
    price_dimensions: BTreeMap<String, RawDimension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDimension {
    unit: String,
    begin_range: Option<String>,
    end_range: Option<String>,
    price_per_unit: BTreeMap<String, String>,
}

/// Reads one document of `GetProducts`.
pub fn parse(text: &str) -> Result<Document> {
    let raw: RawDocument =
        serde_json::from_str(text).context("this is not a price-list document")?;
    let mut attributes = raw.product.attributes;
    if let Some(family) = raw.product.product_family {
        attributes.insert(FAMILY.to_owned(), family);
    }
    let offers = offers(&raw.product.sku, raw.terms.on_demand)?;
    Ok(Document {
        product: Product {
            sku: raw.product.sku,
            attributes,
            offers,
        },
        service_code: raw.service_code,
        version: raw.version,
        published: raw.publication_date,
    })
}

/// Checks the offers of one SKU.
pub(crate) fn offers(sku: &str, raw: BTreeMap<String, RawOffer>) -> Result<Vec<Offer>> {
    raw.into_iter()
        .map(|(key, offer)| read_offer(sku, &key, offer))
        .collect()
}

fn read_offer(sku: &str, key: &str, raw: RawOffer) -> Result<Offer> {
    let owner = raw.sku.as_deref().unwrap_or(sku);
    ensure!(
        owner == sku,
        "offer `{key}` belongs to SKU `{owner}`, not to `{sku}`"
    );
    let dimensions = raw
        .price_dimensions
        .into_iter()
        .map(|(rate, d)| dimension(&rate, d));
    Ok(Offer {
        code: raw.offer_term_code,
        effective: raw.effective_date,
        dimensions: dimensions.collect::<Result<_>>()?,
    })
}

fn dimension(rate: &str, raw: RawDimension) -> Result<Dimension> {
    let number = |text: &str| -> Result<Decimal> {
        let value = Decimal::from_str_exact(text.trim());
        let value = value
            .ok()
            .with_context(|| format!("rate `{rate}`: `{text}` is not a decimal"))?;
        ensure!(
            value >= Decimal::ZERO,
            "rate `{rate}`: `{text}` is negative"
        );
        Ok(value.normalize())
    };
    let begin = raw.begin_range.as_deref().unwrap_or("0");
    let end = raw.end_range.as_deref().unwrap_or("Inf");
    let prices = raw
        .price_per_unit
        .into_iter()
        .map(|(code, price)| Ok((code, number(&price)?)));
    Ok(Dimension {
        unit: raw.unit,
        begin: number(begin)?,
        end: if end.eq_ignore_ascii_case("inf") {
            None
        } else {
            Some(number(end)?)
        },
        prices: prices.collect::<Result<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    // SKU, rate code, usage type, operation, unit and price of this document are AWS's own.
    const HYDERABAD: &str = r#"{"product":{"sku":"9QQRHJE9WDJYDPBA","productFamily":"ElastiCache Serverless",
      "attributes":{"servicecode":"AmazonElastiCache","locationType":"AWS Region","regionCode":"ap-south-2",
       "cacheEngine":"Valkey","usagetype":"APS5-CachedData:Valkey","operation":"CreateServerlessCache"}},
     "terms":{"OnDemand":{"9QQRHJE9WDJYDPBA.JRTCKXETXF":{"offerTermCode":"JRTCKXETXF","priceDimensions":{"9QQRHJE9WDJYDPBA.JRTCKXETXF.6YS6EN2CT7":
       {"unit":"GB-Hours","beginRange":"0","endRange":"Inf","description":"$0.054 per GB-hour for Valkey data storage","pricePerUnit":{"USD":"0.0540000000"}}}}}}}"#;

    #[test]
    fn a_document_of_aws_is_read() {
        let document = parse(HYDERABAD).unwrap();
        assert_eq!(document.product.sku, "9QQRHJE9WDJYDPBA");
        assert_eq!(
            document.product.attributes[FAMILY],
            "ElastiCache Serverless"
        );
        let dimension = &document.product.offers[0].dimensions[0];
        assert_eq!(dimension.prices["USD"].to_string(), "0.054");
        assert_eq!((dimension.begin, dimension.end), (Decimal::ZERO, None));
    }

    #[test]
    fn nonsense_is_refused_with_the_rate_named() {
        for (from, to) in [
            ("0.0540000000", "5,4"),
            ("0.0540000000", "-1"),
            ("\"Inf\"", "\"lots\""),
        ] {
            let error = parse(&HYDERABAD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains("6YS6EN2CT7"), "{error}");
        }
        assert!(parse("{}").is_err());
        let foreign = HYDERABAD.replace(r#""offerTermCode""#, r#""sku":"OTHER","offerTermCode""#);
        assert!(parse(&foreign).unwrap_err().to_string().contains("OTHER"));
    }

    #[test]
    fn ten_digits_keep_their_value() {
        let text = HYDERABAD.replace("0.0540000000", "0.0000000014");
        let price = parse(&text).unwrap().product.offers[0].dimensions[0].prices["USD"];
        assert_eq!(price.to_string(), "0.0000000014");
    }
}
