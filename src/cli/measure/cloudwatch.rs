//! `measure --cloudwatch`: a running account instead of logs.
//!
//! Joins the kinds, the inventory, the metrics (from files or from AWS), the rules and the price book; computes nothing.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

use super::{Args, live, result};
use crate::account::inventory::{self, Found, Listing};
use crate::account::{kinds, policy};
use crate::exit::{Exit, Failure};
use crate::text::{one_of, shell};
use crate::world::World;
use cachewright_measure::telemetry::series::lenient;
use cachewright_measure::telemetry::{Answers, Kind, Known, Target, Window, calls, queries};

const DAY: i64 = 86_400;
/// The longest that CloudWatch keeps anything.
const MOST_DAYS: u32 = 455;
/// The largest file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// Options of `measure --cloudwatch`.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Running account")]
pub struct Flags {
    /// Measure a running resource by its metrics: `elasticache-serverless`, `elasticache`, `memorydb`, `dynamodb`,
    /// `dax`, `cloudfront`, `s3`, `s3-express`, `file-cache` or `lustre` and its id.
    #[arg(long, value_name = "KIND:ID")]
    pub cloudwatch: Vec<String>,
    /// Days to look back.
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    pub days: u32,
    /// Read a table or bucket as the origin of a cache to come, or as the cache itself [default: by kind].
    #[arg(long = "as", value_enum, value_name = "ROLE")]
    pub role: Option<Role>,
    /// What exists: a template, `terraform show -json`, or what a `describe` command of the AWS CLI wrote; alone, `measure`
    /// lists the commands that measure each.
    #[arg(long, value_name = "FILE")]
    pub inventory: Vec<PathBuf>,
    /// Take what exists from a deployed stack.
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// Engine of the cache, where no inventory tells it.
    #[arg(long, value_name = "ENGINE")]
    pub engine: Option<String>,
    /// Type of its nodes, as in `cache.r7g.large`.
    #[arg(long, value_name = "TYPE")]
    pub node_type: Option<String>,
    /// Number of its nodes.
    #[arg(long, value_name = "N")]
    pub nodes: Option<u32>,
    /// Read what the emitted commands wrote instead of asking AWS.
    #[arg(long, value_name = "FILE", requires = "cloudwatch")]
    pub metrics: Vec<PathBuf>,
    /// Metrics to ask for at most; each costs money.
    #[arg(long, value_name = "N", default_value_t = 2000)]
    pub max_metrics: usize,
    /// Profile of the AWS configuration files (default: AWS_PROFILE).
    #[arg(long = "profile", value_name = "NAME")]
    pub aws_profile: Option<String>,
    /// Endpoint of all services.
    #[arg(long, value_name = "URL")]
    pub endpoint_url: Option<String>,
}

impl Flags {
    /// Is any of it asked for?
    pub fn is_asked(&self) -> bool {
        !self.cloudwatch.is_empty() || !self.inventory.is_empty() || self.stack.is_some()
    }
}

/// How a table or bucket is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// It is the cache.
    Cache,
    /// It is what a cache is to stand in front of.
    Origin,
}

/// A resource that is measured, with what else is known of it.
pub(super) struct Wanted<'k> {
    pub(super) kind: &'k Kind,
    pub(super) id: String,
    pub(super) known: Known,
    /// Ids that there are instead, where it has no metric.
    pub(super) there: Vec<String>,
    /// Value of the dimension that configured metrics carry.
    pub(super) filter: Option<String>,
}

impl<'k> Wanted<'k> {
    pub(super) fn target(&self) -> Target<'k> {
        Target {
            kind: self.kind,
            id: self.id.clone(),
            members: self.known.members.clone(),
            filter: self.filter.clone(),
        }
    }
}

/// The profile that metrics give to a workload of this name in this Region, with what is to be said of it.
pub fn profile(
    flags: &Flags,
    (name, region): (&str, &str),
    world: &mut World<'_>,
) -> Result<(String, Vec<String>)> {
    let args = Args {
        name: Some(name.to_owned()),
        region: Some(region.to_owned()),
        account: flags.clone(),
        ..Args::default()
    };
    if flags.cloudwatch.is_empty() {
        let text = "an inventory lists resources, and one of them is to be measured";
        let help = "name it with `--cloudwatch KIND:ID`; `measure --inventory` lists what there is";
        return Err(usage("account-id", text, help).into());
    }
    let kinds = kinds::load()?;
    let listing = listing(&args, &kinds, world)?;
    let mut wanted = wanted(flags, &kinds, &listing)?;
    let (answers, missing) = answers(&args, &mut wanted, &kinds, world)?;
    let measured = result::measure(&args, &wanted, &answers, world)?;
    let said = [missing, measured.said(&wanted, &answers)].concat();
    Ok((measured.text, said))
}

