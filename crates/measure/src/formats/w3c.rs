//! W3C text: CloudFront standard logs with or without their header, CloudFront real-time logs, and
//! the logs of Microsoft's IIS.
//!
//! It finds the columns; what they mean is in [`super::web`].

use super::detect::first_line;
use super::fields::{date, integer, thousandths, time_of_day};
use super::web::{Field, Mapper, NAMES, Row, field};
use super::{Batch, Format, LineFormat, Reading, Reject};

/// Order of the fields of a standard log; older logs are its start.
const STANDARD: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem \
    sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type \
    x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol \
    ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields \
    c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len \
    sc-range-start sc-range-end";

/// Order of the fields of a real-time log that delivers all of them.
const REALTIME: &str = "timestamp c-ip time-to-first-byte sc-status sc-bytes cs-method cs-protocol \
    cs-host cs-uri-stem cs-bytes x-edge-location x-edge-request-id x-host-header time-taken \
    cs-protocol-version c-ip-version cs-user-agent cs-referer cs-cookie cs-uri-query \
    x-edge-response-result-type x-forwarded-for ssl-protocol ssl-cipher x-edge-result-type \
    fle-encrypted-fields fle-status sc-content-type sc-content-len sc-range-start sc-range-end \
    c-port x-edge-detailed-result-type c-country cs-accept-encoding cs-accept \
    cache-behavior-path-pattern cs-headers cs-header-names cs-headers-count \
    primary-distribution-id primary-distribution-dns-name origin-fbl origin-lbl asn";

/// Separators that CloudFront can be told to use.
const SEPARATORS: [u8; 5] = *b"\t ,|;";

/// Bytes of a delimiter that somebody made up.
const DELIMITER: usize = 5;

/// Why a line has not the columns that its header names.
const WRONG_WIDTH: [&str; 5] = [
    "not as many cells as #Fields names (delimiter: tab)",
    "not as many cells as #Fields names (delimiter: space)",
    "not as many cells as #Fields names (delimiter `,`)",
    "not as many cells as #Fields names (delimiter `|`)",
    "not as many cells as #Fields names (delimiter `;`)",
];

/// Lines of columns.
pub(crate) struct W3c {
    mapper: Mapper,
    /// For every column the index of its field.
    columns: Vec<Option<usize>>,
    /// Which of [`SEPARATORS`]; none before the first line that tells.
    separator: Option<usize>,
    /// A delimiter that is none of them.
    delimiter: Option<Vec<u8>>,
    /// The header says how many columns there are.
    has_header: bool,
    /// Times taken are milliseconds.
    is_iis: bool,
}

impl W3c {
    /// Standard logs: columns come from the `#Fields:` line, from `--fields`, or are the documented ones.
    pub(crate) fn new(head: &[u8], reading: &Reading) -> Self {
        let mut w3c = Self::without_columns(Mapper::new(reading));
        if reading.fields.is_empty() {
            w3c.set_columns(STANDARD.split_whitespace());
            let at = SEPARATORS
                .iter()
                .position(|s| is_standard(first_line(head), *s));
            w3c.separator = at.or(Some(0));
        } else {
            w3c.choose(reading.fields.iter().map(String::as_str));
        }
        w3c
    }

    /// IIS logs: columns come from the `#Fields:` line.
    pub(crate) fn iis(reading: &Reading) -> Self {
        let mut w3c = Self::without_columns(Mapper::new(reading));
        w3c.is_iis = true;
        w3c
    }

    /// Real-time logs: columns as `--fields` or `--columns` says, or the documented ones.
    pub(crate) fn realtime(reading: &Reading) -> Self {
        let mut w3c = Self::without_columns(Mapper::new(reading).realtime());
        let given = &reading.columns;
        let chosen = [
            (Field::Timestamp, &given.time),
            (Field::Stem, &given.key),
            (Field::Bytes, &given.size),
            (Field::Method, &given.op),
            (Field::Status, &given.status),
            (Field::Host, &given.host),
            (Field::Result, &given.result),
        ];
        if reading.fields.is_empty() {
            w3c.separator = Some(0);
        }
        if !reading.fields.is_empty() {
            w3c.choose(reading.fields.iter().map(String::as_str));
        } else if !given.is_given() {
            w3c.set_columns(REALTIME.split_whitespace());
        }
        if given.is_given() {
            let named = chosen.iter().filter(|(_, column)| column.is_some());
            w3c.mapper
                .choose(named.map(|(field, _)| NAMES[*field as usize].1));
        }
        for (field, column) in chosen {
            let Some(at) = column.as_ref().and_then(|c| c.parse::<usize>().ok()) else {
                continue;
            };
            let at = at.clamp(1, 200) - 1;
            w3c.columns.resize(w3c.columns.len().max(at + 1), None);
            w3c.columns[at] = Some(field as usize);
        }
        w3c
    }

