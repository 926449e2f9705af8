//! One run of the server: from the first byte of standard input to its end, or Ctrl-C.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Context, Result};
use rmcp::ServiceExt as _;
use rmcp::service::{QuitReason, ServerInitializeError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, DuplexStream};
use tokio::runtime::Builder;

use super::server::Server;
use super::transport::Lines;
use super::{Chosen, Tools};
use crate::exit::Exit;

/// Bytes of answers that wait for the client to read them.
const WAITING: usize = 64 << 10;

/// Serves until standard input ends. Everything that is written goes to `out`, and nothing else does.
pub fn serve(tools: Arc<dyn Tools>, chosen: Chosen, out: &mut dyn Write) -> Result<Exit> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("the threads of the server cannot be started")?;
    let (written, to_write) = tokio::io::duplex(WAITING);
    let server = Server::new(tools, chosen);
    runtime.spawn(session(server, tokio::io::stdin(), written));
    let exit = runtime.block_on(async {
        tokio::select! {
            exit = pump(to_write, out) => exit,
            _ = tokio::signal::ctrl_c() => Ok(Exit::Interrupted),
        }
    });
    // A read of standard input cannot be taken back; it must not hold the end of the program up.
    runtime.shutdown_background();
    exit
}

/// Speaks with one client until it has nothing more to say.
async fn session<R, W>(server: Server, read: R, write: W)
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    // A client that leaves before it said anything, or while it is greeted, is no failure of the server.
    let begun: Result<_, ServerInitializeError> = server.serve(Lines::new(read, write)).await;
    if let Ok(running) = begun {
        let _: Result<QuitReason, _> = running.waiting().await;
    }
}

/// Writes what the session says, as it says it. Blocking is fine here: the session has threads of its own.
async fn pump(mut from: DuplexStream, out: &mut dyn Write) -> Result<Exit> {
    let mut chunk = vec![0; WAITING];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(Exit::Done);
        }
        let sent = out.write_all(&chunk[..read]).and_then(|()| out.flush());
        match sent {
            Ok(()) => {}
            // Nobody listens any more.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Exit::Done),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

    use super::*;
    use crate::mcp::{Call, Refused};

    struct Broken;

    impl Tools for Broken {
        fn call(&self, call: Call) -> Result<Value, Refused> {
            match call {
                Call::Explain(_) => panic!("a bug"),
                _ => Ok(json!({"rows": []})),
            }
        }
    }

    const META: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;

    fn tool(id: u32, name: &str, arguments: &str) -> String {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{name}","arguments":{arguments},{META}}}}}"#
        )
    }

    #[tokio::test]
    async fn a_panic_is_a_result_and_the_next_call_is_answered() {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (read, write) = tokio::io::split(theirs);
        let server = Server::new(Arc::new(Broken), Chosen::default());
        tokio::spawn(session(server, read, write));
        let (read, mut write) = tokio::io::split(ours);
        let mut lines = BufReader::new(read).lines();
        let mut answers = Vec::new();
        for line in [
            tool(1, "explain", r#"{"id":"x"}"#),
            tool(2, "compare", r#"{"profile":"","variations":[]}"#),
        ] {
            write
                .write_all(format!("{line}\n").as_bytes())
                .await
                .unwrap();
            let answer = lines.next_line().await.unwrap().unwrap();
            answers.push(serde_json::from_str::<Value>(&answer).unwrap());
        }
        assert_eq!(answers[0]["result"]["isError"], true);
        let problems = &answers[0]["result"]["structuredContent"]["problems"];
        assert_eq!(problems[0]["code"], "bug");
        assert_eq!(answers[1]["result"]["structuredContent"]["rows"], json!([]));
    }
}
