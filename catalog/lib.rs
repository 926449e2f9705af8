//! The catalog and the price snapshot that `build.rs` checked and built into the binary.

use anyhow::{Context, Result};

use cachewright_core::catalog::File;
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::price::{GLOBAL, PriceBook, Table};

static CATALOG: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.postcard"));
static FILES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog-files.postcard"));
static TEXTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/texts.postcard"));
static PRICES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prices.postcard"));
static BESIDE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/beside.postcard"));

/// The embedded catalog.
pub fn catalog() -> Result<Catalog> {
    postcard::from_bytes(CATALOG)
        .context("the embedded catalog is damaged; this is a bug of the build")
}

/// The embedded catalog's source files, for overlays and `catalog check`.
pub fn catalog_files() -> Result<Vec<File>> {
    let list: Vec<(String, String)> = postcard::from_bytes(FILES)
        .context("the embedded catalog is damaged; this is a bug of the build")?;
    Ok(list
        .into_iter()
        .map(|(path, text)| File { path, text })
        .collect())
}

/// The texts of a folder of this package, `deploy`, `failures` or `telemetry`: path and text, in order of the paths.
pub fn texts(folder: &str) -> Result<Vec<(String, String)>> {
    let mut all: Vec<(String, String)> = postcard::from_bytes(TEXTS)
        .context("the embedded catalog is damaged; this is a bug of the build")?;
    all.retain(|(path, _)| path.split('/').next() == Some(folder));
    Ok(all)
}

/// The embedded price snapshot, whole.
pub fn prices() -> Result<PriceBook> {
    snapshot(|_| true)
}

/// The embedded price snapshot with the prices of comparison rows in these Regions alone: there are
/// thousands of them, and a decision needs those of its own Regions.
pub fn prices_in(regions: &[String]) -> Result<PriceBook> {
    snapshot(|region| region == GLOBAL || regions.iter().any(|r| r == region))
}

fn snapshot(wanted: impl Fn(&str) -> bool) -> Result<PriceBook> {
    const DAMAGED: &str = "the embedded price snapshot is damaged; this is a bug of the build";
    let mut book: PriceBook = postcard::from_bytes(PRICES).context(DAMAGED)?;
    let beside: Vec<(&str, &[u8])> = postcard::from_bytes(BESIDE).context(DAMAGED)?;
    for (region, packed) in beside.into_iter().filter(|(region, _)| wanted(region)) {
        let table: Table = postcard::from_bytes(packed).context(DAMAGED)?;
        let own = book.regions.entry(region.to_owned()).or_default();
        own.merge(table);
    }
    Ok(book)
}
