//! Decision → CloudFormation: template, parameters and README of one stack.
//!
//! Pure: values in, texts out. The template is checked by [`check`] before anything is written.

mod hash;
pub mod wrappers;

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::{Value, json};

use crate::domain::catalog::Catalog;
use crate::domain::decision::{Candidate, Decision};
use crate::domain::profile::Profile;
use crate::exit::{Exit, Failure};
use crate::report::VERSION;
use crate::services::check::{self, Given};
use crate::services::parts::{self, Parts, SHARED, StackCase};
use crate::services::{Registry, Service};
use crate::template;
use crate::text::{self, stack_name};
use crate::words;
pub use hash::profile_hash;

/// What a stack is generated from.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    /// The workload.
    pub profile: &'a Profile,
    /// The decision, for the one sentence and the cost.
    pub decision: &'a Decision,
    /// The candidate to deploy; the winner unless `--service` insists.
    pub candidate: &'a Candidate,
    /// Facts.
    pub catalog: &'a Catalog,
    /// Date of the prices.
    pub prices_as_of: &'a str,
    /// `list prices`, or what else they are.
    pub price_terms: &'a str,
}

/// A generated stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// `template.yaml`.
    pub template: String,
    /// `parameters.json`, as the AWS CLI takes it.
    pub parameters: String,
    /// `README.md`.
    pub readme: String,
    /// Region to deploy in.
    pub region: String,
    /// Suggested stack name.
    pub name: String,
    /// Capabilities that the deployment needs.
    pub capabilities: Vec<String>,
    /// Parameters without a value.
    pub missing: Vec<String>,
    /// How the profile would give them, as a part of a sentence; empty when it cannot.
    pub missing_keys: String,
    /// Settings of `deployment` without effect on this stack, where [`unused`] was asked.
    pub unused: Vec<String>,
}

#[derive(Serialize)]
struct Provenance {
    tool_version: &'static str,
    profile_sha256: String,
    catalog_sha256: String,
    region: String,
    prices_as_of: String,
    monthly_cost: String,
    /// The same for programs; empty when unknown.
    monthly_cost_usd: String,
    monthly_cost_at_least: bool,
    hit_p50_ms: String,
    hit_p99_ms: String,
    decision: String,
}

/// Generates and checks the stack of a candidate.
pub fn generate(input: &Input<'_>) -> Result<Stack, Failure> {
    generate_with(&Registry::default(), input)
}

/// Generates and checks the stack of a candidate of one of these services.
pub fn generate_with(registry: &Registry, input: &Input<'_>) -> Result<Stack, Failure> {
    let service = &input.candidate.pick.service;
    let model = registry
        .service(service)
        .ok_or_else(|| bug(format!("no stack is known for `{service}`")))?;
    let entry = input
        .catalog
        .service(service)
        .ok_or_else(|| bug(format!("`{service}` is not in the catalog")))?;
    let variant = entry
        .variants
        .iter()
        .find(|v| v.id == input.candidate.pick.variant);
    let variant = variant.ok_or_else(|| bug("the variant is not in the catalog".to_owned()))?;
    let case = StackCase {
        profile: input.profile,
        variant,
        catalog: input.catalog,
    };
    let parts = model.parts(&case)?;
    budget_type(input, &parts.region)?;
    let provenance = provenance(input, &parts.region);
    let template = render_template(model, &parts, &provenance, input)?;
    checked(registry, &template, &parts, input)?;
    let name = stack_name(&input.profile.name);
    Ok(Stack {
        parameters: parameters(&parts)?,
        readme: readme(&parts, &provenance, input, &name)?,
        region: parts.region.clone(),
        capabilities: parts.capabilities.iter().map(|c| (*c).to_owned()).collect(),
        missing: parts
            .parameters
            .iter()
            .filter(|p| p.value.is_none())
            .map(|p| p.name.to_owned())
            .collect(),
        missing_keys: match missing_keys(&parts) {
            keys if keys.is_empty() => keys,
            keys => format!(", or as {keys} under `deployment` in the profile"),
        },
        template,
        name,
        unused: Vec::new(),
    })
}

