//! Objects that are too large for the smaller caches on the curve.
//!
//! A cache never admits an object larger than itself, so what was touched since an object must be
//! known for every such cache on its own: the recency tree knows all of it, this file the large
//! objects in it, by the smallest cache that admits them, which the engine takes off again. They are
//! few beside all others.

use super::tree::{Live, Tree};

/// With many keys, caches below this size are looked at only when they were asked for.
const LARGE: u64 = 1 << 13;
/// Keys up to which there is time to look at every size of the curve.
const FEW_KEYS: usize = 1 << 12;
/// The smallest size on a curve.
const SMALLEST: u64 = 1 << 10;

/// Large objects in the order of their last touch, one list for each size of cache.
pub(crate) struct Large {
    /// Sizes of caches, ascending: an object of class `i` fits the `i`-th and those behind it.
    bounds: Vec<u64>,
    /// The smallest cache that is looked at,
    base: usize,
    /// and its size: objects that fit it are not kept here.
    from: u64,
    /// Where that is once there are many keys.
    settled: usize,
    classes: Vec<Class>,
    len: usize,
}

/// Objects of one class.
struct Class {
    /// Slots of the recency tree in ascending order; those that were left are still in it.
    slots: Vec<u32>,
    /// Their bytes, in the same order.
    tree: Tree,
}

impl Class {
    fn new() -> Self {
        Self {
            slots: Vec::new(),
            tree: Tree::new(ROOM),
        }
    }

    /// Bytes of the objects touched after `slot`.
    fn newer(&self, slot: u32) -> u64 {
        if self.slots.last().is_none_or(|last| *last <= slot) {
            return 0;
        }
        let at = self.slots.partition_point(|s| *s <= slot);
        self.tree.sum_from(at)
    }

    fn push(&mut self, slot: u32, bytes: u64) {
        if self.tree.is_full() {
            self.compact();
        }
        self.tree.push(bytes);
        self.slots.push(slot);
    }

    /// Takes bytes off the object at `slot`.
    fn remove(&mut self, slot: u32, bytes: u64) {
        if let Ok(at) = self.slots.binary_search(&slot) {
            self.tree.remove(at as u32, bytes);
        }
    }

    /// Drops the places of objects that have moved on, and makes room.
    fn compact(&mut self) {
        let places = 0..self.slots.len();
        let used: Vec<u32> = places
            .filter(|at| self.tree.at(*at) > 0)
            .map(|at| at as u32)
            .collect();
        let live = Live::new(self.tree.capacity(), used.iter().copied());
        self.slots = used.iter().map(|at| self.slots[*at as usize]).collect();
        let room = (used.len() * 2).max(ROOM);
        self.tree.compact(&live, room.max(self.tree.capacity()));
    }
}

/// Objects that a class has room for at first.
const ROOM: usize = 1 << 8;

impl Large {
    /// `edges` are the sizes on the curve, `asked` is the smallest one that was asked for.
    pub(crate) fn new(edges: &[u64], asked: Option<u64>) -> Self {
        let smallest = asked.unwrap_or(SMALLEST);
        let bounds: Vec<u64> = edges.iter().copied().filter(|e| *e >= smallest).collect();
        let large = asked.unwrap_or(LARGE);
        Self {
            base: 0,
            from: bounds.first().copied().unwrap_or(u64::MAX),
            settled: bounds.partition_point(|bound| *bound < large),
            classes: Vec::new(),
            bounds,
            len: 0,
        }
    }

    /// Objects larger than this are kept here.
    #[inline(always)]
    pub(crate) const fn from(&self) -> u64 {
        self.from
    }

    /// There is nothing to take off.
    #[inline(always)]
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The smallest cache that an object fits.
    fn class(&self, size: u64) -> usize {
        self.bounds.partition_point(|bound| *bound < size)
    }

    /// With many keys, the smallest caches are no longer worth the time.
    pub(crate) fn settle(&mut self, keys: usize) {
        if keys > FEW_KEYS && self.base < self.settled {
            self.base = self.settled;
            self.from = self.bounds.get(self.base).copied().unwrap_or(u64::MAX);
            for dropped in self.classes.iter_mut().take(self.base + 1) {
                self.len -= dropped.slots.len();
                *dropped = Class::new();
            }
        }
    }

    /// An object was put at the head.
    pub(crate) fn push(&mut self, slot: u32, size: u64) {
        if size <= self.from {
            return;
        }
        let class = self.class(size);
        if self.classes.len() <= class {
            self.classes.resize_with(class + 1, Class::new);
        }
        let before = self.classes[class].slots.len();
        self.classes[class].push(slot, size);
        self.len = (self.len + self.classes[class].slots.len()) - before;
    }

    /// Takes bytes off an object of this size.
    pub(crate) fn remove(&mut self, slot: u32, size: u64, bytes: u64) {
        if size > self.from {
            let class = self.class(size);
            if let Some(class) = self.classes.get_mut(class) {
                class.remove(slot, bytes);
            }
        }
    }

    /// For caches that do not admit all objects, the largest first: their size, and the bytes touched
    /// after `slot` that the next larger cache admits and they do not.
    pub(crate) fn newer(&self, slot: u32, out: &mut Vec<(u64, u64)>) {
        out.clear();
        let classes = self.classes.iter().enumerate().skip(self.base + 1).rev();
        out.extend(classes.map(|(at, class)| (self.bounds[at - 1], class.newer(slot))));
    }

    /// Slots have new numbers, in the same order.
    pub(crate) fn renumber(&mut self, number: impl Fn(u32) -> u32) {
        self.len = 0;
        for class in &mut self.classes {
            class.compact();
            class
                .slots
                .iter_mut()
                .for_each(|slot| *slot = number(*slot));
            self.len += class.slots.len();
        }
    }
}
