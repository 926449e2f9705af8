//! The resolved workload profile: what the decision reads.
//!
//! Built by `crate::workload` from a file; every field is typed, in range and free of
//! contradictions. Fields the user left out stay `None` where their default depends on others,
//! and the accessors give the documented default (`spec: the profile, version 1`).

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

pub use super::field::NumField;
use super::money::Usd;
use super::units::{Bytes, HOURS_PER_MONTH, Quantity};
pub use super::word::Word;
use super::word::words;

words!(
    /// What the cache stands in front of.
    Layer { Client = "client", Edge = "edge", Application = "application", Database = "database", Storage = "storage" }
);
words!(
    /// How the workload reads the cache.
    Interface { Http = "http", KeyValue = "key-value", Object = "object", Posix = "posix" }
);
words!(
    /// How much a property is needed.
    Need { Required = "required", Preferred = "preferred", No = "no" }
);
words!(
    /// Read-after-write at the cache.
    Consistency { Eventual = "eventual", Strong = "strong" }
);
words!(
    /// What may happen to cached data; ordered from weakest to strongest.
    Durability { Rebuildable = "rebuildable", SurvivesRestart = "survives-restart", SurvivesAzLoss = "survives-az-loss" }
);
words!(
    /// Who fills the cache.
    Pattern { Any = "any", ReadThrough = "read-through", CacheAside = "cache-aside", WriteThrough = "write-through" }
);
words!(
    /// What the clients already speak.
    Protocol {
        Any = "any", Http = "http", Redis = "redis", Memcached = "memcached", Dynamodb = "dynamodb", S3 = "s3",
        Lustre = "lustre", Nfs = "nfs"
    }
);
words!(
    /// Operations a workload may need.
    Feature {
        SortedSets = "sorted-sets", PubSub = "pub-sub", Lists = "lists", AtomicCounters = "atomic-counters",
        Transactions = "transactions", ConditionalWrites = "conditional-writes", Scripting = "scripting",
        Geospatial = "geospatial", Json = "json", ByteRangeReads = "byte-range-reads", Append = "append",
        FileLocks = "file-locks", PathInvalidation = "path-invalidation", TagInvalidation = "tag-invalidation",
        SignedUrls = "signed-urls", Streams = "streams", VectorSearch = "vector-search",
        OrderedReads = "ordered-reads", MultiSlotOperations = "multi-slot-operations",
        LfuEviction = "lfu-eviction", KeyspaceNotifications = "keyspace-notifications",
        BloomFilters = "bloom-filters"
    }
);
words!(
    /// Must the cache keep serving when a zone is lost.
    Availability { SingleAz = "single-az", MultiAz = "multi-az" }
);
words!(
    /// Whether application code may change.
    ClientChanges { Allowed = "allowed", Minimal = "minimal" }
);
words!(
    /// Must the cache stay under a size by itself.
    Eviction { Required = "required", No = "no" }
);
words!(
    /// What other Regions do with the cache.
    MultiRegion { No = "no", Reads = "reads", Writes = "writes" }
);
words!(
    /// Who calls the cache.
    Compute {
        Browser = "browser", Lambda = "lambda", Fargate = "fargate", EcsEc2 = "ecs-ec2", Ec2 = "ec2", Eks = "eks",
        AppRunner = "app-runner", OnPremises = "on-premises"
    }
);
words!(
    /// What a miss goes to.
    OriginKind {
        S3 = "s3", Dynamodb = "dynamodb", Aurora = "aurora", Rds = "rds", HttpApi = "http-api", RestApi = "rest-api",
        LoadBalancer = "load-balancer", Lambda = "lambda", Nfs = "nfs", OnPremises = "on-premises", Other = "other",
        None = "none"
    }
);
words!(
    /// Whether a VPC exists for the cache.
    Vpc { Existing = "existing", None = "none" }
);
words!(
    /// Whether functions in the VPC need the internet.
    InternetFromVpc { Yes = "yes", No = "no" }
);
words!(
    /// CloudFront price geographies.
    Geo {
        NorthAmerica = "north-america", Europe = "europe", Japan = "japan", AsiaPacific = "asia-pacific",
        Australia = "australia", India = "india", SouthAmerica = "south-america", MiddleEast = "middle-east",
        SouthAfrica = "south-africa"
    }
);
words!(
    /// What the ranking weighs most.
    OptimizeFor { Balanced = "balanced", Cost = "cost", Latency = "latency" }
);

