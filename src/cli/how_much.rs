//! How much of a report a person wants to read: the short one, all of it, or one part.

use anyhow::Result;

use super::names;
use super::session::Look;
use crate::domain::catalog::Role;
use crate::exit::{Exit, Failure};
use crate::report::text::{self, Layout};
use crate::report::view::View;
use crate::report::{Report, parts, short};
use crate::text::{one_of, short as cut};

/// Options that say how much.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "How much")]
pub struct HowMuch {
    /// Every section: line items, what would change the answer, sources.
    #[arg(long)]
    pub full: bool,
    /// A service against the answer: terms in money, what it misses, where it would win.
    #[arg(long, value_name = "SERVICE", conflicts_with_all = ["full", "lines", "sources"])]
    pub why: Option<String>,
    /// Only the line items of the two best.
    #[arg(long, conflicts_with = "full")]
    pub lines: bool,
    /// Only what the facts rest on.
    #[arg(long, conflicts_with = "full")]
    pub sources: bool,
    /// The default, by its older name.
    #[arg(long, hide = true, conflicts_with = "full")]
    pub brief: bool,
}

impl HowMuch {
    /// How far to look for it: a short report says how sure the answer is, not where it changes.
    pub fn look(&self) -> Look {
        if self.full || self.why.is_some() {
            Look::Everything
        } else {
            Look::Outlook
        }
    }

    /// The report as a text.
    pub fn text(&self, report: &Report<'_>, layout: Layout) -> Result<String> {
        if self.full {
            return Ok(text::render(report, layout));
        }
        let view = View::new(report);
        let sections = if let Some(service) = &self.why {
            let named = known(service, report)?;
            parts::why(report, &view, (&named.service, named.variant.as_deref()))
        } else {
            let wanted = [("lines", self.lines), ("sources", self.sources)];
            let ids: Vec<&str> = wanted.iter().filter(|w| w.1).map(|w| w.0).collect();
            if ids.is_empty() {
                return Ok(short::text::render(report, &view, layout));
            }
            parts::only(report, &view, &ids)
        };
        let mut out = String::new();
        for (i, section) in sections.iter().enumerate() {
            if i > 0 {
                out.push('\n');
            }
            text::render_section(&mut out, section, layout);
        }
        Ok(out)
    }
}

/// A service of the report, by any of its names.
fn known(word: &str, report: &Report<'_>) -> Result<names::Answer> {
    let services = report.catalog.services.iter();
    let candidates = services.filter(|s| s.role == Role::Candidate);
    let ids: Vec<&str> = candidates.map(|s| s.id.as_str()).collect();
    names::answer(word, report.catalog, &ids).map_err(|near| {
        let message = format!("`{}` is not a service{near}", cut(word));
        let failure = Failure::new(Exit::Usage, "service-unknown", message);
        let help = format!("--why takes {}, and their common names", one_of(&ids));
        failure.help(help).into()
    })
}
