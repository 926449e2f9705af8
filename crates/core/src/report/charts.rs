//! Chart data → geometry: plain input structs, and the positions a template draws them at.
//!
//! Positions are fractions of the plot in percent, so that a chart fits any width and text stays
//! text. Nothing here draws, decides or computes money: `templates/report/` holds the SVG, the
//! numbers come from the decision. Floats are positions only.

use std::fmt::Write as _;

use serde::Serialize;

use super::scale::Scale;
pub use super::scale::Unit;

/// Charts that come from the analysis; each may be absent.
#[derive(Clone, Debug, Default)]
pub struct Extra {
    /// How far each quantity can move; same order as `stability` in the JSON.
    pub stability: Vec<StabilityBar>,
    /// Cost over one quantity with the crossings.
    pub break_even: Vec<BreakEven>,
    /// Cost over time.
    pub growth: Option<Growth>,
}

/// The interval around today's value in which the answer holds.
#[derive(Clone, Debug)]
pub struct StabilityBar {
    /// Profile field, such as `traffic.reads`.
    pub field: String,
    /// The field in words.
    pub label: String,
    /// Search domain of the field, in any unit; both ends above zero make the axis logarithmic.
    pub domain: (f64, f64),
    /// The ends of the domain in words.
    pub domain_text: (String, String),
    /// Today's value and its words.
    pub current: (f64, String),
    /// JSON pointer of today's value; empty when the JSON does not have it.
    pub pointer: String,
    /// Where the answer starts to hold, and the service below; `None`: no flip in the domain.
    pub below: Option<Flip>,
    /// Where it stops to hold, and the service above.
    pub above: Option<Flip>,
}

/// One end of a stability interval.
#[derive(Clone, Debug)]
pub struct Flip {
    /// Value in the unit of the domain.
    pub at: f64,
    /// The value in words, as in the JSON.
    pub text: String,
    /// Name of the service (or outcome) on the other side.
    pub to: String,
    /// JSON pointer of the value; empty when the JSON does not have it.
    pub pointer: String,
}

/// Monthly cost of several services over one quantity.
#[derive(Clone, Debug)]
pub struct BreakEven {
    /// Profile field.
    pub field: String,
    /// How tick labels of the quantity are written.
    pub unit: Unit,
    /// One per service; USD per month over the quantity.
    pub curves: Vec<Curve>,
    /// Exact crossings.
    pub crossings: Vec<Crossing>,
    /// Some crossings are not marked, to keep the chart readable.
    pub left_out: bool,
    /// Today's value and its words.
    pub current: Option<(f64, String)>,
}

/// Monthly cost over the coming months.
#[derive(Clone, Debug)]
pub struct Growth {
    /// The assumption in words, such as `10 % a month`.
    pub rate: String,
    /// USD per month over the month number.
    pub curves: Vec<Curve>,
    /// Months in which another service takes over.
    pub takeovers: Vec<Crossing>,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Name of the service.
    pub name: String,
    /// Points in ascending x; a `NaN` height is a gap.
    pub points: Vec<(f64, f64)>,
}

/// A point where two lines meet.
#[derive(Clone, Debug)]
pub struct Crossing {
    /// Quantity.
    pub x: f64,
    /// USD per month there.
    pub y: f64,
    /// The quantity in words, as in the JSON.
    pub text: String,
    /// Cheaper (or chosen) below, and above.
    pub between: (String, String),
    /// JSON pointer of the quantity; empty when the JSON does not have it.
    pub pointer: String,
}

/// A line chart ready to draw; positions in percent of the plot, `y` from the top.
#[derive(Clone, Debug, Serialize)]
pub struct LineChart {
    /// Anchor, unique in the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The same in a sentence, for those who do not see it.
    pub alt: String,
    /// Labels of the axes.
    pub axes: [String; 2],
    /// Vertical grid.
    pub x_ticks: Vec<Tick>,
    /// Horizontal grid.
    pub y_ticks: Vec<Tick>,
    /// Lines.
    pub lines: Vec<Line>,
    /// Outline of an interval around the first line in a box of 1000 × 1000; empty without one.
    pub band: String,
    /// Numbered points.
    pub marks: Vec<Mark>,
    /// Today.
    pub now: Option<Now>,
    /// Some crossings are not marked.
    pub left_out: bool,
}

