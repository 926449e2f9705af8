//! `cachewright ask`: the questionnaire, from the first question to the recommendation.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

use super::{input, output};
use crate::ask::answers::{Answers, typed};
use crate::ask::flags::{Flags, flag};
use crate::ask::prompt::{Prompter, Reply, Terminal};
use crate::ask::{FIRST, Interview, Open, Standing};
use crate::cli::{Global, Money};
use crate::decide::{Engine, Options};
use crate::exit::{Exit, Failure};
use crate::report::text::Layout;
use crate::report::{Report, text};
use crate::workload::fields::{FIELDS, Field, find};
use crate::world::World;
use crate::{analysis, workload, yaml};

/// Arguments of `ask`.
#[derive(clap::Args)]
pub struct Args {
    /// Where to write the profile.
    #[arg(short, long, value_name = "FILE", default_value = "profile.yaml")]
    pub output: PathBuf,
    /// Overwrite an existing file.
    #[arg(long)]
    pub force: bool,
    /// Continue a profile: only what it leaves open is asked.
    #[arg(long, value_name = "PROFILE")]
    pub from: Option<PathBuf>,
    /// Ask everything that applies, also what cannot change the answer.
    #[arg(long)]
    pub everything: bool,
    /// Prices.
    #[command(flatten)]
    pub money: Money,
    /// Answers given as flags.
    #[command(flatten)]
    pub flags: Flags,
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    output::refuse_overwrite(&args.output, args.force)?;
    let catalog = input::catalog(global, world)?;
    let book = input::prices(&args.money, &[], &catalog, world)?.book;
    let options = Options {
        free_tier: !args.money.no_free_tier,
        strict_facts: false,
    };
    let interview = Interview::new(&catalog, &book, options);
    let mut answers = start(args, world)?;
    let flags = &args.flags.answers;
    for field in FIELDS {
        if let Some(value) = flags.get(field.path) {
            answers.set(field.path, value);
        }
    }
    if world.terminal.can_prompt {
        let mut terminal = Terminal {
            color: world.terminal.color_err,
        };
        let draft = draft_path(world);
        if !offer_draft(args, draft.as_deref(), &mut answers, &mut terminal, world)? {
            return Ok(Exit::Interrupted);
        }
        let mut talk = Talk {
            interview: &interview,
            answers,
            skipped: Vec::new(),
            asked: Vec::new(),
            everything: args.everything,
            draft,
        };
        if !talk.run(&mut terminal, world)? {
            return Ok(Exit::Interrupted);
        }
        if let Some(path) = &talk.draft {
            let _ = fs::remove_file(path);
        }
        answers = talk.answers;
    }
    finish(
        args,
        &interview,
        &mut answers,
        &catalog,
        &book,
        options,
        world,
    )
}

/// What `--from` states.
fn start(args: &Args, world: &mut World<'_>) -> Result<Answers> {
    let mut answers = Answers::default();
    if let Some(path) = &args.from {
        let (name, text) = input::profile_text(path)?;
        let tree = yaml::parse(&text).map_err(|problem| {
            let shown = crate::snippet::render(
                &[problem],
                &name,
                &text,
                world.terminal.color_err,
                world.terminal.width,
            );
            let _ = write!(world.err, "{shown}");
            Failure::new(
                Exit::BadInput,
                "profile-invalid",
                format!("`{name}` has a problem"),
            )
        })?;
        answers = Answers::from_tree(&tree);
    }
    answers.set("version", "1");
    Ok(answers)
}

/// Where an unfinished conversation is kept.
fn draft_path(world: &World<'_>) -> Option<PathBuf> {
    let state = world
        .env
        .get("XDG_STATE_HOME")
        .filter(|v| !v.is_empty())
        .map(PathBuf::from);
    let state = state.or_else(|| {
        etcetera::choose_base_strategy()
            .ok()
            .and_then(|s| s.state_dir())
    })?;
    Some(state.join("cachewright").join("ask-draft.yaml"))
}

/// Offers to go on with a draft; `false` when the person pressed Ctrl-C.
fn offer_draft(
    args: &Args,
    draft: Option<&Path>,
    answers: &mut Answers,
    prompter: &mut dyn Prompter,
    world: &mut World<'_>,
) -> Result<bool> {
    let Some(path) = draft.filter(|p| args.from.is_none() && p.exists()) else {
        return Ok(true);
    };
    let Ok(tree) = yaml::parse(&fs::read_to_string(path).unwrap_or_default()) else {
        return Ok(true);
    };
    let kept = Answers::from_tree(&tree);
    match prompter.confirm(
        &format!(
            "Continue the unfinished draft with {} answers?",
            kept.len().saturating_sub(1)
        ),
        true,
    )? {
        None => return Ok(false),
        Some(true) => *answers = kept,
        Some(false) => {
            let _ = fs::remove_file(path);
            writeln!(world.err, "The draft is discarded.")?;
        }
    }
    Ok(true)
}

