//! What series say of a workload: each field of the profile with its rule, its mark and how much of the window it saw.
//!
//! Sums are added up by period over metrics and members. A gap is not zero, unless the kind says so: it is covered by
//! nothing, and a rate is what was counted by the whole hours that have a value. What fewer than half of the window
//! covers is left out, never guessed.

use std::collections::BTreeSet;

use super::data::{Counted, Data, HOUR, MONTH, mean};
use super::field::{Beside, Derived, Field, Known, Mark, Reading, Unit, same};
use super::kind::{As, Role, Silent};

/// An hour with less than this share of the busiest one is idle.
const IDLE: f64 = 0.01;
/// Estimates apart by more than this are a range.
const APART: f64 = 0.25;
/// More keys than calls, by at least this factor, are fetched together.
const TOGETHER: f64 = 1.05;

const BY_BODY: &str = "bytes sent, by requests with a body";
const BY_HIT: &str = "bytes sent, by hits";
const STORED: &str = "stored bytes by items, less key and bookkeeping";
const BOTH: &str = "stored bytes by items, less key and bookkeeping, and bytes sent by hits: more than 25 % apart, so both are the ends";
const AGREED: &str =
    "stored bytes by items, less key and bookkeeping; bytes sent by hits agree within 25 %";

/// Everything that these series say of a workload.
pub fn derive(data: &Data<'_>, read: As, known: &Known, beside: Beside) -> Derived {
    let mut out = Derived {
        fields: Vec::new(),
        from: data.from,
        to: data.to,
        period: 0,
        coverage: 0.0,
        cautions: Vec::new(),
        beside: Vec::new(),
        requests: 0.0,
    };
    let case = Case {
        data,
        read,
        known,
        beside,
    };
    case.traffic(&mut out);
    case.sizes(&mut out);
    case.ttl(&mut out);
    case.requirements(&mut out);
    case.origin(&mut out);
    case.report(&mut out);
    out
}

struct Case<'a, 's> {
    data: &'a Data<'s>,
    read: As,
    known: &'a Known,
    beside: Beside,
}

/// Seconds of the active hours, and of the covered ones.
struct Active {
    seconds: f64,
    covered: f64,
}

impl Case<'_, '_> {
    fn active(&self, counted: &Counted) -> Active {
        let data = self.data;
        let hours = data.hours(counted);
        let rate = |(hour, sum): (&i64, &f64)| sum / data.seconds(*hour).max(1.0);
        let most = hours.iter().map(rate).fold(0.0, f64::max);
        let is_busy = |h: &(&i64, &f64)| most > 0.0 && rate((h.0, h.1)) >= IDLE * most;
        let busy = hours.iter().filter(is_busy);
        Active {
            seconds: busy.map(|(h, _)| data.seconds(*h)).sum(),
            covered: hours.keys().map(|h| data.seconds(*h)).sum(),
        }
    }

    fn traffic(&self, out: &mut Derived) {
        let data = self.data;
        let (hits, misses) = (data.count(&[Role::Hits]), data.count(&[Role::Misses]));
        let keys = match (&hits, &misses) {
            (None, None) => None,
            _ => data.count(&[Role::Hits, Role::Misses]),
        };
        let commands = data.count(&[Role::Reads, Role::Heads]);
        let reads = commands.as_ref().or(keys.as_ref());
        let Some(reads) = reads else {
            out.leave(
                "traffic.reads",
                "no metric of reads covers half of the window",
            );
            self.hit_ratio(out, hits.as_ref(), misses.as_ref());
            return;
        };
        self.rates(
            out,
            reads,
            commands.as_ref(),
            keys.as_ref(),
            misses.as_ref(),
        );
        self.hit_ratio(out, hits.as_ref(), misses.as_ref());
    }

    /// What follows from counted reads.
    fn rates(
        &self,
        out: &mut Derived,
        reads: &Counted,
        commands: Option<&Counted>,
        keys: Option<&Counted>,
        misses: Option<&Counted>,
    ) {
        let data = self.data;
        let active = self.active(reads);
        out.period = reads.period;
        out.coverage = data.coverage(reads);
        out.requests = reads.sum();
        let mean = reads.sum() / active.seconds.max(1.0);
        let rule = if commands.is_some() {
            "read commands or requests by the seconds of the active hours, replicas included"
        } else {
            "hits and misses by the seconds of the active hours: no read commands were counted"
        };
        out.measured("traffic.reads", same(mean), Unit::PerSecond, rule);
        if let (Some(commands), Some(keys)) = (commands, keys) {
            let each = keys.sum() / commands.sum().max(1.0);
            if each >= TOGETHER {
                let rule = "hits and misses, which count keys, by read commands";
                out.derived("traffic.keys_per_read", same(each), Unit::Number, rule);
            }
        }
        let peak_writes = self.writes(out, misses, &active);
        let peak = same(reads.peak().max(mean));
        let rule = format!(
            "the largest sum of one period; a burst shorter than {} s is not seen",
            reads.period
        );
        out.measured("traffic.peak_reads", peak, Unit::PerSecond, &rule);
        out.fields.extend(peak_writes);
        // Less than a day says nothing about the hours of a month.
        if data.to - data.from >= 24 * HOUR {
            let hours = (active.seconds / active.covered.max(1.0) * MONTH).clamp(1.0, MONTH);
            let rule = "hours with at least 1 % of the busiest one, scaled to 730";
            out.measured("traffic.active_hours", same(hours), Unit::Hours, rule);
        }
    }

