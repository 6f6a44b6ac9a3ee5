"""The lens: what a process holds, one by default."""

import collections
import sys
import time
from typing import Any

from . import _core, _gather, _process, _say
from ._lenient import lenient, number_to
from ._ticket import Decorator, Ticket

_EXIT_TIMEOUT = 2.0
_DEADLINE = 5.0
_LOOK_EVERY = 10.0


class Lens:
    """A handle on a pipeline of its own: gate, queue, the thread that sends.

    It starts in the process that uses it. A forked child has another one, of the same options.
    """

    __slots__ = ("_pipeline", "_exit_timeout", "_running", "_look_at", "__weakref__")

    def __init__(self, **options: Any) -> None:
        """Starts it. Raises `ConfigError` with everything that is wrong."""
        self._prepare(options)
        self._pipeline.start()
        self._use()

    @classmethod
    def from_env(cls) -> "Lens":
        """From the environment. Never fails: what is wrong with it is logged, and turns it off."""
        lens = cls.__new__(cls)
        lens._prepare({})
        return lens

    def _prepare(self, options: "dict[str, Any]") -> None:
        _process.notice_fork()
        self._running = False
        self._look_at = 0.0
        self._exit_timeout = _exit_timeout(options.pop("exit_timeout", None))
        self._pipeline = _core.Pipeline(options)
        _process.add_lens(self)

    def _renew(self) -> None:
        """In a forked child."""
        self._running = False
        self._pipeline = self._pipeline.again()

    def _is_running(self) -> bool:
        return self._running

    def _use(self) -> Any:
        """This process's pipeline, started."""
        _process.notice_fork()
        pipeline = self._pipeline
        if not self._running:
            self._running = True
            for warning in pipeline.warnings():
                _say.once(warning)
            self._tell(pipeline, "TicketLens is turned off: ")
        return pipeline

    def _tell(self, pipeline: Any, what: str = "TicketLens, while sending: ") -> None:
        """Says what the sending thread came upon; it has no voice of its own."""
        error = pipeline.last_error()
        if error:
            _say.once(what + error)

    def _look(self) -> None:
        """The same, now and then, for programs that run for months."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY
            _process.watch_pools()
            self._tell(self._pipeline)

    @property
    def enabled(self) -> bool:
        """Whether tickets go anywhere."""
        return bool(self._use().is_enabled())

    @property
    def queued_bytes(self) -> int:
        """Bytes of tickets that wait and are under way, by their weight."""
        return int(self._use().queued_bytes())

    @lenient
    def ticket(self, id: Any, **options: Any) -> Any:
        """Begins a ticket, and its clock; with a callable as `id`, only a decorator."""
        return begin(lambda: self, id, options)

    @lenient
    def emit(self, log: Any) -> None:
        """Hands over a finished ticket, as a dict of the fields of a ticket log."""
        try:
            for hint in self._use().emit(log, active_span()):
                _say.once(hint)
            self._look()
        except _say.CAUGHT as error:
            _say.misused("emit", error)

    @lenient
    def feedback(
        self,
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
        if csat is not None:
            if not (name is None and score is None):
                _say.once("feedback: csat is a name and a score: the name and the score beside it were left out")
            name, score = "csat", csat
        given = {
            "ticket_id": ticket_id,
            "name": name,
            "score": score,
            "label": label,
            "comment": comment,
            "source": source,
            "execution_id": execution_id,
            "id": id,
            "given_at": given_at,
            "customer": customer,
        }
        try:
            for hint in self._use().feedback(given, known_pii):
                _say.once(hint)
            self._look()
        except _say.CAUGHT as error:
            _say.misused("feedback", error)

    def preview(self, log: Any) -> "dict[str, Any]":
        """What would leave of a ticket log, as `ticketlens redact --json` shows it; sends nothing.

        Raises `ValueError` for what is no ticket log.
        """
        try:
            return self._use().preview(log)  # type: ignore[no-any-return]
        except _core.Misuse as error:
            raise ValueError(str(error)) from None

    @lenient
    def stats(self) -> Any:
        """What became of this process's tickets and feedback so far."""
        pipeline = self._use()
        self._tell(pipeline)
        return pipeline.stats(self._runs_waiting())

    @lenient
    def flush(self, seconds: Any = _DEADLINE) -> Any:
        """Waits until what was emitted before has its answer, no longer than `seconds`."""
        pipeline = self._use()
        left, is_sent = _gather.drain(_deadline(seconds))
        report = pipeline.flush(left, is_sent or not self._waiting())
        self._tell(pipeline)
        return report

    @lenient
    def shutdown(self, seconds: Any = _DEADLINE) -> Any:
        """Takes no more tickets and sends what there is, in no more than `seconds`."""
        self._use()
        return self._shut(*_gather.drain(_deadline(seconds)))

    def _shut(self, seconds: float, is_sent: bool) -> Any:
        report = self._pipeline.shutdown(seconds, is_sent or not self._waiting())
        self._tell(self._pipeline)
        return report

    def _end(self, seconds: float) -> int:
        """The process ends, and what was seen of tickets has been handed over. How many are not sent."""
        report = self._shut(seconds, True)
        return int(report.left) + int(self._pipeline.waiting())

    def _waiting(self) -> int:
        """Tickets of its own that have ended and wait for spans."""
        return int(self._pipeline.waiting()) + self._runs_waiting()

    def _runs_waiting(self) -> int:
        """Runs that may become tickets of its own: they are the process's own lens's."""
        return _gather.gatherer.runs_waiting.used if self is _default.get("lens") else 0

    def __repr__(self) -> str:
        return f"<ticketlens.Lens {'running' if self._running else 'not started'}>"


