//! The one table of profile fields.
//!
//! To add a field:
//! 1. Give it a place in the structs of `domain/profile.rs`, and in `Profile::blank` the value that holds
//!    when nobody says anything.
//! 2. Add one row here, at its place in the order of the contract. What the compiler does not ask for, the
//!    tests beside this file do: words that have weaker ones need a place among the must-haves (`relax`), a
//!    structure says how it is shown, and so on. A field that comes after the first release is
//!    `Field { hashed_unstated: false, ..field(…) }`, so that the hashes of older profiles stay.
//! 3. Write the code that computes with it (`services`, `decide`), and a constant in `NumField` only if
//!    that code names the number.
//!
//! Nothing else: the reader, the JSON Schema, the profile of a report and its hash, assumptions, what to
//! relax, what else to try, stability and sweeps, rules and the questionnaire go through the rows. A
//! structure of its own ([`Value::Own`]) also needs a [`Shape`], which names its reader and its schema.

use rust_decimal::Decimal;

use super::ask::{Ask, at_layer};
use super::kind::{Many, Number, One, Shape, Text, Unit, Value, Whole, any, firm, words};
use super::{Assumed, Field, Relax, Shown, Tolerances, assumed, json};
use crate::domain::profile::{
    Availability, ClientChanges, Compute, Consistency, Durability, Eviction, Feature, Interface,
    InternetFromVpc, LatencyNeed, Layer, MultiRegion, Need, OptimizeFor, OriginKind, Pattern,
    Profile, Protocol, Vpc, Word,
};
use crate::domain::units::Refused;

/// What people read of a field.
struct About {
    path: &'static str,
    label: &'static str,
    meaning: &'static str,
    /// Empty where nobody is asked.
    typical: &'static str,
    /// Empty where there is none.
    default: &'static str,
}

/// An optional field: shown as its value, assumed as its value, and nothing that a service could fail.
const fn field(about: About, kind: (Shape, Value), ask: Ask) -> Field {
    Field {
        path: about.path,
        label: about.label,
        meaning: about.meaning,
        typical: about.typical,
        required: false,
        default: about.default,
        follows: None,
        shape: kind.0,
        value: kind.1,
        shown: Shown::Plain,
        assumed: Assumed::Value,
        relax: Relax::Never,
        ask,
        hashed_unstated: true,
    }
}

/// A field without which there is no answer, so that nothing is assumed of it.
const fn required(about: About, kind: (Shape, Value), ask: Ask) -> Field {
    Field {
        required: true,
        assumed: Assumed::Never,
        ..field(about, kind, ask)
    }
}

impl Field {
    /// With a default that depends on what was stated.
    const fn follows(self, default: fn(&mut Profile)) -> Self {
        Self {
            follows: Some(default),
            ..self
        }
    }

    const fn shown(self, shown: Shown) -> Self {
        Self { shown, ..self }
    }

    const fn assumed(self, assumed: Assumed) -> Self {
        Self { assumed, ..self }
    }

    const fn relax(self, relax: Relax) -> Self {
        Self { relax, ..self }
    }
}

const fn one<W: Word + Sync>(choice: &'static One<W>) -> (Shape, Value) {
    (Shape::Word(words::<W>), Value::One(choice))
}

const fn many<W: Word + Sync>(choice: &'static Many<W>) -> (Shape, Value) {
    (Shape::Words(words::<W>), Value::Many(choice))
}

const fn number(number: &'static Number) -> (Shape, Value) {
    let shape = Shape::Quantity {
        pattern: number.unit.pattern(),
        example: number.unit.example(),
    };
    (shape, Value::Number(number))
}

/// Between one byte and the longest key that a candidate takes (DynamoDB partition key: 2,048 B).
fn key_bytes(text: &str, value: Decimal) -> Result<(), Refused> {
    if value < Decimal::ONE || value > Decimal::from(2_048) {
        return Err(Refused {
            message: format!("`{text}` is not between 1 B and 2,048 B"),
            help: Some("write the length of a key, such as `32 B`".to_owned()),
            fix: None,
        });
    }
    Ok(())
}

/// Any value of the unit.
fn any_value(_: &str, _: Decimal) -> Result<(), Refused> {
    Ok(())
}

fn keys(text: &str, value: Decimal) -> Result<(), Refused> {
    if value < Decimal::ONE || value > Decimal::from(1_000) {
        return Err(Refused {
            message: format!("`{text}` is not between 1 and 1,000"),
            help: Some("write how many keys one call fetches, such as `1` or `20`".to_owned()),
            fix: None,
        });
    }
    Ok(())
}

/// Largest item accepted: 64 TiB, above the largest object of any service (facts: 50 TB).
const MAX_ITEM: u64 = 1 << 46;

fn item_bytes(text: &str, value: Decimal) -> Result<(), Refused> {
    if value > Decimal::from(MAX_ITEM) {
        return Err(Refused {
            message: format!("`{text}` is larger than 64 TiB"),
            help: Some("no service takes such an item; check the unit".to_owned()),
            fix: None,
        });
    }
    one_byte_up(text, value)
}

fn one_byte_up(text: &str, value: Decimal) -> Result<(), Refused> {
    if value < Decimal::ONE {
        return Err(Refused {
            message: format!("`{text}` is less than one byte"),
            help: Some("write a size such as `4 KiB`".to_owned()),
            fix: None,
        });
    }
    Ok(())
}

const fn int(value: u64) -> Decimal {
    tenths(value, 0)
}

/// So many times a power of a tenth.
const fn tenths(value: u64, power: u32) -> Decimal {
    Decimal::from_parts(value as u32, (value >> 32) as u32, 0, false, power)
}

fn times(value: Decimal, factor: u64) -> Decimal {
    value.saturating_mul(int(factor))
}

const GIB: u64 = 1 << 30;

/// What is required can do with being preferred, and what is preferred without.
const fn less_needed(need: Need) -> &'static [Need] {
    match need {
        Need::Required => &[Need::Preferred, Need::No],
        Need::Preferred => &[Need::No],
        Need::No => &[],
    }
}

/// Where processes of the application's own read the cache.
const IN_CODE: &[&str] = &["application", "database"];
/// Where viewers do.
const AT_EDGE: &[&str] = &["client", "edge"];

