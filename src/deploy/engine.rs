//! The deployment as a state machine: look, prepare a change set, preview, agree, execute, watch.
//!
//! Every step can be repeated after a kill at any moment: names and tokens are deterministic, and
//! the first step always asks CloudFormation what is already there.

use std::cell::RefCell;
use std::time::Duration;

use anyhow::Result;
use tokio::time::sleep;

use super::consent::Consent;
use super::events::{self, Analysis};
use super::follow::{Seen, Watch, follow, newest_event};
use super::model::{ChangeSet, ChangeSetRequest, Cloud, Issue, Life, Stack, life};
use super::record::{Cause, Outcome, Preview, Record, RunResult};
use super::retry::{Patience, persist};
use super::sink::{Sink, Tone};
use super::types::Types;
use super::{Plan, failures, preview, token};
use crate::aws::{ApiError, ErrorKind};
use crate::exit::{Exit, Failure};
use crate::text::plural;

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Pause between two looks at CloudFormation.
    pub poll: Duration,
    /// Patience with the connection.
    pub patience: Patience,
    /// How agreement is reached.
    pub consent: Consent,
    /// Replacements, which destroy data, are agreed to.
    pub allow_replacement: bool,
    /// Stop after the change set.
    pub no_execute: bool,
    /// Continue with this change set instead of making one.
    pub execute: Option<String>,
}

/// How far the run has come, for whoever interrupts it.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// ARN of the stack.
    pub stack_id: Option<String>,
    /// Change set.
    pub change_set: Option<String>,
    /// CloudFormation has been told to change something.
    pub executing: bool,
    /// ARN of the dead stack this run has deleted to make room.
    pub predecessor: Option<String>,
}

/// The parts every step needs.
pub struct Run<'a, 'w, C: Cloud> {
    /// CloudFormation.
    pub cloud: &'a C,
    /// How to go about it.
    pub settings: &'a Settings,
    /// Where to tell.
    pub sink: &'a mut Sink<'w>,
    /// Usual durations.
    pub types: &'a Types,
    /// How far the run has come.
    pub progress: &'a RefCell<Progress>,
}

impl<C: Cloud> Run<'_, '_, C> {
    /// Repeats a call through lost connections.
    pub async fn persist<T>(
        &mut self,
        call: impl AsyncFnMut() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        persist(self.settings.patience, self.sink, call).await
    }

    /// Deletes and watches to the end; joins a deletion that already runs.
    pub async fn delete(&mut self, stack: &Stack, retain: &[String]) -> Result<Seen> {
        let cloud = self.cloud;
        if stack.status == "DELETE_IN_PROGRESS" {
            self.progress.borrow_mut().executing = true;
            return Ok(self.watch(&stack.id, None).await?);
        }
        // Only a deletion that failed before accepts resources to keep.
        let retain = if stack.status == "DELETE_FAILED" {
            retain
        } else {
            &[]
        };
        let token = token::deletion(stack, retain);
        let baseline = self
            .persist(async || newest_event(cloud, &stack.id).await)
            .await?;
        self.progress.borrow_mut().executing = true;
        self.persist(async || cloud.delete_stack(&stack.id, &token, retain).await)
            .await
            .map_err(|e| e.failure())?;
        let seen = self.watch(&stack.id, baseline).await?;
        self.progress.borrow_mut().executing = false;
        Ok(seen)
    }

    /// Creates or updates the stack of the plan.
    pub async fn deploy(&mut self, plan: &Plan) -> Result<RunResult> {
        let cloud = self.cloud;
        loop {
            let stack = self
                .persist(async || cloud.stack(&plan.stack_name).await)
                .await?;
            let stack = stack.filter(|s| life(&s.status) != Life::Gone);
            self.progress.borrow_mut().stack_id = stack.as_ref().map(|s| s.id.clone());
            let Some(existing) = stack else {
                return self.change(plan, None, true).await;
            };
            match life(&existing.status) {
                Life::Busy => {
                    if let Some(end) = self.join(plan, &existing).await? {
                        return Ok(end);
                    }
                }
                Life::Dead => {
                    if !self.clear_away(&existing).await? {
                        return Ok(self.end(Outcome::Declined, Exit::Interrupted, plan));
                    }
                }
                Life::Stuck => return Err(stuck(&existing).into()),
                Life::Review => {
                    self.leftovers(plan, &existing).await?;
                    return self.change(plan, Some(&existing), true).await;
                }
                Life::Ready | Life::Halted | Life::Gone => {
                    return self.change(plan, Some(&existing), false).await;
                }
            }
        }
    }

