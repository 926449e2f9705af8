//! Arrays of zeroes in huge pages where the system has them.
//!
//! The key table and the tree are read at random: with pages of 4 KiB every step waits for the
//! address before it waits for the memory. What is in the arrays is up to others.

use memmap2::MmapMut;
use zerocopy::{FromBytes, Immutable, IntoBytes};

/// From here on (2 MiB, the size of a huge page) an array has a mapping of its own.
const LARGE: usize = 1 << 21;

/// A fixed number of elements, zero at first.
pub(crate) struct Slab<T>(Store<T>);

enum Store<T> {
    Small(Vec<T>),
    Large(MmapMut),
}

impl<T: FromBytes + IntoBytes + Immutable + Clone> Slab<T> {
    /// `len` elements of zeroes.
    pub(crate) fn zeroed(len: usize) -> Self {
        let bytes = len * size_of::<T>();
        let large = (bytes >= LARGE).then(|| MmapMut::map_anon(bytes).ok());
        if let Some(Some(map)) = large {
            // Small pages do as well.
            #[cfg(target_os = "linux")]
            let _ = map.advise(memmap2::Advice::HugePage);
            return Self(Store::Large(map));
        }
        Self(Store::Small(vec![T::new_zeroed(); len]))
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[T] {
        match &self.0 {
            Store::Small(elements) => elements,
            Store::Large(map) => match <[T]>::ref_from_bytes(map) {
                Ok(elements) => elements,
                Err(_) => no_whole_elements(),
            },
        }
    }

    #[inline]
    pub(crate) fn as_mut(&mut self) -> &mut [T] {
        match &mut self.0 {
            Store::Small(elements) => elements,
            Store::Large(map) => match <[T]>::mut_from_bytes(map) {
                Ok(elements) => elements,
                Err(_) => no_whole_elements(),
            },
        }
    }
}

/// A mapping starts at a page and is as long as its elements: anything else must not look empty.
#[cold]
#[inline(never)]
fn no_whole_elements() -> ! {
    panic!("bug: a mapping that holds no whole number of elements")
}
