//! Rules: what the generic comparison of must-haves and facts cannot say, as data.
//!
//! A closed set of operators over profile fields; no expression language.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::field::{NumField, WordField};
use super::figure::Figures;
use super::profile::Profile;
use super::source::SourceId;
use super::word::WordSet;

/// What a condition asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// Holds always.
    Always,
    /// All hold.
    All(Vec<Condition>),
    /// One holds.
    Any(Vec<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
    /// A word field is one of these words (for lists: contains one).
    Is(WordField, WordSet),
    /// The Region is one of these.
    InRegion(Vec<String>),
    /// A number is at least this (base unit); unknown does not hold.
    AtLeast(NumField, Decimal),
    /// A number is at most this; unknown does not hold.
    AtMost(NumField, Decimal),
    /// A figure of the candidate is known and inside the bounds; of a note, one of the recommendation.
    Figure(String, Bounds),
    /// The user stated the field.
    Stated(String),
    /// A service has an eligible variant.
    Eligible(String),
    /// A service is the answer.
    Recommended(String),
    /// Every variant of a service was ruled out, for one of these codes.
    RuledOutBy(String, Vec<String>),
}

/// What a figure is compared with; no bound at all: it only has to be known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// At least this.
    pub at_least: Option<Decimal>,
    /// At most this.
    pub at_most: Option<Decimal>,
    /// More than this.
    pub above: Option<Decimal>,
}

impl Bounds {
    /// Is a known value inside?
    pub fn hold(self, value: Decimal) -> bool {
        self.at_least.is_none_or(|b| value >= b)
            && self.at_most.is_none_or(|b| value <= b)
            && self.above.is_none_or(|b| value > b)
    }
}

/// What a rule does when its condition holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// The service cannot be the answer.
    RulesOut,
    /// Shown beside the service.
    Caution,
    /// Points for the service.
    Favours(i64),
    /// Points against it.
    Disfavours(i64),
    /// A note of the report; the id is `consider-…` or another kebab-case code.
    Note(String),
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Kebab-case, unique.
    pub id: String,
    /// Service it speaks of; `None` for notes.
    pub service: Option<String>,
    /// Variants it speaks of; empty is all.
    pub variants: Vec<String>,
    /// When.
    pub when: Condition,
    /// What.
    pub effect: Effect,
    /// Profile field a reader should look at.
    pub field: Option<String>,
    /// Why, as one or two sentences.
    pub because: String,
    /// Where from; at least one.
    pub sources: Vec<SourceId>,
}

/// What verdict conditions ask of the candidates; only notes may use them.
pub trait Verdicts {
    /// The service has an eligible variant.
    fn eligible(&self, service: &str) -> bool;
    /// The service is the answer.
    fn recommended(&self, service: &str) -> bool;
    /// All its variants are ruled out and one of the reasons has one of these codes.
    fn ruled_out_by(&self, service: &str, codes: &[String]) -> bool;
    /// A figure of the candidate, or for notes of the recommendation.
    fn figure(&self, name: &str) -> Option<Decimal>;
}

/// Before verdicts exist.
pub struct NoVerdicts;

impl Verdicts for NoVerdicts {
    fn eligible(&self, _: &str) -> bool {
        false
    }
    fn recommended(&self, _: &str) -> bool {
        false
    }
    fn ruled_out_by(&self, _: &str, _: &[String]) -> bool {
        false
    }
    fn figure(&self, _: &str) -> Option<Decimal> {
        None
    }
}

/// A candidate that is computed, and no verdict yet.
impl Verdicts for Figures {
    fn eligible(&self, _: &str) -> bool {
        false
    }
    fn recommended(&self, _: &str) -> bool {
        false
    }
    fn ruled_out_by(&self, _: &str, _: &[String]) -> bool {
        false
    }
    fn figure(&self, name: &str) -> Option<Decimal> {
        self.get(name)
    }
}

impl Condition {
    /// Does it hold for this profile?
    pub fn holds(&self, profile: &Profile, verdicts: &dyn Verdicts) -> bool {
        match self {
            Self::Always => true,
            Self::All(list) => list.iter().all(|c| c.holds(profile, verdicts)),
            Self::Any(list) => list.iter().any(|c| c.holds(profile, verdicts)),
            Self::Not(inner) => !inner.holds(profile, verdicts),
            Self::Is(field, words) => field.of(profile).meets(*words),
            Self::InRegion(regions) => regions.contains(&profile.region),
            Self::AtLeast(field, bound) => profile.number(*field).is_some_and(|v| v >= *bound),
            Self::AtMost(field, bound) => profile.number(*field).is_some_and(|v| v <= *bound),
            Self::Figure(name, bounds) => verdicts.figure(name).is_some_and(|v| bounds.hold(v)),
            Self::Stated(path) => profile.is_stated(path),
            Self::Eligible(service) => verdicts.eligible(service),
            Self::Recommended(service) => verdicts.recommended(service),
            Self::RuledOutBy(service, codes) => verdicts.ruled_out_by(service, codes),
        }
    }

    /// Calls `see` with every condition in it that holds no others.
    pub fn each<'c>(&'c self, see: &mut dyn FnMut(&'c Self)) {
        match self {
            Self::All(list) | Self::Any(list) => list.iter().for_each(|c| c.each(see)),
            Self::Not(inner) => inner.each(see),
            leaf => see(leaf),
        }
    }
}
