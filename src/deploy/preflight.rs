//! Everything that can be known before a deployment begins, as a list of checks.
//!
//! The same checks serve `doctor` and `deploy`. What may not be asked is unknown, not failed.

use std::collections::BTreeSet;

use super::Plan;
use super::input::{MAX_TEMPLATE_BYTES, metadata};
use super::model::{Cloud, Life, Summary, life};
use super::record::{Check, CheckStatus};
use crate::aws::{ApiError, ErrorKind};
use crate::domain::catalog::Catalog;
use crate::services::check::{self as template_check, Given};
use crate::text::meant;

/// A passed check.
pub fn ok(name: &str, detail: impl Into<String>) -> Check {
    check(name, CheckStatus::Ok, detail, None)
}

/// A check with the given outcome.
pub fn check(
    name: &str,
    status: CheckStatus,
    detail: impl Into<String>,
    help: Option<String>,
) -> Check {
    Check {
        name: name.to_owned(),
        status,
        detail: detail.into(),
        help,
    }
}

/// A check that failed, with what to do.
pub fn failed(name: &str, detail: impl Into<String>, help: impl Into<String>) -> Check {
    check(name, CheckStatus::Failed, detail, Some(help.into()))
}

/// What was asked for is not there, or could not be asked.
pub fn lost(name: &str, error: &ApiError, help: &str) -> Check {
    let gone = error.kind == ErrorKind::Missing || error.code.contains("NotFound");
    if gone {
        return failed(name, error.message.clone(), help);
    }
    unknown(name, error)
}

/// A check that could not be made.
pub fn unknown(name: &str, error: &ApiError) -> Check {
    check(
        name,
        CheckStatus::Unknown,
        format!("could not be asked: {error}"),
        None,
    )
}

/// What the checks found, with what the engine needs from them.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The checks in order.
    pub checks: Vec<Check>,
    /// Capabilities the template needs.
    pub capabilities: Vec<String>,
    /// The first call that failed for want of credentials or permission to do anything at all.
    pub blocked: Option<ApiError>,
}

/// Everything that needs no account: names, size, parameters, and our own checks of the template.
pub fn local(plan: &Plan, region: &str, catalog: &Catalog) -> Vec<Check> {
    let mut checks = vec![
        name(&plan.stack_name),
        known_region(region, catalog),
        size(&plan.template_body),
    ];
    checks.extend(parameters(plan));
    checks.extend(own(plan, region, catalog));
    checks
}

/// What only CloudFormation can tell of a plan. Changes nothing.
pub async fn remote(cloud: &impl Cloud, plan: &Plan) -> Findings {
    let mut found = Findings::default();
    match cloud.summary(&plan.template_body).await {
        Ok(summary) => {
            found.checks.extend(types(cloud, &summary).await);
            found.capabilities = summary.capabilities;
        }
        Err(error) if matches!(error.kind, ErrorKind::Credentials | ErrorKind::Unreachable) => {
            found.blocked = Some(error);
            return found;
        }
        Err(error) if error.kind == ErrorKind::Invalid => found.checks.push(failed(
            "template",
            error.message,
            "correct the template; `cachewright generate` writes one that passes",
        )),
        Err(error) => found.checks.push(unknown("template", &error)),
    }
    found.checks.push(stack(cloud, &plan.stack_name).await);
    found.checks.push(quota(cloud).await);
    found
}

/// Our own checks of the final template, with the values it is deployed with. What `generate` wrote must
/// pass, also after an edit; about a template of others a finding is a remark.
fn own(plan: &Plan, region: &str, catalog: &Catalog) -> Vec<Check> {
    let given = Given {
        catalog,
        region,
        parameters: &plan.parameters,
    };
    let ours = metadata(&plan.template_body, &["Cachewright", "ToolVersion"]).is_some();
    let status = if ours {
        CheckStatus::Failed
    } else {
        CheckStatus::Warning
    };
    let found = template_check::check(&plan.template_body, &given);
    let place = place(&plan.template_body, region);
    if found.is_empty() {
        let mut all = vec![ok("own-checks", "nothing to object to")];
        all.extend(place);
        return all;
    }
    found
        .into_iter()
        .map(|f| {
            let text = format!(
                "{} of {}: {} ({})",
                f.property, f.resource, f.reason, f.code
            );
            check("own-checks", status, text, Some(f.fix))
        })
        .chain(place)
        .collect()
}

/// A remark where the stack was made for another Region: its cost is of there.
fn place(template: &str, region: &str) -> Option<Check> {
    let made_for = metadata(template, &["Cachewright", "Region"]).filter(|r| r != region)?;
    Some(check(
        "region",
        CheckStatus::Warning,
        format!(
            "the stack was generated for {made_for} and goes to {region}: its cost and its promised latency are those of {made_for}"
        ),
        Some(format!(
            "add `--region {made_for}`, or generate it again with `--set region={region}`"
        )),
    ))
}

