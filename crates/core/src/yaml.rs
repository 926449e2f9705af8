//! The only file that parses YAML: text in, a tree with positions out.
//!
//! Scalars stay as written, so quantities keep their units and `no` is not a boolean. JSON is YAML
//! here. Aliases, tags and multiple documents are refused: a profile is data, and an alias can
//! expand without end. Reading a tree into types is [`Reader`]'s job; it collects every problem.

use std::fmt::Display;
use std::str::FromStr;

use granit_parser::{Event, Parser, ScalarStyle};

use crate::diagnostic::{Diagnostic, Span};
use crate::text::{meant_or, one_of, short};

/// Deepest nesting accepted.
const MAX_DEPTH: usize = 24;
/// Largest file accepted, bytes.
pub const MAX_BYTES: usize = 1 << 20;
/// Most nodes accepted.
const MAX_NODES: usize = 200_000;

/// A value of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, `~` or `null`.
    Null,
    /// A scalar as written, escapes resolved.
    Scalar(String),
    /// Entries in order; keys are unique.
    Map(Vec<Entry>),
    /// Items in order.
    Seq(Vec<Node>),
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The entry of a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.value),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub fn what(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Scalar(_) => "a single value",
            Kind::Map(_) => "a map",
            Kind::Seq(_) => "a list",
        }
    }

    /// The tree as JSON: scalars stay the texts they were written as, so that reading it again gives the same.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            Kind::Null => serde_json::Value::Null,
            Kind::Scalar(text) => text.as_str().into(),
            Kind::Seq(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|e| (e.key.clone(), e.value.to_json()));
                serde_json::Value::Object(entries.collect())
            }
        }
    }

    /// Scalar text.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }
}

/// Parses one document.
pub fn parse(source: &str) -> Result<Node, Diagnostic> {
    if source.len() > MAX_BYTES {
        return Err(Diagnostic::error(
            "file-too-large",
            format!("the file has {} bytes", source.len()),
            0..0,
            "at most 1 MiB is read",
        ));
    }
    Tree {
        source,
        events: Parser::new_from_str(source),
        nodes: 0,
        tags: false,
    }
    .document()
}

/// Parses a CloudFormation template: a short form `!Tag value` becomes a map with the one key `!Tag`.
pub fn parse_template(source: &str) -> Result<Node, Diagnostic> {
    Tree {
        source,
        events: Parser::new_from_str(source),
        nodes: 0,
        tags: true,
    }
    .document()
}

struct Tree<'s> {
    source: &'s str,
    events: Parser<'s, granit_parser::StrInput<'s>>,
    nodes: usize,
    /// Keep tags instead of refusing them.
    tags: bool,
}

