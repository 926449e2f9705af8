//! The estimate against a bill: words of usage types, and laws over bills that our own estimates would make.

#[allow(unreachable_pub, reason = "helpers of several tests")]
#[path = "support/random.rs"]
mod random;
mod support;

use cachewright_catalog as embedded;
use cachewright_core::bill::meters::{Meters, Place, of_selectors};
use cachewright_core::catalog::{self, File};
use cachewright_core::domain::bill::{Billed, Terms};
use cachewright_core::domain::catalog::{Catalog, Tri};
use cachewright_core::domain::money::Usd;
use rust_decimal::Decimal;

fn row(code: &str, usage_type: &str) -> Billed {
    Billed {
        code: code.to_owned(),
        usage_type: usage_type.to_owned(),
        operation: String::new(),
        unit: String::new(),
        region: None,
        sku: None,
        terms: Terms::OnDemand,
        selected: true,
        dated: true,
        quantity: Decimal::ONE,
        cost: Usd::ZERO,
        span: None,
    }
}

/// `service/variant/meter` and place of a row.
fn found(catalog: &Catalog, row: &Billed) -> Option<String> {
    let selectors = of_selectors(catalog);
    let meters = Meters::new(catalog, &selectors, []);
    let found = meters.find(row)?;
    let place = match found.place {
        Place::Region(code) => code,
        Place::Unknown => "?",
        Place::Global => "global",
    };
    let variant = found.variant.map_or(String::new(), |v| format!("/{v}"));
    Some(format!(
        "{}{variant}/{} {place}",
        found.service.id, found.id
    ))
}

