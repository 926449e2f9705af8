//! Block traces without header: those of MSR Cambridge and of the Storage Performance Council.
//!
//! Both are told by every cell of a line, for a table of numbers may be anything.

use super::fields::{epoch, integer, operation, thousandths};
use super::key::Keys;
use super::{Batch, LineFormat, Reading, Reject};
use crate::access::{Access, MAX_SIZE};

/// Most columns of a line that is looked at.
const CELLS: usize = 8;

/// The cells of a line, without spaces, and how many there are.
fn cells(line: &[u8]) -> ([&[u8]; CELLS], usize) {
    let mut cells = [&b""[..]; CELLS];
    let mut count = 0;
    for cell in line.split(|b| *b == b',') {
        if let Some(slot) = cells.get_mut(count) {
            *slot = cell.trim_ascii();
        }
        count += 1;
    }
    (cells, count)
}

/// Which of the two.
#[derive(Clone, Copy)]
enum Kind {
    /// Windows file time, host, disk, `Read` or `Write`, offset, size, latency.
    Msr,
    /// Unit, block, bytes, `R` or `W`, seconds.
    Spc,
}

/// Lines of a block trace.
pub(crate) struct Blocks {
    keys: Keys,
    kind: Kind,
}

/// What a line says.
struct Block<'a> {
    time: i64,
    op: &'a [u8],
    size: u64,
    /// Device and place on it.
    place: [&'a [u8]; 3],
}

impl Kind {
    fn block(self, line: &[u8]) -> Option<Block<'_>> {
        let (cells, count) = cells(line);
        let size = |at: usize| integer(cells[at]).filter(|size| *size <= MAX_SIZE);
        match self {
            Self::Msr => {
                let filetime = integer(cells[0])?;
                let is_filetime =
                    (110_000_000_000_000_000..170_000_000_000_000_000).contains(&filetime);
                integer(cells[2])?;
                integer(cells[4])?;
                integer(cells[6])?;
                let is_op = [&b"Read"[..], b"Write"].contains(&cells[3]);
                (count == 7 && is_filetime && is_op).then_some(Block {
                    time: epoch(filetime)?,
                    op: cells[3],
                    size: size(5)?,
                    place: [cells[1], cells[2], cells[4]],
                })
            }
            Self::Spc => {
                integer(cells[0])?;
                integer(cells[1])?;
                let is_op = [&b"R"[..], b"r", b"W", b"w"].contains(&cells[3]);
                let is_time = cells[4].contains(&b'.');
                (count >= 5 && is_op && is_time).then_some(Block {
                    time: i64::try_from(thousandths(cells[4])?).ok()?,
                    op: cells[3],
                    size: size(2)?,
                    place: [cells[0], b"", cells[1]],
                })
            }
        }
    }
}

impl Blocks {
    pub(crate) fn msr(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            kind: Kind::Msr,
        }
    }

    pub(crate) fn spc(reading: &Reading) -> Self {
        Self {
            keys: Keys::new(reading),
            kind: Kind::Spc,
        }
    }

    pub(crate) fn is_msr(line: &[u8]) -> bool {
        Kind::Msr.block(line).is_some()
    }

    pub(crate) fn is_spc(line: &[u8]) -> bool {
        Kind::Spc.block(line).is_some()
    }
}

impl LineFormat for Blocks {
    fn line(&mut self, line: &[u8], batch: &mut Batch) -> Result<(), Reject> {
        let block = self.kind.block(line);
        let block = block.ok_or(Reject::Bad("not a line of such a block trace"))?;
        let op = operation(block.op).ok_or(Reject::Bad("an operation that is not known"))?;
        let key = self.keys.named(&block.place.join(&b'/'));
        let access = Access::new(block.time, key, block.size, op);
        batch.accesses.push(access);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Op, hash_key};

    #[test]
    fn both_kinds_are_read_and_nothing_else_is_taken_for_them() {
        let msr = b"128166372003061629,hm,1,Read,383496192,32768,1331";
        let spc = b"0,20941264,8192,W,0.551706";
        assert!(Blocks::is_msr(msr) && !Blocks::is_spc(msr));
        assert!(Blocks::is_spc(spc) && !Blocks::is_msr(spc));
        for other in [
            "1,2,3,4,5,6,7",
            "1,2,3,R,5",
            "128166372003061629,hm,1,Seek,1,1,1",
        ] {
            assert!(
                !Blocks::is_msr(other.as_bytes()) && !Blocks::is_spc(other.as_bytes()),
                "{other}"
            );
        }
        let mut batch = Batch::default();
        Blocks::msr(&Reading::default())
            .line(msr, &mut batch)
            .unwrap();
        Blocks::spc(&Reading::default())
            .line(spc, &mut batch)
            .unwrap();
        let [read, write] = batch.accesses[..] else {
            panic!("two accesses");
        };
        // 22 February 2007, 17:00:00.306 UTC.
        assert_eq!(
            (read.op(), read.time, read.size),
            (Op::Read, 1_172_163_600_306, 32_768)
        );
        assert_eq!(read.key, hash_key(b"hm/1/383496192", 0));
        assert_eq!((write.op(), write.time, write.size), (Op::Write, 551, 8192));
    }
}
