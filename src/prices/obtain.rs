//! The one entry: a [`Request`] → a price book, by the order live → cache → snapshot.
//!
//! Owns the order, the cache and the notes that say which price came from where. Asking AWS is
//! `live.rs` and `public.rs`; judging what came back is `select.rs` and `sanity.rs`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use super::cache::{Absent, Cache, Entry, Id, Saved, Validators};
use super::discount::{self, Discount};
use super::list::{Answer, Cause, Event, Job, Progress, Reply, Unavailable};
use super::overlay::Overlay;
use super::plan::{self, Query, Scope};
use super::select::{self, Mismatch};
use super::{live, public, sanity};
use crate::book;
use crate::domain::catalog::Catalog;
use crate::domain::price::{BookOrigin, GLOBAL, PriceBook};
use crate::exit::{Exit, Failure};
use crate::text::plural;

/// Age below which cached prices are used without asking again.
pub const DEFAULT_MAX_AGE: SignedDuration = SignedDuration::from_hours(24);

/// Where prices come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The embedded snapshot.
    Snapshot,
    /// The Query API, with an account.
    Live,
    /// The public files, without an account.
    Public,
    /// A price book in a file.
    File(PathBuf),
}

impl FromStr for Mode {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        match text {
            "snapshot" => Ok(Self::Snapshot),
            "live" => Ok(Self::Live),
            "public" => Ok(Self::Public),
            other => match other.strip_prefix("file:").filter(|p| !p.is_empty()) {
                Some(path) => Ok(Self::File(path.into())),
                None => Err(Failure::new(
                    Exit::Usage,
                    "prices-mode",
                    format!("`{other}` is not a source of prices"),
                )
                .help("use snapshot, live, public or file:PATH")),
            },
        }
    }
}

/// What prices are wanted, and how they may be got.
pub struct Request<'a> {
    /// Source.
    pub mode: Mode,
    /// Catalog with the selectors.
    pub catalog: &'a Catalog,
    /// The embedded snapshot: last resort and yardstick.
    pub snapshot: &'a PriceBook,
    /// Regions in play.
    pub regions: Vec<String>,
    /// Services in play, or `service/meter`; only their meters are fetched.
    pub services: Vec<String>,
    /// Never touch the network.
    pub offline: bool,
    /// Refuse stale or incomplete prices.
    pub strict: bool,
    /// Use the snapshot for meters whose look-up was not exact, instead of failing.
    pub partial: bool,
    /// Ask again even when the cache is fresh.
    pub refresh: bool,
    /// Age above which prices are stale; [`DEFAULT_MAX_AGE`] for the cache when not given.
    pub max_age: Option<SignedDuration>,
    /// Private rates.
    pub discounts: Vec<Discount>,
    /// How to reach the Query API.
    pub live: live::Connection,
    /// How to reach the public files.
    pub public: public::Connection,
    /// Where prices are kept between runs.
    pub cache: Cache,
    /// The present.
    pub now: Timestamp,
}

/// A price book and how it came to be.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// The prices.
    pub book: PriceBook,
    /// One line per thing a reader should know: dates, ages, what is from where.
    pub notes: Vec<String>,
    /// Look-ups that were not exact (only with [`Request::partial`]).
    pub mismatches: Vec<Mismatch>,
    /// Price lists that could not be asked.
    pub unread: Vec<Unread>,
}

/// A price list that could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// `AmazonDynamoDB in eu-west-1`.
    pub list: String,
    /// Why.
    pub why: Unavailable,
}

/// Names of lists by the reason why they could not be asked: mostly it is the same for all.
pub fn by_reason(unread: &[Unread]) -> BTreeMap<&str, Vec<&str>> {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for Unread { list, why } in unread {
        reasons.entry(&why.message).or_default().push(list);
    }
    reasons
}

/// The first reasons with the first lists of each.
fn why(unread: &[Unread]) -> String {
    let reasons = by_reason(unread).into_iter();
    let reasons = reasons.map(|(reason, lists)| format!("{}: {reason}", listed(lists, 3)));
    listed(reasons.collect::<Vec<_>>().iter().map(String::as_str), 3)
}

