//! The only file that names tera: set-up, the quoting filter, error mapping.
//!
//! Values enter a YAML template only through the `q` filter, which writes a JSON string: valid in YAML
//! 1.1 and 1.2 and in TypeScript, never ending a line, never starting a tag; into Terraform through `hcl`. HTML
//! templates (names ending in `.html`) are escaped by the engine.

use anyhow::{Result, anyhow};
use serde::Serialize;
use tera::{Context, Kwargs, State, Tera};

/// Renders one template with the parts it includes.
pub fn render(name: &str, templates: &[(&str, &str)], context: &impl Serialize) -> Result<String> {
    let mut tera = Tera::new();
    tera.autoescape_on(vec![".html"]);
    tera.register_filter("q", quote);
    tera.register_filter("hcl", quote_hcl);
    tera.add_raw_templates(templates.iter().copied())
        .map_err(|e| anyhow!("template: {e}"))?;
    let context = Context::from_serialize(context).map_err(|e| anyhow!("template context: {e}"))?;
    tera.render(name, &context)
        .map_err(|e| anyhow!("template {name}: {e}"))
}

/// A JSON string that is a YAML scalar too.
fn quote(value: &str, _: Kwargs, _: &State<'_>) -> String {
    crate::text::json_string(value)
}

/// A string of Terraform's language.
fn quote_hcl(value: &str, _: Kwargs, _: &State<'_>) -> String {
    crate::text::hcl_string(value)
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
