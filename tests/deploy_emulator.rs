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

impl Emulator {
    fn ask(&self, service: &str, kind: &str, target: &str, body: &str) -> String {
        let scope = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let mut response = ureq::post(&self.url)
            .header("X-Amz-Target", target)
            .header("Content-Type", kind)
            .header("Authorization", scope)
            .send(body)
            .unwrap();
        response.body_mut().read_to_string().unwrap()
    }

    /// The setting that names a key that is there: `deploy` asks for it.
    fn key(&self) -> String {
        let json = "application/x-amz-json-1.1";
        let text = self.ask("kms", json, "TrentService.CreateKey", "{}");
        let made: serde_json::Value = serde_json::from_str(&text).unwrap();
        let arn = made["KeyMetadata"]["Arn"].as_str().unwrap();
        format!("kms_key_arn: \"{arn}\"")
    }

    /// The bucket that profiles name.
    fn bucket(&self) {
        let made = ureq::put(format!("{}/pictures-of-cats", self.url)).send("");
        assert!(made.unwrap().status().is_success());
    }

    /// A certificate that is there, for the host name of the profiles.
    fn certificate(&self) -> String {
        let json = "application/x-amz-json-1.1";
        let body =
            r#"{"DomainName": "www.example.com", "SubjectAlternativeNames": ["www.example.com"]}"#;
        let text = self.ask("acm", json, "CertificateManager.RequestCertificate", body);
        let made: serde_json::Value = serde_json::from_str(&text).unwrap();
        made["CertificateArn"].as_str().unwrap().to_owned()
    }

    /// The VPC that is there and two subnets in different zones of it.
    fn network(&self) -> [String; 3] {
        let form = "application/x-www-form-urlencoded";
        let body = "Action=DescribeSubnets&Version=2016-11-15";
        let xml = self.ask("ec2", form, "", body);
        let all = |name: &str| -> Vec<String> {
            let open = format!("<{name}>");
            xml.split(&open)
                .skip(1)
                .map(|rest| rest.split('<').next().unwrap().to_owned())
                .collect()
        };
        let (vpcs, subnets) = (all("vpcId"), all("subnetId"));
        [vpcs[0].clone(), subnets[0].clone(), subnets[1].clone()]
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

/// Stacks that `generate` makes and the emulator can carry.
struct Generated {
    service: &'static str,
    variants: &'static [&'static str],
    /// Lines of the profile.
    shape: &'static str,
    /// Settings under `deployment`.
    deployment: &'static [&'static str],
    parameters: &'static str,
}

/// Switches of `deployment`; every combination of them and of a key is tried with every stack.
const ALARM: &str = "alarm_email: ops@example.com";
const CERTIFICATE: &str = "arn:aws:acm:us-east-1:111122223333:certificate/abc";
const DOMAIN: &[&str] = &[
    "domain_names: [www.example.com]",
    "certificate_arn: \"arn:aws:acm:us-east-1:111122223333:certificate/abc\"",
];

const GENERATED: &[Generated] = &[
    Generated {
        service: "dynamodb",
        variants: &["standard", "standard-ia"],
        shape: "layer: application",
        deployment: &[],
        parameters: "",
    },
    Generated {
        service: "dynamodb",
        variants: &["standard", "standard-ia"],
        shape: "layer: application\nprivate_access: required\nnetwork: { vpc: existing }",
        deployment: &["vpc_id: vpc-0123456789abcdef0"],
        parameters: "--parameter RouteTableIds=rtb-0123456789abcdef0",
    },
    Generated {
        service: "dynamodb",
        variants: &["standard", "standard-ia"],
        shape: "layer: application\nrequirements: { durability: survives-az-loss }",
        deployment: &[],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: other }",
        deployment: &["origin_domain: www.example.org"],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: other }",
        deployment: &["origin_domain: www.example.org", DOMAIN[0], DOMAIN[1]],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: s3 }",
        deployment: &[],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: s3 }",
        deployment: &["origin_bucket: pictures-of-cats"],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: s3 }",
        deployment: DOMAIN,
        parameters: "",
    },
    Generated {
        service: "dynamodb",
        variants: &["standard"],
        shape: "layer: application",
        deployment: &["dashboard: true", "tags: [team=shop]"],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: s3 }",
        deployment: &[
            "single_page: true",
            "cors: true",
            "tags: [team=shop]",
            "price_class: PriceClass_100",
        ],
        parameters: "",
    },
    Generated {
        service: "cloudfront",
        variants: &["pay-as-you-go"],
        shape: "layer: edge\norigin: { kind: s3 }",
        deployment: &["directory_index: true", "allowed_countries: [DE, NO]"],
        parameters: "",
    },
    Generated {
        service: "dynamodb",
        variants: &["standard", "standard-provisioned"],
        shape: "layer: application\nrequirements: { multi_region: reads, replica_regions: [eu-west-1] }",
        deployment: &[],
        parameters: "",
    },
];

