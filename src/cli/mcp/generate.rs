//! `generate`: the files of `cachewright generate` as texts. Nothing is written.

use sha2::{Digest as _, Sha256};

use super::desk::{Desk, PROFILE, failed};
use crate::cli::generate::{of, texts};
use crate::cli::session::Look;
use crate::mcp::Refused;
use crate::mcp::args;
use crate::mcp::results::{File, Generated};
use crate::services::settings;
use crate::text::hex;

/// What an agent tells the developer beside the files.
const NOTE: &str = "Nothing was written or deployed. Write the files into one folder; a person runs the command, which previews the change with its cost and asks.";

pub(super) fn generate(desk: &Desk, args: &args::Generate) -> Result<Generated, Refused> {
    let resolved = desk.read(&args.profile, &args.set)?;
    settings::check(&resolved.profile).map_err(|e| failed(&e.into()))?;
    let profiles = std::slice::from_ref(&resolved.profile);
    let session = desk.session(profiles).map_err(|e| failed(&e))?;
    let decided = session.decide(PROFILE.to_owned(), resolved, Look::Decision);
    let (service, variant) = (args.service.as_deref(), args.variant.as_deref());
    let stack = of(&session, &decided, service, variant).map_err(|e| failed(&e))?;
    let tools = args.with.iter().map(|tool| (*tool).into()).collect();
    let files = texts(&stack, &tools).map_err(|e| failed(&e))?;
    let (name, region) = (stack.name, stack.region);
    Ok(Generated {
        files: files
            .into_iter()
            .map(|(name, text)| file(name, text))
            .collect(),
        fill_in: stack.missing,
        deploy: format!("cachewright deploy DIR --stack-name {name} --region {region}"),
        note: NOTE.to_owned(),
    })
}

fn file(name: &str, text: String) -> File {
    File {
        name: name.to_owned(),
        sha256: hex(&Sha256::digest(text.as_bytes())),
        text,
    }
}
