//! Readers of the profile's sections and of values that may be ranges.

use std::collections::BTreeMap;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::CODES;
use crate::diagnostic::{Diagnostic, Span};
use crate::domain::catalog::{Catalog, region_called};
use crate::domain::field::{
    DEPLOYMENT_LISTS, DEPLOYMENT_SWITCHES, DEPLOYMENT_VALUES, Field, MEASURED, NumField,
};
use crate::domain::money::Usd;
use crate::domain::profile::{CurvePoint, Deployment, Geo, LatencyNeed, Range, Running};
use crate::domain::units::{Bytes, Count, Dollars, Duration, Quantity, Refused, Share};
use crate::text::{did_you_mean, short};
use crate::yaml::{Kind, Reader};

/// Collects what was stated, where, and the ranges.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) places: BTreeMap<String, Span>,
    pub(super) ranges: Vec<Range>,
}

impl Notes {
    pub(super) fn stated(&mut self, path: &str, span: &Span) {
        self.places.insert(path.to_owned(), span.clone());
    }
}

/// The format version.
pub(super) fn version(r: &mut Reader<'_, '_>, key: &'static str) -> Option<()> {
    let (text, span) = r.text(key)?;
    if text != "1" {
        r.problem(
            "profile-version",
            format!("version `{}` is not known", short(text)),
            span,
            "this program reads version 1",
            Some("write `version: 1`".to_owned()),
        );
    }
    Some(())
}

/// Free text. Where it may be left out, that somebody wrote it is noted.
pub(super) fn text<'n>(
    r: &mut Reader<'n, '_>,
    field: &'static Field,
    notes: &mut Notes,
) -> Option<&'n str> {
    let (_, key) = field.place();
    let (text, span) = r.text(key)?;
    if !field.required {
        notes.stated(field.path, &span);
    }
    Some(text)
}

/// A Region that is known.
pub(super) fn region<'n>(
    r: &mut Reader<'n, '_>,
    key: &'static str,
    catalog: &Catalog,
) -> Option<&'n str> {
    let (code, span) = r.text(key)?;
    if catalog.region(code).is_some() {
        return Some(code);
    }
    unknown_region(r, code, span, catalog);
    None
}

/// Regions that are known, sorted, each once.
pub(super) fn regions(
    r: &mut Reader<'_, '_>,
    field: &'static Field,
    catalog: &Catalog,
    notes: &mut Notes,
) -> Option<Vec<String>> {
    let (_, key) = field.place();
    let mut out = Vec::new();
    for (code, span) in r.texts(key)? {
        if catalog.region(code).is_some() {
            notes.stated(field.path, &span);
            out.push(code.to_owned());
        } else {
            unknown_region(r, code, span, catalog);
        }
    }
    out.sort();
    out.dedup();
    Some(out)
}

/// No Region with known prices. Whoever names a Region of another partition means none of this one, however alike
/// the codes are.
fn unknown_region(r: &mut Reader<'_, '_>, code: &str, span: Span, catalog: &Catalog) {
    let partition = catalog.partition(code);
    let all = catalog.regions.iter();
    let beside = all.filter(|known| catalog.partition(&known.code) == partition);
    let near = did_you_mean(code, beside.map(|known| known.code.as_str()));
    let called = region_called(code, &catalog.regions).map(|known| known.code.as_str());
    let label = match (called.or(near), partition) {
        (Some(meant), _) => format!("did you mean `{meant}`?"),
        (None, Some(other)) => format!("a Region of {}", other.name),
        (None, None) => "not a Region with known prices".to_owned(),
    };
    let help = match partition {
        Some(other) => format!("{} is a partition of its own: {}", other.name, other.says),
        None => format!(
            "{} Regions are known; list them with `cachewright catalog list regions`",
            catalog.regions.len()
        ),
    };
    r.problem(
        "profile-region",
        format!("`{}` is not a known Region", short(code)),
        span,
        &label,
        Some(help),
    );
}

