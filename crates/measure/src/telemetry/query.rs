//! The questions to CloudWatch: which series, over which window, in which calls.
//!
//! Only values: who asks (the SDK, or a person with the AWS CLI) is decided elsewhere, so both ask the same.

use serde_json::{Value, json};

use super::kind::{Kind, Metric};

/// Metrics of one call of `GetMetricData`, and points of its answer (API reference).
const MOST_METRICS: usize = 500;
const MOST_POINTS: i64 = 100_800;
const DAY: i64 = 86_400;

/// From when to when, in seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// First moment.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
    /// The present, for what is still kept by the minute.
    pub now: i64,
}

/// A resource with the members that have series of their own.
#[derive(Clone, Debug)]
pub struct Target<'k> {
    /// What it is.
    pub kind: &'k Kind,
    /// Its id.
    pub id: String,
    /// Its members; none: its id alone.
    pub members: Vec<String>,
    /// Further values of the dimension of members, such as nodes of a cluster: `CacheNodeId`.
    pub filter: Option<String>,
}

/// One series that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `m` and its position.
    pub id: String,
    /// What names it when it comes back: kind, metric, statistic, resource, member and dimensions.
    pub label: String,
    /// Namespace.
    pub namespace: String,
    /// Name of the metric.
    pub metric: String,
    /// Statistic.
    pub statistic: String,
    /// Dimensions, in their order.
    pub dimensions: Vec<(String, String)>,
    /// Seconds.
    pub period: i64,
    /// First moment, which for daily metrics is earlier than that of the window.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
}

impl Query {
    fn points(&self) -> i64 {
        (self.to - self.from) / self.period + 1
    }

    /// As the API spells it.
    pub fn json(&self) -> Value {
        let dimensions: Vec<Value> = (self.dimensions.iter())
            .map(|(name, value)| json!({ "Name": name, "Value": value }))
            .collect();
        json!({
            "Id": self.id,
            "Label": self.label,
            "MetricStat": {
                "Metric": { "Namespace": self.namespace, "MetricName": self.metric, "Dimensions": dimensions },
                "Period": self.period,
                "Stat": self.statistic,
            },
        })
    }
}

/// Calls, each with its queries: few enough metrics and points for one answer, and one window.
#[derive(Clone, Debug)]
pub struct Call {
    /// First moment.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
    /// What is asked.
    pub queries: Vec<Query>,
}

impl Call {
    /// The document that `aws cloudwatch get-metric-data --cli-input-json` takes.
    pub fn json(&self) -> Value {
        let queries: Vec<Value> = self.queries.iter().map(Query::json).collect();
        json!({
            "MetricDataQueries": queries,
            "StartTime": moment(self.from),
            "EndTime": moment(self.to),
            "ScanBy": "TimestampAscending",
        })
    }
}

/// ISO 8601 with seconds.
pub fn moment(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |t| t.to_string())
}

