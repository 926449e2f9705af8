//! Inventories of `measure --cloudwatch`: every shape, what is taken of it, and what must appear nowhere.

mod support;

use std::path::Path;

const CANARY: &str = "canary-secret-7f3a";

fn file(dir: &Path, name: &str, text: &str) -> String {
    let path = dir.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

/// What `measure --inventory` lists for these texts.
fn listed(texts: &[&str]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let mut args = vec!["measure".to_owned()];
    for (i, text) in texts.iter().enumerate() {
        args.extend([
            "--inventory".to_owned(),
            file(dir.path(), &format!("i{i}.txt"), text),
        ]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = support::run(&args);
    let (out, err) = (support::stdout(&output), support::stderr(&output));
    assert!(output.status.success(), "{err}");
    assert!(!out.contains(CANARY) && !err.contains(CANARY));
    out
}

#[test]
fn every_description_lists_its_resources() {
    for (text, want) in [
        (
            r#"{"ServerlessCaches": [{"ServerlessCacheName": "a", "Engine": "valkey", "ARN": "arn:aws:elasticache:eu-west-1:1:x"}]}"#,
            "elasticache-serverless:a",
        ),
        (
            r#"{"ReplicationGroups": [{"ReplicationGroupId": "b", "MemberClusters": ["b-001", "b-002"], "CacheNodeType": "cache.r7g.large"}]}"#,
            "elasticache:b",
        ),
        (
            r#"{"CacheClusters": [{"CacheClusterId": "c-001", "ReplicationGroupId": "c"}, {"CacheClusterId": "c-002", "ReplicationGroupId": "c"}]}"#,
            "elasticache:c",
        ),
        (
            r#"{"Clusters": [{"Name": "d", "NodeType": "db.r7g.large", "Shards": [{"Nodes": [{"Name": "d-0001-001"}]}]}]}"#,
            "memorydb:d",
        ),
        (
            r#"{"Clusters": [{"ClusterName": "e", "NodeType": "dax.r5.large", "TotalNodes": 3}]}"#,
            "dax:e",
        ),
        (
            r#"{"Table": {"TableName": "f", "TableSizeBytes": 1, "ItemCount": 1}}"#,
            "dynamodb:f",
        ),
        (
            r#"{"FileCaches": [{"FileCacheId": "fc-1", "StorageCapacity": 1200}]}"#,
            "file-cache:fc-1",
        ),
        (
            r#"{"Metrics": [{"Namespace": "AWS/DAX", "MetricName": "ItemCacheHits", "Dimensions": [{"Name": "ClusterId", "Value": "g"}]}]}"#,
            "dax:g",
        ),
        (
            r#"{"StackResourceSummaries": [{"ResourceType": "AWS::DynamoDB::Table", "LogicalResourceId": "T", "PhysicalResourceId": "h"}]}"#,
            "dynamodb:h",
        ),
    ] {
        assert_eq!(
            listed(&[text]),
            format!("cachewright measure --cloudwatch {want}\n"),
            "{text}"
        );
    }
}

const TEMPLATE: &str = "
Parameters:
  Engine: { Type: String, Default: valkey }
  Secret: { Type: String, NoEcho: true, Default: canary-secret-7f3a }
Resources:
  Cache:
    Type: AWS::ElastiCache::ServerlessCache
    Properties:
      ServerlessCacheName: !Sub '${AWS::StackName}-cache'
      Engine: !Ref Engine
      Tags: [{ Key: owner, Value: canary-secret-7f3a }]
  Orders:
    Type: AWS::DynamoDB::Table
    Properties: { TableName: orders }
";

#[test]
fn a_template_and_its_stack_are_one_inventory() {
    let alone = listed(&[TEMPLATE]);
    assert!(
        alone.contains("# Cache (elasticache-serverless): its id is not in the template"),
        "{alone}"
    );
    assert!(alone.contains("dynamodb:orders"), "{alone}");
    let stack = r#"{"StackResources": [{"ResourceType": "AWS::ElastiCache::ServerlessCache", "LogicalResourceId": "Cache", "PhysicalResourceId": "shop-cache"}]}"#;
    for both in [[TEMPLATE, stack], [stack, TEMPLATE]] {
        let text = listed(&both);
        assert!(text.contains("elasticache-serverless:shop-cache"), "{text}");
        assert_eq!(text.lines().count(), 2, "{text}");
    }
}

/// Terraform prints what is sensitive in clear.
#[test]
fn nothing_but_the_named_attributes_of_a_state_is_read() {
    let state = r#"{"format_version": "1.0", "values": {"root_module": {
        "resources": [
            {"mode": "managed", "type": "aws_elasticache_replication_group", "values": {"replication_group_id": "r", "auth_token": "canary-secret-7f3a",
                "engine": "redis", "node_type": "cache.r7g.large", "num_cache_clusters": 2, "member_clusters": ["r-001", "r-002"],
                "arn": "arn:aws:elasticache:eu-central-1:111122223333:replicationgroup:r", "tags": {"secret": "canary-secret-7f3a"}}},
            {"mode": "data", "type": "aws_dynamodb_table", "values": {"name": "not-managed"}}],
        "child_modules": [{"child_modules": [{"resources": [
            {"mode": "managed", "type": "aws_s3_bucket", "values": {"bucket": "deep"}}]}]}]}}}"#;
    assert_eq!(
        listed(&[state]),
        "cachewright measure --cloudwatch elasticache:r\ncachewright measure --cloudwatch s3:deep\n"
    );
    let dir = tempfile::tempdir().unwrap();
    let state = file(dir.path(), "state.json", state);
    // Without an id there is one; its members are asked one by one, in the Region of its ARN.
    let output = support::run(&[
        "measure",
        "--cloudwatch",
        "elasticache",
        "--inventory",
        &state,
        "--emit-query",
    ]);
    let text = support::stdout(&output);
    for part in ["\"r-001\"", "\"r-002\"", "--region eu-central-1"] {
        assert!(text.contains(part), "{part}: {}", support::stderr(&output));
    }
    assert!(!text.contains(CANARY) && !text.contains("111122223333"));
}

#[test]
fn modules_that_never_end_are_refused() {
    let mut state = r#"{"resources": []}"#.to_owned();
    for _ in 0..70 {
        state = format!(r#"{{"child_modules": [{state}]}}"#);
    }
    let dir = tempfile::tempdir().unwrap();
    let state = format!(r#"{{"format_version": "1.0", "values": {{"root_module": {state}}}}}"#);
    let state = file(dir.path(), "deep.json", &state);
    let output = support::run(&["measure", "--inventory", &state]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        support::stderr(&output).contains("64"),
        "{}",
        support::stderr(&output)
    );
}
