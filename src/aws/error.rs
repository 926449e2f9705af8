//! What a call to AWS can end with, sorted by what the caller must do. No SDK type leaves this file.

use std::fmt;

use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};

use crate::exit::{Exit, Failure};
use crate::text::one_line;

/// Why a call failed, as far as the engine cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The stack, change set or type does not exist.
    Missing,
    /// The service asks to slow down.
    Throttled,
    /// No answer, a broken answer, or a 5xx: nothing is known about the request.
    Unreachable,
    /// No, wrong or expired credentials.
    Credentials,
    /// The principal may not do this.
    Denied,
    /// The thing exists already.
    Exists,
    /// The thing is in a state that does not allow the call.
    State,
    /// The service refused the request's content.
    Invalid,
    /// The service (or an emulator) does not know the operation.
    Unsupported,
}

/// A failed call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// Class of the failure.
    pub kind: ErrorKind,
    /// The service's code, such as `AccessDenied`.
    pub code: String,
    /// The service's message.
    pub message: String,
    /// Operation name, such as `DescribeStacks`.
    pub operation: &'static str,
    /// What was tried on the way, for `--verbose`.
    pub detail: Option<String>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without credentials nothing was asked: the operation has no part in it.
        if self.code == NO_CREDENTIALS {
            return f.write_str(&self.message);
        }
        write!(
            f,
            "{} failed ({}): {}",
            self.operation, self.code, self.message
        )
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// Something answered with success, but not as the service does: the network path is there.
    pub fn is_unreadable(&self) -> bool {
        self.code.starts_with("http-2")
    }

    /// The call may be repeated as it is.
    pub fn is_transient(&self) -> bool {
        matches!(self.kind, ErrorKind::Throttled | ErrorKind::Unreachable)
    }

    /// The exit code, stable code and help for the user.
    pub fn failure(&self) -> Failure {
        let (exit, code, help) = match self.kind {
            ErrorKind::Credentials if self.code == NO_CREDENTIALS => (
                Exit::Credentials,
                "aws-credentials",
                "sign in (`aws configure sso`, `aws login`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID; --profile chooses another profile",
            ),
            ErrorKind::Credentials => (
                Exit::Credentials,
                "aws-credentials",
                "check `aws sts get-caller-identity`, renew the session (`aws sso login`), or choose another profile with --profile",
            ),
            ErrorKind::Denied => (
                Exit::Credentials,
                "aws-permission",
                "ask for the permission named above, or use a principal that has it (--profile)",
            ),
            ErrorKind::Throttled => (
                Exit::Interrupted,
                "aws-throttled",
                "AWS kept asking to slow down; nothing is known to have failed: run the same command again",
            ),
            ErrorKind::Unreachable => (
                Exit::Interrupted,
                "aws-unreachable",
                "nothing is known to have failed: check the network and --endpoint-url, then run the same command again; it resumes",
            ),
            ErrorKind::Missing => (
                Exit::Usage,
                "stack-missing",
                "check the name and the region (--region)",
            ),
            ErrorKind::Exists => (Exit::Deployment, "already-exists", "choose another name"),
            ErrorKind::State => (
                Exit::Deployment,
                "stack-state",
                "look at `cachewright status` and try again when no operation runs",
            ),
            ErrorKind::Invalid => (
                Exit::Deployment,
                "aws-refused",
                "correct what the message names and run again",
            ),
            ErrorKind::Unsupported => (
                Exit::Deployment,
                "aws-unsupported",
                "the endpoint does not know this operation; check --endpoint-url",
            ),
        };
        Failure::new(exit, code, self.to_string())
            .help(help)
            .detail(self.detail.clone())
    }
}

/// What helps where an answer could not be read.
pub const UNREADABLE_HELP: &str = "what answers is not the service itself: look at --endpoint-url, AWS_ENDPOINT_URL and at proxies on the way; the network path is there";

/// Code of a call that was not made for want of credentials.
pub const NO_CREDENTIALS: &str = "no-credentials";

/// Code of an answer that broke off; AWS has none for it.
const BROKEN: &str = "broken-answer";

impl ApiError {
    /// An answer whose body broke off.
    pub fn broken(operation: &'static str, error: &dyn std::error::Error) -> Self {
        Self {
            kind: ErrorKind::Unreachable,
            code: BROKEN.to_owned(),
            message: one_line(&error.to_string()),
            operation,
            detail: None,
        }
    }
}

/// Sorts a failed call into what the callers care about.
pub fn api_error<E>(operation: &'static str, error: &SdkError<E>) -> ApiError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let make = |kind, code: &str, message: String| ApiError {
        kind,
        code: code.to_owned(),
        message: one_line(&message),
        operation,
        detail: None,
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
                    // A success that cannot be read comes from something in between, a portal, a proxy or an emulator.
                    if (400..500).contains(&status) {
                        ErrorKind::Invalid
                    } else {
                        ErrorKind::Unreachable
                    },
                    &format!("http-{status}"),
                    if (200..300).contains(&status) {
                        unreadable(status, &chain(service.err()))
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
        SdkError::ResponseError(_) => make(ErrorKind::Unreachable, BROKEN, chain(error)),
        SdkError::DispatchFailure(failure) => {
            let text = chain(error);
            if no_credentials(&text) {
                ApiError {
                    detail: Some(one_line(&text)),
                    ..make(ErrorKind::Credentials, NO_CREDENTIALS, without(&text))
                }
            } else if failure.is_timeout() {
                make(ErrorKind::Unreachable, "timeout", text)
            } else {
                make(ErrorKind::Unreachable, "no-connection", text)
            }
        }
        _ => make(ErrorKind::Invalid, "bad-request", chain(error)),
    }
}

/// What could not be read of an answer that says it is a success.
fn unreadable(status: u16, why: &str) -> String {
    let why = why.trim_start_matches("unhandled error: ");
    format!(
        "the answer has status {status} but is not what AWS answers: {why}; a proxy, a portal or an emulator answers"
    )
}

/// Why there are no credentials, in one sentence; the chain of providers that were asked helps nobody who has none.
pub fn without(chain: &str) -> String {
    let lower = chain.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if has(&["in chain"]) {
        "no AWS credentials were found".to_owned()
    } else if has(&["sso", "expired"]) {
        "the AWS session has ended, or its sign-in was never made".to_owned()
    } else {
        "the AWS credentials that are configured could not be used".to_owned()
    }
}

/// Does a failure before the first byte come from looking for credentials?
pub fn no_credentials(text: &str) -> bool {
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
pub fn kind_of(code: &str, message: &str, status: u16) -> ErrorKind {
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
        "Signature",
        "MissingAuthenticationToken",
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
pub fn chain(error: &dyn std::error::Error) -> String {
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
    fn missing_credentials_are_one_sentence() {
        let chain = "dispatch failure: other: the credential provider was not enabled: no credentials found in chain. Attempted: Environment: the credential provider was not enabled";
        assert_eq!(without(chain), "no AWS credentials were found");
        let session = "dispatch failure: other: the SSO session token is missing";
        assert!(without(session).contains("session has ended"));
        let error = ApiError {
            kind: ErrorKind::Credentials,
            code: NO_CREDENTIALS.to_owned(),
            message: without(chain),
            operation: "GetCallerIdentity",
            detail: Some(chain.to_owned()),
        };
        let failure = error.failure();
        assert_eq!(failure.to_string(), "no AWS credentials were found");
        assert_eq!(failure.detail.as_deref(), Some(chain));
    }

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
}