impl<'s> Tree<'s> {
    fn next(&mut self) -> Result<(Event<'s>, Span), Diagnostic> {
        loop {
            match self.events.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok((event, span))) => {
                    let span = span.byte_range().unwrap_or(0..0);
                    return Ok((event, span));
                }
                Some(Err(error)) => {
                    let at = error
                        .marker()
                        .byte_offset()
                        .unwrap_or(0)
                        .min(self.source.len());
                    return Err(Diagnostic::error(
                        "yaml-syntax",
                        format!("this is not valid YAML: {}", error.info()),
                        at..at,
                        "here",
                    ));
                }
                None => return Ok((Event::StreamEnd, self.source.len()..self.source.len())),
            }
        }
    }

    fn document(mut self) -> Result<Node, Diagnostic> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(..), _) => {}
                (Event::StreamEnd, span) => {
                    return Err(Diagnostic::error(
                        "file-empty",
                        "the file has no content",
                        span,
                        "nothing here",
                    ));
                }
                (event, span) => {
                    let root = self.node(event, span, 0)?;
                    self.end()?;
                    return Ok(root);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(()),
                (Event::DocumentStart(..), span) => {
                    return Err(Diagnostic::error(
                        "yaml-documents",
                        "the file has more than one document",
                        span,
                        "a second document starts here",
                    ));
                }
                _ => {}
            }
        }
    }

    fn node(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(Diagnostic::error(
                "yaml-nesting",
                format!(
                    "the file is nested deeper than {MAX_DEPTH} levels or has more than {MAX_NODES} values"
                ),
                span,
                "here",
            ));
        }
        let tag = event.tag().map(granit_parser::Tag::original);
        if let Some(tag) = tag.filter(|_| self.tags) {
            let start = span.clone();
            let value = self.content(event, span, depth)?;
            let entry = Entry {
                key: tag,
                key_span: start.clone(),
                value,
            };
            return Ok(Node {
                span: start,
                kind: Kind::Map(vec![entry]),
            });
        }
        if event.tag().is_some() {
            return Err(Diagnostic::error(
                "yaml-tag",
                "tags are not allowed",
                span,
                "a tag stands before this value",
            )
            .help("remove the `!tag`; write plain values"));
        }
        self.content(event, span, depth)
    }

    fn content(&mut self, event: Event<'s>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        match event {
            Event::Scalar(text, style, ..) => Ok(scalar(text.into_owned(), style, span)),
            Event::SequenceStart(..) => self.sequence(span, depth),
            Event::MappingStart(..) => self.mapping(span, depth),
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                Err(
                    Diagnostic::error("yaml-alias", "aliases are not allowed", span, "an alias")
                        .help("write the value out"),
                )
            }
            _ => Err(Diagnostic::error(
                "yaml-syntax",
                "this is not valid YAML: a value is missing",
                span,
                "here",
            )),
        }
    }

    fn sequence(&mut self, start: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                let span = start.start
                    ..items
                        .last()
                        .map_or(span.end, |n: &Node| n.span.end.max(start.start));
                return Ok(Node {
                    span,
                    kind: Kind::Seq(items),
                });
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn mapping(&mut self, start: Span, depth: usize) -> Result<Node, Diagnostic> {
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                let span = start.start
                    ..entries
                        .last()
                        .map_or(span.end, |e| e.value.span.end.max(start.start));
                return Ok(Node {
                    span,
                    kind: Kind::Map(entries),
                });
            }
            let key_node = self.node(event, span, depth + 1)?;
            let Some(key) = key_node.text().map(ToOwned::to_owned) else {
                return Err(Diagnostic::error(
                    "yaml-key",
                    "a key must be a plain word",
                    key_node.span,
                    "not a word",
                ));
            };
            if let Some(first) = entries.iter().find(|e| e.key == key) {
                return Err(Diagnostic::error(
                    "yaml-duplicate-key",
                    format!("`{}` is given twice", short(&key)),
                    key_node.span,
                    "again here",
                )
                .also(first.key_span.clone(), "first here")
                .help("remove one of the two"));
            }
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            entries.push(Entry {
                key,
                key_span: key_node.span,
                value,
            });
        }
    }
}

fn scalar(text: String, style: ScalarStyle, span: Span) -> Node {
    let null = matches!(style, ScalarStyle::Plain) && matches!(text.as_str(), "" | "~" | "null");
    Node {
        span,
        kind: if null { Kind::Null } else { Kind::Scalar(text) },
    }
}

/// A text of ours or of CloudFormation as plain data: tags and positions are passed over. What users
/// write is read by [`parse`].
pub fn value<T: serde::de::DeserializeOwned>(text: &str) -> anyhow::Result<T> {
    Ok(serde_yaml::from_str(text)?)
}

/// A scalar is none of the words of a closed list.
pub fn no_choice(
    code: &'static str,
    text: &str,
    span: &Span,
    path: &str,
    words: &[&str],
) -> Diagnostic {
    let label = meant_or(text, words.iter().copied(), "not one of the choices");
    let message = format!("`{}` is not a value of `{path}`", short(text));
    Diagnostic::error(code, message, span.clone(), label).help(format!("use {}", one_of(words)))
}

/// Reads a map into types and collects every problem.
pub struct Reader<'n, 'd> {
    entries: &'n [Entry],
    path: String,
    span: Span,
    known: Vec<&'static str>,
    problems: &'d mut Vec<Diagnostic>,
    codes: Codes,
}

/// The diagnostic codes a reader uses: profiles and catalogs have their own.
#[derive(Clone, Copy, Debug)]
pub struct Codes {
    /// A key nobody knows.
    pub unknown_key: &'static str,
    /// A required key is missing.
    pub missing: &'static str,
    /// A value of the wrong shape.
    pub shape: &'static str,
    /// A word that is not one of the choices.
    pub word: &'static str,
    /// A quantity that cannot be read.
    pub quantity: &'static str,
}

