"""Processes: a lens for each, and nothing left behind when one ends.

A forked child starts with lenses of its own; what its parent began or queued is its parent's. Children
of a pool end with `os._exit`, without `atexit`: what is queued is sent where multiprocessing runs its
finalizers, and where Celery says that a worker's process ends.

Python tells of its own forks (`os.fork`). Others', as uWSGI's or a C library's, are noticed by the
process's id, when a child first begins or emits something.
"""

import atexit
import os
import sys
import threading
import time
import weakref
from typing import Any, Callable

from . import _core, _gather, _say


# Sets of weak references, and no `WeakSet`: they are copied at once, whatever other threads add, and
# no Python code runs where one is dropped.
_lenses: "set[Any]" = set()
_tickets: "set[Any]" = set()

_pid = os.getpid()
_is_noticed = False
"""Whether this child has begun anew since it was forked."""
_noticing: "dict[int, threading.RLock]" = {}
_begin_anew: "list[Callable[[], None]]" = [_gather.forked]


_EXIT_TIMEOUT = 2.0
# Where there is no lens to say another.


class _Anchor:
    """What `register_after_fork` hangs its function on: it forgets what is gone."""


_anchor = _Anchor()
_watched: set[str] = set()


def add_lens(lens: Any) -> None:
    _lenses.add(weakref.ref(lens, _lenses.discard))


def add_ticket(ticket: Any) -> None:
    _tickets.add(weakref.ref(ticket, _tickets.discard))


def _alive(references: "set[Any]") -> "list[Any]":
    return [one for reference in list(references) if (one := reference()) is not None]


def watch_pools() -> None:
    """Sees to it that a pool's child sends what it has when it ends. Cheap to call again."""
    for name, watch in _POOLS.items():
        module = sys.modules.get(name)
        if module is None or name in _watched:
            continue
        _watched.add(name)
        try:
            watch(module)
        except Exception:
            _say.once(f"what a process of {name} has when it ends may be lost: this version is unknown")


def _watch_finalizers(util: Any) -> None:
    _finalize(util)
    # A child throws the finalizers it was born with away, and then calls this.
    util.register_after_fork(_anchor, lambda _: _finalize(util))


def _watch_celery(signals: Any) -> None:
    # The processes of billiard's pool, which is Celery's, run no finalizers.
    signals.worker_process_shutdown.connect(lambda **_: at_exit(), weak=False)


_POOLS = {
    "multiprocessing.util": _watch_finalizers,
    "billiard.util": _watch_finalizers,
    "celery.signals": _watch_celery,
}


def _finalize(util: Any) -> None:
    # Last of all: a finalizer of the application's may still emit.
    util.Finalize(None, at_exit, exitpriority=-(2**31))


def on_fork(begin_anew: "Callable[[], None]") -> None:
    """Has it called in a child, whoever forked."""
    _begin_anew.append(begin_anew)


def notice_fork() -> None:
    """Called before anything of this process is used; where nobody forked, it costs one system call."""
    pid = os.getpid()
    if pid == _pid:
        return
    # A lock of this process's: whoever held another may be gone.
    with _noticing.setdefault(pid, threading.RLock()):
        if pid != _pid:
            _forked()


def _forked() -> None:
    """In the child, before any other code of ours. Waits for no lock: whoever held it may be gone."""
    global _tickets, _pid, _is_noticed
    _is_noticed = True
    _core.forked()
    for begin_anew in _begin_anew:
        begin_anew()
    _tickets = set()
    for lens in _alive(_lenses):
        lens._renew()
    watch_pools()
    _pid = os.getpid()


def _before_fork() -> None:
    global _is_noticed
    _is_noticed = False


def _told() -> None:
    """By Python, in the child. A hook of the application's may have come first, and begun something."""
    if not _is_noticed:
        _forked()


def at_exit() -> None:
    """Ends what is under way and sends what there is, within the longest `exit_timeout`."""
    try:
        notice_fork()
        for ticket in _alive(_tickets):
            if not ticket.finished:
                ticket.cancel()
        timeout = _exit_timeout()
        end = time.monotonic() + timeout
        # Half of it is for sending.
        _gather.end(timeout / 2)
        left = sum(lens._end(max(0.0, end - time.monotonic())) for lens in _running())
        left += _gather.gatherer.runs_waiting.used
        if left:
            _say.once(f"TicketLens: tickets that were not sent before the process ended: {left}")
    except _say.CAUGHT as error:
        _say.misused("the end of the process", error)


def _running() -> "list[Any]":
    return [lens for lens in _alive(_lenses) if lens._is_running()]


def _exit_timeout() -> float:
    return max((lens._exit_timeout for lens in _running() or _alive(_lenses)), default=_EXIT_TIMEOUT)


atexit.register(at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_told)
