//! What speaks for and against a candidate, as data: a code with its facts, never a sentence.
//!
//! A new reason, caution, note or term is one variant here with its arm in `code()` (and in `field()`, where it
//! speaks of one), one sentence in `crate::words`, both of which the compiler asks for, and its text for `explain`
//! in `catalog/codes.yaml`, which a test asks for. What an evaluation finds is made of borrowed parts
//! ([`Missed`], [`Above`], [`Late`]): only the full decision owns them, so the fast path allocates nothing.

use rust_decimal::Decimal;
use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};

use super::catalog::{Limit, LimitKind, SourceId, TriSet, WordSet};
use super::cost::{Cost, Saving};
use super::figure::Figures;
use super::latency::Band;
use super::money::Usd;
use super::profile::{
    Compute, Durability, Feature, Interface, Layer, MultiRegion, Pattern, Protocol,
};
use super::rule::Rule;

/// Sources of one statement; hardly ever more than a few.
pub type Sources = SmallVec<[SourceId; 8]>;

/// A must-have of the profile, with what the fact it is compared with says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Must {
    /// A place in the architecture.
    Layer {
        /// Of the workload.
        wanted: Layer,
        /// Of the variant.
        has: WordSet,
    },
    /// How items are read.
    Interface {
        /// By the workload.
        wanted: Interface,
        /// From the variant.
        has: WordSet,
    },
    /// What the clients speak.
    Protocol {
        /// The clients.
        wanted: Protocol,
        /// The variant.
        has: WordSet,
    },
    /// Sold in a Region.
    Region {
        /// Which.
        region: SmolStr,
        /// One of the replicas, not the home Region.
        replica: bool,
    },
    /// Reachable for a caller.
    Compute {
        /// Which.
        caller: Compute,
        /// Callers that can.
        can: TriSet,
    },
    /// Reachable without a public endpoint.
    PrivateAccess,
    /// No charge without traffic.
    ScaleToZero,
    /// An operation.
    Feature {
        /// Which.
        wanted: Feature,
        /// Operations of the variant.
        has: TriSet,
    },
    /// Who fills it.
    Pattern(Pattern),
    /// Read after write.
    StrongConsistency,
    /// What the data survives.
    Durability {
        /// At least this.
        wanted: Durability,
        /// What it does.
        has: Option<Durability>,
    },
    /// Serving through the loss of a zone.
    MultiAz,
    /// Staying under a size by itself.
    Eviction,
    /// Replication to other Regions.
    MultiRegion(MultiRegion),
    /// No change of application code.
    MinimalClientChanges,
    /// Items that fit.
    ItemSize {
        /// Bytes of the largest item.
        item: Decimal,
        /// Most bytes of an item, where it is known.
        limit: Option<Decimal>,
        /// The field that says how large the item is.
        field: &'static str,
    },
}

impl Must {
    /// Kebab-case code.
    pub fn code(&self) -> &'static str {
        self.code_and_field().0
    }

    /// Profile field that asks for it.
    pub fn field(&self) -> &'static str {
        self.code_and_field().1
    }

    fn code_and_field(&self) -> (&'static str, &'static str) {
        match self {
            Self::Layer { .. } => ("layer", "layer"),
            Self::Interface { .. } => ("interface", "interface"),
            Self::Protocol { .. } => ("protocol", "requirements.protocol"),
            Self::Region { replica: false, .. } => ("region", "region"),
            Self::Region { replica: true, .. } => ("region", "requirements.replica_regions"),
            Self::Compute { .. } => ("compute", "compute"),
            Self::PrivateAccess => ("private-access", "private_access"),
            Self::ScaleToZero => ("scale-to-zero", "scale_to_zero"),
            Self::Feature { .. } => ("features", "requirements.features"),
            Self::Pattern(_) => ("pattern", "requirements.pattern"),
            Self::StrongConsistency => ("consistency", "requirements.consistency"),
            Self::Durability { .. } => ("durability", "requirements.durability"),
            Self::MultiAz => ("availability", "requirements.availability"),
            Self::Eviction => ("eviction", "requirements.eviction"),
            Self::MultiRegion(_) => ("multi-region", "requirements.multi_region"),
            Self::MinimalClientChanges => ("client-changes", "requirements.client_changes"),
            Self::ItemSize { field, .. } => ("item-size", field),
        }
    }
}

