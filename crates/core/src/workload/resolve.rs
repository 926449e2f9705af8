//! Tree → profile: every field by its row of the table, then defaults, then contradictions.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::contradictions::contradictions;
use super::sections::{self, Notes};
use super::{CODES, rates};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::Catalog;
use crate::domain::field::{self, FIELDS, Field, NumField, Shape, Unit, Value};
use crate::domain::profile::{Profile, Range, Vpc};
use crate::yaml::{Node, Reader, no_choice};

type Outcome = Option<(Profile, BTreeMap<String, Span>)>;

/// A profile while it is read.
struct Draft<'a> {
    profile: Profile,
    notes: Notes,
    catalog: &'a Catalog,
    /// Fields that have a value.
    known: Vec<&'static str>,
}

/// Resolves the whole tree; problems are collected, errors and warnings alike.
pub(super) fn resolve(root: &Node, catalog: &Catalog, problems: &mut Vec<Diagnostic>) -> Outcome {
    let mut draft = Draft {
        profile: Profile::blank(),
        notes: Notes::default(),
        catalog,
        known: Vec::new(),
    };
    let mut r = Reader::new(root, "", CODES, problems);
    for (name, fields) in field::sections() {
        if name.is_empty() {
            draft.section(&mut r, fields);
        } else {
            let required = fields.iter().any(|f| f.required);
            sections::nested(&mut r, name, required, |inner| draft.section(inner, fields));
        }
    }
    r.finish();
    draft.assume();
    let complete = FIELDS
        .iter()
        .all(|f| draft.knows(f) || !(f.required || f.is_assumed_range()));
    if !complete {
        return None;
    }
    draft.defaults();
    let Draft {
        mut profile, notes, ..
    } = draft;
    profile.ranges = notes.ranges;
    profile.stated = stated(&profile, &notes.places);
    contradictions(&profile, catalog, &notes.places, problems);
    Some((profile, notes.places))
}

impl Draft<'_> {
    fn knows(&self, field: &Field) -> bool {
        self.known.contains(&field.path)
    }

    /// Calendar totals are spread over the active hours, so these are read first.
    fn section(&mut self, r: &mut Reader<'_, '_>, mut fields: Vec<&'static Field>) {
        let is_hours = |f: &Field| matches!(f.value, Value::Number(n) if n.unit == Unit::Hours);
        fields.sort_by_key(|f| !is_hours(f));
        for field in fields {
            let (_, key) = field.place();
            if field.required {
                r.required(key);
            }
            if self.read(r, key, field).is_some() {
                self.known.push(field.path);
            }
        }
    }

    /// Reads a field into the profile; `None` leaves its default.
    fn read(
        &mut self,
        r: &mut Reader<'_, '_>,
        key: &'static str,
        field: &'static Field,
    ) -> Option<()> {
        let (p, n) = (&mut self.profile, &mut self.notes);
        match field.shape {
            Shape::Version => sections::version(r, key)?,
            Shape::Text => text(p, sections::text(r, field, n)?, field),
            Shape::Region => text(p, sections::region(r, key, self.catalog)?, field),
            Shape::Regions => {
                p.requirements.replica_regions = sections::regions(r, field, self.catalog, n)?;
            }
            Shape::Word(_) | Shape::Words(_) => words(r, field, n, p)?,
            Shape::Quantity { .. } | Shape::QuantityOrNone { .. } => number(r, field, n, p)?,
            Shape::Integer => {
                let value = sections::integer(r, key, n)?;
                if let Value::Whole(whole) = field.value {
                    (whole.set)(p, value);
                }
            }
            Shape::Latency => p.latency = Some(sections::latency(r, n)?),
            Shape::Budget => p.budget = Some(sections::budget(r, n)?),
            Shape::Viewers => p.viewers = sections::viewers(r, n)?,
            Shape::Curve => p.data.curve = sections::curve(r, n)?,
            Shape::Distribution => {
                let sizes = sections::distribution(r, n)?;
                p.item_size_distribution = Some(sizes);
                p.data.max_item_size = p.data.max_item_size.or(Some(sizes[2]));
            }
            Shape::Measured => (p.measured, p.running) = sections::measured(r)?,
            Shape::Deployment => p.deployment = sections::deployment(r, n)?,
        }
        Some(())
    }

    /// What stands for numbers that few people know, inside what is legal beside the rest; of two that bound each
    /// other the larger comes first.
    fn assume(&mut self) {
        let ranges = self.catalog.plausible.ranges_at(self.profile.layer).rev();
        for range in ranges {
            let (field, path) = (range.field, range.field.path());
            if self.known.contains(&path) {
                continue;
            }
            let (least, most) = (field.number().domain)(&self.profile);
            let within = |value: Decimal| value.min(most).max(least);
            self.profile.set_number(field, within(range.expected));
            self.known.push(path);
            self.notes.ranges.push(Range {
                field,
                low: within(range.low),
                high: within(range.high),
            });
        }
    }

    /// What holds where nothing was stated and it depends on what was.
    fn defaults(&mut self) {
        let p = &mut self.profile;
        if p.viewers.is_empty() {
            let home = self.catalog.regions.iter().find(|r| r.code == p.region);
            p.viewers = home.map(|r| (r.geo, Decimal::ONE)).into_iter().collect();
        }
        for field in FIELDS.iter().filter(|f| !self.known.contains(&f.path)) {
            if let Some(follow) = field.follows {
                follow(p);
            }
        }
    }
}

