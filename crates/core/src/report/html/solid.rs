//! The analysis as chart data: stability bars and break-even curves of a report.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::analysis::{Analysis, Curves, Stability, float};
use crate::domain::decision::{Decision, Pick};
use crate::domain::field::{self, NumField};
use crate::domain::units::{Quantity, Share};
use crate::report::Report;
use crate::report::charts::{BreakEven, Crossing, Curve, Extra, Flip, Growth, StabilityBar, Unit};
use crate::report::view::{Choice, Value, View};

/// Crossings that are all marked; of more only those that matter for the choice.
const FEW: usize = 4;
/// Lines of one chart: the choice and the cheapest others.
const LINES: usize = 6;

/// What the analysis of a report adds to its page.
pub(super) fn extra(report: &Report<'_>, view: &View) -> Extra {
    let Some(analysis) = report.analysis else {
        return Extra::default();
    };
    let stability = analysis.stability.iter().zip(&view.stability);
    Extra {
        stability: stability.map(|(s, shown)| bar(s, shown)).collect(),
        break_even: charts(report, analysis, &view.crossings),
        growth: analysis.growth.as_ref().map(|g| growth(report.decision, g)),
    }
}

/// Lines of the answers of the months first, then of what else is priced in any of them.
fn growth(decision: &Decision, g: &crate::analysis::Growth) -> Growth {
    let mut picks: Vec<&Pick> = g.months.iter().map(|m| &m.answer).collect();
    picks.extend(g.months.iter().flat_map(|m| m.costs.iter().map(|(p, _)| p)));
    let mut seen = std::collections::BTreeSet::new();
    picks.retain(|p| seen.insert((*p).clone()));
    let at = |m: &crate::analysis::Month, pick: &Pick| {
        let cost = m.costs.iter().find(|(p, _)| p == pick);
        cost.map_or(f64::NAN, |(_, c)| float(*c))
    };
    let curves = picks.into_iter().map(|pick| Curve {
        name: named(decision, pick),
        points: g
            .months
            .iter()
            .map(|m| (f64::from(m.month), at(m, pick)))
            .collect(),
    });
    let priced = curves.filter(|c| c.points.iter().any(|(_, y)| !y.is_nan()));
    let takeovers = g.takeovers().map(|m| Crossing {
        x: f64::from(m.month),
        y: at(m, &m.answer),
        text: format!("month {}", m.month),
        between: (
            named(decision, &g.months[m.month as usize - 1].answer),
            named(decision, &m.answer),
        ),
        pointer: String::new(),
    });
    Growth {
        rate: format!("{} a month", Share::from_value(g.rate)),
        curves: priced.take(LINES).collect(),
        takeovers: takeovers.filter(|c| !c.y.is_nan()).collect(),
    }
}

fn named(decision: &Decision, pick: &Pick) -> String {
    Choice::new(decision, pick).name
}

fn bar(s: &Stability, shown: &crate::report::view::Stability) -> StabilityBar {
    let flip = |at: Option<Decimal>, shown: &Option<(Value, Choice)>| {
        let (at, (value, to)) = at.zip(shown.as_ref())?;
        Some(Flip {
            at: float(at),
            text: value.text.clone(),
            to: to.name.clone(),
            pointer: value.path.clone(),
        })
    };
    StabilityBar {
        field: s.field.path().to_owned(),
        label: label(s.field).to_owned(),
        domain: (float(s.domain.0), float(s.domain.1)),
        domain_text: (s.field.show(s.domain.0), s.field.show(s.domain.1)),
        current: (float(s.at), shown.at.text.clone()),
        pointer: shown.at.path.clone(),
        below: flip(s.holds_from, &shown.below),
        above: flip(s.holds_to, &shown.above),
    }
}

/// `at` are the crossings of all charts, one after the other.
fn charts(report: &Report<'_>, analysis: &Analysis, mut at: &[Value]) -> Vec<BreakEven> {
    let mut out = Vec::new();
    for curves in &analysis.curves {
        let (mine, rest) = at.split_at(curves.crossings.len());
        out.extend(chart(report, curves, mine));
        at = rest;
    }
    out
}

