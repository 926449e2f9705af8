//! The finding of `bill` for programs: `cachewright/bill/v1`. Adding keys is fine, renaming is not.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::Serialize;

use super::refitted::{changes, shown};
use super::{Answer, Found};
use crate::domain::bill::{Also, Amount, BillVerdict, Compared, Minimum, Remark, Told};
use crate::report::json::Exact;

/// What `bill` finds.
#[derive(Serialize, JsonSchema)]
pub struct Json {
    /// `cachewright/bill/v1`.
    #[schemars(extend("const" = "cachewright/bill/v1"))]
    schema: &'static str,
    /// Name of the profile.
    profile: String,
    /// The service that was estimated, with its variant in brackets.
    service: String,
    region: String,
    /// `2026-04`.
    month: String,
    hours: HoursRow,
    /// Formats of the files: `cur-2.0`, `focus-1.2`, `focus-1.0`, `cost-explorer`.
    format: Vec<&'static str>,
    /// Only rows of some resources or tags were compared.
    filtered: bool,
    /// Accounts whose rows were added up; 0 where no column says.
    accounts: usize,
    /// Rows read.
    rows: u64,
    /// Rows that could not be read.
    bad_rows: u64,
    /// The estimate's meters.
    meters: Vec<MeterRow>,
    /// Other rows of the service, the largest first.
    also_billed: Vec<AlsoRow>,
    /// Other services, the largest first.
    other_services: Vec<OtherRow>,
    /// USD of credits, refunds, taxes, fees and discounts by kind: never netted.
    apart: BTreeMap<&'static str, Exact>,
    totals: TotalsRow,
    /// Minimum limits that were billed.
    minimum: Option<MinimumRow>,
    refit: RefitRow,
    answer_before: AnswerRow,
    /// With the refitted profile.
    answer_after: AnswerRow,
    /// The refitted profile has another answer.
    flips: bool,
    notes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct HoursRow {
    /// From the first to the last row of usage.
    seen: Exact,
    /// Of the whole calendar month.
    month: String,
    /// They follow from a minimum that was billed, not from the rows.
    by_minimum: bool,
}

/// A quantity in units of its meter, and USD.
#[derive(Serialize, JsonSchema)]
struct AmountRow {
    quantity: Exact,
    /// USD a unit; null where the quantity is zero or the cost unknown.
    unit_price: Option<Exact>,
    cost: Option<Exact>,
}

#[derive(Serialize, JsonSchema)]
struct MeterRow {
    service: String,
    meter: String,
    /// Where it is not the home Region.
    region: Option<String>,
    unit: String,
    /// For a month of 730 hours.
    estimated: AmountRow,
    /// As billed.
    billed: Option<AmountRow>,
    /// As billed, for a month of 730 hours.
    monthly: Option<AmountRow>,
    /// Monthly less estimated, in units.
    difference: Option<Exact>,
    /// `same`, `usage-differs`, `price-differs`, `not-billed` or `not-comparable`.
    verdict: &'static str,
    remarks: Vec<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct AlsoRow {
    /// Service code or name as billed.
    service: String,
    usage_type: String,
    /// `service/meter` where it is known.
    meter: Option<String>,
    region: Option<String>,
    /// Where nothing else names it.
    sku: Option<String>,
    unit: String,
    billed: AmountRow,
    /// `not-modelled` or `unknown-usage-type`.
    verdict: &'static str,
}

#[derive(Serialize, JsonSchema)]
struct OtherRow {
    service: String,
    cost: Exact,
}

/// USD over comparable meters.
#[derive(Serialize, JsonSchema)]
struct TotalsRow {
    estimated: Exact,
    /// As billed.
    billed: Exact,
    /// As billed, for a month of 730 hours.
    monthly: Exact,
    /// Estimated, and no row has it.
    not_billed: Exact,
    /// Share by which the cost is above the estimate; null where nothing is comparable.
    difference: Option<Exact>,
    /// Share that is allowed.
    tolerance: Exact,
}

#[derive(Serialize, JsonSchema)]
struct MinimumRow {
    words: String,
    cost: Exact,
    hours: Exact,
}

#[derive(Serialize, JsonSchema)]
struct RefitRow {
    fields: Vec<FieldRow>,
    /// Meters that no value of the profile bills.
    not_told: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct FieldRow {
    /// Path in the profile.
    field: &'static str,
    before: String,
    after: String,
    /// A minimum is billed: the truth is at most that.
    at_most: bool,
    /// By how many puts are fills.
    range: Option<RangeRow>,
    /// The meter that says it.
    meter: String,
    /// The refitted profile has it.
    changed: bool,
}

#[derive(Serialize, JsonSchema)]
struct RangeRow {
    low: String,
    high: String,
}

#[derive(Serialize, JsonSchema)]
struct AnswerRow {
    /// `recommended`, `none-fits` or `no-cache`.
    outcome: &'static str,
    service: Option<String>,
    variant: Option<String>,
    monthly_cost: Option<CostRow>,
}

#[derive(Serialize, JsonSchema)]
struct CostRow {
    expected: Exact,
    /// Every price is known.
    complete: bool,
}

/// To a millionth of a millionth: what lies below is of doubles and of divisions.
fn exact(value: Decimal) -> Exact {
    Exact(value.round_dp(12))
}

fn amount(amount: Amount) -> AmountRow {
    AmountRow {
        quantity: exact(amount.quantity),
        unit_price: amount.unit_price().map(exact),
        cost: amount.cost.map(|c| exact(c.0)),
    }
}

fn remark_code(remark: &Remark) -> &'static str {
    match remark {
        Remark::Allowance => "allowance",
        Remark::Tier => "tier",
        Remark::Committed => "committed",
        Remark::Bare(_) => "no-region",
        Remark::Assumed => "usage-type-assumed",
        Remark::OtherUnit(_) => "other-unit",
        Remark::CostOnly => "cost-only",
        Remark::Price => "price-differs-too",
        Remark::Unpriced => "no-unit-price",
    }
}

fn meter(line: &Compared) -> MeterRow {
    let difference = line.monthly.map(|m| m.quantity - line.estimated.quantity);
    MeterRow {
        service: line.service.clone(),
        meter: line.meter.clone(),
        region: line.region.clone(),
        unit: line.unit.clone(),
        estimated: amount(line.estimated),
        billed: line.billed.map(amount),
        monthly: line.monthly.map(amount),
        difference: difference.map(exact),
        verdict: line.verdict.word(),
        remarks: line.remarks.iter().map(remark_code).collect(),
    }
}

fn also(row: &Also) -> AlsoRow {
    let verdict = match &row.meter {
        Some(_) => BillVerdict::NotModelled.word(),
        None => "unknown-usage-type",
    };
    AlsoRow {
        service: row.code.clone(),
        usage_type: row.usage_type.clone(),
        meter: row.meter.clone(),
        region: row.region.clone(),
        sku: row.sku.clone(),
        unit: row.unit.clone(),
        billed: amount(row.billed),
        verdict,
    }
}

fn told(one: &Told) -> FieldRow {
    let range = one.range.map(|(low, high)| RangeRow {
        low: shown(one.field, low),
        high: shown(one.field, high),
    });
    FieldRow {
        field: one.field.path(),
        before: shown(one.field, one.before),
        after: shown(one.field, one.after),
        at_most: one.at_most,
        range,
        meter: one.meter.clone(),
        changed: changes(one),
    }
}

fn answer(answer: &Answer) -> AnswerRow {
    AnswerRow {
        outcome: answer.outcome,
        service: answer.service.clone(),
        variant: answer.variant.clone(),
        monthly_cost: answer.cost.map(|c| CostRow {
            expected: exact(c.known.0),
            complete: !c.incomplete,
        }),
    }
}

fn minimum(one: &Minimum) -> MinimumRow {
    MinimumRow {
        words: one.words.clone(),
        cost: exact(one.cost.0),
        hours: exact(one.hours),
    }
}

fn totals(found: &Found) -> TotalsRow {
    let sums = &found.totals;
    TotalsRow {
        estimated: exact(sums.estimated.0),
        billed: exact(sums.billed.0),
        monthly: exact(sums.monthly.0),
        not_billed: exact(sums.not_billed.0),
        difference: sums.gap.map(exact),
        tolerance: exact(found.tolerance),
    }
}

/// For programs: `cachewright/bill/v1`.
pub(super) fn json(found: &Found) -> Json {
    let (compared, ledger) = (&found.comparison, &found.ledger);
    let others = compared.others.iter();
    Json {
        schema: "cachewright/bill/v1",
        profile: found.name.clone(),
        service: found.service.clone(),
        region: found.region.clone(),
        month: ledger.month.clone(),
        hours: HoursRow {
            seen: exact(compared.hours),
            month: ledger.month_hours.to_string(),
            by_minimum: compared.hours_follow,
        },
        format: ledger.formats.iter().map(|f| f.word()).collect(),
        filtered: found.filtered,
        accounts: ledger.accounts,
        rows: ledger.lines,
        bad_rows: ledger.bad_lines,
        meters: compared.meters.iter().map(meter).collect(),
        also_billed: compared.also.iter().map(also).collect(),
        other_services: others
            .map(|(name, cost)| OtherRow {
                service: name.clone(),
                cost: exact(cost.0),
            })
            .collect(),
        apart: ledger.apart.iter().map(|(k, v)| (*k, exact(*v))).collect(),
        totals: totals(found),
        minimum: compared.minimum.as_ref().map(minimum),
        refit: RefitRow {
            fields: found.refit.told.iter().map(told).collect(),
            not_told: found.refit.untold.clone(),
        },
        answer_before: answer(&found.before),
        answer_after: answer(found.after.as_ref().unwrap_or(&found.before)),
        flips: found.flips(),
        notes: found.notes.clone(),
    }
}
