//! One part of a report on its own: why a service is or is not the answer, the line items, the sources.

use super::Report;
use super::sections::{Block, Section, Table, bullets, sections};
use super::view::{Candidate, View};
use crate::analysis::{between, lead_in_money};
use crate::domain::catalog::Weights;
use crate::domain::decision::{self, Verdict};
use crate::words::report as words;
use crate::words::{deciders, short as say};

/// The sections with one of these ids.
pub fn only(report: &Report<'_>, view: &View, ids: &[&str]) -> Vec<Section> {
    let mut all = sections(view, report.lines);
    all.retain(|s| ids.contains(&s.id));
    all
}

/// A service, or one way to buy it, against the answer: bill, terms in money, what is missed, what to know, where it would win.
pub fn why(
    report: &Report<'_>,
    view: &View,
    (service, variant): (&str, Option<&str>),
) -> Vec<Section> {
    let d = report.decision;
    let all = view.candidates.iter().zip(&d.candidates);
    let named = |c: &Candidate| {
        c.service == service && (variant.is_none() || c.variant.as_deref() == variant)
    };
    let own = all.filter(|(c, of)| named(c) && of.verdict != Verdict::Comparison);
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
        blocks.extend(in_money(&report.catalog.weights, first, second));
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
fn in_money(
    weights: &Weights,
    first: &decision::Candidate,
    second: &decision::Candidate,
) -> Option<Block> {
    let mut names: Vec<&str> = Vec::new();
    for term in first.terms.iter().chain(&second.terms) {
        if !names.contains(&term.ground.name()) {
            names.push(term.ground.name());
        }
    }
    let rows = names.iter().filter_map(|name| {
        let [ours, theirs] = [first, second].map(|c| c.points(name));
        let worth = lead_in_money(weights, first, ours - theirs)?;
        Some(vec![
            (*name).to_owned(),
            format!("{ours:.1}"),
            format!("{theirs:.1}"),
            say::signed(worth)?,
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
