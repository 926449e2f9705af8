//! The axes of the question: what losing the cache does, where the bottleneck is, what was assumed.

use rust_decimal::Decimal;

use super::Slot;
use super::baseline::Amounts;
use super::full::number;
use crate::domain::decision::{Assumption, Baseline};
use crate::domain::money::Usd;
use crate::domain::profile::{Durability, Layer, OriginKind, Profile, Word};
use crate::domain::units::{Bytes, Duration, Quantity, Rate, Share};
use crate::services::Load;
use crate::workload::fields;

/// What losing the cache does; `refill` says what filling it again takes.
pub(super) fn on_loss(slot: &Slot<'_>, refill: impl FnOnce() -> String) -> String {
    let what = &slot.service.on_loss;
    if slot.variant.facts.durability.value == Some(Durability::SurvivesAzLoss) {
        return what.clone();
    }
    [what, " ", &refill()].concat()
}

/// Extra reads per second at the origin and their cost until the cache is full again.
pub(super) fn refill(profile: &Profile, base: &Amounts, load: &Load) -> String {
    let lookups = profile.traffic.reads * profile.traffic.keys_per_read;
    let extra = lookups * load.hit_ratio;
    let mut text = format!(
        "The origin then serves {} more reads per second",
        number(extra)
    );
    if lookups > Decimal::ZERO {
        let seconds = load.items / lookups;
        let time = Duration::from_ms((seconds * Decimal::from(1000)).round());
        text.push_str(&format!(
            " for at least {}, until {} items are back",
            rough(time),
            number(load.items)
        ));
    }
    match (base.read_cost, base.reads.is_zero()) {
        (Some(cost), false) => {
            let refill = Usd(cost.0 / base.reads * load.items);
            text.push_str(&format!("; those reads cost {refill}"));
        }
        _ => text.push_str("; what they cost is unknown"),
    }
    text.push('.');
    text
}

/// A duration with two significant parts at most.
fn rough(time: Duration) -> String {
    let seconds = time.ms() / Decimal::from(1000);
    let (value, unit) = if seconds >= Decimal::from(172_800) {
        (seconds / Decimal::from(86_400), "days")
    } else if seconds >= Decimal::from(7_200) {
        (seconds / Decimal::from(3_600), "hours")
    } else if seconds >= Decimal::from(120) {
        (seconds / Decimal::from(60), "minutes")
    } else {
        (seconds, "seconds")
    };
    format!("{} {unit}", crate::domain::money::plain(value.round_dp(1)))
}

/// Where the time and the money go today, and which kind of cache follows.
pub(super) fn bottleneck(profile: &Profile, base: &Baseline) -> String {
    let slow = profile
        .latency
        .zip(base.origin_latency)
        .filter(|(need, (origin, _))| *origin > need.p50);
    match profile.layer {
        Layer::Client | Layer::Edge => "The bottleneck is the way to the viewers: distance and internet transfer. That asks for a cache at the edge, close to them; a cache beside the origin would not shorten the way.".to_owned(),
        _ if slow.is_some() => {
            let (need, (origin, _)) = slow.unwrap_or((crate::domain::profile::LatencyNeed { p50: Decimal::ZERO, p99: None }, (Decimal::ZERO, crate::domain::catalog::Basis::Assumed)));
            format!(
                "The bottleneck is the origin: a read there takes {}, the callers tolerate {}. That asks for a cache in front of it, close to the callers, whose hits meet the tolerance.",
                Duration::rounded(origin),
                Duration::from_ms(need.p50)
            )
        }
        Layer::Database => "The bottleneck, if there is one, is the database: repeated reads load it and are paid for there. That asks for a shared cache between application and database, with enough hits to relieve it; a cache at the clients would leave misses of every client to the database.".to_owned(),
        Layer::Application => "The callers are the application's own processes. That asks for a shared store they all reach at low latency; where the database is the bottleneck it takes reads off it, where the clients are, it shortens their wait.".to_owned(),
        Layer::Storage => "The bottleneck is the way to the stored objects or files: request latency and throughput. That asks for storage close to the compute, in its zone.".to_owned(),
    }
}

/// Every default that was used and what it is.
pub(super) fn assumptions(profile: &Profile, base: &Baseline) -> Vec<Assumption> {
    let unlisted = [
        "description",
        "data.hit_ratio_curve",
        "data.item_size_distribution",
        "measured",
        "deployment",
        "budget",
        "requirements.replica_regions",
    ];
    fields::FIELDS
        .iter()
        .filter(|f| !f.required && !profile.is_stated(f.path) && !unlisted.contains(&f.path))
        .filter(|f| f.path != "viewers" || matches!(profile.layer, Layer::Client | Layer::Edge))
        .map(|f| Assumption {
            field: f.path,
            value: assumed(profile, base, f.path, f.default),
            can_flip: None,
            flips: None,
        })
        .collect()
}

fn assumed(p: &Profile, base: &Baseline, path: &str, default: &str) -> String {
    match path {
        "traffic.writes" => "0/s".to_owned(),
        "traffic.peak_reads" => format!("{} (3 × average)", Rate::from_value(p.peak_reads())),
        "traffic.peak_writes" => format!("{} (3 × average)", Rate::from_value(p.peak_writes())),
        "data.max_item_size" => format!("{} (4 × mean)", Bytes::from_value(p.max_item_size())),
        "data.ttl" => p
            .data
            .ttl
            .map_or("none".to_owned(), |ttl| Duration::from_ms(ttl).to_string()),
        "data.hit_ratio" => Share::from_value(p.data.hit_ratio).to_string(),
        "compute" if p.compute.is_empty() => "unknown".to_owned(),
        "compute" => p
            .compute
            .iter()
            .map(|c| c.word())
            .collect::<Vec<_>>()
            .join(", "),
        "origin.kind" => p.origin.kind.word().to_owned(),
        "origin.latency" => base.origin_latency.map_or_else(
            || "unknown".to_owned(),
            |(ms, basis)| format!("{} ({basis})", Duration::rounded(ms)),
        ),
        "origin.price_per_million_reads" => origin_price(p, base),
        "network.vpc" => p.network.vpc.word().to_owned(),
        "viewers" => p
            .viewers
            .iter()
            .map(|(g, s)| format!("{g} {}", Share::from_value(*s)))
            .collect::<Vec<_>>()
            .join(", "),
        _ => default.to_owned(),
    }
}

fn origin_price(p: &Profile, base: &Baseline) -> String {
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
