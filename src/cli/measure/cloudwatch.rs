//! `measure --cloudwatch`: a running account instead of logs.
//!
//! Joins the kinds, the inventory, the metrics (from files or from AWS), the rules and the price book; computes nothing.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::ValueEnum;

pub use super::wanted::Flags;
use super::wanted::{Wanted, cents, region, targets, usage, wanted, within};
use super::{Args, live, result};
use crate::account::inventory::{self, Found, Listing};
use crate::account::{kinds, policy};
use crate::cli::args::Global;
use crate::cli::input;
use crate::domain::catalog::Catalog;
use crate::exit::{Exit, Failure};
use crate::text::shell;
use crate::world::World;
use cachewright_measure::telemetry::series::lenient;
use cachewright_measure::telemetry::{Answers, Kind, Window, calls, queries};

const DAY: i64 = 86_400;
/// The longest that CloudWatch keeps anything.
const MOST_DAYS: u32 = 455;
/// The largest file that is read.
const MOST_BYTES: u64 = 256 << 20;

/// The profile that metrics give to a workload of this name in this Region, with what is to be said of it.
pub fn profile(
    flags: &Flags,
    (name, region): (&str, &str),
    catalog: &Catalog,
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
    let measured = result::measure(&args, &wanted, &answers, catalog, world)?;
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
pub(super) fn run(args: &Args, global: &Global, world: &mut World<'_>) -> Result<Exit> {
    let flags = &args.account;
    // A team's overlay that is wrong is said before AWS is asked for money.
    let catalog = input::catalog(global, world)?;
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
    result::print(args, &wanted, &answers, missing, &catalog, world)
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

/// Where the metrics of these resources are.
fn asked_region(args: &Args, wanted: &[Wanted<'_>], world: &World<'_>) -> Option<String> {
    let own = wanted.iter().find_map(|w| w.kind.region.clone());
    own.or_else(|| region(args, wanted, world).ok())
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
    for line in policy::policy(&of, flags.stack.as_deref()).lines() {
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
