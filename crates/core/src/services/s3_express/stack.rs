//! The directory bucket: one zone, lifecycle expiry, a gateway endpoint.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use crate::exit::Failure;
use crate::services::parts::{Board, Parameter, Parts, Sample, StackCase, made, refuse};

const DAY_MS: Decimal = Decimal::from_parts(86_400_000, 0, 0, false, 0);

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "s3-express",
    const { cachewright_templates::text("stack/s3-express.yaml.tera") },
)];

/// The dashboard.
/// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html, 2026-11-30.
const BOARD: Board = Board {
    namespace: "AWS/S3",
    dimensions: &["BucketName", "${CacheBucket}", "FilterId", "EntireBucket"],
    charts: &[
        ("Requests", "Sum", &["AllRequests"]),
        ("Errors", "Sum", &["4xxErrors", "5xxErrors"]),
        (
            "Latency, milliseconds",
            "p99",
            &["FirstByteLatency", "TotalRequestLatency"],
        ),
    ],
};

/// The parts of the stack for a workload.
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let zones = zones(case)?;
    let chosen = chosen(case, &zones[0]);
    offered(&chosen, &zones, &p.region)?;
    let days = p
        .data
        .ttl
        .map_or(0, |ttl| (ttl / DAY_MS).ceil().to_u64().unwrap_or(1).max(1));
    let endpoint = case.private_endpoint();
    let mut parameters: Vec<Parameter> = ZONE_PARAMETERS
        .iter()
        .zip(&chosen)
        .map(|(name, zone)| Parameter {
            name,
            value: Some(zone.clone()),
        })
        .collect();
    if endpoint {
        case.endpoint(&mut parameters);
    }
    case.common(&mut parameters);
    Ok(Parts {
        template: "s3-express",
        context: json!({
            "buckets": buckets(&chosen),
            "availability_zone_ids": zones,
            "expiration_days": days,
            "customer_key": case.customer_key(),
            "endpoint": endpoint,
            "alarms": case.alarms(),
            "widgets": BOARD.widgets(5),
        }),
        parameters,
        region: p.region.clone(),
        capabilities: &["CAPABILITY_IAM"],
        samples: vec![
            Sample::python(const { cachewright_templates::text("samples/s3-express.py") }),
            Sample::javascript(const { cachewright_templates::text("samples/s3-express.mjs") }),
        ],
        hints: hints(case, endpoint, chosen.len()),
        creates: made([
            (chosen.len() == 1, "a directory bucket in one zone"),
            (chosen.len() > 1, "a directory bucket in each of your zones"),
            (true, "a managed policy for the callers"),
            (endpoint, "a gateway endpoint in your VPC"),
            (case.alarms(), "alarms, and a topic that mails them"),
        ]),
        variables: variables(chosen.len()),
        installs: INSTALLS,
        sections: Vec::new(),
        stays: vec![
            "A bucket with objects cannot be deleted: empty it first (`aws s3 rm s3://BUCKET --recursive`).",
        ],
    })
}

/// Variables of the samples.
fn variables(zones: usize) -> &'static [(&'static str, &'static str)] {
    if zones > 1 {
        &[(
            "BUCKET_NAME",
            "output `BucketName`, `BucketName2` …: the one of the caller's own zone",
        )]
    } else {
        &[("BUCKET_NAME", "output `BucketName`")]
    }
}

const INSTALLS: &[&str] = &[
    "Callers run with a role that has the managed policy of the output `CallersPolicyArn`, in the zone of the output `AvailabilityZone`.",
    "Python 3.9 or later: `pip install \"boto3>=1.35\"`. JavaScript with Node.js 20 or later: `npm install @aws-sdk/client-s3@3`.",
];

/// The zones of the Region that offer directory buckets; at least one.
fn zones(case: &StackCase<'_>) -> Result<Vec<String>, Failure> {
    let region = &case.profile.region;
    let known = case.catalog.stacks.zones.get(region);
    known.filter(|z| !z.is_empty()).cloned().ok_or_else(|| {
        refuse(
            format!("no zone of {region} offers directory buckets"),
            "choose another service with `--service`, or a Region that has them",
        )
    })
}

/// Every chosen zone is one of those.
fn offered(chosen: &[String], zones: &[String], region: &str) -> Result<(), Failure> {
    let Some(zone) = chosen.iter().find(|zone| !zones.contains(zone)) else {
        return Ok(());
    };
    Err(refuse(
        format!(
            "`{}` is not a zone with directory buckets in {region}",
            crate::text::short(zone)
        ),
        format!(
            "set `deployment.availability_zone_id` to one of {0}, or `availability_zone_ids` to several of {0}",
            zones.join(", ")
        ),
    ))
}

/// Parameters of the zones; no Region has more zones with directory buckets.
const ZONE_PARAMETERS: [&str; 3] = [
    "AvailabilityZoneId",
    "AvailabilityZoneId2",
    "AvailabilityZoneId3",
];

/// The zones that get a bucket, the one of `availability_zone_id` or the first where nothing is said.
fn chosen(case: &StackCase<'_>, first: &str) -> Vec<String> {
    let several = case.profile.deployment.lists.get("availability_zone_ids");
    let mut zones = several.cloned().unwrap_or_default();
    zones.sort();
    zones.dedup();
    zones.truncate(ZONE_PARAMETERS.len());
    if zones.is_empty() {
        let one = case.setting("availability_zone_id");
        zones.push(one.unwrap_or_else(|| first.to_owned()));
    }
    zones
}

/// The buckets, and what their names in the template end with.
fn buckets(zones: &[String]) -> Vec<Value> {
    let numbered = zones.iter().enumerate().map(|(at, zone)| {
        let n = if at == 0 {
            String::new()
        } else {
            (at + 1).to_string()
        };
        json!({ "n": n, "zone": zone })
    });
    numbered.collect()
}

fn hints(case: &StackCase<'_>, endpoint: bool, buckets: usize) -> Vec<String> {
    let mut out = Vec::new();
    if buckets > 1 {
        out.push("Every caller uses the bucket of its own zone, so that the loss of a zone stops nobody elsewhere; the buckets know nothing of each other: each is filled by its own misses, and the stored bytes and uploads of the estimate are those of one of them.".to_owned());
    }
    out.extend([
        "Empty the bucket before the stack is removed: a bucket with objects cannot be deleted."
            .to_owned(),
    ]);
    if case.existing_endpoint() {
        out.push("The VPC's own gateway endpoint is used: its policy must allow `s3express:CreateSession` on this bucket (output BucketArn).".to_owned());
    }
    if endpoint {
        out.push("The gateway endpoint lets the callers' subnets reach every directory bucket of this account: a route table has one way to them. Where one exists already, set `deployment.gateway_endpoint: existing`.".to_owned());
    }
    out
}
