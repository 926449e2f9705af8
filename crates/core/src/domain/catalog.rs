//! The catalog: what is known of the services, with the source of every fact.
//!
//! Built by `crate::catalog` from `catalog/*.yaml`; consistent with itself. Unknown facts are
//! `None` or [`Tri::Unknown`], never a guess.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::bill::UsageTypes;
use super::comparison::Comparison;
pub use super::latency::{Band, Basis, LatencyRow};
use super::plausible::Plausible;
use super::profile::{
    Availability, Compute, Consistency, Durability, Feature, Interface, Layer, MultiRegion,
    OriginKind, Pattern, Protocol,
};
use super::rule::Rule;
pub use super::source::{Source, SourceId};
pub use super::word::WordSet;
use super::word::{Word, words};

/// Yes, no or unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tri {
    /// Known to hold.
    Yes,
    /// Known not to hold.
    No,
    /// Nobody says.
    #[default]
    Unknown,
}

impl From<bool> for Tri {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// A fact with its sources. `value: None` is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact<T> {
    /// The value.
    pub value: Option<T>,
    /// What a reader should know beside the value.
    pub note: Option<String>,
    /// Where it is from; at least one.
    pub sources: Vec<SourceId>,
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self {
            value: None,
            note: None,
            sources: Vec::new(),
        }
    }
}

/// Words that hold, and words nobody knows of; all others do not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriSet {
    /// Known to hold.
    pub yes: WordSet,
    /// Unknown.
    pub unknown: WordSet,
}

impl TriSet {
    /// Does this word hold?
    pub fn get<W: Word>(&self, word: W) -> Tri {
        if self.yes.contains(word) {
            Tri::Yes
        } else if self.unknown.contains(word) {
            Tri::Unknown
        } else {
            Tri::No
        }
    }
}

words!(
    /// What exceeding a limit means.
    LimitKind {
        /// Cannot be exceeded: rules out.
        Hard = "hard",
        /// Adjustable on request: a caution that names the quota.
        Quota = "quota",
        /// How fast the service scales: a caution with the pre-scaling step.
        Ramp = "ramp",
        /// A default setting.
        Default = "default"
    }
);

/// A numeric limit that a workload's demand is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// Kebab-case id; the service module computes the demand of the same id.
    pub id: String,
    /// In the unit named.
    pub value: Decimal,
    /// Unit of value and demand.
    pub unit: String,
    /// What exceeding it means.
    pub kind: LimitKind,
    /// What the limit is, and what to do about it.
    pub text: String,
    /// Profile field that drives the demand.
    pub field: String,
    /// Where it is from.
    pub sources: Vec<SourceId>,
}

/// Expiry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ttl {
    /// Smallest step of an expiry, milliseconds; `None`: no expiry at all.
    pub granularity: Option<Decimal>,
    /// An expired item is absent at once.
    pub expires_on_read: bool,
    /// Clients can check an expiry embedded in the item.
    pub clients_can_check: bool,
}

/// Regions where a service is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Regions {
    /// Everywhere.
    Everywhere,
    /// Everywhere but in these, sorted.
    Except(Vec<String>),
    /// In these, sorted.
    Only(Vec<String>),
    /// Known for these, unknown elsewhere.
    KnownIn(Vec<String>),
}

impl Regions {
    /// Is the service sold there?
    pub fn contains(&self, region: &str) -> Tri {
        match self {
            Self::Everywhere => Tri::Yes,
            Self::Except(list) => (!list.iter().any(|r| r == region)).into(),
            Self::Only(list) => list.iter().any(|r| r == region).into(),
            Self::KnownIn(list) if list.iter().any(|r| r == region) => Tri::Yes,
            Self::KnownIn(_) => Tri::Unknown,
        }
    }
}

