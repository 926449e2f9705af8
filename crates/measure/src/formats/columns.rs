//! Which column of a row holds what: by the names given, by well-known names, or by what the first
//! rows prove. It reads no rows; what it took for granted it says.

use super::fields::{date, integer, is_method, moment, operation, time_of_day};
use super::{Columns, Reading, json};

/// What a column can hold, in the order of [`Cells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Time,
    Key,
    Size,
    Op,
    Ttl,
    /// Requests that a total row stands for.
    Count,
    /// HTTP status.
    Status,
    /// The host that was asked for, a part of the key.
    Host,
    /// Whether a cache answered.
    Result,
    /// The clock, where the time is the date alone.
    Clock,
}

/// Number of roles.
pub(crate) const ROLES: usize = 10;

/// One row's cells by role; empty means absent.
pub(crate) type Cells<'a> = [&'a [u8]; ROLES];

/// Names that are understood without `--columns`, the better ones first.
const KNOWN: [(Role, &[&str]); 8] = [
    (
        Role::Time,
        &[
            "time",
            "timestamp",
            "ts",
            "datetime",
            "date",
            "t",
            "requestTimeEpoch",
            "requestTime",
            "request_time",
            "time_local",
            "time_iso8601",
            "msec",
            "eventTime",
            "StartUTC",
            "EdgeStartTimestamp",
            "@timestamp",
            "start_time",
            "request_creation_time",
            "reqTimeSec",
        ],
    ),
    (
        Role::Key,
        &[
            "key",
            "object",
            "obj_id",
            "object_id",
            "id",
            "url",
            "uri",
            "path",
            "lbn",
            "h",
            "request_uri",
            "requestURI",
            "RequestPath",
            "resourcePath",
            "ClientRequestURI",
            "request_url",
            "request.uri",
            "reqPath",
            "httpRequest.requestUrl",
            "request",
        ],
    ),
    (
        Role::Size,
        &[
            "size",
            "bytes",
            "obj_size",
            "object_size",
            "value_size",
            "length",
            "len",
            "response_length",
            "responseLength",
            "body_bytes_sent",
            "bytes_sent",
            "DownstreamContentSize",
            "EdgeResponseBytes",
            "response_body_size",
            "httpRequest.responseSize",
        ],
    ),
    (
        Role::Op,
        &[
            "op",
            "operation",
            "cmd",
            "command",
            "method",
            "verb",
            "http_method",
            "httpMethod",
            "request_method",
            "RequestMethod",
            "ClientRequestMethod",
            "request.method",
            "reqMethod",
            "httpRequest.requestMethod",
        ],
    ),
    (Role::Count, &["n"]),
    (
        Role::Status,
        &[
            "status",
            "status_code",
            "statusCode",
            "DownstreamStatus",
            "EdgeResponseStatus",
            "response_status",
            "response_code",
            "elb_status_code",
            "httpRequest.status",
        ],
    ),
    (
        Role::Host,
        &[
            "http_host",
            "domain_name",
            "domainName",
            "RequestHost",
            "ClientRequestHost",
            "host",
            "request.host",
            "authority",
            "reqHost",
        ],
    ),
    (
        Role::Result,
        &[
            "upstream_cache_status",
            "CacheCacheStatus",
            "cache_status",
            "fastly_cache_status",
        ],
    ),
];

/// Names and some values of the first rows.
#[derive(Default)]
pub(crate) struct Sample {
    /// Names of the columns; none when there is no header.
    pub(crate) names: Vec<String>,
    /// Cells by column of some rows; missing ones are empty.
    pub(crate) rows: Vec<Vec<String>>,
    /// Columns of the widest row.
    pub(crate) width: usize,
}

impl Sample {
    /// Columns with these names and no known rows.
    pub(crate) fn of_names(names: &[&str]) -> Self {
        Self {
            names: names.iter().map(|n| (*n).to_owned()).collect(),
            rows: Vec::new(),
            width: names.len(),
        }
    }

    /// Delimited text.
    pub(crate) fn of_text(head: &[u8], separator: u8) -> Self {
        let mut rows = whole_lines(head).map(|line| split_text(line, separator));
        let first = rows.next().unwrap_or_default();
        let is_name = |c: &String| !c.is_empty() && moment(c.as_bytes()).is_none();
        let is_comment = first_line(head).starts_with(b"#");
        let has_header = is_comment || first.iter().all(is_name);
        let (names, before) = if has_header {
            (first, None)
        } else {
            (Vec::new(), Some(first))
        };
        let rows: Vec<Vec<String>> = before.into_iter().chain(rows).collect();
        let width = rows
            .iter()
            .map(Vec::len)
            .max()
            .unwrap_or(0)
            .max(names.len());
        Self { names, rows, width }
    }

