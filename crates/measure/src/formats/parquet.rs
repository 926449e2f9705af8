//! Parquet: CloudFront v2, sampled references, and generic tables with named columns.
//!
//! Only the columns that are needed are read, one batch of rows at a time; values become text and
//! take the same path as every other format.

use std::fs::File;
use std::io::Write;

use anyhow::{Context, bail};
use parquet::basic::{Compression, ConvertedType, LogicalType, TimeUnit};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;

use super::columns::{Cells, Layout, ROLES, Sample};
use super::records::{self, FIELDS, Fields, Records};
use super::rows::Rows;
use super::web::{self, Mapper, Row};
use super::{Batch, Format, Reading, Reject, Traits};

const ROWS: usize = 4096;

/// What rows become.
enum Target {
    Web(Mapper),
    /// Records of another known log.
    Known(Box<dyn Records>),
    Generic(Rows),
}

/// A Parquet file being read.
pub(crate) struct Table {
    reader: SerializedFileReader<File>,
    target: Target,
    /// Cell and column number.
    columns: Vec<(usize, usize)>,
    group: usize,
    open: Vec<(usize, Column)>,
    left: usize,
}

impl Table {
    /// Opens a file; answers the format that its columns show.
    pub(crate) fn open(
        file: File,
        forced: Option<Format>,
        reading: &Reading,
    ) -> anyhow::Result<(Format, Self)> {
        let reader =
            SerializedFileReader::new(file).context("the Parquet footer cannot be read")?;
        check_codecs(&reader)?;
        let schema = reader.metadata().file_metadata().schema_descr_ptr();
        let names: Vec<&str> = schema.columns().iter().map(|c| c.name()).collect();
        let known = records::of_names(&names, reading);
        let known =
            known.filter(|(format, _)| *format == Format::S3 && !reading.columns.is_given());
        if let (Some((format, records)), None) = (known, forced) {
            let columns = names.iter().enumerate();
            let columns = columns
                .filter_map(|(at, n)| Some((records.place(n)?, at)))
                .collect();
            return Ok((format, Self::new(reader, Target::Known(records), columns)));
        }
        let format = forced
            .filter(|f| *f != Format::Parquet)
            .unwrap_or_else(|| of_names(&names));
        let (target, columns) = if format == Format::CloudfrontParquet {
            let columns = names
                .iter()
                .enumerate()
                .filter_map(|(at, n)| Some((web::field(n)? as usize, at)));
            let mut mapper = Mapper::new(reading);
            mapper.choose(names.iter().copied());
            (Target::Web(mapper), columns.collect())
        } else {
            let sample = first_rows(&reader, &names)?;
            let layout = Layout::of(&sample, &reading.columns).map_err(anyhow::Error::msg)?;
            let columns = layout
                .roles
                .iter()
                .enumerate()
                .filter_map(|(at, r)| Some(((*r)? as usize, at)));
            let columns = columns.collect();
            (
                Target::Generic(Rows::new(reading, &layout, format == Format::Sampled)),
                columns,
            )
        };
        Ok((format, Self::new(reader, target, columns)))
    }

    const fn new(
        reader: SerializedFileReader<File>,
        target: Target,
        columns: Vec<(usize, usize)>,
    ) -> Self {
        Self {
            reader,
            target,
            columns,
            group: 0,
            open: Vec::new(),
            left: 0,
        }
    }

    /// What the rows are like.
    pub(crate) const fn traits(&self) -> Traits {
        match &self.target {
            Target::Generic(rows) => rows.traits,
            _ => Traits {
                is_http: false,
                is_unordered: false,
            },
        }
    }

    /// Rows in the file, for progress.
    pub(crate) fn rows(&self) -> u64 {
        self.reader
            .metadata()
            .file_metadata()
            .num_rows()
            .max(0)
            .unsigned_abs()
    }

