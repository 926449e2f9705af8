//! What CloudWatch tells about one kind of resource: namespace, dimensions, metrics and what each is for.
//!
//! The values are data (`catalog/telemetry/KIND.yaml`); this file is their shape and nothing of them is known here.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A kind of resource that a running account has.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// Word of the command line, the file's name.
    pub id: String,
    /// As people call it.
    pub name: String,
    /// Namespace of its metrics.
    pub namespace: String,
    /// Dimension that carries the id.
    pub dimension: String,
    /// Dimension of the members that have series of their own; may be that of the id.
    #[serde(default)]
    pub member: Option<String>,
    /// Dimensions of every metric.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// Dimension of the metrics that exist only where they are configured, with its usual value.
    #[serde(default)]
    pub filter: Option<Filter>,
    /// Where its metrics are, when that is not the Region of the resource.
    #[serde(default)]
    pub region: Option<String>,
    /// The command that tells engine, nodes and size.
    pub find: String,
    /// Actions beside those of CloudWatch, with what they are for.
    #[serde(default)]
    pub permissions: Vec<Permission>,
    /// Read as a cache.
    pub cache: Place,
    /// Read as what a cache is to stand in front of.
    #[serde(default)]
    pub origin: Option<Place>,
    /// How it is read unless somebody says otherwise; an origin where it can be one.
    #[serde(default)]
    pub default: Option<As>,
    /// Protocols by engine.
    #[serde(default)]
    pub engines: BTreeMap<String, String>,
    /// Protocols whose nodes share the data and report as one series.
    #[serde(default)]
    pub shared: Vec<String>,
    /// What a minute without a value is.
    #[serde(default)]
    pub silent: Silent,
    /// The kind of what stands behind it and may be named beside it.
    #[serde(default)]
    pub behind: Option<String>,
    /// What has one body each: bytes sent are divided by it instead of by the hits.
    #[serde(default)]
    pub bodies: Option<Role>,
    /// Where an inventory has it.
    #[serde(default)]
    pub found: Vec<Listed>,
    /// Variants of the price list as other programs spell them.
    #[serde(default)]
    pub spelled: BTreeMap<String, String>,
    /// Where all of this is documented.
    pub sources: BTreeMap<String, Source>,
    /// Its metrics.
    pub metrics: Vec<Metric>,
    /// What it costs now.
    pub now: Now,
}

/// How one kind of inventory lists a resource: paths to attributes, `a.b`, `*` for each of a list. Nothing else of
/// it is read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Which inventory.
    #[serde(rename = "in")]
    pub inventory: Inventory,
    /// Type of the resource, or the top key of a description.
    #[serde(rename = "type")]
    pub of: String,
    /// Its id: the first of these that is there; none where a template does not know it.
    pub id: Vec<String>,
    /// Engine.
    #[serde(default)]
    pub engine: Option<String>,
    /// Node type.
    #[serde(default)]
    pub node_type: Option<String>,
    /// Nodes.
    #[serde(default)]
    pub nodes: Option<String>,
    /// Shards, where nodes are not told.
    #[serde(default)]
    pub shards: Option<String>,
    /// Replicas of each.
    #[serde(default)]
    pub replicas: Option<String>,
    /// Members with series of their own.
    #[serde(default)]
    pub members: Option<String>,
    /// The least stored that is billed, in GB.
    #[serde(default)]
    pub least_gb: Option<String>,
    /// ECPUs a second that are billed at least.
    #[serde(default)]
    pub least_ecpus: Option<String>,
    /// Bytes of a table.
    #[serde(default)]
    pub stored_bytes: Option<String>,
    /// Its items.
    #[serde(default)]
    pub stored_items: Option<String>,
    /// Variant of the price list.
    #[serde(default)]
    pub variant: Option<String>,
    /// Capacity in GiB.
    #[serde(default)]
    pub capacity: Option<String>,
}

/// Kinds of inventories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Inventory {
    /// A template of CloudFormation, or the resources of a stack.
    Cloudformation,
    /// `terraform show -json`.
    Terraform,
    /// What a command of the AWS CLI wrote.
    Describe,
}

/// A dimension with its usual value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Name.
    pub dimension: String,
    /// Value.
    pub value: String,
}

/// An action that reading takes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Permission {
    /// Service and action.
    pub action: String,
    /// Resource; `ID` stands for the id.
    pub resource: String,
}

/// What a profile says of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Layer of the profile.
    pub layer: String,
    /// Interface, where the layer does not say it.
    #[serde(default)]
    pub interface: Option<String>,
    /// What its clients speak, where that does not depend on an engine.
    #[serde(default)]
    pub protocol: Option<String>,
    /// What is behind it.
    #[serde(default)]
    pub origin: Option<String>,
    /// What it is as an origin.
    #[serde(default)]
    pub kind: Option<String>,
}

/// How a resource is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum As {
    /// It is the cache.
    Cache,
    /// It is what a cache is to stand in front of.
    Origin,
}

/// What a period without a value says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Silent {
    /// Nothing.
    #[default]
    Unknown,
    /// Zero, where another metric of that hour has a value.
    Zero,
}

/// Where something is documented.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Address.
    pub url: String,
    /// Day it was read; none where it was not read again.
    #[serde(default)]
    pub checked: Option<String>,
}

