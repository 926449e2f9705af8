//! Sections → Markdown (GitHub flavour). Every text that comes from outside is escaped.

use std::fmt::Write as _;

use super::sections::{Block, Section, Table, sections};
use super::view::View;
use super::{Report, short};
use crate::text::markdown;

/// The whole report.
pub fn render(report: &Report<'_>) -> String {
    let view = View::new(report);
    let mut out = String::new();
    let _ = writeln!(out, "# {}\n", markdown(&view.name));
    if let Some(description) = &view.description {
        let _ = writeln!(out, "{}\n", line(description));
    }
    short::markdown::render(&mut out, &short::short(report, &view));
    // Below the short part nothing is left out, and nothing is in the way.
    for section in sections(&view, report.lines) {
        render_folded(&mut out, &section, true);
    }
    let _ = writeln!(
        out,
        "\n---\n\ncachewright {}, catalog `{}`, prices {}.",
        view.version, view.catalog, view.prices.dated
    );
    out
}

/// The summary of several reports, the table a reviewer reads first.
pub fn summary(reports: &[Report<'_>]) -> String {
    let summary = super::summary::table(reports);
    let mut out = "# Cache reports\n\n".to_owned();
    table(&mut out, &summary);
    out.push('\n');
    out
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
        let _ = writeln!(out, "\n## {}\n", markdown(&section.title));
        blocks(out, section);
    }
}

fn html(text: &str) -> String {
    crate::text::visible(text)
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
                let _ = writeln!(out, "{}", markdown(text));
            }
            Block::Bullets(list) => list.iter().for_each(|item| {
                let _ = writeln!(out, "- {}", markdown(item));
            }),
            Block::Facts(list) => {
                let rows = list
                    .iter()
                    .map(|(k, v)| vec![k.trim().to_owned(), v.clone()]);
                table(out, &Table::new(&["", ""], rows));
            }
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
            Block::Table(all) => table(out, all),
        }
    }
}

pub(super) fn table(out: &mut String, Table { head, rows }: &Table) {
    let names: Vec<&str> = head.iter().map(|(h, _)| *h).collect();
    let rule: Vec<&str> = head
        .iter()
        .map(|(_, right)| if *right { "---:" } else { "---" })
        .collect();
    let _ = writeln!(out, "| {} |\n| {} |", names.join(" | "), rule.join(" | "));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|c| markdown(c)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
}

/// A line that begins with a text from outside: no list, heading or rule begins there.
fn line(text: &str) -> String {
    let text = markdown(text);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match text.as_bytes().get(digits) {
        Some(b'-' | b'+' | b'=') if digits == 0 => format!("\\{text}"),
        Some(b'.' | b')') => format!("{}\\{}", &text[..digits], &text[digits..]),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::render_folded;
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
}
