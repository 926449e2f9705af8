//! How many distinct things there are, and how many came twice, in bounded memory: the smallest hashes
//! of a set are a sample of it (bottom-k; Bar-Yossef et al., 2002).

use std::collections::BTreeMap;

/// Hashes that are kept: the standard error is 1.6 % above that many, and there is none below.
const KEPT: usize = 4096;

/// The smallest hashes of a set, each with how often it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sketch {
    kept: BTreeMap<u64, u32>,
    /// Nothing from here on is kept.
    below: Option<u64>,
}

impl Sketch {
    /// Adds a thing by its hash.
    pub(crate) fn add(&mut self, hash: u64, times: u32) {
        if self.below.is_some_and(|below| hash >= below) {
            return;
        }
        let count = self.kept.entry(hash).or_default();
        *count = count.saturating_add(times);
        if self.kept.len() > KEPT {
            self.below = self.kept.pop_last().map(|(hash, _)| hash);
        }
    }

    /// Adds all of another one.
    pub(crate) fn merge(&mut self, other: &Self) {
        if let Some(below) = other.below {
            let below = self.below.map_or(below, |own| own.min(below));
            self.below = Some(below);
            self.kept.split_off(&below);
        }
        for (hash, times) in &other.kept {
            self.add(*hash, *times);
        }
    }

    /// Distinct things.
    pub(crate) fn distinct(&self) -> u64 {
        let kept = self.kept.len() as f64;
        match self.below {
            None => self.kept.len() as u64,
            Some(below) => (kept / below as f64 * 2f64.powi(64)).round() as u64,
        }
    }

    /// Share of the things that came more than once; 0 of a few, and where most of them came again and
    /// again, for then they tell nothing apart.
    pub(crate) fn repeated(&self) -> f64 {
        const FEW: usize = 10;
        let times: u64 = self.kept.values().map(|times| u64::from(*times)).sum();
        if self.kept.len() < FEW || times > 4 * self.kept.len() as u64 {
            return 0.0;
        }
        let repeated = self.kept.values().filter(|times| **times > 1).count();
        repeated as f64 / self.kept.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::mix;

    #[test]
    fn few_are_counted_and_many_estimated_whatever_the_order() {
        let mut all = Sketch::default();
        let mut parts = [Sketch::default(), Sketch::default()];
        for i in 1..=100_000u64 {
            let times = if i % 10 == 0 { 2 } else { 1 };
            for _ in 0..times {
                all.add(mix(i), 1);
                parts[(i % 2) as usize].add(mix(i), 1);
            }
        }
        let [mut merged, other] = parts;
        merged.merge(&other);
        assert_eq!(merged.kept, all.kept);
        assert!(
            all.distinct().abs_diff(100_000) < 5_000,
            "{}",
            all.distinct()
        );
        assert!((all.repeated() - 0.1).abs() < 0.02, "{}", all.repeated());
        let mut few = Sketch::default();
        [3, 4, 3].iter().for_each(|i| few.add(mix(*i), 1));
        assert_eq!((few.distinct(), few.repeated()), (2, 0.0));
    }
}
