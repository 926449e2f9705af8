//! A map of two numbers as letters: the first axis to the right, the second upwards, a letter for each answer.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::{short, walk};
use crate::analysis::sweep::Axis;
use crate::decide::Engine;
use crate::domain::catalog::{Catalog, Service};
use crate::domain::decision::{Cost, Outcome, Pick};
use crate::domain::profile::Profile;
use crate::report::text::Layout;

/// Most letters of a row, and rows: with title and scale a screen of 24 lines holds them.
const COLUMNS: usize = 32;
const ROWS: usize = 13;

/// One answer of the map.
struct Answer {
    letter: char,
    name: String,
    low: Option<Cost>,
    high: Option<Cost>,
}

/// Draws the map.
pub(super) fn draw(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: [&Axis; 2],
    layout: Layout,
) -> String {
    let [across, up] = axes.map(|axis| thinned(axis, axis.field == axes[0].field));
    let mut cells: Vec<Vec<char>> = Vec::new();
    let mut answers: Vec<(Pick, Answer)> = Vec::new();
    // The last axis is the fastest, so the rows of the walk are columns of the map.
    walk(
        engine,
        profile,
        &[up.clone(), across.clone()],
        |at, pick, cost| {
            if at[1] == across.values[0] {
                cells.push(Vec::new());
            }
            let letter = noted(&mut answers, pick, cost, engine.catalog());
            cells
                .last_mut()
                .into_iter()
                .for_each(|row| row.push(letter));
        },
    );
    let own = [&up, &across].map(|axis| nearest(axis, profile));
    if let [Some(row), Some(column)] = own {
        cells[row][column] = '*';
    }
    let mut legend: Vec<String> = answers.iter().map(|(_, a)| a.line()).collect();
    if own.iter().all(Option::is_some) {
        legend.push("* you".to_owned());
    }
    sheet(profile, [&across, &up], &cells, &legend, layout)
}

/// So many values of an axis that the map fits a screen, both ends among them.
fn thinned(axis: &Axis, is_across: bool) -> Axis {
    let most = if is_across { COLUMNS } else { ROWS };
    let count = axis.values.len();
    if count <= most {
        return axis.clone();
    }
    let kept = (0..most).map(|i| axis.values[i * (count - 1) / (most - 1)]);
    Axis {
        field: axis.field,
        values: kept.collect(),
    }
}

/// The letter of an answer; its cost is noted.
fn noted(
    answers: &mut Vec<(Pick, Answer)>,
    pick: Pick,
    cost: Option<Cost>,
    catalog: &Catalog,
) -> char {
    let known = answers.iter().position(|(p, _)| *p == pick);
    let place = known.unwrap_or_else(|| {
        let taken: Vec<char> = answers.iter().map(|(_, a)| a.letter).collect();
        let answer = Answer {
            letter: letter(&pick, &taken, catalog),
            name: name(&pick, catalog),
            low: None,
            high: None,
        };
        answers.push((pick, answer));
        answers.len() - 1
    });
    let answer = &mut answers[place].1;
    if let Some(cost) = cost {
        let less = |old: Option<Cost>| old.is_none_or(|o| cost.known < o.known);
        let more = |old: Option<Cost>| old.is_none_or(|o| cost.known > o.known);
        if less(answer.low) {
            answer.low = Some(cost);
        }
        if more(answer.high) {
            answer.high = Some(cost);
        }
    }
    answer.letter
}

impl Answer {
    fn line(&self) -> String {
        let head = format!("{} {}", self.letter, self.name);
        match (self.low, self.high) {
            (Some(low), Some(high)) if low.known != high.known => {
                format!("{head}, {low} to {high}")
            }
            (Some(low), _) => format!("{head}, {low}"),
            _ => head,
        }
    }
}

