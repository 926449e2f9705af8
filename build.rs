//! Lists the example profiles, so that the program has their texts wherever it runs, and takes in the engine of
//! `recommend --interactive` when `scripts/page.sh` has built it from these sources.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use sha2::{Digest, Sha256};

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
    fs::write(out.join("aliases.rs"), aliases(&names)?)?;
    fs::write(out.join("engine.rs"), engine()?)
}

/// What the engine is built from; a published package has none of them, and is of one version.
const SOURCES: [&str; 3] = ["crates/core/src", "crates/page/src", "templates/report"];

/// The engine as an expression: there, stale or missing. Catalog and prices travel in a form without names, so an
/// engine of other sources could misread them.
fn engine() -> io::Result<String> {
    // What is not there would count as changed in every build.
    let paths = SOURCES.iter().copied().chain(["page"]);
    for path in paths.filter(|p| Path::new(p).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
    let folder = Path::new("page");
    let Ok(about) = fs::read_to_string(folder.join("engine.json")) else {
        return Ok("Engine::Missing".to_owned());
    };
    let says = |what: &str| about.contains(&format!("\"{what}\""));
    let fresh = match sources()? {
        Some(hash) => says(&hash),
        None => says(&env::var("CARGO_PKG_VERSION").map_err(io::Error::other)?),
    };
    if !fresh {
        stale();
        return Ok("Engine::Stale".to_owned());
    }
    let file = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)? + "/page/engine.wasm.gz";
    Ok(format!("Engine::Packed(include_bytes!({file:?}))"))
}

/// Says that the engine was left out; where everything must be tested that is an error.
fn stale() {
    println!("cargo::rerun-if-env-changed=REQUIRE_TOOLS");
    let required = env::var("REQUIRE_TOOLS").is_ok_and(|v| v == "1");
    let kind = if required { "error" } else { "warning" };
    println!(
        "cargo::{kind}=page/engine.wasm.gz is of other sources and left out: `recommend --interactive` refuses and its \
         tests say SKIPPED until ./scripts/page.sh has built it again"
    );
}

/// A hash of the sources as `scripts/page_pack.mjs` reckons it.
fn sources() -> io::Result<Option<String>> {
    let mut files = Vec::new();
    for root in SOURCES {
        if !Path::new(root).exists() {
            return Ok(None);
        }
        walk(Path::new(root), &mut files)?;
    }
    // The page around the report is the program's; the engine does not hold it.
    files.retain(|f| !f.starts_with("templates/report/whatif."));
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        let text = fs::read(&file)?;
        hash.update(format!("{file}\n{}\n", text.len()));
        hash.update(text);
    }
    let mut hex = String::new();
    for byte in hash.finalize() {
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(Some(hex))
}

/// Paths with `/` of all files below a folder.
fn walk(folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
    Ok(())
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
