//! Live prices through the real SDK and the real HTTP client, against a local price-list server.
//!
//! One section per promise of the look-up: exactness, both lists, faults, cache, fallback.

#[path = "support/price_list/mod.rs"]
mod price_list;

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use cachewright::domain::catalog::Catalog;
use cachewright::domain::price::{BookOrigin, GLOBAL, PriceBook};
use cachewright::exit::{Exit, Failure};
use cachewright::prices::cache::Cache;
use cachewright::prices::list::Progress;
use cachewright::prices::obtain::{Mode, Obtained, Request, obtain};
use cachewright::prices::plan::{Query, Scope, in_play, queries};
use cachewright::prices::{live, public};
use cachewright::{embedded, workload};
use jiff::{SignedDuration, Timestamp};
use price_list::{Fault, Server, documents};

const REGIONS: [&str; 5] = [
    "us-east-1",
    "eu-west-1",
    "eu-central-1",
    "ap-northeast-1",
    "us-west-2",
];

struct Data {
    catalog: Catalog,
    snapshot: PriceBook,
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| Data {
        catalog: embedded::catalog().unwrap(),
        snapshot: embedded::prices().unwrap(),
    })
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|s| (*s).to_owned()).collect()
}

fn every_service() -> Vec<String> {
    data()
        .catalog
        .services
        .iter()
        .map(|s| s.id.clone())
        .collect()
}

fn plan(services: &[String], regions: &[String]) -> Vec<Query> {
    queries(Scope {
        catalog: &data().catalog,
        snapshot: &data().snapshot,
        services,
        regions,
    })
}

fn keys() -> BTreeMap<String, String> {
    let pairs = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example-secret"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

fn now() -> Timestamp {
    "2026-11-25T12:00:00Z".parse().unwrap()
}

fn request(
    mode: Mode,
    server: &Server,
    services: &[&str],
    regions: &[&str],
    cache: Option<&std::path::Path>,
) -> Request<'static> {
    // Long, because a busy machine is no fault; tests of slow answers set their own.
    let limit = Duration::from_secs(20);
    let mut public = public::Connection::new(Some(&server.url), limit, &BTreeMap::new());
    public.pause = Duration::from_millis(5);
    Request {
        mode,
        catalog: &data().catalog,
        snapshot: &data().snapshot,
        regions: strings(regions),
        services: strings(services),
        offline: false,
        strict: false,
        partial: false,
        refresh: false,
        max_age: None,
        discounts: Vec::new(),
        live: live::Connection {
            profile: None,
            endpoint_url: Some(server.url.clone()),
            timeout: limit,
            attempts: 3,
            env: keys(),
        },
        public,
        cache: Cache::new(cache.map(Into::into)),
        now: now(),
    }
}

fn run(request: &Request<'_>) -> anyhow::Result<Obtained> {
    obtain(request, &mut |_: &Progress| {})
}

fn failure(result: anyhow::Result<Obtained>) -> Failure {
    result.unwrap_err().downcast::<Failure>().unwrap()
}

fn server_for(services: &[&str], regions: &[&str]) -> (Server, Vec<Query>) {
    let wanted = plan(&strings(services), &strings(regions));
    (
        Server::new(documents::all(&wanted, &data().snapshot)),
        wanted,
    )
}

/// Every query has the price of its right document, with its SKU and the list's date.
fn assert_all(book: &PriceBook, wanted: &[Query]) {
    assert!(!wanted.is_empty());
    for (i, query) in wanted.iter().enumerate() {
        let place = format!("{} in {}", query.key, query.region);
        let found = book.regions[&query.region]
            .get(&query.key)
            .unwrap_or_else(|| panic!("{place}: no price"));
        assert_eq!(
            found.tiers,
            documents::expected(query, &data().snapshot),
            "{place}"
        );
        assert_eq!(
            found.sku.as_deref(),
            Some(format!("RIGHT{i:05}").as_str()),
            "{place}"
        );
        assert_eq!(
            book.sources[usize::from(found.source)].as_of,
            "2026-11-20",
            "{place}"
        );
    }
}

// ---- both lists, every meter of every service ----

