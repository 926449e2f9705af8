//! Which column of a row holds what: by the names given, by well-known names, or by what the first
//! rows prove. It reads no rows; what it took it says.

use super::fields::{is_method, time_of_day};
use super::names::{KNOWN, SURE_STATUS, TEMPLATE_KEYS, TEMPLATES};
pub(crate) use super::sample::Sample;
use super::sample::{is_dated, is_day, is_path, is_request};
use super::{Columns, Reading, Traits, excerpt};

/// What a column can hold, in the order of [`Cells`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Time,
    Key,
    Size,
    Op,
    Ttl,
    /// Requests that a row stands for.
    Count,
    /// HTTP status.
    Status,
    /// The host that was asked for, a part of the key.
    Host,
    /// Whether a cache answered.
    Result,
    /// The clock, where the time is the date alone.
    Clock,
    /// The query string, where the key has none.
    Query,
}

/// Number of roles.
pub(crate) const ROLES: usize = 11;

/// One row's cells by role; empty means absent.
pub(crate) type Cells<'a> = [&'a [u8]; ROLES];

impl Role {
    /// Its name in `--columns`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Key => "key",
            Self::Size => "size",
            Self::Op => "op",
            Self::Ttl => "ttl",
            Self::Count => "count",
            Self::Status => "status",
            Self::Host => "host",
            Self::Result => "result",
            Self::Clock => "clock",
            Self::Query => "query",
        }
    }

    /// What it means for rows of a server that no column holds it.
    const fn absence(self) -> Option<&'static str> {
        match self {
            Self::Status => Some("errors count as reads"),
            Self::Op => Some("all rows count as reads"),
            Self::Size => Some("sizes are unknown"),
            _ => None,
        }
    }
}

/// Where the columns are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Separator; a space stands for any run of spaces.
    pub(crate) separator: u8,
    /// The first line, when it names the columns.
    pub(crate) header: Option<Vec<u8>>,
    /// Columns of a row that the header names; none where nothing tells.
    pub(crate) width: Option<usize>,
    /// For every column its role.
    pub(crate) roles: Vec<Option<Role>>,
    /// Names of the columns by role, for JSON.
    pub(crate) names: [Option<String>; ROLES],
    /// The columns were named by nobody: what the rows proved was taken.
    pub(crate) is_assumed: bool,
    /// The key column holds whole request lines.
    pub(crate) has_request_lines: bool,
    /// What the rows are like.
    pub(crate) traits: Traits,
    /// What the user should know of the columns.
    pub(crate) notes: Vec<String>,
}

impl Layout {
    /// The layout of delimited text that starts so; an error says what is missing.
    pub(crate) fn of_text(head: &[u8], reading: &Reading) -> Result<Self, String> {
        let first = super::detect::first_line(without_hint(head));
        let separator = separator(first);
        let sample = Sample::of_text(head, separator);
        let mut layout = Self::of(&sample, &reading.columns)?;
        layout.separator = separator;
        if !sample.names.is_empty() {
            layout.header = Some(first.to_vec());
            layout.width = (separator != b' ').then_some(sample.names.len());
        }
        Ok(layout)
    }

