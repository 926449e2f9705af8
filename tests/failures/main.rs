//! Messages of AWS, as people posted them, find the right entry of the failure catalog: with the resource's type and
//! without, wrapped as terminals and Terraform wrap them, and whatever the resources in them are called.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

use cachewright::deploy::failures::{self, Failures};
use serde::Deserialize;

#[derive(Deserialize)]
struct Messages {
    messages: Vec<Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "type")]
    kind: String,
    finds: String,
    /// What it finds without a type where that is something else; empty: nothing.
    untyped: Option<String>,
    text: String,
}

impl Message {
    fn untyped(&self) -> Option<&str> {
        let found = self.untyped.as_deref().unwrap_or(&self.finds);
        (!found.is_empty()).then_some(found)
    }
}

fn read(text: &str) -> Vec<Message> {
    serde_json::from_str::<Messages>(text).unwrap().messages
}

/// Written in the form AWS uses, or posted and shortened.
fn messages() -> Vec<Message> {
    read(include_str!("messages.json"))
}

/// Posted, as they were.
fn posted() -> Vec<Message> {
    let mut all = read(include_str!("posted.json"));
    all.extend(read(include_str!("posted_later.json")));
    all.extend(read(include_str!("posted_third.json")));
    all.extend(read(include_str!("posted_fourth.json")));
    all
}

/// What explains a text best: its cause, or what kind of failure it is where no cause is known.
fn best<'k>(known: &'k Failures, kind: Option<&str>, text: &str) -> Option<&'k str> {
    let found = known.explain(kind, text).into_iter().next();
    let found = found.or_else(|| known.sort_of(kind, text));
    found.map(|e| e.pattern.id.as_str())
}

/// The text at a width, each line behind something.
fn wrapped(text: &str, width: usize, before: &str) -> String {
    let lines = text.lines().flat_map(|line| textwrap::wrap(line, width));
    let lines: Vec<String> = lines.map(|line| format!("{before}{line}")).collect();
    lines.join("\n")
}

fn none_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_real_message_finds_its_cause() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    for message in messages().into_iter().chain(posted()) {
        let best = best(&known, Some(&message.kind), &message.text);
        if best != Some(message.finds.as_str()) {
            wrong.push(format!("{best:?}, not {}: {}", message.finds, message.text));
        }
    }
    none_wrong(&wrong);
}

#[test]
fn a_posted_message_finds_its_cause_without_a_type() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    for message in posted() {
        let best = best(&known, None, &message.text);
        if best != message.untyped() {
            wrong.push(format!(
                "{best:?}, not {:?}: {}",
                message.untyped(),
                message.text
            ));
        }
    }
    none_wrong(&wrong);
}

#[test]
fn a_wrapped_message_finds_what_the_plain_one_finds() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    for (n, message) in messages().into_iter().chain(posted()).enumerate() {
        // Half of them with their type and half without: what is read of the text is the same.
        let kind = (n % 2 == 0).then_some(message.kind.as_str());
        let plain = best(&known, kind, &message.text);
        for (width, before) in [(72, ""), (60, "│ ")] {
            let text = wrapped(&message.text, width, before);
            let found = best(&known, kind, &text);
            if found != plain {
                wrong.push(format!("{found:?}, plain {plain:?}:\n{text}"));
            }
        }
    }
    let quoted = wrapped(&posted()[0].text, 60, "  > * ");
    let best = best(&known, None, &quoted);
    assert_eq!(best, Some(posted()[0].finds.as_str()), "{quoted}");
    none_wrong(&wrong);
}

#[test]
fn neither_case_nor_colour_nor_escapes_hide_a_message() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    let colour = |t: &str| {
        format!(
            "\u{1b}[31m{}\u{1b}[0m",
            t.replace(' ', "\u{1b}[1m \u{1b}[0m")
        )
    };
    let json = |t: &str| serde_json::to_string(t).unwrap();
    let curly = |t: &str| t.replace('\'', "’").replace('"', "&quot;");
    for (n, message) in messages().into_iter().chain(posted()).enumerate() {
        let kind = Some(message.kind.as_str());
        let plain = best(&known, kind, &message.text);
        let text = &message.text;
        let ways = [text.to_uppercase(), colour(text), json(text), curly(text)];
        for other in ways.into_iter().skip(n % 2 * 2).take(2) {
            let found = best(&known, kind, &other);
            if found != plain {
                wrong.push(format!("{found:?}, plain {plain:?}: {other}"));
            }
        }
        let lower = best(&known, Some(&message.kind.to_lowercase()), text);
        assert_eq!(lower, plain, "a type in lower case: {text}");
    }
    none_wrong(&wrong);
}

