//! CloudFormation through the SDK: the only file that names `aws_sdk_cloudformation`.
//!
//! Translates between the SDK's types and `model.rs`; decides nothing and retries nothing itself.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::primitives::DateTime;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetType, DeploymentConfig, DeploymentConfigMode, EventFilter, EventType,
    HookFailureMode, OnStackFailure, OperationEvent, Parameter, RegistryType, ResourceAttribute,
    ResourceChange, StackResourceDriftStatus, StackStatus, Tag,
};

use super::model::{
    Change, ChangeSet, ChangeSetRequest, ChangedProperty, Cloud, Drift, DriftRun, Issue, Millis,
    Resource, Stack, StackEvent, StackOutput, Summary,
};
use crate::aws::{ApiError, ErrorKind};
use crate::aws::{Connection, api_error};

/// CloudFormation in one account and region.
pub struct Aws {
    client: Client,
}

impl Aws {
    /// A client of the connection.
    pub fn new(connection: &Connection) -> Self {
        Self {
            client: Client::new(&connection.sdk),
        }
    }
}

/// A change set's ARN names its stack; a bare name needs the stack beside it.
fn beside<'s>(stack: &'s str, change_set: &str) -> Option<&'s str> {
    (!change_set.starts_with("arn:")).then_some(stack)
}

/// Turns "there is none" into `None`.
fn missing_is_none<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == ErrorKind::Missing => Ok(None),
        Err(error) => Err(error),
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn millis(time: Option<&DateTime>) -> Option<Millis> {
    time.and_then(|t| t.to_millis().ok())
}

impl Cloud for Aws {
    async fn stack(&self, name: &str) -> Result<Option<Stack>, ApiError> {
        let answer = self.client.describe_stacks().stack_name(name).send().await;
        let answer = missing_is_none(answer.map_err(|e| api_error("DescribeStacks", &e)))?;
        Ok(answer.and_then(|a| a.stacks().first().map(stack)))
    }

    async fn create_change_set(
        &self,
        request: &ChangeSetRequest,
    ) -> Result<(String, String), ApiError> {
        let kind = if request.create {
            ChangeSetType::Create
        } else {
            ChangeSetType::Update
        };
        let mut call = self
            .client
            .create_change_set()
            .stack_name(&request.stack)
            .change_set_name(&request.name)
            .client_token(&request.name)
            .change_set_type(kind)
            .template_body(&request.template)
            .on_stack_failure(OnStackFailure::from(request.on_failure))
            .description("created by cachewright");
        for (key, value) in &request.parameters {
            call = call.parameters(
                Parameter::builder()
                    .parameter_key(key)
                    .parameter_value(value)
                    .build(),
            );
        }
        for (key, value) in &request.tags {
            call = call.tags(Tag::builder().key(key).value(value).build());
        }
        for capability in &request.capabilities {
            call = call.capabilities(Capability::from(capability.as_str()));
        }
        if request.express {
            call = call.deployment_config(
                DeploymentConfig::builder()
                    .mode(DeploymentConfigMode::Express)
                    .build(),
            );
        }
        let answer = call
            .send()
            .await
            .map_err(|e| api_error("CreateChangeSet", &e))?;
        Ok((text(answer.id()), text(answer.stack_id())))
    }

    async fn change_set(&self, stack: &str, name: &str) -> Result<Option<ChangeSet>, ApiError> {
        let mut whole: Option<ChangeSet> = None;
        let mut next: Option<String> = None;
        loop {
            let answer = self
                .client
                .describe_change_set()
                .set_stack_name(beside(stack, name).map(str::to_owned))
                .change_set_name(name)
                .set_next_token(next)
                .send()
                .await
                .map_err(|e| api_error("DescribeChangeSet", &e));
            let Some(page) = missing_is_none(answer)? else {
                return Ok(None);
            };
            let set = whole.get_or_insert_with(|| ChangeSet {
                id: text(page.change_set_id()),
                name: text(page.change_set_name()),
                stack_id: text(page.stack_id()),
                status: page
                    .status()
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
                execution: page
                    .execution_status()
                    .map(|s| s.as_str().to_owned())
                    .unwrap_or_default(),
                reason: page.status_reason().map(str::to_owned),
                changes: Vec::new(),
            });
            set.changes.extend(
                page.changes()
                    .iter()
                    .filter_map(|c| c.resource_change())
                    .map(change),
            );
            next = page
                .next_token()
                .filter(|t| !t.is_empty())
                .map(str::to_owned);
            if next.is_none() {
                return Ok(whole);
            }
        }
    }