/// The values of what is wanted, from files or from AWS, and what is missing among them.
fn answers(
    args: &Args,
    wanted: &mut [Wanted<'_>],
    kinds: &[Kind],
    world: &mut World<'_>,
) -> Result<(Answers, Vec<String>)> {
    let files = &args.account.metrics;
    if files.is_empty() {
        live::ask(args, wanted, kinds, window(args)?, world)
    } else {
        Ok((from_files(files)?, Vec::new()))
    }
}

/// Runs it.
pub(super) fn run(args: &Args, world: &mut World<'_>) -> Result<Exit> {
    let flags = &args.account;
    let kinds = kinds::load()?;
    let listing = listing(args, &kinds, world)?;
    if flags.cloudwatch.is_empty() {
        let text = commands(&listing)?;
        world.out.write_all(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    let mut wanted = wanted(flags, &kinds, &listing)?;
    if args.emit_query {
        let text = emit(args, &wanted, window(args)?, world)?;
        world.out.write_all(text.as_bytes())?;
        return Ok(Exit::Done);
    }
    super::kept::check_file(args)?;
    let (answers, missing) = answers(args, &mut wanted, &kinds, world)?;
    result::print(args, &wanted, &answers, missing, world)
}

pub(super) fn usage(
    code: &'static str,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Failure {
    Failure::new(Exit::Usage, code, message).help(help)
}

/// What exists, as far as anybody says.
fn listing(args: &Args, kinds: &[Kind], world: &mut World<'_>) -> Result<Listing> {
    let mut listing = Listing::default();
    for path in &args.account.inventory {
        let shown = path.display().to_string();
        let text = read(path)?;
        let document = inventory::document(&text, &shown)?;
        listing.read(&document, kinds, &shown)?;
    }
    if let Some(stack) = &args.account.stack {
        live::stack_resources(args, stack, kinds, &mut listing, world)?;
    }
    Ok(listing)
}

/// A file of at most 256 MiB.
fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let fail = |code, text: String| Failure::new(Exit::BadInput, code, text);
    let unreadable = |e: std::io::Error| {
        fail(
            "file-unreadable",
            format!("cannot read `{shown}`: {}", crate::files::reason(&e)),
        )
    };
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES {
        let text = format!("`{shown}` is larger than 256 MiB");
        return Err(fail("account-too-large", text)
            .help("ask for fewer days (--days), or hand over the pieces as several files"));
    }
    String::from_utf8(bytes)
        .map_err(|_| fail("file-not-text", format!("`{shown}` is not UTF-8 text")))
}

/// The commands that measure what an inventory lists.
fn commands(listing: &Listing) -> Result<String> {
    if listing.0.is_empty() {
        let text = "the inventory lists no cache, table, bucket or file system";
        return Err(Failure::new(Exit::BadInput, "account-inventory", text).into());
    }
    let line = |f: &Found| match (&f.id, &f.logical) {
        (Some(id), _) => format!(
            "cachewright measure --cloudwatch {}\n",
            shell(&format!("{}:{id}", f.kind))
        ),
        (None, Some(logical)) => format!(
            "# {logical} ({}): its id is not in the template; add what `aws cloudformation describe-stack-resources --stack-name NAME` writes as another --inventory\n",
            f.kind
        ),
        (None, None) => format!("# one of {} without an id\n", f.kind),
    };
    Ok(listing.0.iter().map(line).collect())
}

fn window(args: &Args) -> Result<Window> {
    let flags = &args.account;
    if flags.days == 0 || flags.days > MOST_DAYS {
        let text = format!("--days {}: CloudWatch keeps {MOST_DAYS} days", flags.days);
        return Err(usage("account-days", text, "give a number from 1 to 455").into());
    }
    let given = super::window(args)?;
    let present = jiff::Timestamp::now().as_second();
    // Whole hours: what is still being counted would look like a drop.
    let to = given
        .to
        .map_or(present.div_euclid(3600) * 3600, |ms| ms.div_euclid(1000));
    let from = given
        .from
        .map_or(to - i64::from(flags.days) * DAY, |ms| ms.div_euclid(1000));
    Ok(Window {
        from,
        to,
        now: present.max(to),
    })
}

/// The resource that is measured, and what stands behind it.
fn wanted<'k>(flags: &Flags, kinds: &'k [Kind], listing: &Listing) -> Result<Vec<Wanted<'k>>> {
    let mut out: Vec<Wanted<'k>> = Vec::new();
    for text in &flags.cloudwatch {
        let (word, id) = text.split_once(':').unwrap_or((text, ""));
        let kind = kinds::named(kinds, word)?;
        let found = of_inventory(kind, id, listing)?;
        let (id, mut known) = found;
        known.engine = flags.engine.clone().or(known.engine);
        known.node_type = flags.node_type.clone().or(known.node_type);
        known.nodes = flags.nodes.or(known.nodes);
        if let Some(engine) = known
            .engine
            .as_ref()
            .filter(|e| !kind.engines.is_empty() && !kind.engines.contains_key(*e))
        {
            let words: Vec<&str> = kind.engines.keys().map(String::as_str).collect();
            let text = format!("`{engine}` is not an engine of {}", kind.name);
            return Err(usage(
                "account-engine",
                text,
                format!("write --engine with {}", one_of(&words)),
            )
            .into());
        }
        out.push(Wanted {
            kind,
            id,
            known,
            filter: None,
            there: Vec::new(),
        });
    }
    let is_behind = |w: &[Wanted<'_>]| match w {
        [_] => true,
        [front, back] => front.kind.behind.as_deref() == Some(back.kind.id.as_str()),
        _ => false,
    };
    if !is_behind(&out) {
        let text = "one profile is of one cache, and several are named";
        let help =
            "measure one at a time; beside `dax:` its `dynamodb:` table may be named, after it";
        let help = kinds
            .iter()
            .find_map(|k| {
                Some(format!(
                    "measure one at a time; after `{}:` the `{}:` behind it may be named",
                    k.id,
                    k.behind.as_ref()?
                ))
            })
            .unwrap_or_else(|| help.to_owned());
        return Err(usage("account-one", text, help).into());
    }
    Ok(out)
}

