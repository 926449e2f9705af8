//! Must-haves against facts: one pass, generic over what is done with a finding.
//!
//! The full decision keeps every finding; the fast path only learns whether one rules out. Both run
//! this same code, so they cannot disagree (docs/decisions/0004-one-evaluation.md). A finding is built from
//! borrowed parts, and only who keeps it pays for owning them.

use smol_str::SmolStr;

use crate::domain::catalog::{Catalog, Fact, Facts, Limit, LimitKind, SourceId, Tri, Variant};
use crate::domain::figure::Figures;
use crate::domain::finding::{Above, Exceeded, Late, Missed, Must, Ruling, Warning, Why};
use crate::domain::latency::{band, latency_size};
use crate::domain::profile::{
    Availability, ClientChanges, Consistency, Durability, Eviction, MultiRegion, Need, Pattern,
    Profile, Protocol, Vpc,
};
use crate::domain::rule::{Effect, NoVerdicts, Rule};
use crate::services::Demand;

/// What happens with a finding.
pub(super) trait Findings {
    /// The variant cannot be the answer.
    fn rule_out(&mut self, why: impl Into<Why>, sources: &[SourceId]);
    /// What to know about it.
    fn caution(&mut self, what: impl Into<Warning>, sources: &[SourceId]);
    /// Points of a rule.
    fn points(&mut self, rule: &Rule, points: i64);
    /// Nothing more can change: stop early.
    fn done(&self) -> bool {
        false
    }
}

/// What a candidate is judged with.
pub(super) struct Case<'a> {
    pub(super) profile: &'a Profile,
    pub(super) variant: &'a Variant,
    pub(super) rules: &'a Rules<'a>,
    pub(super) strict: bool,
    /// Is it sold in the Region of the profile?
    pub(super) at_home: Tri,
    pub(super) abroad: &'a [Tri],
    /// The origin is this service, and nothing says that a read there costs or takes more.
    pub(super) same_as_origin: bool,
}

/// The rules that speak of a variant.
#[derive(Default)]
pub(super) struct Rules<'a> {
    /// They rule out, or give points.
    judging: Vec<&'a Rule>,
    /// They only caution: the fast path leaves them alone.
    cautioning: Vec<&'a Rule>,
}

impl<'a> Rules<'a> {
    /// Of every variant of a service.
    pub(super) fn of_service(catalog: &'a Catalog, service: &str) -> Self {
        let rules = catalog.rules.iter();
        let own = rules.filter(|r| r.service.as_deref() == Some(service));
        let (cautioning, judging) = own.partition(|r| r.effect == Effect::Caution);
        Self {
            judging,
            cautioning,
        }
    }