    /// The layout of these columns.
    pub(crate) fn of(sample: &Sample, columns: &Columns) -> Result<Self, String> {
        let mut layout = Self {
            separator: b',',
            header: None,
            width: None,
            roles: vec![None; sample.width],
            names: Default::default(),
            is_assumed: false,
            has_request_lines: false,
            traits: Traits::default(),
            notes: Vec::new(),
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
            layout.look(sample);
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
            (Role::Query, columns.query.as_deref()),
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
        let free = found.filter(|at| self.roles[*at].is_none());
        let fits: Vec<usize> = free.filter(|at| sample.fits(role, *at)).collect();
        let best = match role {
            // A duration or the time since a start is called `time` as well.
            Role::Time => fits.iter().find(|at| sample.most(**at, is_dated)),
            // A whole request line tells more than the part of it that has a column of its own.
            Role::Key => fits.iter().find(|at| {
                let is_line = sample.mostly(**at, is_request);
                is_line
                    || !sample.names[**at].eq_ignore_ascii_case("request")
                        && is_own_key(**at, sample)
            }),
            Role::Query if !self.is_path_alone(sample) => return,
            _ => None,
        };
        if let Some(at) = best.or(fits.first()) {
            self.put(role, *at, sample);
        } else if role == Role::Status {
            self.note_status(sample);
        }
    }

    /// The key is a path without its query string.
    fn is_path_alone(&self, sample: &Sample) -> bool {
        let key = self.roles.iter().position(|r| *r == Some(Role::Key));
        key.is_some_and(|at| {
            let is_named = self.names[Role::Key as usize].as_deref() == Some("reqPath");
            (is_named || sample.mostly(at, is_path)) && !sample.values(at).any(|v| v.contains('?'))
        })
    }

    /// A status that is none of HTTP is told and not used.
    fn note_status(&mut self, sample: &Sample) {
        let sure = SURE_STATUS.iter().filter_map(|name| sample.find(name));
        let Some(at) = sure.into_iter().find(|at| self.roles[*at].is_none()) else {
            return;
        };
        let value = sample.values(at).next().unwrap_or_default();
        self.notes.push(format!(
            "column `{}` holds no HTTP status (`{}`) and was not used",
            excerpt(sample.names[at].as_bytes()),
            excerpt(value.as_bytes())
        ));
    }

    /// A date has its clock beside it.
    fn put_clock(&mut self, sample: &Sample) {
        let day = self.roles.iter().position(|r| *r == Some(Role::Time));
        if self.has(Role::Clock) || !day.is_some_and(|at| sample.some(at, is_day)) {
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

    /// What the rows are like.
    fn look(&mut self, sample: &Sample) {
        let at = |role| self.roles.iter().position(|r| *r == Some(role));
        let has =
            |role, is_so: fn(&[u8]) -> bool| at(role).is_some_and(|at| sample.mostly(at, is_so));
        let has_request_lines = has(Role::Key, is_request);
        // Caches and stores have words of their own for what was done.
        const OPERATIONS: [&str; 4] = ["op", "operation", "cmd", "command"];
        let op = self.names[Role::Op as usize].as_deref().unwrap_or_default();
        let is_operation = OPERATIONS.iter().any(|name| name.eq_ignore_ascii_case(op));
        let is_method = has(Role::Op, |v| is_method(v) || is_request(v)) && has(Role::Key, is_path);
        let is_http = self.has(Role::Status) || has_request_lines || (is_method && !is_operation);
        let is_descending = at(Role::Time).is_some_and(|at| sample.is_descending(at));
        let is_template = at(Role::Key).is_some_and(|at| {
            let is_named = TEMPLATES.contains(&sample.names.get(at).map_or("", String::as_str));
            is_named || sample.mostly(at, |v| v.contains(&b'{') && v.ends_with(b"}"))
        });
        self.has_request_lines = has_request_lines;
        self.traits = Traits {
            is_http,
            is_unordered: is_http || is_descending,
        };
        if is_template {
            self.notes.push(TEMPLATE_KEYS.to_owned());
        }
        self.note_host(sample);
    }

    /// A column that may be the host or the machine that wrote the log.
    fn note_host(&mut self, sample: &Sample) {
        let host = sample.find("host").filter(|at| self.roles[*at].is_none());
        let Some(at) = host.filter(|_| self.traits.is_http && !self.has(Role::Host)) else {
            return;
        };
        let mut values: Vec<&str> = sample.values(at).filter(|v| *v != "-").collect();
        values.dedup();
        if values.len() > 1 {
            self.notes.push(format!(
                "column `host` looks like the name of a machine (`{}`) and is no part of the key; if it is what \
                 was asked for, add `--columns host=host`",
                excerpt(values[0].as_bytes())
            ));
        }
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&Some(role))
    }

    fn put(&mut self, role: Role, at: usize, sample: &Sample) {
        self.roles[at] = Some(role);
        self.names[role as usize] = sample.names.get(at).cloned();
    }

    /// Which columns are read, for people; of a server's log also which are not there.
    pub(crate) fn columns(&self) -> String {
        const SHOWN: [Role; 10] = [
            Role::Time,
            Role::Clock,
            Role::Key,
            Role::Host,
            Role::Query,
            Role::Size,
            Role::Op,
            Role::Status,
            Role::Result,
            Role::Ttl,
        ];
        let column = |role: Role| {
            let at = self.roles.iter().position(|r| *r == Some(role));
            let Some(at) = at else {
                let absence = role.absence().filter(|_| self.is_of_a_server(role))?;
                return Some(format!("{}=none ({absence})", role.name()));
            };
            let column = self.names[role as usize].as_deref().unwrap_or_default();
            Some(if column.is_empty() {
                format!("{}={}", role.name(), at + 1)
            } else {
                format!("{}={}", role.name(), excerpt(column.as_bytes()))
            })
        };
        SHOWN
            .into_iter()
            .filter_map(column)
            .collect::<Vec<_>>()
            .join(",")
    }

    /// Rows of a server should have it.
    fn is_of_a_server(&self, role: Role) -> bool {
        let is_request = self.traits.is_http || self.has(Role::Host) || self.has(Role::Query);
        is_request && !(role == Role::Op && self.has_request_lines)
    }

    /// The header is that of the sampling query.
    pub(crate) fn is_sampled(names: &[&str]) -> bool {
        ["ts", "h", "bytes", "op", "n"]
            .iter()
            .all(|n| names.contains(n))
    }
}

/// The name says that it is the key, or it is one of the parts of a request.
fn is_own_key(at: usize, sample: &Sample) -> bool {
    const OWN: [&str; 4] = ["key", "object", "obj_id", "object_id"];
    let request = sample.find("request").or_else(|| sample.find("req"));
    let has_line = request.is_some_and(|at| sample.mostly(at, is_request));
    let is_own = OWN
        .iter()
        .any(|name| sample.names[at].eq_ignore_ascii_case(name));
    // The path of the file that a line was in is called `path`, beside a `request`.
    let has_request = request.is_some_and(|at| sample.fits(Role::Key, at));
    let is_part = ["uri", "path"]
        .iter()
        .any(|n| sample.names[at].eq_ignore_ascii_case(n));
    is_own || !(has_line || has_request && is_part)
}

/// Times mostly run backwards.
pub(crate) fn is_descending(times: impl Iterator<Item = i64>) -> bool {
    let (mut last, mut down, mut up) = (None, 0, 0);
    for time in times {
        if let Some(last) = last.replace(time) {
            down += u32::from(time < last);
            up += u32::from(time > last);
        }
    }
    down > 2 && down > up * 4
}

/// Text without byte order mark and without the line that tells spreadsheets the separator.
pub(crate) fn without_hint(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if !is_hint(head.split(|b| *b == b'\n').next().unwrap_or_default()) {
        return head;
    }
    memchr::memchr(b'\n', head).map_or(head, |at| &head[at + 1..])
}

/// `sep=;`.
pub(crate) fn is_hint(line: &[u8]) -> bool {
    matches!(line.trim_ascii(), [b's', b'e', b'p', b'=', _])
}

fn missing(layout: &Layout, sample: &Sample) -> String {
    let proposal = sample.proposal(layout);
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
