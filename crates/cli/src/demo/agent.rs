//! A sample support agent: reads a customer's mail, looks things up, calls tools, answers.
//!
//! It stands for anyone's workflow, and is written as one: what it does is built with the client
//! library's own builders and handed over finished. The same seed gives the same tickets.

use std::time::Duration;

use serde_json::{Value, json};
use ticketlens::{ExecutionId, Finished, Status, StepBuilder, TicketBuilder, Timestamp};

use super::{
    cases::{
        Action, BREAKDOWNS, Breakdown, CARDS, CASES, Case, FIRST_NAMES, LAST_NAMES, STREETS, TOWNS,
    },
    dice::Dice,
};

/// The workflow as tickets name it.
pub const WORKFLOW: &str = "support-agent";
/// Its version.
pub const VERSION: &str = "1.4.2";
/// Where it runs.
pub const ENVIRONMENT: &str = "production";

const MODEL: &str = "gpt-4o";

/// Ticket `number` of a day's work, finished at `executed_at`.
pub fn work(seed: u64, number: u32, executed_at: Timestamp) -> Finished {
    let mut dice = Dice::new(seed ^ u64::from(number).wrapping_mul(0xd134_2543_de82_ef95));
    let case = dice.pick(&CASES);
    let customer = Customer::new(&mut dice);
    let mut run = Run::new(&mut dice, case, &customer);
    let ending = run.work();
    run.finish(number, ending, executed_at)
}

/// How a run ends.
enum Ending {
    Answered,
    /// Handed to a person: the agent was not sure enough.
    Unsure,
    /// Withdrawn while it ran.
    Withdrawn,
    Broken(&'static Breakdown),
}

/// Who writes.
struct Customer {
    name: String,
    email: String,
    phone: String,
    card: &'static str,
    address: String,
    order: String,
}

impl Customer {
    fn new(dice: &mut Dice) -> Self {
        let (first, last) = (*dice.pick(&FIRST_NAMES), *dice.pick(&LAST_NAMES));
        let digits = dice.range(100, 1000);
        let &card = dice.pick(&CARDS);
        Self {
            name: format!("{first} {last}"),
            email: format!("{}.{}{digits}@example.com", first.to_lowercase(), last.to_lowercase()),
            phone: format!("+44 20 7946 0{}", dice.range(100, 1000)),
            card,
            address: format!(
                "{} {}, {}",
                dice.range(1, 200),
                dice.pick(&STREETS),
                dice.pick(&TOWNS)
            ),
            order: format!("A-{}", dice.range(10_000, 99_999)),
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{name}", &self.name)
            .replace("{email}", &self.email)
            .replace("{phone}", &self.phone)
            .replace("{card}", self.card)
            .replace("{address}", &self.address)
            .replace("{order}", &self.order)
    }

    fn fill_json(&self, text: &str) -> Value {
        serde_json::from_str(&self.fill(text)).unwrap_or(Value::Null)
    }
}

/// One ticket in the making.
struct Run<'a> {
    dice: &'a mut Dice,
    case: &'static Case,
    customer: &'a Customer,
    steps: Vec<StepBuilder>,
    now_ms: f64,
    iterations: u32,
    tokens: (u64, u64),
}

impl<'a> Run<'a> {
    fn new(dice: &'a mut Dice, case: &'static Case, customer: &'a Customer) -> Self {
        Self { dice, case, customer, steps: Vec::new(), now_ms: 0.0, iterations: 0, tokens: (0, 0) }
    }

    fn work(&mut self) -> Ending {
        let mail = self.customer.fill(self.case.text);
        self.push(StepBuilder::message("customer").input(mail), 0.0);
        self.search();
        let fate = self.dice.share();
        for (n, action) in self.case.actions.iter().enumerate() {
            if fate < 0.03 && n == 1 {
                return Ending::Withdrawn;
            }
            let is_last = n + 1 == self.case.actions.len();
            if (0.03..0.13).contains(&fate) && is_last {
                let breakdown = self.dice.pick(&BREAKDOWNS);
                self.act(action, action.thought, Some(breakdown));
                return Ending::Broken(breakdown);
            }
            // Now and then a tool fails once and the agent tries again.
            let again = self.dice.happens(0.08);
            if again {
                self.act(action, action.thought, Some(&BREAKDOWNS[0]));
            }
            let thought = if again { "It did not answer. Once more." } else { action.thought };
            self.act(action, thought, None);
        }
        self.answer(fate < 0.22)
    }

    fn search(&mut self) {
        if self.case.articles.is_empty() {
            return;
        }
        let found: Vec<Value> = self
            .case
            .articles
            .iter()
            .map(|a| json!({ "score": a.score, "title": a.title, "text": a.text }))
            .collect();
        let took = self.dice.latency_ms(45.0);
        let search =
            StepBuilder::retrieval("knowledge_base").input(self.case.subject).output(found);
        self.push(search, took);
    }

    /// One iteration: a thought, a call, what came back or why nothing did.
    fn act(&mut self, action: &Action, thought: &str, breakdown: Option<&Breakdown>) {
        self.iterations += 1;
        let arguments = self.customer.fill_json(action.arguments);
        let (thinking, calling) =
            (self.dice.latency_ms(850.0), self.dice.latency_ms(action.typical_ms));
        self.tokens.0 += self.dice.range(700, 1600);
        self.tokens.1 += self.dice.range(60, 220);
        let thought = StepBuilder::react("agent")
            .iteration(self.iterations)
            .output(thought)
            .action(action.tool, arguments.clone());
        self.push(thought, thinking);
        let parent = format!("s{}", self.steps.len());
        let call = StepBuilder::tool(action.tool)
            .parent(parent)
            .iteration(self.iterations)
            .input(arguments);
        match breakdown {
            None => self.push(call.output(self.customer.fill_json(action.result)), calling),
            Some(b) => {
                let took = if b.kind == "tool_timeout" { 10_000.0 } else { calling };
                self.push(call.failed(b.kind, b.message).stack(b.stack), took);
            }
        }
    }

