"""`instrument()`: takes part in the application's OpenTelemetry, whenever and however it is set up."""

import functools
import os
import threading
import weakref
from typing import Any, Callable

from . import _gather, _hints, _process, _requests, _runs, _say
from ._lenient import lenient, number_to

_OTEL = "pip install opentelemetry-sdk"
_ATTRIBUTES = 1024
# Of a span of our own provider. The SDK's 128 are few for a conversation in numbered attributes.

_lock = threading.RLock()
_state: "dict[str, Any]" = {}
"""`spans` and `logs`, the processors; `wrapped`, the methods that were."""
_providers: "Any" = weakref.WeakSet()


@lenient
def instrument(
    tracer_provider: Any = None,
    logger_provider: Any = None,
    ticket_from: Any = None,
    wait: Any = None,
) -> bool:
    """Gathers the spans of each ticket from now on. Whether it does: OpenTelemetry may be missing."""
    try:
        _process.notice_fork()
        with _lock:
            if not _start():
                return False
            if wait is not None:
                _gather.wait = _seconds(wait)
            if ticket_from is not None:
                _from_runs(ticket_from)
            _join(tracer_provider)
            _join_logs(logger_provider)
            _join_global()
        return True
    except _say.CAUGHT as error:
        _say.misused("instrument", error)
        return False


@lenient
def uninstrument() -> None:
    """Gathers no more, and takes back what was added to OpenTelemetry's providers. Runs under way are sent as
    far as they have come."""
    try:
        _process.notice_fork()
        with _lock:
            _stop()
    except _say.CAUGHT as error:
        _say.misused("uninstrument", error)


def at_start() -> None:
    """For `opentelemetry-instrument`: with nothing to send to, nothing is done."""
    if os.environ.get("TICKETLENS_KEY") or os.environ.get("TICKETLENS_ENDPOINT"):
        instrument(ticket_from=os.environ.get("TICKETLENS_TICKET_FROM") or _runs.CONVERSATION)


def _forked() -> None:
    """In the child: whoever of the parent's held it is not here."""
    global _lock
    _lock = threading.RLock()


_process.on_fork(_forked)


def _start() -> bool:
    if "spans" in _state:
        return True
    try:
        from opentelemetry.sdk import trace as sdk

        from . import _spans
    except ImportError as error:
        missing = error.name or "a package"
        _say.once(f"instrument() needs {missing}, which is not installed: {_OTEL}")
        return False
    _gather.encode = functools.partial(_requests.encode, *_requests.encoders())
    _gather.heard, _gather.send_run, _gather.settle = _hints.heard, _runs.send, _settle
    _state["spans"], _state["wrapped"] = _spans.Gather(), []
    _watch(sdk.TracerProvider, "__init__", _join)
    _watch(sdk.TracerProvider, "add_span_processor", _stay)
    try:
        from opentelemetry.sdk._logs import LoggerProvider

        _state["logs"] = _spans.GatherLogs()
        _watch(LoggerProvider, "__init__", _join_logs)
    except ImportError:
        pass
    _gather.active = True
    return True


def _stop() -> None:
    if "spans" not in _state:
        return
    from . import _spans

    _gather.active = _spans.gathers_runs = False
    _runs.ticket_from = None
    for cls, name, former, ours in _state["wrapped"]:
        # Somebody may have wrapped it again.
        if getattr(cls, name) is ours:
            setattr(cls, name, former)
    for provider in list(_providers):
        processors = getattr(provider, "_active_span_processor", None)
        for added in (processors, getattr(provider, "_multi_log_record_processor", None)):
            for name in ("_span_processors", "_log_record_processors"):
                ours = (_state["spans"], _state.get("logs"))
                if hasattr(added, name):
                    setattr(added, name, tuple(one for one in getattr(added, name) if one not in ours))
        for sampled in (provider, *_tracers(provider)):
            if isinstance(getattr(sampled, "sampler", None), _spans.Record):
                sampled.sampler = sampled.sampler.own
    _providers.clear()
    _state.clear()
    _gather._settled.clear()
    # Nobody sees their spans end any more.
    _gather.gatherer.end_runs()


def _watch(cls: Any, name: str, then: "Callable[[Any], None]") -> None:
    """Does something with each provider after that method of it."""
    former = getattr(cls, name)

    @functools.wraps(former)
    def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = former(self, *args, **kwargs)
        if _gather.active:
            try:
                then(self)
            except _say.CAUGHT as error:
                _say.misused("instrument", error)
        return result

    _wrap(cls, name, watched)


