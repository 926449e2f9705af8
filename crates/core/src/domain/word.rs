//! Enums with a fixed word per variant, as profiles, the catalog and reports write them, and sets of them.

use serde::{Deserialize, Serialize};

/// Declares an enum whose variants have fixed words in profiles, the catalog and reports.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[doc = concat!("`", $word, "`")] $variant),+ }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
            fn place(self) -> usize {
                self as usize
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}
pub(crate) use words;

/// An enum with a fixed word per variant.
pub trait Word: Copy + Sized + 'static {
    /// Every variant, in the order of the contract.
    const ALL: &'static [Self];
    /// The word in profiles and reports.
    fn word(self) -> &'static str;
    /// Its place among all variants.
    fn place(self) -> usize;
    /// The variant of a word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|v| v.word() == word)
    }
}

/// A set of words as bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordSet(u32);

impl WordSet {
    /// Adds a word.
    pub fn insert<W: Word>(&mut self, word: W) {
        self.insert_at(word.place());
    }
    /// Adds the word at a place among all words of its kind, below 32.
    pub fn insert_at(&mut self, place: usize) {
        self.0 |= 1 << place;
    }
    /// Contains a word.
    pub fn contains<W: Word>(self, word: W) -> bool {
        self.contains_at(word.place())
    }
    /// Contains the word at a place.
    pub fn contains_at(self, place: usize) -> bool {
        self.0 & 1 << place != 0
    }
    /// Has a word in common with another set.
    pub fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// The words of the set.
    pub fn words<W: Word>(self) -> Vec<&'static str> {
        let found = W::ALL.iter().filter(|w| self.contains(**w));
        found.map(|w| w.word()).collect()
    }
}

impl<W: Word> FromIterator<W> for WordSet {
    fn from_iter<I: IntoIterator<Item = W>>(words: I) -> Self {
        let mut set = Self::default();
        words.into_iter().for_each(|word| set.insert(word));
        set
    }
}
