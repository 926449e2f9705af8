//! `measure --cloudwatch` of a build that does not ask AWS: says how to go on without it.

use anyhow::Result;

use super::Args;
use super::wanted::Wanted;
use crate::account::inventory::Listing;
use crate::exit::{Exit, Failure};
use crate::world::World;
use cachewright_measure::telemetry::{Answers, Kind, Window};

fn missing() -> anyhow::Error {
    let text = "this build does not ask AWS: it was made without the feature `cloudwatch`";
    Failure::new(Exit::Usage, "measure-arguments", text)
        .help("run what `--emit-query` prints and hand the files over with --metrics; instead of --stack, --inventory")
        .into()
}

pub(super) fn ask(
    _: &Args,
    _: &mut [Wanted<'_>],
    _: &[Kind],
    _: Window,
    _: &mut World<'_>,
) -> Result<(Answers, Vec<String>)> {
    Err(missing())
}

pub(super) fn stack_resources(
    _: &Args,
    _: &str,
    _: &[Kind],
    _: &mut Listing,
    _: &mut World<'_>,
) -> Result<()> {
    Err(missing())
}
