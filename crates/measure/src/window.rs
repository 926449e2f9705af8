//! The part of the logs that was asked for: requests from one moment to another, and the files that may
//! hold them by the dates in their paths.

use std::path::{Component, Path};

use crate::formats::fields;
use crate::input::Input;

const DAY_MS: i64 = 86_400_000;

/// A span of time; open where nothing was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// First moment, in ms since the epoch.
    pub from: Option<i64>,
    /// The moment after the last, in ms since the epoch.
    pub to: Option<i64>,
}

impl Window {
    /// Why a request is left out.
    pub(crate) const OUTSIDE: &'static str = "outside --from and --to";

    /// A day or a moment as people write them, in ms since the epoch; a day is its start, or with
    /// `is_end` its end. Times without zone are UTC.
    ///
    /// # Errors
    /// With what is allowed, when it is neither.
    pub fn moment(text: &str, is_end: bool) -> Result<i64, String> {
        if let Some(day) = fields::date(text.as_bytes()) {
            return Ok(if is_end { day + DAY_MS } else { day });
        }
        let minutes = (text.len() == 16).then(|| format!("{text}:00"));
        let text = minutes.as_deref().unwrap_or(text);
        fields::iso(text.as_bytes()).ok_or_else(|| {
            format!("`{text}` is neither a day (2026-11-30) nor a moment (2026-11-30T14:00:00Z)")
        })
    }

    /// Nothing was asked for.
    pub(crate) const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// The moment is asked for.
    #[inline]
    pub(crate) fn contains(&self, ms: i64) -> bool {
        self.from.is_none_or(|from| ms >= from) && self.to.is_none_or(|to| ms < to)
    }

    /// Files that were found and whose paths name a day more than one day away are not opened: logs
    /// are delivered late. The second answer is how many those are.
    pub(crate) fn select(&self, inputs: Vec<Input>) -> (Vec<Input>, usize) {
        let before = inputs.len();
        let may_hold = |input: &Input| {
            let path = input.path().filter(|_| input.is_found());
            let Some((first, days)) = path.and_then(days_of) else {
                return true;
            };
            let (first, last) = (first - DAY_MS, first + (days + 1) * DAY_MS);
            self.from.is_none_or(|from| last > from) && self.to.is_none_or(|to| first < to)
        };
        let kept: Vec<Input> = if self.is_open() {
            inputs
        } else {
            inputs.into_iter().filter(may_hold).collect()
        };
        let gone = before - kept.len();
        (kept, gone)
    }
}

/// The first day that a path names, as folders (`2026/11/30`, `year=2026/month=11`, `dt=2026-11-30`) or as
/// CloudFront names its files (`E1.2026-11-30-14.a1b2.gz`), and how many days that are. Other dates in
/// names of files say when a file was closed, not what is in it.
fn days_of(path: &Path) -> Option<(i64, i64)> {
    let folders: Vec<&str> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let (file, folders) = folders.split_last()?;
    let values: Vec<&str> = folders
        .iter()
        .map(|name| name.split_once('=').map_or(*name, |(_, value)| value))
        .collect();
    let whole = folders.iter().zip(&values).rev();
    let mut whole = whole.filter(|(name, _)| name.contains('='));
    let partition = whole.find_map(|(_, value)| fields::date(value.as_bytes()));
    let named = file.split('.').find_map(|part| {
        let (day, hour) = part.split_at_checked(10)?;
        let hour = hour.strip_prefix('-')?;
        let is_hour = hour.len() == 2 && hour.bytes().all(|b| b.is_ascii_digit());
        fields::date(day.as_bytes()).filter(|_| is_hour)
    });
    if let Some(day) = partition.or(named) {
        return Some((day, 1));
    }
    let digits = |text: &str, len: usize| {
        let is_number = text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| text.to_owned())
    };
    (0..values.len()).rev().find_map(|at| {
        let year = digits(values[at], 4).filter(|year| year.starts_with("20"))?;
        let month = two(values.get(at + 1)?)?;
        match values.get(at + 2).and_then(|day| two(day)) {
            Some(day) => Some((date(&year, &month, &day)?, 1)),
            None => Some((date(&year, &month, "01")?, 31)),
        }
    })
}

/// A number of one or two digits, as two.
fn two(text: &str) -> Option<String> {
    let is_number = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| format!("{text:0>2}"))
}

fn date(year: &str, month: &str, day: &str) -> Option<i64> {
    fields::date(format!("{year}-{month}-{day}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_are_read() {
        let at = |text, is_end| Window::moment(text, is_end);
        assert_eq!(at("1970-01-02", false), Ok(DAY_MS));
        assert_eq!(at("1970-01-01", true), Ok(DAY_MS));
        assert_eq!(at("1970-01-01T01:00:00Z", true), Ok(3_600_000));
        assert_eq!(at("1970-01-01T01:00", false), Ok(3_600_000));
        assert!(at("yesterday", false).is_err());
        assert!(at("1970-13-01", false).is_err());
    }

    #[test]
    fn paths_name_days() {
        let day = |text: &str| Window::moment(text, false).unwrap();
        for (path, want) in [
            (
                "AWSLogs/1/elasticloadbalancing/eu-west-1/2026/11/30/1_elb.log.gz",
                Some((day("2026-11-30"), 1)),
            ),
            ("fh/2026/11/30/14/part", Some((day("2026-11-30"), 1))),
            (
                "cf/year=2026/month=3/day=7/a.parquet",
                Some((day("2026-03-07"), 1)),
            ),
            ("cf/dt=2026-03-07/a.parquet", Some((day("2026-03-07"), 1))),
            ("cf/2026/03/a", Some((day("2026-03-01"), 31))),
            (
                "cf/E1ABC.2026-11-30-14.a1b2c3.gz",
                Some((day("2026-11-30"), 1)),
            ),
            ("access.log-2026-11-30.gz", None),
            ("logs/1234/56/a", None),
            ("a", None),
        ] {
            assert_eq!(days_of(Path::new(path)), want, "{path}");
        }
    }

    #[test]
    fn only_files_found_are_passed_over_and_neighbours_are_read() {
        let window = Window {
            from: Window::moment("2026-11-10", false).ok(),
            to: Window::moment("2026-11-11", true).ok(),
        };
        let found = |day: u32| Input::Found(format!("l/2026/11/{day:02}/a").into());
        let inputs: Vec<Input> = (7..=14).map(found).collect();
        let (kept, gone) = window.select(inputs);
        assert_eq!((kept, gone), ((9..=12).map(found).collect(), 4));
        let named = Input::File("l/2020/01/01/a".into());
        assert_eq!(window.select(vec![named]).1, 0);
    }
}
