"""The spans of tickets that are under way, until each ticket has all of its own.

Code of the workflow's calls in here whenever a span begins or ends, whatever it is doing: in a signal
handler, or while garbage is collected. So nothing on its way waits for a lock: it appends to a list,
sets a key of a dict, puts into a queue. What takes time happens on a thread of its own, which starts
with the first ticket that has spans: it waits for late ones, encodes them, and hands them to the core.

Memory is bounded in bytes, of all tickets and of each. A span that does not fit is left out and
counted, which the ticket's page tells.
"""

import _thread
import itertools
import queue
import threading
import time
from collections import deque
from typing import Any, Callable

from . import _say, _weight

BYTES = 64 * 1024 * 1024
"""What the spans of all tickets may hold, by the text in them."""
BYTES_OF_ONE = 16 * 1024 * 1024
"""What the spans of one may."""
SPANS_OF_ONE = 8192
RUNS = 8192
"""Runs under way at once; the oldest of more has ended."""
_OLD = 600.0
# Seconds after which a run is sent as it is where room is short.
_RESERVE = 1024 * 1024
# Outermost spans end last, and hold the others together: this is kept for them.

_SETTLE = 0.05
# A ticket that has no span open waits this long for one that is about to begin.
_SETTLING = 2.0

_Requests = tuple[list[bytes], list[bytes], int]

encode: "Callable[[list[Any], list[Any]], _Requests]" = lambda spans, logs: ([], [], len(spans))
"""Spans and log records as requests of OTLP, and how many of them could not be written. Set by
`instrument`."""

heard: "Callable[[Any], None]" = lambda told: None
"""Told what the core saw in a ticket's spans. Set by `instrument`."""


class Gathering:
    """What is gathered of one ticket, or of one run that becomes tickets."""

    __slots__ = (
        "gatherer", "root", "ticket_from", "keys", "open", "within", "ended", "closed", "began",
        "_spans", "_logs", "_used", "_left_out",
    )

    def __init__(self, gatherer: "Gatherer", root: Any = None, ticket_from: Any = None) -> None:
        self.gatherer = gatherer
        self.root = root
        """The span whose end is the run's; `None` of a ticket, which ends by itself."""
        self.ticket_from = ticket_from
        """What names the run's ticket, as it was asked for when the run began."""
        self.keys: "list[Any]" = []
        """Every span's that began in it."""
        self.open: "dict[Any, bool]" = {}
        """Those that have not ended, and whether each has a parent among the others."""
        self.within: "dict[int, str]" = {}
        """By a span's id, the step of the ticket's that it began in."""
        self.ended = False
        """The ticket has: it waits for what is open."""
        self.closed = False
        """It is sent: nothing is taken any more."""
        self.began = time.monotonic()
        self._spans: "deque[Any]" = deque()
        self._logs: "deque[Any]" = deque()
        self._used = 0
        self._left_out = itertools.count()

    def begin(self, key: Any, parent: Any, step: "str | None") -> None:
        """A span of it begins, within a step perhaps: where that is not known, within its parent's."""
        if len(self.keys) >= SPANS_OF_ONE:
            next(self._left_out)
            return
        if step is None and parent is not None:
            step = self.within.get(parent[1])
        if step is not None:
            self.within[key[1]] = step
        self.open[key] = parent in self.gatherer.of
        self.keys.append(key)
        self.gatherer.of[key] = self
        if self.closed:
            self._forget()

    def end(self, key: Any, span: Any) -> None:
        """A span of it has ended."""
        try:
            has_parent = self.open.get(key)
            if has_parent is not None:
                self._keep(self._spans, span, _weight.weigh(span), 0 if has_parent else _RESERVE)
        finally:
            # Last, so that who sees that nothing is open has everything.
            self.open.pop(key, None)
            if key == self.root:
                self.gatherer.finish(self, None, None)
            elif self.ended and not self.open:
                self.gatherer.look()

    def log(self, record: Any) -> None:
        """A log record belongs to one of its spans."""
        if len(self._logs) < SPANS_OF_ONE:
            self._keep(self._logs, record, _weight.weigh_record(record.log_record), 0)

    def _keep(self, kept: "deque[Any]", item: Any, weight: int, reserve: int) -> None:
        room = self.gatherer.room
        fits = self._used + weight <= BYTES_OF_ONE + reserve and room.used + weight <= BYTES + reserve
        if not fits:
            next(self._left_out)
            return
        room.add(weight)
        self._used += weight
        kept.append((item, weight))
        if self.closed:
            # It was sent meanwhile.
            self._drain(kept)

    def close(self) -> "tuple[list[Any], list[Any], int]":
        """Takes nothing any more. Its spans, its log records, and how many were left out."""
        self.closed = True
        self._forget()
        spans, logs = self._drain(self._spans), self._drain(self._logs)
        return spans, logs, next(self._left_out)

    def _forget(self) -> None:
        for key in list(self.keys):
            self.gatherer.of.pop(key, None)
        self.open.clear()

    def _drain(self, kept: "deque[Any]") -> "list[Any]":
        items, weight = [], 0
        while True:
            try:
                item, its_weight = kept.popleft()
            except IndexError:
                break
            items.append(item)
            weight += its_weight
        self.gatherer.room.add(-weight)
        return items


