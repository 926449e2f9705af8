//! What every command on a stack shares: connect, say who acts where, run, and end with one result.
//!
//! Ctrl-C and lost contact end the watching, never the deployment; the command that resumes is told.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::{errors, output};
use crate::aws::ApiError;
use crate::aws::{self, Connection, Options};
use crate::deploy::aws::Aws;
use crate::deploy::consent::Consent;
use crate::deploy::engine::{Progress, Run, Settings};
use crate::deploy::record::{Context, ErrorRecord, Outcome, Record, RunResult, SCHEMA};
use crate::deploy::retry::Patience;
use crate::deploy::sink::{Mode, Sink, Tone};
use crate::deploy::types::Types;
use crate::exit::{Exit, Failure};
use crate::text::{one_line, shell};
use crate::world::World;

/// Options of every command on a stack.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Common {
    /// Connection.
    #[command(flatten)]
    pub aws: Options,
    /// How to tell what happens: lines for people, or one JSON record per line on stdout
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub events: Mode,
    /// Milliseconds between two looks at AWS
    #[arg(long, hide = true, default_value_t = 3000, value_name = "MS")]
    pub poll_ms: u64,
    /// Seconds without any answer of AWS after which watching ends
    #[arg(long, default_value_t = 600.0, value_name = "SECONDS")]
    pub patience: f64,
}

/// What is particular to one command.
#[derive(Clone, Debug)]
pub struct Job {
    /// `deploy`, `destroy` …
    pub command: &'static str,
    /// Stack name.
    pub stack: String,
    /// Words of the command that resumes, after `cachewright`.
    pub resume: Vec<String>,
    /// How agreement is reached.
    pub consent: Consent,
    /// Agreed replacements, `--no-execute`, `--execute`.
    pub allow_replacement: bool,
    /// Stop after the change set.
    pub no_execute: bool,
    /// Continue with this change set.
    pub execute: Option<String>,
    /// Where the outputs go, besides the screen.
    pub outputs_file: Option<PathBuf>,
}

impl Job {
    /// A job without changes to agree to.
    pub fn new(command: &'static str, stack: &str) -> Self {
        Self {
            command,
            stack: stack.to_owned(),
            resume: vec![command.to_owned(), stack.to_owned()],
            consent: Consent::Nobody,
            allow_replacement: false,
            no_execute: false,
            execute: None,
            outputs_file: None,
        }
    }
}

/// How the body of a command ended.
enum Ending {
    Finished(Box<Result<RunResult>>),
    Interrupted,
}