/// A must-have that a fact does not meet, before anybody keeps it.
pub struct Missed<'c>(pub Must, pub Option<&'c str>);

/// Items that expire later than the workload accepts, or can be read for a while after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Smallest step, milliseconds; `None`: never.
    pub step: Option<Decimal>,
    /// Staleness that is accepted, milliseconds.
    pub accepted: Decimal,
    /// What the catalog says beside it.
    pub note: Option<String>,
}

impl Expiry {
    /// The step is fine enough: only the expired item lingers.
    pub fn is_fine(&self) -> bool {
        self.step.is_some_and(|step| step <= self.accepted)
    }
}

/// An [`Expiry`] before anybody keeps it.
pub struct Late<'c> {
    /// Smallest step, milliseconds; `None`: never.
    pub step: Option<Decimal>,
    /// Staleness that is accepted, milliseconds.
    pub accepted: Decimal,
    /// What the catalog says beside it.
    pub note: Option<&'c str>,
}

impl From<Late<'_>> for Expiry {
    fn from(late: Late<'_>) -> Self {
        Self {
            step: late.step,
            accepted: late.accepted,
            note: late.note.map(ToOwned::to_owned),
        }
    }
}

/// A demand of the workload above a limit of the variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Id of the limit.
    pub limit: SmolStr,
    /// What exceeding it means.
    pub kind: LimitKind,
    /// Profile field that drives the demand.
    pub field: SmolStr,
    /// What the workload needs.
    pub needs: Decimal,
    /// What there is at most.
    pub most: Decimal,
    /// Unit of both.
    pub unit: SmolStr,
    /// The limit in the words of the catalog.
    pub text: String,
}

/// A demand with the limit it exceeds, before anybody keeps it.
pub struct Above<'c>(pub &'c Limit, pub Decimal);

impl From<Above<'_>> for Exceeded {
    fn from(Above(limit, needs): Above<'_>) -> Self {
        Self {
            limit: limit.id.as_str().into(),
            kind: limit.kind,
            field: limit.field.as_str().into(),
            needs,
            most: limit.value,
            unit: limit.unit.as_str().into(),
            text: limit.text.clone(),
        }
    }
}

/// A rule of the catalog that speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// Id of the rule, or the code of a note.
    pub id: SmolStr,
    /// Profile field a reader should look at; empty for none.
    pub field: SmolStr,
    /// Its words.
    pub because: String,
}

impl Ruling {
    fn saying(rule: &Rule, because: String) -> Self {
        Self {
            id: rule.id.as_str().into(),
            field: rule.field.as_deref().unwrap_or_default().into(),
            because,
        }
    }

    /// A rule whose words have the figures of a candidate; `None` when one of them is unknown.
    pub fn filled(rule: &Rule, figures: &Figures) -> Option<Self> {
        Some(Self::saying(rule, figures.filled(&rule.because)?))
    }
}

impl From<&Rule> for Ruling {
    fn from(rule: &Rule) -> Self {
        Self::saying(rule, rule.because.clone())
    }
}

/// What rules a variant out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A fact does not meet a must-have; with what the catalog says beside the fact.
    Missed(Must, Option<String>),
    /// No source says whether a must-have is met, and unknown facts rule out.
    Unverified(Must),
    /// It lives in a VPC, and there is none.
    NoVpc,
    /// Items expire too late, and clients cannot check.
    Expiry(Expiry),
    /// No source states its hit latency, and unknown facts rule out.
    UnknownLatency,
    /// A hit takes too long at the median.
    Latency {
        /// What a hit takes.
        hit: Band,
        /// Milliseconds that are tolerated.
        tolerance: Decimal,
    },
    /// The origin is the same service: a hit costs and takes what a read there does.
    SameAsOrigin,
    /// A hit takes too long at the 99th percentile.
    LatencyP99 {
        /// Milliseconds of a hit.
        hit: Decimal,
        /// Milliseconds that are tolerated.
        tolerance: Decimal,
    },
    /// A hard limit.
    Limit(Exceeded),
    /// A rule of the catalog.
    Rule(Ruling),
    /// It ends before the workload does.
    NotCovered(NotCovered),
}

