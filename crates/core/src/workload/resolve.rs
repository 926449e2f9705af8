//! Tree → profile: sections in order, defaults, then contradictions that name both places.

use std::cell::Cell;
use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::sections::{self, Notes, base, spread};
use super::{CODES, fields};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::Region;
use crate::domain::profile::{
    Availability, ClientChanges, Compute, Consistency, DEFAULT_HIT_RATIO, Data, Durability,
    Eviction, Interface, Layer, MultiRegion, Need, Network, NumField, OptimizeFor, Origin,
    OriginKind, Pattern, Profile, Protocol, Requirements, Traffic, Vpc,
};
use crate::domain::units::{
    Bytes, Count, Dollars, Duration, HOURS_PER_MONTH, Hours, MAX_RATE, Quantity, Rate, Refused,
    Share, WrittenRate,
};
use crate::text::{meant_or, short};
use crate::yaml::{Node, Reader};

type Outcome = Option<(Profile, BTreeMap<String, Span>)>;

/// Default TTL: one hour (spec), none for layer storage.
const DEFAULT_TTL_MS: Decimal = Decimal::from_parts(3_600_000, 0, 0, false, 0);

/// Resolves the whole tree; problems are collected, errors and warnings alike.
pub(super) fn resolve(root: &Node, regions: &[Region], problems: &mut Vec<Diagnostic>) -> Outcome {
    let mut notes = Notes::default();
    let n = &mut notes;
    let mut r = Reader::new(root, "", CODES, problems);
    version(&mut r);
    let name = r
        .required("name")
        .and_then(|node| r.scalar(node, "name"))
        .map(|(t, _)| t.to_owned());
    let description = r.text("description").map(|(text, span)| {
        n.stated("description", &span);
        text.to_owned()
    });
    let region = region(&mut r, regions);
    if r.required("layer").is_none() { /* reported */ }
    let layer = sections::word::<Layer>(&mut r, "layer", n);
    let interface = sections::word::<Interface>(&mut r, "interface", n);
    let latency = sections::latency(&mut r, n);
    let scale_to_zero = sections::word::<Need>(&mut r, "scale_to_zero", n).unwrap_or(Need::No);
    let private_access = sections::word::<Need>(&mut r, "private_access", n).unwrap_or(Need::No);
    let compute = sections::words::<Compute>(&mut r, "compute", n);
    let instances = sections::integer(&mut r, "instances", n);
    let viewers = sections::viewers(&mut r, n);
    let optimize_for = sections::word(&mut r, "optimize_for", n).unwrap_or(OptimizeFor::Balanced);
    let budget = budget(&mut r, n);
    let deployment = sections::deployment(&mut r, n);
    let measured = sections::measured(&mut r);
    let traffic = section(&mut r, "traffic", true, |s| traffic(s, n));
    let data = section(&mut r, "data", true, |s| data(s, n, layer));
    let requirements = section(&mut r, "requirements", false, |s| {
        requirements(s, n, regions)
    })
    .flatten();
    let origin = section(&mut r, "origin", false, |s| origin(s, n));
    let network = section(&mut r, "network", false, |s| network(s, n));
    r.finish();

    let layer = layer?;
    let interface = interface.unwrap_or_else(|| interface_of(layer));
    let geo = region
        .and_then(|code| regions.iter().find(|r| r.code == code))
        .map(|r| r.geo)?;
    let (data, distribution) = data.flatten()?;
    let mut profile = Profile {
        name: name?,
        description,
        region: region?.to_owned(),
        layer,
        interface,
        latency,
        scale_to_zero,
        private_access,
        traffic: traffic.flatten()?,
        data,
        requirements: requirements.unwrap_or_else(default_requirements),
        compute: compute.unwrap_or_else(|| default_compute(layer)),
        instances,
        origin: origin.unwrap_or(Origin {
            kind: OriginKind::Other,
            latency: None,
            price_per_million_reads: None,
        }),
        network: Network {
            vpc: Vpc::None,
            internet_from_vpc: None,
        },
        viewers: viewers.unwrap_or_else(|| vec![(geo, Decimal::ONE)]),
        optimize_for,
        budget,
        deployment,
        item_size_distribution: distribution,
        measured,
        ranges: notes.ranges.clone(),
        stated: Vec::new(),
    };
    let (vpc, internet) = network.unwrap_or((None, None));
    profile.network.internet_from_vpc = internet;
    profile.network.vpc = vpc.unwrap_or_else(|| profile.default_vpc());
    profile.stated = stated(&profile, &notes.places);
    contradictions(&profile, &notes.places, problems);
    Some((profile, notes.places))
}

