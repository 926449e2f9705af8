//! One part of a report on its own: why a service is or is not the answer, the line items, the sources.

use super::Report;
use super::sections::{Block, Section, Table, bullets, sections};
use super::view::{Candidate, View};
use crate::analysis::between;
use crate::domain::decision::{self, Verdict};
use crate::domain::finding::Ground;
use crate::words::report as words;
use crate::words::{deciders, short as say};

/// The sections with one of these ids.
pub fn only(report: &Report<'_>, view: &View, ids: &[&str]) -> Vec<Section> {
    let mut all = sections(view, report.lines);
    all.retain(|s| ids.contains(&s.id));
    all
}

/// A service against the answer: bill, terms in money, what is missed, what to know, where it would win.
pub fn why(report: &Report<'_>, view: &View, service: &str) -> Vec<Section> {
    let d = report.decision;
    let all = view.candidates.iter().zip(&d.candidates);
    let own = all.filter(|(c, of)| c.service == service && of.verdict != Verdict::Comparison);
    let own = own.enumerate();
    own.map(|(i, (c, of))| one(report, view, c, of, i == 0))
        .collect()
}

fn one(
    report: &Report<'_>,
    view: &View,
    c: &Candidate,
    of: &decision::Candidate,
    is_first: bool,
) -> Section {
    let d = report.decision;
    let is_answer = d.winner().is_some_and(|w| std::ptr::eq(w, of));
    let title = say::why_title(&c.name, is_answer);
    let mut blocks = Vec::new();
    let lines = &report.lines;
    let reasons = c
        .reasons
        .iter()
        .map(|r| words::ruled_out(&c.name, &r.text, &r.field, lines.get(&r.field).copied()));
    blocks.extend(bullets(reasons.collect()));
    let rival = match d.winner() {
        Some(_) if is_answer => d.second(),
        other => other,
    };
    if let (Some(rival), Verdict::Eligible) = (rival, of.verdict) {
        let (first, second) = if is_answer { (of, rival) } else { (rival, of) };
        blocks.extend(in_money(first, second));
        let said = deciders(&between(first, second), &first.name, &second.name);
        blocks.extend(bullets(said));
    }
    blocks.extend(bullets(wins(view, c)));
    // What rules out is enough, and variants of a service share nearly all of them.
    let told = is_first && of.verdict == Verdict::Eligible;
    let cautions = c.cautions.iter().filter(|_| told);
    let cautions = cautions.map(|x| format!("{} ({})", x.sentence, x.code));
    if let Some(list) = bullets(cautions.collect()) {
        blocks.extend([Block::Para(say::TO_KNOW.to_owned()), list]);
    }
    if blocks.is_empty() {
        blocks.push(Block::Para(say::NOTHING_AGAINST.to_owned()));
    }
    Section {
        id: "why",
        title,
        blocks,
    }
}

/// Every term in which the two differ, in money: so much dearer than the first the second is judged for it.
fn in_money(first: &decision::Candidate, second: &decision::Candidate) -> Option<Block> {
    let per_halving = first.terms.iter().find_map(|t| match t.ground {
        Ground::Cost { per_halving, .. } => Some(per_halving),
        _ => None,
    })?;
    // The bill that the second would have to be judged by: the first's, so that the row of cost is the difference.
    let bill = first.cost?.expected.known;
    let points = |c: &decision::Candidate, name: &str| -> f64 {
        let named = c.terms.iter().filter(|t| t.ground.name() == name);
        named.map(|t| t.points).sum()
    };
    let mut names: Vec<&str> = Vec::new();
    for term in first.terms.iter().chain(&second.terms) {
        if !names.contains(&term.ground.name()) {
            names.push(term.ground.name());
        }
    }
    let rows = names.iter().filter_map(|name| {
        let [ours, theirs] = [first, second].map(|c| points(c, name));
        let worth = say::points_in_money(bill, ours - theirs, per_halving)?;
        Some(vec![
            (*name).to_owned(),
            format!("{ours:.1}"),
            format!("{theirs:.1}"),
            worth,
        ])
    });
    let rows: Vec<Vec<String>> = rows.collect();
    (!rows.is_empty()).then(|| {
        Block::Table(Table::new(
            &["Term", ">Points here", ">There", ">Worth a month"],
            rows,
        ))
    })
}

/// The values from which it is the answer.
fn wins(view: &View, c: &Candidate) -> Vec<String> {
    let sides = view.stability.iter().flat_map(|s| {
        let side = |word: &'static str,
                    flip: &Option<(super::view::Value, super::view::Choice)>| {
            let (at, to) = flip.as_ref()?;
            let own = to.service == c.service
                && view
                    .candidates
                    .get(to.index?)
                    .is_some_and(|o| o.variant == c.variant);
            own.then(|| say::wins(s.field, word, &at.text))
        };
        [side("below", &s.below), side("above", &s.above)]
    });
    sides.flatten().collect()
}