    async fn delete_change_set(&self, stack: &str, name: &str) -> Result<(), ApiError> {
        let call = self.client.delete_change_set().change_set_name(name);
        let answer = call
            .set_stack_name(beside(stack, name).map(str::to_owned))
            .send()
            .await;
        missing_is_none(answer.map_err(|e| api_error("DeleteChangeSet", &e))).map(|_| ())
    }

    async fn change_set_names(&self, stack: &str) -> Result<Vec<String>, ApiError> {
        let mut names = Vec::new();
        let mut pages = self
            .client
            .list_change_sets()
            .stack_name(stack)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| api_error("ListChangeSets", &e))?;
            names.extend(
                page.summaries()
                    .iter()
                    .filter_map(|s| s.change_set_name())
                    .map(str::to_owned),
            );
        }
        Ok(names)
    }

    async fn execute(&self, stack: &str, change_set: &str, token: &str) -> Result<(), ApiError> {
        self.client
            .execute_change_set()
            .set_stack_name(beside(stack, change_set).map(str::to_owned))
            .change_set_name(change_set)
            .client_request_token(token)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| api_error("ExecuteChangeSet", &e))
    }

    async fn events(
        &self,
        stack: &str,
        enough: &dyn Fn(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>, ApiError> {
        let mut found = Vec::new();
        let mut pages = self
            .client
            .describe_stack_events()
            .stack_name(stack)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    let error = api_error("DescribeStackEvents", &error);
                    if error.kind == ErrorKind::Missing {
                        return Ok(found);
                    }
                    return Err(error);
                }
            };
            for one in page.stack_events().iter().map(event) {
                let last = enough(&one);
                found.push(one);
                if last {
                    return Ok(found);
                }
            }
        }
        Ok(found)
    }

    async fn issues(&self, stack: &str, change_set: Option<&str>) -> Result<Vec<Issue>, ApiError> {
        let mut call = self.client.describe_events();
        call = match change_set {
            Some(name) => call
                .set_stack_name(beside(stack, name).map(str::to_owned))
                .change_set_name(name),
            None => call
                .stack_name(stack)
                .filters(EventFilter::builder().failed_events(true).build()),
        };
        let mut issues = Vec::new();
        let mut pages = call.into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| api_error("DescribeEvents", &e))?;
            issues.extend(page.operation_events().iter().filter_map(issue));
        }
        Ok(issues)
    }

    async fn resources(&self, stack: &str) -> Result<Vec<Resource>, ApiError> {
        let mut found = Vec::new();
        let mut pages = self
            .client
            .list_stack_resources()
            .stack_name(stack)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| api_error("ListStackResources", &e))?;
            found.extend(page.stack_resource_summaries().iter().map(|r| {
                Resource {
                    logical_id: text(r.logical_resource_id()),
                    physical_id: r.physical_resource_id().map(str::to_owned),
                    resource_type: text(r.resource_type()),
                    status: r
                        .resource_status()
                        .map(|s| s.as_str().to_owned())
                        .unwrap_or_default(),
                }
            }));
        }
        Ok(found)
    }

    async fn delete_stack(
        &self,
        stack: &str,
        token: &str,
        retain: &[String],
    ) -> Result<(), ApiError> {
        let mut call = self
            .client
            .delete_stack()
            .stack_name(stack)
            .client_request_token(token);
        for id in retain {
            call = call.retain_resources(id);
        }
        call.send()
            .await
            .map(|_| ())
            .map_err(|e| api_error("DeleteStack", &e))
    }

    async fn protect(&self, stack: &str, on: bool) -> Result<(), ApiError> {
        self.client
            .update_termination_protection()
            .stack_name(stack)
            .enable_termination_protection(on)
            .send()
            .await
            .map(|_| ())
            .map_err(|e| api_error("UpdateTerminationProtection", &e))
    }

    async fn template(&self, stack: &str) -> Result<String, ApiError> {
        let answer = self.client.get_template().stack_name(stack).send().await;
        let answer = answer.map_err(|e| api_error("GetTemplate", &e))?;
        Ok(text(answer.template_body()))
    }

    async fn summary(&self, template: &str) -> Result<Summary, ApiError> {
        let answer = self
            .client
            .get_template_summary()
            .template_body(template)
            .send()
            .await;
        let answer = answer.map_err(|e| api_error("GetTemplateSummary", &e))?;
        Ok(Summary {
            parameters: answer
                .parameters()
                .iter()
                .map(|p| (text(p.parameter_key()), p.default_value().is_some()))
                .collect(),
            capabilities: answer
                .capabilities()
                .iter()
                .map(|c| c.as_str().to_owned())
                .collect(),
            resource_types: answer.resource_types().to_vec(),
        })
    }

    async fn type_registered(&self, name: &str) -> Result<bool, ApiError> {
        let call = self
            .client
            .describe_type()
            .r#type(RegistryType::Resource)
            .type_name(name);
        let answer = call.send().await.map_err(|e| api_error("DescribeType", &e));
        missing_is_none(answer).map(|found| found.is_some())
    }

    async fn stack_limit(&self) -> Result<Option<i64>, ApiError> {
        let answer = self.client.describe_account_limits().send().await;
        let answer = answer.map_err(|e| api_error("DescribeAccountLimits", &e))?;
        Ok(answer
            .account_limits()
            .iter()
            .find(|limit| limit.name() == Some("StackLimit"))
            .and_then(aws_sdk_cloudformation::types::AccountLimit::value)
            .map(i64::from))
    }

    async fn stack_count(&self) -> Result<i64, ApiError> {
        let mut count = 0_usize;
        let mut pages = self.client.list_stacks().into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| api_error("ListStacks", &e))?;
            count += page
                .stack_summaries()
                .iter()
                .filter(|s| s.stack_status() != Some(&StackStatus::DeleteComplete))
                .count();
        }
        Ok(i64::try_from(count).unwrap_or(i64::MAX))
    }

    async fn start_drift(&self, stack: &str) -> Result<String, ApiError> {
        let answer = self
            .client
            .detect_stack_drift()
            .stack_name(stack)
            .send()
            .await;
        let answer = answer.map_err(|e| api_error("DetectStackDrift", &e))?;
        Ok(text(answer.stack_drift_detection_id()))
    }

    async fn drift_run(&self, id: &str) -> Result<DriftRun, ApiError> {
        let call = self.client.describe_stack_drift_detection_status();
        let answer = call.stack_drift_detection_id(id).send().await;
        let answer = answer.map_err(|e| api_error("DescribeStackDriftDetectionStatus", &e))?;
        Ok(DriftRun {
            state: answer
                .detection_status()
                .map(|s| s.as_str().to_owned())
                .unwrap_or_default(),
            drift: answer.stack_drift_status().map(|s| s.as_str().to_owned()),
            reason: answer.detection_status_reason().map(str::to_owned),
        })
    }

    async fn drifts(&self, stack: &str) -> Result<Vec<Drift>, ApiError> {
        let mut found = Vec::new();
        let mut pages = self
            .client
            .describe_stack_resource_drifts()
            .stack_name(stack)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| api_error("DescribeStackResourceDrifts", &e))?;
            found.extend(page.stack_resource_drifts().iter().map(|d| {
                Drift {
                    logical_id: text(d.logical_resource_id()),
                    physical_id: d.physical_resource_id().map(str::to_owned),
                    resource_type: text(d.resource_type()),
                    status: d
                        .stack_resource_drift_status()
                        .map(StackResourceDriftStatus::as_str)
                        .unwrap_or_default()
                        .to_owned(),
                    differences: d
                        .property_differences()
                        .iter()
                        .map(|p| {
                            (
                                text(p.property_path()),
                                text(p.expected_value()),
                                text(p.actual_value()),
                            )
                        })
                        .collect(),
                }
            }));
        }
        Ok(found)
    }
}

