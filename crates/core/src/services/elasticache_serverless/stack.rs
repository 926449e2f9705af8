//! The serverless cache: usage limits as cost caps, IAM users, security groups, or the public endpoint.

use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::ElastiCache;
use super::usage::{is_public, storage_gb};
use crate::domain::profile::{Durability, Feature};
use crate::exit::Failure;
use crate::services::parts::{Board, Parameter, Parts, Sample, StackCase, cap, made, refuse};
use crate::services::settings::days;
use crate::services::{Load, ServiceModel};
use crate::text::stack_name;

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "elasticache-serverless",
    const { cachewright_templates::text("stack/elasticache-serverless.yaml.tera") },
)];

/// The dashboard.
/// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/serverless-metrics-events-redis.html, 2026-11-30.
const BOARD: Board = Board {
    namespace: "AWS/ElastiCache",
    dimensions: &["clusterId", "${Cache}"],
    charts: &[
        ("Hits, percent", "Average", &["CacheHitRate"]),
        ("Processing units", "Sum", &["ElastiCacheProcessingUnits"]),
        ("Bytes in use", "Average", &["BytesUsedForCache"]),
        (
            "Latency, microseconds",
            "p99",
            &[
                "SuccessfulReadRequestLatency",
                "SuccessfulWriteRequestLatency",
            ],
        ),
        (
            "Evictions and throttled commands",
            "Sum",
            &["Evictions", "ThrottledCmds"],
        ),
    ],
};

/// The parts of the stack for a workload.
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let engine = case.variant.id.as_deref().unwrap_or("valkey");
    let public = is_public(p);
    if public && engine != "valkey" {
        return Err(refuse(
            format!("{engine} has no public endpoint and the profile names no VPC"),
            "set `network.vpc: existing` or `deployment.create_vpc: true`, or use the valkey variant",
        ));
    }
    let client_given = is_client_given(case);
    let memcached = engine == "memcached";
    let name = cache_name(&p.name);
    Ok(Parts {
        template: "elasticache-serverless",
        context: context(case, engine, &name),
        parameters: parameters(case, &name, public),
        region: p.region.clone(),
        capabilities: if memcached { &[] } else { &["CAPABILITY_IAM"] },
        samples: samples(memcached),
        hints: hints(case, public, memcached),
        creates: creates(case, public, memcached),
        variables: if memcached {
            &[("CACHE_HOST", "output `EndpointAddress`")]
        } else {
            &[
                ("CACHE_HOST", "output `EndpointAddress`"),
                ("CACHE_NAME", "output `CacheNameOutput`"),
                ("CACHE_USER", "output `CacheUserName`"),
                ("AWS_REGION", "the Region of the stack"),
            ]
        },
        installs: if memcached { MEMCACHED } else { VALKEY },
        sections: Vec::new(),
        stays: if public || client_given {
            Vec::new()
        } else {
            vec![
                "Take the client security group off every caller first: a group that is in use cannot be deleted.",
            ]
        },
    })
}

/// Switches and numbers of the template.
fn context(case: &StackCase<'_>, engine: &str, name: &str) -> Value {
    let p = case.profile;
    let version = case.catalog.stacks.engine_versions.get(engine);
    let memcached = engine == "memcached";
    let create_vpc = p.deployment.create_vpc;
    let client_given = is_client_given(case);
    // Both take the endpoint and the readers' endpoint.
    // Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/set-up.md, 2026-11-30.
    let port = if memcached {
        (11211, 11212)
    } else {
        (6379, 6380)
    };
    json!({
        "cache_name": name,
        "cache_description": format!("cachewright: {}", p.name).chars().take(200).collect::<String>(),
        "engine": engine,
        "engine_version": version.cloned().unwrap_or_default(),
        "max_storage_gb": storage_gb(p.data.working_set),
        "max_ecpus": ecpus(case).min(15_000_000),
        "in_vpc": !is_public(p),
        "create_vpc": create_vpc,
        "vpc_ref": if create_vpc { "Vpc" } else { "VpcId" },
        "client_group_given": client_given,
        "clients": case.clients(client_given),
        "from_port": port.0,
        "to_port": port.1,
        "users": !memcached,
        "pub_sub": p.requirements.features.contains(&Feature::PubSub),
        "restore": case.list("restore_from").is_some(),
        "snapshot_days": kept(case).or(is_durable(case).then_some(7)),
        "customer_key": case.customer_key(),
        "alarms": case.alarms(),
        "widgets": BOARD.widgets(5),
    })
}