fn chart(report: &Report<'_>, curves: &Curves, at: &[Value]) -> Option<BreakEven> {
    let shown = shown(report, curves);
    if shown.len() < 2 {
        return None;
    }
    let decision = report.decision;
    let line = |(pick, costs): &&(Pick, Vec<Option<Decimal>>)| Curve {
        name: named(decision, pick),
        points: curves
            .values
            .iter()
            .zip(costs)
            .map(|(x, y)| (float(*x), y.map_or(f64::NAN, float)))
            .collect(),
    };
    let lines: Vec<Curve> = shown.iter().map(line).collect();
    let crossings = curves.crossings.iter().zip(at).filter_map(|(c, at)| {
        let x = float(c.at);
        let [below, above] = [&c.between[0], &c.between[1]].map(|p| named(decision, p));
        let y = lines
            .iter()
            .find(|l| l.name == below)
            .and_then(|l| height(l, x))?;
        lines.iter().any(|l| l.name == above).then(|| Crossing {
            x,
            y,
            text: c.field.show_rounded(c.at),
            between: (below, above),
            pointer: at.path.clone(),
        })
    });
    let all: Vec<Crossing> = crossings.collect();
    let (lines, all) = merged(lines, all);
    let crossings = marked(&lines, &all);
    let today = report
        .profile
        .number(curves.field)
        .map(|v| (float(v), curves.field.show(v)));
    Some(BreakEven {
        field: format!(
            "{} ({})",
            label(curves.field).to_lowercase(),
            curves.field.path()
        ),
        unit: unit(curves.field),
        left_out: crossings.len() < all.len(),
        curves: lines,
        crossings,
        current: today,
    })
}

/// Lines that lie on each other become one with both names, and their crossings are told once.
fn merged(lines: Vec<Curve>, crossings: Vec<Crossing>) -> (Vec<Curve>, Vec<Crossing>) {
    let same = |a: &Curve, b: &Curve| {
        a.points.len() == b.points.len()
            && a.points
                .iter()
                .zip(&b.points)
                .all(|(p, q)| p.1.total_cmp(&q.1).is_eq())
    };
    let mut out: Vec<Curve> = Vec::new();
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines {
        let place = out.iter().position(|o| same(o, &line));
        names.insert(line.name.clone(), place.unwrap_or(out.len()));
        match place {
            Some(i) => out[i].name = format!("{} and {}", out[i].name, line.name),
            None => out.push(line),
        }
    }
    let renamed = |name: &String| {
        names
            .get(name)
            .map_or(name.clone(), |i| out[*i].name.clone())
    };
    let mut told: Vec<Crossing> = Vec::new();
    for mut c in crossings {
        c.between = (renamed(&c.between.0), renamed(&c.between.1));
        if told
            .iter()
            .all(|t| (&t.text, &t.between) != (&c.text, &c.between))
        {
            told.push(c);
        }
    }
    (out, told)
}

/// The crossings that get a mark: all when they are few, else those of the cheapest and of the choice.
fn marked(lines: &[Curve], all: &[Crossing]) -> Vec<Crossing> {
    let cheapest = |c: &Crossing| {
        lines
            .iter()
            .filter_map(|l| height(l, c.x))
            .all(|y| c.y <= y * 1.02)
    };
    let chosen = |c: &Crossing| {
        lines
            .first()
            .is_some_and(|l| c.between.0 == l.name || c.between.1 == l.name)
    };
    if all.len() <= FEW {
        return all.to_vec();
    }
    let near: Vec<Crossing> = all
        .iter()
        .filter(|c| cheapest(c) || chosen(c))
        .cloned()
        .collect();
    if near.len() <= FEW {
        return near;
    }
    all.iter().filter(|c| cheapest(c)).cloned().collect()
}

/// A field in words.
pub(super) fn label(field: NumField) -> &'static str {
    field.field().label
}

/// The chosen candidate first, then the others in the order of the report.
fn shown<'c>(report: &Report<'_>, curves: &'c Curves) -> Vec<&'c (Pick, Vec<Option<Decimal>>)> {
    let place = |pick: &Pick| {
        report
            .decision
            .candidates
            .iter()
            .position(|c| c.pick == *pick)
    };
    let mut all: Vec<_> = curves
        .costs
        .iter()
        .filter(|(_, costs)| costs.iter().filter(|c| c.is_some()).count() > 1)
        .collect();
    all.sort_by_key(|(pick, _)| place(pick).unwrap_or(usize::MAX));
    all.truncate(LINES);
    all
}

/// Height of a line at `x`, between its samples as a logarithmic chart draws it.
fn height(curve: &Curve, x: f64) -> Option<f64> {
    let pair = curve
        .points
        .windows(2)
        .find(|p| p[0].0 <= x && x <= p[1].0)?;
    let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
    if !(y0.is_finite() && y1.is_finite()) {
        return [y0, y1].into_iter().find(|y| y.is_finite());
    }
    let t = if x0 > 0.0 && x1 > x0 {
        (x / x0).ln() / (x1 / x0).ln()
    } else {
        0.5
    };
    let log = y0 > 0.0 && y1 > 0.0;
    Some(if log {
        (y0.ln() + (y1.ln() - y0.ln()) * t).exp()
    } else {
        y0 + (y1 - y0) * t
    })
}

pub(super) fn unit(field: NumField) -> Unit {
    match field.unit() {
        field::Unit::Rate => Unit::PerSecond,
        field::Unit::Bytes => Unit::Bytes,
        field::Unit::Share => Unit::Share,
        field::Unit::Duration => Unit::Milliseconds,
        field::Unit::Count | field::Unit::Hours | field::Unit::Dollars => Unit::Plain,
    }
}
