//! What a request asks for, as a hash: which parts of it `--key` makes the key, and how many keys there
//! would be without query strings.

use std::borrow::Cow;
use std::str::FromStr;

use regex_lite::Regex;

use super::Reading;
use crate::access::hash_key;
use crate::sketch::Sketch;

/// Which parts of a request make the key, as cache policies choose them.
#[derive(Clone, Debug, Default)]
pub enum KeyRule {
    /// Host, path and query string; in other logs all that names the object.
    #[default]
    All,
    /// The path, and what is said.
    Parts {
        /// With the host.
        host: bool,
        /// With the query string.
        query: bool,
    },
    /// The groups of an expression that is matched against host, path and query string; what it does
    /// not match stays whole.
    Groups(Regex),
}

impl FromStr for KeyRule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, query) = match text {
            "path" => (false, false),
            "path+query" => (false, true),
            "host+path" => (true, false),
            "host+path+query" => return Ok(Self::All),
            pattern if pattern.contains('(') => {
                let found = Regex::new(pattern).map_err(|e| e.to_string())?;
                if found.captures_len() < 2 {
                    return Err(format!("`{pattern}` has no group, and groups are the key"));
                }
                return Ok(Self::Groups(found));
            }
            other => {
                return Err(format!(
                    "`{other}` is no key; use path, path+query, host+path, host+path+query, or a regular \
                     expression with groups, as `^[^/]*(/[^?]*)`"
                ));
            }
        };
        Ok(Self::Parts { host, query })
    }
}

/// Makes keys of requests.
pub(crate) struct Keys {
    seed: u64,
    rule: KeyRule,
    has_host: bool,
    has_query: bool,
    text: Vec<u8>,
    /// Keys of reads without their query strings.
    bare: Sketch,
}

impl Keys {
    pub(crate) fn new(reading: &Reading) -> Self {
        let (host, query) = match reading.key {
            KeyRule::Parts { host, query } => (host, query),
            _ => (true, true),
        };
        Self {
            seed: reading.seed,
            rule: reading.key.clone(),
            has_host: host,
            has_query: query && !reading.ignore_query,
            text: Vec::new(),
            bare: Sketch::default(),
        }
    }

    /// The key of an HTTP request for `target`, a path with or without query string.
    pub(crate) fn http(&mut self, host: &[u8], target: &[u8], is_read: bool) -> u64 {
        let mark = memchr::memchr(b'?', target);
        let (path, query) = target.split_at(mark.unwrap_or(target.len()));
        self.parts(host, path, query, is_read)
    }

    /// The same, with the query string apart and its `?` in front; empty where there is none.
    pub(crate) fn parts(&mut self, host: &[u8], path: &[u8], query: &[u8], is_read: bool) -> u64 {
        self.text.clear();
        if self.has_host {
            self.text.extend_from_slice(host);
        }
        self.text.extend_from_slice(path);
        if !self.has_query {
            return self.hash();
        }
        let bare = self.text.len();
        self.text.extend_from_slice(query);
        let hash = self.hash();
        if is_read && matches!(self.rule, KeyRule::All) {
            let bare = if query.is_empty() {
                hash
            } else {
                hash_key(&self.text[..bare], self.seed)
            };
            self.bare.add(bare, 1);
        }
        hash
    }

    /// The key of an object that no URL names.
    pub(crate) fn named(&mut self, name: &[u8]) -> u64 {
        if !matches!(self.rule, KeyRule::Groups(_)) {
            return hash_key(name, self.seed);
        }
        self.text.clear();
        self.text.extend_from_slice(name);
        self.hash()
    }

    fn hash(&self) -> u64 {
        let KeyRule::Groups(pattern) = &self.rule else {
            return hash_key(&self.text, self.seed);
        };
        let text: Cow<'_, str> = String::from_utf8_lossy(&self.text);
        let Some(found) = pattern.captures(&text) else {
            return hash_key(&self.text, self.seed);
        };
        let mut key = Vec::new();
        for group in found.iter().skip(1) {
            key.extend_from_slice(group.map_or("", |m| m.as_str()).as_bytes());
            key.push(b'\n');
        }
        hash_key(&key, self.seed)
    }

    /// Hands over what was counted.
    pub(crate) fn take_bare(&mut self) -> Sketch {
        std::mem::take(&mut self.bare)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(rule: &str) -> Keys {
        Keys::new(&Reading {
            key: rule.parse().unwrap(),
            ..Reading::default()
        })
    }

    #[test]
    fn the_parts_that_were_asked_for_make_the_key() {
        for (rule, want) in [
            ("path", "/a/1.png"),
            ("path+query", "/a/1.png?v=2"),
            ("host+path", "h.example/a/1.png"),
            ("host+path+query", "h.example/a/1.png?v=2"),
            ("(^[^/]*)/[^?]*.*(v=[0-9]+)", "h.example\nv=2\n"),
            ("^nothing(like it)", "h.example/a/1.png?v=2"),
        ] {
            let hash = keys(rule).http(b"h.example", b"/a/1.png?v=2", true);
            assert_eq!(hash, hash_key(want.as_bytes(), 0), "{rule}");
        }
        assert_eq!(keys("path").named(b"user:7"), hash_key(b"user:7", 0));
        assert_eq!(keys("^([a-z]+):").named(b"user:7"), hash_key(b"user\n", 0));
        for wrong in ["url", "[a-z]+", "(", ""] {
            assert!(wrong.parse::<KeyRule>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn keys_without_query_strings_are_counted() {
        let mut keys = keys("host+path+query");
        for target in ["/a?1", "/a?2", "/a", "/b"] {
            keys.http(b"h", target.as_bytes(), true);
        }
        keys.http(b"h", b"/form", false);
        assert_eq!(keys.take_bare().distinct(), 2);
    }
}
