//! Sections → terminal text: width-aware, coloured only when asked, plain when piped.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table as Grid, Width};

use super::Report;
use super::sections::{Block, Section, Table, sections};
use super::view::View;
use crate::domain::decision::Outcome;
use crate::text::{one_line, visible};

/// Layout of a text.
#[derive(Clone, Copy)]
pub struct Layout {
    /// Columns.
    pub width: usize,
    /// Colour.
    pub color: bool,
}

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

impl Layout {
    pub(super) fn paint(self, style: Style, text: &str) -> String {
        if self.color {
            format!("{style}{text}{style:#}")
        } else {
            text.to_owned()
        }
    }

    /// A paragraph with these indents.
    pub fn wrap(self, text: &str, first: &str, rest: &str) -> String {
        let options = whole_words(self.width.max(30))
            .initial_indent(first)
            .subsequent_indent(rest);
        textwrap::fill(&one_line(text), options)
    }
}

/// How text is wrapped: ids, flags and addresses stay whole.
pub fn whole_words<'t>(width: usize) -> textwrap::Options<'t> {
    textwrap::Options::new(width)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// Wraps a line and keeps its indentation.
pub fn wrap_line(line: &str, width: usize) -> String {
    let indent: String = line.chars().take_while(|c| *c == ' ').collect();
    let hanging = format!("{indent}  ");
    let options = whole_words(width.max(40))
        .initial_indent(&indent)
        .subsequent_indent(&hanging);
    textwrap::fill(line.trim_start(), options)
}

/// The whole report.
pub fn render(report: &Report<'_>, layout: Layout) -> String {
    let view = View::new(report);
    render_with(&view, &sections(&view, report.lines), layout)
}

/// The question and the answer, then these sections.
pub fn render_with(view: &View, sections: &[Section], layout: Layout) -> String {
    let mut out = String::new();
    let color = match view.outcome {
        Outcome::Recommended => AnsiColor::Green,
        Outcome::NoCache => AnsiColor::Yellow,
        Outcome::NoneFits => AnsiColor::Red,
    };
    let _ = writeln!(out, "{}", layout.paint(BOLD, &view.name));
    let _ = writeln!(out, "{}\n", layout.wrap(&view.asked.line(), "", ""));
    let answer = layout.wrap(&view.answer(), "  ", "  ");
    let style = Style::new().bold().fg_color(Some(color.into()));
    for line in answer.lines() {
        let _ = writeln!(out, "{}", layout.paint(style, line));
    }
    for section in sections {
        out.push('\n');
        render_section(&mut out, section, layout);
    }
    out
}

/// One section with its heading.
pub fn render_section(out: &mut String, section: &Section, layout: Layout) {
    let _ = writeln!(out, "{}", layout.paint(BOLD, &section.title));
    for block in &section.blocks {
        render_block(out, block, layout);
    }
}

fn render_block(out: &mut String, block: &Block, layout: Layout) {
    match block {
        Block::Para(text) => {
            let _ = writeln!(out, "{}", layout.wrap(text, "  ", "  "));
        }
        Block::Bullets(list) => {
            for item in list {
                let _ = writeln!(out, "{}", layout.wrap(item, "  • ", "    "));
            }
        }
        Block::Code(list) => {
            for line in list {
                let _ = writeln!(
                    out,
                    "  {}",
                    layout.paint(
                        Style::new().fg_color(Some(AnsiColor::Cyan.into())),
                        &format!("$ {line}")
                    )
                );
            }
        }
        Block::Facts(list) => facts(out, list, layout),
        Block::Table(table) => {
            for line in grid(table, layout.width.saturating_sub(2)).lines() {
                let _ = writeln!(out, "  {}", line.trim_end());
            }
        }
    }
}

fn facts(out: &mut String, list: &[(String, String)], layout: Layout) {
    let label = list
        .iter()
        .map(|(k, _)| k.chars().count())
        .max()
        .unwrap_or(0);
    for (key, value) in list {
        let pad = " ".repeat(label - key.chars().count());
        let first = format!("  {key}{pad}  ");
        let rest = " ".repeat(label + 4);
        let text = layout.wrap(value, &first, &rest);
        let _ = writeln!(
            out,
            "{}",
            if layout.color {
                text.replacen(key.as_str(), &layout.paint(DIM, key), 1)
            } else {
                text
            }
        );
    }
}

/// A line under the head and none between rows.
const STYLE: comfy_table::TableStyle = comfy_table::TableStyle::new()
    .header_separator(comfy_table::LineStyle::none().fill('─').junction('─'));

/// The columns a column needs: its longest word, or all of a number with its unit.
fn least(table: &Table, column: usize) -> usize {
    let (head, right) = table.head[column];
    let cells = table.rows.iter().map(|r| r[column].as_str());
    let longest =
        |words: &mut dyn Iterator<Item = &str>| words.map(|w| w.chars().count()).max().unwrap_or(0);
    let of_head = longest(&mut head.split_whitespace());
    if right {
        return longest(&mut cells.clone()).min(24).max(of_head);
    }
    longest(&mut cells.flat_map(str::split_whitespace)).max(of_head)
}

/// A table laid out for so many columns. No word is broken: where the words of a row do not fit beside each other,
/// not even with one space between columns, each row is a small list.
pub fn grid(table: &Table, width: usize) -> String {
    let width = width.max(40);
    let table = &without_empty_columns(table);
    let least: Vec<usize> = (0..table.head.len()).map(|i| least(table, i)).collect();
    // The grid itself puts one more column between two.
    let needed = |gap: usize| least.iter().map(|w| w + gap + 1).sum::<usize>();
    let Some(gap) = [2, 1, 0].into_iter().find(|gap| needed(*gap) <= width + 1) else {
        return records(table, width);
    };
    let mut grid = Grid::new();
    grid.load_style(STYLE);
    grid.set_content_arrangement(ContentArrangement::Dynamic);
    grid.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    grid.set_header(table.head.iter().map(|(h, _)| *h));
    for row in &table.rows {
        grid.add_row(row.iter().map(|cell| visible(cell)));
    }
    for (i, (_, right)) in table.head.iter().enumerate() {
        let Some(column) = grid.column_mut(i) else {
            continue;
        };
        column.set_padding((0, u16::try_from(gap).unwrap_or(2)));
        if *right {
            column.set_cell_alignment(CellAlignment::Right);
        }
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(
            u16::try_from(least[i] + gap).unwrap_or(12),
        )));
    }
    let text = grid.to_string();
    let lines = text.lines().map(str::trim_end);
    lines.collect::<Vec<_>>().join("\n")
}

