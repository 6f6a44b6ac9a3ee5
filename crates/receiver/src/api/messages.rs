//! The store's types as messages, field for field.

use std::{
    num::{NonZeroU32, NonZeroU64},
    time::Duration,
};

use ticketlens_api::v1;
use ticketlens_store as store;
use ticketlens_ticket::Timestamp;
use tonic::Status;

use super::scope::invalid;

const NANOS: u64 = 1_000_000_000;

/// A time on the wire.
pub(super) fn timestamp(time: Timestamp) -> prost_types::Timestamp {
    let nanos = time.as_unix_nanos();
    prost_types::Timestamp {
        seconds: i64::try_from(nanos / NANOS).unwrap_or(i64::MAX),
        nanos: i32::try_from(nanos % NANOS).unwrap_or_default(),
    }
}

/// A time from the wire.
pub(super) fn time(
    argument: &str,
    timestamp: Option<prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Status> {
    let Some(prost_types::Timestamp { seconds, nanos }) = timestamp else { return Ok(None) };
    let seconds = u64::try_from(seconds).map_err(|_| invalid(argument, "lies before 1970"))?;
    let nanos = u64::try_from(nanos).ok().filter(|nanos| *nanos < NANOS);
    let nanos = nanos.ok_or_else(|| invalid(argument, "nanos are 0 to 999999999"))?;
    let all = seconds.checked_mul(NANOS).and_then(|all| all.checked_add(nanos));
    let all = all.ok_or_else(|| invalid(argument, "lies after the year 2554"))?;
    Ok(Some(Timestamp::from_unix_nanos(all)))
}

/// A span of time from the wire, in seconds.
pub(super) fn seconds(
    argument: &str,
    duration: Option<&prost_types::Duration>,
) -> Result<Option<f64>, Status> {
    let Some(duration) = duration else { return Ok(None) };
    let duration = Duration::try_from(*duration);
    duration.map(|d| Some(d.as_secs_f64())).map_err(|_| invalid(argument, "must not be negative"))
}

fn duration(seconds: f64) -> Option<prost_types::Duration> {
    Duration::try_from_secs_f64(seconds).ok()?.try_into().ok()
}

pub(super) fn summary(ticket: store::TicketSummary) -> v1::TicketSummary {
    v1::TicketSummary {
        tenant: ticket.tenant,
        ticket_id: ticket.ticket_id,
        execution_id: ticket.execution_id.to_string(),
        executed_at: Some(timestamp(ticket.executed_at)),
        duration: duration(ticket.duration_seconds),
        status: ticket.status,
        category: ticket.category,
        workflow: ticket.workflow,
        workflow_version: ticket.workflow_version,
        environment: ticket.environment,
        error_type: ticket.error_type,
        capture: ticket.capture,
        customer: ticket.customer,
        metrics: ticket.metrics.into_iter().collect(),
        model: ticket.model,
        input_tokens: ticket.input_tokens,
        output_tokens: ticket.output_tokens,
        cost: ticket.cost,
        cost_currency: ticket.cost_currency,
        cost_source: ticket.cost_source,
        conversation: ticket.conversation,
        redactions: ticket.redactions,
        redactions_by: ticket.redactions_by.into_iter().collect(),
        trace_id: ticket.trace_id,
        span_id: ticket.span_id,
        received_at: Some(timestamp(ticket.received_at)),
        instance_id: ticket.instance_id,
        sequence: ticket.sequence,
    }
}

fn step(step: store::StoredStep) -> v1::Step {
    v1::Step {
        id: step.id,
        parent_id: step.parent_id,
        kind: step.kind,
        name: step.name,
        iteration: step.iteration,
        start_ms: step.start_ms,
        duration_ms: step.duration_ms,
        status: step.status,
        error_type: step.error_type,
    }
}

pub(super) fn ticket(ticket: store::TicketDetail) -> v1::GetTicketResponse {
    v1::GetTicketResponse {
        summary: Some(summary(ticket.summary)),
        steps: ticket.steps.into_iter().map(step).collect(),
        steps_beyond: ticket.steps_beyond,
        trace_json: ticket.trace_json,
        attributes: ticket.attributes.into_iter().collect(),
        executions: ticket.executions.into_iter().map(summary).collect(),
        feedback: ticket.feedback.into_iter().map(feedback).collect(),
    }
}

pub(super) fn feedback(feedback: store::StoredFeedback) -> v1::Feedback {
    v1::Feedback {
        tenant: feedback.tenant,
        ticket_id: feedback.ticket_id,
        execution_id: feedback.execution_id.map(|id| id.to_string()).unwrap_or_default(),
        name: feedback.name,
        source: feedback.source,
        given_at: Some(timestamp(feedback.given_at)),
        received_at: Some(timestamp(feedback.received_at)),
        score: feedback.score,
        label: feedback.label,
        comment: feedback.comment,
        customer: feedback.customer,
        id: feedback.id,
    }
}

fn named_count(store::NamedCount { name, count }: store::NamedCount) -> v1::NamedCount {
    v1::NamedCount { name, count }
}

pub(super) fn overview(
    overview: store::Overview,
    groups: Vec<store::OverviewGroup>,
) -> v1::GetOverviewResponse {
    let counts = |counts: Vec<store::NamedCount>| counts.into_iter().map(named_count).collect();
    // No tickets took no time: there is none, and not 0.
    let took = |seconds| duration(seconds).filter(|_| overview.total > 0);
    v1::GetOverviewResponse {
        total: overview.total,
        by_status: counts(overview.by_status),
        success_rate: overview.success_rate,
        duration_average: took(overview.duration_average_seconds),
        duration_p95: took(overview.duration_p95_seconds),
        errors: counts(overview.errors),
        by_category: counts(overview.by_category),
        input_tokens: overview.input_tokens,
        output_tokens: overview.output_tokens,
        lost: overview.lost,
        metrics_average: overview.metrics_average.into_iter().collect(),
        groups: groups.into_iter().map(group).collect(),
    }
}

fn group(group: store::OverviewGroup) -> v1::OverviewGroup {
    v1::OverviewGroup {
        start: group.start.map(timestamp),
        name: group.name,
        total: group.total,
        succeeded: group.succeeded,
        failed: group.failed,
        duration_average: duration(group.duration_average_seconds),
        duration_p95: duration(group.duration_p95_seconds),
        confidence_average: group.confidence_average,
        input_tokens: group.input_tokens,
        output_tokens: group.output_tokens,
    }
}

pub(super) fn tenant(tenant: store::TenantSettings) -> v1::Tenant {
    v1::Tenant {
        name: tenant.name.to_string(),
        display_name: tenant.display_name,
        capture: tenant.capture.to_string(),
        trace_days: tenant.trace_days,
        metrics_days: tenant.metrics_days,
        deny_keys: tenant.deny_keys.to_vec(),
        drop_messages: tenant.drop_messages,
        subject: tenant.subject.to_string(),
        max_records_per_second: tenant.limits.records_per_second.map(NonZeroU32::get),
        max_bytes_per_second: tenant.limits.bytes_per_second.map(NonZeroU64::get),
        max_records_per_day: tenant.limits.records_per_day.map(NonZeroU64::get),
        created_at: Some(timestamp(tenant.created_at)),
    }
}

pub(super) fn key(key: store::Key) -> v1::Key {
    v1::Key {
        id: key.id.to_string(),
        tenant: key.tenant.map(|tenant| tenant.to_string()).unwrap_or_default(),
        scope: key.scope.to_string(),
        note: key.note,
        created_at: Some(timestamp(key.created_at)),
        expires_at: key.expires_at.map(timestamp),
        revoked_at: key.revoked_at.map(timestamp),
        last_used_at: key.used_at.map(timestamp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_reads_back_as_itself() {
        for nanos in [0, 1, NANOS, 1_700_000_000_123_456_789, u64::MAX] {
            let there = timestamp(Timestamp::from_unix_nanos(nanos));
            let back = time("since", Some(there)).unwrap().unwrap();
            assert_eq!(back.as_unix_nanos(), nanos);
        }
        assert_eq!(time("since", None).unwrap(), None);
    }

    #[test]
    fn a_time_that_cannot_be_is_an_argument_error() {
        for (seconds, nanos) in [(-1, 0), (0, -1), (0, 1_000_000_000), (i64::MAX, 0)] {
            let there = prost_types::Timestamp { seconds, nanos };
            let status = time("since", Some(there)).unwrap_err();
            assert_eq!(status.code(), tonic::Code::InvalidArgument);
            assert!(status.message().starts_with("since: "));
        }
    }
}
