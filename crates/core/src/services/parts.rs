//! What stacks are made of, and what those of several services have in common.
//!
//! Templates and samples are files under `templates/`; what a service puts into them is in its `stack.rs`.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::{Value, json};

use crate::domain::catalog::{Catalog, Variant};
use crate::domain::profile::{Need, Profile, Vpc};
use crate::exit::{Exit, Failure};
use crate::services::{Context, Load};

/// What a stack is made from.
#[derive(Clone, Copy)]
pub struct StackCase<'a> {
    /// The workload.
    pub profile: &'a Profile,
    /// The variant to deploy.
    pub variant: &'a Variant,
    /// Facts.
    pub catalog: &'a Catalog,
}

/// A parameter of the template, with its value when the profile gives one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Name in the template.
    pub name: &'static str,
    /// Value, or `None`: the person fills it in.
    pub value: Option<String>,
}

/// A text file beside the template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// Language, for people.
    pub language: &'static str,
    /// Fence of the code block.
    pub fence: &'static str,
    /// Content.
    pub text: &'static str,
}

impl Sample {
    pub(super) const fn python(text: &'static str) -> Self {
        Self {
            language: "Python",
            fence: "python",
            text,
        }
    }

    pub(super) const fn javascript(text: &'static str) -> Self {
        Self {
            language: "JavaScript",
            fence: "javascript",
            text,
        }
    }
}

/// The parts of one stack.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Name of the template file.
    pub template: &'static str,
    /// Switches and numbers of the template.
    pub context: Value,
    /// Parameters in template order.
    pub parameters: Vec<Parameter>,
    /// Region to deploy in.
    pub region: String,
    /// Capabilities that the deployment needs.
    pub capabilities: &'static [&'static str],
    /// How clients connect.
    pub samples: Vec<Sample>,
    /// What to know, one sentence each.
    pub hints: Vec<String>,
    /// What the stack creates, in words.
    pub creates: Vec<&'static str>,
    /// Variable of the samples, and the output that fills it.
    pub variables: &'static [(&'static str, &'static str)],
    /// What to install for the samples.
    pub installs: &'static [&'static str],
    /// Markdown that does not fit into one sentence, such as a policy.
    pub sections: Vec<String>,
    /// What a removal leaves behind or ends, one sentence each.
    pub stays: Vec<&'static str>,
}

impl Parameter {
    /// One whose value follows from the profile.
    pub(super) fn new(name: &'static str, value: impl Into<String>) -> Self {
        let value = Some(value.into());
        Self { name, value }
    }

    /// The setting of `deployment` that fills it.
    pub fn setting(&self) -> Option<&'static str> {
        SETTINGS
            .iter()
            .find(|(name, _)| *name == self.name)
            .map(|(_, setting)| *setting)
    }
}

/// Parameter and the setting of `deployment` that fills it.
const SETTINGS: &[(&str, &str)] = &[
    ("AlarmEmail", "alarm_email"),
    ("CertificateArn", "certificate_arn"),
    ("ClientSecurityGroupId", "client_security_group_id"),
    ("ClientSecurityGroupIds", "client_security_group_ids"),
    ("DomainNames", "domain_names"),
    ("Countries", "allowed_countries` or `blocked_countries"),
    ("HostedZoneId", "hosted_zone_id"),
    ("KeyGroupIds", "key_group_ids"),
    ("KmsKeyArn", "kms_key_arn"),
    ("NfsDnsIps", "nfs_dns_ips"),
    ("OriginArn", "load_balancer_arn"),
    ("OriginBucketName", "origin_bucket"),
    ("OriginDomainName", "origin_domain"),
    ("RepositoryPath", "origin_bucket` or `nfs_path"),
    ("RestoreFrom", "restore_from"),
    ("RouteTableIds", "route_table_ids"),
    ("SubnetId", "subnet_ids"),
    ("SubnetIds", "subnet_ids"),
    ("VpcId", "vpc_id"),
];

/// Parts that templates include.
pub const SHARED: &[(&str, &str)] = &[
    (
        "_budget",
        cachewright_templates::text("stack/_budget.yaml.tera"),
    ),
    (
        "_extras",
        cachewright_templates::text("stack/_extras.yaml.tera"),
    ),
    (
        "_tags",
        cachewright_templates::text("stack/_tags.yaml.tera"),
    ),
    (
        "_head",
        cachewright_templates::text("stack/_head.yaml.tera"),
    ),
    (
        "_alarms",
        cachewright_templates::text("stack/_alarms.yaml.tera"),
    ),
];

