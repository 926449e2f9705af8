//! The records of `--events json`, one per line: a contract for other programs.
//!
//! Every run ends with exactly one `result` record, whatever happened.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

/// Version of the record format.
pub const SCHEMA: &str = "cachewright/events/v1";

/// One line of `--events json`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub enum Record {
    /// Who does what where; comes before any change.
    Context(Context),
    /// One pre-flight check.
    Check(Check),
    /// The change set with its cost.
    Preview(Preview),
    /// One event of a resource or of the stack.
    Event(Event),
    /// A remark.
    Note {
        /// The remark.
        message: String,
    },
    /// A call is repeated.
    Retry(Retry),
    /// The end of the run.
    Result(Box<RunResult>),
}

/// Who does what where.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Context {
    /// `cachewright/events/v1`.
    pub schema: String,
    /// `deploy`, `destroy`, `status`, `drift` or `verify`.
    pub command: String,
    /// Stack name.
    pub stack: String,
    /// AWS account; null when it could not be read.
    pub account: Option<String>,
    /// ARN of the caller; null when it could not be read.
    pub principal: Option<String>,
    /// Region.
    pub region: String,
    /// Endpoint, when it is not AWS's own.
    pub endpoint: Option<String>,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// Stable name.
    pub name: String,
    /// `ok`, `failed`, `warning` or `unknown`.
    pub status: CheckStatus,
    /// What was found.
    pub detail: String,
    /// What to do, when something is to be done.
    pub help: Option<String>,
}

/// Outcome of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckStatus {
    /// As it should be.
    Ok,
    /// The deployment would fail.
    Failed,
    /// Worth knowing.
    Warning,
    /// Could not be checked, with the reason.
    Unknown,
}

/// The change set.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Preview {
    /// Name of the change set.
    pub change_set: String,
    /// `create` or `update`.
    pub kind: String,
    /// Changes.
    pub changes: Vec<PreviewChange>,
    /// USD per month after the deployment, a decimal string; null when it is not completely known.
    pub monthly_cost: Option<String>,
    /// Lower bound of it, when parts have no price; null when it is completely known, or not at all.
    pub monthly_cost_at_least: Option<String>,
    /// Change in USD per month, a decimal string; null when it is not completely known.
    pub monthly_cost_change: Option<String>,
    /// Expected seconds; null when unknown.
    pub expected_seconds: Option<u64>,
}

/// One change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PreviewChange {
    /// `add`, `change`, `replace`, `maybe-replace` or `remove`.
    pub action: String,
    /// Logical id.
    pub logical_id: String,
    /// Physical id of an existing resource.
    pub physical_id: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Properties that cause it.
    pub because: Vec<String>,
    /// Data that is lost with it; null when none.
    pub destroys: Option<String>,
    /// Expected seconds; null when unknown.
    pub expected_seconds: Option<u64>,
}

/// One event.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Event {
    /// RFC 3339 time.
    pub time: String,
    /// Logical id.
    pub logical_id: String,
    /// Physical id.
    pub physical_id: Option<String>,
    /// Type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Status.
    pub status: String,
    /// Reason.
    pub reason: Option<String>,
    /// Seconds since this resource's work began; null when it was not seen to begin.
    pub elapsed_seconds: Option<u64>,
}

/// A repeated call.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Retry {
    /// Operation.
    pub operation: String,
    /// The error's code.
    pub code: String,
    /// The error's message.
    pub message: String,
    /// Milliseconds until the next attempt.
    pub wait_ms: u64,
}

/// How an operation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Created or updated.
    Deployed,
    /// The stack is what the template says already.
    NoChanges,
    /// A change set waits to be executed.
    Previewed,
    /// CloudFormation, or a check, said no.
    Failed,
    /// The user said no.
    Declined,
    /// Watching ended while CloudFormation went on.
    Detached,
    /// Ended by the user before anything was executed.
    Interrupted,
    /// AWS could no longer be reached.
    LostContact,
    /// Gone.
    Deleted,
    /// There is no such stack.
    NotFound,
    /// Reality is as the template says.
    InSync,
    /// Reality differs.
    Drifted,
    /// The state was told.
    Status,
    /// Every check passed.
    Verified,
    /// This program could not go on.
    #[default]
    Error,
}

/// The end.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct RunResult {
    /// `deployed`, `no-changes`, `previewed`, `failed`, `declined`, `detached`, `lost-contact`,
    /// `deleted`, `not-found`, `in-sync`, `drifted`, `status`, `verified`, `error`.
    #[schemars(with = "String")]
    pub outcome: Outcome,
    /// Exit code of the process.
    pub exit_code: u8,
    /// Stack name.
    pub stack: String,
    /// Stack ARN.
    pub stack_id: Option<String>,
    /// The stack's last known status.
    pub stack_status: Option<String>,
    /// Change set.
    pub change_set: Option<String>,
    /// Outputs.
    pub outputs: BTreeMap<String, String>,
    /// Wall-clock seconds of the operation on AWS's clock.
    pub duration_seconds: Option<u64>,
    /// First real cause of a failure.
    pub cause: Option<Cause>,
    /// Error of this program.
    pub error: Option<ErrorRecord>,
    /// Command that resumes.
    pub resume: Option<String>,
    /// Resources that stay behind after a deletion.
    pub retained: Vec<String>,
}

/// The first real cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Cause {
    /// Logical id.
    pub logical_id: String,
    /// Type.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// Status.
    pub status: String,
    /// AWS's words.
    pub reason: String,
    /// Id of the known pattern; null when the cause is not in the catalog.
    pub pattern: Option<String>,
    /// What it means.
    pub explanation: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
    /// Follow-up events folded away.
    pub folded: usize,
}

/// An error of this program.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ErrorRecord {
    /// Stable code.
    pub code: String,
    /// Message.
    pub message: String,
    /// Next step.
    pub help: Option<String>,
}

/// JSON Schema of one record.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Record).to_value()
}
