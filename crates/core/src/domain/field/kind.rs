//! What a field holds: numbers, words, lists of words, texts, and how each is read, changed and shown.

use rust_decimal::Decimal;

use crate::domain::catalog::WordSet;
use crate::domain::profile::{Layer, Profile, Word};
use crate::domain::units::{
    Bytes, Count, Dollars, Duration, Hours, Quantity, Rate, Refused, Share,
};
use crate::text::one_of;

/// What a field accepts in a file.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// The format version.
    Version,
    /// Free text.
    Text,
    /// A Region code.
    Region,
    /// A list of Region codes.
    Regions,
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A list of these words.
    Words(fn() -> Vec<&'static str>),
    /// A quantity, or a range of them.
    Quantity {
        /// Regular expression of one value.
        pattern: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A quantity or the word `none`.
    QuantityOrNone {
        /// Regular expression of one value.
        pattern: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A whole number from 1 up.
    Integer,
    /// `latency`: a quantity or `{p50, p99}`.
    Latency,
    /// `budget`: an amount a month.
    Budget,
    /// `viewers`.
    Viewers,
    /// `data.hit_ratio_curve`.
    Curve,
    /// `data.item_size_distribution`.
    Distribution,
    /// `measured`.
    Measured,
    /// `deployment`.
    Deployment,
}

impl Shape {
    /// How people write it.
    pub fn written(&self) -> String {
        let quantity = |example: &str| format!("`{example}`, or a range `low..high`");
        match self {
            Self::Version => "`1`".to_owned(),
            Self::Text => "a text".to_owned(),
            Self::Region => "a Region's code, such as `eu-west-1`".to_owned(),
            Self::Regions => "a list of Regions, such as `[eu-west-1, us-east-1]`".to_owned(),
            Self::Word(words) => one_of(&words()),
            Self::Words(words) => format!("a list `[…]` of {}", one_of(&words())),
            Self::Quantity { example, .. } => quantity(example),
            Self::QuantityOrNone { example, .. } => format!("{}, or `none`", quantity(example)),
            Self::Integer => "a whole number from 1 up".to_owned(),
            Self::Latency => "`5 ms`, or `{ p50: 2 ms, p99: 10 ms }`".to_owned(),
            Self::Budget => "`500 USD/month`".to_owned(),
            Self::Viewers => {
                "places with their shares, such as `{ europe: 60 %, north-america: 40 % }`"
                    .to_owned()
            }
            Self::Curve | Self::Distribution | Self::Measured => {
                "written by `cachewright measure`".to_owned()
            }
            Self::Deployment => {
                "a map of names in your account, for the generated stack".to_owned()
            }
        }
    }
}

/// What a field is in a resolved profile.
#[derive(Clone, Copy)]
pub enum Value {
    /// A quantity that can vary: ranges, stability, sweeps, rules.
    Number(&'static Number),
    /// One word of a closed list.
    One(&'static dyn Choice),
    /// Several words of a closed list.
    Many(&'static dyn Choice),
    /// Free text.
    Text(&'static Text),
    /// A whole number.
    Whole(&'static Whole),
    /// A structure of its own; nothing tries other values of it.
    Own,
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Number(_) => "a number",
            Self::One(_) => "a word",
            Self::Many(_) => "words",
            Self::Text(_) => "a text",
            Self::Whole(_) => "a whole number",
            Self::Own => "a structure",
        })
    }
}

/// In what a number counts. Values are kept in the base unit of the quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Per second while active.
    Rate,
    /// Plain.
    Count,
    /// 0 to 1, written in percent.
    Share,
    /// A month.
    Hours,
    /// Bytes.
    Bytes,
    /// Milliseconds.
    Duration,
    /// US dollars.
    Dollars,
}

impl Unit {
    /// A value in the form a profile accepts.
    pub fn show(self, value: Decimal) -> String {
        match self {
            Self::Rate => Rate::from_value(value).to_string(),
            Self::Count => Count::from_value(value).to_string(),
            Self::Share => Share::from_value(value).to_string(),
            Self::Hours => Hours::from_value(value).to_string(),
            Self::Bytes => Bytes::from_value(value).to_string(),
            Self::Duration => Duration::from_value(value).to_string(),
            Self::Dollars => Dollars::from_value(value).to_string(),
        }
    }

    /// A value from the form a profile accepts.
    pub fn parse(self, text: &str) -> Result<Decimal, Refused> {
        fn read<Q: Quantity>(text: &str) -> Result<Decimal, Refused> {
            text.parse::<Q>().map(Quantity::value)
        }
        match self {
            Self::Rate => read::<Rate>(text),
            Self::Count => read::<Count>(text),
            Self::Share => read::<Share>(text),
            Self::Hours => read::<Hours>(text),
            Self::Bytes => read::<Bytes>(text),
            Self::Duration => read::<Duration>(text),
            Self::Dollars => read::<Dollars>(text),
        }
    }

    /// Regular expression of one value.
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Rate => Rate::PATTERN,
            Self::Count => Count::PATTERN,
            Self::Share => Share::PATTERN,
            Self::Hours => Hours::PATTERN,
            Self::Bytes => Bytes::PATTERN,
            Self::Duration => Duration::PATTERN,
            Self::Dollars => Dollars::PATTERN,
        }
    }

    /// An example of the text form.
    pub const fn example(self) -> &'static str {
        match self {
            Self::Rate => Rate::EXAMPLE,
            Self::Count => Count::EXAMPLE,
            Self::Share => Share::EXAMPLE,
            Self::Hours => Hours::EXAMPLE,
            Self::Bytes => Bytes::EXAMPLE,
            Self::Duration => Duration::EXAMPLE,
            Self::Dollars => Dollars::EXAMPLE,
        }
    }

    /// Has an end: such a number is searched evenly, the others by powers.
    pub const fn is_linear(self) -> bool {
        matches!(self, Self::Share | Self::Hours)
    }
}