/// Gets the prices; `progress` is called while something is waited for.
pub fn obtain(request: &Request<'_>, progress: &mut dyn FnMut(&Progress)) -> Result<Obtained> {
    let mut obtained = match &request.mode {
        Mode::Snapshot => from_book(request, request.snapshot.clone(), "the price snapshot")?,
        Mode::File(path) => {
            let text = std::fs::read_to_string(path);
            let fail = |why: String| {
                Failure::new(
                    Exit::Prices,
                    "prices-file",
                    format!("`{}`: {why}", path.display()),
                )
            };
            let text = text.map_err(|e| fail(e.to_string()))?;
            let book = book::parse(&text, BookOrigin::File).map_err(|e| fail(format!("{e:#}")))?;
            from_book(
                request,
                book,
                &format!("the price book `{}`", path.display()),
            )?
        }
        Mode::Live | Mode::Public => from_lists(request, progress)?,
    };
    let discounts = discount::apply(&mut obtained.book, &request.discounts);
    obtained.notes.extend(discounts);
    Ok(obtained)
}

/// A whole book at once; under `--strict` with `--max-price-age` it must be young enough.
fn from_book(request: &Request<'_>, book: PriceBook, what: &str) -> Result<Obtained> {
    if let (true, Some(limit)) = (request.strict, request.max_age) {
        let dated: Timestamp = format!("{}T00:00:00Z", book.as_of)
            .parse()
            .with_context(|| format!("the date of {what} cannot be read"))?;
        let age = request.now.duration_since(dated);
        if age > limit {
            let text = format!(
                "{what} of {} is {} old, --max-price-age is {}",
                book.as_of,
                words(age),
                words(limit)
            );
            return Err(Failure::new(Exit::Prices, "prices-stale", text)
                .help("use `--prices live`, or a larger --max-price-age")
                .into());
        }
    }
    Ok(Obtained {
        book,
        notes: Vec::new(),
        mismatches: Vec::new(),
        unread: Vec::new(),
    })
}

/// One price list's part of the work: a service code in a Region, for some services.
struct Part {
    service_code: String,
    region: String,
    services: Vec<Share>,
}

/// The keys of one service in a part.
struct Share {
    id: Id,
    queries: Vec<Query>,
    cached: Option<Entry>,
    fresh: bool,
}

impl Part {
    fn job(&self) -> Job {
        // A conditional request is right only when every service can live on the old answer.
        let first = self.services.first().and_then(|s| s.cached.as_ref());
        let same = self
            .services
            .iter()
            .all(|s| s.cached.as_ref().map(|e| &e.validators) == first.map(|e| &e.validators));
        let known = first
            .filter(|_| same)
            .map_or_else(Validators::default, |e| e.validators.clone());
        let queries = self
            .services
            .iter()
            .flat_map(|s| s.queries.iter().cloned())
            .collect();
        Job {
            service_code: self.service_code.clone(),
            region: self.region.clone(),
            queries,
            known,
        }
    }
}

/// Everything one run learns.
struct Run<'r, 'a> {
    request: &'r Request<'a>,
    currency: &'static str,
    notes: Vec<String>,
    mismatches: Vec<Mismatch>,
    unread: Vec<Unread>,
    /// Entries to lay over the snapshot, and whether each is stale.
    entries: Vec<(Entry, bool)>,
    /// Services and Regions left to the snapshot.
    left: Vec<String>,
}

fn from_lists(request: &Request<'_>, progress: &mut dyn FnMut(&Progress)) -> Result<Obtained> {
    let currency = currency(&request.regions)?;
    let scope = Scope {
        catalog: request.catalog,
        snapshot: request.snapshot,
        services: &request.services,
        regions: &request.regions,
    };
    let mut run = Run {
        request,
        currency,
        notes: Vec::new(),
        mismatches: Vec::new(),
        unread: Vec::new(),
        entries: Vec::new(),
        left: Vec::new(),
    };
    let queries = plan::queries(scope)
        .into_iter()
        .filter(|q| currency == "USD" || q.region != GLOBAL);
    let parts = run.parts(queries.collect());
    let replies = run.ask(&parts, progress);
    for (part, reply) in parts.into_iter().zip(replies) {
        run.settle(part, reply);
    }
    run.finish(&plan::without_selector(scope))
}

