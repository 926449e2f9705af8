//! The forms that values under `deployment` must have: ids, ARNs, host names, addresses.
//!
//! A value that AWS would refuse is refused when the stack is generated, all of them at once.

use std::net::Ipv4Addr;

use super::parts::refuse;
use crate::domain::profile::Profile;
use crate::exit::Failure;
use crate::text::short;

/// A setting, whether a value has its form, and an example of the form.
type Form = (&'static str, fn(&str) -> bool, &'static str);

const FORMS: &[Form] = &[
    ("vpc_id", |v| id(v, "vpc-"), "vpc-0123456789abcdef0"),
    (
        "subnet_ids",
        |v| id(v, "subnet-"),
        "subnet-0123456789abcdef0",
    ),
    (
        "route_table_ids",
        |v| id(v, "rtb-"),
        "rtb-0123456789abcdef0",
    ),
    (
        "client_security_group_id",
        |v| id(v, "sg-"),
        "sg-0123456789abcdef0",
    ),
    (
        "gateway_endpoint",
        |v| v == "create" || v == "existing" || id(v, "vpce-"),
        "`create`, `existing` or vpce-0123456789abcdef0",
    ),
    (
        "kms_key_arn",
        |v| arn(v, "kms", None).is_some_and(|rest| rest.starts_with("key/")),
        "arn:aws:kms:REGION:ACCOUNT:key/ID, of a key (aliases are not taken everywhere)",
    ),
    (
        "certificate_arn",
        |v| arn(v, "acm", Some("us-east-1")).is_some_and(|rest| rest.starts_with("certificate/")),
        "arn:aws:acm:us-east-1:ACCOUNT:certificate/ID: the edge takes certificates of us-east-1 only",
    ),
    (
        "load_balancer_arn",
        |v| {
            arn(v, "elasticloadbalancing", None)
                .is_some_and(|rest| rest.starts_with("loadbalancer/"))
        },
        "arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID",
    ),
    (
        "origin_domain",
        host,
        "a host name alone, such as www.example.com, without https:// and without a path",
    ),
    ("domain_names", host, "host names such as www.example.com"),
    (
        "origin_bucket",
        bucket,
        "a bucket's name, 3 to 63 lower-case letters, digits, dots and hyphens",
    ),
    (
        "hosted_zone_id",
        |v| zone(v),
        "Z0123456789ABCDEFGHIJ, the id of a hosted zone of Route 53",
    ),
    (
        "restore_from",
        |v| snapshot(v),
        "arn:aws:elasticache:REGION:ACCOUNT:serverlesscachesnapshot:NAME, or arn:aws:s3:::BUCKET/KEY",
    ),
    (
        "monthly_budget",
        |v| {
            v.strip_suffix("USD")
                .is_some_and(|n| n.trim_end().parse::<u32>().is_ok_and(|n| n > 0))
        },
        "whole US dollars such as `500 USD`",
    ),
    (
        "price_class",
        |v| PRICE_CLASSES.contains(&v),
        "PriceClass_100 (North America and Europe), PriceClass_200 (all but South America, Australia and New Zealand) or PriceClass_All",
    ),
    (
        "client_security_group_ids",
        |v| id(v, "sg-"),
        "sg-0123456789abcdef0",
    ),
    ("keep_snapshots", |v| days(v).is_some(), "1 day to 35 days"),
    (
        "allowed_countries",
        country,
        "a country of two capital letters (ISO 3166-1), such as DE",
    ),
    (
        "blocked_countries",
        country,
        "a country of two capital letters (ISO 3166-1), such as DE",
    ),
    (
        "key_group_ids",
        |v| v.len() == 36 && v.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'),
        "the id of a key group, such as 0123abcd-0123-4567-89ab-0123456789ab",
    ),
    ("cached_paths", path, "a path pattern such as /static/*"),
    (
        "tags",
        tag,
        "KEY=VALUE, such as team=shop (keys of `aws:` and `cachewright` are taken)",
    ),
    ("nfs_path", export, "nfs://HOST/EXPORT"),
    (
        "nfs_dns_ips",
        |v| v.parse::<Ipv4Addr>().is_ok(),
        "addresses such as 10.0.0.2",
    ),
    ("alarm_email", address, "an address such as ops@example.com"),
];

