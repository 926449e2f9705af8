//! Which prices a run needs: catalog selectors × Regions → one [`Query`] per key of the price book.
//!
//! Pure. Expands `{location}`, `{type}` and usage-type prefixes; finds nothing by itself.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use crate::domain::catalog::{
    Catalog, Meter, Region, Role, Selector, Service, Tri, Variant, VariantSelector,
};
use crate::domain::price::{GLOBAL, PriceBook};
use crate::domain::profile::{Geo, InternetFromVpc, Profile, Word};
use crate::domain::rule::NoVerdicts;
use crate::text::hex;

/// What an attribute must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Want {
    /// Equal to this.
    Is(String),
    /// There, whatever its value (`"*"` in the catalog).
    Present,
    /// Not there (`"-"` in the catalog).
    Absent,
}

/// How one price is found, every placeholder filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Key in the price book.
    pub key: String,
    /// Catalog service the key belongs to.
    pub service: String,
    /// Table of the price book: a Region code or `global`.
    pub region: String,
    /// Service code of the price list.
    pub service_code: String,
    /// Attributes, ordered by name.
    pub conditions: Vec<(String, Want)>,
    /// Usage types that are right; empty when the selector names none.
    pub usagetypes: Vec<String>,
    /// Unit AWS states.
    pub unit: String,
    /// AWS price unit ÷ our unit.
    pub per: Decimal,
    /// The price is known to exist: not finding it is an error.
    pub required: bool,
}

impl Query {
    /// The selector in words, for messages.
    pub fn selector(&self) -> String {
        let mut parts = vec![self.service_code.clone()];
        if self.region != GLOBAL {
            parts.push(format!("regionCode={}", self.region));
        }
        for (name, want) in &self.conditions {
            parts.push(match want {
                Want::Is(value) => format!("{name}={value}"),
                Want::Present => format!("{name} present"),
                Want::Absent => format!("{name} absent"),
            });
        }
        if !self.usagetypes.is_empty() {
            parts.push(format!("usagetype={}", self.usagetypes.join("|")));
        }
        parts.push(format!("unit={}", self.unit));
        parts.join(", ")
    }

    /// Hash of everything that decides which price is found.
    pub fn fingerprint(&self) -> String {
        hex(&Sha256::digest(format!("{}\n{}\n{}", self.key, self.selector(), self.per))[..8])
    }
}

/// The part of the catalog a run looks at.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// Catalog with the selectors.
    pub catalog: &'a Catalog,
    /// Snapshot: which prices are known to exist, and the suffixes of spread meters.
    pub snapshot: &'a PriceBook,
    /// What is in play: services by id, or single meters as `service/meter`.
    pub services: &'a [String],
    /// Regions in play by code.
    pub regions: &'a [String],
}

impl Scope<'_> {
    fn has(&self, service: &Service, meter: &Meter) -> bool {
        let named = |s: &String| {
            *s == service.id
                || s.split_once('/')
                    .is_some_and(|(a, b)| a == service.id && b == meter.id)
        };
        self.services.iter().any(named)
    }
}

/// One query per key and Region, ordered by table and key.
pub fn queries(scope: Scope<'_>) -> Vec<Query> {
    let mut out = Vec::new();
    for service in &scope.catalog.services {
        for meter in service.meters.iter().filter(|m| scope.has(service, m)) {
            let Some(selector) = &meter.selector else {
                continue;
            };
            for table in tables(scope, selector) {
                expand(scope, service, meter, selector, table, &mut out);
            }
        }
    }
    out.sort_by(|a, b| (&a.region, &a.key).cmp(&(&b.region, &b.key)));
    out
}

/// Meters of the services in play that the price list cannot be asked for.
pub fn without_selector(scope: Scope<'_>) -> Vec<String> {
    let all = scope
        .catalog
        .services
        .iter()
        .flat_map(|s| s.meters.iter().map(move |m| (s, m)));
    let missing =
        all.filter(|(s, m)| m.selector.is_none() && s.role != Role::Origin && scope.has(s, m));
    missing.map(|(s, m)| format!("{}/{}", s.id, m.id)).collect()
}

