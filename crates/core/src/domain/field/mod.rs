//! What a profile field is, and the handles by which numbers and words of a profile are named.
//!
//! [`FIELDS`] in `table.rs` is the one table; its header says how to add a field. Reading, defaults, the
//! JSON Schema, the profile in a report, assumptions, what to relax, what else to try, rules, charts and
//! the questionnaire all follow from it.

mod ask;
mod assumed;
mod change;
mod json;
mod kind;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::catalog::WordSet;
use super::decision::Baseline;
use super::profile::Profile;
use crate::text::did_you_mean;
pub use ask::{Ask, Given, StandIn, When};
pub use change::{Said, Step, lighter, other_values, relaxations, with_word};
pub use json::monthly;
pub use kind::{Choice, Ends, Number, Shape, Text, Unit, Value, Weaker, Whole, words};
pub use table::{DEPLOYMENT_LISTS, DEPLOYMENT_SWITCHES, DEPLOYMENT_VALUES, FIELDS, MEASURED};

/// What an unstated field is listed with among the assumptions of a report.
#[derive(Clone, Copy)]
pub enum Assumed {
    /// Not at all: it is required, or its absence assumes nothing.
    Never,
    /// The value that holds, or the words of the default where there is none.
    Value,
    /// The value with the words of the default, from which it is computed.
    Computed,
    /// The middle of a range that stands for it, with the range.
    Range,
    /// What the decision found.
    By(fn(&Profile, &Baseline) -> String),
    /// What stands for it at the edge; elsewhere there is nothing to assume.
    AtEdge(fn(&Profile) -> String),
}

/// How a field stands in the profile of a report.
#[derive(Clone, Copy)]
pub enum Shown {
    /// As its value.
    Plain,
    /// As a structure of its own.
    As(fn(&Profile) -> Json),
    /// Not at all.
    Never,
}

/// Whether a must-have can be relaxed.
#[derive(Clone, Copy)]
pub enum Relax {
    /// No: no service fails for it alone.
    Never,
    /// By weaker words, at this place in the order of what is tried.
    Words(u8),
    /// In the same way, from `required` to `preferred`; a preference rules nothing out, but has a price too.
    Needs(u8),
    /// In the same way, but it is what the workload is, not what somebody wishes: it has no price.
    Facts(u8),
    /// By larger numbers. They come after all words, because what words rule out need not be judged again.
    Numbers(&'static Tolerances),
}

/// Values at which the catalog's services begin to fit.
pub struct Tolerances {
    /// What the profile tolerates now.
    pub now: fn(&Profile) -> Option<Decimal>,
    /// What is tried instead, where it is more; base unit.
    pub tried: &'static [u32],
    /// Tolerates so much.
    pub set: fn(&mut Profile, Decimal),
    /// Takes the tolerance over from another profile.
    pub copy: fn(&Profile, &mut Profile),
}

/// One field of the profile.
#[derive(Clone, Copy)]
pub struct Field {
    /// Dotted path.
    pub path: &'static str,
    /// A heading for people.
    pub label: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Typical values, for the questionnaire; empty where nobody is asked.
    pub typical: &'static str,
    /// Required.
    pub required: bool,
    /// Default in words; empty when there is none.
    pub default: &'static str,
    /// The default where it depends on what was stated; applied in the order of the table.
    pub follows: Option<fn(&mut Profile)>,
    /// What it accepts.
    pub shape: Shape,
    /// What it is.
    pub value: Value,
    /// How it stands in a report.
    pub shown: Shown,
    /// What is assumed of it.
    pub assumed: Assumed,
    /// What is weaker.
    pub relax: Relax,
    /// How it is asked for.
    pub ask: Ask,
    /// Is the field part of a profile's hash although nobody stated it? Yes for the fields of the first
    /// release; of later ones only what is stated, so that a new field leaves the hashes of old profiles alone.
    pub hashed_unstated: bool,
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?})", self.path, self.value)
    }
}

impl PartialEq for Field {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Field {
    /// Section and key; the section of a root field is empty.
    pub fn place(&self) -> (&'static str, &'static str) {
        self.path.split_once('.').unwrap_or(("", self.path))
    }

    /// May `unknown` be written out, because nothing is known unless it is stated?
    pub fn can_be_unknown(&self) -> bool {
        self.default.starts_with("unknown")
    }

