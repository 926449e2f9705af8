//! The shipped cfn-guard rules with the real cfn-guard: they hold on every stack, and each catches its fault.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use cachewright::policy;
use serde_json::Value;

use crate::matrix::{matrix, template};
use crate::parsed::{parse, shape};
use crate::tools;

/// A rule, the template it is tried on, and the fault: what is replaced by what.
struct Fault(&'static str, &'static str, &'static str, &'static str);

const CACHE: &str = "elasticache-serverless.valkey.vpc-durable";
const REDIS: &str = "elasticache-serverless.redis.vpc";
const PUBLIC: &str = "elasticache-serverless.valkey.public";
const BUCKET: &str = "s3-express.only.open";
const FILES: &str = "file-cache.only.s3.ap-south-1";
const TABLE: &str = "dynamodb.standard.open-key.";
const TABLES: &str = "dynamodb.standard.replicas";
const WEB: &str = "cloudfront.pay-as-you-go.web-domain";
const S3: &str = "cloudfront.pay-as-you-go.s3.";
const PRIVATE: &str = "cloudfront.pay-as-you-go.private";

/// The times are faults as a YAML 1.1 tool hands them on: cfn-guard itself reads `12:30` without quotes as
/// a text, so only the built-in checks see the missing quotes.
const FAULTS: &[(&str, &[Fault])] = &[
    (
        "serverless-cache",
        &[
            Fault(
                "serverless_cache_engine",
                CACHE,
                "      Engine: valkey\n      MajorEngineVersion",
                "      Engine: valkeyy\n      MajorEngineVersion",
            ),
            Fault(
                "serverless_cache_engine_version",
                CACHE,
                "MajorEngineVersion: \"9\"",
                "MajorEngineVersion: \"99\"",
            ),
            Fault(
                "serverless_cache_engine_version",
                "elasticache-serverless.memcached.vpc.",
                "MajorEngineVersion: \"1.6\"",
                "MajorEngineVersion: 1.6",
            ),
            Fault(
                "serverless_cache_name",
                CACHE,
                "ServerlessCacheName: !Sub\n        - \"${CacheName}-${Id}\"\n        - Id: !Select [0, !Split [\"-\", !Select [2, !Split [\"/\", !Ref AWS::StackId]]]]",
                "ServerlessCacheName: Bad_Name",
            ),
            Fault(
                "serverless_cache_storage_cap",
                CACHE,
                "          Maximum: !Ref MaxStorageGb\n",
                "",
            ),
            Fault(
                "serverless_cache_ecpu_cap",
                CACHE,
                "          Maximum: !Ref MaxEcpuPerSecond",
                "          Maximal: !Ref MaxEcpuPerSecond",
            ),
            Fault(
                "serverless_cache_no_minimum",
                CACHE,
                "          Maximum: !Ref MaxEcpuPerSecond",
                "          Maximum: !Ref MaxEcpuPerSecond\n          Minimum: 1000",
            ),
            Fault(
                "serverless_cache_network",
                CACHE,
                "      SubnetIds: !Ref SubnetIds\n",
                "",
            ),
            Fault(
                "serverless_cache_network",
                CACHE,
                "SecurityGroupIds: [!Ref CacheSecurityGroup]",
                "SecurityGroupIds: []",
            ),
            Fault(
                "serverless_cache_public_endpoint",
                PUBLIC,
                "MajorEngineVersion: \"9\"",
                "MajorEngineVersion: \"8\"",
            ),
            Fault(
                "serverless_cache_users",
                CACHE,
                "      UserGroupId: !Ref CacheUserGroup\n      Snap",
                "      Snap",
            ),
            Fault(
                "serverless_cache_open_user",
                REDIS,
                "AccessString: \"off -@all\"",
                "AccessString: \"on ~* +@all\"",
            ),
            Fault(
                "serverless_cache_snapshot_time",
                CACHE,
                "DailySnapshotTime: \"03:00\"",
                "DailySnapshotTime: 750",
            ),
            Fault(
                "serverless_cache_snapshot_time",
                CACHE,
                "SnapshotRetentionLimit: 7",
                "SnapshotRetentionLimit: 99",
            ),
        ],
    ),
    (
        "directory-bucket",
        &[
            Fault(
                "directory_bucket_zone",
                BUCKET,
                "LocationName: !Ref AvailabilityZoneId",
                "LocationName: us-east-1a",
            ),
            Fault(
                "directory_bucket_redundancy",
                BUCKET,
                "DataRedundancy: SingleAvailabilityZone",
                "DataRedundancy: Regional",
            ),
            Fault(
                "directory_bucket_name",
                BUCKET,
                "      DataRedundancy:",
                "      BucketName: nosuffix\n      DataRedundancy:",
            ),
            Fault(
                "directory_bucket_name",
                BUCKET,
                "      DataRedundancy:",
                "      BucketName: sthree-x--use1-az4--x-s3\n      DataRedundancy:",
            ),
            Fault(
                "directory_bucket_encryption",
                BUCKET,
                "SSEAlgorithm: AES256",
                "SSEAlgorithm: none",
            ),
            Fault(
                "directory_bucket_customer_key",
                BUCKET,
                "SSEAlgorithm: AES256",
                "SSEAlgorithm: aws:kms",
            ),
            Fault(
                "directory_bucket_lifecycle",
                BUCKET,
                "AbortIncompleteMultipartUpload:",
                "AbortUploads:",
            ),
            Fault(
                "directory_bucket_lifecycle_rules",
                BUCKET,
                "Status: Enabled",
                "Status: Disabled",
            ),
            Fault(
                "directory_bucket_lifecycle_session",
                BUCKET,
                "Service: lifecycle.s3.amazonaws.com",
                "Service: s3.amazonaws.com",
            ),
            Fault(
                "directory_bucket_no_public_policy",
                BUCKET,
                "Principal: { Service: lifecycle.s3.amazonaws.com }",
                "Principal: \"*\"",
            ),
        ],
    ),
    (
        "file-cache",
        &[
            Fault(
                "file_cache_type",
                FILES,
                "FileCacheTypeVersion: \"2.12\"",
                "FileCacheTypeVersion: \"2.15\"",
            ),
            Fault(
                "file_cache_capacity",
                FILES,
                "StorageCapacity: !Ref CapacityGib",
                "StorageCapacity: 1000",
            ),
            Fault(
                "file_cache_throughput",
                FILES,
                "PerUnitStorageThroughput: 1000",
                "PerUnitStorageThroughput: 500",
            ),
            Fault(
                "file_cache_deployment",
                FILES,
                "DeploymentType: CACHE_1",
                "DeploymentType: SCRATCH_2",
            ),
            Fault(
                "file_cache_metadata",
                FILES,
                "        MetadataConfiguration:\n          StorageCapacity: 2400\n",
                "",
            ),
            Fault(
                "file_cache_one_subnet",
                FILES,
                "SubnetIds: [!Ref SubnetId]",
                "SubnetIds: [!Ref SubnetId, subnet-0123]",
            ),
            Fault(
                "file_cache_security_group",
                FILES,
                "SecurityGroupIds: [!Ref CacheSecurityGroup]",
                "SecurityGroupIds: []",
            ),
            Fault(
                "file_cache_repositories",
                FILES,
                "FileCachePath: !Ref CachePath",
                "FileCachePath: /",
            ),
            Fault(
                "file_cache_repositories",
                FILES,
                "DataRepositoryPath: !Ref RepositoryPath",
                "DataRepositoryPath: nfs://files/export",
            ),
            Fault(
                "file_cache_maintenance_time",
                FILES,
                "WeeklyMaintenanceStartTime: \"7:03:00\"",
                "WeeklyMaintenanceStartTime: 7500",
            ),
            Fault(
                "file_cache_tags",
                FILES,
                "          FileCachePath: !Ref CachePath\n      Tags:\n        - { Key: cachewright, Value: !Ref AWS::StackName }",
                "          FileCachePath: !Ref CachePath\n      Tags: []",
            ),
        ],
    ),
    (
        "table",
        &[
            Fault(
                "table_on_demand",
                TABLE,
                "BillingMode: PAY_PER_REQUEST",
                "BillingMode: PROVISIONED",
            ),
            Fault(
                "table_scaled",
                TABLE,
                "      BillingMode:",
                "      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 }\n      BillingMode:",
            ),
            Fault(
                "global_table_regions",
                TABLES,
                "NEW_AND_OLD_IMAGES",
                "KEYS_ONLY",
            ),
            Fault(
                "table_expiry",
                TABLE,
                "        Enabled: true",
                "        Enabled: false",
            ),
            Fault(
                "table_cost_cap",
                TABLE,
                "        MaxWriteRequestUnits: !Ref MaxWriteRequestUnits\n",
                "",
            ),
            Fault(
                "table_no_warm_throughput",
                TABLE,
                "      BillingMode:",
                "      WarmThroughput: { ReadUnitsPerSecond: 20000 }\n      BillingMode:",
            ),
            Fault("table_customer_key", TABLE, "        SSEType: KMS\n", ""),
        ],
    ),
    (
        "distribution",
        &[
            Fault(
                "distribution_http",
                WEB,
                "HttpVersion: http2and3",
                "HttpVersion: http1.1",
            ),
            Fault(
                "distribution_viewer_tls",
                WEB,
                "ViewerProtocolPolicy: redirect-to-https",
                "ViewerProtocolPolicy: allow-all",
            ),
            Fault(
                "distribution_minimum_tls",
                WEB,
                "MinimumProtocolVersion: TLSv1.2_2021",
                "MinimumProtocolVersion: TLSv1.1_2016",
            ),
            Fault(
                "distribution_compression",
                WEB,
                "          Compress: true\n",
                "",
            ),
            Fault(
                "distribution_origin_tls",
                WEB,
                "OriginProtocolPolicy: https-only",
                "OriginProtocolPolicy: match-viewer",
            ),
            Fault(
                "distribution_origin_tls",
                WEB,
                "OriginSSLProtocols: [TLSv1.2]",
                "OriginSSLProtocols: [TLSv1.2, SSLv3]",
            ),
            Fault(
                "distribution_origin_access",
                S3,
                "            OriginAccessControlId: !GetAtt OriginAccess.Id\n",
                "",
            ),
            Fault(
                "vpc_origin_tls",
                PRIVATE,
                "        OriginProtocolPolicy: https-only\n",
                "",
            ),
            Fault("cache_policy_ttls", WEB, "        MinTTL: 0\n", ""),
        ],
    ),
    (
        "network",
        &[
            Fault(
                "cache_no_address_ingress",
                CACHE,
                "          SourceSecurityGroupId: !Ref ClientSecurityGroup",
                "          CidrIp: 0.0.0.0/0",
            ),
            Fault(
                "cache_no_address_ingress_rule",
                FILES,
                "      SourceSecurityGroupId: !Ref CacheSecurityGroup",
                "      CidrIp: 10.0.0.0/8",
            ),
        ],
    ),
];

