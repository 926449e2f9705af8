//! What somebody who does not say a value may plausibly have: `catalog/plausible.yaml` as data.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::field::NumField;
use super::profile::Layer;
use super::word::WordSet;

/// Conventions about what is not stated.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plausible {
    /// Up to so many points behind, the runner-up of another service is close.
    pub close_points: u32,
    /// Share of the bill that relaxing a must-have takes off, from which it has a price tag.
    pub tag_share: Decimal,
    /// Answers by field and layer.
    pub answers: Vec<Answers>,
    /// Ranges that stand for what is left out.
    pub ranges: Vec<AssumedRange>,
}

/// Plausible answers to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// Path of the field.
    pub field: String,
    /// At which layers.
    pub layers: WordSet,
    /// In what numbers count.
    pub of: Of,
    /// Each with its weight.
    pub values: Vec<(Given, u32)>,
}

/// In what the numbers of an answer count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Of {
    /// The unit of the field.
    Itself,
    /// Multiples of the reads.
    Reads,
    /// Multiples of a price that is known to be a lower bound.
    LowerBound,
}

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Given {
    /// The word at a place among those of the field.
    Word(usize),
    /// A number, base unit or multiple.
    Number(Decimal),
}

/// What stands for a number that is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssumedRange {
    /// Which number.
    pub field: NumField,
    /// At which layers.
    pub layers: WordSet,
    /// Low end, base unit.
    pub low: Decimal,
    /// What is expected, base unit.
    pub expected: Decimal,
    /// High end, base unit.
    pub high: Decimal,
}

impl Plausible {
    /// The ranges of a layer.
    pub fn ranges_at(&self, layer: Layer) -> impl DoubleEndedIterator<Item = &AssumedRange> {
        self.ranges.iter().filter(move |r| r.layers.contains(layer))
    }

    /// The answers of a layer.
    pub fn answers_at(&self, layer: Layer) -> impl Iterator<Item = &Answers> {
        self.answers
            .iter()
            .filter(move |a| a.layers.contains(layer))
    }
}
