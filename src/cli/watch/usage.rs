//! The workload as it is used: what was measured stands over the profile, the rest stays as the profile says.

use anyhow::Result;
use serde_json::Value;

use super::Args;
use crate::cli::measure::cloudwatch;
use crate::cli::source::Wanted;
use crate::cli::{input, source::Origin};
use crate::domain::catalog::Catalog;
use crate::workload::{Override, Resolved};
use crate::world::World;

/// What of a measured profile is no usage: who it is, and how it was measured.
const IDENTITY: [&str; 5] = ["version", "name", "region", "layer", "measured"];

/// The profile with what was measured, and what is to be said of the measurement; nothing where nobody measured.
pub(super) fn read(
    args: &Args,
    profile: &Resolved,
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Option<(Resolved, Vec<String>)>> {
    let (measured, said) = if let Some(path) = &args.measured {
        (Wanted::file(path, &[]), Vec::new())
    } else if args.account.is_asked() {
        let identity = (
            profile.profile.name.as_str(),
            profile.profile.region.as_str(),
        );
        let (text, said) = cloudwatch::profile(&args.account, identity, catalog, world)?;
        let metrics = Wanted {
            origin: Origin::Flags(text),
            overrides: Vec::new(),
            words: String::new(),
            options: String::new(),
            file: None,
        };
        (metrics, said)
    } else {
        return Ok(None);
    };
    let measured = measured.load(catalog, world)?;
    let file = args.profile.display().to_string();
    let text = &profile.source[..profile.file];
    let used = input::resolve(&file, text, &overrides(&measured.stated), catalog, world)?;
    Ok(Some((used.or_named(&profile.profile.name), said)))
}

/// Every field that was measured.
fn overrides(stated: &Value) -> Vec<Override> {
    let mut out = Vec::new();
    let sections = stated.as_object().into_iter().flatten();
    for (section, fields) in sections.filter(|(name, _)| !IDENTITY.contains(&name.as_str())) {
        for (field, value) in fields.as_object().into_iter().flatten() {
            let path = format!("{section}.{field}");
            // JSON is YAML.
            out.push(Override::flag("measured", &path, &value.to_string()));
        }
    }
    out
}
