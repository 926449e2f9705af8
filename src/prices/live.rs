//! The Query API of the price list: the only file that names `aws_sdk_pricing`.
//!
//! Jobs become few `GetProducts` requests (many usage types each), run concurrently within AWS's
//! token bucket, paged to the end. What comes back is judged elsewhere; filters are never trusted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use aws_sdk_pricing::Client;
use aws_sdk_pricing::config::Credentials;
use aws_sdk_pricing::error::SdkError;
use aws_sdk_pricing::operation::get_products::{GetProductsError, GetProductsOutput};
use aws_sdk_pricing::types::{Filter, FilterType};
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::list::{Answer, Cause, Job, Listener, Reply, Unavailable, listen};
use super::plan::{Query, Want};
use super::product::{self, Product};
use crate::aws::{self, ErrorKind, Roots, chain, kind_of, no_credentials, without};
use crate::domain::price::GLOBAL;
use crate::exit::Failure;

/// Requests that may be made at once, and how many per second come back (AWS Billing user guide,
/// "Quotas and restrictions", 2026-04: per operation, account and Region).
const BUCKET: (f64, f64) = (10.0, 5.0);
/// Requests in flight.
const IN_FLIGHT: usize = 8;
/// Longest filter value of the API.
const MAX_VALUE: usize = 1024;
/// A list that does not end is a fault of the server.
const MAX_PAGES: usize = 200;
/// Rows of this code name their Region `fromRegionCode`.
const DATA_TRANSFER: &str = "AWSDataTransfer";

/// How to reach the API.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Endpoint other than AWS's own.
    pub endpoint_url: Option<String>,
    /// Limit of one attempt.
    pub timeout: Duration,
    /// Attempts per request.
    pub attempts: u32,
    /// The environment: keys, endpoint and certificate bundle are taken from it.
    pub env: BTreeMap<String, String>,
}

impl Connection {
    /// `--endpoint-url`, then `AWS_ENDPOINT_URL_PRICING`, then `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> Option<String> {
        let set = |name: &str| self.env.get(name).filter(|url| !url.is_empty()).cloned();
        let ignored = set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let configured = || {
            set("AWS_ENDPOINT_URL_PRICING")
                .or_else(|| set("AWS_ENDPOINT_URL"))
                .filter(|_| !ignored)
        };
        self.endpoint_url.clone().or_else(configured)
    }
}

/// The Region that serves the API nearest to a Region.
pub fn serving_region(region: &str) -> &'static str {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|p| region.starts_with(p));
    if starts(&["cn-"]) {
        "cn-northwest-1"
    } else if starts(&["eusc-"]) {
        "eusc-de-east-1"
    } else if starts(&["eu-", "af-", "il-"]) {
        "eu-central-1"
    } else if starts(&["ap-", "me-"]) {
        "ap-south-1"
    } else {
        "us-east-1"
    }
}

/// Runs jobs concurrently; the listener is called on this thread.
pub fn run(jobs: &[Job], region: &str, connection: &Connection, listener: &mut Listener<'_>) {
    let (sender, receiver) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => {
                    runtime.block_on(all(jobs, serving_region(region), connection, sender))
                }
                Err(error) => fail_all(
                    jobs.len(),
                    &Unavailable::new(Cause::Network, error.to_string()),
                    &sender,
                ),
            }
        });
        listen(&receiver, listener);
    });
}

type Replies = Sender<(usize, Result<Reply, Unavailable>)>;

fn fail_all(count: usize, error: &Unavailable, sender: &Replies) {
    for index in 0..count {
        let _ = sender.send((index, Err(error.clone())));
    }
}

async fn all(jobs: &[Job], serving: &'static str, connection: &Connection, sender: Replies) {
    let client = match client(serving, connection).await {
        Ok(client) => client,
        Err(error) => return fail_all(jobs.len(), &error, &sender),
    };
    let shared = Arc::new(Shared {
        client,
        serving,
        bucket: Bucket::new(BUCKET),
        slots: Semaphore::new(IN_FLIGHT),
    });
    let mut tasks = JoinSet::new();
    for (index, job) in jobs.iter().cloned().enumerate() {
        let (shared, sender) = (shared.clone(), sender.clone());
        tasks.spawn(async move {
            let reply = shared.job(&job).await.map(Reply::Fresh);
            let _ = sender.send((index, reply));
        });
    }
    while tasks.join_next().await.is_some() {}
}