/// Names of the rules in a file.
fn rules(file: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(format!("templates/policy/{file}.guard")).unwrap();
    text.lines()
        .filter_map(|l| l.strip_prefix("rule ")?.split_whitespace().next())
        .map(ToOwned::to_owned)
        .collect()
}

fn mutated(fault: &Fault) -> String {
    let Fault(rule, base, from, to) = fault;
    let good = template(base);
    assert!(
        good.contains(from),
        "{rule}: {base} does not contain {from:?}\n{good}"
    );
    good.replace(from, to)
}

/// Per file of a directory: the rules that hold and the rules that do not.
fn validate(
    cfn_guard: &Path,
    rules: &str,
    dir: &Path,
) -> BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)> {
    let mut command = Command::new(cfn_guard);
    command
        .args([
            "validate",
            "--structured",
            "--output-format",
            "json",
            "--show-summary",
            "none",
            "--rules",
        ])
        .arg(rules)
        .arg("--data")
        .arg(dir);
    let output = tools::run(&mut command);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{rules}: {e}\n{}", tools::text(&output)));
    let names = |list: &Value| -> BTreeSet<String> {
        let name = |v: &Value| {
            v.as_str()
                .or(v["Rule"]["name"].as_str())
                .unwrap_or_default()
                .to_owned()
        };
        list.as_array().into_iter().flatten().map(name).collect()
    };
    let files = report.as_array().unwrap();
    files
        .iter()
        .map(|f| {
            (
                f["name"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
                (names(&f["compliant"]), names(&f["not_compliant"])),
            )
        })
        .collect()
}

fn cfn_guard() -> Option<std::path::PathBuf> {
    tools::find("cfn-guard", &[".tools/bin/cfn-guard"])
}

#[test]
fn every_rule_has_a_fault_and_there_are_enough_rules() {
    for (file, faults) in FAULTS {
        let tried: BTreeSet<String> = faults.iter().map(|f| f.0.to_owned()).collect();
        assert_eq!(tried, rules(file), "{file}");
    }
    for file in ["serverless-cache", "directory-bucket", "file-cache"] {
        assert!(rules(file).len() >= 5, "{file}");
    }
    let files = fs::read_dir("templates/policy").unwrap().count();
    assert_eq!(files, FAULTS.len(), "a rule file is not tested");
    for fault in FAULTS.iter().flat_map(|f| f.1) {
        parse(&mutated(fault));
    }
}

#[test]
fn the_rules_hold_on_every_stack() {
    let Some(cfn_guard) = cfn_guard() else { return };
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    // One file per structure: the rules look at no Region, and zones come from a parameter.
    for one in matrix()
        .rendered
        .iter()
        .filter(|r| seen.insert(shape(&parse(&r.stack.template))))
    {
        fs::write(
            dir.path().join(format!("{}.yaml", one.name)),
            &one.stack.template,
        )
        .unwrap();
    }
    // Our stacks leave the name to CloudFormation; a team's may name the bucket, and name it well.
    let named = template(BUCKET).replace(
        "      DataRedundancy:",
        "      BucketName: reference-data--use1-az4--x-s3\n      DataRedundancy:",
    );
    fs::write(dir.path().join("named.yaml"), named).unwrap();
    let count = seen.len() + 1;
    let mut held = 0;
    for (file, _) in FAULTS {
        let results = validate(
            &cfn_guard,
            &format!("templates/policy/{file}.guard"),
            dir.path(),
        );
        assert_eq!(results.len(), count, "{file}");
        let mut ever = BTreeSet::new();
        for (name, (compliant, broken)) in results {
            assert!(broken.is_empty(), "{file}: {name} breaks {broken:?}");
            held += compliant.len();
            ever.extend(compliant);
        }
        assert_eq!(ever, rules(file), "{file}: a rule is never applied");
    }
    eprintln!("cfn-guard: {count} templates, {held} rules applied and held");
}

#[test]
fn every_rule_catches_its_fault() {
    let Some(cfn_guard) = cfn_guard() else { return };
    let mut count = 0;
    for (file, faults) in FAULTS {
        let dir = tempfile::tempdir().unwrap();
        for (i, fault) in faults.iter().enumerate() {
            fs::write(dir.path().join(format!("{i:02}.yaml")), mutated(fault)).unwrap();
        }
        let results = validate(
            &cfn_guard,
            &format!("templates/policy/{file}.guard"),
            dir.path(),
        );
        for (i, Fault(rule, base, from, to)) in faults.iter().enumerate() {
            let (_, broken) = &results[&format!("{i:02}.yaml")];
            assert!(
                broken.contains(*rule),
                "{file}: {rule} does not catch {from:?} -> {to:?} in {base}; caught: {broken:?}"
            );
            count += 1;
        }
    }
    eprintln!(
        "cfn-guard: {count} faults caught by {} rules",
        FAULTS.iter().map(|f| rules(f.0).len()).sum::<usize>()
    );
}

#[test]
fn a_teams_policy_runs_through_the_installed_tool() {
    let Some(cfn_guard) = cfn_guard() else { return };
    let rules = Path::new("templates/policy/table.guard");
    assert_eq!(
        policy::check(&cfn_guard, template(TABLE), rules).unwrap(),
        []
    );
    let broken = template(TABLE).replace("PAY_PER_REQUEST", "PROVISIONED");
    let found = policy::check(&cfn_guard, &broken, rules).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rule, "table_on_demand");
    assert!(
        found[0]
            .messages
            .iter()
            .any(|m| m.contains("PAY_PER_REQUEST")),
        "{found:?}"
    );
    let dir = tempfile::tempdir().unwrap();
    let nonsense = dir.path().join("x.guard");
    fs::write(&nonsense, "rule { nonsense").unwrap();
    let error = policy::check(&cfn_guard, template(TABLE), &nonsense).unwrap_err();
    assert!(error.to_string().contains("x.guard"), "{error}");
}
