//! Shared by the tests of core and of the program: the embedded data, profiles from files, the repository's files.
#![allow(dead_code, reason = "each test file uses a part")]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cachewright_core::decide::{Engine, Options};
use cachewright_core::domain::catalog::Catalog;
use cachewright_core::domain::decision::Decision;
use cachewright_core::domain::price::PriceBook;
use cachewright_core::domain::profile::Profile;
use cachewright_core::workload;

/// The top of the repository, whichever crate is tested.
pub(crate) fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let top = here.ancestors().find(|p| p.join("Cargo.lock").is_file());
    top.expect("the tests run in the repository").to_owned()
}

/// The text of a file below the top.
pub(crate) fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Catalog and snapshot.
pub(crate) fn data() -> (Catalog, PriceBook) {
    (
        cachewright_catalog::catalog().unwrap(),
        cachewright_catalog::prices().unwrap(),
    )
}

/// A profile from YAML text.
pub(crate) fn profile(text: &str, catalog: &Catalog) -> Profile {
    match workload::load(text, &[], catalog) {
        Ok(resolved) => resolved.profile,
        Err(invalid) => panic!("{}\n{:#?}", invalid.source, invalid.problems),
    }
}

/// A profile from a file.
pub(crate) fn profile_file(path: &Path, catalog: &Catalog) -> Profile {
    profile(&text(path), catalog)
}

/// The decision with default options.
pub(crate) fn decide(catalog: &Catalog, book: &PriceBook, profile: &Profile) -> Decision {
    Engine::new(catalog, book, Options::default(), profile).decide(profile)
}

/// Catalog and snapshot, read once.
pub(crate) fn shared() -> &'static (Catalog, PriceBook) {
    static DATA: OnceLock<(Catalog, PriceBook)> = OnceLock::new();
    DATA.get_or_init(data)
}

/// The decision of a profile without its first two lines.
pub(crate) fn decided(text: &str) -> Decision {
    let (catalog, book) = shared();
    let profile = profile(&format!("version: 1\nname: x\n{text}"), catalog);
    decide(catalog, book, &profile)
}

/// Files with an ending below a folder of the top, sorted; their paths begin with the folder's.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let top = root();
    let mut out = Vec::new();
    let mut open = vec![top.join(folder)];
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(&dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                out.push(path.strip_prefix(&top).unwrap().to_owned());
            }
        }
    }
    out.sort();
    out
}

/// The Rust sources of every crate, tests left out.
pub(crate) fn sources() -> Vec<PathBuf> {
    ["src", "crates/core/src", "crates/measure/src"]
        .into_iter()
        .flat_map(|folder| files(folder, ".rs"))
        .collect()
}

/// Every published profile of the repository: examples and oracle cases.
pub(crate) fn all_profiles() -> Vec<PathBuf> {
    let mut out = files("examples", ".yaml");
    out.extend(files("tests/oracles/recommend", ".yaml"));
    out.extend(files("tests/cautions", ".yaml"));
    out
}

/// The report of a profile file, with how sure its answer is.
pub(crate) fn with_report<T>(
    catalog: &Catalog,
    book: &PriceBook,
    path: &Path,
    look: impl FnOnce(&cachewright_core::report::Report<'_>) -> T,
) -> T {
    let resolved = workload::load(&text(path), &[], catalog).unwrap();
    let profile = &resolved.profile;
    let options = Options::default();
    let engine = Engine::new(catalog, book, options, profile);
    let decision = engine.decide(profile);
    let open = cachewright_core::analysis::Open {
        catalog,
        book,
        options,
    };
    let outlook = cachewright_core::analysis::outlook::outlook(&engine, &open, profile, &decision);
    look(&cachewright_core::report::Report {
        profile,
        decision: &decision,
        catalog,
        book,
        lines: &std::collections::BTreeMap::new(),
        typed: &resolved.typed(),
        file: "cache.yaml",
        price_notes: &[],
        warnings: &[],
        given: None,
        outlook: Some(&outlook),
        analysis: None,
    })
}