class _Waiting:
    """A ticket that has ended and waits for spans; `pending` is `None` of a run."""

    __slots__ = ("gathering", "pending", "pipeline", "quiet", "due", "weight", "drains")

    def __init__(self, gathering: Gathering, pending: Any, pipeline: Any, wait: float) -> None:
        now = time.monotonic()
        self.gathering, self.pending, self.pipeline = gathering, pending, pipeline
        self.quiet = now + min(_SETTLE, wait)
        """When it is sent if no span is open."""
        self.due = now + wait
        """When it is sent in any case."""
        self.weight = pending.weight if pending is not None else 0
        self.drains: "list[_Drain]" = []

    def when(self) -> float:
        return self.due if self.gathering.open else min(self.quiet, self.due)


class _Drain:
    """Somebody waits until those that wait now are sent."""

    __slots__ = ("due", "left", "done")

    def __init__(self, seconds: float) -> None:
        self.due = time.monotonic() + seconds
        self.left = 0
        self.done = threading.Event()


class Gatherer:
    """The gatherings of one process. A forked child has another."""

    def __init__(self) -> None:
        self.of: "dict[Any, Gathering]" = {}
        """Of each span that a gathering not yet sent has or had, that gathering."""
        self.room = _weight.Room()
        self.held = _weight.Room()
        """Bytes of the tickets that wait, without their spans."""
        self.runs_waiting = _weight.Room()
        """How many runs have ended, and are neither sent nor known to be no ticket."""
        self._runs: "dict[Any, Gathering]" = {}
        self._queue: "queue.SimpleQueue[Any]" = queue.SimpleQueue()
        self._waiting: "list[_Waiting]" = []
        self._has_thread = False
        self._starting = threading.Lock()
        self._taking = threading.Lock()

    def begin_run(self, key: Any, ticket_from: Any) -> Gathering:
        """A run that no ticket encloses: its outermost span begins."""
        self._give_up_on_old()
        run = self._runs[key] = Gathering(self, key, ticket_from)
        return run

    def _give_up_on_old(self) -> None:
        """A run whose outermost span never ends takes nobody else's room for ever."""
        try:
            while self._runs:
                oldest = next(iter(self._runs.values()))
                is_old = self.room.used > BYTES // 2 and time.monotonic() - oldest.began > _OLD
                if len(self._runs) < RUNS and not is_old:
                    return
                self.finish(oldest, None, None)
        except (RuntimeError, StopIteration):
            # Another thread begins one: the next looks again.
            pass

    def finish(self, gathering: Gathering, pending: Any, pipeline: Any) -> None:
        """Its ticket, or its run, has ended. Returns at once."""
        gathering.ended = True
        self._runs.pop(gathering.root, None)
        waiting = _Waiting(gathering, pending, pipeline, wait)
        held = self.held.used + waiting.weight
        if held > 2 * BYTES:
            # The thread does not keep up. Dropped, the ticket goes without its spans.
            gathering.close()
            return
        self.held.add(waiting.weight)
        if pending is None:
            self.runs_waiting.add(1)
        if held > BYTES:
            waiting.quiet = waiting.due = 0.0
        self._queue.put(waiting)
        if not self._has_thread and not self._start():
            self._send_all()

    def look(self) -> None:
        """The last open span of a ticket that has ended, ended."""
        self._queue.put(None)

    def end_runs(self) -> None:
        """No span ends any more, or none is seen: what runs, ends as it is."""
        for run in list(self._runs.values()):
            run.open.clear()
            self.finish(run, None, None)

    def drain(self, seconds: float, patience: float) -> bool:
        """Sees to it that what waits is sent, within so many seconds; and waits a while longer for that.
        Whether it is."""
        if not self._has_thread:
            self._send_all()
            return True
        drain = _Drain(seconds)
        self._queue.put(drain)
        return drain.done.wait(patience)

    def _start(self) -> bool:
        if not self._starting.acquire(blocking=False):
            return True
        try:
            if self._has_thread:
                return True
            # Not by `threading`, where whoever starts a thread waits until it runs.
            _thread.start_new_thread(self._run, ())
            self._has_thread = True
        except RuntimeError:
            # The interpreter is on its way out, or the system has no more threads.
            return False
        finally:
            self._starting.release()
        return True

    def _run(self) -> None:
        threading.current_thread().name = "ticketlens-spans"
        while True:
            try:
                self._turn()
            except BaseException as error:
                # Whatever it is, nobody else is here to see it, and others' tickets wait.
                _say.misused("gathering spans", error)

    def _turn(self) -> None:
        timeout = None
        if self._waiting:
            timeout = max(0.0, min(waiting.when() for waiting in self._waiting) - time.monotonic())
        taken = []
        try:
            taken.append(self._queue.get(timeout=timeout))
            while True:
                taken.append(self._queue.get_nowait())
        except queue.Empty:
            pass
        with self._taking:
            for item in taken:
                self._take(item)
            now = time.monotonic()
            due: "list[_Waiting]" = []
            later: "list[_Waiting]" = []
            for waiting in self._waiting:
                (due if waiting.when() <= now else later).append(waiting)
            self._waiting = later
        for waiting in due:
            try:
                self._send(waiting)
            except BaseException as error:
                # Of this one, whatever it is: the others are sent.
                _say.misused("gathering spans", error)

    def _take(self, item: Any) -> None:
        if isinstance(item, _Waiting):
            self._waiting.append(item)
        elif isinstance(item, _Drain):
            for waiting in self._waiting:
                waiting.quiet = 0.0
                waiting.due = min(waiting.due, item.due)
                waiting.drains.append(item)
            item.left = len(self._waiting)
            if not item.left:
                item.done.set()

    def _send_all(self) -> None:
        """Where no thread is left to do it."""
        with self._taking:
            try:
                while True:
                    self._take(self._queue.get_nowait())
            except queue.Empty:
                pass
            due, self._waiting = self._waiting, []
        for waiting in due:
            self._send(waiting)

    def _send(self, waiting: _Waiting) -> None:
        self.held.add(-waiting.weight)
        spans, logs, left_out = waiting.gathering.close()
        try:
            if waiting.pending is None:
                send_run(spans, logs, left_out, waiting.gathering.ticket_from)
            else:
                requests, log_requests, unreadable = encode(spans, logs)
                pipeline, left_out = waiting.pipeline, left_out + unreadable
                within = waiting.gathering.within.copy()
                heard(waiting.pending.emit(pipeline, requests, log_requests, left_out, within))
        except _say.CAUGHT as error:
            _say.misused("gathering spans", error)
            if waiting.pending is not None:
                # Once only: if it was handed over, this does nothing.
                waiting.pending.emit(waiting.pipeline, [], [], 0)
        finally:
            if waiting.pending is None:
                self.runs_waiting.add(-1)
            for drain in waiting.drains:
                drain.left -= 1
                if not drain.left:
                    drain.done.set()


