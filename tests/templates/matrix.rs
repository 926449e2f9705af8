//! Every stack the program can generate: service × variant × option set × Region, one entry per content.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cachewright::decide::{Engine, Options};
use cachewright::domain::catalog::{Catalog, Tri};
use cachewright::domain::decision::Decision;
use cachewright::domain::profile::Profile;
use cachewright::stack::{self, Stack};
use cachewright::{embedded, services, workload};

/// One distinct template and where it belongs.
#[derive(Debug)]
pub(crate) struct Rendered {
    /// Readable and unique, the name of the file given to the linters.
    pub(crate) name: String,
    /// Regions to deploy it in.
    pub(crate) regions: BTreeSet<String>,
    /// The stack.
    pub(crate) stack: Stack,
}

/// The matrix.
#[derive(Debug)]
pub(crate) struct Matrix {
    /// How many stacks were generated.
    pub(crate) combinations: usize,
    /// How many combinations have no stack, by the code that says why.
    pub(crate) refused: BTreeMap<String, usize>,
    /// Distinct contents.
    pub(crate) rendered: Vec<Rendered>,
}

const SERVICES: &[(&str, &str)] = &[
    ("cloudfront", "layer: edge"),
    ("elasticache-serverless", "layer: application"),
    ("file-cache", "layer: storage\ninterface: posix"),
    ("dynamodb", "layer: application"),
    ("s3-express", "layer: storage\ninterface: object"),
];

/// Switches of the profile; every combination of them is an option set.
const KEY: &str =
    "kms_key_arn: \"arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab\"";
const ALARM: &str = "alarm_email: ops@example.com";
const GROUP: &str = "client_security_group_id: sg-0123456789abcdef0";

const GROUPS: &str = "client_security_group_ids: [sg-0123456789abcdef0, sg-0123456789abcdef1]";

/// What every stack may have besides; the budget needs the alarms' address.
const EXTRAS: &[&str] = &[
    "dashboard: true",
    "monthly_budget: 500 USD",
    "tags: [team=shop, \"cost center=a: b\"]",
];

