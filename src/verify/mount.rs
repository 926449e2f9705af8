//! A file cache: its name resolves, its port answers, and a file written to the mount comes back.
//!
//! Lustre is mounted by the machine's administrator; without a mount the commands are told.

use std::path::Path;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stats::latency;
use super::{Options, Outcome, nonce, tls};
use crate::services::found::{Endpoint, Mount};

/// Port of the Lustre network.
const LUSTRE: u16 = 988;

/// Tests the file cache.
pub async fn verify(target: &Mount, options: &Options, outcome: &mut Outcome) {
    if let Some(dns) = &target.dns {
        let endpoint = Endpoint {
            host: dns.clone(),
            port: LUSTRE,
        };
        if let Some(addresses) = tls::resolve(&endpoint, outcome).await {
            match timeout(options.timeout, TcpStream::connect(addresses.as_slice())).await {
                Ok(Ok(_)) => outcome.ok("reachable", format!("port {LUSTRE}")),
                _ => outcome.failed(
                    "reachable",
                    format!("port {LUSTRE} does not answer"),
                    tls::help(&addresses),
                ),
            }
        }
    }
    match &target.path {
        Some(path) => files(path, options, outcome),
        None => outcome.unknown("mount", "not checked: no --mount PATH", how(target)),
    }
}

fn how(target: &Mount) -> String {
    let dns = target.dns.as_deref().unwrap_or("DNS-NAME");
    let name = target.name.as_deref().unwrap_or("MOUNT-NAME");
    format!(
        "on a machine in the VPC with the Lustre client: sudo mount -t lustre -o relatime,flock {dns}@tcp:/{name} /mnt, then run this again with --mount /mnt"
    )
}

fn files(path: &Path, options: &Options, outcome: &mut Outcome) {
    let file = path.join(nonce());
    if let Err(error) = std::fs::write(&file, b"cachewright") {
        return outcome.failed(
            "write",
            format!("{}: {error}", file.display()),
            "check that the file cache is mounted there and that this user may write",
        );
    }
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        let began = Instant::now();
        match std::fs::read(&file) {
            Ok(bytes) if bytes == b"cachewright" => samples.push(began.elapsed()),
            other => {
                outcome.failed(
                    "read",
                    format!("{other:?}"),
                    "the file written a moment ago did not come back",
                );
                break;
            }
        }
    }
    if samples.len() == options.operations {
        outcome.ok("write and read", file.display().to_string());
        outcome.reads = latency(&samples);
    }
    match std::fs::remove_file(&file) {
        Ok(()) => outcome.ok("clean-up", "test file removed"),
        Err(error) => outcome.unknown(
            "clean-up",
            error.to_string(),
            format!("remove {}", file.display()),
        ),
    }
}
