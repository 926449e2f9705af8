//! One candidate as every form shows it.

use serde::{Serialize, Serializer};

use super::value::{At, Value, at, count};
use crate::domain::catalog::{Catalog, Storage};
use crate::domain::decision::{self, Side, Verdict};
use crate::report::Report;
use crate::report::json::{
    AlternativeRow, CandidateRow, LineRow, NoteRow, ReasonRow, SavingRow, SourceRow, TermRow,
    WorthRow,
};
use crate::report::link::link;
use crate::report::short::{brief_of, unbranded};
use crate::text::one_line;
use crate::words;
use crate::words::report::{meter, range, sentence};

/// A service and variant with everything known about it.
#[derive(Serialize)]
pub struct Candidate {
    /// Name for people.
    pub name: String,
    /// The same where there is little room.
    pub brief: String,
    /// Service id.
    pub service: String,
    /// Variant id.
    pub variant: Option<String>,
    /// The service for people, without its variant and vendor.
    pub product: String,
    /// Can it be the answer.
    #[serde(serialize_with = "word")]
    pub verdict: Verdict,
    /// Codes of the reasons that rule it out, each once where they follow each other.
    pub codes: Vec<String>,
    /// Why not; empty unless ruled out.
    pub reasons: Vec<Remark>,
    /// What to know.
    pub cautions: Vec<Remark>,
    /// Expected cost a month; unknown when no part of it is known.
    pub cost: Value,
    /// Cost a month at the low end, without a sign.
    pub low: Value,
    /// Cost a month at the high end, without a sign.
    pub high: Value,
    /// Everything that is billed has a price; nothing to say about what has no cost at all.
    pub complete: Option<bool>,
    /// Cost of a month without a request.
    pub idle: Value,
    /// Net saving a month, with the side on which the truth is.
    pub saving: Value,
    /// It is known to cost more than it saves.
    pub costs_more: bool,
    /// Reads a month that still reach the origin.
    pub reads_left: Value,
    /// What they cost.
    pub reads_left_cost: Value,
    /// Reads a month that do not reach it any more.
    pub reads_avoided: String,
    /// Hit ratio from which it pays for itself.
    pub pays_from: Value,
    /// Price of a million origin reads from which it pays, where that price is unknown.
    pub pays_from_price: Value,
    /// On which side of the shown saving the truth is.
    #[serde(skip)]
    pub saving_side: Side,
    /// Latency of a hit, median.
    pub p50: Value,
    /// Latency of a hit, 99th percentile.
    pub p99: Value,
    /// Mean over hits and misses.
    pub effective: Value,
    /// What the latency rests on.
    pub basis: Option<&'static str>,
    /// Sum of the terms; unknown unless eligible.
    pub score: Value,
    /// The same sum as a number.
    #[serde(skip)]
    pub points: Option<f64>,
    /// Terms of the score.
    pub terms: Vec<Term>,
    /// How it is filled.
    pub fill: &'static str,
    /// Who fills it.
    pub who: &'static str,
    /// What it keeps its data in.
    pub kept_in: &'static str,
    /// What losing it does.
    pub on_loss: String,
    /// What a switch changes.
    pub leaving: String,
    /// The measured size that is worth paying for.
    pub size: Option<Size>,
    /// The bill.
    pub lines: Vec<Line>,
    /// Other ways to buy it.
    pub plans: Vec<Plan>,
}

/// One term of a score.
#[derive(Serialize)]
pub struct Term {
    /// Short name.
    pub name: String,
    /// Points.
    pub points: Value,
    /// Why so many.
    pub why: String,
}

/// A sentence with its code and sources: a reason, a caution, a note.
#[derive(Serialize)]
pub struct Remark {
    /// As it stands in the JSON.
    #[serde(skip)]
    pub text: String,
    /// The same as a sentence of its own.
    pub sentence: String,
    /// Kebab-case code.
    pub code: String,
    /// Profile field; may be empty.
    pub field: String,
    /// Where it says so.
    #[serde(skip)]
    pub sources: Vec<Source>,
    /// Numbers of the sources, in a form that numbers them.
    pub refs: Vec<usize>,
}

/// Where a fact or a price can be read.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Address, or another description.
    pub text: String,
    /// Where a link may lead.
    pub href: Option<String>,
    /// Date of the source; may be empty.
    pub date: String,
    /// When it was read; empty for prices.
    pub checked: String,
}

impl Source {
    fn new(text: &str, date: &str, checked: &str) -> Self {
        let text = one_line(text);
        Self {
            href: link(&text),
            text,
            date: one_line(date),
            checked: one_line(checked),
        }
    }

    fn all(rows: &[SourceRow]) -> Vec<Self> {
        let one = |s: &SourceRow| Self::new(&s.url, s.date.as_deref().unwrap_or(""), &s.checked);
        rows.iter().map(one).collect()
    }
}

/// Numbers sources as they are cited.
#[derive(Default)]
pub struct Refs(pub Vec<Source>);

