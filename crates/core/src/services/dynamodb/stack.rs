//! The DynamoDB table: on demand or with auto scaling, in one Region or several, with cost caps, expiry, encryption,
//! a gateway endpoint.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::DynamoDb;
use super::usage::METERS;
use crate::domain::profile::{Durability, MultiRegion, Profile, Word};
use crate::domain::units::HOURS_PER_MONTH;
use crate::exit::Failure;
use crate::services::parts::{Board, Parts, Sample, StackCase, cap, made, refuse};
use crate::services::{Load, ServiceModel, Usage};

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "dynamodb",
    const { cachewright_templates::text("stack/dynamodb.yaml.tera") },
)];

/// The dashboard.
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html, 2026-11-30.
const BOARD: Board = Board {
    namespace: "AWS/DynamoDB",
    dimensions: &["TableName", "${CacheTable}"],
    charts: &[
        (
            "Consumed capacity",
            "Sum",
            &["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"],
        ),
        (
            "Throttled requests",
            "Sum",
            &["ReadThrottleEvents", "WriteThrottleEvents"],
        ),
        (
            "Items removed by their time to live",
            "Sum",
            &["TimeToLiveDeletedItemCount"],
        ),
    ],
};

/// The parts of the stack for a workload.
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let provisioned = case.variant.id.as_deref() == Some("standard-provisioned");
    let mut regions = p.requirements.replica_regions.clone();
    regions.retain(|region| *region != p.region);
    let replicas = !regions.is_empty();
    if replicas {
        regions.insert(0, p.region.clone());
        one_key_everywhere(case)?;
    }
    let durable = is_durable(p);
    let endpoint = case.private_endpoint();
    let mut parameters = Vec::new();
    if endpoint {
        case.endpoint(&mut parameters);
    }
    case.common(&mut parameters);
    let infrequent = case.variant.id.as_deref() == Some("standard-ia");
    Ok(Parts {
        template: "dynamodb",
        context: json!({
            "provisioned": provisioned,
            "target": (case.catalog.weights.provisioned_use * Decimal::ONE_HUNDRED).normalize(),
            "sides": sides(case, provisioned),
            "replicas": replicas,
            "regions": &regions,
            "point_in_time_recovery": durable || case.switch("point_in_time_recovery"),
            "contributor_insights": case.switch("contributor_insights"),
            "deletion_protection": durable,
            "durable": durable,
            "table_class": if infrequent { "STANDARD_INFREQUENT_ACCESS" } else { "STANDARD" },
            "customer_key": case.customer_key(),
            "endpoint": endpoint,
            "alarms": case.alarms(),
            "widgets": BOARD.widgets(5),
        }),
        parameters,
        region: p.region.clone(),
        capabilities: &["CAPABILITY_IAM"],
        samples: vec![
            Sample::python(const { cachewright_templates::text("samples/dynamodb.py") }),
            Sample::javascript(const { cachewright_templates::text("samples/dynamodb.mjs") }),
        ],
        hints: hints(case, provisioned, &regions),
        creates: creates(case, provisioned, replicas),
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

fn is_durable(p: &Profile) -> bool {
    p.requirements.durability != Durability::Rebuildable
}

fn creates(case: &StackCase<'_>, provisioned: bool, replicas: bool) -> Vec<&'static str> {
    made([
        (
            !provisioned && !replicas,
            "an on-demand table with expiry and cost caps",
        ),
        (
            provisioned && !replicas,
            "a provisioned table with expiry, auto scaling and cost caps",
        ),
        (
            replicas,
            "a global table with expiry and cost caps, one replica a Region",
        ),
        (true, "a managed policy for the callers"),
        (case.private_endpoint(), "a gateway endpoint in your VPC"),
        (case.alarms(), "alarms, and a topic that mails them"),
    ])
}

fn hints(case: &StackCase<'_>, provisioned: bool, regions: &[String]) -> Vec<String> {
    let p = case.profile;
    let mut out = vec!["Expired items can be read for a few days: readers must compare `expires_at` with the time.".to_owned()];
    if provisioned {
        out.push("Capacity follows the load within minutes, between the bounds of the parameters; what comes sooner is throttled. A change of `ReadCapacityUnits` or `WriteCapacityUnits` in a later deployment sets the table back to it.".to_owned());
    }
    if !regions.is_empty() {
        out.push(format!("The table has replicas in {}: callers use the one of their own Region, under the same name; a write is in the others about a second later, and the last writer wins. Alarms watch {} alone.", regions[1..].join(", "), p.region));
        out.push("A table of one Region cannot become a table of several by an update of its stack: deploy under a new stack name.".to_owned());
    } else if p.requirements.multi_region != MultiRegion::No {
        out.push(
            "This stack is in one Region: name the others in `requirements.replica_regions`."
                .to_owned(),
        );
    }
    if case.existing_endpoint() {
        out.push("The VPC's own gateway endpoint is used: its policy must allow the callers' actions on this table (output TableArn).".to_owned());
    }
    if case.private_endpoint() {
        out.push("The gateway endpoint lets the callers' subnets reach every table of this account: a route table has one way to DynamoDB. Where one exists already, set `deployment.gateway_endpoint: existing`.".to_owned());
    }
    if case.switch("point_in_time_recovery") && !is_durable(p) {
        out.push("Point-in-time recovery is on: it is billed by the stored bytes, and not in the estimate.".to_owned());
    }
    if case.switch("contributor_insights") {
        out.push("Contributor Insights names the keys that are throttled (console, table, Monitor): each event is billed, and not in the estimate.".to_owned());
    }
    if is_durable(p) {
        out.push(format!(
            "Durability `{}` was asked for: backups and deletion protection are on.",
            p.requirements.durability.word()
        ));
    }
    out
}

/// Reads and writes: what the template says of both.
fn sides(case: &StackCase<'_>, provisioned: bool) -> Vec<Value> {
    let p = case.profile;
    let load = Load::new(p, p.data.working_set);
    let mut demands = Vec::new();
    let cx = case.context(&load);
    DynamoDb.demands(&cx, &mut demands);
    let mut usage = Usage::default();
    let used = DynamoDb.usage(&cx, &mut usage).is_ok();
    let peak = |limit: &str| {
        let demand = demands.iter().find(|d| d.limit == limit);
        demand.map_or(Decimal::ZERO, |d| d.value)
    };
    // Standing capacity as the estimate has it: unit-hours of a month over its hours.
    let standing = |meter: &str| {
        let mut lines = usage.lines.iter().filter(|_| used);
        let line = lines.find(|l| METERS[l.meter].meter == meter && l.region == 0);
        let units = line.map_or(Decimal::ONE, |l| l.quantity / HOURS_PER_MONTH);
        units.ceil().to_u64().unwrap_or(u64::MAX).max(1)
    };
    [
        ("Read", "read", "table-read-units-per-second", "rcu-hours"),
        (
            "Write",
            "write",
            "table-write-units-per-second",
            "wcu-hours",
        ),
    ]
    .into_iter()
    .map(|(name, word, limit, meter)| {
        let standing = standing(meter);
        let (cap_name, most) = if provisioned {
            let most = peak(limit) / case.catalog.weights.provisioned_use;
            (
                format!("Max{name}CapacityUnits"),
                cap(most, 10).max(standing),
            )
        } else {
            (format!("Max{name}RequestUnits"), cap(peak(limit), 100))
        };
        json!({ "name": name, "word": word, "cap": cap_name, "most": most, "standing": standing })
    })
    .collect()
}

/// A key is of one Region; only a multi-Region key has the same id in the others.
fn one_key_everywhere(case: &StackCase<'_>) -> Result<(), Failure> {
    match case.setting("kms_key_arn") {
        Some(key) if !key.contains(":key/mrk-") => Err(refuse(
            "a table in several Regions needs a multi-Region key, with a replica in each",
            "name the key `arn:aws:kms:REGION:ACCOUNT:key/mrk-ID` under `deployment.kms_key_arn`, or leave it out",
        )),
        _ => Ok(()),
    }
}

const INSTALLS: &[&str] = &[
    "Callers run with a role that has the managed policy of the output `CallersPolicyArn`.",
    "Python 3.9 or later: `pip install \"boto3>=1.35\"`. JavaScript with Node.js 20 or later: `npm install @aws-sdk/client-dynamodb@3 @aws-sdk/lib-dynamodb@3`.",
];