/// China is priced in CNY by a list of its own; the two cannot be in one book.
fn currency(regions: &[String]) -> Result<&'static str> {
    let china = regions.iter().filter(|r| r.starts_with("cn-")).count();
    match china {
        0 => Ok("USD"),
        n if n == regions.len() => Ok("CNY"),
        _ => Err(Failure::new(
            Exit::Usage,
            "prices-currency",
            "Regions of China are priced in CNY and cannot be compared with Regions priced in USD",
        )
        .help("ask for them in separate runs")
        .into()),
    }
}

impl Run<'_, '_> {
    fn list_name(&self) -> String {
        match self.request.mode {
            Mode::Live => self
                .request
                .live
                .endpoint()
                .map_or("live".to_owned(), |url| format!("live {url}")),
            _ if self.request.public.base == public::BASE => "public".to_owned(),
            _ => format!("public {}", self.request.public.base),
        }
    }

    fn max_age(&self) -> SignedDuration {
        self.request.max_age.unwrap_or(DEFAULT_MAX_AGE)
    }

    /// Groups queries by price list and service, and looks into the cache.
    fn parts(&mut self, queries: Vec<Query>) -> Vec<Part> {
        let mut grouped: BTreeMap<(String, String), BTreeMap<String, Vec<Query>>> = BTreeMap::new();
        for query in queries {
            let part = grouped
                .entry((query.service_code.clone(), query.region.clone()))
                .or_default();
            part.entry(query.service.clone()).or_default().push(query);
        }
        let list = self.list_name();
        let mut parts = Vec::with_capacity(grouped.len());
        for ((service_code, region), by_service) in grouped {
            let shares = by_service.into_iter().map(|(service, queries)| {
                let id = Id {
                    list: list.clone(),
                    service,
                    service_code: service_code.clone(),
                    region: region.clone(),
                };
                self.share(id, queries)
            });
            parts.push(Part {
                services: shares.collect(),
                service_code,
                region,
            });
        }
        parts
    }

    fn share(&mut self, id: Id, queries: Vec<Query>) -> Share {
        let cached = match self.request.cache.read(&id, self.request.now) {
            Ok(entry) => Some(entry),
            Err(Absent::Missing) => None,
            Err(Absent::Damaged(why)) => {
                self.notes.push(format!(
                    "a price cache file cannot be trusted and is not used: {why}"
                ));
                None
            }
        };
        // Other selectors or another currency: the entry answers a question nobody asks any more.
        let cached = cached.filter(|e| e.currency == self.currency);
        let cached = cached.filter(|e| {
            queries.iter().all(|q| {
                e.prices
                    .get(&q.key)
                    .is_some_and(|s| s.query == q.fingerprint())
            })
        });
        let young = cached
            .as_ref()
            .is_some_and(|e| self.request.now.duration_since(e.fetched) <= self.max_age());
        Share {
            id,
            queries,
            cached,
            fresh: young && !self.request.refresh,
        }
    }

    /// Asks for every part that is not fresh; `None` for those that were not asked.
    fn ask(
        &mut self,
        parts: &[Part],
        progress: &mut dyn FnMut(&Progress),
    ) -> Vec<Option<Result<Reply, Unavailable>>> {
        let stale: Vec<usize> = (0..parts.len())
            .filter(|i| parts[*i].services.iter().any(|s| !s.fresh))
            .collect();
        let mut replies: Vec<Option<Result<Reply, Unavailable>>> =
            parts.iter().map(|_| None).collect();
        if stale.is_empty() {
            return replies;
        }
        if self.request.offline {
            for index in stale {
                replies[index] = Some(Err(Unavailable::new(
                    Cause::Network,
                    "--offline forbids the network",
                )));
            }
            return replies;
        }
        self.look_up(&stale, parts, &mut replies, progress);
        for index in stale {
            replies[index].get_or_insert_with(|| {
                Err(Unavailable::new(
                    Cause::Network,
                    "the look-up ended without an answer",
                ))
            });
        }
        replies
    }

