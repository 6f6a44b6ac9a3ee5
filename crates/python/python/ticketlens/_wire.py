"""Ended spans and log records → OTLP in protobuf, where OpenTelemetry's own encoder is not installed.

Instrumentations bring the SDK and not the encoder, which is a part of the exporters. Only what the core
reads is written; a test compares it with what the encoder writes.
"""

import struct
from typing import Any, Callable

_DEPTH = 16


def spans(ended: "list[Any]") -> bytes:
    """An `ExportTraceServiceRequest`."""
    return _request(ended, _span)


def logs(records: "list[Any]") -> bytes:
    """An `ExportLogsServiceRequest`."""
    return _request(records, _log)


def _request(items: "list[Any]", encode: "Callable[[Any], bytes]") -> bytes:
    by_sender: "dict[Any, list[Any]]" = {}
    for item in items:
        by_sender.setdefault((id(item.resource), id(item.instrumentation_scope)), []).append(item)
    parts = []
    for group in by_sender.values():
        resource, scope = group[0].resource, group[0].instrumentation_scope
        within = b"".join(_bytes(2, encode(item)) for item in group)
        if scope is not None:
            named = _text(1, scope.name) + _text(2, scope.version) + _attributes(3, getattr(scope, "attributes", None))
            within = _bytes(1, named) + within + _text(3, scope.schema_url)
        of_resource = _bytes(1, _attributes(1, resource.attributes)) if resource is not None else b""
        parts.append(_bytes(1, of_resource + _bytes(2, within)))
    return b"".join(parts)


def _span(span: Any) -> bytes:
    context, parent, status = span.context, span.parent, span.status
    parts = [
        _bytes(1, context.trace_id.to_bytes(16, "big")),
        _bytes(2, context.span_id.to_bytes(8, "big")),
        _bytes(4, parent.span_id.to_bytes(8, "big")) if parent is not None else b"",
        _text(5, span.name),
        _int(6, span.kind.value + 1),
        _fixed64(7, span.start_time),
        _fixed64(8, span.end_time),
        _attributes(9, span.attributes),
        _int(10, span.dropped_attributes),
        *(_bytes(11, _event(event)) for event in span.events),
        _int(12, span.dropped_events),
        *(_bytes(13, _link(link)) for link in span.links),
        _int(14, span.dropped_links),
        _bytes(15, _text(2, status.description) + _int(3, status.status_code.value)),
        # Whether the parent is another process's is known: bit 8, and it is: bit 9.
        _fixed32(16, 0x100 | (0x200 if parent is not None and parent.is_remote else 0)),
    ]
    return b"".join(parts)


def _event(event: Any) -> bytes:
    return _fixed64(1, event.timestamp) + _text(2, event.name) + _attributes(3, event.attributes)


def _link(link: Any) -> bytes:
    context = link.context
    ids = _bytes(1, context.trace_id.to_bytes(16, "big")) + _bytes(2, context.span_id.to_bytes(8, "big"))
    return ids + _attributes(4, link.attributes) + _fixed32(6, 0x100 | (0x200 if context.is_remote else 0))


def _log(emitted: Any) -> bytes:
    record = emitted.log_record
    severity = getattr(record.severity_number, "value", None)
    return b"".join(
        [
            _fixed64(1, record.timestamp),
            _int(2, severity),
            _text(3, record.severity_text),
            _bytes(5, _value(record.body, 0)),
            _attributes(6, record.attributes),
            _bytes(9, record.trace_id.to_bytes(16, "big")) if record.trace_id else b"",
            _bytes(10, record.span_id.to_bytes(8, "big")) if record.span_id else b"",
            _fixed64(11, record.observed_timestamp),
            _text(12, getattr(record, "event_name", None)),
        ]
    )


def _attributes(field: int, attributes: Any, depth: int = 0) -> bytes:
    if not attributes:
        return b""
    pairs = (_text(1, str(key)) + _bytes(2, _value(value, depth)) for key, value in attributes.items())
    return b"".join(_bytes(field, pair) for pair in pairs)


def _value(value: Any, depth: int) -> bytes:
    if value is None or depth > _DEPTH:
        return b""
    if isinstance(value, str):
        return _bytes(1, value.encode(errors="replace"))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        return b"\x18" + _varint(value & 0xFFFF_FFFF_FFFF_FFFF)
    if isinstance(value, float):
        return b"\x21" + struct.pack("<d", value)
    if isinstance(value, bytes):
        return _bytes(7, value)
    if hasattr(value, "items"):
        return _bytes(6, _attributes(1, value, depth + 1))
    if isinstance(value, (list, tuple)):
        return _bytes(5, b"".join(_bytes(1, _value(item, depth + 1)) for item in value))
    return _bytes(1, str(value).encode(errors="replace"))


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    parts = bytearray()
    while number >= 0x80:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _bytes(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text(field: int, text: "str | None") -> bytes:
    return _bytes(field, text.encode(errors="replace")) if text else b""


def _int(field: int, number: "int | None") -> bytes:
    return _varint(field << 3) + _varint(number) if number else b""


def _fixed64(field: int, number: "int | None") -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<Q", number) if number else b""


def _fixed32(field: int, number: int) -> bytes:
    return _varint(field << 3 | 5) + struct.pack("<I", number)
