//! Checks of the table.

use crate::services::check::{Checker, ResourceType, at};
use crate::services::found::Holds;
use crate::yaml::Node;

pub(super) const TYPES: &[ResourceType] = &[ResourceType::new("AWS::DynamoDB::Table")
    .named("TableName")
    .holding(Holds::Items)
    .checked(table)];

fn table(c: &mut Checker<'_>, id: &str, p: &Node) {
    if c.text(p, &["BillingMode"]).as_deref() != Some("PAY_PER_REQUEST") {
        c.report(
            "table-billing",
            id,
            "BillingMode",
            "a cache that scales to zero is billed on demand",
            "write PAY_PER_REQUEST and no ProvisionedThroughput",
        );
    }
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
    if at(p, &["OnDemandThroughput", "MaxWriteRequestUnits"]).is_none() {
        c.report(
            "table-cap",
            id,
            "OnDemandThroughput",
            "there is no cost cap",
            "set the two maximums",
        );
    }
}
