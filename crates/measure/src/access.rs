//! One request as the curve sees it: when, which key, how many bytes, what was done.
//!
//! Keys are kept only as 64-bit hashes: two keys with the same hash count as one object, which for
//! a hundred million keys happens with a probability below one in three thousand. Nothing here
//! knows a log format.

use std::hint::select_unpredictable;

use xxhash_rust::xxh64::xxh64;

/// What a request does to the object it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Op {
    /// A read; the size is the size of the object.
    Read = 0,
    /// A read that shows only part of the object (range, `HEAD`, 304, a command whose reply is not
    /// logged): the size is a lower bound, 0 when nothing is known.
    Part = 1,
    /// A write of the whole object.
    Write = 2,
    /// The object is gone.
    Delete = 3,
    /// Only the time to live changes.
    Expire = 4,
}

impl Op {
    const fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Read,
            1 => Self::Part,
            2 => Self::Write,
            3 => Self::Delete,
            _ => Self::Expire,
        }
    }

    /// The request is answered by the cache when the cache can.
    pub const fn is_read(self) -> bool {
        matches!(self, Self::Read | Self::Part)
    }
}

/// Whether the log says that a cache answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Logged {
    /// The log does not say.
    Unknown,
    /// Answered by a cache.
    Hit,
    /// Went to the origin.
    Miss,
}

/// Largest object that is believed, 64 TiB: more is a corrupt line (the largest S3 object is
/// 50 TB), and sums of sizes stay far from overflow.
pub const MAX_SIZE: u64 = 1 << 46;

/// Nearly nine thousand years of milliseconds.
const TTL_BITS: u32 = 48;
const TTL_MASK: u64 = (1 << TTL_BITS) - 1;
const OP_AT: u32 = 56;
const CLASS_MASK: u64 = 0xff << TTL_BITS;
const SENT_APART: u64 = 1 << 62;

/// One request in 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Access {
    /// Milliseconds since the Unix epoch, or since the start of a trace with relative times.
    pub time: i64,
    /// Hash of the key, see [`hash_key`].
    pub key: u64,
    /// Bytes, see [`Op`] for what of.
    pub size: u64,
    /// Operation in bits 56–59, logged result in bits 60–61, in bit 62 that the bytes sent are counted
    /// apart, class in bits 48–55, TTL in ms in the rest (all ones: none).
    meta: u64,
}

impl Access {
    /// A time to live that never ends: unlike none, it takes the place of the one before.
    pub const FOREVER: u64 = TTL_MASK - 2;

    /// A write that leaves the time at which the copy expires as it is.
    pub const KEEP: u64 = TTL_MASK - 1;

    /// A request without a TTL of its own.
    pub const fn new(time: i64, key: u64, size: u64, op: Op) -> Self {
        Self {
            time,
            key,
            size,
            meta: TTL_MASK | ((op as u64) << OP_AT),
        }
    }

    /// A read of a whole object.
    pub const fn read(time: i64, key: u64, size: u64) -> Self {
        Self::new(time, key, size, Op::Read)
    }

    /// Sets the time to live in milliseconds.
    #[must_use]
    pub const fn with_ttl(mut self, ttl_ms: Option<u64>) -> Self {
        let ttl = match ttl_ms {
            Some(ms) if ms < TTL_MASK => ms,
            _ => TTL_MASK,
        };
        self.meta = (self.meta & !TTL_MASK) | ttl;
        self
    }

    /// Sets what the log says about the cache.
    #[must_use]
    pub const fn with_logged(mut self, logged: Logged) -> Self {
        let bits = match logged {
            Logged::Unknown => 0,
            Logged::Hit => 1,
            Logged::Miss => 2,
        };
        self.meta = (self.meta & !(3 << 60)) | (bits << 60);
        self
    }

    /// A read whose size the log does not tell.
    #[must_use]
    pub(crate) const fn unknown_if(mut self, is_unknown: bool) -> Self {
        if is_unknown && matches!(self.op(), Op::Read) {
            self.meta |= (Op::Part as u64) << OP_AT;
        }
        self
    }

    /// What was sent is not the object, and is counted where the line was read.
    #[must_use]
    pub(crate) const fn sent_apart(mut self) -> Self {
        self.meta |= SENT_APART;
        self
    }

