//! The page that decides by itself, without a browser: its controls, its map, what it refuses.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

#[path = "html_support/mod.rs"]
mod html_support;

use std::collections::BTreeMap;

use cachewright_catalog as embedded;
use cachewright_core::decided::Look;
use cachewright_core::report::given::Given;
use cachewright_core::report::html::live::{Block, Blocks};
use cachewright_core::whatif::{Asked, Carried, Page, What};
use cachewright_core::workload::Override;
use html_support::root;
use serde_json::Value;

fn page_of(text: &str, sets: &[&str]) -> Result<Page, String> {
    let carried = Carried {
        profile: text.to_owned(),
        overrides: sets.iter().map(|s| Override::set(s)).collect(),
        name: "case".to_owned(),
        words: String::new(),
        sets: sets.iter().map(|s| (*s).to_owned()).collect(),
        file: Some("my cache.yaml".to_owned()),
        options: vec!["--no-free-tier".to_owned()],
        asked: Given {
            profile: Value::Null,
            prices: "snapshot".to_owned(),
            no_free_tier: true,
            strict_facts: false,
            partial_prices: false,
            discounts: vec!["dynamodb=10%".to_owned()],
            only: Vec::new(),
            brief: false,
            growth: None,
        },
        notes: Vec::new(),
    };
    Page::new(
        embedded::catalog().unwrap(),
        embedded::prices().unwrap(),
        carried,
    )
}

fn example(name: &str) -> String {
    std::fs::read_to_string(root().join(format!("examples/{name}.yaml"))).unwrap()
}

fn ask(page: &Page, set: &[String], what: What) -> Result<String, String> {
    let asked = Asked {
        set: set.to_vec(),
        map: Some(["traffic.reads".to_owned(), "data.item_size".to_owned()]),
    };
    page.ask(&asked, what)
}

fn step(page: &Page, set: &[String]) -> Value {
    serde_json::from_str(&ask(page, set, What::Step).unwrap()).unwrap()
}

/// Every text of every slider and every word of every choice is a value the reader of profiles takes, and the control
/// then stands where it was put.
#[test]
fn what_a_control_offers_is_taken() {
    let page = page_of(&example("product-pages"), &[]).unwrap();
    assert_eq!(page.controls().len(), 15);
    let mut taken = BTreeMap::new();
    for control in page.controls() {
        let words = control.choices.iter().map(|(word, _)| word);
        for (i, value) in control.values.iter().chain(words).enumerate() {
            let set = [format!("{}={value}", control.path)];
            // An item is not larger than the working set; a Region may lack nothing.
            let Ok(states) = page.state(&set) else {
                continue;
            };
            *taken.entry(control.path).or_insert(0) += 1;
            let state = &states[control.path];
            assert_eq!(state.text, *value, "{set:?}");
            assert!(!state.assumed, "{set:?}");
            assert!(control.values.is_empty() || state.at == Some(i), "{set:?}");
        }
    }
    for control in page.controls() {
        let all = control.values.len() + control.choices.len();
        assert!(all > 1, "{}: {all} values", control.path);
        assert!(
            taken[control.path] * 10 >= all * 9,
            "{}: {} of {all}",
            control.path,
            taken[control.path]
        );
    }
}

#[test]
fn a_step_says_what_the_report_says() {
    let page = page_of(&example("product-pages"), &["traffic.writes=0/s"]).unwrap();
    let set = [
        "traffic.reads=50000/s".to_owned(),
        "data.item_size=512 B".to_owned(),
    ];
    let (written, moved) = (step(&page, &[]), step(&page, &set));
    assert_ne!(written["answer"], moved["answer"]);
    let json: Value = serde_json::from_str(&ask(&page, &set, What::Json).unwrap()).unwrap();
    let service = json["recommendation"]["service"].as_str().unwrap();
    assert_eq!(service, "elasticache-serverless");
    assert!(moved["answer"].as_str().unwrap().contains("ElastiCache"));
    assert!(
        moved["html"]
            .as_str()
            .unwrap()
            .starts_with("<section id=\"r1-answer\"")
    );
    assert_eq!(
        moved["command"],
        "cachewright recommend --set traffic.writes=0/s --set traffic.reads=50000/s --set 'data.item_size=512 B' 'my cache.yaml' --no-free-tier"
    );
    let redraw: Value = serde_json::from_str(&ask(&page, &set, What::Redraw).unwrap()).unwrap();
    let html = redraw["html"].as_str().unwrap();
    assert!(html.starts_with("<main id=\"main\">") && !html.contains("<style"));
    // The section of a step is that of the whole report.
    let whole = ask(&page, &set, What::Page).unwrap();
    assert!(whole.contains(moved["html"].as_str().unwrap().trim()));
    let flips = redraw["flips"].as_object().unwrap();
    assert!(!flips.is_empty());
    for (path, all) in flips {
        for flip in all.as_array().unwrap() {
            let text = flip["text"].as_str().unwrap();
            assert!(
                text.starts_with("below ") || text.starts_with("above "),
                "{path}: {text}"
            );
        }
    }
}

