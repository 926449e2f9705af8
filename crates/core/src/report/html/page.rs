//! One report as the template sees it: the sections of the contract, in its order.

use std::collections::BTreeMap;

use anyhow::Result;
use rust_decimal::prelude::ToPrimitive;
use serde::Serialize;

use super::Entry;
use super::answer::{self, Answer, Fact};
use super::costs::{self, CostChart};
use super::profile;
use super::words::{self, Num, Span, View as Json, link, sentence, spans, unknown};
use crate::domain::units::Quantity;
use crate::report::charts::{self, Bar, LineChart};
use crate::report::sections::provenance;
use crate::text::{one_line, shell, stack_name};

/// Everything on the page about one profile.
#[derive(Serialize)]
pub(super) struct View {
    id: String,
    name: String,
    description: Option<String>,
    question: Vec<Fact>,
    answer: Answer,
    money: Vec<Fact>,
    chart: Option<CostChart>,
    hit_ratio: Option<LineChart>,
    hit_rows: Vec<[Num; 3]>,
    sizes: Vec<SizeRow>,
    measured: Option<String>,
    why: Why,
    changes: Changes,
    candidates: Vec<Row>,
    lines: Vec<Lines>,
    ruled_out: Vec<Out>,
    best_name: String,
    plans: Vec<Plan>,
    cautions: Vec<Remark>,
    living: Vec<(&'static str, Vec<Span>)>,
    notes: Vec<Remark>,
    assumptions: Vec<Assumption>,
    commands: Vec<String>,
    sources: Vec<SourceRow>,
    profile: String,
    command: String,
    catalog: String,
    prices: [Num; 2],
    price_notes: Vec<Vec<Span>>,
}

/// The size of one candidate that is worth paying for.
#[derive(Serialize)]
struct SizeRow {
    name: String,
    /// Size, hit ratio, monthly cost, saving; then the next size, its cost, what it avoids.
    cells: [Num; 7],
}

#[derive(Serialize)]
struct Why {
    title: &'static str,
    second: Option<String>,
    tie: bool,
    decided_by: Vec<Vec<Span>>,
    terms: Vec<Term>,
    total: Num,
    bottleneck: Vec<Span>,
}

#[derive(Serialize)]
struct Term {
    name: String,
    points: Num,
    x: String,
    width: String,
    negative: bool,
    why: Vec<Span>,
}

#[derive(Serialize)]
struct Changes {
    relax: Vec<Relax>,
    worth: Vec<Assumption>,
    bars: Vec<Bar>,
    /// Fields that were searched and cannot change the answer.
    firm: Vec<String>,
    ranges: Option<Ranges>,
    charts: Vec<LineChart>,
    growth: Option<LineChart>,
}

/// Must-haves that together unlock something.
#[derive(Serialize)]
struct Relax {
    steps: Vec<[Vec<Span>; 3]>,
    unlocks: String,
}

/// Another way to buy the choice.
#[derive(Serialize)]
struct Plan {
    name: String,
    cost: Num,
    why_not: Vec<Span>,
}

#[derive(Serialize)]
struct Ranges {
    samples: Num,
    won: Vec<Won>,
}

#[derive(Serialize)]
struct Won {
    name: String,
    samples: Num,
}

#[derive(Serialize)]
struct Row {
    name: String,
    verdict: String,
    codes: Vec<String>,
    chosen: bool,
    cost: Num,
    saving: Num,
    p50: Num,
    p99: Num,
    effective: Num,
    score: Num,
}

#[derive(Serialize)]
struct Lines {
    name: String,
    open: bool,
    rows: Vec<LineRow>,
    total: Num,
}

#[derive(Serialize)]
struct LineRow {
    meter: String,
    region: String,
    quantity: Num,
    unit: String,
    price: Num,
    cost: Num,
    origin: String,
    detail: String,
    refs: Vec<usize>,
}

#[derive(Serialize)]
struct Out {
    name: String,
    reasons: Vec<Remark>,
}

#[derive(Serialize)]
struct Remark {
    text: Vec<Span>,
    code: String,
    field: String,
    refs: Vec<usize>,
}

#[derive(Serialize)]
struct Assumption {
    field: String,
    value: Vec<Span>,
    /// `yes`, `no` or `not computed`.
    flips: &'static str,
    at: Num,
    to: String,
}

#[derive(Serialize)]
struct SourceRow {
    number: usize,
    text: String,
    href: Option<String>,
    date: String,
    checked: String,
}

/// Numbers sources as they are cited.
#[derive(Default)]
struct Refs(Vec<SourceRow>);

impl Refs {
    fn cite(&mut self, view: &Json<'_>, list: &str) -> Vec<usize> {
        let mut out = Vec::new();
        for i in 0..view.len(list) {
            let at = |key: &str| view.text(&format!("{list}/{i}/{key}"));
            let number = self.number(at("url"), at("date"), at("checked"));
            if !out.contains(&number) {
                out.push(number);
            }
        }
        out
    }

