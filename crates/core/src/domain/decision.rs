//! The complete answer as data: everything every report shows. `crate::words` makes the sentences.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::catalog::{Basis, Storage, Who};
use super::comparison::Spec;
pub use super::cost::{Cost, CostRange, Saving, Side};
use super::field::Field;
use super::finding::{Bottleneck, Caution, Decider, Loss, Note, Reason, Term, WhyNot};
use super::money::Usd;
use super::profile::Pattern;
use super::units::{Quantity as _, Share};

/// How the question was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One service wins.
    Recommended,
    /// No service meets every must-have.
    NoneFits,
    /// Caching this costs more than it saves, or a local cache does.
    NoCache,
}

impl Outcome {
    /// Word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Recommended => "recommended",
            Self::NoneFits => "none-fits",
            Self::NoCache => "no-cache",
        }
    }
}

/// Why no cache is the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoCacheReason {
    /// Every variant that could win costs more than it saves, and nobody needs the latency.
    CostsMore,
    /// One process and a small working set: a local cache does.
    LocalCache,
    /// The hit ratio says that every query is unique.
    UniqueQueries,
}

/// A service and variant by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pick {
    /// Service id, or `no-cache`.
    pub service: String,
    /// Variant id.
    pub variant: Option<String>,
}

/// Eligible, ruled out, or only shown for comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Can be the answer.
    Eligible,
    /// Cannot.
    RuledOut,
    /// Never the answer.
    Comparison,
}

impl Verdict {
    /// Word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::RuledOut => "ruled-out",
            Self::Comparison => "comparison",
        }
    }
}

/// Latency of a candidate, milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyEstimate {
    /// A median below it would surprise.
    pub hit_low: Option<Decimal>,
    /// A median above it would surprise.
    pub hit_high: Option<Decimal>,
    /// Median of a hit.
    pub hit_p50: Option<Decimal>,
    /// 99th percentile of a hit.
    pub hit_p99: Option<Decimal>,
    /// Mean over hits and misses; hit latency alone when the origin's is unknown.
    pub effective: Option<Decimal>,
    /// The origin's latency is in it.
    pub with_origin: bool,
    /// What it rests on; `None` when unknown.
    pub basis: Option<Basis>,
}

/// One billed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineItem {
    /// Service that owns the meter.
    pub service: SmolStr,
    /// Meter id.
    pub meter: SmolStr,
    /// Region, when it is not the home Region.
    pub region: Option<SmolStr>,
    /// Units per month in this price band.
    pub quantity: Decimal,
    /// Unit.
    pub unit: SmolStr,
    /// USD per unit; `None` is unknown.
    pub unit_price: Option<Decimal>,
    /// USD; `None` is unknown.
    pub cost: Option<Usd>,
    /// An always-free allowance covers this band.
    pub free: bool,
    /// SKU, when known.
    pub sku: Option<SmolStr>,
    /// Index into the book's sources, when priced.
    pub source: Option<u16>,
    /// Private discount applied, when one is.
    pub discount: Option<Decimal>,
    /// The price is that of other Regions: this one has none.
    pub assumed: bool,
}

impl LineItem {
    /// `, 12 % off` where a private rate is in the price.
    pub fn off(&self) -> String {
        self.discount
            .map_or(String::new(), |d| format!(", {} off", Share::from_value(d)))
    }
}

/// Another way to buy the same candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// Variant id.
    pub variant: String,
    /// Monthly cost when it covers the workload.
    pub cost: Option<Cost>,
    /// Why it does not apply.
    pub why_not: Option<WhyNot>,
}

/// One row of the report.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Service and variant.
    pub pick: Pick,
    /// Name for people.
    pub name: String,
    /// Can it be the answer.
    pub verdict: Verdict,
    /// Why not; never empty when ruled out.
    pub reasons: Vec<Reason>,
    /// What to know.
    pub cautions: Vec<Caution>,
    /// Score terms; empty unless eligible.
    pub terms: Vec<Term>,
    /// Unrounded sum of the terms.
    pub score: f64,
    /// What the terms beside cost make of the monthly cost, USD; eligible variants with a complete price.
    pub judged: Option<Usd>,
    /// Part of the bill that every way pays alike: bytes that leave AWS.
    pub common: Usd,
    /// Latency.
    pub latency: LatencyEstimate,
    /// Who fills.
    pub fill: Pattern,
    /// Who does it.
    pub who: Who,
    /// Memory or persistent.
    pub storage: Storage,
    /// What losing the cache does.
    pub on_loss: Loss,
    /// What a switch changes.
    pub leaving: String,
    /// Monthly cost, when computable.
    pub cost: Option<CostRange>,
    /// Cost of a month without a single request, stored bytes included.
    pub idle: Option<Cost>,
    /// Saving, as far as it is known.
    pub saving: Option<Saving>,
    /// Where the origin's price is unknown: that of a million avoided reads from which the cache pays.
    pub pays_from_price: Option<Usd>,
    /// Origin reads per month that remain.
    pub origin_reads_remaining: Decimal,
    /// What they cost, when known.
    pub origin_cost_remaining: Option<Usd>,
    /// Lines.
    pub lines: Vec<LineItem>,
    /// Plans of the same candidate that were not chosen.
    pub alternatives: Vec<Alternative>,
    /// What is bought; comparisons only.
    pub spec: Option<Spec>,
    /// What it asks in return, as the end of a sentence; comparisons only.
    pub asks: String,
    /// A comparison that may stand in the headline: it meets every must-have, and anybody can buy it today
    /// without tying himself.
    pub headline: bool,
}

