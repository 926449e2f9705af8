//! A DynamoDB table used as a cache: put, get, time to live, timed reads, clean-up.

use std::collections::HashMap;
use std::time::Instant;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeValue, ScalarAttributeType, TableDescription, TimeToLiveStatus,
};

use super::stats::latency;
use super::{Options, Outcome, nonce};
use crate::aws::{ApiError, Connection, ErrorKind, UNREADABLE_HELP, api_error};

/// A client of the connection.
pub fn client(connection: &Connection) -> Client {
    Client::new(&connection.sdk)
}

type Item = HashMap<String, AttributeValue>;

/// Tests the table.
pub async fn verify(name: &str, connection: &Connection, options: &Options, outcome: &mut Outcome) {
    let client = client(connection);
    let described = client.describe_table().table_name(name).send().await;
    let table = match described.map_err(|e| api_error("DescribeTable", &e)) {
        Ok(answer) => answer.table,
        Err(error) => return outcome.failed("reachable", error.to_string(), help(&error, name)),
    };
    let Some(table) = table else {
        return outcome.failed("reachable", "the service described no table", "try again");
    };
    outcome.ok("reachable", format!("table {name}"));
    let value = nonce();
    let key = key(&table, &value);
    let ttl = time_to_live(&client, name, outcome).await;
    exercise(&client, name, &key, ttl.as_deref(), options, outcome).await;
    match client
        .delete_item()
        .table_name(name)
        .set_key(Some(key))
        .send()
        .await
    {
        Ok(_) => outcome.ok("clean-up", "test item removed"),
        Err(error) => {
            let error = api_error("DeleteItem", &error).to_string();
            outcome.unknown(
                "clean-up",
                error,
                format!("remove the item `{value}` by hand"),
            );
        }
    }
}

/// A key of the table's own shape.
fn key(table: &TableDescription, value: &str) -> Item {
    let kind = |name: &str| {
        table
            .attribute_definitions()
            .iter()
            .find(|a| a.attribute_name() == name)
            .map(|a| a.attribute_type().clone())
    };
    table
        .key_schema()
        .iter()
        .map(|k| {
            let value = match kind(k.attribute_name()) {
                Some(ScalarAttributeType::N) => {
                    AttributeValue::N(jiff::Timestamp::now().as_microsecond().to_string())
                }
                Some(ScalarAttributeType::B) => AttributeValue::B(value.as_bytes().to_vec().into()),
                _ => AttributeValue::S(value.to_owned()),
            };
            (k.attribute_name().to_owned(), value)
        })
        .collect()
}

/// The attribute items expire by; DynamoDB deletes within days, so only the setting is checked.
async fn time_to_live(client: &Client, name: &str, outcome: &mut Outcome) -> Option<String> {
    let answer = client.describe_time_to_live().table_name(name).send().await;
    let described = match answer.map_err(|e| api_error("DescribeTimeToLive", &e)) {
        Ok(answer) => answer.time_to_live_description,
        Err(error) => {
            outcome.unknown(
                "expiry",
                error.to_string(),
                "grant dynamodb:DescribeTimeToLive to check it",
            );
            return None;
        }
    };
    let attribute = described
        .filter(|d| d.time_to_live_status() == Some(&TimeToLiveStatus::Enabled))
        .and_then(|d| d.attribute_name);
    if let Some(attribute) = &attribute {
        outcome.ok("expiry", format!("items expire by `{attribute}` (the service removes them within days; readers must look at the attribute)"));
    } else {
        outcome.failed("expiry", "time to live is off: nothing ever expires", "set TimeToLiveSpecification in the template; a new setting takes up to an hour to show");
    }
    attribute
}

async fn exercise(
    client: &Client,
    name: &str,
    key: &Item,
    ttl: Option<&str>,
    options: &Options,
    outcome: &mut Outcome,
) {
    let mut item = key.clone();
    item.insert(
        "value".to_owned(),
        AttributeValue::S("cachewright".to_owned()),
    );
    if let Some(ttl) = ttl {
        let at = jiff::Timestamp::now().as_second() + 300;
        item.insert(ttl.to_owned(), AttributeValue::N(at.to_string()));
    }
    let put = client
        .put_item()
        .table_name(name)
        .set_item(Some(item))
        .send()
        .await;
    if let Err(error) = put.map_err(|e| api_error("PutItem", &e)) {
        return outcome.failed("put", error.to_string(), help(&error, name));
    }
    let get = client
        .get_item()
        .table_name(name)
        .set_key(Some(key.clone()))
        .consistent_read(true);
    let value = match get.send().await.map_err(|e| api_error("GetItem", &e)) {
        Ok(answer) => answer
            .item
            .and_then(|i| i.get("value")?.as_s().ok().cloned()),
        Err(error) => return outcome.failed("get", error.to_string(), help(&error, name)),
    };
    if value.as_deref() != Some("cachewright") {
        return outcome.failed(
            "get",
            "the item written a moment ago did not come back",
            "look at the table's metrics",
        );
    }
    outcome.ok("put and get", "one item");
    time(client, name, key, options, outcome).await;
}

/// Reads the item again and again.
async fn time(client: &Client, name: &str, key: &Item, options: &Options, outcome: &mut Outcome) {
    let mut samples = Vec::with_capacity(options.operations);
    for _ in 0..options.operations {
        let began = Instant::now();
        let read = client
            .get_item()
            .table_name(name)
            .set_key(Some(key.clone()))
            .send()
            .await;
        if let Err(error) = read.map_err(|e| api_error("GetItem", &e)) {
            return outcome.failed("timed reads", error.to_string(), help(&error, name));
        }
        samples.push(began.elapsed());
    }
    outcome.reads = latency(&samples);
}

fn help(error: &ApiError, table: &str) -> String {
    match error.kind {
        _ if error.is_unreadable() => UNREADABLE_HELP.to_owned(),
        ErrorKind::Denied => format!("grant the action the message names on table {table}; a gateway endpoint's policy can deny it too"),
        ErrorKind::Missing => "the table is not there in this region: check --region and the stack".to_owned(),
        ErrorKind::Throttled => "raise or remove OnDemandThroughput of the table".to_owned(),
        ErrorKind::Unreachable => "check the network path: from a private subnet a gateway endpoint for DynamoDB is needed".to_owned(),
        _ => "see the message".to_owned(),
    }
}
