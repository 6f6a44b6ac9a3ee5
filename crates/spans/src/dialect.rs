//! Who wrote a span, and what it says in that instrumentation's words. One file a dialect; what is
//! common to all is here. A dialect is recognised by what it alone writes, never by a span's name.

mod attribute;
mod document;

mod genai;
mod google_adk;
mod openinference;
mod pydantic_ai;
mod strands;
mod traceloop;
mod vercel_ai;

use serde_json::Value;

use crate::{
    content::{cut_name, structured},
    exception,
    limits::OTHER_ATTRIBUTES,
    seen::{Role, Seen},
    span::Span,
};

/// A dialect: what a span says, if it is one of its own.
type Dialect = fn(&Span) -> Option<Seen>;

/// The special before the general: most of them write OpenTelemetry's names too.
const DIALECTS: [Dialect; 7] = [
    // Their own words say more than what a processor adds to them.
    pydantic_ai::read,
    google_adk::read,
    openinference::read,
    vercel_ai::read,
    strands::read,
    traceloop::read,
    genai::read,
];

/// Where the conversation's id stands, in the order of trust.
const CONVERSATION: [&str; 9] = [
    "gen_ai.conversation.id",
    "session.id",
    "traceloop.association.properties.session_id",
    "traceloop.association.properties.thread_id",
    "traceloop.association.properties.conversation_id",
    "ai.telemetry.metadata.sessionId",
    "ai.settings.context.sessionId",
    "langfuse.session.id",
    "gcp.vertex.agent.session_id",
];

/// Where the user's id stands.
const USER: [&str; 6] = [
    "user.id",
    "enduser.id",
    "traceloop.association.properties.user_id",
    "ai.telemetry.metadata.userId",
    "ai.settings.context.userId",
    "langfuse.user.id",
];

/// What a span says.
pub(crate) fn read(span: &Span) -> Seen {
    let read = DIALECTS.iter().find_map(|read| read(span));
    let mut seen = read.unwrap_or_else(|| unknown(span));
    seen.conversation = seen.conversation.or_else(|| span.any_text(&CONVERSATION));
    seen.user = seen.user.or_else(|| span.any_text(&USER));
    for key in ["metadata", "gen_ai.request.metadata"] {
        let Some(Value::Object(metadata)) = span.get(key).and_then(structured) else { continue };
        let of = |key: &str| metadata.get(key).and_then(Value::as_str).map(str::to_owned);
        seen.conversation =
            seen.conversation.or_else(|| of("session_id")).or_else(|| of("thread_id"));
        seen.user = seen.user.or_else(|| of("user_id"));
    }
    cut_name(&mut seen.name);
    seen.agent.iter_mut().for_each(cut_name);
    seen
}

/// A span of the application's or of a library's, whose own attributes are what there is to see.
fn unknown(span: &Span) -> Seen {
    let mut seen = Seen::of(Role::Other, span.name.clone());
    seen.went = exception::went(span);
    let kept = span.attributes.iter().take(OTHER_ATTRIBUTES);
    seen.attributes = kept.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    seen
}
