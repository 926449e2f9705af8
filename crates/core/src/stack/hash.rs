//! The hash of a profile, over a canonical form of its own: the same workload has the same hash, whatever
//! a report calls its keys.
//!
//! Stacks carry the hash (`ProfileSha256`), so the form is frozen: `tests/examples.rs` knows the hash of
//! every example. It is one JSON text: the sections by name, their fields in the order of the table, then
//! what a month of traffic comes to, stated ranges, and which fields nobody stated.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::domain::field::{self, FIELDS, Field};
use crate::domain::profile::Profile;
use crate::text::hex;

/// The profile's hash, in hexadecimal digits.
pub fn profile_hash(profile: &Profile) -> String {
    hex(&Sha256::digest(canonical(profile).as_bytes()))
}

fn canonical(profile: &Profile) -> String {
    let mut out: BTreeMap<&str, Value> = BTreeMap::new();
    for (section, fields) in field::sections() {
        let hashed = fields.iter().filter(|f| is_hashed(f, profile));
        let values = hashed.filter_map(|f| Some((f.place().1, f.json(profile)?)));
        if section.is_empty() {
            out.extend(values);
        } else {
            let named = values.map(|(key, value)| (key.to_owned(), value));
            out.insert(section, Value::Object(named.collect()));
        }
    }
    if let Some(Value::Object(traffic)) = out.get_mut("traffic") {
        let [idle, reads, writes] = field::monthly(profile);
        traffic.insert("idle_hours".to_owned(), idle);
        traffic.insert("reads_per_month".to_owned(), reads);
        traffic.insert("writes_per_month".to_owned(), writes);
    }
    let ranges = profile.ranges.iter().map(|r| {
        let show = |end| r.field.show(end);
        json!({ "field": r.field.path(), "low": show(r.low), "high": show(r.high) })
    });
    out.insert("ranges", ranges.collect());
    let unstated = FIELDS
        .iter()
        .filter(|f| f.hashed_unstated && !f.required && !profile.is_stated(f.path));
    out.insert("defaults", unstated.map(|f| f.path).collect());
    let sorted = out.into_iter().map(|(key, value)| (key.to_owned(), value));
    // Writing a value, unlike serialising a type, cannot fail.
    Value::Object(sorted.collect::<Map<_, _>>()).to_string()
}

/// A field that came after the first release counts where somebody stated it, so that the hashes of older
/// profiles stay.
fn is_hashed(field: &Field, profile: &Profile) -> bool {
    field.hashed_unstated || profile.is_stated(field.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_later_release_leaves_hashes_alone_until_somebody_states_it() {
        let row = field::find("traffic.connections").unwrap();
        let later = Field {
            hashed_unstated: false,
            ..*row
        };
        let mut profile = Profile::blank();
        assert!(is_hashed(row, &profile) && !is_hashed(&later, &profile));
        profile.state(row.path);
        assert!(is_hashed(&later, &profile));
    }

    #[test]
    fn the_form_of_a_hash_knows_no_report() {
        let code = include_str!("hash.rs")
            .split("#[cfg(test)]")
            .next()
            .unwrap();
        assert!(!code.contains("crate::report"));
    }

    #[test]
    fn another_value_and_another_statement_are_another_hash() {
        let blank = Profile::blank();
        let mut hashes = vec![profile_hash(&blank)];
        let mut other = blank.clone();
        other.traffic.reads += rust_decimal::Decimal::ONE;
        hashes.push(profile_hash(&other));
        let mut other = blank.clone();
        other.state("data.ttl");
        hashes.push(profile_hash(&other));
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 3);
    }
}