/// Every capability that must-haves are compared with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Layers it can stand at.
    pub layers: Fact<WordSet>,
    /// How it is read.
    pub interfaces: Fact<WordSet>,
    /// What its clients speak.
    pub protocols: Fact<WordSet>,
    /// Operations.
    pub features: Fact<TriSet>,
    /// Who can fill it.
    pub patterns: Fact<WordSet>,
    /// Reachable without a public endpoint.
    pub private_access: Fact<bool>,
    /// Lives in a VPC and nowhere else.
    pub needs_vpc: Fact<bool>,
    /// No charge that exists independently of requests and stored bytes.
    pub scale_to_zero: Fact<bool>,
    /// Strongest consistency.
    pub consistency: Fact<Consistency>,
    /// Strongest durability.
    pub durability: Fact<Durability>,
    /// Zones.
    pub availability: Fact<Availability>,
    /// Replication to other Regions.
    pub multi_region: Fact<MultiRegion>,
    /// Stays under a size by itself.
    pub eviction: Fact<bool>,
    /// Works without changing application code.
    pub transparent: Fact<bool>,
    /// Callers that can reach it.
    pub compute: Fact<TriSet>,
    /// Where it is sold.
    pub regions: Fact<Regions>,
    /// Largest item in bytes.
    pub max_item_size: Fact<Decimal>,
    /// Bytes stored with a value beside its key: names, an expiry, bookkeeping; unknown: values stand alone.
    pub item_overhead: Fact<Decimal>,
    /// Expiry.
    pub ttl: Fact<Ttl>,
    /// Hit latency by item size, ordered; empty is unknown.
    pub latency: Vec<LatencyRow>,
    /// Throughput, capacity, connections.
    pub limits: Vec<Limit>,
}

/// One flat-rate level: a fee that covers usage up to allowances.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLevel {
    /// Meter whose price is the fee.
    pub meter: String,
    /// Requests covered per month.
    pub requests: Decimal,
    /// GB of transfer covered per month.
    pub transfer_gb: Decimal,
}

/// A meter that a variant cannot be billed for, because it does not offer what the meter counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotOffered {
    /// Meter of the service.
    pub meter: String,
    /// What is not offered, in words.
    pub text: String,
    /// Sources.
    pub sources: Vec<SourceId>,
}

/// One way to buy a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// Id in the contract; `None` for services without variants.
    pub id: Option<String>,
    /// For people.
    pub name: String,
    /// The same where there is little room; the name where there is no other.
    pub brief: String,
    /// Capabilities, variant overrides applied.
    pub facts: Facts,
    /// Flat-rate levels, cheapest first; empty for pay per use.
    pub levels: Vec<PlanLevel>,
    /// Meters of the service that this variant does not offer.
    pub not_offered: Vec<NotOffered>,
    /// The variant whose prices it is billed by, where that is another one.
    pub prices_of: Option<String>,
    /// What else people call it: `redis`.
    pub also: Vec<String>,
}

impl Facts {
    /// Bytes of an item whose value has this size: with its key and what the service keeps with it.
    pub fn item(&self, value: Decimal, key: Decimal) -> Decimal {
        self.item_overhead
            .value
            .map_or(value, |more| value + key + more)
    }
}

impl Variant {
    /// The variant under which its prices stand: its own id, or that of the variant it is bought like.
    pub fn price_id(&self) -> Option<&str> {
        self.prices_of.as_deref().or(self.id.as_deref())
    }

    /// The cheapest level of a flat-rate plan that covers a month.
    pub fn level(&self, requests: Decimal, transfer_gb: Decimal) -> Option<&PlanLevel> {
        let covers = |l: &&PlanLevel| requests <= l.requests && transfer_gb <= l.transfer_gb;
        self.levels.iter().find(covers)
    }
}

words!(
    /// What a catalog entry is for.
    Role { Candidate = "candidate", Comparison = "comparison", Origin = "origin", Rider = "rider" }
);
words!(
    /// Who does the filling.
    Who { Service = "service", Application = "application", ClientLibrary = "client-library" }
);
words!(
    /// Memory or persistent storage.
    Storage { Memory = "memory", Persistent = "persistent" }
);