/// The settings of a service: what changes its template besides key and alarms.
fn settings(service: &str) -> Vec<(&'static str, Vec<&'static str>, Vec<&'static str>)> {
    // (name, lines of the profile, lines of `deployment`)
    match service {
        "cloudfront" => vec![
            ("web", vec!["origin: { kind: other }"], vec![]),
            (
                "web-domain",
                vec!["origin: { kind: other }"],
                vec![
                    "certificate_arn: \"arn:aws:acm:us-east-1:111122223333:certificate/abc\"",
                    "domain_names: [www.example.com, example.com]",
                    "hosted_zone_id: Z0123456789ABCDEFGHIJ",
                ],
            ),
            (
                "web-extras",
                vec!["origin: { kind: other }"],
                [
                    EXTRAS,
                    &[
                        "cors: true",
                        "extra_metrics: true",
                        "origin_secret: true",
                        "cached_paths: [/static/*, /media/*]",
                    ],
                ]
                .concat(),
            ),
            (
                "s3-extras",
                vec!["origin: { kind: s3 }"],
                [EXTRAS, &["cors: true", "single_page: true"]].concat(),
            ),
            (
                "web-certificate",
                vec!["origin: { kind: other }"],
                vec![
                    "domain_names: [example.com, www.example.com]",
                    "hosted_zone_id: Z0123456789ABCDEFGHIJ",
                ],
            ),
            (
                "s3-refusing",
                vec!["origin: { kind: s3 }"],
                vec![
                    "allowed_countries: [DE, NO]",
                    "key_group_ids: [0123abcd-0123-4567-89ab-0123456789ab]",
                    "directory_index: true",
                ],
            ),
            (
                "s3-shield",
                vec!["origin: { kind: s3 }"],
                vec!["origin_shield: eu-west-1", "blocked_countries: [FR]"],
            ),
            (
                "s3-near",
                vec!["origin: { kind: s3 }"],
                vec!["price_class: PriceClass_100"],
            ),
            ("s3", vec!["origin: { kind: s3 }"], vec![]),
            (
                "s3-bucket",
                vec!["origin: { kind: s3 }"],
                vec!["origin_bucket: pictures-of-cats"],
            ),
            (
                "s3-domain",
                vec!["origin: { kind: s3 }"],
                vec![
                    "certificate_arn: \"arn:aws:acm:us-east-1:111122223333:certificate/abc\"",
                    "domain_names: [www.example.com]",
                ],
            ),
            (
                "private",
                vec!["origin: { kind: load-balancer }"],
                vec![
                    "origin_domain: app.example.com",
                    "load_balancer_arn: \"arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/app-1/0123456789abcdef\"",
                ],
            ),
        ],
        "elasticache-serverless" => vec![
            (
                "vpc",
                vec!["network: { vpc: existing }", "private_access: required"],
                vec![],
            ),
            (
                "vpc-pub-sub",
                vec![
                    "network: { vpc: existing }",
                    "requirements: { features: [pub-sub] }",
                ],
                vec![],
            ),
            (
                "vpc-group",
                vec!["network: { vpc: existing }", "private_access: required"],
                vec![GROUP],
            ),
            (
                "vpc-durable",
                vec![
                    "network: { vpc: existing }",
                    "requirements: { durability: survives-restart }",
                ],
                vec!["restore_from: [\"arn:aws:s3:::backups/cache.rdb\"]"],
            ),
            (
                "vpc-groups",
                vec!["network: { vpc: existing }", "private_access: required"],
                vec![GROUPS, "keep_snapshots: 3 days"],
            ),
            ("public", vec!["network: { vpc: none }"], vec![]),
            (
                "public-extras",
                vec!["network: { vpc: none }"],
                EXTRAS.to_vec(),
            ),
            (
                "create-vpc",
                vec![
                    "network: { vpc: none }",
                    "private_access: required",
                    "compute: [lambda]",
                ],
                vec!["create_vpc: true"],
            ),
        ],
        "file-cache" => vec![
            ("s3-extras", vec!["origin: { kind: s3 }"], EXTRAS.to_vec()),
            ("s3", vec!["origin: { kind: s3 }"], vec![]),
            (
                "s3-group",
                vec!["origin: { kind: s3 }"],
                vec![GROUP, "origin_bucket: reference-data"],
            ),
            ("nfs", vec!["origin: { kind: nfs }"], vec![]),
            ("nfs-extras", vec!["origin: { kind: nfs }"], EXTRAS.to_vec()),
            ("s3-groups", vec!["origin: { kind: s3 }"], vec![GROUPS]),
        ],
        "dynamodb" => vec![
            ("open", vec!["private_access: \"no\""], vec![]),
            ("extras", vec!["private_access: \"no\""], EXTRAS.to_vec()),
            (
                "replicas-extras",
                vec!["requirements: { multi_region: reads, replica_regions: [eu-west-1] }"],
                EXTRAS.to_vec(),
            ),
            (
                "private",
                vec!["private_access: required", "network: { vpc: existing }"],
                vec![],
            ),
            (
                "existing-endpoint",
                vec!["private_access: required", "network: { vpc: existing }"],
                vec!["gateway_endpoint: existing"],
            ),
            (
                "durable",
                vec!["requirements: { durability: survives-az-loss }"],
                vec![],
            ),
            (
                "replicas",
                vec!["requirements: { multi_region: reads, replica_regions: [eu-west-1] }"],
                vec![],
            ),
            (
                "insights",
                vec![],
                vec!["point_in_time_recovery: true", "contributor_insights: true"],
            ),
            (
                "replicas-insights",
                vec!["requirements: { multi_region: reads, replica_regions: [eu-west-1] }"],
                vec!["contributor_insights: true"],
            ),
        ],
        _ => vec![
            ("open", vec!["data_ttl"], vec![]),
            ("extras", vec!["data_ttl"], EXTRAS.to_vec()),
            (
                "zones",
                vec!["data_ttl"],
                vec!["availability_zone_ids: [use1-az4, use1-az5, use1-az6]"],
            ),
            (
                "private",
                vec!["private_access: required", "network: { vpc: existing }"],
                vec![],
            ),
            ("no-ttl", vec!["no_ttl"], vec![]),
        ],
    }
}

