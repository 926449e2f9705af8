//! The finding of `bill` for programs: `cachewright/bill/v1`.

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::refitted::{changes, shown};
use super::{Answer, Found};
use crate::domain::bill::{Also, Amount, BillVerdict, Compared, Remark, Told};
use crate::domain::money::plain;

/// To a millionth of a millionth: what lies below is of doubles and of divisions.
fn exact(value: Decimal) -> Value {
    Value::from(plain(value.round_dp(12)))
}

fn amount(amount: Amount) -> Value {
    json!({
        "quantity": exact(amount.quantity),
        "unit_price": amount.unit_price().map(exact),
        "cost": amount.cost.map(|c| exact(c.0)),
    })
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

fn meter(line: &Compared) -> Value {
    let difference = line.monthly.map(|m| m.quantity - line.estimated.quantity);
    json!({
        "service": line.service,
        "meter": line.meter,
        "region": line.region,
        "unit": line.unit,
        "estimated": amount(line.estimated),
        "billed": line.billed.map(amount),
        "monthly": line.monthly.map(amount),
        "difference": difference.map(exact),
        "verdict": line.verdict.word(),
        "remarks": line.remarks.iter().map(remark_code).collect::<Vec<_>>(),
    })
}

fn also_json(row: &Also) -> Value {
    let verdict = match &row.meter {
        Some(_) => BillVerdict::NotModelled.word(),
        None => "unknown-usage-type",
    };
    json!({
        "service": row.code,
        "usage_type": row.usage_type,
        "meter": row.meter,
        "region": row.region,
        "sku": row.sku,
        "unit": row.unit,
        "billed": amount(row.billed),
        "verdict": verdict,
    })
}

fn told_json(one: &Told) -> Value {
    let range = one
        .range
        .map(|(low, high)| json!({ "low": shown(one.field, low), "high": shown(one.field, high) }));
    json!({
        "field": one.field.path(),
        "before": shown(one.field, one.before),
        "after": shown(one.field, one.after),
        "at_most": one.at_most,
        "range": range,
        "meter": one.meter,
        "changed": changes(one),
    })
}

fn answer_json(answer: &Answer) -> Value {
    json!({
        "outcome": answer.outcome,
        "service": answer.service,
        "variant": answer.variant,
        "monthly_cost": answer.cost.map(|c| json!({ "expected": exact(c.known.0), "complete": !c.incomplete })),
    })
}

/// For programs: `cachewright/bill/v1`.
pub(super) fn json(found: &Found) -> Value {
    let c = &found.comparison;
    let t = &found.totals;
    let apart: Map<String, Value> = (found.ledger.apart.iter())
        .map(|(kind, sum)| ((*kind).to_owned(), exact(*sum)))
        .collect();
    let others: Vec<Value> = (c.others.iter())
        .map(|(name, cost)| json!({ "service": name, "cost": exact(cost.0) }))
        .collect();
    let minimum = c
        .minimum
        .as_ref()
        .map(|m| json!({ "words": m.words, "cost": exact(m.cost.0), "hours": exact(m.hours) }));
    json!({
        "schema": "cachewright/bill/v1",
        "profile": found.name,
        "service": found.service,
        "region": found.region,
        "month": found.ledger.month,
        "hours": { "seen": exact(c.hours), "month": found.ledger.month_hours.to_string(), "by_minimum": c.hours_follow },
        "format": found.ledger.formats.iter().map(|f| f.word()).collect::<Vec<_>>(),
        "filtered": found.filtered,
        "accounts": found.ledger.accounts,
        "rows": found.ledger.lines,
        "bad_rows": found.ledger.bad_lines,
        "meters": c.meters.iter().map(meter).collect::<Vec<_>>(),
        "also_billed": c.also.iter().map(also_json).collect::<Vec<_>>(),
        "other_services": others,
        "apart": apart,
        "totals": {
            "estimated": exact(t.estimated.0),
            "billed": exact(t.billed.0),
            "monthly": exact(t.monthly.0),
            "not_billed": exact(t.not_billed.0),
            "difference": t.gap.map(exact),
            "tolerance": exact(found.tolerance),
        },
        "minimum": minimum,
        "refit": {
            "fields": found.refit.told.iter().map(told_json).collect::<Vec<_>>(),
            "not_told": found.refit.untold,
        },
        "answer_before": answer_json(&found.before),
        "answer_after": answer_json(found.after.as_ref().unwrap_or(&found.before)),
        "flips": found.flips(),
        "notes": found.notes,
    })
}
