//! Text and numbers of the page: every number carries the JSON pointer it was read from.
//!
//! Text from outside is only made visible here; escaping
//! is the template engine's.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::domain::decision::{Candidate, Decision, Outcome};
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::units::Duration;
use crate::report::sections::near;
use crate::text::one_line;

/// A number (or other value) of the JSON, as people read it.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Num {
    /// Pointers into the JSON; several are a sum; empty when unknown.
    pub(super) p: String,
    /// The value as in the JSON.
    pub(super) v: String,
    /// The value for people.
    pub(super) t: String,
}

/// A stretch of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Span {
    code: bool,
    t: String,
}

/// Reads values of one report's JSON.
pub(super) struct View<'a>(pub(super) &'a Value);

impl View<'_> {
    pub(super) fn text(&self, pointer: &str) -> String {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .map(one_line)
            .unwrap_or_default()
    }

    pub(super) fn rich(&self, pointer: &str) -> Vec<Span> {
        spans(
            self.0
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default(),
        )
    }

    pub(super) fn flag(&self, pointer: &str) -> bool {
        self.0
            .pointer(pointer)
            .and_then(Value::as_bool)
            .unwrap_or(false)
    }

    pub(super) fn decimal(&self, pointer: &str) -> Option<Decimal> {
        decimal(self.0.pointer(pointer)?)
    }

    /// Length of a list.
    pub(super) fn len(&self, pointer: &str) -> usize {
        self.0
            .pointer(pointer)
            .and_then(Value::as_array)
            .map_or(0, Vec::len)
    }

    /// The value as it stands in the JSON.
    pub(super) fn plain(&self, pointer: &str) -> Num {
        match self.0.pointer(pointer) {
            Some(Value::String(text)) => Num {
                p: pointer.to_owned(),
                v: one_line(text),
                t: one_line(text),
            },
            Some(Value::Number(number)) => Num {
                p: pointer.to_owned(),
                v: number.to_string(),
                t: number.to_string(),
            },
            _ => unknown(),
        }
    }

    /// A value with its unit, to four digits: what a search found is not more exact for people.
    pub(super) fn near(&self, pointer: &str) -> Num {
        let whole = self.plain(pointer);
        Num {
            t: near(&whole.t),
            ..whole
        }
    }

    /// Dollars: `$14.32`, with a sign for sums known only from one side.
    pub(super) fn usd(&self, pointer: &str, sign: &str) -> Num {
        self.shown(pointer, |d| format!("{sign}{}", Usd(d)))
    }

    /// Expected monthly cost of a candidate: a sum without any known part is unknown.
    pub(super) fn monthly(&self, i: usize) -> Num {
        let pointer = format!("/candidates/{i}/monthly_cost/expected");
        let complete = self.flag(&format!("/candidates/{i}/monthly_cost/complete"));
        match self.decimal(&pointer) {
            Some(known) if known.is_zero() && !complete => unknown(),
            _ => self.usd(&pointer, if complete { "" } else { "≥ " }),
        }
    }

    /// A sum of several amounts; unknown when one of them is.
    pub(super) fn usd_sum(&self, pointers: &[String]) -> Num {
        let total: Option<Decimal> = pointers.iter().map(|p| self.decimal(p)).sum();
        total.map_or_else(unknown, |d| Num {
            p: pointers.join(" "),
            v: plain(d),
            t: Usd(d).to_string(),
        })
    }

    /// A whole number with separators.
    pub(super) fn count(&self, pointer: &str) -> Num {
        self.shown(pointer, |d| grouped(&plain(d.round())))
    }

    /// A quantity: whole numbers grouped, small ones with three decimals.
    pub(super) fn quantity(&self, pointer: &str) -> Num {
        self.shown(pointer, |d| {
            grouped(&plain(if d >= Decimal::from(1000) {
                d.round()
            } else {
                d.round_dp(3)
            }))
        })
    }

    /// Milliseconds as a duration.
    pub(super) fn ms(&self, pointer: &str) -> Num {
        self.shown(pointer, |d| Duration::rounded(d).to_string())
    }

    /// Points with one decimal more than they matter.
    pub(super) fn points(&self, pointer: &str) -> Num {
        self.shown(pointer, |d| {
            let mut rounded = d.round_dp(2);
            rounded.rescale(2);
            rounded.to_string()
        })
    }

    fn shown(&self, pointer: &str, show: impl Fn(Decimal) -> String) -> Num {
        let Some(d) = self.decimal(pointer) else {
            return unknown();
        };
        Num {
            p: pointer.to_owned(),
            v: plain(d),
            t: show(d),
        }
    }
}

/// What is not known is said, never shown as zero.
pub(super) fn unknown() -> Num {
    word("unknown")
}

/// A word where a number could stand.
pub(super) fn word(text: &str) -> Num {
    Num {
        t: text.to_owned(),
        ..Num::default()
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(text) => Decimal::from_str(text).ok(),
        Value::Number(number) => Decimal::from_str(&number.to_string())
            .or_else(|_| Decimal::from_scientific(&number.to_string()))
            .ok(),
        _ => None,
    }
}

/// The name of a service and variant for people.
pub(super) fn name_of(decision: &Decision, service: &str, variant: &str) -> String {
    let picked = |c: &&Candidate| {
        c.pick.service == service && c.pick.variant.as_deref().unwrap_or_default() == variant
    };
    match (decision.candidates.iter().find(picked), outcome(service)) {
        (Some(c), _) => one_line(&c.name),
        (None, Some(words)) => words.to_owned(),
        (None, None) if variant.is_empty() => one_line(service),
        (None, None) => one_line(&format!("{service} ({variant})")),
    }
}