    /// Asks the price list for some of the parts.
    fn look_up(
        &self,
        stale: &[usize],
        parts: &[Part],
        replies: &mut [Option<Result<Reply, Unavailable>>],
        progress: &mut dyn FnMut(&Progress),
    ) {
        let jobs: Vec<Job> = stale.iter().map(|i| parts[*i].job()).collect();
        let (mut done, total) = (0, jobs.len());
        let bytes = AtomicU64::new(0);
        progress(&Progress {
            done,
            total,
            what: "asking the price list".to_owned(),
        });
        let mut listener = |event: Event| {
            let mut what = "reading the price list".to_owned();
            if let Event::Done(index, reply) = event {
                done += 1;
                what = format!("{} {}", jobs[index].service_code, jobs[index].region);
                replies[stale[index]] = Some(reply);
            }
            let read = bytes.load(Ordering::Relaxed);
            let read = if read > 1 << 20 {
                format!(", {} MB read", read >> 20)
            } else {
                String::new()
            };
            progress(&Progress {
                done,
                total,
                what: what + &read,
            });
        };
        match self.request.mode {
            Mode::Live => live::run(
                &jobs,
                self.request.regions.first().map_or(GLOBAL, String::as_str),
                &self.request.live,
                &mut listener,
            ),
            _ => public::run(&jobs, &self.request.public, &bytes, &mut listener),
        }
    }

    /// Turns the reply of a part into entries, or falls back.
    fn settle(&mut self, part: Part, reply: Option<Result<Reply, Unavailable>>) {
        let place = format!("{} in {}", part.service_code, part.region);
        match reply {
            None => self.entries.extend(
                part.services
                    .into_iter()
                    .filter_map(|s| s.cached)
                    .map(|e| (e, false)),
            ),
            Some(Ok(Reply::Unchanged)) => {
                for mut entry in part.services.into_iter().filter_map(|s| s.cached) {
                    entry.fetched = self.request.now;
                    self.keep(entry);
                }
            }
            Some(Ok(Reply::Fresh(answer))) => part
                .services
                .into_iter()
                .for_each(|share| self.judge(share, &answer)),
            Some(Err(error)) => {
                for share in part.services {
                    match share.cached {
                        Some(entry) => {
                            let stale = !share.fresh
                                && self.request.now.duration_since(entry.fetched) > self.max_age();
                            self.entries.push((entry, stale));
                        }
                        None => self.left.push(format!("{} ({place})", share.id.service)),
                    }
                }
                self.unread.push(Unread {
                    list: place,
                    why: error,
                });
            }
        }
    }

    /// Finds the price of every query among the products that came back.
    fn judge(&mut self, share: Share, answer: &Answer) {
        let mut prices = BTreeMap::new();
        let before = self.mismatches.len();
        for query in &share.queries {
            match self.price(query, answer) {
                Ok(saved) => drop(prices.insert(query.key.clone(), saved)),
                Err(mismatch) => self.mismatches.push(mismatch),
            }
        }
        let entry = Entry {
            id: share.id,
            fetched: self.request.now,
            published: answer.published.clone(),
            version: answer.version.clone(),
            currency: self.currency.to_owned(),
            source: answer.source.clone(),
            validators: answer.validators.clone(),
            prices,
        };
        // What was not exact is asked again next time.
        if self.mismatches.len() == before {
            self.keep(entry)
        } else {
            self.entries.push((entry, false))
        }
    }

