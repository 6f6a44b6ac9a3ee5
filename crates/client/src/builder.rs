//! A ticket built from what the workflow knows. Pure: no clock but the finishing time, no I/O.

use std::{collections::HashMap, fmt, time::Duration};

use serde_json::Value;
use ticketlens_ticket::{
    Capture, ExecutionId, Metric, SpanLink, Status, Step, StepError, Ticket, Timestamp,
};

use crate::Finished;

/// Builds a ticket that is already over from the workflow's own state.
///
/// ```
/// use std::time::Duration;
/// use serde_json::json;
/// use ticketlens::{Status, StepBuilder, TicketBuilder};
///
/// let finished = TicketBuilder::new("12345")
///     .category("PRODUCT_SUPPORT")
///     .customer("c-42")
///     .metric("react_iterations", 3)
///     .step(
///         StepBuilder::tool("lookup_order")
///             .input(json!({"order": 7}))
///             .output(json!("in transit"))
///             .took(Duration::from_millis(120)),
///     )
///     .duration(Duration::from_millis(2_300))
///     .build(Status::Success);
/// assert_eq!(finished.ticket().trace.steps[0].name, "lookup_order");
/// ```
#[derive(Clone)]
#[must_use = "a ticket is reported when it is built and emitted"]
pub struct TicketBuilder {
    ticket: Box<Ticket>,
    executed_at: Option<Timestamp>,
    /// Where metrics and attributes stand, by their names.
    metrics: Places,
    attributes: Places,
}

impl TicketBuilder {
    /// A ticket by its number in the help desk (`ticket.id`).
    pub fn new(id: impl Into<String>) -> Self {
        let ticket = Ticket::new(id, Status::Cancelled, Duration::ZERO);
        Self {
            ticket: Box::new(ticket),
            executed_at: None,
            metrics: Places::new(),
            attributes: Places::new(),
        }
    }

    /// What the ticket is about (`ticket.category`), e.g. `PRODUCT_SUPPORT`.
    pub fn category(mut self, category: impl Into<String>) -> Self {
        self.ticket.category = Some(category.into());
        self
    }

    /// The customer, raw: only a keyed hash leaves (`ticket.customer`).
    pub fn customer(mut self, customer: impl Into<String>) -> Self {
        self.ticket.customer = Some(customer.into());
        self
    }

    /// What is known to be personal about this customer: a name, an address. Every occurrence is
    /// removed, in free text too; the values themselves never travel.
    pub fn known_pii(mut self, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.ticket.known_pii.extend(values.into_iter().map(Into::into));
        self
    }

    /// A number the workflow measured (`ticket.metrics.<name>`); the later of two by one name wins.
    pub fn metric(mut self, name: impl Into<String>, value: impl Into<Metric>) -> Self {
        put(&mut self.ticket.metrics, &mut self.metrics, name.into(), value.into());
        self
    }

    /// The model asked for (`gen_ai.request.model`).
    pub fn model(mut self, model: impl Into<String>) -> Self {
        self.ticket.model = Some(model.into());
        self
    }

    /// Adds tokens read and written (`gen_ai.usage.*`): call it once per model call, or once with
    /// the sums.
    pub fn tokens(mut self, input: u64, output: u64) -> Self {
        let add = |sum: &mut Option<u64>, more| *sum = Some(sum.unwrap_or(0).saturating_add(more));
        add(&mut self.ticket.input_tokens, input);
        add(&mut self.ticket.output_tokens, output);
        self
    }

    /// Any other attribute; the later of two by one name wins. Lists and maps travel as JSON text.
    pub fn attribute(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        put(&mut self.ticket.attributes, &mut self.attributes, key.into(), value.into());
        self
    }

    /// How much of this ticket may leave; the stricter of this and the lens's own level holds.
    pub fn capture(mut self, capture: Capture) -> Self {
        self.ticket.capture = capture;
        self
    }

    /// What was said in this ticket stays behind, whatever the lens says: the request, the answer,
    /// and the bodies of message steps.
    pub fn drop_messages(mut self) -> Self {
        self.ticket.drop_messages = true;
        self
    }

    /// What was asked (`ticket` of the trace).
    pub fn request(mut self, request: impl Into<Value>) -> Self {
        self.ticket.trace.ticket = Some(request.into());
        self
    }

    /// How the agent meant to go about it (`planning`).
    pub fn planning(mut self, planning: impl Into<Value>) -> Self {
        self.ticket.trace.planning = Some(planning.into());
        self
    }

