//! Renders diagnostics as text with a snippet of the source; the only file that names annotate-snippets.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, line_column};
use crate::text::drives;

/// All problems of a file, in order, with `file:line:column` and carets.
pub fn render(
    problems: &[Diagnostic],
    file: &str,
    source: &str,
    color: bool,
    width: usize,
) -> String {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer
        .decor_style(DecorStyle::Ascii)
        .term_width(width.max(40));
    let source = &visible(source);
    let mut sorted: Vec<&Diagnostic> = problems.iter().collect();
    sorted.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
    let mut out = String::new();
    for problem in sorted {
        out.push_str(&renderer.render(&[group(problem, file, source)]));
        out.push_str("\n\n");
    }
    out
}

/// What drives a terminal as a sign of as many bytes, so that spans stay right; the renderer shows ASCII controls itself.
fn visible(source: &str) -> String {
    let seen = |c: char| match c.len_utf8() {
        2 if drives(c) => '¤',
        3 if drives(c) => char::REPLACEMENT_CHARACTER,
        4 if drives(c) => '\u{1fbc4}',
        _ => c,
    };
    source.chars().map(seen).collect()
}

fn group<'a>(problem: &'a Diagnostic, file: &'a str, source: &'a str) -> Group<'a> {
    let level = if problem.warning {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let mut snippet = Snippet::source(source).path(file).fold(true);
    for (i, label) in problem.labels.iter().enumerate() {
        let kind = if i == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        snippet = snippet.annotation(
            kind.span(clamp(source, &label.span))
                .label(label.text.as_str()),
        );
    }
    let group = level
        .primary_title(problem.message.as_str())
        .id(problem.code)
        .element(snippet);
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// A span inside the source, on character boundaries.
fn clamp(source: &str, span: &std::ops::Range<usize>) -> std::ops::Range<usize> {
    let fit = |mut at: usize| {
        at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = fit(span.start);
    start..fit(span.end).max(start)
}

/// One line per problem: `file:line:column: code: message`, for logs and summaries.
pub fn one_line(problem: &Diagnostic, file: &str, source: &str) -> String {
    let at = problem.labels.first().map_or(0, |l| l.span.start);
    let (line, column) = line_column(source, at);
    format!(
        "{file}:{line}:{column}: {}: {}",
        problem.code, problem.message
    )
}
