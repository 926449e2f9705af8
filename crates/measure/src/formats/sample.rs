//! The first rows of a table or of JSON objects: what their columns are called, what is in them, and
//! which `--columns` may be right for them.

use super::columns::{Layout, Role, is_descending, split_text};
use super::fields::{date, integer, is_method, moment, operation, time_of_day};
use super::http::request;
use super::json;
use super::names::TEMPLATES;
use super::rows::status_code;

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

/// Rows that names are looked up in.
const SAMPLE: usize = 1000;

/// Objects inside others that are looked into.
const NESTED: usize = 8;

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
        // Exports of data frames have a nameless column of row numbers in front.
        let named = match first.split_first() {
            Some((index, names)) if index.is_empty() && !names.is_empty() => names,
            _ => &first[..],
        };
        let has_header = is_comment || named.iter().all(is_name);
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
            if !value.is_string && value.text.starts_with(b"{") && name.split('.').count() < NESTED
            {
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

    pub(crate) fn find(&self, wanted: &str) -> Option<usize> {
        let exact = self.names.iter().position(|n| n == wanted);
        exact.or_else(|| {
            self.names
                .iter()
                .position(|n| n.eq_ignore_ascii_case(wanted))
        })
    }

    /// What is in a column, as far as the sample tells.
    pub(crate) fn values(&self, at: usize) -> impl Iterator<Item = &str> + Clone {
        let cells = self.rows.iter().filter_map(move |row| row.get(at));
        cells.map(String::as_str).filter(|c| !c.is_empty())
    }

    /// Most values are so, for some lines may be corrupt; true when no value is known.
    pub(crate) fn most(&self, at: usize, is_so: impl Fn(&[u8]) -> bool) -> bool {
        let (mut good, mut all) = (0, 0);
        for value in self.values(at) {
            all += 1;
            good += usize::from(is_so(value.as_bytes()));
        }
        good * 2 > all || all == 0
    }

    /// Values are known, and most of them are so.
    pub(crate) fn mostly(&self, at: usize, is_so: impl Fn(&[u8]) -> bool) -> bool {
        self.values(at).next().is_some() && self.most(at, is_so)
    }

    /// Values are known, and all of them are so.
    pub(crate) fn some(&self, at: usize, is_so: impl Fn(&[u8]) -> bool) -> bool {
        let mut values = self.values(at).peekable();
        values.peek().is_some() && values.all(|value| is_so(value.as_bytes()))
    }

    /// A name counts only if its values can be what it says.
    pub(crate) fn fits(&self, role: Role, at: usize) -> bool {
        let is = |name: &str| self.is_called(at, name);
        match role {
            // Some servers call a duration so.
            Role::Time if is("request_time") => self.some(at, is_dated),
            Role::Time => self.most(at, |v| moment(v).is_some()),
            Role::Status if is("code") || is("response") => {
                self.some(at, |v| v == b"-" || status_code(v).is_some_and(is_code))
            }
            Role::Status => self.most(at, |v| v == b"-" || status_code(v).is_some()),
            Role::Key if is("req") => self.mostly(at, is_request),
            Role::Key if is("request") => self.mostly(at, |v| is_request(v) || is_path(v)),
            // Log shippers tell the file that a line was in.
            Role::Key if is("path") => !self.mostly(at, |v| v.ends_with(b".log")),
            Role::Key if is("id") => self.is_object_id(at),
            Role::Op if is("request") || is("req") => self.mostly(at, is_request),
            Role::Host if is("host") => self.mostly(at, is_domain),
            Role::Host => self.most(at, |v| v != b"-"),
            Role::Query => self.most(at, |v| !v.starts_with(b"/")),
            _ => true,
        }
    }

    /// An `id` is mostly that of a row or of a request; it names objects where nothing else can,
    /// where sizes are told, and where it comes again.
    fn is_object_id(&self, at: usize) -> bool {
        let is_alone = !(0..self.width).any(|other| other != at && self.mostly(other, is_path));
        let has_size = ["size", "bytes", "obj_size", "length", "len"]
            .iter()
            .any(|name| self.find(name).is_some());
        let mut ids: Vec<&str> = self.values(at).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        is_alone && has_size && ids.len() < all
    }

    fn is_called(&self, at: usize, name: &str) -> bool {
        self.names
            .get(at)
            .is_some_and(|n| n.eq_ignore_ascii_case(name))
    }

    /// The rows prove that the columns are time, key and size, and nothing else is there.
    pub(crate) fn is_time_key_size(&self) -> bool {
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

    /// Times of a column run backwards, as in exports with the newest first.
    pub(crate) fn is_descending(&self, at: usize) -> bool {
        is_descending(self.values(at).filter_map(|v| moment(v.as_bytes())))
    }

    /// A `--columns` that may be right, for the user to look at: roles that are known stay, then names
    /// count, then values.
    pub(crate) fn proposal(&self, layout: &Layout) -> String {
        let mut taken: Vec<(Role, usize)> = layout
            .roles
            .iter()
            .enumerate()
            .filter_map(|(at, role)| Some(((*role)?, at)))
            .collect();
        for role in PROPOSED {
            if taken.iter().any(|(known, _)| *known == role) {
                continue;
            }
            let is_free = |at: &usize| !taken.iter().any(|(_, other)| other == at);
            let free: Vec<usize> = (0..self.width).filter(is_free).collect();
            if let Some(at) = self.guess(role, &free) {
                taken.push((role, at));
            }
        }
        let name = |role| {
            let at = taken.iter().find(|(known, _)| *known == role)?.1;
            let name = self.names.get(at).filter(|name| !name.is_empty());
            Some(name.map_or_else(|| (at + 1).to_string(), Clone::clone))
        };
        let part = |role: Role| {
            let name = match (name(role), role) {
                (Some(day), Role::Time) => {
                    name(Role::Clock).map_or(day.clone(), |clock| format!("{day}+{clock}"))
                }
                (Some(name), _) => name,
                (None, Role::Time | Role::Key) => "…".to_owned(),
                (None, _) => return None,
            };
            Some(format!("{}={name}", role.name()))
        };
        let shown = PROPOSED.into_iter().filter(|role| *role != Role::Clock);
        shown.filter_map(part).collect::<Vec<_>>().join(",")
    }

    /// The column that most likely holds this.
    fn guess(&self, role: Role, free: &[usize]) -> Option<usize> {
        let named = |at: usize, words: &[&str]| {
            let name = self.names.get(at).map(|n| n.to_ascii_lowercase());
            name.is_some_and(|name| words.iter().any(|w| name.contains(w)))
        };
        let find = |is_so: &dyn Fn(usize) -> bool| free.iter().copied().find(|at| is_so(*at));
        let number = |at: usize| self.some(at, |v| integer(v).is_some());
        match role {
            Role::Time => {
                const NAMES: [&str; 5] = ["time", "date", "unix", "epoch", "stamp"];
                let is_time = |at| self.mostly(at, |v| moment(v).is_some());
                let dated = find(&|at| named(at, &NAMES) && self.mostly(at, is_dated));
                let dated = dated.or_else(|| find(&|at| self.mostly(at, is_dated)));
                let dated = dated.or_else(|| find(&|at| named(at, &NAMES[2..]) && is_time(at)));
                dated.or_else(|| find(&|at| named(at, &NAMES) && is_time(at)))
            }
            Role::Clock => {
                find(&|at| self.some(at, |v| v.get(..8).and_then(time_of_day).is_some()))
            }
            Role::Key => {
                const NAMES: [&str; 5] = ["uri", "url", "path", "key", "object"];
                let is_template = |at| named(at, &TEMPLATES.map(|_| "resourcepath"));
                let key =
                    find(&|at| named(at, &NAMES) && self.mostly(at, is_path) && !is_template(at));
                let key =
                    key.or_else(|| find(&|at| self.mostly(at, |v| is_path(v) || is_request(v))));
                let key = key.or_else(|| find(&|at| named(at, &NAMES)));
                let text = |v: &[u8]| v.iter().any(u8::is_ascii_alphabetic);
                key.or_else(|| find(&|at| self.some(at, text) && !self.some(at, is_moment_or_op)))
            }
            Role::Size => {
                const SIZES: [&str; 3] = ["byte", "size", "length"];
                const OTHERS: [&str; 5] = ["request", "received", "header", "read", "key"];
                let is_size = |at| named(at, &SIZES) && number(at);
                let sent = find(&|at| {
                    is_size(at)
                        && named(at, &["resp", "sent", "sc", "body"])
                        && !named(at, &["request"])
                });
                sent.or_else(|| find(&|at| is_size(at) && !named(at, &OTHERS)))
            }
            Role::Op => find(&|at| self.some(at, |v| is_method(v) || operation(v).is_some())),
            Role::Status => find(&|at| {
                named(at, &["status", "code"])
                    && self.some(at, |v| status_code(v).is_some_and(is_code))
            }),
            Role::Host => find(&|at| named(at, &["host", "domain"]) && self.some(at, is_domain)),
            _ => None,
        }
    }
}

/// Roles of a proposal in their order.
const PROPOSED: [Role; 9] = [
    Role::Time,
    Role::Clock,
    Role::Key,
    Role::Host,
    Role::Query,
    Role::Size,
    Role::Op,
    Role::Status,
    Role::Result,
];

fn is_moment_or_op(text: &[u8]) -> bool {
    moment(text).is_some() || is_method(text) || operation(text).is_some()
}

/// A moment of this century, and no duration.
pub(crate) fn is_dated(text: &[u8]) -> bool {
    moment(text).is_some_and(|ms| ms > 946_684_800_000)
}

/// A day without its clock.
pub(crate) fn is_day(text: &[u8]) -> bool {
    date(text).is_some()
}

fn is_code(status: u64) -> bool {
    (100..600).contains(&status)
}

/// The path of a URL, or all of one.
pub(crate) fn is_path(text: &[u8]) -> bool {
    text.starts_with(b"/") || memchr::memmem::find(text, b"://").is_some()
}

/// `GET /a HTTP/1.1`.
pub(crate) fn is_request(text: &[u8]) -> bool {
    request(text).is_some_and(|(method, _)| is_method(method)) && text.contains(&b'/')
}

/// A name that a site is asked for by, and not an address or that of a machine (`web1`,
/// `ip-10-0-0-1.ec2.internal`).
fn is_domain(text: &[u8]) -> bool {
    let is_inside = text.ends_with(b".internal") || text.ends_with(b".local");
    let is_numbered = !text.contains(&b'.') && text.last().is_some_and(u8::is_ascii_digit);
    let is_name = text.iter().any(u8::is_ascii_alphabetic);
    is_name && !is_inside && !is_numbered
}

/// The lines of a head that are there as a whole, without comments after the first.
fn whole_lines(head: &[u8]) -> impl Iterator<Item = &str> {
    let head = super::columns::without_hint(head);
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
