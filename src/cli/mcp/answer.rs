//! `recommend`: the report, cut down to what an agent quotes. Every figure is one of the JSON report's.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::desk::{Desk, PROFILE, failed};
use super::full;
use crate::analysis::Analysis;
use crate::cli::session::{Decided, Look, Session};
use crate::domain::decision::{Decision, Pick, Side, Verdict};
use crate::mcp::Refused;
use crate::mcp::args::{Detail, Recommend};
use crate::mcp::results::{
    Answer, Change, Choice, Cost, Open, Outside, Relax, Remark, Row, Saving, Second,
};
use crate::report::{VERSION, json};
use crate::text::cut;
use crate::words;

/// Bytes of an answer, and of one with its candidates.
const ANSWER: usize = 3_000;
const CANDIDATES: usize = 9_000;

/// The parts of the JSON report that an answer is made of.
#[derive(Deserialize)]
struct Report {
    outcome: String,
    headline: String,
    tool: Tool,
    recommendation: Option<Recommendation>,
    verdict: Option<Level>,
    relax: Vec<Unlocked>,
    price_tags: Vec<Tag>,
    worth_answering: Vec<Asked>,
    warnings: Vec<Remark>,
    candidates: Vec<Candidate>,
}

#[derive(Deserialize)]
struct Tool {
    catalog: String,
    prices: Prices,
}

#[derive(Deserialize)]
struct Prices {
    as_of: String,
    notes: Vec<String>,
}

#[derive(Deserialize)]
struct Level {
    level: String,
    why: String,
}

#[derive(Deserialize)]
struct Recommendation {
    service: String,
    variant: Option<String>,
    verdict: Option<Level>,
    monthly_cost: Option<Cost>,
    net_monthly_saving: Net,
    runner_up: Option<Choice>,
    decided_by: Vec<String>,
}

#[derive(Deserialize)]
struct Net {
    expected: Option<String>,
    at_least: bool,
    at_most: bool,
}

#[derive(Deserialize)]
struct Unlocked {
    field: String,
    from: String,
    to: String,
    unlocks: Vec<String>,
}

#[derive(Deserialize)]
struct Tag {
    field: String,
    stated: String,
    relaxed_to: Option<String>,
    saves: String,
    winner: Choice,
}

#[derive(Deserialize)]
struct Asked {
    field: String,
    assumed: String,
    flips_at: Option<String>,
    flips_to: Option<Choice>,
    worth: String,
}

#[derive(Deserialize)]
struct Candidate {
    service: String,
    variant: Option<String>,
    verdict: String,
    monthly_cost: Option<Cost>,
    latency: Latency,
    reasons: Vec<Text>,
    cautions: Vec<Remark>,
    spec: Option<Text>,
}

#[derive(Deserialize)]
struct Latency {
    hit_p50_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
}

/// The result of `recommend`.
pub(super) fn recommend(desk: &Desk, args: &Recommend) -> Result<Answer, Refused> {
    let resolved = desk.read(&args.profile, &args.set)?;
    let profiles = std::slice::from_ref(&resolved.profile);
    let session = desk.session(profiles).map_err(|e| failed(&e))?;
    let decided = session.decide(PROFILE.to_owned(), resolved, Look::Everything);
    let report = mirrored(&session, &decided)?;
    let mut answer = answer(&report, &decided)?;
    fit(&mut answer, ANSWER);
    if args.detail >= Detail::Candidates {
        let rows = parsed(&report)?.candidates;
        answer.candidates = Some(rows.into_iter().map(row).collect());
        fit_rows(&mut answer);
    }
    if args.detail == Detail::Full {
        full::add(&mut answer, report);
    }
    Ok(answer)
}

/// The JSON report.
fn mirrored(session: &Session, decided: &Decided) -> Result<Value, Refused> {
    let report = decided.report(session, &session.notes);
    serde_json::to_value(json::mirror(&report)).map_err(|e| failed(&e.into()))
}

fn parsed(report: &Value) -> Result<Report, Refused> {
    Report::deserialize(report).map_err(|e| failed(&e.into()))
}

