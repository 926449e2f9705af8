//! What every example answers, as reviewed snapshots: a change of a fact, price, weight or rule shows
//! in the diff with everything it moved. `cargo insta review`, or `INSTA_UPDATE=always`, accepts it.

mod support;

/// All examples as one table: outcome, rank, verdict, cost, saving, score and reasons of every candidate.
#[test]
fn every_candidate_of_every_example() {
    let mut args = vec!["recommend".to_owned()];
    let files = support::files("examples", ".yaml");
    args.extend(files.iter().map(|p| p.to_string_lossy().into_owned()));
    args.extend(["-f", "csv"].map(ToOwned::to_owned));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = support::run(&args);
    // One of the examples has no answer, which is exit code 1 by contract.
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        support::stderr(&output)
    );
    insta::assert_snapshot!("candidates", support::stdout(&output));
}

/// The whole JSON report of one example per kind of outcome, apart from the hash of the catalog.
#[test]
fn the_json_report_of_each_outcome() {
    for name in ["product-pages", "global-memory", "person-lookups"] {
        let path = format!("examples/{name}.yaml");
        let output = support::run(&["recommend", &path, "-f", "json", "--brief"]);
        let mut report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        without_hashes(&mut report);
        insta::assert_json_snapshot!(format!("report-{name}"), report);
    }
}

/// Hashes change with every comment in the catalog and say nothing about the decision.
fn without_hashes(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) if text.starts_with("sha256:") => {
            "sha256:…".clone_into(text);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_hashes),
        serde_json::Value::Object(map) => map.values_mut().for_each(without_hashes),
        _ => {}
    }
}
