//! Bulk price lists: throughput and peak memory of the streaming reader against loading whole.
//!
//! Makes a list of EC2's shape and size (500 MB unless `CACHEWRIGHT_BENCH_MB` says otherwise) in the
//! temporary directory, reads it by each method in a process of its own, and prints MB/s and peak
//! memory of each. `jq` is measured too where it is installed. Also times a warm price cache.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark stops on any fault and prints its figures"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use cachewright::domain::price::PriceBook;
use cachewright::embedded;
use cachewright::prices::bulk::{Found, Wanted, scan};
use cachewright::prices::cache::Cache;
use cachewright::prices::obtain::{Mode, Request, obtain};
use cachewright::prices::plan::{Query, Scope, queries};
use cachewright::prices::{live, public, select};

#[path = "../tests/support/price_list/mod.rs"]
mod price_list;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, method, path] = args.as_slice() {
        return one(method, Path::new(path));
    }
    warm_cache();
    let megabytes = std::env::var("CACHEWRIGHT_BENCH_MB")
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(500);
    let dir = tempfile::tempdir().unwrap();
    let path = make(dir.path(), megabytes);
    let size = std::fs::metadata(&path).unwrap().len();
    println!(
        "bulk price list of {} MB, AmazonEC2 in us-east-1",
        size / 1_000_000
    );
    for method in [
        "read-only",
        "stream",
        "http",
        "whole-value",
        "whole-typed",
        "jq",
    ] {
        measure(method, &path, size);
    }
}

fn measure(method: &str, path: &Path, size: u64) {
    let start = Instant::now();
    let output = if method == "jq" {
        let filter = r#"[.products[] | select(.attributes.usagetype == "NatGateway-Hours") | .sku] | length"#;
        let Ok(output) = Command::new("sh")
            .args([
                "-c",
                "ulimit -v 16000000; exec \"$0\" \"$1\" \"$2\"",
                "jq",
                filter,
            ])
            .arg(path)
            .output()
        else {
            return;
        };
        if !output.status.success() {
            return println!("{method:12} not measured: not installed, or out of memory");
        }
        output
    } else {
        Command::new(std::env::current_exe().unwrap())
            .args([method])
            .arg(path)
            .output()
            .unwrap()
    };
    let took = start.elapsed();
    assert!(
        output.status.success(),
        "{method}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let peak = String::from_utf8_lossy(&output.stdout)
        .lines()
        .find_map(|l| l.strip_prefix("peak ").map(str::to_owned));
    let speed = size as f64 / 1e6 / took.as_secs_f64();
    println!(
        "{method:12} {:6.2} s {speed:7.0} MB/s  peak {}",
        took.as_secs_f64(),
        peak.unwrap_or("not measured".to_owned())
    );
}

/// One method in this process; prints the peak of resident memory.
fn one(method: &str, path: &Path) {
    let queries = nat();
    let found = match method {
        "read-only" => read_only(path),
        "stream" => stream(File::open(path).unwrap(), &queries),
        "http" => http(path, &queries),
        "whole-value" => whole_value(path),
        "whole-typed" => whole_typed(path),
        other => panic!("no method {other}"),
    };
    assert!(method == "read-only" || found == 2, "{found} prices found");
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status
        .lines()
        .find_map(|l| l.strip_prefix("VmHWM:"))
        .map(|l| l.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024);
    println!("peak {} MB", peak.unwrap_or_default());
}

fn nat() -> Vec<Query> {
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let (services, regions) = (vec!["network".to_owned()], vec!["us-east-1".to_owned()]);
    let mut all = queries(Scope {
        catalog: &catalog,
        snapshot: &snapshot,
        services: &services,
        regions: &regions,
    });
    all.retain(|q| q.service_code == "AmazonEC2");
    all
}

fn stream(input: impl Read, queries: &[Query]) -> usize {
    let mut found = Found::default();
    let input = std::io::BufReader::with_capacity(64 << 10, input);
    scan(input, &Wanted::new("AmazonEC2", queries), &mut found).unwrap();
    let products = found.products();
    queries
        .iter()
        .filter(|q| select::price(q, &products, "USD").is_ok())
        .count()
}

fn read_only(path: &Path) -> usize {
    std::io::copy(&mut File::open(path).unwrap(), &mut std::io::sink())
        .map(|_| 0)
        .unwrap()
}

/// The whole way: loop-back HTTP, checksum, stream.
fn http(path: &Path, queries: &[Query]) -> usize {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let path = path.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 2048];
            let n = stream.read(&mut head).unwrap();
            if String::from_utf8_lossy(&head[..n]).contains("region_index") {
                let body = r#"{"regions":{"us-east-1":{"regionCode":"us-east-1","currentVersionUrl":"/offers/v1.0/aws/AmazonEC2/1/us-east-1/index.json"}}}"#;
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                )
                .unwrap();
            } else {
                let length = std::fs::metadata(&path).unwrap().len();
                write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
                )
                .unwrap();
                std::io::copy(&mut File::open(&path).unwrap(), &mut stream).unwrap();
            }
        }
    });
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let bytes = std::sync::atomic::AtomicU64::new(0);
    let connection =
        public::Connection::new(Some(&base), Duration::from_secs(30), &BTreeMap::new());
    let job = cachewright::prices::list::Job {
        service_code: "AmazonEC2".into(),
        region: "us-east-1".into(),
        queries: queries.to_vec(),
        known: Default::default(),
    };
    let mut count = 0;
    public::run(&[job], &connection, &bytes, &mut |event| {
        if let cachewright::prices::list::Event::Done(_, reply) = event
            && let cachewright::prices::list::Reply::Fresh(answer) = reply.unwrap()
        {
            count = queries
                .iter()
                .filter(|q| select::price(q, &answer.products, "USD").is_ok())
                .count();
        }
    });
    drop((catalog, snapshot));
    count
}

