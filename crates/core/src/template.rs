//! The only file that names tera: set-up, the quoting filter, error mapping.
//!
//! Values enter a YAML template only through the `q` filter, which writes a JSON string: valid in YAML
//! 1.1 and 1.2, never ending a line, never starting a tag. HTML templates (names ending in `.html`)
//! are escaped by the engine.

use anyhow::{Result, anyhow};
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

/// Renders one template with the parts it includes.
pub fn render(name: &str, templates: &[(&str, &str)], context: &impl Serialize) -> Result<String> {
    let mut tera = Tera::new();
    tera.autoescape_on(vec![".html"]);
    tera.register_filter("q", quote);
    tera.add_raw_templates(templates.iter().copied())
        .map_err(|e| anyhow!("template: {e}"))?;
    let context = Context::from_serialize(context).map_err(|e| anyhow!("template context: {e}"))?;
    tera.render(name, &context)
        .map_err(|e| anyhow!("template {name}: {e}"))
}

/// A JSON string; characters that YAML 1.1 treats as line breaks are escaped too.
fn quote(value: &str, _: Kwargs, _: &State<'_>) -> String {
    json_string(value)
}

/// A text as a JSON string that is also a YAML double-quoted scalar on one line.
pub fn json_string(value: &str) -> String {
    let json = serde_json::Value::String(value.to_owned()).to_string();
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quoted_value_is_one_json_string() {
        let hostile = "a\"b\n'c' !Ref {{ x }} ${AWS::StackName} \u{85}\u{2028}";
        let text = render(
            "t",
            &[("t", "v: {{ v | q }}")],
            &serde_json::json!({ "v": hostile }),
        )
        .unwrap();
        assert_eq!(text.lines().count(), 1);
        let back: String = serde_json::from_str(text.strip_prefix("v: ").unwrap()).unwrap();
        assert_eq!(back, hostile);
    }

    #[test]
    fn html_is_escaped() {
        let text = render(
            "t.html",
            &[("t.html", "{{ v }}")],
            &serde_json::json!({ "v": "<b>&\"" }),
        )
        .unwrap();
        assert!(!text.contains('<'), "{text}");
    }
}