    fn answer(&mut self, is_unsure: bool) -> Ending {
        self.iterations += 1;
        self.tokens.0 += self.dice.range(900, 2400);
        self.tokens.1 += self.dice.range(90, 300);
        let thought = if is_unsure {
            "I am not certain this is what the customer means. A person should look at it."
        } else {
            "That is everything the customer asked for. I can answer."
        };
        let took = self.dice.latency_ms(1100.0);
        self.push(StepBuilder::react("agent").iteration(self.iterations).output(thought), took);
        if is_unsure { Ending::Unsure } else { Ending::Answered }
    }

    fn push(&mut self, step: StepBuilder, took_ms: f64) {
        let step = step
            .id(format!("s{}", self.steps.len() + 1))
            .started(millis(self.now_ms))
            .took(millis(took_ms));
        self.steps.push(step);
        self.now_ms += took_ms + 2.0;
    }

    fn finish(self, number: u32, ending: Ending, executed_at: Timestamp) -> Finished {
        let confidence = match ending {
            Ending::Answered => 0.72 + 0.27 * self.dice.share(),
            Ending::Unsure => 0.25 + 0.3 * self.dice.share(),
            _ => 0.4 + 0.3 * self.dice.share(),
        };
        let id = format!("SUP-{}", 1000 + number);
        let parts = [WORKFLOW.as_bytes(), id.as_bytes()];
        let mut ticket = TicketBuilder::new(&id)
            .execution_id(ExecutionId::derived(executed_at, parts))
            .executed_at(executed_at)
            .duration(millis(self.now_ms))
            .category(self.case.category)
            .customer(&self.customer.email)
            .known_pii([&self.customer.name, &self.customer.address])
            .model(MODEL)
            .tokens(self.tokens.0, self.tokens.1)
            .metric("react_iterations", self.iterations)
            .metric("overall_confidence", rounded(confidence))
            .metric("hallucination_risk", rounded((1.0 - confidence) * 0.6 * self.dice.share()))
            .metric("product_confidence", rounded((confidence + 0.1 * self.dice.share()).min(1.0)))
            .metric("vision_matches", if self.case.category == "PRODUCT_SUPPORT" { 2 } else { 0 })
            .metric("text_matches", self.case.articles.len())
            .attribute("channel", *self.dice.pick(&["mail", "chat", "web"]))
            .request(json!({
                "subject": self.case.subject,
                "from": self.customer.email,
                "text": self.customer.fill(self.case.text),
            }))
            .planning(self.case.plan);
        for step in self.steps {
            ticket = ticket.step(step);
        }
        let response = self.customer.fill(self.case.answer);
        match ending {
            Ending::Answered => {
                ticket.output(json!({ "response": response })).build(Status::Success)
            }
            Ending::Unsure => {
                let response = "A colleague will get back to you shortly.";
                let draft = self.customer.fill(self.case.answer);
                ticket
                    .output(
                        json!({ "response": response, "draft": draft, "reason": "low confidence" }),
                    )
                    .build(Status::Escalated)
            }
            Ending::Withdrawn => ticket.build(Status::Cancelled),
            Ending::Broken(b) => ticket
                .error_type(b.kind)
                .errors(json!([{ "type": b.kind, "message": b.message, "stack": b.stack }]))
                .output(json!({ "response": "Something went wrong on our side; we are on it." }))
                .build(Status::Failed),
        }
    }
}

fn millis(ms: f64) -> Duration {
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

/// Two decimals.
fn rounded(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn day(seed: u64) -> Vec<Finished> {
        let at = Timestamp::from_unix_nanos(1_794_212_031_446_000_000);
        (0..200).map(|number| work(seed, number, at)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_day() {
        assert_eq!(day(7), day(7));
        assert_ne!(day(7), day(8));
    }

    #[test]
    fn a_day_has_every_kind_of_outcome() {
        let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
        let mut errors: BTreeMap<String, u32> = BTreeMap::new();
        for finished in day(7) {
            let ticket = finished.ticket();
            *outcomes.entry(ticket.status.to_string()).or_default() += 1;
            if let Some(kind) = &ticket.error_type {
                *errors.entry(kind.clone()).or_default() += 1;
            }
            assert!(!ticket.trace.steps.is_empty());
            assert!(ticket.trace.steps.iter().all(|s| s.duration_ms >= 0.0));
        }
        let names: Vec<_> = outcomes.keys().map(String::as_str).collect();
        assert_eq!(names, ["CANCELLED", "ESCALATED", "FAILED", "SUCCESS"], "{outcomes:?}");
        assert!(outcomes["SUCCESS"] > 120, "{outcomes:?}");
        assert!(errors.len() >= 3, "{errors:?}");
    }

    #[test]
    fn every_case_is_filled_in_and_its_json_is_json() {
        let customer = Customer::new(&mut Dice::new(1));
        for case in &CASES {
            for action in case.actions {
                for text in [action.arguments, action.result] {
                    assert!(!customer.fill_json(text).is_null(), "{text}");
                }
            }
            let filled = customer.fill(case.text) + &customer.fill(case.answer);
            assert!(!filled.contains(['{', '}']), "{filled}");
        }
    }
}