/// What runs today, and what it costs by its own metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// As people call it.
    pub name: String,
    /// Service of the catalog.
    pub service: String,
    /// Its variant, where it is known.
    pub variant: Option<String>,
    /// Known cost a month at the cheaper and at the dearer end.
    pub monthly: [Usd; 2],
    /// Some quantity or price of it is not known: it costs at least that much.
    pub at_least: bool,
}

/// One measured point of a hit-ratio curve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Cache size.
    pub size: Bytes,
    /// Share of requests that hit.
    pub objects: Decimal,
    /// Share of bytes that hit.
    pub bytes: Decimal,
    /// Half-width of the confidence interval, when sampled.
    pub error: Option<Decimal>,
}

/// A low and a high end stated for one number of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Which number.
    pub field: NumField,
    /// Low end, base unit.
    pub low: Decimal,
    /// High end, base unit.
    pub high: Decimal,
}

/// `latency`: tolerance for a hit as seen by the caller, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencyNeed {
    /// Median.
    pub p50: Decimal,
    /// 99th percentile, when stated.
    pub p99: Option<Decimal>,
}

/// `traffic`, rates per second while active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// Read calls.
    pub reads: Decimal,
    /// Explicit puts at the cache.
    pub writes: Decimal,
    /// Peak read calls, when stated.
    pub peak_reads: Option<Decimal>,
    /// Peak puts, when stated.
    pub peak_writes: Option<Decimal>,
    /// Keys fetched together by one call.
    pub keys_per_read: Decimal,
    /// Concurrent client connections.
    pub connections: Option<Decimal>,
    /// Share of reads on the hottest key.
    pub hottest_key_share: Option<Decimal>,
    /// Paths invalidated by hand at the edge.
    pub invalidations: Decimal,
    /// Hours per month with traffic.
    pub active_hours: Decimal,
    /// Rates written as calendar totals: with other active hours the total stays and the rate changes.
    #[serde(skip)]
    pub totals: Vec<NumField>,
}

impl Traffic {
    const fn blank() -> Self {
        Self {
            reads: Decimal::ZERO,
            writes: Decimal::ZERO,
            peak_reads: None,
            peak_writes: None,
            keys_per_read: Decimal::ONE,
            connections: None,
            hottest_key_share: None,
            invalidations: Decimal::ZERO,
            active_hours: HOURS_PER_MONTH,
            totals: Vec::new(),
        }
    }
}

/// `data`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// Mean item, bytes.
    pub item_size: Decimal,
    /// Largest item, bytes, when stated.
    pub max_item_size: Option<Decimal>,
    /// Length of a key, bytes.
    pub key_size: Decimal,
    /// Mean bytes that a read sends, where that is not the item.
    pub bytes_per_read: Option<Decimal>,
    /// What the cache should hold, bytes.
    pub working_set: Decimal,
    /// Accepted staleness in milliseconds; `None` is the word `none`.
    pub ttl: Option<Decimal>,
    /// Share of reads served by the cache, when stated.
    pub hit_ratio: Option<Decimal>,
    /// Measured curve, ordered by size.
    pub curve: Vec<CurvePoint>,
}

impl Data {
    const fn blank() -> Self {
        Self {
            item_size: Decimal::ZERO,
            max_item_size: None,
            key_size: DEFAULT_KEY_SIZE,
            bytes_per_read: None,
            working_set: Decimal::ZERO,
            ttl: None,
            hit_ratio: None,
            curve: Vec::new(),
        }
    }
}

