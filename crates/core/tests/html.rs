//! The HTML report: every number equals the JSON, hostile text stays text, policy, size and time.
#![allow(clippy::unwrap_used, reason = "a test stops on any fault")]

mod html_support;

use std::collections::BTreeSet;
use std::str::FromStr;

use cachewright_core::domain::units::{Duration, Quantity};
use html_support::{Case, hostile, ids, measured, oracle, root};
use rust_decimal::Decimal;
use serde_json::Value;

/// `<data value data-p>text</data>` of a page.
struct Shown {
    value: String,
    pointers: Vec<String>,
    text: String,
}

fn shown(page: &str) -> Vec<Shown> {
    let mut out = Vec::new();
    for piece in page.split("<data value=\"").skip(1) {
        let (value, rest) = piece.split_once("\" data-p=\"").unwrap();
        let (pointers, rest) = rest.split_once("\">").unwrap();
        let (text, _) = rest.split_once("</data>").unwrap();
        out.push(Shown {
            value: plain(value),
            pointers: plain(pointers).split(' ').map(str::to_owned).collect(),
            text: plain(text),
        });
    }
    out
}

/// Character references back to characters.
fn plain(html: &str) -> String {
    let mut text = html.to_owned();
    for (entity, c) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#x2F;", "/"),
        ("&#x2f;", "/"),
        ("&amp;", "&"),
    ] {
        text = text.replace(entity, c);
    }
    text
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::String(s) => Decimal::from_str(s).ok(),
        Value::Number(n) => Decimal::from_str(&n.to_string()).ok(),
        _ => None,
    }
}

/// A quantity with its unit: the same text, or the same unit and the number to three digits.
fn quantity_equal(json: &str, shown: &str) {
    if json == shown {
        return;
    }
    let split = |text: &str| {
        let end = text
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(text.len());
        (Decimal::from_str(&text[..end]).ok(), text[end..].to_owned())
    };
    let ((exact, unit), (rounded, shown_unit)) = (split(json), split(shown));
    assert_eq!(unit, shown_unit, "{json} shown as {shown}");
    let exact = exact.unwrap();
    assert!(
        (exact - rounded.unwrap()).abs() <= exact * Decimal::new(5, 3),
        "{json} shown as {shown}"
    );
}

/// The shown number is the JSON's, rounded to the digits shown and no further.
fn check(json: &Value, s: &Shown) {
    let values: Vec<&Value> = s
        .pointers
        .iter()
        .map(|p| {
            json.pointer(p)
                .unwrap_or_else(|| panic!("no {p} in the JSON"))
        })
        .collect();
    if s.pointers[0].starts_with("/stability") {
        quantity_equal(values[0].as_str().unwrap(), &s.text);
        return;
    }
    let numbers: Option<Vec<Decimal>> = values.iter().map(|v| number(v)).collect();
    let Some(numbers) = numbers else {
        quantity_equal(values[0].as_str().unwrap(), &s.text);
        return;
    };
    let total: Decimal = numbers.iter().sum();
    assert_eq!(
        Decimal::from_str(&s.value).unwrap(),
        total.normalize(),
        "{:?}",
        s.pointers
    );
    if s.pointers[0].ends_with("_ms") {
        let shown = Duration::from_str(&s.text).unwrap().value();
        assert!(
            (shown - total).abs() <= total * Decimal::new(5, 3),
            "{} for {total}",
            s.text
        );
        return;
    }
    let digits: String = s
        .text
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | '-'))
        .collect();
    let read = Decimal::from_str(&digits).unwrap_or_else(|_| panic!("`{}` is no number", s.text));
    let half = Decimal::new(5, read.scale() + 1);
    assert!(
        (read - total).abs() <= half,
        "{} for {total} at {:?}",
        s.text,
        s.pointers
    );
    assert!(
        !read.is_zero() || total.is_zero() || total.abs() < Decimal::new(5, 3),
        "{total} shown as zero"
    );
}