/// Every field, in the order of the contract.
pub static FIELDS: &[Field] = &[
    required(
        About {
            path: "version",
            label: "Format version",
            meaning: "format version; 1",
            typical: "1",
            default: "",
        },
        (Shape::Version, Value::Own),
        Ask::never().stands_in("1", "1", None),
    )
    .shown(Shown::As(json::version)),
    field(
        About {
            path: "name",
            label: "Name",
            meaning: "used in the report and for the stack name",
            typical: "product-pages",
            default: "the file's name",
        },
        (
            Shape::Text,
            Value::Text(&Text {
                get: |p| Some(p.name.as_str()),
                set: |p, text| p.name = text,
            }),
        ),
        Ask::open("What is this workload called?", &[])
            .always("it heads the report and names the stack.")
            .written("product-pages")
            .stands_in("my-workload", "my-workload", Some("my-workload")),
    )
    .assumed(Assumed::Never)
    .follows(|p| {
        if p.name.is_empty() {
            p.name = format!("{}-cache", p.layer);
        }
    }),
    field(
        About {
            path: "description",
            label: "Description",
            meaning: "used in the report",
            typical: "",
            default: "",
        },
        (
            Shape::Text,
            Value::Text(&Text {
                get: |p| p.description.as_deref(),
                set: |p, text| p.description = Some(text),
            }),
        ),
        Ask::never(),
    )
    .assumed(Assumed::Never),
    required(
        About {
            path: "region",
            label: "Region",
            meaning: "AWS Region where the application runs and the cache will live",
            typical: "us-east-1, eu-west-1",
            default: "",
        },
        (
            Shape::Region,
            Value::Text(&Text {
                get: |p| Some(p.region.as_str()),
                set: |p, text| p.region = text,
            }),
        ),
        Ask::open(
            "Which AWS Region?",
            &["us-east-1", "eu-west-1", "ap-northeast-1", "sa-east-1"],
        )
        .always("prices and services differ between Regions.")
        .written("eu-west-1")
        .stands_in("us-east-1", "us-east-1", Some("us-east-1")),
    ),
    required(
        About {
            path: "layer",
            label: "Layer",
            meaning: "what the cache stands in front of: browsers and apps (client, edge), application code, a database, files or objects (storage)",
            typical: "application",
            default: "",
        },
        one(&One::<Layer> {
            get: |p| Some(p.layer),
            set: |p, w| p.layer = w,
            weaker: firm,
            called: Word::word,
            says: |w| match w {
                Layer::Client => "browsers and apps; the same as edge",
                Layer::Edge => "public HTTP: pages, images, web APIs",
                Layer::Application => "code: sessions, results, counters",
                Layer::Database => "a database that is read too often",
                Layer::Storage => "files or objects read by many machines",
            },
            likely: any,
        }),
        Ask::open("What does it stand in front of?", &[])
            .always("it decides which services come into question at all.")
            .stands_in("application", "application", None),
    ),
    field(
        About {
            path: "interface",
            label: "Interface",
            meaning: "how the workload reads the cache",
            typical: "key-value",
            default: "from the layer",
        },
        one(&One::<Interface> {
            get: |p| Some(p.interface),
            set: |p, w| p.interface = w,
            weaker: |w| match w {
                Interface::Posix => &[Interface::Object],
                Interface::Http | Interface::KeyValue | Interface::Object => &[],
            },
            called: Word::word,
            says: |w| match w {
                Interface::Http => "requests to URLs",
                Interface::KeyValue => "get and set by key",
                Interface::Object => "whole objects, as in S3",
                Interface::Posix => "a mounted file system",
            },
            likely: |layer| match layer {
                Layer::Storage => &[Interface::Object, Interface::Posix],
                Layer::Client | Layer::Edge | Layer::Application | Layer::Database => {
                    Interface::ALL
                }
            },
        }),
        // It follows from the layer, but for files against objects.
        Ask::open("How do the programs read it?", &[])
            .only_if(|given| at_layer(given, &["storage"])),
    )
    .relax(Relax::Facts(12))
    .follows(|p| {
        p.interface = match p.layer {
            Layer::Client | Layer::Edge => Interface::Http,
            Layer::Application | Layer::Database => Interface::KeyValue,
            Layer::Storage => Interface::Object,
        };
    }),
    field(
        About {
            path: "latency",
            label: "Latency tolerated",
            meaning: "tolerance for a hit as seen by the caller; a bare value is the median",
            typical: "1 ms memory, 5 ms key-value store, 20 ms objects",
            default: "none",
        },
        latency(&Number {
            unit: Unit::Duration,
            get: |p| p.latency.map(|l| l.p50),
            set: |p, v| {
                let p99 = p.latency.and_then(|l| l.p99);
                p.latency = Some(LatencyNeed { p50: v, p99 });
            },
            none: Some(|p| p.latency = None),
            legal: any_value,
            domain: |p| {
                (
                    tenths(1, 1),
                    p.latency.and_then(|l| l.p99).unwrap_or(int(10_000)),
                )
            },
            plausible: |_| (int(1), int(100)),
            is_straight: false,
            stability: Some(7),
        }),
        Ask::open(
            "How long may a hit take?",
            &["none", "1 ms", "3 ms", "5 ms", "20 ms", "100 ms"],
        )
                .written("5 ms, or p50: 2 ms, p99: 10 ms"),
    )
    .shown(Shown::As(json::latency))
    .relax(Relax::Numbers(&Tolerances {
        now: |p| p.latency.map(|l| l.p50),
        tried: &[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000],
        set: |p, p50| p.latency = Some(LatencyNeed { p50, p99: None }),
        copy: |from, to| to.latency = from.latency,
    })),
    field(
        About {
            path: "scale_to_zero",
            label: "Scale to zero",
            meaning: "no traffic must cost (almost) nothing",
            typical: "required for side projects and rare bursts",
            default: "no",
        },
        one(&One::<Need> {
            get: |p| Some(p.scale_to_zero),
            set: |p, w| p.scale_to_zero = w,
            weaker: less_needed,
            called: |w| match w {
                Need::Required => "yes",
                Need::Preferred => "rather",
                Need::No => "no",
            },
            says: |w| match w {
                Need::Required => "no price by the hour, ever",
                Need::Preferred => "it counts, at a similar price",
                Need::No => "a fixed price is fine",
            },
            likely: any,
        }),
        Ask::open("Must idle time cost (almost) nothing?", &[]),
    )
    .relax(Relax::Needs(1)),
    field(
        About {
            path: "private_access",
            label: "Private access",
            meaning: "clients reach the cache without a public endpoint",
            typical: "required in most enterprises",
            default: "no",
        },
        one(&One::<Need> {
            get: |p| Some(p.private_access),
            set: |p, w| p.private_access = w,
            weaker: less_needed,
            called: |w| match w {
                Need::Required => "no",
                Need::Preferred => "rather not",
                Need::No => "yes",
            },
            says: |w| match w {
                Need::Required => "private addresses only",
                Need::Preferred => "private is worth something",
                Need::No => "signing in protects it enough",
            },
            likely: any,
        }),
        Ask::open("May the internet reach it (with sign-in)?", &[]),
    )
    .relax(Relax::Needs(0)),
    field(
        About {
            path: "traffic.reads",
            label: "Reads",
            meaning: "read calls: /s /min /h while active, /day /week /month as calendar totals",
            typical: "10/s a small site, 1000/s a busy API",
            default: "assumed range by layer",
        },
        number(&Number {
            unit: Unit::Rate,
            get: |p| Some(p.traffic.reads),
            set: |p, v| p.traffic.reads = v,
            none: None,
            legal: any_value,
            domain: |p| {
                (
                    tenths(1, 2),
                    p.traffic.peak_reads.unwrap_or(int(10_000_000)),
                )
            },
            plausible: |_| (int(1), int(100_000)),
            is_straight: true,
            stability: Some(0),
        }),
        Ask::open(
            "How many reads?",
            &["1/s", "10/s", "100/s", "1000/s", "10000/s", "100000/s"],
        )
        .written("1200/s, 40k/min, 3M/day, 2B/month, or a range 800/s..1500/s"),
    )
    .assumed(Assumed::Range),
    field(
        About {
            path: "traffic.writes",
            label: "Writes",
            meaning: "explicit puts at the cache; fills after a miss come on top",
            typical: "a tenth of the reads for sessions",
            default: "0",
        },
        number(&Number {
            unit: Unit::Rate,
            get: |p| Some(p.traffic.writes),
            set: |p, v| p.traffic.writes = v,
            none: None,
            legal: any_value,
            domain: |p| {
                (
                    Decimal::ZERO,
                    p.traffic.peak_writes.unwrap_or(int(1_000_000)),
                )
            },
            plausible: |p| (Decimal::ZERO, p.traffic.reads.max(int(10))),
            is_straight: true,
            stability: Some(1),
        }),
        Ask::open(
            "How many writes does the code make?",
            &["0/s", "1/s", "10/s", "100/s", "1000/s", "10000/s"],
        )
        .written("1200/s, 40k/min, 3M/day, 2B/month, or a range 800/s..1500/s"),
    ),
    field(
        About {
            path: "traffic.peak_reads",
            label: "Reads at peak",
            meaning: "highest read rate; used for limits, not for cost",
            typical: "3 to 10 times the average",
            default: "3 × average",
        },
        number(&Number {
            unit: Unit::Rate,
            get: |p| Some(p.peak_reads()),
            set: |p, v| p.traffic.peak_reads = Some(v),
            none: None,
            legal: any_value,
            domain: |p| (p.traffic.reads, int(100_000_000)),
            plausible: |p| (p.traffic.reads, times(p.traffic.reads, 20)),
            is_straight: false,
            stability: None,
        }),
        Ask::open(
            "How many reads at the peak?",
            &["1000/s", "100000/s", "1000000/s", "10000000/s"],
        )
        .written("20k/s"),
    )
    .assumed(Assumed::Computed),
    field(
        About {
            path: "traffic.peak_writes",
            label: "Writes at peak",
            meaning: "highest put rate; used for limits, not for cost",
            typical: "3 to 10 times the average",
            default: "3 × average",
        },
        number(&Number {
            unit: Unit::Rate,
            get: |p| Some(p.peak_writes()),
            set: |p, v| p.traffic.peak_writes = Some(v),
            none: None,
            legal: any_value,
            domain: |p| (p.traffic.writes, int(10_000_000)),
            plausible: |p| (p.traffic.writes, times(p.traffic.writes, 20)),
            is_straight: false,
            stability: None,
        }),
        Ask::open(
            "How many writes at the peak?",
            &["1000/s", "100000/s", "1000000/s"],
        )
        .written("20k/s"),
    )
    .assumed(Assumed::Computed),
    field(
        About {
            path: "traffic.keys_per_read",
            label: "Keys per read",
            meaning: "keys fetched together by one call (multi-get, batch get, page fan-out)",
            typical: "1, or 10 to 50 for page fan-out",
            default: "1",
        },
        number(&Number {
            unit: Unit::Count,
            get: |p| Some(p.traffic.keys_per_read),
            set: |p, v| p.traffic.keys_per_read = v,
            none: None,
            legal: keys,
            domain: |_| (int(1), int(1_000)),
            plausible: |_| (int(1), int(50)),
            is_straight: true,
            stability: Some(2),
        }),
        Ask::open(
            "How many keys does one read fetch?",
            &["1", "5", "20", "100"],
        )
        .only_if(|given| at_layer(given, IN_CODE)),
    ),
    field(
        About {
            path: "traffic.connections",
            label: "Connections",
            meaning: "concurrent client connections",
            typical: "10 per process",
            default: "unknown",
        },
        number(&Number {
            unit: Unit::Count,
            get: |p| p.traffic.connections,
            set: |p, v| p.traffic.connections = Some(v),
            none: None,
            legal: any_value,
            domain: |_| (int(1), int(1_000_000)),
            plausible: |_| (int(10), int(10_000)),
            is_straight: false,
            stability: Some(9),
        }),
        Ask::open(
            "How many client connections at once?",
            &["1000", "10000", "100000"],
        )
        .only_if(|given| at_layer(given, IN_CODE)),
    ),
    field(
        About {
            path: "traffic.hottest_key_share",
            label: "Share of the hottest key",
            meaning: "share of reads on the hottest key",
            typical: "1 % even, 10 % for a hit product",
            default: "unknown",
        },
        number(&Number {
            unit: Unit::Share,
            get: |p| p.traffic.hottest_key_share,
            set: |p, v| p.traffic.hottest_key_share = Some(v),
            none: None,
            legal: any_value,
            domain: |_| (Decimal::ZERO, Decimal::ONE),
            plausible: |_| (tenths(1, 3), tenths(1, 1)),
            is_straight: false,
            stability: Some(8),
        }),
        Ask::open(
            "What share of reads is on the hottest key?",
            &["0.1 %", "1 %", "10 %", "50 %"],
        ),
    ),
    Field {
        hashed_unstated: false,
        ..field(
            About {
                path: "traffic.invalidations",
                label: "Invalidations",
                meaning: "paths invalidated by hand at the edge; charged above the account's free ones",
                typical: "0, or thousands a month for a wiki",
                default: "0",
            },
            number(&Number {
                unit: Unit::Rate,
                get: |p| Some(p.traffic.invalidations),
                set: |p, v| p.traffic.invalidations = v,
                none: None,
                legal: any_value,
                domain: |_| (Decimal::ZERO, int(1_000)),
                plausible: |_| (Decimal::ZERO, Decimal::ZERO),
                is_straight: true,
                stability: None,
            }),
            Ask::open(
                "How many paths are invalidated by hand?",
                &["0/month", "1000/month", "10000/month"],
            )
            .written("3000/month")
            .only_if(|given| at_layer(given, AT_EDGE)),
        )
    }
    .assumed(Assumed::Never),
    field(
        About {
            path: "traffic.active_hours",
            label: "Active hours a month",
            meaning: "hours per month with traffic; the rest is idle",
            typical: "730 h always on, 220 h office hours",
            default: "730 h",
        },
        number(&Number {
            unit: Unit::Hours,
            get: |p| Some(p.traffic.active_hours),
            set: Profile::set_active_hours,
            none: None,
            legal: any_value,
            domain: |_| (int(1), int(730)),
            plausible: |_| (int(40), int(730)),
            is_straight: true,
            stability: Some(3),
        }),
        Ask::open(
            "How many hours a month is there traffic?",
            &["10 h", "40 h", "220 h", "730 h"],
        ),
    ),
    field(
        About {
            path: "data.item_size",
            label: "Item size",
            meaning: "mean size of an item; KB = 1000, KiB = 1024",
            typical: "1 KiB session, 4 KiB JSON, 100 KiB image",
            default: "assumed range by layer",
        },
        number(&Number {
            unit: Unit::Bytes,
            get: |p| Some(p.data.item_size),
            set: |p, v| p.data.item_size = v,
            none: None,
            legal: item_bytes,
            domain: |p| {
                let largest = p.data.max_item_size.unwrap_or(int(1 << 40));
                (int(1), largest.min(p.data.working_set))
            },
            plausible: |_| (int(500), int(GIB) / int(50)),
            is_straight: false,
            stability: Some(4),
        }),
        Ask::open(
            "How large is one item on average?",
            &["500 B", "4 KiB", "64 KiB", "1 MiB", "20 MiB"],
        )
        .written("4 KiB (1024), 300 KB (1000), 2 MB"),
    )
    .assumed(Assumed::Range),
    field(
        About {
            path: "data.max_item_size",
            label: "Largest item",
            meaning: "largest item",
            typical: "4 to 100 times the mean",
            default: "4 × mean",
        },
        number(&Number {
            unit: Unit::Bytes,
            get: |p| Some(p.max_item_size()),
            set: |p, v| p.data.max_item_size = Some(v),
            none: None,
            legal: item_bytes,
            domain: |p| (p.data.item_size, int(1 << 40)),
            plausible: |p| (p.data.item_size, times(p.data.item_size, 100)),
            is_straight: false,
            stability: None,
        }),
        Ask::open(
            "How large is the largest item?",
            &["64 KiB", "500 KiB", "10 MiB", "1 GiB"],
        )
        .written("4 KiB (1024), 300 KB (1000), 2 MB")
        .only_if(|given| given("data.item_size_distribution").is_none()),
    )
    .assumed(Assumed::Computed),
    Field {
        hashed_unstated: false,
        ..field(
            About {
                path: "data.key_size",
                label: "Key size",
                meaning: "length of a key; stored and billed with the value where a service does so",
                typical: "16 B to 64 B, 120 B for long paths",
                default: "32 B",
            },
            number(&Number {
                unit: Unit::Bytes,
                get: |p| Some(p.data.key_size),
                set: |p, v| p.data.key_size = v,
                none: None,
                legal: key_bytes,
                domain: |_| (int(1), int(2048)),
                plausible: |_| (int(8), int(128)),
                is_straight: false,
                stability: None,
            }),
            Ask::open("How long is a key?", &["16 B", "32 B", "64 B", "120 B"])
                .written("48 B")
                .only_if(|given| at_layer(given, IN_CODE)),
        )
    },
    Field {
        hashed_unstated: false,
        ..field(
            About {
                path: "data.bytes_per_read",
                label: "Bytes per read",
                meaning: "mean bytes that a read sends, where reads take parts of items or none (304)",
                typical: "",
                default: "`data.item_size`",
            },
            number(&Number {
                unit: Unit::Bytes,
                get: |p| Some(p.bytes_per_read()),
                set: |p, v| p.data.bytes_per_read = Some(v),
                none: None,
                legal: item_bytes,
                // More than the largest item is nowhere to be read.
                domain: |p| (int(1), p.max_item_size()),
                plausible: |p| (p.bytes_per_read(), p.bytes_per_read()),
                is_straight: true,
                stability: None,
            }),
            Ask::never(),
        )
    }
    .assumed(Assumed::Computed),
    field(
        About {
            path: "data.working_set",
            label: "Working set",
            meaning: "what the cache should hold",
            typical: "1 GiB, 20 GiB",
            default: "assumed range by layer",
        },
        number(&Number {
            unit: Unit::Bytes,
            get: |p| Some(p.data.working_set),
            set: |p, v| p.data.working_set = v,
            none: None,
            legal: one_byte_up,
            domain: |p| (p.data.item_size.max(int(1 << 20)), int(1 << 50)),
            plausible: |_| (int(GIB) / int(10), times(int(GIB), 2048)),
            is_straight: true,
            stability: Some(5),
        }),
        Ask::open(
            "How much is kept in all?",
            &["100 MiB", "2 GiB", "50 GiB", "2 TiB"],
        )
        .written("500 MB, 20 GiB, 1.5 TB, or a range 10 GiB..30 GiB"),
    )
    .assumed(Assumed::Range),
    field(
        About {
            path: "data.ttl",
            label: "Time to live",
            meaning: "staleness the workload accepts; never adds traffic",
            typical: "5 min pages, 1 h catalog data, 1 day assets",
            default: "1 h; none for layer storage",
        },
        number_or_none(&Number {
            unit: Unit::Duration,
            get: |p| p.data.ttl,
            set: |p, v| p.data.ttl = Some(v),
            none: Some(|p| p.data.ttl = None),
            legal: any_value,
            domain: |_| (int(1), int(31_536_000_000)),
            plausible: |_| (int(60_000), int(86_400_000)),
            is_straight: false,
            stability: None,
        }),
        Ask::open(
            "How long may a reader see an old value?",
            &["1 s", "1 min", "1 h", "1 day", "30 days", "none"],
        )
        .written("30 s, 5 min, 1 day, none"),
    )
    .follows(|p| {
        p.data.ttl = (p.layer != Layer::Storage).then(|| int(3_600_000));
    }),
    field(
        About {
            path: "data.hit_ratio",
            label: "Hit ratio",
            meaning: "share of reads served by the cache",
            typical: "80 % goal, 95 % good",
            default: "80 % or more",
        },
        number(&Number {
            unit: Unit::Share,
            get: |p| Some(p.hit_ratio(p.data.working_set)),
            set: |p, v| {
                p.data.hit_ratio = Some(v);
                p.data.curve.clear();
            },
            none: None,
            legal: any_value,
            domain: |_| (Decimal::ZERO, Decimal::ONE),
            plausible: |_| (tenths(5, 2), tenths(99, 2)),
            is_straight: true,
            stability: Some(6),
        }),
        Ask::open(
            "What share of reads will find it in the cache?",
            &["5 %", "50 %", "80 %", "95 %", "99 %"],
        )
        .only_if(|given| given("data.hit_ratio_curve").is_none()),
    ),
    field(
        About {
            path: "data.hit_ratio_curve",
            label: "Hit ratio by size",
            meaning: "measured object and byte hit ratio by cache size",
            typical: "",
            default: "none",
        },
        (Shape::Curve, Value::Own),
        Ask::never(),
    )
    .shown(Shown::As(json::curve))
    .assumed(Assumed::Never),
    field(
        About {
            path: "data.item_size_distribution",
            label: "Item sizes",
            meaning: "measured item sizes",
            typical: "",
            default: "none",
        },
        (Shape::Distribution, Value::Own),
        Ask::never(),
    )
    .shown(Shown::As(json::distribution))
    .assumed(Assumed::Never),
    field(
        About {
            path: "measured",
            label: "Measured",
            meaning: "provenance of a measured profile; changes no decision",
            typical: "",
            default: "none",
        },
        (Shape::Measured, Value::Own),
        Ask::never(),
    )
    .shown(Shown::As(json::measured))
    .assumed(Assumed::Never),
    field(
        About {
            path: "requirements.consistency",
            label: "Consistency",
            meaning: "read-after-write at the cache",
            typical: "eventual",
            default: "eventual",
        },
        one(&One::<Consistency> {
            get: |p| Some(p.requirements.consistency),
            set: |p, w| p.requirements.consistency = w,
            weaker: |w| match w {
                Consistency::Strong => &[Consistency::Eventual],
                Consistency::Eventual => &[],
            },
            called: |w| match w {
                Consistency::Eventual => "no",
                Consistency::Strong => "yes",
            },
            says: |w| match w {
                Consistency::Eventual => "soon after is fine",
                Consistency::Strong => "always, at once",
            },
            likely: any,
        }),
        Ask::open("Must a read see the last write?", &[]),
    )
    .relax(Relax::Words(4)),
    field(
        About {
            path: "requirements.durability",
            label: "Durability",
            meaning: "what may happen to cached data",
            typical: "rebuildable for a cache, survives-az-loss for a store",
            default: "rebuildable",
        },
        one(&One::<Durability> {
            get: |p| Some(p.requirements.durability),
            set: |p, w| p.requirements.durability = w,
            weaker: |w| match w {
                Durability::SurvivesAzLoss => {
                    &[Durability::SurvivesRestart, Durability::Rebuildable]
                }
                Durability::SurvivesRestart => &[Durability::Rebuildable],
                Durability::Rebuildable => &[],
            },
            called: |w| match w {
                Durability::Rebuildable => "yes",
                Durability::SurvivesRestart => "not by a restart",
                Durability::SurvivesAzLoss => "never",
            },
            says: |w| match w {
                Durability::Rebuildable => "it can be made again",
                Durability::SurvivesRestart => "it is still there afterwards",
                Durability::SurvivesAzLoss => "not even by losing a zone",
            },
            likely: any,
        }),
        Ask::open("May the data be lost?", &[]),
    )
    .relax(Relax::Words(5)),
    field(
        About {
            path: "requirements.pattern",
            label: "Pattern",
            meaning: "who fills the cache",
            typical: "any",
            default: "any",
        },
        one(&One::<Pattern> {
            get: |p| Some(p.requirements.pattern),
            set: |p, w| p.requirements.pattern = w,
            weaker: |w| match w {
                Pattern::Any => &[],
                Pattern::ReadThrough | Pattern::CacheAside | Pattern::WriteThrough => {
                    &[Pattern::Any]
                }
            },
            called: |w| match w {
                Pattern::Any => "all the same",
                Pattern::ReadThrough => "the cache fetches",
                Pattern::CacheAside => "yes",
                Pattern::WriteThrough => "on each write",
            },
            says: |w| match w {
                Pattern::Any => "whichever is cheaper",
                Pattern::ReadThrough => "it reads the origin by itself",
                Pattern::CacheAside => "the code reads and puts it",
                Pattern::WriteThrough => "the code puts it there at once",
            },
            likely: any,
        }),
        Ask::open("Does your code write to it itself after a miss?", &[]),
    )
    .relax(Relax::Words(3)),
    field(
        About {
            path: "requirements.protocol",
            label: "Protocol",
            meaning: "what the clients already speak",
            typical: "any",
            default: "any",
        },
        one(&One::<Protocol> {
            get: |p| Some(p.requirements.protocol),
            set: |p, w| p.requirements.protocol = w,
            weaker: |w| match w {
                Protocol::Any => &[],
                _ => &[Protocol::Any],
            },
            called: Word::word,
            says: |w| match w {
                Protocol::Any => "nothing yet, or it may change",
                Protocol::Http => "HTTP",
                Protocol::Redis => "Redis or Valkey commands",
                Protocol::Memcached => "Memcached commands",
                Protocol::Dynamodb => "the DynamoDB API",
                Protocol::S3 => "the S3 API",
                Protocol::Lustre => "a Lustre mount",
                Protocol::Nfs => "an NFS mount",
            },
            likely: |layer| match layer {
                Layer::Client | Layer::Edge => &[Protocol::Any, Protocol::Http],
                Layer::Application | Layer::Database => &[
                    Protocol::Any,
                    Protocol::Redis,
                    Protocol::Memcached,
                    Protocol::Dynamodb,
                ],
                Layer::Storage => &[Protocol::Any, Protocol::S3, Protocol::Lustre],
            },
        }),
        Ask::open("What do the clients speak already?", &[]),
    )
    .relax(Relax::Words(2)),
    field(
        About {
            path: "requirements.features",
            label: "Operations",
            meaning: "needed operations",
            typical: "none",
            default: "none",
        },
        many(&Many::<Feature> {
            get: |p| &p.requirements.features,
            set: |p, list| p.requirements.features = list,
            dropped: "not needed",
            least: 0,
            empty: "none",
            says: |w| match w {
                Feature::SortedSets => "leaderboards, rankings",
                Feature::PubSub => "messages to subscribers",
                Feature::Lists => "queues, recent items",
                Feature::AtomicCounters => "counting without races",
                Feature::Transactions => "several changes or none",
                Feature::ConditionalWrites => "write only if unchanged",
                Feature::Scripting => "code inside the cache",
                Feature::Geospatial => "what is near a place",
                Feature::Json => "reading parts of documents",
                Feature::ByteRangeReads => "reading parts of objects",
                Feature::Append => "adding to an object",
                Feature::FileLocks => "locks on files",
                Feature::PathInvalidation => "dropping URLs",
                Feature::TagInvalidation => "dropping by tag",
                Feature::SignedUrls => "links that expire",
                Feature::Streams => "a log that readers follow",
                Feature::VectorSearch => "nearest neighbours",
                Feature::OrderedReads => "ranges in key order",
                Feature::MultiSlotOperations => "keys of several slots",
                Feature::LfuEviction => "evicting what is used least",
                Feature::KeyspaceNotifications => "events when keys expire",
                Feature::BloomFilters => "is it a member, perhaps",
            },
            likely: |layer| match layer {
                Layer::Client | Layer::Edge => &[
                    Feature::PathInvalidation,
                    Feature::TagInvalidation,
                    Feature::SignedUrls,
                ],
                Layer::Application | Layer::Database => &[
                    Feature::SortedSets,
                    Feature::PubSub,
                    Feature::Transactions,
                    Feature::ConditionalWrites,
                    Feature::MultiSlotOperations,
                ],
                Layer::Storage => &[Feature::ByteRangeReads, Feature::Append, Feature::FileLocks],
            },
        }),
        Ask::open("Which operations are needed?", &[]),
    )
    .relax(Relax::Words(10)),
    field(
        About {
            path: "requirements.availability",
            label: "Availability",
            meaning: "must the cache keep serving when a zone is lost",
            typical: "multi-az for user-facing paths",
            default: "single-az",
        },
        one(&One::<Availability> {
            get: |p| Some(p.requirements.availability),
            set: |p, w| p.requirements.availability = w,
            weaker: |w| match w {
                Availability::MultiAz => &[Availability::SingleAz],
                Availability::SingleAz => &[],
            },
            called: |w| match w {
                Availability::SingleAz => "no",
                Availability::MultiAz => "yes",
            },
            says: |w| match w {
                Availability::SingleAz => "a gap is fine",
                Availability::MultiAz => "without a gap",
            },
            likely: any,
        }),
        Ask::open("Must it keep serving when a zone is lost?", &[]),
    )
    .relax(Relax::Words(6)),
    field(
        About {
            path: "requirements.client_changes",
            label: "Client changes",
            meaning: "whether application code may change to use a cache",
            typical: "allowed",
            default: "allowed",
        },
        one(&One::<ClientChanges> {
            get: |p| Some(p.requirements.client_changes),
            set: |p, w| p.requirements.client_changes = w,
            weaker: |w| match w {
                ClientChanges::Minimal => &[ClientChanges::Allowed],
                ClientChanges::Allowed => &[],
            },
            called: |w| match w {
                ClientChanges::Allowed => "yes",
                ClientChanges::Minimal => "hardly",
            },
            says: |w| match w {
                ClientChanges::Allowed => "calls to a cache can be added",
                ClientChanges::Minimal => "as little as possible",
            },
            likely: any,
        }),
        // Code that reads and fills the cache can stay as it is only where the clients already speak its protocol.
        Ask::open("May application code change?", &[]).only_if(|given| {
            !at_layer(given, IN_CODE) || given("requirements.protocol").is_some_and(|p| p != "any")
        }),
    )
    .relax(Relax::Words(8)),
    field(
        About {
            path: "requirements.eviction",
            label: "Eviction",
            meaning: "the cache must stay under a size by itself",
            typical: "no",
            default: "no",
        },
        one(&One::<Eviction> {
            get: |p| Some(p.requirements.eviction),
            set: |p, w| p.requirements.eviction = w,
            weaker: |w| match w {
                Eviction::Required => &[Eviction::No],
                Eviction::No => &[],
            },
            called: |w| match w {
                Eviction::Required => "yes",
                Eviction::No => "no",
            },
            says: |w| match w {
                Eviction::Required => "it must stay under a size by itself",
                Eviction::No => "there is room, or items expire",
            },
            likely: any,
        }),
        Ask::open("Must it throw old items out by itself when full?", &[]),
    )
    .relax(Relax::Words(7)),
    field(
        About {
            path: "requirements.multi_region",
            label: "Other Regions",
            meaning: "what other Regions do with the cache",
            typical: "no",
            default: "no",
        },
        one(&One::<MultiRegion> {
            get: |p| Some(p.requirements.multi_region),
            set: |p, w| p.requirements.multi_region = w,
            weaker: |w| match w {
                MultiRegion::No => &[],
                MultiRegion::Reads | MultiRegion::Writes => &[MultiRegion::No],
            },
            called: |w| match w {
                MultiRegion::No => "nothing",
                MultiRegion::Reads => "read",
                MultiRegion::Writes => "write",
            },
            says: |w| match w {
                MultiRegion::No => "it is used in one Region",
                MultiRegion::Reads => "they read it",
                MultiRegion::Writes => "they read and write it",
            },
            likely: any,
        }),
        Ask::open("What do other Regions do with it?", &[]),
    )
    .relax(Relax::Words(9)),
    field(
        About {
            path: "requirements.replica_regions",
            label: "Replica Regions",
            meaning: "Regions that hold a replica",
            typical: "the second Region of the application",
            default: "one replica at the home Region's prices",
        },
        (Shape::Regions, Value::Own),
        Ask::open(
            "Which Regions hold a replica?",
            &["[eu-west-1]", "[us-west-2]", "[ap-northeast-1]"],
        )
        .written("eu-west-1, us-west-2")
        .only_if(|given| matches!(given("requirements.multi_region"), Some("reads" | "writes"))),
    )
    .shown(Shown::As(json::replicas))
    .assumed(Assumed::Never),
    field(
        About {
            path: "compute",
            label: "Callers",
            meaning: "who calls the cache",
            typical: "lambda, fargate, ec2",
            default: "browser for client and edge, else unknown",
        },
        many(&Many::<Compute> {
            get: |p| &p.compute,
            set: |p, list| p.compute = list,
            dropped: "not a caller",
            least: 1,
            empty: "unknown",
            says: |w| match w {
                Compute::Browser => "browsers and apps",
                Compute::Lambda => "Lambda functions",
                Compute::Fargate => "containers on Fargate",
                Compute::EcsEc2 => "ECS containers on EC2",
                Compute::Ec2 => "EC2 instances",
                Compute::Eks => "Kubernetes on EKS",
                Compute::AppRunner => "App Runner services",
                Compute::OnPremises => "machines outside AWS",
            },
            likely: |layer| match layer {
                Layer::Client | Layer::Edge => &[Compute::Browser],
                Layer::Application | Layer::Database | Layer::Storage => &[
                    Compute::Lambda,
                    Compute::Fargate,
                    Compute::Ec2,
                    Compute::Eks,
                    Compute::OnPremises,
                ],
            },
        }),
        Ask::open("Who calls it?", &[]),
    )
    .relax(Relax::Facts(11))
    .follows(|p| {
        let at_edge = matches!(p.layer, Layer::Client | Layer::Edge);
        p.compute = at_edge.then_some(Compute::Browser).into_iter().collect();
    }),
    field(
        About {
            path: "instances",
            label: "Instances",
            meaning: "processes that read the cache; with 1 a process-local cache may do",
            typical: "1, or dozens",
            default: "unknown",
        },
        (
            Shape::Integer,
            Value::Whole(&Whole {
                get: |p| p.instances,
                set: |p, v| p.instances = Some(v),
                tried: &[1],
            }),
        ),
        Ask::open("How many processes read the cache?", &["1", "10"])
            .written("12")
            .only_if(|given| at_layer(given, IN_CODE)),
    ),
    field(
        About {
            path: "origin.kind",
            label: "Origin",
            meaning: "what a miss goes to",
            typical: "rds, dynamodb, s3, load-balancer",
            default: "other",
        },
        one(&One::<OriginKind> {
            get: |p| Some(p.origin.kind),
            set: |p, w| p.origin.kind = w,
            weaker: firm,
            called: Word::word,
            says: |w| match w {
                OriginKind::S3 => "an S3 bucket",
                OriginKind::Dynamodb => "a DynamoDB table",
                OriginKind::Aurora => "Aurora",
                OriginKind::Rds => "another RDS database",
                OriginKind::HttpApi => "an API Gateway HTTP API",
                OriginKind::RestApi => "an API Gateway REST API",
                OriginKind::LoadBalancer => "a load balancer",
                OriginKind::Lambda => "a Lambda function",
                OriginKind::Nfs => "an NFS server",
                OriginKind::OnPremises => "something outside AWS",
                OriginKind::Other => "something else",
                OriginKind::None => "nowhere: it is the store itself",
            },
            likely: |layer| match layer {
                Layer::Client | Layer::Edge => &[
                    OriginKind::S3,
                    OriginKind::HttpApi,
                    OriginKind::RestApi,
                    OriginKind::LoadBalancer,
                    OriginKind::Lambda,
                    OriginKind::OnPremises,
                    OriginKind::Other,
                ],
                Layer::Application | Layer::Database => &[
                    OriginKind::Dynamodb,
                    OriginKind::Aurora,
                    OriginKind::Rds,
                    OriginKind::HttpApi,
                    OriginKind::Lambda,
                    OriginKind::OnPremises,
                    OriginKind::Other,
                    OriginKind::None,
                ],
                Layer::Storage => &[
                    OriginKind::S3,
                    OriginKind::Nfs,
                    OriginKind::OnPremises,
                    OriginKind::Other,
                    OriginKind::None,
                ],
            },
        }),
        Ask::open("When it is not in the cache, where is it read?", &[]),
    ),
    field(
        About {
            path: "origin.latency",
            label: "Latency of the origin",
            meaning: "time of a read at the origin",
            typical: "5 ms DynamoDB, 20 ms SQL query, 100 ms API",
            default: "by kind where documented, else unknown",
        },
        number(&Number {
            unit: Unit::Duration,
            get: |p| p.origin.latency,
            set: |p, v| p.origin.latency = Some(v),
            none: None,
            legal: any_value,
            domain: |_| (tenths(1, 1), int(10_000)),
            plausible: |_| (int(1), int(200)),
            is_straight: false,
            stability: Some(10),
        }),
        Ask::open(
            "How long does a read there take?",
            &["1 ms", "5 ms", "20 ms", "100 ms", "500 ms"],
        ),
    )
    .assumed(Assumed::By(assumed::origin_latency)),
    field(
        About {
            path: "origin.price_per_million_reads",
            label: "Price of the origin's reads",
            meaning: "saved by every hit",
            typical: "0.40 USD for S3",
            default: "by kind and Region where the price list gives one, else unknown",
        },
        number(&Number {
            unit: Unit::Dollars,
            get: |p| p.origin.price_per_million_reads,
            set: |p, v| p.origin.price_per_million_reads = Some(v),
            none: None,
            legal: any_value,
            domain: |_| (Decimal::ZERO, int(1_000)),
            plausible: |_| (Decimal::ZERO, int(4)),
            is_straight: false,
            stability: Some(11),
        }),
        Ask::open(
            "What do a million reads there cost?",
            &["0 USD", "0.1 USD", "1 USD", "10 USD"],
        ),
    )
    .assumed(Assumed::By(assumed::origin_price)),
    field(
        About {
            path: "network.vpc",
            label: "VPC",
            meaning: "whether the callers live in a VPC",
            typical: "existing",
            default: "existing when private access is required or compute is ec2, ecs or eks, else unknown: the stack takes subnets of a VPC",
        },
        one(&One::<Vpc> {
            get: |p| Some(p.network.vpc),
            set: |p, w| {
                p.network.vpc = w;
                p.network.vpc_follows = false;
            },
            weaker: firm,
            called: |w| match w {
                Vpc::Existing => "yes",
                Vpc::None => "no",
            },
            says: |w| match w {
                Vpc::Existing => "in one that exists",
                Vpc::None => "and need not",
            },
            likely: any,
        }),
        // It follows from the need for private access.
        Ask::open("Do the callers live in a VPC?", &[])
            .only_if(|given| given("private_access") != Some("required")),
    )
    // Where it is not stated it exists, or nobody knows: `none` has to be typed.
    .assumed(Assumed::By(assumed::unknown))
    .follows(|p| {
        p.network.vpc_follows = true;
        p.network.vpc = p.default_vpc();
    }),
    field(
        About {
            path: "network.internet_from_vpc",
            label: "Internet from the VPC",
            meaning: "functions moved into the VPC still need the internet; yes prices a NAT gateway, for lambda only",
            typical: "yes",
            default: "unknown",
        },
        one(&One::<InternetFromVpc> {
            get: |p| p.network.internet_from_vpc,
            set: |p, w| p.network.internet_from_vpc = Some(w),
            weaker: firm,
            called: Word::word,
            says: |w| match w {
                InternetFromVpc::Yes => "that takes a NAT gateway",
                InternetFromVpc::No => "AWS services at most",
            },
            likely: any,
        }),
        Ask::open("Do functions in the VPC need the internet?", &[])
            .only_if(|given| given("compute").is_some_and(|c| c.contains("lambda"))),
    ),
    field(
        About {
            path: "viewers",
            label: "Viewers",
            meaning: "share of traffic by CloudFront geography",
            typical: "north-america 60 %, europe 40 %",
            default: "from the Region",
        },
        (Shape::Viewers, Value::Own),
        Ask::open(
            "Where are the viewers?",
            &[
                "{ north-america: 100 % }",
                "{ europe: 100 % }",
                "{ asia-pacific: 100 % }",
                "{ south-america: 100 % }",
                "{ india: 100 % }",
            ],
        )
        .written("north-america 60 %, europe 40 %")
        .only_if(|given| at_layer(given, AT_EDGE)),
    )
    .shown(Shown::As(json::viewers))
    .assumed(Assumed::AtEdge(assumed::viewers)),
    field(
        About {
            path: "optimize_for",
            label: "Optimize for",
            meaning: "what the ranking weighs most",
            typical: "balanced",
            default: "balanced",
        },
        one(&One::<OptimizeFor> {
            get: |p| Some(p.optimize_for),
            set: |p, w| p.optimize_for = w,
            weaker: firm,
            called: Word::word,
            says: |w| match w {
                OptimizeFor::Balanced => "cost and speed",
                OptimizeFor::Cost => "a low price",
                OptimizeFor::Latency => "speed",
            },
            likely: any,
        }),
        Ask::open("What matters most?", &[]),
    ),
    field(
        About {
            path: "budget",
            label: "Budget",
            meaning: "a gate in the report",
            typical: "500 USD/month",
            default: "none",
        },
        (Shape::Budget, Value::Own),
        Ask::never(),
    )
    .shown(Shown::As(json::budget))
    .assumed(Assumed::Never),
    field(
        About {
            path: "deployment",
            label: "Deployment",
            meaning: "settings passed to the stack as parameters",
            typical: "",
            default: "none",
        },
        (Shape::Deployment, Value::Own),
        Ask::never(),
    )
    .shown(Shown::Never)
    .assumed(Assumed::Never),
];

