//! Catalog files → one consistent [`Catalog`]; every problem of every file at once.
//!
//! Used twice with the same code: by `build.rs` for the embedded catalog, and at run time for a
//! team's overlay (`--catalog DIR`). This module reads no files: callers hand in names and texts.

mod checks;
mod comparisons;
mod plausible;
mod rules;
mod services;
mod tables;
mod usage_types;

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::{Catalog, Source, SourceId};
use crate::services::Registry;
use crate::text::{hex, short};
use crate::yaml::{self, Codes, Kind, Node, Reader};

pub use rules::number_text;
pub use tables::DEFAULT_WEIGHTS;

/// Diagnostic codes of catalog files.
pub const CODES: Codes = Codes {
    unknown_key: "catalog-unknown-key",
    missing: "catalog-missing-key",
    shape: "catalog-shape",
    word: "catalog-unknown-word",
    quantity: "catalog-quantity",
};

/// One catalog file: its path below the catalog directory and its text.
#[derive(Clone, Debug)]
pub struct File {
    /// Path with `/`, such as `services/dynamodb.yaml`.
    pub path: String,
    /// Content.
    pub text: String,
}

/// Problems of one file.
#[derive(Clone, Debug)]
pub struct Problems {
    /// The file.
    pub file: File,
    /// Its problems; at least one.
    pub problems: Vec<Diagnostic>,
}

/// Sources while files are read: the same source is stored once.
#[derive(Default)]
pub(crate) struct Sources(BTreeMap<Source, SourceId>);

impl Sources {
    fn id(&mut self, source: Source) -> SourceId {
        let next = SourceId::try_from(self.0.len()).unwrap_or(SourceId::MAX);
        *self.0.entry(source).or_insert(next)
    }

    fn list(self) -> Vec<Source> {
        let mut list: Vec<(SourceId, Source)> = self.0.into_iter().map(|(s, i)| (i, s)).collect();
        list.sort_by_key(|(i, _)| *i);
        list.into_iter().map(|(_, s)| s).collect()
    }
}

/// Builds the catalog, or says everything that is wrong with the files.
///
/// Files are read in path order; a later `services/X.yaml` with the same service id replaces an
/// earlier one, and a rule with the same id replaces an earlier rule, so that an overlay appended
/// to the embedded files can add and change.
pub fn build(files: &[File]) -> Result<Catalog, Vec<Problems>> {
    build_with(&Registry::default(), files)
}

/// [`build`] for other services than those of this program.
pub fn build_with(registry: &Registry, files: &[File]) -> Result<Catalog, Vec<Problems>> {
    let mut parts = Parts::default();
    let mut all = Vec::new();
    for file in files {
        let mut problems = Vec::new();
        match yaml::parse(&file.text) {
            Ok(node) => parts.read(&file.path, &node, &mut problems),
            Err(problem) => problems.push(problem),
        }
        if !problems.is_empty() {
            all.push(Problems {
                file: file.clone(),
                problems,
            });
        }
    }
    if all.is_empty() {
        all.extend(checks::cross_check(registry, &parts, files));
    }
    if all.is_empty() {
        Ok(parts.finish(hash(files)))
    } else {
        Err(all)
    }
}

/// `sha256:…` over paths and texts.
pub fn hash(files: &[File]) -> String {
    let mut hasher = Sha256::new();
    for file in files {
        hasher.update(file.path.as_bytes());
        hasher.update([0]);
        hasher.update(file.text.as_bytes());
        hasher.update([0]);
    }
    format!("sha256:{}", hex(&hasher.finalize()))
}

/// Everything read so far.
#[derive(Default)]
pub(crate) struct Parts {
    sources: Sources,
    services: BTreeMap<String, crate::domain::catalog::Service>,
    rules: BTreeMap<String, crate::domain::rule::Rule>,
    regions: Vec<crate::domain::catalog::Region>,
    partitions: Vec<crate::domain::catalog::Partition>,
    origins: Vec<crate::domain::catalog::OriginFacts>,
    weights: Option<crate::domain::catalog::Weights>,
    codes: Vec<crate::domain::catalog::CodeText>,
    forbidden: BTreeMap<String, String>,
    stacks: crate::domain::catalog::StackFacts,
    discounts: Vec<crate::domain::catalog::DiscountPlan>,
    briefly: Vec<crate::domain::catalog::Briefly>,
    words: (Vec<crate::domain::catalog::Term>, Vec<(String, String)>),
    plausible: crate::domain::plausible::Plausible,
    usage_types: crate::domain::bill::UsageTypes,
    rule_places: Vec<(String, usize, Span)>,
    files_read: usize,
}

