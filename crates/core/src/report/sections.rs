//! The view as ordered sections of paragraphs, lists and tables, for the terminal and for Markdown.
//!
//! The order is the contract of the report: answer, cost and saving, why it won, what would change
//! it, every candidate, line items, ruled out, cautions, assumptions, next commands.

use std::collections::BTreeMap;

use super::view::{
    Assumption, Candidate, Choice, Growth, Line, Plan, Prices, Ranges, Refs, Stability, Value, View,
};
use crate::domain::decision::{Pick, Verdict};
use crate::domain::money::Usd;
use crate::domain::units::Duration;
use crate::words::report as words;

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
#[derive(Clone)]
pub struct Table {
    /// Column heads; `true` aligns right.
    pub head: Vec<(&'static str, bool)>,
    /// Rows; as many cells as heads.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table of these rows; a head that begins with `>` aligns right.
    pub fn new(head: &[&'static str], rows: impl IntoIterator<Item = Vec<String>>) -> Self {
        let head = head.iter().map(|h| match h.strip_prefix('>') {
            Some(h) => (h, true),
            None => (*h, false),
        });
        Self {
            head: head.collect(),
            rows: rows.into_iter().collect(),
        }
    }

    /// Leaves out a column.
    fn leave_out(&mut self, head: &str) {
        let name = head.trim_start_matches('>');
        if let Some(at) = self.head.iter().position(|(h, _)| *h == name) {
            self.head.remove(at);
            self.rows.iter_mut().for_each(|row| {
                row.remove(at);
            });
        }
    }

    /// As a block; none without rows.
    fn block(self) -> Option<Block> {
        (!self.rows.is_empty()).then_some(Block::Table(self))
    }
}

/// A list; none without items.
pub(super) fn bullets(items: Vec<String>) -> Option<Block> {
    (!items.is_empty()).then_some(Block::Bullets(items))
}

impl Section {
    fn new(
        id: &'static str,
        title: impl Into<String>,
        blocks: impl IntoIterator<Item = Block>,
    ) -> Self {
        Self {
            id,
            title: title.into(),
            blocks: blocks.into_iter().collect(),
        }
    }
}

/// `service (variant)`.
pub fn pick_text(pick: &Pick) -> String {
    let variant = pick.variant.as_ref();
    variant.map_or_else(
        || pick.service.clone(),
        |v| format!("{} ({v})", pick.service),
    )
}

/// All sections of a report; `lines` are the places of fields in the profile file.
pub fn sections(view: &View, lines: &BTreeMap<String, usize>) -> Vec<Section> {
    let mut refs = Refs::default();
    let mut out = vec![money(view), why(view), changes(view), candidates(view)];
    let second = view.second.as_ref().and_then(|s| s.index);
    let shown = view
        .best
        .into_iter()
        .chain(second)
        .map(|i| &view.candidates[i]);
    out.extend(shown.map(|c| bill(view, c)));
    out.push(ruled_out(view, lines, &mut refs));
    out.extend(view.best().map(|c| cautions(c, &mut refs)));
    out.extend(view.best().map(|c| design(view, c)));
    out.push(notes(view, &mut refs));
    out.push(assumptions(view));
    out.push(next(view));
    out.push(sources(&refs));
    out.retain(|s| !s.blocks.is_empty());
    out
}

/// ` [1][4]` for these numbers.
fn cited(refs: &[usize]) -> String {
    let marks = refs
        .iter()
        .flat_map(|n| ["[".to_owned(), n.to_string(), "]".to_owned()])
        .collect::<String>();
    if marks.is_empty() {
        marks
    } else {
        format!(" {marks}")
    }
}

fn money(view: &View) -> Section {
    let mut facts: Vec<(String, String)> = Vec::new();
    let mut add = |k: &str, v: String| facts.push((k.to_owned(), v));
    if let Some(c) = view.best() {
        let cost = c.range();
        if view.recommended {
            add("Monthly cost", cost);
        } else {
            add("Best candidate", format!("{}, {cost} a month", c.name));
        }
        if let Some(idle) = c.idle.known() {
            add("Idle month", format!("{idle} without a single request"));
        }
    }
    facts.extend(if view.is_store {
        vec![("Behind it".to_owned(), words::STORE.to_owned())]
    } else {
        saves(view)
    });
    let mut add = |k: &str, v: String| facts.push((k.to_owned(), v));
    if let Some(running) = &view.running {
        add("Today", running.clone());
    }
    if let Some(budget) = view.budget.number {
        add("Budget", format!("{} a month", Usd(budget)));
    }
    let p = &view.prices;
    let oldest = p.oldest_used.known();
    let prices = [words::prices(&p.dated, p.terms, &p.currency, oldest)];
    let prices: Vec<&str> = prices.iter().chain(&p.notes).map(String::as_str).collect();
    add("Prices", prices.join("; "));
    Section::new("cost", "What it costs and saves", [Block::Facts(facts)])
}

/// What it takes off the origin, and what that is worth.
fn saves(view: &View) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |k: &str, v: String| facts.push((k.to_owned(), v));
    let base = &view.baseline;
    if let Some(c) = view.best() {
        let avoided = words::avoided(&c.reads_avoided, &base.reads.text);
        add("Origin reads avoided", avoided);
        let cost = c.reads_left_cost.known();
        let left = words::remaining(&c.reads_left.text, cost);
        add("Origin reads that remain", left);
    }
    add(
        "Without a cache",
        words::without(base.total.known(), base.read_cost.known()),
    );
    if let Some(egress) = base.egress.known() {
        add("  of it internet transfer", egress.to_owned());
    }
    if let Some(c) = view.best() {
        let saving = c.saving.known().map(|s| words::saving(s, c.costs_more));
        let from = c.pays_from_price.known().map(words::pays_from);
        let said: Vec<String> = saving.into_iter().chain(from).collect();
        let unknown = || c.saving.text.clone();
        let said = Some(said.join("; ")).filter(|s| !s.is_empty());
        add("Net saving", said.unwrap_or_else(unknown));
        if let Some(from) = c.pays_from.known() {
            add("Pays for itself from", format!("a hit ratio of {from}"));
        }
    }
    facts
}

fn why(view: &View) -> Section {
    let second = view.second.as_ref();
    let second = second.map(|s| Block::Para(words::second(&s.name, view.tie)));
    let decided = bullets(view.decided_by.clone());
    let score = view.best().and_then(score);
    let bottleneck = Block::Para(view.bottleneck.clone());
    let third = view.third.clone().map(Block::Para);
    let blocks = [second, decided, third, score, Some(bottleneck)];
    let title = words::why(view.recommended);
    Section::new("why", title, blocks.into_iter().flatten())
}

fn score(c: &Candidate) -> Option<Block> {
    let row = |name: &str, points: &str, why: &str| vec![name.into(), points.into(), why.into()];
    let terms = c.terms.iter().map(|t| row(&t.name, &t.points.text, &t.why));
    let total = row("total", &c.score.text, "");
    let rows = terms.chain([total]).filter(|_| c.score.is_known());
    Table::new(&["Term", ">Points", "Why"], rows).block()
}

fn changes(view: &View) -> Section {
    let relax = view.relax.iter();
    let mut items: Vec<String> = relax
        .map(|r| words::relax(&r.field, &r.from, &r.to, &r.unlocks.join(", ")))
        .collect();
    items.extend(view.tags.iter().cloned());
    items.extend(view.questions.iter().cloned());
    if let Some(r) = &view.ranges {
        items.extend(r.parts.iter().cloned());
        items.push(ranges(r));
    }
    items.extend(view.stability.iter().filter_map(stability));
    items.extend(view.variant_flips.iter().cloned());
    let growth = view.growth.iter().flat_map(growth);
    let blocks = bullets(items).into_iter().chain(growth);
    Section::new("changes", "What would change the answer", blocks)
}

/// Where the answer changes, and to what.
fn flip(a: &Assumption) -> Option<(&str, &str)> {
    a.to.as_ref()
        .map(|to| (a.at.text.as_str(), to.service.as_str()))
}

/// Nothing when nothing flips.
fn stability(s: &Stability) -> Option<String> {
    let side = |side, flip: &Option<(Value, Choice)>| {
        let (at, to) = flip.as_ref()?;
        Some(words::flip(side, &at.text, &to.id))
    };
    let flips = [side("below", &s.below), side("above", &s.above)];
    let flips: Vec<String> = flips.into_iter().flatten().collect();
    (!flips.is_empty()).then(|| words::stability(s.field, &s.at.text, &flips))
}

fn ranges(r: &Ranges) -> String {
    let won = r.won.iter();
    let won: Vec<String> = won
        .map(|w| format!("{} {} %", w.choice.id, w.percent))
        .collect();
    words::ranges(r.same, &r.samples.value, &won)
}

/// Growth in one sentence, and the months that matter: today, every change of the answer, the last.
/// Cost over the coming months, alone.
pub fn grown(view: &View) -> Option<Section> {
    let found = view.growth.as_ref()?;
    let title = format!("{}: growing {} a month", view.name, found.rate.text);
    Some(Section::new("growth", title, growth(found)))
}

fn growth(g: &Growth) -> [Block; 2] {
    let last = g.months.len().saturating_sub(1);
    let changes = g.months.iter().filter(|m| m.takes_over);
    let changes: Vec<_> = changes.map(|m| (m.month, m.answer.id.as_str())).collect();
    let other = |i: usize| i > 0 && g.months[i].answer.id != g.months[i - 1].answer.id;
    let matters = |i: &usize| *i == last || i.is_multiple_of(6) || other(*i);
    let rows = (0..g.months.len()).filter(matters).map(|i| {
        let m = &g.months[i];
        let texts = [&m.reads.text, &m.answer.id, &m.cost.text].map(Clone::clone);
        [m.month.to_string()].into_iter().chain(texts).collect()
    });
    let table = Table::new(&[">Month", ">Reads", "Answer", ">Monthly"], rows);
    let said = words::growth(&g.rate.text, last, &changes);
    [Block::Para(said), Block::Table(table)]
}

fn candidates(view: &View) -> Section {
    let head = [
        "Candidate",
        "Verdict",
        ">Monthly",
        ">Net saving",
        ">Hit p50",
        ">Score",
    ];
    let rows = view.candidates.iter().map(candidate);
    let mut table = Table::new(&head, rows);
    if view.is_store {
        table.leave_out(">Net saving");
    }
    let mut blocks = vec![Block::Table(table)];
    let winner = view.best().filter(|_| view.recommended);
    let plans = winner.map_or(Vec::new(), |c| c.plans.iter().map(|p| plan(c, p)).collect());
    if let Some(plans) = bullets(plans) {
        blocks.extend([Block::Para("Other ways to buy it:".to_owned()), plans]);
    }
    blocks.extend(sizes(view));
    Section::new("candidates", "Every candidate", blocks)
}

fn candidate(c: &Candidate) -> Vec<String> {
    let verdict = match c.verdict {
        Verdict::RuledOut => format!("out: {}", c.codes.join(", ")),
        other => other.word().to_owned(),
    };
    let hit = c.p50.number.map(|ms| ms.round_dp(1).normalize());
    let hit = hit.map(|ms| Duration::from_ms(ms).to_string());
    let score = c.points.map(|p| format!("{p:.1}"));
    vec![
        c.name.clone(),
        verdict,
        c.cost.text.clone(),
        saved(c),
        hit.unwrap_or_else(|| c.p50.text.clone()),
        score.unwrap_or_else(|| "–".to_owned()),
    ]
}

/// Net saving, or from which price of an origin read there is one.
fn saved(c: &Candidate) -> String {
    let from = c.pays_from_price.known().filter(|_| !c.saving.is_known());
    from.map_or_else(|| c.saving.text.clone(), words::pays_from_short)
}

fn plan(c: &Candidate, p: &Plan) -> String {
    words::plan(&c.product, &p.name, p.cost.known(), p.why_not.as_deref())
}

/// Which size is worth paying for, when the hit ratio of every size was measured.
fn sizes(view: &View) -> Vec<Block> {
    let eligible = |c: &&Candidate| c.verdict == Verdict::Eligible;
    let eligible = view.candidates.iter().filter(eligible);
    if view.curve.is_empty() || eligible.clone().next().is_none() {
        return Vec::new();
    }
    let head = [
        "Candidate",
        ">Size",
        ">Hits",
        ">Monthly",
        ">Net saving",
        "The next size",
    ];
    let table = Table::new(&head, eligible.filter_map(size)).block();
    let said = if table.is_some() {
        words::SIZES
    } else {
        words::NO_SIZES
    };
    let measured = view.measured.clone().map(Block::Para);
    let said = Block::Para(said.to_owned());
    [said].into_iter().chain(table).chain(measured).collect()
}

fn size(c: &Candidate) -> Option<Vec<String>> {
    let s = c.size.as_ref()?;
    let values = [&s.size, &s.hit_ratio, &s.cost, &s.saving].map(|v| v.text.clone());
    let larger = s.larger.as_ref();
    let larger =
        larger.map(|[size, costs, avoids]| words::larger(&size.text, &costs.text, &avoids.text));
    let larger = larger.unwrap_or_else(|| "–".to_owned());
    Some(
        [c.name.clone()]
            .into_iter()
            .chain(values)
            .chain([larger])
            .collect(),
    )
}

fn bill(view: &View, c: &Candidate) -> Section {
    let row = |l: &Line| {
        let region = l
            .region
            .as_ref()
            .map_or(String::new(), |r| format!(" ({r})"));
        vec![
            format!("{}{region}", l.meter),
            format!("{} {}", l.quantity.text, l.unit),
            l.price.text.clone(),
            l.cost.text.clone(),
            price_from(l, &view.prices),
        ]
    };
    let head = ["Meter", ">Quantity", ">Unit price", ">Cost", "Price from"];
    let table = Table::new(&head, c.lines.iter().map(row));
    Section::new("lines", format!("Line items: {}", c.name), table.block())
}

/// Where the price of a line is from.
fn price_from(line: &Line, prices: &Prices) -> String {
    let Some(from) = line.origin.as_ref().filter(|_| !line.free) else {
        return if line.free {
            "always free"
        } else {
            "no price known"
        }
        .to_owned();
    };
    let same = from.kind == prices.origin.text;
    let kind = if same {
        String::new()
    } else {
        format!("{} of ", from.kind)
    };
    let sku = from
        .sku
        .as_ref()
        .map_or(String::new(), |sku| format!(" {sku}"));
    let off = line
        .discount
        .as_ref()
        .map_or(String::new(), |d| format!(", {d} off"));
    format!("{kind}{}{sku}{off}", from.as_of)
}

fn ruled_out(view: &View, lines: &BTreeMap<String, usize>, refs: &mut Refs) -> Section {
    let mut items = Vec::new();
    for c in &view.candidates {
        for r in &c.reasons {
            let place = lines.get(&r.field).copied();
            let said = words::ruled_out(&c.name, &r.text, &r.field, place);
            items.push(said + &cited(&refs.cite(&r.sources)));
        }
    }
    Section::new("ruled-out", "Ruled out, and why", bullets(items))
}

fn cautions(c: &Candidate, refs: &mut Refs) -> Section {
    let items = c.cautions.iter().map(|x| {
        let text = x.sentence.trim_end_matches('.');
        format!("{text}.{} ({})", cited(&refs.cite(&x.sources)), x.code)
    });
    let items = bullets(items.collect());
    Section::new("cautions", format!("Cautions: {}", c.name), items)
}

/// Who fills it, what it stores on, what its loss and a switch mean.
fn design(view: &View, c: &Candidate) -> Section {
    // A store is written, never filled from something behind it.
    let filled = if view.is_store {
        ("Written by", words::WRITER.to_owned())
    } else {
        ("Filled by", words::filled(c.fill, c.who))
    };
    let facts = [
        filled,
        ("Kept in", c.kept_in.to_owned()),
        ("Losing it", c.on_loss.clone()),
        ("Leaving it", c.leaving.clone()),
    ];
    let facts = facts.map(|(k, v)| (k.to_owned(), v)).into();
    Section::new(
        "design",
        format!("Living with {}", c.name),
        [Block::Facts(facts)],
    )
}

fn notes(view: &View, refs: &mut Refs) -> Section {
    let items = view.notes.iter();
    let items = items.map(|n| format!("{}{} ({})", n.text, cited(&refs.cite(&n.sources)), n.code));
    Section::new("notes", "Also worth a look", bullets(items.collect()))
}

fn assumptions(view: &View) -> Section {
    let all = view.assumptions.iter();
    let rows = all.map(|a| {
        vec![
            a.field.to_owned(),
            a.value.clone(),
            words::can_flip(a.can_flip.is_some(), flip(a)),
        ]
    });
    let table = Table::new(&["Field", "Assumed", "Can change the answer"], rows);
    let marks = view.marks.clone().map(Block::Para);
    let blocks = table.block().into_iter().chain(marks);
    Section::new("assumptions", "Assumptions", blocks)
}

fn next(view: &View) -> Section {
    let file = &view.file;
    let mut commands = Vec::new();
    if view.recommended {
        commands.push(format!("cachewright generate {file} -o stack"));
        commands.push(view.deploy.clone());
    }
    commands.push(format!(
        "cachewright recommend {file} -f markdown -o report.md"
    ));
    commands.push(format!(
        "cachewright recommend {file} --set traffic.reads=10k/s"
    ));
    Section::new("next", "Next", [Block::Code(commands)])
}

fn sources(refs: &Refs) -> Section {
    let all = refs.0.iter().enumerate();
    let items = all.map(|(i, s)| {
        let date = if s.date.is_empty() {
            String::new()
        } else {
            format!(", of {}", s.date)
        };
        format!("[{}] {}{date}, checked {}", i + 1, s.text, s.checked)
    });
    let items = items.collect();
    Section::new("sources", "Sources", bullets(items))
}
