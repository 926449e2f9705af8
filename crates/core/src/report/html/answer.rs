//! The top of the page: the answer, the key figures, what was asked, what it costs and saves.

use serde::Serialize;

use super::words::{Num, Span, View};
use crate::domain::decision::Outcome;
use crate::report::Report;

/// A label with a value and a remark.
#[derive(Serialize)]
pub(super) struct Fact {
    label: &'static str,
    value: Num,
    /// Words before the second value.
    joint: &'static str,
    more: Option<Num>,
    /// Words after it all.
    after: String,
}

impl Fact {
    fn new(label: &'static str, value: Num) -> Self {
        Self {
            label,
            value,
            joint: "",
            more: None,
            after: String::new(),
        }
    }

    fn after(mut self, text: impl Into<String>) -> Self {
        let text = text.into();
        // `unknown a month` says nothing more than `unknown`.
        if !self.value.p.is_empty() || text.starts_with(':') {
            self.after = text;
        }
        self
    }

    fn more(mut self, joint: &'static str, value: Num) -> Self {
        self.joint = joint;
        self.more = Some(value);
        self
    }
}

/// The answer in one glance.
#[derive(Serialize)]
pub(super) struct Answer {
    tag: &'static str,
    tone: &'static str,
    headline: String,
    summary: Vec<Span>,
    second: Option<Second>,
    figures: Vec<Figure>,
}

/// Who came second, and by how much.
#[derive(Serialize)]
struct Second {
    name: String,
    cost: Num,
    score: Num,
    best: Num,
}

#[derive(Serialize)]
struct Figure {
    label: &'static str,
    value: Num,
    low: Option<Num>,
    high: Option<Num>,
    note: String,
}

/// The answer and its key figures.
pub(super) fn answer(report: &Report<'_>, view: &View<'_>) -> Answer {
    let d = report.decision;
    let best = d
        .best
        .and_then(|i| d.candidates.get(i))
        .map(|c| crate::text::one_line(&c.name));
    let (tag, tone, headline) = match d.outcome {
        Outcome::Recommended => ("Recommended", "good", best.unwrap_or_default()),
        Outcome::NoCache => ("Answer", "mild", "No shared cache".to_owned()),
        Outcome::NoneFits => ("Answer", "bad", "Nothing fits".to_owned()),
    };
    Answer {
        tag,
        tone,
        headline,
        summary: view.rich("/summary"),
        second: second(report, view),
        figures: d.best.map_or(Vec::new(), |i| figures(report, view, i)),
    }
}

fn second(report: &Report<'_>, view: &View<'_>) -> Option<Second> {
    let d = report.decision;
    let pick = d.runner_up.as_ref().filter(|_| d.winner().is_some())?;
    let i = d.candidates.iter().position(|c| c.pick == *pick)?;
    let score = |i: usize| view.points(&format!("/candidates/{i}/score/total"));
    Some(Second {
        name: view.text(&format!("/candidates/{i}/name")),
        cost: view.monthly(i),
        score: score(i),
        best: score(d.best?),
    })
}

fn figures(report: &Report<'_>, view: &View<'_>, i: usize) -> Vec<Figure> {
    let at = |rest: &str| format!("/candidates/{i}/{rest}");
    let differs = view.decimal(&at("monthly_cost/low")) != view.decimal(&at("monthly_cost/high"));
    let end = |key: &str| differs.then(|| view.usd(&at(key), ""));
    let about = if report.decision.outcome == Outcome::Recommended {
        String::new()
    } else {
        format!("of {}, the best candidate", view.text(&at("name")))
    };
    let figure = |label, value, note: &str| Figure {
        label,
        value,
        low: None,
        high: None,
        note: note.to_owned(),
    };
    let basis = view.text(&at("latency/basis"));
    vec![
        Figure {
            label: "A month",
            value: view.monthly(i),
            low: end("monthly_cost/low"),
            high: end("monthly_cost/high"),
            note: about,
        },
        figure(
            "Net saving a month",
            saving(view, i),
            if view.decimal("/baseline/total").is_some() {
                "against the same workload without a cache"
            } else {
                "the price of the origin's reads is not known"
            },
        ),
        figure(
            "An idle month",
            view.usd(&at("idle_monthly_cost"), ""),
            "without a single request",
        ),
        figure(
            "A hit, at the median",
            view.ms(&at("latency/hit_p50_ms")),
            &if basis.is_empty() {
                String::new()
            } else {
                format!("{} latency", basis.replace('-', " "))
            },
        ),
    ]
}