    /// Reads some rows; false at the end.
    pub(crate) fn next(
        &mut self,
        batch: &mut Batch,
        file: &str,
        line: &mut u64,
    ) -> anyhow::Result<bool> {
        while self.left == 0 {
            if self.group == self.reader.num_row_groups() {
                return Ok(false);
            }
            self.open_group()?;
        }
        let rows = self.left.min(ROWS);
        for (_, column) in &mut self.open {
            column.read(rows)?;
        }
        for row in 0..rows {
            *line += 1;
            batch.lines += 1;
            if let Err(reject) = self.push(row, batch) {
                batch.reject(reject, file, *line, b"");
            }
        }
        self.left -= rows;
        Ok(true)
    }

    fn open_group(&mut self) -> anyhow::Result<()> {
        let group = self.reader.get_row_group(self.group)?;
        self.group += 1;
        self.left = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        self.open.clear();
        for (cell, at) in &self.columns {
            let Some(column) = Column::open(&*group, *at)? else {
                let columns = group.metadata().columns();
                bail!(
                    "column `{}` is a list; name a plain one with `--columns`",
                    columns[*at].column_path().string()
                );
            };
            self.open.push((*cell, column));
        }
        Ok(())
    }

    fn push(&mut self, row: usize, batch: &mut Batch) -> Result<(), Reject> {
        match &mut self.target {
            Target::Web(mapper) => {
                let mut cells: Row<'_> = [b""; web::NAMES.len()];
                for (cell, column) in &self.open {
                    cells[*cell] = column.get(row);
                }
                mapper.push_chosen(&mut cells, batch)
            }
            Target::Known(records) => {
                let mut cells: Fields<'_> = [b""; FIELDS];
                for (cell, column) in &self.open {
                    cells[*cell] = column.get(row);
                }
                records.record(&cells, batch)
            }
            Target::Generic(rows) => {
                let mut cells: Cells<'_> = [b""; ROLES];
                for (cell, column) in &self.open {
                    cells[*cell] = column.get(row);
                }
                rows.push(&cells, batch)
            }
        }
    }

    /// The file ends.
    pub(crate) fn finish(&mut self, batch: &mut Batch) {
        match &mut self.target {
            Target::Web(mapper) => mapper.finish(batch),
            Target::Known(records) => records.end(batch),
            Target::Generic(rows) => rows.finish(batch),
        }
    }
}

/// Two compressions of pages are not read: Brotli would make the program a megabyte larger and is hardly used
/// for tables, and of LZO there is no reader.
fn check_codecs(reader: &SerializedFileReader<File>) -> anyhow::Result<()> {
    let groups = reader.metadata().row_groups().iter();
    let mut columns = groups.flat_map(|group| group.columns());
    let name = columns.find_map(|column| match column.compression() {
        Compression::BROTLI(_) => Some("Brotli"),
        Compression::LZO => Some("LZO"),
        _ => None,
    });
    let Some(name) = name else { return Ok(()) };
    bail!(
        "its pages are compressed with {name}, which is not read: write it again with zstd, gzip or Snappy, as with \
         `pyarrow.parquet.write_table(pyarrow.parquet.read_table(\"in.parquet\"), \"out.parquet\", compression=\"zstd\")`"
    );
}

/// Names and the first values of all plain columns.
fn first_rows(reader: &SerializedFileReader<File>, names: &[&str]) -> anyhow::Result<Sample> {
    const SOME: usize = 100;
    let mut sample = Sample::of_names(names);
    if reader.num_row_groups() == 0 {
        return Ok(sample);
    }
    let group = reader.get_row_group(0)?;
    let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
    let rows = rows.min(SOME);
    sample.rows = vec![vec![String::new(); names.len()]; rows];
    for at in 0..names.len() {
        let Some(mut column) = Column::open(&*group, at)? else {
            continue;
        };
        column.read(rows)?;
        for (row, cells) in sample.rows.iter_mut().enumerate() {
            cells[at] = String::from_utf8_lossy(column.get(row)).into_owned();
        }
    }
    Ok(sample)
}

