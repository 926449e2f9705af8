"""A simulated account: what CloudFormation will send to the API of each resource, held against the API's own model.

python account.py FOLDER

Every template of the folder (NAME.yaml, with its values in NAME.json) is resolved with the longest legal stack name; then
each value is compared with the model that botocore ships: names, types, enums, patterns, lengths, ranges, required members.
What a model does not know must be listed here, so nothing drops out unseen.
"""

import collections
import json
import pathlib
import re
import sys

import botocore
import botocore.loaders
import botocore.model
import yaml

# Type: [(service, operation, {property: member of the request or a path to it}), ...]. A property of the same name, first
# letter aside, needs no row; one that another call takes has None there.
CALLS = {
    "AWS::ApplicationAutoScaling::ScalableTarget": [("application-autoscaling", "RegisterScalableTarget", {})],
    "AWS::ApplicationAutoScaling::ScalingPolicy": [
        ("application-autoscaling", "PutScalingPolicy",
         {"ScalingTargetId": None, "TargetTrackingScalingPolicyConfiguration": "TargetTrackingScalingPolicyConfiguration"})],
    "AWS::Budgets::Budget": [("budgets", "CreateBudget", {})],
    "AWS::CloudFront::CachePolicy": [("cloudfront", "CreateCachePolicy", {})],
    "AWS::CloudFront::Distribution": [
        ("cloudfront", "CreateDistribution", {"Tags": None}), ("cloudfront", "TagResource", {"DistributionConfig": None, "Tags": "Tags.Items"})],
    "AWS::CertificateManager::Certificate": [("acm", "RequestCertificate", {"DomainValidationOptions": None})],
    "AWS::CloudFront::Function": [("cloudfront", "CreateFunction", {"AutoPublish": None, "Tags": "Tags.Items"})],
    "AWS::CloudFront::MonitoringSubscription": [("cloudfront", "CreateMonitoringSubscription", {})],
    "AWS::CloudFront::OriginAccessControl": [("cloudfront", "CreateOriginAccessControl", {})],
    "AWS::CloudFront::VpcOrigin": [("cloudfront", "CreateVpcOrigin", {"Tags": "Tags.Items"})],
    "AWS::CloudWatch::Alarm": [("cloudwatch", "PutMetricAlarm", {})],
    "AWS::CloudWatch::Dashboard": [("cloudwatch", "PutDashboard", {})],
    "AWS::DynamoDB::GlobalTable": [
        ("dynamodb", "CreateTable",
         {"Replicas": None, "TimeToLiveSpecification": None, "WriteOnDemandThroughputSettings": "OnDemandThroughput",
          "WriteProvisionedThroughputSettings": None}),
        ("dynamodb", "UpdateTimeToLive", {"*": None, "TimeToLiveSpecification": "TimeToLiveSpecification"})],
    "AWS::DynamoDB::Table": [
        ("dynamodb", "CreateTable", {"ContributorInsightsSpecification": None, "TimeToLiveSpecification": None, "PointInTimeRecoverySpecification": None}),
        ("dynamodb", "UpdateTimeToLive", {"*": None, "TimeToLiveSpecification": "TimeToLiveSpecification"}),
        ("dynamodb", "UpdateContinuousBackups", {"*": None, "PointInTimeRecoverySpecification": "PointInTimeRecoverySpecification"})],
    "AWS::EC2::SecurityGroup": [
        ("ec2", "CreateSecurityGroup",
         {"GroupDescription": "Description", "SecurityGroupIngress": None, "SecurityGroupEgress": None, "Tags": "TagSpecifications.Tags"}),
        ("ec2", "AuthorizeSecurityGroupIngress", {"*": None, "SecurityGroupIngress": "IpPermissions"}),
        ("ec2", "AuthorizeSecurityGroupEgress", {"*": None, "SecurityGroupEgress": "IpPermissions"})],
    "AWS::EC2::SecurityGroupIngress": [
        ("ec2", "AuthorizeSecurityGroupIngress", {"Description": None, "SourceSecurityGroupId": "SourceSecurityGroupName"})],
    "AWS::EC2::Subnet": [("ec2", "CreateSubnet", {"MapPublicIpOnLaunch": None, "Tags": "TagSpecifications.Tags"})],
    "AWS::EC2::VPC": [
        ("ec2", "CreateVpc", {"EnableDnsSupport": None, "EnableDnsHostnames": None, "Tags": "TagSpecifications.Tags"})],
    "AWS::EC2::VPCEndpoint": [("ec2", "CreateVpcEndpoint", {"Tags": "TagSpecifications.Tags"})],
    "AWS::ElastiCache::ServerlessCache": [("elasticache", "CreateServerlessCache", {})],
    "AWS::ElastiCache::User": [("elasticache", "CreateUser", {})],
    "AWS::ElastiCache::UserGroup": [("elasticache", "CreateUserGroup", {})],
    "AWS::FSx::FileCache": [("fsx", "CreateFileCache", {})],
    "AWS::IAM::ManagedPolicy": [("iam", "CreatePolicy", {"ManagedPolicyName": "PolicyName"})],
    "AWS::IAM::Role": [("iam", "CreateRole", {"ManagedPolicyArns": None, "Policies": None})],
    "AWS::IAM::RolePolicy": [("iam", "PutRolePolicy", {})],
    "AWS::Lambda::Function": [("lambda", "CreateFunction", {"Tags": None})],
    "AWS::Logs::Delivery": [("logs", "CreateDelivery", {"Tags": None})],
    "AWS::Logs::DeliveryDestination": [
        ("logs", "PutDeliveryDestination", {"DestinationResourceArn": "deliveryDestinationConfiguration.destinationResourceArn", "Tags": None})],
    "AWS::Logs::DeliverySource": [("logs", "PutDeliverySource", {"Tags": None})],
    "AWS::Logs::LogGroup": [
        ("logs", "CreateLogGroup", {"RetentionInDays": None, "Tags": None}), ("logs", "PutRetentionPolicy", {"Tags": None})],
    "AWS::PricingPlanManager::Subscription": [("pricing-plan-manager", "CreateSubscription", {})],
    "AWS::Route53::RecordSet": [
        ("route53", "ChangeResourceRecordSets", {"*": "ChangeBatch.Changes.ResourceRecordSet.*", "HostedZoneId": "HostedZoneId"})],
    "AWS::S3::Bucket": [
        ("s3", "PutBucketEncryption", {"*": None, "BucketEncryption": "ServerSideEncryptionConfiguration"}),
        ("s3", "PutBucketVersioning", {"*": None, "VersioningConfiguration": "VersioningConfiguration"}),
        ("s3", "PutPublicAccessBlock", {"*": None, "PublicAccessBlockConfiguration": "PublicAccessBlockConfiguration"}),
        ("s3", "PutBucketOwnershipControls", {"*": None, "OwnershipControls": "OwnershipControls"})],
    "AWS::S3::BucketPolicy": [("s3", "PutBucketPolicy", {"PolicyDocument": "Policy"})],
    "AWS::S3Express::BucketPolicy": [("s3", "PutBucketPolicy", {"PolicyDocument": "Policy"})],
    "AWS::S3Express::DirectoryBucket": [
        ("s3", "CreateBucket",
         {"*": None, "BucketName": "Bucket", "DataRedundancy": "CreateBucketConfiguration.Bucket.DataRedundancy"})],
    "AWS::SecretsManager::Secret": [("secretsmanager", "CreateSecret", {"GenerateSecretString": None})],
    "AWS::SNS::Topic": [("sns", "CreateTopic", {"DisplayName": None, "Subscription": None, "TopicName": "Name"})],
    "AWS::WAFv2::WebACL": [("wafv2", "CreateWebACL", {})],
}
# Members that CloudFormation fills itself: names it makes up, tokens, ids of what was made a moment ago.
ITSELF = {
    "AccountId", "AlarmName", "Bucket", "BudgetName", "CallerReference", "DashboardName", "ClientRequestToken", "FunctionName", "GroupName", "GroupId", "Name", "PolicyName", "Resource",
    "ResourceId", "ResourceArn", "RoleName", "ScalableDimension", "ServiceNamespace", "TableName", "VpcId", "TagSpecifications", "logGroupName",
    "clientToken", "Comment", "Items", "Quantity", "Default", "HTTPPort", "HTTPSPort", "StreamEnabled",
}
# Where CloudFormation has another word than the API, in every structure.
RENAMED = {
    "AcmCertificateArn": "ACMCertificateArn", "OriginCustomHeaders": "CustomHeaders", "IPV6Enabled": "IsIPV6Enabled", "SslSupportMethod": "SSLSupportMethod", "SSEEnabled": "Enabled",
    "ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault", "ServerSideEncryptionConfiguration": "Rules",
    "SourceSecurityGroupId": "UserIdGroupPairs", "DestinationSecurityGroupId": "UserIdGroupPairs",
    "CidrIp": "IpRanges", "Locations": "Items",
}
# Structures that CloudFormation writes as their one member.
WITHIN = {"IpRange": "CidrIp", "UserIdGroupPair": "GroupId"}
# Properties that live elsewhere in the API's own form of the same thing; the request has them, not under this roof.
ELSEWHERE = {("CacheBehavior", "CachedMethods"), ("DefaultCacheBehavior", "CachedMethods"), ("IpPermission", "Description"), ("IpPermission", "UserIdGroupPairs"), ("IpPermission", "IpRanges")}

