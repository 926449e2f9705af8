//! The DynamoDB table: on demand with cost caps, expiry, encryption, a gateway endpoint.

use serde_json::json;

use super::DynamoDb;
use crate::domain::profile::{Durability, Word};
use crate::exit::Failure;
use crate::services::parts::{Parts, Sample, StackCase, cap, made};
use crate::services::{Load, ServiceModel};

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "dynamodb",
    const { cachewright_templates::text("stack/dynamodb.yaml.tera") },
)];

/// The parts of the stack for a workload.
#[expect(
    clippy::too_many_lines,
    reason = "the parts of a stack in the order of its template"
)]
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let load = Load::new(p, p.data.working_set);
    let mut demands = Vec::new();
    DynamoDb.demands(&case.context(&load), &mut demands);
    let peak = |limit: &str, floor| {
        cap(
            demands
                .iter()
                .find(|d| d.limit == limit)
                .map_or(rust_decimal::Decimal::ZERO, |d| d.value),
            floor,
        )
    };
    let durable = p.requirements.durability != Durability::Rebuildable;
    let endpoint = case.private_endpoint();
    let mut parameters = Vec::new();
    if endpoint {
        case.endpoint(&mut parameters);
    }
    case.common(&mut parameters);
    let infrequent = case.variant.id.as_deref() == Some("standard-ia");
    let mut hints = vec!["Expired items can be read for a few days: readers must compare `expires_at` with the time.".to_owned()];
    if !p.requirements.replica_regions.is_empty() {
        hints.push(format!("Replicas in {} are not part of this stack: turn the table into a global table after the first deployment.", p.requirements.replica_regions.join(", ")));
    }
    if case.existing_endpoint() {
        hints.push("The VPC's own gateway endpoint is used: its policy must allow the callers' actions on this table (output TableArn).".to_owned());
    }
    if endpoint {
        hints.push("The gateway endpoint lets the callers' subnets reach every table of this account: a route table has one way to DynamoDB. Where one exists already, set `deployment.gateway_endpoint: existing`.".to_owned());
    }
    if durable {
        hints.push(format!(
            "Durability `{}` was asked for: backups and deletion protection are on.",
            p.requirements.durability.word()
        ));
    }
    Ok(Parts {
        template: "dynamodb",
        context: json!({
            "max_read_units": peak("table-read-units-per-second", 100),
            "max_write_units": peak("table-write-units-per-second", 100),
            "point_in_time_recovery": durable,
            "deletion_protection": durable,
            "durable": durable,
            "table_class": if infrequent { "STANDARD_INFREQUENT_ACCESS" } else { "STANDARD" },
            "customer_key": case.customer_key(),
            "endpoint": endpoint,
            "alarms": case.alarms(),
        }),
        parameters,
        region: p.region.clone(),
        capabilities: &["CAPABILITY_IAM"],
        samples: vec![
            Sample {
                language: "Python",
                fence: "python",
                text: const { cachewright_templates::text("samples/dynamodb.py") },
            },
            Sample {
                language: "JavaScript",
                fence: "javascript",
                text: const { cachewright_templates::text("samples/dynamodb.mjs") },
            },
        ],
        hints,
        creates: made([
            (true, "an on-demand table with expiry and cost caps"),
            (true, "a managed policy for the callers"),
            (endpoint, "a gateway endpoint in your VPC"),
            (case.alarms(), "alarms, and a topic that mails them"),
        ]),
        variables: &[("TABLE_NAME", "output `TableName`")],
        installs: INSTALLS,
        sections: Vec::new(),
        stays: if durable {
            vec![
                "Deletion protection must be switched off first; the table then stays behind and is billed until you delete it.",
            ]
        } else {
            Vec::new()
        },
    })
}

const INSTALLS: &[&str] = &[
    "Callers run with a role that has the managed policy of the output `CallersPolicyArn`.",
    "Python 3.9 or later: `pip install boto3`. JavaScript with Node.js 20 or later: `npm install @aws-sdk/client-dynamodb @aws-sdk/lib-dynamodb`.",
];
