//! The distribution: origin access, cache policy from the TTL, logs, and the flat-rate plan when it wins.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use super::CloudFront;
use super::options::Options;
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
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let shape = Shape::of(case)?;
    Ok(Parts {
        template: "cloudfront",
        context: context(case, &shape)?,
        parameters: parameters(case, &shape),
        region: HOME.to_owned(),
        capabilities: if shape.own_bucket {
            &["CAPABILITY_IAM"]
        } else {
            &[]
        },
        samples: vec![
            Sample {
                language: "Shell",
                fence: "sh",
                text: const { cachewright_templates::text("samples/cloudfront.sh") },
            },
            Sample::python(const { cachewright_templates::text("samples/cloudfront.py") }),
        ],
        hints: hints(&shape)
            .into_iter()
            .chain(shape.options.hints(shape.plan))
            .collect(),
        creates: creates(case, &shape),
        variables: &[
            ("DOMAIN_NAME", "output `DomainName`"),
            ("DISTRIBUTION_ID", "output `DistributionId`"),
        ],
        installs: &[
            "The shell sample needs curl and the AWS CLI; Python 3.9 or later needs no package.",
        ],
        sections: if shape.existing_bucket {
            vec![bucket_statement(
                &case.setting("origin_bucket").unwrap_or_default(),
            )]
        } else {
            Vec::new()
        },
        stays: stays(&shape),
    })
}

/// What the stack of a workload consists of: every part of it asks here.
struct Shape<'a> {
    tier: &'a str,
    plan: bool,
    /// A plan that costs something.
    paid: bool,
    /// The usage is beyond the plan's allowance.
    exceeded: bool,
    s3_origin: bool,
    existing_bucket: bool,
    /// The stack makes the bucket of the site.
    own_bucket: bool,
    vpc_origin: bool,
    origin_secret: bool,
    single_page: bool,
    directory_index: bool,
    custom_domain: bool,
    dns_records: Vec<Value>,
    /// Managed policies only on the two small plans.
    custom_policies: bool,
    logging: bool,
    /// Seconds, where the workload says how old an answer may be.
    staleness: Option<u64>,
    extra_metrics: bool,
    options: Options,
}

impl<'a> Shape<'a> {
    fn of(case: &StackCase<'a>) -> Result<Self, Failure> {
        let p = case.profile;
        let tier = case.variant.id.as_deref().unwrap_or("pay-as-you-go");
        let plan = !case.variant.levels.is_empty();
        let small = matches!(tier, "free" | "pro");
        let s3_origin = p.origin.kind == OriginKind::S3;
        let existing_bucket = s3_origin && case.setting("origin_bucket").is_some();
        if !s3_origin {
            certifiable(case.setting("origin_domain").as_deref())?;
        }
        let vpc_origin = !s3_origin && case.setting("load_balancer_arn").is_some();
        if vpc_origin && small {
            return Err(refuse(
                format!("the {tier} plan has no way into a VPC"),
                "choose another variant with `--variant`, or leave `deployment.load_balancer_arn` out",
            ));
        }
        let options = Options::of(case, s3_origin, tier)?;
        let staleness = p.data.ttl.map(|ms| (ms / Decimal::from(1000)).to_u64());
        Ok(Self {
            tier,
            plan,
            paid: plan && tier != "free",
            exceeded: plan && usage(case).is_none(),
            s3_origin,
            existing_bucket,
            own_bucket: s3_origin && !existing_bucket,
            vpc_origin,
            origin_secret: !s3_origin && !vpc_origin && case.switch("origin_secret"),
            single_page: s3_origin && case.switch("single_page"),
            directory_index: s3_origin && case.switch("directory_index"),
            custom_domain: case.list("domain_names").is_some()
                && (case.setting("certificate_arn").is_some() || options.certified()),
            dns_records: dns_records(case),
            custom_policies: !small,
            logging: tier != "free",
            staleness: staleness.map(|s| s.unwrap_or(DAY).max(1)),
            extra_metrics: case.switch("extra_metrics"),
            options,
        })
    }

