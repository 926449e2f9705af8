//! What series say of a workload: each field of the profile with its rule, its mark and how much of the window it saw.
//!
//! Sums are added up by period over metrics and members. A gap is not zero, unless the kind says so: it is covered by
//! nothing, and a rate is what was counted by the whole hours that have a value. What fewer than half of the window
//! covers is left out, never guessed.

use std::collections::{BTreeMap, BTreeSet};

use super::kind::{As, Kind, Role, Silent};
use super::series::Series;

/// Hours of a month.
const MONTH: f64 = 730.0;
const HOUR: i64 = 3600;
/// An hour with less than this share of the busiest one is idle.
const IDLE: f64 = 0.01;
/// Estimates apart by more than this are a range.
const APART: f64 = 0.25;
/// What fewer of the window's periods cover is left out.
const ENOUGH: f64 = 0.5;
/// More keys than calls, by at least this factor, are fetched together.
const TOGETHER: f64 = 1.05;

const BY_BODY: &str = "bytes sent, by requests with a body";
const BY_HIT: &str = "bytes sent, by hits";
const STORED: &str = "stored bytes by items, less key and bookkeeping";
const BOTH: &str = "stored bytes by items, less key and bookkeeping, and bytes sent by hits: more than 25 % apart, so both are the ends";
const AGREED: &str =
    "stored bytes by items, less key and bookkeeping; bytes sent by hits agree within 25 %";

/// How a value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Counted.
    Measured,
    /// It follows from what was counted.
    Derived,
    /// Not known from metrics.
    LeftOut,
}

impl Mark {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Derived => "derived",
            Self::LeftOut => "left out",
        }
    }
}

/// Unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// A part of one.
    Share,
    /// Hours a month.
    Hours,
    /// Milliseconds.
    Milliseconds,
    /// None.
    Number,
}

/// A value of the profile.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Low, expected, high; all the same where one is known.
    Number([f64; 3], Unit),
    /// Words.
    Words(Vec<String>),
    /// A word.
    Word(String),
    /// Nobody says.
    Unknown,
}

/// A field of the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Path in the profile.
    pub path: &'static str,
    /// Value.
    pub value: Reading,
    /// How it came about.
    pub mark: Mark,
    /// The rule, or why it is left out.
    pub rule: String,
}

/// What other sources than metrics tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Engine, such as `valkey`.
    pub engine: Option<String>,
    /// Node type.
    pub node_type: Option<String>,
    /// Nodes.
    pub nodes: Option<u32>,
    /// Bytes of a table.
    pub stored_bytes: Option<f64>,
    /// Its items.
    pub stored_items: Option<f64>,
    /// Provisioned capacity in GiB.
    pub capacity_gib: Option<f64>,
    /// The least stored that is billed, in GB.
    pub least_gb: Option<f64>,
    /// ECPUs a second that are billed at least.
    pub least_ecpus: Option<f64>,
    /// Variant of the price list, such as a table class.
    pub variant: Option<String>,
    /// Members with series of their own.
    pub members: Vec<String>,
    /// Region.
    pub region: Option<String>,
}

/// Conventions of the decision model.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Bytes that come on top of a value: its key and bookkeeping.
    pub item: f64,
}

/// Everything that series say.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Fields, in the order of the profile.
    pub fields: Vec<Field>,
    /// First moment, seconds since 1970.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
    /// Seconds of the period of counts.
    pub period: i64,
    /// Share of the window that counts cover.
    pub coverage: f64,
    /// Code and text of what to know.
    pub cautions: Vec<(&'static str, String)>,
    /// What is for the report alone: label and text.
    pub beside: Vec<(&'static str, String)>,
    /// Requests that were counted.
    pub requests: f64,
}

/// Series by what they are for, in one window.
pub struct Data<'s> {
    kind: &'s Kind,
    series: &'s [Series<'s>],
    pub(super) from: i64,
    pub(super) to: i64,
    /// Hours in which any series has a value.
    alive: BTreeSet<i64>,
    primaries: Option<BTreeSet<String>>,
    /// Nodes that report as one series, of which a level is the mean.
    alike: f64,
}

/// A sum over metrics and members.
pub(super) struct Counted {
    /// By the beginning of each period.
    points: BTreeMap<i64, f64>,
    period: i64,
}

