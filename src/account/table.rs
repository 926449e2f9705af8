//! The size of a table: the one description that metrics do not replace.

use serde_json::{Value, json};

use super::live::named;
use crate::aws::{ApiError, Connection, api_error};

/// What `aws dynamodb describe-table` would write of it, of what is taken.
pub async fn describe(
    connection: &Connection,
    name: &str,
    action: &str,
) -> Result<Value, ApiError> {
    let client = aws_sdk_dynamodb::Client::new(&connection.sdk);
    let answer = client.describe_table().table_name(name).send().await;
    let answer = answer.map_err(|e| named(action, api_error("DescribeTable", &e)))?;
    let table = answer.table();
    let class = table.and_then(|t| t.table_class_summary()?.table_class());
    Ok(json!({ "Table": {
        "TableName": name,
        "TableSizeBytes": table.and_then(|t| t.table_size_bytes()),
        "ItemCount": table.and_then(|t| t.item_count()),
        "TableClassSummary": { "TableClass": class.map(|c| c.as_str()) },
    } }))
}
