//! Writing a file whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Puts a file in its place in one step; an existing one is replaced only when that is wanted.
pub fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    let dir = path.parent().filter(|p| !p.as_os_str().is_empty());
    let mut temp = tempfile::NamedTempFile::new_in(dir.unwrap_or(Path::new(".")))?;
    temp.write_all(bytes)?;
    temp.as_file().sync_all()?;
    let kept = if replace {
        temp.persist(path)
    } else {
        temp.persist_noclobber(path)
    };
    kept.map(drop).map_err(|refused| refused.error)
}

/// Lets everyone read what [`write()`] made: temporary files are private, a report is not.
#[cfg(unix)]
pub fn open_to_readers(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o644))
}

/// Nothing to do.
#[cfg(not(unix))]
pub fn open_to_readers(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Why the system refused, as the end of a message: lower case, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| {
        first.to_lowercase().chain(chars).collect()
    })
}
