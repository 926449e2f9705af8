//! Whether buckets and tables of a stack hold data or refuse deletion, before a stack is destroyed.
//!
//! Looks only; what may not be looked at becomes a note, never a guess that it is empty.

use aws_sdk_dynamodb::types::TableDescription;

use crate::aws::{Connection, api_error};
use crate::services::Registry;
use crate::services::check::resource_type;
use crate::services::found::{Holds, Resource};

/// Something that makes the deletion fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What blocks.
    pub what: String,
    /// What to do.
    pub help: String,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// Remarks about data.
    pub notes: Vec<String>,
    /// Reasons why the deletion would fail.
    pub blocks: Vec<Block>,
}

/// Looks at every bucket and table that would be deleted.
pub async fn look(
    connection: &Connection,
    resources: &[Resource],
    kept: impl Fn(&str) -> bool,
) -> Contents {
    let mut found = Contents::default();
    for resource in resources.iter().filter(|r| !kept(&r.logical_id)) {
        let Some(name) = resource.physical_id.as_deref() else {
            continue;
        };
        let known = resource_type(&Registry::default(), &resource.resource_type);
        match known.and_then(|t| t.holds) {
            Some(Holds::Objects) => {
                bucket(connection, &resource.logical_id, name, &mut found).await;
            }
            Some(Holds::Items) => {
                table(connection, &resource.logical_id, name, &mut found).await;
            }
            None => {}
        }
    }
    found
}

async fn bucket(connection: &Connection, id: &str, name: &str, found: &mut Contents) {
    let client = super::s3::client(connection);
    let answer = client
        .list_objects_v2()
        .bucket(name)
        .max_keys(1)
        .send()
        .await;
    match answer.map_err(|e| api_error("ListObjectsV2", &e)) {
        Ok(list) if list.contents().is_empty() => {}
        Ok(_) => found.blocks.push(Block {
            what: format!(
                "{id}: bucket {name} is not empty, CloudFormation would refuse to delete it"
            ),
            help: format!("empty it (`aws s3 rm s3://{name} --recursive`), then destroy again"),
        }),
        Err(error) => {
            found.notes.push(format!(
                "{id}: whether bucket {name} is empty could not be seen: {error}"
            ));
        }
    }
}

async fn table(connection: &Connection, id: &str, name: &str, found: &mut Contents) {
    let client = super::dynamodb::client(connection);
    match client.describe_table().table_name(name).send().await {
        Ok(answer) => {
            let protected = answer
                .table()
                .and_then(TableDescription::deletion_protection_enabled)
                == Some(true);
            if protected {
                found.blocks.push(Block {
                    what: format!("{id}: table {name} has deletion protection"),
                    help: format!(
                        "turn it off (`aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled`), then destroy again"
                    ),
                });
            }
        }
        Err(error) => {
            let error = api_error("DescribeTable", &error);
            found.notes.push(format!(
                "{id}: table {name} could not be looked at: {error}"
            ));
        }
    }
    let scan = client.scan().table_name(name).limit(1).send().await;
    if scan.is_ok_and(|s| s.count() > 0) {
        found
            .notes
            .push(format!("{id}: table {name} holds items; they go with it"));
    }
}
