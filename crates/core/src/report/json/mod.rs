//! `cachewright/report/v1`: the contract other programs read. Adding keys is fine, renaming is not.

mod candidate;
mod rows;

use std::collections::BTreeMap;

use serde::Serialize;

use candidate::{candidate, cost_row, saving, sources};
pub use candidate::{line, points};
use rows::exact;
pub(super) use rows::*;
pub use rows::{Exact, Json, LineRow, Reference, Reports};

use super::{Report, VERSION, Warned};
use crate::analysis::ranges::{Part, Ranges};
use crate::analysis::{Crossing, Growth, Month, Stability};
use crate::domain::decision::{Candidate, Decision, Outcome, Relax};
use crate::domain::field::{self, Field, NumField};
use crate::domain::money::Usd;
use crate::domain::outlook::{PriceTag, Question, VariantFlip};
use crate::domain::profile::{Profile, Running, Word as _};
use crate::domain::units::{Quantity, Share};
use crate::words;

fn stability(s: &Stability) -> StabilityRow {
    StabilityRow {
        field: s.field.path(),
        at: s.field.show(s.at),
        holds_from: s.holds_from.map(|v| s.field.show_last(v, true)),
        holds_to: s.holds_to.map(|v| s.field.show_last(v, false)),
        flips_below: s.flips_below.as_ref().map(Reference::of),
        flips_above: s.flips_above.as_ref().map(Reference::of),
        searched: [s.field.show(s.domain.0), s.field.show(s.domain.1)],
    }
}

fn crossing(c: &Crossing) -> CrossingRow {
    CrossingRow {
        field: c.field.path(),
        at: c.field.show(c.at),
        between: c.between.iter().map(Reference::of).collect(),
    }
}

fn growth(g: &Growth) -> GrowthRow {
    let month = |m: &Month| MonthRow {
        month: m.month,
        reads: NumField::Reads.show(m.reads),
        answer: Reference::of(&m.answer),
        monthly_cost: m.cost().map(Exact),
    };
    GrowthRow {
        per_month: Share::from_value(g.rate).to_string(),
        months: each(&g.months, month),
        takeovers: g.takeovers().map(|m| m.month).collect(),
    }
}

fn ranges(report: &Report<'_>, r: &Ranges) -> RangesRow {
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
    let at = flip.field.show_rounded(flip.field.last(flip.at, false));
    VariantFlipRow {
        field: flip.field.path(),
        at: flip.field.show_last(flip.at, false),
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
pub fn mirror(report: &Report<'_>) -> Json {
    let decision = report.decision;
    let (analysis, outlook) = (report.analysis, report.outlook);
    let best = (decision.best).filter(|_| decision.outcome == Outcome::NoCache);
    let crossings = analysis.map(|a| a.curves.iter().flat_map(|c| &c.crossings));
    Json {
        schema: "cachewright/report/v1",
        tool: tool(report),
        profile: profile(report.profile),
        options: report.given.cloned(),
        outcome: decision.outcome.word(),
        headline: words::headline(report.profile, decision),
        summary: words::summary(report.profile, decision),
        recommendation: decision.winner().map(|w| recommendation(report, w)),
        verdict: verdict(report).filter(|_| decision.winner().is_none()),
        best_candidate: best.map(|i| Reference::of(&decision.candidates[i].pick)),
        relax: each(&decision.relax, relax),
        baseline: baseline(decision),
        running: (report.profile.running.as_ref()).map(|now| running(now, decision)),
        bottleneck: words::bottleneck(&decision.bottleneck),
        candidates: each(&decision.candidates, |c| candidate(report, c)),
        stability: analysis.map_or(Vec::new(), |a| each(&a.stability, stability)),
        break_even: crossings.into_iter().flatten().map(crossing).collect(),
        ranges: outlook
            .and_then(|o| o.ranges.as_ref())
            .map(|r| ranges(report, r)),
        price_tags: outlook.map_or(Vec::new(), |o| each(&o.tags, |t| tag(report, t))),
        variant_flips: analysis.map_or(Vec::new(), |a| {
            each(&a.variant_flips, |f| variant_flip(report, f))
        }),
        worth_answering: outlook
            .map_or(Vec::new(), |o| each(&o.questions, |q| question(report, q))),
        growth: analysis.and_then(|a| a.growth.as_ref()).map(growth),
        assumptions: each(&decision.assumptions, |field| assumption(report, field)),
        notes: each(&decision.notes, |n| NoteRow {
            code: n.code().to_owned(),
            text: words::note(n),
            sources: sources(report, &n.sources),
        }),
        warnings: each(report.warnings, warning),
    }
}

/// A row for each.
fn each<T, R>(all: &[T], row: impl FnMut(&T) -> R) -> Vec<R> {
    all.iter().map(row).collect()
}

fn tool(report: &Report<'_>) -> Tool {
    Tool {
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
    }
}

fn relax(r: &Relax) -> RelaxRow {
    RelaxRow {
        field: r.field.clone(),
        from: r.from.clone(),
        to: r.to.clone(),
        unlocks: r.unlocks.clone(),
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

fn warning(found: &Warned) -> WarningRow {
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

fn assumption(report: &Report<'_>, field: &Field) -> AssumptionRow {
    let flip = report.analysis.and_then(|found| found.flip(field.path));
    AssumptionRow {
        field: field.path,
        value: field.assumption(report.profile, &report.decision.baseline),
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
