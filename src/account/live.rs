//! CloudWatch itself: the only file that names `aws_sdk_cloudwatch`, and of a table its description.
//!
//! Reads only. What comes back is given the form that the AWS CLI writes, so that one reader reads both. A refused call
//! is a missing part with its action named; only when nothing is left does the run fail.

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{Dimension, DimensionFilter, Metric, MetricDataQuery, MetricStat};
use serde_json::{Value, json};

use crate::aws::{ApiError, Connection, ErrorKind, api_error};
use cachewright_measure::telemetry::{Call, Kind, Query};

/// Pages that do not end are a fault of the server.
const MOST_PAGES: usize = 500;

/// Dimensions of one metric that exists.
pub type Dimensions = Vec<(String, String)>;

/// CloudWatch in one Region.
pub struct CloudWatch {
    client: Client,
}

/// What came back, and what was refused.
#[derive(Debug, Default)]
pub struct Got {
    /// Documents as `aws cloudwatch get-metric-data` writes them.
    pub documents: Vec<Value>,
    /// The calls that failed.
    pub failed: Vec<ApiError>,
}

impl CloudWatch {
    /// A client; makes no call.
    pub fn new(connection: &Connection) -> Self {
        Self {
            client: Client::new(&connection.sdk),
        }
    }

    /// The dimensions of what a resource sends; of everything of its namespace without an id.
    pub async fn list(&self, kind: &Kind, id: Option<&str>) -> Result<Vec<Dimensions>, ApiError> {
        // Members of a group have names of their own: all of them are listed.
        let own = kind.member.as_deref() != Some(kind.dimension.as_str());
        let mut one = DimensionFilter::builder().name(&kind.dimension);
        one = one.set_value(id.filter(|_| own).map(str::to_owned));
        let filters = vec![one.build()];
        let metrics = kind.metrics.first().map(|m| m.metric.clone());
        let request = self
            .client
            .list_metrics()
            .namespace(&kind.namespace)
            .set_metric_name(metrics.filter(|_| !own))
            .set_dimensions(Some(filters));
        let mut pages = request.into_paginator().send();
        let mut out = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(page) = pages.next().await else {
                break;
            };
            let page =
                page.map_err(|e| named("cloudwatch:ListMetrics", api_error("ListMetrics", &e)))?;
            out.extend(page.metrics().iter().map(|metric| {
                let all = metric.dimensions().iter();
                let text = |t: Option<&str>| t.unwrap_or_default().to_owned();
                all.map(|d| (text(d.name()), text(d.value()))).collect()
            }));
        }
        Ok(out)
    }

    /// The values of all calls; a call that fails leaves what the others brought.
    pub async fn ask(&self, calls: &[Call]) -> Got {
        let mut got = Got::default();
        for call in calls {
            if let Err(error) = self.pages(call, &mut got.documents).await {
                got.failed.push(error);
            }
        }
        got
    }

    async fn pages(&self, call: &Call, out: &mut Vec<Value>) -> Result<(), ApiError> {
        let queries: Vec<MetricDataQuery> = call.queries.iter().filter_map(query).collect();
        let mut token: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let request = self
                .client
                .get_metric_data()
                .set_metric_data_queries(Some(queries.clone()))
                .start_time(DateTime::from_secs(call.from))
                .end_time(DateTime::from_secs(call.to))
                .scan_by(aws_sdk_cloudwatch::types::ScanBy::TimestampAscending)
                .set_next_token(token.clone());
            let page = request.send().await;
            let page = page
                .map_err(|e| named("cloudwatch:GetMetricData", api_error("GetMetricData", &e)))?;
            let results: Vec<Value> = page
                .metric_data_results()
                .iter()
                .map(|r| {
                    let times: Vec<i64> = r.timestamps().iter().map(DateTime::secs).collect();
                    let status = r.status_code().map(|s| s.as_str());
                    json!({ "Id": r.id(), "Label": r.label(), "Timestamps": times, "Values": r.values(), "StatusCode": status })
                })
                .collect();
            out.push(json!({ "MetricDataResults": results }));
            match page.next_token().filter(|t| !t.is_empty()) {
                None => return Ok(()),
                next => token = next.map(str::to_owned),
            }
        }
        Ok(())
    }
}

fn query(query: &Query) -> Option<MetricDataQuery> {
    let dimensions = query.dimensions.iter();
    let dimensions = dimensions.map(|(n, v)| Dimension::builder().name(n).value(v).build());
    let metric = Metric::builder()
        .namespace(&query.namespace)
        .metric_name(&query.metric)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(query.period).ok()?)
        .stat(&query.statistic)
        .build();
    let query = MetricDataQuery::builder()
        .id(&query.id)
        .label(&query.label)
        .metric_stat(stat);
    Some(query.build())
}

/// A denied call with the action that it takes.
pub(super) fn named(action: &str, error: ApiError) -> ApiError {
    match error.kind {
        ErrorKind::Denied => ApiError {
            message: format!("{action} is not allowed: {}", error.message),
            ..error
        },
        _ => error,
    }
}
