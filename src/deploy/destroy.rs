//! Removing a stack: everything that will be lost or left behind is named before anything happens.
//!
//! Works on the stack's ARN, so a stack that is deleted and made again meanwhile is never hit.

use anyhow::Result;

use super::Plan;
use super::consent::{Consent, ask};
use super::engine::{Run, fill};
use super::events::analyse;
use super::failures;
use super::follow::Seen;
use super::model::{Cloud, Life, Resource, Stack, life};
use super::record::{Outcome, RunResult};
use super::sink::Tone;
use crate::exit::{Exit, Failure};
use crate::text::plural;

/// What the user decided.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// Stack name.
    pub stack_name: String,
    /// The name typed again (`--confirm`).
    pub confirm: Option<String>,
    /// Turn termination protection off first.
    pub unprotect: bool,
    /// Logical ids to keep, after a failed deletion.
    pub retain: Vec<String>,
    /// Buckets and tables that hold data, as `logical id: what` lines, when they could be looked at.
    pub contents: Vec<String>,
}

/// A look at a stack before its removal.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// The stack.
    pub stack: Stack,
    /// Its resources.
    pub resources: Vec<Resource>,
    /// Logical ids with `DeletionPolicy: Retain` or `Snapshot`.
    pub retained: Vec<String>,
}

/// Reads the stack, its resources and its deletion policies; `None` when there is no stack.
pub async fn inventory<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    name: &str,
) -> Result<Option<Inventory>> {
    let cloud = run.cloud;
    let found = run
        .persist(async || cloud.stack(name).await)
        .await
        .map_err(|e| e.failure())?;
    let Some(stack) = found.filter(|s| life(&s.status) != Life::Gone) else {
        return Ok(None);
    };
    let resources = run
        .persist(async || cloud.resources(&stack.id).await)
        .await
        .unwrap_or_default();
    let template = run
        .persist(async || cloud.template(&stack.id).await)
        .await
        .unwrap_or_default();
    let policies = super::input::deletion_policies(&template);
    let retained = resources
        .iter()
        .filter(|r| {
            policies
                .iter()
                .any(|(id, policy)| *id == r.logical_id && policy != "Delete")
        })
        .map(|r| r.logical_id.clone())
        .collect();
    Ok(Some(Inventory {
        stack,
        resources,
        retained,
    }))
}

/// Deletes the stack after naming everything that goes and everything that stays.
pub async fn destroy<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    wish: &Wish,
    found: &Inventory,
) -> Result<RunResult> {
    let stack = &found.stack;
    run.progress.borrow_mut().stack_id = Some(stack.id.clone());
    show(run, wish, found)?;
    if stack.termination_protection && !wish.unprotect {
        return Err(Failure::new(
            Exit::Gate,
            "termination-protection",
            format!("stack {} is protected against deletion", stack.name),
        )
        .help("if it is to go, run again with --disable-termination-protection")
        .into());
    }
    if !agreed(run, wish, &stack.name).await? {
        return Ok(end(run, wish, Outcome::Declined, Exit::Interrupted));
    }
    if stack.termination_protection {
        let cloud = run.cloud;
        run.persist(async || cloud.protect(&stack.id, false).await)
            .await
            .map_err(|e| e.failure())?;
    }
    let seen = run.delete(stack, &wish.retain).await?;
    finish(run, wish, found, &seen)
}

fn finish<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    wish: &Wish,
    found: &Inventory,
    seen: &Seen,
) -> Result<RunResult> {
    if life(&seen.status) == Life::Gone {
        let mut done = end(run, wish, Outcome::Deleted, Exit::Done);
        done.stack_status = Some(seen.status.clone());
        done.duration_seconds = seen.duration();
        done.retained = found.retained.iter().chain(&wish.retain).cloned().collect();
        return Ok(done);
    }
    let mut failed = end(run, wish, Outcome::Failed, Exit::Deployment);
    fill(&mut failed, seen.stack.as_ref());
    let analysis = analyse(&seen.events, &[], &failures::load()?);
    let left: Vec<String> = seen
        .events
        .iter()
        .filter(|e| e.status == "DELETE_FAILED" && !e.is_stack())
        .map(|e| e.logical_id.clone())
        .collect();
    run.explain(
        &analysis,
        &format!("The deletion failed; still there: {}", left.join(", ")),
    )?;
    if let Some(first) = left.first() {
        run.sink.line(&format!(
            "       or keep it: cachewright destroy {0} --confirm {0} --retain {first}",
            found.stack.name
        ))?;
    }
    failed.cause = analysis.cause;
    failed.retained = left;
    Ok(failed)
}

