//! Checks of the serverless cache and its users.

use crate::services::check::{Checker, ResourceType, at};
use crate::yaml::{Kind, Node};

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType::new("AWS::ElastiCache::ServerlessCache")
        .named("ServerlessCacheName")
        .checked(serverless_cache),
    ResourceType::new("AWS::ElastiCache::User")
        .named("UserId")
        .checked(cache_user),
    ResourceType::new("AWS::ElastiCache::UserGroup").named("UserGroupId"),
];

fn serverless_cache(c: &mut Checker<'_>, id: &str, p: &Node) {
    engine_and_name(c, id, p);
    usage_limits(c, id, p);
    reach(c, id, p);
    if c.number(p, &["SnapshotRetentionLimit"])
        .is_some_and(|days| days > 35)
    {
        c.report(
            "cache-snapshots",
            id,
            "SnapshotRetentionLimit",
            "snapshots are kept at most 35 days",
            "use 0 to 35",
        );
    }
}

fn engine_and_name(c: &mut Checker<'_>, id: &str, p: &Node) {
    let engine = c.text(p, &["Engine"]).unwrap_or_default();
    let versions = &c.given.catalog.stacks.engine_versions;
    match versions.get(&engine) {
        None => c.report(
            "cache-engine",
            id,
            "Engine",
            format!("`{engine}` is not an engine"),
            "use valkey, redis or memcached",
        ),
        Some(known) => {
            let given = c.text(p, &["MajorEngineVersion"]);
            if given.as_deref() != Some(known) {
                let fix = format!("write MajorEngineVersion: \"{known}\"");
                c.report(
                    "cache-engine-version",
                    id,
                    "MajorEngineVersion",
                    format!(
                        "`{}` is not a version of {engine} that is known to work",
                        given.unwrap_or_default()
                    ),
                    fix,
                );
            }
        }
    }
    // The template adds nine characters of the stack's id, and four more for the user.
    let (name, most) = match c.text(p, &["ServerlessCacheName"]) {
        Some(name) => (name, 40),
        None => (c.parameter("CacheName").unwrap_or_default(), 27),
    };
    let good = name.len() <= most
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !good {
        c.report("cache-name", id, "ServerlessCacheName", format!("`{name}` is not a name: lower-case letters, digits and hyphens, a letter first, at most {most}"), "derive the name from the stack's");
    }
}

/// Both cost caps are there, and no minimum that is billed.
fn usage_limits(c: &mut Checker<'_>, id: &str, p: &Node) {
    for (path, low, high, property) in [
        (
            ["CacheUsageLimits", "DataStorage", "Maximum"],
            1,
            5_000,
            "CacheUsageLimits.DataStorage.Maximum",
        ),
        (
            ["CacheUsageLimits", "ECPUPerSecond", "Maximum"],
            1_000,
            15_000_000,
            "CacheUsageLimits.ECPUPerSecond.Maximum",
        ),
    ] {
        match c.number(p, &path) {
            Some(value) if (low..=high).contains(&value) => {}
            other => c.report(
                "cache-usage-limit",
                id,
                property,
                format!(
                    "the cost cap is {}",
                    other.map_or("missing".to_owned(), |v| v.to_string())
                ),
                format!("set it between {low} and {high}"),
            ),
        }
        if at(p, &[path[0], path[1], "Minimum"]).is_some() {
            c.report(
                "cache-minimum",
                id,
                "CacheUsageLimits",
                "a minimum is billed while the cache is idle",
                "remove `Minimum`",
            );
        }
    }
}

/// Private in named subnets and groups, or public with users.
fn reach(c: &mut Checker<'_>, id: &str, p: &Node) {
    let engine = c.text(p, &["Engine"]).unwrap_or_default();
    let public = c.text(p, &["ConnectionType"]).as_deref() == Some("public");
    if public && (engine != "valkey" || p.get("UserGroupId").is_none()) {
        c.report(
            "cache-public",
            id,
            "ConnectionType",
            "a public endpoint needs Valkey 9 or later and IAM users",
            "use valkey with a user group, or put the cache into a VPC",
        );
    }
    if !public && (p.get("SubnetIds").is_none() || p.get("SecurityGroupIds").is_none()) {
        c.report(
            "cache-network",
            id,
            "SubnetIds",
            "without subnets and a security group the default VPC and its open group are used",
            "name both",
        );
    }
}

fn cache_user(c: &mut Checker<'_>, id: &str, p: &Node) {
    let iam = at(p, &["AuthenticationMode", "Type"]).and_then(Node::text) == Some("iam");
    if iam
        && p.get("UserId").map(|n| &n.kind) != p.get("UserName").map(|n| &n.kind)
        && !same(p.get("UserId"), p.get("UserName"))
    {
        c.report(
            "cache-user-iam",
            id,
            "UserName",
            "with IAM the user's name and id must be equal",
            "write the same value for both",
        );
    }
}

/// Equal apart from where they stand.
fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.map(|n| &n.kind), b.map(|n| &n.kind)) {
        (Some(Kind::Scalar(x)), Some(Kind::Scalar(y))) => x == y,
        (Some(Kind::Map(x)), Some(Kind::Map(y))) => {
            x.len() == y.len()
                && x.iter()
                    .zip(y)
                    .all(|(m, n)| m.key == n.key && same(Some(&m.value), Some(&n.value)))
        }
        (Some(Kind::Seq(x)), Some(Kind::Seq(y))) => {
            x.len() == y.len() && x.iter().zip(y).all(|(m, n)| same(Some(m), Some(n)))
        }
        _ => false,
    }
}
