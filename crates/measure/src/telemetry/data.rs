//! Series by what they are for, in one window: counts added up, levels, percentiles, and how much of it they cover.

use std::collections::{BTreeMap, BTreeSet};

use super::field::Known;
use super::kind::{Kind, Role, Silent};
use super::series::Series;

/// Hours of a month.
pub(super) const MONTH: f64 = 730.0;
pub(super) const HOUR: i64 = 3600;
/// What fewer of the window's periods cover is left out.
const ENOUGH: f64 = 0.5;

/// Series by what they are for, in one window.
pub struct Data<'s> {
    pub(super) kind: &'s Kind,
    pub(super) series: &'s [Series<'s>],
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
    pub(super) period: i64,
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

    pub(super) fn hour(&self, time: i64) -> i64 {
        (time - self.from).div_euclid(HOUR)
    }

    /// Seconds of an hour of the window; the last one may be short.
    pub(super) fn seconds(&self, hour: i64) -> f64 {
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
    pub(super) fn coverage(&self, counted: &Counted) -> f64 {
        if self.kind.silent == Silent::Zero {
            let hours = (self.to - self.from + HOUR - 1) / HOUR;
            return self.alive.len() as f64 / hours.max(1) as f64;
        }
        let all = (self.to - self.from) / counted.period.max(1);
        (counted.points.len() as f64 / all.max(1) as f64).min(1.0)
    }

    /// Counts by hour, for every hour that is covered.
    pub(super) fn hours(&self, counted: &Counted) -> BTreeMap<i64, f64> {
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
    pub(super) fn latency(&self, role: Role, percentile: &'static str) -> Option<f64> {
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

    pub(super) fn peak(&self) -> f64 {
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
