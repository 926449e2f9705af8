//! How solid an answer is: nearest flips, break-even crossings, open questions, ranges, sweeps, growth.
//!
//! Everything is computed with the fast path. A flip is a change of the recommended service (or of the
//! outcome); a change of engine, table class or plan within a service is not one.

pub mod outlook;
mod parallel;
pub mod price_change;
pub mod questions;
pub mod ranges;
pub mod search;
pub mod sweep;
pub mod worth;

use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive};
use rust_decimal::{Decimal, RoundingStrategy};

use crate::decide::{Engine, Options, Scratch, leads};
use crate::domain::catalog::{Catalog, Weights};
use crate::domain::decision::{Candidate, Decision, Outcome, Pick, Verdict};
use crate::domain::field;
use crate::domain::finding::{Decider, Ground};
use crate::domain::money::Usd;
use crate::domain::outlook::VariantFlip;
use crate::domain::price::PriceBook;
use crate::domain::profile::{NumField, Profile};
use search::{domain, points};
use worth::WorthwhileSize;

/// How far one number of the profile may move before the answer changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stability {
    /// Which number.
    pub field: NumField,
    /// Its value.
    pub at: Decimal,
    /// The answer holds down to here; `None`: down to the end of the search domain.
    pub holds_from: Option<Decimal>,
    /// The answer holds up to here; `None`: up to the end of the search domain.
    pub holds_to: Option<Decimal>,
    /// What takes over below.
    pub flips_below: Option<Pick>,
    /// What takes over above.
    pub flips_above: Option<Pick>,
    /// The search domain.
    pub domain: (Decimal, Decimal),
}

/// A value at which two variants cost the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Which number.
    pub field: NumField,
    /// Where.
    pub at: Decimal,
    /// The cheaper one below, the cheaper one above.
    pub between: [Pick; 2],
}

/// Cost curves over one number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curves {
    /// Which number.
    pub field: NumField,
    /// Sampled values of the number.
    pub values: Vec<Decimal>,
    /// Cost of each eligible variant at each value; `None` where it does not cover it.
    pub costs: Vec<(Pick, Vec<Option<Decimal>>)>,
    /// Exact crossings.
    pub crossings: Vec<Crossing>,
}

/// The terms that separate two candidates, the largest first.
pub fn between(first: &Candidate, second: &Candidate) -> Vec<Decider> {
    leads(first, second)
}

/// What a lead in points is worth a month: so much dearer than the first a second is judged for it.
///
/// Points count halvings of what is bought beyond the bytes that every way pays alike, small change added, so the same
/// base turns them back into money (spec: ranking in money; docs/decisions/0804). Nothing without a bill.
pub fn lead_in_money(weights: &Weights, first: &Candidate, lead: f64) -> Option<Usd> {
    let per_halving = first.terms.iter().find_map(|t| match t.ground {
        Ground::Cost { per_halving, .. } => Some(per_halving),
        _ => None,
    })?;
    let base = first.cost?.expected.known.0 - first.common.0 + weights.small_change;
    let factor = Decimal::from_f64((lead / per_halving as f64).exp2() - 1.0)?;
    Some(Usd((base * factor).round_dp(2)))
}

/// The answer of the fast path: a service and variant, or an outcome word.
pub fn answer(engine: &Engine<'_>, profile: &Profile, scratch: &mut Scratch) -> Pick {
    if let Some(outcome) = engine.foregone(profile) {
        return named(engine, outcome, None);
    }
    let ranking = engine.rank(profile, scratch);
    named(engine, ranking.outcome, ranking.best)
}

/// A service and variant, or an outcome word.
pub fn named(engine: &Engine<'_>, outcome: Outcome, best: Option<usize>) -> Pick {
    match best.filter(|_| outcome == Outcome::Recommended) {
        Some(slot) => engine.pick(slot),
        None => Pick {
            service: outcome.word().to_owned(),
            variant: None,
        },
    }
}

/// The outcome and the recommended slot, for comparisons without strings.
fn slot_at(
    engine: &Engine<'_>,
    profile: &Profile,
    scratch: &mut Scratch,
) -> (Outcome, Option<usize>) {
    if let Some(outcome) = engine.foregone(profile) {
        return (outcome, None);
    }
    let ranking = engine.rank(profile, scratch);
    let is_one = ranking.outcome == Outcome::Recommended;
    (ranking.outcome, ranking.best.filter(|_| is_one))
}

