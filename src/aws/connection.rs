//! Credentials, region, endpoint and time-outs by one set of rules.
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
use aws_sdk_sts::config::Credentials;

use super::error::{ApiError, api_error};
use super::http::Roots;
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
    /// Certificates to trust.
    pub roots: Roots,
}

/// Who is calling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Account number.
    pub account: String,
    /// ARN of the caller.
    pub arn: String,
}

/// What differs between one connection and the next.
#[derive(Clone, Debug)]
pub struct Wish<'w> {
    /// Region.
    pub region: String,
    /// Profile of the AWS configuration files.
    pub profile: Option<&'w str>,
    /// Endpoint other than the SDK would find.
    pub endpoint: Option<&'w str>,
    /// Limit of one attempt; the whole call may take four times as long.
    pub timeout: Duration,
    /// Attempts per call.
    pub attempts: u32,
    /// Certificates to trust.
    pub roots: &'w Roots,
    /// Keys instead of the SDK's chain.
    pub keys: Option<Credentials>,
}

/// The configuration for the clients of all services; makes no call.
pub async fn sdk(wish: Wish<'_>) -> Result<SdkConfig, Failure> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(wish.region))
        .timeout_config(timeouts(wish.timeout))
        .retry_config(RetryConfig::standard().with_max_attempts(wish.attempts))
        .http_client(wish.roots.client()?);
    if let Some(profile) = wish.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = wish.endpoint {
        loader = loader.endpoint_url(url);
    }
    if let Some(keys) = wish.keys {
        loader = loader.credentials_provider(keys);
    }
    Ok(loader.load().await)
}

/// Builds the connection; makes no call.
pub async fn connect(
    options: &Options,
    env: &BTreeMap<String, String>,
) -> Result<Connection, Failure> {
    let (region, region_from) = region(options, env).await?;
    let roots = Roots::read(env)?;
    let endpoint = options.endpoint_url.clone().or_else(|| {
        env.get("AWS_ENDPOINT_URL")
            .filter(|url| !url.is_empty())
            .cloned()
    });
    let sdk = sdk(Wish {
        region: region.clone(),
        profile: options.profile.as_deref(),
        endpoint: options.endpoint_url.as_deref(),
        timeout: limit(options.api_timeout)?,
        attempts: 3,
        roots: &roots,
        keys: None,
    })
    .await?;
    Ok(Connection {
        sdk,
        region,
        region_from,
        endpoint,
        roots,
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

/// `--api-timeout`.
fn limit(seconds: f64) -> Result<Duration, Failure> {
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|d| !d.is_zero())
        .ok_or_else(|| {
            Failure::new(
                Exit::Usage,
                "bad-timeout",
                "--api-timeout must be a number of seconds above 0",
            )
        })
}

fn timeouts(one: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(one.min(Duration::from_secs(10)))
        .read_timeout(one)
        .operation_attempt_timeout(one)
        .operation_timeout(one * 4)
        .build()
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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert!(limit(0.0).is_err());
        assert!(limit(f64::NAN).is_err());
        assert!(limit(2.5).is_ok());
    }
}
