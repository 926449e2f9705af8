//! Values of the report: what people read, the number behind it, and where it stands in the JSON.
//!
//! A value is only made from an [`At`], a place in the typed mirror of the JSON: its path and its number come
//! from the same field, so neither can drift from the other, and a renamed key does not compile.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;

use crate::domain::decision::Side;
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::profile::Word;
use crate::domain::units::Duration;
use crate::report::json::{Exact, Millis};
use crate::text::one_line;

/// A number (or another value) of the report.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Value {
    /// As people read it; `unknown` when it is not known.
    pub text: String,
    /// As in the JSON.
    pub value: String,
    /// Pointers into the JSON; several are a sum; empty when it is not known.
    pub path: String,
    /// The exact number, of a number.
    #[serde(skip)]
    pub number: Option<Decimal>,
}

impl Value {
    /// A word where a number could stand.
    pub fn word(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            ..Self::default()
        }
    }

    /// What is not known is said, never shown as zero.
    pub fn unknown() -> Self {
        Self::word("unknown")
    }

    /// Is it known.
    pub fn is_known(&self) -> bool {
        !self.path.is_empty()
    }

    /// As people read it, when it is known.
    pub fn known(&self) -> Option<&str> {
        self.is_known().then_some(self.text.as_str())
    }

    /// A value that is a text in the JSON too.
    pub(super) fn told(path: String, text: &str) -> Self {
        let text = one_line(text);
        Self {
            value: text.clone(),
            text,
            path,
            number: None,
        }
    }

    /// With a sign for what is known only from one side.
    pub(crate) fn signed(self, side: Side) -> Self {
        if self.is_known() {
            let text = format!("{}{}", side.sign(), self.text);
            Self { text, ..self }
        } else {
            self
        }
    }

    /// A sum of several amounts; unknown when one of them is.
    pub(crate) fn sum<'v>(all: impl Iterator<Item = &'v Self> + Clone) -> Self {
        let total: Option<Decimal> = all.clone().map(|v| v.number).sum();
        let paths: Vec<&str> = all.map(|v| v.path.as_str()).collect();
        total.map_or_else(Self::unknown, |d| Self {
            text: Usd(d).to_string(),
            value: plain(d),
            path: paths.join(" "),
            number: Some(d),
        })
    }
}

/// A place in the JSON: the value there and the pointer to it.
pub(super) struct At<'a, T: ?Sized> {
    pub(super) it: &'a T,
    pub(super) path: String,
}

/// `at!(candidate.monthly_cost)`: the field with its key, from the same word.
macro_rules! at {
    ($from:ident.$($field:ident).+) => {
        At {
            it: &$from.it.$($field).+,
            path: format!("{}{}", $from.path, concat!($("/", stringify!($field)),+)),
        }
    };
}
pub(super) use at;

impl<'a, T> At<'a, Option<T>> {
    /// The value, when there is one.
    pub(super) fn known(self) -> Option<At<'a, T>> {
        let path = self.path;
        self.it.as_ref().map(|it| At { it, path })
    }
}

impl<'a, T> At<'a, Vec<T>> {
    /// The elements.
    pub(super) fn each(&self) -> impl Iterator<Item = At<'a, T>> + use<'a, '_, T> {
        self.it.iter().enumerate().map(|(i, it)| At {
            it,
            path: format!("{}/{i}", self.path),
        })
    }
}

/// A number of the JSON.
pub(super) trait Number {
    /// Its exact value.
    fn number(&self) -> Option<Decimal>;
}

impl Number for Exact {
    fn number(&self) -> Option<Decimal> {
        Some(self.0)
    }
}

impl Number for Millis {
    fn number(&self) -> Option<Decimal> {
        Some(self.0.round_dp(4))
    }
}

impl Number for f64 {
    /// Points of a score, which have two decimals.
    fn number(&self) -> Option<Decimal> {
        Decimal::from_f64(*self)
    }
}

impl Number for u32 {
    fn number(&self) -> Option<Decimal> {
        Some(Decimal::from(*self))
    }
}

impl<T: Number> Number for Option<T> {
    fn number(&self) -> Option<Decimal> {
        self.as_ref()?.number()
    }
}

impl<T: Number> At<'_, T> {
    fn shown(self, show: impl FnOnce(Decimal) -> String) -> Value {
        let Some(number) = self.it.number() else {
            return Value::unknown();
        };
        Value {
            text: show(number),
            value: plain(number),
            path: self.path,
            number: Some(number),
        }
    }

    /// `$14.32`.
    pub(super) fn usd(self) -> Value {
        self.shown(|d| Usd(d).to_string())
    }

    /// `$14.32`, and never less than a cent.
    pub(super) fn cents(self) -> Value {
        self.shown(|d| Usd(Usd(d).cents()).to_string())
    }

    /// A price of one unit, with all its digits.
    pub(super) fn price(self) -> Value {
        self.shown(|d| format!("${}", plain(d)))
    }

    /// A whole number with separators.
    pub(super) fn count(self) -> Value {
        self.shown(count)
    }

    /// A quantity: whole numbers grouped, small ones with three decimals.
    pub(super) fn quantity(self) -> Value {
        self.shown(|d| {
            let whole = d >= Decimal::from(1000);
            grouped(&plain(if whole { d.round() } else { d.round_dp(3) }))
        })
    }

    /// Milliseconds as a duration.
    pub(super) fn ms(self) -> Value {
        self.shown(|d| Duration::rounded(d).to_string())
    }

    /// Points of a score.
    pub(super) fn points(self) -> Value {
        self.shown(|d| {
            let mut rounded = d.round_dp(2);
            rounded.rescale(2);
            rounded.to_string()
        })
    }
}

/// A text of the JSON as a value; an absent one is unknown.
pub(super) trait Told {
    /// The text.
    fn told(&self) -> Option<&str>;
}

impl Told for String {
    fn told(&self) -> Option<&str> {
        Some(self)
    }
}

impl Told for &str {
    fn told(&self) -> Option<&str> {
        Some(self)
    }
}

impl<W: Word> Told for W {
    fn told(&self) -> Option<&str> {
        Some(self.word())
    }
}

impl<T: Told> Told for Option<T> {
    fn told(&self) -> Option<&str> {
        self.as_ref()?.told()
    }
}

impl<T: Told> At<'_, T> {
    /// The value as it stands in the JSON.
    pub(super) fn plain(self) -> Value {
        match self.it.told() {
            Some(text) => Value::told(self.path, text),
            None => Value::unknown(),
        }
    }

    /// A value with its unit, to three digits: a model is not more exact for people.
    pub(super) fn about(self) -> Value {
        let whole = self.plain();
        Value {
            text: to_digits(&whole.text, 3),
            ..whole
        }
    }

    /// A value with its unit, to four digits: what a search found is not more exact for people.
    pub(super) fn near(self) -> Value {
        let whole = self.plain();
        Value {
            text: near(&whole.text),
            ..whole
        }
    }
}

/// A count for people.
pub(crate) fn count(value: Decimal) -> String {
    grouped(&plain(value.round()))
}

/// A value with its unit to four digits: `1.288060656553` is `1.288`, `14 ms` stays.
pub fn near(text: &str) -> String {
    to_digits(text, 4)
}

/// A value with its unit to so many digits, where it has more than that.
fn to_digits(text: &str, most: usize) -> String {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let rounded = Decimal::from_str_exact(number)
        .ok()
        .filter(|_| digits > most && number.contains('.'))
        .and_then(|d| d.round_sf(most as u32));
    rounded.map_or_else(|| text.to_owned(), |d| format!("{}{unit}", plain(d)))
}