def _wrap(cls: Any, name: str, ours: Any) -> None:
    _state["wrapped"].append((cls, name, getattr(cls, name), ours))
    setattr(cls, name, ours)


def _join(provider: Any) -> None:
    if provider is None or provider in _providers:
        return
    from opentelemetry.sdk.trace import TracerProvider

    from . import _spans

    if isinstance(provider, TracerProvider):
        _in_its_own_thread(provider)
        provider._active_span_processor.add_span_processor(_state["spans"])
        for sampled in (provider, *_tracers(provider)):
            if not isinstance(sampled.sampler, _spans.Record):
                sampled.sampler = _spans.Record(sampled.sampler)
    elif hasattr(provider, "add_span_processor"):
        provider.add_span_processor(_state["spans"])
    else:
        _say.once("instrument() was given a tracer_provider that takes no span processors")
        return
    _providers.add(provider)


def _stay(provider: Any) -> None:
    """Phoenix's provider throws the processors away that there are when it is given its first one."""
    if provider in _providers:
        processors = provider._active_span_processor
        if _state["spans"] not in getattr(processors, "_span_processors", (_state["spans"],)):
            processors.add_span_processor(_state["spans"])


def _in_its_own_thread(provider: Any) -> None:
    """Processors that are called by a pool's threads do not see whose span it is: ours is called before
    they are, where the span is made."""
    from opentelemetry.sdk.trace import ConcurrentMultiSpanProcessor, SynchronousMultiSpanProcessor

    others = provider._active_span_processor
    if isinstance(others, ConcurrentMultiSpanProcessor):
        all_of_them: Any = SynchronousMultiSpanProcessor
        provider._active_span_processor = all_of_them()
        provider._active_span_processor.add_span_processor(others)
        for tracer in _tracers(provider):
            tracer.span_processor = provider._active_span_processor


def _tracers(provider: Any) -> "list[Any]":
    """Those that it has made; each has the sampler that there was then."""
    return [tracer for tracer in list(getattr(provider, "_tracers", {}).values()) if hasattr(tracer, "sampler")]


def _join_logs(provider: Any) -> None:
    if provider is None or "logs" not in _state or provider in _providers:
        return
    if hasattr(provider, "add_log_record_processor"):
        provider.add_log_record_processor(_state["logs"])
        _providers.add(provider)


def _join_global() -> None:
    """What the application has set by now. Asking OpenTelemetry for it would make one in some cases."""
    from opentelemetry import trace

    provider = getattr(trace, "_TRACER_PROVIDER", None)
    if hasattr(provider, "add_span_processor"):
        _join(provider)
    try:
        from opentelemetry._logs import _internal

        _join_logs(getattr(_internal, "_LOGGER_PROVIDER", None))
    except ImportError:
        pass


def _settle() -> None:
    """The first ticket begins, or the first span of a run: there has to be a global provider now, even
    where a library has one to itself, as others' spans go to the global one."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider

    with _lock:
        _join_global()
    # Made by its constructor that is ours, it is joined as any other.
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=_ATTRIBUTES), shutdown_on_exit=False)
        if hasattr(trace, "_TRACER_PROVIDER"):
            # Not by the function that may be called once: the application may still call it.
            trace._TRACER_PROVIDER = provider
        else:
            trace.set_tracer_provider(provider)
    elif not _providers:
        _say.once("OpenTelemetry's global tracer provider takes no span processors: tickets see no spans")


def _from_runs(ticket_from: Any) -> None:
    from opentelemetry import trace

    from . import _spans

    if not callable(ticket_from) and not (isinstance(ticket_from, str) and ticket_from):
        _say.once("instrument: ticket_from is the name of an attribute, or a callable")
        return
    _runs.ticket_from = ticket_from
    if _spans.gathers_runs:
        return
    _spans.gathers_runs = True
    # Without a ticket, the first span is what tells that the application has set no provider.
    for name in ("start_span", "start_as_current_span"):
        _wrap(trace.ProxyTracer, name, _settled_first(getattr(trace.ProxyTracer, name)))


def _settled_first(former: Any) -> Any:
    @functools.wraps(former)
    def start(self: Any, *args: Any, **kwargs: Any) -> Any:
        _gather.settle_once()
        return former(self, *args, **kwargs)

    return start


def _seconds(wait: Any) -> float:
    number = number_to(300, wait)
    if number is not None:
        return number
    _say.once("instrument: wait is a number of seconds from 0 to 300; it stays as it was")
    return _gather.wait
