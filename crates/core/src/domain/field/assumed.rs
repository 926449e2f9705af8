//! Every default that was used, and what it is in words for whoever shows it.

use rust_decimal::Decimal;

use super::{Assumed, Choice, FIELDS, Field, Value};
use crate::domain::decision::Baseline;
use crate::domain::money::{Usd, plain};
use crate::domain::profile::{Layer, OriginKind, Profile, Word as _};
use crate::domain::units::{Duration, Quantity, Share};

/// The unstated fields of a profile of which something is assumed, in the order of the table.
pub fn assumptions(profile: &Profile) -> Vec<&'static Field> {
    let is_listed = |field: &&Field| match field.assumed {
        Assumed::Never => false,
        Assumed::AtEdge(_) => matches!(profile.layer, Layer::Client | Layer::Edge),
        Assumed::Value | Assumed::Computed | Assumed::Range | Assumed::By(_) => true,
    };
    let unstated = |field: &&Field| !field.required && !profile.is_stated(field.path);
    let listed = FIELDS.iter().filter(is_listed).filter(unstated);
    listed.collect()
}

impl Field {
    /// What is assumed of it, in words.
    pub fn assumption(&self, profile: &Profile, base: &Baseline) -> String {
        let default = || self.default.to_owned();
        match self.assumed {
            Assumed::Never => default(),
            Assumed::Value => said(self, profile).unwrap_or_else(default),
            Assumed::Computed => {
                let value = said(self, profile);
                value.map_or_else(default, |v| format!("{v} ({})", self.default))
            }
            Assumed::Range => within(self, profile).unwrap_or_else(default),
            Assumed::By(of) => of(profile, base),
            Assumed::AtEdge(of) => of(profile),
        }
    }
}

/// The value with the range around it.
fn within(field: &Field, profile: &Profile) -> Option<String> {
    let value = said(field, profile)?;
    let around = profile.ranges.iter().find(|r| r.field.path() == field.path);
    Some(around.map_or(value.clone(), |r| {
        let [low, high] = [r.low, r.high].map(|v| r.field.show(v));
        format!("{value} ({low} to {high})")
    }))
}

/// The value of a field in words; `None` where the words of its default say it.
fn said(field: &Field, profile: &Profile) -> Option<String> {
    match field.value {
        Value::Number(number) => (number.get)(profile)
            .map(|v| number.unit.show(v))
            .or_else(|| number.none.map(|_| "none".to_owned())),
        Value::One(choice) | Value::Many(choice) => {
            let held = held(choice, profile);
            let empty = choice.empty().map(str::to_owned);
            (!held.is_empty()).then(|| held.join(", ")).or(empty)
        }
        Value::Whole(whole) => (whole.get)(profile).map(plain),
        Value::Text(text) => (text.get)(profile).map(str::to_owned),
        Value::Own => None,
    }
}

/// The words of a profile, in their order.
pub(super) fn held(choice: &dyn Choice, profile: &Profile) -> Vec<&'static str> {
    let held = choice.held(profile);
    let words = choice.words().into_iter().enumerate();
    words
        .filter(|(place, _)| held.contains_at(*place))
        .map(|(_, word)| word)
        .collect()
}

/// Nothing is known of it.
pub(super) fn unknown(_: &Profile, _: &Baseline) -> String {
    "unknown".to_owned()
}

/// The time of a read at the origin, and what it rests on.
pub(super) fn origin_latency(_: &Profile, base: &Baseline) -> String {
    let known = base.origin_latency.map(|(ms, basis)| {
        let time = Duration::from_ms(ms.round_dp(2).normalize());
        format!("{time} ({basis})")
    });
    known.unwrap_or_else(|| "unknown".to_owned())
}

/// The price of a million reads at the origin, and where it is from.
pub(super) fn origin_price(p: &Profile, base: &Baseline) -> String {
    let Some(cost) = base.read_cost.filter(|_| !base.reads.is_zero()) else {
        return "unknown".to_owned();
    };
    let per_million = Usd(cost.0 / base.reads * Decimal::from(1_000_000));
    let sign = if base.at_least { "≥ " } else { "" };
    let kind = if p.origin.kind == OriginKind::Other {
        "stated"
    } else {
        p.origin.kind.word()
    };
    format!("{sign}{per_million} ({kind})")
}

/// Where the viewers are.
pub(super) fn viewers(p: &Profile) -> String {
    let shares = p.viewers.iter();
    let shares: Vec<String> = shares
        .map(|(geo, share)| format!("{geo} {}", Share::from_value(*share)))
        .collect();
    shares.join(", ")
}
