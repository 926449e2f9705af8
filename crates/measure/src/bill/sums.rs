//! Rows added up by their words. The fast path is one look-up by the bytes of a row's words; what they mean is worked out
//! when they are seen first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use xxhash_rust::xxh64::Xxh64Builder;

use super::Options;
use super::amount::{Amount, parse};
use super::columns::{COLUMNS, Col, Format};
use crate::formats::fields::moment;

/// The cells of a row by [`Col`].
pub(super) type Cells<'a> = [&'a [u8]; COLUMNS];

/// Columns whose bytes say what a row is of.
const WORDS: &[Col] = &[
    Col::Month,
    Col::Kind,
    Col::Class,
    Col::Pricing,
    Col::UsageType,
    Col::Service,
    Col::Operation,
    Col::Unit,
    Col::Region,
    Col::Sku,
    Col::Currency,
];

/// Raw words that are remembered: a cache, so that the rest is only slower.
const REMEMBERED: usize = MOST;
/// Different sums of one bill, of services that anything is known of: the largest organisations have some thousand. What
/// they take is most of the memory of a run, whatever the size of the file.
const MOST: usize = 12_000;
/// Bad rows whose places are kept.
const KEPT: usize = 8;

/// What kind of row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    OnDemand,
    Committed,
    /// No usage: shown apart, never netted.
    Apart(&'static str),
}

/// What a sum is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Words {
    pub(super) month: String,
    pub(super) currency: String,
    pub(super) kind: Kind,
    pub(super) service: String,
    pub(super) usage_type: String,
    pub(super) operation: String,
    pub(super) unit: String,
    pub(super) region: String,
    pub(super) sku: String,
    pub(super) selected: bool,
}

/// A sum.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) quantity: Amount,
    pub(super) cost: Amount,
    /// Milliseconds: start of the first row, start of the last, end of the last where a column says.
    pub(super) span: Option<(i64, i64, Option<i64>)>,
    /// A row began at another time than midnight.
    pub(super) hourly: bool,
    /// A row is of more than a day: when in it, nobody says.
    pub(super) long: bool,
}

/// Everything read so far.
#[derive(Default)]
pub(super) struct Sums {
    raw: HashMap<Vec<u8>, usize, Xxh64Builder>,
    by_words: BTreeMap<Words, usize>,
    pub(super) all: Vec<Sum>,
    key: Vec<u8>,
    pub(super) accounts: BTreeSet<u64>,
    pub(super) lines: u64,
    pub(super) bad: u64,
    pub(super) bad_places: Vec<String>,
    pub(super) notes: BTreeSet<String>,
    /// The start of the last row, as text and as time.
    last_start: (Vec<u8>, Option<i64>),
}

impl Sums {
    /// Adds a row; why not, in words that show nothing of it.
    pub(super) fn push(
        &mut self,
        cells: &Cells<'_>,
        selected: bool,
        scales: [i32; 2],
        format: Format,
        options: &Options<'_>,
    ) -> Result<(), &'static str> {
        let at = self.place(cells, selected, format, options)?;
        let cost = parse(cells[Col::Cost as usize], scales[1]).ok_or("the cost is no number")?;
        let account = cells[Col::Account as usize];
        if !account.is_empty() {
            // A number that says no more than which are the same.
            self.accounts.insert(xxhash_rust::xxh64::xxh64(account, 0));
        }
        if !at.1 {
            return self.all[at.0].add(0, cost);
        }
        let quantity = match cells[Col::Quantity as usize] {
            // What was committed to and not used has a cost and no quantity.
            b"" if cells[Col::Pricing as usize] == b"Committed" => 0,
            text => parse(text, scales[0]).ok_or("the quantity is no number")?,
        };
        let start = self
            .start(cells[Col::Start as usize])
            .ok_or("the start is no time")?;
        let end = match cells[Col::End as usize] {
            b"" => None,
            text => Some(moment(text).ok_or("the end is no time")?),
        };
        let sum = &mut self.all[at.0];
        sum.add(quantity, cost)?;
        if quantity != 0 {
            sum.see(start, end);
        }
        Ok(())
    }

    /// The moment a row began; rows of the same hour stand together.
    fn start(&mut self, text: &[u8]) -> Option<i64> {
        if self.last_start.0 != text {
            self.last_start = (text.to_vec(), moment(text));
        }
        self.last_start.1
    }

    /// The sum of a row's words, and whether it is usage.
    fn place(
        &mut self,
        cells: &Cells<'_>,
        selected: bool,
        format: Format,
        options: &Options<'_>,
    ) -> Result<(usize, bool), &'static str> {
        self.key.clear();
        self.key.extend([u8::from(selected), format as u8]);
        for col in WORDS {
            self.key.extend_from_slice(cells[*col as usize]);
            self.key.push(0xff);
        }
        if let Some(packed) = self.raw.get(self.key.as_slice()) {
            return Ok((packed >> 1, packed & 1 == 1));
        }
        let words = words(cells, selected, format, options)?;
        let usage = !matches!(words.kind, Kind::Apart(_));
        let at = self.sum(words)?;
        if self.raw.len() < REMEMBERED {
            self.raw
                .insert(self.key.clone(), at << 1 | usize::from(usage));
        }
        Ok((at, usage))
    }

    /// The sum of words.
    pub(super) fn sum(&mut self, words: Words) -> Result<usize, &'static str> {
        if let Some(at) = self.by_words.get(&words) {
            return Ok(*at);
        }
        if self.all.len() == MOST {
            return Err("there are more than 12,000 different kinds of rows");
        }
        self.by_words.insert(words, self.all.len());
        self.all.push(Sum::default());
        Ok(self.all.len() - 1)
    }

    /// A row that cannot be read: its place and why.
    pub(super) fn reject(&mut self, file: &str, line: u64, why: &str) {
        self.bad += 1;
        if self.bad_places.len() < KEPT {
            self.bad_places.push(format!("`{file}` row {line}: {why}"));
        }
    }

    /// The sums themselves, in the order of their words.
    pub(super) fn into_sorted(self) -> impl Iterator<Item = (Words, Sum)> {
        let mut all = self.all;
        let sums = self.by_words.into_iter();
        sums.map(move |(words, at)| (words, std::mem::take(&mut all[at])))
    }

    /// Sums with their words, in the order of the words.
    pub(super) fn sorted(&self) -> impl Iterator<Item = (&Words, &Sum)> {
        self.by_words
            .iter()
            .map(|(words, at)| (words, &self.all[*at]))
    }
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