    /// JSON objects, with the fields of all of them and of the objects in them.
    pub(crate) fn of_json(head: &[u8]) -> Self {
        let mut sample = Self::default();
        json::records(head, |object| {
            if sample.rows.len() < SAMPLE {
                let mut row = vec![String::new(); sample.names.len()];
                sample.json_fields(object, "", &mut row);
                sample.rows.push(row);
            }
        });
        sample.width = sample.names.len();
        sample
    }

    fn json_fields(&mut self, object: &[u8], before: &str, row: &mut Vec<String>) {
        json::fields(object, |key, value| {
            let name = format!("{before}{}", String::from_utf8_lossy(key));
            if !value.is_string && value.text.starts_with(b"{") && name.split('.').count() < 4 {
                self.json_fields(value.text, &format!("{name}."), row);
                return;
            }
            let at = self
                .names
                .iter()
                .position(|n| *n == name)
                .unwrap_or_else(|| {
                    self.names.push(name);
                    self.names.len() - 1
                });
            row.resize(self.names.len(), String::new());
            row[at] = String::from_utf8_lossy(&value.plain()).into_owned();
        });
    }

    fn find(&self, wanted: &str) -> Option<usize> {
        let exact = self.names.iter().position(|n| n == wanted);
        exact.or_else(|| {
            self.names
                .iter()
                .position(|n| n.eq_ignore_ascii_case(wanted))
        })
    }

    /// What is in a column, as far as the sample tells.
    fn values(&self, at: usize) -> impl Iterator<Item = &str> + Clone {
        let cells = self.rows.iter().filter_map(move |row| row.get(at));
        cells.map(String::as_str).filter(|c| !c.is_empty())
    }

    /// Most values are so, for some lines may be corrupt; true when no value is known.
    fn most(&self, at: usize, is_so: impl Fn(&[u8]) -> bool) -> bool {
        let (mut good, mut all) = (0, 0);
        for value in self.values(at) {
            all += 1;
            good += usize::from(is_so(value.as_bytes()));
        }
        good * 2 > all || all == 0
    }

    /// Values are known, and all of them are so.
    fn some(&self, at: usize, is_so: impl Fn(&[u8]) -> bool) -> bool {
        let mut values = self.values(at).peekable();
        values.peek().is_some() && values.all(|value| is_so(value.as_bytes()))
    }

    /// A name counts only if its values can be what it says.
    fn fits(&self, role: Role, at: usize) -> bool {
        match role {
            // Some servers call a duration so.
            Role::Time if self.is_called(at, "request_time") => self.some(at, is_dated),
            Role::Time => self.most(at, |v| moment(v).is_some()),
            Role::Status => self.most(at, |v| v == b"-" || integer(v).is_some()),
            _ => true,
        }
    }

    fn is_called(&self, at: usize, name: &str) -> bool {
        self.names.get(at).is_some_and(|n| n == name)
    }

    /// The rows prove that the columns are time, key and size, and nothing else is there.
    fn is_time_key_size(&self) -> bool {
        let mut last = i64::MIN;
        self.names.is_empty()
            && !self.rows.is_empty()
            && self.rows.iter().all(|row| {
                let [time, _, size] = &row[..] else {
                    return false;
                };
                let Some(now) = moment(time.as_bytes()) else {
                    return false;
                };
                let in_order = now >= last;
                last = now;
                in_order && integer(size.as_bytes()).is_some()
            })
    }

