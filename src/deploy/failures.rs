//! Known causes of failed deployments and what to do about them. Data, not code.
//!
//! Reads `catalog/failures/*.yaml`, embedded in the binary. A pattern matches on the resource type
//! and on fragments of AWS's own reason text; the most specific pattern comes first. A text in which
//! AWS refuses an action is a denial whatever it is about: only the patterns of denials explain it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::denial::{self, Denied};

/// What a named resource type adds to a pattern's weight, in characters of matched text.
const TYPED: usize = 30;

/// What it adds that the text has a word of the pattern's service, when nobody names a type.
const ABOUT: usize = 15;

/// How many explanations are worth reading.
const SHOWN: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Prefix of resource types, and words (`a|b`) that tell a text is about it.
    #[serde(default)]
    words: BTreeMap<String, String>,
    failures: Vec<Pattern>,
}

/// The failure catalog.
#[derive(Clone, Debug, Default)]
pub struct Failures {
    words: BTreeMap<String, String>,
    patterns: Vec<Pattern>,
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
    /// Whether it explains a refused action; such texts are explained by nothing else.
    #[serde(default)]
    pub denial: bool,
    /// Each entry must be found in the reason; `a|b` means either. Case does not matter.
    pub reason: Vec<String>,
    /// None of these may be found.
    #[serde(default)]
    pub unless: Vec<String>,
    /// A reason text this pattern must match; used as its test.
    pub example: String,
    /// What it means; `{action}` and `{resource}` stand for what the text names.
    pub cause: String,
    /// What to do, with the same placeholders.
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

/// A pattern that fits a text, with the text's own names filled in.
#[derive(Clone, Debug)]
pub struct Explanation<'p> {
    /// The pattern.
    pub pattern: &'p Pattern,
    /// What it means.
    pub means: String,
    /// What to do.
    pub to_do: String,
}

/// A reason of AWS, prepared for matching.
struct Text {
    lower: String,
    denied: Option<Denied>,
}

impl Pattern {
    /// How closely the pattern fits, its type apart; `None` when it does not. Longer fragments weigh more.
    fn fit(&self, text: &Text) -> Option<usize> {
        if text.denied.is_some() != self.denial || self.unless.iter().any(|part| text.has(part)) {
            return None;
        }
        let longest = |part: &String| part.split('|').filter(|p| text.has(p)).map(str::len).max();
        self.reason.iter().map(longest).sum()
    }

    fn explain(&self, denied: Option<&Denied>) -> Explanation<'_> {
        Explanation {
            pattern: self,
            means: denial::fill(&self.cause, denied),
            to_do: denial::fill(&self.remedy, denied),
        }
    }
}

impl Text {
    fn new(reason: &str) -> Self {
        Self {
            lower: reason.to_lowercase(),
            denied: denial::read(reason),
        }
    }

    fn has(&self, part: &str) -> bool {
        self.lower.contains(&part.to_lowercase())
    }
}

impl Failures {
    /// The patterns that fit, the closest first; `kind` is the resource's type where it is known.
    pub fn explain(&self, kind: Option<&str>, reason: &str) -> Vec<Explanation<'_>> {
        let text = Text::new(reason);
        let mut fitting: Vec<_> = self
            .patterns
            .iter()
            .filter_map(|p| Some((p.fit(&text)? + self.typed(p, kind, &text)?, p)))
            .collect();
        fitting.sort_by_key(|(fit, p)| (Reverse(*fit), p.id.as_str()));
        fitting
            .into_iter()
            .take(SHOWN)
            .map(|(_, p)| p.explain(text.denied.as_ref()))
            .collect()
    }

    /// What the resource's type adds; `None` when the pattern is about another one.
    fn typed(&self, pattern: &Pattern, kind: Option<&str>, text: &Text) -> Option<usize> {
        if pattern.types.is_empty() {
            return Some(0);
        }
        match kind {
            Some(kind) => pattern
                .types
                .iter()
                .any(|t| kind.starts_with(t.as_str()))
                .then_some(TYPED),
            None => pattern
                .types
                .iter()
                .any(|t| self.is_about(t, text))
                .then_some(ABOUT),
        }
    }

    /// Whether the text has a word of this prefix of types, or of one it belongs to.
    fn is_about(&self, prefix: &str, text: &Text) -> bool {
        self.words
            .iter()
            .filter(|(known, _)| prefix.starts_with(known.as_str()))
            .any(|(_, words)| words.split('|').any(|word| text.has(word)))
    }
}

/// The whole catalog.
pub fn load() -> Result<Failures> {
    let mut all = Failures::default();
    for (path, text) in cachewright_catalog::texts("failures")? {
        let file: File = crate::yaml::value(&text)
            .with_context(|| format!("catalog/{path}; this is a bug of the build"))?;
        all.words.extend(file.words);
        all.patterns.extend(file.failures);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(all: &Failures, kind: &str, reason: &str) -> Option<String> {
        let found = all.explain(Some(kind), reason);
        found.first().map(|e| e.pattern.id.clone())
    }

    #[test]
    fn every_pattern_is_complete_and_finds_its_own_example() {
        let all = load().unwrap();
        assert!(all.patterns.len() >= 150, "{} patterns", all.patterns.len());
        let mut wrong = Vec::new();
        for p in &all.patterns {
            let kind = p.types.first().map_or("AWS::Unheard::Of", String::as_str);
            let best = best(&all, kind, &p.example);
            if best.as_deref() != Some(p.id.as_str()) {
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
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let dated = all
            .patterns
            .iter()
            .filter(|p| p.sources.iter().any(|s| s.checked.is_some()))
            .count();
        assert!(dated >= 40, "{dated} patterns with a dated source");
        let typed = all.patterns.iter().flat_map(|p| &p.types);
        let wordless: Vec<_> = typed
            .filter(|t| !all.words.keys().any(|k| t.starts_with(k.as_str())))
            .collect();
        assert!(wordless.is_empty(), "types without words: {wordless:?}");
        let ids: std::collections::BTreeSet<_> = all.patterns.iter().map(|p| &p.id).collect();
        assert_eq!(ids.len(), all.patterns.len(), "ids are unique");
    }

    #[test]
    fn a_denial_is_a_denial_whatever_it_is_about() {
        let all = load().unwrap();
        let denied = "is not authorized to perform: dynamodb:UpdateTimeToLive on resource: t \
                      because no identity-based policy allows the dynamodb:UpdateTimeToLive action";
        let found = all.explain(Some("AWS::DynamoDB::Table"), denied);
        assert!(found.iter().all(|e| e.pattern.denial));
        assert!(found[0].to_do.contains("dynamodb:UpdateTimeToLive"));
    }

    #[test]
    fn an_unknown_reason_has_no_pattern() {
        let all = load().unwrap();
        let text = "the moon is in the wrong house";
        assert!(all.explain(Some("AWS::DynamoDB::Table"), text).is_empty());
        assert!(all.explain(None, text).is_empty());
    }

    #[test]
    fn without_a_type_the_text_says_which_service_it_is_about() {
        let all = load().unwrap();
        let text = "ServerlessCacheAlreadyExistsFault: a cache of ElastiCache already exists";
        assert_eq!(all.explain(None, text)[0].pattern.id, "cache-name-taken");
    }
}
