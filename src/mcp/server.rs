//! The server: what it says of itself, and which part answers which request.
//!
//! Tools compute on threads of their own, as many at a time as there are processors, and a panic in one is a result
//! that says so; the next call is served.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    Prompt, PromptMessage, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult,
    ResourceContents, Role, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use super::refused::Refused;
use super::table::{self, FRESH_MS};
use super::{Call, Chosen, MAX_TEXT, Tools, clean, clean_all, resources};
use crate::exit::{Exit, Failure};
use crate::report::VERSION;
use crate::text::{meant, short};

/// Says what the server is for; at most 500 characters.
const INSTRUCTIONS: &str = include_str!("instructions.txt");

/// The one prompt; it ships for AGENTS.md files too (docs/recipes/agents.md).
const PROMPT: &str = include_str!("prompt.md");
const PROMPT_NAME: &str = "choose-cache";

/// Answers requests.
pub(super) struct Server {
    tools: Arc<dyn Tools>,
    chosen: Chosen,
    /// Computations at a time.
    room: Semaphore,
}

impl Server {
    pub(super) fn new(tools: Arc<dyn Tools>, chosen: Chosen) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            tools,
            chosen,
            room: Semaphore::new(processors),
        }
    }

    /// Computes on a thread where nobody else waits.
    async fn compute(&self, call: Call) -> Result<Value, Refused> {
        let _turn = self.room.acquire().await;
        let tools = Arc::clone(&self.tools);
        let computed = tokio::task::spawn_blocking(move || guarded(&*tools, call)).await;
        computed.unwrap_or_else(|_| Err(bug()))
    }
}

/// A call whose panic is a result.
fn guarded(tools: &dyn Tools, call: Call) -> Result<Value, Refused> {
    catch_unwind(AssertUnwindSafe(|| tools.call(call))).unwrap_or_else(|_| Err(bug()))
}

fn bug() -> Refused {
    let message = "this call met a bug of cachewright; the server goes on";
    Failure::new(Exit::Bug, "bug", message)
        .help("report the arguments that led here; other calls are answered as before")
        .into()
}

/// Bytes of every text that a call brings, the profile left out.
fn beside_profile(sent: &Map<String, Value>) -> usize {
    let others = sent.iter().filter(|(key, _)| *key != "profile");
    others.map(|(_, value)| value.to_string().len()).sum()
}

/// Reads the arguments of a tool; `None` where there is no such tool.
fn read(name: &str, sent: Map<String, Value>) -> Option<Result<Call, Refused>> {
    let size = beside_profile(&sent);
    let call = table::call(name, sent)?;
    if size > MAX_TEXT {
        let text = format!("the arguments of `{name}` are larger than 64 KiB");
        let failure = Failure::new(Exit::Usage, "mcp-too-large", text);
        return Some(Err(failure.help("send less at a time").into()));
    }
    Some(call.map_err(|error| {
        let text = format!("the arguments of `{name}` cannot be read: {error}");
        let failure = Failure::new(Exit::Usage, "mcp-arguments", text);
        failure
            .help("tools/list has the schema of every argument")
            .into()
    }))
}

fn result(computed: Result<Value, Refused>) -> CallToolResult {
    match computed {
        Ok(value) => CallToolResult::structured(value),
        Err(refused) => {
            let mut problems = json!({ "problems": refused.problems });
            clean_all(&mut problems);
            let text = clean(&refused.text);
            let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
            result.structured_content = Some(problems);
            result
        }
    }
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_prompts()
            .build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("cachewright", VERSION))
            .with_instructions(INSTRUCTIONS.trim_end())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        table::list(self.chosen)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        let tools = table::tools(self.chosen).ok()?;
        tools.into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let sent = request.arguments.unwrap_or_default();
        let Some(call) = read(&request.name, sent) else {
            let near = meant(&request.name, table::names());
            let text = format!("no tool is called `{}`{near}", short(&request.name));
            return Err(ErrorData::invalid_params(text, None));
        };
        let computed = match call {
            Ok(call) => self.compute(call).await,
            Err(refused) => Err(refused),
        };
        // The call's share of the load is in its context.
        drop(context);
        Ok(result(computed).into())
    }

    async fn list_resources(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let list = ListResourcesResult::with_all_items(resources::all());
        Ok(list
            .with_ttl_ms(FRESH_MS)
            .with_cache_scope(table::scope(self.chosen)))
    }

    async fn list_resource_templates(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        let list = ListResourceTemplatesResult::with_all_items(resources::templates());
        Ok(list
            .with_ttl_ms(FRESH_MS)
            .with_cache_scope(table::scope(self.chosen)))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let missing = || {
            let text = format!("no resource has the address `{}`", short(&request.uri));
            ErrorData::resource_not_found(text, None)
        };
        let found = resources::find(&request.uri).ok_or_else(missing)?;
        let (kind, text) = match found {
            resources::Found::Text(kind, text) => (kind, text),
            resources::Found::Explained(call) => {
                let explained = self.compute(Call::Explain(call)).await;
                let text = explained
                    .ok()
                    .and_then(|e| e["text"].as_str().map(str::to_owned));
                ("text/plain", text.ok_or_else(missing)?)
            }
        };
        drop(context);
        let contents = ResourceContents::text(text, request.uri).with_mime_type(kind);
        Ok(ReadResourceResult::new(vec![contents])
            .with_ttl_ms(FRESH_MS)
            .with_cache_scope(table::scope(self.chosen))
            .into())
    }

    async fn list_prompts(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let about = "Read the code, ask what matters, recommend a cache with its exact price.";
        let prompt = Prompt::new(PROMPT_NAME, Some(about), None).with_title("Choose a cache");
        let list = ListPromptsResult::with_all_items(vec![prompt]);
        Ok(list
            .with_ttl_ms(FRESH_MS)
            .with_cache_scope(table::scope(self.chosen)))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        if request.name != PROMPT_NAME {
            let text = format!("the only prompt is `{PROMPT_NAME}`");
            return Err(ErrorData::invalid_params(text, None));
        }
        let message = PromptMessage::new_text(Role::User, PROMPT.trim_end());
        Ok(GetPromptResult::new(vec![message]).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instructions_are_short() {
        assert!(INSTRUCTIONS.trim_end().len() <= 500);
    }
}