#[test]
fn the_events_around_a_reason_are_no_evidence() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    for (n, message) in messages().into_iter().chain(posted()).enumerate() {
        let kind = Some(message.kind.as_str());
        let plain = best(&known, kind, &message.text);
        let other = if n % 2 == 0 {
            let (kind, text) = (&message.kind, &message.text);
            format!("12:49:07 PM | CREATE_FAILED        | {kind} | Thing (Thing1234ABCD) {text}")
        } else {
            let cancelled = serde_json::json!({"ResourceType": "AWS::SNS::Topic",
                "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "Resource creation cancelled"});
            let cause = serde_json::json!({"LogicalResourceId": "Thing", "ResourceType": message.kind,
                "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": message.text});
            serde_json::json!({"StackEvents": [cancelled, cause]}).to_string()
        };
        let found = best(&known, kind, &other);
        if found != plain {
            wrong.push(format!("{found:?}, plain {plain:?}: {other}"));
        }
    }
    none_wrong(&wrong);
}

#[test]
fn what_only_a_kind_explains_names_the_property_and_its_bounds() {
    let known = failures::load().unwrap();
    let text = "1 validation error detected: Value '5' at 'pendingWindowInDays' failed to satisfy constraint: \
                Member must have value greater than or equal to 7";
    let found = known.explain(Some("AWS::KMS::Key"), text);
    assert!(
        found[0]
            .means
            .contains("`pendingWindowInDays` of AWS::KMS::Key")
            && found[0].means.contains("at least 7"),
        "{}",
        found[0].means
    );
}

#[test]
fn what_a_resource_is_called_is_no_evidence() {
    let known = failures::load().unwrap();
    let names = [
        "subscription-snapshot-replica",
        "origin-policy-header-tagging",
        "encryption-lifecycle-endpoint-policy",
        "quota-limit-in-use-throttled",
        "kms_certificate_role",
    ];
    let mut wrong = Vec::new();
    for message in messages().into_iter().filter(|m| m.text.contains("app")) {
        for kind in [Some(message.kind.as_str()), None] {
            let plain = best(&known, kind, &message.text);
            for name in names {
                let text = renamed(&message.text, name);
                let found = best(&known, kind, &text);
                if found != plain {
                    wrong.push(format!("{found:?}, plain {plain:?}: {text}"));
                }
            }
        }
    }
    none_wrong(&wrong);
}

/// The text with the resources that are called `app` called otherwise.
fn renamed(text: &str, name: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("app") {
        let (before, after) = (&rest[..at], &rest[at + 3..]);
        let inside = |c: char| c.is_alphanumeric() || c == '_';
        let alone = !before.ends_with(inside) && !after.starts_with(inside);
        out.push_str(before);
        out.push_str(if alone { name } else { "app" });
        rest = after;
    }
    out + rest
}

#[test]
fn an_explanation_is_short_and_in_own_words() {
    let known = failures::load().unwrap();
    for message in messages().into_iter().chain(posted()) {
        let text: Vec<char> = message.text.to_lowercase().chars().collect();
        for found in known.explain(Some(&message.kind), &message.text) {
            let said = format!("{} {}", found.means, found.to_do).to_lowercase();
            assert!(said.chars().count() <= 900, "{}", found.pattern.id);
            let repeats = text
                .windows(80)
                .any(|part| said.contains(&part.iter().collect::<String>()));
            assert!(!repeats, "{} repeats AWS's text", found.pattern.id);
        }
    }
}

#[test]
fn without_a_type_no_message_gets_an_explanation_of_another_service() {
    let known = failures::load().unwrap();
    for message in messages() {
        if let Some(found) = known.explain(None, &message.text).first() {
            let own = found.pattern.types.is_empty()
                || (found.pattern.types.iter()).any(|t| message.kind.starts_with(t.as_str()))
                || ["no-internet-gateway", "zone-without-capacity"]
                    .contains(&found.pattern.id.as_str());
            assert!(own, "{}: {}", found.pattern.id, message.text);
        }
    }
}

#[test]
fn a_near_miss_of_another_service_or_program_is_not_explained_as_ours() {
    #[derive(Deserialize)]
    struct NearMiss {
        #[serde(rename = "type")]
        kind: Option<String>,
        text: String,
    }
    #[derive(Deserialize)]
    struct NearMisses {
        messages: Vec<NearMiss>,
    }
    let known = failures::load().unwrap();
    let read = serde_json::from_str::<NearMisses>(include_str!("near_misses.json"));
    let mut wrong = Vec::new();
    for message in read.unwrap().messages {
        for kind in [message.kind.as_deref(), None] {
            let found = known.explain(kind, &message.text);
            let ours = found.iter().filter(|e| !e.pattern.types.is_empty());
            wrong.extend(ours.map(|e| format!("{}, {kind:?}: {}", e.pattern.id, message.text)));
        }
    }
    none_wrong(&wrong);
}

#[test]
fn a_refusal_names_whom_it_was_refused() {
    let known = failures::load().unwrap();
    let text = "User: arn:aws:sts::111122223333:assumed-role/Handler-ServiceRole-1/Handler-2 is not authorized to \
                perform: s3:CreateBucket on resource: \"arn:aws:s3:::data\" because no identity-based policy allows \
                the s3:CreateBucket action";
    let found = known.explain(Some("Custom::Setup"), text);
    assert!(
        found[0].means.contains("the role Handler-ServiceRole-1"),
        "{}",
        found[0].means
    );
    assert!(
        found[0].to_do.contains("grant s3:CreateBucket"),
        "{}",
        found[0].to_do
    );
}

#[test]
fn a_message_of_another_service_than_the_resource_is_explained_as_that_service_s() {
    let known = failures::load().unwrap();
    let text = "Received: Throughput exceeds the maximum OnDemandThroughput configured on table or index (Service: DynamoDb, Status Code: 400)";
    for kind in [
        "Custom::Setup",
        "AWS::CloudFormation::Stack",
        "AWS::Lambda::Function",
    ] {
        assert_eq!(
            best(&known, Some(kind), text),
            Some("on-demand-cap-reached"),
            "{kind}"
        );
    }
}

#[test]
fn what_nothing_closer_explains_is_told_its_kind_and_only_then() {
    let known = failures::load().unwrap();
    let text = "ThingNotFoundFault: the thing could not be found";
    assert!(known.explain(None, text).is_empty());
    let sort = known.sort_of(None, text).unwrap();
    assert_eq!(sort.pattern.id, "something-missing");
    let answer = |text: &str| -> serde_json::Value {
        let out = support::run(&["explain", "--error", text, "-f", "json"]);
        serde_json::from_slice(&out.stdout).unwrap()
    };
    let said = answer(text);
    assert_eq!(said["matches"], serde_json::json!([]));
    assert_eq!(said["kind"]["id"], "something-missing");
    let said = answer("Table already exists: app. Please retry.");
    assert_eq!(said["matches"][0]["id"], "table-exists");
    assert!(said.get("kind").is_none());
}

#[test]
fn a_hostile_message_does_not_reach_the_terminal_raw() {
    let text = "User: arn:aws:iam::1:user/\u{1b}[2Jx is not authorized to perform: s3:GetObject on resource: \
                \u{1b}]0;title\u{7}\u{202e}tekcub because no identity-based policy allows the s3:GetObject action";
    for format in ["text", "json"] {
        let out = support::run(&["explain", "--error", text, "-f", format]);
        let said = String::from_utf8(out.stdout).unwrap();
        assert!(said.contains("s3:GetObject"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said:?}");
    }
}

#[test]
fn explain_takes_a_pasted_error_and_answers_for_programs() {
    let text = "Table already exists: app";
    let args = [
        "explain",
        "--error",
        text,
        "--type",
        "AWS::DynamoDB::Table",
        "-f",
        "json",
    ];
    let out = support::run(&args);
    assert!(out.status.success());
    let answer: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    let best = &answer["matches"][0];
    assert_eq!(best["id"], "table-exists");
    for word in ["means", "to_do"] {
        assert!(best[word].as_str().is_some_and(|w| !w.is_empty()));
    }
    assert!(best["sources"][0].as_str().unwrap().starts_with("https://"));
}

#[test]
fn explain_says_so_when_nothing_is_known() {
    let out = support::run(&["explain", "--error", "the moon is in the wrong house"]);
    assert!(out.status.success());
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("Nothing is known"), "{said}");
}

#[test]
fn a_misspelt_type_is_named_and_no_type_at_all_is_an_error() {
    let ask = |kind: &str| {
        let out = support::run(&[
            "explain",
            "--error",
            "Table already exists: app",
            "--type",
            kind,
        ]);
        let err = String::from_utf8(out.stderr).unwrap();
        (
            out.status.code(),
            String::from_utf8(out.stdout).unwrap(),
            err,
        )
    };
    let (code, said, err) = ask("aws::dynamodb::table");
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert!(said.starts_with("table-exists"), "{said}");
    let (code, said, err) = ask("AWS::DynamoBD::Table");
    assert_eq!(code, Some(0));
    assert!(
        err.contains("did you mean `AWS::DynamoDB::Table`?"),
        "{err}"
    );
    assert!(said.contains("exists"), "{said}");
    let (code, said, err) = ask("table");
    assert_eq!((code, said.as_str()), (Some(2), ""));
    assert!(err.contains("AWS::DynamoDB::Table"), "{err}");
}
