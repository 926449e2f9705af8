//! Rows of a bill → meters of the estimate, the rest of the service, and other services.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::estimate::{CENT, Estimate, Line, Rows};
use super::expected::{Expected, expected};
use super::meters::{Found, Meters, Place};
use crate::decide::prices::key_of;
use crate::domain::bill::{
    Also, Amount, Bill, BillVerdict, Billed, Compared, Comparison, Minimum, Remark, Terms,
};
use crate::domain::catalog::Tri;
use crate::domain::money::Usd;
use crate::domain::units::HOURS_PER_MONTH;

/// Hours of usage below which nothing is said of a month.
const LEAST_HOURS: Decimal = Decimal::from_parts(24, 0, 0, false, 0);
/// Hours of the longest month.
const MOST_HOURS: Decimal = Decimal::from_parts(744, 0, 0, false, 0);
const SECONDS_PER_HOUR: i64 = 3600;
/// Why there is nothing to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Fewer than a day of usage was seen.
    TooShort(Decimal),
    /// Rows of the estimate's meters, all of nothing.
    Idle,
    /// No row of the estimate's meters; the services and Regions of the service that the bill has instead.
    Nothing(Vec<String>),
}

/// Compares; `meters` knows the words of the bill.
pub fn compare(
    estimate: &Estimate<'_>,
    bill: &Bill,
    meters: &Meters<'_>,
) -> Result<Comparison, Refusal> {
    let mut lines = lines(estimate);
    let mut rest = Rest::default();
    let codes = meters.codes(&estimate.service.id);
    let mut span: Option<(i64, i64)> = None;
    let mut dated = true;
    for row in &bill.rows {
        let found = meters.find(row);
        let own = codes.contains(meters.code(&row.code));
        let line = found
            .as_ref()
            .and_then(|found| place(estimate, meters, &mut lines, found, own));
        match line {
            Some(line) => {
                add(line, row, found.as_ref(), meters);
                if row.selected {
                    span = union(span, row.span);
                    dated &= row.dated || row.span.is_none();
                }
            }
            None if !row.selected => {}
            None if own => rest.also(row, found.as_ref(), estimate.region),
            None => *rest.others.entry(row.code.clone()).or_default() += row.cost,
        }
    }
    let is_own = |l: &Line| l.rows.seen && l.service == estimate.service.id;
    if !lines.iter().any(is_own) {
        return Err(Refusal::Nothing(rest.names()));
    }
    let is_idle = |l: &Line| l.rows.quantity.is_zero() && l.rows.cost.0.is_zero();
    let plan = |l: &Line| l.rows.remarks.contains(&Remark::CostOnly);
    if lines
        .iter()
        .filter(|l| l.rows.seen)
        .all(|l| is_idle(l) && !plan(l))
    {
        return Err(Refusal::Idle);
    }
    let minimum = minimum(estimate, &lines, span.filter(|_| dated));
    let (hours, hours_follow) = hours(bill, span, minimum.as_ref().filter(|_| !dated));
    if hours < LEAST_HOURS {
        return Err(Refusal::TooShort(hours));
    }
    let meters = judged(estimate, lines, bill, hours);
    let (also, others) = rest.sorted();
    Ok(Comparison {
        hours,
        hours_follow,
        meters,
        also,
        others,
        minimum,
    })
}

/// The lines of the estimate, bands of one meter together.
fn lines(estimate: &Estimate<'_>) -> Vec<Line> {
    let mut out: Vec<Line> = Vec::new();
    for item in estimate.lines {
        let region = item.region.as_ref().map(ToString::to_string);
        let same = |l: &&mut Line| {
            l.service == item.service && l.meter == item.meter && l.region == region
        };
        if let Some(line) = out.iter_mut().find(same) {
            line.estimated.quantity += item.quantity;
            line.estimated.cost = add_known(line.estimated.cost, item.cost);
            continue;
        }
        out.push(Line {
            service: item.service.to_string(),
            meter: item.meter.to_string(),
            region,
            unit: item.unit.to_string(),
            estimated: Amount {
                quantity: item.quantity,
                cost: item.cost,
            },
            assumed: item.assumed,
            key: key_of(
                estimate.service,
                estimate.variant,
                &item.service,
                &item.meter,
            ),
            rows: Rows::default(),
        });
    }
    out
}

fn add_known(one: Option<Usd>, other: Option<Usd>) -> Option<Usd> {
    Some(one? + other?)
}