/// Numbers that are looked at, when the profile has them, in the order of the stability table.
fn looked_at() -> Vec<NumField> {
    let place = |f: &NumField| f.number().stability;
    let mut fields: Vec<NumField> = NumField::all().filter(|f| place(f).is_some()).collect();
    fields.sort_by_key(place);
    fields
}

/// Nearest flips below and above for every number of the profile.
pub fn stability(engine: &Engine<'_>, profile: &Profile) -> Vec<Stability> {
    let rows = parallel::map(&looked_at(), |field| {
        field_stability(engine, profile, *field).map(|(row, _)| row)
    });
    rows.into_iter().flatten().collect()
}

/// What a walk away from today's value meets: the values on both sides of a change.
#[derive(Default)]
struct Walk {
    /// Another service or outcome.
    service: Option<(Decimal, Decimal)>,
    /// Another way to buy the same service, before that.
    variant: Option<(Decimal, Decimal)>,
}

/// The row of a number, and where another way to buy the same service takes over.
fn field_stability(
    engine: &Engine<'_>,
    profile: &Profile,
    field: NumField,
) -> Option<(Stability, Vec<VariantFlip>)> {
    let at = profile.number(field)?;
    let range = domain(profile, field);
    let scratch = &mut engine.scratch(profile);
    let fitting = scratch.fitting();
    let here = slot_at(engine, profile, scratch);
    let mut probe = profile.clone();
    let mut slot = |value: Decimal| {
        search::put(&mut probe, field, value);
        slot_at(engine, &probe, scratch)
    };
    let service =
        |found: (Outcome, Option<usize>)| (found.0, found.1.map(|s| engine.service_index(s)));
    let mut walk = |values: &mut dyn Iterator<Item = &Decimal>| {
        let mut met = Walk::default();
        let mut good = at;
        for value in values {
            let found = slot(*value);
            let other = service(found) != service(here);
            if met.variant.is_none() && !other && found != here {
                met.variant = Some(search::bisect(good, *value, &mut |v| slot(v) == here));
            }
            if other {
                let mut same = |v| service(slot(v)) == service(here);
                met.service = Some(search::bisect(good, *value, &mut same));
                break;
            }
            good = *value;
        }
        met
    };
    let all = points(engine, &fitting, profile, field, range);
    let below = walk(&mut all.iter().rev().filter(|v| **v < at));
    let above = walk(&mut all.iter().filter(|v| **v > at));
    let pick = |value: Decimal| {
        let mut probe = profile.clone();
        search::put(&mut probe, field, value);
        answer(engine, &probe, &mut Scratch::default())
    };
    let variant_flips = [below.variant, above.variant].into_iter().flatten();
    let today = named(engine, here.0, here.1);
    let variant_flips =
        variant_flips.map(|(good, bad)| variant_flip(field, &today, (good, bad), pick(bad)));
    let variant_flips = variant_flips.collect();
    let row = Stability {
        field,
        at,
        holds_from: below.service.map(|(last_good, _)| last_good),
        holds_to: above.service.map(|(last_good, _)| last_good),
        flips_below: below.service.map(|(_, flipped)| pick(flipped)),
        flips_above: above.service.map(|(_, flipped)| pick(flipped)),
        domain: range,
    };
    Some((row, variant_flips))
}

/// Today's variant and the one that takes over, in the order of the values.
fn variant_flip(
    field: NumField,
    today: &Pick,
    (good, bad): (Decimal, Decimal),
    other: Pick,
) -> VariantFlip {
    let today = today.clone();
    let (from, to) = if bad < good {
        (other, today)
    } else {
        (today, other)
    };
    VariantFlip {
        field,
        at: good,
        from,
        to,
    }
}

/// Numbers over which cost is compared.
pub const BREAK_EVEN: [NumField; 3] = [NumField::Reads, NumField::WorkingSet, NumField::ItemSize];

/// Monthly cost of every eligible variant over reads, working set and item size, with exact crossings.
pub fn break_even(engine: &Engine<'_>, profile: &Profile) -> Vec<Curves> {
    parallel::map(&BREAK_EVEN, |field| curves(engine, profile, *field))
}

/// How far a curve reaches below and above the profile's value.
const REACH: i64 = 1000;
/// Samples of a curve.
const SAMPLES: usize = 49;

/// What slots cost at other values of one field.
struct Probe<'e, 'a> {
    engine: &'e Engine<'a>,
    profile: Profile,
    field: NumField,
    scratch: Scratch,
}