/// `requirements`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// Read-after-write.
    pub consistency: Consistency,
    /// What may happen to data.
    pub durability: Durability,
    /// Who fills.
    pub pattern: Pattern,
    /// What clients speak.
    pub protocol: Protocol,
    /// Needed operations, sorted.
    pub features: Vec<Feature>,
    /// Zone loss.
    pub availability: Availability,
    /// May code change.
    pub client_changes: ClientChanges,
    /// Must stay under a size.
    pub eviction: Eviction,
    /// Other Regions.
    pub multi_region: MultiRegion,
    /// Their codes.
    pub replica_regions: Vec<String>,
}

impl Requirements {
    const fn blank() -> Self {
        Self {
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
}

/// `origin`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Kind.
    pub kind: OriginKind,
    /// Time of a read, ms, when stated.
    pub latency: Option<Decimal>,
    /// USD per million reads, when stated.
    pub price_per_million_reads: Option<Decimal>,
}

impl Origin {
    const fn blank() -> Self {
        Self {
            kind: OriginKind::Other,
            latency: None,
            price_per_million_reads: None,
        }
    }
}

/// `network`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Is there a VPC.
    pub vpc: Vpc,
    /// Nobody says so: it follows from the callers and from private access.
    #[serde(skip)]
    pub vpc_follows: bool,
    /// Do functions in it need the internet; `None` is unknown.
    pub internet_from_vpc: Option<InternetFromVpc>,
}

/// `deployment`: settings passed to the stack as parameters; never part of the decision except for riders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// Single-valued settings by name.
    pub values: BTreeMap<String, String>,
    /// List-valued settings by name.
    pub lists: BTreeMap<String, Vec<String>>,
    /// `create_vpc`.
    pub create_vpc: bool,
}

/// The whole profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// For the report and the stack name.
    pub name: String,
    /// For the report.
    pub description: Option<String>,
    /// AWS Region code.
    pub region: String,
    /// What the cache stands in front of.
    pub layer: Layer,
    /// How it is read.
    pub interface: Interface,
    /// Tolerance for a hit.
    pub latency: Option<LatencyNeed>,
    /// No traffic must cost (almost) nothing.
    pub scale_to_zero: Need,
    /// No public endpoint.
    pub private_access: Need,
    /// Rates.
    pub traffic: Traffic,
    /// Sizes.
    pub data: Data,
    /// Must-haves.
    pub requirements: Requirements,
    /// Who calls the cache; empty is unknown.
    pub compute: Vec<Compute>,
    /// Processes that read the cache.
    pub instances: Option<Decimal>,
    /// What a miss goes to.
    pub origin: Origin,
    /// Where the callers live.
    pub network: Network,
    /// Share of traffic by CloudFront geography; sums to one.
    pub viewers: Vec<(Geo, Decimal)>,
    /// What the ranking weighs.
    pub optimize_for: OptimizeFor,
    /// Monthly budget, USD.
    pub budget: Option<Decimal>,
    /// Template settings.
    pub deployment: Deployment,
    /// Measured largest/percentile item sizes, bytes: p50, p99, max.
    pub item_size_distribution: Option<[Decimal; 3]>,
    /// Provenance of a measured profile, as written.
    pub measured: BTreeMap<String, String>,
    /// What it was measured from, with its bill.
    pub running: Option<Running>,
    /// Ranges stated by the user.
    pub ranges: Vec<Range>,
    /// Paths the user stated (or that follow from stated ones), sorted.
    pub stated: Vec<&'static str>,
}

/// Default length of a key in bytes (convention of the decision model).
pub const DEFAULT_KEY_SIZE: Decimal = Decimal::from_parts(32, 0, 0, false, 0);
/// Default hit ratio: the Well-Architected goal (facts: 80 %).
pub const DEFAULT_HIT_RATIO: Decimal = Decimal::from_parts(8, 0, 0, false, 1);

