//! Checks across catalog files: references that must exist, words that must mean something.

use std::collections::BTreeSet;

use super::{File, Parts, Problems};
use crate::diagnostic::Diagnostic;
use crate::domain::catalog::Role;
use crate::domain::rule::{Condition, Effect};
use crate::text::did_you_mean;

/// Every problem that only shows when all files are known.
pub(crate) fn cross_check(parts: &Parts, files: &[File]) -> Vec<Problems> {
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
        let mut problems = Vec::new();
        let mut report = |message: String, help: Option<String>| {
            let mut problem =
                Diagnostic::error("catalog-reference", message, span.clone(), "this rule");
            problem.help = help;
            problems.push(problem);
        };
        match &rule.service {
            Some(service) if !candidates.contains(service.as_str()) => {
                let near = did_you_mean(service, candidates.iter().copied());
                report(
                    format!("rule `{id}` speaks of `{service}`, which is not a service"),
                    near.map(|n| format!("did you mean `{n}`?")),
                );
            }
            Some(service) => {
                let known = &parts.services[service].variants;
                for variant in &rule.variants {
                    if !known.iter().any(|v| v.id.as_deref() == Some(variant)) {
                        report(
                            format!(
                                "rule `{id}` speaks of variant `{variant}`, which `{service}` does not have"
                            ),
                            None,
                        );
                    }
                }
                if matches!(rule.effect, Effect::Note(_)) {
                    report(
                        format!("rule `{id}` is a note and must not name a service"),
                        None,
                    );
                }
            }
            None if !matches!(rule.effect, Effect::Note(_)) => {
                report(format!("rule `{id}` needs a `service`"), None);
            }
            None => {}
        }
        let (mut verdicts, mut regions) = (Vec::new(), Vec::new());
        rule.when.each(&mut |condition| match condition {
            Condition::Eligible(service) | Condition::RuledOutBy(service, _) => {
                verdicts.push(service.as_str());
            }
            Condition::InRegion(codes) => regions.extend(codes.iter().map(String::as_str)),
            _ => {}
        });
        if !matches!(rule.effect, Effect::Note(_)) && !verdicts.is_empty() {
            report(
                format!("rule `{id}` asks for verdicts; only notes may"),
                None,
            );
        }
        for service in verdicts {
            if !candidates.contains(service) {
                report(
                    format!("rule `{id}` asks for `{service}`, which is not a service"),
                    None,
                );
            }
        }
        for region in regions {
            let codes = || parts.regions.iter().map(|r| r.code.as_str());
            if codes().all(|code| code != region) {
                report(
                    format!("rule `{id}` asks for the Region `{region}`, which is not known"),
                    did_you_mean(region, codes()).map(|n| format!("did you mean `{n}`?")),
                );
            }
        }
        if !problems.is_empty() {
            out.push(Problems {
                file: files[*file].clone(),
                problems,
            });
        }
    }
    for service in parts
        .forbidden
        .keys()
        .filter(|s| !candidates.contains(s.as_str()))
    {
        if let Some(file) = files.iter().rev().find(|f| f.path == "forbid.yaml") {
            let at = file.text.find(service.as_str()).unwrap_or(0);
            let problem = Diagnostic::error(
                "catalog-reference",
                format!("`{service}` is not a service"),
                at..at + service.len(),
                "cannot be forbidden",
            );
            out.push(Problems {
                file: file.clone(),
                problems: vec![problem],
            });
        }
    }
    out
}
