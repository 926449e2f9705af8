//! A generated stack for those who live in another tool: a stack of the AWS CDK, a module of Terraform.
//!
//! Both hand the linted template to CloudFormation as it is; neither knows a resource. What they say of it (parameters,
//! outputs) is read from the template. Texts of the profile enter as quoted strings only.

use serde::Serialize;
use serde_json::{Value, json};

use super::{Stack, bug};
use crate::exit::Failure;
use crate::template;
use crate::text::{hcl_string, json_string, one_line};
use crate::yaml::{self, Kind, Node};

/// The tool that a wrapper is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// The AWS Cloud Development Kit, in TypeScript.
    Cdk,
    /// Terraform and OpenTofu.
    Terraform,
}

/// A wrapper: one file beside the template, and what the README says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// Name of the file.
    pub file: &'static str,
    /// Its content.
    pub text: String,
    /// A section of the README.
    pub readme: String,
}

/// A parameter as both languages name, type and default it.
#[derive(Serialize)]
struct Parameter {
    name: String,
    padded: String,
    camel: String,
    snake: String,
    description: String,
    comment: String,
    required: bool,
    list: bool,
    typescript: &'static str,
    hcl: &'static str,
    /// The value of `parameters.json`; empty when the template's own default holds.
    typescript_value: String,
    /// The same; `null` there.
    hcl_value: String,
}

#[derive(Serialize)]
struct Output {
    name: String,
    camel: String,
    snake: String,
    description: String,
    comment: String,
}

impl Tool {
    /// The file that the tool reads.
    pub fn file(self) -> &'static str {
        match self {
            Self::Cdk => "cache-stack.ts",
            Self::Terraform => "main.tf",
        }
    }

    /// The wrapper of a stack.
    pub fn wrap(self, stack: &Stack) -> Result<Wrapper, Failure> {
        let (name, source) = match self {
            Self::Cdk => (
                "cache-stack.ts",
                const { cachewright_templates::text("wrappers/cache-stack.ts.tera") },
            ),
            Self::Terraform => (
                "main.tf",
                const { cachewright_templates::text("wrappers/main.tf.tera") },
            ),
        };
        let context = context(stack)?;
        let text = template::render(name, &[(name, source)], &context)
            .map_err(|e| bug(format!("{e:#}")))?;
        Ok(Wrapper {
            file: self.file(),
            text,
            readme: self.readme(),
        })
    }

    fn readme(self) -> String {
        let lines = match self {
            Self::Cdk => [
                "## With the AWS CDK",
                "`cache-stack.ts` holds the class `CacheStack`, a stack of its own around `template.yaml`: keep both in one folder of an ES module (`\"type\": \"module\"`) that has `aws-cdk-lib` 2 and `constructs`.",
                "`new CacheStack(app, 'Cache', { stackName: 'NAME' })`, then `cdk deploy`; its fields are the outputs.",
                "Leave it a stack: inside another one its outputs get other names, which `cachewright verify` does not find.",
            ],
            Self::Terraform => [
                "## With Terraform or OpenTofu",
                "`main.tf` hands `template.yaml` to CloudFormation: use this folder as a module; the provider is hashicorp/aws 6 or later.",
                "`terraform apply`; variables are the parameters, outputs the stack's.",
                "Terraform does not see what changes inside the stack: `cachewright drift` does.",
            ],
        };
        lines.join("\n\n") + "\n"
    }
}

fn context(stack: &Stack) -> Result<Value, Failure> {
    let root = yaml::parse_template(&stack.template).map_err(|d| bug(d.message))?;
    let given: Vec<Value> =
        serde_json::from_str(&stack.parameters).map_err(|e| bug(e.to_string()))?;
    let value_of = |name: &str| {
        let mut given = given.iter();
        let entry = given.find(|entry| entry.get("ParameterKey") == Some(&json!(name)))?;
        entry.get("ParameterValue")?.as_str()
    };
    let entries = section(&root, "Parameters");
    let width = entries.iter().map(|(name, _)| name.len()).max();
    let parameters: Vec<Parameter> = entries
        .into_iter()
        .map(|(name, node)| parameter(name, node, value_of(name), width.unwrap_or(0)))
        .collect();
    let outputs: Vec<Output> = section(&root, "Outputs")
        .into_iter()
        .map(|(name, node)| output(name, node))
        .collect();
    Ok(json!({
        "required": parameters.iter().any(|p| p.required),
        "parameters": parameters,
        "outputs": outputs,
        "stack_name": stack.name,
        "region": stack.region,
        "capabilities": stack.capabilities,
    }))
}

/// The entries of a section, in their order.
fn section<'n>(root: &'n Node, name: &str) -> Vec<(&'n str, &'n Node)> {
    match root.get(name).map(|node| &node.kind) {
        Some(Kind::Map(entries)) => entries.iter().map(|e| (e.key.as_str(), &e.value)).collect(),
        _ => Vec::new(),
    }
}

fn text<'n>(node: &'n Node, key: &str) -> &'n str {
    node.get(key).and_then(Node::text).unwrap_or_default()
}

fn parameter(name: &str, node: &Node, value: Option<&str>, width: usize) -> Parameter {
    let kind = text(node, "Type");
    let list = kind.starts_with("List<") || kind == "CommaDelimitedList";
    let number = kind == "Number";
    let (typescript, hcl) = match (list, number) {
        (true, _) => ("string[]", "list(string)"),
        (_, true) => ("number", "number"),
        _ => ("string", "string"),
    };
    let written = |quote: fn(&str) -> String| {
        value.map(|value| match (list, number) {
            (true, _) => {
                let items: Vec<String> = value.split(',').map(quote).collect();
                format!("[{}]", items.join(", "))
            }
            (_, true) if value.parse::<u64>().is_ok() => value.to_owned(),
            _ => quote(value),
        })
    };
    Parameter {
        name: name.to_owned(),
        padded: format!("{name:width$}"),
        camel: camel(name),
        snake: snake(name),
        description: text(node, "Description").to_owned(),
        comment: comment(text(node, "Description")),
        required: value.is_none() && node.get("Default").is_none(),
        list,
        typescript,
        hcl,
        typescript_value: written(json_string).unwrap_or_default(),
        hcl_value: written(hcl_string).unwrap_or_else(|| "null".to_owned()),
    }
}

fn output(name: &str, node: &Node) -> Output {
    Output {
        name: name.to_owned(),
        camel: camel(name),
        snake: snake(name),
        description: text(node, "Description").to_owned(),
        comment: comment(text(node, "Description")),
    }
}

/// On one line, and without an end of the comment.
fn comment(text: &str) -> String {
    one_line(text).replace("*/", "* /")
}

fn camel(name: &str) -> String {
    let mut chars = name.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect()
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.chars().enumerate() {
        if c.is_ascii_uppercase() && at > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