    /// The number of a source, a new one when it is not known yet.
    fn number(&mut self, text: String, date: String, checked: String) -> usize {
        if let Some(known) = self.0.iter().position(|s| s.text == text && s.date == date) {
            return known + 1;
        }
        let number = self.0.len() + 1;
        self.0.push(SourceRow {
            number,
            href: link(&text),
            text,
            date,
            checked,
        });
        number
    }

    fn remark(&mut self, view: &Json<'_>, at: &str) -> Remark {
        let refs = self.cite(view, &format!("{at}/sources"));
        Remark {
            text: sentence(view.rich(&format!("{at}/text"))),
            code: view.text(&format!("{at}/code")),
            field: view.text(&format!("{at}/field")),
            refs,
        }
    }

    fn remarks(&mut self, view: &Json<'_>, list: &str) -> Vec<Remark> {
        (0..view.len(list))
            .map(|i| self.remark(view, &format!("{list}/{i}")))
            .collect()
    }
}

/// Collects one report.
pub(super) fn build(index: usize, entry: &Entry<'_>, view: &Json<'_>) -> Result<View> {
    let report = entry.report;
    let best = report.decision.best;
    let id = format!("r{index}");
    let mut refs = Refs::default();
    let lines = lines(entry, view, &mut refs);
    let ruled_out = ruled_out(view, &mut refs);
    let cautions = best.map_or(Vec::new(), |i| {
        refs.remarks(view, &format!("/candidates/{i}/cautions"))
    });
    let notes = refs.remarks(view, "/notes");
    Ok(View {
        name: one_line(&report.profile.name),
        description: report.profile.description.as_deref().map(one_line),
        question: answer::question(view),
        answer: answer::answer(report, view),
        money: answer::money(report, view),
        chart: costs::chart(view, best, report.decision.winner().is_some()),
        hit_ratio: hit_ratio(entry, &id),
        hit_rows: (0..view.len("/profile/data/hit_ratio_curve"))
            .map(|i| {
                ["size", "objects", "bytes"]
                    .map(|k| view.plain(&format!("/profile/data/hit_ratio_curve/{i}/{k}")))
            })
            .collect(),
        sizes: (0..view.len("/candidates"))
            .filter_map(|i| size_row(view, i))
            .collect(),
        measured: provenance(report.profile).map(|text| one_line(&text)),
        why: why(entry, view),
        changes: changes(entry, view, &id),
        candidates: (0..view.len("/candidates"))
            .map(|i| row(entry, view, i))
            .collect(),
        lines,
        ruled_out,
        best_name: best.map_or(String::new(), |i| {
            view.text(&format!("/candidates/{i}/name"))
        }),
        plans: best.map_or(Vec::new(), |i| plans(view, i)),
        cautions,
        living: best.map_or(Vec::new(), |i| answer::living(view, i)),
        notes,
        assumptions: assumptions(entry, view),
        commands: commands(entry),
        sources: refs.0,
        profile: profile::yaml(
            view.0
                .pointer("/profile")
                .unwrap_or(&serde_json::Value::Null),
        ),
        command: entry.command.clone(),
        catalog: view.text("/tool/catalog"),
        prices: [
            view.plain("/tool/prices/origin"),
            view.plain("/tool/prices/as_of"),
        ],
        price_notes: (0..view.len("/tool/prices/notes"))
            .map(|i| view.rich(&format!("/tool/prices/notes/{i}")))
            .collect(),
        id,
    })
}

fn hit_ratio(entry: &Entry<'_>, id: &str) -> Option<LineChart> {
    let float = |d: rust_decimal::Decimal| d.to_f64().unwrap_or(f64::NAN);
    let data = &entry.report.profile.data;
    let points: Vec<(f64, f64, f64)> = data
        .curve
        .iter()
        .map(|p| (float(p.size.value()), float(p.objects), float(p.bytes)))
        .collect();
    let set = crate::domain::profile::NumField::WorkingSet;
    let current = entry
        .report
        .profile
        .number(set)
        .map(|v| (float(v), format!("working set {}", set.show(v))));
    charts::hit_ratio(&points, current.as_ref(), format!("{id}-hits"))
}

fn size_row(view: &Json<'_>, i: usize) -> Option<SizeRow> {
    let at = |key: &str| format!("/candidates/{i}/worthwhile_size/{key}");
    let sign = match (
        view.flag(&at("net_monthly_saving/at_least")),
        view.flag(&at("net_monthly_saving/at_most")),
    ) {
        (true, false) => "≥ ",
        (false, true) => "≤ ",
        _ => "",
    };
    let has_larger = !view.text(&at("larger/size")).is_empty();
    let larger = |n: Num| if has_larger { n } else { words::word("–") };
    (!view.text(&at("size")).is_empty()).then(|| SizeRow {
        name: view.text(&format!("/candidates/{i}/name")),
        cells: [
            view.plain(&at("size")),
            view.plain(&at("hit_ratio")),
            view.usd(&at("monthly_cost"), ""),
            view.usd(&at("net_monthly_saving/expected"), sign),
            larger(view.plain(&at("larger/size"))),
            larger(view.usd(&at("larger/costs"), "")),
            larger(view.usd(&at("larger/avoids"), "")),
        ],
    })
}

fn name_of(entry: &Entry<'_>, service: &str, variant: &str) -> String {
    words::name_of(entry.report.decision, service, variant)
}

fn why(entry: &Entry<'_>, view: &Json<'_>) -> Why {
    let d = entry.report.decision;
    let recommended = d.winner().is_some();
    let best = d.best.unwrap_or(usize::MAX);
    let score = format!("/candidates/{best}/score");
    let most = (0..view.len(&format!("{score}/terms")))
        .filter_map(|t| view.decimal(&format!("{score}/terms/{t}/points")))
        .map(|d| d.abs())
        .max();
    let below = (0..view.len(&format!("{score}/terms"))).any(|t| {
        view.decimal(&format!("{score}/terms/{t}/points"))
            .is_some_and(|d| d.is_sign_negative() && !d.is_zero())
    });
    let terms = (0..view.len(&format!("{score}/terms"))).map(|t| {
        let at = |key: &str| format!("{score}/terms/{t}/{key}");
        let points = view.decimal(&at("points")).unwrap_or_default();
        let share = most
            .filter(|m| !m.is_zero())
            .and_then(|m| (points.abs() / m).to_f64())
            .unwrap_or(0.0);
        let negative = points.is_sign_negative();
        // With a negative term zero is in the middle, else at the left.
        let (zero, room) = if below { (0.5, 0.5) } else { (0.0, 1.0) };
        Term {
            name: view.text(&at("term")),
            points: view.points(&at("points")),
            x: charts::percent(if negative { zero - share * room } else { zero }),
            width: charts::percent(share * room),
            negative,
            why: view.rich(&at("why")),
        }
    });
    Why {
        title: if recommended {
            "Why it won, and who came second"
        } else {
            "Why"
        },
        second: d
            .runner_up
            .as_ref()
            .map(|p| name_of(entry, &p.service, p.variant.as_deref().unwrap_or_default())),
        tie: d.tie,
        decided_by: crate::words::decided_by(d)
            .iter()
            .map(|t| spans(t))
            .collect(),
        terms: terms.collect(),
        total: view.points(&format!("{score}/total")),
        bottleneck: view.rich("/bottleneck"),
    }
}

fn changes(entry: &Entry<'_>, view: &Json<'_>, id: &str) -> Changes {
    let charts = entry.extra.break_even.iter().enumerate();
    let (moving, firm): (Vec<_>, Vec<_>) = entry
        .extra
        .stability
        .iter()
        .cloned()
        .partition(|b| b.below.is_some() || b.above.is_some());
    Changes {
        relax: relax(entry, view),
        worth: worth(entry, view),
        bars: charts::bars(&moving),
        firm: firm.into_iter().map(|b| b.field).collect(),
        ranges: ranges(entry, view),
        charts: charts
            .filter_map(|(i, b)| charts::break_even(b, format!("{id}-even-{}", i + 1)))
            .collect(),
        growth: entry
            .extra
            .growth
            .as_ref()
            .and_then(|g| charts::growth(g, format!("{id}-growth"))),
    }
}

/// What the stated ranges do to the answer.
fn ranges(entry: &Entry<'_>, view: &Json<'_>) -> Option<Ranges> {
    let won = (0..view.len("/ranges/shares")).map(|i| {
        let at = |key: &str| format!("/ranges/shares/{i}/{key}");
        let name = name_of(
            entry,
            &view.text(&at("winner/service")),
            &view.text(&at("winner/variant")),
        );
        Won {
            name,
            samples: view.count(&at("samples")),
        }
    });
    let won: Vec<Won> = won.collect();
    (!won.is_empty()).then(|| Ranges {
        samples: view.count("/ranges/samples"),
        won,
    })
}

/// The nearest value of each field that unlocks something new.
fn relax(entry: &Entry<'_>, view: &Json<'_>) -> Vec<Relax> {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    let mut out = Vec::new();
    for i in 0..view.len("/relax") {
        let at = |key: &str| view.text(&format!("/relax/{i}/{key}"));
        let unlocks: Vec<String> = (0..view.len(&format!("/relax/{i}/unlocks")))
            .map(|u| view.text(&format!("/relax/{i}/unlocks/{u}")))
            .collect();
        let named: Vec<String> = unlocks.iter().map(|id| service_name(entry, id)).collect();
        let unlocks = named.join(", ");
        if seen.insert(at("field"), unlocks.clone()).as_ref() != Some(&unlocks) {
            let steps = steps([at("field"), at("from"), at("to")]);
            out.push(Relax { steps, unlocks });
        }
    }
    out
}

/// Several must-haves are written with commas; one row each when all three sides agree.
fn steps(texts: [String; 3]) -> Vec<[Vec<Span>; 3]> {
    let [fields, from, to] = texts.each_ref().map(|t| t.split(", ").collect::<Vec<_>>());
    if fields.len() != from.len() || fields.len() != to.len() {
        return vec![texts.map(|t| spans(&t))];
    }
    let rows = fields.into_iter().zip(from).zip(to);
    rows.map(|((field, from), to)| [field, from, to].map(spans))
        .collect()
}

fn service_name(entry: &Entry<'_>, id: &str) -> String {
    let services = &entry.report.catalog.services;
    let known = services.iter().find(|s| s.id == id);
    one_line(known.map_or(id, |s| s.name.as_str()))
}

/// Plans of the shown choice, with their price or what stands against them.
fn plans(view: &Json<'_>, best: usize) -> Vec<Plan> {
    let list = format!("/candidates/{best}/alternatives");
    (0..view.len(&list))
        .map(|i| {
            let at = |key: &str| format!("{list}/{i}/{key}");
            let sign = if view.flag(&at("complete")) {
                ""
            } else {
                "≥ "
            };
            Plan {
                name: view.text(&at("variant")),
                cost: view.usd(&at("monthly_cost"), sign),
                why_not: view.rich(&at("why_not")),
            }
        })
        .collect()
}

fn worth(entry: &Entry<'_>, view: &Json<'_>) -> Vec<Assumption> {
    let flips =
        (0..view.len("/assumptions")).filter(|i| view.flag(&format!("/assumptions/{i}/can_flip")));
    // What has a bar of its own is not said twice.
    let flips = flips.filter(|i| {
        let field = view.text(&format!("/assumptions/{i}/field"));
        entry.extra.stability.iter().all(|b| b.field != field)
    });
    flips.map(|i| assumption(entry, view, i)).collect()
}

fn row(entry: &Entry<'_>, view: &Json<'_>, i: usize) -> Row {
    let at = |rest: &str| format!("/candidates/{i}/{rest}");
    let mut codes: Vec<String> = (0..view.len(&at("reasons")))
        .map(|r| view.text(&at(&format!("reasons/{r}/code"))))
        .collect();
    codes.dedup();
    let score = view.points(&at("score/total"));
    Row {
        name: view.text(&at("name")),
        verdict: view.text(&at("verdict")).replace('-', " "),
        codes,
        chosen: entry.report.decision.winner().is_some() && entry.report.decision.best == Some(i),
        cost: view.monthly(i),
        saving: answer::saving(view, i),
        p50: view.ms(&at("latency/hit_p50_ms")),
        p99: view.ms(&at("latency/hit_p99_ms")),
        effective: view.ms(&at("latency/effective_ms")),
        score: if score.p.is_empty() {
            words::word("–")
        } else {
            score
        },
    }
}

fn lines(entry: &Entry<'_>, view: &Json<'_>, refs: &mut Refs) -> Vec<Lines> {
    let d = entry.report.decision;
    let second = d
        .runner_up
        .as_ref()
        .and_then(|p| d.candidates.iter().position(|c| c.pick == *p));
    let order = d
        .best
        .into_iter()
        .chain(second)
        .chain((0..d.candidates.len()).filter(|i| d.best != Some(*i) && second != Some(*i)));
    let with_lines = order.filter(|i| view.len(&format!("/candidates/{i}/line_items")) > 0);
    with_lines
        .map(|i| {
            let at = |rest: &str| format!("/candidates/{i}/{rest}");
            Lines {
                name: view.text(&at("name")),
                open: d.best == Some(i),
                rows: (0..view.len(&at("line_items")))
                    .map(|l| line(view, &at(&format!("line_items/{l}")), refs))
                    .collect(),
                total: view.monthly(i),
            }
        })
        .collect()
}

fn line(view: &Json<'_>, at: &str, refs: &mut Refs) -> LineRow {
    let text = |key: &str| view.text(&format!("{at}/{key}"));
    let price = view.plain(&format!("{at}/unit_price"));
    let origin = match (view.flag(&format!("{at}/free_tier")), text("origin/as_of")) {
        (true, _) => "always free".to_owned(),
        (false, as_of) if as_of.is_empty() => "no price known".to_owned(),
        (false, as_of) => format!("{} of {as_of}", text("origin/kind")),
    };
    let discount = match text("discount") {
        none if none.is_empty() => none,
        share => format!("{share} off"),
    };
    let detail: Vec<String> = [text("origin/sku"), discount]
        .into_iter()
        .filter(|t| !t.is_empty())
        .collect();
    let source = text("origin/source");
    let cited =
        (!source.is_empty()).then(|| refs.number(source, text("origin/as_of"), String::new()));
    LineRow {
        meter: words::meter(&text("meter")),
        region: text("region"),
        quantity: view.quantity(&format!("{at}/quantity")),
        unit: text("unit"),
        price: if price.p.is_empty() {
            unknown()
        } else {
            Num {
                t: format!("${}", price.t),
                ..price
            }
        },
        cost: view.usd(&format!("{at}/cost"), ""),
        origin,
        detail: detail.join(", "),
        refs: cited.into_iter().collect(),
    }
}

fn ruled_out(view: &Json<'_>, refs: &mut Refs) -> Vec<Out> {
    let out = (0..view.len("/candidates"))
        .filter(|i| view.text(&format!("/candidates/{i}/verdict")) == "ruled-out");
    out.map(|i| Out {
        name: view.text(&format!("/candidates/{i}/name")),
        reasons: refs.remarks(view, &format!("/candidates/{i}/reasons")),
    })
    .collect()
}

fn assumptions(entry: &Entry<'_>, view: &Json<'_>) -> Vec<Assumption> {
    (0..view.len("/assumptions"))
        .map(|i| assumption(entry, view, i))
        .collect()
}

fn assumption(entry: &Entry<'_>, view: &Json<'_>, i: usize) -> Assumption {
    let at = |key: &str| format!("/assumptions/{i}/{key}");
    let can_flip = view
        .0
        .pointer(&at("can_flip"))
        .and_then(serde_json::Value::as_bool);
    Assumption {
        field: view.text(&at("field")),
        value: view.rich(&at("value")),
        flips: can_flip.map_or("not computed", |yes| if yes { "yes" } else { "no" }),
        at: view.near(&at("flips_at")),
        to: name_of(
            entry,
            &view.text(&at("flips_to/service")),
            &view.text(&at("flips_to/variant")),
        ),
    }
}

/// Commands with what they are for, as lines that can be pasted into a shell.
fn commands(entry: &Entry<'_>) -> Vec<String> {
    let file = shell(entry.report.file);
    let mut out = Vec::new();
    if entry.report.decision.winner().is_some() {
        out.push("# the stack and sample code, as files".to_owned());
        out.push(format!("cachewright generate {file} -o stack"));
        out.push("# shows the change first, deploys when you agree".to_owned());
        out.push(format!(
            "cachewright deploy {file} --stack-name {}",
            stack_name(&entry.report.profile.name)
        ));
    }
    out.push("# this report for a pull request".to_owned());
    out.push(format!(
        "cachewright recommend {file} -f markdown -o report.md"
    ));
    out
}