impl Profile {
    /// The profile of somebody who says nothing: every default that does not depend on what is stated, and
    /// nothing where a value is required.
    pub fn blank() -> Self {
        Self {
            name: String::new(),
            description: None,
            region: String::new(),
            layer: Layer::Application,
            interface: Interface::KeyValue,
            latency: None,
            scale_to_zero: Need::No,
            private_access: Need::No,
            traffic: Traffic::blank(),
            data: Data::blank(),
            requirements: Requirements::blank(),
            compute: Vec::new(),
            instances: None,
            origin: Origin::blank(),
            network: Network {
                vpc: Vpc::None,
                vpc_follows: false,
                internet_from_vpc: None,
            },
            viewers: Vec::new(),
            optimize_for: OptimizeFor::Balanced,
            budget: None,
            deployment: Deployment::default(),
            item_size_distribution: None,
            measured: BTreeMap::new(),
            running: None,
            ranges: Vec::new(),
            stated: Vec::new(),
        }
    }

    /// Are there callers that a private path by a gateway endpoint does not serve?
    pub fn private_from_outside(&self) -> bool {
        self.private_access == Need::Required && self.compute.contains(&Compute::OnPremises)
    }

    /// Was this path stated, or does it follow from a stated one?
    pub fn is_stated(&self, path: &str) -> bool {
        self.stated.binary_search(&path).is_ok()
    }

    /// Where the callers live when nobody says: in a VPC when private access is required or the callers do.
    pub fn default_vpc(&self) -> Vpc {
        let in_vpc = self.compute.iter().any(|c| {
            matches!(
                c,
                Compute::Ec2 | Compute::EcsEc2 | Compute::Eks | Compute::Fargate
            )
        });
        let stated_in_vpc = in_vpc && !matches!(self.layer, Layer::Client | Layer::Edge);
        if self.private_access == Need::Required || stated_in_vpc {
            Vpc::Existing
        } else {
            Vpc::None
        }
    }

    /// The VPC again as it follows from callers and private access, unless somebody stated it.
    pub fn follow_vpc(&mut self) {
        const PATH: &str = "network.vpc";
        if !self.network.vpc_follows {
            return;
        }
        self.network.vpc = self.default_vpc();
        if self.network.vpc == Vpc::Existing {
            self.state(PATH);
        } else if let Ok(place) = self.stated.binary_search(&PATH) {
            self.stated.remove(place);
        }
    }

    /// Private access is required, and there is no VPC and none that the stack may create.
    pub fn lacks_vpc(&self) -> bool {
        let functions = !self.compute.is_empty()
            && self
                .compute
                .iter()
                .all(|c| matches!(c, Compute::Lambda | Compute::Fargate));
        self.private_access == Need::Required
            && self.network.vpc == Vpc::None
            && !(functions && self.deployment.create_vpc)
    }

    /// Peak read calls per second; default three times the average.
    pub fn peak_reads(&self) -> Decimal {
        self.traffic
            .peak_reads
            .unwrap_or(self.traffic.reads * Decimal::from(3))
    }

    /// Peak puts per second; default three times the average.
    pub fn peak_writes(&self) -> Decimal {
        self.traffic
            .peak_writes
            .unwrap_or(self.traffic.writes * Decimal::from(3))
    }

    /// Peak read calls per second as far as somebody stated them, or the rate.
    pub fn sure_peak_reads(&self) -> Decimal {
        let stated = || {
            let is_stated = self.is_stated("traffic.reads");
            if is_stated {
                self.traffic.reads
            } else {
                Decimal::ZERO
            }
        };
        self.traffic.peak_reads.unwrap_or_else(stated)
    }

    /// Working set in bytes as far as somebody stated it.
    pub fn sure_working_set(&self) -> Decimal {
        if self.is_stated("data.working_set") {
            self.data.working_set
        } else {
            Decimal::ZERO
        }
    }

    /// Largest item in bytes; default four times the mean.
    pub fn max_item_size(&self) -> Decimal {
        self.data
            .max_item_size
            .unwrap_or(self.data.item_size * Decimal::from(4))
    }