/// Runs the body of a command inside a connection and ends with exactly one result.
pub fn run<F>(world: &mut World<'_>, common: &Common, job: &Job, body: F) -> Result<Exit>
where
    F: AsyncFnOnce(&mut Run<'_, '_, Aws>, &Connection) -> Result<RunResult>,
{
    run_after(world, common, job, |_, _| Ok(()), body)
}

/// [`run`], after what can be checked before anybody's credentials are asked for.
pub fn run_after<B, F>(
    world: &mut World<'_>,
    common: &Common,
    job: &Job,
    before: B,
    body: F,
) -> Result<Exit>
where
    B: FnOnce(&mut Sink<'_>, &Connection) -> Result<()>,
    F: AsyncFnOnce(&mut Run<'_, '_, Aws>, &Connection) -> Result<RunResult>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let env = world.env.clone();
    let mut sink = Sink::new(world, common.events);
    let types = Types::load()?;
    let progress = RefCell::new(Progress::default());
    let settings = settings(common, job)?;
    let resume = resume_command(job, common, &env);
    let ending = runtime.block_on(async {
        tokio::select! {
            biased;
            () = interrupted() => Ending::Interrupted,
            result = act(&mut sink, common, job, &env, &settings, &types, &progress, before, body) => {
                Ending::Finished(Box::new(result))
            }
        }
    });
    // A thread may still wait for a line from the terminal; it must not hold the exit.
    runtime.shutdown_background();
    finish(&mut sink, job, &progress.borrow(), &resume, ending)
}

#[allow(
    clippy::too_many_arguments,
    reason = "the parts of one run, joined once"
)]
async fn act<B, F>(
    sink: &mut Sink<'_>,
    common: &Common,
    job: &Job,
    env: &BTreeMap<String, String>,
    settings: &Settings,
    types: &Types,
    progress: &RefCell<Progress>,
    before: B,
    body: F,
) -> Result<RunResult>
where
    B: FnOnce(&mut Sink<'_>, &Connection) -> Result<()>,
    F: AsyncFnOnce(&mut Run<'_, '_, Aws>, &Connection) -> Result<RunResult>,
{
    let connection = aws::connect(&common.aws, env).await?;
    before(sink, &connection)?;
    introduce(sink, &connection, job, settings.patience).await?;
    let cloud = Aws::new(&connection);
    let mut run = Run {
        cloud: &cloud,
        settings,
        sink,
        types,
        progress,
    };
    body(&mut run, &connection).await
}

fn settings(common: &Common, job: &Job) -> Result<Settings> {
    let total = Duration::try_from_secs_f64(common.patience).map_err(|_| {
        Failure::new(
            Exit::Usage,
            "bad-patience",
            "--patience must be a number of seconds",
        )
    })?;
    let poll = Duration::from_millis(common.poll_ms.max(1));
    Ok(Settings {
        poll,
        patience: Patience {
            first: poll.min(Duration::from_secs(1)),
            total,
        },
        consent: job.consent,
        allow_replacement: job.allow_replacement,
        no_execute: job.no_execute,
        execute: job.execute.clone(),
    })
}

/// Account, principal and region, before anything else happens.
async fn introduce(
    sink: &mut Sink<'_>,
    connection: &Connection,
    job: &Job,
    patience: Patience,
) -> Result<()> {
    let identity =
        crate::deploy::retry::persist(patience, sink, async || aws::identity(connection).await)
            .await
            .map_err(|error| error.failure())?;
    sink.record(&Record::Context(Context {
        schema: SCHEMA.to_owned(),
        command: job.command.to_owned(),
        stack: job.stack.clone(),
        account: Some(identity.account.clone()),
        principal: Some(identity.arn.clone()),
        region: connection.region.clone(),
        endpoint: connection.endpoint.clone(),
    }))?;
    let endpoint = connection
        .endpoint
        .as_deref()
        .map(|url| format!(", endpoint {url}"))
        .unwrap_or_default();
    sink.line(&format!(
        "account {} as {} in {} (from {}){endpoint}",
        identity.account, identity.arn, connection.region, connection.region_from
    ))?;
    Ok(())
}

/// Ctrl-C, or the request to end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

fn finish(
    sink: &mut Sink<'_>,
    job: &Job,
    progress: &Progress,
    resume: &str,
    ending: Ending,
) -> Result<Exit> {
    sink.clear()?;
    let blank = RunResult {
        stack: job.stack.clone(),
        stack_id: progress.stack_id.clone(),
        change_set: progress.change_set.clone(),
        ..RunResult::default()
    };
    match ending {
        Ending::Interrupted => {
            let outcome = if progress.executing {
                Outcome::Detached
            } else {
                Outcome::Interrupted
            };
            // A preview that was interrupted must not become a deployment when the command is pasted.
            let preview = if job.no_execute && !progress.executing {
                format!("{resume} --no-execute")
            } else {
                resume.to_owned()
            };
            let resume = preview.as_str();
            leave(sink, progress, resume, "")?;
            let end = RunResult {
                outcome,
                exit_code: Exit::Interrupted.code(),
                resume: Some(resume.to_owned()),
                ..blank
            };
            sink.record(&Record::Result(Box::new(end)))?;
            Ok(Exit::Interrupted)
        }
        Ending::Finished(result) => {
            let error = match *result {
                Ok(end) => return conclude(sink, job, end, resume),
                Err(error) => error,
            };
            let failure = as_failure(&error);
            let lost = matches!(failure.code, "aws-unreachable" | "aws-throttled");
            if progress.executing {
                leave(sink, progress, resume, "lost contact: ")?;
            }
            let end = RunResult {
                outcome: if lost {
                    Outcome::LostContact
                } else {
                    Outcome::Error
                },
                exit_code: failure.exit.code(),
                error: Some(ErrorRecord {
                    code: failure.code.to_owned(),
                    message: failure.message.clone(),
                    help: failure.help.clone(),
                }),
                resume: progress.executing.then(|| resume.to_owned()),
                ..blank
            };
            sink.record(&Record::Result(Box::new(end)))?;
            Err(failure.into())
        }
    }
}

/// Any error as one with an exit code.
fn as_failure(error: &anyhow::Error) -> Failure {
    if let Some(api) = error.downcast_ref::<ApiError>() {
        return api.failure();
    }
    errors::failure(error)
        .unwrap_or_else(|| Failure::new(Exit::Usage, "unexpected", format!("{error:#}")))
}

fn leave(sink: &mut Sink<'_>, progress: &Progress, resume: &str, why: &str) -> Result<()> {
    sink.line("")?;
    if progress.executing {
        let text = sink.paint(
            Tone::Strong,
            &format!("{why}Detached: CloudFormation goes on without this program. To watch again:"),
        );
        sink.line(&text)?;
        sink.line(&format!("  {resume}"))?;
    } else {
        sink.line("Interrupted: nothing was executed.")?;
        if let Some(set) = &progress.change_set {
            sink.line(&format!(
                "The change set {set} stays; running the same command uses it:"
            ))?;
            sink.line(&format!("  {resume}"))?;
        }
    }
    Ok(())
}

/// The last words of a run that came to its end.
fn conclude(sink: &mut Sink<'_>, job: &Job, mut end: RunResult, resume: &str) -> Result<Exit> {
    let exit = exit_of(end.exit_code);
    if let (Some(path), true) = (&job.outputs_file, exit == Exit::Done) {
        let text = serde_json::to_string_pretty(&end.outputs)? + "\n";
        output::to_private_file(text.as_bytes(), path, true)?;
    }
    match end.outcome {
        Outcome::Deployed | Outcome::NoChanges | Outcome::Status => {
            if end.outcome == Outcome::Deployed {
                let took = end.duration_seconds.map(crate::deploy::sink::seconds);
                let took = took.map(|t| format!(" in {t}")).unwrap_or_default();
                let text = sink.paint(Tone::Good, &format!("{} is ready{took}", job.stack));
                sink.line(&text)?;
            }
            let width = end.outputs.keys().map(String::len).max().unwrap_or(0);
            for (key, value) in &end.outputs {
                sink.result(&format!("{key:<width$}  {}", one_line(value)))?;
            }
        }
        Outcome::Previewed => {
            let name = end.change_set.clone().unwrap_or_default();
            end.resume = Some(format!("{resume} --execute {name}"));
            sink.line("Nothing was executed. To go on:")?;
            sink.result(&format!("{resume} --execute {name}"))?;
        }
        Outcome::Declined => sink.line("Nothing was changed.")?,
        Outcome::Deleted => {
            let text = sink.paint(Tone::Good, &format!("{} is deleted", job.stack));
            sink.line(&text)?;
            if !end.retained.is_empty() {
                sink.line(&format!("kept: {}", end.retained.join(", ")))?;
            }
        }
        _ => {}
    }
    sink.record(&Record::Result(Box::new(end)))?;
    Ok(exit)
}

fn exit_of(code: u8) -> Exit {
    [
        Exit::Done,
        Exit::Gate,
        Exit::Credentials,
        Exit::Deployment,
        Exit::Interrupted,
    ]
    .into_iter()
    .find(|e| e.code() == code)
    .unwrap_or(Exit::Usage)
}

/// The command that resumes, ready to paste, in another shell too: region and profile are named.
fn resume_command(job: &Job, common: &Common, env: &BTreeMap<String, String>) -> String {
    let mut words = vec!["cachewright".to_owned()];
    words.extend(job.resume.iter().cloned());
    let or_env = |flag: &Option<String>, names: &[&str]| {
        flag.clone()
            .or_else(|| names.iter().find_map(|n| env.get(*n)).cloned())
    };
    let options = [
        (
            "--region",
            or_env(&common.aws.region, &["AWS_REGION", "AWS_DEFAULT_REGION"]),
        ),
        ("--profile", or_env(&common.aws.profile, &["AWS_PROFILE"])),
        (
            "--endpoint-url",
            or_env(&common.aws.endpoint_url, &["AWS_ENDPOINT_URL"]),
        ),
    ];
    for (flag, value) in options {
        if let Some(value) = value.filter(|v| !v.is_empty()) {
            words.extend([flag.to_owned(), value.clone()]);
        }
    }
    words.iter().map(|w| shell(w)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_command_can_be_pasted() {
        let mut job = Job::new("deploy", "s");
        job.resume = vec![
            "deploy".into(),
            "my dir".into(),
            "--stack-name".into(),
            "s".into(),
        ];
        let common = Common {
            aws: Options {
                region: Some("eu-west-1".into()),
                ..Options::default()
            },
            ..Common::default()
        };
        assert_eq!(
            resume_command(&job, &common, &BTreeMap::new()),
            "cachewright deploy 'my dir' --stack-name s --region eu-west-1"
        );
    }
}