/// Why a variant cannot serve a workload, beyond what facts and limits say: a plan ends before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotCovered {
    /// Kebab-case code.
    pub code: &'static str,
    /// Profile field a reader should look at.
    pub field: &'static str,
    /// The service's own words.
    pub because: &'static str,
}

/// What to know about a variant before relying on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// No source says whether a must-have is met.
    Unverified(Must),
    /// It lives in a VPC, and the profile does not say whether there is one.
    NeedsVpc,
    /// A caller that was assumed cannot reach it, or nobody knows.
    AssumedCaller(Compute),
    /// The largest item that was assumed does not fit.
    AssumedItemSize {
        /// Bytes of the largest item.
        item: Decimal,
        /// Most bytes of an item.
        limit: Decimal,
    },
    /// Items expire late, but clients can check; or expired items can still be read.
    Expiry(Expiry),
    /// The tolerance lies inside what a hit takes: it may be met.
    LatencyBand {
        /// What a hit takes.
        hit: Band,
        /// Milliseconds that are tolerated.
        tolerance: Decimal,
    },
    /// Meters without a price in this Region; prices of other Regions stand in.
    AssumedPrices {
        /// Which meters.
        meters: Vec<SmolStr>,
        /// The bill at the lowest of these prices.
        low: Usd,
        /// The bill at the highest.
        high: Usd,
    },
    /// No source states its hit latency.
    UnknownLatency,
    /// No source states its 99th percentile.
    UnknownLatencyP99,
    /// A limit that does not rule out.
    Limit(Exceeded),
    /// A rule of the catalog.
    Rule(Ruling),
    /// The hit ratio is below the goal.
    LowHitRatio {
        /// Share of reads that hit.
        hit_ratio: Decimal,
        /// What it should be.
        goal: Decimal,
    },
    /// Replicas are required and none is named.
    AssumedReplica {
        /// Whose prices stand in.
        region: SmolStr,
    },
    /// A comparison misses a must-have, which would rule a candidate out.
    Misses(Box<Reason>),
}

impl From<Missed<'_>> for Why {
    fn from(Missed(must, note): Missed<'_>) -> Self {
        Self::Missed(must, note.map(ToOwned::to_owned))
    }
}

impl From<Late<'_>> for Why {
    fn from(late: Late<'_>) -> Self {
        Self::Expiry(late.into())
    }
}

impl From<Late<'_>> for Warning {
    fn from(late: Late<'_>) -> Self {
        Self::Expiry(late.into())
    }
}

impl From<Above<'_>> for Why {
    fn from(above: Above<'_>) -> Self {
        Self::Limit(above.into())
    }
}

impl From<NotCovered> for Why {
    fn from(why: NotCovered) -> Self {
        Self::NotCovered(why)
    }
}

impl From<&Rule> for Why {
    fn from(rule: &Rule) -> Self {
        Self::Rule(rule.into())
    }
}

impl From<Above<'_>> for Warning {
    fn from(above: Above<'_>) -> Self {
        Self::Limit(above.into())
    }
}

impl From<&Rule> for Warning {
    fn from(rule: &Rule) -> Self {
        Self::Rule(rule.into())
    }
}

/// A ruled-out reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What it is.
    pub why: Why,
    /// At least one.
    pub sources: Sources,
}

impl Reason {
    /// Must-have, limit or rule id.
    pub fn code(&self) -> &str {
        match &self.why {
            Why::Missed(must, _) | Why::Unverified(must) => must.code(),
            Why::NoVpc => "vpc",
            Why::Expiry(_) => "ttl",
            Why::UnknownLatency | Why::Latency { .. } => "latency",
            Why::SameAsOrigin => "same-as-origin",
            Why::LatencyP99 { .. } => "latency-p99",
            Why::Limit(exceeded) => &exceeded.limit,
            Why::Rule(ruling) => &ruling.id,
            Why::NotCovered(why) => why.code,
        }
    }

