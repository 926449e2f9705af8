//! Decision maps of `recommend --sweep`: the answer over one or two numbers of the profile.

mod draw;

use std::str::FromStr;

use anyhow::Result;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::args::Format;
use crate::analysis::named;
use crate::analysis::sweep::{Axis, MOST, sweep};
use crate::decide::Engine;
use crate::domain::decision::{Cost, Outcome, Pick};
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::report::sections::{Block, Section, Table, pick_text};
use crate::report::text::Layout;
use crate::report::{html::map, markdown, text};

/// Reads the axes.
pub(super) fn axes(texts: &[String], format: Format) -> Result<Vec<Axis>> {
    let refuse = |code, message: String| Failure::new(Exit::Usage, code, message);
    let help = "write an axis as `traffic.reads=10/s..100k/s`, with `@200` for 200 points";
    let axes = texts
        .iter()
        .map(|t| Axis::from_str(t).map_err(|e| refuse("sweep-axis", e).help(help)))
        .collect::<Result<Vec<_>, _>>()?;
    let points = axes
        .iter()
        .try_fold(1usize, |n, a| n.checked_mul(a.values.len()));
    if axes.len() > 2 || points.is_none_or(|n| n > MOST) {
        let message = "a map has one or two axes and at most 1,000,000 points".to_owned();
        return Err(refuse("sweep-axis", message).help(help).into());
    }
    if let [a, b] = axes.as_slice()
        && a.field == b.field
    {
        let message = format!("both axes are `{}`", a.field.path());
        return Err(refuse("sweep-axis", message).help(help).into());
    }
    if format == Format::Html && axes.iter().any(|a| a.values.len() > map::MOST) {
        let message = format!("a page shows at most {} values of an axis", map::MOST);
        let other = "take fewer points, or -f csv or json";
        return Err(refuse("sweep-format", message).help(other).into());
    }
    Ok(axes)
}

/// Walks the map: where, the answer there, and its cost when it is a service.
fn walk(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: &[Axis],
    mut visit: impl FnMut(&[Decimal], Pick, Option<Cost>),
) {
    sweep(engine, profile, axes, &mut |at, point| {
        let cost = point.cost.filter(|_| point.outcome == Outcome::Recommended);
        visit(at, named(engine, point.outcome, point.best), cost);
    });
}

/// The map in one of its forms.
pub(super) fn render(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: &[Axis],
    format: Format,
    layout: Layout,
    command: &str,
) -> Result<String> {
    match format {
        Format::Csv => csv(engine, profile, axes),
        Format::Json => Ok(serde_json::to_string_pretty(&points(engine, profile, axes))? + "\n"),
        Format::Html => page(engine, profile, axes, command),
        Format::Text if axes.len() == 2 => {
            Ok(draw::draw(engine, profile, [&axes[0], &axes[1]], layout))
        }
        Format::Text | Format::Markdown => Ok(sheet(engine, profile, axes, format, layout)),
    }
}

fn page(engine: &Engine<'_>, profile: &Profile, axes: &[Axis], command: &str) -> Result<String> {
    let mut answers = Vec::new();
    let table = stretches(engine, profile, axes, |pick| {
        answers.push(pick.service.clone());
    });
    let services = engine.catalog().services.iter();
    let drawn = map::Map {
        name: &profile.name,
        axes,
        today: axes.iter().map(|a| profile.number(a.field)).collect(),
        answers: &answers,
        names: services.map(|s| (s.id.clone(), s.name.clone())).collect(),
        order: &[],
    };
    map::render(&drawn, &table, command)
}

fn sheet(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: &[Axis],
    format: Format,
    layout: Layout,
) -> String {
    let last = axes.last().map_or("", |a| a.field.path());
    let section = Section {
        id: "map",
        title: format!("{}: the answer over {last}", profile.name),
        blocks: vec![Block::Table(stretches(engine, profile, axes, |_| ()))],
    };
    let mut out = String::new();
    if format == Format::Markdown {
        markdown::render_folded(&mut out, &section, false);
    } else {
        text::render_section(&mut out, &section, layout);
    }
    out
}

