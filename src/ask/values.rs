//! Answers to try: the likely words of a closed list, a spread of plausible numbers.

use crate::domain::field::{Field, Value};
use crate::domain::profile::{Layer, Word as _};

/// Answers to try at a layer, in the form a profile accepts.
pub fn plausible(field: &Field, layer: Option<&str>) -> Vec<String> {
    let layer = layer
        .and_then(Layer::from_word)
        .unwrap_or(Layer::Application);
    match field.value {
        Value::One(choice) => {
            let words = choice.likely(layer).into_iter();
            words.map(str::to_owned).collect()
        }
        Value::Many(choice) => {
            let words = choice.likely(layer).into_iter();
            words.map(|w| format!("[{w}]")).collect()
        }
        Value::Number(_) | Value::Text(_) | Value::Whole(_) | Value::Own => {
            let tried = field.ask.tried.iter();
            tried.map(|v| (*v).to_owned()).collect()
        }
    }
}

/// A deterministic sequence of pseudo-random numbers (xorshift64*), for reproducible confidence.
pub struct Sequence(u64);

impl Sequence {
    /// From a seed that is not zero.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number below `bound`; `bound` must not be zero.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}