/// What the decisions of these profiles need: candidates, comparisons that are shown beside one of them, the riders that a
/// profile asks for, and the reads of its origin. Leaves the NAT prices out, whose list is EC2's, unless
/// a profile has a NAT gateway.
pub fn in_play(catalog: &Catalog, profiles: &[Profile]) -> Vec<String> {
    let beside = |s: &Service| {
        let shown = s.comparison.as_ref();
        shown.is_some_and(|c| profiles.iter().any(|p| c.when.holds(p, &NoVerdicts)))
    };
    let compared = |s: &&Service| {
        let looked_at = match s.role {
            Role::Candidate => true,
            Role::Comparison => beside(s),
            Role::Origin | Role::Rider => false,
        };
        looked_at && !s.meters.is_empty()
    };
    let mut out: BTreeSet<String> = catalog
        .services
        .iter()
        .filter(compared)
        .map(|s| s.id.clone())
        .collect();
    out.extend(["network/internet-egress-gb", "network/cross-az-gb"].map(str::to_owned));
    for profile in profiles {
        if profile.network.internet_from_vpc == Some(InternetFromVpc::Yes) {
            out.extend(["network/nat-gateway-hours", "network/nat-gateway-gb"].map(str::to_owned));
        }
        if profile.private_from_outside() {
            let endpoint = ["interface-endpoint-hours", "interface-endpoint-gb"];
            out.extend(endpoint.map(|meter| format!("network/{meter}")));
        }
        let read = catalog
            .origin(profile.origin.kind)
            .and_then(|o| o.read_price.as_ref());
        let meter = read.and_then(|price| price.meter.split_once('/'));
        out.extend(meter.map(|(service, rest)| {
            format!("{service}/{}", rest.rsplit('/').next().unwrap_or(rest))
        }));
    }
    out.into_iter().collect()
}

/// Home and replica Regions of these profiles.
pub fn regions_in_play(profiles: &[Profile]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for region in profiles
        .iter()
        .flat_map(|p| std::iter::once(&p.region).chain(&p.requirements.replica_regions))
    {
        if !out.contains(region) {
            out.push(region.clone());
        }
    }
    out
}

fn tables<'a>(scope: Scope<'a>, selector: &Selector) -> Vec<&'a str> {
    if selector.global {
        vec![GLOBAL]
    } else {
        scope.regions.iter().map(String::as_str).collect()
    }
}

fn expand(
    scope: Scope<'_>,
    service: &Service,
    meter: &Meter,
    selector: &Selector,
    table: &str,
    out: &mut Vec<Query>,
) {
    let region = scope.catalog.region(table);
    let sold = |variant: &Variant| {
        let regions = variant.facts.regions.value.as_ref();
        regions.map(|r| r.contains(table))
    };
    let mut add = |variant: Option<&str>, own: Option<&VariantSelector>, sold: Option<Tri>| {
        let path = variant.map_or(String::new(), |id| format!("{id}/"));
        for suffix in suffixes(scope, service, meter, table, &path) {
            let suffix = suffix.as_deref();
            let key = format!("{}/{path}{}{}", service.id, meter.id, dotted(suffix));
            out.push(query(
                scope, service, selector, own, key, table, region, suffix, meter, sold,
            ));
        }
    };
    if !meter.by_variant {
        add(None, None, service.variants.first().and_then(sold));
        return;
    }
    for variant in &service.variants {
        let Some(id) = variant.id.as_deref() else {
            continue;
        };
        let own = selector.by_variant.iter().find(|v| v.variant == id);
        if own.is_some() || selector.by_variant.is_empty() {
            add(Some(id), own, sold(variant));
        }
    }
}

fn dotted(suffix: Option<&str>) -> String {
    suffix.map_or(String::new(), |s| format!(".{s}"))
}