impl Probe<'_, '_> {
    /// Complete costs of these slots at a value.
    fn costs(&mut self, slots: &[usize], value: Decimal) -> Vec<Option<Decimal>> {
        search::put(&mut self.profile, self.field, value);
        let costs = self
            .engine
            .costs_of(slots, &self.profile, &mut self.scratch);
        costs
            .map(|cost| cost.filter(|c| !c.incomplete).map(|c| c.known.0))
            .collect()
    }

    /// A row of costs for each slot.
    fn rows(&mut self, slots: &[usize], values: &[Decimal]) -> Vec<Vec<Option<Decimal>>> {
        let mut rows = vec![Vec::with_capacity(values.len()); slots.len()];
        for value in values {
            for (row, cost) in std::iter::zip(&mut rows, self.costs(slots, *value)) {
                row.push(cost);
            }
        }
        rows
    }

    /// Where slots of different services cost the same, searched between the values of a grid.
    fn crossings(&mut self, slots: &[usize], grid: &[Decimal]) -> Vec<Crossing> {
        let engine = self.engine;
        let rows = self.rows(slots, grid);
        let mut out = Vec::new();
        for (i, a) in slots.iter().enumerate() {
            for (j, b) in slots.iter().enumerate().skip(i + 1) {
                if engine.service_index(*a) == engine.service_index(*b) {
                    continue;
                }
                let gaps = std::iter::zip(&rows[i], &rows[j]).map(|(x, y)| Some((*x)? - (*y)?));
                for (from, to) in sign_changes(std::iter::zip(grid.iter().copied(), gaps)) {
                    let (at, _) = search::crossing(from, to, &mut |v| {
                        let pair = self.costs(&[*a, *b], v);
                        Some(pair[0]? - pair[1]?)
                    });
                    let before = if from.1.is_sign_negative() {
                        [*a, *b]
                    } else {
                        [*b, *a]
                    };
                    out.push(Crossing {
                        field: self.field,
                        at,
                        between: before.map(|slot| engine.pick(slot)),
                    });
                }
            }
        }
        out.sort_by(|a, b| a.at.cmp(&b.at).then_with(|| a.between.cmp(&b.between)));
        out
    }
}

fn curves(engine: &Engine<'_>, profile: &Profile, field: NumField) -> Curves {
    let mut scratch = engine.scratch(profile);
    engine.rank(profile, &mut scratch);
    let eligible: Vec<usize> = Engine::evals(&scratch)
        .iter()
        .enumerate()
        .filter(|(_, e)| e.eligible)
        .map(|(i, _)| i)
        .collect();
    let at = profile
        .number(field)
        .unwrap_or(Decimal::ONE)
        .max(Decimal::new(1, 3));
    let (low, high) = domain(profile, field);
    let reach = Decimal::from(REACH);
    let range = ((at / reach).max(low), (at * reach).min(high));
    let values = search::log_grid(range, SAMPLES);
    let grid = points(engine, &eligible, profile, field, range);
    let mut probe = Probe {
        engine,
        profile: profile.clone(),
        field,
        scratch,
    };
    let picks = eligible.iter().map(|slot| engine.pick(*slot));
    Curves {
        field,
        costs: std::iter::zip(picks, probe.rows(&eligible, &values)).collect(),
        crossings: probe.crossings(&eligible, &grid),
        values,
    }
}

/// A value and the gap between two costs there.
type Gap = (Decimal, Decimal);

/// Neighbouring samples between which a gap changes its sign; a gap of zero decides nothing, an unknown one
/// parts what is before from what is after.
fn sign_changes(gaps: impl Iterator<Item = (Decimal, Option<Decimal>)>) -> Vec<(Gap, Gap)> {
    let mut out = Vec::new();
    let mut last: Option<Gap> = None;
    for (value, gap) in gaps {
        if gap.is_some_and(|gap| gap.is_zero()) {
            continue;
        }
        let now = gap.map(|gap| (value, gap));
        let ends = last.zip(now);
        out.extend(
            ends.filter(|((_, was), (_, is))| was.is_sign_negative() != is.is_sign_negative()),
        );
        last = now;
    }
    out
}

