//! Nodes that share the data: the cheapest layout by type, burstable and not, on demand and reserved.
//!
//! One node must carry its shard alone, because with one replica the loss of a node leaves one. Nodes hold the
//! whole set at its largest and run all month: neither a TTL nor idle hours lower the bill.

use std::cmp::Reverse;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Beside, Billed, Offer, money};
use crate::domain::catalog::Variant;
use crate::domain::comparison::{EngineShape, Layout, NodeType, Nodes, Shards, Spec};
use crate::domain::finding::Must;
use crate::domain::money::Usd;
use crate::domain::profile::{Durability, Feature, MultiRegion, Protocol};
use crate::domain::units::HOURS_PER_MONTH;
use crate::services::model::GIB;

const NODE_HOURS: &str = "node-hours";
const RESERVED_HOURS: &str = "reserved-node-hours";
/// MiB that Memcached keeps for connections.
const CONNECTIONS_MIB: u32 = 100;
const MIB: Decimal = Decimal::from_parts(1 << 20, 0, 0, false, 0);
const MEGABIT: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);
/// A layout of fewer nodes is worth naming up to 5 % above the cheapest.
const NEAR: Decimal = Decimal::from_parts(105, 0, 0, false, 2);

/// What the nodes must hold and serve.
struct Need {
    stored: Decimal,
    /// Commands a second: mean, peak.
    commands: [Decimal; 2],
    /// Bits a second: mean, peak.
    bits: [Decimal; 2],
    /// The client cannot spread over shards.
    one_shard: bool,
    /// Client connections, each of which every node has.
    connections: Option<Decimal>,
    /// Other Regions have the same nodes.
    abroad: bool,
}

/// A type with as many nodes as it takes.
struct Plan<'t> {
    kind: &'t NodeType,
    shards: u32,
    nodes: u32,
    monthly: Usd,
    used: Decimal,
    /// It takes as many connections as there are clients.
    takes_all: bool,
}

impl Plan<'_> {
    fn layout(&self, prefix: &str) -> Layout {
        Layout {
            nodes: self.nodes,
            kind: [prefix, &self.kind.name].concat().into(),
            monthly: self.monthly,
        }
    }
}

pub(super) fn offers<'a>(cx: &Beside<'a>, of: &Shards) -> Vec<Offer<'a>> {
    let Some((variant, shape)) = engine(cx, of) else {
        return Vec::new();
    };
    let need = need(cx, variant);
    let path = |meter: &str| match &shape.variant {
        Some(id) => [id, "/", meter].concat(),
        None => meter.to_owned(),
    };
    let on_demand = plans(of, shape, &need, &cx.spread(&path(NODE_HOURS)));
    let reserved = plans(of, shape, &need, &cx.spread(&path(RESERVED_HOURS)));
    let mut out = Vec::new();
    let known = on_demand.known_large;
    for (id, burstable) in [("on-demand", false), ("burstable", true)] {
        let fits = |p: &&Plan<'_>| p.kind.is_burstable() == burstable;
        let Some(best) = cheapest(on_demand.plans.iter().filter(fits)) else {
            continue;
        };
        let less = |p: &&Plan<'_>| p.nodes < best.nodes && p.monthly.0 <= best.monthly.0 * NEAR;
        let fewer = on_demand.plans.iter().filter(fits).filter(less);
        let fewer = fewer.min_by_key(|p| (p.nodes, p.monthly));
        let year = cheapest(reserved.plans.iter().filter(fits));
        let nodes = Nodes {
            fewer: fewer.map(|p| p.layout(&of.prefix)),
            reserved: year.map(|p| p.layout(&of.prefix)),
            at_most: !burstable && !known,
            ..bought(best, of, shape)
        };
        out.push(offer(cx, variant, of, shape, best, (id, nodes)));
    }
    let steady = reserved.plans.iter().filter(|p| !p.kind.is_burstable());
    if let Some(best) = cheapest(steady) {
        let nodes = bought(best, of, shape);
        out.push(offer(cx, variant, of, shape, best, ("reserved", nodes)));
    }
    out
}

/// The engine that speaks the protocol of the clients: the first one when any will do.
fn engine<'a, 's>(cx: &Beside<'a>, of: &'s Shards) -> Option<(&'a Variant, &'s EngineShape)> {
    let wanted = cx.profile.requirements.protocol;
    let speaks = |v: &Variant| {
        let spoken = v.facts.protocols.value;
        wanted == Protocol::Any || spoken.is_some_and(|set| set.contains(wanted))
    };
    let all = of.engines.iter();
    let known = all.filter_map(|shape| Some((cx.variant(shape.variant.as_deref())?, shape)));
    let known: Vec<_> = known.collect();
    let spoken = known.iter().find(|(variant, _)| speaks(variant));
    spoken.or(known.first()).copied()
}

