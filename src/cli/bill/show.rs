//! The finding of `bill` as text and Markdown. No time of day: the same inputs give the same bytes.

use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::{Answer, Found};
use crate::domain::bill::{Also, Amount, BillVerdict, Compared, Remark, Told};
use crate::domain::money::{Usd, grouped, plain};
use crate::report::sections::Table;
use crate::report::text::{Layout, grid};
use crate::text::{markdown as escaped, one_line, plural, visible};

/// Rows of what is not the estimate's that a screen has room for.
const SHOWN: usize = 4;
/// What no meter of a bill says.
const UNTOLD: &str = "data.hit_ratio, data.ttl, peaks";

/// A quantity as people read it: whole where it is large, four digits where it is small.
fn quantity(value: Decimal) -> String {
    let rounded = if value.abs() >= Decimal::ONE_THOUSAND {
        value.round()
    } else {
        value.round_sf(4).unwrap_or(value)
    };
    grouped(&plain(rounded))
}

fn percent(share: Decimal) -> String {
    let percent = (share.abs() * Decimal::ONE_HUNDRED).round_dp(1);
    format!("{} %", plain(percent))
}

fn cost(amount: Option<Amount>) -> String {
    let cost = amount.and_then(|a| a.cost);
    cost.map_or("–".to_owned(), |c| c.to_string())
}

fn hours(found: &Found) -> String {
    let seen = plain(found.comparison.hours.round_dp(1));
    let whole = found.ledger.month_hours;
    let by = if found.comparison.hours_follow {
        ", by the minimum that was billed"
    } else {
        ""
    };
    format!("{seen} of {whole} hours{by}")
}

fn formats(found: &Found) -> String {
    let names: Vec<&str> = found.ledger.formats.iter().map(|f| f.name()).collect();
    names.join(" and ")
}

/// The comparison in a sentence.
fn sentence(found: &Found) -> String {
    let t = &found.totals;
    let Some(gap) = t.gap else {
        return "No meter of the estimate can be compared with this bill.".to_owned();
    };
    let difference = if (gap * Decimal::ONE_HUNDRED).round_dp(1).is_zero() {
        "the same".to_owned()
    } else if gap.is_sign_negative() {
        format!("{} less", percent(gap))
    } else {
        format!("{} more", percent(gap))
    };
    format!(
        "Of what both have, {} a month was estimated and {} billed in {}. For the estimate's month of 730 hours that is {}: {difference}.",
        t.estimated,
        t.billed,
        hours(found),
        t.monthly
    )
}

fn name(line: &Compared) -> String {
    match &line.region {
        Some(region) => format!("{} {region}", line.meter),
        None => line.meter.clone(),
    }
}

fn row(line: &Compared) -> Vec<String> {
    let monthly = line.monthly.map(|m| quantity(m.quantity));
    vec![
        name(line),
        quantity(line.estimated.quantity),
        monthly.unwrap_or_else(|| "–".to_owned()),
        cost(Some(line.estimated)),
        cost(line.monthly),
        line.verdict.word().to_owned(),
    ]
}

/// Quantities, then costs, each as estimated and as billed for the estimate's month.
const HEAD: [&str; 6] = [
    "Meter",
    ">Quantity",
    ">Billed",
    ">Cost",
    ">Billed",
    "Verdict",
];

/// What is to be said of a meter.
fn remarks(line: &Compared) -> Vec<String> {
    let meter = name(line);
    let mut out: Vec<String> = line
        .remarks
        .iter()
        .map(|r| remark(&meter, r, line))
        .collect();
    if line.verdict == BillVerdict::PriceDiffers && !line.remarks.contains(&Remark::CostOnly) {
        out.push(prices(&meter, line));
    }
    if line.verdict == BillVerdict::NotBilled
        && line.estimated.cost.is_some_and(|c| !c.cents().is_zero())
    {
        out.push(format!("{meter}: {}", elsewhere(line)));
    }
    out
}

/// Where to look for what the estimate has and the bill has not.
fn elsewhere(line: &Compared) -> &'static str {
    if line.meter.ends_with("-az-gb") || line.meter.starts_with("internet-egress") {
        "transfer is billed under the service that caused it, with the bytes of the whole account; narrow it with `--resource` or `--tag`"
    } else {
        "no row of the bill counts it: look for another Region, another account, or a resource that is not there"
    }
}

fn prices(meter: &str, line: &Compared) -> String {
    let [estimated, billed] = [Some(line.estimated), line.billed].map(|a| {
        let price = a.and_then(|a| a.unit_price());
        price.map_or("unknown".to_owned(), |p| {
            format!("${}", plain(p.round_sf(4).unwrap_or(p)))
        })
    });
    format!(
        "{meter}: a unit was billed at {billed}, estimated at {estimated}; look for a private rate (`--discount`) or a newer price list (`--prices public`)"
    )
}

