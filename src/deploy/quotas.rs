//! How much an account may have of what a stack makes, and how much it has: asked before anything is changed.
//!
//! Reads `catalog/deploy/quotas.yaml`, embedded in the binary. A quota that is not told is unknown, not failed.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::Resource;
use super::preflight::{check, failed, ok, unknown};
use super::record::{Check, CheckStatus};
use crate::aws::query::{self, elements};
use crate::aws::{ApiError, Connection};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quotas {
    #[serde(rename = "checked")]
    _checked: String,
    #[serde(rename = "source")]
    _source: String,
    quotas: Vec<Quota>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Quota {
    #[serde(rename = "type")]
    kind: String,
    what: String,
    service: String,
    version: String,
    operation: String,
    each: String,
    quota: Code,
    #[serde(rename = "source")]
    _source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    service: String,
    code: String,
}

/// The table; empty where the build lost it, which a test would tell.
fn table() -> &'static [Quota] {
    static TABLE: OnceLock<Vec<Quota>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let texts = cachewright_catalog::texts("deploy").unwrap_or_default();
        let found = texts.iter().find(|(path, _)| path.ends_with("quotas.yaml"));
        let read = found.and_then(|(_, text)| crate::yaml::value::<Quotas>(text).ok());
        read.map(|read| read.quotas).unwrap_or_default()
    })
}

/// One check for each quota that a new resource of the template meets; `own` is what the stack has already.
pub(super) async fn look(connection: &Connection, template: &str, own: &[Resource]) -> Vec<Check> {
    let mut checks = Vec::new();
    for row in table() {
        let line = format!("Type: {}", row.kind);
        let new = template.lines().filter(|l| l.trim() == line).count();
        let has = own.iter().any(|r| r.resource_type == row.kind);
        if new > 0 && !has {
            checks.push(one(connection, row, new).await);
        }
    }
    checks
}

async fn one(connection: &Connection, row: &'static Quota, new: usize) -> Check {
    let count = match count(connection, row).await {
        Ok(count) => count,
        Err(error) => return unknown("quota", &error),
    };
    match limit(connection, row).await {
        Ok(Some(limit)) if count + new > limit => failed(
            "quota",
            format!(
                "{count} of {limit} {} of this account and Region are in use",
                row.what
            ),
            format!(
                "delete one, or ask for a higher quota (Service Quotas, {}, {})",
                row.quota.service, row.quota.code
            ),
        ),
        Ok(Some(limit)) => ok("quota", format!("{count} of {limit} {}", row.what)),
        Ok(None) => check(
            "quota",
            CheckStatus::Unknown,
            format!("AWS names no limit of {}", row.what),
            None,
        ),
        Err(error) => unknown("quota", &error),
    }
}

/// How many there are; of a long list those of its first page.
async fn count(connection: &Connection, row: &'static Quota) -> Result<usize, ApiError> {
    let api = (row.service.as_str(), row.version.as_str());
    let xml = query::form(connection, api, &row.operation, &[]).await?;
    Ok(elements(&xml, &row.each).count())
}

async fn limit(connection: &Connection, row: &Quota) -> Result<Option<usize>, ApiError> {
    let body = json!({ "ServiceCode": row.quota.service, "QuotaCode": row.quota.code });
    let target = "ServiceQuotasV20190624";
    let answer = query::json(
        connection,
        "servicequotas",
        target,
        "GetServiceQuota",
        &body,
    )
    .await?;
    let value = answer.pointer("/Quota/Value").and_then(Value::as_f64);
    // Quotas are whole numbers that fit.
    Ok(value.and_then(|v| format!("{v:.0}").parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(table().len() >= 3);
    }
}
