//! The finding of `watch` as text, Markdown and JSON. No time of day: the same inputs give the same bytes.

use std::fmt::Write as _;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::movers::Cause;
use super::{Found, Verdict};
use crate::domain::money::Usd;
use crate::report::read::Written;
use crate::report::sections::Table;
use crate::report::text::{Layout, grid};
use crate::text::{cut, markdown as escaped, one_line, plural, visible};

/// Movers that a screen has room for.
const SHOWN: usize = 3;

/// One side: what a report answers.
pub(super) struct Answer {
    pub outcome: String,
    pub service: Option<String>,
    pub variant: Option<String>,
    pub cost: Option<Decimal>,
    pub complete: bool,
    /// `clear`, `close`, `open`.
    pub level: String,
    why: String,
    points: Option<f64>,
    prices: String,
    as_of: String,
    runner_up: Option<String>,
}

impl Answer {
    pub(super) fn of(report: &Value) -> Self {
        let report = Written(report);
        let [prices, as_of] = report.prices().map(str::to_owned);
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            outcome: report.outcome().to_owned(),
            service: owned(report.service()),
            variant: owned(report.variant()),
            cost: report.cost(),
            complete: report.is_complete(),
            level: owned(report.level()).unwrap_or_default(),
            why: owned(report.why()).unwrap_or_default(),
            points: report.margin(),
            prices,
            as_of,
            runner_up: owned(report.runner_up()),
        }
    }

    /// `dynamodb (standard)`, or the word of the outcome.
    fn name(&self) -> String {
        match (&self.service, &self.variant) {
            (Some(service), Some(variant)) => format!("{service} ({variant})"),
            (Some(service), None) => service.clone(),
            (None, _) => self.outcome.clone(),
        }
    }

    fn bill(&self) -> String {
        let sign = if self.complete { "" } else { "≥ " };
        self.cost
            .map_or("–".to_owned(), |c| format!("{sign}{} a month", Usd(c)))
    }

    fn dated(&self) -> String {
        format!("{} of {}", self.prices, self.as_of)
    }
}

#[derive(Serialize)]
pub(super) struct Json {
    schema: &'static str,
    profile: String,
    verdict: &'static str,
    accepted: Side,
    now: Side,
    causes: Vec<Cause>,
    margin: Margin,
    notes: Vec<String>,
    command: String,
}

#[derive(Serialize)]
struct Side {
    /// Service and variant; `null` where the outcome is none.
    choice: Option<Choice>,
    outcome: String,
    /// USD a month.
    cost: Option<String>,
    complete: bool,
    level: String,
    prices_as_of: String,
}

#[derive(Serialize)]
struct Choice {
    service: String,
    variant: Option<String>,
}

/// How far today's answer is from another.
#[derive(Serialize)]
struct Margin {
    points: Option<f64>,
    runner_up: Option<String>,
    why: String,
}

fn side(answer: &Answer) -> Side {
    Side {
        choice: answer.service.clone().map(|service| Choice {
            service,
            variant: answer.variant.clone(),
        }),
        outcome: answer.outcome.clone(),
        cost: answer.cost.map(crate::domain::money::plain),
        complete: answer.complete,
        level: answer.level.clone(),
        prices_as_of: answer.as_of.clone(),
    }
}

/// For programs.
pub(super) fn json(found: &Found) -> Json {
    let [accepted, now] = [&found.reports[0], &found.reports[1]].map(Answer::of);
    Json {
        schema: "cachewright/watch/v1",
        profile: found.name.clone(),
        verdict: found.verdict.word(),
        accepted: side(&accepted),
        now: side(&now),
        causes: found.causes.clone(),
        margin: Margin {
            points: now.points,
            runner_up: now.runner_up.clone(),
            why: now.why.clone(),
        },
        notes: found.notes.clone(),
        command: found.command.clone(),
    }
}

/// The verdict in a sentence.
fn sentence(found: &Found, accepted: &Answer, now: &Answer) -> String {
    match found.verdict {
        Verdict::Same => format!("{} still holds", accepted.name()),
        Verdict::Changed => format!("{} still holds, at another cost", accepted.name()),
        Verdict::Flip if accepted.name() == now.name() => {
            format!("{} is no longer sure", accepted.name())
        }
        Verdict::Flip => format!("{} is now {}", accepted.name(), now.name()),
        Verdict::Unknown => format!("{}: a price is missing", now.name()),
    }
}

