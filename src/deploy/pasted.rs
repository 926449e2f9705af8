//! Takes the reason out of what people paste: the JSON of stack events or of an error, and lines of event tables. Pure.

use serde_json::Value;

/// Members whose text is AWS's own, in lower case.
const REASONS: &[&str] = &[
    "resourcestatusreason",
    "statusreason",
    "stackstatusreason",
    "errormessage",
    "message",
    "statusmessage",
];

/// Members whose text is an error code.
const CODES: &[&str] = &["code", "errorcode", "__type", "errortype"];

/// Reasons that only follow from another one, in lower case.
const FOLLOWS: &[&str] = &[
    "cancelled",
    "canceled",
    "initiated",
    "the following resource(s) failed",
];

/// What is said in a text that is JSON or XML; `None` where it is neither, or says nothing that is known here.
pub(super) fn said(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(message) = element(text, "Message") {
        let code = element(text, "Code").map(|code| format!("{code}: "));
        return Some(code.unwrap_or_default() + message);
    }
    if !text.starts_with(['{', '[', '"']) {
        return None;
    }
    match serde_json::from_str(text).ok()? {
        Value::String(inner) => Some(said(&inner).unwrap_or(inner)),
        value => {
            let mut found = Vec::new();
            gather(&value, &mut found);
            chosen(found)
        }
    }
}

/// What an element of XML holds, whatever its case; a line may have been broken within the opening tag.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let lower = text.to_ascii_lowercase();
    let tag = format!("{name}>").to_ascii_lowercase();
    let opens = |at: &usize| {
        let before = lower[..*at].trim_end_matches(|c: char| c.is_whitespace() || c == '│');
        before.ends_with('<')
    };
    let at = lower.match_indices(&tag).map(|(at, _)| at).find(opens)?;
    let from = &text[at + tag.len()..];
    let inner = from.split_once("</")?.0;
    (!inner.is_empty()).then_some(inner)
}

/// One reason, and whether it is a failure's.
struct Reason {
    text: String,
    failed: bool,
}

/// Events come newest first: the oldest failure is the cause.
fn chosen(found: Vec<Reason>) -> Option<String> {
    let follows = |r: &Reason| {
        let lower = r.text.to_lowercase();
        FOLLOWS.iter().any(|f| lower.contains(f))
    };
    let cause = found.iter().rposition(|r| r.failed && !follows(r));
    let cause = cause.or_else(|| found.iter().rposition(|r| !follows(r)));
    let cause = cause.or_else(|| found.len().checked_sub(1))?;
    found.into_iter().nth(cause).map(|r| r.text)
}

fn gather(value: &Value, found: &mut Vec<Reason>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| gather(v, found)),
        Value::Object(members) => {
            let of = |names: &[&str]| {
                let mut texts = members
                    .iter()
                    .filter(|(k, _)| names.contains(&k.to_lowercase().as_str()));
                texts.find_map(|(_, v)| v.as_str().filter(|s| !s.is_empty()))
            };
            if let Some(reason) = of(REASONS) {
                let status = of(&["resourcestatus"]).unwrap_or_default();
                // The type as a column of its own: it tells what the text is about, not what is wrong.
                let kind = of(&["resourcetype"]).map(|kind| format!("{status} | {kind} | - | "));
                let code = of(CODES).map(|code| format!("{code}: "));
                let parts = [kind, code, Some(reason.to_owned())];
                found.push(Reason {
                    text: parts.into_iter().flatten().collect(),
                    failed: status.ends_with("_FAILED"),
                });
            }
            members.values().for_each(|v| gather(v, found));
        }
        _ => {}
    }
}

/// A line of events in lower case without its type and logical id: `create_failed | aws::x::y | name | reason`.
pub(super) fn without_columns(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("| aws::") {
        let after = &rest[at + 2..];
        let Some(bar) = after.find('|').filter(|n| *n < 80) else {
            break;
        };
        out.push_str(&rest[..at]);
        let tail = after[bar + 1..].trim_start();
        let id = tail.split([' ', '|']).next().unwrap_or_default();
        rest = tail[id.len()..].trim_start_matches([' ', '|']);
        out.push(' ');
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_failure_of_stack_events_is_what_was_said() {
        let events = r#"{"StackEvents": [
            {"ResourceType": "AWS::S3::Bucket", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "Resource creation cancelled"},
            {"ResourceType": "AWS::SNS::Topic", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "Invalid parameter: Topic Name"},
            {"ResourceType": "AWS::SNS::Topic", "ResourceStatus": "CREATE_IN_PROGRESS", "ResourceStatusReason": "Resource creation Initiated"}
        ]}"#;
        assert_eq!(
            said(events).as_deref(),
            Some("CREATE_FAILED | AWS::SNS::Topic | - | Invalid parameter: Topic Name")
        );
        let cancelled = r#"{"ResourceStatusReason": "Resource creation cancelled"}"#;
        assert_eq!(
            said(cancelled).as_deref(),
            Some("Resource creation cancelled")
        );
    }

    #[test]
    fn an_error_is_said_with_its_code_and_a_quoted_text_is_itself() {
        let error = r#"{"Error": {"Code": "Throttling", "Message": "Rate exceeded"}}"#;
        assert_eq!(said(error).as_deref(), Some("Throttling: Rate exceeded"));
        assert_eq!(said(r#""a \"b\"""#).as_deref(), Some("a \"b\""));
        let xml = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
        assert_eq!(said(xml).as_deref(), Some("AccessDenied: Access Denied"));
        let broken = "<ERROR><\n│ CODE>ACCESSDENIED</CODE><MESSAGE>ACCESS DENIED</MESSAGE></ERROR>";
        assert_eq!(said(broken).as_deref(), Some("ACCESSDENIED: ACCESS DENIED"));
        assert_eq!(said("{not json"), None);
        assert_eq!(said("Rate exceeded"), None);
        assert_eq!(said(r#"{"a": 1}"#), None);
    }

    #[test]
    fn the_type_and_the_name_in_an_event_line_are_no_evidence() {
        let line = "create_failed | aws::elasticache::usergroup | app user not found";
        assert_eq!(without_columns(line), "create_failed  user not found");
        assert_eq!(without_columns("a | b"), "a | b");
    }
}
