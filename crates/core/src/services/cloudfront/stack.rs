//! The distribution: origin access, cache policy from the TTL, logs, and the flat-rate plan when it wins.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::CloudFront;
use super::usage::METERS;
use crate::domain::profile::OriginKind;
use crate::exit::Failure;
use crate::services::parts::{Board, Parameter, Parts, Sample, StackCase, made, refuse};
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
    if !s3_origin {
        certifiable(domain.as_deref())?;
    }
    let vpc_origin = !s3_origin && case.setting("load_balancer_arn").is_some();
    if vpc_origin && matches!(tier, "free" | "pro") {
        return Err(refuse(
            format!("the {tier} plan has no way into a VPC"),
            "choose another variant with `--variant`, or leave `deployment.load_balancer_arn` out",
        ));
    }
    let custom_domain =
        case.setting("certificate_arn").is_some() && case.list("domain_names").is_some();
    // Managed policies only on the two small plans.
    let custom_policies = !matches!(tier, "free" | "pro");
    let logging = tier != "free";
    let staleness = p.data.ttl.map(|ms| (ms / Decimal::from(1000)).to_u64());
    let staleness = staleness.map(|s| s.unwrap_or(DAY).max(1));
    // What a web origin says decides: an answer without Cache-Control may be for one viewer alone.
    let default_ttl = if s3_origin {
        staleness.unwrap_or(DAY)
    } else {
        0
    };
    let uploaders = s3_origin && !existing_bucket;
    let cors = case.switch("cors");
    let origin_secret = !s3_origin && !vpc_origin && case.switch("origin_secret");
    let extra_metrics = case.switch("extra_metrics");
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
            value: case.setting("load_balancer_arn"),
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
    let dns_records = dns_records(case);
    let dns = !dns_records.is_empty();
    if dns {
        parameters.push(Parameter {
            name: "HostedZoneId",
            value: case.setting("hosted_zone_id"),
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
            "paid_plan": plan && tier != "free",
            "default_ttl_seconds": default_ttl,
            "max_ttl_seconds": staleness.unwrap_or(31_536_000),
            "distribution_comment": format!("cachewright: {}", p.name).chars().take(120).collect::<String>(),
            "dns_records": dns_records,
            "alarms": case.alarms(),
            "uploaders": uploaders,
            "spa": case.switch("single_page"),
            "cors": cors,
            "headers_policy": headers_policy(cors, s3_origin),
            "price_class": price_class(case, plan)?,
            "cached_paths": cached_paths(case, s3_origin),
            "origin_secret": origin_secret,
            "extra_metrics": extra_metrics,
            "widgets": BOARD.widgets(if extra_metrics { 5 } else { 3 }),
        }),
        parameters,
        region: HOME.to_owned(),
        capabilities: if uploaders { &["CAPABILITY_IAM"] } else { &[] },
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
        hints: hints(&Told {
            single_page: s3_origin && case.switch("single_page"),
            origin_secret,
            plan,
            paid: plan && tier != "free",
            exceeded: plan && usage(case).is_none(),
            s3_origin,
            vpc_origin,
            custom_domain,
            dns,
            custom_policies,
            staleness,
        }),
        creates: made([
            (
                plan,
                "a distribution with origin access and security headers",
            ),
            (
                !plan,
                "a distribution with origin access, a cache policy and security headers",
            ),
            (
                s3_origin && !existing_bucket,
                "a private bucket for the site",
            ),
            (
                vpc_origin,
                "a VPC origin, the way to the private load balancer",
            ),
            (plan, "a web ACL and the flat-rate plan"),
            (dns, "alias records of the host names in your hosted zone"),
            (logging, "a bucket with its access logs"),
            (uploaders, "a managed policy for whoever uploads the site"),
            (origin_secret, "a secret that the origin checks"),
            (
                extra_metrics,
                "more metrics of the distribution, billed by the month",
            ),
            (case.alarms(), "alarms, and a topic that mails them"),
        ]),
        variables: &[
            ("DOMAIN_NAME", "output `DomainName`"),
            ("DISTRIBUTION_ID", "output `DistributionId`"),
        ],
        installs: &[
            "The shell sample needs curl and the AWS CLI; Python 3.9 or later needs no package.",
        ],
        sections: if existing_bucket {
            vec![bucket_statement(
                &case.setting("origin_bucket").unwrap_or_default(),
            )]
        } else {
            Vec::new()
        },
        stays: stays(
            plan && tier != "free",
            logging,
            s3_origin && !existing_bucket,
        ),
    })
}

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The dashboard; the last two charts need the extra metrics.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html, 2026-11-30.
const BOARD: Board = Board {
    namespace: "AWS/CloudFront",
    dimensions: &["DistributionId", "${Distribution}", "Region", "Global"],
    charts: &[
        ("Requests", "Sum", &["Requests"]),
        (
            "Errors, percent",
            "Average",
            &["4xxErrorRate", "5xxErrorRate"],
        ),
        ("Bytes to viewers", "Sum", &["BytesDownloaded"]),
        ("Hits, percent", "Average", &["CacheHitRate"]),
        (
            "Latency of the origin, milliseconds",
            "p90",
            &["OriginLatency"],
        ),
    ],
};