/// Text of the page without numbers that were checked, without axis labels, counters and commands.
fn rest(page: &str) -> String {
    let mut text = page
        .split_once("<main")
        .unwrap()
        .1
        .split_once("</main>")
        .unwrap()
        .0
        .to_owned();
    for (open, close) in [
        ("<data ", "</data>"),
        ("<pre", "</pre>"),
        ("<a class=\"ref\"", "</a>"),
        ("<text class=\"tick", "</text>"),
    ] {
        while let Some(from) = text.find(open) {
            let to = from + text[from..].find(close).unwrap() + close.len();
            text.replace_range(from..to, " ");
        }
    }
    let mut out = String::new();
    let mut tag = false;
    for c in text.chars() {
        match c {
            '<' => tag = true,
            '>' => {
                tag = false;
                out.push(' ');
            }
            c if !tag => out.push(c),
            _ => {}
        }
    }
    plain(&out)
}

fn tokens(text: &str) -> BTreeSet<String> {
    let pieces = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ','));
    pieces
        .map(|p| p.trim_matches(['.', ',']).to_owned())
        .filter(|p| p.chars().any(|c| c.is_ascii_digit()))
        .collect()
}

fn numbers_equal(case: &Case) -> usize {
    let (page, json) = (case.page(), case.json());
    let all = shown(&page);
    all.iter().for_each(|s| check(&json, s));
    // What the first screen says is held against the JSON in `short.rs`.
    let mut known = tokens(&json.to_string());
    known.extend(tokens(&case.short()));
    let strange: Vec<String> = tokens(&rest(&page)).difference(&known).cloned().collect();
    assert!(
        strange.is_empty(),
        "{}: numbers on the page that the JSON does not have: {strange:?}",
        case.profile.name
    );
    all.len()
}

#[test]
fn every_number_equals_the_json() {
    let mut checked = 0;
    for id in ids() {
        checked += numbers_equal(&oracle(&id));
    }
    checked += numbers_equal(&measured());
    assert!(checked > 5000, "only {checked} numbers were looked at");
}

#[test]
fn a_wrong_number_is_noticed() {
    let case = measured();
    let json = case.json();
    let mut one = shown(&case.page())
        .into_iter()
        .find(|s| s.pointers[0].ends_with("monthly_cost/expected"))
        .unwrap();
    one.text = one.text.replacen(|c: char| c.is_ascii_digit(), "", 1);
    assert!(std::panic::catch_unwind(|| check(&json, &one)).is_err());
}

#[test]
fn the_contract_sections_stand_in_order() {
    let page = measured().page();
    let ids = [
        "answer",
        "cost",
        "why",
        "changes",
        "candidates",
        "lines",
        "ruled-out",
        "cautions",
        "assumptions",
        "next",
        "sources",
        "profile",
    ];
    let places: Vec<usize> = ids
        .iter()
        .map(|id| {
            page.find(&format!("<section id=\"r1-{id}\""))
                .unwrap_or_else(|| panic!("no {id}"))
        })
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(page.contains("cachewright recommend product-pages.yaml -f html -o report.html"));
}

#[test]
fn hostile_text_is_text() {
    let page = hostile().page();
    assert_eq!(
        page.matches("<script").count(),
        1,
        "a script of the profile"
    );
    assert_eq!(page.matches("<style").count(), 1);
    for bad in [
        "<img",
        "<b>bold",
        "onload=\"",
        "\u{202e}",
        "\u{202c}",
        "\u{1b}",
        "\u{7}",
        "<!--",
    ] {
        assert!(!page.contains(bad), "{bad:?}");
    }
    assert!(
        !page.contains(">49<") && page.contains("{{ 7*7 }}"),
        "a template in a name was run"
    );
    assert!(
        page.contains("\u{5e9}\u{5dc}\u{5d5}\u{5dd}"),
        "letters of other scripts stay"
    );
    assert!(page.contains("\\u{202e}"), "direction characters are shown");
    assert!(
        page.contains("&#39;$(touch x)") || page.contains("&#x27;$(touch x)"),
        "the file name is quoted in commands"
    );
}