    /// Bytes that a read sends: ranges send less than the item, answers that nothing has changed next to
    /// nothing. The item when nobody says otherwise.
    pub fn bytes_per_read(&self) -> Decimal {
        self.data.bytes_per_read.unwrap_or(self.data.item_size)
    }

    /// Seconds per month with traffic.
    pub fn active_seconds(&self) -> Decimal {
        self.traffic.active_hours * Decimal::from(3600)
    }

    /// Hours per month without traffic.
    pub fn idle_hours(&self) -> Decimal {
        HOURS_PER_MONTH - self.traffic.active_hours
    }

    /// Object hit ratio of a cache of this many bytes: from the curve when there is one. A store with
    /// nothing behind it has every item.
    pub fn hit_ratio(&self, size: Decimal) -> Decimal {
        if self.is_store() {
            return Decimal::ONE;
        }
        let stated = interpolate(&self.data.curve, size).or(self.data.hit_ratio);
        stated.unwrap_or_else(|| DEFAULT_HIT_RATIO.max(self.least_hit_ratio()))
    }

    /// The hit ratio below which items would be missed more often than they expire: one minus items over
    /// the lookups of a TTL, or of a month where nothing expires. Not below zero.
    pub fn least_hit_ratio(&self) -> Decimal {
        let seconds = match self.data.ttl {
            Some(ms) => ms / Decimal::ONE_THOUSAND,
            None => self.active_seconds(),
        };
        let items = self.data.working_set.checked_div(self.data.item_size);
        // A product beyond the range of decimals is a share below its last digit.
        let missed = match self.lookups().checked_mul(seconds) {
            Some(reads) => items.and_then(|items| items.checked_div(reads)),
            None => Some(Decimal::ZERO),
        };
        (Decimal::ONE - missed.unwrap_or(Decimal::ONE)).max(Decimal::ZERO)
    }

    /// Is there nothing behind the cache?
    pub fn is_store(&self) -> bool {
        self.origin.kind == OriginKind::None
    }

    /// Does every caller live outside AWS?
    pub fn calls_from_outside(&self) -> bool {
        !self.compute.is_empty() && self.compute.iter().all(|c| *c == Compute::OnPremises)
    }

    /// Did somebody say that every caller lives in AWS?
    pub fn calls_from_inside(&self) -> bool {
        let inside = |c: &Compute| !matches!(c, Compute::OnPremises | Compute::Browser);
        !self.compute.is_empty() && self.compute.iter().all(inside)
    }

    /// Keys looked up per second.
    pub fn lookups(&self) -> Decimal {
        self.traffic.reads * self.traffic.keys_per_read
    }

    /// Other active hours; totals over the calendar are spread over them.
    pub fn set_active_hours(&mut self, hours: Decimal) {
        let before = self.traffic.active_hours;
        let ratio = before.checked_div(hours).unwrap_or(Decimal::ONE);
        self.traffic.active_hours = hours;
        for field in self.traffic.totals.clone() {
            let rate = self.number(field).unwrap_or_default();
            self.set_number(field, rate.checked_mul(ratio).unwrap_or(rate));
        }
    }

    /// Makes a field count as stated.
    pub fn state(&mut self, path: &'static str) {
        if let Err(place) = self.stated.binary_search(&path) {
            self.stated.insert(place, path);
        }
    }
}

/// Linear interpolation of the object hit ratio, constant outside the measured sizes except that a
/// cache of no bytes has no hits.
fn interpolate(curve: &[CurvePoint], size: Decimal) -> Option<Decimal> {
    let last = curve.last()?;
    if size >= last.size.value() {
        return Some(last.objects);
    }
    let above = curve.iter().position(|p| p.size.value() > size)?;
    let (x0, y0) = if above == 0 {
        (Decimal::ZERO, Decimal::ZERO)
    } else {
        (curve[above - 1].size.value(), curve[above - 1].objects)
    };
    let (x1, y1) = (curve[above].size.value(), curve[above].objects);
    Some(y0 + (y1 - y0) * (size - x0) / (x1 - x0))
}
