//! Reading profiles, catalogs and price books, with every problem reported.

use std::fs;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};

use crate::catalog::{self, File};
use crate::cli::args::Global;
use crate::diagnostic::Diagnostic;
use crate::domain::catalog::{Catalog, Region, Service};
use crate::domain::price::{BookOrigin, PriceBook};
use crate::exit::{Exit, Failure};
use crate::text::{meant, one_of, plural};
use crate::workload::{self, Override, Resolved};
use crate::world::World;
use crate::{embedded, files, snippet, yaml};

/// The embedded catalog, with the team's overlay when one is named.
pub fn catalog(global: &Global, world: &mut World<'_>) -> Result<Catalog> {
    let Some(dir) = &global.catalog else {
        return embedded::catalog();
    };
    let mut files = embedded::catalog_files()?;
    files.extend(overlay(dir)?);
    catalog::build(&files).map_err(|all| catalog_failure(&all, dir, world))
}

/// The YAML files of an overlay directory, in path order.
pub fn overlay(dir: &Path) -> Result<Vec<File>> {
    let mut files = Vec::new();
    for folder in ["", "services", "comparisons", "rules"] {
        let path = dir.join(folder);
        if !path.is_dir() {
            if folder.is_empty() {
                return Err(Failure::new(
                    Exit::BadInput,
                    "catalog-directory",
                    format!("`{}` is not a directory", dir.display()),
                )
                .into());
            }
            continue;
        }
        let entries =
            fs::read_dir(&path).with_context(|| format!("cannot list {}", path.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_file() && path.extension().is_some_and(|e| e == "yaml" || e == "yml") {
                let name = path
                    .strip_prefix(dir)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push(File {
                    path: name,
                    text: text_of(&path)?,
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Prints every problem of every file.
pub fn catalog_failure(
    all: &[catalog::Problems],
    dir: &Path,
    world: &mut World<'_>,
) -> anyhow::Error {
    let mut count = 0;
    for one in all {
        let name = dir.join(&one.file.path).display().to_string();
        let text = snippet::render(
            &one.problems,
            &name,
            &one.file.text,
            world.terminal.color_err,
            world.terminal.width,
        );
        let _ = write!(world.err, "{text}");
        count += one.problems.len();
    }
    Failure::new(
        Exit::BadInput,
        "catalog-invalid",
        format!("the catalog has {}", plural(count, "problem")),
    )
    .into()
}

/// A Region that was named on the command line.
pub fn region<'c>(catalog: &'c Catalog, code: &str) -> Result<&'c Region> {
    catalog.region(code).ok_or_else(|| {
        let near = meant(code, catalog.regions.iter().map(|r| r.code.as_str()));
        let text = format!("`{code}` is not a known Region{near}");
        Failure::new(Exit::Usage, "price-region", text).into()
    })
}

/// A service with prices that was named on the command line, by any of its names, and the variant that the name says.
pub fn priced_service<'c>(
    catalog: &'c Catalog,
    id: &str,
) -> Result<(&'c Service, Option<&'c str>)> {
    let priced = || catalog.services.iter().filter(|s| !s.meters.is_empty());
    let named = catalog.named(id).filter(|(s, _)| !s.meters.is_empty());
    named.ok_or_else(|| {
        let known: Vec<&str> = priced().map(|s| s.id.as_str()).collect();
        let near = meant(id, known.iter().copied());
        let text = format!("`{id}` is not a service with prices{near}");
        Failure::new(Exit::Usage, "price-service", text)
            .help(format!("services are {}", one_of(&known)))
            .into()
    })
}

/// A text file of at most 1 MiB, or a failure that says what is wrong with it.
pub fn text_of(path: &Path) -> Result<String> {
    let shown = path.display();
    let fail = |code, message: String| Failure::new(Exit::BadInput, code, message);
    let meta = fs::metadata(path).map_err(|e| {
        fail(
            "file-unreadable",
            format!("cannot read `{shown}`: {}", files::reason(&e)),
        )
    })?;
    if meta.is_dir() {
        return Err(fail(
            "file-unreadable",
            format!("`{shown}` is a directory, not a file"),
        )
        .into());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| {
        fail(
            "file-unreadable",
            format!("cannot read `{shown}`: {}", files::reason(&e)),
        )
    })?;
    file.take(yaml::MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| {
            fail(
                "file-unreadable",
                format!("cannot read `{shown}`: {}", files::reason(&e)),
            )
        })?;
    decode(bytes, &shown.to_string()).map_err(Into::into)
}

fn decode(bytes: Vec<u8>, shown: &str) -> Result<String, Failure> {
    if bytes.len() > yaml::MAX_BYTES {
        return Err(Failure::new(
            Exit::BadInput,
            "file-too-large",
            format!("`{shown}` is larger than 1 MiB"),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(
            Exit::BadInput,
            "file-not-text",
            format!("`{shown}` is not UTF-8 text: byte {at} is not a character"),
        )
        .help("profiles are YAML or JSON text files")
    })
}

/// A profile file, or standard input for `-`.
pub fn profile_text(path: &Path) -> Result<(String, String)> {
    if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(yaml::MAX_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .context("cannot read standard input")?;
        return Ok(("<stdin>".to_owned(), decode(bytes, "standard input")?));
    }
    Ok((path.display().to_string(), text_of(path)?))
}

/// Reads the text of a profile; problems are printed and become a failure.
pub fn resolve(
    name: &str,
    text: &str,
    sets: &[Override],
    catalog: &Catalog,
    world: &mut World<'_>,
) -> Result<Resolved> {
    match workload::load_with(text, sets, catalog) {
        Ok(found) => {
            print(&found.warnings, name, (&found.source, found.file), world);
            Ok(found)
        }
        Err(invalid) => {
            let source = (invalid.source.as_str(), invalid.file);
            print(&invalid.problems, name, source, world);
            let count = invalid.problems.iter().filter(|p| !p.warning).count();
            Err(Failure::new(
                Exit::BadInput,
                "profile-invalid",
                format!("`{name}` has {}", plural(count, "problem")),
            )
            .into())
        }
    }
}

/// The source with how many bytes of it are the file.
fn print(problems: &[Diagnostic], name: &str, source: (&str, usize), world: &mut World<'_>) {
    if !problems.is_empty() {
        let text = snippet::render_with(
            problems,
            name,
            source.0,
            source.1,
            world.terminal.color_err,
            world.terminal.width,
        );
        let _ = write!(world.err, "{text}");
    }
}

/// A price book from a file of any size a book can have.
pub fn file_book(path: &Path) -> Result<PriceBook> {
    let fail = |message: String| Failure::new(Exit::Prices, "prices-file", message);
    let text = fs::read_to_string(path).map_err(|e| {
        fail(format!(
            "cannot read `{}`: {}",
            path.display(),
            files::reason(&e)
        ))
    })?;
    crate::book::parse(&text, BookOrigin::File)
        .map_err(|e| fail(format!("`{}`: {e:#}", path.display())).into())
}
