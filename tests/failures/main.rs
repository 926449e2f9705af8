//! Messages of AWS, as people posted them, find the right entry of the failure catalog.

#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../support/mod.rs"]
mod support;

use cachewright::deploy::failures;
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
    text: String,
}

fn messages() -> Vec<Message> {
    let all: Messages = serde_json::from_str(include_str!("messages.json")).unwrap();
    all.messages
}

#[test]
fn every_real_message_finds_its_cause() {
    let known = failures::load().unwrap();
    let mut wrong = Vec::new();
    for message in messages() {
        let found = known.explain(Some(&message.kind), &message.text);
        let best = found.first().map(|e| e.pattern.id.as_str());
        if best != Some(message.finds.as_str()) {
            wrong.push(format!("{best:?}, not {}: {}", message.finds, message.text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_explanation_is_short_and_in_own_words() {
    let known = failures::load().unwrap();
    for message in messages() {
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
                || found.pattern.id == "no-internet-gateway";
            assert!(own, "{}: {}", found.pattern.id, message.text);
        }
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
