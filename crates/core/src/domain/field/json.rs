//! Values of a profile as JSON, in canonical units: what a report shows and what a hash is made of.

use rust_decimal::Decimal;
use serde_json::{Map, Value as Json, json};

use super::assumed::held;
use super::{Field, Value};
use crate::domain::money::plain as number;
use crate::domain::profile::{Profile, Running, Word as _};
use crate::domain::units::{Bytes, Dollars, Duration, Quantity, Share};

fn text(text: impl Into<String>) -> Json {
    Json::String(text.into())
}

/// A value that is no structure of its own.
pub(super) fn plain(field: &Field, profile: &Profile) -> Json {
    match field.value {
        Value::Number(n) => {
            let absent = n.none.map_or(Json::Null, |_| text("none"));
            (n.get)(profile).map_or(absent, |v| text(n.unit.show(v)))
        }
        Value::One(choice) => {
            let word = held(choice, profile).pop();
            text(word.unwrap_or("unknown"))
        }
        Value::Many(choice) => held(choice, profile).into_iter().map(text).collect(),
        Value::Text(t) => (t.get)(profile).map_or(Json::Null, text),
        Value::Whole(w) => (w.get)(profile).map_or(Json::Null, |v| text(number(v))),
        Value::Own => Json::Null,
    }
}

pub(super) fn version(_: &Profile) -> Json {
    json!(1)
}

pub(super) fn latency(p: &Profile) -> Json {
    let time = |ms| Duration::from_ms(ms).to_string();
    p.latency.map_or(
        Json::Null,
        |l| json!({ "p50": time(l.p50), "p99": l.p99.map(time) }),
    )
}

pub(super) fn curve(p: &Profile) -> Json {
    let share = |s| Share::from_value(s).to_string();
    let points = p.data.curve.iter().map(|c| {
        json!({
            "size": c.size.to_string(), "objects": share(c.objects), "bytes": share(c.bytes),
            "error": c.error.map(share),
        })
    });
    points.collect()
}

pub(super) fn distribution(p: &Profile) -> Json {
    let size = |b| Bytes::from_value(b).to_string();
    json!(
        p.item_size_distribution
            .map(|[p50, p99, max]| json!({ "p50": size(p50), "p99": size(p99), "max": size(max) }))
    )
}

pub(super) fn measured(p: &Profile) -> Json {
    let mut out = Map::new();
    let mut marks = Map::new();
    for (key, value) in &p.measured {
        match key.strip_prefix("fields.") {
            Some(path) => marks.insert(path.to_owned(), json!(value)),
            None => out.insert(key.clone(), json!(value)),
        };
    }
    if !marks.is_empty() {
        out.insert("fields".to_owned(), Json::Object(marks));
    }
    out.extend(p.running.as_ref().map(|r| ("now".to_owned(), running(r))));
    Json::Object(out)
}

fn running(r: &Running) -> Json {
    let [low, high] = r.monthly.map(|end| Dollars::from_value(end.0).to_string());
    let mut out = json!({ "name": r.name, "service": r.service, "monthly": low });
    if let Some(variant) = &r.variant {
        out["variant"] = json!(variant);
    }
    if low != high {
        out["monthly_high"] = json!(high);
    }
    if r.at_least {
        out["at_least"] = json!(true);
    }
    out
}

pub(super) fn replicas(p: &Profile) -> Json {
    json!(p.requirements.replica_regions)
}

pub(super) fn viewers(p: &Profile) -> Json {
    let shares = p.viewers.iter();
    let shares: Map<String, Json> = shares
        .map(|(geo, share)| {
            (
                geo.word().to_owned(),
                text(Share::from_value(*share).to_string()),
            )
        })
        .collect();
    Json::Object(shares)
}

pub(super) fn budget(p: &Profile) -> Json {
    p.budget.map_or(Json::Null, |b| {
        text(format!("{}/month", Dollars::from_value(b)))
    })
}

/// What a month of traffic comes to: idle hours, read calls, explicit puts.
pub fn monthly(p: &Profile) -> [Json; 3] {
    let calls = |rate: Decimal| text(number((rate * p.active_seconds()).round_dp(3)));
    let idle = format!("{} h", number(p.idle_hours()));
    [text(idle), calls(p.traffic.reads), calls(p.traffic.writes)]
}
