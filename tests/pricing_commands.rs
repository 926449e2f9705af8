//! `cachewright prices`: its subcommands, private rates and books in files, through the library.

#[path = "support/price_list/mod.rs"]
mod price_list;

use std::collections::BTreeMap;

use cachewright::book;
use cachewright::cli::args::{Format, Global, Lookup, When};
use cachewright::cli::prices::{self, Action, Args, Check, Diff, Refresh, Show};
use cachewright::domain::price::{BookOrigin, PriceBook};
use cachewright::embedded;
use cachewright::exit::{Exit, Failure};
use cachewright::prices::discount;
use cachewright::prices::plan::{Scope, queries};
use cachewright::world::{Terminal, World};
use price_list::{Server, documents};
use rust_decimal::Decimal;

struct Ran {
    exit: Result<Exit, anyhow::Error>,
    out: String,
    err: String,
}

impl Ran {
    fn failure(self) -> Failure {
        self.exit.unwrap_err().downcast().unwrap()
    }
}

fn run(action: Action, env: &[(&str, &str)]) -> Ran {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let env: BTreeMap<String, String> = env
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect();
    let terminal = Terminal {
        can_prompt: false,
        color_out: false,
        color_err: false,
        out_is_terminal: false,
        err_is_terminal: false,
        width: 120,
        height: None,
    };
    let global = Global {
        color: When::Never,
        no_input: true,
        verbose: false,
        catalog: None,
    };
    let exit = prices::run(
        &Args { action },
        &global,
        &mut World {
            out: &mut out,
            err: &mut err,
            terminal,
            env,
        },
    );
    Ran {
        exit,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

fn show(prices: &str, region: &[&str], service: &[&str], format: Format, lookup: Lookup) -> Action {
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
    Action::Show(Show {
        region: own(region),
        service: own(service),
        prices: prices.to_owned(),
        strict: false,
        format: Some(format),
        lookup,
    })
}

fn server(services: &[&str], regions: &[&str]) -> Server {
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let (services, regions) = (own(services), own(regions));
    let wanted = queries(Scope {
        catalog: &catalog,
        snapshot: &snapshot,
        services: &services,
        regions: &regions,
    });
    Server::new(documents::all(&wanted, &snapshot))
}

fn to_file(book: &PriceBook, dir: &tempfile::TempDir, name: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, book::write(book).unwrap()).unwrap();
    path.display().to_string()
}

#[test]
fn show_lists_prices_with_their_dates() {
    let ran = run(
        show(
            "snapshot",
            &["eu-west-1"],
            &["dynamodb"],
            Format::Text,
            Lookup::default(),
        ),
        &[],
    );
    assert_eq!(ran.exit.unwrap(), Exit::Done);
    assert!(
        ran.out.contains("dynamodb/standard/read-request-units") && ran.out.contains("2025-08-28"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("s3-express") && !ran.out.contains("us-east-1"));
    let json = run(
        show(
            "snapshot",
            &["eu-west-1"],
            &["dynamodb"],
            Format::Json,
            Lookup::default(),
        ),
        &[],
    );
    let parsed = book::parse(&json.out, BookOrigin::File).unwrap();
    assert_eq!(parsed.regions.len(), 1);
}

#[test]
fn unknown_names_are_usage_errors_with_a_suggestion() {
    let region = run(
        show(
            "snapshot",
            &["eu-west-9"],
            &[],
            Format::Text,
            Lookup::default(),
        ),
        &[],
    )
    .failure();
    assert_eq!((region.exit, region.code), (Exit::Usage, "price-region"));
    let service = run(
        show(
            "snapshot",
            &[],
            &["dynamodbb"],
            Format::Text,
            Lookup::default(),
        ),
        &[],
    )
    .failure();
    assert!(
        service.message.contains("did you mean `dynamodb`"),
        "{}",
        service.message
    );
    let mode = run(
        show("lives", &[], &[], Format::Text, Lookup::default()),
        &[],
    )
    .failure();
    assert_eq!(mode.code, "prices-mode");
}

#[test]
fn public_prices_are_shown_and_kept_in_the_cache() {
    let server = server(&["dynamodb"], &["eu-west-1"]);
    let home = tempfile::tempdir().unwrap();
    let env = [
        ("XDG_CACHE_HOME", home.path().to_str().unwrap()),
        ("CACHEWRIGHT_PRICE_LIST_URL", server.url.as_str()),
    ];
    let first = run(
        show(
            "public",
            &["eu-west-1"],
            &["dynamodb"],
            Format::Text,
            Lookup::default(),
        ),
        &env,
    );
    assert_eq!(first.exit.unwrap(), Exit::Done, "{}", first.err);
    assert!(
        first.err.contains("from the public AWS price list") && first.out.contains("2026-11-20"),
        "{}{}",
        first.err,
        first.out
    );
    let asked = server.requests();
    let offline = Lookup {
        offline: true,
        ..Lookup::default()
    };
    let second = run(
        show(
            "public",
            &["eu-west-1"],
            &["dynamodb"],
            Format::Text,
            offline,
        ),
        &env,
    );
    assert_eq!(second.out, first.out);
    assert!(second.err.contains("cache"), "{}", second.err);
    assert_eq!(server.requests(), asked);
}

#[test]
fn refresh_writes_a_snapshot_that_the_program_reads() {
    let server = server(&["dynamodb", "cloudfront"], &["eu-west-1", "us-east-1"]);
    let (home, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let env = [("XDG_CACHE_HOME", home.path().to_str().unwrap())];
    let lookup = Lookup {
        price_list_url: Some(server.url.clone()),
        ..Lookup::default()
    };
    let refresh = |output: &std::path::Path, force| {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        let (region, service) = (
            own(&["eu-west-1", "us-east-1"]),
            own(&["dynamodb", "cloudfront"]),
        );
        Action::Refresh(Refresh {
            output: output.to_owned(),
            from: "public".to_owned(),
            region,
            service,
            force,
            lookup: lookup.clone(),
        })
    };
    let ran = run(refresh(out.path(), false), &env);
    assert_eq!(ran.exit.unwrap(), Exit::Done, "{}", ran.err);
    let file = std::fs::read_dir(out.path())
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = std::fs::read_to_string(&file).unwrap();
    let written = book::parse(&text, BookOrigin::Snapshot).unwrap();
    let storage = written
        .get("eu-west-1", "dynamodb/standard/storage-gb-months")
        .unwrap();
    assert!(storage.sku.as_deref().unwrap().starts_with("RIGHT"));
    assert_eq!(written.as_of, "2026-11-20");
    assert_eq!(
        book::write(&written).unwrap(),
        text,
        "the same bytes when written again"
    );
    // A second one of the day does not overwrite unasked.
    assert_eq!(
        run(refresh(out.path(), false), &env).failure().code,
        "file-exists"
    );
    assert_eq!(
        run(refresh(out.path(), true), &env).exit.unwrap(),
        Exit::Done
    );
    assert_eq!(
        run(refresh(&out.path().join("none"), false), &env)
            .failure()
            .code,
        "prices-directory"
    );
}

#[test]
fn refresh_without_an_answer_writes_nothing() {
    let out = tempfile::tempdir().unwrap();
    for (from, url) in [
        ("public", "http://127.0.0.1:9"),
        ("live", "http://127.0.0.1:9"),
    ] {
        let lookup = Lookup {
            price_list_url: Some(url.to_owned()),
            price_timeout: Some(1),
            ..Lookup::default()
        };
        let (region, service) = (vec!["eu-west-1".to_owned()], vec!["dynamodb".to_owned()]);
        let action = Action::Refresh(Refresh {
            output: out.path().to_owned(),
            from: from.to_owned(),
            region,
            service,
            force: false,
            lookup,
        });
        let failure = run(
            action,
            &[
                ("HOME", "/nonexistent"),
                ("AWS_ACCESS_KEY_ID", "A"),
                ("AWS_SECRET_ACCESS_KEY", "B"),
            ],
        )
        .failure();
        assert_eq!(failure.exit, Exit::Prices, "{from}: {}", failure.message);
        assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0);
    }
}

#[test]
fn the_trial_of_every_selector_reports_what_is_not_exact() {
    let server = server(&["dynamodb", "s3-express"], &["eu-west-1"]);
    let env = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ];
    let lookup = Lookup {
        price_list_url: Some(server.url.clone()),
        ..Lookup::default()
    };
    let check = |live| {
        let own = |list: &[&str]| list.iter().map(|s| (*s).to_owned()).collect();
        Action::Check(Check {
            book: "snapshot".to_owned(),
            live,
            public: !live,
            region: own(&["eu-west-1"]),
            service: own(&["dynamodb", "s3-express"]),
            lookup: lookup.clone(),
        })
    };
    for live in [true, false] {
        let good = run(check(live), &env);
        assert_eq!(good.exit.unwrap(), Exit::Done, "{}{}", good.out, good.err);
        assert!(good.out.contains("0 not exact"), "{}", good.out);
    }
    server.with(|s| {
        s.documents
            .retain(|d| d["product"]["attributes"]["usagetype"] != "EU-Retrieval-XZ")
    });
    let bad = run(check(true), &env);
    assert_eq!(bad.exit.unwrap(), Exit::Prices);
    assert!(
        bad.out
            .contains("s3-express/retrieval-gb in eu-west-1: no product matches")
            && bad.out.contains("1 not exact"),
        "{}",
        bad.out
    );
    server.with(|s| {
        s.always = Some(price_list::Fault::Error(
            400,
            "ExpiredTokenException",
            "expired",
        ))
    });
    assert_eq!(run(check(true), &env).exit.unwrap(), Exit::Credentials);
}

#[test]
fn the_snapshot_passes_its_own_check_and_a_broken_book_does_not() {
    let check = |book: &str| {
        Action::Check(Check {
            book: book.to_owned(),
            live: false,
            public: false,
            region: Vec::new(),
            service: Vec::new(),
            lookup: Lookup::default(),
        })
    };
    let good = run(check("snapshot"), &[]);
    assert_eq!(good.exit.unwrap(), Exit::Done, "{}", good.out);
    let dir = tempfile::tempdir().unwrap();
    let mut broken = embedded::prices().unwrap();
    let table = broken.regions.get_mut("eu-west-1").unwrap();
    table
        .0
        .retain(|(key, _)| key != "dynamodb/standard/read-request-units");
    for (_, schedule) in table
        .0
        .iter_mut()
        .filter(|(key, _)| key == "dynamodb/standard/write-request-units")
    {
        schedule.tiers[0].price *= Decimal::from(10);
    }
    let bad = run(check(&to_file(&broken, &dir, "broken.json")), &[]);
    assert_eq!(bad.exit.unwrap(), Exit::Prices);
    assert!(
        bad.out
            .contains("read-request-units: the snapshot has a price, the book has none"),
        "{}",
        bad.out
    );
    assert!(
        bad.out.contains("write-request-units: the price"),
        "{}",
        bad.out
    );
    assert!(bad.out.contains("2 findings"), "{}", bad.out);
}

const PROFILE: &str = "version: 1\nname: pages\nregion: us-east-1\nlayer: application\nlatency: 5 ms\ntraffic: { reads: 300/s, writes: 30/s }\ndata: { item_size: 2 KiB, working_set: 4 GiB }\ninstances: 6\n";

#[test]
fn diff_shows_percentages_and_whose_answer_flips() {
    let dir = tempfile::tempdir().unwrap();
    let snapshot = embedded::prices().unwrap();
    let profile = dir.path().join("profile.yaml");
    std::fs::write(&profile, PROFILE).unwrap();
    let diff = |after: &str, profiles: Vec<std::path::PathBuf>| {
        let before = "snapshot".to_owned();
        Action::Diff(Diff {
            before,
            after: after.to_owned(),
            profiles,
            region: Vec::new(),
            service: Vec::new(),
            no_free_tier: false,
            lookup: Lookup::default(),
        })
    };
    let same = run(
        diff(
            &to_file(&snapshot, &dir, "same.json"),
            vec![profile.clone()],
        ),
        &[],
    );
    assert_eq!(same.exit.unwrap(), Exit::Done, "{}", same.err);
    assert!(
        same.out.contains("no price differs") && same.out.contains("with both"),
        "{}",
        same.out
    );

    // The winner becomes dear, everything else stays.
    let winner = same
        .out
        .rsplit(": ")
        .next()
        .unwrap()
        .split([' ', '\n'])
        .next()
        .unwrap()
        .to_owned();
    let mut dear = snapshot.clone();
    let prefix = format!("{winner}/");
    for table in dear.regions.values_mut() {
        for (_, schedule) in table
            .0
            .iter_mut()
            .filter(|(key, _)| key.starts_with(&prefix))
        {
            schedule
                .tiers
                .iter_mut()
                .for_each(|t| t.price *= Decimal::from(1000));
        }
    }
    let ran = run(diff(&to_file(&dear, &dir, "dear.json"), vec![profile]), &[]);
    assert_eq!(ran.exit.unwrap(), Exit::Gate, "{}", ran.out);
    assert!(
        ran.out.contains("+99900 %") && ran.out.contains(&format!("flips from {winner}")),
        "{}",
        ran.out
    );
}

#[test]
fn private_rates_come_off_and_are_shown() {
    let catalog = embedded::catalog().unwrap();
    let mut book = embedded::prices().unwrap();
    let list = book.clone();
    let mut discounts = discount::parse("elasticache-serverless=12%", &catalog).unwrap();
    discounts.extend(discount::parse("elasticache-serverless/valkey/ecpus=50%", &catalog).unwrap());
    discounts.extend(discount::parse("cloudfront/data-transfer-out=40%", &catalog).unwrap());
    let notes = discount::apply(&mut book, &discounts);
    let off = |region: &str, key: &str| {
        let (old, new) = (
            list.get(region, key).unwrap(),
            book.get(region, key).unwrap(),
        );
        (new.tiers[0].price / old.tiers[0].price, new.discount)
    };
    let d = |text: &str| text.parse::<Decimal>().unwrap();
    assert_eq!(
        off("us-east-1", "elasticache-serverless/redis/stored-gb-hours"),
        (d("0.88"), Some(d("0.12")))
    );
    assert_eq!(
        off("us-east-1", "elasticache-serverless/valkey/ecpus"),
        (d("0.5"), Some(d("0.50")))
    );
    assert_eq!(
        off("global", "cloudfront/data-transfer-out.europe"),
        (d("0.6"), Some(d("0.40")))
    );
    assert_eq!(
        off("us-east-1", "dynamodb/standard/read-request-units"),
        (d("1"), None)
    );
    assert!(
        notes[0].starts_with("12 % private discount on elasticache-serverless"),
        "{notes:?}"
    );
    // They survive a file.
    let again = book::parse(&book::write(&book).unwrap(), BookOrigin::File).unwrap();
    assert_eq!(again.regions, book.regions);

    let plan = discount::parse("database-savings-plan", &catalog).unwrap();
    assert!(plan.iter().all(|p| catalog.service(&p.service).is_some()));
    let mut planned = list.clone();
    discount::apply(&mut planned, &plan);
    let rate = planned
        .get("ap-south-2", "elasticache-serverless/valkey/ecpus")
        .unwrap()
        .tiers[0]
        .price;
    assert_eq!(rate.round_dp(10), d("0.0000000010"));
    let unknown = discount::parse("database-saving-plan", &catalog).unwrap_err();
    assert!(
        unknown
            .to_string()
            .contains("did you mean `database-savings-plan`"),
        "{unknown}"
    );
    let home = tempfile::tempdir().unwrap();
    let explained = stdout(&binary(
        home.path(),
        &["explain", "database-savings-plan"],
        &[],
    ));
    for part in [
        "elasticache-serverless/valkey/ecpus: 28.57 % off",
        "checked 2026-11-23",
    ] {
        assert!(explained.contains(part), "{explained}");
    }
    for bad in [
        "dynamodb",
        "dynamodb=12",
        "dynamodb=0%",
        "dynamodb=100%",
        "dynamodb=-3%",
        "dynamo=5%",
        "dynamodb/ecpus=5%",
    ] {
        assert!(discount::parse(bad, &catalog).is_err(), "{bad}");
    }
}

#[test]
fn a_book_in_a_file_is_used_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = to_file(&embedded::prices().unwrap(), &dir, "book.json");
    let lookup = Lookup {
        discount: vec!["dynamodb=12.5%".to_owned()],
        ..Lookup::default()
    };
    let ran = run(
        show(
            &format!("file:{path}"),
            &["us-east-1"],
            &["dynamodb"],
            Format::Text,
            lookup,
        ),
        &[],
    );
    assert_eq!(ran.exit.unwrap(), Exit::Done);
    assert!(
        ran.out.contains("Prices: file of") && ran.out.contains("12.5 % off"),
        "{}",
        ran.out
    );
    std::fs::write(dir.path().join("bad.json"), "{}").unwrap();
    let bad = run(
        show(
            &format!("file:{}", dir.path().join("bad.json").display()),
            &[],
            &[],
            Format::Text,
            Lookup::default(),
        ),
        &[],
    )
    .failure();
    assert_eq!((bad.exit, bad.code), (Exit::Prices, "prices-file"));
}

