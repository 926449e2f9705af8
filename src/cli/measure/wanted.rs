//! Which running resources are measured: the flags that name them, and what is known of each.

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use super::Args;
use crate::account::inventory::Listing;
use crate::account::kinds;
use crate::exit::{Exit, Failure};
use crate::text::one_of;
use crate::world::World;
use cachewright_measure::telemetry::{Kind, Known, Target};

/// Options of `measure --cloudwatch`.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Running account")]
pub struct Flags {
    /// Measure a running resource by its metrics: `elasticache-serverless`, `elasticache`, `memorydb`, `dynamodb`,
    /// `dax`, `cloudfront`, `s3`, `s3-express`, `file-cache` or `lustre` and its id.
    #[arg(long, value_name = "KIND:ID")]
    pub cloudwatch: Vec<String>,
    /// Days to look back.
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    pub days: u32,
    /// Read a table or bucket as the origin of a cache to come, or as the cache itself [default: by kind].
    #[arg(long = "as", value_enum, value_name = "ROLE")]
    pub role: Option<Role>,
    /// What exists: a template, `terraform show -json`, or what a `describe` command of the AWS CLI wrote; alone, `measure`
    /// lists the commands that measure each.
    #[arg(long, value_name = "FILE")]
    pub inventory: Vec<PathBuf>,
    /// Take what exists from a deployed stack.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Engine of the cache, where no inventory tells it.
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// Type of its nodes, as in `cache.r7g.large`.
    #[arg(long, value_name = "TYPE")]
    pub node_type: Option<String>,
    /// Number of its nodes.
    #[arg(long, value_name = "N")]
    pub nodes: Option<u32>,
    /// Read what the emitted commands wrote instead of asking AWS.
    #[arg(long, value_name = "FILE", requires = "cloudwatch")]
    pub metrics: Vec<PathBuf>,
    /// Metrics to ask for at most; each costs money.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub max_metrics: usize,
    /// Profile of the AWS configuration files (default: AWS_PROFILE).
    #[arg(long = "profile", value_name = "NAME")]
    pub aws_profile: Option<String>,
    /// Endpoint of all services.
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

impl Flags {
    /// Is any of it asked for?
    pub fn is_asked(&self) -> bool {
        !self.cloudwatch.is_empty() || !self.inventory.is_empty() || self.stack.is_some()
    }
}

/// How a table or bucket is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// It is the cache.
    Cache,
    /// It is what a cache is to stand in front of.
    Origin,
}

/// A resource that is measured, with what else is known of it.
pub(super) struct Wanted<'k> {
    pub(super) kind: &'k Kind,
    pub(super) id: String,
    pub(super) known: Known,
    /// Ids that there are instead, where it has no metric.
    pub(super) there: Vec<String>,
    /// Value of the dimension that configured metrics carry.
    pub(super) filter: Option<String>,
}

impl<'k> Wanted<'k> {
    pub(super) fn target(&self) -> Target<'k> {
        Target {
            kind: self.kind,
            id: self.id.clone(),
            members: self.known.members.clone(),
            filter: self.filter.clone(),
        }
    }
}

/// The resource that is measured, and what stands behind it.
pub(super) fn wanted<'k>(
    flags: &Flags,
    kinds: &'k [Kind],
    listing: &Listing,
) -> Result<Vec<Wanted<'k>>> {
    let mut out: Vec<Wanted<'k>> = Vec::new();
    for text in &flags.cloudwatch {
        let (word, id) = text.split_once(':').unwrap_or((text, ""));
        let kind = kinds::named(kinds, word)?;
        let found = of_inventory(kind, id, listing)?;
        let (id, mut known) = found;
        known.engine = flags.engine.clone().or(known.engine);
        known.node_type = flags.node_type.clone().or(known.node_type);
        known.nodes = flags.nodes.or(known.nodes);
        if let Some(engine) = known
            .engine
            .as_ref()
            .filter(|e| !kind.engines.is_empty() && !kind.engines.contains_key(*e))
        {
            let words: Vec<&str> = kind.engines.keys().map(String::as_str).collect();
            let text = format!("`{engine}` is not an engine of {}", kind.name);
            return Err(usage(
                "account-engine",
                text,
                format!("write --engine with {}", one_of(&words)),
            )
            .into());
        }
        out.push(Wanted {
            kind,
            id,
            known,
            filter: None,
            there: Vec::new(),
        });
    }
    let is_behind = |w: &[Wanted<'_>]| match w {
        [_] => true,
        [front, back] => front.kind.behind.as_deref() == Some(back.kind.id.as_str()),
        _ => false,
    };
    if !is_behind(&out) {
        let text = "one profile is of one cache, and several are named";
        let help =
            "measure one at a time; beside `dax:` its `dynamodb:` table may be named, after it";
        let help = kinds
            .iter()
            .find_map(|k| {
                Some(format!(
                    "measure one at a time; after `{}:` the `{}:` behind it may be named",
                    k.id,
                    k.behind.as_ref()?
                ))
            })
            .unwrap_or_else(|| help.to_owned());
        return Err(usage("account-one", text, help).into());
    }
    Ok(out)
}