/// An amount a month.
pub(super) fn budget(r: &mut Reader<'_, '_>, n: &mut Notes) -> Option<Decimal> {
    let (text, span) = r.text("budget")?;
    n.stated("budget", &span);
    let parsed = text
        .split_once('/')
        .filter(|(_, unit)| unit.trim() == "month")
        .and_then(|(money, _)| money.trim().parse::<Dollars>().ok());
    if parsed.is_none() {
        r.problem(
            CODES.quantity,
            format!("`budget`: `{}` is not an amount per month", short(text)),
            span,
            "cannot be read",
            Some("write it as `500 USD/month`".to_owned()),
        );
    }
    parsed.map(Quantity::value)
}

/// Reads a section; a required one that is missing is a problem.
pub(super) fn nested<T>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    required: bool,
    read: impl FnOnce(&mut Reader<'_, '_>) -> T,
) -> Option<T> {
    let node = if required {
        r.required(key)?
    } else {
        r.node(key)?
    };
    let codes = r.codes();
    let mut inner = Reader::new(node, key, codes, r.problems());
    let value = read(&mut inner);
    inner.finish();
    Some(value)
}

/// A value or a range of values, each read by `read`; the expected one comes back.
///
/// `unknown` counts as absent: every number has a default, or may be unknown.
pub(super) fn spread<T: Copy>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    field: NumField,
    notes: &mut Notes,
    read: impl Fn(&str) -> Result<(T, Decimal), Refused>,
) -> Option<T> {
    let (text, span) = r.text(key)?;
    let path = field.path();
    if text == "unknown" {
        return None;
    }
    let mut values = Vec::new();
    for part in text.split("..") {
        match read(part.trim()) {
            Ok(value) => values.push(value),
            Err(refused) => {
                let mut problem = Diagnostic::error(
                    CODES.quantity,
                    format!("`{path}`: {}", refused.message),
                    span.clone(),
                    "cannot be read",
                );
                problem.help = refused.help;
                r.problems().push(problem);
                return None;
            }
        }
    }
    notes.stated(path, &span);
    let mut range = |low, high| notes.ranges.push(Range { field, low, high });
    let mut wrong = |message: String| {
        let label = "low..high or low..expected..high";
        r.problem("profile-range", message, span.clone(), label, None);
        None
    };
    match values.as_slice() {
        [(only, _)] => Some(*only),
        [(_, low), (_, high)] if low <= high => {
            range(*low, *high);
            // The expected value of a two-point range is its middle, read back through the unit.
            midpoint(text, &read)
        }
        [(_, low), (expected, middle), (_, high)] if low <= middle && middle <= high => {
            range(*low, *high);
            Some(*expected)
        }
        [_, _] | [_, _, _] => wrong(format!("the range of `{path}` is not in order")),
        _ => wrong(format!("`{path}` has more than three points")),
    }
}

/// The value halfway between the two ends of `low..high`, written in the unit of the first end.
fn midpoint<T: Copy>(
    text: &str,
    read: &impl Fn(&str) -> Result<(T, Decimal), Refused>,
) -> Option<T> {
    let (low, high) = text.split_once("..")?;
    let (low, high) = (low.trim(), high.trim());
    let (_, base) = read(low).ok()?;
    let (_, top) = read(high).ok()?;
    let digits = low
        .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
        .unwrap_or(low.len());
    let number: Decimal = low[..digits].replace('_', "").parse().ok()?;
    if base.is_zero() {
        let digits = high
            .find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))
            .unwrap_or(high.len());
        let number: Decimal = high[..digits].replace('_', "").parse().ok()?;
        return read(&format!(
            "{}{}",
            (number / Decimal::TWO).round_dp(12),
            &high[digits..]
        ))
        .ok()
        .map(|(v, _)| v);
    }
    let middle = number * (base + top) / Decimal::TWO / base;
    read(&format!("{}{}", middle.round_dp(12), &low[digits..]))
        .ok()
        .map(|(v, _)| v)
}

