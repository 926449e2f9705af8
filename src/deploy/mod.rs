//! The deployment engine: a plan becomes a change set, an execution, outputs; and the stack's later life.
//!
//! The engine is a state machine over the trait [`model::Cloud`]; `aws.rs` is the only file that
//! names the CloudFormation SDK. A [`Plan`] is plain data: this module knows nothing of profiles.

pub mod aws;
pub mod consent;
mod denial;
pub mod destroy;
pub mod drift;
pub mod engine;
pub mod events;
pub mod failures;
pub mod follow;
pub mod input;
mod message;
pub mod model;
mod named;
mod pasted;
pub mod permissions;
pub mod places;
pub mod preflight;
pub mod preview;
mod quotas;
pub mod record;
pub mod retry;
pub mod sink;
pub mod status;
mod subject;
pub mod token;
pub mod types;

use rust_decimal::Decimal;

/// Everything needed to create or update one stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Stack name.
    pub stack_name: String,
    /// Template text.
    pub template_body: String,
    /// Parameter key and value.
    pub parameters: Vec<(String, String)>,
    /// Stack tags.
    pub tags: Vec<(String, String)>,
    /// Capabilities to acknowledge, such as `CAPABILITY_IAM`.
    pub capabilities: Vec<String>,
    /// Monthly cost; `None` when it was not computed.
    pub cost: Option<CostLines>,
    /// Refuse deletion once created.
    pub termination_protection: bool,
    /// What CloudFormation does when the operation fails.
    pub on_failure: OnFailure,
    /// Opt-in express mode: complete without waiting for resources to be ready to serve.
    pub express: bool,
}

/// USD a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// What is known of it.
    pub usd: Decimal,
    /// Parts of it have no price: the truth is this much or more.
    pub at_least: bool,
}

/// Monthly cost in USD; each part is `None` when unknown, never 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostLines {
    /// Expected USD per month after this deployment.
    pub monthly: Option<Amount>,
    /// USD per month of what runs now.
    pub previous: Option<Amount>,
    /// Where the prices come from, with their date.
    pub basis: Option<String>,
}

/// What CloudFormation does with a failed operation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum OnFailure {
    /// Return to the state before.
    #[default]
    Rollback,
    /// Keep what was created, for a look and a repair.
    Keep,
    /// Delete the new stack (new stacks only).
    Delete,
}

impl OnFailure {
    /// The service's word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Rollback => "ROLLBACK",
            Self::Keep => "DO_NOTHING",
            Self::Delete => "DELETE",
        }
    }
}
