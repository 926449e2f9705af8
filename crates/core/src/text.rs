//! Text for people and for other languages: what is never printed raw, escapes, and small wording.
//!
//! Everything a person reads (terminal, Markdown, HTML, YAML) passes [`visible`], [`one_line`] or one of
//! the escapes here, so that a name or a log line can neither drive a terminal nor hide or reorder words.

use std::fmt::{Display, Write as _};

/// Does a character do something instead of being seen? Controls, line separators, changes of direction,
/// those without width, and what Unicode allows to ignore (but for the variation selectors that emoji need).
pub fn drives(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}'
            // U+FFFD is not here: it is the visible sign of an unreadable one.
            | '\u{fff0}'..='\u{fffc}' | '\u{fffe}' | '\u{ffff}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What [`drives`] shown as escapes, line breaks too: `\n`, `\u{202e}`.
pub fn visible(text: &str) -> String {
    escaped(text, |c, out| out.extend(c.escape_default()))
}

/// The same on one line: line breaks and tabs are spaces.
pub fn one_line(text: &str) -> String {
    escaped(text, |c, out| match c {
        '\n' | '\r' | '\t' => out.push(' '),
        c => out.extend(c.escape_default()),
    })
}

fn escaped(text: &str, escape: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if drives(c) {
            escape(c, &mut out);
        } else {
            out.push(c);
        }
    }
    out
}