    /// Adds a step, after those there are. One without an id gets one.
    pub fn step(mut self, step: impl Into<Step>) -> Self {
        let mut step = step.into();
        if step.id.is_empty() {
            step.id = step_id(self.ticket.trace.steps.len());
        }
        self.ticket.trace.steps.push(step);
        self
    }

    /// Errors that belong to no single step (`errors`).
    pub fn errors(mut self, errors: impl Into<Value>) -> Self {
        self.ticket.trace.errors = Some(errors.into());
        self
    }

    /// What came out (`output`).
    pub fn output(mut self, output: impl Into<Value>) -> Self {
        self.ticket.trace.output = Some(output.into());
        self
    }

    /// Any other part of the trace, kept under its key: `react`, `tool_calls`, `retrieval` as the
    /// workflow has them are folded into steps.
    pub fn trace_part(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.ticket.trace.other.insert(key.into(), value.into());
        self
    }

    /// Low-cardinality reason of a failure (`error.type`): a class, a code.
    pub fn error_type(mut self, error_type: impl Into<String>) -> Self {
        self.ticket.error_type = Some(error_type.into());
        self
    }

    /// Adds one error to those that belong to no single step. What [`errors`](Self::errors) set that
    /// is no list becomes the list's first.
    pub fn error(mut self, error: StepError) -> Self {
        let Ok(error) = serde_json::to_value(error) else { return self };
        match self.ticket.trace.errors.get_or_insert_with(|| Value::Array(Vec::new())) {
            // In place: each of many costs the same.
            Value::Array(errors) => errors.push(error),
            first => *first = Value::Array(vec![first.take(), error]),
        }
        self
    }

    /// How long the execution took.
    pub fn duration(mut self, duration: Duration) -> Self {
        self.ticket.duration = duration;
        self
    }

    /// When it finished, where that is not now.
    pub fn executed_at(mut self, at: impl Into<Timestamp>) -> Self {
        self.executed_at = Some(at.into());
        self
    }

    /// The execution's own identity, where the workflow has one: a ticket built twice with it is
    /// stored once.
    pub fn execution_id(mut self, id: ExecutionId) -> Self {
        self.ticket.execution_id = id;
        self
    }

    /// The span to link to, where it is not the active one.
    pub fn span(mut self, span: SpanLink) -> Self {
        self.ticket.span = Some(span);
        self
    }

    /// The ticket, finished with `status`.
    pub fn build(mut self, status: Status) -> Finished {
        self.ticket.status = status;
        self.ticket.executed_at = self.executed_at.unwrap_or_else(Timestamp::now);
        self.ticket.into()
    }

    pub(crate) fn has_span(&self) -> bool {
        self.ticket.span.is_some()
    }

    pub(crate) fn step_count(&self) -> usize {
        self.ticket.trace.steps.len()
    }

    pub(crate) fn step_mut(&mut self, place: usize) -> Option<&mut Step> {
        self.ticket.trace.steps.get_mut(place)
    }
}

/// The id of the step at `place`, counted from 0.
pub(crate) fn step_id(place: usize) -> String {
    format!("s{}", place + 1)
}

/// By its name, where a value stands among the others; empty while they are [`FEW`].
type Places = HashMap<String, usize>;

/// Values up to which looking at each costs less than an index of them.
const FEW: usize = 32;

fn put<T>(pairs: &mut Vec<(String, T)>, places: &mut Places, name: String, value: T) {
    if places.is_empty() && pairs.len() >= FEW {
        places.extend(pairs.iter().enumerate().map(|(place, (name, _))| (name.clone(), place)));
    }
    let is_indexed = !places.is_empty();
    let place = match is_indexed {
        true => places.get(&name).copied(),
        false => pairs.iter().position(|(earlier, _)| *earlier == name),
    };
    if let Some((_, slot)) = place.and_then(|place| pairs.get_mut(place)) {
        *slot = value;
        return;
    }
    if is_indexed {
        places.insert(name.clone(), pairs.len());
    }
    pairs.push((name, value));
}

impl fmt::Debug for TicketBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TicketBuilder").field(&self.ticket).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_by_one_name_the_later_counts_at_the_place_of_the_first() {
        for count in [FEW / 2, FEW, FEW + 1, 10 * FEW] {
            let named = |ticket: TicketBuilder, value: usize| {
                (0..count).fold(ticket, |ticket, n| ticket.attribute(format!("a{n}"), value))
            };
            let ticket = named(named(TicketBuilder::new("1"), 1), 2).build(Status::Success);
            let expected: Vec<_> = (0..count).map(|n| (format!("a{n}"), Value::from(2))).collect();
            assert_eq!(ticket.ticket().attributes, expected);
        }
    }
}
