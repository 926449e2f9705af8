//! Progress of `measure` on a terminal.

use std::time::{Duration, Instant};

use cachewright_measure::Progress;
use indicatif::{HumanBytes, HumanDuration};

use crate::world::World;

/// Bytes, share and time left, twelve times a second at most.
pub(super) struct Bar<'w, 'a> {
    world: &'w mut World<'a>,
    started: Instant,
    last: Option<Instant>,
}

impl<'w, 'a> Bar<'w, 'a> {
    pub(super) fn new(world: &'w mut World<'a>) -> Self {
        Self {
            world,
            started: Instant::now(),
            last: None,
        }
    }

    pub(super) fn clear(&mut self) {
        if self.last.is_some() {
            let _ = write!(self.world.err, "\r\x1b[K");
        }
    }
}

impl Progress for Bar<'_, '_> {
    fn bytes(&mut self, done: u64, total: Option<u64>) {
        const EVERY: Duration = Duration::from_millis(80);
        let now = Instant::now();
        let is_due = self.last.is_none_or(|last| now - last >= EVERY);
        if !self.world.terminal.err_is_terminal || !is_due {
            return;
        }
        self.last = Some(now);
        let mut line = format!("reading {}", HumanBytes(done));
        if let Some(total) = total.filter(|t| *t > 0) {
            let share = (done as f64 / total as f64).min(1.0);
            line.push_str(&format!(
                " of {} ({:.0} %)",
                HumanBytes(total),
                share * 100.0
            ));
            if share > 0.0 {
                let left = (now - self.started).mul_f64((1.0 - share) / share);
                line.push_str(&format!(", {} left", HumanDuration(left)));
            }
        }
        let _ = write!(self.world.err, "\r\x1b[K{line}");
        let _ = self.world.err.flush();
    }
}
