//! The view of a report: everything a person can be shown, made once from a decision and its analysis.
//!
//! Text, Markdown, CSV and HTML lay it out, and each takes from it what fits; none looks anything up
//! again. Every number is a [`Value`] that knows where it stands in the JSON.

mod candidate;
mod value;

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

pub use candidate::{Candidate, Line, Plan, Refs, Remark, Size, Source, Term};
use value::{At, at};
pub use value::{Value, near};

use super::json::{self, AssumptionRow, GrowthRow, Json, RangesRow, StabilityRow};
use super::{Report, VERSION, is_options, named};
use crate::analysis::{
    BREAK_EVEN, Growth as GrowthFacts, Stability as StabilityFacts, ranges::Ranges as RangeFacts,
};
use crate::domain::decision::{Decision, Outcome, Pick, Side};
use crate::domain::field;
use crate::domain::profile::{NumField, OriginKind, Profile};
use crate::domain::units::{Dollars, Quantity as _, Share};
use crate::text::{one_line, stack_name};
use crate::words;

/// Everything about one profile.
#[derive(Serialize)]
pub struct View {
    /// Name of the profile.
    pub name: String,
    /// Its description.
    pub description: Option<String>,
    /// What was asked.
    pub asked: Asked,
    /// How it was answered.
    #[serde(serialize_with = "outcome")]
    pub outcome: Outcome,
    /// The answer in a sentence.
    pub summary: String,
    /// How sure the answer is, and why.
    pub verdict: Option<Verdict>,
    /// The recommended candidate, or the best eligible one.
    pub best: Option<usize>,
    /// Is it the recommended one.
    pub recommended: bool,
    /// Who came second.
    pub second: Option<Choice>,
    /// The two are as good as each other.
    pub tie: bool,
    /// What decided it.
    pub decided_by: Vec<String>,
    /// A cheaper service that came third, and why it is not the answer.
    pub third: Option<String>,
    /// What must-haves and preferences cost.
    pub tags: Vec<String>,
    /// Questions worth an answer, three at most.
    pub questions: Vec<String>,
    /// Where another way to buy the recommended service takes over.
    pub variant_flips: Vec<String>,
    /// Where the bottleneck is.
    pub bottleneck: String,
    /// Nothing is behind it: no read is avoided, and nothing is saved.
    pub is_store: bool,
    /// The same without a cache.
    pub baseline: Baseline,
    /// Budget a month.
    pub budget: Value,
    /// Where the prices are from.
    pub prices: Prices,
    /// Every candidate: eligible ones ranked, then the ruled out, then comparisons.
    pub candidates: Vec<Candidate>,
    /// Candidates by how much they matter: the best, the second, the others.
    pub order: Vec<usize>,
    /// What to relax when nothing fits.
    pub relax: Vec<Relax>,
    /// How far each number may move.
    pub stability: Vec<Stability>,
    /// Where two candidates cost the same.
    #[serde(skip)]
    pub crossings: Vec<Value>,
    /// What the stated ranges do.
    pub ranges: Option<Ranges>,
    /// The coming months.
    pub growth: Option<Growth>,
    /// The measured hit-ratio curve: size, share of requests, share of bytes.
    pub curve: Vec<[Value; 3]>,
    /// What runs today, beside the answer.
    pub running: Option<String>,
    /// What a measured profile was measured from.
    pub measured: Option<String>,
    /// How the values of a profile came about that was measured from metrics.
    pub marks: Option<String>,
    /// Defaults that were used.
    pub assumptions: Vec<Assumption>,
    /// What else is worth a look.
    pub notes: Vec<Remark>,
    /// Every source that `refs` count, in the order of their numbers.
    pub sources: Vec<Source>,
    /// The profile file as a word of a command line.
    pub file: String,
    /// Name for its stack.
    pub stack: String,
    /// The command that deploys it, after the one that generates it.
    pub deploy: String,
    /// Hash of the catalog.
    pub catalog: String,
    /// Version of the program.
    pub version: &'static str,
}

/// How sure an answer is.
#[derive(Serialize)]
pub struct Verdict {
    /// `clear`, `close` or `open`.
    pub level: &'static str,
    /// In a sentence.
    pub why: String,
}

impl Verdict {
    /// `Open: …`.
    pub fn line(&self) -> String {
        let (first, rest) = self.level.split_at(1);
        format!("{}{rest}: {}", first.to_uppercase(), self.why)
    }
}