/// The hit ratio from which a slot pays for itself; `None` when it never does, or always, or nobody knows.
pub fn pays_from_hit_ratio(engine: &Engine<'_>, profile: &Profile, slot: usize) -> Option<Decimal> {
    let mut scratch = Scratch::default();
    let mut probe = profile.clone();
    let mut pays = |h: Decimal| {
        search::put(&mut probe, NumField::HitRatio, h);
        engine
            .saving_of(slot, &probe, &mut scratch)
            .map(|s| s.expected.0 >= Decimal::ZERO)
    };
    if pays(Decimal::ZERO)? || !pays(Decimal::ONE)? {
        return None;
    }
    let (_, first) = search::bisect(Decimal::ZERO, Decimal::ONE, &mut |h| pays(h) == Some(false));
    Some(first)
}

/// What an analysis of open questions needs to build engines for other Regions and origins.
pub struct Open<'a> {
    /// Facts.
    pub catalog: &'a Catalog,
    /// Prices.
    pub book: &'a PriceBook,
    /// Switches.
    pub options: Options,
}

impl<'a> Open<'a> {
    /// An engine for another Region or origin.
    fn engine(&self, like: &Engine<'_>, profile: &Profile) -> Engine<'a> {
        Engine::with(like.models, self.catalog, self.book, self.options, profile)
    }
}

/// A legal value of a default that changes the answer: of a number one that is near, where there is one.
fn flip(
    engine: &Engine<'_>,
    open: &Open<'_>,
    profile: &Profile,
    path: &'static str,
    here: &str,
) -> Option<(String, Pick)> {
    let number = NumField::from_path(path);
    let near = number.and_then(|field| number_flip(engine, profile, field, here));
    near.or_else(|| {
        let mut scratch = Scratch::default();
        let field = field::find(path);
        let others = field.map_or_else(Vec::new, |f| field::other_values(profile, f));
        let others = others.into_iter();
        let mut answers = others.map(|(word, changed)| {
            let pick = if engine.serves(&changed) {
                answer(engine, &changed, &mut scratch)
            } else {
                let other = open.engine(engine, &changed);
                answer(&other, &changed, &mut scratch)
            };
            (word, pick)
        });
        answers.find(|(_, pick)| pick.service != here)
    })
}

/// How far two values of a field are apart, in the sense of its axis.
fn distance(field: NumField, a: Decimal, b: Decimal) -> f64 {
    let (a, b) = (float(a), float(b));
    if field.unit().is_linear() || a <= 0.0 || b <= 0.0 {
        (a - b).abs()
    } else {
        (a / b).ln().abs()
    }
}

/// The nearer flip of a stability row, as the roundest value beyond the bound that gives that answer.
fn nearest(engine: &Engine<'_>, profile: &Profile, row: &Stability) -> Option<(String, Pick)> {
    let below = row.holds_from.zip(row.flips_below.as_ref());
    let above = row.holds_to.zip(row.flips_above.as_ref());
    let far = |flip: Option<(Decimal, &Pick)>| {
        flip.map_or(f64::MAX, |(at, _)| distance(row.field, row.at, at))
    };
    let up = far(above) < far(below);
    let (bound, pick) = if up { above } else { below }?;
    let strategy = if up {
        RoundingStrategy::AwayFromZero
    } else {
        RoundingStrategy::ToZero
    };
    let mut scratch = engine.scratch(profile);
    let mut probe = profile.clone();
    let hair = (bound * Decimal::new(1, 11)).max(Decimal::new(2, 12));
    let beyond = if up { bound + hair } else { bound - hair };
    let value = (2..=13)
        .filter_map(|digits| beyond.round_sf_with_strategy(digits, strategy))
        .find(|value| {
            let inside = *value >= row.domain.0 && *value <= row.domain.1;
            search::put(&mut probe, row.field, *value);
            inside && answer(engine, &probe, &mut scratch).service == pick.service
        })
        .unwrap_or(beyond);
    Some((row.field.show(value), pick.clone()))
}

/// A value of an unanswered number that changes the answer: a round one, the nearest to the default, or else any.
fn number_flip(
    engine: &Engine<'_>,
    profile: &Profile,
    field: NumField,
    here: &str,
) -> Option<(String, Pick)> {
    let range = domain(profile, field);
    let mut scratch = engine.scratch(profile);
    let fitting = scratch.fitting();
    let mut probe = profile.clone();
    let mut round = search::round_numbers(range, field.unit().is_linear());
    if let Some(at) = profile.number(field) {
        round.sort_by(|a, b| distance(field, at, *a).total_cmp(&distance(field, at, *b)));
    }
    let mut differs = |value: &Decimal| {
        search::put(&mut probe, field, *value);
        let pick = answer(engine, &probe, &mut scratch);
        (pick.service != here).then(|| (field.show(*value), pick))
    };
    round.iter().find_map(&mut differs).or_else(|| {
        let mut stated = profile.clone();
        search::put(&mut stated, field, profile.number(field).unwrap_or(range.0));
        round.sort_unstable();
        let all = points(engine, &fitting, &stated, field, range);
        let untried = |value: &&Decimal| round.binary_search(value).is_err();
        all.iter().filter(untried).find_map(&mut differs)
    })
}

/// Cost and answer over the coming months.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// Growth a month, as a share: 0.1 is 10 %.
    pub rate: Decimal,
    /// Month by month, today first.
    pub months: Vec<Month>,
}

