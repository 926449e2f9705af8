//! The sentences of the page that decides by itself: the answer in one line, where it changes, what does not work.

/// The answer in one line: a service with its figures and how sure it is, or that there is none.
pub fn answer(answer: &str, figures: &[String], level: Option<&str>) -> String {
    let mut out = answer.to_owned();
    if !figures.is_empty() {
        out.push_str(": ");
        out.push_str(&figures.join(", "));
    }
    out.push_str(&level.map_or_else(|| ".".to_owned(), |l| format!("; {l}.")));
    out
}

/// Beside a control: the nearest value with another answer on one side.
pub fn flip(side: &str, at: &str, answer: &str) -> String {
    format!("{side} {at}: {answer}")
}

/// A case that cannot be: the first of its problems.
pub fn no_case(problem: &str, label: Option<&str>) -> String {
    let label = label.filter(|l| !l.is_empty());
    label.map_or_else(|| problem.to_owned(), |l| format!("{problem}: {l}"))
}

/// What a page of discounted prices tells whoever reads it.
pub fn discounts(discounts: &[String]) -> Option<String> {
    (!discounts.is_empty()).then(|| {
        format!(
            "This file carries prices with your discounts ({}): whoever has it has them.",
            discounts.join(", ")
        )
    })
}
