//! Which caches there are: a template, a Terraform state, a stack or what the AWS CLI wrote → resources with their
//! engine, nodes and size.
//!
//! Terraform prints secrets in clear: of every resource only the attributes are read that `catalog/telemetry` names.
//! An ARN is read for its Region alone.

use serde_json::Value;

use crate::exit::{Exit, Failure};
use crate::text::one_of;
use crate::yaml;
use cachewright_measure::telemetry::kind::{Inventory, Listed};
use cachewright_measure::telemetry::series::lenient;
use cachewright_measure::telemetry::{Kind, Known};

/// Modules of Terraform inside each other.
const DEEPEST: usize = 64;
/// Top keys of what is neither a template nor a state.
const STACKS: [&str; 2] = ["StackResources", "StackResourceSummaries"];

/// A resource of an inventory.
#[derive(Clone, Debug)]
pub struct Found {
    /// Kind.
    pub kind: String,
    /// Its id; a template may not know it.
    pub id: Option<String>,
    /// Its name in a template.
    pub logical: Option<String>,
    /// What is known of it.
    pub known: Known,
}

/// Everything that inventories list.
#[derive(Clone, Debug, Default)]
pub struct Listing(pub Vec<Found>);

/// A text as a document: JSON, or YAML as CloudFormation writes it.
pub fn document(text: &str, name: &str) -> Result<Value, Failure> {
    let fail = |text: String| Failure::new(Exit::BadInput, "account-inventory", text);
    match lenient(text) {
        Ok(value) => Ok(value),
        Err(error) if error.to_string().contains("recursion limit") => Err(fail(format!(
            "`{name}` is nested too deep: {DEEPEST} modules in each other are read"
        ))),
        Err(error) if text.trim_start().starts_with('{') => {
            Err(fail(format!("`{name}` is not JSON: {error}")))
        }
        Err(_) => match yaml::parse_template(text) {
            Ok(node) => Ok(node.to_json()),
            Err(problem) => Err(fail(format!(
                "`{name}` is no inventory: {}",
                problem.message
            ))),
        },
    }
}

impl Listing {
    /// Adds what a document lists.
    pub fn read(&mut self, document: &Value, kinds: &[Kind], name: &str) -> Result<(), Failure> {
        let is = |key: &str| document.get(key).is_some();
        if is("format_version") {
            let Some(root) = document.pointer("/values/root_module") else {
                let text =
                    format!("`{name}` is a plan, or a state without resources: it has no ids yet");
                return Err(Failure::new(Exit::BadInput, "account-plan", text)
                    .help("apply it, then `terraform show -json > state.json`"));
            };
            return self.module(root, kinds, 0);
        }
        if let Some(resources) = document.get("Resources").and_then(Value::as_object) {
            for (logical, resource) in resources {
                self.template(logical, resource, document, kinds);
            }
            return Ok(());
        }
        if let Some(rows) = STACKS.iter().find_map(|key| document.get(*key)?.as_array()) {
            rows.iter().for_each(|row| self.stack(row, kinds));
            return Ok(());
        }
        if let Some(metrics) = document.get("Metrics").and_then(Value::as_array) {
            metrics.iter().for_each(|metric| self.metric(metric, kinds));
            return Ok(());
        }
        self.described(document, kinds, name)
    }

