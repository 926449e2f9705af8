//! What was estimated, as the rows of a bill are laid beside it.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use crate::domain::bill::{Amount, Remark};
use crate::domain::catalog::{Service, Variant};
use crate::domain::decision::LineItem;
use crate::domain::money::Usd;
use crate::domain::price::PriceBook;
use crate::services::ServiceModel;

/// A difference that rounding on a bill makes, USD.
pub(super) const CENT: Decimal = Decimal::from_parts(1, 0, 0, false, 2);

/// What was estimated: one service with the lines of its month.
#[derive(Clone, Copy)]
pub struct Estimate<'a> {
    /// The service.
    pub service: &'a Service,
    /// The way it is bought.
    pub variant: &'a Variant,
    /// What computes it.
    pub model: &'a dyn ServiceModel,
    /// Lines of a month of 730 hours.
    pub lines: &'a [LineItem],
    /// Home Region.
    pub region: &'a str,
    /// Prices of the estimate.
    pub book: &'a PriceBook,
    /// Always-free allowances are taken off.
    pub free_tier: bool,
    /// Share by which quantities may differ.
    pub tolerance: Decimal,
}

/// One line of the estimate while rows are added to it.
pub(super) struct Line {
    pub(super) service: String,
    pub(super) meter: String,
    pub(super) region: Option<String>,
    pub(super) unit: String,
    pub(super) estimated: Amount,
    /// A price of other Regions stands in.
    pub(super) assumed: bool,
    /// Key in the price book.
    pub(super) key: String,
    pub(super) rows: Rows,
}

/// What the rows of a line come to.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) seen: bool,
    pub(super) quantity: Decimal,
    pub(super) cost: Usd,
    /// Of the whole account, selected or not.
    pub(super) account: Decimal,
    pub(super) remarks: BTreeSet<Remark>,
}