/// One grid line with its label.
#[derive(Clone, Debug, Serialize)]
pub struct Tick {
    /// Position in percent.
    pub at: String,
    /// Label.
    pub label: String,
}

/// One line with its key.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Dash and colour, 1 to 6.
    pub style: usize,
    /// Letter at its end.
    pub letter: char,
    /// Name.
    pub name: String,
    /// Path in a box of 1000 × 1000.
    pub path: String,
    /// Height of the letter in percent.
    pub end: String,
}

/// A numbered point.
#[derive(Clone, Debug, Serialize)]
pub struct Mark {
    /// Number, from 1.
    pub number: usize,
    /// Position in percent.
    pub x: String,
    /// Position in percent.
    pub y: String,
    /// The value in words.
    pub text: String,
    /// Its JSON pointer.
    pub pointer: String,
    /// Below and above.
    pub between: [String; 2],
}

/// Today's value.
#[derive(Clone, Debug, Serialize)]
pub struct Now {
    /// Position in percent.
    pub x: String,
    /// On the right half: the label stands to the left of the line.
    pub flip: bool,
    /// Label.
    pub text: String,
}

/// A stability bar ready to draw.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    /// Profile field.
    pub field: String,
    /// The field in words.
    pub label: String,
    /// Left end of the interval in percent.
    pub from: String,
    /// Width in percent.
    pub width: String,
    /// Today in percent.
    pub now: String,
    /// Today in words.
    pub now_text: String,
    /// JSON pointer of today.
    pub pointer: String,
    /// What happens below.
    pub below: Option<End>,
    /// What happens above.
    pub above: Option<End>,
    /// The ends of the domain in words.
    pub domain: [String; 2],
}

/// One end of a stability bar in words.
#[derive(Clone, Debug, Serialize)]
pub struct End {
    /// The value.
    pub text: String,
    /// Its JSON pointer.
    pub pointer: String,
    /// The service that takes over.
    pub to: String,
}

/// Most lines that stay readable in one chart.
const MAX_LINES: usize = 6;