/// A low and a high end, base unit.
pub type Ends = (Decimal, Decimal);

/// A number of the profile.
pub struct Number {
    /// In what it counts.
    pub unit: Unit,
    /// The value, default applied; `None` when unknown or the word `none`.
    pub get: fn(&Profile) -> Option<Decimal>,
    /// Sets the value. Defaults that depend on it follow by themselves.
    pub set: fn(&mut Profile, Decimal),
    /// Makes it the word `none`, where that is a value.
    pub none: Option<fn(&mut Profile)>,
    /// Refuses what no workload has; the text is for the message.
    pub legal: fn(&str, Decimal) -> Result<(), Refused>,
    /// The values that are searched for a change of the answer.
    pub domain: fn(&Profile) -> Ends,
    /// What a person may plausibly answer: what is typical with a margin of about two.
    pub plausible: fn(&Profile) -> Ends,
    /// Usage is linear in it around the profile, so that tiers and limits are found by a straight line.
    pub is_straight: bool,
    /// Place among the rows of the stability table; `None` is not looked at.
    pub stability: Option<u8>,
}

/// Free text of the profile.
pub struct Text {
    /// The text.
    pub get: fn(&Profile) -> Option<&str>,
    /// Sets it.
    pub set: fn(&mut Profile, String),
}

/// A whole number of the profile.
pub struct Whole {
    /// The number, when known.
    pub get: fn(&Profile) -> Option<Decimal>,
    /// Sets it.
    pub set: fn(&mut Profile, Decimal),
    /// Values that are tried in place of an unknown one.
    pub tried: &'static [u32],
}

/// A weaker form of words.
pub struct Weaker {
    /// The word that is asked for.
    pub from: &'static str,
    /// What is asked for instead.
    pub to: &'static str,
    /// Place of the word that takes over, or of the one that leaves a list.
    pub place: usize,
}

/// A closed list of words, whatever their type.
pub trait Choice: Sync {
    /// Every word, each at its place in a [`WordSet`].
    fn words(&self) -> Vec<&'static str>;
    /// What a profile says.
    fn held(&self, profile: &Profile) -> WordSet;
    /// Sets the words at these places; of a single word the last.
    fn put(&self, profile: &mut Profile, places: &[usize]);
    /// Takes the field over from another profile.
    fn copy(&self, from: &Profile, to: &mut Profile);
    /// The weaker forms of what a profile asks for.
    fn weaker(&self, profile: &Profile) -> Vec<Weaker>;
    /// What a word means as an answer to the question of the field.
    fn says(&self, word: &str) -> Option<&'static str>;
    /// What a word is called as an answer to that question: to a question that is answered with yes, `required` is.
    fn called(&self, word: &str) -> Option<&'static str>;
    /// Words that a person at this layer may plausibly answer.
    fn likely(&self, layer: Layer) -> Vec<&'static str>;
    /// What stands for no word at all, where the default does not say it.
    fn empty(&self) -> Option<&'static str>;
}

