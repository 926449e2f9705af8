//! `questions`: what a profile lacks, and what is worth asking. The engine is the questionnaire's.

use super::answer::choice;
use super::desk::{Desk, checked, failed, in_order, problem, refused};
use crate::analysis::answer;
use crate::ask::answers::Answers;
use crate::ask::opening::opening;
use crate::ask::{Flip, Interview, Open};
use crate::decide::Scratch;
use crate::domain::catalog::Catalog;
use crate::domain::field::{FIELDS, Field, Shape, Value, When, find};
use crate::domain::profile::{Layer, Word as _};
use crate::mcp::args;
use crate::mcp::results::{Choice, Missing, Question, Questioned};
use crate::mcp::{MAX_PROBLEMS, Refused};
use crate::workload::{self, CODES, Invalid};
use crate::yaml;

/// Bytes of a result.
const ROOM: usize = 6_000;

/// Questions at a time: what is answered changes what is asked next.
const MOST: usize = 8;

pub(super) fn questions(desk: &Desk, args: &args::Questions) -> Result<Questioned, Refused> {
    checked(&args.profile)?;
    let answers = stated(&args.profile)?;
    let loaded = if answers.is_empty() {
        None
    } else {
        Some(workload::load(&args.profile, &[], &desk.catalog))
    };
    let (profile, mut problems) = match loaded {
        Some(Ok(resolved)) => (Some(resolved.profile), Vec::new()),
        Some(Err(invalid)) => (None, wrong(&invalid)),
        None => (None, Vec::new()),
    };
    let missing: Vec<Missing> = FIELDS
        .iter()
        .filter(|f| f.required && !answers.has(f.path))
        .map(missing)
        .collect();
    let session = match &profile {
        Some(profile) => desk.session(std::slice::from_ref(profile)),
        None => desk.whole(),
    };
    let session = session.map_err(|e| failed(&e))?;
    let interview = Interview::new(&session.catalog, &session.book, session.options);
    let mut worth = ask(&interview, &answers);
    let profile = profile.or_else(|| interview.profile(&answers));
    let so_far = profile.filter(|_| !answers.is_empty()).map(|profile| {
        let engine = session.engine(&profile);
        choice(&answer(&engine, &profile, &mut Scratch::default()))
    });
    let more = worth.len().saturating_sub(MOST) + problems.len().saturating_sub(MAX_PROBLEMS);
    worth.truncate(MOST);
    problems.truncate(MAX_PROBLEMS);
    let mut out = Questioned {
        complete: missing.is_empty() && problems.is_empty(),
        missing,
        worth_answering: worth,
        problems,
        answer_so_far: so_far,
        more,
    };
    fit(&mut out);
    Ok(out)
}

/// What a text states; nothing is a profile of which nothing is known yet.
fn stated(text: &str) -> Result<Answers, Refused> {
    let bare = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    if text.lines().all(bare) {
        return Ok(Answers::default());
    }
    let tree = yaml::parse(text.trim_start_matches('\u{feff}')).map_err(|problem| {
        refused(&Invalid {
            problems: vec![problem],
            source: text.to_owned(),
            file: text.len(),
        })
    })?;
    Ok(Answers::from_tree(&tree))
}

/// What is wrong with what is stated; what is not stated is missing, not wrong.
fn wrong(invalid: &Invalid) -> Vec<crate::mcp::Problem> {
    let errors = in_order(invalid).into_iter();
    let errors = errors.filter(|p| p.code != CODES.missing);
    errors.map(|p| problem(p, invalid)).collect()
}

fn missing(field: &Field) -> Missing {
    Missing {
        field: field.path.to_owned(),
        meaning: field.meaning.to_owned(),
        values: values(field),
        example: example(field),
    }
}

/// What everybody at the layer is asked and has not said yet, then what else can still change the answer.
fn ask(interview: &Interview<'_>, answers: &Answers) -> Vec<Question> {
    let given = |path: &str| answers.get(path);
    let open = interview.open(answers, &[]);
    let first = opening(&given).into_iter();
    let first: Vec<&Field> = first
        .filter(|f| !f.required && !answers.has(f.path))
        .collect();
    let is_first = |path: &str| first.iter().any(|f| f.path == path);
    let rest = open.iter().filter(|o| !is_first(o.path));
    let rest = rest.filter_map(|o| find(o.path));
    let fields = first.iter().copied().chain(rest);
    let asked = fields.map(|field| {
        let found = open.iter().find(|o| o.path == field.path);
        let why = match (found, field.ask.when) {
            (Some(open), _) => why(interview, open),
            (None, When::Always(why)) => why.to_owned(),
            (None, When::If(_) | When::Never) => "everybody at this layer is asked".to_owned(),
        };
        let becomes = found.map(|open| choice(&open.becomes));
        question(
            assumed(interview.catalog(), answers, field),
            field,
            why,
            becomes,
        )
    });
    asked.collect()
}

fn why(interview: &Interview<'_>, open: &Open) -> String {
    let becomes = interview.name(&open.becomes);
    match &open.flip {
        Flip::At(value) => {
            let value = value.trim_matches(['[', ']', '{', '}', ' ']);
            format!("with `{value}` it would be {becomes}")
        }
        Flip::Above(value) => format!("above {value} it would be {becomes}"),
        Flip::Below(value) => format!("below {value} it would be {becomes}"),
    }
}

/// What stands for a field that nobody states: the range of the catalog at this layer, or the default in words.
fn assumed(catalog: &Catalog, answers: &Answers, field: &Field) -> String {
    let layer = answers.get("layer").and_then(Layer::from_word);
    let layer = layer.unwrap_or(Layer::Application);
    let mut ranges = catalog.plausible.ranges_at(layer);
    if let Some(range) = ranges.find(|r| r.field.path() == field.path) {
        let [low, high] = [range.low, range.high].map(|v| range.field.show(v));
        return format!("{low} to {high}");
    }
    let words = match field.ask.guess() {
        Some(guess) => guess,
        None if field.default.is_empty() => "nothing",
        None => field.default,
    };
    words.to_owned()
}

fn question(assumed: String, field: &Field, why: String, flips_to: Option<Choice>) -> Question {
    Question {
        field: field.path.to_owned(),
        question: field.ask.question.to_owned(),
        why,
        assumed,
        meaning: field.meaning.to_owned(),
        values: values(field),
        example: example(field),
        flips_to,
    }
}

/// The words of a closed list.
fn values(field: &Field) -> Vec<String> {
    let words = match field.value {
        Value::One(choice) | Value::Many(choice) => choice.words(),
        Value::Number(_) | Value::Text(_) | Value::Whole(_) | Value::Own => Vec::new(),
    };
    words.into_iter().map(str::to_owned).collect()
}

fn example(field: &Field) -> String {
    let written = match field.shape {
        _ if !field.ask.written.is_empty() => field.ask.written,
        Shape::Quantity { example, .. } | Shape::QuantityOrNone { example, .. } => example,
        _ => field.typical,
    };
    written.to_owned()
}

/// Leaves the last questions out until it fits, and counts them.
fn fit(out: &mut Questioned) {
    let size = |out: &Questioned| serde_json::to_string(out).map_or(0, |text| text.len());
    while size(out) > ROOM && out.worth_answering.len() > 1 {
        out.worth_answering.pop();
        out.more += 1;
    }
    while size(out) > ROOM && out.problems.len() > 1 {
        out.problems.pop();
        out.more += 1;
    }
}
