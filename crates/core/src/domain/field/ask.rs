//! The words of a field in the questionnaire: its question, when it is asked, what a person may answer.

/// Looks up the answer to another question, by path.
pub type Given<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

/// When a question is asked.
#[derive(Clone, Copy)]
pub enum When {
    /// Of everybody, for this reason.
    Always(&'static str),
    /// While its answer can change the recommendation, and where it makes sense after these answers.
    If(fn(Given<'_>) -> bool),
    /// Never: it changes no decision or is measured. Flags and `--from` take it.
    Never,
}

/// What stands in for an answer that a profile cannot do without.
#[derive(Clone, Copy)]
pub struct StandIn {
    /// Until it is answered.
    pub typical: &'static str,
    /// While another answer is checked: whatever that is, this does not contradict it.
    pub roomy: &'static str,
    /// For somebody who is not sure; `None` where nobody can be unsure.
    pub guess: Option<&'static str>,
}

/// How a field is asked for.
#[derive(Clone, Copy)]
pub struct Ask {
    /// The question; empty for what is never asked.
    pub question: &'static str,
    /// When.
    pub when: When,
    /// How an answer that is typed is written, where the example of its quantity does not say it.
    pub written: &'static str,
    /// Answers that are tried, in the form a profile accepts; closed lists have likely words instead.
    pub tried: &'static [&'static str],
    /// For required fields.
    pub stand_in: Option<StandIn>,
}

impl Ask {
    /// What is taken for the answer of somebody who is not sure, where a profile cannot do without one.
    pub fn guess(&self) -> Option<&'static str> {
        self.stand_in.and_then(|s| s.guess)
    }

    /// A question that is asked while it can change the recommendation.
    pub(super) const fn open(question: &'static str, tried: &'static [&'static str]) -> Self {
        Self {
            question,
            when: When::If(|_| true),
            written: "",
            tried,
            stand_in: None,
        }
    }

    /// No question.
    pub(super) const fn never() -> Self {
        Self {
            when: When::Never,
            ..Self::open("", &[])
        }
    }

    /// Only where it makes sense.
    pub(super) const fn only_if(self, sense: fn(Given<'_>) -> bool) -> Self {
        Self {
            when: When::If(sense),
            ..self
        }
    }

    /// Asked of everybody.
    pub(super) const fn always(self, why: &'static str) -> Self {
        Self {
            when: When::Always(why),
            ..self
        }
    }

    /// How an answer is written.
    pub(super) const fn written(self, written: &'static str) -> Self {
        Self { written, ..self }
    }

    /// What stands in for a missing answer.
    pub(super) const fn stands_in(
        self,
        typical: &'static str,
        roomy: &'static str,
        guess: Option<&'static str>,
    ) -> Self {
        Self {
            stand_in: Some(StandIn {
                typical,
                roomy,
                guess,
            }),
            ..self
        }
    }
}

/// Is the layer one of these? Nobody has said yet: an application's.
pub(super) fn at_layer(given: Given<'_>, layers: &[&str]) -> bool {
    layers.contains(&given("layer").unwrap_or("application"))
}
