//! What AWS billed, as values: the words of usage types, sums of rows, and what a comparison finds.
//!
//! Nothing here reads a file; `crate::bill` compares.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::money::Usd;
use super::profile::Geo;
use super::source::SourceId;

/// How bills name what meters count, beyond what selectors say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageTypes {
    /// Region whose usage types may stand without a prefix.
    pub bare: String,
    /// Prefixes of CloudFront's geographies.
    pub geographies: Vec<(String, Geo)>,
    /// Display names of Cost Explorer with their service codes.
    pub names: Vec<(String, String)>,
    /// Words for the same unit, in small letters.
    pub units: Vec<Vec<String>>,
    /// Rows that no selector has.
    pub rows: Vec<UsageRow>,
    /// `service/meter` whose usage type is published nowhere.
    pub unpublished: Vec<String>,
}

/// A usage type and the meter it counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRow {
    /// Service code; `*` is any.
    pub code: String,
    /// Usage type without prefix; `*` is any, `{type}` the end of it.
    pub usage_type: String,
    /// Operation, where it decides.
    pub operation: Option<String>,
    /// `service/meter`.
    pub meter: String,
    /// The variant whose price it is, where usage types differ by variant.
    pub variant: Option<String>,
    /// Quantities mean nothing: only the cost is compared.
    pub cost_only: bool,
    /// Nobody printed the word: it follows from its neighbours.
    pub assumed: bool,
    /// Where it is from.
    pub sources: Vec<SourceId>,
}

/// How the quantity of a row was bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Terms {
    /// At the price of the list, or a private one.
    OnDemand,
    /// Covered by a reservation or a savings plan: its cost says nothing of a unit price.
    Committed,
}

/// The sum of all rows of usage that have the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Billed {
    /// Service code, or the display name of Cost Explorer.
    pub code: String,
    /// Usage type as billed.
    pub usage_type: String,
    /// Operation; empty where the file has none.
    pub operation: String,
    /// Unit as billed.
    pub unit: String,
    /// Region code of a column; `None` where there is no such column, or nothing in it.
    pub region: Option<String>,
    /// Stock keeping unit, where there is one.
    pub sku: Option<String>,
    /// How it was bought.
    pub terms: Terms,
    /// Of the resources or tags that were asked for.
    pub selected: bool,
    /// The rows say when they began, not only which month or period they are of.
    pub dated: bool,
    /// Units.
    pub quantity: Decimal,
    /// What it cost, without credits and taxes.
    pub cost: Usd,
    /// Seconds since 1970: start of the first row, and end of the last.
    pub span: Option<(i64, i64)>,
}

/// A month of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// `2026-04`.
    pub month: String,
    /// Hours of the whole calendar month.
    pub month_hours: Decimal,
    /// Rows of some resources or tags were asked for.
    pub filtered: bool,
    /// Usage, in the order of its words.
    pub rows: Vec<Billed>,
}

/// What is found of one meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BillVerdict {
    /// Quantity and price are those of the estimate.
    Same,
    /// Another quantity.
    UsageDiffers,
    /// The same quantity at another price.
    PriceDiffers,
    /// The estimate has it, the bill has not.
    NotBilled,
    /// The bill has it, the estimate has not.
    NotModelled,
    /// The unit of the row is not that of the meter.
    NotComparable,
}

impl BillVerdict {
    /// Word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::UsageDiffers => "usage-differs",
            Self::PriceDiffers => "price-differs",
            Self::NotBilled => "not-billed",
            Self::NotModelled => "not-modelled",
            Self::NotComparable => "not-comparable",
        }
    }

    /// Both sides have a quantity and a cost.
    pub const fn is_comparable(self) -> bool {
        matches!(self, Self::Same | Self::UsageDiffers | Self::PriceDiffers)
    }
}

/// What else is to be said of a meter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Remark {
    /// Less than the list: what is free every month belongs to the account.
    Allowance,
    /// A tier of the account's total.
    Tier,
    /// Partly or wholly under a reservation or savings plan.
    Committed,
    /// The rows name no Region; types without a prefix are those of this one.
    Bare(String),
    /// The word of the usage type is assumed.
    Assumed,
    /// The unit of the bill.
    OtherUnit(String),
    /// Only the cost is compared.
    CostOnly,
    /// The price is not that of the estimate either.
    Price,
    /// No unit price is known here.
    Unpriced,
}

/// A quantity and what it costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Units.
    pub quantity: Decimal,
    /// USD; `None` is unknown.
    pub cost: Option<Usd>,
}

impl Amount {
    /// USD per unit, where both are known.
    pub fn unit_price(&self) -> Option<Decimal> {
        self.cost?.0.checked_div(self.quantity)
    }
}

/// One meter of the estimate against the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Service that owns the meter.
    pub service: String,
    /// Meter with its suffix.
    pub meter: String,
    /// Region, when it is not the home Region.
    pub region: Option<String>,
    /// Unit of the meter.
    pub unit: String,
    /// Estimated for a month of 730 hours.
    pub estimated: Amount,
    /// As billed.
    pub billed: Option<Amount>,
    /// The same for the estimate's month.
    pub monthly: Option<Amount>,
    /// What the gate takes as billed: at the estimate's price where the cost says nothing of it.
    pub gated: Option<Usd>,
    /// What is found.
    pub verdict: BillVerdict,
    /// What else.
    pub remarks: Vec<Remark>,
}

/// A row of the same service that is not one of the estimate's meters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Also {
    /// Service code or name as billed.
    pub code: String,
    /// Usage type as billed.
    pub usage_type: String,
    /// `service/meter` where it is known.
    pub meter: Option<String>,
    /// Its Region, where that is known and not the home Region.
    pub region: Option<String>,
    /// SKU, where nothing else names it.
    pub sku: Option<String>,
    /// Unit as billed.
    pub unit: String,
    /// As billed.
    pub billed: Amount,
}

/// Everything that a comparison finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Hours of usage that were seen.
    pub hours: Decimal,
    /// They follow from a minimum that was billed, not from the rows.
    pub hours_follow: bool,
    /// The estimate's meters, in the order of the estimate.
    pub meters: Vec<Compared>,
    /// Other rows of the service, the largest first.
    pub also: Vec<Also>,
    /// Other services: code or name, and cost, the largest first.
    pub others: Vec<(String, Usd)>,
    /// Minimum limits that were billed.
    pub minimum: Option<Minimum>,
}

/// Minimum limits that are set on a cache, as its bill shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimum {
    /// Hours that they were billed for.
    pub hours: Decimal,
    /// Meters that are billed at their minimum, with it: in units of the meter an hour.
    pub floors: Vec<(&'static str, Decimal)>,
    /// In words: `1 GB and 1,000 ECPU a second`.
    pub words: String,
    /// What they cost, as billed.
    pub cost: Usd,
}

/// What the bill says of a field of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Path of the field.
    pub field: super::field::NumField,
    /// As it was.
    pub before: Decimal,
    /// As billed.
    pub after: Decimal,
    /// The truth is at most that: a minimum was billed.
    pub at_most: bool,
    /// The profile gets it: it is another value, and no bound that the profile keeps.
    pub changes: bool,
    /// Lowest and highest value, where the bill leaves it open.
    pub range: Option<(Decimal, Decimal)>,
    /// Meter that says it.
    pub meter: String,
}