    /// Those of them that speak of one variant.
    pub(super) fn of_variant(&self, variant: Option<&str>) -> Self {
        let speaks = |r: &&&Rule| {
            let named = |v: &str| r.variants.iter().any(|x| x == v);
            r.variants.is_empty() || variant.is_some_and(named)
        };
        let speaking = |rules: &[&'a Rule]| rules.iter().filter(speaks).copied().collect();
        Self {
            judging: speaking(&self.judging),
            cautioning: speaking(&self.cautioning),
        }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Rule> {
        self.judging.iter().chain(&self.cautioning).copied()
    }
}

/// Judges one variant by the words of the profile: no number of it changes what comes out.
pub(super) fn judge_words(case: &Case<'_>, out: &mut impl Findings) {
    let facts = &case.variant.facts;
    access(case, facts, out);
    if !out.done() {
        requirements(case, facts, out);
    }
}

/// Judges one variant by what its facts say of item size, expiry and latency.
pub(super) fn judge_numbers(case: &Case<'_>, out: &mut impl Findings) {
    let facts = &case.variant.facts;
    if case.same_as_origin {
        out.rule_out(Why::SameAsOrigin, &facts.layers.sources);
    }
    sizes(case, facts, out);
    if !out.done() {
        latency(case, facts, out);
    }
}

/// Judges one variant by what the workload demands of it, then by the rules.
pub(super) fn judge_demands(case: &Case<'_>, demands: &[Demand], out: &mut impl Findings) {
    for (limit, demand) in met(&case.variant.facts, demands) {
        if rules_out(limit, demand) {
            out.rule_out(Above(limit, demand.stated), &limit.sources);
        }
    }
    if !out.done() {
        rules(case, out);
    }
}

/// What limits and rules only caution of; the fast path never asks.
pub(super) fn cautions(
    case: &Case<'_>,
    demands: &[Demand],
    figures: &Figures,
    out: &mut impl Findings,
) {
    for (limit, demand) in met(&case.variant.facts, demands) {
        if !rules_out(limit, demand) && demand.value > limit.value {
            let mut found: Exceeded = Above(limit, demand.value).into();
            found.text = figures.fill(&found.text, "an unknown amount");
            out.caution(Warning::Limit(found), &limit.sources);
        }
    }
    let cautioning = case.rules.cautioning.iter();
    for rule in cautioning.filter(|r| r.when.holds(case.profile, figures)) {
        if let Some(ruling) = Ruling::filled(rule, figures) {
            out.caution(Warning::Rule(ruling), &rule.sources);
        }
    }
}

impl Case<'_> {
    /// Applies a three-valued comparison.
    fn need<T>(&self, out: &mut impl Findings, met: Tri, must: Must, fact: &Fact<T>) {
        match met {
            Tri::Yes => {}
            Tri::No => out.rule_out(Missed(must, fact.note.as_deref()), &fact.sources),
            Tri::Unknown if self.strict => out.rule_out(Why::Unverified(must), &fact.sources),
            Tri::Unknown => out.caution(Warning::Unverified(must), &fact.sources),
        }
    }
}

fn known<T>(fact: &Fact<T>, holds: impl FnOnce(&T) -> bool) -> Tri {
    fact.value
        .as_ref()
        .map_or(Tri::Unknown, |v| holds(v).into())
}

/// Layer, interface, protocol, Region, callers, network.
fn access(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    let must = Must::Layer {
        wanted: p.layer,
        has: f.layers.value.unwrap_or_default(),
    };
    case.need(
        out,
        known(&f.layers, |s| s.contains(p.layer)),
        must,
        &f.layers,
    );
    let must = Must::Interface {
        wanted: p.interface,
        has: f.interfaces.value.unwrap_or_default(),
    };
    let read = known(&f.interfaces, |s| s.contains(p.interface));
    case.need(out, read, must, &f.interfaces);
    protocol(case, f, out);
    sold_in(case, &p.region, false, case.at_home, out);
    callers(case, f, out);
    if p.private_access == Need::Required {
        let private = known(&f.private_access, |v| *v);
        case.need(out, private, Must::PrivateAccess, &f.private_access);
    }
    if p.network.vpc == Vpc::None && f.needs_vpc.value == Some(true) {
        vpc(case, f, out);
    }
    if p.scale_to_zero == Need::Required {
        let scales = known(&f.scale_to_zero, |v| *v);
        case.need(out, scales, Must::ScaleToZero, &f.scale_to_zero);
    }
}

fn protocol(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let wanted = case.profile.requirements.protocol;
    if wanted == Protocol::Any {
        return;
    }
    let must = Must::Protocol {
        wanted,
        has: f.protocols.value.unwrap_or_default(),
    };
    let spoken = known(&f.protocols, |s| s.contains(wanted));
    case.need(out, spoken, must, &f.protocols);
}

fn sold_in(case: &Case<'_>, region: &str, replica: bool, sold: Tri, out: &mut impl Findings) {
    // Nearly always it is: not even the short name of the Region is copied then.
    if sold != Tri::Yes {
        let region = SmolStr::new(region);
        let must = Must::Region { region, replica };
        case.need(out, sold, must, &case.variant.facts.regions);
    }
}

fn vpc(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    if p.deployment.create_vpc {
        return;
    }
    if p.is_stated("network.vpc") {
        out.rule_out(Why::NoVpc, &f.needs_vpc.sources);
    } else {
        out.caution(Warning::NeedsVpc, &f.needs_vpc.sources);
    }
}

fn callers(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    for caller in p.compute.iter().copied() {
        let can = f.compute.value.unwrap_or_default();
        let reach = f.compute.value.map_or(Tri::Unknown, |set| set.get(caller));
        if reach != Tri::Yes && !p.is_stated("compute") {
            out.caution(Warning::AssumedCaller(caller), &f.compute.sources);
            continue;
        }
        case.need(out, reach, Must::Compute { caller, can }, &f.compute);
    }
}

/// The words of `requirements`.
fn requirements(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    for wanted in r.features.iter().copied() {
        let has = f.features.value.unwrap_or_default();
        let met = f.features.value.map_or(Tri::Unknown, |set| set.get(wanted));
        case.need(out, met, Must::Feature { wanted, has }, &f.features);
    }
    if r.pattern != Pattern::Any {
        let met = known(&f.patterns, |s| s.contains(r.pattern));
        case.need(out, met, Must::Pattern(r.pattern), &f.patterns);
    }
    if r.consistency == Consistency::Strong {
        let met = known(&f.consistency, |v| *v == Consistency::Strong);
        case.need(out, met, Must::StrongConsistency, &f.consistency);
    }
    if r.durability != Durability::Rebuildable {
        let must = Must::Durability {
            wanted: r.durability,
            has: f.durability.value,
        };
        let met = known(&f.durability, |v| *v >= r.durability);
        case.need(out, met, must, &f.durability);
    }
    if r.availability == Availability::MultiAz {
        let met = known(&f.availability, |v| *v == Availability::MultiAz);
        case.need(out, met, Must::MultiAz, &f.availability);
    }
    if r.eviction == Eviction::Required {
        let met = known(&f.eviction, |v| *v);
        case.need(out, met, Must::Eviction, &f.eviction);
    }
    replicas(case, f, out);
    client_changes(case, f, out);
}

fn replicas(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    if r.multi_region == MultiRegion::No {
        return;
    }
    let met = known(&f.multi_region, |v| *v >= r.multi_region);
    case.need(out, met, Must::MultiRegion(r.multi_region), &f.multi_region);
    for (region, sold) in r.replica_regions.iter().zip(case.abroad) {
        sold_in(case, region, true, *sold, out);
    }
}

/// `minimal` is met by a service that needs no code, or whose protocol the clients already speak.
fn client_changes(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let r = &case.profile.requirements;
    let spoken =
        r.protocol != Protocol::Any && f.protocols.value.is_some_and(|s| s.contains(r.protocol));
    if r.client_changes == ClientChanges::Minimal && !spoken {
        let met = known(&f.transparent, |v| *v);
        case.need(out, met, Must::MinimalClientChanges, &f.transparent);
    }
}

/// Did somebody say how large items are?
fn is_sure(profile: &Profile) -> bool {
    profile.data.max_item_size.is_some() || profile.is_stated("data.item_size")
}

/// Item size and expiry.
fn sizes(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let data = &case.profile.data;
    let whole = |value| f.item(value, data.key_size);
    let sure = whole(data.max_item_size.unwrap_or(data.item_size));
    let must = |item, field| Must::ItemSize {
        item,
        limit: f.max_item_size.value,
        field,
    };
    match f.max_item_size.value {
        Some(limit) if sure > limit && is_sure(case.profile) => {
            let field = if data.max_item_size.is_some() {
                "data.max_item_size"
            } else {
                "data.item_size"
            };
            case.need(out, Tri::No, must(sure, field), &f.max_item_size);
        }
        Some(limit) if whole(case.profile.max_item_size()) > limit => {
            let item = whole(case.profile.max_item_size());
            let what = Warning::AssumedItemSize { item, limit };
            out.caution(what, &f.max_item_size.sources);
        }
        Some(_) => {}
        None => {
            let must = must(case.profile.max_item_size(), "data.max_item_size");
            case.need(out, Tri::Unknown, must, &f.max_item_size);
        }
    }
    expiry(case, f, out);
}

fn expiry(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    let (Some(ttl), Some(fact)) = (p.data.ttl, f.ttl.value.as_ref()) else {
        return;
    };
    let fine = fact.granularity.is_some_and(|step| step <= ttl);
    if fine && fact.expires_on_read {
        return;
    }
    let late = Late {
        step: fact.granularity,
        accepted: ttl,
        note: f.ttl.note.as_deref(),
    };
    // A default cautions and never rules out.
    if fine || fact.clients_can_check || !p.is_stated("data.ttl") {
        out.caution(late, &f.ttl.sources);
    } else {
        out.rule_out(late, &f.ttl.sources);
    }
}

/// The band of the median decides; a p99 decides where it is known.
fn latency(case: &Case<'_>, f: &Facts, out: &mut impl Findings) {
    let p = case.profile;
    let Some(need) = p.latency else { return };
    let Some(hit) = band(&f.latency, &p.compute, latency_size(p)) else {
        if case.strict {
            out.rule_out(Why::UnknownLatency, &f.layers.sources);
        } else {
            out.caution(Warning::UnknownLatency, &[]);
        }
        return;
    };
    let sources = f.latency.first().map_or(&[][..], |r| &r.sources);
    let tolerance = need.p50;
    if tolerance <= hit.low {
        return out.rule_out(Why::Latency { hit, tolerance }, sources);
    }
    if tolerance <= hit.high {
        out.caution(Warning::LatencyBand { hit, tolerance }, sources);
    }
    match (need.p99, hit.p99) {
        (Some(tolerance), Some(hit)) if hit > tolerance => {
            out.rule_out(Why::LatencyP99 { hit, tolerance }, sources);
        }
        (Some(_), None) => out.caution(Warning::UnknownLatencyP99, sources),
        _ => {}
    }
}

/// Limits that the workload demands something of.
fn met<'c>(f: &'c Facts, demands: &'c [Demand]) -> impl Iterator<Item = (&'c Limit, &'c Demand)> {
    let limit = |demand: &Demand| f.limits.iter().find(|l| l.id == demand.limit);
    demands.iter().filter_map(move |d| Some((limit(d)?, d)))
}

fn rules_out(limit: &Limit, demand: &Demand) -> bool {
    limit.kind == LimitKind::Hard && demand.stated > limit.value
}

fn rules(case: &Case<'_>, out: &mut impl Findings) {
    let judging = case.rules.judging.iter();
    for rule in judging.filter(|r| r.when.holds(case.profile, &NoVerdicts)) {
        match rule.effect {
            Effect::RulesOut => out.rule_out(*rule, &rule.sources),
            Effect::Favours(points) => out.points(rule, points),
            Effect::Disfavours(points) => out.points(rule, -points),
            Effect::Caution | Effect::Note(_) => {}
        }
    }
}

/// Is it sold in this Region?
pub(super) fn sold(f: &Facts, region: &str) -> Tri {
    let regions = f.regions.value.as_ref();
    regions.map_or(Tri::Unknown, |r| r.contains(region))
}