/// Without what the emulator does not carry.
#[test]
fn the_whole_life_of_every_generated_stack_the_emulator_knows() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let key = emulator.key();
    let key = key.as_str();
    let certificate = emulator.certificate();
    emulator.bucket();
    // Names of buckets, tables and policies come from the stack's name, so lives do not meet.
    let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
    let next = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let desk = Desk::new(&emulator.url);
                loop {
                    let n = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    let Some(case) = GENERATED.get(n / 4) else {
                        return;
                    };
                    let more = [vec![], vec![key], vec![ALARM], vec![key, ALARM]];
                    let more = more[n % 4].as_slice();
                    // The emulator's key is one Region's, which a table in several is rightly refused.
                    if case.shape.contains("replica_regions") && more.contains(&key) {
                        continue;
                    }
                    for (v, variant) in case.variants.iter().enumerate() {
                        life(
                            &desk,
                            case,
                            variant,
                            more,
                            &format!("g{n}v{v}"),
                            &seen,
                            &certificate,
                        );
                    }
                }
            });
        }
    });
    let seen = seen.into_inner().unwrap();
    eprintln!("{} distinct generated stacks lived and ended", seen.len());
    assert!(seen.len() >= 30, "{}", seen.len());
}

fn life(
    desk: &Desk,
    case: &Generated,
    variant: &str,
    more: &[&str],
    name: &str,
    seen: &std::sync::Mutex<std::collections::BTreeSet<String>>,
    certificate: &str,
) {
    let settings = [case.deployment, more].concat().join(", ");
    let settings = settings.replace(CERTIFICATE, certificate);
    let profile = format!(
        "version: 1\nname: life\nregion: us-east-1\n{}\ntraffic: {{ reads: 1200/s, writes: 40/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }}\ndeployment: {{ {settings} }}\n",
        case.shape
    );
    std::fs::write(desk.path("life.yaml"), profile).unwrap();
    let service = case.service;
    desk.run(&format!(
        "generate life.yaml --service {service} --variant {variant} --output g --force"
    ))
    .ends(0);
    let template = desk.path("g/template.yaml");
    let whole = std::fs::read_to_string(&template).unwrap();
    // Without the head, which tells the profile: does the option change anything?
    let body = whole
        .split_once("\nParameters:")
        .map_or(whole.as_str(), |(_, body)| body);
    if !seen.lock().unwrap().insert(body.to_owned()) {
        return;
    }
    std::fs::write(&template, carried(&whole)).unwrap();
    // A route table takes one gateway endpoint, so each life has its own.
    let number = name.replace(|c: char| !c.is_ascii_digit(), "0");
    let table = format!("rtb-{number:0>17}");
    let parameters = case.parameters.replace("rtb-0123456789abcdef0", &table);
    let deploy = format!("deploy g --stack-name {name} --yes --poll-ms 20 {parameters}");
    let run = desk
        .run(&deploy)
        .ends(0)
        .says("is ready")
        .says("USD a month");
    assert!(run.out.contains(service), "the outputs: {}", run.out);
    desk.run(&deploy).ends(0).says("No changes");
    desk.run(&format!("drift {name} --poll-ms 20"))
        .ends(0)
        .says("in sync");
    desk.run(&format!("status {name}"))
        .ends(0)
        .says("CREATE_COMPLETE");
    verified(desk, service, name);
    desk.run(&format!("destroy {name} --confirm {name} --poll-ms 20"))
        .ends(0)
        .says("is deleted");
}

/// A table is written to and read; of a protected one the emulator tells what no SDK can read, and that is what is said.
fn verified(desk: &Desk, service: &str, name: &str) {
    if service != "dynamodb" {
        return;
    }
    let run = desk.run(&format!("verify {name} --operations 5"));
    let all = format!("{}{}", run.out, run.err);
    let read = all.contains("put and get") && all.contains("5 reads: p50");
    let unread = all.contains("is not what AWS answers") && !all.contains("check the network");
    assert!(read || unread, "{all}");
}

/// The same stack as its profile changes: alarms come, the table's class changes, alarms go again.
#[test]
fn a_generated_stack_follows_its_profile() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    for (case, name) in [(&GENERATED[0], "table"), (&GENERATED[5], "edge")] {
        let last = case.variants.len() - 1;
        for (variant, more, said) in [
            (0, &[][..], "Create stack"),
            (0, &[ALARM], "added"),
            (
                last,
                &[ALARM],
                if last == 0 {
                    "No changes"
                } else {
                    "Update stack"
                },
            ),
            (last, &[], "removed"),
        ] {
            let settings = [case.deployment, more].concat().join(", ");
            let profile = format!(
                "version: 1\nname: life\nregion: us-east-1\n{}\ntraffic: {{ reads: 1200/s, writes: 40/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }}\ndeployment: {{ {settings} }}\n",
                case.shape
            );
            std::fs::write(desk.path("life.yaml"), profile).unwrap();
            let variant = case.variants[variant];
            desk.run(&format!(
                "generate life.yaml --service {} --variant {variant} --output g --force",
                case.service
            ))
            .ends(0);
            let template = desk.path("g/template.yaml");
            let whole = std::fs::read_to_string(&template).unwrap();
            std::fs::write(&template, carried(&whole)).unwrap();
            let run = desk.run(&format!(
                "deploy g --stack-name {name} --yes --poll-ms 20 --allow-replacement"
            ));
            run.ends(0).says(said);
        }
        desk.run(&format!("destroy {name} --confirm {name} --poll-ms 20"))
            .ends(0)
            .says("is deleted");
    }
}

