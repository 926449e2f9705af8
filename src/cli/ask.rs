//! `cachewright ask`: the questionnaire, from the first question to the recommendation.

mod talk;
pub(super) mod wording;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use etcetera::BaseStrategy;

use super::session::{self, Look, Session};
use super::{input, output};
use crate::ask::answers::Answers;
use crate::ask::draft::Draft;
use crate::ask::flags::{Flags, flag};
use crate::ask::prompt::Terminal;
use crate::ask::{Interview, problem};
use crate::cli::args::{Global, Money};
use crate::domain::catalog::Catalog;
use crate::domain::decision::Outcome;
use crate::domain::field::FIELDS;
use crate::exit::{Exit, Failure};
use crate::report::short;
use crate::report::view::View;
use crate::text::{plural, visible};
use crate::workload::{self, Invalid};
use crate::world::World;
use crate::yaml;

/// Arguments of `ask`.
#[derive(clap::Args)]
pub struct Args {
    /// Where to write the profile; the profile of `--from`, else `profile.yaml`.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
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

impl Args {
    fn target(&self) -> PathBuf {
        let from = self.from.as_ref().filter(|f| f.as_os_str() != "-");
        let target = self.output.as_ref().or(from);
        target.cloned().unwrap_or_else(|| "profile.yaml".into())
    }
}

/// Runs the command.
pub fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let mut target = Target {
        path: args.target(),
        force: args.force,
    };
    if !world.terminal.can_prompt {
        output::refuse_overwrite(&target.path, target.force)?;
    }
    let catalog = input::catalog(global, world)?;
    let session = session::open(catalog, &args.money, false, &[], world)?;
    let catalog = &session.catalog;
    let interview = Interview::new(&session.catalog, &session.book, session.options);
    let mut draft = Draft {
        answers: start(args, catalog, world)?,
        ..Draft::default()
    };
    let home = home(catalog, world);
    let kept = draft_path(world);
    if world.terminal.can_prompt {
        let terminal = Terminal {
            color: world.terminal.color_err,
        };
        if !offer_draft(args, kept.as_deref(), &mut draft, &terminal, world)? {
            return Ok(Exit::Interrupted);
        }
        flags(args, catalog, &mut draft.answers)?;
        if let Some(code) = home {
            talk::at_home(code, &mut draft, world)?;
        }
        let mut talk = talk::Talk::new(&interview, draft, args.everything, kept.clone());
        if !talk.run(&terminal, world)? || !target.agree(&terminal, world)? {
            talk.put_away(world)?;
            return Ok(Exit::Interrupted);
        }
        draft = talk.into_draft();
    } else {
        flags(args, catalog, &mut draft.answers)?;
    }
    let named = name_of(&target.path, &draft.answers);
    draft.answers.set_default("name", &named);
    let exit = finish(&draft.answers, &target, &session, world)?;
    if let Some(path) = kept.filter(|_| world.terminal.can_prompt) {
        let _ = fs::remove_file(path);
    }
    Ok(exit)
}

/// Where the profile goes.
struct Target {
    path: PathBuf,
    force: bool,
}

impl Target {
    /// Asks before an existing file is replaced, else takes a free name; `false` after Ctrl-C.
    fn agree(&mut self, terminal: &Terminal, world: &mut World<'_>) -> Result<bool> {
        if self.force || !self.path.exists() {
            return Ok(true);
        }
        let shown = visible(&self.path.display().to_string());
        let question = format!("`{shown}` exists. Replace it?");
        match terminal.confirm(&question, false, world.err)? {
            None => return Ok(false),
            Some(true) => self.force = true,
            Some(false) => {
                self.path = free_name(&self.path);
                writeln!(world.err, "  It stays as it is.")?;
            }
        }
        Ok(true)
    }
}

/// What a profile is called that nobody has named: as its file, or after its layer where the file says nothing.
fn name_of(path: &Path, answers: &Answers) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    match answers.get("layer") {
        Some(layer) if stem.starts_with("profile") => format!("{layer}-cache"),
        _ => stem.into_owned(),
    }
}

/// `profile-2.yaml` beside `profile.yaml`.
fn free_name(path: &Path) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let end = path
        .extension()
        .map_or("yaml".into(), |e| e.to_string_lossy());
    (2..u32::MAX)
        .map(|n| path.with_file_name(format!("{stem}-{n}.{end}")))
        .find(|p| !p.exists())
        .unwrap_or_else(|| path.to_owned())
}

/// The Region that the environment names.
fn home(catalog: &Catalog, world: &World<'_>) -> Option<(&'static str, String)> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter();
    let mut codes = named.filter_map(|key| Some((key, world.env.get(key)?.clone())));
    codes.find(|(_, code)| catalog.regions.iter().any(|r| r.code == *code))
}