# Java writes what lies beyond the first plane as two halves.
SURROGATES = ("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF")

NAME = "s" + "-long" * 25 + "-x"
STACK = {
    "AWS::AccountId": "111122223333", "AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com", "AWS::NoValue": None, "AWS::StackName": NAME,
    "AWS::NotificationARNs": [],
}
GIVEN = {
    "AlarmEmail": "ops@example.com", "VpcId": "vpc-0123456789abcdef0", "SubnetId": "subnet-0123456789abcdef0",
    "SubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"], "RouteTableIds": ["rtb-0123456789abcdef0"],
    "OriginDomainName": "www.example.com", "RepositoryPath": "s3://pictures-of-cats/data/", "NfsDnsIps": ["10.0.0.2"],
    "OriginArn": "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/app-1/0123456789abcdef",
}


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """CloudFormation's short forms as its long ones."""


def tagged(loader, suffix, node):
    build = {yaml.ScalarNode: loader.construct_scalar, yaml.SequenceNode: loader.construct_sequence, yaml.MappingNode: loader.construct_mapping}
    value = build[type(node)](node) if isinstance(node, yaml.ScalarNode) else build[type(node)](node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


Loader.add_multi_constructor("!", tagged)


class Template:
    """A template with its functions resolved."""

    def __init__(self, path):
        self.body = yaml.load(path.read_text(encoding="utf-8"), Loader)
        given = {p["ParameterKey"]: p["ParameterValue"] for p in json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))}
        self.values = dict(STACK)
        region = self.body["Metadata"]["Cachewright"]["Region"]
        self.values["AWS::Region"] = region
        self.values["AWS::StackId"] = f"arn:aws:cloudformation:{region}:111122223333:stack/{NAME}/5c1a3f40-2f6e-11ef-9d2b-0affd2f1b8c1"
        for name, row in self.body.get("Parameters", {}).items():
            value = given.get(name, row.get("Default", GIVEN.get(name)))
            if value is None:
                raise SystemExit(f"{path.name}: no value for {name}")
            if ("List" in row["Type"]) and isinstance(value, str):
                value = value.split(",")
            self.values[name] = value
        self.resources = self.body["Resources"]

    def of(self, node):
        if isinstance(node, list):
            return [v for v in map(self.of, node) if v is not None]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (key, value), = node.items()
            if key == "Ref":
                return self.values[value] if value in self.values else self.made(value, "")
            if key.startswith("Fn::"):
                return self.function(key[4:], value)
        return {k: v for k, v in ((k, self.of(v)) for k, v in node.items()) if v is not None}

    def made(self, logical, attribute):
        kind = self.resources[logical]["Type"]
        if kind == "AWS::IAM::Role" and attribute:
            return f"arn:aws:iam::111122223333:role/{logical.lower()}"
        if kind == "AWS::CloudFront::Function" and attribute:
            return f"arn:aws:cloudfront::111122223333:function/{logical.lower()}"
        if "Arn" in attribute or kind in ("AWS::SNS::Topic", "AWS::IAM::ManagedPolicy"):
            return f"arn:aws:{kind.split('::')[1].lower()}:us-east-1:111122223333:thing/{logical.lower()}"
        return {"AWS::EC2::SecurityGroup": "sg-0123456789abcdef0", "AWS::EC2::VPC": "vpc-0123456789abcdef0"}.get(kind, logical.lower())

    def function(self, name, value):
        if name == "Sub":
            text, extra = value if isinstance(value, list) else (value, {})
            extra = self.of(extra)

            def put(match):
                word = match.group(1)
                if word in extra:
                    return str(extra[word])
                logical, _, attribute = word.partition(".")
                return str(self.made(logical, attribute)) if attribute else str(self.of({"Ref": word}))

            return re.sub(r"\$\{([^!}]+)\}", put, text)
        if name == "GetAtt":
            return self.made(*value)
        value = self.of(value)
        if name == "Select":
            return value[1][int(value[0])]
        if name == "Split":
            return value[1].split(value[0])
        if name == "Join":
            return value[0].join(map(str, value[1]))
        if name == "GetAZs":
            return [f"{self.values['AWS::Region']}{letter}" for letter in "abc"]
        raise SystemExit(f"Fn::{name} is not known here")