/// The line of the estimate that a row belongs to.
///
/// Transfer is billed under whatever caused it, so that only rows of the service's own code are its own; a bill has the
/// bytes of the whole account under the others.
fn place<'l>(
    estimate: &Estimate<'_>,
    meters: &Meters<'_>,
    lines: &'l mut [Line],
    found: &Found<'_>,
    own: bool,
) -> Option<&'l mut Line> {
    if found.of_any && !own {
        return None;
    }
    let other_variant = found.meter.by_variant
        && found.variant.is_some()
        && found.variant != estimate.variant.price_id();
    if other_variant {
        return None;
    }
    let here = |line: &Line| match found.place {
        Place::Global => true,
        Place::Region(code) => line.region.as_deref().unwrap_or(estimate.region) == code,
        // Types without a prefix are those of one Region; elsewhere they are not the estimate's.
        Place::Unknown => line.region.as_deref().unwrap_or(estimate.region) == meters.bare(),
    };
    let is = |line: &&mut Line| {
        let same = line.meter == found.id
            || (found.cost_only && line.meter.starts_with(found.meter.id.as_str()));
        line.service == found.service.id && same && here(line)
    };
    lines.iter_mut().find(is)
}

fn add(line: &mut Line, row: &Billed, found: Option<&Found<'_>>, meters: &Meters<'_>) {
    let rows = &mut line.rows;
    let Some(found) = found else { return };
    rows.account += row.quantity;
    if !row.selected {
        return;
    }
    rows.seen = true;
    rows.quantity += row.quantity;
    rows.cost += row.cost;
    let remark = |rows: &mut Rows, on: bool, what: Remark| {
        if on {
            rows.remarks.insert(what);
        }
    };
    remark(rows, row.terms == Terms::Committed, Remark::Committed);
    remark(rows, found.assumed, Remark::Assumed);
    remark(rows, found.cost_only, Remark::CostOnly);
    let other = !found.cost_only && meters.same_unit(&row.unit, &found.meter.unit) != Tri::Yes;
    // A unit that nobody wrote is no other unit.
    let other = other && !row.unit.is_empty();
    remark(rows, other, Remark::OtherUnit(row.unit.clone()));
    if found.place == Place::Unknown {
        rows.remarks.insert(Remark::Bare(String::new()));
    }
}

fn union(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    }
}

/// Hours of usage that were seen, and whether a billed minimum says so: it does where the rows say no time.
fn hours(bill: &Bill, span: Option<(i64, i64)>, minimum: Option<&Minimum>) -> (Decimal, bool) {
    if let Some(minimum) = minimum {
        return (minimum.hours.min(MOST_HOURS), true);
    }
    let seen = span.map_or(bill.month_hours, seen);
    (seen.min(MOST_HOURS), false)
}

fn seen((first, last): (i64, i64)) -> Decimal {
    Decimal::from(last - first) / Decimal::from(SECONDS_PER_HOUR)
}

/// Minimum limits of the service, where the bill shows them.
fn minimum(estimate: &Estimate<'_>, lines: &[Line], span: Option<(i64, i64)>) -> Option<Minimum> {
    let billed = |meter: &str| {
        let line = lines.iter().find(|l| l.meter == meter && l.rows.seen)?;
        let rows = &line.rows;
        (!rows.remarks.contains(&Remark::Committed)).then_some((rows.quantity, rows.cost))
    };
    estimate.model.minimum(&billed, span.map(seen))
}

/// The verdicts, in the order of the estimate.
fn judged(estimate: &Estimate<'_>, lines: Vec<Line>, bill: &Bill, hours: Decimal) -> Vec<Compared> {
    let expected = expected(estimate, &lines, bill.filtered);
    let pairs = lines.into_iter().zip(expected);
    pairs
        .filter_map(|(line, expected)| judge(estimate, line, &expected, bill, hours))
        .collect()
}

