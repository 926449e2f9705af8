//! What each tool takes. The doc comments of the fields are the descriptions that an agent reads.
#![allow(
    missing_docs,
    reason = "doc comments go to agents; only what a name does not say is worth their room"
)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::stack::wrappers;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A value as a profile writes it. Agents write numbers, words and lists as JSON all the same, and JSON is YAML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed(pub String);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(from)? {
            Value::String(text) => text,
            other => other.to_string(),
        }))
    }
}

impl JsonSchema for Typed {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        String::json_schema(generator)
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Values by field path.
pub type Sets = BTreeMap<String, Typed>;

// How much of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Detail {
    #[default]
    Answer,
    Candidates,
    Full,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recommend {
    /// Workload profile: the YAML or JSON text itself, at most 64 KiB; never a path.
    pub profile: String,
    /// What-if: values by field path, such as {"traffic.reads": "90/s"}.
    #[serde(default)]
    pub set: Sets,
    /// candidates adds a row for each service, full adds the whole report.
    #[serde(default)]
    pub detail: Detail,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Questions {
    /// Workload profile as text, even in part.
    pub profile: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Compare {
    /// Workload profile as text.
    pub profile: String,
    /// A row each: values by field path; {} is the profile itself.
    pub variations: Vec<Sets>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Service id, such as dynamodb.
    pub service: String,
    /// Variant id; else the first.
    #[serde(default)]
    pub variant: Option<String>,
    /// AWS Region code; optional where prices are global.
    #[serde(default)]
    pub region: Option<String>,
    /// A month's quantities by meter, such as {"read-request-units": "8M"}.
    pub meters: Sets,
    /// Without free allowances.
    #[serde(default)]
    pub no_free_tier: bool,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Explain {
    /// As another result names it.
    pub id: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    /// Workload profile as text.
    pub profile: String,
    /// Values by field path.
    #[serde(default)]
    pub set: Sets,
    /// Another eligible service.
    #[serde(default)]
    pub service: Option<String>,
    /// Variant of that service.
    #[serde(default)]
    pub variant: Option<String>,
    /// Wrapper files too.
    #[serde(default)]
    pub with: Vec<Wrapper>,
}

// A tool that takes the stack in a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Wrapper {
    Cdk,
    Terraform,
}

impl From<Wrapper> for wrappers::Tool {
    fn from(tool: Wrapper) -> Self {
        match tool {
            Wrapper::Cdk => Self::Cdk,
            Wrapper::Terraform => Self::Terraform,
        }
    }
}
