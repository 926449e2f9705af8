//! The fields of one JSON object, without building a tree.
//!
//! Nested values are skipped, and looked into when somebody asks. It checks only as much syntax as it
//! needs to find the fields, and tells an object that is cut off from one that is none: logs hold
//! several objects on a line, and one on several lines. A library that answers both and is not a
//! tenth slower on a line was not found.

use std::borrow::Cow;

use super::fields::unescape;

/// A value as it stands in the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value<'a> {
    /// Text of a string without its quotes (escapes kept), or of any other value.
    pub(crate) text: &'a [u8],
    /// It was a string.
    pub(crate) is_string: bool,
}

impl<'a> Value<'a> {
    /// The text with escapes undone; empty for `null`.
    pub(crate) fn plain(&self) -> Cow<'a, [u8]> {
        match self.text {
            text if self.is_string => unescape(text),
            b"null" => Cow::default(),
            text => Cow::Borrowed(text),
        }
    }
}

/// How the scan of an object ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// After so many bytes, with the bracket that closes it.
    Whole(usize),
    /// With the text, in the middle of a string or not.
    CutOff {
        /// A line cannot break here.
        in_string: bool,
    },
    /// Where no object goes on like this.
    Bad,
}

/// Calls `field` with every top-level key and value of the object that `text` starts with.
pub(crate) fn fields<'a>(text: &'a [u8], field: impl FnMut(&'a [u8], Value<'a>)) -> Scan {
    let mut at = Scanner {
        text,
        at: 0,
        in_string: false,
    };
    match at.next_token() {
        Some(b'{') => at.at += 1,
        Some(_) => return Scan::Bad,
        None => return at.cut_off(),
    }
    at.members(field)
}

/// The end of an object of which some members have been taken off already.
pub(crate) fn end_of_object(text: &[u8]) -> Scan {
    let mut at = Scanner {
        text,
        at: 0,
        in_string: false,
    };
    at.members(|_, _| {})
}

/// The value of a field inside a nested object, by its names from the outside in.
pub(crate) fn dig<'a>(value: Value<'a>, mut names: &str) -> Option<Value<'a>> {
    let mut value = value;
    loop {
        let (name, rest) = names.split_once('.').unwrap_or((names, ""));
        let mut found = None;
        fields(value.text, |key, inner| {
            if key == names.as_bytes() || (found.is_none() && key == name.as_bytes()) {
                found = Some((inner, key.len() == names.len()));
            }
        });
        let (inner, is_last) = found?;
        if is_last || rest.is_empty() {
            return Some(inner);
        }
        (value, names) = (inner, rest);
    }
}

/// One field of an object by its path.
pub(crate) fn field<'a>(object: &'a [u8], path: &str) -> Option<Value<'a>> {
    let text = Value {
        text: object,
        is_string: false,
    };
    dig(text, path)
}

/// The objects of an array, or of any text that holds some.
pub(crate) fn objects<'a>(array: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    let mut rest = array;
    while let Some(at) = memchr::memchr(b'{', rest) {
        rest = &rest[at..];
        match fields(rest, |_, _| {}) {
            Scan::Whole(len) => {
                each(&rest[..len]);
                rest = &rest[len..];
            }
            // A list in an object that goes on has objects of its own.
            _ => rest = &rest[1..],
        }
    }
}

/// Lists of records inside an object, as CloudTrail and CloudWatch Logs write them.
pub(crate) const LISTS: [&str; 3] = ["Records", "events", "logEvents"];

/// The records of a text: its objects, or those in the list that an object is about.
pub(crate) fn records<'a>(text: &'a [u8], mut each: impl FnMut(&'a [u8])) {
    objects(text, |object| match list_of(object) {
        Some(list) => objects(list.text, &mut each),
        None => each(object),
    });
}

/// The list that an object is about: its first field, or the one of CloudWatch Logs.
fn list_of(object: &[u8]) -> Option<Value<'_>> {
    let body = object[1..].trim_ascii_start().strip_prefix(b"\"")?;
    let is_about = |name: &&&str| **name == "logEvents" || body.starts_with(name.as_bytes());
    let name = LISTS
        .iter()
        .filter(is_about)
        .find_map(|name| field(object, name));
    name.filter(|list| list.text.starts_with(b"["))
}

