//! Every sentence about a decision: reasons, cautions, notes, terms and the answer, in English.
//!
//! `decide` says what is the case, as data; here, and nowhere else, it is put into words. Code is
//! between backticks, as in the texts of the catalog; whoever lays a sentence out decides how code looks.

mod answer;
mod beyond;
mod lead;
mod notes;
pub mod outlook;
mod reasons;
pub mod report;
mod rows;
pub mod short;
pub mod whatif;

pub use answer::{bottleneck, decided_by, deciders, headline, summary};
pub use beyond::{beyond, details, spec};
pub use notes::note;
pub use reasons::{caution, reason};
pub use rows::{on_loss, term, why_not};

/// A text with what the catalog says beside it.
fn with_note(text: String, note: Option<&str>) -> String {
    match note {
        Some(note) => [&text, " (", note, ")"].concat(),
        None => text,
    }
}

/// `a, b and c`.
fn list(words: &[&str]) -> String {
    match words {
        [] => "nothing known".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => [&most.join(", "), " and ", last].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::list;

    #[test]
    fn the_last_two_words_of_a_list_are_joined_by_and() {
        assert_eq!(list(&[]), "nothing known");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