    /// Does a range of the catalog stand for it where nobody says it?
    pub const fn is_assumed_range(&self) -> bool {
        matches!(self.assumed, Assumed::Range)
    }

    /// Its value for a report; `None` is not shown.
    pub fn json(&self, profile: &Profile) -> Option<Json> {
        match self.shown {
            Shown::Never => None,
            Shown::As(of) => Some(of(profile)),
            Shown::Plain => Some(json::plain(self, profile)),
        }
    }
}

/// The field of a path.
pub fn find(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.path == path)
}

/// The field that is meant by a path nobody knows: its last word alone, or something near it.
pub fn nearest(path: &str) -> Option<&'static str> {
    let typed = path.replace('-', "_");
    let last = FIELDS.iter().find(|f| f.place().1 == typed);
    let paths = || FIELDS.iter().map(|f| f.path);
    let by_key = || {
        let key = did_you_mean(&typed, FIELDS.iter().map(|f| f.place().1))?;
        FIELDS.iter().find(|f| f.place().1 == key).map(|f| f.path)
    };
    last.map(|f| f.path)
        .or_else(by_key)
        .or_else(|| did_you_mean(path, paths()))
}

/// The sections of a profile in their order, with their fields; the root first, its name is empty.
pub fn sections() -> Vec<(&'static str, Vec<&'static Field>)> {
    let mut out: Vec<(&str, Vec<&Field>)> = Vec::new();
    for field in FIELDS {
        let (section, _) = field.place();
        match out.iter_mut().find(|(name, _)| *name == section) {
            Some((_, fields)) => fields.push(field),
            None => out.push((section, vec![field])),
        }
    }
    out
}

/// Are two texts the same? Comparing texts with `==` is not possible in constants.
const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// A number of the profile, named by its row of the table: ranges, stability, sweeps, rules.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct NumField(u8);

/// Numbers that code computes with; all others are reached through the table only.
#[allow(non_upper_case_globals, reason = "read and matched like variants")]
impl NumField {
    /// `latency` (p50), milliseconds.
    pub const Latency: Self = Self::at("latency");
    /// `traffic.reads`, per second while active.
    pub const Reads: Self = Self::at("traffic.reads");
    /// `traffic.writes`, per second while active.
    pub const Writes: Self = Self::at("traffic.writes");
    /// `traffic.hottest_key_share`, 0..=1.
    pub const HottestKeyShare: Self = Self::at("traffic.hottest_key_share");
    /// `traffic.active_hours` per month.
    pub const ActiveHours: Self = Self::at("traffic.active_hours");
    /// `data.item_size`, bytes.
    pub const ItemSize: Self = Self::at("data.item_size");
    /// `data.bytes_per_read`.
    pub const BytesPerRead: Self = Self::at("data.bytes_per_read");
    /// `data.working_set`, bytes.
    pub const WorkingSet: Self = Self::at("data.working_set");
    /// `data.ttl`, milliseconds.
    pub const Ttl: Self = Self::at("data.ttl");
    /// `data.hit_ratio`, 0..=1.
    pub const HitRatio: Self = Self::at("data.hit_ratio");
    /// `origin.price_per_million_reads`, USD.
    pub const OriginPrice: Self = Self::at("origin.price_per_million_reads");
}