#[test]
fn a_book_in_another_currency_is_shown_and_never_taken_for_dollars() {
    let dir = tempfile::tempdir().unwrap();
    let mut yuan = embedded::prices().unwrap();
    yuan.currency = "CNY".to_owned();
    let path = to_file(&yuan, &dir, "yuan.json");
    let ran = run(
        show(
            &format!("file:{path}"),
            &["us-east-1"],
            &["s3-express"],
            Format::Text,
            Lookup::default(),
        ),
        &[],
    );
    assert!(
        ran.out.contains("CNY 0.11 ") && !ran.out.contains('$'),
        "{}",
        ran.out
    );
    let book = format!("file:{path}");
    for args in [
        &[
            "price",
            "s3-express",
            "--region",
            "us-east-1",
            "get-requests=1M",
            "--prices",
            &book,
        ][..],
        &[
            "recommend",
            "examples/borderline/01-volume-b.yaml",
            "--prices",
            &book,
        ],
    ] {
        let ran = binary(dir.path(), args, &[]);
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(4), "{said}");
        assert!(said.contains("prices-currency"), "{said}");
    }
    let mixed = binary(dir.path(), &["prices", "diff", "snapshot", &path], &[]);
    assert_eq!(mixed.status.code(), Some(2));
    // Two books in yuan can be compared; a profile cannot be decided with them.
    let twice = ["prices", "diff", &book, &path];
    let same = stdout(&binary(dir.path(), &twice, &[]));
    assert!(same.contains("no price differs"), "{same}");
    let profile = ["examples/borderline/01-volume-b.yaml"];
    let flips = binary(dir.path(), &[&twice[..], &profile].concat(), &[]);
    let said = String::from_utf8_lossy(&flips.stderr).into_owned();
    assert_eq!(flips.status.code(), Some(4), "{said}");
    assert!(said.contains("prices-currency"), "{said}");
    let shown = stdout(&binary(
        dir.path(),
        &[
            "prices",
            "show",
            "--prices",
            &book,
            "--region",
            "us-east-1",
            "--service",
            "s3-express",
        ],
        &[],
    ));
    assert!(
        shown.contains("CNY 0.11 ") && !shown.contains('$'),
        "{shown}"
    );
}

