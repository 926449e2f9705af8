//! Reads a list of stack events: the first real cause, and what merely followed from it.
//!
//! Pure: events in, an analysis out. Fetching and printing happen elsewhere.

use std::collections::BTreeMap;

use super::failures::Failures;
use super::model::{Issue, Millis, StackEvent};
use super::record::Cause;
use crate::text::one_line;

/// Reasons that only say that something else failed first.
const CASCADES: &[&str] = &[
    "creation cancelled",
    "update cancelled",
    "deletion cancelled",
    "the following resource(s) failed to",
    "resource creation canceled",
    "resource update canceled",
];

/// What is to be learned from the events of one operation, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Analysis {
    /// The first real cause.
    pub cause: Option<Cause>,
    /// Further failures with a reason of their own.
    pub also: Vec<Cause>,
}

/// Whether the reason is only a consequence of another failure.
pub fn is_cascade(reason: &str) -> bool {
    let reason = reason.to_lowercase();
    CASCADES.iter().any(|c| reason.contains(c))
}

/// Whether the status is a failure.
pub fn is_failure(status: &str) -> bool {
    status.ends_with("_FAILED")
}

/// Finds the first real cause among `events` (oldest first), with `issues` of early validation.
pub fn analyse(events: &[StackEvent], issues: &[Issue], known: &Failures) -> Analysis {
    let failures: Vec<&StackEvent> = events.iter().filter(|e| is_failure(&e.status)).collect();
    let mut causes: Vec<Cause> = issues
        .iter()
        .filter(|i| i.fails)
        .map(|i| from_issue(i, known))
        .collect();
    let real = failures.iter().filter(|e| {
        !e.is_stack()
            && e.reason
                .as_deref()
                .is_some_and(|r| !is_cascade(r) && !points_away(r))
    });
    causes.extend(real.map(|e| from_event(e, known)));
    if causes.is_empty() {
        // Only the stack itself, or only follow-ups, say why: better than nothing.
        let any = events.iter().find(|e| {
            let failed = is_failure(&e.status) || e.status.contains("ROLLBACK");
            failed && e.reason.is_some()
        });
        causes.extend(any.map(|e| from_event(e, known)));
    }
    causes.dedup_by(|a, b| a.logical_id == b.logical_id && a.reason == b.reason);
    let folded = failures
        .iter()
        .filter(|e| e.reason.as_deref().is_none_or(is_cascade))
        .count();
    let mut causes = causes.into_iter();
    let cause = causes.next().map(|mut c| {
        c.folded = folded;
        c
    });
    Analysis {
        cause,
        also: causes.collect(),
    }
}

/// The event only says where to look.
fn points_away(reason: &str) -> bool {
    reason.contains("DescribeEvents")
}

fn from_event(event: &StackEvent, known: &Failures) -> Cause {
    cause(
        &event.logical_id,
        &event.resource_type,
        &event.status,
        event.reason.as_deref().unwrap_or_default(),
        known,
    )
}

fn from_issue(issue: &Issue, known: &Failures) -> Cause {
    let place = issue
        .path
        .as_deref()
        .map(|p| format!(" at {p}"))
        .unwrap_or_default();
    cause(
        issue.logical_id.as_deref().unwrap_or_default(),
        issue.resource_type.as_deref().unwrap_or_default(),
        "VALIDATION_FAILED",
        &format!("{}{place}: {}", issue.name, issue.reason),
        known,
    )
}

/// A cause with its known explanation.
pub fn cause(id: &str, kind: &str, status: &str, reason: &str, known: &Failures) -> Cause {
    let typed = (!kind.is_empty()).then_some(kind);
    let close = known.explain(typed, reason).into_iter().next();
    let known = close.or_else(|| known.sort_of(typed, reason));
    Cause {
        logical_id: id.to_owned(),
        resource_type: kind.to_owned(),
        status: status.to_owned(),
        reason: one_line(reason),
        pattern: known.as_ref().map(|k| k.pattern.id.clone()),
        explanation: known.as_ref().map(|k| k.means.clone()),
        remedy: known.map(|k| k.to_do),
        folded: 0,
    }
}

/// Whether this event begins an operation on the stack.
pub fn is_start(event: &StackEvent) -> bool {
    event.is_stack()
        && matches!(
            event.status.as_str(),
            "CREATE_IN_PROGRESS"
                | "UPDATE_IN_PROGRESS"
                | "DELETE_IN_PROGRESS"
                | "IMPORT_IN_PROGRESS"
        )
}

