//! The conversation: what is said around the questions, and going back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anstyle::Style;
use anyhow::Result;
use rust_decimal::Decimal;

use super::wording::{called, help, question, say, wrap};
use crate::ask::answers::typed;
use crate::ask::course::Next;
use crate::ask::draft::{Draft, WHICH};
use crate::ask::opening::start;
use crate::ask::prompt::{Check, NOT_SURE, Question, Reply, Row, Terminal};
use crate::ask::{Flip, Interview, Open, Standing, WAYS, problem};
use crate::cli::output;
use crate::domain::catalog::{Catalog, region_called};
use crate::domain::decision::Pick;
use crate::domain::field::{Field, NumField, Shape, Value, When, find};
use crate::domain::money::{Usd, whole};
use crate::domain::units::Bytes;
use crate::text::visible;
use crate::world::World;

const BOLD: Style = Style::new().bold();

/// A conversation.
pub(super) struct Talk<'a> {
    interview: &'a Interview<'a>,
    catalog: Rc<Catalog>,
    draft: Draft,
    /// What was said last of how things stand.
    stands: Option<Standing>,
    /// The leader's bill at the last answer.
    bill: Option<(Pick, Usd)>,
    /// What could still change the answer when it was last looked for.
    open: Vec<Open>,
    /// Answers that were taken back.
    before: BTreeMap<&'static str, String>,
    everything: bool,
    file: Option<PathBuf>,
}

