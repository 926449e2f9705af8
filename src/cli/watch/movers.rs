//! What moved between the accepted answer and today's, and what each move does to the accepted bill.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use crate::cli::reports;
use crate::cli::session::Session;
use crate::domain::field::FIELDS;
use crate::domain::money::plain;
use crate::report::diff;
use crate::report::read::{Row, Written};
use crate::workload::load;

/// One thing that moved.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Cause {
    /// `prices`, `rules`, `profile` or `usage`.
    pub cause: &'static str,
    /// A field of the profile, or the code of a rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// `service/meter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meter: Option<String>,
    pub before: Option<String>,
    pub after: Option<String>,
    /// USD a month that it adds to the bill of the accepted service; `null` where that cannot be said.
    pub cost_effect: Option<String>,
}

impl Cause {
    /// The largest effect first; what has none after it, rules before the rest.
    pub(super) fn weight(&self) -> (Decimal, bool) {
        (
            self.effect().unwrap_or_default().abs(),
            self.cause == "rules",
        )
    }

    pub(super) fn effect(&self) -> Option<Decimal> {
        Decimal::from_str(self.cost_effect.as_deref()?).ok()
    }
}

/// The service and variant that were accepted; where no cache was the answer, the best candidate.
fn choice(accepted: Written<'_>) -> (Option<&str>, Option<&str>) {
    match (accepted.service(), accepted.best()) {
        (None, Some((service, variant))) => (Some(service), variant),
        (service, _) => (service, accepted.variant()),
    }
}

/// A line of the accepted service's bill: what a unit costs, and what all of them do.
type Lines = BTreeMap<String, (Option<Decimal>, Decimal)>;

/// The accepted service's bill in a report, by meter and band.
fn bill(report: &Value, accepted: &Value) -> Lines {
    let wanted = choice(Written(accepted));
    let own = Written(report).candidates().find(|c| c.pick() == wanted);
    let mut out = Lines::new();
    let lines = own.into_iter().flat_map(Row::lines);
    for line in lines.filter(|l| l.free() != Some(true)) {
        let [service, meter] = [line.service(), line.meter()].map(Option::unwrap_or_default);
        let meter = format!("{service}/{meter}");
        let at = out
            .keys()
            .filter(|k| k.split('#').next() == Some(&meter))
            .count();
        let key = if at == 0 {
            meter
        } else {
            format!("{meter}#{at}")
        };
        out.insert(key, (line.unit_price(), line.cost().unwrap_or_default()));
    }
    out
}

/// Unit prices of the accepted bill that are others now.
pub(super) fn prices(before: &Value, after: &Value, accepted: &Value) -> Vec<Cause> {
    let (from, to) = (bill(before, accepted), bill(after, accepted));
    let changed = from.iter().filter_map(|(meter, old)| {
        let new = to.get(meter)?;
        (old.0 != new.0).then(|| Cause {
            cause: "prices",
            field: None,
            meter: Some(meter.split('#').next().unwrap_or(meter).to_owned()),
            before: old.0.map(plain),
            after: new.0.map(plain),
            cost_effect: Some(plain((new.1 - old.1).round_dp(2))),
        })
    });
    changed.collect()
}

/// Reasons, cautions and notes that came or went.
pub(super) fn rules(before: &Value, after: &Value) -> Vec<Cause> {
    let found = diff::compare(before, after);
    let tables = found.sections.iter().filter(|s| s.id == "rules");
    let rows = tables.flat_map(|s| &s.blocks).filter_map(|b| match b {
        crate::report::sections::Block::Table(table) => Some(&table.rows),
        _ => None,
    });
    rows.flatten()
        .map(|row| {
            let what = row.get(1).map_or("", String::as_str);
            let text = row.get(2).cloned();
            let came = what.starts_with('+');
            Cause {
                cause: "rules",
                field: row.first().map(|who| format!("{who}: {what}")),
                meter: None,
                before: text.clone().filter(|_| !came),
                after: text.filter(|_| came),
                cost_effect: None,
            }
        })
        .collect()
}

/// Fields that are stated otherwise, each with what it alone does to the accepted bill.
pub(super) fn fields(
    cause: &'static str,
    [before, after]: [&Value; 2],
    accepted: &Value,
    session: &Session,
) -> Vec<Cause> {
    let base = cost(before, accepted, session);
    let mut out = Vec::new();
    for field in FIELDS
        .iter()
        .filter(|f| !matches!(f.path, "version" | "name" | "description" | "deployment"))
    {
        let [old, new] = [before, after].map(|v| at(v, field.path));
        if old == new {
            continue;
        }
        let mut alone = before.clone();
        put(&mut alone, field.path, new.cloned());
        let there = cost(&alone, accepted, session);
        let effect = base
            .zip(there)
            .map(|(from, to)| plain((to - from).round_dp(2)));
        out.push(Cause {
            cause,
            field: Some(field.path.to_owned()),
            meter: None,
            before: old.map(shown),
            after: new.map(shown),
            cost_effect: effect,
        });
    }
    out
}

fn at<'v>(stated: &'v Value, path: &str) -> Option<&'v Value> {
    path.split('.')
        .try_fold(stated, |value, key| value.get(key))
}

fn put(stated: &mut Value, path: &str, value: Option<Value>) {
    let (section, key) = path.split_once('.').unwrap_or(("", path));
    let Some(mut map) = stated.as_object_mut() else {
        return;
    };
    if !section.is_empty() {
        let inner = map
            .entry(section)
            .or_insert_with(|| Value::Object(serde_json::Map::new()));
        match inner.as_object_mut() {
            Some(inner) => map = inner,
            None => return,
        }
    }
    match value {
        Some(value) => drop(map.insert(key.to_owned(), value)),
        None => drop(map.shift_remove(key)),
    }
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| reports::flow(value), str::to_owned)
}

/// The accepted service's bill for a profile; `None` where it is not all known, or the profile contradicts itself.
fn cost(stated: &Value, accepted: &Value, session: &Session) -> Option<Decimal> {
    let profile = load(&reports::flow(stated), &[], &session.catalog)
        .ok()?
        .profile;
    let decision = session.engine(&profile).decide(&profile);
    let (service, variant) = choice(Written(accepted));
    let own = decision.candidates.iter().find(|c| {
        Some(c.pick.service.as_str()) == service && c.pick.variant.as_deref() == variant
    })?;
    let cost = own.cost?.expected;
    (!cost.incomplete).then_some(cost.known.0)
}
