//! Fields of a profile as metrics give them: value, mark and rule; and what other sources than metrics tell.

/// How a value came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Counted.
    Measured,
    /// It follows from what was counted.
    Derived,
    /// Not known from metrics.
    LeftOut,
}

impl Mark {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Derived => "derived",
            Self::LeftOut => "left out",
        }
    }
}

/// Unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A second.
    PerSecond,
    /// Bytes.
    Bytes,
    /// A part of one.
    Share,
    /// Hours a month.
    Hours,
    /// Milliseconds.
    Milliseconds,
    /// None.
    Number,
}

/// A value of the profile.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Low, expected, high; all the same where one is known.
    Number([f64; 3], Unit),
    /// Words.
    Words(Vec<String>),
    /// A word.
    Word(String),
    /// Nobody says.
    Unknown,
}

/// A field of the profile.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Path in the profile.
    pub path: &'static str,
    /// Value.
    pub value: Reading,
    /// How it came about.
    pub mark: Mark,
    /// The rule, or why it is left out.
    pub rule: String,
}

/// What other sources than metrics tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Engine, such as `valkey`.
    pub engine: Option<String>,
    /// Node type.
    pub node_type: Option<String>,
    /// Nodes.
    pub nodes: Option<u32>,
    /// Bytes of a table.
    pub stored_bytes: Option<f64>,
    /// Its items.
    pub stored_items: Option<f64>,
    /// Provisioned capacity in GiB.
    pub capacity_gib: Option<f64>,
    /// The least stored that is billed, in GB.
    pub least_gb: Option<f64>,
    /// ECPUs a second that are billed at least.
    pub least_ecpus: Option<f64>,
    /// Variant of the price list, such as a table class.
    pub variant: Option<String>,
    /// Members with series of their own.
    pub members: Vec<String>,
    /// Region.
    pub region: Option<String>,
}

/// Conventions of the decision model.
#[derive(Clone, Copy, Debug)]
pub struct Beside {
    /// Bytes that come on top of a value: its key and bookkeeping.
    pub item: f64,
}

/// Everything that series say.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Fields, in the order of the profile.
    pub fields: Vec<Field>,
    /// First moment, seconds since 1970.
    pub from: i64,
    /// The moment after the last.
    pub to: i64,
    /// Seconds of the period of counts.
    pub period: i64,
    /// Share of the window that counts cover.
    pub coverage: f64,
    /// Code and text of what to know.
    pub cautions: Vec<(&'static str, String)>,
    /// What is for the report alone: label and text.
    pub beside: Vec<(&'static str, String)>,
    /// Requests that were counted.
    pub requests: f64,
}

impl Derived {
    pub(super) fn put(
        &mut self,
        path: &'static str,
        value: [f64; 3],
        unit: Unit,
        mark: Mark,
        rule: &str,
    ) {
        self.fields.push(Field {
            path,
            value: Reading::Number(value, unit),
            mark,
            rule: rule.to_owned(),
        });
    }

    pub(super) fn measured(&mut self, path: &'static str, value: [f64; 3], unit: Unit, rule: &str) {
        self.put(path, value, unit, Mark::Measured, rule);
    }

    pub(super) fn derived(&mut self, path: &'static str, value: [f64; 3], unit: Unit, rule: &str) {
        self.put(path, value, unit, Mark::Derived, rule);
    }

    pub(super) fn leave(&mut self, path: &'static str, why: impl Into<String>) {
        self.fields.push(Field {
            path,
            value: Reading::Unknown,
            mark: Mark::LeftOut,
            rule: why.into(),
        });
    }

    /// The expected value of a field.
    pub fn number(&self, path: &str) -> Option<f64> {
        let field = self.fields.iter().find(|f| f.path == path)?;
        match field.value {
            Reading::Number([_, expected, _], _) => Some(expected),
            _ => None,
        }
    }
}

/// One known value.
pub(super) fn same(value: f64) -> [f64; 3] {
    [value; 3]
}