send_run: "Callable[[list[Any], list[Any], int, Any], None]" = lambda spans, logs, left_out, ticket_from: None
"""Makes tickets of a run that no ticket encloses. Set by `instrument`."""

wait = 2.0
"""Seconds that a ticket which has ended waits for its spans."""

settle: "Callable[[], None]" = lambda: None
"""Sees to it that there is a provider of tracers. Set by `instrument`."""

_settled: "list[bool]" = []
_is_settling: "list[bool]" = []
_settling = threading.RLock()

gatherer = Gatherer()

active = False
"""Whether tickets gather spans: `instrument` was called."""


def begin(pipeline: Any) -> "Gathering | None":
    """What gathers the spans of a ticket that begins."""
    if not active or not pipeline.is_enabled():
        return None
    settle_once()
    return Gathering(gatherer)


def settle_once() -> None:
    """Before the first span of any ticket or run. Whoever comes meanwhile waits: its span would be lost."""
    if _settled:
        return
    # Bounded, as whoever makes it may wait for a lock of Python's that this thread holds (an import's).
    if not _settling.acquire(timeout=_SETTLING):
        return
    try:
        if not _settled and not _is_settling:
            _is_settling.append(True)
            try:
                settle()
            except _say.CAUGHT as error:
                _say.misused("instrument", error)
            finally:
                _is_settling.clear()
                _settled.append(True)
    finally:
        _settling.release()


def forked() -> None:
    """In the child. What was gathered, and the locks of that, are the parent's."""
    global gatherer, _settling
    gatherer = Gatherer()
    _settling = threading.RLock()
    _is_settling.clear()


def drain(seconds: float) -> "tuple[float, bool]":
    """Sends what waits for spans, in no more than half the time. What is left of it, and whether all is sent."""
    started = time.monotonic()
    is_sent = gatherer.drain(seconds / 2, seconds / 2 + min(1.0, seconds / 4))
    return max(0.0, seconds - (time.monotonic() - started)), is_sent


def end(seconds: float) -> bool:
    """The process ends: sends what waits as it is. Whether all is sent."""
    gatherer.end_runs()
    return gatherer.drain(0.0, seconds)