    fn price(&self, query: &Query, answer: &Answer) -> Result<Saved, Mismatch> {
        let saved = |tiers, free, sku| Saved {
            query: query.fingerprint(),
            tiers,
            free,
            sku,
        };
        match select::price(query, &answer.products, self.currency) {
            Ok(priced) => {
                if self.currency == self.request.snapshot.currency {
                    let fail =
                        |text: String| Mismatch::new(query, format!("SKU {}: {text}", priced.sku));
                    sanity::plausible(
                        self.request.snapshot,
                        &query.region,
                        &query.key,
                        &priced.tiers,
                    )
                    .map_err(fail)?;
                    super::overlay::free_band(self.request.snapshot, &query.key, priced.free)
                        .map_err(fail)?;
                }
                Ok(saved(
                    priced.tiers.iter().map(|t| (t.from, t.price)).collect(),
                    priced.free,
                    priced.sku,
                ))
            }
            Err(mismatch) if mismatch.empty && !mismatch.required => Ok(saved(
                Vec::new(),
                rust_decimal::Decimal::ZERO,
                String::new(),
            )),
            Err(mismatch) => Err(mismatch),
        }
    }

    fn keep(&mut self, entry: Entry) {
        if let Err(error) = self.request.cache.write(&entry) {
            let note = format!("prices cannot be kept for the next run: {error:#}");
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        self.entries.push((entry, false));
    }

    fn finish(mut self, without: &[String]) -> Result<Obtained> {
        if !self.mismatches.is_empty() && (self.request.strict || !self.request.partial) {
            return Err(mismatch_failure(&self.mismatches).into());
        }
        let stale: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|(_, stale)| *stale)
            .map(|(e, _)| e)
            .collect();
        if self.request.strict && (!self.left.is_empty() || !stale.is_empty()) {
            return Err(self.refusal(&stale).into());
        }
        if self.currency != self.request.snapshot.currency && !self.left.is_empty() {
            return Err(self.refusal(&stale).into());
        }
        let mut notes = self.said(&stale, without);
        let mut overlay = Overlay::new(self.request.snapshot, self.currency);
        for (entry, _) in &self.entries {
            overlay.add(entry, self.request.now);
        }
        let (book, more) = overlay.finish();
        notes.extend(more);
        notes.append(&mut self.notes);
        Ok(Obtained {
            book,
            notes,
            mismatches: self.mismatches,
            unread: self.unread,
        })
    }

    fn refusal(&self, stale: &[&Entry]) -> Failure {
        let mut parts = Vec::new();
        if !self.left.is_empty() {
            parts.push(format!(
                "no current prices for {}",
                listed(self.left.iter().map(String::as_str), 5)
            ));
        }
        if let Some(oldest) = stale.iter().map(|e| e.fetched).min() {
            let age = words(self.request.now.duration_since(oldest));
            parts.push(format!(
                "cached prices are {age} old, the limit is {}",
                words(self.max_age())
            ));
        }
        let is_credentials = |u: &Unread| u.why.cause == Cause::Credentials;
        let credentials = self.unread.iter().any(is_credentials);
        let help = if credentials {
            "sign in to AWS, use `--prices public`, which needs no account, or leave --strict out"
        } else {
            "try again, or leave --strict out"
        };
        Failure::new(
            Exit::Prices,
            "prices-unavailable",
            format!("{} ({})", parts.join("; "), why(&self.unread)),
        )
        .help(help)
    }

    /// How many prices were read now, and how old the others are.
    fn said_of_ages(&self, list: &str, stale: &[&Entry], notes: &mut Vec<String>) {
        let today = self.request.now;
        let count = |of: &[&Entry]| -> usize {
            let priced = |e: &&Entry| e.prices.values().filter(|s| !s.tiers.is_empty()).count();
            of.iter().map(priced).sum()
        };
        let all = || self.entries.iter();
        let new: Vec<&Entry> = all()
            .filter(|(e, _)| e.fetched == today)
            .map(|(e, _)| e)
            .collect();
        let now = count(&new);
        if now > 0 {
            notes.push(format!(
                "{now} prices are from {list}, read at {}",
                moment(today)
            ));
        }
        let old: Vec<&Entry> = all()
            .filter(|(e, s)| e.fetched != today && !*s)
            .map(|(e, _)| e)
            .collect();
        for (entries, word) in [
            (old.as_slice(), ""),
            (stale, ", older than --max-price-age"),
        ] {
            let kept = count(entries);
            if let (Some(oldest), true) = (entries.iter().map(|e| e.fetched).min(), kept > 0) {
                let age = words(today.duration_since(oldest));
                notes.push(format!(
                    "{kept} prices are from the cache of {list}, read at {}, {age} ago{word}",
                    moment(oldest)
                ));
            }
        }
    }

