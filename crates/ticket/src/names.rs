//! The names on the wire, in one place. Where OpenTelemetry's semantic conventions have a name,
//! ours is that name; `gen_ai.*` are still in development there and may move.

use std::borrow::Cow;

/// `LogRecord.event_name` of a ticket.
pub const EVENT: &str = "ticket.completed";
/// `LogRecord.event_name` of feedback on a ticket: OpenTelemetry's event for the result of an
/// evaluation, whoever evaluates (GenAI semantic conventions, "Events").
pub const EVALUATION: &str = "gen_ai.evaluation.result";
/// Where SDKs that cannot set the event name put it.
pub const EVENT_NAME: &str = "event.name";
/// Instrumentation scope of this library's records.
pub const SCOPE: &str = "ticketlens";

/// Resource: the workflow.
pub const SERVICE_NAME: &str = "service.name";
/// Resource: the workflow's version.
pub const SERVICE_VERSION: &str = "service.version";
/// Resource: one running client process.
pub const SERVICE_INSTANCE_ID: &str = "service.instance.id";
/// Resource: the environment.
pub const ENVIRONMENT: &str = "deployment.environment.name";
/// Resource: the environment's older name, still read.
pub const ENVIRONMENT_OLD: &str = "deployment.environment";

/// The ticket's number in the help desk.
pub const TICKET_ID: &str = "ticket.id";
/// This execution, a UUID.
pub const EXECUTION_ID: &str = "ticket.execution.id";
/// How the execution ended.
pub const STATUS: &str = "ticket.status";
/// What the ticket is about.
pub const CATEGORY: &str = "ticket.category";
/// Execution time in seconds.
pub const DURATION: &str = "ticket.duration";
/// Capture level in force.
pub const CAPTURE: &str = "ticket.capture";
/// Keyed hash of the customer.
pub const CUSTOMER: &str = "ticket.customer";
/// Counts up per client process.
pub const SEQUENCE: &str = "ticket.sequence";
/// Tickets that its client process had begun and not finished when this one was handed over.
pub const OPEN: &str = "ticket.open";
/// How many values the gate removed.
pub const REDACTIONS: &str = "ticket.redactions";
/// Before a detector's name: how many of those values it found.
pub const REDACTIONS_PREFIX: &str = "ticket.redactions.";
/// Before a metric's own name.
pub const METRICS_PREFIX: &str = "ticket.metrics.";
/// The model asked for.
pub const MODEL: &str = "gen_ai.request.model";
/// Tokens read, over the whole ticket.
pub const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Tokens written, over the whole ticket.
pub const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";
/// What the execution cost, where its sender knows: it counts before a price list.
pub const COST: &str = "ticket.cost";
/// What that is in (ISO 4217); USD where it is not said.
pub const COST_CURRENCY: &str = "ticket.cost.currency";
/// The conversation that the execution is a part of.
pub const CONVERSATION: &str = "gen_ai.conversation.id";
/// The agent that did it.
pub const AGENT: &str = "gen_ai.agent.name";
/// The agents' workflow, by the name that its framework has for it.
pub const AGENT_WORKFLOW: &str = "gen_ai.workflow.name";
/// Feedback: what is evaluated, `csat` or `relevance`.
pub const EVALUATION_NAME: &str = "gen_ai.evaluation.name";
/// Feedback: the score as a number.
pub const SCORE_VALUE: &str = "gen_ai.evaluation.score.value";
/// Feedback: the score as a word.
pub const SCORE_LABEL: &str = "gen_ai.evaluation.score.label";
/// Feedback: why, in free text.
pub const EXPLANATION: &str = "gen_ai.evaluation.explanation";
/// Feedback: its own id; sent again with the same one, it is stored once.
pub const FEEDBACK_ID: &str = "ticket.feedback.id";
/// Feedback: who gives it, HUMAN, MODEL or CODE.
pub const FEEDBACK_SOURCE: &str = "ticket.feedback.source";
/// Low-cardinality error, on failure.
pub const ERROR_TYPE: &str = "error.type";

/// Claims of a tenant. The tenant comes from the key alone: a record with one is rejected.
pub const TENANT_CLAIMS: [&str; 3] = ["client_id", "tenant.id", "ticketlens.tenant"];

/// Names of attributes that a pipeline may have renamed.
const RENAMED: [&str; 39] = [
    EVENT_NAME,
    SERVICE_NAME,
    SERVICE_VERSION,
    SERVICE_INSTANCE_ID,
    ENVIRONMENT,
    ENVIRONMENT_OLD,
    TICKET_ID,
    EXECUTION_ID,
    STATUS,
    CATEGORY,
    DURATION,
    CAPTURE,
    CUSTOMER,
    SEQUENCE,
    OPEN,
    REDACTIONS,
    MODEL,
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    ERROR_TYPE,
    COST,
    COST_CURRENCY,
    CONVERSATION,
    AGENT,
    AGENT_WORKFLOW,
    "gen_ai.provider.name",
    "gen_ai.response.model",
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.reasoning.output_tokens",
    "openai.response.service_tier",
    EVALUATION_NAME,
    SCORE_VALUE,
    SCORE_LABEL,
    EXPLANATION,
    FEEDBACK_ID,
    FEEDBACK_SOURCE,
    TENANT_CLAIMS[1],
    TENANT_CLAIMS[2],
];

/// Whether `key` is `name` with underscores for its dots.
pub(crate) fn is_underscored(key: &[u8], name: &str) -> bool {
    let underscored = name.bytes().map(|byte| if byte == b'.' { b'_' } else { byte });
    key.len() == name.len() && key.iter().copied().eq(underscored)
}

/// The contract's name that `key` was before a pipeline wrote its dots as underscores; `None` for
/// any other key.
pub(crate) fn with_dots(key: &str) -> Option<Cow<'static, str>> {
    if let Some(name) = RENAMED.into_iter().find(|name| is_underscored(key.as_bytes(), name)) {
        return Some(name.into());
    }
    [METRICS_PREFIX, REDACTIONS_PREFIX].into_iter().find_map(|prefix| {
        let (start, name) = key.split_at_checked(prefix.len())?;
        is_underscored(start.as_bytes(), prefix).then(|| format!("{prefix}{name}").into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn underscores_become_the_names_dots_and_nothing_else_changes() {
        for (key, name) in [
            ("ticket_execution_id", "ticket.execution.id"),
            ("gen_ai_usage_input_tokens", "gen_ai.usage.input_tokens"),
            ("deployment_environment_name", "deployment.environment.name"),
            ("ticket_redactions", "ticket.redactions"),
            ("ticket_redactions_email", "ticket.redactions.email"),
            ("ticket_metrics_react_iterations", "ticket.metrics.react_iterations"),
            ("tenant_id", "tenant.id"),
        ] {
            assert_eq!(with_dots(key).as_deref(), Some(name));
        }
        for key in
            ["channel", "ticket_channel", "ticket.id", "", "ticket_metrics", "ticket_metricsä"]
        {
            assert_eq!(with_dots(key), None, "{key}");
        }
    }
}
