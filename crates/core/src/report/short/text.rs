//! The short report on a terminal: at most 24 lines of 80 columns, and two for each further warning.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use textwrap::core::display_width;

use super::{Row, Short};
use crate::domain::decision::Outcome;
use crate::report::Report;
use crate::report::text::{Layout, whole_words};
use crate::report::view::View;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Lines that a report may take, and how many each warning after the first adds.
const LINES: usize = 24;
const FURTHER: usize = 2;

/// The report with a line break at its end.
pub fn render(report: &Report<'_>, view: &View, layout: Layout) -> String {
    let mut short = super::short(report, view);
    let plain = Layout {
        color: false,
        ..layout
    };
    // What is long on a narrow screen is not cut for it: lines are counted for the usual 80 columns at least.
    let counted = Layout {
        width: plain.width.max(80),
        ..plain
    };
    while lay_out(&short, view.outcome, counted).lines().count() > limit(&short) {
        if !short.shorten() {
            break;
        }
    }
    lay_out(&short, view.outcome, layout)
}

fn limit(short: &Short) -> usize {
    LINES + FURTHER * short.warnings.len().saturating_sub(1)
}

fn lay_out(short: &Short, outcome: Outcome, layout: Layout) -> String {
    let mut out = String::new();
    let asked = format!("{}: {}", short.name, short.asked);
    let asked = layout.wrap(&asked, "", "");
    let _ = writeln!(out, "{}\n", layout.paint(BOLD, &asked));
    lead(&mut out, short, outcome, layout);
    if !short.why.is_empty() {
        let _ = writeln!(out, "{}", layout.wrap(&short.why, "  ", "  "));
    }
    out.push('\n');
    rows(&mut out, short, layout);
    out.push('\n');
    unsaid(&mut out, short, layout);
    list(&mut out, "Your words cost", &short.tags, layout);
    list(
        &mut out,
        &format!("To stay with the {}, relax", short.services),
        &short.relax,
        layout,
    );
    for beside in short.running.iter().chain(&short.outside) {
        let _ = writeln!(out, "{}", layout.wrap(beside, "  ", "    "));
    }
    for warning in &short.warnings {
        let text = layout.wrap(warning, "  ! ", "    ");
        let yellow = Style::new().fg_color(Some(AnsiColor::Yellow.into()));
        let _ = writeln!(out, "{}", layout.paint(yellow, &text));
    }
    for line in [&short.prices, &short.more] {
        let _ = writeln!(out, "{}", layout.paint(DIM, &layout.wrap(line, "  ", "  ")));
    }
    let _ = writeln!(out, "  {}", short.next);
    out
}

/// Answer, figures, and how sure it is at the right edge.
fn lead(out: &mut String, short: &Short, outcome: Outcome, layout: Layout) {
    let color = match outcome {
        Outcome::Recommended => AnsiColor::Green,
        Outcome::NoCache => AnsiColor::Yellow,
        Outcome::NoneFits => AnsiColor::Red,
    };
    let style = Style::new().bold().fg_color(Some(color.into()));
    let level = short.level.map(str::to_uppercase).unwrap_or_default();
    let mut left = short.answer.clone();
    for (i, figure) in short.figures.iter().enumerate() {
        let with = format!("{left}    {figure}");
        // The bill always; what follows it where it has room.
        if i == 0 || display_width(&with) + display_width(&level) + 6 <= layout.width {
            left = with;
        }
    }
    let room = layout.width.saturating_sub(display_width(&left) + 2);
    let painted = left.replacen(&short.answer, &layout.paint(style, &short.answer), 1);
    let needs = display_width(&level);
    if room >= needs + 2 {
        let gap = " ".repeat(room - needs);
        let line = format!("  {painted}{gap}{}", layout.paint(BOLD, &level));
        let _ = writeln!(out, "{}", line.trim_end());
    } else {
        let text = format!("{left}    {level}");
        let _ = writeln!(out, "{}", layout.wrap(text.trim_end(), "  ", "    "));
    }
}

/// The columns of the rows.
struct Columns {
    name: usize,
    cost: usize,
    hit: usize,
    /// For the reasons.
    why: usize,
    /// Reasons stand beside the numbers; else below them.
    beside: bool,
}

