//! The recency tree: bytes by time of last access, so that "how many bytes were touched since
//! this object" costs log16 of the answer.
//!
//! Every live object owns the time slot of its last access; each level sums sixteen nodes of the
//! one below (Bennett and Kruskal's partial sums, with early exit). Slots are only ever handed out
//! at the head; when they run out, [`Tree::compact`] closes the holes. It does not know keys.

const FAN: usize = 16;
const SHIFT: usize = 4;
/// Slots are 32-bit in the key table.
const MAX_SLOTS: usize = u32::MAX as usize - FAN;

/// Byte sums over time slots; all sums wrap instead of panicking (sizes are bounded by
/// [`super::access::MAX_SIZE`]).
pub(crate) struct Tree {
    levels: Vec<Vec<u64>>,
    head: usize,
    slots: usize,
}

impl Tree {
    /// An empty tree with room for `slots` accesses.
    pub(crate) fn new(slots: usize) -> Self {
        let mut tree = Self {
            levels: Vec::new(),
            head: 0,
            slots: 0,
        };
        tree.resize(slots);
        tree
    }

    /// No free slot is left: the caller must compact.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.head == self.slots
    }

    /// Puts a new object at the head.
    #[inline]
    pub(crate) fn push(&mut self, bytes: u64) -> u32 {
        let slot = self.head;
        self.head += 1;
        add(&mut self.levels, slot, bytes);
        slot as u32
    }

    /// Adds bytes to a slot in use.
    pub(crate) fn add(&mut self, slot: u32, bytes: u64) {
        add(&mut self.levels, slot as usize, bytes);
    }

    /// Takes bytes out of a slot.
    pub(crate) fn remove(&mut self, slot: u32, bytes: u64) {
        add(&mut self.levels, slot as usize, bytes.wrapping_neg());
    }

    /// Moves an object to the head; answers its new slot and the bytes of all newer objects.
    #[inline]
    pub(crate) fn touch(&mut self, slot: u32, old: u64, new: u64) -> (u32, u64) {
        let head = self.head;
        self.head += 1;
        let (mut a, mut b) = (slot as usize, head);
        let mut newer = 0u64;
        let mut levels = self.levels.iter_mut();
        for level in levels.by_ref() {
            let end = (a | (FAN - 1)) + 1;
            let siblings = level.get(a + 1..end).unwrap_or_default();
            newer = siblings.iter().fold(newer, |sum, w| sum.wrapping_add(*w));
            level[a] = level[a].wrapping_sub(old);
            level[b] = level[b].wrapping_add(new);
            a >>= SHIFT;
            b >>= SHIFT;
            if a == b {
                break;
            }
        }
        if old != new {
            let delta = new.wrapping_sub(old);
            for level in levels {
                level[a] = level[a].wrapping_add(delta);
                a >>= SHIFT;
            }
        }
        (head as u32, newer)
    }

    /// Starts the load of the memory that `touch(slot)` needs first.
    #[inline]
    pub(crate) fn prefetch(&self, slot: u32) -> u64 {
        self.levels[0]
            .get(slot as usize)
            .copied()
            .unwrap_or_default()
    }

    /// Closes all holes: object `i` of `live` (ascending slots) gets slot `i`; grows to `slots`.
    /// Answers false when more objects are live than a slot number can count.
    pub(crate) fn compact(&mut self, live: &Live, slots: usize) -> bool {
        if live.len() >= MAX_SLOTS {
            return false;
        }
        let leaves = &mut self.levels[0];
        let mut next = 0;
        live.for_each(|slot| {
            leaves[next] = leaves[slot];
            next += 1;
        });
        leaves[next..].fill(0);
        self.head = next;
        self.resize(slots.min(MAX_SLOTS));
        true
    }

    /// Makes room for `slots` and rebuilds the sums above the leaves.
    fn resize(&mut self, slots: usize) {
        self.slots = slots;
        let mut leaves = std::mem::take(&mut self.levels)
            .into_iter()
            .next()
            .unwrap_or_default();
        leaves.resize(padded(slots), 0);
        self.levels.push(leaves);
        loop {
            let below = &self.levels[self.levels.len() - 1];
            if below.len() <= FAN {
                break;
            }
            let mut level: Vec<u64> = Vec::with_capacity(padded(below.len() / FAN));
            level.extend(
                below
                    .chunks(FAN)
                    .map(|c| c.iter().fold(0u64, |s, w| s.wrapping_add(*w))),
            );
            level.resize(padded(below.len() / FAN), 0);
            self.levels.push(level);
        }
    }
}

/// Length rounded up to whole groups.
fn padded(len: usize) -> usize {
    len.div_ceil(FAN).max(1) * FAN
}

/// Adds `bytes` to a slot and everything above it.
#[inline]
fn add(levels: &mut [Vec<u64>], slot: usize, bytes: u64) {
    let mut at = slot;
    for level in levels {
        level[at] = level[at].wrapping_add(bytes);
        at >>= SHIFT;
    }
}

/// The slots in use, as a bitmap with ranks: old slot to new slot in a few loads.
pub(crate) struct Live {
    bits: Vec<u64>,
    ranks: Vec<u32>,
}

impl Live {
    /// A bitmap of the slots that `slots` yields.
    pub(crate) fn new(capacity: usize, slots: impl Iterator<Item = u32>) -> Self {
        let mut bits = vec![0u64; capacity.div_ceil(64)];
        for slot in slots {
            bits[slot as usize / 64] |= 1 << (slot % 64);
        }
        let mut sum = 0;
        let mut ranks = Vec::with_capacity(bits.len() + 1);
        ranks.push(0);
        for word in &bits {
            sum += word.count_ones();
            ranks.push(sum);
        }
        Self { bits, ranks }
    }

    /// Slots in use.
    pub(crate) fn len(&self) -> usize {
        self.ranks.last().copied().unwrap_or_default() as usize
    }

    /// The slot after compaction.
    #[inline]
    pub(crate) fn rank(&self, slot: u32) -> u32 {
        let word = slot as usize / 64;
        let below = self.bits[word] & ((1u64 << (slot % 64)) - 1);
        self.ranks[word] + below.count_ones()
    }

    fn for_each(&self, mut f: impl FnMut(usize)) {
        for (at, word) in self.bits.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                f(at * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }
}

impl Tree {
    /// Slots there are, used or not.
    pub(crate) fn capacity(&self) -> usize {
        self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_counts_the_bytes_since() {
        let mut tree = Tree::new(100);
        let a = tree.push(10);
        let b = tree.push(20);
        let (a, newer) = tree.touch(a, 10, 11);
        assert_eq!(newer, 20);
        let (_, newer) = tree.touch(b, 20, 20);
        assert_eq!(newer, 11);
        tree.remove(a, 11);
        let c = tree.push(1);
        assert_eq!(tree.touch(c, 1, 1).1, 0);
    }

    #[test]
    fn compaction_keeps_the_order_and_the_sums() {
        let mut tree = Tree::new(40);
        let slots: Vec<u32> = (0..40).map(|i| tree.push(i + 1)).collect();
        for slot in slots.iter().step_by(2) {
            tree.remove(*slot, u64::from(*slot) + 1);
        }
        assert!(tree.is_full());
        let live = Live::new(40, slots.iter().copied().skip(1).step_by(2));
        assert_eq!(live.len(), 20);
        assert!(tree.compact(&live, 700));
        let newer: u64 = (4..40).filter(|i| i % 2 == 1).map(|i| i + 1).sum();
        assert_eq!(live.rank(3), 1);
        assert_eq!(tree.touch(1, 4, 4), (20, newer));
    }
}