    /// See [`Self::sent_apart`].
    pub(crate) const fn is_sent_apart(&self) -> bool {
        self.meta & SENT_APART != 0
    }

    /// What was done.
    pub const fn op(&self) -> Op {
        Op::from_bits((self.meta >> OP_AT) & 0xf)
    }

    /// What the log says about the cache.
    pub const fn logged(&self) -> Logged {
        match (self.meta >> 60) & 3 {
            1 => Logged::Hit,
            2 => Logged::Miss,
            _ => Logged::Unknown,
        }
    }

    /// Time to live in milliseconds, where the request states one.
    pub const fn ttl(&self) -> Option<u64> {
        let ttl = self.meta & TTL_MASK;
        if ttl == TTL_MASK { None } else { Some(ttl) }
    }

    /// Sets the class of a read, see [`super::reuse`].
    #[inline]
    pub(crate) const fn set_class(&mut self, class: u8) {
        self.meta = (self.meta & !CLASS_MASK) | ((class as u64) << TTL_BITS);
    }

    /// The class of a read; 0 when it was not classified.
    #[inline]
    pub(crate) const fn class(&self) -> u8 {
        (self.meta >> TTL_BITS) as u8
    }

    /// A whole-object read without TTL, logged result or class: the common case on the fast path.
    pub(crate) const fn is_plain_read(&self) -> bool {
        self.meta == TTL_MASK
    }

    /// Zero for a plain read at `time`; bits, for many can be looked at without a branch.
    #[inline]
    pub(crate) const fn difference_to_plain_read(&self, time: i64) -> u64 {
        (self.time ^ time).cast_unsigned() | (self.meta ^ TTL_MASK)
    }

    /// The 32 bytes of a spilled record.
    pub(crate) fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&self.time.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.key.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24..].copy_from_slice(&self.meta.to_le_bytes());
        bytes
    }

    /// The inverse of [`Self::to_bytes`].
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let word = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Self {
            time: word(0).cast_signed(),
            key: word(8),
            size: word(16),
            meta: word(24),
        }
    }
}

/// Requests that a query engine counted: one row per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Total {
    pub(crate) time: i64,
    pub(crate) requests: u64,
    pub(crate) bytes: u64,
    pub(crate) is_read: bool,
}

/// Requests looked at together.
pub(crate) const GROUP: usize = 256;

/// Plain reads side by side: a processor looks at several of them at once.
pub(crate) struct Reads {
    /// How many there are.
    pub(crate) len: usize,
    pub(crate) times: [i64; GROUP],
    pub(crate) keys: [u64; GROUP],
    pub(crate) sizes: [u32; GROUP],
}

impl Reads {
    pub(crate) const fn new() -> Self {
        Self {
            len: 0,
            times: [0; GROUP],
            keys: [0; GROUP],
            sizes: [0; GROUP],
        }
    }

    /// One of them.
    #[inline(always)]
    pub(crate) fn get(&self, at: usize) -> Access {
        Access::read(self.times[at], self.keys[at], u64::from(self.sizes[at]))
    }
}

/// The hash that decides which keys are sampled, so that a query engine can decide the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum KeyHash {
    /// XXH64 with seed 0, `xxhash64` of Athena and Trino.
    #[default]
    Athena,
    /// XXH64 with seed 42, `xxhash64` of Spark.
    Spark,
}

impl KeyHash {
    /// The seed of XXH64.
    pub const fn seed(self) -> u64 {
        match self {
            Self::Athena => 0,
            Self::Spark => 42,
        }
    }
}

/// Hash of a key's bytes.
#[inline]
pub fn hash_key(key: &[u8], seed: u64) -> u64 {
    if key.len() < 32 {
        short_xxh64(key, seed)
    } else {
        xxh64(key, seed)
    }
}

const P1: u64 = 0x9e37_79b1_85eb_ca87;
const P2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const P3: u64 = 0x1656_67b1_9e37_79f9;
const P4: u64 = 0x85eb_ca77_c2b2_ae63;
const P5: u64 = 0x27d4_eb2f_1656_67c5;