/// The id that is meant, with what the inventory knows of it.
fn of_inventory(kind: &Kind, id: &str, listing: &Listing) -> Result<(String, Known)> {
    let of = || listing.of(&kind.id).filter(|f| f.id.is_some());
    if id.is_empty() {
        let ids: Vec<&str> = of().filter_map(|f| f.id.as_deref()).collect();
        return match ids.as_slice() {
            [] => Err(usage(
                "account-id",
                format!("`{}` needs an id", kind.id),
                format!(
                    "write `--cloudwatch {}:ID`, or add --inventory with what `{}` writes",
                    kind.id, kind.find
                ),
            )
            .into()),
            [only] => Ok((
                (*only).to_owned(),
                of().next().map(|f| f.known.clone()).unwrap_or_default(),
            )),
            several => {
                let text = format!("the inventory lists {} of {}", several.len(), kind.id);
                Err(usage(
                    "account-id",
                    text,
                    format!("name one of {}", one_of(several)),
                )
                .into())
            }
        };
    }
    if id.chars().any(|c| c.is_control() || c == '|') {
        return Err(usage(
            "account-id",
            "an id has no control characters and no `|`",
            format!("list them with `{}`", kind.find),
        )
        .into());
    }
    let known = of().find(|f| f.id.as_deref() == Some(id));
    Ok((
        id.to_owned(),
        known.map(|f| f.known.clone()).unwrap_or_default(),
    ))
}

pub(super) fn targets<'k>(wanted: &[Wanted<'k>]) -> Vec<Target<'k>> {
    wanted.iter().map(Wanted::target).collect()
}

