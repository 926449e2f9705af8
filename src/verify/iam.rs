//! The sign-in token of an ElastiCache user with IAM authentication: a signed URL, valid 15 minutes.

use std::time::{Duration, SystemTime};

use aws_sdk_sts::config::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;

use crate::aws::Connection;

/// Signs a token with the caller's credentials.
pub async fn token(connection: &Connection, cache: &str, user: &str) -> Result<String, String> {
    let provider = connection
        .sdk
        .credentials_provider()
        .ok_or("no AWS credentials")?;
    let credentials = provider
        .provide_credentials()
        .await
        .map_err(|e| e.to_string())?;
    build(
        credentials,
        &connection.region,
        cache,
        user,
        SystemTime::now(),
    )
}

fn build(
    credentials: aws_sdk_sts::config::Credentials,
    region: &str,
    cache: &str,
    user: &str,
    now: SystemTime,
) -> Result<String, String> {
    let identity = credentials.into();
    let mut settings = SigningSettings::default();
    settings.expires_in = Some(Duration::from_mins(15));
    settings.signature_location = SignatureLocation::QueryParams;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("elasticache")
        .time(now)
        .settings(settings)
        .build()
        .map_err(|e| e.to_string())?
        .into();
    let url = format!("http://{cache}/?Action=connect&User={user}&ResourceType=ServerlessCache");
    let headers = std::iter::once(("host", cache));
    let request = SignableRequest::new("GET", &url, headers, SignableBody::Bytes(&[]))
        .map_err(|e| e.to_string())?;
    let (instructions, _) = sign(request, &params)
        .map_err(|e| e.to_string())?
        .into_parts();
    let mut token = url.trim_start_matches("http://").to_owned();
    for (name, value) in instructions.params() {
        token.push('&');
        token.push_str(name);
        token.push('=');
        token.push_str(&encode(value));
    }
    Ok(token)
}

/// Percent-encoding as SigV4 wants it.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(b).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_the_documented_shape() {
        let credentials =
            aws_sdk_sts::config::Credentials::new("AKID", "secret", None, None, "test");
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let token = build(credentials, "eu-west-1", "my-cache", "app", at).unwrap();
        assert!(
            token.starts_with("my-cache/?Action=connect&User=app&ResourceType=ServerlessCache&")
        );
        assert!(token.contains("X-Amz-Expires=900"), "{token}");
        assert!(
            token.contains("%2Feu-west-1%2Felasticache%2Faws4_request"),
            "{token}"
        );
        assert!(token.contains("X-Amz-Signature="), "{token}");
        assert!(!token.contains("secret"));
    }
}