/// `prices  dynamodb/wcu-hours` with the values and what they do.
fn row(cause: &Cause) -> Vec<String> {
    let dash = || "–".to_owned();
    let value = |v: &Option<String>| v.as_deref().map_or_else(dash, |t| one_line(&cut(t, 60)));
    let what = cause.field.as_ref().or(cause.meter.as_ref());
    let effect = cause.effect().map_or_else(dash, |d| {
        let sign = if d.is_sign_negative() { "−" } else { "+" };
        format!("{sign}{}", Usd(d.abs()))
    });
    vec![
        cause.cause.to_owned(),
        what.map_or_else(dash, |w| one_line(w)),
        value(&cause.before),
        value(&cause.after),
        effect,
    ]
}

/// How many of what moved is not shown.
fn more(causes: &[Cause]) -> Option<String> {
    let rest = causes.get(SHOWN..).filter(|rest| !rest.is_empty())?;
    Some(format!(
        "and {}, in -f json",
        plural(rest.len(), "smaller move")
    ))
}

/// For a terminal: at most 24 lines at 80 columns.
pub(super) fn text(found: &Found, layout: Layout) -> String {
    let [accepted, now] = [&found.reports[0], &found.reports[1]].map(Answer::of);
    let wrap = |text: &str| layout.wrap(text, "  ", "  ");
    let head = found.verdict.word().to_uppercase();
    let said = sentence(found, &accepted, &now);
    let head = format!("{head}  {}: {said}", found.name);
    let mut out = layout.wrap(&head, "", "  ") + "\n\n";
    for (label, answer) in [("accepted", &accepted), ("now", &now)] {
        let line = format!("{}, {}, {}", answer.name(), answer.bill(), answer.dated());
        let first = format!("  {label:<8}  ");
        let _ = writeln!(out, "{}", layout.wrap(&line, &first, &" ".repeat(12)));
    }
    if !found.causes.is_empty() {
        let rows = found.causes.iter().take(SHOWN).map(row);
        let head = ["Cause", "What", "Before", "After", ">Accepted bill"];
        let table = grid(&Table::new(&head, rows), layout.width.saturating_sub(2));
        out.push('\n');
        for line in table.lines() {
            let _ = writeln!(out, "  {}", line.trim_end());
        }
        if let Some(line) = more(&found.causes) {
            let _ = writeln!(out, "  {line}");
        }
    }
    out.push('\n');
    if !now.why.is_empty() {
        let _ = writeln!(out, "{}", wrap(&margin(&now)));
    }
    for note in found.notes.iter().take(2) {
        let _ = writeln!(out, "{}", wrap(&format!("Note: {}", cut(note, 150))));
    }
    let _ = writeln!(out, "  To accept: {}", visible(&found.command));
    out
}

/// How sure today's answer is: `Margin: 12.1 points, clear. …`.
fn margin(now: &Answer) -> String {
    let points = now
        .points
        .map_or(String::new(), |p| format!("{p:.1} points, "));
    format!("Margin: {points}{}. {}", now.level, cut(&now.why, 160))
}

/// What somebody typed, as code: there nothing is a mention, a link or markup.
fn code(text: &str) -> String {
    if text == "–" {
        return text.to_owned();
    }
    let quiet = one_line(text).replace('`', "'").replace('|', "\\|");
    format!("`{quiet}`")
}

/// For a summary or an issue: what a profile calls itself is text, never a mention or a link.
pub(super) fn markdown(found: &Found) -> String {
    let [accepted, now] = [&found.reports[0], &found.reports[1]].map(Answer::of);
    let said = sentence(found, &accepted, &now);
    let word = found.verdict.word();
    let mut out = format!(
        "## {word}: {}\n\n**{}**\n\n",
        code(&found.name),
        escaped(&said)
    );
    let _ = writeln!(
        out,
        "| | answer | a month | prices |\n| --- | --- | ---: | --- |"
    );
    for (label, a) in [("accepted", &accepted), ("now", &now)] {
        let _ = writeln!(
            out,
            "| {label} | {} | {} | {} |",
            escaped(&a.name()),
            a.bill(),
            a.dated()
        );
    }
    if !found.causes.is_empty() {
        let _ = writeln!(
            out,
            "\n| cause | what | before | after | accepted bill |\n| --- | --- | --- | --- | ---: |"
        );
        for cause in found.causes.iter().take(SHOWN) {
            let cells: Vec<String> = row(cause).iter().map(|cell| code(cell)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
        if let Some(line) = more(&found.causes) {
            let _ = writeln!(out, "\n{line}");
        }
    }
    if !now.why.is_empty() {
        let _ = writeln!(out, "\n{}", escaped(&margin(&now)));
    }
    for note in &found.notes {
        let _ = writeln!(out, "\n> {}", code(note));
    }
    let _ = writeln!(
        out,
        "\nTo accept:\n\n```sh\n{}\n```",
        visible(&found.command)
    );
    out
}