    fn without_columns(mapper: Mapper) -> Self {
        Self {
            mapper,
            columns: Vec::new(),
            separator: None,
            delimiter: None,
            has_header: false,
            is_iis: false,
        }
    }

    fn set_columns<'a>(&mut self, names: impl Iterator<Item = &'a str>) {
        self.columns = names
            .take(200)
            .map(|name| field(name).map(|f| f as usize))
            .collect();
    }

    /// Columns that somebody chose.
    fn choose<'a>(&mut self, names: impl Iterator<Item = &'a str> + Clone) {
        self.set_columns(names.clone());
        self.mapper.choose(names);
        self.has_header = true;
    }

    /// A `#Fields:` line.
    fn header(&mut self, names: &str) {
        let words: Vec<&str> = names.split_whitespace().collect();
        let others = [',', '|', ';'];
        match words[..] {
            // The names are separated as the columns are.
            [one] if one.contains(others) => self.choose(one.split(others)),
            _ => self.choose(words.into_iter()),
        }
        self.separator = None;
        self.delimiter = None;
    }

    /// The separator that gives as many cells as there are columns, or the one that gives the most.
    fn find_separator(&mut self, line: &[u8]) -> usize {
        let cells = |s: &u8| memchr::memchr_iter(*s, line).count() + 1;
        let exact = SEPARATORS
            .iter()
            .position(|s| cells(s) == self.columns.len());
        if exact.is_none() {
            let delimiter =
                delimiter(line).filter(|d| !matches!(d, [one] if SEPARATORS.contains(one)));
            self.delimiter = delimiter.map(<[u8]>::to_vec);
        }
        let most = || {
            (0..SEPARATORS.len())
                .rev()
                .max_by_key(|at| cells(&SEPARATORS[*at]))
        };
        exact.or_else(most).unwrap_or(0)
    }

    /// The cells of a line; the lines of a file have the same separator.
    fn row<'a>(&mut self, line: &'a [u8]) -> Result<Row<'a>, Reject> {
        let separator = match self.separator {
            Some(separator) => separator,
            None => {
                let found = self.find_separator(line);
                *self.separator.insert(found)
            }
        };
        let mut row: Row<'_> = [b""; NAMES.len()];
        if let Some(delimiter) = &self.delimiter {
            let ends = memchr::memmem::find_iter(line, delimiter);
            let cells = fill(&mut row, &self.columns, line, ends, delimiter.len());
            return if cells == self.columns.len() {
                Ok(row)
            } else {
                Err(Reject::Bad("not as many cells as #Fields names"))
            };
        }
        let ends = memchr::memchr_iter(SEPARATORS[separator], line);
        let cells = fill(&mut row, &self.columns, line, ends, 1);
        // The end of a line may be missing, as in old logs; what is too much shifts all columns.
        let is_short = cells < self.columns.len() && separator != 0;
        if cells > self.columns.len() + MORE_FIELDS {
            return Err(Reject::Bad(
                "far more cells than fields: lines without line breaks (Firehose writes them with AppendDelimiterToRecord)",
            ));
        }
        let is_exact = self.has_header || separator != 0;
        if is_exact && (cells > self.columns.len() || is_short) {
            return Err(Reject::Bad(WRONG_WIDTH[separator]));
        }
        Ok(row)
    }
}

/// Fields that logs of tomorrow may have behind those known today.
const MORE_FIELDS: usize = 40;

/// Puts the cells of a line where their fields belong; answers how many there were.
#[inline]
fn fill<'a>(
    row: &mut Row<'a>,
    columns: &[Option<usize>],
    line: &'a [u8],
    ends: impl Iterator<Item = usize>,
    delimiter: usize,
) -> usize {
    let (mut start, mut cells) = (0, 0);
    let mut columns = columns.iter();
    for end in ends.chain([line.len()]) {
        if let Some(Some(field)) = columns.next() {
            row[*field] = &line[start..end];
        }
        start = end + delimiter;
        cells += 1;
    }
    cells
}

/// What stands between the day and the clock of a line.
fn delimiter(line: &[u8]) -> Option<&[u8]> {
    date(line.get(..10)?)?;
    let is_clock = |len: &usize| line.get(10 + len..18 + len).and_then(time_of_day).is_some();
    let len = (1..=DELIMITER).find(is_clock)?;
    Some(&line[10..10 + len])
}

impl LineFormat for W3c {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        if line.first() == Some(&b'#') {
            if let Some(names) = line.strip_prefix(b"#Fields:") {
                self.header(&String::from_utf8_lossy(names));
            }
            return Err(Reject::Skip("comments"));
        }
        if self.columns.is_empty() {
            return Err(Reject::Bad("a line before `#Fields:`"));
        }
        let mut row = self.row(line)?;
        if self.is_iis {
            // Milliseconds, where CloudFront has seconds.
            row[Field::TimeTaken as usize] = b"";
        }
        let status = &row[Field::Status as usize];
        if status.is_empty() && self.columns.contains(&Some(Field::Status as usize)) {
            return Err(Reject::Bad("too few fields"));
        }
        self.mapper.push_chosen(&mut row, batch)
    }

    fn finish(&mut self, batch: &mut Batch) {
        self.mapper.finish(batch);
    }
}

