//! The controls of the page: which fields, over which values, in which words.
//!
//! A slider is a table of values in the form a profile takes, so that a page needs no units and no rounding of its own.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;

use crate::analysis::sweep::Axis;
use crate::analysis::{float, search};
use crate::domain::catalog::Catalog;
use crate::domain::field::{self, Field, NumField, Shape, Unit};
use crate::domain::price::PriceBook;
use crate::domain::profile::Profile;
use crate::domain::units::{Bytes, Quantity};
use crate::text::one_line;
use crate::workload::Resolved;

/// The fields with a control: the quantities first, then the words.
const PATHS: [&str; 15] = [
    "traffic.reads",
    "traffic.writes",
    "data.item_size",
    "data.working_set",
    "data.hit_ratio",
    "data.ttl",
    "traffic.active_hours",
    "latency",
    "region",
    "optimize_for",
    "private_access",
    "scale_to_zero",
    "requirements.availability",
    "requirements.durability",
    "requirements.consistency",
];
/// Steps of a slider; two that round to the same text are one.
const STEPS: usize = 101;
/// Values of an axis of the map.
const POINTS: usize = 36;

/// One control.
#[derive(Clone, Debug, Serialize)]
pub struct Control {
    /// Field.
    pub path: &'static str,
    /// The path as a name in a page.
    pub id: String,
    /// Its heading.
    pub label: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Texts of the slider; empty for a choice.
    pub values: Vec<String>,
    /// Words and what people call them; empty for a slider.
    pub choices: Vec<(String, String)>,
    /// What the profile says.
    pub state: State,
    /// A field that every profile states.
    #[serde(skip)]
    required: bool,
    /// The numbers of the texts.
    #[serde(skip)]
    numbers: Vec<Decimal>,
}

/// What a case says of a control.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct State {
    /// The value, as it was typed where somebody did.
    pub text: String,
    /// Place of the nearest step of a slider.
    pub at: Option<usize>,
    /// Does nobody say it?
    pub assumed: bool,
}

/// The controls of a profile.
pub(super) fn of(base: &Resolved, catalog: &Catalog, book: &PriceBook) -> Vec<Control> {
    let fields = PATHS.iter().filter_map(|path| field::find(path));
    let made = fields.map(|f| control(f, base, catalog, book));
    made.filter(|c| c.values.len() > 1 || c.choices.len() > 1)
        .collect()
}

fn control(field: &'static Field, base: &Resolved, catalog: &Catalog, book: &PriceBook) -> Control {
    let number = NumField::from_path(field.path);
    let numbers = number.map_or(Vec::new(), |n| steps(n, &base.profile));
    let values = number.map_or(Vec::new(), |n| numbers.iter().map(|v| n.show(*v)).collect());
    let mut control = Control {
        path: field.path,
        id: field.path.replace('.', "-"),
        label: field.label,
        meaning: field.meaning,
        values,
        choices: choices(field, catalog, book),
        state: State {
            text: String::new(),
            at: None,
            assumed: false,
        },
        required: field.required,
        numbers,
    };
    control.state = control.of(base, &base.typed());
    control
}

/// What every control says in a case.
pub(super) fn state(controls: &[Control], case: &Resolved) -> BTreeMap<&'static str, State> {
    let typed = case.typed();
    let all = controls.iter();
    all.map(|c| (c.path, c.of(case, &typed))).collect()
}

impl Control {
    fn of(&self, case: &Resolved, typed: &BTreeMap<String, String>) -> State {
        let profile = &case.profile;
        let number = NumField::from_path(self.path).and_then(|n| profile.number(n).map(|v| (n, v)));
        let said = case.places.contains_key(self.path);
        let text = typed.get(self.path).map(|t| one_line(t.trim()));
        // A latency of two parts is shown by its first, the number of the slider.
        let text = text.filter(|t| said && !t.starts_with('{'));
        let word = || {
            let json = field::find(self.path).and_then(|f| f.json(profile));
            json.and_then(|j| j.as_str().map(str::to_owned))
        };
        let shown = match (text, number) {
            (Some(text), Some(_)) => text,
            (None, Some((field, value))) => field.show_rounded(value),
            (_, None) => word().unwrap_or_else(|| "none".to_owned()),
        };
        State {
            text: shown,
            at: number.map(|(_, value)| nearest(&self.numbers, value)),
            assumed: !said && !self.required,
        }
    }