/// The question in its most important values; unknown where the profile is silent.
#[derive(Serialize)]
#[allow(missing_docs, reason = "the names of the profile's fields")]
pub struct Asked {
    pub region: Value,
    pub layer: Value,
    pub interface: Value,
    pub reads: Value,
    pub writes: Option<Value>,
    pub item_size: Value,
    pub working_set: Value,
    pub ttl: Value,
    pub hit_ratio: Value,
    pub latency: Value,
    pub private_access: Value,
    pub scale_to_zero: Value,
}

impl Asked {
    /// In one line.
    pub fn line(&self) -> String {
        let mut parts = vec![
            self.region.text.clone(),
            format!("{} layer", self.layer.text),
            self.interface.text.clone(),
            format!("{} reads", self.reads.text),
        ];
        parts.extend(self.writes.as_ref().map(|w| format!("{} writes", w.text)));
        parts.push(format!("{} items", self.item_size.text));
        parts.push(format!("{} working set", self.working_set.text));
        parts.join(" · ")
    }
}

/// The same workload without a cache.
#[derive(Serialize)]
pub struct Baseline {
    /// Reads of the origin a month.
    pub reads: Value,
    /// What everything costs a month, with the side on which the truth is.
    pub total: Value,
    /// What its reads cost a month, where that is known.
    pub read_cost: Value,
    /// Internet transfer in it.
    pub egress: Value,
}

/// Where prices are from.
#[derive(Serialize)]
pub struct Prices {
    /// `snapshot`, `live` or `file`.
    pub origin: Value,
    /// Date of the newest.
    pub as_of: Value,
    /// Date of the oldest, when it is another one.
    pub oldest: Option<String>,
    /// Date of the oldest price in the bill of the best candidate.
    pub oldest_used: Value,
    /// `snapshot of 2026-10-01`.
    pub dated: String,
    /// `list prices`.
    pub terms: &'static str,
    /// Currency.
    pub currency: String,
    /// What needs saying about them.
    pub notes: Vec<String>,
}

/// A service and variant, or an outcome without one.
#[derive(Clone, Serialize)]
pub struct Choice {
    /// Service id or outcome word.
    pub service: String,
    /// `service (variant)`.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Its place among the candidates.
    pub index: Option<usize>,
}

/// A must-have that could be relaxed.
#[derive(Serialize)]
pub struct Relax {
    /// Profile field.
    pub field: String,
    /// Its value.
    pub from: String,
    /// The value that unlocks.
    pub to: String,
    /// Ids of services that become eligible.
    pub unlocks: Vec<String>,
    /// Their names.
    pub names: Vec<String>,
}

/// How far one number may move before the answer changes.
#[derive(Serialize)]
pub struct Stability {
    /// Profile field.
    pub field: &'static str,
    /// Today's value.
    pub at: Value,
    /// Down to here, and what takes over below.
    pub below: Option<(Value, Choice)>,
    /// Up to here, and what takes over above.
    pub above: Option<(Value, Choice)>,
}

/// What the stated ranges do to the answer.
#[derive(Serialize)]
pub struct Ranges {
    /// The same service at the low, the expected and the high end.
    pub same: bool,
    /// Samples.
    pub samples: Value,
    /// Who won how many of them.
    pub won: Vec<Won>,
    /// Which service wins over which part of each range.
    pub parts: Vec<String>,
}

/// An answer over the stated ranges.
#[derive(Serialize)]
pub struct Won {
    /// The answer.
    pub choice: Choice,
    /// Samples with it.
    pub samples: Value,
    /// Their share in whole percent.
    pub percent: u32,
}

/// Cost over the coming months.
#[derive(Serialize)]
pub struct Growth {
    /// Growth a month.
    pub rate: Value,
    /// Today and each month after it.
    pub months: Vec<Month>,
}

/// One month.
#[derive(Serialize)]
pub struct Month {
    /// 0 is today.
    pub month: u32,
    /// Reads.
    pub reads: Value,
    /// The answer.
    pub answer: Choice,
    /// Another service than the month before.
    pub takes_over: bool,
    /// Cost.
    pub cost: Value,
}

/// A default that was used.
#[derive(Serialize)]
pub struct Assumption {
    /// Profile field.
    pub field: &'static str,
    /// The value, in words.
    pub value: String,
    /// Some other value would change the answer; nothing when it was not looked for.
    pub can_flip: Option<bool>,
    /// The nearest such value.
    pub at: Value,
    /// The answer there.
    pub to: Option<Choice>,
    /// It has a stability interval, which says the same.
    pub is_searched: bool,
}

fn outcome<S: Serializer>(outcome: &Outcome, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(outcome.word())
}

