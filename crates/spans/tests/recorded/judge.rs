//! One scenario judged: its runs found among the tickets, and each of their steps.

use ticketlens_spans::Group;
use ticketlens_ticket::Ticket;

use crate::{
    content,
    got::Got,
    pairs::Pairs,
    reasons,
    run::{self, Left},
    scenario::{Happened, Run, Scenario},
    step,
    tally::{Figure, Miss, Tally, none},
};

/// The figures of one scenario.
pub fn judge(scenario: &Scenario) -> Tally {
    let mut judge = Judge { scenario, tally: Tally { scenarios: 1, ..Tally::default() } };
    match scenario.runs.as_slice() {
        [alone] => {
            let apart = scenario.spans.clone().into_runs(&Group::default()).len();
            judge.tally.alone.count(apart == 1);
            let ticket = scenario.spans.clone().into_run().ticket(&scenario.name);
            judge.run(&scenario.name, alone, &ticket);
        }
        runs => judge.runs(runs),
    }
    judge.tally
}

struct Judge<'a> {
    scenario: &'a Scenario,
    tally: Tally,
}

impl Judge<'_> {
    /// Several runs: a ticket each, known by its conversation, else by its question.
    fn runs(&mut self, runs: &[Run]) {
        let split = self.scenario.spans.clone().into_runs(&Group::default());
        let mut tickets: Vec<_> =
            split.into_iter().map(|run| run.ticket(&self.scenario.name)).collect();
        let right = tickets.len() == runs.len();
        let (expected, got) = (runs.len().to_string(), tickets.len().to_string());
        self.count(Figure::Run, "tickets", "all runs", right, expected, got);
        for happened in runs {
            let title = happened.value["run"].as_str().unwrap_or_default();
            match tickets.iter().position(|ticket| is_of(happened, ticket)) {
                Some(place) => self.run(title, happened, &tickets.remove(place)),
                None => self.lost(title, happened),
            }
        }
        for ticket in &tickets {
            let got = Got::all(ticket);
            self.extra("a ticket of no run", &got, &Pairs::default());
        }
    }

    /// A run that no ticket is of.
    fn lost(&mut self, title: &str, happened: &Run) {
        for step in &happened.steps {
            if self.scenario.judges(&step.kind) {
                self.missing(title, step);
            }
        }
    }

    fn run(&mut self, title: &str, happened: &Run, ticket: &Ticket) {
        let got = Got::all(ticket);
        let pairs = Pairs::of(self.scenario, &happened.steps, &got);
        for (place, step) in happened.steps.iter().enumerate() {
            if !self.scenario.judges(&step.kind) {
                continue;
            }
            if let Some(why) = reasons::no_span(self.scenario, step.id) {
                self.excused(why);
                continue;
            }
            match pairs.got.get(&place) {
                Some(found) => self.step(title, happened, &got, &pairs, [place, *found]),
                None => self.missing(title, step),
            }
        }
        self.extra(title, &got, &pairs);
        for asked in run::asked(self.scenario, happened, ticket) {
            match asked {
                Ok(asked) => {
                    let (right, expected, got) = (asked.right, asked.expected, asked.got);
                    self.count(asked.figure, asked.name, title, right, expected, got);
                }
                Err(Left::Unsaid(field)) => self.tally.unsaid(field),
                Err(Left::Excused(why)) => self.excused(why),
            }
        }
        if self.scenario.content == "none" {
            let leaks = run::leaks(self.scenario, ticket);
            let got = format!("{leaks:?}");
            self.count(Figure::Private, "personal", title, leaks.is_empty(), none(), got);
        }
    }

    /// A step that was found: right if every field is.
    fn step(
        &mut self,
        title: &str,
        run: &Run,
        got: &[Got<'_>],
        pairs: &Pairs,
        [place, found]: [usize; 2],
    ) {
        let (happened, step) = (&run.steps[place], &got[found]);
        let of = format!("{title}, {}", happened.title());
        let mut right = true;
        for field in step::fields(self.scenario, run, got, pairs, [place, found]) {
            if let Some(why) = reasons::of_step(self.scenario, happened.id, field.name) {
                self.excused(why);
            } else if !field.said {
                self.tally.unsaid(field.name);
            } else if field.expected != field.got {
                right = false;
                self.miss(Figure::Steps, &of, field.name, field.expected, field.got);
            }
        }
        self.tally.steps.count(right);
        if !self.scenario.is_full() {
            return;
        }
        for asked in content::asked(self.scenario, happened, step) {
            match reasons::of_step(self.scenario, happened.id, asked.name) {
                Some(why) => self.excused(why),
                None => {
                    let (expected, got) = (asked.expected, asked.got);
                    self.count(Figure::Content, asked.name, &of, asked.right, expected, got);
                }
            }
        }
    }

    fn missing(&mut self, title: &str, step: &Happened) {
        let of = format!("{title}, {}", step.title());
        self.count(Figure::Steps, "step", &of, false, "one".to_owned(), none());
    }

    /// Steps of the judged kinds that never happened.
    fn extra(&mut self, title: &str, got: &[Got<'_>], pairs: &Pairs) {
        for (place, step) in got.iter().enumerate() {
            if self.scenario.judges(step.kind) && !pairs.happened.contains_key(&place) {
                self.tally.extra += 1;
                self.count(Figure::Steps, "step", title, false, none(), step.title());
            }
        }
    }

    fn count(
        &mut self,
        figure: Figure,
        field: &'static str,
        of: &str,
        right: bool,
        expected: String,
        got: String,
    ) {
        self.tally.part(figure).count(right);
        if !right {
            self.miss(figure, of, field, expected, got);
        }
    }

    fn miss(
        &mut self,
        figure: Figure,
        of: &str,
        field: &'static str,
        expected: String,
        got: String,
    ) {
        let (scenario, of) = (self.scenario.title(), of.to_owned());
        self.tally.misses.push(Miss { figure, scenario, of, field, expected, got });
    }

    fn excused(&mut self, why: &str) {
        let line = format!("{}: {why}", self.scenario.title());
        self.tally.excused(&line);
    }
}

/// Whether the ticket is of that run.
fn is_of(happened: &Run, ticket: &Ticket) -> bool {
    let conversation = run::attribute(ticket, "gen_ai.conversation.id");
    if conversation.is_some() {
        return conversation == happened.value["session_id"].as_str();
    }
    let question = ticket.trace.ticket.as_ref().map(|ticket| &ticket["question"]);
    question == Some(&happened.value["question"])
}
