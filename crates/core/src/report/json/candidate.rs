//! One candidate in the contract.

use rust_decimal::Decimal;

use super::each;
use super::rows::{
    AlternativeRow, CandidateRow, CostRow, Exact, LargerRow, LatencyRow, LayoutRow, LineRow,
    Millis, NoteRow, OriginRow, PatternRow, ReasonRow, SavingRow, ScoreRow, SourceRow, SpecRow,
    TermRow, WorthRow, exact,
};
use crate::analysis::worth::WorthwhileSize;
use crate::domain::catalog::{Source, SourceId};
use crate::domain::comparison::{Layout, Spec};
use crate::domain::decision::{
    Alternative, Candidate, Cost, CostRange, LatencyEstimate, LineItem, Saving, Verdict,
};
use crate::domain::finding::{Caution, Reason};
use crate::domain::price::PriceBook;
use crate::domain::profile::Word;
use crate::domain::units::{Bytes, Quantity, Share};
use crate::report::Report;
use crate::words;

pub(super) fn cost_row(range: CostRange) -> CostRow {
    let all = [range.low, range.expected, range.high];
    CostRow {
        low: exact(range.low.known),
        expected: exact(range.expected.known),
        high: exact(range.high.known),
        complete: all.iter().all(|c| !c.incomplete),
    }
}

pub(super) fn saving(saving: Option<Saving>) -> SavingRow {
    SavingRow {
        expected: saving.map(|s| exact(s.expected)),
        at_least: saving.is_some_and(|s| s.at_least),
        at_most: saving.is_some_and(|s| s.at_most),
    }
}

/// Points rounded to hundredths.
pub fn points(value: f64) -> f64 {
    let rounded = (value * 100.0).round() / 100.0;
    rounded + 0.0
}

pub(super) fn candidate(report: &Report<'_>, c: &Candidate) -> CandidateRow {
    let found = report.analysis.and_then(|a| a.worth(&c.pick));
    let pays = found.filter(|_| c.is_complete());
    CandidateRow {
        service: c.pick.service.clone(),
        variant: c.pick.variant.clone(),
        name: c.name.clone(),
        verdict: c.verdict.word(),
        score: (c.verdict == Verdict::Eligible).then(|| score(report, c)),
        reasons: each(&c.reasons, |r| reason(report, r)),
        cautions: each(&c.cautions, |r| caution(report, r)),
        latency: latency(&c.latency),
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
        pays_from_hit_ratio: pays
            .and_then(|w| w.pays_from_hit_ratio)
            .map(|h| Share::from_value(h).to_string()),
        worthwhile_size: found.and_then(|w| w.worthwhile_size.as_ref()).map(worth),
        spec: c.spec.as_ref().map(SpecRow::of),
        line_items: each(&c.lines, |l| line(report.book, l)),
        alternatives: each(&c.alternatives, alternative),
    }
}

fn score(report: &Report<'_>, c: &Candidate) -> ScoreRow {
    let terms = each(&c.terms, |t| TermRow {
        term: t.ground.name().to_owned(),
        points: points(t.points),
        why: words::term(t),
        sources: sources(report, &t.sources),
    });
    ScoreRow {
        judged_monthly: c.judged.map(exact),
        total: points(terms.iter().map(|t| t.points).sum()),
        terms,
    }
}

fn reason(report: &Report<'_>, r: &Reason) -> ReasonRow {
    ReasonRow {
        code: r.code().to_owned(),
        field: r.field().to_owned(),
        text: words::reason(r),
        sources: sources(report, &r.sources),
    }
}

fn caution(report: &Report<'_>, r: &Caution) -> NoteRow {
    NoteRow {
        code: r.code().to_string(),
        text: words::caution(r),
        sources: sources(report, &r.sources),
    }
}

fn latency(l: &LatencyEstimate) -> LatencyRow {
    LatencyRow {
        hit_low_ms: l.hit_low.map(Millis),
        hit_high_ms: l.hit_high.map(Millis),
        hit_p50_ms: l.hit_p50.map(Millis),
        hit_p99_ms: l.hit_p99.map(Millis),
        effective_ms: l.effective.map(Millis),
        origin_included: l.with_origin,
        basis: l.basis.map(Word::word),
    }
}

fn alternative(a: &Alternative) -> AlternativeRow {
    AlternativeRow {
        variant: a.variant.clone(),
        monthly_cost: a.cost.map(|c| exact(c.known)),
        complete: a.cost.is_some_and(|c| !c.incomplete),
        why_not: a.why_not.map(|why| words::why_not(why).to_owned()),
    }
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
pub fn line(book: &PriceBook, l: &LineItem) -> LineRow {
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

pub(super) fn sources(report: &Report<'_>, ids: &[SourceId]) -> Vec<SourceRow> {
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
