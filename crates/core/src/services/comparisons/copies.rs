//! Nodes that each hold all of the data, sized by memory and by normalised requests.

use rust_decimal::Decimal;

use super::{Beside, Billed, Offer, money};
use crate::domain::comparison::{Copies, Layout, Nodes, SizedNode, Spec};
use crate::domain::money::Usd;
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::{KIB, units};

pub(super) fn offer<'a>(cx: &Beside<'a>, of: &Copies) -> Option<Offer<'a>> {
    let prices = cx.spread("node-hours");
    let kind = |suffix: &str| {
        let name = suffix.strip_prefix(of.prefix.as_str())?;
        of.types.iter().find(|t| t.name == name)
    };
    let types = prices
        .iter()
        .filter_map(|(suffix, price)| Some((kind(suffix)?, *price)));
    let types: Vec<(&SizedNode, Decimal)> = types.collect();
    let mut best: Option<(Usd, u32, &SizedNode)> = None;
    for nodes in of.least..=of.most {
        let target = target(cx, of, nodes)?;
        for (kind, price) in &types {
            let holds = Decimal::from(kind.memory) > cx.profile.data.working_set;
            let serves = target <= Decimal::from(kind.requests) * Decimal::from(nodes);
            let monthly = money(Decimal::from(nodes) * HOURS_PER_MONTH, *price);
            let cheaper = best.is_none_or(|(least, ..)| monthly < least);
            if holds && serves && cheaper {
                best = Some((monthly, nodes, kind));
            }
        }
    }
    let (monthly, nodes, kind) = best?;
    let meter = ["node-hours.", &of.prefix, &kind.name].concat();
    Some(Offer {
        variant: cx.variant(None)?,
        id: None,
        lines: vec![Billed {
            key: [&cx.service.id, "/", &meter].concat(),
            meter,
            quantity: Decimal::from(nodes) * HOURS_PER_MONTH,
            region: None,
        }],
        spec: Spec::Nodes(Nodes {
            layout: Layout {
                nodes,
                kind: [of.prefix.as_str(), &kind.name].concat().into(),
                monthly,
            },
            shards: None,
            replicas: nodes - 1,
            used: cx.profile.data.working_set / Decimal::from(kind.memory),
            at_most: false,
            regions: 1,
            fewer: None,
            reserved: None,
        }),
        possible: Vec::new(),
        cautions: vec!["copies-type-is-fixed"],
        above_quota: None,
        misses: None,
        comparable: true,
        reads_origin: false,
    })
}

/// Normalised requests a second that so many nodes must be able to serve; `None` above what a cluster may write.
fn target(cx: &Beside<'_>, of: &Copies, nodes: u32) -> Option<Decimal> {
    let [_, [lookups, puts]] = cx.rates();
    if puts > Decimal::from(of.writes) {
        return None;
    }
    let hit = cx.load.hit_ratio;
    let misses = (Decimal::ONE - hit) * Decimal::from(of.miss);
    let read = lookups * (hit + misses) * units(cx.profile.bytes_per_read(), KIB);
    let write = puts * Decimal::from(of.write) * units(cx.profile.data.item_size, KIB);
    let nodes = Decimal::from(nodes);
    let spare = Decimal::from(of.headroom) / Decimal::ONE_HUNDRED;
    // When one node is lost, the others carry its share.
    let lost = nodes / (nodes - Decimal::ONE);
    Some((read + write * nodes) * spare.max(lost))
}
