//! The example profiles, embedded: name, text, and the common names of `examples/aliases.txt`.

use crate::exit::{Exit, Failure};
use crate::text::{meant, short};

/// Name and text of every profile of `examples/`; those of pairs begin with `borderline/`.
static TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/examples.rs"));

/// Common name and name.
static ALIASES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/aliases.rs"));

/// An example profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// What it is called: a common name where there is one.
    pub name: &'static str,
    /// The profile.
    pub text: &'static str,
}

/// Every example: common names first, then the others by name, pairs last.
pub fn all() -> impl Iterator<Item = Example> {
    let common = ALIASES.iter().filter_map(|(alias, name)| {
        let (_, text) = TEXTS.iter().find(|(n, _)| n == name)?;
        Some(Example { name: alias, text })
    });
    let has_alias = |name: &str| ALIASES.iter().any(|(_, n)| *n == name);
    let others = TEXTS.iter().filter(move |(name, _)| !has_alias(name));
    common.chain(others.map(|(name, text)| Example { name, text }))
}

/// The example of a name: common, of the file, or of a pair without its folder.
pub fn find(name: &str) -> Result<Example, Failure> {
    let is = |full: &str| full == name || full.split('/').next_back() == Some(name);
    let by_file = || TEXTS.iter().find(|(full, _)| is(full));
    let found = all().find(|e| e.name == name);
    let found = found.or_else(|| by_file().map(|(name, text)| Example { name, text }));
    found.ok_or_else(|| {
        let names: Vec<&str> = all().map(|e| e.name).filter(|n| !n.contains('/')).collect();
        let known = names.iter().copied().chain(TEXTS.iter().map(|(n, _)| *n));
        let message = format!(
            "no example is called `{}`{}",
            short(name),
            meant(name, known)
        );
        Failure::new(Exit::Usage, "example-unknown", message).help(format!(
            "examples: {}; `cachewright init` says what each is",
            names.join(", ")
        ))
    })
}

impl Example {
    /// What it is about, from the comment at its top; where it was found is left out.
    pub fn about(&self) -> String {
        let comments = self.text.lines().map_while(|l| l.strip_prefix("# "));
        let about: Vec<&str> = comments
            .skip_while(|l| l.starts_with("yaml-language-server:"))
            .take_while(|l| !l.starts_with("answer:"))
            .collect();
        let about = about.join(" ");
        match about.rsplit_once(" (") {
            Some((before, found)) if found.ends_with(").") => format!("{before}."),
            _ => about,
        }
    }
}
