//! `measure --cloudwatch` asking AWS: which series exist, their values, a table's size, the resources of a stack.
//!
//! Joins `account::live` with the command line; of a build without the feature `cloudwatch`, `unasked.rs` stands here.

use anyhow::Result;
use serde_json::json;

use super::Args;
use super::wanted::{Wanted, cents, targets, within};
use crate::account::inventory::{self, Listing};
use crate::account::live::CloudWatch;
use crate::account::table;
use crate::aws::{self, ApiError, Connection, Options};
use crate::deploy::aws::Aws;
use crate::deploy::model::Cloud as _;
use crate::world::World;
use cachewright_measure::telemetry::{Answers, Kind, Window};
use cachewright_measure::telemetry::{calls, members, queries};

fn options(args: &Args, region: Option<String>) -> Options {
    let flags = &args.account;
    Options {
        profile: flags.aws_profile.clone(),
        region: region.or_else(|| args.region.clone()),
        endpoint_url: flags.endpoint_url.clone(),
        ..Options::default()
    }
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?)
}

/// The values of everything that is wanted. What else was learned is added to what is wanted.
pub(super) fn ask(
    args: &Args,
    wanted: &mut [Wanted<'_>],
    kinds: &[Kind],
    window: Window,
    world: &mut World<'_>,
) -> Result<(Answers, Vec<String>)> {
    runtime()?.block_on(all(args, wanted, kinds, window, world))
}

async fn all(
    args: &Args,
    wanted: &mut [Wanted<'_>],
    kinds: &[Kind],
    window: Window,
    world: &mut World<'_>,
) -> Result<(Answers, Vec<String>)> {
    let region = wanted.iter().find_map(|w| w.kind.region.clone());
    let region = region.or_else(|| wanted.iter().find_map(|w| w.known.region.clone()));
    // The Region of a kind goes before what was typed: its metrics are nowhere else.
    let connection = aws::connect(&options(args, region), &world.env).await?;
    let cloud = CloudWatch::new(&connection);
    let mut failed: Vec<ApiError> = Vec::new();
    for one in wanted.iter_mut() {
        if let Err(error) = learn(&cloud, one).await {
            failed.push(error);
        }
        if let Err(error) = described(&connection, one, kinds).await {
            failed.push(error);
        }
    }
    let questions = queries(&targets(wanted), window);
    within(&args.account, questions.len())?;
    writeln!(
        world.err,
        "asking CloudWatch in {} for {} metrics, about {} USD",
        connection.region,
        questions.len(),
        cents(questions.len())
    )?;
    let got = cloud.ask(&calls(questions)).await;
    if got.documents.is_empty() {
        if let Some(error) = got.failed.into_iter().next() {
            return Err(error.failure().into());
        }
        return Ok((Answers::default(), Vec::new()));
    }
    failed.extend(got.failed);
    let mut answers = Answers::default();
    for document in &got.documents {
        let _ = answers.read(document);
    }
    let notes = failed
        .iter()
        .map(|e| format!("{e}: what it tells is missing, not zero."));
    Ok((answers, notes.collect()))
}

/// Members and configured metrics, from what exists.
async fn learn(cloud: &CloudWatch, one: &mut Wanted<'_>) -> Result<(), ApiError> {
    let listed = cloud.list(one.kind, Some(&one.id)).await?;
    let (found, filter) = members(one.kind, &one.id, &listed);
    if one.known.members.is_empty() {
        one.known.nodes = one
            .known
            .nodes
            .or(u32::try_from(found.len()).ok().filter(|n| *n > 0));
        one.known.members = found;
    }
    one.filter = filter;
    if listed.is_empty() {
        let there = cloud.list(one.kind, None).await?;
        let own = |d: &Vec<(String, String)>| {
            let found = d.iter().find(|(name, _)| *name == one.kind.dimension);
            found.map(|(_, value)| value.clone())
        };
        let mut ids: Vec<String> = there.iter().filter_map(own).collect();
        ids.sort();
        ids.dedup();
        one.there = ids;
    }
    Ok(())
}

/// The size of a table, where the kind needs it and no inventory told it.
async fn described(
    connection: &Connection,
    one: &mut Wanted<'_>,
    kinds: &[Kind],
) -> Result<(), ApiError> {
    let Some(needed) = one.kind.permissions.first() else {
        return Ok(());
    };
    if one.known.stored_bytes.is_some() {
        return Ok(());
    }
    let document = table::describe(connection, &one.id, &needed.action).await?;
    let mut listing = Listing::default();
    if listing.read(&document, kinds, "DescribeTable").is_ok() {
        let found = listing.of(&one.kind.id).next();
        if let Some(found) = found {
            one.known.stored_bytes = found.known.stored_bytes;
            one.known.stored_items = found.known.stored_items;
            one.known.variant = one.known.variant.take().or(found.known.variant.clone());
        }
    }
    Ok(())
}

/// What a deployed stack has, with what its template says of it.
pub(super) fn stack_resources(
    args: &Args,
    stack: &str,
    kinds: &[Kind],
    listing: &mut Listing,
    world: &mut World<'_>,
) -> Result<()> {
    let env = world.env.clone();
    let (resources, template) = runtime()?.block_on(async {
        let connection = aws::connect(&options(args, None), &env).await?;
        let cloud = Aws::new(&connection);
        let resources = cloud.resources(stack).await.map_err(|e| e.failure())?;
        let template = cloud.template(stack).await.map_err(|e| e.failure())?;
        Ok::<_, crate::exit::Failure>((resources, template))
    })?;
    listing.read(&inventory::document(&template, stack)?, kinds, stack)?;
    let rows: Vec<_> = resources
        .iter()
        .map(|r| json!({ "ResourceType": r.resource_type, "LogicalResourceId": r.logical_id, "PhysicalResourceId": r.physical_id }))
        .collect();
    listing.read(&json!({ "StackResourceSummaries": rows }), kinds, stack)?;
    Ok(())
}