#[test]
fn nothing_is_loaded_from_anywhere() {
    for case in [measured(), hostile(), oracle("W01")] {
        let page = case.page();
        assert!(
            page.contains("default-src &#39;none&#39;")
                || page.contains("default-src &#x27;none&#x27;"),
            "no policy"
        );
        assert!(!page.contains("unsafe-"), "a weak policy");
        let tags: String = page
            .split('<')
            .skip(1)
            .filter_map(|t| t.split_once('>'))
            .flat_map(|(tag, _)| ["<", tag, ">"])
            .collect();
        for bad in [
            " src=",
            "@import",
            "<link",
            "<iframe",
            "<object",
            "<base",
            "http-equiv=\"refresh",
            " style=\"",
        ] {
            assert!(!tags.contains(bad), "{bad}");
        }
        let urls = page.matches("url(").count();
        assert_eq!(urls, page.matches("url(#").count(), "a style that loads");
        for link in page.split("href=\"").skip(1) {
            let target = plain(&link[..link.find('"').unwrap()]);
            assert!(
                target.starts_with('#') || target.starts_with("https://"),
                "{target}"
            );
        }
    }
}

#[test]
fn ids_are_unique_and_anchors_exist() {
    let (a, b) = (measured(), oracle("W01"));
    let page = a.with(|a| {
        b.with(|b| {
            cachewright_core::report::html::render(&[
                cachewright_core::report::html::Entry::new(a),
                cachewright_core::report::html::Entry::new(b),
            ])
            .unwrap()
        })
    });
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|p| &p[..p.find('"').unwrap()])
        .collect();
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len());
    for anchor in page
        .split("href=\"#")
        .skip(1)
        .map(|p| &p[..p.find('"').unwrap()])
    {
        assert!(unique.contains(anchor), "#{anchor} leads nowhere");
    }
}

#[test]
fn small_and_the_same_every_time() {
    for case in [measured(), oracle("W03"), hostile()] {
        let page = case.page_with_charts();
        assert!(page.len() <= 500 * 1024, "{} bytes", page.len());
        assert_eq!(page, case.page_with_charts());
    }
}

/// The parts of every bar of a cost chart: the label and the style it is drawn with.
fn legend(page: &str) -> Vec<(String, String)> {
    let (_, chart) = page.split_once("<figure class=\"costs\"").unwrap();
    let (chart, _) = chart.split_once("</figure>").unwrap();
    let items = chart.split("<li data-k=\"").skip(1).map(|item| {
        let (style, rest) = item.split_once('"').unwrap();
        assert!(rest.contains(&format!("fill{style}\"")), "{item}");
        let label = rest.split_once("</svg> ").unwrap().1;
        let label = label.split(" <").next().unwrap();
        (plain(label), style.to_owned())
    });
    items.collect()
}

#[test]
fn a_meter_has_one_colour_in_all_bars_and_no_two_share_it() {
    let mut shared = 0;
    for case in ids().iter().map(|id| oracle(id)).chain([measured()]) {
        let page = case.page();
        if !page.contains("<figure class=\"costs\"") {
            continue;
        }
        let parts = legend(&page);
        let mut of: std::collections::BTreeMap<&str, BTreeSet<&str>> = Default::default();
        for (label, style) in &parts {
            // Two words for one thing: reads of the origin, with and without a cache.
            let label = if label.starts_with("the origin") {
                "origin reads that remain"
            } else {
                label
            };
            of.entry(style).or_default().insert(label);
        }
        let styles: BTreeSet<_> = parts.iter().collect();
        let labels: BTreeSet<_> = parts.iter().map(|p| &p.0).collect();
        assert_eq!(
            styles.len(),
            labels.len(),
            "{}: a label with two styles",
            case.file
        );
        assert!(
            of.values().all(|labels| labels.len() == 1),
            "{}: {of:?}",
            case.file
        );
        shared += usize::from(parts.len() > labels.len());
    }
    assert!(shared > 3, "no case has one meter in two bars");
}

