//! The shared AWS connection: credentials, region, endpoint, TLS and time-outs by one set of rules.
//!
//! The SDK's default chain is used untouched. Two things are added: no region is ever assumed for a
//! deployment, and every call has a time limit (the SDK has none of its own and would wait for ever).

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};

use crate::deploy::model::{ApiError, ErrorKind};
use crate::exit::{Exit, Failure};

/// Options every command that speaks to AWS has.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct Options {
    /// Profile of the AWS configuration files (default: AWS_PROFILE)
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Region (default: AWS_REGION, AWS_DEFAULT_REGION, then the profile)
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Endpoint of all services (default: `AWS_ENDPOINT_URL_<SERVICE>`, then `AWS_ENDPOINT_URL`)
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Seconds to wait for one answer of AWS before asking again
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0)]
    pub api_timeout: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            profile: None,
            region: None,
            endpoint_url: None,
            api_timeout: 30.0,
        }
    }
}

/// A configured connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Configuration for the clients of all services.
    pub sdk: SdkConfig,
    /// Region.
    pub region: String,
    /// Where the region was found.
    pub region_from: &'static str,
    /// Endpoint other than AWS's own, when one is configured for everything.
    pub endpoint: Option<String>,
    /// PEM bundle named by AWS_CA_BUNDLE.
    pub ca_bundle: Option<Vec<u8>>,
}

/// Who is calling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account number.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
}

/// Builds the connection; makes no call.
pub async fn connect(
    options: &Options,
    env: &BTreeMap<String, String>,
) -> Result<Connection, Failure> {
    let (region, region_from) = region(options, env).await?;
    let ca_bundle = ca_bundle(env)?;
    let endpoint = options.endpoint_url.clone().or_else(|| {
        env.get("AWS_ENDPOINT_URL")
            .filter(|url| !url.is_empty())
            .cloned()
    });
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(region.clone()))
        .timeout_config(timeouts(options.api_timeout)?)
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .http_client(http_client(ca_bundle.as_deref())?);
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    Ok(Connection {
        sdk: loader.load().await,
        region,
        region_from,
        endpoint,
        ca_bundle,
    })
}

/// `--region`, then AWS_REGION, AWS_DEFAULT_REGION, then the profile; never a silent default.
async fn region(
    options: &Options,
    env: &BTreeMap<String, String>,
) -> Result<(String, &'static str), Failure> {
    let from_env = |name: &str| env.get(name).filter(|value| !value.is_empty()).cloned();
    if let Some(region) = &options.region {
        return Ok((region.clone(), "--region"));
    }
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
        if let Some(region) = from_env(name) {
            return Ok((region, name));
        }
    }
    let mut builder = ProfileFileRegionProvider::builder();
    if let Some(profile) = &options.profile {
        builder = builder.profile_name(profile);
    }
    match builder.build().region().await {
        Some(region) => Ok((region.to_string(), "profile")),
        None => Err(Failure::new(
            Exit::Usage,
            "region-missing",
            "no region: none of --region, AWS_REGION, AWS_DEFAULT_REGION or the profile names one",
        )
        .help("add --region, for example `--region eu-central-1`")),
    }
}

fn timeouts(seconds: f64) -> Result<TimeoutConfig, Failure> {
    let one = Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|d| !d.is_zero())
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "bad-timeout",
                "--api-timeout must be a number of seconds above 0",
            )
        })?;
    Ok(TimeoutConfig::builder()
        .connect_timeout(one.min(Duration::from_secs(10)))
        .read_timeout(one)
        .operation_attempt_timeout(one)
        .operation_timeout(one * 4)
        .build())
}

/// The SDK ignores AWS_CA_BUNDLE; corporate proxies and local emulators need it.
fn ca_bundle(env: &BTreeMap<String, String>) -> Result<Option<Vec<u8>>, Failure> {
    let Some(path) = env.get("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    std::fs::read(path).map(Some).map_err(|error| {
        Failure::new(
            Exit::Usage,
            "ca-bundle",
            format!("AWS_CA_BUNDLE names `{path}`, which cannot be read: {error}"),
        )
        .help("correct or unset AWS_CA_BUNDLE")
    })
}