/// What a head of W3C text says that wrote it.
pub(crate) enum Writer {
    Cloudfront,
    Iis,
    /// Another server, by the name it gives itself.
    Other(String),
}

/// Who wrote a file that starts with comments of W3C; none for other files.
pub(crate) fn writer(head: &[u8]) -> Option<Writer> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let comments = lines.take_while(|l| l.is_empty() || l.first() == Some(&b'#'));
    let (mut software, mut fields) = (String::new(), None);
    let mut is_w3c = false;
    for line in comments {
        let text = String::from_utf8_lossy(line);
        if let Some(name) = text.strip_prefix("#Software:") {
            name.trim().clone_into(&mut software);
        } else if let Some(names) = text.strip_prefix("#Fields:") {
            fields = Some(names.to_owned());
        }
        is_w3c |= text.starts_with("#Version:") || fields.is_some();
    }
    let fields = match fields {
        Some(fields) => fields,
        None if is_w3c && software.is_empty() => return Some(Writer::Cloudfront),
        None => return None,
    };
    let has = |name: &str| fields.split([' ', '\t', ',', '|', ';']).any(|f| f == name);
    if has("x-edge-location")
        || has("x-edge-result-type")
        || (software.is_empty() && has("sc-bytes"))
    {
        Some(Writer::Cloudfront)
    } else if has("date") && has("time") && has("cs-uri-stem") && has("sc-status") {
        Some(Writer::Iis)
    } else {
        Some(Writer::Other(software))
    }
}

/// A line of a standard log: date, clock, edge location, and a status as the ninth column.
pub(crate) fn is_standard(line: &[u8], separator: u8) -> bool {
    let cells: Vec<&[u8]> = line.split(|b| *b == separator).collect();
    // Where a separator can be in a field, the columns behind it would be shifted.
    let is_wide = (18..=33).contains(&cells.len());
    (is_wide && (separator == b'\t' || cells.len() == STANDARD.split_whitespace().count()))
        && date(cells[0]).is_some()
        && time_of_day(cells[1]).is_some()
        && is_edge(cells[2])
        && is_status(cells[8])
}

/// The same with any separator.
pub(crate) fn is_any_standard(line: &[u8]) -> bool {
    SEPARATORS
        .iter()
        .any(|separator| is_standard(line, *separator))
}

/// `FRA50-P2`.
fn is_edge(cell: &[u8]) -> bool {
    cell.len() >= 4 && cell[..3].iter().all(u8::is_ascii_uppercase) && cell[3].is_ascii_digit()
}

/// Columns of a line of CloudFront without the documented ones, which a header or the user must name.
pub(crate) fn without_header(line: &[u8]) -> Option<usize> {
    let separator = delimiter(line)?;
    let cells = memchr::memmem::find_iter(line, separator).count() + 1;
    let mut start = 0;
    let has_edge = memchr::memmem::find_iter(line, separator)
        .chain([line.len()])
        .any(|end| {
            let cell = &line[start..end];
            start = end + separator.len();
            is_edge(cell) && cell.len() < 12
        });
    has_edge.then_some(cells)
}

/// The format of a log whose fields the user named, if its lines have as many.
pub(crate) fn of_fields(head: &[u8], reading: &Reading) -> Option<Format> {
    let fields: Vec<Field> = reading
        .fields
        .iter()
        .filter_map(|name| field(name))
        .collect();
    if !fields.contains(&Field::Stem) {
        return None;
    }
    let line = first_line(head);
    let wanted = reading.fields.len();
    let is_single = SEPARATORS
        .iter()
        .any(|s| memchr::memchr_iter(*s, line).count() + 1 == wanted);
    let is_wide =
        delimiter(line).is_some_and(|d| memchr::memmem::find_iter(line, d).count() + 1 == wanted);
    (is_single || is_wide).then_some(if fields.contains(&Field::Date) {
        Format::CloudfrontW3c
    } else {
        Format::CloudfrontRealtime
    })
}

/// Many columns, the first of which is a time.
pub(crate) fn is_realtime(line: &[u8]) -> bool {
    let mut cells = line.split(|b| *b == b'\t');
    let first = cells.next().unwrap_or_default();
    thousandths(first).is_some() && cells.count() >= 9
}

/// The documented columns of real-time logs: a status, a method and a path where they are to be.
pub(crate) fn is_documented_realtime(line: &[u8]) -> bool {
    let cells: Vec<&[u8]> = line.split(|b| *b == b'\t').collect();
    cells.len() >= 13
        && is_status(cells[3])
        && super::fields::is_method(cells[5])
        && cells[8].starts_with(b"/")
}

fn is_status(cell: &[u8]) -> bool {
    cell.len() == 3 && integer(cell).is_some()
}
