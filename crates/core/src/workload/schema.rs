//! The JSON Schema of a profile, generated from the field table and the types it names.

use serde_json::{Map, Value, json};

use crate::domain::field::{
    DEPLOYMENT_LISTS, DEPLOYMENT_SWITCHES, DEPLOYMENT_VALUES, FIELDS, Field, MEASURED, Shape, Unit,
    Value as Of,
};
use crate::domain::profile::{Geo, Word};
use crate::domain::units::{Bytes, Dollars, Duration, Quantity, Share};

/// Draft 2020-12.
pub fn profile() -> Value {
    let mut root = object("A workload profile for cachewright, version 1.");
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("cachewright profile");
    for field in FIELDS {
        let (section, key) = field.place();
        let target = match section {
            "" => &mut root,
            section => {
                let properties = &mut root["properties"];
                if properties[section].is_null() {
                    properties[section] = object("");
                }
                if field.required {
                    require(&mut root, section);
                }
                &mut root["properties"][section]
            }
        };
        target["properties"][key] = field_schema(field);
        if field.required {
            require(target, key);
        }
    }
    root
}

fn object(description: &str) -> Value {
    let mut map = Map::new();
    if !description.is_empty() {
        map.insert("description".to_owned(), json!(description));
    }
    map.insert("type".to_owned(), json!("object"));
    map.insert("additionalProperties".to_owned(), json!(false));
    map.insert("properties".to_owned(), json!({}));
    map.insert("required".to_owned(), json!([]));
    Value::Object(map)
}

fn require(target: &mut Value, key: &str) {
    if let Some(list) = target["required"].as_array_mut()
        && !list.iter().any(|k| k == key)
    {
        list.push(json!(key));
    }
}

fn field_schema(field: &Field) -> Value {
    let mut schema = shape(field);
    let mut text = field.meaning.to_owned();
    if !field.default.is_empty() {
        text.push_str(&format!(" (default: {})", field.default));
    }
    if let Some(map) = schema.as_object_mut() {
        map.insert("description".to_owned(), json!(text));
    }
    schema
}

fn words(list: &[&str]) -> Value {
    json!({ "type": "string", "enum": list })
}

fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// A pattern that also takes `a..b`, `a..b..c`, and `unknown` where there is a default.
fn ranged(field: &Field, one: &str, example: &str) -> Value {
    let inner = one.trim_start_matches('^').trim_end_matches('$');
    let unknown = if field.required { "" } else { "|unknown" };
    let full = format!("^({inner}( ?\\.\\. ?{inner}){{0,2}}{unknown})$");
    if matches!(field.value, Of::Number(n) if n.unit == Unit::Count) {
        return json!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string", "pattern": full }], "examples": [example] });
    }
    json!({ "type": "string", "pattern": full, "examples": [example] })
}

fn shape(field: &Field) -> Value {
    match field.shape {
        Shape::Version => json!({ "const": 1 }),
        Shape::Text | Shape::Region => json!({ "type": "string" }),
        Shape::Word(list) => {
            // `unknown` may be written out where it is the default.
            let unknown = field.can_be_unknown().then_some("unknown");
            words(&list().into_iter().chain(unknown).collect::<Vec<_>>())
        }
        Shape::Words(list) => {
            json!({ "anyOf": [{ "type": "array", "items": words(&list()) }, words(&list())] })
        }
        Shape::Regions => json!({ "type": "array", "items": { "type": "string" } }),
        Shape::Quantity {
            pattern: one,
            example,
        } => ranged(field, one, example),
        Shape::QuantityOrNone {
            pattern: one,
            example,
        } => json!({ "anyOf": [ranged(field, one, example), { "const": "none" }] }),
        Shape::Integer => json!({ "type": "integer", "minimum": 1 }),
        Shape::Latency => latency(field),
        Shape::Budget => {
            json!({ "type": "string", "pattern": r"^[0-9._]+ ?USD ?/ ?month$", "examples": ["500 USD/month"] })
        }
        Shape::Viewers => viewers(),
        Shape::Curve => curve(),
        Shape::Distribution => distribution(),
        Shape::Measured => {
            let mut properties: Map<String, Value> = MEASURED
                .iter()
                .map(|k| ((*k).to_owned(), json!({ "type": ["string", "number"] })))
                .collect();
            let marks = json!({ "type": "object", "additionalProperties": { "type": "string" } });
            properties.insert("fields".to_owned(), marks);
            properties.insert("now".to_owned(), running());
            json!({ "type": "object", "additionalProperties": false, "properties": properties })
        }
        Shape::Deployment => deployment(),
    }
}

/// `measured.now`.
fn running() -> Value {
    let text = json!({ "type": "string" });
    let amount = pattern(Dollars::PATTERN);
    json!({
        "type": "object", "additionalProperties": false, "required": ["service", "monthly"],
        "properties": {
            "name": text, "service": text, "variant": text,
            "monthly": amount, "monthly_high": amount, "at_least": { "type": "boolean" },
        },
    })
}

fn latency(field: &Field) -> Value {
    let one = ranged(field, Duration::PATTERN, Duration::EXAMPLE);
    json!({ "anyOf": [one, { "const": "none" }, {
        "type": "object", "additionalProperties": false, "required": ["p50"],
        "properties": { "p50": one, "p99": pattern(Duration::PATTERN) },
    }] })
}

fn viewers() -> Value {
    let properties: Map<String, Value> = Geo::ALL
        .iter()
        .map(|g| (g.word().to_owned(), pattern(Share::PATTERN)))
        .collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// A size with a unit, or a measured plain number of bytes.
fn measured_size() -> Value {
    json!({ "anyOf": [pattern(Bytes::PATTERN), { "type": "number", "minimum": 0 }] })
}

fn measured_share() -> Value {
    json!({ "anyOf": [pattern(Share::PATTERN), { "type": "number", "minimum": 0, "maximum": 1 }] })
}

fn curve() -> Value {
    json!({ "type": "array", "items": {
        "type": "object", "additionalProperties": false, "required": ["size", "objects"],
        "properties": { "size": measured_size(), "objects": measured_share(), "bytes": measured_share(), "error": { "anyOf": [measured_share(), { "type": "null" }] } },
    } })
}

fn distribution() -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": ["p50", "p99", "max"],
        "properties": { "p50": measured_size(), "p99": measured_size(), "max": measured_size() } })
}

fn deployment() -> Value {
    let mut properties = Map::new();
    for key in DEPLOYMENT_VALUES {
        properties.insert((*key).to_owned(), json!({ "type": "string" }));
    }
    for key in DEPLOYMENT_LISTS {
        properties.insert(
            (*key).to_owned(),
            json!({ "type": "array", "items": { "type": "string" } }),
        );
    }
    for key in DEPLOYMENT_SWITCHES.iter().chain(&["create_vpc"]) {
        properties.insert((*key).to_owned(), json!({ "type": "boolean" }));
    }
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}
