//! Reads a message of AWS for the failure catalog: unwraps it, and tells what is evidence from what is only a name.
//!
//! Messages come wrapped at the width of a terminal, behind Terraform's bars or in a table, with the names of
//! resources in them. A name says nothing about a cause: `snapshot-replica` is no snapshot and no replica.

use std::collections::BTreeSet;

use super::denial::{self, Denied};
use super::pasted;
use crate::text::drives;

/// What stands around a word and is no part of it.
const AROUND: &[char] = &[
    '"', '\'', '`', '(', ')', '[', ']', '{', '}', '<', '>', ',', ';', ':', '.', '!', '?',
];

/// What ends an ARN in running text.
const ARN_ENDS: &[char] = &['"', '\'', '`', ',', ';', '(', ')', '[', ']', ' '];

/// Words after which a quoted word is a name.
const NAMED: &[&str] = &[
    "value",
    "named",
    "name",
    "identifier",
    "group",
    "role",
    "table",
    "tablename",
    "function",
    "bucket",
    "id",
    "key",
    "stack",
    "alias",
    "user",
    "cache",
    "policy",
    "resource",
    "topic",
    "cluster",
    "repository",
    "index",
    "parameter",
];

/// Words after which, with a colon, a bare word is a name.
const LABELS: &[&str] = &["table:", "tablename:", "stack:", "bucket:", "function:"];

/// What tells that a text may be of AWS, in lower case.
const OF_AWS: &[&str] = &[
    "aws",
    "amazon",
    "arn:",
    "exception",
    "fault",
    "accessdenied",
    ".notfound",
    "api error",
    "when calling",
    "operation error",
    "service: ",
    "handlererrorcode",
    "status code",
    "request id",
    "requestid",
    "_failed",
    "resource",
    "stack",
    "template",
];

/// Whether a text may be of AWS at all; any other program also knows things that are not found.
pub(super) fn is_of_aws(text: &str) -> bool {
    let lower = text.to_lowercase();
    OF_AWS.iter().any(|sign| lower.contains(sign))
}

/// A message, prepared for matching.
pub(super) struct Message {
    /// On one line, as it was written.
    pub plain: String,
    /// In lower case on one line, names left out, those of the API's operations too.
    lower: String,
    /// The same with the operations: they tell what a message is about, not what is wrong.
    about: String,
    /// The refused action, where the message is a refusal.
    pub denied: Option<Denied>,
    /// The resource types it names, in lower case; CloudFormation's own are left out, they are everywhere.
    pub types: BTreeSet<String>,
    /// The services it says it is from, in lower case without `amazon`, `aws` and spaces.
    pub services: BTreeSet<String>,
}

impl Message {
    /// Reads a message; the vocabulary tells which words joined by `-`, `_` or `/` are evidence.
    pub(super) fn read(text: &str, known: &Vocabulary) -> Self {
        let said = pasted::said(text);
        let plain = flat(said.as_deref().unwrap_or(text));
        let lower = plain.to_lowercase();
        let about = known.without_names(&pasted::without_columns(&lower));
        Self {
            denied: denial::read(&plain),
            types: types(&lower),
            services: services(&lower),
            // A space first: a fragment that begins with one may stand at the start.
            lower: format!(" {}", without_operations(&about)),
            about,
            plain,
        }
    }

    /// Does it have this fragment, given in lower case?
    pub(super) fn has(&self, part: &str) -> bool {
        self.lower.contains(part)
    }

    /// Is it the sentence in which a service refuses a value: what it may be stands there, why it was given does not?
    pub(super) fn is_constraint(&self) -> bool {
        self.has("failed to satisfy constraint: ") && self.has("member must")
    }

    /// Does it have this word, given in lower case, or an operation with it?
    pub(super) fn is_about(&self, word: &str) -> bool {
        self.about.contains(word)
    }
}

/// The words of the catalog's fragments that are joined by `-`, `_` or `/`: evidence, where others are names.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    whole: BTreeSet<String>,
    /// Those that begin or end with the joint: they are looked for at the end or the start of a word.
    edges: BTreeSet<String>,
}

impl Vocabulary {
    /// Learns the words of a fragment.
    pub(super) fn learn(&mut self, fragment: &str) {
        for word in fragment.to_lowercase().split_whitespace() {
            let word = word.trim_matches(AROUND);
            if !word.contains(is_joint) {
                continue;
            }
            if word.starts_with(is_joint) || word.ends_with(is_joint) {
                if word.len() > 2 {
                    self.edges.insert(word.to_owned());
                }
            } else {
                self.whole.insert(word.to_owned());
            }
        }
    }

    /// A message in lower case without the names in it.
    fn without_names(&self, lower: &str) -> String {
        let short = without_lists(&without_arns(lower));
        let words: Vec<&str> = short.split(' ').collect();
        let mut out: Vec<String> = Vec::with_capacity(words.len());
        for (place, word) in words.iter().enumerate() {
            let back = |n: usize| place.checked_sub(n).map_or("", |p| words[p]);
            let word = unnamed(word, back(1), back(2));
            out.push(self.kept(&word));
        }
        out.join(" ")
    }

