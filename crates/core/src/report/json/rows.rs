//! The keys of the contract and their types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use crate::domain::decision::Pick;
use crate::domain::money::{Usd, plain};
use crate::report::given::Given;

/// An exact number: a decimal string in the JSON.
#[derive(Clone, Copy)]
pub struct Exact(pub Decimal);

impl Serialize for Exact {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&plain(self.0))
    }
}

impl JsonSchema for Exact {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

/// USD.
pub(super) fn exact(amount: Usd) -> Exact {
    Exact(amount.0)
}

/// Milliseconds: a number in the JSON, to four decimals.
#[derive(Clone, Copy)]
pub(in crate::report) struct Millis(pub(in crate::report) Decimal);

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.round_dp(4).to_f64().serialize(to)
    }
}

impl JsonSchema for Millis {
    fn schema_name() -> Cow<'static, str> {
        f64::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        f64::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

/// The whole report.
#[derive(Serialize, JsonSchema)]
pub struct Json {
    /// `cachewright/report/v1`.
    pub schema: &'static str,
    pub(in crate::report) tool: Tool,
    pub(in crate::report) profile: BTreeMap<String, serde_json::Value>,
    /// What was asked for: decides again with the same bytes, see `cachewright check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) options: Option<Given>,
    pub(in crate::report) outcome: &'static str,
    /// The first sentence: the answer and what stands beside it.
    pub(in crate::report) headline: String,
    pub(in crate::report) summary: String,
    pub(in crate::report) recommendation: Option<Recommendation>,
    /// How sure the outcome is, where no service is recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) verdict: Option<VerdictRow>,
    pub(in crate::report) best_candidate: Option<Reference>,
    pub(in crate::report) relax: Vec<RelaxRow>,
    pub(in crate::report) baseline: BaselineRow,
    /// What runs today, in a profile that was measured from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) running: Option<RunningRow>,
    pub(in crate::report) bottleneck: String,
    pub(in crate::report) candidates: Vec<CandidateRow>,
    pub(in crate::report) stability: Vec<StabilityRow>,
    pub(in crate::report) break_even: Vec<CrossingRow>,
    pub(in crate::report) ranges: Option<RangesRow>,
    /// What every stated must-have and preference costs, the dearest first.
    pub(in crate::report) price_tags: Vec<TagRow>,
    /// Where another engine, class, mode or plan of the recommended service takes over.
    pub(in crate::report) variant_flips: Vec<VariantFlipRow>,
    /// What is not stated and worth an answer, the most valuable first.
    pub(in crate::report) worth_answering: Vec<QuestionRow>,
    /// Cost over the coming months, when asked for by `--growth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) growth: Option<GrowthRow>,
    pub(in crate::report) assumptions: Vec<AssumptionRow>,
    pub(in crate::report) notes: Vec<NoteRow>,
    /// What the profile says that can hardly be so.
    pub(in crate::report) warnings: Vec<WarningRow>,
}

/// What runs today.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct RunningRow {
    pub(in crate::report) name: String,
    pub(in crate::report) service: String,
    pub(in crate::report) variant: Option<String>,
    /// USD a month by its own metrics, at the cheaper end.
    pub(in crate::report) low: Exact,
    /// USD a month by its own metrics, at the dearer end.
    pub(in crate::report) high: Exact,
    /// Some quantity or price of it is not known.
    pub(in crate::report) at_least: bool,
    /// In a sentence, beside the answer.
    pub(in crate::report) text: String,
}

/// A warning about the profile.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct WarningRow {
    pub(in crate::report) code: &'static str,
    pub(in crate::report) text: String,
}