/// HTTP with TLS by rustls on ring.
fn http_client(ca: Option<&[u8]>) -> Result<aws_sdk_sts::config::SharedHttpClient, Failure> {
    let mut store = TrustStore::default();
    if let Some(pem) = ca {
        store = store.with_pem_certificate(pem);
    }
    let context = TlsContext::builder()
        .with_trust_store(store)
        .build()
        .map_err(|error| Failure::new(Exit::Usage, "ca-bundle", format!("TLS set-up: {error}")))?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// Asks STS who is calling.
pub async fn identity(connection: &Connection) -> Result<Identity, ApiError> {
    let client = aws_sdk_sts::Client::new(&connection.sdk);
    let answer = client
        .get_caller_identity()
        .send()
        .await
        .map_err(|error| api_error("GetCallerIdentity", &error))?;
    Ok(Identity {
        account: answer.account().unwrap_or_default().to_owned(),
        arn: answer.arn().unwrap_or_default().to_owned(),
    })
}

/// Sorts a failed call into what the callers care about.
pub fn api_error<E>(operation: &'static str, error: &SdkError<E>) -> ApiError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let make = |kind, code: &str, message: String| ApiError {
        kind,
        code: code.to_owned(),
        message: crate::text::one_line(&message),
        operation,
    };
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let meta = service.err().meta();
            let message = meta.message().unwrap_or_default().to_owned();
            match meta.code() {
                Some(code) => make(kind_of(code, &message, status), code, message),
                None if status == 501 => make(
                    ErrorKind::Unsupported,
                    "http-501",
                    "the endpoint does not implement this operation".to_owned(),
                ),
                None => make(
                    // A success that is no answer of AWS comes from something in between, a portal or a proxy.
                    if (400..500).contains(&status) {
                        ErrorKind::Invalid
                    } else {
                        ErrorKind::Unreachable
                    },
                    &format!("http-{status}"),
                    if (200..300).contains(&status) {
                        format!(
                            "the answer has status {status} but is none of AWS: a proxy, a portal or an emulator answers"
                        )
                    } else {
                        format!("the answer has status {status} and no error code")
                    },
                ),
            }
        }
        SdkError::TimeoutError(_) => make(
            ErrorKind::Unreachable,
            "timeout",
            "no answer within the time limit (--api-timeout)".to_owned(),
        ),
        SdkError::ResponseError(_) => make(ErrorKind::Unreachable, "broken-answer", chain(error)),
        SdkError::DispatchFailure(failure) => {
            let text = chain(error);
            if no_credentials(&text) {
                make(ErrorKind::Credentials, "no-credentials", text)
            } else if failure.is_timeout() {
                make(ErrorKind::Unreachable, "timeout", text)
            } else {
                make(ErrorKind::Unreachable, "no-connection", text)
            }
        }
        _ => make(ErrorKind::Invalid, "bad-request", chain(error)),
    }
}

fn no_credentials(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "credential",
        "identity resolver",
        "identity",
        "sso session",
        "token",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// The class of an error code; messages decide only where AWS uses one code for everything.
fn kind_of(code: &str, message: &str, status: u16) -> ErrorKind {
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if has(&[
        "Throttl",
        "RequestLimitExceeded",
        "TooManyRequests",
        "SlowDown",
    ]) || message.contains("Rate exceeded")
    {
        ErrorKind::Throttled
    } else if has(&[
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClient",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "IncompleteSignature",
        "AuthFailure",
        "RequestExpired",
        "InvalidAccessKeyId",
        "OptInRequired",
        "InvalidToken",
    ]) {
        ErrorKind::Credentials
    } else if has(&["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden"]) {
        ErrorKind::Denied
    } else if has(&["InvalidAction", "UnknownOperation", "NotImplemented"]) || status == 501 {
        ErrorKind::Unsupported
    } else if status >= 500 || has(&["ServiceUnavailable", "InternalFailure", "InternalError"]) {
        ErrorKind::Unreachable
    } else if has(&["NotFound"]) || message.contains("does not exist") {
        ErrorKind::Missing
    } else if has(&["AlreadyExists"]) {
        ErrorKind::Exists
    } else if has(&[
        "InvalidChangeSetStatus",
        "OperationInProgress",
        "InvalidOperation",
    ]) || message.contains("_IN_PROGRESS state")
    {
        ErrorKind::State
    } else {
        ErrorKind::Invalid
    }
}

/// The chain of causes in one line, without headers and bodies.
fn chain(error: &dyn std::error::Error) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if parts.last().is_none_or(|last| !last.contains(&text)) {
            parts.push(text);
        }
        next = error.source();
    }
    parts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_by_what_the_user_must_do() {
        for (code, message, status, kind) in [
            ("Throttling", "Rate exceeded", 400, ErrorKind::Throttled),
            ("ExpiredToken", "", 403, ErrorKind::Credentials),
            ("ExpiredTokenException", "", 400, ErrorKind::Credentials),
            ("AccessDenied", "not authorized", 403, ErrorKind::Denied),
            (
                "ValidationError",
                "Stack with id x does not exist",
                400,
                ErrorKind::Missing,
            ),
            ("ChangeSetNotFound", "", 404, ErrorKind::Missing),
            ("AlreadyExistsException", "", 400, ErrorKind::Exists),
            (
                "ValidationError",
                "is in UPDATE_IN_PROGRESS state and can not be updated",
                400,
                ErrorKind::State,
            ),
            ("ServiceUnavailable", "", 503, ErrorKind::Unreachable),
            ("InvalidAction", "", 400, ErrorKind::Unsupported),
            (
                "ValidationError",
                "1 validation error",
                400,
                ErrorKind::Invalid,
            ),
        ] {
            assert_eq!(kind_of(code, message, status), kind, "{code}");
        }
    }

    #[tokio::test]
    async fn the_flag_wins_over_the_environment() {
        let env = BTreeMap::from([
            ("AWS_REGION".to_owned(), "eu-west-1".to_owned()),
            ("AWS_DEFAULT_REGION".to_owned(), "eu-west-2".to_owned()),
        ]);
        let mut options = Options {
            region: Some("eu-west-3".into()),
            ..Options::default()
        };
        assert_eq!(
            region(&options, &env).await.unwrap(),
            ("eu-west-3".to_owned(), "--region")
        );
        options.region = None;
        assert_eq!(
            region(&options, &env).await.unwrap(),
            ("eu-west-1".to_owned(), "AWS_REGION")
        );
    }

    #[test]
    fn a_time_limit_of_nothing_is_refused() {
        assert!(timeouts(0.0).is_err());
        assert!(timeouts(f64::NAN).is_err());
        assert!(timeouts(2.5).is_ok());
    }
}