/// A quantity whose base value is what the profile stores.
pub(super) fn base<Q: Quantity>(text: &str) -> Result<(Decimal, Decimal), Refused> {
    let value = text.parse::<Q>()?.value();
    Ok((value, value))
}

/// `latency`.
pub(super) fn latency(r: &mut Reader<'_, '_>, notes: &mut Notes) -> Option<LatencyNeed> {
    let node = r.node("latency")?;
    if node.text() == Some("none") {
        return None;
    }
    if let Kind::Map(_) = node.kind {
        let mut inner = Reader::new(node, "latency", CODES, r.problems());
        let p50 = spread(
            &mut inner,
            "p50",
            NumField::Latency,
            notes,
            base::<Duration>,
        );
        let p99 = quantity::<Duration>(&mut inner, "p99");
        if p50.is_none() && inner.node("p50").is_none() {
            inner.problem(
                CODES.missing,
                "`latency.p50` is missing".to_owned(),
                node.span.start..node.span.start,
                "needs `p50`",
                None,
            );
        }
        inner.finish();
        let (p50, p99) = (p50?, p99.map(|(v, _)| v));
        if let Some(p99) = p99.filter(|p99| *p99 < p50) {
            let message = format!(
                "the p99 ({}) is below the p50 ({})",
                Duration::from_ms(p99),
                Duration::from_ms(p50)
            );
            r.problem(
                "profile-contradiction",
                message,
                node.span.clone(),
                "p99 must be at least p50",
                None,
            );
        }
        notes.stated("latency", &node.span);
        return Some(LatencyNeed { p50, p99 });
    }
    let p50 = spread(r, "latency", NumField::Latency, notes, base::<Duration>)?;
    Some(LatencyNeed { p50, p99: None })
}

/// A single quantity with its place.
pub(super) fn quantity<Q: Quantity + FromStr<Err = Refused>>(
    r: &mut Reader<'_, '_>,
    key: &'static str,
) -> Option<(Decimal, Span)> {
    let (text, span) = r.text(key)?;
    match text.parse::<Q>() {
        Ok(value) => Some((value.value(), span)),
        Err(refused) => {
            let path = r.path(key);
            r.problem(
                CODES.quantity,
                format!("`{path}`: {}", refused.message),
                span,
                "cannot be read",
                refused.help,
            );
            None
        }
    }
}

/// A size given as text with a unit or, in measured data, as a plain number of bytes.
fn measured_size(text: &str) -> Result<Decimal, Refused> {
    text.parse::<Decimal>()
        .ok()
        .filter(|v| *v >= Decimal::ZERO && v.scale() <= 6)
        .map_or_else(|| text.parse::<Bytes>().map(Quantity::value), Ok)
}

/// A share given in percent or, in measured data, as a number from 0 to 1.
fn measured_share(text: &str) -> Result<Decimal, Refused> {
    let plain = text
        .parse::<Decimal>()
        .or_else(|_| Decimal::from_scientific(text))
        .ok();
    plain
        .filter(|v| (Decimal::ZERO..=Decimal::ONE).contains(v))
        .map_or_else(|| text.parse::<Share>().map(Quantity::value), Ok)
}

/// `data.hit_ratio_curve`.
pub(super) fn curve(r: &mut Reader<'_, '_>, notes: &mut Notes) -> Option<Vec<CurvePoint>> {
    const PATH: &str = "data.hit_ratio_curve";
    let node = r.node("hit_ratio_curve")?;
    let Kind::Seq(items) = &node.kind else {
        r.problem(
            CODES.shape,
            format!("`{PATH}` is {}, not a list", node.what()),
            node.span.start..node.span.start,
            "expected a list of points",
            None,
        );
        return None;
    };
    notes.stated(PATH, &node.span);
    let mut points: Vec<CurvePoint> = Vec::new();
    for item in items {
        let mut p = Reader::new(item, PATH, CODES, r.problems());
        let size = with(&mut p, "size", measured_size);
        let objects = with(&mut p, "objects", measured_share);
        let bytes = with(&mut p, "bytes", measured_share);
        let error = with(&mut p, "error", measured_share);
        p.finish();
        if let (Some(size), Some(objects)) = (size, objects) {
            points.push(CurvePoint {
                size: Bytes::from_value(size),
                objects,
                bytes: bytes.unwrap_or(objects),
                error,
            });
        } else {
            r.problem(
                CODES.missing,
                format!("a point of `{PATH}` needs `size` and `objects`"),
                item.span.start..item.span.start,
                "incomplete point",
                None,
            );
        }
    }
    points.sort_by_key(|p| p.size);
    Some(points)
}