    /// Joins an operation that already runs. `None`: it was not ours, go on with our own.
    async fn join(&mut self, plan: &Plan, stack: &Stack) -> Result<Option<RunResult>> {
        self.sink.note(&format!(
            "{} is in {}: watching the operation that runs",
            stack.name, stack.status
        ))?;
        self.progress.borrow_mut().executing = true;
        let seen = self.watch(&stack.id, None).await?;
        self.progress.borrow_mut().executing = false;
        let ours = seen
            .events
            .iter()
            .any(|e| e.token.as_deref().is_some_and(|t| token::is_ours(t, plan)));
        if life(&seen.status) != Life::Ready && life(&seen.status) != Life::Gone {
            return self.failed(plan, &seen).await.map(Some);
        }
        if life(&seen.status) == Life::Ready && seen.status.contains("ROLLBACK") {
            return self.failed(plan, &seen).await.map(Some);
        }
        if ours && life(&seen.status) == Life::Ready && self.settings.execute.is_none() {
            return self.deployed(plan, seen).await.map(Some);
        }
        Ok(None)
    }

    /// A stack whose first creation failed can only be deleted; says so and asks.
    async fn clear_away(&mut self, stack: &Stack) -> Result<bool> {
        self.sink.note(&format!(
            "{} is in {}: its first creation failed, so it can only be deleted and created again",
            stack.name, stack.status
        ))?;
        if self.settings.no_execute {
            return Err(Failure::new(
                Exit::Deployment,
                "stack-must-go",
                format!(
                    "stack {} is in {} and takes no change set",
                    stack.name, stack.status
                ),
            )
            .help(format!(
                "cachewright destroy {} --confirm {}",
                stack.name, stack.name
            ))
            .into());
        }
        let question = format!("Delete what is left of {} and create it again?", stack.name);
        if !self
            .settings
            .consent
            .require(self.sink, &question, "--yes")
            .await?
        {
            return Ok(false);
        }
        let seen = self.delete(stack, &[]).await?;
        if seen.status != "DELETE_COMPLETE" {
            return Err(stuck(&Stack {
                status: seen.status,
                ..stack.clone()
            })
            .into());
        }
        self.progress.borrow_mut().predecessor = Some(stack.id.clone());
        Ok(true)
    }

    /// Removes our own forgotten change sets of a stack that was never created.
    async fn leftovers(&mut self, plan: &Plan, stack: &Stack) -> Result<()> {
        let cloud = self.cloud;
        let wanted = self.wanted_name(plan, Some(stack));
        let names = self
            .persist(async || cloud.change_set_names(&stack.name).await)
            .await;
        // Listing may be denied; the leftovers do no harm.
        for name in names.unwrap_or_default() {
            let keep = name == wanted || self.settings.execute.as_deref() == Some(&name);
            if name.starts_with(token::PREFIX) && !keep && !self.settings.no_execute {
                self.sink.note(&format!(
                    "removing the unused change set {name} of an earlier run"
                ))?;
                self.persist(async || cloud.delete_change_set(&stack.name, &name).await)
                    .await?;
            }
        }
        Ok(())
    }

