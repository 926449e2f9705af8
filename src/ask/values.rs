//! Typical answers to a question: every word of a closed list, a spread of plausible numbers.

use rust_decimal::Decimal;

use crate::analysis::search;
use crate::domain::profile::{NumField, Profile};
use crate::workload::fields::{Field, Shape};

/// The numbers a person may plausibly answer, in base units: what the help of the field calls typical, with a
/// margin of about two; what is stated already bounds them.
pub fn range(profile: &Profile, field: NumField) -> (Decimal, Decimal) {
    let d = |mantissa: i64, scale: u32| Decimal::new(mantissa, scale);
    let times = |value: Decimal, factor: i64| value.saturating_mul(Decimal::from(factor));
    let gib = d(1 << 30, 0);
    let (reads, writes) = (profile.traffic.reads, profile.traffic.writes);
    let item = profile.data.item_size;
    let (low, high) = match field {
        NumField::Reads => (d(1, 0), d(100_000, 0)),
        NumField::Writes => (Decimal::ZERO, reads.max(d(10, 0))),
        NumField::PeakReads => (reads, times(reads, 20)),
        NumField::PeakWrites => (writes, times(writes, 20)),
        NumField::KeysPerRead => (d(1, 0), d(50, 0)),
        NumField::Connections => (d(10, 0), d(10_000, 0)),
        NumField::HottestKeyShare => (d(1, 3), d(1, 1)),
        NumField::ActiveHours => (d(40, 0), d(730, 0)),
        NumField::ItemSize => (d(500, 0), gib / d(50, 0)),
        NumField::MaxItemSize => (item, times(item, 100)),
        NumField::WorkingSet => (gib / d(10, 0), times(gib, 2048)),
        NumField::Ttl => (d(60_000, 0), d(86_400_000, 0)),
        NumField::HitRatio => (d(5, 2), d(99, 2)),
        NumField::OriginLatency => (d(1, 0), d(200, 0)),
        NumField::OriginPrice => (Decimal::ZERO, d(4, 0)),
        NumField::Latency => (d(1, 0), d(100, 0)),
    };
    let legal = search::domain(profile, field);
    let low = low.clamp(legal.0, legal.1);
    (low, high.clamp(low, legal.1))
}

/// Values to try, in the form a profile accepts.
pub fn typical(field: &Field) -> Vec<String> {
    let list = |values: &[&str]| values.iter().map(|v| (*v).to_owned()).collect();
    match field.path {
        "region" => list(&["us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1"]),
        "latency" => list(&["none", "1 ms", "3 ms", "5 ms", "20 ms", "100 ms"]),
        "traffic.reads" => list(&["1/s", "10/s", "100/s", "1000/s", "10000/s", "100000/s"]),
        "traffic.writes" => list(&["0/s", "1/s", "10/s", "100/s", "1000/s", "10000/s"]),
        "traffic.peak_reads" => list(&["1000/s", "100000/s", "1000000/s", "10000000/s"]),
        "traffic.peak_writes" => list(&["1000/s", "100000/s", "1000000/s"]),
        "traffic.keys_per_read" => list(&["1", "5", "20", "100"]),
        "traffic.connections" => list(&["1000", "10000", "100000"]),
        "traffic.hottest_key_share" => list(&["0.1 %", "1 %", "10 %", "50 %"]),
        "traffic.active_hours" => list(&["10 h", "40 h", "220 h", "730 h"]),
        "data.item_size" => list(&["500 B", "4 KiB", "64 KiB", "1 MiB", "20 MiB"]),
        "data.max_item_size" => list(&["64 KiB", "500 KiB", "10 MiB", "1 GiB"]),
        "data.working_set" => list(&["100 MiB", "2 GiB", "50 GiB", "2 TiB"]),
        "data.ttl" => list(&["1 s", "1 min", "1 h", "1 day", "30 days", "none"]),
        "data.hit_ratio" => list(&["5 %", "50 %", "80 %", "95 %", "99 %"]),
        "instances" => list(&["1", "10"]),
        "origin.latency" => list(&["1 ms", "5 ms", "20 ms", "100 ms", "500 ms"]),
        "origin.price_per_million_reads" => list(&["0 USD", "0.1 USD", "1 USD", "10 USD"]),
        "compute" => list(&[
            "[lambda]",
            "[fargate]",
            "[ec2]",
            "[eks]",
            "[on-premises]",
            "[browser]",
        ]),
        "viewers" => list(&[
            "{ north-america: 100 % }",
            "{ europe: 100 % }",
            "{ asia-pacific: 100 % }",
            "{ south-america: 100 % }",
            "{ india: 100 % }",
        ]),
        "requirements.replica_regions" => list(&["[eu-west-1]", "[us-west-2]", "[ap-northeast-1]"]),
        "requirements.features" => list(&[
            "[sorted-sets]",
            "[pub-sub]",
            "[transactions]",
            "[conditional-writes]",
            "[byte-range-reads]",
            "[file-locks]",
        ]),
        _ => match field.shape {
            Shape::Word(words) => words().into_iter().map(ToOwned::to_owned).collect(),
            _ => Vec::new(),
        },
    }
}

/// Typical values that make sense at a layer: who reads objects speaks S3, who reads files Lustre or NFS.
pub fn plausible(field: &Field, layer: Option<&str>) -> Vec<String> {
    let words: &[&str] = match (field.path, layer.unwrap_or("application")) {
        ("requirements.protocol", "client" | "edge") => &["any", "http"],
        ("requirements.protocol", "application" | "database") => {
            &["any", "redis", "memcached", "dynamodb"]
        }
        ("requirements.protocol", _) => &["any", "s3", "lustre"],
        ("requirements.features", "client" | "edge") => {
            &["[path-invalidation]", "[tag-invalidation]", "[signed-urls]"]
        }
        ("requirements.features", "application" | "database") => &[
            "[sorted-sets]",
            "[pub-sub]",
            "[transactions]",
            "[conditional-writes]",
        ],
        ("requirements.features", _) => &["[byte-range-reads]", "[append]", "[file-locks]"],
        ("interface", "storage") => &["object", "posix"],
        ("compute", "client" | "edge") => &["[browser]"],
        ("compute", _) => &["[lambda]", "[fargate]", "[ec2]", "[eks]", "[on-premises]"],
        ("origin.kind", "client" | "edge") => &[
            "s3",
            "http-api",
            "rest-api",
            "load-balancer",
            "lambda",
            "on-premises",
            "other",
        ],
        ("origin.kind", "storage") => &["s3", "nfs", "on-premises", "other"],
        ("origin.kind", _) => &[
            "dynamodb",
            "aurora",
            "rds",
            "http-api",
            "lambda",
            "on-premises",
            "other",
        ],
        _ => return typical(field),
    };
    words.iter().map(|w| (*w).to_owned()).collect()
}

/// A deterministic sequence of pseudo-random numbers (xorshift64*), for reproducible confidence.
pub struct Sequence(u64);

impl Sequence {
    /// From a seed that is not zero.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`; `bound` must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}
