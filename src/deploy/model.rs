//! What the engine knows of CloudFormation, as plain data, and the trait the engine speaks to.
//!
//! No SDK type appears here: `aws.rs` translates. Times are milliseconds since 1970 (UTC).
//! Status strings are CloudFormation's own, so a status invented tomorrow still passes through.

use crate::aws::ApiError;
pub use crate::services::found::Resource;

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// A stack as `DescribeStacks` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The stack's ARN; stays valid after deletion.
    pub id: String,
    /// The stack's name.
    pub name: String,
    /// CloudFormation's status word, such as `CREATE_COMPLETE`.
    pub status: String,
    /// Why the stack has this status.
    pub reason: Option<String>,
    /// When the stack was created.
    pub created: Option<Millis>,
    /// When the stack was last updated.
    pub updated: Option<Millis>,
    /// Output key, value and description, in the service's order.
    pub outputs: Vec<StackOutput>,
    /// Stack tags.
    pub tags: Vec<(String, String)>,
    /// Parameters the stack runs with.
    pub parameters: Vec<(String, String)>,
    /// Whether deletion is refused.
    pub termination_protection: bool,
    /// `IN_SYNC`, `DRIFTED`, `NOT_CHECKED` …
    pub drift: Option<String>,
}

/// One output of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackOutput {
    /// Output key.
    pub key: String,
    /// Output value.
    pub value: String,
    /// Description from the template.
    pub description: Option<String>,
}

/// What becomes of a stack in a given status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Only a change set exists, no resource.
    Review,
    /// An operation runs.
    Busy,
    /// Ready for an update.
    Ready,
    /// The first creation failed and was rolled back: only deletion is possible.
    Dead,
    /// An operation failed and left resources as they are: an update can repair it.
    Halted,
    /// Needs a person: the deletion or the rollback of an update failed.
    Stuck,
    /// Deleted.
    Gone,
}

/// What can be done with a stack in this status.
pub fn life(status: &str) -> Life {
    match status {
        "REVIEW_IN_PROGRESS" => Life::Review,
        "DELETE_COMPLETE" => Life::Gone,
        "ROLLBACK_COMPLETE" | "ROLLBACK_FAILED" => Life::Dead,
        "CREATE_FAILED" | "UPDATE_FAILED" => Life::Halted,
        "DELETE_FAILED" | "UPDATE_ROLLBACK_FAILED" | "IMPORT_ROLLBACK_FAILED" => Life::Stuck,
        other if other.ends_with("_IN_PROGRESS") => Life::Busy,
        _ => Life::Ready,
    }
}

/// One stack event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique id.
    pub id: String,
    /// When it happened.
    pub at: Millis,
    /// Logical id in the template; the stack's name for the stack itself.
    pub logical_id: String,
    /// Physical id, when known.
    pub physical_id: Option<String>,
    /// `AWS::…` type.
    pub resource_type: String,
    /// Status word.
    pub status: String,
    /// Reason text.
    pub reason: Option<String>,
    /// Token of the call that caused it.
    pub token: Option<String>,
}

impl StackEvent {
    /// The event is about the stack itself and not about a resource in it.
    pub fn is_stack(&self) -> bool {
        self.resource_type == "AWS::CloudFormation::Stack"
            && self
                .physical_id
                .as_deref()
                .is_none_or(|id| id.contains(&format!("/{}/", self.logical_id)))
    }
}

/// A change set with all its pages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name.
    pub name: String,
    /// ARN of the stack.
    pub stack_id: String,
    /// `CREATE_COMPLETE`, `FAILED` …
    pub status: String,
    /// `AVAILABLE`, `EXECUTE_IN_PROGRESS` …
    pub execution: String,
    /// Why it failed.
    pub reason: Option<String>,
    /// Changes in the service's order.
    pub changes: Vec<Change>,
}

/// One resource change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// `Add`, `Modify`, `Remove`, `Import`, `Dynamic`, `SyncWithActual`.
    pub action: String,
    /// `True`, `False`, `Conditional`, when it is a modification.
    pub replacement: Option<String>,
    /// `Delete`, `Retain`, `Snapshot`, `ReplaceAndDelete` …
    pub policy: Option<String>,
    /// Logical id.
    pub logical_id: String,
    /// Physical id, for an existing resource.
    pub physical_id: Option<String>,
    /// Type.
    pub resource_type: String,
    /// Properties that cause the change, with whether each forces replacement.
    pub properties: Vec<ChangedProperty>,
}

/// One property that changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedProperty {
    /// Property name or path.
    pub name: String,
    /// `Always`, `Conditionally` or `Never`.
    pub recreation: Option<String>,
}

/// A finding of CloudFormation's validation before deployment (`DescribeEvents`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Issue {
    /// `NAME_CONFLICT_VALIDATION` and the like.
    pub name: String,
    /// Where in the template.
    pub path: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// Logical id of the resource.
    pub logical_id: Option<String>,
    /// Type of the resource.
    pub resource_type: Option<String>,
    /// It stops the deployment (`FAIL`) or only warns (`WARN`).
    pub fails: bool,
}

