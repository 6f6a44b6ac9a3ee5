"""Ended spans and log records → requests of OTLP, by OpenTelemetry's own encoder, as the core reads them."""

from typing import Any

_CHUNK = 64
# Encoded in one go: other threads run between two.


def log_encoder() -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    except ImportError:
        return None
    return encode_logs


def encode(
    encode_spans: Any, encode_logs: Any, spans: "list[Any]", logs: "list[Any]"
) -> "tuple[list[bytes], list[bytes], int]":
    requests, unreadable = _requests(encode_spans, spans)
    log_requests, _ = _requests(encode_logs, logs) if encode_logs else ([], 0)
    return requests, log_requests, unreadable


def _requests(encode: Any, items: "list[Any]") -> "tuple[list[bytes], int]":
    requests, unreadable = [], 0
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        try:
            requests.append(encode(chunk).SerializeToString())
        except Exception:
            # One of them is at fault: the others are written one by one.
            for item in chunk:
                try:
                    requests.append(encode([item]).SerializeToString())
                except Exception:
                    unreadable += 1
    return requests, unreadable