fn stack(s: &aws_sdk_cloudformation::types::Stack) -> Stack {
    Stack {
        id: text(s.stack_id()),
        name: text(s.stack_name()),
        status: s
            .stack_status()
            .map(|s| s.as_str().to_owned())
            .unwrap_or_default(),
        reason: s.stack_status_reason().map(str::to_owned),
        created: millis(s.creation_time()),
        updated: millis(s.last_updated_time()),
        outputs: s
            .outputs()
            .iter()
            .map(|o| StackOutput {
                key: text(o.output_key()),
                value: text(o.output_value()),
                description: o.description().map(str::to_owned),
            })
            .collect(),
        tags: s
            .tags()
            .iter()
            .map(|t| (text(t.key()), text(t.value())))
            .collect(),
        parameters: s
            .parameters()
            .iter()
            .map(|p| (text(p.parameter_key()), text(p.parameter_value())))
            .collect(),
        termination_protection: s.enable_termination_protection() == Some(true),
        drift: s
            .drift_information()
            .and_then(|d| d.stack_drift_status())
            .map(|s| s.as_str().to_owned()),
    }
}

fn event(e: &aws_sdk_cloudformation::types::StackEvent) -> StackEvent {
    StackEvent {
        id: text(e.event_id()),
        at: millis(e.timestamp()).unwrap_or_default(),
        logical_id: text(e.logical_resource_id()),
        physical_id: e
            .physical_resource_id()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        resource_type: text(e.resource_type()),
        status: e
            .resource_status()
            .map(|s| s.as_str().to_owned())
            .unwrap_or_default(),
        reason: e
            .resource_status_reason()
            .filter(|r| !r.is_empty())
            .map(str::to_owned),
        token: e
            .client_request_token()
            .filter(|t| !t.is_empty())
            .map(str::to_owned),
    }
}

