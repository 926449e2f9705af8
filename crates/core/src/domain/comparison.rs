//! Rows beside the candidates: how each is reckoned, as data of the catalog, and what comes out of it.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use super::money::Usd;
use super::rule::Condition;

/// A row beside the candidates: shown with its price, never the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Profiles it is shown for.
    pub when: Condition,
    /// What it asks in return, as the end of a sentence.
    pub asks: String,
    /// Not generally available: it never stands in a headline.
    pub preview: bool,
    /// How it is reckoned.
    pub method: Method,
}

/// How a row is reckoned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Nodes that share the data, with replicas.
    Shards(Shards),
    /// Nodes that each hold all of it.
    Copies(Copies),
    /// A file system bought by capacity and throughput.
    Capacity(Capacity),
    /// A file layer over a bucket.
    FileLayer(FileLayer),
    /// The objects read where they are.
    Direct,
    /// Memory by the GiB.
    Memory(Memory),
}

/// Nodes that share the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shards {
    /// What stands before a type in meters and on bills, such as `cache.`.
    pub prefix: String,
    /// Simple commands a second that one vCPU serves: a convention.
    pub requests_per_vcpu: u32,
    /// Commands a second of a node, however large.
    pub requests_per_node: u32,
    /// Commands a second above which CPU credits cannot last.
    pub burst_requests: u32,
    /// GB written a month that are free, where written bytes are billed; the price above is unknown.
    pub free_written_gb: Option<u32>,
    /// How a cluster spans Regions.
    pub abroad: Abroad,
    /// Percent of the nodes' price that synchronous durability adds, where it is an option.
    pub durability: Option<u8>,
    /// One for each variant.
    pub engines: Vec<EngineShape>,
    /// Types.
    pub types: Vec<NodeType>,
}

/// How a cluster spans Regions: the same nodes in each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abroad {
    /// Families of types that can; none: all of them.
    pub families: Vec<String>,
    /// Most Regions, the home Region among them; `None` where nobody says.
    pub most: Option<u32>,
    /// Not together with durability.
    pub without_durability: bool,
}

/// How an engine is laid out over nodes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineShape {
    /// The variant of the catalog whose facts hold; `None` where there is one only.
    pub variant: Option<String>,
    /// Copies of every shard beside the first.
    pub replicas: u32,
    /// Fewest shards.
    pub least: u32,
    /// Most shards of burstable nodes.
    pub burstable: u32,
    /// Nodes a cluster may have before a quota is raised.
    pub quota: u32,
    /// Most nodes of a cluster.
    pub most: u32,
    /// Memory is counted as Memcached counts it, in MiB, less that of its connections.
    pub memcached: bool,
    /// Bytes of the largest item as the engine comes; above them a parameter has to be raised.
    pub usual_item: Option<u64>,
}

/// A type of node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeType {
    /// Without prefix, such as `r6g.large`.
    pub name: String,
    /// Bytes of `maxmemory`.
    pub memory: u64,
    /// Percent of them that are kept free.
    pub reserved: u8,
    /// MiB of Memcached's `max_cache_memory`; zero where it does not run.
    pub memcached: u32,
    /// Virtual processors.
    pub vcpu: u16,
    /// Percent of them that may be used all the time; less than 100 is burstable.
    pub cpu: u8,
    /// Network all the time, Mbit/s; zero where nobody says.
    pub mbps: u32,
    /// Most client connections; zero where nobody says.
    pub connections: u32,
}

impl NodeType {
    /// Runs on CPU credits.
    pub const fn is_burstable(&self) -> bool {
        self.cpu < 100
    }

    /// The part of the name before the size.
    pub fn family(&self) -> &str {
        self.name.split('.').next().unwrap_or_default()
    }

    /// The number in the name of its family.
    pub fn generation(&self) -> u32 {
        let digits = self.name.trim_start_matches(|c: char| c.is_alphabetic());
        let end = digits
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(digits.len());
        digits[..end].parse().unwrap_or(0)
    }
}

/// Nodes that each hold all of the data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copies {
    /// What stands before a type in meters and on bills.
    pub prefix: String,
    /// Fewest nodes of a production cluster.
    pub least: u32,
    /// Most nodes of a cluster.
    pub most: u32,
    /// Writes a second of a cluster.
    pub writes: u32,
    /// What a miss counts in hits of the same size.
    pub miss: u32,
    /// What a write counts at every node.
    pub write: u32,
    /// Least capacity in percent of the load.
    pub headroom: u32,
    /// Types with a documented capacity.
    pub types: Vec<SizedNode>,
}

/// A type of node by what it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SizedNode {
    /// Without prefix.
    pub name: String,
    /// Bytes of memory.
    pub memory: u64,
    /// Normalised requests a second.
    pub requests: u32,
}

/// A file system bought by capacity and throughput.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Smallest capacity, GiB.
    pub smallest_gib: u32,
    /// Larger ones are multiples of this, GiB.
    pub step_gib: u32,
    /// Deployments, the preferred one first: the next one counts only where the Region does not have it.
    pub deployments: Vec<Deployment>,
}

/// A way to deploy a file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deployment {
    /// The variant of the catalog whose facts hold.
    pub variant: String,
    /// Its meter, which is spread by MB/s per TiB.
    pub meter: String,
}

/// A file layer over a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileLayer {
    /// Bytes of the largest file that lives on the layer.
    pub threshold: u64,
    /// Least bytes that a read is billed for.
    pub least_read: u64,
    /// Bytes of a metadata operation.
    pub metadata: u64,
}

/// Memory by the GiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Memory {
    /// How many times the data: primary and replicas.
    pub copies: u32,
    /// Most GiB of an account.
    pub most_gib: u32,
}

/// What a row buys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spec {
    /// Nodes.
    Nodes(Nodes),
    /// A file system.
    FileSystem(FileSystem),
    /// GiB of memory, all copies together.
    Memory {
        /// How many.
        gib: Decimal,
        /// How many times the data.
        copies: u32,
    },
    /// Nothing: it is paid by use.
    ByUse,
}

/// So many nodes of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How many.
    pub nodes: u32,
    /// With its prefix, such as `cache.r6g.large`.
    pub kind: SmolStr,
    /// What they cost a month.
    pub monthly: Usd,
}

/// A layout of nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// The nodes.
    pub layout: Layout,
    /// Parts of the data; `None` where every node holds all of it.
    pub shards: Option<u32>,
    /// Further copies of each.
    pub replicas: u32,
    /// Used share of the memory.
    pub used: Decimal,
    /// Types that would be cheaper have no known price in the Region.
    pub at_most: bool,
    /// Regions that have the same nodes.
    pub regions: u32,
    /// A layout of fewer nodes that costs at most 5 % more.
    pub fewer: Option<Layout>,
    /// The cheapest layout with a year's reservation.
    pub reserved: Option<Layout>,
}

/// A provisioned file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSystem {
    /// Capacity, GiB.
    pub gib: Decimal,
    /// How it is deployed, such as `persistent-2`.
    pub deployment: String,
    /// MB/s per TiB.
    pub mbps_per_tib: u32,
    /// Used share of the capacity.
    pub used: Decimal,
    /// What it costs when it exists in the active hours alone, where those are not all.
    pub while_active: Option<Usd>,
}
