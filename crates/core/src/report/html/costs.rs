//! The cost chart: one bar per candidate, stacked by line item, on one linear scale.
//!
//! A bar far beyond the shown choice is cut and marked, so that the ones that matter stay readable.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::words::{Num, View, meter, unknown};
use crate::report::charts::percent;

/// The chart.
#[derive(Serialize)]
pub(super) struct CostChart {
    rows: Vec<Row>,
    cut: bool,
}

#[derive(Serialize)]
struct Row {
    name: String,
    kind: &'static str,
    chosen: bool,
    total: Num,
    parts: Vec<Part>,
    cut: bool,
}

#[derive(Serialize)]
struct Part {
    label: String,
    style: usize,
    x: String,
    width: String,
    cost: Num,
}

/// Parts of one bar before they are placed.
struct Stack {
    name: String,
    kind: &'static str,
    chosen: bool,
    total: Num,
    parts: Vec<(String, usize, Num, Decimal)>,
}

impl Stack {
    fn sum(&self) -> Decimal {
        self.parts.iter().map(|p| p.3).sum()
    }
}

/// Line items that get a part of their own; the rest is one part.
const PARTS: usize = 4;
/// A bar longer than this many times the shown choice is cut.
const CUT: i64 = 5;
/// Style of origin reads that remain.
const ORIGIN: usize = 6;

/// The chart, when any candidate has a cost.
pub(super) fn chart(view: &View<'_>, best: Option<usize>, recommended: bool) -> Option<CostChart> {
    let mut stacks: Vec<Stack> = (0..view.len("/candidates"))
        .filter_map(|i| {
            stack(view, i).map(|s| Stack {
                chosen: recommended && best == Some(i),
                ..s
            })
        })
        .collect();
    let reference = best
        .and_then(|i| stack(view, i))
        .map(|s| s.sum())
        .filter(|d| !d.is_zero());
    stacks.extend(baseline(view));
    let sums: Vec<Decimal> = stacks
        .iter()
        .map(Stack::sum)
        .filter(|d| !d.is_zero())
        .collect();
    let reference = reference.or_else(|| sums.iter().min().copied())?;
    let longest = sums
        .iter()
        .filter(|d| **d <= reference * Decimal::from(CUT))
        .max()
        .copied()
        .unwrap_or(reference);
    let rows: Vec<Row> = stacks.into_iter().map(|s| place(s, longest)).collect();
    Some(CostChart {
        cut: rows.iter().any(|r| r.cut),
        rows,
    })
}

fn stack(view: &View<'_>, i: usize) -> Option<Stack> {
    let at = |rest: &str| format!("/candidates/{i}/{rest}");
    view.decimal(&at("monthly_cost/expected"))?;
    let kind = match view.text(&at("verdict")).as_str() {
        "eligible" => "eligible",
        "ruled-out" => "ruled out",
        _ => "comparison",
    };
    let mut parts = line_items(view, i);
    let remaining = at("origin_cost_remaining");
    if let Some(rest) = view
        .decimal(&remaining)
        .filter(|d| !d.is_zero() && kind != "comparison")
    {
        parts.push((
            "origin reads that remain".to_owned(),
            ORIGIN,
            view.usd(&remaining, ""),
            rest,
        ));
    }
    Some(Stack {
        name: view.text(&at("name")),
        kind,
        chosen: false,
        total: view.monthly(i),
        parts,
    })
}

/// Line items by meter, dearest first.
fn line_items(view: &View<'_>, i: usize) -> Vec<(String, usize, Num, Decimal)> {
    let mut meters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for l in 0..view.len(&format!("/candidates/{i}/line_items")) {
        let base = format!("/candidates/{i}/line_items/{l}");
        meters
            .entry(meter(&view.text(&format!("{base}/meter"))))
            .or_default()
            .push(format!("{base}/cost"));
    }
    let sum = |pointers: &[String]| {
        pointers
            .iter()
            .filter_map(|p| view.decimal(p))
            .sum::<Decimal>()
    };
    let mut sorted: Vec<(String, Vec<String>, Decimal)> = meters
        .into_iter()
        .map(|(m, p)| (m, p.clone(), sum(&p)))
        .collect();
    sorted.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    if sorted.len() > PARTS {
        let rest = sorted.split_off(PARTS - 1);
        let pointers: Vec<String> = rest.iter().flat_map(|r| r.1.clone()).collect();
        let amount = sum(&pointers);
        sorted.push(("everything else".to_owned(), pointers, amount));
    }
    let shown = |pointers: &[String], amount: Decimal| {
        let whole = view.usd_sum(pointers);
        if whole.p.is_empty() && !amount.is_zero() {
            at_least(view, pointers)
        } else {
            whole
        }
    };
    sorted
        .into_iter()
        .enumerate()
        .map(|(s, (meter, pointers, amount))| (meter, s + 1, shown(&pointers, amount), amount))
        .collect()
}

/// The known part of a sum.
fn at_least(view: &View<'_>, pointers: &[String]) -> Num {
    let known: Vec<String> = pointers
        .iter()
        .filter(|p| view.decimal(p).is_some())
        .cloned()
        .collect();
    let sum = view.usd_sum(&known);
    if sum.p.is_empty() {
        unknown()
    } else {
        Num {
            t: format!("≥ {}", sum.t),
            ..sum
        }
    }
}

fn baseline(view: &View<'_>) -> Option<Stack> {
    let total = view.decimal("/baseline/total")?;
    let sign = if view.flag("/baseline/at_least") {
        "≥ "
    } else {
        ""
    };
    let num = view.usd("/baseline/total", sign);
    Some(Stack {
        name: "Without a cache".to_owned(),
        kind: "baseline",
        chosen: false,
        total: num.clone(),
        parts: vec![("the origin's reads".to_owned(), ORIGIN, num, total)],
    })
}

fn place(stack: Stack, longest: Decimal) -> Row {
    let cut = stack.sum() > longest;
    let mut start = 0.0;
    let parts = stack
        .parts
        .into_iter()
        .map(|(label, style, cost, amount)| {
            let share = (amount / longest).to_f64().unwrap_or(0.0).min(1.0 - start);
            let part = Part {
                label,
                style,
                x: percent(start),
                width: percent(share),
                cost,
            };
            start += share;
            part
        })
        .collect();
    Row {
        name: stack.name,
        kind: stack.kind,
        chosen: stack.chosen,
        total: stack.total,
        parts,
        cut,
    }
}