async fn client(serving: &'static str, connection: &Connection) -> Result<Client, Unavailable> {
    let bad = |failure: Failure| Unavailable::new(Cause::Network, failure.message);
    let roots = Roots::read(&connection.env).map_err(bad)?;
    let endpoint = connection.endpoint();
    let own = || keys(&connection.env);
    let sdk = aws::sdk(aws::Wish {
        region: serving.to_owned(),
        profile: connection.profile.as_deref(),
        endpoint: endpoint.as_deref(),
        timeout: connection.timeout,
        attempts: connection.attempts,
        roots: &roots,
        keys: connection.profile.is_none().then(own).flatten(),
    });
    Ok(Client::new(&sdk.await.map_err(bad)?))
}

/// Keys of the environment, which come first in the SDK's chain as well.
fn keys(env: &BTreeMap<String, String>) -> Option<Credentials> {
    let set = |name: &str| env.get(name).filter(|v| !v.is_empty()).cloned();
    let (id, secret) = (set("AWS_ACCESS_KEY_ID")?, set("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::new(
        id,
        secret,
        set("AWS_SESSION_TOKEN"),
        None,
        "environment",
    ))
}

/// One `GetProducts` question.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Ask {
    service_code: String,
    filters: Vec<(String, FilterType, String)>,
}

/// The fewest questions that bring every candidate of a job.
fn asks(job: &Job, one_by_one: bool) -> Vec<Ask> {
    let mut out: Vec<Ask> = Vec::new();
    let mut usagetypes: Vec<&str> = job
        .queries
        .iter()
        .flat_map(|q| q.usagetypes.iter().map(String::as_str))
        .collect();
    usagetypes.sort_unstable();
    usagetypes.dedup();
    let place = (job.region != GLOBAL && job.service_code != DATA_TRANSFER).then(|| {
        (
            "regionCode".to_owned(),
            FilterType::TermMatch,
            job.region.clone(),
        )
    });
    let mut add = |filters: Vec<(String, FilterType, String)>| {
        let ask = Ask {
            service_code: job.service_code.clone(),
            filters: place.iter().cloned().chain(filters).collect(),
        };
        if !out.contains(&ask) {
            out.push(ask);
        }
    };
    for values in chunks(&usagetypes, one_by_one) {
        let kind = if values.contains(',') {
            FilterType::AnyOf
        } else {
            FilterType::TermMatch
        };
        add(vec![("usagetype".to_owned(), kind, values)]);
    }
    let mut meters: BTreeMap<&str, Vec<(String, FilterType, String)>> = BTreeMap::new();
    for query in job.queries.iter().filter(|q| q.usagetypes.is_empty()) {
        // The spread of one meter is one question: what all its queries have in common.
        let stem = query.key.split('.').next().unwrap_or(&query.key);
        let own = equalities(query);
        meters
            .entry(stem)
            .and_modify(|common| common.retain(|f| own.contains(f)))
            .or_insert(own);
    }
    meters.into_values().for_each(add);
    out
}

fn equalities(query: &Query) -> Vec<(String, FilterType, String)> {
    let equal = query
        .conditions
        .iter()
        .filter_map(|(name, want)| match want {
            Want::Is(value) => Some((name.clone(), FilterType::TermMatch, value.clone())),
            Want::Present | Want::Absent => None,
        });
    equal.collect()
}

/// Values joined by commas, each text within the API's limit.
fn chunks(values: &[&str], one_by_one: bool) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        match out.last_mut() {
            Some(last) if !one_by_one && last.len() + 1 + value.len() <= MAX_VALUE => {
                last.push(',');
                last.push_str(value);
            }
            _ => out.push((*value).to_owned()),
        }
    }
    out
}

struct Shared {
    client: Client,
    serving: &'static str,
    bucket: Bucket,
    slots: Semaphore,
}

impl Shared {
    async fn job(&self, job: &Job) -> Result<Answer, Unavailable> {
        match self.ask_all(job, false).await {
            // ANY_OF is younger than the API; a server that refuses it is asked one by one.
            Err(Trouble::Invalid(_)) => self.ask_all(job, true).await,
            other => other,
        }
        .map_err(Trouble::into_unavailable)
    }

