"""What an exception says of a ticket or a step: which status it means, and how it is told."""

import traceback
from typing import Any

_CANCELLING = (KeyboardInterrupt, SystemExit, GeneratorExit)
# asyncio's, trio's and gevent's, without importing any.
_CANCELLING_NAMES = ("CancelledError", "Cancelled", "GreenletExit", "Timeout")

_FRAMES = 64
_STACK = 32 * 1024
_EXCEPTIONS = 64


UNKNOWN = "_OTHER"
"""OpenTelemetry's word for a failure of which no more is known."""


def is_cancellation(error: BaseException) -> bool:
    """Whether it ends the work from outside, and is no failure of the work. A group is, if all in it are."""
    left, seen = [error], 0
    while left:
        one = left.pop()
        seen += 1
        group = _group(one)
        if seen > _EXCEPTIONS or not (group or _cancels(type(one))):
            return False
        left += group
    return True


def _cancels(cls: "type[BaseException]") -> bool:
    return issubclass(cls, _CANCELLING) or _is_named(cls, _CANCELLING_NAMES)


def _group(error: BaseException) -> "tuple[BaseException, ...]":
    """What is in a group, by the name of its class: Python 3.10 has none of its own. Other exceptions may
    have `exceptions` too, which are anything."""
    if not _has_name(type(error), ("BaseExceptionGroup",)):
        return ()
    try:
        return tuple(error.exceptions)  # type: ignore[attr-defined, unused-ignore]
    except Exception:
        return ()


def _is_named(cls: "type[BaseException]", names: "tuple[str, ...]") -> bool:
    """Whether it, or what it derives from, has such a name, and is no `Exception`."""
    return not issubclass(cls, Exception) and _has_name(cls, names)


def _has_name(cls: type, names: "tuple[str, ...]") -> bool:
    # Not as a metaclass of the workflow's tells them, which may raise.
    of_type = type.__dict__
    return any(of_type["__name__"].__get__(base) in names for base in of_type["__mro__"].__get__(cls))


def _kind(error: BaseException) -> str:
    """`module.Class`, and of what is built in the class alone."""
    cls = type(error)
    try:
        return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    except Exception:
        # A metaclass of the workflow's.
        return "exception"


def told(error: Any, message: Any, stack: Any) -> "tuple[Any, Any, Any]":
    """What a failure is called, what it says and where it was; an exception tells what is not given."""
    if error is None:
        return UNKNOWN, message, stack
    # By its own class, whatever it says that this is.
    if not issubclass(type(error), BaseException):
        return error, message, stack
    named, said, where = _described(error)
    return named, said if message is None else message, where if stack is None else stack


def _described(error: BaseException) -> "tuple[str, str, str]":
    """Its class, what it says, and its stack; raw, for the gate to clean."""
    try:
        message = str(error)
    except Exception:
        message = ""
    return _kind(error), message, _stack(error, message)


def _stack(error: BaseException, message: str) -> str:
    tell_all: Any = traceback.format_exception
    try:
        if len(message) <= _STACK and _are_few(error):
            return "".join(tell_all(type(error), error, error.__traceback__, limit=-_FRAMES))[-_STACK:]
    except Exception:  # noqa: S110 - what it is made of can't be told; where it was can
        pass
    try:
        return "".join(traceback.format_tb(error.__traceback__, limit=-_FRAMES))[-_STACK:]
    except Exception:
        return ""


def _are_few(error: BaseException) -> bool:
    """Whether what belongs to it (causes, a group's) is told in little time."""
    found: "list[BaseException | None]" = [error]
    seen: "set[int]" = set()
    while found:
        one = found.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        group = _group(one)
        if len(seen) > _EXCEPTIONS or len(group) > _EXCEPTIONS:
            return False
        found += (one.__cause__, one.__context__, *group)
    return True
