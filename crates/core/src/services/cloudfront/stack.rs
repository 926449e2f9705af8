//! The distribution: origin access, cache policy from the TTL, logs, and the flat-rate plan when it wins.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;

use super::CloudFront;
use super::usage::METERS;
use crate::domain::profile::OriginKind;
use crate::exit::Failure;
use crate::services::parts::{Parameter, Parts, Sample, StackCase};
use crate::services::{Context, Load, ServiceModel, Usage};

/// Where certificates, web ACLs, logs and metrics of CloudFront live.
const HOME: &str = "us-east-1";

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "cloudfront",
    const { cachewright_templates::text("stack/cloudfront.yaml.tera") },
)];

/// The parts of the stack for a workload.
#[expect(
    clippy::too_many_lines,
    reason = "the parts of a stack in the order of its template"
)]
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let tier = case.variant.id.as_deref().unwrap_or("pay-as-you-go");
    let plan = !case.variant.levels.is_empty();
    let s3_origin = p.origin.kind == OriginKind::S3;
    let existing_bucket = s3_origin && case.setting("origin_bucket").is_some();
    let domain = case.setting("origin_domain");
    let internal = domain
        .as_deref()
        .is_some_and(|d| d.starts_with("internal-"));
    let vpc_origin =
        p.origin.kind == OriginKind::LoadBalancer && internal && tier != "free" && tier != "pro";
    let custom_domain =
        case.setting("certificate_arn").is_some() && case.list("domain_names").is_some();
    // Managed policies only on the two small plans.
    let custom_policies = !matches!(tier, "free" | "pro");
    let logging = tier != "free";
    let ttl = p.data.ttl.map_or(86_400, |ms| {
        (ms / Decimal::from(1000)).to_u64().unwrap_or(86_400)
    });
    let mut parameters = Vec::new();
    if existing_bucket {
        parameters.push(Parameter {
            name: "OriginBucketName",
            value: case.setting("origin_bucket"),
        });
        parameters.push(Parameter {
            name: "OriginRegion",
            value: Some(p.region.clone()),
        });
    }
    if !s3_origin {
        parameters.push(Parameter {
            name: "OriginDomainName",
            value: domain,
        });
    }
    if vpc_origin {
        parameters.push(Parameter {
            name: "OriginArn",
            value: None,
        });
    }
    if custom_domain {
        parameters.push(Parameter {
            name: "DomainNames",
            value: case.list("domain_names"),
        });
        parameters.push(Parameter {
            name: "CertificateArn",
            value: case.setting("certificate_arn"),
        });
    }
    if case.alarms() {
        parameters.push(Parameter {
            name: "AlarmEmail",
            value: case.setting("alarm_email"),
        });
    }
    Ok(Parts {
        template: "cloudfront",
        context: json!({
            "s3_origin": s3_origin,
            "existing_bucket": existing_bucket,
            "vpc_origin": vpc_origin,
            "custom_domain": custom_domain,
            "custom_policies": custom_policies,
            "web_acl": plan,
            "plan": plan,
            "plan_tier": tier.to_uppercase(),
            "usage_level": usage_level(case),
            "logging": logging,
            "ttl_seconds": ttl,
            "max_ttl_seconds": ttl.max(31_536_000),
            "distribution_comment": format!("cachewright: {}", p.name).chars().take(120).collect::<String>(),
            "alarms": case.alarms(),
        }),
        parameters,
        region: HOME.to_owned(),
        capabilities: &[],
        samples: vec![
            Sample {
                language: "Shell",
                fence: "sh",
                text: const { cachewright_templates::text("samples/cloudfront.sh") },
            },
            Sample {
                language: "Python",
                fence: "python",
                text: const { cachewright_templates::text("samples/cloudfront.py") },
            },
        ],
        hints: hints(plan, existing_bucket, custom_domain),
        creates: if plan {
            vec![
                "a distribution with origin access and security headers",
                "a web ACL and the flat-rate plan",
            ]
        } else {
            vec![
                "a distribution with origin access, cache and header policies",
                "a bucket with its access logs",
            ]
        },
    })
}
/// The usage level of a Premium plan that covers the workload; none below the second.
fn usage_level(case: &StackCase<'_>) -> Option<String> {
    let p = case.profile;
    let load = Load::new(p, p.data.working_set);
    let cx = Context {
        profile: p,
        load: &load,
        variant: case.variant,
        weights: &case.catalog.weights,
    };
    let mut usage = Usage::default();
    CloudFront.usage(&cx, &mut usage).ok()?;
    let meter = METERS.get(usage.lines.first()?.meter)?.meter;
    let level: u32 = meter.strip_prefix("plan-month-l")?.parse().ok()?;
    (level > 1).then(|| format!("CF_PREMIUM_L{level}"))
}

fn hints(plan: bool, existing_bucket: bool, custom_domain: bool) -> Vec<String> {
    let mut out = vec!["Deploy in us-east-1, wherever the origin is: CloudFront is global and its logs, metrics and certificates live there.".to_owned()];
    if plan {
        out.push("Approve a paid plan after the deployment: `aws pricing-plan-manager approve-paid-subscription`; until then nothing is charged. A subscribed distribution cannot be deleted before the billing period ends.".to_owned());
    }
    if existing_bucket {
        out.push("Let the distribution read your bucket: allow `cloudfront.amazonaws.com` the action `s3:GetObject` with the condition `AWS:SourceArn` = the distribution's ARN.".to_owned());
    }
    if !custom_domain {
        out.push("Without a domain and certificate of your own, viewers may still connect with TLS 1.0: the default certificate does not let you choose.".to_owned());
    }
    out
}