    /// Puts a second; gives the field of their peak.
    fn writes(
        &self,
        out: &mut Derived,
        misses: Option<&Counted>,
        active: &Active,
    ) -> Option<Field> {
        let data = self.data;
        let each = |counted: &Counted| counted.sum() / active.seconds.max(1.0);
        let (value, counted, mark, rule) = if let Some(puts) = data.count(&[Role::ExplicitPuts]) {
            let rule =
                "write requests by the seconds of the active hours; the service fills itself";
            (same(each(&puts)), puts, Mark::Measured, rule)
        } else if let Some(puts) = data.count(&[Role::Puts]) {
            let most = each(&puts);
            match (self.read, misses) {
                (As::Cache, Some(misses)) => {
                    let least = (most - each(misses)).max(0.0);
                    let rule = "write commands of primaries less misses, since fills look like puts; all of them at most";
                    ([least, least, most], puts, Mark::Derived, rule)
                }
                (As::Cache, None) => {
                    let rule =
                        "write requests at most: how many of them fill after a miss is not known";
                    ([0.0, most / 2.0, most], puts, Mark::Derived, rule)
                }
                (As::Origin, _) => {
                    let rule =
                        "writes of the origin at most: each may, or may not, touch the cache";
                    ([0.0, most / 2.0, most], puts, Mark::Derived, rule)
                }
            }
        } else {
            out.leave(
                "traffic.writes",
                "no metric of writes covers half of the window",
            );
            return None;
        };
        out.put("traffic.writes", value, Unit::PerSecond, mark, rule);
        let peak = same(counted.peak().max(value[2]));
        Some(Field {
            path: "traffic.peak_writes",
            value: Reading::Number(peak, Unit::PerSecond),
            mark: Mark::Measured,
            rule: format!(
                "the largest sum of one period of {} s, fills included",
                counted.period
            ),
        })
    }

    fn hit_ratio(&self, out: &mut Derived, hits: Option<&Counted>, misses: Option<&Counted>) {
        const PATH: &str = "data.hit_ratio";
        if self.read == As::Origin {
            return;
        }
        if let Some(hits) = hits {
            let hits = hits.sum();
            let all = hits + misses.map_or(0.0, Counted::sum);
            // Misses that are never counted are no proof that there are none.
            if all > 0.0 && (misses.is_some() || self.data.kind.silent == Silent::Zero) {
                let rule = "hits by hits and misses, of sums";
                out.measured(PATH, same(hits / all), Unit::Share, rule);
                return;
            }
        }
        match self.weighted_rate() {
            Some(share) => {
                let rule = "the hit rate of each hour, weighted by its requests";
                out.measured(PATH, same(share), Unit::Share, rule);
            }
            None => out.leave(
                PATH,
                "no metric of hits and misses covers half of the window",
            ),
        }
    }

    /// A rate in percent by hour, weighted by the requests of that hour.
    fn weighted_rate(&self) -> Option<f64> {
        let data = self.data;
        let rates = data.level(Role::HitRate, "Average")?;
        let reads = data.count(&[Role::Reads])?;
        let hours = data.hours(&reads);
        let (mut hits, mut all) = (0.0, 0.0);
        for (time, rate) in &rates {
            let requests = hours.get(&data.hour(*time)).copied().unwrap_or_default();
            hits += rate / 100.0 * requests;
            all += requests;
        }
        (all > 0.0).then(|| (hits / all).clamp(0.0, 1.0))
    }

