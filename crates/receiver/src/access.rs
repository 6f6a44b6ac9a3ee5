//! Every request gets its id and its span, and when it is answered a line in the log: who, which route,
//! what came of it, how long it took. Never its path, its headers or its body.

use std::{
    collections::HashSet,
    sync::LazyLock,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::{MatchedPath, State},
    middleware::Next,
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use opentelemetry::{global, propagation::Extractor};
use prost::Message;
use prost_types::FileDescriptorSet;
use ticketlens_api::DESCRIPTOR;
use ticketlens_redact::Gate;
use tonic::Code;
use tracing::{Instrument, Span, error_span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::{
    otlp::{grpc, http::is_grpc},
    reply::{Refused, word},
    request_id::{CURRENT, HEADER, RequestId, trace_id},
};

/// What is asked every few seconds, and says nothing.
const PROBES: [&str; 5] =
    ["/healthz", "/readyz", "/statusz", "/metrics", "/grpc.health.v1.Health/{*rest}"];
/// A path that leads nowhere.
const NOWHERE: &str = "unmatched";

/// Answers a request, and writes its line.
pub(crate) async fn logged(
    State(gate): State<Gate>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = RequestId::of(request.headers(), &gate);
    let asked = Asked::of(&request);
    // At the level that is always there: whatever is logged within has it.
    let span = error_span!(
        "request",
        req_id = id.as_str(),
        route = asked.route,
        trace_id = trace_id(request.headers()),
        tenant = Empty,
        key_id = Empty,
        records = Empty,
        bytes = Empty,
    );
    continue_trace(&span, request.headers());
    request.extensions_mut().insert(id.clone());
    let answering = Refused::of(CURRENT.scope(id.clone(), next.run(request)));
    let (mut response, refused) = answering.instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(id.as_str()) {
        response.headers_mut().insert(HEADER, value);
    }
    span.in_scope(|| asked.tell(&response, refused, began.elapsed()));
    response
}

/// Has a request be a part of its sender's trace, where spans are sent anywhere.
fn continue_trace(span: &Span, headers: &HeaderMap) {
    if trace_id(headers).is_some() {
        let parent =
            global::get_text_map_propagator(|as_headers| as_headers.extract(&Named(headers)));
        // It fails where nobody makes spans of OpenTelemetry.
        let _ = span.set_parent(parent);
    }
}

/// Headers, as a propagator reads them.
struct Named<'h>(&'h HeaderMap);

impl Extractor for Named<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

/// What was asked, as far as it may be told.
struct Asked {
    route: String,
    is_grpc: bool,
    is_probe: bool,
}

impl Asked {
    fn of(request: &Request<Body>) -> Self {
        let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let is_grpc = is_grpc(request.headers());
        let path = matched.unwrap_or(NOWHERE);
        let is_probe = PROBES.contains(&path);
        let route = match METHODS.get(request.uri().path()) {
            Some(method) if is_grpc => method.clone(),
            _ if is_grpc => path.to_owned(),
            _ => format!("{} {path}", method(request.method())),
        };
        Self { route, is_grpc, is_probe }
    }

    fn tell(&self, response: &Response, within: Option<Refused>, took: Duration) {
        // Whoever asks HTTP in the name of gRPC is answered in HTTP.
        let is_grpc = self.is_grpc && is_grpc(response.headers());
        let status = status(response, is_grpc);
        let refused = response.extensions().get::<Refused>().copied();
        let refused = refused.or_else(|| refused_by(status, is_grpc));
        // A status says less than what it was made of; an answer may be good in spite of that.
        let refused = refused.map(|refused| within.unwrap_or(refused));
        let (error_code, retryable) =
            (refused.map(|refused| refused.code), refused.map(|refused| refused.retryable));
        let latency_ms = took.as_secs_f64() * 1e3;
        /// One line, at the level that the answer has.
        macro_rules! tell {
            ($level:ident, $message:literal) => {
                tracing::$level!(
                    name: "request.answered", status_code = status, latency_ms, error_code,
                    retryable, $message
                )
            };
        }
        match refused {
            None if self.is_probe => tell!(debug, "answered"),
            None => tell!(info, "answered"),
            Some(_) if self.is_probe => tell!(debug, "not done"),
            Some(_) if is_ours(status, is_grpc) => tell!(warn, "not done"),
            Some(_) => tell!(info, "refused"),
        }
    }
}

/// The calls that are served, as paths. Any other is told by its service alone.
static METHODS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let described = FileDescriptorSet::decode(DESCRIPTOR).unwrap_or_default();
    let mut methods = HashSet::from([grpc::EXPORT.to_owned()]);
    for file in &described.file {
        for service in &file.service {
            let path = |method: &str| format!("/{}.{}/{method}", file.package(), service.name());
            methods.extend(service.method.iter().map(|method| path(method.name())));
        }
    }
    methods
});

