//! What a deployment asks about the places its parameters name, before anything is changed: subnets, gateway endpoints, the
//! key, the certificate, and what else is named. CloudFormation is the stand-in; the other services are answers of their documented form.

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
  ClientSecurityGroupId: {Type: String}
  OriginBucketName: {Type: String}
  OriginRegion: {Type: String}
  OriginArn: {Type: String}
  HostedZoneId: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
  Cache:
    Type: AWS::ElastiCache::ServerlessCache
  Way:
    Type: AWS::EC2::VPCEndpoint
    Properties:
      VpcEndpointType: Gateway
      ServiceName: !Sub \"com.amazonaws.${AWS::Region}.dynamodb\"
";

/// An answer to a question: what the question says, the service it is signed for, status, further headers, text.
#[derive(Clone, Copy)]
struct Answer(&'static str, &'static str, u16, &'static str, &'static str);

const GOOD: &[Answer] = &[
    Answer(
        "Action=DescribeSubnets",
        "ec2",
        200,
        "",
        "<DescribeSubnetsResponse><subnetSet>\
        <item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><availableIpAddressCount>250</availableIpAddressCount></item>\
        <item><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><availabilityZone>us-east-1b</availabilityZone><availableIpAddressCount>250</availableIpAddressCount></item>\
        </subnetSet></DescribeSubnetsResponse>",
    ),
    Answer(
        "Action=DescribeVpcEndpoints",
        "ec2",
        200,
        "",
        "<DescribeVpcEndpointsResponse><vpcEndpointSet/></DescribeVpcEndpointsResponse>",
    ),
    Answer(
        "Action=DescribeSecurityGroups",
        "ec2",
        200,
        "",
        "<r><item><groupId>sg-1</groupId><vpcId>vpc-1</vpcId></item></r>",
    ),
    Answer(
        "Action=DescribeRouteTables",
        "ec2",
        200,
        "",
        "<r><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId></item></r>",
    ),
    Answer(
        "Action=DescribeInternetGateways",
        "ec2",
        200,
        "",
        "<r><item><internetGatewayId>igw-1</internetGatewayId></item></r>",
    ),
    Answer(
        "TrentService.DescribeKey",
        "kms",
        200,
        "",
        r#"{"KeyMetadata": {"KeyState": "Enabled"}}"#,
    ),
    Answer(
        "CertificateManager.DescribeCertificate",
        "acm",
        200,
        "",
        r#"{"Certificate": {"Status": "ISSUED", "SubjectAlternativeNames": ["*.example.com"]}}"#,
    ),
    Answer(
        "HEAD /pictures-of-cats",
        "s3",
        200,
        "x-amz-bucket-region: us-east-1\r\n",
        "",
    ),
    Answer(
        "Action=DescribeLoadBalancers",
        "elasticloadbalancing",
        200,
        "",
        "<r><member><VpcId>vpc-1</VpcId><Scheme>internal</Scheme><State><Code>active</Code></State></member></r>",
    ),
    Answer(
        "Action=DescribeListeners",
        "elasticloadbalancing",
        200,
        "",
        "<r><member><Port>80</Port></member><member><Port>443</Port></member></r>",
    ),
    Answer(
        "rrset?",
        "route53",
        200,
        "",
        "<r><ResourceRecordSets><ResourceRecordSet><Name>example.com.</Name><Type>NS</Type></ResourceRecordSet></ResourceRecordSets></r>",
    ),
    Answer(
        "GET /2013-04-01/hostedzone/Z1 ",
        "route53",
        200,
        "",
        "<r><HostedZone><Name>example.com.</Name><Config><PrivateZone>false</PrivateZone></Config></HostedZone></r>",
    ),
    Answer(
        "Action=DescribeServerlessCaches",
        "elasticache",
        200,
        "",
        "<r><ServerlessCacheName>a</ServerlessCacheName><ServerlessCacheName>b</ServerlessCacheName></r>",
    ),
    Answer(
        "ServiceQuotasV20190624.GetServiceQuota",
        "servicequotas",
        200,
        "",
        r#"{"Quota": {"Value": 40.0}}"#,
    ),
];

