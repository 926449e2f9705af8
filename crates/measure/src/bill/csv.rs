//! CUR 2.0 and FOCUS as CSV: quoted fields may hold commas, quotes and line breaks.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use super::columns::{COLUMNS, Col, Format};
use super::guard::Guard;
use super::sums::{Cells, Sums};
use super::{Options, damaged, layout};

/// Bytes read at once.
const BUFFER: usize = 1 << 16;

/// Reads a file.
pub(super) fn read<R: Read>(
    file: &str,
    source: Guard<R>,
    options: &Options<'_>,
    sums: &mut Sums,
) -> anyhow::Result<Format> {
    let rows = source.rows();
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(source);
    let mut record = ByteRecord::new();
    let failed = |e: csv::Error| match e.into_kind() {
        csv::ErrorKind::Io(e) => damaged(file, &e),
        _ => damaged(file, &std::io::Error::other("it is not CSV")),
    };
    reader.read_byte_record(&mut record).map_err(failed)?;
    let names: Vec<String> = record.iter().map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let layout = layout(file, &names, options)?;
    let (columns, width) = (layout.clone(), names.len());
    let mut line = 1;
    while reader.read_byte_record(&mut record).map_err(failed)? {
        rows.end();
        line += 1;
        sums.lines += 1;
        if record.len() != width {
            sums.reject(file, line, "it has another number of cells than the header");
            continue;
        }
        let mut cells: Cells<'_> = [b""; COLUMNS];
        for (cell, col) in cells.iter_mut().zip(ALL) {
            if let Some(at) = columns.place(*col) {
                *cell = record.get(at).unwrap_or_default();
            }
        }
        let selected = selected(&cells, options);
        if let Err(why) = sums.push(&cells, selected, [0, 0], layout.format, options) {
            sums.reject(file, line, why);
        }
    }
    Ok(layout.format)
}

/// A name of the header, without the mark that some programs write before it.
fn name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    text.trim_start_matches('\u{feff}').trim().to_owned()
}

/// Every column in its order.
const ALL: &[Col] = &[
    Col::Month,
    Col::Start,
    Col::End,
    Col::Kind,
    Col::Class,
    Col::Pricing,
    Col::UsageType,
    Col::Service,
    Col::Operation,
    Col::Quantity,
    Col::Unit,
    Col::Cost,
    Col::Region,
    Col::Resource,
    Col::Tags,
    Col::Sku,
    Col::Currency,
    Col::Account,
];

/// Is it a row of the resources and tags that were asked for?
fn selected(cells: &Cells<'_>, options: &Options<'_>) -> bool {
    of_resource(cells[Col::Resource as usize], options)
        && (options.tags.is_empty() || of_tags(cells[Col::Tags as usize], options))
}

/// Is it one of the resources? An id may be the end of an ARN.
pub(super) fn of_resource(id: &[u8], options: &Options<'_>) -> bool {
    let is = |wanted: &String| {
        let ends = id.strip_suffix(wanted.as_bytes());
        ends.is_some_and(|before| {
            before.is_empty() || before.ends_with(b"/") || before.ends_with(b":")
        })
    };
    options.resources.is_empty() || options.resources.iter().any(is)
}

/// Has a map, written as JSON, all the tags?
fn of_tags(map: &[u8], options: &Options<'_>) -> bool {
    if map.is_empty() {
        return false;
    }
    let found: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(map).unwrap_or_default();
    let has = |(key, value): &(String, String)| {
        let mut entries = found.iter();
        entries.any(|(k, v)| is_tag(k.as_bytes(), key) && v.as_str() == Some(value))
    };
    options.tags.iter().all(has)
}

/// Is a key of an export this one? Those that users made have a prefix there.
pub(super) fn is_tag(key: &[u8], wanted: &str) -> bool {
    let bare = key
        .strip_prefix(b"user_")
        .or_else(|| key.strip_prefix(b"user:"));
    key == wanted.as_bytes() || bare == Some(wanted.as_bytes())
}
