//! How an operation unfolds: precomputed events with times, revealed as the clock passes them.

use cachewright::deploy::input::resource_types;

use super::{Event, State, now};

pub const STACK: &str = "AWS::CloudFormation::Stack";

/// One scripted event: logical id (empty: the stack), status, reason.
#[derive(Clone, Debug)]
pub struct Step(pub &'static str, pub &'static str, pub Option<&'static str>);

/// How one operation unfolds.
#[derive(Clone, Debug, Default)]
pub enum Play {
    /// Every resource succeeds.
    #[default]
    Success,
    /// These events in this order, after the one that begins the operation.
    Script(Vec<Step>),
    /// Many resources' worth of events, then success.
    Chatty(usize),
}

/// Lays out the events of an operation on the stack; `word` is CREATE, UPDATE or DELETE.
pub fn begin(state: &mut State, stack_id: &str, word: &str, token: &str, resources: &[String]) {
    let play = state.plays.pop_front().unwrap_or_default();
    let step = state.step.max(1);
    let name = state
        .find(stack_id)
        .map(|s| s.name.clone())
        .unwrap_or_default();
    let template = state
        .find(stack_id)
        .map(|s| s.template.clone())
        .unwrap_or_default();
    let kinds = resource_types(&template);
    let mut list: Vec<(String, String, Option<String>)> = vec![(
        name.clone(),
        format!("{word}_IN_PROGRESS"),
        Some("User Initiated".to_owned()),
    )];
    let mut push = |id: &str, status: String, reason: Option<String>| {
        let id = if id.is_empty() {
            name.clone()
        } else {
            id.to_owned()
        };
        list.push((id, status, reason));
    };
    match play {
        Play::Success => {
            for id in resources {
                push(id, format!("{word}_IN_PROGRESS"), None);
            }
            for id in resources {
                push(id, format!("{word}_COMPLETE"), None);
            }
            push("", format!("{word}_COMPLETE"), None);
        }
        Play::Script(steps) => {
            for Step(id, status, reason) in steps {
                push(id, status.to_owned(), reason.map(str::to_owned));
            }
        }
        Play::Chatty(count) => {
            for n in 0..count {
                let id = format!("Resource{n}");
                push(&id, format!("{word}_IN_PROGRESS"), None);
                push(&id, format!("{word}_COMPLETE"), None);
            }
            push("", format!("{word}_COMPLETE"), None);
        }
    }
    let start = now();
    let serial = state.serial();
    let events: Vec<Event> = list
        .into_iter()
        .enumerate()
        .map(|(n, (id, status, reason))| Event {
            id: format!("{serial}-{n}"),
            at: start + step * n as i64,
            kind: if id == name {
                STACK.to_owned()
            } else {
                let kind = kinds.iter().find(|(k, _)| *k == id).map(|(_, t)| t.clone());
                kind.unwrap_or_else(|| "AWS::SSM::Parameter".to_owned())
            },
            logical_id: id,
            status,
            reason,
            token: token.to_owned(),
        })
        .collect();
    state.begun.push(format!("{word} {token}"));
    if let Some(stack) = state.find(stack_id) {
        stack.events.extend(events);
        if word == "UPDATE" {
            stack.updated = Some(start);
        }
    }
}
