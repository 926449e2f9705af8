//! Our own checks: silent on every stack (it would not be generated otherwise), and each catches its fault.

use std::collections::BTreeSet;
use std::fs;

use cachewright::embedded;
use cachewright::services::check::{Finding, Given, check};

use crate::matrix::rendered;

/// The code that must come, the template it is tried on, and the fault: what is replaced by what.
struct Fault(&'static str, &'static str, &'static str, &'static str);

const CACHE: &str = "elasticache-serverless.valkey.vpc-durable";
const PUBLIC: &str = "elasticache-serverless.valkey.public";
const BUCKET: &str = "s3-express.only.open";
const FILES: &str = "file-cache.only.s3.ap-south-1";
const ELSEWHERE: &str = "file-cache.only.s3.ap-east-1";
const TABLE: &str = "dynamodb.standard.open-key.";
const TABLES: &str = "dynamodb.standard.replicas";
const WEB: &str = "cloudfront.pay-as-you-go.web-domain";
const S3: &str = "cloudfront.pay-as-you-go.s3.";
const PRIVATE: &str = "cloudfront.pay-as-you-go.private";
const PLAN: &str = "cloudfront.pro.web.";

/// The name of a cache as the template writes it.
const NAMED: &str = "ServerlessCacheName: !Sub\n        - \"${CacheName}-${Id}\"\n        - Id: !Select [0, !Split [\"-\", !Select [2, !Split [\"/\", !Ref AWS::StackId]]]]";

/// A code, and a template in a Region it is not made for.
const MISPLACED: &[(&str, &str)] = &[
    ("file-cache-region", FILES),
    ("plan-region", PLAN),
    ("cloudfront-region", WEB),
];