#[test]
fn every_selector_has_a_usage_type_that_is_read_back_to_its_meter() {
    let catalog = embedded::catalog().unwrap();
    let selectors = of_selectors(&catalog);
    let all = || catalog.usage_types.rows.iter().chain(&selectors);
    let mut missing = Vec::new();
    for service in &catalog.services {
        for meter in service.meters.iter().filter(|m| m.selector.is_some()) {
            let key = format!("{}/{}", service.id, meter.id);
            let rows: Vec<_> = all().filter(|r| r.meter == key).collect();
            if rows.is_empty() && !catalog.usage_types.unpublished.contains(&key) {
                missing.push(key);
                continue;
            }
            for one in rows {
                let word = one
                    .usage_type
                    .replace("{type}", "cache.t4g.micro")
                    .replace('*', "x");
                let prefix = match meter.per.as_deref() {
                    Some("geo" | "region") => "EU-",
                    _ => "APN2-",
                };
                let code = one.code.replace('*', "AmazonRDS");
                let mut billed = row(&code, &format!("{prefix}{word}"));
                billed.operation = one.operation.clone().unwrap_or_default();
                let found = found(&catalog, &billed).unwrap_or_default();
                assert!(found.starts_with(&service.id), "{key}: {word} is {found}");
                assert!(found.contains(&meter.id), "{key}: {word} is {found}");
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn the_service_decides_first_and_the_whole_word_after_it() {
    let catalog = embedded::catalog().unwrap();
    for (code, usage_type, want) in [
        (
            "AmazonCloudFront",
            "EU-DataTransfer-Out-Bytes",
            "cloudfront/data-transfer-out.europe global",
        ),
        (
            "AmazonCloudFront",
            "CA-Requests-HTTPS-Proxy",
            "cloudfront/https-requests.north-america global",
        ),
        (
            "AmazonDynamoDB",
            "EU-DataTransfer-Out-Bytes",
            "network/internet-egress-gb eu-west-1",
        ),
        (
            "AmazonDynamoDB",
            "EU-TimedStorage-ByteHrs",
            "dynamodb/standard/storage-gb-months eu-west-1",
        ),
        (
            "AmazonDynamoDB",
            "IA-ReadRequestUnits",
            "dynamodb/standard-ia/read-request-units ?",
        ),
        (
            "AmazonDynamoDB",
            "APN1-IA-ReadRequestUnits",
            "dynamodb/standard-ia/read-request-units ap-northeast-1",
        ),
        (
            "Amazon Simple Storage Service",
            "EU-TimedStorage-ByteHrs",
            "s3-standard/storage-gb-months eu-west-1",
        ),
        (
            "AmazonElastiCache",
            "APN2-CachedData:Valkey",
            "elasticache-serverless/valkey/stored-gb-hours ap-northeast-2",
        ),
        (
            "AmazonElastiCache",
            "APN2-NodeUsage:cache.t4g.micro",
            "elasticache-nodes/node-hours.cache.t4g.micro ap-northeast-2",
        ),
        (
            "EC2 - Other",
            "APN2-NatGateway-Hours",
            "network/nat-gateway-hours ap-northeast-2",
        ),
        (
            "CloudFront Flat-Rate Plans",
            "whatever",
            "cloudfront/plan-month global",
        ),
    ] {
        let found = found(&catalog, &row(code, usage_type));
        assert_eq!(found.as_deref(), Some(want), "{code} {usage_type}");
    }
    for other in [
        "APN2-SyncDurability-NodeUsage:cache.r7g.large",
        "SyncDurability-NodeUsage:cache.r7g.large",
        "APN2-NodeUsage:",
        "XXX9-CachedData:Valkey",
        "USE1-ExtendedSupportYr1_Yr2-NodeUsage:cache.t3.small",
    ] {
        assert_eq!(
            found(&catalog, &row("AmazonElastiCache", other)),
            None,
            "{other}"
        );
    }
}

#[test]
fn an_overlay_adds_and_replaces_usage_types() {
    let text = "names: [{ name: Our Cache, code: AmazonElastiCache, seen: yes }]\nusage_types:\n  - { code: AmazonFSx, usage_type: FileCache-GBMo, meter: file-cache/capacity-gb-months, sources: [{ url: \"https://example.com/bill\", checked: 2026-11-30 }] }\n";
    let mut files = embedded::catalog_files().unwrap();
    files.push(File {
        path: "usage-types.yaml".to_owned(),
        text: text.to_owned(),
    });
    let catalog = catalog::build(&files).unwrap();
    let file_cache = found(&catalog, &row("AmazonFSx", "EU-FileCache-GBMo"));
    assert_eq!(
        file_cache.as_deref(),
        Some("file-cache/capacity-gb-months eu-west-1")
    );
    assert!(found(&catalog, &row("Our Cache", "EU-CachedData:Redis")).is_some());
    // What is built in stays.
    assert!(found(&catalog, &row("AmazonDynamoDB", "EU-ReadRequestUnits")).is_some());
}

#[test]
fn units_are_the_same_in_the_words_of_every_format() {
    let catalog = embedded::catalog().unwrap();
    let selectors = of_selectors(&catalog);
    let meters = Meters::new(&catalog, &selectors, []);
    for (one, other, want) in [
        ("GB-Mo", "GB-Months", Tri::Yes),
        ("Hrs", "Hours", Tri::Yes),
        ("GB-Hours", "GB-hours", Tri::Yes),
        ("Requests", "Count", Tri::Yes),
        ("GB-Mo", "GB-Hours", Tri::No),
        ("Gibberish", "GB", Tri::Unknown),
    ] {
        assert_eq!(meters.same_unit(one, other), want, "{one} {other}");
    }
    // Every unit of a selector is that of its meter.
    for service in &catalog.services {
        for meter in &service.meters {
            if let Some(selector) = &meter.selector {
                let same = meters.same_unit(&selector.unit, &meter.unit);
                assert_eq!(
                    same,
                    Tri::Yes,
                    "{}/{}: {} {}",
                    service.id,
                    meter.id,
                    selector.unit,
                    meter.unit
                );
            }
        }
    }
}

// ---- bills that our own estimates would make ----

use cachewright_core::bill::refit::{Refit, refit};
use cachewright_core::bill::{Estimate, compare};
use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::bill::{Bill, BillVerdict, Comparison, Told, UsageRow};
use cachewright_core::domain::decision::{Candidate, LineItem};
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::{NumField, Profile};
use cachewright_core::workload;

/// The estimate's month: 730 hours of October 2026, so that tiers are those of the estimate.
const FROM: i64 = 1_790_812_800;
const HOURS: i64 = 730;

struct World {
    catalog: Catalog,
    book: PriceBook,
    selectors: Vec<UsageRow>,
}

impl World {
    fn new() -> Self {
        let (catalog, book) = support::data();
        let selectors = of_selectors(&catalog);
        Self {
            catalog,
            book,
            selectors,
        }
    }

    fn meters(&self) -> Meters<'_> {
        let skus = self.catalog.usage_types.unpublished.iter().flat_map(|key| {
            let tables = self.book.regions.values();
            tables.filter_map(move |t| Some((t.get(key)?.sku.clone()?, key.as_str())))
        });
        Meters::new(&self.catalog, &self.selectors, skus)
    }

    /// The row that would bill a line; none where nobody knows its words.
    fn row(&self, one: &Candidate, line: &LineItem, home: &str) -> Option<Billed> {
        let stem = line.meter.split('.').next().unwrap();
        let suffix = line
            .meter
            .strip_prefix(stem)
            .unwrap()
            .trim_start_matches('.');
        let owner = self.catalog.service(&line.service)?;
        let meter = owner.meters.iter().find(|m| m.id == stem)?;
        let way = self.catalog.service(&one.pick.service)?;
        let way = way.variants.iter().find(|v| v.id == one.pick.variant)?;
        let key = format!("{}/{stem}", line.service);
        let mut all = self.catalog.usage_types.rows.iter().chain(&self.selectors);
        let plan = stem.starts_with("plan-month");
        let of = |r: &&UsageRow| {
            (r.meter == key || (plan && r.cost_only))
                && (r.variant.is_none() || r.variant.as_deref() == way.price_id())
        };
        let region = line.region.as_deref().unwrap_or(home);
        let own = self.meters().codes(&one.pick.service);
        let own = own.first().copied().unwrap_or("AmazonEC2").to_owned();
        // The last row is that of the selector, where there is one.
        let Some(found) = all.rfind(of) else {
            let sku = self.book.get(region, &key)?.sku.clone()?;
            return self
                .catalog
                .usage_types
                .unpublished
                .contains(&key)
                .then(|| Billed {
                    sku: Some(sku),
                    region: Some(region.to_owned()),
                    ..row("AmazonFSx", "unpublished")
                });
        };
        let prefix = match meter.per.as_deref() {
            Some("geo") => {
                let geos = &self.catalog.usage_types.geographies;
                geos.iter()
                    .find(|(_, geo)| geo.to_string() == suffix)?
                    .0
                    .clone()
            }
            _ => self.catalog.region(region)?.prefix.clone(),
        };
        let code = if found.code == "*" { &own } else { &found.code };
        Some(row(code, &format!("{prefix}-{}", found.usage_type)))
    }

    /// What AWS would bill for a candidate in that month, times `k`; and lines that no row counts.
    fn bill(&self, one: &Candidate, home: &str, k: Decimal) -> (Bill, Vec<String>) {
        let (mut rows, mut unknown) = (Vec::new(), Vec::new());
        for line in &one.lines {
            let Some(billed) = self.row(one, line, home) else {
                unknown.push(line.meter.to_string());
                continue;
            };
            rows.push(Billed {
                quantity: line.quantity * k,
                // What is shown of a price that is not known is nothing.
                cost: Usd(line.cost.unwrap_or_default().0 * k),
                unit: line.unit.to_string(),
                span: Some((FROM, FROM + HOURS * 3600)),
                ..billed
            });
        }
        let bill = Bill {
            month: "2026-10".to_owned(),
            month_hours: HOURS.into(),
            filtered: false,
            rows,
        };
        (bill, unknown)
    }
}

/// Options without allowances: a part of a bill has no free part of its own.
const OPTIONS: Options = Options {
    free_tier: false,
    strict_facts: false,
};

fn compared(
    world: &World,
    engine: &Engine<'_>,
    one: &Candidate,
    profile: &Profile,
    bill: &Bill,
    tolerance: Decimal,
) -> Option<(Comparison, Refit)> {
    let service = world.catalog.service(&one.pick.service)?;
    let variant = service.variants.iter().find(|v| v.id == one.pick.variant)?;
    let slot = engine.slot_of(&one.pick.service, one.pick.variant.as_deref())?;
    let estimate = Estimate {
        service,
        variant,
        model: engine.model(slot),
        lines: &one.lines,
        region: &profile.region,
        book: &world.book,
        free_tier: false,
        tolerance,
    };
    let found = compare(&estimate, bill, &world.meters()).ok()?;
    let refit = refit(engine, slot, profile, &found, tolerance);
    Some((found, refit))
}

/// The candidates that a bill is made of: with prices by usage, and what is paid as you go where a plan is cheaper.
fn candidates(engine: &Engine<'_>, profile: &Profile) -> Vec<Candidate> {
    let decision = engine.decide(profile);
    let mut out: Vec<Candidate> = decision
        .candidates
        .into_iter()
        .filter(|c| c.spec.is_none() && !c.lines.is_empty())
        .collect();
    let as_you_go = engine.judge(profile, "cloudfront", "pay-as-you-go");
    out.extend(as_you_go.filter(|c| !c.lines.is_empty() && out.iter().all(|o| o.pick != c.pick)));
    out
}

/// Every example in every Region that has prices.
fn cases(world: &World) -> Vec<Profile> {
    let mut out = Vec::new();
    for path in support::files("examples", ".yaml") {
        let text = support::text(&path);
        for region in &world.catalog.regions {
            let sets = [format!("region={}", region.code)];
            out.extend(
                workload::load(&text, &sets, &world.catalog)
                    .ok()
                    .map(|r| r.profile),
            );
        }
    }
    assert!(out.len() > 500, "{}", out.len());
    out
}

/// As many random profiles as the laws ask for.
const RANDOM: usize = 200;

fn random_profiles(world: &World) -> Vec<Profile> {
    let profiles = random::profiles(RANDOM, &world.catalog);
    assert_eq!(profiles.len(), RANDOM);
    profiles.into_iter().map(|(_, profile)| profile).collect()
}

/// The services that win, all of which a bill is made of.
const SERVICES: [&str; 5] = [
    "cloudfront",
    "dynamodb",
    "elasticache-serverless",
    "file-cache",
    "s3-express",
];

#[test]
fn a_bill_that_our_own_estimate_makes_is_the_same_everywhere_and_tells_the_same_profile() {
    let world = World::new();
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    for profile in [cases(&world), random_profiles(&world)].concat() {
        let engine = Engine::new(&world.catalog, &world.book, OPTIONS, &profile);
        for one in &candidates(&engine, &profile) {
            let at = format!("{} {} {:?}", profile.name, profile.region, one.pick);
            let (bill, unknown) = world.bill(one, &profile.region, Decimal::ONE);
            let tolerance = Decimal::new(1, 2);
            let Some((found, refit)) = compared(&world, &engine, one, &profile, &bill, tolerance)
            else {
                // Nothing is compared where the service's own meters have no row, or count nothing.
                let own = |l: &&LineItem| l.service == one.pick.service;
                let silent =
                    |l: &LineItem| unknown.contains(&l.meter.to_string()) || l.quantity.is_zero();
                assert!(one.lines.iter().filter(own).all(silent), "{at}");
                continue;
            };
            for meter in &found.meters {
                let want = if unknown.contains(&meter.meter) {
                    BillVerdict::NotBilled
                } else {
                    BillVerdict::Same
                };
                assert_eq!(meter.verdict, want, "{at}: {meter:#?}");
            }
            assert!(
                found.also.is_empty() && found.others.is_empty(),
                "{at}: {found:#?}"
            );
            for told in &refit.told {
                assert!(told.at_most, "{at}: {told:?}");
            }
            *seen.entry(one.pick.service.clone()).or_default() += 1;
        }
    }
    for service in SERVICES {
        assert!(seen.get(service).is_some_and(|n| *n > 50), "{seen:?}");
    }
}

#[test]
fn a_bill_times_k_is_rates_times_k() {
    let world = World::new();
    let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(1, 6) * b.abs();
    let mut told = 0;
    for path in support::files("examples", ".yaml") {
        let profile = support::profile(&support::text(&path), &world.catalog);
        let engine = Engine::new(&world.catalog, &world.book, OPTIONS, &profile);
        for one in &candidates(&engine, &profile) {
            for k in [Decimal::new(3, 1), Decimal::new(25, 1), Decimal::from(40)] {
                let (bill, _) = world.bill(one, &profile.region, k);
                let Some((found, refit)) =
                    compared(&world, &engine, one, &profile, &bill, Decimal::new(1, 2))
                else {
                    continue;
                };
                if found.minimum.is_some() {
                    continue;
                }
                for one_told in refit.told.iter().filter(|t| !t.at_most) {
                    // Capacity has an hourly floor while nothing happens, which does not scale.
                    let capacity = one_told.meter.ends_with("cu-hours");
                    if ![NumField::Reads, NumField::Writes].contains(&one_told.field) || capacity {
                        continue;
                    }
                    let want = one_told.before * k;
                    assert!(
                        near(one_told.after, want),
                        "{} {:?} ×{k}: {one_told:?}, not {want}",
                        profile.name,
                        one.pick
                    );
                    told += 1;
                }
            }
        }
    }
    assert!(told > 200, "{told}");
}

/// How often a service told a field.
type Count = std::collections::BTreeMap<String, usize>;

/// Refits another profile to the bill of this one: what a meter tells must be its own value again.
fn found_back(world: &World, mut truth: Profile, told: &mut Count) {
    let near = |a: Decimal, b: Decimal| (a - b).abs() <= Decimal::new(1, 6) * b.abs();
    // What the bill does not say is the same on both sides.
    truth.data.hit_ratio = Some(truth.hit_ratio(truth.data.working_set));
    truth.data.curve = Vec::new();
    let engine = Engine::new(&world.catalog, &world.book, OPTIONS, &truth);
    let mut wrong = truth.clone();
    wrong.traffic.reads *= Decimal::new(17, 1);
    wrong.traffic.writes *= Decimal::new(17, 1);
    wrong.data.working_set *= Decimal::new(13, 1);
    let guess = candidates(&engine, &wrong);
    for billed in &candidates(&engine, &truth) {
        let (bill, _) = world.bill(billed, &truth.region, Decimal::ONE);
        let Some(one) = guess.iter().find(|c| c.pick == billed.pick) else {
            continue;
        };
        let Some((_, refit)) = compared(world, &engine, one, &wrong, &bill, Decimal::new(1, 2))
        else {
            continue;
        };
        let engine = Engine::new(&world.catalog, &world.book, OPTIONS, &refit.profile);
        let again = candidates(&engine, &refit.profile);
        for t in refit.told.iter().filter(|t| is_told(t)) {
            let want = truth.number(t.field).unwrap();
            // Capacity follows peak and mean, and has a floor: several means may come to the same bill, and the range holds them.
            let capacity = t.meter.ends_with("cu-hours");
            let inside = t
                .range
                .is_some_and(|(low, high)| low <= want && want <= high);
            let same_bill = || {
                near(
                    quantity(&again, billed, &t.meter),
                    billed_of(billed, &t.meter),
                )
            };
            assert!(
                near(t.after, want) || (capacity && (inside || same_bill())),
                "{} {:?}: {t:?}, not {want}",
                truth.name,
                billed.pick
            );
            if !near(t.after, want) {
                continue;
            }
            if let Some((low, high)) = t.range {
                assert!(low <= want && want <= high, "{t:?}");
            }
            *told
                .entry(format!("{} {}", billed.pick.service, t.field.path()))
                .or_default() += 1;
        }
    }
}

/// What a candidate is billed of a meter.
fn billed_of(one: &Candidate, meter: &str) -> Decimal {
    let lines = one.lines.iter().filter(|l| l.meter == meter);
    lines.map(|l| l.quantity).sum()
}

/// The same of the candidate of that pick among others; nothing where it is not there.
fn quantity(all: &[Candidate], of: &Candidate, meter: &str) -> Decimal {
    let same = all.iter().find(|c| c.pick == of.pick);
    same.map_or(Decimal::ZERO, |c| billed_of(c, meter))
}

/// A size of reads follows only roughly, and a bound is no value.
fn is_told(told: &Told) -> bool {
    !told.at_most && told.field != NumField::ItemSize
}

const TOLD: [&str; 6] = [
    "dynamodb traffic.reads",
    "dynamodb traffic.writes",
    "dynamodb data.working_set",
    "elasticache-serverless traffic.reads",
    "s3-express traffic.reads",
    "cloudfront traffic.reads",
];

#[test]
fn the_profile_behind_a_bill_is_found_from_another_one() {
    let world = World::new();
    let mut told = Count::new();
    for path in support::files("examples", ".yaml") {
        let truth = support::profile(&support::text(&path), &world.catalog);
        found_back(&world, truth, &mut told);
    }
    for want in TOLD {
        assert!(told.contains_key(want), "{told:#?}");
    }
}

#[test]
fn the_random_profile_behind_a_bill_is_found_from_another_one() {
    let world = World::new();
    let mut told = Count::new();
    for truth in random_profiles(&world) {
        found_back(&world, truth, &mut told);
    }
    for want in TOLD {
        assert!(told.get(want).is_some_and(|n| *n > 20), "{told:#?}");
    }
}