    /// A `--columns` that may be right, for the user to look at.
    fn proposal(&self) -> String {
        let columns = 0..self.width;
        let path = |v: &[u8]| v.starts_with(b"/") || memchr::memmem::find(v, b"://").is_some();
        let code = |v: &[u8]| integer(v).is_some_and(|n| (100..600).contains(&n));
        let find = |is_so: &dyn Fn(usize) -> bool| columns.clone().find(|at| is_so(*at));
        let named = |at: usize, words: &[&str]| {
            let name = self.names.get(at).map(|n| n.to_ascii_lowercase());
            name.is_some_and(|name| words.iter().any(|w| name.contains(w)))
        };
        let is_op = |v: &[u8]| is_method(v) || operation(v).is_some();
        let text = |v: &[u8]| v.iter().any(u8::is_ascii_alphabetic);
        let time = find(&|at| self.some(at, is_dated));
        let op = find(&|at| self.some(at, is_op));
        let key = find(&|at| self.some(at, path));
        let key = key.or_else(|| find(&|at| op != Some(at) && self.some(at, text)));
        let size = find(&|at| {
            named(at, &["byte", "size", "length"]) && self.some(at, |v| integer(v).is_some())
        });
        let status = find(&|at| named(at, &["status"]) && self.some(at, code));
        let found = [
            ("time", time),
            ("key", key),
            ("size", size),
            ("op", op),
            ("status", status),
        ];
        let part = |(role, at): (&str, Option<usize>)| {
            let name = match at {
                Some(at) => self
                    .names
                    .get(at)
                    .cloned()
                    .unwrap_or_else(|| (at + 1).to_string()),
                None if matches!(role, "time" | "key") => "…".to_owned(),
                None => return None,
            };
            Some(format!("{role}={name}"))
        };
        let parts: Vec<String> = found.into_iter().filter_map(part).collect();
        parts.join(",")
    }
}

/// A moment of this century, and no duration.
fn is_dated(text: &[u8]) -> bool {
    moment(text).is_some_and(|ms| ms > 946_684_800_000)
}

/// Rows that names are looked up in.
const SAMPLE: usize = 1000;

/// The lines of a head that are there as a whole, without comments after the first.
fn whole_lines(head: &[u8]) -> impl Iterator<Item = &str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let whole = match memchr::memrchr(b'\n', head) {
        Some(end) if head.len() > LINES_FROM => &head[..end],
        _ => head,
    };
    let lines = whole.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let lines = lines.filter(|line| !line.is_empty()).enumerate();
    let lines = lines.filter(|(at, line)| *at == 0 || !line.starts_with(b"#"));
    lines.filter_map(|(_, line)| std::str::from_utf8(line).ok())
}

/// From here on the last line of a head may be cut off.
const LINES_FROM: usize = 1 << 15;

fn first_line(head: &[u8]) -> &[u8] {
    let mut lines = head.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Where the columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Separator; a space stands for any run of spaces.
    pub(crate) separator: u8,
    /// The first line names the columns.
    pub(crate) has_header: bool,
    /// For every column its role.
    pub(crate) roles: Vec<Option<Role>>,
    /// Names of the columns by role, for JSON.
    pub(crate) names: [Option<String>; ROLES],
    /// The columns were named by nobody: what the rows proved was taken.
    pub(crate) is_assumed: bool,
}

impl Layout {
    /// The layout of delimited text that starts so; an error says what is missing.
    pub(crate) fn of_text(head: &[u8], reading: &Reading) -> Result<Self, String> {
        let separator = separator(super::detect::first_line(head));
        let sample = Sample::of_text(head, separator);
        let mut layout = Self::of(&sample, &reading.columns)?;
        layout.separator = separator;
        layout.has_header = !sample.names.is_empty();
        Ok(layout)
    }

    /// The layout of these columns.
    pub(crate) fn of(sample: &Sample, columns: &Columns) -> Result<Self, String> {
        let mut layout = Self {
            separator: b',',
            has_header: true,
            roles: vec![None; sample.width],
            names: Default::default(),
            is_assumed: false,
        };
        layout.put_given(sample, columns)?;
        for (role, known) in KNOWN {
            if !layout.has(role) {
                layout.put_known(role, known, sample);
            }
        }
        layout.put_clock(sample);
        if !columns.is_given() && sample.is_time_key_size() {
            for (at, role) in [Role::Time, Role::Key, Role::Size].into_iter().enumerate() {
                layout.put(role, at, sample);
            }
            layout.is_assumed = true;
        }
        if layout.has(Role::Time) && layout.has(Role::Key) {
            return Ok(layout);
        }
        Err(missing(&layout, sample))
    }

    /// The columns that the user named.
    fn put_given(&mut self, sample: &Sample, columns: &Columns) -> Result<(), String> {
        let (time, clock) = match &columns.time {
            Some(time) => match time.split_once('+') {
                Some((day, clock)) if sample.find(time).is_none() => (Some(day), Some(clock)),
                _ => (Some(time.as_str()), None),
            },
            None => (None, None),
        };
        let given = [
            (Role::Time, time),
            (Role::Clock, clock),
            (Role::Key, columns.key.as_deref()),
            (Role::Size, columns.size.as_deref()),
            (Role::Op, columns.op.as_deref()),
            (Role::Ttl, columns.ttl.as_deref()),
            (Role::Status, columns.status.as_deref()),
            (Role::Host, columns.host.as_deref()),
            (Role::Result, columns.result.as_deref()),
        ];
        for (role, column) in given {
            let Some(wanted) = column else { continue };
            let position: Option<usize> = wanted.parse().ok();
            let position = position.filter(|at| (1..=sample.width).contains(at));
            let at = sample.find(wanted).or(position.map(|at| at - 1));
            let at = at.ok_or_else(|| no_column(wanted, sample))?;
            self.put(role, at, sample);
        }
        Ok(())
    }