/// What became of a question.
#[derive(PartialEq, Eq)]
enum Turn {
    /// It has an answer, or the person is not sure.
    Done,
    /// The one before comes again.
    Back,
    /// Ctrl-C.
    Left,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        interview: &'a Interview<'a>,
        draft: Draft,
        everything: bool,
        file: Option<PathBuf>,
    ) -> Self {
        Self {
            interview,
            catalog: Rc::new(interview.catalog().clone()),
            draft,
            stands: None,
            bill: None,
            open: Vec::new(),
            before: BTreeMap::new(),
            everything,
            file,
        }
    }

    pub(super) fn into_draft(self) -> Draft {
        self.draft
    }

    /// Asks until nothing open can change the answer; `false` after Ctrl-C.
    pub(super) fn run(&mut self, terminal: &Terminal, world: &mut World<'_>) -> Result<bool> {
        say(
            world,
            "",
            "Enter alone is \"not sure\", once the first question is answered. Ctrl-C keeps your answers.",
        )?;
        loop {
            let turn = match self.draft.next(self.interview, self.everything) {
                Next::Ask(field) => self.one(field, terminal, world)?,
                Next::Which(open) => self.which(open, terminal, world)?,
                Next::Done => return Ok(true),
            };
            match turn {
                Turn::Left => return Ok(false),
                Turn::Back => self.back(world)?,
                Turn::Done => {
                    self.save();
                    self.say_standing(world)?;
                    self.say_bill(world)?;
                }
            }
        }
    }

    /// Why it is asked: what its answer would change, where that is known.
    fn why(&self, field: &Field) -> Option<String> {
        if let When::Always(why) = field.ask.when {
            return (field.path != "layer").then(|| why.to_owned());
        }
        let listed = self.open.iter().find(|o| o.path == field.path);
        let listed = listed.map(|o| (o.flip.clone(), o.becomes.clone()));
        // Before anybody has said how much is read, every number would change everything.
        let known = || self.draft.answers.has("traffic.reads").then_some(());
        let probed = || known().and_then(|()| self.interview.flip(&self.draft.answers, field));
        let (flip, becomes) = listed.or_else(probed)?;
        let becomes = self.interview.name(&becomes);
        Some(match &flip {
            Flip::At(value) => {
                format!(
                    "with `{}` it would be {becomes}.",
                    called(field.path, value)
                )
            }
            Flip::Above(value) => format!("above {value} it would be {becomes}."),
            Flip::Below(value) => format!("below {value} it would be {becomes}."),
        })
    }

    /// Asks one question until it is answered, skipped or taken back.
    fn one(
        &mut self,
        field: &'static Field,
        terminal: &Terminal,
        world: &mut World<'_>,
    ) -> Result<Turn> {
        if let Some(why) = self.why(field) {
            say(world, "Why: ", &why)?;
        }
        let check = self.check(field.path);
        loop {
            let before = self.before.get(field.path).cloned();
            let question = question(field, &self.draft.answers, &self.catalog, before);
            match terminal.ask(&question, &check, world.err)? {
                Reply::Interrupted => return Ok(Turn::Left),
                Reply::Back => return Ok(Turn::Back),
                Reply::Help => help(field, question.unsure.as_deref(), world)?,
                Reply::Skip => {
                    self.before.remove(field.path);
                    self.draft.skip(field);
                    return Ok(Turn::Done);
                }
                Reply::Value(word) if field.path == "layer" => {
                    if let Some(start) = start(&word) {
                        self.draft.set_out(start);
                    }
                    return Ok(Turn::Done);
                }
                Reply::Value(value) => match check(&value) {
                    None => {
                        let size = self.read_size(field.path);
                        let meant = meant(&self.catalog, field.path, size, &value);
                        if meant != value {
                            say(world, "", &format!("{}: {meant}.", visible(&value)))?;
                        }
                        self.draft.set(field.path, &typed(field.path, &meant));
                        return Ok(Turn::Done);
                    }
                    Some(problem) => say(world, "", &problem.to_string())?,
                },
            }
        }
    }

    /// Shows what can still change the answer, and keeps what of it the person can answer.
    fn which(
        &mut self,
        open: Vec<Open>,
        terminal: &Terminal,
        world: &mut World<'_>,
    ) -> Result<Turn> {
        let small = Usd(self.catalog.weights.small_change);
        let rows = open.iter().filter_map(|o| {
            let worth = (o.worth >= small).then(|| format!("worth ${} a month", whole(o.worth.0)));
            Some(Row {
                word: o.path.to_owned(),
                called: find(o.path)?.ask.question.to_owned(),
                text: worth.unwrap_or_default(),
            })
        });
        let question = Question {
            title: "Which of these matter, or do you know?",
            rows: rows.collect(),
            many: true,
            typical: "",
            skip: "none of these",
            unsure: Some(String::new()),
            before: None,
        };
        let none: Check = Rc::new(|_| None);
        loop {
            let ticked = match terminal.ask(&question, &none, world.err)? {
                Reply::Interrupted => return Ok(Turn::Left),
                Reply::Back => return Ok(Turn::Back),
                Reply::Help => {
                    let text = "each answer could change the recommendation; tick what you need or know, and only that is asked.";
                    say(world, "Means: ", text)?;
                    continue;
                }
                Reply::Skip => String::new(),
                Reply::Value(words) => words,
            };
            let ticked: Vec<&str> = ticked.split(", ").collect();
            self.draft.tick(&open, &ticked);
            self.open = open;
            return Ok(Turn::Done);
        }
    }

    fn check(&self, path: &'static str) -> Check {
        let catalog = Rc::clone(&self.catalog);
        let answers = self.draft.answers.clone();
        let size = self.read_size(path);
        Rc::new(move |value| {
            let meant = meant(&catalog, path, size, value);
            problem(&catalog, &answers, path, &meant)
        })
    }

    /// Bytes of a read, for whoever answers the question for reads with bytes a second: files are known by those.
    fn read_size(&self, path: &str) -> Option<Decimal> {
        let files = self.draft.answers.get("layer") == Some("storage");
        (files && path == "traffic.reads").then(|| self.interview.read_size(&self.draft.answers))?
    }

    /// Takes the last answer back, so that it is asked again with the answer in place.
    fn back(&mut self, world: &mut World<'_>) -> Result<()> {
        match self.draft.back() {
            None => say(world, "", "This is the first question.")?,
            // Lists and shares as people write them. The file keeps the answer until another takes its place.
            Some((path, Some(before))) => {
                let bare = before.replace(['[', ']', '{', '}', '"'], "");
                self.before.insert(path, bare.trim().to_owned());
            }
            Some((_, None)) => {}
        }
        Ok(())
    }

    /// Who leads, when an answer has changed something.
    fn say_standing(&mut self, world: &mut World<'_>) -> Result<()> {
        let last = self.draft.asked.last();
        if last.is_none_or(|p| matches!(*p, "layer" | WHICH)) {
            return Ok(());
        }
        let Some(standing) = self.interview.standing(&self.draft.answers) else {
            return Ok(());
        };
        if self.stands.as_ref() == Some(&standing) {
            return Ok(());
        }
        let name = self.interview.name(&standing.leader);
        let ways = standing.ways;
        let text = format!("{name}, in {ways} of {WAYS} ways to answer the rest");
        self.stands = Some(standing);
        let mut shown = wrap(world, "→ ", &text);
        if world.terminal.color_err {
            shown = shown.replacen(&name, &format!("{BOLD}{name}{BOLD:#}"), 1);
        }
        writeln!(world.err, "{shown}")?;
        Ok(())
    }

    /// What the last answer costs, where it was a choice: the bill with it beside the bill without.
    fn say_bill(&mut self, world: &mut World<'_>) -> Result<()> {
        let now = self.interview.bill(&self.draft.answers);
        let before = std::mem::replace(&mut self.bill, now.clone());
        let chosen = self.draft.asked.last().and_then(|path| find(path));
        let is_choice = |f: &&Field| {
            matches!(f.value, Value::One(_) | Value::Many(_))
                && !matches!(f.path, "layer" | "interface")
                && self.draft.answers.has(f.path)
        };
        let (Some(_), Some((was, old)), Some((is, new))) = (chosen.filter(is_choice), before, now)
        else {
            return Ok(());
        };
        let apart = new - old;
        if apart.0.abs() < self.catalog.weights.small_change {
            return Ok(());
        }
        let more = if apart.0.is_sign_negative() {
            "less"
        } else {
            "more"
        };
        let names = [&is, &was].map(|pick| self.interview.name(pick));
        let beside = if is == was {
            format!("{new} for {}, {old} without it", names[0])
        } else {
            format!("{new} for {}, {old} for {} without it", names[0], names[1])
        };
        let rest = if self.draft.answers.has("traffic.reads") {
            ""
        } else {
            ", with the rest as assumed"
        };
        let apart = Usd(apart.0.abs());
        say(
            world,
            "",
            &format!("This answer: {apart} a month {more} ({beside}{rest})."),
        )
    }

    fn save(&self) {
        if let Some(path) = &self.file {
            let folder = path.parent().map(std::fs::create_dir_all);
            if folder.is_some_and(|made| made.is_ok()) {
                let _ = output::to_file(self.draft.to_json().as_bytes(), path, true);
            }
        }
    }

    /// Says that the draft is kept, as it was after the last answer: whoever leaves on the way back loses nothing.
    pub(super) fn put_away(&self, world: &mut World<'_>) -> Result<()> {
        if !self.draft.asked.is_empty() {
            writeln!(world.err)?;
            say(
                world,
                "",
                "Your answers are kept. `cachewright ask` offers to go on with them.",
            )?;
        }
        Ok(())
    }
}

