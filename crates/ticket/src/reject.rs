//! Why a record is not stored, and what its sender can do about it.

use std::fmt;

/// Why one record was rejected. The record's neighbours are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Reject {
    /// Not a protobuf `LogRecord`.
    Malformed,
    /// Another event than `ticket.completed` and `gen_ai.evaluation.result`.
    OtherEvent,
    /// The record claims a tenant.
    TenantClaimed,
    /// No `ticket.id`.
    MissingTicketId,
    /// `ticket.id` is too long.
    TicketIdTooLong,
    /// No `ticket.status`.
    MissingStatus,
    /// `ticket.status` does not match.
    InvalidStatus,
    /// No `ticket.duration`.
    MissingDuration,
    /// `ticket.duration` is NaN, infinite or negative.
    InvalidDuration,
    /// Neither `time_unix_nano` nor `observed_time_unix_nano`.
    MissingTime,
    /// Later than what ClickHouse can hold.
    TimeOutOfRange,
    /// `ticket.execution.id` is no UUID.
    InvalidExecutionId,
    /// Feedback without `gen_ai.evaluation.name`.
    MissingEvaluationName,
    /// Feedback without score, label or explanation, or a `csat` without score.
    MissingScore,
    /// `gen_ai.evaluation.score.value` is no finite number, or no `csat`'s.
    InvalidScore,
    /// `ticket.feedback.source` does not match.
    InvalidFeedbackSource,
    /// `ticket.feedback.id` is too long.
    FeedbackIdTooLong,
    /// Feedback that was given more than a day after now.
    FeedbackInFuture,
}

impl Reject {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Malformed,
        Self::OtherEvent,
        Self::TenantClaimed,
        Self::MissingTicketId,
        Self::TicketIdTooLong,
        Self::MissingStatus,
        Self::InvalidStatus,
        Self::MissingDuration,
        Self::InvalidDuration,
        Self::MissingTime,
        Self::TimeOutOfRange,
        Self::InvalidExecutionId,
        Self::MissingEvaluationName,
        Self::MissingScore,
        Self::InvalidScore,
        Self::InvalidFeedbackSource,
        Self::FeedbackIdTooLong,
        Self::FeedbackInFuture,
    ];

    /// The reason as a label: low-cardinality, stable.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OtherEvent => "other_event",
            Self::TenantClaimed => "tenant_claimed",
            Self::MissingTicketId => "missing_ticket_id",
            Self::TicketIdTooLong => "ticket_id_too_long",
            Self::MissingStatus => "missing_status",
            Self::InvalidStatus => "invalid_status",
            Self::MissingDuration => "missing_duration",
            Self::InvalidDuration => "invalid_duration",
            Self::MissingTime => "missing_time",
            Self::TimeOutOfRange => "time_out_of_range",
            Self::InvalidExecutionId => "invalid_execution_id",
            Self::MissingEvaluationName => "missing_evaluation_name",
            Self::MissingScore => "missing_score",
            Self::InvalidScore => "invalid_score",
            Self::InvalidFeedbackSource => "invalid_feedback_source",
            Self::FeedbackIdTooLong => "feedback_id_too_long",
            Self::FeedbackInFuture => "feedback_in_future",
        }
    }

    /// What the sender can do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Malformed => "the record is not a protobuf LogRecord; check the exporter",
            Self::OtherEvent => {
                "only event_name (eventName in JSON) \"ticket.completed\" and \
                 \"gen_ai.evaluation.result\" are taken, or the attribute event.name where an SDK \
                 cannot set it; filter other logs out before they are sent"
            }
            Self::TenantClaimed => {
                "the tenant comes from the key alone; remove client_id, tenant.id and \
                 ticketlens.tenant from the record and its resource"
            }
            Self::MissingTicketId => "set the string attribute ticket.id",
            Self::TicketIdTooLong => "ticket.id has at most 256 bytes",
            Self::MissingStatus => "set the string attribute ticket.status",
            Self::InvalidStatus => "ticket.status matches [A-Z][A-Z0-9_]{0,63}, e.g. SUCCESS",
            Self::MissingDuration => "set the double attribute ticket.duration, in seconds",
            Self::InvalidDuration => {
                "ticket.duration is a finite number of seconds that is not negative"
            }
            Self::MissingTime => {
                "set time_unix_nano (timeUnixNano in JSON) to when the execution finished"
            }
            Self::TimeOutOfRange => {
                "time_unix_nano (timeUnixNano in JSON) lies before the year 2262"
            }
            Self::InvalidExecutionId => {
                "ticket.execution.id is a UUID (version 7 is best); leave it out to have one derived"
            }
            Self::MissingEvaluationName => {
                "set the string attribute gen_ai.evaluation.name, e.g. csat"
            }
            Self::MissingScore => {
                "set gen_ai.evaluation.score.value, gen_ai.evaluation.score.label or \
                 gen_ai.evaluation.explanation; csat needs a score"
            }
            Self::InvalidScore => {
                "gen_ai.evaluation.score.value is a finite number, and from 1 to 5 where the name is csat"
            }
            Self::InvalidFeedbackSource => "ticket.feedback.source is HUMAN, MODEL or CODE",
            Self::FeedbackIdTooLong => "ticket.feedback.id has at most 256 bytes",
            Self::FeedbackInFuture => {
                "feedback cannot have been given more than a day from now: it would hide every \
                 correction until then; check time_unix_nano (given_at), or the sender's clock"
            }
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How many records of a request were rejected, by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejections([u64; Reject::ALL.len()]);