fn version(r: &mut Reader<'_, '_>) {
    let Some(node) = r.required("version") else {
        return;
    };
    if let Some((text, span)) = r.scalar(node, "version").filter(|(t, _)| *t != "1") {
        r.problem(
            "profile-version",
            format!("version `{}` is not known", short(text)),
            span,
            "this program reads version 1",
            Some("write `version: 1`".to_owned()),
        );
    }
}

fn region<'n>(r: &mut Reader<'n, '_>, regions: &[Region]) -> Option<&'n str> {
    let node = r.required("region")?;
    let (code, span) = r.scalar(node, "region")?;
    if regions.iter().any(|known| known.code == code) {
        return Some(code);
    }
    unknown_region(r, code, span, regions);
    None
}

fn unknown_region(r: &mut Reader<'_, '_>, code: &str, span: Span, regions: &[Region]) {
    let codes = regions.iter().map(|r| r.code.as_str());
    let label = meant_or(code, codes, "not a Region with known prices");
    let help = if code.starts_with("cn-") {
        "prices of the China Regions are not in the catalog; give them with `--prices file:PATH` and `--catalog DIR`".to_owned()
    } else {
        format!(
            "{} Regions are known; list them with `cachewright catalog list regions`",
            regions.len()
        )
    };
    r.problem(
        "profile-region",
        format!("`{}` is not a known Region", short(code)),
        span,
        &label,
        Some(help),
    );
}

fn budget(r: &mut Reader<'_, '_>, n: &mut Notes) -> Option<Decimal> {
    let (text, span) = r.text("budget")?;
    n.stated("budget", &span);
    let parsed = text
        .split_once('/')
        .filter(|(_, unit)| unit.trim() == "month")
        .and_then(|(money, _)| money.trim().parse::<Dollars>().ok());
    if parsed.is_none() {
        r.problem(
            CODES.quantity,
            format!("`budget`: `{}` is not an amount per month", short(text)),
            span,
            "cannot be read",
            Some("write it as `500 USD/month`".to_owned()),
        );
    }
    parsed.map(Quantity::value)
}

/// Reads a section; a required one that is missing is a problem.
fn section<T>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    required: bool,
    read: impl FnOnce(&mut Reader<'_, '_>) -> T,
) -> Option<T> {
    let node = if required {
        r.required(key)?
    } else {
        r.node(key)?
    };
    let codes = r.codes();
    let mut inner = Reader::new(node, key, codes, r.problems());
    let value = read(&mut inner);
    inner.finish();
    Some(value)
}

/// A rate per active second from what was written, given the active hours.
fn per_active_second(rate: WrittenRate, hours: Decimal) -> Decimal {
    if rate.calendar && hours != HOURS_PER_MONTH {
        rate.per_second * HOURS_PER_MONTH / hours
    } else {
        rate.per_second
    }
}

fn traffic(r: &mut Reader<'_, '_>, n: &mut Notes) -> Option<Traffic> {
    let hours = spread(r, "active_hours", NumField::ActiveHours, n, base::<Hours>)
        .unwrap_or(HOURS_PER_MONTH);
    let calendar = Cell::new(false);
    let rate = |text: &str| {
        let written = text.parse::<WrittenRate>()?;
        calendar.set(written.calendar);
        let value = per_active_second(written, hours);
        if value > MAX_RATE {
            return Err(Refused {
                message: format!(
                    "`{text}` within {} is above 100M/s",
                    Hours::from_value(hours)
                ),
                help: Some("check the total and the active hours".to_owned()),
            });
        }
        Ok((value, value))
    };
    if r.required("reads").is_none() { /* reported */ }
    let mut totals = Vec::new();
    let mut rate_of = |r: &mut Reader<'_, '_>, key: &'static str, field: NumField| {
        calendar.set(false);
        let value = spread(r, key, field, n, rate);
        totals.extend(calendar.get().then_some(field));
        value
    };
    let reads = rate_of(r, "reads", NumField::Reads);
    let writes = rate_of(r, "writes", NumField::Writes).unwrap_or(Decimal::ZERO);
    let peak_reads = rate_of(r, "peak_reads", NumField::PeakReads);
    let peak_writes = rate_of(r, "peak_writes", NumField::PeakWrites);
    let keys = spread(r, "keys_per_read", NumField::KeysPerRead, n, count_from_one)
        .unwrap_or(Decimal::ONE);
    let connections = spread(r, "connections", NumField::Connections, n, base::<Count>);
    let hottest = spread(
        r,
        "hottest_key_share",
        NumField::HottestKeyShare,
        n,
        base::<Share>,
    );
    Some(Traffic {
        reads: reads?,
        writes,
        peak_reads,
        peak_writes,
        keys_per_read: keys,
        connections,
        hottest_key_share: hottest,
        active_hours: hours,
        totals,
    })
}

