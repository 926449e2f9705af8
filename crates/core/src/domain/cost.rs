//! Amounts a month that may be known from one side only: what a variant costs and what it saves.

use std::fmt;

use super::money::Usd;

/// A sum that may be incomplete.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// The known sum.
    pub known: Usd,
    /// Some meter has no price.
    pub incomplete: bool,
}

impl std::ops::Add for Cost {
    type Output = Self;

    fn add(self, more: Self) -> Self {
        Self {
            known: self.known + more.known,
            incomplete: self.incomplete || more.incomplete,
        }
    }
}

impl From<Usd> for Cost {
    /// All of it is known.
    fn from(known: Usd) -> Self {
        Self {
            known,
            incomplete: false,
        }
    }
}

/// On which side of a shown amount the truth is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// It is the amount.
    Exact,
    /// At that amount or above it.
    AtLeast,
    /// At that amount or below it.
    AtMost,
    /// On either side of it.
    Either,
}

impl Side {
    /// Of what may be more, and may be less.
    pub const fn of(at_least: bool, at_most: bool) -> Self {
        match (at_least, at_most) {
            (false, false) => Self::Exact,
            (true, false) => Self::AtLeast,
            (false, true) => Self::AtMost,
            (true, true) => Self::Either,
        }
    }

    /// Before an amount in a table.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Exact => "",
            Self::AtLeast => "≥ ",
            Self::AtMost => "≤ ",
            Self::Either => "≈ ",
        }
    }

    /// Before an amount in a sentence.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Exact => "",
            Self::AtLeast => "at least ",
            Self::AtMost => "at most ",
            Self::Either => "about ",
        }
    }

    /// For programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::AtLeast => "at-least",
            Self::AtMost => "at-most",
            Self::Either => "either",
        }
    }
}

/// Monthly cost at the low end, expected, and at the high end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostRange {
    /// Low.
    pub low: Cost,
    /// Expected.
    pub expected: Cost,
    /// High.
    pub high: Cost,
}

impl Cost {
    /// On which side the truth is.
    pub const fn side(self) -> Side {
        Side::of(self.incomplete, false)
    }
}

impl fmt::Display for Cost {
    /// `$14.32`, `≥ $14.32` when incomplete.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.side().sign(), self.known)
    }
}

/// What a variant saves against no cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saving {
    /// Baseline − (variant + origin reads that remain), known parts.
    pub expected: Usd,
    /// The true saving is at least this (the origin costs more than is known).
    pub at_least: bool,
    /// The true saving is at most this (the variant costs more than is known).
    pub at_most: bool,
}

impl Saving {
    /// On which side the truth is.
    pub const fn side(self) -> Side {
        Side::of(self.at_least, self.at_most)
    }

    /// In whole cents: nobody saves a fraction of one.
    pub fn cents(self) -> Usd {
        Usd(self.expected.cents())
    }

    /// Known to be below zero.
    pub fn known_negative(self) -> bool {
        !self.at_least && self.expected < Usd::ZERO
    }

    /// Known to be above zero.
    pub fn known_positive(self) -> bool {
        !self.at_most && self.expected > Usd::ZERO
    }
}
