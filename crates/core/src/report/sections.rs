//! The presentation model: a decision as ordered sections of paragraphs, lists and tables.
//!
//! The order is the contract of the report: answer, cost and saving, why it won, what would change
//! it, every candidate, line items, ruled out, cautions, assumptions, next commands.

use rust_decimal::Decimal;

use super::Report;
use crate::analysis::Analysis;
use crate::domain::catalog::SourceId;
use crate::domain::decision::{Candidate, Cost, Decision, LineItem, Outcome, Saving, Verdict};
use crate::domain::money::{Usd, grouped, plain};
use crate::domain::profile::{NumField, Profile, Word};
use crate::domain::units::{Bytes, Duration, Quantity, Share};
use crate::text::stack_name;
use crate::words;

/// A heading with its content.
pub struct Section {
    /// Stable id, for anchors.
    pub id: &'static str,
    /// Sentence-case heading.
    pub title: String,
    /// Content.
    pub blocks: Vec<Block>,
}

/// A piece of content.
pub enum Block {
    /// A paragraph.
    Para(String),
    /// A list.
    Bullets(Vec<String>),
    /// A table.
    Table(Table),
    /// Label and value, one per line.
    Facts(Vec<(String, String)>),
    /// Commands to copy.
    Code(Vec<String>),
}

