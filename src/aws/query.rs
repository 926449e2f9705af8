//! Questions to services of which one call is asked: signed requests without a client library for each of them.
//!
//! Only what reads is asked here. EC2 speaks the query protocol and answers in XML, the others JSON.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde_json::Value;
use ureq::Agent;
use ureq::tls::TlsConfig;

use super::connection::Connection;
use super::error::{ApiError, ErrorKind, kind_of};

/// One answer may take this long; a preflight must not keep anybody waiting.
const LIMIT: Duration = Duration::from_secs(10);

/// A call: its service, its name, and what it says.
struct Call {
    service: &'static str,
    operation: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// Asks EC2; the answer is XML.
pub async fn ec2(
    connection: &Connection,
    operation: &'static str,
    parameters: &[(&str, &str)],
) -> Result<String, ApiError> {
    let mut body = format!("Action={operation}&Version=2016-11-15");
    for (name, value) in parameters {
        body.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    let kind = "application/x-www-form-urlencoded".to_owned();
    let call = Call {
        service: "ec2",
        operation,
        headers: vec![("content-type", kind)],
        body,
    };
    send(connection, call).await
}

/// Asks a service that speaks JSON; `target` is its name there, such as `TrentService`.
pub async fn json(
    connection: &Connection,
    service: &'static str,
    target: &str,
    operation: &'static str,
    body: &Value,
) -> Result<Value, ApiError> {
    let kind = "application/x-amz-json-1.1".to_owned();
    let call = Call {
        service,
        operation,
        headers: vec![
            ("content-type", kind),
            ("x-amz-target", format!("{target}.{operation}")),
        ],
        body: body.to_string(),
    };
    let text = send(connection, call).await?;
    serde_json::from_str(&text)
        .map_err(|e| failed(operation, ErrorKind::Unreachable, "http-200", e.to_string()))
}

async fn send(connection: &Connection, call: Call) -> Result<String, ApiError> {
    let operation = call.operation;
    let lost = |why: String| failed(operation, ErrorKind::Unreachable, "no-connection", why);
    let url = connection.endpoint.clone().unwrap_or_else(|| {
        let (service, region) = (call.service, &connection.region);
        let china = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("https://{service}.{region}.amazonaws.com{china}")
    });
    let url = url.trim_end_matches('/').to_owned() + "/";
    let signed = signed(connection, &url, &call).await.map_err(&lost)?;
    let agent = agent(connection);
    let work = tokio::task::spawn_blocking(move || {
        let mut request = agent.post(&url);
        for (name, value) in &call.headers {
            request = request.header(*name, value);
        }
        for (name, value) in &signed {
            request = request.header(name, value);
        }
        let mut answer = request.send(&call.body).map_err(|e| e.to_string())?;
        let text = answer.body_mut().read_to_string();
        Ok((answer.status().as_u16(), text.map_err(|e| e.to_string())?))
    });
    let answer: Result<(u16, String), String> = work.await.map_err(|e| lost(e.to_string()))?;
    match answer.map_err(&lost)? {
        (200, text) => Ok(text),
        (status, text) => Err(refused(operation, status, &text)),
    }
}

fn agent(connection: &Connection) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(connection.roots.ureq())
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(LIMIT))
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .into()
}

/// The headers that sign a call.
async fn signed(
    connection: &Connection,
    url: &str,
    call: &Call,
) -> Result<Vec<(String, String)>, String> {
    let provider = connection.sdk.credentials_provider();
    let provider = provider.ok_or("no AWS credentials")?;
    let credentials = provider.provide_credentials().await;
    let identity = credentials.map_err(|e| e.to_string())?.into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&connection.region)
        .name(call.service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .map_err(|e| e.to_string())?
        .into();
    let headers = call
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let body = SignableBody::Bytes(call.body.as_bytes());
    let request = SignableRequest::new("POST", url, headers, body).map_err(|e| e.to_string())?;
    let (instructions, _) = sign(request, &params)
        .map_err(|e| e.to_string())?
        .into_parts();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Ok(instructions.headers().map(owned).collect())
}

/// What a service said instead of an answer.
fn refused(operation: &'static str, status: u16, text: &str) -> ApiError {
    let tree: Value = serde_json::from_str(text).unwrap_or_default();
    let field = |names: [&str; 2]| {
        let of = |name: &str| tree.get(name).and_then(Value::as_str);
        names.into_iter().find_map(of).map(str::to_owned)
    };
    let code = elements(text, "Code").next().map(str::to_owned);
    let code = code.or_else(|| field(["__type", "code"]));
    let code = code.unwrap_or_else(|| format!("http-{status}"));
    let code = code.rsplit('#').next().unwrap_or_default();
    let message = elements(text, "Message").next().map(str::to_owned);
    let message = message.or_else(|| field(["message", "Message"]));
    let message = message.unwrap_or_else(|| format!("the answer has status {status}"));
    failed(operation, kind_of(code, &message, status), code, message)
}

fn failed(operation: &'static str, kind: ErrorKind, code: &str, message: String) -> ApiError {
    ApiError {
        kind,
        code: code.to_owned(),
        message: crate::text::one_line(&message),
        operation,
        detail: None,
    }
}

/// The texts of the elements of a name, in their order. The answers hold ids, words and numbers, which need no entities.
pub fn elements<'x>(xml: &'x str, name: &str) -> impl Iterator<Item = &'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut rest = xml;
    std::iter::from_fn(move || {
        let begin = rest.find(&open)? + open.len();
        let tail = &rest[begin..];
        let end = tail.find(&close)?;
        rest = &tail[end + close.len()..];
        Some(&tail[..end])
    })
}

/// Percent-encoding of a form.
fn encode(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~".contains(&b);
    text.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_in_both_forms() {
        let xml = "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>";
        let error = refused("DescribeSubnets", 403, xml);
        assert_eq!(error.kind, ErrorKind::Denied);
        let json =
            r#"{"__type": "com.amazonaws.kms#NotFoundException", "message": "Key does not exist"}"#;
        let error = refused("DescribeKey", 400, json);
        assert_eq!(
            (error.kind, error.code.as_str()),
            (ErrorKind::Missing, "NotFoundException")
        );
    }

    #[test]
    fn elements_are_found_in_their_order() {
        let xml = "<set><item><vpcId>vpc-1</vpcId></item><item><vpcId>vpc-2</vpcId></item></set>";
        assert_eq!(
            elements(xml, "vpcId").collect::<Vec<_>>(),
            ["vpc-1", "vpc-2"]
        );
        assert_eq!(elements(xml, "subnetId").count(), 0);
    }
}
