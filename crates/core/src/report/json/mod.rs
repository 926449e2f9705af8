//! `cachewright/report/v1`: the contract other programs read. Adding keys is fine, renaming is not.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

use super::given::Given;
use super::{Report, VERSION};
use crate::analysis::ranges::Part;
use crate::analysis::worth::WorthwhileSize;
use crate::domain::catalog::{Source, SourceId};
use crate::domain::comparison::{Layout, Spec};
use crate::domain::decision::{
    Candidate, Cost, CostRange, Decision, LineItem, Outcome, Pick, Saving, Verdict,
};
use crate::domain::field::{self, NumField};
use crate::domain::money::{Usd, plain};
use crate::domain::outlook::{PriceTag, Question, VariantFlip};
use crate::domain::profile::{Profile, Running, Word};
use crate::domain::units::{Bytes, Quantity, Share};
use crate::words;

/// An exact number: a decimal string in the JSON.
#[derive(Clone, Copy)]
pub(super) struct Exact(pub(super) Decimal);

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

/// Milliseconds: a number in the JSON, to four decimals.
#[derive(Clone, Copy)]
pub(super) struct Millis(pub(super) Decimal);

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
    pub(super) tool: Tool,
    pub(super) profile: BTreeMap<String, serde_json::Value>,
    /// What was asked for: decides again with the same bytes, see `cachewright check`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) options: Option<Given>,
    pub(super) outcome: &'static str,
    /// The first sentence: the answer and what stands beside it.
    pub(super) headline: String,
    pub(super) summary: String,
    pub(super) recommendation: Option<Recommendation>,
    /// How sure the outcome is, where no service is recommended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) verdict: Option<VerdictRow>,
    pub(super) best_candidate: Option<Reference>,
    pub(super) relax: Vec<RelaxRow>,
    pub(super) baseline: BaselineRow,
    /// What runs today, in a profile that was measured from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) running: Option<RunningRow>,
    pub(super) bottleneck: String,
    pub(super) candidates: Vec<CandidateRow>,
    pub(super) stability: Vec<StabilityRow>,
    pub(super) break_even: Vec<CrossingRow>,
    pub(super) ranges: Option<RangesRow>,
    /// What every stated must-have and preference costs, the dearest first.
    pub(super) price_tags: Vec<TagRow>,
    /// Where another engine, class, mode or plan of the recommended service takes over.
    pub(super) variant_flips: Vec<VariantFlipRow>,
    /// What is not stated and worth an answer, the most valuable first.
    pub(super) worth_answering: Vec<QuestionRow>,
    /// Cost over the coming months, when asked for by `--growth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) growth: Option<GrowthRow>,
    pub(super) assumptions: Vec<AssumptionRow>,
    pub(super) notes: Vec<NoteRow>,
    /// What the profile says that can hardly be so.
    pub(super) warnings: Vec<WarningRow>,
}

/// What runs today.
#[derive(Serialize, JsonSchema)]
pub(super) struct RunningRow {
    pub(super) name: String,
    pub(super) service: String,
    pub(super) variant: Option<String>,
    /// USD a month by its own metrics, at the cheaper end.
    pub(super) low: Exact,
    /// USD a month by its own metrics, at the dearer end.
    pub(super) high: Exact,
    /// Some quantity or price of it is not known.
    pub(super) at_least: bool,
    /// In a sentence, beside the answer.
    pub(super) text: String,
}

