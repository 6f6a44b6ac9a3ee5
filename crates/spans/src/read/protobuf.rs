//! OTLP in protobuf (opentelemetry-proto, `trace/v1/trace.proto` and `logs/v1/logs.proto`).

use std::sync::Arc;

use serde_json::{Map, Value};
use ticketlens_ticket::wire::{Any, Items, Malformed, Payload, Reader, key_value};

use super::{Grant, Read, code, has_remote_parent, kind};
use crate::{
    content::cut_name,
    limits::{DEPTH, NAME_BYTES},
    span::{Attributes, Event, Source, Span, SpanKey, SpanStatus},
};

type Result<T> = std::result::Result<T, Malformed>;

/// An `ExportTraceServiceRequest`.
pub(crate) fn traces(bytes: &[u8], grant: &mut Grant) -> Result<Read> {
    let mut read = Read::default();
    scopes(bytes, grant, |item, source, grant| {
        let before = grant.left();
        match span(item, source, grant)? {
            Some(span) if grant.fits(before) => read.spans.push(span),
            _ => {
                grant.fits(before);
                read.left_out += 1;
            }
        }
        Ok(())
    })?;
    Ok(read)
}

/// An `ExportLogsServiceRequest`, of which only records of spans are kept.
pub(crate) fn logs(bytes: &[u8], grant: &mut Grant) -> Result<Read> {
    let mut read = Read::default();
    scopes(bytes, grant, |item, _, grant| {
        let before = grant.left();
        if let Some(event) = record(item, grant)? {
            match grant.fits(before) {
                true => read.events.push(event),
                false => read.left_out += 1,
            }
        }
        Ok(())
    })?;
    Ok(read)
}

/// Walks resources and scopes, whose messages have the same fields for spans and for logs.
fn scopes(
    bytes: &[u8],
    grant: &mut Grant,
    mut each: impl FnMut(&[u8], &Arc<Source>, &mut Grant) -> Result<()>,
) -> Result<()> {
    let mut resources = Items::new(bytes);
    while let Some(resource_items) = resources.next()? {
        let resource = Arc::new(match message(resource_items, 1)? {
            Some(resource) => attributes(resource, 1, grant)?,
            None => Attributes::default(),
        });
        let mut fields = Reader::new(resource_items);
        while let Some(field) = fields.next()? {
            let (2, Payload::Bytes(scope_items)) = field else { continue };
            let source = Arc::new(source(scope_items, &resource)?);
            grant.take(size_of::<Source>() + source.scope.len() + source.scope_version.len());
            let mut items = Reader::new(scope_items);
            while let Some(field) = items.next()? {
                if let (2, Payload::Bytes(item)) = field {
                    each(item, &source, grant)?;
                }
            }
        }
    }
    Ok(())
}

fn source(scope_items: &[u8], resource: &Arc<Attributes>) -> Result<Source> {
    let mut source = Source { resource: resource.clone(), ..Source::default() };
    if let Some(scope) = message(scope_items, 1)? {
        let mut fields = Reader::new(scope);
        while let Some(field) = fields.next()? {
            match field {
                (1, Payload::Bytes(name)) => source.scope = name_of(name),
                (2, Payload::Bytes(version)) => source.scope_version = name_of(version),
                _ => {}
            }
        }
    }
    Ok(source)
}

/// The bytes of a message's field that is a message; of several, the last.
fn message(bytes: &[u8], number: u32) -> Result<Option<&[u8]>> {
    let (mut fields, mut found) = (Reader::new(bytes), None);
    while let Some((n, payload)) = fields.next()? {
        match payload {
            Payload::Bytes(message) if n == number => found = Some(message),
            _ if n == number => return Err(Malformed),
            _ => {}
        }
    }
    Ok(found)
}

fn span(bytes: &[u8], source: &Arc<Source>, grant: &mut Grant) -> Result<Option<Span>> {
    let mut span = Span {
        key: ([0; 16], [0; 8]),
        parent: None,
        has_remote_parent: false,
        name: String::new(),
        kind: kind(0),
        start: 0,
        end: 0,
        status: SpanStatus::default(),
        attributes: Attributes::default(),
        events: Vec::new(),
        dropped_attributes: 0,
        source: source.clone(),
    };
    grant.take_span();
    let mut pairs = Vec::new();
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (1, Payload::Bytes(id)) => span.key.0 = fixed(id),
            (2, Payload::Bytes(id)) => span.key.1 = fixed(id),
            (4, Payload::Bytes(id)) => span.parent = Some(fixed(id)).filter(|id| *id != [0; 8]),
            (5, Payload::Bytes(name)) if grant.take(name.len()) => span.name = text(name),
            (6, Payload::Varint(number)) => span.kind = kind(number),
            (7, Payload::Fixed64(nanos)) => span.start = nanos,
            (8, Payload::Fixed64(nanos)) => span.end = nanos,
            (9, Payload::Bytes(pair)) => attribute(pair, grant, &mut pairs)?,
            (10, Payload::Varint(count)) => span.dropped_attributes = count,
            (11, Payload::Bytes(event)) => span.events.extend(event_of(event, grant)?),
            (15, Payload::Bytes(status)) => span.status = status_of(status, grant)?,
            (16, Payload::Fixed32(flags)) => {
                span.has_remote_parent = has_remote_parent(flags.into());
            }
            (5, Payload::Bytes(_)) => {}
            (1 | 2 | 4 | 5 | 9 | 11 | 15, _) => return Err(Malformed),
            _ => {}
        }
    }
    span.attributes = Attributes::new(pairs);
    Ok((span.key.1 != [0; 8]).then_some(span))
}

