//! `recommend --regions`: the answer in other Regions, a row each.
//!
//! The same engine as `--set region=…`: viewers, origin and riders follow the Region where nobody states them.

use std::collections::BTreeSet;

use anyhow::Result;
use serde::Serialize;

use super::args::{Format, Money};
use super::input;
use super::session::{self, Look};
use super::source::Wanted;
use crate::domain::catalog::Catalog;
use crate::domain::decision::{Cost, Decision, Outcome};
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::report::json::{self, Reference};
use crate::report::sections::{Block, Section, Table, pick_text};
use crate::report::text::Layout;
use crate::report::{markdown, text};
use crate::text::visible;
use crate::workload::{Override, Resolved, load_with};
use crate::world::World;

/// What `-f` takes here.
pub const FORMS: &[(Format, &str)] = &[
    (Format::Text, "A table"),
    (Format::Markdown, "A table"),
    (Format::Csv, "One row per Region"),
    (Format::Json, "cachewright/regions/v1"),
];

/// Said under every table.
const NOT_IN_IT: &str = "Compares prices of the cache, not where your callers are: latency between Regions and transfer are not in it.";

/// One variation of a profile: a Region, a word.
pub(super) struct Row {
    /// What is varied, as it is typed.
    pub label: String,
    /// The decision, or why the profile cannot hold there.
    pub found: Result<Decision, String>,
    /// What people call the second.
    second: Option<String>,
}

/// How it ended in one Region.
#[derive(Serialize)]
struct JsonRow {
    region: String,
    /// `null` where the profile cannot hold there.
    outcome: Option<&'static str>,
    answer: Option<Reference>,
    monthly_cost: Option<String>,
    complete: Option<bool>,
    /// USD a month against the home Region; `null` when either is not known.
    change: Option<String>,
    runner_up: Option<Reference>,
    cautions: Vec<String>,
    /// Why the profile cannot hold there.
    problem: Option<String>,
}

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    profile: String,
    home: String,
    regions: Vec<JsonRow>,
    not_included: &'static str,
}

/// Decides in every Region and lays the rows out.
pub fn render(
    wanted: &Wanted,
    codes: &[String],
    (catalog, money, strict_facts): (Catalog, &Money, bool),
    form: Format,
    layout: Layout,
    world: &mut World<'_>,
) -> Result<String> {
    let home = wanted.load(&catalog, world)?;
    let name = home.profile.name.clone();
    let code = home.profile.region.clone();
    let codes = chosen(codes, &code, &catalog)?;
    let sets = codes
        .into_iter()
        .map(|c| (c.clone(), Some(format!("region={c}"))));
    let mut rows = rows_of(&home, sets.collect(), (catalog, money, strict_facts), world)?;
    sort(&mut rows, &code);
    Ok(match form {
        Format::Json => json::to_string(&Json {
            schema: "cachewright/regions/v1",
            profile: name,
            regions: rows.iter().map(|r| json_row(r, &rows)).collect(),
            home: code,
            not_included: NOT_IN_IT,
        })?,
        Format::Csv => csv(&rows)?,
        _ => sheet(
            &Sheet {
                title: format!("{}: the answer by Region", visible(&name)),
                head: "Region",
                under: Some(NOT_IN_IT),
            },
            &rows,
            form,
            layout,
        ),
    })
}

/// Decides the profile with each of these overrides, under its label; none is the profile as it is.
pub(super) fn rows_of(
    home: &Resolved,
    sets: Vec<(String, Option<String>)>,
    (catalog, money, strict_facts): (Catalog, &Money, bool),
    world: &mut World<'_>,
) -> Result<Vec<Row>> {
    let tried: Vec<(String, Result<Resolved, String>)> = sets
        .into_iter()
        .map(|(label, set)| (label, elsewhere(home, set, &catalog)))
        .collect();
    let there = tried.iter().filter_map(|(_, found)| found.as_ref().ok());
    let profiles: Vec<Profile> = there.map(|r| r.profile.clone()).collect();
    let session = session::open(catalog, money, strict_facts, &profiles, world)?;
    let rows = tried.into_iter().map(|(label, there)| {
        let found = there.map(|r| session.decide(String::new(), r, Look::Decision).decision);
        let second = found.as_ref().ok().and_then(|d| d.runner_up.as_ref());
        let second = second.and_then(|pick| session.catalog.service(&pick.service));
        Row {
            second: second.map(|s| s.name.clone()),
            label,
            found,
        }
    });
    Ok(rows.collect())
}