impl Refs {
    /// The numbers of these sources, new ones for those that were not cited yet.
    pub fn cite(&mut self, sources: &[Source]) -> Vec<usize> {
        let mut out = Vec::new();
        for source in sources {
            let same = |s: &Source| s.text == source.text && s.date == source.date;
            let number = self.0.iter().position(same).unwrap_or_else(|| {
                self.0.push(source.clone());
                self.0.len() - 1
            }) + 1;
            if !out.contains(&number) {
                out.push(number);
            }
        }
        out
    }
}

/// The size that is worth paying for.
#[derive(Serialize)]
pub struct Size {
    /// Size.
    pub size: Value,
    /// Share of reads that hit.
    pub hit_ratio: Value,
    /// Cost a month.
    pub cost: Value,
    /// Net saving a month.
    pub saving: Value,
    /// The next larger size: size, what it costs more, what it avoids at the origin.
    pub larger: Option<[Value; 3]>,
}

/// One billed line.
#[derive(Serialize)]
pub struct Line {
    /// Meter id.
    pub meter: String,
    /// The meter as people write it.
    pub label: String,
    /// Region, when it is not the home Region.
    pub region: Option<String>,
    /// Units a month.
    pub quantity: Value,
    /// Unit.
    pub unit: String,
    /// Price of a unit.
    pub price: Value,
    /// Cost a month.
    pub cost: Value,
    /// Covered by an allowance that is always free.
    pub free: bool,
    /// Origin of the price.
    pub origin: Option<PriceOrigin>,
    /// Private discount in the price.
    pub discount: Option<String>,
    /// Where the price is from.
    #[serde(skip)]
    pub sources: Vec<Source>,
    /// Numbers of the sources, in a form that numbers them.
    pub refs: Vec<usize>,
}

/// What a price comes from.
#[derive(Serialize)]
pub struct PriceOrigin {
    /// `snapshot`, `live` or `file`.
    pub kind: &'static str,
    /// Date.
    pub as_of: String,
    /// SKU.
    pub sku: Option<String>,
}

/// Another way to buy the same candidate.
#[derive(Serialize)]
pub struct Plan {
    /// Variant id.
    pub name: String,
    /// Cost a month.
    pub cost: Value,
    /// Why it does not apply.
    pub why_not: Option<String>,
}

/// On which side the truth is of a sum that is complete, or not.
const fn sum(complete: bool) -> Side {
    Side::of(!complete, false)
}

/// The name of a row, with what is bought beside the candidates.
fn called(name: &str, of: &decision::Candidate) -> String {
    let bought = of.spec.as_ref().map(words::spec).unwrap_or_default();
    if bought.is_empty() {
        one_line(name)
    } else {
        one_line(&format!("{name}: {bought}"))
    }
}

impl Candidate {
    pub(super) fn new(
        row: &At<'_, CandidateRow>,
        of: &decision::Candidate,
        report: &Report<'_>,
    ) -> Self {
        let cost = at!(row.monthly_cost).known();
        let complete = cost.as_ref().map(|c| c.it.complete);
        let [low, expected, high] = cost.map_or_else(
            || [Value::unknown(), Value::unknown(), Value::unknown()],
            |c| [at!(c.low).usd(), at!(c.expected).usd(), at!(c.high).usd()],
        );
        let nothing_known = complete == Some(false) && expected.number.is_some_and(|d| d.is_zero());
        let score = at!(row.score).known();
        let score = score.as_ref();
        let mut codes: Vec<String> = row.it.reasons.iter().map(|r| one_line(&r.code)).collect();
        codes.dedup();
        Self {
            name: called(&row.it.name, of),
            brief: brief_of(report, &of.pick),
            service: one_line(&row.it.service),
            variant: row.it.variant.as_deref().map(one_line),
            product: product(report.catalog, &of.pick.service),
            verdict: of.verdict,
            codes,
            reasons: at!(row.reasons).each().map(Remark::reason).collect(),
            cautions: at!(row.cautions).each().map(Remark::note).collect(),
            cost: if nothing_known {
                Value::unknown()
            } else {
                expected.signed(sum(complete == Some(true)))
            },
            low,
            high,
            complete,
            idle: (at!(row.idle_monthly_cost).usd())
                .signed(sum(!of.idle.is_some_and(|i| i.incomplete))),
            saving: saving(&at!(row.net_monthly_saving)),
            costs_more: of.saving.is_some_and(decision::Saving::known_negative),
            reads_left: at!(row.origin_reads_remaining).count(),
            reads_left_cost: at!(row.origin_cost_remaining).usd(),
            reads_avoided: count(report.decision.baseline.reads - of.origin_reads_remaining),
            pays_from: at!(row.pays_from_hit_ratio).about(),
            pays_from_price: at!(row.pays_from_origin_price).usd(),
            saving_side: of.saving.map_or(Side::Exact, decision::Saving::side),
            p50: at!(row.latency.hit_p50_ms).ms(),
            p99: at!(row.latency.hit_p99_ms).ms(),
            effective: at!(row.latency.effective_ms).ms(),
            basis: row.it.latency.basis,
            // Beside a bill that lacks a price it would compare what cannot be compared.
            score: score
                .filter(|_| complete != Some(false))
                .map_or_else(Value::unknown, |s| at!(s.total).points()),
            points: score
                .filter(|_| complete != Some(false))
                .map(|s| s.it.terms.iter().map(|t| t.points).sum()),
            terms: score.map_or(Vec::new(), |s| at!(s.terms).each().map(term).collect()),
            fill: row.it.pattern.fill,
            who: row.it.pattern.who,
            kept_in: kept_in(report.catalog, of),
            on_loss: one_line(&row.it.on_loss),
            leaving: one_line(&row.it.leaving),
            size: at!(row.worthwhile_size).known().as_ref().map(size),
            lines: at!(row.line_items).each().map(line).collect(),
            plans: at!(row.alternatives).each().map(plan).collect(),
        }
    }
}