#[test]
fn the_query_api_prices_every_meter_of_every_service_in_five_regions() {
    let services = every_service();
    let regions = strings(&REGIONS);
    let wanted = plan(&services, &regions);
    let covered: std::collections::BTreeSet<&str> =
        wanted.iter().map(|q| q.service.as_str()).collect();
    for service in data()
        .catalog
        .services
        .iter()
        .filter(|s| s.meters.iter().any(|m| m.selector.is_some()))
    {
        assert!(covered.contains(service.id.as_str()), "{}", service.id);
    }
    let server = Server::new(documents::all(&wanted, &data().snapshot));
    server.with(|s| s.page = 60);
    let mut request = request(Mode::Live, &server, &[], &REGIONS, None);
    request.services = services;
    let mut steps = Vec::new();
    let obtained = obtain(&request, &mut |p: &Progress| steps.push(p.clone())).unwrap();
    assert_all(&obtained.book, &wanted);
    assert_eq!(obtained.book.origin, BookOrigin::Live);
    assert_eq!(obtained.book.as_of, "2026-11-20");
    assert!(steps.len() > 10 && steps.last().is_some_and(|p| p.done == p.total));
    assert!(
        server.requests() < wanted.len() / 2,
        "{} requests for {} prices",
        server.requests(),
        wanted.len()
    );
    let log = server.state.lock().unwrap().log.join("\n");
    assert!(log.contains("NextToken"), "paging was used");
}

#[test]
fn the_public_files_price_every_meter_of_every_service_in_five_regions() {
    let services = every_service();
    let wanted = plan(&services, &strings(&REGIONS));
    for terms_first in [false, true] {
        let server = Server::new(documents::all(&wanted, &data().snapshot));
        server.with(|s| s.terms_first = terms_first);
        let mut request = request(Mode::Public, &server, &[], &REGIONS, None);
        request.services.clone_from(&services);
        let obtained = run(&request).unwrap();
        assert_all(&obtained.book, &wanted);
        let source = &obtained.book.sources.last().unwrap().source;
        assert!(
            source.contains("sha256") && source.contains("/offers/v1.0/aws/"),
            "{source}"
        );
    }
}

#[test]
fn only_the_services_in_play_are_asked_for() {
    let (server, wanted) = server_for(&["dynamodb", "s3-express"], &["eu-west-1"]);
    let obtained = run(&request(
        Mode::Live,
        &server,
        &["dynamodb"],
        &["eu-west-1"],
        None,
    ))
    .unwrap();
    let log = server.state.lock().unwrap().log.join("\n");
    assert!(
        log.contains("AmazonDynamoDB") && !log.contains("AmazonS3"),
        "{log}"
    );
    let s3 = wanted.iter().find(|q| q.service == "s3-express").unwrap();
    assert_eq!(
        obtained.book.regions["eu-west-1"].get(&s3.key),
        data().snapshot.regions["eu-west-1"].get(&s3.key)
    );
}

#[test]
fn what_is_in_play_follows_from_the_profiles() {
    let text = "version: 1\nname: n\nregion: eu-west-1\nlayer: application\ntraffic: { reads: 10/s }\ndata: { item_size: 1 KiB, working_set: 1 GiB }\n";
    let load = |more: &str| {
        workload::load(&format!("{text}{more}"), &[], &data().catalog)
            .unwrap()
            .profile
    };
    let plain = in_play(&data().catalog, &[load("")]);
    assert!(
        plain.contains(&"dynamodb".to_owned()) && !plain.iter().any(|s| s.contains("nat-gateway")),
        "{plain:?}"
    );
    let keys = |services: &[String]| {
        plan(services, &strings(&["eu-west-1"]))
            .into_iter()
            .map(|q| q.service_code)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(
        !keys(&plain).contains("AmazonEC2"),
        "the EC2 file is not read for nothing"
    );
    let nat = in_play(
        &data().catalog,
        &[load(
            "compute: [lambda]\nnetwork: { vpc: existing, internet_from_vpc: yes }\norigin: { kind: http-api }\n",
        )],
    );
    assert!(keys(&nat).contains("AmazonEC2") && keys(&nat).contains("AmazonApiGateway"));
    assert!(!keys(&nat).contains("AWSLambda"));
}

#[test]
fn a_free_band_is_an_allowance_and_not_a_price() {
    let (server, _) = server_for(&["dynamodb"], &["us-east-1"]);
    let book = run(&request(
        Mode::Live,
        &server,
        &["dynamodb"],
        &["us-east-1"],
        None,
    ))
    .unwrap()
    .book;
    let storage = book
        .get("us-east-1", "dynamodb/standard/storage-gb-months")
        .unwrap();
    assert_eq!(storage.tiers.len(), 1);
    assert_eq!(
        book.allowances
            .iter()
            .filter(|a| a.covers("dynamodb/standard/storage-gb-months"))
            .count(),
        1
    );
    let capacity = book
        .allowances
        .iter()
        .find(|a| a.covers("dynamodb/standard/wcu-hours"))
        .unwrap();
    // The list counts 744 hours, the decision 730.
    assert_eq!(capacity.quantity.to_string(), "18250");
}

// ---- faults ----

/// Every service that a price list is asked for.
fn asked_services() -> Vec<&'static str> {
    let priced = data().catalog.services.iter();
    let asked: Vec<&str> = priced
        .filter(|s| s.meters.iter().any(|m| m.selector.is_some()))
        .map(|s| s.id.as_str())
        .collect();
    assert!(asked.len() >= 6, "{asked:?}");
    asked
}