class Api:
    """The models of the services."""

    def __init__(self):
        self.loader, self.models = botocore.loaders.Loader(), {}

    def request(self, service, operation):
        if service not in self.models:
            self.models[service] = botocore.model.ServiceModel(self.loader.load_service_model(service, "service-2"))
        return self.models[service].operation_model(operation).input_shape


class Check:
    """Compares values with shapes."""

    def __init__(self):
        self.wrong, self.looked, self.unknown = set(), 0, collections.Counter()

    def member(self, shape, name):
        lower = {m.lower(): m for m in shape.members}
        for word in (RENAMED.get(name, name), name):
            if word.lower() in lower:
                return lower[word.lower()]
        return None

    def value(self, shape, value, at):
        kind = shape.type_name
        if kind == "structure":
            if isinstance(value, list) and "Items" in shape.members:
                return self.value(shape.members["Items"], value, at)
            if isinstance(value, list) and len(shape.members) == 1:
                return self.value(next(iter(shape.members.values())), value, at)
            if shape.name in WITHIN:
                return self.scalar(shape.members[WITHIN[shape.name]], value, at)
            if not isinstance(value, dict):
                return self.say(at, f"is {value!r}, not a structure")
            return self.structure(shape, value, at)
        if kind == "list":
            for i, item in enumerate(value if isinstance(value, list) else [value]):
                self.value(shape.member, item, f"{at}[{i}]")
            return self.size(shape, value if isinstance(value, list) else [value], at)
        if kind == "map":
            return self.size(shape, value, at)
        self.looked += 1
        return self.scalar(shape, value, at)

    def structure(self, shape, value, at):
        seen = set()
        for name, inner in value.items():
            member = self.member(shape, name)
            if member is None:
                if (shape.name, name) not in ELSEWHERE:
                    self.unknown[f"{at}.{name} ({shape.name})"] += 1
                continue
            seen.add(member)
            self.value(shape.members[member], inner, f"{at}.{name}")
        for needed in shape.required_members:
            if needed not in seen and needed not in ITSELF:
                self.say(at, f"lacks {needed}")

    def size(self, shape, value, at):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if (low is not None and len(value) < int(low)) or (high is not None and len(value) > int(high)):
            self.say(at, f"has a length of {len(value)}, allowed are {low} to {high}")

    def scalar(self, shape, value, at):
        kind = shape.type_name
        if kind in ("string", "blob") and isinstance(value, (dict, list)):
            value = json.dumps(value)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if kind in ("integer", "long", "float", "double"):
            try:
                number = float(text)
            except ValueError:
                return self.say(at, f"is {text!r}, not a number")
            low, high = shape.metadata.get("min"), shape.metadata.get("max")
            if (low is not None and number < low) or (high is not None and number > high):
                self.say(at, f"is {text}, allowed are {low} to {high}")
            return None
        if kind == "boolean":
            return None if text in ("true", "false") else self.say(at, f"is {text!r}, not true or false")
        allowed = shape.metadata.get("enum", [])
        if allowed and text not in allowed:
            self.say(at, f"is {text!r}, allowed are {', '.join(allowed)}")
        if kind == "string":
            self.size(shape, text, at)
        pattern = shape.metadata.get("pattern", "").replace(*SURROGATES)
        if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, text):
            self.say(at, f"is {text!r}, which does not match {pattern}")
        return None

    def say(self, at, text):
        self.wrong.add(f"{at} {text}")


