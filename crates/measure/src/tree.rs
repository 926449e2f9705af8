//! The recency tree: bytes by time of last access, so that "how many bytes were touched since
//! this object" costs log16 of the answer.
//!
//! Every live object owns the time slot of its last access; each level sums sixteen nodes of the
//! one below (Bennett and Kruskal's partial sums, with early exit). Slots are only ever handed out
//! at the head; when they run out, [`Tree::compact`] closes the holes. It does not know keys.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use super::slab::Slab;

const FAN: usize = 16;
const SHIFT: usize = 4;
/// Slots are 32-bit in the key table.
const MAX_SLOTS: usize = u32::MAX as usize - FAN;

/// Sixteen sums in two cache lines.
#[derive(Clone, Copy, Debug, Default, FromBytes, IntoBytes, Immutable)]
#[repr(C, align(128))]
struct Node([u64; FAN]);

/// For every place in a node, all ones behind it.
const BEHIND: [[u64; FAN]; FAN] = {
    let mut masks = [[0; FAN]; FAN];
    let mut place = 0;
    while place < FAN {
        let mut at = place + 1;
        while at < FAN {
            masks[place][at] = u64::MAX;
            at += 1;
        }
        place += 1;
    }
    masks
};

impl Node {
    #[inline(always)]
    fn sum(&self) -> u64 {
        self.0.iter().fold(0, |sum, w| sum.wrapping_add(*w))
    }

    /// The sum behind a place; always all sixteen, for a branch that is mispredicted costs more.
    #[inline(always)]
    fn sum_behind(&self, place: usize) -> u64 {
        let masked = self.0.iter().zip(&BEHIND[place]).map(|(w, m)| w & m);
        masked.fold(0, u64::wrapping_add)
    }
}

/// Byte sums over time slots; all sums wrap instead of panicking (sizes are bounded by
/// [`super::access::MAX_SIZE`]).
pub(crate) struct Tree {
    levels: Vec<Slab<Node>>,
    head: usize,
    slots: usize,
}

impl Tree {
    /// An empty tree with room for `slots` accesses.
    pub(crate) fn new(slots: usize) -> Self {
        let mut tree = Self {
            levels: Vec::new(),
            head: 0,
            slots,
        };
        tree.levels.push(Slab::zeroed(nodes(slots)));
        tree.sum_up();
        tree
    }

    /// No free slot is left: the caller must compact.
    #[inline(always)]
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
    #[inline(always)]
    pub(crate) fn touch(&mut self, slot: u32, old: u64, new: u64) -> (u32, u64) {
        let head = self.head;
        self.head += 1;
        let (mut a, mut b) = (slot as usize, head);
        let mut newer = 0u64;
        let mut levels = self.levels.iter_mut();
        for level in levels.by_ref() {
            let level = level.as_mut();
            let node = &mut level[a >> SHIFT];
            newer = newer.wrapping_add(node.sum_behind(a & (FAN - 1)));
            change(node, a, old.wrapping_neg());
            change(&mut level[b >> SHIFT], b, new);
            a >>= SHIFT;
            b >>= SHIFT;
            if a == b {
                break;
            }
        }
        if old != new {
            let delta = new.wrapping_sub(old);
            for level in levels {
                change(&mut level.as_mut()[a >> SHIFT], a, delta);
                a >>= SHIFT;
            }
        }
        (head as u32, newer)
    }

    /// Starts the load of the memory that `touch(slot)` needs first.
    #[inline(always)]
    pub(crate) fn prefetch(&self, slot: u32) -> u64 {
        let node = self.levels[0].as_slice().get(slot as usize >> SHIFT);
        node.map_or(0, |node| node.0[0] ^ node.0[FAN - 1])
    }

    /// Closes all holes: object `i` of `live` (ascending slots) gets slot `i`; grows to `slots`.
    /// Answers false when more objects are live than a slot number can count.
    pub(crate) fn compact(&mut self, live: &Live, slots: usize) -> bool {
        if live.len() >= MAX_SLOTS {
            return false;
        }
        let leaves = self.levels[0].as_mut();
        let mut next = 0;
        live.for_each(|slot| {
            leaves[next >> SHIFT].0[next & (FAN - 1)] = leaves[slot >> SHIFT].0[slot & (FAN - 1)];
            next += 1;
        });
        self.head = next;
        let used = next.div_ceil(FAN);
        if let (Some(last), rest @ 1..) = (leaves.get_mut(next >> SHIFT), next & (FAN - 1)) {
            last.0[rest..].fill(0);
        }
        self.levels.truncate(1);
        let slots = slots.min(MAX_SLOTS);
        if slots > self.slots {
            let mut grown = Slab::zeroed(nodes(slots));
            grown.as_mut()[..used].copy_from_slice(&self.levels[0].as_slice()[..used]);
            self.levels[0] = grown;
            self.slots = slots;
        } else {
            self.levels[0].as_mut()[used..].fill(Node::default());
        }
        self.sum_up();
        true
    }

    /// Rebuilds the sums above the leaves.
    fn sum_up(&mut self) {
        loop {
            let below = self.levels[self.levels.len() - 1].as_slice();
            if below.len() <= 1 {
                break;
            }
            let mut level: Slab<Node> = Slab::zeroed(nodes(below.len()));
            for (node, sixteen) in level.as_mut().iter_mut().zip(below.chunks(FAN)) {
                for (sum, node) in node.0.iter_mut().zip(sixteen) {
                    *sum = node.sum();
                }
            }
            self.levels.push(level);
        }
    }
}

/// Nodes for so many sums, at least one.
fn nodes(sums: usize) -> usize {
    sums.div_ceil(FAN).max(1)
}

#[inline(always)]
fn change(node: &mut Node, slot: usize, bytes: u64) {
    let sum = &mut node.0[slot & (FAN - 1)];
    *sum = sum.wrapping_add(bytes);
}

/// Adds `bytes` to a slot and everything above it.
#[inline]
fn add(levels: &mut [Slab<Node>], slot: usize, bytes: u64) {
    let mut at = slot;
    for level in levels {
        change(&mut level.as_mut()[at >> SHIFT], at, bytes);
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
    /// Bytes at a slot.
    pub(crate) fn at(&self, slot: usize) -> u64 {
        let node = self.levels[0].as_slice().get(slot >> SHIFT);
        node.map_or(0, |node| node.0[slot & (FAN - 1)])
    }

    /// Bytes at `slot` and all behind it.
    pub(crate) fn sum_from(&self, slot: usize) -> u64 {
        let (mut at, mut sum) = (slot, self.at(slot));
        for level in &self.levels {
            let Some(node) = level.as_slice().get(at >> SHIFT) else {
                break;
            };
            sum = sum.wrapping_add(node.sum_behind(at & (FAN - 1)));
            at >>= SHIFT;
        }
        sum
    }

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