impl Candidate {
    /// Every meter has a price, as far as a bill is known.
    pub fn is_complete(&self) -> bool {
        self.cost.is_none_or(|range| !range.expected.incomplete)
    }

    /// Its points for a term; zero where it has none.
    pub fn points(&self, term: &str) -> f64 {
        let named = self.terms.iter().filter(|t| t.ground.name() == term);
        named.map(|t| t.points).sum()
    }

    /// Points beyond those of the other, by the name of their term.
    pub fn over<'c>(&'c self, other: &'c Self) -> BTreeMap<&'c str, f64> {
        let grounds = self.terms.iter().chain(&other.terms).map(|t| &t.ground);
        let lead = |name: &str| self.points(name) - other.points(name);
        grounds.map(|g| (g.name(), lead(g.name()))).collect()
    }
}

/// The same workload without a cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baseline {
    /// Origin reads per month.
    pub reads: Decimal,
    /// Their cost, when known.
    pub read_cost: Option<Usd>,
    /// Internet egress, when it applies and is known.
    pub egress_cost: Option<Usd>,
    /// Egress applies.
    pub egress_applies: bool,
    /// The true cost is at least this.
    pub at_least: bool,
    /// Sum, when everything that applies is known.
    pub total: Option<Usd>,
    /// Origin latency in ms with its basis.
    pub origin_latency: Option<(Decimal, Basis)>,
}

/// A must-have that could be relaxed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relax {
    /// Profile field.
    pub field: String,
    /// Its value.
    pub from: String,
    /// The value that unlocks.
    pub to: String,
    /// Services that become eligible.
    pub unlocks: Vec<String>,
}

/// A row beside the candidates that belongs into the first sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Beyond {
    /// Index of its row.
    pub row: usize,
    /// Share by which it costs less than the recommended candidate; `None` where nothing is recommended.
    pub less: Option<Decimal>,
    /// Both bills have transfer that is the same for every cache in this place, and that the share leaves out.
    pub apart: bool,
}

/// The whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// Why no cache.
    pub no_cache: Option<NoCacheReason>,
    /// Index of the recommended candidate, or of the best eligible one.
    pub best: Option<usize>,
    /// Second best, of another service or `no-cache`.
    pub runner_up: Option<Pick>,
    /// Within half a point of the runner-up.
    pub tie: bool,
    /// What decided it.
    pub decided_by: Vec<Decider>,
    /// Ranked: eligible first, then ruled out, then comparisons.
    pub candidates: Vec<Candidate>,
    /// What lies outside the candidates and is much cheaper than the recommended one, or fits where none does.
    pub beyond: Option<Beyond>,
    /// What to relax when nothing fits.
    pub relax: Vec<Relax>,
    /// The same without a cache.
    pub baseline: Baseline,
    /// Where the bottleneck is.
    pub bottleneck: Bottleneck,
    /// Fields whose defaults were used; [`Field::assumption`] says what is assumed of each.
    pub assumptions: Vec<&'static Field>,
    /// Notes.
    pub notes: Vec<Note>,
}

impl Decision {
    /// The recommended candidate.
    pub fn winner(&self) -> Option<&Candidate> {
        (self.outcome == Outcome::Recommended)
            .then(|| self.best.map(|i| &self.candidates[i]))
            .flatten()
    }

    /// The row of the runner-up; `None` where that is no cache.
    pub fn second(&self) -> Option<&Candidate> {
        let pick = self.runner_up.as_ref()?;
        self.candidates.iter().find(|c| c.pick == *pick)
    }

    /// What `--expect` compares with: a service id, `none-fits` or `no-cache`.
    pub fn answer(&self) -> &str {
        match self.winner() {
            Some(candidate) => &candidate.pick.service,
            None => self.outcome.word(),
        }
    }
}
