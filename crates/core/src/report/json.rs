//! `cachewright/report/v1`: the contract other programs read. Adding keys is fine, renaming is not.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Report, VERSION};
use crate::analysis::worth::WorthwhileSize;
use crate::domain::catalog::{Source, SourceId};
use crate::domain::decision::{
    Candidate, Cost, CostRange, Decision, LineItem, Outcome, Pick, Saving, Verdict,
};
use crate::domain::field::{self, NumField};
use crate::domain::money::{Usd, plain};
use crate::domain::profile::{Profile, Word};
use crate::domain::units::{Bytes, Quantity, Share};
use crate::words;

/// The whole report.
#[derive(Serialize, JsonSchema)]
pub struct Json {
    /// `cachewright/report/v1`.
    pub schema: &'static str,
    tool: Tool,
    profile: BTreeMap<String, serde_json::Value>,
    outcome: &'static str,
    summary: String,
    recommendation: Option<Recommendation>,
    best_candidate: Option<Reference>,
    relax: Vec<RelaxRow>,
    baseline: BaselineRow,
    bottleneck: String,
    candidates: Vec<CandidateRow>,
    stability: Vec<StabilityRow>,
    break_even: Vec<CrossingRow>,
    ranges: Option<RangesRow>,
    /// Cost over the coming months, when asked for by `--growth`.
    #[serde(skip_serializing_if = "Option::is_none")]
    growth: Option<GrowthRow>,
    assumptions: Vec<AssumptionRow>,
    notes: Vec<NoteRow>,
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
struct Tool {
    version: &'static str,
    catalog: String,
    prices: Prices,
}

#[derive(Serialize, JsonSchema)]
struct Prices {
    origin: &'static str,
    /// Date of the newest prices: of a live book, of those that were looked up.
    as_of: String,
    /// Date of the oldest of them; the same where all are of one date.
    oldest: String,
    currency: String,
    notes: Vec<String>,
}

/// A service and variant.
#[derive(Serialize, JsonSchema)]
pub struct Reference {
    service: String,
    variant: Option<String>,
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
struct Recommendation {
    service: String,
    variant: Option<String>,
    monthly_cost: Option<CostRow>,
    net_monthly_saving: SavingRow,
    summary: String,
    runner_up: Option<Reference>,
    tie: bool,
    decided_by: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct CostRow {
    low: String,
    expected: String,
    high: String,
    complete: bool,
}

#[derive(Serialize, JsonSchema)]
struct SavingRow {
    expected: Option<String>,
    at_least: bool,
    at_most: bool,
}

#[derive(Serialize, JsonSchema)]
struct RelaxRow {
    field: String,
    from: String,
    to: String,
    unlocks: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct BaselineRow {
    origin_reads: String,
    read_cost: Option<String>,
    egress_cost: Option<String>,
    total: Option<String>,
    at_least: bool,
    origin_latency_ms: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct CandidateRow {
    service: String,
    variant: Option<String>,
    name: String,
    verdict: &'static str,
    score: Option<ScoreRow>,
    reasons: Vec<ReasonRow>,
    cautions: Vec<NoteRow>,
    latency: LatencyRow,
    pattern: PatternRow,
    storage: &'static str,
    on_loss: String,
    leaving: String,
    monthly_cost: Option<CostRow>,
    idle_monthly_cost: Option<String>,
    net_monthly_saving: SavingRow,
    origin_reads_remaining: String,
    origin_cost_remaining: Option<String>,
    pays_from_hit_ratio: Option<String>,
    /// Only with a measured hit-ratio curve.
    #[serde(skip_serializing_if = "Option::is_none")]
    worthwhile_size: Option<WorthRow>,
    line_items: Vec<LineRow>,
    alternatives: Vec<AlternativeRow>,
}

#[derive(Serialize, JsonSchema)]
struct WorthRow {
    size: String,
    hit_ratio: String,
    monthly_cost: String,
    net_monthly_saving: SavingRow,
    larger: Option<LargerRow>,
}

#[derive(Serialize, JsonSchema)]
struct LargerRow {
    size: String,
    costs: String,
    avoids: String,
}

#[derive(Serialize, JsonSchema)]
struct ScoreRow {
    total: f64,
    terms: Vec<TermRow>,
}

#[derive(Serialize, JsonSchema)]
struct TermRow {
    term: String,
    points: f64,
    why: String,
    sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
struct ReasonRow {
    code: String,
    field: String,
    text: String,
    sources: Vec<SourceRow>,
}

/// Cautions and notes.
#[derive(Serialize, JsonSchema)]
struct NoteRow {
    code: String,
    text: String,
    sources: Vec<SourceRow>,
}

#[derive(Serialize, JsonSchema)]
struct SourceRow {
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    checked: String,
}

#[derive(Serialize, JsonSchema)]
struct LatencyRow {
    hit_p50_ms: Option<f64>,
    hit_p99_ms: Option<f64>,
    effective_ms: Option<f64>,
    origin_included: bool,
    basis: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct PatternRow {
    fill: &'static str,
    who: &'static str,
}

/// One billed line.
#[derive(Serialize, JsonSchema)]
pub struct LineRow {
    service: String,
    meter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    quantity: String,
    unit: String,
    unit_price: Option<String>,
    cost: Option<String>,
    free_tier: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount: Option<String>,
    origin: Option<OriginRow>,
}

#[derive(Serialize, JsonSchema)]
struct OriginRow {
    kind: &'static str,
    as_of: String,
    sku: Option<String>,
    source: String,
}

#[derive(Serialize, JsonSchema)]
struct AlternativeRow {
    variant: String,
    monthly_cost: Option<String>,
    complete: bool,
    why_not: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct AssumptionRow {
    field: &'static str,
    value: String,
    can_flip: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flips_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flips_to: Option<Reference>,
}

/// How far one number may move. `null`: no flip inside the search domain.
#[derive(Serialize, JsonSchema)]
struct StabilityRow {
    field: &'static str,
    at: String,
    holds_from: Option<String>,
    holds_to: Option<String>,
    flips_below: Option<Reference>,
    flips_above: Option<Reference>,
    searched: [String; 2],
}

#[derive(Serialize, JsonSchema)]
struct CrossingRow {
    field: &'static str,
    at: String,
    between: Vec<Reference>,
}

#[derive(Serialize, JsonSchema)]
struct RangesRow {
    low: Reference,
    expected: Reference,
    high: Reference,
    shares: Vec<ShareRow>,
    samples: u32,
}

#[derive(Serialize, JsonSchema)]
struct GrowthRow {
    per_month: String,
    months: Vec<MonthRow>,
    /// Months in which another service takes over.
    takeovers: Vec<u32>,
}

#[derive(Serialize, JsonSchema)]
struct MonthRow {
    /// 0 is today.
    month: u32,
    reads: String,
    answer: Reference,
    /// USD; `null` when unknown or when no service is the answer.
    monthly_cost: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct ShareRow {
    winner: Reference,
    samples: u32,
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
        monthly_cost: m.cost().map(|c| Usd(c).plain()),
    };
    GrowthRow {
        per_month: Share::from_value(g.rate).to_string(),
        months: g.months.iter().map(month).collect(),
        takeovers: g.takeovers().map(|m| m.month).collect(),
    }
}

fn ranges(r: &crate::analysis::ranges::Ranges) -> RangesRow {
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
    }
}

/// The mirror of a report.
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
                currency: report.book.currency.clone(),
                notes: report.price_notes.to_vec(),
            },
        },
        profile: profile(report.profile),
        outcome: decision.outcome.word(),
        summary: words::summary(report.profile, decision),
        recommendation: decision.winner().map(|w| recommendation(report, w)),
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
        ranges: report.analysis.and_then(|a| a.ranges.as_ref()).map(ranges),
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
        service: winner.pick.service.clone(),
        variant: winner.pick.variant.clone(),
        monthly_cost: winner.cost.map(cost_row),
        net_monthly_saving: saving(winner.saving),
        summary: words::summary(report.profile, decision),
        runner_up: decision.runner_up.as_ref().map(Reference::of),
        tie: decision.tie,
        decided_by: words::decided_by(decision),
    }
}

fn cost_row(range: CostRange) -> CostRow {
    let all = [range.low, range.expected, range.high];
    CostRow {
        low: range.low.known.plain(),
        expected: range.expected.known.plain(),
        high: range.high.known.plain(),
        complete: all.iter().all(|c| !c.incomplete),
    }
}

fn saving(saving: Option<Saving>) -> SavingRow {
    SavingRow {
        expected: saving.map(|s| s.expected.plain()),
        at_least: saving.is_some_and(|s| s.at_least),
        at_most: saving.is_some_and(|s| s.at_most),
    }
}

fn money(amount: Option<Usd>) -> Option<String> {
    amount.map(Usd::plain)
}

fn baseline(decision: &Decision) -> BaselineRow {
    let b = &decision.baseline;
    BaselineRow {
        origin_reads: plain(b.reads),
        read_cost: money(b.read_cost),
        egress_cost: money(b.egress_cost),
        total: money(b.total),
        at_least: b.at_least,
        origin_latency_ms: b.origin_latency.and_then(|(ms, _)| float(ms)),
    }
}

fn float(ms: Decimal) -> Option<f64> {
    ms.round_dp(4).to_f64()
}

/// Points rounded to hundredths.
pub fn points(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    rounded + 0.0
}

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
        score: (c.verdict == Verdict::Eligible).then_some(ScoreRow { total, terms }),
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
            hit_p50_ms: c.latency.hit_p50.and_then(float),
            hit_p99_ms: c.latency.hit_p99.and_then(float),
            effective_ms: c.latency.effective.and_then(float),
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
        idle_monthly_cost: c.idle.map(|i: Cost| i.known.plain()),
        net_monthly_saving: saving(c.saving),
        origin_reads_remaining: plain(c.origin_reads_remaining),
        origin_cost_remaining: money(c.origin_cost_remaining),
        pays_from_hit_ratio: found
            .and_then(|w| w.pays_from_hit_ratio)
            .map(|h| Share::from_value(h).to_string()),
        worthwhile_size: found.and_then(|w| w.worthwhile_size.as_ref()).map(worth),
        line_items: c.lines.iter().map(|l| line(report.book, l)).collect(),
        alternatives: c
            .alternatives
            .iter()
            .map(|a| AlternativeRow {
                variant: a.variant.clone(),
                monthly_cost: a.cost.map(|c| c.known.plain()),
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
        monthly_cost: w.cost.plain(),
        net_monthly_saving: saving(Some(w.saving)),
        larger: w.larger.as_ref().map(|l| LargerRow {
            size: size(l.size),
            costs: l.costs.plain(),
            avoids: l.avoids.plain(),
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
        quantity: plain(l.quantity),
        unit: l.unit.to_string(),
        unit_price: l.unit_price.map(plain),
        cost: money(l.cost),
        free_tier: l.free,
        discount: l.discount.map(|d| Share::from_value(d).to_string()),
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
