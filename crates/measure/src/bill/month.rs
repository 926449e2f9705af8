//! One month out of the sums: which it is, in which currency, and when its usage was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::amount::decimal;
use super::columns::Format;
use super::sums::{Kind, Sum, Sums, Words};
use super::{Ledger, Options, Row, fault};
use crate::fault::Fault;

const HOUR: i64 = 3_600_000;

/// `2026-04` of a moment in milliseconds.
pub(super) fn name(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or_default();
    stamp.to_zoned(TimeZone::UTC).strftime("%Y-%m").to_string()
}

/// First and last millisecond of a month by its name.
fn bounds(name: &str) -> Option<(i64, i64)> {
    let first: Date = format!("{name}-01").parse().ok()?;
    let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
    let ms = |date: Date| {
        let zoned = date.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp().as_millisecond())
    };
    Some((ms(first)?, ms(next)?))
}

/// The month that was asked for, or the only one.
pub(super) fn of(
    sums: Sums,
    options: &Options<'_>,
    formats: Vec<Format>,
    notes: Vec<String>,
) -> Result<Ledger, Fault> {
    let months: BTreeSet<&str> = sums.sorted().map(|(w, _)| w.month.as_str()).collect();
    let month = choose(&months, options.month.as_deref())?;
    let (first, next) = bounds(&month).ok_or_else(|| asked(&month))?;
    let of_month = || sums.sorted().filter(|(w, _)| w.month == month);
    currency(of_month().map(|(w, _)| w))?;
    let hourly = of_month().any(|(_, s)| s.hourly);
    // A report by the month says nothing of days, and has no column that says so.
    let whole = |sum: &Sum| {
        let spans = sum.span.into_iter();
        spans
            .into_iter()
            .all(|(a, b, end)| a == first && b == first && end.is_none())
    };
    let dated = !of_month().all(|(_, s)| whole(s));
    let (accounts, lines, bad_lines) = (sums.accounts.len(), sums.lines, sums.bad);
    let mut rows = Vec::new();
    let mut apart = BTreeMap::new();
    for (words, sum) in sums.into_sorted().filter(|(w, _)| w.month == month) {
        match words.kind {
            Kind::Apart(kind) => *apart.entry(kind).or_insert(0) += sum.cost,
            _ => rows.push(row(words, &sum, (dated, hourly, first, next))),
        }
    }
    Ok(Ledger {
        formats,
        month_hours: u32::try_from((next - first) / HOUR).unwrap_or_default(),
        month,
        rows,
        apart: apart.into_iter().map(|(k, v)| (k, decimal(v))).collect(),
        accounts,
        lines,
        bad_lines,
        notes,
    })
}

fn choose(months: &BTreeSet<&str>, wanted: Option<&str>) -> Result<String, Fault> {
    let listed: Vec<&str> = months.iter().copied().collect();
    match (wanted, listed.as_slice()) {
        (Some(wanted), _) if months.contains(wanted) => Ok(wanted.to_owned()),
        (Some(wanted), _) => {
            bounds(wanted).ok_or_else(|| asked(wanted))?;
            Err(fault(
                "bill-month",
                format!("no row is of {wanted}; there is {}", listed.join(", ")),
                "name one of them with `--month`",
            ))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => Err(fault(
            "bill-month",
            format!(
                "the files hold {} months: {}",
                listed.len(),
                listed.join(", ")
            ),
            "name one with `--month YYYY-MM`",
        )),
    }
}

fn asked(month: &str) -> Fault {
    fault(
        "bill-month",
        format!("`{}` is no month", month.escape_debug()),
        "write it as `--month 2026-04`",
    )
}

/// Refuses several currencies, and one that is not dollars: so are all prices here.
fn currency<'w>(words: impl Iterator<Item = &'w Words>) -> Result<(), Fault> {
    let all: BTreeSet<&str> = words.map(|w| w.currency.as_str()).collect();
    let all: Vec<&str> = all.into_iter().collect();
    let message = match all.as_slice() {
        ["USD"] => return Ok(()),
        [""] => "the rows name no currency".to_owned(),
        [one] => format!("the bill is in {}, prices are in USD", one.escape_debug()),
        many => {
            let shown: Vec<String> = many.iter().map(|c| c.escape_debug().to_string()).collect();
            format!("the bill is in several currencies: {}", shown.join(", "))
        }
    };
    Err(fault(
        "bill-currency",
        message,
        "export the bill of an account that is billed in USD",
    ))
}

fn row(words: Words, sum: &Sum, (dated, hourly, from, to): (bool, bool, i64, i64)) -> Row {
    let dated = dated && !sum.long;
    let step = if hourly { HOUR } else { 24 * HOUR };
    let span = sum.span.map(|(first, last, end)| {
        if dated {
            (first, end.unwrap_or(last + step))
        } else {
            (first, end.unwrap_or(to))
        }
    });
    let inside = span.map(|(a, b)| (a.max(from), b.min(to)));
    Row {
        service: words.service,
        usage_type: words.usage_type,
        operation: words.operation,
        unit: words.unit,
        region: words.region,
        sku: words.sku,
        committed: words.kind == Kind::Committed,
        selected: words.selected,
        dated,
        quantity: decimal(sum.quantity),
        cost: decimal(sum.cost),
        span: inside.map(|(a, b)| (a / 1000, b.max(a) / 1000)),
    }
}