    fn put_known(&mut self, role: Role, known: &[&str], sample: &Sample) {
        let found = known.iter().filter_map(|name| sample.find(name));
        let mut free = found.filter(|at| self.roles[*at].is_none() && sample.fits(role, *at));
        if let Some(at) = free.next() {
            self.put(role, at, sample);
        }
    }

    /// A date has its clock beside it.
    fn put_clock(&mut self, sample: &Sample) {
        let day = self.roles.iter().position(|r| *r == Some(Role::Time));
        let is_date = |at| sample.some(at, |v| date(v).is_some());
        if self.has(Role::Clock) || !day.is_some_and(is_date) {
            return;
        }
        let is_clock = |at: &usize| {
            let is_free = self.roles[*at].is_none();
            is_free && sample.some(*at, |v| v.get(..8).and_then(time_of_day).is_some())
        };
        let named = ["time", "clock"].iter().find_map(|n| sample.find(n));
        if let Some(at) = named.filter(is_clock) {
            self.put(Role::Clock, at, sample);
        }
    }

    fn has(&self, role: Role) -> bool {
        self.roles.contains(&Some(role))
    }

    fn put(&mut self, role: Role, at: usize, sample: &Sample) {
        self.roles[at] = Some(role);
        self.names[role as usize] = sample.names.get(at).cloned();
    }

    /// Which columns are read, for people.
    pub(crate) fn columns(&self) -> String {
        let names = [
            (Role::Time, "time"),
            (Role::Clock, "clock"),
            (Role::Key, "key"),
            (Role::Host, "host"),
            (Role::Size, "size"),
            (Role::Op, "op"),
            (Role::Status, "status"),
            (Role::Result, "result"),
            (Role::Ttl, "ttl"),
        ];
        let column = |(role, name): (Role, &str)| {
            let at = self.roles.iter().position(|r| *r == Some(role))?;
            let column = self.names[role as usize].clone();
            Some(format!(
                "{name}={}",
                column.unwrap_or_else(|| (at + 1).to_string())
            ))
        };
        names
            .into_iter()
            .filter_map(column)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// The header is that of the sampling query.
    pub(crate) fn is_sampled(names: &[&str]) -> bool {
        ["ts", "h", "bytes", "op", "n"]
            .iter()
            .all(|n| names.contains(n))
    }
}

fn missing(layout: &Layout, sample: &Sample) -> String {
    let proposal = sample.proposal();
    if sample.names.is_empty() {
        return format!(
            "{} columns without names; name them: `--columns {proposal}`",
            sample.width
        );
    }
    let role = if layout.has(Role::Time) {
        "key"
    } else {
        "time"
    };
    format!(
        "no column is known to hold the {role} (found: {}); name it, as in `--columns {proposal}`",
        shown(&sample.names)
    )
}

fn no_column(wanted: &str, sample: &Sample) -> String {
    if sample.names.is_empty() {
        let width = sample.width;
        format!("there is no column `{wanted}`: the file has {width} columns without names")
    } else {
        format!(
            "there is no column `{wanted}`; there are {}",
            shown(&sample.names)
        )
    }
}

/// The first names of many.
fn shown(names: &[String]) -> String {
    const MOST: usize = 40;
    let mut text = names[..names.len().min(MOST)].join(", ");
    if names.len() > MOST {
        text.push_str(", …");
    }
    text
}

/// The most likely separator of a line.
pub(crate) fn separator(line: &[u8]) -> u8 {
    let found = [b'\t', b',', b';', b'|']
        .into_iter()
        .find(|s| line.contains(s));
    found.unwrap_or(b' ')
}

/// Cells of a line; quotes hold one together.
pub(crate) fn split_text(line: &str, separator: u8) -> Vec<String> {
    let line = line.trim_start_matches('#').trim();
    let mut cells = Vec::new();
    let (mut cell, mut quoted) = (String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c == separator as char && !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    let cells = cells.iter().map(|cell| cell.trim().to_owned());
    cells
        .filter(|cell| separator != b' ' || !cell.is_empty())
        .collect()
}