#[test]
fn a_region_of_china_is_named_as_unknown_and_never_priced_as_another() {
    let dir = tempfile::tempdir().unwrap();
    for (args, code, said) in [
        (
            &[
                "price",
                "dynamodb",
                "--region",
                "cn-north-1",
                "read-request-units=1M",
            ][..],
            2,
            "`cn-north-1` is not a known Region",
        ),
        (
            &[
                "prices",
                "show",
                "--region",
                "cn-north-1",
                "--prices",
                "live",
            ],
            2,
            "`cn-north-1` is not a known Region",
        ),
        (
            &[
                "recommend",
                "examples/borderline/01-volume-b.yaml",
                "--set",
                "region=cn-north-1",
            ],
            3,
            "cn-north-1",
        ),
    ] {
        let ran = binary(dir.path(), args, &[]);
        let text = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(ran.status.code(), Some(code), "{args:?}: {text}");
        assert!(
            text.contains(said) && ran.stdout.is_empty(),
            "{args:?}: {text}"
        );
    }
}

// ---- the whole program ----

/// The binary with a scrubbed environment and a home of its own.
fn binary(home: &std::path::Path, args: &[&str], env: &[(&str, &str)]) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_cachewright"))
        .args(args)
        .env_clear()
        .env("HOME", home)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(env.iter().copied())
        .output()
        .unwrap()
}

