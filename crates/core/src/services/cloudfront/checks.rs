//! Checks of the distribution, its origins, its cache policy and its plan.

use crate::services::check::{Checker, ResourceType, at, items};
use crate::yaml::Node;

pub(super) const TYPES: &[ResourceType] = &[
    ResourceType::new("AWS::CloudFront::Distribution").checked(distribution),
    ResourceType::new("AWS::CloudFront::CachePolicy").checked(cache_policy),
    ResourceType::new("AWS::CloudFront::VpcOrigin").checked(vpc_origin),
    ResourceType::new("AWS::PricingPlanManager::Subscription").checked(subscription),
    ResourceType::new("AWS::Logs::DeliverySource").checked(log_source),
    ResourceType::new("AWS::WAFv2::WebACL").checked(web_acl),
];

fn distribution(c: &mut Checker<'_>, id: &str, p: &Node) {
    home(
        c,
        id,
        "a distribution's logs, metrics and web ACL live in us-east-1",
    );
    let Some(config) = p.get("DistributionConfig") else {
        return;
    };
    if c.text(config, &["HttpVersion"]).as_deref() != Some("http2and3") {
        c.report(
            "distribution-http",
            id,
            "HttpVersion",
            "the default is HTTP/1.1",
            "write http2and3",
        );
    }
    let policy = c
        .text(config, &["DefaultCacheBehavior", "ViewerProtocolPolicy"])
        .unwrap_or_default();
    if policy != "redirect-to-https" && policy != "https-only" {
        c.report(
            "distribution-viewer-tls",
            id,
            "ViewerProtocolPolicy",
            "plain HTTP would be served",
            "write redirect-to-https",
        );
    }
    let custom = at(config, &["ViewerCertificate", "AcmCertificateArn"]).is_some();
    let tls = c
        .text(config, &["ViewerCertificate", "MinimumProtocolVersion"])
        .unwrap_or_default();
    if custom && !["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"].contains(&tls.as_str()) {
        c.report(
            "distribution-tls",
            id,
            "MinimumProtocolVersion",
            format!("`{tls}` allows old protocols"),
            "write TLSv1.2_2021 or later",
        );
    }
    for one in items(config.get("Origins")) {
        origin(c, id, one);
        viewers_host(c, id, config, one);
    }
}

/// Managed cache policies that keep the viewer's `Host` in their key, and so send it to the origin.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html, 2026-11-30.
const WITH_HOST: [&str; 2] = [
    "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
];

/// An origin of another name than the viewers', whose certificate does not carry theirs.
fn viewers_host(c: &mut Checker<'_>, id: &str, config: &Node, origin: &Node) {
    let behavior = config.get("DefaultCacheBehavior");
    let policy = behavior.and_then(|b| c.text(b, &["CachePolicyId"]));
    let sends = policy.is_some_and(|policy| WITH_HOST.contains(&policy.as_str()));
    let corrected = behavior.is_some_and(|b| b.get("FunctionAssociations").is_some());
    if sends && !corrected && origin.get("S3OriginConfig").is_none() {
        c.report(
            "origin-host",
            id,
            "CachePolicyId",
            "the policy sends the viewer's Host to the origin, whose certificate does not carry it",
            "keep the function that asks the origin by its own name, or take a policy without Host in its key",
        );
    }
}

fn origin(c: &mut Checker<'_>, id: &str, origin: &Node) {
    if let Some(custom) = origin.get("CustomOriginConfig") {
        origin_tls(c, id, custom);
        if c.number(custom, &["OriginKeepaliveTimeout"])
            .is_some_and(|s| s > 120)
        {
            c.report(
                "origin-keepalive",
                id,
                "OriginKeepaliveTimeout",
                "above 120 seconds",
                "write at most 120",
            );
        }
    }
    let s3 = origin.get("S3OriginConfig").is_some();
    if s3 && origin.get("OriginAccessControlId").is_none() {
        c.report(
            "origin-access",
            id,
            "OriginAccessControlId",
            "the bucket would have to be public",
            "add an origin access control",
        );
    }
}

fn origin_tls(c: &mut Checker<'_>, id: &str, config: &Node) {
    if c.text(config, &["OriginProtocolPolicy"]).as_deref() != Some("https-only") {
        c.report(
            "origin-tls",
            id,
            "OriginProtocolPolicy",
            "the origin would be read in the clear",
            "write https-only",
        );
    }
    let protocols = items(config.get("OriginSSLProtocols"));
    if protocols.is_empty() || protocols.iter().any(|p| p.text() != Some("TLSv1.2")) {
        c.report(
            "origin-protocols",
            id,
            "OriginSSLProtocols",
            "the default allows SSLv3 and TLS 1.0 to the origin",
            "write [TLSv1.2]",
        );
    }
}

fn cache_policy(c: &mut Checker<'_>, id: &str, p: &Node) {
    for ttl in ["MinTTL", "MaxTTL", "DefaultTTL"] {
        if at(p, &["CachePolicyConfig", ttl]).is_none() {
            c.report(
                "cache-policy-ttl",
                id,
                "CachePolicyConfig",
                format!("{ttl} is missing, the schema requires all three"),
                "write MinTTL, MaxTTL and DefaultTTL",
            );
        }
    }
}

fn vpc_origin(c: &mut Checker<'_>, id: &str, p: &Node) {
    if let Some(endpoint) = p.get("VpcOriginEndpointConfig") {
        origin_tls(c, id, endpoint);
    }
}

fn subscription(c: &mut Checker<'_>, id: &str, _: &Node) {
    if c.given.region != "us-east-1" {
        c.report(
            "plan-region",
            id,
            "Region",
            "a flat-rate plan and its web ACL live in us-east-1",
            "deploy the stack in us-east-1",
        );
    }
}

fn log_source(c: &mut Checker<'_>, id: &str, _: &Node) {
    home(c, id, "log delivery of CloudFront lives in us-east-1");
}

fn web_acl(c: &mut Checker<'_>, id: &str, p: &Node) {
    if c.text(p, &["Scope"]).as_deref() == Some("CLOUDFRONT") {
        home(c, id, "a web ACL of scope CLOUDFRONT lives in us-east-1");
    }
}

/// The stack must be in the home Region of CloudFront.
fn home(c: &mut Checker<'_>, id: &str, why: &str) {
    if c.given.region != "us-east-1" {
        c.report(
            "cloudfront-region",
            id,
            "Region",
            why,
            "deploy the stack in us-east-1 (--region us-east-1), wherever the origin is",
        );
    }
}