/// Nothing is written that the checks of its resource types object to.
fn checked(
    registry: &Registry,
    template: &str,
    parts: &Parts,
    input: &Input<'_>,
) -> Result<(), Failure> {
    let values: Vec<(String, String)> = parts
        .parameters
        .iter()
        .filter_map(|p| Some((p.name.to_owned(), p.value.clone()?)))
        .collect();
    let findings = check::check_with(
        registry,
        template,
        &Given {
            catalog: input.catalog,
            region: &parts.region,
            parameters: &values,
        },
    );
    let Some(first) = findings.first() else {
        return Ok(());
    };
    Err(Failure::new(
        Exit::BadInput,
        "stack-check",
        format!(
            "{}: {} of {}: {}",
            first.code, first.property, first.resource, first.reason
        ),
    )
    .help(first.fix.clone()))
}

/// The stated settings of `deployment` without which the stack would be the same.
pub fn unused(input: &Input<'_>, stack: &Stack) -> Vec<String> {
    let stated = &input.profile.deployment;
    let keys = stated.values.keys().chain(stated.lists.keys());
    let same = |key: &&String| {
        let mut profile = input.profile.clone();
        profile.deployment.values.remove(*key);
        profile.deployment.lists.remove(*key);
        let without = Input {
            profile: &profile,
            ..*input
        };
        generate(&without).is_ok_and(|other| {
            bare(&other.template) == bare(&stack.template)
                && other.parameters == stack.parameters
                && other.readme == stack.readme
        })
    };
    keys.filter(same).cloned().collect()
}

/// A template without the hash of its profile.
fn bare(template: &str) -> Vec<&str> {
    let hash = |line: &&str| !line.trim_start().starts_with("ProfileSha256:");
    template.lines().filter(hash).collect()
}

fn bug(message: String) -> Failure {
    Failure::new(Exit::Bug, "stack-unknown", message)
}

fn provenance(input: &Input<'_>, region: &str) -> Provenance {
    let expected = input.candidate.cost.map(|range| range.expected);
    let monthly = expected.map_or("unknown".to_owned(), |c| format!("{c} a month"));
    let promise =
        |ms: Option<Decimal>| ms.map_or("unknown".to_owned(), |ms| ms.normalize().to_string());
    Provenance {
        tool_version: VERSION,
        profile_sha256: profile_hash(input.profile),
        catalog_sha256: input.catalog.hash.trim_start_matches("sha256:").to_owned(),
        region: region.to_owned(),
        prices_as_of: input.prices_as_of.to_owned(),
        monthly_cost: monthly,
        monthly_cost_usd: expected.map_or_else(String::new, |c| c.known.plain()),
        monthly_cost_at_least: expected.is_some_and(|c| c.incomplete),
        hit_p50_ms: promise(input.candidate.latency.hit_p50),
        hit_p99_ms: promise(input.candidate.latency.hit_p99),
        decision: words::summary(input.profile, input.decision),
    }
}

fn render_template(
    model: &dyn Service,
    parts: &Parts,
    provenance: &Provenance,
    input: &Input<'_>,
) -> Result<String, Failure> {
    let mut context = parts.context.clone();
    let description = format!("{}: {}", input.candidate.name, input.profile.name);
    if let Some(map) = context.as_object_mut() {
        map.insert(
            "description".to_owned(),
            Value::String(at_most(&description, 1_000)),
        );
        map.insert("provenance".to_owned(), json!(provenance));
        extras(map, input.profile);
    }
    let templates: Vec<(&str, &str)> = SHARED.iter().chain(model.templates()).copied().collect();
    let text = template::render(parts.template, &templates, &context)
        .map_err(|e| bug(format!("{e:#}")))?;
    Ok(tidy(&text))
}

/// A budget is refused where CloudFormation does not know its type.
fn budget_type(input: &Input<'_>, region: &str) -> Result<(), Failure> {
    let known = input.catalog.stacks.native_types.get("budget");
    let missing = known.is_some_and(|regions| !regions.iter().any(|r| r == region));
    if parts::budget(input.profile).is_none() || !missing {
        return Ok(());
    }
    Err(Failure::new(
        Exit::BadInput,
        "stack-input",
        format!("CloudFormation makes no budgets in {region}"),
    )
    .help("leave `deployment.monthly_budget` out, and make the budget in the billing console"))
}