    /// Does the bill belong to another workload? At another layer, by another interface, in another Region or
    /// with other items the same reads are not what would be billed there.
    pub fn is_another_workload(&self) -> bool {
        let Why::Missed(must, _) = &self.why else {
            return false;
        };
        matches!(
            must,
            Must::Layer { .. }
                | Must::Interface { .. }
                | Must::Region { .. }
                | Must::ItemSize { .. }
        )
    }

    /// Profile field; empty where no single one is to blame.
    pub fn field(&self) -> &str {
        match &self.why {
            Why::Missed(must, _) | Why::Unverified(must) => must.field(),
            Why::NoVpc => "network.vpc",
            Why::Expiry(_) => "data.ttl",
            Why::UnknownLatency | Why::Latency { .. } | Why::LatencyP99 { .. } => "latency",
            Why::SameAsOrigin => "origin.kind",
            Why::Limit(exceeded) => &exceeded.field,
            Why::Rule(ruling) => &ruling.field,
            Why::NotCovered(why) => why.field,
        }
    }
}

/// A caution shown beside a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caution {
    /// What it is.
    pub what: Warning,
    /// Where a fact stands behind it.
    pub sources: Sources,
}

impl Caution {
    /// Kebab-case code.
    pub fn code(&self) -> SmolStr {
        let code = match &self.what {
            Warning::Unverified(must) => return format_smolstr!("unverified-{}", must.code()),
            Warning::NeedsVpc => "needs-vpc",
            Warning::AssumedCaller(_) => "compute-default",
            Warning::AssumedItemSize { .. } => "item-size-default",
            Warning::Expiry(expiry) if expiry.is_fine() => "ttl-lazy",
            Warning::Expiry(_) => "ttl-granularity",
            Warning::LatencyBand { .. } => "latency-to-be-measured",
            Warning::AssumedPrices { .. } => "assumed-price-band",
            Warning::UnknownLatency => "unverified-latency",
            Warning::UnknownLatencyP99 => "unverified-latency-p99",
            Warning::Limit(exceeded) => return exceeded.code(),
            Warning::Rule(ruling) => return ruling.id.clone(),
            Warning::LowHitRatio { .. } => "hit-ratio-below-goal",
            Warning::AssumedReplica { .. } => "replica-assumed",
            Warning::Misses(reason) => return reason.code().into(),
        };
        SmolStr::new_static(code)
    }
}

impl Exceeded {
    /// `quota-…`, `ramp-…`: what exceeding it means, then which limit.
    fn code(&self) -> SmolStr {
        use super::profile::Word as _;
        let kind = match self.kind {
            LimitKind::Hard => "limit",
            other => other.word(),
        };
        format_smolstr!("{kind}-{}", self.limit)
    }
}

/// A note that points outside the five, or to terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is.
    pub remark: Remark,
    /// Where from.
    pub sources: Vec<SourceId>,
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A rule of the catalog.
    Rule(Ruling),
    /// A second cache behind the first costs less than the first alone.
    TwoLayers(TwoLayers),
}

/// What two layers cost together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TwoLayers {
    /// Name of the cache at the edge.
    pub first: String,
    /// Reads a month that it leaves.
    pub reads: Decimal,
    /// It and those reads, a month.
    pub one: Usd,
    /// Name of the cache behind it.
    pub second: String,
    /// What that one costs a month.
    pub cost: Usd,
    /// Share of the reads that it answers.
    pub hit_ratio: Decimal,
    /// Both and the reads that remain, a month.
    pub two: Usd,
    /// Reads a second that reach the second one.
    pub rate: Decimal,
}

impl Note {
    /// Kebab-case code.
    pub fn code(&self) -> &str {
        match &self.remark {
            Remark::Rule(ruling) => &ruling.id,
            Remark::TwoLayers(_) => "two-layers",
        }
    }
}