/// A billed meter of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// Id in the contract; with a suffix `.GEO`, `.REGION` or `.TYPE` for the spread ones.
    pub id: String,
    /// Unit of a quantity.
    pub unit: String,
    /// What is counted.
    pub text: String,
    /// `geo`, `region` or `type` when the id takes a suffix.
    pub per: Option<String>,
    /// Variant-scoped meters have one price per variant.
    pub by_variant: bool,
    /// How to find the price in the AWS price list, when known.
    pub selector: Option<Selector>,
}

/// How one price is found in the AWS price list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selector {
    /// Price-list service code.
    pub service_code: String,
    /// Attribute equals value; `{location}` in a value is replaced by the geography's or Region's
    /// price-list name.
    pub attributes: Vec<(String, String)>,
    /// The usage type is this, after an optional `PREFIX-`.
    pub usagetype: Option<String>,
    /// What differs by variant.
    pub by_variant: Vec<VariantSelector>,
    /// Unit AWS states for the price.
    pub unit: String,
    /// AWS price unit ÷ our unit (usually 1).
    pub per: Decimal,
    /// Read from the global file rather than the Region's.
    pub global: bool,
}

/// The part of a selector that differs by variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantSelector {
    /// Which variant.
    pub variant: String,
    /// Replaces the usage type.
    pub usagetype: Option<String>,
    /// Further attributes.
    pub attributes: Vec<(String, String)>,
}

/// A service of the catalog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Id in the contract.
    pub id: String,
    /// For people.
    pub name: String,
    /// What else people call it, in small letters.
    pub also: Vec<String>,
    /// What the entry is for.
    pub role: Role,
    /// One sentence.
    pub summary: String,
    /// Who fills the cache.
    pub fill: Pattern,
    /// Who does the filling.
    pub who: Who,
    /// Memory or persistent.
    pub storage: Storage,
    /// What losing the cache means, in words.
    pub on_loss: String,
    /// What changes in the application on a later switch.
    pub leaving: String,
    /// Variants are price plans of one candidate: the cheapest applicable is chosen.
    pub plans: bool,
    /// Ways to buy it; at least one for candidates and comparisons.
    pub variants: Vec<Variant>,
    /// How its rows beside the candidates are reckoned; comparisons only.
    pub comparison: Option<Comparison>,
    /// Billed meters.
    pub meters: Vec<Meter>,
    /// Conflicts between sources, and which one is used.
    pub conflicts: Vec<String>,
    /// Public pages about the service, for `explain`.
    pub sources: Vec<SourceId>,
}

/// What is known of an origin kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginFacts {
    /// Which kind.
    pub kind: OriginKind,
    /// Read latency by item size; empty is unknown.
    pub latency: Vec<LatencyRow>,
    /// Interfaces the origin offers itself.
    pub offers: WordSet,
    /// Internet egress of this origin is billed by AWS.
    pub aws: bool,
    /// The candidate that it is an instance of, if it is one.
    pub service: Option<String>,
    /// How one read is priced.
    pub read_price: Option<OriginPrice>,
    /// Where the facts are from.
    pub sources: Vec<SourceId>,
}

/// The price of one read at an origin: meter × units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OriginPrice {
    /// Key in the price book.
    pub meter: String,
    /// Units are `ceil(item / step)` (one when `None`).
    pub step: Option<Decimal>,
    /// Eventual reads cost half.
    pub eventual_half: bool,
    /// The true cost is at least this (Lambda run time is not known).
    pub at_least: bool,
}

/// A Region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Region {
    /// Code.
    pub code: String,
    /// Name in the price list.
    pub name: String,
    /// Usage-type prefix in the price list.
    pub prefix: String,
    /// Its viewers' CloudFront geography.
    pub geo: super::profile::Geo,
}

