//! The table of profile fields: path, kind, default, meaning. One place for the JSON Schema, the
//! assumptions of a report, and the help of the questionnaire.

use crate::domain::profile::{
    Availability, ClientChanges, Compute, Consistency, Durability, Eviction, Feature, Interface,
    InternetFromVpc, Layer, MultiRegion, Need, OptimizeFor, OriginKind, Pattern, Protocol, Vpc,
    Word,
};
use crate::domain::units::{Bytes, Count, Dollars, Duration, Hours, Quantity, Rate, Share};

/// What a field accepts.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Free text.
    Text,
    /// One of these words.
    Word(fn() -> Vec<&'static str>),
    /// A list of these words.
    Words(fn() -> Vec<&'static str>),
    /// A list of texts.
    Texts,
    /// A quantity: pattern, example, and whether a range is allowed.
    Quantity {
        /// Regular expression of one value.
        pattern: &'static str,
        /// An example.
        example: &'static str,
        /// May be `a..b`, `a..b..c`.
        range: bool,
    },
    /// A quantity or the word `none`.
    QuantityOrNone {
        /// Regular expression of one value.
        pattern: &'static str,
        /// An example.
        example: &'static str,
    },
    /// A whole number.
    Integer,
    /// `latency`: a quantity or `{p50, p99}`.
    Latency,
    /// `viewers`.
    Viewers,
    /// `data.hit_ratio_curve`.
    Curve,
    /// `data.item_size_distribution`.
    Distribution,
    /// `measured`.
    Measured,
    /// `deployment`.
    Deployment,
}

/// One field of the profile.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Dotted path.
    pub path: &'static str,
    /// What it accepts.
    pub shape: Shape,
    /// Required.
    pub required: bool,
    /// Default in words; empty when there is none.
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Typical values, for the questionnaire.
    pub typical: &'static str,
}

fn words<W: Word>() -> Vec<&'static str> {
    W::ALL.iter().map(|w| w.word()).collect()
}

const fn quantity<Q: Quantity>(range: bool) -> Shape {
    Shape::Quantity {
        pattern: Q::PATTERN,
        example: Q::EXAMPLE,
        range,
    }
}

const fn field(
    path: &'static str,
    shape: Shape,
    default: &'static str,
    meaning: &'static str,
    typical: &'static str,
) -> Field {
    Field {
        path,
        shape,
        required: false,
        default,
        meaning,
        typical,
    }
}

const fn required(
    path: &'static str,
    shape: Shape,
    meaning: &'static str,
    typical: &'static str,
) -> Field {
    Field {
        path,
        shape,
        required: true,
        default: "",
        meaning,
        typical,
    }
}