fn need(cx: &Beside<'_>, variant: &Variant) -> Need {
    let rates = cx.rates();
    let features = &cx.profile.requirements.features;
    Need {
        stored: cx.stored(variant),
        commands: rates.map(|[lookups, puts]| lookups + puts),
        bits: rates.map(|rate| cx.bytes(rate) * Decimal::from(8)),
        one_shard: features.contains(&Feature::MultiSlotOperations),
        connections: cx.profile.traffic.connections,
        abroad: is_abroad(cx),
    }
}

fn is_abroad(cx: &Beside<'_>) -> bool {
    cx.profile.requirements.multi_region != MultiRegion::No
}

/// Can this type be had across Regions, where it has to?
fn spans(of: &Shards, need: &Need, kind: &NodeType) -> bool {
    let families = &of.abroad.families;
    let listed = families.iter().any(|f| f == kind.family());
    !need.abroad || families.is_empty() || listed
}

/// Layouts of every type that has a price.
struct Plans<'t> {
    plans: Vec<Plan<'t>>,
    /// The smallest size of a family that is not burstable has a price.
    known_large: bool,
}

fn plans<'t>(
    of: &'t Shards,
    shape: &EngineShape,
    need: &Need,
    prices: &[(&str, Decimal)],
) -> Plans<'t> {
    let mut out = Plans {
        plans: Vec::new(),
        known_large: false,
    };
    for (suffix, price) in prices {
        let Some(name) = suffix.strip_prefix(of.prefix.as_str()) else {
            continue;
        };
        let Some(kind) = of.types.iter().find(|t| t.name == name) else {
            continue;
        };
        if !spans(of, need, kind) {
            continue;
        }
        out.known_large |= !kind.is_burstable() && name.ends_with(".large");
        out.plans.extend(plan(of, shape, need, kind, *price));
    }
    // Where no type takes so many clients the row says so.
    if out.plans.iter().any(|p| p.takes_all) {
        out.plans.retain(|p| p.takes_all);
    }
    out
}

/// As many connections as there are clients? Nobody says where the figure is zero.
fn takes(need: &Need, kind: &NodeType) -> bool {
    let most = Decimal::from(kind.connections);
    most.is_zero() || need.connections.is_none_or(|clients| clients <= most)
}

fn plan<'t>(
    of: &Shards,
    shape: &EngineShape,
    need: &Need,
    kind: &'t NodeType,
    price: Decimal,
) -> Option<Plan<'t>> {
    let usable = usable(shape, kind)?;
    // Credits make up for a peak: what counts is the mean.
    let load = usize::from(!kind.is_burstable());
    let mut shards = (need.stored / usable).ceil();
    shards = shards.max((need.commands[load] / commands(of, kind)).ceil());
    if kind.mbps > 0 {
        let bits = Decimal::from(kind.mbps) * MEGABIT;
        shards = shards.max((need.bits[load] / bits).ceil());
    }
    let shards = shards.max(Decimal::from(shape.least)).to_u32()?;
    let nodes = shards.checked_mul(1 + shape.replicas)?;
    let overrun = need.commands[1] > Decimal::from(of.burst_requests) * Decimal::from(shards);
    let out = (kind.is_burstable() && (shards > shape.burstable || overrun))
        || (need.one_shard && shards > shape.least)
        || nodes > shape.most;
    (!out).then(|| Plan {
        kind,
        shards,
        nodes,
        monthly: money(Decimal::from(nodes) * HOURS_PER_MONTH, price),
        used: need.stored / (usable * Decimal::from(shards)),
        takes_all: takes(need, kind),
    })
}

/// Bytes for data on one node; `None` where the engine does not run on it.
fn usable(shape: &EngineShape, kind: &NodeType) -> Option<Decimal> {
    if shape.memcached {
        let mib = kind.memcached.checked_sub(CONNECTIONS_MIB)?;
        return Some(Decimal::from(mib) * MIB);
    }
    let kept = Decimal::from(100 - kind.reserved);
    Some((Decimal::from(kind.memory) * kept / Decimal::ONE_HUNDRED).floor())
}

/// Commands a second that a node serves all the time.
fn commands(of: &Shards, kind: &NodeType) -> Decimal {
    let all = Decimal::from(of.requests_per_vcpu) * Decimal::from(kind.vcpu);
    let steady = all * Decimal::from(kind.cpu) / Decimal::ONE_HUNDRED;
    steady.min(Decimal::from(of.requests_per_node))
}

/// The lowest price; then fewer nodes, the newer generation, the name.
fn cheapest<'p, 't: 'p>(plans: impl Iterator<Item = &'p Plan<'t>>) -> Option<&'p Plan<'t>> {
    plans.min_by_key(|p| {
        let newest = Reverse(p.kind.generation());
        (p.monthly, p.nodes, newest, p.kind.name.as_str())
    })
}

