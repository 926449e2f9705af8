//! What `explain` knows of words: those of reports and questions, and the fields of a profile.

use std::fmt::Write as _;

use crate::domain::catalog::{Catalog, Term};
use crate::domain::field::{self, Field};

/// The texts of a word and of a field by this name.
pub(super) fn explain(catalog: &Catalog, name: &str) -> String {
    let mut out = String::new();
    for term in catalog.words.iter().filter(|t| is_called(t, name)) {
        term_text(term, &mut out);
    }
    for field in fields(name) {
        field_text(catalog, field, &mut out);
    }
    out
}

/// Every name that is known.
pub(super) fn ids(catalog: &Catalog) -> Vec<String> {
    let words = catalog
        .words
        .iter()
        .flat_map(|t| [&t.word].into_iter().chain(&t.also));
    let mut ids: Vec<String> = words.cloned().collect();
    ids.extend(field::FIELDS.iter().map(|f| f.path.to_owned()));
    ids
}

/// Case, and whether words are joined by spaces, hyphens or underlines, makes no difference.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace(['-', '_'], " ")
}

fn is_called(term: &Term, name: &str) -> bool {
    let name = plain(name);
    [&term.word]
        .into_iter()
        .chain(&term.also)
        .any(|w| plain(w) == name)
}

/// A field by its path, or by the end of one: `working_set`.
fn fields(name: &str) -> Vec<&'static Field> {
    let named = |f: &&Field| f.path == name || f.place().1 == name && !f.place().0.is_empty();
    field::FIELDS.iter().filter(named).collect()
}

fn term_text(term: &Term, out: &mut String) {
    let also = term.also.join(", ");
    let also = if also.is_empty() {
        also
    } else {
        format!(" ({also})")
    };
    let _ = writeln!(out, "{}{also}\n  {}", term.word, term.says);
    if !term.example.is_empty() {
        let _ = writeln!(out, "  example: {}", term.example);
    }
}

fn field_text(catalog: &Catalog, field: &Field, out: &mut String) {
    let _ = writeln!(out, "{}: {}", field.path, field.label);
    let _ = writeln!(out, "  {}", field.meaning);
    let _ = writeln!(out, "  how to write it: {}", field.shape.written());
    if field.required {
        let _ = writeln!(out, "  it has to be stated");
    }
    if !field.default.is_empty() {
        let _ = writeln!(out, "  without it: {}", field.default);
    }
    let find = catalog.finds.iter().find(|(path, _)| path == field.path);
    if let Some((_, find)) = find {
        let _ = writeln!(out, "  where to find it: {find}");
    }
}
