//! What a reader of the result should know: what the inputs as a whole are like, and what the numbers rest on.

use super::Pump;
use super::tally::Places;
use crate::formats::facts::FormatFacts;
use crate::formats::{Columns, Format};
use crate::measure::Options;
use crate::measure::measurement::is_relative;
use crate::stats::Rates;

impl Pump<'_> {
    /// Why there is nothing to measure.
    pub(super) fn none_a_read(&self) -> String {
        let mut why: Vec<String> = self
            .all
            .skipped
            .iter()
            .map(|(reason, n)| format!("{n} {reason}"))
            .collect();
        if self.stats.writes + self.stats.deletes > 0 {
            why.push(format!("{} writes", self.stats.writes + self.stats.deletes));
        }
        format!("{} lines, none a read: {}", self.all.lines, why.join(", "))
    }

    pub(super) fn note(&mut self, note: String) {
        self.all.note(note);
    }

    /// What the inputs as a whole are like.
    pub(super) fn notes(&mut self) {
        for note in self.foreign.notes() {
            self.note(note);
        }
        if self.stats.backwards > 0 {
            let requests = match self.stats.backwards {
                1 => "1 request is earlier than the one before, and was".to_owned(),
                n => format!("{n} requests are earlier than the one before, and were"),
            };
            self.note(format!("{requests} taken in the order of the file"));
        }
        if self.formats.contains_key(&Format::CloudfrontRealtime) {
            self.note(
                "real-time logs with a sampling rate below 100 % leave out requests at random, \
                 which makes hits look like misses: measure only logs with a rate of 100 %"
                    .to_owned(),
            );
        }
        if self.edges.len() > 1 {
            self.note(format!(
                "requests came through {} edge locations, each with a cache of its own: the curve \
                 is that of one shared cache (an origin shield), the edges alone hit less",
                self.edges.len()
            ));
        }
        if self.formats.len() > 1 {
            let layer = self.facts().map_or("", |facts| facts.layer);
            self.note(format!(
                "the inputs have several formats: {}; the layer is that of most reads: {layer}",
                self.format_names()
            ));
        }
        self.web_notes();
        if is_relative(self.stats.last) {
            self.note(
                "times have no date: they are taken for seconds since the start of the trace"
                    .to_owned(),
            );
        }
        let (writes, deletes) = self.passed;
        if writes + deletes > 0 {
            self.note(format!(
                "{writes} POST, PUT, PATCH and {deletes} DELETE pass the cache and reach the origin; \
                 where they drop copies, say `--writes invalidate`"
            ));
        }
    }

    /// What logs of CloudFront show besides requests.
    fn web_notes(&mut self) {
        /// Logs of several distributions have many.
        const DISTRIBUTIONS: usize = 3;
        let several = self.names.iter().filter(|(_, names)| names.len() > 1);
        let notes: Vec<String> = several
            .take(DISTRIBUTIONS)
            .map(|(own, names)| {
                let first: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
                let more = if names.len() > first.len() { ", …" } else { "" };
                format!(
                    "distribution {own} was asked for by {} names ({}{more}), and each has keys of its own here; \
                     the default cache key has the distribution and no name, so they may share objects: \
                     `--key path+query`",
                    names.len(),
                    first.join(", ")
                )
            })
            .collect();
        notes.into_iter().for_each(|note| self.note(note));
        let repeated = self.ids.repeated();
        if repeated > 0.01 {
            self.note(format!(
                "{:.0} % of the request ids come more than once: legacy and v2 logs of one distribution, two trails of \
                 CloudTrail, or two deliveries, double every request; measure only one of them",
                (repeated * 100.0).max(1.0)
            ));
        }
    }

    /// What query strings in the keys cost.
    pub(super) fn query_note(&mut self, distinct_keys: u64) {
        let bare = self.bare.distinct();
        if bare > 0 && bare * 10 < distinct_keys * 9 {
            self.note(format!(
                "without query strings {bare} keys instead of {distinct_keys} (`--ignore-query`), as edges key by default"
            ));
        }
    }

    /// What the rates and the curve rest on.
    pub(super) fn cautions(&mut self, rates: &Rates, reads: u64, first_reads: u64, unknown: f64) {
        let mut notes = period_notes(rates, &self.extremes);
        let is_short = rates.covered_hours < 24 || rates.span_hours < 24.0;
        if is_short || reads < 1000 {
            notes.push(format!(
                "{} of log, {reads} reads: a month is an extrapolation",
                span(rates.span_hours)
            ));
        }
        if first_reads * 5 > reads {
            notes.push(format!(
                "{first_reads} of {reads} reads ({:.0} %) are the first of their key (cold start): a longer \
                 log shows more hits",
                first_reads as f64 / reads.max(1) as f64 * 100.0
            ));
        }
        if unknown > 0.0 {
            let share = (unknown * 100.0).max(1.0);
            notes.push(if unknown > 0.5 {
                format!(
                    "{share:.0} % of the reads have no known size: the profile has no sizes (add `--default-size`)"
                )
            } else {
                format!("{share:.0} % of the reads have no known size (add `--default-size`)")
            });
        }
        notes.into_iter().for_each(|note| self.note(note));
    }
}

