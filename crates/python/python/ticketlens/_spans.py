"""How OpenTelemetry's SDK is listened to: a processor of spans, one of log records, and a sampler.

Nothing is taken away and nothing is changed: spans go on to where they went before. This file is
imported by `instrument` alone, as it needs the SDK.
"""

from typing import Any, Sequence

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult

try:
    from opentelemetry.sdk._logs import LogRecordProcessor
except ImportError:
    LogRecordProcessor = object  # type: ignore[misc, assignment, unused-ignore]

from . import _gather, _process, _runs, _say
from ._ticket import _current, steps_around

gathers_runs = False
"""Whether agents' runs outside of any ticket are gathered: `instrument(ticket_from=…)`."""


def _of_the_ticket(gatherer: Any) -> Any:
    """The gathering of the ticket whose `with` this code runs in. Until it is sent: a ticket that has
    ended still gets what its own tasks do."""
    ticket = _current.get()
    gathering = ticket._gathering if ticket is not None else None
    if gathering is None or gathering.closed or gathering.gatherer is not gatherer:
        return None
    return gathering


def _step_in(gathering: Any) -> Any:
    """The id of the innermost of that ticket's steps whose `with` this code runs in."""
    return next((step.id for step in steps_around() if step._ticket._gathering is gathering), None)


def _key(context: Any) -> "tuple[int, int]":
    return context.trace_id, context.span_id


class Gather(SpanProcessor):
    """Gives each span to the ticket that it belongs to: the current one; in threads that do not know
    it, its parent's."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        try:
            gatherer = _gather.gatherer
            parent = span.parent
            parent_key = _key(parent) if parent is not None else None
            gathering = _of_the_ticket(gatherer) or gatherer.of.get(parent_key)
            if gathering is None:
                if not gathers_runs or (parent is not None and not parent.is_remote):
                    return
                _process.notice_fork()
                gathering = _gather.gatherer.begin_run(_key(span.context), _runs.ticket_from)
            gathering.begin(_key(span.context), parent_key, _step_in(gathering))
        except _say.CAUGHT as error:
            _say.misused("a span's begin", error)

    def on_end(self, span: Any) -> None:
        try:
            key = _key(span.context)
            gathering = _gather.gatherer.of.get(key)
            if gathering is not None:
                gathering.end(key, span)
        except _say.CAUGHT as error:
            _say.misused("a span's end", error)

    def shutdown(self) -> None:
        """A provider that is shut down ends nobody's ticket."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


class Record(Sampler):
    """Has the spans of tickets recorded that the provider's own sampler drops: processors see them,
    and exporters do not, as they are not sampled."""

    def __init__(self, own: Any) -> None:
        self.own = own

    def should_sample(self, parent_context: Any, *args: Any, **kwargs: Any) -> Any:
        result = self.own.should_sample(parent_context, *args, **kwargs)
        try:
            if result.decision is Decision.DROP and _is_wanted(parent_context):
                attributes = kwargs["attributes"] if "attributes" in kwargs else _fourth(args)
                return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)
        except _say.CAUGHT as error:
            _say.misused("sampling", error)
        return result

    def get_description(self) -> str:
        return str(self.own.get_description())

    def __getattr__(self, name: str) -> Any:
        if name == "own":
            raise AttributeError(name)
        return getattr(self.own, name)


def _fourth(args: "Sequence[Any]") -> Any:
    # trace_id, name, kind, attributes
    return args[3] if len(args) > 3 else None


def _is_wanted(parent_context: Any) -> bool:
    gatherer = _gather.gatherer
    if _of_the_ticket(gatherer) is not None:
        return True
    parent = trace.get_current_span(parent_context).get_span_context()
    if not parent.is_valid or parent.is_remote:
        return gathers_runs
    return _key(parent) in gatherer.of


class GatherLogs(LogRecordProcessor):  # type: ignore[misc, unused-ignore]
    """Gives what is said in log records about a model's call to the ticket that the call is of."""

    def on_emit(self, log_record: Any) -> None:
        try:
            record = log_record.log_record
            if not _is_gen_ai(record):
                return
            gatherer = _gather.gatherer
            gathering = gatherer.of.get((record.trace_id, record.span_id)) or _of_the_ticket(gatherer)
            if gathering is not None:
                gathering.log(log_record)
        except _say.CAUGHT as error:
            _say.misused("a log record", error)

    # Its name in older versions of the SDK.
    emit = on_emit

    def shutdown(self) -> None:
        """A provider that is shut down ends nobody's ticket."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True


def _is_gen_ai(record: Any) -> bool:
    name = getattr(record, "event_name", None) or (record.attributes or {}).get("event.name")
    return isinstance(name, str) and name.startswith("gen_ai.")