    fn module(&mut self, module: &Value, kinds: &[Kind], depth: usize) -> Result<(), Failure> {
        if depth > DEEPEST {
            let text = format!("modules lie more than {DEEPEST} deep in each other");
            return Err(Failure::new(Exit::BadInput, "account-inventory", text));
        }
        let list = |key: &str| module.get(key).and_then(Value::as_array);
        for resource in list("resources").into_iter().flatten() {
            let of = |key: &str| {
                resource
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            if of("mode") != "managed" {
                continue;
            }
            let values = resource.get("values").unwrap_or(&Value::Null);
            for (kind, listed) in listed(kinds, Inventory::Terraform, of("type")) {
                let mut found = taken(kind, listed, values, &|v| v.clone());
                found.known.region = one(values, "region").or_else(|| region(values));
                self.add(found);
            }
        }
        for child in list("child_modules").into_iter().flatten() {
            self.module(child, kinds, depth + 1)?;
        }
        Ok(())
    }

    fn template(&mut self, logical: &str, resource: &Value, whole: &Value, kinds: &[Kind]) {
        let of = resource
            .get("Type")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let none = Value::Null;
        let properties = resource.get("Properties").unwrap_or(&none);
        // A parameter by its default; what else stands there is not known before the stack is.
        let literal = |value: &Value| match value.get("Ref").and_then(Value::as_str) {
            Some(name) => (whole.get("Parameters"))
                .and_then(|p| p.get(name)?.get("Default").cloned())
                .unwrap_or(Value::Null),
            None => value.clone(),
        };
        for (kind, listed) in listed(kinds, Inventory::Cloudformation, of) {
            let mut found = taken(kind, listed, properties, &literal);
            found.logical = Some(logical.to_owned());
            self.add(found);
        }
    }

    fn stack(&mut self, row: &Value, kinds: &[Kind]) {
        let of = |key: &str| row.get(key).and_then(Value::as_str);
        for (kind, _) in listed(
            kinds,
            Inventory::Cloudformation,
            of("ResourceType").unwrap_or(""),
        ) {
            self.add(Found {
                kind: kind.id.clone(),
                id: of("PhysicalResourceId").map(str::to_owned),
                logical: of("LogicalResourceId").map(str::to_owned),
                known: Known::default(),
            });
        }
    }

    /// A metric of `list-metrics`: the ids and members that its dimensions name.
    fn metric(&mut self, metric: &Value, kinds: &[Kind]) {
        let namespace = metric
            .get("Namespace")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let dimension = |name: &str| {
            let all = metric.get("Dimensions")?.as_array()?;
            let found = all.iter().find(|d| d["Name"].as_str() == Some(name))?;
            found["Value"].as_str().map(str::to_owned)
        };
        for kind in kinds.iter().filter(|k| k.namespace == namespace) {
            let Some(id) = dimension(&kind.dimension) else {
                continue;
            };
            let members = kind.member.as_ref().and_then(|name| dimension(name));
            let known = Known {
                members: members.into_iter().collect(),
                ..Known::default()
            };
            let (kind, logical) = (kind.id.clone(), None);
            self.add(Found {
                kind,
                id: Some(id),
                logical,
                known,
            });
        }
    }

    fn described(&mut self, document: &Value, kinds: &[Kind], name: &str) -> Result<(), Failure> {
        let all = || {
            kinds
                .iter()
                .flat_map(|k| k.found.iter().map(move |l| (k, l)))
        };
        let mut is_known = false;
        for (kind, listed) in all().filter(|(_, l)| l.inventory == Inventory::Describe) {
            let Some(rows) = document.get(&listed.of) else {
                continue;
            };
            is_known = true;
            let rows = rows
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![rows.clone()]);
            for row in &rows {
                let found = taken(kind, listed, row, &|v| v.clone());
                if found.id.is_some() {
                    self.add(found);
                }
            }
        }
        if is_known {
            return Ok(());
        }
        let mut keys = vec![
            "Resources",
            "format_version",
            STACKS[0],
            STACKS[1],
            "Metrics",
        ];
        let described = all().filter(|(_, l)| l.inventory == Inventory::Describe);
        keys.extend(described.map(|(_, l)| l.of.as_str()));
        let mut seen = std::collections::BTreeSet::new();
        keys.retain(|key| seen.insert(*key));
        let text = format!("`{name}` is no inventory: none of its top keys is known");
        Err(Failure::new(Exit::BadInput, "account-inventory", text)
            .help(format!("known top keys are {}", one_of(&keys))))
    }

    /// Joins what several files say of one resource.
    fn add(&mut self, found: Found) {
        let is_same = |known: &&mut Found| {
            let id = known.id.is_some() && known.id == found.id;
            let logical = known.logical.is_some() && known.logical == found.logical;
            known.kind == found.kind && (id || logical)
        };
        match self.0.iter_mut().find(is_same) {
            None => self.0.push(found),
            Some(known) => {
                // A template's own name is a wish, the stack's is what came of it.
                known.id = found.id.or(known.id.take());
                known.logical = known.logical.take().or(found.logical);
                join(&mut known.known, found.known);
            }
        }
    }

