//! Prices and recommendations that others published.

mod support;

use rust_decimal::Decimal;
use serde_json::Value;

#[test]
fn published_prices_are_met_within_their_tolerance() {
    let cases: Vec<Value> =
        serde_json::from_str(&std::fs::read_to_string("tests/oracles/pricing.json").unwrap())
            .unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let argv: Vec<&str> = case["argv"]
            .as_array()
            .unwrap()
            .iter()
            .map(|a| a.as_str().unwrap())
            .collect();
        let mut args = vec!["price"];
        args.extend(&argv);
        args.extend(["-f", "json"]);
        let output = support::run(&args);
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}: {}", case["id"], support::stderr(&output)));
        let total: Decimal = json["total"].as_str().unwrap().parse().unwrap();
        let decimal = |key: &str| {
            let text = case[key].to_string();
            Decimal::from_scientific(&text)
                .or_else(|_| text.parse())
                .unwrap()
        };
        let off = (total - decimal("expected_total_usd")).abs();
        if json["complete"] != true || off > decimal("tolerance_usd") {
            wrong.push(format!(
                "{}: {total}, expected {}",
                case["id"], case["expected_total_usd"]
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} wrong: {wrong:#?}",
        wrong.len(),
        cases.len()
    );
    assert!(cases.len() >= 66);
}

#[test]
fn published_recommendations_are_met() {
    let (catalog, book) = support::data();
    let text = std::fs::read_to_string("tests/oracles/recommend/expectations.json").unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let words = |v: &Value| -> Vec<String> {
        v.as_array()
            .unwrap()
            .iter()
            .map(|w| w.as_str().unwrap().to_owned())
            .collect()
    };
    let mut good = 0;
    let mut wrong = Vec::new();
    for case in &cases {
        let path = format!(
            "tests/oracles/recommend/{}",
            case["profile"].as_str().unwrap()
        );
        let profile = support::profile_file(path.as_ref(), &catalog);
        let decision = support::decide(&catalog, &book, &profile);
        let answer = decision.answer();
        assert!(
            !words(&case["rejected"]).iter().any(|r| r == answer),
            "{}: rejected answer {answer}",
            case["id"]
        );
        for note in words(&case["notes_expected"]) {
            let code = format!("consider-{note}");
            let shown = decision.notes.iter().any(|n| n.code() == code)
                || decision.candidates.iter().any(|c| c.pick.service == note);
            assert!(shown, "{}: note {note} is missing", case["id"]);
        }
        if answer == case["expected_service"].as_str().unwrap()
            || words(&case["acceptable"]).iter().any(|a| a == answer)
        {
            good += 1;
        } else {
            wrong.push(format!(
                "{}: {answer}, expected {}",
                case["id"], case["expected_service"]
            ));
        }
    }
    println!("{good} of {} answered as published", cases.len());
    assert!(good * 100 >= cases.len() * 95, "{wrong:#?}");
}

/// Standard-IA has prices of its own: known for three Regions, and never the Standard price elsewhere.
#[test]
fn provisioned_standard_ia_has_its_own_price_or_none() {
    let price = |args: &[&str]| {
        let mut all = vec!["price", "dynamodb", "-f", "json", "--no-free-tier"];
        all.extend(args);
        let output = support::run(&all);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), json)
    };
    for (region, variant, capacity, total) in [
        (
            "us-east-1",
            "standard",
            ["wcu-hours=14600", "rcu-hours=21900"],
            "12.337",
        ),
        (
            "us-east-1",
            "standard-ia",
            ["wcu-hours=14600", "rcu-hours=21900"],
            "15.33",
        ),
        (
            "eu-west-1",
            "standard-ia",
            ["wcu-hours=1000", "rcu-hours=1000"],
            "1.103",
        ),
    ] {
        let (_, json) = price(&[
            "--region",
            region,
            "--variant",
            variant,
            capacity[0],
            capacity[1],
        ]);
        let found: Decimal = json["total"].as_str().unwrap().parse().unwrap();
        assert_eq!(found, total.parse().unwrap(), "{region} {variant}: {json}");
        assert_eq!(json["complete"], true);
    }
    for (region, meter) in [
        ("eu-central-1", "wcu-hours=1000"),
        ("us-east-1", "replicated-write-request-units=1M"),
        ("us-east-1", "replicated-wcu-hours=1000"),
    ] {
        let (code, json) = price(&[
            "--region",
            region,
            "--variant",
            "standard-ia",
            meter,
            "--strict",
        ]);
        assert_eq!(
            (code, &json["complete"]),
            (Some(4), &Value::Bool(false)),
            "{meter}: {json}"
        );
        assert!(json["line_items"][0]["cost"].is_null(), "{json}");
    }
}

/// A gateway endpoint serves its VPC only, so private callers on premises need an interface endpoint,
/// which DynamoDB has and directory buckets do not.
#[test]
fn private_callers_on_premises_need_an_interface_endpoint() {
    let output = support::run(&[
        "recommend",
        "examples/borderline/06-private-on-premises-b.yaml",
        "-f",
        "json",
    ]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let candidates = json["candidates"].as_array().unwrap();
    let of = |service: &str| candidates.iter().find(|c| c["service"] == service).unwrap();
    let line = |meter: &str| {
        let lines = of("dynamodb")["line_items"].as_array().unwrap().clone();
        lines.into_iter().find(|l| l["meter"] == meter).unwrap()
    };
    assert_eq!(line("interface-endpoint-hours")["cost"], "7.3");
    assert!(line("interface-endpoint-gb")["quantity"].as_str().unwrap() > "0");
    assert_eq!(of("s3-express")["verdict"], "ruled-out");
    let reasons = of("s3-express")["reasons"].to_string();
    assert!(
        reasons.contains("s3-express-private-on-premises"),
        "{reasons}"
    );
}

/// Rows of reports against `tests/recompute.py`, which knows unit prices and AWS's billing rules only.
#[test]
fn costs_are_those_of_an_independent_reckoning() {
    let mut book = support::files("catalog/prices", ".json");
    book.retain(|path| !path.starts_with("catalog/prices/comparisons"));
    let profiles = [
        "examples",
        "examples/borderline",
        "tests/oracles/panel",
        "tests/oracles/signed",
    ];
    let profiles = profiles.iter().flat_map(|dir| support::files(dir, ".yaml"));
    let output = std::process::Command::new("python3")
        .arg("tests/recompute.py")
        .arg(env!("CARGO_BIN_EXE_cachewright"))
        .args(book.last())
        .args(profiles)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        support::stderr(&output)
    );
    let rows: u32 = said
        .lines()
        .last()
        .and_then(|l| l.split(' ').next()?.parse().ok())
        .unwrap();
    assert!(rows > 900, "{said}");
}

/// A bill of April 2026 in Seoul: a Valkey cache with a stated minimum of 1 GB and 1,000 ECPU a second, which is
/// billed for the hours it existed (561.19 of them).
#[test]
fn a_real_bill_is_met_to_the_cent() {
    let output = support::run(&[
        "price",
        "elasticache-serverless",
        "--variant",
        "valkey",
        "--region",
        "ap-northeast-2",
        "stored-gb-hours=561.19",
        "ecpus=2020284000",
        "-f",
        "json",
    ]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = json["line_items"].as_array().unwrap();
    let cents: Vec<Decimal> = lines
        .iter()
        .map(|l| {
            l["cost"]
                .as_str()
                .unwrap()
                .parse::<Decimal>()
                .unwrap()
                .round_dp(2)
        })
        .collect();
    assert_eq!(cents, [Decimal::new(5668, 2), Decimal::new(545, 2)]);
}