/// XXH64 of the first `len` bytes of `text`, fewer than 32, where another seven can be read. Steps
/// of the last seven bytes are computed and kept or not, because the length of keys is what a
/// processor cannot predict.
#[inline(always)]
pub(crate) fn hash_short_key(text: &[u8], len: usize, seed: u64) -> Option<u64> {
    let mut hash = seed.wrapping_add(P5).wrapping_add(len as u64);
    let (eights, tail) = text.split_at_checked(len & !7)?;
    for eight in eights.as_chunks().0 {
        hash = add_eight(hash, u64::from_le_bytes(*eight));
    }
    let mut rest = u64::from_le_bytes(*tail.first_chunk()?);
    hash = select_unpredictable(len & 4 != 0, add_four(hash, rest & 0xffff_ffff), hash);
    rest >>= (len & 4) * 8;
    for at in 0..3 {
        hash = select_unpredictable(at < len & 3, add_one(hash, rest & 0xff), hash);
        rest >>= 8;
    }
    Some(avalanche(hash))
}

#[inline(always)]
const fn add_eight(hash: u64, word: u64) -> u64 {
    let word = word.wrapping_mul(P2).rotate_left(31).wrapping_mul(P1);
    let hash = (hash ^ word).rotate_left(27);
    hash.wrapping_mul(P1).wrapping_add(P4)
}

#[inline(always)]
const fn add_four(hash: u64, word: u64) -> u64 {
    let hash = (hash ^ word.wrapping_mul(P1)).rotate_left(23);
    hash.wrapping_mul(P2).wrapping_add(P3)
}

#[inline(always)]
const fn add_one(hash: u64, byte: u64) -> u64 {
    (hash ^ byte.wrapping_mul(P5))
        .rotate_left(11)
        .wrapping_mul(P1)
}

/// The last step of XXH64.
#[inline(always)]
const fn avalanche(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(P2);
    hash ^= hash >> 29;
    hash = hash.wrapping_mul(P3);
    hash ^ (hash >> 32)
}

/// XXH64 of fewer than 32 bytes, short enough to be inlined where lines are parsed.
#[inline]
fn short_xxh64(key: &[u8], seed: u64) -> u64 {
    let mut hash = seed.wrapping_add(P5).wrapping_add(key.len() as u64);
    let mut rest = key;
    while let Some((eight, after)) = rest.split_first_chunk::<8>() {
        hash = add_eight(hash, u64::from_le_bytes(*eight));
        rest = after;
    }
    if let Some((four, after)) = rest.split_first_chunk::<4>() {
        hash = add_four(hash, u64::from(u32::from_le_bytes(*four)));
        rest = after;
    }
    for byte in rest {
        hash = add_one(hash, u64::from(*byte));
    }
    avalanche(hash)
}

/// A bijection that spreads numeric ids over 64 bits (the finalizer of MurmurHash3).
#[inline]
pub const fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xxh64_is_the_hash_of_trino_and_spark() {
        assert_eq!(
            hash_key(b"abc", KeyHash::Athena.seed()),
            0x44bc_2cf5_ad77_0999
        );
        assert_eq!(
            hash_key(b"ABC", KeyHash::Spark.seed()),
            4_105_715_581_806_190_027
        );
    }

    #[test]
    fn short_keys_hash_as_the_library_hashes_them() {
        let bytes: Vec<u8> = (0..100u8).map(|i| i.wrapping_mul(151) ^ 0x5a).collect();
        for len in 0..bytes.len() {
            for seed in [0, 42, u64::MAX] {
                let want = xxh64(&bytes[..len], seed);
                assert_eq!(hash_key(&bytes[..len], seed), want);
                if len < 32 {
                    assert_eq!(hash_short_key(&bytes, len, seed), Some(want));
                }
            }
        }
    }

    #[test]
    fn an_access_survives_packing() {
        let mut access = Access::new(-5, 7, 9, Op::Delete)
            .with_ttl(Some(3_600_000))
            .with_logged(Logged::Miss);
        access.set_class(31);
        assert_eq!((access.op(), access.class()), (Op::Delete, 31));
        assert_eq!(access.ttl(), Some(3_600_000));
        assert_eq!(access.logged(), Logged::Miss);
        assert_eq!(Access::from_bytes(&access.to_bytes()), access);
        assert_eq!(access.with_ttl(None).ttl(), None);
        assert_eq!(access.with_ttl(None).op(), Op::Delete);
    }
}
