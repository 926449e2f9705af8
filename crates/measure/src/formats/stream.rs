//! JSON as logs hold it: one object a line, several on a line, one on several lines, an array, or a
//! list inside an object (`{"Records": […]}`).
//!
//! It finds the objects; what they mean is up to others.

use super::json::{self, Scan};
use super::{Batch, LineFormat, Reading, Reject, Traits};

/// What one object means.
pub(crate) trait ObjectFormat: Send {
    /// Reads the object that `text` starts with: how long it is, and what it said; or why there is
    /// none.
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan>;

    /// What the records are like.
    fn traits(&self) -> Traits {
        Traits::default()
    }

    /// The file ends.
    fn finish(&mut self, _batch: &mut Batch) {}
}

/// In front of every record of a sequence (RFC 7464).
const MARK: u8 = 0x1e;

/// Longest object that is read.
const LONGEST: usize = 1 << 20;

/// Objects out of text.
pub(crate) struct JsonStream<P> {
    parser: P,
    /// The start of an object that goes on.
    rest: Vec<u8>,
    /// Bytes of it from which on it is worth looking at again.
    look_at: usize,
    /// Objects around a list that are open.
    wrappers: u32,
    /// The rest of the line cannot be read.
    is_lost: bool,
    /// The records are in a list somewhere inside an object.
    is_deep: bool,
}

/// How a piece of text ended.
enum End {
    Done,
    CutOff { at: usize, in_string: bool },
    Bad { at: usize },
}

impl<P: ObjectFormat> JsonStream<P> {
    pub(crate) const fn new(parser: P, reading: &Reading) -> Self {
        Self {
            is_deep: reading.is_deep,
            parser,
            rest: Vec::new(),
            look_at: 0,
            wrappers: 0,
            is_lost: false,
        }
    }

    /// Reads all objects of a text.
    fn objects(&mut self, text: &[u8], is_line: bool, batch: &mut Batch) -> End {
        let mut at = 0;
        let mut found = 0;
        let end = loop {
            let Some(byte) = text.get(at) else {
                break End::Done;
            };
            let scan = match byte {
                b',' | b'[' | b']' => Ok(1),
                b'}' if self.wrappers > 0 => {
                    self.wrappers -= 1;
                    Ok(1)
                }
                b'"' if self.wrappers > 0 => match json::end_of_object(&text[at..]) {
                    Scan::Whole(len) => {
                        self.wrappers -= 1;
                        Ok(len)
                    }
                    scan => Err(scan),
                },
                b'{' => match self.list(&text[at..]) {
                    Err(scan) => Err(scan),
                    Ok(Some((len, depth))) => {
                        self.wrappers += depth;
                        Ok(len)
                    }
                    Ok(None) => {
                        let object = self.parser.object(&text[at..], batch);
                        object.map(|(len, said)| {
                            found += 1;
                            if let Err(reject) = said {
                                batch.reject_here(reject, &text[at..at + len]);
                            }
                            len
                        })
                    }
                },
                0xef if text[at..].starts_with(b"\xef\xbb\xbf") => Ok(3),
                byte if byte.is_ascii_whitespace() || *byte == MARK => Ok(1),
                _ => Err(Scan::Bad),
            };
            match scan {
                Ok(len) => at += len,
                Err(Scan::CutOff { in_string }) => break End::CutOff { at, in_string },
                Err(_) => break End::Bad { at },
            }
        };
        // The reader counts lines: an object is one.
        batch.lines += u64::saturating_sub(found, u64::from(is_line));
        end
    }

    /// The length of what stands before a list of records, and the objects around it.
    fn list(&self, text: &[u8]) -> Result<Option<(usize, u32)>, Scan> {
        match list(text) {
            None if self.is_deep && self.wrappers == 0 => json::list_start(text),
            len => Ok(len.map(|len| (len, 1))),
        }
    }

    /// Takes the next piece of text; `is_line`: a line ends with it.
    fn take(&mut self, piece: &[u8], is_line: bool, batch: &mut Batch) {
        if self.is_lost {
            self.is_lost = !is_line;
            return;
        }
        if self.rest.is_empty() {
            self.read(piece, is_line, batch);
            return;
        }
        let mut text = std::mem::take(&mut self.rest);
        let fresh = (text.last() == Some(&b'\n')).then_some(piece);
        if text.len() + piece.len() > LONGEST {
            batch.reject_here(Reject::Bad("an object longer than 1 MiB"), &text);
            self.is_lost = !is_line;
            return;
        }
        text.extend_from_slice(piece);
        if text.len() < self.look_at {
            if is_line {
                text.push(b'\n');
            }
            self.rest = text;
            return;
        }
        match (self.objects(&text, is_line, batch), fresh) {
            (End::Bad { at: 0 }, Some(piece)) => {
                // The object before was cut off, and this line is one of its own.
                batch.reject_here(Reject::Bad("a JSON object that is cut off"), &text);
                self.read(piece, is_line, batch);
            }
            (end, _) => self.ended(end, &text, is_line, batch),
        }
    }

    fn read(&mut self, text: &[u8], is_line: bool, batch: &mut Batch) {
        let end = self.objects(text, is_line, batch);
        self.ended(end, text, is_line, batch);
    }

    fn ended(&mut self, end: End, text: &[u8], is_line: bool, batch: &mut Batch) {
        match end {
            End::Done => {}
            End::CutOff {
                at,
                in_string: true,
            } if is_line => {
                batch.reject_here(Reject::Bad("a JSON object that is cut off"), &text[at..]);
            }
            End::CutOff { at, .. } => {
                self.rest.extend_from_slice(&text[at..]);
                if is_line {
                    self.rest.push(b'\n');
                }
                // An object of many lines is not looked at again for each of them.
                self.look_at = self.rest.len() + self.rest.len() / 16;
            }
            End::Bad { at } => {
                batch.reject_here(Reject::Bad("not a JSON object"), &text[at..]);
                self.is_lost = !is_line;
            }
        }
    }
}