/// The id that is meant, with what the inventory knows of it.
fn of_inventory(kind: &Kind, id: &str, listing: &Listing) -> Result<(String, Known)> {
    let of = || listing.of(&kind.id).filter(|f| f.id.is_some());
    if id.is_empty() {
        let ids: Vec<&str> = of().filter_map(|f| f.id.as_deref()).collect();
        return match ids.as_slice() {
            [] => Err(usage(
                "account-id",
                format!("`{}` needs an id", kind.id),
                format!(
                    "write `--cloudwatch {}:ID`, or add --inventory with what `{}` writes",
                    kind.id, kind.find
                ),
            )
            .into()),
            [only] => Ok((
                (*only).to_owned(),
                of().next().map(|f| f.known.clone()).unwrap_or_default(),
            )),
            several => {
                let text = format!("the inventory lists {} of {}", several.len(), kind.id);
                Err(usage(
                    "account-id",
                    text,
                    format!("name one of {}", one_of(several)),
                )
                .into())
            }
        };
    }
    if id.starts_with("arn:") {
        // An ARN has the number of the account, and the id is what profiles and reports are named after.
        return Err(usage(
            "account-id",
            "an ARN names the account as well: give the id alone",
            format!(
                "write what stands at its end, as in `--cloudwatch {}:NAME`",
                kind.id
            ),
        )
        .into());
    }
    if id.chars().any(|c| c.is_control() || c == '|') {
        return Err(usage(
            "account-id",
            "an id has no control characters and no `|`",
            format!("list them with `{}`", kind.find),
        )
        .into());
    }
    let known = of().find(|f| f.id.as_deref() == Some(id));
    Ok((
        id.to_owned(),
        known.map(|f| f.known.clone()).unwrap_or_default(),
    ))
}

pub(super) fn targets<'k>(wanted: &[Wanted<'k>]) -> Vec<Target<'k>> {
    wanted.iter().map(Wanted::target).collect()
}

/// The Region of the profile.
pub(super) fn region(args: &Args, wanted: &[Wanted<'_>], world: &World<'_>) -> Result<String> {
    let listed = wanted.iter().find_map(|w| w.known.region.clone());
    match (super::region(args, world), listed) {
        (Ok(region), _) | (Err(_), Some(region)) => Ok(region),
        (Err(_), None) => Err(usage(
            "measure-arguments",
            "a profile needs a region, and no metric tells it",
            "add `--region eu-west-1`",
        )
        .into()),
    }
}

/// As many metrics as may be asked for, and no more.
pub(super) fn within(flags: &Flags, count: usize) -> Result<()> {
    if count <= flags.max_metrics {
        return Ok(());
    }
    let text = format!(
        "{count} metrics would be asked for, more than {}",
        flags.max_metrics
    );
    Err(usage(
        "account-metrics",
        text,
        format!("allow it with `--max-metrics {count}`"),
    )
    .into())
}

/// What so many metrics cost, at $0.01 per 1,000.
pub(super) fn cents(count: usize) -> String {
    // A third party's reading of the price page; AWS's own was not read.
    let hundredths = count.div_ceil(1000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

pub(super) fn usage(
    code: &'static str,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Failure {
    Failure::new(Exit::Usage, code, message).help(help)
}