impl Columns {
    fn new(all: &[&Row], width: usize) -> Self {
        /// Columns that reasons want, and without which they go below.
        const WANTED: usize = 30;
        const LEAST: usize = 12;
        let widest = |text: fn(&Row) -> &str| {
            let widths = all.iter().map(|r| display_width(text(r)));
            widths.max().unwrap_or(0)
        };
        let [cost, hit] = [widest(|r| &r.cost), widest(|r| &r.hit)];
        // A line of several names may be long; it does not push the reasons away.
        let rest = width.saturating_sub(cost + hit + 11 + WANTED);
        let name = widest(|r| &r.name).min(rest.max(20));
        let room = width.saturating_sub(4 + name + 2 + cost + 2 + hit + 3);
        let words = all.iter().flat_map(|r| r.why.split_whitespace());
        let longest = words.map(display_width).max().unwrap_or(0);
        let beside = room >= LEAST.max(longest);
        let why = if beside {
            room
        } else {
            width.saturating_sub(6)
        };
        Self {
            name,
            cost,
            hit,
            why,
            beside,
        }
    }

    /// A row as one or several lines.
    fn lines(&self, row: &Row) -> Vec<String> {
        let names = wrapped(&row.name, self.name);
        let whys = wrapped(&row.why, self.why);
        let whys: Vec<&str> = whys
            .iter()
            .map(AsRef::as_ref)
            .filter(|w| !w.is_empty())
            .collect();
        let left = |at: usize| {
            let own = names.get(at).map_or("", AsRef::as_ref);
            let first = at == 0;
            let mark = if row.is_answer && first { ">" } else { " " };
            let [cost, hit] = [&row.cost, &row.hit].map(|t| if first { t.as_str() } else { "" });
            let own = format!("  {mark} {own}{}", pad(own, self.name));
            let cost = format!("{}{cost}", pad(cost, self.cost));
            format!("{own}  {cost}  {}{hit}   ", pad(hit, self.hit))
        };
        if self.beside {
            let count = names.len().max(whys.len()).max(1);
            let both = (0..count).map(|at| left(at) + whys.get(at).unwrap_or(&""));
            return both.collect();
        }
        let below = whys.iter().map(|why| format!("      {why}"));
        (0..names.len().max(1)).map(left).chain(below).collect()
    }
}

fn wrapped(text: &str, width: usize) -> Vec<Cow<'_, str>> {
    textwrap::wrap(text, whole_words(width))
}

/// The rows under their heads.
fn rows(out: &mut String, short: &Short, layout: Layout) {
    let head = Row {
        is_answer: false,
        is_extra: false,
        name: "service".to_owned(),
        cost: "a month".to_owned(),
        hit: "hit".to_owned(),
        why: short.why_not.to_owned(),
    };
    let all: Vec<&Row> = [&head].into_iter().chain(&short.rows).collect();
    let columns = Columns::new(&all, layout.width);
    for (i, row) in all.iter().enumerate() {
        let style = match (i, row.is_answer) {
            (0, _) => Some(DIM),
            (_, true) => Some(BOLD),
            _ => None,
        };
        for line in columns.lines(row) {
            let line = line.trim_end();
            let line = style.map_or_else(|| line.to_owned(), |s| layout.paint(s, line));
            let _ = writeln!(out, "{line}");
        }
    }
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(display_width(text)))
}

/// Options to paste, and what they lead to.
fn unsaid(out: &mut String, short: &Short, layout: Layout) {
    if short.unsaid.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {}", layout.paint(DIM, "Not said, and it matters"));
    let widths = short.unsaid.iter().map(|u| display_width(&u.set));
    let widest = widths.max().unwrap_or(0);
    for one in &short.unsaid {
        let mut line = format!("    {}{}  {}", one.set, pad(&one.set, widest), one.then);
        if display_width(&line) > layout.width {
            let text = format!("{}  {}", one.set, one.then);
            line = layout.wrap(&text, "    ", "      ");
        }
        // What is less important only where it has room.
        let all = one.more.join("; ");
        let mores = [Some(&all), one.more.first()].into_iter().flatten();
        let with = mores.map(|more| format!("{line} ({more})"));
        let fits = |text: &String| text.lines().all(|l| display_width(l) <= layout.width);
        line = with.into_iter().find(fits).unwrap_or(line);
        let _ = writeln!(out, "{line}");
    }
}

fn list(out: &mut String, title: &str, items: &[String], layout: Layout) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {}", layout.paint(DIM, title));
    for item in items {
        let _ = writeln!(out, "{}", layout.wrap(item, "    ", "      "));
    }
}