fn answer(report: &Value, decided: &Decided) -> Result<Answer, Refused> {
    let it = parsed(report)?;
    let recommended = it.recommendation;
    let winner = recommended.as_ref().map(|r| Choice {
        service: r.service.clone(),
        variant: r.variant.clone(),
    });
    let found = |choice: &Choice| {
        let same = |c: &&Candidate| c.service == choice.service && c.variant == choice.variant;
        it.candidates.iter().find(same)
    };
    let cautions = winner.as_ref().and_then(found).map(|c| c.cautions.clone());
    let second = recommended.as_ref().and_then(|r| r.runner_up.clone());
    let second = second.map(|choice| Second {
        monthly_cost_usd: found(&choice)
            .and_then(|c| Some(c.monthly_cost.as_ref()?.expected.clone())),
        choice,
    });
    let level = recommended.as_ref().and_then(|r| r.verdict.as_ref());
    let level = level.or(it.verdict.as_ref());
    let cautions = cautions.unwrap_or_default();
    // More of them than are named is said: they are about money and safety.
    let more = [
        ("cautions", cautions.len() > 5),
        ("warnings", it.warnings.len() > 3),
    ];
    let more = more.into_iter().filter(|(_, more)| *more);
    Ok(Answer {
        left_out: more.map(|(part, _)| part.to_owned()).collect(),
        outcome: it.outcome,
        verdict: level.map(|v| v.level.clone()),
        verdict_why: level.map(|v| v.why.clone()),
        summary: it.headline,
        recommended: winner,
        monthly_cost_usd: recommended.as_ref().and_then(|r| r.monthly_cost.clone()),
        net_monthly_saving_usd: recommended
            .as_ref()
            .and_then(|r| saving(&r.net_monthly_saving)),
        runner_up: second,
        why: recommended.map_or_else(Vec::new, |r| first(r.decided_by, 3)),
        would_change: changes(decided.analysis.as_ref()),
        cheaper_outside: outside(&decided.decision, &it.candidates),
        relax: first(relaxed(it.price_tags, it.relax), 3),
        worth_answering: first(it.worth_answering.into_iter().map(open).collect(), 5),
        cautions: first(cautions, 5),
        warnings: first(it.warnings, 3),
        prices_as_of: it.tool.prices.as_of,
        price_notes: first(it.tool.prices.notes, 3),
        tool_version: VERSION.to_owned(),
        catalog: it.tool.catalog,
        candidates: None,
        report: None,
    })
}

fn first<T>(mut list: Vec<T>, count: usize) -> Vec<T> {
    list.truncate(count);
    list
}

fn saving(net: &Net) -> Option<Saving> {
    let bound = match Side::of(net.at_least, net.at_most) {
        Side::Exact => "exact",
        Side::AtLeast => "at_least",
        Side::AtMost => "at_most",
        Side::Either => "either",
    };
    net.expected
        .clone()
        .map(|expected| Saving { expected, bound })
}

fn open(asked: Asked) -> Open {
    Open {
        field: asked.field,
        assumed: asked.assumed,
        flips_at: asked.flips_at,
        flips_to: asked.flips_to,
        worth_usd: Some(asked.worth),
    }
}

/// What must-haves cost; where nothing fits, what giving one up unlocks.
fn relaxed(tags: Vec<Tag>, unlocked: Vec<Unlocked>) -> Vec<Relax> {
    let tags = tags.into_iter().map(|tag| Relax {
        field: tag.field,
        from: tag.stated,
        to: tag.relaxed_to,
        saves_usd: Some(tag.saves),
        unlocks: vec![tag.winner.service],
    });
    let unlocked = unlocked.into_iter().map(|u| Relax {
        field: u.field,
        from: u.from,
        to: Some(u.to),
        saves_usd: None,
        unlocks: u.unlocks,
    });
    unlocked.chain(tags).collect()
}

/// Where numbers of the profile change the answer, the nearest by ratio first.
fn changes(analysis: Option<&Analysis>) -> Vec<Change> {
    let mut all = Vec::new();
    for row in analysis.iter().flat_map(|a| &a.stability) {
        let ends = [
            ("below", row.holds_from, &row.flips_below),
            ("above", row.holds_to, &row.flips_above),
        ];
        for (side, at, to) in ends {
            let (Some(at), Some(to)) = (at, to) else {
                continue;
            };
            let change = Change {
                field: row.field.path().to_owned(),
                side,
                at: row.field.show_last(at, side == "below"),
                to: choice(to),
            };
            all.push((ratio(row.at, at), change));
        }
    }
    all.sort_by_key(|a| a.0);
    all.into_iter().map(|(_, change)| change).take(5).collect()
}

/// How many times as large the larger is.
fn ratio(one: Decimal, other: Decimal) -> Decimal {
    let (less, more) = (one.min(other), one.max(other));
    more.checked_div(less).unwrap_or(Decimal::MAX)
}

pub(super) fn choice(pick: &Pick) -> Choice {
    Choice {
        service: pick.service.clone(),
        variant: pick.variant.clone(),
    }
}