fn remark(meter: &str, remark: &Remark, line: &Compared) -> String {
    match remark {
        Remark::Allowance => format!(
            "{meter}: billed below the list, as the free amounts of an account are; usage decides"
        ),
        Remark::Tier => format!("{meter}: at a tier that the account's total reaches"),
        Remark::Committed => format!(
            "{meter}: covered by a reservation or savings plan, so only its quantity is compared"
        ),
        Remark::Bare(region) => format!(
            "{meter}: the rows name no Region; usage types without a prefix are those of {region}"
        ),
        Remark::Assumed => format!("{meter}: its usage type is assumed, nobody published it"),
        Remark::OtherUnit(unit) => format!(
            "{meter}: the bill counts in `{}`, the meter in {}; shown, not compared",
            visible(unit),
            line.unit
        ),
        Remark::CostOnly => format!("{meter}: a fee, compared by its cost alone"),
        Remark::Price => prices(meter, line),
        Remark::Unpriced => {
            format!("{meter}: no unit price is known here, so only its quantity is compared")
        }
    }
}

/// Lines about one of the estimate's neighbours in the bill.
fn also(row: &Also) -> String {
    let what = match (&row.meter, &row.sku) {
        (Some(meter), _) => {
            let place = row
                .region
                .as_ref()
                .map_or(String::new(), |r| format!(" in {r}"));
            format!(" ({meter}{place}, not in the estimate)")
        }
        (None, Some(sku)) => format!(" (unknown-usage-type, SKU {})", visible(sku)),
        (None, None) => " (unknown-usage-type)".to_owned(),
    };
    format!(
        "{} {}: {}{what}",
        visible(&row.code),
        visible(&row.usage_type),
        cost(Some(row.billed))
    )
}

/// The least that an hour of a meter is billed, in words: `1 GB`.
fn floor(found: &Found, meter: &str) -> Option<String> {
    let minimum = found.comparison.minimum.as_ref()?;
    let (_, least) = minimum.floors.iter().find(|(id, _)| *id == meter)?;
    let line = found.comparison.meters.iter().find(|m| m.meter == meter)?;
    let amount = grouped(&plain(*least));
    Some(match line.unit.strip_suffix("-hour") {
        Some(unit) => format!("{amount} {unit}"),
        None => format!("{amount} {} an hour", line.unit),
    })
}

fn told(found: &Found, one: &Told) -> String {
    let path = one.field.path();
    let after = one.field.show_rounded(one.after);
    let before = one.field.show_rounded(one.before);
    if one.at_most {
        let billed = floor(found, &one.meter);
        let billed = billed.map_or(String::new(), |f| format!(", {f} as it is billed"));
        return format!(
            "{path} is at most {after}{billed}: the minimum is billed (the profile says {before})"
        );
    }
    let range = one.range.map_or(String::new(), |(low, high)| {
        let [low, high] = [low, high].map(|v| one.field.show_rounded(v));
        format!(", {low} to {high} by how many puts are fills")
    });
    format!("{path} is {after}, not {before}{range}")
}

/// A minimum limit that somebody set.
fn minimum(found: &Found) -> Option<String> {
    let minimum = found.comparison.minimum.as_ref()?;
    let month = minimum.cost.0.round();
    Some(format!(
        "A stated minimum limit costs ${} a month here: {} are billed while it is set, used or not.",
        grouped(&plain(month)),
        minimum.words
    ))
}

fn answer(answer: &Answer) -> String {
    let cost = answer
        .cost
        .map_or(String::new(), |c| format!(", {c} a month"));
    match (&answer.service, &answer.variant) {
        (Some(service), Some(variant)) => format!("{service} ({variant}){cost}"),
        (Some(service), None) => format!("{service}{cost}"),
        (None, _) => answer.outcome.to_owned(),
    }
}

/// What the refitted profile is answered.
fn decided(found: &Found) -> String {
    match &found.after {
        None => format!("The answer is {}.", answer(&found.before)),
        Some(after) if found.flips() => {
            format!(
                "With it the answer would be {}, not {}.",
                answer(after),
                answer(&found.before)
            )
        }
        Some(after) => format!("With it the answer is still {}.", answer(after)),
    }
}