/// Text as text of Markdown and its HTML: punctuation escaped, `code` kept, white space folded.
pub fn markdown(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Only single ticks in pairs: a run of several opens a span that ends elsewhere than it seems.
    let spans = folded.matches('`').count().is_multiple_of(2) && !folded.contains("``");
    let mut out = String::with_capacity(folded.len() + 8);
    let mut code = false;
    for c in folded.chars() {
        match c {
            '`' if spans => {
                code = !code;
                out.push('`');
            }
            '|' => out.push_str("\\|"),
            '<' if !code => out.push_str("&lt;"),
            '>' if !code => out.push_str("&gt;"),
            '&' if !code => out.push_str("&amp;"),
            '*' | '_' | '[' | ']' | '`' | '#' | '~' | '!' | '\\' if !code => {
                out.push('\\');
                out.push(c);
            }
            c if drives(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// A word of a command line, quoted for a POSIX shell where needed.
pub fn shell(word: &str) -> String {
    let word = visible(word);
    let bare = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How a profile is named on a command line: options, what replaces fields of it, and its file, where it is one.
/// A file alone stands for itself, unquoted; else options come first, by which a report knows them from the name of a file.
pub fn profile_words(options: &str, sets: &[String], file: Option<&str>) -> String {
    let sets: Vec<String> = sets.iter().map(|s| format!("--set {}", shell(s))).collect();
    let sets = sets.join(" ");
    if let Some(file) = file.filter(|_| options.is_empty() && sets.is_empty()) {
        return file.to_owned();
    }
    let all = [
        options.to_owned(),
        sets,
        file.map(shell).unwrap_or_default(),
    ];
    let all: Vec<String> = all.into_iter().filter(|w| !w.is_empty()).collect();
    all.join(" ")
}

/// A JSON string that is also a YAML 1.1 and 1.2 double-quoted scalar on one line.
///
/// What [`drives`] beyond U+FFFF stays raw: the two languages escape it differently.
pub fn json_string(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    escaped(&json, |c, out| {
        let code = u32::from(c);
        if code > 0xffff {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{code:04x}");
        }
    })
}

/// A string of HCL, the language of Terraform, that holds no expression.
pub fn hcl_string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if drives(c) && u32::from(c) > 0xffff => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
            c if drives(c) => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            // A doubled sign begins no template; after signs that are doubled already only the escape is clear.
            '{' if ["$$", "%%", "$%", "%$"]
                .iter()
                .any(|two| out.ends_with(two)) =>
            {
                out.push_str("\\u007b");
            }
            '{' if out.ends_with(['$', '%']) => {
                out.extend(out.chars().next_back());
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A YAML double-quoted scalar on one line, everything unseen escaped.
pub fn yaml_quoted(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    escaped(&json, |c, out| {
        let _ = write!(out, "\\U{:08x}", u32::from(c));
    })
}

/// A YAML scalar of a profile: as it stands where a profile's reader takes it for this text, else quoted.
pub fn yaml_scalar(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._/%+-µ".contains(c);
    let safe = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && !text.ends_with(' ')
        && text.chars().all(plain)
        && !matches!(text, "true" | "false" | "null");
    if safe {
        text.to_owned()
    } else {
        yaml_quoted(text)
    }
}

/// Does YAML 1.1 or 1.2 read the word as something else than text?
pub fn is_yaml_word(text: &str) -> bool {
    let words = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    words.iter().any(|w| text.eq_ignore_ascii_case(w))
}

/// `1 check`, `2 checks`.
pub fn plural<N: Display + PartialEq + From<u8>>(count: N, one: &str) -> String {
    let s = if count == N::from(1) { "" } else { "s" };
    format!("{count} {one}{s}")
}

/// The nearest of the choices, when one is near enough to be meant.
pub fn did_you_mean<'c>(
    typed: &str,
    choices: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let typed = typed.to_lowercase().replace(['_', ' '], "-");
    let score = |c: &str| strsim::jaro_winkler(&typed, &c.to_lowercase().replace('_', "-"));
    choices
        .into_iter()
        .map(|c| (score(c), c))
        .filter(|(score, _)| *score > 0.80)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, c)| c)
}

/// ``did you mean `x`?``, or the words given when nothing is near.
pub fn meant_or<'c>(
    typed: &str,
    choices: impl IntoIterator<Item = &'c str>,
    otherwise: &str,
) -> String {
    did_you_mean(typed, choices)
        .map_or_else(|| otherwise.to_owned(), |w| format!("did you mean `{w}`?"))
}

/// ``; did you mean `x`?`` to end a message, or nothing.
pub fn meant<'c>(typed: &str, choices: impl IntoIterator<Item = &'c str>) -> String {
    did_you_mean(typed, choices).map_or_else(String::new, |w| format!("; did you mean `{w}`?"))
}

/// `a, b or c` of quoted words.
pub fn one_of(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [init @ .., last] => {
            let init: Vec<String> = init.iter().map(|w| format!("`{w}`")).collect();
            format!("{} or `{last}`", init.join(", "))
        }
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

/// A text of so many characters at most; what is cut off leaves an ellipsis.
pub fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let kept = text.chars().take(room.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// A text as a message quotes it: cut, on one line.
pub fn short(text: &str) -> String {
    visible(&cut(text, 61))
}

/// A legal name of a CloudFormation stack from a profile's name.
pub fn stack_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric());
    let joined: Vec<&str> = words.filter(|w| !w.is_empty()).collect();
    let joined = joined.join("-");
    let named = if joined.starts_with(|c: char| c.is_ascii_alphabetic()) {
        joined
    } else {
        format!("cache-{joined}")
    };
    let fit: String = named.chars().take(60).collect();
    fit.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every character that drives.
    fn unseen() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|c| drives(*c))
    }

    #[test]
    fn nothing_unseen_is_printed_raw_in_any_form() {
        type Form = (&'static str, fn(&str) -> String);
        let forms: [Form; 6] = [
            ("visible", visible),
            ("one line", one_line),
            ("markdown", markdown),
            ("shell", shell),
            ("yaml quoted", yaml_quoted),
            ("yaml", yaml_scalar),
        ];
        for c in unseen() {
            for (name, form) in forms {
                let shown = form(&format!("a`b{c}c`d"));
                assert!(!shown.contains(c), "{name}: {}", c.escape_unicode());
            }
        }
        assert_eq!(one_line("a\u{0}b\u{1b}[31m\nc"), "a\\u{0}b\\u{1b}[31m c");
        assert_eq!(visible("שלום ❤\u{fe0f} é"), "שלום ❤\u{fe0f} é");
    }

    #[test]
    fn a_json_string_reads_back_in_both_languages() {
        for c in unseen().chain(['"', '\\', '\'', '#', ':']) {
            let text = format!("a{c}b ${{AWS::StackName}} {{{{ x }}}}");
            let json = json_string(&text);
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
            assert_eq!(json.lines().count(), 1);
            for yaml in [json, yaml_quoted(&text)] {
                let tree = crate::yaml::parse(&yaml).unwrap();
                assert_eq!(tree.kind, crate::yaml::Kind::Scalar(text.clone()), "{yaml}");
            }
        }
    }

    #[test]
    fn a_string_of_hcl_holds_no_expression() {
        for (text, written) in [
            ("shop", r#""shop""#),
            ("a\"b\\c\n", r#""a\"b\\c\u000a""#),
            ("${file(\"x\")}", r#""$${file(\"x\")}""#),
            ("%{ if true }", r#""%%{ if true }""#),
            ("$${x}", r#""$$\u007bx}""#),
            ("\u{e0001}$", r#""\U000e0001$""#),
        ] {
            assert_eq!(hcl_string(text), written);
        }
    }

    #[test]
    fn a_scalar_is_plain_where_that_is_safe() {
        for plain in ["no", "40 GB", "500 µs", "a/b_c-d.yaml", "85 %"] {
            assert_eq!(yaml_scalar(plain), plain);
        }
        for (text, quoted) in [
            ("null", "\"null\""),
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("-", "\"-\""),
            ("x ", "\"x \""),
        ] {
            assert_eq!(yaml_scalar(text), quoted);
        }
    }

    #[test]
    fn hostile_text_stays_text_in_markdown() {
        assert_eq!(
            markdown("<b>x</b> | *y*\n# z"),
            "&lt;b&gt;x&lt;/b&gt; \\| \\*y\\* \\# z"
        );
        assert_eq!(markdown("a `code` b"), "a `code` b");
        assert_eq!(markdown("one ` tick <i>"), "one \\` tick &lt;i&gt;");
        assert_eq!(markdown("[x](javascript:1)"), "\\[x\\](javascript:1)");
        assert_eq!(markdown("``` <b>` "), "\\`\\`\\` &lt;b&gt;\\`");
    }

    #[test]
    fn words_are_quoted_for_the_shell() {
        assert_eq!(shell("a/b.yaml"), "a/b.yaml");
        assert_eq!(shell("it's $(x).yaml"), r"'it'\''s $(x).yaml'");
        assert_eq!(shell(""), "''");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(plural(1_u64, "check"), "1 check");
        assert_eq!(plural(0_usize, "check"), "0 checks");
    }

    #[test]
    fn the_nearest_choice_is_meant() {
        assert_eq!(
            meant("trafic", ["traffic", "data"]),
            "; did you mean `traffic`?"
        );
        assert_eq!(meant("zzz", ["traffic", "data"]), "");
        assert_eq!(meant_or("zzz", ["data"], "unknown key"), "unknown key");
        assert_eq!(one_of(&["a", "b", "c"]), "`a`, `b` or `c`");
    }

    #[test]
    fn a_stack_has_a_legal_name() {
        assert_eq!(stack_name("Orders: by ID (v2)"), "orders-by-id-v2");
        assert_eq!(stack_name("42 — été"), "cache-42-t");
        assert_eq!(stack_name("--"), "cache");
        assert_eq!(stack_name(&format!("{}-b", "a".repeat(59))), "a".repeat(59));
    }

    #[test]
    fn what_does_not_fit_is_cut() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(hex(&[0, 171]), "00ab");
    }
}