/// What `price_class` takes.
const PRICE_CLASSES: &[&str] = &["PriceClass_100", "PriceClass_200", "PriceClass_All"];

/// Refuses values that AWS would refuse, and pairs of which one is missing.
pub fn check(profile: &Profile) -> Result<(), Failure> {
    let deployment = &profile.deployment;
    let mut wrong = Vec::new();
    for (key, good, form) in FORMS {
        let single = deployment.values.get(*key).into_iter();
        for value in single.chain(deployment.lists.get(*key).into_iter().flatten()) {
            if !good(value) {
                wrong.push(format!(
                    "`deployment.{key}` is `{}`, not {form}",
                    short(value)
                ));
            }
        }
    }
    let names = deployment
        .lists
        .get("domain_names")
        .is_some_and(|l| !l.is_empty());
    let certificate = deployment.values.contains_key("certificate_arn");
    if certificate && !names {
        wrong.push(
            "`deployment.certificate_arn` needs `deployment.domain_names` beside it".to_owned(),
        );
    }
    if names && !certificate && !deployment.values.contains_key("hosted_zone_id") {
        wrong.push(
            "`deployment.domain_names` needs `deployment.certificate_arn` beside it, or `deployment.hosted_zone_id`, where a new certificate is proved"
                .to_owned(),
        );
    }
    let has = |key: &str| deployment.values.contains_key(key);
    if has("monthly_budget") && !has("alarm_email") {
        wrong.push(
            "`deployment.monthly_budget` needs `deployment.alarm_email` beside it, which it mails"
                .to_owned(),
        );
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(refuse(
        wrong.join("; "),
        "correct them in the profile, or with --set deployment.KEY=VALUE",
    ))
}

/// A prefix and 8 to 17 hexadecimal digits.
fn id(value: &str, prefix: &str) -> bool {
    value.strip_prefix(prefix).is_some_and(|rest| {
        (8..=17).contains(&rest.len())
            && rest
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

/// What follows the account in an ARN of this service.
fn arn<'v>(value: &'v str, service: &str, region: Option<&str>) -> Option<&'v str> {
    let mut parts = value.splitn(6, ':');
    let arn = parts.next()? == "arn" && parts.next()?.starts_with("aws");
    let service = parts.next()? == service;
    let place = parts.next()?;
    let placed = !place.is_empty() && region.is_none_or(|wanted| wanted == place);
    let account = parts.next()?;
    let known = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let rest = parts.next()?;
    (arn && service && placed && known).then_some(rest)
}

fn host(value: &str) -> bool {
    let label = |l: &str| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let name = value.strip_prefix("*.").unwrap_or(value);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(label)
        && last.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
        && last.len() > 1
}

/// Days that a snapshot may be kept, such as `3 days`.
/// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CreateServerlessCache.html, 2026-11-30.
pub(super) fn days(value: &str) -> Option<u8> {
    let (number, unit) = value.split_once(' ')?;
    let days: u8 = number.parse().ok()?;
    (matches!(unit, "day" | "days") && (1..=35).contains(&days)).then_some(days)
}

fn country(value: &str) -> bool {
    value.len() == 2 && value.bytes().all(|b| b.is_ascii_uppercase())
}

fn zone(value: &str) -> bool {
    let clean = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    value.starts_with('Z') && (2..=32).contains(&value.len()) && value.bytes().all(clean)
}

/// A path pattern of a cache behavior.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesCacheBehavior.html, 2026-11-30.
fn path(value: &str) -> bool {
    let clean = |b: u8| b.is_ascii_alphanumeric() || b"_-.*$/~\"'@:+&?".contains(&b);
    value.starts_with('/') && value.len() <= 255 && value.bytes().all(clean)
}

/// A tag that every service takes.
/// Source: https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html, 2026-11-30.
fn tag(value: &str) -> bool {
    let clean = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    value.split_once('=').is_some_and(|(key, value)| {
        let taken = key.to_ascii_lowercase().starts_with("aws:") || key == "cachewright";
        (1..=128).contains(&key.chars().count())
            && value.chars().count() <= 256
            && !taken
            && key.chars().chain(value.chars()).all(clean)
    })
}

/// A snapshot of a serverless cache, or a backup file in a bucket.
fn snapshot(value: &str) -> bool {
    let own = arn(value, "elasticache", None);
    let mut parts = value.splitn(6, ':');
    let file = parts.next() == Some("arn")
        && parts.next().is_some_and(|p| p.starts_with("aws"))
        && parts.next() == Some("s3")
        && parts.next() == Some("")
        && parts.next() == Some("")
        && parts.next().is_some_and(|object| object.contains('/'));
    own.is_some_and(|rest| rest.starts_with("serverlesscachesnapshot:")) || file
}

fn bucket(value: &str) -> bool {
    (3..=63).contains(&value.len())
        && value
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
        && !value.starts_with(['.', '-'])
        && !value.ends_with(['.', '-'])
}

fn export(value: &str) -> bool {
    let path = value
        .strip_prefix("nfs://")
        .and_then(|rest| rest.split_once('/'));
    path.is_some_and(|(server, path)| {
        (host(server) || server.parse::<Ipv4Addr>().is_ok()) && !path.is_empty()
    })
}

fn address(value: &str) -> bool {
    let parts = value.split_once('@');
    let clean = !value.contains(|c: char| c.is_whitespace());
    clean && parts.is_some_and(|(who, at)| !who.is_empty() && host(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_takes_its_kind_and_refuses_others() {
        let good = [
            ("vpc_id", "vpc-0123456789abcdef0"),
            (
                "certificate_arn",
                "arn:aws:acm:us-east-1:111122223333:certificate/1-2",
            ),
            ("origin_domain", "app.example.com"),
            ("nfs_path", "nfs://files.example.internal/export"),
            ("alarm_email", "ops@example.com"),
            ("hosted_zone_id", "Z0123456789ABC"),
            ("restore_from", "arn:aws:s3:::backups/cache.rdb"),
            (
                "restore_from",
                "arn:aws:elasticache:eu-west-1:111122223333:serverlesscachesnapshot:nightly",
            ),
            ("gateway_endpoint", "existing"),
            ("monthly_budget", "500 USD"),
            ("price_class", "PriceClass_100"),
            ("cached_paths", "/static/*"),
            ("tags", "team=shop"),
            ("allowed_countries", "NO"),
            ("key_group_ids", "0123abcd-0123-4567-89ab-0123456789ab"),
            ("keep_snapshots", "35 days"),
        ];
        let bad = [
            ("vpc_id", "banana"),
            (
                "certificate_arn",
                "arn:aws:acm:eu-west-1:111122223333:certificate/1-2",
            ),
            ("origin_domain", "https://app.example.com"),
            ("nfs_path", "nfs://files"),
            ("alarm_email", "nobody"),
            ("nfs_dns_ips", "ten"),
            ("hosted_zone_id", "example.com"),
            ("restore_from", "nightly"),
            ("monthly_budget", "0 USD"),
            ("monthly_budget", "much"),
            ("price_class", "cheap"),
            ("cached_paths", "static"),
            ("tags", "aws:x=y"),
            ("tags", "team"),
            ("blocked_countries", "Germany"),
            ("key_group_ids", "mine"),
            ("keep_snapshots", "36 days"),
            ("keep_snapshots", "3"),
        ];
        let takes =
            |(key, value): (&str, &str)| FORMS.iter().any(|(k, good, _)| *k == key && good(value));
        assert!(good.into_iter().all(takes));
        assert!(!bad.into_iter().any(takes));
    }
}
