//! What was asked and what was right, and each miss.

use std::{collections::BTreeMap, fmt};

/// What a miss counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Figure {
    /// A step is there, in order, with its parent, iteration, status, ids, tokens and models.
    Steps,
    /// A ticket's input and output tokens.
    Tokens,
    /// No personal value where content was not recorded.
    Private,
    /// A ticket's counts of calls.
    Calls,
    /// A ticket's status, question, answer, conversation, customer, agent and error.
    Run,
    /// What went into the steps and came out.
    Content,
}

/// So many right of so many asked.
#[derive(Clone, Copy, Default)]
pub struct Part {
    pub right: usize,
    pub asked: usize,
}

/// One thing that came out otherwise.
#[derive(Clone)]
pub struct Miss {
    pub figure: Figure,
    pub scenario: String,
    /// The step, or the run.
    pub of: String,
    pub field: &'static str,
    pub expected: String,
    pub got: String,
}

/// The figures of a scenario, a dialect, or all.
#[derive(Clone, Default)]
pub struct Tally {
    pub scenarios: usize,
    pub steps: Part,
    /// Steps that never happened; among those asked.
    pub extra: usize,
    pub content: Part,
    pub tokens: Part,
    pub calls: Part,
    pub run: Part,
    pub private: Part,
    /// Of the scenarios of one run: how many are one ticket where runs are told apart too.
    pub alone: Part,
    pub misses: Vec<Miss>,
    /// Not asked for because the recording does not say it, by field.
    pub unsaid: BTreeMap<&'static str, usize>,
    /// Not asked for because of a reason of the table.
    pub excused: BTreeMap<String, usize>,
}

impl Part {
    pub const fn count(&mut self, right: bool) {
        self.asked += 1;
        self.right += right as usize;
    }

    pub const fn is_full(self) -> bool {
        self.right == self.asked
    }

    pub const fn reaches(self, percent: usize) -> bool {
        self.right * 100 >= self.asked * percent
    }

    const fn add(&mut self, other: Self) {
        self.right += other.right;
        self.asked += other.asked;
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.right, self.asked)
    }
}

impl Tally {
    /// The figure's own count. Steps are counted by their judge, as a step has many fields.
    pub fn part(&mut self, figure: Figure) -> &mut Part {
        match figure {
            Figure::Steps => &mut self.steps,
            Figure::Tokens => &mut self.tokens,
            Figure::Private => &mut self.private,
            Figure::Calls => &mut self.calls,
            Figure::Run => &mut self.run,
            Figure::Content => &mut self.content,
        }
    }

    pub fn unsaid(&mut self, field: &'static str) {
        *self.unsaid.entry(field).or_default() += 1;
    }

    pub fn excused(&mut self, why: &str) {
        *self.excused.entry(why.to_owned()).or_default() += 1;
    }

    pub fn add(&mut self, other: Self) {
        self.scenarios += other.scenarios;
        self.extra += other.extra;
        self.steps.add(other.steps);
        self.content.add(other.content);
        self.tokens.add(other.tokens);
        self.calls.add(other.calls);
        self.run.add(other.run);
        self.private.add(other.private);
        self.alone.add(other.alone);
        self.misses.extend(other.misses);
        for (field, count) in other.unsaid {
            *self.unsaid.entry(field).or_default() += count;
        }
        for (why, count) in other.excused {
            *self.excused.entry(why).or_default() += count;
        }
    }
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { figure, scenario, of, field, expected, got } = self;
        write!(f, "{scenario}, {of}, {figure:?}/{field}: expected {expected}, got {got}")
    }
}

/// What a miss says of what is not there.
pub fn none() -> String {
    "none".to_owned()
}