/// Where the metrics of these resources are.
fn asked_region(args: &Args, wanted: &[Wanted<'_>], world: &World<'_>) -> Option<String> {
    let own = wanted.iter().find_map(|w| w.kind.region.clone());
    own.or_else(|| region(args, wanted, world).ok())
}

/// The Region of the profile.
pub(super) fn region(args: &Args, wanted: &[Wanted<'_>], world: &World<'_>) -> Result<String> {
    let listed = wanted.iter().find_map(|w| w.known.region.clone());
    match (super::region(args, world), listed) {
        (Ok(region), _) | (Err(_), Some(region)) => Ok(region),
        (Err(_), None) => Err(usage(
            "measure-arguments",
            "a profile needs a region, and no metric tells it",
            "add `--region eu-west-1`",
        )
        .into()),
    }
}

/// As many metrics as may be asked for, and no more.
pub(super) fn within(flags: &Flags, count: usize) -> Result<()> {
    if count <= flags.max_metrics {
        return Ok(());
    }
    let text = format!(
        "{count} metrics would be asked for, more than {}",
        flags.max_metrics
    );
    Err(usage(
        "account-metrics",
        text,
        format!("allow it with `--max-metrics {count}`"),
    )
    .into())
}

/// The questions as a script that a person with the AWS CLI runs.
fn emit(args: &Args, wanted: &[Wanted<'_>], window: Window, world: &World<'_>) -> Result<String> {
    let flags = &args.account;
    let all = queries(&targets(wanted), window);
    within(flags, all.len())?;
    let count = all.len();
    let calls = calls(all);
    let region = asked_region(args, wanted, world);
    let at = region.map_or(String::new(), |r| format!(" --region {}", shell(&r)));
    let names: Vec<String> = wanted
        .iter()
        .map(|w| format!("{}:{}", w.kind.id, w.id))
        .collect();
    let mut out = format!(
        "# {count} metrics, about {} USD of CloudWatch. What it takes, and no more:\n",
        cents(count)
    );
    let of: Vec<(&Kind, &str)> = wanted.iter().map(|w| (w.kind, w.id.as_str())).collect();
    for line in policy::policy(&of, None).lines() {
        out.push_str(&format!("# {line}\n"));
    }
    for wanted in wanted
        .iter()
        .filter(|w| w.kind.member.is_some() && w.known.members.is_empty())
    {
        out.push_str(&format!(
            "# Asked as one series. If it has several nodes, add --inventory with what `{}` writes: their names are not guessed.\n",
            wanted.kind.find
        ));
    }
    let mut files = Vec::new();
    for (i, call) in calls.iter().enumerate() {
        let n = i + 1;
        let json = serde_json::to_string_pretty(&call.json())?;
        out.push_str(&format!("cat > q{n}.json <<'JSON'\n{json}\nJSON\n"));
        out.push_str(&format!("aws cloudwatch get-metric-data{at} --output json --cli-input-json file://q{n}.json > metrics{n}.json\n"));
        files.push(format!("--metrics metrics{n}.json"));
    }
    let mut command: Vec<String> = vec!["cachewright measure".to_owned()];
    command.extend(names.iter().map(|n| format!("--cloudwatch {}", shell(n))));
    command.extend(again(args));
    command.extend(files);
    out.push_str(&format!("# Then: {}\n", command.join(" ")));
    Ok(out)
}

/// What else was said of the resource, for the command that reads the answers.
fn again(args: &Args) -> Vec<String> {
    let flags = &args.account;
    let mut out = Vec::new();
    let mut say = |flag: &str, value: Option<String>| {
        out.extend(value.map(|value| format!("{flag} {}", shell(&value))));
    };
    say("--region", args.region.clone());
    let role = flags.role.and_then(|r| r.to_possible_value());
    say("--as", role.map(|r| r.get_name().to_owned()));
    for path in &flags.inventory {
        say("--inventory", Some(path.display().to_string()));
    }
    say("--stack", flags.stack.clone());
    say("--engine", flags.engine.clone());
    say("--node-type", flags.node_type.clone());
    say("--nodes", flags.nodes.map(|n| n.to_string()));
    out
}

/// What so many metrics cost, at $0.01 per 1,000.
pub(super) fn cents(count: usize) -> String {
    // A third party's reading of the price page; AWS's own was not read.
    let hundredths = count.div_ceil(1000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn from_files(paths: &[PathBuf]) -> Result<Answers> {
    let mut answers = Answers::default();
    for path in paths {
        let shown = path.display();
        let text = read(path)?;
        let fail = |why: String| {
            Failure::new(Exit::BadInput, "account-file", why).help("write it with the command that `--emit-query` prints; its top key is `MetricDataResults`")
        };
        let document = lenient(&text).map_err(|e| fail(format!("`{shown}` is not JSON: {e}")))?;
        answers
            .read(&document)
            .ok_or_else(|| fail(format!("`{shown}` has no `MetricDataResults`")))?;
    }
    Ok(answers)
}