impl<'a> StackCase<'a> {
    /// What the model of the service may look at.
    pub(super) fn context(&self, load: &'a Load) -> Context<'a> {
        Context {
            profile: self.profile,
            load,
            variant: self.variant,
            weights: &self.catalog.weights,
        }
    }
}

impl StackCase<'_> {
    /// A single-valued setting of `deployment`.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        self.profile.deployment.values.get(name).cloned()
    }

    /// A list-valued setting, comma-separated as CloudFormation takes it.
    pub(super) fn list(&self, name: &str) -> Option<String> {
        self.profile
            .deployment
            .lists
            .get(name)
            .filter(|l| !l.is_empty())
            .map(|l| l.join(","))
    }

    pub(super) fn customer_key(&self) -> bool {
        self.setting("kms_key_arn").is_some()
    }

    /// A parameter with the value of its setting, where the profile has it.
    pub(super) fn filled(&self, name: &'static str) -> Parameter {
        let setting = Parameter { name, value: None }.setting();
        let value = setting.and_then(|s| self.setting(s).or_else(|| self.list(s)));
        Parameter { name, value }
    }

    /// Security groups of the callers that exist already.
    fn client_groups(&self) -> Vec<String> {
        let several = self
            .profile
            .deployment
            .lists
            .get("client_security_group_ids");
        let one = self.setting("client_security_group_id");
        let mut groups: Vec<String> = one.into_iter().collect();
        for group in several.into_iter().flatten() {
            if !groups.contains(group) {
                groups.push(group.clone());
            }
        }
        groups
    }

    /// How the template refers to each of the callers' groups; the one that the stack makes where none is named.
    pub(super) fn clients(&self, given: bool) -> Vec<String> {
        match self.client_groups().len() {
            _ if !given => vec!["!Ref ClientSecurityGroup".to_owned()],
            0 | 1 => vec!["!Ref ClientSecurityGroupId".to_owned()],
            several => (0..several)
                .map(|at| format!("!Select [{at}, !Ref ClientSecurityGroupIds]"))
                .collect(),
        }
    }

    /// Whether the callers' groups exist already.
    pub(super) fn client_given(&self) -> bool {
        !self.client_groups().is_empty()
    }

    /// The parameter of the callers' groups.
    pub(super) fn client_parameter(&self, out: &mut Vec<Parameter>) {
        let groups = self.client_groups();
        let name = match groups.len() {
            0 => return,
            1 => "ClientSecurityGroupId",
            _ => "ClientSecurityGroupIds",
        };
        out.push(Parameter {
            name,
            value: Some(groups.join(",")),
        });
    }

    /// A setting that is on or off.
    pub(super) fn switch(&self, name: &str) -> bool {
        self.profile.deployment.values.contains_key(name)
    }

    pub(super) fn alarms(&self) -> bool {
        self.setting("alarm_email").is_some()
    }

    /// Callers sit in a VPC and ask for a private way.
    fn private_way(&self) -> bool {
        self.profile.private_access != Need::No && self.profile.network.vpc == Vpc::Existing
    }

    /// The VPC has its gateway endpoint already.
    pub(super) fn existing_endpoint(&self) -> bool {
        let stated = self.setting("gateway_endpoint");
        self.private_way() && stated.is_some_and(|way| way != "create")
    }

    /// The stack makes the private way.
    pub(super) fn private_endpoint(&self) -> bool {
        self.private_way() && !self.existing_endpoint()
    }

    /// Parameters that several stacks share.
    pub(super) fn common(&self, out: &mut Vec<Parameter>) {
        if self.customer_key() {
            out.push(self.filled("KmsKeyArn"));
        }
        if self.alarms() {
            out.push(self.filled("AlarmEmail"));
        }
    }

    /// Parameters of a gateway endpoint.
    pub(super) fn endpoint(&self, out: &mut Vec<Parameter>) {
        out.push(self.filled("VpcId"));
        out.push(self.filled("RouteTableIds"));
    }
}

/// The dashboard of a service. Dimensions may name resources of the template as `${Id}`.
pub(super) struct Board {
    pub(super) namespace: &'static str,
    pub(super) dimensions: &'static [&'static str],
    /// Title, statistic and metrics of each chart.
    pub(super) charts: &'static [(&'static str, &'static str, &'static [&'static str])],
}

impl Board {
    /// The first charts as the template takes them: a text of JSON each.
    pub(super) fn widgets(&self, most: usize) -> Vec<String> {
        let metric = |name: &&'static str| {
            let head = [self.namespace, *name].into_iter();
            let words = head.chain(self.dimensions.iter().copied());
            words.collect::<Vec<_>>()
        };
        let widget = |(title, statistic, metrics): &(&str, &str, &[&'static str])| {
            let metrics: Vec<_> = metrics.iter().map(metric).collect();
            json!({
                "type": "metric", "width": 12, "height": 6,
                "properties": {
                    "title": title, "stat": statistic, "period": 300, "region": "${AWS::Region}", "metrics": metrics,
                },
            })
            .to_string()
        };
        self.charts.iter().take(most).map(widget).collect()
    }
}

/// Whole US dollars of `deployment.monthly_budget`, such as `500 USD`.
pub fn budget(profile: &Profile) -> Option<u64> {
    let text = profile.deployment.values.get("monthly_budget")?;
    let number = text.strip_suffix("USD")?.trim_end();
    number.parse().ok().filter(|usd| *usd > 0)
}

/// Keys and values of `deployment.tags`.
pub fn tags(profile: &Profile) -> Vec<(&str, &str)> {
    let list = profile.deployment.lists.get("tags");
    let tags = list.into_iter().flatten();
    tags.filter_map(|tag| tag.split_once('=')).collect()
}

/// What a stack makes: the texts whose condition holds.
pub(super) fn made<const N: usize>(parts: [(bool, &'static str); N]) -> Vec<&'static str> {
    let held = parts.into_iter().filter(|(held, _)| *held);
    held.map(|(_, text)| text).collect()
}

/// A cap above the demand: a quarter more, rounded up, at least `floor`.
pub(super) fn cap(demand: Decimal, floor: u64) -> u64 {
    let with_room = demand * Decimal::new(125, 2);
    with_room.ceil().to_u64().unwrap_or(u64::MAX).max(floor)
}

/// A stack cannot be made for this profile.
pub(super) fn refuse(message: impl Into<String>, help: impl Into<String>) -> Failure {
    Failure::new(Exit::BadInput, "stack-input", message).help(help)
}