fn change(c: &ResourceChange) -> Change {
    Change {
        action: c
            .action()
            .map(|a| a.as_str().to_owned())
            .unwrap_or_default(),
        replacement: c.replacement().map(|r| r.as_str().to_owned()),
        policy: c.policy_action().map(|p| p.as_str().to_owned()),
        logical_id: text(c.logical_resource_id()),
        physical_id: c
            .physical_resource_id()
            .filter(|id| !id.is_empty())
            .map(str::to_owned),
        resource_type: text(c.resource_type()),
        properties: c
            .details()
            .iter()
            .filter_map(|d| d.target())
            .map(|t| ChangedProperty {
                name: t
                    .name()
                    .filter(|n| !n.is_empty())
                    .or_else(|| t.attribute().map(ResourceAttribute::as_str))
                    .unwrap_or_default()
                    .to_owned(),
                recreation: t.requires_recreation().map(|r| r.as_str().to_owned()),
            })
            .collect(),
    }
}

fn issue(e: &OperationEvent) -> Option<Issue> {
    if e.event_type() != Some(&EventType::ValidationError) {
        return None;
    }
    Some(Issue {
        name: text(e.validation_name()),
        path: e.validation_path().map(str::to_owned),
        reason: text(e.validation_status_reason()),
        logical_id: e.logical_resource_id().map(str::to_owned),
        resource_type: e.resource_type().map(str::to_owned),
        fails: e.validation_failure_mode() != Some(&HookFailureMode::Warn),
    })
}
