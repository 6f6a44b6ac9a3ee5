"""A ticket under way as Python has it: a context manager, a decorator, the current one.

The classes below are the core's, with `with` added, and with every call made harmless: what a call
can't do is said once in the log, and the workflow goes on.
"""

import functools
import itertools
from contextvars import ContextVar
from typing import Any, Callable, Iterator

from . import _core, _failure, _gather, _process, _say
from ._decorate import chooser, decorated
from ._lenient import lenient

_current: "ContextVar[Ticket | None]" = ContextVar("ticketlens_ticket", default=None)
_steps: "ContextVar[Any]" = ContextVar("ticketlens_steps", default=None)
"""The steps whose `with` this code runs in, of whatever tickets: the innermost and those around it, as a
pair; `None` for none."""


@lenient
def current_ticket() -> "Ticket | None":
    """The ticket whose `with` this code runs in, until it is finished."""
    _process.notice_fork()
    ticket = _current.get()
    return ticket if ticket is not None and not ticket.finished else None


def steps_around() -> "Iterator[Step]":
    """Those of them that are under way, the innermost first."""
    around = _steps.get()
    while around is not None:
        step, around = around
        if not step.ended:
            yield step


def _without_ended(around: Any) -> Any:
    """Without the innermost that have ended, as one that is never left would stay for ever."""
    while around is not None and (around[0].ended or around[0]._ticket._is_over):
        around = around[1]
    return around


