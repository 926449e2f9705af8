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
            let shown = decision.notes.iter().any(|n| n.code == code)
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
