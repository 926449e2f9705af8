//! A TLS connection to a cache: resolves, connects, shakes hands, and says which step failed.
//!
//! Certificates are those that all of the program trusts; there is no way to skip the check.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, crypto::ring};

use super::Outcome;
use crate::aws::Roots;
use crate::services::found::Endpoint;

/// Addresses of a name; tells the outcome.
pub async fn resolve(endpoint: &Endpoint, outcome: &mut Outcome) -> Option<Vec<SocketAddr>> {
    let found = tokio::net::lookup_host((endpoint.host.as_str(), endpoint.port)).await;
    match found.map(Iterator::collect::<Vec<_>>) {
        Ok(addresses) if !addresses.is_empty() => {
            let list: Vec<String> = addresses.iter().map(|a| a.ip().to_string()).collect();
            outcome.ok("name", format!("{} is {}", endpoint.host, list.join(", ")));
            Some(addresses)
        }
        Ok(_) | Err(_) => {
            outcome.failed(
                "name",
                format!("{} does not resolve", endpoint.host),
                "check the spelling and that the stack is still there; the name exists only while the cache does",
            );
            None
        }
    }
}

/// Connects and shakes hands; tells the outcome of each step.
pub async fn connect(
    endpoint: &Endpoint,
    roots: &Roots,
    limit: Duration,
    outcome: &mut Outcome,
) -> Option<TlsStream<TcpStream>> {
    let addresses = resolve(endpoint, outcome).await?;
    let stream = reach(endpoint, &addresses, limit, outcome).await?;
    let handshake = shake(endpoint, stream, roots, limit).await;
    match handshake {
        Ok(stream) => {
            let version = stream.get_ref().1.protocol_version();
            let version = version.map_or("unknown version".to_owned(), |v| format!("{v:?}"));
            outcome.ok("tls", version);
            Some(stream)
        }
        Err(text) => {
            outcome.failed(
                "tls",
                text,
                "the endpoint must speak TLS with a certificate this machine trusts; behind an inspecting proxy set AWS_CA_BUNDLE",
            );
            None
        }
    }
}

async fn reach(
    endpoint: &Endpoint,
    addresses: &[SocketAddr],
    limit: Duration,
    outcome: &mut Outcome,
) -> Option<TcpStream> {
    match timeout(limit, TcpStream::connect(addresses)).await {
        Ok(Ok(stream)) => {
            // Small requests must not wait for more to send.
            let _ = stream.set_nodelay(true);
            outcome.ok("reachable", format!("port {}", endpoint.port));
            Some(stream)
        }
        Ok(Err(error)) => {
            outcome.failed(
                "reachable",
                format!("port {}: {error}", endpoint.port),
                help(addresses),
            );
            None
        }
        Err(_) => {
            let text = format!(
                "port {}: no answer within {} s",
                endpoint.port,
                limit.as_secs_f64()
            );
            outcome.failed("reachable", text, help(addresses));
            None
        }
    }
}

/// What to do when the port does not answer.
pub fn help(addresses: &[SocketAddr]) -> String {
    if addresses.iter().any(|a| is_private(a.ip())) {
        return "the address is private: it can be reached only from inside its VPC. Run this command there (a CloudShell VPC environment, an EC2 instance or a container in the VPC), with the client security group of the stack attached".to_owned();
    }
    "check security groups and network ACLs on the way, and that a firewall lets this port out"
        .to_owned()
}

fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unique_local(),
    }
}

async fn shake(
    endpoint: &Endpoint,
    stream: TcpStream,
    roots: &Roots,
    limit: Duration,
) -> Result<TlsStream<TcpStream>, String> {
    let config = config(roots)?;
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|e| e.to_string())?;
    let shake = TlsConnector::from(Arc::new(config)).connect(name, stream);
    match timeout(limit, shake).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no handshake within {} s", limit.as_secs_f64())),
    }
}

fn config(roots: &Roots) -> Result<ClientConfig, String> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?;
    Ok(builder
        .with_root_certificates(roots.rustls())
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_address_is_explained() {
        let inside: SocketAddr = "10.0.3.4:6379".parse().unwrap();
        let outside: SocketAddr = "52.1.2.3:6379".parse().unwrap();
        assert!(help(&[inside]).contains("inside its VPC"));
        assert!(help(&[outside]).contains("firewall"));
    }
}