    /// The stack makes records in a hosted zone.
    fn dns(&self) -> bool {
        !self.dns_records.is_empty()
    }
}

/// In the order of the template.
fn parameters(case: &StackCase<'_>, shape: &Shape<'_>) -> Vec<Parameter> {
    let mut out = Vec::new();
    if shape.existing_bucket {
        out.push(case.filled("OriginBucketName"));
        out.push(Parameter::new("OriginRegion", &case.profile.region));
    }
    let named = shape.custom_domain;
    let filled = [
        (!shape.s3_origin, "OriginDomainName"),
        (shape.vpc_origin, "OriginArn"),
        (named, "DomainNames"),
        (named && !shape.options.certified(), "CertificateArn"),
        (shape.dns(), "HostedZoneId"),
    ];
    let held = filled.into_iter().filter(|(held, _)| *held);
    out.extend(held.map(|(_, name)| case.filled(name)));
    Options::parameters(case, &mut out);
    if case.alarms() {
        out.push(case.filled("AlarmEmail"));
    }
    out
}

/// Switches and numbers of the template.
fn context(case: &StackCase<'_>, shape: &Shape<'_>) -> Result<Value, Failure> {
    let cors = case.switch("cors");
    // What a web origin says decides: an answer without Cache-Control may be for one viewer alone.
    let default_ttl = if shape.s3_origin {
        shape.staleness.unwrap_or(DAY)
    } else {
        0
    };
    let comment = format!("cachewright: {}", case.profile.name);
    let own = json!({
        "s3_origin": shape.s3_origin,
        "existing_bucket": shape.existing_bucket,
        "vpc_origin": shape.vpc_origin,
        "custom_domain": shape.custom_domain,
        "custom_policies": shape.custom_policies,
        "web_acl": shape.plan,
        "plan": shape.plan,
        "plan_tier": shape.tier.to_uppercase(),
        "usage_level": usage_level(case),
        "logging": shape.logging,
        "paid_plan": shape.paid,
        "default_ttl_seconds": default_ttl,
        "max_ttl_seconds": shape.staleness.unwrap_or(31_536_000),
        "distribution_comment": comment.chars().take(120).collect::<String>(),
        "dns_records": shape.dns_records,
        "alarms": case.alarms(),
        "uploaders": shape.own_bucket,
        "spa": case.switch("single_page"),
        "cors": cors,
        "headers_policy": headers_policy(cors, shape.s3_origin),
        "price_class": price_class(case, shape.plan)?,
        "cached_paths": cached_paths(case, shape.s3_origin),
        "origin_secret": shape.origin_secret,
        "extra_metrics": shape.extra_metrics,
        "widgets": BOARD.widgets(if shape.extra_metrics { 5 } else { 3 }),
    });
    Ok(both(shape.options.context(), own))
}

/// The values of both.
fn both(mut one: Value, other: Value) -> Value {
    if let (Value::Object(one), Value::Object(other)) = (&mut one, other) {
        one.extend(other);
    }
    one
}

fn creates(case: &StackCase<'_>, shape: &Shape<'_>) -> Vec<&'static str> {
    let [certificate, function] = shape.options.creates();
    made([
        (
            shape.plan,
            "a distribution with origin access and security headers",
        ),
        (
            !shape.plan,
            "a distribution with origin access, a cache policy and security headers",
        ),
        (shape.own_bucket, "a private bucket for the site"),
        (
            shape.vpc_origin,
            "a VPC origin, the way to the private load balancer",
        ),
        (shape.plan, "a web ACL and the flat-rate plan"),
        certificate,
        function,
        (
            shape.dns(),
            "alias records of the host names in your hosted zone",
        ),
        (shape.logging, "a bucket with its access logs"),
        (
            shape.own_bucket,
            "a managed policy for whoever uploads the site",
        ),
        (shape.origin_secret, "a secret that the origin checks"),
        (
            shape.extra_metrics,
            "more metrics of the distribution, billed by the month",
        ),
        (case.alarms(), "alarms, and a topic that mails them"),
    ])
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

