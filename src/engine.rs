//! The engine of `recommend --interactive` as the build took it in, and how a page carries bytes.

use std::io::Write as _;

use anyhow::Result;
use flate2::{Compression, GzBuilder};

use crate::exit::{Exit, Failure};
use crate::report::html::live::Block;

/// What the build found in `page/`.
#[expect(dead_code, reason = "the build script names one of them")]
enum Engine {
    /// WebAssembly, packed.
    Packed(&'static [u8]),
    /// Of other sources than this program.
    Stale,
    /// Nothing.
    Missing,
}

static ENGINE: Engine = include!(concat!(env!("OUT_DIR"), "/engine.rs"));

/// The engine as a block of a page.
pub fn block() -> Result<Block, Failure> {
    let (code, message) = match ENGINE {
        Engine::Packed(bytes) => return Ok(Block::of(bytes)),
        Engine::Stale => (
            "page-engine-stale",
            "the page engine of this build is of other sources and was left out",
        ),
        Engine::Missing => ("page-engine-missing", "this build has no page engine"),
    };
    let next = "releases have one; to build it: scripts/page.sh, then build the program again";
    Err(Failure::new(Exit::Usage, code, message).help(next))
}

/// Bytes as a page carries them: packed, the same for the same bytes.
pub fn packed(bytes: &[u8]) -> Result<Block> {
    let mut writer = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    writer.write_all(bytes)?;
    Ok(Block::of(&writer.finish()?))
}