    /// Bytes of a value by what is stored, and by what is sent.
    fn item_sizes(&self) -> (Option<f64>, Option<f64>) {
        let data = self.data;
        let table = self.known.stored_bytes.zip(self.known.stored_items);
        let table = table.filter(|(_, items)| *items > 0.0).map(|(b, i)| b / i);
        let levels = data
            .level(Role::Bytes, "Average")
            .zip(data.level(Role::Items, "Average"));
        let levels = levels.map(|(bytes, items)| mean(&bytes) / mean(&items).max(1e-9));
        let stored = levels
            .map(|whole| whole - self.beside.item)
            .or(table)
            .filter(|b| *b >= 1.0 && b.is_finite());
        let out = data.count(&[Role::BytesOut]);
        let bodies = match data.kind.bodies {
            Some(role) => data.count(&[role]),
            None => data.count(&[Role::Hits]),
        };
        let sent = out.zip(bodies).map(|(b, n)| b.sum() / n.sum().max(1.0));
        (stored, sent.filter(|b| *b >= 1.0))
    }

    fn sizes(&self, out: &mut Derived) {
        const PATH: &str = "data.item_size";
        // Files: an operation moves a part of one.
        if self.data.kind.place(self.read).interface.as_deref() == Some("posix") {
            out.leave(PATH, "no metric tells the size of files");
            self.moved(out);
            out.leave(
                "data.working_set",
                "no metric tells which bytes are read again",
            );
            return;
        }
        let (stored, sent) = self.item_sizes();
        let by_body = self.data.kind.bodies.is_some();
        let (value, rule) = match (stored, sent) {
            (None, None) => {
                out.leave(
                    PATH,
                    "neither stored bytes and items nor bytes sent are known",
                );
                return self.working_set(out, None);
            }
            // What is read is not what is stored.
            (_, Some(sent)) if by_body => (same(sent), BY_BODY),
            (None, Some(sent)) => (same(sent), BY_HIT),
            (Some(stored), None) => (same(stored), STORED),
            (Some(stored), Some(sent)) if (stored - sent).abs() / stored.max(sent) > APART => {
                ([stored.min(sent), stored, stored.max(sent)], BOTH)
            }
            (Some(stored), Some(_)) => (same(stored), AGREED),
        };
        out.derived(PATH, value, Unit::Bytes, rule);
        let held = stored.filter(|_| by_body).map_or(value, same);
        self.working_set(out, Some(held));
    }

    /// Bytes that a read moves where that is a part of an item.
    fn moved(&self, out: &mut Derived) {
        let data = self.data;
        let pair = data
            .count(&[Role::BytesOut])
            .zip(data.count(&[Role::Reads]));
        if let Some(mean) = pair.map(|(b, n)| b.sum() / n.sum().max(1.0)) {
            if mean >= 1.0 {
                let rule = "bytes read by read operations";
                out.derived("data.bytes_per_read", same(mean), Unit::Bytes, rule);
            }
        }
    }

    fn working_set(&self, out: &mut Derived, item: Option<[f64; 3]>) {
        const PATH: &str = "data.working_set";
        let data = self.data;
        if self.read == As::Origin {
            let why = "what is stored is only an upper bound of what is read again";
            out.leave(PATH, why);
            return;
        }
        let items = data.level(Role::Items, "Average");
        let bytes = data
            .level(Role::Bytes, "Maximum")
            .or_else(|| data.level(Role::Bytes, "Average"));
        let (Some(item), Some(items), Some(bytes)) = (item, items, bytes) else {
            out.leave(PATH, "stored bytes and items are not known");
            return;
        };
        let fullest = bytes.iter().max_by(|a, b| a.1.total_cmp(b.1));
        let at = fullest.map_or(0, |(time, _)| *time);
        let before = items.range(..=at).next_back();
        let count = before.or(items.first_key_value()).map_or(0.0, |(_, n)| *n);
        let value = item.map(|size| size * count);
        let rule = "items at the most bytes of the window, by the item size";
        out.derived(PATH, value, Unit::Bytes, rule);
        let evicted = data.all(Role::Evictions, None);
        let evicted: f64 = evicted.map(|s| s.points.values().sum::<f64>()).sum();
        if evicted > 0.0 {
            let text = format!(
                "{evicted:.0} evictions: the cache was full, so the working set is at least what is stated"
            );
            out.cautions.push(("working-set-lower-bound", text));
        }
    }

    fn ttl(&self, out: &mut Derived) {
        if self.read == As::Origin || !self.data.kind.metrics.iter().any(|m| m.is == Role::Ttl) {
            return;
        }
        let left: Vec<f64> = (self.data.all(Role::Ttl, None))
            .flat_map(|s| s.points.values().copied())
            .filter(|ms| *ms > 0.0)
            .collect();
        if left.is_empty() {
            out.leave("data.ttl", "no key has an expiry");
            return;
        }
        let mean = 2.0 * left.iter().sum::<f64>() / left.len() as f64;
        let rule =
            "twice the mean time that keys have left, which is so of evenly aged keys; ± 50 %";
        let value = [mean * 0.5, mean, mean * 1.5];
        out.derived("data.ttl", value, Unit::Milliseconds, rule);
    }