/// An outcome without a service in words; `None` for a service.
pub(super) fn outcome(answer: &str) -> Option<&'static str> {
    if answer == Outcome::NoCache.word() {
        Some("no cache at all")
    } else if answer == Outcome::NoneFits.word() {
        Some("nothing fits")
    } else {
        None
    }
}

/// Splits `code` from words; an odd number of ticks is plain text.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let text = one_line(text);
    if !text.matches('`').count().is_multiple_of(2) {
        return vec![Span {
            code: false,
            t: text,
        }];
    }
    text.split('`')
        .enumerate()
        .filter(|(_, t)| !t.is_empty())
        .map(|(i, t)| Span {
            code: i % 2 == 1,
            t: t.to_owned(),
        })
        .collect()
}

/// A link target, only for plain `https` addresses.
pub(super) fn https(url: &str) -> Option<String> {
    let safe = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\');
    (url.starts_with("https://") && url.len() > 8 && url.chars().all(safe)).then(|| url.to_owned())
}

/// Where a source can be read: its own address, or the file of a repository that it names.
pub(super) fn link(text: &str) -> Option<String> {
    https(text).or_else(|| https(&repository(text)?))
}

/// `github OWNER/NAME@COMMIT PATH` anywhere in a text; more words than a path lead to the commit alone.
fn repository(text: &str) -> Option<String> {
    let mut words = text.split_once("github ")?.1.split(' ');
    let (name, commit) = match words.next()?.split_once('@') {
        Some((name, commit)) => (name, Some(commit)),
        None => return None,
    };
    let plain = |s: &str| {
        s.chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/'))
    };
    let commit = commit.filter(|c| c.len() >= 7 && c.chars().all(|c| c.is_ascii_hexdigit()))?;
    if !plain(name) || name.matches('/').count() != 1 {
        return None;
    }
    match (words.next(), words.next()) {
        (Some(path), None) if plain(path) => {
            Some(format!("https://github.com/{name}/blob/{commit}/{path}"))
        }
        _ => Some(format!("https://github.com/{name}/tree/{commit}")),
    }
}

/// A meter as people write it: `stored-gb-hours` is `stored GB hours`, `https-requests.europe` has its place behind.
pub(super) fn meter(id: &str) -> String {
    let (what, place) = id.split_once('.').unwrap_or((id, ""));
    let known = |word: &str| match word {
        "gb" => "GB".to_owned(),
        "gib" => "GiB".to_owned(),
        "az" => "AZ".to_owned(),
        "ecpus" => "ECPUs".to_owned(),
        "https" | "nat" | "get" | "put" => word.to_uppercase(),
        word => word.to_owned(),
    };
    let what: Vec<String> = what.split('-').map(known).collect();
    let what = what.join(" ");
    if place.is_empty() {
        return what;
    }
    let place: Vec<String> = place.split('-').map(capital).collect();
    format!("{what} ({})", place.join(" "))
}

/// With a capital first letter; names of machines keep theirs.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !text.contains('.') => first.to_uppercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// A sentence of a list item: it begins with a capital letter.
pub(super) fn sentence(mut list: Vec<Span>) -> Vec<Span> {
    if let Some(first) = list.first_mut().filter(|s| !s.code) {
        let mut chars = first.t.chars();
        if let Some(c) = chars.next() {
            first.t = c.to_uppercase().chain(chars).collect();
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_https_becomes_a_link() {
        assert!(https("https://docs.aws.amazon.com/a?b=1#c").is_some());
        for bad in [
            "http://a",
            "javascript:alert(1)",
            "https://",
            "https://a\" onclick=1",
            "https://a b",
            "github a/b",
            "HTTPS://a",
        ] {
            assert!(https(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_source_in_a_repository_becomes_a_link() {
        let blob = "https://github.com/aws/kit@1".replace("@1", "/blob/d6ad2e44/a/b.md");
        assert_eq!(link("github aws/kit@d6ad2e44 a/b.md"), Some(blob));
        let tree = Some("https://github.com/aws/kit/tree/d6ad2e44".to_owned());
        assert_eq!(link("github aws/kit@d6ad2e44 a.json, b.json"), tree);
        assert_eq!(link("price map via github aws/kit@d6ad2e44"), tree);
        assert_eq!(link("github aws/kit notes"), None);
        assert_eq!(link("github aws/kit@\"onclick=x"), None);
    }

    #[test]
    fn meters_read_as_people_write_them() {
        assert_eq!(meter("stored-gb-hours"), "stored GB hours");
        assert_eq!(
            meter("https-requests.north-america"),
            "HTTPS requests (North America)"
        );
        assert_eq!(
            meter("node-hours.dax.t3.medium"),
            "node hours (dax.t3.medium)"
        );
    }

    #[test]
    fn ticks_are_code_only_in_pairs() {
        assert_eq!(spans("set `a` now").len(), 3);
        assert_eq!(
            spans("odd ` tick"),
            vec![Span {
                code: false,
                t: "odd ` tick".to_owned()
            }]
        );
    }

    #[test]
    fn numbers_keep_their_origin() {
        let json = serde_json::json!({"a": "1234.567", "b": 5.25, "c": null});
        let view = View(&json);
        assert_eq!(view.usd("/a", "≥ ").t, "≥ $1,234.57");
        assert_eq!(view.ms("/b").t, "5.25 ms");
        assert_eq!(view.usd("/c", "").t, "unknown");
        let sum = view.usd_sum(&["/a".to_owned(), "/b".to_owned()]);
        assert_eq!((sum.v.as_str(), sum.p.as_str()), ("1239.817", "/a /b"));
        assert_eq!(
            view.usd_sum(&["/a".to_owned(), "/c".to_owned()]).t,
            "unknown"
        );
    }
}