fn text(profile: &mut Profile, text: &str, field: &Field) {
    if let Value::Text(of) = field.value {
        (of.set)(profile, text.to_owned());
    }
}

/// A word as people write it: `Lambda`, `load balancer`; `true` and `false` of what may be required.
fn place_of(all: &[&str], text: &str) -> Option<usize> {
    let place = |word: &str| all.iter().position(|w| *w == word);
    let written = text.trim().to_lowercase().replace(['_', ' '], "-");
    let meant = match written.as_str() {
        "true" if place("required").is_some() => "required",
        "false" if place("required").is_some() => "no",
        other => other,
    };
    place(text).or_else(|| place(meant))
}

/// A word of a closed list, or a list of them; a list is sorted and has each word once.
fn words(
    r: &mut Reader<'_, '_>,
    field: &'static Field,
    notes: &mut Notes,
    profile: &mut Profile,
) -> Option<()> {
    let (_, key) = field.place();
    let (choice, texts, span) = match field.value {
        Value::One(choice) => {
            let (text, span) = r.text(key)?;
            (choice, vec![(text, span.clone())], span)
        }
        Value::Many(choice) => (choice, r.texts(key)?, r.node(key)?.span.clone()),
        _ => return None,
    };
    if let ([("unknown", _)], true) = (texts.as_slice(), field.can_be_unknown()) {
        return None;
    }
    let all = choice.words();
    let mut places = Vec::new();
    for (text, span) in &texts {
        match place_of(&all, text) {
            Some(place) => places.push(place),
            None => r
                .problems()
                .push(no_choice(CODES.word, text, span, field.path, &all)),
        }
    }
    if matches!(field.value, Value::One(_)) && places.is_empty() {
        return None;
    }
    places.sort_unstable();
    places.dedup();
    notes.stated(field.path, &span);
    choice.put(profile, &places);
    Some(())
}

/// A number, perhaps a range of it, or the word `none`.
fn number(
    r: &mut Reader<'_, '_>,
    field: &'static Field,
    notes: &mut Notes,
    profile: &mut Profile,
) -> Option<()> {
    let (_, key) = field.place();
    let (named, Value::Number(number)) = (NumField::from_path(field.path)?, field.value) else {
        return None;
    };
    if let (Some(none), Some(node)) = (number.none, r.node(key))
        && node.text() == Some("none")
    {
        notes.stated(field.path, &node.span);
        none(profile);
        return Some(());
    }
    let value = if number.unit == Unit::Rate {
        rates::read(r, key, named, notes, profile)?
    } else {
        sections::spread(r, key, named, notes, |text| {
            let value = number.unit.parse(text)?;
            (number.legal)(text, value)?;
            Ok((value, value))
        })?
    };
    (number.set)(profile, value);
    Some(())
}

/// What was stated, and what follows from it: the interface from the layer, `existing` from private access, a name
/// from the file.
fn stated(profile: &Profile, places: &BTreeMap<String, Span>) -> Vec<&'static str> {
    let mut list: Vec<&'static str> = FIELDS
        .iter()
        .map(|f| f.path)
        .filter(|p| places.contains_key(*p))
        .collect();
    list.extend(["interface", "name"]);
    if profile.network.vpc == Vpc::Existing {
        list.push("network.vpc");
    }
    if places.contains_key("data.hit_ratio_curve") {
        list.push("data.hit_ratio");
    }
    if places.contains_key("data.item_size_distribution") {
        list.push("data.max_item_size");
    }
    list.sort_unstable();
    list.dedup();
    list
}
