//! What a stack is going to meet in the account: subnets, gateway endpoints, the key and the certificate its parameters name.
//!
//! What else the parameters name is in `named.rs`, how much the account may have in `quotas.rs`. Reads only. What may not be asked is unknown, not failed; CloudFormation itself asks whether ids of AWS types exist.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Plan;
use super::model::Resource;
use super::named;
use super::preflight::{check, failed, lost, ok, unknown};
use super::quotas;
use super::record::{Check, CheckStatus};
use crate::aws::Connection;
use crate::aws::query::{self, elements};
use crate::yaml;

/// Everything about the places that the parameters name; `own` is what the stack has already.
pub async fn look(connection: &Connection, plan: &Plan, own: &[Resource]) -> Vec<Check> {
    let value = |name: &str| {
        let found = plan.parameters.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|v| !v.is_empty())
    };
    let mut checks = Vec::new();
    if let Some(list) = value("SubnetIds").or(value("SubnetId")) {
        checks.push(subnets(connection, list, value("VpcId")).await);
    }
    if let (Some(vpc), Some(service)) = (value("VpcId"), gateway(&plan.template_body)) {
        let tables = value("RouteTableIds").unwrap_or_default();
        checks.push(endpoint(connection, vpc, &service, tables, own).await);
    }
    if let Some(key) = value("KmsKeyArn") {
        checks.push(customer_key(connection, key).await);
    }
    if let Some(arn) = value("CertificateArn") {
        checks.push(certificate(connection, arn, value("DomainNames").unwrap_or_default()).await);
    }
    checks.extend(named::look(connection, &value, own).await);
    checks.extend(quotas::look(connection, &plan.template_body, own).await);
    checks
}

/// Subnets of one VPC, in different zones, with addresses left.
async fn subnets(connection: &Connection, list: &str, vpc: Option<&str>) -> Check {
    const HELP: &str =
        "name subnets of the callers' VPC, each in another zone, with addresses left";
    let ids: Vec<&str> = list.split(',').map(str::trim).collect();
    let names: Vec<String> = (1..=ids.len()).map(|n| format!("SubnetId.{n}")).collect();
    let asked: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(ids.iter().copied())
        .collect();
    let xml = match query::ec2(connection, "DescribeSubnets", &asked).await {
        Ok(xml) => xml,
        Err(error) => return lost("subnets", &error, HELP),
    };
    let vpcs: BTreeSet<&str> = elements(&xml, "vpcId").collect();
    let zones: Vec<&str> = elements(&xml, "availabilityZone").collect();
    let distinct: BTreeSet<&&str> = zones.iter().collect();
    let free = elements(&xml, "availableIpAddressCount").filter_map(|n| n.parse::<u32>().ok());
    let wrong = if vpcs.len() > 1 || vpc.is_some_and(|vpc| !vpcs.is_empty() && !vpcs.contains(vpc))
    {
        let vpcs: Vec<&str> = vpcs.into_iter().collect();
        format!(
            "{list} belong to {}, not to one VPC with the other parameters",
            vpcs.join(", ")
        )
    } else if distinct.len() < zones.len() {
        format!("two of {list} are in one zone: {}", zones.join(", "))
    } else if free.min().is_some_and(|least| least < 2) {
        format!("one of {list} has no addresses left")
    } else {
        return ok("subnets", format!("{} in {}", ids.len(), zones.join(", ")));
    };
    failed("subnets", wrong, HELP)
}

/// The service of the template's gateway endpoint, such as `dynamodb`.
fn gateway(template: &str) -> Option<String> {
    let tree: Value = yaml::value(template).ok()?;
    let resources = tree.get("Resources")?.as_object()?.clone();
    let is_gateway = |r: &&Value| {
        r.pointer("/Properties/VpcEndpointType")
            .and_then(Value::as_str)
            == Some("Gateway")
    };
    let endpoint = resources.values().find(is_gateway)?.clone();
    let name = endpoint.pointer("/Properties/ServiceName")?;
    let text = name
        .as_str()
        .map_or_else(|| name.to_string(), str::to_owned);
    let last = text.rsplit('.').next()?;
    Some(last.chars().filter(char::is_ascii_alphanumeric).collect())
}