/// The Regions that were named: codes, `near` for the home's price geography, `all`; the home is always among them.
fn chosen(codes: &[String], home: &str, catalog: &Catalog) -> Result<BTreeSet<String>> {
    let mut out = BTreeSet::from([home.to_owned()]);
    for code in codes {
        let geo = catalog.region(home).map(|r| r.geo);
        let all = catalog.regions.iter();
        match code.as_str() {
            "all" => out.extend(all.map(|r| r.code.clone())),
            "near" => out.extend(all.filter(|r| Some(r.geo) == geo).map(|r| r.code.clone())),
            code => {
                input::region(catalog, code).map_err(|e| with_words(e, catalog))?;
                out.insert(code.to_owned());
            }
        }
    }
    Ok(out)
}

/// Adds what else `--regions` takes.
fn with_words(error: anyhow::Error, catalog: &Catalog) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(failure) => {
            let count = catalog.regions.len();
            let help = format!(
                "`all` are the {count} of the catalog (`cachewright catalog list regions`), `near` those of the same price geography"
            );
            failure.help(help).into()
        }
        Err(other) => other,
    }
}

/// The profile with an override, or the first reason why it cannot hold so.
fn elsewhere(home: &Resolved, set: Option<String>, catalog: &Catalog) -> Result<Resolved, String> {
    let text = super::reports::flow(&home.stated);
    let sets: Vec<Override> = set.iter().map(|s| Override::set(s)).collect();
    load_with(&text, &sets, catalog).map_err(|found| {
        let first = found.problems.into_iter().find(|p| !p.warning);
        first.map_or_else(String::new, |p| p.message)
    })
}

/// The bill there.
pub(super) fn cost(row: &Row) -> Option<Cost> {
    let decision = row.found.as_ref().ok()?;
    Some(decision.winner()?.cost?.expected)
}

/// Home first, then by cost; what is not all known and what has no answer last.
fn sort(rows: &mut [Row], home: &str) {
    let place = |row: &Row| match cost(row) {
        _ if row.label == home => (0, None),
        Some(c) if !c.incomplete => (1, Some(c.known)),
        Some(c) => (2, Some(c.known)),
        None => (3, None),
    };
    rows.sort_by(|a, b| place(a).cmp(&place(b)).then_with(|| a.label.cmp(&b.label)));
}

/// USD a month more than at home, when both are known.
fn change(row: &Row, rows: &[Row]) -> Option<rust_decimal::Decimal> {
    let [here, home] = [cost(row)?, cost(rows.first()?)?];
    (!here.incomplete && !home.incomplete).then(|| here.known.0 - home.known.0)
}

fn cautions(decision: &Decision) -> Vec<String> {
    let winner = decision.winner();
    let all = winner.into_iter().flat_map(|w| &w.cautions);
    all.map(|c| c.code().to_string()).collect()
}

fn json_row(row: &Row, rows: &[Row]) -> JsonRow {
    let decision = row.found.as_ref().ok();
    JsonRow {
        region: row.label.clone(),
        outcome: decision.map(|d| d.outcome.word()),
        answer: decision
            .and_then(|d| d.winner())
            .map(|w| Reference::of(&w.pick)),
        monthly_cost: cost(row).map(|c| c.known.plain()),
        complete: cost(row).map(|c| !c.incomplete),
        change: change(row, rows).map(crate::domain::money::plain),
        runner_up: decision
            .and_then(|d| d.runner_up.as_ref())
            .map(Reference::of),
        cautions: decision.map(cautions).unwrap_or_default(),
        problem: row.found.as_ref().err().cloned(),
    }
}

