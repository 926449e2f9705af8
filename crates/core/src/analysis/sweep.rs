//! Decision maps: the answer over one or two numbers of the profile.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::search::{log_grid, put};
use crate::catalog::number_text;
use crate::decide::{Engine, Scratch};
use crate::domain::decision::{Cost, Outcome};
use crate::domain::field;
use crate::domain::profile::{NumField, Profile};

/// One axis of a map, such as `traffic.reads=10/s..100k/s` or `…@200` for 200 points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Which number.
    pub field: NumField,
    /// Values, ascending.
    pub values: Vec<Decimal>,
}

/// Most points of an axis, and of a map.
pub const MOST: usize = 1_000_000;
/// Points of an axis unless it says otherwise.
const POINTS: usize = 25;

impl FromStr for Axis {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (path, range) = text
            .split_once('=')
            .ok_or("an axis is FIELD=LOW..HIGH, such as traffic.reads=10/s..100k/s")?;
        let field = NumField::from_path(path.trim()).ok_or_else(|| unknown(path))?;
        let (range, count) = range
            .split_once('@')
            .map_or((range, None), |(r, n)| (r, Some(n)));
        let count = count.map_or(Ok(POINTS), |n| {
            n.trim()
                .parse::<usize>()
                .map_err(|_| format!("`{n}` is not a number of points"))
        })?;
        let (low, high) = range
            .split_once("..")
            .ok_or_else(|| format!("`{range}` is not LOW..HIGH"))?;
        let (low, high) = (
            number_text(field, low.trim())?,
            number_text(field, high.trim())?,
        );
        if low >= high || !(2..=MOST).contains(&count) {
            return Err(format!(
                "`{text}` needs a low end below its high end and 2 to 1,000,000 points"
            ));
        }
        let mut values = log_grid((low, high), count.max(2));
        values.truncate(count.max(2));
        if let Some(last) = values.last_mut() {
            *last = high;
        }
        Ok(Self { field, values })
    }
}

/// A path that is no number: the one that is meant, or all there are.
fn unknown(path: &str) -> String {
    let near = field::nearest(path.trim()).filter(|near| NumField::from_path(near).is_some());
    let rest = near.map_or_else(
        || {
            let known: Vec<&str> = NumField::all().map(NumField::path).collect();
            format!("numbers are {}", known.join(", "))
        },
        |near| format!("did you mean `{near}`?"),
    );
    format!("`{path}` is not a number of the profile; {rest}")
}

/// One point of a map.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// How it ended there.
    pub outcome: Outcome,
    /// Slot of the best eligible variant.
    pub best: Option<usize>,
    /// Its cost.
    pub cost: Option<Cost>,
}

/// Walks the map point by point, the last axis fastest. Nothing is kept: a million points need no memory.
pub fn sweep(
    engine: &Engine<'_>,
    profile: &Profile,
    axes: &[Axis],
    visit: &mut dyn FnMut(&[Decimal], Point),
) {
    let mut scratch = engine.scratch(profile);
    let mut probe = profile.clone();
    let mut at = vec![Decimal::ZERO; axes.len()];
    walk(engine, &mut probe, axes, &mut at, 0, &mut scratch, visit);
}

fn walk(
    engine: &Engine<'_>,
    probe: &mut Profile,
    axes: &[Axis],
    at: &mut [Decimal],
    depth: usize,
    scratch: &mut Scratch,
    visit: &mut dyn FnMut(&[Decimal], Point),
) {
    let Some(axis) = axes.get(depth) else {
        let ranking = engine.rank(probe, scratch);
        let cost = ranking.best.map(|slot| Engine::evals(scratch)[slot].cost);
        visit(
            at,
            Point {
                outcome: ranking.outcome,
                best: ranking.best,
                cost,
            },
        );
        return;
    };
    for value in &axis.values {
        put(probe, axis.field, *value);
        at[depth] = *value;
        walk(engine, probe, axes, at, depth + 1, scratch, visit);
    }
}
