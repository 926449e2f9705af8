//! The answer of `aws ce get-cost-and-usage`: groups by service and usage type, or by kind of row.
//!
//! An answer does not say which filter it had. What only an answer without one has, a tax or a negative amount among usage, is
//! refused; kinds of rows come from an answer that is grouped by `RECORD_TYPE`.
//!
//! What the groups mean may stand after them, so an answer is read twice: for its head, then one period after the other.

use std::io::{self, BufReader, Read};

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::amount::parse;
use super::fault;
use super::guard::{self, Guard, Rows};
use super::sums::{Kind, Sums, Words, apart};
use crate::fault::Fault;
use crate::formats::fields::moment;
use crate::input::{Input, Meter, open};

/// Largest answer that is read from a pipe, which has no second reading.
const PIPED: u64 = 8 << 20;
/// Largest period: some ten thousand groups.
const PERIOD: u64 = 16 << 20;
const HELP: &str = "`cachewright bill --emit-query ce` prints the command";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    #[serde(default)]
    group_definitions: Vec<Definition>,
    results_by_time: Vec<IgnoredAny>,
    next_page_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    key: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Period {
    time_period: Interval,
    #[serde(default)]
    groups: Vec<Group>,
    #[serde(default)]
    estimated: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Interval {
    start: String,
    end: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Group {
    keys: Vec<String>,
    metrics: Metrics,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metrics {
    unblended_cost: Option<Metric>,
    usage_quantity: Option<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metric {
    amount: String,
    #[serde(default)]
    unit: String,
}

/// Where the keys of a group stand.
struct Keys {
    service: Option<usize>,
    usage_type: Option<usize>,
    record: Option<usize>,
}

/// Reads an answer; `once` is all of it.
pub(super) fn read(input: &Input, once: impl Read, sums: &mut Sums) -> anyhow::Result<()> {
    let file = input.name();
    // Neither a pipe nor what a shell puts in the place of a file can be read again.
    let kept = match input.size() {
        Some(_) => None,
        None => Some(piped(&file, once)?),
    };
    let again = |most: u64| -> anyhow::Result<Guard<Box<dyn Read + '_>>> {
        let meter = Meter::default();
        let source: Box<dyn Read + '_> = match &kept {
            Some(bytes) => {
                meter.add(bytes.len() as u64);
                Box::new(bytes.as_slice())
            }
            None => open(input, &meter)?,
        };
        Ok(guard::ratio(source, &meter).of("period", most))
    };
    let keys = head(&file, again(u64::MAX)?)?;
    let source = again(PERIOD)?;
    let rows = source.rows();
    let mut refused = None;
    let seed = Answer(Each {
        file: &file,
        keys: &keys,
        sums,
        rows: &rows,
        refused: &mut refused,
    });
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(source));
    let read = seed.deserialize(&mut json).and_then(|()| json.end());
    match (refused, read) {
        (Some(why), _) => Err(why.into()),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => Err(unparsed(&file, &error).into()),
    }
}

fn piped(file: &str, source: impl Read) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = source.take(PIPED + 1).read_to_end(&mut bytes);
    read.map_err(|e| super::damaged(file, &e))?;
    if bytes.len() as u64 > PIPED {
        let text = format!("`{file}` is larger than 8 MiB");
        return Err(fault(
            "bill-format",
            text,
            "name the file instead of a pipe",
        ));
    }
    Ok(bytes)
}

/// The error of the parser quotes the text: its place is enough.
fn unparsed(file: &str, error: &serde_json::Error) -> Fault {
    if error.is_io() {
        return super::damaged(file, &io::Error::other(error.to_string()));
    }
    let text = format!(
        "`{file}` is no answer of Cost Explorer: line {}, column {}",
        error.line(),
        error.column()
    );
    fault("bill-format", text, HELP)
}

/// What the groups of an answer are, from all but the groups.
fn head(file: &str, source: impl Read) -> Result<Keys, Fault> {
    let head: Head =
        serde_json::from_reader(BufReader::new(source)).map_err(|error| unparsed(file, &error))?;
    if head.next_page_token.is_some() {
        let text = format!("`{file}` is one page of several");
        return Err(fault(
            "bill-pages",
            text,
            "let `aws ce` follow the pages, or join them",
        ));
    }
    keys(file, &head)
}

/// Adds the periods of an answer up while they are read.
struct Each<'a> {
    file: &'a str,
    keys: &'a Keys,
    sums: &'a mut Sums,
    rows: &'a Rows,
    /// What is wrong with a period; the parser only knows that there is something.
    refused: &'a mut Option<Fault>,
}

