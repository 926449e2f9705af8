//! What the parameters of a stack name besides places in a VPC: a bucket, a load balancer, security groups, route tables, a
//! hosted zone.
//!
//! Reads only. What may not be asked is unknown, not failed.

use std::collections::BTreeSet;

use super::model::Resource;
use super::preflight::{check, failed, lost, ok, unknown};
use super::record::{Check, CheckStatus};
use crate::aws::query::{self, elements};
use crate::aws::{ApiError, Connection};

/// Everything that is named; `own` is what the stack has already.
pub(super) async fn look<'v>(
    connection: &Connection,
    value: &impl Fn(&str) -> Option<&'v str>,
    own: &[Resource],
) -> Vec<Check> {
    let mut checks = Vec::new();
    let repository = value("RepositoryPath").and_then(|path| path.strip_prefix("s3://"));
    let repository = repository.and_then(|path| path.split('/').next());
    if let Some(name) = value("OriginBucketName").or(repository) {
        checks.push(bucket(connection, name, value("OriginRegion")).await);
    }
    if let Some(arn) = value("OriginArn") {
        checks.push(load_balancer(connection, arn).await);
    }
    if let Some(vpc) = value("VpcId") {
        let groups = value("ClientSecurityGroupIds").or(value("ClientSecurityGroupId"));
        if let Some(list) = groups {
            checks.push(of_the_vpc(connection, &GROUPS, list, vpc).await);
        }
        if let Some(list) = value("RouteTableIds") {
            checks.push(of_the_vpc(connection, &TABLES, list, vpc).await);
        }
    }
    if let (Some(zone), Some(names)) = (value("HostedZoneId"), value("DomainNames")) {
        checks.push(hosted_zone(connection, zone, names, own).await);
    }
    checks
}

/// A bucket that is there, in the Region that the stack was told.
async fn bucket(connection: &Connection, name: &str, told: Option<&str>) -> Check {
    const HELP: &str = "name a bucket that exists (`deployment.origin_bucket`), or leave it out where the stack is to make one";
    let found = match query::bucket_region(connection, name).await {
        Ok(found) => found,
        Err(error) => return lost("bucket", &error, HELP),
    };
    match (found, told) {
        (None, _) => check(
            "bucket",
            CheckStatus::Unknown,
            format!("{name} is there; the answer names no Region"),
            None,
        ),
        (Some(found), Some(told)) if found != told => failed(
            "bucket",
            format!("{name} is in {found}, the parameter OriginRegion says {told}"),
            format!(
                "add `--parameter OriginRegion={found}`, or generate it with `--set region={found}`"
            ),
        ),
        // Where the stack asks for no Region, another one works, and is billed.
        (Some(found), None) if found != connection.region => check(
            "bucket",
            CheckStatus::Warning,
            format!(
                "{name} is in {found}, the stack goes to {}: transfer between Regions is billed",
                connection.region
            ),
            None,
        ),
        (Some(found), _) => ok("bucket", format!("{name} in {found}")),
    }
}

/// A load balancer that CloudFront can reach privately: there, ready, with TLS on 443, in a VPC with an internet gateway.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html, 2026-11-30.
async fn load_balancer(connection: &Connection, arn: &str) -> Check {
    const HELP: &str = "name an active internal load balancer with a listener on port 443, in a VPC with an internet gateway attached (no route to it is needed)";
    let mut there = connection.clone();
    let region = arn.split(':').nth(3).unwrap_or_default();
    region.clone_into(&mut there.region);
    let asked = [("LoadBalancerArns.member.1", arn)];
    let xml = match balancing(&there, "DescribeLoadBalancers", &asked).await {
        Ok(xml) => xml,
        Err(error) => return lost("load-balancer", &error, HELP),
    };
    let first = |name: &str| elements(&xml, name).next().map(str::to_owned);
    if let Some(state) = first("Code").filter(|state| state != "active") {
        return failed("load-balancer", format!("it is {state}"), HELP);
    }
    match listens(&there, arn).await {
        Ok(true) => {}
        Ok(false) => return failed("load-balancer", "no listener on port 443", HELP),
        Err(error) => return unknown("load-balancer", &error),
    }
    if let Some(vpc) = first("VpcId") {
        match gateways(&there, &vpc).await {
            Ok(0) => {
                let text = format!("its VPC {vpc} has no internet gateway attached");
                return failed("load-balancer", text, HELP);
            }
            Ok(_) => {}
            Err(error) => return unknown("load-balancer", &error),
        }
    }
    if first("Scheme").as_deref() == Some("internet-facing") {
        return check(
            "load-balancer",
            CheckStatus::Warning,
            "it faces the internet: viewers can go around the distribution",
            Some("name an internal one, or leave `deployment.load_balancer_arn` out".to_owned()),
        );
    }
    ok(
        "load-balancer",
        format!("active in {region}, listens on 443"),
    )
}

async fn balancing(
    connection: &Connection,
    operation: &'static str,
    asked: &[(&str, &str)],
) -> Result<String, ApiError> {
    let api = ("elasticloadbalancing", "2015-12-01");
    query::form(connection, api, operation, asked).await
}