/// Flags about the fields of a log that a format has no use for.
pub(super) fn unused_flags(options: &Options, facts: &FormatFacts) -> Vec<&'static str> {
    let given = &options.columns;
    let is_ttl_alone = given.ttl.is_some()
        && *given
            == Columns {
                ttl: given.ttl.clone(),
                ..Columns::default()
            };
    let columns = if is_ttl_alone {
        "--ttl-column"
    } else {
        "--columns"
    };
    let has_fields = matches!(
        facts.format,
        Format::CloudfrontW3c | Format::CloudfrontRealtime
    );
    let mut flags = Vec::new();
    flags.extend((given.is_given() && !facts.columns).then_some(columns));
    flags.extend((!options.fields.is_empty() && !has_fields).then_some("--fields"));
    flags
}

/// Gaps that are taken for missing logs, and pieces so far away that a clock must have been wrong.
fn period_notes(rates: &Rates, places: &Places) -> Vec<String> {
    const FAR_HOURS: i64 = 365 * 24;
    let pieces = &rates.pieces;
    let all: u64 = pieces.iter().map(|piece| piece.requests).sum();
    let mut notes = Vec::new();
    for pair in pieces.windows(2).take(5) {
        let (before, after) = (pair[0], pair[1]);
        notes.push(format!(
            "no requests between {} and {}: taken as missing logs; if the site was idle, state \
             traffic.active_hours",
            day(before.last),
            day(after.first)
        ));
        if after.first - before.last < FAR_HOURS {
            continue;
        }
        for (piece, place) in [(before, &places.first), (after, &places.last)] {
            if piece.requests * 100 < all {
                let at = place.as_ref().filter(|(time, _)| {
                    (piece.first..=piece.last).contains(&time.div_euclid(3_600_000))
                });
                let line = at.map_or(String::new(), |(_, line)| format!(", line {line}"));
                notes.push(format!(
                    "{} requests of {} are outliers, more than a year away from the others{line}",
                    piece.requests,
                    day(piece.first)
                ));
            }
        }
    }
    notes
}

/// The day of an hour since the epoch.
fn day(hour: i64) -> String {
    let stamp = jiff::Timestamp::from_second(hour.saturating_mul(3600));
    let day = stamp.map(|t| t.to_zoned(jiff::tz::TimeZone::UTC).date().to_string());
    day.unwrap_or_else(|_| "an unknown day".to_owned())
}

/// A size in the largest unit that it is a whole number of.
pub(super) fn size(bytes: u64) -> String {
    let units = [
        (1u64 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    let unit = units
        .iter()
        .find(|(unit, _)| bytes >= *unit && bytes.is_multiple_of(*unit));
    unit.map_or_else(
        || format!("{bytes} B"),
        |(unit, name)| format!("{} {name}", bytes / unit),
    )
}

/// A span for people.
fn span(hours: f64) -> String {
    if hours >= 48.0 {
        format!("{:.0} days", hours / 24.0)
    } else if hours >= 1.0 {
        format!("{hours:.0} h")
    } else {
        format!("{:.0} min", hours * 60.0)
    }
}
