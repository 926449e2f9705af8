//! Tests that need what not every machine has.

/// Says which test is left out and why, where something is missing; where tools are required (`REQUIRE_TOOLS=1`) that
/// is a failure.
pub fn skipped(test: &str, missing: Option<String>) -> bool {
    let Some(reason) = missing else {
        return false;
    };
    assert!(
        std::env::var_os("REQUIRE_TOOLS").is_none_or(|v| v != "1"),
        "{test}: {reason}"
    );
    println!("SKIPPED {test}: {reason}");
    true
}