/// A column with nothing in it says nothing.
fn without_empty_columns(table: &Table) -> Table {
    let says = |i: &usize| table.rows.iter().any(|r| !r[*i].is_empty());
    let kept: Vec<usize> = (0..table.head.len()).filter(says).collect();
    let kept = |row: &[String]| kept.iter().map(|i| row[*i].clone()).collect::<Vec<_>>();
    if table.rows.is_empty() {
        return table.clone();
    }
    Table {
        head: (0..table.head.len())
            .filter(says)
            .map(|i| table.head[i])
            .collect(),
        rows: table.rows.iter().map(|r| kept(r)).collect(),
    }
}

/// Each row as its first cell, and the others below with the heads of their columns.
fn records(table: &Table, width: usize) -> String {
    let mut out = Vec::new();
    for row in &table.rows {
        let options = whole_words(width).subsequent_indent("  ");
        out.push(textwrap::fill(&visible(&row[0]), options));
        for ((head, _), cell) in table.head.iter().zip(row).skip(1) {
            if cell.is_empty() {
                continue;
            }
            let text = format!(
                "{}: {}",
                head.replace('\n', " "),
                visible(cell).replace('\n', " ")
            );
            let options = whole_words(width)
                .initial_indent("  ")
                .subsequent_indent("    ");
            out.push(textwrap::fill(&text, options));
        }
    }
    out.join("\n")
}
