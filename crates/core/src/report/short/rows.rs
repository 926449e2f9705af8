//! The rows of the short report: one line a service, what is ruled out for one reason on one line.

use super::brief_of;
use crate::domain::decision::{self, Outcome, Pick, Verdict};
use crate::domain::units::Duration;
use crate::report::Report;
use crate::report::view::{Candidate, View};
use crate::text::one_line;
use crate::words::short as say;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    /// It is the answer.
    pub is_answer: bool,
    /// May be left out first.
    pub is_extra: bool,
    /// Service and way to buy it, or several.
    pub name: String,
    /// Bill a month.
    pub cost: String,
    /// Latency of a hit.
    pub hit: String,
    /// Why it is not the answer.
    pub why: String,
}

const NONE: &str = "–";

/// Heading of the last column.
pub(super) const fn heading(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Recommended | Outcome::NoCache => "why not",
        Outcome::NoneFits => "misses",
    }
}

/// Latency of a hit, where it is known.
pub(super) fn hit(c: &Candidate) -> Option<String> {
    let ms = c.p50.number?.round_dp(1).normalize();
    Some(Duration::from_ms(ms).to_string())
}

/// Several services on one line, without numbers.
fn together(name: String, why: &str) -> Row {
    Row {
        is_answer: false,
        is_extra: false,
        name,
        cost: NONE.to_owned(),
        hit: NONE.to_owned(),
        why: one_line(why),
    }
}

fn row(c: &Candidate, why: String) -> Row {
    Row {
        is_answer: false,
        is_extra: false,
        name: c.brief.clone(),
        cost: c.cost.known().unwrap_or(NONE).to_owned(),
        hit: hit(c).unwrap_or_else(|| NONE.to_owned()),
        why: one_line(&why),
    }
}

/// A candidate of the view with its decision.
type Both<'a> = (&'a Candidate, &'a decision::Candidate);

/// All rows: what is eligible by rank, what else one might buy, what is out.
pub(super) fn rows(report: &Report<'_>, view: &View) -> Vec<Row> {
    let d = report.decision;
    let all: Vec<Both<'_>> = view.candidates.iter().zip(&d.candidates).collect();
    let is = |verdict: Verdict| move |b: &&Both<'_>| b.1.verdict == verdict;
    let eligible: Vec<&Both<'_>> = all.iter().filter(is(Verdict::Eligible)).collect();
    let firsts = first_of_each(&eligible);
    let out: Vec<&Both<'_>> = all.iter().filter(is(Verdict::RuledOut)).collect();
    let out: Vec<&Both<'_>> = first_of_each(&out)
        .into_iter()
        .filter(|o| firsts.iter().all(|f| f.0.service != o.0.service))
        .collect();
    if d.outcome == Outcome::NoneFits {
        return nearest(&all, &out);
    }
    let mut rows: Vec<Row> = firsts.iter().map(|b| standing(b, d)).collect();
    if let Some(winner) = view.best().filter(|_| view.recommended) {
        rows.splice(1..1, plans(report, winner));
    }
    rows.extend(others(&eligible, &firsts, d));
    if firsts.len() == 1 {
        let beside = all.iter().filter(is(Verdict::Comparison));
        rows.extend(cheapest_beside(beside, d));
    }
    rows.extend(out_together(&out));
    rows
}

/// The best variant of each service, in order.
fn first_of_each<'r, 'a>(sorted: &[&'r Both<'a>]) -> Vec<&'r Both<'a>> {
    let mut firsts: Vec<&Both<'_>> = Vec::new();
    for both in sorted {
        if firsts.iter().all(|f| f.0.service != both.0.service) {
            firsts.push(both);
        }
    }
    firsts
}

/// A service that fits.
fn standing((c, of): &Both<'_>, d: &decision::Decision) -> Row {
    let why = match d.winner() {
        Some(winner) if std::ptr::eq(winner, *of) => String::new(),
        Some(winner) => say::behind_by(winner, of),
        None => say::saving(of.saving),
    };
    Row {
        is_answer: d.winner().is_some_and(|w| std::ptr::eq(w, *of)),
        ..row(c, why)
    }
}

/// Other ways to buy the answer.
fn plans(report: &Report<'_>, winner: &Candidate) -> Vec<Row> {
    let named = |id: &str| Pick {
        service: winner.service.clone(),
        variant: Some(id.to_owned()),
    };
    let plans = winner.plans.iter().map(|p| Row {
        is_answer: false,
        is_extra: p.why_not.is_some(),
        name: brief_of(report, &named(&p.name)),
        cost: p.cost.known().unwrap_or(NONE).to_owned(),
        hit: String::new(),
        why: p.why_not.as_deref().map_or_else(
            || say::plan_more(winner.cost.number, p.cost.number),
            say::bare,
        ),
    });
    plans.collect()
}