/// Objects around a list of records, at most.
const DEPTH: u32 = 3;

/// Where the first list of objects inside the object that `text` starts with has its first one, and
/// how many objects are around it; none when it holds no such list.
pub(crate) fn list_start(text: &[u8]) -> Result<Option<(usize, u32)>, Scan> {
    let mut at = Scanner {
        text,
        at: 0,
        in_string: false,
    };
    match at.first_list(1) {
        Ok(found) => Ok(found),
        // A string that goes on is one of the object's own.
        Err(Stop::CutOff) => Err(at.cut_off()),
        Err(Stop::Bad) => Err(Scan::Bad),
    }
}

/// What went wrong where a token was wanted.
enum Stop {
    CutOff,
    Bad,
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    /// The text ended before a string did.
    in_string: bool,
}

impl<'a> Scanner<'a> {
    const fn cut_off(&self) -> Scan {
        Scan::CutOff {
            in_string: self.in_string,
        }
    }

    /// Members up to the closing bracket.
    fn members(&mut self, mut field: impl FnMut(&'a [u8], Value<'a>)) -> Scan {
        match self.all_members(&mut field) {
            Ok(()) => Scan::Whole(self.at),
            Err(Stop::CutOff) => self.cut_off(),
            Err(Stop::Bad) => Scan::Bad,
        }
    }