impl NumField {
    /// The number at a path; a wrong path does not compile.
    const fn at(path: &str) -> Self {
        let mut i = 0;
        while i < FIELDS.len() {
            if same(FIELDS[i].path, path) {
                assert!(matches!(FIELDS[i].value, Value::Number(_)));
                return Self(i as u8);
            }
            i += 1;
        }
        panic!("no field has this path")
    }

    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        let numbered = (0..).map(Self).zip(FIELDS);
        numbered.filter_map(|(number, f)| matches!(f.value, Value::Number(_)).then_some(number))
    }

    /// The field of a path, if it is a number.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::all().find(|f| f.path() == path)
    }

    /// Its row.
    pub fn field(self) -> &'static Field {
        &FIELDS[usize::from(self.0)]
    }

    /// What its row says of numbers.
    pub fn number(self) -> &'static Number {
        match self.field().value {
            Value::Number(number) => number,
            _ => unreachable!("a number field is made from the row of a number only"),
        }
    }

    /// Path in the profile.
    pub fn path(self) -> &'static str {
        self.field().path
    }

    /// In what it counts.
    pub fn unit(self) -> Unit {
        self.number().unit
    }

    /// A value of this field in the form a profile accepts.
    pub fn show(self, value: Decimal) -> String {
        self.unit().show(value)
    }

    /// The last value above or below a change: nobody has a fraction of a byte.
    pub fn last(self, value: Decimal, above: bool) -> Decimal {
        match self.unit() {
            Unit::Bytes if above => value.ceil(),
            Unit::Bytes => value.floor(),
            _ => value,
        }
    }

    /// [`Self::show`] of [`Self::last`].
    pub fn show_last(self, value: Decimal, above: bool) -> String {
        self.show(self.last(value, above))
    }

    /// [`Self::show`] to three significant digits, in the unit of the exact value: `41 KiB` stays what it is.
    pub fn show_rounded(self, value: Decimal) -> String {
        let exact = self.show(value);
        let rounded = self.show(value.round_sf(3).unwrap_or(value));
        let unit = |text: &str| {
            text.trim_start_matches(|c: char| !c.is_alphabetic())
                .to_owned()
        };
        if unit(&exact) == unit(&rounded) {
            rounded
        } else {
            exact
        }
    }

    /// The values that are searched; what the profile says is always among them.
    pub fn domain(self, profile: &Profile) -> Ends {
        let (low, high) = (self.number().domain)(profile);
        let at = profile.number(self).unwrap_or(low);
        (low.min(at), high.max(at))
    }

    /// What a person may plausibly answer, inside what is legal beside the rest of the profile.
    pub fn plausible(self, profile: &Profile) -> Ends {
        let (low, high) = (self.number().plausible)(profile);
        let legal = self.domain(profile);
        let low = low.clamp(legal.0, legal.1);
        (low, high.clamp(low, legal.1))
    }
}

impl fmt::Debug for NumField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

impl From<NumField> for &'static str {
    fn from(field: NumField) -> Self {
        field.path()
    }
}

impl TryFrom<String> for NumField {
    type Error = String;
    fn try_from(path: String) -> Result<Self, String> {
        Self::from_path(&path).ok_or_else(|| format!("`{path}` is no number of a profile"))
    }
}

/// A field of words, named by its row of the table: what rules ask for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub struct WordField(u8);

impl WordField {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        let numbered = (0..).map(Self).zip(FIELDS);
        numbered.filter_map(|(number, f)| {
            matches!(f.value, Value::One(_) | Value::Many(_)).then_some(number)
        })
    }

    /// The field of a path, if it holds words.
    pub fn from_path(path: &str) -> Option<Self> {
        Self::all().find(|f| f.path() == path)
    }

    /// Path in the profile.
    pub fn path(self) -> &'static str {
        FIELDS[usize::from(self.0)].path
    }

    fn choice(self) -> &'static dyn Choice {
        match FIELDS[usize::from(self.0)].value {
            Value::One(choice) | Value::Many(choice) => choice,
            _ => unreachable!("a word field is made from the row of words only"),
        }
    }

    /// The words it can hold, each at its place in a [`WordSet`].
    pub fn choices(self) -> Vec<&'static str> {
        self.choice().words()
    }

    /// What a profile says.
    pub fn of(self, profile: &Profile) -> WordSet {
        self.choice().held(profile)
    }
}

impl fmt::Debug for WordField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())
    }
}

impl From<WordField> for &'static str {
    fn from(field: WordField) -> Self {
        field.path()
    }
}

impl TryFrom<String> for WordField {
    type Error = String;
    fn try_from(path: String) -> Result<Self, String> {
        Self::from_path(&path).ok_or_else(|| format!("`{path}` holds no words of a profile"))
    }
}

impl Profile {
    /// The value of a number, default applied, base unit; `None` when unknown.
    pub fn number(&self, field: NumField) -> Option<Decimal> {
        (field.number().get)(self)
    }

    /// Sets a number, base unit. Defaults that depend on it follow by themselves.
    pub fn set_number(&mut self, field: NumField, value: Decimal) {
        (field.number().set)(self, value);
    }
}

pub use assumed::assumptions;
