//! The key table: open addressing over 32-byte entries, two to a cache line.
//!
//! It maps a key's hash to what is known of the object; it does not know recency or the curve.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::slab::Slab;

/// What is known of one object; never across two cache lines.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C, align(32))]
pub(crate) struct Entry {
    /// Hash of the key.
    pub(crate) hash: u64,
    /// Bytes of the object.
    pub(crate) size: u64,
    /// Slot in the recency tree, or [`ABSENT`] when the object is not cached at any size.
    pub(crate) slot: u32,
    /// Reads so far plus one, saturating; 0 marks a free entry.
    pub(crate) count: u32,
    /// Second of the last read, from the start of the trace.
    pub(crate) last: u32,
    /// Handle of the staircase, see [`super::stairs`].
    pub(crate) stair: u32,
}

/// Slot of an object that was deleted or invalidated.
pub(crate) const ABSENT: u32 = u32::MAX;

impl Entry {
    #[inline]
    pub(crate) const fn is_used(&self) -> bool {
        self.count != 0
    }
}

/// Where the search for a hash starts in a table of `2^(64 - shift)` entries.
#[inline]
const fn home(hash: u64, shift: u32) -> usize {
    (hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
}

/// Bytes that are worth no prefetching.
const NEAR: usize = 1 << 17;

/// Linear probing at a load of at most 7/8.
pub(crate) struct Table {
    entries: Slab<Entry>,
    shift: u32,
    len: usize,
}

impl Table {
    /// An empty table for about `keys` keys.
    pub(crate) fn new(keys: usize) -> Self {
        let capacity = (keys + keys / 4).max(64).next_power_of_two();
        Self {
            entries: Slab::zeroed(capacity),
            shift: 64 - capacity.trailing_zeros(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// All entries are in a cache near the processor.
    pub(crate) fn is_near(&self) -> bool {
        size_of_val(self.entries.as_slice()) <= NEAR
    }

    #[inline(always)]
    fn home(&self, hash: u64) -> usize {
        home(hash, self.shift)
    }

    /// Loads the line where the key's entry is or starts to be searched.
    #[inline(always)]
    pub(crate) fn touch(&self, hash: u64) -> u32 {
        self.entries.as_slice()[self.home(hash)].slot
    }

    /// Where the key's entry is, and its slot.
    #[inline(always)]
    pub(crate) fn locate(&self, hash: u64) -> (usize, u32) {
        let at = self.find(hash);
        (at, self.entries.as_slice()[at].slot)
    }

    /// [`Self::find`] with a guess.
    #[inline(always)]
    pub(crate) fn find_at(&self, guess: usize, hash: u64) -> usize {
        match self.entries.as_slice().get(guess) {
            Some(entry) if entry.hash == hash && entry.is_used() => guess,
            _ => self.find(hash),
        }
    }

    /// Index of the key's entry, or of the free entry where it belongs.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64) -> usize {
        let entries = self.entries.as_slice();
        let mask = entries.len() - 1;
        let mut at = self.home(hash);
        loop {
            let entry = &entries[at & mask];
            if !entry.is_used() || entry.hash == hash {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(always)]
    pub(crate) fn get_mut(&mut self, at: usize) -> &mut Entry {
        &mut self.entries.as_mut()[at]
    }

    /// Fills the free entry that [`Self::find`] answered; moves entries when the table grows.
    pub(crate) fn insert(&mut self, at: usize, entry: Entry) {
        let entries = self.entries.as_mut();
        entries[at] = entry;
        self.len += 1;
        if self.len > entries.len() / 8 * 7 {
            self.grow();
        }
    }

    /// Drops entries in place: no second table, and only those that go cost anything.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&Entry) -> bool) {
        let entries = self.entries.as_slice();
        let (capacity, mask) = (entries.len(), entries.len() - 1);
        // Behind a free entry no run of entries is cut in two.
        let free = entries.iter().position(|e| !e.is_used());
        let start = free.map_or(0, |at| at + 1);
        for step in 0..capacity {
            let at = (start + step) & mask;
            loop {
                let entry = &self.entries.as_slice()[at];
                if !entry.is_used() || keep(entry) {
                    break;
                }
                self.remove(at);
            }
        }
    }

    /// Frees an entry; those behind it that may move closer to their home do.
    fn remove(&mut self, at: usize) {
        let shift = self.shift;
        let entries = self.entries.as_mut();
        let mask = entries.len() - 1;
        let (mut hole, mut next) = (at, at);
        loop {
            next = (next + 1) & mask;
            let entry = entries[next];
            if !entry.is_used() {
                break;
            }
            let from_home = next.wrapping_sub(home(entry.hash, shift)) & mask;
            if from_home >= next.wrapping_sub(hole) & mask {
                entries[hole] = entry;
                hole = next;
            }
        }
        entries[hole] = Entry::default();
        self.len -= 1;
    }

    fn grow(&mut self) {
        let capacity = self.entries.as_slice().len() * 2;
        let old = std::mem::replace(&mut self.entries, Slab::zeroed(capacity));
        self.shift = 64 - capacity.trailing_zeros();
        for entry in old.as_slice().iter().filter(|e| e.is_used()) {
            let at = self.find(entry.hash);
            self.entries.as_mut()[at] = *entry;
        }
    }

    /// All objects, in table order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.as_slice().iter().filter(|e| e.is_used())
    }

    /// All objects, in table order.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.as_mut().iter_mut().filter(|e| e.is_used())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::mix;

    #[test]
    fn dropping_entries_in_place_keeps_the_others_findable() {
        for keys in [1u64, 50, 56, 700, 5000] {
            let mut table = Table::new(0);
            for hash in (0..keys).map(mix) {
                let (at, size) = (table.find(hash), hash >> 3);
                table.insert(
                    at,
                    Entry {
                        hash,
                        size,
                        count: 1,
                        ..Entry::default()
                    },
                );
            }
            for share in [3, 2] {
                let mut asked = 0;
                table.retain(|e| {
                    asked += 1;
                    e.hash % share == 0
                });
                assert!(asked > 0 || table.len() == 0);
            }
            let kept: Vec<u64> = (0..keys).map(mix).filter(|h| h % 6 == 0).collect();
            assert_eq!(table.len(), kept.len());
            assert_eq!(table.iter().count(), kept.len());
            for hash in kept {
                let at = table.find(hash);
                assert_eq!(table.get_mut(at).size, hash >> 3);
            }
        }
    }
}
