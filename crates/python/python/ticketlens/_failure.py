"""What an exception says of a ticket or a step: which status it means, and how it is told."""

import traceback

_CANCELLING = (KeyboardInterrupt, SystemExit, GeneratorExit)
# asyncio's and trio's, without importing either.
_CANCELLING_NAMES = ("CancelledError", "Cancelled")

_FRAMES = 64
_STACK = 32 * 1024


def is_cancellation(error: BaseException) -> bool:
    """Whether it ends the work from outside, and is no failure of the work."""
    if isinstance(error, _CANCELLING):
        return True
    by_name = any(cls.__name__ in _CANCELLING_NAMES for cls in type(error).__mro__)
    return by_name and not isinstance(error, Exception)


def kind(error: BaseException) -> str:
    """`module.Class`, and of what is built in the class alone."""
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def describe(error: BaseException) -> "tuple[str, str, str]":
    """Its class, what it says, and its stack; raw, for the gate to clean."""
    try:
        message = str(error)
    except Exception:
        message = ""
    try:
        lines = traceback.format_exception(type(error), error, error.__traceback__, limit=-_FRAMES)
        stack = "".join(lines)[-_STACK:]
    except Exception:
        stack = ""
    return kind(error), message, stack