/// Net saving of a candidate, with the side from which it is known.
pub(super) fn saving(view: &View<'_>, i: usize) -> Num {
    let at = |rest: &str| format!("/candidates/{i}/net_monthly_saving/{rest}");
    let sign = match (view.flag(&at("at_least")), view.flag(&at("at_most"))) {
        (true, false) => "≥ ",
        (false, true) => "≤ ",
        _ => "",
    };
    view.usd(&at("expected"), sign)
}

/// What was asked, in a few words.
pub(super) fn question(view: &View<'_>) -> Vec<Fact> {
    let plain = |label, pointer: &str| {
        (!view.plain(pointer).p.is_empty()).then(|| Fact::new(label, view.plain(pointer)))
    };
    let mut out: Vec<Fact> = [
        plain("Region", "/profile/region"),
        plain("Layer", "/profile/layer"),
        plain("Interface", "/profile/interface"),
        plain("Reads", "/profile/traffic/reads"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if view.text("/profile/traffic/writes") != "0/s" {
        out.extend(plain("Writes", "/profile/traffic/writes"));
    }
    out.extend(
        [
            plain("Items", "/profile/data/item_size"),
            plain("Working set", "/profile/data/working_set"),
            plain("Time to live", "/profile/data/ttl"),
            plain("Hit ratio", "/profile/data/hit_ratio"),
            plain("Latency tolerated", "/profile/latency/p50"),
            plain("Private access", "/profile/private_access"),
            plain("Scale to zero", "/profile/scale_to_zero"),
        ]
        .into_iter()
        .flatten(),
    );
    out
}

/// What it costs and saves.
pub(super) fn money(report: &Report<'_>, view: &View<'_>) -> Vec<Fact> {
    let mut out = Vec::new();
    if let Some(i) = report.decision.best {
        let at = |rest: &str| format!("/candidates/{i}/{rest}");
        out.push(Fact::new("Monthly cost", view.monthly(i)));
        out.push(Fact::new("Net saving", saving(view, i)).after(" a month"));
        out.push(
            Fact::new(
                "Origin reads that remain",
                view.count(&at("origin_reads_remaining")),
            )
            .more(" of ", view.count("/baseline/origin_reads"))
            .after(" a month"),
        );
        out.push(
            Fact::new("They cost", view.usd(&at("origin_cost_remaining"), "")).after(" a month"),
        );
        let pays = view.plain(&at("pays_from_hit_ratio"));
        if !pays.p.is_empty() {
            out.push(Fact::new("Pays for itself from", pays).after(" hit ratio"));
        }
    }
    let sign = if view.flag("/baseline/at_least") {
        "≥ "
    } else {
        ""
    };
    let base = Fact::new("Without a cache", view.usd("/baseline/total", sign));
    out.push(if view.decimal("/baseline/total").is_some() {
        base.after(" a month")
    } else {
        base.after(": the price of the origin's reads is not known")
    });
    if view.decimal("/baseline/egress_cost").is_some() {
        out.push(Fact::new(
            "Of it internet transfer",
            view.usd("/baseline/egress_cost", ""),
        ));
    }
    if report.profile.budget.is_some() {
        out.push(Fact::new("Budget", view.plain("/profile/budget")));
    }
    let (oldest, newest) = report.book.dates();
    let since = if oldest == newest {
        String::new()
    } else {
        format!(", the oldest of {oldest}")
    };
    out.push(
        Fact::new("Prices", view.plain("/tool/prices/origin"))
            .more(" of ", view.plain("/tool/prices/as_of"))
            .after(format!(
                "{since}, {} in US dollars without tax",
                report.book.terms()
            )),
    );
    out
}

/// Who fills it, what it stores on, what its loss and a switch mean.
pub(super) fn living(view: &View<'_>, i: usize) -> Vec<(&'static str, Vec<Span>)> {
    let at = |rest: &str| format!("/candidates/{i}/{rest}");
    let filled = format!(
        "{}, by the {}",
        view.text(&at("pattern/fill")),
        view.text(&at("pattern/who")).replace('-', " ")
    );
    let kept = if view.text(&at("storage")) == "memory" {
        "memory"
    } else {
        "persistent storage"
    };
    vec![
        ("Filled by", super::words::spans(&filled)),
        ("Kept in", super::words::spans(kept)),
        ("Losing it", view.rich(&at("on_loss"))),
        ("Leaving it", view.rich(&at("leaving"))),
    ]
}