/// The callers' security groups exist, in a VPC that exists.
fn is_client_given(case: &StackCase<'_>) -> bool {
    case.client_given() && !case.profile.deployment.create_vpc
}

fn is_durable(case: &StackCase<'_>) -> bool {
    case.profile.requirements.durability != Durability::Rebuildable
}

/// Days that daily snapshots are kept, where the profile says it.
fn kept(case: &StackCase<'_>) -> Option<u8> {
    case.setting("keep_snapshots").and_then(|text| days(&text))
}

fn creates(case: &StackCase<'_>, public: bool, memcached: bool) -> Vec<&'static str> {
    let given = is_client_given(case);
    made([
        (
            public,
            "a serverless cache with a public endpoint, IAM and TLS 1.3",
        ),
        (
            case.profile.deployment.create_vpc && !public,
            "a VPC of its own with two subnets, and a serverless cache in them",
        ),
        (
            !case.profile.deployment.create_vpc && !public,
            "a serverless cache in your subnets, behind endpoints that it makes there",
        ),
        (
            !public && !given,
            "security groups for the cache and its callers",
        ),
        (!public && given, "a security group for the cache"),
        (
            !memcached,
            "a user group with one IAM user, and a managed policy for the callers",
        ),
        (case.alarms(), "alarms, and a topic that mails them"),
    ])
}

/// In the order of the template.
fn parameters(case: &StackCase<'_>, name: &str, public: bool) -> Vec<Parameter> {
    let mut out = vec![Parameter::new("CacheName", name)];
    if !public && !case.profile.deployment.create_vpc {
        out.extend([case.filled("VpcId"), case.filled("SubnetIds")]);
        if is_client_given(case) {
            case.client_parameter(&mut out);
        }
    }
    if case.list("restore_from").is_some() {
        out.push(case.filled("RestoreFrom"));
    }
    case.common(&mut out);
    out
}

const MEMCACHED: &[&str] = &[
    "Python 3.9 or later: `pip install \"pymemcache>=4\"`. JavaScript with Node.js 20 or later needs no package.",
];

const VALKEY: &[&str] = &[
    "Callers run with a role that has the managed policy of the output `CallersPolicyArn`.",
    "Python 3.10 or later: `pip install \"redis>=8\" \"botocore>=1.35\"`.",
    "JavaScript with Node.js 20 or later: `npm install redis@6 @smithy/hash-node@4 @smithy/protocol-http@5 @smithy/signature-v4@5 @aws-sdk/credential-provider-node@3 @aws-sdk/util-format-url@3`.",
];

/// ECPU per second at the peak, with room.
fn ecpus(case: &StackCase<'_>) -> u64 {
    let load = Load::new(case.profile, case.profile.data.working_set);
    let mut demands = Vec::new();
    ElastiCache.demands(&case.context(&load), &mut demands);
    cap(
        demands
            .iter()
            .find(|d| d.limit == "ecpus-per-second")
            .map_or(Decimal::ZERO, |d| d.value),
        1_000,
    )
}

/// Lower case, a letter first, at most 40 characters with the revision; user ids get suffixes.
fn cache_name(profile_name: &str) -> String {
    let base: String = stack_name(profile_name).chars().take(24).collect();
    format!("{}-r1", base.trim_matches('-'))
}

fn samples(memcached: bool) -> Vec<Sample> {
    if memcached {
        return vec![
            Sample::python(const { cachewright_templates::text("samples/memcached.py") }),
            Sample::javascript(const { cachewright_templates::text("samples/memcached.mjs") }),
        ];
    }
    vec![
        Sample::python(const { cachewright_templates::text("samples/valkey.py") }),
        Sample::javascript(const { cachewright_templates::text("samples/valkey.mjs") }),
    ]
}

fn hints(case: &StackCase<'_>, public: bool, memcached: bool) -> Vec<String> {
    let mut out =
        vec!["Write every key with an expiry: keys without one are never evicted.".to_owned()];
    if public {
        out.push("The endpoint is public (caution `public-endpoint`): IAM and TLS 1.3 are mandatory, and the choice cannot be changed later.".to_owned());
    } else if !is_client_given(case) {
        out.push(
            "Add the security group of the output ClientSecurityGroupId to every caller."
                .to_owned(),
        );
    }
    if !memcached {
        out.push("Callers need the IAM action `elasticache:Connect` on the cache and on the user; tokens live 15 minutes, connections 12 hours.".to_owned());
    }
    if let Some(days) = kept(case).filter(|_| !is_durable(case)) {
        out.push(format!("Daily snapshots are kept {days} days: their storage is billed, and not in the estimate."));
    }
    out
}
