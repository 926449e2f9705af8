//! What the options of a stack do: functions at the edge run, every setting has an effect somewhere, refusals have their reason.

use std::process::Command;

use cachewright::stack::{self, Input};

use crate::matrix::{Generator, profile_text, rendered, template};
use crate::parsed::parse;
use crate::tools;

/// The code of the function of a template, for a machine without an edge.
fn code(name: &str) -> String {
    let text = template(name);
    let block = text
        .lines()
        .skip_while(|l| !l.trim().starts_with("FunctionCode:"));
    let lines = block.skip(1).take_while(|l| l.starts_with("        "));
    let code: Vec<&str> = lines.map(str::trim_start).collect();
    code.join("\n")
        .replace("import cf from 'cloudfront';", "")
        .replace("${OriginDomainName}", "app.example.org")
}

/// Runs the handler for a path; prints the path it leaves and what it asked of the edge.
fn run(code: &str, path: &str) -> Option<String> {
    let node = tools::find("node", &[])?;
    let script = format!(
        "const asked = []; const cf = {{ updateRequestOrigin: (o) => asked.push(o) }};\n{code}\n\
         const out = handler({{ request: {{ uri: {path:?} }} }}); console.log(out.uri + ' ' + JSON.stringify(asked));"
    );
    let output = tools::run(Command::new(node).args(["-e", &script]));
    assert!(output.status.success(), "{}", tools::text(&output));
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn directories_have_an_index() {
    let code = code("cloudfront.pay-as-you-go.s3-refusing.");
    for (path, file) in [
        ("/", "/index.html"),
        ("/blog", "/blog/index.html"),
        ("/blog/", "/blog/index.html"),
        ("/v1.2/notes", "/v1.2/notes/index.html"),
        ("/app.js", "/app.js"),
    ] {
        let Some(left) = run(&code, path) else {
            return;
        };
        assert_eq!(left, format!("{file} []"), "{path}");
    }
}

/// The managed policies of the small plans have the viewer's Host in their key: the origin would be asked by it, and no
/// certificate of the origin carries it.
#[test]
fn an_origin_of_a_small_plan_is_asked_by_its_own_name() {
    for plan in ["free", "pro"] {
        let code = code(&format!("cloudfront.{plan}.web."));
        let Some(left) = run(&code, "/api") else {
            return;
        };
        let asked = r#"/api [{"hostHeader":"app.example.org","sni":"app.example.org"}]"#;
        assert_eq!(left, asked, "{plan}");
    }
    for plan in ["business", "pay-as-you-go"] {
        let text = template(&format!("cloudfront.{plan}.web."));
        assert!(!text.contains("EdgeFunction"), "{plan}");
    }
}

#[test]
fn a_certificate_of_the_stack_covers_every_name_and_is_proved_in_the_zone() {
    let one = rendered("cloudfront.pay-as-you-go.web-certificate.");
    let text = &one.stack.template;
    assert!(
        !text.contains("CertificateArn:\n"),
        "no certificate is asked for"
    );
    assert!(text.contains("AcmCertificateArn: !Ref Certificate\n"));
    assert_eq!(text.matches("HostedZoneId: !Ref HostedZoneId }").count(), 2);
    assert!(
        one.stack
            .missing
            .iter()
            .all(|name| name == "OriginDomainName")
    );
}

#[test]
fn refusals_are_not_answered_by_a_page() {
    let text = template("cloudfront.pay-as-you-go.s3-refusing.");
    assert!(!text.contains("ErrorCode: 403") && text.contains("ErrorCode: 404"));
    assert!(!template("cloudfront.pay-as-you-go.s3-refusing-alarms.").contains("ClientErrorAlarm"));
    assert!(template("cloudfront.pay-as-you-go.s3-alarms.").contains("ClientErrorAlarm"));
    let resources = parse(text);
    let allowed = resources.get("Parameters").unwrap().get("Countries");
    assert!(allowed.is_some());
}

/// A service, lines of the profile, settings, and what the refusal says.
const REFUSED: &[(&str, &str, &str, &[&str], &str)] = &[
    (
        "cloudfront",
        "free",
        "origin: { kind: other }",
        &["cached_paths: [/a/*, /b/*, /c/*, /d/*, /e/*]"],
        "free has 5",
    ),
    (
        "cloudfront",
        "pro",
        "origin: { kind: s3 }",
        &["origin_shield: eu-west-1"],
        "the pro plan has no Origin Shield",
    ),
    (
        "cloudfront",
        "pay-as-you-go",
        "origin: { kind: s3 }",
        &["origin_shield: eu-west-3"],
        "no Origin Shield in `eu-west-3`",
    ),
    (
        "cloudfront",
        "pay-as-you-go",
        "origin: { kind: s3 }",
        &["allowed_countries: [DE]", "blocked_countries: [FR]"],
        "either countries that are answered",
    ),
    (
        "cloudfront",
        "pay-as-you-go",
        "origin: { kind: s3 }",
        &["single_page: true", "blocked_countries: [FR]"],
        "whose refusals it would answer",
    ),
    (
        "cloudfront",
        "pay-as-you-go",
        "origin: { kind: s3 }",
        &["single_page: true", "directory_index: true"],
        "whose directories it would answer for",
    ),
];

#[test]
fn what_cannot_be_had_is_refused_with_its_reason() {
    let generator = Generator::new();
    for (service, variant, line, settings, said) in REFUSED {
        let text = profile_text(service, "us-east-1", "site", &[line], settings);
        let refused = generator.generate(&generator.profile(&text), service, Some(variant));
        let why = refused.expect_err(said);
        assert!(why.contains(said), "{why}");
    }
}

#[test]
fn a_setting_without_effect_is_told() {
    let generator = Generator::new();
    let settings = [
        "cors: true",
        "dashboard: true",
        "route_table_ids: [rtb-0123456789abcdef0]",
        "kms_key_arn: \"arn:aws:kms:us-east-1:111122223333:key/abc\"",
    ];
    let text = profile_text(
        "dynamodb",
        "us-east-1",
        "pages",
        &["private_access: \"no\""],
        &settings,
    );
    let profile = generator.profile(&text);
    let stack = generator
        .generate(&profile, "dynamodb", Some("standard"))
        .unwrap();
    let unused = generator.with(
        &profile,
        "dynamodb",
        Some("standard"),
        |input: &Input<'_>| stack::unused(input, &stack),
    );
    assert_eq!(unused, ["cors", "route_table_ids"]);
}
