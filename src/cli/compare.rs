//! `recommend --compare`: two or more profiles side by side, or one as it is beside what `--set` and `--side` make of it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;
use serde_json::Value;

use super::args::Format;
use super::source::Wanted;
use crate::domain::decision::Verdict;
use crate::exit::{Exit, Failure};
use crate::report::sections::{Block, Section, Table};
use crate::report::text::Layout;
use crate::report::view::{Candidate, View};
use crate::report::{Report, json, markdown, text};
use crate::text::visible;
use crate::workload::Override;

/// What `-f` takes here.
pub const FORMS: &[(Format, &str)] = &[
    (Format::Text, "A table"),
    (Format::Markdown, "A table"),
    (Format::Json, "cachewright/compare/v1"),
];

/// Heads of the columns; nobody reads more side by side.
const HEADS: [&str; 5] = ["A", "B", "C", "D", "E"];

#[derive(Serialize)]
struct Json {
    schema: &'static str,
    profiles: Vec<String>,
    rows: Vec<Row>,
}

/// One thing of every profile.
#[derive(Serialize)]
struct Row {
    what: String,
    values: Vec<String>,
}

/// What stands side by side: the profiles; or one with the overrides of each side, on top of those of all sides; or one
/// without and with its overrides.
pub fn sides(mut wanted: Vec<Wanted>, sides: &[String]) -> Result<Vec<Wanted>> {
    match wanted.as_slice() {
        [one] if !sides.is_empty() => {
            let side = |text: &String| {
                let more = text.split(';').map(str::trim).filter(|t| !t.is_empty());
                let mut side = one.clone();
                side.overrides.extend(more.map(Override::set));
                side
            };
            let plain = (sides.len() == 1).then(|| one.clone());
            wanted = plain.into_iter().chain(sides.iter().map(side)).collect();
        }
        [one] if !one.overrides.is_empty() => {
            let plain = Wanted {
                overrides: Vec::new(),
                ..one.clone()
            };
            wanted.insert(0, plain);
        }
        [_, _, ..] if !sides.is_empty() => {
            let message = "`--side` makes sides of one profile, several are named";
            return Err(Failure::new(Exit::Usage, "compare-profiles", message)
                .help("leave `--side` away, or name one profile")
                .into());
        }
        _ => {}
    }
    if (2..=HEADS.len()).contains(&wanted.len()) {
        return Ok(wanted);
    }
    let message = format!("`--compare` takes two to {} profiles or sides", HEADS.len());
    Err(Failure::new(Exit::Usage, "compare-profiles", message)
        .help(
            "name another profile, or say with `--set` or `--side` what the other side differs in",
        )
        .into())
}