/// Rows beside the candidates that meet every must-have, can be bought by anybody today, and cost less than the
/// answer; the one of the first sentence leads.
fn outside(decision: &Decision, rows: &[Candidate]) -> Vec<Outside> {
    let leading = decision.beyond.map(|b| b.row);
    let limit = decision
        .winner()
        .and_then(|w| w.cost)
        .map(|c| c.expected.known);
    let cost = |i: usize| {
        let row = &decision.candidates[i];
        let fits = row.verdict == Verdict::Comparison && row.headline && row.is_complete();
        let cost = row.cost?.expected.known;
        (fits && limit.is_some_and(|limit| cost < limit)).then_some(cost)
    };
    let mut others: Vec<usize> = (0..decision.candidates.len())
        .filter(|i| cost(*i).is_some() && Some(*i) != leading)
        .collect();
    others.sort_by_key(|i| cost(*i));
    let all = leading.into_iter().chain(others);
    let shown = all.filter_map(|i| {
        let row = rows.get(i)?;
        let said = words::beyond(decision).filter(|_| Some(i) == leading);
        Some(Outside {
            id: row.service.clone(),
            monthly_cost_usd: row.monthly_cost.as_ref()?.expected.clone(),
            text: said.unwrap_or_else(|| {
                row.spec
                    .as_ref()
                    .map_or_else(String::new, |s| s.text.clone())
            }),
        })
    });
    shown.take(2).collect()
}

fn row(c: Candidate) -> Row {
    Row {
        service: c.service,
        variant: c.variant,
        verdict: c.verdict,
        complete: c.monthly_cost.as_ref().is_some_and(|m| m.complete),
        monthly_cost_usd: c.monthly_cost.map(|m| m.expected),
        hit_p50_ms: c.latency.hit_p50_ms,
        reasons: c.reasons.into_iter().map(|r| r.text).collect(),
        cautions: c.cautions.into_iter().map(|r| r.code).collect(),
    }
}

fn size(answer: &Answer) -> usize {
    serde_json::to_string(answer).map_or(usize::MAX, |text| text.len())
}

/// Takes away what matters least until the answer fits, and names it. Cautions of the choice go last.
fn fit(answer: &mut Answer, room: usize) {
    const STEPS: [(&str, usize); 9] = [
        ("worth_answering", 3),
        ("would_change", 3),
        ("relax", 2),
        ("worth_answering", 1),
        ("would_change", 1),
        ("why", 1),
        ("cheaper_outside", 1),
        ("relax", 1),
        ("cautions", 3),
    ];
    for (part, keep) in STEPS {
        while size(answer) > room && shorten(answer, part, keep) {
            if !answer.left_out.iter().any(|named| named == part) {
                answer.left_out.push(part.to_owned());
            }
        }
    }
    for width in [240, 120] {
        if size(answer) > room {
            let texts = answer.cautions.iter_mut().chain(&mut answer.warnings);
            texts.for_each(|remark| remark.text = cut(&remark.text, width));
        }
    }
}

fn shorten(answer: &mut Answer, part: &str, keep: usize) -> bool {
    fn pop<T>(list: &mut Vec<T>, keep: usize) -> bool {
        list.len() > keep && list.pop().is_some()
    }
    match part {
        "worth_answering" => pop(&mut answer.worth_answering, keep),
        "would_change" => pop(&mut answer.would_change, keep),
        "relax" => pop(&mut answer.relax, keep),
        "why" => pop(&mut answer.why, keep),
        "cheaper_outside" => pop(&mut answer.cheaper_outside, keep),
        _ => pop(&mut answer.cautions, keep),
    }
}

/// Cuts the reasons of candidates until they fit: the first one rules out already.
fn fit_rows(answer: &mut Answer) {
    for (count, width) in [(usize::MAX, usize::MAX), (2, 200), (1, 120), (1, 60)] {
        if count < usize::MAX {
            for row in answer.candidates.iter_mut().flatten() {
                row.reasons.truncate(count);
                row.reasons.iter_mut().for_each(|r| *r = cut(r, width));
            }
        }
        if size(answer) <= CANDIDATES {
            return;
        }
        if !answer.left_out.iter().any(|named| named == "reasons") {
            answer.left_out.push("reasons".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_the_smallest_ratio_either_way() {
        let decimal = |n: i64| Decimal::from(n);
        assert_eq!(
            ratio(decimal(10), decimal(5)),
            ratio(decimal(5), decimal(10))
        );
        assert!(ratio(decimal(10), decimal(9)) < ratio(decimal(10), decimal(20)));
        assert_eq!(ratio(decimal(0), decimal(3)), Decimal::MAX);
    }
}
