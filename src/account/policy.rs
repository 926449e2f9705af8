//! What reading the metrics of an account takes: the one text that `--emit-query` and `doctor` print.

use serde_json::{Value, json};

use cachewright_measure::telemetry::Kind;

/// The actions of every run; metric reads have no resource level.
pub const METRICS: &[&str] = &["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"];
/// The actions of `--stack`.
pub const STACK: &[&str] = &[
    "cloudformation:ListStackResources",
    "cloudformation:GetTemplate",
];

/// The least privileges, as an IAM policy. Kinds with their ids add what only they need; a stack its own.
pub fn policy(targets: &[(&Kind, &str)], stack: Option<&str>) -> String {
    let allow = |actions: Value, resource: &str| json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    let mut statements = vec![allow(json!(METRICS), "*")];
    if let Some(name) = stack {
        let resource = format!("arn:aws:cloudformation:*:*:stack/{name}/*");
        statements.push(allow(json!(STACK), &resource));
    }
    for (kind, id) in targets {
        for permission in &kind.permissions {
            let resource = permission.resource.replace("ID", id);
            statements.push(allow(json!(permission.action), &resource));
        }
    }
    let lines: Vec<String> = statements.iter().map(Value::to_string).collect();
    format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":[\n {}]}}\n",
        lines.join(",\n ")
    )
}
