//! Two reports → what changed between them: the answer, the profile, prices, rules and candidates.
//!
//! Works on the JSON contract alone, so that reports of different versions can be compared. A flip is
//! another service or another outcome; another variant of the same service is a change, not a flip.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use serde_json::Value;

use super::read::{Row, Written};
use super::sections::{Block, Section, Table};
use crate::domain::money::{Usd, plain};
use crate::text::{one_line, plural};

/// What changed between two reports of one profile.
pub struct Diff {
    /// Name of the profile.
    pub name: String,
    /// The answers before and after, when they differ.
    pub flip: Option<[String; 2]>,
    /// One sentence.
    pub summary: String,
    /// What changed, answer first; empty sections are left out.
    pub sections: Vec<Section>,
}

/// Compares two reports.
pub fn compare(before: &Value, after: &Value) -> Diff {
    let (before, after) = (Written(before), Written(after));
    let answers = [answer(before), answer(after)];
    let flip = (answers[0].0 != answers[1].0).then(|| [answers[0].1.clone(), answers[1].1.clone()]);
    let profile = profile(before, after);
    let prices = prices(before, after);
    let rules = rules(before, after);
    let causes = causes(before, after, [profile.len(), prices.len(), rules.len()]);
    let summary = match &flip {
        Some([from, to]) => format!("The answer changed from {from} to {to}."),
        None => format!("The answer is still {}.", answers[1].1),
    };
    let mut sections = vec![
        section(
            "answer",
            "Answer",
            vec![Block::Facts(answer_facts(before, after, &answers))],
        ),
        section("causes", "What is different", vec![Block::Bullets(causes)]),
    ];
    let candidates = candidates(before, after);
    sections.extend(tables(profile, prices, rules, candidates));
    Diff {
        name: one_line(after.name()),
        flip,
        summary,
        sections,
    }
}

type Rows = Vec<Vec<String>>;

/// The tables with anything in them, in their order.
fn tables(profile: Rows, prices: Rows, rules: Rows, candidates: Rows) -> Vec<Section> {
    let of_prices = ["Service", "Meter", ">Before", ">After", ">Change"];
    let of_candidates = [
        "Candidate",
        "Verdict",
        ">Before",
        ">After",
        ">Change",
        ">Score",
    ];
    let all: [(&'static str, &str, &[&'static str], Rows); 4] = [
        ("profile", "Profile", &["Field", "Before", "After"], profile),
        ("prices", "Unit prices", &of_prices, prices),
        (
            "rules",
            "Rules and facts",
            &["Candidate", "Change", "What"],
            rules,
        ),
        ("candidates", "Candidates", &of_candidates, candidates),
    ];
    let filled = all.into_iter().filter(|(.., rows)| !rows.is_empty());
    filled
        .map(|(id, title, head, rows)| {
            section(id, title, vec![Block::Table(Table::new(head, rows))])
        })
        .collect()
}

fn section(id: &'static str, title: &str, blocks: Vec<Block>) -> Section {
    Section {
        id,
        title: title.to_owned(),
        blocks,
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => one_line(text),
        Value::Array(all) if all.is_empty() => "none".to_owned(),
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// What flips (service or outcome), and its name with the variant.
fn answer(report: Written<'_>) -> (String, String) {
    let outcome = one_line(report.outcome());
    let Some(service) = report.service().map(one_line) else {
        return (outcome.clone(), outcome);
    };
    match report.variant() {
        Some(variant) => (service.clone(), format!("{service} ({variant})")),
        None => (service.clone(), service),
    }
}

fn answer_facts(
    before: Written<'_>,
    after: Written<'_>,
    answers: &[(String, String); 2],
) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut add = |label: &str, from: String, to: String| {
        let value = if from == to {
            format!("{to} (as before)")
        } else {
            format!("{from} → {to}")
        };
        out.push((label.to_owned(), value));
    };
    add("Answer", answers[0].1.clone(), answers[1].1.clone());
    for (label, from, to) in [
        ("Monthly cost", before.cost(), after.cost()),
        ("Net saving", before.saving(), after.saving()),
    ] {
        if from.is_some() || to.is_some() {
            add(
                label,
                dollars(from),
                format!("{}{}", dollars(to), change(from, to, " (", ")")),
            );
        }
    }
    let second = |r: Written<'_>| r.runner_up().map(one_line).unwrap_or_default();
    add("Second", second(before), second(after));
    out.retain(|(_, value)| !value.is_empty() && !value.starts_with(" ("));
    out
}

fn dollars(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |d| Usd(d).to_string())
}

