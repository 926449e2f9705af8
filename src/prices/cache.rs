//! Prices kept on disk between runs: one small file per price list, service and Region.
//!
//! Written atomically (a reader sees the old file or the new one, whoever else writes), read with
//! suspicion: a file that is damaged, of another format or about something else counts as absent.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files;
use crate::text::hex;
use anyhow::{Context, Result, ensure};
use etcetera::BaseStrategy;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const SCHEMA: &str = "cachewright/price-cache/v1";
/// Largest file that is read; an entry has at most a few hundred prices.
const MAX_BYTES: u64 = 4 << 20;

/// What one entry is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Id {
    /// `live` or `public`, and the endpoint when it is not AWS's own.
    pub list: String,
    /// Service of the catalog.
    pub service: String,
    /// Service code of the price list.
    pub service_code: String,
    /// Region, or `global`.
    pub region: String,
}

/// One price of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    /// Hash of the query that found it.
    pub query: String,
    /// From and price per tier; empty: the list has no such product.
    pub tiers: Vec<(Decimal, Decimal)>,
    /// Free units before the first tier.
    pub free: Decimal,
    /// Stock keeping unit.
    pub sku: String,
}

/// What is kept of one look-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// What it is about.
    pub id: Id,
    /// When it was last known to be current.
    pub fetched: Timestamp,
    /// Publication date and time of the list.
    pub published: Option<String>,
    /// Version of the list.
    pub version: Option<String>,
    /// Currency of the prices.
    pub currency: String,
    /// Where it was read, in words.
    pub source: String,
    /// For conditional requests.
    pub validators: Validators,
    /// Prices by key.
    pub prices: BTreeMap<String, Saved>,
}

/// What a server needs to answer "not modified".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    /// Address the rest belongs to.
    pub url: Option<String>,
    /// Entity tag.
    pub etag: Option<String>,
    /// Last modification.
    pub last_modified: Option<String>,
    /// SHA-256 of the whole file as it was read.
    pub sha256: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct File {
    schema: String,
    sha256: String,
    entry: String,
}

/// Why an entry is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// No such file.
    Missing,
    /// A file that cannot be trusted, and why.
    Damaged(String),
}

/// A directory of entries.
#[derive(Clone, Debug)]
pub struct Cache {
    dir: Option<PathBuf>,
}

impl Cache {
    /// A cache in this directory; `None` keeps nothing.
    pub fn new(dir: Option<PathBuf>) -> Self {
        Self { dir }
    }

    /// Reads an entry.
    pub fn read(&self, id: &Id, now: Timestamp) -> Result<Entry, Absent> {
        let path = self.path(id).ok_or(Absent::Missing)?;
        let meta = fs::metadata(&path).map_err(|_| Absent::Missing)?;
        let damaged = |text: String| Absent::Damaged(format!("`{}`: {text}", path.display()));
        if meta.len() > MAX_BYTES {
            return Err(damaged("too large to be a price cache".to_owned()));
        }
        let text = fs::read_to_string(&path).map_err(|e| damaged(e.to_string()))?;
        decode(&text, id, now).map_err(|e| damaged(format!("{e:#}")))
    }

    /// Writes an entry in one step.
    pub fn write(&self, entry: &Entry) -> Result<()> {
        let Some(path) = self.path(&entry.id) else {
            return Ok(());
        };
        let dir = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(dir).with_context(|| format!("cannot make `{}`", dir.display()))?;
        files::write(&path, encode(entry)?.as_bytes(), true)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(())
    }

    fn path(&self, id: &Id) -> Option<PathBuf> {
        let plain = |text: &str| {
            text.chars()
                .map(|c| {
                    if c.is_ascii_alphanumeric() || c == '-' {
                        c
                    } else {
                        '_'
                    }
                })
                .collect::<String>()
        };
        let list = hex(&Sha256::digest(id.list.as_bytes())[..4]);
        let name = format!(
            "{list}.{}.{}.{}.json",
            plain(&id.service),
            plain(&id.service_code),
            plain(&id.region)
        );
        self.dir.as_ref().map(|dir| dir.join(name))
    }
}

