//! The axes of the question: what losing the cache does, where the bottleneck is.

use rust_decimal::Decimal;

use super::baseline::Amounts;
use crate::domain::catalog::Variant;
use crate::domain::decision::Baseline;
use crate::domain::finding::{Bottleneck, Refill};
use crate::domain::money::Usd;
use crate::domain::profile::{Durability, Layer, Profile};
use crate::services::Load;

/// Does the loss of a zone leave the cache as it was?
pub(super) fn survives(variant: &Variant) -> bool {
    variant.facts.durability.value == Some(Durability::SurvivesAzLoss)
}

/// Extra reads per second at the origin and their cost until the cache is full again.
pub(super) fn refill(profile: &Profile, base: &Amounts, load: &Load) -> Refill {
    let lookups = profile.lookups();
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
        // Of a store the database is not behind it.
        (Layer::Database, _) if !profile.is_store() => Bottleneck::Database,
        (Layer::Application | Layer::Database, _) => Bottleneck::Application,
        (Layer::Storage, _) => Bottleneck::WayToStorage,
    }
}
