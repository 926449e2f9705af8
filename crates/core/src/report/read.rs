//! A report that was written earlier, read again by the keys of the contract.
//!
//! Every key is named through the rows of the mirror: a renamed one does not compile. Reports of other versions
//! may lack any of them, so everything may be absent.

use std::str::FromStr as _;

use rust_decimal::Decimal;
use serde_json::Value;

use super::json;

/// The pointer to a key of the contract, through the rows of its mirror.
macro_rules! key {
    ($($row:ident.$key:ident)/+) => {{
        $(const _: fn(&json::$row) = |row| { let _ = &row.$key; };)+
        concat!($("/", stringify!($key)),+)
    }};
}

/// A report as JSON.
#[derive(Clone, Copy)]
pub struct Written<'v>(pub &'v Value);

/// A row of its candidates.
#[derive(Clone, Copy)]
pub struct Row<'v>(&'v Value);

/// A line of a bill.
#[derive(Clone, Copy)]
pub struct Line<'v>(&'v Value);

fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer)?.as_str()
}

fn amount(value: &Value, pointer: &str) -> Option<Decimal> {
    Decimal::from_str(text(value, pointer)?).ok()
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    let list = value.pointer(pointer).and_then(Value::as_array);
    list.into_iter().flatten()
}

/// Codes and texts of a list of sentences.
fn remarks<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = (&'v str, &'v str)> {
    let part = |v, pointer| text(v, pointer).unwrap_or_default();
    list(value, pointer).map(move |v| (part(v, key!(NoteRow.code)), part(v, key!(NoteRow.text))))
}

impl<'v> Written<'v> {
    /// The profile in canonical units.
    pub fn profile(self) -> Option<&'v Value> {
        self.0.pointer(key!(Json.profile))
    }

    /// Name of the profile; empty where there is none.
    pub fn name(self) -> &'v str {
        let name = self.profile().and_then(|p| text(p, "/name"));
        name.unwrap_or_default()
    }

    /// `recommended`, `none-fits` or `no-cache`.
    pub fn outcome(self) -> &'v str {
        text(self.0, key!(Json.outcome)).unwrap_or_default()
    }

    /// The recommended service.
    pub fn service(self) -> Option<&'v str> {
        text(self.0, key!(Json.recommendation / Recommendation.service))
    }

    /// Its variant.
    pub fn variant(self) -> Option<&'v str> {
        text(self.0, key!(Json.recommendation / Recommendation.variant))
    }

    /// The service that came second.
    pub fn runner_up(self) -> Option<&'v str> {
        text(
            self.0,
            key!(Json.recommendation / Recommendation.runner_up / Reference.service),
        )
    }

    /// The best candidate where no cache is the answer, with its variant.
    pub fn best(self) -> Option<(&'v str, Option<&'v str>)> {
        let service = text(self.0, key!(Json.best_candidate / Reference.service))?;
        let variant = text(self.0, key!(Json.best_candidate / Reference.variant));
        Some((service, variant))
    }

    /// Expected USD a month of the recommended service.
    pub fn cost(self) -> Option<Decimal> {
        amount(
            self.0,
            key!(Json.recommendation / Recommendation.monthly_cost / CostRow.expected),
        )
    }

    /// Every part of that cost is known; also where nothing is recommended.
    pub fn is_complete(self) -> bool {
        let complete = key!(Json.recommendation / Recommendation.monthly_cost / CostRow.complete);
        let complete = self.0.pointer(complete);
        complete.is_none_or(|c| *c == Value::Bool(true))
    }

    /// Expected USD a month that it saves.
    pub fn saving(self) -> Option<Decimal> {
        amount(
            self.0,
            key!(Json.recommendation / Recommendation.net_monthly_saving / SavingRow.expected),
        )
    }

    /// How sure the answer is: that of the recommendation, or of the outcome without one.
    fn verdict(self) -> Option<&'v Value> {
        let own = self.0.pointer(key!(Json.recommendation));
        match own.filter(|r| !r.is_null()) {
            Some(own) => own.pointer(key!(Recommendation.verdict)),
            None => self.0.pointer(key!(Json.verdict)),
        }
    }

    /// `clear`, `close` or `open`.
    pub fn level(self) -> Option<&'v str> {
        self.verdict().and_then(|v| text(v, key!(VerdictRow.level)))
    }

    /// Why, in a sentence.
    pub fn why(self) -> Option<&'v str> {
        self.verdict().and_then(|v| text(v, key!(VerdictRow.why)))
    }

    /// Points to the best of another service.
    pub fn margin(self) -> Option<f64> {
        let points = self.verdict()?.pointer(key!(VerdictRow.margin_points))?;
        points.as_f64()
    }

    /// Origin and newest date of the prices.
    pub fn prices(self) -> [&'v str; 2] {
        [
            key!(Json.tool / Tool.prices / Prices.origin),
            key!(Json.tool / Tool.prices / Prices.as_of),
        ]
        .map(|pointer| text(self.0, pointer).unwrap_or_default())
    }

    /// Hash of the catalog.
    pub fn catalog(self) -> &'v str {
        text(self.0, key!(Json.tool / Tool.catalog)).unwrap_or_default()
    }

    /// Version of the program.
    pub fn version(self) -> &'v str {
        text(self.0, key!(Json.tool / Tool.version)).unwrap_or_default()
    }

    /// Its candidates.
    pub fn candidates(self) -> impl Iterator<Item = Row<'v>> {
        list(self.0, key!(Json.candidates)).map(Row)
    }

    /// Codes and texts of its notes.
    pub fn notes(self) -> impl Iterator<Item = (&'v str, &'v str)> {
        remarks(self.0, key!(Json.notes))
    }
}

