//! The whole life of a stack against ministack, an emulator written by others: independent of our
//! own reading of the protocol. Installed into `.tools/ministack` (see docs/decisions/0312).

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "support/stacks.rs"]
mod stacks;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use stacks::{Desk, tool, wait};

/// The emulator, ended when dropped.
struct Emulator {
    child: Child,
    url: String,
}

impl Emulator {
    /// Starts it on a free loopback port; `None` when it is not installed.
    fn start() -> Option<Self> {
        let program =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".tools/ministack/bin/ministack");
        if !tool(&program) {
            return None;
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let child = Command::new(program)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        wait("the emulator", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Some(Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const TABLE: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Suffix: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: {"Fn::Sub": "${AWS::StackName}-${Suffix}"}
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
Outputs:
  TableName: {Value: {Ref: Table}}
"#;

const EDGE: &str = r#"AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Suffix: {Type: String}
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Access:
    Type: AWS::CloudFront::OriginAccessControl
    Properties:
      OriginAccessControlConfig:
        Name: {"Fn::Sub": "${AWS::StackName}-${Suffix}"}
        OriginAccessControlOriginType: s3
        SigningBehavior: always
        SigningProtocol: sigv4
  Distribution:
    Type: AWS::CloudFront::Distribution
    Properties:
      DistributionConfig:
        Enabled: true
        HttpVersion: http2and3
        Origins:
          - Id: bucket
            DomainName: {"Fn::GetAtt": [Bucket, RegionalDomainName]}
            OriginAccessControlId: {"Fn::GetAtt": [Access, Id]}
            S3OriginConfig: {OriginAccessIdentity: ""}
        DefaultCacheBehavior:
          TargetOriginId: bucket
          ViewerProtocolPolicy: redirect-to-https
          CachePolicyId: 658327ea-f89d-4fab-a63d-7e88639e58f6
Outputs:
  DistributionDomainName: {Value: {"Fn::GetAtt": [Distribution, DomainName]}}
"#;

#[test]
fn the_whole_life_of_a_table() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    desk.write(TABLE, "one");
    let life = "--poll-ms 50";
    // Preview, then go on with the same change set.
    let preview = desk
        .run(&format!("deploy app --stack-name s --no-execute {life}"))
        .ends(0);
    let go_on = preview
        .out
        .trim()
        .strip_prefix("cachewright ")
        .unwrap()
        .to_owned();
    let run = desk.run(&format!("{go_on} --yes {life}")).ends(0);
    assert_eq!(run.out, "TableName  s-one\n");
    run.says("CREATE_COMPLETE").says("s is ready");
    // Nothing to do the second time.
    desk.deploy("").ends(0).says("No changes");
    // Another name is a replacement: refused, then allowed.
    desk.write(TABLE, "two");
    desk.deploy("")
        .ends(5)
        .says("every item in the table")
        .says("--allow-replacement");
    let run = desk.deploy("--allow-replacement --events json").ends(0);
    let records = run.records();
    assert_eq!(records.last().unwrap()["outputs"]["TableName"], "s-two");
    assert!(
        records
            .iter()
            .any(|r| r["record"] == "event" && r["status"] == "UPDATE_COMPLETE")
    );
    // Drift: none, then one made behind CloudFormation's back.
    desk.run(&format!("drift s {life}")).ends(0).says("in sync");
    aws(
        &desk,
        "DynamoDB_20120810.UpdateTable",
        r#"{"TableName":"s-two","BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1}}"#,
    );
    desk.run(&format!("drift s {life}"))
        .ends(5)
        .says("BillingMode");
    desk.run("status s").ends(0).says("UPDATE_COMPLETE");
    // Protected, holding data, and gone.
    desk.write(TABLE, "two");
    desk.deploy("--termination-protection --allow-replacement")
        .ends(0);
    desk.run(&format!("destroy s --confirm s {life}"))
        .ends(5)
        .says("protected");
    aws(
        &desk,
        "DynamoDB_20120810.PutItem",
        r#"{"TableName":"s-two","Item":{"pk":{"S":"a"}}}"#,
    );
    desk.run(&format!(
        "destroy s --confirm s --disable-termination-protection {life}"
    ))
    .ends(0)
    .says("holds items")
    .says("s is deleted");
    desk.run("status s").ends(2).says("stack-missing");
}

#[test]
fn the_life_of_a_distribution_and_a_bucket_that_is_not_empty() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    desk.write(EDGE, "one");
    let run = desk
        .deploy("--outputs-file out.json")
        .ends(0)
        .says("3 added");
    assert!(run.out.contains("DistributionDomainName"), "{}", run.out);
    desk.deploy("").ends(0).says("No changes");
    let bucket = desk.run("destroy s --events json").records();
    assert_eq!(
        bucket.last().unwrap()["error"]["code"],
        "confirmation-needed"
    );
    let listed = desk.run("destroy s").ends(2);
    let name = listed
        .err
        .lines()
        .find(|l| l.contains("AWS::S3::Bucket"))
        .unwrap();
    let name = name.split_whitespace().last().unwrap().to_owned();
    put_object(&desk, &name);
    desk.run("destroy s --confirm s --poll-ms 50")
        .ends(5)
        .says("is not empty")
        .says("aws s3 rm");
    delete_object(&desk, &name);
    desk.run("destroy s --confirm s --poll-ms 50")
        .ends(0)
        .says("s is deleted");
}

#[test]
fn a_taken_bucket_name_is_found_by_early_validation() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    let template = "Parameters:\n  Suffix: {Type: String}\nResources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {BucketName: taken-bucket-1}\n";
    desk.write(template, "one");
    desk.deploy("").ends(0);
    let second = desk
        .run("deploy app --stack-name t --yes --poll-ms 50")
        .ends(7);
    second.says("NAME_CONFLICT").says("to do:");
}

/// A DynamoDB call behind CloudFormation's back.
fn aws(desk: &Desk, target: &str, body: &str) {
    let response = ureq::post(&desk.endpoint)
        .header("X-Amz-Target", target)
        .header("Content-Type", "application/x-amz-json-1.0")
        .header("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0")
        .send(body)
        .unwrap();
    assert_eq!(response.status().as_u16(), 200);
}

fn put_object(desk: &Desk, bucket: &str) {
    ureq::put(format!("{}/{bucket}/key", desk.endpoint))
        .send("data")
        .unwrap();
}

fn delete_object(desk: &Desk, bucket: &str) {
    ureq::delete(format!("{}/{bucket}/key", desk.endpoint))
        .call()
        .unwrap();
}
