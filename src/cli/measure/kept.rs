//! Where the profile that `measure` writes goes.

use std::path::Path;

use anyhow::Result;

use super::Args;
use crate::cli::output;
use crate::world::World;

/// Refuses an existing file before work is done for it.
pub(super) fn check_file(args: &Args) -> Result<()> {
    file(args).map_or(Ok(()), |path| output::refuse_overwrite(path, args.force))
}

/// Where a profile went.
#[derive(PartialEq, Eq)]
pub(super) enum Kept {
    InFile,
    /// To standard output, which carries nothing else then.
    Printed,
}

/// Writes the profile where `-o` wants it.
pub(super) fn keep(args: &Args, profile: &str, world: &mut World<'_>) -> Result<Kept> {
    let Some(path) = file(args) else {
        output::print(profile, world)?;
        return Ok(Kept::Printed);
    };
    output::to_file(profile.as_bytes(), path, args.force)?;
    writeln!(world.err, "wrote {}", path.display())?;
    Ok(Kept::InFile)
}

/// The profile's file; none for `-`, which is standard output.
pub(super) fn file(args: &Args) -> Option<&Path> {
    let path = args.output.as_deref();
    path.filter(|p| p.as_os_str() != "-")
}
