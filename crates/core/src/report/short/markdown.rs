//! The short report as Markdown: what opens a comment in a pull request.

use std::fmt::Write as _;

use super::Short;
use crate::report::markdown::table;
use crate::report::sections::Table;
use crate::text::markdown;

/// From what was asked to the next command.
pub fn render(out: &mut String, short: &Short) {
    let _ = writeln!(out, "{}\n", markdown(&short.asked));
    let lead = [&short.answer].into_iter().chain(&short.figures);
    let lead: Vec<String> = lead.map(|t| markdown(t)).collect();
    let level = short.level.map_or(String::new(), |l| format!(" · {l}"));
    let _ = writeln!(out, "**{}**{level}\n", lead.join(" · "));
    let _ = writeln!(out, "{}\n", markdown(&short.why));
    let rows = short.rows.iter().map(|r| {
        let name = if r.is_answer {
            format!("→ {}", r.name)
        } else {
            r.name.clone()
        };
        vec![name, r.cost.clone(), r.hit.clone(), r.why.clone()]
    });
    table(
        out,
        &Table::new(&["service", ">a month", ">hit", short.why_not], rows),
    );
    out.push('\n');
    for one in &short.unsaid {
        let more = one.more.join("; ");
        let _ = writeln!(
            out,
            "- Not said: `{}` gives {} ({})",
            one.set.replace('`', ""),
            markdown(&one.then),
            markdown(&more)
        );
    }
    let titled = |title: &str, items: &[String]| -> Vec<String> {
        items.iter().map(|i| format!("{title}: {i}")).collect()
    };
    let mut items = titled("Your words cost", &short.tags);
    items.extend(titled("Relax", &short.relax));
    items.extend(short.running.clone());
    items.extend(short.outside.clone());
    items.extend(short.warnings.iter().cloned());
    items.push(short.prices.clone());
    for item in items {
        let _ = writeln!(out, "- {}", markdown(&item));
    }
}