/// A profile as a user would write it.
pub(crate) fn profile_text(
    service: &str,
    region: &str,
    name: &str,
    lines: &[&str],
    deployment: &[&str],
) -> String {
    let shape = SERVICES
        .iter()
        .find(|s| s.0 == service)
        .expect("a known service")
        .1;
    let ttl = if lines.contains(&"no_ttl") {
        "none"
    } else {
        "1 day"
    };
    let lines: Vec<&str> = lines
        .iter()
        .copied()
        .filter(|l| !l.ends_with("_ttl"))
        .collect();
    let mut text = format!(
        "version: 1\nname: {name}\nregion: {region}\n{shape}\ntraffic: {{ reads: 1200/s, writes: 40/s }}\ndata: {{ item_size: 4 KiB, working_set: 20 GiB, ttl: {ttl} }}\n"
    );
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    if !deployment.is_empty() {
        text.push_str("deployment:\n");
        for line in deployment {
            text.push_str(&format!("  {line}\n"));
        }
    }
    text
}

/// Generates one stack, whatever the decision says about the service.
pub(crate) struct Generator {
    /// Facts.
    pub(crate) catalog: Catalog,
    decision: Decision,
    as_of: String,
}

impl Generator {
    /// With the embedded data and one decision for the texts.
    pub(crate) fn new() -> Self {
        let catalog = embedded::catalog().unwrap();
        let book = embedded::prices().unwrap();
        let text = profile_text("dynamodb", "us-east-1", "product-pages", &[], &[]);
        let profile = Self::read(&catalog, &text);
        let decision = Engine::new(&catalog, &book, Options::default(), &profile).decide(&profile);
        Self {
            catalog,
            decision,
            as_of: book.as_of.clone(),
        }
    }

    fn read(catalog: &Catalog, text: &str) -> Profile {
        match workload::load(text, &[], catalog) {
            Ok(resolved) => resolved.profile,
            Err(invalid) => panic!("{text}\n{:#?}", invalid.problems),
        }
    }

    /// A profile from text.
    pub(crate) fn profile(&self, text: &str) -> Profile {
        Self::read(&self.catalog, text)
    }

    /// The stack, or the code of the refusal.
    pub(crate) fn generate(
        &self,
        profile: &Profile,
        service: &str,
        variant: Option<&str>,
    ) -> Result<Stack, String> {
        let made = self.with(profile, service, variant, stack::generate);
        made.map_err(|failure| format!("{}: {}", failure.code, failure.message))
    }