/// The suffixes of a spread meter, whose key has `path` between service and meter: geographies by name, others as
/// the snapshot has them.
fn suffixes(
    scope: Scope<'_>,
    service: &Service,
    meter: &Meter,
    table: &str,
    path: &str,
) -> Vec<Option<String>> {
    match meter.per.as_deref() {
        None => vec![None],
        Some("geo") => Geo::ALL.iter().map(|g| Some(g.word().to_owned())).collect(),
        Some(_) => {
            let stem = format!("{}/{path}{}.", service.id, meter.id);
            let keys = scope
                .snapshot
                .regions
                .get(table)
                .into_iter()
                .flat_map(|t| t.0.iter().map(|(k, _)| k));
            let found: BTreeSet<&str> =
                keys.filter_map(|k| k.strip_prefix(stem.as_str())).collect();
            found.into_iter().map(|s| Some(s.to_owned())).collect()
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "one query is made of that many parts"
)]
fn query(
    scope: Scope<'_>,
    service: &Service,
    selector: &Selector,
    own: Option<&VariantSelector>,
    key: String,
    table: &str,
    region: Option<&Region>,
    suffix: Option<&str>,
    meter: &Meter,
    sold: Option<Tri>,
) -> Query {
    let place = Place::new(scope.catalog, meter, region, suffix);
    let mut conditions: Vec<(String, Want)> = Vec::new();
    for (name, value) in selector
        .attributes
        .iter()
        .chain(own.iter().flat_map(|v| v.attributes.iter()))
    {
        conditions.retain(|(known, _)| known != name);
        conditions.push((name.clone(), want(&place.fill(value))));
    }
    conditions.sort_by(|a, b| a.0.cmp(&b.0));
    let usagetype = own
        .and_then(|v| v.usagetype.as_ref())
        .or(selector.usagetype.as_ref());
    let usagetypes = usagetype
        .map(|u| place.usagetypes(&place.fill(u)))
        .unwrap_or_default();
    let known = scope
        .snapshot
        .regions
        .get(table)
        .is_some_and(|t| t.get(&key).is_some());
    Query {
        // A row beside the candidates does without a type that is not on the list; a decision does not.
        required: (known && service.role != Role::Comparison)
            || (sold == Some(Tri::Yes)
                && service.role == Role::Candidate
                && table != GLOBAL
                && !spread_or_extra(meter)),
        key,
        service: service.id.clone(),
        region: table.to_owned(),
        service_code: selector.service_code.clone(),
        conditions,
        usagetypes,
        unit: selector.unit.clone(),
        per: selector.per,
    }
}

/// Prices of these are not known to exist wherever the service is sold.
fn spread_or_extra(meter: &Meter) -> bool {
    let extra = [
        "snapshot",
        "backup",
        "restore",
        "pitr",
        "stream",
        "replicated",
        "wcu",
        "rcu",
    ];
    meter.per.is_some() || extra.iter().any(|word| meter.id.starts_with(word))
}

fn want(value: &str) -> Want {
    match value {
        "*" => Want::Present,
        "-" => Want::Absent,
        other => Want::Is(other.to_owned()),
    }
}

/// Names of the place a query is about.
struct Place<'a> {
    location: Option<&'a str>,
    prefix: Option<&'a str>,
    suffix: Option<&'a str>,
    /// The place may write usage types without a prefix.
    bare: bool,
}

impl<'a> Place<'a> {
    fn new(
        catalog: &'a Catalog,
        meter: &Meter,
        region: Option<&'a Region>,
        suffix: Option<&'a str>,
    ) -> Self {
        match (meter.per.as_deref(), suffix) {
            (Some("geo"), Some(word)) => {
                let geo = geography(word);
                Self {
                    location: geo.map(|g| g.0),
                    prefix: geo.map(|g| g.1),
                    suffix,
                    bare: false,
                }
            }
            (Some("region"), Some(code)) => {
                let named = catalog.region(code);
                Self {
                    location: named.map(|r| r.name.as_str()),
                    prefix: named.map(|r| r.prefix.as_str()),
                    suffix,
                    bare: false,
                }
            }
            _ => {
                let prefix = region.map(|r| r.prefix.as_str()).filter(|p| !p.is_empty());
                // Most services write us-east-1 without a prefix; everything global has none.
                let bare = region.is_none_or(|r| r.code == "us-east-1" || r.prefix.is_empty());
                Self {
                    location: region.map(|r| r.name.as_str()),
                    prefix,
                    suffix,
                    bare,
                }
            }
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{location}", self.location.unwrap_or_default())
            .replace("{prefix}", self.prefix.unwrap_or_default())
            .replace("{type}", self.suffix.unwrap_or_default())
    }

    fn usagetypes(&self, base: &str) -> Vec<String> {
        let bare = self.bare.then(|| base.to_owned());
        bare.into_iter()
            .chain(self.prefix.map(|p| format!("{p}-{base}")))
            .collect()
    }
}

/// Name and usage-type prefix of a CloudFront price geography.
fn geography(word: &str) -> Option<(&'static str, &'static str)> {
    let rows = [
        ("north-america", "United States", "US"),
        ("europe", "Europe", "EU"),
        ("asia-pacific", "Asia Pacific", "AP"),
        ("australia", "Australia", "AU"),
        ("india", "India", "IN"),
        ("japan", "Japan", "JP"),
        ("middle-east", "Middle East", "ME"),
        ("south-africa", "South Africa", "ZA"),
        ("south-america", "South America", "SA"),
    ];
    rows.into_iter().find(|r| r.0 == word).map(|r| (r.1, r.2))
}