fn status_of(bytes: &[u8], grant: &mut Grant) -> Result<SpanStatus> {
    let mut status = SpanStatus::default();
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (2, Payload::Bytes(said)) if grant.take(said.len()) => status.message = text(said),
            (3, Payload::Varint(number)) => status.code = code(number),
            _ => {}
        }
    }
    Ok(status)
}

fn event_of(bytes: &[u8], grant: &mut Grant) -> Result<Option<Event>> {
    let mut name = String::new();
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.next()? {
        if let (2, Payload::Bytes(called)) = field
            && grant.take(called.len())
        {
            name = text(called);
        }
    }
    let fits = grant.take(size_of::<Event>());
    let attributes = attributes(bytes, 3, grant)?;
    Ok(fits.then_some(Event { time: 0, name, attributes, body: Value::Null }))
}

fn record(bytes: &[u8], grant: &mut Grant) -> Result<Option<(SpanKey, Event)>> {
    let mut key: SpanKey = ([0; 16], [0; 8]);
    let (mut name, mut body) = (String::new(), Value::Null);
    let (mut time, mut observed) = (0, 0);
    let mut pairs = Vec::new();
    let mut fields = Reader::new(bytes);
    while let Some(field) = fields.next()? {
        match field {
            (5, Payload::Bytes(any)) => body = value(any, DEPTH, grant)?,
            (6, Payload::Bytes(pair)) => attribute(pair, grant, &mut pairs)?,
            (9, Payload::Bytes(id)) => key.0 = fixed(id),
            (10, Payload::Bytes(id)) => key.1 = fixed(id),
            (12, Payload::Bytes(called)) if grant.take(called.len()) => name = text(called),
            (1, Payload::Fixed64(nanos)) => time = nanos,
            (11, Payload::Fixed64(nanos)) => observed = nanos,
            (12, Payload::Bytes(_)) => {}
            (1 | 5 | 6 | 9..=12, _) => return Err(Malformed),
            _ => {}
        }
    }
    grant.take(size_of::<(SpanKey, Event)>());
    let attributes = Attributes::new(pairs);
    if let (true, Some(called)) = (name.is_empty(), attributes.text("event.name")) {
        name = called.to_owned();
    }
    // Not every SDK says when a record was made; each says when it saw it.
    let time = if time > 0 { time } else { observed };
    Ok((key.1 != [0; 8]).then_some((key, Event { time, name, attributes, body })))
}

/// The attributes that are a message's field of that number.
fn attributes(bytes: &[u8], number: u32, grant: &mut Grant) -> Result<Attributes> {
    let mut pairs = Vec::new();
    let mut fields = Reader::new(bytes);
    while let Some((n, payload)) = fields.next()? {
        if let (true, Payload::Bytes(pair)) = (n == number, payload) {
            attribute(pair, grant, &mut pairs)?;
        }
    }
    Ok(Attributes::new(pairs))
}

fn attribute(bytes: &[u8], grant: &mut Grant, pairs: &mut Vec<(String, Value)>) -> Result<()> {
    let (key, any) = key_value(bytes)?;
    if grant.take(size_of::<(String, Value)>() + key.len()) {
        pairs.push((text(key), value(any, DEPTH, grant)?));
    }
    Ok(())
}

/// An `AnyValue` as JSON. What does not fit, or is nested too deep, is null.
fn value(bytes: &[u8], depth: usize, grant: &mut Grant) -> Result<Value> {
    let any = Any::read(bytes)?;
    Ok(match any {
        Any::Bool(truth) => truth.into(),
        Any::Int(number) => number.into(),
        Any::Double(number) => number.into(),
        Any::Text(bytes) if grant.take_text(bytes) => text(bytes).into(),
        Any::List(bytes) if depth > 0 => {
            let (mut items, mut list) = (Items::new(bytes), Vec::new());
            while let Some(item) = items.next()? {
                if !grant.take(size_of::<Value>()) {
                    break;
                }
                list.push(value(item, depth - 1, grant)?);
            }
            list.into()
        }
        Any::Map(bytes) if depth > 0 => {
            let (mut items, mut map) = (Items::new(bytes), Map::new());
            while let Some(pair) = items.next()? {
                let (key, any) = key_value(pair)?;
                if !grant.take(2 * size_of::<(String, Value)>() + key.len()) {
                    break;
                }
                map.insert(text(key), value(any, depth - 1, grant)?);
            }
            map.into()
        }
        Any::Empty | Any::Text(_) | Any::List(_) | Any::Map(_) | Any::Bytes(_) => Value::Null,
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn name_of(bytes: &[u8]) -> String {
    let mut name = text(&bytes[..bytes.len().min(NAME_BYTES)]);
    cut_name(&mut name);
    name
}

/// An id; one of another length is none.
fn fixed<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().unwrap_or([0; N])
}
