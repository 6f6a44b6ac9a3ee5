"""What spans take while they are held, and what all of them take."""

import threading
from collections import deque
from typing import Any

_OF_A_SPAN = 512
_OF_A_VALUE = 64


class Room:
    """Bytes in use, counted by many threads of which none waits."""

    __slots__ = ("used", "_changes", "_lock")

    def __init__(self) -> None:
        self.used = 0
        self._changes: "deque[int]" = deque()
        self._lock = threading.Lock()

    def add(self, change: int) -> None:
        self._changes.append(change)
        # Who finds the lock taken leaves the change to its holder, who looks again afterwards.
        while self._changes and self._lock.acquire(blocking=False):
            try:
                while self._changes:
                    self.used += self._changes.popleft()
            finally:
                self._lock.release()


def weigh(span: Any) -> int:
    """About what holding an ended span takes."""
    attributes = getattr(span, "_attributes", None)
    # The SDK's own dict, where it has one: through its lock each value takes ten times as long.
    weight = _OF_A_SPAN + len(span.name) + _size(getattr(attributes, "_dict", span.attributes), 0)
    for event in span.events:
        weight += _OF_A_SPAN + len(event.name) + _size(event.attributes, 0)
    for link in span.links:
        weight += _OF_A_SPAN + _size(link.attributes, 0)
    description = span.status.description
    return weight + (len(description) if description else 0)


def weigh_record(record: Any) -> int:
    """About what holding a log record takes."""
    return _OF_A_SPAN + _size(record.attributes, 0) + _size(record.body, 0)


def _size(value: Any, depth: int) -> int:
    if isinstance(value, (str, bytes)):
        return _OF_A_VALUE + len(value)
    if value is None or isinstance(value, (bool, int, float)) or depth > 8:
        return _OF_A_VALUE
    if hasattr(value, "items"):
        weight = _OF_A_VALUE
        for key, item in value.items():
            weight += len(key) if isinstance(key, str) else 0
            weight += len(item) + _OF_A_VALUE if isinstance(item, str) else _size(item, depth + 1)
        return weight
    if isinstance(value, (list, tuple)):
        return _OF_A_VALUE + sum(_size(item, depth + 1) for item in value)
    return _OF_A_VALUE
