//! The cost chart: one bar per eligible candidate, the cheapest first, stacked by line item, on one linear scale.
//!
//! A meter has one colour and one texture in all bars, so that bars can be compared by what they are made of. A bar far
//! beyond the shown choice is cut and marked, so that the ones that matter stay readable.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use crate::domain::decision::{Side, Verdict};
use crate::report::charts::percent;
use crate::report::view::{Candidate, Value, View};

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
    /// What each meter costs.
    meters: BTreeMap<&'v str, Vec<&'v Value>>,
    /// What the reads cost that remain for the origin, and how they are called.
    origin: Option<(&'static str, &'v Value, Decimal)>,
}

impl Stack<'_> {
    fn sum(&self) -> Decimal {
        let meters = self.meters.values().map(|costs| known(costs));
        meters.sum::<Decimal>() + self.origin.map_or(Decimal::ZERO, |o| o.2)
    }
}

/// Styles that meters get, the dearest first: the letters of `templates/report/charts.html`.
const STYLES: [usize; 8] = [1, 2, 3, 4, 7, 8, 9, 10];
/// Style of the meters that get none of their own.
const REST: usize = 5;
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
    let styles = styles(&stacks, longest);
    let rows: Vec<Row<'_>> = stacks
        .into_iter()
        .map(|s| Row {
            chosen: chosen.is_some_and(|c| std::ptr::eq(c, s.total)),
            ..place(s, longest, &styles)
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
    let amount = rest.number.filter(|d| !d.is_zero());
    let amount = amount.filter(|_| c.verdict != Verdict::Comparison);
    let mut meters: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for line in &c.lines {
        meters.entry(&line.label).or_default().push(&line.cost);
    }
    Some(Stack {
        name: &c.name,
        kind,
        total: &c.cost,
        meters,
        origin: amount.map(|d| ("origin reads that remain", rest, d)),
    })
}

fn known(costs: &[&Value]) -> Decimal {
    costs.iter().filter_map(|c| c.number).sum()
}

/// The meters with a style of their own: those that make the longest part of any bar, as far as it is drawn.
fn styles<'v>(stacks: &[Stack<'v>], longest: Decimal) -> BTreeMap<&'v str, usize> {
    let mut parts: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (meter, costs) in stacks.iter().flat_map(|s| &s.meters) {
        let most = parts.entry(meter).or_default();
        *most = known(costs).min(longest).max(*most);
    }
    let mut sorted: Vec<(&str, Decimal)> = parts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let meters = sorted.into_iter().map(|(meter, _)| meter);
    meters.zip(STYLES).collect()
}

/// Label, style, cost, and what is known of it; in the order of the styles, so that a meter stands at its place in every bar.
fn parts<'v>(
    stack: &Stack<'v>,
    styles: &BTreeMap<&'v str, usize>,
) -> Vec<(&'v str, usize, Value, Decimal)> {
    let place = |style: usize| STYLES.iter().position(|s| *s == style);
    let (mut own, mut rest) = (Vec::new(), Vec::new());
    for (meter, costs) in &stack.meters {
        match styles.get(meter) {
            Some(style) => own.push((*meter, *style, shown(costs), known(costs))),
            None => rest.extend(costs.iter().copied()),
        }
    }
    own.sort_by_key(|p| place(p.1));
    if rest.iter().any(|c| c.number.is_none_or(|d| !d.is_zero())) {
        own.push(("everything else", REST, shown(&rest), known(&rest)));
    }
    let origin = stack.origin.iter();
    own.extend(origin.map(|(label, cost, amount)| (*label, ORIGIN, (*cost).clone(), *amount)));
    own
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
        meters: BTreeMap::new(),
        origin: Some(("the origin's reads", total, known)),
    })
}

fn place<'v>(stack: Stack<'v>, longest: Decimal, styles: &BTreeMap<&'v str, usize>) -> Row<'v> {
    let cut = stack.sum() > longest;
    let mut start = 0.0;
    let parts = parts(&stack, styles)
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