impl View {
    /// Everything a report can show.
    pub fn new(report: &Report<'_>) -> Self {
        let mirror = json::mirror(report);
        let root = &At {
            it: &mirror,
            path: String::new(),
        };
        let (d, p) = (report.decision, report.profile);
        let rows = at!(root.candidates);
        let crossings = at!(root.break_even);
        let candidates = rows.each().zip(&d.candidates);
        let second = d.runner_up.as_ref().map(|p| Choice::new(d, p));
        let mut view = Self {
            name: one_line(&p.name),
            description: p.description.as_deref().map(one_line),
            asked: asked(p),
            outcome: d.outcome,
            summary: one_line(&root.it.headline),
            verdict: verdict(root, report),
            third: third(&mirror),
            tags: tags(&mirror),
            questions: questions(&mirror),
            variant_flips: variant_flips(&mirror),
            best: d.best,
            recommended: d.winner().is_some(),
            tie: d.tie,
            decided_by: (words::decided_by(d).iter()).map(|t| one_line(t)).collect(),
            bottleneck: one_line(&root.it.bottleneck),
            is_store: p.origin.kind == OriginKind::None,
            baseline: baseline(root),
            budget: budget(p),
            prices: prices(report, root),
            candidates: candidates
                .map(|(row, c)| Candidate::new(&row, c, report))
                .collect(),
            order: order(
                d.best,
                second.as_ref().and_then(|s| s.index),
                d.candidates.len(),
            ),
            second,
            relax: relax(report),
            stability: stability(report, root),
            crossings: crossings.each().map(|c| at!(c.at).plain()).collect(),
            ranges: ranges(report, root),
            growth: growth(report, root),
            curve: curve(p),
            running: (p.running.as_ref())
                .map(|now| one_line(&words::short::running(now, d.winner()))),
            measured: words::report::provenance(p).map(|t| one_line(&t)),
            marks: words::report::marks(p).map(|t| one_line(&t)),
            assumptions: assumptions(report, root),
            notes: at!(root.notes).each().map(Remark::note).collect(),
            file: named(report.file),
            deploy: deploy(report),
            stack: stack_name(&p.name),
            catalog: one_line(&report.catalog.hash),
            version: VERSION,
            sources: Vec::new(),
        };
        view.cite();
        view
    }

    /// Numbers the sources in the order of the page: prices, reasons, cautions, notes.
    fn cite(&mut self) {
        let mut refs = Refs::default();
        let mut remarks: Vec<&mut Remark> = Vec::new();
        for i in &self.order {
            for line in &mut self.candidates[*i].lines {
                line.refs = refs.cite(&line.sources);
            }
        }
        let mut cautions = Vec::new();
        for (i, c) in self.candidates.iter_mut().enumerate() {
            remarks.extend(&mut c.reasons);
            if self.best == Some(i) {
                cautions = c.cautions.iter_mut().collect();
            }
        }
        for r in remarks.into_iter().chain(cautions).chain(&mut self.notes) {
            r.refs = refs.cite(&r.sources);
        }
        self.sources = refs.0;
    }

