//! Decision maps → a page: the answer over one or two numbers, as coloured and lettered areas.

use std::collections::BTreeMap;

use anyhow::Result;
use rust_decimal::Decimal;
use serde::Serialize;

use super::file;
use super::solid::{label, unit};
use crate::analysis::float;
use crate::analysis::sweep::Axis;
use crate::domain::decision::Outcome;
use crate::report::charts::{Now, Tick, percent};
use crate::report::scale::Scale;
use crate::report::sections::Table;
use crate::template;
use crate::text::one_line;
use crate::words::report::outcome;

/// Most values of an axis that a page can show.
pub const MOST: usize = 500;
/// Colours of services; outcomes without a service have colours of their own.
const COLOURS: usize = 5;

/// A map to draw.
pub struct Map<'a> {
    /// Name of the profile.
    pub name: &'a str,
    /// One or two; the last runs from left to right.
    pub axes: &'a [Axis],
    /// Values of the profile on the axes.
    pub today: Vec<Option<Decimal>>,
    /// One answer a point, the last axis fastest: a service id or an outcome word.
    pub answers: &'a [String],
    /// Names of the services.
    pub names: BTreeMap<String, String>,
    /// Answers whose letter and colour shall stay when the map changes; empty for the order in which they appear.
    pub order: &'a [String],
}

/// A map that changes under the eyes of its reader.
pub fn figure(map: &Map<'_>) -> Result<String> {
    #[derive(Serialize)]
    struct Body {
        map: Figure,
    }
    const PARTS: [(&str, &str); 2] = [file!("live-map.html"), file!("figure.html")];
    let drawn = drawn(map)?;
    let map = Figure {
        alt: format!("{}: {}.", drawn.title, said(&drawn.keys)),
        height: LIVE_HEIGHT,
        live: true,
        ..drawn
    };
    template::render("live-map.html", &PARTS, &Body { map })
}

/// Pixels of a map beside the controls.
const LIVE_HEIGHT: u32 = 190;

/// One stretch of points with the same answer.
#[derive(Serialize)]
struct Area {
    class: String,
    x: String,
    y: String,
    width: String,
    height: String,
}

/// The letter of an answer, in the middle of its area.
#[derive(Serialize)]
struct Letter {
    letter: char,
    x: String,
    y: String,
}

/// A colour and its letter.
#[derive(Serialize)]
struct Key {
    class: String,
    letter: char,
    name: String,
    share: String,
}

/// What the template sees.
#[derive(Serialize)]
struct Page<'a> {
    name: String,
    map: Figure,
    head: &'a [(&'static str, bool)],
    rows: &'a [Vec<String>],
    command: &'a str,
}

/// The drawing.
#[derive(Serialize)]
struct Figure {
    title: String,
    alt: String,
    height: u32,
    axes: Vec<String>,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    areas: Vec<Area>,
    letters: Vec<Letter>,
    keys: Vec<Key>,
    now: Option<Now>,
    now_y: Option<String>,
    points: usize,
    live: bool,
}

/// The page of a map with the same as a table, and the command that writes this page again.
pub fn render(map: &Map<'_>, table: &Table, command: &str) -> Result<String> {
    let page = Page {
        name: one_line(map.name),
        map: drawn(map)?,
        head: &table.head,
        rows: &table.rows,
        command,
    };
    super::sheet("map.html", format!("{}: decision map", page.name), &page)
}

