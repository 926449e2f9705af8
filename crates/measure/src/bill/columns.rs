//! The columns of a bill by name, in each format, and what a file without one of them is told.

/// Formats of bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// Cost and Usage Report 2.0, table `COST_AND_USAGE_REPORT`.
    Cur,
    /// FOCUS 1.2 with AWS columns.
    Focus12,
    /// FOCUS 1.0 with AWS columns.
    Focus10,
    /// The answer of `aws ce get-cost-and-usage`.
    CostExplorer,
}

impl Format {
    /// Word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cur => "cur-2.0",
            Self::Focus12 => "focus-1.2",
            Self::Focus10 => "focus-1.0",
            Self::CostExplorer => "cost-explorer",
        }
    }

    /// For people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cur => "CUR 2.0",
            Self::Focus12 => "FOCUS 1.2",
            Self::Focus10 => "FOCUS 1.0",
            Self::CostExplorer => "Cost Explorer",
        }
    }
}

/// What is read of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Col {
    Month,
    Start,
    End,
    Kind,
    /// Correction of FOCUS.
    Class,
    /// On demand or committed, of FOCUS.
    Pricing,
    UsageType,
    Service,
    Operation,
    Quantity,
    Unit,
    Cost,
    Region,
    Resource,
    Tags,
    Sku,
    Currency,
    Account,
}

/// Number of columns that may be read.
pub(super) const COLUMNS: usize = Col::Account as usize + 1;

/// A column in one format.
type Name = (Col, &'static str, Need);

/// Is a file without it refused?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Yes.
    Always,
    /// Only for `--resource` or `--tag`.
    Filter,
    /// No: the query asks for it, and sums can do without.
    Asked,
    /// No, and no query asks for it.
    Never,
}

use Need::{Always, Asked, Filter, Never};

const CUR: &[Name] = &[
    (Col::Month, "bill_billing_period_start_date", Always),
    (Col::Start, "line_item_usage_start_date", Always),
    (Col::End, "line_item_usage_end_date", Never),
    (Col::Kind, "line_item_line_item_type", Always),
    (Col::UsageType, "line_item_usage_type", Always),
    (Col::Service, "line_item_product_code", Always),
    (Col::Operation, "line_item_operation", Asked),
    (Col::Quantity, "line_item_usage_amount", Always),
    (Col::Unit, "pricing_unit", Always),
    (Col::Cost, "line_item_unblended_cost", Always),
    (Col::Region, "product_region_code", Asked),
    (Col::Sku, "product_sku", Asked),
    (Col::Currency, "line_item_currency_code", Always),
    (Col::Resource, "line_item_resource_id", Filter),
    (Col::Tags, "resource_tags", Filter),
    (Col::Account, "line_item_usage_account_id", Never),
];

const FOCUS: &[Name] = &[
    (Col::Month, "BillingPeriodStart", Always),
    (Col::Start, "ChargePeriodStart", Always),
    (Col::End, "ChargePeriodEnd", Never),
    (Col::Kind, "ChargeCategory", Always),
    (Col::Class, "ChargeClass", Always),
    (Col::Pricing, "PricingCategory", Asked),
    (Col::UsageType, "SkuMeter", Always),
    (Col::Service, "x_ServiceCode", Always),
    (Col::Operation, "x_Operation", Asked),
    (Col::Quantity, "ConsumedQuantity", Always),
    (Col::Unit, "ConsumedUnit", Always),
    (Col::Cost, "BilledCost", Always),
    (Col::Region, "RegionId", Asked),
    (Col::Sku, "SkuId", Asked),
    (Col::Currency, "BillingCurrency", Always),
    (Col::Resource, "ResourceId", Filter),
    (Col::Tags, "Tags", Filter),
    (Col::Account, "SubAccountId", Never),
];

/// The usage type of FOCUS 1.0; 1.2 has it in `SkuMeter`.
const USAGE_TYPE_10: &str = "x_UsageType";

/// Columns that are in an export for people and not in the sums: net and list price.
const CUR_MORE: &[&str] = &[
    "line_item_net_unblended_cost",
    "pricing_public_on_demand_rate",
    "pricing_rate_code",
];
const FOCUS_MORE: &[&str] = &["ListUnitPrice", "SkuPriceId"];