async fn listens(connection: &Connection, arn: &str) -> Result<bool, ApiError> {
    let asked = [("LoadBalancerArn", arn)];
    let xml = balancing(connection, "DescribeListeners", &asked).await?;
    Ok(elements(&xml, "Port").any(|port| port == "443"))
}

async fn gateways(connection: &Connection, vpc: &str) -> Result<usize, ApiError> {
    let asked = [
        ("Filter.1.Name", "attachment.vpc-id"),
        ("Filter.1.Value.1", vpc),
    ];
    let xml = query::ec2(connection, "DescribeInternetGateways", &asked).await?;
    Ok(elements(&xml, "internetGatewayId").count())
}

/// Things of EC2 that must be in the callers' VPC.
struct Things {
    check: &'static str,
    operation: &'static str,
    id: &'static str,
    help: &'static str,
}

const GROUPS: Things = Things {
    check: "client-groups",
    operation: "DescribeSecurityGroups",
    id: "GroupId",
    help: "name security groups of the callers' VPC, or leave them out: the stack makes one",
};
const TABLES: Things = Things {
    check: "route-tables",
    operation: "DescribeRouteTables",
    id: "RouteTableId",
    help: "name the route tables of the callers' subnets",
};

async fn of_the_vpc(connection: &Connection, things: &Things, list: &str, vpc: &str) -> Check {
    let ids = list.split(',').map(str::trim).enumerate();
    let asked: Vec<(String, &str)> = ids
        .map(|(at, id)| (format!("{}.{}", things.id, at + 1), id))
        .collect();
    let asked: Vec<(&str, &str)> = asked.iter().map(|(k, v)| (k.as_str(), *v)).collect();
    let xml = match query::ec2(connection, things.operation, &asked).await {
        Ok(xml) => xml,
        Err(error) => return lost(things.check, &error, things.help),
    };
    let vpcs: BTreeSet<&str> = elements(&xml, "vpcId").collect();
    match vpcs.iter().find(|found| **found != vpc) {
        Some(other) => failed(
            things.check,
            format!("{list}: one belongs to {other}, the parameter VpcId says {vpc}"),
            things.help,
        ),
        None => ok(things.check, format!("{list} in {vpc}")),
    }
}

/// A public zone above every host name, in which no record of theirs stands already.
async fn hosted_zone(connection: &Connection, zone: &str, names: &str, own: &[Resource]) -> Check {
    const HELP: &str = "name the public hosted zone of the host names (Route 53)";
    let path = format!("/2013-04-01/hostedzone/{zone}");
    let xml = match query::global(connection, "route53", "GetHostedZone", path).await {
        Ok(xml) => xml,
        Err(error) => return lost("hosted-zone", &error, HELP),
    };
    let Some(of) = elements(&xml, "Name").next() else {
        let text = "the service told no name";
        return check("hosted-zone", CheckStatus::Unknown, text, None);
    };
    let of = of.trim_end_matches('.').to_ascii_lowercase();
    if elements(&xml, "PrivateZone").next() == Some("true") {
        let text = format!("{of} is a private zone, which viewers do not see");
        return failed("hosted-zone", text, HELP);
    }
    let below = |name: &str| {
        let name = name.to_ascii_lowercase();
        name == of || name.ends_with(&format!(".{of}"))
    };
    let names = names.split(',').map(str::trim).filter(|n| !n.is_empty());
    if let Some(name) = names.clone().find(|name| !below(name)) {
        let text = format!("it is the zone of {of}, which {name} is not below");
        return failed("hosted-zone", text, HELP);
    }
    // An update meets the records that the stack itself has made.
    let made = own
        .iter()
        .any(|r| r.resource_type == "AWS::Route53::RecordSet");
    for name in names.filter(|_| !made) {
        match taken_by(connection, zone, name).await {
            Ok(Some(kind)) => {
                return failed(
                    "hosted-zone",
                    format!("{of} has a record {kind} of {name} already"),
                    "remove the record when the stack is to make it, or leave `deployment.hosted_zone_id` out and point it at the distribution yourself",
                );
            }
            Ok(None) => {}
            Err(error) => return unknown("hosted-zone", &error),
        }
    }
    ok("hosted-zone", of)
}

/// The kind of a record that stands where the stack makes its aliases.
async fn taken_by(
    connection: &Connection,
    zone: &str,
    name: &str,
) -> Result<Option<String>, ApiError> {
    let written = name.replace('*', "%5C052");
    let path = format!("/2013-04-01/hostedzone/{zone}/rrset?maxitems=4&name={written}");
    let xml = query::global(connection, "route53", "ListResourceRecordSets", path).await?;
    let mut sets = elements(&xml, "ResourceRecordSet");
    let here = sets.find_map(|set| {
        let found = elements(set, "Name").next()?.trim_end_matches('.');
        let kind = elements(set, "Type").next()?;
        let same = found.replace("\\052", "*").eq_ignore_ascii_case(name);
        (same && matches!(kind, "A" | "AAAA" | "CNAME")).then(|| kind.to_owned())
    });
    Ok(here)
}