struct Answer<'a>(Each<'a>);

impl<'de> DeserializeSeed<'de> for Answer<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Answer<'_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("an answer of Cost Explorer")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "ResultsByTime" {
                map.next_value_seed(&mut self.0)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Each<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for &mut Each<'_> {
    type Value = ();

    fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("periods")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(period) = seq.next_element::<Period>()? {
            self.rows.end();
            if let Err(why) = add_period(self.file, &period, self.keys, self.sums) {
                *self.refused = Some(why);
                return Err(serde::de::Error::custom("a period cannot be added"));
            }
        }
        Ok(())
    }
}

fn keys(file: &str, answer: &Head) -> Result<Keys, Fault> {
    let place = |key: &str| answer.group_definitions.iter().position(|d| d.key == key);
    let keys = Keys {
        service: place("SERVICE"),
        usage_type: place("USAGE_TYPE"),
        record: place("RECORD_TYPE"),
    };
    let usage = keys.service.is_some() && keys.usage_type.is_some();
    // An answer without a period is one without rows, whatever it was grouped by.
    if usage || keys.record.is_some() || answer.results_by_time.is_empty() {
        return Ok(keys);
    }
    let text = format!("`{file}` is not grouped by SERVICE and USAGE_TYPE, nor by RECORD_TYPE");
    Err(fault("bill-groups", text, HELP))
}

fn unread(file: &str, what: &str) -> Fault {
    let text = format!("`{file}`: {what} cannot be read");
    fault("bill-format", text, HELP)
}

fn add_period(file: &str, period: &Period, keys: &Keys, sums: &mut Sums) -> Result<(), Fault> {
    let [start, end] = [&period.time_period.start, &period.time_period.end]
        .map(|t| moment(t.as_bytes()).ok_or_else(|| unread(file, "a time period")));
    let span = (start?, end?);
    if period.estimated {
        let month = super::month::name(span.0);
        let note = format!("{month} is estimated: the month is not closed");
        sums.notes.insert(note);
    }
    for group in &period.groups {
        sums.lines += 1;
        add_group(file, group, keys, span, sums)?;
    }
    Ok(())
}

fn add_group(
    file: &str,
    group: &Group,
    keys: &Keys,
    (start, end): (i64, i64),
    sums: &mut Sums,
) -> Result<(), Fault> {
    let key = |at: Option<usize>| at.and_then(|i| group.keys.get(i)).cloned();
    let cost = group.metrics.unblended_cost.as_ref();
    let cost = cost.ok_or_else(|| unread(file, "UnblendedCost of a group"))?;
    let amount = parse(cost.amount.as_bytes(), 0).ok_or_else(|| unread(file, "a cost"))?;
    let kind = match key(keys.record).as_deref() {
        Some("Usage") | None => Kind::OnDemand,
        Some(word) => Kind::Apart(apart(word)),
    };
    let mut words = Words {
        month: super::month::name(start),
        currency: cost.unit.clone(),
        kind,
        service: String::new(),
        usage_type: String::new(),
        operation: String::new(),
        unit: String::new(),
        region: String::new(),
        sku: String::new(),
        selected: true,
    };
    let mut quantity = 0;
    if kind == Kind::OnDemand {
        let (Some(service), Some(usage_type)) = (key(keys.service), key(keys.usage_type)) else {
            // The same usage again, without its types: it stands in the other answer.
            return Ok(());
        };
        if amount < 0 || service == "Tax" {
            return Err(unfiltered(file));
        }
        let used = group.metrics.usage_quantity.as_ref();
        let used = used.ok_or_else(|| unread(file, "UsageQuantity of a group"))?;
        quantity = parse(used.amount.as_bytes(), 0).ok_or_else(|| unread(file, "a quantity"))?;
        (words.service, words.usage_type) = (service, usage_type);
        // `N/A` is what Cost Explorer says where it cannot add units up.
        words.unit = Some(used.unit.clone())
            .filter(|u| u != "N/A")
            .unwrap_or_default();
    }
    let at = sums.sum(words).map_err(|why| unread(file, why))?;
    let sum = &mut sums.all[at];
    sum.add(quantity, amount).map_err(|why| unread(file, why))?;
    if quantity != 0 {
        sum.see(start, Some(end));
    }
    Ok(())
}

fn unfiltered(file: &str) -> Fault {
    let text = format!(
        "`{file}` mixes taxes, credits or refunds into usage: it was asked without a filter"
    );
    fault(
        "bill-unfiltered",
        text,
        "add the filter on RECORD_TYPE: `cachewright bill --emit-query ce` prints it",
    )
}
