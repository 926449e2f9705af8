//! `cachewright mcp` on the wire: both eras, the Rust client, and clients that do everything wrong. Standard output
//! is the protocol and nothing else, whatever comes in.

mod support;
#[path = "support/mcp.rs"]
mod wire;

use std::io::Write as _;
use std::time::{Duration, Instant};

use rmcp::model::{
    CallToolRequestParams, GetPromptRequestParams, ProtocolVersion, ReadResourceRequestParams,
};
use rmcp::service::{ClientLifecycleMode, ClientServiceExt as _};
use serde_json::{Map, Value, json};
use wire::{Wire, request};

const TOOLS: [&str; 6] = [
    "compare",
    "explain",
    "generate",
    "price",
    "questions",
    "recommend",
];

fn profile() -> String {
    support::text("examples/product-pages.yaml")
}

#[test]
fn both_eras_are_greeted_and_the_future_is_told_what_is_spoken() {
    let mut wire = Wire::start(&[]);
    let found = wire.ask("server/discover", json!({}))["result"].clone();
    let versions = json!([
        "2024-11-05",
        "2025-03-26",
        "2025-06-18",
        "2025-11-25",
        "2026-07-28"
    ]);
    assert_eq!(found["supportedVersions"], versions);
    let capabilities = &found["capabilities"];
    assert_eq!(
        *capabilities,
        json!({"prompts": {}, "resources": {}, "tools": {}})
    );
    let info = &found["_meta"]["io.modelcontextprotocol/serverInfo"];
    assert_eq!(info["name"], "cachewright", "{found}");
    assert!(found["instructions"].as_str().unwrap().len() <= 500);

    for version in ["2024-11-05", "2025-11-25"] {
        let mut wire = Wire::start(&[]);
        let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "0"}}});
        wire.raw(format!("{hello}\n").as_bytes());
        let answer = wire.answer(1)["result"].clone();
        assert_eq!(answer["protocolVersion"], version);
        assert_eq!(answer["serverInfo"]["name"], "cachewright");
        let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
        wire.raw(format!("{list}\n").as_bytes());
        let listed = wire.answer(2)["result"].clone();
        assert_eq!(listed["tools"].as_array().unwrap().len(), 6);
        assert!(listed.get("resultType").is_none(), "of the newer era");
    }

    let mut wire = Wire::start(&[]);
    wire.raw(b"not json\n{}\n");
    assert_eq!(wire.line().unwrap()["error"]["code"], -32600);
    let bare = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/list", "params": {}});
    wire.raw(format!("{bare}\n").as_bytes());
    let refused = wire.answer(7)["error"].clone();
    assert_eq!(refused["code"], -32602);
    let named = "io.modelcontextprotocol/protocolVersion";
    assert!(refused.to_string().contains(named), "{refused}");
    let mut future = request(8, "tools/list", json!({}));
    future["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    wire.raw(format!("{future}\n").as_bytes());
    let refused = wire.answer(8)["error"].clone();
    assert_eq!(refused["code"], -32022);
    assert_eq!(refused["data"]["supported"], versions);
    assert_eq!(
        wire.ask("tools/list", json!({}))["result"]["tools"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

#[test]
fn the_rust_client_drives_every_tool_resource_and_prompt_in_both_eras() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let newest = ProtocolVersion::V_2026_07_28;
    let discover = ClientLifecycleMode::Discover {
        preferred_versions: vec![newest],
    };
    for mode in [discover, ClientLifecycleMode::Initialize] {
        runtime.block_on(drive(mode));
    }
}

async fn drive(mode: ClientLifecycleMode) {
    use tokio::net::unix::pipe::{Receiver, Sender};
    let mut child = support::command(&["mcp"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let read = Receiver::from_owned_fd(child.stdout.take().unwrap().into()).unwrap();
    let write = Sender::from_owned_fd(child.stdin.take().unwrap().into()).unwrap();
    let client = ().serve_with_lifecycle((read, write), mode).await.unwrap();

    let tools = client.list_all_tools().await.unwrap();
    let names: Vec<&str> = tools.iter().map(|t| t.name.as_ref()).collect();
    assert_eq!(names, TOOLS);
    for (tool, arguments) in [
        ("compare", json!({"profile": profile(), "variations": [{}]})),
        ("explain", json!({"id": "dynamodb"})),
        ("generate", json!({"profile": profile()})),
        (
            "price",
            json!({"service": "dynamodb", "region": "eu-west-1", "meters": {"read-request-units": "8M"}}),
        ),
        ("questions", json!({"profile": ""})),
        ("recommend", json!({"profile": profile(), "detail": "full"})),
    ] {
        let Value::Object(arguments) = arguments else {
            unreachable!()
        };
        let call = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = client.call_tool(call).await.unwrap();
        assert_eq!(result.is_error, Some(false), "{tool}: {result:?}");
        assert!(
            result.structured_content.is_some_and(|c| c.is_object()),
            "{tool}"
        );
    }
    let bad = CallToolRequestParams::new("recommend").with_arguments(Map::new());
    assert_eq!(client.call_tool(bad).await.unwrap().is_error, Some(true));
    assert!(
        client
            .call_tool(CallToolRequestParams::new("deploy"))
            .await
            .is_err()
    );

    let resources = client.list_all_resources().await.unwrap();
    assert!(resources.len() > 20);
    for resource in resources {
        let read = ReadResourceRequestParams::new(resource.uri);
        assert_eq!(client.read_resource(read).await.unwrap().contents.len(), 1);
    }
    assert_eq!(client.list_all_resource_templates().await.unwrap().len(), 2);
    let prompts = client.list_all_prompts().await.unwrap();
    let prompt = GetPromptRequestParams::new(prompts[0].name.clone());
    assert_eq!(client.get_prompt(prompt).await.unwrap().messages.len(), 1);
    client.cancel().await.unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(0));
}

#[test]
fn lines_that_are_no_requests_are_survived_in_silence() {
    let mut wire = Wire::start(&[]);
    for line in [
        "not json",
        "",
        "{}",
        "[]",
        "null",
        "\u{feff}",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":3}",
    ] {
        wire.raw(format!("{line}\n").as_bytes());
    }
    wire.raw(b"\xff\xfe\x00\n\r\n");
    let listed = wire.ask("tools/list", json!({}));
    assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), 6);
    let (code, _, errors) = wire.end();
    assert_eq!((code, errors.as_str()), (Some(0), ""));
}

#[test]
fn a_line_of_seventeen_megabytes_is_dropped_and_the_next_is_answered() {
    let mut wire = Wire::start(&[]);
    let long = vec![b'a'; 17 << 20];
    wire.raw(b"{\"jsonrpc\":\"2.0\",\"id\":900,\"method\":\"tools/list\",\"params\":{\"x\":\"");
    wire.raw(&long);
    wire.raw(b"\"}}\n");
    assert_eq!(
        wire.ask("tools/list", json!({}))["result"]["tools"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
    assert!(
        peak(wire.id()).is_none_or(|mib| mib < 200),
        "{:?}",
        peak(wire.id())
    );
    // And one that never ends.
    wire.raw(&long);
    assert_eq!(wire.end().0, Some(0));
}

/// Most memory that a process has had, MiB, where the system says it.
fn peak(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib >> 10)
}

#[test]
fn two_hundred_requests_at_once_are_all_answered() {
    let mut wire = Wire::start(&[]);
    let ids: Vec<u64> = (0..200)
        .map(|i| match i % 4 {
            0 => wire.send(
                "tools/call",
                json!({"name": "recommend", "arguments": {"profile": profile()}}),
            ),
            1 => wire.send(
                "tools/call",
                json!({"name": "questions", "arguments": {"profile": "layer: 3"}}),
            ),
            2 => wire.send(
                "tools/call",
                json!({"name": "explain", "arguments": {"id": "dynamodb"}}),
            ),
            _ => wire.send("tools/list", json!({})),
        })
        .collect();
    let mut firsts: [Option<Value>; 4] = Default::default();
    for (i, id) in ids.into_iter().enumerate() {
        let result = wire.answer(id)["result"].clone();
        let first = firsts[i % 4].get_or_insert_with(|| result.clone());
        assert_eq!(*first, result, "the same question, the same answer");
    }
    assert_eq!(wire.end().0, Some(0));
}

#[test]
fn who_sends_everything_and_closes_reads_every_answer() {
    let mut wire = Wire::start(&[]);
    let ids: Vec<u64> = (0..20)
        .map(|_| {
            wire.send(
                "tools/call",
                json!({"name": "recommend", "arguments": {"profile": profile()}}),
            )
        })
        .collect();
    drop(wire.take_input());
    for id in ids {
        assert!(wire.answer(id)["result"].is_object());
    }
}

#[test]
fn a_client_that_does_not_read_is_made_to_wait_and_memory_stays_small() {
    let mut wire = Wire::start(&[]);
    let mut input = wire.take_input();
    let count = 160;
    let padding = "x".repeat(1_900_000);
    let lines = std::thread::spawn(move || {
        for id in 1..=count {
            let line = request(
                id,
                "tools/call",
                json!({"name": "recommend", "arguments": {"profile": padding}}),
            );
            input.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        input
    });
    let mut answered = 0;
    while answered < count {
        let answer = wire.line().unwrap();
        let problems = &answer["result"]["structuredContent"]["problems"];
        assert_eq!(problems[0]["code"], "file-too-large");
        answered += 1;
    }
    // 300 MB went through.
    assert!(
        peak(wire.id()).is_none_or(|mib| mib < 250),
        "{:?}",
        peak(wire.id())
    );
    drop(lines.join().unwrap());
}

#[test]
fn the_end_of_standard_input_ends_the_server_within_a_second() {
    for begun in [false, true] {
        let mut wire = Wire::start(&[]);
        if begun {
            wire.ask("tools/list", json!({}));
        } else {
            // So that start-up is not in the second.
            std::thread::sleep(Duration::from_millis(500));
        }
        let (code, took, errors) = wire.end();
        assert_eq!((code, errors.as_str()), (Some(0), ""));
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[test]
fn a_client_that_goes_away_ends_the_server() {
    let mut child = support::command(&["mcp"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    let begun = Instant::now();
    // Standard input stays open: the closed pipe alone must end it.
    for id in 1.. {
        let line = request(id, "tools/list", json!({}));
        if input.write_all(format!("{line}\n").as_bytes()).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30));
    }
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_as_one() {
    let mut wire = Wire::start(&[]);
    wire.ask("tools/list", json!({}));
    let id = wire.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let mut input = wire.take_input();
    std::thread::sleep(Duration::from_millis(300));
    let _ = input.write_all(b"\n");
    assert_eq!(wire.end().0, Some(130));
}

/// Seeds, cut and glued: no line makes anything but the protocol come out. `CACHEWRIGHT_FUZZ_SECONDS` says how long.
#[test]
fn no_line_and_no_argument_makes_it_say_anything_else() {
    let seconds = std::env::var("CACHEWRIGHT_FUZZ_SECONDS").ok();
    let seconds: u64 = seconds.and_then(|s| s.parse().ok()).unwrap_or(3);
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut random = Random(0x0dd_ba11);
    let seeds: Vec<String> = support::all_profiles().iter().map(support::text).collect();
    let mut wire = Wire::start(&[]);
    let mut sent = 0;
    while Instant::now() < until {
        let text = random.broken(&seeds);
        let word = random.broken(&[
            "traffic.reads".to_owned(),
            "requirements.features".to_owned(),
            "name".to_owned(),
        ]);
        let arguments = match random.below(5) {
            0 => json!({"profile": text}),
            1 => json!({"profile": random.pick(&seeds), "set": {word: random.broken(&seeds)}}),
            2 => json!({"profile": text, "variations": [{word: "1/s"}]}),
            3 => json!({"service": word, "meters": {text: "1"}}),
            _ => json!({"id": text}),
        };
        let tool = TOOLS[random.below(TOOLS.len())];
        let id = wire.send("tools/call", json!({"name": tool, "arguments": arguments}));
        let answer = wire.answer(id);
        let problems = &answer["result"]["structuredContent"]["problems"];
        assert_ne!(problems[0]["code"], "bug", "{tool} {arguments}");
        let raw = random.broken(&[request(5_000_000, "tools/list", json!({})).to_string()]);
        wire.raw(format!("{}\n", raw.replace('\n', " ")).as_bytes());
        sent += 1;
    }
    assert!(sent > 10, "{sent}");
    assert_eq!(
        wire.ask("tools/list", json!({}))["result"]["tools"]
            .as_array()
            .unwrap()
            .len(),
        6
    );
}

/// A sequence that is the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }

    fn pick<'t>(&mut self, from: &'t [String]) -> &'t str {
        &from[self.below(from.len())]
    }

    /// A seed with a piece cut out, put in or repeated.
    fn broken(&mut self, seeds: &[String]) -> String {
        const PIECES: [&str; 12] = [
            "{",
            "[",
            ": ",
            "\u{0}",
            "\t",
            "&a *a",
            "!Ref x",
            "99999999999999999999 TiB",
            "NaN",
            "\u{202e}",
            "..",
            "---\n",
        ];
        let mut text: Vec<char> = self.pick(seeds).chars().collect();
        for _ in 0..=self.below(3) {
            let at = self.below(text.len() + 1);
            let to = (at + self.below(30)).min(text.len());
            match self.below(3) {
                0 => drop(text.drain(at..to)),
                1 => {
                    let piece = PIECES[self.below(PIECES.len())];
                    text.splice(at..at, piece.chars());
                }
                _ => {
                    let copy: Vec<char> = text[at..to].to_vec();
                    text.splice(at..at, copy);
                }
            }
        }
        text.into_iter().collect()
    }
}
