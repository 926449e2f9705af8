//! What a stack is right now: status, resources at work, outputs, and the last failure if there is one.

use anyhow::Result;

use super::engine::{Run, fill};
use super::events::{analyse, is_failure, is_start};
use super::follow::time;
use super::model::{Cloud, Life, Resource, Stack, life};
use super::record::{Cause, Outcome, RunResult};
use super::sink::{Sink, Tone};
use super::{Plan, failures};
use crate::exit::{Exit, Failure};

/// Tells the state of a stack; with `watch`, stays until a running operation is over.
pub async fn status<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    name: &str,
    watch: bool,
) -> Result<RunResult> {
    let cloud = run.cloud;
    let found = run
        .persist(async || cloud.stack(name).await)
        .await
        .map_err(|e| e.failure())?;
    let Some(mut stack) = found else {
        return Err(missing(name).into());
    };
    if watch && life(&stack.status) == Life::Busy {
        let seen = run.watch(&stack.id, None).await.map_err(|e| e.failure())?;
        stack = seen.stack.unwrap_or(stack);
        stack.status = seen.status;
    }
    let plan = Plan {
        stack_name: name.to_owned(),
        ..Plan::default()
    };
    let mut end = run.end(Outcome::Status, Exit::Done, &plan);
    fill(&mut end, Some(&stack));
    show(run, name, &stack)?;
    let resources = run
        .persist(async || cloud.resources(&stack.id).await)
        .await
        .unwrap_or_default();
    list(run.sink, &resources)?;
    if matches!(life(&stack.status), Life::Dead | Life::Halted | Life::Stuck)
        || stack.status.contains("ROLLBACK")
    {
        end.cause = cause(run, &stack).await?;
    }
    Ok(end)
}

/// The stack in a few lines.
fn show<C: Cloud>(run: &mut Run<'_, '_, C>, name: &str, stack: &Stack) -> Result<()> {
    let tone = match life(&stack.status) {
        Life::Ready if !stack.status.contains("ROLLBACK") => Tone::Good,
        Life::Busy | Life::Review => Tone::Care,
        _ => Tone::Bad,
    };
    let word = run.sink.paint(tone, &stack.status);
    run.sink.line(&format!("{name}  {word}"))?;
    if let Some(at) = stack.updated.or(stack.created) {
        run.sink.line(&format!("  last change  {}", time(at)))?;
    }
    run.sink.line(&format!(
        "  protected    {}",
        if stack.termination_protection {
            "yes"
        } else {
            "no"
        }
    ))?;
    if let Some(drift) = &stack.drift {
        run.sink.line(&format!("  drift        {drift}"))?;
    }
    Ok(())
}

fn list(sink: &mut Sink<'_>, resources: &[Resource]) -> Result<()> {
    for r in resources {
        let tone = if is_failure(&r.status) {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let word = sink.paint(tone, &format!("{:<20}", r.status));
        sink.line(&format!(
            "  {word} {:<24} {}",
            r.logical_id, r.resource_type
        ))?;
    }
    Ok(())
}

/// Why the last operation failed, told and answered.
async fn cause<C: Cloud>(run: &mut Run<'_, '_, C>, stack: &Stack) -> Result<Option<Cause>> {
    let cloud = run.cloud;
    let events = run
        .persist(async || {
            cloud
                .events(&stack.id, &|e| {
                    is_start(e) && !e.status.starts_with("DELETE")
                })
                .await
        })
        .await
        .unwrap_or_default();
    let events: Vec<_> = events.into_iter().rev().collect();
    let found = analyse(&events, &[], &failures::load()?);
    run.explain(&found, "The last operation failed.")?;
    Ok(found.cause)
}

/// There is no such stack.
pub fn missing(name: &str) -> Failure {
    Failure::new(
        Exit::Usage,
        "stack-missing",
        format!("there is no stack `{name}` in this account and region"),
    )
    .help("check the name and the region (--region)")
}
