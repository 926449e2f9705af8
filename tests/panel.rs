//! Decisions an AWS architect would sign: answers, costs, comparison rows and sentences, reckoned apart from
//! the program (`tests/oracles/panel/expectations.json`; its fields are those of the published panel).

mod support;

use rust_decimal::Decimal;
use serde_json::Value;

/// The report of a case, with all that its texts say.
struct Case {
    json: Value,
    said: String,
}

impl Case {
    fn of(path: &str) -> Self {
        let run = |form: &[&str]| support::run(&[&["recommend", path], form].concat());
        let report = run(&["-f", "json"]);
        let json = serde_json::from_slice(&report.stdout)
            .unwrap_or_else(|e| panic!("{path}: {e}: {}", support::stderr(&report)));
        let mut said = support::stderr(&report);
        said.push_str(&String::from_utf8_lossy(&report.stdout));
        for form in ["text", "markdown"] {
            said.push_str(&String::from_utf8_lossy(&run(&["-f", form]).stdout));
        }
        Self {
            json,
            said: said.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// `service/variant`, `service`, or the outcome.
    fn answer(&self) -> String {
        let winner = &self.json["recommendation"];
        match (winner["service"].as_str(), winner["variant"].as_str()) {
            (Some(service), Some(variant)) => format!("{service}/{variant}"),
            (Some(service), None) => service.to_owned(),
            _ => self.json["outcome"].as_str().unwrap().to_owned(),
        }
    }

    fn rows(&self) -> &[Value] {
        self.json["candidates"].as_array().unwrap()
    }

    /// Complete monthly cost of a row, or of another way to buy it.
    fn cost(&self, of: &str) -> Option<Decimal> {
        let (service, variant) = of.split_once('/').map_or((of, None), |(s, v)| (s, Some(v)));
        let own = self
            .rows()
            .iter()
            .filter(|row| row["service"] == service && row["verdict"] != "comparison");
        let money = |value: &Value| value.as_str().map(|text| text.parse().unwrap());
        for row in own.clone() {
            let cost = &row["monthly_cost"];
            if variant.is_none_or(|v| row["variant"] == v) && cost["complete"] == true {
                return money(&cost["expected"]);
            }
        }
        own.flat_map(|row| row["alternatives"].as_array().unwrap())
            .find(|a| variant.is_some_and(|v| a["variant"] == v) && a["complete"] == true)
            .and_then(|a| money(&a["monthly_cost"]))
    }

    /// Codes of notes and warnings, and of the cautions and reasons of the winner; of every row where nothing is
    /// recommended or all are asked for.
    fn codes(&self, everywhere: bool) -> Vec<&str> {
        let winner = &self.json["recommendation"];
        let wanted = |row: &&Value| {
            everywhere
                || winner.is_null()
                || row["service"] == winner["service"] && row["variant"] == winner["variant"]
        };
        let rows = self.rows().iter().filter(wanted);
        let lists = rows.flat_map(|row| [&row["cautions"], &row["reasons"]]);
        let lists = lists.chain([&self.json["notes"], &self.json["warnings"]]);
        lists
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|entry| entry["code"].as_str())
            .collect()
    }

    fn says(&self, want: &str) -> bool {
        let everywhere = want.starts_with("any:");
        let want = want.trim_start_matches("any:");
        if let Some(field) = want.strip_prefix("price-tag:") {
            return self.json["recommendation"].is_null()
                || self.tags().any(|tag| tag["field"] == field);
        }
        let codes = self.codes(everywhere);
        want.split('|').any(|word| {
            let suffix = format!("-{word}");
            codes
                .iter()
                .any(|code| *code == word || code.ends_with(&suffix))
        })
    }

    fn tags(&self) -> impl Iterator<Item = &Value> {
        self.json["price_tags"].as_array().into_iter().flatten()
    }
}

fn fits(answer: &str, pattern: &str) -> bool {
    answer == pattern || answer.split('/').next() == Some(pattern)
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn number(value: &Value) -> Decimal {
    value.to_string().parse().unwrap()
}

#[test]
fn an_architect_would_sign_every_decision_of_the_panel() {
    assert!(signed("tests/oracles/panel") >= 92);
}

/// More workloads, reckoned by hand before the program saw them; `must_read` are sentences of the short report.
#[test]
fn an_architect_would_sign_more_workloads() {
    assert!(signed("tests/oracles/signed") >= 45);
}

/// Judges every case of a folder; how many there are.
fn signed(folder: &str) -> usize {
    let text = std::fs::read_to_string(format!("{folder}/expectations.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let found = Case::of(&format!("{folder}/{}", case["profile"].as_str().unwrap()));
        let answer = found.answer();
        let mut miss = |what: String| wrong.push(format!("{id}: {what}"));
        let accepted = texts(&case["acceptable"]).any(|p| fits(&answer, p));
        if !accepted || texts(&case["rejected"]).any(|p| fits(&answer, p)) {
            miss(format!("{answer}, wanted {}", case["acceptable"]));
        }
        for cost in case["cost"].as_array().into_iter().flatten() {
            let of = cost["of"].as_str().unwrap();
            let (low, high) = (number(&cost["min"]), number(&cost["max"]));
            if !found.cost(of).is_some_and(|c| c >= low && c <= high) {
                miss(format!(
                    "{of} costs {:?}, wanted {low} to {high}",
                    found.cost(of)
                ));
            }
        }
        for want in texts(&case["must_say"]).filter(|want| !found.says(want)) {
            miss(format!("does not say {want}"));
        }
        for bad in texts(&case["must_not_say"]) {
            let bad = bad.split_whitespace().collect::<Vec<_>>().join(" ");
            if found.said.contains(&bad) {
                miss(format!("says {bad:?}"));
            }
        }
        for want in texts(&case["must_read"]).filter(|want| !found.said.contains(want)) {
            miss(format!("does not read {want:?}"));
        }
        let levels = &case["verdict"];
        let level =
            ["/recommendation/verdict/level", "/verdict/level"].map(|at| found.json.pointer(at));
        let level = level.into_iter().flatten().find_map(Value::as_str);
        let fine = levels.is_null()
            || level.is_some_and(|l| *levels == l || texts(levels).any(|w| w == l));
        if !fine {
            miss(format!("verdict {level:?}, wanted {levels}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    cases.len()
}