fn drawn(map: &Map<'_>) -> Result<Figure> {
    let Some((across, up)) = map.axes.split_last() else {
        anyhow::bail!("a map needs an axis");
    };
    let up = up.first();
    let grid = Grid {
        map,
        columns: across.values.len(),
        rows: map.answers.len() / across.values.len(),
        order: seen(map.order, map.answers),
    };
    let stretches = grid.stretches();
    let today = |axis: usize| map.today.get(axis).copied().flatten();
    let now = today(map.axes.len() - 1)
        .and_then(|v| Some((place(&across.values, v)?, across.field.show_rounded(v))))
        .map(|(at, text)| Now {
            x: percent(at),
            flip: at > 0.5,
            text: format!("now {text}"),
        });
    let now_y = up
        .zip(today(0))
        .and_then(|(axis, v)| place(&axis.values, v))
        .map(|at| percent(1.0 - at));
    let paths: Vec<&str> = map.axes.iter().map(|a| a.field.path()).collect();
    let title = format!("The answer over {}", paths.join(" and "));
    let named = |a: &Axis| format!("{} ({})", label(a.field), a.field.path());
    Ok(Figure {
        alt: format!("{title}. The areas are in the table below."),
        title,
        height: if up.is_some() { 380 } else { 90 },
        axes: map.axes.iter().map(named).collect(),
        x_ticks: ticks(across, false),
        y_ticks: up.map(|axis| ticks(axis, true)).unwrap_or_default(),
        areas: stretches.iter().map(|s| grid.area(s)).collect(),
        letters: grid.letters(&stretches),
        keys: grid.keys(),
        now,
        now_y,
        points: map.answers.len(),
        live: false,
    })
}

/// The points of a map in rows, and the answers with their places in the key.
struct Grid<'a> {
    map: &'a Map<'a>,
    columns: usize,
    rows: usize,
    order: Vec<&'a str>,
}

impl<'a> Grid<'a> {
    fn stretches(&self) -> Vec<Stretch<'a>> {
        let mut out = Vec::new();
        for (row, answers) in self.map.answers.chunks(self.columns).enumerate() {
            let mut from = 0;
            for stretch in answers.chunk_by(|a, b| a == b) {
                let to = from + stretch.len();
                out.push(Stretch {
                    answer: &stretch[0],
                    row,
                    from,
                    to,
                });
                from = to;
            }
        }
        out
    }

    fn area(&self, s: &Stretch<'_>) -> Area {
        let (columns, rows) = (self.columns as f64, self.rows as f64);
        Area {
            class: colour(&self.order, s.answer),
            x: percent(s.from as f64 / columns),
            y: percent((self.rows - 1 - s.row) as f64 / rows),
            width: percent((s.to - s.from) as f64 / columns),
            height: percent(1.0 / rows),
        }
    }

    /// The answers with their letters, in the order of the key.
    fn lettered(&self) -> impl Iterator<Item = (char, &'a str)> {
        let letters = (0..).map(|index| char::from(b'A' + index));
        letters.zip(self.order.iter().copied())
    }

    fn letters(&self, stretches: &[Stretch<'_>]) -> Vec<Letter> {
        let letter = |(letter, answer): (char, &str)| {
            let middle = middle(answer, stretches)?;
            Some(Letter {
                letter,
                x: percent((middle.from + middle.to) as f64 / 2.0 / self.columns as f64),
                y: percent(1.0 - (middle.row as f64 + 0.5) / self.rows as f64),
            })
        };
        self.lettered().filter_map(letter).collect()
    }

    fn keys(&self) -> Vec<Key> {
        let all = self.map.answers;
        let name = |answer: &str| {
            let service = self.map.names.get(answer).map(String::as_str);
            outcome(answer).or(service).unwrap_or(answer).to_owned()
        };
        let key = |(letter, answer): (char, &str)| {
            let count = all.iter().filter(|a| *a == answer).count();
            (count > 0).then(|| Key {
                class: colour(&self.order, answer),
                letter,
                name: name(answer),
                share: format!("{count} of {}", all.len()),
            })
        };
        self.lettered().filter_map(key).collect()
    }
}

/// The areas in words: `A DynamoDB, 12 of 900; …`.
fn said(keys: &[Key]) -> String {
    let key = |k: &Key| format!("{} {}, {} points", k.letter, k.name, k.share);
    keys.iter().map(key).collect::<Vec<_>>().join("; ")
}