/// Methods have names of their senders' own, too.
fn method(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS
        | Method::PATCH => method.as_str(),
        _ => "OTHER",
    }
}

/// The gRPC code, where the answer begins with it, or the HTTP status.
fn status(response: &Response, is_grpc: bool) -> u16 {
    let code = |headers: &HeaderMap| headers.get("grpc-status")?.to_str().ok()?.parse().ok();
    match is_grpc {
        // An answer that begins well says how it ended behind its message.
        true => code(response.headers()).unwrap_or(0),
        false => response.status().as_u16(),
    }
}

/// Whether it is the receiver's own fault, or its database's.
const fn is_ours(status: u16, is_grpc: bool) -> bool {
    match is_grpc {
        true => matches!(
            status as i32,
            2 | 4 | 13 | 14 | 15 // UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE, DATA_LOSS
        ),
        false => status >= 500,
    }
}

/// What an answer says that nobody else said.
fn refused_by(status: u16, is_grpc: bool) -> Option<Refused> {
    if is_grpc {
        let code = Code::from_i32(status.into());
        let retryable = code == Code::Unavailable;
        return (code != Code::Ok).then(|| Refused { code: word(code), retryable });
    }
    let code = match status {
        ..400 => return None,
        404 => "not_found",
        405 => "wrong_method",
        400..500 => "refused",
        503 => "not_ready",
        _ => "failed",
    };
    Some(Refused { code, retryable: status == 503 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_are_told_by_names_of_ours_alone() {
        let route = |method: &str, path: &str, content_type: &str| {
            let request = Request::builder().method(method).uri(path);
            let request = request.header("content-type", content_type).body(Body::empty()).unwrap();
            Asked::of(&request).route
        };
        let list = "/ticketlens.v1.TicketService/ListTickets";
        assert_eq!(route("POST", list, "application/grpc"), list);
        assert_eq!(route("POST", grpc::EXPORT, "application/grpc+proto"), grpc::EXPORT);
        let other = "/ticketlens.v1.TicketService/Zebra";
        assert_eq!(route("POST", other, "application/grpc"), NOWHERE);
        assert_eq!(route("ZEBRA", "/zebra", "text/zebra"), "OTHER unmatched");
    }

    #[test]
    fn an_answer_tells_by_itself_what_went_wrong() {
        let told = |status| refused_by(status, false).map(|refused| refused.code);
        assert_eq!(
            [200, 304, 404, 413, 503, 500].map(told),
            [None, None, Some("not_found"), Some("refused"), Some("not_ready"), Some("failed"),]
        );
        let told = |code: Code| refused_by(code as u16, true);
        assert_eq!(told(Code::Ok), None);
        let refused = Refused { code: "unavailable", retryable: true };
        assert_eq!(told(Code::Unavailable), Some(refused));
        assert!(is_ours(14, true) && !is_ours(16, true) && is_ours(503, false));
    }
}