/// `+12.5 %` between two amounts, nothing when it cannot be said or is nothing.
fn change(from: Option<Decimal>, to: Option<Decimal>, open: &str, close: &str) -> String {
    let (Some(from), Some(to)) = (from, to) else {
        return String::new();
    };
    if from == to || from.is_zero() {
        return String::new();
    }
    let percent = ((to - from) / from.abs() * Decimal::ONE_HUNDRED).round_dp(1);
    let sign = if percent.is_sign_positive() { "+" } else { "" };
    format!("{open}{sign}{} %{close}", plain(percent))
}

fn causes(
    before: Written<'_>,
    after: Written<'_>,
    [profile, prices, rules]: [usize; 3],
) -> Vec<String> {
    let mut out = Vec::new();
    if profile > 0 {
        out.push(format!("Profile: {} changed.", plural(profile, "field")));
    }
    let origin = |r: Written<'_>| r.prices().map(one_line).join(" of ");
    if origin(before) != origin(after) {
        out.push(format!("Prices: {} → {}.", origin(before), origin(after)));
    }
    if prices > 0 {
        out.push(format!("Prices: {} changed.", plural(prices, "unit price")));
    }
    if before.catalog() != after.catalog() {
        out.push("Catalog: facts or rules were edited between the two.".to_owned());
    }
    if rules > 0 {
        out.push(format!(
            "Rules: {} of reasons, cautions and notes.",
            plural(rules, "change")
        ));
    }
    let version = |r: Written<'_>| one_line(r.version());
    if version(before) != version(after) {
        out.push(format!(
            "Program: {} → {}.",
            version(before),
            version(after)
        ));
    }
    if out.is_empty() {
        out.push("Nothing: same profile, prices, catalog and program.".to_owned());
    }
    out
}

/// Leaves of the profile by path; the list of defaults is bookkeeping, not a change.
fn leaves(value: &Value, path: &str, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map
                .iter()
                .filter(|(k, _)| !(path.is_empty() && *k == "defaults"))
            {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                leaves(inner, &path, out);
            }
        }
        other => {
            out.insert(path.to_owned(), word(other));
        }
    }
}

fn profile(before: Written<'_>, after: Written<'_>) -> Vec<Vec<String>> {
    let all = |report: Written<'_>| {
        let mut out = BTreeMap::new();
        let profile = report.profile();
        profile.into_iter().for_each(|p| leaves(p, "", &mut out));
        out
    };
    let (from, to) = (all(before), all(after));
    let paths: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let value = |map: &BTreeMap<String, String>, path: &str| {
        map.get(path).cloned().unwrap_or_else(|| "–".to_owned())
    };
    let changed = paths.into_iter().filter(|p| from.get(*p) != to.get(*p));
    changed
        .map(|p| vec![format!("`{p}`"), value(&from, p), value(&to, p)])
        .collect()
}

/// What a unit price belongs to: candidate, service, meter with Region, and band.
type PriceKey = (String, String, String, usize);

/// Unit prices of every candidate (variants of a service have prices of their own); free bands are no price.
fn unit_prices(report: Written<'_>) -> BTreeMap<PriceKey, Option<Decimal>> {
    let shown = |text: Option<&str>| text.map(one_line).unwrap_or_default();
    let mut out = BTreeMap::new();
    for candidate in report.candidates() {
        let name = one_line(candidate.name());
        let mut bands: BTreeMap<(String, String), usize> = BTreeMap::new();
        for line in candidate.lines().filter(|l| l.free() != Some(true)) {
            let region = line.region().map(|r| format!(" ({})", one_line(r)));
            let meter = shown(line.meter()) + &region.unwrap_or_default();
            let key = (shown(line.service()), meter);
            let band = bands.entry(key.clone()).or_default();
            out.insert((name.clone(), key.0, key.1, *band), line.unit_price());
            *band += 1;
        }
    }
    out
}