/// Neighbouring points of a row with the same answer.
struct Stretch<'a> {
    answer: &'a str,
    row: usize,
    from: usize,
    to: usize,
}

/// The widest stretch of an answer in the row that halves its area.
fn middle<'s, 'a>(answer: &str, all: &'s [Stretch<'a>]) -> Option<&'s Stretch<'a>> {
    let width = |s: &Stretch<'_>| s.to - s.from;
    let mine = || all.iter().filter(|s| s.answer == answer);
    let half = mine().map(width).sum::<usize>().div_ceil(2);
    let mut below = 0;
    let row = mine().find_map(|s| {
        below += width(s);
        (below >= half).then_some(s.row)
    })?;
    mine().filter(|s| s.row == row).max_by_key(|s| width(s))
}

/// The answers with a fixed place, then the others in the order in which they appear.
fn seen<'a>(fixed: &'a [String], answers: &'a [String]) -> Vec<&'a str> {
    let mut order: Vec<&str> = fixed.iter().map(String::as_str).collect();
    for answer in answers {
        if !order.contains(&answer.as_str()) {
            order.push(answer);
        }
    }
    order
}

fn colour(order: &[&str], answer: &str) -> String {
    let services = order.iter().filter(|a| outcome(a).is_none());
    match services.into_iter().position(|a| *a == answer) {
        Some(index) => format!("fill{}", index % COLOURS + 1),
        None if answer == Outcome::NoCache.word() => "track".to_owned(),
        None => "fill6".to_owned(),
    }
}

/// Where a value lies among the points of an axis, as a share of its length; `None` outside of it. Points are
/// evenly spread by the logarithm, so that a value between two of them is too.
fn place(values: &[Decimal], value: Decimal) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    if value < values[0] || value > values[last] {
        return None;
    }
    let after = values.partition_point(|v| *v < value);
    let index = match after.checked_sub(1) {
        None => 0.0,
        Some(before) => {
            let (low, high, here) = (float(values[before]), float(values[after]), float(value));
            let part = if low > 0.0 {
                (here / low).ln() / (high / low).ln()
            } else {
                (here - low) / (high - low)
            };
            before as f64 + part
        }
    };
    Some((index + 0.5) / values.len() as f64)
}

fn ticks(axis: &Axis, from_top: bool) -> Vec<Tick> {
    let ends = |mut values: std::slice::Iter<'_, Decimal>| {
        let low = values.find(|v| !v.is_zero()).copied();
        low.zip(axis.values.last().copied())
    };
    let Some((low, high)) = ends(axis.values.iter()) else {
        return Vec::new();
    };
    let unit = unit(axis.field);
    let at = |value: f64| {
        let at = place(&axis.values, Decimal::from_f64_retain(value)?.round_dp(9))?;
        Some(percent(if from_top { 1.0 - at } else { at }))
    };
    let values = Scale::new(float(low), float(high)).ticks(unit);
    values
        .into_iter()
        .filter_map(|value| {
            Some(Tick {
                at: at(value)?,
                label: unit.label(value),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_between_the_middles_of_their_cells() {
        let values: Vec<Decimal> = [1, 10, 100, 1000].map(Decimal::from).into();
        assert_eq!(place(&values, Decimal::ONE), Some(0.125));
        assert_eq!(place(&values, Decimal::from(100)), Some(0.625));
        assert_eq!(place(&values, Decimal::from(1000)), Some(0.875));
        assert_eq!(place(&values, Decimal::from(1001)), None);
    }

    #[test]
    fn outcomes_keep_their_colours_beside_five_services() {
        let order = ["a", "no-cache", "b", "c", "none-fits", "d", "e"];
        let classes: Vec<String> = order.iter().map(|a| colour(&order, a)).collect();
        assert_eq!(
            classes,
            [
                "fill1", "track", "fill2", "fill3", "fill6", "fill4", "fill5"
            ]
        );
    }
}