    /// Change set, preview, agreement, execution.
    async fn change(
        &mut self,
        plan: &Plan,
        stack: Option<&Stack>,
        create: bool,
    ) -> Result<RunResult> {
        let set = match &self.settings.execute {
            Some(name) => self.existing_set(plan, name).await?,
            None => self.prepare(plan, stack, create).await?,
        };
        {
            let mut progress = self.progress.borrow_mut();
            progress.stack_id = Some(set.stack_id.clone());
            progress.change_set = Some(set.name.clone());
        }
        if set.status == "FAILED" {
            return self.refused_set(plan, stack, &set).await;
        }
        let shown = preview::build(&set, create, plan, self.types);
        self.sink.record(&Record::Preview(shown.clone()))?;
        preview::show(self.sink, &shown, plan, self.types)?;
        self.warnings(&set).await?;
        if self.settings.no_execute {
            return Ok(self.end(Outcome::Previewed, Exit::Done, plan));
        }
        self.check_replacement(&shown)?;
        let question = if create {
            "Create this stack?"
        } else {
            "Apply these changes?"
        };
        if !self
            .settings
            .consent
            .require(self.sink, question, "--yes")
            .await?
        {
            return Ok(self.end(Outcome::Declined, Exit::Interrupted, plan));
        }
        self.execute(plan, &set).await
    }