    /// What a reader must know of the origin of the prices.
    fn said(&self, stale: &[&Entry], without: &[String]) -> Vec<String> {
        let request = self.request;
        let mut notes = Vec::new();
        let list = if request.mode == Mode::Live {
            "the AWS price list (Query API)"
        } else {
            "the public AWS price list"
        };
        self.said_of_ages(list, stale, &mut notes);
        let as_of = &request.snapshot.as_of;
        if !self.left.is_empty() {
            notes.push(format!(
                "the snapshot of {as_of} is used for {}",
                listed(self.left.iter().map(String::as_str), 5)
            ));
        }
        if !self.unread.is_empty() {
            notes.push(format!("{list} could not be asked: {}", why(&self.unread)));
        }
        for mismatch in &self.mismatches {
            notes.push(format!(
                "the snapshot price is used where the price list was not exact: {mismatch}"
            ));
        }
        if !without.is_empty() && !self.entries.is_empty() {
            notes.push(format!(
                "not in the price list, from the snapshot of {as_of} where it has them: {}",
                listed(without.iter().map(String::as_str), 5)
            ));
        }
        notes
    }
}

fn mismatch_failure(all: &[Mismatch]) -> Failure {
    let lines: Vec<String> = all.iter().take(10).map(|m| format!("\n  {m}")).collect();
    let more = if all.len() > 10 {
        format!("\n  and {} more", all.len() - 10)
    } else {
        String::new()
    };
    let plural = if all.len() == 1 {
        "price was"
    } else {
        "prices were"
    };
    Failure::new(
        Exit::Prices,
        "price-mismatch",
        format!(
            "{} {plural} not found exactly in the price list:{}{more}",
            all.len(),
            lines.concat()
        ),
    )
    .help("use `--prices snapshot`, or `--partial-prices` to use the snapshot for these meters")
}

/// The first few of a list.
fn listed<'s>(items: impl IntoIterator<Item = &'s str>, limit: usize) -> String {
    let mut all: Vec<&str> = items.into_iter().collect();
    all.dedup();
    let rest = all.len().saturating_sub(limit);
    let shown = all
        .iter()
        .take(limit)
        .copied()
        .collect::<Vec<_>>()
        .join("; ");
    if rest == 0 {
        shown
    } else {
        format!("{shown}; and {rest} more")
    }
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// An age in words: the largest whole unit.
pub fn words(age: SignedDuration) -> String {
    let (number, unit) = match age.as_secs().max(0) {
        s if s < 120 => (s, "second"),
        s if s < 2 * 3600 => (s / 60, "minute"),
        s if s < 48 * 3600 => (s / 3600, "hour"),
        s => (s / 86400, "day"),
    };
    plural(number, unit)
}

/// Reads `30m`, `24h`, `7d`, or `0`.
pub fn age(text: &str) -> Result<SignedDuration, String> {
    let bad = || format!("`{text}` is not an age; write it like 30m, 24h, 7d or 0");
    if text == "0" {
        return Ok(SignedDuration::ZERO);
    }
    let split = text
        .len()
        .checked_sub(1)
        .filter(|i| text.is_char_boundary(*i))
        .ok_or_else(bad)?;
    let (digits, unit) = text.split_at(split);
    let number: u32 = digits.parse().map_err(|_| bad())?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return Err(bad()),
    };
    Ok(SignedDuration::from_secs(i64::from(number) * seconds))
}