/// The saved profile decides as the case does, and keeps its name.
#[test]
fn a_saved_profile_is_the_case() {
    let page = page_of(&example("product-pages"), &[]).unwrap();
    let set = [
        "traffic.reads=9000/s".to_owned(),
        "region=us-east-1".to_owned(),
    ];
    let saved = page_of(&ask(&page, &set, What::Profile).unwrap(), &[]).unwrap();
    let answer = |page: &Page, set: &[String]| {
        let json: Value = serde_json::from_str(&ask(page, set, What::Brief).unwrap()).unwrap();
        (
            json["recommendation"].clone(),
            json["profile"]["name"].clone(),
        )
    };
    assert_eq!(answer(&page, &set), answer(&saved, &[]));
}

#[test]
fn the_map_has_a_ring_where_the_case_is_and_keeps_its_letters() {
    let page = page_of(&example("product-pages"), &[]).unwrap();
    let map = ask(&page, &[], What::Map).unwrap();
    assert!(map.contains("now-dot") && map.contains("<b>A</b>"), "{map}");
    let moved = ask(&page, &["region=us-east-1".to_owned()], What::Map).unwrap();
    let key = |map: &str, letter: char| {
        let mark = format!("<b>{letter}</b> ");
        map.split(&mark)
            .nth(1)
            .map(|t| t.split('<').next().unwrap().to_owned())
    };
    for letter in ['A', 'B', 'C'] {
        if let (Some(a), Some(b)) = (key(&map, letter), key(&moved, letter)) {
            assert_eq!(a, b);
        }
    }
    for axes in [
        ["traffic.reads", "traffic.reads"],
        ["region", "latency"],
        ["a", "b"],
    ] {
        let asked = Asked {
            set: Vec::new(),
            map: Some(axes.map(str::to_owned)),
        };
        assert!(page.ask(&asked, What::Map).is_err(), "{axes:?}");
    }
}

#[test]
fn a_case_that_cannot_be_is_refused_in_a_sentence() {
    let page = page_of(&example("product-pages"), &[]).unwrap();
    for set in [
        "traffic.reads=many",
        "reads",
        "data.item_size=<b>",
        "region=nowhere",
        "=",
        "x.y=1",
    ] {
        let refused = ask(&page, &[set.to_owned()], What::Step).unwrap_err();
        assert!(
            !refused.is_empty() && !refused.contains('\n'),
            "{set}: {refused}"
        );
    }
    assert!(page_of("version: 1", &[]).is_err());
}

/// Whatever stands in the profile, no block of the page ends early, and no script is in it but its own.
#[test]
fn a_hostile_profile_stays_text_in_the_page() {
    let hostile = example("product-pages").replace(
        "name: product-pages",
        "name: \"</script><script>alert(1)</script><!--\"",
    );
    let page = page_of(&hostile, &[]).unwrap();
    let decided = page.decide(page.resolve(&[]).unwrap(), &[], Look::Everything);
    let block = || Block::of(b"0");
    let blocks = Blocks {
        engine: block(),
        catalog: block(),
        prices: block(),
        report: block(),
    };
    let html = page.live(&decided, blocks).unwrap();
    assert_eq!(html.matches("<script").count(), 6);
    assert_eq!(html.matches("</script>").count(), 6);
    assert!(!html.contains("<!--") && !html.contains(" style="));
    assert!(html.contains("&#39;wasm-unsafe-eval&#39;"));
    assert!(!html.contains("unsafe-inline"));
    assert!(html.contains("your discounts (dynamodb=10%)"));
}