/// Managed response headers policies: each has the security headers; a bucket answers no preflight.
/// Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-response-headers-policies.html, 2026-11-30.
fn headers_policy(cors: bool, s3_origin: bool) -> &'static str {
    match (cors, s3_origin) {
        (false, _) => "67f7725c-6f97-4210-82d7-5512b31e9d03",
        (true, true) => "e61eb60c-9c35-4d20-a928-2b84e02af89c",
        (true, false) => "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    }
}

/// Where edge locations serve; a plan has one price for all of them.
fn price_class(case: &StackCase<'_>, plan: bool) -> Result<&'static str, Failure> {
    let class = match case.setting("price_class").as_deref() {
        Some("PriceClass_100") => "100",
        Some("PriceClass_200") => "200",
        _ => "All",
    };
    if plan && class != "All" {
        return Err(refuse(
            "a flat-rate plan has one price for every edge location: `deployment.price_class` would only make it slower",
            "leave it out, or choose `--variant pay-as-you-go`",
        ));
    }
    Ok(class)
}

/// Path patterns below which every viewer gets the same; a bucket's files are all like that.
fn cached_paths(case: &StackCase<'_>, s3_origin: bool) -> Vec<String> {
    let paths = case.profile.deployment.lists.get("cached_paths");
    paths.filter(|_| !s3_origin).cloned().unwrap_or_default()
}

/// A load balancer's own name is one that no certificate carries.
fn certifiable(domain: Option<&str>) -> Result<(), Failure> {
    if domain.is_some_and(|d| d.to_ascii_lowercase().ends_with(".elb.amazonaws.com")) {
        return Err(refuse(
            "`deployment.origin_domain` is a load balancer's own name: no certificate can carry it, and CloudFront would answer 502 to everything",
            "name a host that the load balancer's certificate carries; a private load balancer also needs `deployment.load_balancer_arn`",
        ));
    }
    Ok(())
}

/// The usage level of a Premium plan that covers the workload; none below the second.
fn usage_level(case: &StackCase<'_>) -> Option<String> {
    let usage = usage(case)?;
    let meter = METERS.get(usage.lines.first()?.meter)?.meter;
    let level: u32 = meter.strip_prefix("plan-month-l")?.parse().ok()?;
    (level > 1).then(|| format!("CF_PREMIUM_L{level}"))
}

/// Alias records of the host names, when their zone is known: IPv4 and IPv6.
fn dns_records(case: &StackCase<'_>) -> Vec<Value> {
    let names = case.profile.deployment.lists.get("domain_names");
    let zone = case.setting("hosted_zone_id").and(names);
    let records = zone
        .into_iter()
        .flatten()
        .enumerate()
        .flat_map(|(index, _)| {
            ["A", "AAAA"].map(|kind| {
            json!({ "id": format!("Alias{kind}{}", index + 1), "index": index, "kind": kind })
        })
        });
    records.collect()
}

/// The usage of a month; `None` when the plan's allowance does not cover it.
fn usage(case: &StackCase<'_>) -> Option<Usage> {
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
    Some(usage)
}

/// What the hints depend on.
struct Told {
    single_page: bool,
    origin_secret: bool,
    plan: bool,
    paid: bool,
    exceeded: bool,
    s3_origin: bool,
    vpc_origin: bool,
    custom_domain: bool,
    dns: bool,
    custom_policies: bool,
    staleness: Option<u64>,
}

fn hints(told: &Told) -> Vec<String> {
    let mut out = vec!["Deploy in us-east-1, wherever the origin is: CloudFront is global and its logs, metrics and certificates live there.".to_owned()];
    out.push(freshness(told));
    if told.single_page {
        out.push("Upload `index.html`: it answers, with status 200, for every path that is no file, so that the page's own router can.".to_owned());
    } else if told.s3_origin {
        out.push("Upload `index.html`, and `404.html` for pages that do not exist; directories have no index of their own (link to `/blog/index.html`).".to_owned());
    }
    if told.origin_secret {
        out.push("Let the origin refuse what comes without the header `X-Origin-Secret`, or with another value than the secret of the output `OriginSecretArn`; after a new value update the stack, and let the origin take both meanwhile.".to_owned());
    }
    if told.vpc_origin {
        out.push("The VPC of the load balancer needs an internet gateway attached (no route to it), and the load balancer's security group must admit CloudFront: the managed prefix list com.amazonaws.global.cloudfront.origin-facing, or the group CloudFront-VPCOrigins-Service-SG that CloudFront makes. Creation takes up to 15 minutes; zones use1-az3, usw1-az2, apne1-az3 and cac1-az3 are not supported.".to_owned());
    }
    if told.plan && !told.paid {
        out.push("The Free plan is active at once. A subscribed distribution cannot be deleted while the plan covers it.".to_owned());
    }
    if told.paid {
        out.push("Approve the paid plan after the deployment, until then nothing is charged: `aws pricing-plan-manager get-subscription --region us-east-1 --arn ARN` (output `PlanArn`) shows its ETag, then `aws pricing-plan-manager approve-paid-subscription --region us-east-1 --arn ARN --if-match ETAG`.".to_owned());
    }
    if told.plan {
        out.push("Two rules of the web ACL count and refuse nobody: the common rule set, and the rate of one address (`MaxRequestsPerAddress`). When their metrics show none of your own callers, let them act: the template says what to write.".to_owned());
    }
    if told.exceeded {
        out.push("This workload is above the plan's allowance: nothing extra is billed, but AWS may answer slower or ask for a higher plan.".to_owned());
    }
    if told.dns {
        out.push("The stack makes the alias records (A and AAAA) of your host names in the hosted zone: a record of the same name and type that is there already must go first.".to_owned());
    } else if told.custom_domain {
        out.push("Point your domain at the distribution: a DNS alias record (A and AAAA, Route 53) or a CNAME from your domain name to the output `DomainName`.".to_owned());
    } else {
        out.push("Without a domain and certificate of your own, viewers may still connect with TLS 1.0: the default certificate does not let you choose.".to_owned());
    }
    out
}

/// Who decides how long an answer is kept.
fn freshness(told: &Told) -> String {
    let most = told.staleness.filter(|_| told.custom_policies);
    let most = most.map_or(String::new(), |s| format!(", at most {s} seconds"));
    let without = if told.s3_origin {
        "a file without it is kept for the default time"
    } else {
        "an answer without it is not kept"
    };
    let private = if told.s3_origin {
        String::new()
    } else {
        " Answers for one viewer must say `Cache-Control: private` or `no-store`.".to_owned()
    };
    format!(
        "The origin's `Cache-Control` decides how long something is kept{most}; {without}.{private}"
    )
}

fn stays(paid: bool, logging: bool, bucket: bool) -> Vec<&'static str> {
    let mut out = Vec::new();
    if paid {
        out.push("Cancel the plan first: `aws pricing-plan-manager cancel-subscription --region us-east-1 --arn ARN --if-match ETAG`; it ends with the billing period, and until then the distribution cannot be deleted.");
    }
    match (bucket, logging) {
        (true, true) => out.push("The bucket of the site and the bucket of the logs stay behind with what is in them; empty and delete them yourself."),
        (true, false) => out.push("The bucket of the site stays behind with what is in it; empty and delete it yourself."),
        (false, true) => out.push("The bucket of the logs stays behind until its logs have expired; delete it yourself."),
        (false, false) => {}
    }
    out
}

/// What lets the distribution read a bucket that exists already.
fn bucket_statement(bucket: &str) -> String {
    let statement = json!({
        "Sid": "ReadByThisDistribution",
        "Effect": "Allow",
        "Principal": { "Service": "cloudfront.amazonaws.com" },
        "Action": "s3:GetObject",
        "Resource": format!("arn:aws:s3:::{bucket}/*"),
        "Condition": { "StringEquals": { "AWS:SourceArn": "arn:aws:cloudfront::ACCOUNT:distribution/DISTRIBUTION_ID" } },
    });
    format!(
        "Add this statement to the policy of your bucket, with your account and the output `DistributionId`:\n\n```json\n{statement:#}\n```\n\nA bucket encrypted with SSE-KMS also needs `kms:Decrypt` for `cloudfront.amazonaws.com` in the key policy, with the same condition."
    )
}
