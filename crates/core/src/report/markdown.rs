//! Sections → Markdown (GitHub flavour). Every text that comes from outside is escaped.

use std::fmt::Write as _;

use super::Report;
use super::sections::{Block, Section, Table, question, sections};

/// The whole report.
pub fn render(report: &Report<'_>) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", escape(&report.profile.name));
    if let Some(description) = &report.profile.description {
        let _ = writeln!(out, "{}\n", line(description));
    }
    let _ = writeln!(out, "{}\n", escape(&question(report)));
    let _ = writeln!(out, "**{}**", escape(&report.decision.summary));
    for section in sections(report) {
        render_folded(&mut out, &section, folds(&section));
    }
    let _ = writeln!(
        out,
        "\n---\n\ncachewright {}, catalog `{}`, prices {}.",
        super::VERSION,
        report.catalog.hash,
        report.book.dated()
    );
    out
}

/// The summary of several reports, the table a reviewer reads first.
pub fn summary(reports: &[Report<'_>]) -> String {
    let Table { head, rows } = super::summary::table(reports);
    let mut out = "# Cache reports\n\n".to_owned();
    table(&mut out, &head, &rows);
    out.push('\n');
    out
}

/// Reference material is folded: a comment stays short, and nothing is left out.
fn folds(section: &Section) -> bool {
    matches!(
        section.id,
        "lines" | "ruled-out" | "notes" | "assumptions" | "sources"
    )
}

/// A section under its heading, or folded behind it.
pub fn render_folded(out: &mut String, section: &Section, folded: bool) {
    if folded {
        // The summary line is HTML, where Markdown escapes would show.
        let _ = writeln!(
            out,
            "\n<details>\n<summary>{}</summary>\n",
            html(&section.title)
        );
        blocks(out, section);
        let _ = writeln!(out, "\n</details>");
    } else {
        let _ = writeln!(out, "\n## {}\n", escape(&section.title));
        blocks(out, section);
    }
}

fn html(text: &str) -> String {
    super::text::clean(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn blocks(out: &mut String, section: &Section) {
    for (i, block) in section.blocks.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        match block {
            Block::Para(text) => {
                let _ = writeln!(out, "{}", escape(text));
            }
            Block::Bullets(list) => list.iter().for_each(|item| {
                let _ = writeln!(out, "- {}", escape(item));
            }),
            Block::Facts(list) => table(
                out,
                &[("", false), ("", false)],
                &list
                    .iter()
                    .map(|(k, v)| vec![k.trim().to_owned(), v.clone()])
                    .collect::<Vec<_>>(),
            ),
            Block::Code(list) => {
                let _ = writeln!(out, "```console");
                list.iter().for_each(|line| {
                    let _ = writeln!(
                        out,
                        "$ {}",
                        line.replace(['\n', '\r'], " ").replace("```", "")
                    );
                });
                let _ = writeln!(out, "```");
            }
            Block::Table(Table { head, rows }) => table(out, head, rows),
        }
    }
}

fn table(out: &mut String, head: &[(&str, bool)], rows: &[Vec<String>]) {
    let names: Vec<&str> = head.iter().map(|(h, _)| *h).collect();
    let rule: Vec<&str> = head
        .iter()
        .map(|(_, right)| if *right { "---:" } else { "---" })
        .collect();
    let _ = writeln!(out, "| {} |\n| {} |", names.join(" | "), rule.join(" | "));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|c| escape(c)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// A line that begins with a text from outside: no list, heading or rule begins there.
fn line(text: &str) -> String {
    let text = escape(text);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text.as_bytes().get(digits) {
        Some(b'-' | b'+' | b'=') if digits == 0 => format!("\\{text}"),
        Some(b'.' | b')') => format!("{}\\{}", &text[..digits], &text[digits..]),
        _ => text,
    }
}

/// Text as text: Markdown and HTML punctuation escaped, code spans kept, line breaks folded.
pub fn escape(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let balanced = folded.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(folded.len() + 8);
    let mut code = false;
    for c in folded.chars() {
        match c {
            '`' if balanced => {
                code = !code;
                out.push('`');
            }
            '|' => out.push_str("\\|"),
            '<' if !code => out.push_str("&lt;"),
            '>' if !code => out.push_str("&gt;"),
            '&' if !code => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '`' | '#' | '~' | '!' | '\\' if !code => {
                out.push('\\');
                out.push(c);
            }
            c if super::text::drives(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, render_folded};
    use crate::report::sections::{Block, Section};

    #[test]
    fn a_folded_section_is_markdown_inside_and_html_outside() {
        let section = Section {
            id: "lines",
            title: "Line items: <b> & co".to_owned(),
            blocks: vec![Block::Bullets(vec!["one".to_owned()])],
        };
        let mut out = String::new();
        render_folded(&mut out, &section, true);
        assert_eq!(
            out,
            "\n<details>\n<summary>Line items: &lt;b&gt; &amp; co</summary>\n\n- one\n\n</details>\n"
        );
    }

    #[test]
    fn hostile_text_stays_text() {
        assert_eq!(
            escape("<b>x</b> | *y*\n# z"),
            "&lt;b&gt;x&lt;/b&gt; \\| \\*y\\* \\# z"
        );
        assert_eq!(escape("a `code` b"), "a `code` b");
        assert_eq!(escape("one ` tick <i>"), "one \\` tick &lt;i&gt;");
        assert_eq!(escape("[x](javascript:1)"), "\\[x\\](javascript:1)");
    }
}
