//! A record in the making: what is required, and what follows from the rest.

use std::borrow::Cow;

use crate::{Capture, CurrencyCode, ExecutionId, ModelCall, Record, Reject, Timestamp};

/// A record whose required parts may still be missing.
pub(super) struct Draft<'a> {
    pub(super) record: Record<'a>,
    pub(super) execution_id: Option<ExecutionId>,
    pub(super) duration: Option<f64>,
    /// It says a cost that is none.
    pub(super) has_no_cost: bool,
}

impl<'a> Draft<'a> {
    pub(super) fn new(executed_at: Timestamp) -> Self {
        const NONE: Cow<'static, str> = Cow::Borrowed("");
        let record = Record {
            // Replaced when all of it is read.
            execution_id: ExecutionId::NIL,
            ticket_id: NONE,
            executed_at,
            duration_seconds: 0.0,
            status: NONE,
            category: NONE,
            error_type: NONE,
            capture: Capture::FullTrace,
            customer: NONE,
            sequence: None,
            open: None,
            workflow: NONE,
            workflow_version: NONE,
            environment: NONE,
            instance: NONE,
            model: NONE,
            input_tokens: None,
            output_tokens: None,
            calls: ModelCall::default(),
            cost: None,
            cost_currency: CurrencyCode::USD,
            conversation: NONE,
            agent: NONE,
            agent_workflow: NONE,
            redactions: 0,
            redactions_by: Vec::new(),
            trace_id: None,
            span_id: None,
            metrics: Vec::new(),
            attributes: Vec::new(),
            steps: Vec::new(),
            steps_beyond: 0,
            trace_json: String::new(),
        };
        Self { record, execution_id: None, duration: None, has_no_cost: false }
    }

    /// The record, and its execution's id if it was sent with one.
    pub(super) fn finish(self) -> Result<(Record<'a>, Option<ExecutionId>), Reject> {
        let Self { mut record, execution_id, duration, has_no_cost } = self;
        if has_no_cost {
            record.cost = None;
        }
        if record.ticket_id.trim().is_empty() {
            return Err(Reject::MissingTicketId);
        }
        if record.status.is_empty() {
            return Err(Reject::MissingStatus);
        }
        record.duration_seconds = duration.ok_or(Reject::MissingDuration)?;
        Ok((record, execution_id))
    }
}