fn with(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    read: impl Fn(&str) -> Result<Decimal, Refused>,
) -> Option<Decimal> {
    let (text, span) = r.text(key)?;
    match read(text) {
        Ok(value) => Some(value),
        Err(refused) => {
            let path = r.path(key);
            r.problem(
                CODES.quantity,
                format!("`{path}`: {}", refused.message),
                span,
                "cannot be read",
                refused.help,
            );
            None
        }
    }
}

/// `data.item_size_distribution`.
pub(super) fn distribution(r: &mut Reader<'_, '_>, notes: &mut Notes) -> Option<[Decimal; 3]> {
    let node = r.node("item_size_distribution")?;
    notes.stated("data.item_size_distribution", &node.span);
    let mut d = Reader::new(node, "data.item_size_distribution", CODES, r.problems());
    let found = [
        with(&mut d, "p50", measured_size),
        with(&mut d, "p99", measured_size),
        with(&mut d, "max", measured_size),
    ];
    d.finish();
    match found {
        [Some(p50), Some(p99), Some(max)] => Some([p50, p99, max]),
        _ => None,
    }
}

/// `measured`: provenance, kept as written, and what it was measured from.
pub(super) fn measured(
    r: &mut Reader<'_, '_>,
) -> Option<(BTreeMap<String, String>, Option<Running>)> {
    let node = r.node("measured")?;
    let mut m = Reader::new(node, "measured", CODES, r.problems());
    let mut out = BTreeMap::new();
    for key in MEASURED {
        if let Some((text, _)) = m.text(key) {
            out.insert((*key).to_owned(), text.to_owned());
        }
    }
    marks(&mut m, &mut out);
    let running = running(&mut m);
    m.finish();
    Some((out, running))
}

/// `measured.now`: what runs, with its cost a month.
fn running(m: &mut Reader<'_, '_>) -> Option<Running> {
    let node = m.node("now")?;
    let mut r = Reader::new(node, "measured.now", CODES, m.problems());
    let [name, variant] = ["name", "variant"].map(|key| r.text(key).map(|(t, _)| t.to_owned()));
    let service = r.required("service").and_then(|n| r.scalar(n, "service"));
    let low = r
        .required("monthly")
        .and(quantity::<Dollars>(&mut r, "monthly"));
    let high = quantity::<Dollars>(&mut r, "monthly_high");
    let at_least = r.parsed("at_least").unwrap_or_default();
    r.finish();
    let (service, low) = (service?.0.to_owned(), low?.0);
    let high = high.map_or(low, |(high, _)| high.max(low));
    Some(Running {
        name: name.unwrap_or_else(|| service.clone()),
        service,
        variant,
        monthly: [Usd(low), Usd(high)],
        at_least,
    })
}

/// `measured.fields`: how each value came about, kept as `fields.PATH`.
fn marks(m: &mut Reader<'_, '_>, out: &mut BTreeMap<String, String>) {
    let Some(node) = m.node("fields") else {
        return;
    };
    let Kind::Map(entries) = &node.kind else {
        m.problem(
            CODES.shape,
            format!("`measured.fields` is {}, not a map", node.what()),
            node.span.start..node.span.start,
            "expected `{ traffic.reads: measured }`",
            None,
        );
        return;
    };
    for entry in entries {
        if let Some((text, _)) = m.scalar(&entry.value, "measured.fields") {
            out.insert(format!("fields.{}", entry.key), text.to_owned());
        }
    }
}

