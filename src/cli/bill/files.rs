//! Files → the bill of one month, in the words of core.

use anyhow::Result;
use cachewright_measure::bill::{self as reader, Ledger, Options};
use rust_decimal::Decimal;

use super::Args;
use super::estimate::Filter;
use crate::bill::meters::Meters;
use crate::cli::measure::with_exit;
use crate::cli::session::Session;
use crate::domain::bill::{Bill, Billed, Terms};
use crate::domain::money::Usd;

/// SKUs of the price book for meters whose usage type is published nowhere.
pub(super) fn skus(session: &Session) -> Vec<(String, &str)> {
    let keys = &session.catalog.usage_types.unpublished;
    let mut out = Vec::new();
    for key in keys {
        for table in session.book.regions.values() {
            let sku = table.get(key).and_then(|s| s.sku.clone());
            out.extend(sku.map(|sku| (sku, key.as_str())));
        }
    }
    out
}

/// Reads the files of a month.
pub(super) fn read(
    args: &Args,
    filter: Option<&Filter>,
    meters: &Meters<'_>,
    service: &str,
) -> Result<Ledger> {
    let inputs = cachewright_measure::expand(&args.files).map_err(with_exit)?;
    let codes = meters.codes(service);
    let keep = |name: &str, usage_type: &str| {
        codes.contains(meters.code(name)) || meters.may_count(name, usage_type)
    };
    let filter = filter.cloned().unwrap_or_default();
    let options = Options {
        month: args.month.clone(),
        resources: filter.resources,
        tags: filter.tags,
        max_bad_lines: args.max_bad_lines,
        keep: &keep,
    };
    reader::read(&inputs, &options).map_err(with_exit)
}

/// The sums as core compares them; they leave the ledger, so that a large bill is held once.
pub(super) fn bill(ledger: &mut Ledger, filtered: bool) -> Bill {
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let rows = std::mem::take(&mut ledger.rows);
    let rows = rows.into_iter().map(|row| Billed {
        code: row.service,
        usage_type: row.usage_type,
        operation: row.operation,
        unit: row.unit,
        region: some(row.region),
        sku: some(row.sku),
        terms: if row.committed {
            Terms::Committed
        } else {
            Terms::OnDemand
        },
        selected: row.selected,
        dated: row.dated,
        quantity: row.quantity,
        cost: Usd(row.cost),
        span: row.span,
    });
    Bill {
        month: ledger.month.clone(),
        month_hours: Decimal::from(ledger.month_hours),
        filtered,
        rows: rows.collect(),
    }
}