    /// What a function makes of the input of a stack.
    pub(crate) fn with<T>(
        &self,
        profile: &Profile,
        service: &str,
        variant: Option<&str>,
        make: impl FnOnce(&stack::Input<'_>) -> T,
    ) -> T {
        let mut candidate = self.decision.candidates[0].clone();
        service.clone_into(&mut candidate.pick.service);
        candidate.pick.variant = variant.map(ToOwned::to_owned);
        candidate.name = variant.map_or(service.to_owned(), |v| format!("{service} {v}"));
        let input = stack::Input {
            profile,
            decision: &self.decision,
            candidate: &candidate,
            catalog: &self.catalog,
            prices_as_of: &self.as_of,
            price_terms: "list prices",
        };
        make(&input)
    }

    fn variants(&self, service: &str) -> Vec<Option<String>> {
        self.catalog
            .service(service)
            .unwrap()
            .variants
            .iter()
            .map(|v| v.id.clone())
            .collect()
    }

    fn regions(&self, service: &str) -> Vec<String> {
        let facts = &self.catalog.service(service).unwrap().variants[0].facts;
        let sold = |code: &str| {
            facts
                .regions
                .value
                .as_ref()
                .is_none_or(|r| r.contains(code) != Tri::No)
        };
        self.catalog
            .regions
            .iter()
            .map(|r| r.code.clone())
            .filter(|code| sold(code))
            .collect()
    }
}

/// The matrix, generated once for all tests.
pub(crate) fn matrix() -> &'static Matrix {
    static MATRIX: OnceLock<Matrix> = OnceLock::new();
    MATRIX.get_or_init(|| {
        let kept = kept();
        read(&kept).unwrap_or_else(|| {
            let built = build();
            write(&kept, &built);
            built
        })
    })
}

/// Where the matrix of this very binary is kept: under nextest each test is a process of its own, and
/// the binary holds all that goes into the matrix.
fn kept() -> PathBuf {
    let program = std::env::current_exe().unwrap().metadata().unwrap();
    let built = program.modified().unwrap();
    let since = built.duration_since(std::time::UNIX_EPOCH).unwrap();
    let name = format!("matrix-{}-{}.json", since.as_nanos(), program.len());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// A rendered entry as it is kept: its name and Regions, then the stack field by field.
type Kept = (
    (String, BTreeSet<String>),
    (String, String, String, String, String),
    (Vec<String>, Vec<String>, String),
);

fn read(path: &Path) -> Option<Matrix> {
    let text = std::fs::read_to_string(path).ok()?;
    let (combinations, refused, list): (usize, BTreeMap<String, usize>, Vec<Kept>) =
        serde_json::from_str(&text).ok()?;
    let rendered = list.into_iter().map(|(place, texts, lists)| Rendered {
        name: place.0,
        regions: place.1,
        stack: Stack {
            template: texts.0,
            parameters: texts.1,
            readme: texts.2,
            region: texts.3,
            name: texts.4,
            capabilities: lists.0,
            missing: lists.1,
            missing_keys: lists.2,
            unused: Vec::new(),
        },
    });
    Some(Matrix {
        combinations,
        refused,
        rendered: rendered.collect(),
    })
}

fn write(path: &Path, matrix: &Matrix) {
    let list: Vec<_> = matrix
        .rendered
        .iter()
        .map(|r| {
            let s = &r.stack;
            (
                (&r.name, &r.regions),
                (&s.template, &s.parameters, &s.readme, &s.region, &s.name),
                (&s.capabilities, &s.missing, &s.missing_keys),
            )
        })
        .collect();
    let dir = path.parent().unwrap();
    for old in std::fs::read_dir(dir).unwrap().flatten() {
        if old.file_name().to_string_lossy().starts_with("matrix-") {
            let _ = std::fs::remove_file(old.path());
        }
    }
    // Another process may write the same at the same time: whole files only.
    let mut file = tempfile::NamedTempFile::new_in(dir).unwrap();
    let whole = serde_json::to_vec(&(matrix.combinations, &matrix.refused, list)).unwrap();
    file.write_all(&whole).unwrap();
    file.persist(path).unwrap();
}

fn build() -> Matrix {
    let generator = Generator::new();
    let mut out = Matrix {
        combinations: 0,
        refused: BTreeMap::new(),
        rendered: Vec::new(),
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for (service, _) in SERVICES {
        for region in generator.regions(service) {
            for (name, lines, own) in settings(service) {
                // A Region is no replica of itself, and none has replicas in another partition.
                let replicated = lines.iter().any(|line| line.contains("replica_regions"));
                let abroad = replicated && region.starts_with("us-gov");
                if abroad || lines.iter().any(|line| line.contains(&region)) {
                    continue;
                }
                let every = [vec![], vec![KEY], vec![ALARM], vec![KEY, ALARM]];
                // What comes besides has nothing to do with keys, and its mails go where the alarms go.
                let besides = [vec![ALARM]];
                let switches = if name.ends_with("extras") {
                    besides.iter()
                } else {
                    every.iter()
                };
                for switches in switches {
                    let deployment: Vec<&str> = own.iter().chain(switches).copied().collect();
                    let profile = generator.profile(&profile_text(
                        service,
                        &region,
                        "product-pages",
                        &lines,
                        &deployment,
                    ));
                    for variant in generator.variants(service) {
                        out.combinations += 1;
                        let options = format!(
                            "{name}{}{}",
                            if switches.contains(&KEY) { "-key" } else { "" },
                            if switches.contains(&ALARM) {
                                "-alarms"
                            } else {
                                ""
                            }
                        );
                        match generator.generate(&profile, service, variant.as_deref()) {
                            Ok(stack) => keep(
                                &mut out,
                                &mut seen,
                                stack,
                                &[
                                    service,
                                    variant.as_deref().unwrap_or("only"),
                                    &options,
                                    &region,
                                ],
                            ),
                            Err(why) => *out.refused.entry(why).or_default() += 1,
                        }
                    }
                }
            }
        }
    }
    out
}

/// Content without what only tells where it comes from: the hash of the profile, and the Region.
fn content(stack: &Stack) -> String {
    stack
        .template
        .lines()
        .filter(|l| !l.starts_with("    ProfileSha256:") && !l.starts_with("    Region: "))
        .collect::<Vec<_>>()
        .join("\n")
}

fn keep(out: &mut Matrix, seen: &mut BTreeMap<String, usize>, stack: Stack, name: &[&str]) {
    let region = stack.region.clone();
    let at = *seen.entry(content(&stack)).or_insert_with(|| {
        out.rendered.push(Rendered {
            name: name.join("."),
            regions: BTreeSet::new(),
            stack,
        });
        out.rendered.len() - 1
    });
    out.rendered[at].regions.insert(region);
}

/// The first entry whose name starts like this.
pub(crate) fn rendered(prefix: &str) -> &'static Rendered {
    let found = matrix()
        .rendered
        .iter()
        .find(|r| r.name.starts_with(prefix));
    found.unwrap_or_else(|| panic!("no template is called {prefix}…"))
}

/// Its template.
pub(crate) fn template(prefix: &str) -> &'static str {
    &rendered(prefix).stack.template
}

