//! What each tool gives. Money is a decimal string in USD; what is unknown is `null` and never `"0"`.
//!
//! The schemas that agents see come from these structs: a doc comment here is read in every context of theirs.
#![allow(
    missing_docs,
    reason = "doc comments go to agents; only what a name does not say is worth their room"
)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

// A service and variant, or an outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Choice {
    pub service: String,
    pub variant: Option<String>,
}

// A month's cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Cost {
    pub low: String,
    pub expected: String,
    pub high: String,
    pub complete: bool,
}

// What the cache saves, its own bill taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Saving {
    pub expected: String,
    /// exact, at_least, at_most or either
    pub bound: &'static str,
}

// Who came second.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Second {
    pub choice: Choice,
    pub monthly_cost_usd: Option<String>,
}

// Where a number of the profile changes the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Change {
    pub field: String,
    /// below or above
    pub side: &'static str,
    pub at: String,
    pub to: Choice,
}

// Something cheaper that the tool does not recommend or deploy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Outside {
    pub id: String,
    pub monthly_cost_usd: String,
    pub text: String,
}

// What giving up a must-have or a preference saves or unlocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Relax {
    pub field: String,
    pub from: String,
    /// null: the word leaves the list
    pub to: Option<String>,
    pub saves_usd: Option<String>,
    pub unlocks: Vec<String>,
}

// An unstated field whose value can matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Open {
    pub field: String,
    pub assumed: String,
    pub flips_at: Option<String>,
    pub flips_to: Option<Choice>,
    pub worth_usd: Option<String>,
}

// A code with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    pub code: String,
    pub text: String,
}

// A candidate in a row.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    pub service: String,
    pub variant: Option<String>,
    /// eligible, ruled-out or comparison
    pub verdict: String,
    pub monthly_cost_usd: Option<String>,
    pub complete: bool,
    pub hit_p50_ms: Option<f64>,
    pub reasons: Vec<String>,
    pub cautions: Vec<String>,
}

// Of `recommend`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Answer {
    /// recommended, none-fits or no-cache
    pub outcome: String,
    /// clear, close or open
    pub verdict: Option<String>,
    pub verdict_why: Option<String>,
    /// the answer in words; quote it
    pub summary: String,
    pub recommended: Option<Choice>,
    pub monthly_cost_usd: Option<Cost>,
    pub net_monthly_saving_usd: Option<Saving>,
    pub runner_up: Option<Second>,
    pub why: Vec<String>,
    // The nearest first.
    pub would_change: Vec<Change>,
    pub cheaper_outside: Vec<Outside>,
    pub relax: Vec<Relax>,
    /// ask the developer these
    pub worth_answering: Vec<Open>,
    /// name these to the developer
    pub cautions: Vec<Remark>,
    // Of the profile itself.
    pub warnings: Vec<Remark>,
    pub prices_as_of: String,
    pub price_notes: Vec<String>,
    pub tool_version: String,
    pub catalog: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<Row>>,
    /// report/v1, see left_out
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<Map<String, Value>>,
    /// what did not fit, by key
    pub left_out: Vec<String>,
}

// A required field without a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Missing {
    pub field: String,
    pub meaning: String,
    pub values: Vec<String>,
    pub example: String,
}

// A question with what it can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Question {
    pub field: String,
    pub question: String,
    pub why: String,
    pub assumed: String,
    pub meaning: String,
    // Every legal word; empty where the field is no closed list.
    pub values: Vec<String>,
    pub example: String,
    pub flips_to: Option<Choice>,
}

// Of `questions`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Questioned {
    /// recommend would answer
    pub complete: bool,
    pub missing: Vec<Missing>,
    // In the order to ask.
    pub worth_answering: Vec<Question>,
    pub problems: Vec<super::Problem>,
    pub answer_so_far: Option<Choice>,
    /// questions and problems that did not fit
    pub more: usize,
}

// One variation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Compared {
    pub set: BTreeMap<String, String>,
    pub outcome: Option<String>,
    pub verdict: Option<String>,
    pub recommended: Option<Choice>,
    pub monthly_cost_usd: Option<String>,
    pub complete: bool,
    pub error: Option<String>,
}

// Of `compare`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Comparison {
    pub rows: Vec<Compared>,
}

// One billed line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Line {
    pub meter: String,
    pub quantity: String,
    pub unit: String,
    pub unit_price: Option<String>,
    pub cost: Option<String>,
    pub as_of: Option<String>,
    pub source: Option<String>,
}

// Of `price`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Priced {
    /// a lower bound unless complete
    pub total: Option<String>,
    pub complete: bool,
    pub line_items: Vec<Line>,
    pub cautions: Vec<String>,
}

// Where a fact is from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Source {
    pub url: String,
    pub date: Option<String>,
    pub checked: String,
}

// Of `explain`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Explained {
    pub id: String,
    pub kind: String,
    pub text: String,
    pub sources: Vec<Source>,
}

// A file that nobody has written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct File {
    pub name: String,
    pub sha256: String,
    pub text: String,
}

// Of `generate`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Generated {
    pub files: Vec<File>,
    // Parameters that a person fills in first.
    pub fill_in: Vec<String>,
    pub deploy: String,
    pub note: String,
}
