//! What a report was asked for: with the catalog and the prices it names, all that it depends on. `check` and
//! `watch` decide again from it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Profile and options of a report.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Given {
    /// The profile as stated: overrides applied, quantities as they were typed, no defaults. Of the deployment
    /// settings only what can change an answer; the others name resources of an account.
    pub profile: Value,
    /// `--prices`.
    pub prices: String,
    /// `--no-free-tier`.
    pub no_free_tier: bool,
    /// `--strict-facts`.
    pub strict_facts: bool,
    /// `--partial-prices`.
    pub partial_prices: bool,
    /// Every `--discount`.
    pub discounts: Vec<String>,
    /// `--only`: the candidates that were looked at; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only: Vec<String>,
    /// Stability and break-even were left out.
    pub brief: bool,
    /// `--growth` and `--months`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub growth: Option<GivenGrowth>,
}

/// Growth that was looked at.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GivenGrowth {
    /// A month, as typed.
    pub rate: String,
    /// How many months.
    pub months: u32,
}

/// The setting of `deployment` that decides whether a workload contradicts itself.
const DECIDES: &str = "create_vpc";

/// A stated profile without the names of resources, its keys in the order of the alphabet: the order in which a
/// profile writes them says nothing.
pub fn without_names(mut stated: Value) -> Value {
    stated.sort_all_objects();
    if let Some(Value::Object(settings)) = stated.get_mut("deployment") {
        settings.retain(|key, _| key == DECIDES);
    }
    stated
}