/// A number that may also be the word `none`.
const fn number_or_none(number: &'static Number) -> (Shape, Value) {
    let shape = Shape::QuantityOrNone {
        pattern: number.unit.pattern(),
        example: "5 min",
    };
    (shape, Value::Number(number))
}

/// The tolerance, which may name two points of the distribution.
const fn latency(number: &'static Number) -> (Shape, Value) {
    (Shape::Latency, Value::Number(number))
}

/// The single-valued settings of `deployment`.
pub const DEPLOYMENT_VALUES: &[&str] = &[
    "vpc_id",
    "origin_domain",
    "origin_bucket",
    "certificate_arn",
    "load_balancer_arn",
    "hosted_zone_id",
    "gateway_endpoint",
    "nfs_path",
    "client_security_group_id",
    "availability_zone_id",
    "kms_key_arn",
    "alarm_email",
    "monthly_budget",
    "origin_shield",
    "keep_snapshots",
    "price_class",
];
/// The settings of `deployment` that are on or off, off by default.
pub const DEPLOYMENT_SWITCHES: &[&str] = &[
    "contributor_insights",
    "cors",
    "dashboard",
    "directory_index",
    "extra_metrics",
    "origin_secret",
    "point_in_time_recovery",
    "single_page",
];
/// The list-valued settings of `deployment`.
pub const DEPLOYMENT_LISTS: &[&str] = &[
    "subnet_ids",
    "domain_names",
    "restore_from",
    "route_table_ids",
    "nfs_dns_ips",
    "allowed_countries",
    "availability_zone_ids",
    "blocked_countries",
    "cached_paths",
    "client_security_group_ids",
    "key_group_ids",
    "tags",
];
/// The keys of `measured`; beside them `fields` says of each path how its value came about, and `now` what runs.
pub const MEASURED: &[&str] = &[
    "requests",
    "from",
    "to",
    "format",
    "sampling_rate",
    "error",
    "tool",
    "source",
    "kind",
    "period",
    "coverage",
];