impl Candidate {
    /// Expected cost a month, with both ends where they differ.
    pub fn range(&self) -> String {
        let sign = sum(self.complete == Some(true)).sign();
        if self.low.number == self.high.number {
            self.cost.text.clone()
        } else {
            range(&self.cost.text, sign, &self.low.text, &self.high.text)
        }
    }
}

fn word<S: Serializer>(verdict: &Verdict, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(verdict.word())
}

/// What it keeps its data in; a store that drops items by itself keeps nothing for good.
fn kept_in(catalog: &Catalog, of: &decision::Candidate) -> &'static str {
    let service = catalog.service(&of.pick.service);
    let variants = service.map(|s| s.variants.as_slice()).unwrap_or_default();
    let own = variants.iter().find(|v| v.id == of.pick.variant);
    let evicts = own.is_some_and(|v| v.facts.eviction.value == Some(true));
    match of.storage {
        Storage::Memory => "memory",
        Storage::Persistent if evicts => "storage that drops what is rarely read",
        Storage::Persistent => "persistent storage",
    }
}

/// The name of a service as its variants carry it: without the vendor's.
fn product(catalog: &Catalog, id: &str) -> String {
    let service = catalog.services.iter().find(|s| s.id == id);
    let name = service.map_or(id, |s| &s.name);
    one_line(unbranded(name))
}

/// Net saving, with the side from which it is known.
fn saving(row: &At<'_, SavingRow>) -> Value {
    let side = Side::of(row.it.at_least, row.it.at_most);
    at!(row.expected).cents().signed(side)
}

fn term(row: At<'_, TermRow>) -> Term {
    Term {
        name: one_line(&row.it.term),
        points: at!(row.points).points(),
        why: one_line(&row.it.why),
    }
}

impl Remark {
    fn reason(row: At<'_, ReasonRow>) -> Self {
        Self {
            sentence: sentence(&one_line(&row.it.text)),
            text: one_line(&row.it.text),
            code: one_line(&row.it.code),
            field: one_line(&row.it.field),
            sources: Source::all(&row.it.sources),
            refs: Vec::new(),
        }
    }

    pub(super) fn note(row: At<'_, NoteRow>) -> Self {
        Self {
            sentence: sentence(&one_line(&row.it.text)),
            text: one_line(&row.it.text),
            code: one_line(&row.it.code),
            field: String::new(),
            sources: Source::all(&row.it.sources),
            refs: Vec::new(),
        }
    }
}

fn size(row: &At<'_, WorthRow>) -> Size {
    let larger = at!(row.larger).known();
    Size {
        size: at!(row.size).plain(),
        hit_ratio: at!(row.hit_ratio).plain(),
        cost: at!(row.monthly_cost).usd(),
        saving: saving(&at!(row.net_monthly_saving)),
        larger: larger.map(|l| [at!(l.size).plain(), at!(l.costs).usd(), at!(l.avoids).usd()]),
    }
}

fn line(row: At<'_, LineRow>) -> Line {
    let origin = row.it.origin.as_ref();
    let priced = origin.map(|o| Source::new(&o.source, &o.as_of, ""));
    Line {
        meter: one_line(&row.it.meter),
        label: meter(&one_line(&row.it.meter)),
        region: row.it.region.as_deref().map(one_line),
        quantity: at!(row.quantity).quantity(),
        unit: one_line(&row.it.unit),
        price: at!(row.unit_price).price(),
        cost: at!(row.cost).usd(),
        free: row.it.free_tier,
        origin: origin.map(|o| PriceOrigin {
            kind: o.kind,
            as_of: one_line(&o.as_of),
            sku: o.sku.as_deref().map(one_line),
        }),
        discount: row.it.discount.as_deref().map(one_line),
        sources: priced.into_iter().filter(|s| !s.text.is_empty()).collect(),
        refs: Vec::new(),
    }
}

fn plan(row: At<'_, AlternativeRow>) -> Plan {
    Plan {
        name: one_line(&row.it.variant),
        cost: at!(row.monthly_cost).usd().signed(sum(row.it.complete)),
        why_not: row.it.why_not.as_deref().map(one_line),
    }
}
