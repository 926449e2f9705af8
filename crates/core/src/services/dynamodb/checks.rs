//! Checks of the table.

use crate::services::check::{Checker, ResourceType, at, items};
use crate::services::found::Holds;
use crate::yaml::Node;

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType::new("AWS::DynamoDB::Table")
        .named("TableName")
        .holding(Holds::Items)
        .checked(table),
    ResourceType::new("AWS::DynamoDB::GlobalTable")
        .named("TableName")
        .holding(Holds::Items)
        .checked(global_table),
];

/// Where the two bounds of the bill are, by billing mode: below the property of the table.
type Bounds = &'static [&'static [&'static str]];

fn table(c: &mut Checker<'_>, id: &str, p: &Node) {
    let scaled = ["ReadCapacityUnits", "WriteCapacityUnits"]
        .iter()
        .all(|unit| c.scales(&format!("dynamodb:table:{unit}")));
    let bounds: Bounds = match c.text(p, &["BillingMode"]).as_deref() {
        Some("PAY_PER_REQUEST") => &[
            &["OnDemandThroughput", "MaxReadRequestUnits"],
            &["OnDemandThroughput", "MaxWriteRequestUnits"],
        ],
        Some("PROVISIONED") if scaled => &[
            &["ProvisionedThroughput", "ReadCapacityUnits"],
            &["ProvisionedThroughput", "WriteCapacityUnits"],
        ],
        _ => {
            c.report(
                "table-billing",
                id,
                "BillingMode",
                "capacity that does not follow the load is billed while idle and throttles while busy",
                "write PAY_PER_REQUEST and no ProvisionedThroughput, or scalable targets for reads and writes",
            );
            // Nothing says where its bounds would be; the other checks hold all the same.
            &[]
        }
    };
    common(c, id, p, bounds);
}

/// A table in several Regions; with PROVISIONED its auto scaling is part of it.
fn global_table(c: &mut Checker<'_>, id: &str, p: &Node) {
    let bounds: Bounds = match c.text(p, &["BillingMode"]).as_deref() {
        Some("PAY_PER_REQUEST") => &[&["WriteOnDemandThroughputSettings", "MaxWriteRequestUnits"]],
        _ => &[&[
            "WriteProvisionedThroughputSettings",
            "WriteCapacityAutoScalingSettings",
            "MaxCapacity",
        ]],
    };
    common(c, id, p, bounds);
    let ours = c.given.region;
    let here = |r: &&Node| {
        let region = r.get("Region");
        let named = region.and_then(Node::text) == Some(ours);
        named || region.and_then(|r| r.get("!Ref")?.text()) == Some("AWS::Region")
    };
    if items(p.get("Replicas")).iter().filter(here).count() != 1 {
        c.report(
            "table-replicas",
            id,
            "Replicas",
            format!("{ours}, the Region of the stack, must be there once"),
            "generate the stack again for the Region it is deployed in",
        );
    }
}

fn common(c: &mut Checker<'_>, id: &str, p: &Node, bounds: Bounds) {
    if c.text(p, &["TimeToLiveSpecification", "Enabled"])
        .as_deref()
        != Some("true")
    {
        c.report(
            "table-ttl",
            id,
            "TimeToLiveSpecification",
            "a cache without expiry grows for ever",
            "enable it on a number attribute",
        );
    }
    let key = at(p, &["SSESpecification", "KMSMasterKeyId"]).is_some();
    if key && c.text(p, &["SSESpecification", "SSEType"]).as_deref() != Some("KMS") {
        c.report(
            "table-key",
            id,
            "SSESpecification",
            "a key without SSEType KMS is refused",
            "write SSEType: KMS",
        );
    }
    if p.get("WarmThroughput").is_some() {
        c.report(
            "table-warm",
            id,
            "WarmThroughput",
            "raised warm throughput is billed and cannot be lowered",
            "leave it out",
        );
    }
    if bounds.iter().any(|path| at(p, path).is_none()) {
        c.report(
            "table-cap",
            id,
            bounds[0][0],
            "there is no cost cap",
            "set the two maximums",
        );
    }
}
