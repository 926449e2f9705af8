//! Our own checks on the final template: what no linter catches for these resource types.
//!
//! Each finding names the property, the reason and the fix. The same requirements ship as cfn-guard
//! rules in `templates/policy/`.

use crate::domain::catalog::Catalog;
use crate::yaml::{Entry, Kind, Node, parse_template};

/// One thing that is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Kebab-case code.
    pub code: &'static str,
    /// Logical id.
    pub resource: String,
    /// Property path.
    pub property: &'static str,
    /// What is wrong.
    pub reason: String,
    /// What to write instead.
    pub fix: String,
}

/// What a template is checked against.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// Facts.
    pub catalog: &'a Catalog,
    /// Region of the stack.
    pub region: &'a str,
    /// Values of parameters; the others have their defaults.
    pub parameters: &'a [(String, String)],
}

/// Create-only names. A replacement is made before the old one goes, so a fixed name is "already taken".
const NAMES: &[(&str, &str)] = &[
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::ElastiCache::ServerlessCache", "ServerlessCacheName"),
    ("AWS::ElastiCache::User", "UserId"),
    ("AWS::ElastiCache::UserGroup", "UserGroupId"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::S3Express::DirectoryBucket", "BucketName"),
];

/// Checks a template.
pub fn check(template: &str, given: &Given<'_>) -> Vec<Finding> {
    let mut out = Vec::new();
    let root = match parse_template(template) {
        Ok(root) => root,
        Err(problem) => {
            out.push(Finding {
                code: "template-syntax",
                resource: String::new(),
                property: "",
                reason: problem.message,
                fix: "report this as a bug".to_owned(),
            });
            return out;
        }
    };
    let mut checker = Checker {
        root: &root,
        given,
        out: &mut out,
    };
    checker.sexagesimals(template);
    for entry in map(root.get("Resources")) {
        let kind = entry
            .value
            .get("Type")
            .and_then(Node::text)
            .unwrap_or_default();
        let empty = Node {
            span: 0..0,
            kind: Kind::Map(Vec::new()),
        };
        let properties = entry.value.get("Properties").unwrap_or(&empty);
        checker.resource(&entry.key, kind, properties);
    }
    out
}

fn map(node: Option<&Node>) -> &[Entry] {
    match node.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries,
        _ => &[],
    }
}

/// A value below a path of keys.
fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

struct Checker<'a> {
    root: &'a Node,
    given: &'a Given<'a>,
    out: &'a mut Vec<Finding>,
}