/// The other variants of each service, on one line with the lowest bill.
fn others(eligible: &[&Both<'_>], firsts: &[&Both<'_>], d: &decision::Decision) -> Vec<Row> {
    let of_one = |first: &&Both<'_>| {
        let same = eligible
            .iter()
            .filter(|b| b.0.service == first.0.service && !std::ptr::eq(b.1, first.1));
        let same: Vec<&&Both<'_>> = same.collect();
        let known = same.iter().filter(|b| b.1.is_complete());
        let cheapest = known.min_by_key(|b| b.1.cost.map(|c| c.expected.known))?;
        let names: Vec<&str> = same.iter().map(|b| b.0.brief.as_str()).collect();
        let why = d.winner().map_or_else(
            || say::saving(cheapest.1.saving),
            |winner| say::behind_by(winner, cheapest.1),
        );
        Some(Row {
            is_extra: true,
            name: joined(&names),
            ..row(cheapest.0, why)
        })
    };
    firsts.iter().filter_map(of_one).collect()
}

/// Names that begin alike: the beginning once.
fn joined(names: &[&str]) -> String {
    let [head, more @ ..] = names else {
        return String::new();
    };
    let word = head.split_once(' ').map_or("", |(word, _)| word);
    let bare = more.iter().map(|name| {
        let rest = name.strip_prefix(word).map(str::trim_start);
        rest.unwrap_or(name)
    });
    [*head]
        .into_iter()
        .chain(bare)
        .collect::<Vec<_>>()
        .join(", ")
}

/// The cheapest comparison, where nothing else of the five fits.
fn cheapest_beside<'a>(
    beside: impl Iterator<Item = &'a Both<'a>>,
    d: &decision::Decision,
) -> Option<Row> {
    let headline = beside.filter(|b| b.1.headline && b.1.is_complete());
    let cost = |b: &&Both<'_>| b.1.cost.map(|c| c.expected.known);
    let cheapest = headline.filter(|b| cost(b).is_some()).min_by_key(cost)?;
    let winner = d.winner()?;
    // What stands in the sentence above needs no row.
    if d.beyond.is_some() {
        return None;
    }
    let why = say::beside(d, winner, cheapest.1);
    Some(Row {
        is_extra: true,
        name: cheapest.1.name.clone(),
        ..row(cheapest.0, why)
    })
}

/// What is out for the same reason stands on one line; the last line takes what is left.
fn out_together(out: &[&Both<'_>]) -> Vec<Row> {
    const MOST: usize = 2;
    let mut rows = by_reason(out);
    while rows.len() > MOST {
        join_last(&mut rows);
    }
    rows
}

/// A line for each reason.
fn by_reason(out: &[&Both<'_>]) -> Vec<Row> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (c, of) in out {
        let why = of.reasons.first().map(say::missed).unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == why) {
            Some((_, names)) => names.push(&c.product),
            None => groups.push((why, vec![&c.product])),
        }
    }
    let line = |(why, names): &(String, Vec<&str>)| together(many(names), why);
    groups.iter().map(line).collect()
}

fn many(names: &[&str]) -> String {
    match names.len() {
        0..=2 => names.join(", "),
        n => say::the_others(n),
    }
}

/// Makes the last two rows one. Where they are out for different reasons the names are set apart as the reasons are.
pub(super) fn join_last(rows: &mut Vec<Row>) {
    if let (Some(last), Some(before)) = (rows.pop(), rows.last_mut()) {
        *before = if before.why == last.why {
            together(format!("{}, {}", before.name, last.name), &last.why)
        } else {
            let name = format!("{}; {}", before.name, last.name);
            together(name, &format!("{}; {}", before.why, last.why))
        };
    }
}

/// Where nothing fits: what misses least, then the rest.
fn nearest(all: &[Both<'_>], out: &[&Both<'_>]) -> Vec<Row> {
    const SHOWN: usize = 3;
    let fewest = |service: &str| {
        let same = all
            .iter()
            .filter(|b| b.0.service == service && b.1.verdict == Verdict::RuledOut);
        // Of what misses as little, the cheapest: nobody would buy another.
        let bill = |b: &&Both<'_>| b.1.cost.map(|range| range.expected.known);
        same.min_by_key(|b| (b.1.reasons.len(), bill(b).is_none(), bill(b)))
    };
    let mut best: Vec<&Both<'_>> = out.iter().filter_map(|b| fewest(&b.0.service)).collect();
    best.sort_by_key(|b| b.1.reasons.len());
    let misses = |of: &decision::Candidate| {
        let mut said: Vec<String> = of.reasons.iter().map(say::missed).collect();
        said.dedup();
        said.truncate(3);
        said.join(", ")
    };
    let mut rows: Vec<Row> = best
        .iter()
        .take(SHOWN)
        .map(|(c, of)| row(c, misses(of)))
        .collect();
    let rest: Vec<&Both<'_>> = best.iter().skip(SHOWN).copied().collect();
    let mut rest = by_reason(&rest);
    while rest.len() > 1 {
        join_last(&mut rest);
    }
    rows.extend(rest.into_iter().map(|row| Row {
        is_extra: true,
        ..row
    }));
    rows
}