impl Growth {
    /// Months in which another service or outcome than in the month before is the answer.
    pub fn takeovers(&self) -> impl Iterator<Item = &Month> {
        let pairs = self.months.windows(2);
        pairs
            .filter(|pair| pair[0].answer.service != pair[1].answer.service)
            .map(|pair| &pair[1])
    }
}

impl Month {
    /// What the answer of this month costs; `None` when it is no service, or a price is missing.
    pub fn cost(&self) -> Option<Decimal> {
        let row = self.costs.iter().find(|(pick, _)| *pick == self.answer);
        row.map(|(_, cost)| *cost)
    }
}

/// One month of growth.
#[derive(Clone, Debug, PartialEq)]
pub struct Month {
    /// 0 is today.
    pub month: u32,
    /// Reads per second then.
    pub reads: Decimal,
    /// The answer then.
    pub answer: Pick,
    /// Cost of each eligible variant whose every price is known.
    pub costs: Vec<(Pick, Decimal)>,
}

/// Reads, writes and working set growing by a share a month.
pub fn growth(engine: &Engine<'_>, profile: &Profile, rate: Decimal, months: u32) -> Vec<Month> {
    let mut scratch = engine.scratch(profile);
    let mut factor = Decimal::ONE;
    let mut out = Vec::new();
    for month in 0..=months {
        let mut then = profile.clone();
        for field in [NumField::Reads, NumField::Writes, NumField::WorkingSet] {
            if let Some(value) = profile.number(field) {
                let (_, high) = domain(profile, field);
                then.set_number(field, value.checked_mul(factor).unwrap_or(high).min(high));
            }
        }
        let ranking = engine.rank(&then, &mut scratch);
        let pick = named(engine, ranking.outcome, ranking.best);
        let costs = Engine::evals(&scratch)
            .iter()
            .enumerate()
            .filter(|(_, e)| e.eligible && !e.cost.incomplete)
            .map(|(i, e)| (engine.pick(i), e.cost.known.0))
            .collect();
        out.push(Month {
            month,
            reads: then.traffic.reads,
            answer: pick,
            costs,
        });
        factor = factor.checked_mul(Decimal::ONE + rate).unwrap_or(factor);
    }
    out
}

/// From when on an eligible candidate is worth its price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worth {
    /// Which candidate.
    pub pick: Pick,
    /// Hit ratio from which it pays for itself, when known and below 100 %.
    pub pays_from_hit_ratio: Option<Decimal>,
    /// The measured size at which it saves the most, with a measured hit-ratio curve.
    pub worthwhile_size: Option<WorthwhileSize>,
}

/// Whether a default can change the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultFlip {
    /// Profile field.
    pub field: &'static str,
    /// The nearest such value and the service that takes over; `None`: no legal value does.
    pub to: Option<(String, Pick)>,
}

/// Everything a report shows of an analysis.
#[derive(Clone, Debug, Default)]
pub struct Analysis {
    /// Of every default that was used.
    pub defaults: Vec<DefaultFlip>,
    /// Of every eligible candidate.
    pub worth: Vec<Worth>,
    /// Nearest flips.
    pub stability: Vec<Stability>,
    /// Cost curves with crossings.
    pub curves: Vec<Curves>,
    /// Where another way to buy the recommended service takes over.
    pub variant_flips: Vec<VariantFlip>,
    /// The coming months, when asked for.
    pub growth: Option<Growth>,
}

impl Analysis {
    /// The value of a default that changes the answer, and the service that takes over.
    pub fn flip(&self, field: &str) -> Option<&(String, Pick)> {
        let found = self.defaults.iter().find(|d| d.field == field);
        found.and_then(|d| d.to.as_ref())
    }