fn name(name: &str) -> Check {
    let good = name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if good {
        return ok("stack-name", name);
    }
    failed(
        "stack-name",
        format!("`{name}` is no stack name"),
        "use up to 128 letters, digits and hyphens, beginning with a letter",
    )
}

/// A Region this program has never heard of may be a new one, or a slip.
fn known_region(region: &str, catalog: &Catalog) -> Check {
    let codes = || catalog.regions.iter().map(|r| r.code.as_str());
    if codes().any(|code| code == region) {
        return ok("region-known", region);
    }
    let digit = region.rsplit('-').next().unwrap_or_default();
    let form = region.split('-').count() >= 3
        && region.split('-').next().is_some_and(|land| land.len() == 2)
        && digit.bytes().all(|b| b.is_ascii_digit());
    let status = if form {
        CheckStatus::Warning
    } else {
        CheckStatus::Failed
    };
    check(
        "region-known",
        status,
        format!(
            "`{region}` is not a Region that is known here{}",
            meant(region, codes())
        ),
        Some("name one such as eu-west-1; `cachewright catalog list` shows them".to_owned()),
    )
}

fn size(template: &str) -> Check {
    if template.len() <= MAX_TEMPLATE_BYTES {
        return ok("template-size", format!("{} bytes", template.len()));
    }
    failed(
        "template-size",
        format!("{} bytes, {MAX_TEMPLATE_BYTES} are allowed", template.len()),
        "shorten the template, or deploy it from S3 with the AWS CLI",
    )
}

fn parameters(plan: &Plan) -> Vec<Check> {
    let given: BTreeSet<&str> = plan.parameters.iter().map(|(k, _)| k.as_str()).collect();
    let declared = super::input::declared_parameters(&plan.template_body);
    let known: BTreeSet<&str> = declared.iter().map(|(k, _)| k.as_str()).collect();
    let missing: Vec<&str> = declared
        .iter()
        .filter(|(k, has_default)| !has_default && !given.contains(k.as_str()))
        .map(|(k, _)| k.as_str())
        .collect();
    let extra: Vec<&str> = given.difference(&known).copied().collect();
    let mut checks = Vec::new();
    if !missing.is_empty() {
        checks.push(failed(
            "parameters",
            format!("no value for {}", missing.join(", ")),
            "add them to parameters.json, or with --parameter KEY=VALUE",
        ));
    }
    if !extra.is_empty() {
        checks.push(failed(
            "parameters",
            format!("the template has no parameter {}", extra.join(", ")),
            format!(
                "known parameters: {}",
                known.into_iter().collect::<Vec<_>>().join(", ")
            ),
        ));
    }
    if checks.is_empty() {
        checks.push(ok("parameters", format!("{} given", given.len())));
    }
    checks
}

/// Whether every resource type can be used in this region.
async fn types(cloud: &impl Cloud, summary: &Summary) -> Vec<Check> {
    let names: BTreeSet<&str> = summary
        .resource_types
        .iter()
        .map(String::as_str)
        .filter(|t| t.starts_with("AWS::") && *t != "AWS::CloudFormation::CustomResource")
        .collect();
    let mut missing = Vec::new();
    for name in &names {
        match cloud.type_registered(name).await {
            Ok(true) => {}
            Ok(false) => missing.push(*name),
            Err(error) => return vec![unknown("resource-types", &error)],
        }
    }
    if missing.is_empty() {
        return vec![ok(
            "resource-types",
            format!("{} types, all available here", names.len()),
        )];
    }
    vec![failed(
        "resource-types",
        format!("not available in this region: {}", missing.join(", ")),
        "choose another region (--region), or generate the stack for this region again",
    )]
}

async fn stack(cloud: &impl Cloud, name: &str) -> Check {
    let found = match cloud.stack(name).await {
        Ok(found) => found,
        Err(error) => return unknown("stack", &error),
    };
    let Some(stack) = found else {
        return ok("stack", "does not exist yet");
    };
    let text = format!("exists, {}", stack.status);
    match life(&stack.status) {
        Life::Stuck => failed(
            "stack",
            text,
            "the stack needs attention first; `cachewright status` tells more",
        ),
        Life::Dead | Life::Busy => check("stack", CheckStatus::Warning, text, None),
        _ => ok("stack", text),
    }
}

async fn quota(cloud: &impl Cloud) -> Check {
    let limit = match cloud.stack_limit().await {
        Ok(Some(limit)) => limit,
        Ok(None) => {
            return check(
                "stack-quota",
                CheckStatus::Unknown,
                "AWS names no limit",
                None,
            );
        }
        Err(error) => return unknown("stack-quota", &error),
    };
    let count = match cloud.stack_count().await {
        Ok(count) => count,
        Err(error) => return unknown("stack-quota", &error),
    };
    if count < limit {
        return ok("stack-quota", format!("{count} of {limit} stacks"));
    }
    failed(
        "stack-quota",
        format!("{count} of {limit} stacks are in use"),
        "delete a stack, or ask for a higher quota (Service Quotas, CloudFormation, Stack count)",
    )
}