/// One verdict; none for a line of nothing that is not billed.
fn judge(
    estimate: &Estimate<'_>,
    line: Line,
    expected: &Expected,
    bill: &Bill,
    hours: Decimal,
) -> Option<Compared> {
    let estimated = line.estimated;
    let mut remarks = line.rows.remarks.clone();
    if remarks.remove(&Remark::Bare(String::new())) {
        remarks.insert(Remark::Bare(estimate.region.to_owned()));
    }
    let cost_only = remarks.contains(&Remark::CostOnly);
    let factor = factor(&line.unit, bill, hours, cost_only);
    let billed = line.rows.seen.then_some(Amount {
        quantity: line.rows.quantity,
        cost: Some(line.rows.cost),
    });
    let monthly = billed.map(|b| Amount {
        quantity: b.quantity * factor,
        cost: b.cost.map(|c| Usd(c.0 * factor)),
    });
    let verdict = match monthly {
        None if estimated.quantity.is_zero() => return None,
        None => BillVerdict::NotBilled,
        Some(_) if remarks.iter().any(|r| matches!(r, Remark::OtherUnit(_))) => {
            BillVerdict::NotComparable
        }
        Some(_) if cost_only => {
            let cost = line.rows.cost.0;
            let near = estimated.cost.is_some_and(|e| (e.0 - cost).abs() <= CENT);
            of(false, !near, &mut remarks)
        }
        Some(monthly) => {
            let price = expected.judge(&line, &mut remarks);
            let usage = !is_near(monthly.quantity, estimated.quantity, estimate.tolerance);
            of(usage, price, &mut remarks)
        }
    };
    let at_estimate = remarks.contains(&Remark::Allowance) || remarks.contains(&Remark::Committed);
    let gated = match (monthly, estimated.cost) {
        (Some(m), Some(cost)) if at_estimate && !estimated.quantity.is_zero() => {
            Some(Usd(cost.0 * m.quantity / estimated.quantity))
        }
        (Some(m), Some(_)) => m.cost,
        _ => None,
    };
    Some(Compared {
        service: line.service,
        meter: line.meter,
        region: line.region,
        unit: line.unit,
        estimated,
        billed,
        monthly,
        gated: gated.filter(|_| verdict.is_comparable()),
        verdict,
        remarks: remarks.into_iter().collect(),
    })
}

/// Quantities first: usage that differs is that, whatever its price.
fn of(usage: bool, price: bool, remarks: &mut BTreeSet<Remark>) -> BillVerdict {
    match (usage, price) {
        (true, price) => {
            if price {
                remarks.insert(Remark::Price);
            }
            BillVerdict::UsageDiffers
        }
        (false, true) => BillVerdict::PriceDiffers,
        (false, false) => BillVerdict::Same,
    }
}

/// What makes a month of the estimate of what was billed: hours and requests of so many hours are those of 730; a month's
/// storage is that of the month whatever its days.
fn factor(unit: &str, bill: &Bill, hours: Decimal, cost_only: bool) -> Decimal {
    if cost_only {
        return Decimal::ONE;
    }
    let whole = if unit.ends_with("month") {
        bill.month_hours
    } else {
        HOURS_PER_MONTH
    };
    whole.checked_div(hours).unwrap_or(Decimal::ONE)
}

/// Within the tolerance of the estimate, or a difference that is only rounding.
pub(super) fn is_near(billed: Decimal, estimated: Decimal, tolerance: Decimal) -> bool {
    let rounding = Decimal::new(1, 9) * estimated.abs();
    (billed - estimated).abs() <= (tolerance * estimated.abs()).max(rounding)
}

/// Rows that belong to no line.
#[derive(Default)]
struct Rest {
    also: BTreeMap<(String, String, String), Also>,
    others: BTreeMap<String, Usd>,
}

impl Rest {
    fn also(&mut self, row: &Billed, found: Option<&Found<'_>>, home: &str) {
        let region = match found.map(|f| f.place) {
            Some(Place::Region(code)) if code != home => Some(code.to_owned()),
            _ => None,
        };
        let key = (row.code.clone(), row.usage_type.clone(), row.unit.clone());
        let entry = self.also.entry(key).or_insert_with(|| Also {
            code: row.code.clone(),
            usage_type: row.usage_type.clone(),
            meter: found.map(|f| format!("{}/{}", f.service.id, f.id)),
            region,
            sku: found.is_none().then(|| row.sku.clone()).flatten(),
            unit: row.unit.clone(),
            billed: Amount {
                quantity: Decimal::ZERO,
                cost: Some(Usd::ZERO),
            },
        });
        entry.billed.quantity += row.quantity;
        entry.billed.cost = add_known(entry.billed.cost, Some(row.cost));
    }

    /// What the bill has instead: other Regions of the service, else its other usage types, and other services.
    fn names(&self) -> Vec<String> {
        let regions = self.also.values().filter_map(|a| {
            let region = a.region.as_ref()?;
            Some(format!("{} in {region}", a.code))
        });
        let regions: BTreeSet<String> = regions.collect();
        let types = || {
            let named = self.also.values();
            named
                .map(|a| format!("{} {}", a.code, a.usage_type))
                .take(3)
        };
        let own: Vec<String> = if regions.is_empty() {
            types().collect()
        } else {
            regions.into_iter().collect()
        };
        own.into_iter().chain(self.others.keys().cloned()).collect()
    }

    fn sorted(self) -> (Vec<Also>, Vec<(String, Usd)>) {
        let mut also: Vec<Also> = self.also.into_values().collect();
        also.sort_by_key(|a| std::cmp::Reverse(a.billed.cost));
        let mut others: Vec<(String, Usd)> = self.others.into_iter().collect();
        others.sort_by_key(|(_, cost)| std::cmp::Reverse(*cost));
        (also, others)
    }
}
