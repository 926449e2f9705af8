//! The axes of the question: what losing the cache does, where the bottleneck is, what was assumed.

use rust_decimal::Decimal;

use super::baseline::Amounts;
use super::engine::Slot;
use crate::domain::decision::{Assumption, Baseline};
use crate::domain::finding::{Bottleneck, Loss, Refill};
use crate::domain::money::Usd;
use crate::domain::profile::{Durability, Layer, OriginKind, Profile, Word};
use crate::domain::units::{Bytes, Duration, Quantity, Rate, Share};
use crate::services::Load;
use crate::workload::fields;

/// What losing the cache does; `refill` reckons what filling it again takes.
pub(super) fn on_loss(slot: &Slot<'_>, refill: impl FnOnce() -> Refill) -> Loss {
    let durable = slot.variant.facts.durability.value == Some(Durability::SurvivesAzLoss);
    Loss {
        what: slot.service.on_loss.clone(),
        refill: (!durable).then(refill),
    }
}

/// Extra reads per second at the origin and their cost until the cache is full again.
pub(super) fn refill(profile: &Profile, base: &Amounts, load: &Load) -> Refill {
    let lookups = profile.traffic.reads * profile.traffic.keys_per_read;
    let per_item = base.read_cost.filter(|_| !base.reads.is_zero());
    Refill {
        reads: lookups * load.hit_ratio,
        time: (lookups > Decimal::ZERO)
            .then(|| (load.items / lookups * Decimal::ONE_THOUSAND).round()),
        items: load.items,
        cost: per_item.map(|cost| Usd(cost.0 / base.reads * load.items)),
    }
}

/// Where the time and the money go today.
pub(super) fn bottleneck(profile: &Profile, base: &Baseline) -> Bottleneck {
    let origin = base.origin_latency.map(|(ms, _)| ms);
    let slow = profile.latency.zip(origin);
    match (profile.layer, slow) {
        (Layer::Client | Layer::Edge, _) => Bottleneck::WayToViewers,
        (_, Some((need, latency))) if latency > need.p50 => Bottleneck::Origin {
            latency,
            tolerance: need.p50,
        },
        (Layer::Database, _) => Bottleneck::Database,
        (Layer::Application, _) => Bottleneck::Application,
        (Layer::Storage, _) => Bottleneck::WayToStorage,
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
