//! The change set as people must see it before they agree: what is added, changed, replaced, removed.
//!
//! Pure: names data that would be destroyed, cost and cost change, and the expected duration.

use rust_decimal::Decimal;

use super::model::{Change, ChangeSet};
use super::record::{Preview, PreviewChange};
use super::sink::{Sink, Tone, seconds};
use super::types::Types;
use super::{Amount, CostLines, Plan};

/// Builds the preview of a change set.
pub fn build(set: &ChangeSet, create: bool, plan: &Plan, types: &Types) -> Preview {
    let mut changes: Vec<PreviewChange> = set.changes.iter().map(|c| line(c, types)).collect();
    changes.sort_by_key(|c| order(&c.action));
    let cost = plan.cost.as_ref();
    let monthly = cost.and_then(|c| c.monthly);
    Preview {
        change_set: set.name.clone(),
        kind: if create { "create" } else { "update" }.to_owned(),
        changes,
        monthly_cost: monthly.filter(|m| !m.at_least).map(|m| money(m.usd)),
        monthly_cost_at_least: monthly.filter(|m| m.at_least).map(|m| money(m.usd)),
        monthly_cost_change: cost
            .and_then(difference)
            .filter(|d| !d.at_least)
            .map(|d| money(d.usd)),
        expected_seconds: types.expected(&set.changes).map(|(usual, _)| usual),
    }
}

fn order(action: &str) -> usize {
    ["add", "change", "maybe-replace", "replace", "remove"]
        .iter()
        .position(|a| *a == action)
        .unwrap_or(5)
}

fn line(change: &Change, types: &Types) -> PreviewChange {
    let action = action(change);
    let kept = change
        .policy
        .as_deref()
        .is_some_and(|p| p.contains("Retain"));
    let destroys = matches!(action, "replace" | "maybe-replace" | "remove") && !kept;
    PreviewChange {
        action: action.to_owned(),
        logical_id: change.logical_id.clone(),
        physical_id: change.physical_id.clone(),
        resource_type: change.resource_type.clone(),
        because: because(change, action),
        destroys: types
            .destroys(&change.resource_type)
            .filter(|_| destroys)
            .map(str::to_owned),
        expected_seconds: types.seconds(&change.resource_type).map(|(usual, _)| usual),
    }
}

fn action(change: &Change) -> &'static str {
    match (change.action.as_str(), change.replacement.as_deref()) {
        ("Add" | "Import", _) => "add",
        ("Remove", _) => "remove",
        (_, Some("True")) => "replace",
        // "Dynamic": CloudFormation cannot tell before execution.
        (_, Some("Conditional")) | ("Dynamic", _) => "maybe-replace",
        _ => "change",
    }
}