/// The good answers but one.
fn but(other: Answer) -> Vec<Answer> {
    let mut all = GOOD.to_vec();
    let place = all.iter().position(|a| a.0 == other.0).unwrap();
    all[place] = other;
    all
}

/// CloudFormation and STS go on to the stand-in, the questions are answered here.
fn front(fake: &str, account: Vec<Answer>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let behind = fake.trim_start_matches("http://").to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (behind, account) = (behind.clone(), account.clone());
            std::thread::spawn(move || one(&mut stream.unwrap(), &behind, &account));
        }
    });
    url
}

fn one(stream: &mut TcpStream, behind: &str, account: &[Answer]) {
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
    let asked = |a: &&Answer| (text.contains(a.0) || head.contains(a.0)) && signed_for(a.1);
    let Some(Answer(_, _, status, headers, body)) = account.iter().find(asked) else {
        let mut server = TcpStream::connect(behind).unwrap();
        let request = format!("{head}Connection: close\r\n\r\n");
        server.write_all(request.as_bytes()).unwrap();
        server.write_all(&body).unwrap();
        let mut all = Vec::new();
        let _ = server.read_to_end(&mut all);
        let _ = stream.write_all(&all);
        return;
    };
    let _ = write!(
        stream,
        "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
}

fn deploy(account: Vec<Answer>) -> (Run, bool) {
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
        ("ClientSecurityGroupId", "sg-1"),
        ("OriginBucketName", "pictures-of-cats"),
        ("OriginRegion", "us-east-1"),
        (
            "OriginArn",
            "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/a/1",
        ),
        ("HostedZoneId", "Z1"),
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
    let (run, begun) = deploy(GOOD.to_vec());
    run.ends(0);
    assert!(begun);
}

/// An answer, and what `deploy` says of it.
const UNFIT: &[(Answer, &str)] = &[
    (
        Answer(
            "Action=DescribeSubnets",
            "ec2",
            200,
            "",
            "<r><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone><vpcId>vpc-1</vpcId><availabilityZone>us-east-1a</availabilityZone></r>",
        ),
        "are in one zone",
    ),
    (
        Answer(
            "Action=DescribeSubnets",
            "ec2",
            200,
            "",
            "<r><vpcId>vpc-2</vpcId><availabilityZone>us-east-1a</availabilityZone></r>",
        ),
        "belong to vpc-2",
    ),
    (
        Answer(
            "Action=DescribeVpcEndpoints",
            "ec2",
            200,
            "",
            "<r><vpcEndpointId>vpce-9</vpcEndpointId><routeTableIdSet><item>rtb-1</item></routeTableIdSet></r>",
        ),
        "deployment.gateway_endpoint=existing",
    ),
    (
        Answer(
            "Action=DescribeSecurityGroups",
            "ec2",
            200,
            "",
            "<r><vpcId>vpc-2</vpcId></r>",
        ),
        "sg-1: one belongs to vpc-2, the parameter VpcId says vpc-1",
    ),
    (
        Answer(
            "Action=DescribeRouteTables",
            "ec2",
            400,
            "",
            "<Response><Errors><Error><Code>InvalidRouteTableID.NotFound</Code><Message>The routeTable ID 'rtb-1' does not exist</Message></Error></Errors></Response>",
        ),
        "'rtb-1' does not exist",
    ),
    (
        Answer("Action=DescribeInternetGateways", "ec2", 200, "", "<r/>"),
        "its VPC vpc-1 has no internet gateway attached",
    ),
    (
        Answer(
            "TrentService.DescribeKey",
            "kms",
            200,
            "",
            r#"{"KeyMetadata": {"KeyState": "PendingDeletion"}}"#,
        ),
        "the key is PendingDeletion",
    ),
    (
        Answer(
            "TrentService.DescribeKey",
            "kms",
            400,
            "",
            r#"{"__type": "NotFoundException", "message": "Key '1' does not exist"}"#,
        ),
        "Key '1' does not exist",
    ),
    (
        Answer(
            "CertificateManager.DescribeCertificate",
            "acm",
            200,
            "",
            r#"{"Certificate": {"Status": "PENDING_VALIDATION"}}"#,
        ),
        "it is PENDING_VALIDATION",
    ),
    (
        Answer(
            "CertificateManager.DescribeCertificate",
            "acm",
            200,
            "",
            r#"{"Certificate": {"Status": "ISSUED", "SubjectAlternativeNames": ["example.org"]}}"#,
        ),
        "it carries example.org, not www.example.com",
    ),
    (
        Answer("HEAD /pictures-of-cats", "s3", 404, "", ""),
        "there is no bucket `pictures-of-cats`",
    ),
    (
        Answer(
            "HEAD /pictures-of-cats",
            "s3",
            301,
            "x-amz-bucket-region: eu-west-1\r\n",
            "",
        ),
        "pictures-of-cats is in eu-west-1, the parameter OriginRegion says us-east-1",
    ),
    (
        Answer(
            "Action=DescribeLoadBalancers",
            "elasticloadbalancing",
            400,
            "",
            "<r><Error><Code>LoadBalancerNotFound</Code><Message>Load balancers 'a' not found</Message></Error></r>",
        ),
        "Load balancers 'a' not found",
    ),
    (
        Answer(
            "Action=DescribeLoadBalancers",
            "elasticloadbalancing",
            200,
            "",
            "<r><State><Code>provisioning</Code></State></r>",
        ),
        "it is provisioning",
    ),
    (
        Answer(
            "Action=DescribeListeners",
            "elasticloadbalancing",
            200,
            "",
            "<r><Port>80</Port></r>",
        ),
        "no listener on port 443",
    ),
    (
        Answer(
            "rrset?",
            "route53",
            200,
            "",
            "<r><ResourceRecordSet><Name>www.example.com.</Name><Type>CNAME</Type></ResourceRecordSet></r>",
        ),
        "example.com has a record CNAME of www.example.com already",
    ),
    (
        Answer(
            "GET /2013-04-01/hostedzone/Z1 ",
            "route53",
            200,
            "",
            "<r><Name>example.org.</Name></r>",
        ),
        "it is the zone of example.org, which www.example.com is not below",
    ),
    (
        Answer(
            "GET /2013-04-01/hostedzone/Z1 ",
            "route53",
            200,
            "",
            "<r><Name>example.com.</Name><PrivateZone>true</PrivateZone></r>",
        ),
        "example.com is a private zone",
    ),
    (
        Answer(
            "ServiceQuotasV20190624.GetServiceQuota",
            "servicequotas",
            200,
            "",
            r#"{"Quota": {"Value": 2.0}}"#,
        ),
        "2 of 2 serverless caches of this account and Region are in use",
    ),
];

#[test]
fn what_does_not_fit_is_named_before_anything_is_changed() {
    for (answer, said) in UNFIT {
        let (run, begun) = deploy(but(*answer));
        run.ends(7).says(said).says("nothing was changed");
        assert!(!begun, "{said}");
    }
}

#[test]
fn a_load_balancer_that_faces_the_internet_is_remarked() {
    let open = Answer(
        "Action=DescribeLoadBalancers",
        "elasticloadbalancing",
        200,
        "",
        "<r><VpcId>vpc-1</VpcId><Scheme>internet-facing</Scheme><Code>active</Code></r>",
    );
    let (run, begun) = deploy(but(open));
    run.ends(0).says("viewers can go around the distribution");
    assert!(begun);
}

#[test]
fn what_may_not_be_asked_stops_nobody() {
    let json = r#"{"__type": "AccessDeniedException", "message": "not authorized"}"#;
    let xml = "<r><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></r>";
    let text = |a: &Answer| if a.0.contains('.') { json } else { xml };
    let denied = GOOD.iter().map(|a| Answer(a.0, a.1, 403, "", text(a)));
    let (run, begun) = deploy(denied.collect());
    run.ends(0);
    assert!(begun);
}