const FAULTS: &[Fault] = &[
    Fault("template-syntax", CACHE, "Resources:", "Resources: ["),
    Fault(
        "cache-engine",
        CACHE,
        "      Engine: valkey\n      Major",
        "      Engine: valkeyy\n      Major",
    ),
    Fault(
        "cache-engine-version",
        CACHE,
        "MajorEngineVersion: \"9\"",
        "MajorEngineVersion: \"99\"",
    ),
    Fault("cache-name", CACHE, NAMED, "ServerlessCacheName: Bad_Name"),
    Fault(
        "create-only-name",
        CACHE,
        NAMED,
        "ServerlessCacheName: good-name",
    ),
    Fault(
        "create-only-name",
        TABLE,
        "      BillingMode:",
        "      TableName: cache\n      BillingMode:",
    ),
    Fault(
        "cache-usage-limit",
        CACHE,
        "          Maximum: !Ref MaxStorageGb\n",
        "          Maximum: 99999\n",
    ),
    Fault(
        "cache-usage-limit",
        CACHE,
        "          Maximum: !Ref MaxEcpuPerSecond",
        "          Maximum: 1",
    ),
    Fault(
        "cache-minimum",
        CACHE,
        "          Maximum: !Ref MaxEcpuPerSecond",
        "          Maximum: !Ref MaxEcpuPerSecond\n          Minimum: 1000",
    ),
    Fault(
        "cache-public",
        PUBLIC,
        "      UserGroupId: !Ref CacheUserGroup\n",
        "",
    ),
    Fault(
        "cache-network",
        CACHE,
        "      SubnetIds: !Ref SubnetIds\n",
        "",
    ),
    Fault(
        "cache-snapshots",
        CACHE,
        "SnapshotRetentionLimit: 7",
        "SnapshotRetentionLimit: 99",
    ),
    Fault(
        "cache-user-iam",
        CACHE,
        "UserName: !Sub\n        - \"${CacheName}-${Id}-app\"",
        "UserName: !Sub\n        - \"${CacheName}-${Id}-other\"",
    ),
    Fault(
        "bucket-zone",
        BUCKET,
        "LocationName: !Ref AvailabilityZoneId",
        "LocationName: us-east-1a",
    ),
    Fault(
        "bucket-name",
        BUCKET,
        "      DataRedundancy:",
        "      BucketName: nosuffix\n      DataRedundancy:",
    ),
    Fault(
        "bucket-encryption",
        BUCKET,
        "      BucketEncryption:",
        "      Encryption:",
    ),
    Fault(
        "bucket-lifecycle",
        BUCKET,
        "      LifecycleConfiguration:",
        "      Lifecycle:",
    ),
    Fault(
        "public-path",
        BUCKET,
        "            Effect: Allow\n            Principal: {",
        "            Effect: Allow\n            Principal: \"*\"\n            Was: {",
    ),
    Fault(
        "file-cache-capacity",
        FILES,
        "StorageCapacity: !Ref CapacityGib",
        "StorageCapacity: 1000",
    ),
    Fault(
        "file-cache-capacity",
        ELSEWHERE,
        "CapacityGib: !Ref CapacityGib",
        "CapacityGib: 1000",
    ),
    Fault(
        "file-cache-fixed",
        FILES,
        "          StorageCapacity: 2400\n",
        "          StorageCapacity: 4800\n",
    ),
    Fault(
        "file-cache-fixed",
        FILES,
        "FileCacheTypeVersion: \"2.12\"",
        "FileCacheTypeVersion: \"2.15\"",
    ),
    Fault(
        "file-cache-subnets",
        FILES,
        "SubnetIds: [!Ref SubnetId]",
        "SubnetIds: [!Ref SubnetId, subnet-2]",
    ),
    Fault(
        "file-cache-tags",
        FILES,
        "          FileCachePath: !Ref CachePath\n      Tags:\n        - { Key: cachewright, Value: !Ref AWS::StackName }",
        "          FileCachePath: !Ref CachePath\n      Tags: []",
    ),
    Fault(
        "file-cache-path",
        FILES,
        "FileCachePath: !Ref CachePath",
        "FileCachePath: /",
    ),
    Fault(
        "file-cache-path",
        ELSEWHERE,
        "CachePath: !Ref CachePath",
        "CachePath: /",
    ),
    Fault(
        "public-path",
        FILES,
        "          SourceSecurityGroupId: !Ref ClientSecurityGroup\n        - Description: Lustre from the clients, high",
        "          CidrIp: 0.0.0.0/0\n        - Description: Lustre from the clients, high",
    ),
    Fault(
        "yaml-sexagesimal",
        CACHE,
        "DailySnapshotTime: \"03:00\"",
        "DailySnapshotTime: 12:30",
    ),
    Fault("yaml-sexagesimal", FILES, "\"7:03:00\"", "2:05:00"),
    Fault("table-billing", TABLE, "PAY_PER_REQUEST", "PROVISIONED"),
    Fault(
        "table-ttl",
        TABLE,
        "        AttributeName: expires_at\n        Enabled: true",
        "        AttributeName: expires_at\n        Enabled: false",
    ),
    Fault("table-key", TABLE, "        SSEType: KMS\n", ""),
    Fault(
        "table-warm",
        TABLE,
        "      BillingMode:",
        "      WarmThroughput: { ReadUnitsPerSecond: 20000 }\n      BillingMode:",
    ),
    Fault(
        "table-replicas",
        TABLES,
        "- Region: !Ref AWS::Region",
        "- Region: ca-west-1",
    ),
    Fault(
        "table-cap",
        TABLES,
        "        MaxWriteRequestUnits: !Ref MaxWriteRequestUnits\n",
        "",
    ),
    Fault(
        "table-cap",
        TABLE,
        "        MaxWriteRequestUnits: !Ref MaxWriteRequestUnits\n",
        "",
    ),
    Fault(
        "distribution-http",
        WEB,
        "HttpVersion: http2and3",
        "HttpVersion: http1.1",
    ),
    Fault(
        "distribution-viewer-tls",
        WEB,
        "ViewerProtocolPolicy: redirect-to-https",
        "ViewerProtocolPolicy: allow-all",
    ),
    Fault(
        "distribution-tls",
        WEB,
        "MinimumProtocolVersion: TLSv1.2_2021",
        "MinimumProtocolVersion: TLSv1_2016",
    ),
    Fault(
        "origin-tls",
        WEB,
        "OriginProtocolPolicy: https-only",
        "OriginProtocolPolicy: match-viewer",
    ),
    Fault(
        "origin-tls",
        PRIVATE,
        "OriginProtocolPolicy: https-only",
        "OriginProtocolPolicy: match-viewer",
    ),
    Fault(
        "origin-protocols",
        WEB,
        "OriginSSLProtocols: [TLSv1.2]",
        "OriginSSLProtocols: [TLSv1, TLSv1.2]",
    ),
    Fault(
        "origin-protocols",
        PRIVATE,
        "        OriginSSLProtocols: [TLSv1.2]\n",
        "",
    ),
    Fault(
        "origin-host",
        PLAN,
        "          FunctionAssociations:\n            - { EventType: viewer-request, FunctionARN: !GetAtt EdgeFunction.FunctionARN }\n",
        "",
    ),
    Fault(
        "origin-keepalive",
        WEB,
        "OriginKeepaliveTimeout: 60",
        "OriginKeepaliveTimeout: 300",
    ),
    Fault(
        "origin-access",
        S3,
        "            OriginAccessControlId: !GetAtt OriginAccess.Id\n",
        "",
    ),
    Fault(
        "public-path",
        S3,
        "BlockPublicPolicy: true",
        "BlockPublicPolicy: false",
    ),
    Fault(
        "public-path",
        S3,
        "Principal: { Service: cloudfront.amazonaws.com }",
        "Principal: { AWS: \"*\" }",
    ),
    Fault("cache-policy-ttl", WEB, "        MinTTL: 0\n", ""),
];

