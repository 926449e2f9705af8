//! Questions to services of which one call is asked: signed requests without a client library for each of them.
//!
//! Only what reads is asked here. EC2 speaks the query protocol and answers in XML, the others JSON.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
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
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
}

/// An answer: its status, its text, and the Region that S3 names in a header.
struct Answer {
    status: u16,
    text: String,
    region: Option<String>,
}

/// Asks EC2; the answer is XML.
pub async fn ec2(
    connection: &Connection,
    operation: &'static str,
    parameters: &[(&str, &str)],
) -> Result<String, ApiError> {
    form(connection, ("ec2", "2016-11-15"), operation, parameters).await
}

/// Asks a service of the query protocol, of this version; the answer is XML.
pub async fn form(
    connection: &Connection,
    (service, version): (&'static str, &str),
    operation: &'static str,
    parameters: &[(&str, &str)],
) -> Result<String, ApiError> {
    let mut body = format!("Action={operation}&Version={version}");
    for (name, value) in parameters {
        body.push_str(&format!("&{}={}", encode(name), encode(value)));
    }
    let kind = "application/x-www-form-urlencoded".to_owned();
    let call = Call {
        service,
        operation,
        method: "POST",
        path: "/".to_owned(),
        headers: vec![("content-type", kind)],
        body,
    };
    send(connection, call).await
}

/// Reads a path of a service without Regions; the answer is XML.
pub async fn global(
    connection: &Connection,
    service: &'static str,
    operation: &'static str,
    path: String,
) -> Result<String, ApiError> {
    let mut home = connection.clone();
    "us-east-1".clone_into(&mut home.region);
    let endpoint = format!("https://{service}.amazonaws.com");
    home.endpoint = home.endpoint.or(Some(endpoint));
    let call = Call {
        service,
        operation,
        method: "GET",
        path,
        headers: Vec::new(),
        body: String::new(),
    };
    send(&home, call).await
}

/// The Region of a bucket, whoever owns it; `None` where the answer does not tell.
///
/// # Errors
///
/// No such bucket is [`ErrorKind::Missing`].
pub async fn bucket_region(
    connection: &Connection,
    name: &str,
) -> Result<Option<String>, ApiError> {
    let operation = "HeadBucket";
    let call = Call {
        service: "s3",
        operation,
        method: "HEAD",
        path: format!("/{name}"),
        headers: Vec::new(),
        body: String::new(),
    };
    let answer = exchange(connection, call).await?;
    match answer.status {
        404 => {
            let message = format!("there is no bucket `{name}`");
            Err(failed(
                operation,
                ErrorKind::Missing,
                "NoSuchBucket",
                message,
            ))
        }
        // Elsewhere, and what may not be read, is told by its Region too.
        _ if answer.region.is_some() => Ok(answer.region),
        200 => Ok(None),
        status => Err(refused(operation, status, &answer.text)),
    }
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
        method: "POST",
        path: "/".to_owned(),
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
    match exchange(connection, call).await? {
        Answer {
            status: 200, text, ..
        } => Ok(text),
        answer => Err(refused(operation, answer.status, &answer.text)),
    }
}

async fn exchange(connection: &Connection, call: Call) -> Result<Answer, ApiError> {
    let operation = call.operation;
    let lost = |why: String| failed(operation, ErrorKind::Unreachable, "no-connection", why);
    let url = connection.endpoint.clone().unwrap_or_else(|| {
        let (service, region) = (call.service, &connection.region);
        let china = if region.starts_with("cn-") { ".cn" } else { "" };
        format!("https://{service}.{region}.amazonaws.com{china}")
    });
    let url = url.trim_end_matches('/').to_owned() + &call.path;
    let signed = signed(connection, &url, &call).await.map_err(&lost)?;
    let agent = agent(connection);
    let work = tokio::task::spawn_blocking(move || {
        let own = call.headers.iter().map(|(name, value)| (*name, value));
        let signed = signed.iter().map(|(name, value)| (name.as_str(), value));
        let headers = own.chain(signed);
        let answer = match call.method {
            "POST" => headers
                .fold(agent.post(&url), |r, (name, value)| r.header(name, value))
                .send(&call.body),
            "HEAD" => headers
                .fold(agent.head(&url), |r, (name, value)| r.header(name, value))
                .call(),
            _ => headers
                .fold(agent.get(&url), |r, (name, value)| r.header(name, value))
                .call(),
        };
        let mut answer = answer.map_err(|e| e.to_string())?;
        let region = answer.headers().get("x-amz-bucket-region");
        let region = region.and_then(|v| v.to_str().ok()).map(str::to_owned);
        let text = answer.body_mut().read_to_string();
        Ok(Answer {
            status: answer.status().as_u16(),
            text: text.map_err(|e| e.to_string())?,
            region,
        })
    });
    let answer: Result<Answer, String> = work.await.map_err(|e| lost(e.to_string()))?;
    answer.map_err(&lost)
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
    let mut settings = SigningSettings::default();
    if call.service == "s3" {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(&connection.region)
        .name(call.service)
        .time(SystemTime::now())
        .settings(settings)
        .build()
        .map_err(|e| e.to_string())?
        .into();
    let headers = call
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let body = SignableBody::Bytes(call.body.as_bytes());
    let request =
        SignableRequest::new(call.method, url, headers, body).map_err(|e| e.to_string())?;
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
