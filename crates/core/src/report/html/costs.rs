//! The cost chart: one bar per eligible candidate, the cheapest first, stacked by line item, on one linear scale.
//!
//! A bar far beyond the shown choice is cut and marked, so that the ones that matter stay readable.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::domain::decision::{Side, Verdict};
use crate::report::charts::percent;
use crate::report::view::{Candidate, Line, Value, View};

/// The chart.
#[derive(Serialize)]
pub(super) struct CostChart<'v> {
    rows: Vec<Row<'v>>,
    cut: bool,
}

#[derive(Serialize)]
struct Row<'v> {
    name: &'v str,
    kind: &'static str,
    chosen: bool,
    total: &'v Value,
    parts: Vec<Part<'v>>,
    cut: bool,
}

#[derive(Serialize)]
struct Part<'v> {
    label: &'v str,
    style: usize,
    x: String,
    width: String,
    cost: Value,
}

/// A bar before its parts are placed.
struct Stack<'v> {
    name: &'v str,
    kind: &'static str,
    total: &'v Value,
    /// Label, style, cost, and what is known of it.
    parts: Vec<(&'v str, usize, Value, Decimal)>,
}

impl Stack<'_> {
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
pub(super) fn chart(view: &View) -> Option<CostChart<'_>> {
    let best = view.best();
    // A bar of what cannot be had misleads; only where nothing fits they are all there is.
    let eligible = |c: &&Candidate| c.verdict == Verdict::Eligible;
    let some = view.candidates.iter().any(|c| eligible(&c));
    let candidates = view.candidates.iter().filter(|c| !some || eligible(c));
    let mut stacks: Vec<Stack<'_>> = candidates.filter_map(stack).collect();
    stacks.sort_by_key(Stack::sum);
    stacks.extend(baseline(view));
    let sums = || stacks.iter().map(Stack::sum).filter(|d| !d.is_zero());
    let of_best = best.and_then(stack).map(|s| s.sum());
    let reference = of_best.filter(|d| !d.is_zero()).or_else(|| sums().min())?;
    let within = sums().filter(|d| *d <= reference * Decimal::from(CUT));
    let longest = within.max().unwrap_or(reference);
    let chosen = best.filter(|_| view.recommended).map(|c| &c.cost);
    let rows: Vec<Row<'_>> = stacks
        .into_iter()
        .map(|s| Row {
            chosen: chosen.is_some_and(|c| std::ptr::eq(c, s.total)),
            ..place(s, longest)
        })
        .collect();
    Some(CostChart {
        cut: rows.iter().any(|r| r.cut),
        rows,
    })
}

fn stack(c: &Candidate) -> Option<Stack<'_>> {
    c.complete?;
    let kind = match c.verdict {
        Verdict::Eligible => "eligible",
        Verdict::RuledOut => "ruled out",
        Verdict::Comparison => "comparison",
    };
    let rest = &c.reads_left_cost;
    let known = rest.number.filter(|d| !d.is_zero());
    let known = known.filter(|_| c.verdict != Verdict::Comparison);
    let rest = known.map(|d| ("origin reads that remain", ORIGIN, rest.clone(), d));
    Some(Stack {
        name: &c.name,
        kind,
        total: &c.cost,
        parts: line_items(&c.lines).into_iter().chain(rest).collect(),
    })
}

/// Line items by meter, dearest first.
fn line_items(lines: &[Line]) -> Vec<(&str, usize, Value, Decimal)> {
    let mut meters: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for line in lines {
        meters.entry(&line.label).or_default().push(&line.cost);
    }
    let known = |costs: &[&Value]| costs.iter().filter_map(|c| c.number).sum::<Decimal>();
    let mut sorted: Vec<(&str, Vec<&Value>)> = meters.into_iter().collect();
    sorted.sort_by(|a, b| known(&b.1).cmp(&known(&a.1)).then_with(|| a.0.cmp(b.0)));
    if sorted.len() > PARTS {
        let rest = sorted.split_off(PARTS - 1);
        let rest = rest.into_iter().flat_map(|r| r.1).collect();
        sorted.push(("everything else", rest));
    }
    let parts = sorted.into_iter().enumerate();
    parts
        .map(|(s, (meter, costs))| (meter, s + 1, shown(&costs), known(&costs)))
        .collect()
}

/// A sum, or its known part.
fn shown(costs: &[&Value]) -> Value {
    let known = costs.iter().copied().filter(|c| c.is_known());
    let sum = Value::sum(known.clone());
    match known.count() {
        all if all == costs.len() => sum,
        0 => Value::unknown(),
        _ if sum.number.is_some_and(|d| d.is_zero()) => Value::unknown(),
        _ => sum.signed(Side::AtLeast),
    }
}

fn baseline(view: &View) -> Option<Stack<'_>> {
    let total = &view.baseline.total;
    let known = total.number?;
    Some(Stack {
        name: "Without a cache",
        kind: "baseline",
        total,
        parts: vec![("the origin's reads", ORIGIN, total.clone(), known)],
    })
}

fn place(stack: Stack<'_>, longest: Decimal) -> Row<'_> {
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
        chosen: false,
        total: stack.total,
        parts,
        cut,
    }
}
