"""What went wrong: said once in the log, and raised nowhere.

No line holds anybody's text: the calls and options it names are the program's own, and what a value
was is never shown.
"""

import logging

from . import _core

logger = logging.getLogger("ticketlens")

CAUGHT = (Exception, _core.Panic)
"""What of ours must not reach the workflow. A `KeyboardInterrupt` is not ours."""

_MOST = 256
_said: set[str] = set()


def once(message: str) -> None:
    """Logs a warning, unless it was logged before in this process or its parents."""
    if message in _said or len(_said) >= _MOST:
        return
    _said.add(message)
    try:
        logger.warning("%s", message)
    except Exception:  # noqa: S110 - a handler of the application's that fails, at its end perhaps
        pass


def misused(call: str, error: BaseException) -> None:
    """Says that a call did nothing, and why."""
    if isinstance(error, _core.Misuse):
        once(f"{call}: {error}")
    elif isinstance(error, _core.Panic):
        once(f"{call} failed: a bug in ticketlens")
    else:
        # The text of any other exception may quote what was given.
        once(f"{call} does not take what it was given ({class_of(error)}): it did nothing")


def class_of(error: BaseException) -> str:
    """The name of its class; not as a metaclass of the workflow's tells it, which may raise."""
    return str(type.__dict__["__name__"].__get__(type(error)))
