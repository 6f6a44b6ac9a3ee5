//! OTLP/JSON (OTLP specification, "JSON Protobuf Encoding"), leniently: numbers may be texts,
//! enumerations may be names.

use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use serde_json::{Map, Value};

use super::{Grant, Read, code, has_remote_parent, kind};
use crate::{
    limits::{DEPTH, NAME_BYTES},
    span::{Attributes, Event, Source, Span, SpanKey, SpanStatus},
};

/// A request of traces, of logs, or of both; `None` if it is neither.
pub(crate) fn request(request: &Value, grant: &mut Grant) -> Option<Read> {
    let spans = any(request, ["resourceSpans", "resource_spans"]);
    let logs = any(request, ["resourceLogs", "resource_logs"]);
    if spans.is_none() && logs.is_none() {
        return None;
    }
    let mut read = Read::default();
    let spans = scopes(spans, ["scopeSpans", "scope_spans"], ["spans", "spans"], grant);
    for (item, source) in spans {
        let before = grant.left();
        match span(item, &source, grant) {
            Some(span) if grant.fits(before) => read.spans.push(span),
            _ => {
                grant.fits(before);
                read.left_out += 1;
            }
        }
    }
    let records = ["logRecords", "log_records"];
    for (item, _) in scopes(logs, ["scopeLogs", "scope_logs"], records, grant) {
        let before = grant.left();
        if let Some(event) = record(item, grant) {
            match grant.fits(before) {
                true => read.events.push(event),
                false => read.left_out += 1,
            }
        }
    }
    Some(read)
}

/// Every item of every scope, with what made it.
fn scopes<'v>(
    resources: Option<&'v Value>,
    scopes: [&str; 2],
    items: [&str; 2],
    grant: &mut Grant,
) -> Vec<(&'v Value, Arc<Source>)> {
    let mut found = Vec::new();
    for of_resource in list(resources) {
        let resource = any(of_resource, ["resource", "resource"]);
        let resource = Arc::new(attributes(resource, grant));
        for of_scope in list(any(of_resource, scopes)) {
            let scope = any(of_scope, ["scope", "scope"]);
            let part = |key| {
                let text = scope.and_then(|scope| scope[key].as_str()).unwrap_or_default();
                text[..text.floor_char_boundary(NAME_BYTES)].to_owned()
            };
            let source = Arc::new(Source {
                scope: part("name"),
                scope_version: part("version"),
                resource: resource.clone(),
            });
            grant.take(size_of::<Source>() + source.scope.len() + source.scope_version.len());
            found.extend(list(any(of_scope, items)).iter().map(|item| (item, source.clone())));
        }
    }
    found
}

fn span(item: &Value, source: &Arc<Source>, grant: &mut Grant) -> Option<Span> {
    let id = id(any(item, ["spanId", "span_id"])).filter(|id| *id != [0; 8])?;
    grant.take_span();
    let status = any(item, ["status", "status"]).unwrap_or(&Value::Null);
    let events = list(any(item, ["events", "events"])).iter();
    Some(Span {
        key: (self::id(any(item, ["traceId", "trace_id"])).unwrap_or_default(), id),
        parent: self::id(any(item, ["parentSpanId", "parent_span_id"])).filter(|id| *id != [0; 8]),
        has_remote_parent: has_remote_parent(number(item.get("flags"))),
        name: text(item.get("name"), grant),
        kind: kind(named(item.get("kind"), "SPAN_KIND_", &KINDS)),
        start: number(any(item, ["startTimeUnixNano", "start_time_unix_nano"])),
        end: number(any(item, ["endTimeUnixNano", "end_time_unix_nano"])),
        status: SpanStatus {
            code: code(named(status.get("code"), "STATUS_CODE_", &CODES)),
            message: text(status.get("message"), grant),
        },
        attributes: attributes(Some(item), grant),
        events: events.filter_map(|event| event_of(event, grant)).collect(),
        dropped_attributes: number(any(
            item,
            ["droppedAttributesCount", "dropped_attributes_count"],
        )),
        source: source.clone(),
    })
}

const KINDS: [&str; 6] = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"];
const CODES: [&str; 3] = ["UNSET", "OK", "ERROR"];

fn event_of(event: &Value, grant: &mut Grant) -> Option<Event> {
    let fits = grant.take(size_of::<Event>());
    let name = text(event.get("name"), grant);
    let attributes = attributes(Some(event), grant);
    fits.then_some(Event { time: 0, name, attributes, body: Value::Null })
}