fn prices(before: Written<'_>, after: Written<'_>) -> Vec<Vec<String>> {
    let (from, to) = (unit_prices(before), unit_prices(after));
    let exact =
        |d: Option<Decimal>| d.map_or_else(|| "unknown".to_owned(), |d| format!("${}", plain(d)));
    let both = from
        .iter()
        .filter_map(|(key, old)| Some((key, *old, *to.get(key)?)));
    let changed = both.filter(|(_, old, new)| old != new);
    // A price that several candidates pay is told once.
    let rows: BTreeSet<Vec<String>> = changed
        .map(|((_, service, meter, _), old, new)| {
            vec![
                service.clone(),
                meter.clone(),
                exact(old),
                exact(new),
                change(old, new, "", ""),
            ]
        })
        .collect();
    rows.into_iter().collect()
}

/// A candidate's identity in both reports; plans of one service share it.
fn by_name(report: Written<'_>) -> BTreeMap<String, Row<'_>> {
    let rows = report.candidates();
    rows.map(|c| (one_line(c.name()), c)).collect()
}

/// Reasons, cautions and notes that came or went.
fn rules(before: Written<'_>, after: Written<'_>) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let (from, to) = (by_name(before), by_name(after));
    for (name, new) in &to {
        let Some(old) = from.get(name) else { continue };
        let reasons = [coded(old.reasons()), coded(new.reasons())];
        out.extend(came_and_went(reasons, name, "ruled out by"));
        let cautions = [coded(old.cautions()), coded(new.cautions())];
        out.extend(came_and_went(cautions, name, "caution"));
    }
    let notes = [coded(before.notes()), coded(after.notes())];
    out.extend(came_and_went(notes, "–", "note"));
    out
}

/// Sentences by their code.
fn coded<'v>(all: impl Iterator<Item = (&'v str, &'v str)>) -> BTreeMap<String, String> {
    all.map(|(code, text)| (one_line(code), one_line(text)))
        .collect()
}

fn came_and_went(
    [from, to]: [BTreeMap<String, String>; 2],
    name: &str,
    what: &str,
) -> Vec<Vec<String>> {
    let row = |sign: &str, code: &str, text: &str| {
        vec![
            name.to_owned(),
            format!("{sign} {what}"),
            format!("{text} (`{code}`)"),
        ]
    };
    let came = to
        .iter()
        .filter(|(code, _)| !from.contains_key(*code))
        .map(|(code, text)| row("+", code, text));
    let went = from
        .iter()
        .filter(|(code, _)| !to.contains_key(*code))
        .map(|(code, text)| row("−", code, text));
    came.chain(went).collect()
}

fn candidates(before: Written<'_>, after: Written<'_>) -> Vec<Vec<String>> {
    let (from, to) = (by_name(before), by_name(after));
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| candidate(name, from.get(name).copied(), to.get(name).copied()))
        .collect()
}

fn candidate(name: &str, old: Option<Row<'_>>, new: Option<Row<'_>>) -> Option<Vec<String>> {
    let cost = |c: Option<Row<'_>>| c.and_then(Row::cost);
    let verdict = |c: Option<Row<'_>>| c.map_or("not listed".to_owned(), |c| one_line(c.verdict()));
    let score = |c: Option<Row<'_>>| {
        c.and_then(Row::score)
            .map_or_else(|| "–".to_owned(), |s| format!("{s:.1}"))
    };
    let arrow = |from: String, to: String| {
        if from == to {
            to
        } else {
            format!("{from} → {to}")
        }
    };
    let (from, to) = (cost(old), cost(new));
    let verdict = arrow(verdict(old), verdict(new));
    let score = arrow(score(old), score(new));
    let same = from == to && !verdict.contains('→') && !score.contains('→');
    (!same).then(|| {
        vec![
            name.to_owned(),
            verdict,
            dollars(from),
            dollars(to),
            change(from, to, "", ""),
            score,
        ]
    })
}
