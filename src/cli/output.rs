//! Writing results: to standard output, or atomically to a file that is never overwritten unasked.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use crate::exit::{Exit, Failure};
use crate::world::World;

/// Writes a result to a file or to standard output.
pub fn write(text: &str, file: Option<&Path>, force: bool, world: &mut World<'_>) -> Result<()> {
    match file {
        None => {
            world.out.write_all(text.as_bytes())?;
            world.out.flush()?;
            Ok(())
        }
        Some(path) => to_file(text.as_bytes(), path, force),
    }
}

/// Writes a whole file or nothing.
pub fn to_file(bytes: &[u8], path: &Path, force: bool) -> Result<()> {
    refuse_overwrite(path, force)?;
    let dir = path
        .parent()
        .filter(|p| !p.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new("."));
    let mut temp = tempfile::NamedTempFile::new_in(dir)
        .with_context(|| format!("cannot write into `{}`", dir.display()))?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    let kept = if force {
        temp.persist(path).map(drop)
    } else {
        temp.persist_noclobber(path).map(drop)
    };
    kept.with_context(|| format!("cannot write `{}`", path.display()))?;
    open_to_readers(path);
    Ok(())
}

/// Temporary files are private; a report is not.
#[cfg(unix)]
fn open_to_readers(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
}

#[cfg(not(unix))]
fn open_to_readers(_: &Path) {}

/// Fails early when a file exists and `--force` was not given.
pub fn refuse_overwrite(path: &Path, force: bool) -> Result<()> {
    if path.exists() && !force {
        return Err(Failure::new(
            Exit::Usage,
            "file-exists",
            format!("`{}` exists", path.display()),
        )
        .help("give another name, or `--force` to overwrite it")
        .into());
    }
    Ok(())
}