def _harmless(method: Any, returns_self: bool = True) -> Any:
    """The method, logging what it would raise. Returns the ticket or step, for the next call."""
    cls, _, name = method.__qualname__.rpartition(".")
    call = f"{cls.lower()}.{name.lstrip('_')}"

    @functools.wraps(method)
    def harmless(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            method(self, *args, **kwargs)
        except _say.CAUGHT as error:
            _say.misused(call, error)
        return self if returns_self else None

    return harmless


def _leave(variable: "ContextVar[Any]", token: Any) -> None:
    try:
        variable.reset(token)
    except (ValueError, RuntimeError):
        # A generator that is closed elsewhere: that context is not this one's to change.
        pass


class Ticket(_core.Ticket):
    """One execution under way. What finishes it first counts; what comes later changes nothing.

    Left through `with`: SUCCESS, as the block is the whole of the work and came to its end; FAILED
    through an exception, which is raised on; CANCELLED where the work was ended from outside.
    Dropped unfinished without `with`: CANCELLED.
    """

    __slots__ = ("_begin", "_lens_of", "_options", "_token", "_pipeline", "_gathering", "_has_steps", "__weakref__")

    def __init__(self, pipeline: Any, id: Any, span: Any) -> None:
        self._token: Any = None
        self._pipeline = pipeline
        self._gathering: Any = None
        self._has_steps = False

    def _prepare(self, begin: Any, lens_of: Any, options: "dict[str, Any]") -> None:
        self._begin, self._lens_of, self._options = begin, lens_of, options
        if not self.id:
            _say.once("a ticket was begun without an id: the receiver will refuse it")
        unknown = 0
        for name, value in options.items():
            if value is None:
                continue
            apply = _OPTIONS.get(name)
            if apply is None:
                unknown += 1
            else:
                apply(self, value)
        _say_unknown("ticket", unknown, ", ".join(_OPTIONS))

    category = _harmless(_core.Ticket.category)
    customer = _harmless(_core.Ticket.customer)
    known_pii = _harmless(_core.Ticket.known_pii)
    metric = _harmless(_core.Ticket.metric)
    attribute = _harmless(_core.Ticket.attribute)
    model = _harmless(_core.Ticket.model)
    tokens = _harmless(_core.Ticket.tokens)
    request = _harmless(_core.Ticket.request)
    planning = _harmless(_core.Ticket.planning)
    output = _harmless(_core.Ticket.output)
    error = _harmless(_core.Ticket.error)
    _finish = _harmless(_core.Ticket.finish, returns_self=False)
    _withdraw = _harmless(_core.Ticket._withdraw)
    _set_capture = _harmless(_core.Ticket._capture)
    _set_drop_messages = _harmless(_core.Ticket._drop_messages)
    _set_error_type = _harmless(_core.Ticket._error_type)

    # Whether it has ended, as far as is known without asking whether this is a child of a fork.
    _is_over = _core.Ticket.finished

    @property
    def finished(self) -> bool:
        """Whether it has ended, or is another process's."""
        _process.notice_fork()
        return bool(self._is_over)

    def finish(self, *args: Any, **kwargs: Any) -> None:
        """Ended with that status. With its spans, if it has any: they may still be on their way."""
        gathering = self._gathering
        if gathering is None or not gathering.keys or self.finished:
            self._finish(*args, **kwargs)
            if gathering is not None and not gathering.keys and self.finished:
                gathering.close()
                if not self._has_steps:
                    _gather.heard(None)
            return
        try:
            pending = self._take(*args, **kwargs)
            gathering.gatherer.finish(gathering, pending, self._pipeline)
        except _say.CAUGHT as error:
            _say.misused("ticket.finish", error)
        except BaseException:
            # An interrupt: it has ended, and goes without its spans.
            if self.finished:
                gathering.close()
            raise

    def __del__(self) -> None:
        # Dropped unfinished: the core would send it without what was seen of it.
        try:
            gathering = self._gathering
            if gathering is not None and gathering.keys and not self.finished:
                self.cancel()
        except Exception:  # noqa: S110 - the interpreter is on its way out
            pass

    @lenient
    def succeed(self) -> None:
        """The agent did what was asked."""
        self.finish("SUCCESS")

    @lenient
    def escalate(self) -> None:
        """Handed to a person."""
        self.finish("ESCALATED")

    @lenient
    def cancel(self) -> None:
        """Ended without an outcome."""
        self.finish("CANCELLED")

    @lenient
    def fail(self, error: Any = None, message: Any = None, stack: Any = None) -> None:
        """The agent failed: an exception, or a reason of few different ones (`error.type`)."""
        error, message, stack = _failure.told(error, message, stack)
        if message is not None or stack is not None:
            self.error(error, message, stack)
        self._set_error_type(error)
        self.finish("FAILED")

    @lenient
    def step(self, kind: Any, name: Any, **fields: Any) -> "Step":
        """Begins a step; within the one whose `with` this code runs in, if there is one."""
        return _begin_step(self, self._step_around(), kind, name, fields)

    def _step_around(self) -> "Step | None":
        return next((step for step in steps_around() if step._ticket is self), None)

    def _end(self, error: "BaseException | None") -> None:
        if self.finished:
            return
        if error is None:
            self.succeed()
            return
        try:
            if _failure.is_cancellation(error):
                self.cancel()
            else:
                self.fail(error)
        except _say.CAUGHT as problem:
            # What is raised on is the workflow's own.
            _say.misused("ticket", problem)
            self.finish("FAILED")

    def _within(self) -> "_Within":
        """Current for a while, without an end to the ticket."""
        return _Within(self)

    def __enter__(self) -> "Ticket":
        self._token = _current.set(self)
        return self

    def __exit__(self, cls: Any, error: "BaseException | None", stack: Any) -> None:
        token, self._token = self._token, None
        if token is not None:
            _leave(_current, token)
        self._end(error)

    async def __aenter__(self) -> "Ticket":
        return self.__enter__()

    async def __aexit__(self, cls: Any, error: "BaseException | None", stack: Any) -> None:
        self.__exit__(cls, error, stack)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """As a decorator: a ticket of this id for each call. The one begun here was none."""
        self._withdraw()
        return Decorator(self._begin, self._lens_of, self.id, self._options)(function)

    def __repr__(self) -> str:
        return f"<ticketlens.Ticket {'finished' if self.finished else 'under way'}>"


class _Within:
    """Parts of the work, as the items of a generator; what runs between two is neither the ticket's nor
    in its steps."""

    __slots__ = ("_ticket", "_steps", "_tokens")

    def __init__(self, ticket: Ticket) -> None:
        self._ticket = ticket
        self._steps: Any = ()
        # Those that the last part ended in; the first begins in those of its caller.

    def __enter__(self) -> None:
        steps = _steps.get() if self._steps == () else self._steps
        self._tokens = _current.set(self._ticket), _steps.set(steps)

    def __exit__(self, *error: Any) -> None:
        ticket, steps = self._tokens
        self._steps = _steps.get()
        _leave(_steps, steps)
        _leave(_current, ticket)


_OPTIONS: "dict[str, Callable[[Ticket, Any], Any]]" = {
    "category": Ticket.category,
    "customer": Ticket.customer,
    "known_pii": Ticket.known_pii,
    "model": Ticket.model,
    "capture": Ticket._set_capture,
    "drop_messages": lambda ticket, yes: ticket._set_drop_messages() if _is_wished(yes) else None,
    "request": Ticket.request,
    "planning": Ticket.planning,
    "metrics": lambda ticket, metrics: _each(ticket.metric, "metrics", metrics),
    "attributes": lambda ticket, attributes: _each(ticket.attribute, "attributes", attributes),
}


def _is_wished(yes: Any) -> bool:
    try:
        return bool(yes)
    except Exception:
        # Rather too little leaves than too much.
        return True


def _each(method: Any, what: str, pairs: Any) -> None:
    try:
        items = list(itertools.islice(pairs.items(), _PAIRS))
    except Exception:
        _say.once(f"ticket: {what} is a dict")
        return
    for pair in items:
        try:
            name, value = pair
        except Exception:
            _say.once(f"ticket: {what} is a dict")
            continue
        method(name, value)


_PAIRS = 16 * 1024
# More than a record may have.


class Step(_core.Step):
    """A step under way. It ends when its `with` is left, with `end` or `skip`, or when it is dropped."""

    __slots__ = ("_ticket", "_entered")

    def __init__(self, ticket: Ticket, kind: str, name: Any, parent: "Step | None") -> None:
        self._ticket = ticket
        self._entered: Any = None

    input = _harmless(_core.Step.input)
    output = _harmless(_core.Step.output)
    attribute = _harmless(_core.Step.attribute)
    iteration = _harmless(_core.Step.iteration)
    action = _harmless(_core.Step.action)
    _error = _harmless(_core.Step.error)
    end = _harmless(_core.Step.end, returns_self=False)
    skip = _harmless(_core.Step.skip, returns_self=False)

    @lenient
    def error(self, error: Any = None, message: Any = None, stack: Any = None) -> "Step":
        """It failed: an exception, or a reason of few different ones. It goes on until its end."""
        error, message, stack = _failure.told(error, message, stack)
        self._error(error, message, stack)
        return self

    @lenient
    def step(self, kind: Any, name: Any, **fields: Any) -> "Step":
        """Begins a step within this one."""
        parent = self._ticket._step_around() if self.ended else self
        return _begin_step(self._ticket, parent, kind, name, fields)

    def __enter__(self) -> "Step":
        self._entered = (self, _without_ended(_steps.get()))
        _steps.set(self._entered)
        return self

    def __exit__(self, cls: Any, error: "BaseException | None", stack: Any) -> None:
        entered, self._entered = self._entered, None
        # Elsewhere than it was entered, as where a generator is closed, that is not this one's to change.
        if entered is not None and _steps.get() is entered:
            _steps.set(_without_ended(entered[1]))
        if self.ended:
            return
        if error is None:
            self.end()
        elif _failure.is_cancellation(error):
            self.skip()
        else:
            self.error(error).end()

    async def __aenter__(self) -> "Step":
        return self.__enter__()

    async def __aexit__(self, cls: Any, error: "BaseException | None", stack: Any) -> None:
        self.__exit__(cls, error, stack)

    def __repr__(self) -> str:
        return f"<ticketlens.Step {'ended' if self.ended else 'under way'}>"


def _begin_step(
    ticket: Ticket, parent: "Step | None", kind: Any, name: Any, fields: "dict[str, Any]"
) -> Step:
    ticket._has_steps = True
    if name is None:
        name = kind
    # By its own class, whatever it says that this is.
    if not issubclass(type(kind), str):
        _say.once("ticket.step: the kind of a step is a text")
        kind = "other"
    try:
        step = Step(ticket, kind, name, parent)
    except _say.CAUGHT as error:
        _say.misused("ticket.step", error)
        step = Step(ticket, "other", "[unreadable]", parent)
    if step.ended:
        finished = "a step was begun of a ticket that is finished already"
        _say.once(finished if ticket.finished else "a ticket has no room for more steps")
        return step
    action_input, unknown = fields.pop("action_input", None), 0
    for field, value in fields.items():
        if value is None:
            continue
        if field == "action":
            step.action(value, action_input)
        elif field == "attributes":
            _each(step.attribute, "attributes", value)
        elif field in ("input", "output", "iteration"):
            getattr(step, field)(value)
        else:
            unknown += 1
    _say_unknown("ticket.step", unknown, _STEP_OPTIONS)
    return step


def _say_unknown(call: str, count: int, options: str) -> None:
    """How many, and never which: a name may be anybody's where options are made of what a customer sent."""
    if count:
        _say.once(f"{call}: of its options {count} are unknown and left out; there are: {options}")


_STEP_OPTIONS = "input, output, iteration, action, action_input, attributes"


class Decorator:
    """Makes a ticket of each call of a function; its id may follow from the call's arguments."""

    __slots__ = ("_begin", "_lens_of", "_id", "_options", "_entered")

    def __init__(self, begin: Any, lens_of: Any, id: Any, options: "dict[str, Any]") -> None:
        self._begin, self._lens_of, self._id, self._options = begin, lens_of, id, options

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return decorated(function, functools.partial(self._ticket, chooser(self._id, function)))

    def _ticket(self, choose: Any, args: Any, kwargs: Any) -> Ticket:
        id = self._id
        if callable(id):
            try:
                id = choose(args, kwargs)
            except Exception as error:
                why = _say.class_of(error)
                _say.once(f"the id of a decorated function's ticket could not be told ({why})")
                id = ""
        ticket: Ticket = self._begin(self._lens_of, id, self._options)
        return ticket

    def __enter__(self) -> Ticket:
        _say.once("a ticket whose id is a callable is a decorator: in a `with` it has no call to take the id from")
        self._entered = ticket = self._begin(self._lens_of, "", self._options)
        ticket.__enter__()
        return ticket  # type: ignore[no-any-return]

    def __exit__(self, *error: Any) -> None:
        self._entered.__exit__(*error)

    async def __aenter__(self) -> Ticket:
        return self.__enter__()

    async def __aexit__(self, *error: Any) -> None:
        self.__exit__(*error)