    async fn ask_all(&self, job: &Job, one_by_one: bool) -> Result<Answer, Trouble> {
        let mut answer = Answer::default();
        for ask in asks(job, one_by_one) {
            self.ask(&ask, &mut answer).await?;
        }
        let version = answer
            .version
            .as_ref()
            .map_or(String::new(), |v| format!(" version {v}"));
        answer.source = format!(
            "AWS Price List Query API in {}, {}{version}",
            self.serving, job.service_code
        );
        Ok(answer)
    }

    /// One question, all its pages; an expired page token starts it again once.
    async fn ask(&self, ask: &Ask, answer: &mut Answer) -> Result<(), Trouble> {
        let before = answer.products.len();
        match self.pages(ask, answer).await {
            Err(Trouble::Token) => {
                answer.products.truncate(before);
                self.pages(ask, answer).await
            }
            other => other,
        }
    }

    async fn pages(&self, ask: &Ask, answer: &mut Answer) -> Result<(), Trouble> {
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let page = self.page(ask, token.clone()).await?;
            for text in page.price_list() {
                read(text, ask, answer)?;
            }
            match page.next_token().filter(|t| !t.is_empty()) {
                None => return Ok(()),
                next if next == token.as_deref() => {
                    return Err(Trouble::Broken(
                        "the same page token came back twice".to_owned(),
                    ));
                }
                next => token = next.map(str::to_owned),
            }
        }
        Err(Trouble::Broken(format!(
            "more than {MAX_PAGES} pages came back for {}",
            ask.service_code
        )))
    }

    async fn page(&self, ask: &Ask, token: Option<String>) -> Result<GetProductsOutput, Trouble> {
        let _slot = self.slots.acquire().await;
        self.bucket.take().await;
        let mut request = self
            .client
            .get_products()
            .service_code(&ask.service_code)
            .format_version("aws_v1")
            .max_results(100);
        for (field, kind, value) in &ask.filters {
            let filter = Filter::builder()
                .field(field)
                .r#type(kind.clone())
                .value(value)
                .build();
            request = request.filters(filter.map_err(|e| Trouble::Broken(e.to_string()))?);
        }
        request
            .set_next_token(token)
            .send()
            .await
            .map_err(|e| trouble(&e))
    }
}

fn read(text: &str, ask: &Ask, answer: &mut Answer) -> Result<(), Trouble> {
    let document = product::parse(text)
        .map_err(|e| Trouble::Broken(format!("{}: {e:#}", ask.service_code)))?;
    if let Some(code) = document
        .service_code
        .filter(|code| *code != ask.service_code)
    {
        return Err(Trouble::Broken(format!(
            "asked for {}, a product of {code} came back",
            ask.service_code
        )));
    }
    let newer =
        |old: &Option<String>, new: &Option<String>| new.is_some() && (old.is_none() || new > old);
    if newer(&answer.published, &document.published) {
        answer.published = document.published;
    }
    if newer(&answer.version, &document.version) {
        answer.version = document.version;
    }
    keep(document.product, &mut answer.products);
    Ok(())
}

fn keep(product: Product, products: &mut Vec<Product>) {
    if !products.contains(&product) {
        products.push(product);
    }
}

/// What can go wrong with one question.
#[derive(Debug)]
enum Trouble {
    /// The request was refused as it was written.
    Invalid(String),
    /// A page token expired.
    Token,
    /// An answer that makes no sense.
    Broken(String),
    /// Anything else.
    Other(Unavailable),
}

impl Trouble {
    fn into_unavailable(self) -> Unavailable {
        match self {
            Self::Invalid(text) => Unavailable::new(
                Cause::Answer,
                format!("the price list refused the request: {text}"),
            ),
            Self::Token => Unavailable::new(Cause::Answer, "the page token expired twice"),
            Self::Broken(text) => Unavailable::new(Cause::Answer, text),
            Self::Other(error) => error,
        }
    }
}

