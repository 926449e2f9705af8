//! CUR 2.0 and FOCUS as Parquet: the columns that are needed, one batch of rows at a time.

use std::fs::File;

use anyhow::{Context as _, bail};
use parquet::basic::{ConvertedType, LogicalType};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::ByteArrayType;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::SchemaDescriptor;

use super::columns::{COLUMNS, Col, Format, Layout};
use super::csv::{is_tag, of_resource};
use super::sums::{Cells, Sums};
use super::{Options, fault, layout};
use crate::formats::parquet::Column;
use crate::input::Input;

const ROWS: usize = 4096;
/// Most bytes that one byte of a column may become.
const RATIO: i64 = 1000;

/// Reads a file.
pub(super) fn read(
    input: &Input,
    options: &Options<'_>,
    sums: &mut Sums,
) -> anyhow::Result<Format> {
    let name = input.name();
    let Some(path) = input.path() else {
        let text = "Parquet cannot be read from standard input".to_owned();
        return Err(fault("bill-format", text, "name the file").into());
    };
    let file = File::open(path).with_context(|| format!("cannot open `{name}`"))?;
    let broken = |what: &str| {
        let text = format!("`{name}`: {what}");
        fault("bill-damaged", text, "export the bill again")
    };
    let reader =
        SerializedFileReader::new(file).map_err(|_| broken("the Parquet footer cannot be read"))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let names = names(&schema);
    let layout = layout(
        &name,
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        options,
    )?;
    let scales = scales(&schema, &layout).map_err(|why| broken(&why))?;
    let mut line = 0;
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        bomb(&*group, &layout).map_err(broken)?;
        let read = rows(&*group, &layout, (&name, &mut line), scales, options, sums);
        read.with_context(|| format!("`{name}` is damaged"))?;
    }
    Ok(layout.format)
}

/// Names of the leaves; of a map its own name, at its keys.
fn names(schema: &SchemaDescriptor) -> Vec<String> {
    let leaves = schema.columns().iter();
    leaves
        .map(|c| match c.path().parts() {
            [one] => one.clone(),
            [map, .., last] if last == "key" => map.clone(),
            parts => parts.join("."),
        })
        .collect()
}

/// Decimals of quantity and cost: a column may hold whole numbers of hundredths.
fn scales(schema: &SchemaDescriptor, layout: &Layout) -> Result<[i32; 2], String> {
    let mut out = [0; 2];
    for (scale, col) in out.iter_mut().zip([Col::Quantity, Col::Cost]) {
        let Some(at) = layout.place(col) else {
            continue;
        };
        let column = schema.column(at);
        let decimal = matches!(column.logical_type_ref(), Some(LogicalType::Decimal(_)))
            || column.converted_type() == ConvertedType::DECIMAL;
        if !decimal {
            continue;
        }
        use parquet::basic::Type::{INT32, INT64};
        if !matches!(column.physical_type(), INT32 | INT64) {
            return Err(format!(
                "column `{}` is a wide decimal; export doubles",
                column.name()
            ));
        }
        *scale = column.type_scale();
    }
    Ok(out)
}

/// Refuses columns that claim to become more than a thousand times their size.
fn bomb(group: &dyn RowGroupReader, layout: &Layout) -> Result<(), &'static str> {
    for (_, at) in layout.columns() {
        let column = group.metadata().column(at);
        let most = column.compressed_size().saturating_mul(RATIO).max(1 << 20);
        // A dictionary of one value makes a column of nothing: what counts is what a page becomes.
        if column.uncompressed_size() > most {
            return Err("it decompresses to more than 1,000 times its size");
        }
    }
    Ok(())
}

/// A column of cells, or a map of tags.
enum Cellar {
    Plain(usize, Box<Column>),
    Tags(Box<Pairs>),
}

