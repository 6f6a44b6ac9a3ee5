//! From redacted feedback to an OTLP log record (GenAI semantic conventions, the event
//! `gen_ai.evaluation.result`).

use super::pairs::{double_pair, int_pair, text_pair};
use crate::{RedactedFeedback, Severity, limits, names, wire::Writer};

/// Appends one encoded `LogRecord` of feedback, without tag and length. It is never too large: its
/// comment is cut to [`limits::COMMENT_BYTES`], its other texts to a label's length.
pub fn feedback_record(redacted: &RedactedFeedback, out: &mut Vec<u8>) {
    const ATTRIBUTE: u32 = 6;
    let feedback = &redacted.feedback;
    let mut record = Writer(out);
    record.fixed64_field(1, feedback.given_at.as_unix_nanos());
    record.varint_field(2, Severity::Info as u64);
    record.bytes_field(3, Severity::Info.as_str().as_bytes());
    let label = |text: &'_ str| limits::cut(text, limits::LABEL_BYTES).len();
    let mut text = |key: &str, value: &str| text_pair(&mut record, ATTRIBUTE, key, value);
    text(names::TICKET_ID, limits::cut(&feedback.ticket_id, limits::TICKET_ID_BYTES));
    if let Some(id) = feedback.execution_id {
        text(names::EXECUTION_ID, &id.to_string());
    }
    text(names::EVALUATION_NAME, &feedback.name[..label(&feedback.name)]);
    text(names::FEEDBACK_ID, limits::cut(&feedback.id, limits::FEEDBACK_ID_BYTES));
    if let Some(source) = feedback.source {
        text(names::FEEDBACK_SOURCE, source.as_str());
    }
    for (key, value) in
        [(names::SCORE_LABEL, &feedback.label), (names::CUSTOMER, &feedback.customer)]
    {
        if let Some(value) = value {
            text(key, &value[..label(value)]);
        }
    }
    if let Some(comment) = redacted.comment() {
        text(names::EXPLANATION, comment);
    }
    if let Some(score) = feedback.score.filter(|score| score.is_finite()) {
        double_pair(&mut record, ATTRIBUTE, names::SCORE_VALUE, score);
    }
    int_pair(&mut record, ATTRIBUTE, names::REDACTIONS, redacted.redactions().into());
    record.bytes_field(12, names::EVALUATION.as_bytes());
}
