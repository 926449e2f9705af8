//! Lists the example profiles, so that the program has their texts wherever it runs.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folder of the profiles.
const FOLDER: &str = "examples";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={FOLDER}");
    let mut names = Vec::new();
    for folder in ["", "borderline"] {
        names.extend(profiles(folder)?);
    }
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("examples.rs"), texts(&names))?;
    fs::write(out.join("aliases.rs"), aliases(&names)?)
}

/// Names of the profiles of a folder, in order, with the folder in front.
fn profiles(folder: &str) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(Path::new(FOLDER).join(folder))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "yaml") {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            names.push(match folder {
                "" => stem.into_owned(),
                folder => format!("{folder}/{stem}"),
            });
        }
    }
    names.sort();
    Ok(names)
}

/// A list of name and text.
fn texts(names: &[String]) -> String {
    let mut out = String::from("&[\n");
    for name in names {
        let path = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{FOLDER}/{name}.yaml\")");
        let _ = writeln!(out, "    ({name:?}, include_str!({path})),");
    }
    out + "]\n"
}

/// A list of common name and name; a common name of nothing ends the build.
fn aliases(names: &[String]) -> io::Result<String> {
    let text = fs::read_to_string(Path::new(FOLDER).join("aliases.txt"))?;
    let mut out = String::from("&[\n");
    for line in text.lines().filter(|l| !l.starts_with('#')) {
        let Some((alias, name)) = line.split_once(' ') else {
            continue;
        };
        let name = name.trim();
        if !names.iter().any(|n| n == name) {
            let message = format!("{FOLDER}/aliases.txt: no example is called `{name}`");
            return Err(io::Error::other(message));
        }
        let _ = writeln!(out, "    ({alias:?}, {name:?}),");
    }
    Ok(out + "]\n")
}
