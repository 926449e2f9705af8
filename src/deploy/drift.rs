//! Drift: what differs between the stack's template and what really runs.

use anyhow::Result;
use tokio::time::sleep;

use super::Plan;
use super::engine::{Run, fill};
use super::model::{Cloud, Drift, Life, life};
use super::record::{Outcome, RunResult};
use super::sink::Tone;
use super::status::missing;
use crate::exit::{Exit, Failure};
use crate::text::{one_line, plural};

/// Detects drift and tells every difference; exit 5 when there is one.
pub async fn drift<C: Cloud>(run: &mut Run<'_, '_, C>, name: &str) -> Result<RunResult> {
    let cloud = run.cloud;
    let found = run
        .persist(async || cloud.stack(name).await)
        .await
        .map_err(|e| e.failure())?;
    let Some(stack) = found.filter(|s| life(&s.status) != Life::Gone) else {
        return Err(missing(name).into());
    };
    let id = run
        .persist(async || cloud.start_drift(&stack.id).await)
        .await
        .map_err(|e| e.failure())?;
    loop {
        let state = run
            .persist(async || cloud.drift_run(&id).await)
            .await
            .map_err(|e| e.failure())?;
        match state.state.as_str() {
            "DETECTION_COMPLETE" => break,
            "DETECTION_FAILED" => {
                // Partial findings are still shown, but the run does not claim the stack is in sync.
                return Err(Failure::new(
                    Exit::Gate,
                    "drift-unknown",
                    format!(
                        "drift could not be detected: {}",
                        one_line(&state.reason.unwrap_or_default())
                    ),
                )
                .help("the reason names the resource; permissions to read it may be missing")
                .into());
            }
            _ => {
                run.sink
                    .status("CloudFormation compares template and resources …")?;
                sleep(run.settings.poll).await;
            }
        }
    }
    let drifts = run
        .persist(async || cloud.drifts(&stack.id).await)
        .await
        .map_err(|e| e.failure())?;
    tell(run, name, &stack, &drifts)
}

fn tell<C: Cloud>(
    run: &mut Run<'_, '_, C>,
    name: &str,
    stack: &super::model::Stack,
    drifts: &[Drift],
) -> Result<RunResult> {
    let changed: Vec<&Drift> = drifts
        .iter()
        .filter(|d| d.status == "MODIFIED" || d.status == "DELETED")
        .collect();
    let unchecked = drifts.iter().filter(|d| d.status == "NOT_CHECKED").count();
    for d in &changed {
        let word = run.sink.paint(Tone::Bad, &format!("{:<9}", d.status));
        run.sink
            .result(&format!("{word} {:<24} {}", d.logical_id, d.resource_type))?;
        for (path, expected, actual) in &d.differences {
            let line = format!(
                "    {path}: template {}, really {}",
                one_line(expected),
                one_line(actual)
            );
            run.sink.result(&line)?;
        }
    }
    if unchecked > 0 {
        run.sink.note(&format!(
            "{unchecked} {} not support drift detection",
            if unchecked == 1 {
                "resource does"
            } else {
                "resources do"
            }
        ))?;
    }
    let plan = Plan {
        stack_name: name.to_owned(),
        ..Plan::default()
    };
    let (outcome, exit) = if changed.is_empty() {
        (Outcome::InSync, Exit::Done)
    } else {
        (Outcome::Drifted, Exit::Gate)
    };
    if changed.is_empty() {
        let compared = drifts.len() - unchecked;
        let compared = plural(compared, "resource");
        run.sink
            .result(&format!("{name} is in sync: {compared} compared"))?;
    }
    let mut end = run.end(outcome, exit, &plan);
    fill(&mut end, Some(stack));
    Ok(end)
}