const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
];

fn stdout(ran: &std::process::Output) -> String {
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    String::from_utf8(ran.stdout.clone()).unwrap()
}

#[test]
fn every_line_item_of_price_shows_a_private_rate() {
    let home = tempfile::tempdir().unwrap();
    let price = |form: &str| {
        let args = [
            "price",
            "elasticache-serverless",
            "--region",
            "us-east-1",
            "stored-gb-hours=730",
            "ecpus=1M",
            "--discount",
            "elasticache-serverless=12%",
            "--discount",
            "elasticache-serverless/ecpus=50%",
            "-f",
            form,
        ];
        stdout(&binary(home.path(), &args, &[]))
    };
    let text = price("text");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = words(&text).find("12 % off ecpus");
    assert!(first.is_some(), "{text}");
    assert!(words(&text).contains("50 % off Total"), "{text}");
    let csv = price("csv");
    let rows: Vec<&str> = csv.lines().collect();
    assert!(rows[0].ends_with(",discount"), "{csv}");
    assert!(
        rows[1].ends_with(",12 %") && rows[2].ends_with(",50 %"),
        "{csv}"
    );
    let json: serde_json::Value = serde_json::from_str(&price("json")).unwrap();
    let shares: Vec<&str> = json["line_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["discount"].as_str().unwrap())
        .collect();
    assert_eq!(shares, ["12 %", "50 %"]);
    // The same wherever money is shown, and no such price is called a list price.
    let profile = "examples/borderline/01-volume-b.yaml";
    let rate = ["--discount", "elasticache-serverless=12%"];
    let report = |form: &str| {
        let args = ["recommend", profile, "-f", form];
        stdout(&binary(home.path(), &[&args[..], &rate].concat(), &[]))
    };
    let args = ["recommend", profile, "--full"];
    let full = stdout(&binary(home.path(), &[&args[..], &rate].concat(), &[]));
    for form in ["text", "markdown", "html"] {
        let text = report(form);
        // A short report shows no line items.
        let lines = [&text, &full];
        let lines = lines[usize::from(form == "text")];
        assert!(words(lines).contains("12 % off"), "{form}");
        assert!(words(&text).contains("less private rates"), "{form}");
    }
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let of = |service: &str| {
        let all = json["candidates"].as_array().unwrap();
        let found = all.iter().find(|c| c["service"] == service).unwrap();
        found["line_items"].as_array().unwrap().clone()
    };
    assert!(
        of("elasticache-serverless")
            .iter()
            .all(|l| l["discount"] == "12 %" || l["service"] != "elasticache-serverless")
    );
    assert!(of("dynamodb").iter().all(|l| l.get("discount").is_none()));
    let stack = home.path().join("stack").display().to_string();
    let generate = ["generate", profile, "-o", &stack];
    stdout(&binary(home.path(), &[&generate[..], &rate].concat(), &[]));
    let readme = std::fs::read_to_string(home.path().join("stack/README.md")).unwrap();
    assert!(
        readme.contains("list prices less private rates"),
        "{readme}"
    );
}

#[test]
fn what_a_plan_does_not_offer_has_no_price_with_it() {
    let home = tempfile::tempdir().unwrap();
    let price = |plan: &str, meter: &str| {
        let args = [
            "price",
            "cloudfront",
            "--variant",
            plan,
            meter,
            "-f",
            "json",
            "--strict",
        ];
        let ran = binary(home.path(), &args, &[]);
        let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        (ran.status.code(), json)
    };
    for (plan, meter, offered) in [
        ("pro", "realtime-log-lines=1M", false),
        ("premium", "realtime-log-lines=1M", false),
        ("pro", "origin-shield-requests.us-east-1=1M", false),
        ("premium", "origin-shield-requests.us-east-1=1M", true),
        ("free", "kv-store-reads=1M", false),
        ("pro", "kv-store-reads=1M", true),
        ("pay-as-you-go", "realtime-log-lines=1M", true),
    ] {
        let (code, json) = price(plan, meter);
        let place = format!("{plan} {meter}: {json}");
        assert_eq!(code, Some(if offered { 0 } else { 4 }), "{place}");
        assert_eq!(json["complete"], offered, "{place}");
        let id = meter.split(['=', '.']).next().unwrap();
        let cautions = json["cautions"].to_string();
        assert_eq!(cautions.contains(id), !offered, "{place}");
        assert_eq!(cautions.contains("https://docs.aws.amazon.com/"), !offered);
        let items = json["line_items"].as_array().unwrap();
        assert_eq!(items.last().unwrap()["cost"].is_null(), !offered, "{place}");
    }
}

#[test]
fn the_head_of_a_live_report_has_the_dates_of_what_was_looked_up() {
    let (catalog, snapshot) = (embedded::catalog().unwrap(), embedded::prices().unwrap());
    let services: Vec<String> = catalog.services.iter().map(|s| s.id.clone()).collect();
    let regions = ["us-east-1".to_owned()];
    let wanted = queries(Scope {
        catalog: &catalog,
        snapshot: &snapshot,
        services: &services,
        regions: &regions,
    });
    // Published before the newest part of the snapshot, DynamoDB a day later than the others.
    assert_eq!(snapshot.as_of, "2026-10-01");
    let documents = documents::all(&wanted, &snapshot).into_iter().map(|d| {
        let day = if d["serviceCode"] == "AmazonDynamoDB" {
            "2026-09-02"
        } else {
            "2026-09-01"
        };
        serde_json::from_str(&d.to_string().replace("2026-11-20", day)).unwrap()
    });
    let server = Server::new(documents.collect());
    let home = tempfile::tempdir().unwrap();
    let report = |form: &str| {
        let args = [
            "recommend",
            "examples/borderline/01-volume-b.yaml",
            "--prices",
            "live",
            "--price-list-url",
            &server.url,
            "-f",
            form,
        ];
        stdout(&binary(home.path(), &args, &KEYS))
    };
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let prices = &json["tool"]["prices"];
    assert_eq!(
        (&prices["origin"], &prices["oldest"], &prices["as_of"]),
        (
            &serde_json::json!("live"),
            &serde_json::json!("2026-09-01"),
            &serde_json::json!("2026-09-02")
        )
    );
    let notes = prices["notes"].to_string();
    assert!(
        notes.contains("the AWS price list (Query API), read at"),
        "{notes}"
    );
    // A line says where its own price is from: the list, or the snapshot for what no list has.
    let all = json["candidates"].as_array().unwrap();
    let kinds: std::collections::BTreeSet<(&str, bool)> = all
        .iter()
        .flat_map(|c| c["line_items"].as_array().unwrap())
        .filter_map(|l| l["origin"].as_object())
        .map(|o| {
            let early = o["as_of"].as_str().unwrap().starts_with("2026-09-0");
            (o["kind"].as_str().unwrap(), early)
        })
        .collect();
    assert!(kinds.contains(&("live", true)), "{kinds:?}");
    assert!(!kinds.contains(&("live", false)), "{kinds:?}");
    for form in ["text", "markdown", "html", "csv"] {
        // Without tags, the HTML says the same.
        let text: String = report(form)
            .split('<')
            .map(|part| part.split_once('>').map_or(part, |(_, after)| after))
            .collect();
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let both = [
            "live of 2026-09-01 to 2026-09-02,",
            "live, the oldest used of 2026-09-01",
            "live of 2026-09-02, the oldest of 2026-09-01,",
            ",live of 2026-09-01 to 2026-09-02",
        ];
        assert!(both.iter().any(|b| words.contains(b)), "{form}: {words}");
    }
    // A second run is from the cache, and says so with its age.
    let second: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let notes = second["tool"]["prices"]["notes"].to_string();
    assert!(
        notes.contains("from the cache of") && notes.contains("ago"),
        "{notes}"
    );
    assert_eq!(second["tool"]["prices"]["as_of"], "2026-09-02");
}

#[test]
fn offline_never_touches_the_network() {
    // Whatever connects to any address the program could ask is seen here.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let env = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", url.as_str()),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url.as_str()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str()),
        ("CACHEWRIGHT_PRICE_LIST_URL", url.as_str()),
        ("HTTP_PROXY", url.as_str()),
        ("HTTPS_PROXY", url.as_str()),
    ];
    let home = tempfile::tempdir().unwrap();
    let seen = || listener.accept().is_ok();
    let profile = "examples/borderline/01-volume-b.yaml";
    let out = home.path().display().to_string();
    for mode in ["live", "public"] {
        let check = format!("--{mode}");
        let stack = home.path().join(mode).display().to_string();
        let commands: [(&[&str], i32); 8] = [
            (&["recommend", profile, "--prices", mode], 0),
            (&["recommend", profile, "--prices", mode, "--strict"], 4),
            (
                &[
                    "price",
                    "s3-express",
                    "--region",
                    "us-east-1",
                    "get-requests=1M",
                    "--prices",
                    mode,
                ],
                0,
            ),
            (&["generate", profile, "-o", &stack, "--prices", mode], 0),
            (
                &["prices", "show", "--region", "us-east-1", "--prices", mode],
                0,
            ),
            (
                &["prices", "diff", "snapshot", mode, "--region", "us-east-1"],
                0,
            ),
            (
                &[
                    "prices",
                    "refresh",
                    "-o",
                    &out,
                    "--from",
                    mode,
                    "--region",
                    "us-east-1",
                ],
                4,
            ),
            (&["prices", "check", &check, "--region", "us-east-1"], 4),
        ];
        for (args, code) in commands {
            let args: Vec<&str> = args.iter().copied().chain(["--offline"]).collect();
            let ran = binary(home.path(), &args, &env);
            assert!(!seen(), "{args:?} touched the network");
            let said = String::from_utf8_lossy(&ran.stderr).into_owned();
            assert_eq!(ran.status.code(), Some(code), "{args:?}: {said}");
        }
        // The same without --offline is seen: the listener listens where the program asks.
        let args = [
            "prices",
            "show",
            "--region",
            "us-east-1",
            "--service",
            "s3-express",
            "--prices",
            mode,
            "--price-timeout",
            "1",
        ];
        let seen_online = std::thread::scope(|scope| {
            let running = scope.spawn(|| binary(home.path(), &args, &env));
            let mut any = false;
            while !running.is_finished() {
                // Accepted and closed at once, so that the program does not wait.
                any |= seen();
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            any
        });
        assert!(seen_online, "{mode}: nobody asked");
    }
}

#[test]
fn without_credentials_the_snapshot_is_used_and_said_and_strict_refuses() {
    let server = server(&["s3-express"], &["eu-west-1"]);
    let home = tempfile::tempdir().unwrap();
    let show = [
        "prices",
        "show",
        "--region",
        "eu-west-1",
        "--service",
        "s3-express",
        "--prices",
        "live",
        "--price-list-url",
        &server.url,
    ];
    let ran = binary(home.path(), &show, &[]);
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert_eq!(ran.status.code(), Some(0), "{said}");
    assert!(
        said.contains("no AWS credentials were found") && said.contains("the snapshot of 20"),
        "{said}"
    );
    let strict = binary(home.path(), &[&show[..], &["--strict"]].concat(), &[]);
    let said = String::from_utf8_lossy(&strict.stderr).into_owned();
    assert_eq!(strict.status.code(), Some(4), "{said}");
    assert!(said.contains("--prices public"), "{said}");
    let check = [
        "prices",
        "check",
        "--live",
        "--region",
        "eu-west-1",
        "--service",
        "s3-express",
        "--price-list-url",
        &server.url,
    ];
    assert_eq!(binary(home.path(), &check, &[]).status.code(), Some(6));
    assert_eq!(server.requests(), 0, "nothing is sent unsigned");
}

/// For people: `cargo nextest run --test pricing_commands --run-ignored only --no-capture`
/// serves both price lists until it is stopped, with every meter at the snapshot's price + 1 %.
#[test]
#[ignore = "serves the price lists by hand until it is stopped"]
fn serve_by_hand() {
    let catalog = embedded::catalog().unwrap();
    let services: Vec<&str> = catalog.services.iter().map(|s| s.id.as_str()).collect();
    let server = server(
        &services,
        &[
            "us-east-1",
            "us-west-2",
            "eu-west-1",
            "eu-central-1",
            "ap-northeast-1",
        ],
    );
    println!("--price-list-url {}", server.url);
    loop {
        std::thread::park();
    }
}
