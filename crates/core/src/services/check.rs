//! Our own checks on the final template: what no linter catches for these resource types.
//!
//! Each service brings the checks of its own types ([`ResourceType`]); here are those that all stacks
//! share. A finding names the property, the reason and the fix. The same requirements ship as
//! cfn-guard rules in `templates/policy/`.

use super::Registry;
use super::found::Holds;
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

/// A type of resource and what is checked of it.
#[derive(Clone, Copy, Debug)]
pub struct ResourceType {
    /// Name in the template.
    pub name: &'static str,
    /// Its create-only name. A replacement is made before the old one goes, so a fixed name is "already taken".
    fixed: Option<&'static str>,
    check: Option<Check>,
    /// What a deletion has to look at first.
    pub holds: Option<Holds>,
}

/// Checks the properties of the resource with this logical id.
type Check = fn(&mut Checker<'_>, &str, &Node);

impl ResourceType {
    /// Nothing is checked yet.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            fixed: None,
            check: None,
            holds: None,
        }
    }

    /// This property is a create-only name.
    #[must_use]
    pub const fn named(self, property: &'static str) -> Self {
        Self {
            fixed: Some(property),
            ..self
        }
    }

    /// It holds data of the user.
    #[must_use]
    pub const fn holding(self, holds: Holds) -> Self {
        Self {
            holds: Some(holds),
            ..self
        }
    }

    /// This function checks the properties.
    #[must_use]
    pub const fn checked(self, check: Check) -> Self {
        Self {
            check: Some(check),
            ..self
        }
    }
}

/// Types that belong to no one service.
const SHARED: &[ResourceType] = &[
    ResourceType::new("AWS::S3::Bucket")
        .named("BucketName")
        .holding(Holds::Objects)
        .checked(bucket),
    ResourceType::new("AWS::S3::BucketPolicy").checked(bucket_policy),
    ResourceType::new("AWS::EC2::SecurityGroup").checked(security_group),
    ResourceType::new("AWS::EC2::SecurityGroupIngress").checked(security_group),
];

/// Checks a template of one of the services of this program.
pub fn check(template: &str, given: &Given<'_>) -> Vec<Finding> {
    check_with(&Registry::default(), template, given)
}

/// Checks a template of one of these services.
pub fn check_with(registry: &Registry, template: &str, given: &Given<'_>) -> Vec<Finding> {
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
        if let Some(known) = resource_type(registry, kind) {
            checker.resource(&entry.key, known, properties);
        }
    }
    out
}

/// What is known of a type of resource.
pub fn resource_type(registry: &Registry, name: &str) -> Option<&'static ResourceType> {
    let types = registry.services.iter().flat_map(|s| s.resource_types());
    types.chain(SHARED).find(|t| t.name == name)
}

fn map(node: Option<&Node>) -> &[Entry] {
    match node.map(|n| &n.kind) {
        Some(Kind::Map(entries)) => entries,
        _ => &[],
    }
}

/// A value below a path of keys.
pub fn at<'n>(node: &'n Node, path: &[&str]) -> Option<&'n Node> {
    path.iter().try_fold(node, |node, key| node.get(key))
}

/// Collects findings of one template.
pub struct Checker<'a> {
    root: &'a Node,
    /// What the template is checked against.
    pub given: &'a Given<'a>,
    out: &'a mut Vec<Finding>,
}

impl Checker<'_> {
    /// Adds a finding.
    pub fn report(
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
    pub(super) fn value<'n>(&self, node: &'n Node) -> Option<String>
    where
        Self: 'n,
    {
        if let Some(text) = node.text() {
            return Some(text.to_owned());
        }
        let name = node.get("!Ref").or_else(|| node.get("Ref"))?.text()?;
        self.parameter(name)
    }

    /// The value or the default of a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let given = self.given.parameters.iter().find(|(key, _)| key == name);
        if let Some((_, value)) = given {
            return Some(value.clone());
        }
        at(self.root, &["Parameters", name, "Default"])?
            .text()
            .map(ToOwned::to_owned)
    }

    /// The value at a path.
    pub fn text(&self, properties: &Node, path: &[&str]) -> Option<String> {
        at(properties, path).and_then(|n| self.value(n))
    }

    /// The whole number at a path.
    pub fn number(&self, properties: &Node, path: &[&str]) -> Option<u64> {
        self.text(properties, path)?.parse().ok()
    }

    /// Whether something in the template scales this dimension.
    pub(super) fn scales(&self, dimension: &str) -> bool {
        map(self.root.get("Resources")).iter().any(|entry| {
            at(&entry.value, &["Properties", "ScalableDimension"]).and_then(Node::text)
                == Some(dimension)
        })
    }

    fn resource(&mut self, id: &str, known: &ResourceType, p: &Node) {
        if let Some(name) = known.fixed
            && p.get(name).and_then(Node::text).is_some()
        {
            self.report(
                "create-only-name",
                id,
                name,
                "the name is fixed: a change of any create-only property makes a second resource of this name first, and fails",
                "take the name from a parameter or the stack's name, or leave it out where it may be absent",
            );
        }
        if let Some(check) = known.check {
            check(self, id, p);
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

/// The entries of a list.
pub fn items(node: Option<&Node>) -> &[Node] {
    match node.map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => &[],
    }
}

fn bucket(c: &mut Checker<'_>, id: &str, p: &Node) {
    let open = [
        "BlockPublicAcls",
        "BlockPublicPolicy",
        "IgnorePublicAcls",
        "RestrictPublicBuckets",
    ]
    .into_iter()
    .find(|k| c.text(p, &["PublicAccessBlockConfiguration", k]).as_deref() != Some("true"));
    if let Some(open) = open {
        c.report(
            "public-path",
            id,
            "PublicAccessBlockConfiguration",
            format!("{open} is not on"),
            "set all four blocks to true",
        );
    }
}

/// Nobody may be allowed to everyone.
pub(super) fn bucket_policy(c: &mut Checker<'_>, id: &str, p: &Node) {
    for statement in items(at(p, &["PolicyDocument", "Statement"])) {
        let allows = statement.get("Effect").and_then(Node::text) == Some("Allow");
        let principal = statement.get("Principal");
        let anyone = principal.and_then(Node::text) == Some("*")
            || principal.and_then(|p| p.get("AWS")?.text()) == Some("*");
        if allows && anyone {
            c.report(
                "public-path",
                id,
                "PolicyDocument",
                "a statement allows everyone",
                "name the principal",
            );
        }
    }
}

fn security_group(c: &mut Checker<'_>, id: &str, p: &Node) {
    let own = std::slice::from_ref(p);
    let rules: &[Node] = match p.get("SecurityGroupIngress").map(|n| &n.kind) {
        Some(Kind::Seq(items)) => items,
        _ => own,
    };
    for rule in rules {
        if rule.get("CidrIp").is_some() || rule.get("CidrIpv6").is_some() {
            c.report(
                "public-path",
                id,
                "SecurityGroupIngress",
                "the cache would accept addresses instead of its callers' group",
                "use SourceSecurityGroupId",
            );
        }
    }
}
