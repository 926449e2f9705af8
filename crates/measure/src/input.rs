//! What to read: files, directories, patterns and standard input, plain, gzip, zstd, bzip2
//! or xz.
//!
//! Compression is told by the first bytes, not by the name. Nothing here knows a log format.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use xxhash_rust::xxh64::Xxh64;

use crate::fault::{Cause, Fault};

/// One source of bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Input {
    /// Standard input.
    Stdin,
    /// A file that was named.
    File(PathBuf),
    /// A file found in a directory or by a pattern: what is no log is passed over.
    Found(PathBuf),
}

impl Input {
    /// How messages call it.
    pub fn name(&self) -> String {
        match self {
            Self::Stdin => "-".to_owned(),
            Self::File(path) | Self::Found(path) => path.display().to_string(),
        }
    }

    /// The file, unless it is standard input.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Stdin => None,
            Self::File(path) | Self::Found(path) => Some(path),
        }
    }

    /// Nobody named it.
    pub(crate) const fn is_found(&self) -> bool {
        matches!(self, Self::Found(_))
    }

    /// Size on disk, where it is known.
    pub fn size(&self) -> Option<u64> {
        let metadata = fs::metadata(self.path()?).ok();
        metadata.filter(fs::Metadata::is_file).map(|m| m.len())
    }
}

/// Every file once: paths are resolved, and copies of a file are left out. The second answer names
/// the copies.
pub(crate) fn distinct(inputs: &[Input]) -> (Vec<Input>, Vec<String>) {
    let mut seen = BTreeSet::new();
    let mut by_size: BTreeMap<u64, Vec<Content>> = BTreeMap::new();
    let (mut kept, mut notes) = (Vec::new(), Vec::new());
    let by_path: BTreeMap<&Path, &Input> =
        inputs.iter().filter_map(|i| Some((i.path()?, i))).collect();
    for input in inputs {
        if let Some(other) = packed_copy(input, &by_path) {
            let (name, other) = (input.name(), other.name());
            notes.push(format!(
                "`{name}` holds the same as `{other}` and was left out"
            ));
            continue;
        }
        let resolved = input.path().and_then(|path| path.canonicalize().ok());
        if resolved.is_some_and(|path| !seen.insert(path)) {
            continue;
        }
        if let Some(size) = input.size().filter(|size| *size > 0) {
            let others = by_size.entry(size).or_default();
            let mut content = Content::of(input);
            let same = (0..others.len()).find(|at| content.equals(&mut others[*at]));
            if let Some(at) = same {
                let (name, other) = (input.name(), &others[at].name);
                notes.push(format!("`{name}` is a copy of `{other}` and was left out"));
                continue;
            }
            others.push(content);
        }
        kept.push(input.clone());
    }
    notes.extend(drop_beginnings(&mut kept));
    (kept, notes)
}

/// Files of fewer bytes may begin alike by chance.
const HEAD: u64 = 4096;

/// Takes out each file that is the beginning of another: a log that was copied while it grew. The answer names them.
fn drop_beginnings(kept: &mut Vec<Input>) -> Vec<String> {
    let mut alike: BTreeMap<u64, Vec<(u64, usize)>> = BTreeMap::new();
    for (at, input) in kept.iter().enumerate() {
        // Only files have a size: what is read of a pipe is gone.
        let Some(size) = input.size().filter(|size| *size >= HEAD) else {
            continue;
        };
        if let Some(hash) = input.path().and_then(|path| head(path, HEAD)) {
            alike.entry(hash).or_default().push((size, at));
        }
    }
    let mut whole: BTreeMap<usize, usize> = BTreeMap::new();
    for files in alike.values_mut() {
        files.sort_unstable_by_key(|(size, at)| (std::cmp::Reverse(*size), *at));
        for (n, (size, at)) in files.iter().enumerate() {
            let hash = |at: usize| kept[at].path().and_then(|path| head(path, *size));
            let longer = files[..n].iter().map(|(_, other)| *other);
            let mut longer = longer.filter(|other| !whole.contains_key(other)).peekable();
            let own = longer.peek().and_then(|_| hash(*at));
            let found = own.and_then(|own| longer.find(|other| hash(*other) == Some(own)));
            if let Some(other) = found {
                whole.insert(*at, other);
            }
        }
    }
    let note = |(at, other): (&usize, &usize)| {
        let (name, other) = (kept[*at].name(), kept[*other].name());
        format!("`{name}` is the beginning of `{other}` and was left out")
    };
    let notes = whole.iter().map(note).collect();
    let mut at = 0..;
    kept.retain(|_| at.next().is_some_and(|at| !whole.contains_key(&at)));
    notes
}

