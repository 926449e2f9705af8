//! Known causes of failed deployments and what to do about them. Data, not code.
//!
//! Reads `catalog/failures/*.yaml`, embedded in the binary. A pattern matches on the resource type
//! and on fragments of AWS's own reason text; the most specific pattern comes first. A text in which
//! AWS refuses an action is a denial whatever it is about: only the patterns of denials explain it.
//! What a text is about is told by the type given, else by a type or service it names, else by its words.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::denial::{self, Denied};
use super::message::{self, Message, Vocabulary};
use super::subject::{self, Subject};

/// What a named resource type adds to a pattern's weight, in characters of matched text.
const TYPED: usize = 30;

/// What it adds that the text names the type or the service, or has a word of it.
const ABOUT: usize = 15;

/// How long a phrase must be to say by itself what a text is about that names nothing.
const DISTINCT: usize = 18;

/// How many explanations are worth reading.
const SHOWN: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    /// Prefix of resource types, and words (`a|b`) that tell a text is about it.
    #[serde(default)]
    words: BTreeMap<String, String>,
    /// Prefix of resource types, and names (`a|b`) its service goes by in texts beside that of the prefix.
    #[serde(default)]
    services: BTreeMap<String, String>,
    failures: Vec<Pattern>,
}

/// The failure catalog.
#[derive(Clone, Debug, Default)]
pub struct Failures {
    words: BTreeMap<String, String>,
    services: BTreeMap<String, String>,
    vocabulary: Vocabulary,
    /// Phrases that tell a kind of failure: of no service in particular.
    common: BTreeSet<String>,
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
    /// Says only what kind of failure it is, not what caused it: asked for where no cause is known.
    #[serde(default)]
    pub fallback: bool,
    /// Says only through what a failure came: shown after every pattern that knows the failure itself.
    #[serde(default)]
    pub outer: bool,
    /// A reason text this pattern must match; used as its test.
    pub example: String,
    /// What it means; `{action}`, `{resource}`, `{named}` and `{allowed}` stand for what the text names.
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

/// A message, and which services' types it may be about.
struct Question<'q> {
    message: Message,
    /// The resource's type, in lower case.
    kind: Option<String>,
    /// Prefixes of types, in lower case, of the services the message is from.
    services: Vec<String>,
    known: &'q Failures,
}

impl Pattern {
    /// How closely the pattern fits, its type apart; `None` when it does not. Longer fragments weigh more.
    fn fit(&self, text: &Message) -> Option<usize> {
        if text.denied.is_some() != self.denial || self.unless.iter().any(|part| text.has(part)) {
            return None;
        }
        if text.is_constraint() && !self.is_of_constraints() {
            return None;
        }
        let longest = |part: &String| part.split('|').filter(|p| text.has(p)).map(str::len).max();
        self.reason.iter().map(longest).sum()
    }

    /// Whether it knows the sentence in which AWS refuses a value: whatever else that names is where the value stands.
    fn is_of_constraints(&self) -> bool {
        let words = [
            "satisf",
            "constraint",
            "member must",
            "less than or equal",
            " enum",
        ];
        let known = |part: &String| words.iter().any(|w| part.contains(w));
        self.outer || self.reason.iter().any(known)
    }

    /// Whether a phrase of it in the text is so much its own that it says what the text is about. A single word, such
    /// as an error code, is many services' own.
    fn is_distinct_in(&self, text: &Message, common: &BTreeSet<String>) -> bool {
        let phrases = self.reason.iter().flat_map(|part| part.split('|'));
        phrases
            .filter(|p| p.len() >= DISTINCT && p.contains(' ') && !common.contains(*p))
            .any(|p| text.has(p))
    }

    fn explain(&self, denied: Option<&Denied>, about: &Subject) -> Explanation<'_> {
        let filled = |text: &str| subject::fill(&denial::fill(text, denied), about);
        Explanation {
            pattern: self,
            means: filled(&self.cause),
            to_do: filled(&self.remedy),
        }
    }
}

impl Question<'_> {
    /// What the resource's type adds; `None` when the pattern is about another one.
    fn typed(&self, pattern: &Pattern) -> Option<usize> {
        if pattern.types.is_empty() {
            return Some(0);
        }
        let about = |test: &dyn Fn(&str) -> bool| {
            (pattern.types.iter()).any(|t| test(t.to_lowercase().as_str()))
        };
        let message = &self.message;
        let named = || about(&|t| message.types.iter().any(|n| n.starts_with(t)));
        let served =
            || about(&|t| (self.services.iter()).any(|s| t.starts_with(s) || s.starts_with(t)));
        let found = match &self.kind {
            Some(kind) if about(&|t| kind.starts_with(t)) => return Some(TYPED),
            // A stack or a function fails with what another service said.
            Some(kind) => named() || (message.types.is_empty() && !self.is_of(kind) && served()),
            None if !message.types.is_empty() => named(),
            None if !self.services.is_empty() => served(),
            None => {
                let worded = (pattern.types.iter()).any(|t| self.known.has_word_of(t, message));
                if !worded && pattern.is_distinct_in(message, &self.known.common) {
                    return Some(0);
                }
                worded
            }
        };
        found.then_some(ABOUT)
    }

    /// Whether the message is from the service of this type.
    fn is_of(&self, kind: &str) -> bool {
        let service = |t: &str| t.split("::").nth(1).map(str::to_owned);
        self.services.iter().any(|s| service(s) == service(kind))
    }
}