    async fn existing_set(&mut self, plan: &Plan, name: &str) -> Result<ChangeSet> {
        self.wait_set(&plan.stack_name, name).await?.ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "change-set-missing",
                format!("stack {} has no change set `{name}`", plan.stack_name),
            )
            .help("make one with --no-execute, or leave out --execute")
            .into()
        })
    }

    /// A stack that only exists for review is as good as none: both runs must find one name.
    fn wanted_name(&self, plan: &Plan, stack: Option<&Stack>) -> String {
        let basis = stack.filter(|s| life(&s.status) != Life::Review);
        token::name(plan, basis, self.progress.borrow().predecessor.as_deref())
    }

    /// Finds the change set of an earlier run, or makes it.
    async fn prepare(
        &mut self,
        plan: &Plan,
        stack: Option<&Stack>,
        create: bool,
    ) -> Result<ChangeSet> {
        let cloud = self.cloud;
        let name = self.wanted_name(plan, stack);
        // CreateChangeSet takes a name; an ARN is refused by some endpoints.
        let target = plan.stack_name.clone();
        if let Some(found) = self.wait_set(&target, &name).await? {
            if found.status == "CREATE_COMPLETE" && found.execution == "AVAILABLE" {
                return Ok(found);
            }
            self.persist(async || cloud.delete_change_set(&target, &found.id).await)
                .await?;
        }
        let request = request(plan, target, name.clone(), create);
        let made = self
            .persist(async || cloud.create_change_set(&request).await)
            .await;
        let id = match made {
            Ok((id, stack_id)) => {
                self.progress.borrow_mut().stack_id = Some(stack_id);
                id
            }
            // The answer to an earlier attempt was lost: the change set is there.
            Err(error) if error.kind == ErrorKind::Exists => name,
            Err(error) => return Err(error.failure().into()),
        };
        let found = self.wait_set(&request.stack, &id).await?;
        found.ok_or_else(|| {
            Failure::new(
                Exit::Deployment,
                "change-set-missing",
                "the change set has vanished",
            )
            .help("run the same command again")
            .into()
        })
    }

    /// The change set once it is ready or has failed; `None` when there is none.
    async fn wait_set(&mut self, stack: &str, name: &str) -> Result<Option<ChangeSet>, ApiError> {
        let cloud = self.cloud;
        loop {
            let set = self
                .persist(async || cloud.change_set(stack, name).await)
                .await?;
            match &set {
                Some(s) if s.status.ends_with("_PENDING") || s.status.ends_with("_IN_PROGRESS") => {
                    let _ = self
                        .sink
                        .status("CloudFormation is preparing the change set …");
                    sleep(self.settings.poll).await;
                }
                Some(s) if s.status == "DELETE_COMPLETE" => return Ok(None),
                _ => return Ok(set),
            }
        }
    }

    /// A change set that failed: nothing to do, or refused before deployment.
    async fn refused_set(
        &mut self,
        plan: &Plan,
        stack: Option<&Stack>,
        set: &ChangeSet,
    ) -> Result<RunResult> {
        let cloud = self.cloud;
        let reason = set.reason.clone().unwrap_or_default();
        let issues = if no_changes(&reason) {
            Vec::new()
        } else {
            self.issues(set).await
        };
        let name = set.id.clone();
        self.persist(async || cloud.delete_change_set(&set.stack_id, &name).await)
            .await?;
        if no_changes(&reason) {
            self.sink
                .line("No changes: the stack is already as the template says.")?;
            let mut end = self.end(Outcome::NoChanges, Exit::Done, plan);
            self.protect(plan, stack).await?;
            fill(&mut end, stack);
            return Ok(end);
        }
        self.remove_shell(stack, &set.stack_id).await?;
        let known = failures::load()?;
        let mut found = events::analyse(&[], &issues, &known);
        if found.cause.is_none() {
            let kind = "AWS::CloudFormation::ChangeSet";
            found.cause = Some(events::cause(&set.name, kind, "FAILED", &reason, &known));
        }
        let mut end = self.end(Outcome::Failed, Exit::Deployment, plan);
        end.stack_status = stack.map(|s| s.status.clone());
        self.explain(
            &found,
            "CloudFormation refused the change set; nothing was changed.",
        )?;
        end.cause = found.cause;
        Ok(end)
    }

    /// A new stack whose change set failed leaves an empty shell behind: remove it.
    async fn remove_shell(&mut self, stack: Option<&Stack>, id: &str) -> Result<()> {
        if stack.is_some() {
            return Ok(());
        }
        let cloud = self.cloud;
        let found = self.persist(async || cloud.stack(id).await).await?;
        if let Some(shell) = found.filter(|s| life(&s.status) == Life::Review) {
            let token = token::deletion(&shell, &[]);
            self.persist(async || cloud.delete_stack(&shell.id, &token, &[]).await)
                .await?;
        }
        Ok(())
    }

    /// Findings of the validation before deployment; empty when they cannot be read.
    async fn issues(&mut self, set: &ChangeSet) -> Vec<Issue> {
        let cloud = self.cloud;
        let read = self
            .persist(async || cloud.issues(&set.stack_id, Some(&set.id)).await)
            .await;
        read.unwrap_or_default()
    }

    async fn warnings(&mut self, set: &ChangeSet) -> Result<()> {
        for issue in self.issues(set).await {
            let place = issue.path.map(|p| format!(" at {p}")).unwrap_or_default();
            self.sink
                .note(&format!("{}{place}: {}", issue.name, issue.reason))?;
        }
        Ok(())
    }

    fn check_replacement(&mut self, shown: &Preview) -> Result<()> {
        let losses = preview::destroyers(shown);
        let replaced: Vec<String> = shown
            .changes
            .iter()
            .filter(|c| c.action.contains("replace"))
            .map(|c| c.logical_id.clone())
            .collect();
        if self.settings.allow_replacement || (replaced.is_empty() && losses.is_empty()) {
            return Ok(());
        }
        let lost: Vec<String> = losses
            .iter()
            .map(|c| {
                format!(
                    "{}: {}",
                    c.logical_id,
                    c.destroys.as_deref().unwrap_or_default()
                )
            })
            .collect();
        let message = if replaced.is_empty() {
            "the update removes resources that hold data".to_owned()
        } else {
            format!("the update replaces {}", replaced.join(", "))
        };
        let lost = if lost.is_empty() {
            " (no data is lost)".to_owned()
        } else {
            format!("; this destroys {}", lost.join("; "))
        };
        Err(Failure::new(
            Exit::Gate,
            "replacement-not-allowed",
            format!("{message}{lost}"),
        )
        .help("if that is wanted, run again with --allow-replacement")
        .into())
    }

    /// Executes the change set and watches.
    async fn execute(&mut self, plan: &Plan, set: &ChangeSet) -> Result<RunResult> {
        let cloud = self.cloud;
        let baseline = self
            .persist(async || newest_event(cloud, &set.stack_id).await)
            .await?;
        self.progress.borrow_mut().executing = true;
        let token = token::execution(set);
        let started = self
            .persist(async || cloud.execute(&set.stack_id, &set.id, &token).await)
            .await;
        if let Err(error) = started {
            self.already_running(set, error).await?;
        }
        let seen = self.watch(&set.stack_id, baseline).await?;
        if matches!(
            seen.status.as_str(),
            "CREATE_COMPLETE" | "UPDATE_COMPLETE" | "IMPORT_COMPLETE"
        ) {
            return self.deployed(plan, seen).await;
        }
        self.failed(plan, &seen).await
    }

    /// The execution was refused: fine when an earlier attempt, whose answer was lost, started it.
    async fn already_running(&mut self, set: &ChangeSet, error: ApiError) -> Result<()> {
        let cloud = self.cloud;
        let now = self
            .persist(async || cloud.change_set(&set.stack_id, &set.id).await)
            .await;
        let state = now.ok().flatten().map(|s| s.execution).unwrap_or_default();
        if state == "EXECUTE_IN_PROGRESS" || state == "EXECUTE_COMPLETE" {
            return Ok(());
        }
        self.progress.borrow_mut().executing = false;
        Err(error.failure().into())
    }

    /// Watches an operation on the stack to its end.
    pub async fn watch(
        &mut self,
        stack_id: &str,
        baseline: Option<String>,
    ) -> Result<Seen, ApiError> {
        let watch = Watch {
            stack_id,
            baseline,
            poll: self.settings.poll,
            patience: self.settings.patience,
            types: self.types,
        };
        follow(self.cloud, &watch, self.sink).await
    }

    async fn deployed(&mut self, plan: &Plan, seen: Seen) -> Result<RunResult> {
        self.protect(plan, seen.stack.as_ref()).await?;
        let mut end = self.end(Outcome::Deployed, Exit::Done, plan);
        end.duration_seconds = seen.duration();
        fill(&mut end, seen.stack.as_ref());
        Ok(end)
    }

    async fn protect(&mut self, plan: &Plan, stack: Option<&Stack>) -> Result<()> {
        let Some(stack) =
            stack.filter(|s| plan.termination_protection && !s.termination_protection)
        else {
            return Ok(());
        };
        let cloud = self.cloud;
        if let Err(error) = self
            .persist(async || cloud.protect(&stack.id, true).await)
            .await
        {
            self.sink.note(&format!(
                "termination protection could not be turned on: {error}"
            ))?;
        }
        Ok(())
    }

    async fn failed(&mut self, plan: &Plan, seen: &Seen) -> Result<RunResult> {
        let cloud = self.cloud;
        let mut end = self.end(Outcome::Failed, Exit::Deployment, plan);
        end.duration_seconds = seen.duration();
        fill(&mut end, seen.stack.as_ref());
        end.stack_status = Some(seen.status.clone());
        let asks = seen.events.iter().any(|e| {
            e.reason
                .as_deref()
                .is_some_and(|r| r.contains("DescribeEvents"))
        });
        let id = end
            .stack_id
            .clone()
            .or_else(|| self.progress.borrow().stack_id.clone());
        let issues = match id.filter(|_| asks) {
            Some(id) => self
                .persist(async || cloud.issues(&id, None).await)
                .await
                .unwrap_or_default(),
            None => Vec::new(),
        };
        let found = events::analyse(&seen.events, &issues, &failures::load()?);
        self.explain(&found, &after(&seen.status))?;
        end.cause = found.cause;
        Ok(end)
    }

    /// Tells what went wrong: other failures first, the root cause and its remedy last.
    pub fn explain(&mut self, found: &Analysis, outcome: &str) -> Result<()> {
        self.sink.line("")?;
        let outcome = self.sink.paint(Tone::Strong, outcome);
        self.sink.line(&outcome)?;
        for other in &found.also {
            self.sink.line(&format!(
                "also: {} {}: {}",
                other.logical_id, other.status, other.reason
            ))?;
        }
        let Some(cause) = &found.cause else {
            return Ok(self
                .sink
                .line("CloudFormation gave no reason; see the events in the console.")?);
        };
        for line in cause_lines(self.sink, cause) {
            self.sink.line(&line)?;
        }
        Ok(())
    }

    /// A result with what is known so far.
    pub fn end(&self, outcome: Outcome, exit: Exit, plan: &Plan) -> RunResult {
        let progress = self.progress.borrow();
        RunResult {
            outcome,
            exit_code: exit.code(),
            stack: plan.stack_name.clone(),
            stack_id: progress.stack_id.clone(),
            change_set: progress.change_set.clone(),
            ..RunResult::default()
        }
    }
}