impl<'v> Row<'v> {
    /// Name for people.
    pub fn name(self) -> &'v str {
        text(self.0, key!(CandidateRow.name)).unwrap_or_default()
    }

    /// Service id and variant.
    pub fn pick(self) -> (Option<&'v str>, Option<&'v str>) {
        let word = |pointer| text(self.0, pointer);
        let service = word(key!(CandidateRow.service));
        (service, word(key!(CandidateRow.variant)))
    }

    /// `eligible`, `ruled-out` or `comparison`.
    pub fn verdict(self) -> &'v str {
        text(self.0, key!(CandidateRow.verdict)).unwrap_or_default()
    }

    /// Expected USD a month.
    pub fn cost(self) -> Option<Decimal> {
        amount(self.0, key!(CandidateRow.monthly_cost / CostRow.expected))
    }

    /// Points.
    pub fn score(self) -> Option<f64> {
        let total = key!(CandidateRow.score / ScoreRow.total);
        self.0.pointer(total)?.as_f64()
    }

    /// Codes and texts of what rules it out.
    pub fn reasons(self) -> impl Iterator<Item = (&'v str, &'v str)> {
        remarks(self.0, key!(CandidateRow.reasons))
    }

    /// Codes and texts of its cautions.
    pub fn cautions(self) -> impl Iterator<Item = (&'v str, &'v str)> {
        remarks(self.0, key!(CandidateRow.cautions))
    }

    /// Its bill.
    pub fn lines(self) -> impl Iterator<Item = Line<'v>> {
        list(self.0, key!(CandidateRow.line_items)).map(Line)
    }
}

impl<'v> Line<'v> {
    /// Service that owns the meter.
    pub fn service(self) -> Option<&'v str> {
        text(self.0, key!(LineRow.service))
    }

    /// Meter id.
    pub fn meter(self) -> Option<&'v str> {
        text(self.0, key!(LineRow.meter))
    }

    /// Region, when it is not the home Region.
    pub fn region(self) -> Option<&'v str> {
        text(self.0, key!(LineRow.region))
    }

    /// USD of a unit.
    pub fn unit_price(self) -> Option<Decimal> {
        amount(self.0, key!(LineRow.unit_price))
    }

    /// Units a month.
    pub fn quantity(self) -> Option<Decimal> {
        amount(self.0, key!(LineRow.quantity))
    }

    /// Unit.
    pub fn unit(self) -> Option<&'v str> {
        text(self.0, key!(LineRow.unit))
    }

    /// USD a month.
    pub fn cost(self) -> Option<Decimal> {
        amount(self.0, key!(LineRow.cost))
    }

    /// An always-free allowance covers it.
    pub fn free(self) -> Option<bool> {
        self.0.pointer(key!(LineRow.free_tier))?.as_bool()
    }

    /// The price is that of other Regions.
    pub fn is_assumed(self) -> bool {
        self.0.pointer(key!(LineRow.assumed)).is_some()
    }
}
