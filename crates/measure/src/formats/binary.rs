//! Fixed-size binary records: oracleGeneral and vscsi.
//!
//! oracleGeneral: `u32 seconds, u64 object, u32 size, i64 next` (24 bytes, packed). vscsi version
//! 1: `u32 sn, u32 len, u32 nsg, u16 cmd, u16 version, u64 block, u64 microseconds` (32 bytes),
//! version 2 has `cmd` and `version` first and a response time last (40 bytes).

use pulp::{Arch, NullaryFnOnce};

use super::{Batch, Counter, Reject};
use crate::access::{Access, GROUP, Op, mix};

/// Layout of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    OracleGeneral,
    Vscsi1,
    Vscsi2,
}

impl Layout {
    /// Bytes of one record.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::OracleGeneral => 24,
            Self::Vscsi1 => 32,
            Self::Vscsi2 => 40,
        }
    }

    /// Parses whole records; answers why one is bad.
    #[inline]
    pub(crate) fn push(
        self,
        records: &[u8],
        batch: &mut Batch,
        counter: Option<&mut Counter<'_>>,
    ) -> Option<(usize, Reject)> {
        let len = self.len();
        if self == Self::OracleGeneral {
            oracles(records, batch, counter);
            return None;
        }
        let mut bad = None;
        for (at, record) in records.chunks_exact(len).enumerate() {
            match self.vscsi(record) {
                Ok(access) => batch.accesses.push(access),
                Err(reject) => {
                    batch.bad += 1;
                    bad = bad.or(Some((at, reject)));
                }
            }
        }
        bad
    }

    fn vscsi(self, record: &[u8]) -> Result<Access, Reject> {
        let (len, cmd, version, block, micros) = match self {
            Self::Vscsi2 => (
                u32_at(record, 8),
                u16_at(record, 0),
                u16_at(record, 2),
                u64_at(record, 16),
                u64_at(record, 24),
            ),
            _ => (
                u32_at(record, 4),
                u16_at(record, 12),
                u16_at(record, 14),
                u64_at(record, 16),
                u64_at(record, 24),
            ),
        };
        if version >> 8 != u16::from(self == Self::Vscsi2) + 1 {
            return Err(Reject::Bad("a record of another version"));
        }
        let op = match cmd & 0xff {
            0x28 | 0x88 | 0x08 | 0xa8 => Op::Read,
            0x2a | 0x8a | 0x0a | 0xaa => Op::Write,
            _ => return Err(Reject::Bad("a command that is neither read nor write")),
        };
        let time = (micros / 1000).min(i64::MAX as u64).cast_signed();
        Ok(Access::new(time, mix(block), u64::from(len), op))
    }
}

fn oracles(records: &[u8], batch: &mut Batch, counter: Option<&mut Counter<'_>>) {
    let accesses = &mut batch.accesses;
    let records = records.as_chunks().0;
    let Some(counter) = counter else {
        accesses.extend(records.iter().map(oracle));
        return;
    };
    Arch::new().dispatch(Count {
        records,
        counter,
        accesses,
    });
}

/// Records that are counted, and those of the sample taken out of them, with the processor's widest
/// vectors.
struct Count<'a, 'b> {
    records: &'a [[u8; 24]],
    counter: &'a mut Counter<'b>,
    accesses: &'a mut Vec<Access>,
}

impl NullaryFnOnce for Count<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Counter {
            stats,
            sampler,
            reads,
        } = self.counter;
        for group in self.records.chunks(GROUP) {
            let reads = &mut **reads;
            reads.len = group.len();
            let columns = reads.times.iter_mut().zip(&mut reads.keys);
            let columns = columns.zip(&mut reads.sizes);
            for (record, ((time, key), size)) in group.iter().zip(columns) {
                let object;
                (*time, object, *size) = oracle_fields(record);
                *key = mix(object);
            }
            stats.feed_reads(reads);
            let keys = &reads.keys[..reads.len];
            sampler.take(keys, |at| reads.get(at), self.accesses);
        }
    }
}

fn oracle(record: &[u8; 24]) -> Access {
    let (time, object, size) = oracle_fields(record);
    Access::read(time, mix(object), u64::from(size))
}

/// Milliseconds, object and bytes, out of whole words, of which many can be loaded together.
#[inline(always)]
fn oracle_fields(record: &[u8; 24]) -> (i64, u64, u32) {
    let (first, second) = (u64_at(record, 0), u64_at(record, 8));
    let time = i64::from(first as u32) * 1000;
    (time, first >> 32 | second << 32, (second >> 32) as u32)
}

#[inline]
fn u16_at(record: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([record[at], record[at + 1]])
}

#[inline]
fn u32_at(record: &[u8], at: usize) -> u32 {
    record[at..]
        .first_chunk()
        .map_or(0, |b| u32::from_le_bytes(*b))
}

#[inline(always)]
fn u64_at(record: &[u8], at: usize) -> u64 {
    record[at..]
        .first_chunk()
        .map_or(0, |b| u64::from_le_bytes(*b))
}

/// The layout that the first bytes of a file fit, if any.
pub(crate) fn detect(head: &[u8]) -> Option<Layout> {
    let records = |len: usize| head.chunks_exact(len).take(64);
    let all = |len: usize, ok: fn(&[u8]) -> bool| head.len() >= len && records(len).all(ok);
    if all(32, |r| {
        u16_at(r, 14) >> 8 == 1 && matches!(u16_at(r, 12), 0x28 | 0x2a | 0x88 | 0x8a)
    }) {
        return Some(Layout::Vscsi1);
    }
    if all(40, |r| {
        u16_at(r, 2) >> 8 == 2 && matches!(u16_at(r, 0), 0x28 | 0x2a | 0x88 | 0x8a)
    }) {
        return Some(Layout::Vscsi2);
    }
    // Zeros are the start of a log that was cut short in place, or a file that was never written.
    let says = |r: &&[u8]| u64_at(r, 4) != 0 || u32_at(r, 12) != 0;
    if records(24).filter(says).count() * 2 <= records(24).count() {
        return None;
    }
    let mut last = 0;
    let ordered = records(24).all(|r| {
        let time = u32_at(r, 0);
        let next = u64_at(r, 16).cast_signed();
        let follows = last == 0 || (time >= last && time - last < 1 << 30);
        last = time;
        // "Never again" is -1, -2 or the largest number.
        let next_fits = (-2..1 << 48).contains(&next) || next == i64::MAX;
        follows && next_fits && u32_at(r, 12) < 1 << 31
    });
    (head.len() >= 24 && ordered).then_some(Layout::OracleGeneral)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oracle_record(time: u32, id: u64, size: u32) -> Vec<u8> {
        [
            &time.to_le_bytes()[..],
            &id.to_le_bytes(),
            &size.to_le_bytes(),
            &(-1i64).to_le_bytes(),
        ]
        .concat()
    }

    #[test]
    fn oracle_general_is_detected_and_read() {
        let bytes = [oracle_record(5, 77, 512), oracle_record(6, 78, 4096)].concat();
        assert_eq!(detect(&bytes), Some(Layout::OracleGeneral));
        let mut batch = Batch::default();
        assert!(
            Layout::OracleGeneral
                .push(&bytes, &mut batch, None)
                .is_none()
        );
        assert_eq!(batch.accesses[1], Access::read(6000, mix(78), 4096));
        assert_eq!(detect(&[0; 4096]), None);
        assert_eq!(
            detect(b"\x00\xff\x13garbage that is no trace at all\x00\x01\x02\x03\x99\x98"),
            None
        );
    }
}