fn trouble(error: &SdkError<GetProductsError>) -> Trouble {
    let other = |cause, text: String| Trouble::Other(Unavailable::new(cause, text));
    match error {
        SdkError::ServiceError(service) => {
            let status = service.raw().status().as_u16();
            let meta = service.err().meta();
            let message = meta.message().unwrap_or("no message").trim().to_owned();
            match meta.code() {
                Some("ExpiredNextTokenException" | "InvalidNextTokenException") => Trouble::Token,
                Some("InvalidParameterException") => Trouble::Invalid(message),
                Some(code) if forbids(code, &message, status) => {
                    other(Cause::Credentials, credentials_text(code, &message))
                }
                Some(code) => other(
                    Cause::Network,
                    format!("the price list answered {code}: {message}"),
                ),
                None if status == 401 || status == 403 => other(
                    Cause::Credentials,
                    format!("the price list answered with status {status}"),
                ),
                None => other(
                    Cause::Network,
                    format!("the price list answered with status {status} and no error code"),
                ),
            }
        }
        SdkError::TimeoutError(_) => other(
            Cause::Network,
            "the price list did not answer in time".to_owned(),
        ),
        SdkError::ResponseError(_) => other(
            Cause::Answer,
            format!(
                "the answer of the price list cannot be read: {}",
                chain(error)
            ),
        ),
        SdkError::DispatchFailure(_) => {
            let text = chain(error);
            let keys = no_credentials(&text);
            let what = if keys {
                without(&text)
            } else {
                format!("the price list cannot be reached: {text}")
            };
            other(
                if keys {
                    Cause::Credentials
                } else {
                    Cause::Network
                },
                what,
            )
        }
        _ => other(Cause::Answer, chain(error)),
    }
}

/// Without credentials or without the permission: either way the account must change.
fn forbids(code: &str, message: &str, status: u16) -> bool {
    matches!(
        kind_of(code, message, status),
        ErrorKind::Credentials | ErrorKind::Denied
    )
}

fn credentials_text(code: &str, message: &str) -> String {
    let low = message.to_ascii_lowercase();
    let clock = code.contains("RequestExpired")
        || ["signature expired", "not yet current", "clock"]
            .iter()
            .any(|w| low.contains(w));
    let hint = if clock {
        "; check the clock of this machine"
    } else {
        ""
    };
    format!("the price list answered {code}: {message}{hint}")
}

/// AWS's token bucket, kept on our side so that it is not run into.
struct Bucket {
    size: f64,
    per_second: f64,
    level: Mutex<(f64, Instant)>,
}

impl Bucket {
    fn new((size, per_second): (f64, f64)) -> Self {
        Self {
            size,
            per_second,
            level: Mutex::new((size, Instant::now())),
        }
    }

    async fn take(&self) {
        let mut state = self.level.lock().await;
        let now = Instant::now();
        let filled = (now - state.1).as_secs_f64() * self.per_second;
        state.0 = (state.0 + filled).min(self.size);
        state.1 = now;
        if state.0 < 1.0 {
            let wait = Duration::from_secs_f64((1.0 - state.0) / self.per_second);
            // Others wait behind the lock, in order.
            tokio::time::sleep(wait).await;
            state.0 = 1.0;
            state.1 = Instant::now();
        }
        state.0 -= 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_region_that_serves_the_api() {
        for (region, serving) in [
            ("us-west-2", "us-east-1"),
            ("sa-east-1", "us-east-1"),
            ("eu-west-3", "eu-central-1"),
            ("af-south-1", "eu-central-1"),
            ("ap-southeast-2", "ap-south-1"),
            ("me-south-1", "ap-south-1"),
            ("cn-north-1", "cn-northwest-1"),
            ("global", "us-east-1"),
        ] {
            assert_eq!(serving_region(region), serving, "{region}");
        }
    }

    #[test]
    fn values_stay_within_the_limit() {
        let long = "x".repeat(600);
        let values = [long.as_str(), long.as_str(), "a", "b"];
        let joined = chunks(&values, false);
        assert!(joined.iter().all(|v| v.len() <= MAX_VALUE));
        assert_eq!(joined.len(), 2);
        assert_eq!(chunks(&values, true).len(), 4);
    }

    #[tokio::test]
    async fn the_bucket_lets_its_size_through_and_then_its_rate() {
        // Ten times the published rate, to keep the test short.
        let bucket = Bucket::new((BUCKET.0, BUCKET.1 * 10.0));
        let start = Instant::now();
        for _ in 0..10 {
            bucket.take().await;
        }
        let burst = start.elapsed();
        for _ in 0..10 {
            bucket.take().await;
        }
        let taken = start.elapsed();
        assert!(
            burst < Duration::from_millis(100) && taken >= Duration::from_millis(195),
            "{burst:?} {taken:?}"
        );
    }
}