    /// What stays of a word: all of it, unless it is joined and the catalog does not know it.
    fn kept(&self, word: &str) -> String {
        let core = word.trim_matches(AROUND);
        let evidence = !core.contains(is_joint)
            || core.starts_with("#/")
            || core.contains("::")
            || self.whole.contains(core);
        if evidence {
            return word.to_owned();
        }
        if let Some((host, _)) = core.split_once("amazonaws.com") {
            // Of a host name all but the bucket or cache it begins with.
            let named = host.matches('.').count() >= 3 && !host.contains('/');
            let rest = core
                .split_once('.')
                .filter(|_| named)
                .map_or(core, |(_, r)| r);
            return word.replace(core, rest);
        }
        if core.starts_with("aws_") {
            // A type of Terraform's; what follows the dot is the name.
            let kind = core.split('.').next().unwrap_or_default();
            return word.replace(core, kind);
        }
        let end = core.trim_end_matches('/');
        let edges: Vec<&str> = (self.edges.iter().map(String::as_str))
            .filter(|e| {
                (e.starts_with(is_joint) && end.ends_with(e))
                    || (e.ends_with(is_joint) && core.starts_with(e))
            })
            .collect();
        word.replace(core, &edges.join(" "))
    }
}

fn is_joint(c: char) -> bool {
    matches!(c, '-' | '_' | '/')
}

/// The text on one line: without escapes of JSON and HTML, bars and bullets at the start of lines, and what drives
/// a terminal. A word broken at its hyphen is whole again.
fn flat(text: &str) -> String {
    let text = without_colour(&unescaped(text));
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let line = bare(line);
        let Some(first) = line.chars().next() else {
            continue;
        };
        let mut end = out.chars().rev();
        let broken = end.next() == Some('-')
            && end.next().is_some_and(char::is_alphanumeric)
            && first.is_alphanumeric();
        if !out.is_empty() && !broken {
            out.push(' ');
        }
        out.push_str(&line);
    }
    out
}

fn unescaped(text: &str) -> String {
    const PAIRS: &[(&str, &str)] = &[
        ("\\n", "\n"),
        ("\\t", " "),
        ("\\r", " "),
        ("\\\"", "\""),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&apos;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
        ("‘", "'"),
        ("’", "'"),
        ("“", "\""),
        ("”", "\""),
    ];
    let mut text = text.to_owned();
    for (from, to) in PAIRS {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    text
}

/// Without the sequences that colour a terminal.
fn without_colour(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        let mut rest = rest.chars();
        if let Some(c) = rest.next().filter(|c| !c.is_ascii_alphabetic()) {
            out.push(c);
        }
        out.push_str(rest.as_str());
    }
    out
}

