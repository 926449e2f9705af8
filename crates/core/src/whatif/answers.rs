//! What a page gets for a case: the report in a form, the short report with its controls, a map.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::controls::{Control, State};
use super::{Asked, Carried, Page, What};
use rust_decimal::Decimal;

use crate::analysis::sweep::sweep;
use crate::analysis::{Stability, named};
use crate::decided::Decided;
use crate::domain::profile::Profile;
use crate::report::html::live::{self, Blocks, Live, json_block};
use crate::report::html::{self, map};
use crate::report::short::short;
use crate::report::view::{Choice, Stability as Shown, Value, View};
use crate::report::{Report, json};
use crate::words::whatif as say;

/// The fields of the map that is drawn first: across, up.
const AXES: [&str; 2] = ["traffic.reads", "data.item_size"];

/// The short report and the state of every control.
#[derive(Serialize)]
struct Step {
    /// The answer in one line.
    sentence: String,
    /// The answer alone.
    answer: String,
    /// `clear`, `close` or `open`.
    level: Option<&'static str>,
    /// The bill, and what it saves.
    figures: Vec<String>,
    /// The first section of the report.
    html: String,
    /// By path.
    controls: BTreeMap<&'static str, State>,
    /// The command that gives the same report.
    command: String,
}

/// Where the answer changes beside each control, by path.
type Flips = BTreeMap<&'static str, Vec<Flip>>;

/// The nearest value with another answer on one side.
#[derive(Serialize)]
struct Flip {
    /// In words.
    text: String,
    /// The nearest step of the slider.
    at: usize,
}

/// The report and where its answer changes.
#[derive(Serialize)]
struct Redraw {
    /// `main` of the page.
    html: String,
    /// By path.
    flips: Flips,
}

impl Page {
    /// The page of the profile as it is written, with the packed blocks that let it decide again.
    pub fn live(&self, decided: &Decided, blocks: Blocks) -> Result<String> {
        #[derive(Serialize)]
        struct Block<'a> {
            options: &'a Carried,
            values: BTreeMap<&'static str, &'a [String]>,
            flips: Flips,
        }
        let report = decided.report(&self.session, &self.session.notes);
        let entry = self.entry(&report);
        let sliders = self.controls.iter().filter(|c| !c.values.is_empty());
        let asked = Asked {
            set: Vec::new(),
            map: Some(AXES.map(str::to_owned)),
        };
        let live = Live {
            controls: &self.controls,
            axes: AXES,
            map: self
                .map(&decided.profile, &asked)
                .map_err(anyhow::Error::msg)?,
            dated: self.session.book.as_of.clone(),
            notice: say::discounts(&self.carried.asked.discounts),
            carried: json_block(&Block {
                options: &self.carried,
                values: sliders.map(|c| (c.path, c.values.as_slice())).collect(),
                flips: flips(&self.controls, &report, &entry.view),
            })?,
            command: html::command(report.file, &self.carried.options),
            blocks,
        };
        live::render(&entry, &live)
    }

    pub(super) fn told(
        &self,
        report: &Report<'_>,
        controls: BTreeMap<&'static str, State>,
        what: What,
    ) -> Result<String> {
        match what {
            What::Json | What::Brief => json::to_string(&json::mirror(report)),
            What::Page => html::render(&[self.entry(report)]),
            What::Redraw => Ok(serde_json::to_string(&Redraw {
                flips: flips(&self.controls, report, &View::new(report)),
                html: html::body(&self.entry(report))?,
            })?),
            What::Step => self.step(report, controls),
            What::Profile => Ok(html::profile_yaml(report)),
            What::Map => Ok(String::new()),
        }
    }

    /// A report with the command that writes it again.
    pub fn entry<'a>(&self, report: &'a Report<'a>) -> html::Entry<'a> {
        html::Entry {
            command: html::reproduce(report.file, &self.carried.options),
            ..html::Entry::new(report)
        }
    }

    fn step(&self, report: &Report<'_>, controls: BTreeMap<&'static str, State>) -> Result<String> {
        let entry = self.entry(report);
        let short = short(report, &entry.view);
        Ok(serde_json::to_string(&Step {
            sentence: say::answer(&short.answer, &short.figures, short.level),
            answer: short.answer,
            level: short.level,
            figures: short.figures,
            html: html::answer(&entry)?,
            controls,
            command: html::command(report.file, &self.carried.options),
        })?)
    }

    /// The answer over the values of two sliders.
    pub(super) fn map(&self, profile: &Profile, asked: &Asked) -> Result<String, String> {
        let paths = asked.map.as_ref().ok_or("a map needs two fields")?;
        let axis = |path: &String| {
            let control = self.controls.iter().find(|c| c.path == path);
            control
                .and_then(Control::axis)
                .ok_or_else(|| format!("`{path}` has no slider"))
        };
        // The last axis runs from left to right.
        let axes = [axis(&paths[1])?, axis(&paths[0])?];
        if axes[0].field == axes[1].field {
            return Err("a map needs two fields".to_owned());
        }
        let engine = self.session.engine(profile);
        let mut answers = Vec::new();
        sweep(&engine, profile, &axes, &mut |_, point| {
            answers.push(named(&engine, point.outcome, point.best).service);
        });
        let services = self.session.catalog.services.iter();
        map::figure(&map::Map {
            name: &profile.name,
            axes: &axes,
            today: axes.iter().map(|a| profile.number(a.field)).collect(),
            answers: &answers,
            names: services.map(|s| (s.id.clone(), s.name.clone())).collect(),
            order: &self.order,
        })
        .map_err(|e| format!("{e:#}"))
    }
}

/// Where the answer changes beside each control.
fn flips(controls: &[Control], report: &Report<'_>, view: &View) -> Flips {
    let searched = report.analysis.map_or(&[][..], |a| &a.stability);
    let all = searched.iter().zip(&view.stability);
    let said = |(s, shown): (&Stability, &Shown)| {
        let control = controls.iter().find(|c| c.path == shown.field)?;
        let side = |side: &str, at: Option<Decimal>, flip: &Option<(Value, Choice)>| {
            let (at, (text, to)) = at.zip(flip.as_ref())?;
            Some(Flip {
                text: say::flip(side, &text.text, &to.name),
                at: control.nearest(at),
            })
        };
        let both = [
            side("below", s.holds_from, &shown.below),
            side("above", s.holds_to, &shown.above),
        ];
        let both: Vec<Flip> = both.into_iter().flatten().collect();
        (!both.is_empty()).then_some((control.path, both))
    };
    all.filter_map(said).collect()
}
