//! One function over many independent inputs, on the cores there are.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// More threads than this gain nothing: the longest single search remains.
const MOST: usize = 8;

/// Applies a function to every input; results stand in the order of the inputs, however they were computed.
pub(super) fn map<T: Sync, R: Send>(inputs: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, |n| n.get().min(MOST));
    if threads == 1 || inputs.len() < 2 {
        return inputs.iter().map(run).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(inputs.len()));
    let work = || {
        let mine = || {
            let i = next.fetch_add(1, Ordering::Relaxed);
            inputs.get(i).map(|input| (i, run(input)))
        };
        let results: Vec<(usize, R)> = std::iter::from_fn(mine).collect();
        if let Ok(mut done) = done.lock() {
            done.extend(results);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(inputs.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(i, _)| *i);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn results_stand_in_the_order_of_the_inputs() {
        let inputs: Vec<u64> = (0..1000).collect();
        let slow_first = |n: &u64| {
            if *n == 0 {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            n * n
        };
        let expected: Vec<u64> = inputs.iter().map(|n| n * n).collect();
        assert_eq!(super::map(&inputs, slow_first), expected);
        assert!(super::map(&[] as &[u64], slow_first).is_empty());
    }
}