impl Parts {
    fn read(&mut self, path: &str, node: &Node, problems: &mut Vec<Diagnostic>) {
        let index = self.files_read;
        self.files_read += 1;
        let folder = path.split_once('/').map_or("", |(folder, _)| folder);
        match (folder, path) {
            ("services" | "comparisons", _) => {
                if let Some(service) = services::read(node, path, &mut self.sources, problems) {
                    self.services.insert(service.id.clone(), service);
                }
            }
            ("rules", _) => {
                for (rule, span) in rules::read(node, &mut self.sources, problems) {
                    self.rule_places.push((rule.id.clone(), index, span));
                    self.rules.insert(rule.id.clone(), rule);
                }
            }
            (_, "regions.yaml") => {
                (self.regions, self.partitions) = tables::regions(node, problems);
            }
            (_, "origins.yaml") => self.origins = tables::origins(node, &mut self.sources, problems),
            (_, "weights.yaml") => self.weights = tables::weights(node, &mut self.sources, problems),
            (_, "codes.yaml") => self.codes = tables::codes(node, problems),
            (_, "stacks.yaml") => self.stacks = tables::stacks(node, &mut self.sources, problems),
            (_, "discounts.yaml") => {
                for plan in tables::discounts(node, &mut self.sources, problems) {
                    self.discounts.retain(|known| known.id != plan.id);
                    self.discounts.push(plan);
                }
            }
            (_, "plausible.yaml") => self.plausible = plausible::read(node, problems),
            (_, "briefly.yaml") => self.briefly = tables::briefly(node, problems),
            (_, "usage-types.yaml") => {
                usage_types::read(&mut self.usage_types, node, &mut self.sources, problems);
            }
            (_, "words.yaml") => self.words = tables::words(node, problems),
            (_, "forbid.yaml") => self.forbidden.extend(tables::forbidden(node, problems)),
            _ => problems.push(
                Diagnostic::error("catalog-unknown-file", format!("`{path}` is not a catalog file"), 0..0, "nobody reads it")
                    .help("files are services/*.yaml, comparisons/*.yaml, rules/*.yaml, regions.yaml, origins.yaml, weights.yaml, codes.yaml, stacks.yaml, discounts.yaml, plausible.yaml, briefly.yaml, words.yaml, usage-types.yaml, forbid.yaml"),
            ),
        }
    }

    fn finish(self, hash: String) -> Catalog {
        let mut catalog = Catalog {
            hash,
            sources: Vec::new(),
            regions: self.regions,
            partitions: self.partitions,
            services: self.services.into_values().collect(),
            rules: self.rules.into_values().collect(),
            origins: self.origins,
            weights: self.weights.unwrap_or(DEFAULT_WEIGHTS),
            codes: self.codes,
            stacks: self.stacks,
            discounts: self.discounts,
            briefly: self.briefly,
            words: self.words.0,
            finds: self.words.1,
            plausible: self.plausible,
            usage_types: self.usage_types,
        };
        let mut sources = self.sources;
        catalog
            .rules
            .extend(tables::forbid_rules(&self.forbidden, &mut sources));
        catalog.rules.sort_by(|a, b| a.id.cmp(&b.id));
        catalog.regions.sort_by(|a, b| a.code.cmp(&b.code));
        catalog.codes.sort_by(|a, b| a.code.cmp(&b.code));
        catalog.sources = sources.list();
        catalog
    }
}

/// Reads every row of a list of maps; one that cannot be read is a problem and left out.
fn rows<T>(
    node: &Node,
    path: &str,
    problems: &mut Vec<Diagnostic>,
    mut read: impl FnMut(&mut Reader<'_, '_>) -> Option<T>,
) -> Vec<T> {
    let Kind::Seq(items) = &node.kind else {
        problems.push(Diagnostic::error(
            CODES.shape,
            format!("`{path}` is {}, not a list", node.what()),
            node.span.start..node.span.start,
            "expected a list",
        ));
        return Vec::new();
    };
    let mut out = Vec::new();
    for item in items {
        let mut r = Reader::new(item, path, CODES, problems);
        let row = read(&mut r);
        r.finish();
        out.extend(row);
    }
    out
}

/// `sources:` of a file or rule: a map of keys, or a list of inline sources.
pub(crate) fn source(node: &Node, path: &str, problems: &mut Vec<Diagnostic>) -> Option<Source> {
    let mut reader = Reader::new(node, path, CODES, problems);
    let url = reader.required("url").and_then(|n| reader.scalar(n, "url"));
    let date = reader.text("date").map(|(t, _)| t.to_owned());
    let checked = reader
        .required("checked")
        .and_then(|n| reader.scalar(n, "checked"));
    if let Some((url, span)) = &url {
        let good =
            url.starts_with("https://") || url.starts_with("github ") || url.starts_with("the ");
        if !good {
            reader.problem(
                "catalog-source",
                format!("`{}` is not a source", short(url)),
                span.clone(),
                "not an address",
                Some("give an https address, or `github owner/repository@commit path`".to_owned()),
            );
        }
    }
    if let Some((checked, span)) = &checked {
        let shape = checked.len() == 10
            && checked.bytes().enumerate().all(|(i, b)| {
                if i == 4 || i == 7 {
                    b == b'-'
                } else {
                    b.is_ascii_digit()
                }
            });
        if !shape {
            reader.problem(
                "catalog-source",
                format!("`{}` is not a date", short(checked)),
                span.clone(),
                "not a date",
                Some("write it as 2026-11-23".to_owned()),
            );
        }
    }
    reader.finish();
    Some(Source {
        url: url?.0.to_owned(),
        date,
        checked: checked?.0.to_owned(),
    })
}

/// The inline sources of a rule or table row.
pub(crate) fn inline_sources(
    node: Option<&Node>,
    path: &str,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) -> Vec<SourceId> {
    let Some(node) = node else { return Vec::new() };
    let Kind::Seq(items) = &node.kind else {
        problems.push(Diagnostic::error(
            CODES.shape,
            format!("`{path}` is {}, not a list of sources", node.what()),
            node.span.clone(),
            "expected a list",
        ));
        return Vec::new();
    };
    items
        .iter()
        .filter_map(|item| source(item, path, problems))
        .map(|s| sources.id(s))
        .collect()
}
