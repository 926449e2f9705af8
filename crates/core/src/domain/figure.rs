//! Numbers that a decision computes of a candidate, for the rules of the catalog and for their sentences.
//!
//! A rule asks for one by its name (`{ figure: plan-used, at_least: 70 % }`) and its text has it in braces
//! (`{plan-used}`). So the sentence, its source and the bound stay data, and the arithmetic stays in the models.

use rust_decimal::Decimal;

use super::money::{Usd, grouped, plain};
use super::units::{Bytes, Dollars, Quantity as _, Refused, Share};

/// What a figure is made of, which says how its bound is read and how it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// US dollars.
    Money,
    /// A share of one.
    Share,
    /// Bytes.
    Bytes,
    /// A plain number.
    Number,
    /// Words: it can be said, and not compared.
    Words,
}

/// Every figure a rule may ask for: name, what it is made of, and what it is.
pub const FIGURES: &[(&str, Kind, &str)] = &[
    ("monthly-cost", Kind::Money, "bill of a month"),
    (
        "free-allowance",
        Kind::Money,
        "what always-free amounts take off the bill of a month",
    ),
    (
        "peak-to-mean",
        Kind::Number,
        "the larger of peak reads to reads and peak writes to writes",
    ),
    (
        "peak-carried",
        Kind::Words,
        "how long unused provisioned capacity carries the stated peak",
    ),
    (
        "origin-read-price",
        Kind::Money,
        "known part of the price of a million origin reads",
    ),
    (
        "origin-break-even",
        Kind::Money,
        "price of a million avoided origin reads from which the cache pays",
    ),
    (
        "plan-fee",
        Kind::Money,
        "fee of a flat-rate plan for a month",
    ),
    (
        "plan-used",
        Kind::Share,
        "used share of the allowance of a flat-rate plan",
    ),
    (
        "plan-used-of",
        Kind::Words,
        "requests or transfer, whichever is nearer to its allowance",
    ),
    ("plan-allows", Kind::Words, "that allowance"),
    (
        "next-plan",
        Kind::Words,
        "the next larger flat-rate plan or level",
    ),
    ("next-plan-fee", Kind::Money, "its fee for a month"),
    (
        "hot-slot",
        Kind::Number,
        "units a second that the hottest key asks of its slot",
    ),
    (
        "primary-port-transfer",
        Kind::Money,
        "what eventual reads would pay in a month for crossing zones on the primary's port",
    ),
    (
        "pre-scaling-hour",
        Kind::Money,
        "what an hour of a minimum at the peak costs",
    ),
    (
        "storage-maximum",
        Kind::Words,
        "the maximum of stored bytes that the stack sets",
    ),
    (
        "public-endpoint",
        Kind::Number,
        "one where the stack gives the cache a public endpoint",
    ),
    ("capacity", Kind::Bytes, "capacity that is bought"),
    (
        "capacity-for-data",
        Kind::Bytes,
        "capacity that the working set alone would take",
    ),
    ("active-cost", Kind::Money, "bill of the active hours alone"),
    (
        "commitment-saves",
        Kind::Money,
        "what a year's commitment would take off the bill of a month",
    ),
    (
        "commitment-pays-from",
        Kind::Share,
        "use of the commitment from which it pays",
    ),
];

/// What a figure of this name is made of.
pub fn kind(name: &str) -> Option<Kind> {
    FIGURES.iter().find(|(n, ..)| *n == name).map(|f| f.1)
}

/// A bound on a figure, in the unit of its kind.
///
/// # Errors
/// When the text is no quantity of that kind; the message says what is expected.
pub fn bound(kind: Kind, text: &str) -> Result<Decimal, String> {
    let shown = |e: Refused| e.to_string();
    let number = || Decimal::from_str_exact(text).map_err(|_| format!("`{text}` is not a number"));
    match kind {
        Kind::Money => text.parse().map(Dollars::value).map_err(shown),
        Kind::Share => text.parse().map(Share::value).map_err(shown),
        Kind::Bytes => text.parse().map(Bytes::value).map_err(shown),
        Kind::Number => number(),
        Kind::Words => Err("words have no bound".to_owned()),
    }
}

/// A value of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Number(Kind, Decimal),
    Words(String),
}

