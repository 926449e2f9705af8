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
    render_with(problems, file, source, source.len(), color, width)
}

/// [`render`] where the source goes on after so many bytes with overrides, a line each: they stand in no file.
pub fn render_with(
    problems: &[Diagnostic],
    file: &str,
    source: &str,
    ends: usize,
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
        out.push_str(&renderer.render(&[group(problem, file, source, ends)]));
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

fn group<'a>(problem: &'a Diagnostic, file: &'a str, source: &'a str, ends: usize) -> Group<'a> {
    let level = if problem.warning {
        Level::WARNING
    } else {
        Level::ERROR
    };
    let title = level
        .primary_title(problem.message.as_str())
        .id(problem.code);
    let mut group = Group::with_title(title);
    let first = problem.labels.first();
    // Lines of the source with labels in them: the file is one part, each override another.
    let mut shown: Vec<Part> = Vec::new();
    for label in &problem.labels {
        let part = Part::of(source, ends, clamp(source, &label.span).start);
        if !shown.contains(&part) {
            shown.push(part);
        }
    }
    for part in shown {
        let mut snippet = Snippet::source(&source[part.start..part.end]).fold(true);
        for label in &problem.labels {
            let span = clamp(source, &label.span);
            if Part::of(source, ends, span.start) != part {
                continue;
            }
            let kind = if first.is_some_and(|f| f == label) {
                AnnotationKind::Primary
            } else {
                AnnotationKind::Context
            };
            let span = span.start - part.start..span.end.min(part.end) - part.start;
            snippet = snippet.annotation(kind.span(span).label(label.text.as_str()));
        }
        group = if part.start == 0 {
            group.element(snippet.path(file))
        } else {
            // The line says by itself that it stands on the command line.
            group.element(snippet)
        };
    }
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(help.as_str())),
        None => group,
    }
}

/// A part of the source that is shown with a place of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Part {
    start: usize,
    end: usize,
}

impl Part {
    /// The file, or the line of an override after it.
    fn of(source: &str, ends: usize, at: usize) -> Self {
        let begins = ends + usize::from(!source[..ends.min(source.len())].ends_with('\n'));
        if at < begins || ends >= source.len() {
            return Self {
                start: 0,
                end: ends.min(source.len()),
            };
        }
        let start = source[..at].rfind('\n').map_or(0, |i| i + 1);
        let end = source[at..].find('\n').map_or(source.len(), |i| at + i);
        Self { start, end }
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