impl Sum {
    /// Adds amounts; no bill overflows.
    pub(super) fn add(&mut self, quantity: Amount, cost: Amount) -> Result<(), &'static str> {
        let sum = |a: Amount, b: Amount| a.checked_add(b).ok_or("the sum is too large");
        (self.quantity, self.cost) = (sum(self.quantity, quantity)?, sum(self.cost, cost)?);
        Ok(())
    }

    /// A row of usage began and ended then.
    pub(super) fn see(&mut self, start: i64, end: Option<i64>) {
        self.hourly |= start.rem_euclid(DAY) != 0;
        self.long |= end.is_some_and(|end| end - start > 25 * HOUR);
        self.span = Some(match self.span {
            None => (start, start, end),
            Some((first, last, ended)) => (first.min(start), last.max(start), ended.max(end)),
        });
    }
}

/// What the bytes of a row's words mean.
fn words(
    cells: &Cells<'_>,
    selected: bool,
    format: Format,
    options: &Options<'_>,
) -> Result<Words, &'static str> {
    let text = |col: Col| -> Result<String, &'static str> {
        let text = std::str::from_utf8(cells[col as usize]).map_err(|_| "it is not UTF-8 text")?;
        Ok(text.to_owned())
    };
    let month = moment(cells[Col::Month as usize]).ok_or("the month is no time")?;
    let kind = kind(cells, format);
    let mut out = Words {
        month: super::month::name(month),
        currency: text(Col::Currency)?,
        kind,
        service: text(Col::Service)?,
        usage_type: text(Col::UsageType)?,
        operation: text(Col::Operation)?,
        unit: text(Col::Unit)?,
        region: text(Col::Region)?,
        sku: text(Col::Sku)?,
        selected,
    };
    out.fold(options);
    Ok(out)
}

impl Words {
    /// Leaves out what nobody asks: of what is no usage all but the kind, of unknown services all but the name.
    pub(super) fn fold(&mut self, options: &Options<'_>) {
        let apart = matches!(self.kind, Kind::Apart(_));
        let other_month = options.month.as_ref().is_some_and(|m| *m != self.month);
        if apart || other_month {
            self.service.clear();
        }
        if apart || other_month || !(options.keep)(&self.service, &self.usage_type) {
            for word in [
                &mut self.usage_type,
                &mut self.operation,
                &mut self.unit,
                &mut self.region,
                &mut self.sku,
            ] {
                word.clear();
            }
        }
    }
}

/// Kinds of rows that are no usage, by their word in CUR 2.0 or FOCUS or Cost Explorer; what no list has is `other`.
const APART: &[(&str, &str)] = &[
    ("Credit", "credits"),
    ("Refund", "refunds"),
    ("Tax", "tax"),
    ("Fee", "fees"),
    ("RIFee", "fees"),
    ("SavingsPlanUpfrontFee", "fees"),
    ("SavingsPlanRecurringFee", "fees"),
    ("SavingsPlanNegation", "savings-plan-negations"),
    ("EdpDiscount", "discounts"),
    ("BundledDiscount", "discounts"),
    ("PrivateRateDiscount", "discounts"),
    ("Discount", "discounts"),
    ("Purchase", "purchases"),
    ("Adjustment", "adjustments"),
    ("Correction", "corrections"),
];

/// The kind of a row that is no usage.
pub(super) fn apart(word: &str) -> &'static str {
    let known = APART.iter().find(|(known, _)| *known == word);
    known.map_or("other", |(_, kind)| kind)
}

fn kind(cells: &Cells<'_>, format: Format) -> Kind {
    let word = std::str::from_utf8(cells[Col::Kind as usize]).unwrap_or_default();
    if format == Format::Cur {
        return match word {
            "Usage" => Kind::OnDemand,
            "DiscountedUsage" | "SavingsPlanCoveredUsage" => Kind::Committed,
            other => Kind::Apart(apart(other)),
        };
    }
    if !cells[Col::Class as usize].is_empty() {
        return Kind::Apart("corrections");
    }
    match (word, cells[Col::Pricing as usize]) {
        ("Usage", b"Committed") => Kind::Committed,
        ("Usage", _) => Kind::OnDemand,
        (other, _) => Kind::Apart(apart(other)),
    }
}