    /// From when on a candidate is worth its price; `None` unless it is eligible.
    pub fn worth(&self, pick: &Pick) -> Option<&Worth> {
        self.worth.iter().find(|w| w.pick == *pick)
    }
}

/// Searches that do not depend on each other.
enum Task {
    Curves(NumField),
    Stability(NumField),
    /// Of the default of a field.
    Flip(&'static str),
}

enum Found {
    Curves(Curves),
    /// With what it says of the default of its field, if it is one.
    Stability(
        Option<Box<(Stability, Vec<VariantFlip>)>>,
        Option<DefaultFlip>,
    ),
    Flip(DefaultFlip),
}

/// Looks at a decision from all sides.
pub fn analyse(
    engine: &Engine<'_>,
    open: &Open<'_>,
    profile: &Profile,
    decision: &Decision,
) -> Analysis {
    let assumed: Vec<&'static str> = decision.assumptions.iter().map(|f| f.path).collect();
    let tasks = tasks(profile, &assumed);
    let found = parallel::map(&tasks, |task| match task {
        Task::Curves(field) => Found::Curves(curves(engine, profile, *field)),
        Task::Stability(field) => {
            let row = field_stability(engine, profile, *field).map(Box::new);
            let default = row.as_ref().filter(|_| assumed.contains(&field.path()));
            let flip = default.map(|row| DefaultFlip {
                field: field.path(),
                to: nearest(engine, profile, &row.0),
            });
            Found::Stability(row, flip)
        }
        Task::Flip(field) => Found::Flip(DefaultFlip {
            field,
            to: flip(engine, open, profile, field, decision.answer()),
        }),
    });
    let mut out = Analysis {
        worth: worths(engine, profile, decision),
        ..Analysis::default()
    };
    for found in found {
        match found {
            Found::Curves(found) => out.curves.push(found),
            Found::Stability(row, flip) => {
                if let Some(row) = row {
                    let (row, flips) = *row;
                    out.stability.push(row);
                    out.variant_flips.extend(flips);
                }
                out.defaults.extend(flip);
            }
            Found::Flip(flip) => out.defaults.push(flip),
        }
    }
    out.curves
        .sort_by_key(|c| BREAK_EVEN.iter().position(|f| *f == c.field));
    out.stability.sort_by_key(|s| s.field.number().stability);
    out.variant_flips.sort_by(|a, b| {
        (a.field.number().stability, a.at).cmp(&(b.field.number().stability, b.at))
    });
    out.defaults
        .sort_by_key(|d| assumed.iter().position(|f| *f == d.field));
    out
}

/// The longest searches first, so that none of them runs alone at the end: item sizes have the most bends.
fn tasks(profile: &Profile, assumed: &[&'static str]) -> Vec<Task> {
    let looked_at = looked_at();
    let moved = |path: &&&str| {
        let mut moved = looked_at.iter().filter(|f| profile.number(**f).is_some());
        moved.any(|field| field.path() == **path)
    };
    let flips = assumed.iter().filter(|path| !moved(path));
    let mut tasks: Vec<Task> = flips.map(|path| Task::Flip(path)).collect();
    tasks.extend(BREAK_EVEN.map(Task::Curves));
    tasks.extend(looked_at.into_iter().map(Task::Stability));
    let is_long = |task: &Task| {
        matches!(
            task,
            Task::Curves(NumField::ItemSize) | Task::Stability(NumField::ItemSize)
        )
    };
    tasks.sort_by_key(|task| !is_long(task));
    tasks
}

fn worths(engine: &Engine<'_>, profile: &Profile, decision: &Decision) -> Vec<Worth> {
    let eligible = decision.candidates.iter();
    let eligible = eligible.filter(|c| c.verdict == Verdict::Eligible);
    let worth = |c: &Candidate| {
        let slot = (0..engine.slots()).find(|s| engine.pick(*s) == c.pick)?;
        let scratch = &mut Scratch::default();
        Some(Worth {
            pick: c.pick.clone(),
            pays_from_hit_ratio: c
                .saving
                .and_then(|_| pays_from_hit_ratio(engine, profile, slot)),
            worthwhile_size: worth::worthwhile_size(engine, profile, slot, scratch),
        })
    };
    eligible.filter_map(worth).collect()
}

/// A decimal for charts.
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::MAX)
}