/// The columns that an export is asked for, in their order; none for Cost Explorer, which is asked otherwise.
pub fn query_columns(format: Format) -> Vec<&'static str> {
    let (names, more) = match format {
        Format::Cur => (CUR, CUR_MORE),
        Format::Focus10 | Format::Focus12 => (FOCUS, FOCUS_MORE),
        Format::CostExplorer => return Vec::new(),
    };
    let asked = names.iter().filter(|(_, _, need)| *need != Never);
    let asked = asked.map(|(col, name, _)| match (format, col) {
        (Format::Focus10, Col::UsageType) => USAGE_TYPE_10,
        _ => *name,
    });
    asked.chain(more.iter().copied()).collect()
}

/// Why a header is refused.
#[derive(Debug)]
pub(super) struct Unknown {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: &'static str,
}

/// Which column of a file is which.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) format: Format,
    places: [Option<usize>; COLUMNS],
}

const HELP: &str = "`cachewright bill --emit-query cur`, `focus` or `ce` prints what to run";

impl Layout {
    /// From the names of a header.
    pub(super) fn of(names: &[&str]) -> Result<Self, Unknown> {
        let has = |name: &str| names.contains(&name);
        if names.iter().any(|n| n.starts_with("lineItem/")) {
            return Err(Unknown {
                code: "bill-legacy",
                message: "this is a legacy Cost and Usage Report".to_owned(),
                help: "make an export of CUR 2.0: `cachewright bill --emit-query cur` prints its query",
            });
        }
        let cur = CUR.iter().filter(|(_, name, _)| has(name)).count();
        let focus = FOCUS.iter().filter(|(_, name, _)| has(name)).count();
        if cur.max(focus) < 3 {
            return Err(Unknown {
                code: "bill-format",
                message: "the header is none of CUR 2.0 or FOCUS".to_owned(),
                help: HELP,
            });
        }
        let (format, table) = match (cur > focus, has(USAGE_TYPE_10) && !has("SkuMeter")) {
            (true, _) => (Format::Cur, CUR),
            (false, true) => (Format::Focus10, FOCUS),
            (false, false) => (Format::Focus12, FOCUS),
        };
        let mut places = [None; COLUMNS];
        let mut missing = Vec::new();
        for (col, name, need) in table {
            let name = match (format, col) {
                (Format::Focus10, Col::UsageType) => USAGE_TYPE_10,
                _ => name,
            };
            places[*col as usize] = names.iter().position(|n| *n == name);
            if *need == Always && places[*col as usize].is_none() {
                missing.push(name);
            }
        }
        if missing.is_empty() {
            return Ok(Self { format, places });
        }
        Err(lacking(format, &missing))
    }

    /// Refuses a file without the columns of a filter.
    pub(super) fn require(&self, resource: bool, tags: bool) -> Result<(), Unknown> {
        let table = match self.format {
            Format::Cur => CUR,
            _ => FOCUS,
        };
        let wanted = [(Col::Resource, resource), (Col::Tags, tags)];
        let missing: Vec<&str> = wanted
            .iter()
            .filter(|(col, wanted)| *wanted && self.place(*col).is_none())
            .filter_map(|(col, _)| Some(table.iter().find(|(c, ..)| c == col)?.1))
            .collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(lacking(self.format, &missing))
        }
    }

    /// Place of a column in the file.
    pub(super) fn place(&self, col: Col) -> Option<usize> {
        self.places[col as usize]
    }

    /// Columns that are there, with their places.
    #[cfg(feature = "parquet")]
    pub(super) fn columns(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let places = self.places.iter().enumerate();
        places.filter_map(|(col, place)| Some((col, (*place)?)))
    }
}

fn lacking(format: Format, missing: &[&str]) -> Unknown {
    let shown: Vec<String> = missing.iter().map(|n| format!("`{n}`")).collect();
    Unknown {
        code: "bill-column",
        message: format!("{} without the column {}", format.name(), shown.join(", ")),
        help: HELP,
    }
}