/// One resource that differs from its template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Logical id.
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Type.
    pub resource_type: String,
    /// `MODIFIED`, `DELETED`, `IN_SYNC`, `NOT_CHECKED`.
    pub status: String,
    /// Path, expected and actual value of each difference.
    pub differences: Vec<(String, String, String)>,
}

/// State of a drift detection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriftRun {
    /// `DETECTION_IN_PROGRESS`, `DETECTION_COMPLETE`, `DETECTION_FAILED`.
    pub state: String,
    /// `IN_SYNC`, `DRIFTED` …
    pub drift: Option<String>,
    /// Why the detection failed.
    pub reason: Option<String>,
}

/// What a template declares, as CloudFormation reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Parameter names, with whether a default exists.
    pub parameters: Vec<(String, bool)>,
    /// Capabilities the caller must acknowledge.
    pub capabilities: Vec<String>,
    /// Resource types in the template.
    pub resource_types: Vec<String>,
}

/// What to create a change set from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangeSetRequest {
    /// Stack name (new stack) or ARN.
    pub stack: String,
    /// Name, which is also the idempotency token.
    pub name: String,
    /// A new stack (`CREATE`) or an existing one (`UPDATE`).
    pub create: bool,
    /// Template text.
    pub template: String,
    /// Parameters.
    pub parameters: Vec<(String, String)>,
    /// Tags.
    pub tags: Vec<(String, String)>,
    /// Capabilities.
    pub capabilities: Vec<String>,
    /// `ROLLBACK`, `DO_NOTHING` or `DELETE`.
    pub on_failure: &'static str,
    /// Complete when configuration is applied, without waiting for readiness.
    pub express: bool,
}

/// The part of CloudFormation the engine needs. `aws.rs` implements it with the SDK, tests in memory.
///
/// Futures are not required to be `Send`: one deployment runs on one thread.
#[allow(
    async_fn_in_trait,
    reason = "used with static dispatch on one thread only"
)]
pub trait Cloud {
    /// The stack of this name or ARN, `None` when there is none.
    async fn stack(&self, name: &str) -> Result<Option<Stack>, ApiError>;
    /// Creates a change set; returns its ARN and the stack's ARN.
    async fn create_change_set(
        &self,
        request: &ChangeSetRequest,
    ) -> Result<(String, String), ApiError>;
    /// The change set with all pages of its changes.
    async fn change_set(&self, stack: &str, name: &str) -> Result<Option<ChangeSet>, ApiError>;
    /// Deletes a change set.
    async fn delete_change_set(&self, stack: &str, name: &str) -> Result<(), ApiError>;
    /// Names of the stack's change sets.
    async fn change_set_names(&self, stack: &str) -> Result<Vec<String>, ApiError>;
    /// Executes a change set under a token.
    async fn execute(&self, stack: &str, change_set: &str, token: &str) -> Result<(), ApiError>;
    /// Events, newest first, reading pages until `enough` says so (that event is included).
    async fn events(
        &self,
        stack: &str,
        enough: &dyn Fn(&StackEvent) -> bool,
    ) -> Result<Vec<StackEvent>, ApiError>;
    /// Findings of the validation before deployment.
    async fn issues(&self, stack: &str, change_set: Option<&str>) -> Result<Vec<Issue>, ApiError>;
    /// Resources of the stack.
    async fn resources(&self, stack: &str) -> Result<Vec<Resource>, ApiError>;
    /// Deletes the stack under a token, keeping the named resources.
    async fn delete_stack(
        &self,
        stack: &str,
        token: &str,
        retain: &[String],
    ) -> Result<(), ApiError>;
    /// Turns termination protection on or off.
    async fn protect(&self, stack: &str, on: bool) -> Result<(), ApiError>;
    /// The template the stack runs with.
    async fn template(&self, stack: &str) -> Result<String, ApiError>;
    /// Parameters, capabilities and types of a template.
    async fn summary(&self, template: &str) -> Result<Summary, ApiError>;
    /// Whether a resource type can be used here.
    async fn type_registered(&self, name: &str) -> Result<bool, ApiError>;
    /// The account's limit of stacks in this region.
    async fn stack_limit(&self) -> Result<Option<i64>, ApiError>;
    /// Stacks that exist and are not deleted in this region.
    async fn stack_count(&self) -> Result<i64, ApiError>;
    /// Starts drift detection; returns its id.
    async fn start_drift(&self, stack: &str) -> Result<String, ApiError>;
    /// State of a drift detection.
    async fn drift_run(&self, id: &str) -> Result<DriftRun, ApiError>;
    /// What differs.
    async fn drifts(&self, stack: &str) -> Result<Vec<Drift>, ApiError>;
}
