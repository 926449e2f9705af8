//! The directory bucket: one zone, lifecycle expiry, a gateway endpoint.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;

use crate::exit::Failure;
use crate::services::parts::{Parameter, Parts, Sample, StackCase, made, refuse};

const DAY_MS: Decimal = Decimal::from_parts(86_400_000, 0, 0, false, 0);

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "s3-express",
    const { cachewright_templates::text("stack/s3-express.yaml.tera") },
)];

/// The parts of the stack for a workload.
#[expect(
    clippy::too_many_lines,
    reason = "the parts of a stack in the order of its template"
)]
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let zones = case
        .catalog
        .stacks
        .zones
        .get(&p.region)
        .cloned()
        .unwrap_or_default();
    let Some(first) = zones.first() else {
        return Err(refuse(
            format!("no zone of {} offers directory buckets", p.region),
            "choose another service with `--service`, or a Region that has them",
        ));
    };
    let zone = case
        .setting("availability_zone_id")
        .unwrap_or_else(|| first.clone());
    if !zones.contains(&zone) {
        return Err(refuse(
            format!(
                "`{}` is not a zone with directory buckets in {}",
                crate::text::short(&zone),
                p.region
            ),
            format!(
                "set `deployment.availability_zone_id` to one of {}",
                zones.join(", ")
            ),
        ));
    }
    let days = p
        .data
        .ttl
        .map_or(0, |ttl| (ttl / DAY_MS).ceil().to_u64().unwrap_or(1).max(1));
    let endpoint = case.private_endpoint();
    let mut parameters = vec![Parameter {
        name: "AvailabilityZoneId",
        value: Some(zone.clone()),
    }];
    if endpoint {
        case.endpoint(&mut parameters);
    }
    case.common(&mut parameters);
    Ok(Parts {
        template: "s3-express",
        context: json!({
            "availability_zone_id": zone,
            "availability_zone_ids": zones,
            "expiration_days": days,
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
                text: const { cachewright_templates::text("samples/s3-express.py") },
            },
            Sample {
                language: "JavaScript",
                fence: "javascript",
                text: const { cachewright_templates::text("samples/s3-express.mjs") },
            },
        ],
        hints: hints(case, endpoint),
        creates: made([
            (true, "a directory bucket in one zone"),
            (true, "a managed policy for the callers"),
            (endpoint, "a gateway endpoint in your VPC"),
            (case.alarms(), "alarms, and a topic that mails them"),
        ]),
        variables: &[("BUCKET_NAME", "output `BucketName`")],
        installs: INSTALLS,
        sections: Vec::new(),
        stays: vec![
            "A bucket with objects cannot be deleted: empty it first (`aws s3 rm s3://BUCKET --recursive`).",
        ],
    })
}

const INSTALLS: &[&str] = &[
    "Callers run with a role that has the managed policy of the output `CallersPolicyArn`, in the zone of the output `AvailabilityZone`.",
    "Python 3.9 or later: `pip install \"boto3>=1.35\"`. JavaScript with Node.js 20 or later: `npm install @aws-sdk/client-s3@3`.",
];

fn hints(case: &StackCase<'_>, endpoint: bool) -> Vec<String> {
    let mut out = vec![
        "Empty the bucket before the stack is removed: a bucket with objects cannot be deleted."
            .to_owned(),
    ];
    if case.existing_endpoint() {
        out.push("The VPC's own gateway endpoint is used: its policy must allow `s3express:CreateSession` on this bucket (output BucketArn).".to_owned());
    }
    if endpoint {
        out.push("The gateway endpoint lets the callers' subnets reach every directory bucket of this account: a route table has one way to them. Where one exists already, set `deployment.gateway_endpoint: existing`.".to_owned());
    }
    out
}