/// The code of a Region that is called by its place, and reads a second of so many bytes.
fn meant(catalog: &Catalog, path: &str, read: Option<Decimal>, value: &str) -> String {
    if let Some(reads) = read.and_then(|size| reads_of(value, size)) {
        return reads;
    }
    let is_region = find(path).is_some_and(|f| matches!(f.shape, Shape::Region));
    let called = || region_called(value, &catalog.regions);
    let called = is_region.then(called).flatten();
    called.map_or_else(|| value.to_owned(), |r| r.code.clone())
}

/// `2 GB/s` of reads of this size, as reads a second to four digits; `None` for what is no throughput.
fn reads_of(value: &str, size: Decimal) -> Option<String> {
    let bytes = value.trim().strip_suffix("/s")?.trim();
    let parsed = bytes.parse::<Bytes>();
    let bytes = match parsed {
        Ok(bytes) => bytes,
        Err(refused) => refused.fix?.parse().ok()?,
    };
    let reads = Decimal::from(bytes.whole()).checked_div(size)?;
    Some(NumField::Reads.show(reads.round_sf(4)?))
}

/// Takes the Region that the environment names, and says so.
pub(super) fn at_home(
    (key, code): (&str, String),
    draft: &mut Draft,
    world: &mut World<'_>,
) -> Result<()> {
    if !draft.is_open("region") {
        return Ok(());
    }
    draft.answers.set("region", &code);
    say(
        world,
        "",
        &format!("Region: {code}, from {key}; `--region` names another."),
    )
}

/// Shows what was answered before the draft was put away.
pub(super) fn recall(draft: &Draft, world: &mut World<'_>) -> Result<()> {
    for path in draft.asked.iter().filter(|p| **p != WHICH) {
        let Some(field) = find(path) else { continue };
        let start = draft.start().filter(|_| *path == "layer").map(|s| s.word);
        let said = start
            .or_else(|| draft.answers.get(path))
            .unwrap_or(NOT_SURE);
        let said = visible(said.trim_matches(['[', ']', '{', '}', ' ']));
        let line = format!("{} {said}", field.ask.question);
        say(world, "✓ ", &line)?;
    }
    Ok(())
}
