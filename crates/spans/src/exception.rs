//! What went wrong in a span: OpenTelemetry says it in a status, an attribute and an event, and
//! instrumentations say it in whichever they know. What leaves a function without being an error
//! (an approval, a graph's control flow) is told apart.

use serde_json::Value;
use ticketlens_ticket::StepError;

use crate::{
    content::parsed,
    seen::Went,
    span::{Span, StatusCode},
};

/// Exceptions by which frameworks move control: LangGraph's interrupts and commands, deferred tools
/// of pydantic-ai.
const CONTROL_FLOW: [&str; 9] = [
    "GraphInterrupt",
    "NodeInterrupt",
    "GraphBubbleUp",
    "ParentCommand",
    "Command",
    "Interrupt",
    "CallDeferred",
    "ApprovalRequired",
    "GraphDrained",
];

/// Those of them that stop for a person.
const INTERRUPTS: [&str; 2] = ["GraphInterrupt", "NodeInterrupt"];

/// Exceptions by which a caller gives up.
const GIVEN_UP: [&str; 6] = [
    "CancelledError",
    "GeneratorExit",
    "KeyboardInterrupt",
    "AbortError",
    "StreamAbandoned",
    "abandoned stream",
];

/// How a span went, as OpenTelemetry has it.
pub(crate) fn went(span: &Span) -> Went {
    let said = Said::by(span);
    // Some leave a span that was stopped for a person as it is, but for the event.
    let is_stopped = || INTERRUPTS.iter().any(|name| said.is_of(name));
    if !said.is_error {
        return if is_stopped() { Went::Interrupted } else { Went::Well };
    }
    if CONTROL_FLOW.iter().any(|name| said.is_of(name)) {
        return Went::Interrupted;
    }
    let is_given_up = GIVEN_UP.iter().any(|name| said.is_of(name));
    let error = said.error();
    if is_given_up { Went::Cancelled(error) } else { Went::Failed(error) }
}

struct Said<'s> {
    is_error: bool,
    class: Option<&'s str>,
    message: &'s str,
    stack: Option<&'s str>,
}

impl<'s> Said<'s> {
    fn by(span: &'s Span) -> Self {
        let event = span.events("exception").last();
        let of_event = |key: &str| event.and_then(|event| event.attributes.text(key));
        let attribute = span.text("error.type");
        // The status's message may be message, class and traceback in one.
        let (status, traceback) = match span.status.message.find("Traceback (most recent call") {
            Some(at) => {
                let (message, stack) = span.status.message.split_at(at);
                (message.trim(), Some(stack))
            }
            None => (span.status.message.trim(), None),
        };
        Self {
            is_error: span.status.code == StatusCode::Error || attribute.is_some(),
            class: of_event("exception.type").or(attribute),
            message: of_event("exception.message").unwrap_or(status),
            stack: of_event("exception.stacktrace").or(traceback),
        }
    }

    /// Whether it is an exception of that class, by its name or by its repr.
    fn is_of(&self, class: &str) -> bool {
        let starts = |text: &str| {
            let text = text.trim_start_matches('(');
            text.strip_prefix(class).is_some_and(|rest| rest.is_empty() || rest.starts_with('('))
        };
        self.class.is_some_and(|name| name.rsplit('.').next() == Some(class))
            || (self.class.is_none() && starts(self.message))
    }

    fn error(&self) -> StepError {
        let (mut class, mut message) = (self.class.map(str::to_owned), self.message.to_owned());
        if let Some(inner) = within(&message) {
            message = inner;
        }
        if let Some((named, rest)) = leading_class(&message) {
            // A framework's own class around the one that says what happened.
            let is_wrap = class.as_ref().is_none_or(|class| class.ends_with("ToolRetryError"));
            if is_wrap {
                class = Some(named.to_owned());
            }
            if class.as_ref().is_some_and(|class| class.rsplit('.').next() == Some(named)) {
                message = rest;
            }
        }
        StepError {
            kind: class.filter(|class| class != "_OTHER"),
            message: Some(message).filter(|message| !message.is_empty()),
            stack: self.stack.map(str::to_owned),
            ..StepError::default()
        }
    }
}

/// The error's text within a dict's repr that some put in its place:
/// `{'message': 'Error running tool', 'data': {'error': '…'}}`, `Error in agent run: {'error': '…'}`.
fn within(message: &str) -> Option<String> {
    let object = parsed(message.get(message.find('{')?..)?)?;
    let data = object.get("data").unwrap_or(&object);
    let said = data.get("error").or_else(|| object.get("message"))?;
    said.as_str().map(str::to_owned)
}

/// `Name('text')` and `Name: text`: the class, and what it says.
fn leading_class(message: &str) -> Option<(&str, String)> {
    let end = message.find(|char: char| !(char.is_alphanumeric() || char == '_' || char == '.'))?;
    let (name, rest) = message.split_at(end);
    let class = name.rsplit('.').next().unwrap_or(name);
    // A class, not the first word of a sentence.
    let is_class = class.starts_with(char::is_uppercase)
        && (["Error", "Exception", "Timeout", "Warning", "Interrupt"]
            .iter()
            .any(|e| class.ends_with(e))
            || rest.starts_with("('")
            || rest.starts_with("(\""));
    if !is_class {
        return None;
    }
    if let Some(text) = rest.strip_prefix(": ") {
        return Some((class, text.to_owned()));
    }
    let quoted = rest.strip_prefix('(')?.strip_suffix(')')?;
    match crate::python::literal(quoted)? {
        Value::String(text) => Some((class, text)),
        _ => None,
    }
}

/// The error that a framework gave to the model as a tool's result.
pub(crate) fn told_as_result(result: Option<&Value>) -> StepError {
    let text = match result {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => return StepError::default(),
    };
    match leading_class(&text) {
        Some((class, message)) => StepError {
            kind: Some(class.to_owned()),
            message: Some(message),
            ..StepError::default()
        },
        None => StepError { message: Some(text), ..StepError::default() },
    }
}