impl Failures {
    /// The causes that fit, the closest first; `kind` is the resource's type where it is known.
    pub fn explain(&self, kind: Option<&str>, reason: &str) -> Vec<Explanation<'_>> {
        self.fitting(kind, reason, false)
    }

    /// Of a text whose cause is not known: what kind of failure it is, as far as its words tell.
    pub fn sort_of(&self, kind: Option<&str>, reason: &str) -> Option<Explanation<'_>> {
        let from_aws = kind.is_some() || message::is_of_aws(reason);
        let found = from_aws.then(|| self.fitting(kind, reason, true));
        found?.into_iter().next()
    }

    fn fitting(&self, kind: Option<&str>, reason: &str, fallback: bool) -> Vec<Explanation<'_>> {
        let asked = self.question(kind, reason);
        let asked_for = self.patterns.iter().filter(|p| p.fallback == fallback);
        let mut fitting: Vec<_> = asked_for
            .filter_map(|p| {
                let fit = p.fit(&asked.message)?;
                Some((fit + asked.typed(p)?, p))
            })
            .collect();
        fitting.sort_by_key(|(fit, p)| (p.outer, Reverse(*fit), p.id.as_str()));
        let about = subject::read(&asked.message.plain, kind);
        fitting
            .into_iter()
            .take(SHOWN)
            .map(|(_, p)| p.explain(asked.message.denied.as_ref(), &about))
            .collect()
    }

    /// Full names of resource types that patterns are about.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        let all = self.patterns.iter().flat_map(|p| &p.types);
        all.map(String::as_str)
            .filter(|t| t.split("::").filter(|part| !part.is_empty()).count() == 3)
    }

    fn question(&self, kind: Option<&str>, reason: &str) -> Question<'_> {
        let message = Message::read(reason, &self.vocabulary);
        let services = message.services.iter();
        let services = services.flat_map(|s| self.prefixes(s, &message)).collect();
        Question {
            services,
            kind: kind.map(str::to_lowercase),
            message,
            known: self,
        }
    }

    /// The prefixes of types, in lower case, of a service by the name it goes by in texts. A name that is also
    /// another's own tells of this service only where the text has a word of it.
    fn prefixes(&self, service: &str, message: &Message) -> Vec<String> {
        let own = |prefix: &str| {
            (prefix.split("::").nth(1)).is_some_and(|s| s.eq_ignore_ascii_case(service))
        };
        let keys: Vec<&String> = self.words.keys().filter(|k| own(k)).collect();
        // Of a service with several prefixes those that the text has words of.
        let worded = |k: &&String| self.has_own_word(k, message);
        let some = keys.len() > 1 && keys.iter().any(worded);
        let keys = keys.into_iter().filter(|k| !some || worded(k));
        let mut found: Vec<String> = keys.map(|k| k.to_lowercase()).collect();
        let shared = !found.is_empty();
        for (prefix, names) in &self.services {
            let named = names.split('|').any(|name| name == service);
            if named && (!shared || self.has_word_of(prefix, message)) {
                found.push(prefix.to_lowercase());
            }
        }
        if found.is_empty() {
            found.push(format!("aws::{service}::"));
        }
        found
    }

    /// Whether the text has a word of this prefix of types, or of one it belongs to.
    fn has_word_of(&self, prefix: &str, message: &Message) -> bool {
        (self.words.keys())
            .filter(|known| prefix.starts_with(known.as_str()))
            .any(|known| self.has_own_word(known, message))
    }

    fn has_own_word(&self, prefix: &str, message: &Message) -> bool {
        let words = self.words.get(prefix).map_or("", String::as_str);
        words
            .split('|')
            .any(|word| !word.is_empty() && message.is_about(word))
    }

    /// Lower case throughout, and which joined words of a message are evidence.
    fn learn(&mut self) {
        for p in &mut self.patterns {
            for part in p.reason.iter_mut().chain(&mut p.unless) {
                *part = part.to_lowercase();
            }
        }
        self.words.values_mut().for_each(|w| *w = w.to_lowercase());
        let kinds = self.patterns.iter().filter(|p| p.fallback);
        let common = kinds.flat_map(|p| p.reason.iter().flat_map(|part| part.split('|')));
        self.common = common.map(str::to_owned).collect();
        let fragments = self
            .patterns
            .iter()
            .flat_map(|p| p.reason.iter().chain(&p.unless));
        for fragment in fragments.chain(self.words.values()) {
            for part in fragment.split('|') {
                self.vocabulary.learn(part);
            }
        }
    }
}

/// The whole catalog.
pub fn load() -> Result<Failures> {
    let mut all = Failures::default();
    for (path, text) in cachewright_catalog::texts("failures")? {
        let file: File = crate::yaml::value(&text)
            .with_context(|| format!("catalog/{path}; this is a bug of the build"))?;
        all.words.extend(file.words);
        all.services.extend(file.services);
        all.patterns.extend(file.failures);
    }
    all.learn();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(all: &Failures, kind: &str, reason: &str) -> Option<String> {
        let found = all.explain(Some(kind), reason).into_iter().next();
        let found = found.or_else(|| all.sort_of(Some(kind), reason));
        found.map(|e| e.pattern.id.clone())
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