/// Copies what is known of the stack into the result.
pub fn fill(end: &mut RunResult, stack: Option<&Stack>) {
    if let Some(stack) = stack {
        end.stack_id = Some(stack.id.clone());
        end.stack_status = Some(stack.status.clone());
        end.outputs = stack
            .outputs
            .iter()
            .map(|o| (o.key.clone(), o.value.clone()))
            .collect();
    }
}

fn cause_lines(sink: &Sink<'_>, cause: &Cause) -> Vec<String> {
    let mut lines = Vec::new();
    if cause.folded > 0 {
        let text = format!(
            "({} only followed from this one)",
            plural(cause.folded, "further failure")
        );
        lines.push(sink.paint(Tone::Faint, &text));
    }
    let head = format!(
        "cause: {} ({}) {}",
        cause.logical_id, cause.resource_type, cause.status
    );
    lines.push(sink.paint(Tone::Bad, &head));
    lines.push(format!("       {}", cause.reason));
    if let Some(text) = &cause.explanation {
        lines.push(format!("means: {text}"));
    }
    if let Some(text) = &cause.remedy {
        lines.push(sink.paint(Tone::Strong, &format!("to do: {text}")));
    }
    lines
}

/// What the final status means for the user.
fn after(status: &str) -> String {
    let text = match status {
        "ROLLBACK_COMPLETE" => {
            "The creation failed and was rolled back; deploying again deletes the remains first."
        }
        "UPDATE_ROLLBACK_COMPLETE" => {
            "The update failed and was rolled back; the stack runs as before."
        }
        "CREATE_FAILED" | "UPDATE_FAILED" => {
            "The operation failed; what was made so far was kept. Deploying again goes on from here."
        }
        "DELETE_COMPLETE" => "The creation failed and the new stack was deleted.",
        "ROLLBACK_FAILED" | "UPDATE_ROLLBACK_FAILED" => {
            "The operation failed, and so did its rollback."
        }
        "DELETE_FAILED" => "The deletion failed.",
        _ => "The operation failed.",
    };
    format!("{text} ({status})")
}