    /// The protocol whose metrics have a value, and no other's.
    fn spoken(&self) -> Option<String> {
        let place = self.data.kind.place(self.read);
        let by_engine = || {
            let engine = self.known.engine.as_ref()?;
            self.data.kind.engines.get(engine).cloned()
        };
        let used: BTreeSet<&String> = (self.data.series.iter())
            .filter(|s| s.points.values().any(|v| *v > 0.0))
            .filter_map(|s| s.metric.protocol.as_ref())
            .collect();
        let by_use = || (used.len() == 1).then(|| used.iter().next().map(|w| (*w).clone()))?;
        (place.protocol.clone()).or_else(by_engine).or_else(by_use)
    }

    fn requirements(&self, out: &mut Derived) {
        if self.read == As::Origin {
            return;
        }
        if let Some(protocol) = self.spoken() {
            out.fields.push(Field {
                path: "requirements.protocol",
                value: Reading::Word(protocol),
                mark: Mark::Measured,
                rule: "what the clients of today's cache speak".to_owned(),
            });
        }
        let used = (self.data.all(Role::Feature, None))
            .filter(|s| s.points.values().any(|v| *v > 0.0))
            .filter_map(|s| s.metric.feature.clone());
        let used: BTreeSet<String> = used.collect();
        if !used.is_empty() {
            out.fields.push(Field {
                path: "requirements.features",
                value: Reading::Words(used.into_iter().collect()),
                mark: Mark::Measured,
                rule: "command families with a count above zero".to_owned(),
            });
        }
    }

    fn origin(&self, out: &mut Derived) {
        let place = self.data.kind.place(self.read);
        let kind = place.kind.as_ref().or(place.origin.as_ref());
        if let Some(kind) = kind {
            out.fields.push(Field {
                path: "origin.kind",
                value: Reading::Word(kind.clone()),
                mark: Mark::Measured,
                rule: "what was measured".to_owned(),
            });
        }
        let role = match self.read {
            As::Origin => Role::ReadLatency,
            As::Cache => Role::OriginLatency,
        };
        if let Some(ms) = self.data.latency(role, "p50").filter(|ms| *ms > 0.0) {
            let rule =
                "the median of the hours' medians, at the server: the way to it comes on top";
            out.measured("origin.latency", same(ms), Unit::Milliseconds, rule);
        }
    }

    /// What no field of a profile says.
    fn report(&self, out: &mut Derived) {
        let data = self.data;
        if self.read == As::Cache {
            for (label, role) in [
                ("Read latency", Role::ReadLatency),
                ("Write latency", Role::WriteLatency),
            ] {
                let both = data.latency(role, "p50").zip(data.latency(role, "p99"));
                if let Some((p50, p99)) = both {
                    let text = format!(
                        "{p50:.3} ms median, {p99:.3} ms at the 99th percentile, at the server"
                    );
                    out.beside.push((label, text));
                }
            }
        }
        let share = data
            .level(Role::VolatileItems, "Average")
            .zip(data.level(Role::Items, "Average"));
        if let Some(share) = share.map(|(v, all)| mean(&v) / mean(&all).max(1e-9)) {
            let text = format!("{:.1} % of the items", 100.0 * share.min(1.0));
            out.beside.push(("With an expiry", text));
        }
        for (label, role) in [
            ("Evicted", Role::Evictions),
            ("Expired", Role::Reclaimed),
            ("Throttled", Role::Throttled),
            ("Scans and such", Role::OtherReads),
        ] {
            let sum: f64 = (data.all(role, None))
                .map(|s| s.points.values().sum::<f64>())
                .sum();
            if sum > 0.0 {
                out.beside.push((label, format!("{sum:.0} in the window")));
            }
        }
        for (label, role) in [
            ("Busiest processor", Role::Cpu),
            ("Fullest memory", Role::Memory),
        ] {
            let most = data.all(role, None).flat_map(|s| s.points.values());
            let most = most.copied().fold(0.0, f64::max);
            if most > 0.0 {
                out.beside.push((label, format!("{most:.0} %")));
            }
        }
        self.connections(out);
    }

    fn connections(&self, out: &mut Derived) {
        let level = self.data.level(Role::Connections, "Maximum");
        let most = level.map(|l| l.values().copied().fold(0.0, f64::max));
        if let Some(most) = most.filter(|n| *n >= 1.0) {
            let rule = "the most connections of an hour";
            let place = out
                .fields
                .iter()
                .position(|f| !f.path.starts_with("traffic."));
            let field = Field {
                path: "traffic.connections",
                value: Reading::Number(same(most.round()), Unit::Number),
                mark: Mark::Measured,
                rule: rule.to_owned(),
            };
            out.fields.insert(place.unwrap_or(out.fields.len()), field);
        }
    }
}