/// Everything that stands below the table, in its order.
fn paragraphs(found: &Found) -> Vec<String> {
    let mut out: Vec<String> = found.comparison.meters.iter().flat_map(remarks).collect();
    if !found.comparison.also.is_empty() {
        let rows = &found.comparison.also;
        let sum: Usd = rows.iter().filter_map(|a| a.billed.cost).sum();
        let mut shown: Vec<String> = rows.iter().take(SHOWN).map(also).collect();
        if rows.len() > SHOWN {
            shown.push(format!("and {} more, in -f json", rows.len() - SHOWN));
        }
        out.push(format!("Also billed, {sum}: {}.", shown.join("; ")));
    }
    if !found.comparison.others.is_empty() {
        let rows = &found.comparison.others;
        let sum: Usd = rows.iter().map(|(_, cost)| *cost).sum();
        let shown = rows.iter().take(SHOWN);
        let shown: Vec<String> = shown
            .map(|(name, cost)| format!("{} {cost}", visible(name)))
            .collect();
        let more = if rows.len() > SHOWN { " and more" } else { "" };
        out.push(format!("Not ours, {sum}: {}{more}.", shown.join(", ")));
    }
    if !found.ledger.apart.is_empty() {
        let rows = found.ledger.apart.iter();
        let shown: Vec<String> = rows
            .map(|(kind, sum)| format!("{kind} {}", Usd(*sum)))
            .collect();
        let of = if found.filtered { ", of all rows" } else { "" };
        out.push(format!("Apart, never netted{of}: {}.", shown.join(", ")));
    }
    out.extend(minimum(found));
    if !found.refit.told.is_empty() {
        let told: Vec<String> = found.refit.told.iter().map(|t| told(found, t)).collect();
        out.push(format!(
            "The bill says: {}. Not told by a bill: {UNTOLD}.",
            told.join("; ")
        ));
    }
    for meter in &found.refit.untold {
        out.push(format!(
            "{meter}: no value of the profile bills that; the usage may be another workload's."
        ));
    }
    out.push(decided(found));
    out.extend(found.notes.iter().map(|n| format!("Note: {n}.")));
    out
}

/// The verdict of the gate.
fn gate(found: &Found) -> String {
    let most = percent(found.tolerance);
    match found.totals.gap {
        None => "gate: nothing is comparable".to_owned(),
        Some(gap) if gap.abs() > found.tolerance => {
            format!(
                "gate failed: the cost differs by {}, {most} is allowed",
                percent(gap)
            )
        }
        Some(_) if found.flips() => "gate failed: the bill gives another answer".to_owned(),
        Some(gap) => format!(
            "gate: the cost differs by {}, {most} is allowed",
            percent(gap)
        ),
    }
}

fn head(found: &Found) -> String {
    let filtered = if found.filtered {
        ", filtered rows"
    } else {
        ""
    };
    let accounts = match found.ledger.accounts {
        0 | 1 => String::new(),
        n => format!(", {n} accounts"),
    };
    let bad = match found.ledger.bad_lines {
        0 => String::new(),
        n => format!(", {} that cannot be read", plural(n, "row")),
    };
    format!(
        "{} in {}, {} ({}, {}{filtered}{accounts}{bad}), prices {}",
        found.service,
        found.region,
        found.ledger.month,
        formats(found),
        plural(found.ledger.lines, "row"),
        found.prices
    )
}

/// For a terminal.
pub(super) fn text(found: &Found, layout: Layout) -> String {
    let wrap = |text: &str, rest: &str| {
        let options = textwrap::Options::new(layout.width.max(40))
            .subsequent_indent(rest)
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(&one_line(text), options)
    };
    let title = format!("{}: {}", visible(&found.name), head(found));
    let mut out = format!("{}\n{}\n\n", wrap(&title, "  "), wrap(&sentence(found), ""));
    let table = Table::new(&HEAD, found.comparison.meters.iter().map(row));
    for line in grid(&table, layout.width).lines() {
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out.push('\n');
    for line in paragraphs(found) {
        let _ = writeln!(out, "{}", wrap(&line, "  "));
    }
    let _ = writeln!(out, "\n{}", gate(found));
    out
}

/// For a document or an issue.
pub(super) fn markdown(found: &Found) -> String {
    let mut out = format!(
        "## {}: the estimate and the bill\n\n{}\n\n**{}**\n\n",
        escaped(&found.name),
        escaped(&head(found)),
        escaped(&sentence(found))
    );
    out.push_str("| meter | quantity | billed | cost | billed | verdict |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
    for line in &found.comparison.meters {
        let cells: Vec<String> = row(line).iter().map(|c| escaped(c)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
    for line in paragraphs(found) {
        let _ = writeln!(out, "- {}", escaped(&one_line(&line)));
    }
    let _ = writeln!(out, "\n{}", escaped(&gate(found)));
    out
}