/// A letter that says who it is: of the engine where people call it by that, else of the service; small for its second
/// variant; the next free one where that is taken. An outcome that is no service is a sign.
fn letter(pick: &Pick, taken: &[char], catalog: &Catalog) -> char {
    let Some(service) = catalog.service(&pick.service) else {
        return if pick.service == Outcome::NoCache.word() {
            '.'
        } else {
            '-'
        };
    };
    let first = |text: &str| text.chars().next().map(|c| c.to_ascii_uppercase());
    let variant = service.variants.iter().find(|v| v.id == pick.variant);
    let own = variant
        .filter(|v| !v.also.is_empty())
        .and_then(|v| first(v.also[0].as_str()));
    let of_service = first(&service.id);
    let wished = own.into_iter().chain(of_service);
    let small = of_service.map(|c| c.to_ascii_lowercase());
    let free = |c: &char| !taken.contains(c);
    wished
        .chain(small)
        .chain('A'..='Z')
        .chain('a'..='z')
        .find(free)
        .unwrap_or('?')
}

fn name(pick: &Pick, catalog: &Catalog) -> String {
    let of = |service: &Service| {
        let variant = service.variants.iter().find(|v| v.id == pick.variant);
        let name = variant.map(|v| &v.name).filter(|name| !name.is_empty());
        name.unwrap_or(&service.name).clone()
    };
    catalog
        .service(&pick.service)
        .map_or_else(|| pick.service.clone(), of)
}

/// The place on an axis that is nearest to what the profile says, by ratio; none outside of it.
fn nearest(axis: &Axis, profile: &Profile) -> Option<usize> {
    let own = profile.number(axis.field)?;
    let (low, high) = (axis.values.first()?, axis.values.last()?);
    if own < *low || own > *high {
        return None;
    }
    let far = |value: Decimal| {
        let (small, large) = (value.min(own), value.max(own));
        if small.is_zero() {
            large
        } else {
            large / small
        }
    };
    let all = axis.values.iter().enumerate();
    all.min_by_key(|(_, v)| far(**v)).map(|(i, _)| i)
}

/// Title, rows from the top down with the legend beside them, and the scale of the first axis.
fn sheet(
    profile: &Profile,
    [across, up]: [&Axis; 2],
    cells: &[Vec<char>],
    legend: &[String],
    layout: Layout,
) -> String {
    let mut labels: BTreeMap<usize, String> = BTreeMap::new();
    for place in [0, cells.len() / 2, cells.len() - 1] {
        labels.insert(place, short(up, up.values[place]));
    }
    let wide = labels
        .values()
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(0);
    let columns = across.values.len();
    let beside = wide + 4 + columns + 4;
    let fits = legend
        .iter()
        .all(|l| beside + l.chars().count() <= layout.width)
        && legend.len() <= cells.len();
    let title = format!(
        "{}: the answer over {} and {}",
        profile.name,
        across.field.path(),
        up.field.path()
    );
    let mut out = layout.wrap(&title, "", "") + "\n\n";
    let _ = writeln!(out, "  {}", up.field.path());
    for (line, place) in (0..cells.len()).rev().enumerate() {
        let label = labels.get(&place).map_or("", String::as_str);
        let letters: String = cells[place].iter().collect();
        let told = legend.get(line).filter(|_| fits).map_or("", String::as_str);
        let row = format!("  {label:>wide$}  {letters}    {told}");
        let _ = writeln!(out, "{}", row.trim_end());
    }
    let _ = writeln!(out, "  {:wide$}  {}", "", scale(across, columns));
    let _ = writeln!(out, "  {:wide$}  {}", "", across.field.path());
    if !fits {
        out.push('\n');
        for line in legend {
            let _ = writeln!(out, "{}", layout.wrap(line, "  ", "    "));
        }
    }
    out
}

/// The first, the middle and the last value under their columns.
fn scale(axis: &Axis, columns: usize) -> String {
    let [low, middle, high] = [0, columns / 2, columns - 1].map(|i| short(axis, axis.values[i]));
    let mut out = low;
    let mut put = |text: &str, at: usize| {
        let used = out.chars().count();
        // A value is left out where it would run into the one before.
        if at > used {
            let _ = write!(out, "{}{text}", " ".repeat(at - used));
        }
    };
    put(&middle, columns / 2);
    let end = columns.saturating_sub(high.chars().count());
    put(&high, end.max(1));
    out
}
