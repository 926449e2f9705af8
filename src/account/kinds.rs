//! The kinds of resources that metrics can be read of. Data, not code: `catalog/telemetry/*.yaml`, embedded.

use anyhow::{Context, Result};

use crate::exit::{Exit, Failure};
use crate::text::{meant, one_of};
use cachewright_measure::telemetry::Kind;

/// Every kind, in the order of their ids.
pub fn load() -> Result<Vec<Kind>> {
    let texts = cachewright_catalog::texts("telemetry")?;
    let read = |(path, text): &(String, String)| -> Result<Kind> {
        crate::yaml::value(text).with_context(|| format!("catalog/{path}; a bug of the build"))
    };
    texts.iter().map(read).collect()
}

/// A kind by its word.
pub fn named<'k>(kinds: &'k [Kind], word: &str) -> Result<&'k Kind, Failure> {
    let known: Vec<&str> = kinds.iter().map(|k| k.id.as_str()).collect();
    let found = kinds.iter().find(|k| k.id == word);
    found.ok_or_else(|| {
        let near = meant(word, known.iter().copied());
        let text = format!("`{word}` is not a kind of resource{near}");
        Failure::new(Exit::Usage, "account-kind", text)
            .help(format!("write KIND:ID with one of {}", one_of(&known)))
    })
}