#[test]
fn every_service_has_stacks_and_every_refusal_has_a_reason() {
    let matrix = matrix();
    eprintln!(
        "{} combinations, {} distinct templates, refused: {:?}",
        matrix.combinations,
        matrix.rendered.len(),
        matrix.refused
    );
    let shaped: BTreeSet<&str> = SERVICES.iter().map(|s| s.0).collect();
    let known: BTreeSet<&str> = services::SERVICES.iter().map(|s| s.id()).collect();
    assert_eq!(shaped, known, "every service has a shape here");
    for (service, _) in SERVICES {
        let count = matrix
            .rendered
            .iter()
            .filter(|r| r.name.starts_with(service))
            .count();
        assert!(count >= 8, "{service} has {count} templates");
    }
    // Only what AWS does not offer has no stack: Redis and Memcached without a VPC, the two small plans
    // before a load balancer that is private, and a plan at some of the edge alone.
    let offered_nowhere = [
        "no public endpoint",
        "no way into a VPC",
        "no Origin Shield",
        "one price for every edge location",
        "makes no budgets",
        // The zones are of another Region.
        "`use1-az4` is not a zone with directory buckets",
    ];
    for why in matrix.refused.keys() {
        let known = offered_nowhere.iter().any(|text| why.contains(text));
        assert!(why.starts_with("stack-input:") && known, "{why}");
    }
}
