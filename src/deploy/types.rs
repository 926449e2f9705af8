//! What is known of resource types: usual durations, and data that dies with them. Data, not code.
//!
//! Reads `catalog/deploy/types.yaml`, embedded in the binary. A type without figures is unknown.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::model::Change;

/// The facts of all types.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Types {
    types: Vec<Type>,
}

/// The facts of one type.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// `AWS::…` type.
    #[serde(rename = "type")]
    pub name: String,
    /// Usual and slow seconds of a creation.
    pub seconds: Option<(u64, u64)>,
    /// Data lost with the resource.
    pub destroys: Option<String>,
    /// What to know before it is removed.
    pub before: Option<String>,
    /// What it costs when it stays behind.
    pub kept: Option<String>,
    /// Where the seconds come from.
    pub basis: Option<String>,
    /// Source.
    pub source: String,
}

impl Types {
    /// The embedded facts.
    pub fn load() -> Result<Self> {
        let texts = cachewright_catalog::texts("deploy")?;
        let (path, text) = texts
            .iter()
            .find(|(path, _)| path.ends_with("types.yaml"))
            .context("catalog/deploy has no types; this is a bug of the build")?;
        crate::yaml::value(text)
            .with_context(|| format!("catalog/{path}; this is a bug of the build"))
    }

    /// All types.
    pub fn all(&self) -> &[Type] {
        &self.types
    }

    fn get(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|t| t.name == name)
    }

    /// Usual and slow seconds.
    pub fn seconds(&self, name: &str) -> Option<(u64, u64)> {
        self.get(name).and_then(|t| t.seconds)
    }

    /// Data lost with a resource of this type.
    pub fn destroys(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(|t| t.destroys.as_deref())
    }

    /// What to know before a resource goes, or what it costs when it stays.
    pub fn told(&self, name: &str, id: &str, stays: bool) -> Option<String> {
        let known = self.get(name)?;
        let text = if stays { &known.kept } else { &known.before };
        text.as_ref().map(|text| text.replace("{id}", id))
    }

    /// Expected seconds of a change set: the slowest known resource, as most run side by side.
    pub fn expected(&self, changes: &[Change]) -> Option<(u64, u64)> {
        changes
            .iter()
            .filter_map(|c| self.seconds(&c.resource_type))
            .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_file_is_sound() {
        let types = Types::load().unwrap();
        for t in types.all() {
            assert!(t.name.contains("::"), "{}", t.name);
            assert!(t.source.starts_with("https://"), "{}", t.name);
            if let Some((usual, slow)) = t.seconds {
                assert!(usual <= slow && t.basis.is_some(), "{}", t.name);
            }
        }
        assert_eq!(types.seconds("AWS::Unheard::Of"), None);
    }
}