    /// The answer with how sure it is.
    pub fn answer(&self) -> String {
        let verdict = self.verdict.as_ref().map(Verdict::line);
        let parts = [Some(self.summary.clone()), verdict];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The recommended candidate, or the best eligible one.
    pub fn best(&self) -> Option<&Candidate> {
        self.best.and_then(|i| self.candidates.get(i))
    }
}

/// Where a field of the profile stands in the JSON.
fn pointer(path: &str) -> String {
    format!("/profile/{}", path.replace('.', "/"))
}

/// Where a number of the profile stands in the JSON: a latency is two.
fn number(field: NumField) -> String {
    let part = (field == NumField::Latency).then_some("/p50");
    pointer(field.path()) + part.unwrap_or_default()
}

/// A word of the profile, at its row of the table.
fn word(profile: &Profile, path: &str) -> Value {
    let shown = field::find(path).and_then(|f| f.json(profile));
    let text = shown.as_ref().and_then(|v| v.as_str());
    text.map_or_else(Value::unknown, |text| Value::told(pointer(path), text))
}

fn asked(profile: &Profile) -> Asked {
    let shown = |f: NumField| profile.number(f).map(|v| f.show(v));
    let field =
        |f: NumField| shown(f).map_or_else(Value::unknown, |text| Value::told(number(f), &text));
    let ttl = shown(NumField::Ttl).unwrap_or_else(|| "none".to_owned());
    Asked {
        region: word(profile, "region"),
        layer: word(profile, "layer"),
        interface: word(profile, "interface"),
        reads: field(NumField::Reads),
        writes: Some(field(NumField::Writes)).filter(|_| !profile.traffic.writes.is_zero()),
        item_size: field(NumField::ItemSize),
        working_set: field(NumField::WorkingSet),
        ttl: Value::told(number(NumField::Ttl), &ttl),
        hit_ratio: field(NumField::HitRatio),
        latency: field(NumField::Latency),
        private_access: word(profile, "private_access"),
        scale_to_zero: word(profile, "scale_to_zero"),
    }
}

/// `deploy` takes a file, or the folder that `generate` wrote; the latter has no profile to name its Region.
fn deploy(report: &Report<'_>) -> String {
    let p = report.profile;
    let name = stack_name(&p.name);
    if is_options(report.file) {
        return format!(
            "cachewright deploy stack --stack-name {name} --region {}",
            p.region
        );
    }
    format!(
        "cachewright deploy {} --stack-name {name}",
        named(report.file)
    )
}

fn curve(profile: &Profile) -> Vec<[Value; 3]> {
    let share = |v: Decimal| Share::from_value(v).to_string();
    let points = profile.data.curve.iter().enumerate().map(|(i, point)| {
        let at = At {
            it: point,
            path: format!("{}/{i}", pointer("data.hit_ratio_curve")),
        };
        [
            Value::told(at!(at.size).path, &point.size.to_string()),
            Value::told(at!(at.objects).path, &share(point.objects)),
            Value::told(at!(at.bytes).path, &share(point.bytes)),
        ]
    });
    points.collect()
}

fn budget(profile: &Profile) -> Value {
    let told = |b| Value {
        number: Some(b),
        ..Value::told(
            pointer("budget"),
            &format!("{}/month", Dollars::from_value(b)),
        )
    };
    profile.budget.map_or_else(Value::unknown, told)
}

fn baseline(root: &At<'_, Json>) -> Baseline {
    let side = Side::of(root.it.baseline.at_least, false);
    Baseline {
        reads: at!(root.baseline.origin_reads).count(),
        total: at!(root.baseline.total).usd().signed(side),
        read_cost: at!(root.baseline.read_cost).usd(),
        egress: at!(root.baseline.egress_cost).usd(),
    }
}

fn prices(report: &Report<'_>, root: &At<'_, Json>) -> Prices {
    let (oldest, newest) = report.book.dates();
    Prices {
        origin: at!(root.tool.prices.origin).plain(),
        as_of: at!(root.tool.prices.as_of).plain(),
        oldest: (oldest != newest).then(|| one_line(oldest)),
        oldest_used: at!(root.tool.prices.oldest_used).plain(),
        dated: report.book.dated(),
        terms: report.book.terms(),
        currency: one_line(&report.book.currency),
        notes: report.price_notes.iter().map(|n| one_line(n)).collect(),
    }
}

/// The best, the second, then the others in their order.
fn order(best: Option<usize>, second: Option<usize>, all: usize) -> Vec<usize> {
    let first = || best.into_iter().chain(second);
    first()
        .chain((0..all).filter(|i| first().all(|f| f != *i)))
        .collect()
}

impl Choice {
    /// From a pick.
    pub fn new(decision: &Decision, pick: &Pick) -> Self {
        let index = decision.candidates.iter().position(|c| c.pick == *pick);
        let id = one_line(&match &pick.variant {
            Some(variant) => format!("{} ({variant})", pick.service),
            None => pick.service.clone(),
        });
        let outcome = words::report::outcome(&pick.service).map(str::to_owned);
        let name = match index {
            Some(i) => one_line(&decision.candidates[i].name),
            None => outcome.unwrap_or_else(|| id.clone()),
        };
        Self {
            service: one_line(&pick.service),
            id,
            name,
            index,
        }
    }
}

fn relax(report: &Report<'_>) -> Vec<Relax> {
    let name = |id: &String| {
        let known = report.catalog.services.iter().find(|s| s.id == *id);
        one_line(known.map_or(id, |s| &s.name))
    };
    let rows = report.decision.relax.iter().map(|r| Relax {
        field: one_line(&r.field),
        from: one_line(&r.from),
        to: one_line(&r.to),
        names: r.unlocks.iter().map(name).collect(),
        unlocks: r.unlocks.clone(),
    });
    rows.collect()
}

fn stability(report: &Report<'_>, root: &At<'_, Json>) -> Vec<Stability> {
    let facts = report.analysis.map(|a| a.stability.as_slice());
    let rows = at!(root.stability);
    let rows = rows.each().zip(facts.unwrap_or_default());
    rows.map(|(row, facts)| interval(report.decision, &row, facts))
        .collect()
}

fn interval(d: &Decision, row: &At<'_, StabilityRow>, facts: &StabilityFacts) -> Stability {
    let flip = |value: Value, at: Option<Decimal>, to: Option<&Pick>, above: bool| {
        let (at, to) = at.zip(to)?;
        let text = facts.field.show_rounded(facts.field.last(at, above));
        Some((Value { text, ..value }, Choice::new(d, to)))
    };
    let (below, above) = (facts.flips_below.as_ref(), facts.flips_above.as_ref());
    Stability {
        field: row.it.field,
        at: at!(row.at).plain(),
        below: flip(at!(row.holds_from).plain(), facts.holds_from, below, true),
        above: flip(at!(row.holds_to).plain(), facts.holds_to, above, false),
    }
}

fn ranges(report: &Report<'_>, root: &At<'_, Json>) -> Option<Ranges> {
    let facts: &RangeFacts = report.outlook?.ranges.as_ref()?;
    let row: At<'_, RangesRow> = at!(root.ranges).known()?;
    let shares = at!(row.shares);
    let won = shares.each().zip(&facts.won).map(|(share, (pick, n))| Won {
        choice: Choice::new(report.decision, pick),
        samples: at!(share.samples).count(),
        percent: n * 100 / facts.samples,
    });
    let service = &facts.expected.service;
    Some(Ranges {
        same: facts.low.service == *service && facts.high.service == *service,
        samples: at!(row.samples).count(),
        won: won.collect(),
        parts: row.it.texts.iter().map(|t| one_line(t)).collect(),
    })
}

fn verdict(root: &At<'_, Json>, report: &Report<'_>) -> Option<Verdict> {
    let recommended = root.it.recommendation.as_ref();
    let row = recommended.map_or(root.it.verdict.as_ref(), |r| r.verdict.as_ref())?;
    report.outlook.map(|_| Verdict {
        level: row.level,
        why: one_line(&row.why),
    })
}

fn third(root: &Json) -> Option<String> {
    let third = root.recommendation.as_ref()?.third.as_ref()?;
    Some(one_line(&third.why))
}

fn tags(root: &Json) -> Vec<String> {
    root.price_tags.iter().map(|t| one_line(&t.text)).collect()
}

/// Of the numbers whose costs are drawn; the JSON has them all.
fn variant_flips(root: &Json) -> Vec<String> {
    let told = |field: &str| BREAK_EVEN.iter().any(|f| f.path() == field);
    let flips = root.variant_flips.iter().filter(|f| told(f.field));
    flips.map(|f| one_line(&f.text)).collect()
}

/// Questions worth an answer: few, for a long list is not answered.
fn questions(root: &Json) -> Vec<String> {
    const MOST: usize = 3;
    let first = root.worth_answering.iter().take(MOST);
    first.map(|q| one_line(&q.text)).collect()
}

fn growth(report: &Report<'_>, root: &At<'_, Json>) -> Option<Growth> {
    let facts: &GrowthFacts = report.analysis?.growth.as_ref()?;
    let row: At<'_, GrowthRow> = at!(root.growth).known()?;
    let months = at!(row.months);
    let months = months.each().zip(&facts.months).map(|(row, month)| Month {
        month: row.it.month,
        reads: Value {
            text: NumField::Reads.show(month.reads.round_sf(3).unwrap_or(month.reads)),
            ..at!(row.reads).plain()
        },
        answer: Choice::new(report.decision, &month.answer),
        takes_over: facts.takeovers().any(|m| m.month == month.month),
        cost: at!(row.monthly_cost).usd(),
    });
    Some(Growth {
        rate: at!(row.per_month).plain(),
        months: months.collect(),
    })
}

fn assumptions(report: &Report<'_>, root: &At<'_, Json>) -> Vec<Assumption> {
    let searched = report.analysis.map(|a| a.stability.as_slice());
    let searched = searched.unwrap_or_default();
    let one = |row: At<'_, AssumptionRow>| {
        let field = row.it.field;
        let flip = report.analysis.and_then(|found| found.flip(field));
        Assumption {
            field,
            value: one_line(&row.it.value),
            can_flip: row.it.can_flip,
            at: at!(row.flips_at).near(),
            to: flip.map(|(_, pick)| Choice::new(report.decision, pick)),
            is_searched: searched.iter().any(|s| s.field.path() == field),
        }
    };
    at!(root.assumptions).each().map(one).collect()
}