fn csv(engine: &Engine<'_>, profile: &Profile, axes: &[Axis]) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut head: Vec<&str> = axes.iter().map(|a| a.field.path()).collect();
    head.extend(["service", "variant", "monthly_cost_usd", "complete"]);
    writer.write_record(head)?;
    let mut failed = Ok(());
    walk(engine, profile, axes, |at, pick, priced| {
        let mut row: Vec<String> = shown(axes, at);
        row.extend([
            pick.service,
            pick.variant.unwrap_or_default(),
            priced.map_or(String::new(), |c| c.known.plain()),
            priced.map_or(String::new(), |c| (!c.incomplete).to_string()),
        ]);
        if failed.is_ok() {
            failed = writer.write_record(row);
        }
    });
    failed?;
    Ok(String::from_utf8(writer.into_inner()?)?)
}

fn shown(axes: &[Axis], at: &[Decimal]) -> Vec<String> {
    let pairs = std::iter::zip(axes, at);
    pairs.map(|(axis, value)| axis.field.show(*value)).collect()
}

fn points(engine: &Engine<'_>, profile: &Profile, axes: &[Axis]) -> Value {
    let mut rows = Vec::new();
    walk(engine, profile, axes, |at, pick, priced| {
        rows.push(json!({
            "at": shown(axes, at),
            "service": pick.service,
            "variant": pick.variant,
            "monthly_cost": priced.map(|c| c.known.plain()),
            "complete": priced.map(|c| !c.incomplete),
        }));
    });
    let fields: Vec<&str> = axes.iter().map(|a| a.field.path()).collect();
    json!({"schema": "cachewright/sweep/v1", "profile": profile.name, "axes": fields, "points": rows})
}

/// The exact value, or the one of four digits when that is shorter.
fn short(axis: &Axis, value: Decimal) -> String {
    let exact = axis.field.show(value);
    let rounded = axis.field.show(value.round_sf(4).unwrap_or(value));
    if rounded.len() < exact.len() {
        rounded
    } else {
        exact
    }
}

/// Neighbouring points of the last axis with the same answer.
struct Stretch {
    before: Vec<String>,
    from: String,
    to: String,
    answer: Pick,
    costs: [String; 2],
}

/// The map as rows; every answer is shown to `visit` on the way.
fn stretches(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: &[Axis],
    mut visit: impl FnMut(&Pick),
) -> Table {
    let mut rows: Vec<Stretch> = Vec::new();
    walk(engine, profile, axes, |at, answer, priced| {
        visit(&answer);
        let mut before: Vec<String> = std::iter::zip(axes, at)
            .map(|(a, v)| short(a, *v))
            .collect();
        let here = before.pop().unwrap_or_default();
        let cost = priced.map_or("–".to_owned(), |c| c.to_string());
        match rows.last_mut() {
            Some(last) if last.before == before && last.answer == answer => {
                last.to = here;
                last.costs[1] = cost;
            }
            _ => rows.push(Stretch {
                before,
                from: here.clone(),
                to: here,
                answer,
                costs: [cost.clone(), cost],
            }),
        }
    });
    let mut head: Vec<(&'static str, bool)> = Vec::new();
    head.extend(axes.iter().rev().skip(1).map(|a| (a.field.path(), true)));
    head.extend([
        ("From", true),
        ("To", true),
        ("Answer", false),
        ("Monthly", true),
    ]);
    let cells = |s: Stretch| {
        let mut row = s.before;
        let [low, high] = s.costs;
        let costs = if low == high {
            low
        } else {
            format!("{low} to {high}")
        };
        row.extend([s.from, s.to, pick_text(&s.answer), costs]);
        row
    };
    Table {
        head,
        rows: rows.into_iter().map(cells).collect(),
    }
}