/// All words of a kind.
pub fn words<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|w| w.word()).collect()
}

/// Every word is a plausible answer.
pub(super) fn any<W: Word>(_: Layer) -> &'static [W] {
    W::ALL
}

/// Nothing can fail it, so nothing is weaker.
pub(super) fn firm<W: Word>(_: W) -> &'static [W] {
    &[]
}

/// One word.
pub(super) struct One<W: 'static> {
    /// The word; `None` is unknown.
    pub get: fn(&Profile) -> Option<W>,
    /// Sets it.
    pub set: fn(&mut Profile, W),
    /// Weaker words than this one, the nearest first.
    pub weaker: fn(W) -> &'static [W],
    /// What a word is called as an answer, where the question asks for another word than a profile.
    pub called: fn(W) -> &'static str,
    /// What a word means as an answer; short enough for a narrow terminal.
    pub says: fn(W) -> &'static str,
    /// Words that are plausible at a layer.
    pub likely: fn(Layer) -> &'static [W],
}

impl<W: Word + Sync> Choice for One<W> {
    fn words(&self) -> Vec<&'static str> {
        words::<W>()
    }
    fn held(&self, profile: &Profile) -> WordSet {
        (self.get)(profile).into_iter().collect()
    }
    fn put(&self, profile: &mut Profile, places: &[usize]) {
        for place in places {
            (self.set)(profile, W::ALL[*place]);
        }
    }
    fn copy(&self, from: &Profile, to: &mut Profile) {
        if let Some(word) = (self.get)(from) {
            (self.set)(to, word);
        }
    }
    fn weaker(&self, profile: &Profile) -> Vec<Weaker> {
        let Some(from) = (self.get)(profile) else {
            return Vec::new();
        };
        let steps = (self.weaker)(from).iter().map(|to| Weaker {
            from: from.word(),
            to: to.word(),
            place: to.place(),
        });
        steps.collect()
    }
    fn says(&self, word: &str) -> Option<&'static str> {
        W::from_word(word).map(self.says)
    }
    fn called(&self, word: &str) -> Option<&'static str> {
        W::from_word(word).map(self.called)
    }
    fn likely(&self, layer: Layer) -> Vec<&'static str> {
        (self.likely)(layer).iter().map(|w| w.word()).collect()
    }
    fn empty(&self) -> Option<&'static str> {
        None
    }
}

/// A list of words.
pub(super) struct Many<W: 'static> {
    /// The words, in their order.
    pub get: fn(&Profile) -> &[W],
    /// Sets them.
    pub set: fn(&mut Profile, Vec<W>),
    /// What a word becomes that is given up.
    pub dropped: &'static str,
    /// How many words must stay.
    pub least: usize,
    /// What stands for an empty list.
    pub empty: &'static str,
    /// What a word means as an answer; short enough for a narrow terminal.
    pub says: fn(W) -> &'static str,
    /// Words that are plausible at a layer.
    pub likely: fn(Layer) -> &'static [W],
}

impl<W: Word + Sync> Choice for Many<W> {
    fn words(&self) -> Vec<&'static str> {
        words::<W>()
    }
    fn held(&self, profile: &Profile) -> WordSet {
        (self.get)(profile).iter().copied().collect()
    }
    fn put(&self, profile: &mut Profile, places: &[usize]) {
        (self.set)(profile, places.iter().map(|p| W::ALL[*p]).collect());
    }
    fn copy(&self, from: &Profile, to: &mut Profile) {
        (self.set)(to, (self.get)(from).to_vec());
    }
    fn weaker(&self, profile: &Profile) -> Vec<Weaker> {
        let held = (self.get)(profile);
        let spare = if held.len() > self.least { held } else { &[] };
        let steps = spare.iter().map(|word| Weaker {
            from: word.word(),
            to: self.dropped,
            place: word.place(),
        });
        steps.collect()
    }
    fn says(&self, word: &str) -> Option<&'static str> {
        W::from_word(word).map(self.says)
    }
    fn called(&self, word: &str) -> Option<&'static str> {
        W::from_word(word).map(W::word)
    }
    fn likely(&self, layer: Layer) -> Vec<&'static str> {
        (self.likely)(layer).iter().map(|w| w.word()).collect()
    }
    fn empty(&self) -> Option<&'static str> {
        Some(self.empty)
    }
}