impl Region {
    /// Whether people call it so: by its name in the price list, or by the place in it (`Frankfurt`, `Virginia`). What
    /// stands in the code already (`Central`, `US-East`) is no place.
    pub fn is_called(&self, text: &str) -> bool {
        let bare = |t: &str| {
            let kept = t.chars().filter(|c| c.is_alphanumeric());
            kept.flat_map(char::to_lowercase).collect::<String>()
        };
        let wanted = bare(text);
        let place = self.name.split_once('(').map_or("", |(_, p)| p);
        let place = place.trim_end_matches(')');
        let coded = |word: &str| self.code.split('-').any(|c| c.eq_ignore_ascii_case(word));
        if wanted.is_empty() || wanted == bare(&self.name) {
            return !wanted.is_empty();
        }
        if place.split([' ', '-']).any(coded) {
            return false;
        }
        // `N. Virginia` is called Virginia.
        let short = place.split_once(". ").map_or(place, |(_, rest)| rest);
        wanted == bare(place) || wanted == bare(short)
    }
}

/// A part of AWS with accounts, credentials and a price list of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// How the codes of its Regions begin.
    pub starts: String,
    /// As a sentence names it.
    pub name: String,
    /// What sets it apart.
    pub says: String,
}

/// The only Region that people call so.
pub fn region_called<'c>(text: &str, regions: &'c [Region]) -> Option<&'c Region> {
    let mut found = regions.iter().filter(|r| r.is_called(text));
    found.next().filter(|_| found.next().is_none())
}

/// Weights of the ranking, with the reasoning in `catalog/weights.yaml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Points per halving of monthly cost: balanced, cost, latency.
    pub cost: [i64; 3],
    /// Points per halving of latency: balanced, cost, latency.
    pub latency: [i64; 3],
    /// Points for serving through the loss of a zone.
    pub multi_az: i64,
    /// Preference met.
    pub preference_met: i64,
    /// Preference missed (negative).
    pub preference_missed: i64,
    /// Scores closer than this are a tie, in tenths of a point.
    pub tie_tenths: i64,
    /// Dollars a month that decide nothing: added to a cost before it is scored, and the least saving.
    pub small_change: Decimal,
    /// Share by which a row beside the candidates costs less than the recommended one to stand in the headline.
    pub much_less: Decimal,
    /// Points lost over the lower half of a latency band.
    pub band: i64,
    /// Share of provisioned capacity that the mean load uses.
    pub provisioned_use: Decimal,
    /// Peak over mean above which provisioned capacity is sized by the peak.
    pub provisioned_spike: Decimal,
    /// How many TTLs a month of bursts keeps data after the last request of each.
    pub drains: Decimal,
    /// Working set that fits a process-local cache, bytes.
    pub local_cache_bytes: Decimal,
    /// At most this hit ratio means every query is unique.
    pub unique_hit_ratio: Decimal,
    /// Goal hit ratio.
    pub goal_hit_ratio: Decimal,
    /// Share of written and strongly read bytes that cross zones.
    pub cross_az_share: [i64; 2],
    /// Where the conventions are from.
    pub sources: Vec<SourceId>,
}

/// Public terms a customer can commit to: shares off the list price, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountPlan {
    /// Kebab-case id, for `--discount`.
    pub id: String,
    /// What it is.
    pub about: String,
    /// Rates.
    pub rates: Vec<DiscountRate>,
    /// Sources.
    pub sources: Vec<SourceId>,
}

/// One rate of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountRate {
    /// Service.
    pub service: String,
    /// Variant or meter, or both.
    pub of: Vec<String>,
    /// Share off the list price.
    pub off: Decimal,
}

/// What generated stacks need to know of Regions, zones and versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackFacts {
    /// Regions with a native CloudFormation type, by service.
    pub native_types: std::collections::BTreeMap<String, Vec<String>>,
    /// Zone ids by Region.
    pub zones: std::collections::BTreeMap<String, Vec<String>>,
    /// Cache behaviors of a distribution, by variant.
    pub behaviors: std::collections::BTreeMap<String, usize>,
    /// Major engine version by variant.
    pub engine_versions: std::collections::BTreeMap<String, String>,
    /// Where from.
    pub sources: Vec<SourceId>,
}