/// A route table takes one gateway endpoint for a service.
async fn endpoint(
    connection: &Connection,
    vpc: &str,
    service: &str,
    tables: &str,
    own: &[Resource],
) -> Check {
    let service = format!("com.amazonaws.{}.{service}", connection.region);
    let filters = [
        ("Filter.1.Name", "vpc-id"),
        ("Filter.1.Value.1", vpc),
        ("Filter.2.Name", "service-name"),
        ("Filter.2.Value.1", service.as_str()),
    ];
    let xml = match query::ec2(connection, "DescribeVpcEndpoints", &filters).await {
        Ok(xml) => xml,
        Err(error) => return unknown("gateway-endpoint", &error),
    };
    let taken = |table: &&str| xml.contains(&format!(">{table}<"));
    let Some(table) = tables.split(',').map(str::trim).find(taken) else {
        return ok(
            "gateway-endpoint",
            format!("no route of {vpc} to {service} yet"),
        );
    };
    let found: Vec<&str> = elements(&xml, "vpcEndpointId").collect();
    let text = format!("{table} leads to {service}, by {}", found.join(", "));
    // An update meets the endpoint that the stack itself has made.
    let mine = |id: &&str| own.iter().any(|r| r.physical_id.as_deref() == Some(*id));
    if found.iter().any(mine) {
        return ok("gateway-endpoint", text);
    }
    failed(
        "gateway-endpoint",
        format!("{text}, already"),
        "generate again with `--set deployment.gateway_endpoint=existing`; the README says what its policy must allow",
    )
}

/// A customer key that can be used, in the stack's Region.
async fn customer_key(connection: &Connection, arn: &str) -> Check {
    const HELP: &str = "name an enabled symmetric key of the stack's Region";
    let region = arn.split(':').nth(3).unwrap_or_default();
    if region != connection.region {
        return failed(
            "customer-key",
            format!(
                "the key is in {region}, the stack goes to {}",
                connection.region
            ),
            HELP,
        );
    }
    let body = json!({ "KeyId": arn });
    let answer = query::json(connection, "kms", "TrentService", "DescribeKey", &body).await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return lost("customer-key", &error, HELP),
    };
    match answer
        .pointer("/KeyMetadata/KeyState")
        .and_then(Value::as_str)
    {
        Some("Enabled") => ok("customer-key", "enabled"),
        Some(state) => failed("customer-key", format!("the key is {state}"), HELP),
        None => check(
            "customer-key",
            CheckStatus::Unknown,
            "the service told no state",
            None,
        ),
    }
}

/// A certificate that is issued and carries the host names.
async fn certificate(connection: &Connection, arn: &str, names: &str) -> Check {
    const HELP: &str = "name an issued certificate of us-east-1 that carries every host name (ACM, DNS validation)";
    let body = json!({ "CertificateArn": arn });
    let answer = query::json(
        connection,
        "acm",
        "CertificateManager",
        "DescribeCertificate",
        &body,
    )
    .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return lost("certificate", &error, HELP),
    };
    let status = answer
        .pointer("/Certificate/Status")
        .and_then(Value::as_str);
    if status.is_some_and(|status| status != "ISSUED") {
        return failed(
            "certificate",
            format!("it is {}", status.unwrap_or_default()),
            HELP,
        );
    }
    let carried = answer.pointer("/Certificate/SubjectAlternativeNames");
    let carried: Vec<&str> = carried
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let bare = |name: &&str| !carried.is_empty() && !carried.iter().any(|c| covers(c, name));
    match names
        .split(',')
        .map(str::trim)
        .filter(|n| !n.is_empty())
        .find(bare)
    {
        Some(name) => failed(
            "certificate",
            format!("it carries {}, not {name}", carried.join(", ")),
            HELP,
        ),
        None => ok("certificate", "issued, carries the host names"),
    }
}

/// Does a name of a certificate, with its wildcard, carry a host name?
fn covers(carried: &str, name: &str) -> bool {
    let wild = || {
        let parent = carried.strip_prefix("*.")?;
        let (_, rest) = name.split_once('.')?;
        Some(rest.eq_ignore_ascii_case(parent))
    };
    carried.eq_ignore_ascii_case(name) || wild() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_carries_one_label() {
        assert!(covers("*.example.com", "www.example.com"));
        assert!(!covers("*.example.com", "a.b.example.com"));
        assert!(!covers("*.example.com", "example.com"));
        assert!(covers("Example.com", "example.com"));
    }

    #[test]
    fn the_gateway_of_a_template_is_found() {
        let template = "Resources:\n  E:\n    Type: AWS::EC2::VPCEndpoint\n    Properties:\n      VpcEndpointType: Gateway\n      ServiceName: !Sub \"com.amazonaws.${AWS::Region}.s3express\"\n";
        assert_eq!(gateway(template).as_deref(), Some("s3express"));
        assert_eq!(gateway("Resources: {}"), None);
    }
}
