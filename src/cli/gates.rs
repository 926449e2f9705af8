//! What must hold for exit 0: `--expect`, `--budget`, `--strict`, each with a verdict of one line.

use std::str::FromStr;

use anyhow::Result;
use rust_decimal::Decimal;

use super::names::{Answer, answer};
use super::session::Decided;
use crate::domain::catalog::{Catalog, Role};
use crate::domain::decision::{Cost, Decision, Outcome, Verdict};
use crate::domain::money::Usd;
use crate::domain::profile::Profile;
use crate::domain::units::{Dollars, Quantity};
use crate::exit::{Exit, Failure};
use crate::report::sections::pick_text;
use crate::text::{one_of, visible};

/// What must hold.
#[derive(Debug, Default)]
pub struct Gates {
    expect: Vec<Answer>,
    budget: Option<Usd>,
    strict: bool,
}

/// How one gate ended.
struct Found {
    gate: &'static str,
    what: String,
    exit: Exit,
}

impl Gates {
    /// Reads the options.
    pub fn parse(
        expect: &[String],
        budget: Option<&str>,
        strict: bool,
        catalog: &Catalog,
    ) -> Result<Self> {
        let expect = expect.iter().map(|word| expected(word, catalog));
        Ok(Self {
            expect: expect.collect::<Result<_, _>>()?,
            budget: budget.map(amount).transpose()?,
            strict,
        })
    }

    /// The verdict of every gate on every decision, a line each, and the exit code of the command; that of a profile
    /// that nothing fits is no gate and has no line.
    pub fn judge(&self, decided: &[Decided]) -> (Vec<String>, Vec<Exit>) {
        let many = decided.len() > 1;
        let mut lines = Vec::new();
        let mut exits = Vec::new();
        for one in decided {
            let decision = &one.decision;
            exits.push(match decision.outcome {
                Outcome::NoneFits => Exit::NoneFits,
                _ => Exit::Done,
            });
            let name = if many {
                format!("{}: ", visible(&one.profile.name))
            } else {
                String::new()
            };
            for found in self.of(decision, &one.profile) {
                let head = match found.exit {
                    Exit::Done => "PASS",
                    _ => "FAIL",
                };
                let end = match found.exit {
                    Exit::Done => String::new(),
                    exit => format!("   exit {}", exit.code()),
                };
                lines.push(format!(
                    "{head}  {:<7}  {name}{}{end}",
                    found.gate, found.what
                ));
                exits.push(found.exit);
            }
        }
        (lines, exits)
    }

    /// A budget on the command line stands for that of the profile.
    fn of(&self, decision: &Decision, profile: &Profile) -> Vec<Found> {
        let mut out = Vec::new();
        if !self.expect.is_empty() {
            out.push(self.expectation(decision));
        }
        let budget = self.budget.or(profile.budget.map(Usd));
        out.extend(budget.map(|limit| self.within(limit, decision)));
        if self.strict {
            let incomplete = decision.candidates.iter().any(|c| {
                c.verdict == Verdict::Eligible && c.cost.is_some_and(|r| r.expected.incomplete)
            });
            let (what, exit) = if incomplete {
                ("a price of an eligible service is missing", Exit::Prices)
            } else {
                ("every price of the eligible services is known", Exit::Done)
            };
            out.push(Found {
                gate: "strict",
                what: what.to_owned(),
                exit,
            });
        }
        out
    }

    fn expectation(&self, decision: &Decision) -> Found {
        let winner = decision.winner().map(|w| &w.pick);
        let got = winner.map_or_else(|| decision.answer().to_owned(), pick_text);
        let is = |wanted: &Answer| match winner {
            Some(pick) => wanted.is(pick),
            None => wanted.service == decision.answer(),
        };
        let (what, exit) = if self.expect.iter().any(is) {
            (got, Exit::Done)
        } else {
            let wanted: Vec<&str> = self.expect.iter().map(|e| e.typed.as_str()).collect();
            let what = format!("{}, the answer is {got}", wanted.join(" or "));
            (what, Exit::Gate)
        };
        Found {
            gate: "expect",
            what,
            exit,
        }
    }

    fn within(&self, limit: Usd, decision: &Decision) -> Found {
        let found = |what: String, exit| Found {
            gate: "budget",
            what,
            exit,
        };
        let Some(range) = decision.winner().and_then(|w| w.cost) else {
            return found("no service is bought".to_owned(), Exit::Done);
        };
        let cost: Cost = range.expected;
        let what = format!("{cost} a month, limit {limit}");
        if cost.known > limit {
            return found(what, Exit::Gate);
        }
        if cost.incomplete {
            let what = format!("{what}: cannot be shown, a price is missing");
            let exit = if self.strict {
                Exit::Prices
            } else {
                Exit::Done
            };
            return found(what, exit);
        }
        found(what, Exit::Done)
    }
}

/// A service or outcome that can be an answer.
fn expected(word: &str, catalog: &Catalog) -> Result<Answer, Failure> {
    let outcomes = [Outcome::NoneFits.word(), Outcome::NoCache.word()];
    if outcomes.contains(&word) {
        return Ok(Answer::outcome(word));
    }
    let mut known: Vec<&str> = catalog
        .services
        .iter()
        .filter(|s| s.role == Role::Candidate)
        .map(|s| s.id.as_str())
        .collect();
    known.extend(outcomes);
    answer(word, catalog, &known).map_err(|near| {
        let message = format!("`{word}` is not an answer{near}");
        Failure::new(Exit::Usage, "expect-unknown", message).help(format!(
            "--expect takes {}, and their common names",
            one_of(&known)
        ))
    })
}

/// The first that applies of 3, 4, 5, 1, 0.
pub fn worst(exits: impl Iterator<Item = Exit>) -> Exit {
    const ORDER: [Exit; 5] = [
        Exit::BadInput,
        Exit::Prices,
        Exit::Gate,
        Exit::NoneFits,
        Exit::Done,
    ];
    let place = |e: &Exit| ORDER.iter().position(|o| o == e).unwrap_or(ORDER.len());
    exits.min_by_key(place).unwrap_or(Exit::Done)
}

/// `500`, `$500`, `500 USD` or `500 USD/month`.
fn amount(text: &str) -> Result<Usd> {
    let bare = text.trim().trim_end_matches("/month").trim();
    let bare = bare.strip_prefix('$').unwrap_or(bare);
    let parsed = Dollars::from_str(bare)
        .map(Quantity::value)
        .ok()
        .or_else(|| Decimal::from_str(bare).ok().filter(|d| *d >= Decimal::ZERO));
    parsed.map(Usd).ok_or_else(|| {
        Failure::new(
            Exit::Usage,
            "budget-amount",
            format!("`{}` is not an amount per month", visible(text)),
        )
        .help("write it as `500 USD/month`")
        .into()
    })
}