fn count_from_one(text: &str) -> Result<(Decimal, Decimal), Refused> {
    let (value, _) = base::<Count>(text)?;
    if value < Decimal::ONE || value > Decimal::from(1_000) {
        return Err(Refused {
            message: format!("`{text}` is not between 1 and 1,000"),
            help: Some("write how many keys one call fetches, such as `1` or `20`".to_owned()),
        });
    }
    Ok((value, value))
}

/// Largest item accepted: 64 TiB, above the largest object of any service (facts: 50 TB).
const MAX_ITEM: Decimal = Decimal::from_parts(0, 1 << 14, 0, false, 0);

fn item_bytes(text: &str) -> Result<(Decimal, Decimal), Refused> {
    let (value, _) = above_zero(text)?;
    if value > MAX_ITEM {
        return Err(Refused {
            message: format!("`{text}` is larger than 64 TiB"),
            help: Some("no service takes such an item; check the unit".to_owned()),
        });
    }
    Ok((value, value))
}

fn above_zero(text: &str) -> Result<(Decimal, Decimal), Refused> {
    let (value, _) = base::<Bytes>(text)?;
    if value < Decimal::ONE {
        return Err(Refused {
            message: format!("`{text}` is less than one byte"),
            help: Some("write a size such as `4 KiB`".to_owned()),
        });
    }
    Ok((value, value))
}

type DataAndSizes = (Data, Option<[Decimal; 3]>);

fn data(r: &mut Reader<'_, '_>, n: &mut Notes, layer: Option<Layer>) -> Option<DataAndSizes> {
    for key in ["item_size", "working_set"] {
        if r.required(key).is_none() { /* reported */ }
    }
    let item_size = spread(r, "item_size", NumField::ItemSize, n, item_bytes);
    let max_item_size = spread(r, "max_item_size", NumField::MaxItemSize, n, item_bytes);
    let working_set = spread(r, "working_set", NumField::WorkingSet, n, above_zero);
    let ttl = ttl(r, n, layer);
    let hit_ratio =
        spread(r, "hit_ratio", NumField::HitRatio, n, base::<Share>).unwrap_or(DEFAULT_HIT_RATIO);
    let curve = sections::curve(r, n);
    let distribution = sections::distribution(r, n);
    let max_item_size = max_item_size.or(distribution.map(|d| d[2]));
    Some((
        Data {
            item_size: item_size?,
            max_item_size,
            working_set: working_set?,
            ttl,
            hit_ratio,
            curve,
        },
        distribution,
    ))
}

fn ttl(r: &mut Reader<'_, '_>, n: &mut Notes, layer: Option<Layer>) -> Option<Decimal> {
    let default = if layer == Some(Layer::Storage) {
        None
    } else {
        Some(DEFAULT_TTL_MS)
    };
    let Some(node) = r.node("ttl") else {
        return default;
    };
    if node.text() == Some("none") {
        n.stated("data.ttl", &node.span);
        return None;
    }
    spread(r, "ttl", NumField::Ttl, n, base::<Duration>).or(default)
}

fn default_requirements() -> Requirements {
    Requirements {
        consistency: Consistency::Eventual,
        durability: Durability::Rebuildable,
        pattern: Pattern::Any,
        protocol: Protocol::Any,
        features: Vec::new(),
        availability: Availability::SingleAz,
        client_changes: ClientChanges::Allowed,
        eviction: Eviction::No,
        multi_region: MultiRegion::No,
        replica_regions: Vec::new(),
    }
}