fn of_names(names: &[&str]) -> Format {
    if Layout::is_sampled(names) {
        Format::Sampled
    } else if names
        .iter()
        .any(|n| matches!(*n, "cs_uri_stem" | "cs-uri-stem"))
    {
        Format::CloudfrontParquet
    } else {
        Format::Parquet
    }
}

/// What the numbers of a column mean.
#[derive(Clone, Copy)]
enum Meaning {
    Number,
    /// A moment in units of so many nanoseconds.
    Stamp(i64),
    /// Days since 1970.
    Day,
    /// A time of day in units of so many nanoseconds.
    Clock(i64),
    /// A number with so many digits behind the point.
    Decimal(u32),
}

impl Meaning {
    fn of(description: &ColumnDescriptor) -> Self {
        let unit = |unit: &TimeUnit| match unit {
            TimeUnit::MILLIS => 1_000_000,
            TimeUnit::MICROS => 1000,
            TimeUnit::NANOS => 1,
        };
        match (description.logical_type_ref(), description.converted_type()) {
            (Some(LogicalType::Timestamp(stamp)), _) => Self::Stamp(unit(&stamp.unit)),
            (Some(LogicalType::Time(clock)), _) => Self::Clock(unit(&clock.unit)),
            (Some(LogicalType::Decimal(_)), _) | (_, ConvertedType::DECIMAL) => {
                Self::Decimal(description.type_scale().max(0).unsigned_abs())
            }
            (Some(LogicalType::Date), _) | (_, ConvertedType::DATE) => Self::Day,
            (_, ConvertedType::TIMESTAMP_MILLIS) => Self::Stamp(1_000_000),
            (_, ConvertedType::TIMESTAMP_MICROS) => Self::Stamp(1000),
            (_, ConvertedType::TIME_MILLIS) => Self::Clock(1_000_000),
            (_, ConvertedType::TIME_MICROS) => Self::Clock(1000),
            _ => Self::Number,
        }
    }

    /// A number as text that the readers of other formats understand.
    fn print(self, number: i64, out: &mut Vec<u8>) {
        match self {
            Self::Number => print(&number, out),
            Self::Decimal(scale) => decimal(i128::from(number), scale, out),
            // Seconds with a fraction, so that a small epoch is not mistaken for another unit.
            Self::Stamp(unit) => {
                let nanos = i128::from(number) * i128::from(unit);
                let fraction = nanos.rem_euclid(1_000_000_000) / 1_000_000;
                let seconds = nanos.div_euclid(1_000_000_000);
                print(&format_args!("{seconds}.{fraction:03}"), out);
            }
            Self::Day => {
                let stamp = jiff::Timestamp::from_second(number.saturating_mul(86_400));
                if let Ok(stamp) = stamp {
                    print(&stamp.to_zoned(jiff::tz::TimeZone::UTC).date(), out);
                }
            }
            Self::Clock(unit) => {
                let ms = number.saturating_mul(unit) / 1_000_000;
                let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
                let (seconds, ms) = (ms / 1000 % 60, ms % 1000);
                print(&format_args!("{hours:02}:{minutes:02}:{seconds:02}"), out);
                if ms > 0 {
                    print(&format_args!(".{ms:03}"), out);
                }
            }
        }
    }
}

impl Meaning {
    /// Bytes as text: those of a decimal number are its digits, the highest first.
    fn print_bytes(self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Decimal(scale) if bytes.len() <= 16 => {
                let is_negative = bytes.first().is_some_and(|b| *b > 127);
                let mut all = [if is_negative { 255 } else { 0 }; 16];
                all[16 - bytes.len()..].copy_from_slice(bytes);
                decimal(i128::from_be_bytes(all), scale, out);
            }
            _ => out.extend_from_slice(bytes),
        }
    }
}