/// A table.
pub struct Table {
    /// Column heads; `true` aligns right.
    pub head: Vec<(&'static str, bool)>,
    /// Rows; as many cells as heads.
    pub rows: Vec<Vec<String>>,
}

/// Numbers sources as they are cited.
#[derive(Default)]
pub struct Refs(Vec<SourceId>);

impl Refs {
    /// ` [1][4]` for these sources.
    fn cite(&mut self, ids: &[SourceId]) -> String {
        let mut out = String::new();
        for id in ids {
            let number = self
                .0
                .iter()
                .position(|known| known == id)
                .unwrap_or_else(|| {
                    self.0.push(*id);
                    self.0.len() - 1
                });
            let mark = format!("[{}]", number + 1);
            if !out.contains(&mark) {
                out.push_str(&mark);
            }
        }
        if out.is_empty() {
            out
        } else {
            format!(" {out}")
        }
    }
}

/// A value with its unit to four digits: `1.288060656553` is `1.288`, `14 ms` stays.
pub fn near(text: &str) -> String {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let rounded = Decimal::from_str_exact(number)
        .ok()
        .filter(|_| digits > 4 && number.contains('.'))
        .and_then(|d| d.round_sf(4));
    rounded.map_or_else(|| text.to_owned(), |d| format!("{}{unit}", plain(d)))
}

/// All sections of a report.
pub fn sections(report: &Report<'_>) -> Vec<Section> {
    let mut refs = Refs::default();
    let mut out = vec![money(report), why(report), changes(report)];
    out.push(candidates(report));
    out.extend(lines(report));
    out.extend(ruled_out(report, &mut refs));
    out.extend(cautions(report, &mut refs));
    out.push(design(report));
    out.extend(notes(report, &mut refs));
    out.push(assumptions(report));
    out.push(next(report));
    out.push(sources(report, &refs));
    out.retain(|s| !s.blocks.is_empty());
    out
}

/// The line under the title: what was asked.
pub fn question(report: &Report<'_>) -> String {
    let p = report.profile;
    let show = |f: NumField| p.number(f).map_or("unknown".to_owned(), |v| f.show(v));
    let mut parts = vec![
        p.region.clone(),
        format!("{} layer", p.layer),
        p.interface.to_string(),
        format!("{} reads", show(NumField::Reads)),
    ];
    if !p.traffic.writes.is_zero() {
        parts.push(format!("{} writes", show(NumField::Writes)));
    }
    parts.push(format!("{} items", show(NumField::ItemSize)));
    parts.push(format!("{} working set", show(NumField::WorkingSet)));
    parts.join(" · ")
}

fn shown_candidate<'r>(report: &'r Report<'_>) -> Option<&'r Candidate> {
    report.decision.best.map(|i| &report.decision.candidates[i])
}

fn money(report: &Report<'_>) -> Section {
    let d = report.decision;
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |k: &str, v: String| facts.push((k.to_owned(), v));
    if let Some(c) = shown_candidate(report) {
        let label = if d.outcome == Outcome::Recommended {
            "Monthly cost"
        } else {
            "Best candidate"
        };
        let price = c.cost.map_or("unknown".to_owned(), |r| {
            range_text(r.low, r.expected, r.high)
        });
        add(
            label,
            if d.outcome == Outcome::Recommended {
                price
            } else {
                format!("{}, {price} a month", c.name)
            },
        );
        if let Some(idle) = c.idle {
            add("Idle month", format!("{idle} without a single request"));
        }
        add(
            "Origin reads avoided",
            format!(
                "{} of {} a month",
                count(d.baseline.reads - c.origin_reads_remaining),
                count(d.baseline.reads)
            ),
        );
        let remain = c
            .origin_cost_remaining
            .map_or("cost unknown".to_owned(), |u| u.to_string());
        add(
            "Origin reads that remain",
            format!("{} a month, {remain}", count(c.origin_reads_remaining)),
        );
    }
    let b = &d.baseline;
    let sign = if b.at_least { "≥ " } else { "" };
    let total = match b.total {
        Some(total) => format!("{sign}{total} a month"),
        None => "unknown: the price of the origin's reads is not known (`origin.price_per_million_reads`)".to_owned(),
    };
    add("Without a cache", total);
    if let Some(egress) = b.egress_cost {
        add("  of it internet transfer", egress.to_string());
    }
    if let Some(c) = shown_candidate(report) {
        add("Net saving", saving_text(c));
        let worth = report.analysis.and_then(|a| a.worth(&c.pick));
        if let Some(h) = worth.and_then(|w| w.pays_from_hit_ratio) {
            add(
                "Pays for itself from",
                format!("a hit ratio of {}", Share::from_value(h)),
            );
        }
    }
    if let Some(budget) = report.profile.budget {
        add("Budget", format!("{} a month", Usd(budget)));
    }
    add("Prices", prices_text(report));
    Section {
        id: "cost",
        title: "What it costs and saves".to_owned(),
        blocks: vec![Block::Facts(facts)],
    }
}

fn prices_text(report: &Report<'_>) -> String {
    let mut text = format!(
        "{}, {} in {} without tax, 730 hours a month",
        report.book.dated(),
        report.book.terms(),
        report.book.currency
    );
    for note in report.price_notes {
        text.push_str("; ");
        text.push_str(note);
    }
    text
}

fn range_text(low: Cost, expected: Cost, high: Cost) -> String {
    if low == expected && high == expected {
        return expected.to_string();
    }
    format!("{expected} (from {low} to {high})")
}

fn saving_text(c: &Candidate) -> String {
    match c.saving {
        None => "unknown".to_owned(),
        Some(s) => {
            let verdict = if s.known_negative() {
                ", it costs more than it saves"
            } else {
                ""
            };
            format!("{} a month{verdict}", saved(s))
        }
    }
}

/// An amount with the side on which the truth is.
fn saved(s: Saving) -> String {
    let sign = match (s.at_least, s.at_most) {
        (true, false) => "≥ ",
        (false, true) => "≤ ",
        _ => "",
    };
    format!("{sign}{}", s.expected)
}

/// A count for people.
fn count(value: Decimal) -> String {
    grouped(&plain(value.round()))
}

fn why(report: &Report<'_>) -> Section {
    let d = report.decision;
    let mut blocks = Vec::new();
    if let Some(runner_up) = &d.runner_up {
        let name = d
            .candidates
            .iter()
            .find(|c| c.pick == *runner_up)
            .map_or("no cache at all", |c| c.name.as_str());
        let tie = if d.tie {
            " The two are within half a point: a tie."
        } else {
            ""
        };
        blocks.push(Block::Para(format!("Second: {name}.{tie}")));
    }
    if !d.decided_by.is_empty() {
        blocks.push(Block::Bullets(words::decided_by(d)));
    }
    if let Some(c) = shown_candidate(report).filter(|c| c.verdict == Verdict::Eligible) {
        let rows = c.terms.iter().map(|t| {
            vec![
                t.ground.name().to_owned(),
                format!("{:.2}", super::json::points(t.points)),
                words::term(t),
            ]
        });
        let total: f64 = c.terms.iter().map(|t| super::json::points(t.points)).sum();
        let mut rows: Vec<Vec<String>> = rows.collect();
        rows.push(vec![
            "total".to_owned(),
            format!("{:.2}", super::json::points(total)),
            String::new(),
        ]);
        blocks.push(Block::Table(Table {
            head: vec![("Term", false), ("Points", true), ("Why", false)],
            rows,
        }));
    }
    blocks.push(Block::Para(words::bottleneck(&d.bottleneck)));
    let title = if d.outcome == Outcome::Recommended {
        "Why it won, and who came second"
    } else {
        "Why"
    };
    Section {
        id: "why",
        title: title.to_owned(),
        blocks,
    }
}

fn changes(report: &Report<'_>) -> Section {
    let d = report.decision;
    let mut bullets: Vec<String> = d
        .relax
        .iter()
        .map(|r| {
            format!(
                "Relax `{}` from `{}` to `{}`: {} would be eligible.",
                r.field,
                r.from,
                r.to,
                r.unlocks.join(", ")
            )
        })
        .collect();
    for s in report
        .analysis
        .map(|a| a.stability.as_slice())
        .unwrap_or_default()
    {
        bullets.extend(stability(s));
    }
    if let Some(r) = report.analysis.and_then(|a| a.ranges.as_ref()) {
        let won: Vec<String> = r
            .won
            .iter()
            .map(|(p, n)| format!("{} {} %", pick_text(p), n * 100 / r.samples))
            .collect();
        let same = r.low.service == r.expected.service && r.high.service == r.expected.service;
        let ends = if same {
            "the same at all three points"
        } else {
            "not the same at all three points"
        };
        bullets.push(format!(
            "Over the stated ranges the answer is {ends}; of {} samples: {}.",
            r.samples,
            won.join(", ")
        ));
    }
    bullets.extend(report.analysis.into_iter().flat_map(|a| questions(d, a)));
    let mut blocks = if bullets.is_empty() {
        Vec::new()
    } else {
        vec![Block::Bullets(bullets)]
    };
    if let Some(g) = report.analysis.and_then(|a| a.growth.as_ref()) {
        blocks.extend(growth(g));
    }
    Section {
        id: "changes",
        title: "What would change the answer".to_owned(),
        blocks,
    }
}

/// Defaults that can change the answer, and no number of which the stability says so.
fn questions<'r>(decision: &'r Decision, found: &'r Analysis) -> impl Iterator<Item = String> + 'r {
    let shown = |field| found.stability.iter().any(|s| s.field.path() == field);
    let open = decision.assumptions.iter().filter(move |a| !shown(a.field));
    open.filter_map(|a| {
        let (at, pick) = found.flip(a.field)?;
        Some(format!(
            "Worth answering: `{}` (assumed {}): at {} the answer is {}.",
            a.field,
            a.value,
            near(at),
            pick.service
        ))
    })
}

/// Growth in one sentence, and the months that matter: today, every change of the answer, the last.
fn growth(g: &crate::analysis::Growth) -> [Block; 2] {
    let rate = Share::from_value(g.rate);
    let changes: Vec<String> = g
        .takeovers()
        .map(|m| format!("from month {} on it is {}", m.month, pick_text(&m.answer)))
        .collect();
    let said = if changes.is_empty() {
        format!(
            "Growing {rate} a month, the answer stays for {} months.",
            g.months.len().saturating_sub(1)
        )
    } else {
        format!("Growing {rate} a month: {}.", changes.join("; "))
    };
    let last = g.months.len().saturating_sub(1);
    let matters = |i: usize| {
        i == 0 || i == last || i.is_multiple_of(6) || g.months[i].answer != g.months[i - 1].answer
    };
    let rows = (0..g.months.len()).filter(|i| matters(*i)).map(|i| {
        let m = &g.months[i];
        vec![
            m.month.to_string(),
            NumField::Reads.show(m.reads.round_sf(3).unwrap_or(m.reads)),
            pick_text(&m.answer),
            m.cost()
                .map_or("unknown".to_owned(), |c| Usd(c).to_string()),
        ]
    });
    let head = vec![
        ("Month", true),
        ("Reads", true),
        ("Answer", false),
        ("Monthly", true),
    ];
    [
        Block::Para(said),
        Block::Table(Table {
            head,
            rows: rows.collect(),
        }),
    ]
}

/// `service (variant)`.
pub fn pick_text(pick: &crate::domain::decision::Pick) -> String {
    pick.variant.as_ref().map_or_else(
        || pick.service.clone(),
        |v| format!("{} ({v})", pick.service),
    )
}

/// `traffic.reads: holds from 90/s to 14000/s; below dynamodb, above …`, or nothing when nothing flips.
fn stability(s: &crate::analysis::Stability) -> Option<String> {
    let show = |v: Decimal| s.field.show_rounded(v);
    let below = s
        .holds_from
        .zip(s.flips_below.as_ref())
        .map(|(v, p)| format!("below {} it is {}", show(v), pick_text(p)));
    let above = s
        .holds_to
        .zip(s.flips_above.as_ref())
        .map(|(v, p)| format!("above {} it is {}", show(v), pick_text(p)));
    let parts: Vec<String> = below.into_iter().chain(above).collect();
    (!parts.is_empty()).then(|| {
        format!(
            "`{}` is {}: {}.",
            s.field.path(),
            s.field.show(s.at),
            parts.join(", ")
        )
    })
}

fn candidates(report: &Report<'_>) -> Section {
    let rows = report.decision.candidates.iter().map(|c| {
        let points: f64 = c.terms.iter().map(|t| super::json::points(t.points)).sum();
        let score = if c.verdict == Verdict::Eligible {
            format!("{points:.1}")
        } else {
            "–".to_owned()
        };
        let p50 = c.latency.hit_p50.map_or("unknown".to_owned(), |ms| {
            Duration::from_ms(ms.round_dp(1).normalize()).to_string()
        });
        let saving = c
            .saving
            .map_or("unknown".to_owned(), |s| s.expected.to_string());
        let price = c
            .cost
            .map_or("unknown".to_owned(), |r| r.expected.to_string());
        vec![c.name.clone(), verdict(c), price, saving, p50, score]
    });
    let head = vec![
        ("Candidate", false),
        ("Verdict", false),
        ("Monthly", true),
        ("Net saving", true),
        ("Hit p50", true),
        ("Score", true),
    ];
    let mut blocks = vec![Block::Table(Table {
        head,
        rows: rows.collect(),
    })];
    let plans: Vec<String> = report
        .decision
        .candidates
        .iter()
        .flat_map(|c| &c.alternatives)
        .map(|a| match (a.cost, a.why_not) {
            (Some(c), None) => format!("CloudFront {}: {c} a month.", a.variant),
            (_, Some(why)) => format!("CloudFront {}: {}.", a.variant, words::why_not(why)),
            (None, None) => format!("CloudFront {}.", a.variant),
        })
        .collect();
    if report
        .decision
        .winner()
        .is_some_and(|w| !w.alternatives.is_empty())
    {
        blocks.push(Block::Para("Other ways to buy it:".to_owned()));
        blocks.push(Block::Bullets(plans));
    }
    blocks.extend(worthwhile_sizes(report));
    Section {
        id: "candidates",
        title: "Every candidate".to_owned(),
        blocks,
    }
}

/// Which size is worth paying for, when the hit ratio of every size was measured.
fn worthwhile_sizes(report: &Report<'_>) -> Vec<Block> {
    if report.profile.data.curve.is_empty() {
        return Vec::new();
    }
    let eligible = |c: &&Candidate| c.verdict == Verdict::Eligible;
    let candidates = || report.decision.candidates.iter().filter(eligible);
    let rows = candidates().filter_map(|c| {
        let worth = report.analysis?.worth(&c.pick)?;
        let w = worth.worthwhile_size.as_ref()?;
        let size = |bytes| Bytes::from_value(bytes).to_string();
        let larger = w.larger.as_ref().map_or("–".to_owned(), |l| {
            format!("{}: {} more, avoids {}", size(l.size), l.costs, l.avoids)
        });
        Some(vec![
            c.name.clone(),
            size(w.size),
            Share::from_value(w.hit_ratio).to_string(),
            w.cost.to_string(),
            saved(w.saving),
            larger,
        ])
    });
    let rows: Vec<_> = rows.collect();
    let provenance = provenance(report.profile).map(Block::Para);
    if rows.is_empty() {
        let why = match candidates().next() {
            Some(_) => {
                "Which cache size is worth paying for is unknown, for so is what a read at the origin costs: state `origin.price_per_million_reads`."
            }
            None => return Vec::new(),
        };
        return [Block::Para(why.to_owned())]
            .into_iter()
            .chain(provenance)
            .collect();
    }
    let intro = "The cache size worth paying for: of the measured sizes the one that saves most a month, and what the next larger one would do.";
    let head = vec![
        ("Candidate", false),
        ("Size", true),
        ("Hits", true),
        ("Monthly", true),
        ("Net saving", true),
        ("The next size", false),
    ];
    [
        Block::Para(intro.to_owned()),
        Block::Table(Table { head, rows }),
    ]
    .into_iter()
    .chain(provenance)
    .collect()
}

/// What a measured profile was measured from.
pub fn provenance(profile: &Profile) -> Option<String> {
    let value = |key: &str| profile.measured.get(key);
    let mut out = format!("Hit ratios measured from {} requests", value("requests")?);
    if let (Some(from), Some(to)) = (value("from"), value("to")) {
        out.push_str(&format!(", {from} to {to}"));
    }
    if let Some(format) = value("format") {
        out.push_str(&format!(", format {format}"));
    }
    if let Some(rate) = value("sampling_rate") {
        out.push_str(&format!(", sampling rate {rate}"));
    }
    if let Some(error) = value("error") {
        out.push_str(&format!(", error of the hit ratio at most {error}"));
    }
    Some(out + ".")
}

fn verdict(c: &Candidate) -> String {
    match c.verdict {
        Verdict::RuledOut => {
            let mut codes: Vec<&str> = c.reasons.iter().map(|r| r.code()).collect();
            codes.dedup();
            format!("out: {}", codes.join(", "))
        }
        other => other.word().to_owned(),
    }
}

fn lines(report: &Report<'_>) -> Vec<Section> {
    let d = report.decision;
    let mut shown: Vec<&Candidate> = shown_candidate(report).into_iter().collect();
    if let Some(second) = d
        .runner_up
        .as_ref()
        .and_then(|p| d.candidates.iter().find(|c| c.pick == *p))
    {
        shown.push(second);
    }
    shown
        .iter()
        .filter(|c| !c.lines.is_empty())
        .map(|c| line_section(report, c))
        .collect()
}

fn line_section(report: &Report<'_>, c: &Candidate) -> Section {
    let rows = c.lines.iter().map(|l| line_row(report, l)).collect();
    let head = vec![
        ("Meter", false),
        ("Quantity", true),
        ("Unit price", true),
        ("Cost", true),
        ("Price from", false),
    ];
    Section {
        id: "lines",
        title: format!("Line items: {}", c.name),
        blocks: vec![Block::Table(Table { head, rows })],
    }
}

fn line_row(report: &Report<'_>, l: &LineItem) -> Vec<String> {
    let source = l
        .source
        .and_then(|i| report.book.sources.get(usize::from(i)));
    let from = match (source, l.free) {
        (_, true) => "always free".to_owned(),
        (Some(s), false) => {
            let sku = l
                .sku
                .as_ref()
                .map_or(String::new(), |sku| format!(" {sku}"));
            format!("{}{sku}{}", report.book.dated_source(s), l.off())
        }
        (None, false) => "no price known".to_owned(),
    };
    let region = l
        .region
        .as_ref()
        .map_or(String::new(), |r| format!(" ({r})"));
    vec![
        format!("{}{region}", l.meter),
        format!("{} {}", quantity(l.quantity), l.unit),
        l.unit_price
            .map_or("unknown".to_owned(), |p| format!("${}", plain(p))),
        l.cost.map_or("unknown".to_owned(), |u| u.to_string()),
        from,
    ]
}

/// A quantity: whole numbers grouped, small ones with three decimals.
fn quantity(value: Decimal) -> String {
    let rounded = if value >= Decimal::from(1000) {
        value.round()
    } else {
        value.round_dp(3)
    };
    grouped(&plain(rounded))
}

fn ruled_out(report: &Report<'_>, refs: &mut Refs) -> Option<Section> {
    let mut bullets = Vec::new();
    for c in report
        .decision
        .candidates
        .iter()
        .filter(|c| c.verdict == Verdict::RuledOut)
    {
        for r in &c.reasons {
            let line = report
                .lines
                .get(r.field())
                .map_or(String::new(), |n| format!(", line {n}"));
            let field = if r.field().is_empty() {
                String::new()
            } else {
                format!(" (`{}`{line})", r.field())
            };
            bullets.push(format!(
                "{}: {}{field}.{}",
                c.name,
                words::reason(r).trim_end_matches('.'),
                refs.cite(&r.sources)
            ));
        }
    }
    (!bullets.is_empty()).then(|| Section {
        id: "ruled-out",
        title: "Ruled out, and why".to_owned(),
        blocks: vec![Block::Bullets(bullets)],
    })
}

fn cautions(report: &Report<'_>, refs: &mut Refs) -> Option<Section> {
    let c = shown_candidate(report)?;
    let bullets: Vec<String> = c
        .cautions
        .iter()
        .map(|x| {
            format!(
                "{}.{} ({})",
                capital(words::caution(x).trim_end_matches('.')),
                refs.cite(&x.sources),
                x.code()
            )
        })
        .collect();
    (!bullets.is_empty()).then(|| Section {
        id: "cautions",
        title: format!("Cautions: {}", c.name),
        blocks: vec![Block::Bullets(bullets)],
    })
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// Who fills it, what it stores on, what its loss and a switch mean.
fn design(report: &Report<'_>) -> Section {
    let Some(c) = shown_candidate(report) else {
        return Section {
            id: "design",
            title: String::new(),
            blocks: Vec::new(),
        };
    };
    let facts = vec![
        (
            "Filled by".to_owned(),
            format!(
                "{}, by the {}",
                c.fill.word(),
                c.who.word().replace('-', " ")
            ),
        ),
        (
            "Kept in".to_owned(),
            match c.storage {
                crate::domain::catalog::Storage::Memory => "memory".to_owned(),
                crate::domain::catalog::Storage::Persistent => "persistent storage".to_owned(),
            },
        ),
        ("Losing it".to_owned(), words::on_loss(&c.on_loss)),
        ("Leaving it".to_owned(), c.leaving.clone()),
    ];
    Section {
        id: "design",
        title: format!("Living with {}", c.name),
        blocks: vec![Block::Facts(facts)],
    }
}

fn notes(report: &Report<'_>, refs: &mut Refs) -> Option<Section> {
    let bullets: Vec<String> = report
        .decision
        .notes
        .iter()
        .map(|n| format!("{}{} ({})", words::note(n), refs.cite(&n.sources), n.code()))
        .collect();
    (!bullets.is_empty()).then(|| Section {
        id: "notes",
        title: "Also worth a look".to_owned(),
        blocks: vec![Block::Bullets(bullets)],
    })
}

fn assumptions(report: &Report<'_>) -> Section {
    let rows: Vec<Vec<String>> = report
        .decision
        .assumptions
        .iter()
        .map(|a| {
            let flip = match report.analysis.map(|found| found.flip(a.field)) {
                Some(Some((at, pick))) => format!("{}: {}", near(at), pick.service),
                Some(None) => "no".to_owned(),
                None => "not computed".to_owned(),
            };
            vec![a.field.to_owned(), a.value.clone(), flip]
        })
        .collect();
    let head = vec![
        ("Field", false),
        ("Assumed", false),
        ("Can change the answer", false),
    ];
    let blocks = if rows.is_empty() {
        Vec::new()
    } else {
        vec![Block::Table(Table { head, rows })]
    };
    Section {
        id: "assumptions",
        title: "Assumptions".to_owned(),
        blocks,
    }
}

fn next(report: &Report<'_>) -> Section {
    let file = report.file;
    let mut commands = Vec::new();
    if report.decision.outcome == Outcome::Recommended {
        commands.push(format!("cachewright generate {file} -o stack"));
        commands.push(format!(
            "cachewright deploy {file} --stack-name {}",
            stack_name(&report.profile.name)
        ));
    }
    commands.push(format!(
        "cachewright recommend {file} -f markdown -o report.md"
    ));
    commands.push(format!(
        "cachewright recommend {file} --set traffic.reads=10k/s"
    ));
    Section {
        id: "next",
        title: "Next".to_owned(),
        blocks: vec![Block::Code(commands)],
    }
}

fn sources(report: &Report<'_>, refs: &Refs) -> Section {
    let bullets: Vec<String> = refs
        .0
        .iter()
        .enumerate()
        .filter_map(|(i, id)| {
            let s = report.catalog.sources.get(usize::from(*id))?;
            let date = s
                .date
                .as_ref()
                .map_or(String::new(), |d| format!(", of {d}"));
            Some(format!(
                "[{}] {}{date}, checked {}",
                i + 1,
                s.url,
                s.checked
            ))
        })
        .collect();
    let blocks = if bullets.is_empty() {
        Vec::new()
    } else {
        vec![Block::Bullets(bullets)]
    };
    Section {
        id: "sources",
        title: "Sources".to_owned(),
        blocks,
    }
}