/// When each resource's current work began, to tell how long it takes.
#[derive(Clone, Debug, Default)]
pub struct Clocks {
    begun: BTreeMap<String, (Millis, String)>,
}

impl Clocks {
    /// Takes note of an event; returns the seconds since the resource's work began.
    pub fn see(&mut self, event: &StackEvent) -> Option<u64> {
        let elapsed = |from: Millis| u64::try_from((event.at - from) / 1000).unwrap_or(0);
        if event.status.ends_with("_IN_PROGRESS") {
            let word = event.status.split('_').next().unwrap_or_default();
            let known = self
                .begun
                .get(&event.logical_id)
                .filter(|(_, s)| s.starts_with(word));
            if let Some((from, _)) = known {
                return Some(elapsed(*from));
            }
            let entry = (event.at, event.status.clone());
            self.begun.insert(event.logical_id.clone(), entry);
            return None;
        }
        self.begun
            .remove(&event.logical_id)
            .map(|(from, _)| elapsed(from))
    }

    /// Whether the resource's current work is its creation.
    pub fn creates(&self, id: &str) -> bool {
        self.begun
            .get(id)
            .is_some_and(|(_, status)| status.starts_with("CREATE"))
    }

    /// Resources at work, longest first: logical id and when it began.
    pub fn running(&self) -> Vec<(&str, Millis)> {
        let mut all: Vec<(&str, Millis)> = self
            .begun
            .iter()
            .map(|(id, (at, _))| (id.as_str(), *at))
            .collect();
        all.sort_by_key(|(id, at)| (*at, *id));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: Millis, id: &str, status: &str, reason: Option<&str>) -> StackEvent {
        StackEvent {
            id: format!("{at}-{id}"),
            at,
            logical_id: id.into(),
            resource_type: "AWS::DynamoDB::Table".into(),
            status: status.into(),
            reason: reason.map(str::to_owned),
            ..StackEvent::default()
        }
    }

    #[test]
    fn the_first_real_cause_is_found_behind_cascades() {
        let events = [
            event(1, "A", "CREATE_IN_PROGRESS", None),
            event(2, "B", "CREATE_FAILED", Some("Resource creation cancelled")),
            event(3, "A", "CREATE_FAILED", Some("Table already exists: t")),
            event(4, "C", "CREATE_FAILED", Some("Resource creation cancelled")),
            event(5, "D", "DELETE_FAILED", Some("bucket is not empty")),
        ];
        let found = analyse(&events, &[], &Failures::default());
        let cause = found.cause.unwrap();
        assert_eq!((cause.logical_id.as_str(), cause.folded), ("A", 2));
        assert_eq!(found.also.len(), 1);
    }

    #[test]
    fn early_validation_replaces_the_pointer_to_it() {
        let events = [event(
            1,
            "B",
            "CREATE_FAILED",
            Some("Validation failed. Call DescribeEvents"),
        )];
        let issue = Issue {
            name: "NAME_CONFLICT".into(),
            reason: "taken".into(),
            fails: true,
            ..Issue::default()
        };
        let cause = analyse(&events, &[issue], &Failures::default())
            .cause
            .unwrap();
        assert!(cause.reason.contains("taken"));
    }

    #[test]
    fn a_stack_level_reason_is_used_when_there_is_no_other() {
        let mut only = event(
            1,
            "s",
            "ROLLBACK_IN_PROGRESS",
            Some("Stack creation time exceeded"),
        );
        only.resource_type = "AWS::CloudFormation::Stack".into();
        assert!(
            analyse(&[only], &[], &Failures::default())
                .cause
                .unwrap()
                .reason
                .contains("exceeded")
        );
    }

    #[test]
    fn clocks_measure_from_the_first_event_of_the_work() {
        let mut clocks = Clocks::default();
        assert_eq!(
            clocks.see(&event(1_000, "A", "CREATE_IN_PROGRESS", None)),
            None
        );
        assert_eq!(
            clocks.see(&event(3_000, "A", "CREATE_IN_PROGRESS", Some("initiated"))),
            Some(2)
        );
        assert_eq!(clocks.running().len(), 1);
        assert_eq!(
            clocks.see(&event(9_000, "A", "CREATE_COMPLETE", None)),
            Some(8)
        );
        assert_eq!(clocks.running().len(), 0);
    }
}