fn requirements(r: &mut Reader<'_, '_>, n: &mut Notes, regions: &[Region]) -> Option<Requirements> {
    let d = default_requirements();
    let mut out = Requirements {
        consistency: sections::word(r, "consistency", n).unwrap_or(d.consistency),
        durability: sections::word(r, "durability", n).unwrap_or(d.durability),
        pattern: sections::word(r, "pattern", n).unwrap_or(d.pattern),
        protocol: sections::word(r, "protocol", n).unwrap_or(d.protocol),
        features: sections::words(r, "features", n).unwrap_or_default(),
        availability: sections::word(r, "availability", n).unwrap_or(d.availability),
        client_changes: sections::word(r, "client_changes", n).unwrap_or(d.client_changes),
        eviction: sections::word(r, "eviction", n).unwrap_or(d.eviction),
        multi_region: sections::word(r, "multi_region", n).unwrap_or(d.multi_region),
        replica_regions: Vec::new(),
    };
    let replicas = r.texts("replica_regions");
    for (code, span) in replicas.unwrap_or_default() {
        if regions.iter().any(|known| known.code == code) {
            n.stated("requirements.replica_regions", &span);
            out.replica_regions.push(code.to_owned());
        } else {
            unknown_region(r, code, span, regions);
        }
    }
    out.replica_regions.sort();
    out.replica_regions.dedup();
    Some(out)
}

fn origin(r: &mut Reader<'_, '_>, n: &mut Notes) -> Origin {
    Origin {
        kind: sections::word(r, "kind", n).unwrap_or(OriginKind::Other),
        latency: spread(r, "latency", NumField::OriginLatency, n, base::<Duration>),
        price_per_million_reads: spread(
            r,
            "price_per_million_reads",
            NumField::OriginPrice,
            n,
            base::<Dollars>,
        ),
    }
}

type NetworkWords = (Option<Vpc>, Option<crate::domain::profile::InternetFromVpc>);

fn network(r: &mut Reader<'_, '_>, n: &mut Notes) -> NetworkWords {
    let internet = r.text("internet_from_vpc").map(|(t, _)| t) == Some("unknown");
    let vpc = sections::word(r, "vpc", n);
    (
        vpc,
        if internet {
            None
        } else {
            sections::word(r, "internet_from_vpc", n)
        },
    )
}

/// The interface that follows from the layer.
fn interface_of(layer: Layer) -> Interface {
    match layer {
        Layer::Client | Layer::Edge => Interface::Http,
        Layer::Application | Layer::Database => Interface::KeyValue,
        Layer::Storage => Interface::Object,
    }
}

fn default_compute(layer: Layer) -> Vec<Compute> {
    if matches!(layer, Layer::Client | Layer::Edge) {
        vec![Compute::Browser]
    } else {
        Vec::new()
    }
}

/// What was stated, and what follows from it: the interface from the layer, `existing` from private access.
fn stated(profile: &Profile, places: &BTreeMap<String, Span>) -> Vec<&'static str> {
    let mut list: Vec<&'static str> = fields::FIELDS
        .iter()
        .map(|f| f.path)
        .filter(|p| places.contains_key(*p))
        .collect();
    list.push("interface");
    if profile.network.vpc == Vpc::Existing {
        list.push("network.vpc");
    }
    if places.contains_key("data.hit_ratio_curve") {
        list.push("data.hit_ratio");
    }
    if places.contains_key("data.item_size_distribution") {
        list.push("data.max_item_size");
    }
    list.sort_unstable();
    list.dedup();
    list
}