/// An explanation of an error or caution code, for `explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeText {
    /// Kebab-case code.
    pub code: String,
    /// What it means and what to do.
    pub text: String,
}

/// A caution as a short report says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Briefly {
    /// Its code.
    pub code: String,
    /// In one sentence.
    pub says: String,
}

/// A word that reports and questions use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// As it is written.
    pub word: String,
    /// Other words for the same.
    pub also: Vec<String>,
    /// What it means, in one or two sentences.
    pub says: String,
    /// An example; may be empty.
    pub example: String,
}

/// Everything the decision knows of AWS, apart from prices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// `sha256:…` over the source files.
    pub hash: String,
    /// All sources, sorted.
    pub sources: Vec<Source>,
    /// Regions, sorted by code.
    pub regions: Vec<Region>,
    /// Partitions other than the standard one.
    pub partitions: Vec<Partition>,
    /// Services, sorted by id.
    pub services: Vec<Service>,
    /// Rules, sorted by id.
    pub rules: Vec<Rule>,
    /// Origin kinds.
    pub origins: Vec<OriginFacts>,
    /// Weights and conventions.
    pub weights: Weights,
    /// Texts of codes.
    pub codes: Vec<CodeText>,
    /// For generated stacks.
    pub stacks: StackFacts,
    /// Cautions that a short report shows, the weightiest first.
    pub briefly: Vec<Briefly>,
    /// Words, in the order of the file.
    pub words: Vec<Term>,
    /// Where the number of a field is found: path and text.
    pub finds: Vec<(String, String)>,
    /// Public terms by name.
    pub discounts: Vec<DiscountPlan>,
    /// What is not stated may plausibly be.
    pub plausible: Plausible,
    /// How bills name what meters count.
    pub usage_types: UsageTypes,
}

impl Catalog {
    /// The partition of a Region, known or not; `None` is the standard one.
    pub fn partition(&self, region: &str) -> Option<&Partition> {
        let mut all = self.partitions.iter();
        all.find(|p| region.starts_with(p.starts.as_str()))
    }

    /// A service by id.
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.id == id)
    }

    /// A service by id or common name, with the variant where the name says it.
    pub fn named(&self, name: &str) -> Option<(&Service, Option<&str>)> {
        let name = name.trim().to_lowercase().replace(['_', ' '], "-");
        let by_name = || self.services.iter().find(|s| s.also.contains(&name));
        if let Some(service) = self.service(&name).or_else(by_name) {
            return Some((service, None));
        }
        self.services.iter().find_map(|service| {
            let variant = service.variants.iter().find(|v| v.also.contains(&name))?;
            Some((service, variant.id.as_deref()))
        })
    }

    /// A Region by code.
    pub fn region(&self, code: &str) -> Option<&Region> {
        self.regions.iter().find(|r| r.code == code)
    }

    /// Facts of an origin kind.
    pub fn origin(&self, kind: OriginKind) -> Option<&OriginFacts> {
        self.origins.iter().find(|o| o.kind == kind)
    }
}

/// Reachability by caller, for messages.
pub fn compute_words(set: TriSet) -> Vec<&'static str> {
    set.yes.words::<Compute>()
}

/// Feature words that hold, for messages.
pub fn feature_words(set: TriSet) -> Vec<&'static str> {
    set.yes.words::<Feature>()
}

/// Layer words, for messages.
pub fn layer_words(set: WordSet) -> Vec<&'static str> {
    set.words::<Layer>()
}

/// Interface words, for messages.
pub fn interface_words(set: WordSet) -> Vec<&'static str> {
    set.words::<Interface>()
}

/// Protocol words, for messages.
pub fn protocol_words(set: WordSet) -> Vec<&'static str> {
    set.words::<Protocol>()
}