fn rows(
    group: &dyn RowGroupReader,
    layout: &Layout,
    (name, line): (&str, &mut u64),
    scales: [i32; 2],
    options: &Options<'_>,
    sums: &mut Sums,
) -> anyhow::Result<()> {
    let mut open = Vec::new();
    for (col, at) in layout.columns() {
        if col == Col::Tags as usize {
            if !options.tags.is_empty() {
                open.push(Cellar::Tags(Box::new(Pairs::open(group, at)?)));
            }
            continue;
        }
        if col == Col::Resource as usize && options.resources.is_empty() {
            continue;
        }
        match Column::open(group, at)? {
            Some(column) => open.push(Cellar::Plain(col, Box::new(column))),
            None => bail!("a column of the bill is a list"),
        }
    }
    let mut left = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    while left > 0 {
        let count = left.min(ROWS);
        let mut tagged = vec![options.tags.is_empty(); count];
        for one in &mut open {
            match one {
                Cellar::Plain(_, column) => column.read(count)?,
                Cellar::Tags(pairs) => tagged = pairs.read(count, options)?,
            }
        }
        for (row, tagged) in tagged.into_iter().enumerate() {
            let mut cells: Cells<'_> = [b""; COLUMNS];
            for one in &open {
                if let Cellar::Plain(col, column) = one {
                    cells[*col] = column.get(row);
                }
            }
            *line += 1;
            sums.lines += 1;
            let selected = tagged && of_resource(cells[Col::Resource as usize], options);
            if let Err(why) = sums.push(&cells, selected, scales, layout.format, options) {
                sums.reject(name, *line, why);
            }
        }
        left -= count;
    }
    Ok(())
}

/// Keys and values of a map column, whose values stand beside the keys.
struct Pairs {
    keys: Leaf,
    values: Leaf,
}

struct Leaf {
    reader: ColumnReaderImpl<ByteArrayType>,
    defined: i16,
}

impl Leaf {
    fn open(group: &dyn RowGroupReader, at: usize) -> anyhow::Result<Self> {
        let description = group.metadata().column(at).column_descr_ptr();
        match group.get_column_reader(at)? {
            ColumnReader::ByteArrayColumnReader(reader) => Ok(Self {
                reader,
                defined: description.max_def_level(),
            }),
            _ => bail!("the tags are no map of texts"),
        }
    }

    /// The values of some rows, and for each whether it begins a row.
    fn read(&mut self, rows: usize) -> anyhow::Result<Vec<(bool, Option<Vec<u8>>)>> {
        let (mut defined, mut repeated, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut read = 0;
        while read < rows {
            let (records, ..) = self.reader.read_records(
                rows - read,
                Some(&mut defined),
                Some(&mut repeated),
                &mut values,
            )?;
            if records == 0 {
                bail!("a column ends before the others");
            }
            read += records;
        }
        let mut values = values.into_iter();
        let entry = |(level, again): (&i16, &i16)| {
            let value = (*level == self.defined).then(|| values.next()).flatten();
            (*again == 0, value.map(|v| v.data().to_vec()))
        };
        Ok(defined.iter().zip(&repeated).map(entry).collect())
    }
}

impl Pairs {
    fn open(group: &dyn RowGroupReader, at: usize) -> anyhow::Result<Self> {
        let of = |at: usize| {
            let path = group.metadata().column(at).column_path().parts();
            (path.first().cloned(), path.len())
        };
        if at + 1 >= group.num_columns() || of(at) != of(at + 1) || of(at).1 < 2 {
            bail!("the tags are no map");
        }
        Ok(Self {
            keys: Leaf::open(group, at)?,
            values: Leaf::open(group, at + 1)?,
        })
    }

    /// For each row: has it all the tags?
    fn read(&mut self, rows: usize, options: &Options<'_>) -> anyhow::Result<Vec<bool>> {
        let keys = self.keys.read(rows)?;
        let values = self.values.read(rows)?;
        if keys.len() != values.len() {
            bail!("keys and values of the tags differ in number");
        }
        let mut met: Vec<Vec<bool>> = Vec::with_capacity(rows);
        for ((begins, key), (_, value)) in keys.into_iter().zip(values) {
            if begins {
                met.push(vec![false; options.tags.len()]);
            }
            let (Some(key), Some(value), Some(row)) = (key, value, met.last_mut()) else {
                continue;
            };
            for (met, (wanted, text)) in row.iter_mut().zip(&options.tags) {
                *met |= is_tag(&key, wanted) && value == text.as_bytes();
            }
        }
        Ok(met
            .into_iter()
            .map(|row| row.into_iter().all(|m| m))
            .collect())
    }
}