/// A number with its point.
fn decimal(number: i128, scale: u32, out: &mut Vec<u8>) {
    let Some(unit) = 10i128.checked_pow(scale).filter(|_| scale > 0) else {
        return print(&number, out);
    };
    let sign = if number < 0 { "-" } else { "" };
    let (whole, rest) = (
        number.unsigned_abs() / unit.unsigned_abs(),
        number.unsigned_abs() % unit.unsigned_abs(),
    );
    let width = scale as usize;
    print(&format_args!("{sign}{whole}.{rest:0width$}"), out);
}

/// One column's current rows as text.
pub(crate) struct Column {
    reader: ColumnReader,
    levels: i16,
    meaning: Meaning,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl Column {
    /// A column of a row group; none for a list.
    pub(crate) fn open(group: &dyn RowGroupReader, at: usize) -> anyhow::Result<Option<Self>> {
        let description = group.metadata().column(at).column_descr_ptr();
        if description.max_rep_level() > 0 {
            return Ok(None);
        }
        Ok(Some(Self {
            reader: group.get_column_reader(at)?,
            levels: description.max_def_level(),
            meaning: Meaning::of(&description),
            text: Vec::new(),
            ends: Vec::new(),
        }))
    }

    /// The text of a row; empty where it has no value.
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        let start = if row == 0 {
            0
        } else {
            self.ends.get(row - 1).copied().unwrap_or_default()
        };
        let end = self.ends.get(row).copied().unwrap_or(start);
        &self.text[start..end]
    }

    /// Reads the next rows.
    pub(crate) fn read(&mut self, rows: usize) -> anyhow::Result<()> {
        self.text.clear();
        self.ends.clear();
        let (levels, text, ends) = (self.levels, &mut self.text, &mut self.ends);
        let meaning = self.meaning;
        match &mut self.reader {
            ColumnReader::ByteArrayColumnReader(r) => {
                fill(r, levels, rows, text, ends, |v, out| {
                    meaning.print_bytes(v.data(), out);
                })
            }
            ColumnReader::FixedLenByteArrayColumnReader(r) => {
                fill(r, levels, rows, text, ends, |v, out| {
                    meaning.print_bytes(v.data(), out);
                })
            }
            ColumnReader::Int32ColumnReader(r) => fill(r, levels, rows, text, ends, |v, out| {
                meaning.print(i64::from(*v), out);
            }),
            ColumnReader::Int64ColumnReader(r) => fill(r, levels, rows, text, ends, |v, out| {
                meaning.print(*v, out);
            }),
            ColumnReader::FloatColumnReader(r) => fill(r, levels, rows, text, ends, print),
            ColumnReader::DoubleColumnReader(r) => fill(r, levels, rows, text, ends, print),
            ColumnReader::BoolColumnReader(r) => fill(r, levels, rows, text, ends, print),
            ColumnReader::Int96ColumnReader(r) => fill(r, levels, rows, text, ends, |v, out| {
                let ms = v.to_millis();
                print(
                    &format_args!("{}.{:03}", ms.div_euclid(1000), ms.rem_euclid(1000)),
                    out,
                );
            }),
        }
    }
}

fn print(value: &impl std::fmt::Display, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail.
    let _ = write!(out, "{value}");
}

fn fill<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    levels: i16,
    rows: usize,
    text: &mut Vec<u8>,
    ends: &mut Vec<usize>,
    write: impl Fn(&T::T, &mut Vec<u8>),
) -> anyhow::Result<()> {
    let mut defined = Vec::with_capacity(rows);
    let mut values = Vec::with_capacity(rows);
    let mut read = 0;
    while read < rows {
        let (records, _, _) =
            reader.read_records(rows - read, Some(&mut defined), None, &mut values)?;
        if records == 0 {
            bail!("a column ends before the others");
        }
        read += records;
    }
    let mut next = values.iter();
    for row in 0..rows {
        if levels == 0 || defined.get(row) == Some(&levels) {
            if let Some(value) = next.next() {
                write(value, text);
            }
        }
        ends.push(text.len());
    }
    Ok(())
}