/// A conversation.
struct Talk<'a> {
    interview: &'a Interview<'a>,
    answers: Answers,
    skipped: Vec<&'static str>,
    asked: Vec<&'static str>,
    everything: bool,
    draft: Option<PathBuf>,
}

impl Talk<'_> {
    /// Asks until nothing open can change the answer; `false` after Ctrl-C.
    fn run(&mut self, prompter: &mut dyn Prompter, world: &mut World<'_>) -> Result<bool> {
        writeln!(
            world.err,
            "A few questions. Enter alone means not sure, < goes back, ? explains.\n"
        )?;
        while let Some((field, why)) = self.next() {
            if let Some(why) = why {
                writeln!(world.err, "  {why}")?;
            }
            if !self.one(field, prompter, world)? {
                self.keep_draft(world)?;
                return Ok(false);
            }
        }
        self.name(prompter, world)
    }

    /// The next question and why it is asked.
    fn next(&self) -> Option<(&'static Field, Option<String>)> {
        let open = |path: &&str| !self.answers.has(path) && !self.skipped.iter().any(|s| s == path);
        if let Some(path) = FIRST.iter().find(|p| open(p)) {
            return find(path).map(|f| (f, None));
        }
        if let Some(question) = self
            .interview
            .open(&self.answers)
            .into_iter()
            .find(|o| open(&o.path))
        {
            return find(question.path).map(|f| (f, Some(why(&question))));
        }
        let rest = FIELDS
            .iter()
            .find(|f| self.everything && open(&f.path) && !matches!(f.path, "name" | "version"));
        rest.map(|f| (f, None))
    }

    /// Asks one question until it is answered, skipped or taken back; `false` after Ctrl-C.
    fn one(
        &mut self,
        field: &'static Field,
        prompter: &mut dyn Prompter,
        world: &mut World<'_>,
    ) -> Result<bool> {
        loop {
            let interview = self.interview;
            let answers = self.answers.clone();
            let check = |value: &str| problem(interview, &answers, field, value);
            let title = format!("{} ({}):", capital(question(field.meaning)), field.path);
            match prompter.ask(field, &title, &check)? {
                Reply::Interrupted => return Ok(false),
                Reply::Help => help(field, world)?,
                Reply::Skip if field.required => writeln!(world.err, "  This one is needed.")?,
                Reply::Skip => {
                    self.skipped.push(field.path);
                    self.asked.push(field.path);
                    break;
                }
                Reply::Back => {
                    self.back();
                    return Ok(true);
                }
                Reply::Value(value) => {
                    if let Some(problem) = check(&value) {
                        writeln!(world.err, "  {problem}")?;
                        continue;
                    }
                    self.answers.set(field.path, &typed(field.path, &value));
                    self.asked.push(field.path);
                    self.save_draft();
                    break;
                }
            }
        }
        self.say_standing(world)?;
        Ok(true)
    }

    /// Forgets the last answer, so that it is asked again.
    fn back(&mut self) {
        if let Some(last) = self.asked.pop() {
            self.answers.remove(last);
            self.skipped.retain(|s| *s != last);
        }
    }

    fn say_standing(&self, world: &mut World<'_>) -> Result<()> {
        if let Some(standing) = self.interview.standing(&self.answers) {
            writeln!(
                world.err,
                "  {}\n",
                standing_text(&standing, self.answered_enough())
            )?;
        }
        Ok(())
    }

    fn answered_enough(&self) -> bool {
        FIELDS
            .iter()
            .filter(|f| f.required && f.path != "name")
            .all(|f| self.answers.has(f.path))
    }

    fn name(&mut self, prompter: &mut dyn Prompter, world: &mut World<'_>) -> Result<bool> {
        while !self.answers.has("name") {
            let Some(field) = find("name") else { break };
            if !self.one(field, prompter, world)? {
                self.keep_draft(world)?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn save_draft(&self) {
        if let Some(path) = &self.draft {
            let saved = path.parent().map(fs::create_dir_all);
            if saved.is_some_and(|r| r.is_ok()) {
                let _ = output::to_file(self.answers.to_yaml().as_bytes(), path, true);
            }
        }
    }

    fn keep_draft(&self, world: &mut World<'_>) -> Result<()> {
        self.save_draft();
        if self.draft.is_some() && self.answers.len() > 1 {
            writeln!(
                world.err,
                "\nYour answers are kept; `cachewright ask` offers to go on with them."
            )?;
        }
        Ok(())
    }
}

/// The question itself, without its footnotes.
fn question(meaning: &str) -> &str {
    let end = meaning.find([';', ':']).unwrap_or(meaning.len());
    &meaning[..end]
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars
        .next()
        .map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

fn why(open: &Open) -> String {
    format!(
        "Asked because `{}: {}` would make it {}.",
        open.path, open.flip.0, open.flip.1
    )
}

fn standing_text(standing: &Standing, enough: bool) -> String {
    let pick = &standing.leader;
    let variant = pick
        .variant
        .as_ref()
        .map_or(String::new(), |v| format!(" ({v})"));
    let so_far = if enough {
        "Leader"
    } else {
        "Leader with typical values for the rest"
    };
    format!(
        "{so_far}: {}{variant}, {} % sure.",
        pick.service, standing.sure_percent
    )
}

fn help(field: &Field, world: &mut World<'_>) -> Result<()> {
    writeln!(world.err, "  {}: {}.", field.path, field.meaning)?;
    if !field.default.is_empty() {
        writeln!(world.err, "  Without an answer: {}.", field.default)?;
    }
    if !field.typical.is_empty() {
        writeln!(world.err, "  Typical: {}.", field.typical)?;
    }
    Ok(())
}

/// Why a value is refused, given the answers so far.
fn problem(
    interview: &Interview<'_>,
    answers: &Answers,
    field: &Field,
    value: &str,
) -> Option<String> {
    let mut tried = answers.clone();
    for missing in FIELDS.iter().filter(|f| f.required) {
        let stand_in = match missing.path {
            "version" => "1",
            "name" => "name",
            "region" => "us-east-1",
            "layer" => "application",
            "traffic.reads" => "1/s",
            "data.item_size" => "1 B",
            "data.working_set" => "1000 TiB",
            _ => continue,
        };
        tried.set_default(missing.path, stand_in);
    }
    tried.set(field.path, &typed(field.path, value));
    let invalid = workload::load(&tried.to_yaml(), &[], interview.regions()).err()?;
    let first = invalid.problems.iter().find(|p| !p.warning)?;
    let label = first
        .labels
        .first()
        .filter(|l| l.text.starts_with("did you mean"))
        .map_or(String::new(), |l| format!("; {}", l.text));
    let help = first
        .help
        .as_ref()
        .map_or(String::new(), |h| format!(" ({h})"));
    Some(format!("{}{label}{help}", first.message))
}

/// Writes the profile and shows the recommendation.
fn finish(
    args: &Args,
    interview: &Interview<'_>,
    answers: &mut Answers,
    catalog: &crate::domain::catalog::Catalog,
    book: &crate::domain::price::PriceBook,
    options: Options,
    world: &mut World<'_>,
) -> Result<Exit> {
    let missing: Vec<String> = FIELDS
        .iter()
        .filter(|f| f.required && !answers.has(f.path))
        .map(|f| flag(f.path))
        .collect();
    if !missing.is_empty() {
        let failure = Failure::new(
            Exit::Usage,
            "ask-missing",
            format!(
                "without prompts these answers are missing: {}",
                missing.join(", ")
            ),
        );
        return Err(failure
            .help("give them as flags, or run `cachewright ask` in a terminal")
            .into());
    }
    let yaml = answers.to_yaml();
    let name = args.output.display().to_string();
    let resolved = workload::load(&yaml, &[], interview.regions()).map_err(|invalid| {
        let shown = crate::snippet::render(
            &invalid.problems,
            &name,
            &invalid.source,
            world.terminal.color_err,
            world.terminal.width,
        );
        let _ = write!(world.err, "{shown}");
        Failure::new(
            Exit::BadInput,
            "profile-invalid",
            "the answers contradict each other",
        )
    })?;
    output::to_file(yaml.as_bytes(), &args.output, args.force)
        .context("the profile was not written")?;
    writeln!(world.err, "The profile is in `{name}`.\n")?;
    let engine = Engine::new(catalog, book, options, &resolved.profile);
    let mut decision = engine.decide(&resolved.profile);
    let open = analysis::Open {
        catalog,
        book,
        options,
    };
    let found = analysis::analyse(&engine, &open, &resolved.profile, &mut decision);
    let lines = input::lines(&resolved);
    let report = Report {
        profile: &resolved.profile,
        decision: &decision,
        catalog,
        book,
        lines: &lines,
        file: &name,
        price_notes: &[],
        analysis: Some(&found),
    };
    let layout = Layout {
        width: world.terminal.width,
        color: world.terminal.color_out,
    };
    world
        .out
        .write_all(text::render(&report, layout).as_bytes())?;
    let none = decision.outcome == crate::domain::decision::Outcome::NoneFits;
    Ok(if none { Exit::NoneFits } else { Exit::Done })
}