    /// The resources of a kind.
    pub fn of<'l>(&'l self, kind: &'l str) -> impl Iterator<Item = &'l Found> {
        self.0.iter().filter(move |f| f.kind == kind)
    }
}

fn join(known: &mut Known, more: Known) {
    fn or<T>(own: &mut Option<T>, other: Option<T>) {
        if own.is_none() {
            *own = other;
        }
    }
    or(&mut known.engine, more.engine);
    or(&mut known.node_type, more.node_type);
    or(&mut known.stored_bytes, more.stored_bytes);
    or(&mut known.stored_items, more.stored_items);
    or(&mut known.capacity_gib, more.capacity_gib);
    or(&mut known.least_gb, more.least_gb);
    or(&mut known.least_ecpus, more.least_ecpus);
    or(&mut known.variant, more.variant);
    or(&mut known.region, more.region);
    for member in more.members {
        if !known.members.contains(&member) {
            known.members.push(member);
        }
    }
    known.nodes = known.nodes.max(more.nodes);
    if known.members.len() > 1 {
        known.nodes = known.nodes.max(u32::try_from(known.members.len()).ok());
    }
}

/// The entries for a type.
fn listed<'k>(kinds: &'k [Kind], inventory: Inventory, of: &str) -> Vec<(&'k Kind, &'k Listed)> {
    let all = kinds
        .iter()
        .flat_map(|k| k.found.iter().map(move |l| (k, l)));
    all.filter(|(_, l)| l.inventory == inventory && l.of == of)
        .collect()
}

/// The attributes of a resource that are named, and no others.
fn taken(kind: &Kind, listed: &Listed, values: &Value, literal: &dyn Fn(&Value) -> Value) -> Found {
    let many = |path: &Option<String>| -> Vec<Value> {
        let path = path.as_deref().unwrap_or_default();
        all(values, path).iter().map(|v| literal(v)).collect()
    };
    let text = |path: &Option<String>| many(path).first().and_then(word);
    let number = |path: &Option<String>| many(path).first().and_then(figure);
    let count = |path: &Option<String>| number(path).map(|n| n as u32);
    let members: Vec<String> = many(&listed.members).iter().filter_map(word).collect();
    let replicas = count(&listed.replicas).unwrap_or(0);
    let laid_out = count(&listed.shards).map(|shards| shards * (1 + replicas));
    let by_name = (members.len() > 1).then_some(members.len() as u32);
    let variant = text(&listed.variant).and_then(|v| kind.spelled.get(&v).cloned());
    let mut id = listed.id.iter();
    Found {
        kind: kind.id.clone(),
        id: id.find_map(|path| text(&Some(path.clone()))),
        logical: None,
        known: Known {
            engine: text(&listed.engine),
            node_type: text(&listed.node_type),
            nodes: count(&listed.nodes).or(by_name).or(laid_out),
            stored_bytes: number(&listed.stored_bytes),
            stored_items: number(&listed.stored_items),
            capacity_gib: number(&listed.capacity),
            least_gb: number(&listed.least_gb),
            least_ecpus: number(&listed.least_ecpus),
            variant,
            members,
            region: None,
        },
    }
}

/// A text that is one.
fn word(value: &Value) -> Option<String> {
    value.as_str().filter(|t| !t.is_empty()).map(str::to_owned)
}

/// A number, or a text that is one, as templates have them.
fn figure(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

fn one(value: &Value, path: &str) -> Option<String> {
    all(value, path).first().and_then(|v| word(v))
}

/// The Region of an ARN, and nothing else of it.
fn region(values: &Value) -> Option<String> {
    let arn = values.get("arn")?.as_str()?;
    let region = arn.split(':').nth(3)?;
    (!region.is_empty()).then(|| region.to_owned())
}

/// The values at a path; `*` is each of a list.
fn all<'v>(value: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut out = vec![value];
    if path.is_empty() {
        return Vec::new();
    }
    for part in path.split('.') {
        out = out
            .into_iter()
            .flat_map(|v| match part {
                "*" => v.as_array().map(|a| a.iter().collect()).unwrap_or_default(),
                key => v.get(key).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    out
}