def place(shape, path):
    """The member at a dotted path, through lists and single structures."""
    for word in path.split("."):
        while shape.type_name == "list":
            shape = shape.member
        if word == "*":
            return shape
        shape = shape.members[word]
    return shape


def resource(api, check, kind, properties):
    for service, operation, moved in CALLS[kind]:
        request = api.request(service, operation)
        direct, roof = {}, request
        # Requests that wrap their whole content in one structure.
        wrapped = [m for m in request.members.values() if m.type_name == "structure"]
        for name, value in properties.items():
            target = moved.get(name, moved.get("*", name))
            if target is None:
                continue
            if "." in target or target == "*":
                path = target.replace("*", name)
                check.value(place(request, path), value, f"{kind}.{name}")
            elif name in moved and moved[name]:
                check.value(request.members[target], value, f"{kind}.{name}")
            else:
                direct[name] = value
        if not direct:
            continue
        if len(direct) == 1 and len(wrapped) >= 1 and check.member(request, next(iter(direct))) is None:
            (name, value), = direct.items()
            found = [m for m in wrapped if isinstance(value, dict) and any(check.member(m, k) for k in value)]
            if found:
                check.structure(found[0], value, f"{kind}.{name}")
                continue
        filled = {m: None for m in moved.values() if m and "." not in m}
        for name, value in direct.items():
            member = check.member(roof, name)
            if member is None:
                check.unknown[f"{kind}.{name} ({roof.name})"] += 1
                continue
            filled[member] = None
            check.value(roof.members[member], value, f"{kind}.{name}")
        for needed in roof.required_members:
            if needed not in filled and needed not in ITSELF:
                check.say(kind, f"lacks {needed}")


def main():
    assert len(NAME) == 128
    api, check, resources, templates = Api(), Check(), 0, 0
    missing = set()
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
        template = Template(path)
        templates += 1
        for logical, row in template.resources.items():
            if not row["Type"].startswith("AWS::") or row["Type"] == "AWS::CloudFormation::CustomResource":
                continue
            if row["Type"] not in CALLS:
                missing.add(f"{row['Type']}: no call is known for it")
                continue
            resources += 1
            resource(api, check, row["Type"], template.of(row.get("Properties", {})))
    for text in sorted(check.wrong | missing):
        print(text)
    for text, count in sorted(check.unknown.items()):
        print(f"not in the model: {text}, {count} times")
    print(f"simulated account (botocore {botocore.__version__}): {templates} templates, {resources} resources, {check.looked} values")
    sys.exit(bool(check.wrong or missing or check.unknown))


main()
