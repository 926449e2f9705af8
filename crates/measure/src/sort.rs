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
/// Runs that are merged into one: bounds open files and their buffers for any length of input.
const FAN_IN: usize = 32;
/// Buffer of a run being read.
const READ_BUFFER: usize = 1 << 14;

/// Collects accesses and hands them out by time.
pub(crate) struct Sorter {
    buffer: Vec<Access>,
    limit: usize,
    /// Sorted runs, oldest first; a run of a level holds what [`FAN_IN`] of the level below held.
    levels: Vec<Vec<File>>,
}

impl Sorter {
    /// `limit` accesses (32 bytes each) are kept in memory.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            buffer: Vec::new(),
            limit,
            levels: Vec::new(),
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
        let mut run = Run::new()?;
        run.write(&self.buffer)?;
        self.buffer.clear();
        let mut run = run.finish()?;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            self.levels[level].push(run);
            if self.levels[level].len() < FAN_IN {
                break;
            }
            let full = std::mem::take(&mut self.levels[level]);
            let mut merged = Run::new()?;
            merge(full.into_iter().map(Source::disk).collect(), |block| {
                merged.write(block)
            })?;
            run = merged.finish()?;
        }
        Ok(())
    }

    /// Hands everything to `take` in time order.
    pub(crate) fn finish(
        mut self,
        take: impl FnMut(&[Access]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        self.buffer.sort_by_key(|a| a.time);
        if self.levels.is_empty() {
            return self.buffer.chunks(BLOCK).try_for_each(take);
        }
        // What was read first is in the highest level.
        let runs = self.levels.into_iter().rev().flatten();
        let mut sources: Vec<Source> = runs.map(Source::disk).collect();
        sources.push(Source::Memory(self.buffer.into_iter()));
        merge(sources, take)
    }
}

/// A run being written.
struct Run(BufWriter<File>);

impl Run {
    fn new() -> anyhow::Result<Self> {
        let file = tempfile::tempfile().context("no temporary file to sort in")?;
        Ok(Self(BufWriter::with_capacity(1 << 16, file)))
    }

    fn write(&mut self, accesses: &[Access]) -> anyhow::Result<()> {
        accesses
            .iter()
            .try_for_each(|access| self.0.write_all(&access.to_bytes()))
            .context("cannot write the temporary file")
    }

    fn finish(self) -> anyhow::Result<File> {
        let file = self.0.into_inner().map_err(std::io::Error::from);
        let mut file = file.context("cannot write the temporary file")?;
        file.rewind()?;
        Ok(file)
    }
}

/// Merges sorted sources; of equal times the earlier source comes first.
fn merge(
    mut sources: Vec<Source>,
    mut take: impl FnMut(&[Access]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
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

enum Source {
    Disk(BufReader<File>),
    Memory(std::vec::IntoIter<Access>),
}

impl Source {
    fn disk(file: File) -> Self {
        Self::Disk(BufReader::with_capacity(READ_BUFFER, file))
    }

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
        // 2000 accesses are up to a thousand runs: merged in levels.
        for limit in [2, 7, 1000, 100_000] {
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
