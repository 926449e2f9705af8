//! Lists the files of this folder for `lib.rs`: a new template needs no line of Rust.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDERS: [&str; 5] = ["policy", "report", "samples", "stack", "wrappers"];

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    let mut files = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        walk(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&root).map_err(io::Error::other)?;
        let name = name.to_string_lossy().replace('\\', "/");
        let small = match file.extension().and_then(|e| e.to_str()) {
            Some("css") => Some(small_css(&fs::read_to_string(file)?)),
            Some("js") if name.starts_with("report/") => Some(small_js(&fs::read_to_string(file)?)),
            _ => None,
        };
        let made = out.join(name.replace('/', "-"));
        let file = match small {
            Some(text) => {
                fs::write(&made, text)?;
                made.to_string_lossy()
            }
            None => file.to_string_lossy(),
        };
        let _ = writeln!(list, "    ({name:?}, include_str!({file:?})),");
    }
    list.push(']');
    fs::write(out.join("files.rs"), list)
}

/// A style sheet without comments and without space that means nothing: a page is mailed, and has a limit.
fn small_css(text: &str) -> String {
    let mut parts = text.split("/*");
    let mut bare = parts.next().unwrap_or_default().to_owned();
    bare.extend(
        parts
            .filter_map(|p| p.split_once("*/"))
            .map(|(_, rest)| rest),
    );
    let mut out = String::new();
    for word in bare.split_whitespace() {
        let closed = out.ends_with(['{', '}', ';', ':', ',']) || out.is_empty();
        if !closed && !word.starts_with(['{', '}']) {
            out.push(' ');
        }
        out.push_str(word);
    }
    out.replace(";}", "}")
}

/// A script without indentation and without lines that are comments; its line ends stay.
fn small_js(text: &str) -> String {
    let lines = text.lines().map(str::trim);
    let code = lines.filter(|l| !l.is_empty() && !l.starts_with("//"));
    code.collect::<Vec<_>>().join("\n") + "\n"
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
