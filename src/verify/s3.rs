//! A bucket used as a cache, general purpose or directory bucket: put, get, timed reads, clean-up.

use std::error::Error as _;
use std::time::Instant;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::create_session::CreateSessionError;
use aws_sdk_s3::primitives::ByteStream;

use super::stats::latency;
use super::{Options, Outcome, nonce};
use crate::aws::{ApiError, Connection, ErrorKind, UNREADABLE_HELP, api_error};

/// A client of the connection; other endpoints than AWS's own want path-style addresses.
pub fn client(connection: &Connection) -> Client {
    let config = aws_sdk_s3::config::Builder::from(&connection.sdk)
        .force_path_style(connection.endpoint.is_some())
        .build();
    Client::from_conf(config)
}

/// Tests the bucket.
pub async fn verify(
    bucket: &str,
    connection: &Connection,
    options: &Options,
    outcome: &mut Outcome,
) {
    let client = client(connection);
    let key = format!("{}.txt", nonce());
    let body = ByteStream::from_static(b"cachewright");
    let put = client
        .put_object()
        .bucket(bucket)
        .key(&key)
        .body(body)
        .send()
        .await;
    if let Err(error) = put.map_err(|e| refused("PutObject", &e)) {
        return outcome.failed("put", error.to_string(), help(&error, bucket));
    }
    outcome.ok("put", format!("{key} in {bucket}"));
    exercise(&client, bucket, &key, options, outcome).await;
    match client.delete_object().bucket(bucket).key(&key).send().await {
        Ok(_) => outcome.ok("clean-up", "test object removed"),
        Err(error) => {
            let error = refused("DeleteObject", &error).to_string();
            outcome.unknown("clean-up", error, format!("remove {key} by hand"));
        }
    }
    lifecycle(&client, bucket, outcome).await;
}

async fn exercise(
    client: &Client,
    bucket: &str,
    key: &str,
    options: &Options,
    outcome: &mut Outcome,
) {
    match fetch(client, bucket, key).await {
        Ok(bytes) if bytes == b"cachewright" => outcome.ok("get", "the object came back whole"),
        Ok(bytes) => {
            let text = format!("{} other bytes came back", bytes.len());
            return outcome.failed("get", text, "something between here and S3 changes objects");
        }
        Err(error) => return outcome.failed("get", error.to_string(), help(&error, bucket)),
    }
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        let began = Instant::now();
        if let Err(error) = fetch(client, bucket, key).await {
            return outcome.failed("timed reads", error.to_string(), help(&error, bucket));
        }
        samples.push(began.elapsed());
    }
    outcome.reads = latency(&samples);
}

async fn fetch(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, ApiError> {
    let answer = client.get_object().bucket(bucket).key(key).send().await;
    let answer = answer.map_err(|e| refused("GetObject", &e))?;
    let body = answer.body.collect().await;
    let body = body.map_err(|error| ApiError::broken("GetObject", &error))?;
    Ok(body.to_vec())
}

/// Objects expire by a lifecycle rule, once a day: only the rule is checked.
async fn lifecycle(client: &Client, bucket: &str, outcome: &mut Outcome) {
    let answer = client
        .get_bucket_lifecycle_configuration()
        .bucket(bucket)
        .send()
        .await;
    match answer.map_err(|e| api_error("GetBucketLifecycleConfiguration", &e)) {
        Ok(answer) => {
            let days = answer
                .rules()
                .iter()
                .filter_map(|r| r.expiration()?.days())
                .min();
            match days {
                Some(1) => outcome.ok("expiry", "objects expire after 1 day"),
                Some(days) => outcome.ok("expiry", format!("objects expire after {days} days")),
                None => outcome.unknown(
                    "expiry",
                    "no lifecycle rule expires objects",
                    "add one if objects are to expire",
                ),
            }
        }
        Err(error) => outcome.unknown(
            "expiry",
            error.to_string(),
            "a lifecycle rule could not be read; without one nothing expires",
        ),
    }
}

/// The failure of a call; of the session it needs, where that is what failed.
fn refused<E>(operation: &'static str, error: &SdkError<E>) -> ApiError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(session) = inner.downcast_ref::<SdkError<CreateSessionError>>() {
            return api_error("CreateSession", session);
        }
        cause = inner.source();
    }
    api_error(operation, error)
}

fn help(error: &ApiError, bucket: &str) -> String {
    let directory = bucket.ends_with("--x-s3");
    match error.kind {
        _ if error.is_unreadable() => UNREADABLE_HELP.to_owned(),
        ErrorKind::Denied if directory => "grant s3express:CreateSession (ReadWrite) on the bucket, in the caller's policy, the bucket policy and the gateway endpoint's policy".to_owned(),
        ErrorKind::Denied => "grant s3:PutObject, s3:GetObject and s3:DeleteObject on the bucket".to_owned(),
        ErrorKind::Missing => "the bucket is not there in this region: check --region and the stack".to_owned(),
        ErrorKind::Unreachable if directory => "from a private subnet the s3express gateway endpoint is needed; a bucket idle for 90 days answers 503 for some minutes".to_owned(),
        ErrorKind::Unreachable => "check the network path: from a private subnet a gateway endpoint for S3 is needed".to_owned(),
        _ => "see the message".to_owned(),
    }
}
