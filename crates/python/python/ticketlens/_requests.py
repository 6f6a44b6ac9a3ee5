"""Ended spans and log records → requests of OTLP, as the core reads them."""

from typing import Any, Callable

from . import _wire

_CHUNK = 64
# Encoded in one go: other threads run between two.

_Encode = Callable[[list[Any]], bytes]


def encoders() -> "tuple[_Encode, _Encode]":
    """Of spans and of log records: OpenTelemetry's own, where it is installed."""
    try:
        from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
        from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    except ImportError:
        return _wire.spans, _wire.logs

    def spans(ended: "list[Any]") -> bytes:
        request: bytes = encode_spans(ended).SerializeToString()
        return request

    def logs(records: "list[Any]") -> bytes:
        request: bytes = encode_logs(records).SerializeToString()
        return request

    return spans, logs


def encode(
    encode_spans: _Encode, encode_logs: _Encode, spans: "list[Any]", logs: "list[Any]"
) -> "tuple[list[bytes], list[bytes], int]":
    """The requests, and how many spans and log records could not be written."""
    requests, unreadable = _requests(encode_spans, spans)
    log_requests, unreadable_logs = _requests(encode_logs, logs)
    return requests, log_requests, unreadable + unreadable_logs


def _requests(encode: _Encode, items: "list[Any]") -> "tuple[list[bytes], int]":
    requests, unreadable = [], 0
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        try:
            requests.append(encode(chunk))
        except Exception:
            # One of them is at fault: the others are written one by one.
            for item in chunk:
                try:
                    requests.append(encode([item]))
                except Exception:
                    unreadable += 1
    return requests, unreadable
