//! How sure an answer is, what it rests on and what its must-haves cost: data beside a decision.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::decision::Pick;
use super::field::NumField;
use super::finding::Decider;
use super::money::Usd;
use super::word::{Word, words};

words!(
    /// How sure an answer is.
    Level { Clear = "clear", Close = "close", Open = "open" }
);

/// How sure an answer is, and what makes it so.
#[derive(Clone, Debug, PartialEq)]
pub struct Certainty {
    /// How sure.
    pub level: Level,
    /// Points between the answer and the best of another service; `None` without one.
    pub margin: Option<f64>,
    /// What makes it so.
    pub why: Ground,
}

/// What makes an answer clear, close or open.
#[derive(Clone, Debug, PartialEq)]
pub enum Ground {
    /// A plausible value of something unstated gives another answer.
    Question {
        /// Its field.
        field: &'static str,
        /// What is assumed of it.
        assumed: String,
        /// The value, as a profile writes it.
        at: String,
        /// The answer there.
        to: Pick,
    },
    /// More than one answer wins a part of the ranges.
    Split {
        /// Whose share of the ranges is the largest.
        most: Pick,
        /// In percent.
        percent: u32,
        /// Who wins most of the rest.
        rest: Pick,
    },
    /// The next service is this near, and what speaks for the answer.
    Near {
        /// Who is near.
        second: Pick,
        /// How many times as dear it is judged.
        times: f64,
        /// What separates them.
        leads: Vec<Decider>,
    },
    /// Nothing plausible changes the answer, and the next service is judged dearer than close ones are.
    Ahead {
        /// Who comes next.
        second: Pick,
        /// How many times as dear.
        times: f64,
    },
    /// No other service meets every must-have, and nothing plausible changes that.
    Alone,
    /// Nothing plausible changes the outcome.
    Settled,
}

/// A question that is worth an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Its field.
    pub field: &'static str,
    /// What is assumed of it.
    pub assumed: String,
    /// The value that gives another answer, as a profile writes it, and that answer; the likeliest of them.
    pub flip: Option<(String, Pick)>,
    /// Share of the plausible values that give another answer, 0 to 1.
    pub share: f64,
    /// What knowing it is worth a month: the mean of what acting on the assumption costs more than acting on the
    /// truth.
    pub worth: Usd,
}

/// What a must-have or a preference costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTag {
    /// Its field.
    pub field: &'static str,
    /// What is asked for.
    pub stated: String,
    /// What would be asked for instead; `None` is a word that leaves a list.
    pub relaxed_to: Option<String>,
    /// What that saves a month.
    pub saves: Usd,
    /// The answer then.
    pub winner: Pick,
}

/// A value at which another way to buy the same service takes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariantFlip {
    /// Which number.
    pub field: NumField,
    /// Where.
    pub at: Decimal,
    /// Below it.
    pub from: Pick,
    /// Above it.
    pub to: Pick,
}

/// A cheaper service that came third.
#[derive(Clone, Debug, PartialEq)]
pub struct Third {
    /// Which.
    pub pick: Pick,
    /// How much less it costs a month.
    pub cheaper: Usd,
    /// What speaks for the answer all the same.
    pub leads: Vec<Decider>,
}