/// The length of what stands before the list of an object that is nothing but one.
fn list(text: &[u8]) -> Option<usize> {
    let body = text[1..].trim_ascii_start().strip_prefix(b"\"")?;
    let mut names = json::LISTS.iter().map(|name| name.as_bytes());
    let body = names.find_map(|name| body.strip_prefix(name)?.strip_prefix(b"\""))?;
    let body = body.trim_ascii_start().strip_prefix(b":")?;
    let body = body.trim_ascii_start().strip_prefix(b"[")?;
    Some(text.len() - body.len())
}

impl<P: ObjectFormat> LineFormat for JsonStream<P> {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        self.take(line, true, batch);
        Ok(())
    }

    fn is_stream(&self) -> bool {
        true
    }

    fn traits(&self) -> Traits {
        self.parser.traits()
    }

    fn part_of_line(&mut self, part: &[u8], batch: &mut Batch) {
        self.take(part, false, batch);
    }

    fn finish(&mut self, batch: &mut Batch) {
        let text = std::mem::take(&mut self.rest);
        if !text.is_empty() && !matches!(self.objects(&text, false, batch), End::Done) {
            batch.reject_here(Reject::Bad("a JSON object that is cut off"), &text);
        }
        self.parser.finish(batch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Keys(Vec<String>);

    impl ObjectFormat for Keys {
        fn object(
            &mut self,
            text: &[u8],
            _: &mut Batch,
        ) -> Result<(usize, Result<(), Reject>), Scan> {
            let mut key = String::new();
            match json::fields(text, |_, v| {
                key = String::from_utf8_lossy(v.text).into_owned()
            }) {
                Scan::Whole(len) => {
                    self.0.push(key);
                    Ok((len, Ok(())))
                }
                scan => Err(scan),
            }
        }
    }

    /// Keys and corrupt pieces, with the text handed over in lines or in pieces of some bytes.
    fn read(text: &str, step: Option<usize>, is_deep: bool) -> (String, usize) {
        let mut stream = JsonStream::new(
            Keys(Vec::new()),
            &Reading {
                is_deep,
                ..Reading::default()
            },
        );
        let mut batch = Batch::default();
        for line in text.split_inclusive('\n') {
            let body = line.strip_suffix('\n').unwrap_or(line);
            let step = step.unwrap_or(body.len()).max(1);
            let mut pieces = body.as_bytes().chunks(step).peekable();
            while let Some(piece) = pieces.next() {
                let is_line = pieces.peek().is_none() && line.ends_with('\n');
                stream.take(piece, is_line, &mut batch);
            }
        }
        stream.finish(&mut batch);
        (stream.parser.0.concat(), batch.fresh_bad.len())
    }

    #[test]
    fn objects_are_found_however_they_are_laid_out() {
        for text in [
            "{\"k\":1}\n{\"k\":2}\n{\"k\":3}\n",
            "{\"k\":1}{\"k\":2}{\"k\":3}",
            "[{\"k\":1},\n {\"k\":2},{\"k\":3}]\n",
            "\x1e{\"k\":1}\n\x1e{\"k\":2}\n\x1e{\"k\":3}\n",
            "{\"Records\":[{\"k\":1},{\"k\":2},{\"k\":3}]}\n",
            "{ \"events\" : [\n{\"k\":1}, {\"k\":2},{\"k\":3}],\n\"next\":\"}x\", \"a\":[1]}\n",
            "{\n  \"k\": 1\n}\n{\n  \"k\":\n2}{\"k\":3}\n",
        ] {
            for step in [None, Some(1), Some(2), Some(7)] {
                assert_eq!(
                    read(text, step, false),
                    ("123".to_owned(), 0),
                    "{text} {step:?}"
                );
            }
        }
    }

    #[test]
    fn a_list_may_be_anywhere_in_an_object() {
        for text in [
            "{\"searched\":[],\"events\":[{\"k\":1},{\"k\":2}],\"next\":\"x\"}{\"events\":[{\"k\":3}]}",
            "{\"took\":5,\"hits\":{\"total\":{\"value\":3},\"hits\":[{\"k\":1},{\"k\":2},{\"k\":3}]},\"a\":1}",
            "{\"status\":\"x\",\n\"results\":[[{\"k\":1}],[{\"k\":2},{\"k\":3}]]}",
        ] {
            for step in [None, Some(1), Some(7)] {
                assert_eq!(
                    read(text, step, true),
                    ("123".to_owned(), 0),
                    "{text} {step:?}"
                );
            }
        }
    }

    #[test]
    fn a_line_that_is_cut_off_or_none_does_not_take_others_with_it() {
        for (text, keys, bad) in [
            ("{\"k\":1\n{\"k\":2}\n", "2", 1),
            ("{\"k\":1,\n{\"k\":2}\n", "2", 1),
            ("{\"k\":\"1\n{\"k\":2}\n", "2", 1),
            ("{\"k\":1}oops {\"k\":9}\n{\"k\":2}\n", "12", 1),
            ("oops\n{\"k\":1}\n{\"k\":2}", "12", 1),
            ("{\"k\":1}\n{\"k\":2", "1", 1),
        ] {
            assert_eq!(read(text, None, false), (keys.to_owned(), bad), "{text}");
        }
    }
}