/// For a replacement only the properties that force it, otherwise all that change.
fn because(change: &Change, action: &str) -> Vec<String> {
    let forces = |r: Option<&str>| matches!(r, Some("Always" | "Conditionally"));
    let mut names: Vec<String> = change
        .properties
        .iter()
        .filter(|p| !action.contains("replace") || forces(p.recreation.as_deref()))
        .map(|p| p.name.clone())
        .filter(|n| !n.is_empty())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Whether the change set replaces a resource.
pub fn replaces(preview: &Preview) -> bool {
    preview.changes.iter().any(|c| c.action.contains("replace"))
}

/// Changes that destroy data.
pub fn destroyers(preview: &Preview) -> Vec<&PreviewChange> {
    preview
        .changes
        .iter()
        .filter(|c| c.destroys.is_some())
        .collect()
}

/// Of the parts that have a price, when one of the two is a lower bound.
fn difference(cost: &CostLines) -> Option<Amount> {
    let (monthly, previous) = (cost.monthly?, cost.previous?);
    Some(Amount {
        usd: monthly.usd - previous.usd,
        at_least: monthly.at_least || previous.at_least,
    })
}

fn money(amount: Decimal) -> String {
    amount.round_dp(2).to_string()
}

/// Writes the preview for people.
pub fn show(
    sink: &mut Sink<'_>,
    preview: &Preview,
    plan: &Plan,
    types: &Types,
) -> std::io::Result<()> {
    let create = preview.kind == "create";
    let head = format!(
        "{} stack {} ({}):",
        if create { "Create" } else { "Update" },
        plan.stack_name,
        counts(preview)
    );
    let head = sink.paint(Tone::Strong, &head);
    sink.line(&head)?;
    for change in &preview.changes {
        show_change(sink, change, types)?;
    }
    sink.line(&format!(
        "  cost      {}",
        cost_text(plan.cost.as_ref(), create)
    ))?;
    sink.line(&format!("  duration  {}", duration_text(preview, types)))
}

fn counts(preview: &Preview) -> String {
    let mut parts = Vec::new();
    for (action, word) in [
        ("add", "added"),
        ("change", "changed"),
        ("replace", "replaced"),
        ("maybe-replace", "perhaps replaced"),
        ("remove", "removed"),
    ] {
        let count = preview
            .changes
            .iter()
            .filter(|c| c.action == action)
            .count();
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    if parts.is_empty() {
        "no resource changes".to_owned()
    } else {
        parts.join(", ")
    }
}

fn show_change(sink: &mut Sink<'_>, change: &PreviewChange, types: &Types) -> std::io::Result<()> {
    let (sign, tone, word) = match change.action.as_str() {
        "add" => ("+", Tone::Good, "add"),
        "replace" => ("±", Tone::Bad, "REPLACE"),
        "maybe-replace" => ("±", Tone::Bad, "REPLACE?"),
        "remove" => ("-", Tone::Bad, "remove"),
        _ => ("~", Tone::Care, "change"),
    };
    let time = types
        .seconds(&change.resource_type)
        .filter(|_| change.action != "remove")
        .map(|(usual, slow)| format!("  {}-{}", seconds(usual), seconds(slow)))
        .unwrap_or_default();
    let because = if change.because.is_empty() {
        String::new()
    } else {
        format!("  because of {}", change.because.join(", "))
    };
    let lead = sink.paint(tone, &format!("  {sign} {word:<9}"));
    let faint = sink.paint(Tone::Faint, &time);
    sink.line(&format!(
        "{lead} {:<24} {}{because}{faint}",
        change.logical_id, change.resource_type
    ))?;
    if let Some(lost) = &change.destroys {
        let text = sink.paint(Tone::Bad, &format!("      destroys {lost}"));
        sink.line(&text)?;
    }
    Ok(())
}

fn cost_text(cost: Option<&CostLines>, create: bool) -> String {
    let Some(cost) = cost else {
        return "unknown (the template does not say)".to_owned();
    };
    let Some(monthly) = cost.monthly else {
        return "unknown".to_owned();
    };
    let change = match (difference(cost), create) {
        (Some(d), _) => {
            let sign = if d.usd.is_sign_negative() { "" } else { "+" };
            let parts = if d.at_least {
                ", of the parts with a price"
            } else {
                ""
            };
            format!(" ({sign}{} USD against now{parts})", money(d.usd))
        }
        (None, true) => format!(" (+{} USD, new)", money(monthly.usd)),
        (None, false) => " (change unknown: the cost of what runs now is not known)".to_owned(),
    };
    let basis = cost
        .basis
        .as_deref()
        .map(|b| format!(", {b}"))
        .unwrap_or_default();
    let bound = if monthly.at_least { "at least " } else { "" };
    format!("{bound}{} USD a month{change}{basis}", money(monthly.usd))
}

fn duration_text(preview: &Preview, types: &Types) -> String {
    let known: Vec<(u64, u64)> = preview
        .changes
        .iter()
        .filter_map(|c| types.seconds(&c.resource_type))
        .collect();
    match known
        .iter()
        .copied()
        .reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)))
    {
        None => "unknown".to_owned(),
        Some((usual, slow)) => format!("usually {}, up to {}", seconds(usual), seconds(slow)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::model::ChangedProperty;

    fn change(action: &str, replacement: Option<&str>, policy: Option<&str>) -> Change {
        Change {
            action: action.into(),
            replacement: replacement.map(str::to_owned),
            policy: policy.map(str::to_owned),
            logical_id: "Table".into(),
            resource_type: "AWS::DynamoDB::Table".into(),
            properties: vec![
                ChangedProperty {
                    name: "TableName".into(),
                    recreation: Some("Always".into()),
                },
                ChangedProperty {
                    name: "Tags".into(),
                    recreation: Some("Never".into()),
                },
            ],
            ..Change::default()
        }
    }

    #[test]
    fn a_replacement_names_its_cause_and_the_data_it_destroys() {
        let types = Types::load().unwrap();
        let line = line(
            &change("Modify", Some("True"), Some("ReplaceAndDelete")),
            &types,
        );
        assert_eq!(line.action, "replace");
        assert_eq!(line.because, ["TableName"]);
        assert_eq!(line.destroys.as_deref(), Some("every item in the table"));
    }

    #[test]
    fn what_is_retained_is_not_destroyed() {
        let types = Types::load().unwrap();
        assert_eq!(
            line(&change("Remove", None, Some("Retain")), &types).destroys,
            None
        );
        assert_eq!(
            line(
                &change("Modify", Some("True"), Some("ReplaceAndRetain")),
                &types
            )
            .destroys,
            None
        );
        assert!(
            line(&change("Remove", None, Some("Delete")), &types)
                .destroys
                .is_some()
        );
    }

    #[test]
    fn an_unknown_cost_is_never_a_number() {
        assert!(cost_text(None, true).starts_with("unknown"));
        let unknown = CostLines::default();
        assert_eq!(cost_text(Some(&unknown), true), "unknown");
        let half = CostLines {
            monthly: Some(Amount {
                usd: Decimal::new(1234, 2),
                at_least: false,
            }),
            ..CostLines::default()
        };
        assert!(cost_text(Some(&half), false).contains("change unknown"));
        let both = CostLines {
            previous: Some(Amount {
                usd: Decimal::new(1000, 2),
                at_least: true,
            }),
            ..half
        };
        let text = cost_text(Some(&both), false);
        assert!(
            text.contains("+2.34 USD against now, of the parts with a price"),
            "{text}"
        );
    }
}
