//! A deployed stack: which resources are of it, and whether it was made of the profile that is compared. Reads CloudFormation
//! and nothing of a bill.

use anyhow::Result;

use super::Args;
use crate::aws::{self, Options};
use crate::deploy::aws::Aws;
use crate::deploy::input::metadata;
use crate::deploy::model::Cloud as _;
use crate::exit::{Exit, Failure};
use crate::stack::profile_hash;
use crate::text::short;
use crate::workload::Resolved;
use crate::world::World;

/// Connection of `--stack`.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Stack")]
pub struct StackAt {
    /// Profile of the AWS configuration files for `--stack` (default: AWS_PROFILE).
    #[arg(long, value_name = "NAME", requires = "stack")]
    pub stack_profile: Option<String>,
    /// Endpoint of CloudFormation for `--stack` (default: AWS's own, or AWS_ENDPOINT_URL).
    #[arg(long, value_name = "URL", requires = "stack")]
    pub endpoint_url: Option<String>,
}

/// What a stack says.
pub(super) struct Stack {
    /// Physical ids.
    pub(super) resources: Vec<String>,
    /// What is to be known of it.
    pub(super) notes: Vec<String>,
}

/// Reads the stack of `--stack`, in the Region of the profile.
pub(super) fn read(
    args: &Args,
    name: &str,
    resolved: &Resolved,
    world: &World<'_>,
) -> Result<Stack> {
    let options = Options {
        profile: args.stack_at.stack_profile.clone(),
        region: Some(resolved.profile.region.clone()),
        endpoint_url: args.stack_at.endpoint_url.clone(),
        ..Options::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let connection = aws::connect(&options, &world.env).await?;
        let cloud = Aws::new(&connection);
        let found = cloud.stack(name).await.map_err(|e| e.failure())?;
        let stack = found.ok_or_else(|| missing(name, &resolved.profile.region))?;
        let resources = cloud.resources(&stack.id).await.map_err(|e| e.failure())?;
        let template = cloud.template(&stack.id).await.map_err(|e| e.failure())?;
        let resources = resources.into_iter().filter_map(|r| r.physical_id);
        Ok(Stack {
            resources: resources.filter(|id| !id.is_empty()).collect(),
            notes: notes(&template, resolved),
        })
    })
}

/// Is it a stack of this profile?
fn notes(template: &str, resolved: &Resolved) -> Vec<String> {
    let fact = |key: &str| metadata(template, &["Cachewright", key]);
    let mut out = Vec::new();
    match fact("ProfileSha256") {
        None => out.push("the stack was not made by `cachewright generate`".to_owned()),
        Some(hash) if hash != profile_hash(&resolved.profile) => {
            out.push(
                "the stack was made of another profile than the one that is compared".to_owned(),
            );
        }
        Some(_) => {}
    }
    let region = fact("Region").filter(|r| *r != resolved.profile.region);
    out.extend(region.map(|r| format!("the stack was made for {}", short(&r))));
    out
}

fn missing(name: &str, region: &str) -> Failure {
    let text = format!("there is no stack `{}` in {region}", short(name));
    Failure::new(Exit::Usage, "bill-stack", text)
        .help("give its name in the Region of the profile, or `--resource` with the ids yourself")
}