/// Several reports.
#[derive(Serialize, JsonSchema)]
pub struct Reports {
    /// `cachewright/reports/v1`.
    pub schema: &'static str,
    /// One per readable profile.
    pub reports: Vec<Json>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct Tool {
    pub(in crate::report) version: &'static str,
    pub(in crate::report) catalog: String,
    pub(in crate::report) prices: Prices,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct Prices {
    pub(in crate::report) origin: &'static str,
    /// Date of the newest prices: of a live book, of those that were looked up.
    pub(in crate::report) as_of: String,
    /// Date of the oldest of them; the same where all are of one date.
    pub(in crate::report) oldest: String,
    /// Date of the oldest price in the bill of the best candidate.
    pub(in crate::report) oldest_used: Option<String>,
    pub(in crate::report) currency: String,
    pub(in crate::report) notes: Vec<String>,
}

/// A service and variant.
#[derive(Serialize, JsonSchema)]
pub struct Reference {
    pub(in crate::report) service: String,
    pub(in crate::report) variant: Option<String>,
}

impl Reference {
    /// From a pick.
    pub fn of(pick: &Pick) -> Self {
        Self {
            service: pick.service.clone(),
            variant: pick.variant.clone(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct Recommendation {
    pub(in crate::report) headline: String,
    pub(in crate::report) service: String,
    pub(in crate::report) variant: Option<String>,
    pub(in crate::report) monthly_cost: Option<CostRow>,
    pub(in crate::report) net_monthly_saving: SavingRow,
    pub(in crate::report) summary: String,
    pub(in crate::report) runner_up: Option<Reference>,
    pub(in crate::report) tie: bool,
    pub(in crate::report) decided_by: Vec<String>,
    pub(in crate::report) verdict: Option<VerdictRow>,
    /// The third service, where it is cheaper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) third: Option<ThirdRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct VerdictRow {
    /// `clear`, `close` or `open`.
    pub(in crate::report) level: &'static str,
    /// Points to the best of another service.
    pub(in crate::report) margin_points: Option<f64>,
    pub(in crate::report) why: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct ThirdRow {
    pub(in crate::report) service: String,
    pub(in crate::report) variant: Option<String>,
    /// USD a month.
    pub(in crate::report) cheaper_by: Exact,
    pub(in crate::report) why: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct TagRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) stated: String,
    /// `null` is a word that leaves a list.
    pub(in crate::report) relaxed_to: Option<String>,
    /// USD a month.
    pub(in crate::report) saves: Exact,
    pub(in crate::report) winner: Reference,
    pub(in crate::report) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct VariantFlipRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) at: String,
    /// Variant below.
    pub(in crate::report) from: Option<String>,
    /// Variant above.
    pub(in crate::report) to: Option<String>,
    pub(in crate::report) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct QuestionRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) assumed: String,
    /// The likeliest value that gives another answer; `null` when none does.
    pub(in crate::report) flips_at: Option<String>,
    pub(in crate::report) flips_to: Option<Reference>,
    /// Share of the plausible values that give another answer.
    pub(in crate::report) share: f64,
    /// USD a month.
    pub(in crate::report) worth: Exact,
    pub(in crate::report) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct PartRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) from: String,
    pub(in crate::report) to: String,
    pub(in crate::report) winner: Reference,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct CostRow {
    pub(in crate::report) low: Exact,
    pub(in crate::report) expected: Exact,
    pub(in crate::report) high: Exact,
    pub(in crate::report) complete: bool,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct SavingRow {
    pub(in crate::report) expected: Option<Exact>,
    pub(in crate::report) at_least: bool,
    pub(in crate::report) at_most: bool,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct RelaxRow {
    pub(in crate::report) field: String,
    pub(in crate::report) from: String,
    pub(in crate::report) to: String,
    pub(in crate::report) unlocks: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct BaselineRow {
    pub(in crate::report) origin_reads: Exact,
    pub(in crate::report) read_cost: Option<Exact>,
    pub(in crate::report) egress_cost: Option<Exact>,
    pub(in crate::report) total: Option<Exact>,
    pub(in crate::report) at_least: bool,
    pub(in crate::report) origin_latency_ms: Option<Millis>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct CandidateRow {
    pub(in crate::report) service: String,
    pub(in crate::report) variant: Option<String>,
    pub(in crate::report) name: String,
    pub(in crate::report) verdict: &'static str,
    pub(in crate::report) score: Option<ScoreRow>,
    pub(in crate::report) reasons: Vec<ReasonRow>,
    pub(in crate::report) cautions: Vec<NoteRow>,
    pub(in crate::report) latency: LatencyRow,
    pub(in crate::report) pattern: PatternRow,
    pub(in crate::report) storage: &'static str,
    pub(in crate::report) on_loss: String,
    pub(in crate::report) leaving: String,
    pub(in crate::report) monthly_cost: Option<CostRow>,
    pub(in crate::report) idle_monthly_cost: Option<Exact>,
    pub(in crate::report) net_monthly_saving: SavingRow,
    pub(in crate::report) origin_reads_remaining: Exact,
    pub(in crate::report) origin_cost_remaining: Option<Exact>,
    pub(in crate::report) pays_from_hit_ratio: Option<String>,
    /// USD for a million origin reads; only where their price is unknown.
    pub(in crate::report) pays_from_origin_price: Option<Exact>,
    /// Only with a measured hit-ratio curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) worthwhile_size: Option<WorthRow>,
    pub(in crate::report) line_items: Vec<LineRow>,
    pub(in crate::report) alternatives: Vec<AlternativeRow>,
    /// What is bought; comparisons only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) spec: Option<SpecRow>,
}

/// What a row beside the candidates buys; keys that do not apply are left out.
#[derive(Default, Serialize, JsonSchema)]
pub(in crate::report) struct SpecRow {
    pub(in crate::report) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) nodes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    pub(in crate::report) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) shards: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) replicas: Option<u32>,
    /// Used share of the memory or of the capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) used: Option<Exact>,
    /// The prices of few types are known: at most this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) at_most: Option<bool>,
    /// Regions that have the same nodes, where it is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) regions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) fewer_nodes: Option<LayoutRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) reserved: Option<LayoutRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) capacity_gib: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) deployment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) mbps_per_tib: Option<u32>,
    /// Monthly cost when it exists in the active hours alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) while_active: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) memory_gib: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) copies: Option<u32>,
}

/// Another layout of nodes.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct LayoutRow {
    pub(in crate::report) nodes: u32,
    #[serde(rename = "type")]
    pub(in crate::report) kind: String,
    pub(in crate::report) monthly_cost: Exact,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct WorthRow {
    pub(in crate::report) size: String,
    pub(in crate::report) hit_ratio: String,
    pub(in crate::report) monthly_cost: Exact,
    pub(in crate::report) net_monthly_saving: SavingRow,
    pub(in crate::report) larger: Option<LargerRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct LargerRow {
    pub(in crate::report) size: String,
    pub(in crate::report) costs: Exact,
    pub(in crate::report) avoids: Exact,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct ScoreRow {
    /// USD a month that the cost is judged like; null without a complete price.
    pub(in crate::report) judged_monthly: Option<Exact>,
    pub(in crate::report) total: f64,
    pub(in crate::report) terms: Vec<TermRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct TermRow {
    pub(in crate::report) term: String,
    pub(in crate::report) points: f64,
    pub(in crate::report) why: String,
    pub(in crate::report) sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct ReasonRow {
    pub(in crate::report) code: String,
    pub(in crate::report) field: String,
    pub(in crate::report) text: String,
    pub(in crate::report) sources: Vec<SourceRow>,
}

/// Cautions and notes.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct NoteRow {
    pub(in crate::report) code: String,
    pub(in crate::report) text: String,
    pub(in crate::report) sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct SourceRow {
    pub(in crate::report) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) date: Option<String>,
    pub(in crate::report) checked: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct LatencyRow {
    pub(in crate::report) hit_low_ms: Option<Millis>,
    pub(in crate::report) hit_high_ms: Option<Millis>,
    pub(in crate::report) hit_p50_ms: Option<Millis>,
    pub(in crate::report) hit_p99_ms: Option<Millis>,
    pub(in crate::report) effective_ms: Option<Millis>,
    pub(in crate::report) origin_included: bool,
    pub(in crate::report) basis: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct PatternRow {
    pub(in crate::report) fill: &'static str,
    pub(in crate::report) who: &'static str,
}

/// One billed line.
#[derive(Serialize, JsonSchema)]
pub struct LineRow {
    pub(in crate::report) service: String,
    pub(in crate::report) meter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) region: Option<String>,
    pub(in crate::report) quantity: Exact,
    pub(in crate::report) unit: String,
    pub(in crate::report) unit_price: Option<Exact>,
    pub(in crate::report) cost: Option<Exact>,
    pub(in crate::report) free_tier: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) discount: Option<String>,
    /// The price is that of other Regions: this one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) assumed: Option<bool>,
    pub(in crate::report) origin: Option<OriginRow>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct OriginRow {
    pub(in crate::report) kind: &'static str,
    pub(in crate::report) as_of: String,
    pub(in crate::report) sku: Option<String>,
    pub(in crate::report) source: String,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct AlternativeRow {
    pub(in crate::report) variant: String,
    pub(in crate::report) monthly_cost: Option<Exact>,
    pub(in crate::report) complete: bool,
    pub(in crate::report) why_not: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct AssumptionRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) value: String,
    pub(in crate::report) can_flip: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) flips_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::report) flips_to: Option<Reference>,
}

/// How far one number may move. `null`: no flip inside the search domain.
#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct StabilityRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) at: String,
    pub(in crate::report) holds_from: Option<String>,
    pub(in crate::report) holds_to: Option<String>,
    pub(in crate::report) flips_below: Option<Reference>,
    pub(in crate::report) flips_above: Option<Reference>,
    pub(in crate::report) searched: [String; 2],
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct CrossingRow {
    pub(in crate::report) field: &'static str,
    pub(in crate::report) at: String,
    pub(in crate::report) between: Vec<Reference>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct RangesRow {
    pub(in crate::report) low: Reference,
    pub(in crate::report) expected: Reference,
    pub(in crate::report) high: Reference,
    pub(in crate::report) shares: Vec<ShareRow>,
    pub(in crate::report) samples: u32,
    /// Which service wins over which part of each range, with everything else as expected.
    pub(in crate::report) parts: Vec<PartRow>,
    /// The same in a sentence for each range in which more than one wins.
    pub(in crate::report) texts: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct GrowthRow {
    pub(in crate::report) per_month: String,
    pub(in crate::report) months: Vec<MonthRow>,
    /// Months in which another service takes over.
    pub(in crate::report) takeovers: Vec<u32>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct MonthRow {
    /// 0 is today.
    pub(in crate::report) month: u32,
    pub(in crate::report) reads: String,
    pub(in crate::report) answer: Reference,
    /// USD; `null` when unknown or when no service is the answer.
    pub(in crate::report) monthly_cost: Option<Exact>,
}

#[derive(Serialize, JsonSchema)]
pub(in crate::report) struct ShareRow {
    pub(in crate::report) winner: Reference,
    pub(in crate::report) samples: u32,
}
