"""One structured log for every finished ticket of an AI agent.

    import ticketlens

    with ticketlens.ticket("4711", category="ORDER_STATUS", known_pii=[name, email]) as t:
        with t.step("tool", "lookup_order", input={"order": 7}) as step:
            step.output(lookup(7))
        t.metric("overall_confidence", 0.82)

What it does is the Rust client's, inside: the gate that redacts, the queue bounded in bytes, the thread
that sends. No call waits, and none raises into the workflow: what is wrong is said once by the logger
"ticketlens". Where to send, and with which key, comes from the environment or `configure()`.
"""

from typing import Any

from ._core import ConfigError, FlushReport, ShutdownReport, Stats, __version__
from ._core import build as _build
from ._instrument import instrument, uninstrument
from ._lenient import lenient as _lenient
from ._lens import Lens, begin, configure, default
from ._say import CAUGHT as _CAUGHT
from ._say import misused as _misused
from ._ticket import Decorator, Step, Ticket, current_ticket

__all__ = [
    "ConfigError",
    "Decorator",
    "FlushReport",
    "Lens",
    "ShutdownReport",
    "Stats",
    "Step",
    "Ticket",
    "__version__",
    "build",
    "configure",
    "current_ticket",
    "emit",
    "feedback",
    "flush",
    "instrument",
    "preview",
    "shutdown",
    "stats",
    "ticket",
    "uninstrument",
]


@_lenient
def ticket(id: Any, **options: Any) -> Any:
    """Begins a ticket of the default lens; with a callable as `id`, only a decorator."""
    return begin(default, id, options)


@_lenient
def emit(log: Any) -> None:
    """Hands over a finished ticket, as a dict of the fields of a ticket log."""
    default().emit(log)


@_lenient
def feedback(
    ticket_id: Any,
    *,
    csat: Any = None,
    name: Any = None,
    score: Any = None,
    label: Any = None,
    comment: Any = None,
    source: Any = None,
    execution_id: Any = None,
    id: Any = None,
    given_at: Any = None,
    customer: Any = None,
    known_pii: Any = None,
) -> None:
    """Hands over feedback on a ticket: a customer's rating, an evaluation."""
    default().feedback(
        ticket_id,
        csat=csat,
        name=name,
        score=score,
        label=label,
        comment=comment,
        source=source,
        execution_id=execution_id,
        id=id,
        given_at=given_at,
        customer=customer,
        known_pii=known_pii,
    )


@_lenient
def build(state: Any) -> "dict[str, Any]":
    """A workflow's state as a ticket log, for `emit`: plain JSON values, nothing redacted yet. Pure."""
    try:
        return _build(state)  # type: ignore[no-any-return]
    except _CAUGHT as error:
        _misused("build", error)
        return {}


def preview(log: Any) -> "dict[str, Any]":
    """What would leave of a ticket log, after the gate. Raises `ValueError` for what is none."""
    return default().preview(log)


@_lenient
def stats() -> Stats:
    """What became of this process's tickets and feedback so far."""
    return default().stats()


@_lenient
def flush(seconds: Any = 5.0) -> FlushReport:
    """Waits until what was emitted before has its answer, no longer than `seconds`."""
    return default().flush(seconds)


@_lenient
def shutdown(seconds: Any = 5.0) -> ShutdownReport:
    """Takes no more tickets and sends what there is, in no more than `seconds`."""
    return default().shutdown(seconds)