fn dynamodb() -> (Server, Vec<Query>) {
    server_for(&["dynamodb"], &["eu-west-1"])
}

#[test]
fn passing_faults_of_the_query_api_are_survived() {
    let faults = [
        Fault::Error(400, "ThrottlingException", "Rate exceeded"),
        Fault::Error(500, "InternalErrorException", "try again"),
        Fault::Status(502, "<html>Bad Gateway</html>"),
        Fault::Truncated,
        Fault::WrongLength,
        Fault::NoAnyOf,
        Fault::Error(400, "ExpiredNextTokenException", "too late"),
    ];
    std::thread::scope(|scope| {
        for service in asked_services() {
            for fault in &faults {
                scope.spawn(move || survives(service, fault));
            }
        }
    });
}

fn survives(service: &str, fault: &Fault) {
    let (server, wanted) = server_for(&[service], &["eu-west-1"]);
    server.with(|s| s.faults.push_back(fault.clone()));
    let asked = request(Mode::Live, &server, &[service], &["eu-west-1"], None);
    let obtained = run(&asked).unwrap();
    assert!(
        obtained.unread.is_empty(),
        "{service} {fault:?}: {:?}",
        obtained.unread
    );
    assert_all(&obtained.book, &wanted);
}

#[test]
fn lasting_faults_fall_back_to_the_snapshot_and_say_so() {
    let faults: [(Fault, &str); 10] = [
        (
            Fault::Error(400, "ThrottlingException", "Rate exceeded"),
            "Rate exceeded",
        ),
        (
            Fault::Error(500, "InternalErrorException", "no luck"),
            "no luck",
        ),
        (Fault::Status(503, "<html>busy</html>"), "status 503"),
        (Fault::Truncated, "could not be asked"),
        (Fault::WrongLength, "could not be asked"),
        (Fault::Slow(Duration::from_secs(6)), "in time"),
        (
            Fault::Error(
                400,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
            "expired",
        ),
        (
            Fault::Error(
                400,
                "InvalidSignatureException",
                "Signature expired: 20261125T120000Z is now earlier than 20261125T130000Z",
            ),
            "clock",
        ),
        (
            Fault::Error(
                400,
                "AccessDeniedException",
                "not authorized to perform pricing:GetProducts",
            ),
            "pricing:GetProducts",
        ),
        (
            Fault::Body(
                r#"{"FormatVersion":"aws_v1","PriceList":["{\"product\":{\"sku\":"]}"#.to_owned(),
            ),
            "not a price-list document",
        ),
    ];
    // All at once: they wait more than they work.
    std::thread::scope(|scope| {
        for service in asked_services() {
            for (fault, said) in &faults {
                scope.spawn(move || falls_back(service, fault, said));
            }
        }
    });
}

fn falls_back(service: &str, fault: &Fault, said: &str) {
    let (server, _) = server_for(&[service], &["eu-west-1"]);
    server.with(|s| s.always = Some(fault.clone()));
    let mut request = request(Mode::Live, &server, &[service], &["eu-west-1"], None);
    // Short only where the limit is what is tested: throttled retries of a busy machine take longer.
    request.live.timeout = Duration::from_secs(if matches!(fault, Fault::Slow(_)) {
        1
    } else {
        20
    });
    request.live.attempts = 2;
    let obtained = run(&request).unwrap();
    let notes = obtained.notes.join("\n");
    assert!(
        notes.contains(said) && notes.contains("the snapshot of"),
        "{service} {fault:?}: {notes}"
    );
    assert_eq!(obtained.book, data().snapshot, "{service} {fault:?}");
    request.strict = true;
    let failure = failure(run(&request));
    assert_eq!(
        (failure.exit, failure.code),
        (Exit::Prices, "prices-unavailable"),
        "{service} {fault:?}"
    );
}

#[test]
fn a_product_of_another_service_is_not_an_answer() {
    let (server, _) = dynamodb();
    server.with(|s| s.always = Some(Fault::Body(r#"{"FormatVersion":"aws_v1","PriceList":["{\"product\":{\"sku\":\"A\",\"attributes\":{}},\"serviceCode\":\"AmazonEC2\"}"]}"#.to_owned())));
    let obtained = run(&request(
        Mode::Live,
        &server,
        &["dynamodb"],
        &["eu-west-1"],
        None,
    ))
    .unwrap();
    assert!(
        obtained.notes.join("\n").contains("AmazonEC2"),
        "{:?}",
        obtained.notes
    );
}

#[test]
fn a_closed_port_is_a_note_and_under_strict_a_refusal() {
    for mode in [Mode::Live, Mode::Public] {
        let (mut server, _) = dynamodb();
        server.url = "http://127.0.0.1:9".to_owned();
        let mut request = request(mode, &server, &["dynamodb"], &["eu-west-1"], None);
        let obtained = run(&request).unwrap();
        assert_eq!(obtained.book, data().snapshot);
        assert!(!obtained.unread.is_empty());
        request.strict = true;
        assert_eq!(failure(run(&request)).exit, Exit::Prices);
    }
}

#[test]
fn faults_of_the_public_files() {
    // Passing: survived.
    for service in asked_services() {
        for fault in [
            Fault::Status(503, "busy"),
            Fault::Truncated,
            Fault::WrongLength,
            Fault::Status(429, "slow down"),
        ] {
            let (server, wanted) = server_for(&[service], &["eu-west-1"]);
            // The index is the first answer, the file the second.
            server.with(|s| s.faults = [Fault::Slow(Duration::ZERO), fault.clone()].into());
            let obtained = run(&request(
                Mode::Public,
                &server,
                &[service],
                &["eu-west-1"],
                None,
            ))
            .unwrap();
            assert!(
                obtained.unread.is_empty(),
                "{service} {fault:?}: {:?}",
                obtained.unread
            );
            assert_all(&obtained.book, &wanted);
        }
    }
    // Lasting: the snapshot, said.
    let foreign =
        r#"{"formatVersion":"v1.0","offerCode":"AmazonS3","products":{},"terms":{}}"#.to_owned();
    for fault in [
        Fault::Truncated,
        Fault::WrongLength,
        Fault::Slow(Duration::from_secs(3)),
        Fault::Status(404, "gone"),
        Fault::Body(foreign),
        Fault::Body("{}".to_owned()),
    ] {
        let (server, _) = dynamodb();
        let mut request = request(Mode::Public, &server, &["dynamodb"], &["eu-west-1"], None);
        request.public.timeout = Duration::from_millis(300);
        server.with(|s| {
            s.faults.push_back(Fault::Slow(Duration::ZERO));
            s.always = Some(fault.clone());
        });
        let obtained = run(&request).unwrap();
        assert_eq!(obtained.book, data().snapshot, "{fault:?}");
        assert_eq!(obtained.unread.len(), 1, "{fault:?}");
    }
    // From the first answer on, of every service.
    std::thread::scope(|scope| {
        for service in asked_services() {
            for fault in [
                Fault::Truncated,
                Fault::WrongLength,
                Fault::Slow(Duration::from_secs(6)),
                Fault::Status(503, "busy"),
                Fault::Body("[]".to_owned()),
            ] {
                scope.spawn(move || public_falls_back(service, &fault));
            }
        }
    });
}

fn public_falls_back(service: &str, fault: &Fault) {
    let (server, _) = server_for(&[service], &["eu-west-1"]);
    server.with(|s| s.always = Some(fault.clone()));
    let mut request = request(Mode::Public, &server, &[service], &["eu-west-1"], None);
    if matches!(fault, Fault::Slow(_)) {
        request.public.timeout = Duration::from_secs(1);
    }
    let obtained = run(&request).unwrap();
    assert_eq!(obtained.book, data().snapshot, "{service} {fault:?}");
    assert!(!obtained.unread.is_empty(), "{service} {fault:?}");
    request.strict = true;
    assert_eq!(
        failure(run(&request)).code,
        "prices-unavailable",
        "{service} {fault:?}"
    );
}

#[test]
fn a_region_index_cannot_lead_elsewhere() {
    for path in [
        "http://example.com/offers/x.json",
        "//example.com/x",
        "/etc/passwd",
        "/offers/../secret",
    ] {
        let (server, _) = dynamodb();
        server.with(|s| s.index_path = Some(path.to_owned()));
        let obtained = run(&request(
            Mode::Public,
            &server,
            &["dynamodb"],
            &["eu-west-1"],
            None,
        ))
        .unwrap();
        assert!(
            obtained
                .notes
                .join("\n")
                .contains("not a path of a price list"),
            "{:?}",
            obtained.notes
        );
    }
}

// ---- exactness, end to end ----

#[test]
fn a_second_product_or_a_missing_one_is_an_error_that_names_everything() {
    for mode in [Mode::Live, Mode::Public] {
        let (server, wanted) = dynamodb();
        let query = wanted
            .iter()
            .find(|q| q.key == "dynamodb/standard/write-request-units")
            .unwrap()
            .clone();
        server.with(|s| {
            s.documents
                .push(documents::right(&query, &data().snapshot, 90_000))
        });
        let twice = failure(run(&request(
            mode.clone(),
            &server,
            &["dynamodb"],
            &["eu-west-1"],
            None,
        )));
        assert_eq!((twice.exit, twice.code), (Exit::Prices, "price-mismatch"));
        for part in [
            "dynamodb/standard/write-request-units",
            "eu-west-1",
            "2 products",
            "RIGHT90000",
            "EU-WriteRequestUnits",
            "DDB-WriteUnits",
        ] {
            assert!(twice.message.contains(part), "{part}: {}", twice.message);
        }
        server.with(|s| {
            s.documents.retain(|d| {
                !d["product"]["sku"].as_str().unwrap().starts_with("RIGHT9")
                    && d["product"]["attributes"]["usagetype"] != "EU-WriteRequestUnits"
            })
        });
        let mut request = request(mode, &server, &["dynamodb"], &["eu-west-1"], None);
        let none = failure(run(&request));
        assert!(
            none.message.contains("no product matches"),
            "{}",
            none.message
        );
        // Asked to, the snapshot stands in for that one price, and every reader is told.
        request.partial = true;
        let obtained = run(&request).unwrap();
        assert_eq!(obtained.mismatches.len(), 1);
        assert!(
            obtained
                .notes
                .join("\n")
                .contains("dynamodb/standard/write-request-units in eu-west-1")
        );
        assert_eq!(
            obtained.book.get("eu-west-1", &query.key),
            data().snapshot.get("eu-west-1", &query.key)
        );
        request.strict = true;
        assert_eq!(failure(run(&request)).code, "price-mismatch");
    }
}

#[test]
fn china_is_priced_in_its_own_currency() {
    let mixed = failure(run(&request(
        Mode::Live,
        &dynamodb().0,
        &["dynamodb"],
        &["cn-north-1", "eu-west-1"],
        None,
    )));
    assert_eq!(mixed.code, "prices-currency");
    let mut catalog = data().catalog.clone();
    let mut region = catalog.region("eu-west-1").unwrap().clone();
    region.code = "cn-north-1".to_owned();
    region.prefix = "CNN1".to_owned();
    catalog.regions.push(region);
    let (services, regions) = (strings(&["dynamodb"]), strings(&["cn-north-1"]));
    let wanted = queries(Scope {
        catalog: &catalog,
        snapshot: &data().snapshot,
        services: &services,
        regions: &regions,
    });
    let text = serde_json::to_string(&documents::all(&wanted, &data().snapshot)).unwrap();
    let server = Server::new(serde_json::from_str(&text.replace("\"USD\"", "\"CNY\"")).unwrap());
    let base = request(Mode::Live, &server, &["dynamodb"], &["cn-north-1"], None);
    let request = Request {
        catalog: &catalog,
        ..base
    };
    let book = run(&request).unwrap().book;
    assert_eq!(book.currency, "CNY");
    assert_eq!(book.regions.keys().collect::<Vec<_>>(), ["cn-north-1"]);
    assert!(
        book.get("cn-north-1", "dynamodb/standard/read-request-units")
            .is_some()
    );
    assert!(!book.regions.contains_key(GLOBAL));
}

// ---- cache ----

#[test]
fn a_fresh_cache_needs_no_network_and_says_its_age() {
    for mode in [Mode::Live, Mode::Public] {
        let dir = tempfile::tempdir().unwrap();
        let (server, wanted) = dynamodb();
        let mut request = request(
            mode,
            &server,
            &["dynamodb"],
            &["eu-west-1"],
            Some(dir.path()),
        );
        run(&request).unwrap();
        let asked = server.requests();
        request.now = now() + SignedDuration::from_hours(3);
        request.offline = true;
        request.strict = true;
        let obtained = run(&request).unwrap();
        assert_eq!(server.requests(), asked);
        assert_all(&obtained.book, &wanted);
        assert!(
            obtained.notes.join("\n").contains("3 hours ago"),
            "{:?}",
            obtained.notes
        );

        // Stale: used offline, said, and refused under --strict.
        request.now = now() + SignedDuration::from_hours(72);
        let stale = failure(run(&request));
        assert!(stale.message.contains("3 days old"), "{}", stale.message);
        request.strict = false;
        let obtained = run(&request).unwrap();
        assert_all(&obtained.book, &wanted);
        assert!(
            obtained
                .notes
                .join("\n")
                .contains("older than --max-price-age"),
            "{:?}",
            obtained.notes
        );
        assert_eq!(
            server.requests(),
            asked,
            "--offline never touches the network"
        );

        // Online again, the list is asked again.
        request.offline = false;
        run(&request).unwrap();
        assert!(server.requests() > asked);
    }
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let dir = tempfile::tempdir().unwrap();
    let services = ["dynamodb", "cloudfront"];
    let (server, wanted) = server_for(&services, &["eu-west-1"]);
    let mut request = request(
        Mode::Public,
        &server,
        &services,
        &["eu-west-1"],
        Some(dir.path()),
    );
    run(&request).unwrap();
    let first = server.requests();
    request.refresh = true;
    request.now = now() + SignedDuration::from_hours(50);
    let obtained = run(&request).unwrap();
    assert_all(&obtained.book, &wanted);
    let log = server.state.lock().unwrap().log[first..].to_vec();
    // The versioned file is known by its address; the global one is asked for and not modified.
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(
        log.iter().any(|l| l.contains("region_index"))
            && log
                .iter()
                .any(|l| l.contains("AmazonCloudFront/current/index.json")),
        "{log:?}"
    );
    // A new version is read.
    server.with(|s| s.version = "20261124000000".to_owned());
    run(&request).unwrap();
    assert!(
        server
            .state
            .lock()
            .unwrap()
            .log
            .iter()
            .any(|l| l.contains("20261124000000/eu-west-1"))
    );
}

#[test]
fn a_damaged_cache_is_seen_and_fetched_again() {
    let dir = tempfile::tempdir().unwrap();
    let (server, wanted) = dynamodb();
    let request = request(
        Mode::Live,
        &server,
        &["dynamodb"],
        &["eu-west-1"],
        Some(dir.path()),
    );
    run(&request).unwrap();
    let asked = server.requests();
    let file = std::fs::read_dir(dir.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&file).unwrap();
    for bad in [
        text.replace("RIGHT", "WRONG"),
        "not JSON".to_owned(),
        text[..100].to_owned(),
    ] {
        std::fs::write(&file, bad).unwrap();
        let obtained = run(&request).unwrap();
        assert_all(&obtained.book, &wanted);
        assert!(
            obtained.notes.join("\n").contains("cannot be trusted"),
            "{:?}",
            obtained.notes
        );
    }
    assert_eq!(server.requests(), asked * 4);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn concurrent_runs_share_a_cache() {
    let dir = tempfile::tempdir().unwrap();
    let (server, wanted) = dynamodb();
    std::thread::scope(|scope| {
        for i in 0..8 {
            let (server, wanted, dir) = (&server, &wanted, dir.path());
            scope.spawn(move || {
                let mode = if i % 2 == 0 { Mode::Live } else { Mode::Public };
                let mut request = request(mode, server, &["dynamodb"], &["eu-west-1"], Some(dir));
                for refresh in [true, false, true] {
                    request.refresh = refresh;
                    let obtained = run(&request).unwrap();
                    assert_all(&obtained.book, wanted);
                    assert!(
                        !obtained.notes.join("\n").contains("trusted"),
                        "{:?}",
                        obtained.notes
                    );
                }
            });
        }
    });
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), 2, "no temporary files are left: {left:?}");
}

#[test]
fn a_cache_that_cannot_be_written_is_a_note() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (server, wanted) = dynamodb();
    let obtained = run(&request(
        Mode::Live,
        &server,
        &["dynamodb"],
        &["eu-west-1"],
        Some(&file),
    ))
    .unwrap();
    assert_all(&obtained.book, &wanted);
    assert!(
        obtained.notes.join("\n").contains("cannot be kept"),
        "{:?}",
        obtained.notes
    );
}