/// Every field, in the order of the contract.
pub const FIELDS: &[Field] = &[
    required("version", Shape::Integer, "format version; 1", "1"),
    required(
        "name",
        Shape::Text,
        "used in the report and for the stack name",
        "product-pages",
    ),
    field("description", Shape::Text, "", "used in the report", ""),
    required(
        "region",
        Shape::Text,
        "AWS Region where the application runs and the cache will live",
        "us-east-1, eu-west-1",
    ),
    required(
        "layer",
        Shape::Word(words::<Layer>),
        "what the cache stands in front of: browsers and apps (client, edge), application code, a database, files or objects (storage)",
        "application",
    ),
    field(
        "interface",
        Shape::Word(words::<Interface>),
        "from the layer",
        "how the workload reads the cache",
        "key-value",
    ),
    field(
        "latency",
        Shape::Latency,
        "none",
        "tolerance for a hit as seen by the caller; a bare value is the median",
        "1 ms memory, 5 ms key-value store, 20 ms objects",
    ),
    field(
        "scale_to_zero",
        Shape::Word(words::<Need>),
        "no",
        "no traffic must cost (almost) nothing",
        "required for side projects and rare bursts",
    ),
    field(
        "private_access",
        Shape::Word(words::<Need>),
        "no",
        "clients reach the cache without a public endpoint",
        "required in most enterprises",
    ),
    required(
        "traffic.reads",
        quantity::<Rate>(true),
        "read calls: /s /min /h while active, /day /week /month as calendar totals",
        "10/s a small site, 1000/s a busy API",
    ),
    field(
        "traffic.writes",
        quantity::<Rate>(true),
        "0",
        "explicit puts at the cache; fills after a miss come on top",
        "a tenth of the reads for sessions",
    ),
    field(
        "traffic.peak_reads",
        quantity::<Rate>(true),
        "3 × average",
        "highest read rate; used for limits, not for cost",
        "3 to 10 times the average",
    ),
    field(
        "traffic.peak_writes",
        quantity::<Rate>(true),
        "3 × average",
        "highest put rate; used for limits, not for cost",
        "3 to 10 times the average",
    ),
    field(
        "traffic.keys_per_read",
        quantity::<Count>(true),
        "1",
        "keys fetched together by one call (multi-get, batch get, page fan-out)",
        "1, or 10 to 50 for page fan-out",
    ),
    field(
        "traffic.connections",
        quantity::<Count>(true),
        "unknown",
        "concurrent client connections",
        "10 per process",
    ),
    field(
        "traffic.hottest_key_share",
        quantity::<Share>(true),
        "unknown",
        "share of reads on the hottest key",
        "1 % even, 10 % for a hit product",
    ),
    field(
        "traffic.active_hours",
        quantity::<Hours>(true),
        "730 h",
        "hours per month with traffic; the rest is idle",
        "730 h always on, 220 h office hours",
    ),
    required(
        "data.item_size",
        quantity::<Bytes>(true),
        "mean size of an item; KB = 1000, KiB = 1024",
        "1 KiB session, 4 KiB JSON, 100 KiB image",
    ),
    field(
        "data.max_item_size",
        quantity::<Bytes>(true),
        "4 × mean",
        "largest item",
        "4 to 100 times the mean",
    ),
    required(
        "data.working_set",
        quantity::<Bytes>(true),
        "what the cache should hold",
        "1 GiB, 20 GiB",
    ),
    field(
        "data.ttl",
        Shape::QuantityOrNone {
            pattern: Duration::PATTERN,
            example: "5 min",
        },
        "1 h; none for layer storage",
        "staleness the workload accepts; never adds traffic",
        "5 min pages, 1 h catalog data, 1 day assets",
    ),
    field(
        "data.hit_ratio",
        quantity::<Share>(true),
        "80 %",
        "share of reads served by the cache",
        "80 % goal, 95 % good",
    ),
    field(
        "data.hit_ratio_curve",
        Shape::Curve,
        "none",
        "measured object and byte hit ratio by cache size",
        "",
    ),
    field(
        "data.item_size_distribution",
        Shape::Distribution,
        "none",
        "measured item sizes",
        "",
    ),
    field(
        "measured",
        Shape::Measured,
        "none",
        "provenance of a measured profile; changes no decision",
        "",
    ),
    field(
        "requirements.consistency",
        Shape::Word(words::<Consistency>),
        "eventual",
        "read-after-write at the cache",
        "eventual",
    ),
    field(
        "requirements.durability",
        Shape::Word(words::<Durability>),
        "rebuildable",
        "what may happen to cached data",
        "rebuildable for a cache, survives-az-loss for a store",
    ),
    field(
        "requirements.pattern",
        Shape::Word(words::<Pattern>),
        "any",
        "who fills the cache",
        "any",
    ),
    field(
        "requirements.protocol",
        Shape::Word(words::<Protocol>),
        "any",
        "what the clients already speak",
        "any",
    ),
    field(
        "requirements.features",
        Shape::Words(words::<Feature>),
        "none",
        "needed operations",
        "none",
    ),
    field(
        "requirements.availability",
        Shape::Word(words::<Availability>),
        "single-az",
        "must the cache keep serving when a zone is lost",
        "multi-az for user-facing paths",
    ),
    field(
        "requirements.client_changes",
        Shape::Word(words::<ClientChanges>),
        "allowed",
        "whether application code may change to use a cache",
        "allowed",
    ),
    field(
        "requirements.eviction",
        Shape::Word(words::<Eviction>),
        "no",
        "the cache must stay under a size by itself",
        "no",
    ),
    field(
        "requirements.multi_region",
        Shape::Word(words::<MultiRegion>),
        "no",
        "what other Regions do with the cache",
        "no",
    ),
    field(
        "requirements.replica_regions",
        Shape::Texts,
        "one replica at the home Region's prices",
        "Regions that hold a replica",
        "the second Region of the application",
    ),
    field(
        "compute",
        Shape::Words(words::<Compute>),
        "browser for client and edge, else unknown",
        "who calls the cache",
        "lambda, fargate, ec2",
    ),
    field(
        "instances",
        Shape::Integer,
        "unknown",
        "processes that read the cache; with 1 a process-local cache may do",
        "1, or dozens",
    ),
    field(
        "origin.kind",
        Shape::Word(words::<OriginKind>),
        "other",
        "what a miss goes to",
        "rds, dynamodb, s3, load-balancer",
    ),
    field(
        "origin.latency",
        quantity::<Duration>(true),
        "by kind where documented, else unknown",
        "time of a read at the origin",
        "5 ms DynamoDB, 20 ms SQL query, 100 ms API",
    ),
    field(
        "origin.price_per_million_reads",
        quantity::<Dollars>(true),
        "by kind and Region where the price list gives one, else unknown",
        "saved by every hit",
        "0.40 USD for S3",
    ),
    field(
        "network.vpc",
        Shape::Word(words::<Vpc>),
        "existing when private access is required or compute is ec2, ecs or eks, else none",
        "whether the callers live in a VPC",
        "existing",
    ),
    field(
        "network.internet_from_vpc",
        Shape::Word(words::<InternetFromVpc>),
        "unknown",
        "functions moved into the VPC still need the internet; yes prices a NAT gateway, for lambda only",
        "yes",
    ),
    field(
        "viewers",
        Shape::Viewers,
        "from the Region",
        "share of traffic by CloudFront geography",
        "north-america 60 %, europe 40 %",
    ),
    field(
        "optimize_for",
        Shape::Word(words::<OptimizeFor>),
        "balanced",
        "what the ranking weighs most",
        "balanced",
    ),
    field(
        "budget",
        Shape::Quantity {
            pattern: r"^[0-9._]+ ?USD ?/ ?month$",
            example: "500 USD/month",
            range: false,
        },
        "none",
        "a gate in the report",
        "500 USD/month",
    ),
    field(
        "deployment",
        Shape::Deployment,
        "none",
        "settings passed to the stack as parameters",
        "",
    ),
];

/// The field of a path.
pub fn find(path: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.path == path)
}

/// The single-valued settings of `deployment`.
pub const DEPLOYMENT_VALUES: &[&str] = &[
    "vpc_id",
    "origin_domain",
    "origin_bucket",
    "certificate_arn",
    "client_security_group_id",
    "availability_zone_id",
    "kms_key_arn",
    "alarm_email",
];
/// The list-valued settings of `deployment`.
pub const DEPLOYMENT_LISTS: &[&str] = &["subnet_ids", "domain_names"];
/// The keys of `measured`.
pub const MEASURED: &[&str] = &[
    "requests",
    "from",
    "to",
    "format",
    "sampling_rate",
    "error",
    "tool",
];
