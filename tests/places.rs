//! What a deployment asks about the places its parameters name, before anything is changed: subnets, gateway endpoints, the
//! key, the certificate. CloudFormation is the stand-in; the other services are answers of their documented form.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

#[path = "support/fake_cfn/mod.rs"]
mod fake_cfn;
#[path = "support/stacks.rs"]
mod stacks;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use fake_cfn::Fake;
use stacks::{Desk, Run};

const TEMPLATE: &str = "\
Parameters:
  VpcId: {Type: String}
  SubnetIds: {Type: CommaDelimitedList}
  RouteTableIds: {Type: CommaDelimitedList}
  KmsKeyArn: {Type: String}
  CertificateArn: {Type: String}
  DomainNames: {Type: CommaDelimitedList}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Way:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Gateway
      ServiceName: !Sub \"com.amazonaws.${AWS::Region}.dynamodb\"
";

/// One answer a question: subnets, endpoints, key, certificate.
#[derive(Clone, Copy)]
struct Account {
    subnets: &'static str,
    endpoints: &'static str,
    key: (u16, &'static str),
    certificate: (u16, &'static str),
}

const GOOD: Account = Account {
    subnets: "<DescribeSubnetsResponse><subnetSet>\
        <item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><availableIpAddressCount>250</availableIpAddressCount></item>\
        <item><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1b</availabilityZone><availableIpAddressCount>250</availableIpAddressCount></item>\
        </subnetSet></DescribeSubnetsResponse>",
    endpoints: "<DescribeVpcEndpointsResponse><vpcEndpointSet/></DescribeVpcEndpointsResponse>",
    key: (200, r#"{"KeyMetadata": {"KeyState": "Enabled"}}"#),
    certificate: (
        200,
        r#"{"Certificate": {"Status": "ISSUED", "SubjectAlternativeNames": ["*.example.com"]}}"#,
    ),
};

/// CloudFormation and STS go on to the stand-in, the questions are answered here.
fn front(fake: &str, account: Account) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behind = fake.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let behind = behind.clone();
            std::thread::spawn(move || one(&mut stream.unwrap(), &behind, account));
        }
    });
    url
}

fn one(stream: &mut TcpStream, behind: &str, account: Account) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
        if !line.to_ascii_lowercase().starts_with("connection:") {
            head.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let text = String::from_utf8_lossy(&body);
    let lower = head.to_ascii_lowercase();
    let signed_for = |service: &str| lower.contains(&format!("/{service}/aws4_request"));
    let answer = if text.contains("Action=DescribeSubnets") && signed_for("ec2") {
        (200, account.subnets)
    } else if text.contains("Action=DescribeVpcEndpoints") && signed_for("ec2") {
        (200, account.endpoints)
    } else if head.contains("TrentService.DescribeKey") && signed_for("kms") {
        account.key
    } else if head.contains("CertificateManager.DescribeCertificate") && signed_for("acm") {
        account.certificate
    } else {
        let mut server = TcpStream::connect(behind).unwrap();
        let request = format!("{head}Connection: close\r\n\r\n");
        server.write_all(request.as_bytes()).unwrap();
        server.write_all(&body).unwrap();
        let mut all = Vec::new();
        let _ = server.read_to_end(&mut all);
        let _ = stream.write_all(&all);
        return;
    };
    let (status, body) = answer;
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn deploy(account: Account) -> (Run, bool) {
    let fake = Fake::start();
    let desk = Desk::new(&front(&fake.url(), account));
    desk.write(TEMPLATE, "one");
    let parameters = [
        ("VpcId", "vpc-1"),
        ("SubnetIds", "subnet-1,subnet-2"),
        ("RouteTableIds", "rtb-1"),
        ("KmsKeyArn", "arn:aws:kms:us-east-1:111122223333:key/1"),
        (
            "CertificateArn",
            "arn:aws:acm:us-east-1:111122223333:certificate/1",
        ),
        ("DomainNames", "www.example.com"),
    ]
    .map(|(key, value)| serde_json::json!({ "ParameterKey": key, "ParameterValue": value }));
    let text = serde_json::json!(parameters).to_string();
    std::fs::write(desk.path("app/parameters.json"), text).unwrap();
    let run = desk.deploy("");
    let begun = !fake.state().begun.is_empty();
    (run, begun)
}

#[test]
fn an_account_that_fits_is_deployed_to() {
    let (run, begun) = deploy(GOOD);
    run.ends(0);
    assert!(begun);
}

#[test]
fn what_does_not_fit_is_named_before_anything_is_changed() {
    let one_zone = Account {
        subnets: "<r><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone></r>",
        ..GOOD
    };
    let elsewhere = Account {
        subnets: "<r><vpcId>vpc-2</vpcId><availabilityZone>us-east-1a</availabilityZone></r>",
        ..GOOD
    };
    let taken = Account {
        endpoints: "<r><vpcEndpointId>vpce-9</vpcEndpointId><routeTableIdSet><item>rtb-1</item></routeTableIdSet></r>",
        ..GOOD
    };
    let off = Account {
        key: (200, r#"{"KeyMetadata": {"KeyState": "PendingDeletion"}}"#),
        ..GOOD
    };
    let gone = Account {
        key: (
            400,
            r#"{"__type": "NotFoundException", "message": "Key '1' does not exist"}"#,
        ),
        ..GOOD
    };
    let pending = Account {
        certificate: (200, r#"{"Certificate": {"Status": "PENDING_VALIDATION"}}"#),
        ..GOOD
    };
    let other = Account {
        certificate: (
            200,
            r#"{"Certificate": {"Status": "ISSUED", "SubjectAlternativeNames": ["example.org"]}}"#,
        ),
        ..GOOD
    };
    for (account, said) in [
        (one_zone, "are in one zone"),
        (elsewhere, "belong to vpc-2"),
        (taken, "deployment.gateway_endpoint=existing"),
        (off, "the key is PendingDeletion"),
        (gone, "Key '1' does not exist"),
        (pending, "it is PENDING_VALIDATION"),
        (other, "it carries example.org, not www.example.com"),
    ] {
        let (run, begun) = deploy(account);
        run.ends(7).says(said).says("nothing was changed");
        assert!(!begun, "{said}");
    }
}

#[test]
fn what_may_not_be_asked_stops_nobody() {
    let denied = (
        400,
        r#"{"__type": "AccessDeniedException", "message": "not authorized"}"#,
    );
    let (run, begun) = deploy(Account {
        key: denied,
        certificate: denied,
        ..GOOD
    });
    run.ends(0);
    assert!(begun);
}
