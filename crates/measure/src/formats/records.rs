//! Tables whose columns have the names of a known log: CloudFront logs as Athena, Parquet and exports
//! name them, and S3 access logs as the table of AWS's documentation does.
//!
//! It reads rows of CSV; what the fields mean is in [`super::web`] and [`super::servers`].

use std::borrow::Cow;

use super::columns::{separator, split_text};
use super::delimited::cells;
use super::detect::{Plan, first_line};
use super::servers::S3Records;
use super::web::{self, Mapper};
use super::{Batch, Format, LineFormat, Reading, Reject};

/// Most fields of a record.
pub(crate) const FIELDS: usize = 20;

/// The fields of a record by the place that its log gives them; empty where there is none.
pub(crate) type Fields<'a> = [&'a [u8]; FIELDS];

/// Records of a known log.
pub(crate) trait Records: Send {
    /// The place of a field with this name.
    fn place(&self, name: &str) -> Option<usize>;

    /// Reads one.
    fn record(&mut self, fields: &Fields<'_>, batch: &mut Batch) -> Result<(), Reject>;

    /// The file ends.
    fn end(&mut self, batch: &mut Batch);
}

impl Records for Mapper {
    fn place(&self, name: &str) -> Option<usize> {
        // The documented table has the spelling that HTTP does not.
        web::field(name).map(|field| field as usize)
    }

    fn record(&mut self, fields: &Fields<'_>, batch: &mut Batch) -> Result<(), Reject> {
        let mut row: web::Row<'_> = [b""; web::NAMES.len()];
        let len = row.len();
        row.copy_from_slice(&fields[..len]);
        self.push_chosen(&mut row, batch)
    }

    fn end(&mut self, batch: &mut Batch) {
        self.finish(batch);
    }
}

/// The log whose records have fields of these names.
pub(crate) fn of_names(names: &[&str], reading: &Reading) -> Option<(Format, Box<dyn Records>)> {
    let has = |records: &dyn Records, needed: &[usize]| {
        let places: Vec<usize> = names.iter().filter_map(|n| records.place(n)).collect();
        needed.iter().all(|place| places.contains(place))
    };
    let web = Mapper::new(reading);
    let is_timed = has(
        &web,
        &[web::Field::Date as usize, web::Field::Time as usize],
    ) || has(&web, &[web::Field::Timestamp as usize])
        || has(&web, &[web::Field::TimestampMs as usize]);
    if is_timed && has(&web, &[web::Field::Stem as usize]) {
        let mut web = web;
        web.choose(names.iter().copied());
        return Some((Format::CloudfrontW3c, Box::new(web)));
    }
    let s3 = S3Records::new(reading);
    has(&s3, &S3Records::NEEDED).then(|| (Format::S3, Box::new(s3) as Box<dyn Records>))
}

/// How to read delimited text with such a header.
pub(crate) fn of_text(head: &[u8], reading: &Reading) -> Option<(Format, Plan)> {
    let line = first_line(head);
    let separator = separator(line);
    let names = split_text(&String::from_utf8_lossy(line), separator);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let (format, records) = of_names(&names, reading)?;
    let places = names.iter().map(|name| records.place(name)).collect();
    let table = Table {
        records,
        places,
        separator,
        header: line.to_vec(),
    };
    Some((format, Plan::Lines(Box::new(table))))
}

/// Rows of a table.
struct Table {
    records: Box<dyn Records>,
    /// For every column the place of its field.
    places: Vec<Option<usize>>,
    separator: u8,
    /// The line with the names; it may come again.
    header: Vec<u8>,
}

impl LineFormat for Table {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        if line.trim_ascii() == self.header {
            return Err(Reject::Skip("header lines"));
        }
        let mut all = cells(line, self.separator);
        let mut owned: [Cow<'_, [u8]>; FIELDS] = Default::default();
        for place in &self.places {
            let cell = all.next().ok_or(Reject::Bad("fewer cells than columns"))?;
            if let Some(place) = place {
                owned[*place] = cell;
            }
        }
        if all.next().is_some() {
            return Err(Reject::Bad("more cells than columns"));
        }
        let mut fields: Fields<'_> = [b""; FIELDS];
        for (field, text) in fields.iter_mut().zip(&owned) {
            *field = text;
        }
        self.records.record(&fields, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.records.end(batch);
    }
}
