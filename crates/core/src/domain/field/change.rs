//! A profile with one field changed: must-haves made weaker, and the other values of what was not stated.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Choice, FIELDS, Field, Relax, Tolerances, Value};
use crate::domain::profile::{Profile, Vpc};
use crate::domain::units::Duration;

/// A must-have made weaker.
pub struct Step {
    /// Which.
    pub field: &'static Field,
    /// What it asks for.
    pub from: Said,
    /// What it asks for instead.
    pub to: Said,
    change: Change,
}

/// What a must-have asks for; most steps unlock nothing, and their values are never put in words.
#[derive(Clone, Copy, Debug)]
pub enum Said {
    /// A word.
    Word(&'static str),
    /// A tolerance in milliseconds.
    Latency(Decimal),
}

impl Said {
    /// In words.
    pub fn text(&self) -> Cow<'static, str> {
        match self {
            Self::Word(word) => (*word).into(),
            Self::Latency(ms) => Duration::from_ms(*ms).to_string().into(),
        }
    }
}

enum Change {
    /// The word at a place takes over.
    Word(&'static dyn Choice, usize),
    /// The word at a place leaves the list, whatever else has left it.
    Without(&'static dyn Choice, usize),
    Number(&'static Tolerances, Decimal),
}

impl Step {
    /// Makes the must-have of a profile weaker.
    pub fn apply(&self, profile: &mut Profile) {
        match &self.change {
            Change::Word(choice, place) => choice.put(profile, &[*place]),
            Change::Without(choice, gone) => {
                let held = choice.held(profile);
                let all = 0..choice.words().len();
                let stay = all.filter(|place| place != gone && held.contains_at(*place));
                choice.put(profile, &stay.collect::<Vec<_>>());
            }
            Change::Number(tolerances, value) => (tolerances.set)(profile, *value),
        }
    }

    /// Makes it what it is in another profile.
    pub fn undo(&self, from: &Profile, profile: &mut Profile) {
        match &self.change {
            Change::Word(choice, _) | Change::Without(choice, _) => choice.copy(from, profile),
            Change::Number(tolerances, _) => (tolerances.copy)(from, profile),
        }
    }

    /// May another step of the same field come on top? A list can lose two words.
    pub fn adds_up(&self) -> bool {
        matches!(self.change, Change::Without(..))
    }
}

/// Every must-have that can be weaker, one step each: words in the order of their rows, then numbers.
pub fn relaxations(profile: &Profile) -> Vec<Step> {
    let place = |field: &Field| match field.relax {
        Relax::Never => None,
        Relax::Words(place) => Some(usize::from(place)),
        Relax::Numbers(_) => Some(usize::MAX),
    };
    let mut fields: Vec<&'static Field> = FIELDS.iter().filter(|f| place(f).is_some()).collect();
    fields.sort_by_key(|f| place(f));
    fields.iter().flat_map(|f| steps(f, profile)).collect()
}

fn steps(field: &'static Field, profile: &Profile) -> Vec<Step> {
    match (field.relax, field.value) {
        (Relax::Numbers(tolerances), _) => numbers(field, tolerances, profile),
        (Relax::Words(_), Value::One(choice)) => words(field, choice, Change::Word, profile),
        (Relax::Words(_), Value::Many(choice)) => words(field, choice, Change::Without, profile),
        (Relax::Words(_) | Relax::Never, _) => Vec::new(),
    }
}

fn words(
    field: &'static Field,
    choice: &'static dyn Choice,
    change: fn(&'static dyn Choice, usize) -> Change,
    profile: &Profile,
) -> Vec<Step> {
    let weaker = choice.weaker(profile).into_iter();
    let steps = weaker.map(|w| Step {
        field,
        from: Said::Word(w.from),
        to: Said::Word(w.to),
        change: change(choice, w.place),
    });
    steps.collect()
}

fn numbers(field: &'static Field, tolerances: &'static Tolerances, profile: &Profile) -> Vec<Step> {
    let Some(now) = (tolerances.now)(profile) else {
        return Vec::new();
    };
    let more = tolerances.tried.iter().map(|v| Decimal::from(*v));
    let steps = more.filter(|v| *v > now).map(|value| Step {
        field,
        from: Said::Latency(now),
        to: Said::Latency(value),
        change: Change::Number(tolerances, value),
    });
    steps.collect()
}

/// Every other legal value of an unstated field that is no number, as profiles that state it; of lists each
/// word alone. The numbers are searched instead, but for the word `none`.
pub fn other_values(profile: &Profile, field: &'static Field) -> Vec<(String, Profile)> {
    let stated = |change: &dyn Fn(&mut Profile)| {
        let mut changed = profile.clone();
        change(&mut changed);
        changed.state(field.path);
        changed
    };
    match field.value {
        Value::One(choice) | Value::Many(choice) => {
            let words = choice.words().into_iter().enumerate();
            let others = words.map(|(place, word)| {
                let mut changed = stated(&|p| choice.put(p, &[place]));
                follow(&mut changed);
                (word.to_owned(), changed)
            });
            others.filter(|(_, changed)| !changed.lacks_vpc()).collect()
        }
        Value::Whole(whole) => {
            let tried = whole.tried.iter();
            let others = tried.map(|v| (v.to_string(), stated(&|p| (whole.set)(p, (*v).into()))));
            others.collect()
        }
        Value::Number(number) => {
            let none = number.none.filter(|_| (number.get)(profile).is_some());
            let others = none.map(|none| ("none".to_owned(), stated(&|p| none(p))));
            others.into_iter().collect()
        }
        Value::Text(_) | Value::Own => Vec::new(),
    }
}

/// What follows from a word by default (a VPC from the callers or from private access) follows here too.
fn follow(profile: &mut Profile) {
    if !profile.is_stated("network.vpc") && profile.default_vpc() == Vpc::Existing {
        profile.network.vpc = Vpc::Existing;
        profile.state("network.vpc");
    }
}
