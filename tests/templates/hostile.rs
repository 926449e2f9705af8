//! What a user types never changes the structure of a template.

use cachewright::domain::profile::Profile;
use proptest::prelude::*;

use crate::matrix::{Generator, profile_text};
use crate::parsed::{parse, shape};

const NASTY: &[&str] = &[
    "\"",
    "'",
    "\n",
    "\r\n",
    "\t",
    "!Ref AWS::StackName",
    "${AWS::StackName}",
    "{{ x }}",
    "{% include \"_head\" %}",
    "{# x #}",
    "---",
    "...",
    "- a",
    ": ",
    " #",
    "&a",
    "*a",
    "<<",
    "\\",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{0}",
    "%",
    "@",
    "`",
    "12:30",
    "yes",
    "~",
    "é",
    "🦀",
    "Resources:\n  X:\n    Type: AWS::S3::Bucket",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(NASTY).prop_map(ToOwned::to_owned),
        any::<char>().prop_map(String::from),
        "[ -~]{0,8}"
    ];
    prop_oneof![
        9 => prop::collection::vec(piece, 0..12).prop_map(|v| v.concat()),
        1 => prop::sample::select(NASTY).prop_map(|n| n.repeat(10_240 / n.len())),
    ]
}

/// One profile per service with every free text replaced.
fn poison(profile: &mut Profile, text: &str) {
    text.clone_into(&mut profile.name);
    profile.description = Some(text.to_owned());
    for name in [
        "alarm_email",
        "kms_key_arn",
        "certificate_arn",
        "origin_domain",
        "origin_bucket",
        "vpc_id",
        "client_security_group_id",
        "contributor_insights",
        "cors",
        "dashboard",
        "directory_index",
        "extra_metrics",
        "origin_secret",
        "point_in_time_recovery",
        "keep_snapshots",
        "monthly_budget",
    ] {
        profile
            .deployment
            .values
            .insert(name.to_owned(), text.to_owned());
    }
    for name in [
        "subnet_ids",
        "domain_names",
        "allowed_countries",
        "key_group_ids",
    ] {
        profile
            .deployment
            .lists
            .insert(name.to_owned(), vec![text.to_owned(); 2]);
    }
    // At most as long as `generate` takes them; with a sign of its own, for one without is no tag.
    let text: String = text.chars().take(64).collect();
    let tags = vec![format!("{text}={text}"); 2];
    profile.deployment.lists.insert("tags".to_owned(), tags);
    let paths = ("cached_paths".to_owned(), vec![text; 2]);
    profile.deployment.lists.extend([paths]);
}

const CASES: &[(&str, Option<&str>)] = &[
    ("cloudfront", Some("pay-as-you-go")),
    ("cloudfront", Some("premium")),
    ("elasticache-serverless", Some("redis")),
    ("elasticache-serverless", Some("memcached")),
    ("file-cache", None),
    ("dynamodb", Some("standard")),
    ("s3-express", None),
];

fn case(generator: &Generator, service: &str, region: &str, text: &str) -> Profile {
    let lines = [
        "network: { vpc: existing }",
        "private_access: required",
        "origin: { kind: s3 }",
    ];
    let mut profile = generator.profile(&profile_text(
        service,
        region,
        "plain",
        &lines[usize::from(service == "cloudfront") * 2..],
        &[],
    ));
    poison(&mut profile, text);
    profile
}

#[test]
fn structure_never_depends_on_texts() {
    let generator = Generator::new();
    let mut plain = Vec::new();
    for region in ["us-east-1", "eu-west-1"] {
        for (service, variant) in CASES {
            let stack = generator
                .generate(
                    &case(&generator, service, region, "plain"),
                    service,
                    *variant,
                )
                .unwrap();
            plain.push((
                region,
                *service,
                *variant,
                shape(&parse(&stack.template)),
                stack.template.lines().count(),
            ));
        }
    }
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 48,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let result = runner.run(&hostile(), |text| {
        for (region, service, variant, expected, lines) in &plain {
            let stack = generator
                .generate(&case(&generator, service, region, &text), service, *variant)
                .map_err(TestCaseError::fail)?;
            prop_assert_eq!(&shape(&parse(&stack.template)), expected, "{}", service);
            prop_assert_eq!(stack.template.lines().count(), *lines, "{}", service);
            prop_assert!(stack.template.len() < 51_200);
            let root = parse(&stack.template);
            let description = root
                .get("Description")
                .and_then(|d| d.text())
                .unwrap_or_default();
            prop_assert!(
                description.len() <= 1024,
                "{} bytes of description",
                description.len()
            );
            serde_json::from_str::<serde_json::Value>(&stack.parameters)
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}
