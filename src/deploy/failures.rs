//! Known causes of failed deployments and what to do about them. Data, not code.
//!
//! Reads `catalog/failures/*.yaml`, embedded in the binary. A pattern matches on the resource type
//! and on fragments of AWS's own reason text; the most specific pattern wins.

use anyhow::{Context, Result};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    failures: Vec<Pattern>,
}

/// One known cause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pattern {
    /// Stable kebab-case id.
    pub id: String,
    /// Prefixes of resource types; empty: any type.
    #[serde(default)]
    pub types: Vec<String>,
    /// Each entry must be found in the reason; `a|b` means either. Case does not matter.
    pub reason: Vec<String>,
    /// A reason text this pattern must match; used as its test.
    pub example: String,
    /// What it means.
    pub cause: String,
    /// What to do.
    pub remedy: String,
    /// Where this is known from.
    pub sources: Vec<Source>,
}

/// A source.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Address.
    pub url: String,
    /// Day the cause was taken from a source; `None`: where AWS documents it, not read again.
    pub checked: Option<String>,
}

impl Pattern {
    /// How closely the pattern fits; `None` when it does not. Longer fragments and a named type weigh more.
    fn fit(&self, resource_type: &str, reason: &str) -> Option<usize> {
        let typed = self.types.iter().any(|t| resource_type.starts_with(t));
        if !typed && !self.types.is_empty() {
            return None;
        }
        let longest = |part: &String| {
            part.split('|')
                .filter(|p| reason.contains(&p.to_lowercase()))
                .map(str::len)
                .max()
        };
        let fragments: Option<usize> = self.reason.iter().map(longest).sum();
        Some(fragments? + if typed { 30 } else { 0 })
    }
}

/// All patterns.
pub fn load() -> Result<Vec<Pattern>> {
    let mut all = Vec::new();
    for (path, text) in cachewright_catalog::texts("failures")? {
        let file: File = serde_yaml::from_str(&text)
            .with_context(|| format!("catalog/{path}; this is a bug of the build"))?;
        all.extend(file.failures);
    }
    Ok(all)
}

/// The best matching pattern.
pub fn find<'p>(patterns: &'p [Pattern], resource_type: &str, reason: &str) -> Option<&'p Pattern> {
    let reason = reason.to_lowercase();
    patterns
        .iter()
        .filter_map(|p| Some((p.fit(resource_type, &reason)?, p)))
        .max_by_key(|(fit, p)| (*fit, std::cmp::Reverse(p.id.as_str())))
        .map(|(_, p)| p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_complete_and_finds_its_own_example() {
        let all = load().unwrap();
        assert!(all.len() >= 40, "{} patterns", all.len());
        let mut wrong = Vec::new();
        for p in &all {
            let kind = p.types.first().map_or("AWS::Unheard::Of", String::as_str);
            let best = find(&all, kind, &p.example).map(|f| f.id.as_str());
            if best != Some(p.id.as_str()) {
                wrong.push(format!("the example of {} finds {best:?}", p.id));
            }
            assert!(
                !p.cause.is_empty() && p.remedy.len() > 20 && !p.sources.is_empty(),
                "{}",
                p.id
            );
            for s in &p.sources {
                let dated = s.checked.as_ref().is_none_or(|day| day.starts_with("20"));
                assert!(s.url.starts_with("https://") && dated, "{}", p.id);
            }
        }
        let dated = all
            .iter()
            .filter(|p| p.sources.iter().any(|s| s.checked.is_some()))
            .count();
        assert!(dated >= 40, "{dated} patterns with a dated source");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let ids: std::collections::BTreeSet<_> = all.iter().map(|p| &p.id).collect();
        assert_eq!(ids.len(), all.len(), "ids are unique");
    }

    #[test]
    fn an_unknown_reason_has_no_pattern() {
        let all = load().unwrap();
        assert!(
            find(
                &all,
                "AWS::DynamoDB::Table",
                "the moon is in the wrong house"
            )
            .is_none()
        );
    }
}