/// What `--from` states. What it lacks is asked; what is wrong with it is said.
fn start(args: &Args, catalog: &Catalog, world: &mut World<'_>) -> Result<Answers> {
    let mut answers = Answers::default();
    if let Some(path) = &args.from {
        let (name, text) = input::profile_text(path)?;
        if let Err(mut invalid) = workload::load(&text, &[], catalog) {
            invalid
                .problems
                .retain(|p| !p.warning && p.code != workload::CODES.missing);
            if !invalid.problems.is_empty() {
                return Err(refused(
                    &invalid,
                    &name,
                    format!("`{name}` has problems"),
                    world,
                ));
            }
        }
        answers = yaml::parse(&text).map_or(answers, |tree| Answers::from_tree(&tree));
    }
    answers.set("version", "1");
    Ok(answers)
}

/// Adds the answers given as flags, each checked with all others in place.
fn flags(args: &Args, catalog: &Catalog, answers: &mut Answers) -> Result<()> {
    for (path, value) in args.flags.answers.iter() {
        answers.set(path, value);
    }
    for (path, value) in args.flags.answers.iter() {
        if let Some(problem) = problem(catalog, answers, path, value) {
            let message = format!("{}: {problem}", flag(path));
            return Err(Failure::new(Exit::BadInput, "profile-invalid", message).into());
        }
    }
    Ok(())
}

fn refused(invalid: &Invalid, name: &str, message: String, world: &mut World<'_>) -> anyhow::Error {
    let shown = crate::snippet::render(
        &invalid.problems,
        name,
        &invalid.source,
        world.terminal.color_err,
        world.terminal.width,
    );
    let _ = write!(world.err, "{shown}");
    Failure::new(Exit::BadInput, "profile-invalid", message).into()
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
    Some(state.join("cachewright").join("ask-draft.json"))
}

/// Offers to go on with a draft; `false` when the person pressed Ctrl-C.
fn offer_draft(
    args: &Args,
    path: Option<&Path>,
    draft: &mut Draft,
    terminal: &Terminal,
    world: &mut World<'_>,
) -> Result<bool> {
    let text = path.and_then(|p| fs::read_to_string(p).ok());
    let Some(kept) = text.and_then(|t| Draft::from_json(&t)) else {
        return Ok(true);
    };
    let count = plural(kept.asked.len(), "question");
    let instead = args.from.as_ref().map_or(String::new(), |from| {
        format!(" instead of `{}`", visible(&from.display().to_string()))
    });
    let question = format!("Continue the draft with {count} answered{instead}?");
    match terminal.confirm(&question, args.from.is_none(), world.err)? {
        None => return Ok(false),
        Some(true) => {
            *draft = kept;
            talk::recall(draft, world)?;
        }
        Some(false) => {
            if let Some(path) = path {
                let _ = fs::remove_file(path);
            }
            writeln!(world.err, "  The draft is discarded.")?;
        }
    }
    Ok(true)
}

/// Writes the profile and shows the recommendation.
fn finish(
    answers: &Answers,
    target: &Target,
    session: &Session,
    world: &mut World<'_>,
) -> Result<Exit> {
    let missing: Vec<String> = FIELDS
        .iter()
        .filter(|f| f.required && !answers.has(f.path))
        .map(|f| flag(f.path))
        .collect();
    if !missing.is_empty() {
        let message = format!(
            "without prompts these answers are missing: {}",
            missing.join(", ")
        );
        return Err(Failure::new(Exit::Usage, "ask-missing", message)
            .help("give them as flags, or run `cachewright ask` in a terminal")
            .into());
    }
    let name = target.path.display().to_string();
    let yaml = answers.to_profile();
    let resolved = workload::load(&yaml, &[], &session.catalog).map_err(|invalid| {
        let message = "the answers contradict each other".to_owned();
        refused(&invalid, &name, message, world)
    })?;
    output::to_file(yaml.as_bytes(), &target.path, target.force)
        .context("the profile was not written")?;
    let decided = session.decide(name.clone(), resolved, Look::Outlook);
    let report = decided.report(session, &[]);
    let view = View::new(&report);
    let shown = short::text::render(&report, &view, output::screen(world));
    output::print(&shown, world)?;
    // The answer once more: with many warnings its own line has left a small screen.
    let answer = short::short(&report, &view);
    let mut said = vec![answer.answer];
    said.extend(answer.figures.into_iter().next());
    said.extend(answer.level.map(str::to_uppercase));
    let written = format!(
        "The profile is in `{}`: {}.",
        visible(&name),
        said.join(", ")
    );
    writeln!(
        world.err,
        "{}",
        textwrap::fill(&written, world.terminal.width)
    )?;
    Ok(if decided.decision.outcome == Outcome::NoneFits {
        Exit::NoneFits
    } else {
        Exit::Done
    })
}