/// One term of a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What the points are for.
    pub ground: Ground,
    /// Points; statistics, not money.
    pub points: f64,
    /// Sources of a rule.
    pub sources: Sources,
}

/// What points are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The monthly bill.
    Cost {
        /// How much.
        monthly: Cost,
        /// Points each time it halves.
        per_halving: i64,
        /// The cost that scores nothing.
        zero_at: Usd,
    },
    /// Effective latency in milliseconds, where it is known.
    Latency(Option<Decimal>),
    /// The tolerance lies below the median of a hit: it only may be met.
    LatencyBand,
    /// Keeps serving when a zone is lost.
    MultiAz,
    /// Scaling to zero is preferred.
    ScaleToZero {
        /// And it does.
        met: bool,
    },
    /// Private access is preferred.
    PrivateAccess {
        /// And it has it.
        met: bool,
    },
    /// A rule of the catalog.
    Rule(Ruling),
}

impl Ground {
    /// Short name.
    pub fn name(&self) -> &str {
        match self {
            Self::Cost { .. } => "cost",
            Self::Latency(_) => "latency",
            Self::LatencyBand => "latency-band",
            Self::MultiAz => "multi-az",
            Self::ScaleToZero { .. } => "scale-to-zero",
            Self::PrivateAccess { .. } => "private-access",
            Self::Rule(ruling) => &ruling.id,
        }
    }
}

/// Something that separates the winner from what came second.
#[derive(Clone, Debug, PartialEq)]
pub enum Decider {
    /// No eligible service has a complete price.
    NoneComplete,
    /// The winner has a complete price, the runner-up lacks that of a meter.
    OnlyWinnerComplete,
    /// A term of the score.
    Term {
        /// What the winner has points for.
        ours: Option<Ground>,
        /// What the runner-up has points for.
        theirs: Option<Ground>,
        /// Points of the winner beyond those of the runner-up.
        lead: f64,
    },
    /// No other service is eligible.
    NoRival,
    /// What the same costs without a cache, and what the winner saves of it; below zero: costs more.
    AgainstNoCache {
        /// A month without a cache.
        total: Cost,
        /// Less than that.
        saving: Saving,
    },
    /// Only a part of that is known, and it pays for the winner.
    KnownSaving(Saving),
    /// The price of a million origin reads from which the winner pays.
    PaysFrom(Usd),
    /// What the origin's reads cost is unknown.
    UnknownSaving,
    /// Why there is a cache at all that saves next to nothing, or costs more than it saves.
    Need(Need),
}

/// What a cache is for that does not pay for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// The origin takes longer than the callers tolerate.
    Latency {
        /// Milliseconds of a read there.
        origin: Decimal,
        /// Milliseconds that are tolerated.
        tolerance: Decimal,
    },
    /// Viewers are far from the Region.
    FarViewers,
    /// The origin cannot be read this way itself.
    Interface(Interface),
}

/// Where the time and the money go today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bottleneck {
    /// The way to the viewers.
    WayToViewers,
    /// The origin is slower than the callers tolerate.
    Origin {
        /// Milliseconds of a read there.
        latency: Decimal,
        /// Milliseconds that are tolerated.
        tolerance: Decimal,
    },
    /// The database, if anything.
    Database,
    /// The application's own processes ask.
    Application,
    /// The way to stored objects or files.
    WayToStorage,
}

/// What losing the cache does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// In the words of the catalog.
    pub what: String,
    /// What filling it again takes; `None` where nothing is lost, or nobody reckoned it.
    pub refill: Option<Refill>,
    /// Nothing is behind it to fill it from.
    pub for_good: bool,
}

/// What filling a lost cache again takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refill {
    /// More reads a second at the origin.
    pub reads: Decimal,
    /// Milliseconds at least until it is full; `None` without reads.
    pub time: Option<Decimal>,
    /// Items to bring back.
    pub items: Decimal,
    /// What reading them costs, where it is known.
    pub cost: Option<Usd>,
}

/// Why another way to buy a candidate does not apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// Its allowance does not cover the workload.
    Allowance,
    /// It lacks something that is required.
    Requirement,
}