    /// The step nearest to a value.
    pub(super) fn nearest(&self, value: Decimal) -> usize {
        nearest(&self.numbers, value)
    }

    /// An axis of the map over the values of a slider.
    pub(super) fn axis(&self) -> Option<Axis> {
        let field = NumField::from_path(self.path)?;
        let (low, high) = (*self.numbers.first()?, *self.numbers.last()?);
        let values = if field.unit().is_linear() {
            let part = |i| low + (high - low) * Decimal::from(i) / Decimal::from(POINTS - 1);
            (0..POINTS).map(part).collect()
        } else {
            let mut all = search::log_grid((low, high), POINTS);
            all.dedup();
            all
        };
        Some(Axis { field, values })
    }
}

/// The step nearest to a value, by its logarithm where the steps are powers.
fn nearest(steps: &[Decimal], value: Decimal) -> usize {
    let after = steps.partition_point(|v| *v < value);
    let Some(below) = after.checked_sub(1) else {
        return 0;
    };
    match steps.get(after) {
        None => below,
        Some(above) => {
            let (low, high, here) = (float(steps[below]), float(*above), float(value));
            let is_near = if low > 0.0 {
                here * here < low * high
            } else {
                here - low < high - here
            };
            if is_near { below } else { after }
        }
    }
}

/// Round values over what a person may plausibly answer and what the profile says.
fn steps(field: NumField, profile: &Profile) -> Vec<Decimal> {
    let (mut low, mut high) = (field.number().plausible)(profile);
    // The questionnaire asks for round numbers; a what-if goes further.
    if !field.unit().is_linear() {
        high *= Decimal::TEN;
    }
    if let Some(at) = profile.number(field) {
        low = low.min(at);
        high = high.max(at);
    }
    let grid = if field.unit().is_linear() {
        let count = Decimal::from(STEPS - 1);
        (0..STEPS)
            .map(|i| (low + (high - low) * Decimal::from(i) / count).round_dp(2))
            .collect()
    } else {
        search::log_grid((low, high), STEPS)
    };
    let mut out: Vec<Decimal> = grid.into_iter().map(|v| round(field.unit(), v)).collect();
    out.dedup();
    out
}

/// Two digits in the unit in which people say it.
fn round(unit: Unit, value: Decimal) -> Decimal {
    let of = |value: Decimal| value.round_sf(2).unwrap_or(value);
    let in_units = |factors: &[u64]| {
        let fits = |f: &&u64| value >= Decimal::from(**f);
        let factor = Decimal::from(factors.iter().rev().find(fits).copied().unwrap_or(1));
        of(value / factor) * factor
    };
    match unit {
        Unit::Bytes => {
            let rounded = in_units(&[1, 1 << 10, 1 << 20, 1 << 30, 1 << 40]);
            // A part of a byte is none.
            Bytes::from_value(rounded.round()).value()
        }
        Unit::Duration => in_units(&[1, 1_000, 60_000, 3_600_000, 86_400_000]),
        Unit::Share => value.round_dp(2),
        Unit::Hours => value.round(),
        Unit::Rate | Unit::Count | Unit::Dollars => of(value),
    }
}

/// Words of a field; Regions that the book has prices of.
fn choices(field: &Field, catalog: &Catalog, book: &PriceBook) -> Vec<(String, String)> {
    match field.shape {
        Shape::Region => {
            let priced = |code: &str| book.regions.contains_key(code);
            let regions = catalog.regions.iter().filter(|r| priced(&r.code));
            regions
                .map(|r| (r.code.clone(), format!("{}, {}", r.code, r.name)))
                .collect()
        }
        Shape::Word(words) => {
            let words = words().into_iter();
            words.map(|w| (w.to_owned(), w.replace('-', " "))).collect()
        }
        _ => Vec::new(),
    }
}