fn hints(shape: &Shape<'_>) -> Vec<String> {
    let mut out = vec!["Deploy in us-east-1, wherever the origin is: CloudFront is global and its logs, metrics and certificates live there.".to_owned()];
    out.push(freshness(shape));
    if shape.single_page {
        out.push("Upload `index.html`: it answers, with status 200, for every path that is no file, so that the page's own router can.".to_owned());
        if shape.plan {
            out.push("A request that the web ACL blocks is answered by the page too, with status 200: look at the web ACL's own metrics.".to_owned());
        }
    } else if shape.s3_origin {
        let directories = if shape.directory_index {
            ""
        } else {
            "; directories have no index of their own (link to `/blog/index.html`, or set `deployment.directory_index: true`)"
        };
        out.push(format!(
            "Upload `index.html`, and `404.html` for pages that do not exist{directories}."
        ));
    }
    if shape.origin_secret {
        out.push("Let the origin refuse what comes without the header `X-Origin-Secret`, or with another value than the secret of the output `OriginSecretArn`; after a new value update the stack, and let the origin take both meanwhile.".to_owned());
    }
    if shape.vpc_origin {
        out.push("The VPC of the load balancer needs an internet gateway attached (no route to it), and the load balancer's security group must admit CloudFront: the managed prefix list com.amazonaws.global.cloudfront.origin-facing, or the group CloudFront-VPCOrigins-Service-SG that CloudFront makes. Creation takes up to 15 minutes; zones use1-az3, usw1-az2, apne1-az3 and cac1-az3 are not supported.".to_owned());
    }
    if shape.plan && !shape.paid {
        out.push("The Free plan is active at once. A subscribed distribution cannot be deleted while the plan covers it.".to_owned());
    }
    if shape.paid {
        out.push("Approve the paid plan after the deployment, until then nothing is charged: `aws pricing-plan-manager get-subscription --region us-east-1 --arn ARN` (output `PlanArn`) shows its ETag, then `aws pricing-plan-manager approve-paid-subscription --region us-east-1 --arn ARN --if-match ETAG`.".to_owned());
    }
    if shape.plan {
        out.push("Two rules of the web ACL count and refuse nobody: the common rule set, and the rate of one address (`MaxRequestsPerAddress`). When their metrics show none of your own callers, let them act: the template says what to write.".to_owned());
    }
    if shape.exceeded {
        out.push("This workload is above the plan's allowance: nothing extra is billed, but AWS may answer slower or ask for a higher plan.".to_owned());
    }
    if shape.dns() {
        out.push("The stack makes the alias records (A and AAAA) of your host names in the hosted zone: a record of the same name and type that is there already must go first.".to_owned());
    } else if shape.custom_domain {
        out.push("Point your domain at the distribution: a DNS alias record (A and AAAA, Route 53) or a CNAME from your domain name to the output `DomainName`.".to_owned());
    } else {
        out.push("Without a domain and certificate of your own, viewers may still connect with TLS 1.0: the default certificate does not let you choose.".to_owned());
    }
    out
}

/// Who decides how long an answer is kept.
fn freshness(shape: &Shape<'_>) -> String {
    let most = shape.staleness.filter(|_| shape.custom_policies);
    let most = most.map_or(String::new(), |s| format!(", at most {s} seconds"));
    let without = if shape.s3_origin {
        "a file without it is kept for the default time"
    } else {
        "an answer without it is not kept"
    };
    let private = if shape.s3_origin {
        String::new()
    } else {
        " Answers for one viewer must say `Cache-Control: private` or `no-store`.".to_owned()
    };
    format!(
        "The origin's `Cache-Control` decides how long something is kept{most}; {without}.{private}"
    )
}

fn stays(shape: &Shape<'_>) -> Vec<&'static str> {
    let mut out = Vec::new();
    if shape.paid {
        out.push("Cancel the plan first: `aws pricing-plan-manager cancel-subscription --region us-east-1 --arn ARN --if-match ETAG`; it ends with the billing period, and until then the distribution cannot be deleted.");
    }
    match (shape.own_bucket, shape.logging) {
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