/// The table in one of its forms.
pub fn render(reports: &[Report<'_>], form: Format, layout: Layout) -> Result<String> {
    let views: Vec<View> = reports.iter().map(View::new).collect();
    let rows = rows(reports, &views);
    if form == Format::Json {
        return json::to_string(&Json {
            schema: "cachewright/compare/v1",
            profiles: views.iter().map(|v| v.name.clone()).collect(),
            rows,
        });
    }
    let legend = std::iter::zip(HEADS, &views).map(|(head, view)| {
        let line = view.asked.line();
        (head.to_owned(), format!("{}: {line}", view.name))
    });
    let mut head = vec![("", false)];
    head.extend(HEADS.iter().take(views.len()).map(|h| (*h, false)));
    let cells = rows.into_iter().map(|row| {
        let values = row.values.into_iter();
        std::iter::once(row.what).chain(values).collect()
    });
    let section = Section {
        id: "compare",
        title: "Side by side".to_owned(),
        blocks: vec![
            Block::Facts(legend.collect()),
            Block::Table(Table {
                head,
                rows: cells.collect(),
            }),
        ],
    };
    let mut out = String::new();
    if form == Format::Markdown {
        markdown::render_folded(&mut out, &section, false);
    } else {
        text::render_section(&mut out, &section, layout);
    }
    Ok(out)
}

/// What is asked where it differs, then the answers, then every service.
fn rows(reports: &[Report<'_>], views: &[View]) -> Vec<Row> {
    let mut out = asked(reports);
    let mut add = |what: &str, of: &dyn Fn(&View) -> String| {
        out.push(Row {
            what: what.to_owned(),
            values: views.iter().map(of).collect(),
        });
    };
    add("answer", &|v| {
        let best = v.best().filter(|_| v.recommended);
        best.map_or_else(|| v.outcome.word().to_owned(), |c| c.name.clone())
    });
    let of_best = |v: &View, of: &dyn Fn(&Candidate) -> String| {
        let best = v.best().filter(|_| v.recommended);
        best.map_or("–".to_owned(), of)
    };
    add("a month", &|v| of_best(v, &|c| c.cost.text.clone()));
    add("saves after its cost", &|v| {
        of_best(v, &|c| c.saving.text.clone())
    });
    add("hit (median)", &|v| of_best(v, &|c| c.p50.text.clone()));
    add("second", &|v| {
        v.second.as_ref().map_or("–".to_owned(), |s| s.name.clone())
    });
    add("cautions", &|v| {
        of_best(v, &|c| {
            let codes: Vec<&str> = c.cautions.iter().map(|c| c.code.as_str()).collect();
            codes.join(" ")
        })
    });
    out.extend(services(views));
    out
}

/// The fields of the resolved profiles that are not the same everywhere.
fn asked(reports: &[Report<'_>]) -> Vec<Row> {
    let flat: Vec<BTreeMap<String, String>> = reports
        .iter()
        .map(|r| {
            let mut out = BTreeMap::new();
            let map = json::profile(r.profile).into_iter();
            // Which values are defaults says nothing about the workload.
            let told =
                map.filter(|(key, _)| key != "defaults" && key != "name" && key != "description");
            flatten("", &Value::Object(told.collect()), &mut out);
            out
        })
        .collect();
    let mut paths: Vec<&String> = flat.iter().flat_map(BTreeMap::keys).collect();
    paths.sort();
    paths.dedup();
    let rows = paths.into_iter().filter_map(|path| {
        let values = flat.iter().map(|one| one.get(path).cloned());
        let values: Vec<String> = values.map(|v| v.unwrap_or("–".to_owned())).collect();
        let differ = values.iter().any(|v| *v != values[0]);
        differ.then(|| Row {
            what: path.clone(),
            values,
        })
    });
    rows.collect()
}

fn flatten(path: &str, value: &Value, out: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let at = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                flatten(&at, value, out);
            }
        }
        Value::String(text) => drop(out.insert(path.to_owned(), visible(text))),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let text = if words.is_empty() {
                "–".to_owned()
            } else {
                visible(&words.join(", "))
            };
            out.insert(path.to_owned(), text);
        }
        Value::Null => drop(out.insert(path.to_owned(), "–".to_owned())),
        other => drop(out.insert(path.to_owned(), other.to_string())),
    }
}

/// What every candidate costs, or the codes of what rules it out.
fn services(views: &[View]) -> Vec<Row> {
    let mut names: Vec<&str> = Vec::new();
    for candidate in views.iter().flat_map(|v| &v.candidates) {
        if candidate.verdict != Verdict::Comparison && !names.contains(&candidate.name.as_str()) {
            names.push(&candidate.name);
        }
    }
    let rows = names.into_iter().map(|name| Row {
        what: name.to_owned(),
        values: views
            .iter()
            .map(|v| {
                let found = v.candidates.iter().find(|c| c.name == name);
                found.map_or("–".to_owned(), |c| match c.verdict {
                    Verdict::Eligible => c.cost.text.clone(),
                    _ => format!("out: {}", c.codes.join(", ")),
                })
            })
            .collect(),
    });
    rows.collect()
}
