//! The tools as agents see them: names, descriptions, schemas. All of it is constant; `--list-tools` prints it.

use std::sync::Arc;

use rmcp::ErrorData;
use rmcp::handler::server::tool::{schema_for_input, schema_for_output};
use rmcp::model::{CacheScope, JsonObject, ListToolsResult, Tool, ToolAnnotations};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Call, Chosen, args, results};

/// How long a list or a text may be kept; they change with the program alone.
pub(super) const FRESH_MS: u64 = 3_600_000;

type Schemas = fn() -> Result<(Arc<JsonObject>, Arc<JsonObject>), String>;
type Read = fn(Value) -> serde_json::Result<Call>;

struct Entry {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    schemas: Schemas,
    read: Read,
}

/// Every tool, by name.
const TABLE: &[Entry] = &[
    Entry {
        name: "compare",
        title: "Compare variations",
        description: "Answer and monthly cost of one profile under up to 24 sets of overrides: Regions, traffic, relaxed must-haves. Quote its figures; do not compute your own. A value you do not know: leave the field out.",
        schemas: schemas::<args::Compare, results::Comparison>,
        read: |from| read(from).map(Call::Compare),
    },
    Entry {
        name: "explain",
        title: "Explain an id",
        description: "What a service, rule, meter, limit, caution, note or error code means, with dated sources. Take ids from other results.",
        schemas: schemas::<args::Explain, results::Explained>,
        read: |from| read(from).map(Call::Explain),
    },
    Entry {
        name: "generate",
        title: "Generate the stack",
        description: "CloudFormation template, parameters, README and deployer policy as texts. Deploys nothing: a person runs the command it names, which previews and asks. A value you do not know: leave the field out.",
        schemas: schemas::<args::Generate, results::Generated>,
        read: |from| read(from).map(Call::Generate),
    },
    Entry {
        name: "price",
        title: "Price raw usage",
        description: "A month's bill of one service from dated AWS list prices, line by line. A price that nobody knows is null. Quote its figures; do not compute your own.",
        schemas: schemas::<args::Price, results::Priced>,
        read: |from| read(from).map(Call::Price),
    },
    Entry {
        name: "questions",
        title: "What to ask",
        description: "What a profile lacks, and which unstated fields can change the answer, with legal values. Call it before recommend and ask the developer only these. Quote its figures; do not compute your own. A value you do not know: leave the field out.",
        schemas: schemas::<args::Questions, results::Questioned>,
        read: |from| read(from).map(Call::Questions),
    },
    Entry {
        name: "recommend",
        title: "Recommend a cache",
        description: "Which of five AWS caches fits a workload, none, or no cache: cost, reasons, what would change it. Exact and the same in every run. Quote its figures; do not compute your own. A value you do not know: leave the field out.",
        schemas: schemas::<args::Recommend, results::Answer>,
        read: |from| read(from).map(Call::Recommend),
    },
];

fn schemas<A, R>() -> Result<(Arc<JsonObject>, Arc<JsonObject>), String>
where
    A: schemars::JsonSchema + 'static,
    R: schemars::JsonSchema + 'static,
{
    let input = schema_for_input::<A>()?;
    Ok((plain(&input), plain(&schema_for_output::<R>())))
}

/// A schema without what says nothing: the address of its draft, the widths of integers, null where nothing is given.
fn plain(schema: &JsonObject) -> Arc<JsonObject> {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(entries) => {
                if entries.get("type").is_some_and(|t| t != "object") {
                    entries.shift_remove("format");
                    entries.shift_remove("minimum");
                    if entries.get("default").is_some_and(Value::is_null) {
                        entries.shift_remove("default");
                    }
                }
                entries.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut schema = schema.clone();
    schema.shift_remove("$schema");
    schema.values_mut().for_each(strip);
    Arc::new(schema)
}

fn read<A: DeserializeOwned>(from: Value) -> serde_json::Result<A> {
    serde_json::from_value(from)
}

/// Every tool with its schemas.
pub(super) fn tools(chosen: Chosen) -> Result<Vec<Tool>, ErrorData> {
    let tool = |entry: &Entry| {
        let (input, output) =
            (entry.schemas)().map_err(|why| ErrorData::internal_error(why, None))?;
        let hints = ToolAnnotations::with_title(entry.title)
            .read_only(true)
            .destructive(false)
            .idempotent(true)
            .open_world(chosen.live);
        let tool = Tool::new(entry.name, entry.description, input);
        Ok(tool.with_raw_output_schema(output).annotate(hints))
    };
    TABLE.iter().map(tool).collect()
}

/// The answer to `tools/list`.
pub(super) fn list(chosen: Chosen) -> Result<ListToolsResult, ErrorData> {
    let list = ListToolsResult::with_all_items(tools(chosen)?);
    Ok(list.with_ttl_ms(FRESH_MS).with_cache_scope(scope(chosen)))
}

/// The same as JSON.
pub fn listed(chosen: Chosen) -> anyhow::Result<Value> {
    let list = list(chosen).map_err(|e| anyhow::anyhow!("{}", e.message))?;
    Ok(serde_json::to_value(list)?)
}

/// Who may keep a list or a text.
pub(super) fn scope(chosen: Chosen) -> CacheScope {
    if chosen.live || chosen.own {
        CacheScope::Private
    } else {
        CacheScope::Public
    }
}

/// A call from a tool's name and what was sent with it; `None` where there is no such tool.
pub(super) fn call(name: &str, sent: Map<String, Value>) -> Option<serde_json::Result<Call>> {
    let entry = TABLE.iter().find(|entry| entry.name == name)?;
    Some((entry.read)(Value::Object(sent)))
}

/// Names of the tools.
pub(super) fn names() -> Vec<&'static str> {
    TABLE.iter().map(|entry| entry.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_short_and_the_table_is_sorted() {
        for entry in TABLE {
            assert!(entry.description.len() <= 300, "{}", entry.name);
        }
        assert!(TABLE.is_sorted_by_key(|entry| entry.name));
    }

    #[test]
    fn descriptions_end_with_the_sentences_that_matter() {
        const QUOTE: &str = "Quote its figures; do not compute your own.";
        const UNKNOWN: &str = "A value you do not know: leave the field out.";
        for entry in TABLE {
            let (input, _) = (entry.schemas)().unwrap();
            let takes_profile = input["properties"].get("profile").is_some();
            let has_figures = !matches!(entry.name, "explain" | "generate");
            let end = match (has_figures, takes_profile) {
                (true, true) => format!(" {QUOTE} {UNKNOWN}"),
                (true, false) => format!(" {QUOTE}"),
                (false, true) => format!(" {UNKNOWN}"),
                (false, false) => continue,
            };
            assert!(entry.description.ends_with(&end), "{}", entry.name);
        }
    }
}