/// A warning about the profile.
#[derive(Serialize, JsonSchema)]
pub(super) struct WarningRow {
    pub(super) code: &'static str,
    pub(super) text: String,
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
pub(super) struct Tool {
    pub(super) version: &'static str,
    pub(super) catalog: String,
    pub(super) prices: Prices,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct Prices {
    pub(super) origin: &'static str,
    /// Date of the newest prices: of a live book, of those that were looked up.
    pub(super) as_of: String,
    /// Date of the oldest of them; the same where all are of one date.
    pub(super) oldest: String,
    /// Date of the oldest price in the bill of the best candidate.
    pub(super) oldest_used: Option<String>,
    pub(super) currency: String,
    pub(super) notes: Vec<String>,
}

/// A service and variant.
#[derive(Serialize, JsonSchema)]
pub struct Reference {
    pub(super) service: String,
    pub(super) variant: Option<String>,
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
pub(super) struct Recommendation {
    pub(super) headline: String,
    pub(super) service: String,
    pub(super) variant: Option<String>,
    pub(super) monthly_cost: Option<CostRow>,
    pub(super) net_monthly_saving: SavingRow,
    pub(super) summary: String,
    pub(super) runner_up: Option<Reference>,
    pub(super) tie: bool,
    pub(super) decided_by: Vec<String>,
    pub(super) verdict: Option<VerdictRow>,
    /// The third service, where it is cheaper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) third: Option<ThirdRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct VerdictRow {
    /// `clear`, `close` or `open`.
    pub(super) level: &'static str,
    /// Points to the best of another service.
    pub(super) margin_points: Option<f64>,
    pub(super) why: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ThirdRow {
    pub(super) service: String,
    pub(super) variant: Option<String>,
    /// USD a month.
    pub(super) cheaper_by: Exact,
    pub(super) why: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct TagRow {
    pub(super) field: &'static str,
    pub(super) stated: String,
    /// `null` is a word that leaves a list.
    pub(super) relaxed_to: Option<String>,
    /// USD a month.
    pub(super) saves: Exact,
    pub(super) winner: Reference,
    pub(super) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct VariantFlipRow {
    pub(super) field: &'static str,
    pub(super) at: String,
    /// Variant below.
    pub(super) from: Option<String>,
    /// Variant above.
    pub(super) to: Option<String>,
    pub(super) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct QuestionRow {
    pub(super) field: &'static str,
    pub(super) assumed: String,
    /// The likeliest value that gives another answer; `null` when none does.
    pub(super) flips_at: Option<String>,
    pub(super) flips_to: Option<Reference>,
    /// Share of the plausible values that give another answer.
    pub(super) share: f64,
    /// USD a month.
    pub(super) worth: Exact,
    pub(super) text: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct PartRow {
    pub(super) field: &'static str,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) winner: Reference,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct CostRow {
    pub(super) low: Exact,
    pub(super) expected: Exact,
    pub(super) high: Exact,
    pub(super) complete: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct SavingRow {
    pub(super) expected: Option<Exact>,
    pub(super) at_least: bool,
    pub(super) at_most: bool,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct RelaxRow {
    pub(super) field: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) unlocks: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct BaselineRow {
    pub(super) origin_reads: Exact,
    pub(super) read_cost: Option<Exact>,
    pub(super) egress_cost: Option<Exact>,
    pub(super) total: Option<Exact>,
    pub(super) at_least: bool,
    pub(super) origin_latency_ms: Option<Millis>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct CandidateRow {
    pub(super) service: String,
    pub(super) variant: Option<String>,
    pub(super) name: String,
    pub(super) verdict: &'static str,
    pub(super) score: Option<ScoreRow>,
    pub(super) reasons: Vec<ReasonRow>,
    pub(super) cautions: Vec<NoteRow>,
    pub(super) latency: LatencyRow,
    pub(super) pattern: PatternRow,
    pub(super) storage: &'static str,
    pub(super) on_loss: String,
    pub(super) leaving: String,
    pub(super) monthly_cost: Option<CostRow>,
    pub(super) idle_monthly_cost: Option<Exact>,
    pub(super) net_monthly_saving: SavingRow,
    pub(super) origin_reads_remaining: Exact,
    pub(super) origin_cost_remaining: Option<Exact>,
    pub(super) pays_from_hit_ratio: Option<String>,
    /// USD for a million origin reads; only where their price is unknown.
    pub(super) pays_from_origin_price: Option<Exact>,
    /// Only with a measured hit-ratio curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) worthwhile_size: Option<WorthRow>,
    pub(super) line_items: Vec<LineRow>,
    pub(super) alternatives: Vec<AlternativeRow>,
    /// What is bought; comparisons only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spec: Option<SpecRow>,
}

/// What a row beside the candidates buys; keys that do not apply are left out.
#[derive(Default, Serialize, JsonSchema)]
pub(super) struct SpecRow {
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) nodes: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", rename = "type")]
    pub(super) kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) shards: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) replicas: Option<u32>,
    /// Used share of the memory or of the capacity.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) used: Option<Exact>,
    /// The prices of few types are known: at most this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) at_most: Option<bool>,
    /// Regions that have the same nodes, where it is more than one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) regions: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fewer_nodes: Option<LayoutRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserved: Option<LayoutRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) capacity_gib: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) deployment: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mbps_per_tib: Option<u32>,
    /// Monthly cost when it exists in the active hours alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) while_active: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) memory_gib: Option<Exact>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copies: Option<u32>,
}

/// Another layout of nodes.
#[derive(Serialize, JsonSchema)]
pub(super) struct LayoutRow {
    pub(super) nodes: u32,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) monthly_cost: Exact,
}

impl SpecRow {
    fn of(spec: &Spec) -> Self {
        let what = words::spec(spec);
        let details = words::details(spec).join(" ");
        let text = match (what.as_str(), details.as_str()) {
            ("", _) => details,
            (_, "") => what,
            _ => format!("{what}. {details}"),
        };
        let layout = |l: &Layout| LayoutRow {
            nodes: l.nodes,
            kind: l.kind.to_string(),
            monthly_cost: exact(l.monthly),
        };
        match spec {
            Spec::Nodes(n) => Self {
                nodes: Some(n.layout.nodes),
                kind: Some(n.layout.kind.to_string()),
                shards: n.shards,
                replicas: Some(n.replicas),
                used: Some(Exact(n.used.round_dp(4))),
                at_most: Some(n.at_most),
                regions: (n.regions > 1).then_some(n.regions),
                fewer_nodes: n.fewer.as_ref().map(layout),
                reserved: n.reserved.as_ref().map(layout),
                ..Self::default()
            },
            Spec::FileSystem(fs) => Self {
                capacity_gib: Some(Exact(fs.gib)),
                deployment: Some(fs.deployment.clone()),
                mbps_per_tib: Some(fs.mbps_per_tib),
                used: Some(Exact(fs.used.round_dp(4))),
                while_active: fs.while_active.map(exact),
                ..Self::default()
            },
            Spec::Memory { gib, copies } => Self {
                memory_gib: Some(Exact(*gib)),
                copies: Some(*copies),
                ..Self::default()
            },
            Spec::ByUse => Self::default(),
        }
        .with_text(text)
    }

    fn with_text(self, text: String) -> Self {
        Self { text, ..self }
    }
}

#[derive(Serialize, JsonSchema)]
pub(super) struct WorthRow {
    pub(super) size: String,
    pub(super) hit_ratio: String,
    pub(super) monthly_cost: Exact,
    pub(super) net_monthly_saving: SavingRow,
    pub(super) larger: Option<LargerRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct LargerRow {
    pub(super) size: String,
    pub(super) costs: Exact,
    pub(super) avoids: Exact,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ScoreRow {
    /// USD a month that the cost is judged like; null without a complete price.
    pub(super) judged_monthly: Option<Exact>,
    pub(super) total: f64,
    pub(super) terms: Vec<TermRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct TermRow {
    pub(super) term: String,
    pub(super) points: f64,
    pub(super) why: String,
    pub(super) sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ReasonRow {
    pub(super) code: String,
    pub(super) field: String,
    pub(super) text: String,
    pub(super) sources: Vec<SourceRow>,
}

/// Cautions and notes.
#[derive(Serialize, JsonSchema)]
pub(super) struct NoteRow {
    pub(super) code: String,
    pub(super) text: String,
    pub(super) sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct SourceRow {
    pub(super) url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<String>,
    pub(super) checked: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct LatencyRow {
    pub(super) hit_low_ms: Option<Millis>,
    pub(super) hit_high_ms: Option<Millis>,
    pub(super) hit_p50_ms: Option<Millis>,
    pub(super) hit_p99_ms: Option<Millis>,
    pub(super) effective_ms: Option<Millis>,
    pub(super) origin_included: bool,
    pub(super) basis: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct PatternRow {
    pub(super) fill: &'static str,
    pub(super) who: &'static str,
}

/// One billed line.
#[derive(Serialize, JsonSchema)]
pub struct LineRow {
    pub(super) service: String,
    pub(super) meter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) region: Option<String>,
    pub(super) quantity: Exact,
    pub(super) unit: String,
    pub(super) unit_price: Option<Exact>,
    pub(super) cost: Option<Exact>,
    pub(super) free_tier: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discount: Option<String>,
    /// The price is that of other Regions: this one has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) assumed: Option<bool>,
    pub(super) origin: Option<OriginRow>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct OriginRow {
    pub(super) kind: &'static str,
    pub(super) as_of: String,
    pub(super) sku: Option<String>,
    pub(super) source: String,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct AlternativeRow {
    pub(super) variant: String,
    pub(super) monthly_cost: Option<Exact>,
    pub(super) complete: bool,
    pub(super) why_not: Option<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct AssumptionRow {
    pub(super) field: &'static str,
    pub(super) value: String,
    pub(super) can_flip: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flips_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flips_to: Option<Reference>,
}

/// How far one number may move. `null`: no flip inside the search domain.
#[derive(Serialize, JsonSchema)]
pub(super) struct StabilityRow {
    pub(super) field: &'static str,
    pub(super) at: String,
    pub(super) holds_from: Option<String>,
    pub(super) holds_to: Option<String>,
    pub(super) flips_below: Option<Reference>,
    pub(super) flips_above: Option<Reference>,
    pub(super) searched: [String; 2],
}

#[derive(Serialize, JsonSchema)]
pub(super) struct CrossingRow {
    pub(super) field: &'static str,
    pub(super) at: String,
    pub(super) between: Vec<Reference>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct RangesRow {
    pub(super) low: Reference,
    pub(super) expected: Reference,
    pub(super) high: Reference,
    pub(super) shares: Vec<ShareRow>,
    pub(super) samples: u32,
    /// Which service wins over which part of each range, with everything else as expected.
    pub(super) parts: Vec<PartRow>,
    /// The same in a sentence for each range in which more than one wins.
    pub(super) texts: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct GrowthRow {
    pub(super) per_month: String,
    pub(super) months: Vec<MonthRow>,
    /// Months in which another service takes over.
    pub(super) takeovers: Vec<u32>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct MonthRow {
    /// 0 is today.
    pub(super) month: u32,
    pub(super) reads: String,
    pub(super) answer: Reference,
    /// USD; `null` when unknown or when no service is the answer.
    pub(super) monthly_cost: Option<Exact>,
}

#[derive(Serialize, JsonSchema)]
pub(super) struct ShareRow {
    pub(super) winner: Reference,
    pub(super) samples: u32,
}

fn stability(s: &crate::analysis::Stability) -> StabilityRow {
    StabilityRow {
        field: s.field.path(),
        at: s.field.show(s.at),
        holds_from: s.holds_from.map(|v| s.field.show(v)),
        holds_to: s.holds_to.map(|v| s.field.show(v)),
        flips_below: s.flips_below.as_ref().map(Reference::of),
        flips_above: s.flips_above.as_ref().map(Reference::of),
        searched: [s.field.show(s.domain.0), s.field.show(s.domain.1)],
    }
}

fn crossing(c: &crate::analysis::Crossing) -> CrossingRow {
    CrossingRow {
        field: c.field.path(),
        at: c.field.show(c.at),
        between: c.between.iter().map(Reference::of).collect(),
    }
}

fn growth(g: &crate::analysis::Growth) -> GrowthRow {
    let month = |m: &crate::analysis::Month| MonthRow {
        month: m.month,
        reads: NumField::Reads.show(m.reads),
        answer: Reference::of(&m.answer),
        monthly_cost: m.cost().map(Exact),
    };
    GrowthRow {
        per_month: Share::from_value(g.rate).to_string(),
        months: g.months.iter().map(month).collect(),
        takeovers: g.takeovers().map(|m| m.month).collect(),
    }
}

fn ranges(report: &Report<'_>, r: &crate::analysis::ranges::Ranges) -> RangesRow {
    RangesRow {
        low: Reference::of(&r.low),
        expected: Reference::of(&r.expected),
        high: Reference::of(&r.high),
        shares: r
            .won
            .iter()
            .map(|(pick, samples)| ShareRow {
                winner: Reference::of(pick),
                samples: *samples,
            })
            .collect(),
        samples: r.samples,
        parts: r
            .parts
            .iter()
            .map(|p| PartRow {
                field: p.field.path(),
                from: p.field.show(p.from),
                to: p.field.show(p.to),
                winner: Reference::of(&p.winner),
            })
            .collect(),
        texts: part_texts(report, &r.parts),
    }
}

fn verdict(report: &Report<'_>) -> Option<VerdictRow> {
    let certainty = &report.outlook?.certainty;
    Some(VerdictRow {
        level: certainty.level.word(),
        margin_points: certainty.margin.map(points),
        why: words::outlook::certainty(certainty, &report.winner(), &|pick| report.name(pick)),
    })
}

fn third(report: &Report<'_>) -> Option<ThirdRow> {
    let third = report.outlook?.third.as_ref()?;
    Some(ThirdRow {
        service: third.pick.service.clone(),
        variant: third.pick.variant.clone(),
        cheaper_by: exact(third.cheaper),
        why: words::outlook::third(third, &report.winner(), &|pick| report.name(pick)),
    })
}

fn tag(report: &Report<'_>, tag: &PriceTag) -> TagRow {
    TagRow {
        field: tag.field,
        stated: tag.stated.clone(),
        relaxed_to: tag.relaxed_to.clone(),
        saves: exact(Usd(tag.saves.0.round_dp(2))),
        winner: Reference::of(&tag.winner),
        text: words::outlook::tag(tag, &|pick| report.name(pick)),
    }
}

fn variant_flip(report: &Report<'_>, flip: &VariantFlip) -> VariantFlipRow {
    let [from, to] = [&flip.from, &flip.to].map(|pick| report.name(pick));
    let at = flip.field.show_rounded(flip.at);
    VariantFlipRow {
        field: flip.field.path(),
        at: flip.field.show(flip.at),
        from: flip.from.variant.clone(),
        to: flip.to.variant.clone(),
        text: words::outlook::variant_flip(flip.field.path(), &at, &from, &to),
    }
}

fn question(report: &Report<'_>, q: &Question) -> QuestionRow {
    QuestionRow {
        field: q.field,
        assumed: q.assumed.clone(),
        flips_at: q.flip.as_ref().map(|(at, _)| at.clone()),
        flips_to: q.flip.as_ref().map(|(_, to)| Reference::of(to)),
        share: points(q.share),
        worth: exact(q.worth),
        text: words::outlook::question(q, &|pick| report.name(pick)),
    }
}

/// A sentence for each range that more than one service wins a part of.
fn part_texts(report: &Report<'_>, parts: &[Part]) -> Vec<String> {
    let of_one = parts.chunk_by(|a, b| a.field == b.field);
    let sentences = of_one.filter(|parts| parts.len() > 1).map(|parts| {
        let shown = parts.iter().map(|p| {
            let [from, to] = [p.from, p.to].map(|v| p.field.show_rounded(v));
            (from, to, report.name(&p.winner))
        });
        words::outlook::parts(parts[0].field.path(), &shown.collect::<Vec<_>>())
    });
    sentences.collect()
}

/// The mirror of a report.
#[expect(
    clippy::too_many_lines,
    reason = "the keys of the contract in their order"
)]
pub fn mirror(report: &Report<'_>) -> Json {
    let decision = report.decision;
    Json {
        schema: "cachewright/report/v1",
        tool: Tool {
            version: VERSION,
            catalog: report.catalog.hash.clone(),
            prices: Prices {
                origin: report.book.origin.word(),
                as_of: report.book.as_of.clone(),
                oldest: report.book.dates().0.to_owned(),
                oldest_used: oldest_used(report),
                currency: report.book.currency.clone(),
                notes: report.price_notes.to_vec(),
            },
        },
        profile: profile(report.profile),
        options: report.given.cloned(),
        outcome: decision.outcome.word(),
        headline: words::headline(report.profile, decision),
        summary: words::summary(report.profile, decision),
        recommendation: decision.winner().map(|w| recommendation(report, w)),
        verdict: verdict(report).filter(|_| decision.winner().is_none()),
        best_candidate: if decision.outcome == Outcome::NoCache {
            decision
                .best
                .map(|i| Reference::of(&decision.candidates[i].pick))
        } else {
            None
        },
        relax: decision
            .relax
            .iter()
            .map(|r| RelaxRow {
                field: r.field.clone(),
                from: r.from.clone(),
                to: r.to.clone(),
                unlocks: r.unlocks.clone(),
            })
            .collect(),
        baseline: baseline(decision),
        running: (report.profile.running.as_ref()).map(|now| running(now, decision)),
        bottleneck: words::bottleneck(&decision.bottleneck),
        candidates: decision
            .candidates
            .iter()
            .map(|c| candidate(report, c))
            .collect(),
        stability: report
            .analysis
            .map(|a| a.stability.iter().map(stability).collect())
            .unwrap_or_default(),
        break_even: report
            .analysis
            .map(|a| {
                a.curves
                    .iter()
                    .flat_map(|c| &c.crossings)
                    .map(crossing)
                    .collect()
            })
            .unwrap_or_default(),
        ranges: report
            .outlook
            .and_then(|o| o.ranges.as_ref())
            .map(|r| ranges(report, r)),
        price_tags: report.outlook.map_or(Vec::new(), |o| {
            o.tags.iter().map(|t| tag(report, t)).collect()
        }),
        variant_flips: report.analysis.map_or(Vec::new(), |a| {
            a.variant_flips
                .iter()
                .map(|f| variant_flip(report, f))
                .collect()
        }),
        worth_answering: report.outlook.map_or(Vec::new(), |o| {
            o.questions.iter().map(|q| question(report, q)).collect()
        }),
        growth: report.analysis.and_then(|a| a.growth.as_ref()).map(growth),
        assumptions: decision
            .assumptions
            .iter()
            .map(|a| assumption(report, a))
            .collect(),
        notes: decision
            .notes
            .iter()
            .map(|n| NoteRow {
                code: n.code().to_owned(),
                text: words::note(n),
                sources: sources(report, &n.sources),
            })
            .collect(),
        warnings: report.warnings.iter().map(warning).collect(),
    }
}

fn running(now: &Running, decision: &Decision) -> RunningRow {
    let [low, high] = now.monthly.map(|end| Exact(end.0));
    RunningRow {
        name: now.name.clone(),
        service: now.service.clone(),
        variant: now.variant.clone(),
        low,
        high,
        at_least: now.at_least,
        text: words::short::running(now, decision.winner()),
    }
}

/// Date of the oldest price in the bill of the best candidate.
fn oldest_used(report: &Report<'_>) -> Option<String> {
    let best = &report.decision.candidates[report.decision.best?];
    let paid = best.lines.iter().filter(|l| !l.free);
    let sources = paid.filter_map(|l| report.book.sources.get(usize::from(l.source?)));
    sources.map(|s| s.as_of.clone()).min()
}

fn warning(found: &super::Warned) -> WarningRow {
    WarningRow {
        code: found.code,
        text: found.text.clone(),
    }
}

/// The report as text, with a final newline.
pub fn to_string(value: &impl Serialize) -> anyhow::Result<String> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    Ok(text)
}

fn assumption(report: &Report<'_>, a: &crate::domain::decision::Assumption) -> AssumptionRow {
    let flip = report.analysis.and_then(|found| found.flip(a.field));
    AssumptionRow {
        field: a.field,
        value: a.value.clone(),
        can_flip: report.analysis.map(|_| flip.is_some()),
        flips_at: flip.map(|(at, _)| at.clone()),
        flips_to: flip.map(|(_, pick)| Reference::of(pick)),
    }
}

fn recommendation(report: &Report<'_>, winner: &Candidate) -> Recommendation {
    let decision = report.decision;
    Recommendation {
        headline: words::headline(report.profile, decision),
        service: winner.pick.service.clone(),
        variant: winner.pick.variant.clone(),
        monthly_cost: winner.cost.map(cost_row),
        net_monthly_saving: saving(winner.saving),
        summary: words::summary(report.profile, decision),
        runner_up: decision.runner_up.as_ref().map(Reference::of),
        tie: decision.tie,
        decided_by: words::decided_by(decision),
        verdict: verdict(report),
        third: third(report),
    }
}

fn cost_row(range: CostRange) -> CostRow {
    let all = [range.low, range.expected, range.high];
    CostRow {
        low: exact(range.low.known),
        expected: exact(range.expected.known),
        high: exact(range.high.known),
        complete: all.iter().all(|c| !c.incomplete),
    }
}

fn saving(saving: Option<Saving>) -> SavingRow {
    SavingRow {
        expected: saving.map(|s| exact(s.expected)),
        at_least: saving.is_some_and(|s| s.at_least),
        at_most: saving.is_some_and(|s| s.at_most),
    }
}

fn exact(amount: Usd) -> Exact {
    Exact(amount.0)
}

fn baseline(decision: &Decision) -> BaselineRow {
    let b = &decision.baseline;
    BaselineRow {
        origin_reads: Exact(b.reads),
        read_cost: b.read_cost.map(exact),
        egress_cost: b.egress_cost.map(exact),
        total: b.total.map(exact),
        at_least: b.at_least,
        origin_latency_ms: b.origin_latency.map(|(ms, _)| Millis(ms)),
    }
}

/// Points rounded to hundredths.
pub fn points(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    rounded + 0.0
}

#[expect(
    clippy::too_many_lines,
    reason = "the keys of the contract in their order"
)]
fn candidate(report: &Report<'_>, c: &Candidate) -> CandidateRow {
    let terms: Vec<TermRow> = c
        .terms
        .iter()
        .map(|t| TermRow {
            term: t.ground.name().to_owned(),
            points: points(t.points),
            why: words::term(t),
            sources: sources(report, &t.sources),
        })
        .collect();
    let total = points(terms.iter().map(|t| t.points).sum());
    let found = report.analysis.and_then(|a| a.worth(&c.pick));
    CandidateRow {
        service: c.pick.service.clone(),
        variant: c.pick.variant.clone(),
        name: c.name.clone(),
        verdict: c.verdict.word(),
        score: (c.verdict == Verdict::Eligible).then(|| ScoreRow {
            judged_monthly: c.judged.map(exact),
            total,
            terms,
        }),
        reasons: c
            .reasons
            .iter()
            .map(|r| ReasonRow {
                code: r.code().to_owned(),
                field: r.field().to_owned(),
                text: words::reason(r),
                sources: sources(report, &r.sources),
            })
            .collect(),
        cautions: c
            .cautions
            .iter()
            .map(|r| NoteRow {
                code: r.code().to_string(),
                text: words::caution(r),
                sources: sources(report, &r.sources),
            })
            .collect(),
        latency: LatencyRow {
            hit_low_ms: c.latency.hit_low.map(Millis),
            hit_high_ms: c.latency.hit_high.map(Millis),
            hit_p50_ms: c.latency.hit_p50.map(Millis),
            hit_p99_ms: c.latency.hit_p99.map(Millis),
            effective_ms: c.latency.effective.map(Millis),
            origin_included: c.latency.with_origin,
            basis: c.latency.basis.map(Word::word),
        },
        pattern: PatternRow {
            fill: c.fill.word(),
            who: c.who.word(),
        },
        storage: c.storage.word(),
        on_loss: words::on_loss(&c.on_loss),
        leaving: c.leaving.clone(),
        monthly_cost: c.cost.map(cost_row),
        idle_monthly_cost: c.idle.map(|i: Cost| exact(i.known)),
        net_monthly_saving: saving(c.saving),
        origin_reads_remaining: Exact(c.origin_reads_remaining),
        origin_cost_remaining: c.origin_cost_remaining.map(exact),
        pays_from_origin_price: c.pays_from_price.map(exact),
        pays_from_hit_ratio: found
            .filter(|_| c.is_complete())
            .and_then(|w| w.pays_from_hit_ratio)
            .map(|h| Share::from_value(h).to_string()),
        worthwhile_size: found.and_then(|w| w.worthwhile_size.as_ref()).map(worth),
        spec: c.spec.as_ref().map(SpecRow::of),
        line_items: c.lines.iter().map(|l| line(report.book, l)).collect(),
        alternatives: c
            .alternatives
            .iter()
            .map(|a| AlternativeRow {
                variant: a.variant.clone(),
                monthly_cost: a.cost.map(|c| exact(c.known)),
                complete: a.cost.is_some_and(|c| !c.incomplete),
                why_not: a.why_not.map(|why| words::why_not(why).to_owned()),
            })
            .collect(),
    }
}

fn worth(w: &WorthwhileSize) -> WorthRow {
    let size = |bytes: Decimal| Bytes::from_value(bytes).to_string();
    WorthRow {
        size: size(w.size),
        hit_ratio: Share::from_value(w.hit_ratio).to_string(),
        monthly_cost: exact(w.cost),
        net_monthly_saving: saving(Some(w.saving)),
        larger: w.larger.as_ref().map(|l| LargerRow {
            size: size(l.size),
            costs: exact(l.costs),
            avoids: exact(l.avoids),
        }),
    }
}

/// One line with its origin.
pub fn line(book: &crate::domain::price::PriceBook, l: &LineItem) -> LineRow {
    let source = l.source.and_then(|i| book.sources.get(usize::from(i)));
    LineRow {
        service: l.service.to_string(),
        meter: l.meter.to_string(),
        region: l.region.as_ref().map(ToString::to_string),
        quantity: Exact(l.quantity),
        unit: l.unit.to_string(),
        unit_price: l.unit_price.map(Exact),
        cost: l.cost.map(exact),
        free_tier: l.free,
        discount: l.discount.map(|d| Share::from_value(d).to_string()),
        assumed: l.assumed.then_some(true),
        origin: source.map(|s| OriginRow {
            kind: s.origin.word(),
            as_of: s.as_of.clone(),
            sku: l.sku.as_ref().map(ToString::to_string),
            source: s.source.clone(),
        }),
    }
}

fn sources(report: &Report<'_>, ids: &[SourceId]) -> Vec<SourceRow> {
    report
        .sources(ids)
        .into_iter()
        .map(|s: &Source| SourceRow {
            url: s.url.clone(),
            date: s.date.clone(),
            checked: s.checked.clone(),
        })
        .collect()
}

/// The resolved profile in canonical units, with the defaults marked.
pub fn profile(p: &Profile) -> BTreeMap<String, serde_json::Value> {
    use serde_json::{Map, Value, json};
    let mut map = BTreeMap::new();
    for (section, fields) in field::sections() {
        let shown = fields
            .iter()
            .filter_map(|f| Some((f.place().1.to_owned(), f.json(p)?)));
        if section.is_empty() {
            map.extend(shown);
        } else {
            map.insert(
                section.to_owned(),
                Value::Object(shown.collect::<Map<_, _>>()),
            );
        }
    }
    if let Some(Value::Object(traffic)) = map.get_mut("traffic") {
        let [idle, reads, writes] = field::monthly(p);
        traffic.insert("idle_hours".to_owned(), idle);
        traffic.insert("reads_per_month".to_owned(), reads);
        traffic.insert("writes_per_month".to_owned(), writes);
    }
    let ranges = p.ranges.iter().map(|r| {
        json!({"field": r.field.path(), "low": r.field.show(r.low), "high": r.field.show(r.high)})
    });
    map.insert("ranges".to_owned(), ranges.collect());
    let defaults = field::FIELDS
        .iter()
        .filter(|f| !f.required && !p.is_stated(f.path));
    map.insert("defaults".to_owned(), defaults.map(|f| f.path).collect());
    map
}
