//! The slow log of Redis and Valkey: as ElastiCache delivers it (JSON), and as `redis-cli slowlog get`
//! prints it.

use super::fields::{integer, moment};
use super::json::{self, Scan};
use super::redis::Monitor;
use super::stream::ObjectFormat;
use super::{Batch, LineFormat, Reading, Reject};

const NOTE: &str = "a slow log holds only commands that took longer than `slowlog-log-slower-than`, the last \
    `slowlog-max-len` of them: rates and hits are theirs and not those of the workload; MONITOR shows all commands";

/// Arguments are not logged: ElastiCache writes `GET ... (1 more arguments)`.
const HIDDEN: Reject = Reject::Skip("commands without their key");

/// Objects with `Timestamp`, `Duration (us)` and `Command`.
pub(crate) struct SlowJson(Monitor);

impl SlowJson {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self(Monitor::new(reading))
    }

    fn command(&mut self, time: i64, text: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let words = text.split(u8::is_ascii_whitespace);
        let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
        if words.get(1) == Some(&&b"..."[..]) {
            return Err(HIDDEN);
        }
        self.0.command(time, b"0", &words, batch)
    }
}

impl ObjectFormat for SlowJson {
    fn object(
        &mut self,
        text: &[u8],
        batch: &mut Batch,
    ) -> Result<(usize, Result<(), Reject>), Scan> {
        let (mut time, mut command) = (None, None);
        let scan = json::fields(text, |key, value| match key {
            b"Timestamp" => time = Some(value),
            b"Command" => command = Some(value),
            _ => {}
        });
        let Scan::Whole(len) = scan else {
            return Err(scan);
        };
        let time = time.and_then(|value| moment(&value.plain()));
        let said = match (time, command) {
            (Some(time), Some(command)) => self.command(time, &command.plain(), batch),
            (None, _) => Err(Reject::Bad("no time that can be read")),
            _ => Err(Reject::Bad("no Command")),
        };
        Ok((len, said))
    }

    fn finish(&mut self, batch: &mut Batch) {
        batch.notes.push(NOTE.to_owned());
    }
}

/// Numbered lines, newest entry first:
///
/// ```text
/// 1) 1) (integer) 14
///    2) (integer) 1309448221
///    3) (integer) 15
///    4) 1) "get"
///       2) "user:7"
///    5) "192.0.2.1:58217"
/// ```
pub(crate) struct SlowText {
    monitor: Monitor,
    time: Option<i64>,
    /// Spaces in front of the fields of the entry.
    indent: usize,
    args: Vec<Vec<u8>>,
}

/// `12) ` in front of a text.
fn numbered(text: &[u8]) -> Option<(u64, &[u8])> {
    let at = memchr::memchr(b')', text)?;
    Some((integer(&text[..at])?, text[at + 1..].strip_prefix(b" ")?))
}

/// The text between the quotes, still escaped.
fn quoted(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"\"")?.strip_suffix(b"\"")
}

impl SlowText {
    pub(crate) fn new(reading: &Reading) -> Self {
        Self {
            monitor: Monitor::new(reading),
            time: None,
            indent: 0,
            args: Vec::new(),
        }
    }

    /// The first line of an entry.
    pub(crate) fn is_like(line: &[u8]) -> bool {
        let inside = numbered(line.trim_ascii()).and_then(|(_, rest)| numbered(rest.trim_ascii()));
        inside.is_some_and(|(at, text)| at == 1 && text.starts_with(b"(integer) "))
    }

    /// The entry is whole.
    fn flush(&mut self, batch: &mut Batch) -> Result<(), Reject> {
        let args = std::mem::take(&mut self.args);
        let Some(time) = self.time.take().filter(|_| !args.is_empty()) else {
            return Ok(());
        };
        let args: Vec<&[u8]> = args.iter().map(Vec::as_slice).collect();
        self.monitor.command(time, b"0", &args, batch)
    }
}

impl LineFormat for SlowText {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        const BAD: Reject = Reject::Bad("not a line of `slowlog get`");
        let text = line.trim_ascii();
        let indent = line.len() - line.trim_ascii_start().len();
        let (number, rest) = numbered(text).ok_or(BAD)?;
        if let Some((inner, rest)) = numbered(rest) {
            if rest.starts_with(b"(integer)") {
                return self.flush(batch);
            }
            if (number, inner) != (4, 1) {
                return Err(BAD);
            }
            self.indent = indent;
            self.args.clear();
            self.args.push(quoted(rest).ok_or(BAD)?.to_vec());
            return Ok(());
        }
        if let Some(value) = rest.strip_prefix(b"(integer) ") {
            if number == 2 {
                self.time = moment(value);
            }
            return Ok(());
        }
        let text = quoted(rest).ok_or(BAD)?;
        if !self.args.is_empty() && indent > self.indent {
            self.args.push(text.to_vec());
        }
        Ok(())
    }

    fn finish(&mut self, batch: &mut Batch) {
        if let Err(reject) = self.flush(batch) {
            batch.reject_here(reject, b"");
        }
        batch.notes.push(NOTE.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Op, hash_key};

    #[test]
    fn both_forms_of_a_slow_log_name_the_same_commands() {
        let text = " 1) 1) (integer) 15\n    2) (integer) 1309448228\n    3) (integer) 45\n    4) 1) \"SET\"\n       \
            2) \"user:7\"\n       3) \"\\xff\\xff\"\n    5) \"192.0.2.1:58217\"\n    6) \"\"\n 2) 1) (integer) 14\n    \
            2) (integer) 1309448221\n    3) (integer) 15\n    4) 1) \"get\"\n       2) \"user:7\"\n    5) \"192.0.2.1:58217\"\n";
        let mut slow = SlowText::new(&Reading::default());
        let mut batch = Batch::default();
        assert!(SlowText::is_like(text.lines().next().unwrap().as_bytes()));
        for line in text.lines() {
            slow.line(line.as_bytes(), &mut batch).unwrap();
        }
        slow.finish(&mut batch);
        let [set, get] = batch.accesses[..] else {
            panic!("{:?}", batch.accesses);
        };
        assert_eq!(
            (set.op(), set.size, set.time),
            (Op::Write, 2, 1_309_448_228_000)
        );
        assert_eq!((get.op(), get.key), (Op::Part, hash_key(b"0/user:7", 0)));
        let object = br#"{"CacheClusterId":"c","Id":1,"Timestamp":1309448221,"Duration (us)":15,"Command":"get user:7"}"#;
        let mut slow = SlowJson::new(&Reading::default());
        let mut batch = Batch::default();
        slow.object(object, &mut batch).unwrap().1.unwrap();
        assert_eq!(batch.accesses[0], get);
        let hidden = br#"{"Timestamp":1309448221,"Command":"GET ... (1 more arguments)"}"#;
        assert_eq!(slow.object(hidden, &mut batch).unwrap().1, Err(HIDDEN));
    }
}
