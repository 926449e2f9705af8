//! Checks across catalog files: references that must exist, words that must mean something.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{File, Parts, Problems};
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::Role;
use crate::domain::rule::{Condition, Effect, Rule};
use crate::services::Registry;
use crate::text::{did_you_mean, one_of, short};
use crate::yaml::{self, Kind, Node};

/// Every problem that only shows when all files are known.
pub(crate) fn cross_check(registry: &Registry, parts: &Parts, files: &[File]) -> Vec<Problems> {
    let mut out = references(parts, files);
    out.extend(limits(registry, parts, files));
    out
}

/// A limit that no demand is compared with would never caution and never rule out.
fn limits(registry: &Registry, parts: &Parts, files: &[File]) -> Vec<Problems> {
    let mut out = Vec::new();
    for service in registry.services {
        let path = format!("services/{}.yaml", service.id());
        // A later file of the same path replaces an earlier one.
        let Some(file) = files.iter().rev().find(|f| f.path == path) else {
            continue;
        };
        let known = service.limits();
        let variants = parts.services.get(service.id()).map(|s| &s.variants);
        let limits = variants.into_iter().flatten().flat_map(|v| &v.facts.limits);
        let unknown: BTreeSet<&str> = limits
            .map(|l| l.id.as_str())
            .filter(|id| !known.contains(id))
            .collect();
        let problems: Vec<Diagnostic> = unknown
            .into_iter()
            .map(|id| limit(id, known, &file.text))
            .collect();
        if !problems.is_empty() {
            out.push(Problems {
                file: file.clone(),
                problems,
            });
        }
    }
    out
}

fn limit(id: &str, known: &[&str], text: &str) -> Diagnostic {
    let span = yaml::parse(text)
        .ok()
        .and_then(|root| limit_span(&root, id));
    let near = did_you_mean(id, known.iter().copied());
    Diagnostic::error(
        "catalog-limit",
        format!("nothing is compared with the limit `{}`", short(id)),
        span.unwrap_or(0..0),
        "would never rule out",
    )
    .help(near.map_or_else(
        || format!("limits of this service are {}", one_of(known)),
        |near| format!("did you mean `{near}`?"),
    ))
}

/// Where the id of a limit stands, of the service or of a variant.
fn limit_span(root: &Node, id: &str) -> Option<Span> {
    let owners = std::iter::once(root).chain(items(root, "variants"));
    owners
        .flat_map(|owner| items(owner, "limits"))
        .filter_map(|limit| limit.get("id"))
        .find(|node| node.text() == Some(id))
        .map(|node| node.span.clone())
}

fn items<'n>(node: &'n Node, key: &str) -> &'n [Node] {
    match node.get(key).map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    }
}

/// What rules and a team's ban speak of must exist.
fn references(parts: &Parts, files: &[File]) -> Vec<Problems> {
    let candidates: BTreeSet<&str> = parts
        .services
        .values()
        .filter(|s| s.role == Role::Candidate)
        .map(|s| s.id.as_str())
        .collect();
    let mut out: Vec<Problems> = Vec::new();
    for (id, file, span) in &parts.rule_places {
        let Some(rule) = parts.rules.get(id) else {
            continue;
        };
        let mut references = References {
            parts,
            candidates: &candidates,
            span,
            problems: Vec::new(),
        };
        references.of_its_service(rule);
        references.of_its_conditions(rule);
        if !references.problems.is_empty() {
            out.push(Problems {
                file: files[*file].clone(),
                problems: references.problems,
            });
        }
    }
    out.extend(forbidden(parts, files, &candidates));
    out
}

/// What a rule refers to, and what of it does not exist.
struct References<'a> {
    parts: &'a Parts,
    candidates: &'a BTreeSet<&'a str>,
    /// Where the rule stands.
    span: &'a Range<usize>,
    problems: Vec<Diagnostic>,
}

impl References<'_> {
    fn report(&mut self, message: String, help: Option<String>) {
        let mut problem =
            Diagnostic::error("catalog-reference", message, self.span.clone(), "this rule");
        problem.help = help;
        self.problems.push(problem);
    }

    fn of_its_service(&mut self, rule: &Rule) {
        let id = &rule.id;
        let is_note = matches!(rule.effect, Effect::Note(_));
        let Some(service) = &rule.service else {
            if !is_note {
                self.report(format!("rule `{id}` needs a `service`"), None);
            }
            return;
        };
        if !self.candidates.contains(service.as_str()) {
            let near = did_you_mean(service, self.candidates.iter().copied());
            self.report(
                format!("rule `{id}` speaks of `{service}`, which is not a service"),
                near.map(|n| format!("did you mean `{n}`?")),
            );
            return;
        }
        let known = &self.parts.services[service].variants;
        for variant in &rule.variants {
            if !known.iter().any(|v| v.id.as_deref() == Some(variant)) {
                self.report(
                    format!(
                        "rule `{id}` speaks of variant `{variant}`, which `{service}` does not have"
                    ),
                    None,
                );
            }
        }
        if is_note {
            self.report(
                format!("rule `{id}` is a note and must not name a service"),
                None,
            );
        }
    }

    fn of_its_conditions(&mut self, rule: &Rule) {
        let id = &rule.id;
        let (mut verdicts, mut regions, mut figured) = (Vec::new(), Vec::new(), false);
        rule.when.each(&mut |condition| match condition {
            Condition::Eligible(service)
            | Condition::Recommended(service)
            | Condition::RuledOutBy(service, _) => {
                verdicts.push(service.as_str());
            }
            Condition::InRegion(codes) => regions.extend(codes.iter().map(String::as_str)),
            Condition::Figure(..) => figured = true,
            _ => {}
        });
        // The fast path decides without them.
        if figured && !matches!(rule.effect, Effect::Note(_) | Effect::Caution) {
            self.report(
                format!("rule `{id}` asks for a figure; only cautions and notes may"),
                None,
            );
        }
        if !matches!(rule.effect, Effect::Note(_)) && !verdicts.is_empty() {
            self.report(
                format!("rule `{id}` asks for verdicts; only notes may"),
                None,
            );
        }
        for service in verdicts {
            if !self.candidates.contains(service) {
                self.report(
                    format!("rule `{id}` asks for `{service}`, which is not a service"),
                    None,
                );
            }
        }
        let parts = self.parts;
        let codes = || parts.regions.iter().map(|r| r.code.as_str());
        for region in regions {
            if codes().all(|code| code != region) {
                self.report(
                    format!("rule `{id}` asks for the Region `{region}`, which is not known"),
                    did_you_mean(region, codes()).map(|n| format!("did you mean `{n}`?")),
                );
            }
        }
    }
}

/// Services that an overlay forbids and that do not exist.
fn forbidden<'a>(
    parts: &'a Parts,
    files: &'a [File],
    candidates: &'a BTreeSet<&str>,
) -> impl Iterator<Item = Problems> + 'a {
    let unknown = parts
        .forbidden
        .keys()
        .filter(|s| !candidates.contains(s.as_str()));
    unknown.filter_map(|service| {
        let file = files.iter().rev().find(|f| f.path == "forbid.yaml")?;
        let at = file.text.find(service.as_str()).unwrap_or(0);
        let problem = Diagnostic::error(
            "catalog-reference",
            format!("`{service}` is not a service"),
            at..at + service.len(),
            "cannot be forbidden",
        );
        Some(Problems {
            file: file.clone(),
            problems: vec![problem],
        })
    })
}
