//! The short report: what the person who decides reads first, in at most 24 lines.
//!
//! Made once as data; the terminal, Markdown and the page lay it out. What does not fit is left to `--full`.

pub mod markdown;
mod rows;
pub mod text;

use super::Report;
use super::view::{self, Value, View};
use crate::domain::decision::{Decision, Outcome, Pick};
use crate::domain::outlook::{PriceTag, Question};
use crate::domain::price::BookOrigin;
use crate::text::{one_line, shell};
use crate::words::{self, short as say};
pub use rows::Row;

/// Everything the short report says.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Short {
    /// Name of the profile.
    pub name: String,
    /// What was asked.
    pub asked: String,
    /// How many services could be the answer, in a word.
    pub services: String,
    /// The answer: a service and how to buy it, or that there is none.
    pub answer: String,
    /// Bill, and what it saves or how long a hit takes.
    pub figures: Vec<String>,
    /// `clear`, `close` or `open`, where that was looked at.
    pub level: Option<&'static str>,
    /// Why, in at most two sentences.
    pub why: String,
    /// Heading of the last column of the rows.
    pub why_not: &'static str,
    /// One line a service.
    pub rows: Vec<Row>,
    /// What was not said and matters.
    pub unsaid: Vec<Unsaid>,
    /// What wishes cost.
    pub tags: Vec<String>,
    /// What to relax where nothing fits.
    pub relax: Vec<String>,
    /// What runs today, beside the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
    /// The cheaper thing outside the candidates.
    pub outside: Option<String>,
    /// Cautions about money, safety and what cannot be undone.
    pub warnings: Vec<String>,
    /// Age of the oldest price.
    pub prices: String,
    /// How to see more.
    pub more: String,
    /// The next command.
    pub next: String,
}

/// Something that was not said, and matters.
#[derive(Clone, Debug, serde::Serialize)]
pub struct Unsaid {
    /// An option to paste, or the field where no single value gives another answer.
    pub set: String,
    /// The answer then.
    pub then: String,
    /// What is assumed, and what knowing it is worth.
    pub more: Vec<String>,
}

/// At most so many questions, price tags, must-haves to relax and warnings.
const MOST: [usize; 4] = [3, 2, 2, 3];

/// Makes it.
pub fn short(report: &Report<'_>, view: &View) -> Short {
    let d = report.decision;
    let typed = |path: &str| report.typed.get(path).map(|t| one_line(t.trim()));
    let [questions, tags, relax, warnings] = MOST;
    let outlook = report.outlook;
    let names = |pick: &_| brief_of(report, pick);
    Short {
        name: view.name.clone(),
        asked: one_line(&say::asked(report.profile, &typed)),
        services: say::how_many(d),
        answer: answer(d, view),
        figures: figures(d, view),
        level: view.verdict.as_ref().map(|v| v.level),
        why: one_line(&why(report, view)),
        why_not: rows::heading(d.outcome),
        rows: rows::rows(report, view),
        unsaid: outlook.map_or(Vec::new(), |o| {
            let first = o.questions.iter().take(questions);
            first.map(|q| unsaid(q, &names)).collect()
        }),
        tags: outlook.map_or(Vec::new(), |o| {
            o.tags.iter().take(tags).map(|t| tag(t, &names)).collect()
        }),
        relax: self::relax(view, relax),
        running: view.running.clone(),
        // Where nothing fits it is the second sentence.
        outside: d
            .beyond
            .filter(|b| b.less.is_some())
            .map(|b| one_line(&say::outside(d, b))),
        warnings: self::warnings(report, view, warnings),
        prices: prices(report, view),
        more: more(view),
        next: next(view),
    }
}

impl Short {
    /// Leaves out the least important thing; `false` when nothing is left that may go.
    pub fn shorten(&mut self) -> bool {
        let extra = self.rows.iter().rposition(|r| r.is_extra);
        if let Some(at) = extra {
            self.rows.remove(at);
        } else if self.unsaid.len() > 2 {
            self.unsaid.pop();
        } else if self.tags.len() > 1 {
            self.tags.pop();
        } else if self.relax.len() > 1 {
            self.relax.pop();
        } else if self.unsaid.len() > 1 {
            self.unsaid.pop();
        } else if self.rows.len() > 4 {
            rows::join_last(&mut self.rows);
        } else if self.warnings.len() > 1 {
            self.warnings.pop();
        } else if self.rows.len() > 3 {
            rows::join_last(&mut self.rows);
        } else {
            return false;
        }
        true
    }
}

/// An answer by its short name.
pub(super) fn brief_of(report: &Report<'_>, pick: &Pick) -> String {
    if pick.service == Outcome::NoCache.word() {
        return say::NO_CACHE.to_owned();
    }
    let service = report.catalog.service(&pick.service);
    let variants = service.map(|s| s.variants.as_slice()).unwrap_or_default();
    let own = variants.iter().find(|v| v.id == pick.variant);
    let brief = own.map(|v| v.brief.as_str()).filter(|b| !b.is_empty());
    let name = brief.or(service.map(|s| s.name.as_str()));
    name.map_or_else(|| report.name(pick), |n| one_line(unbranded(n)))
}

/// Without the vendor's name.
pub(super) fn unbranded(name: &str) -> &str {
    name.strip_prefix("Amazon ").unwrap_or(name)
}

fn answer(d: &Decision, view: &View) -> String {
    match (view.outcome, view.best()) {
        (Outcome::Recommended, Some(c)) => c.brief.clone(),
        (Outcome::NoneFits, _) => say::none_of(d),
        _ => "No cache".to_owned(),
    }
}

