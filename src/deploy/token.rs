//! Deterministic names and tokens: the same deployment always asks with the same words.
//!
//! A repeated call finds its own change set and its own operation instead of making a second one.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Plan;
use super::model::{ChangeSet, Stack};

/// Prefix of every change set and token of this program.
pub const PREFIX: &str = "cachewright-";

/// Hash of everything that decides what the stack becomes.
pub fn content(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut part = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    part(&plan.stack_name);
    part(&plan.template_body);
    for list in [&plan.parameters, &plan.tags] {
        part("list");
        for (key, value) in list {
            part(key);
            part(value);
        }
    }
    part("capabilities");
    for capability in &plan.capabilities {
        part(capability);
    }
    part(plan.on_failure.word());
    part(if plan.express { "express" } else { "standard" });
    short(&hash.finalize())
}

/// Change-set name and token of a plan against the stack as it is now.
///
/// The stack's id and last update take part, so deploying A, B and A again uses three names; for a
/// stack that replaces a dead one, `predecessor` is the dead one's id.
pub fn name(plan: &Plan, stack: Option<&Stack>, predecessor: Option<&str>) -> String {
    let basis = stack.map_or_else(
        || predecessor.unwrap_or_default().to_owned(),
        |s| format!("{} {} {}", s.id, s.updated.unwrap_or_default(), s.status),
    );
    format!(
        "{PREFIX}{}-{}",
        content(plan),
        &short(&Sha256::digest(basis.as_bytes()))[..8]
    )
}

/// Token of the execution of exactly this change set.
pub fn execution(set: &ChangeSet) -> String {
    format!(
        "{}-{}",
        set.name,
        &short(&Sha256::digest(set.id.as_bytes()))[..8]
    )
}

/// Whether a token belongs to this plan, whatever the stack was at the time.
pub fn is_ours(token: &str, plan: &Plan) -> bool {
    token
        .strip_prefix(PREFIX)
        .and_then(|rest| rest.split('-').next())
        == Some(&content(plan))
}

/// Token of a deletion of exactly this stack in its present state.
pub fn deletion(stack: &Stack, retain: &[String]) -> String {
    let text = format!("{} {} {}", stack.id, stack.status, retain.join(" "));
    format!("{PREFIX}delete-{}", short(&Sha256::digest(text.as_bytes())))
}

fn short(bytes: &[u8]) -> String {
    bytes.iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> Plan {
        Plan {
            stack_name: "s".into(),
            template_body: "t".into(),
            ..Plan::default()
        }
    }

    #[test]
    fn the_same_plan_has_the_same_name() {
        assert_eq!(name(&plan(), None, None), name(&plan(), None, None));
        let set = ChangeSet {
            name: name(&plan(), None, None),
            id: "arn".into(),
            ..ChangeSet::default()
        };
        assert!(is_ours(&execution(&set), &plan()));
        assert!(!is_ours("someone-else", &plan()));
    }

    #[test]
    fn anything_that_changes_the_stack_changes_the_name() {
        let with = |change: fn(&mut Plan)| {
            let mut p = plan();
            change(&mut p);
            content(&p)
        };
        let all = [
            content(&plan()),
            with(|p| p.template_body.push('x')),
            with(|p| p.parameters.push(("a".into(), "b".into()))),
            with(|p| p.tags.push(("a".into(), "b".into()))),
            with(|p| p.express = true),
            with(|p| p.capabilities.push("CAPABILITY_IAM".into())),
        ];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_later_state_of_the_stack_gets_a_new_name() {
        let stack = Stack {
            id: "arn".into(),
            updated: Some(1),
            ..Stack::default()
        };
        let later = Stack {
            updated: Some(2),
            ..stack.clone()
        };
        assert_ne!(
            name(&plan(), Some(&stack), None),
            name(&plan(), Some(&later), None)
        );
    }
}