/// Hash of the first bytes of a file.
fn head(path: &Path, bytes: u64) -> Option<u64> {
    hash_of(File::open(path).ok()?.take(bytes))
}

/// Ends of the names of compressed files.
const PACKED: [&str; 6] = ["gz", "zst", "zstd", "bz2", "xz", "GZ"];

/// The file beside a compressed one that has its name without the ending and the same content.
fn packed_copy<'a>(input: &Input, by_path: &BTreeMap<&Path, &'a Input>) -> Option<&'a Input> {
    let path = input.path()?;
    let end = path.extension()?.to_str()?;
    if !PACKED.contains(&end) {
        return None;
    }
    let plain = path.with_extension("");
    let other = *by_path.get(plain.as_path())?;
    let content = |input: &Input| hash_of(open(input, &Meter::default()).ok()?);
    (content(input)? == content(other)?).then_some(other)
}

/// A file that may be the copy of another; its hash is computed when it is asked for.
struct Content {
    name: String,
    path: Option<PathBuf>,
    hash: Option<u64>,
}

impl Content {
    fn of(input: &Input) -> Self {
        Self {
            name: input.name(),
            path: input.path().map(Path::to_owned),
            hash: None,
        }
    }

    fn equals(&mut self, other: &mut Self) -> bool {
        let hash = self.hash();
        hash.is_some() && hash == other.hash()
    }

    fn hash(&mut self) -> Option<u64> {
        if self.hash.is_none() {
            self.hash = self.path.as_deref().and_then(hash_file);
        }
        self.hash
    }
}

fn hash_file(path: &Path) -> Option<u64> {
    hash_of(File::open(path).ok()?)
}

fn hash_of(mut file: impl Read) -> Option<u64> {
    let mut hash = Xxh64::new(0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hash.digest()),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// Files for the arguments of a command: `-` is standard input, a directory stands for the files
/// below it, and `*` and `?` match within a name when the shell has not expanded them.
pub fn expand(arguments: &[String]) -> anyhow::Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if argument == "-" {
            inputs.push(Input::Stdin);
        } else if path.is_dir() {
            let mut files = Vec::new();
            let mut seen = BTreeSet::from_iter(path.canonicalize());
            walk(path, 0, &mut seen, &mut files)?;
            inputs.extend(files.into_iter().map(Input::Found));
        } else if !path.exists() && argument.contains(['*', '?']) {
            inputs.extend(matches(path)?.into_iter().map(Input::Found));
        } else {
            inputs.push(Input::File(path.to_owned()));
        }
        if inputs.is_empty() {
            return Err(not_found(argument).into());
        }
    }
    Ok(inputs)
}

fn not_found(argument: &str) -> Fault {
    Fault {
        cause: Cause::Arguments,
        code: "log-not-found",
        message: format!("no file matches `{argument}`"),
        help: "give files, directories, patterns or `-` for standard input",
    }
}

const MAX_DEPTH: usize = 16;