/// One metric.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name.
    pub metric: String,
    /// `Sum`, `Average`, `Maximum`, `SampleCount` or a percentile.
    pub statistics: Vec<String>,
    /// Unit, as CloudWatch names it.
    pub unit: String,
    /// What it is for.
    pub is: Role,
    /// Field of the profile that follows from it, or `report`, or `now`.
    pub field: String,
    /// The feature whose use it shows.
    #[serde(default)]
    pub feature: Option<String>,
    /// The protocol whose use it shows.
    #[serde(default)]
    pub protocol: Option<String>,
    /// Further dimensions.
    #[serde(default)]
    pub with: BTreeMap<String, String>,
    /// Exists only where it is configured.
    #[serde(default)]
    pub filter: bool,
    /// Seconds of its period, where that is its own.
    #[serde(default)]
    pub period: Option<i64>,
    /// Keys of the sources.
    pub sources: Vec<String>,
}

/// What a metric is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Read commands or requests.
    Reads,
    /// Reads without a body.
    Heads,
    /// Reads that a cache by key cannot serve.
    OtherReads,
    /// Keys found.
    Hits,
    /// Keys not found.
    Misses,
    /// Share of the reads that hit, in percent.
    HitRate,
    /// Write commands, of which some may be fills after a miss.
    Puts,
    /// Write commands that are no fills: the service fills itself.
    ExplicitPuts,
    /// Requests that list.
    Lists,
    /// Bytes it holds.
    Bytes,
    /// Items it holds.
    Items,
    /// Items with an expiry.
    VolatileItems,
    /// Bytes received.
    BytesIn,
    /// Bytes sent.
    BytesOut,
    /// Items or bytes that had to go.
    Evictions,
    /// Items that expired.
    Reclaimed,
    /// Requests that were refused.
    Throttled,
    /// Clients connected.
    Connections,
    /// Mean time that keys have left, in milliseconds.
    Ttl,
    /// Time of a read, server side.
    ReadLatency,
    /// Time of a write, server side.
    WriteLatency,
    /// Time until the origin answers.
    OriginLatency,
    /// Commands of a family.
    Feature,
    /// One for a primary, zero for a replica.
    Primary,
    /// Commands of every kind.
    Commands,
    /// ElastiCache processing units.
    Ecpus,
    /// Read capacity units consumed.
    ReadUnits,
    /// Write capacity units consumed.
    WriteUnits,
    /// Read capacity units provisioned.
    ProvisionedReads,
    /// Write capacity units provisioned.
    ProvisionedWrites,
    /// Items returned.
    Returned,
    /// Busy share of a processor, in percent.
    Cpu,
    /// Used share of the memory, in percent.
    Memory,
    /// Share of failed requests, in percent.
    Errors,
    /// Bytes free.
    Free,
    /// An estimate of the bytes held, on which nothing is built.
    Estimate,
}

impl Role {
    /// Replicas repeat it: only primaries count.
    pub fn is_of_primaries(self) -> bool {
        matches!(
            self,
            Self::Puts | Self::Bytes | Self::Items | Self::VolatileItems | Self::Ttl
        )
    }
}

/// What it costs now: a bill of one service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Now {
    /// Service of the catalog.
    pub service: String,
    /// Its variant, where no engine decides it.
    #[serde(default)]
    pub variant: Option<String>,
    /// Quantities.
    pub lines: Vec<NowLine>,
}

/// One quantity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NowLine {
    /// Meter of the service.
    pub meter: String,
    /// How it is reckoned.
    pub reckon: Reckon,
    /// From which metrics.
    #[serde(default)]
    pub of: Option<Role>,
    /// And which others.
    #[serde(default)]
    pub and: Option<Role>,
    /// Only where this has a value above zero.
    #[serde(default)]
    pub when: Option<Role>,
    /// Only where this has none.
    #[serde(default)]
    pub unless: Option<Role>,
    /// What is billed at least, by engine.
    #[serde(default)]
    pub least: BTreeMap<String, f64>,
    /// One price for each of these, and no metric tells which: the cheapest and the dearest are the ends.
    #[serde(default)]
    pub spread: Option<String>,
    /// The decision model reckons it as well: apart by more than a fifth is a caution.
    #[serde(default)]
    pub model: bool,
}

/// How a quantity of a month follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reckon {
    /// Mean bytes in GB of 2^30, by 730 hours.
    GbHours,
    /// Mean bytes in GB of 2^30.
    MeanGb,
    /// The sum, scaled to 730 hours.
    Total,
    /// The sum of bytes in GB of 2^30, scaled to 730 hours.
    TotalGb,
    /// The mean, by 730 hours.
    MeanHours,
    /// Nodes by 730 hours; from an inventory.
    NodeHours,
    /// Bytes of a table in GB of 2^30; from an inventory.
    StoredGb,
    /// Capacity that is provisioned, in GB of 2^30; from an inventory.
    Capacity,
    /// No source tells it.
    Unknown,
}

impl Kind {
    /// The ways it can be read; the first is the usual one.
    pub fn usual(&self) -> As {
        match (self.default, &self.origin) {
            (Some(usual), _) => usual,
            (None, Some(_)) => As::Origin,
            (None, None) => As::Cache,
        }
    }

    /// What a profile says of it when it is read like this.
    pub fn place(&self, read: As) -> &Place {
        match (read, &self.origin) {
            (As::Origin, Some(place)) => place,
            _ => &self.cache,
        }
    }

    /// Metrics for a purpose.
    pub fn with_role(&self, role: Role) -> impl Iterator<Item = &Metric> {
        self.metrics.iter().filter(move |m| m.is == role)
    }
}