fn findings(text: &str, region: &str, parameters: &[(String, String)]) -> Vec<Finding> {
    let catalog = embedded::catalog().unwrap();
    let given = Given {
        catalog: &catalog,
        region,
        parameters,
    };
    check(text, &given)
}

#[test]
fn every_check_catches_its_fault_and_says_what_why_and_how() {
    for Fault(code, base, from, to) in FAULTS {
        let stack = &rendered(base).stack;
        let whole = &stack.template;
        assert!(whole.contains(from), "{base} has no {from:?}");
        let found = findings(&whole.replacen(from, to, 1), &stack.region, &[]);
        let one = found.iter().find(|f| f.code == *code);
        let one = one.unwrap_or_else(|| panic!("{code} misses {to:?} in {base}: {found:?}"));
        assert!(
            !one.reason.is_empty() && !one.fix.is_empty(),
            "{code}: {one:?}"
        );
        let placed = one.resource.starts_with("line ") || !one.property.is_empty();
        assert!(placed || *code == "template-syntax", "{code}: {one:?}");
    }
}

#[test]
fn a_stack_in_the_wrong_region_is_caught() {
    for (code, base) in MISPLACED {
        let found = findings(&rendered(base).stack.template, "eu-west-1", &[]);
        assert!(found.iter().any(|f| f.code == *code), "{code}: {found:?}");
    }
}

#[test]
fn no_check_is_without_a_fault() {
    let mut source = fs::read_to_string("crates/core/src/services/check.rs").unwrap();
    for service in fs::read_dir("crates/core/src/services").unwrap() {
        let own = service.unwrap().path().join("checks.rs");
        source += &fs::read_to_string(own).unwrap_or_default();
    }
    let quoted: BTreeSet<&str> = source.split('"').skip(1).step_by(2).collect();
    let misplaced = MISPLACED.iter().map(|f| f.0);
    let tried: BTreeSet<&str> = FAULTS.iter().map(|f| f.0).chain(misplaced).collect();
    // A code follows `code:`, or is the first argument of `report`.
    let codes: BTreeSet<&str> = quoted
        .into_iter()
        .filter(|q| {
            let literal = format!("\"{q}\"");
            source.match_indices(&literal).any(|(at, _)| {
                let before = source[..at].trim_end();
                before.ends_with("report(") || before.ends_with("code:")
            })
        })
        .collect();
    assert_eq!(codes, tried);
    eprintln!(
        "own checks: {} faults caught by {} checks",
        FAULTS.len(),
        codes.len()
    );
}

/// What is typed at the deployment counts, not the default of the parameter.
#[test]
fn a_value_given_at_the_deployment_is_what_is_checked() {
    let stack = &rendered(FILES).stack;
    let (text, region) = (&stack.template, &stack.region);
    let given = |value: &str| [("CapacityGib".to_owned(), value.to_owned())];
    assert_eq!(findings(text, region, &given("4800")), []);
    let found = findings(text, region, &given("1000"));
    assert_eq!(found[0].code, "file-cache-capacity");
}
