//! One report as the template sees it: the view with the geometry of its charts.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::Entry;
use super::costs::{self, CostChart};
use super::profile;
use crate::domain::decision::Verdict;
use crate::domain::profile::NumField;
use crate::domain::units::Quantity;
use crate::report::charts::{self, Bar, HitPoint, LineChart};
use crate::report::short::{Short, short};
use crate::report::view::{Candidate, Term, View};

/// Everything on the page about one profile.
#[derive(Serialize)]
pub(super) struct Page<'a> {
    #[serde(flatten)]
    view: &'a View,
    id: String,
    /// The first screen.
    short: Short,
    /// The recommended candidate, or the best eligible one.
    top: Option<&'a Candidate>,
    /// Who came second, when it is a candidate.
    runner: Option<&'a Candidate>,
    chart: Option<CostChart<'a>>,
    hit_ratio: Option<LineChart>,
    has_sizes: bool,
    has_ruled_out: bool,
    /// One for each term of the score.
    term_bars: Vec<TermBar>,
    relaxed: Vec<Relaxed>,
    bars: Vec<Bar>,
    /// Fields that were searched and cannot change the answer.
    firm: Vec<&'a str>,
    charts: Vec<LineChart>,
    growth_chart: Option<LineChart>,
    profile: String,
    command: &'a str,
}

/// Points of a term as a bar.
#[derive(Serialize)]
struct TermBar {
    x: String,
    width: String,
    negative: bool,
}

/// Must-haves that together unlock something.
#[derive(Serialize)]
struct Relaxed {
    /// Field, from, to.
    steps: Vec<[String; 3]>,
    unlocks: String,
}

/// Collects one report.
pub(super) fn build<'a>(index: usize, entry: &'a Entry<'_>) -> Page<'a> {
    let view = &entry.view;
    let id = format!("r{index}");
    let second = view.second.as_ref().and_then(|s| s.index);
    let even = entry.extra.break_even.iter().enumerate();
    let stability = &entry.extra.stability;
    let moves = |b: &&charts::StabilityBar| b.below.is_some() || b.above.is_some();
    let growth = entry.extra.growth.as_ref();
    Page {
        short: short(entry.report, view),
        top: view.best(),
        runner: second.map(|i| &view.candidates[i]),
        chart: costs::chart(view),
        hit_ratio: hit_ratio(entry, &id),
        has_sizes: view.candidates.iter().any(|c| c.size.is_some()),
        has_ruled_out: view
            .candidates
            .iter()
            .any(|c| c.verdict == Verdict::RuledOut),
        term_bars: view.best().map_or(Vec::new(), |c| term_bars(&c.terms)),
        relaxed: relaxed(view),
        bars: stability.iter().filter(moves).map(charts::bar).collect(),
        firm: (stability.iter().filter(|b| !moves(b)))
            .map(|b| b.field.as_str())
            .collect(),
        // The number that people know best; the JSON and the sections have the others.
        charts: even
            .take(1)
            .filter_map(|(i, b)| charts::break_even(b, format!("{id}-even-{}", i + 1)))
            .collect(),
        growth_chart: growth.and_then(|g| charts::growth(g, format!("{id}-growth"))),
        profile: profile::yaml(entry.report.profile),
        command: &entry.command,
        view,
        id,
    }
}

fn hit_ratio(entry: &Entry<'_>, id: &str) -> Option<LineChart> {
    let float = |d: Decimal| d.to_f64().unwrap_or(f64::NAN);
    let profile = entry.report.profile;
    let curve = profile.data.curve.iter();
    let points: Vec<HitPoint> = curve
        .map(|p| HitPoint {
            size: float(p.size.value()),
            objects: float(p.objects),
            bytes: float(p.bytes),
            error: None,
        })
        .collect();
    let set = NumField::WorkingSet;
    let now = profile.number(set);
    let now = now.map(|v| (float(v), format!("working set {}", set.show(v))));
    charts::hit_ratio(&points, now.as_ref(), format!("{id}-hits"))
}

/// With a negative term zero is in the middle, else at the left.
fn term_bars(terms: &[Term]) -> Vec<TermBar> {
    let points = || terms.iter().map(|t| t.points.number.unwrap_or_default());
    let most = points().map(|d| d.abs()).max().filter(|m| !m.is_zero());
    let below = points().any(|d| d < Decimal::ZERO);
    let (zero, room) = if below { (0.5, 0.5) } else { (0.0, 1.0) };
    let bars = points().map(|points| {
        let share = most.and_then(|m| (points.abs() / m).to_f64());
        let width = share.unwrap_or(0.0) * room;
        let negative = points.is_sign_negative();
        TermBar {
            x: charts::percent(if negative { zero - width } else { zero }),
            width: charts::percent(width),
            negative,
        }
    });
    bars.collect()
}

/// The nearest value of each field that unlocks something new.
fn relaxed(view: &View) -> Vec<Relaxed> {
    let mut seen: BTreeMap<&str, &[String]> = BTreeMap::new();
    let mut out = Vec::new();
    for r in &view.relax {
        if seen.insert(&r.field, &r.names) != Some(&r.names) {
            out.push(Relaxed {
                steps: steps([&r.field, &r.from, &r.to]),
                unlocks: r.names.join(", "),
            });
        }
    }
    out
}

/// Several must-haves are written with commas; one row each when all three sides agree.
fn steps(texts: [&str; 3]) -> Vec<[String; 3]> {
    let [fields, from, to] = texts.map(|t| t.split(", ").collect::<Vec<_>>());
    if fields.len() != from.len() || fields.len() != to.len() {
        return vec![texts.map(str::to_owned)];
    }
    let rows = fields.into_iter().zip(from).zip(to);
    rows.map(|((field, from), to)| [field, from, to].map(str::to_owned))
        .collect()
}