    #[inline]
    fn all_members(&mut self, field: &mut impl FnMut(&'a [u8], Value<'a>)) -> Result<(), Stop> {
        loop {
            match self.next_token().ok_or(Stop::CutOff)? {
                b'"' => {}
                b'}' => break,
                _ => return Err(Stop::Bad),
            }
            let key = self.string()?;
            if self.next_token().ok_or(Stop::CutOff)? != b':' {
                return Err(Stop::Bad);
            }
            self.at += 1;
            let value = self.value()?;
            field(key, value);
            match self.next_token().ok_or(Stop::CutOff)? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(Stop::Bad),
            }
        }
        self.at += 1;
        Ok(())
    }

    /// See [`list_start`].
    fn first_list(&mut self, depth: u32) -> Result<Option<(usize, u32)>, Stop> {
        if self.next_token().ok_or(Stop::CutOff)? != b'{' {
            return Err(Stop::Bad);
        }
        self.at += 1;
        while self.next_token().ok_or(Stop::CutOff)? == b'"' {
            self.string()?;
            if self.next_token().ok_or(Stop::CutOff)? != b':' {
                return Err(Stop::Bad);
            }
            self.at += 1;
            let opening = self.next_token().ok_or(Stop::CutOff)?;
            let inside = self.text.get(self.at + 1..).unwrap_or_default();
            let inside = inside.trim_ascii_start();
            let first = match opening {
                b'[' => Some(*inside.first().ok_or(Stop::CutOff)?),
                _ => None,
            };
            if matches!(first, Some(b'{' | b'[')) {
                return Ok(Some((self.text.len() - inside.len(), depth)));
            }
            if opening == b'{' && depth < DEPTH {
                let mut inner = Scanner {
                    text: &self.text[self.at..],
                    at: 0,
                    in_string: false,
                };
                if let Some((at, depth)) = inner.first_list(depth + 1)? {
                    return Ok(Some((self.at + at, depth)));
                }
            }
            self.value()?;
            if self.next_token().ok_or(Stop::CutOff)? != b',' {
                break;
            }
            self.at += 1;
        }
        Ok(None)
    }

    fn next_token(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// The text between quotes; stands after the closing quote.
    fn string(&mut self) -> Result<&'a [u8], Stop> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'"', b'\\', rest) else {
                self.in_string = true;
                return Err(Stop::CutOff);
            };
            let found = at + found;
            if self.text[found] == b'"' {
                self.at = found + 1;
                return Ok(&self.text[start..found]);
            }
            at = found + 2;
        }
    }

    fn value(&mut self) -> Result<Value<'a>, Stop> {
        match self.next_token().ok_or(Stop::CutOff)? {
            b'"' => Ok(Value {
                text: self.string()?,
                is_string: true,
            }),
            b'{' | b'[' => self.nested(),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest
                    .iter()
                    .position(|b| matches!(b, b',' | b'}' | b'{' | b'"' | b']'));
                let end = end.ok_or(Stop::CutOff)?;
                let text = rest[..end].trim_ascii();
                if text.is_empty() || matches!(rest[end], b'{' | b'"' | b']') {
                    return Err(Stop::Bad);
                }
                self.at += end;
                Ok(Value {
                    text,
                    is_string: false,
                })
            }
        }
    }

    /// Skips an object or array; a bracket that closes another kind ends it in vain.
    fn nested(&mut self) -> Result<Value<'a>, Stop> {
        let start = self.at;
        // The brackets that are open, the innermost as the lowest bit.
        let (mut depth, mut arrays) = (0u32, 0u64);
        loop {
            let byte = *self.text.get(self.at).ok_or(Stop::CutOff)?;
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' if depth == u64::BITS => return Err(Stop::Bad),
                b'{' | b'[' => {
                    arrays = arrays << 1 | u64::from(byte == b'[');
                    depth += 1;
                }
                b'}' | b']' => {
                    if (arrays & 1 == 1) != (byte == b']') {
                        return Err(Stop::Bad);
                    }
                    arrays >>= 1;
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(Value {
                    text: &self.text[start..self.at],
                    is_string: false,
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Scan {
        fields(text.as_bytes(), |_, _| {})
    }

    #[test]
    fn top_level_fields_are_found() {
        let line = br#" {"a": "x\"y", "b":{"a":[1,"}"]}, "c" : -1.5 , "d":null} rest"#;
        let mut seen = Vec::new();
        let end = fields(line, |k, v| {
            seen.push((k.to_vec(), v.text.to_vec(), v.is_string));
        });
        assert_eq!(end, Scan::Whole(line.len() - 5));
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[0], (b"a".to_vec(), br#"x\"y"#.to_vec(), true));
        assert_eq!(seen[1].1, br#"{"a":[1,"}"]}"#);
        assert_eq!(seen[2].1, b"-1.5");
        assert_eq!(scan("{}"), Scan::Whole(2));
    }

    #[test]
    fn what_is_cut_off_is_told_from_what_is_no_object() {
        for cut in ["", "{", r#"{"a""#, r#"{"a":"#, r#"{"a":1"#, r#"{"a":[1"#] {
            assert_eq!(scan(cut), Scan::CutOff { in_string: false }, "{cut}");
        }
        assert_eq!(scan(r#"{"a":"x"#), Scan::CutOff { in_string: true });
        for bad in [
            "[1]",
            "x",
            r#"{"a" 1}"#,
            r#"{"a":1 "b":2}"#,
            "{\"a\":1,\n{\"b\":2}",
        ] {
            assert_eq!(scan(bad), Scan::Bad, "{bad}");
        }
    }

    #[test]
    fn brackets_close_what_they_opened() {
        for bad in [r#"{"a":[1}"#, r#"{"x":[1}}"#, r#"{"a":{"b":[{]}}"#] {
            assert_eq!(scan(bad), Scan::Bad, "{bad}");
        }
        let nest = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(matches!(scan(&nest(64)), Scan::Whole(_)));
        assert_eq!(scan(&nest(65)), Scan::Bad);
    }

    #[test]
    fn nested_fields_have_paths_and_a_name_with_a_dot_wins() {
        let object = br#"{"a":{"b":{"c":1},"b.c":2},"x.y":3}"#;
        let text = |path: &str| field(object, path).map(|v| v.text.to_vec());
        assert_eq!(text("a.b.c"), Some(b"2".to_vec()));
        assert_eq!(text("a.b"), Some(br#"{"c":1}"#.to_vec()));
        assert_eq!(text("x.y"), Some(b"3".to_vec()));
        assert_eq!(text("a.z"), None);
    }
}