/// What keeps the other generated stacks off the emulator: exactly these types, by its own answer. When it
/// learns one of them, this test fails and the stack belongs into [`GENERATED`].
const REFUSED: &[(&str, &str, &str, &[&str])] = &[
    // The cheapest variant of this load has capacity that scales.
    (
        "dynamodb",
        "layer: application",
        "",
        &[
            "AWS::ApplicationAutoScaling::ScalableTarget",
            "AWS::ApplicationAutoScaling::ScalingPolicy",
        ],
    ),
    (
        "elasticache-serverless",
        "layer: application\nprivate_access: required\nnetwork: { vpc: existing }",
        "deployment: { vpc_id: vpc-0123456789abcdef0, subnet_ids: [subnet-0123456789abcdef0, subnet-0123456789abcdef1] }",
        &["AWS::ElastiCache::ServerlessCache"],
    ),
    (
        "s3-express",
        "layer: application\ninterface: object",
        "",
        &[
            "AWS::S3Express::BucketPolicy",
            "AWS::S3Express::DirectoryBucket",
        ],
    ),
    (
        "file-cache",
        "layer: storage\ninterface: posix\norigin: { kind: s3 }\ncompute: [ec2]\nnetwork: { vpc: existing }",
        "deployment: { vpc_id: vpc-0123456789abcdef0, subnet_ids: [subnet-0123456789abcdef0] }",
        &["AWS::EC2::SecurityGroupIngress", "AWS::FSx::FileCache"],
    ),
    (
        "cloudfront",
        "layer: edge\norigin: { kind: other }",
        "deployment: { origin_domain: www.example.org }",
        &[
            "AWS::Logs::Delivery",
            "AWS::Logs::DeliveryDestination",
            "AWS::Logs::DeliverySource",
        ],
    ),
];

/// When the emulator learns metric math, `carried` keeps those alarms.
#[test]
fn the_emulator_refuses_alarms_on_metric_math() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    let profile = format!(
        "version: 1\nname: life\nregion: us-east-1\nlayer: application\ntraffic: {{ reads: 1200/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB, ttl: 1 day }}\ndeployment: {{ {ALARM} }}\n"
    );
    std::fs::write(desk.path("life.yaml"), profile).unwrap();
    desk.run("generate life.yaml --service dynamodb --variant standard --output g")
        .ends(0);
    desk.run("deploy g --stack-name math --yes --poll-ms 20")
        .ends(7)
        .says("Metrics (metric math) is not supported");
}

#[test]
fn the_stacks_the_emulator_refuses_are_refused_for_their_types_alone() {
    let Some(emulator) = Emulator::start() else {
        return;
    };
    let desk = Desk::new(&emulator.url);
    let [vpc, first, second] = emulator.network();
    emulator.bucket();
    for (service, shape, deployment, types) in REFUSED {
        let deployment = deployment
            .replace("vpc-0123456789abcdef0", &vpc)
            .replace("subnet-0123456789abcdef0", &first)
            .replace("subnet-0123456789abcdef1", &second);
        // Files do not expire.
        let ttl = if shape.contains("posix") {
            ""
        } else {
            ", ttl: 1 day"
        };
        let profile = format!(
            "version: 1\nname: life\nregion: us-east-1\n{shape}\ntraffic: {{ reads: 1200/s, writes: 40/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB{ttl} }}\n{deployment}\n"
        );
        std::fs::write(desk.path("life.yaml"), profile).unwrap();
        desk.run(&format!(
            "generate life.yaml --service {service} --output g --force"
        ))
        .ends(0);
        let more = if shape.contains("posix") {
            "--parameter RepositoryPath=s3://pictures-of-cats/data/"
        } else {
            ""
        };
        let run = desk.run(&format!(
            "deploy g --stack-name r --yes --poll-ms 20 {more}"
        ));
        assert_eq!(run.code, Some(7), "{service}: {}{}", run.out, run.err);
        run.says(&format!(
            "Unrecognized resource types: [{}]",
            types.join(", ")
        ));
    }
}

/// What the emulator carries: it knows no log delivery, and of alarms no metric math.
fn carried(template: &str) -> String {
    let (mut out, mut resource) = (String::new(), String::new());
    let mut finish = |resource: &mut String| {
        let math = resource.contains("Type: AWS::CloudWatch::Alarm")
            && resource.contains("      Metrics:");
        if !math && !resource.contains("Type: AWS::Logs::") {
            out.push_str(resource);
        }
        resource.clear();
    };
    for line in template.lines() {
        let begins = line.starts_with("  ") && !line.starts_with("   ") || !line.starts_with(' ');
        if begins && !line.is_empty() {
            finish(&mut resource);
        }
        resource.push_str(line);
        resource.push('\n');
    }
    finish(&mut resource);
    out
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