fn record(item: &Value, grant: &mut Grant) -> Option<(SpanKey, Event)> {
    let span = id(any(item, ["spanId", "span_id"])).filter(|id| *id != [0; 8])?;
    let trace = id(any(item, ["traceId", "trace_id"])).unwrap_or_default();
    grant.take(size_of::<(SpanKey, Event)>());
    let attributes = attributes(Some(item), grant);
    let mut name = text(any(item, ["eventName", "event_name"]), grant);
    if let (true, Some(called)) = (name.is_empty(), attributes.text("event.name")) {
        name = called.to_owned();
    }
    let body = item.get("body").map(|body| value(body, DEPTH, grant)).unwrap_or_default();
    let time = ["time_unix_nano", "observed_time_unix_nano"].into_iter();
    let time = time.zip(["timeUnixNano", "observedTimeUnixNano"]);
    let mut times = time.map(|(proto, json)| number(any(item, [json, proto])));
    let time = times.find(|time| *time > 0).unwrap_or_default();
    Some(((trace, span), Event { time, name, attributes, body }))
}

fn attributes(of: Option<&Value>, grant: &mut Grant) -> Attributes {
    let mut pairs = Vec::new();
    for pair in list(of.and_then(|of| of.get("attributes"))) {
        let Some(key) = pair.get("key").and_then(Value::as_str) else { continue };
        if !grant.take(size_of::<(String, Value)>() + key.len()) {
            break;
        }
        let value = pair.get("value").map(|any| value(any, DEPTH, grant)).unwrap_or_default();
        pairs.push((key.to_owned(), value));
    }
    Attributes::new(pairs)
}

/// An `AnyValue`. What does not fit, or is nested too deep, is null.
fn value(any: &Value, depth: usize, grant: &mut Grant) -> Value {
    let Some((case, held)) = any.as_object().and_then(|any| any.iter().next()) else {
        return Value::Null;
    };
    match case.as_str() {
        "stringValue" | "string_value" | "bytesValue" | "bytes_value" => {
            text(Some(held), grant).into()
        }
        "boolValue" | "bool_value" => held.as_bool().into(),
        // Those that JSON has no numbers for (NaN, Infinity) are texts.
        "doubleValue" | "double_value" => match held {
            Value::Number(number) => number.clone().into(),
            _ => held.as_str().and_then(|text| text.parse::<f64>().ok()).into(),
        },
        "intValue" | "int_value" => match held {
            Value::Number(number) => number.clone().into(),
            _ => held.as_str().and_then(|text| text.parse::<i64>().ok()).into(),
        },
        "arrayValue" | "array_value" if depth > 0 => {
            let mut items = Vec::new();
            for item in list(held.get("values")) {
                if !grant.take(size_of::<Value>()) {
                    break;
                }
                items.push(value(item, depth - 1, grant));
            }
            items.into()
        }
        "kvlistValue" | "kvlist_value" if depth > 0 => {
            let mut map = Map::new();
            for pair in list(held.get("values")) {
                let Some(key) = pair.get("key").and_then(Value::as_str) else { continue };
                if !grant.take(2 * size_of::<(String, Value)>() + key.len()) {
                    break;
                }
                let held = pair.get("value").map(|any| value(any, depth - 1, grant));
                map.insert(key.to_owned(), held.unwrap_or_default());
            }
            map.into()
        }
        _ => Value::Null,
    }
}

/// A field under its name in JSON, or under the one in the proto file, which parsers must accept.
fn any<'v>(of: &'v Value, names: [&str; 2]) -> Option<&'v Value> {
    names.iter().find_map(|name| of.get(name))
}

fn list(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: Option<&Value>, grant: &mut Grant) -> String {
    let text = value.and_then(Value::as_str).unwrap_or_default();
    if grant.take_text(text.as_bytes()) { text.to_owned() } else { String::new() }
}

/// A number, which 64-bit ones are not in JSON.
fn number(value: Option<&Value>) -> u64 {
    match value {
        Some(Value::Number(number)) => number.as_u64().unwrap_or_default(),
        Some(Value::String(text)) => text.parse().unwrap_or_default(),
        _ => 0,
    }
}

/// An enumeration's number, given as one or by name.
fn named(value: Option<&Value>, prefix: &str, names: &[&str]) -> u64 {
    let Some(Value::String(name)) = value else { return number(value) };
    let bare = name.strip_prefix(prefix).unwrap_or(name);
    names.iter().position(|known| *known == bare).unwrap_or_default() as u64
}

/// An id in hex, as OTLP/JSON has it, or in base64, as protobuf's own JSON has bytes.
fn id<const N: usize>(value: Option<&Value>) -> Option<[u8; N]> {
    let text = value?.as_str()?.as_bytes();
    let fixed = |bytes: Vec<u8>| bytes.try_into().ok();
    let hex = HEXLOWER_PERMISSIVE.decode(text).ok().and_then(fixed);
    hex.or_else(|| BASE64.decode(text).ok().and_then(fixed))
}
