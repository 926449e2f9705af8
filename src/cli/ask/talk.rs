//! The conversation: which question comes next, what is said around it, and going back.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::rc::Rc;

use anstyle::Style;
use anyhow::Result;

use crate::ask::answers::typed;
use crate::ask::draft::Draft;
use crate::ask::prompt::{Check, Question, Reply, Terminal};
use crate::ask::{FIRST, Flip, Interview, Open, problem, unanswered};
use crate::cli::output;
use crate::domain::catalog::Catalog;
use crate::domain::field::{Field, Shape, Value, When, find};
use crate::domain::profile::{Layer, Word as _};
use crate::world::World;

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();

/// A conversation.
pub(super) struct Talk<'a> {
    interview: &'a Interview<'a>,
    catalog: Rc<Catalog>,
    draft: Draft,
    /// Questions that can still change the answer, as of the last answer.
    open: Vec<Open>,
    /// Answers that were taken back, and what the environment suggests.
    before: BTreeMap<&'static str, String>,
    everything: bool,
    file: Option<PathBuf>,
}

impl<'a> Talk<'a> {
    pub(super) fn new(
        interview: &'a Interview<'a>,
        draft: Draft,
        everything: bool,
        file: Option<PathBuf>,
        world: &World<'_>,
    ) -> Self {
        let catalog = Rc::new(interview.catalog().clone());
        let mut before = BTreeMap::new();
        let home = ["AWS_REGION", "AWS_DEFAULT_REGION"]
            .iter()
            .find_map(|key| world.env.get(*key))
            .filter(|code| catalog.regions.iter().any(|r| r.code == **code));
        if let Some(code) = home {
            before.insert("region", code.clone());
        }
        Self {
            interview,
            catalog,
            draft,
            open: Vec::new(),
            before,
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
            "Which cache? Only what can change the answer is asked. Leave with Ctrl-C at any time: your answers are kept.",
        )?;
        self.look();
        while let Some((field, why)) = self.next() {
            writeln!(world.err)?;
            say(world, "Why: ", &why)?;
            if !self.one(field, terminal, world)? {
                return Ok(false);
            }
        }
        self.sum_up(world)?;
        Ok(true)
    }

    /// The next question and why it is asked.
    fn next(&self) -> Option<(&'static Field, String)> {
        let first = FIRST.iter().find(|p| self.is_open(p));
        if let Some(path) = first {
            return find(path).map(|f| (f, reason(f)));
        }
        if let Some(question) = self.open.first() {
            return find(question.path).map(|f| (f, self.why(question)));
        }
        let rest = unanswered(&self.draft.answers)
            .find(|f| self.everything && self.is_open(f.path))
            .map(|f| {
                (
                    f,
                    "it cannot change the answer; `--everything` asks it.".to_owned(),
                )
            });
        let name = || find("name").filter(|f| self.is_open(f.path));
        rest.or_else(|| name().map(|f| (f, reason(f))))
    }

    fn is_open(&self, path: &str) -> bool {
        !self.draft.answers.has(path) && !self.draft.skipped.contains(&path)
    }

    fn why(&self, open: &Open) -> String {
        let becomes = self.interview.name(&open.becomes);
        match &open.flip {
            Flip::At(value) => format!(
                "with `{}` it would be {becomes}.",
                value.trim_matches(['[', ']', '{', '}', ' '])
            ),
            Flip::Above(value) => format!("above {value} it would be {becomes}."),
            Flip::Below(value) => format!("below {value} it would be {becomes}."),
        }
    }

