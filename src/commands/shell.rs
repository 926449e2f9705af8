//! `cachewright completions` and `cachewright man`, both from the one definition of the command line.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::CommandFactory;
use clap_complete::Shell;

use super::output;
use crate::cli::Cli;
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
pub fn completions(args: &CompletionsArgs, world: &mut World<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cachewright", &mut script);
    world.out.write_all(&script)?;
    Ok(Exit::Done)
}

/// Runs `man`.
pub fn man(args: &ManArgs, world: &mut World<'_>) -> Result<Exit> {
    let root = Cli::command();
    let page = |command: clap::Command| -> Result<Vec<u8>> {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        Ok(page)
    };
    let Some(dir) = &args.output else {
        world.out.write_all(&page(root)?)?;
        return Ok(Exit::Done);
    };
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create `{}`", dir.display()))?;
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
