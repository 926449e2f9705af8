//! The file cache: the native type where it is registered, a Lambda-backed custom resource elsewhere.

use rust_decimal::prelude::ToPrimitive;
use serde_json::json;

use super::{FileCache, ID};
use crate::domain::profile::OriginKind;
use crate::exit::Failure;
use crate::services::parts::{Board, Parameter, Parts, Sample, StackCase, made};
use crate::services::{GIB, ServiceModel};

const PROVISIONER: &str = const { cachewright_templates::text("stack/file_cache_provisioner.py") };

/// Template files: name and text.
pub(super) const TEMPLATES: &[(&str, &str)] = &[(
    "file-cache",
    const { cachewright_templates::text("stack/file-cache.yaml.tera") },
)];

/// The dashboard.
/// Source: https://docs.aws.amazon.com/fsx/latest/FileCacheGuide/utilization-metrics.html, 2026-11-30.
const BOARD: Board = Board {
    namespace: "AWS/FSx",
    dimensions: &["FileCacheId", "${Cache.FileCacheId}"],
    charts: &[
        (
            "Bytes read and written",
            "Sum",
            &["DataReadBytes", "DataWriteBytes"],
        ),
        ("Free space", "Sum", &["FreeDataStorageCapacity"]),
        (
            "Operations",
            "Sum",
            &[
                "DataReadOperations",
                "DataWriteOperations",
                "MetadataOperations",
            ],
        ),
    ],
};

/// The parts of the stack for a workload.
pub(super) fn parts(case: &StackCase<'_>) -> Result<Parts, Failure> {
    let p = case.profile;
    let nfs = matches!(p.origin.kind, OriginKind::Nfs | OriginKind::OnPremises);
    let registered = case
        .catalog
        .stacks
        .native_types
        .get(ID)
        .is_some_and(|r| r.contains(&p.region));
    let native = registered && !nfs;
    let bytes = FileCache.size(p);
    let gib = (bytes / GIB).to_u64().unwrap_or(1_200);
    let client_given = case.client_given();
    Ok(Parts {
        template: "file-cache",
        context: json!({
            "capacity_gib": gib,
            "native": native,
            "nfs": nfs,
            "why_custom": if nfs { "kind of repository (NFS)" } else { "Region" },
            "client_group_given": client_given,
            "clients": case.clients(client_given),
            "customer_key": case.customer_key(),
            "alarms": case.alarms(),
            "widgets": BOARD.widgets(5),
            "provisioner": indented(),
        }),
        parameters: parameters(case, gib, nfs),
        region: p.region.clone(),
        capabilities: if native { &[] } else { &["CAPABILITY_IAM"] },
        samples: vec![
            Sample {
                language: "Mount",
                fence: "sh",
                text: const { cachewright_templates::text("samples/file-cache.sh") },
            },
            Sample::python(const { cachewright_templates::text("samples/file-cache.py") }),
        ],
        hints: hints(nfs, client_given),
        creates: creates(case, native),
        variables: &[
            ("DNS_NAME", "output `DnsName`"),
            ("MOUNT_NAME", "output `MountName`"),
        ],
        installs: &[
            "Clients run Linux with the Lustre client 2.12 or later (`amazon-linux-extras install lustre`, `apt install lustre-client-modules-aws`, by distribution); Python 3.9 or later needs nothing besides.",
        ],
        sections: Vec::new(),
        stays: vec![
            "What was not exported to the repository is lost; the repository itself stays as it is.",
        ],
    })
}

fn creates(case: &StackCase<'_>, native: bool) -> Vec<&'static str> {
    let given = case.client_given();
    made([
        (native, "a file cache"),
        (
            !native,
            "a function that creates a file cache and deletes it with the stack",
        ),
        (!native, "the function's role and its log group (30 days)"),
        (!given, "security groups for its servers and clients"),
        (given, "a security group for its servers"),
        (case.alarms(), "an alarm, and a topic that mails it"),
    ])
}

/// In the order of the template.
fn parameters(case: &StackCase<'_>, gib: u64, nfs: bool) -> Vec<Parameter> {
    let subnets = case.profile.deployment.lists.get("subnet_ids");
    let repository = if nfs {
        case.setting("nfs_path")
    } else {
        case.setting("origin_bucket").map(|b| format!("s3://{b}/"))
    };
    let mut out = vec![
        Parameter::new("CapacityGib", gib.to_string()),
        case.filled("VpcId"),
        Parameter {
            name: "SubnetId",
            value: subnets.and_then(|all| all.first()).cloned(),
        },
    ];
    case.client_parameter(&mut out);
    out.push(Parameter {
        name: "RepositoryPath",
        value: repository,
    });
    if nfs {
        out.push(case.filled("NfsDnsIps"));
    }
    case.common(&mut out);
    out
}

/// The function's code as the template has it, below a key.
fn indented() -> String {
    let lines: String = PROVISIONER
        .trim_end()
        .lines()
        .map(|l| {
            if l.is_empty() {
                "\n".to_owned()
            } else {
                format!("          {l}\n")
            }
        })
        .collect();
    lines.trim_end().to_owned()
}

fn hints(nfs: bool, client_given: bool) -> Vec<String> {
    let mut out = vec![
        "Export changed files before the stack is removed: `lfs hsm_archive`; deleting the cache loses the rest.".to_owned(),
        "Capacity, subnet and repository cannot be changed; a change replaces the cache.".to_owned(),
    ];
    if client_given {
        out.push("Your own client security group must accept TCP 988 and 1018-1023 from the security group of the cache: its servers call back.".to_owned());
    } else {
        out.push("Add the security group of the output `ClientSecurityGroupId` to every client; before the stack is removed take it off again, or the group cannot be deleted.".to_owned());
    }
    if !nfs {
        out.push("FSx makes a role for the bucket; where it may not, it adds a statement to the bucket's own policy.".to_owned());
    }
    out
}