_default: "dict[str, Lens]" = {}
# Replaced by configure(): their tickets under way still go there, and are sent at the end. One that
# is replaced eight times over sends what it has by itself.
_retired: "collections.deque[Lens]" = collections.deque(maxlen=8)


def default() -> Lens:
    """The process's own lens; from the environment, unless `configure` made it."""
    lens = _default.get("lens")
    return lens if lens is not None else _default.setdefault("lens", Lens.from_env())


def configure(**options: Any) -> Lens:
    """Makes the process's own lens; what is not given comes from the environment.

    Raises `ConfigError` with everything that is wrong; the lens there was stays then.
    """
    lens = Lens(**options)
    former = _default.get("lens")
    _default["lens"] = lens
    if former is not None and former._is_running():
        _retired.append(former)
    return lens


def begin(lens_of: Any, id: Any, options: "dict[str, Any]") -> Any:
    """A ticket under way, or a decorator where the id follows from a call's arguments."""
    if callable(id):
        return Decorator(_begin, lens_of, id, options)
    return _begin(lens_of, id, options)


def _begin(lens_of: Any, id: Any, options: "dict[str, Any]") -> Ticket:
    try:
        lens = lens_of()
        pipeline = lens._use()
        ticket = Ticket(pipeline, "" if id is None else id, active_span())
        ticket._gathering = _gather.begin(pipeline)
        lens._look()
    except _say.CAUGHT as error:
        _say.misused("ticket", error)
        ticket = Ticket(_core.Pipeline({"enabled": False, "read_env": False}), "", None)
    ticket._prepare(_begin, lens_of, options)
    _process.add_ticket(ticket)
    return ticket


def active_span() -> "tuple[int, int] | None":
    """Trace id and span id of OpenTelemetry's active span, where the program uses it."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    try:
        context = trace.get_current_span().get_span_context()
        return (context.trace_id, context.span_id) if context.is_valid else None
    except Exception:
        return None


def _deadline(seconds: Any) -> float:
    try:
        total = float(seconds.total_seconds() if hasattr(seconds, "total_seconds") else seconds)
        if total >= 0:
            return min(total, 1e9)
    except Exception:  # noqa: S110 - told below
        pass
    _say.once(f"a deadline is a number of seconds, 0 or more: {_DEADLINE} s was taken instead")
    return _DEADLINE


def _exit_timeout(seconds: Any) -> float:
    if seconds is None:
        return _EXIT_TIMEOUT
    number = number_to(1e6, seconds)
    if number is not None:
        return number
    raise _core.ConfigError("exit_timeout is not a number of seconds, 0 or more")
