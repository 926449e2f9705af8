//! `cachewright completions` and `cachewright man`, both from the definition of the command line handed in.

use std::path::PathBuf;

use anyhow::Result;
use clap_complete::Shell;

use super::output;
use crate::exit::Exit;
use crate::world::World;

/// Arguments of `completions`.
#[derive(clap::Args)]
pub struct CompletionsArgs {
    /// Shell to complete for.
    pub shell: Shell,
}

/// Arguments of `man`.
#[derive(clap::Args)]
pub struct ManArgs {
    /// Write one page per command into this directory; without it the main page goes to standard output.
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Overwrite existing pages.
    #[arg(long)]
    pub force: bool,
}

/// Runs `completions`.
pub fn completions(
    args: &CompletionsArgs,
    mut root: clap::Command,
    world: &mut World<'_>,
) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut root, "cachewright", &mut script);
    world.out.write_all(&script)?;
    Ok(Exit::Done)
}

/// Runs `man`.
pub fn man(args: &ManArgs, root: &clap::Command, world: &mut World<'_>) -> Result<Exit> {
    let page = |command: clap::Command| -> Result<Vec<u8>> {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        Ok(page)
    };
    let Some(dir) = &args.output else {
        world.out.write_all(&page(root.clone())?)?;
        return Ok(Exit::Done);
    };
    output::folder(dir)?;
    output::to_file(&page(root.clone())?, &dir.join("cachewright.1"), args.force)?;
    for sub in root.get_subcommands().filter(|s| s.get_name() != "help") {
        let name = format!("cachewright-{}", sub.get_name());
        output::to_file(
            &page(sub.clone().name(name.clone()))?,
            &dir.join(format!("{name}.1")),
            args.force,
        )?;
    }
    Ok(Exit::Done)
}