impl<'s> Data<'s> {
    /// The series of one resource; `None` where they have no value at all.
    pub fn new(kind: &'s Kind, series: &'s [Series<'s>], known: &Known) -> Option<Self> {
        let times = || series.iter().filter_map(|s| s.points.first_key_value());
        let from = times().map(|(t, _)| *t).min()?;
        // Daily values begin at a day's start, before what is counted by the minute.
        let fine = series.iter().filter(|s| s.metric.period != Some(86_400));
        let from = fine
            .filter_map(|s| s.points.first_key_value())
            .map(|(t, _)| *t)
            .min()
            .unwrap_or(from);
        let end = |s: &Series<'_>| Some(s.points.last_key_value()?.0 + period(&s.points));
        let to = series.iter().filter_map(end).max()?.max(from + 60);
        let mut data = Self {
            kind,
            series,
            from,
            to,
            alive: BTreeSet::new(),
            primaries: None,
            alike: alike(kind, series, known),
        };
        data.alive = (series.iter().flat_map(|s| s.points.keys()))
            .map(|t| data.hour(*t))
            .collect();
        data.primaries = data.primaries();
        Some(data)
    }

    fn hour(&self, time: i64) -> i64 {
        (time - self.from).div_euclid(HOUR)
    }

    /// Seconds of an hour of the window; the last one may be short.
    fn seconds(&self, hour: i64) -> f64 {
        (self.to - self.from - hour * HOUR).clamp(0, HOUR) as f64
    }

    /// Members that were a primary most of the time; `None` where nothing tells.
    fn primaries(&self) -> Option<BTreeSet<String>> {
        let told: Vec<&Series<'_>> = self.all(Role::Primary, None).collect();
        let is = |s: &&&Series<'_>| mean(&s.points) >= 0.5;
        let names: BTreeSet<String> = told.iter().filter(is).map(|s| s.member.clone()).collect();
        (!names.is_empty()).then_some(names)
    }

    /// Series for a purpose that have a value.
    pub(super) fn all(
        &self,
        role: Role,
        statistic: Option<&'static str>,
    ) -> impl Iterator<Item = &'s Series<'s>> {
        let primaries = self.primaries.clone().filter(|_| role.is_of_primaries());
        self.series
            .iter()
            .filter(move |s| s.metric.is == role && !s.points.is_empty())
            .filter(move |s| statistic.is_none_or(|wanted| s.statistic == wanted))
            .filter(move |s| primaries.as_ref().is_none_or(|p| p.contains(&s.member)))
    }

    /// Counts for these purposes, added up; `None` where there are none, or of too few periods.
    pub(super) fn count(&self, roles: &[Role]) -> Option<Counted> {
        let mut points: BTreeMap<i64, f64> = BTreeMap::new();
        let mut step = i64::MAX;
        for role in roles {
            for series in self.all(*role, None) {
                if matches!(series.statistic.as_str(), "Sum" | "SampleCount") {
                    step = step.min(period(&series.points));
                    for (time, value) in &series.points {
                        *points.entry(*time).or_default() += value;
                    }
                }
            }
        }
        let counted = Counted {
            points,
            period: step,
        };
        let enough = !counted.points.is_empty() && self.coverage(&counted) >= ENOUGH;
        enough.then_some(counted)
    }

    /// Share of the window with a value.
    fn coverage(&self, counted: &Counted) -> f64 {
        if self.kind.silent == Silent::Zero {
            let hours = (self.to - self.from + HOUR - 1) / HOUR;
            return self.alive.len() as f64 / hours.max(1) as f64;
        }
        let all = (self.to - self.from) / counted.period.max(1);
        (counted.points.len() as f64 / all.max(1) as f64).min(1.0)
    }

    /// Counts by hour, for every hour that is covered.
    fn hours(&self, counted: &Counted) -> BTreeMap<i64, f64> {
        let mut hours = BTreeMap::new();
        if self.kind.silent == Silent::Zero {
            hours.extend(self.alive.iter().map(|h| (*h, 0.0)));
        }
        for (time, value) in &counted.points {
            *hours.entry(self.hour(*time)).or_default() += value;
        }
        hours
    }

    /// The sum of counts, scaled from the covered hours to a month.
    pub(super) fn monthly(&self, counted: &Counted) -> f64 {
        let hours = self.hours(counted);
        let covered: f64 = hours.keys().map(|h| self.seconds(*h)).sum();
        counted.sum() / covered.max(1.0) * MONTH * HOUR as f64
    }

    /// A level by time, added up over metrics and members.
    pub(super) fn level(&self, role: Role, statistic: &'static str) -> Option<BTreeMap<i64, f64>> {
        let mut sums: BTreeMap<i64, (f64, usize)> = BTreeMap::new();
        let mut series = 0;
        for one in self.all(role, Some(statistic)) {
            series += 1;
            for (time, value) in &one.points {
                let sum = sums.entry(*time).or_default();
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
        // A moment at which a member is missing would be too low.
        let whole = sums.into_iter().filter(|(_, (_, n))| *n == series);
        let level: BTreeMap<i64, f64> = whole.map(|(t, (sum, _))| (t, sum * self.alike)).collect();
        (!level.is_empty()).then_some(level)
    }

    /// Median over time of a percentile, in milliseconds.
    fn latency(&self, role: Role, percentile: &'static str) -> Option<f64> {
        let mut values: Vec<f64> = Vec::new();
        for series in self.all(role, Some(percentile)) {
            let factor = match series.metric.unit.as_str() {
                "Microseconds" => 0.001,
                _ => 1.0,
            };
            values.extend(series.points.values().map(|v| v * factor));
        }
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    }
}

impl Counted {
    pub(super) fn sum(&self) -> f64 {
        self.points.values().sum()
    }

    fn peak(&self) -> f64 {
        let most = self.points.values().copied().fold(0.0, f64::max);
        most / self.period as f64
    }
}

/// How many nodes stand behind one series; one where each has its own, or where replicas repeat each other.
fn alike(kind: &Kind, series: &[Series<'_>], known: &Known) -> f64 {
    let is_shared = |s: &Series<'_>| {
        let by_use = s
            .metric
            .protocol
            .as_ref()
            .is_some_and(|p| kind.shared.contains(p));
        by_use && s.member.is_empty() && s.points.values().any(|v| *v > 0.0)
    };
    match known.nodes {
        Some(nodes) if series.iter().any(is_shared) => f64::from(nodes.max(1)),
        _ => 1.0,
    }
}

/// Seconds from one value to the next: the longest period of CloudWatch that fits between any two.
fn period(points: &BTreeMap<i64, f64>) -> i64 {
    let times: Vec<i64> = points.keys().copied().collect();
    let least = times.windows(2).map(|w| w[1] - w[0]).min().unwrap_or(HOUR);
    let known = [86_400, HOUR, 300, 60];
    known.into_iter().find(|p| *p <= least).unwrap_or(60)
}

pub(super) fn mean(points: &BTreeMap<i64, f64>) -> f64 {
    points.values().sum::<f64>() / points.len().max(1) as f64
}

/// Everything that these series say of a workload.
pub fn derive(data: &Data<'_>, read: As, known: &Known, beside: Beside) -> Derived {
    let mut out = Derived {
        fields: Vec::new(),
        from: data.from,
        to: data.to,
        period: 0,
        coverage: 0.0,
        cautions: Vec::new(),
        beside: Vec::new(),
        requests: 0.0,
    };
    let case = Case {
        data,
        read,
        known,
        beside,
    };
    case.traffic(&mut out);
    case.sizes(&mut out);
    case.ttl(&mut out);
    case.requirements(&mut out);
    case.origin(&mut out);
    case.report(&mut out);
    out
}

struct Case<'a, 's> {
    data: &'a Data<'s>,
    read: As,
    known: &'a Known,
    beside: Beside,
}

impl Derived {
    fn put(&mut self, path: &'static str, value: [f64; 3], unit: Unit, mark: Mark, rule: &str) {
        self.fields.push(Field {
            path,
            value: Reading::Number(value, unit),
            mark,
            rule: rule.to_owned(),
        });
    }

    fn leave(&mut self, path: &'static str, why: impl Into<String>) {
        self.fields.push(Field {
            path,
            value: Reading::Unknown,
            mark: Mark::LeftOut,
            rule: why.into(),
        });
    }

    /// The expected value of a field.
    pub fn number(&self, path: &str) -> Option<f64> {
        let field = self.fields.iter().find(|f| f.path == path)?;
        match field.value {
            Reading::Number([_, expected, _], _) => Some(expected),
            _ => None,
        }
    }
}

fn same(value: f64) -> [f64; 3] {
    [value; 3]
}

/// Seconds of the active hours, and of the covered ones.
struct Active {
    seconds: f64,
    covered: f64,
}

impl Case<'_, '_> {
    fn active(&self, counted: &Counted) -> Active {
        let data = self.data;
        let hours = data.hours(counted);
        let rate = |(hour, sum): (&i64, &f64)| sum / data.seconds(*hour).max(1.0);
        let most = hours.iter().map(rate).fold(0.0, f64::max);
        let is_busy = |h: &(&i64, &f64)| most > 0.0 && rate((h.0, h.1)) >= IDLE * most;
        let busy = hours.iter().filter(is_busy);
        Active {
            seconds: busy.map(|(h, _)| data.seconds(*h)).sum(),
            covered: hours.keys().map(|h| data.seconds(*h)).sum(),
        }
    }

    fn traffic(&self, out: &mut Derived) {
        let data = self.data;
        let (hits, misses) = (data.count(&[Role::Hits]), data.count(&[Role::Misses]));
        let keys = match (&hits, &misses) {
            (None, None) => None,
            _ => data.count(&[Role::Hits, Role::Misses]),
        };
        let commands = data.count(&[Role::Reads, Role::Heads]);
        let reads = commands.as_ref().or(keys.as_ref());
        let Some(reads) = reads else {
            out.leave(
                "traffic.reads",
                "no metric of reads covers half of the window",
            );
            self.hit_ratio(out, hits.as_ref(), misses.as_ref());
            return;
        };
        let active = self.active(reads);
        out.period = reads.period;
        out.coverage = data.coverage(reads);
        out.requests = reads.sum();
        let mean = reads.sum() / active.seconds.max(1.0);
        let rule = if commands.is_some() {
            "read commands or requests by the seconds of the active hours, replicas included"
        } else {
            "hits and misses by the seconds of the active hours: no read commands were counted"
        };
        out.put(
            "traffic.reads",
            same(mean),
            Unit::PerSecond,
            Mark::Measured,
            rule,
        );
        if let (Some(commands), Some(keys)) = (&commands, &keys) {
            let each = keys.sum() / commands.sum().max(1.0);
            if each >= TOGETHER {
                let rule = "hits and misses, which count keys, by read commands";
                out.put(
                    "traffic.keys_per_read",
                    same(each),
                    Unit::Number,
                    Mark::Derived,
                    rule,
                );
            }
        }
        let peak_writes = self.writes(out, misses.as_ref(), &active);
        let peak = same(reads.peak().max(mean));
        let rule = format!(
            "the largest sum of one period; a burst shorter than {} s is not seen",
            reads.period
        );
        out.put(
            "traffic.peak_reads",
            peak,
            Unit::PerSecond,
            Mark::Measured,
            &rule,
        );
        out.fields.extend(peak_writes);
        // Less than a day says nothing about the hours of a month.
        if data.to - data.from >= 24 * HOUR {
            let hours = (active.seconds / active.covered.max(1.0) * MONTH).clamp(1.0, MONTH);
            let rule = "hours with at least 1 % of the busiest one, scaled to 730";
            out.put(
                "traffic.active_hours",
                same(hours),
                Unit::Hours,
                Mark::Measured,
                rule,
            );
        }
        self.hit_ratio(out, hits.as_ref(), misses.as_ref());
    }

    /// Puts a second; gives the field of their peak.
    fn writes(
        &self,
        out: &mut Derived,
        misses: Option<&Counted>,
        active: &Active,
    ) -> Option<Field> {
        let data = self.data;
        let each = |counted: &Counted| counted.sum() / active.seconds.max(1.0);
        let (value, counted, mark, rule) = if let Some(puts) = data.count(&[Role::ExplicitPuts]) {
            let rule =
                "write requests by the seconds of the active hours; the service fills itself";
            (same(each(&puts)), puts, Mark::Measured, rule)
        } else if let Some(puts) = data.count(&[Role::Puts]) {
            let most = each(&puts);
            match (self.read, misses) {
                (As::Cache, Some(misses)) => {
                    let least = (most - each(misses)).max(0.0);
                    let rule = "write commands of primaries less misses, since fills look like puts; all of them at most";
                    ([least, least, most], puts, Mark::Derived, rule)
                }
                (As::Cache, None) => {
                    let rule =
                        "write requests at most: how many of them fill after a miss is not known";
                    ([0.0, most / 2.0, most], puts, Mark::Derived, rule)
                }
                (As::Origin, _) => {
                    let rule =
                        "writes of the origin at most: each may, or may not, touch the cache";
                    ([0.0, most / 2.0, most], puts, Mark::Derived, rule)
                }
            }
        } else {
            out.leave(
                "traffic.writes",
                "no metric of writes covers half of the window",
            );
            return None;
        };
        out.put("traffic.writes", value, Unit::PerSecond, mark, rule);
        let peak = same(counted.peak().max(value[2]));
        Some(Field {
            path: "traffic.peak_writes",
            value: Reading::Number(peak, Unit::PerSecond),
            mark: Mark::Measured,
            rule: format!(
                "the largest sum of one period of {} s, fills included",
                counted.period
            ),
        })
    }

    fn hit_ratio(&self, out: &mut Derived, hits: Option<&Counted>, misses: Option<&Counted>) {
        const PATH: &str = "data.hit_ratio";
        if self.read == As::Origin {
            return;
        }
        if let Some(hits) = hits {
            let hits = hits.sum();
            let all = hits + misses.map_or(0.0, Counted::sum);
            // Misses that are never counted are no proof that there are none.
            if all > 0.0 && (misses.is_some() || self.data.kind.silent == Silent::Zero) {
                let rule = "hits by hits and misses, of sums";
                out.put(PATH, same(hits / all), Unit::Share, Mark::Measured, rule);
                return;
            }
        }
        match self.weighted_rate() {
            Some(share) => {
                let rule = "the hit rate of each hour, weighted by its requests";
                out.put(PATH, same(share), Unit::Share, Mark::Measured, rule);
            }
            None => out.leave(
                PATH,
                "no metric of hits and misses covers half of the window",
            ),
        }
    }

    /// A rate in percent by hour, weighted by the requests of that hour.
    fn weighted_rate(&self) -> Option<f64> {
        let data = self.data;
        let rates = data.level(Role::HitRate, "Average")?;
        let reads = data.count(&[Role::Reads])?;
        let hours = data.hours(&reads);
        let (mut hits, mut all) = (0.0, 0.0);
        for (time, rate) in &rates {
            let requests = hours.get(&data.hour(*time)).copied().unwrap_or_default();
            hits += rate / 100.0 * requests;
            all += requests;
        }
        (all > 0.0).then(|| (hits / all).clamp(0.0, 1.0))
    }

    /// Bytes of a value by what is stored, and by what is sent.
    fn item_sizes(&self) -> (Option<f64>, Option<f64>) {
        let data = self.data;
        let table = self.known.stored_bytes.zip(self.known.stored_items);
        let table = table.filter(|(_, items)| *items > 0.0).map(|(b, i)| b / i);
        let levels = data
            .level(Role::Bytes, "Average")
            .zip(data.level(Role::Items, "Average"));
        let levels = levels.map(|(bytes, items)| mean(&bytes) / mean(&items).max(1e-9));
        let stored = levels
            .map(|whole| whole - self.beside.item)
            .or(table)
            .filter(|b| *b >= 1.0 && b.is_finite());
        let out = data.count(&[Role::BytesOut]);
        let bodies = match data.kind.bodies {
            Some(role) => data.count(&[role]),
            None => data.count(&[Role::Hits]),
        };
        let sent = out.zip(bodies).map(|(b, n)| b.sum() / n.sum().max(1.0));
        (stored, sent.filter(|b| *b >= 1.0))
    }

    fn sizes(&self, out: &mut Derived) {
        const PATH: &str = "data.item_size";
        // Files: an operation moves a part of one.
        if self.data.kind.place(self.read).interface.as_deref() == Some("posix") {
            out.leave(PATH, "no metric tells the size of files");
            self.moved(out);
            out.leave(
                "data.working_set",
                "no metric tells which bytes are read again",
            );
            return;
        }
        let (stored, sent) = self.item_sizes();
        let by_body = self.data.kind.bodies.is_some();
        let (value, rule) = match (stored, sent) {
            (None, None) => {
                out.leave(
                    PATH,
                    "neither stored bytes and items nor bytes sent are known",
                );
                return self.working_set(out, None);
            }
            // What is read is not what is stored.
            (_, Some(sent)) if by_body => (same(sent), BY_BODY),
            (None, Some(sent)) => (same(sent), BY_HIT),
            (Some(stored), None) => (same(stored), STORED),
            (Some(stored), Some(sent)) if (stored - sent).abs() / stored.max(sent) > APART => {
                ([stored.min(sent), stored, stored.max(sent)], BOTH)
            }
            (Some(stored), Some(_)) => (same(stored), AGREED),
        };
        out.put(PATH, value, Unit::Bytes, Mark::Derived, rule);
        let held = stored.filter(|_| by_body).map_or(value, same);
        self.working_set(out, Some(held));
    }

    /// Bytes that a read moves where that is a part of an item.
    fn moved(&self, out: &mut Derived) {
        let data = self.data;
        let pair = data
            .count(&[Role::BytesOut])
            .zip(data.count(&[Role::Reads]));
        if let Some(mean) = pair.map(|(b, n)| b.sum() / n.sum().max(1.0)) {
            if mean >= 1.0 {
                let rule = "bytes read by read operations";
                out.put(
                    "data.bytes_per_read",
                    same(mean),
                    Unit::Bytes,
                    Mark::Derived,
                    rule,
                );
            }
        }
    }

    fn working_set(&self, out: &mut Derived, item: Option<[f64; 3]>) {
        const PATH: &str = "data.working_set";
        let data = self.data;
        if self.read == As::Origin {
            let why = "what is stored is only an upper bound of what is read again";
            out.leave(PATH, why);
            return;
        }
        let items = data.level(Role::Items, "Average");
        let bytes = data
            .level(Role::Bytes, "Maximum")
            .or_else(|| data.level(Role::Bytes, "Average"));
        let (Some(item), Some(items), Some(bytes)) = (item, items, bytes) else {
            out.leave(PATH, "stored bytes and items are not known");
            return;
        };
        let fullest = bytes.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let at = fullest.map_or(0, |(time, _)| *time);
        let before = items.range(..=at).next_back();
        let count = before.or(items.first_key_value()).map_or(0.0, |(_, n)| *n);
        let value = item.map(|size| size * count);
        let rule = "items at the most bytes of the window, by the item size";
        out.put(PATH, value, Unit::Bytes, Mark::Derived, rule);
        let evicted = data.all(Role::Evictions, None);
        let evicted: f64 = evicted.map(|s| s.points.values().sum::<f64>()).sum();
        if evicted > 0.0 {
            let text = format!(
                "{evicted:.0} evictions: the cache was full, so the working set is at least what is stated"
            );
            out.cautions.push(("working-set-lower-bound", text));
        }
    }

    fn ttl(&self, out: &mut Derived) {
        if self.read == As::Origin || !self.data.kind.metrics.iter().any(|m| m.is == Role::Ttl) {
            return;
        }
        let left: Vec<f64> = (self.data.all(Role::Ttl, None))
            .flat_map(|s| s.points.values().copied())
            .filter(|ms| *ms > 0.0)
            .collect();
        if left.is_empty() {
            out.leave("data.ttl", "no key has an expiry");
            return;
        }
        let mean = 2.0 * left.iter().sum::<f64>() / left.len() as f64;
        let rule =
            "twice the mean time that keys have left, which is so of evenly aged keys; ± 50 %";
        let value = [mean * 0.5, mean, mean * 1.5];
        out.put("data.ttl", value, Unit::Milliseconds, Mark::Derived, rule);
    }

    /// The protocol whose metrics have a value, and no other's.
    fn spoken(&self) -> Option<String> {
        let place = self.data.kind.place(self.read);
        let by_engine = || {
            let engine = self.known.engine.as_ref()?;
            self.data.kind.engines.get(engine).cloned()
        };
        let used: BTreeSet<&String> = (self.data.series.iter())
            .filter(|s| s.points.values().any(|v| *v > 0.0))
            .filter_map(|s| s.metric.protocol.as_ref())
            .collect();
        let by_use = || (used.len() == 1).then(|| used.iter().next().map(|w| (*w).clone()))?;
        (place.protocol.clone()).or_else(by_engine).or_else(by_use)
    }

    fn requirements(&self, out: &mut Derived) {
        if self.read == As::Origin {
            return;
        }
        if let Some(protocol) = self.spoken() {
            out.fields.push(Field {
                path: "requirements.protocol",
                value: Reading::Word(protocol),
                mark: Mark::Measured,
                rule: "what the clients of today's cache speak".to_owned(),
            });
        }
        let used = (self.data.all(Role::Feature, None))
            .filter(|s| s.points.values().any(|v| *v > 0.0))
            .filter_map(|s| s.metric.feature.clone());
        let used: BTreeSet<String> = used.collect();
        if !used.is_empty() {
            out.fields.push(Field {
                path: "requirements.features",
                value: Reading::Words(used.into_iter().collect()),
                mark: Mark::Measured,
                rule: "command families with a count above zero".to_owned(),
            });
        }
    }

    fn origin(&self, out: &mut Derived) {
        let place = self.data.kind.place(self.read);
        let kind = place.kind.as_ref().or(place.origin.as_ref());
        if let Some(kind) = kind {
            out.fields.push(Field {
                path: "origin.kind",
                value: Reading::Word(kind.clone()),
                mark: Mark::Measured,
                rule: "what was measured".to_owned(),
            });
        }
        let role = match self.read {
            As::Origin => Role::ReadLatency,
            As::Cache => Role::OriginLatency,
        };
        if let Some(ms) = self.data.latency(role, "p50").filter(|ms| *ms > 0.0) {
            let rule =
                "the median of the hours' medians, at the server: the way to it comes on top";
            out.put(
                "origin.latency",
                same(ms),
                Unit::Milliseconds,
                Mark::Measured,
                rule,
            );
        }
    }

    /// What no field of a profile says.
    fn report(&self, out: &mut Derived) {
        let data = self.data;
        if self.read == As::Cache {
            for (label, role) in [
                ("Read latency", Role::ReadLatency),
                ("Write latency", Role::WriteLatency),
            ] {
                let both = data.latency(role, "p50").zip(data.latency(role, "p99"));
                if let Some((p50, p99)) = both {
                    let text = format!(
                        "{p50:.3} ms median, {p99:.3} ms at the 99th percentile, at the server"
                    );
                    out.beside.push((label, text));
                }
            }
        }
        let share = data
            .level(Role::VolatileItems, "Average")
            .zip(data.level(Role::Items, "Average"));
        if let Some(share) = share.map(|(v, all)| mean(&v) / mean(&all).max(1e-9)) {
            let text = format!("{:.1} % of the items", 100.0 * share.min(1.0));
            out.beside.push(("With an expiry", text));
        }
        for (label, role) in [
            ("Evicted", Role::Evictions),
            ("Expired", Role::Reclaimed),
            ("Throttled", Role::Throttled),
            ("Scans and such", Role::OtherReads),
        ] {
            let sum: f64 = (data.all(role, None))
                .map(|s| s.points.values().sum::<f64>())
                .sum();
            if sum > 0.0 {
                out.beside.push((label, format!("{sum:.0} in the window")));
            }
        }
        for (label, role) in [
            ("Busiest processor", Role::Cpu),
            ("Fullest memory", Role::Memory),
        ] {
            let most = data.all(role, None).flat_map(|s| s.points.values());
            let most = most.copied().fold(0.0, f64::max);
            if most > 0.0 {
                out.beside.push((label, format!("{most:.0} %")));
            }
        }
        self.connections(out);
    }

    fn connections(&self, out: &mut Derived) {
        let level = self.data.level(Role::Connections, "Maximum");
        let most = level.map(|l| l.values().copied().fold(0.0, f64::max));
        if let Some(most) = most.filter(|n| *n >= 1.0) {
            let rule = "the most connections of an hour";
            let place = out
                .fields
                .iter()
                .position(|f| !f.path.starts_with("traffic."));
            let field = Field {
                path: "traffic.connections",
                value: Reading::Number(same(most.round()), Unit::Number),
                mark: Mark::Measured,
                rule: rule.to_owned(),
            };
            out.fields.insert(place.unwrap_or(out.fields.len()), field);
        }
    }
}
