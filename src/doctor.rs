//! The checks of `doctor`: region, credentials, clock, permissions, and a template when one is given.
//!
//! Uses the same pre-flight checks as a deployment; changes nothing in the account.

use std::collections::BTreeMap;
use std::path::Path;

use crate::aws::{self, Options};
use crate::aws::{ApiError, ErrorKind};
use crate::deploy::aws::Aws;
use crate::deploy::model::Cloud;
use crate::deploy::preflight::{check, ok};
use crate::deploy::record::{Check, CheckStatus};
use crate::deploy::{Plan, input, places, preflight};
use crate::domain::catalog::Catalog;
use crate::exit::Failure;

/// Runs every check that makes sense after the ones before it.
pub async fn examine(
    options: &Options,
    env: &BTreeMap<String, String>,
    dir: Option<&Path>,
    stack_name: &str,
    catalog: &Catalog,
) -> Vec<Check> {
    let connection = match aws::connect(options, env).await {
        Ok(connection) => connection,
        Err(failure) => return vec![broken("region", failure)],
    };
    let found = format!("{} (from {})", connection.region, connection.region_from);
    let mut checks = vec![ok("region", found)];
    if let Some(url) = &connection.endpoint {
        checks.push(check(
            "endpoint",
            CheckStatus::Warning,
            format!("{url}, not AWS's own"),
            None,
        ));
    }
    // What needs no account comes first, and is told even when nobody is signed in.
    let plan = dir.map(|dir| plan(dir, stack_name));
    match &plan {
        None => {}
        Some(Ok(plan)) => checks.extend(preflight::local(plan, &connection.region, catalog)),
        Some(Err(failure)) => checks.push(broken("template", failure.clone())),
    }
    match aws::identity(&connection).await {
        Ok(identity) => {
            checks.push(ok(
                "credentials",
                format!("account {}, {}", identity.account, identity.arn),
            ));
        }
        Err(error) => {
            checks.push(credentials(&error));
            return checks;
        }
    }
    let cloud = Aws::new(&connection);
    match cloud.stack(stack_name).await {
        Ok(_) => checks.push(ok("cloudformation", "DescribeStacks is allowed")),
        Err(error) => checks.push(refused("cloudformation", &error)),
    }
    if let Some(Ok(plan)) = &plan {
        checks.extend(template(&cloud, plan).await);
        let own = cloud.resources(stack_name).await.unwrap_or_default();
        checks.extend(places::look(&connection, plan, &own).await);
    }
    checks
}

/// Whether the metrics of an account can be read; what costs money is not tried.
pub async fn examine_metrics(options: &Options, env: &BTreeMap<String, String>) -> Vec<Check> {
    let connection = match aws::connect(options, env).await {
        Ok(connection) => connection,
        Err(failure) => return vec![broken("region", failure)],
    };
    let found = format!("{} (from {})", connection.region, connection.region_from);
    let mut checks = vec![ok("region", found)];
    match aws::identity(&connection).await {
        Ok(identity) => {
            let who = format!("account {}, {}", identity.account, identity.arn);
            checks.push(ok("credentials", who));
        }
        Err(error) => {
            checks.push(credentials(&error));
            return checks;
        }
    }
    checks.extend(metrics(&connection).await);
    checks
}

#[cfg(feature = "cloudwatch")]
async fn metrics(connection: &aws::Connection) -> Option<Check> {
    let kinds = crate::account::kinds::load().ok()?;
    let cloud = crate::account::live::CloudWatch::new(connection);
    Some(match cloud.list(kinds.first()?, None).await {
        Ok(_) => ok("cloudwatch", "ListMetrics is allowed"),
        Err(error) => refused("cloudwatch", &error),
    })
}

#[cfg(not(feature = "cloudwatch"))]
async fn metrics(_: &aws::Connection) -> Option<Check> {
    let text = "this build asks no metrics: it was made without the feature `cloudwatch`";
    Some(check("cloudwatch", CheckStatus::Warning, text, None))
}

/// A check that cannot go on.
fn broken(name: &str, failure: Failure) -> Check {
    check(name, CheckStatus::Failed, failure.message, failure.help)
}

fn plan(dir: &Path, stack_name: &str) -> Result<Plan, Failure> {
    let (template_body, parameters) = input::read(dir)?;
    Ok(Plan {
        stack_name: stack_name.to_owned(),
        template_body,
        parameters,
        ..Plan::default()
    })
}

async fn template(cloud: &Aws, plan: &Plan) -> Vec<Check> {
    let found = preflight::remote(cloud, plan).await;
    let mut checks = found.checks;
    if let Some(error) = found.blocked {
        checks.push(refused("template", &error));
    }
    checks
}

/// What is wrong with the credentials, as precisely as the code allows.
fn credentials(error: &ApiError) -> Check {
    let help = match error.code.as_str() {
        "SignatureDoesNotMatch" | "RequestExpired" => {
            "the secret key is wrong, or this machine's clock is: compare `date -u` with the true time (five minutes are tolerated)"
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the session has ended: renew it (`aws sso login`, or fetch new temporary credentials)"
        }
        _ => return refused("credentials", error),
    };
    check(
        "credentials",
        CheckStatus::Failed,
        error.to_string(),
        Some(help.to_owned()),
    )
}

fn refused(name: &str, error: &ApiError) -> Check {
    let help = match error.kind {
        ErrorKind::Unreachable => {
            "check the network, proxies and --endpoint-url; behind an inspecting proxy set AWS_CA_BUNDLE".to_owned()
        }
        _ => error.failure().help.unwrap_or_default(),
    };
    check(name, CheckStatus::Failed, error.to_string(), Some(help))
}