/// What every stack may have besides: tags, a dashboard, a budget.
fn extras(context: &mut serde_json::Map<String, Value>, profile: &Profile) {
    let settings = &profile.deployment.values;
    let tags: Vec<Value> = parts::tags(profile)
        .into_iter()
        .map(|(key, value)| json!({ "key": key, "value": value }))
        .collect();
    let drawn = settings.contains_key("dashboard") && context.contains_key("widgets");
    // Its mails go where the alarms go.
    let mailed = settings.contains_key("alarm_email");
    let budget = parts::budget(profile).filter(|_| mailed);
    context.insert("tags".to_owned(), json!(tags));
    context.insert("dashboard".to_owned(), json!(drawn));
    context.insert("budget".to_owned(), json!(budget));
}

/// The longest start of a text within a number of bytes; CloudFormation counts a description in bytes.
fn at_most(text: &str, bytes: usize) -> String {
    text.char_indices()
        .take_while(|(at, c)| at + c.len_utf8() <= bytes)
        .map(|(_, c)| c)
        .collect()
}

/// No trailing blanks, one blank line at most, one final newline.
fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() && blank {
            continue;
        }
        blank = line.is_empty();
        out.push_str(line);
        out.push('\n');
    }
    // A section's name joins its first entry.
    let text = out
        .replace("Parameters:\n\n", "Parameters:\n")
        .replace("Resources:\n\n", "Resources:\n");
    without_empty_parameters(&text)
}

/// A template without parameters has no `Parameters` section.
fn without_empty_parameters(text: &str) -> String {
    text.replace("Parameters:\nResources:", "Resources:")
}

fn parameters(parts: &Parts) -> Result<String, Failure> {
    let list: Vec<Value> = parts
        .parameters
        .iter()
        .filter_map(|p| {
            Some(json!({ "ParameterKey": p.name, "ParameterValue": p.value.as_ref()? }))
        })
        .collect();
    serde_json::to_string_pretty(&list)
        .map(|t| t + "\n")
        .map_err(|e| bug(e.to_string()))
}

/// Why this stack: the decision, or that it was asked for although the decision is another one.
fn reason(input: &Input<'_>) -> String {
    let own = input
        .decision
        .winner()
        .is_some_and(|w| w.pick == input.candidate.pick);
    let summary = words::summary(input.profile, input.decision);
    if own {
        return summary;
    }
    format!("This stack was asked for by name. The recommendation for this workload: {summary}")
}

/// The settings of the profile that would fill the missing parameters.
fn missing_keys(parts: &Parts) -> String {
    let missing = parts.parameters.iter().filter(|p| p.value.is_none());
    let keys: Vec<String> = missing
        .filter_map(|p| Some(format!("`{}`", p.setting()?)))
        .collect();
    keys.join(", ")
}

fn readme(
    parts: &Parts,
    provenance: &Provenance,
    input: &Input<'_>,
    name: &str,
) -> Result<String, Failure> {
    let missing: Vec<&str> = parts
        .parameters
        .iter()
        .filter(|p| p.value.is_none())
        .map(|p| p.name)
        .collect();
    let samples: Vec<Value> = parts
        .samples
        .iter()
        .map(|s| json!({ "language": s.language, "fence": s.fence, "text": s.text.trim_end() }))
        .collect();
    let context = json!({
        "title": text::markdown(&format!("{}: {}", input.candidate.name, input.profile.name)),
        "decision": text::markdown(&reason(input)),
        "creates": parts.creates,
        "monthly_cost": provenance.monthly_cost,
        "prices_as_of": provenance.prices_as_of,
        "price_terms": input.price_terms,
        "stack_name": name,
        "region": parts.region,
        "capabilities": parts.capabilities.join(" "),
        "missing": missing.join(", "),
        "missing_keys": missing_keys(parts),
        "variables": parts.variables,
        "installs": parts.installs,
        "sections": parts.sections,
        "stays": parts.stays,
        "samples": samples,
        "hints": parts.hints,
    });
    let text = cachewright_templates::text("stack/README.md.tera");
    let rendered = template::render("README.md", &[("README.md", text)], &context)
        .map_err(|e| bug(format!("{e:#}")))?;
    Ok(rendered.trim_end().to_owned() + "\n")
}