impl Checker<'_> {
    fn report(
        &mut self,
        code: &'static str,
        resource: &str,
        property: &'static str,
        reason: impl Into<String>,
        fix: impl Into<String>,
    ) {
        self.out.push(Finding {
            code,
            resource: resource.to_owned(),
            property,
            reason: reason.into(),
            fix: fix.into(),
        });
    }

    /// A value, followed through `!Ref` to the value or the default of its parameter.
    fn value<'n>(&self, node: &'n Node) -> Option<String>
    where
        Self: 'n,
    {
        if let Some(text) = node.text() {
            return Some(text.to_owned());
        }
        let name = node.get("!Ref").or_else(|| node.get("Ref"))?.text()?;
        let given = self.given.parameters.iter().find(|(key, _)| key == name);
        if let Some((_, value)) = given {
            return Some(value.clone());
        }
        at(self.root, &["Parameters", name, "Default"])?
            .text()
            .map(ToOwned::to_owned)
    }

    fn text(&self, properties: &Node, path: &[&str]) -> Option<String> {
        at(properties, path).and_then(|n| self.value(n))
    }

    fn number(&self, properties: &Node, path: &[&str]) -> Option<u64> {
        self.text(properties, path)?.parse().ok()
    }

    fn resource(&mut self, id: &str, kind: &str, p: &Node) {
        for (_, name) in NAMES.iter().filter(|(k, _)| *k == kind) {
            if p.get(name).and_then(Node::text).is_some() {
                self.report(
                    "create-only-name",
                    id,
                    name,
                    "the name is fixed: a change of any create-only property makes a second resource of this name first, and fails",
                    "take the name from a parameter or the stack's name, or leave it out where it may be absent",
                );
            }
        }
        match kind {
            "AWS::ElastiCache::ServerlessCache" => self.serverless_cache(id, p),
            "AWS::ElastiCache::User" => self.cache_user(id, p),
            "AWS::S3Express::DirectoryBucket" => self.directory_bucket(id, p),
            "AWS::FSx::FileCache" => self.file_cache(id, p),
            "Custom::FileCache" => self.provisioned_file_cache(id, p),
            "AWS::DynamoDB::Table" => self.table(id, p),
            "AWS::CloudFront::Distribution" => self.distribution(id, p),
            "AWS::CloudFront::CachePolicy" => self.cache_policy(id, p),
            "AWS::CloudFront::VpcOrigin" => {
                if let Some(endpoint) = p.get("VpcOriginEndpointConfig") {
                    self.origin_tls(id, endpoint);
                }
            }
            "AWS::S3::Bucket" => self.bucket(id, p),
            "AWS::S3::BucketPolicy" | "AWS::S3Express::BucketPolicy" => self.bucket_policy(id, p),
            "AWS::EC2::SecurityGroup" | "AWS::EC2::SecurityGroupIngress" => {
                self.security_group(id, p)
            }
            "AWS::PricingPlanManager::Subscription" if self.given.region != "us-east-1" => {
                self.report(
                    "plan-region",
                    id,
                    "Region",
                    "a flat-rate plan and its web ACL live in us-east-1",
                    "deploy the stack in us-east-1",
                );
            }
            _ => {}
        }
    }

    fn serverless_cache(&mut self, id: &str, p: &Node) {
        let engine = self.text(p, &["Engine"]).unwrap_or_default();
        let versions = &self.given.catalog.stacks.engine_versions;
        match versions.get(&engine) {
            None => self.report(
                "cache-engine",
                id,
                "Engine",
                format!("`{engine}` is not an engine"),
                "use valkey, redis or memcached",
            ),
            Some(known) => {
                let given = self.text(p, &["MajorEngineVersion"]);
                if given.as_deref() != Some(known) {
                    let fix = format!("write MajorEngineVersion: \"{known}\"");
                    self.report(
                        "cache-engine-version",
                        id,
                        "MajorEngineVersion",
                        format!(
                            "`{}` is not a version of {engine} that is known to work",
                            given.unwrap_or_default()
                        ),
                        fix,
                    );
                }
            }
        }
        let name = self.text(p, &["ServerlessCacheName"]).unwrap_or_default();
        let good = name.len() <= 40
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && !name.ends_with('-')
            && !name.contains("--")
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !good {
            self.report("cache-name", id, "ServerlessCacheName", format!("`{name}` is not a name: lower-case letters, digits and hyphens, a letter first, at most 40"), "derive the name from the stack's");
        }
        for (path, low, high, property) in [
            (
                ["CacheUsageLimits", "DataStorage", "Maximum"],
                1,
                5_000,
                "CacheUsageLimits.DataStorage.Maximum",
            ),
            (
                ["CacheUsageLimits", "ECPUPerSecond", "Maximum"],
                1_000,
                15_000_000,
                "CacheUsageLimits.ECPUPerSecond.Maximum",
            ),
        ] {
            match self.number(p, &path) {
                Some(value) if (low..=high).contains(&value) => {}
                other => self.report(
                    "cache-usage-limit",
                    id,
                    property,
                    format!(
                        "the cost cap is {}",
                        other.map_or("missing".to_owned(), |v| v.to_string())
                    ),
                    format!("set it between {low} and {high}"),
                ),
            }
            if at(p, &[path[0], path[1], "Minimum"]).is_some() {
                self.report(
                    "cache-minimum",
                    id,
                    "CacheUsageLimits",
                    "a minimum is billed while the cache is idle",
                    "remove `Minimum`",
                );
            }
        }
        let public = self.text(p, &["ConnectionType"]).as_deref() == Some("public");
        if public && (engine != "valkey" || p.get("UserGroupId").is_none()) {
            self.report(
                "cache-public",
                id,
                "ConnectionType",
                "a public endpoint needs Valkey 9 or later and IAM users",
                "use valkey with a user group, or put the cache into a VPC",
            );
        }
        if !public && (p.get("SubnetIds").is_none() || p.get("SecurityGroupIds").is_none()) {
            self.report(
                "cache-network",
                id,
                "SubnetIds",
                "without subnets and a security group the default VPC and its open group are used",
                "name both",
            );
        }
        if self
            .number(p, &["SnapshotRetentionLimit"])
            .is_some_and(|days| days > 35)
        {
            self.report(
                "cache-snapshots",
                id,
                "SnapshotRetentionLimit",
                "snapshots are kept at most 35 days",
                "use 0 to 35",
            );
        }
    }

    fn cache_user(&mut self, id: &str, p: &Node) {
        let iam = at(p, &["AuthenticationMode", "Type"]).and_then(Node::text) == Some("iam");
        if iam
            && p.get("UserId").map(|n| &n.kind) != p.get("UserName").map(|n| &n.kind)
            && !same(p.get("UserId"), p.get("UserName"))
        {
            self.report(
                "cache-user-iam",
                id,
                "UserName",
                "with IAM the user's name and id must be equal",
                "write the same value for both",
            );
        }
    }

    fn directory_bucket(&mut self, id: &str, p: &Node) {
        let zones = self
            .given
            .catalog
            .stacks
            .zones
            .get(self.given.region)
            .cloned()
            .unwrap_or_default();
        let zone = self.text(p, &["LocationName"]).unwrap_or_default();
        if !zones.contains(&zone) {
            self.report(
                "bucket-zone",
                id,
                "LocationName",
                format!(
                    "`{zone}` is not a zone id with directory buckets in {}",
                    self.given.region
                ),
                format!("use one of {}", zones.join(", ")),
            );
        }
        if let Some(name) = self.text(p, &["BucketName"]) {
            let suffix = format!("--{zone}--x-s3");
            let base = name.strip_suffix(&suffix);
            let good = base.is_some_and(|b| {
                !b.is_empty()
                    && b.chars()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            }) && name.len() <= 63;
            if !good {
                self.report("bucket-name", id, "BucketName", format!("`{name}` does not end with `{suffix}` or has other characters than a-z, 0-9 and -"), "leave the name out, or add the suffix");
            }
        }
        if at(
            p,
            &["BucketEncryption", "ServerSideEncryptionConfiguration"],
        )
        .is_none()
        {
            self.report(
                "bucket-encryption",
                id,
                "BucketEncryption",
                "encryption is not stated",
                "add AES256 or aws:kms",
            );
        }
        if at(p, &["LifecycleConfiguration", "Rules"]).is_none() {
            self.report(
                "bucket-lifecycle",
                id,
                "LifecycleConfiguration",
                "without a lifecycle objects and unfinished uploads stay for ever",
                "add an expiration and AbortIncompleteMultipartUpload",
            );
        }
    }

    fn file_cache(&mut self, id: &str, p: &Node) {
        self.capacity(id, p, "StorageCapacity");
        let fixed = [
            (
                ["LustreConfiguration", "PerUnitStorageThroughput", ""],
                "1000",
                "LustreConfiguration.PerUnitStorageThroughput",
            ),
            (
                [
                    "LustreConfiguration",
                    "MetadataConfiguration",
                    "StorageCapacity",
                ],
                "2400",
                "LustreConfiguration.MetadataConfiguration",
            ),
            (
                ["LustreConfiguration", "DeploymentType", ""],
                "CACHE_1",
                "LustreConfiguration.DeploymentType",
            ),
            (
                ["FileCacheTypeVersion", "", ""],
                "2.12",
                "FileCacheTypeVersion",
            ),
        ];
        for (path, wanted, property) in fixed {
            let path: Vec<&str> = path.into_iter().filter(|k| !k.is_empty()).collect();
            if self.text(p, &path).as_deref() != Some(wanted) {
                self.report(
                    "file-cache-fixed",
                    id,
                    property,
                    format!("only {wanted} is supported"),
                    format!("write {wanted}"),
                );
            }
        }
        let native = self
            .given
            .catalog
            .stacks
            .native_types
            .get("file-cache")
            .is_some_and(|r| r.iter().any(|r| r == self.given.region));
        if !native {
            self.report(
                "file-cache-region",
                id,
                "Type",
                format!(
                    "the resource type is not registered in {}",
                    self.given.region
                ),
                "use the custom resource",
            );
        }
        if items(p.get("SubnetIds")).len() > 1 {
            self.report(
                "file-cache-subnets",
                id,
                "SubnetIds",
                "a cache lives in one subnet",
                "name one",
            );
        }
        if matches!(p.get("Tags").map(|n| &n.kind), Some(Kind::Seq(items)) if items.is_empty()) {
            self.report(
                "file-cache-tags",
                id,
                "Tags",
                "an empty list is refused",
                "leave `Tags` out",
            );
        }
        let cache_path = at(p, &["DataRepositoryAssociations"]).and_then(|n| match &n.kind {
            Kind::Seq(items) => items.first().and_then(|i| self.text(i, &["FileCachePath"])),
            _ => None,
        });
        self.cache_path(id, cache_path.as_deref());
    }

    /// The custom resource takes the same values where the type is not registered.
    fn provisioned_file_cache(&mut self, id: &str, p: &Node) {
        self.capacity(id, p, "CapacityGib");
        // Only a bucket may not be the root; an NFS export may.
        if p.get("NfsDnsIps").is_none() {
            let path = self.text(p, &["CachePath"]);
            self.cache_path(id, path.as_deref());
        }
    }

    fn capacity(&mut self, id: &str, p: &Node, property: &'static str) {
        let capacity = self.number(p, &[property]).unwrap_or(0);
        if capacity != 1_200 && (capacity == 0 || !capacity.is_multiple_of(2_400)) {
            self.report(
                "file-cache-capacity",
                id,
                property,
                format!("{capacity} GiB is not a capacity"),
                "use 1200 or a multiple of 2400",
            );
        }
    }

    fn cache_path(&mut self, id: &str, path: Option<&str>) {
        if path == Some("/") {
            self.report(
                "file-cache-path",
                id,
                "FileCachePath",
                "a bucket cannot appear at the root of the cache",
                "use a directory such as /data",
            );
        }
    }

    fn table(&mut self, id: &str, p: &Node) {
        if self.text(p, &["BillingMode"]).as_deref() != Some("PAY_PER_REQUEST") {
            self.report(
                "table-billing",
                id,
                "BillingMode",
                "a cache that scales to zero is billed on demand",
                "write PAY_PER_REQUEST and no ProvisionedThroughput",
            );
        }
        if self
            .text(p, &["TimeToLiveSpecification", "Enabled"])
            .as_deref()
            != Some("true")
        {
            self.report(
                "table-ttl",
                id,
                "TimeToLiveSpecification",
                "a cache without expiry grows for ever",
                "enable it on a number attribute",
            );
        }
        let key = at(p, &["SSESpecification", "KMSMasterKeyId"]).is_some();
        if key && self.text(p, &["SSESpecification", "SSEType"]).as_deref() != Some("KMS") {
            self.report(
                "table-key",
                id,
                "SSESpecification",
                "a key without SSEType KMS is refused",
                "write SSEType: KMS",
            );
        }
        if p.get("WarmThroughput").is_some() {
            self.report(
                "table-warm",
                id,
                "WarmThroughput",
                "raised warm throughput is billed and cannot be lowered",
                "leave it out",
            );
        }
        if at(p, &["OnDemandThroughput", "MaxWriteRequestUnits"]).is_none() {
            self.report(
                "table-cap",
                id,
                "OnDemandThroughput",
                "there is no cost cap",
                "set the two maximums",
            );
        }
    }

    fn distribution(&mut self, id: &str, p: &Node) {
        let Some(config) = p.get("DistributionConfig") else {
            return;
        };
        if self.text(config, &["HttpVersion"]).as_deref() != Some("http2and3") {
            self.report(
                "distribution-http",
                id,
                "HttpVersion",
                "the default is HTTP/1.1",
                "write http2and3",
            );
        }
        let policy = self
            .text(config, &["DefaultCacheBehavior", "ViewerProtocolPolicy"])
            .unwrap_or_default();
        if policy != "redirect-to-https" && policy != "https-only" {
            self.report(
                "distribution-viewer-tls",
                id,
                "ViewerProtocolPolicy",
                "plain HTTP would be served",
                "write redirect-to-https",
            );
        }
        let custom = at(config, &["ViewerCertificate", "AcmCertificateArn"]).is_some();
        let tls = self
            .text(config, &["ViewerCertificate", "MinimumProtocolVersion"])
            .unwrap_or_default();
        if custom && !["TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"].contains(&tls.as_str()) {
            self.report(
                "distribution-tls",
                id,
                "MinimumProtocolVersion",
                format!("`{tls}` allows old protocols"),
                "write TLSv1.2_2021 or later",
            );
        }
        for origin in items(config.get("Origins")) {
            self.origin(id, origin);
        }
    }

    fn origin(&mut self, id: &str, origin: &Node) {
        if let Some(custom) = origin.get("CustomOriginConfig") {
            self.origin_tls(id, custom);
            if self
                .number(custom, &["OriginKeepaliveTimeout"])
                .is_some_and(|s| s > 120)
            {
                self.report(
                    "origin-keepalive",
                    id,
                    "OriginKeepaliveTimeout",
                    "above 120 seconds",
                    "write at most 120",
                );
            }
        }
        let s3 = origin.get("S3OriginConfig").is_some();
        if s3 && origin.get("OriginAccessControlId").is_none() {
            self.report(
                "origin-access",
                id,
                "OriginAccessControlId",
                "the bucket would have to be public",
                "add an origin access control",
            );
        }
    }

    fn origin_tls(&mut self, id: &str, config: &Node) {
        if self.text(config, &["OriginProtocolPolicy"]).as_deref() != Some("https-only") {
            self.report(
                "origin-tls",
                id,
                "OriginProtocolPolicy",
                "the origin would be read in the clear",
                "write https-only",
            );
        }
        let protocols = items(config.get("OriginSSLProtocols"));
        if protocols.is_empty() || protocols.iter().any(|p| p.text() != Some("TLSv1.2")) {
            self.report(
                "origin-protocols",
                id,
                "OriginSSLProtocols",
                "the default allows SSLv3 and TLS 1.0 to the origin",
                "write [TLSv1.2]",
            );
        }
    }

    fn bucket(&mut self, id: &str, p: &Node) {
        let open = [
            "BlockPublicAcls",
            "BlockPublicPolicy",
            "IgnorePublicAcls",
            "RestrictPublicBuckets",
        ]
        .into_iter()
        .find(|k| {
            self.text(p, &["PublicAccessBlockConfiguration", k])
                .as_deref()
                != Some("true")
        });
        if let Some(open) = open {
            self.report(
                "public-path",
                id,
                "PublicAccessBlockConfiguration",
                format!("{open} is not on"),
                "set all four blocks to true",
            );
        }
    }

    fn bucket_policy(&mut self, id: &str, p: &Node) {
        for statement in items(at(p, &["PolicyDocument", "Statement"])) {
            let allows = statement.get("Effect").and_then(Node::text) == Some("Allow");
            let principal = statement.get("Principal");
            let anyone = principal.and_then(Node::text) == Some("*")
                || principal.and_then(|p| p.get("AWS")?.text()) == Some("*");
            if allows && anyone {
                self.report(
                    "public-path",
                    id,
                    "PolicyDocument",
                    "a statement allows everyone",
                    "name the principal",
                );
            }
        }
    }

    fn cache_policy(&mut self, id: &str, p: &Node) {
        for ttl in ["MinTTL", "MaxTTL", "DefaultTTL"] {
            if at(p, &["CachePolicyConfig", ttl]).is_none() {
                self.report(
                    "cache-policy-ttl",
                    id,
                    "CachePolicyConfig",
                    format!("{ttl} is missing, the schema requires all three"),
                    "write MinTTL, MaxTTL and DefaultTTL",
                );
            }
        }
    }

    fn security_group(&mut self, id: &str, p: &Node) {
        let own = std::slice::from_ref(p);
        let rules: &[Node] = match p.get("SecurityGroupIngress").map(|n| &n.kind) {
            Some(Kind::Seq(items)) => items,
            _ => own,
        };
        for rule in rules {
            if rule.get("CidrIp").is_some() || rule.get("CidrIpv6").is_some() {
                self.report(
                    "public-path",
                    id,
                    "SecurityGroupIngress",
                    "the cache would accept addresses instead of its callers' group",
                    "use SourceSecurityGroupId",
                );
            }
        }
    }

    /// `12:30` without quotes is a number to a YAML 1.1 reader.
    fn sexagesimals(&mut self, template: &str) {
        for (i, line) in template.lines().enumerate() {
            let Some((_, value)) = line.split_once(": ") else {
                continue;
            };
            let parts: Vec<&str> = value.trim().split(':').collect();
            if parts.len() > 1
                && parts
                    .iter()
                    .all(|p| !p.is_empty() && p.len() <= 2 && p.bytes().all(|b| b.is_ascii_digit()))
            {
                self.report(
                    "yaml-sexagesimal",
                    &format!("line {}", i + 1),
                    "",
                    format!("`{value}` is read as a number by YAML 1.1"),
                    "quote it",
                );
            }
        }
    }
}

/// Equal apart from where they stand.
fn same(a: Option<&Node>, b: Option<&Node>) -> bool {
    match (a.map(|n| &n.kind), b.map(|n| &n.kind)) {
        (Some(Kind::Scalar(x)), Some(Kind::Scalar(y))) => x == y,
        (Some(Kind::Map(x)), Some(Kind::Map(y))) => {
            x.len() == y.len()
                && x.iter()
                    .zip(y)
                    .all(|(m, n)| m.key == n.key && same(Some(&m.value), Some(&n.value)))
        }
        _ => false,
    }
}

fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    }
}
