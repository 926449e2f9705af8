//! The catalog and the price snapshot that `build.rs` checked and built into the binary.

use anyhow::{Context, Result};

use crate::catalog::File;
use crate::domain::catalog::Catalog;
use crate::domain::price::PriceBook;

static CATALOG: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog.postcard"));
static FILES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/catalog-files.postcard"));
static PRICES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/prices.postcard"));

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

/// The embedded price snapshot.
pub fn prices() -> Result<PriceBook> {
    postcard::from_bytes(PRICES)
        .context("the embedded price snapshot is damaged; this is a bug of the build")
}
