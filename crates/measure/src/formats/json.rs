//! The top-level fields of one JSON object per line, without building a tree.
//!
//! Nested values are skipped. It checks only as much syntax as it needs to find the fields.

/// A value as it stands in the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Value<'a> {
    /// Text of a string without its quotes (escapes kept), or of any other value.
    pub(crate) text: &'a [u8],
    /// It was a string.
    pub(crate) is_string: bool,
}

/// Calls `field` with every top-level key and value; false when the line is not an object.
pub(crate) fn fields<'a>(line: &'a [u8], mut field: impl FnMut(&'a [u8], Value<'a>)) -> bool {
    let mut at = Scanner { text: line, at: 0 };
    if at.next_token() != Some(b'{') {
        return false;
    }
    at.at += 1;
    loop {
        match at.next_token() {
            Some(b'"') => {}
            Some(b'}') => return true,
            _ => return false,
        }
        let Some(key) = at.string() else { return false };
        if at.next_token() != Some(b':') {
            return false;
        }
        at.at += 1;
        let Some(value) = at.value() else {
            return false;
        };
        field(key, value);
        match at.next_token() {
            Some(b',') => at.at += 1,
            Some(b'}') => return true,
            _ => return false,
        }
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn next_token(&mut self) -> Option<u8> {
        while self.text.get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    /// The text between quotes; stands after the closing quote.
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            let found = at + memchr::memchr2(b'"', b'\\', self.text.get(at..)?)?;
            if self.text[found] == b'"' {
                self.at = found + 1;
                return Some(&self.text[start..found]);
            }
            at = found + 2;
        }
    }

    fn value(&mut self) -> Option<Value<'a>> {
        match self.next_token()? {
            b'"' => Some(Value {
                text: self.string()?,
                is_string: true,
            }),
            b'{' | b'[' => self.nested(),
            _ => {
                let rest = &self.text[self.at..];
                let end = rest.iter().position(|b| matches!(b, b',' | b'}'))?;
                self.at += end;
                Some(Value {
                    text: rest[..end].trim_ascii(),
                    is_string: false,
                })
            }
        }
    }

    /// Skips an object or array; a bracket that closes another kind ends it in vain.
    fn nested(&mut self) -> Option<Value<'a>> {
        let start = self.at;
        // The brackets that are open, the innermost as the lowest bit.
        let (mut depth, mut arrays) = (0u32, 0u64);
        loop {
            let byte = *self.text.get(self.at)?;
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' if depth == u64::BITS => return None,
                b'{' | b'[' => {
                    arrays = arrays << 1 | u64::from(byte == b'[');
                    depth += 1;
                }
                b'}' | b']' => {
                    if (arrays & 1 == 1) != (byte == b']') {
                        return None;
                    }
                    arrays >>= 1;
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(Value {
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

    #[test]
    fn top_level_fields_are_found() {
        let line = br#" {"a": "x\"y", "b":{"a":[1,"}"]}, "c" : -1.5 , "d":null}"#;
        let mut seen = Vec::new();
        assert!(fields(line, |k, v| seen.push((
            k.to_vec(),
            v.text.to_vec(),
            v.is_string
        ))));
        assert_eq!(seen.len(), 4);
        assert_eq!(seen[0], (b"a".to_vec(), br#"x\"y"#.to_vec(), true));
        assert_eq!(seen[1].1, br#"{"a":[1,"}"]}"#);
        assert_eq!(seen[2].1, b"-1.5");
        assert!(fields(b"{}", |_, _| {}));
    }

    #[test]
    fn what_is_cut_off_is_not_an_object() {
        for bad in [
            "",
            "[1]",
            "{",
            r#"{"a""#,
            r#"{"a":"#,
            r#"{"a":1"#,
            r#"{"a":"x"#,
        ] {
            assert!(!fields(bad.as_bytes(), |_, _| {}), "{bad}");
        }
    }

    #[test]
    fn brackets_close_what_they_opened() {
        for bad in [r#"{"a":[1}"#, r#"{"x":[1}}"#, r#"{"a":{"b":[{]}}"#] {
            assert!(!fields(bad.as_bytes(), |_, _| {}), "{bad}");
        }
        let nest = |depth: usize| format!("{{\"a\":{}1{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(fields(nest(64).as_bytes(), |_, _| {}));
        assert!(!fields(nest(65).as_bytes(), |_, _| {}));
    }
}
