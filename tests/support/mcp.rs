//! The server as a child process, spoken to in lines.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support;

/// An answer that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server and one client of it; every line of its standard output must be JSON.
pub struct Wire {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    early: VecDeque<Value>,
    next: u64,
}

impl Wire {
    pub fn start(args: &[&str]) -> Self {
        let mut command = support::command(&[&["mcp"], args].concat());
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (output, errors) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (send, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n') {
                let line = line.unwrap_or_default();
                let text = String::from_utf8(line).unwrap_or_else(|_| "not UTF-8".to_owned());
                if send.send(text).is_err() {
                    break;
                }
            }
        });
        let errors =
            std::thread::spawn(move || std::io::read_to_string(errors).unwrap_or_default());
        Self {
            input: child.stdin.take(),
            child,
            lines,
            errors: Some(errors),
            early: VecDeque::new(),
            next: 1,
        }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends bytes as they are.
    pub fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// The standard input, to be written to by somebody else.
    pub fn take_input(&mut self) -> ChildStdin {
        self.input.take().unwrap()
    }

    /// The next line, which must be JSON; `None` at the end.
    pub fn line(&mut self) -> Option<Value> {
        let line = self.lines.recv_timeout(PATIENCE).ok()?;
        Some(
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: not the protocol: {line}")),
        )
    }

    /// The answer to a request, whatever comes before it.
    pub fn answer(&mut self, id: u64) -> Value {
        if let Some(at) = self.early.iter().position(|m| m["id"] == id) {
            return self.early.remove(at).unwrap();
        }
        loop {
            let message = self.line().unwrap_or_else(|| panic!("no answer to {id}"));
            if message["id"] == id {
                return message;
            }
            self.early.push_back(message);
        }
    }

    /// Sends a request of the newer era; its id.
    pub fn send(&mut self, method: &str, params: Value) -> u64 {
        let id = self.next;
        self.next += 1;
        let line = request(id, method, params);
        self.raw(format!("{line}\n").as_bytes());
        id
    }

    /// A request and its answer.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(id)
    }

    /// The result of a tool, whichever way it ended.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer["result"].is_object(), "{answer}");
        answer["result"].clone()
    }

    /// The structured result of a tool that must succeed; its text is the same JSON.
    pub fn good(&mut self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        let text = result["content"][0]["text"].as_str().unwrap();
        let said: Value = serde_json::from_str(text).unwrap();
        assert_eq!(said, result["structuredContent"]);
        said
    }

    /// The text and the problems of a tool that must refuse.
    pub fn bad(&mut self, tool: &str, arguments: Value) -> (String, Value) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        let text = result["content"][0]["text"].as_str().unwrap().to_owned();
        (text, result["structuredContent"]["problems"].clone())
    }

    /// Ends standard input: exit code, how long it took, standard error.
    pub fn end(mut self) -> (Option<i32>, Duration, String) {
        let begun = Instant::now();
        self.input = None;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(5));
        };
        let took = begun.elapsed();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_secs(5)) {
            serde_json::from_str::<Value>(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
        }
        let errors = self.errors.take().unwrap().join().unwrap();
        (status.code(), took, errors)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A request of the newer era.
pub fn request(id: u64, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// Bytes of a value as it is sent.
pub fn bytes(value: &Value) -> usize {
    value.to_string().len()
}

/// The examples that are embedded: name and text.
pub fn examples() -> Vec<(String, String)> {
    let files = support::files("examples", ".yaml");
    let name = |p: &std::path::Path| p.with_extension("").to_string_lossy().into_owned();
    files.iter().map(|p| (name(p), support::text(p))).collect()
}
