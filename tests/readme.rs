//! Console blocks of the documentation, run as written.

#[test]
fn console_blocks_print_what_they_show() {
    let cases = trycmd::TestCases::new();
    cases
        .env("COLUMNS", "80")
        .case("README.md")
        .case("docs/recipes/agents.md");
    cases.run();
}
