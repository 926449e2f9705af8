//! Time order for logs that have none, in bounded memory: sorted runs on disk, merged at the end.
//!
//! The order is stable: accesses of the same millisecond keep the order in which they were read.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, Write};

use anyhow::Context;

use super::access::Access;

/// Accesses per block handed out.
const BLOCK: usize = 4096;

/// Collects accesses and hands them out by time.
pub(crate) struct Sorter {
    buffer: Vec<Access>,
    limit: usize,
    runs: Vec<File>,
}

impl Sorter {
    /// `limit` accesses (32 bytes each) are kept in memory.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            limit,
            runs: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, access: Access) -> anyhow::Result<()> {
        self.buffer.push(access);
        if self.buffer.len() == self.limit {
            self.spill()
        } else {
            Ok(())
        }
    }

    fn spill(&mut self) -> anyhow::Result<()> {
        self.buffer.sort_by_key(|a| a.time);
        let file = tempfile::tempfile().context("no temporary file to sort in")?;
        let mut writer = BufWriter::new(file);
        for access in self.buffer.drain(..) {
            writer
                .write_all(&access.to_bytes())
                .context("cannot write the temporary file")?;
        }
        let mut file = writer
            .into_inner()
            .map_err(|e| e.into_error())
            .context("cannot write the temporary file")?;
        file.rewind()?;
        self.runs.push(file);
        Ok(())
    }

    /// Hands everything to `take` in time order.
    pub(crate) fn finish(
        mut self,
        mut take: impl FnMut(&[Access]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.buffer.sort_by_key(|a| a.time);
        if self.runs.is_empty() {
            return self.buffer.chunks(BLOCK).try_for_each(take);
        }
        let mut sources: Vec<Source> = self
            .runs
            .into_iter()
            .map(|f| Source::Disk(BufReader::with_capacity(1 << 14, f)))
            .collect();
        sources.push(Source::Memory(self.buffer.into_iter()));
        let mut heap = BinaryHeap::with_capacity(sources.len());
        let mut current = vec![Access::default(); sources.len()];
        let mut advance =
            |at: usize, current: &mut Vec<Access>| -> anyhow::Result<Option<(i64, usize)>> {
                let Some(next) = sources[at].next()? else {
                    return Ok(None);
                };
                current[at] = next;
                Ok(Some((next.time, at)))
            };
        for at in 0..current.len() {
            heap.extend(advance(at, &mut current)?.map(Reverse));
        }
        let mut block = Vec::with_capacity(BLOCK);
        while let Some(Reverse((_, at))) = heap.pop() {
            block.push(current[at]);
            heap.extend(advance(at, &mut current)?.map(Reverse));
            if block.len() == BLOCK {
                take(&block)?;
                block.clear();
            }
        }
        take(&block)
    }
}

enum Source {
    Disk(BufReader<File>),
    Memory(std::vec::IntoIter<Access>),
}

impl Source {
    fn next(&mut self) -> anyhow::Result<Option<Access>> {
        match self {
            Self::Memory(rest) => Ok(rest.next()),
            Self::Disk(reader) => {
                let mut bytes = [0; 32];
                match reader.read_exact(&mut bytes) {
                    Ok(()) => Ok(Some(Access::from_bytes(&bytes))),
                    Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(e) => Err(e).context("cannot read the temporary file"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_on_disk_and_in_memory_merge_stably() {
        for limit in [7, 1000, 100_000] {
            let mut sorter = Sorter::new(limit);
            let mut want: Vec<Access> = (0..2000u64)
                .map(|i| Access::read((super::super::access::mix(i) % 50) as i64, i, 1))
                .collect();
            want.iter().for_each(|a| sorter.push(*a).unwrap());
            want.sort_by_key(|a| a.time);
            let mut got = Vec::new();
            sorter
                .finish(|block| {
                    got.extend_from_slice(block);
                    Ok(())
                })
                .unwrap();
            assert_eq!(got, want, "limit {limit}");
        }
    }
}