fn figures(d: &Decision, view: &View) -> Vec<String> {
    let Some(c) = view.best().filter(|_| view.recommended) else {
        let without = view.baseline.total.known();
        let without = without.filter(|_| d.outcome == Outcome::NoCache);
        return without.map(say::as_it_is).into_iter().collect();
    };
    let saving = d.winner().and_then(|w| w.saving);
    let worth_a_word = saving.is_some_and(|s| s.expected.0 >= rust_decimal::Decimal::ONE);
    let same = |end: &Value| end.number == c.cost.number || end.text == c.cost.text;
    let ends = [&c.low, &c.high].map(|end| (!same(end)).then_some(end.text.as_str()));
    let bill = say::bill(&c.cost.text, ends);
    // A loss is a sentence of its own.
    let saves = c.saving.known().filter(|_| worth_a_word);
    let from = c.pays_from_price.known();
    let second = match (saves, from) {
        (Some(saving), _) => Some(say::saves(saving)),
        (None, Some(price)) if !view.is_store => Some(say::pays_from(price)),
        _ => rows::hit(c).map(|hit| say::a_hit(&hit, &view.asked.interface.text)),
    };
    [Some(bill), second].into_iter().flatten().collect()
}

fn why(report: &Report<'_>, view: &View) -> String {
    let d = report.decision;
    let names = |pick: &_| brief_of(report, pick);
    let winner = d.winner().filter(|_| view.recommended);
    let loses = winner.and_then(|w| say::loses(d, w, &names));
    // Beside what it loses nobody needs the sum that it is lost against.
    let without = view.baseline.total.known().filter(|_| loses.is_none());
    let first = match (d.outcome, d.winner(), d.second()) {
        (Outcome::NoneFits, ..) => say::none_fits(d),
        (Outcome::NoCache, ..) => say::no_cache(d, &names),
        (_, Some(w), Some(s)) => say::against(w, s, &names(&s.pick)),
        _ => say::alone(d, without),
    };
    let plain = winner.filter(|_| loses.is_none());
    let despite = plain.and_then(|_| say::despite(d));
    let cheaper = plain.filter(|_| despite.is_none());
    let cheaper = cheaper.and_then(|_| say::cheaper(d, &names));
    let sure = report.outlook.filter(|_| view.recommended);
    let sure = sure.and_then(|o| say::sure(&o.certainty, &names));
    [loses, despite, Some(first), cheaper, sure]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

fn unsaid(question: &Question, names: words::outlook::Names<'_>) -> Unsaid {
    let more = [
        Some(say::assumed(&question.assumed)),
        say::worth(question.worth),
    ];
    let more = more.into_iter().flatten().map(|t| one_line(&t)).collect();
    let (set, then) = match &question.flip {
        Some((at, to)) => {
            let set = format!("{}={}", question.field, compact(at));
            (format!("--set {}", shell(&set)), names(to))
        }
        None => (format!("`{}`", question.field), say::ANOTHER_WAY.to_owned()),
    };
    Unsaid {
        set,
        then: one_line(&then),
        more,
    }
}

/// A value without the space before its unit, so that a shell needs no quotes.
fn compact(value: &str) -> String {
    if value.starts_with(|c: char| c.is_ascii_digit()) {
        value.replace(' ', "")
    } else {
        value.to_owned()
    }
}

fn tag(tag: &PriceTag, names: words::outlook::Names<'_>) -> String {
    one_line(&say::tag(tag, &names(&tag.winner)))
}

/// The smallest steps; one for each set of services that it brings.
fn relax(view: &View, most: usize) -> Vec<String> {
    let mut steps: Vec<&view::Relax> = Vec::new();
    for step in &view.relax {
        let same = |known: &&view::Relax| known.field == step.field && known.names == step.names;
        if !steps.iter().any(same) {
            steps.push(step);
        }
    }
    let steps = steps.into_iter().take(most);
    steps
        .map(|r| say::relax(&r.field, &r.from, &r.to, &r.names))
        .collect()
}

/// In the order of the catalog.
fn warnings(report: &Report<'_>, view: &View, most: usize) -> Vec<String> {
    let Some(c) = view.best().filter(|_| view.recommended) else {
        return Vec::new();
    };
    let briefly = report.catalog.briefly.iter();
    let remarks = || c.cautions.iter().chain(&view.notes);
    let said = briefly.filter(|b| remarks().any(|x| x.code == b.code));
    said.take(most).map(|b| one_line(&b.says)).collect()
}

fn prices(report: &Report<'_>, view: &View) -> String {
    let p = &view.prices;
    let origin = report.book.origin;
    let fell_back = origin == BookOrigin::Snapshot && !p.notes.is_empty();
    let oldest = p.oldest_used.known().unwrap_or(&p.as_of.text);
    say::prices(origin, oldest, p.terms, fell_back)
}

fn more(view: &View) -> String {
    let second = view.second.as_ref().and_then(|s| s.index);
    let other = second.map(|i| &view.candidates[i]);
    let best = view.best().map(|c| c.service.as_str());
    let other = other.or_else(|| {
        view.candidates
            .iter()
            .find(|c| Some(c.service.as_str()) != best)
    });
    let why = other.map_or(String::new(), |c| format!(", --why {}", c.service));
    format!("More: --full{why}, -o report.html")
}

fn next(view: &View) -> String {
    let file = &view.file;
    let command = if view.recommended {
        format!("cachewright generate {file} -o stack")
    } else {
        format!("cachewright recommend {file} --full")
    };
    format!("Next: {command}")
}