fn bought(plan: &Plan<'_>, of: &Shards, shape: &EngineShape) -> Nodes {
    Nodes {
        layout: plan.layout(&of.prefix),
        shards: (!shape.memcached).then_some(plan.shards),
        replicas: shape.replicas,
        used: plan.used,
        at_most: false,
        regions: 1,
        fewer: None,
        reserved: None,
    }
}

/// The nodes in the home Region and in every other that has them; without a name the other is priced as the home.
fn billed(cx: &Beside<'_>, key: &str, meter: &str, hours: Decimal) -> Vec<Billed> {
    let line = |region: Option<&String>| Billed {
        key: key.to_owned(),
        meter: meter.to_owned(),
        quantity: hours,
        region: region.cloned(),
    };
    let mut lines = vec![line(None)];
    if is_abroad(cx) {
        match cx.profile.requirements.replica_regions.as_slice() {
            [] => lines.push(line(None)),
            named => lines.extend(named.iter().map(|r| line(Some(r)))),
        }
    }
    lines
}

/// What a layout cannot meet.
fn misses(
    cx: &Beside<'_>,
    variant: &Variant,
    of: &Shards,
    regions: u32,
) -> Option<(Must, &'static str)> {
    let r = &cx.profile.requirements;
    if of.abroad.most.is_some_and(|most| regions > most) {
        let must = Must::MultiRegion(r.multi_region);
        return Some((must, "there are more Regions than a cluster can span"));
    }
    let durable = r.durability == Durability::SurvivesAzLoss;
    (durable && of.abroad.without_durability && is_abroad(cx)).then(|| {
        let must = Must::Durability {
            wanted: r.durability,
            has: variant.facts.durability.value,
        };
        (
            must,
            "it cannot be had together with copies in other Regions",
        )
    })
}

/// What to know about a layout.
fn cautions(cx: &Beside<'_>, shape: &EngineShape, id: &str, nodes: &Nodes) -> Vec<&'static str> {
    let [[lookups, puts], _] = cx.rates();
    let largest = cx.profile.max_item_size();
    let usual = shape.usual_item.map(Decimal::from);
    let all = [
        (
            "nodes-large-items",
            usual.is_some_and(|most| largest > most),
        ),
        ("nodes-reserved", id == "reserved"),
        ("nodes-few-prices", nodes.at_most),
        ("nodes-replication", shape.replicas > 0 && puts > lookups),
    ];
    let due = all.into_iter().filter(|(_, due)| *due);
    due.map(|(code, _)| code).collect()
}

fn offer<'a>(
    cx: &Beside<'a>,
    variant: &'a Variant,
    of: &Shards,
    shape: &EngineShape,
    plan: &Plan<'_>,
    (id, mut nodes): (&'static str, Nodes),
) -> Offer<'a> {
    let meter = if id == "reserved" {
        RESERVED_HOURS
    } else {
        NODE_HOURS
    };
    let meter = [meter, ".", &of.prefix, &plan.kind.name].concat();
    let hours = Decimal::from(plan.nodes) * HOURS_PER_MONTH;
    let path = shape
        .variant
        .as_ref()
        .map_or(String::new(), |v| [v, "/"].concat());
    let key = [&cx.service.id, "/", &path, &meter].concat();
    let mut lines = billed(cx, &key, &meter, hours);
    nodes.regions = lines.len().to_u32().unwrap_or(u32::MAX);
    lines.extend(written(cx, of));
    let mut cautions = cautions(cx, shape, id, &nodes);
    if plan.kind.is_burstable() {
        cautions.push("nodes-cpu-credits");
    }
    let crowded = !plan.takes_all;
    if crowded {
        cautions.push("nodes-connections");
    }
    let mut possible = Vec::new();
    let durable = cx.profile.requirements.durability == Durability::SurvivesAzLoss;
    if let Some(percent) = of.durability.filter(|_| durable) {
        cautions.push("nodes-durability");
        let more = hours * Decimal::from(percent) / Decimal::ONE_HUNDRED;
        possible.extend(billed(cx, &key, &meter, more));
    }
    Offer {
        variant,
        id: Some(id.to_owned()),
        lines,
        possible,
        cautions,
        above_quota: (plan.nodes > shape.quota)
            .then(|| [plan.nodes, shape.quota].map(Decimal::from)),
        misses: misses(cx, variant, of, nodes.regions),
        comparable: id == "on-demand" && !plan.kind.is_burstable() && !crowded,
        spec: Spec::Nodes(nodes),
        reads_origin: false,
    }
}

/// Written bytes above those that are free: what they cost is unknown.
fn written(cx: &Beside<'_>, of: &Shards) -> Option<Billed> {
    let free = Decimal::from(of.free_written_gb?);
    let gb = cx.load.puts() * cx.load.item / GIB;
    (gb > free).then(|| cx.billed("data-written-gb", gb - free))
}