/// A line without what frames it, its white space folded.
fn bare(line: &str) -> String {
    let frame = |c: char| ('\u{2500}'..='\u{257f}').contains(&c) || c == '¦' || c.is_whitespace();
    let unframed: String = line
        .chars()
        .map(|c| if frame(c) { ' ' } else { c })
        .filter(|c| !drives(*c))
        .collect();
    let mut rest = unframed.trim();
    loop {
        let bullet = ["> ", "* ", "# "].iter().find_map(|b| rest.strip_prefix(b));
        let shorter = bullet.unwrap_or(rest).trim().trim_matches('|').trim();
        if shorter.len() == rest.len() {
            return rest.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        rest = shorter;
    }
}

/// ARNs end after the service: what follows is a name.
fn without_arns(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("arn:aws") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(ARN_ENDS).map_or(rest.len(), |n| at + n);
        out.push_str("arn:aws:");
        out.push_str(rest[at..end].split(':').nth(2).unwrap_or_default());
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Without the names of the API's operations.
fn without_operations(text: &str) -> String {
    let mut out = text.to_owned();
    for (lead, end) in [
        ("when calling the ", " operation"),
        ("operation error ", ","),
    ] {
        let mut from = 0;
        while let Some(at) = out[from..].find(lead).map(|n| from + n + lead.len()) {
            let Some(stop) = out[at..].find(end).map(|n| at + n) else {
                break;
            };
            // The second lead names the service first.
            let start = out[at..stop].find(": ").map_or(at, |n| at + n + 2);
            let one = !out[start..stop].contains(' ') && (end == " operation" || start > at);
            if one {
                out.replace_range(start..stop, "");
            }
            from = at;
        }
    }
    out
}

/// The list of resources that failed is a list of names.
fn without_lists(text: &str) -> String {
    let Some(at) = text.find("resource(s) failed to ") else {
        return text.to_owned();
    };
    let open = text[at..].find('[').map(|n| at + n);
    let close = open.and_then(|o| text[o..].find(']').map(|n| o + n + 1));
    match (open, close) {
        (Some(open), Some(close)) => format!("{}{}", &text[..open], &text[close..]),
        _ => text.to_owned(),
    }
}

/// A word without the name in it, told by the words before it.
fn unnamed(word: &str, before: &str, earlier: &str) -> String {
    let lead = before.trim_end_matches(':').trim_start_matches(AROUND);
    let quote = word
        .chars()
        .next()
        .filter(|c| matches!(c, '"' | '\'' | '`' | '['));
    if let Some(open) = quote.filter(|_| NAMED.contains(&lead) && !word.contains("::")) {
        let close = if open == '[' { ']' } else { open };
        if let Some(end) = word[1..].find(close) {
            return format!("{open}{}", &word[1 + end..]);
        }
    }
    let label = before.trim_start_matches(AROUND);
    if LABELS.contains(&label) && !word.contains("::") && !word.ends_with(':') {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        return word.trim_start_matches(name).to_owned();
    }
    let logical = before == "resource" && earlier.ends_with("for");
    if logical && word.chars().all(|c| c.is_ascii_alphanumeric()) {
        return String::new();
    }
    word.to_owned()
}

/// The resource types a text in lower case names.
fn types(lower: &str) -> BTreeSet<String> {
    let ident = |s: &str| -> String { s.chars().take_while(char::is_ascii_alphanumeric).collect() };
    let mut found = BTreeSet::new();
    for (at, lead) in lower.match_indices("aws::") {
        let service = ident(&lower[at + lead.len()..]);
        let rest = &lower[at + lead.len() + service.len()..];
        let name = rest.strip_prefix("::").map(ident).unwrap_or_default();
        if !name.is_empty() && service != "cloudformation" {
            found.insert(format!("aws::{service}::{name}"));
        }
    }
    for (at, lead) in lower.match_indices("custom::") {
        found.insert(format!("custom::{}", ident(&lower[at + lead.len()..])));
    }
    found
}

/// The services a text in lower case says it is from.
fn services(lower: &str) -> BTreeSet<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
    let mut found = BTreeSet::new();
    for (lead, ends) in [("service: ", ",;)"), ("operation error ", ":")] {
        for (at, _) in lower.match_indices(lead) {
            let rest = &lower[at + lead.len()..];
            let name: String = rest.chars().take_while(|c| plain(*c)).collect();
            let ended = rest[name.len()..]
                .chars()
                .next()
                .is_some_and(|c| ends.contains(c));
            let name = name.replace(' ', "");
            let short = name
                .strip_prefix("amazon")
                .or_else(|| name.strip_prefix("aws"));
            let short = short.unwrap_or(&name);
            if ended && !short.is_empty() {
                found.insert(short.to_owned());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_message_is_one_line_again() {
        let wrapped =
            "╷\n│ Error: not authorized\n│   to perform: s3:GetObject in us-\n│ east-1\n╵";
        assert_eq!(
            flat(wrapped),
            "Error: not authorized to perform: s3:GetObject in us-east-1"
        );
        assert_eq!(
            flat("> * a\\n\\\"b\\\" &quot;c&quot; ‘d’"),
            "a \"b\" \"c\" 'd'"
        );
        assert_eq!(flat("| a | b |"), "a | b");
        assert_eq!(flat("\u{1b}[31mred\u{1b}[0m \u{202e}end"), "red end");
    }

    #[test]
    fn names_are_no_evidence() {
        let mut known = Vocabulary::default();
        known.learn("on-demand");
        known.learn("--x-s3");
        let said = |text: &str| known.without_names(&text.to_lowercase());
        assert_eq!(said("Table: snapshot-1 not found"), "table:  not found");
        assert_eq!(said("my-replica is on-demand"), " is on-demand");
        assert_eq!(
            said("bucket 'replica' of b--use1-az4--x-s3"),
            "bucket '' of --x-s3"
        );
        assert_eq!(said("at 'billingMode'"), "at 'billingmode'");
        assert_eq!(
            said("on arn:aws:dynamodb:us-east-1:1:table/replica, x"),
            "on arn:aws:dynamodb, x"
        );
        assert_eq!(
            said("aws_dynamodb_table.replica: no"),
            "aws_dynamodb_table: no"
        );
    }

    #[test]
    fn an_operation_is_context_and_no_cause() {
        assert_eq!(
            without_operations("(x) when calling the createwebacl operation: no"),
            "(x) when calling the  operation: no"
        );
        assert_eq!(
            without_operations("operation error cloudfront: createfunction, https: no"),
            "operation error cloudfront: , https: no"
        );
        let text = "operation error sts: of two words, no";
        assert_eq!(without_operations(text), text);
    }

    #[test]
    fn a_message_tells_what_it_is_about() {
        let text = "(aws::cloudformation::stack) aws::logs::loggroup (service: amazonec2; status code: 400";
        assert_eq!(
            types(text),
            BTreeSet::from(["aws::logs::loggroup".to_owned()])
        );
        assert_eq!(services(text), BTreeSet::from(["ec2".to_owned()]));
        let text = "operation error cloudwatch logs: createdelivery";
        assert_eq!(
            services(text),
            BTreeSet::from(["cloudwatchlogs".to_owned()])
        );
    }
}