fn end<C: Cloud>(run: &Run<'_, '_, C>, wish: &Wish, outcome: Outcome, exit: Exit) -> RunResult {
    run.end(
        outcome,
        exit,
        &Plan {
            stack_name: wish.stack_name.clone(),
            ..Plan::default()
        },
    )
}

/// Names what goes, what is lost and what stays.
fn show<C: Cloud>(run: &mut Run<'_, '_, C>, wish: &Wish, found: &Inventory) -> Result<()> {
    let stack = &found.stack;
    let head = format!(
        "Delete stack {} ({}, {}):",
        stack.name,
        stack.status,
        plural(found.resources.len(), "resource")
    );
    let head = run.sink.paint(Tone::Strong, &head);
    run.sink.line(&head)?;
    for r in &found.resources {
        let kept = found.retained.contains(&r.logical_id) || wish.retain.contains(&r.logical_id);
        let word = if kept { "keep  " } else { "delete" };
        let tone = if kept { Tone::Care } else { Tone::Bad };
        let word = run.sink.paint(tone, &format!("  {word}"));
        let physical = r.physical_id.as_deref().unwrap_or_default();
        run.sink.line(&format!(
            "{word} {:<24} {:<32} {physical}",
            r.logical_id, r.resource_type
        ))?;
        if let Some(lost) = run.types.destroys(&r.resource_type).filter(|_| !kept) {
            let text = run
                .sink
                .paint(Tone::Bad, &format!("         destroys {lost}"));
            run.sink.line(&text)?;
        }
    }
    for line in told(run, wish, found) {
        run.sink.note(&line)?;
    }
    for line in &wish.contents {
        run.sink.note(line)?;
    }
    if !found.retained.is_empty() {
        let rest = if found.retained.len() == 1 {
            "stays behind by its deletion policy, goes on costing, and belongs to you afterwards"
        } else {
            "stay behind by their deletion policy, go on costing, and belong to you afterwards"
        };
        run.sink
            .note(&format!("{} {rest}", found.retained.join(", ")))?;
    }
    Ok(())
}

/// What stands in the way of the removal, and what staying behind costs, once each.
fn told<C: Cloud>(run: &Run<'_, '_, C>, wish: &Wish, found: &Inventory) -> Vec<String> {
    let kept = |id: &String| found.retained.contains(id) || wish.retain.contains(id);
    let lines = found.resources.iter().filter_map(|r| {
        let id = r.physical_id.as_deref()?;
        run.types.told(&r.resource_type, id, kept(&r.logical_id))
    });
    lines.collect()
}

/// Destroying asks for the stack's name, or `--confirm NAME`; `--yes` alone is not enough.
async fn agreed<C: Cloud>(run: &mut Run<'_, '_, C>, wish: &Wish, name: &str) -> Result<bool> {
    if let Some(typed) = &wish.confirm {
        if typed == name {
            return Ok(true);
        }
        return Err(Failure::new(
            Exit::Usage,
            "confirm-mismatch",
            format!("--confirm says `{typed}`, but the stack is `{name}`"),
        )
        .help(format!("add --confirm {name}"))
        .into());
    }
    if run.settings.consent != Consent::Ask {
        return Err(Failure::new(
            Exit::Usage,
            "confirmation-needed",
            format!("destroying {name} needs its name, and --confirm is missing"),
        )
        .help(format!("add --confirm {name}"))
        .into());
    }
    Ok(ask(run.sink, "Type the stack's name to delete it: ").await? == name)
}
