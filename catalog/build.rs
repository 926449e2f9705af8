//! Checks the catalog and the price snapshot with the program's own code and builds them into the
//! binary in a form that needs no parsing at start.

#![allow(
    clippy::print_stdout,
    reason = "this is how a build script speaks to cargo"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use cachewright_core::domain::price::{BookOrigin, PriceBook, Table};
use cachewright_core::{book, catalog, diagnostic};

fn main() -> Result<()> {
    println!("cargo::rerun-if-changed=.");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let files = catalog_files(Path::new("."))?;
    let listed: Vec<(&str, &str)> = files
        .iter()
        .map(|f| (f.path.as_str(), f.text.as_str()))
        .collect();
    fs::write(
        out.join("catalog-files.postcard"),
        postcard::to_stdvec(&listed)?,
    )?;
    let catalog = match catalog::build(&files) {
        Ok(catalog) => catalog,
        Err(all) => bail!("{}", describe(&all)),
    };
    fs::write(out.join("catalog.postcard"), postcard::to_stdvec(&catalog)?)?;
    fs::write(out.join("texts.postcard"), postcard::to_stdvec(&texts()?)?)?;
    prices(&out)
}

/// The price snapshot in two parts: what every run reads, and the comparison rows by Region, which a run
/// reads for the Regions it needs. The date of the snapshot is
/// that of the first part, and a complete book there wins over the file of the second.
fn prices(out: &Path) -> Result<()> {
    let read = |folder: &str| -> Result<PriceBook> {
        let text = fs::read_to_string(newest(folder)?)?;
        book::parse(&text, BookOrigin::Snapshot).with_context(|| folder.to_owned())
    };
    let mut book = read("prices")?;
    let beside = read("prices/comparisons")?;
    let of = |key: &str| key.split('/').next().unwrap_or_default().to_owned();
    let tables = beside.regions.values();
    let services: BTreeSet<String> = tables.flat_map(|t| &t.0).map(|(key, _)| of(key)).collect();
    let offset = u16::try_from(book.sources.len())?;
    let mut lazy: BTreeMap<String, Table> = beside.regions;
    for (_, schedule) in lazy.values_mut().flat_map(|t| &mut t.0) {
        schedule.source += offset;
    }
    book.sources.extend(beside.sources);
    for (region, table) in &mut book.regions {
        let (moved, kept) = std::mem::take(&mut table.0)
            .into_iter()
            .partition(|(key, _)| services.contains(&of(key)));
        table.0 = kept;
        lazy.entry(region.clone()).or_default().merge(Table(moved));
    }
    let packed = lazy
        .iter()
        .map(|(region, table)| Ok((region.as_str(), postcard::to_stdvec(table)?)))
        .collect::<Result<Vec<_>>>()?;
    fs::write(out.join("prices.postcard"), postcard::to_stdvec(&book)?)?;
    fs::write(out.join("beside.postcard"), postcard::to_stdvec(&packed)?)?;
    Ok(())
}

/// Texts that are read when they are needed: how resource types deploy, how deployments fail.
fn texts() -> Result<Vec<(String, String)>> {
    let mut out = Vec::new();
    for folder in ["deploy", "failures", "telemetry"] {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.to_string_lossy().replace('\\', "/");
            out.push((name, fs::read_to_string(&path)?));
        }
    }
    out.sort();
    Ok(out)
}

/// The files of the decision's catalog, in path order.
fn catalog_files(root: &Path) -> Result<Vec<catalog::File>> {
    let mut files = Vec::new();
    for folder in ["", "services", "comparisons", "rules"] {
        for entry in fs::read_dir(root.join(folder)).with_context(|| format!("catalog/{folder}"))? {
            let path = entry?.path();
            if path.is_file() && path.extension().is_some_and(|e| e == "yaml") {
                let relative = path
                    .strip_prefix(root)?
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push(catalog::File {
                    path: relative,
                    text: fs::read_to_string(&path)?,
                });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn newest(folder: &str) -> Result<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|e| Some(e.ok()?.path()))
        .collect();
    all.retain(|p| p.extension().is_some_and(|e| e == "json"));
    all.sort();
    all.pop()
        .with_context(|| format!("catalog/{folder} has no snapshot"))
}

fn describe(all: &[catalog::Problems]) -> String {
    let mut out = String::from("the catalog has errors:\n");
    for one in all {
        for problem in &one.problems {
            let at = problem.labels.first().map_or(0, |l| l.span.start);
            let (line, column) = diagnostic::line_column(&one.file.text, at);
            out.push_str(&format!(
                "catalog/{}:{line}:{column}: {}: {}",
                one.file.path, problem.code, problem.message
            ));
            if let Some(label) = problem.labels.first() {
                out.push_str(&format!(" ({})", label.text));
            }
            out.push('\n');
        }
    }
    out
}
