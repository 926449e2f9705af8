//! A profile with one field changed: must-haves made weaker, and the other values of what was not stated.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Choice, FIELDS, Field, Relax, Tolerances, Value};
use crate::domain::profile::{MultiRegion, Profile};
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

    /// A profile that asks for less, with what follows from it: no VPC for private access, no replicas of a cache
    /// in one Region.
    pub fn relaxed(&self, profile: &Profile) -> Profile {
        let mut relaxed = profile.clone();
        self.apply(&mut relaxed);
        relaxed.follow_vpc();
        if relaxed.requirements.multi_region == MultiRegion::No {
            relaxed.requirements.replica_regions.clear();
        }
        relaxed
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
    let all = by_place().into_iter();
    let steps = all.flat_map(|(_, f)| {
        let mut steps = steps(f, profile);
        if let Relax::Needs(_) = f.relax {
            let binds = steps
                .first()
                .is_some_and(|s| matches!(s.from, Said::Word("required")));
            steps.truncate(usize::from(binds));
        }
        steps
    });
    steps.collect()
}

/// What is wished for and could be less: every stated must-have and preference with its weaker forms, the nearest
/// first, and each word of a list by itself.
pub fn lighter(profile: &Profile) -> Vec<Vec<Step>> {
    let wishes = by_place().into_iter().map(|(_, f)| f);
    let wishes =
        wishes.filter(|f| !matches!(f.relax, Relax::Facts(_)) && profile.is_stated(f.path));
    let mut out = Vec::new();
    for field in wishes {
        let mut steps = steps(field, profile);
        match (field.relax, field.value) {
            (_, Value::Many(_)) => out.extend(steps.into_iter().map(|step| vec![step])),
            // Of a number the next value alone: any number can be made so large that nobody would agree.
            (Relax::Numbers(_), _) => {
                steps.truncate(1);
                out.push(steps);
            }
            _ => out.push(steps),
        }
    }
    out.retain(|steps| !steps.is_empty());
    out
}

/// The fields that can be relaxed, in the order in which they are tried.
fn by_place() -> Vec<(usize, &'static Field)> {
    let place = |field: &Field| match field.relax {
        Relax::Never => None,
        Relax::Words(place) | Relax::Needs(place) | Relax::Facts(place) => Some(usize::from(place)),
        Relax::Numbers(_) => Some(usize::MAX),
    };
    let mut fields: Vec<(usize, &'static Field)> =
        FIELDS.iter().filter_map(|f| Some((place(f)?, f))).collect();
    fields.sort_by_key(|(place, _)| *place);
    fields
}

fn steps(field: &'static Field, profile: &Profile) -> Vec<Step> {
    match (field.relax, field.value) {
        (Relax::Never, _) => Vec::new(),
        (Relax::Numbers(tolerances), _) => numbers(field, tolerances, profile),
        (_, Value::One(choice)) => words(field, choice, Change::Word, profile),
        (_, Value::Many(choice)) => words(field, choice, Change::Without, profile),
        _ => Vec::new(),
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
                (
                    word.to_owned(),
                    with_word(profile, choice, field.path, place),
                )
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

/// A profile that states one word of a field.
pub fn with_word(
    profile: &Profile,
    choice: &dyn Choice,
    path: &'static str,
    place: usize,
) -> Profile {
    let mut changed = profile.clone();
    choice.put(&mut changed, &[place]);
    changed.state(path);
    changed.follow_vpc();
    changed
}