fn csv(rows: &[Row]) -> Result<String> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let head =
        "region outcome service variant monthly_cost_usd complete change_usd runner_up cautions";
    writer.write_record(head.split(' '))?;
    for row in rows {
        let decision = row.found.as_ref().ok();
        let pick = decision.and_then(|d| d.winner()).map(|w| &w.pick);
        let second = decision.and_then(|d| d.runner_up.as_ref());
        writer.write_record([
            row.label.clone(),
            decision.map_or("", |d| d.outcome.word()).to_owned(),
            pick.map_or(String::new(), |p| p.service.clone()),
            pick.and_then(|p| p.variant.clone()).unwrap_or_default(),
            cost(row).map_or(String::new(), |c| c.known.0.round_dp(2).to_string()),
            cost(row).map_or(String::new(), |c| (!c.incomplete).to_string()),
            change(row, rows).map_or(String::new(), |c| c.round_dp(2).to_string()),
            second.map_or(String::new(), pick_text),
            decision.map(cautions).unwrap_or_default().join(" "),
        ])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}

/// What a table of variations is called.
pub(super) struct Sheet {
    /// Title.
    pub title: String,
    /// Head of the first column.
    pub head: &'static str,
    /// Said under the table.
    pub under: Option<&'static str>,
}

/// The rows as a table for people; a column in which nothing stands is left out.
pub(super) fn sheet(what: &Sheet, rows: &[Row], form: Format, layout: Layout) -> String {
    let home = rows.first().and_then(|r| r.found.as_ref().ok());
    let usual = home.map(cautions).unwrap_or_default();
    let mut cells: Vec<Vec<String>> = rows.iter().map(|row| cells(row, rows, &usual)).collect();
    let mut head = vec![
        what.head,
        "Answer",
        ">A month",
        ">Change",
        "Second",
        "Other cautions",
    ];
    if cells
        .iter()
        .all(|row| row.last().is_none_or(String::is_empty))
    {
        head.pop();
        cells.iter_mut().for_each(|row| drop(row.pop()));
    }
    let mut blocks = vec![Block::Table(Table::new(&head, cells))];
    blocks.extend(what.under.map(|text| Block::Para(text.to_owned())));
    let section = Section {
        id: "variations",
        title: what.title.clone(),
        blocks,
    };
    let mut out = String::new();
    if form == Format::Markdown {
        markdown::render_folded(&mut out, &section, false);
    } else {
        text::render_section(&mut out, &section, layout);
    }
    out
}

/// A row for people; of the cautions those that the home Region does not have.
fn cells(row: &Row, rows: &[Row], usual: &[String]) -> Vec<String> {
    let decision = match &row.found {
        Ok(decision) => decision,
        Err(problem) => {
            let dash = || "–".to_owned();
            return vec![
                row.label.clone(),
                problem.clone(),
                dash(),
                dash(),
                dash(),
                String::new(),
            ];
        }
    };
    let winner = decision.winner();
    let answer = winner.map_or(decision.outcome.word(), |w| w.name.as_str());
    let more = cautions(decision)
        .into_iter()
        .filter(|c| !usual.contains(c));
    let signed = |d: rust_decimal::Decimal| {
        let sign = if d.is_sign_negative() { "−" } else { "+" };
        format!("{sign}{}", crate::domain::money::Usd(d.abs()))
    };
    let change = match change(row, rows) {
        _ if row.label == rows[0].label => "–".to_owned(),
        Some(d) if d.is_zero() => "same".to_owned(),
        Some(d) => signed(d),
        None => "–".to_owned(),
    };
    let second = row.second.clone();
    let second = second.filter(|_| decision.outcome == Outcome::Recommended);
    vec![
        row.label.clone(),
        answer.to_owned(),
        cost(row).map_or("–".to_owned(), |c| c.to_string()),
        change,
        second.unwrap_or("–".to_owned()),
        more.collect::<Vec<_>>().join(" "),
    ]
}

/// Refuses what a table of Regions cannot be combined with.
pub fn alone(profiles: usize, others: &[(&str, bool)]) -> Result<()> {
    let fail = |message: String| Failure::new(Exit::Usage, "what-if-profiles", message);
    if profiles > 1 {
        return Err(fail("`--regions` looks at one profile".to_owned())
            .help("give one profile")
            .into());
    }
    match others.iter().find(|(_, given)| *given) {
        Some((flag, _)) => {
            let message = format!("`--regions` prints its own table, without `{flag}`");
            Err(fail(message).help("leave one of the two out").into())
        }
        None => Ok(()),
    }
}