impl<'n, 'd> Reader<'n, 'd> {
    /// A reader over a map; anything else is a problem and reads as empty.
    pub fn new(
        node: &'n Node,
        path: &str,
        codes: Codes,
        problems: &'d mut Vec<Diagnostic>,
    ) -> Self {
        let entries: &[Entry] = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Null => &[],
            _ => {
                let whole = if path.is_empty() { "the file" } else { path };
                problems.push(Diagnostic::error(
                    codes.shape,
                    format!("{whole} is {}, not a map of keys", node.what()),
                    first_line(&node.span),
                    "expected `key: value`",
                ));
                &[]
            }
        };
        Self {
            entries,
            path: path.to_owned(),
            span: node.span.clone(),
            known: Vec::new(),
            problems,
            codes,
        }
    }

    /// The path of a key below this map.
    pub fn path(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// The value of a key; null counts as absent.
    pub fn node(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let node = self.entries.iter().find(|e| e.key == key).map(|e| &e.value);
        node.filter(|n| n.kind != Kind::Null)
    }

    /// The value of a required key.
    pub fn required(&mut self, key: &'static str) -> Option<&'n Node> {
        let node = self.node(key);
        if node.is_none() {
            let path = self.path(key);
            let at = self.span.start..self.span.start;
            self.problems.push(Diagnostic::error(
                self.codes.missing,
                format!("`{path}` is missing"),
                at,
                format!("needs `{key}`"),
            ));
        }
        node
    }

    /// A scalar of a key.
    pub fn text(&mut self, key: &'static str) -> Option<(&'n str, Span)> {
        let node = self.node(key)?;
        self.scalar(node, key)
    }

    /// A scalar node, or a problem.
    pub fn scalar(&mut self, node: &'n Node, key: &str) -> Option<(&'n str, Span)> {
        if let Some(text) = node.text() {
            return Some((text, node.span.clone()));
        }
        let path = self.path(key);
        self.problems.push(Diagnostic::error(
            self.codes.shape,
            format!("`{path}` is {}, not a single value", node.what()),
            first_line(&node.span),
            "expected one value",
        ));
        None
    }

    /// A list of scalars; a single scalar counts as a list of one.
    pub fn texts(&mut self, key: &'static str) -> Option<Vec<(&'n str, Span)>> {
        let node = self.node(key)?;
        match &node.kind {
            Kind::Seq(items) => Some(
                items
                    .iter()
                    .filter_map(|item| self.scalar(item, key))
                    .collect(),
            ),
            Kind::Scalar(text) => Some(vec![(text, node.span.clone())]),
            _ => {
                let path = self.path(key);
                self.problem(
                    self.codes.shape,
                    format!("`{path}` is {}, not a list", node.what()),
                    first_line(&node.span),
                    "expected `[a, b]`",
                    None,
                );
                None
            }
        }
    }

    /// A word out of a closed list.
    pub fn word<W: crate::domain::profile::Word>(
        &mut self,
        key: &'static str,
    ) -> Option<(W, Span)> {
        let (text, span) = self.text(key)?;
        self.to_word(text, &span, key).map(|w| (w, span))
    }

    /// A scalar as a word.
    pub fn to_word<W: crate::domain::profile::Word>(
        &mut self,
        text: &str,
        span: &Span,
        key: &str,
    ) -> Option<W> {
        if let Some(word) = W::from_word(text) {
            return Some(word);
        }
        let words: Vec<&str> = W::ALL.iter().map(|w| w.word()).collect();
        let path = self.path(key);
        self.problems
            .push(no_choice(self.codes.word, text, span, &path, &words));
        None
    }

    /// Anything that parses from text.
    pub fn parsed<T: FromStr<Err: Display>>(&mut self, key: &'static str) -> Option<T> {
        let (text, span) = self.text(key)?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                let path = self.path(key);
                self.problem(
                    self.codes.quantity,
                    format!("`{path}`: {error}"),
                    span,
                    "cannot be read",
                    None,
                );
                None
            }
        }
    }

    /// Records a problem.
    pub fn problem(
        &mut self,
        code: &'static str,
        message: String,
        span: Span,
        label: &str,
        help: Option<String>,
    ) {
        let mut diagnostic = Diagnostic::error(code, message, span, label);
        diagnostic.help = help;
        self.problems.push(diagnostic);
    }

    /// The list of problems, for nested readers.
    pub fn problems(&mut self) -> &mut Vec<Diagnostic> {
        self.problems
    }

    /// The codes, for nested readers.
    pub fn codes(&self) -> Codes {
        self.codes
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for entry in self
            .entries
            .iter()
            .filter(|e| !self.known.contains(&e.key.as_str()))
        {
            let label = meant_or(&entry.key, self.known.iter().copied(), "unknown key");
            let place = if self.path.is_empty() {
                "here".to_owned()
            } else {
                format!("under `{}`", self.path)
            };
            let mut known = self.known.clone();
            known.sort_unstable();
            known.dedup();
            let help = format!("keys {place}: {}", known.join(", "));
            self.problems.push(
                Diagnostic::error(
                    self.codes.unknown_key,
                    format!("`{}` is not a key {place}", short(&entry.key)),
                    entry.key_span.clone(),
                    label,
                )
                .help(help),
            );
        }
    }
}

/// The start of a span, so that a caret under a whole map stays on one line.
fn first_line(span: &Span) -> Span {
    span.start..span.start + usize::from(span.end > span.start)
}