fn no_changes(reason: &str) -> bool {
    [
        "didn't contain changes",
        "No updates are to be performed",
        "no changes",
    ]
    .iter()
    .any(|text| reason.contains(text))
}

fn request(plan: &Plan, stack: String, name: String, create: bool) -> ChangeSetRequest {
    let on_failure = if create || plan.on_failure != super::OnFailure::Delete {
        plan.on_failure.word()
    } else {
        // Only a new stack can be deleted on failure.
        super::OnFailure::Rollback.word()
    };
    ChangeSetRequest {
        stack,
        name,
        create,
        template: plan.template_body.clone(),
        parameters: plan.parameters.clone(),
        tags: plan.tags.clone(),
        capabilities: plan.capabilities.clone(),
        on_failure,
        express: plan.express,
    }
}

fn stuck(stack: &Stack) -> Failure {
    let help = match stack.status.as_str() {
        "DELETE_FAILED" | "ROLLBACK_FAILED" => format!(
            "run `cachewright destroy {0} --confirm {0}`; it names what could not be deleted and how to keep it",
            stack.name
        ),
        _ => format!(
            "run `aws cloudformation continue-update-rollback --stack-name {}`, then deploy again",
            stack.name
        ),
    };
    let reason = stack
        .reason
        .as_deref()
        .map(|r| format!(" ({r})"))
        .unwrap_or_default();
    Failure::new(
        Exit::Deployment,
        "stack-stuck",
        format!(
            "stack {} is in {}{reason} and takes no deployment",
            stack.name, stack.status
        ),
    )
    .help(help)
}
