//! Axes: a value to a fraction of the axis, and the round values that carry a label.
//!
//! Floats are positions on a page, never money.

/// How tick labels of an axis are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `$1k`.
    Dollars,
    /// `10k/s`.
    PerSecond,
    /// `4 GiB`, the axis is in bytes.
    Bytes,
    /// `80 %`, the axis is a fraction.
    Share,
    /// `5 ms`, the axis is in milliseconds.
    Milliseconds,
    /// A plain number.
    Plain,
}

/// Most labels on an axis.
const MOST: usize = 6;

impl Unit {
    /// A tick label.
    pub(crate) fn label(self, value: f64) -> String {
        match self {
            Self::Dollars => format!("${}", short(value)),
            Self::PerSecond => format!("{}/s", short(value)),
            Self::Milliseconds => format!("{} ms", short(value)),
            Self::Share => format!("{} %", short((value * 1000.0).round() / 10.0)),
            Self::Plain => short(value),
            Self::Bytes => bytes(value),
        }
    }
}

/// `1.5k`, `20M`, `0.01`.
fn short(value: f64) -> String {
    let steps = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")];
    let (unit, suffix) = steps
        .into_iter()
        .find(|(unit, _)| value.abs() >= *unit)
        .unwrap_or((1.0, ""));
    let scaled = value / unit;
    // Nine decimals are enough for the smallest tick and hide binary noise.
    let text = format!("{scaled:.9}");
    format!(
        "{}{suffix}",
        text.trim_end_matches('0').trim_end_matches('.')
    )
}

fn bytes(value: f64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let step = if value < 1.0 {
        0
    } else {
        ((value.log2() / 10.0).floor() as usize).min(UNITS.len() - 1)
    };
    let scaled = value / 1024f64.powi(step as i32);
    format!(
        "{} {}",
        short((scaled * 100.0).round() / 100.0),
        UNITS[step]
    )
}

/// A linear or logarithmic axis.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    log: bool,
}

impl Scale {
    /// Logarithmic when both ends are above zero and at least a factor of twenty apart.
    pub(crate) fn new(low: f64, high: f64) -> Self {
        if low > 0.0 && high / low >= 20.0 {
            Self {
                low,
                high,
                log: true,
            }
        } else {
            Self::linear(low.min(0.0), high)
        }
    }

    /// Linear whatever the values.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            log: false,
        }
    }

    /// Is it logarithmic.
    pub(crate) fn is_log(&self) -> bool {
        self.log
    }

    /// With a little air above and, when logarithmic, below.
    pub(crate) fn padded(self) -> Self {
        if self.log {
            Self {
                low: self.low / 1.4,
                high: self.high * 1.4,
                ..self
            }
        } else {
            Self {
                high: self.high * 1.08,
                ..self
            }
        }
    }

    /// Fraction of the axis.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let fraction = if self.log {
            (value.max(self.low) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        fraction.clamp(0.0, 1.0)
    }

    /// Round values within the axis, at most six.
    pub(crate) fn ticks(&self, unit: Unit) -> Vec<f64> {
        match (self.log, unit) {
            (true, Unit::Bytes) => self.powers(2.0),
            (true, _) => self.powers(10.0),
            (false, _) => self.even(),
        }
    }

    fn powers(&self, base: f64) -> Vec<f64> {
        let first = (self.low.ln() / base.ln() - 1e-9).ceil() as i32;
        let last = (self.high.ln() / base.ln() + 1e-9).floor() as i32;
        let count = usize::try_from(last - first + 1).unwrap_or(0);
        let step = count.div_ceil(MOST).max(1);
        let all: Vec<f64> = (first..=last).step_by(step).map(|p| base.powi(p)).collect();
        if all.len() >= 2 {
            all
        } else {
            vec![self.low, self.high]
        }
    }

    fn even(&self) -> Vec<f64> {
        let raw = (self.high - self.low) / 5.0;
        let magnitude = 10f64.powf(raw.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|m| m * magnitude)
            .find(|s| *s >= raw * 0.999)
            .unwrap_or(raw);
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_round() {
        assert_eq!(Unit::PerSecond.label(20_000.0), "20k/s");
        assert_eq!(Unit::Dollars.label(0.01), "$0.01");
        assert_eq!(Unit::Bytes.label(4.0 * 1024.0 * 1024.0 * 1024.0), "4 GiB");
        assert_eq!(Unit::Share.label(0.6), "60 %");
        assert_eq!(Unit::Milliseconds.label(2.5), "2.5 ms");
    }

    #[test]
    fn ticks_are_few_and_inside() {
        for (low, high) in [
            (0.0, 1.0),
            (1.0, 1e9),
            (3.0, 70.0),
            (0.002, 41.0),
            (0.0, 1234.5),
            (50.0, 51.0),
        ] {
            for unit in [Unit::Dollars, Unit::Bytes] {
                let scale = Scale::new(low, high);
                let ticks = scale.ticks(unit);
                assert!((2..=7).contains(&ticks.len()), "{low}..{high}: {ticks:?}");
                assert!(
                    ticks
                        .iter()
                        .all(|t| *t >= low.min(0.0) - 1e-9 && *t <= high * (1.0 + 1e-9)),
                    "{low}..{high}: {ticks:?}"
                );
            }
        }
    }
}