fn whole_value(path: &Path) -> usize {
    let value: serde_json::Value =
        serde_json::from_reader(std::io::BufReader::new(File::open(path).unwrap())).unwrap();
    let products = value["products"].as_object().unwrap().values();
    products
        .filter(|p| {
            ["NatGateway-Hours", "NatGateway-Bytes"]
                .contains(&p["attributes"]["usagetype"].as_str().unwrap_or_default())
        })
        .count()
}

#[derive(serde::Deserialize)]
struct Typed {
    products: BTreeMap<String, TypedProduct>,
    #[allow(dead_code, reason = "what is loaded is measured")]
    terms: BTreeMap<String, BTreeMap<String, serde_json::Value>>,
}

#[derive(serde::Deserialize)]
struct TypedProduct {
    attributes: BTreeMap<String, String>,
}

fn whole_typed(path: &Path) -> usize {
    let bytes = std::fs::read(path).unwrap();
    let typed: Typed = serde_json::from_slice(&bytes).unwrap();
    assert!(!typed.terms.is_empty());
    typed
        .products
        .values()
        .filter(|p| {
            p.attributes
                .get("usagetype")
                .is_some_and(|u| u == "NatGateway-Hours" || u == "NatGateway-Bytes")
        })
        .count()
}

/// Instances of EC2's attribute shape, the NAT rows somewhere among them.
fn make(dir: &Path, megabytes: u64) -> PathBuf {
    let path = dir.join("index.json");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path).unwrap());
    // About 55 % of the real file are terms: on-demand and a dozen reserved offers per product.
    let count = megabytes * 1_000_000 / 5_505;
    write!(out, r#"{{"formatVersion":"v1.0","disclaimer":"informational","offerCode":"AmazonEC2","version":"20261120101010","publicationDate":"2026-11-20T10:10:10Z","products":{{"#).unwrap();
    let nat = [
        ("NATHOURS", "NatGateway-Hours", "Hrs"),
        ("NATBYTES", "NatGateway-Bytes", "GB"),
    ];
    for i in 0..count {
        if i == count / 2 {
            for (sku, usagetype, _) in nat {
                write!(out, r#""{sku}":{{"sku":"{sku}","productFamily":"NAT Gateway","attributes":{{"servicecode":"AmazonEC2","location":"US East (N. Virginia)","locationType":"AWS Region","group":"NGW:NatGateway","usagetype":"{usagetype}","operation":"NatGateway","regionCode":"us-east-1"}}}},"#).unwrap();
            }
        }
        let comma = if i + 1 == count { "" } else { "," };
        write!(out, r#""SKU{i:013}":{{"sku":"SKU{i:013}","productFamily":"Compute Instance","attributes":{{"servicecode":"AmazonEC2","location":"US East (N. Virginia)","locationType":"AWS Region","instanceType":"m{}.{}xlarge","currentGeneration":"Yes","instanceFamily":"General purpose","vcpu":"{}","physicalProcessor":"Intel Xeon Platinum 8175 (Skylake)","clockSpeed":"3.1 GHz","memory":"384 GiB","storage":"EBS only","networkPerformance":"20 Gigabit","processorArchitecture":"64-bit","tenancy":"Dedicated","operatingSystem":"Windows","licenseModel":"No License required","usagetype":"DedicatedRes:m{}.{}xlarge","operation":"RunInstances:{i:04x}","availabilityzone":"NA","capacitystatus":"UnusedCapacityReservation","classicnetworkingsupport":"false","dedicatedEbsThroughput":"14000 Mbps","ecu":"345","enhancedNetworkingSupported":"Yes","gpuMemory":"NA","intelAvxAvailable":"Yes","intelAvx2Available":"Yes","intelTurboAvailable":"Yes","marketoption":"OnDemand","normalizationSizeFactor":"192","preInstalledSw":"SQL Ent","processorFeatures":"Intel AVX; Intel AVX2; Intel AVX512; Intel Turbo","regionCode":"us-east-1","servicename":"Amazon Elastic Compute Cloud","vpcnetworkingsupport":"true"}}}}{comma}"#, i % 9, i % 24, i % 96, i % 9, i % 24).unwrap();
    }
    write!(out, r#"}},"terms":{{"OnDemand":{{"#).unwrap();
    for (sku, _, unit) in nat {
        offer(&mut out, sku, "JRTCKXETXF", unit, "0.0450000000");
        write!(out, "}},").unwrap();
    }
    for i in 0..count {
        offer(
            &mut out,
            &format!("SKU{i:013}"),
            "JRTCKXETXF",
            "Hrs",
            "12.3400000000",
        );
        write!(out, "}}{}", if i + 1 == count { "" } else { "," }).unwrap();
    }
    write!(out, r#"}},"Reserved":{{"#).unwrap();
    for i in 0..count {
        let sku = format!("SKU{i:013}");
        for (n, code) in [
            "38NPMPTW36",
            "4NA7Y494T4",
            "6QCMYABX3D",
            "7NE97W5U4E",
            "BPH4J8HBKS",
            "CUZHX8X6JH",
            "HU7G6KETJZ",
            "MZU6U2429S",
            "NQ3QZPMQV9",
        ]
        .iter()
        .enumerate()
        {
            if n == 0 {
                offer(&mut out, &sku, code, "Quantity", "123456");
            } else {
                write!(out, r#","{sku}.{code}":{{"offerTermCode":"{code}","sku":"{sku}","effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{{"{sku}.{code}.2TG2D8R56U":{{"rateCode":"{sku}.{code}.2TG2D8R56U","description":"Upfront Fee","appliesTo":[],"unit":"Quantity","pricePerUnit":{{"USD":"123456"}}}}}},"termAttributes":{{"LeaseContractLength":"3yr","OfferingClass":"convertible","PurchaseOption":"All Upfront"}}}}"#).unwrap();
            }
        }
        write!(out, "}}{}", if i + 1 == count { "" } else { "," }).unwrap();
    }
    write!(out, r#"}}}},"attributesList":{{}}}}"#).unwrap();
    out.flush().unwrap();
    path
}

fn offer(out: &mut impl Write, sku: &str, code: &str, unit: &str, price: &str) {
    write!(out, r#""{sku}":{{"{sku}.{code}":{{"offerTermCode":"{code}","sku":"{sku}","effectiveDate":"2026-11-01T00:00:00Z","priceDimensions":{{"{sku}.{code}.6YS6EN2CT7":{{"rateCode":"{sku}.{code}.6YS6EN2CT7","description":"a price","beginRange":"0","endRange":"Inf","unit":"{unit}","appliesTo":[],"pricePerUnit":{{"USD":"{price}"}}}}}},"termAttributes":{{}}}}"#).unwrap();
}

/// What `--prices live` costs over `--prices snapshot` when the cache is warm.
fn warm_cache() {
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let services: Vec<String> = catalog.services.iter().map(|s| s.id.clone()).collect();
    let regions = vec!["eu-west-1".to_owned()];
    let wanted = queries(Scope {
        catalog: &catalog,
        snapshot: &snapshot,
        services: &services,
        regions: &regions,
    });
    let server = price_list::Server::new(price_list::documents::all(&wanted, &snapshot));
    let dir = tempfile::tempdir().unwrap();
    let request = |mode: Mode| Request {
        mode,
        catalog: &catalog,
        snapshot: &snapshot,
        regions: regions.clone(),
        services: services.clone(),
        offline: false,
        strict: true,
        partial: false,
        refresh: false,
        max_age: None,
        discounts: Vec::new(),
        live: live::Connection {
            profile: None,
            endpoint_url: Some(server.url.clone()),
            timeout: Duration::from_secs(20),
            attempts: 3,
            env: [("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "B")]
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
        },
        public: public::Connection::new(
            Some(&server.url),
            Duration::from_secs(20),
            &BTreeMap::new(),
        ),
        cache: Cache::new(Some(dir.path().to_owned())),
        now: "2026-11-25T12:00:00Z".parse().unwrap(),
    };
    let timed = |mode: Mode| -> (Duration, PriceBook) {
        let request = request(mode);
        let start = Instant::now();
        let obtained = obtain(&request, &mut |_| {}).unwrap();
        (start.elapsed(), obtained.book)
    };
    let (cold, book) = timed(Mode::Live);
    let asked = server.requests();
    let median = |mode: Mode| {
        let mut all: Vec<Duration> = (0..101).map(|_| timed(mode.clone()).0).collect();
        all.sort();
        all[50]
    };
    let (warm, still) = (median(Mode::Live), median(Mode::Snapshot));
    assert_eq!(server.requests(), asked, "a warm cache asks nothing");
    let count: usize = book.regions.values().map(|t| t.0.len()).sum();
    println!(
        "cold live look-up {cold:.2?} ({asked} requests), warm cache {warm:.2?}, snapshot {still:.2?} ({count} prices in the book)"
    );
}