    fn question(&self, field: &'static Field) -> Question<'_> {
        let unsure = match field.ask.guess() {
            Some(guess) => Some(format!("{guess} is assumed")),
            None if field.required => None,
            None if field.default.is_empty() => Some("nothing is assumed".to_owned()),
            None => Some(format!("{} is assumed", self.assumed(field))),
        };
        Question {
            title: field.ask.question,
            choices: choices(field),
            many: matches!(field.shape, Shape::Words(_)),
            unsure,
            before: self.before.get(field.path).cloned(),
        }
    }

    /// What stands for a field that nobody states: the range of the catalog at this layer, or the default in words.
    fn assumed(&self, field: &Field) -> String {
        let layer = self.draft.answers.get("layer").and_then(Layer::from_word);
        let layer = layer.unwrap_or(Layer::Application);
        let mut ranges = self.catalog.plausible.ranges_at(layer);
        let range = ranges.find(|r| r.field.path() == field.path);
        range.map_or(field.default.to_owned(), |r| {
            let [low, high] = [r.low, r.high].map(|v| r.field.show(v));
            format!("{low} to {high}")
        })
    }

    /// Asks one question until it is answered, skipped or taken back; `false` after Ctrl-C.
    fn one(
        &mut self,
        field: &'static Field,
        terminal: &Terminal,
        world: &mut World<'_>,
    ) -> Result<bool> {
        let question = self.question(field);
        if question.choices.is_empty() && !field.typical.is_empty() {
            say(world, "Typical: ", &format!("{}.", field.typical))?;
        }
        let guess = field.ask.guess();
        let check = self.check(field.path);
        loop {
            match terminal.ask(&question, &check)? {
                Reply::Interrupted => return Ok(false),
                Reply::Help => help(field, question.unsure.as_deref(), world)?,
                Reply::Back if self.draft.asked.is_empty() => {
                    say(world, "", "This is the first question.")?;
                }
                Reply::Back => {
                    self.back();
                    return Ok(true);
                }
                Reply::Skip => match guess {
                    None => {
                        self.draft.skipped.push(field.path);
                        break;
                    }
                    Some(guess) => match check(guess) {
                        None => {
                            self.draft.answers.set(field.path, guess);
                            break;
                        }
                        Some(problem) => say(world, "", &problem)?,
                    },
                },
                Reply::Value(value) => match check(&value) {
                    None => {
                        self.before.insert(field.path, value.clone());
                        self.draft
                            .answers
                            .set(field.path, &typed(field.path, &value));
                        break;
                    }
                    Some(problem) => say(world, "", &problem)?,
                },
            }
        }
        self.draft.asked.push(field.path);
        self.save();
        self.look();
        if field.path != "name" {
            self.say_standing(world)?;
        }
        Ok(true)
    }

    fn check(&self, path: &'static str) -> Check {
        let catalog = Rc::clone(&self.catalog);
        let answers = self.draft.answers.clone();
        Rc::new(move |value| problem(&catalog, &answers, path, value))
    }

    /// Which questions can change the answer now; before the fixed ones are answered nobody asks.
    fn look(&mut self) {
        self.open = if FIRST.iter().any(|p| self.is_open(p)) {
            Vec::new()
        } else {
            self.interview
                .open(&self.draft.answers, &self.draft.skipped)
        };
    }

    /// Forgets the last answer, so that it is asked again.
    fn back(&mut self) {
        if let Some(last) = self.draft.asked.pop() {
            self.draft.answers.remove(last);
            self.draft.skipped.retain(|s| *s != last);
            self.save();
            self.look();
        }
    }

    fn say_standing(&self, world: &mut World<'_>) -> Result<()> {
        let Some(standing) = self.interview.standing(&self.draft.answers) else {
            return Ok(());
        };
        let left = match self.open.len() {
            _ if FIRST.iter().any(|p| self.is_open(p)) => String::new(),
            0 => "; no open question can change it by itself".to_owned(),
            1 => "; 1 open question can change it".to_owned(),
            n => format!("; {n} open questions can change it"),
        };
        let name = self.interview.name(&standing.leader);
        let text = format!("So far: {name}, {} % sure{left}.", standing.sure_percent);
        let mut shown = wrap(world, "→ ", &text);
        if world.terminal.color_err {
            shown = shown.replacen(&name, &format!("{BOLD}{name}{BOLD:#}"), 1);
        }
        writeln!(world.err, "{shown}")?;
        Ok(())
    }

    /// How many questions it took, and what the others were spared for.
    fn sum_up(&self, world: &mut World<'_>) -> Result<()> {
        let spared = unanswered(&self.draft.answers)
            .filter(|f| self.is_open(f.path))
            .count();
        let asked = self.draft.asked.len();
        writeln!(world.err)?;
        if asked > 0 && spared > 0 {
            let text = format!(
                "{asked} questions; none of the other {spared} can change the answer by itself."
            );
            say(world, "", &text)?;
        }
        Ok(())
    }

    fn save(&self) {
        if let Some(path) = &self.file {
            let folder = path.parent().map(std::fs::create_dir_all);
            if folder.is_some_and(|made| made.is_ok()) {
                let _ = output::to_file(self.draft.to_json().as_bytes(), path, true);
            }
        }
    }

    /// Keeps the draft and says so.
    pub(super) fn put_away(&self, world: &mut World<'_>) -> Result<()> {
        if !self.draft.asked.is_empty() {
            self.save();
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

/// Why a question is asked of everybody; the others say what their answer would change.
fn reason(field: &Field) -> String {
    match field.ask.when {
        When::Always(why) => why.to_owned(),
        When::If(_) | When::Never => String::new(),
    }
}

/// The words of a closed list with what they mean.
fn choices(field: &Field) -> Vec<(&'static str, String)> {
    let (Value::One(choice) | Value::Many(choice)) = field.value else {
        return Vec::new();
    };
    let says = |word| choice.says(word).unwrap_or_default().to_owned();
    let words = choice.words().into_iter();
    words.map(|word| (word, says(word))).collect()
}

fn help(field: &Field, unsure: Option<&str>, world: &mut World<'_>) -> Result<()> {
    let example = match field.shape {
        _ if !field.ask.written.is_empty() => field.ask.written,
        Shape::Quantity { example, .. } | Shape::QuantityOrNone { example, .. } => example,
        _ => "",
    };
    say(
        world,
        "Means: ",
        &format!("{} (`{}`).", field.meaning, field.path),
    )?;
    if !field.typical.is_empty() {
        say(world, "Typical: ", &format!("{}.", field.typical))?;
    }
    if !example.is_empty() {
        say(world, "Written: ", &format!("{example}."))?;
    }
    if let Some(unsure) = unsure {
        say(world, "Not sure: ", &format!("{unsure}."))?;
    }
    Ok(())
}

/// A line beside the questions: indented, wrapped, dim.
fn say(world: &mut World<'_>, label: &str, text: &str) -> Result<()> {
    let shown = wrap(world, label, text);
    if world.terminal.color_err {
        writeln!(world.err, "{DIM}{shown}{DIM:#}")?;
    } else {
        writeln!(world.err, "{shown}")?;
    }
    Ok(())
}

fn wrap(world: &World<'_>, label: &str, text: &str) -> String {
    let first = format!("  {label}");
    let rest = " ".repeat(first.chars().count());
    let options = textwrap::Options::new(world.terminal.width)
        .initial_indent(&first)
        .subsequent_indent(&rest);
    textwrap::fill(text, options)
}
