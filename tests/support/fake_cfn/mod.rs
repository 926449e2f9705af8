//! A purpose-built stand-in for CloudFormation and STS, spoken to by the real SDK over HTTP.
//!
//! Does what no emulator does: slow stacks, failures with cascades, lost answers, hanging
//! connections, expired tokens. Listens on an ephemeral loopback port; stops when dropped.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]
#![allow(
    clippy::cast_possible_wrap,
    clippy::unnecessary_wraps,
    reason = "one shape for all answers"
)]
#![allow(unreachable_pub, missing_docs, reason = "support code of tests")]

mod http;
mod play;
mod xml;

use std::collections::{BTreeMap, VecDeque};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

pub use play::{Play, Step};

/// Something that goes wrong with one request.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An error answer: status, code, message.
    Error(u16, &'static str, &'static str),
    /// A raw answer that is no XML error.
    Raw(u16, &'static str),
    /// The connection is cut before anything is answered or done.
    Cut,
    /// The request is carried out, but its answer is lost.
    LoseAnswer,
    /// The connection is accepted and never answered.
    Hang,
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as i64
}

/// One event with its time; events of the future are not shown yet.
#[derive(Clone, Debug)]
pub struct Event {
    pub id: String,
    pub at: i64,
    pub logical_id: String,
    pub kind: String,
    pub status: String,
    pub reason: Option<String>,
    pub token: String,
}

#[derive(Clone, Debug, Default)]
pub struct ChangeSet {
    pub id: String,
    pub name: String,
    pub token: String,
    pub create: bool,
    pub ready_at: i64,
    pub failed: Option<String>,
    pub template: String,
    pub parameters: Vec<(String, String)>,
    pub changes: Vec<(String, String, String, bool)>,
    pub executed_with: Option<String>,
    pub on_failure: String,
    pub express: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Stack {
    pub id: String,
    pub name: String,
    pub created: i64,
    pub updated: Option<i64>,
    pub events: Vec<Event>,
    pub template: String,
    pub parameters: Vec<(String, String)>,
    pub change_sets: Vec<ChangeSet>,
    pub protected: bool,
    pub deletion_token: Option<String>,
}

impl Stack {
    /// The status at this moment.
    pub fn status(&self) -> String {
        let now = now();
        self.events
            .iter()
            .rfind(|e| e.kind == play::STACK && e.at <= now)
            .map_or_else(|| "REVIEW_IN_PROGRESS".to_owned(), |e| e.status.clone())
    }

    pub fn reason(&self) -> Option<String> {
        let now = now();
        self.events
            .iter()
            .rfind(|e| e.kind == play::STACK && e.at <= now)?
            .reason
            .clone()
    }
}

/// A finding of early validation.
#[derive(Clone, Debug)]
pub struct Issue {
    pub name: &'static str,
    pub path: &'static str,
    pub reason: &'static str,
    pub mode: &'static str,
}

/// What the stand-in remembers and how it behaves next.
#[derive(Default)]
pub struct State {
    pub stacks: Vec<Stack>,
    pub calls: Vec<(String, BTreeMap<String, String>)>,
    pub faults: BTreeMap<String, VecDeque<Fault>>,
    /// How coming operations play, in order; the default is success.
    pub plays: VecDeque<Play>,
    /// Milliseconds between two events.
    pub step: i64,
    /// Milliseconds until a change set is ready.
    pub change_set_delay: i64,
    /// Logical ids an update replaces.
    pub replace: Vec<String>,
    /// The next change set fails with this reason.
    pub refuse: Option<String>,
    pub issues: Vec<Issue>,
    /// Executions and deletions that were really begun.
    pub begun: Vec<String>,
    pub missing_types: Vec<String>,
    pub drifted: bool,
    pub page: usize,
    serial: u64,
}

impl State {
    pub fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// The newest stack of the name that is not deleted, or the stack of the ARN.
    pub fn find(&mut self, name: &str) -> Option<&mut Stack> {
        if name.starts_with("arn:") {
            return self.stacks.iter_mut().find(|s| s.id == name);
        }
        self.stacks
            .iter_mut()
            .rev()
            .find(|s| s.name == name && s.status() != "DELETE_COMPLETE")
    }

    pub fn count(&self, action: &str) -> usize {
        self.calls.iter().filter(|(a, _)| a == action).count()
    }
}

/// The running server.
pub struct Fake {
    pub address: SocketAddr,
    pub state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
}

impl Fake {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            step: 5,
            page: 100,
            ..State::default()
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (shared, stopping) = (Arc::clone(&state), Arc::clone(&stop));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stopping.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || http::serve(stream, &shared));
            }
        });
        Self {
            address,
            state,
            stop,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Faults for the next calls of an action.
    pub fn fault(&self, action: &str, faults: impl IntoIterator<Item = Fault>) {
        self.state()
            .faults
            .entry(action.to_owned())
            .or_default()
            .extend(faults);
    }

    pub fn play(&self, play: Play) {
        self.state().plays.push_back(play);
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = std::net::TcpStream::connect(self.address);
    }
}