/// Every series of the targets, numbered through.
pub fn queries(targets: &[Target<'_>], window: Window) -> Vec<Query> {
    let mut out: Vec<Query> = Vec::new();
    for target in targets {
        let ids = [target.id.clone()];
        let members = match &target.kind.member {
            Some(_) if !target.members.is_empty() => target.members.as_slice(),
            _ => ids.as_slice(),
        };
        for member in members {
            for metric in &target.kind.metrics {
                for statistic in &metric.statistics {
                    let id = format!("m{}", out.len());
                    out.push(query(target, member, metric, statistic, window, id));
                }
            }
        }
    }
    out
}

fn query(
    target: &Target<'_>,
    member: &str,
    metric: &Metric,
    statistic: &str,
    window: Window,
    id: String,
) -> Query {
    let kind = target.kind;
    let mut dimensions = vec![match &kind.member {
        Some(name) if *name == kind.dimension => (name.clone(), member.to_owned()),
        _ => (kind.dimension.clone(), target.id.clone()),
    }];
    if let Some(name) = kind.member.as_ref().filter(|n| **n != kind.dimension) {
        if !target.members.is_empty() {
            dimensions.push((name.clone(), member.to_owned()));
        }
    }
    let fixed = kind.with.iter().chain(&metric.with);
    dimensions.extend(fixed.map(|(n, v)| (n.clone(), v.clone())));
    if let Some(filter) = kind.filter.as_ref().filter(|_| metric.filter) {
        let value = target.filter.as_ref().unwrap_or(&filter.value);
        dimensions.push((filter.dimension.clone(), value.clone()));
    }
    let period = metric.period.unwrap_or_else(|| period(statistic, window));
    let days = if period == DAY { 3 } else { 0 };
    Query {
        id,
        label: label(target, member, metric, statistic),
        namespace: kind.namespace.clone(),
        metric: metric.metric.clone(),
        statistic: statistic.to_owned(),
        dimensions,
        period,
        from: window.from.min(window.to - days * DAY),
        to: window.to,
    }
}

/// `KIND|METRIC|STATISTIC|ID|MEMBER|DIMENSION=VALUE`: whatever file it comes back in, it says what it is.
fn label(target: &Target<'_>, member: &str, metric: &Metric, statistic: &str) -> String {
    let with: Vec<String> = metric
        .with
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    [
        target.kind.id.as_str(),
        &metric.metric,
        statistic,
        &target.id,
        if member == target.id { "" } else { member },
        &with.join(","),
    ]
    .join("|")
}

/// Sums by the shortest period that is still kept: 60 s up to 15 days back, 300 s up to 63, then an hour.
fn period(statistic: &str, window: Window) -> i64 {
    let back = window.now - window.from;
    match statistic {
        "Sum" | "SampleCount" if back <= 15 * DAY => 60,
        "Sum" | "SampleCount" if back <= 63 * DAY => 300,
        _ => 3600,
    }
}

/// The calls of these queries, in their order.
pub fn calls(queries: Vec<Query>) -> Vec<Call> {
    let mut out: Vec<(Call, i64)> = Vec::new();
    for query in queries {
        let points = query.points();
        let fits = |(call, sum): &&mut (Call, i64)| {
            call.from == query.from
                && call.queries.len() < MOST_METRICS
                && *sum + points <= MOST_POINTS
        };
        match out.iter_mut().find(fits) {
            Some((call, sum)) => {
                call.queries.push(query);
                *sum += points;
            }
            None => out.push((
                Call {
                    from: query.from,
                    to: query.to,
                    queries: vec![query],
                },
                points,
            )),
        }
    }
    out.into_iter().map(|(call, _)| call).collect()
}

/// The members of a resource among the dimensions of metrics that exist, and the value of its filter. Their names are
/// taken as they are: of a group, those that are its id with numbers after it.
pub fn members(
    kind: &Kind,
    id: &str,
    listed: &[Vec<(String, String)>],
) -> (Vec<String>, Option<String>) {
    let of = |all: &[(String, String)], name: &str| {
        let found = all.iter().find(|(n, _)| n == name);
        found.map(|(_, value)| value.clone())
    };
    let mut out: Vec<String> = Vec::new();
    let mut filters: Vec<String> = Vec::new();
    for one in listed {
        if let Some(name) = &kind.member {
            let is_own = name == &kind.dimension || of(one, &kind.dimension).as_deref() == Some(id);
            let member =
                of(one, name).filter(|m| is_own && (name != &kind.dimension || is_member(m, id)));
            out.extend(member.filter(|m| !out.contains(m)));
        }
        if let Some(filter) = &kind.filter {
            let value = of(one, &filter.dimension);
            filters.extend(value.filter(|v| !filters.contains(v)));
        }
    }
    out.sort();
    filters.sort();
    let usual = kind.filter.as_ref().map(|f| &f.value);
    let filter = filters
        .iter()
        .find(|v| Some(*v) == usual)
        .or(filters.first());
    (out, filter.cloned())
}

/// `pages`, `pages-001` or `pages-0001-002` of `pages`.
fn is_member(name: &str, id: &str) -> bool {
    let Some(rest) = name.strip_prefix(id) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('-').collect();
    let number = |p: &str| (3..=4).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_digit());
    rest.is_empty()
        || (rest.starts_with('-') && parts.len() <= 3 && parts[1..].iter().all(|p| number(p)))
}