/// Files below a directory in order of their paths; hidden files and markers like `_SUCCESS` are
/// no logs.
fn walk(
    directory: &Path,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    files: &mut Vec<PathBuf>,
) -> anyhow::Result<()> {
    for (path, name) in entries(directory)? {
        if name.starts_with(['.', '_']) {
            continue;
        }
        if path.is_dir() {
            // A link may lead back to where it is.
            let is_new = path.canonicalize().is_ok_and(|path| seen.insert(path));
            if depth < MAX_DEPTH && is_new {
                walk(&path, depth + 1, seen, files)?;
            }
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn entries(directory: &Path) -> anyhow::Result<Vec<(PathBuf, String)>> {
    let read = fs::read_dir(directory)
        .with_context(|| format!("cannot list `{}`", directory.display()))?;
    let mut entries: Vec<(PathBuf, String)> = read
        .filter_map(Result::ok)
        .map(|e| (e.path(), e.file_name().to_string_lossy().into_owned()))
        .collect();
    entries.sort();
    Ok(entries)
}

fn matches(pattern: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = vec![PathBuf::new()];
    for part in pattern.components() {
        let part = part.as_os_str().to_string_lossy().into_owned();
        if !part.contains(['*', '?']) {
            found.iter_mut().for_each(|path| path.push(&part));
            continue;
        }
        let mut next = Vec::new();
        for directory in found {
            let here = if directory.as_os_str().is_empty() {
                Path::new(".")
            } else {
                &directory
            };
            if here.is_dir() {
                let names = entries(here)?.into_iter().map(|(_, name)| name);
                next.extend(
                    names
                        .filter(|n| is_match(part.as_bytes(), n.as_bytes()))
                        .map(|n| directory.join(n)),
                );
            }
        }
        found = next;
    }
    found.retain(|path| path.is_file());
    Ok(found)
}

/// Shell pattern with `*` and `?`, linear in practice (one point to go back to).
fn is_match(pattern: &[u8], name: &[u8]) -> bool {
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        if p < pattern.len() && (pattern[p] == b'?' || pattern[p] == name[n]) && pattern[p] != b'*'
        {
            (p, n) = (p + 1, n + 1);
        } else if pattern.get(p) == Some(&b'*') {
            star = Some((p, n));
            p += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            (p, n) = (at + 1, from + 1);
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|b| *b == b'*')
}

/// Bytes read so far, before decompression.
#[derive(Clone, Default)]
pub(crate) struct Meter(Arc<AtomicU64>);

impl Meter {
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn add(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

struct Metered<R>(R, Meter);

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.0.read(out)?;
        self.1.add(n as u64);
        Ok(n)
    }
}

/// The decompressed bytes of an input.
pub(crate) fn open(input: &Input, meter: &Meter) -> anyhow::Result<Box<dyn Read + Send>> {
    let raw: Box<dyn Read + Send> = match input {
        Input::Stdin => Box::new(io::stdin()),
        Input::File(path) | Input::Found(path) => {
            Box::new(File::open(path).map_err(|e| cannot_open(path, &e))?)
        }
    };
    decompress(Box::new(Metered(raw, meter.clone())))
        .with_context(|| format!("cannot read `{}`", input.name()))
}

fn cannot_open(path: &Path, error: &io::Error) -> Fault {
    let (path, error) = (path.display(), error.to_string().to_lowercase());
    Fault {
        cause: Cause::Arguments,
        code: "log-not-readable",
        message: format!("cannot open `{path}`: {error}"),
        help: "give a file that exists and can be read",
    }
}

/// Memory that a dictionary of xz may ask for, in KiB: `xz -9` needs 65 MiB.
const XZ_MEMORY_KB: u32 = 128 << 10;

/// Compressions around one another: a store may compress once more what was compressed.
const LAYERS: u32 = 3;

fn decompress(raw: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
    unpack(raw, LAYERS)
}

fn unpack(mut raw: Box<dyn Read + Send>, layers: u32) -> io::Result<Box<dyn Read + Send>> {
    let mut magic = Vec::with_capacity(6);
    // What was read before an error is handed out before it.
    let failed = raw.by_ref().take(6).read_to_end(&mut magic).err();
    let kind: [u8; 6] = [0, 1, 2, 3, 4, 5].map(|i| magic.get(i).copied().unwrap_or_default());
    let whole = Cursor::new(magic).chain(Failed(failed)).chain(raw);
    let inner: Box<dyn Read + Send> = match kind {
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A'] => {
            Box::new(bzip2::read::MultiBzDecoder::new(BufReader::new(whole)))
        }
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(lzma_rust2::XzReader::new_mem_limit(
            BufReader::new(whole),
            true,
            XZ_MEMORY_KB,
        )),
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(
            BufReader::with_capacity(1 << 16, whole),
        )),
        // A frame of data, or one that is skipped: `pzstd` begins with such a frame.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Box::new(zstd::stream::read::Decoder::new(whole)?)
        }
        _ => return Ok(Box::new(whole)),
    };
    if layers > 1 {
        unpack(inner, layers - 1)
    } else {
        Ok(inner)
    }
}

/// An error that waits until it is asked for.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_like_the_shell() {
        for (pattern, name, want) in [
            ("*.gz", "a.gz", true),
            ("*.gz", "a.gz.tmp", false),
            ("a?c*", "abc", true),
            ("*a*b*", "xxaxxbxx", true),
            ("a", "b", false),
        ] {
            assert_eq!(
                is_match(pattern.as_bytes(), name.as_bytes()),
                want,
                "{pattern} {name}"
            );
        }
    }
}