impl Rejections {
    /// Counts one.
    pub fn add(&mut self, reason: Reject) {
        self.0[reason as usize] += 1;
    }

    /// All of them.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Counts as many of one reason.
    pub fn add_all(&mut self, reason: Reject, count: u64) {
        self.0[reason as usize] += count;
    }

    /// The reasons that occurred, with what to do; for records that are none, why they are none
    /// where that is known.
    pub fn explained<'r>(&'r self, malformed: Option<&'r dyn fmt::Display>) -> impl fmt::Display {
        Explained { rejections: self, malformed }
    }

    /// The reasons that occurred, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Reject, u64)> + '_ {
        Reject::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

impl fmt::Display for Rejections {
    /// `2 missing_ticket_id (set the string attribute ticket.id); 1 …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Explained { rejections: self, malformed: None }.fmt(f)
    }
}

struct Explained<'r> {
    rejections: &'r Rejections,
    malformed: Option<&'r dyn fmt::Display>,
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, (reason, count)) in self.rejections.iter().enumerate() {
            let separator = if n == 0 { "" } else { "; " };
            write!(f, "{separator}{count} {reason} (")?;
            match self.malformed {
                Some(why) if reason == Reject::Malformed => write!(f, "{why})")?,
                _ => write!(f, "{})", reason.advice())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_counts_under_its_own_number() {
        for (number, reason) in Reject::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, number);
            let mut rejections = Rejections::default();
            rejections.add(reason);
            assert_eq!(rejections.iter().collect::<Vec<_>>(), [(reason, 1)]);
            assert_eq!(rejections.total(), 1);
        }
    }

    #[test]
    fn the_message_says_what_to_do() {
        let mut rejections = Rejections::default();
        rejections.add(Reject::MissingTicketId);
        rejections.add(Reject::MissingTicketId);
        let text = rejections.to_string();
        assert_eq!(text, "2 missing_ticket_id (set the string attribute ticket.id)");
        rejections.add_all(Reject::Malformed, 3);
        let text = rejections.explained(Some(&"traceId: not 32 hex digits")).to_string();
        assert!(text.starts_with("3 malformed (traceId: not 32 hex digits); 2 missing"), "{text}");
    }
}
