//! Which column of a row holds what: by the names given, by well-known header names, or by
//! position. It reads no rows.

use super::Columns;
use super::fields::moment;

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
}

/// Number of roles.
pub(crate) const ROLES: usize = 6;

/// One row's cells by role; empty means absent.
pub(crate) type Cells<'a> = [&'a [u8]; ROLES];

/// Header names that are understood without `--columns`.
const KNOWN: [(Role, &[&str]); 5] = [
    (
        Role::Time,
        &["time", "timestamp", "ts", "datetime", "date", "t"],
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
        ],
    ),
    (
        Role::Op,
        &["op", "operation", "cmd", "command", "method", "verb"],
    ),
    (Role::Count, &["n"]),
];

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
}

impl Layout {
    /// The layout of a file that starts with `line`; an error names what is missing.
    pub(crate) fn of_text(line: &[u8], columns: &Columns) -> Result<Self, String> {
        let separator = separator(line);
        let text = String::from_utf8_lossy(line).into_owned();
        let cells: Vec<&str> = split_text(text.trim_start_matches('#').trim(), separator);
        let is_name = |c: &&str| !c.is_empty() && moment(c.as_bytes()).is_none();
        let has_header = line.starts_with(b"#") || cells.iter().all(is_name);
        let mut layout =
            Self::of_names(if has_header { &cells } else { &[] }, cells.len(), columns)?;
        layout.separator = separator;
        layout.has_header = has_header;
        Ok(layout)
    }

    /// The layout of columns with these names (none: `width` nameless ones).
    pub(crate) fn of_names(
        names: &[&str],
        width: usize,
        columns: &Columns,
    ) -> Result<Self, String> {
        let mut layout = Self {
            separator: b',',
            has_header: true,
            roles: vec![None; width.max(names.len())],
            names: Default::default(),
        };
        let find = |wanted: &str| {
            names
                .iter()
                .position(|n| n.trim().eq_ignore_ascii_case(wanted))
        };
        let given = [
            (Role::Time, &columns.time),
            (Role::Key, &columns.key),
            (Role::Size, &columns.size),
            (Role::Op, &columns.op),
            (Role::Ttl, &columns.ttl),
        ];
        for (role, column) in given {
            let Some(wanted) = column else { continue };
            let position = wanted
                .parse()
                .ok()
                .filter(|at| (1..=layout.roles.len()).contains(at));
            let at = find(wanted).or(position.map(|at: usize| at - 1));
            let at = at.ok_or_else(|| no_column(wanted, names, width))?;
            layout.put(role, at, names);
        }
        let named = |layout: &Self, role: Role| layout.roles.contains(&Some(role));
        for (role, known) in KNOWN {
            if !named(&layout, role) {
                let at = known
                    .iter()
                    .find_map(|n| find(n))
                    .filter(|at| layout.roles[*at].is_none());
                if let Some(at) = at {
                    layout.put(role, at, names);
                }
            }
        }
        if names.is_empty() && !columns.is_given() && width >= 3 {
            for (at, role) in [Role::Time, Role::Key, Role::Size].into_iter().enumerate() {
                layout.put(role, at, names);
            }
        }
        for (role, name) in [(Role::Time, "time"), (Role::Key, "key")] {
            if !named(&layout, role) {
                return Err(format!(
                    "no column is known to hold the {name} (found: {}); name it with `--columns time=…,key=…,size=…`",
                    if names.is_empty() {
                        format!("{width} columns without names")
                    } else {
                        names.join(", ")
                    }
                ));
            }
        }
        Ok(layout)
    }

    fn put(&mut self, role: Role, at: usize, names: &[&str]) {
        self.roles[at] = Some(role);
        self.names[role as usize] = names.get(at).map(|n| (*n).to_owned());
    }

    /// The header is that of the sampling query.
    pub(crate) fn is_sampled(names: &[&str]) -> bool {
        ["ts", "h", "bytes", "op", "n"]
            .iter()
            .all(|n| names.contains(n))
    }
}

fn no_column(wanted: &str, names: &[&str], width: usize) -> String {
    if names.is_empty() {
        format!("there is no column `{wanted}`: the file has {width} columns without names")
    } else {
        format!(
            "there is no column `{wanted}`; there are {}",
            names.join(", ")
        )
    }
}

/// The most likely separator of a line.
pub(crate) fn separator(line: &[u8]) -> u8 {
    let found = [b'\t', b',', b';', b'|']
        .into_iter()
        .find(|s| line.contains(s));
    found.unwrap_or(b' ')
}

/// Cells of a header line.
pub(crate) fn split_text(line: &str, separator: u8) -> Vec<&str> {
    if separator == b' ' {
        return line.split_whitespace().collect();
    }
    line.split(separator as char)
        .map(|c| c.trim().trim_matches('"'))
        .collect()
}
