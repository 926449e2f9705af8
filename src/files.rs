//! Writing a file whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Whether a path names a device or a pipe (`/dev/null`, `/dev/stdout`): something to write to, nothing to replace.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

/// Puts a file in its place in one step; an existing one is replaced only when that is wanted, and a link to it stays one.
/// A device or a pipe is written to: by a rename, root would put a file in its place.
pub fn write(path: &Path, bytes: &[u8], replace: bool) -> io::Result<()> {
    if is_stream(path) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(bytes);
    }
    let linked = if replace {
        fs::canonicalize(path).ok()
    } else {
        None
    };
    let path = linked.as_deref().unwrap_or(path);
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

/// Lets everyone read the file that [`write()`] made: temporary files are private, a report is not.
#[cfg(unix)]
pub fn open_to_readers(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if is_stream(path) {
        return Ok(());
    }
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

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileTypeExt as _, symlink};

    #[test]
    fn a_link_stays_a_link_and_a_pipe_a_pipe() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link, pipe) = (
            dir.path().join("file"),
            dir.path().join("link"),
            dir.path().join("pipe"),
        );
        fs::write(&file, "before").unwrap();
        symlink(&file, &link).unwrap();
        write(&link, b"after", true).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&file).unwrap(), b"after");

        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || fs::read(pipe).unwrap()
        });
        write(&pipe, b"through", false).unwrap();
        open_to_readers(&pipe).unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(fs::symlink_metadata(&pipe).unwrap().file_type().is_fifo());
    }
}