fn encode(entry: &Entry) -> Result<String> {
    let entry = serde_json::to_string(entry)?;
    let sha256 = hex(&Sha256::digest(entry.as_bytes()));
    Ok(serde_json::to_string(&File {
        schema: SCHEMA.to_owned(),
        sha256,
        entry,
    })?)
}

fn decode(text: &str, id: &Id, now: Timestamp) -> Result<Entry> {
    let file: File = serde_json::from_str(text).context("not a price cache")?;
    ensure!(
        file.schema == SCHEMA,
        "the format is `{}`, not `{SCHEMA}`",
        file.schema
    );
    ensure!(
        file.sha256 == hex(&Sha256::digest(file.entry.as_bytes())),
        "the checksum is wrong"
    );
    let entry: Entry = serde_json::from_str(&file.entry).context("not a price cache")?;
    ensure!(entry.id == *id, "it is about something else");
    // A clock that was set back must not keep prices fresh for ever.
    ensure!(
        entry.fetched <= now + SignedDuration::from_mins(5),
        "it was written in the future, at {}",
        entry.fetched
    );
    Ok(entry)
}

/// The cache directory by XDG rules: `$XDG_CACHE_HOME`, else the platform's default.
pub fn directory(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let absolute = |name: &str| env.get(name).map(PathBuf::from).filter(|p| p.is_absolute());
    let base =
        absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")));
    let base = base.or_else(|| etcetera::choose_base_strategy().ok().map(|s| s.cache_dir()));
    base.map(|b| b.join("cachewright").join("prices"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> Id {
        Id {
            list: "live".into(),
            service: "dynamodb".into(),
            service_code: "AmazonDynamoDB".into(),
            region: "eu-west-1".into(),
        }
    }

    fn entry(now: Timestamp) -> Entry {
        let saved = Saved {
            query: "q".into(),
            tiers: vec![("0".parse().unwrap(), "0.25".parse().unwrap())],
            free: 25.into(),
            sku: "S".into(),
        };
        Entry {
            id: id(),
            fetched: now,
            published: None,
            version: None,
            currency: "USD".into(),
            source: "test".into(),
            validators: Validators::default(),
            prices: BTreeMap::from([("dynamodb/standard/storage-gb-months".to_owned(), saved)]),
        }
    }

    #[test]
    fn an_entry_comes_back_and_damage_is_seen() {
        let now: Timestamp = "2026-11-25T12:00:00Z".parse().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(dir.path().to_owned()));
        assert_eq!(cache.read(&id(), now), Err(Absent::Missing));
        cache.write(&entry(now)).unwrap();
        assert_eq!(cache.read(&id(), now).unwrap(), entry(now));

        let path = cache.path(&id()).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let other = serde_json::to_string(&Entry {
            id: Id {
                region: "eu-west-2".into(),
                ..id()
            },
            ..entry(now)
        })
        .unwrap();
        let foreign = serde_json::to_string(&File {
            schema: SCHEMA.into(),
            sha256: hex(&Sha256::digest(other.as_bytes())),
            entry: other,
        })
        .unwrap();
        for bad in [
            good.replace("0.25", "0.20"),
            good[..good.len() / 2].to_owned(),
            String::new(),
            "[]".to_owned(),
            good.replace("price-cache/v1", "price-cache/v9"),
            foreign,
        ] {
            fs::write(&path, &bad).unwrap();
            assert!(
                matches!(cache.read(&id(), now), Err(Absent::Damaged(_))),
                "{bad}"
            );
        }
        cache
            .write(&entry(now + SignedDuration::from_hours(2)))
            .unwrap();
        assert!(
            matches!(cache.read(&id(), now), Err(Absent::Damaged(why)) if why.contains("future"))
        );
    }

    #[test]
    fn the_directory_follows_xdg() {
        let env = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect()
        };
        assert_eq!(
            directory(&env(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")])),
            Some("/c/cachewright/prices".into())
        );
        assert_eq!(
            directory(&env(&[("XDG_CACHE_HOME", "relative"), ("HOME", "/h")])),
            Some("/h/.cache/cachewright/prices".into())
        );
    }
}
