//! Arguments that several commands have: structs and help texts only. Nothing here reads the world.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use jiff::SignedDuration;

use crate::prices::obtain;

/// Options of every command.
#[derive(Args, Clone)]
pub struct Global {
    /// When to colour the output.
    #[arg(
        long,
        value_enum,
        default_value = "auto",
        global = true,
        help_heading = "Global options"
    )]
    pub color: When,
    /// Never prompt; a missing answer names the flag that gives it.
    #[arg(long, global = true, help_heading = "Global options")]
    pub no_input: bool,
    /// Say what was tried when something fails.
    #[arg(long, global = true, help_heading = "Global options")]
    pub verbose: bool,
    /// A team's own facts and rules: a directory laid out like catalog/, added to the built-in one.
    #[arg(
        long,
        value_name = "DIR",
        global = true,
        help_heading = "Global options"
    )]
    pub catalog: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Where the result goes.
#[derive(Args, Clone, Debug, Default)]
pub struct Output {
    /// Write the result to a file; its ending says the form, `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite an existing file.
    #[arg(long)]
    pub force: bool,
}

/// Form of a result; each command offers those it has, see [`Format::of`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a terminal.
    Text,
    /// For a document or a pull request.
    Markdown,
    /// For programs.
    Json,
    /// One self-contained page.
    Html,
    /// Rows.
    Csv,
}

impl Format {
    /// Its word for `-f`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Json => "json",
            Self::Html => "html",
            Self::Csv => "csv",
        }
    }

    /// What else it is called: by `-f`, and by the ending of a file.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Text => &["txt"],
            Self::Markdown => &["md", "markdown"],
            Self::Json => &["json"],
            Self::Html => &["html", "htm"],
            Self::Csv => &["csv"],
        }
    }

    /// The form that the name of a file ends in.
    pub fn of_file(path: &Path) -> Option<Self> {
        const ALL: [Format; 5] = [
            Format::Text,
            Format::Markdown,
            Format::Json,
            Format::Html,
            Format::Csv,
        ];
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        let is = |form: &Format| form.endings().contains(&ending.as_str());
        ALL.into_iter().find(is)
    }

    /// The forms of one command, each with what it is for.
    pub fn of(forms: &'static [(Self, &'static str)]) -> impl TypedValueParser<Value = Self> {
        let shown = forms.iter().map(|(form, about)| {
            let others = form.endings().iter().filter(|e| **e != form.word());
            PossibleValue::new(form.word()).help(*about).aliases(others)
        });
        // The parser lets no other word through.
        PossibleValuesParser::new(shown).map(|word| {
            let is = |form: &Self| form.word() == word || form.endings().contains(&word.as_str());
            let known = forms.iter().find(|(form, _)| is(form));
            known.map_or(Self::Text, |(form, _)| *form)
        })
    }
}

/// Where money comes from.
#[derive(Args, Clone, Debug)]
pub struct Money {
    /// Where unit prices come from.
    #[arg(
        long,
        value_name = "snapshot|live|public|file:PATH",
        default_value = "snapshot",
        help_heading = "Prices"
    )]
    pub prices: String,
    /// Do not apply the always-free allowances.
    #[arg(long, help_heading = "Prices")]
    pub no_free_tier: bool,
    /// Refuse stale or incomplete prices (exit 4).
    #[arg(long, help_heading = "Prices")]
    pub strict: bool,
    /// Look-up.
    #[command(flatten)]
    pub lookup: Lookup,
}

/// How prices are looked up; the same wherever money is computed.
#[derive(Args, Clone, Debug, Default)]
pub struct Lookup {
    /// Age above which cached prices are asked for again, such as 30m, 24h or 7d (default: 24h).
    #[arg(long, value_name = "AGE", value_parser = obtain::age, help_heading = "Prices")]
    pub max_price_age: Option<SignedDuration>,
    /// Never touch the network: the cache, then the snapshot.
    #[arg(long, help_heading = "Prices")]
    pub offline: bool,
    /// Private rate, such as `elasticache-serverless=12%`, `cloudfront/data-transfer-out=40%` or
    /// `database-savings-plan`; shown in every line item.
    #[arg(long, value_name = "SERVICE=PERCENT", help_heading = "Prices")]
    pub discount: Vec<String>,
    /// Use the snapshot for meters that the price list does not answer exactly, instead of failing.
    #[arg(long, help_heading = "Prices")]
    pub partial_prices: bool,
    /// Profile of the AWS configuration files for `--prices live` (default: AWS_PROFILE).
    #[arg(long = "price-profile", value_name = "NAME", help_heading = "Prices")]
    pub price_profile: Option<String>,
    /// Address of the price list: of the Query API with `live`, of the public files with `public`.
    #[arg(long, value_name = "URL", help_heading = "Prices")]
    pub price_list_url: Option<String>,
    /// Seconds to wait for an answer of the price list (default: 20).
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=600), help_heading = "Prices")]
    pub price_timeout: Option<u64>,
}