/// Pairs of fields that cannot both hold.
fn contradictions(p: &Profile, places: &BTreeMap<String, Span>, problems: &mut Vec<Diagnostic>) {
    let mut check = Contradictions { places, problems };
    let t = &p.traffic;
    for (peak, average, field, base) in [
        (t.peak_reads, t.reads, "traffic.peak_reads", "traffic.reads"),
        (
            t.peak_writes,
            t.writes,
            "traffic.peak_writes",
            "traffic.writes",
        ),
    ] {
        if let Some(peak) = peak.filter(|peak| *peak < average) {
            let message = format!(
                "the peak ({}) is below the average ({})",
                Rate::from_value(peak),
                Rate::from_value(average)
            );
            check.pair(
                field,
                base,
                message,
                "lower than the average",
                "the average",
            );
        }
    }
    let d = &p.data;
    if d.item_size > d.working_set {
        let message = format!(
            "one item ({}) is larger than the working set ({})",
            Bytes::from_value(d.item_size),
            Bytes::from_value(d.working_set)
        );
        check.pair(
            "data.item_size",
            "data.working_set",
            message,
            "larger than the whole set",
            "the working set",
        );
    }
    if let Some(max) = d.max_item_size.filter(|max| *max < d.item_size) {
        let message = format!(
            "the largest item ({}) is smaller than the mean ({})",
            Bytes::from_value(max),
            Bytes::from_value(d.item_size)
        );
        check.pair(
            "data.max_item_size",
            "data.item_size",
            message,
            "smaller than the mean",
            "the mean",
        );
    }
    if p.interface == Interface::Posix && matches!(p.layer, Layer::Client | Layer::Edge) {
        check.pair(
            "interface",
            "layer",
            "files are not read at the edge".to_owned(),
            "POSIX access needs a mounted file system",
            "public clients speak HTTP",
        );
    }
    if p.lacks_vpc() {
        check.pair(
            "network.vpc",
            "private_access",
            "private access needs a VPC".to_owned(),
            "no VPC here",
            "required here",
        );
        check.help("set `network.vpc: existing`, or for Lambda and Fargate alone `deployment.create_vpc: true`");
    }
    if p.requirements.multi_region == MultiRegion::No && !p.requirements.replica_regions.is_empty()
    {
        check.pair(
            "requirements.replica_regions",
            "requirements.multi_region",
            "replica Regions are named, but `multi_region` is `no`".to_owned(),
            "named here",
            "no replication",
        );
        check.help("set `requirements.multi_region: reads` (or `writes`)");
    }
    if p.requirements.replica_regions.contains(&p.region) {
        check.pair(
            "requirements.replica_regions",
            "region",
            format!("`{}` is the home Region", p.region),
            "a replica of itself",
            "home",
        );
    }
    check.implausible_ttl(p);
}

struct Contradictions<'a> {
    places: &'a BTreeMap<String, Span>,
    problems: &'a mut Vec<Diagnostic>,
}

impl Contradictions<'_> {
    /// An error that names both places.
    fn pair(&mut self, field: &str, other: &str, message: String, label: &str, other_label: &str) {
        let span = self
            .places
            .get(field)
            .or_else(|| self.places.get(other))
            .cloned()
            .unwrap_or(0..0);
        let mut problem = Diagnostic::error("profile-contradiction", message, span.clone(), label);
        if let Some(second) = self.places.get(other).filter(|s| **s != span) {
            problem = problem.also(second.clone(), other_label);
        }
        self.problems
            .push(problem.help(format!("change `{field}` or `{other}`")));
    }

    fn help(&mut self, help: &str) {
        if let Some(last) = self.problems.last_mut() {
            last.help = Some(help.to_owned());
        }
    }

    /// A cache cannot hold more live items than arrive within one TTL.
    fn implausible_ttl(&mut self, p: &Profile) {
        let (Some(ttl), true, true) = (
            p.data.ttl,
            p.is_stated("data.ttl"),
            p.is_stated("data.hit_ratio"),
        ) else {
            return;
        };
        let lookups = p.traffic.reads * p.traffic.keys_per_read;
        let arrivals = lookups * (Decimal::ONE - p.data.hit_ratio) + p.traffic.writes;
        let items = p.data.working_set / p.data.item_size;
        let filled = arrivals * ttl / Decimal::from(1000);
        if filled * Decimal::TEN >= items {
            return;
        }
        let message = format!(
            "with a TTL of {} and a hit ratio of {} fewer than a tenth of the {} items can be live at once",
            Duration::from_ms(ttl),
            Share::from_value(p.data.hit_ratio),
            items.round()
        );
        let span = self.places.get("data.hit_ratio").cloned().unwrap_or(0..0);
        let mut problem = Diagnostic::error(
            "implausible-ttl-hit-ratio",
            message,
            span,
            "too high for this TTL",
        )
        .warn();
        if let Some(second) = self.places.get("data.ttl") {
            problem = problem.also(second.clone(), "items expire after this");
        }
        self.problems.push(problem.help("lower the working set or the hit ratio, or lengthen the TTL; the numbers are used as stated"));
    }
}