/// A position as the template writes it.
pub(crate) fn percent(fraction: f64) -> String {
    let text = format!("{:.2}", fraction.clamp(0.0, 1.0) * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A stability bar.
pub fn bar(b: &StabilityBar) -> Bar {
    let scale = Scale::new(floor(b), b.domain.1);
    let from = b.below.as_ref().map_or(0.0, |f| scale.at(f.at));
    let to = b.above.as_ref().map_or(1.0, |f| scale.at(f.at));
    let side = |flip: &Option<Flip>| {
        flip.as_ref().map(|f| End {
            text: f.text.clone(),
            pointer: f.pointer.clone(),
            to: f.to.clone(),
        })
    };
    Bar {
        field: b.field.clone(),
        label: b.label.clone(),
        from: percent(from),
        width: percent((to - from).max(0.0)),
        now: percent(scale.at(b.current.0)),
        now_text: b.current.1.clone(),
        pointer: b.pointer.clone(),
        below: side(&b.below),
        above: side(&b.above),
        domain: [b.domain_text.0.clone(), b.domain_text.1.clone()],
    }
}

/// The left end of a bar. A domain from zero that reaches far beyond its values gets a logarithmic
/// scale, where zero lies on the left edge; otherwise the values would all lie there.
fn floor(b: &StabilityBar) -> f64 {
    let flips = b.below.iter().chain(&b.above).map(|f| f.at);
    let least = flips
        .chain([b.current.0])
        .filter(|v| *v > 0.0)
        .fold(f64::INFINITY, f64::min);
    if b.domain.0 == 0.0 && least.is_finite() && b.domain.1 / least >= 1000.0 {
        least / 100.0
    } else {
        b.domain.0
    }
}

/// A break-even chart: both axes logarithmic where the values allow it.
pub fn break_even(input: &BreakEven, id: String) -> Option<LineChart> {
    let marks = sentence(&input.crossings);
    let alt = format!(
        "Monthly cost of {} over {}. {marks}",
        names(&input.curves),
        input.field
    );
    let frame = Frame {
        id,
        title: format!("Monthly cost over {}", input.field),
        alt,
        axes: [input.field.clone(), "USD a month".to_owned()],
        units: [input.unit, Unit::Dollars],
        band: Vec::new(),
    };
    let chart = frame.draw(
        &input.curves,
        &input.crossings,
        input.current.as_ref(),
        Scales::default(),
    )?;
    Some(LineChart {
        left_out: input.left_out,
        ..chart
    })
}

/// Cost over the coming months.
pub fn growth(input: &Growth, id: String) -> Option<LineChart> {
    let alt = format!(
        "Monthly cost of {} when traffic grows {}. {}",
        names(&input.curves),
        input.rate,
        sentence(&input.takeovers)
    );
    let frame = Frame {
        id,
        title: format!("Monthly cost when traffic grows {}", input.rate),
        alt,
        axes: ["month".to_owned(), "USD a month".to_owned()],
        units: [Unit::Plain, Unit::Dollars],
        band: Vec::new(),
    };
    frame.draw(
        &input.curves,
        &input.takeovers,
        None,
        Scales { linear_x: true },
    )
}

/// One size of a measured hit-ratio curve.
#[derive(Clone, Copy, Debug)]
pub struct HitPoint {
    /// Size of the cache in bytes.
    pub size: f64,
    /// Share of requests that hit.
    pub objects: f64,
    /// Share of bytes that hit.
    pub bytes: f64,
    /// Half of the interval in which the share of requests is, when that is to be drawn.
    pub error: Option<f64>,
}

/// The measured hit-ratio curve: shares of requests and of bytes over the size of the cache.
pub fn hit_ratio(
    points: &[HitPoint],
    current: Option<&(f64, String)>,
    id: String,
) -> Option<LineChart> {
    if points.len() < 2 {
        return None;
    }
    let curve = |name: &str, pick: fn(&HitPoint) -> f64| Curve {
        name: name.to_owned(),
        points: points.iter().map(|p| (p.size, pick(p))).collect(),
    };
    let curves = [
        curve("requests", |p| p.objects),
        curve("bytes", |p| p.bytes),
    ];
    let band = |p: &HitPoint| Some((p.size, [p.objects - p.error?, p.objects + p.error?]));
    let frame = Frame {
        id,
        title: "Measured hit ratio over the size of the cache".to_owned(),
        alt: "Share of requests and share of bytes served by the cache, by its size; the values are in the table below.".to_owned(),
        axes: ["size of the cache".to_owned(), "hit ratio".to_owned()],
        units: [Unit::Bytes, Unit::Share],
        band: points.iter().filter_map(band).collect(),
    };
    frame.draw(&curves, &[], current, Scales::default())
}

fn names(curves: &[Curve]) -> String {
    curves
        .iter()
        .map(|c| c.name.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

fn sentence(crossings: &[Crossing]) -> String {
    if crossings.is_empty() {
        return "The lines do not cross.".to_owned();
    }
    crossings
        .iter()
        .map(|c| {
            format!(
                "At {} {} gives way to {}.",
                c.text, c.between.0, c.between.1
            )
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a chart is called and how its axes are labelled.
struct Frame {
    id: String,
    title: String,
    alt: String,
    axes: [String; 2],
    units: [Unit; 2],
    /// Low and high end of an interval over the quantity.
    band: Vec<(f64, [f64; 2])>,
}

impl Frame {
    fn draw(
        self,
        curves: &[Curve],
        crossings: &[Crossing],
        current: Option<&(f64, String)>,
        scales: Scales,
    ) -> Option<LineChart> {
        let curves = &curves[..curves.len().min(MAX_LINES)];
        let all = || curves.iter().flat_map(|c| &c.points);
        let (left, right) = range(all().map(|p| p.0).chain(current.map(|c| c.0)))?;
        let mut axes = self.axes;
        let heights = range(all().map(|p| p.1))?;
        let (bottom, top) = above_zero(heights, all().map(|p| p.1));
        let x = if scales.linear_x {
            Scale::linear(left, right)
        } else {
            Scale::new(left, right)
        };
        let y = if self.units[1] == Unit::Share {
            Scale::linear(0.0, 1.0)
        } else {
            Scale::new(bottom, top).padded()
        };
        if y.is_log() {
            let zero = if heights.0 < bottom {
                ", zero at the bottom"
            } else {
                ""
            };
            axes[1] = format!("{}, logarithmic{zero}", axes[1]);
        }
        let place = |px: f64, py: f64| (x.at(px), 1.0 - y.at(py));
        let mut lines: Vec<Line> = curves
            .iter()
            .enumerate()
            .map(|(i, c)| line(i, c, place))
            .collect();
        spread(&mut lines);
        Some(LineChart {
            id: self.id,
            title: self.title,
            alt: self.alt,
            axes,
            x_ticks: ticks(&x, self.units[0], false),
            y_ticks: ticks(&y, self.units[1], true),
            lines,
            band: band(&self.band, place),
            marks: crossings
                .iter()
                .enumerate()
                .map(|(i, c)| mark(i, c, place(c.x, c.y)))
                .collect(),
            now: current.map(|(value, text)| Now {
                x: percent(x.at(*value)),
                flip: x.at(*value) > 0.5,
                text: text.clone(),
            }),
            left_out: false,
        })
    }
}

/// Which axes are linear whatever their values.
#[derive(Clone, Copy, Default)]
struct Scales {
    linear_x: bool,
}

fn ticks(scale: &Scale, unit: Unit, from_top: bool) -> Vec<Tick> {
    let at = |value: f64| {
        if from_top {
            1.0 - scale.at(value)
        } else {
            scale.at(value)
        }
    };
    scale
        .ticks(unit)
        .into_iter()
        .map(|value| Tick {
            at: percent(at(value)),
            label: unit.label(value),
        })
        .collect()
}

/// The finite extent of values that are not all the same.
fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let (low, high) = values
        .filter(|v| v.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| {
            (l.min(v), h.max(v))
        });
    if low > high {
        return None;
    }
    if low < high {
        Some((low, high))
    } else {
        Some((low / 2.0, if high > 0.0 { high * 2.0 } else { 1.0 }))
    }
}

/// Money over many orders of magnitude needs a logarithmic axis, which has no zero: a free plan lies on
/// its bottom edge.
fn above_zero(whole: (f64, f64), values: impl Iterator<Item = f64>) -> (f64, f64) {
    let lowest = values.filter(|v| *v > 0.0).fold(f64::INFINITY, f64::min);
    if whole.0 == 0.0 && whole.1 / lowest >= 20.0 {
        (lowest, whole.1)
    } else {
        whole
    }
}

/// There along the upper ends, and back along the lower ones.
fn band(points: &[(f64, [f64; 2])], place: impl Fn(f64, f64) -> (f64, f64)) -> String {
    let upper = points.iter().map(|(x, [_, high])| (*x, *high));
    let lower = points.iter().rev().map(|(x, [low, _])| (*x, *low));
    let mut path = String::new();
    for (px, py) in upper.chain(lower) {
        let (x, y) = place(px, py);
        let pen = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{pen}{:.0} {:.0}", x * 1000.0, y * 1000.0);
    }
    path
}

fn line(index: usize, curve: &Curve, place: impl Fn(f64, f64) -> (f64, f64)) -> Line {
    let mut path = String::new();
    let mut end = 0.5;
    // The point before, none after a gap: most of a path is short steps, which are shortest to write as such.
    let mut before: Option<(i64, i64)> = None;
    let mut pen = 'l';
    for point in &curve.points {
        if !(point.0.is_finite() && point.1.is_finite()) {
            before = None;
            continue;
        }
        let (x, y) = place(point.0, point.1);
        let at = ((x * 1000.0).round() as i64, (y * 1000.0).round() as i64);
        let _ = match before {
            None => write!(path, "M{} {}", at.0, at.1),
            Some(from) => write!(path, "{pen}{} {}", at.0 - from.0, at.1 - from.1),
        };
        pen = if before.is_none() { 'l' } else { ' ' };
        (before, end) = (Some(at), y);
    }
    Line {
        style: index + 1,
        letter: char::from(b'A' + index as u8),
        name: curve.name.clone(),
        path,
        end: percent(end),
    }
}

/// Keeps the letters at the line ends apart.
fn spread(lines: &mut [Line]) {
    const GAP: f64 = 7.0;
    let height = |l: &Line| l.end.parse::<f64>().unwrap_or(50.0);
    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by(|a, b| height(&lines[*a]).total_cmp(&height(&lines[*b])));
    let mut floor = -GAP;
    let room = 100.0 - GAP * lines.len() as f64;
    for (placed, index) in order.into_iter().enumerate() {
        let latest = room + GAP * (placed as f64 + 1.0);
        floor = height(&lines[index]).max(floor + GAP).min(latest);
        lines[index].end = percent(floor / 100.0);
    }
}

fn mark(index: usize, c: &Crossing, at: (f64, f64)) -> Mark {
    Mark {
        number: index + 1,
        x: percent(at.0),
        y: percent(at.1),
        text: c.text.clone(),
        pointer: c.pointer.clone(),
        between: [c.between.0.clone(), c.between.1.clone()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, slope: f64) -> Curve {
        Curve {
            name: name.to_owned(),
            points: [1.0, 10.0, 100.0].iter().map(|x| (*x, x * slope)).collect(),
        }
    }

    #[test]
    fn crossings_sit_on_the_lines() {
        let input = BreakEven {
            field: "traffic.reads".to_owned(),
            unit: Unit::PerSecond,
            curves: vec![
                Curve {
                    name: "flat".to_owned(),
                    points: vec![(1.0, 10.0), (100.0, 10.0)],
                },
                curve("rising", 1.0),
            ],
            crossings: vec![Crossing {
                x: 10.0,
                y: 10.0,
                text: "10/s".to_owned(),
                between: ("rising".to_owned(), "flat".to_owned()),
                pointer: String::new(),
            }],
            left_out: false,
            current: Some((100.0, "100/s".to_owned())),
        };
        let chart = break_even(&input, "c".to_owned()).unwrap();
        assert_eq!(chart.marks[0].x, "50");
        // From the start in one step to the crossing.
        let steps: Vec<i64> = chart.lines[1]
            .path
            .split(['M', 'l', ' '])
            .filter_map(|n| n.parse().ok())
            .collect();
        let height = chart.marks[0].y.parse::<f64>().unwrap() * 10.0;
        assert_eq!(steps[0] + steps[2], 500, "{steps:?}");
        assert_eq!(steps[1] + steps[3], height.round() as i64, "{steps:?}");
        assert_eq!(chart.now.unwrap().x, "100");
        assert!(
            chart.alt.contains("At 10/s rising gives way to flat."),
            "{}",
            chart.alt
        );
    }

    #[test]
    fn letters_never_overlap() {
        let curves: Vec<Curve> = (0..6)
            .map(|i| curve("same", 1.0 + f64::from(i) / 1000.0))
            .collect();
        let input = Growth {
            rate: "10 % a month".to_owned(),
            curves,
            takeovers: Vec::new(),
        };
        let chart = growth(&input, "g".to_owned()).unwrap();
        let mut ends: Vec<f64> = chart.lines.iter().map(|l| l.end.parse().unwrap()).collect();
        ends.sort_by(f64::total_cmp);
        assert!(ends.windows(2).all(|w| w[1] - w[0] > 6.9), "{ends:?}");
        assert!(ends.iter().all(|e| (0.0..=100.0).contains(e)), "{ends:?}");
    }

    #[test]
    fn an_open_interval_reaches_the_end_of_the_domain() {
        let open = StabilityBar {
            field: "traffic.reads".to_owned(),
            label: "Reads".to_owned(),
            domain: (1.0, 10_000.0),
            domain_text: ("1/s".to_owned(), "10000/s".to_owned()),
            current: (100.0, "100/s".to_owned()),
            pointer: String::new(),
            below: Some(Flip {
                at: 10.0,
                text: "10/s".to_owned(),
                to: "DynamoDB".to_owned(),
                pointer: String::new(),
            }),
            above: None,
        };
        let bar = bar(&open);
        assert_eq!(
            (bar.from.as_str(), bar.width.as_str(), bar.now.as_str()),
            ("25", "75", "50")
        );
    }
}