/// The figures of one candidate.
#[derive(Clone, Debug, Default)]
pub struct Figures(Vec<(&'static str, Value)>);

impl Figures {
    /// An amount of money.
    pub fn money(&mut self, name: &'static str, amount: Usd) {
        self.add(name, Kind::Money, amount.0);
    }

    /// A share of one.
    pub fn share(&mut self, name: &'static str, share: Decimal) {
        self.add(name, Kind::Share, share);
    }

    /// Bytes.
    pub fn bytes(&mut self, name: &'static str, bytes: Decimal) {
        self.add(name, Kind::Bytes, bytes);
    }

    /// A plain number.
    pub fn number(&mut self, name: &'static str, number: Decimal) {
        self.add(name, Kind::Number, number);
    }

    /// Words.
    pub fn words(&mut self, name: &'static str, words: impl Into<String>) {
        debug_assert_eq!(kind(name), Some(Kind::Words), "{name}");
        self.0.push((name, Value::Words(words.into())));
    }

    fn add(&mut self, name: &'static str, of: Kind, value: Decimal) {
        debug_assert_eq!(kind(name), Some(of), "{name}");
        self.0.push((name, Value::Number(of, value)));
    }

    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(n, _)| *n == name).map(|(_, v)| v)
    }

    fn say(&self, name: &str) -> Option<String> {
        Some(match self.find(name)? {
            Value::Number(kind, number) => show(*kind, *number),
            Value::Words(words) => words.clone(),
        })
    }

    /// Its number; `None` where it does not apply or is unknown.
    pub fn get(&self, name: &str) -> Option<Decimal> {
        match self.find(name)? {
            Value::Number(_, number) => Some(*number),
            Value::Words(_) => None,
        }
    }

    /// A text with every `{name}` replaced by its value, or by other words where it has none.
    pub fn fill(&self, text: &str, or: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Figure(name) => out.push_str(self.say(name).as_deref().unwrap_or(or)),
            }
        }
        out
    }

    /// A text with every `{name}` replaced by its value; `None` when one of them has none.
    pub fn filled(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        for part in parts(text) {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Figure(name) => out.push_str(&self.say(name)?),
            }
        }
        Some(out)
    }
}

/// A number for people; shares in whole percent, for no model is more exact.
pub fn show(kind: Kind, value: Decimal) -> String {
    match kind {
        Kind::Money => Usd(value).to_string(),
        Kind::Share => Share::from_value(value.round_dp(2)).to_string(),
        Kind::Bytes => Bytes::from_value(value).to_string(),
        Kind::Number | Kind::Words => grouped(&plain(value.round_dp(1))),
    }
}

/// A piece of a rule's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'t> {
    /// As it stands.
    Text(&'t str),
    /// The name of a figure, without its braces.
    Figure(&'t str),
}

/// The pieces of a rule's text.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let named = rest.strip_prefix('{').and_then(|r| r.split_once('}'));
        if let Some((name, after)) = named {
            rest = after;
            return Some(Part::Figure(name));
        }
        // A brace that nothing closes is text.
        let from = usize::from(rest.starts_with('{'));
        let brace = rest[from..].find('{');
        let end = brace.map_or(rest.len(), |i| from + i);
        let (text, after) = rest.split_at(end);
        rest = after;
        Some(Part::Text(text))
    })
}

/// A rule's text for somebody who has no candidate before him: figures by what they are.
pub fn described(text: &str) -> String {
    let piece = |part: Part<'_>| match part {
        Part::Text(text) => text.to_owned(),
        Part::Figure(name) => {
            let known = FIGURES.iter().find(|(n, ..)| *n == name);
            format!("<{}>", known.map_or(name, |f| f.2))
        }
    };
    parts(text).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_filled_or_not_said() {
        let mut figures = Figures::default();
        figures.share("plan-used", Decimal::new(8249, 4));
        figures.money("next-plan-fee", Usd(Decimal::from(200)));
        let text = "uses {plan-used}; the next costs {next-plan-fee} a month";
        assert_eq!(
            figures.filled(text).unwrap(),
            "uses 82 %; the next costs $200.00 a month"
        );
        let unknown = "the next is {next-plan}";
        assert_eq!(figures.filled(unknown), None);
        assert_eq!(figures.fill(unknown, "unknown"), "the next is unknown");
        assert_eq!(figures.filled("≥ plain").unwrap(), "≥ plain");
        for odd in ["{", "{open", "a {open", "≥ {{"] {
            assert_eq!(figures.filled(odd).unwrap(), odd);
        }
        assert_eq!(
            figures.filled("{plan-used}{plan-used}≥").unwrap(),
            "82 %82 %≥"
        );
    }

    #[test]
    fn a_bound_is_read_in_the_unit_of_its_figure() {
        assert_eq!(bound(Kind::Share, "70 %").unwrap(), Decimal::new(7, 1));
        assert_eq!(bound(Kind::Money, "500 USD").unwrap(), Decimal::from(500));
        assert_eq!(bound(Kind::Number, "3").unwrap(), Decimal::from(3));
        assert!(bound(Kind::Words, "3").is_err());
        assert!(bound(Kind::Share, "70 USD").is_err());
    }

    #[test]
    fn somebody_who_only_looks_a_rule_up_reads_what_its_figures_are() {
        assert_eq!(
            described("{plan-used} is used"),
            "<used share of the allowance of a flat-rate plan> is used"
        );
    }
}