/// `viewers`: shares by geography that sum to one.
pub(super) fn viewers(r: &mut Reader<'_, '_>, notes: &mut Notes) -> Option<Vec<(Geo, Decimal)>> {
    let node = r.node("viewers")?;
    let Kind::Map(entries) = &node.kind else {
        r.problem(
            CODES.shape,
            format!("`viewers` is {}, not a map", node.what()),
            node.span.start..node.span.start,
            "expected `{ europe: 60 %, north-america: 40 % }`",
            None,
        );
        return None;
    };
    let mut shares = Vec::new();
    for entry in entries {
        let geo = r.to_word::<Geo>(&entry.key, &entry.key_span, "viewers");
        let Some((text, span)) = r.scalar(&entry.value, "viewers") else {
            continue;
        };
        match text.parse::<Share>() {
            Ok(share) => shares.extend(geo.map(|g| (g, share.value()))),
            Err(refused) => r.problem(
                CODES.quantity,
                format!("`viewers.{}`: {}", short(&entry.key), refused.message),
                span,
                "cannot be read",
                refused.help,
            ),
        }
    }
    let sum: Decimal = shares.iter().map(|(_, s)| *s).sum();
    if shares.len() == entries.len() && sum != Decimal::ONE {
        let message = format!("the shares of `viewers` sum to {}", Share::from_value(sum));
        r.problem(
            "profile-contradiction",
            message,
            node.span.clone(),
            "must sum to 100 %",
            None,
        );
        return None;
    }
    notes.stated("viewers", &node.span);
    shares.retain(|(_, s)| !s.is_zero());
    shares.sort_by_key(|(g, _)| *g);
    (!shares.is_empty()).then_some(shares)
}

/// `deployment`.
pub(super) fn deployment(r: &mut Reader<'_, '_>, notes: &mut Notes) -> Option<Deployment> {
    let node = r.node("deployment")?;
    let mut d = Reader::new(node, "deployment", CODES, r.problems());
    let mut out = Deployment::default();
    for key in DEPLOYMENT_VALUES {
        if let Some((text, span)) = d.text(key) {
            notes.stated(&format!("deployment.{key}"), &span);
            out.values.insert((*key).to_owned(), text.to_owned());
        }
    }
    for key in DEPLOYMENT_LISTS {
        if let Some(list) = d.texts(key) {
            out.lists.insert(
                (*key).to_owned(),
                list.into_iter().map(|(t, _)| t.to_owned()).collect(),
            );
        }
    }
    out.create_vpc = switch(&mut d, "create_vpc");
    for key in DEPLOYMENT_SWITCHES {
        if switch(&mut d, key) {
            out.values.insert((*key).to_owned(), "true".to_owned());
        }
    }
    d.finish();
    Some(out)
}

/// A setting of `deployment` that is on or off; off when it is not stated.
fn switch(d: &mut Reader<'_, '_>, key: &'static str) -> bool {
    match d.text(key) {
        Some(("true" | "yes", _)) => true,
        Some(("false" | "no", _)) | None => false,
        Some((other, span)) => {
            let text = format!("`{}` is not a value of `deployment.{key}`", short(other));
            d.problem(CODES.word, text, span, "use `true` or `false`", None);
            false
        }
    }
}

/// A positive whole number.
pub(super) fn integer(
    r: &mut Reader<'_, '_>,
    key: &'static str,
    notes: &mut Notes,
) -> Option<Decimal> {
    let (text, span) = r.text(key)?;
    let path = r.path(key);
    match text.parse::<Count>() {
        Ok(count) if count.value().is_integer() && count.value() >= Decimal::ONE => {
            notes.stated(&path, &span);
            Some(count.value())
        }
        _ => {
            r.problem(
                CODES.quantity,
                format!(
                    "`{path}`: `{}` is not a whole number from 1 up",
                    short(text)
                ),
                span,
                "cannot be read",
                None,
            );
            None
        }
    }
}