/// Colours are told from what is around them at 3 : 1 (WCAG 1.4.11), and all but one have a texture.
#[test]
fn colours_of_charts_stand_out_in_light_dark_and_print() {
    let css = cachewright_templates::text("report/report.css");
    let blocks: Vec<&str> = css
        .split(":root{")
        .skip(1)
        .map(|b| b.split('}').next().unwrap())
        .collect();
    assert_eq!(blocks.len(), 3, "light, dark and print");
    let colour = |block: &str, name: &str| {
        // What print does not say is as in light.
        let key = format!("--{name}:#");
        let said = block
            .split_once(&key)
            .or_else(|| blocks[0].split_once(&key));
        let (_, rest) = said.unwrap_or_else(|| panic!("{name} in {block}"));
        let hex: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        let hex = if hex.len() == 3 {
            hex.chars().flat_map(|c| [c, c]).collect()
        } else {
            hex
        };
        u32::from_str_radix(&hex, 16).unwrap()
    };
    for block in &blocks {
        for style in 1..=10 {
            for ground in ["paper", "card", "track"] {
                let ratio = contrast(colour(block, &format!("s{style}")), colour(block, ground));
                assert!(ratio >= 3.0, "s{style} on {ground}: {ratio:.2} in {block}");
            }
        }
    }
    for style in [2, 3, 4, 6, 7, 8, 9, 10] {
        assert!(
            css.contains(&format!(".fill{style}{{fill:url(#p{style})}}")),
            "{style} has no texture"
        );
    }
}

#[allow(
    clippy::disallowed_types,
    reason = "a ratio of light, as WCAG defines it"
)]
fn contrast(a: u32, b: u32) -> f64 {
    let channel = |c: u32, shift: u32| {
        let v = f64::from((c >> shift) & 0xff) / 255.0;
        if v <= 0.04045 {
            v / 12.92
        } else {
            ((v + 0.055) / 1.055).powf(2.4)
        }
    };
    let light = |c| 0.2126 * channel(c, 16) + 0.7152 * channel(c, 8) + 0.0722 * channel(c, 0);
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    a.max(b) / a.min(b)
}

/// The profile at the end of the page can be saved and asked again: the same answer, byte for byte where rates are stated.
#[test]
fn the_profile_on_the_page_asks_the_same_question() {
    let cases = ids().iter().map(|id| oracle(id)).collect::<Vec<_>>();
    for case in cases.iter().chain([&measured(), &hostile()]) {
        let page = case.page();
        let (_, rest) = page.split_once("aria-label=\"Profile of report ").unwrap();
        let (_, rest) = rest.split_once('>').unwrap();
        let text = plain(rest.split_once("</pre>").unwrap().0);
        let again = html_support::decide(&text, &case.file);
        let (again, first) = (again.json(), case.json());
        if !case.profile.traffic.totals.is_empty() {
            // Totals per day or month stand on the page as rates per second of six digits.
            assert_eq!(again["outcome"], first["outcome"], "{}", case.file);
            let service = |json: &Value| json["recommendation"]["service"].clone();
            assert_eq!(service(&again), service(&first), "{}", case.file);
            continue;
        }
        assert_eq!(again, first, "{}", case.file);
    }
}

/// Pages to look at: `CACHEWRIGHT_PAGES=DIR cargo test --test html write_pages`.
#[test]
fn write_pages() {
    let Some(dir) = std::env::var_os("CACHEWRIGHT_PAGES") else {
        return;
    };
    let dir = root().join(dir);
    for id in ids() {
        std::fs::write(dir.join(format!("{id}.html")), oracle(&id).page()).unwrap();
    }
    std::fs::write(dir.join("charts.html"), measured().page_with_charts()).unwrap();
    std::fs::write(dir.join("hostile.html"), hostile().page()).unwrap();
}
